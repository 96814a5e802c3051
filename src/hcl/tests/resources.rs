//! Controls, benchmarks, queries.

use super::good;
use crate::model::resource::{Args, Documentation, QuerySource};
use crate::model::value::Arg;

#[test]
fn a_control_with_everything() {
    let loaded = good(
        r#"
locals {
  common = {service = "AWS/IAM", plugin = "aws"}
}
query "q" {
  sql = "select $1"
  param "p1" {
    description = "days"
    default     = 90
  }
  param "p2" {
    default = null
  }
}
control "c" {
  title       = "T"
  description = "D"
  query       = query.q
  severity    = "high"
  tags        = merge(local.common, {plugin = "x", level = 1})
  args        = {z = 1, a = ["x"], f = 1.5, n = null, o = {k = "v"}, b = true}
  width       = "4"
  display     = "none"
  type        = "t"
  database    = "sqlite:x.db"
}
"#,
    );
    let control = &loaded.module.controls["c"];
    assert_eq!(control.meta.title.as_deref(), Some("T"));
    assert_eq!(
        control.meta.tags.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>(),
        ["level=1", "plugin=x", "service=AWS/IAM"]
    );
    assert_eq!(control.width, Some(4));
    let QuerySource::Query(query) = &control.source else { panic!() };
    assert_eq!(query.params[0].default, Some(Arg::Int(90)));
    assert_eq!(query.params[1].default, None);
    let Args::Named(args) = &control.args else { panic!() };
    assert_eq!(args.keys().collect::<Vec<_>>(), ["z", "a", "f", "n", "o", "b"]);
    assert_eq!(args["a"], Arg::List(vec![Arg::Text("x".to_owned())]));
    assert_eq!(args["f"], Arg::Float(1.5));
    assert_eq!(args["n"], Arg::Null);
    assert_eq!(args["o"], Arg::Object("{\"k\":\"v\"}".to_owned()));
}

#[test]
fn bases_in_any_order() {
    let loaded = good(
        r#"
control "c" {
  base = control.b
  tags = {own = "1", shared = "c"}
}
control "b" {
  base     = control.a
  severity = "low"
}
control "a" {
  title         = "A"
  sql           = "select $1"
  documentation = "doc"
  tags          = {shared = "a", from = "a"}
  args          = [1]
  param "p" {}
}
benchmark "y" {
  base = benchmark.x
}
benchmark "x" {
  title         = "X"
  documentation = "doc"
  children      = [control.c]
  width         = 6
}
"#,
    );
    let c = &loaded.module.controls["c"];
    assert_eq!(c.meta.title.as_deref(), Some("A"));
    assert_eq!(c.meta.documentation, Documentation::None);
    assert_eq!(c.severity.as_deref(), Some("low"));
    assert_eq!(c.params.len(), 1);
    assert_eq!(c.args, Args::Positional(vec![Arg::Int(1)]));
    assert_eq!(
        c.meta.tags.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>(),
        ["from=a", "own=1", "shared=c"]
    );
    let y = &loaded.module.benchmarks["y"];
    assert_eq!((y.children.len(), y.width, y.meta.title.as_deref()), (1, Some(6), Some("X")));
    assert_eq!(y.meta.documentation, Documentation::None);
    // Source order, whatever the order of decoding.
    assert_eq!(loaded.module.controls.keys().collect::<Vec<_>>(), ["c", "b", "a"]);
}

#[test]
fn sql_that_names_a_query_is_the_query() {
    let loaded = good("query \"q\" {\n  sql = \"select 1\"\n}\ncontrol \"c\" {\n  sql = \"query.q\"\n}\n");
    assert!(matches!(loaded.module.controls["c"].source, QuerySource::Query(_)));
}

#[test]
fn children_by_expressions() {
    let loaded = good(
        "control \"a\" {\n  sql = \"\"\n}\ncontrol \"b\" {\n  sql = \"\"\n}\nlocals {\n  all = [control.b, control.a]\n}\nbenchmark \"x\" {\n  children = [for c in local.all : c]\n}\nbenchmark \"y\" {\n  children = concat(local.all, [benchmark.x])\n}\n",
    );
    let names = |b: &str| loaded.module.benchmarks[b].children.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
    assert_eq!(names("x"), ["b", "a"]);
    assert_eq!(names("y"), ["b", "a", "x"]);
}

#[test]
fn two_benchmarks_may_use_each_others_titles() {
    let loaded = good(
        "benchmark \"a\" {\n  title = \"A\"\n  description = benchmark.b.title\n}\nbenchmark \"b\" {\n  title = \"B\"\n  description = benchmark.a.title\n}\n",
    );
    assert_eq!(loaded.module.benchmarks["a"].meta.description.as_deref(), Some("B"));
}

#[test]
fn paths_of_a_control() {
    let loaded = good(
        "control \"c\" {\n  sql = \"\"\n}\nbenchmark \"in\" {\n  children = [control.c]\n}\nbenchmark \"out\" {\n  children = [benchmark.in, control.c]\n}\n",
    );
    let paths: Vec<String> = loaded.module.paths(&loaded.module.controls["c"].id).iter().map(|p| p.join(" ")).collect();
    assert_eq!(paths, ["mod.m m.benchmark.out m.benchmark.in m.control.c", "mod.m m.benchmark.out m.control.c"]);
}

#[test]
fn identities_cover_the_block() {
    let loaded = good("\n# about\nquery \"q\" {\n  sql = \"\"\n}\n");
    let id = &loaded.module.queries["q"].id;
    assert_eq!((id.span.start().0, id.span.end().0), (3, 5));
    assert_eq!(id.span.text(), "query \"q\" {\n  sql = \"\"\n}");
}
