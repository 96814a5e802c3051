//! One statement on both engines: the inventory's and PostgreSQL's.

use crate::postgres::Postgres;
use ironpipe::inventory::backend::{Connection, Limits, QueryError};
use ironpipe::model::source::SqlText;
use ironpipe::model::value::Arg;
use serde_json::Value;

pub const NOW: &str = "2026-03-31T10:30:45.123456Z";

/// A server's clock cannot be set: these names hide the real functions.
pub const CLOCK: &str = "
create schema fixed;
create function fixed.now() returns timestamptz language sql stable as $$ select '2026-03-31 10:30:45.123456+00'::timestamptz $$;
create function fixed.age(timestamptz) returns interval language sql stable as $$ select pg_catalog.age(fixed.now()::date::timestamptz, $1) $$;
create function fixed.age(timestamp) returns interval language sql stable as $$ select pg_catalog.age(fixed.now()::date::timestamp, $1) $$;
create function fixed.glob(text) returns text language sql immutable as $$ select replace(replace($1, '*', '%'), '?', '_') $$;
create function fixed.probe(query text, columns int) returns json language plpgsql as $f$
declare answer json; types text;
begin
    select string_agg(format('min(pg_typeof(t.c%s)::text)', i), ', ') into types from generate_series(1, columns) i;
    execute 'select json_build_object(''types'', json_build_array(' || types || '), ''rows'', coalesce(json_agg(t::text), ''[]'')) from (' || query || E'\n) as t(' ||
        (select string_agg('c' || i, ', ') from generate_series(1, columns) i) || ')' into answer;
    return answer;
exception when others or query_canceled then
    return json_build_object('error', sqlerrm);
end $f$;
alter database postgres set search_path = fixed, pg_catalog, public;
alter database postgres set statement_timeout = '60s';
";

/// What a database answered: types and rows in PostgreSQL's text form.
pub enum Answer {
    Rows(Vec<String>, Vec<String>),
    Error(String),
}

/// Runs a query on the inventory; types and rows in PostgreSQL's text form, or what went wrong.
pub fn ours(
    connection: &mut dyn Connection,
    sql: &SqlText,
    args: &[Arg],
) -> Result<(Vec<String>, Vec<String>), String> {
    match connection.query(sql, args, &Limits::default()) {
        Ok(set) => {
            let texts = set.rows.iter().map(|row| {
                let fields = row.iter().zip(&set.columns).map(|(v, c)| field(v.pg_text(&c.pg_type)));
                format!("({})", fields.collect::<Vec<_>>().join(","))
            });
            let types = set.columns.iter().map(|c| c.pg_type.sql_name()).collect();
            Ok((types, texts.collect()))
        }
        Err(QueryError::Incomplete(why)) => Err(format!("no rows: {why}")),
        Err(error) => Err(error.to_string()),
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

pub fn theirs(server: &Postgres, statements: &[String]) -> Vec<Answer> {
    let output = server.psql(&statements.concat());
    output
        .lines()
        .map(|line| {
            let answer: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
            let texts = |v: &Value| -> Vec<String> {
                v.as_array().into_iter().flatten().map(|t| t.as_str().unwrap_or_default().to_owned()).collect()
            };
            match answer["error"].as_str() {
                Some(error) => Answer::Error(error.to_owned()),
                None => Answer::Rows(texts(&answer["types"]), texts(&answer["rows"])),
            }
        })
        .collect()
}
