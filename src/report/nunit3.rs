//! NUnit 3 XML, with Powerpipe's element names and numbers, made well-formed and whole: values are escaped,
//! properties have the attributes that NUnit wants, failed cases have a `failure`, and controls that failed as a
//! whole have a case.

use super::finding::{Finding, title};
use super::xml::{self, xml_text};
use crate::model::run::{ControlRun, Group, Node, Run};
use crate::model::status::{Status, StatusSummary};
use quick_xml::Writer;
use quick_xml::events::{BytesCData, BytesDecl, Event};
use std::io;

/// Writes the report.
pub fn write(run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(&mut *out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let s = run.root.summary;
    let counts = Counts::of(s);
    let element = xml
        .create_element("test-run")
        .with_attribute(("id", "0"))
        .with_attribute(("name", &*xml_text(&run.root.title)))
        .with_attribute(("fullname", &*xml_text(&run.target)))
        .with_attribute(("testcasecount", &*counts.total))
        .with_attribute(("result", result_of(s)))
        .with_attribute(("total", &*counts.total))
        .with_attribute(("passed", &*counts.passed))
        .with_attribute(("failed", &*counts.failed))
        .with_attribute(("inconclusive", "0"))
        .with_attribute(("skipped", &*counts.skipped))
        .with_attribute(("asserts", "0"))
        .with_attribute(("start-time", &*run.started.to_utc().format("%Y-%m-%d %H:%M:%SZ").to_string()))
        .with_attribute(("end-time", &*run.finished.to_utc().format("%Y-%m-%d %H:%M:%SZ").to_string()));
    element.write_inner_content(|xml| children(run, &run.root, xml))?;
    out.write_all(b"\n")
}

/// The numbers of a suite as text.
struct Counts {
    total: String,
    passed: String,
    failed: String,
    skipped: String,
}

impl Counts {
    fn of(s: StatusSummary) -> Self {
        Self {
            total: s.total().to_string(),
            passed: s.passed().to_string(),
            failed: s.failed().to_string(),
            skipped: s.skip.to_string(),
        }
    }
}

fn result_of(s: StatusSummary) -> &'static str {
    if s.failed() > 0 {
        "Failed"
    } else if s.passed() > 0 || s.skip == 0 {
        "Passed"
    } else {
        "Skipped"
    }
}

/// Groups come before controls, as Powerpipe writes them.
fn children<W: io::Write>(run: &Run, group: &Group, xml: &mut Writer<W>) -> io::Result<()> {
    for inner in group.groups() {
        let duration = duration_of(run, inner);
        suite(&inner.id, &inner.title, &inner.id, inner.summary, duration, xml, |xml| children(run, inner, xml))?;
    }
    for control in group.controls().filter_map(|name| run.controls.get(name)) {
        let (id, name) = (&control.control_id, title(control));
        suite(id, name, &control.name, control.summary, control.duration_ms, xml, |xml| cases(control, xml))?;
    }
    Ok(())
}

fn duration_of(run: &Run, group: &Group) -> f64 {
    let of = |node: &Node| match node {
        Node::Group(inner) => duration_of(run, inner),
        Node::Control(name) => run.controls.get(name).map_or(0.0, |c| c.duration_ms),
    };
    group.children.iter().map(of).sum()
}

fn suite<W: io::Write>(
    id: &str,
    name: &str,
    full_name: &str,
    summary: StatusSummary,
    duration_ms: f64,
    xml: &mut Writer<W>,
    content: impl FnOnce(&mut Writer<W>) -> io::Result<()>,
) -> io::Result<()> {
    let counts = Counts::of(summary);
    xml.create_element("test-suite")
        .with_attribute(("type", "TestSuite"))
        .with_attribute(("id", &*xml_text(id)))
        .with_attribute(("name", &*xml_text(name)))
        .with_attribute(("fullname", &*xml_text(full_name)))
        .with_attribute(("testcasecount", &*counts.total))
        .with_attribute(("result", result_of(summary)))
        .with_attribute(("duration", &*format!("{:.3}", duration_ms / 1_000.0)))
        .with_attribute(("total", &*counts.total))
        .with_attribute(("passed", &*counts.passed))
        .with_attribute(("failed", &*counts.failed))
        .with_attribute(("warnings", "0"))
        .with_attribute(("inconclusive", "0"))
        .with_attribute(("skipped", &*counts.skipped))
        .with_attribute(("asserts", "0"))
        .write_inner_content(content)?;
    Ok(())
}

fn cases<W: io::Write>(control: &ControlRun, xml: &mut Writer<W>) -> io::Result<()> {
    for (i, finding) in Finding::of(control).enumerate() {
        let status = finding.status();
        let result = match status {
            Status::Ok | Status::Info => "Passed",
            Status::Alarm | Status::Error => "Failed",
            Status::Skip => "Skipped",
        };
        let mut case = xml
            .create_element("test-case")
            .with_attribute(("id", &*xml_text(&format!("{}::{i}", control.short_name))))
            .with_attribute(("name", &*xml_text(&format!("{}::{i}", control.name))))
            .with_attribute(("fullname", &*xml_text(&format!("{}::{i}", control.name))))
            .with_attribute(("result", result));
        if status == Status::Error {
            case = case.with_attribute(("label", "Error"));
        }
        case.with_attribute(("duration", "0")).with_attribute(("asserts", "0")).write_inner_content(|xml| {
            properties(&finding, xml)?;
            let element = if result == "Failed" { "failure" } else { "reason" };
            xml.create_element(element).write_inner_content(|xml| {
                let text = xml_text(finding.reason());
                xml.create_element("message").write_inner_content(|xml| {
                    // `]]>` inside the text is split over two sections.
                    BytesCData::escaped(&text).try_for_each(|part| xml.write_event(Event::CData(part)))
                })?;
                Ok(())
            })?;
            Ok(())
        })?;
    }
    Ok(())
}

fn properties<W: io::Write>(finding: &Finding<'_>, xml: &mut Writer<W>) -> io::Result<()> {
    let control = finding.control;
    let mut all = vec![
        ("steampipe:status".to_owned(), finding.status().as_str()),
        ("steampipe:reason".to_owned(), finding.reason()),
    ];
    all.extend(finding.dimensions().map(|(name, value)| (format!("steampipe:dimension:{name}"), value)));
    if !finding.resource().is_empty() {
        all.push(("steampipe:resource".to_owned(), finding.resource()));
    }
    if !control.severity.is_empty() {
        all.push(("steampipe:severity".to_owned(), &control.severity));
    }
    all.extend(control.tags.iter().map(|(name, value)| (format!("steampipe:tag:{name}"), value.as_str())));
    xml::properties(&all, xml)
}
