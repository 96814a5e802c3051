//! Every table, row by row, against the description of the account.

use super::fake::FakeAws;
use super::rows::{self, key_column, sort_by};
use super::*;
use serde_json::json;
use std::collections::BTreeMap;

/// Columns that are compared elsewhere: canonical policies, hidden columns, and what each run has anew.
fn is_compared_elsewhere(column: &str) -> bool {
    column.ends_with("_std") || column.starts_with("ironpipe_") || column == "generated_time"
}

/// Brings times into one form and lists whose order has no meaning into one order.
pub fn comparable(row: &Row) -> Row {
    fn normal(value: &Value) -> Value {
        match value {
            Value::String(text) => {
                let time = chrono::DateTime::parse_from_rfc3339(text).ok();
                time.map_or_else(|| value.clone(), |t| json!(t.to_utc().to_rfc3339()))
            }
            Value::Array(list) => list.iter().map(normal).collect(),
            Value::Object(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), normal(v))).collect()),
            _ => value.clone(),
        }
    }
    let mut row: Row = row
        .iter()
        .filter(|(column, _)| !is_compared_elsewhere(column))
        .map(|(column, value)| (column.clone(), normal(value)))
        .collect();
    for (column, member) in [
        ("groups", "GroupName"),
        ("users", "UserName"),
        ("policy_users", "UserName"),
        ("policy_groups", "GroupName"),
        ("policy_roles", "RoleName"),
        ("mfa_devices", "SerialNumber"),
        ("tags_src", "Key"),
    ] {
        if let Some(Value::Array(list)) = row.get_mut(column) {
            sort_by(list, member);
        }
    }
    if let Some(Value::Array(list)) = row.get_mut("attached_policy_arns") {
        list.sort_by_key(|arn| arn.as_str().map(str::to_string));
    }
    row.sort_keys();
    row
}

/// Compares all tables of an account with its description.
pub fn assert_rows(collection: &Collection, account: &Value, documented: bool) {
    for (name, expected) in rows::expected(account, documented) {
        let load = collection.load.entries.iter().find(|e| e.table == name && e.account_id == account["id"]).unwrap();
        assert_eq!(load.state.completeness, Completeness::Complete, "{name}: {}", load.state.reason);
        let of_account = |row: &&Row| name != "aws_iam_policy" || row["is_aws_managed"] == false;
        let of_customer = |row: &&Row| {
            name != "aws_iam_policy_attachment" || !row["policy_arn"].as_str().unwrap().contains(":aws:policy/")
        };
        let actual: BTreeMap<String, Row> = load
            .rows
            .iter()
            .filter(of_account)
            .filter(of_customer)
            .map(|row| (row[key_column(name)].as_str().unwrap().to_string(), comparable(row)))
            .collect();
        let expected: BTreeMap<String, Row> =
            expected.iter().map(|(key, row)| (key.clone(), comparable(row))).collect();
        assert_eq!(actual.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{name}");
        for (key, row) in &expected {
            let mut actual = actual[key].clone();
            if name == "aws_iam_server_certificate" {
                let body = actual.remove("certificate_body").unwrap();
                assert!(body.as_str().unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
                actual.remove("certificate_chain");
            }
            assert_eq!(Value::Object(actual), Value::Object(row.clone()), "{name} {key}");
        }
    }
}

#[test]
fn every_row_is_as_described() {
    let Some(server) = FakeAws::start(&["--users", "40", "--accounts", "4"]) else { return };
    let manifest = server.manifest();
    for (index, account) in manifest["accounts"].as_array().unwrap().iter().enumerate() {
        let mut options = server.options(&format!("audit-{index:02}"));
        options.regions = vec!["us-east-1".into(), "eu-central-1".into()];
        let mut wanted = everything();
        // The auditor may not read it; see the test of permissions.
        wanted.remove("aws_account_contact");
        wanted.remove("aws_account");
        let collection = run(&wanted, &options).unwrap();
        assert_rows(&collection, account, false);
        let summary = &table(&collection, "aws_iam_account_summary").rows[0];
        assert_eq!(summary["users"], 40);
        assert_eq!(summary["account_mfa_enabled"], account["expected"]["root_mfa_active"]);
        assert_eq!(
            summary["account_access_keys_present"].as_i64().unwrap() > 0,
            account["expected"]["root_has_access_key"]
        );
        assert_eq!(summary["account_password_present"], !account["root"]["password"].is_null());
    }
}

#[test]
fn the_other_tables_have_their_rows() {
    let Some(server) = FakeAws::start(&["--users", "10", "--accounts", "2", "--services", "all"]) else { return };
    let manifest = server.manifest();
    let account = &manifest["accounts"][0];
    let collection = run_in_one_region(&server, "admin-00", &everything());
    let contact = &table(&collection, "aws_account_contact").rows[0];
    assert_eq!(contact["full_name"], account["contact"]["FullName"]);
    assert_eq!(contact["linked_account_id"], account["id"]);
    assert!(!contact.contains_key("address_line_2"));
    let account_row = &table(&collection, "aws_account").rows[0];
    assert!(account_row["organization_id"].as_str().unwrap().starts_with("o-"));
    assert_eq!(account_row["organization_master_account_id"], account["id"]);
    let profiles = table(&collection, "aws_iam_instance_profile");
    assert_eq!(texts(&profiles.rows, "instance_profile_name"), ["orphan-profile", "web-server"]);
    let web = profiles.rows.iter().find(|row| row["title"] == "web-server").unwrap();
    assert_eq!(web["tags"], json!({"app": "web"}));
    assert_eq!(web["roles"][0]["RoleName"], "ec2-web");
    assert!(web["roles"][0]["AssumeRolePolicyDocument"].as_str().unwrap().starts_with("%7B"));
    assert_eq!(table(&collection, "aws_iam_saml_provider").rows.len(), 2);
    let oidc = &table(&collection, "aws_iam_open_id_connect_provider").rows[0];
    assert_eq!(oidc["url"], "token.actions.githubusercontent.com");
    assert_eq!(oidc["client_id_list"], json!(["sts.amazonaws.com"]));
    assert_eq!(oidc["tags"], json!({"owner": "platform"}));
    let regions = &table(&collection, "aws_region").rows;
    let available: Vec<&Row> = regions.iter().filter(|row| row["steampipe_available"] == true).collect();
    assert!(regions.len() > 10);
    assert_eq!(available.len(), 1);
    assert_eq!(available[0]["akas"], json!([format!("arn:aws::us-east-1:{}", account["id"].as_str().unwrap())]));
    assert_eq!(available[0]["steampipe_default"], true);
    let instances = table(&collection, "aws_ec2_instance");
    assert_eq!(instances.state.completeness, Completeness::Complete, "{}", instances.state.reason);
    assert!(!instances.rows.is_empty());
    for row in &instances.rows {
        assert_eq!(row["region"], "us-east-1");
        assert!(row["arn"].as_str().unwrap().starts_with("arn:aws:ec2:us-east-1:123456789012:instance/i-"));
        assert!(matches!(row["metadata_options"]["HttpTokens"].as_str(), Some("required" | "optional")));
        assert!(row["disable_api_termination"].is_boolean());
        assert!(row["instance_status"]["InstanceState"]["Name"].is_string());
        assert!(row["state_code"].is_number() && row["launch_time"].is_string());
    }
}

#[test]
fn the_three_dialects_of_the_report_give_the_same_tables() {
    for style in ["legacy", "documented"] {
        let Some(server) = FakeAws::start(&["--users", "40", "--report-style", style]) else { return };
        let manifest = server.manifest();
        let account = &manifest["accounts"][0];
        let names = ["aws_iam_user", "aws_iam_access_key", "aws_iam_credential_report"];
        let wanted = wanted(&names.map(|name| (name, &[] as &[&str])));
        let collection = run_in_one_region(&server, "audit-00", &wanted);
        let expected = rows::expected(account, style == "documented");
        for name in names {
            let load = table(&collection, name);
            assert_eq!(load.state.completeness, Completeness::Complete, "{style} {name}: {}", load.state.reason);
            let rows: BTreeMap<String, Row> = load
                .rows
                .iter()
                .map(|row| (row[key_column(name)].as_str().unwrap().to_string(), comparable(row)))
                .collect();
            for (key, row) in &expected[name] {
                let mut row = comparable(row);
                if name == "aws_iam_credential_report" && key == "<root_account>" && style == "legacy" {
                    // Older reports do not say this of root.
                    assert_eq!(rows[key]["password_enabled"], true);
                    for column in ["password_last_changed", "password_enabled"] {
                        row.remove(column);
                    }
                    let mut actual = rows[key].clone();
                    actual.retain(|column, _| row.contains_key(column));
                    assert_eq!(actual, row);
                    continue;
                }
                assert_eq!(Value::Object(rows[key].clone()), Value::Object(row), "{style} {name} {key}");
            }
            assert_eq!(rows.len(), expected[name].len(), "{style} {name}");
        }
    }
}

#[test]
fn short_and_empty_pages_lose_nothing() {
    let Some(server) = FakeAws::start(&["--users", "60", "--page-cap", "5", "--short-pages"]) else { return };
    let manifest = server.manifest();
    let mut wanted = everything();
    for table in ["aws_account", "aws_account_contact", "aws_ec2_instance", "aws_region"] {
        wanted.remove(table);
    }
    let collection = run_in_one_region(&server, "audit-00", &wanted);
    assert_rows(&collection, &manifest["accounts"][0], false);
    assert!(collection.accounts[0].calls["iam:ListUsers"].calls > 12);
}

#[test]
fn the_expected_sets_of_cis_are_in_the_tables() {
    let Some(server) = FakeAws::start(&["--users", "80", "--seed", "7"]) else { return };
    let manifest = server.manifest();
    let expected = &manifest["accounts"][0]["expected"];
    let collection = run_in_one_region(&server, "audit-00", &everything());
    let rows = |name: &str| &table(&collection, name).rows;
    let names = |rows: Vec<&Row>| {
        let mut names: Vec<String> = rows.iter().map(|row| row["name"].as_str().unwrap().to_string()).collect();
        names.sort();
        names
    };
    let users = rows("aws_iam_user");
    let filter = |keep: &dyn Fn(&Row) -> bool| names(users.iter().filter(|row| keep(row)).collect());
    assert_eq!(filter(&|r| r.contains_key("login_profile")), strings(&expected["users_with_console"]));
    assert_eq!(
        filter(&|r| r.contains_key("login_profile") && r["mfa_enabled"] == false),
        strings(&expected["users_console_without_mfa"])
    );
    let direct = |r: &Row| r.contains_key("attached_policy_arns") || r.contains_key("inline_policies");
    assert_eq!(filter(&direct), strings(&expected["users_with_direct_policies"]));
    assert_eq!(rows("aws_iam_access_key").len() as i64, expected["access_key_count"].as_i64().unwrap());
    let full_admin = |policy: &Row| {
        let statements = policy["policy_std"]["Statement"].as_array().unwrap();
        let has = |s: &Value, member: &str, any: &[&str]| {
            s[member].as_array().is_some_and(|l| l.iter().any(|v| any.contains(&v.as_str().unwrap())))
        };
        policy["is_aws_managed"] == false
            && policy["is_attached"] == true
            && statements.iter().any(|s| {
                s["Effect"] == "Allow"
                    && has(s, "Action", &["*", "*:*"])
                    && has(s, "Resource", &["*"])
                    && s.get("Condition").is_none()
            })
    };
    let policies = rows("aws_iam_policy");
    let in_use = policies.iter().filter(|row| row["is_attached"] == true);
    assert!(in_use.clone().all(|row| row.contains_key("policy_std")));
    let mut arns: Vec<&str> = in_use.filter(|row| full_admin(row)).map(|row| row["arn"].as_str().unwrap()).collect();
    arns.sort_unstable();
    assert_eq!(arns, strings(&expected["attached_customer_policies_with_full_admin"]));
}
