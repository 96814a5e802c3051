//! The check before a query runs: does the inventory hold all that the query reads?

use crate::inventory::backend::QueryError;
use crate::inventory::manifest::{Entry, Found, Manifest, not_there};
use crate::model::run::Completeness;
use crate::sql::TableRead;

/// How many faults a message names.
const SHOWN: usize = 3;

/// Fails unless every table and column that a query reads is there for every account.
pub(super) fn check(manifest: &Manifest, reads: &[TableRead]) -> Result<(), QueryError> {
    let mut faults = Vec::new();
    for read in reads {
        for found in manifest.of_table(&read.table) {
            faults.extend(fault(manifest, &found, &read.columns));
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    let hidden = faults.len().saturating_sub(SHOWN);
    let mut message = faults.into_iter().take(SHOWN).collect::<Vec<_>>().join("; ");
    if hidden > 0 {
        message += &format!("; and {hidden} more");
    }
    Err(QueryError::Incomplete(message))
}

fn fault(manifest: &Manifest, found: &Found<'_>, columns: &[String]) -> Option<String> {
    let table = found.table;
    let of = match found.account {
        "" => String::new(),
        account => format!(" for account {account}"),
    };
    let Some(entry) = found.entry else {
        return Some(format!("table {table} is not in the inventory{of}: {}", not_there(table, &manifest.origin)));
    };
    let reason = match entry.state.reason.as_str() {
        "" => "the reason is not known",
        reason => reason,
    };
    let again = if manifest.origin.is_empty() { "run `ironpipe collect` again" } else { "add it and import again" };
    match entry.state.completeness {
        Completeness::Complete => missing_column(entry, columns, &of),
        Completeness::Partial if !entry.missing_columns.is_empty() => missing_column(entry, columns, &of),
        Completeness::Partial => Some(format!("table {table} is not complete{of}: {reason}; {again}")),
        Completeness::Denied => {
            let denied = format!("table {table} could not be read{of}: {reason}");
            Some(format!("{denied}; allow it to the collecting identity and {again}"))
        }
        Completeness::Failed => Some(format!("table {table} could not be read{of}: {reason}; {again}")),
        Completeness::NotCollected => Some(format!("table {table} is not in the inventory{of}: {reason}")),
    }
}

fn missing_column(entry: &Entry, columns: &[String], of: &str) -> Option<String> {
    let table = &entry.state.table;
    let (column, reason) = columns.iter().find_map(|c| entry.missing_columns.get_key_value(c))?;
    Some(format!("column {column} of table {table} is not known{of}: {reason}"))
}
