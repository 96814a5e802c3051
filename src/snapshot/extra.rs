//! Our own part of a snapshot: what the viewer's part does not hold.

use super::{SnapshotError, VERSION};
use crate::model::run::{
    Account, Completeness, ControlRun, DimensionColumn, Group, Node, Provenance, ResultRow, Run, TableState,
};
use crate::model::status::{RunStatus, Severity, Status, StatusSummary};
use chrono::DateTime;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Returns our part. Rows stay in the viewer's part unless two columns of a control share a name, which it cannot hold.
pub(super) fn document(run: &Run) -> Value {
    let p = &run.provenance;
    json!({
        "version": VERSION,
        "target": run.target,
        "dry_run": run.dry_run,
        "root": group(&run.root),
        "controls": run.controls.values().map(control).collect::<Vec<_>>(),
        "provenance": {
            "tool_version": p.tool_version,
            "mod_name": p.mod_name,
            "mod_title": p.mod_title,
            "mod_version": p.mod_version,
            "mod_digest": p.mod_digest,
            "variables": p.variables,
            "database": p.database,
            "inventory_digest": p.inventory_digest,
            "clock": p.clock.map(|c| c.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)),
            "accounts": p.accounts.iter().map(|a| json!({ "id": a.id, "alias": a.alias })).collect::<Vec<_>>(),
            "tables": p.tables.iter().map(|t| json!({
                "table": t.table, "account_id": t.account_id, "state": t.completeness.as_str(), "source": t.source, "reason": t.reason,
                "collected_at": t.collected_at.map(|c| c.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)),
            })).collect::<Vec<_>>(),
            "caller": p.caller,
            "snapshot_tags": p.snapshot_tags,
        },
    })
}

fn group(g: &Group) -> Value {
    let children: Vec<Value> = g
        .children
        .iter()
        .map(|c| match c {
            Node::Control(name) => json!({ "control": name }),
            Node::Group(inner) => json!({ "group": group(inner) }),
        })
        .collect();
    let severities: Map<String, Value> =
        g.severity_summary.iter().map(|(s, c)| (s.as_str().to_owned(), json!(c))).collect();
    json!({
        "id": g.id, "title": g.title, "description": g.description, "documentation": g.documentation, "display": g.display, "type": g.display_type,
        "width": g.width, "tags": g.tags, "summary": g.summary, "severities": severities, "children": children, "last_child_filtered": g.last_child_filtered,
    })
}

fn has_own_rows(c: &ControlRun) -> bool {
    let names: Vec<&str> = c.dimension_columns.iter().map(|d| d.name.as_str()).collect();
    let repeated = names
        .iter()
        .enumerate()
        .any(|(i, n)| names.iter().skip(i + 1).any(|m| m == n) || matches!(*n, "reason" | "resource" | "status"));
    let short = c.results.iter().any(|r| r.dimensions.len() != names.len());
    repeated || short || (c.run_status != RunStatus::Complete && !c.results.is_empty())
}

fn control(c: &ControlRun) -> Value {
    let rows: Option<Vec<Value>> = has_own_rows(c)
        .then(|| c.results.iter().map(|r| json!({ "reason": r.reason, "resource": r.resource, "status": r.status.as_str(), "dimensions": r.dimensions })).collect());
    json!({
        "name": c.name, "control_id": c.control_id, "short_name": c.short_name, "title": c.title, "description": c.description,
        "documentation": c.documentation, "display": c.display, "type": c.display_type, "width": c.width, "severity": c.severity, "tags": c.tags,
        "run_status": c.run_status, "error": c.error, "summary": c.summary,
        "dimensions": c.dimension_columns.iter().map(|d| json!([d.name, d.data_type])).collect::<Vec<_>>(),
        "query": c.query_name, "sql": c.sql, "args": c.args, "file": c.file, "line": c.line, "duration_ms": c.duration_ms,
        "tables": c.tables, "warnings": c.warnings, "rows": rows,
    })
}

/// Puts a run together again.
pub(super) fn read(document: &Value, own: &Value) -> Result<Run, SnapshotError> {
    let mut controls = IndexMap::new();
    for entry in list(own, "controls")? {
        let control = read_control(document, entry)?;
        controls.insert(control.name.clone(), control);
    }
    let p = own.get("provenance").ok_or_else(|| missing("provenance"))?;
    let provenance = Provenance {
        tool_version: text(p, "tool_version")?,
        mod_name: text(p, "mod_name")?,
        mod_title: text(p, "mod_title")?,
        mod_version: text(p, "mod_version")?,
        mod_digest: text(p, "mod_digest")?,
        variables: p
            .get("variables")
            .and_then(Value::as_object)
            .map(|m| m.iter().map(|(k, v)| (k.clone(), v.clone())).collect())
            .unwrap_or_default(),
        database: text(p, "database")?,
        inventory_digest: text(p, "inventory_digest")?,
        clock: p.get("clock").and_then(Value::as_str).and_then(|t| t.parse().ok()),
        accounts: list(p, "accounts")?
            .iter()
            .map(|a| Ok(Account { id: text(a, "id")?, alias: text(a, "alias")? }))
            .collect::<Result<_, _>>()?,
        tables: list(p, "tables")?
            .iter()
            .map(|t| {
                Ok(TableState {
                    table: text(t, "table")?,
                    account_id: text(t, "account_id")?,
                    completeness: Completeness::parse(&text(t, "state")?)
                        .ok_or_else(|| missing("a known table state"))?,
                    collected_at: t.get("collected_at").and_then(Value::as_str).and_then(|t| t.parse().ok()),
                    source: text(t, "source")?,
                    reason: text(t, "reason")?,
                })
            })
            .collect::<Result<_, SnapshotError>>()?,
        caller: text(p, "caller")?,
        snapshot_tags: strings(p, "snapshot_tags"),
    };
    let time = |key: &str| {
        document
            .get(key)
            .and_then(Value::as_str)
            .and_then(|t| DateTime::parse_from_rfc3339(t).ok())
            .ok_or_else(|| missing(key))
    };
    Ok(Run {
        target: text(own, "target")?,
        root: read_group(own.get("root").ok_or_else(|| missing("root"))?)?,
        controls,
        started: time("start_time")?,
        finished: time("end_time")?,
        dry_run: own.get("dry_run").and_then(Value::as_bool).unwrap_or(false),
        provenance,
    })
}

fn missing(what: &str) -> SnapshotError {
    SnapshotError::Foreign(format!("`{what}`"))
}

fn text(value: &Value, key: &str) -> Result<String, SnapshotError> {
    value.get(key).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| missing(key))
}

fn list<'v>(value: &'v Value, key: &str) -> Result<&'v Vec<Value>, SnapshotError> {
    value.get(key).and_then(Value::as_array).ok_or_else(|| missing(key))
}

fn strings(value: &Value, key: &str) -> BTreeMap<String, String> {
    let map = value.get(key).and_then(Value::as_object);
    map.map(|m| m.iter().filter_map(|(k, v)| v.as_str().map(|s| (k.clone(), s.to_owned()))).collect())
        .unwrap_or_default()
}

fn summary(value: &Value, key: &str) -> Result<StatusSummary, SnapshotError> {
    value.get(key).and_then(|v| serde_json::from_value(v.clone()).ok()).ok_or_else(|| missing(key))
}

fn texts(value: &Value, key: &str) -> Vec<String> {
    value
        .get(key)
        .and_then(Value::as_array)
        .map(|l| l.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect())
        .unwrap_or_default()
}

fn read_group(g: &Value) -> Result<Group, SnapshotError> {
    let children = list(g, "children")?
        .iter()
        .map(|c| match (c.get("control").and_then(Value::as_str), c.get("group")) {
            (Some(name), _) => Ok(Node::Control(name.to_owned())),
            (None, Some(inner)) => read_group(inner).map(Node::Group),
            (None, None) => Err(missing("a child")),
        })
        .collect::<Result<_, _>>()?;
    let severities = g.get("severities").and_then(Value::as_object).ok_or_else(|| missing("severities"))?;
    let mut severity_summary = BTreeMap::new();
    for (word, counts) in severities {
        let counts = serde_json::from_value(counts.clone()).map_err(|_| missing("severities"))?;
        severity_summary.insert(Severity::parse(word).ok_or_else(|| missing("a severity"))?, counts);
    }
    Ok(Group {
        id: text(g, "id")?,
        title: text(g, "title")?,
        description: text(g, "description")?,
        documentation: text(g, "documentation")?,
        display: text(g, "display")?,
        display_type: text(g, "type")?,
        width: g.get("width").and_then(Value::as_i64),
        tags: strings(g, "tags"),
        summary: summary(g, "summary")?,
        severity_summary,
        children,
        last_child_filtered: g.get("last_child_filtered").and_then(Value::as_bool).unwrap_or(false),
    })
}

fn read_control(document: &Value, c: &Value) -> Result<ControlRun, SnapshotError> {
    let name = text(c, "name")?;
    let dimension_columns: Vec<DimensionColumn> = list(c, "dimensions")?
        .iter()
        .map(|d| {
            let part =
                |i: usize| d.get(i).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| missing("dimensions"));
            Ok(DimensionColumn { name: part(0)?, data_type: part(1)? })
        })
        .collect::<Result<_, SnapshotError>>()?;
    let status = |r: &Value| Status::parse(&text(r, "status")?).ok_or_else(|| missing("a known status"));
    let results = match c.get("rows").and_then(Value::as_array) {
        Some(rows) => rows
            .iter()
            .map(|r| {
                Ok(ResultRow {
                    status: status(r)?,
                    reason: text(r, "reason")?,
                    resource: text(r, "resource")?,
                    dimensions: texts(r, "dimensions"),
                })
            })
            .collect::<Result<_, SnapshotError>>()?,
        None => {
            let rows = document
                .get("panels")
                .and_then(|p| p.get(&name))
                .and_then(|p| p.get("data"))
                .and_then(|d| d.get("rows"))
                .and_then(Value::as_array);
            rows.map(Vec::as_slice)
                .unwrap_or_default()
                .iter()
                .map(|r| {
                    let dimensions = dimension_columns.iter().map(|d| text(r, &d.name)).collect::<Result<_, _>>()?;
                    Ok(ResultRow {
                        status: status(r)?,
                        reason: text(r, "reason")?,
                        resource: text(r, "resource")?,
                        dimensions,
                    })
                })
                .collect::<Result<_, SnapshotError>>()?
        }
    };
    Ok(ControlRun {
        control_id: text(c, "control_id")?,
        short_name: text(c, "short_name")?,
        title: text(c, "title")?,
        description: text(c, "description")?,
        documentation: text(c, "documentation")?,
        display: text(c, "display")?,
        display_type: text(c, "type")?,
        width: c.get("width").and_then(Value::as_i64),
        severity: text(c, "severity")?,
        tags: strings(c, "tags"),
        run_status: c
            .get("run_status")
            .and_then(|v| serde_json::from_value(v.clone()).ok())
            .ok_or_else(|| missing("run_status"))?,
        error: text(c, "error")?,
        results,
        summary: summary(c, "summary")?,
        dimension_columns,
        query_name: text(c, "query")?,
        sql: text(c, "sql")?,
        args: c.get("args").and_then(Value::as_array).cloned().unwrap_or_default(),
        file: text(c, "file")?,
        line: c.get("line").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
        duration_ms: c.get("duration_ms").and_then(Value::as_f64).unwrap_or(0.0),
        tables: texts(c, "tables"),
        warnings: texts(c, "warnings"),
        name,
    })
}
