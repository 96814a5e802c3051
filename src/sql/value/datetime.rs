//! `date`, `timestamp`, `timestamptz`.
//!
//! Both timestamp types are held as text `YYYY-MM-DD HH:MM:SS[.ffffff]`, a `timestamptz` in UTC: it sorts right, any
//! SQLite tool reads it. Calculations use microseconds since 1970. The session's time zone is UTC.

use crate::sql::error::{PgError, PgResult};
use crate::sql::value::interval::Interval;

/// Microseconds in a second, an hour and a day.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in an hour.
pub const HOUR: i64 = 3_600 * SECOND;
/// Microseconds in a day.
pub const DAY: i64 = 24 * HOUR;

/// A calendar date and time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Civil {
    /// Year; 0 is 1 BC.
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
    /// Microseconds since midnight.
    pub time: i64,
}

/// Returns the days since 1970-01-01 of a date.
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Returns year, month, day of a number of days since 1970-01-01.
pub fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

/// Returns how many days a month has.
pub fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Civil {
    /// Splits microseconds since 1970.
    pub fn from_micros(micros: i64) -> Self {
        let (year, month, day) = civil_from_days(micros.div_euclid(DAY));
        Self { year, month, day, time: micros.rem_euclid(DAY) }
    }

    /// Returns microseconds since 1970.
    pub fn to_micros(self) -> i64 {
        days_from_civil(self.year, self.month, self.day) * DAY + self.time
    }
}

/// Reads the stored text of a timestamp or date.
pub fn stored(text: &str) -> PgResult<i64> {
    parse_parts(text).map(|p| p.civil.to_micros()).ok_or_else(|| PgError::invalid("timestamp", text))
}

/// Returns the stored text of a timestamp.
pub fn timestamp_text(micros: i64) -> String {
    let c = Civil::from_micros(micros);
    let seconds = c.time / SECOND;
    let mut text =
        format!("{} {:02}:{:02}:{:02}", ymd(c.year, c.month, c.day), seconds / 3_600, seconds / 60 % 60, seconds % 60);
    text.push_str(&fraction(c.time % SECOND));
    text
}

/// Returns `.ffffff` without trailing zeros; empty when zero.
pub fn fraction(micros: i64) -> String {
    if micros == 0 {
        return String::new();
    }
    format!(".{micros:06}").trim_end_matches('0').to_owned()
}

fn ymd(year: i64, month: i64, day: i64) -> String {
    format!("{year:04}-{month:02}-{day:02}")
}

/// Returns the stored text of a date.
pub fn date_text(days: i64) -> String {
    let (year, month, day) = civil_from_days(days);
    ymd(year, month, day)
}

struct Parts {
    civil: Civil,
    /// Offset from UTC in microseconds, where the text has one.
    offset: Option<i64>,
    has_time: bool,
}

/// Reads ISO 8601 and its usual variations: `2026-03-31`, `2026-03-31T10:30:45.123456Z`, `2026-03-31 10:30+02:00`,
/// `20260331`, `2026/03/31`, `Mar 31, 2026`, `31 Mar 2026`.
fn parse_parts(text: &str) -> Option<Parts> {
    let text = text.trim();
    let split = text
        .find(['T', 't', ' '])
        .filter(|i| text.get(..*i).is_some_and(|d| d.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'/'))));
    let (date, rest) = match split {
        Some(i) => (text.get(..i)?, text.get(i + 1..)?.trim()),
        None if text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'/')) => (text, ""),
        None => return parse_named_month(text),
    };
    let numbers: Vec<&str> = date.split(['-', '/']).collect();
    let (year, month, day) = match numbers.as_slice() {
        [y, m, d] if y.len() >= 4 => (y.parse().ok()?, m.parse().ok()?, d.parse().ok()?),
        [m, d, y] if y.len() == 4 => (y.parse().ok()?, m.parse().ok()?, d.parse().ok()?),
        [all] if all.len() == 8 => {
            (all.get(..4)?.parse().ok()?, all.get(4..6)?.parse().ok()?, all.get(6..)?.parse().ok()?)
        }
        _ => return None,
    };
    finish(year, month, day, rest)
}

fn finish(year: i64, month: i64, day: i64, rest: &str) -> Option<Parts> {
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) || !(1..=294_276).contains(&year) {
        return None;
    }
    let mut parts = Parts { civil: Civil { year, month, day, time: 0 }, offset: None, has_time: false };
    if !rest.is_empty() {
        let (time, offset) = parse_time(rest)?;
        parts.civil.time = time;
        parts.offset = offset;
        parts.has_time = true;
    }
    Some(parts)
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

fn parse_named_month(text: &str) -> Option<Parts> {
    let words: Vec<&str> = text.split([' ', ',', '-']).filter(|w| !w.is_empty()).collect();
    let month_at = words
        .iter()
        .take(2)
        .position(|w| w.len() >= 3 && MONTHS.contains(&w.get(..3).unwrap_or_default().to_ascii_lowercase().as_str()))?;
    let month =
        MONTHS.iter().position(|m| words.get(month_at).is_some_and(|w| w.to_ascii_lowercase().starts_with(m)))?;
    let day = words.get(1 - month_at)?.parse().ok()?;
    let year = words.get(2)?.parse().ok()?;
    finish(year, i64::try_from(month).ok()? + 1, day, &words.get(3..)?.join(" "))
}

/// Reads a time of day with an optional offset.
fn parse_time(text: &str) -> Option<(i64, Option<i64>)> {
    let upper = text.to_ascii_uppercase();
    let (mut clock, mut zone) = match upper.find(['Z', '+']).or_else(|| upper.rfind('-')) {
        Some(i) => (upper.get(..i)?.trim().to_owned(), Some(upper.get(i..)?.trim().to_owned())),
        None => (upper.trim().to_owned(), None),
    };
    for name in ["UTC", "GMT"] {
        if let Some(stripped) = clock.strip_suffix(name) {
            clock = stripped.trim().to_owned();
            zone.get_or_insert_with(|| "Z".to_owned());
        }
    }
    let afternoon = if let Some(stripped) = clock.strip_suffix("PM") {
        clock = stripped.trim().to_owned();
        Some(true)
    } else if let Some(stripped) = clock.strip_suffix("AM") {
        clock = stripped.trim().to_owned();
        Some(false)
    } else {
        None
    };
    let (whole, fraction) = clock.split_once(['.', ',']).unwrap_or((&clock, ""));
    let fields: Vec<i64> = if whole.contains(':') {
        whole.split(':').map(str::parse).collect::<Result<_, _>>().ok()?
    } else if whole.len() == 6 || whole.len() == 4 {
        (0..whole.len() / 2).map(|i| whole.get(i * 2..i * 2 + 2).and_then(|d| d.parse().ok())).collect::<Option<_>>()?
    } else {
        return None;
    };
    let (mut hour, minute, second) =
        (*fields.first()?, fields.get(1).copied().unwrap_or(0), fields.get(2).copied().unwrap_or(0));
    match afternoon {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(true) if hour < 12 => hour += 12,
        Some(false) if hour == 12 => hour = 0,
        _ => {}
    }
    if fields.len() > 3
        || !(0..=24).contains(&hour)
        || !(0..60).contains(&minute)
        || !(0..=60).contains(&second)
        || !fraction.bytes().all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let micros = if fraction.is_empty() { 0 } else { round_fraction(fraction) };
    let time = hour * HOUR + minute * 60 * SECOND + second * SECOND + micros;
    if time > DAY {
        return None;
    }
    let offset = match zone.as_deref() {
        None => None,
        Some("Z") => Some(0),
        Some(zone) => {
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            let digits: String = zone.get(1..)?.chars().filter(|c| *c != ':').collect();
            if digits.is_empty() || digits.len() > 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            let padded = if digits.len() % 2 == 1 { format!("0{digits}") } else { digits };
            let part = |i: usize| padded.get(i..i + 2).map_or(Some(0), |d| d.parse::<i64>().ok());
            Some(sign * (part(0)? * 3_600 + part(2)? * 60 + part(4)?) * SECOND)
        }
    };
    Some((time, offset))
}

/// Rounds digits after the point to microseconds.
fn round_fraction(digits: &str) -> i64 {
    let padded: String = digits.chars().chain(std::iter::repeat('0')).take(7).collect();
    let seven: i64 = padded.parse().unwrap_or(0);
    (seven + 5) / 10
}

/// Reads a `timestamptz`; without an offset the time is UTC. `now` is the run's clock, in microseconds.
pub fn parse_timestamptz(text: &str, now: i64) -> PgResult<i64> {
    if let Some(special) = special(text, now) {
        return Ok(special);
    }
    let parts = parse_parts(text).ok_or_else(|| bad(text, "timestamp with time zone"))?;
    Ok(parts.civil.to_micros() - parts.offset.unwrap_or(0))
}

/// Reads a `timestamp`; an offset is ignored, as PostgreSQL does.
pub fn parse_timestamp(text: &str, now: i64) -> PgResult<i64> {
    if let Some(special) = special(text, now) {
        return Ok(special);
    }
    parse_parts(text).map(|p| p.civil.to_micros()).ok_or_else(|| bad(text, "timestamp"))
}

/// Reads a `date`: days since 1970.
pub fn parse_date(text: &str, now: i64) -> PgResult<i64> {
    if let Some(special) = special(text, now) {
        return Ok(special.div_euclid(DAY));
    }
    parse_parts(text)
        .map(|p| days_from_civil(p.civil.year, p.civil.month, p.civil.day))
        .ok_or_else(|| bad(text, "date"))
}

fn bad(text: &str, type_name: &str) -> PgError {
    let looks_like_date = text.trim().len() >= 8 && text.trim().bytes().take(4).all(|b| b.is_ascii_digit());
    if looks_like_date && text.trim().bytes().all(|b| b.is_ascii_digit() || b"-/:. TZ+".contains(&b)) {
        PgError::new(format!("date/time field value out of range: \"{text}\""))
    } else {
        PgError::invalid(type_name, text)
    }
}

fn special(text: &str, now: i64) -> Option<i64> {
    let midnight = now.div_euclid(DAY) * DAY;
    match text.trim().to_ascii_lowercase().as_str() {
        "now" => Some(now),
        "today" => Some(midnight),
        "yesterday" => Some(midnight - DAY),
        "tomorrow" => Some(midnight + DAY),
        "epoch" => Some(0),
        _ => None,
    }
}

/// Reads a time of day and returns its text.
pub fn time_text(text: &str) -> PgResult<String> {
    let (time, _) = parse_time(text.trim()).ok_or_else(|| PgError::invalid("time", text))?;
    let seconds = time / SECOND;
    Ok(format!("{:02}:{:02}:{:02}{}", seconds / 3_600, seconds / 60 % 60, seconds % 60, fraction(time % SECOND)))
}

/// `timestamp ± interval`: months first, clamped to the month's last day, then days, then the time.
pub fn add(micros: i64, interval: &Interval, sign: i64) -> PgResult<i64> {
    let mut c = Civil::from_micros(micros);
    if interval.months != 0 {
        let months = c.year * 12 + c.month - 1 + sign * interval.months;
        c.year = months.div_euclid(12);
        c.month = months.rem_euclid(12) + 1;
        c.day = c.day.min(days_in_month(c.year, c.month));
    }
    let out = || PgError::new("timestamp out of range");
    let days = interval.days.checked_mul(sign * DAY).ok_or_else(out)?;
    let time = interval.micros.checked_mul(sign).ok_or_else(out)?;
    let result = c.to_micros().checked_add(days).and_then(|m| m.checked_add(time)).ok_or_else(out)?;
    if (1..=294_276).contains(&Civil::from_micros(result).year) { Ok(result) } else { Err(out()) }
}

/// `timestamp - timestamp`: whole days and a rest, both with the sign of the difference.
pub fn subtract(a: i64, b: i64) -> Interval {
    let difference = a - b;
    Interval { months: 0, days: difference / DAY, micros: difference % DAY }
}

/// `age(a, b)`: years, months, days, borrowing days from the month of the earlier instant.
pub fn age(a: i64, b: i64) -> Interval {
    let (later, earlier, sign) = if a >= b { (a, b, 1) } else { (b, a, -1) };
    let (x, y) = (Civil::from_micros(later), Civil::from_micros(earlier));
    let (mut months, mut days, mut time) = ((x.year - y.year) * 12 + x.month - y.month, x.day - y.day, x.time - y.time);
    if time < 0 {
        time += DAY;
        days -= 1;
    }
    if days < 0 {
        days += days_in_month(y.year, y.month);
        months -= 1;
    }
    Interval { months: sign * months, days: sign * days, micros: sign * time }
}

/// Returns the day of the week, 0 is Sunday.
pub fn day_of_week(days: i64) -> i64 {
    (days + 4).rem_euclid(7)
}

/// Returns ISO year and week.
pub fn iso_week(days: i64) -> (i64, i64) {
    let weekday = (days + 3).rem_euclid(7);
    let thursday = days - weekday + 3;
    let (year, _, _) = civil_from_days(thursday);
    (year, (thursday - days_from_civil(year, 1, 1)) / 7 + 1)
}

/// Returns a field as microseconds-exact text for `extract` (a `numeric`).
pub fn extract(field: &str, micros: i64, is_date: bool, type_name: &str) -> PgResult<String> {
    let c = Civil::from_micros(micros);
    let days = micros.div_euclid(DAY);
    let seconds = |m: i64| format!("{}.{:06}", m / SECOND, m % SECOND);
    let whole = match field {
        "year" | "years" => {
            if c.year > 0 {
                c.year
            } else {
                c.year - 1
            }
        }
        "month" | "months" => c.month,
        "day" | "days" => c.day,
        "dow" => day_of_week(days),
        "isodow" => (days + 3).rem_euclid(7) + 1,
        "doy" => days - days_from_civil(c.year, 1, 1) + 1,
        "week" => iso_week(days).1,
        "isoyear" => iso_week(days).0,
        "quarter" => (c.month - 1) / 3 + 1,
        "century" => (c.year + 99).div_euclid(100),
        "decade" => c.year.div_euclid(10),
        "millennium" => (c.year + 999).div_euclid(1_000),
        "epoch" if is_date => micros / SECOND,
        "epoch" => {
            let sign = if micros < 0 { "-" } else { "" };
            return Ok(format!("{sign}{}", seconds(micros.abs())));
        }
        _ if is_date => return Err(unit(field, type_name)),
        "hour" | "hours" => c.time / HOUR,
        "minute" | "minutes" => c.time / (60 * SECOND) % 60,
        "second" | "seconds" => return Ok(seconds(c.time % (60 * SECOND))),
        "milliseconds" => return Ok(format!("{}.{:03}", c.time % (60 * SECOND) / 1_000, c.time % 1_000)),
        "microseconds" => c.time % (60 * SECOND),
        "timezone" | "timezone_hour" | "timezone_minute" if type_name.ends_with("with time zone") => 0,
        _ => return Err(unit(field, type_name)),
    };
    Ok(whole.to_string())
}

/// The error for a field that a type does not have.
pub fn unit(field: &str, type_name: &str) -> PgError {
    const KNOWN: [&str; 23] = [
        "year",
        "month",
        "day",
        "hour",
        "minute",
        "second",
        "week",
        "quarter",
        "decade",
        "century",
        "millennium",
        "dow",
        "doy",
        "isodow",
        "isoyear",
        "epoch",
        "milliseconds",
        "microseconds",
        "timezone",
        "timezone_hour",
        "timezone_minute",
        "julian",
        "days",
    ];
    if KNOWN.contains(&field) {
        PgError::new(format!("unit \"{field}\" not supported for type {type_name}"))
    } else {
        PgError::new(format!("unit \"{field}\" not recognized for type {type_name}"))
    }
}

/// `date_trunc` on an instant.
pub fn truncate(field: &str, micros: i64, type_name: &str) -> PgResult<i64> {
    let c = Civil::from_micros(micros);
    let days = micros.div_euclid(DAY);
    let at = |year: i64, month: i64| days_from_civil(year, month, 1) * DAY;
    Ok(match field.to_ascii_lowercase().as_str() {
        "microseconds" => micros,
        "milliseconds" => micros - micros.rem_euclid(1_000),
        "second" | "seconds" => micros - micros.rem_euclid(SECOND),
        "minute" | "minutes" => micros - micros.rem_euclid(60 * SECOND),
        "hour" | "hours" => micros - micros.rem_euclid(HOUR),
        "day" | "days" => days * DAY,
        "week" | "weeks" => (days - (days + 3).rem_euclid(7)) * DAY,
        "month" | "months" => at(c.year, c.month),
        "quarter" => at(c.year, (c.month - 1) / 3 * 3 + 1),
        "year" | "years" => at(c.year, 1),
        "decade" | "decades" => at(c.year.div_euclid(10) * 10, 1),
        "century" | "centuries" => at((c.year - 1).div_euclid(100) * 100 + 1, 1),
        "millennium" | "millennia" => at((c.year - 1).div_euclid(1_000) * 1_000 + 1, 1),
        other => return Err(unit(other, type_name)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        for (text, expected) in [
            ("2026-03-31T10:30:45.123456Z", "2026-03-31 10:30:45.123456"),
            ("2026-03-31 10:30:45.100+02:00", "2026-03-31 08:30:45.1"),
            ("2026-03-31", "2026-03-31 00:00:00"),
            ("1969-12-31 23:59:59.5-0130", "1970-01-01 01:29:59.5"),
            ("Mar 31, 2026 10:00 PM", "2026-03-31 22:00:00"),
        ] {
            assert_eq!(timestamp_text(parse_timestamptz(text, 0).unwrap()), expected, "{text}");
        }
        for text in ["2026-02-30", "soon", "2026-03-31Tx", ""] {
            assert!(parse_timestamptz(text, 0).is_err(), "{text}");
        }
    }

    #[test]
    fn ages() {
        let at = |t: &str| parse_timestamptz(t, 0).unwrap();
        assert_eq!(age(at("2021-02-09"), at("2019-07-17")).to_text(), "1 year 6 mons 23 days");
        assert_eq!(subtract(at("2026-01-01"), at("2026-01-02 16:00")).to_text(), "-1 days -16:00:00");
    }
}
