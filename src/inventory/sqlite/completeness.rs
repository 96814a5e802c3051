//! The check before a query runs: does the inventory hold all that the query reads?

use crate::inventory::backend::QueryError;
use crate::inventory::manifest::{Entry, Found, Manifest, not_there};
use crate::model::run::Completeness;
use crate::sql::TableRead;
use indexmap::IndexMap;

/// How many faults, and how many accounts of a fault, a message names.
const SHOWN: usize = 3;

/// What is wrong with a table: the text before and after the accounts of which it is so.
type Fault = (String, String);

/// Fails unless every table and column that a query reads is there for every account.
pub(super) fn check(manifest: &Manifest, reads: &[TableRead]) -> Result<(), QueryError> {
    let mut faults: IndexMap<Fault, Vec<&str>> = IndexMap::new();
    for read in reads {
        for found in manifest.of_table(&read.table) {
            if let Some(fault) = fault(manifest, &found, &read.columns) {
                faults.entry(fault).or_default().push(found.account);
            }
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    let hidden = faults.len().saturating_sub(SHOWN);
    let told = faults.iter().take(SHOWN).map(|((before, after), accounts)| format!("{before}{}{after}", of(accounts)));
    let mut message = told.collect::<Vec<_>>().join("; ");
    if hidden > 0 {
        message += &format!("; and {hidden} more");
    }
    Err(QueryError::Incomplete(message))
}

/// Names the accounts of a fault; nothing for a table that is of no account.
fn of(accounts: &[&str]) -> String {
    let hidden = accounts.len().saturating_sub(SHOWN);
    match accounts {
        [] | [""] => String::new(),
        [account] => format!(" for account {account}"),
        [others @ .., last] if hidden == 0 => format!(" for accounts {} and {last}", others.join(", ")),
        _ => format!(
            " for accounts {} and {hidden} more",
            accounts.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ")
        ),
    }
}

fn fault(manifest: &Manifest, found: &Found<'_>, columns: &[String]) -> Option<Fault> {
    let table = found.table;
    let Some(entry) = found.entry else {
        let why = not_there(table, &manifest.origin);
        return Some((format!("table {table} is not in the inventory"), format!(": {why}")));
    };
    let reason = match entry.state.reason.as_str() {
        "" => "the reason is not known",
        reason => reason,
    };
    let again = if manifest.origin.is_empty() { "run `ironpipe collect` again" } else { "add it and import again" };
    let unread = format!("table {table} could not be read");
    match entry.state.completeness {
        Completeness::Complete => missing_column(entry, columns),
        Completeness::Partial if !entry.missing_columns.is_empty() => missing_column(entry, columns),
        Completeness::Partial => Some((format!("table {table} is not complete"), format!(": {reason}; {again}"))),
        Completeness::Denied => Some((unread, format!(": {reason}; allow it to the collecting identity and {again}"))),
        Completeness::Failed => Some((unread, format!(": {reason}; {again}"))),
        Completeness::NotCollected => Some((format!("table {table} is not in the inventory"), format!(": {reason}"))),
    }
}

fn missing_column(entry: &Entry, columns: &[String]) -> Option<Fault> {
    let table = &entry.state.table;
    let (column, reason) = columns.iter().find_map(|c| entry.missing_columns.get_key_value(c))?;
    Some((format!("column {column} of table {table} is not known"), format!(": {reason}")))
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn accounts_are_named() {
        assert_eq!(of(&[""]), "");
        assert_eq!(of(&["1"]), " for account 1");
        assert_eq!(of(&["1", "2"]), " for accounts 1 and 2");
        assert_eq!(of(&["1", "2", "3"]), " for accounts 1, 2 and 3");
        assert_eq!(of(&["1", "2", "3", "4", "5"]), " for accounts 1, 2, 3 and 2 more");
    }
}
