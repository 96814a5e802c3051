//! Output of the AWS CLI as a source of tables: an audit without credentials.
//!
//! - [`recognise`] tells from a file's contents which call it is the answer to, and makes documents of it;
//! - [`load`] gives each document its account, drops what is there twice, makes the rows, and says which tables and
//!   columns the files do not cover.

mod accounts;
mod coverage;
mod load;
mod locate;
mod recognise;
mod repetition;
mod shape;

pub use load::load;
pub use recognise::recognise;

use std::path::PathBuf;

/// A file that cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {reason}", .path.display(), .line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct ExportError {
    /// The file.
    pub path: PathBuf,
    /// The 1-based line, where the fault has one.
    pub line: Option<u64>,
    /// What is wrong, and what to do.
    pub reason: String,
}
