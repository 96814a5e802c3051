//! The sample account with changes: what CIS says about cases that the two accounts do not have, and that what is not
//! known is never `ok`.

use crate::harness::{PRODUCTION, SANDBOX, Sample, Statuses, assert_same, controls_of, expected, run, statuses};

/// A status that differs from the sample's: control, account, resource, status; none where there is no row.
type Change<'c> = (&'c str, &'c str, &'c str, Option<&'c str>);

fn with(changes: &[Change<'_>]) -> Statuses {
    let mut all = expected();
    for (control, account, resource, status) in changes {
        let key = (format!("cis_v200_{control}"), (*account).to_owned(), (*resource).to_owned());
        match status {
            Some(status) => all.insert(key, (*status).to_owned()),
            None => all.remove(&key),
        };
    }
    all
}

/// The expectation when controls end in an error.
fn with_errors(controls: &[&str]) -> Statuses {
    let mut all = expected();
    for control in controls {
        let control = format!("cis_v200_{control}");
        all.retain(|(name, ..), _| *name != control);
        all.insert((control, String::new(), String::new()), "error".to_owned());
    }
    all
}

#[track_caller]
fn check(sample: &Sample, expected: &Statuses) {
    assert_same(&statuses(&run("cis_v200_1", sample.path(), &[])), expected);
}

const SANDBOX_ACCOUNT: &str = "arn:aws:::444455556666";

#[test]
fn a_virtual_device_of_root_is_mfa_but_no_hardware() {
    let serials =
        ["arn:aws:iam::444455556666:mfa/root-account-mfa-device", "arn:aws:iam::444455556666:mfa/roots-phone"];
    for serial in serials {
        let sample = Sample::copy();
        sample.replace("sandbox/account-summary.json", "\"AccountMFAEnabled\": 0", "\"AccountMFAEnabled\": 1");
        let root = format!(
            "\"VirtualMFADevices\": [{{\"SerialNumber\": \"{serial}\", \"EnableDate\": \"2026-01-01T00:00:00+00:00\", \
             \"User\": {{\"UserId\": \"444455556666\", \"Arn\": \"arn:aws:iam::444455556666:root\"}}}},"
        );
        sample.replace("sandbox/virtual-mfa-devices.json", "\"VirtualMFADevices\": [", &root);
        check(&sample, &with(&[("1_5", SANDBOX, SANDBOX_ACCOUNT, Some("ok"))]));
    }
}

#[test]
fn a_root_user_without_credentials_needs_no_mfa() {
    let sample = Sample::copy();
    sample.replace("sandbox/account-summary.json", "\"AccountPasswordPresent\": 1", "\"AccountPasswordPresent\": 0");
    sample.replace(
        "sandbox/account-summary.json",
        "\"AccountAccessKeysPresent\": 1",
        "\"AccountAccessKeysPresent\": 0",
    );
    let changes = [("1_4", "ok"), ("1_5", "skip"), ("1_6", "skip")];
    check(&sample, &with(&changes.map(|(control, status)| (control, SANDBOX, SANDBOX_ACCOUNT, Some(status)))));
}

#[test]
fn no_password_policy_is_an_alarm_and_not_an_error() {
    let sample = Sample::copy();
    let answer = "\nAn error occurred (NoSuchEntity) when calling the GetAccountPasswordPolicy operation: \
                  The Password Policy with domain name 444455556666 cannot be found.\n";
    sample.write("sandbox/password-policy.json", answer);
    check(&sample, &expected());
}

/// ARNs begin otherwise, and there are no alternate contacts.
#[test]
fn other_partitions_are_judged_by_their_own_arns() {
    let sample = Sample::copy();
    sample.replace_all("production", "arn:aws:", "arn:aws-us-gov:");
    let mut all = Statuses::new();
    for ((control, account, resource), status) in expected() {
        let is_here = account == PRODUCTION;
        let resource = if is_here { resource.replace("arn:aws:", "arn:aws-us-gov:") } else { resource };
        let status = if is_here && control == "cis_v200_1_2" { "skip".to_owned() } else { status };
        all.insert((control, account, resource), status);
    }
    check(&sample, &all);
}

#[test]
fn a_missing_file_makes_errors_of_what_needs_it_and_changes_nothing_else() {
    let cases: &[(&str, &[&str], &str)] = &[
        ("access-keys.json", &["1_13", "1_14"], "aws iam list-access-keys"),
        ("alternate-contact-security.txt", &["1_2"], "aws account get-alternate-contact"),
        ("account-summary.json", &["1_4", "1_5", "1_6"], "aws iam get-account-summary"),
        ("virtual-mfa-devices.json", &["1_6"], "aws iam list-virtual-mfa-devices"),
        ("credential-report.csv", &["1_7", "1_10", "1_11", "1_12"], "aws iam get-credential-report"),
        ("password-policy.json", &["1_8", "1_9"], "aws iam get-account-password-policy"),
        ("server-certificates.json", &["1_19"], "aws iam list-server-certificates"),
        (
            "account-authorization-details.json",
            &["1_15", "1_16", "1_17", "1_22"],
            "aws iam get-account-authorization-details",
        ),
        ("regions.json", &["1_20"], "aws ec2 describe-regions"),
        ("instances-us-east-1.json", &["1_18"], "us-east-1"),
    ];
    for (file, controls, command) in cases {
        let sample = Sample::copy();
        sample.remove(&format!("sandbox/{file}"));
        let run = run("cis_v200_1", sample.path(), &[]);
        println!("without {file}:");
        assert_same(&statuses(&run), &with_errors(controls));
        for control in *controls {
            let error = controls_of(&run)[&format!("cis_v200_{control}")]["run_error"].as_str().unwrap().to_owned();
            assert!(error.contains(command) && error.contains(SANDBOX), "{file}, {control}: {error}");
        }
    }
}

/// Analyzers are asked for region by region: one that was not asked is unknown, the others are as they are.
#[test]
fn a_region_without_an_answer_is_an_error_of_its_own() {
    let sample = Sample::copy();
    sample.remove("production/analyzers-us-east-1.json");
    check(&sample, &with(&[("1_20", PRODUCTION, "arn:aws::us-east-1:111122223333", Some("error"))]));
}
