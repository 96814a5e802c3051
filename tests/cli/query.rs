//! `query run`.

use crate::harness::TestEnv;

fn env() -> TestEnv {
    TestEnv::with_mod(
        "query \"defaults\" {
  sql = \"select $1::text || ' ' || $2::text as reason\"
  param \"p1\" { default = \"one\" }
  param \"p2\" { default = \"two\" }
}
query \"needs\" {
  sql = \"select $1::text as reason\"
  param \"p1\" {}
}
",
    )
}

#[test]
fn formats() {
    let env = env();
    let run =
        |format: &str| env.run(&["query", "run", "select 1 as n, null as x, true as b", "--output", format]).exits(0);
    assert_eq!(run("csv").stdout, "n,x,b\n1,,true\n");
    assert_eq!(
        run("table").stdout,
        "+---+--------+------+\n| n | x      | b    |\n+---+--------+------+\n| 1 | <null> | true |\n+---+--------+------+\n"
    );
    let json = run("json").json();
    assert_eq!(json["rows"][0]["n"], 1);
    assert_eq!(json["columns"][0]["name"], "n");
    assert_eq!(run("none").stdout, "");
    assert!(run("line").stdout.starts_with("-[ RECORD 1  ]---"));
    assert_eq!(run("snapshot").json()["schema_version"], "20240607");
    env.run(&["query", "run", "select 1", "--output", "tble"]).exits(255).says("did you mean table?");
}

#[test]
fn piped_output_is_a_snapshot() {
    assert!(env().run(&["query", "run", "select 1 as n"]).exits(0).json()["panels"].is_object());
}

#[test]
fn arguments() {
    let env = env();
    let rows = |arguments: &[&str]| {
        let done = env.run(&[&["query", "run"], arguments, &["--output", "csv", "--header=false"]].concat()).exits(0);
        done.stdout.trim_end().to_owned()
    };
    assert_eq!(rows(&["defaults"]), "one two");
    assert_eq!(rows(&["query.defaults", "--arg", "p2=zwei"]), "one zwei");
    assert_eq!(rows(&["m.query.defaults", "--arg", "eins"]), "eins two");
    assert_eq!(rows(&["defaults(\"a\", \"b\")"]), "a b");
    assert_eq!(rows(&["query.defaults(p2 => \"b\")"]), "one b");
    env.run(&["query", "run", "needs"]).exits(21).says("failed to resolve args for needs: p1");
    env.run(&["query", "run", "defaults", "--arg", "p3=x"]).exits(21).says("it has no param \"p3\"");
    env.run(&["query", "run", "defaults(word)"]).exits(255).says("bad arg syntax");
    env.run(&["query", "run", "defaults(1)", "--arg", "x"]).exits(255).says("both command line args");
    env.run(&["query", "run", "defaults", "--arg", "x", "--arg", "p1=y"]).exits(255).says("cannot mix");
}

#[test]
fn sql_that_looks_like_a_call_is_sql() {
    let rows = |sql: &str| {
        let done = env().run(&["query", "run", sql, "--output", "csv", "--header=false"]).exits(0);
        done.stdout.trim_end().to_owned()
    };
    assert_eq!(rows("select (1 + 2)"), "3");
    assert_eq!(rows("SELECT (1, 2) in ((1, 2), (3, 4))"), "true");
    assert_eq!(rows("values (1), (2)"), "1\n2");
}

#[test]
fn sql_that_begins_with_a_comment_is_sql() {
    let env = env();
    let rows = |arguments: &[&str]| {
        let done = env.run(&[&["query", "run"], arguments, &["--output", "csv", "--header=false"]].concat()).exits(0);
        done.stdout.trim_end().to_owned()
    };
    assert_eq!(rows(&["-- a comment\nselect 1"]), "1");
    assert_eq!(rows(&["--offline", "-- a=b\nselect $1::text || $2::text", "--arg", "-1", "--arg", "-- x"]), "-1-- x");
    // Places are those of the text as it was typed.
    env.run(&["query", "run", "-- a\nselect b"]).exits(41).says(":2:8");
    env.run(&["query", "run", "--nope"]).exits(255).says("unknown flag: --nope");
}

#[test]
fn a_word_that_is_no_query_is_not_sent_as_sql() {
    let env = env();
    env.run(&["query", "run", "defalts"])
        .exits(255)
        .says("'query.defalts' not found in mod.m (ROOT/work)\n")
        .says("did you mean query.defaults?");
    env.run(&["query", "run", "m.query.nothing"]).exits(255).says("not found");
    env.run(&["query", "run", "control.x"]).exits(255).says("is not a query");
}

#[test]
fn faults_show_their_place() {
    let env = env();
    env.run(&["query", "run", "select 1 from"]).exits(41).says("Error");
    env.run(&["query", "run", "select name from aws_iam_user", "--offline"]).exits(255).says("--offline");
    env.run(&["query", "run", "select 1 / 0 as x", "--output", "csv"]).exits(41).says("division by zero");
    // Without a mod, SQL text still runs.
    assert_eq!(TestEnv::new().run(&["query", "run", "select 2 as n", "--output", "csv"]).exits(0).stdout, "n\n2\n");
}

#[test]
fn sql_needs_no_mod() {
    let env = TestEnv::new();
    env.file("elsewhere/loose.pp", "query \"loose\" {\n  sql = \"select 2 as b\"\n}\n");
    let done = env.run(&["query", "run", "select 1 as a", "--output", "csv", "--mod-location", "elsewhere"]).exits(0);
    assert_eq!(done.quietly().stdout, "a\n1\n");
    env.run(&["query", "run", "x", "--output", "csv", "--mod-location", "elsewhere"])
        .exits(252)
        .says("no mod definition");
    let env = self::env();
    env.run(&["query", "run", "other.query.q"])
        .exits(255)
        .says("'other.query.q' not found")
        .says("of those that it requires: m");
}

#[test]
fn exports_and_formats_mix() {
    let env = env();
    env.run(&["query", "run", "select 1 as n", "--output", "none", "--export", "csv.pps", "--export", "b.csv,json"])
        .exits(0);
    assert_eq!(env.read("b.csv"), "n\n1\n");
    assert!(env.read("csv.pps").starts_with('{'));
    let json = env.files().into_iter().find(|f| f.starts_with("query.") && f.ends_with(".json"));
    assert!(json.is_some(), "{:?}", env.files());
}

#[test]
fn a_snapshot_is_saved_in_the_folder() {
    let env = env();
    env.run(&["query", "run", "defaults", "--snapshot", "--snapshot-location", "snaps"])
        .exits(255)
        .says("snapshot location snaps does not exist");
    std::fs::create_dir(env.work().join("snaps")).unwrap();
    env.run(&["query", "run", "defaults", "--output", "none", "--snapshot", "--snapshot-location", "snaps"])
        .exits(0)
        .says("Snapshot saved to snaps/m.query.defaults.");
}

#[test]
fn the_clock_is_the_one_that_is_given() {
    let env = env();
    let done =
        env.run(&["query", "run", "select now()::date as d", "--as-of", "2021-02-09T12:00:00Z", "--output", "csv"]);
    assert_eq!(done.exits(0).stdout, "d\n2021-02-09\n");
    env.file("clock.pp", "query \"clock\" {\n  sql = \"select '${timestamp()}' as t\"\n}\n");
    let done = env.run(&["query", "run", "clock", "--as-of", "2021-02-09T12:00:00+02:00", "--output", "csv"]);
    assert_eq!(done.exits(0).stdout, "t\n2021-02-09T10:00:00Z\n");
    env.run(&["query", "run", "select 1", "--as-of", "soon"]).exits(255).says("--as-of soon");
}

#[test]
fn json_has_postgresqls_text_where_it_is_wanted() {
    let env = TestEnv::new();
    let sql = "select true as b, 1.50 as n, '{\"b\":1,\"a\":[null]}'::jsonb as j, null::text as z, array[1,2] as a";
    let json = |flags: &[&str]| {
        let done = env.run(&[&["query", "run", sql, "--offline", "--output", "json"], flags].concat()).exits(0);
        done.json()["rows"][0].clone()
    };
    assert_eq!(json(&[])["j"], serde_json::json!({"a": [null], "b": 1}));
    let wanted = serde_json::json!(["t", "1.50", "{\"a\": [null], \"b\": 1}", null, "{1,2}"]);
    assert_eq!(json(&["--pg-text"]), wanted);
}

#[test]
fn columns_of_one_name_stay_apart() {
    let env = TestEnv::new();
    let run = |flags: &[&str]| {
        let sql = "select 'x' as account_id, 1 as a, 'y' as account_id";
        env.run(&[&["query", "run", sql, "--offline", "--output", "json"], flags].concat()).exits(0).json()
    };
    let renamed = run(&[]);
    let name = renamed["columns"][2]["name"].as_str().unwrap();
    assert_eq!(renamed["columns"][2]["original_name"], "account_id");
    assert!(name.starts_with("account_id_") && name.len() == "account_id_".len() + 4, "{name}");
    assert_eq!((&renamed["rows"][0]["account_id"], &renamed["rows"][0][name]), (&"x".into(), &"y".into()));
    let same = "select 'x' as account_id, 1 as a, 'x' as account_id";
    let same = env.run(&["query", "run", same, "--offline", "--output", "json"]).exits(0).json();
    assert_eq!(
        (&same["columns"][0], &same["rows"][0]),
        (&same["columns"][2], &serde_json::json!({"a": 1, "account_id": "x"}))
    );
    let exact = run(&["--pg-text"]);
    assert_eq!(exact["columns"][2], serde_json::json!({"name": "account_id", "data_type": "text"}));
    assert_eq!(exact["rows"], serde_json::json!([["x", "1", "y"]]));
}
