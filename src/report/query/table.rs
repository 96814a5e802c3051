//! An ASCII box.

use super::cell;
use crate::model::value::ResultSet;
use crate::report::text::neutral;
use std::io;
use unicode_width::UnicodeWidthStr as _;

/// The widest a column gets; longer texts are folded.
const MAX_WIDTH: usize = 1024;

/// Writes the box.
pub(super) fn write(set: &ResultSet, header: bool, out: &mut dyn io::Write) -> io::Result<()> {
    let clean = |text: &str| {
        text.split('\n').map(|l| neutral(&l.replace('\t', "    "))).flat_map(|l| fold(&l)).collect::<Vec<String>>()
    };
    let heads: Vec<Vec<String>> = set.columns.iter().map(|c| clean(&c.name)).collect();
    let rows: Vec<Vec<Vec<String>>> = set
        .rows
        .iter()
        .map(|row| row.iter().map(|v| clean(&cell(v).unwrap_or_else(|| "<null>".to_owned()))).collect())
        .collect();
    let widths: Vec<usize> = (0..set.columns.len())
        .map(|i| {
            let shown = rows.iter().filter_map(|r| r.get(i)).chain(heads.get(i).filter(|_| header)).flatten();
            shown.map(|l| l.width()).max().unwrap_or(0)
        })
        .collect();
    let rule: String = widths.iter().map(|w| format!("+{}", "-".repeat(w + 2))).collect::<String>() + "+\n";
    let mut text = rule.clone();
    if header {
        line(&heads, &widths, &mut text);
        text.push_str(&rule);
    }
    for row in &rows {
        line(row, &widths, &mut text);
    }
    if !rows.is_empty() {
        text.push_str(&rule);
    }
    out.write_all(text.as_bytes())
}

fn line(cells: &[Vec<String>], widths: &[usize], out: &mut String) {
    let height = cells.iter().map(Vec::len).max().unwrap_or(1);
    for i in 0..height {
        for (cell, width) in cells.iter().zip(widths) {
            let text = cell.get(i).map_or("", String::as_str);
            out.push_str("| ");
            out.push_str(text);
            out.extend(std::iter::repeat_n(' ', width.saturating_sub(text.width()) + 1));
        }
        out.push_str("|\n");
    }
}

fn fold(text: &str) -> Vec<String> {
    if text.width() <= MAX_WIDTH {
        return vec![text.to_owned()];
    }
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(MAX_WIDTH).map(|c| c.iter().collect()).collect()
}
