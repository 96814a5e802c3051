//! Runs each query once, on several threads, and builds the result tree.

use super::events::Event;
use super::outcome::{self, Outcome};
use super::params;
use super::plan::{Plan, Planned};
use crate::inventory::backend::{Backend, Cancel, Connection, Limits, QueryError};
use crate::model::resource::Meta;
use crate::model::run::{ControlRun, Group, Node, Provenance, Run};
use crate::model::status::{RunStatus, Severity, StatusSummary};
use crate::model::value::{Arg, ResultSet};
use chrono::{DateTime, FixedOffset};
use indexmap::IndexMap;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

/// How to run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// How many queries run at once.
    pub max_parallel: usize,
    /// Limit of one query; zero is none.
    pub query_timeout: Duration,
    /// Limit of the whole run; zero is none.
    pub run_timeout: Duration,
    /// Set by Ctrl-C.
    pub cancel: Cancel,
    /// When the run began.
    pub started: DateTime<FixedOffset>,
    /// What is known of the run before it begins.
    pub provenance: Provenance,
    /// Whether to leave durations out, for results that equal each other to the byte.
    pub without_durations: bool,
}

type Answer = Result<Arc<ResultSet>, QueryError>;

/// Runs a plan.
pub fn run(plan: &Plan, backend: &dyn Backend, options: &RunOptions, on_event: &(dyn Fn(Event) + Sync)) -> Run {
    on_event(Event::RunStarted { controls: plan.controls.len() });
    let deadline = (!options.run_timeout.is_zero()).then(|| Instant::now() + options.run_timeout);
    let queue: Vec<(&String, &Planned)> = plan.controls.iter().collect();
    let next = AtomicUsize::new(0);
    let answers: Mutex<HashMap<String, Arc<OnceLock<Answer>>>> = Mutex::new(HashMap::new());
    let results: Vec<Mutex<Option<ControlRun>>> = queue.iter().map(|_| Mutex::new(None)).collect();
    let threads = options.max_parallel.clamp(1, 64).min(queue.len().max(1));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut connection: Option<Box<dyn Connection>> = None;
                loop {
                    let i = next.fetch_add(1, Ordering::SeqCst);
                    let Some((name, planned)) = queue.get(i) else { break };
                    let mut control = blank(plan, planned);
                    on_event(Event::ControlStarted { name: (*name).clone() });
                    let begun = Instant::now();
                    let worker = Worker { backend, options, deadline, answers: &answers };
                    // One bad control must not take the run down.
                    let ended = catch_unwind(AssertUnwindSafe(|| worker.control(planned, &mut connection)));
                    match ended {
                        Ok(result) => finish(&mut control, result, begun),
                        Err(_) => {
                            connection = None;
                            finish(
                                &mut control,
                                Err(Failure::Error(
                                    "internal error: the control panicked; please report it".to_owned(),
                                )),
                                begun,
                            );
                        }
                    }
                    if !options.without_durations {
                        control.duration_ms = begun.elapsed().as_secs_f64() * 1_000.0;
                    }
                    control.tables = backend.tables_of(&planned.sql);
                    on_event(Event::ControlFinished {
                        name: (*name).clone(),
                        run_status: control.run_status,
                        summary: control.summary,
                    });
                    if let Some(Ok(mut slot)) = results.get(i).map(Mutex::lock) {
                        *slot = Some(control);
                    }
                }
            });
        }
    });
    let mut controls = IndexMap::new();
    for ((name, planned), slot) in queue.iter().zip(results) {
        let done = slot.into_inner().ok().flatten();
        controls.insert((*name).clone(), done.unwrap_or_else(|| blank(plan, planned)));
    }
    let run = assemble(plan, controls, options, false);
    on_event(Event::RunFinished);
    run
}

/// Makes the run of `--dry-run`: the tree without results.
pub fn dry_run(plan: &Plan, options: &RunOptions) -> Run {
    let controls = plan
        .controls
        .iter()
        .map(|(name, planned)| {
            let mut control = blank(plan, planned);
            control.run_status = RunStatus::Complete;
            (name.clone(), control)
        })
        .collect();
    assemble(plan, controls, options, true)
}

fn assemble(plan: &Plan, controls: IndexMap<String, ControlRun>, options: &RunOptions, dry_run: bool) -> Run {
    let mut root = plan.root.clone();
    if !dry_run {
        summarise(&mut root, &controls);
    }
    let finished = if options.without_durations { options.started } else { chrono::Local::now().fixed_offset() };
    Run {
        target: plan.target.clone(),
        root,
        controls,
        started: options.started,
        finished,
        dry_run,
        provenance: options.provenance.clone(),
    }
}

struct Worker<'a> {
    backend: &'a dyn Backend,
    options: &'a RunOptions,
    deadline: Option<Instant>,
    answers: &'a Mutex<HashMap<String, Arc<OnceLock<Answer>>>>,
}

enum Failure {
    Error(String),
    Canceled,
    TimedOut,
    NotStarted,
}

impl Worker<'_> {
    fn control(
        &self,
        planned: &Planned,
        connection: &mut Option<Box<dyn Connection>>,
    ) -> Result<(Outcome, Vec<String>), Failure> {
        if self.options.cancel.is_cancelled() {
            return Err(Failure::Canceled);
        }
        if self.deadline.is_some_and(|d| Instant::now() >= d) {
            return Err(Failure::NotStarted);
        }
        let args = planned.args.as_ref().map_err(|cause| {
            Failure::Error(format!(
                "cannot run {} - failed to resolve query \"{}\": {cause}",
                planned.control.id.full_name(),
                planned.query_name
            ))
        })?;
        let set = self.answer(planned, args, connection).map_err(|e| match e {
            QueryError::TimedOut => Failure::TimedOut,
            QueryError::Cancelled => Failure::Canceled,
            QueryError::Sql(diagnostic) => Failure::Error(with_place(&diagnostic)),
            other => Failure::Error(other.to_string()),
        })?;
        let outcome = outcome::judge(&set).map_err(Failure::Error)?;
        Ok((outcome, set.warnings.clone()))
    }

    /// Returns the answer of a query; several controls with the same text and arguments share one.
    fn answer(&self, planned: &Planned, args: &[Arg], connection: &mut Option<Box<dyn Connection>>) -> Answer {
        let key = format!("{}\u{0}{args:?}", planned.sql.text);
        let cell = match self.answers.lock() {
            Ok(mut answers) => Arc::clone(answers.entry(key).or_default()),
            Err(_) => Arc::default(),
        };
        cell.get_or_init(|| self.query(planned, args, connection).map(Arc::new)).clone()
    }

    fn query(
        &self,
        planned: &Planned,
        args: &[Arg],
        connection: &mut Option<Box<dyn Connection>>,
    ) -> Result<ResultSet, QueryError> {
        let connection = match connection {
            Some(open) => open,
            None => connection.insert(self.backend.connect()?),
        };
        let mut limits = Limits::new(self.options.query_timeout, self.options.cancel.clone());
        limits.deadline = match (limits.deadline, self.deadline) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        connection.query(&planned.sql, args, &limits)
    }
}

/// Returns a diagnostic's message with its place and hints, on one line.
fn with_place(diagnostic: &crate::model::diagnostic::Diagnostic) -> String {
    let place = diagnostic.labels.first().map(|l| {
        let (line, column) = l.span.start();
        format!(" ({}:{line}:{column})", l.span.file.display_path)
    });
    let help = diagnostic.help.first().map(|h| format!("; {h}"));
    format!("{}{}{}", diagnostic.message, place.unwrap_or_default(), help.unwrap_or_default())
}

fn finish(control: &mut ControlRun, result: Result<(Outcome, Vec<String>), Failure>, begun: Instant) {
    match result {
        Ok((outcome, warnings)) => {
            control.run_status = RunStatus::Complete;
            control.results = outcome.rows;
            control.dimension_columns = outcome.columns;
            control.summary = outcome.summary;
            control.warnings = warnings;
        }
        Err(failure) => {
            control.run_status =
                if matches!(failure, Failure::Canceled) { RunStatus::Canceled } else { RunStatus::Error };
            control.summary = StatusSummary { error: 1, ..StatusSummary::default() };
            control.error = match failure {
                Failure::Error(message) => message,
                Failure::Canceled => "execution cancelled".to_owned(),
                Failure::TimedOut => {
                    format!("control execution timed out after running for {:.2}s", begun.elapsed().as_secs_f64())
                }
                Failure::NotStarted => "execution timed out before control started".to_owned(),
            };
        }
    }
}

/// Makes a control's record before it ran.
fn blank(plan: &Plan, planned: &Planned) -> ControlRun {
    let control = &planned.control;
    let Meta { title, description, documentation, tags } = &control.meta;
    let id = &control.id;
    let root = &plan.module.root;
    let path = id.span.file.path.strip_prefix(root).unwrap_or(&id.span.file.path).to_string_lossy().replace('\\', "/");
    ControlRun {
        name: id.full_name(),
        control_id: if id.mod_name == plan.module.name { id.unqualified_name() } else { id.full_name() },
        short_name: id.name.clone(),
        title: title.clone().unwrap_or_default(),
        description: description.clone().unwrap_or_default(),
        documentation: documentation.read().ok().flatten().unwrap_or_default(),
        display: control.display.clone().unwrap_or_default(),
        display_type: control.display_type.clone().unwrap_or_default(),
        width: control.width,
        severity: control.severity.clone().unwrap_or_default(),
        tags: tags.clone(),
        query_name: planned.query_name.clone(),
        sql: planned.sql.text.clone(),
        args: planned.args.as_ref().map(|a| a.iter().map(params::to_json).collect()).unwrap_or_default(),
        file: path,
        line: u32::try_from(id.span.start().0).unwrap_or(0),
        ..ControlRun::default()
    }
}

/// Adds the counts of controls up the tree, once for each place in which a control stands.
fn summarise(group: &mut Group, controls: &IndexMap<String, ControlRun>) {
    for child in &mut group.children {
        match child {
            Node::Control(name) => {
                if let Some(control) = controls.get(name) {
                    group.summary += control.summary;
                    if let Some(severity) = Severity::parse(&control.severity) {
                        *group.severity_summary.entry(severity).or_default() += control.summary;
                    }
                }
            }
            Node::Group(inner) => {
                summarise(inner, controls);
                group.summary += inner.summary;
                for (severity, summary) in &inner.severity_summary {
                    *group.severity_summary.entry(severity.clone()).or_default() += *summary;
                }
            }
        }
    }
}
