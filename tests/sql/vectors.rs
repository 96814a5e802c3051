//! Small expressions with PostgreSQL 15's answers: `select <expression>` must give the same type and text, or be
//! refused. What differs is listed in `known_differences.txt` with the reason.

use chrono::{DateTime, Utc};
use ironpipe::model::source::SqlText;
use ironpipe::sql::convert::decode;
use ironpipe::sql::functions::{Session, register};
use ironpipe::sql::schema::{Schema, TableSchema};
use ironpipe::sql::translate;
use rusqlite::Connection;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Vector {
    sql: String,
    #[serde(rename = "type")]
    type_name: Option<String>,
    value: Option<String>,
    error: Option<String>,
}

struct NoTables;

impl Schema for NoTables {
    fn table(&self, _: &str) -> Option<&TableSchema> {
        None
    }

    fn table_names(&self) -> Vec<&str> {
        Vec::new()
    }
}

enum Outcome {
    Answer(String, Option<String>),
    Refused(String),
    Failed(String),
}

fn answer(connection: &Connection, expression: &str) -> Outcome {
    let statement = match translate(&SqlText::inline(format!("select {expression}")), &NoTables) {
        Ok(statement) => statement,
        Err(diagnostic) if diagnostic.code == "unsupported-sql" => return Outcome::Refused(diagnostic.message),
        Err(diagnostic) => return Outcome::Failed(diagnostic.message),
    };
    let ty = statement.columns[0].pg_type.clone();
    let row = connection.query_row(&statement.sqlite, [], |row| Ok(decode(row.get_ref(0)?, &ty)));
    match row {
        Ok(Ok(value)) => Outcome::Answer(ty.internal_name(), value.pg_text(&ty)),
        Ok(Err(error)) => Outcome::Failed(error.to_string()),
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

#[test]
fn expressions_equal_postgresql() {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("vectors.json")).unwrap();
    let known: BTreeMap<&str, &str> = include_str!("known_differences.txt")
        .lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|l| l.split_once(" -- "))
        .collect();
    let clock: DateTime<Utc> = "2026-03-31T10:30:45.123456Z".parse().unwrap();
    let connection = Connection::open_in_memory().unwrap();
    register(&connection, &Session::new(clock)).unwrap();
    let (mut equal, mut refused, mut listed) = (0, 0, 0);
    let mut wrong = Vec::new();
    for vector in &vectors {
        let got = answer(&connection, &vector.sql);
        let same = match (&got, &vector.error) {
            (Outcome::Answer(ty, value), None) => Some(ty) == vector.type_name.as_ref() && *value == vector.value,
            (Outcome::Failed(_), Some(_)) => true,
            (Outcome::Refused(_), _) => {
                refused += 1;
                continue;
            }
            _ => false,
        };
        if same {
            equal += 1;
        } else if known.contains_key(vector.sql.as_str()) {
            listed += 1;
        } else {
            let got = match got {
                Outcome::Answer(ty, value) => format!("{ty} {value:?}"),
                Outcome::Refused(m) | Outcome::Failed(m) => format!("error: {m}"),
            };
            let want = vector.error.as_ref().map_or_else(
                || format!("{} {:?}", vector.type_name.as_deref().unwrap_or_default(), vector.value),
                |e| format!("error: {e}"),
            );
            wrong.push(format!("{}\n    PostgreSQL: {want}\n    here:       {got}", vector.sql));
        }
    }
    println!(
        "{} expressions: {equal} equal, {refused} refused, {listed} listed as different, {} wrong",
        vectors.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), vectors.len(), wrong.join("\n"));
    let right = equal + refused;
    assert!(right * 1000 >= vectors.len() * 995, "only {right} of {} are equal or refused", vectors.len());
}
