//! PostgreSQL's types, as far as queries over an inventory can have them.

use std::fmt;

/// A PostgreSQL type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PgType {
    /// `boolean`
    Bool,
    /// `smallint`
    Int2,
    /// `integer`
    Int4,
    /// `bigint`
    Int8,
    /// `real`
    Float4,
    /// `double precision`
    Float8,
    /// `numeric`
    Numeric,
    /// `text`
    Text,
    /// `character varying`
    Varchar,
    /// `character(n)`
    Bpchar,
    /// `name`, what catalog functions return
    Name,
    /// `"char"` is not supported; `json` keeps its text
    Json,
    /// `jsonb`, canonical text
    Jsonb,
    /// `timestamp with time zone`
    Timestamptz,
    /// `timestamp without time zone`
    Timestamp,
    /// `date`
    Date,
    /// `time without time zone`
    Time,
    /// `time with time zone`
    Timetz,
    /// `interval`
    Interval,
    /// `inet`
    Inet,
    /// `cidr`
    Cidr,
    /// `ltree`
    Ltree,
    /// `money`
    Money,
    /// `uuid`
    Uuid,
    /// `bytea`
    Bytea,
    /// `oid`
    Oid,
    /// `regtype`, what `pg_typeof` returns
    Regtype,
    /// `jsonpath`
    Jsonpath,
    /// `T[]`
    Array(Box<PgType>),
    /// An anonymous row
    Record,
    /// A literal whose context has not decided yet
    Unknown,
    /// `void`
    Void,
}

impl PgType {
    /// Returns the internal name, as in `pg_type.typname`: `int8`, `timestamptz`, `_text`; arrays of arrays, which are
    /// one type in PostgreSQL, are told apart.
    pub fn internal_name(&self) -> String {
        let name = match self {
            Self::Bool => "bool",
            Self::Int2 => "int2",
            Self::Int4 => "int4",
            Self::Int8 => "int8",
            Self::Float4 => "float4",
            Self::Float8 => "float8",
            Self::Numeric => "numeric",
            Self::Text => "text",
            Self::Varchar => "varchar",
            Self::Bpchar => "bpchar",
            Self::Name => "name",
            Self::Json => "json",
            Self::Jsonb => "jsonb",
            Self::Timestamptz => "timestamptz",
            Self::Timestamp => "timestamp",
            Self::Date => "date",
            Self::Time => "time",
            Self::Timetz => "timetz",
            Self::Interval => "interval",
            Self::Inet => "inet",
            Self::Cidr => "cidr",
            Self::Ltree => "ltree",
            Self::Money => "money",
            Self::Uuid => "uuid",
            Self::Bytea => "bytea",
            Self::Oid => "oid",
            Self::Regtype => "regtype",
            Self::Jsonpath => "jsonpath",
            Self::Record => "record",
            Self::Unknown => "unknown",
            Self::Void => "void",
            Self::Array(element) => return format!("_{}", element.internal_name()),
        };
        name.to_owned()
    }

    /// Returns the name in `pg_type.typname`.
    pub fn type_name(&self) -> String {
        match self {
            Self::Array(element) if matches!(**element, Self::Array(_)) => element.type_name(),
            other => other.internal_name(),
        }
    }

    /// Returns the name that PostgreSQL's messages and `format_type` use: `bigint`, `text[]`.
    pub fn sql_name(&self) -> String {
        let name = match self {
            Self::Bool => "boolean",
            Self::Int2 => "smallint",
            Self::Int4 => "integer",
            Self::Int8 => "bigint",
            Self::Float4 => "real",
            Self::Float8 => "double precision",
            Self::Varchar => "character varying",
            Self::Bpchar => "character",
            Self::Timestamptz => "timestamp with time zone",
            Self::Timestamp => "timestamp without time zone",
            Self::Time => "time without time zone",
            Self::Timetz => "time with time zone",
            // An array of several dimensions has the type of one.
            Self::Array(element) if matches!(**element, Self::Array(_)) => return element.sql_name(),
            Self::Array(element) => return format!("{}[]", element.sql_name()),
            other => return other.internal_name(),
        };
        name.to_owned()
    }

    /// Returns the name that snapshots and result columns carry: `INT8`, `TIMESTAMPTZ`, `_TEXT`.
    pub fn display_name(&self) -> String {
        self.type_name().to_uppercase()
    }

    /// Reads a type name in any of PostgreSQL's spellings (`bigint`, `int8`, `timestamp with time zone`, `text[]`, `_text`).
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        if let Some(element) = name.strip_suffix("[]") {
            return Some(Self::Array(Box::new(Self::parse(element)?)));
        }
        if let Some(element) = name.strip_prefix('_') {
            return Some(Self::Array(Box::new(Self::parse(element)?)));
        }
        Some(match name.as_str() {
            "bool" | "boolean" => Self::Bool,
            "int2" | "smallint" => Self::Int2,
            "int" | "int4" | "integer" => Self::Int4,
            "int8" | "bigint" => Self::Int8,
            "float4" | "real" => Self::Float4,
            "float" | "float8" | "double precision" => Self::Float8,
            "numeric" | "decimal" | "dec" => Self::Numeric,
            "text" => Self::Text,
            "varchar" | "character varying" | "char varying" => Self::Varchar,
            "bpchar" | "char" | "character" => Self::Bpchar,
            "name" => Self::Name,
            "json" => Self::Json,
            "jsonb" => Self::Jsonb,
            "timestamptz" | "timestamp with time zone" => Self::Timestamptz,
            "timestamp" | "timestamp without time zone" => Self::Timestamp,
            "date" => Self::Date,
            "time" | "time without time zone" => Self::Time,
            "timetz" | "time with time zone" => Self::Timetz,
            "interval" => Self::Interval,
            "inet" => Self::Inet,
            "cidr" => Self::Cidr,
            "ltree" => Self::Ltree,
            "money" => Self::Money,
            "uuid" => Self::Uuid,
            "bytea" => Self::Bytea,
            "oid" => Self::Oid,
            "regtype" => Self::Regtype,
            "jsonpath" => Self::Jsonpath,
            "record" => Self::Record,
            "unknown" => Self::Unknown,
            "void" => Self::Void,
            _ => return None,
        })
    }

    /// Whether a control keeps a column of this type as a dimension.
    ///
    /// JSON documents, arrays and bytes are dropped, as upstream does; times are kept.
    pub fn is_dimension(&self) -> bool {
        !matches!(self, Self::Json | Self::Jsonb | Self::Array(_) | Self::Bytea | Self::Record)
    }
}

impl fmt::Display for PgType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sql_name())
    }
}
