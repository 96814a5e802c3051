//! What an earlier run says of this one's results.

use crate::model::run::{ControlRun, ResultRow};
use std::collections::{HashMap, HashSet};

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
