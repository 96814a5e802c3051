//! What a reader does: looks, filters, follows links, prints.

use crate::fixture::{benchmark, control, report, run, sample};
use crate::webdriver::Browser;
use ironpipe::report::html::Baseline;
use ironpipe::snapshot::Kind;
use serde_json::{Value, json};

/// Rows that can be seen: resource and status.
const ROWS: &str = "return [...document.querySelectorAll('.results tbody tr')]
    .filter((r) => r.checkVisibility() && !r.closest('[hidden]'))
    .map((r) => r.querySelector('th').firstChild.textContent.trim() + ' ' + r.cells[0].innerText.trim());";

/// Opens the sample report and tells what came of it; every test ends with [`quiet`].
fn opened(rest: &str) -> Option<(Browser, crate::fixture::Report)> {
    let browser = Browser::start(1440, 900, false)?;
    let report = report(&sample(), None);
    browser.open(&report.file, rest);
    Some((browser, report))
}

/// Nothing in the console, no request.
fn quiet(browser: &Browser) {
    assert_eq!(browser.console(), Vec::<String>::new());
    assert_eq!(browser.requests(), Vec::<String>::new());
}

fn count(browser: &Browser) -> Value {
    browser.run("return document.getElementById('f-count').textContent;")
}

fn choose(browser: &Browser, id: &str, value: &str) {
    browser.run(&format!(
        "const e = document.getElementById({}); if (!e) throw 'no such field'; e.value = {};
         e.dispatchEvent(new Event('input', {{ bubbles: true }}));",
        json!(id),
        json!(value)
    ));
}

fn tick(browser: &Browser, status: &str) {
    browser.run(&format!("document.querySelector('#filters input[value={status}]').click();"));
}

fn wait_for_count(browser: &Browser, text: &str) {
    browser.wait_for(&format!("return document.getElementById('f-count').textContent === {};", json!(text)));
}

#[test]
fn first_screen_says_what_matters() {
    let Some((browser, _report)) = opened("") else { return };
    let text = browser
        .run("return document.querySelector('header').innerText + document.querySelector('.overview').innerText;");
    let text = text.as_str().unwrap();
    for expected in [
        "Sample mod 1.2.3",
        "Sample benchmark",
        "111122223333, 444455556666",
        "2026-03-01 05:06 UTC",
        "3 days before the run",
        "4 controls",
        "613 results",
        "2 controls in alarm, 2 with errors",
        "What could not be evaluated",
        "aws_iam_role was not collected: iam:ListRoles is not allowed",
        "Table aws_iam_group of account 111122223333",
        "denied: iam:ListGroups is not allowed",
        "1.1 Keys are young",
    ] {
        assert!(text.contains(expected), "{expected:?} is not in:\n{text}");
    }
    let worst = browser.run("return [...document.querySelectorAll('.worst a')].map((a) => a.textContent);");
    assert_eq!(worst, json!(["1.2 Roles are bound", "1.1 Keys are young", "2.2 Buckets are private"]));
    let names = browser.run("return [...document.querySelectorAll('nav a .name')].map((a) => a.textContent);");
    assert_eq!(
        names,
        json!([
            "1 Identity",
            "1.1 Keys are young",
            "1.2 Roles are bound",
            "2 Storage",
            "2.1 Nothing to judge",
            "2.2 Buckets are private",
            "1.1 Keys are young"
        ])
    );
    quiet(&browser);
}

#[test]
fn filters_narrow_and_are_kept_in_the_address() {
    let Some((browser, report)) = opened("") else { return };
    tick(&browser, "alarm");
    wait_for_count(&browser, "3 results in 2 controls");
    assert_eq!(
        browser.run(ROWS),
        json!([
            "arn:aws:iam::111122223333:user/bob alarm",
            "arn:aws:iam::444455556666:user/mia alarm",
            "arn:aws:s3:::bucket-0 alarm"
        ])
    );
    choose(&browser, "f-d-1", "444455556666");
    wait_for_count(&browser, "2 results in 2 controls");
    choose(&browser, "f-severity", "high");
    wait_for_count(&browser, "1 result in 1 control");
    let hash = browser.run("return location.hash;");
    assert_eq!(hash, "#severity=high&status=alarm&d.account_id=444455556666");

    // The same address shows the same rows.
    browser.open(&report.file, "#severity=high&status=alarm&d.account_id=444455556666");
    browser.run("location.reload();");
    wait_for_count(&browser, "1 result in 1 control");
    assert_eq!(browser.run(ROWS), json!(["arn:aws:iam::444455556666:user/mia alarm"]));
    assert_eq!(browser.run("return document.getElementById('f-severity').value;"), "high");

    browser.run("document.getElementById('f-clear').click();");
    wait_for_count(&browser, "");
    assert_eq!(browser.run("return location.hash;"), "");
    assert_eq!(browser.run("return [...document.querySelectorAll('.control[hidden]')].length;"), 0);

    for (id, value, expected) in [
        ("f-section", "sample.benchmark.2_storage", "606 results in 3 controls"),
        ("f-section", "", ""),
        ("f-search", "BUCKET-59", "11 results in 1 control"),
        ("f-search", "region=us-east-1", "300 results in 1 control"),
        ("f-search", "private bucket-598", "1 result in 1 control"),
        ("f-search", "\"key of bob\"", "1 result in 1 control"),
        ("f-search", "no-such-thing", "0 results in 0 controls"),
    ] {
        choose(&browser, id, value);
        wait_for_count(&browser, expected);
    }
    assert_eq!(browser.run("return document.getElementById('nothing').checkVisibility();"), true);
    // A control that failed as a whole is found with the errors.
    choose(&browser, "f-search", "");
    tick(&browser, "error");
    wait_for_count(&browser, "1 result in 2 controls");
    assert_eq!(browser.run("return document.getElementById('sample.control.roles').checkVisibility();"), true);
    quiet(&browser);
}

#[test]
fn links_lead_to_controls_and_results() {
    let Some((browser, report)) = opened("#sample.control.keys") else { return };
    browser.wait_for("return document.getElementById('sample.control.keys').firstElementChild.open;");
    // A result that only the compressed block has: its link comes from the row the filter shows.
    choose(&browser, "f-search", "bucket-577");
    wait_for_count(&browser, "1 result in 1 control");
    let link = browser.run("return document.querySelector('.results tr .link[href*=buckets]').getAttribute('href');");
    let link = link.as_str().unwrap().to_owned();
    assert!(link.starts_with("#sample.control.buckets--"), "{link}");
    browser.open(&report.file, "");
    browser.open(&report.file, &link);
    browser.run("location.reload();");
    browser.wait_for(&format!(
        "const r = document.getElementById({}); return !!r && r.checkVisibility() && r.classList.contains('target');",
        json!(link[1..])
    ));
    // Scrolling there is smooth, so it takes a moment.
    browser.wait_for(&format!(
        "const b = document.getElementById({}).getBoundingClientRect(); return b.top >= 0 && b.bottom <= innerHeight;",
        json!(link[1..])
    ));
    let reason = browser.run(&format!("return document.getElementById({}).cells[1].textContent;", json!(link[1..])));
    assert_eq!(reason, "Bucket 577 is private.");
    // A damaged link does no harm.
    browser.open(&report.file, "#%E0%A4%A");
    browser.run("location.reload();");
    browser.wait_for("return !document.getElementById('filters').hidden;");
    // The first screen's links filter.
    browser.open(&report.file, "");
    browser.run("location.reload();");
    browser.wait_for("return document.querySelector('.accounts a').hash !== '#results';");
    browser.run("document.querySelectorAll('.accounts a')[0].click();");
    browser.wait_for("return document.getElementById('f-count').textContent !== '';");
    assert_eq!(browser.run("return document.getElementById('f-d-1').value;"), "111122223333");
    quiet(&browser);
}

#[test]
fn all_results_of_a_control_are_there_on_demand() {
    let Some((browser, _report)) = opened("#sample.control.buckets") else { return };
    assert_eq!(
        browser.run("return document.querySelectorAll('#sample\\\\.control\\\\.buckets tbody tr[id]').length;"),
        1
    );
    browser.run("document.querySelector('button[data-show=\"3\"]').click();");
    let rows = "return document.querySelectorAll('#sample\\\\.control\\\\.buckets .results tbody tr').length;";
    browser.wait_for(&rows.replace(';', " === 200;"));
    let more = "return document.querySelector('#sample\\\\.control\\\\.buckets .more button').textContent;";
    assert_eq!(browser.run(more), "Show 200 more of 400");
    for _ in 0..2 {
        browser.run("document.querySelector('#sample\\\\.control\\\\.buckets .more button').click();");
    }
    assert_eq!(browser.run(rows), 600);
    quiet(&browser);
}

#[test]
fn the_baseline_marks_what_changed() {
    let Some(browser) = Browser::start(1440, 900, false) else { return };
    let mut baseline = Baseline { since: "2026-02-01 00:00 UTC".to_owned(), ..Baseline::default() };
    let key = |user: &str| {
        let account = "444455556666".to_owned();
        (
            "sample.control.keys".to_owned(),
            format!("arn:aws:iam::{account}:user/{user}"),
            vec![account, "global".to_owned()],
        )
    };
    baseline.changes.insert(key("mia"), Kind::New);
    baseline.changes.insert(key("tim"), Kind::Fixed);
    baseline.first_seen.insert(key("tim"), "2026-01-01".to_owned());
    baseline.counts = vec![("new".to_owned(), 1), ("fixed".to_owned(), 2)];
    baseline.fixed = vec!["1.1 Keys are young: <b>zoe</b>".to_owned()];
    let report = report(&sample(), Some(&baseline));
    browser.open(&report.file, "");
    let panel = browser.run(
        "document.querySelector('.changes details').open = true; return document.querySelector('.changes').innerText;",
    );
    for expected in
        ["Changes since 2026-02-01 00:00 UTC", "1 new", "2 fixed", "Key of mia is 200 days old.", "<b>zoe</b>"]
    {
        assert!(panel.as_str().unwrap().contains(expected), "{panel}");
    }
    let marks = "return [...document.querySelectorAll('#sample\\\\.control\\\\.keys tr.new th, #sample\\\\.control\\\\.keys .seen')].map((e) => e.textContent.replace(' #', ''));";
    let expected = json!(["arn:aws:iam::444455556666:user/mia", "first seen 2026-01-01"]);
    assert_eq!(browser.run(marks), expected);
    let choose = |change: &str| {
        browser.run(&format!(
            "const s = document.getElementById('f-change'); s.value = '{change}'; s.dispatchEvent(new Event('input', {{ bubbles: true }}));"
        ));
    };
    choose("new");
    wait_for_count(&browser, "1 result in 1 control");
    assert_eq!(browser.run(ROWS), json!(["arn:aws:iam::444455556666:user/mia alarm new"]));
    assert_eq!(browser.run("return location.hash;"), "#change=new");
    choose("any");
    wait_for_count(&browser, "2 results in 1 control");
    // A link on the first screen asks for the same.
    browser.run("document.querySelector('.changes a[data-filter=\"change=fixed\"]').click();");
    browser.wait_for("return location.hash === '#change=fixed' && document.getElementById('f-count').textContent.startsWith('1 result ');");
    let fixed = browser.run(ROWS);
    assert!(
        fixed[0].as_str().unwrap().starts_with("arn:aws:iam::444455556666:user/tim ")
            && fixed[0].as_str().unwrap().ends_with(" fixed"),
        "{fixed}"
    );
    quiet(&browser);
}

#[test]
fn what_passes_the_filters_is_saved_for_a_spreadsheet() {
    let Some((browser, _report)) = opened("") else { return };
    // The file is looked at instead of put into a folder.
    let save = "let saved; URL.createObjectURL = (blob) => { saved = blob; return '#'; };
        document.getElementById('f-save').click();
        while (!saved) await new Promise((r) => setTimeout(r, 5));
        return await saved.text();";
    let records = |text: &Value| -> Vec<Vec<String>> {
        let text = text.as_str().unwrap().trim_start_matches('\u{feff}');
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
    };
    let all = records(&browser.run(save));
    let head = ["control", "title", "severity", "status", "reason", "resource", "account_id", "region"];
    assert_eq!(all[0], head);
    // Each control once: 6 keys, a control that failed as a whole, 600 buckets.
    assert_eq!(all.len(), 1 + 6 + 1 + 600);
    let failed = all.iter().find(|r| r[0] == "control.roles").unwrap();
    assert_eq!(failed[3..6], ["error", "aws_iam_role was not collected: iam:ListRoles is not allowed", ""]);
    tick(&browser, "alarm");
    wait_for_count(&browser, "3 results in 2 controls");
    let alarms = records(&browser.run(save));
    assert_eq!(alarms.len(), 4);
    assert!(alarms[1..].iter().all(|r| r[3] == "alarm"), "{alarms:?}");
    quiet(&browser);
}

#[test]
fn nothing_judged_is_not_fine() {
    let Some(browser) = Browser::start(1440, 900, false) else { return };
    let empty = control("nothing", "2.1 Nothing to judge", "low", &[], Vec::new());
    let report = report(&run(vec![("2 Storage", vec![empty])]), None);
    browser.open(&report.file, "");
    let verdict = browser.run("return document.querySelector('.verdict').className + ': ' + document.querySelector('.verdict').innerText.replace('\\n', ': ');");
    assert_eq!(verdict, "verdict skip: Nothing was judged: the query returned no rows");
    quiet(&browser);
}

#[test]
fn it_reads_without_script() {
    let Some(browser) = Browser::start(1440, 900, false) else { return };
    let report = report(&sample(), None);
    browser.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": true }));
    browser.open(&report.file, "");
    assert_eq!(browser.run("return document.documentElement.classList.contains('js');"), false);
    assert_eq!(browser.run("return document.getElementById('filters').checkVisibility();"), false);
    // Every failing result is in the page, and opening a control is the browser's own work.
    browser.run("document.querySelector('#sample\\\\.control\\\\.keys summary').click();");
    let rows = browser.run(ROWS);
    assert_eq!(rows.as_array().unwrap().len(), 6, "{rows}");
    browser.run("document.querySelector('#sample\\\\.control\\\\.buckets summary').click();");
    let more = browser.run("return document.querySelector('#sample\\\\.control\\\\.buckets .more').innerText;");
    assert!(more.as_str().unwrap().contains("599 of 600 results are not listed here"), "{more}");
}

#[test]
fn paper_shows_what_needs_action() {
    let Some((browser, _report)) = opened("") else { return };
    let open = "return [...document.querySelectorAll('.control > details')].map((d) => d.open);";
    assert_eq!(browser.run(open), json!([false, false, false, false]));
    browser.run("dispatchEvent(new Event('beforeprint'));");
    assert_eq!(browser.run(open), json!([true, true, false, true]));
    browser.run("dispatchEvent(new Event('afterprint'));");
    assert_eq!(browser.run(open), json!([false, false, false, false]));
    let fix = "return document.querySelector('#sample\\\\.control\\\\.buckets .fix').open;";
    browser.run("dispatchEvent(new Event('beforeprint'));");
    assert_eq!(browser.run(fix), true);
    browser.run("dispatchEvent(new Event('afterprint'));");
    assert_eq!(browser.run(fix), false);
    let pdf = browser.print();
    assert!(pdf.starts_with(b"%PDF-"));
    let pages = pdf.windows(11).filter(|w| w == b"/Type /Page").count();
    assert!(pages >= 2, "{pages} pages");
    quiet(&browser);
}

#[test]
fn the_keyboard_is_enough() {
    const TAB: char = '\u{e004}';
    const ENTER: char = '\u{e007}';
    let Some((browser, _report)) = opened("") else { return };
    browser.press(TAB);
    assert_eq!(browser.run("return document.activeElement.textContent;"), "Skip to results");
    browser.press(ENTER);
    browser.press(TAB);
    assert_eq!(browser.run("return document.activeElement.id;"), "f-search");
    for key in "bob".chars() {
        browser.press(key);
    }
    wait_for_count(&browser, "1 result in 1 control");
    assert_eq!(count(&browser), "1 result in 1 control");
    // On to the control's own line, past the other fields and the copy of its link.
    for _ in 0..20 {
        browser.press(TAB);
        if browser.run("return document.activeElement.localName;") == "summary" {
            break;
        }
    }
    let before = browser.run("return document.activeElement.parentElement.open;");
    browser.press(ENTER);
    let after = browser.run("return [document.activeElement.localName, document.activeElement.parentElement.open];");
    assert_eq!((before, after), (json!(true), json!(["summary", false])));
    quiet(&browser);
}

#[test]
fn the_program_writes_the_same_totals_and_rows_as_json() {
    let Some(browser) = Browser::start(1440, 900, false) else { return };
    let (report, json) = benchmark();
    browser.open(&report.file, "");
    let totals = browser.run(
        "return Object.fromEntries([...document.querySelectorAll('.statuses li')].map((li) => [li.classList[0], Number(li.querySelector('strong').textContent)]));",
    );
    assert_eq!(totals, json["summary"]["status"]);
    // Every row of every control, in the same order, through the filter that all rows pass.
    browser.open(&report.file, "#status=alarm,error,ok,info,skip");
    browser.run("location.reload();");
    browser.wait_for("return document.getElementById('f-count').textContent !== '';");
    browser.run("for (const d of document.querySelectorAll('.control > details')) d.open = true;");
    browser.wait_for("return [...document.querySelectorAll('.control:not([hidden]) .results')].every((r) => r.querySelector('tbody tr'));");
    browser.run("for (let b; (b = document.querySelector('.control:not([hidden]) .more button')); ) b.click();");
    let rows = browser.run(
        "return [...document.querySelectorAll('.results tbody tr')].map((r) => [r.closest('article').id, r.cells[0].textContent.trim(), r.cells[1].textContent, r.cells[2].firstChild.data.trim()]);",
    );
    let mut expected = Vec::new();
    collect(&json, &mut expected);
    assert!(expected.len() > 100);
    assert_eq!(rows, Value::Array(expected));
    quiet(&browser);
}

/// Every row of the JSON report in tree order.
fn collect(group: &Value, rows: &mut Vec<Value>) {
    for control in group["controls"].as_array().into_iter().flatten() {
        for row in control["results"].as_array().into_iter().flatten() {
            let id = format!("aws_compliance.{}", control["control_id"].as_str().unwrap());
            rows.push(json!([id, row["status"], row["reason"], row["resource"]]));
        }
    }
    for group in group["groups"].as_array().into_iter().flatten() {
        collect(group, rows);
    }
}

#[test]
fn nothing_is_wider_than_the_window() {
    let Some((browser, _report)) = opened("#status=alarm,error,ok") else { return };
    for width in [320, 390, 768, 1024, 1440, 2200] {
        browser.emulate(width, 800, "light");
        let wide = browser.run("return document.documentElement.scrollWidth;").as_u64().unwrap();
        assert!(wide <= u64::from(width), "{wide} at {width}");
    }
}
