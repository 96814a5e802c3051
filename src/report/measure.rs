//! How wide texts are on a screen, and texts cut to a width.

use regex::Regex;
use std::sync::LazyLock;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// How the width of a text is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Measure {
    /// In columns of a terminal: Chinese letters and emoji take two, combining marks none.
    #[default]
    Columns,
    /// As Powerpipe counts: one for each code point that has a shape.
    CodePoints,
}

/// Code points without a shape of their own: controls, marks of direction, joiners, separators of lines.
static SHAPELESS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[\p{C}\p{Zl}\p{Zp}]").ok());

impl Measure {
    /// Returns the width of a text.
    pub fn width(self, text: &str) -> usize {
        match self {
            _ if is_plain(text) => text.len(),
            Self::Columns => text.width(),
            Self::CodePoints => {
                let shapeless = SHAPELESS.as_ref().map_or(0, |pattern| pattern.find_iter(text).count());
                text.chars().count() - shapeless
            }
        }
    }

    /// Cuts a text to a width, with `…` in place of what is left out; below two nothing remains.
    pub fn truncate(self, text: &str, width: usize) -> String {
        if width <= 1 {
            return String::new();
        }
        if self.width(text) <= width {
            return text.to_owned();
        }
        let mut kept = 0;
        let mut room = width - 1;
        for part in self.parts(text) {
            let Some(rest) = room.checked_sub(self.width(part)) else { break };
            room = rest;
            kept += part.len();
        }
        text.get(..kept).unwrap_or_default().to_owned() + "…"
    }

    /// Splits a text into the smallest pieces that can stand alone.
    fn parts(self, text: &str) -> Box<dyn Iterator<Item = &str> + '_> {
        match self {
            Self::Columns => Box::new(text.graphemes(true)),
            Self::CodePoints => Box::new(text.split_inclusive(|_| true)),
        }
    }

    /// Fits values with blanks between them into a width: shortens the first one bit by bit, and drops it when nothing
    /// of it remains. Of the last two none is dropped: where they do not fit, no value remains.
    ///
    /// A shortened value counts two more than it shows: Powerpipe counts bytes, and `…` has three.
    pub fn fit(self, values: &[String], width: usize) -> Vec<String> {
        let mut total = values.iter().map(|v| self.width(v)).sum::<usize>() + values.len().saturating_sub(1);
        for (i, value) in values.iter().enumerate() {
            if total <= width {
                return values.get(i..).unwrap_or_default().to_vec();
            }
            let whole = self.width(value);
            let others = total - whole;
            if others <= width {
                let shown = width.saturating_sub(others + 2).min(whole.saturating_sub(1));
                let short = self.truncate(value, shown);
                let rest = values.get(i + 1..).unwrap_or_default();
                return std::iter::once(short).chain(rest.iter().cloned()).collect();
            }
            if values.len() - i <= 2 {
                break;
            }
            total = others - 1;
        }
        Vec::new()
    }
}

/// Whether every byte of a text is a column.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| (b' '..=b'~').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::Measure::{CodePoints, Columns};

    #[test]
    fn widths() {
        for (text, columns, code_points) in [
            ("plain", 5, 5),
            ("été", 3, 3),
            ("e\u{301}te\u{301}", 3, 5),
            ("漢字", 4, 2),
            ("❌", 2, 1),
            ("👩\u{200d}👧", 2, 2),
            ("a\u{feff}b", 2, 2),
        ] {
            assert_eq!((Columns.width(text), CodePoints.width(text)), (columns, code_points), "{text}");
        }
    }

    #[test]
    fn nothing_is_cut_in_two() {
        assert_eq!(Columns.truncate("漢字漢字", 6), "漢字…");
        assert_eq!(Columns.truncate("漢字漢字", 7), "漢字漢…");
        assert_eq!(CodePoints.truncate("漢字漢字", 3), "漢字…");
        assert_eq!(Columns.truncate("ae\u{301}xyz", 3), "ae\u{301}…");
        assert_eq!(Columns.truncate("abc", 3), "abc");
        assert_eq!(Columns.truncate("abc", 1), "");
    }

    #[test]
    fn values_are_fitted() {
        let fit = |values: &[&str], width| {
            let values: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
            CodePoints.fit(&values, width).join(" ")
        };
        assert_eq!(fit(&["abcdefghij", "xyz"], 14), "abcdefghij xyz");
        assert_eq!(fit(&["abcdefghij", "xyz"], 13), "abcdef… xyz");
        assert_eq!(fit(&["abcdefghij", "xyz"], 8), "a… xyz");
        // An empty value keeps its blank.
        assert_eq!(fit(&["abcdefghij", "xyz"], 7), " xyz");
        assert_eq!(fit(&["abcdefghij", "xyz"], 3), "");
        assert_eq!(fit(&["abc", "def", "ghi"], 8), " def ghi");
        assert_eq!(fit(&["abc", "def", "ghi"], 7), "def ghi");
    }
}
