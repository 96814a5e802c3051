//! What an inventory holds, for people.

use super::digest::stored_rows;
use super::error::InventoryError;
use super::file::Inventory;
use super::manifest::{Entry, Manifest};
use crate::inventory::load::AccountFacts;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
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
    /// Profiles whose account could not be identified, each with the reason.
    pub unread: BTreeMap<String, String>,
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
            tables: manifest.entries.into_values().flat_map(BTreeMap::into_values).collect(),
            tool_version: manifest.tool_version,
            origin: manifest.origin,
            unread: manifest.unread,
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
                let digest = stored_rows(&self.connection, &table, &account, &others)
                    .map_err(|e| InventoryError::sqlite("read", self.path(), &e))?
                    .finish();
                if digest != entry.digest {
                    changed.push(entry);
                }
            }
        }
        Ok(changed)
    }
}
