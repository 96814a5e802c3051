//! Values of variables.

use super::{load_files, shown};
use crate::hcl::{LoadOptions, ModSource, Prompt, VariableSources, load};
use std::sync::Arc;

fn options(vars: &[&str], environment: &[(&str, &str)]) -> LoadOptions {
    LoadOptions {
        variables: VariableSources {
            vars: vars.iter().map(|v| (*v).to_owned()).collect(),
            files: Vec::new(),
            environment: environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        },
        ..LoadOptions::default()
    }
}

/// Loads one variable `v` and returns its value, or what is wrong.
fn value(declaration: &str, options: &LoadOptions) -> String {
    let text = format!("variable \"v\" {{\n{declaration}\n}}\n");
    match load_files(&[("a.pp", &text)], options) {
        Ok(loaded) => loaded.module.variables["v"].value.clone().unwrap().to_string(),
        Err(errors) => shown(&errors),
    }
}

#[test]
fn types_and_text() {
    for (declaration, text, expected) in [
        ("type = string", "abc", "\"abc\""),
        ("type = string", "[1]", "\"[1]\""),
        ("type = number", "12", "12"),
        ("type = number", "1.50", "1.5"),
        ("type = bool", "true", "true"),
        ("type = bool", "1", "true"),
        ("", "12", "\"12\""),
        ("default = [\"a\"]", "[\"b\", \"c\"]", "[\"b\",\"c\"]"),
        ("default = 5", "6", "6"),
        ("type = list(string)", "[\"a\", 1]", "[\"a\",\"1\"]"),
        ("type = list(string)", "  [\"a long text, ${upper(\"x\")}\"]", "[\"a long text, X\"]"),
        ("type = set(string)", "[\"a\", \"a\"]", "[\"a\"]"),
        ("type = map(number)", "{a = \"1\"}", "{\"a\":1}"),
        ("type = object({a = string, b = optional(number)})", "{a = 1}", "{\"a\":\"1\",\"b\":null}"),
        ("type = tuple([string, number])", "[1, \"2\"]", "[\"1\",2]"),
        ("type = any", "{a = [1]}", "{\"a\":[1]}"),
        ("type = any", "plain text", "\"plain text\""),
        ("type = connection", "connection.sqlite.default", "\"connection.sqlite.default\""),
        ("type = connection.steampipe", "postgres://h/d", "\"postgres://h/d\""),
        ("type = list", "[1, \"a\"]", "[\"1\",\"a\"]"),
    ] {
        let found = value(declaration, &options(&[&format!("v={text}")], &[]));
        assert_eq!(found, expected, "{declaration} {text}");
    }
}

#[test]
fn wrong_values() {
    for (declaration, text, expected) in [
        ("type = number", "x", "a value of type number is required, not a string"),
        ("type = number", "9007199254740993", "the number 9007199254740993 has too many digits to be kept exactly"),
        ("type = bool", "yes", "a value of type bool is required, not a string"),
        ("type = list(string)", "a", "the value of a variable cannot refer to other things"),
        ("type = list(string)", "[", "the value is not a valid expression"),
        ("type = object({a = string})", "{}", "attribute \"a\" is required"),
        (
            "type = connection.sqlite",
            "connection.postgres.default",
            "a connection of type sqlite is required, not postgres",
        ),
        ("type = connection", "connection.sqlite.nope", "there is no connection \"sqlite.nope\""),
        ("type = string\nenum = [\"a\", \"b\"]", "c", "value \"c\" not in enum: \"a\", \"b\""),
        ("type = list(string)\nenum = [\"a\"]", "[\"a\", \"z\"]", "not in enum"),
    ] {
        let found = value(declaration, &options(&[&format!("v={text}")], &[]));
        assert!(found.contains(expected), "{declaration} {text}: {found}");
        assert!(
            found.contains("Invalid value for input variable \"v\" (--var)") || found.contains("default"),
            "{found}"
        );
    }
}

#[test]
fn wrong_declarations() {
    for (declaration, expected) in [
        ("type = strng\ndefault = \"\"", "a.pp:2:8-13: there is no type \"strng\"; did you mean string? [type]"),
        (
            "type = string\ndefault = 5",
            "a.pp:3:11-12: default value type mismatched: expected string, got number [type]",
        ),
        (
            "type = number\ndefault = \"5\"",
            "a.pp:3:11-14: default value type mismatched: expected number, got string [type]",
        ),
        (
            "type = list(string)\ndefault = [1]",
            "default value type mismatched: expected list(string), got list(number)",
        ),
        ("type = object({a = string})\ndefault = {}", "default value type mismatched"),
        ("type = string\nenum = [1]\ndefault = \"a\"", "the values of enum must be of type string, not number"),
        ("type = string\nenum = [\"a\"]\ndefault = \"b\"", "a.pp:4:11-14: default value not in enum [variable]"),
        (
            "type = map(string)\nenum = [\"a\"]\ndefault = {}",
            "enum is for strings, numbers, bools and lists of them, not map(string)",
        ),
        ("type = string\nformat = \"xml\"\ndefault = \"\"", "format must be text, multiline or json, not \"xml\""),
        ("type = number\nformat = \"json\"\ndefault = 1", "format is for variables of type string, not number"),
        ("default = var.w", "the value of a variable cannot refer to other things"),
        ("default = 1\nvalidation {\n}", "validation blocks are not supported"),
        (
            "type = string",
            "a.pp:1:1-3:2: v not set: variable \"v\" (string) has no value [missing-variable]; set it with --var v=..., the environment variable PP_VAR_v, or a line `v = ...` in powerpipe.ppvars",
        ),
        (
            "type = list(string)\ndescription = \"which\"",
            "variable \"v\" (list(string)) has no value: which [missing-variable]; set it with --var v='[...]'",
        ),
    ] {
        let found = value(declaration, &LoadOptions::default());
        assert!(found.contains(expected), "{declaration}: {found}");
    }
}

#[test]
fn null_is_a_default() {
    assert_eq!(value("type = list(string)\ndefault = null", &LoadOptions::default()), "null");
}

#[test]
fn undeclared_names() {
    let found = value("default = 1", &options(&["w=1"], &[]));
    assert_eq!(found, "Value for undeclared variable \"w\" (--var) [variable]; did you mean \"v\"?");
    let found = value("default = 1", &options(&["x.y=1"], &[]));
    assert_eq!(found, "Value for undeclared variable \"x.y\" (--var) [variable]");
    assert_eq!(value("default = 1", &options(&[], &[("PP_VAR_w", "1"), ("PP_VAR_x__y", "2")])), "1");
    assert!(value("default = 1", &options(&["v"], &[])).contains("a name and a value are needed"));
}

#[test]
fn own_prefix_is_accepted() {
    for name in ["v", "m.v", "var.v", "m.var.v"] {
        assert_eq!(value("default = 1", &options(&[&format!("{name}=7")], &[])), "7", "{name}");
    }
}

#[test]
fn precedence() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("mod.pp", "mod \"m\" {}\nvariable \"v\" {\n  default = \"default\"\n}\n");
    let load_it = |options: &LoadOptions| {
        let loaded = load(&ModSource::Folder(folder.path().to_path_buf()), options).unwrap();
        loaded.module.variables["v"].value.clone().unwrap()
    };
    let mut with = options(&[], &[]);
    assert_eq!(load_it(&with), "default");
    with.variables.environment.insert("PP_VAR_v".to_owned(), "environment".to_owned());
    assert_eq!(load_it(&with), "environment");
    write("steampipe.spvars", "v = \"spvars\"\n");
    assert_eq!(load_it(&with), "spvars");
    write("powerpipe.ppvars", "v = \"ppvars\"\n");
    assert_eq!(load_it(&with), "ppvars");
    write("b.auto.ppvars", "v = \"b\"\n");
    assert_eq!(load_it(&with), "b");
    write("c.auto.spvars", "v = \"c\"\n");
    write("x.ppvars.example", "v = \"example\"\n");
    assert_eq!(load_it(&with), "c");
    write("one.ppvars", "v = \"one\"\n");
    write("two.ppvars", "v = \"two\"\n");
    with.variables.files = vec![folder.path().join("two.ppvars"), folder.path().join("one.ppvars")];
    assert_eq!(load_it(&with), "one");
    with.variables.vars = vec!["v=first".to_owned(), "v=last".to_owned()];
    assert_eq!(load_it(&with), "last");
}

#[test]
fn half_an_expression_is_no_text() {
    assert_eq!(value("type = any", &options(&["v=plain text"], &[])), "\"plain text\"");
    assert!(value("type = any", &options(&["v=[1,"], &[])).contains("not a valid expression"));
    assert!(
        value("type = object({a = optional(number, 3)})\n  default = {}", &options(&[], &[]))
            .contains("takes a type alone")
    );
}

#[test]
fn values_files() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let write = |name: &str, text: &str| std::fs::write(root.join(name), text).unwrap();
    write("mod.pp", "mod \"m\" {}\nvariable \"v\" {\n  type = list(string)\n  default = []\n}\n");
    write("powerpipe.ppvars", "v = [\"a\"]\nw = 1\nx = 2\ny = 3\nz = 4\n");
    let loaded = load(&ModSource::Folder(root.clone()), &LoadOptions::default()).unwrap();
    assert_eq!(loaded.module.variables["v"].value_source, root.join("powerpipe.ppvars").display().to_string());
    let warnings = shown(&loaded.warnings);
    assert_eq!(warnings.lines().count(), 3, "{warnings}");
    assert!(warnings.contains("Value for undeclared variable \"w\""));
    assert!(warnings.contains("2 more values in variable files are for undeclared variables"));
    write("powerpipe.ppvars", "v = 5\n");
    let errors = shown(&load(&ModSource::Folder(root.clone()), &LoadOptions::default()).unwrap_err());
    assert!(errors.contains("powerpipe.ppvars:1:1-2: Invalid value for input variable \"v\""), "{errors}");
    write("powerpipe.ppvars", "variable \"v\" {}\n");
    let errors = shown(&load(&ModSource::Folder(root.clone()), &LoadOptions::default()).unwrap_err());
    assert!(errors.contains("a values file cannot hold a block"), "{errors}");
    write("powerpipe.ppvars", "v = [\n");
    let errors = shown(&load(&ModSource::Folder(root.clone()), &LoadOptions::default()).unwrap_err());
    assert!(errors.contains("syntax error"), "{errors}");
    write("powerpipe.ppvars", "");
    let missing = LoadOptions {
        variables: VariableSources { files: vec![root.join("nope.ppvars")], ..VariableSources::default() },
        ..LoadOptions::default()
    };
    let errors = shown(&load(&ModSource::Folder(root), &missing).unwrap_err());
    assert!(errors.contains("nope.ppvars does not exist"), "{errors}");
}

#[test]
fn a_prompt_answers() {
    let mut with = LoadOptions {
        prompt: Some(Prompt(Arc::new(|v| (v.id.name == "v").then(|| "5".to_owned())))),
        ..LoadOptions::default()
    };
    assert_eq!(value("type = number", &with), "5");
    with.prompt = Some(Prompt(Arc::new(|_| Some("x".to_owned()))));
    assert!(value("type = number", &with).contains("Invalid value for input variable \"v\""));
    with.prompt = Some(Prompt(Arc::new(|_| None)));
    assert!(value("type = number", &with).contains("has no value"));
}

#[test]
fn list_and_show_tolerate_missing_values() {
    let with = LoadOptions { allow_missing_variables: true, ..LoadOptions::default() };
    let text = "variable \"v\" {\n  type = string\n}\nvariable \"l\" {\n  type = list(string)\n}
control \"c\" {\n  sql = \"x ${join(\",\", var.l)}${var.v}\"\n  title = var.v\n}\n";
    let loaded = load_files(&[("a.pp", text)], &with).unwrap();
    assert_eq!(loaded.module.variables["v"].value, None);
    let control = &loaded.module.controls["c"];
    assert_eq!(control.meta.title.as_deref(), Some("${var.v}"));
    let crate::model::resource::QuerySource::Sql(sql) = &control.source else { panic!("no SQL") };
    assert_eq!(sql.text, "x ${var.v}");
}
