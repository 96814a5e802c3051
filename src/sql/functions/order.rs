//! The order and equality of values whose representation does not sort as PostgreSQL does.
//!
//! `kind` is the internal name of the type: `numeric`, `jsonb`, `interval`, `inet`, `cidr`, or an array `_type`.

use crate::sql::value::inet::Network;
use crate::sql::value::interval::Interval;
use crate::sql::value::{array, jsonb, number};
use rusqlite::types::ValueRef;
use std::cmp::Ordering;

/// Compares two values of a type that are not NULL.
pub(super) fn compare(kind: &str, a: ValueRef<'_>, b: ValueRef<'_>) -> Ordering {
    match (a, b) {
        (ValueRef::Integer(x), ValueRef::Integer(y)) => x.cmp(&y),
        (ValueRef::Real(x), ValueRef::Real(y)) => x.partial_cmp(&y).unwrap_or(Ordering::Equal),
        (ValueRef::Text(x), ValueRef::Text(y)) => match (std::str::from_utf8(x), std::str::from_utf8(y)) {
            (Ok(x), Ok(y)) => texts(kind, x, y),
            _ => x.cmp(y),
        },
        _ => Ordering::Equal,
    }
}

/// Compares two stored texts of a type.
pub(super) fn texts(kind: &str, a: &str, b: &str) -> Ordering {
    let plain = || a.as_bytes().cmp(b.as_bytes());
    match kind {
        "numeric" => number::compare(a, b),
        "interval" => match (Interval::stored(a), Interval::stored(b)) {
            (Ok(x), Ok(y)) => x.compare(y),
            _ => plain(),
        },
        "jsonb" => match (jsonb::parse(a), jsonb::parse(b)) {
            (Ok(x), Ok(y)) => jsonb::compare(&x, &y),
            _ => plain(),
        },
        "inet" | "cidr" => match (Network::parse(a, "inet"), Network::parse(b, "inet")) {
            (Ok(x), Ok(y)) => x.compare(y),
            _ => plain(),
        },
        kind if kind.starts_with('_') => match (array::stored(a), array::stored(b)) {
            (Ok(x), Ok(y)) => array_order(kind.trim_start_matches('_'), &x, &y),
            _ => plain(),
        },
        _ => plain(),
    }
}

/// Compares arrays element by element, then by length; NULL is greatest.
pub(super) fn array_order(kind: &str, a: &[serde_json::Value], b: &[serde_json::Value]) -> Ordering {
    let by_element = a.iter().zip(b).map(|(x, y)| elements(kind, x, y)).find(|o| *o != Ordering::Equal);
    by_element.unwrap_or_else(|| a.len().cmp(&b.len()))
}

/// Compares two elements of an array.
pub(super) fn elements(kind: &str, a: &serde_json::Value, b: &serde_json::Value) -> Ordering {
    use serde_json::Value as V;
    match (a, b) {
        (V::Null, V::Null) => Ordering::Equal,
        (V::Null, _) => Ordering::Greater,
        (_, V::Null) => Ordering::Less,
        (V::Number(x), V::Number(y)) => number::compare(x.as_str(), y.as_str()),
        (V::String(x), V::String(y)) => texts(kind, x, y),
        (V::Array(x), V::Array(y)) => array_order(kind, x, y),
        _ => a.to_string().cmp(&b.to_string()),
    }
}
