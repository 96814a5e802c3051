//! axe-core finds nothing.
//!
//! `IRONPIPE_AXE` names the file of axe-core; without it these tests say so and stop.

use crate::fixture::{benchmark, report, sample};
use crate::webdriver::Browser;
use serde_json::json;

#[test]
fn axe_finds_nothing() {
    let Some(axe) = std::env::var_os("IRONPIPE_AXE") else {
        eprintln!("skipped: IRONPIPE_AXE does not name axe-core's axe.min.js");
        return;
    };
    let axe = std::fs::read_to_string(axe).unwrap();
    let Some(browser) = Browser::start(1440, 900, false) else { return };
    let (sample, (real, _)) = (report(&sample(), None), benchmark());
    for (report, width, scheme) in [
        (&sample, 1440, "light"),
        (&sample, 1440, "dark"),
        (&sample, 390, "light"),
        (&sample, 390, "dark"),
        (&real, 1440, "light"),
        (&real, 390, "dark"),
    ] {
        browser.emulate(width, 900, scheme);
        for hash in ["", "#status=alarm,error,info,skip"] {
            browser.open(&report.file, "#");
            browser.open(&report.file, hash);
            browser.run("location.reload();");
            browser.wait_for("return !document.getElementById('filters').hidden;");
            browser.run("for (const d of document.querySelectorAll('details')) d.open = true;");
            browser.run(&format!("{axe}; window.axe = axe;"));
            let found = browser.run(
                "const r = await axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
                 return [r.passes.length > 20, r.violations.map((v) => [v.id, v.help, v.nodes.slice(0, 3).map((n) => n.html.slice(0, 300))])];",
            );
            assert_eq!(found, json!([true, []]), "{width} {scheme} {hash}");
        }
    }
}
