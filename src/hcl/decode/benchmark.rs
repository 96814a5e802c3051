//! `benchmark` blocks and the tree that they make.

use super::base::{Chain, base_of, inherit_meta};
use super::reader::Reader;
use crate::hcl::declare::Declared;
use crate::hcl::eval::Evaluator;
use crate::hcl::loader::Loader;
use crate::hcl::syntax::Kind;
use crate::hcl::value::Val;
use crate::model::diagnostic::Diagnostic;
use crate::model::resource::{Benchmark, ChildRef, Mod};
use indexmap::IndexMap;
use std::collections::HashMap;
use std::ops::Range;

/// How deep benchmarks may nest.
const MAX_DEPTH: usize = 100;

/// Decodes a benchmark.
pub(super) fn benchmark(
    loader: &Loader<'_>,
    module: &Mod,
    declared: &Declared,
    chain: &mut Chain<Benchmark>,
) -> Option<Benchmark> {
    let mut reader = Reader::of(loader, declared)?;
    let base = base_of(
        &mut reader,
        module,
        "benchmark",
        chain,
        |loader, declared, chain| benchmark(loader, module, declared, chain),
        |module, r| module.benchmarks.get(&r.name).cloned(),
    );
    let display_type = reader.text("type");
    let is_detection = display_type.as_deref() == Some("detection");
    let mut children = children(&mut reader, &declared.name, is_detection);
    let mut meta = reader.meta();
    let (mut width, mut display) = (reader.int("width"), reader.text("display"));
    if let Some(base) = &base {
        inherit_meta(&mut meta, &base.meta);
        if children.is_empty() {
            children.clone_from(&base.children);
        }
        width = width.or(base.width);
        display = display.or_else(|| base.display.clone());
    }
    chain.errors.append(&mut reader.errors);
    Some(Benchmark { id: reader.identity(declared)?, meta, children, width, display_type, display })
}

/// Reads the children, each by itself, so that all misspelt ones are reported at once.
pub(super) fn children(reader: &mut Reader<'_>, name: &str, is_detection: bool) -> Vec<ChildRef> {
    let mut out: IndexMap<ChildRef, Range<usize>> = IndexMap::new();
    for (i, (value, range)) in values(reader).into_iter().enumerate() {
        let error = |message: String, code| reader.loader.error(reader.file, range.clone(), code, message);
        let leaf = if is_detection { "detection" } else { "control" };
        let found = match value {
            Val::Resource(r) if r.kind == leaf || r.kind == "benchmark" => {
                let child = ChildRef { mod_name: r.mod_name.clone(), kind: r.kind, name: r.name.clone() };
                match out.get(&child) {
                    None => Ok(child),
                    Some(first) => {
                        let shown = format!("{}.{}", child.kind, child.name);
                        let d = error(format!("benchmark.{name} has duplicate child name {shown}"), "duplicate");
                        Err(match reader.loader.span(reader.file, first.clone()) {
                            Some(span) => d.at_span(span, "first listed here"),
                            None => d,
                        })
                    }
                }
            }
            Val::Resource(r) => {
                let message =
                    format!("invalid child: a benchmark holds {leaf}s and benchmarks, not {}", r.unqualified());
                let d = error(message, "child");
                Err(match r.kind {
                    "detection" => d.help("a benchmark of detections needs type = \"detection\""),
                    _ => d,
                })
            }
            other => {
                let message = format!(
                    "unsuitable value type: element {i}: a {leaf} or benchmark is required, not {}",
                    other.type_name()
                );
                let d = error(message, "type");
                Err(if matches!(other, Val::Str(_)) { d.help("write the reference without quotes") } else { d })
            }
        };
        match found {
            Ok(child) => drop(out.insert(child, range)),
            Err(d) => reader.errors.push(d),
        }
    }
    out.into_keys().collect()
}

fn values(reader: &mut Reader<'_>) -> Vec<(Val, Range<usize>)> {
    let whole = reader.place("children");
    let Some(attribute) = reader.attribute("children") else { return Vec::new() };
    if let Kind::Array(items) = &attribute.value.kind
        && let Some(file) = reader.loader.file_of(reader.file)
    {
        let mut out = Vec::new();
        for item in items {
            let range = item.span();
            match Evaluator::new(reader.loader, file).eval(item) {
                Ok(value) => out.push((value, range)),
                Err(fault) => reader.push(fault, range),
            }
        }
        return out;
    }
    match reader.eval("children") {
        Some(Val::List(items) | Val::Set(items)) => items.iter().cloned().map(|v| (v, whole.clone())).collect(),
        Some(other) => {
            reader.wrong_type("children", "list of controls and benchmarks", &other);
            Vec::new()
        }
        None => Vec::new(),
    }
}

/// Reports benchmarks that hold themselves, and trees that are too deep to be walked.
pub(super) fn check_tree(module: &Mod, errors: &mut Vec<Diagnostic>) {
    let mut depths: HashMap<&str, usize> = HashMap::new();
    for name in module.benchmarks.keys() {
        let mut path = Vec::new();
        if let Err(d) = depth(module, name, &mut path, &mut depths) {
            let is_limit = d.code == "limit";
            errors.push(*d);
            if is_limit {
                return;
            }
            // What leads to this cycle is not reported again.
            depths.extend(path.into_iter().map(|held| (held, 0)));
        }
    }
}

/// Returns how many levels of benchmarks hang on one.
fn depth<'m>(
    module: &'m Mod,
    name: &'m str,
    path: &mut Vec<&'m str>,
    depths: &mut HashMap<&'m str, usize>,
) -> Result<usize, Box<Diagnostic>> {
    if let Some(known) = depths.get(name) {
        return Ok(*known);
    }
    let Some(benchmark) = module.benchmarks.get(name) else { return Ok(0) };
    if let Some(start) = path.iter().position(|n| *n == name) {
        let chain: Vec<String> = path.iter().skip(start).chain([&name]).map(|n| format!("benchmark.{n}")).collect();
        let d = Diagnostic::error(format!("benchmarks form a cycle: {}", chain.join(" → "))).code("cycle");
        return Err(Box::new(d.at_span(head_of(benchmark), "")));
    }
    if path.len() >= MAX_DEPTH {
        let d = Diagnostic::error(format!("benchmarks nest deeper than {MAX_DEPTH} levels")).code("limit");
        return Err(Box::new(d.at_span(head_of(benchmark), "")));
    }
    path.push(name);
    let mut deepest = 0;
    for child in benchmark.children.iter().filter(|c| c.kind == "benchmark" && c.mod_name == module.name) {
        deepest = deepest.max(1 + depth(module, &child.name, path, depths)?);
    }
    path.pop();
    depths.insert(name, deepest);
    Ok(deepest)
}

/// Returns the place of a benchmark's first line.
fn head_of(benchmark: &Benchmark) -> crate::model::source::Span {
    let mut span = benchmark.id.span.clone();
    let length = span.text().find(['{', '\n']).unwrap_or(0);
    span.range.end = span.range.start + span.text().get(..length).unwrap_or_default().trim_end().len().max(1);
    span
}
