//! Reads dates and times as PostgreSQL does: first into fields, then by their kinds
//! (`src/backend/utils/adt/datetime.c`). Ambiguous dates are month, day, year.

use crate::sql::error::{PgError, PgResult};
use crate::sql::value::datetime::{Civil, DAY, HOUR, INFINITY, MINUS_INFINITY, SECOND, days_in_month};
use crate::sql::value::zone::{self, Zone};

/// The kinds of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Date,
    Time,
    Word,
    Special,
    Zone,
}

/// Why a text cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    Format,
    Range,
    Interval,
    ZoneRange,
}

impl Wrong {
    /// Returns PostgreSQL's message.
    pub(super) fn message(self, text: &str, type_name: &str) -> PgError {
        match self {
            Self::Format => PgError::invalid(type_name, text),
            Self::Range => PgError::new(format!("date/time field value out of range: \"{text}\"")),
            Self::Interval => PgError::new(format!("interval field value out of range: \"{text}\"")),
            Self::ZoneRange => PgError::new(format!("time zone displacement out of range: \"{text}\"")),
        }
    }
}

/// Splits a text into fields.
pub(super) fn fields(text: &str) -> Result<Vec<(Kind, String)>, Wrong> {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut out = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let c = at(i);
        if c.is_ascii_whitespace() || c == '\u{b}' {
            i += 1;
            continue;
        }
        let start = i;
        let eat = |i: &mut usize, test: &dyn Fn(char) -> bool| {
            while *i < chars.len() && test(at(*i)) {
                *i += 1;
            }
        };
        let is_digit = |c: char| c.is_ascii_digit();
        let kind = if is_digit(c) {
            eat(&mut i, &is_digit);
            let mark = at(i);
            if mark == ':' {
                eat(&mut i, &|c| is_digit(c) || c == ':' || c == '.');
                Kind::Time
            } else if matches!(mark, '-' | '/' | '.') {
                i += 1;
                if is_digit(at(i)) {
                    let mut kind = if mark == '.' { Kind::Number } else { Kind::Date };
                    eat(&mut i, &is_digit);
                    if at(i) == mark {
                        kind = Kind::Date;
                        eat(&mut i, &|c| is_digit(c) || c == mark);
                    }
                    kind
                } else if mark == '.' && !at(i).is_ascii_alphanumeric() {
                    Kind::Number
                } else {
                    eat(&mut i, &|c| c.is_ascii_alphanumeric() || c == mark);
                    Kind::Date
                }
            } else {
                Kind::Number
            }
        } else if c == '.' {
            i += 1;
            eat(&mut i, &is_digit);
            Kind::Number
        } else if c.is_ascii_alphabetic() {
            eat(&mut i, &|c| c.is_ascii_alphabetic());
            let word: String = chars.get(start..i).unwrap_or_default().iter().collect::<String>().to_ascii_lowercase();
            let mark = at(i);
            if matches!(mark, '-' | '/' | '.') || ((mark == '+' || is_digit(mark)) && !is_keyword(&word)) {
                eat(&mut i, &|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '/' | '_' | '.' | ':'));
                Kind::Date
            } else {
                Kind::Word
            }
        } else if matches!(c, '+' | '-') {
            i += 1;
            eat(&mut i, &|c| c.is_ascii_whitespace());
            let from = i;
            let kind = if is_digit(at(i)) {
                eat(&mut i, &|c| is_digit(c) || matches!(c, ':' | '.' | '-'));
                Kind::Zone
            } else if at(i).is_ascii_alphabetic() {
                eat(&mut i, &|c| c.is_ascii_alphabetic());
                Kind::Special
            } else {
                return Err(Wrong::Format);
            };
            let rest: String = chars.get(from..i).unwrap_or_default().iter().collect();
            out.push((kind, format!("{c}{}", rest.to_ascii_lowercase())));
            continue;
        } else if c.is_ascii_punctuation() {
            i += 1;
            continue;
        } else {
            return Err(Wrong::Format);
        };
        let field: String = chars.get(start..i).unwrap_or_default().iter().collect();
        out.push((kind, field.to_ascii_lowercase()));
        if out.len() > 25 {
            return Err(Wrong::Format);
        }
    }
    Ok(out)
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const MONTH_NAMES: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 21] = [
    "sun",
    "sunday",
    "mon",
    "monday",
    "tue",
    "tues",
    "tuesday",
    "wed",
    "wednesday",
    "weds",
    "thu",
    "thur",
    "thurs",
    "thursday",
    "fri",
    "friday",
    "sat",
    "saturday",
    "d",
    "at",
    "on",
];

fn month(word: &str) -> Option<i64> {
    let word = if word == "sept" { "sep" } else { word };
    let at = MONTHS.iter().zip(MONTH_NAMES).position(|(short, long)| *short == word || long == word)?;
    i64::try_from(at).ok().map(|m| m + 1)
}

fn is_keyword(word: &str) -> bool {
    month(word).is_some()
        || WEEKDAYS.contains(&word)
        || matches!(
            word,
            "now"
                | "today"
                | "tomorrow"
                | "yesterday"
                | "epoch"
                | "infinity"
                | "t"
                | "j"
                | "jd"
                | "julian"
                | "am"
                | "pm"
                | "ad"
                | "bc"
                | "y"
                | "m"
                | "h"
                | "mm"
                | "s"
                | "zulu"
                | "z"
                | "allballs"
                | "dst"
                | "isodow"
                | "isoyear"
                | "doy"
                | "dow"
        )
}

const YEAR: u32 = 1;
const MONTH: u32 = 2;
const DAY_OF: u32 = 4;
const TIME: u32 = 8;
const ZONE: u32 = 16;
const OTHER: u32 = 32;
const YEAR_DAY: u32 = 64;
const DATE: u32 = YEAR | MONTH | DAY_OF;

/// What was read.
pub(super) enum Read {
    /// A special word: an instant in microseconds.
    Instant(i64),
    /// A local time and, where the text has one, its zone.
    Local { civil: Civil, zone: Option<Zone> },
}

#[derive(Default)]
struct State {
    year: i64,
    month: i64,
    day: i64,
    year_day: Option<i64>,
    time: i64,
    hour: i64,
    two_digits: bool,
    text_month: bool,
    bc: bool,
    afternoon: Option<bool>,
    zone: Option<Zone>,
    instant: Option<i64>,
}

/// Reads a date, timestamp or time of day. `now` is the clock in microseconds.
pub(super) fn read(text: &str, now: i64) -> Result<(Read, bool), Wrong> {
    let fields = fields(text)?;
    let mut s = State::default();
    let mut mask = 0;
    let mut after_t = false;
    for (i, (kind, field)) in fields.iter().enumerate() {
        let got = match kind {
            Kind::Date if mask & DATE == DATE => {
                if after_t || field.starts_with(|c: char| c.is_ascii_digit()) {
                    // A run-together time with its zone: `20260331T103045-08`.
                    after_t = false;
                    if mask & TIME != 0 {
                        return Err(Wrong::Format);
                    }
                    let dash = field.find('-').ok_or(Wrong::Format)?;
                    s.zone = Some(Zone::Fixed(offset(field.get(dash..).unwrap_or_default())?));
                    number_field(field.get(..dash).unwrap_or_default(), mask, &mut s)? | ZONE
                } else {
                    s.zone = Some(zone::by_name(field).ok_or(Wrong::Format)?);
                    ZONE
                }
            }
            Kind::Date => date(field, mask, &mut s)?,
            Kind::Time => {
                after_t = false;
                s.time = clock(field)?;
                s.hour = s.time / HOUR;
                if s.time > DAY {
                    return Err(Wrong::Range);
                }
                TIME
            }
            Kind::Zone => {
                // `UTC+3` has been read as a zone already.
                if mask & ZONE != 0 && i > 0 && fields.get(i - 1).is_some_and(|f| f.0 == Kind::Word) {
                    let Some(Zone::Fixed(base)) = s.zone else { return Err(Wrong::Format) };
                    s.zone = Some(Zone::Fixed(base + offset(field)?));
                    0
                } else {
                    s.zone = Some(Zone::Fixed(offset(field)?));
                    ZONE
                }
            }
            Kind::Number if after_t => {
                after_t = false;
                let got = number_field(field, mask | DATE, &mut s)?;
                if got != TIME {
                    return Err(Wrong::Format);
                }
                got
            }
            Kind::Number => {
                let point = field.find('.');
                let length = field.len();
                if point.is_some() && mask & DATE == 0 {
                    date(field, mask, &mut s)?
                } else if point.is_some_and(|p| p > 2) || (length >= 6 && (mask & DATE == 0 || mask & TIME == 0)) {
                    number_field(field, mask, &mut s)?
                } else {
                    number(field, mask, &mut s)?
                }
            }
            Kind::Word | Kind::Special => {
                let got = word(field, mask, now, &mut s, &mut after_t)?;
                if after_t && !fields.get(i + 1).is_some_and(|f| matches!(f.0, Kind::Number | Kind::Time | Kind::Date))
                {
                    return Err(Wrong::Format);
                }
                got
            }
        };
        if got & mask != 0 {
            return Err(Wrong::Format);
        }
        mask |= got;
    }
    if fields.is_empty() {
        return Err(Wrong::Format);
    }
    finish(s, mask)
}

fn finish(mut s: State, mask: u32) -> Result<(Read, bool), Wrong> {
    if let Some(instant) = s.instant {
        return Ok((Read::Instant(instant), mask & TIME != 0));
    }
    if mask & YEAR != 0 {
        if s.bc {
            return Err(Wrong::Range);
        }
        if s.two_digits {
            s.year += if s.year < 70 { 2_000 } else { 1_900 };
        }
        if s.year < 1 {
            return Err(Wrong::Range);
        }
    }
    let mut complete = mask & DATE == DATE;
    if let Some(year_day) = s.year_day {
        let days = crate::sql::value::datetime::days_from_civil(s.year, 1, 1) + year_day - 1;
        (s.year, s.month, s.day) = crate::sql::value::datetime::civil_from_days(days);
        complete = true;
    }
    if (mask & MONTH != 0 && !(1..=12).contains(&s.month)) || (mask & DAY_OF != 0 && !(1..=31).contains(&s.day)) {
        return Err(Wrong::Range);
    }
    if complete && s.day > days_in_month(s.year, s.month) {
        return Err(Wrong::Range);
    }
    match s.afternoon {
        Some(_) if s.hour > 12 => return Err(Wrong::Range),
        Some(false) if s.hour == 12 => s.time -= 12 * HOUR,
        Some(true) if s.hour != 12 => s.time += 12 * HOUR,
        _ => {}
    }
    if !complete && mask & TIME == 0 {
        return Err(Wrong::Format);
    }
    if complete && s.year > 9_999 {
        return Err(Wrong::Range);
    }
    let civil = Civil { year: s.year, month: s.month, day: s.day, time: s.time };
    Ok((Read::Local { civil, zone: s.zone }, complete))
}

fn word(field: &str, mask: u32, now: i64, s: &mut State, after_t: &mut bool) -> Result<u32, Wrong> {
    let midnight = now.div_euclid(DAY) * DAY;
    let mut instant = |at: i64, got: u32| {
        s.instant = Some(at);
        Ok(got)
    };
    match field {
        "now" => return instant(now, DATE | TIME | ZONE),
        "today" => return instant(midnight, DATE),
        "tomorrow" => return instant(midnight + DAY, DATE),
        "yesterday" => return instant(midnight - DAY, DATE),
        "epoch" => return instant(0, DATE | TIME | ZONE),
        "infinity" | "+infinity" => return instant(INFINITY, DATE | TIME | ZONE),
        "-infinity" => return instant(MINUS_INFINITY, DATE | TIME | ZONE),
        "am" | "pm" => {
            s.afternoon = Some(field == "pm");
            return Ok(OTHER);
        }
        "ad" | "bc" => {
            s.bc = field == "bc";
            return Ok(OTHER << 2);
        }
        "allballs" => {
            s.zone = Some(Zone::Fixed(0));
            return Ok(TIME | ZONE);
        }
        "t" => {
            if mask & DATE != DATE {
                return Err(Wrong::Format);
            }
            *after_t = true;
            return Ok(0);
        }
        _ => {}
    }
    if let Some(month) = month(field) {
        // `1 March 2026`: what was taken for the month was the day.
        if mask & MONTH != 0 && !s.text_month && mask & DAY_OF == 0 && (1..=31).contains(&s.month) {
            s.day = s.month;
            s.month = month;
            s.text_month = true;
            return Ok(DAY_OF);
        }
        s.text_month = true;
        s.month = month;
        return Ok(MONTH);
    }
    if WEEKDAYS.contains(&field) {
        return Ok(0);
    }
    s.zone = Some(zone::by_name(field).ok_or(Wrong::Format)?);
    Ok(ZONE)
}

/// A date in one field: `2026-03-31`, `3/31/2026`, `31-mar-2026`.
fn date(field: &str, mask: u32, s: &mut State) -> Result<u32, Wrong> {
    let mut parts = Vec::new();
    let mut rest = field;
    while !rest.is_empty() && parts.len() < 25 {
        rest = rest.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        if rest.is_empty() {
            return Err(Wrong::Format);
        }
        let digits = rest.starts_with(|c: char| c.is_ascii_digit());
        let end = rest
            .find(|c: char| if digits { !c.is_ascii_digit() } else { !c.is_ascii_alphabetic() })
            .unwrap_or(rest.len());
        parts.push(rest.get(..end).unwrap_or_default());
        rest = rest.get(end..).unwrap_or_default();
    }
    let mut got = 0;
    let mut numbers = Vec::new();
    for part in parts {
        if part.starts_with(|c: char| c.is_ascii_digit()) {
            numbers.push(part);
        } else if !WEEKDAYS.contains(&part) {
            s.month = month(part).ok_or(Wrong::Format)?;
            s.text_month = true;
            if (got | mask) & MONTH != 0 {
                return Err(Wrong::Format);
            }
            got |= MONTH;
        }
    }
    for part in numbers {
        let one = number(part, mask | got, s)?;
        if one & (mask | got) != 0 {
            return Err(Wrong::Format);
        }
        got |= one;
    }
    if (mask | got) & DATE == DATE { Ok(got) } else { Err(Wrong::Format) }
}

/// One number, whose meaning depends on what is known already.
fn number(field: &str, mask: u32, s: &mut State) -> Result<u32, Wrong> {
    let (whole, fraction) = field.split_once('.').map_or((field, None), |(w, f)| (w, Some(f)));
    if fraction.is_some() {
        if whole.len() > 2 {
            return number_field(field, mask | DATE, s);
        }
        return Err(Wrong::Format);
    }
    let value: i64 = whole.parse().map_err(|_| Wrong::Range)?;
    let length = whole.len();
    if length == 3 && mask & DATE == YEAR && (1..=366).contains(&value) {
        s.year_day = Some(value);
        return Ok(MONTH | DAY_OF | YEAR_DAY);
    }
    let got = match mask & DATE {
        0 => {
            if length >= 3 {
                YEAR
            } else {
                MONTH
            }
        }
        YEAR | DAY_OF => MONTH,
        MONTH if s.text_month && length >= 3 => YEAR,
        MONTH => DAY_OF,
        m if m == YEAR | MONTH => {
            if s.text_month && length >= 3 && s.two_digits {
                // What was taken for the year was the day.
                s.day = s.year;
                s.year = value;
                s.two_digits = false;
                return Ok(DAY_OF);
            }
            DAY_OF
        }
        m if m == MONTH | DAY_OF => YEAR,
        DATE => return number_field(field, mask, s),
        _ => return Err(Wrong::Format),
    };
    match got {
        YEAR => {
            s.year = value;
            s.two_digits = length <= 2;
        }
        MONTH => s.month = value,
        _ => s.day = value,
    }
    Ok(got)
}

/// Digits that run together: `20260331`, `103045`.
fn number_field(field: &str, mask: u32, s: &mut State) -> Result<u32, Wrong> {
    let (digits, fraction) = field.split_once('.').map_or((field, None), |(w, f)| (w, Some(f)));
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Wrong::Format);
    }
    let length = digits.len();
    let part = |from: usize, to: usize| digits.get(from..to).and_then(|d| d.parse::<i64>().ok()).ok_or(Wrong::Format);
    if fraction.is_none() && mask & DATE != DATE && length >= 6 {
        s.day = part(length - 2, length)?;
        s.month = part(length - 4, length - 2)?;
        s.year = part(0, length - 4)?;
        s.two_digits = length - 4 == 2;
        return Ok(DATE);
    }
    if mask & TIME == 0 && (length == 6 || length == 4) {
        let (hour, minute) = (part(0, 2)?, part(2, 4)?);
        let second = if length == 6 { part(4, 6)? } else { 0 };
        if hour > 24 || minute > 59 || second > 60 {
            return Err(Wrong::Range);
        }
        let micros = fraction.map_or(Ok(0), micros)?;
        s.hour = hour;
        s.time = hour * HOUR + minute * 60 * SECOND + second * SECOND + micros;
        if s.time > DAY {
            return Err(Wrong::Range);
        }
        return Ok(TIME);
    }
    Err(Wrong::Format)
}

/// Digits after the point as microseconds, rounded.
pub(super) fn micros(digits: &str) -> Result<i64, Wrong> {
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Wrong::Format);
    }
    let value: f64 = format!("0.{digits}0").parse().map_err(|_| Wrong::Format)?;
    crate::sql::value::number::float_to_int(value * 1e6, 64).map_err(|_| Wrong::Range)
}

/// A time of day, `h:m[:s[.f]]`; minutes and seconds are checked, the hours are not bounded.
pub(super) fn clock(field: &str) -> Result<i64, Wrong> {
    let (whole, fraction) = field.split_once('.').map_or((field, None), |(w, f)| (w, Some(f)));
    let parts: Vec<i64> = whole
        .split(':')
        .map(|p| if p.is_empty() { Ok(0) } else { p.parse::<i64>().map_err(|_| Wrong::Range) })
        .collect::<Result<_, _>>()?;
    let (hour, minute, second) = match (parts.as_slice(), fraction) {
        ([m, s], Some(_)) => (0, *m, *s),
        ([h, m], None) => (*h, *m, 0),
        ([h, m, s], _) => (*h, *m, *s),
        _ => return Err(Wrong::Format),
    };
    let micros = fraction.map_or(Ok(0), micros)?;
    if !(0..=59).contains(&minute) || !(0..=60).contains(&second) || micros > SECOND {
        return Err(Wrong::Range);
    }
    hour.checked_mul(HOUR)
        .and_then(|h| h.checked_add(minute * 60 * SECOND + second * SECOND + micros))
        .ok_or(Wrong::Range)
}

/// An offset, `+hh[:mm[:ss]]` or `+hhmm`, in microseconds east of UTC.
fn offset(field: &str) -> Result<i64, Wrong> {
    let (sign, digits) = match field.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, field.strip_prefix('+').ok_or(Wrong::Format)?),
    };
    let mut parts = Vec::new();
    for part in digits.split(':') {
        if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Wrong::Format);
        }
        parts.push(part.parse::<i64>().map_err(|_| Wrong::ZoneRange)?);
    }
    let (hour, minute, second) = match parts.as_slice() {
        [all] if digits.len() > 3 => (all / 100, all % 100, 0),
        [h] => (*h, 0, 0),
        [h, m] => (*h, *m, 0),
        [h, m, s] => (*h, *m, *s),
        _ => return Err(Wrong::Format),
    };
    if hour > 15 || minute > 59 || second > 59 {
        return Err(Wrong::ZoneRange);
    }
    Ok(sign * (hour * HOUR + minute * 60 * SECOND + second * SECOND))
}

/// Reads a time of day as microseconds since midnight. A date beside it is ignored.
pub fn time_of_day(text: &str, now: i64) -> PgResult<i64> {
    let fail = |w: Wrong| w.message(text, "time");
    // `0405` and `040506`: without a date a run of digits is a time.
    let (digits, part) = text.trim().split_once('.').map_or((text.trim(), None), |(d, p)| (d, Some(p)));
    if matches!(digits.len(), 4 | 6) && digits.bytes().all(|b| b.is_ascii_digit()) {
        let pair = |at: usize| digits.get(at..at + 2).and_then(|d| d.parse::<i64>().ok()).unwrap_or(0);
        let (hour, minute, second) = (pair(0), pair(2), pair(4));
        let rest = part.map_or(Ok(0), micros).map_err(fail)?;
        let total = hour * HOUR + minute * 60 * SECOND + second * SECOND + rest;
        if minute > 59 || second > 60 || total > DAY {
            return Err(fail(Wrong::Range));
        }
        return Ok(total);
    }
    match read(text, now).map_err(fail)? {
        (Read::Instant(at), true) if at != INFINITY && at != MINUS_INFINITY => Ok(at.rem_euclid(DAY)),
        (Read::Local { civil, .. }, _) => Ok(civil.time),
        _ => Err(PgError::invalid("time", text)),
    }
}
