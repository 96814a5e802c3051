//! Results of `query run`: table, csv, json, line, snapshot.

mod json;
mod line;
mod table;

use super::RenderOptions;
use super::csv::Writer;
use crate::model::value::{ResultSet, Value};
use std::io;

/// A format of `query run`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryFormat {
    /// An ASCII box.
    Table,
    /// Comma-separated values.
    Csv,
    /// Columns and rows.
    Json,
    /// One record below the other.
    Line,
    /// A dashboard snapshot with one table.
    Snapshot,
    /// Nothing.
    None,
}

impl QueryFormat {
    /// The names that `--output` takes.
    pub const NAMES: [&str; 7] = ["table", "csv", "json", "line", "snapshot", "pps", "none"];

    /// Finds a format by name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "table" | "text" | "pretty" | "plain" => Self::Table,
            "csv" => Self::Csv,
            "json" => Self::Json,
            "line" => Self::Line,
            "snapshot" | "pps" => Self::Snapshot,
            "none" => Self::None,
            _ => return None,
        })
    }

    /// Finds the format that a file name means.
    pub fn of_file(name: &str) -> Option<Self> {
        let extension = name.to_ascii_lowercase().rsplit_once('.').map(|(_, e)| e.to_owned())?;
        match extension.as_str() {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "pps" | "sps" => Some(Self::Snapshot),
            "txt" => Some(Self::Table),
            _ => None,
        }
    }

    /// Returns the extension of a file without a name of its own.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => ".csv",
            Self::Json => ".json",
            Self::Snapshot => ".pps",
            Self::Table | Self::Line => ".txt",
            Self::None => "",
        }
    }
}

/// What is known of a query's run besides its rows.
#[derive(Debug, Clone, Default)]
pub struct QueryRun {
    /// Full name of the query; empty for SQL text.
    pub name: String,
    /// Its SQL, as it was written.
    pub sql: String,
    /// The title of a snapshot; empty for the usual one.
    pub title: String,
    /// How long it took, for `--timing`.
    pub duration_ms: Option<f64>,
    /// Whether json has every value as PostgreSQL's own text.
    pub pg_text: bool,
    /// When it began and ended.
    pub times: Option<(chrono::DateTime<chrono::FixedOffset>, chrono::DateTime<chrono::FixedOffset>)>,
}

/// Writes a result set.
pub fn render(
    set: &ResultSet,
    run: &QueryRun,
    format: QueryFormat,
    options: &RenderOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        QueryFormat::Table => table::write(set, options.header, out),
        QueryFormat::Csv => csv(set, options, out),
        QueryFormat::Json => json::write(set, run, out),
        QueryFormat::Line => line::write(set, out),
        QueryFormat::Snapshot => json::snapshot(set, run, options.pretty, out),
        QueryFormat::None => Ok(()),
    }
}

fn csv(set: &ResultSet, options: &RenderOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let mut writer = Writer { separator: options.separator, line: Vec::new(), out };
    if options.header {
        writer.record(set.columns.iter().map(|c| c.name.as_str()))?;
    }
    for row in &set.rows {
        let cells: Vec<String> = row.iter().map(|v| cell(v).unwrap_or_default()).collect();
        writer.record(cells.iter().map(String::as_str))?;
    }
    Ok(())
}

/// Returns the text of a cell; none for NULL.
fn cell(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Json(text) => compact(text),
        Value::Timestamp(t) => t.split('.').next().unwrap_or(t).to_owned(),
        other => other.display(),
    })
}

/// JSON without blanks.
fn compact(text: &str) -> String {
    serde_json::from_str::<serde_json::Value>(text).map_or_else(|_| text.to_owned(), |v| v.to_string())
}
