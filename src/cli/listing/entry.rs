//! Resources as `list` and `show` print them: labelled fields, and JSON with Powerpipe's keys.

use crate::engine::params::to_json;
use crate::hcl::resource_kind;
use crate::model::resource::{
    Args, Benchmark, Control, Database, DatabaseSettings, Identity, Meta, Mod, Param, Query, QuerySource, Reference,
    Variable,
};
use crate::model::source::Span;
use crate::model::value::Arg;
use md5::{Digest as _, Md5};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::sync::Arc;

/// A resource: its fields in the order of `show`, and its JSON.
#[derive(Debug, Default)]
pub struct Entry {
    /// Labels with values.
    pub fields: Vec<(&'static str, Value)>,
    /// The JSON document.
    pub json: Map<String, Value>,
}

/// Returns the name that a resource is listed by: short for the workspace's own, full for a dependency's.
pub fn shown_name(workspace: &Mod, id: &Identity) -> String {
    if id.mod_name == workspace.name { id.name.clone() } else { id.full_name() }
}

/// Makes the fields and JSON that every resource has. Reads its documentation.
pub fn common(workspace: &Mod, id: &Identity, meta: &Meta, database: Option<&DatabaseSettings>) -> Entry {
    let documentation = meta.documentation.read().ok().flatten();
    let mut entry = Entry::default();
    entry.fields.push(("Name", shown_name(workspace, id).into()));
    entry.add("Title", "title", json!(meta.title));
    entry.add("Description", "description", json!(meta.description));
    entry.add("Documentation", "documentation", json!(documentation));
    entry.add("Tags", "tags", json!(meta.tags));
    entry.fields.push(("Mod", id.mod_name.clone().into()));
    let named = database.and_then(|d| d.database.as_ref()).map(|d| match d {
        Database::Connection { kind, name } => format!("connection.{kind}.{name}"),
        Database::ConnectionString(url) => crate::cli::config::connection::without_password(url),
    });
    entry.add("Database", "database", json!(named));
    let json = &mut entry.json;
    if let Some(path) = database.and_then(|d| d.search_path.as_ref()) {
        json.insert("search_path".to_owned(), json!(path));
    }
    if let Some(path) = database.and_then(|d| d.search_path_prefix.as_ref()) {
        json.insert("search_path_prefix".to_owned(), json!(path));
    }
    let home = workspace.find_mod(&id.mod_name).unwrap_or(workspace);
    json.insert("qualified_name".to_owned(), id.full_name().into());
    json.insert("resource_name".to_owned(), id.name.clone().into());
    json.insert("mod_name".to_owned(), id.mod_name.clone().into());
    json.insert("path".to_owned(), json!(home.paths(id)));
    json.insert("file_name".to_owned(), id.span.file.path.to_string_lossy().into());
    json.insert("start_line_number".to_owned(), id.span.start().0.into());
    json.insert("end_line_number".to_owned(), id.span.end().0.into());
    json.insert("source_definition".to_owned(), lines(&id.span).into());
    json.insert("is_anonymous".to_owned(), false.into());
    json.insert("auto_generated".to_owned(), false.into());
    let is_own = |r: &&Reference| {
        r.owner == Some(id.span.range.start) && Arc::ptr_eq(&r.span.file, &id.span.file) && is_shown(r)
    };
    let (of_params, own): (Vec<_>, Vec<_>) = home.references.iter().filter(is_own).partition(|r| r.block == "param");
    let references: Vec<Value> = of_params.into_iter().chain(own).map(|r| reference(id, r)).collect();
    if !references.is_empty() {
        json.insert("references".to_owned(), references.into());
    }
    entry
}

/// Whether a reference is one of those that are shown: locals and connections are not.
fn is_shown(r: &Reference) -> bool {
    r.to.split('.').rev().nth(1).is_some_and(|word| match word {
        "mod" | "param" | "with" | "var" => true,
        "node" | "edge" => false,
        _ => resource_kind(word).is_some(),
    })
}

fn reference(id: &Identity, r: &Reference) -> Value {
    let from = id.unqualified_name();
    let name = format!(
        "To: {}\nFrom: {from}\nBlockType: {}\nBlockName: {}\nAttribute: {}",
        r.to, r.block, r.label, r.attribute
    );
    let hash: String = Md5::digest(name).iter().take(4).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    json!({
        "auto_generated": false, "is_anonymous": false, "mod_name": id.mod_name, "resource_name": hash,
        "source_definition": lines(&r.definition),
        "reference_to": r.to, "reference_from": from, "from_block_type": r.block, "from_block_name": r.label,
        "from_attribute": r.attribute, "file_name": r.definition.file.path.to_string_lossy(),
        "start_line_number": r.definition.start().0, "end_line_number": r.definition.end().0,
    })
}

/// The whole lines in which a piece of source stands.
fn lines(span: &Span) -> String {
    let text = span.file.text.as_str();
    let begin = text.get(..span.range.start).and_then(|t| t.rfind('\n')).map_or(0, |i| i + 1);
    let end = text.get(span.range.end..).and_then(|t| t.find('\n')).map_or(text.len(), |i| span.range.end + i);
    text.get(begin..end).unwrap_or_default().trim_end_matches('\r').to_owned()
}

/// Arguments by name or by position.
pub fn args(given: &Value) -> Value {
    let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
    match given {
        Value::Object(named) if !named.is_empty() => {
            json!({ "args": named.iter().map(|(k, v)| (k.clone(), text(v).into())).collect::<Map<_, Value>>() })
        }
        Value::Array(values) if !values.is_empty() => {
            json!({ "args_list": values.iter().map(text).collect::<Vec<_>>() })
        }
        _ => json!({}),
    }
}

/// Whether a value is left out.
pub fn is_empty(value: &Value) -> bool {
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

    fn add_params(&mut self, list: &[Param]) {
        if !list.is_empty() {
            let params = params(list);
            self.fields.push(("Params", shown_params(&params)));
            self.json.insert("params".to_owned(), params);
        }
    }
}

/// Params as the labelled fields show them.
pub fn shown_params(list: &Value) -> Value {
    let name = |p: &Value| p.get("name").and_then(Value::as_str).map(|n| format!("param.{n}"));
    let one = |p: &Value| json!({ "Name": name(p), "Description": p.get("description"), "Default": p.get("default") });
    list.as_array().into_iter().flatten().map(one).collect()
}

fn params(list: &[Param]) -> Value {
    list.iter()
        .map(|p| {
            // The default is text: what is none is written as JSON.
            let default = p.default.as_ref().filter(|d| **d != Arg::Null).map(|d| match d {
                Arg::Text(text) => text.clone(),
                other => to_json(other).to_string(),
            });
            json!({ "name": p.name, "description": p.description, "default": default })
        })
        .collect()
}

/// A control.
pub fn control(workspace: &Mod, c: &Control) -> Entry {
    let mut entry = common(workspace, &c.id, &c.meta, Some(&c.database));
    match &c.source {
        QuerySource::Sql(sql) => entry.add("SQL", "sql", sql.text.clone().into()),
        QuerySource::Query(q) => entry.add("Query", "query", q.id.full_name().into()),
    }
    let given = match &c.args {
        Args::None => json!({}),
        Args::Named(named) => Value::Object(named.iter().map(|(k, v)| (k.clone(), to_json(v))).collect()),
        Args::Positional(values) => values.iter().map(to_json).collect(),
    };
    entry.json.insert("args".to_owned(), args(&given));
    entry.fields.push(("Args", given));
    entry.add_params(&c.params);
    entry.add("Severity", "severity", json!(c.severity));
    entry.add("Width", "width", json!(c.width));
    entry.add("Display", "display", json!(c.display));
    if let Some(kind) = &c.display_type {
        entry.json.insert("type".to_owned(), kind.clone().into());
    }
    entry
}

/// A query.
pub fn query(workspace: &Mod, q: &Query) -> Entry {
    let mut entry = common(workspace, &q.id, &q.meta, Some(&q.database));
    entry.add("SQL", "sql", q.sql.text.clone().into());
    entry.add_params(&q.params);
    entry
}

/// A benchmark.
pub fn benchmark(workspace: &Mod, b: &Benchmark) -> Entry {
    let mut entry = common(workspace, &b.id, &b.meta, None);
    let children: Value = b.children.iter().map(|c| format!("{}.{}.{}", c.mod_name, c.kind, c.name)).collect();
    entry.add("Children", "children", children);
    entry.add("Width", "width", json!(b.width));
    entry.add("Display", "display", json!(b.display));
    if let Some(kind) = &b.display_type {
        entry.json.insert("type".to_owned(), kind.clone().into());
    }
    entry
}

/// A variable.
pub fn variable(workspace: &Mod, v: &Variable) -> Entry {
    let mut entry = common(workspace, &v.id, &v.meta, None);
    entry.add("Type", "type_string", v.type_string.clone().into());
    entry.fields.push(("Default", json!(v.default)));
    entry.fields.push(("Value", json!(v.value)));
    entry.fields.push(("Set by", v.value_source.clone().into()));
    entry.json.insert("value_default".to_owned(), json!(v.default));
    entry.json.insert("value".to_owned(), json!(v.value));
    entry.json.insert("description".to_owned(), v.meta.description.clone().unwrap_or_default().into());
    entry.add("Enum", "enum", v.allowed.clone().into());
    // Powerpipe's tree has variables twice.
    if let Some(Value::Array(path)) = entry.json.get_mut("path") {
        path.extend(path.clone());
    }
    entry.add("Format", "format", json!(v.format));
    entry
}

/// A mod.
pub fn module(m: &Mod) -> Entry {
    let mut entry = Entry::default();
    entry.fields.push(("Name", m.name.clone().into()));
    entry.add("Title", "title", json!(m.meta.title));
    entry.add("Description", "description", json!(m.meta.description));
    entry.add("Documentation", "documentation", json!(m.meta.documentation.read().ok().flatten()));
    entry.add("Tags", "tags", json!(m.meta.tags));
    entry.add("Version", "version", m.version.clone().into());
    entry.add("Categories", "categories", json!(m.categories));
    entry.add("Color", "color", json!(m.color));
    entry.add("Icon", "icon", json!(m.icon));
    let requires: Vec<&str> = m.require.mods.iter().map(|r| r.name.as_str()).collect();
    entry.add("Requires", "require", json!(requires));
    entry.json.insert("qualified_name".to_owned(), format!("mod.{}", m.name).into());
    entry.json.insert("resource_name".to_owned(), m.name.clone().into());
    entry.json.insert("mod_name".to_owned(), m.name.clone().into());
    entry.json.insert("file_name".to_owned(), m.root.to_string_lossy().into());
    if !m.required_as.is_empty() {
        entry.json.insert("dependency_path".to_owned(), m.required_as.clone().into());
    }
    entry
}
