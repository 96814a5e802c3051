//! The way from PostgreSQL's text to a SQLite statement.

use crate::model::diagnostic::Diagnostic;
use crate::model::pgtype::PgType;
use crate::model::source::SqlText;
use crate::model::value::Column;
use crate::sql::accelerate::accelerate;
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
pub fn check(sql: &SqlText, schema: &dyn Schema) -> Result<Resolved, Box<Diagnostic>> {
    let query = parse::parse(sql)?;
    resolve(sql, &query, schema)
}
