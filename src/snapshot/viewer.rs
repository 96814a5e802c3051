//! The part of a snapshot that the Powerpipe viewer reads.

use crate::model::run::{ControlRun, Group, Node, Run};
use crate::model::status::{RunStatus, StatusSummary};
use serde_json::{Map, Value, json};

/// Returns the viewer's document.
pub(super) fn document(run: &Run) -> Map<String, Value> {
    let mut panels = Map::new();
    let children = |group: &Group, panels: &mut Map<String, Value>| -> Vec<Value> {
        group.children.iter().map(|c| layout(run, c, panels)).collect()
    };
    let layout = match run.root.children.as_slice() {
        // A benchmark is its own root.
        [Node::Group(group)] => {
            let inner = children(group, &mut panels);
            panels.insert(group.id.clone(), root_panel(group, &group.id));
            node(&group.id, "benchmark", inner)
        }
        _ => {
            let inner = children(&run.root, &mut panels);
            let name = if run.root.children.len() == 1 { run.root.id.clone() } else { run.target.clone() };
            panels.insert(name.clone(), root_panel(&run.root, &name));
            node(&name, "benchmark", inner)
        }
    };
    let mut document = Map::new();
    document.insert("schema_version".to_owned(), "20240607".into());
    document.insert("layout".to_owned(), layout);
    document.insert("panels".to_owned(), Value::Object(panels));
    document.insert("inputs".to_owned(), json!({}));
    let variables: Map<String, Value> = run
        .provenance
        .variables
        .iter()
        .map(|(k, v)| (k.clone(), Value::String(v.as_str().map_or_else(|| v.to_string(), str::to_owned))))
        .collect();
    document.insert("variables".to_owned(), Value::Object(variables));
    document.insert("start_time".to_owned(), run.started.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false).into());
    document.insert("end_time".to_owned(), run.finished.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false).into());
    document
}

fn node(name: &str, panel_type: &str, children: Vec<Value>) -> Value {
    let mut node = Map::new();
    if !children.is_empty() {
        node.insert("children".to_owned(), Value::Array(children));
    }
    node.insert("name".to_owned(), name.into());
    node.insert("panel_type".to_owned(), panel_type.into());
    Value::Object(node)
}

fn layout(run: &Run, child: &Node, panels: &mut Map<String, Value>) -> Value {
    match child {
        Node::Control(name) => {
            if !panels.contains_key(name)
                && let Some(control) = run.controls.get(name)
            {
                panels.insert(name.clone(), control_panel(control));
            }
            node(name, "control", Vec::new())
        }
        Node::Group(group) => {
            let inner = group.children.iter().map(|c| layout(run, c, panels)).collect();
            panels.insert(group.id.clone(), Value::Object(group_panel(group)));
            node(&group.id, "benchmark", inner)
        }
    }
}

fn counts(s: StatusSummary) -> Value {
    json!({ "alarm": s.alarm, "error": s.error, "info": s.info, "ok": s.ok, "skip": s.skip })
}

fn put(map: &mut Map<String, Value>, key: &str, value: &str) {
    if !value.is_empty() {
        map.insert(key.to_owned(), value.into());
    }
}

fn group_panel(group: &Group) -> Map<String, Value> {
    let mut panel = Map::new();
    panel.insert("name".to_owned(), group.id.clone().into());
    panel.insert("panel_type".to_owned(), "benchmark".into());
    panel.insert("summary".to_owned(), json!({ "status": counts(group.summary) }));
    put(&mut panel, "title", &group.title);
    put(&mut panel, "description", &group.description);
    put(&mut panel, "documentation", &group.documentation);
    put(&mut panel, "display", &group.display);
    put(&mut panel, "type", &group.display_type);
    if !group.tags.is_empty() {
        panel.insert("tags".to_owned(), json!(group.tags));
    }
    panel
}

fn root_panel(group: &Group, name: &str) -> Value {
    let mut panel = group_panel(group);
    panel.insert("name".to_owned(), name.into());
    panel.insert("dashboard".to_owned(), name.into());
    panel.insert("benchmark_type".to_owned(), "control".into());
    panel.insert("status".to_owned(), "complete".into());
    Value::Object(panel)
}

fn control_panel(control: &ControlRun) -> Value {
    let mut panel = Map::new();
    panel.insert("name".to_owned(), control.name.clone().into());
    panel.insert("panel_type".to_owned(), "control".into());
    let status = match control.run_status {
        RunStatus::Initialized => "initialized",
        RunStatus::Running => "running",
        RunStatus::Complete => "complete",
        RunStatus::Error => "error",
        RunStatus::Canceled => "canceled",
    };
    panel.insert("status".to_owned(), status.into());
    panel.insert("summary".to_owned(), counts(control.summary));
    let mut properties = Map::new();
    properties.insert("name".to_owned(), control.short_name.clone().into());
    put(&mut properties, "severity", &control.severity);
    panel.insert("properties".to_owned(), Value::Object(properties));
    put(&mut panel, "title", &control.title);
    put(&mut panel, "description", &control.description);
    put(&mut panel, "documentation", &control.documentation);
    put(&mut panel, "display", &control.display);
    put(&mut panel, "display_type", &control.display_type);
    put(&mut panel, "error", &control.error);
    if !control.tags.is_empty() {
        panel.insert("tags".to_owned(), json!(control.tags));
    }
    let data = if control.run_status == RunStatus::Complete { data(control) } else { Value::Null };
    panel.insert("data".to_owned(), data);
    Value::Object(panel)
}

fn data(control: &ControlRun) -> Value {
    let fixed = ["reason", "resource", "status"].map(|n| json!({ "data_type": "TEXT", "name": n }));
    let dimensions = control.dimension_columns.iter().map(|c| json!({ "data_type": c.data_type, "name": c.name }));
    let columns: Vec<Value> = fixed.into_iter().chain(dimensions).collect();
    let rows: Vec<Value> = control
        .results
        .iter()
        .map(|row| {
            let mut map = Map::new();
            map.insert("reason".to_owned(), row.reason.clone().into());
            map.insert("resource".to_owned(), row.resource.clone().into());
            map.insert("status".to_owned(), row.status.as_str().into());
            for (column, value) in control.dimension_columns.iter().zip(&row.dimensions) {
                map.entry(column.name.clone()).or_insert_with(|| value.clone().into());
            }
            Value::Object(map)
        })
        .collect();
    json!({ "columns": columns, "rows": rows })
}
