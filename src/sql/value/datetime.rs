//! `date`, `timestamp`, `timestamptz`.
//!
//! Read by `datetime_in`. Both timestamp types are held as text `YYYY-MM-DD HH:MM:SS[.ffffff]`, a `timestamptz` in UTC: it sorts right, any
//! SQLite tool reads it. Calculations use microseconds since 1970. The session's time zone is UTC.

use crate::sql::error::{PgError, PgResult};
use crate::sql::value::datetime_in::{self, Read};
use crate::sql::value::interval::Interval;
use crate::sql::value::zone::Zone;

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

    /// Returns microseconds since 1970; for years that have none, a number that is far out of PostgreSQL's range.
    pub fn to_micros(self) -> i64 {
        days_from_civil(self.year, self.month, self.day).clamp(-FAR, FAR) * DAY + self.time
    }
}

/// More days than PostgreSQL's calendar has, and few enough to be counted in microseconds.
const FAR: i64 = 106_000_000;

/// `infinity` and `-infinity`.
pub const INFINITY: i64 = i64::MAX;
/// `-infinity`.
pub const MINUS_INFINITY: i64 = i64::MIN;

/// Whether an instant is neither `infinity` nor `-infinity`.
pub fn is_finite(micros: i64) -> bool {
    micros != INFINITY && micros != MINUS_INFINITY
}

/// Reads the stored text of a timestamp or date.
pub fn stored(text: &str) -> PgResult<i64> {
    stored_layout(text)
        .or_else(|| match text {
            "infinity" => Some(INFINITY),
            "-infinity" => Some(MINUS_INFINITY),
            // A table may hold other spellings of ISO 8601.
            other => parse_timestamptz(other, 0).ok(),
        })
        .ok_or_else(|| PgError::invalid("timestamp", text))
}

/// Reads `YYYY-MM-DD[ HH:MM:SS[.f]]`, by far the most.
fn stored_layout(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| {
        bytes.get(from..to)?.iter().try_fold(0_i64, |n, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
    };
    let is = |at: usize, mark: u8| bytes.get(at) == Some(&mark);
    if !is(4, b'-') || !is(7, b'-') {
        return None;
    }
    let (year, month, day) = (digits(0, 4)?, digits(5, 7)?, digits(8, 10)?);
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) || year < 1 {
        return None;
    }
    let date = days_from_civil(year, month, day) * DAY;
    if bytes.len() == 10 {
        return Some(date);
    }
    if bytes.len() < 19 || !is(10, b' ') || !is(13, b':') || !is(16, b':') {
        return None;
    }
    let (hour, minute, second) = (digits(11, 13)?, digits(14, 16)?, digits(17, 19)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let fraction = match bytes.len() {
        19 => 0,
        21..=26 if is(19, b'.') => digits(20, bytes.len())? * 10_i64.pow(u32::try_from(26 - bytes.len()).ok()?),
        _ => return None,
    };
    Some(date + hour * HOUR + minute * 60 * SECOND + second * SECOND + fraction)
}

/// Returns the stored text of a timestamp.
pub fn timestamp_text(micros: i64) -> String {
    if !is_finite(micros) {
        return infinity_text(micros).to_owned();
    }
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

fn infinity_text(at: i64) -> &'static str {
    if at > 0 { "infinity" } else { "-infinity" }
}

/// Returns the stored text of a date, of an instant.
pub fn date_of(micros: i64) -> String {
    if is_finite(micros) { date_text(micros.div_euclid(DAY)) } else { infinity_text(micros).to_owned() }
}

/// Returns the stored text of a date, of days since 1970.
pub fn date_text(days: i64) -> String {
    let (year, month, day) = civil_from_days(days);
    ymd(year, month, day)
}

/// Returns the text of a time of day.
pub fn time_text(time: i64) -> String {
    let seconds = time / SECOND;
    format!("{:02}:{:02}:{:02}{}", seconds / 3_600, seconds / 60 % 60, seconds % 60, fraction(time % SECOND))
}

/// Reads a `timestamptz`; without an offset the time is UTC. `now` is the run's clock, in microseconds.
pub fn parse_timestamptz(text: &str, now: i64) -> PgResult<i64> {
    let instant = local(text, now, "timestamp with time zone", |local, zone| zone.map_or(local, |z| z.to_utc(local)))?;
    in_range(instant, "timestamp")
}

/// Reads a `timestamp`; an offset is ignored, as PostgreSQL does.
pub fn parse_timestamp(text: &str, now: i64) -> PgResult<i64> {
    local(text, now, "timestamp", |local, _| local)
}

/// Reads a `date`, as the instant of its midnight.
pub fn parse_date(text: &str, now: i64) -> PgResult<i64> {
    let at = local(text, now, "date", |local, _| local)?;
    Ok(if is_finite(at) { at.div_euclid(DAY) * DAY } else { at })
}

fn local(text: &str, now: i64, type_name: &str, instant: impl Fn(i64, Option<Zone>) -> i64) -> PgResult<i64> {
    match datetime_in::read(text, now).map_err(|w| w.message(text, type_name))? {
        (Read::Instant(at), _) => Ok(at),
        (Read::Local { civil, zone }, true) => Ok(instant(civil.to_micros(), zone)),
        (Read::Local { .. }, false) => Err(PgError::invalid(type_name, text)),
    }
}

/// The calendar that text sorts rightly in: years 1 to 9999. PostgreSQL goes further on both sides.
pub fn in_range(micros: i64, what: &str) -> PgResult<i64> {
    if !is_finite(micros) || (1..=9_999).contains(&Civil::from_micros(micros).year) {
        Ok(micros)
    } else {
        Err(PgError::new(format!("{what} out of range")))
    }
}

/// `timestamp ± interval`: months first, clamped to the month's last day, then days, then the time.
pub fn add(micros: i64, interval: &Interval, sign: i64) -> PgResult<i64> {
    if !is_finite(micros) {
        return Ok(micros);
    }
    let mut c = Civil::from_micros(micros);
    if interval.months != 0 {
        let months = c.year * 12 + c.month - 1 + sign * interval.months;
        c.year = months.div_euclid(12);
        c.month = months.rem_euclid(12) + 1;
        c.day = c.day.min(days_in_month(c.year, c.month));
    }
    let out = || PgError::new("timestamp out of range");
    if c.year.abs() > 300_000 {
        return Err(out());
    }
    let days = interval.days.checked_mul(sign * DAY).ok_or_else(out)?;
    let time = interval.micros.checked_mul(sign).ok_or_else(out)?;
    let result = c.to_micros().checked_add(days).and_then(|m| m.checked_add(time)).ok_or_else(out)?;
    in_range(result, "timestamp")
}

/// `timestamp - timestamp`: whole days and a rest, both with the sign of the difference.
pub fn subtract(a: i64, b: i64) -> PgResult<Interval> {
    if !is_finite(a) || !is_finite(b) {
        return Err(PgError::new("cannot subtract infinite timestamps"));
    }
    let difference = a - b;
    Ok(Interval { months: 0, days: difference / DAY, micros: difference % DAY })
}

/// `age(a, b)`: years, months, days, borrowing days from the month of the earlier instant.
pub fn age(a: i64, b: i64) -> PgResult<Interval> {
    if !is_finite(a) || !is_finite(b) {
        return Err(PgError::new("timestamp out of range"));
    }
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
    Ok(Interval { months: sign * months, days: sign * days, micros: sign * time })
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
        assert_eq!(age(at("2021-02-09"), at("2019-07-17")).unwrap().to_text(), "1 year 6 mons 23 days");
        assert_eq!(subtract(at("2026-01-01"), at("2026-01-02 16:00")).unwrap().to_text(), "-1 days -16:00:00");
    }
}
