//! The files of an import.

use super::error::ImportError;
use crate::inventory::schema::schema;
use crate::inventory::write::unknown_table;
use chrono::{DateTime, Utc};
use std::fs;
use std::path::{Path, PathBuf};

/// A file of this name may say when the other files of its folder, and of the folders in it, were collected:
/// `{"now": "2026-03-31T10:30:45Z"}`.
const TIME_FILE: &str = "_schema.json";

/// A file to import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub path: PathBuf,
    pub kind: Kind,
    /// When its contents were collected: what `_schema.json` says, else when the file was written.
    pub collected_at: Option<DateTime<Utc>>,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Rows of the table.
    Rows(String),
    /// Anything else: its contents must tell.
    Other,
}

/// Finds the files of a folder and of the folders in it, in the order of their names. Names that begin with a dot are
/// left out.
pub(super) fn find(source: &Path) -> Result<Vec<Found>, ImportError> {
    let mut found = Vec::new();
    if fs::metadata(source).map_err(|e| io(source, &e))?.is_dir() {
        visit(source, 0, None, &mut found)?;
    } else {
        found.push(look(source, None)?);
    }
    if found.is_empty() {
        return Err(ImportError::Nothing(source.to_owned()));
    }
    Ok(found)
}

fn visit(
    folder: &Path,
    depth: usize,
    stated: Option<DateTime<Utc>>,
    found: &mut Vec<Found>,
) -> Result<(), ImportError> {
    // Deeper than any export, so this is a link that leads back.
    if depth > 16 {
        return Err(ImportError::Io {
            path: folder.to_owned(),
            reason: "the folders are nested too deeply".to_owned(),
        });
    }
    let entries = fs::read_dir(folder).map_err(|e| io(folder, &e))?;
    let mut paths: Vec<PathBuf> =
        entries.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>().map_err(|e| io(folder, &e))?;
    paths.sort();
    let stated = read_time(&folder.join(TIME_FILE))?.or(stated);
    for path in paths {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with('.') || name == TIME_FILE {
            continue;
        }
        if fs::metadata(&path).map_err(|e| io(&path, &e))?.is_dir() {
            visit(&path, depth + 1, stated, found)?;
        } else {
            found.push(look(&path, stated)?);
        }
    }
    Ok(())
}

fn look(path: &Path, stated: Option<DateTime<Utc>>) -> Result<Found, ImportError> {
    let kind = if path.extension().is_some_and(|e| e == "jsonl") {
        let table = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        if schema().definition(&table).is_none() {
            let reason = format!("a file of rows is named after its table, and {}", unknown_table(&table));
            return Err(ImportError::Content { path: path.to_owned(), line: None, reason });
        }
        Kind::Rows(table)
    } else {
        Kind::Other
    };
    let written = fs::metadata(path).and_then(|m| m.modified()).ok().map(DateTime::<Utc>::from);
    Ok(Found { path: path.to_owned(), kind, collected_at: stated.or(written) })
}

fn read_time(path: &Path) -> Result<Option<DateTime<Utc>>, ImportError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(io(path, &e)),
    };
    let bad = |line, reason: String| ImportError::Content { path: path.to_owned(), line, reason };
    let content: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|e| bad(Some(e.line() as u64), super::jsonl::reason(&e)))?;
    let Some(now) = content.get("now") else { return Ok(None) };
    let time = now.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    match time {
        Some(time) => Ok(Some(time.with_timezone(&Utc))),
        None => Err(bad(None, format!("`now` is {now}, which is no point in time"))),
    }
}

pub(super) fn io(path: &Path, error: &std::io::Error) -> ImportError {
    let reason = match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    };
    ImportError::Io { path: path.to_owned(), reason }
}
