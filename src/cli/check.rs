//! `control run` and `benchmark run`.

use super::args::{BenchmarkRun, ControlRun};
use super::context::Context;
use super::data::{self, Asked, Data};
use super::exit::{Code, Failure};
use super::flags::{DataFlags, LimitFlags, OutputFlags, listed};
use super::interrupt::Interrupt;
use super::output::Output;
use super::progress::Watch;
use super::workspace::{self, Missing};
use crate::engine::filter::Filter;
use crate::engine::plan::{Plan, PlanError};
use crate::engine::run::{RunOptions, dry_run, run_on};
use crate::model::resource::Mod;
use crate::model::run::Run;
use crate::report::{Format, duration};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Everything that the two commands have in common.
struct Request<'a> {
    cx: &'a Context<'a>,
    data: &'a DataFlags,
    flags: &'a OutputFlags,
    output: Output<'a>,
    limits: &'a LimitFlags,
    dry_run: bool,
}

/// `control run`.
pub fn controls(cx: &Context<'_>, args: &ControlRun) -> Result<Code, Failure> {
    let output = Output::parse(&args.output)?;
    data::validate(&args.data)?;
    let (data, flags, limits) = (&args.data, &args.output, &args.limits);
    let request = Request { cx, data, flags, output, limits, dry_run: args.dry_run };
    super::mods::before_run(cx, limits, args.data.offline)?;
    let module = workspace::open(cx, &args.variables, Missing::of(limits))?;
    require_mod(&module)?;
    let has_all = module.controls.contains_key("all");
    let plans = match args.names.as_slice() {
        [all] if all == "all" && !has_all => vec![Plan::controls(&module, &[], &args.arg)],
        [_, _, ..] if request.output.has_named_export() => vec![Plan::controls(&module, &args.names, &args.arg)],
        names => names.iter().map(|name| Plan::control(&module, name, &args.arg)).collect(),
    };
    let plans = plans.into_iter().collect::<Result<Vec<_>, _>>().map_err(|e| failure(&e))?;
    execute(&request, &module, &plans)
}

/// `benchmark run`.
pub fn benchmarks(cx: &Context<'_>, args: &BenchmarkRun) -> Result<Code, Failure> {
    let output = Output::parse(&args.output)?;
    data::validate(&args.data)?;
    let (data, flags, limits) = (&args.data, &args.output, &args.limits);
    let request = Request { cx, data, flags, output, limits, dry_run: args.dry_run };
    let condition = args.condition.as_deref().filter(|c| !c.trim().is_empty());
    if condition.is_some() && !args.tag.is_empty() {
        return Err(Failure::new(Code::Usage, "only 1 of 'tag' and 'where' may be set"));
    }
    let tags = Filter::parse(&listed(&args.tag), None).map_err(|e| Failure::new(Code::Usage, e))?;
    let filter = match condition {
        Some(_) => Filter::parse(&[], condition).map_err(|e| Failure::new(Code::Unknown, e))?,
        None => tags,
    };
    super::mods::before_run(cx, limits, args.data.offline)?;
    let module = workspace::open(cx, &args.variables, Missing::of(limits))?;
    require_mod(&module)?;
    let all = args.names.iter().any(|n| n == "all");
    if all && args.names.len() > 1 {
        return Err(Failure::new(Code::Initialization, "cannot execute 'all' with other benchmarks"));
    }
    let plans = if all {
        vec![Plan::merged(&module, &[], &filter).map_err(|e| failure(&e))?]
    } else if args.names.len() > 1 && request.output.has_named_export() {
        vec![Plan::merged(&module, &args.names, &filter).map_err(|e| failure(&e))?]
    } else {
        args.names
            .iter()
            .map(|n| Plan::benchmark(&module, n, &filter).map_err(|e| failure(&e)))
            .collect::<Result<_, _>>()?
    };
    if plans.iter().all(|p| p.controls.is_empty()) {
        cx.ui.warning(if filter.is_empty() {
            "the benchmark has no controls: nothing was checked"
        } else {
            "no control passes the filter: nothing was checked"
        });
    }
    execute(&request, &module, &plans)
}

fn require_mod(module: &Mod) -> Result<(), Failure> {
    if module.has_mod_file {
        Ok(())
    } else {
        Err(Failure::new(Code::NoModFile, "no mod definition: this command needs a mod file (mod.pp)"))
    }
}

fn failure(error: &PlanError) -> Failure {
    Failure::new(Code::Initialization, error.to_string())
}

/// How many faults of queries are drawn after a run; the report has all of them, and `mod check` draws them.
const SHOWN_FAULTS: usize = 10;

fn execute(request: &Request<'_>, module: &Arc<Mod>, plans: &[Plan]) -> Result<Code, Failure> {
    let ui = request.cx.ui;
    let started = chrono::Local::now().fixed_offset();
    let interrupt = Interrupt::listen(ui);
    let progress = request.flags.files.progress && request.output.format != Format::None;
    let data = if request.dry_run {
        None
    } else {
        let controls = plans.iter().flat_map(|p| p.controls.values());
        let queries: Vec<Asked<'_>> = controls.map(|c| (&c.sql, c.database.as_ref())).collect();
        Some(data::open(request.cx, request.data, module, &queries, progress, &interrupt)?)
    };
    let mut worst = Code::Ok;
    for (i, plan) in plans.iter().enumerate() {
        let begun = Instant::now();
        let mut faults = Vec::new();
        let options = options(request, data.as_ref(), module, plan, started, &interrupt)?;
        let result = match &data {
            None => dry_run(plan, &options),
            Some(data) => {
                let line = ui.progress(progress);
                line.say("Starting controls…");
                let watch = Watch::new(&line);
                let result = run_on(plan, &data.databases(), &options, &|event| watch.event(event));
                line.finish();
                faults = watch.faults();
                result
            }
        };
        if !request.flags.redact {
            ui.diagnostics(&faults, SHOWN_FAULTS);
        }
        let before = plans.iter().take(i).filter(|p| p.target == plan.target).count();
        // What is run twice must not write over its own files.
        let name = if before == 0 { plan.target.clone() } else { format!("{}-{}", plan.target, before + 1) };
        worst = worst.max(publish(request, result, &name, begun, &interrupt)?);
    }
    let fails_on_errors = request.flags.fail_on.iter().any(|condition| condition == "error");
    if fails_on_errors && data.is_some_and(|data| !data.unread.is_empty()) {
        // Of an account that could not be read, no control could be evaluated.
        worst = worst.max(Code::Error);
    }
    Ok(worst)
}

fn options(
    request: &Request<'_>,
    data: Option<&Data>,
    module: &Mod,
    plan: &Plan,
    started: chrono::DateTime<chrono::FixedOffset>,
    interrupt: &Interrupt,
) -> Result<RunOptions, Failure> {
    let mut provenance =
        data.map(|d| d.provenance(plan.controls.values().map(|c| &c.sql))).transpose()?.unwrap_or_default();
    provenance.tool_version = env!("CARGO_PKG_VERSION").to_owned();
    provenance.mod_name = module.name.clone();
    provenance.mod_title = module.meta.title.clone().unwrap_or_default();
    provenance.mod_version = module.version.clone();
    provenance.mod_digest = module.digest.clone();
    let own = module.variables.values().map(|v| (v.id.name.clone(), v));
    let of_dependencies = module
        .dependencies
        .values()
        .flat_map(|d| d.variables.values().map(|v| (format!("{}.{}", d.name, v.id.name), v)));
    provenance.variables =
        own.chain(of_dependencies).filter_map(|(name, v)| v.value.clone().map(|value| (name, value))).collect();
    let tags = request.flags.snapshots.snapshot_tag.iter().filter_map(|t| t.split_once('='));
    provenance.snapshot_tags = tags.map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    Ok(RunOptions {
        max_parallel: request.limits.max_parallel.unwrap_or_else(|| cores.min(10)).max(1),
        query_timeout: Duration::from_secs(request.limits.query_timeout),
        run_timeout: Duration::from_secs(request.limits.benchmark_timeout),
        cancel: interrupt.cancel.clone(),
        stop: interrupt.stop.clone(),
        started,
        provenance,
        without_durations: false,
    })
}

/// Prints, saves and exports a run, and says how it went; files without a name of their own are called by `name`.
fn publish(
    request: &Request<'_>,
    mut run: Run,
    name: &str,
    begun: Instant,
    interrupt: &Interrupt,
) -> Result<Code, Failure> {
    let (flags, output, ui) = (request.flags, &request.output, request.cx.ui);
    if let Some(title) = &flags.snapshots.snapshot_title {
        run.root.title.clone_from(title);
    }
    output.redact(&mut run)?;
    let compared = output.changes(&run);
    let changes = compared.as_ref().ok().and_then(Option::as_ref);
    output.print(ui, &run, changes)?;
    let mut ok = true;
    if interrupt.cancel.is_cancelled() {
        // Half a report must not take the place of a whole one.
        if !output.exports.is_empty() || flags.snapshots.snapshot || flags.snapshots.share {
            ui.warning("the run was cancelled: no export and no snapshot was written");
        }
        ok = false;
    } else {
        ok &= request.dry_run || output.save_snapshot(ui, &run, name);
        ok &= output.export(ui, &run, name, changes);
    }
    if flags.timing && !request.dry_run && matches!(output.format, Format::Text | Format::Brief) {
        ui.data(format!("\nTime: {}\n", duration(begun.elapsed())).as_bytes())?;
    }
    let verdict = output.verdict(&run, changes.map(AsRef::as_ref));
    // The report is out; what could not be compared is said after it.
    compared?;
    Ok(if ok { verdict } else { Code::Error })
}
