//! Dashboards, their parts and detections as `show` prints them: with the keys that Powerpipe's JSON has.

use super::entry::{Entry, args, common, is_empty, shown_params};
use crate::model::resource::{Identity, Mod, OtherResource};
use serde_json::{Map, Value, json};

/// A dashboard, a part of one, or a detection.
pub fn other(workspace: &Mod, o: &OtherResource) -> Entry {
    let mut entry = common(workspace, &o.id, &o.meta, None);
    let home = workspace.find_mod(&o.id.mod_name).unwrap_or(workspace);
    let properties = inherited(home, o, 0);
    let json = &mut entry.json;
    json.insert("is_anonymous".to_owned(), o.is_anonymous.into());
    path(home, o, json);
    for (key, value) in &properties {
        match key.as_str() {
            "base" | "category" => {}
            "args" => {
                json.insert("args".to_owned(), args(value));
            }
            "params" => {
                json.insert("params".to_owned(), params(value));
            }
            "series" => {
                let list: Vec<Value> = items(value).map(series).collect();
                json.insert("Series".to_owned(), by_name(&list));
                json.insert("series".to_owned(), list.into());
            }
            "column" => {
                json.insert("Columns".to_owned(), by_name(value.as_array().map_or(&[], Vec::as_slice)));
                json.insert("columns".to_owned(), value.clone());
            }
            "option" => {
                json.insert("options".to_owned(), value.clone());
            }
            "property" => {
                json.insert("properties".to_owned(), by_name(value.as_array().map_or(&[], Vec::as_slice)));
            }
            "legend" | "fold" | "axes" => {
                json.insert(key.clone(), only(value));
            }
            _ if !is_empty(value) => {
                json.entry(key.clone()).or_insert_with(|| value.clone());
            }
            _ => {}
        }
    }
    let parts = || home.parts.iter().filter(|p| p.within.last().is_some_and(|w| *w == o.id.full_name()));
    match o.id.kind {
        "chart" => {
            json.entry("Series").or_insert(Value::Null);
        }
        "table" => {
            json.entry("Columns").or_insert(Value::Null);
        }
        "input" => {
            json.insert("unqualified_name".to_owned(), o.id.unqualified_name().into());
            if let Some(dashboard) = dashboard_of(o) {
                json.insert("dashboard".to_owned(), dashboard.clone().into());
            }
        }
        "dashboard" | "container" => {
            let children: Vec<String> = parts().map(|p| p.id.full_name()).collect();
            if !children.is_empty() {
                json.insert("children".to_owned(), json!(children));
            }
            let inputs: Vec<Value> = inputs(home, o).map(|i| Value::Object(other(workspace, i).json)).collect();
            if !inputs.is_empty() {
                json.insert("inputs".to_owned(), inputs.into());
            }
            if o.id.kind == "dashboard" {
                json.insert("url_path".to_owned(), format!("/{}", o.id.full_name()).into());
            }
        }
        "flow" | "graph" | "hierarchy" => {
            for (kind, key) in [("node", "nodes"), ("edge", "edges")] {
                let of_kind = parts().filter(|p| p.id.kind == kind);
                let list: Vec<Value> = of_kind.map(|p| Value::Object(other(workspace, p).json)).collect();
                if !list.is_empty() {
                    json.insert(key.to_owned(), list.into());
                }
            }
            let categories = parts().filter(|p| p.id.kind == "category");
            let categories: Map<String, Value> =
                categories.map(|c| (c.id.name.clone(), Value::Object(other(workspace, c).json))).collect();
            json.insert("categories".to_owned(), categories.into());
        }
        "node" | "edge" => {
            let category = properties.get("category").and_then(Value::as_str).and_then(|n| named(workspace, n));
            if let Some(category) = category {
                json.insert("category".to_owned(), Value::Object(other(workspace, category).json));
            }
        }
        _ => {}
    }
    fields(o.id.kind, &mut entry);
    entry
}

/// Adds the labelled fields of a kind.
fn fields(kind: &str, entry: &mut Entry) {
    const QUERY: [(&str, &str); 4] = [("SQL", "sql"), ("Query", "query"), ("Args", "args"), ("Params", "params")];
    const WIDTH: [(&str, &str); 3] = [("Width", "width"), ("Type", "type"), ("Display", "display")];
    let query: &[(&str, &str)] =
        if matches!(kind, "dashboard" | "container" | "text" | "category") { &[] } else { &QUERY };
    let first: &[(&str, &str)] = match kind {
        "card" => &[("Label", "label"), ("Value", "value"), ("Icon", "icon"), ("HREF", "href")],
        "detection" => &[("Severity", "severity")],
        _ => &[],
    };
    let last: &[(&str, &str)] = match kind {
        "chart" => &[
            ("Grouping", "grouping"),
            ("Transform", "transform"),
            ("Legend", "legend"),
            ("Series", "series"),
            ("Axes", "axes"),
        ],
        "table" => &[("Columns", "columns")],
        "flow" | "hierarchy" => &[("Nodes", "nodes"), ("Edges", "edges")],
        "graph" => &[("Nodes", "nodes"), ("Edges", "edges"), ("Direction", "direction")],
        "image" => &[("Src", "src"), ("Alt", "alt")],
        "text" => &[("Value", "value")],
        "input" => &[("Label", "label"), ("Placeholder", "placeholder"), ("DashboardName", "dashboard")],
        "dashboard" | "container" => &[("Inputs", "inputs"), ("Children", "children")],
        "category" => &[("Color", "color"), ("Icon", "icon"), ("HREF", "href")],
        _ => &[],
    };
    for (label, key) in [query, first, &WIDTH, last].concat() {
        let value = match entry.json.get(key) {
            None => continue,
            // Whole resources are shown by their names.
            Some(Value::Array(list)) if matches!(key, "nodes" | "edges" | "inputs") => {
                list.iter().filter_map(|o| o.get("qualified_name").cloned()).collect()
            }
            Some(value) if key == "params" => shown_params(value),
            Some(value) if key == "args" => value.get("args").or(value.get("args_list")).cloned().unwrap_or_default(),
            Some(value) => value.clone(),
        };
        entry.fields.push((label, value));
    }
}

/// Says how a part is reached: what holds it, the mod first.
fn path(home: &Mod, o: &OtherResource, json: &mut Map<String, Value>) {
    if o.within.is_empty() {
        return;
    }
    // Parts of graphs are on no path of their own.
    if matches!(o.id.kind, "node" | "edge" | "category") {
        json.remove("path");
        return;
    }
    let top = format!("mod.{}", home.name);
    let names = std::iter::once(top).chain(o.within.iter().cloned()).chain([o.id.full_name()]);
    json.insert("path".to_owned(), json!([names.collect::<Vec<_>>()]));
}

/// The inputs of a dashboard or a container: a dashboard has those of its containers, too.
fn inputs<'m>(home: &'m Mod, o: &OtherResource) -> impl Iterator<Item = &'m OtherResource> {
    let (name, is_dashboard) = (o.id.full_name(), o.id.kind == "dashboard");
    home.parts.iter().map(AsRef::as_ref).filter(move |p: &&OtherResource| {
        p.id.kind == "input"
            && if is_dashboard { dashboard_of(p) == Some(&name) } else { p.within.last() == Some(&name) }
    })
}

/// The dashboard that holds a part directly or through containers.
fn dashboard_of(o: &OtherResource) -> Option<&String> {
    o.within.iter().rev().find(|w| w.split('.').nth(1) == Some("dashboard"))
}

/// Finds a resource at the top of a file by its full name.
fn named<'m>(workspace: &'m Mod, name: &str) -> Option<&'m OtherResource> {
    let home = workspace.find_mod(name.split('.').next()?)?;
    home.others.iter().map(AsRef::as_ref).find(|o| o.id.full_name() == name)
}

/// How long a chain of bases is followed.
const MAX_BASES: usize = 32;

/// The properties of a resource with those of its base where it has none of its own.
fn inherited(home: &Mod, o: &OtherResource, depth: usize) -> Map<String, Value> {
    let mut properties = o.properties.clone();
    let base = properties.get("base").and_then(Value::as_str).and_then(|name| named(home, name));
    if let Some(base) = base.filter(|_| depth < MAX_BASES) {
        for (key, value) in inherited(home, base, depth + 1) {
            if !matches!(key.as_str(), "database" | "search_path" | "search_path_prefix" | "children") {
                properties.entry(key).or_insert(value);
            }
        }
    }
    properties
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Params: the default as text, and nothing left out.
fn params(list: &Value) -> Value {
    let one = |p: &Value| {
        let default = match p.get("default") {
            None | Some(Value::Null) => Value::Null,
            Some(Value::String(text)) => text.clone().into(),
            Some(other) => other.to_string().into(),
        };
        json!({ "name": p.get("name"), "description": p.get("description"), "default": default })
    };
    items(list).map(one).collect()
}

/// A series, its points by their names.
fn series(one: &Value) -> Value {
    let mut out = one.as_object().cloned().unwrap_or_default();
    if let Some(points) = out.remove("point") {
        let unnamed = |p: &Value| {
            let mut point = p.as_object().cloned().unwrap_or_default();
            let name = point.remove("name").as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
            (name, Value::Object(point))
        };
        out.insert("points".to_owned(), Value::Object(items(&points).map(unnamed).collect()));
    }
    Value::Object(out)
}

fn by_name(list: &[Value]) -> Value {
    let named = list.iter().filter_map(|v| Some((v.get("name")?.as_str()?.to_owned(), v.clone())));
    Value::Object(named.collect())
}

/// A block that stands once, and the blocks in it that do.
fn only(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.first().map_or(Value::Null, only),
        Value::Object(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), only(v))).collect()),
        other => other.clone(),
    }
}

/// Whether a resource can be listed and shown by its name.
pub fn is_named(o: &OtherResource) -> bool {
    !o.is_anonymous
}

/// All resources of a kind that are no controls, benchmarks, queries or variables.
pub fn of_kind<'m>(module: &'m Mod, kind: &str) -> impl Iterator<Item = &'m OtherResource> {
    let is_kind = move |id: &Identity| id.kind == kind;
    module.others.iter().chain(&module.parts).map(AsRef::as_ref).filter(move |o| is_kind(&o.id) && is_named(o))
}
