//! Runs each query once, on several threads, and builds the result tree.

use super::databases::Databases;
use super::events::Event;
use super::outcome::{self, Outcome};
use super::params;
use super::plan::{Plan, Planned};
use crate::inventory::backend::{Backend, Cancel, Connection, Limits, QueryError};
use crate::model::diagnostic::Diagnostic;
use crate::model::resource::Meta;
use crate::model::run::{ControlRun, Provenance, Run};
use crate::model::status::{RunStatus, StatusSummary};
use crate::model::value::{Arg, ResultSet};
use chrono::{DateTime, FixedOffset};
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    /// Set when nothing more is to be started: the first Ctrl-C.
    pub cancel: Cancel,
    /// Set when what runs is to be stopped too.
    pub stop: Cancel,
    /// When the run began.
    pub started: DateTime<FixedOffset>,
    /// What is known of the run before it begins.
    pub provenance: Provenance,
    /// Whether to leave durations out, for results that equal each other to the byte.
    pub without_durations: bool,
}

/// One query with its arguments on one database, and the controls that it answers.
struct Job<'p> {
    /// Indices of the controls, in tree order.
    controls: Vec<usize>,
    planned: &'p Planned,
}

/// Puts controls with the same query, arguments and database together, in tree order.
fn jobs(plan: &Plan) -> Vec<Job<'_>> {
    let mut jobs: IndexMap<String, Job<'_>> = IndexMap::new();
    for (i, planned) in plan.controls.values().enumerate() {
        // A control whose arguments are wrong fails by itself.
        let key = match &planned.args {
            Ok(args) => format!("{}\u{0}{args:?}\u{0}{:?}", planned.sql.text, planned.database),
            Err(_) => format!("{i}"),
        };
        jobs.entry(key).or_insert_with(|| Job { controls: Vec::new(), planned }).controls.push(i);
    }
    jobs.into_values().collect()
}

/// Runs a plan on one database.
pub fn run(plan: &Plan, backend: &dyn Backend, options: &RunOptions, on_event: &(dyn Fn(Event) + Sync)) -> Run {
    run_on(plan, &Databases::single(backend), options, on_event)
}

/// Runs a plan, each control on its database.
pub fn run_on(plan: &Plan, databases: &Databases<'_>, options: &RunOptions, on_event: &(dyn Fn(Event) + Sync)) -> Run {
    on_event(Event::RunStarted { controls: plan.controls.len() });
    let deadline = (!options.run_timeout.is_zero()).then(|| Instant::now() + options.run_timeout);
    let controls: Vec<(&String, &Planned)> = plan.controls.iter().collect();
    let jobs = jobs(plan);
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<ControlRun>>> = controls.iter().map(|_| Mutex::new(None)).collect();
    let threads = options.max_parallel.clamp(1, 64).min(jobs.len().max(1));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut worker = Worker { databases, options, deadline, connections: BTreeMap::new() };
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::SeqCst)) {
                    worker.job(plan, job, &controls, &results, on_event);
                }
            });
        }
    });
    let mut done = IndexMap::new();
    for ((name, planned), slot) in controls.iter().zip(results) {
        let control = slot.into_inner().ok().flatten();
        done.insert((*name).clone(), control.unwrap_or_else(|| never_ran(plan, planned)));
    }
    let run = assemble(plan, done, options, false);
    on_event(Event::RunFinished);
    run
}

/// The record of a control whose thread ended early: unknown is never fine.
fn never_ran(plan: &Plan, planned: &Planned) -> ControlRun {
    let mut control = blank(plan, planned);
    finish(&mut control, Err(Failure::Error(PANICKED.to_owned())), Duration::ZERO);
    control
}

const PANICKED: &str = "internal error: the control panicked; please report it";

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
        root.summarise(&controls);
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
    databases: &'a Databases<'a>,
    options: &'a RunOptions,
    deadline: Option<Instant>,
    /// One for each database that was used.
    connections: BTreeMap<usize, Box<dyn Connection>>,
}

enum Failure {
    Error(String),
    Canceled,
    TimedOut,
    NotStarted,
}

impl From<QueryError> for Failure {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::TimedOut => Self::TimedOut,
            QueryError::Cancelled => Self::Canceled,
            QueryError::Sql(diagnostic) => Self::Error(with_place(&diagnostic)),
            other => Self::Error(other.to_string()),
        }
    }
}

impl Worker<'_> {
    /// Runs a query and gives its answer to each of its controls.
    fn job(
        &mut self,
        plan: &Plan,
        job: &Job<'_>,
        controls: &[(&String, &Planned)],
        results: &[Mutex<Option<ControlRun>>],
        on_event: &(dyn Fn(Event) + Sync),
    ) {
        let names = || job.controls.iter().filter_map(|i| controls.get(*i));
        for (name, _) in names() {
            on_event(Event::ControlStarted { name: (*name).clone() });
        }
        let begun = Instant::now();
        // One bad control must not take the run down.
        let mut answer = catch_unwind(AssertUnwindSafe(|| self.answer(job.planned))).unwrap_or_else(|_| {
            self.connections.clear();
            Err(Answerless::Panicked)
        });
        let took = begun.elapsed();
        for i in &job.controls {
            let Some((name, planned)) = controls.get(*i) else { continue };
            if planned.sql != job.planned.sql && matches!(answer, Err(Answerless::Query(QueryError::Sql(_)))) {
                // The same text stands in another place, and the fault is to be shown there.
                answer = self.answer(planned);
            }
            if let Err(Answerless::Query(QueryError::Sql(fault))) = &answer {
                on_event(Event::QueryRejected(fault.clone()));
            }
            let mut control = blank(plan, planned);
            let judged = match &answer {
                Ok(set) => catch_unwind(AssertUnwindSafe(|| outcome::judge(set)))
                    .unwrap_or_else(|_| Err(PANICKED.to_owned()))
                    .map(|outcome| (outcome, set.warnings.clone()))
                    .map_err(Failure::Error),
                Err(why) => Err(why.failure(planned)),
            };
            finish(&mut control, judged, took);
            if !self.options.without_durations {
                control.duration_ms = took.as_secs_f64() * 1_000.0;
            }
            if let Ok((_, backend)) = self.databases.of(planned) {
                control.tables = backend.tables_of(&planned.sql);
            }
            on_event(Event::ControlFinished {
                name: (*name).clone(),
                run_status: control.run_status,
                summary: control.summary,
            });
            if let Some(Ok(mut slot)) = results.get(*i).map(Mutex::lock) {
                *slot = Some(control);
            }
        }
    }

    fn answer(&mut self, planned: &Planned) -> Result<ResultSet, Answerless> {
        if self.options.cancel.is_cancelled() {
            return Err(Answerless::Query(QueryError::Cancelled));
        }
        if self.deadline.is_some_and(|d| Instant::now() >= d) {
            return Err(Answerless::NotStarted);
        }
        let args = planned.args.as_ref().map_err(|_| Answerless::Arguments)?;
        self.query(planned, args).map_err(Answerless::Query)
    }

    fn query(&mut self, planned: &Planned, args: &[Arg]) -> Result<ResultSet, QueryError> {
        let (index, backend) = self.databases.of(planned)?;
        let connection = match self.connections.entry(index) {
            std::collections::btree_map::Entry::Occupied(open) => open.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => place.insert(backend.connect()?),
        };
        let mut limits = Limits::new(self.options.query_timeout, self.options.stop.clone());
        limits.deadline = match (limits.deadline, self.deadline) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let answer = connection.query(&planned.sql, args, &limits);
        if matches!(answer, Err(QueryError::Connect(_))) {
            self.connections.remove(&index);
        }
        answer
    }
}

/// Why there is no answer.
enum Answerless {
    Query(QueryError),
    Arguments,
    NotStarted,
    Panicked,
}

impl Answerless {
    /// What that means for a control.
    fn failure(&self, planned: &Planned) -> Failure {
        match self {
            Self::Query(error) => error.clone().into(),
            Self::NotStarted => Failure::NotStarted,
            Self::Panicked => Failure::Error(PANICKED.to_owned()),
            Self::Arguments => {
                // SQL of the control's own has no name.
                let query = Some(&planned.query_name).filter(|n| !n.is_empty()).map(|n| format!(" \"{n}\""));
                Failure::Error(format!(
                    "cannot run {} - failed to resolve query{}: {}",
                    planned.control.id.full_name(),
                    query.unwrap_or_default(),
                    planned.args.as_ref().err().map(String::as_str).unwrap_or_default()
                ))
            }
        }
    }
}

/// Returns a diagnostic's message with its place and hints, on one line.
fn with_place(diagnostic: &Diagnostic) -> String {
    let place = diagnostic.labels.first().map(|l| {
        let (line, column) = l.span.start();
        format!(" ({}:{line}:{column})", l.span.file.display_path)
    });
    let help = diagnostic.help.first().map(|h| format!("; {h}"));
    format!("{}{}{}", diagnostic.message, place.unwrap_or_default(), help.unwrap_or_default())
}

fn finish(control: &mut ControlRun, result: Result<(Outcome, Vec<String>), Failure>, took: Duration) {
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
                    format!("control execution timed out after running for {:.2}s", took.as_secs_f64())
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
        name: planned.name.clone(),
        control_id: if id.mod_name == plan.module.name { id.unqualified_name() } else { planned.name.clone() },
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
