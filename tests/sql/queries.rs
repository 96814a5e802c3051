//! Whole queries: what mods do not use but users write. Each statement of `queries.sql` must give PostgreSQL's types
//! and rows, in its order where it has one; each of `refused.sql` must be refused with the message that stands above it.

use crate::both::{Answer, CLOCK, NOW, ours, theirs};
use crate::postgres::Postgres;
use chrono::{DateTime, Utc};
use ironpipe::inventory::backend::{Backend as _, Connection};
use ironpipe::inventory::{Inventory, InventoryBackend, import_dir};
use ironpipe::model::source::SqlText;
use ironpipe::sql::translate;
use std::fmt::Write as _;

/// Statements of a file: each ends with a semicolon at the end of a line; lines that begin with `--` belong to the next.
fn statements(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let (mut comment, mut sql) = (String::new(), String::new());
    for line in text.lines() {
        if sql.is_empty() && line.starts_with("--") {
            comment = line.trim_start_matches("--").trim().to_owned();
        } else if let Some(end) = line.strip_suffix(';') {
            sql.push_str(end);
            found.push((std::mem::take(&mut comment), std::mem::take(&mut sql)));
        } else if !(sql.is_empty() && line.is_empty()) {
            sql.push_str(line);
            sql.push('\n');
        }
    }
    found
}

fn with_connection(test: impl FnOnce(&mut dyn Connection)) {
    let stored = Inventory::temporary().unwrap();
    let backend = InventoryBackend::new(&stored, Some(NOW.parse::<DateTime<Utc>>().unwrap())).unwrap();
    test(backend.connect().unwrap().as_mut());
}

#[test]
fn queries_equal_postgresql() {
    let Some(server) = Postgres::shared() else { return };
    server.psql(&format!(
        "create database queries; \\connect queries\n{}",
        CLOCK.replace("database postgres", "database queries")
    ));
    let statements = statements(include_str!("queries.sql"));
    let mut scripts = vec!["\\connect queries\n".to_owned()];
    for (_, sql) in &statements {
        let columns =
            translate(&SqlText::inline(sql.clone()), ironpipe::inventory::schema()).map_or(1, |s| s.columns.len());
        scripts.push(format!("select fixed.probe($zz${sql}$zz$, {columns});\n"));
    }
    let answers = theirs(server, &scripts);
    assert_eq!(answers.len(), statements.len());
    let mut wrong = String::new();
    with_connection(|connection| {
        for ((_, sql), answer) in statements.iter().zip(answers) {
            let ordered = sql.to_lowercase().rsplit(')').next().is_some_and(|end| end.contains("order by"));
            let mut mine = ours(connection, &SqlText::inline(sql.clone()), &[]);
            let (types, mut rows) = match answer {
                Answer::Rows(types, rows) => (types, rows),
                Answer::Error(message) => {
                    if mine.as_ref().err() != Some(&message) {
                        let _ = writeln!(wrong, "{sql}\n    PostgreSQL: {message}\n    here:       {mine:?}");
                    }
                    continue;
                }
            };
            if let (false, Ok((_, mine))) = (ordered, &mut mine) {
                mine.sort();
                rows.sort();
            }
            let equal = matches!(&mine, Ok((t, r)) if *r == rows && (rows.is_empty() || *t == types));
            if !equal {
                let _ = writeln!(wrong, "{sql}\n    PostgreSQL: {types:?} {rows:?}\n    here:       {mine:?}");
            }
        }
    });
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_is_not_supported_is_one_clear_error() {
    let mut wrong = String::new();
    for (expected, sql) in statements(include_str!("refused.sql")) {
        match translate(&SqlText::inline(sql.clone()), ironpipe::inventory::schema()) {
            Ok(_) => {
                let _ = writeln!(wrong, "{sql}\n    was translated; expected: {expected}");
            }
            Err(fault) => {
                let place = fault.labels.first().map_or("", |l| l.span.text());
                let help = fault.help.first().map_or(String::new(), |h| format!(" | {h}"));
                let shown = format!("{} | {place}{help}", fault.message).replace('\n', " ");
                if shown != expected {
                    let _ = writeln!(wrong, "{sql}\n    expected: {expected}\n    here:     {shown}");
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn tables_may_be_named_in_the_schemas_of_steampipe() {
    let schema = ironpipe::inventory::schema();
    let bare = translate(&SqlText::inline("select name from aws_iam_user"), schema).unwrap();
    for named in ["aws", "public", "aws_all", "aws_prod_eu", "AWS", "\"aws\"", "steampipe.aws"] {
        let sql = format!("select name from {named}.aws_iam_user");
        let statement = translate(&SqlText::inline(sql.clone()), schema).unwrap_or_else(|e| panic!("{sql}: {e:?}"));
        assert_eq!(statement, bare, "{sql}");
    }
    for sql in [
        "select aws.aws_iam_user.name from aws.aws_iam_user",
        "select u.name from aws_a.aws_iam_user u join aws_b.aws_iam_user v using (arn)",
        "select pg_catalog.lower(name) from aws.aws_iam_user",
        "with aws_iam_user as (select 1 as own) select name from aws.aws_iam_user",
    ] {
        assert!(translate(&SqlText::inline(sql), schema).is_ok(), "{sql}");
    }
}

#[test]
fn a_view_takes_no_aggregates_of_the_query_around() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, rows: &str| std::fs::write(folder.path().join(name), rows).unwrap();
    write("aws_iam_user.jsonl", "{\"name\": \"ann\", \"arn\": \"a\"}\n{\"name\": \"bob\", \"arn\": \"b\"}\n");
    write("aws_iam_group.jsonl", "{\"name\": \"ann\", \"arn\": \"g\"}\n");
    let mut stored = Inventory::temporary().unwrap();
    import_dir(folder.path(), &mut stored).unwrap();
    let backend = InventoryBackend::new(&stored, Some(NOW.parse::<DateTime<Utc>>().unwrap())).unwrap();
    // `aws_iam_users` is a view.
    let sql = "select name from aws_iam_user u group by name having exists \
        (select 1 from aws_iam_group g where count(u.arn) = 1 and g.name in (select user_name from aws_iam_users)) order by 1";
    let (_, rows) = ours(backend.connect().unwrap().as_mut(), &SqlText::inline(sql), &[]).unwrap();
    assert_eq!(rows, ["(ann)", "(bob)"]);
}
