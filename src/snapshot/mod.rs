//! Snapshot files (`.pps`): what the Powerpipe viewer opens, and from which every other format can be made again.
//!
//! The viewer's part has Powerpipe's layout, schema version 20240607, with all keys sorted. What the viewer does not
//! know, such as the order of controls, the SQL, where the data came from, is under the key `ironpipe`, which it
//! ignores. [`read`] puts the two together to the very [`Run`] that was written.
//!
//! Versions: `ironpipe.version` counts up when an older reader could no longer read a file right; such a reader refuses
//! it. A reader ignores keys that it does not know.
//!
//! A file of Powerpipe's own has the viewer's part only; it is read as far as that goes.

mod diff;
mod extra;
mod powerpipe;
mod redact;
mod viewer;

use crate::model::run::{Group, Node, Run};
use crate::model::status::{Status, StatusSummary};
pub use diff::{Change, Diff, Kind, Side, Verdict};
pub use redact::redact;
use serde_json::Value;
use std::io;

/// The version of our own part.
pub const VERSION: u64 = 1;

/// Why a file is not a snapshot that can be read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Not JSON, or cut off.
    #[error("the file is not a snapshot: {0}")]
    NotJson(String),
    /// No snapshot of a run of controls.
    #[error("the file is not a snapshot of a run of controls: it lacks {0}")]
    Foreign(String),
    /// A snapshot of a dashboard, a query or detections.
    #[error("the snapshot is of {0}, not of a run of controls; only the Powerpipe viewer opens it")]
    OtherKind(String),
    /// Parts of it are missing, or do not belong together.
    #[error("the snapshot is damaged: {0}")]
    Damaged(String),
    /// Made by a newer program.
    #[error("the snapshot has version {0}; this ironpipe reads up to {VERSION}")]
    Newer(u64),
}

/// Returns the document of a run.
pub fn to_json(run: &Run) -> Value {
    let mut document = viewer::document(run);
    document.insert("ironpipe".to_owned(), extra::document(run));
    sorted(Value::Object(document))
}

/// Writes a run: indented, or on one line.
pub fn write(run: &Run, pretty: bool, out: &mut dyn io::Write) -> io::Result<()> {
    let document = to_json(run);
    let text = if pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) }
        .map_err(io::Error::other)?;
    out.write_all(crate::report::json::escape_html(&text).as_bytes())?;
    out.write_all(b"\n")
}

/// Reads a run back.
///
/// # Errors
///
/// The file is no snapshot of controls, is cut off or damaged, or was made by a newer program.
pub fn read(bytes: &[u8]) -> Result<Run, SnapshotError> {
    let document: Value = serde_json::from_slice(bytes).map_err(|e| SnapshotError::NotJson(e.to_string()))?;
    let Some(own) = document.get("ironpipe") else { return powerpipe::read(&document) };
    let version = own
        .get("version")
        .and_then(Value::as_u64)
        .ok_or_else(|| SnapshotError::Foreign("`ironpipe.version`".to_owned()))?;
    if version > VERSION {
        return Err(SnapshotError::Newer(version));
    }
    let run = extra::read(&document, own)?;
    check(&run)?;
    Ok(run)
}

/// Whether everything is there that is counted: a report of half a snapshot would look like one of a whole run.
fn check(run: &Run) -> Result<(), SnapshotError> {
    if run.dry_run {
        return Ok(());
    }
    for control in run.controls.values() {
        let mut counted = StatusSummary::default();
        for row in &control.results {
            counted.add(row.status);
        }
        if !control.error.is_empty() && control.results.is_empty() {
            counted.add(Status::Error);
        }
        if counted != control.summary {
            return Err(SnapshotError::Damaged(format!("{} counts other results than it holds", control.name)));
        }
    }
    check_group(run, &run.root)
}

fn check_group(run: &Run, group: &Group) -> Result<(), SnapshotError> {
    let mut counted = StatusSummary::default();
    for child in &group.children {
        match child {
            Node::Control(name) => match run.controls.get(name) {
                Some(control) => counted += control.summary,
                None => return Err(SnapshotError::Damaged(format!("it lacks {name}"))),
            },
            Node::Group(inner) => {
                check_group(run, inner)?;
                counted += inner.summary;
            }
        }
    }
    if counted == group.summary {
        return Ok(());
    }
    Err(SnapshotError::Damaged(format!("{} counts other results than it holds", group.id)))
}

/// Sorts the keys of every object.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut members: Vec<(String, Value)> = map.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}
