//! What goes wrong: nothing is ever lost in silence.

use super::fake::FakeAws;
use super::tables::assert_rows;
use super::*;
use ironpipe::aws::collect::{CollectError, CollectEvent};
use serde_json::json;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

fn iam_tables() -> Wanted {
    let mut wanted = everything();
    for table in ["aws_account", "aws_account_contact", "aws_ec2_instance", "aws_region"] {
        wanted.remove(table);
    }
    wanted
}

#[test]
fn a_limited_user_gets_what_it_may_and_is_told_the_rest() {
    let Some(server) = FakeAws::start(&["--users", "40"]) else { return };
    let collection = run_in_one_region(&server, "limit-00", &everything());
    let cases = [
        ("aws_iam_server_certificate", Completeness::Denied, "iam:ListServerCertificates"),
        ("aws_iam_account_password_policy", Completeness::Denied, "iam:GetAccountPasswordPolicy"),
        ("aws_account_contact", Completeness::Denied, "account:GetContactInformation"),
        ("aws_iam_account_summary", Completeness::Complete, ""),
        ("aws_iam_virtual_mfa_device", Completeness::Complete, ""),
        ("aws_account", Completeness::Complete, ""),
    ];
    for (name, expected, permission) in cases {
        let load = table(&collection, name);
        let partial = load.state.completeness == Completeness::Partial && !load.missing_columns.is_empty();
        assert!(load.state.completeness == expected || (permission.is_empty() && partial), "{name} {:?}", load.state);
        assert!(load.state.reason.contains(permission), "{name}: {}", load.state.reason);
        if expected == Completeness::Denied {
            assert!(load.rows.is_empty());
            assert!(load.state.reason.contains("123456789012"), "{}", load.state.reason);
        }
    }
    let users = table(&collection, "aws_iam_user");
    assert!(users.missing_columns["mfa_devices"].contains("iam:ListMFADevices"), "{:?}", users.missing_columns);
}

#[test]
fn denied_access_keys_leave_everything_else_unchanged() {
    let Some(server) = FakeAws::start(&["--users", "40"]) else { return };
    server.fault(&json!([{"service": "iam", "action": "ListAccessKeys", "kind": "access_denied"}]));
    let collection = run_in_one_region(&server, "audit-00", &iam_tables());
    let keys = table(&collection, "aws_iam_access_key");
    assert_eq!(keys.state.completeness, Completeness::Denied);
    assert!(keys.rows.is_empty());
    assert!(keys.state.reason.contains("the permission iam:ListAccessKeys is missing"), "{}", keys.state.reason);
    for entry in collection.load.entries.iter().filter(|e| e.table != "aws_iam_access_key" && e.table != "aws_account")
    {
        assert_eq!(entry.state.completeness, Completeness::Complete, "{}: {}", entry.table, entry.state.reason);
    }
    assert!(collection.accounts[0].calls["iam:ListAccessKeys"].failed > 0);
}

/// Without the bulk call everything is asked one by one, and the rows are the same.
#[test]
fn the_details_can_be_had_one_by_one() {
    let Some(server) = FakeAws::start(&["--users", "40"]) else { return };
    server.fault(&json!([{"action": "GetAccountAuthorizationDetails", "kind": "access_denied"}]));
    let manifest = server.manifest();
    let collection = run_in_one_region(&server, "audit-00", &iam_tables());
    assert_rows(&collection, &manifest["accounts"][0], false);
    let calls = &collection.accounts[0].calls;
    assert_eq!(calls["iam:GetUser"].calls, 40);
    assert_eq!(calls["iam:ListAttachedRolePolicies"].calls, 19);
    // A refusal on that way too names both permissions, and columns are missing rather than half there.
    server.fault(&json!([
        {"action": "GetAccountAuthorizationDetails", "kind": "access_denied"},
        {"action": "ListAttachedRolePolicies", "kind": "access_denied", "contains": "RoleName=ec2-web"},
    ]));
    let collection = run_in_one_region(&server, "audit-00", &iam_tables());
    let roles = table(&collection, "aws_iam_role");
    assert_eq!((roles.state.completeness, roles.rows.len()), (Completeness::Partial, 19));
    let why = &roles.missing_columns["attached_policy_arns"];
    assert!(
        why.contains("iam:GetAccountAuthorizationDetails") && why.contains("iam:ListAttachedRolePolicies"),
        "{why}"
    );
    assert!(roles.rows.iter().all(|row| !row.contains_key("attached_policy_arns")));
    assert_eq!(completeness(&collection, "aws_iam_user"), Completeness::Complete);
    assert_eq!(completeness(&collection, "aws_iam_policy_attachment"), Completeness::Partial);
}

#[test]
fn a_key_that_could_not_be_read_makes_the_table_partial() {
    let Some(server) = FakeAws::start(&["--users", "40"]) else { return };
    server.fault(&json!([{"action": "ListAccessKeys", "kind": "access_denied", "contains": "UserName=erin-ci"}]));
    let collection = run_in_one_region(&server, "audit-00", &wanted(&[("aws_iam_access_key", &["status"])]));
    let keys = table(&collection, "aws_iam_access_key");
    assert_eq!(keys.state.completeness, Completeness::Partial);
    // Partial without missing columns: rows are missing, so no query may trust the table.
    assert!(keys.missing_columns.is_empty());
    assert!(keys.state.reason.contains("erin-ci"), "{}", keys.state.reason);
}

#[test]
fn throttling_slows_down_and_loses_nothing() {
    let Some(server) = FakeAws::start(&["--users", "40"]) else { return };
    server.fault(&json!([{"service": "iam", "kind": "throttle", "probability": 0.3}]));
    let manifest = server.manifest();
    let mut options = server.options("audit-00");
    options.regions = vec!["us-east-1".into()];
    options.api_rate = Some(1000.0);
    let throttled = Mutex::new(0u64);
    let listen = |event: CollectEvent| {
        if matches!(event, CollectEvent::Throttled { .. }) {
            *throttled.lock().unwrap() += 1;
        }
    };
    let collection = collect(&iam_tables(), &options, &listen, &Cancel::default()).unwrap();
    assert_rows(&collection, &manifest["accounts"][0], false);
    let counts = collection.accounts[0].calls.values();
    let total: u64 = counts.clone().map(|count| count.throttled).sum();
    assert!(total > 10 && total == *throttled.lock().unwrap());
    assert_eq!(total, counts.map(|count| count.retries).sum::<u64>());
}

#[test]
fn endless_throttling_is_a_failure_and_no_answer() {
    let Some(server) = FakeAws::start(&["--users", "10"]) else { return };
    server.fault(&json!([{"action": "GetAccountSummary", "kind": "throttle"}]));
    let mut options = server.options("audit-00");
    options.retry.attempts = 4;
    let wanted = wanted(&[("aws_iam_account_summary", &[]), ("aws_iam_account_password_policy", &[])]);
    let collection = run(&wanted, &options).unwrap();
    let summary = table(&collection, "aws_iam_account_summary");
    assert_eq!(summary.state.completeness, Completeness::Failed);
    assert!(summary.state.reason.contains("throttled iam:GetAccountSummary"), "{}", summary.state.reason);
    let count = collection.accounts[0].calls["iam:GetAccountSummary"];
    assert_eq!((count.calls, count.retries, count.throttled, count.failed), (1, 3, 4, 1));
    assert_eq!(completeness(&collection, "aws_iam_account_password_policy"), Completeness::Complete);
}

/// Half an answer, nothing, or nonsense with an HTTP status of success: once it is asked again, always it is a failure.
#[test]
fn half_an_answer_is_never_a_whole_one() {
    let Some(server) = FakeAws::start(&["--users", "40"]) else { return };
    let manifest = server.manifest();
    let targets = [
        ("iam", "ListUsers", "aws_iam_user"),
        ("iam", "ListAccessKeys", "aws_iam_access_key"),
        ("iam", "GetAccountAuthorizationDetails", "aws_iam_group"),
        ("iam", "GetCredentialReport", "aws_iam_credential_report"),
        ("iam", "ListPolicies", "aws_iam_policy"),
        ("iam", "ListVirtualMFADevices", "aws_iam_virtual_mfa_device"),
        ("access-analyzer", "ListAnalyzers", "aws_accessanalyzer_analyzer"),
    ];
    for kind in ["truncate", "empty", "garbage"] {
        for (service, action, _) in targets {
            server.fault(&json!([{"service": service, "action": action, "kind": kind, "times": 1}]));
            let collection = run_in_one_region(&server, "audit-00", &iam_tables());
            assert_rows(&collection, &manifest["accounts"][0], false);
            let name = format!("{service}:{action}");
            assert_eq!(collection.accounts[0].calls[&name].retries, 1, "{kind} {name}");
        }
        for (service, action, name) in targets {
            server.fault(&json!([{"service": service, "action": action, "kind": kind}]));
            let columns: &[&str] = match action {
                "GetAccountAuthorizationDetails" => &["attached_policy_arns"],
                _ => &["name"],
            };
            let mut options = server.options("audit-00");
            options.regions = vec!["us-east-1".into()];
            options.retry.attempts = 3;
            let collection = run(&wanted(&[(name, columns)]), &options).unwrap();
            let load = table(&collection, name);
            if action == "GetAccountAuthorizationDetails" {
                // The rows come from the plain list instead; the column is missing and says so.
                assert_eq!(load.state.completeness, Completeness::Partial, "{kind} {action}: {:?}", load.state);
                assert_eq!(load.rows.len(), 7);
                assert!(load.missing_columns["attached_policy_arns"].contains(action), "{:?}", load.missing_columns);
            } else {
                assert_eq!(load.state.completeness, Completeness::Failed, "{kind} {action}: {:?}", load.state);
                assert!(load.rows.is_empty(), "{kind} {action}");
            }
            assert!(load.state.reason.contains(action), "{kind} {action}: {}", load.state.reason);
        }
        server.reset();
    }
}

/// A page in the middle that is cut for good leaves the first pages as a part, and says so.
#[test]
fn half_a_list_is_partial() {
    let Some(server) = FakeAws::start(&["--users", "40", "--page-cap", "10"]) else { return };
    server.fault(&json!([{"action": "ListUsers", "kind": "garbage", "skip": 2}]));
    let mut options = server.options("audit-00");
    options.retry.attempts = 2;
    let collection = run(&wanted(&[("aws_iam_user", &["name"])]), &options).unwrap();
    let users = table(&collection, "aws_iam_user");
    assert_eq!(users.state.completeness, Completeness::Partial);
    assert!(users.missing_columns.is_empty());
    assert!(users.rows.len() < 40);
    assert!(users.state.reason.contains("cut short"), "{}", users.state.reason);
}

#[test]
fn faults_of_network_and_server_are_tried_again() {
    let Some(server) = FakeAws::start(&["--users", "10"]) else { return };
    for kind in ["server_error", "unavailable", "html", "reset"] {
        server.fault(&json!([{"service": "iam", "action": "ListUsers", "kind": kind, "times": 2}]));
        let collection = run(&wanted(&[("aws_iam_user", &["name"])]), &server.options("audit-00")).unwrap();
        assert_eq!(table(&collection, "aws_iam_user").rows.len(), 10, "{kind}");
        assert_eq!(collection.accounts[0].calls["iam:ListUsers"].retries, 2, "{kind}");
    }
    server.fault(&json!([{"action": "ListUsers", "kind": "delay", "delay_ms": 3000, "times": 1}]));
    let mut options = server.options("audit-00");
    options.retry.attempt_timeout = Duration::from_millis(700);
    let begun = Instant::now();
    let collection = run(&wanted(&[("aws_iam_user", &["name"])]), &options).unwrap();
    assert_eq!(table(&collection, "aws_iam_user").rows.len(), 10);
    assert!(begun.elapsed() < Duration::from_millis(2900));
}

#[test]
fn a_session_that_ends_stops_everything() {
    let Some(server) = FakeAws::start(&["--users", "40"]) else { return };
    server.fault(&json!([{"service": "iam", "kind": "expired_token", "skip": 12}]));
    let error = run(&iam_tables(), &server.options("audit-00")).unwrap_err();
    let CollectError::BadCredentials { profile, code, .. } = &error else { panic!("{error:?}") };
    assert_eq!((profile.as_deref(), code.as_str()), (Some("audit-00"), "ExpiredToken"));
    assert!(error.help()[0].contains("log in again"), "{:?}", error.help());
    let stats = server.stats();
    let calls: u64 = stats["calls"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert!(calls < 60, "{stats}");
}

#[test]
fn unknown_keys_and_missing_credentials_are_told_apart() {
    let Some(server) = FakeAws::start(&["--users", "3"]) else { return };
    let error = run(&Wanted::new(), &server.options("unknown-key")).unwrap_err();
    assert!(matches!(&error, CollectError::BadCredentials { code, .. } if code == "InvalidClientTokenId"), "{error:?}");
    let error = run(&Wanted::new(), &server.options("no-such-profile")).unwrap_err();
    assert!(
        matches!(&error, CollectError::NoCredentials { profile: Some(name), .. } if name == "no-such-profile"),
        "{error:?}"
    );
    assert!(error.to_string().contains("no AWS credentials found for profile `no-such-profile`"), "{error}");
    assert!(!error.help().is_empty());
}

#[test]
fn a_report_that_is_not_ready_in_time_is_a_failure() {
    let Some(server) = FakeAws::start(&["--users", "5", "--report-polls", "1000"]) else { return };
    let mut options = server.options("audit-00");
    options.report_timeout = Duration::from_millis(500);
    let report = wanted(&[("aws_iam_credential_report", &[]), ("aws_iam_access_key", &["status"])]);
    let collection = run(&report, &options).unwrap();
    let load = table(&collection, "aws_iam_credential_report");
    assert_eq!(load.state.completeness, Completeness::Failed);
    assert!(load.state.reason.contains("did not finish the credential report"), "{}", load.state.reason);
    // Without a report every user is asked about, so the keys are complete all the same.
    assert_eq!(completeness(&collection, "aws_iam_access_key"), Completeness::Complete);
    assert_eq!(collection.accounts[0].calls["iam:ListAccessKeys"].calls, 5);
}

#[test]
fn a_denied_report_names_the_permission() {
    let Some(server) = FakeAws::start(&["--users", "5"]) else { return };
    server.fault(&json!([{"action": "GenerateCredentialReport", "kind": "access_denied"}]));
    let report = wanted(&[("aws_iam_credential_report", &[])]);
    let collection = run(&report, &server.options("audit-00")).unwrap();
    let load = table(&collection, "aws_iam_credential_report");
    assert_eq!(load.state.completeness, Completeness::Denied);
    assert!(load.state.reason.contains("iam:GenerateCredentialReport"), "{}", load.state.reason);
    // Somebody else made one: then it can be read.
    server.reset();
    run(&report, &server.options("admin-00")).unwrap();
    server.fault(&json!([{"action": "GenerateCredentialReport", "kind": "access_denied"}]));
    let collection = run(&report, &server.options("audit-00")).unwrap();
    assert_eq!(table(&collection, "aws_iam_credential_report").rows.len(), 6);
}

#[test]
fn a_region_that_fails_makes_the_table_partial() {
    let Some(server) = FakeAws::start(&["--users", "3"]) else { return };
    server.fault(&json!([{"service": "access-analyzer", "kind": "access_denied", "times": 1}]));
    let mut options = server.options("audit-00");
    options.regions = vec!["us-east-1".into(), "us-west-2".into(), "eu-central-1".into()];
    let collection = run(&wanted(&[("aws_accessanalyzer_analyzer", &[])]), &options).unwrap();
    let load = table(&collection, "aws_accessanalyzer_analyzer");
    assert_eq!(load.state.completeness, Completeness::Partial);
    assert!(load.state.reason.contains("access-analyzer:ListAnalyzers is missing"), "{}", load.state.reason);
    // Regions that cannot be listed are not taken for regions without anything.
    server.fault(&json!([{"service": "ec2", "action": "DescribeRegions", "kind": "access_denied"}]));
    let collection = run(&wanted(&[("aws_accessanalyzer_analyzer", &[])]), &server.options("audit-00")).unwrap();
    let load = table(&collection, "aws_accessanalyzer_analyzer");
    assert_ne!(load.state.completeness, Completeness::Complete);
    assert!(load.state.reason.contains("ec2:DescribeRegions"), "{}", load.state.reason);
}

#[test]
fn a_misspelt_region_is_an_error() {
    let Some(server) = FakeAws::start(&["--users", "3"]) else { return };
    let mut options = server.options("audit-00");
    options.regions = vec!["us-*".into(), "mars-*".into()];
    let error = run(&wanted(&[("aws_accessanalyzer_analyzer", &[])]), &options).unwrap_err();
    assert!(matches!(&error, CollectError::NoSuchRegion { pattern, .. } if pattern == "mars-*"), "{error:?}");
}

#[test]
fn several_accounts_are_collected_at_once_and_one_may_fail() {
    let Some(server) = FakeAws::start(&["--users", "12", "--accounts", "3"]) else { return };
    let manifest = server.manifest();
    let mut options = server.options("audit-00");
    options.profiles = ["audit-00", "assume-01", "unknown-key", "audit-02"].map(str::to_string).to_vec();
    let collection = run(&wanted(&[("aws_iam_user", &["name"])]), &options).unwrap();
    let ids: Vec<&str> = collection.load.accounts.iter().map(|account| account.id.as_str()).collect();
    let expected: Vec<&str> =
        manifest["accounts"].as_array().unwrap().iter().map(|account| account["id"].as_str().unwrap()).collect();
    assert_eq!(ids, expected);
    let users: Vec<&TableLoad> = collection.load.entries.iter().filter(|e| e.table == "aws_iam_user").collect();
    assert_eq!(users.len(), 3);
    for (load, id) in users.iter().zip(&ids) {
        assert_eq!(load.rows.len(), 12);
        assert!(load.rows.iter().all(|row| row["account_id"] == *id));
    }
    assert_eq!(users[1].rows[0]["sp_connection_name"], "aws_assume_01");
    let failed = collection.accounts.iter().find(|account| account.error.is_some()).unwrap();
    assert_eq!(failed.profile.as_deref(), Some("unknown-key"));
    assert!(failed.error.as_ref().unwrap().contains("InvalidClientTokenId"));
}

#[test]
fn two_profiles_of_one_account_are_an_error() {
    let Some(server) = FakeAws::start(&["--users", "3"]) else { return };
    let mut options = server.options("audit-00");
    options.profiles.push("admin-00".into());
    let error = run(&Wanted::new(), &options).unwrap_err();
    assert!(matches!(error, CollectError::SameAccount { .. }), "{error:?}");
}

#[test]
fn sessions_that_end_are_renewed() {
    let Some(server) = FakeAws::start(&["--users", "40", "--session-seconds", "3"]) else { return };
    let mut options = server.options("assume-00");
    options.api_rate = Some(4.0);
    let collection = run(&wanted(&[("aws_iam_access_key", &["status"])]), &options).unwrap();
    assert_eq!(completeness(&collection, "aws_iam_access_key"), Completeness::Complete);
}

#[test]
fn cancelling_ends_at_once() {
    let Some(server) = FakeAws::start(&["--users", "40"]) else { return };
    let mut options = server.options("audit-00");
    options.regions = vec!["us-east-1".into()];
    options.api_rate = Some(2.0);
    let cancel = Cancel::default();
    let stopped = OnceLock::new();
    let stop = |event: CollectEvent| {
        if matches!(event, CollectEvent::CallsPlanned { .. }) {
            cancel.cancel();
            stopped.get_or_init(Instant::now);
        }
    };
    let error = collect(&iam_tables(), &options, &stop, &cancel).unwrap_err();
    assert_eq!(error, CollectError::Cancelled);
    let elapsed = stopped.get().expect("it was cancelled").elapsed();
    assert!(elapsed < Duration::from_secs(2), "{elapsed:?}");
}

#[test]
fn unknown_tables_are_named() {
    let Some(server) = FakeAws::start(&["--users", "3"]) else { return };
    let collection = run(&wanted(&[("aws_s3_bucket", &[])]), &server.options("audit-00")).unwrap();
    let load = table(&collection, "aws_s3_bucket");
    assert_eq!(load.state.completeness, Completeness::NotCollected);
    assert!(load.state.reason.contains("aws_s3_bucket"));
}
