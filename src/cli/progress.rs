//! The line that tells how far a run is, on a terminal.

use crate::engine::events::Event;
use crate::model::diagnostic::Diagnostic;
use crate::model::status::StatusSummary;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::Mutex;
use std::time::Duration;

/// A line that tells how far a run is.
pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// Starts a line on standard error; an invisible one unless it is `shown`.
    pub fn start(shown: bool) -> Self {
        if !shown {
            return Self(None);
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(Some(bar))
    }

    /// Shows a message.
    pub fn say(&self, message: impl Into<String>) {
        if let Some(bar) = &self.0 {
            bar.set_message(message.into());
        }
    }

    /// Takes the line away.
    pub fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// Follows a run: counts for its progress line, and keeps what was found wrong with queries.
pub struct Watch<'p> {
    progress: &'p Progress,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    controls: usize,
    started: usize,
    complete: usize,
    statuses: StatusSummary,
    faults: Vec<Diagnostic>,
}

impl<'p> Watch<'p> {
    /// Makes a watch that shows what it counts.
    pub fn new(progress: &'p Progress) -> Self {
        Self { progress, seen: Mutex::default() }
    }

    /// Takes note of one event.
    pub fn event(&self, event: Event) {
        let Ok(mut seen) = self.seen.lock() else { return };
        match event {
            Event::RunStarted { controls } => seen.controls = controls,
            Event::ControlStarted { .. } => seen.started += 1,
            Event::ControlFinished { summary, .. } => {
                seen.complete += 1;
                seen.statuses += summary;
            }
            Event::QueryRejected(fault) => {
                if !seen.faults.contains(&fault) {
                    seen.faults.push(*fault);
                }
                return;
            }
            Event::RunFinished => return,
        }
        self.progress.say(format!(
            "Running {} {}. ({} complete, {} running, {} pending; {} alarm, {} ok, {} error)",
            seen.controls,
            if seen.controls == 1 { "control" } else { "controls" },
            seen.complete,
            seen.started - seen.complete,
            seen.controls - seen.started,
            seen.statuses.alarm,
            seen.statuses.ok,
            seen.statuses.error
        ));
    }

    /// Returns what was found wrong with the SQL of queries, each fault once, in the order of their places.
    pub fn faults(self) -> Vec<Diagnostic> {
        let mut faults = self.seen.into_inner().map(|seen| seen.faults).unwrap_or_default();
        faults.sort_by_cached_key(|f| f.labels.first().map(|l| (l.span.file.path.clone(), l.span.range.start)));
        faults
    }
}
