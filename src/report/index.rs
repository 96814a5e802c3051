//! The page that lists the snapshots of a folder.

use super::neutral;
use crate::model::run::Run;
use crate::model::status::StatusSummary;
use crate::snapshot::{Diff, Kind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value as Template, context};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::io;

/// What tells that a page was written by us, and may be written anew.
pub const MARK: &str = "<meta name=\"generator\" content=\"ironpipe snapshots\">";

const TEMPLATE: &str = include_str!("../../templates/report/index.html");
const CSS: &str = include_str!("../../templates/report/changes.css");
const FILE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

/// A snapshot of the folder.
pub struct Entry {
    /// The name of the file.
    pub file: String,
    /// The run, or why it cannot be read.
    pub run: Result<Run, String>,
}

#[derive(Serialize)]
struct Line {
    file: String,
    link: String,
    title: String,
    target: String,
    started: String,
    accounts: String,
    controls: String,
    alarm: String,
    error: String,
    ok: String,
    total: String,
    new: String,
    fixed: String,
    fault: String,
}

/// Writes the page: the newest first, each with what changed since the one before it of the same target and accounts.
pub fn write(entries: &[Entry], out: &mut dyn io::Write) -> io::Result<()> {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by_key(|e| (std::cmp::Reverse(e.run.as_ref().ok().map(|r| r.started)), e.file.clone()));
    let lines: Vec<Line> =
        sorted.iter().enumerate().map(|(i, e)| line(e, sorted.get(i + 1..).unwrap_or_default())).collect();
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment
        .set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(io::Error::other)?);
    environment.add_template("index", TEMPLATE).map_err(io::Error::other)?;
    let hash = BASE64.encode(Sha256::digest(CSS.as_bytes()));
    let page = context! {
        mark => Template::from_safe_string(MARK.to_owned()),
        csp => format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"),
        css => Template::from_safe_string(CSS.to_owned()),
        lines => Template::from(Serde(&lines)),
    };
    let template = environment.get_template("index").map_err(io::Error::other)?;
    template.render_captured_to(page, out).map_err(io::Error::other)?;
    Ok(())
}

fn line(entry: &Entry, older: &[&Entry]) -> Line {
    let link = utf8_percent_encode(&entry.file, FILE).to_string();
    let file = neutral(&entry.file);
    let run = match &entry.run {
        Ok(run) => run,
        Err(fault) => {
            let none = String::new;
            let (title, target, started, accounts, controls) = (none(), none(), none(), none(), none());
            let (alarm, error, ok, total, new, fixed) = (none(), none(), none(), none(), none(), none());
            let fault = neutral(fault);
            return Line {
                file,
                link,
                title,
                target,
                started,
                accounts,
                controls,
                alarm,
                error,
                ok,
                total,
                new,
                fixed,
                fault,
            };
        }
    };
    let ids = |run: &Run| run.provenance.accounts.iter().map(|a| a.id.clone()).collect::<Vec<_>>();
    let before = older
        .iter()
        .filter_map(|e| e.run.as_ref().ok())
        .find(|old| old.target == run.target && ids(old) == ids(run))
        .and_then(|old| Diff::between(old, run).ok());
    let count = |kind| before.as_ref().map(|d| d.count(kind).to_string()).unwrap_or_default();
    let s: StatusSummary = run.root.summary;
    Line {
        file,
        link,
        title: neutral(&run.root.title),
        target: run.target.clone(),
        started: run.started.format("%Y-%m-%d %H:%M:%S %:z").to_string(),
        accounts: ids(run).join(", "),
        controls: run.controls.len().to_string(),
        alarm: s.alarm.to_string(),
        error: s.error.to_string(),
        ok: s.ok.to_string(),
        total: s.total().to_string(),
        new: count(Kind::New),
        fixed: count(Kind::Fixed),
        fault: String::new(),
    }
}
