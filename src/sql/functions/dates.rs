//! Functions on dates, times, timestamps and intervals, and their casts.

use super::{Args, Registry};
use crate::sql::error::{PgError, PgResult};
use crate::sql::value::datetime::{self, Civil, DAY, HOUR, SECOND};
use crate::sql::value::interval::Interval;
use crate::sql::value::zone::{self, Zone};
use crate::sql::value::{datetime_in, field, from_char, number, number_format, to_char};
use rusqlite::Result;

/// How many rows a set-returning function may make.
const MAX_ROWS: usize = 1_000_000;

/// Refuses a set that grows too large.
pub(super) fn bounded(rows: usize) -> PgResult<()> {
    if rows >= MAX_ROWS { Err(PgError::new("generate_series: more than 1000000 rows")) } else { Ok(()) }
}

fn instant(a: &Args<'_>, i: usize) -> PgResult<i64> {
    datetime::stored(a.text(i)?)
}

fn interval(a: &Args<'_>, i: usize) -> PgResult<Interval> {
    Interval::stored(a.text(i)?)
}

fn time(a: &Args<'_>, i: usize) -> PgResult<i64> {
    datetime_in::time_of_day(a.text(i)?, 0)
}

pub(super) fn register(r: &Registry<'_>) -> Result<()> {
    casts(r)?;
    arithmetic(r)?;
    makers(r)?;
    zones(r)?;
    templates(r)?;

    // Field, value, what the value is: `date`, `time`, `timestamp`, `timestamptz` or `interval`.
    r.strict("pg_extract", 3, extract)?;
    r.strict("pg_date_part", 3, |a| {
        if a.text(2)? == "interval" && field::name(a.text(0)?) == Some("epoch") {
            return Ok(Some(interval(a, 1)?.epoch()));
        }
        extract(a)?.map(|text| number::to_float(&text)).transpose()
    })?;
    r.strict("pg_trunc_ts", 3, |a| {
        field::truncate(a.text(0)?, instant(a, 1)?, a.text(2)?).map(datetime::timestamp_text)
    })?;
    r.strict("pg_trunc_ts_zone", 3, |a| {
        let zone = zone::parse(a.text(2)?)?;
        let local = zone.to_local(instant(a, 1)?);
        let cut = field::truncate(a.text(0)?, local, "timestamp with time zone")?;
        Ok(datetime::timestamp_text(zone.to_utc(cut)))
    })?;
    r.strict("pg_trunc_iv", 2, |a| interval(a, 1)?.truncate(a.text(0)?).map(Interval::to_stored))?;
    r.strict("pg_date_bin", 3, date_bin)?;
    r.strict("pg_isfinite", 1, |a| Ok(datetime::is_finite(instant(a, 0)?)))?;
    r.strict("pg_isfinite_iv", 1, |_| Ok(true))?;
    r.any("pg_overlaps", 4, overlaps)?;
    r.any("pg_series_ts", 3, |a| {
        if a.is_null(0) || a.is_null(1) || a.is_null(2) {
            return Ok("[]".to_owned());
        }
        let (from, to, step) = (instant(a, 0)?, instant(a, 1)?, interval(a, 2)?);
        let zero = Interval::default();
        let forward = match step.compare(zero) {
            std::cmp::Ordering::Equal => return Err(PgError::new("step size cannot equal zero")),
            order => order == std::cmp::Ordering::Greater,
        };
        let mut items = Vec::new();
        let mut at = from;
        while if forward { at <= to } else { at >= to } {
            bounded(items.len())?;
            items.push(Some(datetime::timestamp_text(at)));
            at = datetime::add(at, &step, 1)?;
        }
        Ok(super::rows(items))
    })
}

/// `(start, end) OVERLAPS (start, end)`: ends come in any order, one of a pair may be NULL.
fn overlaps(a: &Args<'_>) -> PgResult<Option<bool>> {
    let pair = |i: usize| -> PgResult<Option<(i64, Option<i64>)>> {
        let read = |i: usize| if a.is_null(i) { Ok(None) } else { instant(a, i).map(Some) };
        Ok(match (read(i)?, read(i + 1)?) {
            (None, None) => None,
            (Some(x), Some(y)) => Some((x.min(y), Some(x.max(y)))),
            (Some(x), None) | (None, Some(x)) => Some((x, None)),
        })
    };
    let (Some((start1, end1)), Some((start2, end2))) = (pair(0)?, pair(2)?) else { return Ok(None) };
    let later = |start: i64, own_end: Option<i64>, other_end: Option<i64>| match (other_end, own_end) {
        (None, _) => None,
        (Some(other), _) if start < other => Some(true),
        (_, own) => own.map(|_| false),
    };
    Ok(match start1.cmp(&start2) {
        std::cmp::Ordering::Greater => later(start1, end1, end2),
        std::cmp::Ordering::Less => later(start2, end2, end1),
        std::cmp::Ordering::Equal => end1.and(end2).map(|_| true),
    })
}

fn casts(r: &Registry<'_>) -> Result<()> {
    let now = r.session.now();
    r.any("pg_now", 0, move |_| Ok(datetime::timestamp_text(now)))?;
    r.any("pg_today", 0, move |_| Ok(datetime::date_of(now)))?;
    r.cast("pg_t2ts", 1, move |a| datetime::parse_timestamptz(a.text(0)?, now).map(datetime::timestamp_text))?;
    r.cast("pg_t2tsn", 1, move |a| datetime::parse_timestamp(a.text(0)?, now).map(datetime::timestamp_text))?;
    r.cast("pg_t2date", 1, move |a| datetime::parse_date(a.text(0)?, now).map(datetime::date_of))?;
    r.cast("pg_t2time", 1, move |a| datetime_in::time_of_day(a.text(0)?, now).map(datetime::time_text))?;
    r.cast("pg_t2iv", 1, |a| Interval::parse(a.text(0)?, None).map(Interval::to_stored))?;
    r.strict("pg_ts2date", 1, |a| Ok(datetime::date_of(instant(a, 0)?)))?;
    r.strict("pg_ts2t", 1, |a| {
        let text = a.text(0)?;
        Ok(if text.ends_with('y') { text.to_owned() } else { format!("{text}+00") })
    })?;
    r.strict("pg_d2ts", 1, |a| {
        let text = a.text(0)?;
        Ok(if text.ends_with('y') { text.to_owned() } else { format!("{text} 00:00:00") })
    })?;
    r.strict("pg_ts_round", 2, |a| {
        let at = instant(a, 0)?;
        let unit = 10_i64.pow(u32::try_from(6 - a.int(1)?.clamp(0, 6)).unwrap_or(0));
        let rounded = if datetime::is_finite(at) { (at + unit / 2).div_euclid(unit) * unit } else { at };
        datetime::in_range(rounded, "timestamp").map(datetime::timestamp_text)
    })?;
    r.strict("pg_micros", 1, |a| instant(a, 0))?;
    r.strict("pg_iv_round", 2, |a| {
        let unit = 10_i64.pow(u32::try_from(6 - a.int(1)?.clamp(0, 6)).unwrap_or(0));
        let length = interval(a, 0)?;
        let half = if length.micros < 0 { -unit / 2 } else { unit / 2 };
        Ok(Interval { micros: (length.micros + half) / unit * unit, ..length }.to_stored())
    })?;
    r.strict("pg_time_round", 2, |a| {
        let unit = 10_i64.pow(u32::try_from(6 - a.int(1)?.clamp(0, 6)).unwrap_or(0));
        Ok(datetime::time_text((time(a, 0)? + unit / 2).div_euclid(unit) * unit))
    })?;
    r.strict("pg_ts2time", 1, |a| {
        let at = instant(a, 0)?;
        Ok(datetime::is_finite(at).then(|| datetime::time_text(at.rem_euclid(DAY))))
    })?;
    r.strict("pg_iv2time", 1, |a| Ok(datetime::time_text(interval(a, 0)?.micros.rem_euclid(DAY))))?;
    r.strict("pg_time2iv", 1, |a| Ok(Interval { micros: time(a, 0)?, ..Interval::default() }.to_stored()))?;
    r.strict("pg_iv2t", 1, |a| Ok(interval(a, 0)?.to_text()))
}

fn arithmetic(r: &Registry<'_>) -> Result<()> {
    r.strict("pg_tsadd", 3, |a| {
        datetime::add(instant(a, 0)?, &interval(a, 1)?, a.int(2)?).map(datetime::timestamp_text)
    })?;
    r.strict("pg_tssub", 2, |a| datetime::subtract(instant(a, 0)?, instant(a, 1)?).map(Interval::to_stored))?;
    r.strict("pg_dateadd", 2, |a| {
        let at = instant(a, 0)?;
        if !datetime::is_finite(at) {
            return Ok(datetime::date_of(at));
        }
        let out = || PgError::new("date out of range");
        let days = at.div_euclid(DAY).checked_add(a.int(1)?).filter(|d| d.abs() < 100_000_000).ok_or_else(out)?;
        datetime::in_range(days * DAY, "date").map(datetime::date_of)
    })?;
    r.strict("pg_datesub", 2, |a| {
        let (x, y) = (instant(a, 0)?, instant(a, 1)?);
        if !datetime::is_finite(x) || !datetime::is_finite(y) {
            return Err(PgError::new("cannot subtract infinite dates"));
        }
        Ok((x - y) / DAY)
    })?;
    r.strict("pg_datetime", 2, |a| {
        let (day, time) = (instant(a, 0)?, time(a, 1)?);
        if !datetime::is_finite(day) {
            return Ok(datetime::timestamp_text(day));
        }
        datetime::in_range(day + time, "timestamp").map(datetime::timestamp_text)
    })?;
    r.strict("pg_age", 2, |a| datetime::age(instant(a, 0)?, instant(a, 1)?).map(Interval::to_stored))?;
    r.strict("pg_timeadd", 3, |a| {
        let micros = time(a, 0)? + a.int(2)? * (interval(a, 1)?.micros % DAY);
        Ok(datetime::time_text(micros.rem_euclid(DAY)))
    })?;
    r.strict("pg_timesub", 2, |a| {
        Ok(Interval { micros: time(a, 0)? - time(a, 1)?, ..Interval::default() }.to_stored())
    })?;
    r.strict("pg_ivadd", 3, |a| {
        let other = interval(a, 1)?;
        interval(a, 0)?.plus(if a.int(2)? < 0 { other.negated() } else { other }).map(Interval::to_stored)
    })?;
    r.strict("pg_ivneg", 1, |a| Ok(interval(a, 0)?.negated().to_stored()))?;
    r.strict("pg_ivmul", 2, |a| interval(a, 0)?.times(a.float(1)?).map(Interval::to_stored))?;
    r.strict("pg_ivdiv", 2, |a| interval(a, 0)?.divided(a.float(1)?).map(Interval::to_stored))?;
    r.strict("pg_ivcmp", 2, |a| Ok(interval(a, 0)?.compare(interval(a, 1)?) as i64))?;
    r.strict("pg_justify_hours", 1, |a| Ok(interval(a, 0)?.justify_hours().to_stored()))?;
    r.strict("pg_justify_days", 1, |a| Ok(interval(a, 0)?.justify_days().to_stored()))?;
    r.strict("pg_justify_interval", 1, |a| Ok(interval(a, 0)?.justify_interval().to_stored()))
}

fn makers(r: &Registry<'_>) -> Result<()> {
    r.strict("pg_make_interval", 7, |a| {
        let (years, months, weeks, days) = (a.int(0)?, a.int(1)?, a.int(2)?, a.int(3)?);
        let seconds = number::float_to_int((a.float(6)? * 1e6).round_ties_even(), 64)
            .map_err(|_| PgError::new("interval out of range"))?;
        let micros = a.int(4)? * HOUR + a.int(5)? * 60 * SECOND + seconds;
        Ok(Interval { months: years * 12 + months, days: weeks * 7 + days, micros }.to_stored())
    })?;
    r.strict("pg_make_date", 3, |a| day(a).map(datetime::date_of))?;
    r.strict("pg_make_time", 3, |a| clock(a, 0).map(datetime::time_text))?;
    r.strict("pg_make_timestamp", 6, |a| {
        datetime::in_range(day(a)? + clock(a, 3)?, "timestamp").map(datetime::timestamp_text)
    })?;
    r.strict("pg_make_timestamptz", 7, |a| {
        let local = day(a)? + clock(a, 3)?;
        let name = a.text(6)?;
        // Unlike AT TIME ZONE, an offset here is positive to the east.
        let zone = match zone::parse(name)? {
            _ if name.starts_with(|c: char| c.is_ascii_digit()) => {
                return Err(PgError::new(format!("invalid input syntax for type numeric time zone: \"{name}\"")));
            }
            Zone::Fixed(offset) if name.starts_with(['+', '-']) => Zone::Fixed(-offset),
            zone => zone,
        };
        datetime::in_range(zone.to_utc(local), "timestamp").map(datetime::timestamp_text)
    })?;
    r.strict("pg_epoch2ts", 1, |a| {
        const TO_2000: f64 = 946_684_800.0;
        let seconds = a.float(0)?;
        if seconds.is_infinite() {
            let end = if seconds > 0.0 { datetime::INFINITY } else { datetime::MINUS_INFINITY };
            return Ok(datetime::timestamp_text(end));
        }
        let out = || PgError::new(format!("timestamp out of range: \"{}\"", number::float_text(seconds)));
        let since_2000 = number::float_to_int(((seconds - TO_2000) * 1e6).round_ties_even(), 64).map_err(|_| out())?;
        let at = since_2000.checked_add(946_684_800 * SECOND).ok_or_else(out)?;
        datetime::in_range(at, "timestamp").map(datetime::timestamp_text)
    })
}

/// Reads year, month, day from the first three arguments, as the instant of midnight.
fn day(a: &Args<'_>) -> PgResult<i64> {
    let (year, month, day) = (a.int(0)?, a.int(1)?, a.int(2)?);
    let exists = year != 0 && (1..=12).contains(&month) && day >= 1 && day <= datetime::days_in_month(year, month);
    if !exists || year > 9_999 {
        return Err(PgError::new(format!("date field value out of range: {year}-{month:02}-{day:02}")));
    }
    if year < 0 {
        return Err(PgError::new("date out of range"));
    }
    Ok(Civil { year, month, day, time: 0 }.to_micros())
}

/// Reads hour, minute, second from three arguments.
fn clock(a: &Args<'_>, first: usize) -> PgResult<i64> {
    let (hour, minute, second) = (a.int(first)?, a.int(first + 1)?, a.float(first + 2)?);
    let wrong = || {
        PgError::new(format!("time field value out of range: {hour}:{minute:02}:{:0>2}", number::float_text(second)))
    };
    let micros = number::float_to_int((second * 1e6).round_ties_even(), 64).map_err(|_| wrong())?;
    let ok = (0..=24).contains(&hour) && (0..60).contains(&minute) && (0..=60 * SECOND).contains(&micros);
    let total = hour * HOUR + minute * 60 * SECOND + micros;
    if ok && total <= DAY { Ok(total) } else { Err(wrong()) }
}

fn zones(r: &Registry<'_>) -> Result<()> {
    fn offset(a: &Args<'_>) -> PgResult<Zone> {
        let interval = interval(a, 0)?;
        if interval.months != 0 || interval.days != 0 {
            return Err(PgError::new(format!(
                "interval time zone \"{}\" must not include months or days",
                interval.to_text()
            )));
        }
        Ok(Zone::Fixed(interval.micros))
    }
    // An infinite instant is the same everywhere, also in zones that do not exist.
    fn moved(at: i64, zone: impl FnOnce() -> PgResult<Zone>, to_local: bool) -> PgResult<String> {
        if !datetime::is_finite(at) {
            return Ok(datetime::timestamp_text(at));
        }
        let zone = zone()?;
        let result = if to_local { zone.to_local(at) } else { zone.to_utc(at) };
        datetime::in_range(result, "timestamp").map(datetime::timestamp_text)
    }
    r.strict("pg_ts_in_zone", 2, |a| moved(instant(a, 1)?, || zone::parse(a.text(0)?), true))?;
    r.strict("pg_ts_from_zone", 2, |a| moved(instant(a, 1)?, || zone::parse(a.text(0)?), false))?;
    r.strict("pg_ts_in_offset", 2, |a| moved(instant(a, 1)?, || offset(a), true))?;
    r.strict("pg_ts_from_offset", 2, |a| moved(instant(a, 1)?, || offset(a), false))
}

fn templates(r: &Registry<'_>) -> Result<()> {
    r.strict("pg_to_char_tz", 2, |a| to_char::timestamp(instant(a, 0)?, a.text(1)?, true))?;
    r.strict("pg_to_char_ts", 2, |a| to_char::timestamp(instant(a, 0)?, a.text(1)?, false))?;
    r.strict("pg_to_char_iv", 2, |a| to_char::interval(interval(a, 0)?, a.text(1)?))?;
    r.strict("pg_to_char_num", 2, |a| number_format::numeric(a.text(0)?, a.text(1)?))?;
    r.strict("pg_to_char_int4", 2, |a| {
        number_format::narrow_integer(i32::try_from(a.int(0)?).unwrap_or(i32::MAX), a.text(1)?)
    })?;
    r.strict("pg_to_char_int", 2, |a| number_format::integer(a.int(0)?, a.text(1)?))?;
    r.strict("pg_to_char_float", 2, |a| number_format::float(a.float(0)?, a.text(1)?, 15))?;
    r.strict("pg_to_char_float4", 2, |a| number_format::float(a.float(0)?, a.text(1)?, 6))?;
    r.strict("pg_to_number", 2, |a| number_format::to_number(a.text(0)?, a.text(1)?))?;
    r.strict("pg_to_ts", 2, |a| from_char::timestamp(a.text(0)?, a.text(1)?).map(datetime::timestamp_text))?;
    r.strict("pg_to_date", 2, |a| from_char::timestamp(a.text(0)?, a.text(1)?).map(datetime::date_of))
}

fn date_bin(a: &Args<'_>) -> PgResult<String> {
    let stride = interval(a, 0)?;
    if stride.months != 0 {
        return Err(PgError::new("timestamps cannot be binned into intervals containing months or years"));
    }
    let width = stride.days.checked_mul(DAY).and_then(|d| d.checked_add(stride.micros));
    let width = width.ok_or_else(|| PgError::new("interval out of range"))?;
    if width <= 0 {
        return Err(PgError::new("stride must be greater than zero"));
    }
    let (at, origin) = (instant(a, 1)?, instant(a, 2)?);
    if !datetime::is_finite(at) {
        return Ok(datetime::timestamp_text(at));
    }
    if !datetime::is_finite(origin) {
        return Err(PgError::new("origin out of range"));
    }
    datetime::in_range(origin + (at - origin).div_euclid(width) * width, "timestamp").map(datetime::timestamp_text)
}

fn extract(a: &Args<'_>) -> PgResult<Option<String>> {
    let name = a.text(0)?;
    match a.text(2)? {
        "interval" => interval(a, 1)?.extract(name).map(Some),
        "time" => field::extract_time(name, time(a, 1)?).map(Some),
        "date" => field::extract(name, instant(a, 1)?, "date"),
        "timestamp" => field::extract(name, instant(a, 1)?, "timestamp without time zone"),
        _ => field::extract(name, instant(a, 1)?, "timestamp with time zone"),
    }
}
