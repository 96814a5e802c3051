//! `list` and `show`.

use super::args::{Global, List, ListOutput, Show};
use super::exit::{Code, Failure};
use super::ui::Ui;
use super::workspace;
use crate::engine::params::to_json;
use crate::engine::plan::find;
use crate::model::resource::{Args, Benchmark, Control, Identity, Meta, Mod, Param, Query, QuerySource, Variable};
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr as _;

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Control,
    Benchmark,
    Query,
    Variable,
}

/// A resource, for printing: its names, its fields in the order of `show`, and its JSON.
struct Entry {
    mod_name: String,
    name: String,
    is_top: bool,
    is_detection: bool,
    fields: Vec<(&'static str, Value)>,
    json: Map<String, Value>,
}

pub fn list(global: &Global, ui: &Ui, kind: Kind, args: &List) -> Result<Code, Failure> {
    let module = workspace::open(global, ui, &args.variables, true)?;
    let mut entries: Vec<Entry> = std::iter::once(module.as_ref())
        .chain(module.dependencies.values().map(AsRef::as_ref))
        .flat_map(|m| entries(&module, m, kind))
        .collect();
    entries.sort_by(|a, b| {
        (a.mod_name != module.name, &a.mod_name, &a.name).cmp(&(b.mod_name != module.name, &b.mod_name, &b.name))
    });
    let text = match args.output {
        ListOutput::Pretty | ListOutput::Plain => table(&entries, kind),
        ListOutput::Json => pretty(&entries.into_iter().map(|e| Value::Object(e.json)).collect()) + "\n",
        ListOutput::Yaml => yaml(&entries.into_iter().map(|e| Value::Object(e.json)).collect())?,
    };
    ui.data(text.as_bytes())?;
    Ok(Code::Ok)
}

pub fn show(global: &Global, ui: &Ui, kind: Kind, args: &Show) -> Result<Code, Failure> {
    let module = workspace::open(global, ui, &args.variables, true)?;
    let not_found = |e: crate::engine::plan::PlanError| Failure::new(Code::Unknown, e.to_string());
    let name = &args.name;
    let entry = match kind {
        Kind::Control => find(&module, name, "control", "Control", |m| &m.controls)
            .map(|(_, c)| control(&module, &c))
            .map_err(not_found)?,
        Kind::Benchmark => find(&module, name, "benchmark", "Benchmark", |m| &m.benchmarks)
            .map(|(_, b)| benchmark(&module, &b, true))
            .map_err(not_found)?,
        Kind::Query => {
            find(&module, name, "query", "Query", |m| &m.queries).map(|(_, q)| query(&module, &q)).map_err(not_found)?
        }
        Kind::Variable => {
            // `variable.x` and `mod.x` mean the same as `var.x`.
            let name = name.strip_prefix("variable.").map_or_else(|| name.clone(), |n| format!("var.{n}"));
            find(&module, &name, "var", "Variable", |m| &m.variables)
                .map(|(_, v)| variable(&module, &v))
                .map_err(not_found)?
        }
    };
    let text = match args.output {
        ListOutput::Pretty | ListOutput::Plain => fields(&entry.fields),
        ListOutput::Json => pretty(&Value::Array(vec![Value::Object(entry.json)])) + "\n",
        ListOutput::Yaml => yaml(&Value::Array(vec![Value::Object(entry.json)]))?,
    };
    ui.data(text.as_bytes())?;
    Ok(Code::Ok)
}

fn entries(workspace: &Mod, module: &Mod, kind: Kind) -> Vec<Entry> {
    match kind {
        Kind::Control => module.controls.values().map(|c| control(workspace, c)).collect(),
        Kind::Query => module.queries.values().map(|q| query(workspace, q)).collect(),
        Kind::Variable => module.variables.values().map(|v| variable(workspace, v)).collect(),
        Kind::Benchmark => {
            let held: HashSet<&str> = module
                .benchmarks
                .values()
                .flat_map(|b| &b.children)
                .filter(|c| c.kind == "benchmark")
                .map(|c| c.name.as_str())
                .collect();
            module.benchmarks.values().map(|b| benchmark(workspace, b, !held.contains(b.id.name.as_str()))).collect()
        }
    }
}

fn shown_name(workspace: &Mod, id: &Identity) -> String {
    if id.mod_name == workspace.name { id.name.clone() } else { id.full_name() }
}

/// The fields and JSON that every resource has.
fn common(workspace: &Mod, id: &Identity, meta: &Meta) -> Entry {
    let documentation = meta.documentation.read().ok().flatten();
    let fields = vec![
        ("Name", shown_name(workspace, id).into()),
        ("Title", json!(meta.title)),
        ("Description", json!(meta.description)),
        ("Documentation", json!(documentation)),
        ("Tags", json!(meta.tags)),
        ("Mod", id.mod_name.clone().into()),
    ];
    let mut json = Map::new();
    let mut put = |key: &str, value: Value| {
        if !is_empty(&value) {
            json.insert(key.to_owned(), value);
        }
    };
    put("qualified_name", id.full_name().into());
    put("resource_name", id.name.clone().into());
    put("mod_name", id.mod_name.clone().into());
    put("title", json!(meta.title));
    put("description", json!(meta.description));
    put("documentation", json!(documentation));
    put("tags", json!(meta.tags));
    put("path", json!([[format!("mod.{}", id.mod_name), id.full_name()]]));
    json.insert("file_name".to_owned(), id.span.file.path.to_string_lossy().into());
    json.insert("start_line_number".to_owned(), id.span.start().0.into());
    json.insert("end_line_number".to_owned(), id.span.end().0.into());
    json.insert("source_definition".to_owned(), id.span.text().trim_end().into());
    json.insert("is_anonymous".to_owned(), false.into());
    json.insert("auto_generated".to_owned(), false.into());
    Entry {
        mod_name: id.mod_name.clone(),
        name: shown_name(workspace, id),
        is_top: true,
        is_detection: false,
        fields,
        json,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(s) => s.is_empty(),
        Value::Array(a) => a.is_empty(),
        Value::Object(o) => o.is_empty(),
        _ => false,
    }
}

impl Entry {
    fn add(&mut self, label: &'static str, key: &str, value: Value) {
        if !is_empty(&value) {
            self.json.insert(key.to_owned(), value.clone());
        }
        self.fields.push((label, value));
    }
}

fn params(list: &[Param]) -> Value {
    list.iter()
        .map(|p| {
            let mut map = Map::new();
            if let Some(default) = &p.default {
                map.insert("default".to_owned(), to_json(default));
            }
            map.insert("description".to_owned(), json!(p.description));
            map.insert("name".to_owned(), p.name.clone().into());
            Value::Object(map.into_iter().filter(|(_, v)| !v.is_null()).collect())
        })
        .collect()
}

fn control(workspace: &Mod, c: &Control) -> Entry {
    let mut entry = common(workspace, &c.id, &c.meta);
    match &c.source {
        QuerySource::Sql(sql) => entry.add("SQL", "sql", sql.text.clone().into()),
        QuerySource::Query(q) => entry.add("Query", "query", q.id.full_name().into()),
    }
    let args = match &c.args {
        Args::None => json!({}),
        Args::Named(named) => Value::Object(named.iter().map(|(k, v)| (k.clone(), to_json(v))).collect()),
        Args::Positional(values) => values.iter().map(to_json).collect(),
    };
    entry.fields.push(("Args", args.clone()));
    entry.json.insert("args".to_owned(), args);
    entry.add("Params", "params", params(&c.params));
    entry.add("Severity", "severity", json!(c.severity));
    entry.add("Width", "width", json!(c.width));
    entry.add("Display", "display", json!(c.display));
    if let Some(kind) = &c.display_type {
        entry.json.insert("type".to_owned(), kind.clone().into());
    }
    entry
}

fn query(workspace: &Mod, q: &Query) -> Entry {
    let mut entry = common(workspace, &q.id, &q.meta);
    entry.add("SQL", "sql", q.sql.text.clone().into());
    entry.add("Params", "params", params(&q.params));
    entry
}

fn benchmark(workspace: &Mod, b: &Benchmark, is_top: bool) -> Entry {
    let mut entry = common(workspace, &b.id, &b.meta);
    entry.is_top = is_top;
    entry.is_detection = b.display_type.as_deref() == Some("detection");
    let children: Value = b.children.iter().map(|c| format!("{}.{}.{}", c.mod_name, c.kind, c.name)).collect();
    entry.add("Children", "children", children);
    entry.add("Width", "width", json!(b.width));
    entry.add("Display", "display", json!(b.display));
    entry
}

fn variable(workspace: &Mod, v: &Variable) -> Entry {
    let mut entry = common(workspace, &v.id, &v.meta);
    entry.add("Type", "type_string", v.type_string.clone().into());
    entry.fields.push(("Default", json!(v.default)));
    entry.fields.push(("Value", json!(v.value)));
    entry.fields.push(("Set by", v.value_source.clone().into()));
    entry.json.insert("value_default".to_owned(), json!(v.default));
    entry.json.insert("value".to_owned(), json!(v.value));
    entry.add("Enum", "enum", v.allowed.clone().into());
    entry.add("Format", "format", json!(v.format));
    entry
}

/// Columns MOD and NAME, for benchmarks TYPE, four blanks apart.
fn table(entries: &[Entry], kind: Kind) -> String {
    let rows: Vec<Vec<String>> = entries
        .iter()
        .filter(|e| e.is_top)
        .map(|e| {
            let mut row = vec![e.mod_name.clone(), e.name.clone()];
            if kind == Kind::Benchmark {
                row.push(if e.is_detection { "detection" } else { "control" }.to_owned());
            }
            row
        })
        .collect();
    if rows.is_empty() {
        return "\n".to_owned();
    }
    let mut heads = vec!["MOD".to_owned(), "NAME".to_owned()];
    if kind == Kind::Benchmark {
        heads.push("TYPE".to_owned());
    }
    columns(&std::iter::once(heads).chain(rows).collect::<Vec<_>>())
}

/// Aligns columns, four blanks apart; nothing behind the last one.
pub fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> =
        (0..count).map(|i| rows.iter().filter_map(|r| r.get(i)).map(|c| c.width()).max().unwrap_or(0)).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (i, cell) in row.iter().enumerate() {
            line.push_str(cell);
            if i + 1 < row.len() {
                line.extend(std::iter::repeat_n(
                    ' ',
                    widths.get(i).copied().unwrap_or(0).saturating_sub(cell.width()) + 4,
                ));
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

fn fields(list: &[(&'static str, Value)]) -> String {
    let width = list.iter().map(|(l, _)| l.len()).max().unwrap_or(0) + 3;
    let mut out = String::new();
    for (label, value) in list.iter().filter(|(_, v)| !is_empty(v)) {
        let head = format!("{:<width$}", format!("{label}:"));
        match value {
            Value::Object(map) => {
                let inner = map.keys().map(String::len).max().unwrap_or(0) + 3;
                let _ = writeln!(out, "{label}:");
                let mut keys: Vec<_> = map.iter().collect();
                keys.sort_by(|a, b| a.0.cmp(b.0));
                for (k, v) in keys {
                    let _ = writeln!(out, "  {:<inner$}{}", format!("{k}:"), scalar(v));
                }
            }
            Value::Array(items) => {
                let _ = writeln!(out, "{label}:");
                for item in items {
                    let _ = writeln!(out, "  {}", scalar(item));
                }
            }
            other => {
                let text = scalar(other);
                let mut lines = text.trim_end().lines();
                let _ = writeln!(out, "{head}{}", lines.next().unwrap_or_default());
                for line in lines {
                    let _ = writeln!(out, "{:width$}{line}", "");
                }
            }
        }
    }
    out
}

fn scalar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// JSON with sorted keys, two blanks deep.
pub fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(&sorted(value)).unwrap_or_default()
}

/// YAML with sorted keys.
pub fn yaml(value: &Value) -> Result<String, Failure> {
    // Through text: numbers of arbitrary precision are not numbers to the YAML writer.
    let plain: serde_yaml_ng::Value =
        serde_yaml_ng::from_str(&sorted(value).to_string()).map_err(|e| Failure::new(Code::Unknown, e.to_string()))?;
    serde_yaml_ng::to_string(&plain).map_err(|e| Failure::new(Code::Unknown, e.to_string()))
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut members: Vec<(String, Value)> = map.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}
