//! The interface between the engine and whatever answers queries.

use crate::model::diagnostic::Diagnostic;
use crate::model::source::SqlText;
use crate::model::value::{Arg, ResultSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A database that answers queries: the inventory, a PostgreSQL server, a SQLite file.
pub trait Backend: Send + Sync {
    /// Opens a connection. Each thread of the engine has its own.
    fn connect(&self) -> Result<Box<dyn Connection>, QueryError>;

    /// Returns the tables that a query reads, sorted; empty where the backend does not look into the SQL.
    ///
    /// The collector uses it to load only what is needed, reports to show what a result rests on.
    fn tables_of(&self, sql: &SqlText) -> Vec<String>;

    /// Returns what a report calls it: `inventory`, or a connection's name. Never a password.
    fn name(&self) -> String;
}

/// A connection that runs one query at a time and can never change data.
pub trait Connection: Send {
    /// Runs a query with `$n` bound by number.
    ///
    /// # Errors
    ///
    /// Everything that PostgreSQL would call an error, a time-out, a cancellation, and a read of a table that the
    /// inventory does not hold completely.
    fn query(&mut self, sql: &SqlText, args: &[Arg], limits: &Limits) -> Result<ResultSet, QueryError>;
}

/// When a query must stop.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// The instant after which the query is stopped.
    pub deadline: Option<Instant>,
    /// Set by Ctrl-C.
    pub cancel: Cancel,
}

impl Limits {
    /// Makes limits from a time-out; zero means none.
    pub fn new(timeout: Duration, cancel: Cancel) -> Self {
        let deadline = (!timeout.is_zero()).then(|| Instant::now() + timeout);
        Self { deadline, cancel }
    }

    /// Whether the time is over.
    pub fn is_over(&self) -> bool {
        self.deadline.is_some_and(|d| Instant::now() >= d)
    }
}

/// A flag that stops everything that shares it.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks everything to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether a stop was asked for.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Why a query gave no rows.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum QueryError {
    /// The SQL is wrong, or uses what is not supported; with the place where that is known.
    #[error("{}", .0.message)]
    Sql(Box<Diagnostic>),
    /// The database failed while answering, with PostgreSQL's message (`division by zero`).
    #[error("{0}")]
    Execution(String),
    /// A table that the query reads is not there, or not whole; the text says which, why, and what to do.
    #[error("{0}")]
    Incomplete(String),
    /// The time-out was reached.
    #[error("query timed out")]
    TimedOut,
    /// The user stopped the run.
    #[error("execution cancelled")]
    Cancelled,
    /// The database cannot be opened or reached.
    #[error("{0}")]
    Connect(String),
}
