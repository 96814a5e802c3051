//! Resources that are loaded, listed and shown, but not run: dashboards and their parts, detections.

use super::benchmark::children as benchmark_children;
use super::reader::{Reader, check_shape};
use crate::hcl::declare::{Declared, is_name};
use crate::hcl::loader::{Loader, block_range, head_range};
use crate::hcl::schema::{allows_attribute, is_nested_resource, is_query_based};
use crate::hcl::syntax::Block;
use crate::hcl::value::Val;
use crate::model::diagnostic::Diagnostic;
use crate::model::resource::{Args, Identity, Mod, OtherResource};
use crate::model::source::Span;
use crate::model::value::Arg;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// Decodes dashboards, their parts and detections of a mod.
pub(super) fn decode_all(
    loader: &Loader<'_>,
    module: &mut Mod,
    warnings: &mut Vec<Diagnostic>,
    errors: &mut Vec<Diagnostic>,
) {
    let mut decoder = Decoder { loader, names: HashMap::new(), parts: Vec::new(), warnings, errors };
    let is_other = |d: &&Declared| !matches!(d.kind, "mod" | "query" | "control" | "benchmark" | "variable");
    // Top-level names first: what is nested must not take them.
    for declared in loader.declared.iter().filter(is_other) {
        if let Some(span) = loader.block(declared).and_then(|b| loader.span(declared.file, head_range(b))) {
            decoder.names.insert((declared.kind, declared.name.clone()), span);
        }
    }
    let mut others = Vec::new();
    for declared in loader.declared.iter().filter(is_other) {
        let Some(mut reader) = Reader::of(loader, declared) else { continue };
        let meta = reader.meta();
        let place = Place {
            kind: declared.kind,
            name: declared.name.clone(),
            is_top: true,
            in_dashboard: None,
            within: Vec::new(),
        };
        let properties = decoder.resource(&mut reader, &place);
        decoder.errors.append(&mut reader.errors);
        if let Some(id) = reader.identity(declared) {
            others.push(Arc::new(OtherResource { id, meta, is_anonymous: false, properties, within: Vec::new() }));
        }
    }
    module.others.extend(others);
    module.parts.append(&mut decoder.parts);
}

/// Where a resource stands.
struct Place {
    kind: &'static str,
    name: String,
    is_top: bool,
    /// The dashboard that holds it.
    in_dashboard: Option<String>,
    /// Full names of what holds it.
    within: Vec<String>,
}

struct Decoder<'d> {
    loader: &'d Loader<'d>,
    /// Names that are taken in the whole mod, with their places.
    names: HashMap<(&'static str, String), Span>,
    /// What stands inside of other resources.
    parts: Vec<Arc<OtherResource>>,
    warnings: &'d mut Vec<Diagnostic>,
    errors: &'d mut Vec<Diagnostic>,
}

impl Decoder<'_> {
    /// Evaluates a resource and all that it holds.
    fn resource(&mut self, reader: &mut Reader<'_>, place: &Place) -> Map<String, Value> {
        let mut out = Map::new();
        self.source(reader, place);
        attributes(reader, place.kind, &mut out);
        for (name, kind) in [("base", place.kind), ("category", "category")] {
            if reader.attribute(name).is_some() && allows_attribute(place.kind, name) {
                reader.resource(name, kind);
            }
        }
        if place.kind == "benchmark" {
            let is_detection = out.get("type").and_then(Value::as_str) == Some("detection");
            let children = benchmark_children(reader, &place.name, is_detection);
            let shown = children.iter().map(|c| format!("{}.{}.{}", c.mod_name, c.kind, c.name)).collect();
            out.insert("children".to_owned(), shown);
        }
        let params = reader.params();
        if !params.is_empty() {
            if !place.is_top {
                let message = "deprecated usage: only top level resources can have 'param' blocks";
                self.warnings.push(reader.warning("deprecated", message));
            }
            let shown = params.iter().map(|p| {
                json!({ "name": p.name, "description": p.description, "default": p.default.as_ref().map(arg_json) })
            });
            out.insert("params".to_owned(), shown.collect());
        }
        self.children(reader, place, &mut out);
        out
    }

    /// Checks where the data of a resource comes from.
    fn source(&mut self, reader: &mut Reader<'_>, place: &Place) {
        if !is_query_based(place.kind) {
            return;
        }
        let (sql, query) = (reader.is_set("sql"), reader.is_set("query"));
        let shown = format!("{}.{}", place.kind, place.name);
        if sql && query {
            reader.error("sql-and-query", format!("{shown} has both 'SQL' and 'query' property set"));
        }
        if query {
            reader.resource("query", "query");
        }
        let holds = |words: &[&str]| reader.block.body.blocks().any(|b| words.contains(&b.ident.as_str()));
        let has_parts = holds(&["node", "edge"]);
        if (sql || query) && has_parts {
            reader.error("sql-and-parts", format!("{shown} contains edges/nodes AND has a query"));
        }
        let is_based = reader.is_set("base");
        let is_simple_input = place.kind == "input"
            && (reader.attribute("placeholder").is_some()
                || holds(&["option"])
                || reader.attribute("type").is_some_and(|a| {
                    let kind = a.value.as_str().unwrap_or_default();
                    kind == "text" || kind.starts_with("date") || kind == "time"
                }));
        let is_needed = match place.kind {
            "card" | "image" => false,
            "detection" | "with" | "control" => true,
            "input" => !place.is_top && !is_simple_input,
            _ => !place.is_top,
        };
        if is_needed && !sql && !query && !is_based && !has_parts {
            let takes_parts = matches!(place.kind, "flow" | "graph" | "hierarchy");
            let rest = if takes_parts { ", and has no edges/nodes" } else { "" };
            reader.error("missing-sql", format!("{shown} does not define a query or SQL{rest}"));
        }
    }

    /// Decodes the blocks inside a block.
    fn children(&mut self, reader: &mut Reader<'_>, place: &Place, out: &mut Map<String, Value>) {
        let mut children = Vec::new();
        let mut local_names: HashMap<(String, String), Span> = HashMap::new();
        let mut counts: HashMap<&'static str, usize> = HashMap::new();
        let mut within = place.within.clone();
        within.push(format!("{}.{}.{}", self.loader.mod_name, place.kind, place.name));
        for block in reader.block.body.blocks() {
            let word = block.ident.as_str();
            if word == "param" {
                continue;
            }
            let is_resource = is_nested_resource(word) && crate::hcl::schema::shape(place.kind).blocks.contains(&word);
            if !is_resource {
                part(self.loader, reader, block, 0, out);
                continue;
            }
            let kind = crate::hcl::schema::resource_kind(word).unwrap_or("with");
            let number = counts.entry(kind).or_insert(0);
            let label = block.labels.first().map(|l| l.as_str().to_owned());
            let is_anonymous = label.is_none();
            let parent = format!("{}_{}", place.kind, place.name);
            let name = label.unwrap_or_else(|| format!("{parent}_anonymous_{kind}_{number}"));
            *number += 1;
            let nested = Place {
                kind,
                name: name.clone(),
                is_top: false,
                in_dashboard: place
                    .in_dashboard
                    .clone()
                    .or_else(|| (place.kind == "dashboard").then(|| place.name.clone())),
                within: within.clone(),
            };
            self.check_name(reader, block, &nested, is_anonymous, &mut local_names);
            if kind == "with" && !matches!(place.kind, "dashboard") && !place.is_top {
                let message = "only top level resources can have 'with' blocks";
                let range = head_range(block);
                reader.errors.push(self.loader.error(reader.file, range, "with", message));
            }
            let mut inner = Reader::new(self.loader, reader.file, block, format!("{kind}.{name}"));
            check_shape(self.loader, reader.file, kind, block, &mut inner.errors);
            let meta = inner.meta();
            let mut properties = Map::new();
            properties.insert("kind".to_owned(), kind.into());
            properties.insert("name".to_owned(), name.clone().into());
            properties.insert("is_anonymous".to_owned(), is_anonymous.into());
            for (key, value) in [("title", &meta.title), ("description", &meta.description)] {
                if let Some(text) = value {
                    properties.insert(key.to_owned(), text.clone().into());
                }
            }
            let own = self.resource(&mut inner, &nested);
            if let Some(span) = self.loader.span(reader.file, block_range(block)) {
                let id = Identity { mod_name: self.loader.mod_name.clone(), kind, name, span };
                let shown = own.iter().filter(|(k, _)| kind == "benchmark" || *k != "children");
                let shown = shown.map(|(k, v)| (k.clone(), v.clone())).collect();
                let part = OtherResource { id, meta, is_anonymous, properties: shown, within: within.clone() };
                self.parts.push(Arc::new(part));
            }
            properties.extend(own);
            reader.errors.append(&mut inner.errors);
            children.push(Value::Object(properties));
        }
        if !children.is_empty() {
            out.insert("children".to_owned(), Value::Array(children));
        }
    }

    /// Checks a nested resource's name against those of its parent or of the whole mod.
    fn check_name(
        &mut self,
        reader: &mut Reader<'_>,
        block: &Block,
        place: &Place,
        is_anonymous: bool,
        local_names: &mut HashMap<(String, String), Span>,
    ) {
        let range = head_range(block);
        let error = |code, message: String| self.loader.error(reader.file, range.clone(), code, message);
        if block.labels.len() > 1 {
            reader.errors.push(error("label", format!("extraneous label for {}: one name is expected", place.kind)));
        }
        if is_anonymous {
            if place.kind == "with" {
                reader.errors.push(error("label", "missing name for with".to_owned()));
            }
            return;
        }
        if !is_name(&place.name) {
            reader.errors.push(error("label", format!("invalid name \"{}\"", place.name)));
            return;
        }
        let Some(span) = self.loader.span(reader.file, range.clone()) else { return };
        let name = &place.name;
        let (first, message) = match place.kind {
            // Nodes and edges are found through their parent only.
            "node" | "edge" => return,
            "with" | "category" => {
                let first = local_names.insert((place.kind.to_owned(), name.clone()), span);
                let what = if place.kind == "with" { "duplicate with block" } else { "has duplicate category" };
                (first, format!("{what}: {name}"))
            }
            "input" => {
                let dashboard = place.in_dashboard.clone().unwrap_or_default();
                let first = self.names.insert(("input", format!("{dashboard}/{name}")), span);
                (first, format!("dashboard.{dashboard} contains duplicate input names: {name}"))
            }
            kind => {
                let first = self.names.insert((kind, name.clone()), span);
                let own = &self.loader.mod_name;
                (first, format!("mod {own} defines more than one resource named {kind}.{name}"))
            }
        };
        if let Some(first) = first {
            reader.errors.push(error("duplicate", message).at_span(first, "first defined here"));
        }
    }
}

/// Evaluates the attributes of a block.
fn attributes(reader: &mut Reader<'_>, kind: &str, out: &mut Map<String, Value>) {
    for attribute in crate::hcl::loader::attributes(reader.block) {
        let name = attribute.key.as_str();
        // What is said in other ways, or checked where it is read.
        let is_elsewhere =
            matches!(name, "title" | "description" | "documentation" | "tags") && allows_attribute(kind, "tags");
        if is_elsewhere || !allows_attribute(kind, name) || name == "children" {
            continue;
        }
        let value = match name {
            "args" => match reader.args(true) {
                Args::None => None,
                Args::Named(named) => {
                    Some(Value::Object(named.iter().map(|(k, v)| (k.clone(), arg_json(v))).collect()))
                }
                Args::Positional(values) => Some(values.iter().map(arg_json).collect()),
            },
            "width" | "depth" | "min" | "max" | "threshold" => reader.int(name).map(Value::from),
            "search_path" | "search_path_prefix" | "property_order" | "display_columns" => {
                reader.texts(name).map(Value::from)
            }
            "base" | "category" | "query" | "database" => reader.eval(name).map(|v| v.to_json()),
            _ => text(reader, name),
        };
        if let Some(value) = value {
            out.insert(name.to_owned(), value);
        }
    }
}

/// Reads an attribute that is text; numbers and bools stay what they are.
fn text(reader: &mut Reader<'_>, name: &str) -> Option<Value> {
    let value = reader.eval(name)?;
    if matches!(value, Val::Str(_) | Val::Num(_) | Val::Bool(_)) {
        return Some(value.to_json());
    }
    reader.wrong_type(name, "string", &value);
    None
}

/// How deep the parts of a resource may nest.
const MAX_PARTS: usize = 8;

/// Evaluates a block that is no resource of its own: columns, series, options.
fn part(loader: &Loader<'_>, reader: &mut Reader<'_>, block: &Block, depth: usize, out: &mut Map<String, Value>) {
    let word = block.ident.as_str().to_owned();
    if depth > MAX_PARTS || crate::hcl::schema::attributes(&word).is_empty() && word != "axes" {
        return;
    }
    let mut inner = Reader::new(loader, reader.file, block, word.clone());
    check_shape(loader, reader.file, &word, block, &mut inner.errors);
    let takes_label = matches!(word.as_str(), "series" | "point" | "column" | "option" | "property");
    if takes_label != (block.labels.len() == 1) {
        let message = match (takes_label, block.labels.len()) {
            (true, 0) => format!("missing name for {word}"),
            _ => format!("extraneous label for {word}"),
        };
        inner.error("label", message);
    }
    let mut properties = Map::new();
    if let Some(label) = block.labels.first() {
        properties.insert("name".to_owned(), label.as_str().into());
    }
    attributes(&mut inner, &word, &mut properties);
    for child in block.body.blocks() {
        part(loader, &mut inner, child, depth + 1, &mut properties);
    }
    reader.errors.append(&mut inner.errors);
    if let Value::Array(list) = out.entry(word).or_insert_with(|| Value::Array(Vec::new())) {
        list.push(Value::Object(properties));
    }
}

fn arg_json(arg: &Arg) -> Value {
    match arg {
        Arg::Null => Value::Null,
        Arg::Text(text) => text.clone().into(),
        Arg::Int(n) => (*n).into(),
        Arg::Float(n) => serde_json::Number::from_f64(*n).map_or(Value::Null, Value::Number),
        Arg::Bool(b) => (*b).into(),
        Arg::List(items) => items.iter().map(arg_json).collect(),
        Arg::Object(text) => serde_json::from_str(text).unwrap_or_else(|_| text.clone().into()),
    }
}
