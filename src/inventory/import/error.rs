//! Why an import failed.

use crate::aws::exports::ExportError;
use crate::inventory::error::InventoryError;
use std::path::PathBuf;

/// Why an import failed; nothing of it is in the inventory.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file or folder cannot be read.
    #[error("cannot read {}: {reason}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A file holds something that cannot be read.
    #[error("{}{}: {reason}", .path.display(), .line.map(|l| format!(":{l}")).unwrap_or_default())]
    Content {
        /// The file.
        path: PathBuf,
        /// The 1-based line, where the fault has one.
        line: Option<u64>,
        /// What is wrong.
        reason: String,
    },
    /// A file is of no kind that is known.
    #[error(
        "{}: not recognised; it is neither the output of an AWS CLI command that can be imported nor <table>.jsonl",
        .0.display()
    )]
    Unknown(PathBuf),
    /// There is nothing to import.
    #[error("{} holds no files to import", .0.display())]
    Nothing(PathBuf),
    /// A row does not fit, or the inventory cannot be written.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
}

impl From<ExportError> for ImportError {
    fn from(error: ExportError) -> Self {
        Self::Content { path: error.path, line: error.line, reason: error.reason }
    }
}
