//! The templates of `to_char`, `to_timestamp`, `to_date` and `to_number`: their text as a list of parts.

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A field.
    Field {
        /// Its name as the template spells it.
        name: &'static str,
        /// `FM`: no padding.
        bare: bool,
        /// `TH` (true) or `th`: an ordinal suffix.
        ordinal: Option<bool>,
    },
    /// A blank.
    Space,
    /// Punctuation outside quotes.
    Separator(char),
    /// Any other character.
    Text(char),
}

/// Splits a template; of several names that fit the first in the list counts.
pub(super) fn parse(template: &str, names: &[&'static str], modifiers: bool) -> Vec<Part> {
    let mut out = Vec::new();
    let mut rest = template;
    while !rest.is_empty() {
        let mut bare = false;
        if modifiers {
            match rest.get(..2) {
                Some("FM" | "fm") => {
                    bare = true;
                    rest = rest.get(2..).unwrap_or_default();
                }
                // The names of the locale, which has PostgreSQL's own, are not padded.
                Some("TM" | "tm") => {
                    bare = true;
                    rest = rest.get(2..).unwrap_or_default();
                }
                _ => {}
            }
        }
        if let Some(name) = names.iter().find(|n| rest.starts_with(**n)) {
            rest = rest.get(name.len()..).unwrap_or_default();
            let mut ordinal = None;
            if modifiers {
                match rest.get(..2) {
                    Some("TH") => ordinal = Some(true),
                    Some("th") => ordinal = Some(false),
                    _ => {}
                }
                if ordinal.is_some() || rest.starts_with("SP") {
                    rest = rest.get(2..).unwrap_or_default();
                }
            }
            out.push(Part::Field { name, bare, ordinal });
            continue;
        }
        let mut chars = rest.chars();
        match chars.next() {
            None => break,
            Some('"') => {
                while let Some(c) = chars.next() {
                    match c {
                        '"' => break,
                        '\\' => out.extend(chars.next().map(Part::Text)),
                        c => out.push(Part::Text(c)),
                    }
                }
            }
            Some('\\') if chars.as_str().starts_with('"') => out.extend(chars.next().map(Part::Text)),
            Some(c) if c.is_ascii_whitespace() => out.push(Part::Space),
            Some(c) if c.is_ascii_punctuation() => out.push(Part::Separator(c)),
            Some(c) => out.push(Part::Text(c)),
        }
        rest = chars.as_str();
    }
    out
}

/// The fields of dates, in the order in which they are tried.
pub(super) const DATE_FIELDS: [&str; 112] = [
    "A.D.", "A.M.", "AD", "AM", "B.C.", "BC", "CC", "DAY", "DDD", "DD", "DY", "Day", "Dy", "D", "FF1", "FF2", "FF3",
    "FF4", "FF5", "FF6", "FX", "HH24", "HH12", "HH", "IDDD", "ID", "IW", "IYYY", "IYY", "IY", "I", "J", "MI", "MM",
    "MONTH", "MON", "MS", "Month", "Mon", "OF", "P.M.", "PM", "Q", "RM", "SSSSS", "SSSS", "SS", "TZH", "TZM", "TZ",
    "US", "WW", "W", "Y,YYY", "YYYY", "YYY", "YY", "Y", "a.d.", "a.m.", "ad", "am", "b.c.", "bc", "cc", "day", "ddd",
    "dd", "dy", "d", "ff1", "ff2", "ff3", "ff4", "ff5", "ff6", "fx", "hh24", "hh12", "hh", "iddd", "id", "iw", "iyyy",
    "iyy", "iy", "i", "j", "mi", "mm", "month", "mon", "ms", "of", "p.m.", "pm", "q", "rm", "sssss", "ssss", "ss",
    "tzh", "tzm", "tz", "us", "ww", "w", "y,yyy", "yyyy", "yyy", "yy", "y",
];

/// The names of months.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The names of days.
pub(super) const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The Roman numbers of months.
pub(super) const ROMAN_MONTHS: [&str; 12] = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];

/// Returns `st`, `nd`, `rd` or `th` for a number's text.
pub(super) fn ordinal(number: &str, upper: bool) -> &'static str {
    let mut digits = number.bytes().rev();
    let (last, before) = (digits.next(), digits.next());
    let index = match (last, before) {
        (_, Some(b'1')) => 3,
        (Some(b'1'), _) => 0,
        (Some(b'2'), _) => 1,
        (Some(b'3'), _) => 2,
        _ => 3,
    };
    let table = if upper { ["ST", "ND", "RD", "TH"] } else { ["st", "nd", "rd", "th"] };
    table.get(index).copied().unwrap_or_default()
}
