//! One account while it is being collected: every request goes through [`Session::request`].

use super::error::CollectError;
use super::event::{CallCount, CollectEvent};
use super::options::{CollectOptions, RetryPolicy};
use crate::aws::client::Clients;
use crate::aws::documents::{Document, Operation};
use crate::aws::failure::{ApiFailure, FailureKind};
use crate::aws::limiter::Limiter;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::BTreeMap;
use std::future::Future;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedSender;

/// One account: its clients, its limits, and what it has answered so far.
#[derive(Debug)]
pub struct Session {
    /// The clients.
    pub clients: Clients,
    /// The profile; none for the default credentials.
    pub profile: Option<String>,
    /// The account id; empty until the caller's identity is known.
    account_id: OnceLock<String>,
    /// When the collection began.
    pub started: DateTime<Utc>,
    /// Requests that may be in flight.
    pub concurrency: usize,
    limiter: Limiter,
    retry: RetryPolicy,
    events: UnboundedSender<CollectEvent>,
    calls: Mutex<BTreeMap<Operation, CallCount>>,
    documents: Mutex<Vec<Document>>,
    /// Set when the credentials are refused: no further request can succeed.
    fatal: OnceLock<CollectError>,
}

/// What a request asks: the operation, and where and about whom.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The operation.
    pub operation: Operation,
    /// The region, for regional services.
    pub region: Option<&'a str>,
    /// The entity, where the answer does not name it.
    pub subject: Option<&'a str>,
}

impl<'a> Ask<'a> {
    /// Asks a global service about the account.
    pub fn new(operation: Operation) -> Self {
        Self { operation, region: None, subject: None }
    }

    /// Asks about an entity.
    #[must_use]
    pub fn about(self, subject: &'a str) -> Self {
        Self { subject: Some(subject), ..self }
    }

    /// Asks in a region.
    #[must_use]
    pub fn in_region(self, region: &'a str) -> Self {
        Self { region: Some(region), ..self }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    /// Makes the session of one profile.
    pub fn new(
        clients: Clients,
        profile: Option<String>,
        options: &CollectOptions,
        started: DateTime<Utc>,
        events: UnboundedSender<CollectEvent>,
    ) -> Self {
        Self {
            clients,
            profile,
            account_id: OnceLock::new(),
            started,
            concurrency: options.concurrency.max(1),
            limiter: Limiter::new(options.concurrency, options.api_rate),
            retry: options.retry,
            events,
            calls: Mutex::default(),
            documents: Mutex::default(),
            fatal: OnceLock::new(),
        }
    }

    /// The account id; empty until it is known.
    pub fn account_id(&self) -> &str {
        self.account_id.get().map_or("", String::as_str)
    }

    /// Notes the account id.
    pub fn identify(&self, account_id: &str) {
        // Only the first answer counts, and there is only one.
        let _ = self.account_id.set(account_id.to_string());
    }

    /// Tells something to whoever listens.
    pub fn tell(&self, event: CollectEvent) {
        // Nobody listens any more once the collection was cancelled.
        let _ = self.events.send(event);
    }

    /// Announces calls for single entities.
    pub fn announce(&self, operation: Operation, count: usize) {
        if count > 0 {
            let account_id = self.account_id().to_string();
            self.tell(CollectEvent::CallsPlanned { account_id, operation: operation.permission(), count });
        }
    }

    /// Returns why nothing else can succeed, once that is so.
    pub fn fatal(&self) -> Option<&CollectError> {
        self.fatal.get()
    }

    /// Ends the collection: nothing that it found can be trusted.
    pub fn abort(&self, error: CollectError) {
        let _ = self.fatal.set(error);
    }

    /// Returns what was called how often.
    pub fn calls(&self) -> BTreeMap<Operation, CallCount> {
        lock(&self.calls).clone()
    }

    /// Keeps an answer.
    pub fn keep(&self, ask: Ask<'_>, body: Value) {
        self.keep_from(ask, body, ask.operation.permission());
    }

    /// Keeps an answer that was put together from another one.
    pub fn keep_from(&self, ask: Ask<'_>, body: Value, source: String) {
        let document = Document {
            operation: ask.operation,
            account_id: Some(self.account_id().to_string()),
            region: ask.region.map(str::to_string),
            subject: ask.subject.map(str::to_string),
            body,
            collected_at: Some(self.started),
            source,
        };
        lock(&self.documents).push(document);
    }

    /// Drops the answers to an operation.
    pub fn forget(&self, operation: Operation) {
        lock(&self.documents).retain(|document| document.operation != operation);
    }

    /// Takes all answers, in an order that does not depend on which came first; pages keep theirs.
    pub fn take_documents(&self) -> Vec<Document> {
        let mut documents = std::mem::take(&mut *lock(&self.documents));
        documents.sort_by(|a, b| (a.operation, &a.region, &a.subject).cmp(&(b.operation, &b.region, &b.subject)));
        documents
    }

    /// Looks at the answers to an operation so far, with their regions.
    pub fn look<T>(&self, operation: Operation, look: impl FnOnce(&[(Option<&str>, &Value)]) -> T) -> T {
        let documents = lock(&self.documents);
        let answers = documents.iter().filter(|d| d.operation == operation);
        look(&answers.map(|d| (d.region.as_deref(), &d.body)).collect::<Vec<_>>())
    }

    /// Sends a request until it is answered, as often as is sensible, and counts it.
    ///
    /// # Errors
    ///
    /// When the last attempt failed, and at once when nothing can succeed any more.
    pub async fn request<T, F>(&self, ask: Ask<'_>, send: impl Fn() -> F) -> Result<T, ApiFailure>
    where
        F: Future<Output = Result<T, ApiFailure>>,
    {
        let operation = ask.operation;
        let mut attempt = 0;
        let mut begun = None;
        loop {
            if let Some(fatal) = self.fatal.get() {
                return Err(ApiFailure::local(FailureKind::Credentials, fatal.to_string()));
            }
            let result = {
                let _permit = self.limiter.acquire(operation).await;
                self.count(operation, |c| if attempt == 0 { c.calls += 1 } else { c.retries += 1 });
                let _: &Instant = begun.get_or_insert_with(Instant::now);
                send().await
            };
            attempt += 1;
            let failure = match result {
                Ok(answer) => {
                    self.limiter.succeeded(operation);
                    self.finished(operation, true);
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            if failure.kind == FailureKind::Throttled {
                self.limiter.throttled(operation);
                self.count(operation, |c| c.throttled += 1);
                let account_id = self.account_id().to_string();
                self.tell(CollectEvent::Throttled { account_id, operation: operation.permission() });
            }
            let elapsed = begun.map_or(Duration::ZERO, |instant| instant.elapsed());
            let wait = self.wait(attempt);
            let is_over = attempt >= self.retry.attempts || elapsed + wait > self.retry.operation_timeout;
            if is_over || !failure.is_worth_retrying() {
                // That something does not exist is an answer like any other.
                self.finished(operation, failure.is_answer());
                if !failure.is_answer() {
                    self.give_up(ask, &failure);
                }
                return Err(failure);
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Notes a call that failed for good.
    fn give_up(&self, ask: Ask<'_>, failure: &ApiFailure) {
        self.count(ask.operation, |c| c.failed += 1);
        self.tell(CollectEvent::CallFailed {
            account_id: self.account_id().to_string(),
            operation: ask.operation.permission(),
            reason: failure.to_string(),
        });
        let profile = self.profile.clone();
        match failure.kind {
            // Regions that an account has not enabled know none of its keys, so that a regional service's word
            // says something about the region, not about the credentials - unless they are over.
            FailureKind::Credentials if ask.region.is_none() || failure.code.contains("Expired") => {
                let (code, message) = (failure.code.clone(), failure.message.clone());
                let _ = self.fatal.set(CollectError::BadCredentials { profile, code, message });
            }
            FailureKind::NoCredentials => {
                let _ = self.fatal.set(CollectError::NoCredentials { profile, reason: failure.message.clone() });
            }
            _ => {}
        }
    }

    fn finished(&self, operation: Operation, ok: bool) {
        let account_id = self.account_id().to_string();
        self.tell(CollectEvent::CallFinished { account_id, operation: operation.permission(), ok });
    }

    fn count(&self, operation: Operation, change: impl FnOnce(&mut CallCount)) {
        change(lock(&self.calls).entry(operation).or_default());
    }

    /// Returns how long to wait after so many attempts: doubling, between half and all of it by chance.
    fn wait(&self, attempts: u32) -> Duration {
        let factor = 2u32.saturating_pow(attempts.saturating_sub(1));
        let full = self.retry.first_wait.saturating_mul(factor).min(self.retry.longest_wait);
        let random = RandomState::new().build_hasher().finish() % 1000;
        full.mul_f64(0.5 + random as f64 / 2000.0)
    }
}
