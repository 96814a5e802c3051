//! Dashboards and detections: loaded, checked, kept.

use super::{bad, good, shown};

#[test]
fn a_dashboard_is_kept_with_its_parts() {
    let loaded = good(
        r#"
query "q" {
  sql = "select 1"
  param "id" {}
}
dashboard "d" {
  title = "D"
  tags  = {a = "b"}
  input "pick" {
    title = "Pick"
    query = query.q
    width = 4
  }
  container {
    card "one" {
      query = query.q
      width = 2
      args  = {id = self.input.pick.value}
    }
    card {
      sql  = "select 2"
      args = [self.input.pick.value]
    }
    chart {
      sql  = "select 1"
      type = "column"
      axes {
        x {
          title {
            value = "X"
          }
          min = 0
        }
      }
      series "s" {
        color = "red"
        point "p" {
          color = "green"
        }
      }
    }
    graph {
      base = graph.g
      args = {ids = with.w.rows[*].id}
      node {
        base = node.n
        args = {ids = [self.input.pick.value]}
      }
      edge {
        sql = "select 1"
        args = {a = param.id}
      }
    }
  }
  with "w" {
    query = query.q
  }
  table {
    query = query.q
    column "c" {
      href = "${dashboard.d.url_path}?x={{.'Id' | @uri}}"
    }
  }
}
graph "g" {
  category "c1" {}
  param "ids" {}
  node "x" {
    sql = "select 1"
  }
}
node "n" {
  sql      = "select 1"
  category = category.cat
}
category "cat" {
  color = "blue"
  fold {
    threshold = 3
  }
}
detection "det" {
  sql      = "select 1"
  severity = "high"
  display_columns = ["a"]
}
benchmark "dets" {
  type     = "detection"
  children = [detection.det]
}
container "top" {
  text {
    value = "hello"
  }
}
"#,
    );
    assert_eq!(shown(&loaded.warnings), "");
    let others = &loaded.module.others;
    assert_eq!(
        others.iter().map(|o| o.id.unqualified_name()).collect::<Vec<_>>(),
        ["dashboard.d", "graph.g", "node.n", "category.cat", "detection.det", "container.top"]
    );
    let dashboard = &others[0];
    assert_eq!(dashboard.meta.tags["a"], "b");
    let names: Vec<&str> =
        dashboard.properties["children"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["pick", "dashboard_d_anonymous_container_0", "w", "dashboard_d_anonymous_table_0"]);
    let container = &dashboard.properties["children"][1];
    let names: Vec<&str> =
        container["children"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!(names[1], "container_dashboard_d_anonymous_container_0_anonymous_card_1");
    assert_eq!(container["children"][0]["args"]["id"], "self.input.pick.value");
    assert_eq!(container["children"][2]["series"][0]["point"][0]["color"], "green");
    assert_eq!(container["children"][3]["args"]["ids"], "with.w.rows[*].id");
    assert_eq!(dashboard.properties["children"][3]["column"][0]["href"], "/m.dashboard.d?x={{.'Id' | @uri}}");
    assert_eq!(loaded.module.benchmarks["dets"].display_type.as_deref(), Some("detection"));
}

#[test]
fn mistakes() {
    for (text, expected) in [
        (
            "dashboard \"d\" {\n  chart {\n    title = \"x\"\n  }\n}\n",
            "a.pp:2:3-8: chart.dashboard_d_anonymous_chart_0 does not define a query or SQL [missing-sql]",
        ),
        ("dashboard \"d\" {\n  chrt {\n  }\n}\n", "did you mean \"chart\"?"),
        (
            "dashboard \"d\" {\n  card {\n    lable = \"x\"\n  }\n}\n",
            "a.pp:3:5-10: unsupported argument: an argument named \"lable\" is not expected here [unknown-attribute]; did you mean \"label\"?",
        ),
        (
            "dashboard \"d\" {\n  table \"t\" {\n    sql = \"\"\n  }\n}\ndashboard \"e\" {\n  table \"t\" {\n    sql = \"\"\n  }\n}\n",
            "a.pp:7:3-12: mod m defines more than one resource named table.t [duplicate]; first defined here: a.pp:2:3-12",
        ),
        (
            "dashboard \"d\" {\n  input \"i\" {\n    type = \"text\"\n  }\n  container {\n    input \"i\" {\n      type = \"text\"\n    }\n  }\n}\n",
            "dashboard.d contains duplicate input names: i [duplicate]; first defined here: a.pp:2:3-12",
        ),
        ("graph \"g\" {\n  category \"c\" {}\n  category \"c\" {}\n}\n", "has duplicate category: c"),
        (
            "dashboard \"d\" {\n  with \"w\" {\n    sql = \"\"\n  }\n  with \"w\" {\n    sql = \"\"\n  }\n}\n",
            "duplicate with block: w",
        ),
        (
            "query \"q\" {\n  sql = \"\"\n}\ngraph \"g\" {\n  query = query.q\n  node {\n    sql = \"\"\n  }\n}\n",
            "graph.g contains edges/nodes AND has a query [sql-and-parts]",
        ),
        (
            "dashboard \"d\" {\n  graph {\n    with \"w\" {\n      sql = \"\"\n    }\n    node {\n      sql = \"\"\n    }\n  }\n}\n",
            "only top level resources can have 'with' blocks",
        ),
        (
            "dashboard \"d\" {\n  card {\n    args = {a = \"x${self.input.x.value}\"}\n  }\n}\n",
            "cannot stand in a template",
        ),
        (
            "dashboard \"d\" {\n  card {\n    args = {a = [self.input.x.value, 1]}\n  }\n}\n",
            "unexpected runtime dependency expression",
        ),
        (
            "dashboard \"d\" {\n  card {\n    label = self.input.x.value\n  }\n}\n",
            "a value that is known only when a dashboard runs cannot stand here",
        ),
        (
            "dashboard \"d\" {\n  card {\n    args = {a = input.x.value}\n  }\n}\n",
            "input.x must be written self.input.x",
        ),
        ("dashboard \"d\" {\n  card {\n    base = card.nope\n  }\n}\n", "there is no card \"nope\""),
        ("node \"n\" {\n  sql = \"\"\n  category = node.n\n}\n", "a category is required, not node.n"),
        ("dashboard \"d\" {\n  input \"i\" {\n    width = 3\n  }\n}\n", "input.i does not define a query or SQL"),
        ("detection \"d\" {}\n", "detection.d does not define a query or SQL"),
        (
            "detection \"d\" {\n  sql = \"\"\n}\nbenchmark \"b\" {\n  children = [detection.d]\n}\n",
            "invalid child: a benchmark holds controls and benchmarks, not detection.d [child]; a benchmark of detections needs type = \"detection\"",
        ),
        ("dashboard \"d\" {\n  table {\n    sql = \"\"\n    column {\n    }\n  }\n}\n", "missing name for column"),
    ] {
        let found = bad(text);
        assert!(found.contains(expected), "{text}\nexpected: {expected}\n   found: {found}");
    }
}

#[test]
fn params_of_nested_resources() {
    let loaded = good("dashboard \"d\" {\n  card {\n    sql = \"\"\n    param \"p\" {}\n  }\n}\n");
    assert!(shown(&loaded.warnings).contains("only top level resources can have 'param' blocks"));
}
