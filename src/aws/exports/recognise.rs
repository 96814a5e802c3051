//! Which call a file is the answer to.

use super::ExportError;
use super::locate::{Step, line_of};
use super::shape::{self, Wrong};
use crate::aws::credential_report::{self, ReportError};
use crate::aws::documents::{Document, Operation};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::path::Path;

/// Answers that one member gives away: its name, whether it is a list, and the operation.
const SIGNS: &[(&str, bool, Operation)] = &[
    ("UserDetailList", true, Operation::GetAccountAuthorizationDetails),
    ("RoleDetailList", true, Operation::GetAccountAuthorizationDetails),
    ("GroupDetailList", true, Operation::GetAccountAuthorizationDetails),
    ("Users", true, Operation::ListUsers),
    ("Roles", true, Operation::ListRoles),
    ("Policies", true, Operation::ListPolicies),
    ("AccessKeyMetadata", true, Operation::ListAccessKeys),
    ("AccessKeyLastUsed", false, Operation::GetAccessKeyLastUsed),
    ("SummaryMap", false, Operation::GetAccountSummary),
    ("PasswordPolicy", false, Operation::GetAccountPasswordPolicy),
    ("VirtualMFADevices", true, Operation::ListVirtualMFADevices),
    ("MFADevices", true, Operation::ListMFADevices),
    ("LoginProfile", false, Operation::GetLoginProfile),
    ("ServerCertificateMetadataList", true, Operation::ListServerCertificates),
    ("ServerCertificate", false, Operation::GetServerCertificate),
    ("InstanceProfiles", true, Operation::ListInstanceProfiles),
    ("SAMLProviderList", true, Operation::ListSAMLProviders),
    ("OpenIDConnectProviderList", true, Operation::ListOpenIDConnectProviders),
    ("ServiceSpecificCredentials", true, Operation::ListServiceSpecificCredentials),
    ("AccountAliases", true, Operation::ListAccountAliases),
    ("Organization", false, Operation::DescribeOrganization),
    ("AlternateContact", false, Operation::GetAlternateContact),
    ("ContactInformation", false, Operation::GetContactInformation),
    ("analyzers", true, Operation::ListAnalyzers),
    ("Regions", true, Operation::DescribeRegions),
    ("Reservations", true, Operation::DescribeInstances),
    ("InstanceStatuses", true, Operation::DescribeInstanceStatus),
];

/// Members that hold policy documents; tools other than the CLI leave them encoded.
const DOCUMENTS: &[&str] = &["Document", "PolicyDocument", "AssumeRolePolicyDocument"];

/// Returns the answers in a file, or nothing when it holds something else.
///
/// JSON may hold several answers one after the other (as a shell loop writes them) or in a list. The credential report
/// is read as CSV too, and as the base64 that `--query Content` prints. Text may be UTF-8 or, as PowerShell writes it,
/// UTF-16 with a byte order mark.
///
/// # Errors
///
/// When the file is an answer and cannot be read to its end, is the first page of several, or lacks what every answer
/// of its kind has.
pub fn recognise(path: &Path, bytes: &[u8]) -> Result<Option<Vec<Document>>, ExportError> {
    let fault = |line: Option<u64>, reason: String| ExportError { path: path.to_owned(), line, reason };
    let Some(text) = text_of(bytes) else { return Ok(None) };
    let text = text.trim_end();
    let begin = text.trim_start();
    if begin.is_empty() {
        return Err(fault(None, "the file is empty; the command that wrote it may have failed".to_string()));
    }
    if is_report(begin) {
        credential_report::parse(text.as_bytes()).map_err(|error| report_fault(path, &error))?;
        let body = json!({"Content": STANDARD.encode(text), "ReportFormat": "text/csv"});
        return Ok(Some(vec![document(path, Operation::GetCredentialReport, None, body)]));
    }
    if let Some(body) = encoded_report(begin) {
        return report(path, body).map(|document| Some(vec![document])).map_err(|reason| fault(Some(1), reason));
    }
    if !begin.starts_with(['{', '[']) && cli_error(path, begin).is_none() {
        return Ok(None);
    }
    let mut documents = Vec::new();
    let mut at = text.len() - begin.len();
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let (found, length) = next_answers(path, text, at, rest)?;
        match found {
            Some(found) => documents.extend(found),
            None if documents.is_empty() => return Ok(None),
            None => {
                let reason = "the file holds answers that are known and something that is not".to_string();
                return Err(fault(Some(line_of(text, at, &[])), reason));
            }
        }
        let after = rest.get(length..).unwrap_or_default();
        at = text.len() - after.trim_start().len();
    }
    Ok((!documents.is_empty()).then_some(documents))
}

/// Reads what stands first in the rest of a file, and returns its length with it: JSON, or what the CLI prints instead.
fn next_answers(path: &Path, text: &str, at: usize, rest: &str) -> Result<(Option<Vec<Document>>, usize), ExportError> {
    let fault = |line: u64, reason: String| ExportError { path: path.to_owned(), line: Some(line), reason };
    if !rest.starts_with(['{', '[']) {
        // A message may have several lines.
        let is_next = |line: &str| line.starts_with(['{', '[']) || line.contains(FAILED);
        let mut lines = rest.split_inclusive('\n');
        let first = lines.next().unwrap_or_default().len();
        let length = first + lines.take_while(|line| !is_next(line)).map(str::len).sum::<usize>();
        let found = cli_error(path, rest.get(..length).unwrap_or(rest)).transpose();
        let found = found.map_err(|error| fault(line_of(text, at, &[]), error.reason))?;
        return Ok((found.map(|document| vec![document]), length));
    }
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
    let Some(value) = values.next() else { return Ok((None, rest.len())) };
    let value = value.map_err(|error| {
        let what = if error.is_eof() { "the JSON is cut short" } else { "this is not JSON" };
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default();
        let column = error.column();
        fault(line_of(text, at, &[]) + error.line() as u64 - 1, format!("{what}: {reason} at column {column}"))
    })?;
    let length = values.byte_offset();
    let found = match value {
        Value::Array(items) => items.into_iter().enumerate().map(|(at, item)| (Some(at), item)).collect(),
        single => vec![(None, single)],
    };
    let mut documents = Vec::new();
    for (index, value) in found {
        let way: Vec<Step<'_>> = index.map(Step::Item).into_iter().collect();
        let answer = answer(path, value).map_err(|wrong| {
            let way: Vec<Step<'_>> = way.iter().copied().chain(wrong.steps()).collect();
            fault(line_of(text, at, &way), wrong.reason.clone())
        });
        match answer? {
            Some(document) => documents.push(document),
            None => return Ok((None, length)),
        }
    }
    Ok(((!documents.is_empty()).then_some(documents), length))
}

/// How the CLI's messages begin, if not with the program's name.
const FAILED: &str = "An error occurred (";

/// Reads text with or without a byte order mark.
fn text_of(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).filter_map(|pair| Some(unit(pair.try_into().ok()?)));
        String::from_utf16(&units.collect::<Vec<_>>()).ok().map(Cow::Owned)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).ok().map(Cow::Borrowed),
    }
}

/// Whether text begins with the column names of a credential report.
fn is_report(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    let mut names = line.split(',').map(|name| name.trim().trim_matches('"').to_ascii_lowercase());
    names.next().as_deref() == Some("user") && names.next().as_deref() == Some("arn")
}

/// Reads what `get-credential-report` prints with `--query Content` or `--output text`: base64, and perhaps the time and
/// the format.
fn encoded_report(text: &str) -> Option<Value> {
    let bare = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    let mut words = bare.split('\t');
    let content = words.next()?.trim_end();
    let csv = STANDARD.decode(content.split_whitespace().collect::<String>()).ok()?;
    if !is_report(std::str::from_utf8(&csv).ok()?) {
        return None;
    }
    let mut body = json!({"Content": content, "ReportFormat": "text/csv"});
    if let Some(time) = words.find(|word| DateTime::parse_from_rfc3339(word).is_ok()) {
        body["GeneratedTime"] = Value::from(time);
    }
    Some(body)
}

/// Reads what the CLI prints instead of an answer (`2>&1`): that something does not exist is an answer too.
fn cli_error(path: &Path, text: &str) -> Option<Result<Document, ExportError>> {
    let rest = text.split_once(FAILED)?.1;
    let (code, rest) = rest.split_once(") when calling the ")?;
    let (name, _) = rest.split_once(" operation")?;
    let nothing = [
        ("NoSuchEntity", Operation::GetAccountPasswordPolicy),
        ("NoSuchEntity", Operation::GetLoginProfile),
        ("ResourceNotFoundException", Operation::GetAlternateContact),
        ("AWSOrganizationsNotInUseException", Operation::DescribeOrganization),
    ];
    let found = nothing.iter().find(|(expected, operation)| *expected == code && operation.name() == name);
    Some(match found {
        Some((_, Operation::GetAlternateContact)) => {
            Ok(document(path, Operation::GetAlternateContact, contact_type_in(path), json!({})))
        }
        Some((_, operation)) => Ok(document(path, *operation, None, json!({}))),
        None => {
            let reason = format!("the command failed: {}", text.lines().collect::<Vec<_>>().join(" "));
            Err(ExportError { path: path.to_owned(), line: None, reason })
        }
    })
}

/// Finds the type of an alternate contact in a file's name, for want of a better place.
fn contact_type_in(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy().to_uppercase();
    ["SECURITY", "BILLING", "OPERATIONS"].into_iter().find(|kind| name.contains(kind)).map(str::to_string)
}

fn report_fault(path: &Path, error: &ReportError) -> ExportError {
    let line = match error {
        ReportError::Csv { line, .. }
        | ReportError::Cut { line, .. }
        | ReportError::Value { line, .. }
        | ReportError::Twice { line, .. } => Some(*line),
        ReportError::NoColumn(_) | ReportError::Empty => Some(1),
    };
    let text = error.to_string();
    let reason = text.strip_prefix("line ").and_then(|rest| rest.split_once(": ")).map_or(text.as_str(), |(_, r)| r);
    ExportError { path: path.to_owned(), line, reason: reason.to_string() }
}

fn document(path: &Path, operation: Operation, subject: Option<String>, body: Value) -> Document {
    Document {
        operation,
        account_id: None,
        region: if matches!(operation.service(), "ec2" | "access-analyzer") { region_in(path) } else { None },
        subject,
        body,
        collected_at: None,
        source: path.display().to_string(),
    }
}

/// Finds the answer that a JSON value is.
fn answer(path: &Path, mut body: Value) -> Result<Option<Document>, Wrong> {
    let Some(object) = body.as_object() else { return Ok(None) };
    if object.contains_key("Content") && object.contains_key("ReportFormat") {
        return report(path, body).map(Some).map_err(|reason| Wrong::new(reason).of("Content"));
    }
    if ["Account", "Arn", "UserId"].iter().all(|member| object.contains_key(*member)) {
        return Ok(Some(document(path, Operation::GetCallerIdentity, None, body)));
    }
    // `get-group` has users too, but of one group only.
    if object.contains_key("Group") {
        return Ok(None);
    }
    let Some((member, is_list, operation)) = SIGNS.iter().find(|(member, ..)| object.contains_key(*member)) else {
        return Ok(None);
    };
    let value = object.get(*member).unwrap_or(&Value::Null);
    if !(if *is_list { value.is_array() } else { value.is_object() }) {
        let kind = if *is_list { "a list" } else { "an object" };
        let reason = format!("`{member}` is not {kind}, as the answer to {} has it", operation.name());
        return Err(Wrong::new(reason).of(member));
    }
    let is_page = object.get("IsTruncated") == Some(&Value::Bool(true))
        || ["NextToken", "nextToken"].iter().any(|token| object.get(*token).is_some_and(|t| !t.is_null()));
    if is_page {
        let command = super::coverage::command(*operation);
        return Err(Wrong::new(format!(
            "this is the first page of several; run `{command}` without --max-items and --no-paginate"
        )));
    }
    let operation = match operation {
        Operation::ListPolicies if has_versions(value) => Operation::GetAccountAuthorizationDetails,
        other => *other,
    };
    shape::check(operation, object)?;
    let subject = match operation {
        Operation::ListAccessKeys | Operation::ListMFADevices | Operation::ListServiceSpecificCredentials => {
            value.get(0).and_then(|item| item.get("UserName")).and_then(Value::as_str).map(str::to_string)
        }
        Operation::GetLoginProfile => value.get("UserName").and_then(Value::as_str).map(str::to_string),
        Operation::GetAccessKeyLastUsed => key_in(path),
        Operation::GetAlternateContact => value.get("AlternateContactType").and_then(Value::as_str).map(str::to_string),
        _ => None,
    };
    decode_documents(&mut body);
    Ok(Some(document(path, operation, subject, body)))
}

fn has_versions(policies: &Value) -> bool {
    policies.as_array().is_some_and(|list| list.iter().any(|policy| policy.get("PolicyVersionList").is_some()))
}

fn report(path: &Path, body: Value) -> Result<Document, String> {
    let content = body.get("Content").and_then(Value::as_str).unwrap_or_default();
    let csv = STANDARD
        .decode(content.split_whitespace().collect::<String>())
        .map_err(|error| format!("`Content` is not base64: {error}"))?;
    credential_report::parse(&csv).map_err(|error| format!("in `Content`, {error}"))?;
    let generated = body.get("GeneratedTime").and_then(Value::as_str).map(DateTime::parse_from_rfc3339);
    let generated = generated.transpose().map_err(|error| format!("`GeneratedTime` is no time: {error}"))?;
    let mut document = document(path, Operation::GetCredentialReport, None, body);
    document.collected_at = generated.map(|time| time.with_timezone(&Utc));
    Ok(document)
}

/// Decodes policy documents that are still percent-encoded.
fn decode_documents(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(decode_documents),
        Value::Object(object) => {
            for (name, member) in object.iter_mut() {
                match member {
                    Value::String(text) if DOCUMENTS.contains(&name.as_str()) => {
                        let decoded = percent_decode_str(text).decode_utf8_lossy();
                        if let Ok(parsed) = serde_json::from_str::<Value>(&decoded) {
                            *member = parsed;
                        }
                    }
                    _ => decode_documents(member),
                }
            }
        }
        _ => {}
    }
}

/// Finds an access key's id in a file's name: the answer about its last use does not have it.
fn key_in(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let is_key = |word: &&str| word.len() >= 16 && (word.starts_with("AKIA") || word.starts_with("ASIA"));
    words.find(is_key).map(str::to_string)
}

/// Finds a region in a file's name: an empty answer does not say where it is from.
fn region_in(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let is_digit = |word: &str| word.len() <= 2 && !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
    let first = |word: &str| ["us", "eu", "ap", "ca", "sa", "me", "af", "il", "mx", "cn"].contains(&word);
    let start = words.iter().position(|word| first(word))?;
    let length = words.iter().skip(start).position(|word| is_digit(word))?;
    let parts = words.get(start..=start + length)?;
    (parts.len() == 3 || parts.len() == 4).then(|| parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operations(text: &str) -> Vec<Operation> {
        let found = recognise(Path::new("x.json"), text.as_bytes()).unwrap().unwrap();
        found.into_iter().map(|document| document.operation).collect()
    }

    #[test]
    fn contents_tell_the_call() {
        let cases = [
            (r#"{"UserDetailList": [], "Policies": []}"#, Operation::GetAccountAuthorizationDetails),
            (
                r#"{"Policies": [{"PolicyName": "p", "Arn": "x", "DefaultVersionId": "v1", "PolicyVersionList": []}]}"#,
                Operation::GetAccountAuthorizationDetails,
            ),
            (r#"{"Policies": [{"PolicyName": "p", "Arn": "x"}]}"#, Operation::ListPolicies),
            (
                r#"{"SummaryMap": {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0}}"#,
                Operation::GetAccountSummary,
            ),
            (r#"{"analyzers": []}"#, Operation::ListAnalyzers),
            (r#"{"UserId": "x", "Account": "1", "Arn": "arn"}"#, Operation::GetCallerIdentity),
        ];
        for (text, operation) in cases {
            assert_eq!(operations(text), [operation], "{text}");
        }
        let key = r#"{"UserName": "a", "AccessKeyId": "k", "Status": "Active", "CreateDate": "2020-01-01T00:00:00Z"}"#;
        let keys = format!(r#"{{"AccessKeyMetadata": [{key}]}} {{"AccessKeyMetadata": []}}"#);
        assert_eq!(operations(&keys), [Operation::ListAccessKeys; 2]);
        assert_eq!(operations(&format!("[{}]", keys.replace("} {", "}, {"))), [Operation::ListAccessKeys; 2]);
    }

    #[test]
    fn other_files_are_not_recognised() {
        for text in ["hello", "{\"a\": 1}", "[1, 2]", "[]", "{\"Group\": {}, \"Users\": []}"] {
            assert_eq!(recognise(Path::new("x"), text.as_bytes()), Ok(None), "{text}");
        }
    }

    #[test]
    fn a_report_has_many_forms() {
        let csv = "user,arn,password_enabled,mfa_active,access_key_1_active,access_key_2_active\n\
                   a,arn:a,true,false,false,false\n";
        let quoted = csv.replacen("user,arn", "\"user\",\"arn\"", 1);
        let encoded = STANDARD.encode(csv);
        let wide = |unit: fn(u16) -> [u8; 2]| {
            let text = format!("\u{feff}{}", csv.replace('\n', "\r\n"));
            text.encode_utf16().flat_map(unit).collect::<Vec<u8>>()
        };
        let forms: Vec<Vec<u8>> = vec![
            csv.into(),
            format!("\u{feff}{}", csv.replace('\n', "\r\n")).into(),
            quoted.into(),
            wide(u16::to_le_bytes),
            wide(u16::to_be_bytes),
            encoded.clone().into(),
            format!("\"{encoded}\"\n").into(),
            format!("{encoded}\t2020-01-01T00:00:00+00:00\ttext/csv\n").into(),
        ];
        for form in forms {
            let found = recognise(Path::new("x"), &form).unwrap().unwrap_or_else(|| panic!("{form:?}"));
            let rows = crate::aws::tables::report_rows(&found[0]).unwrap();
            assert_eq!((rows.len(), rows[0].user(), rows[0].has_password()), (1, "a", true), "{form:?}");
        }
        let cut = recognise(Path::new("x"), STANDARD.encode(&csv[..csv.len() - 8]).as_bytes()).unwrap_err();
        assert!(cut.reason.contains("line 2"), "{cut}");
    }

    #[test]
    fn what_is_cut_is_an_error_with_its_line() {
        let line = |text: &str| recognise(Path::new("x"), text.as_bytes()).unwrap_err();
        assert_eq!(line("{\n\"Users\": [\n{\"UserName\": \"a").line, Some(3));
        assert!(line("{\n\"Users\": [").reason.contains("cut short"));
        assert_eq!(
            line("user,arn,password_enabled,mfa_active,access_key_1_active,access_key_2_active\na,b").line,
            Some(2)
        );
        assert!(line("").reason.contains("empty"));
        let page = r#"{"Users": [], "IsTruncated": true, "Marker": "x"}"#;
        assert!(line(page).reason.contains("`aws iam list-users` without --max-items"), "{}", line(page).reason);
        assert!(line(r#"{"Reservations": [], "NextToken": "x"}"#).reason.contains("first page"));
        assert!(line(r#"{"Users": {}}"#).reason.contains("`Users` is not a list"));
        assert!(line(r#"{"Content": "?", "ReportFormat": "text/csv"}"#).reason.contains("base64"));
    }

    #[test]
    fn that_something_does_not_exist_is_an_answer() {
        let error = |code: &str, name: &str| {
            let text = format!("\nAn error occurred ({code}) when calling the {name} operation: text\n");
            recognise(Path::new("security-contact.json"), text.as_bytes())
        };
        let none = error("NoSuchEntity", "GetAccountPasswordPolicy").unwrap().unwrap();
        assert_eq!((none[0].operation, &none[0].body), (Operation::GetAccountPasswordPolicy, &json!({})));
        let none = error("ResourceNotFoundException", "GetAlternateContact").unwrap().unwrap();
        assert_eq!(none[0].subject.as_deref(), Some("SECURITY"));
        let refused = error("AccessDenied", "GetAccountPasswordPolicy").unwrap_err();
        assert!(refused.reason.contains("the command failed") && refused.reason.contains("AccessDenied"), "{refused}");
    }

    #[test]
    fn a_file_may_hold_answers_and_what_the_command_said_instead() {
        let none = "\nAn error occurred (ResourceNotFoundException) when calling the GetAlternateContact operation: No \
                    contact\nof this type.\n";
        let some = r#"{"AlternateContact": {"AlternateContactType": "SECURITY"}}"#;
        let found = recognise(Path::new("x"), format!("{none}{some}\n{none}").as_bytes()).unwrap().unwrap();
        let subjects: Vec<_> = found.iter().map(|d| d.subject.as_deref()).collect();
        assert_eq!(subjects, [None, Some("SECURITY"), None]);
        let denied =
            "aws: [ERROR]: An error occurred (AccessDenied) when calling the GetAlternateContact operation: no";
        let error = recognise(Path::new("x"), format!("{some}\n{denied}").as_bytes()).unwrap_err();
        assert_eq!(error.line, Some(2));
        assert!(error.reason.contains("the command failed"), "{error}");
        let tag = r#"{"Regions": [{"RegionName": "An error occurred (X) when calling the ListUsers operation"}]}"#;
        assert_eq!(operations(tag), [Operation::DescribeRegions]);
    }

    #[test]
    fn names_help_where_answers_are_silent() {
        let key = key_in(Path::new("dir/last-used-AKIAIOSFODNN7EXAMPLE.json"));
        assert_eq!(key.as_deref(), Some("AKIAIOSFODNN7EXAMPLE"));
        assert_eq!(key_in(Path::new("AKIAIOSFODNN7EXAMPLE/x.json")), None);
        assert_eq!(region_in(Path::new("analyzers-eu-central-1.json")).as_deref(), Some("eu-central-1"));
        assert_eq!(region_in(Path::new("us-gov-west-1_instances.json")).as_deref(), Some("us-gov-west-1"));
        assert_eq!(region_in(Path::new("instances.json")), None);
    }

    #[test]
    fn encoded_policies_are_decoded() {
        let text = r#"{"Roles": [{"RoleName": "r", "Arn": "x", "AssumeRolePolicyDocument": "%7B%22a%22%3A1%7D"}]}"#;
        let found = recognise(Path::new("x"), text.as_bytes()).unwrap().unwrap();
        assert_eq!(found[0].body["Roles"][0]["AssumeRolePolicyDocument"], json!({"a": 1}));
    }
}
