//! What the parts of one account's collection share, and how they ask: once, page by page, or for many entities.

use super::error::CollectError;
use super::event::CollectEvent;
use super::options::CollectOptions;
use super::outcome::{Failed, Outcomes};
use super::plan::{CallPlan, Need};
use super::session::{Ask, Session};
use crate::aws::credential_report::ReportRow;
use crate::aws::documents::Operation;
use crate::aws::failure::{ApiFailure, FailureKind};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::task::JoinSet;

/// The collection of one account.
#[derive(Debug)]
pub struct Work {
    /// The way to AWS.
    pub session: Session,
    /// What to ask.
    pub plan: CallPlan,
    /// How to ask.
    pub options: CollectOptions,
    /// The partition of the account (`aws`).
    pub partition: OnceLock<String>,
    /// The regions that regional tables are collected in.
    pub regions: OnceLock<Vec<String>>,
    /// The credential report by user name, once it is there.
    pub report: OnceLock<BTreeMap<String, ReportRow>>,
    outcomes: Mutex<Outcomes>,
    notes: Mutex<BTreeSet<String>>,
}

/// One page: its answer, and where the next one begins.
pub type Page = (Value, Option<String>);

impl Work {
    /// Makes the collection of one account.
    pub fn new(session: Session, plan: CallPlan, options: CollectOptions) -> Self {
        Self {
            session,
            plan,
            options,
            partition: OnceLock::new(),
            regions: OnceLock::new(),
            report: OnceLock::new(),
            outcomes: Mutex::default(),
            notes: Mutex::default(),
        }
    }

    /// Notes something that a reader of the results should know.
    pub fn note(&self, text: impl Into<String>) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).insert(text.into());
    }

    /// Returns the notes, sorted.
    pub fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Reads or changes what became of the needs.
    pub fn outcomes<T>(&self, change: impl FnOnce(&mut Outcomes) -> T) -> T {
        change(&mut self.outcomes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes that a need failed.
    pub fn fail(&self, need: Need, ask: Ask<'_>, failure: ApiFailure) {
        let failed = Failed {
            operation: ask.operation,
            region: ask.region.map(str::to_string),
            subject: ask.subject.map(str::to_string),
            failure,
        };
        self.outcomes(|o| o.fail(need, failed));
    }

    /// Sends one request and keeps its answer. That the thing does not exist is an answer too, without a document.
    pub async fn ask<F>(&self, need: Need, ask: Ask<'_>, send: impl Fn() -> F)
    where
        F: Future<Output = Result<Value, ApiFailure>>,
    {
        match self.session.request(ask, send).await {
            Ok(body) => {
                self.session.keep(ask, body);
                self.outcomes(|o| o.succeed(need));
            }
            Err(failure) if failure.is_answer() => self.outcomes(|o| o.succeed(need)),
            Err(failure) => self.fail(need, ask, failure),
        }
    }

    /// Reads all pages of a list and keeps them; a failure in the middle leaves what came before as a part.
    pub async fn pages<F>(&self, needs: &[Need], ask: Ask<'_>, send: impl Fn(Option<String>) -> F)
    where
        F: Future<Output = Result<Page, ApiFailure>>,
    {
        let mut markers = Markers::default();
        loop {
            let failure = match self.session.request(ask, || send(markers.next())).await {
                Ok((body, next)) => {
                    self.session.keep(ask, body);
                    needs.iter().for_each(|need| self.outcomes(|o| o.succeed(*need)));
                    match markers.follow(next) {
                        Ok(true) => continue,
                        Ok(false) => return,
                        Err(failure) => failure,
                    }
                }
                // The entity was deleted since it was listed: there is nothing to read, and nothing is lost.
                Err(failure) if failure.is_missing() && ask.subject.is_some() => {
                    needs.iter().for_each(|need| self.outcomes(|o| o.succeed(*need)));
                    return;
                }
                Err(failure) => failure,
            };
            needs.iter().for_each(|need| self.fail(*need, ask, failure.clone()));
            return;
        }
    }

    /// Does something for each of many entities, a few at a time.
    pub async fn each<T, F>(self: &Arc<Self>, items: Vec<T>, work: impl Fn(Arc<Self>, T) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut running = JoinSet::new();
        for item in items {
            if self.session.fatal().is_some() {
                break;
            }
            while running.len() >= self.session.concurrency {
                self.join(running.join_next().await);
            }
            running.spawn(work(Arc::clone(self), item));
        }
        while let Some(finished) = running.join_next().await {
            self.join(Some(finished));
        }
    }

    /// Looks after a finished task: one that panicked must not look as if it had found nothing.
    pub fn join(&self, finished: Option<Result<(), tokio::task::JoinError>>) {
        if let Some(Err(error)) = finished
            && error.is_panic()
        {
            self.session.abort(CollectError::Internal(error.to_string()));
        }
    }

    /// Tells that AWS is not yet done with the credential report.
    pub fn tell_waiting(&self) {
        self.session.tell(CollectEvent::WaitingForReport { account_id: self.session.account_id().to_string() });
    }

    /// Makes a need fail because something that it rests on did; whether it did.
    pub fn inherits_failure(&self, need: Need, from: &[Need]) -> bool {
        let failed = from.iter().find(|from| !self.outcomes(|o| o.is_complete(**from)));
        if let Some(from) = failed {
            self.outcomes(|o| o.inherit(need, *from));
        }
        failed.is_some()
    }

    /// Returns the strings at a place in each item of a list in all answers to an operation.
    pub fn names(&self, operation: Operation, list: &str, member: &str) -> BTreeSet<String> {
        self.session.look(operation, |answers| {
            let items = answers.iter().filter_map(|(_, body)| body.get(list)?.as_array()).flatten();
            items.filter_map(|item| Some(item.get(member)?.as_str()?.to_string())).collect()
        })
    }
}

/// Where the pages of a list begin that were asked for so far.
#[derive(Debug, Default)]
pub struct Markers {
    next: Option<String>,
    seen: BTreeSet<String>,
}

impl Markers {
    /// Returns where the next page begins; none for the first one.
    pub fn next(&self) -> Option<String> {
        self.next.clone()
    }

    /// Goes on to the next page; false at the end of the list.
    ///
    /// # Errors
    ///
    /// When the list leads back to a page that was there already: it would never end.
    pub fn follow(&mut self, next: Option<String>) -> Result<bool, ApiFailure> {
        if let Some(marker) = &next
            && !self.seen.insert(marker.clone())
        {
            let message = "AWS sent the same page twice; the list has no end";
            return Err(ApiFailure::local(FailureKind::Other, message));
        }
        self.next = next;
        Ok(self.next.is_some())
    }
}

/// Reads IAM's words on the next page.
pub fn next_marker(is_truncated: bool, marker: Option<String>) -> Result<Option<String>, ApiFailure> {
    match (is_truncated, marker) {
        (false, _) => Ok(None),
        (true, Some(marker)) => Ok(Some(marker)),
        (true, None) => Err(ApiFailure::local(FailureKind::Truncated, "AWS says that there is more, but not where")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_leads_back_to_an_earlier_page_ends_in_a_failure() {
        let page = |name: &str| Some(name.to_string());
        let mut markers = Markers::default();
        assert_eq!(markers.next(), None);
        assert!(markers.follow(page("a")).unwrap() && markers.follow(page("b")).unwrap());
        assert_eq!(markers.next(), page("b"));
        assert!(markers.follow(page("a")).unwrap_err().message.contains("no end"));
        assert!(!markers.follow(None).unwrap());
    }
}
