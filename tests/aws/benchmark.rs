//! The program itself: collects from two accounts, runs section 1 of CIS v2.0.0, and finds what it should.

use super::fake::FakeAws;
use super::strings;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};

/// Alarms of each control: account and what comes last in the resource.
type Alarms = BTreeMap<String, BTreeSet<(String, String)>>;

fn ironpipe(server: &FakeAws, folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ironpipe"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("AWS_EC2_METADATA_DISABLED", "true");
    let files = server.options("audit-00").files.unwrap();
    command.env("AWS_CONFIG_FILE", files.config).env("AWS_SHARED_CREDENTIALS_FILE", files.credentials);
    command.output().unwrap()
}

fn collect(server: &FakeAws, folder: &Path, users: u32) -> String {
    let arguments =
        "collect --inventory inventory.db --api-rate 0 --timing --profile audit-00 --profile audit-01 cis_v200_1";
    let output = ironpipe(server, folder, &arguments.split(' ').collect::<Vec<_>>());
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{users} users: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs the benchmark on what was collected.
fn run(server: &FakeAws, folder: &Path) -> Value {
    let arguments = "benchmark run cis_v200_1 --inventory inventory.db --offline --output json --progress=false";
    let output = ironpipe(server, folder, &arguments.split(' ').collect::<Vec<_>>());
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn controls(group: &Value, found: &mut BTreeMap<String, Value>) {
    for control in group["controls"].as_array().into_iter().flatten() {
        let id = control["control_id"].as_str().unwrap().trim_start_matches("control.cis_v200_");
        found.insert(id.to_string(), control.clone());
    }
    for child in group["groups"].as_array().into_iter().flatten() {
        controls(child, found);
    }
}

fn all_controls(run: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    controls(run, &mut found);
    assert_eq!(found.len(), 22);
    found
}

fn alarms(run: &Value) -> Alarms {
    let mut alarms = Alarms::new();
    for (id, control) in all_controls(run) {
        let set = alarms.entry(id).or_default();
        for row in control["results"].as_array().into_iter().flatten().filter(|row| row["status"] == "alarm") {
            let dimensions = row["dimensions"].as_array().unwrap();
            let account = dimensions.iter().find(|d| d["key"] == "account_id").unwrap()["value"].as_str().unwrap();
            let resource = row["resource"].as_str().unwrap();
            set.insert((account.to_string(), resource.rsplit(['/', ':']).next().unwrap().to_string()));
        }
    }
    alarms
}

/// Compares the alarms of all automated controls with what the description of the accounts says.
fn assert_alarms(run: &Value, manifest: &Value) {
    let alarms = alarms(run);
    let accounts = manifest["accounts"].as_array().unwrap();
    let of_names = |member: &str| {
        let mut set = BTreeSet::new();
        for account in accounts {
            let id = account["id"].as_str().unwrap().to_string();
            for name in strings(&account["expected"][member]) {
                set.insert((id.clone(), name.rsplit('/').next().unwrap().to_string()));
            }
        }
        set
    };
    let named = [
        ("1_10", "users_console_without_mfa"),
        ("1_12", "users_credentials_unused_45_days"),
        ("1_13", "users_with_two_active_keys"),
        ("1_14", "active_keys_older_than_90_days"),
        ("1_15", "users_with_direct_policies"),
        ("1_19", "expired_server_certificates"),
        ("1_22", "entities_with_cloudshell_full_access"),
    ];
    for (control, member) in named {
        assert_eq!(alarms[control], of_names(member), "{control} {member}");
    }
    // AWS's own AdministratorAccess is not one of the customer's policies.
    let own: BTreeSet<_> = alarms["1_16"].iter().filter(|(_, name)| name != "AdministratorAccess").cloned().collect();
    assert_eq!(own, of_names("attached_customer_policies_with_full_admin"));
    let of_accounts = |is_alarm: &dyn Fn(&Value) -> bool| -> BTreeSet<String> {
        accounts.iter().filter(|a| is_alarm(a)).map(|a| a["id"].as_str().unwrap().to_string()).collect()
    };
    type IsAlarm<'a> = &'a dyn Fn(&Value) -> bool;
    let by_account: [(&str, IsAlarm<'_>); 7] = [
        ("1_2", &|a| a["alternate_contacts"].get("SECURITY").is_none()),
        ("1_4", &|a| a["expected"]["root_has_access_key"] == true),
        ("1_5", &|a| a["expected"]["root_mfa_active"] == false),
        ("1_6", &|a| a["expected"]["root_mfa_is_hardware"] == false),
        ("1_8", &|a| a["password_policy"]["MinimumPasswordLength"].as_i64().unwrap_or(0) < 14),
        ("1_9", &|a| a["password_policy"]["PasswordReusePrevention"].as_i64().unwrap_or(0) < 24),
        ("1_17", &|a| strings(&a["expected"]["roles_with_support_policy"]).is_empty()),
    ];
    for (control, is_alarm) in by_account {
        let found: BTreeSet<String> = alarms[control].iter().map(|(account, _)| account.clone()).collect();
        assert_eq!(found, of_accounts(is_alarm), "{control}");
    }
    for account in accounts {
        let id = account["id"].as_str().unwrap();
        let control = &all_controls(run)["1_20"];
        let rows = control["results"].as_array().unwrap().iter().filter(|row| row["status"] == "ok");
        let value = |row: &Value, key: &str| {
            let dimensions = row["dimensions"].as_array().unwrap();
            dimensions.iter().find(|d| d["key"] == key).unwrap()["value"].as_str().unwrap().to_string()
        };
        let mut regions: Vec<String> =
            rows.filter(|row| value(row, "account_id") == id).map(|r| value(r, "region")).collect();
        regions.sort();
        assert_eq!(regions, strings(&account["expected"]["regions_with_access_analyzer"]));
    }
}

#[test]
fn the_alarms_are_the_expected_ones() {
    let Some(server) = FakeAws::start(&["--users", "40", "--accounts", "2"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let timing = collect(&server, folder.path(), 40);
    assert_alarms(&run(&server, folder.path()), &server.manifest());
    // The calls that are printed are those that the server saw.
    let total = |text: &str| -> u64 {
        let lines = text.lines().filter(|line| line.starts_with("iam:"));
        lines.map(|line| line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()).sum()
    };
    let stats = server.stats();
    let calls = stats["calls"].as_object().unwrap().iter().filter(|(name, _)| name.starts_with("iam."));
    assert_eq!(total(&timing), calls.map(|(_, count)| count.as_u64().unwrap()).sum::<u64>());
}

#[test]
fn denied_keys_make_two_controls_fail_and_no_other() {
    let Some(server) = FakeAws::start(&["--users", "40", "--accounts", "2"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    collect(&server, folder.path(), 40);
    let before = all_controls(&run(&server, folder.path()));
    server.fault(&json!([{"service": "iam", "action": "ListAccessKeys", "kind": "access_denied"}]));
    collect(&server, folder.path(), 40);
    let after = all_controls(&run(&server, folder.path()));
    for (id, control) in &after {
        let error = control["run_error"].as_str().unwrap_or_default();
        if ["1_13", "1_14"].contains(&id.as_str()) {
            assert!(error.contains("iam:ListAccessKeys"), "{id}: {error}");
            assert_eq!(control["summary"]["error"], 1, "{id}");
            assert_eq!(control["summary"]["ok"], 0, "{id}");
        } else {
            assert_eq!(control["results"], before[id]["results"], "{id} {error}");
        }
    }
}

#[test]
fn credentials_come_from_the_environment_or_from_the_profile_that_is_named() {
    let Some(server) = FakeAws::start(&["--users", "3", "--accounts", "2"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let manifest = server.manifest();
    let collect = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ironpipe"));
        command.args(["collect", "--inventory", "x.db", "--timing", "aws_account"]).args(arguments);
        command
            .current_dir(folder.path())
            .env_clear()
            .env("HOME", folder.path())
            .env("AWS_EC2_METADATA_DISABLED", "true");
        command.envs(variables.iter().copied()).output().unwrap()
    };
    let endpoint = manifest["endpoint"].as_str().unwrap();
    let secret = manifest["secret_access_key"].as_str().unwrap();
    let keys = [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "AKIAFAKEAWSAUDIT0000"),
        ("AWS_SECRET_ACCESS_KEY", secret),
    ];
    let account = |index: usize| manifest["accounts"][index]["id"].as_str().unwrap();
    let from_environment = collect(&[], &keys);
    let text = String::from_utf8_lossy(&from_environment.stdout).into_owned();
    assert!(text.contains(account(0)), "{text}{}", String::from_utf8_lossy(&from_environment.stderr));

    let files = server.options("audit-00").files.unwrap();
    let (config, credentials) = (files.config.to_str().unwrap(), files.credentials.to_str().unwrap());
    let both = [keys.as_slice(), &[("AWS_CONFIG_FILE", config), ("AWS_SHARED_CREDENTIALS_FILE", credentials)]].concat();
    let from_profile = collect(&["--profile", "audit-01"], &both);
    let text = String::from_utf8_lossy(&from_profile.stdout).into_owned();
    assert!(text.contains(account(1)), "{text}{}", String::from_utf8_lossy(&from_profile.stderr));

    let nothing = collect(&[], &[("AWS_ENDPOINT_URL", endpoint), ("AWS_REGION", "us-east-1")]);
    assert!(!nothing.status.success());
    let text = String::from_utf8_lossy(&nothing.stderr).into_owned();
    assert!(text.contains("no AWS credentials found") && text.contains("--profile"), "{text}");
}

/// Takes half a minute: `cargo test --test aws -- --ignored`.
#[test]
#[ignore = "5,000 users take half a minute"]
fn five_thousand_users_are_all_there() {
    let Some(server) = FakeAws::start(&["--users", "5000", "--accounts", "2"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let timing = collect(&server, folder.path(), 5000);
    let manifest = server.manifest();
    assert_alarms(&run(&server, folder.path()), &manifest);
    for account in manifest["accounts"].as_array().unwrap() {
        let users = account["users"].as_array().unwrap();
        let with_keys = users.iter().filter(|u| !u["access_keys"].as_array().unwrap().is_empty()).count();
        assert!(timing.contains(&format!("iam:ListAccessKeys                    {with_keys} ")), "{timing}");
    }
}

/// Statuses of a control with their number.
fn statuses(output: &Output) -> BTreeMap<String, usize> {
    let run: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"));
    let mut found = BTreeMap::new();
    controls(&run, &mut found);
    let mut statuses = BTreeMap::new();
    for row in found.values().flat_map(|control| control["results"].as_array().into_iter().flatten()) {
        *statuses.entry(row["status"].as_str().unwrap().to_string()).or_default() += 1;
    }
    statuses
}

#[test]
fn fresh_data_of_some_regions_is_not_taken_for_all() {
    let Some(server) = FakeAws::start(&["--users", "3"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let run = |more: &[&str]| {
        let arguments = ["control", "run", "cis_v200_1_20", "--profile", "audit-00", "--output", "json"];
        statuses(&ironpipe(&server, folder.path(), &[&arguments, more].concat()))
    };
    let named = ["--inventory", "x.db"];
    for inventory in [&[] as &[&str], &named] {
        let some = run(&[inventory, &["--region", "us-east-1"]].concat());
        assert!(some["error"] > 20, "regions that were not asked: {some:?}");
        let two = run(&[inventory, &["--region", "eu-central-1"]].concat());
        let asked_before = if inventory.is_empty() { 0 } else { 1 };
        assert_eq!(two["error"] + asked_before, some["error"], "a file that was named loses nothing: {two:?}");
        let all = run(inventory);
        assert!(!all.contains_key("error"), "{all:?}");
        assert_eq!(run(&[inventory, &["--region", "us-east-1"]].concat()), all, "what is there is used");
    }
}

#[test]
fn an_account_that_cannot_be_read_is_told_every_time() {
    let Some(server) = FakeAws::start(&["--users", "3"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let run = |command: &[&str]| {
        let profiles = ["--profile", "audit-00", "--profile", "nobody"];
        let output = ironpipe(&server, folder.path(), &[command, &profiles].concat());
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            errors.contains("the account of profile nobody is missing in the data: no AWS credentials"),
            "{errors}"
        );
        (output.status.code(), output)
    };
    for _ in 0..2 {
        let (code, output) = run(&["control", "run", "cis_v200_1_8", "--output", "json"]);
        assert_eq!((code, statuses(&output).values().sum()), (Some(2), 1));
    }
    let silent = ["control", "run", "cis_v200_1_8", "--output", "none"];
    assert_eq!(run(&[&silent[..], &["--offline"]].concat()).0, Some(2));
    assert_eq!(run(&[&silent[..], &["--fail-on", "never"]].concat()).0, Some(0));
    assert_eq!(run(&["query", "run", "select 1 from aws_account", "--output", "csv"]).0, Some(2));
    assert_eq!(run(&["collect", "aws_account", "--inventory", "x.db"]).0, Some(250));
    let output = ironpipe(&server, folder.path(), &["inventory", "show", "--inventory", "x.db"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Not read:     profile nobody: no AWS credentials"), "{text}");
}

#[test]
fn old_data_is_used_only_when_that_is_asked_for() {
    let Some(server) = FakeAws::start(&["--users", "3"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let run = |more: &[&str]| {
        let arguments = ["control", "run", "cis_v200_1_8", "--profile", "audit-00", "--output", "none"];
        let output = ironpipe(&server, folder.path(), &[&arguments, more].concat());
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(run(&[]), (Some(1), String::new()));
    server.fault(&json!([{"service": "*", "action": "*", "kind": "expired_token"}]));
    assert_eq!(run(&[]), (Some(1), String::new()), "it is fresh");
    std::thread::sleep(std::time::Duration::from_secs(2));
    let (code, errors) = run(&["--max-age", "1s"]);
    assert_eq!(code, Some(250));
    assert!(errors.contains("ExpiredToken") && errors.contains("--offline uses the stored data"), "{errors}");
    assert_eq!(run(&["--max-age", "1s", "--offline"]), (Some(1), String::new()));
}
