//! Files that say the same twice, and files that contradict each other.
//!
//! A command that was run twice gives the same answer again, which is dropped. Where the second answer is another one,
//! the files are of different times, and nothing says which of them counts.

use super::ExportError;
use crate::aws::credential_report::ReportRow;
use crate::aws::documents::{Document, Operation};
use crate::aws::tables::report_rows;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Operations with one answer for an account, or for each subject.
const SINGLE: &[Operation] = &[
    Operation::GetCredentialReport,
    Operation::GetAccountSummary,
    Operation::GetAccountPasswordPolicy,
    Operation::ListAccountAliases,
    Operation::DescribeOrganization,
    Operation::GetContactInformation,
];
const FOR_EACH: &[Operation] = &[
    Operation::ListAccessKeys,
    Operation::GetAccessKeyLastUsed,
    Operation::GetLoginProfile,
    Operation::ListMFADevices,
    Operation::ListServiceSpecificCredentials,
    Operation::GetAlternateContact,
];

/// Lists by operation, with the member that tells their items apart.
const LISTS: &[(Operation, &str, &str)] = &[
    (Operation::GetAccountAuthorizationDetails, "UserDetailList", "Arn"),
    (Operation::GetAccountAuthorizationDetails, "GroupDetailList", "Arn"),
    (Operation::GetAccountAuthorizationDetails, "RoleDetailList", "Arn"),
    (Operation::GetAccountAuthorizationDetails, "Policies", "Arn"),
    (Operation::ListUsers, "Users", "Arn"),
    (Operation::ListRoles, "Roles", "Arn"),
    (Operation::ListPolicies, "Policies", "Arn"),
    (Operation::ListVirtualMFADevices, "VirtualMFADevices", "SerialNumber"),
    (Operation::ListServerCertificates, "ServerCertificateMetadataList", "Arn"),
    (Operation::ListInstanceProfiles, "InstanceProfiles", "Arn"),
    (Operation::ListSAMLProviders, "SAMLProviderList", "Arn"),
    (Operation::ListOpenIDConnectProviders, "OpenIDConnectProviderList", "Arn"),
    (Operation::ListAnalyzers, "analyzers", "arn"),
    (Operation::DescribeRegions, "Regions", "RegionName"),
    (Operation::DescribeInstances, "Instances", "InstanceId"),
    (Operation::DescribeInstanceStatus, "InstanceStatuses", "InstanceId"),
];

/// Drops what is there twice.
///
/// # Errors
///
/// When two files say different things of the same.
pub fn drop_repeated(documents: Vec<Document>) -> Result<Vec<Document>, ExportError> {
    let mut kept: Vec<Document> = Vec::new();
    let mut answered: BTreeMap<(Operation, Option<String>), usize> = BTreeMap::new();
    let mut items: BTreeMap<(Operation, String), (String, Value)> = BTreeMap::new();
    for mut document in documents {
        let asked = SINGLE.contains(&document.operation)
            || (FOR_EACH.contains(&document.operation) && document.subject.is_some());
        if asked {
            let key = (document.operation, document.subject.clone());
            if let Some(first) = answered.get(&key).and_then(|at| kept.get_mut(*at)) {
                if !say_the_same(first, &document) {
                    let what = document.subject.clone().map_or_else(String::new, |subject| format!(" about {subject}"));
                    let what = format!("the answer to {}{what}", document.operation.name());
                    return Err(contradiction(&document, &first.source, &what));
                }
                if first.body.get("GeneratedTime").is_none() && document.body.get("GeneratedTime").is_some() {
                    *first = document;
                }
                continue;
            }
            answered.insert(key, kept.len());
        }
        drop_items(&mut document, &mut items)?;
        kept.push(document);
    }
    Ok(kept)
}

/// Whether two answers say the same; a report may have the form of CSV or of JSON.
fn say_the_same(one: &Document, other: &Document) -> bool {
    if one.operation != Operation::GetCredentialReport {
        return one.body == other.body;
    }
    let (one, other) = (report_rows(one).unwrap_or_default(), report_rows(other).unwrap_or_default());
    one.iter().map(ReportRow::values).eq(other.iter().map(ReportRow::values))
}

fn contradiction(document: &Document, first: &str, what: &str) -> ExportError {
    let reason = if document.source == first {
        format!("{what} is there twice, and not the same; it is of different times: keep one of them")
    } else {
        format!(
            "{what} is in {first} too, and is not the same there; the files are of different times: keep one of them"
        )
    };
    ExportError { path: PathBuf::from(&document.source), line: None, reason }
}

/// Drops the items that an earlier document has.
fn drop_items(
    document: &mut Document,
    seen: &mut BTreeMap<(Operation, String), (String, Value)>,
) -> Result<(), ExportError> {
    let operation = document.operation;
    let mut found: Vec<((Operation, String), Value)> = Vec::new();
    let mut other: Option<(String, String)> = None;
    for (_, list, member) in LISTS.iter().filter(|(of, ..)| *of == operation) {
        for items in lists(&mut document.body, list) {
            items.retain(|item| {
                let Some(id) = item.get(*member).and_then(Value::as_str) else { return true };
                let key = (operation, format!("{list} {id}"));
                match seen.get(&key) {
                    None => {
                        found.push((key, item.clone()));
                        true
                    }
                    Some((source, first)) => {
                        if first != item {
                            other.get_or_insert((source.clone(), id.to_string()));
                        }
                        false
                    }
                }
            });
        }
    }
    if let Some((source, id)) = other {
        return Err(contradiction(document, &source, &id));
    }
    seen.extend(found.into_iter().map(|(key, item)| (key, (document.source.clone(), item))));
    Ok(())
}

/// Returns the lists of a name in an answer: at its top, or in each reservation.
fn lists<'v>(body: &'v mut Value, name: &str) -> Vec<&'v mut Vec<Value>> {
    if name == "Instances" {
        let reservations = body.get_mut("Reservations").and_then(Value::as_array_mut).into_iter().flatten();
        return reservations.filter_map(|reservation| reservation.get_mut(name)?.as_array_mut()).collect();
    }
    body.get_mut(name).and_then(Value::as_array_mut).into_iter().collect()
}

/// Returns the users that any file knows.
fn users(documents: &[Document]) -> Vec<String> {
    let mut users: Vec<String> = Vec::new();
    for document in documents {
        let list = match document.operation {
            Operation::ListUsers => "Users",
            Operation::GetAccountAuthorizationDetails => "UserDetailList",
            Operation::GetCredentialReport => {
                users.extend(report_rows(document).into_iter().flatten().map(|row| row.user().to_string()));
                continue;
            }
            _ => continue,
        };
        let items = document.body.get(list).and_then(Value::as_array).into_iter().flatten();
        users.extend(items.filter_map(|user| Some(user.get("UserName")?.as_str()?.to_string())));
    }
    users
}

/// Gives empty answers, which do not say whom they are about, the user that their file is named after.
pub fn name_users(documents: &mut [Document]) {
    let users = users(documents);
    let mut of_source: BTreeMap<String, usize> = BTreeMap::new();
    for document in documents.iter() {
        *of_source.entry(document.source.clone()).or_default() += 1;
    }
    let asked = [
        Operation::ListAccessKeys,
        Operation::ListMFADevices,
        Operation::ListServiceSpecificCredentials,
        Operation::GetLoginProfile,
    ];
    for document in documents.iter_mut() {
        let is_alone = of_source.get(&document.source) == Some(&1);
        if is_alone && document.subject.is_none() && asked.contains(&document.operation) {
            document.subject = user_in(&document.source, &users);
        }
    }
}

/// Finds the longest user name that stands in a file's name as words of its own.
fn user_in(source: &str, users: &[String]) -> Option<String> {
    let name = PathBuf::from(source).file_name()?.to_string_lossy().into_owned();
    let ends_word = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let is_named = |user: &&String| {
        name.match_indices(user.as_str()).any(|(at, found)| {
            let before = name.get(..at).and_then(|text| text.chars().next_back());
            let after = name.get(at + found.len()..).and_then(|text| text.chars().next());
            ends_word(before) && ends_word(after)
        })
    };
    users.iter().filter(|user| !user.is_empty()).filter(is_named).max_by_key(|user| user.len()).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::exports::recognise;
    use std::path::Path;

    fn documents(files: &[(&str, &str)]) -> Vec<Document> {
        files.iter().flat_map(|(name, text)| recognise(Path::new(name), text.as_bytes()).unwrap().unwrap()).collect()
    }

    const HEADER: &str = "user,arn,password_enabled,mfa_active,access_key_1_active,access_key_2_active";

    #[test]
    fn the_same_answer_counts_once() {
        let keys = r#"{"AccessKeyMetadata": [{"UserName": "a", "AccessKeyId": "K", "Status": "Active", "CreateDate": "2020-01-01T00:00:00Z"}]}"#;
        let users = r#"{"Users": [{"UserName": "a", "UserId": "I", "Arn": "arn:a"}]}"#;
        let report = format!("{HEADER}\na,arn,true,true,false,false");
        let json = format!(
            r#"{{"Content": "{}", "ReportFormat": "text/csv", "GeneratedTime": "2020-01-01T00:00:00Z"}}"#,
            base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &report)
        );
        let crlf = report.replace('\n', "\r\n");
        let files = [("k", keys), ("l", keys), ("u", users), ("v", users), ("r.csv", crlf.as_str()), ("r.json", &json)];
        let kept = drop_repeated(documents(&files)).unwrap();
        let items = |d: &Document| d.body.get("Users").and_then(Value::as_array).map_or(1, Vec::len);
        let found: Vec<_> = kept.iter().map(|d| (d.source.as_str(), items(d))).collect();
        assert_eq!(found, [("k", 1), ("u", 1), ("v", 0), ("r.json", 1)], "the answer that tells its time is kept");
    }

    #[test]
    fn another_answer_is_an_error_that_names_both_files() {
        let error = |files: &[(&str, &str)]| {
            let error = drop_repeated(documents(files)).unwrap_err();
            (error.path.display().to_string(), error.reason)
        };
        let key = |status: &str| {
            format!(
                r#"{{"AccessKeyMetadata": [{{"UserName": "a", "AccessKeyId": "K", "Status": "{status}", "CreateDate": "2020-01-01T00:00:00Z"}}]}}"#
            )
        };
        let (path, reason) = error(&[("old", &key("Active")), ("new", &key("Inactive"))]);
        assert_eq!(path, "new");
        assert!(reason.starts_with("the answer to ListAccessKeys about a is in old too"), "{reason}");
        let report = |mfa: &str| format!("{HEADER}\na,arn,true,{mfa},false,false");
        let (path, reason) = error(&[("1.csv", &report("true")), ("2.csv", &report("false"))]);
        assert_eq!(path, "2.csv");
        assert!(reason.starts_with("the answer to GetCredentialReport is in 1.csv too"), "{reason}");
        let user = |id: &str| format!(r#"{{"Users": [{{"UserName": "a", "UserId": "{id}", "Arn": "arn:a"}}]}}"#);
        assert!(error(&[("u", &user("1")), ("v", &user("2"))]).1.starts_with("arn:a is in u too"));
        let policy = r#"{"PasswordPolicy": {"MinimumPasswordLength": 14}}"#;
        let none = "An error occurred (NoSuchEntity) when calling the GetAccountPasswordPolicy operation: none";
        assert!(error(&[("p", policy), ("q", none)]).1.contains("GetAccountPasswordPolicy is in p too"));
    }

    #[test]
    fn an_empty_answer_is_of_the_user_in_its_file_name() {
        let users: Vec<String> = ["ann", "ann.b", "c@d.org", "x"].map(String::from).to_vec();
        let cases = [
            ("keys-ann.json", Some("ann")),
            ("f/keys-ann.b.json", Some("ann.b")),
            ("c@d.org", Some("c@d.org")),
            ("anna.json", None),
            ("ann/keys.json", None),
            ("x.json", Some("x")),
        ];
        for (source, user) in cases {
            assert_eq!(user_in(source, &users).as_deref(), user, "{source}");
        }
    }
}
