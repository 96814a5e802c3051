//! Imports of rows, and exports.

use crate::support::{ACCOUNT, entry, lines, load, query, state};
use ironpipe::inventory::backend::QueryError;
use ironpipe::inventory::{Inventory, import_dir};
use ironpipe::model::run::Completeness;
use serde_json::json;
use std::fs;
use std::path::Path;

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

#[test]
fn rows_are_read_from_files_named_after_tables() {
    let folder = tempfile::tempdir().unwrap();
    let users =
        "{\"name\": \"ann\", \"account_id\": \"1\"}\n\n{\"name\": \"bob\", \"tags\": null, \"account_id\": \"2\"}";
    write(
        folder.path(),
        &[
            ("aws_iam_user.jsonl", users),
            ("more/aws_iam_user.jsonl", "{\"name\": \"cleo\"}\r\n"),
            ("aws_account.jsonl", "{\"account_id\": \"1\", \"account_aliases\": [\"acme\"]}\n"),
            ("_schema.json", "{\"now\": \"2026-03-31T10:30:45.123456Z\", \"seed\": 1}"),
            (".DS_Store", "whatever"),
        ],
    );
    let mut inventory = Inventory::temporary().unwrap();
    let report = import_dir(folder.path(), &mut inventory).unwrap();
    assert_eq!(
        report.tables.into_iter().collect::<Vec<_>>(),
        [("aws_account".to_owned(), 1), ("aws_iam_user".to_owned(), 3)]
    );
    let sql = "select name, tags is null, now() from aws_iam_user order by 1";
    // The time holds for the folder in the folder too.
    let now = "2026-03-31 10:30:45.123456";
    let expected = [format!("ann|true|{now}"), format!("bob|false|{now}"), format!("cleo|true|{now}")];
    assert_eq!(lines(&query(&inventory, sql).unwrap()), expected);
    let accounts = inventory.accounts().unwrap();
    assert_eq!((accounts[0].id.as_str(), accounts[0].alias.as_str()), ("1", "acme"));
    let source = &inventory.states(&["aws_iam_user".to_owned()]).unwrap()[0].source;
    assert_eq!(source, "aws_iam_user.jsonl, more/aws_iam_user.jsonl");
    let Err(QueryError::Incomplete(message)) = query(&inventory, "select * from aws_iam_access_key") else {
        panic!("no error")
    };
    assert!(message.contains("aws iam list-access-keys") && message.contains("aws_iam_access_key.jsonl"), "{message}");
}

#[test]
fn a_row_in_two_files_is_not_counted_twice() {
    let bob = "{\"name\": \"bob\", \"arn\": \"arn:aws:iam::1:user/bob\", \"account_id\": \"1\"}\n";
    let older = bob.replace("\"name\"", "\"path\": \"/\", \"name\"");
    for (first, second, what) in [
        (bob, older.as_str(), "arn:aws:iam::1:user/bob"),
        ("{\"name\": \"x\"}\n{\"name\": \"y\"}", "{\"name\": \"y\"}", "the row"),
    ] {
        let (folder, mut inventory) = (tempfile::tempdir().unwrap(), Inventory::temporary().unwrap());
        write(folder.path(), &[("a/aws_iam_user.jsonl", first), ("b/aws_iam_user.jsonl", second)]);
        let error = import_dir(folder.path(), &mut inventory).unwrap_err().to_string();
        let wanted = format!("b/aws_iam_user.jsonl:1: {what} is in a/aws_iam_user.jsonl too");
        assert!(error.contains(&wanted), "{error}");
        // In one file they are as the database gave them.
        write(folder.path(), &[("a/aws_iam_user.jsonl", &format!("{bob}{older}")), ("b/aws_iam_user.jsonl", "")]);
        assert_eq!(import_dir(folder.path(), &mut inventory).unwrap().tables["aws_iam_user"], 2);
    }
}

#[test]
fn the_stated_time_is_the_clock() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[("aws_iam_user.jsonl", ""), ("_schema.json", "{\"now\": \"2026-03-31T10:30:45.123456Z\"}")]);
    let mut inventory = Inventory::temporary().unwrap();
    import_dir(folder.path(), &mut inventory).unwrap();
    assert_eq!(lines(&query(&inventory, "select now()").unwrap()), ["2026-03-31 10:30:45.123456"]);
}

/// Files may come from another version of the plugin.
#[test]
fn columns_that_no_table_has_are_left_out_and_named() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[("aws_iam_user.jsonl", "{\"name\": \"ann\", \"nmae\": 1}\n{\"name\": \"bob\", \"x\": {}}\n")],
    );
    let mut inventory = Inventory::temporary().unwrap();
    let report = import_dir(folder.path(), &mut inventory).unwrap();
    assert_eq!(report.notes, ["aws_iam_user: left out unknown columns nmae, x"]);
    assert_eq!(lines(&query(&inventory, "select name from aws_iam_user order by 1").unwrap()), ["ann", "bob"]);
}

#[test]
fn a_bad_file_is_named_with_its_line_and_nothing_is_imported() {
    let good = "{\"name\": \"ann\"}\n";
    let cases: &[(&str, &str, &str)] = &[
        (
            "aws_iam_user.jsonl",
            "{\"name\": \"ann\"}\n{\"name\": \"b",
            "aws_iam_user.jsonl:2: the JSON text is cut short",
        ),
        ("aws_iam_user.jsonl", "{\"name\": \"ann\"}\n\n[1]\n", "aws_iam_user.jsonl:3: expected a JSON object"),
        ("aws_iam_user.jsonl", "name,arn\n", "aws_iam_user.jsonl:1: not JSON"),
        (
            "aws_iam_user.jsonl",
            "{\"mfa_enabled\": \"yes\"}\n",
            "aws_iam_user.jsonl:1: table aws_iam_user, column mfa_enabled: expected true or false, found text",
        ),
        ("aws_iam_usr.jsonl", good, "there is no table aws_iam_usr; did you mean aws_iam_user?"),
        ("_schema.json", "{\"now\": ", "_schema.json:1: the JSON text is cut short"),
        ("_schema.json", "{\"now\": \"today\"}", "`now` is \"today\", which is no point in time"),
        ("notes.txt", "call Bob", "notes.txt: not recognised"),
    ];
    for (name, text, message) in cases {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[("aws_iam_group.jsonl", good), (name, text)]);
        let mut inventory = Inventory::temporary().unwrap();
        let before = inventory.digest().unwrap();
        let error = import_dir(folder.path(), &mut inventory).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
        assert_eq!(inventory.digest().unwrap(), before, "{name}");
    }
    let folder = tempfile::tempdir().unwrap();
    let mut inventory = Inventory::temporary().unwrap();
    assert!(import_dir(folder.path(), &mut inventory).unwrap_err().to_string().contains("holds no files"));
    assert!(import_dir(&folder.path().join("none"), &mut inventory).unwrap_err().to_string().contains("no such file"));
}

#[test]
fn an_export_imports_to_the_same_contents() {
    let folder = tempfile::tempdir().unwrap();
    let mut inventory = Inventory::temporary().unwrap();
    let report = json!({
        "user_name": "<root_account>", "user_arn": "arn:aws:iam::111122223333:root", "password_enabled": true,
        "ironpipe_password_enabled": "not_supported", "user_creation_time": "2020-01-01T00:00:00.5Z",
        "_ctx": {"connection_name": "aws"}
    });
    let mut denied = entry("aws_iam_role", ACCOUNT, &[]);
    denied.state = state(Completeness::Denied, "iam:ListRoles was denied");
    let tables = vec![entry("aws_iam_credential_report", ACCOUNT, &[report]), denied];
    inventory.replace_tables(&load(tables)).unwrap();
    let out = folder.path().join("out");
    let report = inventory.export_dir(&out).unwrap();
    assert_eq!(report.left_out["aws_iam_role"], "it is denied for account 111122223333: iam:ListRoles was denied");
    let mut again = Inventory::temporary().unwrap();
    import_dir(&out, &mut again).unwrap();
    let digest = |i: &Inventory| i.overview().unwrap().tables.iter().find(|t| t.rows == 1).unwrap().digest.clone();
    assert_eq!(digest(&inventory), digest(&again));
    assert_eq!(inventory.collected_at().unwrap(), again.collected_at().unwrap());
    assert_eq!(
        lines(&query(&again, "select password_enabled, user_creation_time from aws_iam_credential_report").unwrap()),
        ["true|2020-01-01 00:00:00.5"]
    );
}

#[test]
fn a_folder_of_an_account_without_a_file_says_nothing_of_its_table() {
    let folder = tempfile::tempdir().unwrap();
    let user = |account: &str| format!(r#"{{"name": "ann", "arn": "arn:{account}", "account_id": "{account}"}}"#);
    let key = |account: &str| format!(r#"{{"access_key_id": "K", "user_name": "ann", "account_id": "{account}"}}"#);
    let (one, two) = ("111111111111", "222222222222");
    write(
        folder.path(),
        &[
            ("one/aws_iam_user.jsonl", user(one).as_str()),
            ("one/aws_iam_access_key.jsonl", key(one).as_str()),
            ("two/aws_iam_user.jsonl", user(two).as_str()),
        ],
    );
    let mut inventory = Inventory::temporary().unwrap();
    import_dir(folder.path(), &mut inventory).unwrap();
    assert_eq!(lines(&query(&inventory, "select count(*) from aws_iam_user").unwrap()), ["2"]);
    let error = query(&inventory, "select count(*) from aws_iam_access_key").unwrap_err().to_string();
    assert!(error.contains("for account 222222222222: there is no two/aws_iam_access_key.jsonl"), "{error}");

    write(folder.path(), &[("two/aws_iam_access_key.jsonl", "")]);
    import_dir(folder.path(), &mut inventory).unwrap();
    assert_eq!(lines(&query(&inventory, "select count(*) from aws_iam_access_key").unwrap()), ["1"]);
}
