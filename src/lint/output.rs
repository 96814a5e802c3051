//! Findings as JSON and as SARIF 2.1.0.

use super::rules::{RULES, rule};
use super::{Finding, Report};
use crate::model::diagnostic::{Label, Level};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

/// Returns a report as JSON.
pub fn json(report: &Report) -> Value {
    let place = |l: &Label| {
        let ((line, column), (end_line, end_column)) = (l.span.start(), l.span.end());
        json!({
            "file": l.span.file.display_path, "line": line, "column": column,
            "end_line": end_line, "end_column": end_column, "text": l.text,
        })
    };
    let findings: Vec<Value> = report
        .findings
        .iter()
        .map(|f| {
            let d = &f.diagnostic;
            let mut places: Vec<Value> = d.labels.iter().map(place).collect();
            let main = if places.is_empty() { Value::Null } else { places.remove(0) };
            json!({
                "rule": d.code, "level": level(d.level), "message": d.message, "resource": f.resource,
                "location": main, "related": places, "help": d.help,
            })
        })
        .collect();
    json!({
        "findings": findings,
        "summary": {
            "errors": report.count(Level::Error), "warnings": report.count(Level::Warning),
            "notes": report.count(Level::Note), "silenced": report.silenced,
            "queries_checked": report.checked, "queries_unchecked": report.unchecked,
        },
    })
}

/// Returns a report as SARIF.
pub fn sarif(report: &Report) -> Value {
    let used: BTreeSet<&str> = report.findings.iter().map(|f| f.diagnostic.code).collect();
    let rules: Vec<Value> = used
        .iter()
        .map(|name| match rule(name) {
            Some(r) => json!({
                "id": r.name,
                "shortDescription": {"text": r.help},
                "help": {"text": format!("Silence it with a comment in the block or above it: # ironpipe: allow {}", r.name)},
                "defaultConfiguration": {"level": level(r.level)},
            }),
            None => json!({
                "id": name,
                "shortDescription": {"text": "The mod cannot be loaded."},
                "defaultConfiguration": {"level": "error"},
            }),
        })
        .collect();
    let index = |code: &str| used.iter().position(|u| *u == code);
    let result = |f: &Finding| {
        let d = &f.diagnostic;
        let text: Vec<&str> = std::iter::once(&d.message).chain(&d.help).map(String::as_str).collect();
        let mut locations: Vec<Value> = d.labels.iter().map(location).collect();
        let main: Vec<Value> = locations.drain(..locations.len().min(1)).collect();
        let mut value = json!({
            "ruleId": d.code, "ruleIndex": index(d.code), "level": level(d.level),
            "message": {"text": text.join("\n")}, "locations": main,
        });
        if !locations.is_empty()
            && let Some(map) = value.as_object_mut()
        {
            map.insert("relatedLocations".to_owned(), Value::Array(locations));
        }
        value
    };
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "ironpipe", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": report.findings.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

/// What a path has in a URI as it is.
const URI: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');

fn location(label: &Label) -> Value {
    let ((line, column), (end_line, end_column)) = (label.span.start(), label.span.end());
    let path = label.span.file.display_path.replace('\\', "/");
    let encoded = percent_encoding::utf8_percent_encode(&path, URI).to_string();
    let uri = if path.starts_with('/') { format!("file://{encoded}") } else { encoded };
    let mut value = json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri},
            "region": {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column},
        },
    });
    if !label.text.is_empty()
        && let Some(map) = value.as_object_mut()
    {
        map.insert("message".to_owned(), json!({"text": label.text}));
    }
    value
}

/// Returns the rules as a table of text.
pub fn rules() -> String {
    let width = RULES.iter().map(|r| r.name.len()).max().unwrap_or(0);
    let lines = RULES.iter().map(|r| format!("{:<width$}  {:<7}  {}\n", r.name, level(r.level), r.help));
    let mut out: String = lines.collect();
    out.push_str(
        "\nA comment silences rules for the block that it stands in or directly above, or for its file:\n\
         # ironpipe: allow text-join, unused-query\n# ironpipe: allow-file unknown-tag\n\
         --allow RULE silences a rule everywhere.\n",
    );
    out
}
