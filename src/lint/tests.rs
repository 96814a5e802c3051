//! Each rule on small mods: what it finds, where, and what it leaves alone.

use super::{RULES, Report, check, json, rule, rules_text, sarif};
use crate::hcl::{LoadOptions, ModSource, load};
use crate::model::pgtype::PgType;
use crate::sql::schema::{Schema, TableSchema};
use std::sync::Arc;

struct Tables(Vec<TableSchema>);

impl Schema for Tables {
    fn table(&self, name: &str) -> Option<&TableSchema> {
        self.0.iter().find(|t| t.name == name)
    }

    fn table_names(&self) -> Vec<&str> {
        self.0.iter().map(|t| t.name.as_str()).collect()
    }
}

fn tables() -> Tables {
    let table = |name: &str, columns: &[(&str, PgType)]| TableSchema {
        name: name.to_owned(),
        columns: columns.iter().map(|(n, t)| ((*n).to_owned(), t.clone())).collect(),
        view: None,
    };
    Tables(vec![
        table("aws_user", &[("name", PgType::Text), ("arn", PgType::Text), ("age", PgType::Int8)]),
        table("aws_key", &[("name", PgType::Text), ("akas", PgType::Jsonb)]),
    ])
}

fn report(text: &str, allowed: &[&str]) -> Report {
    let files = vec![("a.pp".to_owned(), text.to_owned()), ("mod.pp".to_owned(), "mod \"m\" {}\n".to_owned())];
    let options = LoadOptions { references: true, allow_missing_documentation: true, ..LoadOptions::default() };
    let loaded = load(&ModSource::Memory(Arc::new(files)), &options).unwrap();
    let allowed: Vec<String> = allowed.iter().map(|a| (*a).to_owned()).collect();
    check(&loaded.module, &tables(), loaded.warnings, &allowed)
}

/// Writes findings as `rule line:column text-in-the-file: message`, one a line.
fn found(text: &str) -> String {
    let report = report(text, &[]);
    let lines: Vec<String> = report
        .findings
        .iter()
        .map(|f| {
            let span = &f.diagnostic.labels[0].span;
            let (line, column) = span.start();
            format!("{} {line}:{column} {}: {}", f.diagnostic.code, span.text(), f.diagnostic.message)
        })
        .collect();
    lines.join("\n")
}

/// A control with SQL on its third line, from column 5 on.
fn control(sql: &str) -> String {
    format!("control \"c\" {{\n  sql = <<-EOQ\n    {sql}\n  EOQ\n}}\n")
}

const ROW: &str = "select name as resource, 'ok' as status, 'r' as reason from aws_user";

#[test]
fn rules_have_names_texts_and_order() {
    let names: Vec<&str> = RULES.iter().map(|r| r.name).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(names, sorted);
    for name in names {
        assert!(rule(name).is_some_and(|r| r.help.ends_with('.')), "{name}");
        assert!(rules_text().contains(name));
    }
}

#[test]
fn what_is_right_is_left_alone() {
    for text in [
        control(ROW),
        // A status that is computed.
        control("select name as resource, lower(arn) as status, 'r' as reason from aws_user"),
        format!("query \"q\" {{\n  sql = \"{ROW}\"\n}}\ncontrol \"c\" {{\n  query = query.q\n  severity = \"high\"\n}}\n"),
        // A mod of queries for others.
        "query \"q\" {\n  sql = \"select 1 as a\"\n}\n".to_owned(),
        // A loop uses what it goes over.
        format!(
            "variable \"v\" {{\n  default = [\"a\"]\n}}\nlocals {{\n  t = \"%{{for x in var.v}}, ${{x}}%{{endfor}}\"\n}}\n{}",
            control(ROW)
        ),
        // What follows a name with a join on whole values, or on the beginning.
        control("select u.name as resource, 'ok' as status, 'r' as reason from aws_user u join aws_key k on k.name = u.name where u.arn like k.name || '%' and u.arn like '%x%'"),
        // Positional values without params.
        "control \"c\" {\n  sql = \"select $1 as resource, 'ok' as status, $2 as reason\"\n  args = [\"a\", \"b\"]\n}\n".to_owned(),
        // Another database's tables and dialect.
        "control \"c\" {\n  sql = \"select name as resource from glob where x == 1\"\n  database = \"sqlite:x.db\"\n}\n".to_owned(),
        "control \"c\" {\n  title = \"1.10 Something\"\n  tags = { cis_item_id = \"1.10\" }\n  sql = \"select 1 as resource, 'ok' as status, '' as reason\"\n}\n".to_owned(),
    ] {
        assert_eq!(found(&text), "", "{text}");
    }
}

#[test]
fn sql_against_the_tables() {
    for (sql, wanted) in [
        (
            "select nam as resource, 'ok' as status, 'r' as reason from aws_user",
            "unknown-column 3:12 nam: column \"nam\" does not exist",
        ),
        (
            "select name as resource, 'ok' as status, 'r' as reason from aws_usr",
            "unknown-table 3:65 aws_usr: relation \"aws_usr\" does not exist",
        ),
        ("select lowr(name) as resource, 'ok' as status, 'r' as reason from aws_user", "unknown-function 3:12 lowr"),
        ("select name as resource, 'ok' as status 'r' as reason from aws_user", "syntax 3:45 "),
        ("select name::txt as resource, 'ok' as status, 'r' as reason from aws_user", "unknown-type 3:"),
        ("select name as resource, 'ok' as status, name + 1 as reason from aws_user", "unknown-operator 3:"),
        (
            "select name as resource, 'ok' as status, 'r' as reason from aws_user, aws_key",
            "ambiguous-column 3:12 name: ",
        ),
        ("select name as resource, 'ok' as status, 'r' as reason from aws_user where age", "type 3:"),
        ("delete from aws_user", "syntax 3:"),
        (
            "select name as resource, 'ok' as status from aws_user",
            "missing-column 1:1 control \"c\": the query of control.c has no column reason",
        ),
        (
            "select name, age from aws_user",
            "missing-column 1:1 control \"c\": the query of control.c has no columns resource, status, reason",
        ),
        (
            "select name as resource, age as status, 'r' as reason from aws_user",
            "status-type 3:37 status: status is bigint, not text",
        ),
        (
            "select name as resource, case when age > 1 then 'ok' else 'alram' end as status, 'r' as reason from aws_user",
            "unknown-status 3:63 'alram': \"alram\" is no status",
        ),
        (
            "select $1 as resource, 'ok' as status, 'r' as reason from aws_user",
            "argument 1:1 control \"c\": the SQL uses 1 values, 0 are given",
        ),
        (
            "select u.name as resource, 'ok' as status, 'r' as reason from aws_user u join aws_key k on k.akas::text like '%' || u.arn || '%'",
            "text-join 3:96 k.akas::text like '%' || u.arn || '%': rows of k and u are joined where the text of one contains the other's",
        ),
        (
            "select u.name as resource, 'ok' as status, 'r' as reason from aws_user u, aws_key k where strpos(u.arn, k.name) > 0",
            "text-join 3:95 ",
        ),
    ] {
        let found = found(&control(sql));
        assert!(found.starts_with(wanted) && found.lines().count() == 1, "{sql}\n{found}");
    }
}

#[test]
fn tables_of_other_plugins_are_not_called_unknown() {
    let text = control("select name as resource, 'ok' as status, 'r' as reason from azure_user");
    let report = report(&text, &[]);
    assert_eq!((report.checked, report.unchecked, report.findings.len()), (0, 1, 1));
    assert_eq!(report.findings[0].diagnostic.code, "unchecked");
    // Their syntax is checked.
    assert!(found(&control("select name as resource from azure_user wher x")).starts_with("syntax "));
}

#[test]
fn params_and_arguments() {
    let query = |sql: &str, rest: &str, control: &str| {
        format!("query \"q\" {{\n  sql = \"{sql}\"\n{rest}}}\ncontrol \"c\" {{\n  query = query.q\n{control}}}\n")
    };
    let sql = "select $1 as resource, 'ok' as status, 'r' as reason";
    let param = "  param \"p\" {\n    default = \"x\"\n  }\n";
    assert_eq!(found(&query(sql, param, "")), "");
    let two = "select $1 || $2 as resource, 'ok' as status, 'r' as reason";
    assert_eq!(found(&query(two, param, "")), "param 2:23 $2: $2 is used, but there is 1 param");
    assert_eq!(
        found(&query(ROW, param, "")),
        "unused-param 3:3 param \"p\": the SQL does not use param \"p\", which would be $1"
    );
    let unknown = found(&query(sql, param, "  args = { q = \"y\" }\n"));
    assert!(
        unknown.starts_with("argument 9:10 { q = \"y\" }: failed to resolve args for c: it has no param \"q\""),
        "{unknown}"
    );
    let missing = found(&query(sql, "  param \"p\" {}\n", ""));
    assert_eq!(missing, "argument 5:1 control \"c\": failed to resolve args for c: p");
}

#[test]
fn names_and_tags() {
    let row = format!("sql = \"{ROW}\"");
    assert_eq!(
        found(&format!("control \"c\" {{\n  severity = \"hihg\"\n  {row}\n}}\n")),
        "unknown-severity 2:14 \"hihg\": \"hihg\" is no severity"
    );
    assert_eq!(
        found(&format!(
            "control \"c\" {{\n  title = \"1.13 Keys\"\n  tags = {{\n    cis_item_id = \"1.12\"\n  }}\n  {row}\n}}\n"
        )),
        "cis-item-id 4:5 cis_item_id: cis_item_id is \"1.12\", but the title begins with 1.13"
    );
    let mut many = String::new();
    for i in 0..10 {
        many += &format!("control \"c{i}\" {{\n  tags = {{ service = \"x\", v5 = \"y\" }}\n  {row}\n}}\n");
    }
    many += &format!("control \"d\" {{\n  tags = {{ servcie = \"x\", v4 = \"y\" }}\n  {row}\n}}\n");
    assert_eq!(found(&many), "unknown-tag 42:12 servcie: the tag \"servcie\" is used once, \"service\" 10 times");
    assert_eq!(
        found(&format!(
            "variable \"v\" {{\n  default = 1\n}}\nquery \"q\" {{\n  sql = \"select 1\"\n}}\n{}",
            control(ROW)
        )),
        "unused-variable 1:1 variable \"v\": nothing in the mod uses var.v\nunused-query 4:1 query \"q\": nothing in the mod uses query.q"
    );
    assert_eq!(
        found(&format!("control \"c\" {{\n  documentation = file(\"./d.md\")\n  {row}\n}}\n")),
        "missing-documentation 2:24 \"./d.md\": invalid function argument: no file exists at ./d.md"
    );
}

#[test]
fn comments_silence() {
    let sql = "select u.name as resource, 'ok' as status, 'r' as reason from aws_user u, aws_key k where strpos(u.arn, k.name) > 0";
    let plain = control(sql);
    for text in [
        format!("# ironpipe: allow text-join\n{plain}"),
        format!("// ironpipe: allow unused-query, text-join\n# more\n{plain}"),
        format!("# ironpipe: allow-file text-join\n\nlocals {{}}\n{plain}"),
        control(&format!("-- ironpipe: allow text-join\n    {sql}")),
    ] {
        let report = report(&text, &[]);
        assert_eq!((report.findings.len(), report.silenced), (0, 1), "{text}");
    }
    assert_eq!(report(&plain, &["text-join"]).silenced, 1);
    // Another rule, another block, no comment.
    for text in [
        format!("# ironpipe: allow unused-query\n{plain}"),
        format!("# ironpipe: allow text-join\nlocals {{}}\n{plain}"),
        format!("locals {{\n  a = \"ironpipe: allow text-join\"\n}}\n{plain}"),
    ] {
        assert_eq!(report(&text, &[]).findings.len(), 1, "{text}");
    }
    assert_eq!(
        found(&format!("# ironpipe: allow text-jion\n{}", control(ROW))),
        "unknown-rule 1:19 text-jion: there is no rule \"text-jion\""
    );
}

#[test]
fn sql_of_dashboards_has_its_place() {
    let text = "dashboard \"d\" {\n  table {\n    sql = <<-EOQ\n      select\n        nam\n      from aws_user\n    EOQ\n  }\n}\n";
    assert_eq!(found(text), "unknown-column 5:9 nam: column \"nam\" does not exist");
}

#[test]
fn json_and_sarif() {
    let report = report(&control("select nam as resource, 'ok' as status, 'r' as reason from aws_user"), &[]);
    let json = json(&report);
    assert_eq!(json["summary"]["errors"], 1);
    let finding = &json["findings"][0];
    assert_eq!((finding["rule"].as_str(), finding["resource"].as_str()), (Some("unknown-column"), Some("control.c")));
    assert_eq!((finding["location"]["file"].as_str(), finding["location"]["line"].as_u64()), (Some("a.pp"), Some(3)));
    let sarif = sarif(&report);
    assert_eq!(sarif["version"], "2.1.0");
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!((result["ruleId"].as_str(), result["level"].as_str()), (Some("unknown-column"), Some("error")));
    let rule = &sarif["runs"][0]["tool"]["driver"]["rules"][0];
    assert_eq!(rule["id"], "unknown-column");
    let region = &result["locations"][0]["physicalLocation"]["region"];
    assert_eq!(
        (region["startLine"].as_u64(), region["startColumn"].as_u64(), region["endColumn"].as_u64()),
        (Some(3), Some(12), Some(15))
    );
}
