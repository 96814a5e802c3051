//! Names that attack the page stay text.

use crate::fixture::{control, report, row, run};
use crate::webdriver::Browser;
use ironpipe::model::run::{Completeness, ControlRun, Run, TableState};
use ironpipe::model::status::Status;
use ironpipe::report::html::Baseline;
use serde_json::{Value, json};

const ATTACKS: [&str; 14] = [
    "<script>document.title = 'hit'</script>",
    "</script><script>document.title = 'hit'</script>",
    "\"><img src=x onerror=\"document.title='hit'\">",
    "' onmouseover='document.title=1' x='",
    "</td></tr></table><h1>out</h1>",
    "<!-- --><style>*{display:none}</style>",
    "]]>--!><svg onload=\"document.title='hit'\">",
    "{{ title }} {% include 'x' %} {{ 7 * 7 }}",
    "&lt;b&gt; &amp;amp; &#60;",
    "abc\u{202e}fed\u{2066}\u{200b}\u{feff}",
    "a\tb\nc\rd\r\ne\u{1}\u{8}\u{1b}[31m\u{7f}\u{85}\u{a0}",
    "👩‍👩‍👧‍👦 🏳️‍🌈 é e\u{301} \u{10ffff}",
    "__proto__",
    "=1+1;javascript:document.title='hit'",
];

fn hostile_run() -> Run {
    let names: Vec<String> = (0..40).map(|i| format!("{} {i}", ATTACKS[i % ATTACKS.len()])).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let statuses = [Status::Alarm, Status::Ok];
    let mut rows = Vec::new();
    for status in statuses {
        for (i, attack) in ATTACKS.iter().enumerate() {
            let values: Vec<&str> =
                (0..40).map(|d| if d == 3 { "" } else { ATTACKS[(i + d) % ATTACKS.len()] }).collect();
            rows.push(row(status, attack, &format!("arn:{attack}"), &values));
        }
        rows.push(row(status, &"x<b>y</b> ".repeat(1_000), "", &[]));
    }
    let all = ATTACKS.join(" ");
    let mut bad = control("bad", &all, ATTACKS[2], &names, rows);
    bad.description = all.clone();
    bad.documentation = format!(
        "## {all}\n\n[a](javascript:document.title='hit') <javascript:alert(1)> [b]( data:text/html,x ) ![c](https://example.com/x.png)\n\n\
         <iframe src=\"https://example.com/\"></iframe>\n\n<div onclick=\"x\">\n\n{all}\n\n</div>\n\n## Remediation\n\n{all}\n"
    );
    bad.sql = all.clone();
    bad.query_name = ATTACKS[0].to_owned();
    bad.args = vec![json!(all)];
    bad.warnings = vec![all.clone()];
    bad.tags = ATTACKS.iter().map(|a| ((*a).to_owned(), (*a).to_owned())).collect();
    let mut failed =
        ControlRun { name: "sample.control.failed".to_owned(), ..control("failed", ATTACKS[1], "", &[], Vec::new()) };
    failed.error = all.clone();
    failed.summary.error = 1;
    let mut run = run(vec![(ATTACKS[0], vec![bad]), (ATTACKS[2], vec![failed])]);
    ATTACKS[1].clone_into(&mut run.root.title);
    run.provenance.mod_title = all.clone();
    run.provenance.mod_version = ATTACKS[0].to_owned();
    run.provenance.accounts[0].alias = all.clone();
    run.provenance.variables.insert(ATTACKS[0].to_owned(), json!(all));
    run.provenance.tables.push(TableState {
        table: ATTACKS[0].to_owned(),
        account_id: ATTACKS[1].to_owned(),
        completeness: Completeness::Failed,
        collected_at: None,
        source: ATTACKS[2].to_owned(),
        reason: all,
    });
    run
}

/// What a browser cannot hold in text but the value has: nothing, as far as the attacks go.
fn expected(run: &Run, wanted: Status) -> Value {
    let control = &run.controls["sample.control.bad"];
    control
        .results
        .iter()
        .filter(|row| row.status == wanted)
        .map(|row| {
            let mut cells = vec![row.reason.clone(), row.resource.clone()];
            cells.extend((0..40).map(|i| row.dimensions.get(i).cloned().unwrap_or_default()));
            json!(cells)
        })
        .collect()
}

const CELLS: &str = "return [...document.querySelectorAll('#sample\\\\.control\\\\.bad .results tbody tr')].map((r) =>
    [...r.cells].slice(1).map((c) => {
      const copy = c.cloneNode(true);
      const link = copy.querySelector('.link');
      if (link) { link.previousSibling.data = link.previousSibling.data.replace(/ $/, ''); link.remove(); }
      for (const seen of copy.querySelectorAll('.seen')) seen.remove();
      return copy.textContent;
    }));";

/// The page has only its own elements, links and handlers.
fn harmless(browser: &Browser) {
    let findings = browser.run(
        "const bad = [];
         for (const e of document.querySelectorAll('*')) {
           if (['img', 'iframe', 'object', 'embed', 'base', 'link', 'video', 'audio'].includes(e.localName)) bad.push(e.localName);
           for (const a of e.attributes) if (a.name.startsWith('on') || a.name === 'src' || a.name === 'style' || a.name === 'srcdoc') bad.push(a.name);
           if (e.localName === 'a' && !/^(#|https?:|mailto:)/.test(e.getAttribute('href'))) bad.push(e.outerHTML);
           if (e.localName === 'use' && !e.getAttribute('href').startsWith('#icon-')) bad.push(e.outerHTML);
         }
         return [bad, document.scripts.length, document.querySelectorAll('style').length, document.querySelectorAll('h1').length, document.title, window.name];",
    );
    assert_eq!(findings, json!([[], 2, 1, 1, ATTACKS[1], ""]));
    assert_eq!(browser.console(), Vec::<String>::new());
    assert_eq!(browser.requests(), Vec::<String>::new());
}

#[test]
fn hostile_values_are_text() {
    let Some(browser) = Browser::start(1440, 900, false) else { return };
    let run = hostile_run();
    let baseline = Baseline {
        since: ATTACKS[0].to_owned(),
        counts: vec![(ATTACKS[0].to_owned(), 1)],
        fixed: ATTACKS.map(str::to_owned).to_vec(),
        first_seen: run.controls["sample.control.bad"]
            .results
            .iter()
            .map(|r| {
                (("sample.control.bad".to_owned(), r.resource.clone(), r.dimensions.clone()), ATTACKS[1].to_owned())
            })
            .collect(),
        ..Baseline::default()
    };
    let report = report(&run, Some(&baseline));
    browser.open(&report.file, "");
    harmless(&browser);
    assert_eq!(browser.run(CELLS), expected(&run, Status::Alarm), "static rows");
    assert_eq!(
        browser.run("return document.querySelector('#sample\\\\.control\\\\.bad pre').textContent;"),
        json!(ATTACKS.join(" "))
    );
    assert_eq!(
        browser.run("return [...document.querySelectorAll('#sample\\\\.control\\\\.bad thead')].at(-1).rows[0].cells[3].textContent;"),
        json!(format!("{} 0", ATTACKS[0]))
    );

    // The block's script gives the same rows the same links.
    let ids =
        "return [...document.querySelectorAll('#sample\\\\.control\\\\.bad .results tbody tr')].map((r) => r.id);";
    let fixed = browser.run(ids);
    browser.open(&report.file, "#status=alarm");
    browser.run("location.reload();");
    browser.wait_for("return document.getElementById('f-count').textContent === '15 results in 1 control';");
    assert_eq!(browser.run(ids), fixed);

    // The same from the compressed block, with every part of the page open.
    browser.open(&report.file, "#status=ok");
    browser.run("location.reload();");
    browser.wait_for("return document.getElementById('f-count').textContent === '15 results in 1 control';");
    browser.run("for (const d of document.querySelectorAll('details')) d.open = true;");
    assert_eq!(browser.run(CELLS), expected(&run, Status::Ok), "rows of the block");
    harmless(&browser);

    // Hostile addresses.
    for hash in [
        "#q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
        "#<script>alert(1)</script>",
        "#d.__proto__=1&constructor=2&section=x",
        "#sample.control.bad--zzz",
    ] {
        browser.open(&report.file, "");
        browser.open(&report.file, hash);
        browser.run("location.reload();");
        browser.wait_for("return !document.getElementById('filters').hidden;");
        harmless(&browser);
    }
}

#[test]
fn a_strange_script_is_not_run() {
    let Some(browser) = Browser::start(800, 600, false) else { return };
    let report = report(&hostile_run(), None);
    let page = std::fs::read_to_string(&report.file).unwrap();
    // Whatever slipped through would still meet the policy: the hashes allow this file's script and style only.
    std::fs::write(&report.file, page.replace("</main>", "</main><script>document.title = 'hit'</script><img src=\"https://example.com/x.png\" onerror=\"document.title='hit'\">")).unwrap();
    browser.open(&report.file, "");
    browser.wait_for("return !document.getElementById('filters').hidden;");
    assert_eq!(browser.run("return document.title;"), json!(ATTACKS[1]));
    let refused = browser.console().iter().filter(|line| line.contains("Content Security Policy")).count();
    assert!(refused >= 2, "{refused}");
}
