//! The tree for a terminal (`text`), and without rows that are fine (`brief`).
//!
//! The layout is Powerpipe's to the byte (its `internal/controldisplay`): headings with dots, counters and graphs of
//! ten cells, results with reason and dimensions, a summary.

use super::measure::Measure;
use super::words::thousands;
use super::{Colours, RenderOptions};
use crate::model::run::{ControlRun, Group, Node, Run};
use crate::model::status::{RunStatus, Severity, Status, StatusSummary};
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

/// Writes the report.
pub fn write(run: &Run, options: &RenderOptions, brief: bool, out: &mut dyn Write) -> io::Result<()> {
    let width = options.width.clamp(minimum_width(&run.root), 200);
    let total = run.root.summary;
    let mut text = Text {
        run,
        paint: Paint::new(options.colours),
        width,
        measure: options.measure,
        brief,
        failed_width: thousands(total.failed()).len(),
        total_width: thousands(total.total()).len(),
        max: total.total(),
        out: Vec::with_capacity(64 * 1024),
    };
    text.out.push(b'\n');
    match run.root.children.as_slice() {
        [Node::Control(name)] => {
            if let Some(control) = run.controls.get(name) {
                text.control(control, "", "  ");
            }
        }
        [Node::Group(group)] => text.top_group(group),
        _ => text.top_group(&run.root),
    }
    if run.dry_run {
        text.line("");
    } else {
        text.summary();
    }
    out.write_all(&text.out)
}

/// The width below which the parts of a heading do not fit.
fn minimum_width(root: &Group) -> usize {
    fn depth(group: &Group, own: usize) -> usize {
        let deepest = group.groups().map(|g| depth(g, own + 1)).max();
        deepest.map_or(0, |d| own + d)
    }
    26 + 2 * depth(root, 0)
}

/// Colours by role, as SGR parameters.
struct Paint {
    colours: Colours,
    /// The colour of each dimension value, by name and value.
    dimensions: HashMap<(String, String), u8>,
    taken: HashSet<u8>,
    /// Row and column in the grid of colours, from which the next one is looked for.
    place: (u8, u8),
}

/// Roles: dark, light.
const TITLE: (&str, &str) = ("1;97", "1;30");
const SEVERITY: (&str, &str) = ("1;93", "1;33");
const GRAY1: (&str, &str) = ("38;5;238", "38;5;252");
const GRAY2: (&str, &str) = ("38;5;242", "38;5;248");
const GRAY3: (&str, &str) = ("38;5;246", "38;5;246");
const GRAY4: (&str, &str) = ("38;5;248", "38;5;242");
const PASS: (&str, &str) = ("92", "32");
const PASS_BOLD: (&str, &str) = ("1;92", "1;32");
const FAIL: (&str, &str) = ("91", "31");
const FAIL_BOLD: (&str, &str) = ("1;91", "1;31");
const INFO: (&str, &str) = ("96", "36");
const TOTAL: (&str, &str) = ("97", "30");

impl Paint {
    fn new(colours: Colours) -> Self {
        Self { colours, dimensions: HashMap::new(), taken: HashSet::new(), place: (4, 27) }
    }

    fn text(&self, role: (&str, &str), text: &str) -> String {
        match self.colours {
            Colours::Plain => text.to_owned(),
            Colours::Dark => format!("\u{1b}[{}m{text}\u{1b}[0m", role.0),
            Colours::Light => format!("\u{1b}[{}m{text}\u{1b}[0m", role.1),
        }
    }

    fn status(status: Status) -> ((&'static str, &'static str), (&'static str, &'static str)) {
        match status {
            Status::Alarm | Status::Error => (FAIL_BOLD, FAIL),
            Status::Skip => (GRAY3, GRAY3),
            Status::Info => (INFO, INFO),
            Status::Ok => (PASS, GRAY4),
        }
    }

    /// Gives each value of a dimension a colour of its own, in the order in which they are met.
    fn dimension(&mut self, name: &str, value: &str, shown: &str) -> String {
        if self.colours == Colours::Plain {
            return shown.to_owned();
        }
        let key = (name.to_owned(), value.to_owned());
        let code = match self.dimensions.get(&key) {
            Some(code) => *code,
            None => {
                let code = self.allocate();
                self.dimensions.insert(key, code);
                code
            }
        };
        format!("\u{1b}[38;5;{code}m{shown}\u{1b}[0m")
    }

    fn allocate(&mut self) -> u8 {
        // As many places as the grid has: a walk that long has seen every colour that it can reach.
        for step in std::iter::once(2).chain(std::iter::repeat_n(1, 216)) {
            self.advance(step);
            let code = self.place.1 + 36 * self.place.0;
            if self.taken.insert(code) {
                return code;
            }
        }
        self.taken.clear();
        self.advance(2);
        let code = self.place.1 + 36 * self.place.0;
        self.taken.insert(code);
        code
    }

    /// Goes on in the grid of colours, past those that are too dark or too bright to be read.
    fn advance(&mut self, step: u8) {
        let (mut row, mut column) = self.place;
        let next = |column: u8| if column > 51 { column - 36 } else { column };
        column = next(column + step);
        while matches!(column, 16..=20 | 22 | 23 | 27..=29 | 34..=36 | 40..=42 | 46..=49) {
            column = next(column + 1);
        }
        row += step;
        if row > 5 {
            row -= 5;
        }
        self.place = (row, column);
    }
}

struct Text<'r> {
    run: &'r Run,
    paint: Paint,
    width: usize,
    measure: Measure,
    brief: bool,
    failed_width: usize,
    total_width: usize,
    /// The root's total, which a full graph stands for.
    max: u64,
    out: Vec<u8>,
}

impl Text<'_> {
    fn line(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
        self.out.push(b'\n');
    }

    fn top_group(&mut self, group: &Group) {
        self.heading("", &group.title, "", group.summary);
        self.children(group, "");
    }

    fn children(&mut self, group: &Group, indent: &str) {
        let dots = self.paint.text(GRAY1, &format!("{indent}| "));
        self.line(&dots);
        let count = group.children.len();
        for (i, child) in group.children.iter().enumerate() {
            let is_last = i + 1 == count;
            match child {
                Node::Control(name) => {
                    if let Some(control) = self.run.controls.get(name) {
                        // The literal last child decides, also when a filter took it away.
                        let is_last = is_last && !group.last_child_filtered;
                        let own = if is_last { format!("{indent}  ") } else { format!("{indent}| ") };
                        self.control(control, indent, &own);
                    }
                }
                Node::Group(inner) => {
                    self.heading(&format!("{indent}+ "), &inner.title, "", inner.summary);
                    let own = if is_last { format!("{indent}  ") } else { format!("{indent}| ") };
                    self.children(inner, &own);
                }
            }
        }
    }

    fn heading(&mut self, indent: &str, title: &str, severity: &str, summary: StatusSummary) {
        let title = neutral(title);
        if self.run.dry_run {
            let shown = self.paint.text(GRAY1, indent) + &self.paint.text(TITLE, &title);
            self.line(shown.trim_end_matches('\n'));
            return;
        }
        let severity = match severity.to_uppercase().as_str() {
            word @ ("CRITICAL" | "HIGH") => format!("{word} "),
            _ => String::new(),
        };
        let counter_width = self.failed_width + 3 + self.total_width + 1;
        let available = self.width.saturating_sub(indent.len() + severity.len() + counter_width + 12);
        let title = self.part(&title, available);
        let spacer = spacer(available.saturating_sub(self.measure.width(&title)));
        let line = self.paint.text(GRAY1, indent)
            + &self.paint.text(TITLE, &title)
            + &self.paint.text(GRAY1, &spacer)
            + &(if severity.is_empty() { String::new() } else { self.paint.text(SEVERITY, &severity) })
            + &self.counter(summary.failed(), summary.total(), self.failed_width)
            + &self.graph(summary.failed(), summary.total(), PASS);
        self.line(&line);
    }

    fn control(&mut self, control: &ControlRun, indent: &str, own: &str) {
        let title = if control.title.is_empty() { &control.short_name } else { &control.title };
        self.heading(&format!("{indent}+ "), title, &control.severity, control.summary);
        let has_rows = !control.results.is_empty() && !self.run.dry_run;
        let pre = if has_rows { format!("{own}| ") } else { own.to_owned() };
        let pre = self.paint.text(GRAY1, &pre);
        self.line(&pre);
        if matches!(control.run_status, RunStatus::Error | RunStatus::Canceled) && !control.error.is_empty() {
            let room = self.width.saturating_sub(7 + own.len());
            let line = self.paint.text(GRAY1, own)
                + &self.paint.text(FAIL_BOLD, "ERROR")
                + &self.paint.text(GRAY1, ": ")
                + &self.paint.text(FAIL_BOLD, &self.measure.truncate(&neutral(&control.error), room));
            self.line(&line);
            let after = self.paint.text(GRAY1, own);
            self.line(&after);
        }
        let mut printed = false;
        if has_rows {
            for row in &control.results {
                if self.brief && !matches!(row.status, Status::Alarm | Status::Error) {
                    continue;
                }
                printed = true;
                let names: Vec<&str> = control.dimension_columns.iter().map(|c| c.name.as_str()).collect();
                self.row(row.status, &row.reason, &names, &row.dimensions, own);
            }
        }
        if printed {
            let after = self.paint.text(GRAY1, own);
            self.line(&after);
        }
    }

    fn row(&mut self, status: Status, reason: &str, names: &[&str], values: &[String], own: &str) {
        let available = self.width.saturating_sub(7 + own.len());
        let shown: Vec<String> = values.iter().map(|v| neutral(v)).collect();
        let mut fitted = if available > 10 { self.measure.fit(&shown, available - 10) } else { Vec::new() };
        let dropped = shown.len() - fitted.len();
        let mut dimensions: Vec<(&str, &str, String)> = names
            .iter()
            .zip(values)
            .skip(dropped)
            .zip(fitted.drain(..))
            .map(|((name, value), shown)| (*name, value.as_str(), shown))
            .collect();
        dimensions.retain(|(.., shown)| !shown.trim().is_empty());
        let dimensions_width = dimensions.iter().map(|(.., shown)| self.measure.width(shown)).sum::<usize>()
            + dimensions.len().saturating_sub(1);
        let reason = self.part(&neutral(reason), available.saturating_sub(dimensions_width));
        let (word, tone) = Paint::status(status);
        let label = format!("{:<5}", status.as_str().to_uppercase());
        let mut line = self.paint.text(GRAY1, own)
            + &self.paint.text(word, &label)
            + &self.paint.text(GRAY1, ": ")
            + &self.paint.text(tone, &reason);
        if !values.is_empty() {
            let rest = available.saturating_sub(self.measure.width(&reason) + dimensions_width);
            line += &self.paint.text(GRAY1, &spacer(rest));
            for (i, (name, value, shown)) in dimensions.iter().enumerate() {
                line += if i > 0 { " " } else { "" };
                line += &self.paint.dimension(name, value, shown);
            }
        }
        self.line(&line);
    }

    /// A title or reason in so many columns, with one blank behind it.
    fn part(&self, text: &str, width: usize) -> String {
        if width == 0 { String::new() } else { self.measure.truncate(text, width - 1) + " " }
    }

    fn counter(&self, failed: u64, total: u64, failed_width: usize) -> String {
        let (failed_text, total_text) = (
            format!("{:>failed_width$}", thousands(failed)),
            format!("{:>width$}", thousands(total), width = self.total_width),
        );
        if failed == 0 {
            self.paint.text(GRAY1, &failed_text)
                + &self.paint.text(GRAY1, " / ")
                + &self.paint.text(PASS_BOLD, &total_text)
                + " "
        } else {
            self.paint.text(FAIL_BOLD, &failed_text)
                + &self.paint.text(GRAY2, " / ")
                + &self.paint.text(TOTAL, &total_text)
                + " "
        }
    }

    /// Ten cells: failed results, then the others, out of the root's total.
    fn graph(&self, failed: u64, total: u64, pass_role: (&str, &str)) -> String {
        let (fail, pass, blank) = cells(failed, total, self.max);
        self.paint.text(GRAY2, "[")
            + &self.paint.text(FAIL, &"=".repeat(fail))
            + &self.paint.text(pass_role, &"=".repeat(pass))
            + &" ".repeat(blank)
            + &self.paint.text(GRAY2, "]")
    }

    fn summary(&mut self) {
        let root = &self.run.root;
        let summary = root.summary;
        let title = self.paint.text(TITLE, "Summary");
        self.line(&title);
        self.line("");
        let severity = |s: &Severity| root.severity_summary.get(s).copied();
        let (critical, high) = (severity(&Severity::Critical), severity(&Severity::High));
        let total_width = self.total_width;
        let plain_counter =
            |s: StatusSummary| format!("{} / {:>total_width$} ", thousands(s.failed()), thousands(s.total())).len();
        let critical_width = critical.map(|s| 9 + 4 + plain_counter(s) + 12);
        let high_width = high.map(|_| critical_width.unwrap_or(self.width));
        let width = critical_width.or(high_width).unwrap_or(self.width);
        for status in [Status::Ok, Status::Skip, Status::Info, Status::Alarm, Status::Error] {
            let count = summary.count(status);
            let label = format!("{} ", status.as_str().to_uppercase());
            let number = format!("{} ", thousands(count));
            let rest = width.saturating_sub(label.len() + number.len() + 12);
            let role = match status {
                Status::Ok => PASS,
                Status::Skip => GRAY3,
                Status::Info => INFO,
                Status::Alarm | Status::Error => FAIL,
            };
            let graph = match status {
                Status::Alarm | Status::Error => self.graph(count, count, PASS),
                _ => {
                    let (_, pass, blank) = cells(0, count, self.max);
                    self.paint.text(GRAY2, "[")
                        + &self.paint.text(role, &"=".repeat(pass))
                        + &" ".repeat(blank)
                        + &self.paint.text(GRAY2, "]")
                }
            };
            let line = self.paint.text(Paint::status(status).0, &label)
                + &self.paint.text(GRAY1, &spacer(rest))
                + &self.paint.text(Paint::status(status).0, &number)
                + &graph;
            self.line(&line);
        }
        if critical.is_some() || high.is_some() {
            self.line("");
        }
        if let Some(s) = critical {
            let line = self.paint.text(SEVERITY, "CRITICAL ")
                + &self.paint.text(GRAY1, "... ")
                + &self.counter(s.failed(), s.total(), 0)
                + &self.graph(s.failed(), s.total(), PASS);
            self.line(&line);
        }
        if let Some(s) = high {
            let rest = width.saturating_sub(5 + plain_counter(s) + 12);
            let line = self.paint.text(SEVERITY, "HIGH ")
                + &self.paint.text(GRAY1, &spacer(rest))
                + &self.counter(s.failed(), s.total(), 0)
                + &self.graph(s.failed(), s.total(), PASS);
            self.line(&line);
        }
        self.line("");
        let rest = width.saturating_sub(6 + plain_counter(summary) + 12);
        let line = self.paint.text(TITLE, "TOTAL ")
            + &self.paint.text(GRAY1, &spacer(rest))
            + &self.counter(summary.failed(), summary.total(), 0)
            + &self.graph(summary.failed(), summary.total(), PASS);
        self.line(&line);
    }
}

/// Returns how many cells are failed, passed and blank.
fn cells(failed: u64, total: u64, max: u64) -> (usize, usize, usize) {
    if max == 0 {
        return (0, 0, 10);
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a graph of ten cells"
    )]
    let cells = |n: u64| (n as f64 / (max as f64 / 10.0)).ceil() as usize;
    let fail = if failed == 0 { 0 } else { cells(failed) };
    let mut all = cells(total);
    let mut pass = all.saturating_sub(fail);
    if pass == 0 && failed < total && all < 10 {
        pass += 1;
        all += 1;
    }
    (fail, pass, 10_usize.saturating_sub(all))
}

fn spacer(width: usize) -> String {
    match width {
        0 => String::new(),
        1 => " ".to_owned(),
        w => ".".repeat(w - 1) + " ",
    }
}

/// Makes control characters and changes of writing direction harmless: cloud data must not drive a terminal.
pub(crate) fn neutral(text: &str) -> String {
    if text.chars().all(|c| !is_dangerous(c)) {
        return text.to_owned();
    }
    text.chars()
        .map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            c if is_dangerous(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::{Paint, cells};
    use crate::report::Colours;

    #[test]
    fn graphs() {
        for ((failed, total, max), expected) in [
            ((1, 10, 20), (1, 4, 5)),
            ((3, 10, 20), (2, 3, 5)),
            ((0, 17, 51), (0, 4, 6)),
            ((6, 17, 51), (2, 2, 6)),
            ((71, 80, 560), (2, 1, 7)),
            ((0, 0, 0), (0, 0, 10)),
        ] {
            assert_eq!(cells(failed, total, max), expected, "{failed}/{total} of {max}");
        }
    }
    #[test]
    fn values_have_colours_of_their_own() {
        let mut paint = Paint::new(Colours::Dark);
        let first: Vec<u8> = (0..10).map(|_| paint.allocate()).collect();
        assert_eq!(first, [66, 140, 217, 111, 187, 81, 158, 201, 96, 170], "Powerpipe's");
        for _ in 0..1_000 {
            paint.allocate();
        }
    }
}
