//! A GitHub step summary: Markdown for `$GITHUB_STEP_SUMMARY`, with the failing rows first and short enough for
//! GitHub's limit of 1 MiB for a step.

use super::finding::{Finding, title};
use super::md::{code, escape, icon};
use crate::model::run::{ControlRun, Run};
use crate::model::status::Status;
use std::fmt::Write as _;
use std::io;

/// Where a summary stops: GitHub refuses more than 1 MiB, and other steps may have written theirs.
const LIMIT: usize = 900_000;
/// Rows shown of a control.
const ROWS: usize = 50;

/// Writes the report.
pub fn write(run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
    let s = run.root.summary;
    let mut text = format!("## {}\n\n", escape(&run.root.title));
    let verdict = match (s.alarm, s.error) {
        (0, 0) => "✅ Nothing is wrong.".to_owned(),
        (alarms, 0) => format!("❌ {alarms} of {} results are in alarm.", s.total()),
        (0, errors) => format!("❗ {errors} of {} results could not be evaluated.", s.total()),
        (alarms, errors) => {
            format!("❌ {alarms} of {} results are in alarm, ❗ {errors} could not be evaluated.", s.total())
        }
    };
    let _ = write!(text, "{verdict}\n\n| Status | Results |\n|-|-:|\n");
    for status in Status::ALL {
        let _ = writeln!(text, "| {} {status} | {} |", icon(status), s.count(status));
    }
    let mut failing: Vec<&ControlRun> = run.controls.values().filter(|c| c.summary.failed() > 0).collect();
    // The sort is stable: equal controls stay in the order of the run.
    failing.sort_by_key(|c| std::cmp::Reverse((c.summary.error > 0, c.summary.alarm)));
    let mut left_out = 0;
    for control in failing {
        let section = section(control);
        if text.len() + section.len() > LIMIT {
            left_out += 1;
        } else {
            text.push_str(&section);
        }
    }
    if left_out > 0 {
        let _ = write!(text, "\n{left_out} more controls have failing results; see the full report.\n");
    }
    let _ = write!(text, "\n_{} by ironpipe {}_\n", code(&run.target), super::words::version(run));
    out.write_all(text.as_bytes())
}

fn section(control: &ControlRun) -> String {
    let s = control.summary;
    let severity =
        if control.severity.is_empty() { String::new() } else { format!(" · {}", escape(&control.severity)) };
    let mut text = format!(
        "\n<details><summary><b>{}</b> · {} / {}{severity}</summary>\n\n| | Reason | Resource | Dimensions |\n|-|-|-|-|\n",
        html(title(control)),
        s.failed(),
        s.total(),
    );
    let failing = || Finding::of(control).filter(|f| matches!(f.status(), Status::Alarm | Status::Error));
    for finding in failing().take(ROWS) {
        let dimensions: Vec<String> = finding.dimensions().map(|(_, value)| code(value)).collect();
        let resource = if finding.resource().is_empty() { String::new() } else { code(finding.resource()) };
        let _ = writeln!(
            text,
            "| {} | {} | {resource} | {} |",
            icon(finding.status()),
            escape(finding.reason()),
            dimensions.join(" ")
        );
    }
    let more = failing().count().saturating_sub(ROWS);
    if more > 0 {
        let _ = write!(text, "\n… and {more} more\n");
    }
    text.push_str("\n</details>\n");
    text
}

/// Escapes a text inside an HTML element of Markdown, where Markdown's own escapes do not count.
fn html(text: &str) -> String {
    super::neutral(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
