//! What is reported, where.

use super::{LoadOptions, bad, good, load_files, shown};

#[test]
fn each_mistake_at_its_place() {
    for (text, expected) in [
        ("control \"c\" {\n  sql = \n}\n", "a.pp:2:9-9: syntax error"),
        (
            "control \"c\" {\n  title = \"C\n  sql = \"\"\n}\ncontrol \"d\" {}\n",
            "a.pp:2:11-13: syntax error: the text that begins here has no closing quote on its line",
        ),
        // The parser takes it, and with an even number of such quotes the rest of the file fits.
        (
            "query \"q\" {\n  sql = \"select 1\n    from t\"\n}\n",
            "a.pp:2:9-18: syntax error: the text that begins here has no closing quote on its line",
        ),
        (
            "locals {\n  a = {b = 1, b = 2}\n}\n",
            "found redefined object key [syntax]; of two items with one key only the last would count; leave the other one out",
        ),
        (
            "controll \"c\" {}\n",
            "a.pp:1:1-9: unsupported block type: blocks of type \"controll\" are not expected here [unknown-block]; did you mean \"control\"?",
        ),
        (
            "connection \"aws\" \"x\" {}\n",
            "a.pp:1:1-11: unsupported block type: blocks of type \"connection\" are not expected here [unknown-block]; connections and workspaces are declared in *.ppc files of the configuration folder",
        ),
        (
            "pipeline \"x\" {}\n",
            "a.pp:1:1-9: unsupported block type: blocks of type \"pipeline\" are not expected here [unknown-block]; pipelines, triggers and integrations belong to Flowpipe; move them into a mod of their own",
        ),
        (
            "a = 1\n",
            "a.pp:1:1-2: unsupported argument: an argument named \"a\" is not expected here [unknown-attribute]",
        ),
        ("control {\n sql = \"\"\n}\n", "a.pp:1:1-8: missing name for control [label]; write control \"name\" {"),
        (
            "control \"a\" \"b\" {\n sql = \"\"\n}\n",
            "a.pp:1:13-16: extraneous label for control: one name is expected [label]",
        ),
        (
            "control \"1a\" {\n sql = \"\"\n}\n",
            "a.pp:1:9-13: invalid name \"1a\" [label]; a name starts with a letter or underscore and holds letters, digits, underscores and dashes",
        ),
        (
            "control \"c\" {\n  sql = \"\"\n  other {}\n}\n",
            "a.pp:3:3-8: unsupported block type: blocks of type \"other\" are not expected here [unknown-block]",
        ),
        (
            "control \"c\" {\n  sql = \"\"\n  titel = \"\"\n}\n",
            "a.pp:3:3-8: unsupported argument: an argument named \"titel\" is not expected here [unknown-attribute]; did you mean \"title\"?",
        ),
        (
            "benchmark \"b\" {\n  database = \"x\"\n}\n",
            "a.pp:2:3-11: unsupported argument: an argument named \"database\" is not expected here [unknown-attribute]",
        ),
        (
            "query \"q\" {\n  sql = \"\"\n  param \"p\" {\n    defualt = 1\n  }\n}\n",
            "a.pp:4:5-12: unsupported argument: an argument named \"defualt\" is not expected here [unknown-attribute]; did you mean \"default\"?",
        ),
        (
            "variable \"v\" {\n  defalt = 1\n}\n",
            "a.pp:2:3-9: unsupported argument: an argument named \"defalt\" is not expected here [unknown-attribute]; did you mean \"default\"?",
        ),
        ("query \"q\" {\n  sql = \"a\"\n  sql = \"b\"\n}\n", "a.pp:3:3-4: syntax error"),
        ("control \"c\" {\n  sql = [1]\n}\n", "a.pp:2:9-12: unsuitable value type: string required, not list [type]"),
        (
            "control \"c\" {\n  sql = \"\"\n  width = 1.5\n}\n",
            "a.pp:3:11-14: unsuitable value type: whole number required, not number [type]",
        ),
        (
            "control \"c\" {\n  sql = \"\"\n  tags = [\"a\"]\n}\n",
            "a.pp:3:10-15: unsuitable value type: map of strings required, not list [type]",
        ),
        (
            "control \"c\" {\n  sql = \"\"\n  tags = {a = null}\n}\n",
            "a.pp:3:10-20: unsuitable value type: map of strings required, not object [type]",
        ),
        (
            "control \"c\" {\n  sql = \"\"\n  search_path = \"a\"\n}\n",
            "a.pp:3:17-20: unsuitable value type: list of strings required, not string [type]",
        ),
        (
            "control \"c\" {\n  query = query.nope\n}\nquery \"hope\" {\n sql = \"\"\n}\n",
            "a.pp:2:11-21: there is no query \"nope\" [unknown-reference]; did you mean query.hope?",
        ),
        (
            "control \"c\" {\n  query = query.b\n}\nbenchmark \"b\" {}\n",
            "a.pp:2:11-18: there is no query \"b\" [unknown-reference]; did you mean benchmark.b?",
        ),
        (
            "control \"c\" {\n  query = control.d\n}\ncontrol \"d\" {\n sql = \"\"\n}\n",
            "a.pp:2:11-20: unsuitable value type: a query is required, not control.d [type]",
        ),
        (
            "control \"c\" {\n  sql = query.q.sqll\n}\nquery \"q\" {\n sql = \"\"\n}\n",
            "a.pp:2:16-21: a query has no attribute \"sqll\" [unknown-reference]; did you mean sql?",
        ),
        (
            "control \"c\" {\n  sql = foo.bar\n}\n",
            "a.pp:2:9-16: \"foo.bar\" refers to nothing: there is no \"foo\" [unknown-reference]",
        ),
        (
            "control \"c\" {\n  sql = locals.bar\n}\n",
            "a.pp:2:9-19: \"locals.bar\" refers to nothing: there is no \"locals\" [unknown-reference]; did you mean local?",
        ),
        (
            "control \"c\" {\n  sql = \"\"\n  args = {a = local.typo}\n}\n",
            "a.pp:3:15-25: there is no local \"typo\" [unknown-reference]",
        ),
        (
            "query \"q\" {\n  sql = \"\"\n  param \"p\" {\n    default = var.nope\n  }\n}\n",
            "a.pp:4:15-23: there is no variable \"nope\" [unknown-reference]",
        ),
        (
            "locals {\n  a = local.b\n  b = local.a\n}\n",
            "a.pp:3:7-14: references form a cycle: local.a → local.b → local.a [cycle]",
        ),
        ("locals {\n  a = \"${local.a}\"\n}\n", "a.pp:2:10-17: references form a cycle: local.a → local.a [cycle]"),
        (
            "benchmark \"a\" {\n  children = [benchmark.b]\n}\nbenchmark \"b\" {\n  children = [benchmark.a]\n}\n",
            "a.pp:1:1-14: benchmarks form a cycle: benchmark.a → benchmark.b → benchmark.a [cycle]",
        ),
        (
            "benchmark \"a\" {\n  children = [benchmark.a]\n}\n",
            "a.pp:1:1-14: benchmarks form a cycle: benchmark.a → benchmark.a [cycle]",
        ),
        (
            "control \"a\" {\n  base = control.b\n}\ncontrol \"b\" {\n  base = control.a\n}\n",
            "a.pp:5:10-19: bases form a cycle: a → b → a [cycle]",
        ),
        (
            "query \"q\" {\n  sql = \"\"\n}\nquery \"q\" {\n  sql = \"\"\n}\n",
            "a.pp:4:7-10: mod m defines more than one resource named query.q [duplicate]; first defined here: a.pp:1:7-10",
        ),
        (
            "locals {\n  a = 1\n}\nlocals {\n  a = 2\n}\n",
            "a.pp:5:3-4: local \"a\" is defined more than once [duplicate]; first defined here: a.pp:2:3-4",
        ),
        (
            "control \"c\" {\n  title = \"t\"\n}\n",
            "a.pp:1:1-12: control.c does not define a query or SQL [missing-sql]",
        ),
        ("query \"q\" {}\n", "a.pp:1:1-10: query.q does not define a query or SQL [missing-sql]"),
        (
            "query \"q\" {\n  sql = \"\"\n}\ncontrol \"c\" {\n  sql = \"\"\n  query = query.q\n}\n",
            "a.pp:4:1-12: control.c has both 'SQL' and 'query' property set [sql-and-query]",
        ),
        (
            "control \"c\" {\n  sql = \"\"\n}\nbenchmark \"b\" {\n  children = [control.c, control.c]\n}\n",
            "a.pp:5:26-35: benchmark.b has duplicate child name control.c [duplicate]; first listed here: a.pp:5:15-24",
        ),
        (
            "query \"q\" {\n  sql = \"\"\n}\nbenchmark \"b\" {\n  children = [query.q]\n}\n",
            "a.pp:5:15-22: invalid child: a benchmark holds controls and benchmarks, not query.q [child]",
        ),
        (
            "benchmark \"b\" {\n  children = [\"control.c\"]\n}\n",
            "a.pp:2:15-26: unsuitable value type: element 0: a control or benchmark is required, not string [type]; write the reference without quotes",
        ),
        (
            "benchmark \"b\" {\n  children = [control.c]\n}\n",
            "a.pp:2:15-24: there is no control \"c\" [unknown-reference]",
        ),
        (
            "benchmark \"b\" {\n  children = [other_mod.control.c]\n}\n",
            "a.pp:2:15-34: mod \"other_mod\" is not a dependency of this mod [missing-dependency]; to use other_mod.control.c, require the mod and run ironpipe mod install",
        ),
        (
            "control \"c\" {\n  sql = \"\"\n  documentation = file(\"./nope.md\")\n}\n",
            "a.pp:3:24-35: invalid function argument: no file exists at ./nope.md [missing-documentation]",
        ),
        (
            "control \"c\" {\n  sql = file(\"nope.sql\")\n}\n",
            "a.pp:2:14-24: invalid function argument: no file exists at nope.sql [file]",
        ),
        (
            "control \"c\" {\n  sql = lowr(\"a\")\n}\n",
            "a.pp:2:9-13: call to unknown function: there is no function named \"lowr\" [unknown-function]; did you mean lower?",
        ),
        (
            "control \"c\" {\n  sql = \"a ${null} b\"\n}\n",
            "a.pp:2:14-18: invalid template interpolation value: a string, a number or a bool is needed, not null [expression]",
        ),
        (
            "query \"q\" {\n  sql = \"\"\n  param \"p\" {}\n  param \"p\" {}\n}\n",
            "a.pp:4:9-12: param \"p\" is defined twice [duplicate]; first defined here: a.pp:3:3-15",
        ),
        ("query \"q\" {\n  sql = \"\"\n  param {}\n}\n", "a.pp:3:3-8: missing name for param [label]"),
        (
            "control \"c\" {\n  sql = \"\"\n  args = \"x\"\n}\n",
            "a.pp:3:10-13: control.c has invalid parameter config: args must be a map or a list, not string [type]",
        ),
        (
            "control \"c\" {\n  sql = \"\"\n  args = {a = self.input.x.value}\n}\n",
            "a.pp:3:10-34: a value that is known only when a dashboard runs cannot stand here [runtime]",
        ),
        (
            "control \"c\" {\n  sql = \"x ${self.input.x.value}\"\n}\n",
            "a.pp:2:14-32: a value that is known only when a dashboard runs cannot stand in a template [runtime]",
        ),
        (
            "control \"c\" {\n  sql = input.x.value\n}\n",
            "a.pp:2:9-22: input.x must be written self.input.x [runtime]; did you mean self.input.x.value?",
        ),
        (
            "control \"c\" {\n  sql = connection.steampipe.x\n}\n",
            "a.pp:2:9-31: there is no connection \"steampipe.x\" [unknown-reference]",
        ),
        ("locals \"x\" {}\n", "a.pp:1:8-11: extraneous label for locals [label]"),
        (
            "locals {\n  a {}\n}\n",
            "a.pp:2:3-4: unsupported block type: blocks of type \"a\" are not expected here [unknown-block]; a local is written name = value",
        ),
        ("control \"c\" {\n  sql = <<EOQ\n  select\n}\n", "syntax error"),
    ] {
        let found = bad(text);
        assert!(found.contains(expected) || found == expected, "{text}\nexpected: {expected}\n   found: {found}");
    }
}

#[test]
fn a_fault_in_a_local_is_reported_once_where_it_is() {
    let text = "locals {\n  a = \"${var.nope}\"\n}\ncontrol \"c\" {\n  sql = local.a\n}\ncontrol \"d\" {\n  sql = \"x ${local.a}\"\n}\n";
    assert_eq!(bad(text), "a.pp:2:10-18: there is no variable \"nope\" [unknown-reference]");
}

#[test]
fn each_cycle_of_benchmarks_is_reported_once() {
    let text = "benchmark \"a\" {\n  children = [benchmark.b]\n}\nbenchmark \"b\" {\n  children = [benchmark.a]\n}\nbenchmark \"c\" {\n  children = [benchmark.c]\n}\nbenchmark \"d\" {\n  children = [benchmark.a]\n}\n";
    assert_eq!(
        bad(text),
        "a.pp:1:1-14: benchmarks form a cycle: benchmark.a → benchmark.b → benchmark.a [cycle]\n\
         a.pp:7:1-14: benchmarks form a cycle: benchmark.c → benchmark.c [cycle]"
    );
}

#[test]
fn null_is_as_good_as_absent() {
    let loaded = good(
        "control \"a\" {\n  sql = \"select 1\"\n  query = null\n}\ncontrol \"b\" {\n  base = null\n  sql = null\n  query = query.q\n}\nquery \"q\" {\n  sql = \"select 2\"\n}\n",
    );
    assert_eq!(loaded.module.controls.len(), 2);
    assert!(bad("control \"a\" {\n  sql = null\n}\n").contains("control.a does not define a query or SQL"));
}

#[test]
fn all_independent_errors_of_one_run() {
    let text = "control \"c\" {\n  sql = local.x\n  titel = 1\n}\nquery \"q\" {\n}\nbenchmark \"b\" {\n  children = [control.x, control.y]\n}\nfoo {}\n";
    assert_eq!(bad(text).lines().count(), 1, "names come before contents: {}", bad(text));
    let text = text.replace("foo {}\n", "");
    let found = bad(&text);
    assert_eq!(found.lines().count(), 5, "{found}");
}

#[test]
fn one_syntax_error_of_each_file() {
    let files = [("a.pp", "control {"), ("b.pp", "control \"x\" {\n  sql = ]\n}\n"), ("c.pp", "locals {}\n")];
    let errors = load_files(&files, &LoadOptions::default()).unwrap_err();
    let files: Vec<_> = errors.iter().map(|e| e.labels[0].span.file.display_path.clone()).collect();
    assert_eq!(files, ["a.pp", "b.pp"]);
    assert!(errors.iter().all(|e| e.code == "syntax"), "{}", shown(&errors));
}

#[test]
fn the_place_of_a_fault_is_in_its_own_file() {
    let files = [("a.pp", "control \"c\" {\n  sql = local.a\n}\n"), ("z/b.pp", "\nlocals {\n  a = [1][5]\n}\n")];
    let errors = load_files(&files, &LoadOptions::default()).unwrap_err();
    assert_eq!(shown(&errors), "z/b.pp:3:10-13: the list has 1 elements; there is no element 5 [expression]");
}

#[test]
fn duplicates_in_two_files_name_both() {
    let text = "query \"q\" {\n  sql = \"\"\n}\n";
    let errors = load_files(&[("a.pp", text), ("b/c.pp", text)], &LoadOptions::default()).unwrap_err();
    assert_eq!(
        shown(&errors),
        "b/c.pp:1:7-10: mod m defines more than one resource named query.q [duplicate]; first defined here: a.pp:1:7-10"
    );
}

#[test]
fn one_name_for_several_kinds() {
    let loaded = good(
        "query \"x\" {\n  sql = \"a\"\n}\ncontrol \"x\" {\n  query = query.x\n}\nbenchmark \"x\" {\n  children = [control.x]\n}\n",
    );
    assert_eq!(loaded.module.controls.len() + loaded.module.queries.len() + loaded.module.benchmarks.len(), 3);
}

#[test]
fn warnings() {
    let loaded = good("query \"q\" {\n  sql = \"\"\n}\ncontrol \"c\" {\n  query = query.q\n  param \"p\" {}\n}\n");
    assert_eq!(
        shown(&loaded.warnings),
        "a.pp:4:1-12: deprecated usage: params of a control with a query are ignored; the query's own count [deprecated]"
    );
}

#[test]
fn requirements() {
    let load = |require: &str| {
        let text = format!("mod \"m\" {{\n{require}\n}}\n");
        load_files(&[("mod.pp", &text)], &LoadOptions::default())
    };
    let failed = |require: &str| shown(&load(require).unwrap_err());
    assert!(failed("require {\n flowpipe {}\n}").contains("blocks of type \"flowpipe\" are not expected here"));
    assert!(failed("require {\n plugin \"aws\" {}\n}").contains("needs a min_version"));
    assert!(
        failed("require {\n plugin \"aws\" {\n min_version = \"x\"\n}\n}")
            .contains("mod.pp:4:16-19: plugin \"aws\" needs a min_version")
    );
    assert!(failed("require {\n mod \"x\" {}\n}").contains("needs exactly one of version, tag, branch and path"));
    assert!(failed("require {\n mod \"x\" {\n version = \"1\"\n tag = \"a\"\n}\n}").contains("needs exactly one of"));
    assert!(failed("require {}\nrequires {}").contains("either require or requires"));
    assert!(failed("titel = \"x\"").contains("did you mean \"title\"?"));
    let loaded = load("requires {\n steampipe {\n min_version = \"0.1.0\"\n}\n}").unwrap();
    assert_eq!(shown(&loaded.warnings), "");
    let loaded = load("require {\n steampipe = \"0.1\"\n}").unwrap();
    assert!(shown(&loaded.warnings).contains("deprecated usage"));
    let loaded = load("require {\n powerpipe {\n min_version = \"99.0.0\"\n}\n}").unwrap();
    assert!(shown(&loaded.warnings).contains("the mod asks for powerpipe 99.0.0 or newer"));
    let loaded = load("require {\n powerpipe {\n min_version = \"1.0.0\"\n}\n}").unwrap();
    assert_eq!(shown(&loaded.warnings), "");
}

#[test]
fn names_that_a_mod_cannot_have() {
    let errors = load_files(&[("mod.pp", "mod \"var\" {}\n")], &LoadOptions::default()).unwrap_err();
    assert_eq!(
        shown(&errors),
        "mod.pp:1:5-10: a mod cannot be named \"var\": the word has a meaning in references [label]"
    );
}
