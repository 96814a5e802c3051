//! OCSF 1.3.0 compliance findings (class 2003, https://schema.ocsf.io/1.3.0/classes/compliance_finding), one JSON
//! object a line, as security lakes and SIEMs take them in.

use super::finding::{Cloud, Finding, title};
use crate::model::run::{ControlRun, Run};
use crate::model::status::Status;
use serde_json::{Map, Value, json};
use std::io;

/// Writes the report.
pub fn write(run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
    Finding::all(run).try_for_each(|f| {
        serde_json::to_writer(&mut *out, &event(run, &f))?;
        out.write_all(b"\n")
    })
}

fn event(run: &Run, finding: &Finding<'_>) -> Value {
    let control = finding.control;
    let time = run.finished.timestamp_millis();
    let (status_id, status) = match finding.status() {
        Status::Ok => (1, "Pass"),
        Status::Alarm => (3, "Fail"),
        Status::Error => (0, "Unknown"),
        Status::Info => (99, "Info"),
        Status::Skip => (99, "Skipped"),
    };
    let (severity_id, severity) = match control.severity.as_str() {
        "critical" => (5, "Critical"),
        "high" => (4, "High"),
        "medium" => (3, "Medium"),
        "low" => (2, "Low"),
        "none" => (1, "Informational"),
        _ => (0, "Unknown"),
    };
    let title = title(control);
    let mut event = json!({
        "activity_id": 1,
        "activity_name": "Create",
        "category_name": "Findings",
        "category_uid": 2,
        "class_name": "Compliance Finding",
        "class_uid": 2003,
        "compliance": {
            "control": title,
            "requirements": requirements(control),
            "standards": [standard(run)],
            "status": status,
            "status_detail": finding.reason(),
            "status_id": status_id,
        },
        "finding_info": {
            "created_time": time,
            "desc": control.description,
            "title": title,
            "types": ["Compliance"],
            "uid": finding.fingerprint(),
        },
        "message": finding.reason(),
        "metadata": {
            "event_code": control.name,
            "product": { "name": "ironpipe", "vendor_name": "ironpipe", "version": super::words::version(run) },
            "version": "1.3.0",
        },
        "severity": severity,
        "severity_id": severity_id,
        "status": "New",
        "status_id": 1,
        "time": time,
        "type_name": "Compliance Finding: Create",
        "type_uid": 200_301,
    });
    let region = finding.dimension("region");
    if let Some(cloud) = Cloud::of(control) {
        event["metadata"]["profiles"] = json!(["cloud"]);
        event["cloud"] = self::cloud(cloud, run, finding, region);
    }
    if !finding.resource().is_empty() {
        let dimensions: Map<String, Value> =
            finding.dimensions().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let mut resource = json!({ "uid": finding.resource(), "data": dimensions });
        if !region.is_empty() {
            resource["region"] = region.into();
        }
        event["resources"] = json!([resource]);
    }
    if !control.documentation.is_empty() {
        event["remediation"] = json!({ "desc": control.documentation });
    }
    if !control.tags.is_empty() {
        event["unmapped"] = json!({ "tags": control.tags });
    }
    event
}

/// The cloud, account and region of a finding.
fn cloud(cloud: Cloud, run: &Run, finding: &Finding<'_>, region: &str) -> Value {
    let first = |names: [&str; 2]| names.map(|n| finding.dimension(n)).into_iter().find(|v| !v.is_empty());
    let (provider, (word, id), account) = match cloud {
        Cloud::Aws => ("AWS", ("AWS Account", 10), finding.account(run)),
        Cloud::Azure => ("Azure", ("Azure Subscription", 99), first(["subscription_id", "subscription"]).unwrap_or("")),
        Cloud::Gcp => ("GCP", ("GCP Project", 99), first(["project_id", "project"]).unwrap_or("")),
    };
    let mut object = json!({ "provider": provider });
    if !account.is_empty() {
        object["account"] = json!({ "type": word, "type_id": id, "uid": account });
    }
    if !region.is_empty() {
        object["region"] = region.into();
    }
    object
}

/// What the run measures against: the title of what was run.
fn standard(run: &Run) -> &str {
    let title = match run.root.groups().next() {
        Some(group) if !group.title.is_empty() => &group.title,
        _ => &run.root.title,
    };
    if title.is_empty() { &run.target } else { title }
}

/// The item's number where its tags have one, or else the control's name.
fn requirements(control: &ControlRun) -> [&str; 1] {
    [control.tags.get("cis_item_id").map_or(&*control.short_name, String::as_str)]
}
