//! No call more than needed, none twice, never too many at once.

use super::fake::FakeAws;
use super::*;
use serde_json::json;

/// The columns that section 1 of CIS v2.0.0 reads.
fn cis_section_1() -> Wanted {
    wanted(&[
        ("aws_account", &["account_id", "title", "arn"]),
        ("aws_account_alternate_contact", &["contact_type", "account_id"]),
        ("aws_iam_account_summary", &["account_mfa_enabled", "account_access_keys_present"]),
        ("aws_iam_account_password_policy", &["minimum_password_length", "password_reuse_prevention"]),
        ("aws_iam_credential_report", &[]),
        ("aws_iam_user", &["name", "arn", "mfa_enabled", "attached_policy_arns", "inline_policies", "tags"]),
        ("aws_iam_access_key", &["user_name", "status", "create_date", "access_key_id"]),
        ("aws_iam_policy", &["arn", "policy_std", "is_attached", "is_aws_managed", "name"]),
        ("aws_iam_role", &["arn", "attached_policy_arns", "name"]),
        ("aws_iam_group", &["arn", "attached_policy_arns"]),
        ("aws_iam_policy_attachment", &["policy_arn", "is_attached", "policy_roles"]),
        ("aws_iam_virtual_mfa_device", &["serial_number", "user"]),
        ("aws_iam_server_certificate", &["name", "arn", "expiration"]),
        ("aws_accessanalyzer_analyzer", &["arn", "status", "region"]),
        ("aws_region", &["name", "opt_in_status"]),
    ])
}

#[test]
fn a_benchmark_takes_the_planned_calls() {
    let Some(server) = FakeAws::start(&["--users", "40"]) else { return };
    let collection = run_in_one_region(&server, "audit-00", &cis_section_1());
    let calls = &collection.accounts[0].calls;
    let iam: u64 = calls.iter().filter(|(name, _)| name.starts_with("iam:")).map(|(_, count)| count.requests()).sum();
    let with_keys = server.manifest()["accounts"][0]["users"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|user| !user["access_keys"].as_array().unwrap().is_empty())
        .count() as u64;
    // Aliases, summary, password policy, report (asked for three times, read once), details, two pages of policies,
    // virtual devices, certificates: and one call for each user with a key.
    let planned = 11 + with_keys;
    assert!(iam <= planned * 6 / 5, "{iam} calls, planned {planned}: {calls:?}");
    for absent in
        ["iam:GetAccessKeyLastUsed", "iam:ListMFADevices", "iam:GetLoginProfile", "iam:ListUsers", "iam:GetUser"]
    {
        assert!(!calls.contains_key(absent), "{absent}");
    }
    assert_eq!(calls["iam:ListAccessKeys"].calls, with_keys);
    // What is counted here is what the server saw.
    let stats = server.stats();
    for (name, count) in calls {
        assert_eq!(stats["calls"][name.replace(':', ".")], count.requests(), "{name}");
    }
    // Ten in flight; the server may count one as running that is already answered.
    assert!(stats["most_at_once"].as_u64().unwrap() <= 12, "{stats}");
    assert_eq!(stats["unsupported"], json!({}));
}

#[test]
fn one_column_takes_one_call() {
    let Some(server) = FakeAws::start(&["--users", "20"]) else { return };
    let collection = run_in_one_region(&server, "audit-00", &wanted(&[("aws_iam_user", &["name", "arn"])]));
    let calls: Vec<&String> = collection.accounts[0].calls.keys().collect();
    assert_eq!(calls, ["iam:ListAccountAliases", "iam:ListUsers", "sts:GetCallerIdentity"]);
    let users = table(&collection, "aws_iam_user");
    assert_eq!(users.rows.len(), 20);
    assert!(users.missing_columns.contains_key("attached_policy_arns"));
    assert!(users.missing_columns["mfa_enabled"].contains("not asked for"));
    assert!(!users.missing_columns.contains_key("password_last_used"));
    assert_eq!(users.state.completeness, Completeness::Complete);
}

#[test]
fn keys_made_after_the_report_are_found_with_exact() {
    let Some(server) = FakeAws::start(&["--users", "40"]) else { return };
    let keys = wanted(&[("aws_iam_access_key", &["status"])]);
    let exact = {
        let mut options = server.options("audit-00");
        options.exact = true;
        run(&keys, &options).unwrap()
    };
    assert_eq!(exact.accounts[0].calls["iam:ListAccessKeys"].calls, 40);
    assert!(!exact.accounts[0].calls.contains_key("iam:GenerateCredentialReport"));
    let frugal = run(&keys, &server.options("audit-00")).unwrap();
    assert_eq!(table(&exact, "aws_iam_access_key").rows, table(&frugal, "aws_iam_access_key").rows);
}

#[test]
fn a_fresh_report_is_used_again() {
    let Some(server) = FakeAws::start(&["--users", "10", "--report-polls", "3"]) else { return };
    let report = wanted(&[("aws_iam_credential_report", &[])]);
    let first = run(&report, &server.options("audit-00")).unwrap();
    assert!(first.accounts[0].calls["iam:GenerateCredentialReport"].calls >= 3);
    let second = run(&report, &server.options("audit-00")).unwrap();
    assert_eq!(second.accounts[0].calls["iam:GenerateCredentialReport"].calls, 1);
    let generated = |c: &Collection| table(c, "aws_iam_credential_report").rows[0]["generated_time"].clone();
    assert_eq!(generated(&first), generated(&second));
}

#[test]
fn an_old_report_is_made_anew() {
    let Some(server) = FakeAws::start(&["--users", "10", "--report-ttl", "1"]) else { return };
    let report = wanted(&[("aws_iam_credential_report", &[])]);
    run(&report, &server.options("audit-00")).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let again = run(&report, &server.options("audit-00")).unwrap();
    assert_eq!(completeness(&again, "aws_iam_credential_report"), Completeness::Complete);
    assert!(again.accounts[0].calls["iam:GenerateCredentialReport"].calls > 1);
}

#[test]
fn a_rate_is_kept() {
    let Some(server) = FakeAws::start(&["--users", "40"]) else { return };
    let mut options = server.options("audit-00");
    options.api_rate = Some(10.0);
    let begun = std::time::Instant::now();
    let collection = run(&wanted(&[("aws_iam_access_key", &["status"])]), &options).unwrap();
    let calls = collection.accounts[0].calls["iam:ListAccessKeys"].calls;
    // Ten at once, the others at ten a second.
    let least = std::time::Duration::from_secs_f64((calls as f64 - 10.0) / 10.0 - 0.1);
    assert!(calls > 15 && begun.elapsed() > least, "{calls} in {:?}", begun.elapsed());
}
