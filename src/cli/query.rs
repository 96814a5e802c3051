//! `query run`.

use super::args::QueryRun as Arguments;
use super::context::Context;
use super::data;
use super::exit::{Code, Failure};
use super::export::{self, Target};
use super::interrupt::Interrupt;
use super::output;
use super::snapshot_location::{self, Location};
use super::workspace::{self, Missing};
use crate::engine::params;
use crate::engine::plan::{Target as Name, database_of};
use crate::inventory::backend::{Limits, QueryError};
use crate::model::diagnostic::nearest;
use crate::model::resource::{Args, Mod, Query};
use crate::model::source::SqlText;
use crate::model::value::ResultSet;
use crate::report::RenderOptions;
use crate::report::query::{QueryFormat, QueryRun, render};
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// `query run`.
pub fn run(cx: &Context<'_>, args: &Arguments) -> Result<Code, Failure> {
    let asked = super::sql::text(&args.query);
    let format = format(args)?;
    let separator = output::separator(&args.files.separator)?;
    snapshot_location::check(&args.snapshots, Code::Unknown)?;
    data::validate(&args.data)?;
    let exports = export::query_targets(&args.files.export)?;
    super::mods::before_run(cx, &args.limits, args.data.offline)?;
    let open = if Name::parse(asked).is_some() { workspace::open } else { workspace::open_for_sql };
    let module = open(cx, &args.variables, Missing::of(&args.limits))?;
    let (query, call) = find(&module, asked)?;
    let (sql, name) = match &query {
        Some(query) => (query.sql.clone(), query.id.full_name()),
        None => (SqlText::inline(asked.to_owned()), String::new()),
    };
    if args.explain {
        let statement = crate::sql::translate(&sql, crate::inventory::schema())
            .map_err(|d| Failure::from_diagnostics(Code::Query, vec![*d]))?;
        cx.ui.data(format!("{}\n", statement.sqlite).as_bytes())?;
        return Ok(Code::Ok);
    }
    let given = params::parse_arguments(&args.arg, call.as_deref()).map_err(|e| Failure::new(Code::Unknown, e))?;
    let own = query.as_ref().map(|q| q.params.as_slice()).unwrap_or_default();
    let values = params::resolve(query.as_ref().map_or("query", |q| q.id.name.as_str()), own, &Args::None, &given)
        .map_err(|e| Failure::new(Code::SnapshotCreation, e))?;
    let settings = query.as_ref().and_then(|q| {
        let home = module.find_mod(&q.id.mod_name).unwrap_or(&module);
        database_of(&module, home, std::iter::once(&q.database))
    });
    let interrupt = Interrupt::listen(cx.ui);
    let queries = [(&sql, settings.as_ref())];
    let data = data::open(cx, &args.data, &module, &queries, args.files.progress, &interrupt)?;
    let progress = cx.ui.progress(args.files.progress);
    progress.say("Running the query");
    let started = chrono::Local::now().fixed_offset();
    let begun = Instant::now();
    // There is only this query: the first Ctrl-C is meant for it.
    let limits = Limits::new(Duration::from_secs(args.limits.query_timeout), interrupt.cancel.clone());
    let answer = data.of(settings.as_ref()).and_then(|d| d.connect()?.query(&sql, &values, &limits));
    progress.finish();
    let set = answer.map_err(|e| failed(e, args.limits.query_timeout))?;
    for warning in &set.warnings {
        cx.ui.warning(warning);
    }
    let run = QueryRun {
        title: args.snapshots.snapshot_title.clone().unwrap_or_default(),
        sql: sql.text.clone(),
        name,
        duration_ms: args.timing.then(|| begun.elapsed().as_secs_f64() * 1_000.0),
        pg_text: args.pg_text,
        times: Some((started, chrono::Local::now().fixed_offset())),
    };
    let options =
        RenderOptions { width: cx.ui.width(), header: args.files.header, separator, ..RenderOptions::default() };
    let mut text = Vec::new();
    render(&set, &run, format, &options, &mut text).map_err(|e| Failure::new(Code::Unknown, e.to_string()))?;
    cx.ui.data(&text)?;
    let code = keep(cx, args, &set, &run, &exports, &options);
    Ok(if data.unread.is_empty() { code } else { code.max(Code::Error) })
}

fn format(args: &Arguments) -> Result<QueryFormat, Failure> {
    match &args.output {
        Some(name) => QueryFormat::parse(name).ok_or_else(|| {
            let names = QueryFormat::NAMES;
            let failure = Failure::new(
                Code::Unknown,
                format!("invalid value '{name}' for --output: one of {}", names.join(", ")),
            );
            match nearest(name, names) {
                Some(near) => failure.help(format!("did you mean {near}?")),
                None => failure,
            }
        }),
        None if std::io::stdout().is_terminal() => Ok(QueryFormat::Table),
        None => Ok(QueryFormat::Snapshot),
    }
}

fn failed(error: QueryError, timeout: u64) -> Failure {
    match error {
        QueryError::Sql(diagnostic) => Failure::from_diagnostics(Code::Query, vec![*diagnostic]),
        QueryError::TimedOut => {
            let plural = if timeout == 1 { "" } else { "s" };
            Failure::new(Code::Query, format!("the query timed out after {timeout} second{plural}"))
        }
        QueryError::Cancelled => Failure::new(Code::Interrupted, "the query was cancelled"),
        QueryError::Connect(why) => Failure::new(Code::Initialization, why),
        other => Failure::new(Code::Query, other.to_string()),
    }
}

/// Writes the exports and the snapshot.
fn keep(
    cx: &Context<'_>,
    args: &Arguments,
    set: &ResultSet,
    run: &QueryRun,
    exports: &[Target<QueryFormat>],
    options: &RenderOptions,
) -> Code {
    let started = run.times.map_or_else(|| chrono::Local::now().fixed_offset(), |t| t.0);
    let name = if run.name.is_empty() { "query" } else { &run.name };
    let file = RenderOptions { pretty: false, ..options.clone() };
    let mut code = Code::Ok;
    for target in exports {
        let (format, path) = match target {
            Target::Unnamed(QueryFormat::Snapshot) => {
                (QueryFormat::Snapshot, export::unnamed(name, QueryFormat::Snapshot.extension(), started))
            }
            Target::Unnamed(f) => (*f, export::unnamed("query", f.extension(), started)),
            Target::Named(f, path) => (*f, path.clone()),
        };
        if !export::save(cx.ui, &path, args.files.progress, |out| render(set, run, format, &file, out)) {
            code = Code::Error;
        }
    }
    let wanted = args.snapshots.snapshot || args.snapshots.share;
    if wanted
        && !Location::of(&args.snapshots)
            .save(cx.ui, name, started, |out| render(set, run, QueryFormat::Snapshot, &file, out))
    {
        code = Code::SnapshotUpload;
    }
    code
}

type Found = (Option<Arc<Query>>, Option<String>);

/// Words that a query can stand behind, as in `control.x`.
const PROVIDERS: [&str; 13] = [
    "card",
    "chart",
    "control",
    "edge",
    "flow",
    "graph",
    "hierarchy",
    "image",
    "input",
    "node",
    "query",
    "table",
    "with",
];

/// Finds the query that the text names; none when the text is SQL.
fn find(module: &Mod, text: &str) -> Result<Found, Failure> {
    let Some(name) = Name::parse(text) else { return Ok((None, None)) };
    match name.kind.as_deref() {
        None | Some("query") => {}
        Some(kind) if PROVIDERS.contains(&kind) => {
            return Err(Failure::new(Code::Unknown, format!("'{text}' is not a query")).help(if kind == "control" {
                "control run runs controls"
            } else {
                "query run runs queries and SQL"
            }));
        }
        Some(_) => return Ok((None, None)),
    }
    let home = match &name.mod_name {
        Some(m) => module.find_mod(m),
        None => Some(module),
    };
    let mut found = home.and_then(|m| m.queries.get(&name.name));
    if found.is_none() && name.mod_name.is_none() {
        let mut elsewhere = module.dependencies.values().filter_map(|d| d.queries.get(&name.name));
        if let (Some(one), None) = (elsewhere.next(), elsewhere.next()) {
            found = Some(one);
        }
    }
    if let Some(query) = found {
        return Ok((Some(Arc::clone(query)), name.call));
    }
    // `select (1 + 2)` looks like a call too.
    if name.call.is_some() && ["select", "values", "with"].iter().any(|w| name.name.eq_ignore_ascii_case(w)) {
        return Ok((None, None));
    }
    let given = text.split('(').next().unwrap_or(text).trim();
    let shown = if name.kind.is_some() { given.to_owned() } else { format!("query.{}", name.name) };
    let failure = Failure::new(Code::Unknown, format!("'{shown}' not found in {}", workspace::shown(module)));
    let Some(home) = home else {
        let known = std::iter::once(&module.name).chain(module.dependencies.keys()).map(String::as_str);
        let known = known.collect::<Vec<_>>().join(", ");
        return Err(failure.help(format!("queries can be named of the mod and of those that it requires: {known}")));
    };
    Err(match nearest(&name.name, home.queries.keys().map(String::as_str)) {
        Some(near) if name.mod_name.is_some() => failure.help(format!("did you mean {}.query.{near}?", home.name)),
        Some(near) => failure.help(format!("did you mean query.{near}?")),
        None if name.kind.is_some() => failure,
        None => failure.help("SQL text has more than one word, such as \"select 1\""),
    })
}
