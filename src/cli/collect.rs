//! `collect`, and collecting before a run.

use super::args::Collect;
use super::context::Context;
use super::data::{self, Wanted};
use super::exit::{Code, Failure};
use super::interrupt::Interrupt;
use super::ui::Ui;
use super::workspace;
use crate::aws::collect::collectable_tables;
use crate::engine::filter::Filter;
use crate::engine::plan::Plan;
use crate::inventory::backend::Cancel;
use crate::model::diagnostic::nearest;
use crate::model::resource::Mod;
use crate::sql::schema::Schema as _;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How to collect.
#[cfg_attr(not(feature = "aws-core"), expect(dead_code, reason = "there is nothing that collects"))]
pub struct Request<'a> {
    pub profiles: &'a [String],
    pub regions: &'a [String],
    pub exact: bool,
    pub api_rate: Option<f64>,
    pub progress: bool,
    pub timing: bool,
    /// What happens when the inventory holds other accounts.
    pub foreign: Foreign,
}

/// What happens when the inventory holds accounts, and none of them is collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// The collected accounts are added: that was asked for.
    Add,
    /// The file is somebody's evidence.
    Refuse,
    /// The file is a store of our own, and of no use to the new account.
    Replace,
}

/// `collect`.
pub fn run(cx: &Context<'_>, args: &Collect) -> Result<Code, Failure> {
    let ui = cx.ui;
    let wanted = if args.names.is_empty() { everything() } else { named(cx, args)? };
    let path = args.inventory.clone().unwrap_or_else(|| data::default_path(&args.profile));
    if path.is_dir() {
        return Err(Failure::new(Code::Usage, format!("{} is a folder; collect writes a file", path.display())));
    }
    let interrupt = Interrupt::listen(ui);
    let request = Request {
        profiles: &args.profile,
        regions: &args.region,
        exact: args.exact,
        api_rate: args.api_rate,
        progress: args.progress,
        timing: args.timing,
        foreign: Foreign::Add,
    };
    let unread = into_inventory(ui, &path, &wanted, &request, &interrupt.cancel)?;
    ui.notice(&format!("Collected into {}", path.display()));
    warn_of(ui, &unread);
    Ok(if unread.is_empty() { Code::Ok } else { Code::Initialization })
}

/// Profiles whose account could not be identified, with the reasons.
pub type Unread = BTreeMap<String, String>;

/// Tells which accounts are missing in the data.
pub fn warn_of(ui: &Ui, unread: &Unread) {
    for (profile, reason) in unread {
        ui.warning(&format!("the account of profile {profile} is missing in the data: {reason}"));
    }
}

/// Everything that can be collected.
fn everything() -> Wanted {
    collectable_tables().map(|t| (t.to_owned(), BTreeSet::new())).collect()
}

/// What the named tables, controls and benchmarks need.
fn named(cx: &Context<'_>, args: &Collect) -> Result<Wanted, Failure> {
    let mut wanted = Wanted::new();
    let mut module = None;
    for name in &args.names {
        if crate::inventory::schema().table(name).is_some() {
            wanted.insert(name.clone(), BTreeSet::new());
            continue;
        }
        let module = match &module {
            Some(module) => module,
            None => module.insert(workspace::open(cx, &args.variables, workspace::Missing::Ask)?),
        };
        let filter = Filter::default();
        let plan = Plan::control(module, name, &[])
            .or_else(|_| Plan::benchmark(module, name, &filter))
            .map_err(|_| unknown(name, module))?;
        for (table, columns) in data::wanted(plan.controls.values().map(|c| &c.sql)) {
            wanted.entry(table).or_default().extend(columns);
        }
    }
    Ok(wanted)
}

/// Says that a name is none of a table, a control or a benchmark, and what there is.
fn unknown(name: &str, module: &Mod) -> Failure {
    let mut names: Vec<&str> = collectable_tables().collect();
    names.extend(module.controls.keys().chain(module.benchmarks.keys()).map(String::as_str));
    let near = nearest(name, names);
    let failure = Failure::new(Code::Initialization, format!("there is no table, control or benchmark named {name}"));
    let failure = match near {
        Some(near) => failure.help(format!("did you mean {near}?")),
        None => failure,
    };
    let tables: Vec<&str> = collectable_tables().collect();
    failure.help(format!("tables that can be collected: {}", tables.join(", ")))
}

/// Collects into an inventory file, and returns the profiles whose account could not be identified, with the reasons.
#[cfg(feature = "aws-core")]
pub fn into_inventory(
    ui: &Ui,
    path: &Path,
    wanted: &Wanted,
    request: &Request<'_>,
    cancel: &Cancel,
) -> Result<Unread, Failure> {
    use crate::aws::collect::{CollectEvent, CollectOptions, NOT_ASKED_FOR, collect};
    use crate::inventory::Inventory;
    use std::sync::Mutex;

    let fail = |e: crate::inventory::InventoryError| Failure::new(Code::Initialization, e.to_string());
    if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .map_err(|e| Failure::new(Code::Initialization, format!("cannot create {}: {e}", folder.display())))?;
    }
    // Before any call: a file that cannot be written should not cost minutes. It is not kept open, because another
    // process may put a new one in its place meanwhile.
    let is_new = !path.exists();
    drop(Inventory::open_or_create(path).map_err(fail)?);
    let options = CollectOptions {
        profiles: request.profiles.to_vec(),
        regions: request.regions.to_vec(),
        exact: request.exact,
        api_rate: request.api_rate,
        ..CollectOptions::default()
    };
    let progress = ui.progress(request.progress);
    progress.say("Collecting…");
    let counts: Mutex<(u64, u64)> = Mutex::default();
    let on_event = |event: CollectEvent| {
        let Ok(mut counts) = counts.lock() else { return };
        match event {
            CollectEvent::CallFinished { account_id, operation, .. } => {
                counts.0 += 1;
                progress.say(format!("Collecting from {account_id}: {} calls, {operation}", counts.0));
            }
            CollectEvent::Throttled { .. } => counts.1 += 1,
            CollectEvent::WaitingForReport { account_id } => {
                progress.say(format!("Collecting from {account_id}: waiting for the credential report"));
            }
            _ => {}
        }
    };
    let collected = collect(wanted, &options, &on_event, cancel);
    progress.finish();
    let collection = match collected {
        Ok(collection) => collection,
        Err(e) => {
            if is_new {
                super::inventory::remove_empty(path);
            }
            let failure = Failure::new(Code::Initialization, format!("failed to collect: {e}"));
            return Err(e.help().into_iter().fold(failure, Failure::help));
        }
    };
    let mut inventory = Inventory::open_or_create(path).map_err(fail)?;
    let held = inventory.accounts().map_err(fail)?;
    if request.foreign != Foreign::Add
        && !held.is_empty()
        && !collection.accounts.iter().any(|a| held.iter().any(|h| h.id == a.account_id))
    {
        if request.foreign == Foreign::Refuse {
            let names = |ids: Vec<&str>| ids.join(", ");
            let (old, new) = (
                names(held.iter().map(|a| a.id.as_str()).collect()),
                names(collection.accounts.iter().map(|a| a.account_id.as_str()).collect()),
            );
            return Err(Failure::new(
                Code::Initialization,
                format!("{} holds account {old}, and the credentials are of account {new}", path.display()),
            )
            .help("give --offline to use the file as it is, or name another file")
            .help("ironpipe collect adds the account to the file"));
        }
        drop(inventory);
        std::fs::remove_file(path)
            .map_err(|e| Failure::new(Code::Initialization, format!("cannot replace {}: {e}", path.display())))?;
        inventory = Inventory::open_or_create(path).map_err(fail)?;
    }
    if let Err(e) = inventory.replace_tables(&collection.load) {
        drop(inventory);
        if is_new {
            super::inventory::remove_empty(path);
        }
        return Err(fail(e));
    }
    for note in collection.accounts.iter().flat_map(|account| &account.notes) {
        ui.aside(note);
    }
    for entry in &collection.load.entries {
        if entry.state.completeness != crate::model::run::Completeness::Complete {
            ui.warning(&format!(
                "{} of account {}: {}: {}",
                entry.table,
                entry.account_id,
                entry.state.completeness.as_str().replace('_', " "),
                entry.state.reason
            ));
        }
        for (column, why) in entry.missing_columns.iter().filter(|(_, why)| *why != NOT_ASKED_FOR) {
            ui.warning(&format!("{}.{column} of account {}: {why}", entry.table, entry.account_id));
        }
    }
    if request.timing {
        for account in collection.accounts.iter().filter(|account| account.error.is_none()) {
            ui.data(timing(account).as_bytes())?;
        }
    }
    Ok(collection.load.profiles.into_iter().filter_map(|(profile, error)| Some((profile, error?))).collect())
}

#[cfg(feature = "aws-core")]
fn timing(account: &crate::aws::collect::AccountReport) -> String {
    let mut rows = vec![vec![
        "CALL".to_owned(),
        "CALLS".to_owned(),
        "RETRIES".to_owned(),
        "THROTTLED".to_owned(),
        "FAILED".to_owned(),
    ]];
    let (mut calls, mut retries, mut throttled, mut failed) = (0, 0, 0, 0);
    for (operation, c) in &account.calls {
        rows.push(vec![
            operation.clone(),
            c.calls.to_string(),
            c.retries.to_string(),
            c.throttled.to_string(),
            c.failed.to_string(),
        ]);
        calls += c.calls;
        retries += c.retries;
        throttled += c.throttled;
        failed += c.failed;
    }
    rows.push(vec![
        "TOTAL".to_owned(),
        calls.to_string(),
        retries.to_string(),
        throttled.to_string(),
        failed.to_string(),
    ]);
    format!(
        "Account {} in {:.1} s\n{}",
        account.account_id,
        account.elapsed.as_secs_f64(),
        super::listing::columns(&rows)
    )
}

/// Without the collector there is nothing to collect with.
#[cfg(not(feature = "aws-core"))]
pub fn into_inventory(_: &Ui, _: &Path, _: &Wanted, _: &Request<'_>, _: &Cancel) -> Result<Unread, Failure> {
    Err(Failure::new(Code::Initialization, "this ironpipe was built without the AWS collector (cargo feature aws-iam)"))
}
