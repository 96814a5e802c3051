//! What a collector or an import hands to the inventory: rows with the state of each table.

use crate::model::run::TableState;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One row in table shape.
///
/// An absent key is SQL NULL; an explicit null in a jsonb column is the JSON value null; timestamps are ISO 8601 text;
/// jsonb values are nested.
pub type Row = Map<String, Value>;

/// Tables to put into the inventory in one transaction.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Load {
    /// One entry for each table and account.
    pub entries: Vec<TableLoad>,
}

/// One table of one account.
#[derive(Debug, Clone, PartialEq)]
pub struct TableLoad {
    /// The table.
    pub table: String,
    /// The account; empty where the data does not say.
    pub account_id: String,
    /// Its rows, which replace the account's earlier ones.
    pub rows: Vec<Row>,
    /// How complete the rows are.
    pub state: TableState,
    /// Columns without values although AWS may have some, and why.
    pub missing_columns: BTreeMap<String, String>,
}
