//! Functions on dates, timestamps and intervals, and their casts.

use super::{Args, Registry};
use crate::sql::error::{PgError, PgResult};
use crate::sql::value::datetime::{self, DAY};
use crate::sql::value::interval::Interval;
use crate::sql::value::{number, to_char};
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

pub(super) fn register(r: &Registry<'_>) -> Result<()> {
    let now = r.session.now();
    r.any("pg_now", 0, move |_| Ok(datetime::timestamp_text(now)))?;
    r.any("pg_today", 0, move |_| Ok(datetime::date_text(now.div_euclid(DAY))))?;

    r.cast("pg_t2ts", 1, move |a| datetime::parse_timestamptz(a.text(0)?, now).map(datetime::timestamp_text))?;
    r.cast("pg_t2tsn", 1, move |a| datetime::parse_timestamp(a.text(0)?, now).map(datetime::timestamp_text))?;
    r.cast("pg_t2date", 1, move |a| datetime::parse_date(a.text(0)?, now).map(datetime::date_text))?;
    r.cast("pg_t2time", 1, |a| datetime::time_text(a.text(0)?))?;
    r.cast("pg_t2iv", 1, |a| Interval::parse(a.text(0)?, None).map(Interval::to_stored))?;
    r.strict("pg_ts2date", 1, |a| Ok(datetime::date_text(instant(a, 0)?.div_euclid(DAY))))?;
    r.strict("pg_ts2time", 1, |a| Ok(a.text(0)?.get(11..).unwrap_or("00:00:00").to_owned()))?;
    r.strict("pg_iv2t", 1, |a| Ok(interval(a, 0)?.to_text()))?;

    r.strict("pg_tsadd", 3, |a| {
        datetime::add(instant(a, 0)?, &interval(a, 1)?, a.int(2)?).map(datetime::timestamp_text)
    })?;
    r.strict("pg_tssub", 2, |a| Ok(datetime::subtract(instant(a, 0)?, instant(a, 1)?).to_stored()))?;
    r.strict("pg_dateadd", 2, |a| {
        let days = instant(a, 0)?.div_euclid(DAY).checked_add(a.int(1)?).filter(|d| d.abs() < 100_000_000);
        days.map(datetime::date_text).ok_or_else(|| PgError::new("date out of range"))
    })?;
    r.strict("pg_datesub", 2, |a| Ok((instant(a, 0)? - instant(a, 1)?) / DAY))?;
    r.strict("pg_age", 2, |a| Ok(datetime::age(instant(a, 0)?, instant(a, 1)?).to_stored()))?;
    r.strict("pg_ivadd", 3, |a| {
        let other = interval(a, 1)?;
        Ok(interval(a, 0)?.plus(if a.int(2)? < 0 { other.negated() } else { other }).to_stored())
    })?;
    r.strict("pg_ivneg", 1, |a| Ok(interval(a, 0)?.negated().to_stored()))?;
    r.strict("pg_ivmul", 2, |a| interval(a, 0)?.times(a.float(1)?).map(Interval::to_stored))?;
    r.strict("pg_ivdiv", 2, |a| {
        let by = a.float(1)?;
        if by == 0.0 {
            Err(PgError::new("division by zero"))
        } else {
            interval(a, 0)?.times(1.0 / by).map(Interval::to_stored)
        }
    })?;
    r.strict("pg_ivcmp", 2, |a| Ok(interval(a, 0)?.compare(interval(a, 1)?) as i64))?;
    r.strict("pg_justify_hours", 1, |a| Ok(interval(a, 0)?.justify_hours().to_stored()))?;
    r.strict("pg_justify_days", 1, |a| Ok(interval(a, 0)?.justify_days().to_stored()))?;
    r.strict("pg_justify_interval", 1, |a| Ok(interval(a, 0)?.justify_hours().justify_days().to_stored()))?;
    r.strict("pg_make_interval", 7, |a| {
        let (years, months, weeks, days) = (a.int(0)?, a.int(1)?, a.int(2)?, a.int(3)?);
        let seconds = number::float_to_int((a.float(6)? * 1e6).round(), 64)?;
        let micros = a.int(4)? * datetime::HOUR + a.int(5)? * 60 * datetime::SECOND + seconds;
        Ok(Interval { months: years * 12 + months, days: weeks * 7 + days, micros }.to_stored())
    })?;
    r.strict("pg_make_date", 3, |a| {
        let text = format!("{:04}-{:02}-{:02}", a.int(0)?, a.int(1)?, a.int(2)?);
        datetime::parse_date(&text, 0)
            .map(datetime::date_text)
            .map_err(|_| PgError::new(format!("date field value out of range: {text}")))
    })?;

    // Field, value, what the value is: `date`, `timestamp`, `timestamptz` or `interval`.
    r.strict("pg_extract", 3, extract)?;
    r.strict("pg_date_part", 3, |a| number::to_float(&extract(a)?))?;
    r.strict("pg_trunc_ts", 3, |a| {
        datetime::truncate(a.text(0)?, instant(a, 1)?, a.text(2)?).map(datetime::timestamp_text)
    })?;
    r.strict("pg_trunc_iv", 2, |a| interval(a, 1)?.truncate(a.text(0)?).map(Interval::to_stored))?;
    r.strict("pg_date_bin", 3, |a| {
        let stride = interval(a, 0)?;
        let width = stride.days * DAY + stride.micros;
        if stride.months != 0 {
            return Err(PgError::new("timestamps cannot be binned into intervals containing months or years"));
        }
        if width <= 0 {
            return Err(PgError::new("stride must be greater than zero"));
        }
        let origin = instant(a, 2)?;
        Ok(datetime::timestamp_text(origin + (instant(a, 1)? - origin).div_euclid(width) * width))
    })?;
    r.strict("pg_to_char", 3, |a| Ok(to_char::timestamp(instant(a, 0)?, a.text(1)?, a.int(2)? == 1)))?;
    r.strict("pg_to_ts", 2, |a| to_char::parse_timestamp(a.text(0)?, a.text(1)?).map(datetime::timestamp_text))?;
    r.strict("pg_to_date", 2, |a| {
        to_char::parse_timestamp(a.text(0)?, a.text(1)?).map(|m| datetime::date_text(m.div_euclid(DAY)))
    })?;
    r.strict("pg_epoch2ts", 1, |a| {
        number::float_to_int((a.float(0)? * 1e6).round(), 64).map(datetime::timestamp_text)
    })?;
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

fn extract(a: &Args<'_>) -> PgResult<String> {
    let field = a.text(0)?.to_ascii_lowercase();
    match a.text(2)? {
        "interval" => interval(a, 1)?.extract(&field),
        "date" => datetime::extract(&field, instant(a, 1)?, true, "date"),
        "timestamp" => datetime::extract(&field, instant(a, 1)?, false, "timestamp without time zone"),
        _ => datetime::extract(&field, instant(a, 1)?, false, "timestamp with time zone"),
    }
}
