//! Rows that mean harm, through every format, read back by parsers that are not ours.

use crate::runs::{control, group, leaf, run, text_of};
use ironpipe::model::run::Run;
use ironpipe::model::status::Status;
use ironpipe::report::Format;
use quick_xml::events::Event;
use serde_json::Value;

/// Texts that break files when they are not escaped.
fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "<script>alert(1)</script>",
        "</script><img src=x onerror=alert(1)>",
        "\"quotes\" and 'single', \\ and \\\"",
        "javascript:alert(1)",
        "=HYPERLINK(\"http://x\")",
        "+1, -1, @sum",
        "line\nbreak\r\nand\ttab",
        "]]> <![CDATA[ &amp; &lt; --> <!--",
        "nul \0 bell \u{7} escape \u{1b}[31m",
        "right-to-left \u{202e}evil\u{202c}",
        "emoji 🔥👩‍👩‍👧 ünïcödé 漢字",
        "",
        " leading and trailing ",
        "| a | b | `tick` ``ticks`` **bold** [link](javascript:x) # not a heading",
        "{{ template }} {% raw %} ${{ github.token }}",
        "\u{2028}\u{2029}\u{feff}\u{fffe}",
        "&lt;b&gt; &#60; &amp; R&D A & B snake_case_name __dunder__ _x_ # 1 #2 3# ~~gone~~",
        "\\.",
    ]
    .map(str::to_owned)
    .into();
    texts.push("long ".repeat(2_000));
    texts
}

/// A row for each text, which stands in the reason, the resource and a dimension; and a row with 40 dimensions.
pub fn hostile() -> Run {
    let texts = texts();
    let values: Vec<[&str; 1]> = texts.iter().map(|t| [t.as_str()]).collect();
    let rows: Vec<(Status, &str, &str, &[&str])> =
        texts.iter().zip(&values).map(|(t, v)| (Status::Alarm, t.as_str(), t.as_str(), &v[..])).collect();
    let all = control("all", "<b>All</b> & more", "high", &["name"], &rows);
    let names: Vec<String> = (0..40).map(|i| format!("d{i:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let wide = control("wide", "Wide", "", &names, &[(Status::Ok, "40 of them", "r", &names)]);
    run("<title> & \"more\"", vec![group("top", "Top", vec![leaf("all"), leaf("wide")])], vec![all, wide])
}

/// What XML 1.0 can hold of a text, read back: line ends in attributes come as they were written, by reference.
fn xml_of(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'.. => c,
            _ => '\u{fffd}',
        })
        .collect()
}

#[test]
fn csv() {
    let text = text_of(&hostile(), Format::Csv, 100);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|h| h == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), texts().len() + 1);
    for (row, text) in rows.iter().zip(texts()) {
        assert_eq!((&row[column("reason")], &row[column("resource")], &row[column("name")]), (&*text, &*text, &*text));
    }
    assert_eq!(&rows.last().unwrap()[column("d39")], "d39");
}

#[test]
fn json() {
    let text = text_of(&hostile(), Format::Json, 100);
    assert!(!text.contains('<'), "a page may hold it");
    let json: Value = serde_json::from_str(&text).unwrap();
    let control = &json["groups"][0]["controls"][0];
    for (row, text) in control["results"].as_array().unwrap().iter().zip(texts()) {
        assert_eq!((&row["reason"], &row["resource"]), (&Value::from(&*text), &Value::from(&*text)));
        assert_eq!(row["dimensions"][0]["value"], *text);
    }
}

#[test]
fn snapshot() {
    let text = text_of(&hostile(), Format::Snapshot, 100);
    let json: Value = serde_json::from_str(&text).unwrap();
    let rows = json["panels"]["demo.control.all"]["data"]["rows"].as_array().unwrap();
    for (row, text) in rows.iter().zip(texts()) {
        assert_eq!((&row["reason"], &row["name"]), (&Value::from(&*text), &Value::from(&*text)));
    }
    assert_eq!(ironpipe::snapshot::read(text.as_bytes()).unwrap(), hostile());
}

/// Returns the values of an attribute of all elements of a name, and the texts inside them.
fn elements(xml: &str, element: &str, attribute: &str) -> Vec<(String, String)> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut found: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(e) | Event::Empty(e) => {
                inside = e.name().as_ref() == element;
                if inside {
                    let value = e.attributes().map(Result::unwrap).find(|a| a.key.as_ref() == attribute);
                    let value =
                        value.map(|a| a.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap().into_owned());
                    found.push((value.unwrap_or_default(), String::new()));
                }
            }
            Event::CData(e) if inside => {
                if let Some(last) = found.last_mut() {
                    last.1.push_str(&e);
                }
            }
            Event::End(_) => inside = false,
            Event::Eof => return found,
            _ => {}
        }
    }
}

#[test]
fn nunit3() {
    let xml = text_of(&hostile(), Format::Nunit3, 100);
    let messages: Vec<String> = elements(&xml, "message", "").into_iter().map(|m| m.1).collect();
    let mut wanted: Vec<String> = texts().iter().map(|t| xml_of(t)).collect();
    wanted.push("40 of them".to_owned());
    assert_eq!(messages, wanted);
}

#[test]
fn junit() {
    let xml = text_of(&hostile(), Format::Junit, 100);
    let messages: Vec<String> = elements(&xml, "failure", "message").into_iter().map(|m| m.0).collect();
    // A parser makes blanks of line ends and tabs in attributes.
    let flat = |text: &str| xml_of(text).replace("\r\n", " ").replace(['\n', '\r', '\t'], " ");
    assert_eq!(
        messages.iter().map(|m| flat(m)).collect::<Vec<_>>(),
        texts().iter().map(|t| flat(t)).collect::<Vec<_>>()
    );
    let names: std::collections::BTreeSet<String> =
        elements(&xml, "testcase", "name").into_iter().map(|n| n.0).collect();
    assert_eq!(names.len(), texts().len() + 1);
}

#[test]
fn sarif() {
    let json: Value = serde_json::from_str(&text_of(&hostile(), Format::Sarif, 100)).unwrap();
    let results = json["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), texts().len());
    let mut prints = std::collections::BTreeSet::new();
    for (result, text) in results.iter().zip(texts()) {
        let wanted = if text.is_empty() { "<b>All</b> & more" } else { &text };
        assert_eq!(result["message"]["text"], wanted);
        assert_eq!(result["properties"]["resource"], *text);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "demo/keys%20%26%20more.pp");
        assert_eq!(place["region"]["startLine"], 7);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        prints.insert(result["partialFingerprints"]["ironpipe/v1"].to_string());
    }
    assert_eq!(prints.len(), results.len());
}

#[test]
fn ocsf() {
    let text = text_of(&hostile(), Format::Ocsf, 100);
    let events: Vec<Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(events.len(), texts().len() + 1);
    for (event, text) in events.iter().zip(texts()) {
        assert_eq!(event["compliance"]["status_detail"], *text);
        // What the schema of class 2003 requires.
        for name in ["activity_id", "category_uid", "class_uid", "severity_id", "time", "type_uid"] {
            assert!(event[name].is_u64(), "{name}");
        }
        assert_eq!(event["type_uid"].as_u64().unwrap(), event["class_uid"].as_u64().unwrap() * 100 + 1);
        assert!(event["metadata"]["version"].is_string() && event["metadata"]["product"]["vendor_name"].is_string());
        assert!(event["finding_info"]["uid"].is_string() && event["finding_info"]["title"].is_string());
        assert!(event["compliance"]["standards"].is_array() && event["compliance"]["status_id"].is_u64());
    }
}

#[test]
fn asff() {
    let findings: Vec<Value> = serde_json::from_str(&text_of(&crate::runs::sample_run(), Format::Asff, 100)).unwrap();
    let mut ids = std::collections::BTreeSet::new();
    for finding in &findings {
        // What BatchImportFindings requires, with its limits.
        for name in [
            "SchemaVersion",
            "Id",
            "ProductArn",
            "GeneratorId",
            "AwsAccountId",
            "CreatedAt",
            "UpdatedAt",
            "Title",
            "Description",
        ] {
            assert!(finding[name].as_str().is_some_and(|t| !t.is_empty()), "{name}: {finding}");
        }
        assert!(finding["Title"].as_str().unwrap().chars().count() <= 256);
        assert!(finding["Id"].as_str().unwrap().chars().count() <= 512);
        assert!(
            finding["Resources"][0]["Id"].is_string() && finding["Types"][0].as_str().unwrap().split('/').count() <= 3
        );
        ids.insert(finding["Id"].as_str().unwrap());
    }
    assert_eq!(ids.len(), findings.len());
}

/// The texts of the cells of all rows of three, as a reader of Markdown sees them.
fn cells(markdown: &str) -> Vec<Vec<String>> {
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
    let mut rows = Vec::new();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Start(Tag::TableRow) => rows.push(Vec::new()),
            // A heading is told from a row by a cell more.
            Event::Start(Tag::TableHead) => rows.push(vec![String::new()]),
            Event::Start(Tag::TableCell) => rows.last_mut().unwrap_or(&mut Vec::new()).push(String::new()),
            Event::End(TagEnd::TableRow | TagEnd::TableCell) => {}
            Event::Text(text) | Event::Code(text) => {
                if let Some(cell) = rows.last_mut().and_then(|r: &mut Vec<String>| r.last_mut()) {
                    cell.push_str(&text);
                }
            }
            _ => {}
        }
    }
    rows.retain(|row| row.len() == 3);
    rows
}

#[test]
fn markdown() {
    let text = text_of(&hostile(), Format::Md, 100);
    let neutral = |text: &str| {
        let is_shown = |c: char| !c.is_control() && !('\u{202a}'..='\u{202e}').contains(&c);
        text.chars()
            .map(|c| {
                if "\n\r\t".contains(c) {
                    ' '
                } else if is_shown(c) {
                    c
                } else {
                    '\u{fffd}'
                }
            })
            .collect::<String>()
    };
    // The first five are the totals.
    let reasons: Vec<String> = cells(&text).into_iter().skip(5).map(|row| row[1].trim().to_owned()).collect();
    let wanted: Vec<String> = texts().iter().map(|t| neutral(t).trim().to_owned()).collect();
    assert_eq!(reasons[..wanted.len()], wanted);
    // Powerpipe's lines of a control: title, one blank, description, empty line, counts.
    let sample = text_of(&crate::runs::sample_run(), Format::Md, 100);
    assert!(sample.contains("\n## Keys are rotated\n \n*Old keys leak.*\n\n| OK |"), "{sample}");
}

/// Jenkins' schema of JUnit files, by hand: elements with the attributes that they may have.
#[test]
fn junit_has_nothing_that_the_schema_forbids() {
    let allowed = |element: &str| match element {
        "testsuites" => "name time tests failures errors",
        "testsuite" => "name tests failures errors group time skipped timestamp hostname id package file log url",
        "testcase" => "name time classname group",
        "property" => "name value",
        "failure" | "error" | "skipped" => "type message",
        "properties" | "system-out" | "system-err" => "",
        other => panic!("{other}"),
    };
    for run in [hostile(), crate::runs::sample_run()] {
        let xml = text_of(&run, Format::Junit, 100);
        let mut reader = quick_xml::Reader::from_str(&xml);
        loop {
            match reader.read_event().unwrap() {
                Event::Start(e) | Event::Empty(e) => {
                    let name: String = e.name().as_ref().to_owned();
                    let names: Vec<&str> = allowed(&name).split(' ').collect();
                    for attribute in e.attributes().map(Result::unwrap) {
                        assert!(names.contains(&attribute.key.as_ref()), "{name}: {attribute:?}");
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
    }
}

#[test]
fn what_people_read_holds_nothing_that_acts() {
    for format in [Format::Text, Format::Brief, Format::Md, Format::Github] {
        let text = text_of(&hostile(), format, 120);
        let is_bad = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!text.contains(is_bad), "{format:?}");
        if matches!(format, Format::Md | Format::Github) {
            // Outside of code spans no tag and no link starts.
            for line in text.lines() {
                let outside: String = line.split('`').step_by(2).collect();
                let is_ours = ["<details>", "</details>", "<b>"].iter().any(|tag| outside.contains(tag));
                assert!(!outside.replace("\\<", "").contains("<script") || is_ours, "{line}");
                assert!(!outside.replace("\\[", "").contains("[link]("), "{line}");
            }
        }
    }
}
