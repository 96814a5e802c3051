//! What a set of files covers: whether a table has all its rows, and a column its values.
//!
//! A table without any file is not there at all. One whose files are known not to be all is partial, so that no query
//! takes the rest for nothing.

use crate::aws::collect::plan::Need;
use crate::aws::documents::{Document, Operation};
use crate::aws::tables::Answers;
use std::collections::BTreeSet;

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

impl<'a> Files<'a> {
    fn has(&self, operation: Operation) -> bool {
        self.answers.has(operation)
    }

    /// Whether the details hold a kind of thing: an empty list may mean that there is none, or that it was filtered.
    fn details_cover(&self, list: &str) -> bool {
        let details = Operation::GetAccountAuthorizationDetails;
        if self.answers.any(details, list) {
            return true;
        }
        let key = match list {
            "UserDetailList" => "Users",
            "GroupDetailList" => "Groups",
            "RoleDetailList" => "Roles",
            _ => "Policies",
        };
        let summary = self.answers.of(Operation::GetAccountSummary).first();
        let count = summary.and_then(|d| d.body.get("SummaryMap")?.get(key)?.as_i64());
        match (count, self.reported(|_| true)) {
            (Some(count), _) => count == 0,
            (None, Some(users)) if list == "UserDetailList" => users.is_empty(),
            _ => {
                let lists = ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"];
                lists.iter().filter(|other| self.answers.any(details, other)).count() >= 2
            }
        }
    }

    /// Whether there is anything that rows could come from.
    pub fn has_rows_for(&self, need: Need) -> bool {
        let list = match need {
            Need::UserList => "UserDetailList",
            Need::GroupList => "GroupDetailList",
            Need::RoleList => "RoleDetailList",
            _ => "Policies",
        };
        let details = self.has(Operation::GetAccountAuthorizationDetails) && self.details_cover(list);
        match need {
            Need::Identity => self.has_account,
            Need::UserList | Need::RoleList | Need::GroupList | Need::PolicyList => {
                self.has(need.operation()) || details
            }
            _ => self.has(need.operation()),
        }
    }

    /// Returns why rows are missing although there are some.
    pub fn missing_rows(&self, need: Need) -> Option<String> {
        match need {
            Need::AccessKeys => self.missing_access_keys(),
            Need::Instances => self.missing_regions(Operation::DescribeInstances),
            Need::ServiceCredentials => self.missing_users(Operation::ListServiceSpecificCredentials, self.users()),
            Need::AlternateContacts => {
                let contacts = self.answers.of(Operation::GetAlternateContact);
                let all = contacts.len() >= 3 || contacts.iter().any(|d| d.subject.as_deref() == Some("SECURITY"));
                let command = command(Operation::GetAlternateContact);
                (!all).then(|| format!("there is no output of `{command} --alternate-contact-type SECURITY`"))
            }
            _ => None,
        }
    }

    /// Returns why a column that needs more than the rows has no values.
    pub fn missing_column(&self, need: Need) -> Option<String> {
        let report = self.has(Operation::GetCredentialReport);
        let lacks = |operation: Operation| (!self.has(operation)).then(|| no(operation));
        match need {
            // The report says it too.
            Need::UserList if report => None,
            Need::UserDetails => self.missing_details("UserDetailList"),
            Need::RoleDetails => self.missing_details("RoleDetailList"),
            Need::GroupDetails => self.missing_details("GroupDetailList"),
            Need::PolicyDocuments => self.missing_details("Policies"),
            Need::MfaState if report => None,
            Need::MfaState => self.missing_users(Operation::ListMFADevices, self.users()),
            Need::MfaDevices => {
                let with_mfa = self.reported(|row| row.has_mfa()).or_else(|| self.users());
                self.missing_users(Operation::ListMFADevices, with_mfa)
            }
            Need::LoginProfiles => {
                let with_password = self.reported(|row| row.has_password())?;
                self.missing_users(Operation::GetLoginProfile, Some(with_password))
            }
            Need::AccessKeysLastUsed => self.missing_last_use(),
            other => lacks(other.operation()),
        }
    }

    fn missing_details(&self, list: &str) -> Option<String> {
        let operation = Operation::GetAccountAuthorizationDetails;
        if !self.has(operation) {
            return Some(no(operation));
        }
        let command = command(operation);
        (!self.details_cover(list)).then(|| format!("`{list}` is empty; run `{command}` without --filter"))
    }

    /// Returns the users for whom the report shows something; nothing without a report.
    fn reported(&self, shows: impl Fn(&crate::aws::credential_report::ReportRow) -> bool) -> Option<Vec<&str>> {
        self.has(Operation::GetCredentialReport).then(|| {
            let rows = self.answers.report().values().filter(|row| !row.is_root() && shows(row));
            rows.map(crate::aws::credential_report::ReportRow::user).collect()
        })
    }

    /// Returns all users; nothing where no file lists them.
    fn users(&self) -> Option<Vec<&str>> {
        if let Some(users) = self.reported(|_| true) {
            return Some(users);
        }
        let details = self.answers.items(Operation::GetAccountAuthorizationDetails, "UserDetailList");
        let listed = self.answers.items(Operation::ListUsers, "Users");
        let users: BTreeSet<&str> =
            details.into_iter().chain(listed).filter_map(|user| user.get("UserName")?.as_str()).collect();
        (!users.is_empty()).then(|| users.into_iter().collect())
    }

    /// Says for which users the output of a command is missing. Empty answers do not name their user, so that they
    /// are counted.
    fn missing_users(&self, operation: Operation, users: Option<Vec<&str>>) -> Option<String> {
        let Some(users) = users else { return (!self.has(operation)).then(|| no(operation)) };
        let found = subjects(self.documents, operation);
        let missing: Vec<&str> = users.into_iter().filter(|user| !found.contains(user)).collect();
        let unnamed = self.answers.of(operation).iter().filter(|d| d.subject.is_none()).count();
        let command = command(operation);
        (missing.len() > unnamed).then(|| format!("the output of `{command}` is missing for {}", some_of(&missing)))
    }

    /// Says for which enabled regions the output of a command is missing, where regions are known. Empty answers in
    /// files that are not named after their region are counted.
    fn missing_regions(&self, operation: Operation) -> Option<String> {
        let regions = self.answers.items(Operation::DescribeRegions, "Regions");
        let is_enabled = |r: &&serde_json::Value| r.get("OptInStatus").and_then(|v| v.as_str()) != Some("not-opted-in");
        let enabled = regions.into_iter().filter(is_enabled).filter_map(|region| region.get("RegionName")?.as_str());
        let found: Vec<Option<&str>> =
            self.answers.of(operation).iter().map(|document| crate::aws::tables::region_of(document)).collect();
        let missing: Vec<&str> = enabled.filter(|region| !found.contains(&Some(region))).collect();
        let unnamed = found.iter().filter(|region| region.is_none()).count();
        let command = command(operation);
        (missing.len() > unnamed).then(|| format!("the output of `{command}` is missing for {}", some_of(&missing)))
    }

    fn missing_access_keys(&self) -> Option<String> {
        let users = self.reported(|row| !row.key_slots().is_empty()).or_else(|| self.users());
        // A lone file speaks for itself.
        users.and_then(|users| self.missing_users(Operation::ListAccessKeys, Some(users)))
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
