//! `snapshot render`, `snapshot show` and `snapshot diff`.

use super::args::{SnapshotCommand, SnapshotDiff, SnapshotRender, SnapshotShow};
use super::context::Context;
use super::exit::{Code, Failure};
use super::output::{Output, read_snapshot};
use crate::model::run::{Completeness, Run};
use crate::report::changes::{self, ChangesFormat};
use crate::snapshot::Diff;
use serde_json::{Value, json};
use std::fmt::Write as _;

pub fn run(cx: &Context<'_>, command: &SnapshotCommand) -> Result<Code, Failure> {
    match command {
        SnapshotCommand::Render(args) => render(cx, args),
        SnapshotCommand::Show(args) => show(cx, args),
        SnapshotCommand::Diff(args) => diff(cx, args),
    }
}

fn render(cx: &Context<'_>, args: &SnapshotRender) -> Result<Code, Failure> {
    let mut run = read_snapshot(&args.file)?;
    let output = Output::parse(&args.output)?;
    output.redact(&mut run)?;
    let changes = output.changes(&run)?;
    let ok = output.emit(cx.ui, &run, changes.as_ref())?;
    Ok(if ok { Code::Ok } else { Code::Error })
}

fn diff(cx: &Context<'_>, args: &SnapshotDiff) -> Result<Code, Failure> {
    let (old, new) = (read_snapshot(&args.old)?, read_snapshot(&args.new)?);
    let diff = Diff::between(&old, &new)
        .map_err(|e| Failure::new(Code::Error, format!("the snapshots cannot be compared: {e}")))?;
    let format = ChangesFormat::parse(&args.output).unwrap_or(ChangesFormat::Text);
    let mut out = Vec::new();
    changes::write(&diff, format, &mut out)
        .map_err(|e| Failure::new(Code::Unknown, format!("failed to render the changes: {e}")))?;
    cx.ui.data(&out)?;
    Ok(if diff.is_worse() { Code::Alarm } else { Code::Ok })
}

fn show(cx: &Context<'_>, args: &SnapshotShow) -> Result<Code, Failure> {
    let run = read_snapshot(&args.file)?;
    let text = if args.output == "json" {
        let text = serde_json::to_string_pretty(&document(&run));
        text.map_err(|e| Failure::new(Code::Unknown, e.to_string()))? + "\n"
    } else {
        text(&run)
    };
    cx.ui.data(text.as_bytes())?;
    Ok(Code::Ok)
}

fn clock(run: &Run) -> String {
    run.provenance.clock.map(|c| c.format("%Y-%m-%d %H:%M:%S UTC").to_string()).unwrap_or_default()
}

fn text(run: &Run) -> String {
    let p = &run.provenance;
    let accounts: Vec<String> = p
        .accounts
        .iter()
        .map(|a| if a.alias.is_empty() { a.id.clone() } else { format!("{} ({})", a.id, a.alias) })
        .collect();
    let s = run.root.summary;
    let results = format!(
        "{} alarm, {} error, {} ok, {} info, {} skip; {} controls",
        s.alarm,
        s.error,
        s.ok,
        s.info,
        s.skip,
        run.controls.len()
    );
    let module = [p.mod_name.as_str(), p.mod_version.as_str()].join(" ");
    let tags: Vec<String> = p.snapshot_tags.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let variables: Vec<String> = p.variables.iter().map(|(k, v)| format!("{k} = {v}")).collect();
    let started = run.started.format("%Y-%m-%d %H:%M:%S %:z").to_string();
    let version = match p.tool_version.as_str() {
        "" => "Powerpipe, which does not record how old or complete its data is".to_owned(),
        version => format!("ironpipe {version}"),
    };
    let mut out = String::new();
    for (name, value) in [
        ("Title", run.root.title.as_str()),
        ("Target", &run.target),
        ("Results", &results),
        ("Run", &started),
        ("Clock", &clock(run)),
        ("Accounts", &accounts.join(", ")),
        ("Collected by", &p.caller),
        ("Database", &p.database),
        ("Inventory", &p.inventory_digest),
        ("Mod", module.trim()),
        ("Mod digest", &p.mod_digest),
        ("Variables", &variables.join(", ")),
        ("Tags", &tags.join(", ")),
        ("Made with", &version),
    ] {
        if !value.is_empty() {
            let _ = writeln!(out, "{:14}{}", format!("{name}:"), crate::report::neutral(value));
        }
    }
    let incomplete: Vec<_> = p.tables.iter().filter(|t| t.completeness != Completeness::Complete).collect();
    if !incomplete.is_empty() {
        out.push_str("\nNot complete:\n");
    }
    for table in incomplete {
        let word = table.completeness.as_str().replace('_', " ");
        let line = format!("  {} of account {}: {word}: {}", table.table, table.account_id, table.reason);
        let _ = writeln!(out, "{}", crate::report::neutral(&line));
    }
    out
}

fn document(run: &Run) -> Value {
    let p = &run.provenance;
    let tables: Vec<Value> = p
        .tables
        .iter()
        .map(|t| {
            json!({
                "table": t.table,
                "account_id": t.account_id,
                "state": t.completeness.as_str(),
                "collected_at": t.collected_at.map(|at| at.to_rfc3339()),
                "source": t.source,
                "reason": t.reason,
            })
        })
        .collect();
    json!({
        "title": run.root.title,
        "target": run.target,
        "summary": run.root.summary,
        "controls": run.controls.len(),
        "started": run.started.to_rfc3339(),
        "finished": run.finished.to_rfc3339(),
        "clock": p.clock.map(|c| c.to_rfc3339()),
        "accounts": p.accounts.iter().map(|a| json!({ "id": a.id, "alias": a.alias })).collect::<Vec<_>>(),
        "caller": p.caller,
        "database": p.database,
        "inventory_digest": p.inventory_digest,
        "mod": { "name": p.mod_name, "version": p.mod_version, "digest": p.mod_digest },
        "variables": p.variables,
        "tags": p.snapshot_tags,
        "tool_version": p.tool_version,
        "tables": tables,
    })
}
