//! Help, names of commands and flags, completion, the link to the old name.

use crate::harness::{TestEnv, control};

#[test]
fn help_and_version() {
    let env = TestEnv::new();
    for arguments in
        [&[][..], &["--help"], &["-h"], &["help"], &["control"], &["benchmark"], &["mod"], &["help", "collect"]]
    {
        let done = env.run(arguments).exits(0).quietly();
        assert!(done.stdout.contains("Usage: "), "{arguments:?}");
    }
    let version = format!("ironpipe v{}\n", env!("CARGO_PKG_VERSION"));
    for flag in ["--version", "-v", "-V"] {
        assert_eq!(env.run(&[flag]).exits(0).stdout, version);
    }
    env.run(&["--help"]).prints("Examples:").prints("Exit codes:");
    env.run(&["benchmark", "run", "--help"]).exits(0).prints("--max-age").prints("--where").prints("Examples:");
}

#[test]
fn slips_get_suggestions() {
    let env = TestEnv::new();
    env.run(&["benchmrk", "run", "x"]).exits(255).says("'benchmark'").says("Usage");
    env.run(&["benchmark", "rnu", "x"]).exits(255).says("'run'");
    env.run(&["benchmark", "run", "x", "--outptu", "csv"]).exits(255).says("--output");
    // The words are Powerpipe's; commands that are not shown are not suggested.
    let done = env
        .run(&["contorl"])
        .exits(255)
        .says("Error: unknown command \"contorl\" for \"ironpipe\"\n")
        .says("'control'");
    assert!(!done.stderr.contains("container"), "{}", done.stderr);
    env.run(&["mod", "rnu"]).exits(255).says("unknown command \"rnu\" for \"ironpipe mod\"");
    env.run(&["benchmark", "run", "x", "--nope"]).exits(255).says("Error: unknown flag: --nope\n").says("Usage");
    env.run(&["benchmark", "run"]).exits(255).says("<BENCHMARK>");
    env.run(&["control", "show", "a", "b"]).exits(255).says("Error: unexpected argument 'b' found").says("Usage");
    env.run(&["control", "run", "cis_v200_1_31"]).exits(250).says("did you mean control.cis_v200_1_");
    env.run(&["control", "run", "x", "--output", "jsno"]).exits(255).says("did you mean json?");
    env.run(&["control", "list", "--output", "jsno"]).exits(255).says("json");
    env.run(&["control", "run", "x", "--separator", "ab"]).exits(254).says("at most 1 character");
    env.run(&["control", "run", "x", "--separator="]).exits(254).says("it is empty");
    env.run(&["control", "run", "x", "--max-age", "soon"]).exits(254).says("--max-age soon");
    env.run(&["control", "run", "x", "--as-of", "soon"]).exits(254).says("--as-of soon");
    env.run(&["control", "run", "x", "--query-timeout", "-1"])
        .exits(255)
        .says("Error: invalid value '-1' for '--query-timeout <SECONDS>': a whole number of seconds is needed");
}

#[test]
fn both_forms_of_flags() {
    let env = TestEnv::with_mod(&control("c", "ok"));
    for flag in ["--header", "--header=true", "--header=F", "--timing", "--timing=0", "--progress=FALSE"] {
        env.run(&["control", "run", "c", flag]).exits(0);
    }
    env.run(&["control", "run", "c", "--timing=perhaps"]).exits(255).says("true or false is needed");
    assert!(!env.run(&["control", "run", "c", "--output=csv", "--header=0"]).exits(0).stdout.contains("group_id"));
    // The last one counts: scripts add flags to those that they were given.
    let twice = ["control", "run", "c", "--header=true", "--header=false", "--output=text", "--output", "csv"];
    assert!(!env.run(&twice).exits(0).quietly().stdout.contains("group_id"));
    // What is empty is not set.
    let empty = [
        "--snapshot-location",
        "--snapshot-title",
        "--search-path",
        "--search-path-prefix",
        "--database",
        "--workspace",
        "--mod-location",
    ];
    let empty: Vec<&str> = ["control", "run", "c"].into_iter().chain(empty.into_iter().flat_map(|f| [f, ""])).collect();
    env.run(&empty).exits(0).quietly();
    env.run(&["benchmark", "run", "all", "--where", "", "--tag", "x!=y"]).exits(0).quietly();
    // Flags of scripts for Powerpipe.
    env.run(&[
        "control",
        "run",
        "c",
        "--mod-install=false",
        "--pull",
        "LATEST",
        "--pipes-host",
        "x",
        "--pipes-token",
        "y",
    ])
    .exits(0)
    .quietly();
}

#[test]
fn a_link_named_powerpipe_behaves_the_same() {
    let mut env = TestEnv::with_mod(&control("c", "ok alarm"));
    let own = env.run(&["control", "run", "c", "--output", "csv"]);
    let usage = env.run(&["control", "rnu"]);
    env.named("powerpipe");
    assert_eq!(env.run(&["control", "run", "c", "--output", "csv"]), own);
    let linked = env.run(&["control", "rnu"]);
    assert_eq!((linked.code, linked.stderr), (usage.code, usage.stderr.replace("ironpipe", "powerpipe")));
    env.run(&["--help"]).prints("Usage: powerpipe");
}

#[test]
fn completion_and_manual() {
    let env = TestEnv::new();
    for (shell, part) in
        [("bash", "-F _clap_complete_ironpipe"), ("zsh", "#compdef ironpipe"), ("fish", "--command ironpipe")]
    {
        env.run(&["completion", shell]).exits(0).quietly().prints(part);
    }
    // The page tells of every command, with its flags and examples.
    let page = env.run(&["man"]).exits(0).quietly().prints(".TH ironpipe");
    for part in
        [".SH IRONPIPE BENCHMARK RUN\n", "\\-\\-where", ".SH IRONPIPE MOD INSTALL\n", "\\-\\-prune", ".SS EXAMPLES\n"]
    {
        assert!(page.stdout.contains(part), "{part}");
    }
    let script = env.run(&["completion", "bash"]).stdout;
    env.file("script.sh", &script);
    let checked = std::process::Command::new("bash").arg("-n").arg(env.work().join("script.sh")).status();
    assert!(checked.is_ok_and(|s| s.success()));
    let mut env = TestEnv::new();
    env.named("powerpipe");
    env.run(&["completion", "bash"]).exits(0).prints("-F _clap_complete_powerpipe powerpipe\n");
    env.run(&["man"]).exits(0).prints(".TH powerpipe");
}

#[test]
fn shells_are_told_the_names_of_the_mod() {
    let env = TestEnv::with_mod(&format!(
        "{}benchmark \"b\" {{ children = [control.fine] }}
benchmark \"d\" {{
  type     = \"detection\"
  children = [detection.x]
}}
detection \"x\" {{ sql = \"select 1\" }}
variable \"v\" {{ default = \"x\" }}
query \"q\" {{ sql = \"select 1\" }}
",
        control("fine", "ok") + &control("bad", "alarm")
    ));
    let asked = |env: &TestEnv, words: &[&str]| {
        let mut command = env.command(&[&["--", "ironpipe"], words].concat());
        command.env("IRONPIPE_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", words.len().to_string());
        let output = command.env("_CLAP_IFS", " ").output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(asked(&env, &["control", "run", ""]), "fine bad all");
    assert_eq!(asked(&env, &["control", "show", "f"]), "fine");
    assert_eq!(asked(&env, &["control", "run", "control.b"]), "control.bad");
    assert_eq!(asked(&env, &["control", "run", "m."]), "m.control.fine m.control.bad");
    assert_eq!(asked(&env, &["benchmark", "run", ""]), "b d all");
    assert_eq!(asked(&env, &["detectionbenchmark", "show", ""]), "d");
    assert_eq!(asked(&env, &["detection", "run", ""]), "x");
    assert_eq!(asked(&env, &["query", "run", ""]), "q");
    assert_eq!(asked(&env, &["variable", "show", ""]), "v");
    assert_eq!(asked(&env, &["control", "run", "fine", "--var", ""]), "v=");
    assert_eq!(asked(&env, &["control", "run", "--no-such", "--outp"]), "--output");
    assert_eq!(asked(&env, &["control", "list", "--output", "j"]), "json");
    // Nobody wants to read errors in the middle of a line.
    env.file("broken.pp", "control {");
    assert_eq!(asked(&env, &["control", "run", "f"]), "");
    let located = ["control", "run", "--mod-location", "elsewhere", ""];
    env.file("elsewhere/mod.pp", &format!("mod \"e\" {{}}\n{}", control("other", "ok")));
    assert_eq!(asked(&env, &located), "other all");
}

#[test]
fn what_is_not_there_says_so() {
    let env = TestEnv::with_mod("dashboard \"d\" {\n  text { value = \"x\" }\n}\n");
    env.run(&["dashboard", "run", "d"]).exits(255).says("does not run dashboards").says("--export html");
    env.run(&["dashboard", "run", "d", "--output", "none", "--export", "x.pps"])
        .exits(255)
        .says("does not run dashboards");
    env.run(&["dashboard", "run", "d", "--nope"]).exits(255).says("unknown flag: --nope");
    env.run(&["dashboard", "run", "d", "--search-path", "a", "--search-path-prefix", "b"])
        .exits(255)
        .says("only one of");
    env.run(&["dashboard", "run", "e"]).exits(255).says("'dashboard.e' not found in mod.m (ROOT/work)\n");
    env.run(&["detection", "run", "x"]).exits(255).says("not found");
    env.run(&["server"]).exits(255).says("no dashboard server");
    env.run(&["server", "--listen", "NETWORK"]).exits(255).says("no dashboard server");
    env.run(&["server", "--listen", "moon"]).exits(254).says("local or network");
    let env = TestEnv::with_mod(
        "benchmark \"b\" {}
benchmark \"d\" {
  type     = \"detection\"
  children = [detection.x]
}
detection \"x\" { sql = \"select 1\" }
",
    );
    env.run(&["detection", "run", "x", "--detection-timeout", "3"]).exits(250).says("does not run detections");
    let listed = env.run(&["detectionbenchmark", "list"]).exits(0).quietly();
    assert_eq!(listed.stdout, "MOD    NAME\nm      d\n");
    let shown = env.run(&["detectionbenchmark", "show", "d", "--output", "json"]).exits(0).quietly().json();
    assert_eq!(shown[0]["qualified_name"], "m.benchmark.d");
    env.run(&["detectionbenchmark", "show", "b"]).exits(255).says("not of the expected type 'Detection Benchmark'");
    env.run(&["detectionbenchmark", "run", "d"]).exits(250).says("m.benchmark.d was not run");
    env.run(&["login"]).exits(51).says("Turbot Pipes");
}

#[test]
fn colours_come_only_where_they_are_wanted() {
    let mut env = TestEnv::with_mod(&control("c", "ok alarm"));
    let coloured = |env: &TestEnv, arguments: &[&str]| {
        env.run(&[&["control", "run", "c"], arguments].concat()).stdout.contains('\u{1b}')
    };
    assert!(!coloured(&env, &[]));
    assert!(coloured(&env, &["--color", "always"]));
    env.set("CLICOLOR_FORCE", "1");
    assert!(coloured(&env, &[]));
    assert!(!coloured(&env, &["--color=never"]));
    env.set("NO_COLOR", "1");
    assert!(!coloured(&env, &[]));
    assert!(env.run(&["control", "show", "c", "--color", "always"]).stdout.contains('\u{1b}'));
    assert!(!env.run(&["control", "show", "c"]).stdout.contains('\u{1b}'));
}

#[test]
fn the_width_is_that_of_the_variable_or_120() {
    let env = TestEnv::with_mod(&control(&"c".repeat(40), &format!("alarm {}", "ok ".repeat(3))));
    let width = |set: &[(&str, &str)]| {
        let mut command = env.command(&["control", "run", &"c".repeat(40)]);
        command.env_remove("POWERPIPE_DISPLAY_WIDTH");
        command.envs(set.iter().copied());
        let output = command.output().unwrap();
        String::from_utf8(output.stdout).unwrap().lines().map(|l| l.chars().count()).max().unwrap()
    };
    assert_eq!(width(&[]), 120);
    assert_eq!(width(&[("COLUMNS", "90")]), 90);
    assert_eq!(width(&[("COLUMNS", "90"), ("POWERPIPE_DISPLAY_WIDTH", "150")]), 150);
    assert_eq!(width(&[("POWERPIPE_DISPLAY_WIDTH", "500")]), 200);
}
