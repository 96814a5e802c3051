//! Writing tables as `<table>.jsonl`, the form that imports read and that any JSON tool understands.

use super::encode::decode;
use super::error::InventoryError;
use super::file::Inventory;
use super::load::Row;
use super::manifest::{Manifest, time_text};
use super::schema::schema;
use crate::model::run::Completeness;
use std::collections::BTreeMap;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// What an export wrote.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExportReport {
    /// The files, with their numbers of rows.
    pub files: BTreeMap<PathBuf, u64>,
    /// Tables that were left out, each with the reason: in a file of rows they would pass for complete.
    pub left_out: BTreeMap<String, String>,
}

impl Inventory {
    /// Writes every complete table into a folder, which is made when it is not there.
    ///
    /// # Errors
    ///
    /// When a file cannot be written. Each file is whole or not there.
    pub fn export_dir(&self, folder: &Path) -> Result<ExportReport, InventoryError> {
        std::fs::create_dir_all(folder).map_err(|e| InventoryError::io("create", folder, &e))?;
        let manifest = self.manifest()?;
        let mut report = ExportReport::default();
        for table in manifest.entries.keys() {
            match incomplete(&manifest, table) {
                Some(reason) => {
                    report.left_out.insert(table.clone(), reason);
                }
                None => {
                    let path = folder.join(format!("{table}.jsonl"));
                    let rows = self.export_table(table, &path)?;
                    report.files.insert(path, rows);
                }
            }
        }
        if let Some(time) = manifest.collected_at() {
            let path = folder.join("_schema.json");
            let text = serde_json::json!({ "now": time_text(time) });
            write_file(&path, |out| writeln!(out, "{text}").map_err(|e| InventoryError::io("write", &path, &e)))?;
        }
        Ok(report)
    }

    fn export_table(&self, table: &str, path: &Path) -> Result<u64, InventoryError> {
        let Some(definition) = schema().definition(table) else {
            return Err(InventoryError::Load(format!("table {table} is in no schema of this ironpipe")));
        };
        let failed = |e: rusqlite::Error| InventoryError::sqlite("read", self.path(), &e);
        let mut statement =
            self.connection.prepare(&format!("SELECT * FROM \"{table}\" ORDER BY rowid")).map_err(failed)?;
        let columns: Vec<_> =
            statement.column_names().map(|name| definition.stored_columns().find(|(n, _)| n == name)).collect();
        let mut count = 0;
        write_file(path, |out| {
            let mut rows = statement.query([]).map_err(failed)?;
            while let Some(stored) = rows.next().map_err(failed)? {
                let mut row = Row::new();
                for (i, column) in columns.iter().enumerate() {
                    // A column that this version does not know was written by a newer one, which is refused on opening.
                    let Some((name, of)) = column else { continue };
                    let value = decode(stored.get_ref(i).map_err(failed)?, of).map_err(|reason| {
                        InventoryError::Load(format!("table {table}, row {}, column {name}: {reason}", count + 1))
                    })?;
                    row.extend(value.map(|value| (name.clone(), value)));
                }
                serde_json::to_writer(&mut *out, &row).map_err(|e| InventoryError::io("write", path, &e.into()))?;
                out.write_all(b"\n").map_err(|e| InventoryError::io("write", path, &e))?;
                count += 1;
            }
            Ok(())
        })?;
        Ok(count)
    }
}

/// Says what a table lacks, if anything.
fn incomplete(manifest: &Manifest, table: &str) -> Option<String> {
    manifest.of_table(table).into_iter().find_map(|found| {
        let account = if found.account.is_empty() { String::new() } else { format!(" for account {}", found.account) };
        let Some(entry) = found.entry else { return Some(format!("it is not there{account}")) };
        let state = &entry.state;
        if state.completeness != Completeness::Complete {
            return Some(format!("it is {}{account}: {}", state.completeness.as_str().replace('_', " "), state.reason));
        }
        let (column, reason) = entry.missing_columns.first_key_value()?;
        Some(format!("column {column} is not known{account}: {reason}"))
    })
}

/// Writes a file under another name, and gives it its own when it is whole. Only the owner may read it.
fn write_file(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<tempfile::NamedTempFile>) -> Result<(), InventoryError>,
) -> Result<(), InventoryError> {
    let failed = |e: std::io::Error| InventoryError::io("write", path, &e);
    let folder = path.parent().unwrap_or(Path::new("."));
    let file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    let file = out.into_inner().map_err(|e| failed(e.into_error()))?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}
