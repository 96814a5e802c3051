//! Resources as `list` and `show` print them: labelled fields, and JSON with Powerpipe's keys.

use crate::engine::params::to_json;
use crate::model::resource::{
    Args, Benchmark, Control, Database, DatabaseSettings, Identity, Meta, Mod, OtherResource, Param, Query,
    QuerySource, Reference, Variable,
};
use serde_json::{Map, Value, json};

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
fn common(workspace: &Mod, id: &Identity, meta: &Meta, database: Option<&DatabaseSettings>) -> Entry {
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
    json.insert("source_definition".to_owned(), id.span.text().trim_end().into());
    json.insert("is_anonymous".to_owned(), false.into());
    json.insert("auto_generated".to_owned(), false.into());
    let own = id.unqualified_name();
    let references: Vec<Value> = home.references.iter().filter(|r| r.from == own).map(reference).collect();
    if !references.is_empty() {
        json.insert("references".to_owned(), references.into());
    }
    entry
}

fn reference(r: &Reference) -> Value {
    json!({
        "reference_to": r.to, "reference_from": r.from, "from_block_type": r.block, "from_block_name": r.from,
        "from_attribute": r.attribute, "file_name": r.span.file.path.to_string_lossy(),
        "start_line_number": r.span.start().0, "end_line_number": r.span.end().0,
    })
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

/// A control.
pub fn control(workspace: &Mod, c: &Control) -> Entry {
    let mut entry = common(workspace, &c.id, &c.meta, Some(&c.database));
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

/// A query.
pub fn query(workspace: &Mod, q: &Query) -> Entry {
    let mut entry = common(workspace, &q.id, &q.meta, Some(&q.database));
    entry.add("SQL", "sql", q.sql.text.clone().into());
    entry.add("Params", "params", params(&q.params));
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
    entry.add("Format", "format", json!(v.format));
    entry
}

/// A dashboard, a part of one, or a detection.
pub fn other(workspace: &Mod, o: &OtherResource) -> Entry {
    let mut entry = common(workspace, &o.id, &o.meta, None);
    entry.json.insert("is_anonymous".to_owned(), o.is_anonymous.into());
    for (key, value) in &o.properties {
        if !is_empty(value) {
            entry.json.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
    const SHOWN: [(&str, &str); 14] = [
        ("SQL", "sql"),
        ("Query", "query"),
        ("Args", "args"),
        ("Params", "params"),
        ("Label", "label"),
        ("Value", "value"),
        ("Icon", "icon"),
        ("HREF", "href"),
        ("Src", "src"),
        ("Alt", "alt"),
        ("Width", "width"),
        ("Type", "type"),
        ("Display", "display"),
        ("Children", "children"),
    ];
    for (label, key) in SHOWN {
        if let Some(value) = o.properties.get(key) {
            entry.fields.push((label, value.clone()));
        }
    }
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
