//! From documents to tables.

use super::ExportError;
use super::accounts::{Owner, by_owner};
use super::coverage::Files;
use crate::aws::collect::plan;
use crate::aws::credential_report::hides_inactive_keys;
use crate::aws::documents::{Document, Operation, Scope};
use crate::aws::tables::{self, Answers};
use crate::inventory::{AccountFacts, Load, Row, TableLoad};
use crate::model::run::{Completeness, TableState};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Makes tables of the documents of any number of files, each account's for itself.
///
/// A table that no file speaks of is not in the result.
///
/// # Errors
///
/// When a file does not say what it is about, and nothing else does.
pub fn load(documents: Vec<Document>) -> Result<Load, ExportError> {
    let mut load = Load::default();
    for (owner, mut documents) in by_owner(documents)? {
        documents.sort_by(|a, b| (a.operation, &a.source).cmp(&(b.operation, &b.source)));
        name_keys(&mut documents)?;
        complete_from_report(&mut documents);
        for document in &mut documents {
            document.account_id = Some(owner.account_id.clone());
        }
        let scope = scope(&owner, &documents);
        let rows = tables::build(&scope, &documents).rows;
        if !owner.account_id.is_empty() {
            load.accounts.push(facts(&owner, &documents));
        }
        load.entries.extend(entries(&owner, &documents, &Answers::new(&scope, &documents), rows));
    }
    load.entries.sort_by(|a, b| (&a.table, &a.account_id).cmp(&(&b.table, &b.account_id)));
    Ok(load)
}

/// Gives answers about the last use of a key their key: the only one of the user, unless the file's name has it.
fn name_keys(documents: &mut [Document]) -> Result<(), ExportError> {
    let keys = keys(documents);
    for document in documents.iter_mut() {
        if document.operation != Operation::GetAccessKeyLastUsed || document.subject.is_some() {
            continue;
        }
        let user = document.body.get("UserName").and_then(Value::as_str).unwrap_or_default();
        let mut of_user = keys.iter().filter(|key| key.user == user);
        document.subject = match (of_user.next(), of_user.next()) {
            (Some(key), None) => Some(key.id.clone()),
            (first, _) => {
                let why = if first.is_some() { "has several" } else { "has none in the files" };
                let reason = format!(
                    "it does not say which access key it is about, and the user {user} {why}; \
                     put the key's id into the name of the file"
                );
                return Err(ExportError { path: PathBuf::from(&document.source), line: None, reason });
            }
        };
    }
    Ok(())
}

struct Key {
    user: String,
    id: String,
    created: String,
}

fn keys(documents: &[Document]) -> Vec<Key> {
    let answers = documents.iter().filter(|d| d.operation == Operation::ListAccessKeys);
    let keys = answers.filter_map(|d| d.body.get("AccessKeyMetadata")?.as_array()).flatten();
    let text = |key: &Value, member: &str| key.get(member).and_then(Value::as_str).unwrap_or_default().to_string();
    keys.map(|key| Key { user: text(key, "UserName"), id: text(key, "AccessKeyId"), created: text(key, "CreateDate") })
        .collect()
}

/// Adds what the credential report knows and a file of its own would say.
fn complete_from_report(documents: &mut Vec<Document>) {
    let Some(report) = documents.iter().find(|d| d.operation == Operation::GetCredentialReport) else { return };
    let rows = tables::report_rows(report).unwrap_or_default();
    let template = report.clone();
    let add = |operation: Operation, subject: &str, body: Value| Document {
        operation,
        subject: Some(subject.to_string()),
        body,
        ..template.clone()
    };
    let known = |operation: Operation| -> BTreeSet<&str> {
        documents.iter().filter(|d| d.operation == operation).filter_map(|d| d.subject.as_deref()).collect()
    };
    let mut added = Vec::new();
    let devices = known(Operation::ListMFADevices);
    if !devices.is_empty() {
        let without = rows.iter().filter(|row| !row.is_root() && !row.has_mfa() && !devices.contains(row.user()));
        added.extend(without.map(|row| add(Operation::ListMFADevices, row.user(), json!({"MFADevices": []}))));
    }
    let used = known(Operation::GetAccessKeyLastUsed);
    let keys = keys(documents);
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for key in &keys {
        *count.entry(key.user.as_str()).or_default() += 1;
    }
    let hidden = hides_inactive_keys(&rows);
    let by_user: BTreeMap<&str, _> = rows.iter().map(|row| (row.user(), row)).collect();
    for key in
        keys.iter().filter(|key| !hidden && !used.contains(key.id.as_str()) && count.get(key.user.as_str()) == Some(&1))
    {
        let last = by_user.get(key.user.as_str()).and_then(|row| row.last_use_of_only_key(&key.created));
        if let Some(last) = last {
            let body = json!({"UserName": key.user, "AccessKeyLastUsed": last});
            added.push(add(Operation::GetAccessKeyLastUsed, &key.id, body));
        }
    }
    documents.extend(added);
}

fn scope(owner: &Owner, documents: &[Document]) -> Scope {
    // That instances of a region are missing, their table says itself.
    let analyzers = || regions_of(documents, Operation::ListAnalyzers, analyzers_region);
    let instances =
        || regions_of(documents, Operation::DescribeInstances, |d| tables::region_of(d).map(str::to_string));
    let regions = analyzers().or_else(instances).unwrap_or_default();
    Scope {
        account_id: owner.account_id.clone(),
        partition: if owner.partition.is_empty() { "aws".to_string() } else { owner.partition.clone() },
        connection_name: "aws".to_string(),
        default_region: None,
        regions: regions.into_iter().collect(),
    }
}

/// Returns the regions of the answers to an operation; nothing where there are no answers.
fn regions_of(
    documents: &[Document],
    operation: Operation,
    region: impl Fn(&Document) -> Option<String>,
) -> Option<BTreeSet<String>> {
    let mut answers = documents.iter().filter(|document| document.operation == operation).peekable();
    answers.peek()?;
    Some(answers.filter_map(region).collect())
}

/// Returns the region of an answer about analyzers: the file's name has it, or the ARN of an analyzer.
fn analyzers_region(document: &Document) -> Option<String> {
    let of_arn = || document.body.get("analyzers")?.get(0)?.get("arn")?.as_str()?.split(':').nth(3);
    document.region.as_deref().or_else(of_arn).map(str::to_string)
}

fn facts(owner: &Owner, documents: &[Document]) -> AccountFacts {
    let first = |operation: Operation, pointer: &str| {
        let document = documents.iter().find(|d| d.operation == operation)?;
        document.body.pointer(pointer)?.as_str().map(str::to_string)
    };
    AccountFacts {
        id: owner.account_id.clone(),
        alias: first(Operation::ListAccountAliases, "/AccountAliases/0").unwrap_or_default(),
        caller: first(Operation::GetCallerIdentity, "/Arn").unwrap_or_default(),
    }
}

fn entries(
    owner: &Owner,
    documents: &[Document],
    answers: &Answers<'_>,
    mut rows: BTreeMap<String, Vec<Row>>,
) -> Vec<TableLoad> {
    let files = Files { documents, answers, has_account: !owner.account_id.is_empty() };
    let mut entries = Vec::new();
    for table in plan::tables() {
        let Some(recipe) = plan::recipe(table) else { continue };
        if !recipe.rows.iter().all(|need| files.has_rows_for(*need)) {
            continue;
        }
        let mut rows = rows.remove(table).unwrap_or_default();
        let why: Vec<String> = recipe.rows.iter().filter_map(|need| files.missing_rows(*need)).collect();
        let mut missing = BTreeMap::new();
        if why.is_empty() {
            for (column, needs) in &recipe.columns {
                let why: Vec<String> = needs.iter().filter_map(|need| files.missing_column(*need)).collect();
                if !why.is_empty() {
                    missing.insert(column.clone(), why.join("; "));
                }
            }
        }
        for row in &mut rows {
            row.retain(|column, _| !missing.contains_key(column));
        }
        let completeness = if why.is_empty() { Completeness::Complete } else { Completeness::Partial };
        let needs: BTreeSet<Operation> = recipe.rows.iter().map(|need| need.operation()).collect();
        let state = state(table, owner, completeness, why.join("; "), &needs, documents);
        let account_id = owner.account_id.clone();
        entries.push(TableLoad { table: table.to_string(), account_id, rows, state, missing_columns: missing });
    }
    entries
}

fn state(
    table: &str,
    owner: &Owner,
    completeness: Completeness,
    reason: String,
    operations: &BTreeSet<Operation>,
    documents: &[Document],
) -> TableState {
    let is_source =
        |d: &&Document| operations.contains(&d.operation) || d.operation == Operation::GetAccountAuthorizationDetails;
    let direct: Vec<&Document> = documents.iter().filter(|d| operations.contains(&d.operation)).collect();
    let used: Vec<&Document> = if direct.is_empty() { documents.iter().filter(is_source).collect() } else { direct };
    let sources: BTreeSet<&str> = used.iter().map(|d| d.source.as_str()).collect();
    let mut names: Vec<&str> = sources.iter().take(3).copied().collect();
    let hidden = sources.len().saturating_sub(names.len());
    let more = format!("{hidden} more {}", if hidden == 1 { "file" } else { "files" });
    if hidden > 0 {
        names.push(&more);
    }
    TableState {
        table: table.to_string(),
        account_id: owner.account_id.clone(),
        completeness,
        // The oldest file says how old the table is.
        collected_at: used.iter().filter_map(|d| d.collected_at).min(),
        source: names.join(", "),
        reason,
    }
}
