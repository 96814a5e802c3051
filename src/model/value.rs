//! The values of a result set, whichever database answered.

use super::pgtype::PgType;

/// A column of a result set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name the query gave it; names may repeat.
    pub name: String,
    /// Its PostgreSQL type.
    pub pg_type: PgType,
}

/// One value. Texts are PostgreSQL's own output text of the type, in UTC.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// `bool`.
    Bool(bool),
    /// `int2`, `int4`, `int8`, `oid`.
    Int(i64),
    /// `float4`, `float8`.
    Float(f64),
    /// `numeric`: exact decimal text with its scale (`1.50`), or `NaN`, `Infinity`, `-Infinity`.
    Numeric(String),
    /// `text` and its relatives, and every type that is only shown: `uuid`, `money`, `ltree`, `regtype`, `time`.
    Text(String),
    /// `json` as written, `jsonb` in canonical text.
    Json(String),
    /// `timestamptz`, UTC: `2026-03-31 10:30:45.123456`, fraction without trailing zeros and absent when zero.
    Timestamptz(String),
    /// `timestamp`, the same layout.
    Timestamp(String),
    /// `date`: `2026-03-31`.
    Date(String),
    /// `interval` in PostgreSQL's output style: `1 year 2 mons 3 days 04:05:06.7`.
    Interval(String),
    /// `inet` without the mask of a single host, `cidr` with its mask.
    Inet(String),
    /// An array; elements in order.
    Array(Vec<Value>),
}

impl Value {
    /// Whether this is SQL NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

/// The rows that a query returned.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResultSet {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows; each as long as `columns`.
    pub rows: Vec<Vec<Value>>,
    /// Things the user should know of how the answer came about (`3 values could not be read as integer`).
    pub warnings: Vec<String>,
}

/// The value of a query argument, before the query's use of `$n` gives it a PostgreSQL type.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg {
    /// SQL NULL.
    Null,
    /// A string.
    Text(String),
    /// A whole number that fits 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A boolean.
    Bool(bool),
    /// A list; becomes a PostgreSQL array, or a JSON array where the parameter is `json`/`jsonb`.
    List(Vec<Arg>),
    /// An object, as JSON text.
    Object(String),
}
