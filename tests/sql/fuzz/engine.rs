//! Our side.

use super::tables::Data;
use super::{Outcome, Statement};
use chrono::{DateTime, Utc};
use ironpipe::model::source::SqlText;
use ironpipe::sql::convert::decode;
use ironpipe::sql::functions::{Session, register};
use ironpipe::sql::translate;
use rusqlite::Connection;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A connection with the tables and PostgreSQL's functions.
pub struct Engine<'d> {
    connection: Connection,
    session: Arc<Session>,
    data: &'d Data,
}

impl<'d> Engine<'d> {
    /// Fills a database in memory.
    pub fn new(data: &'d Data) -> Self {
        let clock: DateTime<Utc> = "2026-03-31T10:30:45.123456Z".parse().unwrap();
        let session = Session::new(clock);
        let connection = Connection::open_in_memory().unwrap();
        register(&connection, &session).unwrap();
        connection.execute_batch(&data.sqlite()).unwrap();
        Self { connection, session, data }
    }

    /// Answers a statement; true when a cast in a condition could not read a value.
    pub fn answer(&mut self, statement: &Statement) -> (Outcome, bool) {
        let translated = match translate(&SqlText::inline(statement.sql.clone()), self.data) {
            Ok(translated) => translated,
            Err(diagnostic) if diagnostic.code == "unsupported-sql" => {
                return (Outcome::Refused(diagnostic.message), false);
            }
            Err(diagnostic) => return (Outcome::Error(diagnostic.message), false),
        };
        let started = Instant::now();
        self.connection.progress_handler(10_000, Some(move || started.elapsed() > Duration::from_secs(20))).unwrap();
        let outcome = self.rows(&translated);
        (outcome.unwrap_or_else(Outcome::Error), self.session.take_unreadable() > 0)
    }

    fn rows(&self, translated: &ironpipe::sql::Statement) -> Result<Outcome, String> {
        let fail = |e: rusqlite::Error| e.to_string();
        let mut prepared = self.connection.prepare(&translated.sqlite).map_err(|e| format!("internal: {e}"))?;
        let mut rows = prepared.query([]).map_err(fail)?;
        let mut texts = Vec::new();
        while let Some(row) = rows.next().map_err(fail)? {
            let mut fields = Vec::new();
            for (i, column) in translated.columns.iter().enumerate() {
                let value = decode(row.get_ref(i).map_err(fail)?, &column.pg_type).map_err(|e| e.to_string())?;
                fields.push(field(value.pg_text(&column.pg_type)));
            }
            texts.push(format!("({})", fields.join(",")));
        }
        let types = if texts.is_empty() {
            Vec::new()
        } else {
            translated.columns.iter().map(|c| c.pg_type.sql_name()).collect()
        };
        Ok(Outcome::Rows(types, texts))
    }
}

/// Quotes a field as PostgreSQL does in the text of a row.
fn field(text: Option<String>) -> String {
    let Some(text) = text else { return String::new() };
    let special = |c: char| c.is_ascii_whitespace() || c == '\u{b}' || matches!(c, '(' | ')' | ',' | '"' | '\\');
    if !text.is_empty() && !text.contains(special) {
        return text;
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\"\""))
}
