//! What every answer of a kind has: an answer that lacks it was cut down with `--query` or written by something else,
//! and what is not there must not pass for nothing.

use super::locate::Step;
use crate::aws::documents::Operation;
use chrono::DateTime;
use serde_json::{Map, Value};

/// What is wrong with an answer, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// What is wrong.
    pub reason: String,
    /// The list or object, the item and the member, as far as they matter.
    path: (Option<String>, Option<usize>, Option<String>),
}

impl Wrong {
    /// Says that an answer as a whole is wrong.
    pub fn new(reason: String) -> Self {
        Self { reason, path: (None, None, None) }
    }

    /// Says that a member of the answer is wrong.
    pub fn of(self, member: &str) -> Self {
        Self { path: (Some(member.to_string()), None, None), ..self }
    }

    /// Returns the way to what is wrong.
    pub fn steps(&self) -> impl Iterator<Item = Step<'_>> {
        let (list, item, member) = &self.path;
        let list = list.as_deref().map(Step::Member);
        list.into_iter().chain(item.map(Step::Item)).chain(member.as_deref().map(Step::Member))
    }
}

/// What a member must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A text that is not empty.
    Text,
    /// A point in time.
    Time,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Flag,
    /// A list.
    List,
}

impl Kind {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.as_str().is_some_and(|text| !text.is_empty()),
            Self::Time => value.as_str().is_some_and(|text| DateTime::parse_from_rfc3339(text).is_ok()),
            Self::Number => value.is_i64(),
            Self::Flag => value.is_boolean(),
            Self::List => value.is_array(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Time => "time",
            Self::Number => "whole number",
            Self::Flag => "boolean",
            Self::List => "list",
        }
    }
}

use Kind::{Flag, List, Number, Text, Time};

type Members = &'static [(&'static str, Kind)];

/// Lists by operation, with what each item must have.
const ITEMS: &[(Operation, &str, Members)] = &[
    (
        Operation::GetAccountAuthorizationDetails,
        "UserDetailList",
        &[("UserName", Text), ("Arn", Text), ("GroupList", List), ("AttachedManagedPolicies", List)],
    ),
    (
        Operation::GetAccountAuthorizationDetails,
        "GroupDetailList",
        &[("GroupName", Text), ("Arn", Text), ("GroupPolicyList", List), ("AttachedManagedPolicies", List)],
    ),
    (
        Operation::GetAccountAuthorizationDetails,
        "RoleDetailList",
        &[("RoleName", Text), ("Arn", Text), ("RolePolicyList", List), ("AttachedManagedPolicies", List)],
    ),
    (
        Operation::GetAccountAuthorizationDetails,
        "Policies",
        &[("PolicyName", Text), ("Arn", Text), ("DefaultVersionId", Text), ("PolicyVersionList", List)],
    ),
    (Operation::ListUsers, "Users", &[("UserName", Text), ("Arn", Text)]),
    (Operation::ListRoles, "Roles", &[("RoleName", Text), ("Arn", Text)]),
    (Operation::ListPolicies, "Policies", &[("PolicyName", Text), ("Arn", Text)]),
    (
        Operation::ListAccessKeys,
        "AccessKeyMetadata",
        &[("UserName", Text), ("AccessKeyId", Text), ("Status", Text), ("CreateDate", Time)],
    ),
    (Operation::ListVirtualMFADevices, "VirtualMFADevices", &[("SerialNumber", Text)]),
    (Operation::ListMFADevices, "MFADevices", &[("UserName", Text), ("SerialNumber", Text)]),
    (
        Operation::ListServerCertificates,
        "ServerCertificateMetadataList",
        &[("ServerCertificateName", Text), ("Arn", Text), ("Expiration", Time)],
    ),
    (Operation::ListInstanceProfiles, "InstanceProfiles", &[("InstanceProfileName", Text), ("Arn", Text)]),
    (Operation::ListSAMLProviders, "SAMLProviderList", &[("Arn", Text)]),
    (Operation::ListOpenIDConnectProviders, "OpenIDConnectProviderList", &[("Arn", Text)]),
    (
        Operation::ListServiceSpecificCredentials,
        "ServiceSpecificCredentials",
        &[("UserName", Text), ("ServiceSpecificCredentialId", Text), ("Status", Text)],
    ),
    (Operation::ListAnalyzers, "analyzers", &[("name", Text), ("arn", Text), ("type", Text), ("status", Text)]),
    (Operation::DescribeRegions, "Regions", &[("RegionName", Text)]),
    (Operation::DescribeInstances, "Reservations", &[("Instances", List)]),
    (Operation::DescribeInstanceStatus, "InstanceStatuses", &[("InstanceId", Text)]),
];

/// What each instance of a reservation must have.
const INSTANCE: Members = &[("InstanceId", Text)];

/// Returns the instances of a reservation.
fn instances(reservation: &Value, operation: Operation) -> impl Iterator<Item = &Value> {
    let list = reservation.get("Instances").filter(|_| operation == Operation::DescribeInstances);
    list.and_then(Value::as_array).into_iter().flatten()
}

/// Objects by operation, with what they must have.
const OBJECTS: &[(Operation, &str, Members)] = &[
    (
        Operation::GetAccountSummary,
        "SummaryMap",
        &[("AccountMFAEnabled", Number), ("AccountAccessKeysPresent", Number)],
    ),
    (Operation::GetAccessKeyLastUsed, "AccessKeyLastUsed", &[("ServiceName", Text), ("Region", Text)]),
    (Operation::GetLoginProfile, "LoginProfile", &[("UserName", Text)]),
];

/// Members that may be absent, and what they are wherever they are.
const KNOWN: &[(&str, Kind)] = &[
    ("CreateDate", Time),
    ("UpdateDate", Time),
    ("PasswordLastUsed", Time),
    ("LastUsedDate", Time),
    ("EnableDate", Time),
    ("UploadDate", Time),
    ("Expiration", Time),
    ("ValidUntil", Time),
    ("createdAt", Time),
    ("lastResourceAnalyzedAt", Time),
    ("MinimumPasswordLength", Number),
    ("MaxPasswordAge", Number),
    ("PasswordReusePrevention", Number),
    ("MaxSessionDuration", Number),
    ("AttachmentCount", Number),
    ("PermissionsBoundaryUsageCount", Number),
    ("RequireSymbols", Flag),
    ("RequireNumbers", Flag),
    ("RequireUppercaseCharacters", Flag),
    ("RequireLowercaseCharacters", Flag),
    ("AllowUsersToChangePassword", Flag),
    ("ExpirePasswords", Flag),
    ("HardExpiry", Flag),
    ("IsAttachable", Flag),
    ("PasswordResetRequired", Flag),
];

/// Checks that an answer has what all answers to its operation have.
///
/// # Errors
///
/// When something is missing, or is not what it must be.
pub fn check(operation: Operation, answer: &Map<String, Value>) -> Result<(), Wrong> {
    for (_, list, members) in ITEMS.iter().filter(|(of, ..)| *of == operation) {
        let items = match answer.get(*list) {
            None => continue,
            Some(Value::Array(items)) => items,
            Some(_) => return Err(Wrong::new(format!("`{list}` is not a list")).of(list)),
        };
        for (at, item) in items.iter().enumerate() {
            let wrong = |(reason, member): (String, Option<&str>)| Wrong {
                reason: format!("item {} of `{list}` {reason}", at + 1),
                path: (Some((*list).to_string()), Some(at), member.map(str::to_string)),
            };
            check_members(item, members, operation).map_err(wrong)?;
            for instance in instances(item, operation) {
                check_members(instance, INSTANCE, operation)
                    .map_err(|(reason, _)| wrong((reason, Some("Instances"))))?;
            }
        }
    }
    for (member, value) in answer.iter().filter(|(_, value)| value.is_object()) {
        let required = OBJECTS.iter().find(|(of, name, _)| *of == operation && name == member);
        let members = required.map_or(&[] as Members, |(_, _, members)| members);
        let wrong = |(reason, inner): (String, Option<&str>)| Wrong {
            reason: format!("`{member}` {reason}"),
            path: (Some(member.clone()), None, inner.map(str::to_string)),
        };
        check_members(value, members, operation).map_err(wrong)?;
    }
    Ok(())
}

/// Says what is wrong with an object, and with which of its members that is there.
type Fault = (String, Option<&'static str>);

fn check_members(value: &Value, required: Members, operation: Operation) -> Result<(), Fault> {
    let Some(object) = value.as_object() else { return Err(("is not an object".to_string(), None)) };
    for (name, kind) in required {
        let command = super::coverage::command(operation);
        match object.get(*name) {
            None | Some(Value::Null) => {
                return Err((format!("has no `{name}`; run `{command}` without --query"), None));
            }
            Some(found) if !kind.fits(found) => return Err(misfit(name, *kind)),
            Some(_) => {}
        }
    }
    for (name, kind) in KNOWN {
        if object.get(*name).is_some_and(|found| !found.is_null() && !kind.fits(found)) {
            return Err(misfit(name, *kind));
        }
    }
    Ok(())
}

fn misfit(name: &'static str, kind: Kind) -> Fault {
    (format!("has `{name}`, which is no {}", kind.name()), Some(name))
}

#[cfg(test)]
mod tests {
    use crate::aws::exports::recognise;
    use std::path::Path;

    fn fault(text: &str) -> String {
        recognise(Path::new("x.json"), text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_missing_or_wrong_is_told_with_its_line() {
        let cases = [
            (
                "{\"Users\": [\n{\"UserName\": \"a\"}]}",
                "x.json:2: item 1 of `Users` has no `Arn`; run `aws iam list-users` without --query",
            ),
            (
                "{\"Users\": [{\"UserName\": \"a\", \"Arn\": \"b\",\n\"CreateDate\": 5}]}",
                "x.json:2: item 1 of `Users` has `CreateDate`, which is no time",
            ),
            ("{\"Users\": [\n1]}", "x.json:2: item 1 of `Users` is not an object"),
            (
                "{\"SummaryMap\": {\n\"AccountMFAEnabled\": \"1\", \"AccountAccessKeysPresent\": 0}}",
                "x.json:2: `SummaryMap` has `AccountMFAEnabled`, which is no whole number",
            ),
            (
                "{\"Regions\": []}\n{\"PasswordPolicy\": {\"RequireSymbols\": \"yes\"}}",
                "x.json:2: `PasswordPolicy` has `RequireSymbols`, which is no boolean",
            ),
            (
                "{\"Reservations\": [{\n\"Instances\": [{}]}]}",
                "x.json:2: item 1 of `Reservations` has no `InstanceId`; run `aws ec2 describe-instances` without --query",
            ),
            (
                "\n\n{\"UserDetailList\": [{\"UserName\": \"a\", \"Arn\": \"b\", \"GroupList\": []}]}",
                "x.json:3: item 1 of `UserDetailList` has no `AttachedManagedPolicies`; \
                 run `aws iam get-account-authorization-details` without --query",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(fault(text), expected, "{text}");
        }
    }
}
