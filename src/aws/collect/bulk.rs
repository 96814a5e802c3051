//! The calls that answer for a whole account at once.

use super::json;
use super::plan::Need;
use super::session::Ask;
use super::work::{Work, next_marker};
use crate::aws::documents::Operation;
use crate::aws::failure::ApiFailure;
use aws_sdk_account::types::AlternateContactType;
use aws_sdk_iam::types::{EntityType, PolicyScopeType};
use serde_json::Value;
use std::sync::Arc;
use tokio::task::JoinSet;

/// The most items that IAM puts on a page.
const PAGE: i32 = 1000;

/// Reads all pages of an IAM list.
macro_rules! list {
    ($work:expr, $need:expr, $request:ident $(. $option:ident ($value:expr))*, |$page:ident| $body:expr) => {
        $work
            .pages(&[$need], Ask::new($need.operation()), |marker| async {
                let request = $work.session.clients.iam.$request().max_items(PAGE).set_marker(marker);
                let $page = request$(.$option($value))*.send().await.map_err(|e| ApiFailure::from_sdk(&e))?;
                let body = $body;
                Ok((body, next_marker($page.is_truncated, $page.marker)?))
            })
            .await
    };
}

/// Sends one request without parameters.
macro_rules! once {
    ($work:expr, $need:expr, $client:ident . $request:ident, |$answer:ident| $body:expr) => {
        $work
            .ask($need, Ask::new($need.operation()), || async {
                let request = $work.session.clients.$client.$request();
                let $answer = request.send().await.map_err(|e| ApiFailure::from_sdk(&e))?;
                Ok($body)
            })
            .await
    };
}

impl Work {
    /// Makes all bulk calls of the plan, all at once.
    pub async fn bulk_calls(self: &Arc<Self>) {
        let mut running = JoinSet::new();
        for need in self.plan.needs.iter().copied().filter(|need| need.is_bulk()) {
            let work = Arc::clone(self);
            running.spawn(async move { work.bulk_call(need).await });
        }
        let details = self.authorization_needs();
        if !details.is_empty() {
            let work = Arc::clone(self);
            running.spawn(async move { work.authorization_details(&details).await });
        }
        while let Some(finished) = running.join_next().await {
            self.join(Some(finished));
        }
    }

    async fn bulk_call(&self, need: Need) {
        match need {
            Need::Aliases => list!(self, need, list_account_aliases, |page| {
                json::wrap("AccountAliases", page.account_aliases(), |alias| Value::from(alias.as_str()))
            }),
            Need::Organization => once!(self, need, organizations.describe_organization, |answer| {
                answer.organization().map(json::organization).unwrap_or_default()
            }),
            Need::Summary => once!(self, need, iam.get_account_summary, |answer| json::account_summary(&answer)),
            Need::PasswordPolicy => once!(self, need, iam.get_account_password_policy, |answer| {
                answer.password_policy().map(json::password_policy).unwrap_or_default()
            }),
            Need::Report => self.credential_report().await,
            Need::UserList => list!(self, need, list_users, |page| json::wrap("Users", page.users(), json::user)),
            Need::RoleList => list!(self, need, list_roles, |page| json::wrap("Roles", page.roles(), json::role)),
            Need::GroupList => list!(self, need, list_groups, |page| json::wrap("Groups", page.groups(), json::group)),
            Need::PolicyList => list!(self, need, list_policies.scope(PolicyScopeType::All), |page| {
                json::wrap("Policies", page.policies(), json::policy)
            }),
            Need::VirtualMfa => list!(self, need, list_virtual_mfa_devices, |page| {
                json::virtual_mfa_devices(page.virtual_mfa_devices())
            }),
            Need::ServerCertificates => list!(self, need, list_server_certificates, |page| {
                json::wrap(
                    "ServerCertificateMetadataList",
                    page.server_certificate_metadata_list(),
                    json::server_certificate_metadata,
                )
            }),
            Need::InstanceProfiles => {
                list!(self, need, list_instance_profiles, |page| { json::instance_profiles(page.instance_profiles()) });
            }
            Need::SamlProviders => once!(self, need, iam.list_saml_providers, |answer| {
                json::saml_providers(answer.saml_provider_list())
            }),
            Need::OidcProviders => once!(self, need, iam.list_open_id_connect_providers, |answer| {
                json::oidc_providers(answer.open_id_connect_provider_list())
            }),
            Need::AlternateContacts => self.alternate_contacts().await,
            Need::Contact if self.has_account_api() => {
                once!(self, need, account.get_contact_information, |answer| {
                    answer.contact_information().map(json::contact_information).unwrap_or_default()
                });
            }
            _ => {}
        }
    }

    /// Whether the partition has an Account API that answers for contacts.
    fn has_account_api(&self) -> bool {
        self.partition.get().is_none_or(|partition| partition != "aws-us-gov")
    }

    async fn alternate_contacts(&self) {
        if !self.has_account_api() {
            return;
        }
        for kind in [AlternateContactType::Billing, AlternateContactType::Operations, AlternateContactType::Security] {
            let ask = Ask::new(Operation::GetAlternateContact).about(kind.as_str());
            self.ask(Need::AlternateContacts, ask, || async {
                let request = self.session.clients.account.get_alternate_contact();
                let answer = request.alternate_contact_type(kind.clone()).send().await;
                let answer = answer.map_err(|e| ApiFailure::from_sdk(&e))?;
                Ok(answer.alternate_contact().map(json::alternate_contact).unwrap_or_default())
            })
            .await;
        }
    }

    /// Returns what `GetAccountAuthorizationDetails` is wanted for.
    fn authorization_needs(&self) -> Vec<Need> {
        [Need::UserDetails, Need::GroupDetails, Need::RoleDetails, Need::PolicyDocuments]
            .into_iter()
            .filter(|need| self.plan.wants(*need))
            .collect()
    }

    async fn authorization_details(&self, needs: &[Need]) {
        let mut filters = Vec::new();
        for need in needs {
            match need {
                Need::UserDetails => filters.push(EntityType::User),
                Need::GroupDetails => filters.push(EntityType::Group),
                Need::RoleDetails => filters.push(EntityType::Role),
                _ => filters.extend([EntityType::LocalManagedPolicy, EntityType::AwsManagedPolicy]),
            }
        }
        self.pages(needs, Ask::new(Operation::GetAccountAuthorizationDetails), |marker| async {
            let request = self.session.clients.iam.get_account_authorization_details();
            let request = request.max_items(PAGE).set_filter(Some(filters.clone())).set_marker(marker);
            let page = request.send().await.map_err(|e| ApiFailure::from_sdk(&e))?;
            Ok((json::authorization_details(&page), next_marker(page.is_truncated, page.marker)?))
        })
        .await;
        if needs.iter().any(|need| !self.outcomes(|o| o.is_complete(*need))) {
            self.list_instead(needs).await;
        }
    }

    /// Lists what the details should have given, so that at least the rows are there; a part of the details would be
    /// taken for the whole.
    async fn list_instead(&self, needs: &[Need]) {
        self.session.forget(Operation::GetAccountAuthorizationDetails);
        for list in needs.iter().filter_map(|need| need.plainer()) {
            if !self.plan.wants(list) {
                self.bulk_call(list).await;
            }
        }
    }
}

impl Need {
    /// Whether one list answers it for the whole account.
    fn is_bulk(self) -> bool {
        matches!(
            self,
            Self::Aliases
                | Self::Organization
                | Self::Summary
                | Self::PasswordPolicy
                | Self::Report
                | Self::UserList
                | Self::RoleList
                | Self::GroupList
                | Self::PolicyList
                | Self::VirtualMfa
                | Self::ServerCertificates
                | Self::InstanceProfiles
                | Self::SamlProviders
                | Self::OidcProviders
                | Self::AlternateContacts
                | Self::Contact
        )
    }
}
