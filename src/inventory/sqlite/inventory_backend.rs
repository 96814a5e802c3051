//! The inventory as a database that speaks PostgreSQL's dialect.

use super::{completeness, guard};
use crate::inventory::backend::{Backend, Connection, Limits, QueryError};
use crate::inventory::file::{self, Inventory, Location, Mode};
use crate::inventory::manifest::Manifest;
use crate::inventory::schema::schema;
use crate::model::diagnostic::Diagnostic;
use crate::model::source::SqlText;
use crate::model::value::{Arg, ResultSet};
use crate::sql::functions::{self, Session};
use crate::sql::parse::WAY_OUT;
use crate::sql::{Statement, convert, translate};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Answers PostgreSQL queries from an inventory, as it is at one moment: another process that writes the file meanwhile
/// waits until the backend is dropped.
pub struct InventoryBackend {
    shared: Arc<Shared>,
}

struct Shared {
    location: Location,
    manifest: Manifest,
    clock: DateTime<Utc>,
    statements: Mutex<HashMap<String, Arc<Statement>>>,
    /// A read transaction that keeps the contents from changing between two queries.
    _anchor: Mutex<rusqlite::Connection>,
}

impl InventoryBackend {
    /// Makes a backend on an inventory. Its clock, what `now()` is, is the instant of the latest collection unless
    /// another is given.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn new(inventory: &Inventory, clock: Option<DateTime<Utc>>) -> Result<Self, QueryError> {
        let path = inventory.path();
        let connect_error =
            |reason: String| QueryError::Connect(format!("cannot read the inventory {}: {reason}", path.display()));
        let anchor = file::connect(path, Mode::Read).map_err(|e| connect_error(e.to_string()))?;
        let begin = || {
            anchor.execute_batch("BEGIN")?;
            Manifest::read(&anchor)
        };
        let manifest = begin().map_err(|e| connect_error(guard::explain(e, &Limits::default()).to_string()))?;
        let clock = clock.or_else(|| manifest.collected_at()).unwrap_or_else(Utc::now);
        let location = inventory.location.clone();
        let shared = Shared { location, manifest, clock, statements: Mutex::default(), _anchor: Mutex::new(anchor) };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Returns the run's clock.
    pub fn clock(&self) -> DateTime<Utc> {
        self.shared.clock
    }

    /// Returns what the inventory knows of its contents.
    pub fn manifest(&self) -> &Manifest {
        &self.shared.manifest
    }
}

impl Backend for InventoryBackend {
    fn connect(&self) -> Result<Box<dyn Connection>, QueryError> {
        let session = Session::new(self.shared.clock);
        let open = || {
            let database = guard::open(self.shared.location.path())?;
            functions::register(&database, &session)?;
            Ok(database)
        };
        let database = open().map_err(|e: rusqlite::Error| {
            let reason = guard::explain(e, &Limits::default());
            QueryError::Connect(format!(
                "cannot open the inventory {}: {reason}",
                self.shared.location.path().display()
            ))
        })?;
        Ok(Box::new(InventoryConnection { shared: Arc::clone(&self.shared), database, session }))
    }

    fn tables_of(&self, sql: &SqlText) -> Vec<String> {
        self.shared.statement(sql).map(|s| s.reads.iter().map(|r| r.table.clone()).collect()).unwrap_or_default()
    }

    fn name(&self) -> String {
        "inventory".to_owned()
    }
}

impl Shared {
    /// Translates a text once per run. A faulty one is translated again each time: its faults have places in the file
    /// that this text came from, and the same text may stand in two files.
    fn statement(&self, sql: &SqlText) -> Result<Arc<Statement>, QueryError> {
        let mut known = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(statement) = known.get(&sql.text) {
            return Ok(Arc::clone(statement));
        }
        drop(known);
        let statement = Arc::new(translate(sql, schema()).map_err(QueryError::Sql)?);
        known = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(sql.text.clone(), Arc::clone(&statement));
        Ok(statement)
    }
}

struct InventoryConnection {
    shared: Arc<Shared>,
    database: rusqlite::Connection,
    session: Arc<Session>,
}

impl Connection for InventoryConnection {
    fn query(&mut self, sql: &SqlText, args: &[Arg], limits: &Limits) -> Result<ResultSet, QueryError> {
        guard::check(limits)?;
        let statement = self.shared.statement(sql)?;
        completeness::check(&self.shared.manifest, &statement.reads)?;
        let values = encode_args(&statement, args, self.session.now())?;
        guard::watch(&mut self.database, limits)?;
        self.session.take_unreadable();
        self.session.drop_indexes();
        let mut prepared =
            self.database.prepare_cached(&statement.sqlite).map_err(|e| not_prepared(e, &statement, limits))?;
        let mut rows = prepared.query(rusqlite::params_from_iter(values)).map_err(|e| guard::explain(e, limits))?;
        let mut result = ResultSet { columns: statement.columns.clone(), ..ResultSet::default() };
        let mut size = guard::ResultSize::default();
        while let Some(row) = rows.next().map_err(|e| guard::explain(e, limits))? {
            let mut values = Vec::with_capacity(statement.columns.len());
            for (i, column) in statement.columns.iter().enumerate() {
                let raw = row.get_ref(i).map_err(|e| guard::explain(e, limits))?;
                let value = convert::decode(raw, &column.pg_type).map_err(|e| QueryError::Execution(e.to_string()))?;
                size.add(&value)?;
                values.push(value);
            }
            result.rows.push(values);
        }
        let unreadable = self.session.take_unreadable();
        if unreadable > 0 {
            let values = if unreadable == 1 { "value" } else { "values" };
            result
                .warnings
                .push(format!("{unreadable} {values} in a condition could not be converted and counted as NULL"));
        }
        Ok(result)
    }
}

fn encode_args(statement: &Statement, args: &[Arg], now: i64) -> Result<Vec<rusqlite::types::Value>, QueryError> {
    if args.len() != statement.params.len() {
        let wanted = statement.params.len();
        return Err(QueryError::Execution(format!("expected {wanted} arguments, got {}", args.len())));
    }
    let encode = |(i, (arg, of)): (usize, (&Arg, &_))| {
        convert::encode(arg, of, now).map_err(|e| QueryError::Execution(format!("argument ${}: {e}", i + 1)))
    };
    args.iter().zip(&statement.params).enumerate().map(encode).collect()
}

/// Says why SQLite does not take a statement that was translated and whose tables are there.
fn not_prepared(error: rusqlite::Error, statement: &Statement, limits: &Limits) -> QueryError {
    let message = match guard::explain(error, limits) {
        QueryError::Execution(message) => message,
        other => return other,
    };
    let column = message.strip_prefix("no such column: ").and_then(|c| c.split_whitespace().next()?.rsplit('.').next());
    match column.map(|c| c.trim_matches('"')) {
        Some(column) if statement.reads.iter().any(|r| r.columns.iter().any(|c| c == column)) => {
            QueryError::Incomplete(format!(
                "column {column} is not in the inventory, which an older ironpipe wrote; run `ironpipe collect` again"
            ))
        }
        // What SQLite says of the translated text does not help anybody who wrote the query.
        _ => {
            let why = message.split(" in SELECT").next().unwrap_or(&message).trim_end_matches(" in");
            let fault = Diagnostic::error(format!("this query is not supported on the inventory ({why})"));
            QueryError::Sql(Box::new(fault.code("unsupported-sql").help(WAY_OUT)))
        }
    }
}
