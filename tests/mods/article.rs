//! The ten checks of Steampipe's article on the IAM credential report, with the article's results.

use crate::harness::query;
use crate::reference::{OnInventory, Reference};
use ironpipe::model::source::SqlText;
use std::fs;
use tempfile::TempDir;

/// The day of the article.
const DAY: &str = "2021-02-09T12:00:00Z";

const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
                      password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,\
                      access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
                      access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,\
                      access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,\
                      cert_2_active,cert_2_last_rotated";

/// The article's account: user, creation, password (enabled, last used, last changed), MFA, key 1 and key 2 (active,
/// last rotated, last used). Its tables were made at different times; where they contradict each other, a test says
/// which it follows.
const ACCOUNT: [(&str, &str, &str, &str, &str, &str); 6] = [
    ("<root_account>", "2019-07-15T14:44:33", "not_supported 2019-07-17T04:49:39 not_supported", "true", NONE, NONE),
    (
        "pam_beesly",
        "2019-11-13T18:32:34",
        "true 2019-07-17T04:49:39 2021-01-10T09:00:00",
        "true",
        "true 2020-06-18T19:12:27 2021-02-08T12:22:00",
        "true 2020-12-03T01:20:25 2020-12-03T01:33:00",
    ),
    ("darryl_philbin", "2021-01-25T19:12:26", "false N/A N/A", "false", "true 2021-01-25T19:12:26 N/A", NONE),
    ("dwight_schrute", "2021-01-25T19:10:51", "true no_information 2020-01-12T19:10:51", "false", NONE, NONE),
    ("kelly_kapoor", "2021-01-25T19:13:23", "true no_information 2020-09-22T19:13:23", "false", NONE, NONE),
    ("ryan_howard", "2021-01-25T19:26:22", "true no_information 2020-10-25T19:26:22", "false", NONE, NONE),
];
const NONE: &str = "false N/A N/A";

/// Writes the report; `changes` replaces fields of the account above.
fn report(changes: &[(&str, &str)]) -> TempDir {
    let mut csv = format!("{HEADER}\n");
    let time = |text: &str| if text.starts_with("20") { format!("{text}+00:00") } else { text.to_owned() };
    for (user, created, password, mfa, key_1, key_2) in ACCOUNT {
        let is_root = user == "<root_account>";
        let arn = if is_root { "root".to_owned() } else { format!("user/{user}") };
        let times = |fields: &str| fields.split(' ').map(time).collect::<Vec<_>>().join(",");
        let next = if is_root { "not_supported" } else { "N/A" };
        let line = format!(
            "{user},arn:aws:iam::899221540641:{arn},{},{},{next},{mfa},{},N/A,N/A,{},N/A,N/A,false,N/A,false,N/A\n",
            time(created),
            times(password),
            times(key_1),
            times(key_2)
        );
        let line = changes.iter().filter(|(of, _)| *of == user).fold(line, |line, (_, change)| {
            let (from, to) = change.split_once(" => ").unwrap();
            assert!(line.contains(from), "{line}");
            line.replacen(from, to, 1)
        });
        csv += &line;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("credential-report.csv"), csv).unwrap();
    folder
}

/// Runs a check as a user would, compares with the article's rows (sorted: the checks have no order), and with
/// PostgreSQL.
#[track_caller]
fn check(name: &str, changes: &[(&str, &str)], sql: &str, expected: &[&str]) {
    let folder = report(changes);
    let mut found: Vec<String> = query(sql, folder.path(), DAY).iter().skip(1).map(|row| row.join(" | ")).collect();
    found.sort();
    let mut expected: Vec<&str> = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(found, expected);
    let Some(reference) = Reference::new(name, folder.path(), DAY) else { return };
    let clock = format!("(timestamptz '{DAY}')");
    let mut of_postgres = reference.query(&sql.replace("current_timestamp", &clock));
    let mut of_inventory = OnInventory::new(folder.path(), DAY).query(&SqlText::inline(sql));
    of_postgres.sort();
    of_inventory.sort();
    assert_eq!(of_inventory, of_postgres);
}

#[test]
fn the_whole_report() {
    let folder = report(&[]);
    let rows = query("select * from aws_iam_credential_report", folder.path(), DAY);
    assert_eq!(rows.len(), 7);
    let value = |row: usize, column: &str| {
        let at = rows[0].iter().position(|name| name == column).unwrap_or_else(|| panic!("no column {column}"));
        rows[row][at].as_str()
    };
    let expected = [
        ("user_name", "pam_beesly"),
        ("user_arn", "arn:aws:iam::899221540641:user/pam_beesly"),
        ("user_creation_time", "2019-11-13T18:32:34Z"),
        ("access_key_1_active", "true"),
        ("access_key_1_last_rotated", "2020-06-18T19:12:27Z"),
        ("access_key_1_last_used_date", "2021-02-08T12:22:00Z"),
        ("access_key_2_active", "true"),
        ("access_key_2_last_rotated", "2020-12-03T01:20:25Z"),
        ("access_key_2_last_used_date", "2020-12-03T01:33:00Z"),
        ("account_id", "899221540641"),
    ];
    for (column, text) in expected {
        assert_eq!(value(2, column), text, "{column}");
    }
    assert_eq!(value(1, "user_name"), "<root_account>");
    assert_eq!((value(1, "access_key_1_active"), value(1, "access_key_1_last_rotated")), ("false", ""));
}

#[test]
fn the_last_use_of_root() {
    let sql = "select user_name, password_last_used, age(date(current_timestamp), date(password_last_used)) as pw_last_used \
               from aws_iam_credential_report where user_name = '<root_account>'";
    check("root_use", &[], sql, &["<root_account> | 2019-07-17T04:49:39Z | 1 year 6 mons 23 days"]);
}

#[test]
fn mfa_of_root() {
    let sql = "select user_name, mfa_active from aws_iam_credential_report where user_name = '<root_account>'";
    check("root_mfa", &[], sql, &["<root_account> | true"]);
}

#[test]
fn access_keys_of_root() {
    let sql = "select user_name, access_key_1_active, access_key_2_active from aws_iam_credential_report \
               where user_name = '<root_account>'";
    check("root_keys", &[], sql, &["<root_account> | false | false"]);
}

/// Here the article has Pam without a password and Dwight with a key.
#[test]
fn keys_and_a_password() {
    let changes = [
        ("pam_beesly", "true,2019-07-17T04:49:39+00:00,2021-01-10T09:00:00+00:00 => false,N/A,N/A"),
        ("dwight_schrute", "false,false,N/A,N/A => false,true,2021-01-25T19:10:51+00:00,2021-02-05T08:00:00+00:00"),
    ];
    let sql = "select user_name, password_enabled, access_key_1_active, access_key_2_active \
               from aws_iam_credential_report \
               where password_enabled and (access_key_1_active or access_key_2_active)";
    // Root has no password of its own in the report, and no keys either.
    check("both", &changes, sql, &["dwight_schrute | true | true | false"]);
}

#[test]
fn passwords_that_are_not_used() {
    let sql = "select user_name, password_enabled, password_last_used, \
                 age(date(current_timestamp), date(password_last_used)) as last_used_age \
               from aws_iam_credential_report \
               where user_name != '<root_account>' and password_enabled \
                 and (password_last_used is null or (date(current_timestamp) - date(password_last_used)) > 90)";
    let expected = [
        "dwight_schrute | true |  | ",
        "kelly_kapoor | true |  | ",
        "ryan_howard | true |  | ",
        "pam_beesly | true | 2019-07-17T04:49:39Z | 1 year 6 mons 23 days",
    ];
    check("idle", &[], sql, &expected);
    // Ninety days ago is not too long ago, and ninety-one are.
    let on = |day: &str| format!("2019-07-17T04:49:39 => {day}T23:59:59");
    check("idle_90", &[("pam_beesly", &on("2020-11-11"))], sql, &expected[..3]);
    let pam = "pam_beesly | true | 2020-11-10T23:59:59Z | 2 mons 29 days";
    check("idle_91", &[("pam_beesly", &on("2020-11-10"))], sql, &[&expected[..3], &[pam]].concat());
}

#[test]
fn passwords_that_are_not_changed() {
    let sql = "select user_name, password_last_changed, \
                 age(date(current_timestamp), date(password_last_changed)) as pw_last_changed \
               from aws_iam_credential_report \
               where user_name != '<root_account>' and password_enabled \
                 and (date(current_timestamp) - date(password_last_changed)) > 90";
    // The article has one day more for Kelly; PostgreSQL borrows the days of September, which are 30.
    let expected = [
        "ryan_howard | 2020-10-25T19:26:22Z | 3 mons 15 days",
        "kelly_kapoor | 2020-09-22T19:13:23Z | 4 mons 17 days",
        "dwight_schrute | 2020-01-12T19:10:51Z | 1 year 28 days",
    ];
    check("unchanged", &[], sql, &expected);
}

#[test]
fn users_without_mfa() {
    let sql = "select user_name, mfa_active from aws_iam_credential_report where not mfa_active";
    let expected = ["darryl_philbin | false", "ryan_howard | false", "dwight_schrute | false", "kelly_kapoor | false"];
    check("no_mfa", &[], sql, &expected);
}

#[test]
fn keys_that_are_not_rotated() {
    let sql = "select user_name, access_key_1_active, \
                 age(date(current_timestamp), date(access_key_1_last_rotated)) as key1_last_changed, \
                 access_key_2_active, \
                 age(date(current_timestamp), date(access_key_2_last_rotated)) as key2_last_changed \
               from aws_iam_credential_report \
               where (access_key_1_active and (date(current_timestamp) - date(access_key_1_last_rotated)) > 90) \
                 or (access_key_2_active and (date(current_timestamp) - date(access_key_2_last_rotated)) > 90)";
    check("old_keys", &[], sql, &["pam_beesly | true | 7 mons 21 days | true | 2 mons 6 days"]);
}

#[test]
fn keys_that_are_not_used() {
    let sql = "select user_name, access_key_1_last_used_date, \
                 age(date(current_timestamp), date(access_key_1_last_used_date)) as key1_last_used, \
                 access_key_2_last_used_date, \
                 age(date(current_timestamp), date(access_key_2_last_used_date)) as key2_last_used \
               from aws_iam_credential_report \
               where (access_key_1_active and (access_key_1_last_used_date is null \
                   or (date(current_timestamp) - date(access_key_1_last_used_date)) > 30)) \
                 or (access_key_2_active and (access_key_2_last_used_date is null \
                   or (date(current_timestamp) - date(access_key_2_last_used_date)) > 30))";
    // The article prints `1 days`; PostgreSQL says `1 day`.
    let expected = [
        "darryl_philbin |  |  |  | ",
        "pam_beesly | 2021-02-08T12:22:00Z | 1 day | 2020-12-03T01:33:00Z | 2 mons 6 days",
    ];
    check("unused_keys", &[], sql, &expected);
}
