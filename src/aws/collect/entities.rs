//! The calls for single entities, made only where there is something to ask for.
//!
//! The credential report says which users have keys, a password, an MFA device. It may be four hours old, so users
//! that it does not know are asked about; those whose keys came later than the report are found with `exact`.

use super::json::{self, Object};
use super::plan::Need;
use super::session::Ask;
use super::work::{Work, next_marker};
use crate::aws::credential_report::{ReportRow, hides_inactive_keys};
use crate::aws::documents::Operation;
use crate::aws::failure::ApiFailure;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Reads all pages of an IAM list about one entity.
macro_rules! list_about {
    ($work:expr, $need:expr, $operation:expr, $subject:expr, $request:ident . $parameter:ident, |$page:ident| $body:expr) => {
        $work
            .pages(&[$need], Ask::new($operation).about(&$subject), |marker| async {
                let request = $work.session.clients.iam.$request().$parameter(&$subject).set_marker(marker);
                let $page = request.send().await.map_err(|e| ApiFailure::from_sdk(&e))?;
                let body = $body;
                Ok((body, next_marker($page.is_truncated, $page.marker)?))
            })
            .await
    };
}

impl Work {
    /// Makes all calls for single entities that the plan wants, after the bulk calls.
    pub async fn entity_calls(self: &Arc<Self>) {
        self.details_singly().await;
        tokio::join!(
            self.access_keys(),
            self.login_profiles(),
            self.mfa_devices(),
            self.service_credentials(),
            self.policy_documents(),
            self.policy_tags(),
            self.tags_of_devices_and_profiles(),
            self.server_certificates(),
            self.providers(),
        );
    }

    /// Returns the names of all users, from whichever call listed them.
    fn users(&self) -> BTreeSet<String> {
        let mut users = self.names(Operation::ListUsers, "Users", "UserName");
        users.extend(self.names(Operation::GetAccountAuthorizationDetails, "UserDetailList", "UserName"));
        users
    }

    /// Returns the users to ask about: those for whom the report shows something, and those it does not know.
    ///
    /// Makes the need fail when users could not be listed.
    fn users_with(&self, need: Need, shows: impl Fn(&ReportRow) -> bool) -> Option<Vec<String>> {
        if !self.plan.wants(need) {
            return None;
        }
        let lists = [Need::UserDetails, Need::UserList];
        if !lists.iter().any(|list| self.outcomes(|o| o.is_read(*list))) {
            self.inherits_failure(need, &lists);
            return None;
        }
        let report = self.report.get().filter(|_| !self.plan.choices.exact);
        if report.is_none() && !self.plan.choices.exact && need != Need::ServiceCredentials {
            self.note(format!(
                "account {} has no readable credential report, so every user was asked about",
                self.session.account_id()
            ));
        }
        let is_asked = |user: &String| report.and_then(|r| r.get(user)).is_none_or(&shows);
        Some(self.users().into_iter().filter(is_asked).collect())
    }

    async fn access_keys(self: &Arc<Self>) {
        let hidden = hides_inactive_keys(self.report.get().into_iter().flat_map(|report| report.values()));
        let users = self.users_with(Need::AccessKeys, |row| hidden || !row.key_slots().is_empty());
        let Some(users) = users else {
            if self.plan.wants(Need::AccessKeysLastUsed) {
                self.inherits_failure(Need::AccessKeysLastUsed, &[Need::AccessKeys]);
            }
            return;
        };
        self.session.announce(Operation::ListAccessKeys, users.len());
        self.each(users, |work, user| async move {
            list_about!(work, Need::AccessKeys, Operation::ListAccessKeys, user, list_access_keys.user_name, |page| {
                json::access_keys(page.access_key_metadata())
            });
        })
        .await;
        self.access_keys_last_used(hidden).await;
    }

    async fn access_keys_last_used(self: &Arc<Self>, hidden: bool) {
        if !self.plan.wants(Need::AccessKeysLastUsed) {
            return;
        }
        let keys: Vec<[String; 3]> = self.session.look(Operation::ListAccessKeys, |answers| {
            let keys = answers.iter().filter_map(|(_, body)| body.get("AccessKeyMetadata")?.as_array()).flatten();
            keys.map(|key| {
                ["UserName", "AccessKeyId", "CreateDate"]
                    .map(|member| key.get(member).and_then(Value::as_str).unwrap_or_default().to_string())
            })
            .collect()
        });
        let mut count: BTreeMap<&String, usize> = BTreeMap::new();
        for [user, ..] in &keys {
            *count.entry(user).or_default() += 1;
        }
        let report = self.report.get().filter(|_| !self.plan.choices.exact && !hidden);
        let mut asked = Vec::new();
        for [user, id, created] in &keys {
            let row = report.and_then(|report| report.get(user)).filter(|_| count.get(user) == Some(&1));
            match row.and_then(|row| row.last_use_of_only_key(created)) {
                Some(used) => {
                    let body = json!({"UserName": user, "AccessKeyLastUsed": used});
                    let ask = Ask::new(Operation::GetAccessKeyLastUsed).about(id);
                    self.session.keep_from(ask, body, Operation::GetCredentialReport.permission());
                }
                None => asked.push(id.clone()),
            }
        }
        self.session.announce(Operation::GetAccessKeyLastUsed, asked.len());
        self.each(asked, |work, id| async move {
            let ask = Ask::new(Operation::GetAccessKeyLastUsed).about(&id);
            work.ask(Need::AccessKeysLastUsed, ask, || async {
                let request = work.session.clients.iam.get_access_key_last_used().access_key_id(&id);
                let answer = request.send().await.map_err(|e| ApiFailure::from_sdk(&e))?;
                Ok(json::access_key_last_used(&answer))
            })
            .await;
        })
        .await;
    }

    async fn login_profiles(self: &Arc<Self>) {
        let Some(users) = self.users_with(Need::LoginProfiles, ReportRow::has_password) else { return };
        self.session.announce(Operation::GetLoginProfile, users.len());
        self.each(users, |work, user| async move {
            let ask = Ask::new(Operation::GetLoginProfile).about(&user);
            work.ask(Need::LoginProfiles, ask, || async {
                let request = work.session.clients.iam.get_login_profile().user_name(&user);
                let answer = request.send().await.map_err(|e| ApiFailure::from_sdk(&e))?;
                Ok(answer.login_profile().map(json::login_profile).unwrap_or_default())
            })
            .await;
        })
        .await;
    }

    /// Asks for MFA devices; for their mere existence only where the report does not know the user.
    async fn mfa_devices(self: &Arc<Self>) {
        let wants_devices = self.plan.wants(Need::MfaDevices);
        let need = if wants_devices { Need::MfaDevices } else { Need::MfaState };
        let users = self.users_with(need, |row| wants_devices && row.has_mfa());
        if wants_devices && self.plan.wants(Need::MfaState) && users.is_none() {
            self.inherits_failure(Need::MfaState, &[Need::MfaDevices]);
        }
        let Some(users) = users else { return };
        if wants_devices {
            let asked: BTreeSet<&String> = users.iter().collect();
            for user in self.users().iter().filter(|user| !asked.contains(user)) {
                let ask = Ask::new(Operation::ListMFADevices).about(user);
                self.session.keep_from(ask, json!({"MFADevices": []}), Operation::GetCredentialReport.permission());
            }
        }
        self.session.announce(Operation::ListMFADevices, users.len());
        self.each(users, move |work, user| async move {
            list_about!(work, need, Operation::ListMFADevices, user, list_mfa_devices.user_name, |page| {
                json::mfa_devices(page.mfa_devices())
            });
        })
        .await;
        if wants_devices && self.plan.wants(Need::MfaState) {
            self.inherits_failure(Need::MfaState, &[Need::MfaDevices]);
        }
    }

    async fn service_credentials(self: &Arc<Self>) {
        let Some(users) = self.users_with(Need::ServiceCredentials, |_| true) else { return };
        self.session.announce(Operation::ListServiceSpecificCredentials, users.len());
        self.each(users, |work, user| async move {
            let operation = Operation::ListServiceSpecificCredentials;
            list_about!(
                work,
                Need::ServiceCredentials,
                operation,
                user,
                list_service_specific_credentials.user_name,
                |page| json::service_credentials(page.service_specific_credentials())
            );
        })
        .await;
    }

    /// Reads the documents that `GetAccountAuthorizationDetails` did not bring along.
    async fn policy_documents(self: &Arc<Self>) {
        if !self.plan.wants(Need::PolicyDocuments) || self.inherits_failure(Need::PolicyDocuments, &[Need::PolicyList])
        {
            return;
        }
        // What the bulk call did not bring is read policy by policy; only what fails then is missing.
        self.outcomes(|o| o.forgive(Need::PolicyDocuments));
        let have = self.names(Operation::GetAccountAuthorizationDetails, "Policies", "Arn");
        let mut unused = 0;
        let mut asked: Vec<(String, String)> = Vec::new();
        self.session.look(Operation::ListPolicies, |answers| {
            for policy in answers.iter().filter_map(|(_, body)| body.get("Policies")?.as_array()).flatten() {
                let text = |member: &str| policy.get(member).and_then(Value::as_str).unwrap_or_default().to_string();
                let count = |member: &str| policy.get(member).and_then(Value::as_i64).unwrap_or(1);
                let arn = text("Arn");
                let in_use = count("AttachmentCount") > 0 || count("PermissionsBoundaryUsageCount") > 0;
                if have.contains(&arn) {
                    continue;
                }
                if is_aws_managed(&arn) && !in_use && !self.options.all_policy_documents {
                    unused += 1;
                } else {
                    asked.push((arn, text("DefaultVersionId")));
                }
            }
        });
        if unused > 0 {
            self.note(format!(
                "the documents of {unused} AWS-managed policies that account {} does not use were not read",
                self.session.account_id()
            ));
        }
        asked.sort();
        self.session.announce(Operation::GetPolicyVersion, asked.len());
        self.each(asked, |work, (arn, version)| async move {
            let ask = Ask::new(Operation::GetPolicyVersion).about(&arn);
            work.ask(Need::PolicyDocuments, ask, || async {
                let request = work.session.clients.iam.get_policy_version().policy_arn(&arn).version_id(&version);
                let answer = request.send().await.map_err(|e| ApiFailure::from_sdk(&e))?;
                let version = answer.policy_version().map(json::policy_version);
                Ok(Object::new().value("PolicyVersion", version).done())
            })
            .await;
        })
        .await;
    }

    async fn policy_tags(self: &Arc<Self>) {
        if !self.plan.wants(Need::PolicyTags) || self.inherits_failure(Need::PolicyTags, &[Need::PolicyList]) {
            return;
        }
        // Policies of AWS cannot have tags.
        let arns =
            self.names(Operation::ListPolicies, "Policies", "Arn").into_iter().filter(|arn| !is_aws_managed(arn));
        let arns: Vec<String> = arns.collect();
        self.session.announce(Operation::ListPolicyTags, arns.len());
        self.each(arns, |work, arn| async move {
            list_about!(work, Need::PolicyTags, Operation::ListPolicyTags, arn, list_policy_tags.policy_arn, |page| {
                json::tags(page.tags())
            });
        })
        .await;
    }

    async fn tags_of_devices_and_profiles(self: &Arc<Self>) {
        if self.plan.wants(Need::VirtualMfaTags) && !self.inherits_failure(Need::VirtualMfaTags, &[Need::VirtualMfa]) {
            let serials = self.names(Operation::ListVirtualMFADevices, "VirtualMFADevices", "SerialNumber");
            self.session.announce(Operation::ListMFADeviceTags, serials.len());
            self.each(serials.into_iter().collect(), |work, serial| async move {
                let operation = Operation::ListMFADeviceTags;
                list_about!(
                    work,
                    Need::VirtualMfaTags,
                    operation,
                    serial,
                    list_mfa_device_tags.serial_number,
                    |page| { json::tags(page.tags()) }
                );
            })
            .await;
        }
        let need = Need::InstanceProfileTags;
        if self.plan.wants(need) && !self.inherits_failure(need, &[Need::InstanceProfiles]) {
            let names = self.names(Operation::ListInstanceProfiles, "InstanceProfiles", "InstanceProfileName");
            self.session.announce(Operation::ListInstanceProfileTags, names.len());
            self.each(names.into_iter().collect(), |work, name| async move {
                let operation = Operation::ListInstanceProfileTags;
                list_about!(
                    work,
                    Need::InstanceProfileTags,
                    operation,
                    name,
                    list_instance_profile_tags.instance_profile_name,
                    |page| json::tags(page.tags())
                );
            })
            .await;
        }
    }

    async fn server_certificates(self: &Arc<Self>) {
        let need = Need::ServerCertificateDetails;
        if !self.plan.wants(need) || self.inherits_failure(need, &[Need::ServerCertificates]) {
            return;
        }
        let list = "ServerCertificateMetadataList";
        let names = self.names(Operation::ListServerCertificates, list, "ServerCertificateName");
        self.session.announce(Operation::GetServerCertificate, names.len());
        self.each(names.into_iter().collect(), |work, name| async move {
            let ask = Ask::new(Operation::GetServerCertificate).about(&name);
            work.ask(Need::ServerCertificateDetails, ask, || async {
                let request = work.session.clients.iam.get_server_certificate().server_certificate_name(&name);
                let answer = request.send().await.map_err(|e| ApiFailure::from_sdk(&e))?;
                Ok(answer.server_certificate().map(json::server_certificate).unwrap_or_default())
            })
            .await;
        })
        .await;
    }

    async fn providers(self: &Arc<Self>) {
        let need = Need::SamlProviderDetails;
        if self.plan.wants(need) && !self.inherits_failure(need, &[Need::SamlProviders]) {
            let arns = self.names(Operation::ListSAMLProviders, "SAMLProviderList", "Arn");
            self.each(arns.into_iter().collect(), |work, arn| async move {
                let ask = Ask::new(Operation::GetSAMLProvider).about(&arn);
                work.ask(Need::SamlProviderDetails, ask, || async {
                    let request = work.session.clients.iam.get_saml_provider().saml_provider_arn(&arn);
                    let answer = request.send().await.map_err(|e| ApiFailure::from_sdk(&e))?;
                    Ok(json::saml_provider(&answer))
                })
                .await;
            })
            .await;
        }
        let need = Need::OidcProviderDetails;
        if self.plan.wants(need) && !self.inherits_failure(need, &[Need::OidcProviders]) {
            let arns = self.names(Operation::ListOpenIDConnectProviders, "OpenIDConnectProviderList", "Arn");
            self.each(arns.into_iter().collect(), |work, arn| async move {
                let ask = Ask::new(Operation::GetOpenIDConnectProvider).about(&arn);
                work.ask(Need::OidcProviderDetails, ask, || async {
                    let request = work.session.clients.iam.get_open_id_connect_provider();
                    let answer = request.open_id_connect_provider_arn(&arn).send().await;
                    Ok(json::oidc_provider(&answer.map_err(|e| ApiFailure::from_sdk(&e))?))
                })
                .await;
            })
            .await;
        }
    }
}

/// Whether a policy belongs to AWS, which the account part of its ARN says.
fn is_aws_managed(arn: &str) -> bool {
    arn.split(':').nth(4) == Some("aws")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_of_aws_are_known_by_their_arn() {
        assert!(is_aws_managed("arn:aws:iam::aws:policy/ReadOnlyAccess"));
        assert!(is_aws_managed("arn:aws-us-gov:iam::aws:policy/job-function/ViewOnlyAccess"));
        assert!(!is_aws_managed("arn:aws:iam::123456789012:policy/aws:policy"));
    }
}
