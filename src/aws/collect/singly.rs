//! What `GetAccountAuthorizationDetails` would give, asked for entity by entity, for callers who may not use it.
//!
//! The answers are put together to the shape of that call, so that nothing downstream can tell the difference. One
//! refusal ends the attempt: half of the details would be taken for the whole.

use super::json::{self, Object};
use super::outcome::Failed;
use super::plan::Need;
use super::session::Ask;
use super::work::{Markers, Work, next_marker};
use crate::aws::documents::Operation;
use crate::aws::failure::{ApiFailure, FailureKind};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

/// What became of one entity: its details, nothing when it was deleted meanwhile, or the call that failed.
type Detail = Result<Option<Value>, Failed>;

/// Reads all pages of a list about an entity into one list; ends the function when that fails.
macro_rules! all_about {
    ($work:expr, $operation:ident, $name:expr, $request:ident . $parameter:ident, |$page:ident| $items:expr) => {
        match $work
            .all_pages(Ask::new(Operation::$operation).about($name), |marker| async move {
                let request = $work.session.clients.iam.$request().$parameter($name).set_marker(marker);
                let $page = request.send().await.map_err(|e| ApiFailure::from_sdk(&e))?;
                let items: Vec<Value> = $items;
                Ok((items, next_marker($page.is_truncated, $page.marker)?))
            })
            .await
        {
            Ok(items) => items,
            Err(failed) if failed.failure.is_missing() => return Ok(None),
            Err(failed) => return Err(failed),
        }
    };
}

/// Asks for one thing about an entity; ends the function when that fails.
macro_rules! one_about {
    ($work:expr, $operation:ident, $name:expr, $request:ident $(. $parameter:ident ($value:expr))+, |$answer:ident| $body:expr) => {{
        let ask = Ask::new(Operation::$operation).about($name);
        let answer = $work
            .session
            .request(ask, || async {
                let request = $work.session.clients.iam.$request()$(.$parameter($value))+;
                let $answer = request.send().await.map_err(|e| ApiFailure::from_sdk(&e))?;
                Ok($body)
            })
            .await;
        match answer {
            Ok(body) => body,
            Err(failure) if failure.is_missing() => return Ok(None),
            Err(failure) => return Err(failed(ask, failure)),
        }
    }};
}

fn failed(ask: Ask<'_>, failure: ApiFailure) -> Failed {
    Failed { operation: ask.operation, region: None, subject: ask.subject.map(str::to_string), failure }
}

fn attached(policies: &[aws_sdk_iam::types::AttachedPolicy]) -> Vec<Value> {
    policies.iter().map(json::attached).collect()
}

fn names(names: &[String]) -> Vec<Value> {
    names.iter().map(|name| Value::from(name.as_str())).collect()
}

fn inline(name: &str, document: &str) -> Value {
    Object::new().text("PolicyName", Some(name)).document("PolicyDocument", Some(document)).done()
}

impl Work {
    /// Asks for the details of users, groups and roles one by one where the bulk call was refused.
    pub async fn details_singly(self: &Arc<Self>) {
        let kinds = [
            (Need::UserDetails, Operation::ListUsers, "Users", "UserName"),
            (Need::GroupDetails, Operation::ListGroups, "Groups", "GroupName"),
            (Need::RoleDetails, Operation::ListRoles, "Roles", "RoleName"),
        ];
        for (need, operation, list, member) in kinds {
            let is_refused = self.outcomes(|o| o.failures(need).iter().any(|f| f.failure.kind == FailureKind::Denied));
            let is_listed = need.plainer().is_some_and(|list| self.outcomes(|o| o.is_read(list)));
            if self.plan.wants(need) && is_refused && is_listed {
                self.details_of(need, self.names(operation, list, member)).await;
            }
        }
    }

    async fn details_of(self: &Arc<Self>, need: Need, names: BTreeSet<String>) {
        let found: Arc<Mutex<Result<Vec<Value>, Failed>>> = Arc::new(Mutex::new(Ok(Vec::new())));
        let shared = Arc::clone(&found);
        self.each(names.into_iter().collect(), move |work, name| {
            let found = Arc::clone(&shared);
            async move {
                if found.lock().unwrap_or_else(PoisonError::into_inner).is_err() {
                    return;
                }
                let detail = match need {
                    Need::UserDetails => work.user_detail(&name).await,
                    Need::GroupDetails => work.group_detail(&name).await,
                    _ => work.role_detail(&name).await,
                };
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                match (detail, &mut *found) {
                    (Ok(detail), Ok(details)) => details.extend(detail),
                    (Err(failed), Ok(_)) => *found = Err(failed),
                    _ => {}
                }
            }
        })
        .await;
        let found = std::mem::replace(&mut *found.lock().unwrap_or_else(PoisonError::into_inner), Ok(Vec::new()));
        match found {
            Ok(details) => {
                let list = match need {
                    Need::UserDetails => "UserDetailList",
                    Need::GroupDetails => "GroupDetailList",
                    _ => "RoleDetailList",
                };
                let ask = Ask::new(Operation::GetAccountAuthorizationDetails);
                self.session.keep_from(ask, json!({ list: details }), "iam: single calls".to_string());
                self.outcomes(|o| {
                    o.forgive(need);
                    o.succeed(need);
                });
            }
            Err(failed) => self.outcomes(|o| o.fail(need, failed)),
        }
    }

    /// Reads all pages of a list into one.
    async fn all_pages<F>(&self, ask: Ask<'_>, send: impl Fn(Option<String>) -> F) -> Result<Vec<Value>, Failed>
    where
        F: Future<Output = Result<(Vec<Value>, Option<String>), ApiFailure>>,
    {
        let mut all = Vec::new();
        let mut markers = Markers::default();
        loop {
            let page = self.session.request(ask, || send(markers.next())).await;
            let (items, next) = page.map_err(|failure| failed(ask, failure))?;
            all.extend(items);
            if !markers.follow(next).map_err(|failure| failed(ask, failure))? {
                return Ok(all);
            }
        }
    }

    async fn user_detail(&self, name: &str) -> Detail {
        let mut user = one_about!(self, GetUser, name, get_user.user_name(name), |answer| {
            answer.user().map(json::user).unwrap_or_default()
        });
        let policies =
            all_about!(self, ListAttachedUserPolicies, name, list_attached_user_policies.user_name, |page| {
                attached(page.attached_policies())
            });
        let groups = all_about!(self, ListGroupsForUser, name, list_groups_for_user.user_name, |page| {
            page.groups().iter().map(|group| Value::from(group.group_name())).collect()
        });
        let mut inlines = Vec::new();
        for policy in all_about!(self, ListUserPolicies, name, list_user_policies.user_name, |page| {
            names(page.policy_names())
        }) {
            let policy = policy.as_str().unwrap_or_default();
            let request =
                one_about!(self, GetUserPolicy, name, get_user_policy.user_name(name).policy_name(policy), |answer| {
                    inline(policy, answer.policy_document())
                });
            inlines.push(request);
        }
        user["AttachedManagedPolicies"] = Value::Array(policies);
        user["GroupList"] = Value::Array(groups);
        if !inlines.is_empty() {
            user["UserPolicyList"] = Value::Array(inlines);
        }
        Ok(Some(user))
    }

    async fn group_detail(&self, name: &str) -> Detail {
        let groups = self.session.look(Operation::ListGroups, |answers| {
            let groups = answers.iter().filter_map(|(_, body)| body.get("Groups")?.as_array()).flatten();
            groups.filter(|group| group.get("GroupName").and_then(Value::as_str) == Some(name)).cloned().collect()
        });
        let groups: Vec<Value> = groups;
        let Some(mut group) = groups.into_iter().next() else { return Ok(None) };
        let policies =
            all_about!(self, ListAttachedGroupPolicies, name, list_attached_group_policies.group_name, |page| {
                attached(page.attached_policies())
            });
        let mut inlines = Vec::new();
        for policy in all_about!(self, ListGroupPolicies, name, list_group_policies.group_name, |page| {
            names(page.policy_names())
        }) {
            let policy = policy.as_str().unwrap_or_default();
            inlines.push(one_about!(
                self,
                GetGroupPolicy,
                name,
                get_group_policy.group_name(name).policy_name(policy),
                |answer| inline(policy, answer.policy_document())
            ));
        }
        group["AttachedManagedPolicies"] = Value::Array(policies);
        group["GroupPolicyList"] = Value::Array(inlines);
        Ok(Some(group))
    }

    async fn role_detail(&self, name: &str) -> Detail {
        let mut role = one_about!(self, GetRole, name, get_role.role_name(name), |answer| {
            answer.role().map(json::role).unwrap_or_default()
        });
        let policies =
            all_about!(self, ListAttachedRolePolicies, name, list_attached_role_policies.role_name, |page| {
                attached(page.attached_policies())
            });
        let profiles =
            all_about!(self, ListInstanceProfilesForRole, name, list_instance_profiles_for_role.role_name, |page| {
                page.instance_profiles().iter().map(json::instance_profile).collect()
            });
        let mut inlines = Vec::new();
        for policy in all_about!(self, ListRolePolicies, name, list_role_policies.role_name, |page| {
            names(page.policy_names())
        }) {
            let policy = policy.as_str().unwrap_or_default();
            inlines.push(one_about!(
                self,
                GetRolePolicy,
                name,
                get_role_policy.role_name(name).policy_name(policy),
                |answer| inline(policy, answer.policy_document())
            ));
        }
        role["AttachedManagedPolicies"] = Value::Array(policies);
        role["InstanceProfileList"] = Value::Array(profiles);
        role["RolePolicyList"] = Value::Array(inlines);
        Ok(Some(role))
    }
}
