//! `inventory show`, `inventory import`, `inventory export`.

use super::args::{InventoryCommand, InventoryExport, InventoryImport, InventoryShow, ListOutput};
use super::context::Context;
use super::data;
use super::exit::{Code, Failure};
use super::listing::{columns, pretty, yaml};
use super::ui::Ui;
use crate::inventory::{Inventory, InventoryError, Mode, import_dir};
use crate::model::run::Completeness;
use serde_json::json;
use std::path::{Path, PathBuf};

/// `inventory ...`.
pub fn run(cx: &Context<'_>, command: &InventoryCommand) -> Result<Code, Failure> {
    let ui = cx.ui;
    match command {
        InventoryCommand::Show(args) => show(ui, args),
        InventoryCommand::Import(args) => import(ui, args),
        InventoryCommand::Export(args) => export(ui, args),
    }
}

fn fail(e: &InventoryError) -> Failure {
    Failure::new(Code::Initialization, e.to_string())
}

fn path(given: Option<&PathBuf>) -> PathBuf {
    given.cloned().unwrap_or_else(|| data::default_path(&[]))
}

/// Opens an inventory, or reads a folder of exports.
fn open(ui: &Ui, path: &Path) -> Result<Inventory, Failure> {
    if path.is_dir() {
        return data::imported(ui, path, None);
    }
    Inventory::open(path, Mode::Read).map_err(|e| fail(&e).help(data::three_ways()))
}

fn show(ui: &Ui, args: &InventoryShow) -> Result<Code, Failure> {
    let path = path(args.inventory.as_ref());
    let inventory = open(ui, &path)?;
    let overview = inventory.overview().map_err(|e| fail(&e))?;
    let shown = if path.is_dir() { path } else { overview.path.clone() };
    let text = match args.output {
        ListOutput::Json | ListOutput::Yaml => {
            let document = json!({
                "path": shown.to_string_lossy(), "size": overview.size, "digest": overview.digest, "origin": overview.origin, "tool_version": overview.tool_version,
                "collected_at": overview.collected_at.map(|t| t.to_rfc3339()),
                "accounts": overview.accounts.iter().map(|a| json!({ "id": a.id, "alias": a.alias, "caller": a.caller })).collect::<Vec<_>>(),
                "tables": overview.tables.iter().map(|e| json!({
                    "table": e.state.table, "account_id": e.state.account_id, "state": e.state.completeness.as_str(), "rows": e.rows, "source": e.state.source,
                    "reason": e.state.reason, "collected_at": e.state.collected_at.map(|t| t.to_rfc3339()), "missing_columns": e.missing_columns,
                    "regions": e.regions,
                })).collect::<Vec<_>>(),
                "unread": overview.unread,
            });
            if args.output == ListOutput::Json { pretty(&document) + "\n" } else { yaml(&document)? }
        }
        ListOutput::Pretty | ListOutput::Plain => {
            let mut out = format!("Inventory:    {}\n", shown.display());
            let mut line = |label: &str, value: String| {
                if !value.is_empty() {
                    out.push_str(&format!("{label:<14}{value}\n"));
                }
            };
            line(
                "Collected:",
                overview.collected_at.map(|t| t.format("%Y-%m-%d %H:%M:%S UTC").to_string()).unwrap_or_default(),
            );
            line("From:", overview.origin.clone());
            for account in &overview.accounts {
                let alias = if account.alias.is_empty() { String::new() } else { format!(" ({})", account.alias) };
                let caller = if account.caller.is_empty() {
                    String::new()
                } else {
                    format!(", collected by {}", account.caller)
                };
                line("Account:", format!("{}{alias}{caller}", account.id));
            }
            for (profile, reason) in &overview.unread {
                line("Not read:", format!("profile {profile}: {reason}"));
            }
            line("Digest:", overview.digest.clone());
            let mut rows =
                vec![["TABLE", "ACCOUNT", "ROWS", "STATE", "COLLECTED", "SOURCE"].map(str::to_owned).to_vec()];
            for entry in &overview.tables {
                let s = &entry.state;
                let gaps = entry.missing_columns.len();
                let state = match (s.completeness, gaps) {
                    (Completeness::Complete, 0) => "complete".to_owned(),
                    (Completeness::Complete, n) => {
                        format!("complete but for {n} {}", if n == 1 { "column" } else { "columns" })
                    }
                    (other, _) => other.as_str().replace('_', " "),
                };
                let state = if entry.regions.is_empty() {
                    state
                } else {
                    format!("{state}, only {}", entry.regions.join(", "))
                };
                let time = s.collected_at.map(|t| t.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
                let source = if s.reason.is_empty() { s.source.clone() } else { s.reason.clone() };
                rows.push(vec![s.table.clone(), s.account_id.clone(), entry.rows.to_string(), state, time, source]);
            }
            out.push('\n');
            out + &columns(&rows)
        }
    };
    ui.data(text.as_bytes())?;
    Ok(Code::Ok)
}

/// Removes an inventory that was made for nothing: one that holds nothing would hide that nothing was ever collected.
/// Another process may have written into it meanwhile.
pub fn remove_empty(path: &Path) {
    let holds_nothing = || Inventory::open(path, Mode::Read)?.manifest().map(|manifest| manifest.entries.is_empty());
    if holds_nothing().unwrap_or_default() {
        // What cannot be removed does no harm: it is filled by the next collection.
        let _ = std::fs::remove_file(path);
    }
}

fn import(ui: &Ui, args: &InventoryImport) -> Result<Code, Failure> {
    let path = path(args.inventory.as_ref());
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .map_err(|e| Failure::new(Code::Initialization, format!("cannot create {}: {e}", folder.display())))?;
    }
    let is_new = !path.exists();
    let mut inventory = Inventory::open_or_create(&path).map_err(|e| fail(&e))?;
    let imported = import_dir(&args.folder, &mut inventory);
    if imported.is_err() && is_new {
        drop(inventory);
        remove_empty(&path);
    }
    let report = imported.map_err(|e| Failure::new(Code::Initialization, e.to_string()))?;
    report.notes.iter().for_each(|note| ui.notice(&format!("Note: {note}.")));
    let rows: u64 = report.tables.values().sum();
    ui.notice(&format!(
        "Imported {} files into {}: {} tables, {rows} rows.",
        report.files.len(),
        path.display(),
        report.tables.len()
    ));
    Ok(Code::Ok)
}

fn export(ui: &Ui, args: &InventoryExport) -> Result<Code, Failure> {
    let inventory = open(ui, &path(args.inventory.as_ref()))?;
    let report = inventory.export_dir(&args.folder).map_err(|e| fail(&e))?;
    for (table, why) in &report.left_out {
        ui.notice(&format!("Note: {table} is left out: {why}."));
    }
    let rows: u64 = report.files.values().sum();
    ui.notice(&format!("Exported {} tables with {rows} rows into {}.", report.files.len(), args.folder.display()));
    Ok(Code::Ok)
}
