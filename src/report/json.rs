//! JSON: groups, controls and results, in Powerpipe's layout.

use crate::model::run::{ControlRun, Group, Run};
use crate::model::status::{RunStatus, StatusSummary};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;

#[derive(Serialize)]
struct GroupJson<'r> {
    group_id: &'r str,
    title: &'r str,
    description: &'r str,
    tags: &'r BTreeMap<String, String>,
    summary: GroupSummary,
    groups: Vec<GroupJson<'r>>,
    controls: Option<Vec<ControlJson<'r>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct GroupSummary {
    status: StatusSummary,
}

#[derive(Serialize)]
struct ControlJson<'r> {
    summary: StatusSummary,
    results: Option<Vec<RowJson<'r>>>,
    control_id: &'r str,
    description: &'r str,
    severity: &'r str,
    tags: &'r BTreeMap<String, String>,
    title: &'r str,
    run_status: u8,
    run_error: String,
}

#[derive(Serialize)]
struct RowJson<'r> {
    reason: &'r str,
    resource: &'r str,
    status: &'r str,
    dimensions: Option<Vec<DimensionJson<'r>>>,
}

#[derive(Serialize)]
struct DimensionJson<'r> {
    key: &'r str,
    value: &'r str,
}

/// Writes the report. It ends in a blank, as Powerpipe's does, and a line end.
///
/// `changes`, what is different from an earlier run, is a member of the outermost group where it is given.
pub fn write(run: &Run, changes: Option<serde_json::Value>, out: &mut dyn io::Write) -> io::Result<()> {
    let document = GroupJson { changes, ..group(run, &run.root) };
    let text = serde_json::to_string_pretty(&document).map_err(io::Error::other)?;
    out.write_all(escape_html(&text).as_bytes())?;
    out.write_all(b" \n")
}

/// Writes `<`, `>`, `&` and the two separators of JavaScript as escapes.
pub(crate) fn escape_html(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 64);
    for c in text.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
    out.into()
}

fn group<'r>(run: &'r Run, g: &'r Group) -> GroupJson<'r> {
    let controls: Vec<ControlJson<'_>> = g.controls().filter_map(|name| run.controls.get(name)).map(control).collect();
    GroupJson {
        group_id: &g.id,
        title: &g.title,
        description: &g.description,
        tags: &g.tags,
        summary: GroupSummary { status: g.summary },
        groups: g.groups().map(|inner| group(run, inner)).collect(),
        controls: (!controls.is_empty()).then_some(controls),
        changes: None,
    }
}

fn control(c: &ControlRun) -> ControlJson<'_> {
    let rows: Vec<RowJson<'_>> = c
        .results
        .iter()
        .map(|row| RowJson {
            reason: &row.reason,
            resource: &row.resource,
            status: row.status.as_str(),
            dimensions: (!c.dimension_columns.is_empty()).then(|| {
                c.dimension_columns
                    .iter()
                    .zip(&row.dimensions)
                    .map(|(k, v)| DimensionJson { key: &k.name, value: v })
                    .collect()
            }),
        })
        .collect();
    ControlJson {
        summary: c.summary,
        results: (!rows.is_empty()).then_some(rows),
        control_id: &c.control_id,
        description: &c.description,
        severity: &c.severity,
        tags: &c.tags,
        title: &c.title,
        run_status: match c.run_status {
            RunStatus::Initialized => 1,
            RunStatus::Running => 2,
            RunStatus::Complete => 4,
            RunStatus::Error | RunStatus::Canceled => 8,
        },
        run_error: c
            .error
            .chars()
            .filter(|c| *c != '\0')
            .map(|c| if matches!(c, '\r' | '\n' | '\t') { ' ' } else { c })
            .collect(),
    }
}
