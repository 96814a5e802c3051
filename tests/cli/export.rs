//! Files beside the output.

use crate::harness::{TestEnv, control, json_of};
use std::os::unix::fs::PermissionsExt as _;

fn env() -> TestEnv {
    TestEnv::with_mod(&(control("c", "ok alarm") + "benchmark \"b\" {\n  title = \"B\"\n  children = [control.c]\n}\n"))
}

#[test]
fn named_and_unnamed_files_in_every_format() {
    let env = env();
    let done = env.run(&[
        "benchmark",
        "run",
        "b",
        "--output",
        "none",
        "--export",
        "x.json,x.csv,x.md,x.html,x.txt,x.pps",
        "--export",
        "csv",
    ]);
    done.exits(1).quietly();
    let files = env.files();
    for file in ["x.json", "x.csv", "x.md", "x.html", "x.txt", "x.pps"] {
        assert!(files.iter().any(|f| f == file), "{file}: {files:?}");
        let mode = std::fs::metadata(env.work().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let unnamed = files.iter().find(|f| f.starts_with("m.benchmark.b.")).unwrap();
    let stamp = unnamed.strip_prefix("m.benchmark.b.").unwrap().strip_suffix(".csv").unwrap();
    assert_eq!(stamp.len(), "20260331T080645".len());
    assert_eq!(env.read(unnamed), env.read("x.csv"));
    assert_eq!(json_of(&env.work().join("x.json"))["summary"]["status"]["alarm"], 1);
    assert!(!files.iter().any(|f| f.starts_with(".ironpipe")), "{files:?}");
}

#[test]
fn an_export_equals_the_output() {
    let env = env();
    for format in ["csv", "json", "md"] {
        let file = format!("x.{format}");
        let done = env.run(&["control", "run", "c", "--output", format, "--export", &file]).exits(1);
        if format != "md" {
            assert_eq!(done.stdout, env.read(&file), "{format}");
        }
    }
}

#[test]
fn with_a_named_file_several_benchmarks_are_one_tree() {
    let env = TestEnv::with_mod(
        &(control("c", "ok")
            + "benchmark \"a\" { children = [control.c] }\nbenchmark \"b\" { children = [control.c] }\n"),
    );
    env.run(&["benchmark", "run", "a", "b", "--output", "none", "--export", "x.json"]).exits(0);
    assert_eq!(json_of(&env.work().join("x.json"))["groups"].as_array().unwrap().len(), 2);
    env.run(&["benchmark", "run", "a", "b", "--output", "none", "--export", "json"]).exits(0);
    assert_eq!(env.files().iter().filter(|f| f.starts_with("m.benchmark.")).count(), 2);
}

#[test]
fn what_cannot_be_written_is_named_and_the_rest_is_written() {
    let env = env();
    env.file("x.csv/keep", "");
    let done =
        env.run(&["control", "run", "c", "--export", "nowhere/x.json", "--export", "x.csv", "--export", "y.json"]);
    done.exits(2)
        .says("failed to export nowhere/x.json: there is no folder nowhere\n")
        .says("x.csv")
        .prints("because alarm");
    assert!(env.read("y.json").contains("because alarm"));
    env.run(&["control", "run", "c", "--export", "x.doc"]).exits(250).says("invalid export format: 'x.doc'");
}

#[test]
fn an_export_replaces_the_old_file_or_leaves_it() {
    let env = env();
    env.file("x.json", "old");
    let folder = env.work();
    let locked = std::fs::Permissions::from_mode(0o555);
    let open = std::fs::metadata(&folder).unwrap().permissions();
    std::fs::set_permissions(&folder, locked).unwrap();
    let done = env.run(&["control", "run", "c", "--export", "x.json"]);
    std::fs::set_permissions(&folder, open).unwrap();
    // The superuser may write everywhere.
    if done.code == 2 {
        assert!(done.stderr.contains("x.json") && done.stderr.to_lowercase().contains("permission denied"));
        assert_eq!(env.read("x.json"), "old");
    }
    env.run(&["control", "run", "c", "--export", "x.json"]).exits(1);
    assert!(env.read("x.json").contains("because alarm"));
}

#[test]
fn a_full_disk_is_an_error() {
    if !std::path::Path::new("/dev/full").exists() {
        return;
    }
    let env = env();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = env.command(&["control", "run", "c"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(255));
    assert!(String::from_utf8_lossy(&output.stderr).contains("failed to write to standard output"));
}

#[test]
fn snapshots_are_saved_and_shown_again() {
    let env = env();
    let done = env.run(&["benchmark", "run", "b", "--output", "text", "--snapshot", "--snapshot-tag", "a=b"]).exits(1);
    let file = env.files().into_iter().find(|f| f.ends_with(".pps")).unwrap();
    assert!(done.stderr.contains(&format!("Snapshot saved to ./{file}")), "{}", done.stderr);
    assert_eq!(env.run(&["snapshot", "render", &file]).exits(0).stdout, done.stdout);
    env.run(&["benchmark", "run", "b", "--snapshot", "--share"]).exits(254).says("only 1 of 'share' and 'snapshot'");
    env.run(&["benchmark", "run", "b", "--snapshot", "--snapshot-tag", "ab"]).exits(254).says("key=value");
    env.run(&["benchmark", "run", "b", "--share", "--snapshot-location", "me/mine"]).exits(254).says("does not exist");
    env.run(&["snapshot", "render", "mod.pp"]).exits(255).says("not a snapshot");
}
