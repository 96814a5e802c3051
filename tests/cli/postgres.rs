//! A PostgreSQL server in the place of the inventory.

use crate::harness::TestEnv;
use crate::server::Postgres;

const MOD: &str = r#"
variable "days" {
  default = 90
}
query "keys" {
  sql = <<-EOQ
    select
      user_name as resource,
      case when status = 'Inactive' then 'skip' when create_date < now() - ($1 || ' days')::interval then 'alarm' else 'ok' end as status,
      user_name || ' has a key of ' || create_date::date as reason,
      account_id,
      tags ->> 'team' as team
    from
      keys_of_test
    order by
      access_key_id
  EOQ
  param "days" {
    default = var.days
  }
}
control "keys" {
  title = "Keys"
  query = query.keys
}
control "broken" {
  title = "Broken"
  sql   = "select 1 / (n - 1) as resource, 'ok' as status, '' as reason from generate_series(1, 2) as n"
}
benchmark "both" {
  title    = "Both"
  children = [control.keys, control.broken]
}
"#;

const ROWS: [&str; 3] = [
    r#"{"access_key_id": "A1", "user_name": "ann", "status": "Active", "create_date": "2024-01-01T00:00:00Z", "account_id": "111111111111"}"#,
    r#"{"access_key_id": "A2", "user_name": "bob, \"the\" builder", "status": "Active", "create_date": "2124-01-01T00:00:00Z", "account_id": "111111111111"}"#,
    r#"{"access_key_id": "A3", "user_name": "<eve>", "status": "Inactive", "create_date": "2024-01-01T00:00:00Z", "account_id": "111111111111"}"#,
];

/// A place with the mod, and a server that holds its rows in `schema`; none without PostgreSQL.
fn place(schema: &str) -> Option<(TestEnv, String)> {
    let server = Postgres::shared()?;
    server.psql(&format!(
        "create schema {schema};
         create table {schema}.aws_iam_access_key (access_key_id text, user_name text, status text, create_date timestamptz, account_id text);"
    ));
    for row in ROWS {
        server.psql(&format!(
            "insert into {schema}.aws_iam_access_key select * from json_populate_record(null::{schema}.aws_iam_access_key, '{row}')"
        ));
    }
    let text = MOD.replace("keys_of_test", "aws_iam_access_key").replace("tags ->> 'team'", "lower(access_key_id)");
    let env = TestEnv::with_mod(&text);
    env.file("rows/aws_iam_access_key.jsonl", &ROWS.join("\n"));
    Some((env, server.url()))
}

#[test]
fn a_mod_gives_the_same_reports_as_on_the_inventory() {
    let Some((env, url)) = place("same") else { return };
    for format in ["text", "brief", "csv", "json", "md"] {
        let run = |database: &[&str]| {
            let mut arguments = vec!["benchmark", "run", "both", "--output", format];
            arguments.extend(database);
            let text = env.run(&arguments).exits(2).stdout;
            // The two runs are not of the same second.
            text.lines().filter(|l| !l.starts_with("_Report run at")).collect::<Vec<_>>().join("\n")
        };
        let there = run(&["--database", &url, "--search-path", "same"]);
        assert!(there.contains("ann has a key of 2024-01-01") && there.contains("division by zero"), "{there}");
        assert_eq!(there, run(&["--inventory", "rows", "--as-of", "2026-01-01T00:00:00Z"]), "{format}");
    }
}

#[test]
fn arguments_take_the_types_of_their_parameters() {
    let Some((env, url)) = place("arguments") else { return };
    let run = |days: &str| {
        let argument = format!("days={days}");
        let arguments = ["control", "run", "keys", "--output", "csv", "--database", &url];
        let done = env.run(&[&arguments[..], &["--search-path", "arguments", "--arg", &argument]].concat());
        done.exits(if days == "90" { 1 } else { 0 }).stdout
    };
    assert!(run("90").contains(",ann,alarm,"), "{}", run("90"));
    assert!(run("90000").contains(",ann,ok,"), "{}", run("90000"));
}

#[test]
fn values_of_every_type_arrive_as_postgresql_shows_them() {
    let Some((env, url)) = place("types") else { return };
    for (expression, wanted) in [
        ("1::int2", "1"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("12345678901234567890.10", "12345678901234567890.1"),
        ("0.0001::numeric", "0.0001"),
        ("10000::numeric", "10000"),
        ("-0.5", "-0.5"),
        ("'NaN'::numeric", "NaN"),
        ("1.1::float4", "1.1"),
        ("true", "true"),
        ("date '2026-02-28'", "2026-02-28"),
        ("time '12:30:05.25'", "12:30:05.25"),
        ("timetz '12:30+05:30'", "12:30:00+05:30"),
        ("interval '1 year 2 mons -3 days 04:05:06.7'", "1 year 2 mons -3 days +04:05:06.7"),
        ("inet '10.0.0.1'", "10.0.0.1"),
        ("cidr '10.0.0.0/8'", "10.0.0.0/8"),
        ("inet 'fe80::1/64'", "fe80::1/64"),
        ("uuid '00000000-0000-4000-8000-0123456789ab'", "00000000-0000-4000-8000-0123456789ab"),
        ("'\\xdead'::bytea", "\\xdead"),
        ("jsonb '{\"b\": 1, \"a\": [null]}' ->> 'a'", "[null]"),
        ("'abc'::varchar(2)", "ab"),
    ] {
        let sql = format!("select {expression} as v");
        let done = env.run(&["query", "run", &sql, "--database", &url, "--output", "csv"]).exits(0);
        assert_eq!(done.stdout.lines().nth(1), Some(wanted), "{expression}: {}", done.stdout);
    }
    let done =
        env.run(&["query", "run", "select '{1,2}'::int[] as v, 1.50 as n", "--database", &url, "--output", "json"]);
    done.exits(0).prints("\"v\": \"{1,2}\"").prints("\"n\": 1.50");
}

#[test]
fn faults_are_the_servers_and_nothing_is_changed() {
    let Some((env, url)) = place("faults") else { return };
    let run = |sql: &str| env.run(&["query", "run", sql, "--database", &url, "--search-path", "faults"]);
    run("select nonsense from aws_iam_access_key").exits(41).says("column \"nonsense\" does not exist");
    run("delete from aws_iam_access_key").exits(41).says("read-only transaction");
    run("select money '1.50'").exits(41).says("cast it to text");
    let done = env.run(&["query", "run", "select pg_sleep(60)", "--database", &url, "--query-timeout", "1"]);
    done.exits(41).says("timed out");
}

#[test]
fn a_server_that_cannot_be_reached_is_said() {
    let env = TestEnv::with_mod(MOD);
    let unreachable = "postgres://someone:secret@127.0.0.1:1/db?sslmode=disable";
    let done = env.run(&["control", "run", "keys", "--database", unreachable]).exits(250).says("Connection refused");
    assert!(!done.stderr.contains("secret"), "{}", done.stderr);
    env.run(&["control", "run", "keys", "--database", "postgres://h/d?sslmode=maybe"]).exits(250).says("sslmode=maybe");
    let Some((_, url)) = place("encrypted") else { return };
    let full = url.replace("disable", "verify-full");
    env.run(&["control", "run", "keys", "--database", &full]).exits(250).says("does not support TLS");
}

#[test]
fn the_prefix_comes_before_the_servers_own_path() {
    let Some((env, url)) = place("prefixed") else { return };
    let run = |flags: &[&str]| {
        let arguments = [&["query", "run", "show search_path", "--database", &url, "--output", "csv"], flags].concat();
        env.run(&arguments).exits(0).stdout
    };
    assert!(run(&["--search-path-prefix", "prefixed"]).contains("prefixed, \"\"$user\"\", public"));
    assert!(run(&["--search-path", "A b"]).contains("\"\"A b\"\""));
}
