//! Queries that want to hang the program, or to take all of its memory or stack: each ends soon, with an error that says
//! why, and the connection answers the next one.

use crate::both::NOW;
use chrono::{DateTime, Utc};
use ironpipe::inventory::backend::{Backend as _, Cancel, Limits, QueryError};
use ironpipe::inventory::{Inventory, InventoryBackend};
use ironpipe::model::source::SqlText;
use ironpipe::model::value::Value;
use std::time::{Duration, Instant};

/// Runs a query on an empty inventory and then `select 1` on the same connection; the time that the first took.
fn run(sql: &str, limits: &Limits) -> (Result<Vec<Vec<Value>>, QueryError>, Duration) {
    let stored = Inventory::temporary().unwrap();
    let backend = InventoryBackend::new(&stored, Some(NOW.parse::<DateTime<Utc>>().unwrap())).unwrap();
    let mut connection = backend.connect().unwrap();
    let begun = Instant::now();
    let answer = connection.query(&SqlText::inline(sql), &[], limits).map(|set| set.rows);
    let took = begun.elapsed();
    let next = connection.query(&SqlText::inline("select 1"), &[], &Limits::default()).unwrap();
    assert_eq!(next.rows, [[Value::Int(1)]], "after {}", sql.chars().take(80).collect::<String>());
    (answer, took)
}

/// A debug build on a busy machine is slow; what hangs takes longer than this by orders of magnitude.
const SOON: Duration = Duration::from_secs(40);

#[test]
fn what_does_not_end_is_stopped() {
    for sql in [
        "with recursive t(n) as (select 1 union all select n + 1 from t) select count(*) from t",
        "with recursive t(n) as (select 1::bigint union select (n * 7 + 1) % 1000000007 from t) select max(n) from t",
        "select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b, generate_series(1, 100000) c",
        "select sum(length(repeat('x', a))) from generate_series(1, 90000) a, generate_series(1, 90000) b",
        "select count(*) from generate_series(1, 30000) a, lateral (select max(x) as m from generate_series(1, a) x) l, generate_series(1, 30000) c where l.m % 7 = c % 5",
    ] {
        let (answer, took) = run(sql, &Limits::new(Duration::from_millis(300), Cancel::default()));
        assert_eq!(answer, Err(QueryError::TimedOut), "{sql}");
        assert!(took < SOON, "{sql}: {took:?}");
    }
}

#[test]
fn a_long_query_can_be_cancelled() {
    let cancel = Cancel::default();
    let other = cancel.clone();
    let canceller = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        other.cancel();
    });
    let sql = "with recursive t(n) as (select 1 union all select n + 1 from t) select sum(n) from t where n % 3 = 0";
    let (answer, took) = run(sql, &Limits::new(Duration::ZERO, cancel));
    canceller.join().unwrap();
    assert_eq!(answer, Err(QueryError::Cancelled));
    assert!(took < SOON, "{took:?}");
}

#[test]
fn memory_and_patterns_are_bounded() {
    for (sql, message) in [
        ("select repeat('x', 2000000000)", "requested length too large"),
        ("select replace(repeat('a', 10000000), 'a', repeat('b', 1000))", "requested length too large"),
        ("select format('%2000000000s', 'x')", "requested length too large"),
        ("select regexp_replace(repeat('a', 1000000), 'a', repeat('b', 1000), 'g')", "requested length too large"),
        ("select string_to_array(repeat('a,', 5000000), ',')", "more than 1000000 elements"),
        ("select '1e999999999'::text::jsonb from generate_series(1, 1)", "value overflows numeric format"),
        ("select count(*) from generate_series(1, 1000000000)", "generate_series"),
        ("select string_agg(repeat('x', 1000000), '') from generate_series(1, 1000)", "MB"),
        ("select array_agg(repeat('x', 1000000)) from generate_series(1, 1000)", "MB"),
        (
            "select l.x from (values (1)) v(a), lateral (select repeat('x', 1000000) || a || i as x from generate_series(1, 1000) i) l",
            "MB",
        ),
        ("select 'x' ~ '((((((((((a{1,100}){1,100}){1,100}){1,100}){1,100})))))'", "regular expression"),
        (
            "select jsonb_path_query((repeat('[', 100) || repeat(']', 100))::jsonb, '$.**.**.**.**.**.**.**.**')",
            "too many items",
        ),
    ] {
        let (answer, took) = run(sql, &Limits::default());
        match answer {
            Err(QueryError::Execution(error)) => assert!(error.contains(message), "{sql}: {error}"),
            other => panic!("{sql}: {}", format!("{other:?}").chars().take(500).collect::<String>()),
        }
        assert!(took < SOON, "{sql}: {took:?}");
    }
}

#[test]
fn patterns_that_make_others_backtrack_are_answered() {
    for (sql, expected) in [
        ("select repeat('a', 5000) || 'b' like repeat('%a', 200) || '%c'", false),
        ("select repeat('a', 5000) ~ '^(a+)+$'", true),
        ("select repeat('a', 5000) || 'b' ~ '^(a|aa)+$'", false),
        (r"select repeat('a', 60) ~ '^(a+)+(a+)+\1x$'", false),
    ] {
        let (answer, took) = run(sql, &Limits::default());
        assert_eq!(answer, Ok(vec![vec![Value::Bool(expected)]]), "{sql}");
        assert!(took < SOON, "{sql}: {took:?}");
    }
}

#[test]
fn long_and_deep_texts_end_in_an_answer_or_an_error() {
    let repeated = |text: &str, n: usize, between: &str| vec![text; n].join(between);
    // Chains of AND and OR, lists and rows of VALUES may be long.
    for (sql, expected) in [
        (format!("select count(*) from generate_series(1, 3) x where {}", repeated("x = 2", 5_000, " or ")), 1),
        (format!("select count(*) from generate_series(1, 3) x where {}", repeated("x <> 2", 5_000, " and ")), 2),
        (format!("select count(*) from generate_series(1, 3) x where x in ({})", repeated("2", 20_000, ", ")), 1),
        (format!("select count(*) from (values {}) v(x)", repeated("(1)", 3_000, ", ")), 3_000),
        (format!("select {}", repeated("1", 300, " + ")), 300),
    ] {
        let (answer, took) = run(&sql, &Limits::default());
        assert_eq!(answer, Ok(vec![vec![Value::Int(expected)]]), "{}", sql.chars().take(80).collect::<String>());
        assert!(took < SOON, "{took:?}");
    }
    for sql in [
        format!("select {}", repeated("1", 100_000, " + ")),
        format!("select {}1{}", "(".repeat(50_000), ")".repeat(50_000)),
        format!("select {} true", "not ".repeat(50_000)),
        format!("select {}1", "- ".repeat(50_000)),
        format!("select {}", repeated("select 1", 5_000, " union all ").trim_start_matches("select ")),
        format!("select {}1{}", "(select ".repeat(5_000), ")".repeat(5_000)),
        format!("select {} 1 {}", "case when true then ".repeat(20_000), " end".repeat(20_000)),
        format!("select '{}'::jsonb -> 0", "[".repeat(100_000)),
        "x".repeat(5_000_000),
    ] {
        let (answer, took) = run(&sql, &Limits::default());
        assert!(answer.is_err(), "{}", sql.chars().take(80).collect::<String>());
        assert!(took < SOON, "{took:?}");
    }
}
