//! SQL knows where it was written.

use super::good;
use crate::model::resource::QuerySource;
use crate::model::source::SqlText;

/// Returns the text in the file that a word of the SQL maps to.
fn source_of(sql: &SqlText, word: &str) -> String {
    let at = sql.text.find(word).unwrap();
    sql.locate(at..at + word.len()).unwrap().text().to_owned()
}

fn sql(value: &str) -> SqlText {
    let loaded =
        good(&format!("locals {{\n  l = \"select x\"\n  t = \", a, b\"\n}}\ncontrol \"c\" {{\n  sql = {value}\n}}\n"));
    match &loaded.module.controls["c"].source {
        QuerySource::Sql(sql) => sql.clone(),
        QuerySource::Query(_) => panic!(),
    }
}

#[test]
fn every_literal_character_maps_to_itself() {
    let text = sql(
        "<<-EOQ\n    select 'ä' as r${local.t}\n      from t\n\n    where x = 1\n    %{ if true }and y%{ else }or z%{ endif }\n  EOQ",
    );
    assert_eq!(text.text, "select 'ä' as r, a, b\n  from t\n\nwhere x = 1\nand y\n");
    for (i, c) in text.text.char_indices() {
        let span = text.locate(i..i + c.len_utf8()).unwrap();
        let expected = if (text.text.find(", a, b").unwrap()..text.text.find("\n  from").unwrap()).contains(&i) {
            "${local.t}".to_owned()
        } else {
            c.to_string()
        };
        assert_eq!(span.text(), expected, "at {i}");
    }
}

#[test]
fn words_map_to_what_was_written() {
    let heredoc = sql("<<-EOQ\n    select a\n    from t\n  EOQ");
    assert_eq!(source_of(&heredoc, "from"), "from");
    assert_eq!(heredoc.locate(9..13).unwrap().start(), (8, 5));
    assert_eq!(source_of(&sql("\"select \\\"q\\\" x\""), "x"), "x");
    assert_eq!(source_of(&sql("\"select \\\"q\\\" x\""), "\""), "\\\"");
    assert_eq!(source_of(&sql("local.l"), "x"), "local.l");
    assert_eq!(source_of(&sql("replace(local.l, \"x\", \"y\")"), "y"), "replace(local.l, \"x\", \"y\")");
    assert_eq!(source_of(&sql("\"${local.l} from t\""), "from"), "from");
    assert_eq!(source_of(&sql("<<-EOQ\n    a %{~ if true ~}  b  %{~ endif ~} c\n  EOQ"), "b"), "b");
}
