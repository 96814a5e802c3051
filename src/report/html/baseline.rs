//! What an earlier run says of this one's results.

use crate::model::run::{ControlRun, ResultRow, Run};
use crate::report::words::minute;
use crate::snapshot::{Diff, Kind};
use std::collections::{BTreeMap, HashMap};

/// What an earlier run says of this one's results.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    /// When the earlier run was made, as the report shows it.
    pub since: String,
    /// What became of the rows of this run since then; those that have not changed are not in it.
    pub changes: HashMap<RowKey, Kind>,
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
    /// Makes it from what changed since the earlier run.
    pub fn new(diff: &Diff, run: &Run) -> Self {
        type Place<'d> = (&'d str, &'d str, BTreeMap<&'d str, &'d str>);
        let changed: HashMap<Place<'_>, Kind> = diff
            .changes
            .iter()
            .map(|c| {
                let dimensions = c.dimensions.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
                ((c.control.as_str(), c.resource.as_str(), dimensions), c.kind())
            })
            .collect();
        let since = minute(diff.old.started.to_utc());
        let mut baseline = Self { since: since.clone(), ..Self::default() };
        for control in run.controls.values() {
            let failed = (control.name.as_str(), "", BTreeMap::new());
            if let Some(kind) = changed.get(&failed).filter(|_| control.results.is_empty()) {
                baseline.changes.insert(key_of_failure(control), *kind);
            }
            for row in &control.results {
                let names = control.dimension_columns.iter().map(|c| c.name.as_str());
                let values = row.dimensions.iter().map(String::as_str);
                let dimensions = names.zip(values).filter(|(_, v)| !v.is_empty()).collect();
                let kind = changed.get(&(control.name.as_str(), row.resource.as_str(), dimensions));
                if let Some(kind) = kind {
                    baseline.changes.insert(key(control, row), *kind);
                }
                if !matches!(kind, Some(Kind::New | Kind::Appeared)) {
                    baseline.first_seen.insert(key(control, row), since.clone());
                }
            }
        }
        let told = [Kind::New, Kind::Fixed, Kind::Changed, Kind::Vanished];
        baseline.counts = told.map(|k| (k.as_str().to_owned(), diff.count(k))).into();
        let gone = diff.changes.iter().filter(|c| matches!(c.kind(), Kind::Fixed | Kind::Vanished));
        baseline.fixed = gone
            .map(|c| {
                let reason = c.after.as_ref().or(c.before.as_ref()).map_or("", |v| &v.reason);
                format!("{}: {} ({})", c.title, reason, c.kind().as_str())
            })
            .collect();
        baseline
    }

    /// Returns what became of a row since the earlier run; none when it is as it was.
    pub fn change(&self, control: &ControlRun, row: &ResultRow) -> Option<Kind> {
        self.changes.get(&key(control, row)).copied()
    }

    /// Returns what became of a control that has no rows because it failed.
    pub fn change_of_failure(&self, control: &ControlRun) -> Option<Kind> {
        self.changes.get(&key_of_failure(control)).copied()
    }

    /// Returns when a row was first seen; empty when it is not known.
    pub fn first_seen(&self, control: &ControlRun, row: &ResultRow) -> &str {
        self.first_seen.get(&key(control, row)).map_or("", String::as_str)
    }
}

fn key(control: &ControlRun, row: &ResultRow) -> RowKey {
    (control.name.clone(), row.resource.clone(), row.dimensions.clone())
}

fn key_of_failure(control: &ControlRun) -> RowKey {
    (control.name.clone(), String::new(), Vec::new())
}
