//! Making, opening, refusing and writing the file.

use crate::support::{ACCOUNT, OTHER, entry, inventory, lines, load, query, state};
use ironpipe::inventory::{AccountFacts, Inventory, InventoryError, Load, Mode};
use ironpipe::model::run::Completeness;
use serde_json::json;
use std::fs;
use std::path::Path;

fn message(result: Result<Inventory, InventoryError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn a_new_file_is_private_and_opens_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aws.db");
    let mut inventory = Inventory::open_or_create(&path).unwrap();
    inventory.replace_tables(&load(vec![entry("aws_iam_user", ACCOUNT, &[json!({"name": "ann"})])])).unwrap();
    drop(inventory);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no files beside it");
    let inventory = Inventory::open(&path, Mode::Read).unwrap();
    assert_eq!(lines(&query(&inventory, "select name, account_id from aws_iam_user").unwrap()), ["ann|111122223333"]);
    assert!(message(Inventory::create(&path)).contains("cannot create"));
}

#[test]
fn what_is_no_inventory_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let missing = folder.path().join("missing.db");
    assert_eq!(
        message(Inventory::open(&missing, Mode::Read)),
        format!("there is no inventory at {}", missing.display())
    );
    let text = file("text.db", b"user,arn\n");
    assert!(message(Inventory::open(&text, Mode::Read)).ends_with("is not an inventory: it is not an SQLite database"));
    assert!(message(Inventory::open_or_create(&text)).ends_with("is not an inventory: it is not an SQLite database"));
    let text = file("long.db", &[b'x'; 4096]);
    assert!(message(Inventory::open(&text, Mode::Read)).ends_with("is not an inventory: it is not an SQLite database"));
    let empty = file("empty.db", b"");
    assert!(message(Inventory::open(&empty, Mode::Read)).contains("is empty"));
    assert!(Inventory::open_or_create(&empty).is_ok(), "a file made by mktemp is as good as none");
    assert!(message(Inventory::open(folder.path(), Mode::Read)).contains("it is a folder"));
    let other = folder.path().join("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    assert!(message(Inventory::open(&other, Mode::Read)).contains("an SQLite database but not an inventory"));
    assert!(message(Inventory::open_or_create(&other)).contains("an SQLite database but not an inventory"));
    let none = folder.path().join("no/such/folder.db");
    assert!(message(Inventory::open_or_create(&none)).contains("no such file or folder"));
}

#[test]
fn a_newer_and_a_cut_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aws.db");
    let mut inventory = Inventory::create(&path).unwrap();
    inventory.replace_tables(&load(vec![entry("aws_iam_user", ACCOUNT, &[json!({"name": "ann"})])])).unwrap();
    drop(inventory);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(message(Inventory::open(&path, Mode::Read)).contains("is damaged"));
    fs::write(&path, &bytes).unwrap();
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let text = message(Inventory::open(&path, Mode::Read));
    assert!(text.contains("has schema version 99") && text.contains("use a newer ironpipe"), "{text}");
}

#[test]
fn a_load_that_fails_changes_nothing() {
    let mut inventory = inventory(vec![entry("aws_iam_user", ACCOUNT, &[json!({"name": "ann"})])]);
    let before = inventory.digest().unwrap();
    let cases = [
        (
            vec![entry("aws_iam_user", ACCOUNT, &[json!({"name": "bob"}), json!({"create_date": "soon"})])],
            r#"table aws_iam_user, column create_date: "soon" is no point in time (ISO 8601 is expected)"#,
        ),
        (
            vec![entry("aws_iam_user", ACCOUNT, &[json!({"nmae": "bob"})])],
            "table aws_iam_user, column nmae: there is no such column; did you mean name?",
        ),
        (
            vec![entry("aws_iam_user", ACCOUNT, &[json!({"name": "bob", "account_id": OTHER})])],
            "table aws_iam_user, column account_id: the row is not of account 111122223333",
        ),
        (
            vec![entry("aws_iam_user", ACCOUNT, &[]), entry("aws_iam_user", ACCOUNT, &[])],
            "table aws_iam_user is given twice for account 111122223333",
        ),
        (vec![entry("aws_iam_users", ACCOUNT, &[])], "there is no table aws_iam_users; did you mean aws_iam_user?"),
    ];
    for (entries, message) in cases {
        assert_eq!(inventory.replace_tables(&load(entries)).unwrap_err().to_string(), message);
        assert_eq!(inventory.digest().unwrap(), before);
    }
    assert_eq!(lines(&query(&inventory, "select name from aws_iam_user").unwrap()), ["ann"]);
}

#[test]
fn a_load_replaces_its_own_account_and_no_other() {
    let mut inventory = inventory(vec![
        entry("aws_iam_user", ACCOUNT, &[json!({"name": "ann"}), json!({"name": "bob"})]),
        entry("aws_iam_user", OTHER, &[json!({"name": "cleo"})]),
    ]);
    inventory.replace_tables(&load(vec![entry("aws_iam_user", ACCOUNT, &[json!({"name": "dan"})])])).unwrap();
    let names = "select name from aws_iam_user order by name";
    assert_eq!(lines(&query(&inventory, names).unwrap()), ["cleo", "dan"]);
    assert_eq!(inventory.changed_since_written().unwrap(), []);
    inventory
        .replace_tables(&load(vec![entry("aws_iam_user", "", &[json!({"name": "eve", "account_id": OTHER})])]))
        .unwrap();
    assert_eq!(lines(&query(&inventory, names).unwrap()), ["eve"]);
    inventory.replace_tables(&load(vec![entry("aws_iam_user", OTHER, &[json!({"name": "fay"})])])).unwrap();
    assert_eq!(lines(&query(&inventory, names).unwrap()), ["fay"]);
    assert_eq!(inventory.changed_since_written().unwrap(), []);
}

#[test]
fn the_digest_speaks_of_contents_only() {
    let ann = json!({"name": "ann", "tags": {"b": 1, "a": 2}});
    let ann_written_otherwise = json!({"tags": {"a": 2, "b": 1}, "name": "ann"});
    let bob = json!({"name": "bob"});
    let a = inventory(vec![
        entry("aws_iam_user", ACCOUNT, &[ann.clone(), bob.clone()]),
        entry("aws_iam_role", ACCOUNT, &[]),
    ]);
    let b = inventory(vec![
        entry("aws_iam_role", ACCOUNT, &[]),
        entry("aws_iam_user", ACCOUNT, &[bob.clone(), ann_written_otherwise]),
    ]);
    assert_eq!(a.digest().unwrap(), b.digest().unwrap());
    let c = inventory(vec![
        entry("aws_iam_user", ACCOUNT, &[ann, json!({"name": "rob"})]),
        entry("aws_iam_role", ACCOUNT, &[]),
    ]);
    assert_ne!(a.digest().unwrap(), c.digest().unwrap());
    let mut denied = entry("aws_iam_role", ACCOUNT, &[]);
    denied.state = state(Completeness::Denied, "iam:ListRoles was denied");
    let d = inventory(vec![entry("aws_iam_user", ACCOUNT, &[bob]), denied]);
    assert_ne!(a.digest().unwrap(), d.digest().unwrap());
}

#[test]
fn a_change_by_another_program_shows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aws.db");
    let mut inventory = Inventory::create(&path).unwrap();
    inventory.replace_tables(&load(vec![entry("aws_iam_user", ACCOUNT, &[json!({"name": "ann"})])])).unwrap();
    assert_eq!(inventory.changed_since_written().unwrap(), []);
    rusqlite::Connection::open(&path).unwrap().execute("UPDATE aws_iam_user SET name = 'eve'", []).unwrap();
    let changed = inventory.changed_since_written().unwrap();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].state.table, "aws_iam_user");
}

#[test]
fn accounts_keep_what_is_known_of_them() {
    let mut inventory = Inventory::temporary().unwrap();
    let facts = |alias: &str, caller: &str| Load {
        accounts: vec![AccountFacts { id: ACCOUNT.to_owned(), alias: alias.to_owned(), caller: caller.to_owned() }],
        ..Load::default()
    };
    inventory.replace_tables(&facts("acme", "")).unwrap();
    inventory.replace_tables(&facts("", "arn:aws:iam::111122223333:role/audit")).unwrap();
    let accounts = inventory.accounts().unwrap();
    assert_eq!(accounts.len(), 1);
    assert_eq!(
        (accounts[0].alias.as_str(), accounts[0].caller.as_str()),
        ("acme", "arn:aws:iam::111122223333:role/audit")
    );
}

/// A process that dies while it writes leaves pages of the new contents in the file and the old ones in a journal.
#[test]
fn an_interrupted_write_is_undone() {
    let folder = tempfile::tempdir().unwrap();
    let (path, journal) = (folder.path().join("aws.db"), folder.path().join("aws.db-journal"));
    let mut inventory = Inventory::create(&path).unwrap();
    let users: Vec<_> = (0..500).map(|i| json!({"name": format!("user-{i}")})).collect();
    inventory.replace_tables(&load(vec![entry("aws_iam_user", ACCOUNT, &users)])).unwrap();
    drop(inventory);
    // The state of the disk in the middle of a commit: spilled pages and a journal that was synced.
    let writer = rusqlite::Connection::open(&path).unwrap();
    writer
        .execute_batch(
            "PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE; UPDATE aws_iam_user SET name = 'x';",
        )
        .unwrap();
    let (half, old) = (fs::read(&path).unwrap(), fs::read(&journal).unwrap());
    writer.execute_batch("ROLLBACK").unwrap();
    drop(writer);
    assert_ne!(half, fs::read(&path).unwrap(), "pages were spilled");
    fs::write(&path, half).unwrap();
    fs::write(&journal, old).unwrap();
    let inventory = Inventory::open(&path, Mode::Read).unwrap();
    let count = "select count(*) from aws_iam_user where name like 'user-%'";
    assert_eq!(lines(&query(&inventory, count).unwrap()), ["500"]);
    assert!(!Path::new(&journal).exists());
}

#[test]
fn runs_see_one_state_and_writers_wait() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("aws.db");
    let mut writer = Inventory::create(&path).unwrap();
    writer.replace_tables(&load(vec![entry("aws_iam_user", ACCOUNT, &[json!({"name": "ann"})])])).unwrap();
    let reader = Inventory::open(&path, Mode::Read).unwrap();
    let backend = ironpipe::inventory::InventoryBackend::new(&reader, None).unwrap();
    let started = std::time::Instant::now();
    let late = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        drop(backend);
    });
    writer.replace_tables(&load(vec![entry("aws_iam_user", ACCOUNT, &[])])).unwrap();
    assert!(started.elapsed().as_millis() >= 250, "the writer waited for the reader");
    late.join().unwrap();
}

#[test]
fn several_processes_may_make_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..20 {
        let path = folder.path().join(format!("{round}.db"));
        std::thread::scope(|scope| {
            let made: Vec<_> = (0..4).map(|_| scope.spawn(|| Inventory::open_or_create(&path).map(drop))).collect();
            for made in made {
                made.join().unwrap().unwrap();
            }
        });
        assert!(Inventory::open(&path, Mode::Write).unwrap().manifest().unwrap().entries.is_empty());
    }
}

#[test]
fn what_was_asked_for_and_not_read_is_remembered() {
    let mut inventory = Inventory::temporary().unwrap();
    let of = |regions: &[&str], profiles: &[(&str, Option<&str>)]| {
        let mut entry = entry("aws_ec2_instance", ACCOUNT, &[]);
        entry.regions = regions.iter().map(|r| (*r).to_owned()).collect();
        let profiles = profiles.iter().map(|(name, why)| ((*name).to_owned(), why.map(str::to_owned))).collect();
        Load { profiles, ..load(vec![entry]) }
    };
    inventory.replace_tables(&of(&["eu-*", "us-east-1"], &[("a", None), ("b", Some("expired"))])).unwrap();
    let manifest = inventory.manifest().unwrap();
    assert_eq!(manifest.entries["aws_ec2_instance"][ACCOUNT].regions, ["eu-*", "us-east-1"]);
    assert_eq!(manifest.unread.into_iter().collect::<Vec<_>>(), [("b".to_owned(), "expired".to_owned())]);
    let partial = inventory.digest().unwrap();

    inventory.replace_tables(&of(&[], &[("b", None)])).unwrap();
    let manifest = inventory.manifest().unwrap();
    assert!(manifest.entries["aws_ec2_instance"][ACCOUNT].regions.is_empty() && manifest.unread.is_empty());
    assert_ne!(inventory.digest().unwrap(), partial);
}
