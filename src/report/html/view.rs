//! What the template shows, made from a [`Run`].

use super::markdown::{self, render_documentation};
use super::rows::{control_anchor, row_ids};
use crate::model::run::{Completeness, ControlRun, Group, Node, ResultRow, Run, TableState};
use crate::model::status::{Severity, Status, StatusSummary};
use chrono::{DateTime, Utc};
use minijinja::Value;
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// How many failing rows the static page holds in all, and for one control. The rest is in the compressed block.
const STATIC_ROWS: usize = 1_000;
const STATIC_ROWS_OF_CONTROL: usize = 200;
/// How many controls `worst` names.
const WORST: usize = 5;

/// What an earlier run says of this one's results.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    /// When the earlier run was made, as the report shows it.
    pub since: String,
    /// Digest-free keys of the rows that are new or worse since then: control name, resource, dimensions.
    pub new: HashSet<RowKey>,
    /// When a row that the earlier run had was first seen, as the report shows it.
    pub first_seen: HashMap<RowKey, String>,
    /// Counts to show: `new`, `fixed`, `changed`, `vanished`.
    pub counts: Vec<(String, usize)>,
    /// One line for each result that was fixed or has vanished.
    pub fixed: Vec<String>,
}

/// What makes a row the same row in two runs: control name, resource, dimension values.
pub type RowKey = (String, String, Vec<String>);

impl Baseline {
    /// Whether a row is new since the earlier run.
    pub fn is_new(&self, control: &ControlRun, row: &ResultRow) -> bool {
        self.new.contains(&key(control, row))
    }

    /// Returns when a row was first seen; empty when it is not known.
    pub fn first_seen(&self, control: &ControlRun, row: &ResultRow) -> &str {
        self.first_seen.get(&key(control, row)).map_or("", String::as_str)
    }
}

fn key(control: &ControlRun, row: &ResultRow) -> RowKey {
    (control.name.clone(), row.resource.clone(), row.dimensions.clone())
}

/// The page.
#[derive(Serialize)]
pub struct View {
    title: String,
    description: String,
    mod_title: String,
    mod_version: String,
    tool_version: String,
    facts: Vec<Fact>,
    verdict: Verdict,
    summary: Vec<Count>,
    severities: Vec<SeverityLine>,
    worst: Vec<Worst>,
    changes: Option<Changes>,
    unevaluated: Vec<Unevaluated>,
    groups: Vec<TreeItem>,
    sections: Vec<Section>,
    blocks: Vec<Block>,
    footer: String,
    digests: String,
}

#[derive(Serialize)]
struct Fact {
    label: &'static str,
    value: String,
    note: String,
}

#[derive(Serialize)]
struct Verdict {
    status: &'static str,
    headline: String,
    detail: String,
}

/// The count of one status, with its place in a bar of width 100.
#[derive(Serialize, Clone)]
struct Count {
    status: &'static str,
    word: &'static str,
    count: u64,
    count_text: String,
    offset: f64,
    share: f64,
}

#[derive(Serialize)]
struct SeverityLine {
    word: String,
    class: String,
    failed: u64,
    total: u64,
}

#[derive(Serialize)]
struct Worst {
    anchor: String,
    title: String,
    severity: String,
    severity_class: String,
    failed: u64,
    total: u64,
}

#[derive(Serialize)]
struct Changes {
    since: String,
    counts: Vec<ChangeCount>,
    fixed: Vec<String>,
}

#[derive(Serialize)]
struct ChangeCount {
    word: String,
    count: usize,
}

#[derive(Serialize)]
struct Unevaluated {
    anchor: String,
    title: String,
    text: String,
}

#[derive(Serialize)]
struct TreeItem {
    anchor: String,
    title: String,
    score: String,
    summary: Vec<Count>,
    groups: Vec<TreeItem>,
}

#[derive(Serialize)]
struct Section {
    anchor: String,
    title: String,
}

/// A piece of the page's main part, in document order.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Block {
    Section(SectionBlock),
    Control(Box<ControlBlock>),
    Reference(ReferenceBlock),
}

#[derive(Serialize)]
struct SectionBlock {
    anchor: String,
    path: String,
    title: String,
    level: usize,
    heading: usize,
    score: String,
    summary: Vec<Count>,
    description: String,
    documentation: Value,
}

#[derive(Serialize)]
struct ReferenceBlock {
    anchor: String,
    path: String,
    title: String,
    status: &'static str,
    word: &'static str,
}

#[derive(Serialize)]
struct ControlBlock {
    anchor: String,
    path: String,
    index: usize,
    control_id: String,
    title: String,
    heading: usize,
    status: &'static str,
    word: &'static str,
    severity: String,
    severity_class: String,
    open: bool,
    summary: Vec<Count>,
    description: String,
    remediation: Value,
    documentation: Value,
    error: String,
    warnings: Vec<String>,
    tags: Vec<Tag>,
    dimensions: Vec<String>,
    rows: Vec<RowView>,
    hidden_rows: usize,
    hidden_word: &'static str,
    total: usize,
    tables: Vec<TableView>,
    sql: String,
    query_name: String,
    args: String,
    duration: String,
}

#[derive(Serialize)]
struct Tag {
    key: String,
    value: String,
}

#[derive(Serialize)]
struct RowView {
    anchor: String,
    status: &'static str,
    reason: String,
    resource: String,
    dimensions: Vec<String>,
    is_new: bool,
    first_seen: String,
}

#[derive(Serialize)]
struct TableView {
    name: String,
    account: String,
    state: &'static str,
    reason: String,
    collected: String,
    age: String,
    source: String,
}

impl View {
    /// Makes the page of a run.
    pub fn new(run: &Run, baseline: Option<&Baseline>) -> Self {
        let first_group = run.root.groups().next();
        let has_one_target = run.root.children.len() == 1;
        let mut page = Builder { run, baseline, blocks: Vec::new(), seen: HashSet::new(), room: STATIC_ROWS };
        let groups = if has_one_target {
            first_group.map(|g| g.groups().collect()).unwrap_or_default()
        } else {
            run.root.groups().collect::<Vec<_>>()
        };
        match first_group {
            Some(group) if has_one_target => page.children(group, &[], 0),
            _ => page.children(&run.root, &[], 0),
        }
        let blocks = page.blocks;
        let title = if run.root.title.is_empty() { run.target.clone() } else { run.root.title.clone() };
        let description = match first_group {
            Some(group) if has_one_target => group.description.clone(),
            _ => run
                .controls
                .values()
                .next()
                .filter(|_| run.controls.len() == 1)
                .map(|c| c.description.clone())
                .unwrap_or_default(),
        };
        let provenance = &run.provenance;
        Self {
            title,
            description,
            mod_title: if provenance.mod_title.is_empty() {
                provenance.mod_name.clone()
            } else {
                provenance.mod_title.clone()
            },
            mod_version: provenance.mod_version.clone(),
            tool_version: provenance.tool_version.clone(),
            facts: facts(run),
            verdict: verdict(run),
            summary: counts(&run.root.summary),
            severities: severities(&run.root),
            worst: worst(run),
            changes: baseline.map(|b| Changes {
                since: b.since.clone(),
                counts: b
                    .counts
                    .iter()
                    .map(|(word, count)| ChangeCount { word: word.clone(), count: *count })
                    .collect(),
                fixed: b.fixed.clone(),
            }),
            unevaluated: unevaluated(run),
            groups: groups.iter().map(|g| tree_item(g, run)).collect(),
            sections: blocks
                .iter()
                .filter_map(|b| match b {
                    Block::Section(s) => Some(Section { anchor: s.anchor.clone(), title: s.title.clone() }),
                    _ => None,
                })
                .collect(),
            blocks,
            footer: format!(
                "Made by ironpipe {} from a run that ended {}.",
                provenance.tool_version,
                run.finished.with_timezone(&Utc).format("%Y-%m-%d %H:%M:%S UTC")
            ),
            digests: digests(run),
        }
    }
}

struct Builder<'a> {
    run: &'a Run,
    baseline: Option<&'a Baseline>,
    blocks: Vec<Block>,
    /// Controls that are on the page already.
    seen: HashSet<&'a str>,
    /// How many more failing rows the static page may hold.
    room: usize,
}

impl<'a> Builder<'a> {
    fn children(&mut self, group: &'a Group, path: &[String], level: usize) {
        for child in &group.children {
            match child {
                Node::Control(name) => self.control(name, path, level),
                Node::Group(group) => {
                    let anchor = control_anchor(&group.id);
                    let mut inner = path.to_vec();
                    inner.push(anchor.clone());
                    self.blocks.push(Block::Section(SectionBlock {
                        anchor,
                        path: inner.join(" "),
                        title: if group.title.is_empty() { group.id.clone() } else { group.title.clone() },
                        level,
                        heading: (2 + level).min(6),
                        score: score(group, self.run),
                        summary: counts(&group.summary),
                        description: group.description.clone(),
                        documentation: safe(markdown::render(&group.documentation)),
                    }));
                    self.children(group, &inner, level + 1);
                }
            }
        }
    }

    fn control(&mut self, name: &'a str, path: &[String], level: usize) {
        let Some((index, _, control)) = self.run.controls.get_full(name) else { return };
        let anchor = control_anchor(name);
        let path = path.join(" ");
        let title = if control.title.is_empty() { control.name.clone() } else { control.title.clone() };
        let (status, word) = overall(control);
        if !self.seen.insert(name) {
            self.blocks.push(Block::Reference(ReferenceBlock { anchor, path, title, status, word }));
            return;
        }
        let rows = self.static_rows(control, &anchor);
        let documentation = render_documentation(&control.documentation);
        let hidden_rows = control.results.len() - rows.len();
        self.blocks.push(Block::Control(Box::new(ControlBlock {
            anchor,
            path,
            index,
            control_id: control.control_id.clone(),
            title,
            heading: (2 + level).min(6),
            status,
            word,
            severity_class: control.severity.to_ascii_lowercase(),
            severity: control.severity.clone(),
            open: self.run.controls.len() == 1,
            summary: counts(&control.summary),
            description: control.description.clone(),
            remediation: safe(documentation.remediation),
            documentation: safe(documentation.about),
            error: control.error.clone(),
            warnings: control.warnings.clone(),
            tags: control
                .tags
                .iter()
                .filter(|(key, _)| matches!(key.as_str(), "cis_level" | "cis_type" | "service" | "cis_item_id"))
                .map(|(key, value)| Tag { key: key.clone(), value: value.clone() })
                .collect(),
            dimensions: control.dimension_columns.iter().map(|c| c.name.clone()).collect(),
            hidden_rows,
            hidden_word: if hidden_rows == 1 { "result is" } else { "results are" },
            total: control.results.len(),
            rows,
            tables: tables(self.run, control),
            sql: control.sql.trim().to_owned(),
            query_name: control.query_name.clone(),
            args: control
                .args
                .iter()
                .enumerate()
                .map(|(i, a)| format!("${} = {a}", i + 1))
                .collect::<Vec<_>>()
                .join(", "),
            duration: duration(control.duration_ms),
        })));
    }

    /// Returns the failing rows that the static page shows, or all rows of a control that has few.
    fn static_rows(&mut self, control: &ControlRun, anchor: &str) -> Vec<RowView> {
        let few = control.results.len() <= 10;
        let limit = STATIC_ROWS_OF_CONTROL.min(self.room);
        let ids = row_ids(control);
        let rows: Vec<RowView> = control
            .results
            .iter()
            .zip(ids)
            .filter(|(row, _)| few || matches!(row.status, Status::Alarm | Status::Error))
            .take(limit)
            .map(|(row, id)| RowView {
                anchor: format!("{anchor}--{id}"),
                status: row.status.as_str(),
                reason: row.reason.clone(),
                resource: row.resource.clone(),
                dimensions: (0..control.dimension_columns.len())
                    .map(|i| row.dimensions.get(i).cloned().unwrap_or_default())
                    .collect(),
                is_new: self.baseline.is_some_and(|b| b.is_new(control, row)),
                first_seen: self.baseline.map(|b| b.first_seen(control, row).to_owned()).unwrap_or_default(),
            })
            .collect();
        self.room -= rows.len();
        rows
    }
}

/// Marks HTML that [`markdown`] made as safe; empty stays empty, so that the template can leave its box out.
fn safe(html: String) -> Value {
    if html.is_empty() { Value::from("") } else { Value::from_safe_string(html) }
}

fn counts(summary: &StatusSummary) -> Vec<Count> {
    let total = summary.total().max(1) as f64;
    let mut offset = 0.0;
    [Status::Alarm, Status::Error, Status::Ok, Status::Info, Status::Skip]
        .into_iter()
        .map(|status| {
            let count = summary.count(status);
            let share = (count as f64 / total * 10_000.0).round() / 100.0;
            let item = Count {
                status: status.as_str(),
                word: status.as_str(),
                count,
                count_text: thousands(count),
                offset,
                share,
            };
            offset += share;
            item
        })
        .collect()
}

/// Returns the worst status of a control and the word for it.
fn overall(control: &ControlRun) -> (&'static str, &'static str) {
    let status = Status::ALL.into_iter().find(|s| control.summary.count(*s) > 0);
    match status {
        Some(status) => (status.as_str(), status.as_str()),
        None => ("skip", "empty"),
    }
}

/// Returns how many of a section's controls have no failing result.
fn score(group: &Group, run: &Run) -> String {
    let mut controls = HashSet::new();
    collect_controls(group, &mut controls);
    let passed =
        controls.iter().filter(|name| run.controls.get(**name).is_some_and(|c| c.summary.failed() == 0)).count();
    format!("{passed} of {} pass", controls.len())
}

fn collect_controls<'a>(group: &'a Group, into: &mut HashSet<&'a str>) {
    into.extend(group.controls());
    for child in group.groups() {
        collect_controls(child, into);
    }
}

fn tree_item(group: &Group, run: &Run) -> TreeItem {
    TreeItem {
        anchor: control_anchor(&group.id),
        title: if group.title.is_empty() { group.id.clone() } else { group.title.clone() },
        score: score(group, run).replace(" of ", "/").replace(" pass", ""),
        summary: counts(&group.summary),
        groups: group.groups().map(|g| tree_item(g, run)).collect(),
    }
}

fn verdict(run: &Run) -> Verdict {
    let errors = run.controls.values().filter(|c| c.summary.error > 0).count();
    let alarms = run.controls.values().filter(|c| c.summary.alarm > 0).count();
    let total = run.controls.len();
    let passing = run.controls.values().filter(|c| c.summary.failed() == 0).count();
    let detail = format!("{passing} of {total} {} without a failing result", plural(total, "control", "controls"));
    if run.dry_run {
        return Verdict {
            status: "info",
            headline: "Nothing was run".to_owned(),
            detail: format!("{total} {} selected", plural(total, "control", "controls")),
        };
    }
    let (status, headline) = match (alarms, errors) {
        (0, 0) => ("ok", "Nothing fails".to_owned()),
        (a, 0) => ("alarm", format!("{a} {} in alarm", plural(a, "control", "controls"))),
        (0, e) => ("error", format!("{e} {} could not be fully evaluated", plural(e, "control", "controls"))),
        (a, e) => ("alarm", format!("{a} {} in alarm, {e} with errors", plural(a, "control", "controls"))),
    };
    Verdict { status, headline, detail }
}

fn severities(root: &Group) -> Vec<SeverityLine> {
    root.severity_summary
        .iter()
        .filter(|(severity, _)| !matches!(severity, Severity::None))
        .map(|(severity, summary)| SeverityLine {
            word: severity.as_str().to_owned(),
            class: severity.as_str().to_ascii_lowercase(),
            failed: summary.failed(),
            total: summary.total(),
        })
        .collect()
}

fn worst(run: &Run) -> Vec<Worst> {
    let mut failing: Vec<&ControlRun> = run.controls.values().filter(|c| c.summary.alarm > 0).collect();
    failing.sort_by_key(|c| std::cmp::Reverse(c.summary.failed()));
    if run.controls.len() < 2 {
        return Vec::new();
    }
    failing
        .into_iter()
        .take(WORST)
        .map(|c| Worst {
            anchor: control_anchor(&c.name),
            title: if c.title.is_empty() { c.name.clone() } else { c.title.clone() },
            severity_class: c.severity.to_ascii_lowercase(),
            severity: c.severity.clone(),
            failed: c.summary.failed(),
            total: c.summary.total(),
        })
        .collect()
}

/// Lists what is not known: controls that failed as a whole, controls with error rows, tables that are not whole.
fn unevaluated(run: &Run) -> Vec<Unevaluated> {
    let controls = run.controls.values().filter(|c| c.summary.error > 0).map(|c| {
        let rows = c.results.iter().filter(|r| r.status == Status::Error).count();
        let text = if c.error.is_empty() {
            let first = c.results.iter().find(|r| r.status == Status::Error).map_or("", |r| r.reason.as_str());
            if rows == 1 { first.to_owned() } else { format!("{rows} results, the first: {first}") }
        } else {
            c.error.clone()
        };
        Unevaluated {
            anchor: control_anchor(&c.name),
            title: if c.title.is_empty() { c.name.clone() } else { c.title.clone() },
            text,
        }
    });
    let tables =
        run.provenance.tables.iter().filter(|t| t.completeness != Completeness::Complete).map(|t| Unevaluated {
            anchor: String::new(),
            title: if t.account_id.is_empty() {
                t.table.clone()
            } else {
                format!("{} of account {}", t.table, t.account_id)
            },
            text: format!("{}: {}", state_word(t.completeness), t.reason),
        });
    controls.chain(tables).collect()
}

fn facts(run: &Run) -> Vec<Fact> {
    let provenance = &run.provenance;
    let mut facts = Vec::new();
    if !provenance.accounts.is_empty() {
        let names: Vec<String> = provenance
            .accounts
            .iter()
            .take(6)
            .map(|a| if a.alias.is_empty() { a.id.clone() } else { format!("{} ({})", a.id, a.alias) })
            .collect();
        let more = provenance.accounts.len().saturating_sub(6);
        facts.push(Fact {
            label: if provenance.accounts.len() == 1 { "Account" } else { "Accounts" },
            value: names.join(", "),
            note: if more > 0 { format!("and {more} more") } else { String::new() },
        });
    }
    let times: Vec<DateTime<Utc>> = provenance.tables.iter().filter_map(|t| t.collected_at).collect();
    if let (Some(oldest), Some(newest)) = (times.iter().min(), times.iter().max()) {
        let value = oldest.format("%Y-%m-%d %H:%M UTC").to_string();
        let age = age(*oldest, run.started.with_timezone(&Utc));
        let note = if newest.signed_duration_since(*oldest).num_minutes() >= 60 {
            format!("{age}; the newest table {}", newest.format("%Y-%m-%d %H:%M UTC"))
        } else {
            age
        };
        facts.push(Fact { label: "Data collected", value, note });
    }
    if let Some(clock) = provenance.clock {
        facts.push(Fact {
            label: "Judged as of",
            value: clock.format("%Y-%m-%d %H:%M UTC").to_string(),
            note: String::new(),
        });
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

fn digests(run: &Run) -> String {
    let provenance = &run.provenance;
    let mut parts = Vec::new();
    if !provenance.mod_digest.is_empty() {
        parts.push(format!("mod sha256 {}", provenance.mod_digest));
    }
    if !provenance.inventory_digest.is_empty() {
        parts.push(format!("data sha256 {}", provenance.inventory_digest));
    }
    parts.join(" · ")
}

fn tables(run: &Run, control: &ControlRun) -> Vec<TableView> {
    let started = run.started.with_timezone(&Utc);
    let states: Vec<&TableState> = run.provenance.tables.iter().filter(|t| control.tables.contains(&t.table)).collect();
    states
        .into_iter()
        .map(|t| TableView {
            name: t.table.clone(),
            account: t.account_id.clone(),
            state: state_word(t.completeness),
            reason: t.reason.clone(),
            collected: t.collected_at.map(|at| at.format("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default(),
            age: t.collected_at.map(|at| age(at, started)).unwrap_or_default(),
            source: t.source.clone(),
        })
        .collect()
}

fn state_word(completeness: Completeness) -> &'static str {
    match completeness {
        Completeness::Complete => "complete",
        Completeness::Partial => "partial",
        Completeness::Denied => "denied",
        Completeness::Failed => "failed",
        Completeness::NotCollected => "not collected",
    }
}

fn age(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let minutes = to.signed_duration_since(from).num_minutes();
    let (number, unit) = match minutes {
        i64::MIN..=1 => return "at the time of the run".to_owned(),
        2..=119 => (minutes, "minutes"),
        120..=2_879 => (minutes / 60, "hours"),
        _ => (minutes / 1_440, "days"),
    };
    format!("{number} {unit} before the run")
}

fn duration(milliseconds: f64) -> String {
    match milliseconds {
        m if m <= 0.0 => String::new(),
        m if m < 1.0 => "less than 1 ms".to_owned(),
        m if m < 1_000.0 => format!("{m:.0} ms"),
        m => format!("{:.1} s", m / 1_000.0),
    }
}

fn plural<'a>(count: usize, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
