//! How `list` and `show` lay out what they print.

use super::entry::is_empty;
use crate::cli::exit::{Code, Failure};
use serde_json::Value;
use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr as _;

/// The widest that any column but the last one is.
const WIDEST: usize = 100;

/// Aligns columns, four blanks apart; nothing behind the last one.
pub fn columns(rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().enumerate().map(|(i, cell)| clean(cell, i + 1 < row.len())).collect())
        .collect();
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> =
        (0..count).map(|i| rows.iter().filter_map(|r| r.get(i)).map(|c| c.width()).max().unwrap_or(0)).collect();
    let mut out = String::new();
    for row in &rows {
        let mut line = String::new();
        for (i, cell) in row.iter().enumerate() {
            line.push_str(cell);
            if i + 1 < row.len() {
                line.extend(std::iter::repeat_n(
                    ' ',
                    widths.get(i).copied().unwrap_or(0).saturating_sub(cell.width()) + 4,
                ));
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Takes line breaks and control characters out of a cell, and cuts it unless it is the last one.
fn clean(cell: &str, cut: bool) -> String {
    let text: String = cell.chars().filter(|c| !c.is_control()).collect();
    if cut && text.width() > WIDEST { text.chars().take(WIDEST - 1).chain(['…']).collect() } else { text }
}

/// Prints fields, one for each line; labels are coloured on a terminal.
pub fn fields(list: &[(&'static str, Value)], coloured: bool) -> String {
    let paint = |label: String| if coloured { format!("\u{1b}[34m{label}\u{1b}[0m") } else { label };
    let width = list.iter().map(|(l, _)| l.len()).max().unwrap_or(0) + 2;
    let mut out = String::new();
    for (label, value) in list.iter().filter(|(_, v)| !is_empty(v)) {
        let head = paint(format!("{:<width$}", format!("{label}:")));
        match value {
            Value::Object(map) => {
                let inner = map.keys().map(String::len).max().unwrap_or(0) + 2;
                let _ = writeln!(out, "{head}");
                let mut keys: Vec<_> = map.iter().collect();
                keys.sort_by(|a, b| a.0.cmp(b.0));
                for (k, v) in keys {
                    let _ = writeln!(out, "  {:<inner$}{}", format!("{k}:"), scalar(v));
                }
            }
            Value::Array(items) => {
                let _ = writeln!(out, "{head}");
                for item in items {
                    item_lines(item, &mut out);
                }
            }
            other => {
                let text = scalar(other);
                let mut lines = text.trim_end().lines();
                let _ = writeln!(out, "{head}{}", lines.next().unwrap_or_default());
                for line in lines {
                    let _ = writeln!(out, "{}", format!("{:width$}{line}", "").trim_end());
                }
            }
        }
    }
    out
}

/// Prints one item of a list; what has members of its own, each on a line.
fn item_lines(item: &Value, out: &mut String) {
    let Value::Object(map) = item else {
        let _ = writeln!(out, "  {}", scalar(item));
        return;
    };
    let width = map.keys().map(String::len).max().unwrap_or(0) + 2;
    for (key, value) in map.iter().filter(|(_, v)| !is_empty(v)) {
        let _ = writeln!(out, "    {:<width$}{}", format!("{key}:"), scalar(value));
    }
}

fn scalar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// JSON with sorted keys, two blanks deep.
pub fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(&sorted(value)).unwrap_or_default()
}

/// YAML with sorted keys.
pub fn yaml(value: &Value) -> Result<String, Failure> {
    // Through text: numbers of arbitrary precision are not numbers to the YAML writer.
    let plain: serde_yaml_ng::Value =
        serde_yaml_ng::from_str(&sorted(value).to_string()).map_err(|e| Failure::new(Code::Unknown, e.to_string()))?;
    serde_yaml_ng::to_string(&plain).map_err(|e| Failure::new(Code::Unknown, e.to_string()))
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut members: Vec<(String, Value)> = map.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}
