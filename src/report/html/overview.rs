//! The first screen: what was run on what, how it went, what is not known, where to begin.

use super::baseline::Baseline;
use super::counts::{Count, controls_by_status, counts};
use super::rows::{control_anchor, row_ids};
use super::sources::state_word;
use crate::model::run::{Completeness, ControlRun, Group, Run};
use crate::model::status::{Severity, Status, StatusSummary};
use crate::report::words::{age, minute, plural, thousands};
use crate::snapshot::Kind;
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use std::cmp::Reverse;

/// How many controls `worst` names, and how many accounts and causes the first screen lists before the rest folds.
const WORST: usize = 6;
const ACCOUNTS: usize = 12;
/// How many new results the first screen names.
const NEW: usize = 8;
const LINKS_OF_CAUSE: usize = 4;

/// A fact of the head: accounts, age of the data, scope.
#[derive(Serialize)]
pub struct Fact {
    label: &'static str,
    value: String,
    note: String,
}

/// How the run went, in one line.
#[derive(Serialize)]
pub struct Verdict {
    status: &'static str,
    headline: String,
    detail: String,
}

/// The failing results of one severity.
#[derive(Serialize)]
pub struct SeverityLine {
    word: String,
    class: String,
    failed: String,
    total: String,
    share: f64,
}

/// A control to begin with.
#[derive(Serialize)]
pub struct Worst {
    anchor: String,
    title: String,
    severity: String,
    severity_class: String,
    status: &'static str,
    failed: String,
    total: String,
}

/// The results of one account.
#[derive(Serialize)]
pub struct AccountLine {
    id: String,
    alias: String,
    /// The query of the address that shows this account's results.
    filter: String,
    summary: Vec<Count>,
}

/// The accounts of the run, where it has several.
#[derive(Serialize)]
pub struct Accounts {
    lines: Vec<AccountLine>,
    more: usize,
}

/// What happened since the baseline.
#[derive(Serialize)]
pub struct Changes {
    since: String,
    counts: Vec<ChangeCount>,
    /// What fails now and did not.
    new: Vec<NewResult>,
    /// How many more of them there are.
    more: String,
    fixed: Vec<String>,
}

/// A result that fails since the baseline.
#[derive(Serialize)]
struct NewResult {
    status: &'static str,
    anchor: String,
    title: String,
    reason: String,
}

#[derive(Serialize)]
struct ChangeCount {
    /// What the link asks for; empty for none.
    filter: String,
    word: String,
    count: String,
}

/// One cause for which something was not evaluated, and what it concerns.
#[derive(Serialize)]
pub struct Unevaluated {
    text: String,
    what: Vec<Link>,
    more: usize,
}

/// A name, with an element of the page where there is one.
#[derive(Serialize)]
struct Link {
    anchor: String,
    title: String,
}

/// Returns what the head says beside the title.
pub fn facts(run: &Run) -> Vec<Fact> {
    let provenance = &run.provenance;
    let mut facts = Vec::new();
    if !provenance.accounts.is_empty() {
        let names: Vec<String> = provenance
            .accounts
            .iter()
            .take(4)
            .map(|a| if a.alias.is_empty() { a.id.clone() } else { format!("{} ({})", a.id, a.alias) })
            .collect();
        let more = provenance.accounts.len().saturating_sub(4);
        facts.push(Fact {
            label: plural(provenance.accounts.len(), "Account", "Accounts"),
            value: names.join(", "),
            note: if more > 0 { format!("and {more} more") } else { String::new() },
        });
    }
    if provenance.tool_version.is_empty() {
        facts.push(Fact {
            label: "Source",
            value: "a snapshot of Powerpipe".to_owned(),
            note: "it does not say how old or how complete its data is".to_owned(),
        });
    }
    let times: Vec<DateTime<Utc>> = provenance.tables.iter().filter_map(|t| t.collected_at).collect();
    if let (Some(oldest), Some(newest)) = (times.iter().min(), times.iter().max()) {
        let age = age(*oldest, run.started.with_timezone(&Utc));
        let note = if newest.signed_duration_since(*oldest).num_minutes() >= 60 {
            format!("{age}; the newest table {}", minute(*newest))
        } else {
            age
        };
        facts.push(Fact { label: "Data collected", value: minute(*oldest), note });
    }
    if let Some(clock) = provenance.clock {
        facts.push(Fact { label: "Judged as of", value: minute(clock), note: String::new() });
    }
    let total = run.root.summary.total();
    facts.push(Fact {
        label: "Scope",
        value: format!(
            "{} {}",
            thousands(run.controls.len() as u64),
            plural(run.controls.len(), "control", "controls")
        ),
        note: format!("{} {}", thousands(total), if total == 1 { "result" } else { "results" }),
    });
    facts
}

/// Returns how the run went.
pub fn verdict(run: &Run) -> Verdict {
    let total = run.controls.len();
    if run.dry_run {
        return Verdict {
            status: "info",
            headline: "Nothing was run".to_owned(),
            detail: format!("{total} {} selected", plural(total, "control", "controls")),
        };
    }
    if run.root.summary.total() == 0 {
        let detail = match total {
            0 => "no control was selected".to_owned(),
            1 => "the query returned no rows".to_owned(),
            n => format!("the queries of {n} controls returned no rows"),
        };
        return Verdict { status: "skip", headline: "Nothing was judged".to_owned(), detail };
    }
    let errors = run.controls.values().filter(|c| c.summary.error > 0).count();
    let alarms = run.controls.values().filter(|c| c.summary.alarm > 0).count();
    let (status, headline) = match (alarms, errors) {
        (0, 0) => ("ok", "Nothing fails".to_owned()),
        (a, 0) => ("alarm", format!("{a} {} in alarm", plural(a, "control", "controls"))),
        (0, e) => ("error", format!("{e} {} could not be fully evaluated", plural(e, "control", "controls"))),
        (a, e) => ("alarm", format!("{a} {} in alarm, {e} with errors", plural(a, "control", "controls"))),
    };
    Verdict { status, headline, detail: verdict_detail(run) }
}

/// Says how many controls pass, wait for a human, or had nothing to judge.
fn verdict_detail(run: &Run) -> String {
    let total = run.controls.len();
    if total == 1 {
        let summary = run.root.summary;
        return format!(
            "{} of {} {} failing",
            thousands(summary.failed()),
            thousands(summary.total()),
            if summary.total() == 1 { "result is" } else { "results are" }
        );
    }
    let by_status = controls_by_status(run);
    let mut parts = vec![format!("{} of {total} {} ok", by_status.ok, plural(total, "control", "controls"))];
    if by_status.info > 0 {
        parts.push(format!("{} for information", by_status.info));
    }
    if by_status.skip > 0 {
        parts.push(format!("{} skipped", by_status.skip));
    }
    let empty = total as u64 - by_status.total();
    if empty > 0 {
        parts.push(format!("{empty} with nothing to judge"));
    }
    let summary = run.root.summary;
    // Rounded down: 100% is for all of them only.
    let share = summary.ok * 100 / summary.total().max(1);
    format!("{}; {share}% of {} results ok", parts.join(", "), thousands(summary.total()))
}

/// Returns the failing results by severity, worst first.
pub fn severities(root: &Group) -> Vec<SeverityLine> {
    root.severity_summary
        .iter()
        .filter(|(severity, _)| !matches!(severity, Severity::None))
        .map(|(severity, summary)| SeverityLine {
            word: severity.as_str().to_owned(),
            class: severity.as_str().to_ascii_lowercase(),
            failed: thousands(summary.failed()),
            total: thousands(summary.total()),
            share: (summary.failed() as f64 / summary.total().max(1) as f64 * 10_000.0).round() / 100.0,
        })
        .collect()
}

/// Returns the controls to begin with: by severity, then by number of failing results.
pub fn worst(run: &Run) -> Vec<Worst> {
    if run.controls.len() < 2 {
        return Vec::new();
    }
    let mut failing: Vec<&ControlRun> = run.controls.values().filter(|c| c.summary.failed() > 0).collect();
    failing.sort_by_key(|c| {
        let severity = Severity::parse(&c.severity).unwrap_or(Severity::None);
        (severity.min(Severity::None), Reverse(c.summary.failed()))
    });
    failing
        .into_iter()
        .take(WORST)
        .map(|c| Worst {
            anchor: control_anchor(&c.name),
            title: title(c),
            severity_class: c.severity.to_ascii_lowercase(),
            severity: c.severity.clone(),
            status: if c.summary.alarm > 0 { "alarm" } else { "error" },
            failed: thousands(c.summary.failed()),
            total: thousands(c.summary.total()),
        })
        .collect()
}

/// Returns the results by account, most failing first; `None` when the results name fewer than two.
pub fn accounts(run: &Run) -> Option<Accounts> {
    let dimension = ["account_id", "account"]
        .into_iter()
        .find(|name| run.controls.values().any(|c| c.dimension_columns.iter().any(|column| column.name == *name)))?;
    let mut sums: IndexMap<&str, StatusSummary> = IndexMap::new();
    for control in run.controls.values() {
        let Some(at) = control.dimension_columns.iter().position(|column| column.name == dimension) else { continue };
        for row in &control.results {
            if let Some(id) = row.dimensions.get(at).filter(|id| !id.is_empty()) {
                sums.entry(id).or_default().add(row.status);
            }
        }
    }
    if sums.len() < 2 {
        return None;
    }
    sums.sort_by(|a, x, b, y| y.failed().cmp(&x.failed()).then_with(|| a.cmp(b)));
    let alias =
        |id: &str| run.provenance.accounts.iter().find(|a| a.id == id).map(|a| a.alias.clone()).unwrap_or_default();
    Some(Accounts {
        more: sums.len().saturating_sub(ACCOUNTS),
        lines: sums
            .iter()
            .take(ACCOUNTS)
            .map(|(id, summary)| AccountLine {
                id: (*id).to_owned(),
                alias: alias(id),
                filter: format!("d.{dimension}={}", utf8_percent_encode(id, NON_ALPHANUMERIC)),
                summary: counts(summary),
            })
            .collect(),
    })
}

/// Returns what happened since the baseline.
pub fn changes(baseline: &Baseline, run: &Run) -> Changes {
    let news = || run.controls.values().flat_map(|control| new_results(baseline, control));
    let more = news().count().saturating_sub(NEW);
    Changes {
        new: news().take(NEW).collect(),
        more: if more > 0 { thousands(more as u64) } else { String::new() },
        since: baseline.since.clone(),
        counts: baseline
            .counts
            .iter()
            .map(|(word, count)| ChangeCount {
                // What has vanished is not among the results.
                filter: if *count == 0 || word == Kind::Vanished.as_str() {
                    String::new()
                } else {
                    format!("change={word}")
                },
                word: word.clone(),
                count: thousands(*count as u64),
            })
            .collect(),
        fixed: baseline.fixed.clone(),
    }
}

fn new_results<'r>(baseline: &'r Baseline, control: &'r ControlRun) -> impl Iterator<Item = NewResult> + 'r {
    let anchor = control_anchor(&control.name);
    let is_new = |change: Option<Kind>| change == Some(Kind::New);
    let failed = is_new(baseline.change_of_failure(control)).then(|| NewResult {
        status: "error",
        anchor: anchor.clone(),
        title: title(control),
        reason: control.error.clone(),
    });
    let rows =
        control.results.iter().zip(row_ids(control)).filter(move |(row, _)| is_new(baseline.change(control, row)));
    failed.into_iter().chain(rows.map(move |(row, id)| NewResult {
        status: row.status.as_str(),
        anchor: format!("{anchor}--{id}"),
        title: title(control),
        reason: row.reason.clone(),
    }))
}

/// Lists what is not known, by cause: controls that failed as a whole, controls with error rows, tables that are not
/// whole, unless a control that failed says so. Many controls that fail for one cause are one entry.
pub fn unevaluated(run: &Run) -> Vec<Unevaluated> {
    let mut causes: IndexMap<String, Vec<Link>> = IndexMap::new();
    for control in run.controls.values().filter(|c| c.summary.error > 0) {
        causes
            .entry(cause(control))
            .or_default()
            .push(Link { anchor: control_anchor(&control.name), title: title(control) });
    }
    let is_told =
        |table: &str| run.controls.values().any(|c| !c.error.is_empty() && c.tables.iter().any(|t| t == table));
    let partial = run.provenance.tables.iter().filter(|t| t.completeness != Completeness::Complete);
    for table in partial.filter(|t| !is_told(&t.table)) {
        let text = match (state_word(table.completeness), table.reason.as_str()) {
            (word, "") => word.to_owned(),
            (word, reason) => format!("{word}: {reason}"),
        };
        let of = if table.account_id.is_empty() { String::new() } else { format!(" of account {}", table.account_id) };
        causes
            .entry(text)
            .or_default()
            .push(Link { anchor: String::new(), title: format!("Table {}{of}", table.table) });
    }
    causes
        .into_iter()
        .map(|(text, mut what)| {
            let more = what.len().saturating_sub(LINKS_OF_CAUSE);
            what.truncate(LINKS_OF_CAUSE);
            Unevaluated { text, what, more }
        })
        .collect()
}

/// Returns why a control with errors was not evaluated.
fn cause(control: &ControlRun) -> String {
    if !control.error.is_empty() {
        return control.error.clone();
    }
    let mut rows = control.results.iter().filter(|r| r.status == Status::Error);
    let first = rows.next().map_or("", |r| r.reason.as_str());
    match rows.count() {
        0 => first.to_owned(),
        others => format!("{} results, the first: {first}", others + 1),
    }
}

fn title(control: &ControlRun) -> String {
    if control.title.is_empty() { control.name.clone() } else { control.title.clone() }
}
