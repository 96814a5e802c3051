//! Time zones: fixed offsets, abbreviations, and names of the IANA database.

use crate::sql::error::{PgError, PgResult};
use crate::sql::value::datetime::{Civil, DAY, HOUR, SECOND};
use chrono::{MappedLocalTime, Offset as _, TimeZone as _};

/// A time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// Microseconds east of UTC.
    Fixed(i64),
    /// A zone with daylight saving rules.
    Named(chrono_tz::Tz),
}

/// The abbreviations of PostgreSQL's default set that are in wide use, in minutes east of UTC.
const ABBREVIATIONS: [(&str, i64); 46] = [
    ("utc", 0),
    ("gmt", 0),
    ("z", 0),
    ("zulu", 0),
    ("ut", 0),
    ("uct", 0),
    ("wet", 0),
    ("west", 60),
    ("wetdst", 60),
    ("bst", 60),
    ("cet", 60),
    ("cest", 120),
    ("mez", 60),
    ("mesz", 120),
    ("met", 60),
    ("mest", 120),
    ("eet", 120),
    ("eest", 180),
    ("msk", 180),
    ("msd", 240),
    ("ist", 120),
    ("idt", 180),
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
    ("akst", -540),
    ("akdt", -480),
    ("hst", -600),
    ("ast", -240),
    ("adt", -180),
    ("nst", -210),
    ("ndt", -150),
    ("brt", -180),
    ("jst", 540),
    ("kst", 540),
    ("sgt", 480),
    ("aest", 600),
    ("aedt", 660),
    ("acst", 570),
    ("awst", 480),
    ("nzst", 720),
];

/// Returns the offset of an abbreviation, in microseconds east of UTC.
pub fn abbreviation(name: &str) -> Option<i64> {
    let lower = name.to_ascii_lowercase();
    ABBREVIATIONS.iter().find(|(n, _)| *n == lower).map(|(_, minutes)| minutes * 60 * SECOND)
}

/// Returns a zone by abbreviation or name.
pub fn by_name(name: &str) -> Option<Zone> {
    if let Some(offset) = abbreviation(name) {
        return Some(Zone::Fixed(offset));
    }
    chrono_tz::TZ_VARIANTS.iter().find(|z| z.name().eq_ignore_ascii_case(name)).map(|z| Zone::Named(*z))
}

/// Reads the zone of `AT TIME ZONE`: a name, an abbreviation, or an offset. A bare offset follows POSIX: positive is
/// *west* of Greenwich.
pub fn parse(text: &str) -> PgResult<Zone> {
    let unknown = || PgError::new(format!("time zone \"{text}\" not recognized"));
    if let Some(zone) = by_name(text) {
        return Ok(zone);
    }
    let (name, rest) =
        text.split_at(text.find(['+', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']).unwrap_or(0));
    if !name.bytes().all(|b| b.is_ascii_alphabetic()) || (!name.is_empty() && name.len() < 3) {
        return Err(unknown());
    }
    let (sign, digits) = match rest.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, rest.strip_prefix('+').unwrap_or(rest)),
    };
    let mut seconds = 0;
    for (i, part) in digits.split(':').enumerate() {
        let number: i64 = part.parse().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit())).ok_or_else(unknown)?;
        let most = if i == 0 { 167 } else { 59 };
        if i > 2 || number > most {
            return Err(unknown());
        }
        seconds += number * [3_600, 60, 1].get(i).copied().unwrap_or(0);
    }
    Ok(Zone::Fixed(-sign * seconds * SECOND))
}

impl Zone {
    /// Returns the offset, in microseconds east of UTC, at an instant.
    pub fn offset_at(self, micros: i64) -> i64 {
        match self {
            Self::Fixed(offset) => offset,
            Self::Named(zone) => chrono::DateTime::from_timestamp_micros(micros).map_or(0, |instant| {
                i64::from(zone.offset_from_utc_datetime(&instant.naive_utc()).fix().local_minus_utc()) * SECOND
            }),
        }
    }

    /// Returns the instant of a local time. In the hour that is skipped, and in the one that comes twice, PostgreSQL
    /// takes standard time.
    pub fn to_utc(self, local: i64) -> i64 {
        let Self::Named(zone) = self else { return local - self.offset_at(local) };
        let Some(naive) = chrono::DateTime::from_timestamp_micros(local).map(|d| d.naive_utc()) else { return local };
        match zone.from_local_datetime(&naive) {
            MappedLocalTime::Single(instant) => instant.timestamp_micros(),
            MappedLocalTime::Ambiguous(_, later) => later.timestamp_micros(),
            MappedLocalTime::None => local - self.offset_at(local - DAY),
        }
    }

    /// Returns the local time of an instant.
    pub fn to_local(self, micros: i64) -> i64 {
        micros + self.offset_at(micros)
    }
}

/// Returns the text of an offset: `+00`, `-05:30`.
pub fn offset_text(offset: i64) -> String {
    let (sign, rest) = if offset < 0 { ('-', -offset) } else { ('+', offset) };
    let minutes = rest / (60 * SECOND) % 60;
    if minutes == 0 { format!("{sign}{:02}", rest / HOUR) } else { format!("{sign}{:02}:{minutes:02}", rest / HOUR) }
}

/// Whether a date exists in the calendar that is supported.
pub fn is_civil(c: &Civil) -> bool {
    (1..=9_999).contains(&c.year)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::value::datetime::{parse_timestamp, timestamp_text};

    #[test]
    fn zones() {
        let local = |text: &str| parse_timestamp(text, 0).unwrap();
        for (zone, text, expected) in [
            ("America/New_York", "2026-03-31 10:00", "2026-03-31 14:00:00"),
            ("Europe/Berlin", "2026-03-29 02:30", "2026-03-29 01:30:00"),
            ("Europe/Berlin", "2026-10-25 02:30", "2026-10-25 01:30:00"),
            ("+02", "2026-03-31 10:00", "2026-03-31 12:00:00"),
            ("EST", "2026-03-31 10:00", "2026-03-31 15:00:00"),
            ("UTC+3", "2026-03-31 10:00", "2026-03-31 13:00:00"),
        ] {
            assert_eq!(timestamp_text(parse(zone).unwrap().to_utc(local(text))), expected, "{text} {zone}");
        }
        assert!(parse("nowhere").is_err());
    }
}
