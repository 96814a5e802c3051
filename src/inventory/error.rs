//! What can go wrong with an inventory file.

use std::path::{Path, PathBuf};

/// Why an inventory cannot be opened, written or read.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// There is no file of that name.
    #[error("there is no inventory at {}", .0.display())]
    NotFound(PathBuf),
    /// The file has no content at all.
    #[error("{} is empty; it is not an inventory", .0.display())]
    Empty(PathBuf),
    /// The file is something else.
    #[error("{} is not an inventory: it is not an SQLite database", .0.display())]
    NotSqlite(PathBuf),
    /// The file is another program's database.
    #[error("{} is an SQLite database but not an inventory; to query it as it is, use --database sqlite:FILE", .0.display())]
    NotInventory(PathBuf),
    /// The file ends before its end.
    #[error("{} is damaged: it has {found} bytes and should have {expected}; copy it again from where it came from", .path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// The size that its header states.
        expected: u64,
        /// Its size.
        found: u64,
    },
    /// The file was written by a newer version of this program.
    #[error("{} has schema version {found}, and this ironpipe reads up to {supported}; use a newer ironpipe", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version that is understood.
        supported: i64,
    },
    /// The file or its folder cannot be read or written.
    #[error("cannot {action} {}: {reason}", .path.display())]
    Io {
        /// What was tried: `open`, `create`, `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// Another process holds the file.
    #[error("{} is in use by another ironpipe; try again when it has finished", .0.display())]
    Locked(PathBuf),
    /// A row does not fit its table.
    #[error(transparent)]
    Row(#[from] RowError),
    /// A table that is in no schema, or one that is given twice.
    #[error("{0}")]
    Load(String),
}

/// A row that does not fit its table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}table {table}, column {column}: {reason}", .place.as_ref().map(|p| format!("{p}: ")).unwrap_or_default())]
pub struct RowError {
    /// File and line of the row, where it came from a file.
    pub place: Option<String>,
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// What is wrong with the value.
    pub reason: String,
}

impl InventoryError {
    /// Makes an error from what the operating system said.
    pub(super) fn io(action: &'static str, path: &Path, error: &std::io::Error) -> Self {
        let reason = match error.kind() {
            std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            std::io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
            std::io::ErrorKind::StorageFull => "the disk is full".to_owned(),
            std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
            std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
            _ => error.to_string(),
        };
        Self::Io { action, path: path.to_owned(), reason }
    }

    /// Makes an error from what SQLite said.
    pub(super) fn sqlite(action: &'static str, path: &Path, error: &rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let reason = match error.sqlite_error_code() {
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => return Self::Locked(path.to_owned()),
            Some(Code::NotADatabase) => return Self::NotSqlite(path.to_owned()),
            Some(Code::ReadOnly) if error.sqlite_error().is_some_and(|e| e.extended_code == READONLY_ROLLBACK) => {
                "a write to it was interrupted, and its folder is read-only; copy it together with the file ending in \
                 -journal into a folder that can be written"
                    .to_owned()
            }
            Some(Code::ReadOnly | Code::PermissionDenied) => "the file or its folder is read-only".to_owned(),
            Some(Code::CannotOpen) => "the file cannot be opened, or its folder cannot be written".to_owned(),
            Some(Code::DiskFull) => "the disk is full".to_owned(),
            Some(Code::DatabaseCorrupt) => "the file is damaged".to_owned(),
            _ => error.to_string(),
        };
        Self::Io { action, path: path.to_owned(), reason }
    }
}

const READONLY_ROLLBACK: i32 = rusqlite::ffi::SQLITE_READONLY_ROLLBACK;
