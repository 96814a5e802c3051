//! Connections that cannot change anything, cannot run for ever and cannot take all memory.

use crate::inventory::backend::{Limits, QueryError};
use crate::model::value::Value;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// The most memory that SQLite may take in this process, and that one result may take.
const MEMORY_LIMIT: usize = 512 << 20;
/// The longest text or document.
const LENGTH_LIMIT: i32 = 128 << 20;
/// How many of SQLite's instructions pass between two looks at the limits: a fraction of a millisecond.
const STEPS: i32 = 1_000;
/// How long to wait for a writer that is just finishing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Opens a database read-only; every statement that is no query is refused.
pub(super) fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.execute_batch(&format!(
        "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -8000;
         PRAGMA hard_heap_limit = {MEMORY_LIMIT};"
    ))?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LENGTH_LIMIT)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.authorizer(Some(authorise))?;
    Ok(connection)
}

/// Allows reading and nothing else. A pragma is only allowed where it has no value to set: as the table-valued function
/// that tells of tables and columns.
fn authorise(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => Authorization::Allow,
        AuthAction::Function { function_name } if !function_name.eq_ignore_ascii_case("load_extension") => {
            Authorization::Allow
        }
        AuthAction::Pragma { pragma_value: None, .. } => Authorization::Allow,
        AuthAction::Pragma { pragma_name, .. }
            if ["table_info", "table_xinfo", "index_list", "index_info", "foreign_key_list"].contains(&pragma_name) =>
        {
            Authorization::Allow
        }
        _ => Authorization::Deny,
    }
}

/// Makes the connection stop at the limits.
pub(super) fn watch(connection: &mut Connection, limits: &Limits) -> Result<(), QueryError> {
    check(limits)?;
    let limits = limits.clone();
    let stop = move || limits.cancel.is_cancelled() || limits.is_over();
    connection.progress_handler(STEPS, Some(stop)).map_err(|e| QueryError::Execution(e.to_string()))
}

/// Fails when a limit is reached.
pub(in crate::inventory) fn check(limits: &Limits) -> Result<(), QueryError> {
    if limits.cancel.is_cancelled() {
        Err(QueryError::Cancelled)
    } else if limits.is_over() {
        Err(QueryError::TimedOut)
    } else {
        Ok(())
    }
}

/// Says what an error of SQLite means for the user.
pub(super) fn explain(error: rusqlite::Error, limits: &Limits) -> QueryError {
    if let Err(stopped) = check(limits)
        && error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
    {
        return stopped;
    }
    let mega = MEMORY_LIMIT >> 20;
    QueryError::Execution(match (error.sqlite_error_code(), error) {
        (Some(ErrorCode::OutOfMemory), _) => format!("the query needs more than {mega} MB of memory"),
        (Some(ErrorCode::TooBig), _) => {
            format!("a text or document of the query is longer than {} MB", LENGTH_LIMIT >> 20)
        }
        (Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked), _) => {
            "the database is being written by another process; try again".to_owned()
        }
        (Some(ErrorCode::DatabaseCorrupt), _) => "the database file is damaged".to_owned(),
        (Some(ErrorCode::AuthorizationForStatementDenied | ErrorCode::ReadOnly), _) => {
            "only queries are allowed; the database is opened read-only".to_owned()
        }
        (_, rusqlite::Error::SqliteFailure(_, Some(message))) => match message.as_str() {
            "argument of ntile must be a positive integer" => "argument of ntile must be greater than zero".to_owned(),
            "second argument to nth_value must be a positive integer" => {
                "argument of nth_value must be greater than zero".to_owned()
            }
            _ => message,
        },
        (_, error) => error.to_string(),
    })
}

/// Counts what a result takes.
#[derive(Default)]
pub(in crate::inventory) struct ResultSize(usize);

impl ResultSize {
    /// Adds a value.
    pub fn add(&mut self, value: &Value) -> Result<(), QueryError> {
        self.0 += size_of::<Value>() + heap_size(value);
        if self.0 > MEMORY_LIMIT {
            return Err(QueryError::Execution(format!("the result is larger than {} MB", MEMORY_LIMIT >> 20)));
        }
        Ok(())
    }
}

fn heap_size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => 0,
        Value::Numeric(text)
        | Value::Text(text)
        | Value::Json(text)
        | Value::Timestamptz(text)
        | Value::Timestamp(text)
        | Value::Date(text)
        | Value::Interval(text)
        | Value::Inet(text) => text.len(),
        Value::Array(items) => items.iter().map(|item| size_of::<Value>() + heap_size(item)).sum(),
    }
}
