//! The credential report and nothing else.

use crate::harness::{PRODUCTION, SAMPLE_TIME, Statuses, assert_same, expected, fixture, run, statuses};
use base64::Engine as _;
use serde_json::json;
use std::fs;
use std::path::Path;

/// Controls that need the report only.
const OF_THE_REPORT: [&str; 4] = ["cis_v200_1_7", "cis_v200_1_10", "cis_v200_1_11", "cis_v200_1_12"];
/// Controls that ask a person: knowing the account is enough.
const MANUAL: [&str; 3] = ["cis_v200_1_1", "cis_v200_1_3", "cis_v200_1_21"];

fn alone() -> Statuses {
    let mut all = Statuses::new();
    for ((control, account, resource), status) in expected() {
        if OF_THE_REPORT.contains(&control.as_str()) || MANUAL.contains(&control.as_str()) {
            if account == PRODUCTION {
                all.insert((control, account, resource), status);
            }
        } else {
            all.insert((control, String::new(), String::new()), "error".to_owned());
        }
    }
    all
}

fn report() -> Vec<u8> {
    fs::read(fixture("sample_account/production/credential-report.csv")).unwrap()
}

#[test]
fn the_csv_is_enough_for_its_controls_and_the_others_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("report.csv"), report()).unwrap();
    assert_same(&statuses(&run("cis_v200_1", folder.path(), &["--as-of", SAMPLE_TIME])), &alone());
}

#[test]
fn so_is_what_the_command_prints_which_also_tells_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let content = base64::engine::general_purpose::STANDARD.encode(report());
    let answer = json!({"Content": content, "ReportFormat": "text/csv", "GeneratedTime": "2026-03-31T09:00:00+00:00"});
    fs::write(folder.path().join("report.json"), answer.to_string()).unwrap();
    assert_same(&statuses(&run("cis_v200_1", folder.path(), &[])), &alone());
}

/// The published example of CIS for 1.11: those with a console password and an active key that was never used.
#[test]
fn the_example_of_cis_for_keys_made_at_setup() {
    const ROWS: [(&str, &str, &str, &str, &str, &str); 6] = [
        ("elise", "false", "true", "2015-04-16T15:14:00+00:00", "false", "N/A"),
        ("brandon", "true", "true", "N/A", "false", "N/A"),
        ("rakesh", "false", "false", "N/A", "false", "N/A"),
        ("helene", "false", "true", "2015-11-18T17:47:00+00:00", "false", "N/A"),
        ("paras", "true", "true", "2016-08-28T12:04:00+00:00", "true", "2016-03-04T10:11:00+00:00"),
        ("anitha", "true", "true", "2016-06-08T11:43:00+00:00", "true", "N/A"),
    ];
    let flagged = |folder: &Path| -> Vec<String> {
        let statuses = statuses(&run("cis_v200_1_11", folder, &[]));
        let user = |resource: &str| resource.rsplit('/').next().unwrap().to_owned();
        statuses.iter().filter(|(_, status)| *status == "alarm").map(|((.., arn), _)| user(arn)).collect()
    };
    // With the columns that the example's command cuts out, and those that say who it is about.
    let mut csv =
        "user,arn,user_creation_time,password_enabled,mfa_active,access_key_1_active,access_key_1_last_used_date,\
                   access_key_2_active,access_key_2_last_used_date\n"
            .to_owned();
    for (user, password, active_1, used_1, active_2, used_2) in ROWS {
        csv += &format!(
            "{user},arn:aws:iam::444455556666:user/{user},2015-01-01T00:00:00+00:00,{password},false,{active_1},{used_1},\
             {active_2},{used_2}\n"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("report.csv"), &csv).unwrap();
    assert_eq!(flagged(folder.path()), ["anitha", "brandon"]);
    // And as they are in the sample account.
    let report = fs::read_to_string(fixture("sample_account/sandbox/credential-report.csv")).unwrap();
    for (user, password, active_1, used_1, active_2, used_2) in ROWS {
        let line = report.lines().find(|line| line.starts_with(&format!("{user},"))).unwrap();
        let fields: Vec<&str> = line.split(',').collect();
        let values = [3, 8, 10, 13, 15].map(|i| fields[i]);
        assert_eq!(values, [password, active_1, used_1, active_2, used_2], "{user}");
    }
    assert_eq!(flagged(&fixture("sample_account/sandbox")), ["anitha", "brandon"]);
}
