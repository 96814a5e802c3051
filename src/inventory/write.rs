//! Writing tables: one transaction for everything that one collection or import found.

use super::digest::{TableDigest, stored_rows};
use super::encode::encode;
use super::error::{InventoryError, RowError};
use super::file::Inventory;
use super::load::{AccountFacts, Load, Row};
use super::manifest::{ORIGIN, TOOL_VERSION, UNREAD, regions_key, time_text};
use super::schema::{Scope, TableDefinition, schema};
use crate::model::diagnostic::nearest;
use crate::model::pgtype::PgType;
use crate::model::run::TableState;
use rusqlite::types::{Value as Sqlite, ValueRef};
use rusqlite::{Transaction, TransactionBehavior};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Columns that queries join on. Each is indexed together with the account, where there is one.
const INDEXED: &[&str] = &["arn", "name", "user_name", "user_arn"];

impl Inventory {
    /// Puts tables into the inventory, all of them or none. For each table and account of the load the earlier rows
    /// go, the new ones come, and the manifest says where from; everything else stays.
    ///
    /// # Errors
    ///
    /// When a row does not fit its table, a table is unknown or given twice, or the file cannot be written. The
    /// inventory is then as before.
    pub fn replace_tables(&mut self, load: &Load) -> Result<(), InventoryError> {
        let mut writing = self.begin()?;
        writing.put(load, "")?;
        writing.commit("")
    }

    /// Begins to write.
    pub(super) fn begin(&mut self) -> Result<Writing<'_>, InventoryError> {
        let path = self.location.path().to_owned();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|e| InventoryError::sqlite("write", &path, &e))?;
        Ok(Writing { transaction, path, written: BTreeSet::new() })
    }
}

/// A write in progress. Dropping it leaves the inventory as it was.
pub(super) struct Writing<'i> {
    transaction: Transaction<'i>,
    path: PathBuf,
    written: BTreeSet<(String, String)>,
}

impl Writing<'_> {
    /// Writes all tables of a load. `place`, and the files in it, are named in errors that concern a row.
    pub fn put(&mut self, load: &Load, place: &str) -> Result<(), InventoryError> {
        for entry in &load.entries {
            let mut table = self.table(&entry.table, &entry.account_id)?;
            let of = || if place.is_empty() { String::new() } else { format!("{place} ({})", entry.state.source) };
            for row in &entry.rows {
                table.insert(row, of)?;
            }
            let state =
                TableState { table: entry.table.clone(), account_id: entry.account_id.clone(), ..entry.state.clone() };
            table.finish(&state, &entry.missing_columns)?;
            if !entry.regions.is_empty() {
                let key = regions_key(&entry.table, &entry.account_id);
                self.execute(
                    "INSERT OR REPLACE INTO ironpipe_meta VALUES (?1, ?2)",
                    &[&key, &entry.regions.join(" ")],
                )?;
            }
        }
        for (profile, reason) in &load.profiles {
            let key = format!("{UNREAD}{profile}");
            self.execute("DELETE FROM ironpipe_meta WHERE key = ?1", &[&key])?;
            if let Some(reason) = reason {
                self.execute("INSERT INTO ironpipe_meta VALUES (?1, ?2)", &[&key, reason])?;
            }
        }
        load.accounts.iter().try_for_each(|facts| self.account(facts))
    }

    /// Notes what is known of an account. What is empty does not overwrite what is known.
    pub fn account(&self, facts: &AccountFacts) -> Result<(), InventoryError> {
        self.execute(
            "INSERT INTO ironpipe_account VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET
             alias = coalesce(nullif(excluded.alias, ''), alias), caller = coalesce(nullif(excluded.caller, ''), caller)",
            &[&facts.id, &facts.alias, &facts.caller],
        )
    }

    /// Begins a table of one account, or with an empty account the whole table: its earlier rows go.
    pub fn table(&mut self, name: &str, account: &str) -> Result<TableWriter<'_>, InventoryError> {
        let Some(definition) = schema().definition(name) else {
            return Err(InventoryError::Load(unknown_table(name)));
        };
        if !self.written.insert((name.to_owned(), account.to_owned())) {
            return Err(InventoryError::Load(match account {
                "" => format!("table {name} is given twice"),
                account => format!("table {name} is given twice for account {account}"),
            }));
        }
        self.prepare(definition)?;
        let attributed = !account.is_empty() && definition.table.columns.iter().any(|(c, _)| c == "account_id");
        if attributed {
            self.execute(&format!("DELETE FROM \"{name}\" WHERE account_id = ?1"), &[&account])?;
            self.execute("DELETE FROM ironpipe_table WHERE table_name = ?1 AND account_id = ?2", &[&name, &account])?;
            self.execute(
                "DELETE FROM ironpipe_missing_column WHERE table_name = ?1 AND account_id = ?2",
                &[&name, &account],
            )?;
            self.execute("DELETE FROM ironpipe_meta WHERE key = ?1", &[&regions_key(name, account)])?;
        } else {
            self.execute(&format!("DELETE FROM \"{name}\""), &[])?;
            self.execute("DELETE FROM ironpipe_table WHERE table_name = ?1", &[&name])?;
            self.execute("DELETE FROM ironpipe_missing_column WHERE table_name = ?1", &[&name])?;
            let all = regions_key(name, "");
            self.execute("DELETE FROM ironpipe_meta WHERE substr(key, 1, length(?1)) = ?1", &[&all])?;
        }
        if attributed {
            self.narrow_whole(name, account)?;
        }
        let columns: Vec<String> = definition.stored_columns().map(|(c, _)| quote(c)).collect();
        let places: Vec<String> = (1..=columns.len()).map(|i| format!("?{i}")).collect();
        let insert = format!("INSERT INTO \"{name}\" ({}) VALUES ({})", columns.join(", "), places.join(", "));
        let places_of = definition.stored_columns().enumerate().map(|(i, (name, _))| (name.as_str(), i)).collect();
        Ok(TableWriter {
            path: &self.path,
            transaction: &self.transaction,
            insert,
            definition,
            columns: definition.stored_columns().collect(),
            places: places_of,
            account: if attributed { account.to_owned() } else { String::new() },
            digest: TableDigest::default(),
        })
    }

    /// Notes that a table has nothing about an account, unless it was noted before. Tables without accounts belong to
    /// everybody, so that nothing is missing in them.
    pub fn note_absence(&mut self, state: &TableState) -> Result<(), InventoryError> {
        let (table, account) = (&state.table, &state.account_id);
        let has_accounts =
            schema().definition(table).is_some_and(|of| of.table.columns.iter().any(|(c, _)| c == "account_id"));
        if !has_accounts || self.written.contains(&(table.clone(), account.clone())) {
            return Ok(());
        }
        self.table(table, account)?.finish(state, &BTreeMap::new())
    }

    /// Takes an account out of the entry that speaks of the whole table, if there is one.
    fn narrow_whole(&self, table: &str, account: &str) -> Result<(), InventoryError> {
        let narrow = || {
            let mut others = self
                .transaction
                .prepare_cached("SELECT account_id FROM ironpipe_table WHERE table_name = ?1")?
                .query_map([table], |row| row.get(0))?
                .collect::<rusqlite::Result<Vec<String>>>()?;
            if !others.iter().any(String::is_empty) {
                return Ok(());
            }
            others.retain(|o| !o.is_empty());
            others.push(account.to_owned());
            let left = stored_rows(&self.transaction, table, "", &others)?;
            let rows = i64::try_from(left.len()).unwrap_or(i64::MAX);
            self.transaction
                .prepare_cached(
                    "UPDATE ironpipe_table SET row_count = ?2, digest = ?3 WHERE table_name = ?1 AND account_id = ''",
                )?
                .execute(rusqlite::params![table, rows, left.finish()])
                .map(|_| ())
        };
        narrow().map_err(|e: rusqlite::Error| self.failed(&e))
    }

    /// Makes the table and its indexes, or adds the columns that an older version of this program did not know.
    fn prepare(&self, definition: &TableDefinition) -> Result<(), InventoryError> {
        let table = &definition.table.name;
        let existing = self.columns_of(table)?;
        if existing.is_empty() {
            // Columns have no type: SQLite would otherwise change values on their way in.
            let columns: Vec<String> = definition.stored_columns().map(|(c, _)| quote(c)).collect();
            self.execute(&format!("CREATE TABLE \"{table}\" ({})", columns.join(", ")), &[])?;
            let has = |name: &str| definition.table.columns.iter().any(|(c, _)| c == name);
            for column in INDEXED.iter().filter(|c| has(c)) {
                let account = if has("account_id") && *column != "arn" { ", account_id" } else { "" };
                let index = format!("CREATE INDEX \"{table}_{column}\" ON \"{table}\" ({column}{account})");
                self.execute(&index, &[])?;
            }
            return Ok(());
        }
        for (column, _) in definition.stored_columns().filter(|(c, _)| !existing.contains(c)) {
            self.execute(&format!("ALTER TABLE \"{table}\" ADD COLUMN {}", quote(column)), &[])?;
        }
        Ok(())
    }

    fn columns_of(&self, table: &str) -> Result<BTreeSet<String>, InventoryError> {
        let read = || -> rusqlite::Result<BTreeSet<String>> {
            let mut statement = self.transaction.prepare("SELECT name FROM pragma_table_info(?1)")?;
            statement.query_map([table], |row| row.get(0))?.collect()
        };
        read().map_err(|e| self.failed(&e))
    }

    /// Makes everything that was written visible. `origin` says where it came from; empty for a live collection.
    pub fn commit(self, origin: &str) -> Result<(), InventoryError> {
        for (key, value) in [(TOOL_VERSION, env!("CARGO_PKG_VERSION")), (ORIGIN, origin)] {
            self.execute("INSERT OR REPLACE INTO ironpipe_meta VALUES (?1, ?2)", &[&key, &value])?;
        }
        // The planner's choice of join order rests on these statistics.
        let analyse = "PRAGMA analysis_limit = 1000; ANALYZE;";
        self.transaction.execute_batch(analyse).map_err(|e| self.failed(&e))?;
        self.transaction.commit().map_err(|e| InventoryError::sqlite("write", &self.path, &e))
    }

    fn execute(&self, sql: &str, args: &[&dyn rusqlite::ToSql]) -> Result<(), InventoryError> {
        let run = || self.transaction.prepare_cached(sql)?.execute(args);
        run().map(|_| ()).map_err(|e| self.failed(&e))
    }

    fn failed(&self, error: &rusqlite::Error) -> InventoryError {
        InventoryError::sqlite("write", &self.path, error)
    }
}

/// One table being written.
pub(super) struct TableWriter<'w> {
    path: &'w Path,
    transaction: &'w Transaction<'w>,
    insert: String,
    definition: &'static TableDefinition,
    columns: Vec<&'static (String, PgType)>,
    places: BTreeMap<&'static str, usize>,
    /// The account of all rows; empty when they say it themselves.
    account: String,
    digest: TableDigest,
}

impl TableWriter<'_> {
    /// Returns whether the table has a column of that name.
    pub fn has_column(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// Adds a row; `place` says where it came from if it does not fit.
    pub fn insert(&mut self, row: &Row, place: impl Fn() -> String) -> Result<(), InventoryError> {
        let refuse = |column: &str, reason: String| {
            let place = Some(place()).filter(|p| !p.is_empty());
            RowError { place, table: self.definition.table.name.clone(), column: column.to_owned(), reason }
        };
        let mut values = vec![Sqlite::Null; self.columns.len()];
        for (column, value) in row {
            let found =
                self.places.get(column.as_str()).and_then(|i| Some((values.get_mut(*i)?, self.columns.get(*i)?)));
            let Some((slot, (_, of))) = found else {
                return Err(refuse(column, unknown_column(column, &self.places)).into());
            };
            *slot = encode(value, of).map_err(|reason| refuse(column, reason))?;
        }
        if !self.account.is_empty()
            && let Some(slot) = self.places.get("account_id").and_then(|i| values.get_mut(*i))
        {
            let own = Sqlite::Text(self.account.clone());
            if *slot == Sqlite::Null {
                *slot = own;
            } else if *slot != own {
                return Err(refuse("account_id", format!("the row is not of account {}", self.account)).into());
            }
        }
        let names = self.columns.iter().map(|(name, _)| name.as_str());
        self.digest.add(names.zip(values.iter().map(ValueRef::from)));
        let run = || self.transaction.prepare_cached(&self.insert)?.execute(rusqlite::params_from_iter(&values));
        run().map(|_| ()).map_err(|e| InventoryError::sqlite("write", self.path, &e))
    }

    /// Ends the table with its entry in the manifest.
    pub fn finish(self, state: &TableState, missing_columns: &BTreeMap<String, String>) -> Result<(), InventoryError> {
        let table = &self.definition.table.name;
        // Rows of a table without accounts belong to everybody.
        let account = if self.definition.scope == Scope::None { "" } else { state.account_id.as_str() };
        let write = || {
            self.transaction
                .prepare_cached("INSERT OR REPLACE INTO ironpipe_table VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?
                .execute(rusqlite::params![
                    table,
                    account,
                    state.completeness.as_str(),
                    state.collected_at.map(time_text),
                    state.source,
                    state.reason,
                    i64::try_from(self.digest.len()).unwrap_or(i64::MAX),
                    self.digest.finish(),
                ])?;
            let mut statement =
                self.transaction.prepare_cached("INSERT INTO ironpipe_missing_column VALUES (?1, ?2, ?3, ?4)")?;
            for (column, reason) in missing_columns {
                statement.execute([table.as_str(), account, column, reason])?;
            }
            Ok(())
        };
        write().map_err(|e: rusqlite::Error| InventoryError::sqlite("write", self.path, &e))
    }
}

pub(super) fn unknown_table(name: &str) -> String {
    match nearest(name, schema().stored_tables()) {
        Some(near) => format!("there is no table {name}; did you mean {near}?"),
        None => format!("there is no table {name}"),
    }
}

fn unknown_column(name: &str, known: &BTreeMap<&'static str, usize>) -> String {
    match nearest(name, known.keys().copied()) {
        Some(near) => format!("there is no such column; did you mean {near}?"),
        None => "there is no such column".to_owned(),
    }
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
