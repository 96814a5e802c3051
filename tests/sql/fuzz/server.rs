//! PostgreSQL's side.

use super::tables::Data;
use super::{Outcome, Statement};
use crate::postgres::Postgres;
use std::fmt::Write as _;
use std::sync::Once;

const PROBE: &str = r"
create function probe(query text, columns int) returns json language plpgsql as $f$
declare
    types text;
    answer json;
begin
    select string_agg(format('min(pg_typeof(t.c%s)::text)', i), ', ') into types from generate_series(1, columns) i;
    execute 'select json_build_object(''types'', json_build_array(' || types || '), ''rows'', coalesce(json_agg(t::text), ''[]''))
        from (' || query || ') as t' into answer;
    return answer;
exception when others or query_canceled then
    return json_build_object('error', sqlerrm);
end $f$;
create function glob(text) returns text language sql immutable as $f$ select replace(replace($1, '*', '%'), '?', '_') $f$;
alter database postgres set statement_timeout = '5s';
alter database postgres set jit = off;
";

/// Makes the tables, once for all tests of this process.
pub fn prepare(server: &Postgres, data: &Data) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        server.psql(&format!("{PROBE}{}", data.postgresql()));
    });
}

/// Answers statements.
pub fn answer(server: &Postgres, statements: &[Statement]) -> Vec<Outcome> {
    let mut script = String::from("set statement_timeout = '5s';\n");
    for statement in statements {
        let _ = writeln!(script, "select probe($zz${}$zz$, {});", statement.sql, statement.columns);
    }
    let output = server.psql(&script);
    let answers: Vec<Outcome> = output
        .lines()
        .filter(|l| !l.is_empty())
        .map(|line| {
            let answer: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
            if let Some(error) = answer["error"].as_str() {
                return Outcome::Error(error.to_owned());
            }
            let texts = |v: &serde_json::Value| -> Vec<String> {
                v.as_array().unwrap().iter().map(|t| t.as_str().unwrap_or_default().to_owned()).collect()
            };
            let rows = texts(&answer["rows"]);
            Outcome::Rows(if rows.is_empty() { Vec::new() } else { texts(&answer["types"]) }, rows)
        })
        .collect();
    assert_eq!(answers.len(), statements.len(), "PostgreSQL answered another number of statements");
    answers
}
