//! What a set of files covers: whether a table has all its rows, and a column its values.
//!
//! A table without any file is not there at all. One whose files are known not to be all is partial, so that no query
//! takes the rest for nothing.

use crate::aws::collect::plan::Need;
use crate::aws::credential_report::{ReportRow, hides_inactive_keys};
use crate::aws::documents::{Document, Operation};
use crate::aws::tables::Answers;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Names the AWS CLI command of an operation: `aws iam list-mfa-devices`.
pub fn command(operation: Operation) -> String {
    let service = match operation.service() {
        "access-analyzer" => "accessanalyzer",
        other => other,
    };
    let letters: Vec<char> = operation.name().chars().collect();
    let mut name = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let after = letters.get(at + 1);
        let starts = letter.is_uppercase()
            && (before.is_some_and(|c| c.is_lowercase())
                || (before.is_some() && after.is_some_and(|c| c.is_lowercase())));
        if starts {
            name.push('-');
        }
        name.extend(letter.to_lowercase());
    }
    format!("aws {service} {name}")
}

/// Says that the answer to an operation is not among the files.
fn no(operation: Operation) -> String {
    format!("the files have no output of `{}`", command(operation))
}

/// Which users the documents to an operation speak of.
fn subjects(documents: &[Document], operation: Operation) -> BTreeSet<&str> {
    documents.iter().filter(|d| d.operation == operation).filter_map(|d| d.subject.as_deref()).collect()
}

/// Names the first few.
fn some_of(names: &[&str]) -> String {
    let shown = names.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(3) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The files of one account.
pub struct Files<'a> {
    /// The documents in them.
    pub documents: &'a [Document],
    /// The same, by operation.
    pub answers: &'a Answers<'a>,
    /// Whether the account is known.
    pub has_account: bool,
}

const DETAILS: Operation = Operation::GetAccountAuthorizationDetails;

/// A kind of entity that the details hold, and where else it is listed and counted.
struct Kind {
    /// The list in the details.
    details: &'static str,
    /// The call that lists it too.
    operation: Operation,
    /// The list in its answer.
    list: &'static str,
    /// Its count in the account's summary.
    count: &'static str,
    /// The member that names it in messages.
    name: &'static str,
}

const USERS: Kind = Kind {
    details: "UserDetailList",
    operation: Operation::ListUsers,
    list: "Users",
    count: "Users",
    name: "UserName",
};
const GROUPS: Kind = Kind {
    details: "GroupDetailList",
    operation: Operation::ListGroups,
    list: "Groups",
    count: "Groups",
    name: "GroupName",
};
const ROLES: Kind = Kind {
    details: "RoleDetailList",
    operation: Operation::ListRoles,
    list: "Roles",
    count: "Roles",
    name: "RoleName",
};
/// The summary counts the account's own policies, not those of AWS.
const POLICIES: Kind = Kind {
    details: "Policies",
    operation: Operation::ListPolicies,
    list: "Policies",
    count: "Policies",
    name: "PolicyName",
};

fn kind_of(need: Need) -> Option<&'static Kind> {
    match need {
        Need::UserList | Need::UserDetails => Some(&USERS),
        Need::GroupList | Need::GroupDetails => Some(&GROUPS),
        Need::RoleList | Need::RoleDetails => Some(&ROLES),
        Need::PolicyList | Need::PolicyDocuments => Some(&POLICIES),
        _ => None,
    }
}

fn text<'v>(value: &'v Value, member: &str) -> Option<&'v str> {
    value.get(member)?.as_str()
}

/// Which users are known to have something that a call of their own tells, by their rows in the credential report.
type Shows<'s> = &'s dyn Fn(&ReportRow) -> bool;

impl<'a> Files<'a> {
    fn has(&self, operation: Operation) -> bool {
        self.answers.has(operation)
    }

    /// Returns the names of the entities of a kind in the details, and in their list; nothing where there is no file.
    fn named(&self, kind: &Kind, operation: Operation, list: &str) -> Option<BTreeSet<&'a str>> {
        let items = self.answers.items(operation, list);
        self.has(operation).then(|| items.into_iter().filter_map(|item| text(item, kind.name)).collect())
    }

    /// Returns how many entities of a kind the account has, as its summary says.
    fn count(&self, kind: &Kind) -> Option<usize> {
        self.summary(kind.count)
    }

    /// Returns a count of the account's summary.
    fn summary(&self, key: &str) -> Option<usize> {
        let summary = self.answers.of(Operation::GetAccountSummary).first()?;
        summary.body.get("SummaryMap")?.get(key)?.as_u64()?.try_into().ok()
    }

    /// Whether the details hold a kind of thing: an empty list may mean that there is none, or that it was filtered.
    ///
    /// Every account has roles, those of AWS's services, with policies of AWS attached to them. An account without
    /// users or groups is a usual thing, but only another file can tell.
    fn details_cover(&self, kind: &Kind) -> bool {
        if self.answers.any(DETAILS, kind.details) {
            return true;
        }
        let others = [&USERS, &GROUPS, &ROLES, &POLICIES];
        let others = others.iter().filter(|other| self.answers.any(DETAILS, other.details)).count();
        match kind.details {
            // Policies of AWS are not counted, but something that has one names it.
            "Policies" => self.referenced_policies().is_empty() && (self.count(kind) == Some(0) || others >= 2),
            _ if self.count(kind) == Some(0) => true,
            _ if self.count(kind).is_some() => false,
            "UserDetailList" if self.has(Operation::GetCredentialReport) => self.reported(|_| true).is_empty(),
            "GroupDetailList" => self.memberships().is_empty() && others == 3,
            _ => self.has(kind.operation) && !self.answers.any(kind.operation, kind.list),
        }
    }

    /// Returns the groups that users of the details are in.
    fn memberships(&self) -> BTreeSet<&'a str> {
        let users = self.answers.items(DETAILS, USERS.details).into_iter();
        users.filter_map(|user| user.get("GroupList")?.as_array()).flatten().filter_map(Value::as_str).collect()
    }

    /// Returns the ARNs of the policies that something of the details has, or has as its boundary.
    fn referenced_policies(&self) -> BTreeSet<&'a str> {
        let kinds = [&USERS, &GROUPS, &ROLES];
        let entities = kinds.iter().flat_map(|kind| self.answers.items(DETAILS, kind.details));
        let of_entity = |entity: &'a Value| {
            let attached = entity.get("AttachedManagedPolicies").and_then(Value::as_array).into_iter().flatten();
            let boundary = entity.get("PermissionsBoundary").and_then(|b| text(b, "PermissionsBoundaryArn"));
            attached.filter_map(|policy| text(policy, "PolicyArn")).chain(boundary)
        };
        entities.flat_map(of_entity).collect()
    }

    /// Whether there is anything that rows could come from.
    pub fn has_rows_for(&self, need: Need) -> bool {
        match need {
            Need::Identity => self.has_account,
            Need::UserList | Need::RoleList | Need::GroupList | Need::PolicyList => {
                self.has(need.operation()) || self.has(DETAILS)
            }
            // The report may say that there is nobody to ask about.
            Need::AccessKeys => {
                self.has(need.operation())
                    || (self.has(Operation::GetCredentialReport) && self.missing_access_keys().is_none())
            }
            _ => self.has(need.operation()),
        }
    }

    /// Returns why rows are missing although there are some.
    pub fn missing_rows(&self, need: Need) -> Option<String> {
        match need {
            Need::UserList | Need::RoleList | Need::GroupList | Need::PolicyList => self.missing_entities(need),
            Need::AccessKeys => self.missing_access_keys(),
            Need::ServerCertificates => self.missing_of(need, "ServerCertificateMetadataList", "ServerCertificates"),
            Need::InstanceProfiles => self.missing_of(need, "InstanceProfiles", "InstanceProfiles"),
            Need::Instances => self.missing_regions(Operation::DescribeInstances),
            Need::ServiceCredentials => self.missing_users(Operation::ListServiceSpecificCredentials, None),
            Need::AlternateContacts => {
                let contacts = self.answers.of(Operation::GetAlternateContact);
                let all = contacts.len() >= 3 || contacts.iter().any(|d| d.subject.as_deref() == Some("SECURITY"));
                let command = command(Operation::GetAlternateContact);
                (!all).then(|| format!("there is no output of `{command} --alternate-contact-type SECURITY`"))
            }
            _ => None,
        }
    }

    /// Says which users, groups, roles or policies are missing, as far as the files tell: the details and a list may
    /// both be there, each of them cut down to a path or a kind, or of another time.
    fn missing_entities(&self, need: Need) -> Option<String> {
        let kind = kind_of(need)?;
        let details = self.named(kind, DETAILS, kind.details).filter(|_| self.details_cover(kind));
        let listed = self.named(kind, kind.operation, kind.list);
        if details.is_none() && listed.is_none() {
            return self.missing_details(kind);
        }
        if let (Some(details), Some(listed)) = (&details, &listed)
            && need != Need::PolicyList
        {
            let differing: Vec<&str> = details.symmetric_difference(listed).copied().collect();
            if !differing.is_empty() {
                let (one, other) = (command(DETAILS), command(kind.operation));
                return Some(format!("only one of `{one}` and `{other}` has {}", some_of(&differing)));
            }
        }
        let found: BTreeSet<&str> = details.into_iter().chain(listed).flatten().collect();
        let known: BTreeSet<&str> = match need {
            Need::UserList => self.reported(|_| true).into_iter().collect(),
            Need::GroupList => self.memberships(),
            _ => BTreeSet::new(),
        };
        let missing: Vec<&str> = known.difference(&found).copied().collect();
        if !missing.is_empty() {
            let command = command(kind.operation);
            return Some(format!("other files know {}, and `{command}` does not", some_of(&missing)));
        }
        let (rows, what) = match need {
            Need::PolicyList => {
                let arns = self.policies();
                let missing: Vec<&str> =
                    self.referenced_policies().into_iter().filter(|arn| !arns.contains_key(arn)).collect();
                if !missing.is_empty() {
                    return Some(format!("the files have nothing about the policy {}", some_of(&missing)));
                }
                (arns.keys().filter(|arn| !is_of_aws(arn)).count(), "policies of its own")
            }
            _ => (found.len(), kind.list),
        };
        let count = self.count(kind).filter(|count| *count > rows)?;
        Some(format!("the account has {count} {}, as its summary says, and the files have {rows}", what.to_lowercase()))
    }

    /// Says that a list has fewer items than the account's summary counts: it was cut down to a path.
    fn missing_of(&self, need: Need, list: &str, count: &str) -> Option<String> {
        let rows = self.answers.items(need.operation(), list).len();
        let count = self.summary(count).filter(|count| *count > rows)?;
        let command = command(need.operation());
        Some(format!("the account has {count} of them, as its summary says, and the output of `{command}` has {rows}"))
    }

    /// Returns all policies by ARN, from the list and from the details.
    fn policies(&self) -> BTreeMap<&'a str, &'a Value> {
        let listed = self.answers.items(Operation::ListPolicies, POLICIES.list);
        let detailed = self.answers.items(DETAILS, POLICIES.details);
        detailed.into_iter().chain(listed).filter_map(|policy| Some((text(policy, "Arn")?, policy))).collect()
    }

    /// Returns why a column that needs more than the rows has no values.
    pub fn missing_column(&self, need: Need) -> Option<String> {
        let report = self.has(Operation::GetCredentialReport);
        let lacks = |operation: Operation| (!self.has(operation)).then(|| no(operation));
        match need {
            // The report says it too.
            Need::UserList if report => None,
            Need::UserDetails | Need::RoleDetails | Need::GroupDetails => self.missing_details(kind_of(need)?),
            Need::PolicyDocuments => self.missing_details(&POLICIES).or_else(|| self.missing_documents()),
            Need::MfaState if report => None,
            Need::MfaState => self.missing_users(Operation::ListMFADevices, None),
            Need::MfaDevices => self.missing_users(Operation::ListMFADevices, Some(&ReportRow::has_mfa)),
            Need::LoginProfiles => self.missing_users(Operation::GetLoginProfile, Some(&ReportRow::has_password)),
            Need::AccessKeysLastUsed => self.missing_last_use(),
            other => lacks(other.operation()),
        }
    }

    fn missing_details(&self, kind: &Kind) -> Option<String> {
        if !self.has(DETAILS) {
            return Some(no(DETAILS));
        }
        let (list, command, summary) = (kind.details, command(DETAILS), command(Operation::GetAccountSummary));
        (!self.details_cover(kind)).then(|| {
            format!("`{list}` is empty; run `{command}` without --filter, or show with `{summary}` that there are none")
        })
    }

    /// Says of which policies the document is missing: of those in use and of the account's own.
    fn missing_documents(&self) -> Option<String> {
        let has_document = |policy: &&&Value| {
            let default = text(policy, "DefaultVersionId");
            let versions = policy.get("PolicyVersionList").and_then(Value::as_array).into_iter().flatten();
            versions
                .filter(|version| text(version, "VersionId") == default)
                .any(|version| version.get("Document").is_some_and(Value::is_object))
        };
        let detailed = self.answers.items(DETAILS, POLICIES.details);
        let have: BTreeSet<&str> = detailed.iter().filter(has_document).filter_map(|p| text(p, "Arn")).collect();
        let count = |policy: &Value, member: &str| policy.get(member).and_then(Value::as_i64).unwrap_or_default();
        let is_wanted = |(arn, policy): &(&&str, &&Value)| {
            !is_of_aws(arn)
                || count(policy, "AttachmentCount") > 0
                || count(policy, "PermissionsBoundaryUsageCount") > 0
        };
        let policies = self.policies();
        let missing: Vec<&str> =
            policies.iter().filter(is_wanted).map(|(arn, _)| *arn).filter(|arn| !have.contains(arn)).collect();
        let command = command(DETAILS);
        (!missing.is_empty())
            .then(|| format!("the output of `{command}` does not have the document of {}", some_of(&missing)))
    }

    /// Returns the users for whom the report shows something; none without a report.
    fn reported(&self, shows: impl Fn(&ReportRow) -> bool) -> Vec<&str> {
        let rows = self.answers.report().values().filter(|row| !row.is_root() && shows(row));
        rows.map(ReportRow::user).collect()
    }

    /// Returns all users that any file knows.
    fn users(&self) -> BTreeSet<&str> {
        let named = [(DETAILS, USERS.details), (USERS.operation, USERS.list)];
        let named = named.into_iter().filter_map(|(operation, list)| self.named(&USERS, operation, list)).flatten();
        self.reported(|_| true).into_iter().chain(named).collect()
    }

    /// Says for which users the output of a command is missing. `shows` tells those whose answer cannot be empty.
    ///
    /// An empty answer does not name its user, so that these are counted. They stand for users of whom nothing is
    /// known, and only where every user has an answer.
    fn missing_users(&self, operation: Operation, shows: Option<Shows<'_>>) -> Option<String> {
        let users = self.users();
        if users.is_empty() {
            return (!self.has(operation)).then(|| no(operation));
        }
        let report = self.answers.report();
        let found = subjects(self.documents, operation);
        let unnamed = self.answers.of(operation).iter().filter(|d| d.subject.is_none()).count();
        let answered = unnamed + users.intersection(&found).count();
        let is_missing = |user: &&str| {
            !found.contains(user)
                && match (report.get(*user), shows) {
                    (Some(row), Some(shows)) => shows(row),
                    _ => answered < users.len(),
                }
        };
        let missing: Vec<&str> = users.iter().copied().filter(is_missing).collect();
        let command = command(operation);
        (!missing.is_empty()).then(|| format!("the output of `{command}` is missing for {}", some_of(&missing)))
    }

    /// Says for which enabled regions the output of a command is missing, where regions are known. Empty answers in
    /// files that are not named after their region are counted.
    fn missing_regions(&self, operation: Operation) -> Option<String> {
        let regions = self.answers.items(Operation::DescribeRegions, "Regions");
        let is_enabled = |r: &&Value| text(r, "OptInStatus") != Some("not-opted-in");
        let enabled = regions.into_iter().filter(is_enabled).filter_map(|region| text(region, "RegionName"));
        let found: Vec<Option<&str>> =
            self.answers.of(operation).iter().map(|document| crate::aws::tables::region_of(document)).collect();
        let missing: Vec<&str> = enabled.filter(|region| !found.contains(&Some(region))).collect();
        let unnamed = found.iter().filter(|region| region.is_none()).count();
        let command = command(operation);
        (missing.len() > unnamed).then(|| format!("the output of `{command}` is missing for {}", some_of(&missing)))
    }

    fn missing_access_keys(&self) -> Option<String> {
        // A lone file speaks for itself.
        if self.users().is_empty() && self.has(Operation::ListAccessKeys) {
            return None;
        }
        let has_keys = |row: &ReportRow| !row.key_slots().is_empty();
        let is_told = !hides_inactive_keys(self.answers.report().values());
        self.missing_users(Operation::ListAccessKeys, is_told.then_some(&has_keys))
    }

    fn missing_last_use(&self) -> Option<String> {
        let known = subjects(self.documents, Operation::GetAccessKeyLastUsed);
        let keys = self.answers.items(Operation::ListAccessKeys, "AccessKeyMetadata");
        let ids: Vec<&str> = keys.into_iter().filter_map(|key| key.get("AccessKeyId")?.as_str()).collect();
        let missing: Vec<&str> = ids.into_iter().filter(|id| !known.contains(id)).collect();
        let command = command(Operation::GetAccessKeyLastUsed);
        (!missing.is_empty()).then(|| format!("the output of `{command}` is missing for {}", some_of(&missing)))
    }
}

/// Whether a policy is one of AWS's own.
fn is_of_aws(arn: &str) -> bool {
    arn.split(':').nth(4) == Some("aws")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_spelt_as_the_cli_has_them() {
        let cases = [
            (Operation::ListMFADevices, "aws iam list-mfa-devices"),
            (Operation::ListVirtualMFADevices, "aws iam list-virtual-mfa-devices"),
            (Operation::GetAccountAuthorizationDetails, "aws iam get-account-authorization-details"),
            (Operation::ListSAMLProviders, "aws iam list-saml-providers"),
            (Operation::ListOpenIDConnectProviders, "aws iam list-open-id-connect-providers"),
            (Operation::ListAnalyzers, "aws accessanalyzer list-analyzers"),
            (Operation::DescribeRegions, "aws ec2 describe-regions"),
        ];
        for (operation, expected) in cases {
            assert_eq!(command(operation), expected);
        }
    }
}
