//! Which database answers, and collecting before a run.

use super::args::DataFlags;
use super::exit::{Code, Failure};
use super::ui::Ui;
use crate::inventory::backend::{Backend, Cancel, QueryError};

use crate::inventory::{FileBackend, Inventory, InventoryBackend, Mode, import_dir, schema};
use crate::model::resource::{Database, Mod};
use crate::model::run::{Completeness, Provenance};
use crate::model::source::SqlText;
use crate::sql;
use chrono::{DateTime, Duration, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Tables with the columns that are wanted; none means all.
pub type Wanted = BTreeMap<String, BTreeSet<String>>;

/// What answers the queries of a run.
pub struct Data {
    /// The backend.
    pub backend: Box<dyn Backend>,
    /// The inventory, where it is one; kept open while the run lasts.
    inventory: Option<Inventory>,
    clock: Option<DateTime<Utc>>,
}

impl Data {
    /// Returns what is known of the data that queries read.
    pub fn provenance<'q>(&self, queries: impl Iterator<Item = &'q SqlText>) -> Result<Provenance, Failure> {
        let mut provenance = Provenance { database: self.backend.name(), clock: self.clock, ..Provenance::default() };
        let Some(inventory) = &self.inventory else { return Ok(provenance) };
        let tables: BTreeSet<String> = queries.flat_map(|q| self.backend.tables_of(q)).collect();
        let fail = |e: crate::inventory::InventoryError| Failure::new(Code::Initialization, e.to_string());
        provenance.tables = inventory.states(&tables.into_iter().collect::<Vec<_>>()).map_err(fail)?;
        provenance.inventory_digest = inventory.digest().map_err(fail)?;
        let accounts = inventory.accounts().map_err(fail)?;
        provenance.caller = accounts.iter().map(|a| a.caller.clone()).find(|c| !c.is_empty()).unwrap_or_default();
        provenance.accounts = accounts.into_iter().map(Into::into).collect();
        Ok(provenance)
    }
}

/// Opens what answers the queries; collects first where that is needed and allowed.
pub fn open(
    ui: &Ui,
    flags: &DataFlags,
    module: &Mod,
    queries: &[SqlText],
    progress: bool,
    cancel: &Cancel,
) -> Result<Data, Failure> {
    if let Some(url) = database(flags, module) {
        return other_database(&url, module);
    }
    let clock = flags.as_of.as_deref().map(instant).transpose()?;
    let inventory = match &flags.inventory {
        Some(path) if path.is_dir() => imported(path)?,
        _ => stored(ui, flags, queries, progress, cancel)?,
    };
    let backend = InventoryBackend::new(&inventory, clock).map_err(connect)?;
    let clock = Some(backend.clock());
    Ok(Data { backend: Box::new(backend), inventory: Some(inventory), clock })
}

fn connect(error: QueryError) -> Failure {
    Failure::new(Code::Initialization, error.to_string())
}

/// The database that was asked for, where it is not the inventory.
fn database(flags: &DataFlags, module: &Mod) -> Option<String> {
    if let Some(url) =
        flags.database.clone().or_else(|| std::env::var("POWERPIPE_DATABASE").ok().filter(|v| !v.is_empty()))
    {
        return Some(url);
    }
    match &module.database {
        // The inventory stands in for Steampipe.
        Some(Database::ConnectionString(url))
            if !url.starts_with("postgres://steampipe@localhost:9193")
                && !url.starts_with("postgres://steampipe@127.0.0.1:9193") =>
        {
            Some(url.clone())
        }
        _ => None,
    }
}

fn other_database(url: &str, module: &Mod) -> Result<Data, Failure> {
    if url == "connection.steampipe.default" {
        return Err(Failure::new(
            Code::Initialization,
            "connection.steampipe.default is the inventory: leave --database out, or give the server as postgres://...",
        ));
    }
    if let Some(file) = url.strip_prefix("sqlite:") {
        let backend = FileBackend::new(file, &module.root).map_err(connect)?;
        return Ok(Data { backend: Box::new(backend), inventory: None, clock: None });
    }
    Err(Failure::new(Code::Initialization, format!("could not evaluate backend: {url}"))
        .help("ironpipe reads its inventory, and sqlite:FILE"))
}

/// Reads `--as-of`.
pub fn instant(text: &str) -> Result<DateTime<Utc>, Failure> {
    let now = Utc::now().timestamp_micros();
    sql::value::datetime::parse_timestamptz(text, now).ok().and_then(DateTime::from_timestamp_micros).ok_or_else(|| {
        Failure::new(Code::Usage, format!("--as-of {text}: a time such as 2026-03-31T12:00:00Z is needed"))
    })
}

/// Imports a folder for one run.
pub fn imported(folder: &Path) -> Result<Inventory, Failure> {
    let fail = |e: String| Failure::new(Code::Initialization, e);
    let mut inventory = Inventory::temporary().map_err(|e| fail(e.to_string()))?;
    import_dir(folder, &mut inventory).map_err(|e| fail(e.to_string()))?;
    Ok(inventory)
}

/// Returns the inventory file that is used when none is named: one for each profile.
pub fn default_path(profiles: &[String]) -> PathBuf {
    let home = || std::env::var_os("HOME").map_or_else(|| PathBuf::from("."), PathBuf::from);
    let data = std::env::var_os("XDG_DATA_HOME")
        .filter(|v| !v.is_empty())
        .map_or_else(|| home().join(".local/share"), PathBuf::from);
    let mut names = profiles.to_vec();
    if names.is_empty() {
        names.extend(std::env::var("AWS_PROFILE").ok().filter(|p| !p.is_empty()));
    }
    let file = if names.is_empty() {
        "inventory.db".to_owned()
    } else {
        let safe: String = names
            .join("+")
            .chars()
            .map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '+' | '.') { c } else { '_' })
            .collect();
        format!("inventory-{safe}.db")
    };
    data.join("ironpipe").join(file)
}

/// Opens the inventory file, after collecting what is missing or too old.
fn stored(
    ui: &Ui,
    flags: &DataFlags,
    queries: &[SqlText],
    progress: bool,
    cancel: &Cancel,
) -> Result<Inventory, Failure> {
    let named = flags.inventory.is_some();
    let path = flags.inventory.clone().unwrap_or_else(|| default_path(&flags.profile));
    let exists = path.exists();
    let fail = |e: crate::inventory::InventoryError| Failure::new(Code::Initialization, e.to_string());
    if flags.offline {
        if !exists {
            return Err(Failure::new(
                Code::Initialization,
                format!("there is no inventory at {} and --offline forbids to collect", path.display()),
            )
            .help(three_ways()));
        }
        return Inventory::open(&path, Mode::Read).map_err(fail);
    }
    let limit = age(&flags.max_age)?;
    let wanted = wanted(queries);
    let (missing, oldest) =
        if exists { gaps(&path, &wanted).map_err(fail)? } else { (wanted.keys().cloned().collect(), None) };
    let stale = oldest.is_some_and(|at| Utc::now() - at > limit);
    // A file that was named is evidence: it is only added to, not renewed behind its owner's back.
    if missing.is_empty() && (!stale || named) {
        return Inventory::open(&path, Mode::Read).map_err(fail);
    }
    let collected = super::collect::into_inventory(
        ui,
        &path,
        &wanted,
        &super::collect::Request {
            profiles: &flags.profile,
            regions: &flags.region,
            exact: false,
            api_rate: None,
            progress,
            timing: false,
        },
        cancel,
    );
    match collected {
        Ok(()) => Inventory::open(&path, Mode::Read).map_err(fail),
        Err(failure) if exists => {
            let message = failure.diagnostics.first().map(|d| d.message.clone()).unwrap_or_default();
            let age = oldest.map(|at| format!(" of {}", at.format("%Y-%m-%d %H:%M UTC"))).unwrap_or_default();
            ui.warning(&format!("could not collect ({message}); using the stored data{age}"));
            Inventory::open(&path, Mode::Read).map_err(fail)
        }
        Err(failure) => Err(failure.help(three_ways())),
    }
}

/// The ways to data, for messages.
pub fn three_ways() -> &'static str {
    "give AWS credentials (environment, --profile) to collect, an inventory file with --inventory FILE, or a folder of AWS CLI outputs with --inventory DIR"
}

/// Returns the tables and columns that queries read. Queries that cannot be translated read nothing: their controls
/// will say why.
pub fn wanted(queries: &[SqlText]) -> Wanted {
    let mut wanted = Wanted::new();
    let mut seen = BTreeSet::new();
    for query in queries.iter().filter(|q| seen.insert(q.text.clone())) {
        if let Ok(statement) = sql::translate(query, schema()) {
            for read in statement.reads {
                wanted.entry(read.table).or_default().extend(read.columns);
            }
        }
    }
    wanted
}

/// Returns the wanted tables that were never asked for, and the time of the oldest of the others.
fn gaps(
    path: &Path,
    wanted: &Wanted,
) -> Result<(Vec<String>, Option<DateTime<Utc>>), crate::inventory::InventoryError> {
    let inventory = Inventory::open(path, Mode::Read)?;
    let names: Vec<String> = wanted.keys().cloned().collect();
    let states = inventory.states(&names)?;
    let missing = names
        .iter()
        .filter(|n| !states.iter().any(|s| s.table == **n && s.completeness != Completeness::NotCollected))
        .cloned()
        .collect();
    Ok((missing, states.iter().filter_map(|s| s.collected_at).min()))
}

/// Reads `--max-age`: a number with s, m, h or d.
fn age(text: &str) -> Result<Duration, Failure> {
    let wrong = || Failure::new(Code::Usage, format!("--max-age {text}: write a number with s, m, h or d, such as 4h"));
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number: i64 =
        text.get(..text.len() - unit.len_utf8()).and_then(|n| n.parse().ok()).filter(|n| *n >= 0).ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    number.checked_mul(seconds).and_then(Duration::try_seconds).ok_or_else(wrong)
}
