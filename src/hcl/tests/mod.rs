//! Tests of the loader on small mods in memory and in temporary folders.

mod dashboards;
mod dependencies;
mod diagnostics;
mod expressions;
mod folders;
mod functions;
pub(super) mod hostile;
mod resources;
mod sql_text;
mod variables;

use super::{LoadOptions, Loaded, ModSource, load};
use crate::model::diagnostic::Diagnostic;
use std::sync::Arc;

/// Loads a mod of several files; `mod.pp` is added when it is not among them.
fn load_files(files: &[(&str, &str)], options: &LoadOptions) -> Result<Loaded, Vec<Diagnostic>> {
    let mut all: Vec<(String, String)> = files.iter().map(|(p, t)| ((*p).to_owned(), (*t).to_owned())).collect();
    if !all.iter().any(|(p, _)| p == "mod.pp") {
        all.push(("mod.pp".to_owned(), "mod \"m\" {}\n".to_owned()));
    }
    load(&ModSource::Memory(Arc::new(all)), options)
}

/// Loads a mod of one file, which must be right.
fn good(text: &str) -> Loaded {
    match load_files(&[("a.pp", text)], &LoadOptions::default()) {
        Ok(loaded) => loaded,
        Err(errors) => panic!("{text}\n{}", shown(&errors)),
    }
}

/// Returns what is wrong with a mod of one file, one line each.
fn bad(text: &str) -> String {
    match load_files(&[("a.pp", text)], &LoadOptions::default()) {
        Ok(_) => panic!("no error in\n{text}"),
        Err(errors) => shown(&errors),
    }
}

/// Writes diagnostics as `file:line:column: message [code]; other place: label; help`.
fn shown(diagnostics: &[Diagnostic]) -> String {
    let lines: Vec<String> = diagnostics
        .iter()
        .map(|d| {
            let mut places = d.labels.iter().map(|l| {
                let (line, column) = l.span.start();
                let end = l.span.end();
                let to = if end.0 == line { format!("{}", end.1) } else { format!("{}:{}", end.0, end.1) };
                (format!("{}:{line}:{column}-{to}", l.span.file.display_path), l.text.clone())
            });
            let main = places.next().map_or_else(String::new, |(place, _)| format!("{place}: "));
            let others: String = places.map(|(place, text)| format!("; {text}: {place}")).collect();
            let help: String = d.help.iter().map(|h| format!("; {h}")).collect();
            format!("{main}{} [{}]{others}{help}", d.message, d.code)
        })
        .collect();
    lines.join("\n")
}

/// Returns the value of an expression as JSON text, or its fault.
fn value(expr: &str) -> String {
    value_with(expr, "")
}

/// The same with further text in the mod.
fn value_with(expr: &str, more: &str) -> String {
    let text = format!("locals {{\n  it = {expr}\n}}\nquery \"q\" {{\n  sql = jsonencode(local.it)\n}}\n{more}\n");
    match load_files(&[("a.pp", &text)], &LoadOptions::default()) {
        Ok(loaded) => loaded.module.queries["q"].sql.text.clone(),
        Err(errors) => format!("error: {}", errors[0].message),
    }
}
