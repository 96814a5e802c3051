//! 80,000 results: 5,000 users in 16 controls.

use crate::fixture::{control, report, row, run};
use crate::webdriver::Browser;
use ironpipe::model::run::Run;
use ironpipe::model::status::Status;
use std::time::Instant;

fn large_run() -> Run {
    let controls = (0..16)
        .map(|c| {
            let mut rows: Vec<_> = (0..5_000_u64)
                .map(|user| {
                    // Spread like real data: mostly ok, names and ages without a pattern that compresses away.
                    let mixed = (user * 2_654_435_761 + c * 40_503) % 65_521;
                    let status = if mixed % 9 == 0 { Status::Alarm } else { Status::Ok };
                    let name = format!("user-{:05x}.{user}", user * 48_271 % 1_048_573);
                    let account = ["111122223333", "444455556666"][usize::from(user % 3 == 0)];
                    let reason = format!("{name}'s access key {} was used {} days ago.", 1 + mixed % 2, mixed % 900);
                    row(status, &reason, &format!("arn:aws:iam::{account}:user/{name}"), &[account, "global"])
                })
                .collect();
            rows.sort_by_key(|r| r.status);
            control(&format!("c{c}"), &format!("1.{c} Control {c}"), "medium", &["account_id", "region"], rows)
        })
        .collect();
    run(vec![("1 Identity", controls)])
}

#[test]
fn eighty_thousand_results_stay_small_and_quick() {
    let run = large_run();
    let begin = Instant::now();
    let report = report(&run, None);
    println!("written in {:.2} s, {} bytes", begin.elapsed().as_secs_f64(), report.size);
    assert!(report.size < 2_000_000, "{} bytes", report.size);
    let Some(browser) = Browser::start(1440, 900, false) else { return };
    browser.open(&report.file, "");
    browser.wait_for("return performance.getEntriesByName('first-contentful-paint').length === 1;");
    let paint = browser.run("return performance.getEntriesByName('first-contentful-paint')[0].startTime;");
    println!("first paint after {paint} ms");
    // From the input's event to the frame that shows the answer; the first filter also reads the compressed block.
    for (what, value, expected) in [
        ("cold", "global=no user-0", ""),
        ("warm", "user-0bc8f", "16 results"),
        ("account", "account_id=444455556666", "26,672 results in 16 controls"),
    ] {
        let script = format!(
            "const box = document.getElementById('f-search'); const count = document.getElementById('f-count');
             const before = count.textContent; box.value = {value:?}; const begin = performance.now();
             box.dispatchEvent(new Event('input', {{ bubbles: true }}));
             while (count.textContent === before) await new Promise((r) => requestAnimationFrame(r));
             await new Promise((r) => requestAnimationFrame(() => setTimeout(r)));
             return [performance.now() - begin, count.textContent];"
        );
        let answer = browser.run(&script);
        println!("{what}: {answer}");
        assert!(answer[1].as_str().unwrap().contains(expected), "{answer}");
        assert!(answer[0].as_f64().unwrap() < 5_000.0, "{what}: {answer}");
    }
}
