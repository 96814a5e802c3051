//! One record below the other.

use super::cell;
use crate::model::value::ResultSet;
use crate::report::text::neutral;
use std::fmt::Write as _;
use std::io;
use unicode_width::UnicodeWidthStr as _;

/// Writes the records.
pub(super) fn write(set: &ResultSet, out: &mut dyn io::Write) -> io::Result<()> {
    let name_width = set.columns.iter().map(|c| c.name.width()).max().unwrap_or(0);
    let mut text = String::new();
    for (i, row) in set.rows.iter().enumerate() {
        let _ = writeln!(text, "-[ RECORD {:<2} ]{}", i + 1, "-".repeat(75));
        let cells: Vec<Vec<String>> = row
            .iter()
            .map(|v| cell(v).unwrap_or_else(|| "<null>".to_owned()).split('\n').map(neutral).collect())
            .collect();
        let widest = cells.iter().flatten().map(|l| l.width()).max().unwrap_or(0);
        for (column, lines) in set.columns.iter().zip(&cells) {
            for (n, line) in lines.iter().enumerate() {
                let name = if n == 0 { neutral(&column.name) } else { String::new() };
                let pad = name_width.saturating_sub(name.width());
                let _ = write!(text, "{name}{} | {line}", " ".repeat(pad));
                if n + 1 < lines.len() {
                    let _ = write!(text, "{} +", " ".repeat(widest.saturating_sub(line.width())));
                }
                text.push('\n');
            }
        }
    }
    out.write_all(text.as_bytes())
}
