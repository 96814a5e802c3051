//! `aws_iam_policy` and `aws_iam_policy_attachment`.

use super::Built;
use super::answers::{Answers, items, text};
use super::row::{canonical, structure};
use crate::aws::documents::Operation;
use crate::inventory::Row;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const DETAILS: Operation = Operation::GetAccountAuthorizationDetails;

/// Makes the rows.
pub fn build(answers: &Answers<'_>, built: &mut Built) {
    let policies = all(answers);
    if policies.is_empty() && !answers.has(Operation::ListPolicies) {
        return;
    }
    let mut notes = Vec::new();
    built.put("aws_iam_policy", Some(policy_rows(answers, &policies, &mut notes)));
    built.put("aws_iam_policy_attachment", Some(attachment_rows(answers, &policies)));
    built.notes.extend(notes);
}

/// Returns all policies by ARN, as the list has them, or as the details have those that it does not.
fn all<'a>(answers: &Answers<'a>) -> BTreeMap<&'a str, &'a Value> {
    // The list may be cut down (`--scope`, `--path-prefix`), and a policy may have been made after it was read.
    let policies =
        answers.items(DETAILS, "Policies").into_iter().chain(answers.items(Operation::ListPolicies, "Policies"));
    policies.filter_map(|policy| Some((text(policy, "Arn")?, policy))).collect()
}

fn is_aws_managed(arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':').skip(2);
    parts.next() == Some("iam")
        && parts.next() == Some("")
        && parts.next() == Some("aws")
        && parts.next().is_some_and(|resource| resource.starts_with("policy"))
}

/// Whether a policy is attached; boundaries do not count, and an unknown count does.
fn is_attached(policy: &Value) -> bool {
    policy.get("AttachmentCount").and_then(Value::as_i64) != Some(0)
}

fn policy_rows(answers: &Answers<'_>, policies: &BTreeMap<&str, &Value>, notes: &mut Vec<String>) -> Vec<Row> {
    let mut documents: BTreeMap<&str, &Value> = BTreeMap::new();
    for policy in answers.items(DETAILS, "Policies") {
        let default = text(policy, "DefaultVersionId");
        let mut versions = items(policy, "PolicyVersionList");
        let document = versions.find(|version| text(version, "VersionId") == default).and_then(|v| v.get("Document"));
        if let (Some(arn), Some(document)) = (text(policy, "Arn"), document) {
            documents.insert(arn, document);
        }
    }
    for (arn, versions) in answers.by_subject(Operation::GetPolicyVersion, |_| None) {
        let default = policies.get(arn).and_then(|policy| text(policy, "DefaultVersionId"));
        let mut versions = versions.into_iter().filter_map(|body| body.get("PolicyVersion"));
        let version = versions.find(|version| default.is_none() || text(version, "VersionId") == default);
        if let Some(document) = version.and_then(|version| version.get("Document")) {
            documents.insert(arn, document);
        }
    }
    let tags = answers.by_subject(Operation::ListPolicyTags, |_| None);
    let mut rows = Vec::new();
    for (arn, policy) in policies {
        let document = documents.get(arn).copied();
        let tags: Vec<Value> =
            tags.get(arn).into_iter().flatten().flat_map(|page| items(page, "Tags")).cloned().collect();
        let row = answers
            .global_row()
            .copy(
                policy,
                &[
                    ("name", "PolicyName"),
                    ("policy_id", "PolicyId"),
                    ("path", "Path"),
                    ("arn", "Arn"),
                    ("is_attachable", "IsAttachable"),
                    ("create_date", "CreateDate"),
                    ("update_date", "UpdateDate"),
                    ("attachment_count", "AttachmentCount"),
                    ("default_version_id", "DefaultVersionId"),
                    ("permissions_boundary_usage_count", "PermissionsBoundaryUsageCount"),
                    ("title", "PolicyName"),
                ],
            )
            .put("is_aws_managed", json!(is_aws_managed(arn)))
            .put("is_attached", json!(is_attached(policy)))
            .set("policy", document)
            .put("policy_std", document.and_then(|d| canonical(d, arn, notes)))
            .akas(Some(arn))
            .tags(Some(&Value::Array(tags)));
        rows.push(row.done());
    }
    rows
}

/// Users, groups and roles of each policy, boundaries included.
fn attachments(answers: &Answers<'_>, list: &str, members: &[&str]) -> BTreeMap<String, Vec<Value>> {
    let mut found: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for entity in answers.items(DETAILS, list) {
        let attached = items(entity, "AttachedManagedPolicies").filter_map(|policy| text(policy, "PolicyArn"));
        let boundary = entity.get("PermissionsBoundary").and_then(|b| text(b, "PermissionsBoundaryArn"));
        let mut arns: Vec<&str> = attached.chain(boundary).collect();
        arns.sort_unstable();
        arns.dedup();
        for arn in arns {
            found.entry(arn.to_string()).or_default().push(structure(entity, members));
        }
    }
    found
}

fn attachment_rows(answers: &Answers<'_>, policies: &BTreeMap<&str, &Value>) -> Vec<Row> {
    let mut groups = attachments(answers, "GroupDetailList", &["GroupId", "GroupName"]);
    let mut roles = attachments(answers, "RoleDetailList", &["RoleId", "RoleName"]);
    let mut users = attachments(answers, "UserDetailList", &["UserId", "UserName"]);
    let mut take = |arn: &str| {
        let of = |map: &mut BTreeMap<String, Vec<Value>>| Value::Array(map.remove(arn).unwrap_or_default());
        (of(&mut groups), of(&mut roles), of(&mut users))
    };
    let mut rows = Vec::new();
    for (arn, policy) in policies {
        let (groups, roles, users) = take(arn);
        let row = answers
            .global_row()
            .text("policy_arn", Some(arn))
            .put("is_attached", json!(is_attached(policy)))
            .put("policy_groups", groups)
            .put("policy_roles", roles)
            .put("policy_users", users);
        rows.push(row.done());
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_of_aws_are_known_by_their_arn() {
        assert!(is_aws_managed("arn:aws:iam::aws:policy/ReadOnlyAccess"));
        assert!(is_aws_managed("arn:aws-cn:iam::aws:policy/job-function/ViewOnlyAccess"));
        assert!(!is_aws_managed("arn:aws:iam::123456789012:policy/aws"));
    }
}
