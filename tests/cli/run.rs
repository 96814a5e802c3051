//! `control run` and `benchmark run`.

use crate::harness::{TestEnv, control};

fn tree() -> TestEnv {
    let controls = control("fine", "ok ok skip") + &control("bad", "ok alarm alarm") + &control("broken", "nonsense");
    TestEnv::with_mod(&format!(
        "{controls}
benchmark \"good\" {{
  title    = \"Good\"
  children = [control.fine]
}}
benchmark \"alarms\" {{
  title    = \"Alarms\"
  children = [control.fine, control.bad]
}}
benchmark \"all_of_it\" {{
  title    = \"All of it\"
  children = [benchmark.alarms, control.broken]
}}
"
    ))
}

#[test]
fn the_exit_code_says_how_it_went() {
    let env = tree();
    for (target, code) in [("good", 0), ("alarms", 1), ("all_of_it", 2)] {
        env.run(&["benchmark", "run", target]).exits(code).quietly();
    }
    for (target, code) in [("fine", 0), ("control.bad", 1), ("m.control.broken", 2)] {
        env.run(&["control", "run", target]).exits(code).quietly();
    }
}

#[test]
fn of_several_targets_the_worst_counts() {
    let env = tree();
    env.run(&["benchmark", "run", "alarms", "good"]).exits(1).prints("Alarms").prints("Good");
    env.run(&["benchmark", "run", "all_of_it", "alarms", "good"]).exits(2);
    env.run(&["control", "run", "bad", "fine"]).exits(1);
}

#[test]
fn text_is_laid_out_as_upstream_does_it() {
    let env = tree();
    let done = env.run(&["control", "run", "bad"]).exits(1);
    let wanted = "
+ bad ................................................................................. 2 / 3 [==========]
  |
  ALARM: because alarm ........................................................................ 
";
    // The exact layout is the reports' business; here only that width and content arrive.
    let first = |text: &str| text.lines().nth(1).unwrap_or_default().split(' ').take(2).collect::<Vec<_>>().join(" ");
    assert_eq!(first(&done.stdout), first(wanted));
    assert!(done.stdout.lines().all(|l| l.chars().count() <= 100), "{}", done.stdout);
    assert!(done.stdout.contains("because alarm") && done.stdout.contains("Summary"));
}

#[test]
fn all_runs_every_top_benchmark_once() {
    let env = tree();
    let done = env.run(&["benchmark", "run", "all", "--output", "json"]).exits(2);
    let json = done.json();
    let groups: Vec<&str> =
        json["groups"].as_array().unwrap().iter().map(|g| g["group_id"].as_str().unwrap()).collect();
    assert_eq!(groups, ["m.benchmark.good", "m.benchmark.all_of_it"]);
    env.run(&["benchmark", "run", "all", "good"]).exits(250).says("cannot execute 'all' with other benchmarks");
}

#[test]
fn a_dry_run_needs_no_data() {
    let env = TestEnv::with_mod(
        "control \"c\" { sql = \"select * from aws_iam_user\" }\nbenchmark \"b\" {\n  title = \"The title\"\n  children = [control.c]\n}",
    );
    let done = env.run(&["benchmark", "run", "b", "--dry-run", "--timing"]).exits(0).prints("The title").quietly();
    assert!(!done.stdout.contains("Summary") && !done.stdout.contains("Time:"));
    env.run(&["control", "run", "c", "--dry-run=true"]).exits(0);
}

#[test]
fn filters_select_controls() {
    let env = TestEnv::with_mod(
        "control \"a\" {
  sql  = \"select 'r' as resource, 'ok' as status, '' as reason\"
  tags = { level = \"1\" }
}
control \"b\" {
  sql      = \"select 'r' as resource, 'alarm' as status, '' as reason\"
  severity = \"high\"
}
benchmark \"t\" { children = [control.a, control.b] }
",
    );
    env.run(&["benchmark", "run", "t"]).exits(1);
    env.run(&["benchmark", "run", "t", "--tag", "level=1"]).exits(0);
    env.run(&["benchmark", "run", "t", "--tag", "level!=1"]).exits(1);
    env.run(&["benchmark", "run", "t", "--where", "severity is null"]).exits(0);
    env.run(&["benchmark", "run", "t", "--tag", "level=9"]).exits(0).says("no control passes the filter");
    env.run(&["benchmark", "run", "t", "--tag", "level"]).exits(254).says("key=value");
    env.run(&["benchmark", "run", "t", "--tag", "\"level=1,x\",a=b"]).exits(0).says("no control passes the filter");
    env.run(&["benchmark", "run", "t", "--where", "severity != 'high'"]).exits(0).quietly();
    env.run(&["benchmark", "run", "t", "--tag", "a=b", "--where", "1 = 1"])
        .exits(254)
        .says("only 1 of 'tag' and 'where'");
    env.run(&["benchmark", "run", "t", "--where", "severty = 'high'"]).exits(255).says("did you mean severity?");
}

#[test]
fn several_controls() {
    let env = tree();
    env.run(&["control", "run", "fine", "bad", "--export", "all.json", "--output", "none"]).exits(1).quietly();
    let json: serde_json::Value = serde_json::from_str(&env.read("all.json")).unwrap();
    let ids: Vec<&str> =
        json["controls"].as_array().unwrap().iter().map(|c| c["control_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["control.fine", "control.bad"]);
    let text = env.run(&["control", "run", "all", "--output", "csv"]).exits(2).stdout;
    assert_eq!(text.lines().count(), 1 + 3 + 3 + 1, "{text}");
    // Files do not take each other's place.
    env.run(&["control", "run", "fine", "fine", "--export", "csv", "--output", "none"]).exits(0).quietly();
    let files = env.files();
    let csv: Vec<&String> = files.iter().filter(|f| f.ends_with(".csv")).collect();
    assert_eq!(csv.len(), 2, "{files:?}");
    assert!(csv[0].starts_with("m.control.fine-2.") && csv[1].starts_with("m.control.fine."), "{csv:?}");
    env.run(&["control", "run", "nope"]).exits(250).says("'control.nope' not found in mod.m (ROOT/work)");
}

#[test]
fn without_rows_no_column_is_missing() {
    let env = TestEnv::with_mod(
        "control \"none\" { sql = \"select 1 as x where false\" }
control \"some\" { sql = \"select 1 as x\" }
",
    );
    env.run(&["control", "run", "none"]).exits(0).quietly();
    env.run(&["control", "run", "some"]).exits(2).prints("missing required columns: [reason resource status]");
}

#[test]
fn one_control_with_several_arguments() {
    let env = TestEnv::with_mod(
        "control \"c\" {
  sql = \"select $1::text as resource, 'ok' as status, '' as reason\"
  param \"p\" { default = \"d\" }
}
",
    );
    let run = ["control", "run", "c(\"a\")", "c(\"b\")", "c", "c(\"a\")", "--output", "none", "--export"];
    env.run(&[&run[..], &["all.csv,all.pps"]].concat()).exits(0).quietly();
    let csv = env.read("all.csv");
    let resources: Vec<&str> = csv.lines().skip(1).filter_map(|l| l.split(',').nth(7)).collect();
    assert_eq!(resources, ["a", "b", "d", "a"], "{csv}");
    env.run(&["control", "run", "c", "--arg", "x=1", "--output", "csv"])
        .exits(2)
        .prints("cannot run m.control.c - failed to resolve query: failed to resolve args for c: it has no param");
    // What is in one file is told apart.
    let snapshot = crate::harness::json_of(&env.work().join("all.pps"));
    let panels: Vec<&String> =
        snapshot["panels"].as_object().unwrap().keys().filter(|k| k.contains("control")).collect();
    assert_eq!(panels, ["m.control.c", "m.control.c(\"b\")", "m.control.c()"]);
}

#[test]
fn arguments_reach_the_query() {
    let env = TestEnv::with_mod(
        "query \"q\" {
  sql = \"select 'r' as resource, $1 as status, concat($2::text, '/', $1::text) as reason\"
  param \"status\" { default = \"ok\" }
  param \"word\" {}
}
control \"c\" {
  query = query.q
  args  = { word = \"own\" }
}
control \"without\" { query = query.q }
",
    );
    let reason = |arguments: &[&str]| {
        let done = env.run(&[&["control", "run"], arguments, &["--output", "csv", "--header=false"]].concat());
        done.stdout.split(',').nth(6).unwrap_or_default().to_owned()
    };
    assert_eq!(reason(&["c"]), "own/ok");
    assert_eq!(reason(&["c", "--arg", "status=alarm"]), "own/alarm");
    assert_eq!(reason(&["c", "--arg", "word=a=b"]), "a=b/ok");
    assert_eq!(reason(&["c(\"skip\", \"x\")"]), "x/skip");
    assert_eq!(reason(&["control.c(word => \"y\")"]), "y/ok");
    let done = env.run(&["control", "run", "without", "--output", "json"]).exits(2);
    let error = done.json()["controls"][0]["run_error"].as_str().unwrap().to_owned();
    assert_eq!(
        error,
        "cannot run m.control.without - failed to resolve query \"m.query.q\": failed to resolve args for without: word"
    );
}

#[test]
fn a_time_limit_makes_errors() {
    let env = TestEnv::with_mod(
        "control \"slow\" {
  sql = \"select count(*)::text as resource, 'ok' as status, '' as reason from generate_series(1, 1000000) a, generate_series(1, 1000000) b where a + b < 0\"
}",
    );
    let done = env.run(&["control", "run", "slow", "--query-timeout", "1", "--output", "json"]).exits(2);
    let error = done.json()["controls"][0]["run_error"].as_str().unwrap().to_owned();
    let seconds = error.strip_prefix("control execution timed out after running for ").unwrap();
    assert!(seconds.starts_with(|c: char| ('1'..='9').contains(&c)), "{error}");
    let done = env.run(&["control", "run", "slow", "--benchmark-timeout=1", "--output", "json"]).exits(2);
    assert!(done.stdout.contains("control execution timed out after running for"), "{}", done.stdout);
}

#[test]
fn ctrl_c_reports_the_rest_and_writes_no_export() {
    let slow = "select count(*)::text as resource, 'ok' as status, '' as reason from generate_series(1, 1000000) a, generate_series(1, 1000000) b where a + b < ";
    let env = TestEnv::with_mod(&format!(
        "control \"one\" {{ sql = \"{slow} 0\" }}\ncontrol \"two\" {{ sql = \"{slow} 1\" }}\nbenchmark \"b\" {{ children = [control.one, control.two] }}"
    ));
    let child = env.start(&[
        "benchmark",
        "run",
        "b",
        "--max-parallel",
        "1",
        "--query-timeout",
        "3",
        "--output",
        "json",
        "--export",
        "x.json",
    ]);
    std::thread::sleep(std::time::Duration::from_millis(1_000));
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let done = env.wait(child).exits(2).says("the run was cancelled: no export");
    assert!(done.stdout.contains("execution cancelled"), "{}", done.stdout);
    assert_eq!(env.files(), ["mod.pp"]);
}

#[test]
fn a_second_ctrl_c_stops_at_once() {
    let env = TestEnv::with_mod(
        "control \"slow\" { sql = \"select count(*)::text as resource, 'ok' as status, '' as reason from generate_series(1, 1000000) a, generate_series(1, 1000000) b where a + b < 0\" }",
    );
    let child = env.start(&["control", "run", "slow"]);
    let id = child.id().to_string();
    for _ in 0..2 {
        std::thread::sleep(std::time::Duration::from_millis(700));
        assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    }
    env.wait(child).exits(130);
}

#[test]
fn standard_output_is_data_only() {
    let env = tree();
    let done = env.run(&["benchmark", "run", "alarms", "--output", "csv", "--header=false", "--separator", "|"]);
    assert!(done.clone().exits(1).quietly().stdout.lines().all(|l| l.matches('|').count() == 9), "{}", done.stdout);
    env.run(&["benchmark", "run", "alarms", "--output", "none"]).exits(1).quietly();
    let done = env.run(&["control", "run", "bad", "--timing"]).exits(1);
    assert!(done.stdout.lines().last().unwrap().starts_with("Time: "), "{}", done.stdout);
}

#[test]
fn the_same_run_prints_the_same_bytes() {
    let env = tree();
    let one = env.run(&["benchmark", "run", "all_of_it", "--max-parallel", "1"]);
    for _ in 0..3 {
        assert_eq!(env.run(&["benchmark", "run", "all_of_it", "--max-parallel", "8"]), one);
    }
}

#[test]
fn a_closed_pipe_is_no_error() {
    let env = tree();
    let mut child = env.start(&["control", "list"]);
    drop(child.stdout.take());
    env.wait(child).exits(0).quietly();
}

#[test]
fn controls_use_the_database_that_they_name() {
    let env = TestEnv::with_mod(
        "control \"own\" {
  database = \"sqlite:data.db\"
  sql      = \"select 'r' as resource, state as status, typeof(state) as reason from t\"
}
control \"default\" { sql = \"select 'r' as resource, 'ok' as status, '' as reason\" }
control \"missing\" {
  database = \"sqlite:nowhere.db\"
  sql      = \"select 1\"
}
benchmark \"b\" { children = [control.own, control.default, control.missing] }
",
    );
    let database = rusqlite::Connection::open(env.work().join("data.db")).unwrap();
    database.execute_batch("create table t (state text); insert into t values ('alarm');").unwrap();
    let done = env.run(&["benchmark", "run", "b", "--output", "json"]).exits(2);
    let json = done.json();
    let controls = json["groups"][0]["controls"].as_array().unwrap();
    assert_eq!(controls[0]["results"][0]["reason"], "text");
    assert_eq!(controls[1]["results"][0]["status"], "ok");
    assert!(controls[2]["run_error"].as_str().unwrap().contains("there is no SQLite file"), "{}", controls[2]);
    // The whole run on another database.
    env.run(&["control", "run", "default", "--database", "sqlite:data.db"]).exits(0);
    env.run(&["control", "run", "default", "--database", "sqlite:nope.db"]).exits(250).says("there is no SQLite file");
    env.run(&["control", "run", "default", "--database", "connection.sqlite.x"])
        .exits(254)
        .says("connection 'connection.sqlite.x' not found");
}

#[test]
fn plugins_whose_data_is_unknown_are_named_once() {
    let env = TestEnv::new();
    let require = |name: &str| {
        format!(
            "mod \"m\" {{\n  require {{\n    plugin \"{name}\" {{\n      min_version = \"1.0.0\"\n    }}\n  }}\n}}\n"
        )
    };
    env.file("a.pp", &format!("{}{}", control("a", "ok"), control("b", "ok")));
    env.file("mod.pp", &require("turbot/azure"));
    let done = env.run(&["control", "run", "a", "b", "--offline", "--output", "none"]);
    let note = "the mod needs data of the Steampipe plugin azure, which ironpipe does not collect";
    assert_eq!(done.exits(0).stderr.matches(note).count(), 1);
    env.file("mod.pp", &require("aws"));
    env.run(&["control", "run", "a", "--offline", "--output", "none"]).exits(0).quietly();
}
