//! The result of running controls: the one model that every output format is made from.
//!
//! A [`Run`] is a tree of [`Group`]s whose leaves name [`ControlRun`]s. A control that stands in several benchmarks
//! is run once and appears once in [`Run::controls`]; the tree names it in each place. A run is written to and read
//! back from a snapshot file without loss, so a report made later equals the one made live.

use super::status::{RunStatus, Severity, Status, StatusSummary};
use chrono::{DateTime, FixedOffset, Utc};
use indexmap::IndexMap;
use std::collections::BTreeMap;

/// The id of the root group of every run, as upstream names it.
pub const ROOT_GROUP_ID: &str = "root_result_group";

/// Everything that one run found.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Full name of what was run: `aws_compliance.benchmark.cis_v200`, `aws_compliance.control.cis_v200_1_13`.
    pub target: String,
    /// The synthetic root group: the target's title, no description, no tags. Its children
    /// are the one control or the benchmark group(s) that were run.
    pub root: Group,
    /// Every control that the tree names, keyed by full name, in tree order.
    pub controls: IndexMap<String, ControlRun>,
    /// When the run began; snapshots and footers show it.
    pub started: DateTime<FixedOffset>,
    /// When the run ended.
    pub finished: DateTime<FixedOffset>,
    /// Whether nothing was executed (`--dry-run`).
    pub dry_run: bool,
    /// How the results came about.
    pub provenance: Provenance,
}

/// A benchmark, or the root, with what was found below it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Group {
    /// [`ROOT_GROUP_ID`] or the benchmark's full name.
    pub id: String,
    /// The title; empty when unset.
    pub title: String,
    /// The description; empty when unset, always empty for the root.
    pub description: String,
    /// The documentation as Markdown; empty when unset.
    pub documentation: String,
    /// Dashboard hint of the benchmark; empty when unset.
    pub display: String,
    /// Dashboard hint `type` of the benchmark; empty when unset.
    pub display_type: String,
    /// Dashboard width of the benchmark.
    pub width: Option<i64>,
    /// The benchmark's own tags, sorted.
    pub tags: BTreeMap<String, String>,
    /// Sum over all controls below, once for each place they stand in.
    pub summary: StatusSummary,
    /// The same by severity of the control; controls without a severity are not in it.
    pub severity_summary: BTreeMap<Severity, StatusSummary>,
    /// Children in declared order, filtered.
    pub children: Vec<Node>,
    /// Whether the last declared child was filtered out. Text output draws the tree from it.
    pub last_child_filtered: bool,
}

/// A child of a group.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a tree has few nodes beside its rows")]
pub enum Node {
    /// A nested benchmark.
    Group(Group),
    /// A control, by its key in [`Run::controls`].
    Control(String),
}

impl Group {
    /// Returns the names of the controls directly in this group, in declared order.
    pub fn controls(&self) -> impl Iterator<Item = &str> {
        self.children.iter().filter_map(|n| match n {
            Node::Control(name) => Some(name.as_str()),
            Node::Group(_) => None,
        })
    }

    /// Returns the nested groups, in declared order.
    pub fn groups(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|n| match n {
            Node::Group(group) => Some(group),
            Node::Control(_) => None,
        })
    }

    /// Adds the counts of controls up the tree, once for each place in which a control stands.
    pub fn summarise(&mut self, controls: &IndexMap<String, ControlRun>) {
        for child in &mut self.children {
            match child {
                Node::Control(name) => {
                    if let Some(control) = controls.get(name) {
                        self.summary += control.summary;
                        if let Some(severity) = Severity::parse(&control.severity) {
                            *self.severity_summary.entry(severity).or_default() += control.summary;
                        }
                    }
                }
                Node::Group(inner) => {
                    inner.summarise(controls);
                    self.summary += inner.summary;
                    for (severity, summary) in &inner.severity_summary {
                        *self.severity_summary.entry(severity.clone()).or_default() += *summary;
                    }
                }
            }
        }
    }
}

/// One control with its results.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ControlRun {
    /// Full name: `aws_compliance.control.cis_v200_1_13`.
    pub name: String,
    /// `control.x` for a control of the workspace mod, the full name for one of a dependency.
    pub control_id: String,
    /// Short name: `cis_v200_1_13`.
    pub short_name: String,
    /// The title; empty when unset.
    pub title: String,
    /// The description; empty when unset.
    pub description: String,
    /// The documentation as Markdown; empty when unset.
    pub documentation: String,
    /// Dashboard hint; empty when unset.
    pub display: String,
    /// Dashboard hint `type`; empty when unset.
    pub display_type: String,
    /// Dashboard width.
    pub width: Option<i64>,
    /// The severity as written; empty when unset.
    pub severity: String,
    /// The control's own tags, sorted.
    pub tags: BTreeMap<String, String>,
    /// How the execution ended.
    pub run_status: RunStatus,
    /// Why it failed; empty when it did not.
    pub error: String,
    /// Rows in the order error, alarm, info, ok, skip; inside a status in query order.
    pub results: Vec<ResultRow>,
    /// Counts of `results`; a run error counts as one error.
    pub summary: StatusSummary,
    /// The dimension columns in SELECT order: name and PostgreSQL type name in upper case.
    pub dimension_columns: Vec<DimensionColumn>,
    /// Full name of the query that was run; empty for a control with its own `sql`.
    pub query_name: String,
    /// The SQL as it was executed, before translation.
    pub sql: String,
    /// The argument values in `$n` order, as JSON.
    pub args: Vec<serde_json::Value>,
    /// Where the control is declared, relative to the mod's root, with `/`.
    pub file: String,
    /// 1-based line of the declaration; 0 when unknown.
    pub line: u32,
    /// How long the query took; zero in runs with a fixed clock.
    pub duration_ms: f64,
    /// The tables that the query read.
    pub tables: Vec<String>,
    /// Notes on how the answer came about.
    pub warnings: Vec<String>,
}

/// A dimension column of a control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DimensionColumn {
    /// The column name.
    pub name: String,
    /// The PostgreSQL type name in upper case: `TEXT`, `INT8`, `TIMESTAMPTZ`.
    pub data_type: String,
}

/// One row of a control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultRow {
    /// The status.
    pub status: Status,
    /// Why.
    pub reason: String,
    /// What was looked at, usually an ARN.
    pub resource: String,
    /// Values of [`ControlRun::dimension_columns`], in their order; a missing or NULL value is empty.
    pub dimensions: Vec<String>,
}

/// How the results of a run came about: what an auditor needs to trust them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Provenance {
    /// Version of the `ironpipe` that ran it; empty for a run of another program.
    pub tool_version: String,
    /// Short name of the workspace mod.
    pub mod_name: String,
    /// Title of the workspace mod.
    pub mod_title: String,
    /// Version of the mod, where known (an installed or bundled mod).
    pub mod_version: String,
    /// SHA-256 of the mod's files in hexadecimal.
    pub mod_digest: String,
    /// Values of the variables that the run's resources use, as JSON; `<mod>.<name>` for those of dependencies.
    pub variables: BTreeMap<String, serde_json::Value>,
    /// What answered the queries: `inventory` or a connection's name, never a password.
    pub database: String,
    /// SHA-256 of the inventory's contents in hexadecimal; empty for other databases.
    pub inventory_digest: String,
    /// The instant that `now()` had.
    pub clock: Option<DateTime<Utc>>,
    /// The accounts whose data was read, with their aliases where known.
    pub accounts: Vec<Account>,
    /// State of each table that the run's queries read, one entry for each account and table.
    pub tables: Vec<TableState>,
    /// The identity that collected the data (an ARN), where known.
    pub caller: String,
    /// Tags of the snapshot (`--snapshot-tag`).
    pub snapshot_tags: BTreeMap<String, String>,
}

/// An account whose data was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account {
    /// The 12-digit account id.
    pub id: String,
    /// The account's first alias or name; empty when unknown.
    pub alias: String,
}

/// How complete one table is for one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableState {
    /// The table.
    pub table: String,
    /// The account; empty where the data does not say.
    pub account_id: String,
    /// How much of it is there.
    pub completeness: Completeness,
    /// When it was collected or, for an import, when the export was made as far as known.
    pub collected_at: Option<DateTime<Utc>>,
    /// The API call or the file it came from.
    pub source: String,
    /// Why it is not complete, with the missing permission named; empty when complete.
    pub reason: String,
}

/// How much of a table is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Completeness {
    /// Everything the account has.
    Complete,
    /// Some rows or columns are missing.
    Partial,
    /// AWS refused.
    Denied,
    /// It was tried and failed.
    Failed,
    /// It was never asked for.
    NotCollected,
}

impl Completeness {
    /// Returns the word that manifests and snapshots use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Denied => "denied",
            Self::Failed => "failed",
            Self::NotCollected => "not_collected",
        }
    }

    /// Reads the word that manifests and snapshots use.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Complete, Self::Partial, Self::Denied, Self::Failed, Self::NotCollected]
            .into_iter()
            .find(|c| c.as_str() == word)
    }
}
