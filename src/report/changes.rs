//! What changed between two runs, for people and for programs.

use super::md::{code, escape, icon};
use super::neutral;
use crate::model::status::Status;
use crate::snapshot::{Change, Diff, Kind, Side};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Value as Template, context};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::io;

const TEMPLATE: &str = include_str!("../../templates/report/changes.html");
const CSS: &str = include_str!("../../templates/report/changes.css");

/// A format of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangesFormat {
    /// For a terminal.
    Text,
    /// For programs.
    Json,
    /// Markdown.
    Md,
    /// One self-contained page.
    Html,
}

impl ChangesFormat {
    /// The names.
    pub const NAMES: [&str; 4] = ["text", "json", "md", "html"];

    /// Finds a format by its name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            "md" => Some(Self::Md),
            "html" => Some(Self::Html),
            _ => None,
        }
    }
}

/// Writes the changes.
pub fn write(diff: &Diff, format: ChangesFormat, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        ChangesFormat::Text => out.write_all(text(diff).as_bytes()),
        ChangesFormat::Json => {
            serde_json::to_writer_pretty(&mut *out, &json(diff))?;
            out.write_all(b"\n")
        }
        ChangesFormat::Md => out.write_all(markdown(diff).as_bytes()),
        ChangesFormat::Html => html(diff, out),
    }
}

fn time(side: &Side) -> String {
    side.started.format("%Y-%m-%d %H:%M:%S %:z").to_string()
}

/// Returns the numbers in words: `3 new, 1 fixed`; `nothing changed` where there is none.
pub fn sentence(diff: &Diff) -> String {
    let parts: Vec<String> = Kind::ALL
        .into_iter()
        .map(|k| (diff.count(k), k))
        .filter(|(n, _)| *n > 0)
        .map(|(n, k)| format!("{n} {}", k.as_str()))
        .collect();
    if parts.is_empty() { "nothing changed".to_owned() } else { parts.join(", ") }
}

/// Returns the changes by control, in their order, without those that only appeared.
fn by_control(diff: &Diff) -> Vec<(&Change, Vec<&Change>)> {
    let mut groups: Vec<(&Change, Vec<&Change>)> = Vec::new();
    for change in diff.changes.iter().filter(|c| c.kind() != Kind::Appeared) {
        match groups.last_mut() {
            Some((first, list)) if first.control == change.control => list.push(change),
            _ => groups.push((change, vec![change])),
        }
    }
    for (_, list) in &mut groups {
        list.sort_by_key(|c| c.kind());
    }
    groups
}

/// Returns `alarm`, `was alarm` or `error → alarm`.
fn step(change: &Change) -> String {
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => format!("{} → {}", before.status, after.status),
        (None, Some(after)) => after.status.to_string(),
        (Some(before), None) => format!("was {}", before.status),
        (None, None) => String::new(),
    }
}

fn reason(change: &Change) -> &str {
    change.after.as_ref().or(change.before.as_ref()).map_or("", |v| &v.reason)
}

/// Returns the dimension values that the resource does not hold already.
fn place(change: &Change) -> Vec<&str> {
    change.dimensions.values().map(String::as_str).collect()
}

fn text(diff: &Diff) -> String {
    format!("\n{}\n{}", neutral(&diff.new.title), section(diff))
}

/// Returns the changes as they stand below a text report.
pub fn section(diff: &Diff) -> String {
    let mut out = format!(
        "Changes from {} to {}: {}; {} unchanged\n",
        time(&diff.old),
        time(&diff.new),
        sentence(diff),
        diff.unchanged
    );
    for note in &diff.notes {
        let _ = writeln!(out, "Note: {}", neutral(note));
    }
    for (first, changes) in by_control(diff) {
        let severity = if first.severity.is_empty() {
            String::new()
        } else {
            format!(" [{}]", neutral(&first.severity.to_uppercase()))
        };
        let _ = write!(out, "\n+ {}{severity}\n", neutral(&first.title));
        for change in changes {
            let _ = writeln!(
                out,
                "  {:8} {:14} {}",
                change.kind().as_str().to_uppercase(),
                step(change),
                neutral(reason(change))
            );
            let mut where_ = vec![change.resource.as_str()];
            where_.extend(place(change));
            where_.retain(|w| !w.is_empty());
            if !where_.is_empty() {
                let _ = writeln!(out, "  {:8} {:14} {}", "", "", neutral(&where_.join(" ")));
            }
        }
    }
    out.push('\n');
    out
}

fn verdict(verdict: Option<&crate::snapshot::Verdict>) -> Value {
    verdict.map_or(Value::Null, |v| json!({ "status": v.status, "reason": v.reason }))
}

/// Returns the changes for programs.
pub fn json(diff: &Diff) -> Value {
    let side = |s: &Side| json!({ "target": s.target, "title": s.title, "started": s.started.to_rfc3339(), "accounts": s.accounts });
    let mut summary: serde_json::Map<String, Value> =
        Kind::ALL.into_iter().map(|k| (k.as_str().to_owned(), diff.count(k).into())).collect();
    summary.insert("unchanged".to_owned(), diff.unchanged.into());
    let changes: Vec<Value> = diff
        .changes
        .iter()
        .map(|c| {
            json!({
                "kind": c.kind().as_str(),
                "control": c.control,
                "title": c.title,
                "severity": c.severity,
                "resource": c.resource,
                "dimensions": c.dimensions,
                "before": verdict(c.before.as_ref()),
                "after": verdict(c.after.as_ref()),
            })
        })
        .collect();
    json!({
        "old": side(&diff.old),
        "new": side(&diff.new),
        "worse": diff.is_worse(),
        "summary": summary,
        "notes": diff.notes,
        "changes": changes,
    })
}

/// Returns the changes as Markdown, from a heading of the second level on.
pub fn markdown(diff: &Diff) -> String {
    let mut out =
        format!("## Changes since {}\n\n{}; {} unchanged.\n", time(&diff.old), sentence(diff), diff.unchanged);
    for note in &diff.notes {
        let _ = write!(out, "\n> {}\n", escape(note));
    }
    for (first, changes) in by_control(diff) {
        let _ = write!(
            out,
            "\n### {}\n\n| | Change | Reason | Resource | Dimensions |\n|-|-|-|-|-|\n",
            escape(&first.title)
        );
        for change in changes {
            let sign = change.after.as_ref().map_or("", |v: &crate::snapshot::Verdict| icon(v.status));
            let places: Vec<String> = place(change).into_iter().map(code).collect();
            let resource = if change.resource.is_empty() { String::new() } else { code(&change.resource) };
            let _ = writeln!(
                out,
                "| {sign} | **{}** {} | {} | {resource} | {} |",
                change.kind().as_str(),
                step(change),
                escape(reason(change)),
                places.join(" ")
            );
        }
    }
    out
}

fn html(diff: &Diff, out: &mut dyn io::Write) -> io::Result<()> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment
        .set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(io::Error::other)?);
    environment.add_template("changes", TEMPLATE).map_err(io::Error::other)?;
    let status = |status: Option<Status>| status.map_or("", Status::as_str);
    let groups: Vec<Value> = by_control(diff)
        .into_iter()
        .map(|(first, changes)| {
            let rows: Vec<Value> = changes
                .into_iter()
                .map(|c| {
                    json!({
                        "kind": c.kind().as_str(),
                        "before": status(c.before.as_ref().map(|v| v.status)),
                        "after": status(c.after.as_ref().map(|v| v.status)),
                        "reason": neutral(reason(c)),
                        "resource": neutral(&c.resource),
                        "dimensions": c.dimensions.iter().map(|(n, v)| format!("{n}: {}", neutral(v))).collect::<Vec<_>>(),
                    })
                })
                .collect();
            json!({ "title": neutral(&first.title), "severity": neutral(&first.severity), "rows": rows })
        })
        .collect();
    let counts: Vec<Value> =
        Kind::ALL.into_iter().map(|k| json!({ "word": k.as_str(), "count": diff.count(k).to_string() })).collect();
    let hash = BASE64.encode(Sha256::digest(CSS.as_bytes()));
    let page = json!({
        "csp": format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"),
        "title": neutral(&diff.new.title),
        "old": time(&diff.old),
        "new": time(&diff.new),
        "accounts": diff.new.accounts,
        "sentence": sentence(diff),
        "unchanged": diff.unchanged.to_string(),
        "notes": diff.notes,
        "counts": counts,
        "groups": groups,
    });
    let template = environment.get_template("changes").map_err(io::Error::other)?;
    let page = context! { css => Template::from_safe_string(CSS.to_owned()), ..Template::from(Serde(&page)) };
    template.render_captured_to(page, out).map_err(io::Error::other)?;
    Ok(())
}
