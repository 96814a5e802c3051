//! Result statuses, severities and their sums.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::AddAssign;

/// The status of one result row. The order is the order in which rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The row could not be judged.
    Error,
    /// The resource fails the control.
    Alarm,
    /// Something to look at; no verdict.
    Info,
    /// The resource passes the control.
    Ok,
    /// The control does not apply to the resource.
    Skip,
}

impl Status {
    /// All statuses in the order in which rows are shown.
    pub const ALL: [Self; 5] = [Self::Error, Self::Alarm, Self::Info, Self::Ok, Self::Skip];

    /// Returns the word that queries and formats use: `ok`, `alarm`, `info`, `skip`, `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Alarm => "alarm",
            Self::Info => "info",
            Self::Ok => "ok",
            Self::Skip => "skip",
        }
    }

    /// Reads the word that a query returned; exact and case-sensitive, as upstream.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == word)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many rows have each status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StatusSummary {
    /// Rows with status `alarm`.
    pub alarm: u64,
    /// Rows with status `ok`.
    pub ok: u64,
    /// Rows with status `info`.
    pub info: u64,
    /// Rows with status `skip`.
    pub skip: u64,
    /// Rows with status `error`, plus one for each control that failed as a whole.
    pub error: u64,
}

impl StatusSummary {
    /// Counts one row.
    pub fn add(&mut self, status: Status) {
        *self.count_mut(status) += 1;
    }

    /// Returns the count of one status.
    pub fn count(&self, status: Status) -> u64 {
        match status {
            Status::Error => self.error,
            Status::Alarm => self.alarm,
            Status::Info => self.info,
            Status::Ok => self.ok,
            Status::Skip => self.skip,
        }
    }

    fn count_mut(&mut self, status: Status) -> &mut u64 {
        match status {
            Status::Error => &mut self.error,
            Status::Alarm => &mut self.alarm,
            Status::Info => &mut self.info,
            Status::Ok => &mut self.ok,
            Status::Skip => &mut self.skip,
        }
    }

    /// Returns the number of rows that need action: alarm and error.
    pub fn failed(&self) -> u64 {
        self.alarm + self.error
    }

    /// Returns the number of rows that are fine: ok and info.
    pub fn passed(&self) -> u64 {
        self.ok + self.info
    }

    /// Returns the number of all rows.
    pub fn total(&self) -> u64 {
        self.failed() + self.passed() + self.skip
    }
}

impl AddAssign for StatusSummary {
    fn add_assign(&mut self, other: Self) {
        self.alarm += other.alarm;
        self.ok += other.ok;
        self.info += other.info;
        self.skip += other.skip;
        self.error += other.error;
    }
}

/// How a control's execution ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// Not started; only seen while a run goes on and in dry runs.
    #[default]
    Initialized,
    /// Running now.
    Running,
    /// Ran to its end, whatever its rows say.
    Complete,
    /// Failed as a whole: [`ControlRun::error`](super::run::ControlRun::error) says why.
    Error,
    /// Stopped by the user before its end.
    Canceled,
}

/// The severity of a control. The order is from the worst down; unknown words come last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// `critical`
    Critical,
    /// `high`
    High,
    /// `medium`
    Medium,
    /// `low`
    Low,
    /// `none`
    None,
    /// Any other word, as written. Upstream never validates severities.
    Other(String),
}

impl Severity {
    /// Reads a severity as a mod writes it; case does not matter, empty means that there is none.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "" => return Option::None,
            "critical" => Self::Critical,
            "high" => Self::High,
            "medium" => Self::Medium,
            "low" => Self::Low,
            "none" => Self::None,
            _ => Self::Other(word.to_owned()),
        })
    }

    /// Returns the word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::None => "none",
            Self::Other(word) => word,
        }
    }
}
