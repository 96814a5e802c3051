//! JUnit XML, which CI servers show: a test suite for each control, a test case for each result.
//!
//! The layout is the one that Jenkins, GitLab and GitHub's actions read: `failure` for alarms, `error` for what could
//! not be evaluated, `skipped` for what does not apply. It holds nothing that Jenkins' schema does not allow, which
//! its xUnit plugin insists on: places in files are the suite's, not the case's.

use super::finding::{Finding, title};
use super::xml::{self, xml_text};
use crate::model::run::{ControlRun, Run};
use crate::model::status::Status;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::collections::HashMap;
use std::io;

/// Writes the report.
pub fn write(run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(&mut *out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut sum = crate::model::status::StatusSummary::default();
    for control in run.controls.values() {
        sum += control.summary;
    }
    let duration: f64 = run.controls.values().map(|c| c.duration_ms).sum();
    xml.create_element("testsuites")
        .with_attribute(("name", &*xml_text(&run.root.title)))
        .with_attribute(("tests", &*sum.total().to_string()))
        .with_attribute(("failures", &*sum.alarm.to_string()))
        .with_attribute(("errors", &*sum.error.to_string()))
        .with_attribute(("time", &*seconds(duration)))
        .write_inner_content(|xml| run.controls.values().try_for_each(|control| suite(run, control, xml)))?;
    out.write_all(b"\n")
}

fn seconds(milliseconds: f64) -> String {
    format!("{:.3}", milliseconds / 1_000.0)
}

fn suite<W: io::Write>(run: &Run, control: &ControlRun, xml: &mut Writer<W>) -> io::Result<()> {
    let s = control.summary;
    xml.create_element("testsuite")
        .with_attribute(("name", &*xml_text(title(control))))
        .with_attribute(("id", &*xml_text(&control.name)))
        .with_attribute(("tests", &*s.total().to_string()))
        .with_attribute(("failures", &*s.alarm.to_string()))
        .with_attribute(("errors", &*s.error.to_string()))
        .with_attribute(("skipped", &*s.skip.to_string()))
        .with_attribute(("time", &*seconds(control.duration_ms)))
        .with_attribute(("timestamp", &*run.started.to_utc().format("%Y-%m-%dT%H:%M:%S").to_string()))
        .with_attribute(("file", &*xml_text(&control.file)))
        .write_inner_content(|xml| {
            let severity = (!control.severity.is_empty()).then_some(("severity", control.severity.as_str()));
            let tags = control.tags.iter().map(|(k, v)| (k.as_str(), v.as_str()));
            let all: Vec<(&str, &str)> = severity.into_iter().chain(tags).collect();
            xml::properties(&all, xml)?;
            let mut seen = HashMap::new();
            Finding::of(control).try_for_each(|finding| case(&finding, &mut seen, xml))
        })?;
    Ok(())
}

fn case<'r, W: io::Write>(
    finding: &Finding<'r>,
    seen: &mut HashMap<&'r str, usize>,
    xml: &mut Writer<W>,
) -> io::Result<()> {
    let what = match finding.resource() {
        "" if finding.row.is_none() => "evaluation",
        "" => finding.reason(),
        resource => resource,
    };
    // Servers take cases of one name for one case.
    let count = seen.entry(what).or_insert(0);
    *count += 1;
    let name = if *count > 1 { format!("{what} ({count})") } else { what.to_owned() };
    let element = xml
        .create_element("testcase")
        .with_attribute(("classname", &*xml_text(&finding.control.name)))
        .with_attribute(("name", &*xml_text(&name)))
        .with_attribute(("time", "0"));
    let reason = xml_text(finding.reason());
    element.write_inner_content(|xml| {
        let verdict = match finding.status() {
            Status::Alarm => Some(("failure", "alarm")),
            Status::Error => Some(("error", "error")),
            Status::Skip => Some(("skipped", "")),
            Status::Ok | Status::Info => None,
        };
        let details: String = finding.dimensions().map(|(n, v)| format!("{n}: {v}\n")).collect();
        match verdict {
            Some(("skipped", _)) => {
                xml.create_element("skipped").with_attribute(("message", &*reason)).write_empty()?;
            }
            Some((element, kind)) => {
                let text = xml_text(&format!("{}\n{details}", finding.reason()));
                xml.create_element(element)
                    .with_attribute(("message", &*reason))
                    .with_attribute(("type", kind))
                    .write_text_content(BytesText::new(&text))?;
            }
            None => {
                let text = xml_text(&format!("{}: {}\n{details}", finding.status(), finding.reason()));
                xml.create_element("system-out").write_text_content(BytesText::new(&text))?;
            }
        }
        Ok(())
    })?;
    Ok(())
}
