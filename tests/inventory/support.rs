//! Small inventories.

use chrono::{DateTime, Utc};
use ironpipe::inventory::backend::{Backend as _, Limits, QueryError};
use ironpipe::inventory::{Inventory, InventoryBackend, Load, Row, TableLoad};
use ironpipe::model::run::{Completeness, TableState};
use ironpipe::model::source::SqlText;
use ironpipe::model::value::{Arg, ResultSet};
use serde_json::Value;
use std::collections::BTreeMap;

pub const ACCOUNT: &str = "111122223333";
pub const OTHER: &str = "444455556666";

pub fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub fn row(value: &Value) -> Row {
    value.as_object().unwrap().clone()
}

pub fn state(completeness: Completeness, reason: &str) -> TableState {
    TableState {
        table: String::new(),
        account_id: String::new(),
        completeness,
        collected_at: Some(time("2026-03-31T10:30:45Z")),
        source: "iam:Test".to_owned(),
        reason: reason.to_owned(),
    }
}

pub fn entry(table: &str, account: &str, rows: &[Value]) -> TableLoad {
    TableLoad {
        table: table.to_owned(),
        account_id: account.to_owned(),
        rows: rows.iter().map(row).collect(),
        state: state(Completeness::Complete, ""),
        missing_columns: BTreeMap::new(),
        regions: Vec::new(),
    }
}

pub fn load(entries: Vec<TableLoad>) -> Load {
    Load { entries, ..Load::default() }
}

pub fn inventory(entries: Vec<TableLoad>) -> Inventory {
    let mut inventory = Inventory::temporary().unwrap();
    inventory.replace_tables(&load(entries)).unwrap();
    inventory
}

pub fn query(inventory: &Inventory, sql: &str) -> Result<ResultSet, QueryError> {
    query_with(inventory, sql, &[], &Limits::default())
}

pub fn query_with(inventory: &Inventory, sql: &str, args: &[Arg], limits: &Limits) -> Result<ResultSet, QueryError> {
    let backend = InventoryBackend::new(inventory, None)?;
    backend.connect()?.query(&SqlText::inline(sql), args, limits)
}

/// The rows as text: columns by `|`, NULL as nothing.
pub fn lines(result: &ResultSet) -> Vec<String> {
    use ironpipe::model::value::Value as V;
    let text = |value: &V| match value {
        V::Null => String::new(),
        V::Bool(flag) => flag.to_string(),
        V::Int(number) => number.to_string(),
        V::Float(number) => number.to_string(),
        V::Numeric(t)
        | V::Text(t)
        | V::Json(t)
        | V::Timestamptz(t)
        | V::Timestamp(t)
        | V::Date(t)
        | V::Interval(t)
        | V::Inet(t) => t.clone(),
        V::Array(items) => format!("{items:?}"),
    };
    result.rows.iter().map(|r| r.iter().map(text).collect::<Vec<_>>().join("|")).collect()
}
