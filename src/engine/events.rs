//! What happens during a run; the only thing that progress displays see.

use crate::model::diagnostic::Diagnostic;
use crate::model::status::{RunStatus, StatusSummary};

/// Something that happened during a run.
#[derive(Debug, Clone)]
pub enum Event {
    /// The run is planned.
    RunStarted {
        /// How many different controls will run.
        controls: usize,
    },
    /// A control's query was sent.
    ControlStarted {
        /// Full name.
        name: String,
    },
    /// A control ended.
    ControlFinished {
        /// Full name.
        name: String,
        /// How it ended.
        run_status: RunStatus,
        /// Its counts.
        summary: StatusSummary,
    },
    /// A query's SQL is wrong, or uses what is not supported; once for each place where the text stands.
    QueryRejected(Box<Diagnostic>),
    /// All controls ended.
    RunFinished,
}
