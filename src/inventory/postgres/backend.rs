//! Connections to a server, and queries that stop when they must.

use super::tls::Tls;
use super::{decode, encode};
use crate::inventory::backend::{Backend, Connection, Limits, QueryError};
use crate::model::diagnostic::Diagnostic;
use crate::model::source::SqlText;
use crate::model::value::{Arg, Column, ResultSet};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio_postgres::error::{DbError, ErrorPosition};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config};

/// How to reach a server, and where it looks for tables.
#[derive(Debug, Clone, Default)]
pub struct PostgresOptions {
    /// `postgres://user:password@host:port/database?sslmode=...&sslrootcert=...`
    pub url: String,
    /// What messages and reports call it; never a password.
    pub name: String,
    /// The password, where the URL has none.
    pub password: Option<String>,
    /// The schemas to look for tables in.
    pub search_path: Vec<String>,
    /// Schemas that come before the server's own search path, or before `search_path`.
    pub search_path_prefix: Vec<String>,
}

/// A PostgreSQL server. Its connections are read-only.
#[derive(Debug)]
pub struct PostgresBackend {
    options: PostgresOptions,
    config: Config,
    tls: Tls,
}

impl PostgresBackend {
    /// Reads the URL and connects once, so that a server that cannot be reached is told before anything runs.
    ///
    /// # Errors
    ///
    /// The URL cannot be read, or the server cannot be reached or refuses the user.
    pub fn new(options: PostgresOptions) -> Result<Self, QueryError> {
        let (url, tls) = Tls::of_url(&options.url).map_err(|e| connect_error(&options.name, &e))?;
        let mut config: Config =
            url.parse().map_err(|e: tokio_postgres::Error| connect_error(&options.name, &reason(&e)))?;
        if config.get_password().is_none()
            && let Some(password) = &options.password
        {
            config.password(password);
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(20));
        }
        if config.get_application_name().is_none() {
            config.application_name("ironpipe");
        }
        config.ssl_mode(tls.mode());
        let backend = Self { options, config, tls };
        backend.open()?;
        Ok(backend)
    }

    fn open(&self) -> Result<PostgresConnection, QueryError> {
        let failed = |e: &tokio_postgres::Error| connect_error(&self.options.name, &reason(e));
        // One thread: the queries of a connection run one after the other.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| connect_error(&self.options.name, &e.to_string()))?;
        let client = runtime.block_on(async {
            let (client, connection) = self.config.connect(self.tls.clone()).await.map_err(|e| failed(&e))?;
            tokio::spawn(async move {
                // Its failure comes back as that of the query that was running.
                let _ = connection.await;
            });
            client.batch_execute("set default_transaction_read_only = on").await.map_err(|e| failed(&e))?;
            if let Some(path) = self.search_path(&client).await.map_err(|e| failed(&e))? {
                client
                    .execute("select set_config('search_path', $1, false)", &[&path])
                    .await
                    .map_err(|e| failed(&e))?;
            }
            Ok(client)
        })?;
        Ok(PostgresConnection { runtime, client, tls: self.tls.clone() })
    }

    /// Returns the search path to set: the given one or else the server's own, behind the prefix.
    async fn search_path(&self, client: &Client) -> Result<Option<String>, tokio_postgres::Error> {
        let PostgresOptions { search_path, search_path_prefix: prefix, .. } = &self.options;
        if search_path.is_empty() && prefix.is_empty() {
            return Ok(None);
        }
        let mut schemas: Vec<String> = prefix.iter().chain(search_path).map(|s| quoted(s)).collect();
        if search_path.is_empty() {
            let own: String = client.query_one("show search_path", &[]).await?.get(0);
            schemas.extend(own.split(',').map(|s| s.trim().to_owned()).filter(|s| !s.is_empty()));
        }
        let mut unique: Vec<String> = Vec::new();
        for schema in schemas {
            if !unique.contains(&schema) {
                unique.push(schema);
            }
        }
        Ok(Some(unique.join(", ")))
    }
}

/// Quotes the name of a schema where it needs it.
fn quoted(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

fn connect_error(name: &str, reason: &str) -> QueryError {
    QueryError::Connect(format!("cannot connect to {name}: {reason}"))
}

/// Returns the whole reason: what tokio-postgres says itself (`db error`) is only the kind.
fn reason(error: &tokio_postgres::Error) -> String {
    let mut text = match error.as_db_error() {
        Some(e) => return e.message().to_owned(),
        None => error.to_string(),
    };
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let more = inner.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = inner.source();
    }
    text
}

impl Backend for PostgresBackend {
    fn connect(&self) -> Result<Box<dyn Connection>, QueryError> {
        Ok(Box::new(self.open()?))
    }

    fn tables_of(&self, _: &SqlText) -> Vec<String> {
        Vec::new()
    }

    fn name(&self) -> String {
        self.options.name.clone()
    }
}

struct PostgresConnection {
    runtime: Runtime,
    client: Client,
    tls: Tls,
}

impl Connection for PostgresConnection {
    fn query(&mut self, sql: &SqlText, args: &[Arg], limits: &Limits) -> Result<ResultSet, QueryError> {
        if limits.cancel.is_cancelled() {
            return Err(QueryError::Cancelled);
        }
        self.runtime.block_on(async {
            let stopped = async {
                loop {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    if limits.cancel.is_cancelled() {
                        return QueryError::Cancelled;
                    }
                    if limits.is_over() {
                        return QueryError::TimedOut;
                    }
                }
            };
            let answer = answer(&self.client, sql, args);
            tokio::pin!(answer);
            tokio::select! {
                result = &mut answer => result,
                why = stopped => {
                    let _ = self.client.cancel_token().cancel_query(self.tls.clone()).await;
                    // The connection is of use again when the server has stopped; one that does not is left.
                    let _ = tokio::time::timeout(Duration::from_secs(5), &mut answer).await;
                    Err(why)
                }
            }
        })
    }
}

async fn answer(client: &Client, sql: &SqlText, args: &[Arg]) -> Result<ResultSet, QueryError> {
    let failed = |e: &tokio_postgres::Error| query_error(e, sql);
    let statement = client.prepare(&sql.text).await.map_err(|e| failed(&e))?;
    let types: &[Type] = statement.params();
    if types.len() > args.len() {
        return Err(QueryError::Execution(format!(
            "the query has a parameter ${}, but got {} arguments",
            types.len(),
            args.len()
        )));
    }
    let bound: Vec<encode::Param<'_>> = args.iter().take(types.len()).map(encode::Param).collect();
    let params: Vec<&(dyn ToSql + Sync)> = bound.iter().map(|p| p as &(dyn ToSql + Sync)).collect();
    let rows = client.query(&statement, &params).await.map_err(|e| failed(&e))?;
    let mut result = ResultSet::default();
    for column in statement.columns() {
        let pg_type = decode::type_of(column.type_());
        result.columns.push(Column { name: column.name().to_owned(), pg_type });
    }
    for row in &rows {
        let mut values = Vec::with_capacity(result.columns.len());
        for (i, column) in statement.columns().iter().enumerate() {
            let raw: decode::Raw<'_> = row.try_get(i).map_err(|e| failed(&e))?;
            let value = decode::value(raw.0, column.type_()).map_err(|why| {
                QueryError::Execution(format!("column \"{}\": {why}; cast it to text", column.name()))
            })?;
            values.push(value);
        }
        result.rows.push(values);
    }
    Ok(result)
}

fn query_error(error: &tokio_postgres::Error, sql: &SqlText) -> QueryError {
    let Some(e) = error.as_db_error() else { return QueryError::Execution(reason(error)) };
    let Some(range) = place(e, &sql.text) else { return QueryError::Execution(message(e)) };
    let mut diagnostic = Diagnostic::error(message(e)).code("postgres");
    if let Some(span) = sql.locate(range) {
        diagnostic = diagnostic.at_span(span, "");
    }
    if let Some(hint) = e.hint() {
        diagnostic = diagnostic.help(hint);
    }
    QueryError::Sql(Box::new(diagnostic))
}

fn message(error: &DbError) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.message()),
        None => error.message().to_owned(),
    }
}

/// Returns the bytes of the word that the server's error points at; it counts characters from 1.
fn place(error: &DbError, text: &str) -> Option<std::ops::Range<usize>> {
    let Some(ErrorPosition::Original(position)) = error.position() else { return None };
    let skipped = usize::try_from(*position).ok()?.checked_sub(1)?;
    let start = text.char_indices().nth(skipped).map_or(text.len(), |(i, _)| i);
    let rest = text.get(start..)?;
    let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    Some(start..start + word.max(1).min(rest.len()))
}
