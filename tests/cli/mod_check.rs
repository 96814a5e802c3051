//! `mod check`.

use crate::harness::{TestEnv, control};

#[test]
fn a_place_covers_whole_letters() {
    let env = TestEnv::with_mod(
        "query \"q\" {\n  sql = <<-EOQ\n    select 1 from aws_iam_user as u\n    \u{feff} order by 1\n  EOQ\n}\n",
    );
    let found = env.run(&["mod", "check", "--output", "json"]).exits(1).json();
    let place = &found["findings"][0]["location"];
    let columns = (place["line"].as_u64(), place["column"].as_u64(), place["end_column"].as_u64());
    assert_eq!(columns, (Some(7), Some(5), Some(6)), "{found}");
    env.run(&["mod", "check"]).exits(1).prints("syntax error at or near");
}

#[test]
fn finds_faults_with_file_line_and_caret() {
    let env = TestEnv::with_mod(
        "control \"c\" {\n  sql = \"select user_nam as resource, 'ok' as status, '' as reason from aws_iam_credential_report\"\n}\n",
    );
    let done = env.run(&["mod", "check"]).exits(1).quietly();
    let wanted = "Error[unknown-column]: column \"user_nam\" does not exist
 --> mod.pp:5:17
  |
5 |   sql = \"select user_nam as resource, 'ok' as status, '' as reason from aws_iam_credential_report\"
  |                 ^^^^^^^^
  |
  = help: did you mean user_name?

1 query checked: 1 error, 0 warnings, 0 notes.
";
    assert_eq!(done.stdout.replace("\"user_name\"", "user_name"), wanted);
    let json = env.run(&["mod", "check", "--output", "json"]).exits(1).quietly().json();
    assert_eq!(json["findings"][0]["location"]["column"], 17);
    let sarif = env.run(&["mod", "check", "--output", "sarif"]).exits(1).quietly().json();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "unknown-column");
    env.run(&["mod", "check", "--allow", "unknown-column"]).exits(0).prints("(1 silenced)");
    env.run(&["mod", "check", "--allow", "unknown-colum"]).exits(255).says("did you mean unknown-column?");
    env.run(&["mod", "check", "--fail-on", "never"]).exits(0);
}

#[test]
fn a_mod_without_faults_passes() {
    let env = TestEnv::with_mod(&control("c", "ok alarm"));
    let done = env.run(&["mod", "check"]).exits(0).quietly();
    assert_eq!(done.stdout, "1 query checked: 0 errors, 0 warnings, 0 notes.\n");
    // The bundled mod keeps its own rules.
    let empty = TestEnv::new();
    let bundled = empty.run(&["mod", "check"]).exits(0).quietly();
    assert!(bundled.stdout.ends_with(": 0 errors, 0 warnings, 0 notes.\n"), "{}", bundled.stdout);
}

#[test]
fn a_mod_that_does_not_load_is_reported_in_every_format() {
    let env = TestEnv::with_mod("control \"c\" {\n  query = query.q\n}\n");
    env.run(&["mod", "check"])
        .exits(250)
        .prints("there is no query \"q\"")
        .prints("\n\nThe mod cannot be loaded: 1 error, 0 warnings, 0 notes.\n");
    let json = env.run(&["mod", "check", "--output", "json"]).exits(250).json();
    assert_eq!(json["findings"][0]["rule"], "unknown-reference");
    let sarif = env.run(&["mod", "check", "--output", "sarif"]).exits(250).json();
    assert_eq!(sarif["runs"][0]["results"][0]["level"], "error");
}

#[test]
fn rules_are_explained() {
    TestEnv::new().run(&["mod", "check", "--rules"]).exits(0).prints("text-join").prints("# ironpipe: allow");
}
