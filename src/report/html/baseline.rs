//! What an earlier run says of this one's results.

use crate::model::run::{ControlRun, ResultRow, Run};
use crate::snapshot::{Diff, Kind};
use std::collections::{BTreeMap, HashMap, HashSet};

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
    /// Makes it from what changed since the earlier run.
    pub fn new(diff: &Diff, run: &Run) -> Self {
        type Place<'d> = (&'d str, &'d str, BTreeMap<&'d str, &'d str>);
        let new: HashSet<Place<'_>> = diff
            .of(Kind::New)
            .map(|c| {
                let dimensions = c.dimensions.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
                (c.control.as_str(), c.resource.as_str(), dimensions)
            })
            .collect();
        let appeared: HashSet<(&str, &str)> =
            diff.of(Kind::Appeared).map(|c| (c.control.as_str(), c.resource.as_str())).collect();
        let since = diff.old.started.format("%Y-%m-%d %H:%M").to_string();
        let mut baseline = Self { since: since.clone(), ..Self::default() };
        for control in run.controls.values() {
            for row in &control.results {
                let names = control.dimension_columns.iter().map(|c| c.name.as_str());
                let values = row.dimensions.iter().map(String::as_str);
                let dimensions = names.zip(values).filter(|(_, v)| !v.is_empty()).collect();
                if new.contains(&(control.name.as_str(), row.resource.as_str(), dimensions)) {
                    baseline.new.insert(key(control, row));
                } else if !appeared.contains(&(control.name.as_str(), row.resource.as_str())) {
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
