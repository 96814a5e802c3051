//! `query run`.

use super::args::{Global, QueryRun as Arguments};
use super::data;
use super::exit::{Code, Failure};
use super::export::{self, Target};
use super::ui::Ui;
use super::{check, workspace};
use crate::engine::params;
use crate::engine::plan::Target as Name;
use crate::inventory::backend::{Limits, QueryError};
use crate::model::diagnostic::nearest;
use crate::model::resource::{Args, Mod, Query};
use crate::model::source::SqlText;
use crate::report::RenderOptions;
use crate::report::query::{QueryFormat, QueryRun, render};
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub fn run(global: &Global, ui: &Ui, args: &Arguments) -> Result<Code, Failure> {
    let format = match &args.output {
        Some(name) => QueryFormat::parse(name).ok_or_else(|| {
            Failure::new(
                Code::Unknown,
                format!("invalid value '{name}' for --output: one of {}", QueryFormat::NAMES.join(", ")),
            )
        })?,
        None if std::io::stdout().is_terminal() => QueryFormat::Table,
        None => QueryFormat::Snapshot,
    };
    let separator = check::separator(&args.separator)?;
    let exports = export::query_targets(&args.export)?;
    let module = workspace::open(global, ui, &args.variables, false)?;
    let (query, call) = find(&module, &args.query)?;
    let (sql, name) = match &query {
        Some(query) => (query.sql.clone(), query.id.full_name()),
        None => (SqlText::inline(args.query.clone()), String::new()),
    };
    if args.explain {
        let statement = crate::sql::translate(&sql, crate::inventory::schema())
            .map_err(|d| Failure::from_diagnostics(Code::Query, vec![*d]))?;
        ui.data(format!("{}\n", statement.sqlite).as_bytes())?;
        return Ok(Code::Ok);
    }
    let given = params::parse_arguments(&args.arg, call.as_deref()).map_err(|e| Failure::new(Code::Usage, e))?;
    let own = query.as_ref().map(|q| q.params.as_slice()).unwrap_or_default();
    let values = params::resolve(query.as_ref().map_or("query", |q| q.id.name.as_str()), own, &Args::None, &given)
        .map_err(|e| Failure::new(Code::SnapshotCreation, e))?;
    let cancel = check::cancel_on_interrupt(ui);
    let data = data::open(ui, &args.data, &module, std::slice::from_ref(&sql), args.progress, &cancel)?;
    let progress = ui.progress(args.progress);
    progress.say("Running the query");
    let started = chrono::Local::now().fixed_offset();
    let begun = Instant::now();
    let limits = Limits::new(Duration::from_secs(args.limits.query_timeout), cancel);
    let answer = data.backend.connect().and_then(|mut c| c.query(&sql, &values, &limits));
    progress.finish();
    let set = answer.map_err(|e| match e {
        QueryError::Sql(diagnostic) => Failure::from_diagnostics(Code::Query, vec![*diagnostic]),
        QueryError::TimedOut => {
            Failure::new(Code::Query, format!("the query timed out after {} seconds", args.limits.query_timeout))
        }
        other => Failure::new(Code::Query, other.to_string()),
    })?;
    for warning in &set.warnings {
        ui.warning(warning);
    }
    let title = args
        .snapshot_title
        .clone()
        .unwrap_or_else(|| if name.is_empty() { "Custom query".to_owned() } else { name.clone() });
    let run = QueryRun {
        name: name.clone(),
        title,
        duration_ms: args.timing.then(|| begun.elapsed().as_secs_f64() * 1_000.0),
        times: Some((started, chrono::Local::now().fixed_offset())),
    };
    let options = RenderOptions { width: ui.width(), header: args.header, separator, ..RenderOptions::default() };
    let mut text = Vec::new();
    render(&set, &run, format, &options, &mut text).map_err(|e| Failure::new(Code::Unknown, e.to_string()))?;
    ui.data(&text)?;
    let mut ok = true;
    for target in exports {
        let (format, path) = match target {
            Target::Unnamed(f) => {
                (f, export::unnamed(if name.is_empty() { "query" } else { &name }, f.extension(), started))
            }
            Target::Named(f, path) => (f, path),
        };
        let file = RenderOptions { pretty: false, ..options.clone() };
        ok &= export::save(ui, &path, args.progress, |out| render(&set, &run, format, &file, out));
    }
    Ok(if ok { Code::Ok } else { Code::Error })
}

type Found = (Option<Arc<Query>>, Option<String>);

/// Finds the query that the text names; none when the text is SQL.
fn find(module: &Mod, text: &str) -> Result<Found, Failure> {
    let Some(name) = Name::parse(text) else { return Ok((None, None)) };
    if name.kind.as_deref().is_some_and(|k| k != "query")
        && name.mod_name.is_none()
        && module.find_mod(name.kind.as_deref().unwrap_or_default()).is_none()
    {
        return Err(Failure::new(Code::Unknown, format!("'{text}' is not a query")));
    }
    let home = match &name.mod_name {
        Some(m) => module.find_mod(m),
        None => Some(module),
    };
    match home.and_then(|m| m.queries.get(&name.name)) {
        Some(query) => Ok((Some(Arc::clone(query)), name.call)),
        None => {
            let failure =
                Failure::new(Code::Unknown, format!("'query.{}' not found in mod.{}", name.name, module.name));
            Err(match nearest(&name.name, module.queries.keys().map(String::as_str)) {
                Some(near) => failure.help(format!("did you mean query.{near}?")),
                None => failure.help("SQL text has more than one word"),
            })
        }
    }
}
