//! How complete each table is, from which calls failed and why.

use super::plan::{CallPlan, Need, TablePlan, is_regional};
use crate::aws::documents::Operation;
use crate::aws::failure::{ApiFailure, FailureKind};
use crate::inventory::{Row, TableLoad};
use crate::model::run::{Completeness, TableState};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// What was called.
    pub operation: Operation,
    /// In which region, for regional services.
    pub region: Option<String>,
    /// About which entity, where there are many.
    pub subject: Option<String>,
    /// Why.
    pub failure: ApiFailure,
}

/// What became of everything that was needed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcomes {
    failed: BTreeMap<Need, Vec<Failed>>,
    /// Needs of which something was read although something else failed.
    some: BTreeSet<Need>,
}

impl Outcomes {
    /// Notes a failure.
    pub fn fail(&mut self, need: Need, failed: Failed) {
        self.failed.entry(need).or_default().push(failed);
    }

    /// Notes that something was read.
    pub fn succeed(&mut self, need: Need) {
        self.some.insert(need);
    }

    /// Returns the failures of a need.
    pub fn failures(&self, need: Need) -> &[Failed] {
        self.failed.get(&need).map_or(&[], Vec::as_slice)
    }

    /// Whether all of it was read.
    pub fn is_complete(&self, need: Need) -> bool {
        self.failures(need).is_empty()
    }

    /// Forgets the failures of a need that is asked for in another way.
    pub fn forgive(&mut self, need: Need) {
        self.failed.remove(&need);
    }

    /// Whether something was asked, and all of it was read.
    pub fn is_read(&self, need: Need) -> bool {
        self.some.contains(&need) && self.is_complete(need)
    }

    /// Returns the failures that leave rows out: none where a plainer list has the same entities.
    fn row_failures(&self, need: Need) -> &[Failed] {
        if need.plainer().is_some_and(|list| self.is_read(list)) { &[] } else { self.failures(need) }
    }

    /// Makes `need` fail for the same reasons as what it rests on.
    pub fn inherit(&mut self, need: Need, from: Need) {
        let failures = self.failures(from).to_vec();
        self.failed.entry(need).or_default().extend(failures);
    }
}

/// What is common to all tables of the account.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The account.
    pub account_id: &'a str,
    /// When the collection began.
    pub collected_at: DateTime<Utc>,
    /// The plan.
    pub plan: &'a CallPlan,
    /// What became of it.
    pub outcomes: &'a Outcomes,
    /// The regions that were asked for; empty for all.
    pub regions: &'a [String],
}

/// Joins rows and outcomes.
pub fn load(context: Context<'_>, mut rows: BTreeMap<String, Vec<Row>>) -> Vec<TableLoad> {
    let mut entries = Vec::new();
    for (table, plan) in &context.plan.tables {
        let rows = rows.remove(table).unwrap_or_default();
        entries.push(context.table(table, plan, rows));
    }
    for (table, reason) in &context.plan.unavailable {
        let state = context.state(table, Completeness::NotCollected, String::new(), reason.clone());
        entries.push(context.entry(Vec::new(), state, BTreeMap::new()));
    }
    entries.sort_by(|a, b| a.table.cmp(&b.table));
    entries
}

impl Context<'_> {
    fn state(&self, table: &str, completeness: Completeness, source: String, reason: String) -> TableState {
        TableState {
            table: table.to_string(),
            account_id: self.account_id.to_string(),
            completeness,
            collected_at: Some(self.collected_at),
            source,
            reason,
        }
    }

    fn table(&self, table: &str, plan: &TablePlan, mut rows: Vec<Row>) -> TableLoad {
        let failures: Vec<&Failed> = plan.rows.iter().flat_map(|need| self.outcomes.row_failures(*need)).collect();
        if !failures.is_empty() {
            let nothing = |need: &Need| !self.outcomes.is_complete(*need) && !self.outcomes.some.contains(need);
            let completeness = if !plan.rows.iter().any(nothing) {
                Completeness::Partial
            } else if failures.iter().any(|f| f.failure.kind == FailureKind::Denied) {
                Completeness::Denied
            } else {
                Completeness::Failed
            };
            if completeness != Completeness::Partial {
                rows.clear();
            }
            let state = self.state(table, completeness, self.source(plan), reason(self.account_id, &failures));
            // Rows are missing, so that no column can be trusted; naming some would say that the others can.
            return self.entry(rows, state, BTreeMap::new());
        }
        let mut missing = BTreeMap::new();
        let mut all: Vec<&Failed> = Vec::new();
        for (column, needs) in &plan.columns {
            let failures: Vec<&Failed> = needs.iter().flat_map(|need| self.outcomes.failures(*need)).collect();
            if !failures.is_empty() {
                missing.insert(column.clone(), reason(self.account_id, &failures));
                all.extend(failures.into_iter().filter(|failed| !all.contains(failed)).collect::<Vec<_>>());
            }
        }
        let completeness = if missing.is_empty() { Completeness::Complete } else { Completeness::Partial };
        let why = if all.is_empty() { String::new() } else { reason(self.account_id, &all) };
        for column in &plan.skipped {
            missing.insert(column.clone(), super::NOT_ASKED_FOR.to_string());
        }
        for row in &mut rows {
            row.retain(|column, _| !missing.contains_key(column));
        }
        self.entry(rows, self.state(table, completeness, self.source(plan), why), missing)
    }

    fn entry(&self, rows: Vec<Row>, state: TableState, missing_columns: BTreeMap<String, String>) -> TableLoad {
        let regions = if is_regional(&state.table) { self.regions.to_vec() } else { Vec::new() };
        TableLoad {
            table: state.table.clone(),
            account_id: self.account_id.to_string(),
            rows,
            state,
            missing_columns,
            regions,
        }
    }

    /// Names the calls that a table came from.
    fn source(&self, plan: &TablePlan) -> String {
        let needs = plan.rows.iter().chain(plan.columns.values().flatten());
        let operations: BTreeSet<Operation> = needs.map(|need| need.operation()).collect();
        let names: Vec<String> = operations.into_iter().map(Operation::permission).collect();
        names.join(", ")
    }
}

/// Says in one sentence what failed, how often, and which permission is missing.
fn reason(account_id: &str, failures: &[&Failed]) -> String {
    let mut groups: BTreeMap<(Operation, &str), Vec<&Failed>> = BTreeMap::new();
    for failed in failures {
        let group = groups.entry((failed.operation, failed.failure.code.as_str())).or_default();
        group.push(failed);
    }
    let parts = groups.into_iter().map(|((operation, _), failed)| sentence(account_id, operation, &failed));
    parts.collect::<Vec<_>>().join("; ")
}

fn sentence(account_id: &str, operation: Operation, failed: &[&Failed]) -> String {
    let permission = operation.permission();
    let Some(first) = failed.first() else { return String::new() };
    let regions: BTreeSet<&str> = failed.iter().filter_map(|f| f.region.as_deref()).collect();
    let subjects: BTreeSet<&str> = failed.iter().filter_map(|f| f.subject.as_deref()).collect();
    let mut place = format!("account {account_id}");
    if !regions.is_empty() {
        place = format!("{place} in {}", shorten(&regions));
    }
    if !subjects.is_empty() {
        place = format!("{place}, {}", shorten(&subjects));
    }
    let message = &first.failure;
    match message.kind {
        FailureKind::Denied => format!("the permission {permission} is missing ({place}): {message}"),
        FailureKind::Throttled => format!("AWS throttled {permission} for too long ({place}): {message}"),
        FailureKind::Truncated => format!("the answer to {permission} was cut short ({place}): {message}"),
        _ => format!("{permission} failed ({place}): {message}"),
    }
}

/// Names the first few.
fn shorten(names: &BTreeSet<&str>) -> String {
    let shown: Vec<&str> = names.iter().take(3).copied().collect();
    match names.len().saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
