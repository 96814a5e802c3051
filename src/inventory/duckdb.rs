//! DuckDB files, queried in their own dialect.

use super::backend::{Backend, Connection, Limits, QueryError};
use super::sqlite::guard::ResultSize;
use super::stop::{only_queries, watched};
use crate::model::pgtype::PgType;
use crate::model::source::SqlText;
use crate::model::value::{Arg, Column, ResultSet, Value};
use chrono::{DateTime, NaiveDate, TimeDelta};
use duckdb::types::{TimeUnit, Value as Duck};
use duckdb::{AccessMode, Config};
use serde_json::json;
use std::path::PathBuf;

/// A DuckDB file that mods written for DuckDB query, untranslated and read-only. Queries cannot reach other files.
pub struct DuckdbBackend {
    path: PathBuf,
}

impl DuckdbBackend {
    /// Makes a backend on a file.
    ///
    /// # Errors
    ///
    /// When there is no such file.
    pub fn new(path: PathBuf) -> Result<Self, QueryError> {
        if !path.is_file() {
            return Err(QueryError::Connect(format!("there is no DuckDB file {}", path.display())));
        }
        Ok(Self { path })
    }
}

impl Backend for DuckdbBackend {
    fn connect(&self) -> Result<Box<dyn Connection>, QueryError> {
        let open = || {
            let config = Config::default()
                .access_mode(AccessMode::ReadOnly)?
                .enable_external_access(false)?
                .enable_autoload_extension(false)?;
            duckdb::Connection::open_with_flags(&self.path, config)
        };
        let database =
            open().map_err(|e| QueryError::Connect(format!("cannot open {}: {}", self.path.display(), reason(&e))))?;
        Ok(Box::new(DuckdbConnection { database }))
    }

    fn tables_of(&self, _: &SqlText) -> Vec<String> {
        Vec::new()
    }

    fn name(&self) -> String {
        let file = self.path.file_name().unwrap_or(self.path.as_os_str());
        format!("duckdb:{}", file.to_string_lossy())
    }
}

struct DuckdbConnection {
    database: duckdb::Connection,
}

impl Connection for DuckdbConnection {
    fn query(&mut self, sql: &SqlText, args: &[Arg], limits: &Limits) -> Result<ResultSet, QueryError> {
        only_queries(&sql.text)?;
        let handle = self.database.interrupt_handle();
        let database = &self.database;
        watched(limits, move || handle.interrupt(), || answer(database, &sql.text, args))
    }
}

fn answer(database: &duckdb::Connection, sql: &str, args: &[Arg]) -> Result<ResultSet, QueryError> {
    let failed = |e: duckdb::Error| QueryError::Execution(reason(&e));
    let mut statement = database.prepare(sql).map_err(failed)?;
    let wanted = statement.parameter_count();
    if wanted > args.len() {
        let message = format!("the query has a parameter ${wanted}, but got {} arguments", args.len());
        return Err(QueryError::Execution(message));
    }
    let bound: Vec<Duck> = args.iter().take(wanted).map(encode).collect();
    let mut rows = statement.query(duckdb::params_from_iter(bound)).map_err(failed)?;
    let names = rows.as_ref().map(duckdb::Statement::column_names).unwrap_or_default();
    let mut types: Vec<Option<PgType>> = vec![None; names.len()];
    let mut result = ResultSet::default();
    let mut size = ResultSize::default();
    while let Some(row) = rows.next().map_err(failed)? {
        let mut values = Vec::with_capacity(names.len());
        for (i, of) in types.iter_mut().enumerate() {
            let value: Duck = row.get(i).map_err(failed)?;
            let (value, kind) = decode(value);
            if of.is_none() {
                *of = kind;
            }
            size.add(&value)?;
            values.push(value);
        }
        result.rows.push(values);
    }
    let typed = names.into_iter().zip(types);
    result.columns = typed.map(|(name, of)| Column { name, pg_type: of.unwrap_or(PgType::Text) }).collect();
    Ok(result)
}

fn encode(arg: &Arg) -> Duck {
    match arg {
        Arg::Null => Duck::Null,
        Arg::Text(text) | Arg::Object(text) => Duck::Text(text.clone()),
        Arg::Int(number) => Duck::BigInt(*number),
        Arg::Float(number) => Duck::Double(*number),
        Arg::Bool(flag) => Duck::Boolean(*flag),
        Arg::List(_) => Duck::Text(arg.to_json().to_string()),
    }
}

fn decode(value: Duck) -> (Value, Option<PgType>) {
    let whole = |n: i64| (Value::Int(n), Some(PgType::Int8));
    let numeric = |text: String| (Value::Numeric(text), Some(PgType::Numeric));
    match value {
        Duck::Null => (Value::Null, None),
        Duck::Boolean(b) => (Value::Bool(b), Some(PgType::Bool)),
        Duck::TinyInt(n) => whole(n.into()),
        Duck::SmallInt(n) => whole(n.into()),
        Duck::Int(n) => whole(n.into()),
        Duck::BigInt(n) => whole(n),
        Duck::UTinyInt(n) => whole(n.into()),
        Duck::USmallInt(n) => whole(n.into()),
        Duck::UInt(n) => whole(n.into()),
        Duck::UBigInt(n) => i64::try_from(n).map_or_else(|_| numeric(n.to_string()), whole),
        Duck::HugeInt(n) => i64::try_from(n).map_or_else(|_| numeric(n.to_string()), whole),
        Duck::UHugeInt(n) => i64::try_from(n).map_or_else(|_| numeric(n.to_string()), whole),
        Duck::Float(n) => (Value::Float(n.to_string().parse().unwrap_or(f64::from(n))), Some(PgType::Float8)),
        Duck::Double(n) => (Value::Float(n), Some(PgType::Float8)),
        Duck::Decimal(n) => numeric(n.to_string()),
        Duck::Timestamp(unit, n) => (Value::Timestamp(instant(micros(unit, n))), Some(PgType::Timestamp)),
        Duck::Date32(days) => (Value::Date(day(days)), Some(PgType::Date)),
        Duck::Time64(unit, n) => {
            let text = instant(micros(unit, n));
            (Value::Text(text.split_once(' ').map_or(text.clone(), |(_, t)| t.to_owned())), Some(PgType::Time))
        }
        Duck::Text(text) | Duck::Enum(text) => (Value::Text(text), Some(PgType::Text)),
        Duck::Blob(bytes) | Duck::Geometry(bytes) => {
            let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
            (Value::Text(format!("\\x{hex}")), Some(PgType::Text))
        }
        Duck::Interval { months, days, nanos } => {
            (Value::Text(format!("{months} months {days} days {} us", nanos / 1_000)), Some(PgType::Text))
        }
        nested => (Value::Json(document(nested).to_string()), Some(PgType::Json)),
    }
}

/// A list, a struct, a map or a union as JSON.
fn document(value: Duck) -> serde_json::Value {
    match value {
        Duck::List(items) | Duck::Array(items) => items.into_iter().map(document).collect(),
        Duck::Struct(fields) => fields.iter().map(|(k, v)| (k.clone(), document(v.clone()))).collect(),
        Duck::Map(entries) => {
            let key =
                |k: &Duck| document(k.clone()).as_str().map_or_else(|| document(k.clone()).to_string(), str::to_owned);
            entries.iter().map(|(k, v)| (key(k), document(v.clone()))).collect()
        }
        Duck::Union(inner) => document(*inner),
        simple => match decode(simple).0 {
            Value::Null => serde_json::Value::Null,
            Value::Bool(b) => b.into(),
            Value::Int(n) => n.into(),
            Value::Float(n) => json!(n),
            other => other.display().into(),
        },
    }
}

fn micros(unit: TimeUnit, n: i64) -> i64 {
    match unit {
        TimeUnit::Second => n.saturating_mul(1_000_000),
        TimeUnit::Millisecond => n.saturating_mul(1_000),
        TimeUnit::Microsecond => n,
        TimeUnit::Nanosecond => n.div_euclid(1_000),
    }
}

fn instant(micros: i64) -> String {
    DateTime::from_timestamp_micros(micros)
        .map_or_else(|| micros.to_string(), |t| t.format("%Y-%m-%d %H:%M:%S%.f").to_string())
}

fn day(days: i32) -> String {
    let date = NaiveDate::default().checked_add_signed(TimeDelta::days(days.into()));
    date.map_or_else(|| days.to_string(), |d| d.format("%Y-%m-%d").to_string())
}

/// Says what went wrong.
fn reason(error: &duckdb::Error) -> String {
    match error {
        duckdb::Error::DuckDBFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    }
}
