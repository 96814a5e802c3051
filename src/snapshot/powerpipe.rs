//! Snapshots that Powerpipe or Steampipe made: the viewer's part alone (output.md section 6).
//!
//! Such a file does not say which SQL was run, where a control is declared or how complete the data was; that stays
//! empty. Sums are counted from the rows, as the viewer does.

use super::SnapshotError;
use crate::model::run::{Account, ControlRun, DimensionColumn, Group, Node, Provenance, ROOT_GROUP_ID, ResultRow, Run};
use crate::model::status::{RunStatus, Status};
use chrono::{DateTime, FixedOffset};
use indexmap::IndexMap;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Reads a run of controls.
///
/// # Errors
///
/// The file is a snapshot of something else, or is damaged.
pub(super) fn read(document: &Value) -> Result<Run, SnapshotError> {
    let panels = document.get("panels").filter(|p| p.is_object()).ok_or_else(|| missing("panels"))?;
    let layout = document.get("layout").filter(|l| l.is_object()).ok_or_else(|| missing("layout"))?;
    let mut reader = Reader { panels, controls: IndexMap::new() };
    let mut root = Group { id: ROOT_GROUP_ID.to_owned(), ..Group::default() };
    let mut target = text(layout, "name");
    match reader.node(layout)? {
        Node::Group(group) if group.id == ROOT_GROUP_ID => root = group,
        Node::Group(group) => {
            root.title.clone_from(&group.title);
            root.children.push(Node::Group(group));
        }
        control @ Node::Control(_) => root.children.push(control),
    }
    if let [Node::Control(name)] = root.children.as_slice() {
        target.clone_from(name);
        let title = reader.controls.get(name).map(|c| c.title.clone()).unwrap_or_default();
        root.title = if root.title.is_empty() { title } else { root.title };
    }
    if reader.controls.is_empty() {
        return Err(SnapshotError::Foreign("a control".to_owned()));
    }
    // A control of another mod than the one that was run is named in full.
    let mod_name = module(reader.controls.keys().next().filter(|_| target == ROOT_GROUP_ID).unwrap_or(&target));
    let own = format!("{mod_name}.");
    for control in reader.controls.values_mut() {
        control.control_id = control.name.strip_prefix(&own).unwrap_or(&control.name).to_owned();
    }
    root.summarise(&reader.controls);
    let variables = document.get("variables").and_then(Value::as_object);
    let provenance = Provenance {
        mod_name,
        variables: variables.map(|m| m.iter().map(|(k, v)| (k.clone(), v.clone())).collect()).unwrap_or_default(),
        accounts: accounts(&reader.controls),
        ..Provenance::default()
    };
    let (started, finished) = (time(document, "start_time")?, time(document, "end_time")?);
    Ok(Run { target, root, controls: reader.controls, started, finished, dry_run: false, provenance })
}

struct Reader<'d> {
    panels: &'d Value,
    controls: IndexMap<String, ControlRun>,
}

impl Reader<'_> {
    /// Reads a node of the layout and all below it; what is neither a benchmark nor a control is refused.
    fn node(&mut self, node: &Value) -> Result<Node, SnapshotError> {
        let name = text(node, "name");
        let panels = self.panels;
        let panel = panels
            .get(&name)
            .ok_or_else(|| SnapshotError::Damaged(format!("the layout names {name}, of which there is no panel")))?;
        match text(panel, "panel_type").as_str() {
            "benchmark" if text(panel, "benchmark_type") != "detection" => {
                let children = node.get("children").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                let children = children.iter().map(|c| self.node(c)).collect::<Result<Vec<_>, _>>()?;
                Ok(Node::Group(group(name, panel, children)))
            }
            "control" => {
                if !self.controls.contains_key(&name) {
                    self.controls.insert(name.clone(), control(&name, panel)?);
                }
                Ok(Node::Control(name))
            }
            "benchmark" => Err(SnapshotError::OtherKind("detections".to_owned())),
            other => Err(SnapshotError::OtherKind(format!("a {other}"))),
        }
    }
}

fn group(id: String, panel: &Value, children: Vec<Node>) -> Group {
    Group {
        id,
        title: text(panel, "title"),
        description: text(panel, "description"),
        documentation: text(panel, "documentation"),
        display: text(panel, "display"),
        display_type: text(panel, "type"),
        width: panel.get("width").and_then(Value::as_i64),
        tags: tags(panel),
        children,
        ..Group::default()
    }
}

fn control(name: &str, panel: &Value) -> Result<ControlRun, SnapshotError> {
    let properties = panel.get("properties").unwrap_or(&Value::Null);
    // Early files have the severity beside the properties.
    let severity = Some(text(properties, "severity")).filter(|s| !s.is_empty());
    let mut control = ControlRun {
        name: name.to_owned(),
        short_name: name.rsplit('.').next().unwrap_or(name).to_owned(),
        title: text(panel, "title"),
        description: text(panel, "description"),
        documentation: text(panel, "documentation"),
        display: text(panel, "display"),
        display_type: text(panel, "display_type"),
        width: panel.get("width").and_then(Value::as_i64),
        severity: severity.unwrap_or_else(|| text(panel, "severity")),
        tags: tags(panel),
        error: text(panel, "error"),
        dimension_columns: dimensions(panel),
        ..ControlRun::default()
    };
    let rows = panel.get("data").and_then(|d| d.get("rows")).and_then(Value::as_array);
    for row in rows.map(Vec::as_slice).unwrap_or_default() {
        let status = text(row, "status");
        let status = Status::parse(&status)
            .ok_or_else(|| SnapshotError::Damaged(format!("a row of {name} has the status \"{status}\"")))?;
        control.results.push(ResultRow {
            status,
            reason: text(row, "reason"),
            resource: text(row, "resource"),
            dimensions: control.dimension_columns.iter().map(|d| text(row, &d.name)).collect(),
        });
    }
    control.results.sort_by_key(|row| row.status);
    control.run_status = match text(panel, "status").as_str() {
        "complete" => RunStatus::Complete,
        "canceled" | "cancelled" => RunStatus::Canceled,
        _ => RunStatus::Error,
    };
    // What did not run to its end has no verdict, whatever the file counts; without data the query never ran.
    let has_data = panel.get("data").is_some_and(|data| !data.is_null());
    if (control.run_status != RunStatus::Complete || !has_data) && control.error.is_empty() {
        control.error = "the control was not evaluated".to_owned();
    }
    if !control.error.is_empty() {
        control.results.clear();
    }
    for row in &control.results {
        control.summary.add(row.status);
    }
    if !control.error.is_empty() && control.results.is_empty() {
        control.summary.add(Status::Error);
    }
    Ok(control)
}

fn dimensions(panel: &Value) -> Vec<DimensionColumn> {
    let columns = panel.get("data").and_then(|d| d.get("columns")).and_then(Value::as_array);
    let columns = columns.map(Vec::as_slice).unwrap_or_default().iter();
    columns
        .map(|c| DimensionColumn { name: text(c, "name"), data_type: text(c, "data_type") })
        .filter(|c| !matches!(c.name.as_str(), "reason" | "resource" | "status"))
        .collect()
}

/// The accounts that rows name.
fn accounts(controls: &IndexMap<String, ControlRun>) -> Vec<Account> {
    let mut ids = BTreeSet::new();
    for control in controls.values() {
        let Some(column) = control.dimension_columns.iter().position(|d| d.name == "account_id") else { continue };
        ids.extend(control.results.iter().filter_map(|r| r.dimensions.get(column)).filter(|id| !id.is_empty()));
    }
    ids.into_iter().map(|id| Account { id: id.clone(), alias: String::new() }).collect()
}

/// Returns a member as text; empty when there is none.
fn text(value: &Value, key: &str) -> String {
    value.get(key).map(plain).unwrap_or_default()
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn tags(panel: &Value) -> BTreeMap<String, String> {
    let tags = panel.get("tags").and_then(Value::as_object);
    tags.map(|t| t.iter().map(|(k, v)| (k.clone(), plain(v))).collect()).unwrap_or_default()
}

fn time(document: &Value, key: &str) -> Result<DateTime<FixedOffset>, SnapshotError> {
    let time = document.get(key).and_then(Value::as_str).and_then(|t| DateTime::parse_from_rfc3339(t).ok());
    time.ok_or_else(|| missing(key))
}

/// Returns the mod of a full name.
fn module(name: &str) -> String {
    name.split_once('.').map_or("", |(module, _)| module).to_owned()
}

fn missing(what: &str) -> SnapshotError {
    SnapshotError::Foreign(format!("`{what}`"))
}
