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
    // Values two columns behind the longest label there could be; what has lines of its own stands below.
    let wanted = "Name:          c
Title:         A control
Tags:          \n  a: 1
  b: 2
Mod:           m
Query:         m.query.q
Severity:      high
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
        .prints("SQL:           select 1\n")
        .prints("    Name:        param.p\n    Description: A number.\n    Default:     3\n");
    env.run(&["benchmark", "show", "outer"]).exits(0).prints("Children:      \n  m.benchmark.inner\n");
    env.run(&["dashboard", "show", "d"]).exits(0).prints("Title:         A dashboard");
    for name in ["region", "var.region", "variable.region", "m.var.region", "m.region"] {
        env.run(&["variable", "show", name, "--var", "region=us"]).exits(0).prints("Value:         us");
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

/// Every kind of resource in one dashboard, as the tests of Powerpipe's `show` have it.
const PARTS: &str = r#"dashboard "d" {
  description = "All of them."
  container "c" {
    card "card" {
      sql = "select 1"
    }
    chart "chart" {
      query = query.q
      series "s" {
        color = "red"
        point "p" {
          color = "blue"
        }
      }
    }
    table "table" {
      sql = "select 1"
      column "x" {
        display = "none"
      }
    }
    image "image" {
      src = "a.png"
      alt = "A picture."
    }
    text "text" {
      value = "hello"
    }
    flow "flow" {
      node "n" {
        sql = "select 1"
      }
      edge "e" {
        sql = "select 2"
      }
    }
    graph "graph" {
      category "red" {
        color = "red"
      }
      node "g" {
        sql      = "select 1"
        category = category.top
      }
    }
    hierarchy "hierarchy" {
      sql = "select 1"
    }
    input "input" {
      type = "text"
    }
  }
}
category "top" {
  icon = "box"
}
query "q" {
  sql = "select $1"
  param "p" {
    default = ["a"]
  }
}
"#;

#[test]
fn parts_of_dashboards() {
    let env = TestEnv::with_mod(PARTS);
    let shown = |kind: &str, name: &str| {
        let done = env.run(&[kind, "show", name, "--output", "json"]).exits(0).quietly();
        let lines: Vec<String> = done.stdout.lines().map(|l| l.trim().to_owned()).collect();
        (done.json()[0].clone(), lines)
    };
    // The lines that Powerpipe's tests take out before they compare hold the names of files.
    for (kind, name, places) in [
        ("dashboard", "d", &[9, 15][..]),
        ("card", "card", &[5]),
        ("text", "text", &[5]),
        ("image", "image", &[6]),
        ("flow", "flow", &[9, 20, 27]),
    ] {
        let (_, lines) = shown(kind, name);
        let found: Vec<usize> =
            lines.iter().enumerate().filter(|(_, l)| l.starts_with("\"file_name\"")).map(|(i, _)| i + 1).collect();
        assert_eq!(found, places, "{kind}: {lines:#?}");
    }
    let (dashboard, _) = shown("dashboard", "d");
    assert_eq!(dashboard["children"], serde_json::json!(["m.container.c"]));
    assert_eq!(dashboard["url_path"], "/m.dashboard.d");
    assert_eq!(dashboard["inputs"][0]["dashboard"], "m.dashboard.d");
    assert_eq!(dashboard["inputs"][0]["unqualified_name"], "input.input");
    let (container, _) = shown("container", "c");
    assert_eq!(container["children"].as_array().unwrap().len(), 9);
    let (card, _) = shown("card", "m.card.card");
    assert_eq!(card["path"], serde_json::json!([["mod.m", "m.dashboard.d", "m.container.c", "m.card.card"]]));
    assert_eq!(card["source_definition"], "    card \"card\" {\n      sql = \"select 1\"\n    }");
    let (chart, lines) = shown("chart", "chart");
    assert_eq!(lines[2], "\"Series\": {");
    assert_eq!(chart["series"][0]["points"]["p"]["color"], "blue");
    let reference = &chart["references"][0];
    let keys: Vec<&String> = reference.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "auto_generated",
            "end_line_number",
            "file_name",
            "from_attribute",
            "from_block_name",
            "from_block_type",
            "is_anonymous",
            "mod_name",
            "reference_from",
            "reference_to",
            "resource_name",
            "source_definition",
            "start_line_number"
        ]
    );
    assert_eq!((&reference["from_block_name"], &reference["reference_from"]), (&"chart".into(), &"chart.chart".into()));
    // printf 'To: query.q\nFrom: chart.chart\nBlockType: chart\nBlockName: chart\nAttribute: query' | md5sum
    assert_eq!(reference["resource_name"], "58171314");
    assert_eq!(reference["source_definition"], "      query = query.q");
    assert_eq!(shown("table", "table").0["Columns"]["x"]["display"], "none");
    let (graph, _) = shown("graph", "graph");
    assert_eq!(graph["categories"]["red"]["color"], "red");
    assert_eq!(graph["nodes"][0]["category"]["icon"], "box");
    assert_eq!(shown("hierarchy", "hierarchy").0["categories"], serde_json::json!({}));
    let param = serde_json::json!({ "name": "p", "description": null, "default": "[\"a\"]" });
    assert_eq!(shown("query", "q").0["params"][0], param);
    assert_eq!(env.run(&["card", "list"]).exits(0).stdout, "MOD    NAME\nm      card\n");
}
