//! Values of expressions. The expected values are Go HCL's.

use super::{good, value, value_with};

#[test]
fn values() {
    for (expr, expected) in [
        (r#""a""#, r#""a""#),
        (r#""\n\r\t\"\\A\U00000042""#, r#""\n\r\t\"\\AB""#),
        (r#""$${x} %%{y} $x %""#, r#""${x} %{y} $x %""#),
        (r#""a${1}b${true}""#, r#""a1btrue""#),
        (r#""${1}""#, "1"),
        (r#""${[1]}""#, "[1]"),
        ("1", "1"),
        ("010", "10"),
        ("1.50", "1.5"),
        (r#""${1.0} ${1e3} ${1.50}""#, r#""1 1000 1.5""#),
        ("-3", "-3"),
        ("null", "null"),
        ("[1, 2,]", "[1,2]"),
        ("[\n1,\n2\n]", "[1,2]"),
        (r#"{a = 1, "b" = 2, c: 3, ("d${1}") = 4}"#, r#"{"a":1,"b":2,"c":3,"d1":4}"#),
        ("{z = 1, a = 2}", r#"{"a":2,"z":1}"#),
        ("[1, 2][1]", "2"),
        (r#"{a = {b = 5}}["a"].b"#, "5"),
        ("[1, 2].0", "1"),
        (r#"["x"]["0"]"#, r#""x""#),
        (r#""1" + 1"#, "2"),
        ("7 % 4 * 2 - 1", "5"),
        ("7 / 2", "3.5"),
        ("[1 / 3, 1 / 3 * 3, 0.1 + 0.2, 0.3 / 0.1, 2.5 % 1, 7 % 0.1, -7 % 4]", "[0.3333333333333333,1,0.3,3,0.5,0,-3]"),
        ("9007199254740991 + 1", "9007199254740992"),
        ("4503599627370496 * 4", "18014398509481984"),
        ("-2 < 1", "true"),
        (r#"1 > "0""#, "true"),
        (r#""1" == 1"#, "false"),
        (r#"[1] == [1]"#, "true"),
        ("1 != 2", "true"),
        (r#"!"true""#, "false"),
        (r#""true" && false || true"#, "true"),
        (r#"true ? 1 : "a""#, r#""1""#),
        ("false ? 1 : 2", "2"),
        (r#""true" ? 1 : 2"#, "1"),
        ("true ? [1] : null", "[1]"),
        ("[for x in [1, 2, 3] : x * 2 if x > 1]", "[4,6]"),
        ("[for k, v in {b = 1, a = 2} : \"${k}${v}\"]", r#"["a2","b1"]"#),
        ("[for i, v in [\"x\"] : i]", "[0]"),
        ("{for k, v in {a = 1} : v => k}", r#"{"1":"a"}"#),
        ("{for v in [\"ab\", \"ac\", \"b\"] : substr(v, 0, 1) => v...}", r#"{"a":["ab","ac"],"b":["b"]}"#),
        ("[{a = 1}, {a = 2}][*].a", "[1,2]"),
        ("[{a = 1}, {a = 2}].*.a", "[1,2]"),
        ("{a = 1}[*].a", "[1]"),
        ("null[*].a", "[]"),
        ("[{a = [{b = 1}]}][*].a[*].b", "[[1]]"),
        ("[[{a = 1}], [{a = 2}]][*][*].a", "[[1],[2]]"),
        ("[{a = [1, 2]}, {a = [3]}].*.a[0]", "[1,2]"),
        ("(1\n + 2)", "3"),
        ("max([1, 3, 2]...)", "3"),
        ("9007199254740991", "9007199254740991"),
    ] {
        assert_eq!(value(expr), expected, "{expr}");
    }
}

#[test]
fn conditions() {
    for (expr, expected) in [
        // The branch that is not taken needs no value.
        (r#"length([]) > 0 ? [][0] : "none""#, r#""none""#),
        (r#"true ? "a" : {a = 1}.b"#, r#""a""#),
        ("false ? 1 / 0 : 3", "3"),
        (r#"fileexists("x.sql") ? file("x.sql") : "select 1""#, r#""select 1""#),
        // Both have one type.
        ("true ? [1, 2] : [\"a\"]", r#"["1","2"]"#),
        ("true ? [1] : []", "[1]"),
        ("false ? [\"a\"] : []", "[]"),
        (
            "true ? [1, \"a\"] : [true, \"b\"]",
            r#"error: both results of a condition must have one type, not list and list"#,
        ),
        ("true ? {a = 1, b = \"x\"} : {a = 1}", r#"{"a":"1","b":"x"}"#),
        ("true ? {a = 1} : {a = \"b\"}", r#"{"a":"1"}"#),
        ("true ? {a = 1} : {}", r#"{"a":1}"#),
        ("true ? true : \"a\"", r#""true""#),
        ("true ? true : 1", "error: both results of a condition must have one type, not bool and number"),
        ("true ? toset([\"b\", \"a\"]) : [\"c\"]", r#"["a","b"]"#),
        ("true ? null : 1", "null"),
        // A name that is not there is a mistake in either of them.
        ("true ? 1 : local.nope", "error: there is no local \"nope\""),
    ] {
        assert_eq!(value(expr), expected, "{expr}");
    }
}

#[test]
fn sets() {
    for (expr, expected) in [
        ("toset([3, 1, 2, 1])", "[1,2,3]"),
        ("toset([1, \"a\"])", r#"["1","a"]"#),
        ("[for k, v in toset([\"b\", \"a\"]) : k]", r#"["a","b"]"#),
        ("toset([{a = 1}])[*].a", "[1]"),
        ("contains(toset([\"a\"]), \"a\")", "true"),
        ("length(toset([1, 1]))", "1"),
        ("tolist(toset([\"b\", \"a\"]))[0]", r#""a""#),
        ("toset([1])[0]", "error: a set has no order, and no element of it has an index"),
    ] {
        assert_eq!(value(expr), expected, "{expr}");
    }
    let type_of = |default: &str| {
        let text = format!("variable \"v\" {{\n  type = set(string)\n  default = {default}\n}}\n");
        good(&text).module.variables["v"].value.clone().unwrap()
    };
    assert_eq!(type_of("[\"b\", \"a\", \"b\"]"), serde_json::json!(["a", "b"]));
}

#[test]
fn numbers() {
    for (expr, expected) in [
        ("0.1 + 0.2", "0.3"),
        ("2 / 3 * 3", "2"),
        ("10 % 3", "1"),
        ("-10 % 3", "-1"),
        ("\"${1e20}!\"", "\"100000000000000000000!\""),
        ("jsonencode(1e20)", "\"100000000000000000000\""),
        ("9007199254740993", "error: the number 9007199254740993 has too many digits to be kept exactly"),
        ("{null = 1}", r#"{"null":1}"#),
    ] {
        assert_eq!(value(expr), expected, "{expr}");
    }
}

#[test]
fn faults() {
    for (expr, expected) in [
        ("[1][1]", "the list has 1 elements; there is no element 1"),
        ("[1][-1]", "the list has 1 elements; there is no element -1"),
        ("{a = 1}.b", "the object has no attribute \"b\""),
        ("1 / 0", "division by zero"),
        ("\"a\" + 1", "numbers are required, not string and number"),
        ("[1] < 2", "numbers are required, not list and number"),
        ("1 && true", "bools are required, not number and bool"),
        ("\"x${null}\"", "invalid template interpolation value: a string, a number or a bool is needed, not null"),
        ("\"x${[1]}\"", "invalid template interpolation value: a string, a number or a bool is needed, not a list"),
        ("\"x${{}}\"", "invalid template interpolation value: a string, a number or a bool is needed, not an object"),
        ("{for v in [1, 1] : v => v}", "two items have the key \"1\"; write ... to group them"),
        ("[for x in 1 : x]", "for needs a list or an object"),
        ("nope(1)", "call to unknown function: there is no function named \"nope\""),
        ("lower()", "lower() needs at least 1 arguments, not 0"),
        ("lower(\"a\", \"b\")", "lower() takes at most 1 arguments, not 2"),
        ("{a.b = 1}", "an object's key cannot be a bare reference"),
        ("true ? 1 : [1]", "both results of a condition must have one type, not number and list"),
        ("a", "unknown variable: there is no variable named \"a\" here"),
        ("null.a", "the value is null: it has no attributes"),
    ] {
        assert_eq!(value(expr), format!("error: {expected}"), "{expr}");
    }
}

#[test]
fn heredocs() {
    for (expr, expected) in [
        // Verbatim, with the final line end; escapes mean nothing.
        ("<<X\n  a\\n${1}\n  b\nX", "  a\\n1\n  b\n"),
        ("<<-X\n    a\n      b\n    X", "a\n  b\n"),
        // One tab is one column.
        ("<<-X\n\ta\n\t\tb\nX", "a\n\tb\n"),
        // A line of blanks only does not count and keeps its blanks.
        ("<<-X\n    a\n \n    b\n  X", "a\n \nb\n"),
        ("<<-X\n    a\n\n    b\n  X", "a\n\nb\n"),
        // An interpolation at the start of a line disables the dedent.
        ("<<-X\n    a\n${1}\n  X", "    a\n1\n"),
        // One after blanks does not.
        ("<<-X\n    a\n    ${1} b\n  X", "a\n1 b\n"),
        // Text after an interpolation is not at a line's start.
        ("<<-X\n    ${1}    a\n    b\n  X", "1    a\nb\n"),
        ("<<X\n$${a} %%{b}\nX", "${a} %{b}\n"),
        // Empty ones.
        ("<<X\nX", ""),
        ("<<-X\n    X", ""),
        ("<<X\n\nX", "\n"),
        // Strip markers take blanks up to and including one line end.
        ("<<X\na ${~ 1 ~}\n\nb\nX", "a1\nb\n"),
        ("<<X\na\n  %{~ if true ~}\n  b\n  %{~ endif ~}\nc\nX", "a\n  b\nc\n"),
        ("<<X\na\n%{~ if true }b%{ endif ~}\nc\nX", "abc\n"),
        ("<<X\n%{ if false }a%{ else }b%{ endif }\nX", "b\n"),
        ("<<X\n%{ for v in [1, 2] }${v},%{ endfor }\nX", "1,2,\n"),
        ("<<X\n%{ for k, v in {a = 1} }${k}=${v}%{ endfor }\nX", "a=1\n"),
        // Stripping comes before dedenting: what follows a stripped line end is not at a line's start.
        ("<<-X\n    a\n    %{~ if true ~}\n    b\n    %{~ endif ~}\n    X", "    a\n    b\n"),
    ] {
        let expected = serde_json::Value::from(expected).to_string();
        assert_eq!(value(expr), expected, "{expr}");
    }
}

#[test]
fn line_ends_of_windows_stay() {
    let loaded = good("query \"q\" {\r\n  sql = <<-X\r\n    a\r\n    b\r\n  X\r\n}\r\n");
    assert_eq!(loaded.module.queries["q"].sql.text, "a\r\nb\r\n");
}

#[test]
fn a_byte_order_mark_is_taken_off() {
    let loaded = good("\u{feff}query \"q\" {\n  sql = \"a\"\n}\n");
    assert_eq!(loaded.module.queries["q"].sql.text, "a");
}

#[test]
fn an_empty_heredoc_does_not_swallow_the_next_one() {
    let loaded = good("locals {\n  e = <<-EOQ\n  EOQ\n}\nquery \"q\" {\n  sql = <<-EOQ\n    b${local.e}\n  EOQ\n}\n");
    assert_eq!(loaded.module.queries["q"].sql.text, "b\n");
}

#[test]
fn the_pattern_of_real_mods() {
    // Dimensions that are switched on by a variable, with a placeholder for the table's alias.
    let more = r#"
variable "dims" {
  type    = list(string)
  default = ["account_id", "region"]
}
locals {
  raw = <<-EOQ
  %{~ if contains(var.dims, "connection_name") }, __Q___ctx ->> 'connection_name' as connection_name%{ endif ~}
  %{~ if contains(var.dims, "region") }, __Q__region%{ endif ~}
  %{~ if contains(var.dims, "account_id") }, __Q__account_id%{ endif ~}
  EOQ
}
"#;
    // What Go HCL makes of it: blanks go only where a marker is, one line end at a time.
    assert_eq!(value_with("replace(local.raw, \"__Q__\", \"a.\")", more), "\", a.region, a.account_id\"");
}

#[test]
fn references() {
    let more = r#"
variable "v" { default = {a = [1, 2]} }
locals {
  deep = {x = {y = "z"}}
  chained = local.deep.x.y
}
control "c" {
  title = "T"
  sql   = "select 1"
  tags  = {k = "v"}
}
control "d" {
  title = "${control.c.title}!"
  base  = control.c
}
"#;
    for (expr, expected) in [
        ("local.chained", r#""z""#),
        ("local.deep[\"x\"].y", r#""z""#),
        ("var.v.a[1]", "2"),
        ("control.c.title", r#""T""#),
        ("m.control.c.title", r#""T""#),
        ("control.c.tags.k", r#""v""#),
        ("control.c.name", r#""m.control.c""#),
        ("control.c.short_name", r#""c""#),
        ("control.c.unqualified_name", r#""control.c""#),
        ("control.c.severity", "null"),
        ("control.d.title", r#""T!""#),
        ("control.d.sql", r#""select 1""#),
        ("connection.steampipe.default.type", r#""steampipe""#),
    ] {
        assert_eq!(value_with(expr, more), expected, "{expr}");
    }
}
