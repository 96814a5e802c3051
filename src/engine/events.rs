//! What happens during a run; the only thing that progress displays see.

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
    /// All controls ended.
    RunFinished,
}
