//! SARIF 2.1.0 (OASIS), which code scanning services read: alarms and what could not be evaluated, each at the place
//! of its control in the mod.
//!
//! Rows that are fine are left out, because services show every result as a finding; their numbers are in the run's
//! properties.

use super::finding::{Finding, title};
use crate::model::run::{ControlRun, Run};
use crate::model::status::Status;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;

/// Writes the report.
pub fn write(run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
    let rules: Vec<Value> = run.controls.values().map(rule).collect();
    let mut results = Vec::new();
    let mut faults = Vec::new();
    for (index, control) in run.controls.values().enumerate() {
        for finding in Finding::of(control) {
            if matches!(finding.status(), Status::Alarm | Status::Error) {
                results.push(result(&finding, index));
            }
        }
        if !control.error.is_empty() {
            faults.push(json!({
                "level": "error",
                "message": { "text": control.error },
                "associatedRule": { "id": control.name, "index": index },
            }));
        }
    }
    let time = |t: chrono::DateTime<chrono::FixedOffset>| t.to_utc().format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "ironpipe",
                "semanticVersion": super::words::version(run),
                "rules": rules,
            }},
            "automationDetails": { "id": format!("ironpipe/{}/", run.target) },
            "invocations": [{
                "executionSuccessful": run.root.summary.error == 0,
                "startTimeUtc": time(run.started),
                "endTimeUtc": time(run.finished),
                "toolExecutionNotifications": faults,
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
            "properties": { "summary": run.root.summary, "accounts": accounts(run) },
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

fn accounts(run: &Run) -> Vec<&str> {
    run.provenance.accounts.iter().map(|a| a.id.as_str()).collect()
}

fn rule(control: &ControlRun) -> Value {
    let mut rule = json!({
        "id": control.name,
        "name": control.short_name,
        "shortDescription": { "text": title(control) },
        "defaultConfiguration": { "level": level(control) },
    });
    let text = if control.description.is_empty() { title(control) } else { &control.description };
    rule["fullDescription"] = json!({ "text": text });
    if !control.documentation.is_empty() {
        rule["help"] = json!({ "text": control.documentation, "markdown": control.documentation });
    }
    let tags: Vec<String> = control.tags.iter().map(|(k, v)| format!("{k}:{v}")).collect();
    rule["properties"] = json!({ "tags": tags });
    if let Some(score) = score(control) {
        rule["properties"]["security-severity"] = score.into();
    }
    rule
}

fn level(control: &ControlRun) -> &'static str {
    match control.severity.as_str() {
        "medium" => "warning",
        "low" | "none" => "note",
        _ => "error",
    }
}

/// The number that GitHub makes its severity of: above 9.0 critical, from 7.0 high, from 4.0 medium, below low.
fn score(control: &ControlRun) -> Option<&'static str> {
    Some(match control.severity.as_str() {
        "critical" => "9.5",
        "high" => "8.0",
        "medium" => "5.5",
        "low" => "2.0",
        _ => return None,
    })
}

fn result(finding: &Finding<'_>, index: usize) -> Value {
    let control = finding.control;
    let (level, prefix) = match finding.status() {
        Status::Error => ("warning", "Could not be evaluated: "),
        _ => (level(control), ""),
    };
    let dimensions: BTreeMap<&str, &str> = finding.dimensions().collect();
    let text = if finding.reason().is_empty() { title(control) } else { finding.reason() };
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(control) },
            "region": { "startLine": control.line.max(1) },
        },
    });
    if !finding.resource().is_empty() {
        location["logicalLocations"] = json!([{ "fullyQualifiedName": finding.resource(), "kind": "resource" }]);
    }
    json!({
        "ruleId": control.name,
        "ruleIndex": index,
        "level": level,
        "message": { "text": format!("{prefix}{text}") },
        "locations": [location],
        "partialFingerprints": { "ironpipe/v1": finding.fingerprint() },
        "properties": { "status": finding.status().as_str(), "resource": finding.resource(), "dimensions": dimensions },
    })
}

/// Returns the control's file as a relative URI; a control without one is given the mod file.
fn uri(control: &ControlRun) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');
    let file = if control.file.is_empty() { "mod.pp" } else { &control.file };
    utf8_percent_encode(file, KEPT).to_string()
}
