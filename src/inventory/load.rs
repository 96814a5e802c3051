//! Rows on their way into the inventory, with what is known of their completeness.

use crate::model::run::{Account, TableState};
use std::collections::BTreeMap;

/// A row in the shape of its table.
///
/// An absent key is SQL NULL. In a `jsonb` column an explicit `null` is the JSON value null; in every other column it is
/// SQL NULL. Timestamps are ISO 8601 text, `jsonb` values are nested.
pub type Row = serde_json::Map<String, serde_json::Value>;

/// What one collection or import found: it becomes visible as a whole or not at all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Load {
    /// The tables, each for one account. A table that could not be read is an entry without rows.
    pub entries: Vec<TableLoad>,
    /// What was learnt about the accounts.
    pub accounts: Vec<AccountFacts>,
    /// The profiles that were collected with, each with the reason where its account could not even be identified.
    pub profiles: BTreeMap<String, Option<String>>,
}

/// One table of one account.
#[derive(Debug, Clone, PartialEq)]
pub struct TableLoad {
    /// The table.
    pub table: String,
    /// The account. Empty means all accounts: the rows replace the whole table.
    pub account_id: String,
    /// Its rows, which replace all earlier rows of the account in this table.
    pub rows: Vec<Row>,
    /// How complete the rows are.
    pub state: TableState,
    /// Columns that are NULL because they could not be read, each with the reason (`iam:GetLoginProfile was denied`).
    ///
    /// With a complete or partial state, all rows are there and only queries that read one of these columns fail. A
    /// partial state with no missing columns means that rows are missing: every query of the table fails.
    pub missing_columns: BTreeMap<String, String>,
    /// The regions that the rows are of, as they were asked for (`eu-*`); empty for all, and for what has no regions.
    pub regions: Vec<String>,
}

/// What is known of an account beside its tables.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct AccountFacts {
    /// The 12-digit account id.
    pub id: String,
    /// Its first alias or name; empty when unknown.
    pub alias: String,
    /// ARN of the identity that collected; empty when unknown.
    pub caller: String,
}

impl From<AccountFacts> for Account {
    fn from(facts: AccountFacts) -> Self {
        Self { id: facts.id, alias: facts.alias }
    }
}
