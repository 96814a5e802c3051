//! Where the data came from: state of the tables, variables, digests.

use crate::model::run::{Completeness, ControlRun, Run, TableState};
use crate::report::words::{age, minute};
use chrono::Utc;
use serde::Serialize;

/// One table of one account.
#[derive(Serialize)]
pub struct TableView {
    name: String,
    account: String,
    state: &'static str,
    complete: bool,
    reason: String,
    collected: String,
    age: String,
    source: String,
}

/// A name with its value.
#[derive(Serialize)]
pub struct Pair {
    /// The name.
    pub key: String,
    /// The value.
    pub value: String,
}

/// Returns the states of the tables that a control read.
pub fn tables_of(run: &Run, control: &ControlRun) -> Vec<TableView> {
    run.provenance.tables.iter().filter(|t| control.tables.contains(&t.table)).map(|t| view(run, t)).collect()
}

/// Returns the states of all tables that the run read.
pub fn tables(run: &Run) -> Vec<TableView> {
    run.provenance.tables.iter().map(|t| view(run, t)).collect()
}

fn view(run: &Run, table: &TableState) -> TableView {
    let started = run.started.with_timezone(&Utc);
    TableView {
        name: table.table.clone(),
        account: table.account_id.clone(),
        state: state_word(table.completeness),
        complete: table.completeness == Completeness::Complete,
        reason: table.reason.clone(),
        collected: table.collected_at.map(minute).unwrap_or_default(),
        age: table.collected_at.map(|at| age(at, started)).unwrap_or_default(),
        source: table.source.clone(),
    }
}

/// Returns what else an auditor asks for: what was run, with which variables, from which data.
pub fn provenance(run: &Run) -> Vec<Pair> {
    let provenance = &run.provenance;
    let mut pairs = Vec::new();
    let mut push = |key: &str, value: &str| {
        if !value.is_empty() {
            pairs.push(Pair { key: key.to_owned(), value: value.to_owned() });
        }
    };
    push("Run", &run.target);
    push("Collected by", &provenance.caller);
    push("Queries answered by", &provenance.database);
    for (name, value) in &provenance.variables {
        push(&format!("Variable {name}"), &value.to_string());
    }
    for (name, value) in &provenance.snapshot_tags {
        push(&format!("Tag {name}"), value);
    }
    push("Mod, SHA-256", &provenance.mod_digest);
    push("Data, SHA-256", &provenance.inventory_digest);
    pairs
}

/// Returns the word for how much of a table is there.
pub fn state_word(completeness: Completeness) -> &'static str {
    match completeness {
        Completeness::Complete => "complete",
        Completeness::Partial => "partial",
        Completeness::Denied => "denied",
        Completeness::Failed => "failed",
        Completeness::NotCollected => "not collected",
    }
}
