//! PostgreSQL's functions as functions of SQLite.
//!
//! The translator emits calls of `pg_*`; this module registers them on a connection. All are deterministic within a
//! run: the clock stands still. A function that returns a set is a scalar function here that returns a JSON array,
//! which the translated SQL opens with `json_each`.

mod aggregates;
mod arrays;
mod bytes;
mod dates;
mod json;
mod networks;
mod numbers;
mod order;
mod ordered;
mod paths;
mod search;
mod statistics;
mod texts;
mod windows;

pub(in crate::sql) use windows::over_window;

use crate::sql::error::{PgError, PgResult};
use crate::sql::value::jsonb;
use chrono::{DateTime, Utc};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What the functions of a run share.
#[derive(Debug)]
pub struct Session {
    now: i64,
    unreadable: AtomicU64,
    /// What the running statement has indexed.
    indexes: std::sync::Mutex<Vec<Arc<search::Index>>>,
}

impl Session {
    /// Makes a session whose `now()` is that instant.
    pub fn new(clock: DateTime<Utc>) -> Arc<Self> {
        Arc::new(Self {
            now: clock.timestamp_micros(),
            unreadable: AtomicU64::new(0),
            indexes: std::sync::Mutex::default(),
        })
    }

    /// Returns the run's clock in microseconds since 1970.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// Returns how many values a condition could not convert since the last call.
    pub fn take_unreadable(&self) -> u64 {
        self.unreadable.swap(0, Ordering::Relaxed)
    }

    fn count_unreadable(&self) {
        self.unreadable.fetch_add(1, Ordering::Relaxed);
    }
}

/// Registers all functions on a connection.
pub fn register(connection: &Connection, session: &Arc<Session>) -> Result<()> {
    let registry = Registry { connection, session };
    json::register(&registry)?;
    texts::register(&registry)?;
    numbers::register(&registry)?;
    arrays::register(&registry)?;
    bytes::register(&registry)?;
    networks::register(&registry)?;
    statistics::register(&registry)?;
    dates::register(&registry)?;
    search::register(&registry)?;
    ordered::register(&registry)?;
    paths::register(&registry)?;
    windows::register(connection)?;
    aggregates::register(connection)?;
    for kind in ["numeric", "interval", "jsonb", "inet", "_text", "_numeric", "_interval", "_jsonb", "_inet"] {
        connection.create_collation(format!("pg_{kind}").as_str(), move |a, b| {
            if a == b { std::cmp::Ordering::Equal } else { order::texts(kind, a, b) }
        })?;
    }
    Ok(())
}

struct Registry<'c> {
    connection: &'c Connection,
    session: &'c Arc<Session>,
}

impl Registry<'_> {
    /// Registers a function that returns NULL when an argument is NULL.
    fn strict<F, T>(&self, name: &str, arguments: i32, function: F) -> Result<()>
    where
        F: Fn(&Args<'_>) -> PgResult<T> + Send + 'static,
        T: Into<Out>,
    {
        self.any(name, arguments, move |args| {
            if (0..args.len()).any(|i| args.is_null(i)) {
                return Ok(Out(Value::Null));
            }
            function(args).map(Into::into)
        })
    }

    /// Registers a function that looks at NULLs itself.
    fn any<F, T>(&self, name: &str, arguments: i32, function: F) -> Result<()>
    where
        F: Fn(&Args<'_>) -> PgResult<T> + Send + 'static,
        T: Into<Out>,
    {
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
        self.connection.create_scalar_function(name, arguments, flags, move |context| {
            match function(&Args { context }).map(|out| out.into().0) {
                // SQLite would take it for NULL.
                Ok(Value::Real(n)) if n.is_nan() => Err(Error::UserFunctionError(Box::new(PgError::new(
                    "NaN of type double precision is not supported",
                )))),
                other => other.map_err(|e| Error::UserFunctionError(Box::new(e))),
            }
        })
    }

    /// Registers a cast, and beside it `pg_try_...`, which gives NULL where the cast fails and counts it.
    fn cast<F, T>(&self, name: &str, arguments: i32, function: F) -> Result<()>
    where
        F: Fn(&Args<'_>) -> PgResult<T> + Send + Clone + 'static,
        T: Into<Out>,
    {
        self.strict(name, arguments, function.clone())?;
        let session = Arc::clone(self.session);
        let lenient = name.replacen("pg_", "pg_try_", 1);
        self.strict(&lenient, arguments, move |args| match function(args) {
            Ok(out) => Ok(out.into()),
            Err(_) => {
                session.count_unreadable();
                Ok(Out(Value::Null))
            }
        })
    }
}

/// The arguments of a call.
struct Args<'c> {
    context: &'c Context<'c>,
}

impl Args<'_> {
    fn len(&self) -> usize {
        self.context.len()
    }

    fn raw(&self, i: usize) -> ValueRef<'_> {
        self.context.get_raw(i)
    }

    fn is_null(&self, i: usize) -> bool {
        matches!(self.raw(i), ValueRef::Null)
    }

    fn text(&self, i: usize) -> PgResult<&str> {
        match self.raw(i) {
            ValueRef::Text(bytes) => {
                std::str::from_utf8(bytes).map_err(|_| PgError::new("invalid byte sequence for encoding \"UTF8\""))
            }
            other => Err(PgError::new(format!(
                "internal: argument {} is {} where text is expected",
                i + 1,
                other.data_type()
            ))),
        }
    }

    /// Returns the argument as text whatever number it is.
    fn display(&self, i: usize) -> PgResult<Option<String>> {
        match self.raw(i) {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(n) => Ok(Some(n.to_string())),
            ValueRef::Real(n) => Ok(Some(crate::sql::value::number::float_text(n))),
            _ => self.text(i).map(|t| Some(t.to_owned())),
        }
    }

    fn opt_text(&self, i: usize) -> PgResult<Option<&str>> {
        if i >= self.len() || self.is_null(i) { Ok(None) } else { self.text(i).map(Some) }
    }

    fn int(&self, i: usize) -> PgResult<i64> {
        match self.raw(i) {
            ValueRef::Integer(n) => Ok(n),
            other => Err(PgError::new(format!(
                "internal: argument {} is {} where an integer is expected",
                i + 1,
                other.data_type()
            ))),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "PostgreSQL's own conversion to double precision")]
    fn float(&self, i: usize) -> PgResult<f64> {
        match self.raw(i) {
            ValueRef::Real(n) => Ok(n),
            ValueRef::Integer(n) => Ok(n as f64),
            _ => crate::sql::value::number::to_float(self.text(i)?),
        }
    }

    fn json(&self, i: usize) -> PgResult<serde_json::Value> {
        jsonb::parse(self.text(i)?)
    }

    /// Returns the argument as an element of an array.
    fn item(&self, i: usize) -> PgResult<serde_json::Value> {
        Ok(match self.raw(i) {
            ValueRef::Null => serde_json::Value::Null,
            ValueRef::Integer(n) => n.into(),
            ValueRef::Real(n) => serde_json::Number::from_f64(n)
                .map(serde_json::Value::Number)
                .ok_or_else(|| PgError::new("NaN and Infinity in arrays are not supported"))?,
            _ => serde_json::Value::String(self.text(i)?.to_owned()),
        })
    }

    fn array(&self, i: usize) -> PgResult<Vec<serde_json::Value>> {
        crate::sql::value::array::stored(self.text(i)?)
    }
}

/// What a function returns.
struct Out(Value);

impl From<String> for Out {
    fn from(text: String) -> Self {
        Self(Value::Text(text))
    }
}

impl From<&str> for Out {
    fn from(text: &str) -> Self {
        Self(Value::Text(text.to_owned()))
    }
}

impl From<bool> for Out {
    fn from(value: bool) -> Self {
        Self(Value::Integer(i64::from(value)))
    }
}

impl From<i64> for Out {
    fn from(value: i64) -> Self {
        Self(Value::Integer(value))
    }
}

impl From<f64> for Out {
    fn from(value: f64) -> Self {
        Self(Value::Real(value))
    }
}

impl<T: Into<Self>> From<Option<T>> for Out {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self(Value::Null), Into::into)
    }
}

/// Returns a JSON array of texts, for `json_each` to open.
fn rows(texts: impl IntoIterator<Item = Option<String>>) -> String {
    let items = texts.into_iter().map(|t| t.map_or(serde_json::Value::Null, serde_json::Value::String)).collect();
    serde_json::Value::Array(items).to_string()
}
