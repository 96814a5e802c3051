//! `control run` and `benchmark run`.

use super::args::{BenchmarkRun, ControlRun, DataFlags, Global, LimitFlags, OutputFlags};
use super::data::{self, Data};
use super::exit::{Code, Failure};
use super::export::{self, Target};
use super::ui::{Counter, Ui};
use super::workspace;
use crate::engine::filter::Filter;
use crate::engine::plan::{Plan, PlanError};
use crate::engine::run::{RunOptions, dry_run, run};
use crate::inventory::backend::Cancel;
use crate::model::resource::Mod;
use crate::model::run::Run;
use crate::report::{Format, RenderOptions, render};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Everything that the two commands have in common.
struct Request<'a> {
    ui: &'a Ui,
    data: &'a DataFlags,
    output: &'a OutputFlags,
    limits: &'a LimitFlags,
    dry_run: bool,
}

pub fn controls(global: &Global, ui: &Ui, args: &ControlRun) -> Result<Code, Failure> {
    let request = Request { ui, data: &args.data, output: &args.output, limits: &args.limits, dry_run: args.dry_run };
    let output = Output::parse(&args.output)?;
    let module = workspace::open(global, ui, &args.variables, false)?;
    require_mod(&module)?;
    let mut plans = Vec::new();
    for name in &args.names {
        plans.push(Plan::control(&module, name, &args.arg).map_err(failure)?);
    }
    execute(&request, &output, &module, plans)
}

pub fn benchmarks(global: &Global, ui: &Ui, args: &BenchmarkRun) -> Result<Code, Failure> {
    let request = Request { ui, data: &args.data, output: &args.output, limits: &args.limits, dry_run: args.dry_run };
    let output = Output::parse(&args.output)?;
    if args.condition.is_some() && !args.tag.is_empty() {
        return Err(Failure::new(Code::Usage, "only 1 of 'tag' and 'where' may be set"));
    }
    let filter = Filter::parse(&args.tag, args.condition.as_deref()).map_err(|e| Failure::new(Code::Usage, e))?;
    let module = workspace::open(global, ui, &args.variables, false)?;
    require_mod(&module)?;
    let all = args.names.iter().any(|n| n == "all");
    if all && args.names.len() > 1 {
        return Err(Failure::new(Code::Initialization, "cannot execute 'all' with other benchmarks"));
    }
    let named_export = output.exports.iter().any(|t| matches!(t, Target::Named(..)));
    let plans = if all {
        vec![Plan::merged(&module, &[], &filter).map_err(failure)?]
    } else if args.names.len() > 1 && named_export {
        vec![Plan::merged(&module, &args.names, &filter).map_err(failure)?]
    } else {
        args.names.iter().map(|n| Plan::benchmark(&module, n, &filter).map_err(failure)).collect::<Result<_, _>>()?
    };
    if plans.iter().all(|p| p.controls.is_empty()) {
        ui.warning("no controls were selected: nothing was checked");
    }
    execute(&request, &output, &module, plans)
}

fn require_mod(module: &Mod) -> Result<(), Failure> {
    if module.has_mod_file {
        Ok(())
    } else {
        Err(Failure::new(Code::NoModFile, "this command needs a mod definition file (mod.pp)"))
    }
}

fn failure(error: PlanError) -> Failure {
    let code = if matches!(error, PlanError::Usage(_)) { Code::Usage } else { Code::Initialization };
    Failure::new(code, error.to_string())
}

/// The output flags, understood.
struct Output {
    format: Format,
    exports: Vec<Target<Format>>,
    separator: u8,
}

impl Output {
    fn parse(flags: &OutputFlags) -> Result<Self, Failure> {
        let format = Format::parse(&flags.output).ok_or_else(|| {
            let hint = crate::model::diagnostic::nearest(&flags.output, Format::NAMES);
            let failure = Failure::new(
                Code::Unknown,
                format!("invalid value '{}' for --output: one of {}", flags.output, Format::NAMES.join(", ")),
            );
            match hint {
                Some(near) => failure.help(format!("did you mean {near}?")),
                None => failure,
            }
        })?;
        if flags.share && flags.snapshot {
            return Err(Failure::new(Code::Usage, "only 1 of 'share' and 'snapshot' may be set"));
        }
        for tag in &flags.snapshot_tag {
            if tag.matches('=').count() != 1 {
                return Err(Failure::new(Code::Usage, "snapshot tags must be specified '--snapshot-tag key=value'"));
            }
        }
        if let (true, Some(folder)) = (flags.share || flags.snapshot, &flags.snapshot_location)
            && !folder.is_dir()
        {
            return Err(Failure::new(Code::Usage, format!("snapshot location {} does not exist", folder.display()))
                .help("ironpipe saves snapshots in a folder; create it first"));
        }
        Ok(Self { format, exports: export::targets(&flags.export)?, separator: separator(&flags.separator)? })
    }
}

/// Reads `--separator`.
pub fn separator(text: &str) -> Result<u8, Failure> {
    match text.as_bytes() {
        [one] => Ok(*one),
        _ => Err(Failure::new(Code::Usage, "--separator must be exactly 1 character")),
    }
}

fn execute(request: &Request<'_>, output: &Output, module: &Arc<Mod>, plans: Vec<Plan>) -> Result<Code, Failure> {
    let started = chrono::Local::now().fixed_offset();
    let cancel = cancel_on_interrupt(request.ui);
    let data = if request.dry_run {
        None
    } else {
        let queries: Vec<_> = plans.iter().flat_map(|p| p.controls.values()).map(|c| c.sql.clone()).collect();
        Some(data::open(request.ui, request.data, module, &queries, request.output.progress, &cancel)?)
    };
    let mut worst = Code::Ok;
    for plan in &plans {
        let begun = Instant::now();
        let options = options(request, data.as_ref(), module, plan, started, &cancel)?;
        let result = match &data {
            None => dry_run(plan, &options),
            Some(data) => {
                let progress = request.ui.progress(request.output.progress && output.format != Format::None);
                progress.say("Starting controls…");
                let counter = Counter::new(&progress);
                let result = run(plan, data.backend.as_ref(), &options, &|event| counter.event(&event));
                progress.finish();
                result
            }
        };
        worst = worst.max(publish(request, output, result, begun)?);
    }
    Ok(worst)
}

fn options(
    request: &Request<'_>,
    data: Option<&Data>,
    module: &Mod,
    plan: &Plan,
    started: chrono::DateTime<chrono::FixedOffset>,
    cancel: &Cancel,
) -> Result<RunOptions, Failure> {
    let mut provenance =
        data.map(|d| d.provenance(plan.controls.values().map(|c| &c.sql))).transpose()?.unwrap_or_default();
    provenance.tool_version = env!("CARGO_PKG_VERSION").to_owned();
    provenance.mod_name = module.name.clone();
    provenance.mod_title = module.meta.title.clone().unwrap_or_default();
    provenance.mod_version = module.version.clone();
    provenance.mod_digest = module.digest.clone();
    provenance.variables =
        module.variables.values().filter_map(|v| v.value.clone().map(|value| (v.id.name.clone(), value))).collect();
    provenance.snapshot_tags = request
        .output
        .snapshot_tag
        .iter()
        .filter_map(|t| t.split_once('='))
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect();
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    Ok(RunOptions {
        max_parallel: request.limits.max_parallel.unwrap_or_else(|| cores.min(10)).max(1),
        query_timeout: Duration::from_secs(request.limits.query_timeout),
        run_timeout: Duration::from_secs(request.limits.benchmark_timeout),
        cancel: cancel.clone(),
        started,
        provenance,
        stop: Cancel::default(),
        without_durations: false,
    })
}

/// Prints, saves and exports a run, and says how it went.
fn publish(request: &Request<'_>, output: &Output, mut run: Run, begun: Instant) -> Result<Code, Failure> {
    let flags = request.output;
    if let Some(title) = &flags.snapshot_title {
        run.root.title.clone_from(title);
    }
    let mut ok = emit(request.ui, flags, output, &run)?;
    if (flags.snapshot || flags.share) && !request.dry_run {
        let folder = flags.snapshot_location.clone().unwrap_or_else(|| Path::new(".").to_path_buf());
        let path = folder.join(export::unnamed(&run.target, ".pps", run.started));
        match export::write(&path, |out| crate::snapshot::write(&run, false, out)) {
            Ok(()) => request.ui.notice(&format!("\nSnapshot saved to {}\n", path.display())),
            Err(e) => {
                request
                    .ui
                    .failure(&Failure::new(Code::Error, format!("failed to save snapshot {}: {e}", path.display())));
                ok = false;
            }
        }
    }
    if flags.timing && !request.dry_run && matches!(output.format, Format::Text | Format::Brief) {
        request.ui.data(format!("\nTime: {}\n", duration(begun.elapsed())).as_bytes())?;
    }
    let s = run.root.summary;
    Ok(match (s.error > 0 || !ok, s.alarm > 0) {
        (true, _) => Code::Error,
        (false, true) => Code::Alarm,
        (false, false) => Code::Ok,
    })
}

/// Writes the output and the exports of a run. Returns whether every export went well.
fn emit(ui: &Ui, flags: &OutputFlags, output: &Output, run: &Run) -> Result<bool, Failure> {
    let screen = RenderOptions {
        width: ui.width(),
        colours: ui.colours(),
        header: flags.header,
        separator: output.separator,
        pretty: true,
    };
    let mut text = Vec::new();
    render(run, output.format, &screen, &mut text)
        .map_err(|e| Failure::new(Code::Unknown, format!("failed to render the result: {e}")))?;
    ui.data(&text)?;
    let file = RenderOptions {
        width: screen.width,
        pretty: false,
        header: flags.header,
        separator: output.separator,
        ..RenderOptions::default()
    };
    let mut ok = true;
    for target in &output.exports {
        let (format, path) = match target {
            Target::Unnamed(format) => (*format, export::unnamed(&run.target, format.extension(), run.started)),
            Target::Named(format, path) => (*format, path.clone()),
        };
        ok &= export::save(ui, &path, flags.progress, |out| render(run, format, &file, out));
    }
    Ok(ok)
}

/// Prints and exports a run that was read from a snapshot.
pub fn show_again(ui: &Ui, flags: &OutputFlags, run: &Run) -> Result<Code, Failure> {
    let output = Output::parse(flags)?;
    Ok(if emit(ui, flags, &output, run)? { Code::Ok } else { Code::Error })
}

/// Go's way of writing a duration, to the millisecond.
fn duration(d: Duration) -> String {
    let ms = d.as_millis();
    match ms {
        0..1_000 => format!("{ms}ms"),
        1_000..60_000 => format!("{}s", seconds(ms)),
        _ => format!("{}m{}s", ms / 60_000, seconds(ms % 60_000)),
    }
}

fn seconds(ms: u128) -> String {
    let text = format!("{}.{:03}", ms / 1_000, ms % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The first Ctrl-C lets what runs come to an end; the second one stops at once.
pub fn cancel_on_interrupt(ui: &Ui) -> Cancel {
    let cancel = Cancel::default();
    let flag = cancel.clone();
    let interactive = ui.is_interactive();
    let installed = ctrlc::set_handler(move || {
        if flag.is_cancelled() {
            std::process::exit(i32::from(Code::Interrupted.number()));
        }
        flag.cancel();
        if interactive {
            use std::io::Write as _;
            let _ = std::io::stderr().write_all(b"\nStopping; press Ctrl-C again to stop at once.\n");
        }
    });
    if installed.is_err() {
        ui.warning("Ctrl-C cannot be handled: it will stop the program at once");
    }
    cancel
}
