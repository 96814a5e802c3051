//! `aws_iam_user`, `aws_iam_group` and `aws_iam_role`.

use super::Built;
use super::answers::{Answers, items, text};
use super::row::{RowBuilder, canonical, not_empty, structure};
use crate::aws::documents::{Operation, TRUST_POLICY_TEXT};
use crate::inventory::Row;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const DETAILS: Operation = Operation::GetAccountAuthorizationDetails;

/// Everything but letters, digits and `-._~`, which is how IAM encodes documents.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Members of a user as tables show it.
pub const USER: &[&str] =
    &["Arn", "CreateDate", "PasswordLastUsed", "Path", "PermissionsBoundary", "Tags", "UserId", "UserName"];
/// Members of a group as tables show it.
const GROUP: &[&str] = &["Arn", "CreateDate", "GroupId", "GroupName", "Path"];

/// Makes the rows.
pub fn build(answers: &Answers<'_>, built: &mut Built) {
    let mut notes = Vec::new();
    let users = Entities::new(answers, "UserDetailList", Operation::ListUsers, "Users", "UserId");
    let groups = Entities::new(answers, "GroupDetailList", Operation::ListGroups, "Groups", "GroupId");
    let roles = Entities::new(answers, "RoleDetailList", Operation::ListRoles, "Roles", "RoleId");
    built.put("aws_iam_user", users.map(|users| user_rows(answers, &users, &mut notes)));
    built.put("aws_iam_group", groups.map(|groups| group_rows(answers, &groups, &mut notes)));
    built.put("aws_iam_role", roles.map(|roles| role_rows(answers, &roles, &mut notes)));
    built.notes.extend(notes);
}

/// Users, groups or roles from the details, or from their list where the details have none.
struct Entities<'a> {
    items: Vec<&'a Value>,
    /// The items of the list by id, for what the details leave out.
    listed: BTreeMap<&'a str, &'a Value>,
    has_details: bool,
    has_list: bool,
}

impl<'a> Entities<'a> {
    fn new(answers: &Answers<'a>, details: &str, operation: Operation, list: &str, id: &str) -> Option<Self> {
        let detailed = answers.items(DETAILS, details);
        let listed = answers.items(operation, list);
        if detailed.is_empty() && !answers.has(operation) && !answers.has(DETAILS) {
            return None;
        }
        let has_details = !detailed.is_empty();
        let mut by_arn: BTreeMap<&str, &Value> = BTreeMap::new();
        for item in if has_details { detailed } else { listed.clone() } {
            let arn = text(item, "Arn").unwrap_or_default();
            let made = |item: &'a Value| text(item, "CreateDate").unwrap_or_default();
            // Deleted and made anew while it was listed: the later one is there.
            if by_arn.get(arn).is_none_or(|other| made(other) <= made(item)) {
                by_arn.insert(arn, item);
            }
        }
        let listed = listed.into_iter().filter_map(|item| Some((text(item, id)?, item))).collect();
        Some(Self { items: by_arn.into_values().collect(), listed, has_details, has_list: answers.has(operation) })
    }

    /// Finds an entity in the list.
    fn listed(&self, item: &Value, id: &str) -> Option<&'a Value> {
        self.listed.get(text(item, id)?).copied()
    }
}

/// Columns from attached and inline policies; NULL where there are none.
fn policies(row: RowBuilder, item: &Value, inline: &str, of: &str, notes: &mut Vec<String>) -> RowBuilder {
    let mut inline: Vec<&Value> = items(item, inline).collect();
    inline.sort_by_key(|policy| text(policy, "PolicyName"));
    let standard = inline.iter().map(|policy| {
        let name = text(policy, "PolicyName").unwrap_or_default();
        let document = policy.get("PolicyDocument").unwrap_or(&Value::Null);
        let document = canonical(document, &format!("inline policy {name} of {of}"), notes);
        json!({"PolicyDocument": document, "PolicyName": name})
    });
    let standard: Vec<Value> = standard.collect();
    let attached = items(item, "AttachedManagedPolicies").filter_map(|policy| policy.get("PolicyArn").cloned());
    row.put("attached_policy_arns", not_empty(attached.collect())).put("inline_policies_std", not_empty(standard)).put(
        "inline_policies",
        not_empty(inline.into_iter().map(|policy| structure(policy, &["PolicyDocument", "PolicyName"])).collect()),
    )
}

fn user_rows(answers: &Answers<'_>, users: &Entities<'_>, notes: &mut Vec<String>) -> Vec<Row> {
    let groups: BTreeMap<&str, &Value> = answers
        .items(DETAILS, "GroupDetailList")
        .into_iter()
        .filter_map(|group| Some((text(group, "GroupName")?, group)))
        .collect();
    let devices = answers.by_subject(Operation::ListMFADevices, |body| {
        items(body, "MFADevices").next().and_then(|device| text(device, "UserName"))
    });
    let profiles = answers
        .by_subject(Operation::GetLoginProfile, |body| body.get("LoginProfile").and_then(|p| text(p, "UserName")));
    let report = answers.report();
    let mut rows = Vec::new();
    for user in &users.items {
        let name = text(user, "UserName").unwrap_or_default();
        let arn = text(user, "Arn");
        let mut row = answers
            .global_row()
            .copy(
                user,
                &[
                    ("name", "UserName"),
                    ("user_id", "UserId"),
                    ("path", "Path"),
                    ("arn", "Arn"),
                    ("create_date", "CreateDate"),
                    ("title", "UserName"),
                ],
            )
            .akas(arn);
        row = if users.has_list {
            let listed = users.listed(user, "UserId");
            row.set("password_last_used", listed.and_then(|listed| listed.get("PasswordLastUsed")))
        } else {
            row.text("password_last_used", report.get(name).and_then(|row| row.value("password_last_used")))
        };
        if users.has_details {
            let boundary = |member: &str| {
                let boundary = user.get("PermissionsBoundary").and_then(|b| text(b, member));
                Some(boundary.unwrap_or_default())
            };
            let memberships: Vec<Value> =
                items(user, "GroupList").filter_map(Value::as_str).map(|name| group_of(&groups, name)).collect();
            row = row
                .text("permissions_boundary_arn", boundary("PermissionsBoundaryArn"))
                .text("permissions_boundary_type", boundary("PermissionsBoundaryType"))
                .put("groups", Value::Array(memberships))
                .tags(user.get("Tags"));
            row = policies(row, user, "UserPolicyList", arn.unwrap_or(name), notes);
        }
        if let Some(pages) = devices.get(name) {
            let members = ["EnableDate", "SerialNumber", "UserName"];
            let devices: Vec<Value> =
                pages.iter().flat_map(|page| items(page, "MFADevices")).map(|d| structure(d, &members)).collect();
            row = row.put("mfa_enabled", json!(!devices.is_empty())).put("mfa_devices", Value::Array(devices));
        } else if let Some(reported) = report.get(name) {
            row = row.put("mfa_enabled", json!(reported.has_mfa()));
        }
        let profile = profiles.get(name).and_then(|pages| pages.first()?.get("LoginProfile"));
        let members = ["CreateDate", "PasswordResetRequired", "UserName"];
        row = row.put("login_profile", profile.map(|profile| structure(profile, &members)));
        rows.push(row.done());
    }
    rows
}

/// Returns a group as an object; one that was made since groups were listed has only its name.
fn group_of(groups: &BTreeMap<&str, &Value>, name: &str) -> Value {
    match groups.get(name) {
        Some(group) => structure(group, GROUP),
        None => structure(&json!({"GroupName": name}), GROUP),
    }
}

fn group_rows(answers: &Answers<'_>, groups: &Entities<'_>, notes: &mut Vec<String>) -> Vec<Row> {
    let mut members: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for user in answers.items(DETAILS, "UserDetailList") {
        for group in items(user, "GroupList").filter_map(Value::as_str) {
            // IAM leaves these three out of the members of a group.
            let mut member = structure(user, USER);
            for name in ["PasswordLastUsed", "PermissionsBoundary", "Tags"] {
                member[name] = Value::Null;
            }
            members.entry(group).or_default().push(member);
        }
    }
    let mut rows = Vec::new();
    for group in &groups.items {
        let name = text(group, "GroupName").unwrap_or_default();
        let mut row = answers
            .global_row()
            .copy(
                group,
                &[
                    ("name", "GroupName"),
                    ("group_id", "GroupId"),
                    ("path", "Path"),
                    ("arn", "Arn"),
                    ("create_date", "CreateDate"),
                    ("title", "GroupName"),
                ],
            )
            .akas(text(group, "Arn"));
        if groups.has_details {
            row = row.put("users", members.remove(name).and_then(not_empty));
            row = policies(row, group, "GroupPolicyList", text(group, "Arn").unwrap_or(name), notes);
        }
        rows.push(row.done());
    }
    rows
}

/// Returns the trust policy of a role as IAM sends it; put together again where only the decoded one is there.
pub fn encoded_trust_policy(role: &Value) -> Option<String> {
    if let Some(sent) = text(role, TRUST_POLICY_TEXT) {
        return Some(sent.to_string());
    }
    let document = role.get("AssumeRolePolicyDocument")?;
    let text = document.as_str().map_or_else(|| document.to_string(), str::to_string);
    Some(utf8_percent_encode(&text, RESERVED).to_string())
}

fn role_rows(answers: &Answers<'_>, roles: &Entities<'_>, notes: &mut Vec<String>) -> Vec<Row> {
    let mut rows = Vec::new();
    for role in &roles.items {
        let arn = text(role, "Arn").unwrap_or_default();
        let listed = if roles.has_details { roles.listed(role, "RoleId") } else { Some(*role) };
        let trust = role.get("AssumeRolePolicyDocument");
        let mut row = answers
            .global_row()
            .copy(
                role,
                &[
                    ("name", "RoleName"),
                    ("arn", "Arn"),
                    ("role_id", "RoleId"),
                    ("create_date", "CreateDate"),
                    ("path", "Path"),
                    ("title", "RoleName"),
                    ("permissions_boundary_arn", "PermissionsBoundary.PermissionsBoundaryArn"),
                    ("permissions_boundary_type", "PermissionsBoundary.PermissionsBoundaryType"),
                    ("role_last_used_date", "RoleLastUsed.LastUsedDate"),
                    ("role_last_used_region", "RoleLastUsed.Region"),
                ],
            )
            .set("description", listed.and_then(|role| role.get("Description")))
            .set("max_session_duration", listed.and_then(|role| role.get("MaxSessionDuration")))
            .text("assume_role_policy_document", encoded_trust_policy(role).as_deref())
            .set("assume_role_policy", trust)
            .put("assume_role_policy_std", trust.and_then(|d| canonical(d, &format!("trust policy of {arn}"), notes)))
            .akas(Some(arn).filter(|arn| !arn.is_empty()))
            .tags(role.get("Tags"));
        if roles.has_details {
            let profiles = items(role, "InstanceProfileList").filter_map(|profile| profile.get("Arn").cloned());
            row = row.put("instance_profile_arns", not_empty(profiles.collect()));
            row = policies(row, role, "RolePolicyList", arn, notes);
        }
        rows.push(row.done());
    }
    rows
}
