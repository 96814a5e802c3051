//! Snapshots compared: `snapshot diff`, `--baseline`, `--fail-on`.

use crate::harness::{TestEnv, control};

fn env() -> TestEnv {
    let env = TestEnv::with_mod(&control("c", "ok alarm skip"));
    env.run(&["control", "run", "c", "--output", "none", "--export", "old.pps"]).exits(1);
    env.file("mod.pp", &format!("mod \"m\" {{\n  title = \"M\"\n}}\n{}", control("c", "alarm ok skip alarm")));
    env.run(&["control", "run", "c", "--output", "none", "--export", "new.pps"]).exits(1);
    env
}

#[test]
fn changes_are_shown_and_decide_the_exit_code() {
    let env = env();
    let done = env.run(&["snapshot", "diff", "old.pps", "new.pps"]).exits(1).quietly();
    assert!(done.stdout.contains("NEW") && done.stdout.contains("the mod m has changed"), "{}", done.stdout);
    env.run(&["snapshot", "diff", "old.pps", "old.pps"]).exits(0).prints("nothing changed");
    let json = env.run(&["snapshot", "diff", "old.pps", "new.pps", "--output", "json"]).exits(1).json();
    assert_eq!(json["worse"], true);
    assert_eq!(json["summary"]["new"].as_u64().unwrap() + json["summary"]["fixed"].as_u64().unwrap(), 3);
    env.run(&["snapshot", "diff", "old.pps", "new.pps", "--output", "md"]).exits(1).prints("| **new** ");
    env.run(&["snapshot", "diff", "old.pps", "new.pps", "--output", "html"]).exits(1).prints("<!doctype html>");
}

#[test]
fn a_snapshot_of_powerpipe_is_shown_and_compared() {
    let env = env();
    let mut old: serde_json::Value = serde_json::from_str(&env.read("old.pps")).unwrap();
    old.as_object_mut().unwrap().remove("ironpipe");
    env.file("powerpipe.pps", &old.to_string());
    env.run(&["snapshot", "show", "powerpipe.pps"]).exits(0).prints("Made with:    Powerpipe, which");
    let wanted = env.run(&["snapshot", "diff", "old.pps", "new.pps", "--output", "json"]).exits(1).json();
    let found = env.run(&["snapshot", "diff", "powerpipe.pps", "new.pps", "--output", "json"]).exits(1).json();
    assert_eq!(found["changes"], wanted["changes"]);
    let note = "the older run is a snapshot of Powerpipe, which does not say how old or how complete its data is";
    assert_eq!(found["notes"], serde_json::json!([note]));
    let baseline = ["control", "run", "c", "--baseline", "powerpipe.pps"];
    env.run(&baseline).exits(1).prints("Changes from ");
    env.file("text.pps", "{}");
    env.run(&["snapshot", "show", "text.pps"]).exits(255).says("not a snapshot of a run of controls");
}

#[test]
fn what_cannot_be_compared_is_2() {
    let env = env();
    env.file("mod.pp", &format!("mod \"m\" {{\n  title = \"M\"\n}}\n{}", control("d", "ok")));
    env.run(&["control", "run", "d", "--output", "none", "--export", "other.pps"]).exits(0);
    env.run(&["snapshot", "diff", "old.pps", "other.pps"]).exits(2).says("no control is in both runs");
    env.run(&["control", "run", "d", "--baseline", "old.pps"]).exits(2).says("cannot compare with the baseline");
    env.file("cut.pps", env.read("old.pps").get(..500).unwrap());
    env.run(&["snapshot", "diff", "cut.pps", "old.pps"]).exits(255).says("cut.pps");
    env.run(&["control", "run", "d", "--baseline", "cut.pps"]).exits(255).says("cut.pps");
}

#[test]
fn a_baseline_is_told_in_every_report_that_people_read() {
    let env = env();
    for (format, wanted) in [
        ("text", "Changes from "),
        ("brief", "Changes from "),
        ("md", "## Changes since "),
        ("json", "\"changes\": {"),
        ("html", "Changes since "),
    ] {
        let arguments = ["control", "run", "c", "--baseline", "old.pps", "--output", format];
        env.run(&arguments).exits(1).prints(wanted);
        let plain = env.run(&["control", "run", "c", "--output", format]).exits(1).stdout;
        assert!(!plain.contains(wanted), "{format}");
    }
}

#[test]
fn fail_on_chooses_what_counts() {
    let env = env();
    let run = |flags: &[&str]| env.run(&[&["control", "run", "c", "--output", "none"], flags].concat());
    run(&["--fail-on", "error"]).exits(0);
    run(&["--fail-on", "never"]).exits(0);
    run(&["--fail-on", "error,alarm"]).exits(1);
    run(&["--fail-on", "critical"]).exits(0);
    run(&["--fail-on", "new", "--baseline", "old.pps"]).exits(1);
    run(&["--fail-on", "new", "--baseline", "new.pps"]).exits(0);
    run(&["--fail-on", "new"]).exits(254).says("--baseline");
    run(&["--fail-on", "nwe"]).exits(255).says("new");
}

#[test]
fn a_snapshot_tells_what_it_holds() {
    let env = env();
    env.run(&["snapshot", "show", "old.pps"]).exits(0).prints("m.control.c").prints("1 alarm, 0 error, 1 ok");
    let json = env.run(&["snapshot", "show", "old.pps", "--output", "json"]).exits(0).json();
    assert_eq!(json["summary"]["alarm"], 1);
}

#[test]
fn a_redacted_report_holds_no_name_in_any_format() {
    let mut env = TestEnv::new();
    env.set("IRONPIPE_REDACT_KEY", "a key for tests");
    let account = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/sample_account");
    let run = |format: &str, flags: &[&str]| {
        let fixed = ["benchmark", "run", "cis_v200_1", "--inventory", account, "--output", format];
        env.run(&[&fixed, flags].concat()).exits(1).stdout
    };
    let names = [
        "alice",
        "bob2",
        "carol",
        "smith,jane",
        "111122223333",
        "444455556666",
        "AKIA",
        "example-production",
        "sandbox",
    ];
    for format in
        ["text", "csv", "json", "md", "html", "snapshot", "nunit3", "junit", "sarif", "ocsf", "asff", "github"]
    {
        let text = run(format, &["--redact"]);
        for name in names {
            assert!(!text.contains(name), "{format} holds {name}");
        }
        assert!(text.contains("name-"), "{format}");
    }
    // The same names have the same tokens in another run, so redacted runs can be compared.
    env.file("old.pps", &run("snapshot", &["--redact"]));
    assert!(run("text", &["--redact", "--baseline", "old.pps"]).contains("nothing changed"));
    env.set("IRONPIPE_REDACT_KEY", "another key");
    let plain = env.run(&["benchmark", "run", "cis_v200_1", "--inventory", account, "--output", "csv", "--redact"]);
    assert!(!plain.exits(1).stdout.contains("alice"));
}

#[test]
fn a_folder_of_snapshots_has_a_list() {
    let env = env();
    std::fs::create_dir(env.work().join("runs")).unwrap();
    let run = || {
        let done = env.run(&["control", "run", "c", "--output", "none", "--snapshot", "--snapshot-location", "runs"]);
        done.exits(1);
        env.read("runs/index.html")
    };
    assert!(run().contains("1 run,"));
    env.file("mod.pp", &format!("mod \"m\" {{\n  title = \"M\"\n}}\n{}", control("c", "alarm alarm alarm alarm")));
    // Files are named by the second, and runs of the same second get a number.
    env.file("runs/cut.pps", "{");
    let page = run();
    assert!(page.contains("3 runs,") && page.contains("not a snapshot"), "{page}");
    assert!(page.contains("data-label=\"New\">2</td>"), "{page}");
    env.file("runs/index.html", "mine");
    assert_eq!(run(), "mine");
}
