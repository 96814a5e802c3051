//! Markdown, in Powerpipe's layout; data is escaped so that no table breaks.

use crate::model::run::{ControlRun, Group, Node, Run};
use crate::model::status::{Status, StatusSummary};
use std::fmt::Write as _;
use std::io;

/// Writes the report.
pub fn write(run: &Run, out: &mut dyn io::Write) -> io::Result<()> {
    let mut text = String::new();
    match run.root.children.as_slice() {
        [Node::Control(name)] => {
            text.push_str("\n\n");
            if let Some(c) = run.controls.get(name) {
                control(c, &mut text);
            }
            text.push_str("\n\n\n\n");
        }
        [Node::Group(group)] => {
            text.push_str("\n\n\n\n");
            top(run, group, &mut text);
            text.push_str("\n\n");
        }
        _ => {
            text.push_str("\n\n\n\n");
            top(run, &run.root, &mut text);
            text.push_str("\n\n");
        }
    }
    let _ = writeln!(
        text,
        "\\\n_Report run at `{}` using `ironpipe {}`._",
        run.started.format("%Y-%m-%d %H:%M:%S"),
        super::words::version(run)
    );
    out.write_all(text.as_bytes())
}

/// The sign of a status.
pub(crate) fn icon(status: Status) -> &'static str {
    match status {
        Status::Ok => "✅",
        Status::Skip => "⇨",
        Status::Info => "ℹ",
        Status::Alarm => "❌",
        Status::Error => "❗",
    }
}

fn top(run: &Run, group: &Group, out: &mut String) {
    let s = group.summary;
    let _ = write!(out, "\n# {}\n\n| | TOTAL | {} |\n|-|-|-|\n", escape(&group.title), s.total());
    for (status, word) in [
        (Status::Ok, "OK"),
        (Status::Skip, "Skip"),
        (Status::Info, "Info"),
        (Status::Alarm, "Alarm"),
        (Status::Error, "Error"),
    ] {
        let _ = writeln!(out, "| {} | {word} | {} |", icon(status), s.count(status));
    }
    controls(run, group, out);
    for inner in group.groups() {
        nested(run, inner, out);
    }
}

fn nested(run: &Run, group: &Group, out: &mut String) {
    let _ = writeln!(out, "\n# {}", escape(&group.title));
    status_table(group.summary, out);
    controls(run, group, out);
    for inner in group.groups() {
        nested(run, inner, out);
    }
}

fn controls(run: &Run, group: &Group, out: &mut String) {
    let list: Vec<&ControlRun> = group.controls().filter_map(|n| run.controls.get(n)).collect();
    if !list.is_empty() {
        out.push('\n');
    }
    for c in list {
        control(c, out);
    }
}

fn status_table(s: StatusSummary, out: &mut String) {
    let _ = write!(
        out,
        "\n| OK | Skip | Info | Alarm | Error | Total |\n|-|-|-|-|-|-|\n| {} | {} | {} | {} | {} | {} |\n",
        s.ok,
        s.skip,
        s.info,
        s.alarm,
        s.error,
        s.total()
    );
}

fn control(c: &ControlRun, out: &mut String) {
    let title = if c.title.is_empty() { &c.short_name } else { &c.title };
    let _ = writeln!(out, "\n## {}", escape(title));
    if !c.description.is_empty() {
        let _ = write!(out, " \n*{}*", escape(&c.description));
    }
    out.push('\n');
    status_table(c.summary, out);
    if !c.error.is_empty() {
        let _ = write!(out, "\n> Error: _{}_\n\n", escape(&c.error));
        return;
    }
    out.push_str("\n\n\n");
    if c.results.is_empty() {
        return;
    }
    out.push_str("| | Reason | Dimensions |\n|-|--------|------------|");
    for row in &c.results {
        let _ = write!(out, "\n| {} | {}| ", icon(row.status), escape(&row.reason));
        for value in row.dimensions.iter().filter(|v| !v.is_empty()) {
            let _ = write!(out, "{} ", code(value));
        }
        out.push_str(" |");
    }
    out.push('\n');
}

/// Escapes what Markdown would read: underscores between letters and numbers, which it does not, stay readable.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text = super::text::neutral(text);
    let mut chars = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        let after = chars.peek().copied().unwrap_or(' ');
        let is_read = match c {
            '\\' | '`' | '*' | '|' | '[' | ']' | '<' | '~' => true,
            '_' => !before.is_alphanumeric() || !after.is_alphanumeric(),
            '#' => before.is_whitespace() || after.is_whitespace(),
            '&' => after.is_ascii_alphabetic() || after == '#',
            _ => false,
        };
        if is_read {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
    out
}

/// Makes a code span that no backtick in the text can end, safe inside a table.
pub(crate) fn code(text: &str) -> String {
    let text = super::text::neutral(text).replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // One blank at both ends is not part of a code span.
    let is_padded = longest > 0 || (text.starts_with(' ') && text.ends_with(' '));
    if is_padded { format!("{fence} {text} {fence}") } else { format!("{fence}{text}{fence}") }
}
