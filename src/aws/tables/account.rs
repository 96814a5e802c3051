//! `aws_account`, the contacts, the summary and the password policy.

use super::Built;
use super::answers::Answers;
use super::row::at;
use crate::aws::documents::Operation;
use crate::inventory::Row;
use serde_json::{Value, json};

/// Makes the rows.
pub fn build(answers: &Answers<'_>, built: &mut Built) {
    built.put("aws_account", account(answers));
    built.put("aws_account_alternate_contact", alternate_contacts(answers));
    built.put("aws_account_contact", contact(answers));
    built.put("aws_iam_account_summary", summary(answers));
    built.put("aws_iam_account_password_policy", password_policy(answers));
}

/// One row for the account, even if nothing but its id is known.
fn account(answers: &Answers<'_>) -> Option<Vec<Row>> {
    let scope = answers.scope;
    if scope.account_id.is_empty() {
        return None;
    }
    let aliases: Option<Vec<&Value>> = answers
        .has(Operation::ListAccountAliases)
        .then(|| answers.items(Operation::ListAccountAliases, "AccountAliases"));
    let alias = aliases.as_ref().and_then(|aliases| aliases.first().copied().cloned());
    let title = alias.unwrap_or_else(|| json!(scope.account_id));
    let arn = format!("arn:{}:::{}", scope.partition, scope.account_id);
    let mut row = answers
        .global_row()
        .put("account_aliases", aliases.map(|aliases| json!(aliases)))
        .text("arn", Some(&arn))
        .put("title", title)
        .akas(Some(&arn));
    if let Some(organization) = answers.of(Operation::DescribeOrganization).first() {
        row = row.copy(
            &organization.body,
            &[
                ("organization_id", "Organization.Id"),
                ("organization_arn", "Organization.Arn"),
                ("organization_feature_set", "Organization.FeatureSet"),
                ("organization_master_account_arn", "Organization.MasterAccountArn"),
                ("organization_master_account_email", "Organization.MasterAccountEmail"),
                ("organization_master_account_id", "Organization.MasterAccountId"),
                ("organization_available_policy_types", "Organization.AvailablePolicyTypes"),
            ],
        );
    }
    Some(vec![row.done()])
}

fn alternate_contacts(answers: &Answers<'_>) -> Option<Vec<Row>> {
    let operation = Operation::GetAlternateContact;
    let contacts = answers.of(operation).iter().filter_map(|document| document.body.get("AlternateContact"));
    let rows: Vec<Row> = contacts
        .map(|contact| {
            answers
                .global_row()
                .copy(
                    contact,
                    &[
                        ("name", "Name"),
                        ("contact_type", "AlternateContactType"),
                        ("email_address", "EmailAddress"),
                        ("phone_number", "PhoneNumber"),
                        ("contact_title", "Title"),
                        ("title", "Name"),
                    ],
                )
                .text("linked_account_id", Some(&answers.scope.account_id))
                .done()
        })
        .collect();
    answers.has(operation).then_some(rows)
}

fn contact(answers: &Answers<'_>) -> Option<Vec<Row>> {
    let document = answers.of(Operation::GetContactInformation).first()?;
    let contact = document.body.get("ContactInformation")?;
    let row = answers
        .global_row()
        .copy(
            contact,
            &[
                ("full_name", "FullName"),
                ("address_line_1", "AddressLine1"),
                ("address_line_2", "AddressLine2"),
                ("address_line_3", "AddressLine3"),
                ("company_name", "CompanyName"),
                ("city", "City"),
                ("country_code", "CountryCode"),
                ("district_or_county", "DistrictOrCounty"),
                ("phone_number", "PhoneNumber"),
                ("postal_code", "PostalCode"),
                ("state_or_region", "StateOrRegion"),
                ("website_url", "WebsiteUrl"),
                ("title", "FullName"),
            ],
        )
        .text("linked_account_id", Some(&answers.scope.account_id));
    Some(vec![row.done()])
}

/// Columns of the summary with the keys they show; `true` for the two that are booleans.
const SUMMARY: &[(&str, &str, bool)] = &[
    ("access_keys_per_user_quota", "AccessKeysPerUserQuota", false),
    ("account_access_keys_present", "AccountAccessKeysPresent", false),
    ("account_mfa_enabled", "AccountMFAEnabled", true),
    ("account_password_present", "AccountPasswordPresent", true),
    ("account_signing_certificates_present", "AccountSigningCertificatesPresent", false),
    ("assume_role_policy_size_quota", "AssumeRolePolicySizeQuota", false),
    ("attached_policies_per_group_quota", "AttachedPoliciesPerGroupQuota", false),
    ("attached_policies_per_role_quota", "AttachedPoliciesPerRoleQuota", false),
    ("attached_policies_per_user_quota", "AttachedPoliciesPerUserQuota", false),
    ("global_endpoint_token_version", "GlobalEndpointTokenVersion", false),
    ("group_policy_size_quota", "GroupPolicySizeQuota", false),
    ("groups", "Groups", false),
    ("groups_per_user_quota", "GroupsPerUserQuota", false),
    ("groups_quota", "GroupsQuota", false),
    ("instance_profiles", "InstanceProfiles", false),
    ("instance_profiles_quota", "InstanceProfilesQuota", false),
    ("mfa_devices", "MFADevices", false),
    ("mfa_devices_in_use", "MFADevicesInUse", false),
    ("policies", "Policies", false),
    ("policies_quota", "PoliciesQuota", false),
    ("policy_size_quota", "PolicySizeQuota", false),
    ("policy_versions_in_use", "PolicyVersionsInUse", false),
    ("policy_versions_in_use_quota", "PolicyVersionsInUseQuota", false),
    ("providers", "Providers", false),
    ("role_policy_size_quota", "RolePolicySizeQuota", false),
    ("roles", "Roles", false),
    ("roles_quota", "RolesQuota", false),
    ("server_certificates", "ServerCertificates", false),
    ("server_certificates_quota", "ServerCertificatesQuota", false),
    ("signing_certificates_per_user_quota", "SigningCertificatesPerUserQuota", false),
    ("user_policy_size_quota", "UserPolicySizeQuota", false),
    ("users", "Users", false),
    ("users_quota", "UsersQuota", false),
    ("versions_per_policy_quota", "VersionsPerPolicyQuota", false),
];

/// A key that AWS did not send counts as zero, as upstream has it.
fn summary(answers: &Answers<'_>) -> Option<Vec<Row>> {
    let document = answers.of(Operation::GetAccountSummary).first()?;
    let map = document.body.get("SummaryMap")?;
    let mut row = answers.global_row();
    for (column, key, is_boolean) in SUMMARY {
        let count = map.get(*key).cloned().unwrap_or_else(|| json!(0));
        row = row.put(column, if *is_boolean { json!(count.as_i64() == Some(1)) } else { count });
    }
    Some(vec![row.done()])
}

fn password_policy(answers: &Answers<'_>) -> Option<Vec<Row>> {
    let document = answers.of(Operation::GetAccountPasswordPolicy).first()?;
    let policy = at(&document.body, "PasswordPolicy")?;
    let row = answers.global_row().copy(
        policy,
        &[
            ("allow_users_to_change_password", "AllowUsersToChangePassword"),
            ("expire_passwords", "ExpirePasswords"),
            ("hard_expiry", "HardExpiry"),
            ("max_password_age", "MaxPasswordAge"),
            ("minimum_password_length", "MinimumPasswordLength"),
            ("password_reuse_prevention", "PasswordReusePrevention"),
            ("require_lowercase_characters", "RequireLowercaseCharacters"),
            ("require_numbers", "RequireNumbers"),
            ("require_symbols", "RequireSymbols"),
            ("require_uppercase_characters", "RequireUppercaseCharacters"),
        ],
    );
    Some(vec![row.done()])
}
