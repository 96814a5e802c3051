//! Reading exports into an inventory: a folder, or one file, of table rows and of AWS CLI output.
//!
//! Everything is read in one transaction: a file that cannot be read leaves the inventory as it was.
//!
//! * [`jsonl`]: `<table>.jsonl`, rows in table shape.
//! * `aws::exports`: output of AWS CLI commands, recognised by its contents.
//! * [`files`]: which files there are, and when they were made.

mod error;
mod files;
mod jsonl;

pub use error::ImportError;

use super::file::Inventory;
use super::load::Load;
use super::write::Writing;
use crate::aws::documents::Document;
use crate::aws::exports;
use crate::model::run::{Completeness, TableState};
use files::{Found, Kind};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What an import read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportReport {
    /// The files that were read.
    pub files: Vec<PathBuf>,
    /// Rows by table.
    pub tables: BTreeMap<String, u64>,
    /// What was left out, one sentence a table.
    pub notes: Vec<String>,
}

/// Reads a folder, with its folders, or a single file into an inventory. Tables that the files give replace what the
/// inventory has of them; other tables stay.
///
/// # Errors
///
/// When a file cannot be read, is not known, is cut short or holds a row that does not fit, with file and line; when
/// two files give the same table; when there is nothing to read. The inventory is then as before.
pub fn import_dir(source: &Path, into: &mut Inventory) -> Result<ImportReport, ImportError> {
    let found = files::find(source)?;
    let mut report = ImportReport::default();
    let mut tables: BTreeMap<String, Vec<Found>> = BTreeMap::new();
    let mut documents = Vec::new();
    for file in found {
        report.files.push(file.path.clone());
        match &file.kind {
            Kind::Rows(table) => tables.entry(table.clone()).or_default().push(file),
            Kind::Other => documents.extend(recognise(&file)?),
        }
    }
    let load = load_exports(source, documents)?;
    for entry in &load.entries {
        if let Some(file) = tables.get(&entry.table).and_then(|files| files.first()) {
            let reason = format!("{} comes from {} too; remove one of them", entry.table, entry.state.source);
            return Err(ImportError::Content { path: file.path.clone(), line: None, reason });
        }
        *report.tables.entry(entry.table.clone()).or_default() += entry.rows.len() as u64;
    }
    let mut writing = into.begin()?;
    writing.put(&load, &source.display().to_string())?;
    let mut accounts: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    for (table, files) in &tables {
        let rows = jsonl::read(source, table, files, &mut writing)?;
        for (folder, found) in rows.accounts {
            accounts.entry(folder).or_default().extend(found);
        }
        report.tables.insert(table.clone(), rows.count);
        if !rows.unknown.is_empty() {
            let names: Vec<&str> = rows.unknown.iter().map(String::as_str).collect();
            let columns = if names.len() == 1 { "column" } else { "columns" };
            report.notes.push(format!("{table}: left out unknown {columns} {}", names.join(", ")));
        }
    }
    for (table, files) in &tables {
        leave_out(source, table, files, &accounts, &mut writing)?;
    }
    // Its own name only: what lies above it tells about the machine, and messages come into reports.
    let whole = source.canonicalize().unwrap_or_else(|_| source.to_path_buf());
    let name = whole.file_name().unwrap_or(source.as_os_str()).to_string_lossy();
    writing.commit(&format!("import of {name}"))?;
    Ok(report)
}

/// Notes the accounts that a table says nothing of: a folder of an account without the table's file does not say that
/// the account has no rows in it.
fn leave_out(
    source: &Path,
    table: &str,
    files: &[Found],
    accounts: &BTreeMap<PathBuf, BTreeSet<String>>,
    writing: &mut Writing<'_>,
) -> Result<(), ImportError> {
    let with_file: BTreeSet<PathBuf> = files.iter().map(jsonl::folder_of).collect();
    let known: BTreeSet<&String> =
        accounts.iter().filter(|(folder, _)| with_file.contains(*folder)).flat_map(|(_, ids)| ids).collect();
    for (folder, ids) in accounts.iter().filter(|(folder, _)| !with_file.contains(*folder)) {
        for account in ids.iter().filter(|id| !known.contains(id)) {
            let place = folder.strip_prefix(source).unwrap_or(folder).join(format!("{table}.jsonl"));
            let state = TableState {
                table: table.to_owned(),
                account_id: account.clone(),
                completeness: Completeness::NotCollected,
                collected_at: None,
                source: String::new(),
                reason: format!("there is no {}", place.display()),
            };
            writing.note_absence(&state)?;
        }
    }
    Ok(())
}

/// Reads the output of AWS CLI commands in a file.
fn recognise(file: &Found) -> Result<Vec<Document>, ImportError> {
    let bytes = std::fs::read(&file.path).map_err(|e| files::io(&file.path, &e))?;
    let found = exports::recognise(&file.path, &bytes)?;
    let mut documents = found.ok_or_else(|| ImportError::Unknown(file.path.clone()))?;
    for document in &mut documents {
        document.collected_at = document.collected_at.or(file.collected_at);
    }
    Ok(documents)
}

/// Makes tables of AWS CLI output; files are named as they are in the folder, wherever that is.
fn load_exports(source: &Path, documents: Vec<Document>) -> Result<Load, ImportError> {
    let mut load = exports::load(documents)?;
    let folder = format!("{}{}", source.display(), std::path::MAIN_SEPARATOR);
    for entry in &mut load.entries {
        entry.state.source = entry.state.source.replace(&folder, "");
    }
    Ok(load)
}

/// Returns the AWS CLI commands whose output gives a table.
pub(super) fn export_commands(table: &str) -> &'static [&'static str] {
    match table {
        "aws_account" => &["aws sts get-caller-identity"],
        "aws_account_alternate_contact" => &["aws account get-alternate-contact"],
        "aws_iam_account_summary" => &["aws iam get-account-summary"],
        "aws_iam_account_password_policy" => &["aws iam get-account-password-policy"],
        "aws_iam_credential_report" => &["aws iam get-credential-report"],
        "aws_iam_user" => &["aws iam get-account-authorization-details"],
        "aws_iam_access_key" => &["aws iam list-access-keys", "aws iam get-access-key-last-used"],
        "aws_iam_group" | "aws_iam_role" | "aws_iam_policy" | "aws_iam_policy_attachment" => {
            &["aws iam get-account-authorization-details"]
        }
        "aws_iam_virtual_mfa_device" => &["aws iam list-virtual-mfa-devices"],
        "aws_iam_server_certificate" => &["aws iam list-server-certificates"],
        "aws_accessanalyzer_analyzer" => &["aws accessanalyzer list-analyzers"],
        "aws_region" => &["aws ec2 describe-regions --all-regions"],
        "aws_ec2_instance" => &["aws ec2 describe-instances"],
        _ => &[],
    }
}
