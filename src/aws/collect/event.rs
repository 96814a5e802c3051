//! What the collector tells while it works.

/// Something happened; for progress, never for results.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CollectEvent {
    /// The account behind the credentials is known.
    AccountIdentified {
        /// The profile; none for the default credentials.
        profile: Option<String>,
        /// The account id.
        account_id: String,
        /// ARN of the caller.
        caller: String,
    },
    /// A number of calls for single entities is about to be made.
    CallsPlanned {
        /// The account id.
        account_id: String,
        /// `service:Operation`.
        operation: String,
        /// How many.
        count: usize,
    },
    /// A request was answered, well or badly.
    CallFinished {
        /// The account id.
        account_id: String,
        /// `service:Operation`.
        operation: String,
        /// Whether the answer could be used.
        ok: bool,
    },
    /// AWS asked to slow down.
    Throttled {
        /// The account id.
        account_id: String,
        /// `service:Operation`.
        operation: String,
    },
    /// AWS is still making the credential report.
    WaitingForReport {
        /// The account id.
        account_id: String,
    },
    /// A permission is missing or a call failed for good.
    CallFailed {
        /// The account id.
        account_id: String,
        /// `service:Operation`.
        operation: String,
        /// Why.
        reason: String,
    },
    /// All calls of an account are done.
    AccountFinished {
        /// The account id.
        account_id: String,
        /// All requests sent, retries included.
        requests: u64,
    },
}

/// How often an operation was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CallCount {
    /// Calls that the plan asked for: a page or an entity each.
    pub calls: u64,
    /// Requests that were sent again after a failure.
    pub retries: u64,
    /// Requests that AWS answered with a request to slow down.
    pub throttled: u64,
    /// Calls that failed for good, refusals included.
    pub failed: u64,
}

impl CallCount {
    /// Returns the requests that went over the wire.
    pub fn requests(self) -> u64 {
        self.calls + self.retries
    }
}
