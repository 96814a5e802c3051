//! The AWS Security Finding Format, which Security Hub imports, with Powerpipe's fields made valid: an id for each
//! result, the partition of the account, a finding type that exists, labels that Security Hub knows, the reason, and
//! controls that failed as a whole.

use super::finding::{Cloud, Finding, shortened, title};
use crate::model::run::{ControlRun, Run};
use crate::model::status::Status;
use serde::Serializer as _;
use serde_json::{Map, Value, json};
use std::io;

/// Writes the report: one array, each control once, in the order of names.
pub fn write(run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
    let mut controls: Vec<&ControlRun> = run.controls.values().filter(|c| Cloud::of(c) == Some(Cloud::Aws)).collect();
    controls.sort_by(|a, b| a.name.cmp(&b.name));
    let findings = controls.into_iter().flat_map(Finding::of).map(|f| finding(run, &f));
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, formatter);
    serializer.collect_seq(findings)?;
    out.write_all(b"\n")
}

fn finding(run: &Run, finding: &Finding<'_>) -> Value {
    let control = finding.control;
    let account = finding.account(run);
    let region = match finding.dimension("region") {
        "global" | "" => "us-east-1",
        region => region,
    };
    let partition = match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => finding.resource().split(':').nth(1).filter(|p| p.starts_with("aws")).unwrap_or("aws"),
    };
    let time = run.finished.to_utc().format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    let description = if control.description.is_empty() { title(control) } else { &control.description };
    let compliance = match finding.status() {
        Status::Ok => "PASSED",
        Status::Alarm => "FAILED",
        Status::Error => "WARNING",
        Status::Skip | Status::Info => "NOT_AVAILABLE",
    };
    let severity = match control.severity.as_str() {
        label @ ("critical" | "high" | "medium" | "low") => label.to_uppercase(),
        _ => "INFORMATIONAL".to_owned(),
    };
    let dimensions: Map<String, Value> =
        finding.dimensions().map(|(name, value)| (name.to_owned(), shortened(value, 1_024).into())).collect();
    let resource =
        if finding.resource().is_empty() { format!("AWS::::Account:{account}") } else { finding.resource().to_owned() };
    let mut resource =
        json!({ "Type": "Other", "Id": shortened(&resource, 512), "Partition": partition, "Region": region });
    if !dimensions.is_empty() {
        resource["Details"] = json!({ "Other": dimensions });
    }
    json!({
        "SchemaVersion": "2018-10-08",
        "Id": format!("{}/{}", control.name, finding.fingerprint()),
        "ProductArn": format!("arn:{partition}:securityhub:{region}:{account}:product/{account}/default"),
        "ProductFields": {
            "ProviderName": "ironpipe",
            "ProviderVersion": super::words::version(run),
            "ironpipe/Reason": shortened(finding.reason(), 2_048),
            "ironpipe/Status": finding.status().as_str(),
        },
        "GeneratorId": format!("powerpipe-{}", control.short_name),
        "AwsAccountId": account,
        "Types": ["Software and Configuration Checks/Industry and Regulatory Standards"],
        "UpdatedAt": time,
        "CreatedAt": time,
        "Title": shortened(title(control), 256),
        "Description": shortened(description, 1_024),
        "Severity": { "Label": severity },
        "Resources": [resource],
        "Compliance": { "Status": compliance },
    })
}
