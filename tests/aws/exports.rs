//! Output of AWS CLI commands gives the same rows as the account itself.

use super::fake::{FakeAws, python};
use super::tables::comparable;
use super::*;
use crate::rows;
use ironpipe::aws::exports::{load, recognise};
use ironpipe::inventory::Load;
use std::path::Path;
use std::process::Command;

/// Writes what the CLI prints, with the library that the CLI is made of.
const WRITE: &str = r#"
import base64, datetime, json, os, sys
import boto3
endpoint, profile, folder = sys.argv[1:4]
session = boto3.Session(profile_name=profile, region_name="us-east-1")
os.makedirs(folder, exist_ok=True)
def plain(value):
    if isinstance(value, datetime.datetime): return value.isoformat()
    if isinstance(value, bytes): return base64.b64encode(value).decode()
    raise TypeError(type(value))
def save(name, service, method, region="us-east-1", **arguments):
    client = session.client(service, endpoint_url=endpoint, region_name=region)
    if client.can_paginate(method):
        answer = client.get_paginator(method).paginate(**arguments).build_full_result()
    else:
        answer = getattr(client, method)(**arguments)
    answer.pop("ResponseMetadata", None)
    with open(os.path.join(folder, name + ".json"), "a") as f:
        json.dump(answer, f, default=plain, indent=4)
    return answer
iam = session.client("iam", endpoint_url=endpoint)
while iam.generate_credential_report()["State"] != "COMPLETE": pass
save("a", "iam", "get_account_authorization_details")
save("b", "iam", "get_credential_report")
for user in save("c", "iam", "list_users")["Users"]:
    for key in save("keys", "iam", "list_access_keys", UserName=user["UserName"])["AccessKeyMetadata"]:
        save("used-" + key["AccessKeyId"], "iam", "get_access_key_last_used", AccessKeyId=key["AccessKeyId"])
    try: save("profiles", "iam", "get_login_profile", UserName=user["UserName"])
    except iam.exceptions.NoSuchEntityException: pass
    save("mfa", "iam", "list_mfa_devices", UserName=user["UserName"])
def save_or_error(name, service, method, **arguments):
    try: save(name, service, method, **arguments)
    except Exception as error:
        with open(os.path.join(folder, name + ".json"), "w") as f: f.write(f"\n{error}\n")
save_or_error("get_account_password_policy", "iam", "get_account_password_policy")
for method in ("get_account_summary", "list_virtual_mfa_devices", "list_server_certificates",
               "list_roles", "list_policies", "list_account_aliases", "list_instance_profiles"):
    save(method, "iam", method)
save("identity", "sts", "get_caller_identity")
for region in ("us-east-1", "eu-central-1"):
    save("analyzers-" + region, "accessanalyzer", "list_analyzers", region)
    save("instances-" + region, "ec2", "describe_instances", region)
save_or_error("security-contact", "account", "get_alternate_contact", AlternateContactType="SECURITY")
save("regions", "ec2", "describe_regions", AllRegions=True)
"#;

fn write(server: &FakeAws, profile: &str, folder: &Path) {
    let files = server.options(profile).files.unwrap();
    let status = Command::new(python())
        .args(["-c", WRITE, server.manifest()["endpoint"].as_str().unwrap(), profile])
        .arg(folder)
        .env("AWS_CONFIG_FILE", files.config)
        .env("AWS_SHARED_CREDENTIALS_FILE", files.credentials)
        .status()
        .unwrap();
    assert!(status.success());
}

fn read(folder: &Path) -> Load {
    let mut documents = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                let found = recognise(&path, &bytes).unwrap_or_else(|e| panic!("{e}"));
                documents.extend(found.unwrap_or_else(|| panic!("not recognised: {}", path.display())));
            }
        }
    }
    load(documents).unwrap_or_else(|e| panic!("{e}"))
}

fn entry<'l>(load: &'l Load, name: &str, account: &Value) -> &'l TableLoad {
    let found = load.entries.iter().find(|e| e.table == name && e.account_id == account["id"]);
    found.unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn exports_give_the_rows_of_the_account() {
    let Some(server) = FakeAws::start(&["--users", "40", "--accounts", "3"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    for profile in ["audit-00", "audit-01", "audit-02"] {
        write(&server, profile, &folder.path().join(profile));
    }
    let load = read(folder.path());
    let manifest = server.manifest();
    assert_eq!(load.accounts.len(), 3);
    for index in [0, 1, 2] {
        let account = &manifest["accounts"][index];
        for (name, expected) in rows::expected(account, false) {
            if name == "aws_iam_service_specific_credential" {
                continue;
            }
            let found = entry(&load, name, account);
            assert_eq!(found.state.completeness, Completeness::Complete, "{name}: {}", found.state.reason);
            for (key, row) in &expected {
                let is_it = |r: &&Row| r.get(rows::key_column(name)).is_some_and(|v| v == key.as_str());
                let actual = found.rows.iter().find(is_it).unwrap_or_else(|| panic!("{name} {key}"));
                let mut expected = comparable(row);
                let mut actual = comparable(actual);
                // Only live answers have the text as it was sent; exports have what it says.
                expected.remove("assume_role_policy_document");
                actual.remove("assume_role_policy_document");
                expected.retain(|column, _| !found.missing_columns.contains_key(column));
                assert_eq!(Value::Object(actual), Value::Object(expected), "{name} {key}");
            }
        }
        let missing = |name: &str| entry(&load, name, account).missing_columns.keys().cloned().collect::<Vec<_>>();
        assert!(missing("aws_iam_user").is_empty(), "{:?}", missing("aws_iam_user"));
        assert!(missing("aws_iam_access_key").is_empty());
        assert!(missing("aws_iam_role").is_empty());
        assert_eq!(missing("aws_iam_policy"), ["tags", "tags_src"]);
        let regions = &entry(&load, "aws_region", account).rows;
        let available = regions.iter().filter(|row| row["steampipe_available"] == true).count();
        assert_eq!(available, 2);
        // Instances of the other regions are unknown, which is not the same as none.
        let instances = entry(&load, "aws_ec2_instance", account);
        assert_eq!(instances.state.completeness, Completeness::Partial);
        let reason = &instances.state.reason;
        assert!(reason.contains("ap-northeast-1") && !reason.contains("eu-central-1"), "{reason}");
    }
}

#[test]
fn what_the_files_do_not_cover_is_said() {
    let Some(server) = FakeAws::start(&["--users", "40"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    write(&server, "audit-00", folder.path());
    let manifest = server.manifest();
    let account = &manifest["accounts"][0];
    for name in ["keys.json", "profiles.json", "mfa.json", "list_account_aliases.json", "identity.json"] {
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let path = file.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("used-") {
            std::fs::remove_file(path).unwrap();
        }
    }
    // The keys of one user, where the report shows keys of many.
    let keys = r#"{"AccessKeyMetadata": [{"UserName": "erin-ci", "AccessKeyId": "AKIAX", "Status": "Active", "CreateDate": "2020-01-01T00:00:00+00:00"}]}"#;
    std::fs::write(folder.path().join("keys.json"), keys).unwrap();
    let load = read(folder.path());
    let keys = entry(&load, "aws_iam_access_key", account);
    assert_eq!(keys.state.completeness, Completeness::Partial);
    assert!(keys.missing_columns.is_empty());
    assert!(keys.state.reason.contains("`aws iam list-access-keys` is missing for"), "{}", keys.state.reason);
    let users = entry(&load, "aws_iam_user", account);
    assert!(users.missing_columns["login_profile"].contains("aws iam get-login-profile"));
    assert!(users.missing_columns.contains_key("mfa_devices") && !users.missing_columns.contains_key("mfa_enabled"));
    let account_row = &entry(&load, "aws_account", account).rows[0];
    assert_eq!(account_row["title"], account["id"]);
    assert!(!load.entries.iter().any(|e| e.table == "aws_account_contact"));
}

#[test]
fn the_csv_alone_is_enough_for_its_table() {
    let csv = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,\
               mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,\
               access_key_2_last_rotated,access_key_2_last_used_date\n\
               elise,arn:aws:iam::123456789012:user/elise,2015-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,true,\
               2015-04-16T15:14:00+00:00,2015-04-16T15:14:00+00:00,false,N/A,N/A\n";
    let documents = recognise(Path::new("report.csv"), csv.as_bytes()).unwrap().unwrap();
    let load = load(documents).unwrap();
    let report = load.entries.iter().find(|e| e.table == "aws_iam_credential_report").unwrap();
    assert_eq!(report.account_id, "123456789012");
    assert_eq!(report.rows[0]["access_key_1_last_used_date"], "2015-04-16T15:14:00+00:00");
    assert_eq!(report.state.completeness, Completeness::Complete);
    assert!(load.entries.iter().any(|e| e.table == "aws_account"));
    assert!(!load.entries.iter().any(|e| e.table == "aws_iam_user"));
}

#[test]
fn files_that_do_not_say_what_they_are_about_are_errors() {
    let file = |name: &str, text: &str| recognise(Path::new(name), text.as_bytes()).unwrap().unwrap();
    let identity = |id: &str| format!(r#"{{"UserId": "x", "Account": "{id}", "Arn": "arn:aws:iam::{id}:user/x"}}"#);
    let mut documents = file("a/one.json", &identity("111111111111"));
    documents.extend(file("a/two.json", &identity("222222222222")));
    documents
        .extend(file("a/summary.json", r#"{"SummaryMap": {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0}}"#));
    let error = load(documents).unwrap_err();
    assert!(error.reason.contains("111111111111 and 222222222222"), "{error}");
    let mut documents =
        file("used.json", r#"{"UserName": "u", "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}"#);
    assert!(load(documents.clone()).unwrap_err().reason.contains("has none in the files"));
    let key = |id: &str| {
        format!(
            r#"{{"AccessKeyMetadata": [{{"UserName": "u", "AccessKeyId": "{id}", "Status": "Active", "CreateDate": "2020-01-01T00:00:00Z"}}]}}"#
        )
    };
    documents.extend(file("keys.json", &key("AKIA1")));
    let loaded = load(documents.clone()).unwrap();
    let keys = loaded.entries.iter().find(|e| e.table == "aws_iam_access_key").unwrap();
    assert_eq!(keys.rows[0]["access_key_last_used_service"], "N/A");
    documents.extend(file("keys2.json", &key("AKIA2")));
    assert!(load(documents).unwrap_err().reason.contains("has several"));
}
