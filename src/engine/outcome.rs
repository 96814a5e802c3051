//! What the rows of a query mean for its control.

use crate::model::run::{DimensionColumn, ResultRow};
use crate::model::status::{Status, StatusSummary};
use crate::model::value::{ResultSet, Value};

/// The results of a control.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Rows in the order error, alarm, info, ok, skip.
    pub rows: Vec<ResultRow>,
    /// The dimension columns.
    pub columns: Vec<DimensionColumn>,
    /// Counts of the rows.
    pub summary: StatusSummary,
}

/// Reads the rows of a control's query.
///
/// # Errors
///
/// A required column is missing, or a status is none of the five words.
pub fn judge(set: &ResultSet) -> Result<Outcome, String> {
    let place = |name: &str| set.columns.iter().position(|c| c.name == name);
    let (reason, resource, status) = (place("reason"), place("resource"), place("status"));
    let missing: Vec<&str> = [("reason", reason), ("resource", resource), ("status", status)]
        .iter()
        .filter(|(_, p)| p.is_none())
        .map(|(n, _)| *n)
        .collect();
    let (Some(reason), Some(resource), Some(status)) = (reason, resource, status) else {
        // As in Powerpipe: without rows nothing is missing.
        if set.rows.is_empty() {
            return Ok(Outcome::default());
        }
        let word = if missing.len() == 1 { "column" } else { "columns" };
        return Err(format!("control result is missing required {word}: [{}]", missing.join(" ")));
    };
    let dimensions: Vec<usize> = set
        .columns
        .iter()
        .enumerate()
        .filter(|(i, c)| ![reason, resource, status].contains(i) && c.pg_type.is_dimension())
        .map(|(i, _)| i)
        .collect();
    let mut outcome = Outcome {
        columns: dimensions
            .iter()
            .filter_map(|i| set.columns.get(*i))
            .map(|c| DimensionColumn { name: c.name.clone(), data_type: c.pg_type.display_name() })
            .collect(),
        ..Outcome::default()
    };
    let text = |row: &[Value], i: usize| row.get(i).map(Value::display).unwrap_or_default();
    for row in &set.rows {
        let word = text(row, status);
        let status = Status::parse(&word).ok_or_else(|| format!("invalid control status '{word}'"))?;
        outcome.summary.add(status);
        outcome.rows.push(ResultRow {
            status,
            reason: text(row, reason),
            resource: text(row, resource),
            dimensions: dimensions.iter().map(|i| text(row, *i)).collect(),
        });
    }
    outcome.rows.sort_by_key(|r| r.status);
    Ok(outcome)
}
