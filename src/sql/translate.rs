//! The way from PostgreSQL's text to a SQLite statement.

use crate::model::diagnostic::Diagnostic;
use crate::model::pgtype::PgType;
use crate::model::source::SqlText;
use crate::model::value::Column;
use crate::sql::accelerate::accelerate;
use crate::sql::prune::prune;
use crate::sql::resolve::{Resolved, resolve};
use crate::sql::schema::Schema;
use crate::sql::{parse, render};

/// A translated query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The SQL for SQLite.
    pub sqlite: String,
    /// Names and PostgreSQL types of the result.
    pub columns: Vec<Column>,
    /// Types of `$1`, `$2` ...
    pub params: Vec<PgType>,
    /// The tables that are read, with the columns that are used, sorted.
    pub reads: Vec<TableRead>,
}

/// A table that a query reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRead {
    /// The table.
    pub table: String,
    /// The columns that the query uses; none for a bare `count(*)`.
    pub columns: Vec<String>,
}

/// Translates a query.
///
/// # Errors
///
/// Whatever PostgreSQL would refuse before it runs the query, and what is not supported, each with its place.
pub fn translate(sql: &SqlText, schema: &dyn Schema) -> Result<Statement, Box<Diagnostic>> {
    let mut resolved = check(sql, schema)?;
    prune(&mut resolved.query, &resolved.uses);
    accelerate(&mut resolved.query, &mut resolved.last);
    Ok(Statement {
        sqlite: render::render(&resolved.query),
        columns: resolved
            .query
            .columns
            .iter()
            .map(|(name, ty)| Column { name: name.clone(), pg_type: ty.clone() })
            .collect(),
        params: resolved.params,
        reads: resolved
            .reads
            .into_iter()
            .map(|(table, columns)| TableRead { table, columns: columns.into_iter().collect() })
            .collect(),
    })
}

/// Resolves and types a query without translating it.
///
/// # Errors
///
/// As [`translate`].
pub fn check(sql: &SqlText, schema: &dyn Schema) -> Result<Resolved, Box<Diagnostic>> {
    on_large_stack(sql.text.len(), || {
        let query = parse::parse(sql)?;
        resolve(sql, &query, schema)
    })
}

/// Texts up to this length cannot nest so deeply that a thread's usual stack does not hold it.
const SHORT: usize = 1_000;
/// What a long text gets: a chain of operators nests as deeply as it is long before it is looked at. Only what is used
/// of it is taken from memory.
const STACK: usize = 512 << 20;
/// Longer texts are no queries of people or mods.
const LONGEST: usize = 4 << 20;

fn on_large_stack<T: Send>(
    length: usize,
    work: impl FnOnce() -> Result<T, Box<Diagnostic>> + Send,
) -> Result<T, Box<Diagnostic>> {
    if length <= SHORT {
        return work();
    }
    let fail = |message: String| Box::new(Diagnostic::error(message).code("syntax"));
    if length > LONGEST {
        return Err(fail(format!("the query is longer than {} MB", LONGEST >> 20)));
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("sql".to_owned()).stack_size(STACK).spawn_scoped(scope, work);
        match thread {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(error) => Err(fail(format!("cannot start a thread to read a long query: {error}"))),
        }
    })
}
