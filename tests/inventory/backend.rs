//! Queries on the inventory and on SQLite files.

use crate::support::{ACCOUNT, OTHER, entry, inventory, lines, query, query_with, state, time};
use ironpipe::inventory::backend::{Backend as _, Cancel, Limits, QueryError};
use ironpipe::inventory::{FileBackend, InventoryBackend};
use ironpipe::model::pgtype::PgType;
use ironpipe::model::run::Completeness;
use ironpipe::model::source::SqlText;
use ironpipe::model::value::{Arg, Value};
use serde_json::json;
use std::time::{Duration, Instant};

fn incomplete(result: Result<ironpipe::model::value::ResultSet, QueryError>) -> String {
    match result {
        Err(QueryError::Incomplete(message)) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn values_come_back_with_their_types() {
    let user = json!({
        "name": "ann", "arn": "arn:aws:iam::111122223333:user/ann", "create_date": "2026-01-02T03:04:05Z",
        "mfa_enabled": true, "tags": {"team": "a", "x": null}, "attached_policy_arns": null
    });
    let inventory = inventory(vec![entry("aws_iam_user", ACCOUNT, &[user])]);
    let sql = "select name, create_date, mfa_enabled, tags, attached_policy_arns, inline_policies,
               now() - create_date as age, $1::int + 1 as n from aws_iam_user";
    let result = query_with(&inventory, sql, &[Arg::Int(4)], &Limits::default()).unwrap();
    let expected = [
        ("name", PgType::Text, Value::Text("ann".to_owned())),
        ("create_date", PgType::Timestamptz, Value::Timestamptz("2026-01-02 03:04:05".to_owned())),
        ("mfa_enabled", PgType::Bool, Value::Bool(true)),
        ("tags", PgType::Jsonb, Value::Json(r#"{"x": null, "team": "a"}"#.to_owned())),
        ("attached_policy_arns", PgType::Jsonb, Value::Json("null".to_owned())),
        ("inline_policies", PgType::Jsonb, Value::Null),
        ("age", PgType::Interval, Value::Interval("88 days 07:26:40".to_owned())),
        ("n", PgType::Int4, Value::Int(5)),
    ];
    for (i, (name, of, value)) in expected.into_iter().enumerate() {
        assert_eq!(
            (result.columns[i].name.as_str(), &result.columns[i].pg_type, &result.rows[0][i]),
            (name, &of, &value)
        );
    }
}

#[test]
fn the_clock_is_the_latest_collection_unless_given() {
    let mut later = entry("aws_iam_role", ACCOUNT, &[]);
    later.state.collected_at = Some(time("2026-04-01T00:00:00Z"));
    let inventory = inventory(vec![entry("aws_iam_user", ACCOUNT, &[]), later]);
    assert_eq!(lines(&query(&inventory, "select now()").unwrap()), ["2026-04-01 00:00:00"]);
    let backend = InventoryBackend::new(&inventory, Some(time("2021-02-09T12:00:00Z"))).unwrap();
    let result = backend.connect().unwrap().query(&SqlText::inline("select current_date"), &[], &Limits::default());
    assert_eq!(lines(&result.unwrap()), ["2021-02-09"]);
}

#[test]
fn what_is_not_there_is_an_error_and_never_an_empty_answer() {
    let mut denied = entry("aws_iam_access_key", ACCOUNT, &[]);
    denied.state = state(Completeness::Denied, "iam:ListAccessKeys was denied");
    let mut partial = entry("aws_iam_role", ACCOUNT, &[json!({"name": "r"})]);
    partial.state = state(Completeness::Partial, "page 2 failed");
    let mut columns = entry("aws_iam_group", ACCOUNT, &[json!({"name": "g"})]);
    columns.missing_columns.insert("users".to_owned(), "iam:GetGroup was denied".to_owned());
    let inventory = inventory(vec![denied, partial, columns, entry("aws_iam_user", ACCOUNT, &[])]);
    let cases = [
        (
            "select count(*) from aws_iam_access_key",
            "table aws_iam_access_key could not be read for account 111122223333: iam:ListAccessKeys was denied; allow it \
             to the collecting identity and run `ironpipe collect` again",
        ),
        (
            "select 1 from aws_iam_user u where exists (select 1 from aws_iam_role r)",
            "table aws_iam_role is not complete for account 111122223333: page 2 failed; run `ironpipe collect` again",
        ),
        (
            "select name, users from aws_iam_group",
            "column users of table aws_iam_group is not known for account 111122223333: iam:GetGroup was denied",
        ),
        (
            "select * from aws_iam_group",
            "column users of table aws_iam_group is not known for account 111122223333: iam:GetGroup was denied",
        ),
        (
            "with k as (select * from aws_iam_policy) select 1 as one",
            "table aws_iam_policy is not in the inventory for account 111122223333: it was not collected (it needs \
             iam:ListPolicies); collect it with `ironpipe collect`",
        ),
    ];
    for (sql, message) in cases {
        assert_eq!(incomplete(query(&inventory, sql)), message, "{sql}");
    }
    assert_eq!(lines(&query(&inventory, "select name from aws_iam_group").unwrap()), ["g"]);
    assert_eq!(lines(&query(&inventory, "select count(*) from aws_iam_group").unwrap()), ["1"]);
    assert_eq!(lines(&query(&inventory, "select count(*) from aws_iam_user").unwrap()), ["0"]);
    assert_eq!(lines(&query(&inventory, "select 1").unwrap()), ["1"]);
}

#[test]
fn every_account_must_be_complete() {
    let both = inventory(vec![
        entry("aws_iam_user", ACCOUNT, &[]),
        entry("aws_iam_user", OTHER, &[]),
        entry("aws_iam_role", OTHER, &[]),
    ]);
    assert!(query(&both, "select name from aws_iam_user").is_ok());
    let message = incomplete(query(&both, "select name from aws_iam_role"));
    assert!(message.starts_with("table aws_iam_role is not in the inventory for account 111122223333"), "{message}");
    let whole = inventory(vec![entry("aws_iam_user", ACCOUNT, &[]), entry("aws_iam_role", "", &[])]);
    assert!(query(&whole, "select name from aws_iam_role").is_ok(), "a whole table speaks for all accounts");
}

#[test]
fn faults_of_the_sql_are_told_from_faults_of_the_data() {
    let inventory = inventory(vec![entry("aws_iam_user", ACCOUNT, &[json!({"name": "ann"})])]);
    let fault = |sql: &str| query(&inventory, sql).unwrap_err();
    assert!(matches!(fault("select nmae from aws_iam_user"), QueryError::Sql(d) if d.message.contains("nmae")));
    assert!(matches!(fault("delete from aws_iam_user"), QueryError::Sql(_)));
    assert!(matches!(fault("select 1; select 2"), QueryError::Sql(_)));
    assert_eq!(
        fault("select 1 / (length(name) - 3) from aws_iam_user"),
        QueryError::Execution("division by zero".to_owned())
    );
    assert_eq!(
        fault("select name::int from aws_iam_user"),
        QueryError::Execution("invalid input syntax for type integer: \"ann\"".to_owned())
    );
    assert_eq!(
        fault("select $1::text from aws_iam_user"),
        QueryError::Execution("expected 1 arguments, got 0".to_owned())
    );
}

#[test]
fn a_query_stops_at_its_time_and_when_it_is_cancelled() {
    let users: Vec<_> = (0..400).map(|i| json!({"name": format!("u{i}")})).collect();
    let inventory = inventory(vec![entry("aws_iam_user", ACCOUNT, &users)]);
    let endless = "select count(*) from aws_iam_user a, aws_iam_user b, aws_iam_user c, aws_iam_user d
                   where a.name || b.name || c.name || d.name = 'x'";
    let started = Instant::now();
    let limits = Limits::new(Duration::from_millis(200), Cancel::default());
    assert_eq!(query_with(&inventory, endless, &[], &limits), Err(QueryError::TimedOut));
    assert!(started.elapsed() < Duration::from_secs(5));
    let limits = Limits::default();
    let cancel = limits.cancel.clone();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        cancel.cancel();
    });
    assert_eq!(query_with(&inventory, endless, &[], &limits), Err(QueryError::Cancelled));
    stopper.join().unwrap();
}

#[test]
fn memory_is_limited() {
    let users: Vec<_> = (0..2_000).map(|i| json!({"name": format!("u{i}")})).collect();
    let inventory = inventory(vec![entry("aws_iam_user", ACCOUNT, &users)]);
    let sql = "select string_agg(a.name || b.name || c.name, ',') from aws_iam_user a, aws_iam_user b, aws_iam_user c";
    let Err(QueryError::Execution(message)) = query(&inventory, sql) else { panic!("no error") };
    assert!(message.contains("MB"), "{message}");
    let sql = "select repeat(a.name, 20000) from aws_iam_user a, aws_iam_user b";
    let Err(QueryError::Execution(message)) = query(&inventory, sql) else { panic!("no error") };
    assert_eq!(message, "the result is larger than 512 MB");
}

#[test]
fn threads_share_a_backend() {
    let users: Vec<_> = (0..50).map(|i| json!({"name": format!("u{i}")})).collect();
    let inventory = inventory(vec![entry("aws_iam_user", ACCOUNT, &users)]);
    let backend = InventoryBackend::new(&inventory, None).unwrap();
    drop(inventory);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut connection = backend.connect().unwrap();
                for _ in 0..20 {
                    let sql = SqlText::inline("select count(*) from aws_iam_user where name like 'u%'");
                    assert_eq!(lines(&connection.query(&sql, &[], &Limits::default()).unwrap()), ["50"]);
                }
            });
        }
    });
    assert_eq!(backend.tables_of(&SqlText::inline("select name from aws_iam_user")), ["aws_iam_user"]);
}

#[test]
fn a_sqlite_file_is_queried_as_it_is_and_never_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let database = rusqlite::Connection::open(&path).unwrap();
    database
        .execute_batch(
            "CREATE TABLE t (a INTEGER, b TEXT, c REAL, d); INSERT INTO t VALUES (1, 'x', 1.5, NULL), (2, 'y', 2, 'z')",
        )
        .unwrap();
    for name in [
        "sqlite:x.db".to_owned(),
        "sqlite://x.db".to_owned(),
        "sqlite:./x.db".to_owned(),
        format!("sqlite:{}", path.display()),
        format!("sqlite://{}", path.display()),
    ] {
        let backend = FileBackend::new(&name, folder.path()).unwrap();
        let mut connection = backend.connect().unwrap();
        let mut run = |sql: &str, args: &[Arg]| connection.query(&SqlText::inline(sql), args, &Limits::default());
        let result = run("select a, b, c, d, json_object('k', a) from t order by a", &[]).unwrap();
        assert_eq!(lines(&result), [r#"1|x|1.5||{"k":1}"#, r#"2|y|2|z|{"k":2}"#]);
        let types: Vec<_> = result.columns.iter().map(|c| c.pg_type.sql_name()).collect();
        assert_eq!(types, ["bigint", "text", "double precision", "text", "text"]);
        let numbered = run("select $2 as second, $1 as first, $2 as again", &[Arg::Int(1), Arg::Text("b".to_owned())]);
        assert_eq!(lines(&numbered.unwrap()), ["b|1|b"]);
        assert!(matches!(run("select $2", &[Arg::Int(1)]), Err(QueryError::Execution(_))));
        assert!(matches!(run("select nothing from t", &[]), Err(QueryError::Sql(_))));
        for write in [
            "insert into t values (1,2,3,4)",
            "drop table t",
            "attach 'y.db' as y",
            "pragma query_only = off",
            "create temp table z (a)",
        ] {
            assert!(run(write, &[]).is_err(), "{write}");
        }
        assert!(run("select 1; delete from t", &[]).is_err());
        assert_eq!(lines(&run("select count(*) from t", &[]).unwrap()), ["2"]);
        assert_eq!(lines(&run("select name from pragma_table_info('t')", &[]).unwrap()), ["a", "b", "c", "d"]);
    }
    assert!(!folder.path().join("y.db").exists());
    let message = |name: &str| match FileBackend::new(name, folder.path()) {
        Err(QueryError::Connect(message)) => message,
        other => panic!("{other:?}"),
    };
    assert!(message("sqlite:none.db").starts_with("there is no SQLite file"));
    assert!(!folder.path().join("none.db").exists());
    std::fs::write(folder.path().join("text.db"), "text").unwrap();
    assert!(message("sqlite:text.db").ends_with("is not an SQLite database"));
}
