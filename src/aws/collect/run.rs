//! Runs the collection of all accounts at once and puts the results together.

use super::options::CollectOptions;
use super::outcome::{self, Context};
use super::plan::{CallPlan, Choices, Need, plan};
use super::session::{Ask, Session};
use super::work::Work;
use super::{AccountReport, CollectError, CollectEvent, Collection, Wanted, regional};
use crate::aws::client::{ClientOptions, Clients, http_client};
use crate::aws::documents::{Document, Operation, Scope};
use crate::aws::failure::{ApiFailure, FailureKind};
use crate::aws::tables;
use crate::inventory::backend::Cancel;
use crate::inventory::{AccountFacts, TableLoad};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

/// How often a wish to stop is looked for.
const CANCEL_POLL: Duration = Duration::from_millis(50);

/// One account with its tables.
struct Collected {
    tables: Vec<TableLoad>,
    report: AccountReport,
}

/// See [`super::collect`].
pub fn collect(
    wanted: &Wanted,
    options: &CollectOptions,
    progress: &(dyn Fn(CollectEvent) + Sync),
    cancel: &Cancel,
) -> Result<Collection, CollectError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CollectError::Internal(format!("no runtime: {error}")))?;
    let choices = Choices { exact: options.exact, regions_named: regional::are_named(&options.regions) };
    let plan = plan(wanted, choices);
    let (sender, mut events) = unbounded_channel();
    let result = runtime.block_on(async {
        let all = all_accounts(plan, options, sender);
        tokio::pin!(all);
        loop {
            if cancel.is_cancelled() {
                return Err(CollectError::Cancelled);
            }
            tokio::select! {
                Some(event) = events.recv() => progress(event),
                result = &mut all => {
                    while let Ok(event) = events.try_recv() {
                        progress(event);
                    }
                    return result;
                }
                () = tokio::time::sleep(CANCEL_POLL) => {}
            }
        }
    });
    // Whatever still runs was cancelled, and nobody waits for it.
    runtime.shutdown_background();
    result
}

async fn all_accounts(
    plan: CallPlan,
    options: &CollectOptions,
    events: UnboundedSender<CollectEvent>,
) -> Result<Collection, CollectError> {
    let http = http_client();
    let started = Utc::now();
    let started = DateTime::from_timestamp(started.timestamp(), 0).unwrap_or(started);
    let profiles: Vec<Option<String>> = match options.profiles.as_slice() {
        [] => vec![None],
        profiles => profiles.iter().cloned().map(Some).collect(),
    };
    let mut running: Vec<(Option<String>, JoinHandle<_>)> = Vec::new();
    for profile in &profiles {
        let account = Account {
            profile: profile.clone(),
            plan: plan.clone(),
            options: options.clone(),
            connection_name: connection_name(&options.connection_name, profile.as_deref(), profiles.len()),
            started,
        };
        running.push((profile.clone(), tokio::spawn(account.collect(http.clone(), events.clone()))));
    }
    drop(events);
    let mut collection = Collection::default();
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut first_error = None;
    for (profile, task) in running {
        let result = task.await.unwrap_or_else(|error| Err(CollectError::Internal(error.to_string())));
        match result {
            Ok(collected) => {
                let id = collected.report.account_id.clone();
                collection.load.profiles.extend(profile.clone().map(|profile| (profile, None)));
                let name = profile.unwrap_or_default();
                if let Some(first) = seen.insert(id.clone(), name.clone()) {
                    return Err(CollectError::SameAccount { account_id: id, first, second: name });
                }
                let facts = AccountFacts {
                    id,
                    alias: collected.report.alias.clone().unwrap_or_default(),
                    caller: collected.report.caller.clone(),
                };
                collection.load.accounts.push(facts);
                collection.load.entries.extend(collected.tables);
                collection.accounts.push(collected.report);
            }
            Err(error) => {
                collection.load.profiles.extend(profile.clone().map(|profile| (profile, Some(error.to_string()))));
                let report = AccountReport { profile, error: Some(error.to_string()), ..AccountReport::default() };
                collection.accounts.push(report);
                first_error.get_or_insert(error);
            }
        }
    }
    match first_error {
        Some(error) if seen.is_empty() => Err(error),
        _ => Ok(collection),
    }
}

/// Names a connection; with several accounts each has its profile's name in it, so that rows can be told apart.
fn connection_name(name: &str, profile: Option<&str>, count: usize) -> String {
    match profile {
        Some(profile) if count > 1 => {
            let safe = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
            format!("{name}_{}", profile.chars().map(safe).collect::<String>())
        }
        _ => name.to_string(),
    }
}

/// An account about to be collected.
struct Account {
    profile: Option<String>,
    plan: CallPlan,
    options: CollectOptions,
    connection_name: String,
    started: DateTime<Utc>,
}

impl Account {
    async fn collect(
        self,
        http: SharedHttpClient,
        events: UnboundedSender<CollectEvent>,
    ) -> Result<Collected, CollectError> {
        let begun = Instant::now();
        let client = ClientOptions {
            profile: self.profile.clone(),
            files: self.options.files.as_ref().map(|files| (files.config.clone(), files.credentials.clone())),
            region: self.options.regions.first().filter(|_| regional::are_named(&self.options.regions)).cloned(),
            attempt_timeout: self.options.retry.attempt_timeout,
        };
        let clients = Clients::new(&http, &client).await;
        let session = Session::new(clients, self.profile.clone(), &self.options, self.started, events);
        let work = Arc::new(Work::new(session, self.plan, self.options));
        let caller = identify(&work).await?;
        tokio::join!(work.bulk_calls(), work.regional_calls());
        work.entity_calls().await;
        if let Some(fatal) = work.session.fatal() {
            return Err(fatal.clone());
        }
        Ok(finish(&work, caller, self.connection_name, begun))
    }
}

/// Asks who the caller is: everything else needs the account's id.
async fn identify(work: &Work) -> Result<String, CollectError> {
    let session = &work.session;
    let ask = Ask::new(Operation::GetCallerIdentity);
    let answer = session
        .request(ask, || async {
            session.clients.sts.get_caller_identity().send().await.map_err(|e| ApiFailure::from_sdk(&e))
        })
        .await;
    let profile = session.profile.clone();
    let answer = answer.map_err(|failure| match session.fatal() {
        Some(fatal) => fatal.clone(),
        None if failure.kind == FailureKind::Other && failure.code.is_empty() => {
            CollectError::NoCredentials { profile: profile.clone(), reason: failure.message }
        }
        None => CollectError::NoIdentity { profile: profile.clone(), reason: failure.to_string() },
    })?;
    let (Some(account_id), Some(arn)) = (answer.account.filter(|id| !id.is_empty()), answer.arn) else {
        return Err(CollectError::NoIdentity { profile, reason: "the answer has no account".to_string() });
    };
    // Set once, before anything else is asked.
    let _ = work.partition.set(arn.split(':').nth(1).unwrap_or("aws").to_string());
    session.identify(&account_id);
    session.keep(ask, json!({"UserId": answer.user_id, "Account": account_id, "Arn": arn}));
    work.outcomes(|o| o.succeed(Need::Identity));
    session.tell(CollectEvent::AccountIdentified { profile: session.profile.clone(), account_id, caller: arn.clone() });
    Ok(arn)
}

fn finish(work: &Work, caller: String, connection_name: String, begun: Instant) -> Collected {
    let session = &work.session;
    let account_id = session.account_id().to_string();
    let documents = session.take_documents();
    let regions = work.regions.get().cloned().unwrap_or_default();
    let scope = Scope {
        account_id: account_id.clone(),
        partition: work.partition.get().cloned().unwrap_or_default(),
        connection_name,
        default_region: Some(session.clients.default_region.clone()),
        regions: regions.clone(),
    };
    let built = tables::build(&scope, &documents);
    let tables = work.outcomes(|outcomes| {
        let context = Context {
            account_id: &account_id,
            collected_at: session.started,
            plan: &work.plan,
            outcomes,
            regions: &work.options.regions,
        };
        outcome::load(context, built.rows)
    });
    let calls = session.calls();
    let requests = calls.values().map(|count| count.requests()).sum();
    session.tell(CollectEvent::AccountFinished { account_id: account_id.clone(), requests });
    let mut notes = work.notes();
    notes.extend(built.notes);
    let report = AccountReport {
        profile: session.profile.clone(),
        alias: alias(&documents),
        account_id,
        caller,
        regions,
        calls: calls.into_iter().map(|(operation, count)| (operation.permission(), count)).collect(),
        elapsed: begun.elapsed(),
        notes,
        error: None,
    };
    Collected { tables, report }
}

fn alias(documents: &[Document]) -> Option<String> {
    let aliases = documents.iter().find(|d| d.operation == Operation::ListAccountAliases)?;
    aliases.body.get("AccountAliases")?.get(0).and_then(Value::as_str).map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_connections_have_names_of_their_own() {
        assert_eq!(connection_name("aws", Some("prod"), 1), "aws");
        assert_eq!(connection_name("aws", Some("Prod-EU.1"), 2), "aws_prod_eu_1");
    }
}
