//! Which databases answer, and collecting before a run.

use super::collect::Unread;
use super::config::Target;
use super::context::Context;
use super::exit::{Code, Failure};
use super::flags::DataFlags;
use super::interrupt::Interrupt;
use super::ui::Ui;
use crate::aws::collect::{NOT_ASKED_FOR, collectable_tables, plan};
use crate::engine::databases::Databases;
use crate::inventory::backend::{Backend, QueryError};
use crate::inventory::{FileBackend, Inventory, InventoryBackend, InventoryError, Mode, import_dir, schema};
use crate::model::resource::{DatabaseSettings, Mod};
use crate::model::run::{Completeness, Provenance, TableState};
use crate::model::source::SqlText;
use crate::sql;
use chrono::{DateTime, Duration, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Tables with the columns that are wanted; none means all.
pub type Wanted = BTreeMap<String, BTreeSet<String>>;

/// A query and the database settings of its resource, where it has any.
pub type Asked<'q> = (&'q SqlText, Option<&'q DatabaseSettings>);

/// A database, or why it cannot be used.
type Answering = Result<Box<dyn Backend>, String>;

/// What answers the queries of a run.
pub struct Data {
    /// What answers queries whose resource names no database.
    pub default: Box<dyn Backend>,
    /// The databases that resources name, or why they cannot be used.
    others: Vec<(DatabaseSettings, Answering)>,
    /// The inventory, where something reads it; kept open while the run lasts.
    inventory: Option<Inventory>,
    clock: Option<DateTime<Utc>>,
    /// Profiles whose account was asked for and is not in the inventory, with the reasons.
    pub unread: Unread,
}

impl Data {
    /// Returns the databases for the engine.
    pub fn databases(&self) -> Databases<'_> {
        let mut databases = Databases::single(self.default.as_ref());
        for (settings, backend) in &self.others {
            databases.add(settings.clone(), backend.as_ref().map(AsRef::as_ref).map_err(Clone::clone));
        }
        databases
    }

    /// Returns the database of a resource.
    ///
    /// # Errors
    ///
    /// The database cannot be used.
    pub fn of(&self, settings: Option<&DatabaseSettings>) -> Result<&dyn Backend, QueryError> {
        match settings.and_then(|wanted| self.others.iter().find(|(s, _)| s == wanted)) {
            None => Ok(self.default.as_ref()),
            Some((_, Ok(backend))) => Ok(backend.as_ref()),
            Some((_, Err(why))) => Err(QueryError::Connect(why.clone())),
        }
    }

    /// Returns what is known of the data that queries read.
    pub fn provenance<'q>(&self, queries: impl Iterator<Item = &'q SqlText>) -> Result<Provenance, Failure> {
        let mut provenance = Provenance { database: self.default.name(), clock: self.clock, ..Provenance::default() };
        let Some(inventory) = &self.inventory else { return Ok(provenance) };
        let tables: BTreeSet<String> = wanted(queries).into_keys().collect();
        provenance.tables = inventory.states(&tables.into_iter().collect::<Vec<_>>()).map_err(|e| broken(&e))?;
        provenance.tables.extend(self.unread.iter().map(|(profile, reason)| TableState {
            table: "aws_account".to_owned(),
            account_id: String::new(),
            completeness: Completeness::Failed,
            collected_at: None,
            source: String::new(),
            reason: format!("the account of profile {profile} is missing: {reason}"),
        }));
        provenance.inventory_digest = inventory.digest().map_err(|e| broken(&e))?;
        let accounts = inventory.accounts().map_err(|e| broken(&e))?;
        provenance.caller = accounts.iter().map(|a| a.caller.clone()).find(|c| !c.is_empty()).unwrap_or_default();
        provenance.accounts = accounts.into_iter().map(Into::into).collect();
        Ok(provenance)
    }
}

fn broken(error: &InventoryError) -> Failure {
    Failure::new(Code::Initialization, error.to_string())
}

/// Checks the flags before anything is done.
///
/// # Errors
///
/// A time or an age that cannot be read.
pub fn validate(flags: &DataFlags) -> Result<(), Failure> {
    age(&flags.max_age)?;
    flags.as_of.as_deref().map(instant).transpose().map(|_| ())
}

/// Opens what answers the queries; collects first where that is needed and allowed.
///
/// # Errors
///
/// The default database cannot be opened. One that a resource names fails later, where it is used.
pub fn open(
    cx: &Context<'_>,
    flags: &DataFlags,
    module: &Mod,
    queries: &[Asked<'_>],
    progress: bool,
    interrupt: &Interrupt,
) -> Result<Data, Failure> {
    let clock = flags.as_of.as_deref().map(instant).transpose()?;
    let default = default_target(cx, flags, module)?;
    let mut named: Vec<(DatabaseSettings, Result<Target, String>)> = Vec::new();
    for settings in queries.iter().filter_map(|(_, settings)| *settings) {
        if !named.iter().any(|(s, _)| s == settings) {
            named.push((settings.clone(), resource_target(cx, flags, module, settings, &default)));
        }
    }
    if default == Target::Inventory {
        note_plugins(cx, module);
    }
    let reads_inventory = |settings: Option<&DatabaseSettings>| match settings {
        None => default == Target::Inventory,
        Some(wanted) => named.iter().any(|(s, t)| s == wanted && *t == Ok(Target::Inventory)),
    };
    let of_inventory: Vec<&SqlText> = queries.iter().filter(|(_, s)| reads_inventory(*s)).map(|(q, _)| *q).collect();
    let inventory = if of_inventory.is_empty() && default != Target::Inventory {
        None
    } else {
        Some(match &flags.inventory {
            Some(path) if path.is_dir() => imported(cx.ui, path, Some(interrupt))?,
            _ => stored(cx, flags, &of_inventory, progress, interrupt)?,
        })
    };
    let mut data_clock = None;
    let mut backend = |target: &Target| -> Result<Box<dyn Backend>, QueryError> {
        match (target, &inventory) {
            (Target::Inventory, Some(inventory)) => {
                let backend = InventoryBackend::new(inventory, clock)?;
                data_clock = Some(backend.clock());
                Ok(Box::new(backend))
            }
            (Target::Inventory, None) => Err(QueryError::Connect("the inventory was not opened".to_owned())),
            (Target::Sqlite(file), _) => Ok(Box::new(FileBackend::new(&file.to_string_lossy(), Path::new(""))?)),
            (Target::Postgres { url, name, search_path, search_path_prefix }, _) => {
                postgres(url, name, search_path.as_deref(), search_path_prefix.as_deref())
            }
            (Target::Mysql { url, name }, _) => mysql(url, name),
            (Target::Duckdb(file), _) => duckdb(file),
        }
    };
    let opened = backend(&default).map_err(|e| Failure::new(Code::Initialization, e.to_string()))?;
    let others = named
        .into_iter()
        .map(|(settings, target)| (settings, target.and_then(|t| backend(&t).map_err(|e| e.to_string()))))
        .collect();
    let manifest = inventory.as_ref().map(Inventory::manifest).transpose().map_err(|e| broken(&e))?;
    let unread = manifest.map(|manifest| manifest.unread).unwrap_or_default();
    super::collect::warn_of(cx.ui, &unread);
    Ok(Data { default: opened, others, inventory, clock: data_clock, unread })
}

/// Opens a PostgreSQL server. A password that the connection string lacks is taken from `PGPASSWORD`.
#[cfg(feature = "postgres")]
fn postgres(
    url: &str,
    name: &str,
    search_path: Option<&[String]>,
    search_path_prefix: Option<&[String]>,
) -> Result<Box<dyn Backend>, QueryError> {
    use crate::inventory::{PostgresBackend, PostgresOptions};
    let backend = PostgresBackend::new(PostgresOptions {
        url: url.to_owned(),
        name: name.to_owned(),
        password: std::env::var("PGPASSWORD").ok(),
        search_path: search_path.unwrap_or_default().to_vec(),
        search_path_prefix: search_path_prefix.unwrap_or_default().to_vec(),
    })?;
    Ok(Box::new(backend))
}

/// Says what this build lacks.
#[cfg(not(feature = "postgres"))]
fn postgres(_: &str, name: &str, _: Option<&[String]>, _: Option<&[String]>) -> Result<Box<dyn Backend>, QueryError> {
    Err(QueryError::Connect(format!("{name}: this ironpipe was built without the feature `postgres`")))
}

#[cfg(feature = "mysql")]
fn mysql(url: &str, name: &str) -> Result<Box<dyn Backend>, QueryError> {
    Ok(Box::new(crate::inventory::MysqlBackend::new(url, name)?))
}

/// Says what this build lacks.
#[cfg(not(feature = "mysql"))]
fn mysql(_: &str, name: &str) -> Result<Box<dyn Backend>, QueryError> {
    Err(not_built(name, "MySQL", "mysql"))
}

#[cfg(feature = "duckdb")]
fn duckdb(file: &Path) -> Result<Box<dyn Backend>, QueryError> {
    Ok(Box::new(crate::inventory::DuckdbBackend::new(file.to_path_buf())?))
}

/// Says what this build lacks.
#[cfg(not(feature = "duckdb"))]
fn duckdb(file: &Path) -> Result<Box<dyn Backend>, QueryError> {
    Err(not_built(&format!("duckdb:{}", file.display()), "DuckDB", "duckdb"))
}

/// Says how to get what this build lacks.
#[cfg(not(all(feature = "mysql", feature = "duckdb")))]
fn not_built(name: &str, database: &str, feature: &str) -> QueryError {
    QueryError::Connect(format!(
        "{name}: this ironpipe was built without {database}; to have it, build with `cargo install --path . --features {feature}`"
    ))
}

/// Returns the schemas of a flag; none when it is not set, or set to nothing.
fn given(path: &[String]) -> Option<Vec<String>> {
    let path: Vec<String> = path.iter().filter(|p| !p.is_empty()).cloned().collect();
    Some(path).filter(|p| !p.is_empty())
}

/// Returns the database of everything that names none: the flag (with its environment variable and profile), the
/// mod's, that of all dependencies when they agree, else the inventory.
fn default_target(cx: &Context<'_>, flags: &DataFlags, module: &Mod) -> Result<Target, Failure> {
    let fail = |e: String| Failure::new(Code::Initialization, e);
    let mut settings = DatabaseSettings {
        search_path: given(&flags.search_path),
        search_path_prefix: given(&flags.search_path_prefix),
        ..DatabaseSettings::default()
    };
    let target = match flags.database.as_deref().filter(|d| !d.is_empty()) {
        Some(text) => cx.config.target(text, &module.root).map_err(|e| Failure::new(Code::Usage, e))?,
        None => {
            let of_dependencies = || {
                let mut all = module.dependencies.values().map(|d| d.settings.database.clone());
                let first = all.next().flatten();
                all.all(|d| d == first).then_some(first).flatten()
            };
            if settings.search_path.is_none() && settings.search_path_prefix.is_none() {
                settings.search_path.clone_from(&module.settings.search_path);
                settings.search_path_prefix.clone_from(&module.settings.search_path_prefix);
            }
            match module.settings.database.clone().or_else(of_dependencies) {
                Some(database) => cx.config.database(&database, &module.root).map_err(fail)?,
                None => Target::Inventory,
            }
        }
    };
    Ok(target.with_paths(settings.search_path, settings.search_path_prefix))
}

/// Tells, once, which plugins' data the inventory does not know: controls that need it can only end in error.
fn note_plugins(cx: &Context<'_>, module: &Mod) {
    use crate::sql::schema::Schema as _;
    let tables = crate::inventory::schema().table_names();
    let mods = std::iter::once(module).chain(module.dependencies.values().map(AsRef::as_ref));
    let plugins: BTreeSet<&str> = mods
        .flat_map(|m| &m.require.plugins)
        .filter_map(|p| p.name.split('@').next()?.rsplit('/').next())
        .filter(|name| !tables.iter().any(|t| t.strip_prefix(name).is_some_and(|rest| rest.starts_with('_'))))
        .collect();
    if !plugins.is_empty() {
        let names = plugins.into_iter().collect::<Vec<_>>().join(", ");
        let mut note = crate::model::diagnostic::Diagnostic::warning(format!(
            "the mod needs data of the Steampipe plugin {names}, which ironpipe does not collect"
        ));
        note.level = crate::model::diagnostic::Level::Note;
        cx.ui.diagnostic(&note.help("ask a server that has it: --database postgres://..."));
    }
}

/// Returns the database that a resource's settings lead to.
fn resource_target(
    cx: &Context<'_>,
    flags: &DataFlags,
    module: &Mod,
    settings: &DatabaseSettings,
    default: &Target,
) -> Result<Target, String> {
    let target = match &settings.database {
        Some(database) => {
            let target = cx.config.database(database, &module.root)?;
            target.with_paths(given(&flags.search_path), given(&flags.search_path_prefix))
        }
        None => default.clone(),
    };
    Ok(target.with_paths(settings.search_path.clone(), settings.search_path_prefix.clone()))
}

/// Reads `--as-of`.
pub fn instant(text: &str) -> Result<DateTime<Utc>, Failure> {
    let now = Utc::now().timestamp_micros();
    sql::value::datetime::parse_timestamptz(text, now).ok().and_then(DateTime::from_timestamp_micros).ok_or_else(|| {
        Failure::new(Code::Usage, format!("--as-of {text}: a time such as 2026-03-31T12:00:00Z is needed"))
    })
}

/// Imports a folder for one run.
///
/// # Errors
///
/// The folder cannot be read, or holds something that cannot be understood.
pub fn imported(ui: &Ui, folder: &Path, interrupt: Option<&Interrupt>) -> Result<Inventory, Failure> {
    let fail = |e: String| Failure::new(Code::Initialization, e);
    let mut inventory = Inventory::temporary().map_err(|e| fail(e.to_string()))?;
    if let Some(interrupt) = interrupt {
        interrupt.guard(inventory.path().to_path_buf());
    }
    let report = import_dir(folder, &mut inventory).map_err(|e| fail(e.to_string()))?;
    report.notes.iter().for_each(|note| ui.notice(&format!("Note: {note}.")));
    Ok(inventory)
}

/// Returns the inventory file that is used when none is named: one for each identity that collects.
pub fn default_path(profiles: &[String]) -> PathBuf {
    let set = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    let mut names = profiles.to_vec();
    if names.is_empty() {
        names.extend(set("AWS_ACCESS_KEY_ID").map(|key| account_of(&key)).or_else(|| set("AWS_PROFILE")));
    }
    names.extend(set("AWS_ENDPOINT_URL").and_then(|url| Some(url.split_once("://")?.1.to_owned())));
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
    data_folder().join(file)
}

/// Returns the folder of the files that the program keeps for its user.
pub fn data_folder() -> PathBuf {
    let home = || std::env::var_os("HOME").map_or_else(|| PathBuf::from("."), PathBuf::from);
    let data = std::env::var_os("XDG_DATA_HOME").filter(|v| !v.is_empty());
    data.map_or_else(|| home().join(".local/share"), PathBuf::from).join("ironpipe")
}

/// Returns what tells the account of an access key: the account's number, which the characters behind the prefix
/// encode, so that all keys and sessions of an account share one file; or else the key's id.
fn account_of(key: &str) -> String {
    let digits = key.get(4..).unwrap_or_default().bytes().take(10).map(|b| match b {
        b'A'..=b'Z' => Some(u64::from(b - b'A')),
        b'2'..=b'7' => Some(u64::from(b - b'2') + 26),
        _ => None,
    });
    let number = digits.collect::<Option<Vec<u64>>>().filter(|d| d.len() == 10);
    match number {
        // 50 bits were read; the account stands in bits 7 to 46 of the first 48.
        Some(digits) => {
            let bits = digits.iter().fold(0, |n, d| n << 5 | d) >> 2;
            format!("{:012}", (bits & 0x7fff_ffff_ff80) >> 7)
        }
        None => key.to_owned(),
    }
}

/// Opens the inventory file, after collecting what is missing or too old.
fn stored(
    cx: &Context<'_>,
    flags: &DataFlags,
    queries: &[&SqlText],
    progress: bool,
    interrupt: &Interrupt,
) -> Result<Inventory, Failure> {
    let ui = cx.ui;
    let named = flags.inventory.is_some();
    let path = flags.inventory.clone().unwrap_or_else(|| default_path(&flags.profile));
    let exists = path.exists();
    let mut wanted = wanted(queries.iter().copied());
    let reads_nothing = wanted.is_empty();
    if flags.offline {
        if !exists && !reads_nothing {
            return Err(Failure::new(
                Code::Initialization,
                format!("there is no inventory at {} and --offline forbids to collect", path.display()),
            )
            .help(three_ways()));
        }
        if exists {
            return Inventory::open(&path, Mode::Read).map_err(|e| broken(&e));
        }
    }
    let limit = age(&flags.max_age)?;
    wanted.retain(|table, _| collectable_tables().any(|t| t == table));
    if wanted.is_empty() && !exists {
        // Nothing to collect, nothing to read: the queries name no table, or tables that the check before each query
        // reports as missing.
        return Inventory::temporary().map_err(|e| broken(&e));
    }
    let gaps = match exists {
        true => Gaps::find(&path, &mut wanted, flags).map_err(|e| broken(&e))?,
        false => Gaps::everything(&wanted, flags),
    };
    // A file that was named is evidence: it is only added to, not renewed behind its owner's back.
    let stale = !named && gaps.oldest.is_some_and(|at| Utc::now() - at > limit);
    if !gaps.missing && !stale {
        return Inventory::open(&path, Mode::Read).map_err(|e| broken(&e));
    }
    let request = super::collect::Request {
        profiles: &flags.profile,
        regions: if named { &gaps.regions } else { &flags.region },
        exact: false,
        api_rate: None,
        progress,
        timing: false,
        foreign: if named { super::collect::Foreign::Refuse } else { super::collect::Foreign::Replace },
    };
    match super::collect::into_inventory(ui, &path, &wanted, &request, &interrupt.cancel) {
        Ok(_) => Inventory::open(&path, Mode::Read).map_err(|e| broken(&e)),
        // Whoever wants data that is fresh must not be told of a state that is long over: a nightly run whose credentials
        // have expired would be green for ever.
        Err(failure) if exists && stale && !interrupt.cancel.is_cancelled() => {
            let time = gaps.oldest.map(|at| at.format("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default();
            let help = format!("--offline uses the stored data, which is of {time}; --max-age says how old it may be");
            Err(failure.help(help))
        }
        Err(failure) if exists && !interrupt.cancel.is_cancelled() => {
            let message = failure.diagnostics.first().map(|d| d.message.clone()).unwrap_or_default();
            let age = gaps.oldest.map(|at| format!(" of {}", at.format("%Y-%m-%d %H:%M UTC"))).unwrap_or_default();
            ui.warning(&format!("could not collect ({message}); using the stored data{age}"));
            Inventory::open(&path, Mode::Read).map_err(|e| broken(&e))
        }
        Err(failure) => Err(failure.help(three_ways())),
    }
}

/// What a stored inventory lacks.
struct Gaps {
    /// Whether a table or a column was never asked for.
    missing: bool,
    /// The time of the oldest of the wanted tables.
    oldest: Option<DateTime<Utc>>,
    /// The regions that are wanted and those that are held, none for all: what to ask so that no region is lost.
    regions: Vec<String>,
}

impl Gaps {
    fn everything(wanted: &Wanted, flags: &DataFlags) -> Self {
        Self { missing: !wanted.is_empty(), oldest: None, regions: flags.region.clone() }
    }

    /// Compares the inventory with what is wanted. The columns that it holds already are added to `wanted`, so that
    /// they are not lost when their table is collected again.
    fn find(path: &Path, wanted: &mut Wanted, flags: &DataFlags) -> Result<Self, InventoryError> {
        use sql::schema::Schema as _;
        let manifest = Inventory::open(path, Mode::Read)?.manifest()?;
        let was_unread = flags.profile.iter().any(|profile| manifest.unread.contains_key(profile));
        let mut gaps = Self { missing: was_unread && !wanted.is_empty(), oldest: None, regions: flags.region.clone() };
        for (table, columns) in wanted.iter_mut() {
            let entries = manifest.entries.get(table);
            let Some(entries) = entries.filter(|e| !e.is_empty()) else {
                gaps.missing = true;
                continue;
            };
            let never_asked = |e: &crate::inventory::Entry, column: &str| {
                e.missing_columns.get(column).is_some_and(|why| why == NOT_ASKED_FOR)
            };
            if columns.is_empty() {
                gaps.missing |= entries.values().any(|e| e.missing_columns.values().any(|w| w == NOT_ASKED_FOR));
            } else {
                gaps.missing |= entries.values().any(|e| columns.iter().any(|c| never_asked(e, c)));
                let all = schema().table(table).map(|t| t.columns.as_slice()).unwrap_or_default();
                let held = all.iter().map(|(name, _)| name).filter(|c| !entries.values().any(|e| never_asked(e, c)));
                columns.extend(held.cloned());
            }
            for entry in entries.values().filter(|e| !e.regions.is_empty()) {
                let lacks = |region: &String| !entry.regions.contains(region);
                gaps.missing |= flags.region.is_empty() || flags.region.iter().any(lacks);
            }
            let oldest = entries.values().filter_map(|e| e.state.collected_at).min();
            gaps.oldest = [gaps.oldest, oldest].into_iter().flatten().min();
        }
        gaps.add_held_regions(&manifest, wanted);
        Ok(gaps)
    }

    /// Adds the regions that regional tables hold, all where one holds all.
    fn add_held_regions(&mut self, manifest: &crate::inventory::Manifest, wanted: &Wanted) {
        let is_regional = |table: &&String| plan::is_regional(table);
        let held = wanted.keys().filter(is_regional).filter_map(|table| manifest.entries.get(table));
        for entry in held.flat_map(BTreeMap::values) {
            if entry.regions.is_empty() || self.regions.is_empty() {
                self.regions.clear();
                return;
            }
            let new: Vec<String> = entry.regions.iter().filter(|r| !self.regions.contains(r)).cloned().collect();
            self.regions.extend(new);
        }
    }
}

/// The ways to data, for messages.
pub fn three_ways() -> &'static str {
    "ironpipe needs AWS credentials, an inventory file (--inventory FILE) or a folder of AWS CLI outputs (--inventory DIR)"
}

/// Returns the tables and columns that queries read. Queries that cannot be translated read nothing: their controls
/// will say why.
pub fn wanted<'q>(queries: impl Iterator<Item = &'q SqlText>) -> Wanted {
    let mut wanted = Wanted::new();
    let mut seen = BTreeSet::new();
    for query in queries.filter(|q| seen.insert(q.text.clone())) {
        if let Ok(statement) = sql::translate(query, schema()) {
            for read in statement.reads {
                wanted.entry(read.table).or_default().extend(read.columns);
            }
        }
    }
    wanted
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
