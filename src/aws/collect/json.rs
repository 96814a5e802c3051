//! Answers of the SDK as JSON in the AWS CLI's shape.
//!
//! The SDK fills required members that AWS did not send with an empty text or the year 1970; here they are absent, as
//! AWS left them ([`Object::required`]).

use crate::aws::documents::TRUST_POLICY_TEXT;
use aws_sdk_accessanalyzer::types::AnalyzerSummary;
use aws_sdk_account::types::{AlternateContact, ContactInformation};
use aws_sdk_iam::operation as iam;
use aws_sdk_iam::types as t;
use aws_sdk_organizations::types::Organization;
use aws_smithy_types::DateTime;
use chrono::{SecondsFormat, Utc};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// A JSON object under construction; what AWS did not send is left out.
#[derive(Debug, Default)]
pub struct Object(Map<String, Value>);

impl Object {
    /// Makes an empty object.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value.
    #[must_use]
    pub fn value(mut self, name: &str, value: Option<Value>) -> Self {
        if let Some(value) = value {
            self.0.insert(name.to_string(), value);
        }
        self
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, name: &str, text: Option<&str>) -> Self {
        self.value(name, text.map(Value::from))
    }

    /// Adds a text that the SDK fills when AWS did not send it.
    #[must_use]
    pub fn required(self, name: &str, text: &str) -> Self {
        self.text(name, Some(text).filter(|text| !text.is_empty()))
    }

    /// Adds a time.
    #[must_use]
    pub fn time(self, name: &str, time: Option<&DateTime>) -> Self {
        self.value(name, time.and_then(iso).map(Value::from))
    }

    /// Adds a time that the SDK fills when AWS did not send it.
    #[must_use]
    pub fn required_time(self, name: &str, time: &DateTime) -> Self {
        self.time(name, Some(time).filter(|time| time.secs() != 0))
    }

    /// Adds a number.
    #[must_use]
    pub fn number(self, name: &str, number: Option<i32>) -> Self {
        self.value(name, number.map(Value::from))
    }

    /// Adds a boolean.
    #[must_use]
    pub fn flag(self, name: &str, flag: impl Into<Option<bool>>) -> Self {
        self.value(name, flag.into().map(Value::from))
    }

    /// Adds a list.
    #[must_use]
    pub fn list<T>(self, name: &str, list: Option<&[T]>, each: impl Fn(&T) -> Value) -> Self {
        self.value(name, list.map(|list| Value::Array(list.iter().map(each).collect())))
    }

    /// Adds a policy document, decoded as the CLI does: percent-decoded and, where it is JSON, parsed.
    #[must_use]
    pub fn document(self, name: &str, encoded: Option<&str>) -> Self {
        self.value(name, encoded.map(policy_document))
    }

    /// Adds a trust policy, and its text as AWS sent it, which the CLI does not show but a table does.
    #[must_use]
    pub fn trust_policy(self, encoded: Option<&str>) -> Self {
        self.document("AssumeRolePolicyDocument", encoded).text(TRUST_POLICY_TEXT, encoded)
    }

    /// Adds tags.
    #[must_use]
    pub fn tags(self, tags: Option<&[t::Tag]>) -> Self {
        self.list("Tags", tags, |tag| Self::new().text("Key", Some(&tag.key)).text("Value", Some(&tag.value)).done())
    }

    /// Returns the object.
    pub fn done(self) -> Value {
        Value::Object(self.0)
    }
}

/// Writes a time as ISO 8601 in UTC.
pub fn iso(time: &DateTime) -> Option<String> {
    let time = chrono::DateTime::<Utc>::from_timestamp(time.secs(), time.subsec_nanos())?;
    Some(time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// Decodes a policy document; `+` is a plus, since AWS encodes by RFC 3986.
fn policy_document(encoded: &str) -> Value {
    let text = percent_decode_str(encoded).decode_utf8_lossy();
    serde_json::from_str(&text).unwrap_or_else(|_| Value::from(text.into_owned()))
}

/// Wraps a list into an answer.
pub fn wrap<T>(name: &str, list: &[T], each: impl Fn(&T) -> Value) -> Value {
    Object::new().list(name, Some(list), each).done()
}

fn boundary(boundary: &t::AttachedPermissionsBoundary) -> Value {
    Object::new()
        .text("PermissionsBoundaryType", boundary.permissions_boundary_type.as_ref().map(|kind| kind.as_str()))
        .text("PermissionsBoundaryArn", boundary.permissions_boundary_arn.as_deref())
        .done()
}

/// A policy as it is attached to something.
pub fn attached(policy: &t::AttachedPolicy) -> Value {
    Object::new()
        .text("PolicyName", policy.policy_name.as_deref())
        .text("PolicyArn", policy.policy_arn.as_deref())
        .done()
}

fn inline(policy: &t::PolicyDetail) -> Value {
    Object::new()
        .text("PolicyName", policy.policy_name.as_deref())
        .document("PolicyDocument", policy.policy_document.as_deref())
        .done()
}

fn last_used(used: &t::RoleLastUsed) -> Value {
    Object::new().time("LastUsedDate", used.last_used_date.as_ref()).text("Region", used.region.as_deref()).done()
}

/// A user as `ListUsers` and `GetUser` have it.
pub fn user(user: &t::User) -> Value {
    Object::new()
        .required("Path", &user.path)
        .required("UserName", &user.user_name)
        .required("UserId", &user.user_id)
        .required("Arn", &user.arn)
        .required_time("CreateDate", &user.create_date)
        .time("PasswordLastUsed", user.password_last_used.as_ref())
        .value("PermissionsBoundary", user.permissions_boundary.as_ref().map(boundary))
        .tags(user.tags.as_deref())
        .done()
}

/// A role as `ListRoles` and `GetRole` have it.
pub fn role(role: &t::Role) -> Value {
    Object::new()
        .required("Path", &role.path)
        .required("RoleName", &role.role_name)
        .required("RoleId", &role.role_id)
        .required("Arn", &role.arn)
        .required_time("CreateDate", &role.create_date)
        .trust_policy(role.assume_role_policy_document.as_deref())
        .text("Description", role.description.as_deref())
        .number("MaxSessionDuration", role.max_session_duration)
        .value("PermissionsBoundary", role.permissions_boundary.as_ref().map(boundary))
        .tags(role.tags.as_deref())
        .value("RoleLastUsed", role.role_last_used.as_ref().map(last_used))
        .done()
}

/// A group.
pub fn group(group: &t::Group) -> Value {
    Object::new()
        .required("Path", &group.path)
        .required("GroupName", &group.group_name)
        .required("GroupId", &group.group_id)
        .required("Arn", &group.arn)
        .required_time("CreateDate", &group.create_date)
        .done()
}

/// A policy as `ListPolicies` has it.
pub fn policy(policy: &t::Policy) -> Value {
    Object::new()
        .text("PolicyName", policy.policy_name.as_deref())
        .text("PolicyId", policy.policy_id.as_deref())
        .text("Arn", policy.arn.as_deref())
        .text("Path", policy.path.as_deref())
        .text("DefaultVersionId", policy.default_version_id.as_deref())
        .number("AttachmentCount", policy.attachment_count)
        .number("PermissionsBoundaryUsageCount", policy.permissions_boundary_usage_count)
        .flag("IsAttachable", policy.is_attachable)
        .text("Description", policy.description.as_deref())
        .time("CreateDate", policy.create_date.as_ref())
        .time("UpdateDate", policy.update_date.as_ref())
        .tags(policy.tags.as_deref())
        .done()
}

/// A version of a policy.
pub fn policy_version(version: &t::PolicyVersion) -> Value {
    Object::new()
        .document("Document", version.document.as_deref())
        .text("VersionId", version.version_id.as_deref())
        .flag("IsDefaultVersion", version.is_default_version)
        .time("CreateDate", version.create_date.as_ref())
        .done()
}

/// An instance profile.
pub fn instance_profile(profile: &t::InstanceProfile) -> Value {
    Object::new()
        .required("Path", &profile.path)
        .required("InstanceProfileName", &profile.instance_profile_name)
        .required("InstanceProfileId", &profile.instance_profile_id)
        .required("Arn", &profile.arn)
        .required_time("CreateDate", &profile.create_date)
        .list("Roles", Some(&profile.roles), role)
        .tags(profile.tags.as_deref())
        .done()
}

/// A page of instance profiles.
pub fn instance_profiles(profiles: &[t::InstanceProfile]) -> Value {
    wrap("InstanceProfiles", profiles, instance_profile)
}

/// A page of users, groups, roles and policies with their relations.
pub fn authorization_details(
    page: &iam::get_account_authorization_details::GetAccountAuthorizationDetailsOutput,
) -> Value {
    Object::new()
        .list("UserDetailList", Some(page.user_detail_list()), user_detail)
        .list("GroupDetailList", Some(page.group_detail_list()), group_detail)
        .list("RoleDetailList", Some(page.role_detail_list()), role_detail)
        .list("Policies", Some(page.policies()), policy_detail)
        .done()
}

fn user_detail(user: &t::UserDetail) -> Value {
    Object::new()
        .text("Path", user.path.as_deref())
        .text("UserName", user.user_name.as_deref())
        .text("UserId", user.user_id.as_deref())
        .text("Arn", user.arn.as_deref())
        .time("CreateDate", user.create_date.as_ref())
        .list("UserPolicyList", user.user_policy_list.as_deref(), inline)
        .list("GroupList", user.group_list.as_deref(), |name| Value::from(name.as_str()))
        .list("AttachedManagedPolicies", user.attached_managed_policies.as_deref(), attached)
        .value("PermissionsBoundary", user.permissions_boundary.as_ref().map(boundary))
        .tags(user.tags.as_deref())
        .done()
}

fn group_detail(group: &t::GroupDetail) -> Value {
    Object::new()
        .text("Path", group.path.as_deref())
        .text("GroupName", group.group_name.as_deref())
        .text("GroupId", group.group_id.as_deref())
        .text("Arn", group.arn.as_deref())
        .time("CreateDate", group.create_date.as_ref())
        .list("GroupPolicyList", group.group_policy_list.as_deref(), inline)
        .list("AttachedManagedPolicies", group.attached_managed_policies.as_deref(), attached)
        .done()
}

fn role_detail(role: &t::RoleDetail) -> Value {
    Object::new()
        .text("Path", role.path.as_deref())
        .text("RoleName", role.role_name.as_deref())
        .text("RoleId", role.role_id.as_deref())
        .text("Arn", role.arn.as_deref())
        .time("CreateDate", role.create_date.as_ref())
        .trust_policy(role.assume_role_policy_document.as_deref())
        .list("InstanceProfileList", role.instance_profile_list.as_deref(), instance_profile)
        .list("RolePolicyList", role.role_policy_list.as_deref(), inline)
        .list("AttachedManagedPolicies", role.attached_managed_policies.as_deref(), attached)
        .value("PermissionsBoundary", role.permissions_boundary.as_ref().map(boundary))
        .tags(role.tags.as_deref())
        .value("RoleLastUsed", role.role_last_used.as_ref().map(last_used))
        .done()
}

fn policy_detail(policy: &t::ManagedPolicyDetail) -> Value {
    Object::new()
        .text("PolicyName", policy.policy_name.as_deref())
        .text("PolicyId", policy.policy_id.as_deref())
        .text("Arn", policy.arn.as_deref())
        .text("Path", policy.path.as_deref())
        .text("DefaultVersionId", policy.default_version_id.as_deref())
        .number("AttachmentCount", policy.attachment_count)
        .number("PermissionsBoundaryUsageCount", policy.permissions_boundary_usage_count)
        .flag("IsAttachable", policy.is_attachable)
        .text("Description", policy.description.as_deref())
        .time("CreateDate", policy.create_date.as_ref())
        .time("UpdateDate", policy.update_date.as_ref())
        .list("PolicyVersionList", policy.policy_version_list.as_deref(), policy_version)
        .done()
}

/// Counts and quotas, sorted by name.
pub fn account_summary(summary: &iam::get_account_summary::GetAccountSummaryOutput) -> Value {
    let mut map: Vec<(String, i32)> = summary
        .summary_map
        .iter()
        .flat_map(|map| map.iter().map(|(key, count)| (key.as_str().to_string(), *count)))
        .collect();
    map.sort();
    let map = map.into_iter().map(|(key, count)| (key, Value::from(count))).collect();
    Object::new().value("SummaryMap", Some(Value::Object(map))).done()
}

/// The password policy.
pub fn password_policy(policy: &t::PasswordPolicy) -> Value {
    let policy = Object::new()
        .number("MinimumPasswordLength", policy.minimum_password_length)
        .flag("RequireSymbols", policy.require_symbols)
        .flag("RequireNumbers", policy.require_numbers)
        .flag("RequireUppercaseCharacters", policy.require_uppercase_characters)
        .flag("RequireLowercaseCharacters", policy.require_lowercase_characters)
        .flag("AllowUsersToChangePassword", policy.allow_users_to_change_password)
        .flag("ExpirePasswords", policy.expire_passwords)
        .number("MaxPasswordAge", policy.max_password_age)
        .number("PasswordReusePrevention", policy.password_reuse_prevention)
        .flag("HardExpiry", policy.hard_expiry)
        .done();
    Object::new().value("PasswordPolicy", Some(policy)).done()
}

/// Access keys of a user.
pub fn access_keys(keys: &[t::AccessKeyMetadata]) -> Value {
    wrap("AccessKeyMetadata", keys, |key| {
        Object::new()
            .text("UserName", key.user_name.as_deref())
            .text("AccessKeyId", key.access_key_id.as_deref())
            .text("Status", key.status.as_ref().map(|status| status.as_str()))
            .time("CreateDate", key.create_date.as_ref())
            .done()
    })
}

/// Last use of an access key.
pub fn access_key_last_used(answer: &iam::get_access_key_last_used::GetAccessKeyLastUsedOutput) -> Value {
    let used = answer.access_key_last_used.as_ref().map(|used| {
        Object::new()
            .time("LastUsedDate", used.last_used_date.as_ref())
            .required("ServiceName", &used.service_name)
            .required("Region", &used.region)
            .done()
    });
    Object::new().text("UserName", answer.user_name.as_deref()).value("AccessKeyLastUsed", used).done()
}

/// A console password.
pub fn login_profile(profile: &t::LoginProfile) -> Value {
    let profile = Object::new()
        .required("UserName", &profile.user_name)
        .required_time("CreateDate", &profile.create_date)
        .flag("PasswordResetRequired", profile.password_reset_required)
        .done();
    Object::new().value("LoginProfile", Some(profile)).done()
}

/// MFA devices of a user.
pub fn mfa_devices(devices: &[t::MfaDevice]) -> Value {
    wrap("MFADevices", devices, |device| {
        Object::new()
            .required("UserName", &device.user_name)
            .required("SerialNumber", &device.serial_number)
            .required_time("EnableDate", &device.enable_date)
            .done()
    })
}

/// Virtual MFA devices; the seeds, which AWS does not send here either, are left out.
pub fn virtual_mfa_devices(devices: &[t::VirtualMfaDevice]) -> Value {
    wrap("VirtualMFADevices", devices, |device| {
        Object::new()
            .required("SerialNumber", &device.serial_number)
            .value("User", device.user.as_ref().map(user))
            .time("EnableDate", device.enable_date.as_ref())
            .tags(device.tags.as_deref())
            .done()
    })
}

/// Tags of something.
pub fn tags(tags: &[t::Tag]) -> Value {
    Object::new().tags(Some(tags)).done()
}

/// A server certificate without its body.
pub fn server_certificate_metadata(metadata: &t::ServerCertificateMetadata) -> Value {
    Object::new()
        .required("Path", &metadata.path)
        .required("ServerCertificateName", &metadata.server_certificate_name)
        .required("ServerCertificateId", &metadata.server_certificate_id)
        .required("Arn", &metadata.arn)
        .time("UploadDate", metadata.upload_date.as_ref())
        .time("Expiration", metadata.expiration.as_ref())
        .done()
}

/// A server certificate with its body.
pub fn server_certificate(certificate: &t::ServerCertificate) -> Value {
    let certificate = Object::new()
        .value(
            "ServerCertificateMetadata",
            certificate.server_certificate_metadata.as_ref().map(server_certificate_metadata),
        )
        .required("CertificateBody", &certificate.certificate_body)
        .text("CertificateChain", certificate.certificate_chain.as_deref())
        .tags(certificate.tags.as_deref())
        .done();
    Object::new().value("ServerCertificate", Some(certificate)).done()
}

/// SAML providers.
pub fn saml_providers(providers: &[t::SamlProviderListEntry]) -> Value {
    wrap("SAMLProviderList", providers, |provider| {
        Object::new()
            .text("Arn", provider.arn.as_deref())
            .time("ValidUntil", provider.valid_until.as_ref())
            .time("CreateDate", provider.create_date.as_ref())
            .done()
    })
}

/// One SAML provider.
pub fn saml_provider(provider: &iam::get_saml_provider::GetSamlProviderOutput) -> Value {
    Object::new()
        .text("SAMLProviderUUID", provider.saml_provider_uuid.as_deref())
        .text("SAMLMetadataDocument", provider.saml_metadata_document.as_deref())
        .time("CreateDate", provider.create_date.as_ref())
        .time("ValidUntil", provider.valid_until.as_ref())
        .tags(provider.tags.as_deref())
        .done()
}

/// OpenID Connect providers.
pub fn oidc_providers(providers: &[t::OpenIdConnectProviderListEntry]) -> Value {
    wrap("OpenIDConnectProviderList", providers, |provider| Object::new().text("Arn", provider.arn.as_deref()).done())
}

/// One OpenID Connect provider.
pub fn oidc_provider(provider: &iam::get_open_id_connect_provider::GetOpenIdConnectProviderOutput) -> Value {
    let text = |text: &String| Value::from(text.as_str());
    Object::new()
        .text("Url", provider.url.as_deref())
        .list("ClientIDList", provider.client_id_list.as_deref(), text)
        .list("ThumbprintList", provider.thumbprint_list.as_deref(), text)
        .time("CreateDate", provider.create_date.as_ref())
        .tags(provider.tags.as_deref())
        .done()
}

/// Credentials of a user for services such as CodeCommit.
pub fn service_credentials(credentials: &[t::ServiceSpecificCredentialMetadata]) -> Value {
    wrap("ServiceSpecificCredentials", credentials, |credential| {
        Object::new()
            .required("UserName", &credential.user_name)
            .required("Status", credential.status.as_str())
            .required("ServiceUserName", &credential.service_user_name)
            .required_time("CreateDate", &credential.create_date)
            .required("ServiceSpecificCredentialId", &credential.service_specific_credential_id)
            .required("ServiceName", &credential.service_name)
            .done()
    })
}

/// The organization.
pub fn organization(organization: &Organization) -> Value {
    let organization = Object::new()
        .text("Id", organization.id.as_deref())
        .text("Arn", organization.arn.as_deref())
        .text("FeatureSet", organization.feature_set.as_ref().map(|set| set.as_str()))
        .text("MasterAccountArn", organization.master_account_arn.as_deref())
        .text("MasterAccountId", organization.master_account_id.as_deref())
        .text("MasterAccountEmail", organization.master_account_email.as_deref())
        .list("AvailablePolicyTypes", organization.available_policy_types.as_deref(), |summary| {
            Object::new()
                .text("Type", summary.r#type.as_ref().map(|kind| kind.as_str()))
                .text("Status", summary.status.as_ref().map(|status| status.as_str()))
                .done()
        })
        .done();
    Object::new().value("Organization", Some(organization)).done()
}

/// An alternate contact.
pub fn alternate_contact(contact: &AlternateContact) -> Value {
    let contact = Object::new()
        .text("Name", contact.name.as_deref())
        .text("Title", contact.title.as_deref())
        .text("EmailAddress", contact.email_address.as_deref())
        .text("PhoneNumber", contact.phone_number.as_deref())
        .text("AlternateContactType", contact.alternate_contact_type.as_ref().map(|kind| kind.as_str()))
        .done();
    Object::new().value("AlternateContact", Some(contact)).done()
}

/// The account's contact.
pub fn contact_information(contact: &ContactInformation) -> Value {
    let contact = Object::new()
        .required("FullName", &contact.full_name)
        .required("AddressLine1", &contact.address_line1)
        .text("AddressLine2", contact.address_line2.as_deref())
        .text("AddressLine3", contact.address_line3.as_deref())
        .required("City", &contact.city)
        .text("StateOrRegion", contact.state_or_region.as_deref())
        .text("DistrictOrCounty", contact.district_or_county.as_deref())
        .required("PostalCode", &contact.postal_code)
        .required("CountryCode", &contact.country_code)
        .required("PhoneNumber", &contact.phone_number)
        .text("CompanyName", contact.company_name.as_deref())
        .text("WebsiteUrl", contact.website_url.as_deref())
        .done();
    Object::new().value("ContactInformation", Some(contact)).done()
}

/// Analyzers of a region; this service's JSON has names in camelCase.
pub fn analyzers(analyzers: &[AnalyzerSummary]) -> Value {
    wrap("analyzers", analyzers, |analyzer| {
        let tags = analyzer.tags.as_ref().map(|tags| {
            let mut sorted: Vec<(&String, &String)> = tags.iter().collect();
            sorted.sort();
            Value::Object(sorted.into_iter().map(|(k, v)| (k.clone(), Value::from(v.as_str()))).collect())
        });
        let reason =
            analyzer.status_reason.as_ref().map(|reason| Object::new().required("code", reason.code.as_str()).done());
        Object::new()
            .required("arn", &analyzer.arn)
            .required("name", &analyzer.name)
            .required("type", analyzer.r#type.as_str())
            .required_time("createdAt", &analyzer.created_at)
            .text("lastResourceAnalyzed", analyzer.last_resource_analyzed.as_deref())
            .time("lastResourceAnalyzedAt", analyzer.last_resource_analyzed_at.as_ref())
            .value("tags", tags)
            .required("status", analyzer.status.as_str())
            .value("statusReason", reason)
            .done()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_are_decoded_as_the_cli_does() {
        let cases = [
            ("%7B%22a%22%3A%22b%2Bc%22%7D", json!({"a": "b+c"})),
            ("%7B%22a%22%3A%22b+c%25%22%7D", json!({"a": "b+c%"})),
            ("%7B%22%C3%BC%22%3A1%7D%09%0A", json!({"ü": 1})),
            ("not%20json", json!("not json")),
        ];
        for (encoded, expected) in cases {
            assert_eq!(policy_document(encoded), expected, "{encoded}");
        }
    }

    #[test]
    fn what_aws_did_not_send_is_absent() {
        let root = t::User::builder()
            .path("")
            .user_name("")
            .user_id("123456789012")
            .arn("arn:aws:iam::123456789012:root")
            .create_date(DateTime::from_secs(0))
            .build()
            .unwrap();
        assert_eq!(user(&root), json!({"UserId": "123456789012", "Arn": "arn:aws:iam::123456789012:root"}));
    }

    #[test]
    fn times_have_no_fraction_unless_there_is_one() {
        assert_eq!(iso(&DateTime::from_secs(1_563_339_879)).unwrap(), "2019-07-17T05:04:39Z");
        assert_eq!(iso(&DateTime::from_millis(1_563_339_879_250)).unwrap(), "2019-07-17T05:04:39.250Z");
    }
}
