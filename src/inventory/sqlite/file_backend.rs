//! Any SQLite file, queried in its own dialect.

use super::guard;
use crate::inventory::backend::{Backend, Connection, Limits, QueryError};
use crate::inventory::file::check_header;
use crate::model::pgtype::PgType;
use crate::model::source::SqlText;
use crate::model::value::{Arg, Column, ResultSet, Value};
use rusqlite::types::{Value as Sqlite, ValueRef};
use std::path::{Path, PathBuf};

/// A SQLite file that mods written for SQLite query, untranslated and read-only.
#[derive(Debug)]
pub struct FileBackend {
    path: PathBuf,
}

impl FileBackend {
    /// Makes a backend on a file, named as in `sqlite:FILE`: with or without `//` behind the colon, and relative to the
    /// folder of the mod.
    ///
    /// # Errors
    ///
    /// When there is no such file, or it is no SQLite database.
    pub fn new(name: &str, mod_folder: &Path) -> Result<Self, QueryError> {
        let name = name.strip_prefix("sqlite:").unwrap_or(name);
        let name = name.strip_prefix("//").unwrap_or(name);
        if name.is_empty() {
            return Err(QueryError::Connect("`sqlite:` needs the name of a file: sqlite:path/to/file.db".to_owned()));
        }
        let path = mod_folder.join(name);
        check_header(&path).map_err(|e| {
            use crate::inventory::InventoryError as E;
            QueryError::Connect(match e {
                // As it was written: what lies above it tells about the machine, and messages come into reports.
                E::NotFound(_) => format!("there is no SQLite file {name}"),
                E::NotSqlite(_) => format!("{name} is not an SQLite database"),
                E::Empty(_) => format!("{name} is empty; it is not an SQLite database"),
                other => other.to_string(),
            })
        })?;
        Ok(Self { path })
    }
}

impl Backend for FileBackend {
    fn connect(&self) -> Result<Box<dyn Connection>, QueryError> {
        let failed = |e| {
            let reason = guard::explain(e, &Limits::default());
            QueryError::Connect(format!("cannot open {}: {reason}", self.path.display()))
        };
        Ok(Box::new(FileConnection { database: guard::open(&self.path).map_err(failed)? }))
    }

    fn tables_of(&self, _: &SqlText) -> Vec<String> {
        Vec::new()
    }

    fn name(&self) -> String {
        let file = self.path.file_name().unwrap_or(self.path.as_os_str());
        format!("sqlite:{}", file.to_string_lossy())
    }
}

struct FileConnection {
    database: rusqlite::Connection,
}

impl Connection for FileConnection {
    fn query(&mut self, sql: &SqlText, args: &[Arg], limits: &Limits) -> Result<ResultSet, QueryError> {
        guard::watch(&mut self.database, limits)?;
        let failed = |e| guard::explain(e, limits);
        let mut statement = self.database.prepare_cached(&sql.text).map_err(|e| located(e, sql, limits))?;
        for i in 1..=statement.parameter_count() {
            let number = match statement.parameter_name(i) {
                None => i,
                Some(name) => name.get(1..).unwrap_or_default().parse().map_err(|_| {
                    QueryError::Execution(format!("parameter {name} has no number; write $1, $2 ... or ?"))
                })?,
            };
            let arg = number.checked_sub(1).and_then(|n| args.get(n)).ok_or_else(|| {
                QueryError::Execution(format!("the query has a parameter ${number}, but got {} arguments", args.len()))
            })?;
            statement.raw_bind_parameter(i, encode(arg)).map_err(failed)?;
        }
        let mut columns: Vec<(String, Option<PgType>)> =
            statement.column_names().map(|name| (name.to_owned(), None)).collect();
        let mut result = ResultSet::default();
        let mut size = guard::ResultSize::default();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(failed)? {
            let mut values = Vec::with_capacity(columns.len());
            for (i, (_, of)) in columns.iter_mut().enumerate() {
                let (value, kind) = decode(row.get_ref(i).map_err(failed)?);
                // SQLite has no types of columns: a column is what all its values are, or else text.
                *of = match (of.take(), kind) {
                    (known, None) => known,
                    (None, kind) => kind,
                    (Some(known), Some(kind)) if known == kind => Some(known),
                    (Some(PgType::Int8 | PgType::Float8), Some(PgType::Int8 | PgType::Float8)) => Some(PgType::Float8),
                    _ => Some(PgType::Text),
                };
                size.add(&value)?;
                values.push(value);
            }
            result.rows.push(values);
        }
        result.columns =
            columns.into_iter().map(|(name, of)| Column { name, pg_type: of.unwrap_or(PgType::Text) }).collect();
        Ok(result)
    }
}

/// Places SQLite's complaint where the text was written.
fn located(error: rusqlite::Error, sql: &SqlText, limits: &Limits) -> QueryError {
    use crate::model::diagnostic::Diagnostic;
    let rusqlite::Error::SqlInputError { msg, offset, .. } = error else { return guard::explain(error, limits) };
    let diagnostic = Diagnostic::error(msg).code("sqlite");
    let place = usize::try_from(offset).ok().and_then(|at| {
        let rest = sql.text.get(at..)?;
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        sql.locate(at..at + word.max(1))
    });
    QueryError::Sql(Box::new(match place {
        Some(span) => diagnostic.at_span(span, ""),
        None => diagnostic,
    }))
}

fn encode(arg: &Arg) -> Sqlite {
    match arg {
        Arg::Null => Sqlite::Null,
        Arg::Text(text) | Arg::Object(text) => Sqlite::Text(text.clone()),
        Arg::Int(number) => Sqlite::Integer(*number),
        Arg::Float(number) => Sqlite::Real(*number),
        Arg::Bool(flag) => Sqlite::Integer(i64::from(*flag)),
        Arg::List(_) => Sqlite::Text(arg.to_json().to_string()),
    }
}

fn decode(value: ValueRef<'_>) -> (Value, Option<PgType>) {
    match value {
        ValueRef::Null => (Value::Null, None),
        ValueRef::Integer(number) => (Value::Int(number), Some(PgType::Int8)),
        ValueRef::Real(number) => (Value::Float(number), Some(PgType::Float8)),
        ValueRef::Text(bytes) => (Value::Text(String::from_utf8_lossy(bytes).into_owned()), Some(PgType::Text)),
        ValueRef::Blob(bytes) => {
            let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
            (Value::Text(format!("\\x{hex}")), Some(PgType::Text))
        }
    }
}
