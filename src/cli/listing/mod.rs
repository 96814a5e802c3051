//! `list` and `show`.

mod entry;
mod layout;
mod parts;

pub use entry::module as module_entry;
pub use layout::{columns, fields, pretty, yaml};

use super::args::{List, ListOutput, Show};
use super::context::Context;
use super::exit::{Code, Failure};
use super::workspace::{self, Missing};
use crate::engine::plan::{PlanError, find};
use crate::model::diagnostic::nearest;
use crate::model::resource::{Benchmark, Identity, Mod, OtherResource};
use crate::report::Colours;
use entry::{Entry, shown_name};
use serde_json::Value;
use std::collections::HashSet;
use std::sync::Arc;

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Controls.
    Control,
    /// Benchmarks.
    Benchmark,
    /// Benchmarks of detections.
    DetectionBenchmark,
    /// Queries.
    Query,
    /// Variables.
    Variable,
    /// Dashboards, their parts and detections, by their block's word.
    Other(&'static str),
}

/// A resource in a list; its details are made when they are printed.
struct Item<'m> {
    id: &'m Identity,
    is_top: bool,
    is_detection: bool,
    details: Box<dyn Fn() -> Entry + 'm>,
}

/// `... list`.
pub fn list(cx: &Context<'_>, kind: Kind, args: &List) -> Result<Code, Failure> {
    let detailed = matches!(args.output, ListOutput::Json | ListOutput::Yaml);
    let module = workspace::open_with(cx, &args.variables, Missing::Tolerate, detailed)?;
    let mut items: Vec<Item<'_>> = std::iter::once(module.as_ref())
        .chain(module.dependencies.values().map(AsRef::as_ref))
        .flat_map(|m| items(&module, m, kind))
        .collect();
    items.sort_by_cached_key(|i| (i.id.mod_name != module.name, i.id.mod_name.clone(), shown_name(&module, i.id)));
    let documents = || items.iter().map(|i| Value::Object((i.details)().json)).collect();
    let text = match args.output {
        ListOutput::Pretty | ListOutput::Plain => table(&module, &items, kind),
        ListOutput::Json => pretty(&documents()) + "\n",
        ListOutput::Yaml => yaml(&documents())?,
    };
    cx.ui.data(text.as_bytes())?;
    Ok(Code::Ok)
}

/// `... show`.
pub fn show(cx: &Context<'_>, kind: Kind, args: &Show) -> Result<Code, Failure> {
    let module = workspace::open_with(cx, &args.variables, Missing::Tolerate, true)?;
    let not_found = |e: PlanError| Failure::new(Code::Unknown, e.to_string());
    let name = &args.name;
    let entry = match kind {
        Kind::Control => find(&module, name, "control", "Control", |m| &m.controls)
            .map(|(_, c)| entry::control(&module, &c))
            .map_err(not_found)?,
        Kind::Benchmark => find(&module, name, "benchmark", "Benchmark", |m| &m.benchmarks)
            .map(|(_, b)| entry::benchmark(&module, &b))
            .map_err(not_found)?,
        Kind::DetectionBenchmark => entry::benchmark(&module, &*find_detection_benchmark(&module, name)?),
        Kind::Query => find(&module, name, "query", "Query", |m| &m.queries)
            .map(|(_, q)| entry::query(&module, &q))
            .map_err(not_found)?,
        Kind::Variable => find(&module, &variable_name(&module, name), "var", "Variable", |m| &m.variables)
            .map(|(_, v)| entry::variable(&module, &v))
            .map_err(not_found)?,
        Kind::Other(word) => parts::other(&module, find_other(&module, word, name)?),
    };
    print(cx, &entry, args.output)
}

/// Prints one resource.
pub fn print(cx: &Context<'_>, entry: &Entry, output: ListOutput) -> Result<Code, Failure> {
    let document = || Value::Array(vec![Value::Object(entry.json.clone())]);
    let text = match output {
        ListOutput::Pretty => fields(&entry.fields, cx.ui.colours() != Colours::Plain),
        ListOutput::Plain => fields(&entry.fields, false),
        ListOutput::Json => pretty(&document()) + "\n",
        ListOutput::Yaml => yaml(&document())?,
    };
    cx.ui.data(text.as_bytes())?;
    Ok(Code::Ok)
}

/// Writes `variable.x` and `mod.x` as `var.x` and `mod.var.x`.
fn variable_name(module: &Mod, name: &str) -> String {
    match name.split('.').collect::<Vec<_>>().as_slice() {
        ["variable", name] => format!("var.{name}"),
        [owner, "variable", name] => format!("{owner}.var.{name}"),
        [owner, name] if *owner != "var" && module.find_mod(owner).is_some() => format!("{owner}.var.{name}"),
        _ => name.to_owned(),
    }
}

/// Finds a dashboard, a part of one, or a detection.
///
/// # Errors
///
/// There is none of that name; with the nearest one.
pub fn find_other<'m>(module: &'m Mod, kind: &str, name: &str) -> Result<&'m OtherResource, Failure> {
    let parts: Vec<&str> = name.split('.').collect();
    let (home, short) = match parts.as_slice() {
        [short] => (Some(module), *short),
        [word, short] if *word == kind => (Some(module), *short),
        [owner, word, short] if *word == kind => (module.find_mod(owner), *short),
        _ => {
            let message = format!("target '{name}' is not of the expected type '{kind}'");
            return Err(Failure::new(Code::Unknown, message));
        }
    };
    let all: Vec<&OtherResource> = home.map(|m| parts::of_kind(m, kind).collect()).unwrap_or_default();
    if let Some(found) = all.iter().find(|o| o.id.name == short) {
        return Ok(found);
    }
    let failure = Failure::new(Code::Unknown, format!("'{kind}.{short}' not found in {}", workspace::shown(module)));
    Err(match nearest(short, all.iter().map(|o| o.id.name.as_str())) {
        Some(near) => failure.help(format!("did you mean {kind}.{near}?")),
        None => failure,
    })
}

/// Finds a benchmark of detections.
///
/// # Errors
///
/// There is none of that name.
pub fn find_detection_benchmark(module: &Mod, name: &str) -> Result<Arc<Benchmark>, Failure> {
    let not_found = |e: PlanError| Failure::new(Code::Unknown, e.to_string());
    let (_, found) = find(module, name, "benchmark", "Detection Benchmark", |m| &m.benchmarks).map_err(not_found)?;
    if found.display_type.as_deref() != Some("detection") {
        let message = format!("target '{name}' is not of the expected type 'Detection Benchmark'");
        return Err(Failure::new(Code::Unknown, message));
    }
    Ok(found)
}

fn items<'m>(workspace: &'m Mod, module: &'m Mod, kind: Kind) -> Vec<Item<'m>> {
    let item = |id: &'m Identity, details: Box<dyn Fn() -> Entry + 'm>| Item {
        id,
        is_top: true,
        is_detection: false,
        details,
    };
    match kind {
        Kind::Control => {
            module.controls.values().map(|c| item(&c.id, Box::new(|| entry::control(workspace, c)))).collect()
        }
        Kind::Query => module.queries.values().map(|q| item(&q.id, Box::new(|| entry::query(workspace, q)))).collect(),
        Kind::Variable => {
            module.variables.values().map(|v| item(&v.id, Box::new(|| entry::variable(workspace, v)))).collect()
        }
        Kind::Other(word) => {
            parts::of_kind(module, word).map(|o| item(&o.id, Box::new(|| parts::other(workspace, o)))).collect()
        }
        Kind::DetectionBenchmark => {
            items(workspace, module, Kind::Benchmark).into_iter().filter(|i| i.is_detection).collect()
        }
        Kind::Benchmark => {
            let held: HashSet<&str> = module
                .benchmarks
                .values()
                .flat_map(|b| &b.children)
                .filter(|c| c.kind == "benchmark" && c.mod_name == module.name)
                .map(|c| c.name.as_str())
                .collect();
            let one = |b: &'m Arc<Benchmark>| Item {
                is_top: !held.contains(b.id.name.as_str()),
                is_detection: b.display_type.as_deref() == Some("detection"),
                ..item(&b.id, Box::new(|| entry::benchmark(workspace, b)))
            };
            module.benchmarks.values().map(one).collect()
        }
    }
}

/// Columns MOD and NAME, for benchmarks TYPE, four blanks apart.
fn table(workspace: &Mod, items: &[Item<'_>], kind: Kind) -> String {
    let rows: Vec<Vec<String>> = items
        .iter()
        .filter(|i| i.is_top)
        .map(|i| {
            let mut row = vec![i.id.mod_name.clone(), shown_name(workspace, i.id)];
            if kind == Kind::Benchmark {
                row.push(if i.is_detection { "detection" } else { "control" }.to_owned());
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
