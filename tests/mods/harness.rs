//! The real binary on folders of exports.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// When the sample account was collected.
pub const SAMPLE_TIME: &str = "2026-03-31T09:00:00Z";
/// The accounts of the sample.
pub const PRODUCTION: &str = "111122223333";
pub const SANDBOX: &str = "444455556666";

/// Status by control, account and resource.
pub type Statuses = BTreeMap<(String, String, String), String>;

/// A file or folder of the fixtures.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// What the program did.
pub struct Done {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs the program with an empty environment, in a folder without a mod.
pub fn ironpipe(arguments: &[&str]) -> Done {
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_ironpipe"))
        .args(arguments)
        .current_dir(home.path())
        .env_clear()
        .env("HOME", home.path())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Done { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Runs a benchmark or control of the bundled mod on a folder, and returns its JSON.
pub fn run(target: &str, folder: &Path, more: &[&str]) -> Value {
    let kind = if target.ends_with("_1") && !target.ends_with("1_1") { "benchmark" } else { "control" };
    let mut arguments = vec![kind, "run", target, "--offline", "--output", "json", "--inventory"];
    let folder = folder.to_string_lossy();
    arguments.push(&folder);
    arguments.extend(more);
    let done = ironpipe(&arguments);
    serde_json::from_str(&done.stdout).unwrap_or_else(|e| panic!("{target}: {e}: {}{}", done.stdout, done.stderr))
}

/// Runs SQL on a folder, and returns the rows: column names and values as text, in the order of the query.
pub fn query(sql: &str, folder: &Path, as_of: &str) -> Vec<Vec<String>> {
    let folder = folder.to_string_lossy();
    let arguments = ["query", "run", sql, "--offline", "--output", "csv", "--as-of", as_of, "--inventory", &folder];
    let done = ironpipe(&arguments);
    assert_eq!((done.code, done.stderr.as_str()), (0, ""), "{sql}");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(done.stdout.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn controls<'v>(group: &'v Value, found: &mut Vec<&'v Value>) {
    found.extend(group["controls"].as_array().into_iter().flatten());
    for child in group["groups"].as_array().into_iter().flatten() {
        controls(child, found);
    }
}

/// The controls of a run by name.
pub fn controls_of(run: &Value) -> BTreeMap<String, &Value> {
    let mut found = Vec::new();
    controls(run, &mut found);
    let name = |control: &Value| control["control_id"].as_str().unwrap().rsplit('.').next().unwrap().to_owned();
    found.into_iter().map(|control| (name(control), control)).collect()
}

/// The statuses of a run. A control that ends in an error as a whole has one, without account and resource.
pub fn statuses(run: &Value) -> Statuses {
    let mut statuses = Statuses::new();
    for (name, control) in controls_of(run) {
        if control["run_error"].as_str().is_some_and(|error| !error.is_empty()) {
            statuses.insert((name, String::new(), String::new()), "error".to_owned());
            continue;
        }
        for row in control["results"].as_array().unwrap() {
            let dimensions = row["dimensions"].as_array().unwrap();
            let account = dimensions.iter().find(|d| d["key"] == "account_id").unwrap();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let key = (name.clone(), text(&account["value"]), text(&row["resource"]));
            let status = text(&row["status"]);
            assert!(statuses.insert(key.clone(), status).is_none(), "{key:?} has several rows");
        }
    }
    statuses
}

/// The statuses of the sample account, as the text of CIS v2.0.0 has them.
pub fn expected() -> Statuses {
    let text = fs::read_to_string(fixture("expected_cis_v200_1.json")).unwrap();
    let by_control: BTreeMap<String, BTreeMap<String, BTreeMap<String, Vec<String>>>> =
        serde_json::from_str(&text).unwrap();
    let mut expected = Statuses::new();
    for (control, accounts) in by_control {
        for (account, statuses) in accounts {
            for (status, resources) in statuses {
                for resource in resources {
                    expected.insert((control.clone(), account.clone(), resource), status.clone());
                }
            }
        }
    }
    expected
}

/// Fails with the differences.
#[track_caller]
pub fn assert_same(found: &Statuses, expected: &Statuses) {
    let mut differences = Vec::new();
    for key in found.keys().chain(expected.keys()).collect::<std::collections::BTreeSet<_>>() {
        if found.get(key) != expected.get(key) {
            differences.push(format!("{key:?}: {:?}, expected {:?}", found.get(key), expected.get(key)));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// A copy of the sample account, to be changed.
pub struct Sample(tempfile::TempDir);

impl Sample {
    pub fn copy() -> Self {
        fn copy(from: &Path, to: &Path) {
            fs::create_dir_all(to).unwrap();
            for entry in fs::read_dir(from).unwrap() {
                let entry = entry.unwrap();
                let to = to.join(entry.file_name());
                if entry.file_type().unwrap().is_dir() {
                    copy(&entry.path(), &to);
                } else {
                    fs::copy(entry.path(), to).unwrap();
                }
            }
        }
        let folder = tempfile::tempdir().unwrap();
        copy(&fixture("sample_account"), folder.path());
        Self(folder)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn remove(&self, file: &str) {
        fs::remove_file(self.path().join(file)).unwrap();
    }

    pub fn write(&self, file: &str, text: &str) {
        fs::write(self.path().join(file), text).unwrap();
    }

    /// Replaces a text, which must be there.
    #[track_caller]
    pub fn replace(&self, file: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path().join(file)).unwrap();
        assert!(text.contains(from), "{from:?} is not in {file}");
        self.write(file, &text.replace(from, to));
    }

    /// Replaces a text in all files of a folder.
    pub fn replace_all(&self, folder: &str, from: &str, to: &str) {
        let mut folders = vec![self.path().join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let text = fs::read_to_string(&path).unwrap();
                    fs::write(&path, text.replace(from, to)).unwrap();
                }
            }
        }
    }
}
