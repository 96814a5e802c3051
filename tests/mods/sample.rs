//! The sample account: the statuses are those of the text of CIS v2.0.0.

use crate::harness::{PRODUCTION, SANDBOX, assert_same, controls_of, expected, fixture, ironpipe, run, statuses};
use std::collections::{BTreeMap, BTreeSet};

/// Controls that only a person can verify.
const MANUAL: [&str; 3] = ["cis_v200_1_1", "cis_v200_1_3", "cis_v200_1_21"];

#[test]
fn the_benchmark_finds_what_cis_says() {
    let run = run("cis_v200_1", &fixture("sample_account"), &[]);
    assert_same(&statuses(&run), &expected());
}

#[test]
fn every_control_that_can_be_checked_is_seen_to_alarm_and_to_pass() {
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for ((control, ..), status) in expected() {
        seen.entry(control).or_default().insert(status);
    }
    assert_eq!(seen.len(), 22);
    for (control, statuses) in seen {
        if MANUAL.contains(&control.as_str()) {
            assert_eq!(statuses, BTreeSet::from(["info".to_owned()]), "{control}");
        } else {
            assert!(statuses.contains("alarm") && statuses.contains("ok"), "{control}: {statuses:?}");
        }
    }
}

/// A name that begins another one, a path, keys that are inactive, the same name in two accounts: none of them makes a
/// user appear twice or not at all.
#[test]
fn each_user_has_one_row() {
    let run = run("cis_v200_1", &fixture("sample_account"), &[]);
    let statuses = statuses(&run);
    for control in ["cis_v200_1_10", "cis_v200_1_11", "cis_v200_1_12", "cis_v200_1_13", "cis_v200_1_15"] {
        let rows: Vec<_> = statuses.keys().filter(|(name, ..)| name == control).collect();
        let of = |account: &str| rows.iter().filter(|(_, id, _)| id == account).count();
        assert_eq!((of(PRODUCTION), of(SANDBOX)), (15, 7), "{control}");
        // Statuses are kept by resource; this counts what was there.
        assert_eq!(controls_of(&run)[control]["results"].as_array().unwrap().len(), 22, "{control}");
    }
    let status = |account: &str, user: &str| {
        let arn = format!("arn:aws:iam::{account}:user/{user}");
        statuses[&("cis_v200_1_13".to_owned(), account.to_owned(), arn)].as_str()
    };
    assert_eq!(
        (status(PRODUCTION, "bob"), status(PRODUCTION, "bob2"), status(SANDBOX, "bob")),
        ("ok", "alarm", "alarm")
    );
    assert_eq!((status(PRODUCTION, "ci/deploy"), status(PRODUCTION, "ci/nightly/backup-runner")), ("ok", "ok"));
}

#[test]
fn results_say_what_was_found() {
    let run = run("cis_v200_1", &fixture("sample_account"), &[]);
    let controls = controls_of(&run);
    let reasons = |control: &str| -> Vec<&str> {
        controls[control]["results"].as_array().unwrap().iter().map(|row| row["reason"].as_str().unwrap()).collect()
    };
    let cases = [
        ("cis_v200_1_2", "example-sandbox has no security contact."),
        ("cis_v200_1_7", "The root user was last used on 2026-03-29, 2 days ago."),
        ("cis_v200_1_8", "Passwords need at least 8 characters."),
        ("cis_v200_1_11", "anitha has a console password and access key 2 was never used."),
        ("cis_v200_1_12", "dora has not used the password for 45 days."),
        ("cis_v200_1_12", "bob has not used the password for 130 days."),
        ("cis_v200_1_12", "anitha has not used access key 1, access key 2 for up to 3582 days."),
        ("cis_v200_1_13", "bob2 has 2 active access keys."),
        ("cis_v200_1_14", "bob2 has an active key of 99 days, AKIABOBTWO002EXAMPLE, created on 2025-12-21."),
        ("cis_v200_1_14", "lena has an inactive key of 77 days, AKIALENA00001EXAMPLE, created on 2026-01-12."),
        ("cis_v200_1_15", "gina has 0 attached and 1 inline policies."),
        ("cis_v200_1_15", "alice has no policies of their own."),
        ("cis_v200_1_16", "full-access-with-mfa allows every action on every resource under a condition."),
        ("cis_v200_1_17", "Role incident-response has the policy AWSSupportAccess."),
        ("cis_v200_1_18", "reports \"nightly\" & <old> has no instance profile."),
        ("cis_v200_1_22", "User smith,jane has the policy AWSCloudShellFullAccess."),
    ];
    for (control, reason) in cases {
        assert!(reasons(control).contains(&reason), "{control}: {reason:?} is not in {:#?}", reasons(control));
    }
}

/// The same data and flags give the same bytes.
#[test]
fn two_runs_print_the_same() {
    let folder = fixture("sample_account");
    let arguments = ["benchmark", "run", "cis_v200_1", "--offline", "--inventory", &folder.to_string_lossy()];
    let (first, second) = (ironpipe(&arguments), ironpipe(&arguments));
    // Alarms.
    assert_eq!((first.code, first.stderr.as_str()), (1, ""));
    assert_eq!(first.stdout, second.stdout);
}

#[test]
fn columns_of_the_results_follow_the_variables() {
    let folder = fixture("sample_account");
    let variables = [
        "--var",
        "common_dimensions=[\"connection_name\",\"partition\",\"account_id\"]",
        "--var",
        "tag_dimensions=[\"team\",\"it's\"]",
    ];
    let run = run("cis_v200_1_13", &folder, &variables);
    let controls = controls_of(&run);
    let rows = controls["cis_v200_1_13"]["results"].as_array().unwrap();
    let dimensions = |row: &serde_json::Value| -> Vec<(String, String)> {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
        row["dimensions"].as_array().unwrap().iter().map(|d| (text(&d["key"]), text(&d["value"]))).collect()
    };
    let alice = rows.iter().find(|row| row["resource"] == "arn:aws:iam::111122223333:user/alice").unwrap();
    let names: Vec<String> = dimensions(alice).into_iter().map(|(key, _)| key).collect();
    for (key, value) in
        [("team", "platform"), ("connection_name", "aws"), ("partition", "aws"), ("account_id", PRODUCTION)]
    {
        assert!(dimensions(alice).contains(&(key.to_owned(), value.to_owned())), "{:?}", dimensions(alice));
    }
    assert!(!names.contains(&"region".to_owned()), "{names:?}");
}
