//! The seven queries of CloudQuery's page on `aws_iam_user_access_keys`, each giving every status that it can give.

use crate::harness::query;
use crate::reference::{OnInventory, Reference};
use ironpipe::model::source::SqlText;
use serde_json::json;
use std::fs;
use tempfile::TempDir;

const NOW: &str = "2026-03-31T09:00:00Z";
const ACCOUNT: &str = "111122223333";

/// A user with password and keys: name, password (last used, last changed), keys (id, status, created, last used).
struct User {
    name: &'static str,
    password: Option<(Option<&'static str>, &'static str)>,
    keys: &'static [(&'static str, &'static str, &'static str, Option<&'static str>)],
}

/// Ninety days before the clock is 2025-12-31, forty-five is 2026-02-14.
const USERS: [User; 6] = [
    // A key of root, as CloudQuery would list it.
    User {
        name: "<root_account>",
        password: None,
        keys: &[("ROOT", "Active", "2026-03-01T00:00:00Z", Some("2026-03-30T00:00:00Z"))],
    },
    // 90 days old and not a second more; used today.
    User {
        name: "edge",
        password: Some((Some("2025-12-31T09:00:00Z"), "2025-06-01T00:00:00Z")),
        keys: &[("EDGE", "Active", "2025-12-31T09:00:00Z", Some("2026-03-31T08:00:00Z"))],
    },
    // Two active keys: one is 90 and a half days old, and was last used 60 days ago.
    User {
        name: "old",
        password: None,
        keys: &[
            ("OLD1", "Active", "2025-12-30T21:00:00Z", Some("2026-01-30T09:00:00Z")),
            ("OLD2", "Active", "2025-06-01T00:00:00Z", Some("2025-12-01T00:00:00Z")),
        ],
    },
    // A password that was never used since it was set 50 days ago; a second key that is inactive.
    User {
        name: "idle",
        password: Some((None, "2026-02-09T09:00:00Z")),
        keys: &[
            ("IDLE1", "Active", "2026-03-01T00:00:00Z", Some("2026-03-30T00:00:00Z")),
            ("IDLE2", "Inactive", "2026-03-02T00:00:00Z", Some("2026-03-29T00:00:00Z")),
        ],
    },
    // A key that was never used since it was made 50 days ago.
    User { name: "fresh", password: None, keys: &[("FRESH", "Active", "2026-02-09T09:00:00Z", None)] },
    User { name: "nokeys", password: Some((Some("2025-12-01T00:00:00Z"), "2025-06-01T00:00:00Z")), keys: &[] },
];

fn arn(user: &str) -> String {
    match user {
        "<root_account>" => format!("arn:aws:iam::{ACCOUNT}:root"),
        user => format!("arn:aws:iam::{ACCOUNT}:user/{user}"),
    }
}

fn folder() -> TempDir {
    let (mut users, mut keys, mut report) = (String::new(), String::new(), String::new());
    for user in &USERS {
        let (name, arn) = (user.name, arn(user.name));
        users +=
            &format!("{}\n", json!({"name": name, "arn": arn, "user_id": format!("ID-{name}"), "account_id": ACCOUNT}));
        let mut row = json!({
            "user_name": name, "user_arn": arn, "account_id": ACCOUNT, "user_creation_time": "2025-06-01T00:00:00Z",
            "password_enabled": user.password.is_some(), "mfa_active": true,
            "ironpipe_password_enabled": user.password.is_some().to_string(),
            "access_key_1_active": false, "access_key_2_active": false
        });
        if let Some((used, changed)) = user.password {
            row["password_last_changed"] = json!(changed);
            if let Some(used) = used {
                row["password_last_used"] = json!(used);
            }
        }
        for (slot, (id, status, created, used)) in user.keys.iter().enumerate() {
            let column = |what: &str| format!("access_key_{}_{what}", slot + 1);
            row[column("active")] = json!(*status == "Active");
            row[column("last_rotated")] = json!(created);
            let mut key = json!({
                "access_key_id": id, "user_name": name, "status": status, "create_date": created, "account_id": ACCOUNT
            });
            if let Some(used) = used {
                row[column("last_used_date")] = json!(used);
                key["access_key_last_used_date"] = json!(used);
            }
            keys += &format!("{key}\n");
        }
        report += &format!("{row}\n");
    }
    let folder = tempfile::tempdir().unwrap();
    for (table, rows) in [("user", users), ("access_key", keys), ("credential_report", report)] {
        fs::write(folder.path().join(format!("aws_iam_{table}.jsonl")), rows).unwrap();
    }
    folder
}

/// Runs a query as a user would, and compares what comes last in each row with what is known, and all of it with
/// PostgreSQL. `of` is the column that tells the rows apart.
#[track_caller]
fn check(schema: &str, sql: &str, of: usize, expected: &[(&str, &str)]) {
    let folder = folder();
    let rows = query(sql, folder.path(), NOW);
    let mut found: Vec<(String, String)> =
        rows.iter().skip(1).map(|row| (row[of].clone(), row.last().unwrap().clone())).collect();
    found.sort();
    let mut expected: Vec<(String, String)> =
        expected.iter().map(|(key, status)| ((*key).to_owned(), (*status).to_owned())).collect();
    expected.sort();
    assert_eq!(found, expected);
    let statuses: Vec<&str> = found.iter().map(|(_, status)| status.as_str()).collect();
    assert!(statuses.contains(&"fail") && statuses.contains(&"pass"));
    let Some(reference) = Reference::new(schema, folder.path(), NOW) else { return };
    let reference = reference.with_views(&["aws_iam_user_access_keys", "aws_iam_credential_reports"]);
    let mut of_postgres = reference.query(sql);
    let mut of_inventory = OnInventory::new(folder.path(), NOW).query(&SqlText::inline(sql));
    of_postgres[1..].sort();
    of_inventory[1..].sort();
    assert_eq!(of_inventory, of_postgres);
}

#[test]
fn keys_are_rotated_every_90_days() {
    let sql = r"select e'IAM users\' access keys should be rotated every 90 days or less' as title, account_id,
          access_key_id as resource_id,
          case when date_part('day', now() - last_rotated) > 90 then 'fail' else 'pass' end as status
        from aws_iam_user_access_keys;";
    // Half a day more than 90 days are 90 days in `date_part`.
    let expected = [
        ("ROOT", "pass"),
        ("EDGE", "pass"),
        ("OLD1", "pass"),
        ("OLD2", "fail"),
        ("IDLE1", "pass"),
        ("IDLE2", "pass"),
        ("FRESH", "pass"),
    ];
    check("cq_rotated", sql, 2, &expected);
    let title = &query(sql, folder().path(), NOW)[1][0];
    assert_eq!(title, "IAM users' access keys should be rotated every 90 days or less");
}

#[test]
fn keys_are_used() {
    let sql = "select 'Unused IAM user credentials should be removed' as title, account_id,
          access_key_id as resource_id,
          case when date_part('day', now() - last_used) > 90 then 'fail' else 'pass' end as status
        from aws_iam_user_access_keys;";
    let expected = [
        ("ROOT", "pass"),
        ("EDGE", "pass"),
        ("OLD1", "pass"),
        ("OLD2", "fail"),
        ("IDLE1", "pass"),
        ("IDLE2", "pass"),
        ("FRESH", "pass"),
    ];
    check("cq_used", sql, 2, &expected);
}

#[test]
fn keys_are_not_older_than_an_interval() {
    let sql = "select 'Ensure access keys are rotated every 90 days or less' as title, account_id, user_arn,
          case when last_rotated < (now() - '90 days'::interval) then 'fail' else 'pass' end
        from aws_iam_user_access_keys;";
    let (root, edge, old, idle, fresh) = (arn("<root_account>"), arn("edge"), arn("old"), arn("idle"), arn("fresh"));
    // Both of `old` are too old by the clock.
    let expected = [
        (root.as_str(), "pass"),
        (&edge, "pass"),
        (&old, "fail"),
        (&old, "fail"),
        (&idle, "pass"),
        (&idle, "pass"),
        (&fresh, "pass"),
    ];
    check("cq_older", sql, 2, &expected);
}

#[test]
fn root_has_no_key() {
    let sql =
        "select 'Ensure no root account access key exists (Scored)' as title, account_id, user_arn as resource_id,
          case when user_name in ('<root>', '<root_account>') then 'fail' else 'pass' end
        from aws_iam_user_access_keys;";
    let (root, edge, old, idle, fresh) = (arn("<root_account>"), arn("edge"), arn("old"), arn("idle"), arn("fresh"));
    let expected = [
        (root.as_str(), "fail"),
        (&edge, "pass"),
        (&old, "pass"),
        (&old, "pass"),
        (&idle, "pass"),
        (&idle, "pass"),
        (&fresh, "pass"),
    ];
    check("cq_root", sql, 2, &expected);
}

#[test]
fn credentials_are_used_within_90_days() {
    let sql = "select 'Ensure credentials unused for 90 days or greater are disabled (Scored)' as title,
          split_part(r.arn, ':', 5) as account_id, r.arn,
          case when (
              r.password_status in ('TRUE', 'true') and r.password_last_used < (now() - '90 days'::interval)
              or k.last_used < (now() - '90 days'::interval)
            ) then 'fail' else 'pass' end
        from aws_iam_credential_reports as r
          left join aws_iam_user_access_keys as k on k.user_arn = r.arn;";
    let (root, edge, old, idle) = (arn("<root_account>"), arn("edge"), arn("old"), arn("idle"));
    let (fresh, nokeys) = (arn("fresh"), arn("nokeys"));
    // One row for each key, and one for a user without keys.
    let expected = [
        (root.as_str(), "pass"),
        (&edge, "pass"),
        (&old, "pass"),
        (&old, "fail"),
        (&idle, "pass"),
        (&idle, "pass"),
        (&fresh, "pass"),
        (&nokeys, "fail"),
    ];
    check("cq_unused_90", sql, 2, &expected);
    assert!(query(sql, folder().path(), NOW).iter().skip(1).all(|row| row[1] == ACCOUNT));
}

#[test]
fn credentials_are_used_within_45_days() {
    let sql = "select 'Ensure credentials unused for 45 days or greater are disabled (Automated)' as title,
          split_part(r.arn, ':', 5) as account_id, r.arn,
          case when (
              r.password_status in ('TRUE', 'true') and r.password_last_used < (now() - '45 days'::interval)
              or (r.password_status in ('TRUE', 'true') and r.password_last_used is null
                and r.password_last_changed < (now() - '45 days'::interval))
              or k.last_used < (now() - '45 days'::interval)
            )
            or (r.access_key1_active and r.access_key_1_last_used_date < (now() - '45 days'::interval))
            or (r.access_key1_active and r.access_key_1_last_used_date is null
              and access_key_1_last_rotated < (now() - '45 days'::interval))
            or (r.access_key2_active and r.access_key_2_last_used_date < (now() - '45 days'::interval))
            or (r.access_key2_active and r.access_key_2_last_used_date is null
              and access_key_2_last_rotated < (now() - '45 days'::interval))
          then 'fail' else 'pass' end
        from aws_iam_credential_reports as r
          left join aws_iam_user_access_keys as k on k.user_arn = r.arn;";
    let (root, edge, old, idle) = (arn("<root_account>"), arn("edge"), arn("old"), arn("idle"));
    let (fresh, nokeys) = (arn("fresh"), arn("nokeys"));
    let expected = [
        (root.as_str(), "pass"),
        (&edge, "fail"),
        (&old, "fail"),
        (&old, "fail"),
        (&idle, "fail"),
        (&idle, "fail"),
        (&fresh, "fail"),
        (&nokeys, "fail"),
    ];
    check("cq_unused_45", sql, 2, &expected);
}

#[test]
fn one_key_is_active() {
    let sql =
        "select 'Ensure there is only one active access key available for any single IAM user (Automated)' as title,
          account_id, user_arn,
          case when count(*) > 1 then 'fail' else 'pass' end
        from aws_iam_user_access_keys
        where status = 'Active'
        group by account_id, user_arn;";
    let (root, edge, old, idle, fresh) = (arn("<root_account>"), arn("edge"), arn("old"), arn("idle"), arn("fresh"));
    let expected = [(root.as_str(), "pass"), (&edge, "pass"), (&old, "fail"), (&idle, "pass"), (&fresh, "pass")];
    check("cq_one", sql, 2, &expected);
}
