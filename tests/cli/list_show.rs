//! `list` and `show`.

use crate::harness::TestEnv;

fn env() -> TestEnv {
    TestEnv::with_mod(
        "variable \"region\" {
  type        = string
  default     = \"eu\"
  description = \"Where.\"
}
query \"q\" {
  title = \"A query\"
  sql   = \"select 1\"
  param \"p\" {
    default     = 3
    description = \"A number.\"
  }
}
control \"c\" {
  title    = \"A control\"
  severity = \"high\"
  query    = query.q
  tags     = { b = \"2\", a = \"1\" }
}
benchmark \"inner\" { children = [control.c] }
benchmark \"outer\" {
  title    = \"Outer\"
  children = [benchmark.inner]
}
dashboard \"d\" {
  title = \"A dashboard\"
  text { value = \"hello\" }
}
",
    )
}

#[test]
fn tables() {
    let env = env();
    let list = |kind: &str| env.run(&[kind, "list"]).exits(0).quietly().stdout;
    assert_eq!(list("control"), "MOD    NAME\nm      c\n");
    // Benchmarks that another one holds are left out of the table.
    assert_eq!(list("benchmark"), "MOD    NAME     TYPE\nm      outer    control\n");
    assert_eq!(list("variable"), "MOD    NAME\nm      region\n");
    assert_eq!(list("dashboard"), "MOD    NAME\nm      d\n");
    assert_eq!(list("detection"), "\n");
    let json = env.run(&["benchmark", "list", "--output", "json"]).json();
    assert_eq!(json.as_array().unwrap().len(), 2);
    assert_eq!(env.run(&["benchmark", "list", "--output", "plain"]).stdout, list("benchmark"));
}

#[test]
fn a_control_with_all_its_fields() {
    let env = env();
    let text = env.run(&["control", "show", "c"]).exits(0).quietly().stdout;
    let wanted = "Name:           c
Title:          A control
Tags:
  a:  1
  b:  2
Mod:            m
Query:          m.query.q
Severity:       high
";
    assert_eq!(text, wanted);
    let json = env.run(&["control", "show", "m.control.c", "--output", "json"]).json();
    let one = &json[0];
    assert_eq!(one["qualified_name"], "m.control.c");
    assert_eq!(one["args"], serde_json::json!({}));
    assert_eq!(one["path"], serde_json::json!([["mod.m", "m.benchmark.outer", "m.benchmark.inner", "m.control.c"]]));
    assert_eq!(one["start_line_number"], 17);
    assert_eq!(one["source_definition"].as_str().unwrap().lines().next(), Some("control \"c\" {"));
    assert!(one["references"].as_array().unwrap().iter().any(|r| r["reference_to"] == "query.q"), "{one}");
    let keys: Vec<&String> = one.as_object().unwrap().keys().collect();
    assert!(keys.is_sorted());
    let yaml = env.run(&["control", "show", "c", "--output", "yaml"]).exits(0).stdout;
    assert!(yaml.starts_with("- args: {}\n") && !yaml.contains('\u{1b}'), "{yaml}");
}

#[test]
fn other_kinds() {
    let env = env();
    env.run(&["query", "show", "q"])
        .exits(0)
        .prints("SQL:            select 1")
        .prints("\"description\":\"A number.\"");
    env.run(&["benchmark", "show", "outer"]).exits(0).prints("Children:\n  m.benchmark.inner\n");
    env.run(&["dashboard", "show", "d"]).exits(0).prints("Title:          A dashboard");
    for name in ["region", "var.region", "variable.region", "m.var.region", "m.region"] {
        env.run(&["variable", "show", name, "--var", "region=us"]).exits(0).prints("Value:          us");
    }
    let json = env.run(&["variable", "show", "region", "--output", "json"]).json();
    assert_eq!((&json[0]["value_default"], &json[0]["type_string"]), (&"eu".into(), &"string".into()));
}

#[test]
fn names_that_are_not_there() {
    let env = env();
    env.run(&["control", "show", "cc"]).exits(255).says("'control.cc' not found in mod.m").says("control.c?");
    env.run(&["control", "show", "benchmark.outer"]).exits(255).says("is not of the expected type 'Control'");
    env.run(&["dashboard", "show", "dd"]).exits(255).says("did you mean dashboard.d?");
    env.run(&["variable", "show", "regoin"]).exits(255).says("region");
}

#[test]
fn the_bundled_mod_is_there_without_one() {
    let env = TestEnv::new();
    let done = env.run(&["control", "list"]).exits(0).quietly();
    assert_eq!(done.stdout.lines().filter(|l| l.contains("cis_v200_1_")).count(), 22);
    env.run(&["benchmark", "list"]).exits(0).prints("cis_v200");
    env.run(&["control", "list", "--mod-location", "."]).exits(252).says("no mod definition");
}
