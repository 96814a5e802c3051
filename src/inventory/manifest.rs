//! What the inventory knows of its own contents: which table of which account is complete, since when, from where.
//!
//! A table that no entry speaks of was not collected; an entry with an empty account speaks of all accounts that have
//! no entry of their own.

use super::error::InventoryError;
use super::file::Inventory;
use super::load::AccountFacts;
use super::schema::schema;
use crate::model::run::{Completeness, TableState};
use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// The tables that the manifest is kept in.
pub(super) const TABLES: &str = "
CREATE TABLE ironpipe_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE ironpipe_account (
  account_id TEXT PRIMARY KEY,
  alias TEXT NOT NULL,
  caller TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE ironpipe_table (
  table_name TEXT NOT NULL,
  account_id TEXT NOT NULL,
  completeness TEXT NOT NULL,
  collected_at TEXT,
  source TEXT NOT NULL,
  reason TEXT NOT NULL,
  row_count INTEGER NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (table_name, account_id)
) WITHOUT ROWID;
CREATE TABLE ironpipe_missing_column (
  table_name TEXT NOT NULL,
  account_id TEXT NOT NULL,
  column_name TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (table_name, account_id, column_name)
) WITHOUT ROWID;
";

/// Key of [`Manifest::origin`] in `ironpipe_meta`.
pub(super) const ORIGIN: &str = "origin";
/// Key of the version of the program that wrote last.
pub(super) const TOOL_VERSION: &str = "tool_version";
/// How the keys of profiles begin whose account could not be identified; the value is the reason.
pub(super) const UNREAD: &str = "unread/";
/// How the keys of tables begin that are of some regions only.
const REGIONS: &str = "regions/";

/// Returns the key of the regions that a table of an account is of; without an account, how those of all begin.
pub(super) fn regions_key(table: &str, account: &str) -> String {
    format!("{REGIONS}{table}/{account}")
}

/// One entry of the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Table, account, completeness, time, source and reason.
    pub state: TableState,
    /// Columns without values, each with the reason.
    pub missing_columns: BTreeMap<String, String>,
    /// How many rows the table holds for the account.
    pub rows: u64,
    /// SHA-256 of those rows, whatever their order.
    pub digest: String,
    /// The regions that the rows are of, as they were asked for; empty for all, and for what has no regions.
    pub regions: Vec<String>,
}

/// The manifest of an inventory, read at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest {
    /// Entries by table and account.
    pub entries: BTreeMap<String, BTreeMap<String, Entry>>,
    /// Accounts that are known, by id.
    pub accounts: BTreeMap<String, AccountFacts>,
    /// How the contents came here last: `import of exports/`; empty for a live collection.
    pub origin: String,
    /// The version of the program that wrote last; empty in a new file.
    pub tool_version: String,
    /// Profiles whose account could not be identified when it was to be collected, each with the reason.
    pub unread: BTreeMap<String, String>,
}

impl Manifest {
    /// Reads the manifest.
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut manifest = Self::default();
        let mut statement = connection.prepare(
            "SELECT table_name, account_id, completeness, collected_at, source, reason, row_count, digest
             FROM ironpipe_table ORDER BY table_name, account_id",
        )?;
        let entries = statement.query_map([], |row| {
            let word: String = row.get(2)?;
            let time: Option<String> = row.get(3)?;
            Ok(Entry {
                state: TableState {
                    table: row.get(0)?,
                    account_id: row.get(1)?,
                    // A word that this version does not know must not pass for complete.
                    completeness: Completeness::parse(&word).unwrap_or(Completeness::Failed),
                    collected_at: time.as_deref().and_then(parse_time),
                    source: row.get(4)?,
                    reason: row.get(5)?,
                },
                missing_columns: BTreeMap::new(),
                rows: row.get::<_, i64>(6)?.try_into().unwrap_or(0),
                digest: row.get(7)?,
                regions: Vec::new(),
            })
        })?;
        for entry in entries {
            let entry = entry?;
            let accounts = manifest.entries.entry(entry.state.table.clone()).or_default();
            accounts.insert(entry.state.account_id.clone(), entry);
        }
        let mut statement =
            connection.prepare("SELECT table_name, account_id, column_name, reason FROM ironpipe_missing_column")?;
        let columns = statement
            .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get(3)?)))?;
        for column in columns {
            let (table, account, column, reason) = column?;
            if let Some(entry) = manifest.entries.get_mut(&table).and_then(|e| e.get_mut(&account)) {
                entry.missing_columns.insert(column, reason);
            }
        }
        let mut statement = connection.prepare("SELECT account_id, alias, caller FROM ironpipe_account")?;
        let accounts = statement
            .query_map([], |row| Ok(AccountFacts { id: row.get(0)?, alias: row.get(1)?, caller: row.get(2)? }))?;
        for account in accounts {
            let account = account?;
            manifest.accounts.insert(account.id.clone(), account);
        }
        let mut statement = connection.prepare("SELECT key, value FROM ironpipe_meta")?;
        let facts = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        for fact in facts {
            let (key, value) = fact?;
            manifest.note(&key, value);
        }
        Ok(manifest)
    }

    /// Takes in what a key of `ironpipe_meta` says. A key that is not known is from a newer version.
    fn note(&mut self, key: &str, value: String) {
        if key == ORIGIN {
            self.origin = value;
        } else if key == TOOL_VERSION {
            self.tool_version = value;
        } else if let Some(profile) = key.strip_prefix(UNREAD) {
            self.unread.insert(profile.to_owned(), value);
        } else if let Some((table, account)) = key.strip_prefix(REGIONS).and_then(|rest| rest.split_once('/'))
            && let Some(entry) = self.entries.get_mut(table).and_then(|e| e.get_mut(account))
        {
            entry.regions = value.split_whitespace().map(str::to_owned).collect();
        }
    }

    /// Returns the ids of all accounts that data was collected of.
    pub fn account_ids(&self) -> BTreeSet<&str> {
        let of_entries = self.entries.values().flat_map(BTreeMap::keys).filter(|id| !id.is_empty());
        self.accounts.keys().chain(of_entries).map(String::as_str).collect()
    }

    /// Returns the state of some tables: one for each account, made up with the reason where there is no entry.
    pub fn states(&self, tables: &[String]) -> Vec<TableState> {
        tables.iter().flat_map(|table| self.of_table(table).into_iter().map(|found| found.into_state(self))).collect()
    }

    /// Returns the instant of the latest collection: the clock of runs on this data.
    pub fn collected_at(&self) -> Option<DateTime<Utc>> {
        self.entries.values().flat_map(BTreeMap::values).filter_map(|e| e.state.collected_at).max()
    }

    /// Returns a hash of all contents and their states, the same wherever and in whichever order they were written.
    pub fn digest(&self) -> String {
        let texts = self.entries.values().flat_map(BTreeMap::values).flat_map(|entry| {
            let state = &entry.state;
            let time = state.collected_at.map(time_text).unwrap_or_default();
            let head = [state.table.as_str(), &state.account_id, state.completeness.as_str()].map(str::to_owned);
            let missing = entry.missing_columns.keys().map(|column| format!("missing {column}"));
            let regions = entry.regions.iter().map(|region| format!("region {region}"));
            head.into_iter().chain([time, entry.digest.clone()]).chain(missing).chain(regions).collect::<Vec<_>>()
        });
        let unread = self.unread.keys().map(|profile| format!("unread {profile}"));
        let texts: Vec<String> = texts.chain(unread).collect();
        super::digest::of_texts(texts.iter().map(String::as_str))
    }

    /// Returns what is known of a table: for each account its entry, or none.
    pub(super) fn of_table<'m>(&'m self, table: &'m str) -> Vec<Found<'m>> {
        let entries = self.entries.get(table);
        let whole = entries.and_then(|e| e.get(""));
        let accounts = self.account_ids();
        if accounts.is_empty() {
            return vec![Found { table, account: "", entry: whole }];
        }
        accounts
            .into_iter()
            .map(|account| Found { table, account, entry: entries.and_then(|e| e.get(account)).or(whole) })
            .collect()
    }
}

/// What the manifest says of one table of one account.
pub(super) struct Found<'m> {
    pub table: &'m str,
    pub account: &'m str,
    pub entry: Option<&'m Entry>,
}

impl Found<'_> {
    fn into_state(self, manifest: &Manifest) -> TableState {
        match self.entry {
            Some(entry) => TableState { account_id: self.account.to_owned(), ..entry.state.clone() },
            None => TableState {
                table: self.table.to_owned(),
                account_id: self.account.to_owned(),
                completeness: Completeness::NotCollected,
                collected_at: None,
                source: String::new(),
                reason: not_there(self.table, &manifest.origin),
            },
        }
    }
}

/// Says why a table has no entry and what to do about it.
pub(super) fn not_there(table: &str, origin: &str) -> String {
    let calls = schema().definition(table).map(|d| d.list_calls.as_slice()).unwrap_or_default();
    if origin.is_empty() {
        let permissions = match calls {
            [] => String::new(),
            calls => format!(" (it needs {})", calls.join(", ")),
        };
        return format!("it was not collected{permissions}; collect it with `ironpipe collect`");
    }
    let export = match super::import::export_commands(table) {
        [] => format!("add {table}.jsonl"),
        commands => format!("add the output of `{}`, or {table}.jsonl,", commands.join("` or `")),
    };
    format!("{export} and import again; no imported file gives it")
}

/// Writes an instant so that it sorts and any SQLite tool reads it.
pub(super) fn time_text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|t| t.with_timezone(&Utc))
}

impl Inventory {
    /// Reads the manifest.
    pub fn manifest(&self) -> Result<Manifest, InventoryError> {
        Manifest::read(&self.connection).map_err(|e| InventoryError::sqlite("read", self.path(), &e))
    }

    /// Returns the state of some tables, one for each account.
    pub fn states(&self, tables: &[String]) -> Result<Vec<TableState>, InventoryError> {
        Ok(self.manifest()?.states(tables))
    }

    /// Returns the instant of the latest collection.
    pub fn collected_at(&self) -> Result<Option<DateTime<Utc>>, InventoryError> {
        Ok(self.manifest()?.collected_at())
    }

    /// Returns what is known of the accounts, by id.
    pub fn accounts(&self) -> Result<Vec<AccountFacts>, InventoryError> {
        let manifest = self.manifest()?;
        let facts = |id: &str| {
            let known = manifest.accounts.get(id).cloned();
            known.unwrap_or_else(|| AccountFacts { id: id.to_owned(), ..AccountFacts::default() })
        };
        Ok(manifest.account_ids().into_iter().map(facts).collect())
    }

    /// Returns a hash of all contents and their states, from the hashes that were noted when they were written.
    pub fn digest(&self) -> Result<String, InventoryError> {
        Ok(self.manifest()?.digest())
    }
}
