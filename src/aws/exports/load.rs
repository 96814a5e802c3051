//! From documents to tables.

use super::ExportError;
use super::accounts::{Owner, by_owner};
use super::coverage::Files;
use super::repetition::{drop_repeated, name_users};
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
/// When a file does not say what it is about, and nothing else does, and when two files contradict each other.
pub fn load(documents: Vec<Document>) -> Result<Load, ExportError> {
    let mut load = Load::default();
    for (owner, mut documents) in by_owner(documents)? {
        documents.sort_by(|a, b| (a.operation, &a.source).cmp(&(b.operation, &b.source)));
        name_users(&mut documents);
        name_keys(&mut documents)?;
        let mut documents = drop_repeated(documents)?;
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
        entries.push(TableLoad {
            table: table.to_string(),
            account_id,
            rows,
            state,
            missing_columns: missing,
            regions: Vec::new(),
        });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::exports::recognise;
    use std::path::Path;

    const ID: &str = r#"{"UserId": "I", "Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/x"}"#;

    fn tables(files: &[(&str, String)]) -> BTreeMap<String, TableLoad> {
        let id = [("id.json", ID.to_string())];
        let files = files.iter().chain(&id);
        let documents = files.flat_map(|(name, text)| recognise(Path::new(name), text.as_bytes()).unwrap().unwrap());
        load(documents.collect()).unwrap().entries.into_iter().map(|entry| (entry.table.clone(), entry)).collect()
    }

    /// Says why rows are missing, or else why a column is; nothing for a table that is complete.
    fn lacks(files: &[(&str, String)], table: &str, column: &str) -> String {
        let entry = tables(files).remove(table).unwrap_or_else(|| panic!("no {table}"));
        match entry.state.completeness {
            Completeness::Complete => entry.missing_columns.get(column).cloned().unwrap_or_default(),
            _ => entry.state.reason,
        }
    }

    fn arn(path: &str) -> String {
        format!("arn:aws:iam::111122223333:{path}")
    }

    fn user(name: &str, groups: &str) -> String {
        let arn = arn(&format!("user/{name}"));
        format!(
            r#"{{"UserName": "{name}", "UserId": "{name}", "Arn": "{arn}", "GroupList": [{groups}], "AttachedManagedPolicies": []}}"#
        )
    }

    fn role(policy: &str) -> String {
        let arn = arn("role/r");
        format!(
            r#"{{"RoleName": "r", "RoleId": "r", "Arn": "{arn}", "RolePolicyList": [], "AttachedManagedPolicies": [{{"PolicyArn": "{policy}"}}]}}"#
        )
    }

    /// A policy as the details have it, with or without its document.
    fn policy(arn: &str, document: &str) -> String {
        format!(
            r#"{{"PolicyName": "p", "Arn": "{arn}", "DefaultVersionId": "v1", "AttachmentCount": 1, "PolicyVersionList": [{{"VersionId": "v1", "Document": {document}}}]}}"#
        )
    }

    fn details(users: &str, groups: &str, roles: &str, policies: &str) -> (&'static str, String) {
        let body = format!(
            r#"{{"UserDetailList": [{users}], "GroupDetailList": [{groups}], "RoleDetailList": [{roles}], "Policies": [{policies}]}}"#
        );
        ("details.json", body)
    }

    fn listed(kind: &str, items: &str) -> (&'static str, String) {
        ("list.json", format!(r#"{{"{kind}": [{items}]}}"#))
    }

    fn report(rows: &str) -> (&'static str, String) {
        let header = "user,arn,password_enabled,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_2_active,access_key_2_last_rotated";
        ("report.csv", format!("{header}\n{rows}"))
    }

    fn keys(user: &str) -> String {
        format!(
            r#"{{"AccessKeyMetadata": [{{"UserName": "{user}", "AccessKeyId": "K{user}", "Status": "Active", "CreateDate": "2020-01-01T00:00:00Z"}}]}}"#
        )
    }

    #[test]
    fn empty_answers_do_not_stand_for_users_who_have_keys() {
        let has = |user: &str, active: &str, at: &str| {
            format!("{user},arn:aws:iam::111122223333:user/{user},false,false,{active},{at},false,N/A")
        };
        let rows = [
            has("ann", "true", "2020-01-01T00:00:00Z"),
            has("bob", "false", "N/A"),
            has("cid", "false", "2020-01-01T00:00:00Z"),
        ]
        .join("\n");
        let of = |keys: &[String]| {
            let files: Vec<_> = std::iter::once(report(&rows)).chain([("keys.json", keys.concat())]).collect();
            lacks(&files, "aws_iam_access_key", "")
        };
        let empty = r#"{"AccessKeyMetadata": []}"#.to_string();
        assert_eq!(of(&[keys("ann"), empty.clone(), keys("cid")]), "");
        let missing = "the output of `aws iam list-access-keys` is missing for";
        assert_eq!(of(&[keys("ann"), empty.clone(), empty.clone()]), format!("{missing} cid"));
        assert_eq!(of(&[empty.clone(), empty.clone(), empty.clone()]), format!("{missing} ann, cid"));
        let named = [report(&rows), ("keys-ann.json", keys("ann")), ("keys-cid.json", empty.clone())];
        assert_eq!(lacks(&named, "aws_iam_access_key", ""), "", "the key was deleted since the report was made");
        let none = [report(&has("bob", "false", "N/A"))];
        assert_eq!(lacks(&none, "aws_iam_access_key", ""), "", "nobody has a key");
    }

    #[test]
    fn without_a_report_every_user_must_have_an_answer() {
        let users = listed("Users", &[user("ann", ""), user("bob", "")].join(", "));
        let of = |more: &[(&'static str, String)]| {
            let files: Vec<_> = std::iter::once(users.clone()).chain(more.iter().cloned()).collect();
            lacks(&files, "aws_iam_access_key", "")
        };
        let empty = r#"{"AccessKeyMetadata": []}"#.to_string();
        assert!(of(&[("k", keys("ann"))]).ends_with("is missing for bob"));
        assert_eq!(of(&[("k", keys("ann") + &empty)]), "");
        let profiles = lacks(std::slice::from_ref(&users), "aws_iam_user", "login_profile");
        assert!(profiles.ends_with("`aws iam get-login-profile` is missing for ann, bob"), "{profiles}");
    }

    #[test]
    fn a_list_of_some_policies_hides_no_other() {
        let own = arn("policy/own");
        let aws = "arn:aws:iam::aws:policy/A";
        let both = [policy(&own, "{}"), policy(aws, "{}")].join(", ");
        let some = listed(
            "Policies",
            &format!(r#"{{"PolicyName": "A", "Arn": "{aws}", "DefaultVersionId": "v1", "AttachmentCount": 1}}"#),
        );
        let found = tables(&[details("", "", &role(aws), &both), some]);
        let arns: Vec<_> = found["aws_iam_policy"].rows.iter().map(|row| row["arn"].as_str().unwrap()).collect();
        assert_eq!(arns, [own.as_str(), aws]);
        assert!(!found["aws_iam_policy"].missing_columns.contains_key("policy_std"));
    }

    #[test]
    fn a_policy_without_its_document_leaves_the_column_unknown() {
        let own = arn("policy/own");
        for document in [r#""not json""#, "null"] {
            let files = [details("", "", &role(&own), &policy(&own, document))];
            let why = lacks(&files, "aws_iam_policy", "policy_std");
            assert!(why.ends_with(&format!("does not have the document of {own}")), "{why}");
        }
        let listed_only = listed(
            "Policies",
            &format!(r#"{{"PolicyName": "own", "Arn": "{own}", "DefaultVersionId": "v1", "AttachmentCount": 1}}"#),
        );
        let files = [
            details("", "", &role("arn:aws:iam::aws:policy/A"), &policy("arn:aws:iam::aws:policy/A", "{}")),
            listed_only,
        ];
        assert!(lacks(&files, "aws_iam_policy", "policy_std").ends_with(&format!("the document of {own}")));
    }

    #[test]
    fn what_a_filter_left_out_is_not_taken_for_nothing() {
        let aws = "arn:aws:iam::aws:policy/A";
        let (users, policies) = (user("ann", ""), policy(aws, "{}"));
        let filtered = |files: &[(&str, String)], table: &str| lacks(files, table, "").contains("without --filter");
        assert!(filtered(&[details(&users, "", "", &policies)], "aws_iam_role"));
        assert!(filtered(&[details("", "", &role(aws), &policies)], "aws_iam_user"));
        assert!(filtered(&[details(&users, "", &role(aws), "")], "aws_iam_group"));
        assert_eq!(lacks(&[details(&users, "", &role(aws), &policies)], "aws_iam_group", ""), "");
        let member = user("ann", r#""g""#);
        assert!(filtered(&[details(&member, "", &role(aws), &policies)], "aws_iam_group"));
        let unknown = lacks(&[details(&users, "", &role("arn:x"), &policies)], "aws_iam_policy", "");
        assert_eq!(unknown, "the files have nothing about the policy arn:x");
        let summary = (
            "s",
            r#"{"SummaryMap": {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0, "Users": 0, "Groups": 2}}"#
                .to_string(),
        );
        let files = [details("", "", &role(aws), &policies), summary];
        assert_eq!(lacks(&files, "aws_iam_user", ""), "", "there are none");
        assert!(filtered(&files, "aws_iam_group"));
    }

    #[test]
    fn files_that_disagree_leave_the_table_partial() {
        let aws = "arn:aws:iam::aws:policy/A";
        let all = details(&[user("ann", ""), user("bob", "")].join(", "), "", &role(aws), &policy(aws, "{}"));
        let why = lacks(&[all.clone(), listed("Users", &user("ann", ""))], "aws_iam_user", "");
        assert_eq!(why, "only one of `aws iam get-account-authorization-details` and `aws iam list-users` has bob");
        let row = "eve,arn:aws:iam::111122223333:user/eve,false,false,false,N/A,false,N/A";
        let why = lacks(&[report(row), listed("Users", &user("ann", ""))], "aws_iam_user", "");
        assert_eq!(why, "other files know eve, and `aws iam list-users` does not");
        let summary =
            ("s", r#"{"SummaryMap": {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0, "Users": 3}}"#.to_string());
        let why = lacks(&[all, summary], "aws_iam_user", "");
        assert_eq!(why, "the account has 3 users, as its summary says, and the files have 2");
    }
}
