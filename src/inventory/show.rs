//! What an inventory holds, for people.

use super::digest::TableDigest;
use super::error::InventoryError;
use super::file::Inventory;
use super::manifest::{Entry, Manifest};
use super::schema::schema;
use crate::inventory::load::AccountFacts;
use chrono::{DateTime, Utc};
use std::path::PathBuf;

/// What an inventory holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of the contents in hexadecimal.
    pub digest: String,
    /// The instant of the latest collection.
    pub collected_at: Option<DateTime<Utc>>,
    /// The version of the program that wrote last.
    pub tool_version: String,
    /// How the contents came here last: `import of exports/`; empty for a live collection.
    pub origin: String,
    /// The accounts, by id.
    pub accounts: Vec<AccountFacts>,
    /// The tables, by name and account.
    pub tables: Vec<Entry>,
}

impl Inventory {
    /// Returns what the inventory holds.
    pub fn overview(&self) -> Result<Overview, InventoryError> {
        let manifest = self.manifest()?;
        let metadata = std::fs::metadata(self.path()).map_err(|e| InventoryError::io("read", self.path(), &e))?;
        Ok(Overview {
            path: self.path().to_owned(),
            size: metadata.len(),
            digest: manifest.digest(),
            collected_at: manifest.collected_at(),
            accounts: self.accounts()?,
            tables: manifest.entries.into_values().flat_map(std::collections::BTreeMap::into_values).collect(),
            tool_version: manifest.tool_version,
            origin: manifest.origin,
        })
    }

    /// Hashes all rows again and returns the entries whose rows are not what they were when they were written: the file
    /// was changed by something else.
    pub fn changed_since_written(&self) -> Result<Vec<Entry>, InventoryError> {
        let Manifest { entries, .. } = self.manifest()?;
        let mut changed = Vec::new();
        for (table, accounts) in entries {
            let others: Vec<String> = accounts.keys().filter(|a| !a.is_empty()).cloned().collect();
            for (account, entry) in accounts {
                if self.rows_digest(&table, &account, &others)? != entry.digest {
                    changed.push(entry);
                }
            }
        }
        Ok(changed)
    }

    /// Hashes the rows that an entry speaks of. An empty account means all rows but those of `others`.
    fn rows_digest(&self, table: &str, account: &str, others: &[String]) -> Result<String, InventoryError> {
        let Some(definition) = schema().definition(table) else { return Ok(String::new()) };
        let attributed = definition.table.columns.iter().any(|(c, _)| c == "account_id");
        let read = || {
            let mut digest = TableDigest::default();
            let mut statement = self.connection.prepare(&format!("SELECT * FROM \"{table}\""))?;
            let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
            // The hash is over the columns in the order of the table's definition, which the file's may differ from.
            let order: Vec<(&str, usize)> = definition
                .stored_columns()
                .filter_map(|(name, _)| Some((name.as_str(), names.iter().position(|n| n == name)?)))
                .collect();
            let account_at = order.iter().find(|(name, _)| *name == "account_id" && attributed).map(|(_, i)| *i);
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                if let Some(at) = account_at {
                    let own: Option<String> = row.get(at)?;
                    let own = own.unwrap_or_default();
                    if if account.is_empty() { others.contains(&own) } else { own != account } {
                        continue;
                    }
                }
                let values: Vec<_> =
                    order.iter().map(|(name, i)| Ok((*name, row.get_ref(*i)?))).collect::<rusqlite::Result<_>>()?;
                digest.add(values.into_iter());
            }
            Ok(digest.finish())
        };
        read().map_err(|e: rusqlite::Error| InventoryError::sqlite("read", self.path(), &e))
    }
}
