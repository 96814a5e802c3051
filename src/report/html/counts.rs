//! Counts by status, and what they say of a control or a section.

use crate::model::run::{ControlRun, Group, Run};
use crate::model::status::{Status, StatusSummary};
use crate::report::words::thousands;
use serde::Serialize;
use std::collections::HashSet;

/// The order in which the page names statuses.
const ORDER: [Status; 5] = [Status::Alarm, Status::Error, Status::Ok, Status::Info, Status::Skip];

/// The count of one status, with its place in a bar of width 100.
#[derive(Serialize, Clone)]
pub struct Count {
    status: &'static str,
    count: u64,
    count_text: String,
    offset: f64,
    share: f64,
}

/// Returns the count of each status.
pub fn counts(summary: &StatusSummary) -> Vec<Count> {
    let total = summary.total().max(1) as f64;
    let mut offset = 0.0;
    ORDER
        .into_iter()
        .map(|status| {
            let count = summary.count(status);
            let share = (count as f64 / total * 10_000.0).round() / 100.0;
            let item = Count { status: status.as_str(), count, count_text: thousands(count), offset, share };
            offset = ((offset + share) * 100.0).round() / 100.0;
            item
        })
        .collect()
}

/// Returns the worst status of a control and the word for it.
pub fn overall(control: &ControlRun) -> (&'static str, &'static str) {
    let status = Status::ALL.into_iter().find(|s| control.summary.count(*s) > 0);
    match status {
        Some(status) => (status.as_str(), status.as_str()),
        None => ("skip", "empty"),
    }
}

/// Counts controls by their worst status; a control without results is in none.
pub fn controls_by_status(run: &Run) -> StatusSummary {
    let mut sum = StatusSummary::default();
    for control in run.controls.values() {
        if let Some(status) = Status::ALL.into_iter().find(|s| control.summary.count(*s) > 0) {
            sum.add(status);
        }
    }
    sum
}

/// How many of a section's controls have a failing result.
#[derive(Serialize)]
pub struct Score {
    failing: usize,
    total: usize,
}

/// Returns a section's score; a control that stands in it twice counts once.
pub fn score(group: &Group, run: &Run) -> Score {
    let mut controls = HashSet::new();
    collect_controls(group, &mut controls);
    let failing =
        controls.iter().filter(|name| run.controls.get(**name).is_some_and(|c| c.summary.failed() > 0)).count();
    Score { failing, total: controls.len() }
}

fn collect_controls<'a>(group: &'a Group, into: &mut HashSet<&'a str>) {
    into.extend(group.controls());
    for child in group.groups() {
        collect_controls(child, into);
    }
}
