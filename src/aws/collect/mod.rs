//! The live collector: asks AWS for the tables and columns that are wanted, and for nothing else.
//!
//! 1. [`plan`](plan::plan) turns wanted tables and columns into [`Need`](plan::Need)s: bulk calls where there are any.
//! 2. `run` makes the calls of each account: first the bulk calls, all at once, then the calls for single entities,
//!    where the credential report shows that there is something to ask for.
//! 3. `crate::aws::tables` makes rows from the answers; `outcome` decides how complete each table is.
//!
//! Unknown is never complete: a refused, failed or cut answer becomes the state of every table and column it feeds.

#[cfg(feature = "aws-iam")]
mod bulk;
#[cfg(feature = "aws-iam")]
mod entities;
mod error;
mod event;
#[cfg(feature = "aws-iam")]
mod json;
mod options;
#[cfg(feature = "aws-iam")]
mod outcome;
pub mod plan;
#[cfg(feature = "aws-iam")]
mod regional;
#[cfg(feature = "aws-iam")]
mod report;
#[cfg(feature = "aws-iam")]
mod run;
#[cfg(feature = "aws-iam")]
mod session;
#[cfg(feature = "aws-iam")]
mod singly;
#[cfg(feature = "aws-iam")]
mod work;

pub use error::CollectError;
pub use event::{CallCount, CollectEvent};
pub use options::{AwsFiles, CollectOptions, RetryPolicy};
pub use plan::collectable_tables;

use crate::inventory::Load;
use crate::inventory::backend::Cancel;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Wanted tables, each with its wanted columns; an empty set means all columns.
pub type Wanted = BTreeMap<String, BTreeSet<String>>;

/// Why a column is missing that nobody asked for; every other reason says what went wrong.
pub const NOT_ASKED_FOR: &str = "it was not asked for when the table was collected";

/// What a collection found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Collection {
    /// The tables of all accounts, ready for the inventory.
    pub load: Load,
    /// How each account went.
    pub accounts: Vec<AccountReport>,
}

/// How the collection of one account went.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AccountReport {
    /// The profile it was collected with; none for the default credentials.
    pub profile: Option<String>,
    /// The 12-digit account id; empty when the account could not be identified.
    pub account_id: String,
    /// The account's alias, where it has one and it was read.
    pub alias: Option<String>,
    /// ARN of the identity that collected.
    pub caller: String,
    /// The regions that regional tables were collected in.
    pub regions: Vec<String>,
    /// Calls by `service:Operation`, retries included.
    pub calls: BTreeMap<String, CallCount>,
    /// How long it took.
    pub elapsed: Duration,
    /// What a reader of the results should know, one sentence each.
    pub notes: Vec<String>,
    /// Why the account has no data at all, where that is so and other accounts have.
    pub error: Option<String>,
}

/// Collects the wanted tables of one account, or of one account for each profile.
///
/// `aws_account` is always collected, because results are anchored on it. Tables that this build or ironpipe cannot
/// collect come back as not collected, with the reason.
///
/// # Errors
///
/// Without usable credentials for any account, when AWS refuses the credentials themselves, and when it was cancelled.
/// Anything that concerns single tables is in their states instead.
pub fn collect(
    wanted: &Wanted,
    options: &CollectOptions,
    progress: &(dyn Fn(CollectEvent) + Sync),
    cancel: &Cancel,
) -> Result<Collection, CollectError> {
    #[cfg(feature = "aws-iam")]
    {
        run::collect(wanted, options, progress, cancel)
    }
    #[cfg(not(feature = "aws-iam"))]
    {
        let _ = (wanted, options, progress, cancel);
        Err(CollectError::NotBuilt)
    }
}
