//! `aws_iam_server_certificate`, `aws_iam_instance_profile` and the identity providers.

use super::Built;
use super::answers::{Answers, items, text};
use super::identities::encoded_trust_policy;
use super::row::structure;
use crate::aws::documents::Operation;
use crate::inventory::Row;
use serde_json::Value;

/// Members of a role as tables show it.
const ROLE: &[&str] = &[
    "Arn",
    "AssumeRolePolicyDocument",
    "CreateDate",
    "Description",
    "MaxSessionDuration",
    "Path",
    "PermissionsBoundary",
    "RoleId",
    "RoleLastUsed",
    "RoleName",
    "Tags",
];

/// Makes the rows.
pub fn build(answers: &Answers<'_>, built: &mut Built) {
    let has = |operation: Operation| answers.has(operation);
    built.put("aws_iam_server_certificate", has(Operation::ListServerCertificates).then(|| certificates(answers)));
    built.put("aws_iam_instance_profile", has(Operation::ListInstanceProfiles).then(|| instance_profiles(answers)));
    built.put("aws_iam_saml_provider", has(Operation::ListSAMLProviders).then(|| saml_providers(answers)));
    let oidc = has(Operation::ListOpenIDConnectProviders).then(|| oidc_providers(answers));
    built.put("aws_iam_open_id_connect_provider", oidc);
}

fn certificates(answers: &Answers<'_>) -> Vec<Row> {
    let details = answers.by_subject(Operation::GetServerCertificate, |body| {
        text(body.get("ServerCertificate")?.get("ServerCertificateMetadata")?, "ServerCertificateName")
    });
    let mut certificates = answers.items(Operation::ListServerCertificates, "ServerCertificateMetadataList");
    certificates.sort_by_key(|certificate| text(certificate, "Arn"));
    let row = |certificate: &Value| {
        let name = text(certificate, "ServerCertificateName").unwrap_or_default();
        let detail = details.get(name).and_then(|bodies| bodies.first()?.get("ServerCertificate"));
        let detail = detail.unwrap_or(&Value::Null);
        answers
            .global_row()
            .copy(
                certificate,
                &[
                    ("name", "ServerCertificateName"),
                    ("arn", "Arn"),
                    ("server_certificate_id", "ServerCertificateId"),
                    ("expiration", "Expiration"),
                    ("path", "Path"),
                    ("upload_date", "UploadDate"),
                    ("title", "ServerCertificateName"),
                ],
            )
            .copy(detail, &[("certificate_body", "CertificateBody"), ("certificate_chain", "CertificateChain")])
            .akas(text(certificate, "Arn"))
            .tags(detail.get("Tags"))
            .done()
    };
    certificates.into_iter().map(row).collect()
}

fn instance_profiles(answers: &Answers<'_>) -> Vec<Row> {
    let tags = answers.by_subject(Operation::ListInstanceProfileTags, |_| None);
    let mut profiles = answers.items(Operation::ListInstanceProfiles, "InstanceProfiles");
    profiles.sort_by_key(|profile| text(profile, "Arn"));
    let row = |profile: &Value| {
        let name = text(profile, "InstanceProfileName").unwrap_or_default();
        let tags: Vec<Value> =
            tags.get(name).into_iter().flatten().flat_map(|page| items(page, "Tags")).cloned().collect();
        let roles = items(profile, "Roles").map(|role| {
            let mut shown = structure(role, ROLE);
            // The table shows the trust policy as IAM sends it.
            shown["AssumeRolePolicyDocument"] = encoded_trust_policy(role).map_or(Value::Null, Value::from);
            shown
        });
        answers
            .global_row()
            .copy(
                profile,
                &[
                    ("instance_profile_name", "InstanceProfileName"),
                    ("arn", "Arn"),
                    ("instance_profile_id", "InstanceProfileId"),
                    ("create_date", "CreateDate"),
                    ("path", "Path"),
                    ("title", "InstanceProfileName"),
                ],
            )
            .put("roles", Value::Array(roles.collect()))
            .akas(text(profile, "Arn"))
            .tags(Some(&Value::Array(tags)))
            .done()
    };
    profiles.into_iter().map(row).collect()
}

fn saml_providers(answers: &Answers<'_>) -> Vec<Row> {
    let details = answers.by_subject(Operation::GetSAMLProvider, |_| None);
    let mut providers = answers.items(Operation::ListSAMLProviders, "SAMLProviderList");
    providers.sort_by_key(|provider| text(provider, "Arn"));
    let row = |provider: &Value| {
        let arn = text(provider, "Arn");
        let detail = arn.and_then(|arn| details.get(arn)?.first()).copied().unwrap_or(&Value::Null);
        answers
            .global_row()
            .copy(provider, &[("arn", "Arn"), ("create_date", "CreateDate"), ("valid_until", "ValidUntil")])
            .copy(detail, &[("saml_metadata_document", "SAMLMetadataDocument")])
            .akas(arn)
            .tags(detail.get("Tags"))
            .done()
    };
    providers.into_iter().map(row).collect()
}

fn oidc_providers(answers: &Answers<'_>) -> Vec<Row> {
    let details = answers.by_subject(Operation::GetOpenIDConnectProvider, |_| None);
    let mut providers = answers.items(Operation::ListOpenIDConnectProviders, "OpenIDConnectProviderList");
    providers.sort_by_key(|provider| text(provider, "Arn"));
    let row = |provider: &Value| {
        let arn = text(provider, "Arn");
        let detail = arn.and_then(|arn| details.get(arn)?.first()).copied().unwrap_or(&Value::Null);
        answers
            .global_row()
            .copy(provider, &[("arn", "Arn")])
            .copy(
                detail,
                &[
                    ("client_id_list", "ClientIDList"),
                    ("create_date", "CreateDate"),
                    ("thumbprint_list", "ThumbprintList"),
                    ("url", "Url"),
                ],
            )
            .akas(arn)
            .tags(detail.get("Tags"))
            .done()
    };
    providers.into_iter().map(row).collect()
}
