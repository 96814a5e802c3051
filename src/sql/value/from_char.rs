//! `to_timestamp` and `to_date`: text read by a template (`src/backend/utils/adt/formatting.c`, `DCH_from_char`).

use crate::sql::error::{PgError, PgResult};
use crate::sql::value::datetime::{Civil, HOUR, SECOND, civil_from_days, days_from_civil, days_in_month, in_range};
use crate::sql::value::template::{self, DATE_FIELDS, DAYS, MONTHS, Part, ROMAN_MONTHS};

#[derive(Default)]
struct Found {
    year: i64,
    year_digits: usize,
    century: i64,
    month: i64,
    day: i64,
    year_day: i64,
    weekday: i64,
    week: i64,
    month_week: i64,
    julian: i64,
    hour: i64,
    minute: i64,
    second: i64,
    day_second: i64,
    millis: i64,
    micros: i64,
    twelve: bool,
    afternoon: bool,
    before_christ: bool,
    zone_sign: i64,
    zone_hour: i64,
    zone_minute: i64,
    iso: Option<bool>,
}

struct Reader<'t> {
    rest: &'t str,
    /// Blanks and separators passed over that the template does not have.
    extra: i64,
    last: Option<char>,
}

impl Reader<'_> {
    fn skip(&mut self) {
        let mut chars = self.rest.chars();
        self.last = chars.next().or(self.last);
        self.rest = chars.as_str();
    }

    fn spaces(&mut self) {
        while self.rest.starts_with(|c: char| c.is_ascii_whitespace()) {
            self.skip();
            self.extra += 1;
        }
    }

    /// A whole number of so many digits, or of any length where something else than a digit must follow.
    fn number(&mut self, name: &str, width: usize, greedy: bool) -> PgResult<(i64, usize)> {
        let shown: String = self.rest.trim_start().chars().take(width).collect();
        let invalid = || PgError::new(format!("invalid value \"{shown}\" for \"{name}\""));
        let start = self.rest.trim_start();
        let skipped = self.rest.len() - start.len();
        let signed = start.strip_prefix(['+', '-']).unwrap_or(start);
        let sign = start.len() - signed.len();
        let most = if greedy { usize::MAX } else { width.saturating_sub(sign) };
        let digits = signed.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if !greedy {
            if start.chars().count() < width {
                return Err(PgError::new(format!("source string too short for \"{name}\" formatting field")));
            }
            if digits > 0 && sign + digits < width {
                return Err(invalid());
            }
        }
        if digits == 0 {
            return Err(invalid());
        }
        let text = start.get(..sign + digits).unwrap_or_default();
        let value: i64 = text
            .parse()
            .ok()
            .filter(|v| i32::try_from(*v).is_ok())
            .ok_or_else(|| PgError::new(format!("value for \"{name}\" in source string is out of range")))?;
        self.last = text.chars().last();
        self.rest = start.get(sign + digits..).unwrap_or_default();
        Ok((value, skipped + sign + digits))
    }

    /// One of several words; returns its place in the list.
    fn word(&mut self, name: &str, words: &[&str]) -> PgResult<i64> {
        let at = words.iter().position(|w| self.rest.get(..w.len()).is_some_and(|r| r.eq_ignore_ascii_case(w)));
        let Some(at) = at else {
            let shown = self.rest.split(|c: char| c.is_ascii_whitespace()).next().unwrap_or_default();
            return Err(PgError::new(format!("invalid value \"{shown}\" for \"{name}\"")));
        };
        let length = words.get(at).map_or(0, |w| w.len());
        self.rest = self.rest.get(length..).unwrap_or_default();
        Ok(i64::try_from(at).unwrap_or(0))
    }
}

/// Whether a field is written in digits.
fn is_digits(name: &str) -> bool {
    !matches!(
        name.to_ascii_uppercase().as_str(),
        "A.D."
            | "A.M."
            | "AD"
            | "AM"
            | "B.C."
            | "BC"
            | "DAY"
            | "DY"
            | "FX"
            | "MONTH"
            | "MON"
            | "OF"
            | "P.M."
            | "PM"
            | "RM"
            | "TZH"
            | "TZ"
    )
}

fn set(slot: &mut i64, value: i64, name: &str) -> PgResult<()> {
    if *slot != 0 && *slot != value {
        return Err(PgError::new(format!("conflicting values for \"{name}\" field in formatting string")));
    }
    *slot = value;
    Ok(())
}

/// `to_timestamp(text, template)`: microseconds since 1970.
pub fn timestamp(text: &str, template: &str) -> PgResult<i64> {
    let parts = template::parse(template, &DATE_FIELDS, true);
    let mut reader = Reader { rest: text, extra: 0, last: None };
    let mut found = Found::default();
    let mut fixed = false;
    for (i, part) in parts.iter().enumerate() {
        if reader.rest.is_empty() {
            break;
        }
        if !fixed && (i == 0 || matches!(part, Part::Field { .. })) {
            reader.spaces();
        }
        match part {
            Part::Space | Part::Separator(_) => {
                if fixed {
                    reader.skip();
                } else {
                    reader.extra -= 1;
                    if reader.rest.starts_with(|c: char| c.is_ascii_whitespace() || c.is_ascii_punctuation()) {
                        reader.skip();
                        reader.extra += 1;
                    }
                }
            }
            Part::Text(_) => {
                if !fixed && reader.extra > 0 {
                    reader.extra -= 1;
                } else {
                    reader.skip();
                }
            }
            Part::Field { name, bare, ordinal } => {
                let next_is_digit = match parts.get(i + 1) {
                    None => false,
                    Some(Part::Field { name, .. }) => is_digits(name),
                    Some(Part::Text(c)) => c.is_ascii_digit(),
                    Some(Part::Space | Part::Separator(_)) => false,
                };
                let greedy = *bare || ordinal.is_some() || !next_is_digit;
                fixed |= name.eq_ignore_ascii_case("FX");
                read(&mut reader, name, greedy, &mut found)?;
                if ordinal.is_some() {
                    reader.skip();
                    reader.skip();
                }
                if !fixed {
                    reader.extra = 0;
                    reader.spaces();
                }
            }
        }
    }
    assemble(&found, text)
}

fn read(reader: &mut Reader<'_>, name: &'static str, greedy: bool, found: &mut Found) -> PgResult<()> {
    let upper = name.to_ascii_uppercase();
    let iso = match upper.as_str() {
        "IYYY" | "IYY" | "IY" | "I" | "IW" | "ID" | "IDDD" => Some(true),
        "YYYY" | "YYY" | "YY" | "Y" | "Y,YYY" | "MM" | "MON" | "MONTH" | "DD" | "DDD" | "D" | "WW" | "W" | "CC"
        | "DAY" | "DY" | "RM" => Some(false),
        _ => None,
    };
    if let Some(iso) = iso {
        if found.iso.is_some_and(|f| f != iso) {
            return Err(PgError::new("invalid combination of date conventions"));
        }
        found.iso = Some(iso);
    }
    let width = name.len();
    match upper.as_str() {
        "FX" => {}
        "AM" | "PM" => {
            found.afternoon = reader.word(name, &["am", "pm"])? == 1;
            found.twelve = true;
        }
        "A.M." | "P.M." => {
            found.afternoon = reader.word(name, &["a.m.", "p.m."])? == 1;
            found.twelve = true;
        }
        "AD" | "BC" => found.before_christ = reader.word(name, &["ad", "bc"])? == 1,
        "A.D." | "B.C." => found.before_christ = reader.word(name, &["a.d.", "b.c."])? == 1,
        "HH" | "HH12" => {
            set(&mut found.hour, reader.number(name, 2, greedy)?.0, name)?;
            found.twelve = true;
        }
        "HH24" => set(&mut found.hour, reader.number(name, 2, greedy)?.0, name)?,
        "MI" => set(&mut found.minute, reader.number(name, 2, greedy)?.0, name)?,
        "SS" => set(&mut found.second, reader.number(name, 2, greedy)?.0, name)?,
        "MS" => {
            let (value, length) = reader.number(name, 3, greedy)?;
            set(&mut found.millis, value, name)?;
            found.millis *= scale(3, length);
        }
        "US" | "FF1" | "FF2" | "FF3" | "FF4" | "FF5" | "FF6" => {
            let digits = upper.strip_prefix("FF").and_then(|d| d.parse().ok()).unwrap_or(6);
            let (value, length) = reader.number(name, digits, greedy)?;
            set(&mut found.micros, value, name)?;
            found.micros *= scale(6, length);
        }
        "SSSS" | "SSSSS" => set(&mut found.day_second, reader.number(name, width, greedy)?.0, name)?,
        "TZ" | "OF" => {
            return Err(PgError::new(format!("formatting field \"{name}\" is only supported in to_char")));
        }
        "TZH" => {
            found.zone_sign = if reader.rest.starts_with(['+', '-', ' ']) {
                let sign = if reader.rest.starts_with('-') { -1 } else { 1 };
                reader.skip();
                sign
            } else if reader.extra > 0 && reader.last == Some('-') {
                -1
            } else {
                1
            };
            set(&mut found.zone_hour, reader.number(name, 2, greedy)?.0, name)?;
        }
        "TZM" => {
            if found.zone_sign == 0 {
                found.zone_sign = 1;
            }
            set(&mut found.zone_minute, reader.number(name, 2, greedy)?.0, name)?;
        }
        "MONTH" => {
            let at = reader.word(name, &MONTHS)? + 1;
            set(&mut found.month, at, name)?;
        }
        "MON" => {
            let short = MONTHS.map(|m| m.get(..3).unwrap_or(m));
            let at = reader.word(name, &short)? + 1;
            set(&mut found.month, at, name)?;
        }
        "MM" => set(&mut found.month, reader.number(name, 2, greedy)?.0, name)?,
        "DAY" => {
            let at = reader.word(name, &DAYS)? + 1;
            set(&mut found.weekday, at, name)?;
        }
        "DY" => {
            let short = DAYS.map(|d| d.get(..3).unwrap_or(d));
            let at = reader.word(name, &short)? + 1;
            set(&mut found.weekday, at, name)?;
        }
        "DDD" | "IDDD" => set(&mut found.year_day, reader.number(name, 3, greedy)?.0, name)?,
        "DD" => set(&mut found.day, reader.number(name, 2, greedy)?.0, name)?,
        "D" => set(&mut found.weekday, reader.number(name, 1, greedy)?.0, name)?,
        "ID" => {
            let day = reader.number(name, 1, greedy)?.0 + 1;
            set(&mut found.weekday, if day > 7 { 1 } else { day }, name)?;
        }
        "WW" | "IW" => set(&mut found.week, reader.number(name, 2, greedy)?.0, name)?,
        "W" => set(&mut found.month_week, reader.number(name, 1, greedy)?.0, name)?,
        "Q" => {
            reader.number(name, 1, greedy)?;
        }
        "CC" => set(&mut found.century, reader.number(name, 2, greedy)?.0, name)?,
        "J" => set(&mut found.julian, reader.number(name, 1, greedy)?.0, name)?,
        "Y,YYY" => {
            let (thousands, _) = reader.number(name, 9, true)?;
            if !reader.rest.starts_with(',') {
                return Err(PgError::new("invalid input string for \"Y,YYY\""));
            }
            reader.skip();
            let (rest, _) = reader.number(name, 3, true)?;
            set(&mut found.year, thousands * 1_000 + rest, name)?;
            found.year_digits = 4;
        }
        "YYYY" | "IYYY" => {
            set(&mut found.year, reader.number(name, 4, greedy)?.0, name)?;
            found.year_digits = 4;
        }
        "YYY" | "IYY" | "YY" | "IY" | "Y" | "I" => {
            let digits = upper.trim_start_matches('I').len().max(1);
            let digits = if upper.starts_with('I') { width } else { digits };
            let (value, length) = reader.number(name, digits, greedy)?;
            set(&mut found.year, if length < 4 { near_2020(value) } else { value }, name)?;
            found.year_digits = digits;
        }
        "RM" => {
            let backwards: Vec<&str> = ROMAN_MONTHS.iter().rev().copied().collect();
            let at = 12 - reader.word(name, &backwards)?;
            set(&mut found.month, at, name)?;
        }
        other => return Err(PgError::new(format!("formatting field \"{other}\" is only supported in to_char"))),
    }
    Ok(())
}

fn scale(digits: usize, have: usize) -> i64 {
    10_i64.pow(u32::try_from(digits.saturating_sub(have)).unwrap_or(0))
}

/// Completes a year of less than four digits to the nearest to 2020.
fn near_2020(year: i64) -> i64 {
    match year {
        0..70 => year + 2_000,
        70..100 => year + 1_900,
        100..520 => year + 2_000,
        520..1_000 => year + 1_000,
        other => other,
    }
}

fn assemble(found: &Found, text: &str) -> PgResult<i64> {
    let range = || PgError::new(format!("date/time field value out of range: \"{text}\""));
    let (mut hour, mut minute, mut second) = (0, 0, 0);
    if found.day_second != 0 {
        (hour, minute, second) = (found.day_second / 3_600, found.day_second / 60 % 60, found.day_second % 60);
    }
    let or = |value: i64, other: i64| if value == 0 { other } else { value };
    (hour, minute, second) = (or(found.hour, hour), or(found.minute, minute), or(found.second, second));
    if found.twelve {
        if !(1..=12).contains(&hour) {
            return Err(PgError::new(format!("hour \"{hour}\" is invalid for the 12-hour clock")));
        }
        if found.afternoon && hour < 12 {
            hour += 12;
        } else if !found.afternoon && hour == 12 {
            hour = 0;
        }
    }
    let iso = found.iso == Some(true);
    let (mut year, mut month, mut day) = (0, 1, 1);
    let mut dated = false;
    if found.year != 0 {
        dated = true;
        year = if found.century != 0 && found.year_digits <= 2 {
            match found.year % 100 {
                0 => found.century * 100,
                low => low + (found.century - 1) * 100,
            }
        } else if found.before_christ {
            1 - found.year
        } else {
            found.year
        };
    } else if found.century != 0 {
        dated = true;
        year = (found.century - 1) * 100 + 1;
    }
    let mut year_day = found.year_day;
    if found.julian != 0 {
        (year, month, day) = civil_from_days(found.julian - 2_440_588);
        dated = true;
    }
    if found.week != 0 {
        if iso {
            let monday = iso_week_start(year, found.week);
            let offset = match found.weekday {
                0 => 0,
                1 => 6,
                d => d - 2,
            };
            (year, month, day) = civil_from_days(monday + offset);
            dated = true;
        } else {
            year_day = (found.week - 1) * 7 + 1;
        }
    }
    let day_found = if found.month_week != 0 { (found.month_week - 1) * 7 + 1 } else { found.day };
    if day_found != 0 {
        day = day_found;
        dated = true;
    }
    if found.month != 0 {
        month = found.month;
        dated = true;
    }
    if year_day != 0 && (month <= 1 || day <= 1) {
        if year == 0 && !found.before_christ {
            return Err(PgError::new("cannot calculate day of year without year information"));
        }
        let first = if iso { iso_week_start(year, 1) } else { days_from_civil(year, 1, 1) };
        let (y, m, d) = civil_from_days(first + year_day - 1);
        if iso {
            (year, month, day) = (y, m, d);
        } else if year_day > 366 || y != year {
            return Err(range());
        } else {
            month = if month <= 1 { m } else { month };
            day = if day <= 1 { d } else { day };
        }
        dated = true;
    }
    if dated && (!(1..=12).contains(&month) || !(1..=31).contains(&day)) {
        return Err(range());
    }
    if dated && day > days_in_month(year, month) {
        return Err(range());
    }
    let fraction = found.millis * 1_000 + found.micros;
    if !(0..24).contains(&hour)
        || !(0..60).contains(&minute)
        || !(0..60).contains(&second)
        || !(0..SECOND).contains(&fraction)
    {
        return Err(range());
    }
    if year < 1 {
        return Err(PgError::new("timestamp out of range"));
    }
    let time = hour * HOUR + minute * 60 * SECOND + second * SECOND + fraction;
    let offset = found.zone_sign * (found.zone_hour * HOUR + found.zone_minute * 60 * SECOND);
    in_range(Civil { year, month, day, time }.to_micros() - offset, "timestamp")
}

/// Returns the Monday of an ISO week, in days since 1970.
fn iso_week_start(year: i64, week: i64) -> i64 {
    let fourth = days_from_civil(year, 1, 4);
    fourth - (fourth + 3).rem_euclid(7) + (week - 1) * 7
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::value::datetime::timestamp_text;

    #[test]
    fn templates() {
        for (text, template, expected) in [
            ("2026-03-05 14:07", "YYYY-MM-DD HH24:MI", "2026-03-05 14:07:00"),
            ("05 Mar 2026", "DD Mon YYYY", "2026-03-05 00:00:00"),
            ("20260305", "YYYYMMDD", "2026-03-05 00:00:00"),
            ("2026-03-05T14:07", "YYYY-MM-DDTHH24:MI", "2026-03-05 00:07:00"),
            ("2 PM 2026", "HH AM YYYY", "2026-01-01 14:00:00"),
            ("2026-064", "YYYY-DDD", "2026-03-05 00:00:00"),
        ] {
            assert_eq!(timestamp_text(timestamp(text, template).unwrap()), expected, "{text} {template}");
        }
        assert!(timestamp("2026-13-01", "YYYY-MM-DD").is_err());
    }
}
