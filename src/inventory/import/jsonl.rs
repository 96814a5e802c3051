//! `<table>.jsonl`: one row a line, as a JSON object in the table's shape.

use super::error::ImportError;
use super::files::{Found, io};
use crate::inventory::load::{AccountFacts, Row};
use crate::inventory::write::Writing;
use crate::model::run::{Completeness, TableState};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

/// What was read of one table.
pub(super) struct Rows {
    /// How many rows.
    pub count: u64,
    /// Columns that the table does not have, which were left out: files may come from another version of its plugin.
    pub unknown: BTreeSet<String>,
    /// The accounts of the rows, by the folder of their file.
    pub accounts: BTreeMap<PathBuf, BTreeSet<String>>,
}

/// Reads the files of one table, which together are the whole table of all accounts.
pub(super) fn read(
    source: &Path,
    table: &str,
    files: &[Found],
    writing: &mut Writing<'_>,
) -> Result<Rows, ImportError> {
    let mut accounts = Vec::new();
    let mut unknown = BTreeSet::new();
    let mut rows = 0;
    let mut of_folders: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    let mut writer = writing.table(table, "")?;
    let name = |f: &Found| f.path.strip_prefix(source).unwrap_or(&f.path).display().to_string();
    let mut seen: HashMap<u64, usize> = HashMap::new();
    for (number, file) in files.iter().enumerate() {
        let mut reader = BufReader::with_capacity(1 << 16, File::open(&file.path).map_err(|e| io(&file.path, &e))?);
        let of_folder = of_folders.entry(folder_of(file)).or_default();
        let mut text = Vec::new();
        for line in 1.. {
            text.clear();
            if reader.read_until(b'\n', &mut text).map_err(|e| io(&file.path, &e))? == 0 {
                break;
            }
            if text.trim_ascii().is_empty() {
                continue;
            }
            let mut row: Row = serde_json::from_slice(&text).map_err(|e| ImportError::Content {
                path: file.path.clone(),
                line: Some(line),
                reason: reason(&e),
            })?;
            row.retain(|column, _| {
                let known = writer.has_column(column);
                if !known && !unknown.contains(column) {
                    unknown.insert(column.clone());
                }
                known
            });
            if files.len() > 1
                && let first = *seen.entry(identity(&row)).or_insert(number)
                && first != number
            {
                let other = files.get(first).map(&name).unwrap_or_default();
                let what = row.get("arn").and_then(Value::as_str).unwrap_or("the row");
                let reason =
                    format!("{what} is in {other} too, and would be counted twice: leave one of the files out");
                return Err(ImportError::Content { path: file.path.clone(), line: Some(line), reason });
            }
            writer.insert(&row, || format!("{}:{line}", file.path.display()))?;
            rows += 1;
            if let Some(account) = row.get("account_id").and_then(Value::as_str).filter(|id| !of_folder.contains(*id)) {
                of_folder.insert(account.to_owned());
            }
            if table == "aws_account" {
                accounts.extend(facts(&row));
            }
        }
    }
    let state = TableState {
        table: table.to_owned(),
        account_id: String::new(),
        completeness: Completeness::Complete,
        collected_at: files.iter().filter_map(|f| f.collected_at).max(),
        source: files.iter().map(name).filter(|n| !n.is_empty()).collect::<Vec<_>>().join(", "),
        reason: String::new(),
    };
    writer.finish(&state, &BTreeMap::new())?;
    for facts in accounts {
        writing.account(&facts)?;
    }
    Ok(Rows { count: rows, unknown, accounts: of_folders })
}

/// Returns a number that tells a row from others: of what it is about where it has an ARN, of all that it says elsewhere.
fn identity(row: &Row) -> u64 {
    let mut hash = DefaultHasher::new();
    match row.get("arn").and_then(Value::as_str) {
        Some(arn) => (arn, ["account_id", "region"].map(|c| row.get(c).and_then(Value::as_str))).hash(&mut hash),
        None => {
            let members: BTreeMap<&String, String> = row.iter().map(|(k, v)| (k, v.to_string())).collect();
            members.hash(&mut hash);
        }
    }
    hash.finish()
}

/// Returns the folder of a file.
pub(super) fn folder_of(file: &Found) -> PathBuf {
    file.path.parent().unwrap_or(Path::new("")).to_owned()
}

/// What a row of `aws_account` tells of the account.
fn facts(row: &Row) -> Option<AccountFacts> {
    let id = row.get("account_id")?.as_str()?.to_owned();
    let alias = row.get("account_aliases").and_then(|a| a.get(0)?.as_str()).unwrap_or_default().to_owned();
    Some(AccountFacts { id, alias, caller: String::new() })
}

/// Says what is wrong with JSON text, in words that fit one line of a file.
pub(super) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    match error.classify() {
        serde_json::error::Category::Eof => "the JSON text is cut short".to_owned(),
        serde_json::error::Category::Data => format!("expected a JSON object: {text}"),
        _ => format!("not JSON: {text} at column {}", error.column()),
    }
}
