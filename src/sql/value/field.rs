//! The fields of times: `extract`, `date_part`, `date_trunc`.

use crate::sql::error::{PgError, PgResult};
use crate::sql::value::datetime::{
    Civil, DAY, HOUR, SECOND, day_of_week, days_from_civil, in_range, is_finite, iso_week,
};
use crate::sql::value::number;

/// Returns the full name of a field from any of PostgreSQL's spellings (`mons`, `hr`, `usecs`).
pub fn name(text: &str) -> Option<&'static str> {
    // Names are known by their first ten letters.
    let lower: String = text.chars().take(10).collect::<String>().to_ascii_lowercase();
    Some(match lower.as_str() {
        "c" | "cent" | "centuries" | "century" => "century",
        "d" | "day" | "days" => "day",
        "dec" | "decade" | "decades" | "decs" => "decade",
        "dow" => "dow",
        "doy" => "doy",
        "epoch" => "epoch",
        "h" | "hour" | "hours" | "hr" | "hrs" => "hour",
        "isodow" => "isodow",
        "isoyear" => "isoyear",
        "j" | "jd" | "julian" => "julian",
        "m" | "min" | "mins" | "minute" | "minutes" => "minute",
        "microsecon" | "us" | "usec" | "usecond" | "useconds" | "usecs" => "microseconds",
        "mil" | "mils" | "millennia" | "millennium" => "millennium",
        "millisecon" | "ms" | "msec" | "mseconds" | "msecs" | "msecond" => "milliseconds",
        "mon" | "mons" | "month" | "months" => "month",
        "qtr" | "quarter" => "quarter",
        "s" | "sec" | "second" | "seconds" | "secs" => "second",
        "timezone" => "timezone",
        "timezone_h" => "timezone_hour",
        "timezone_m" => "timezone_minute",
        "w" | "week" | "weeks" => "week",
        "y" | "year" | "years" | "yr" | "yrs" => "year",
        _ => return None,
    })
}

/// The error for a field that a type does not have.
pub fn unit(field: &str, type_name: &str) -> PgError {
    let lower = field.to_ascii_lowercase();
    let problem = if name(field).is_some() { "not supported" } else { "not recognized" };
    PgError::new(format!("unit \"{lower}\" {problem} for type {type_name}"))
}

/// Returns a field of a date or timestamp as the text of a `numeric`; none for most fields of infinity.
pub fn extract(field: &str, micros: i64, type_name: &str) -> PgResult<Option<String>> {
    let is_date = type_name == "date";
    let known = name(field).ok_or_else(|| unit(field, type_name))?;
    let is_time = matches!(known, "hour" | "minute" | "second" | "milliseconds" | "microseconds");
    if (is_date && is_time) || (known.starts_with("timezone") && !type_name.ends_with("with time zone")) {
        return Err(unit(field, type_name));
    }
    if !is_finite(micros) {
        let grows = matches!(known, "year" | "decade" | "century" | "millennium" | "julian" | "isoyear" | "epoch");
        return Ok(grows.then(|| if micros > 0 { "Infinity" } else { "-Infinity" }.to_owned()));
    }
    let c = Civil::from_micros(micros);
    let days = micros.div_euclid(DAY);
    let seconds = |m: i64| format!("{}.{:06}", m / SECOND, m % SECOND);
    let whole = match known {
        "year" => c.year,
        "month" => c.month,
        "day" => c.day,
        "dow" => day_of_week(days),
        "isodow" => (days + 3).rem_euclid(7) + 1,
        "doy" => days - days_from_civil(c.year, 1, 1) + 1,
        "week" => iso_week(days).1,
        "isoyear" => iso_week(days).0,
        "quarter" => (c.month - 1) / 3 + 1,
        "century" => (c.year + 99).div_euclid(100),
        "decade" => c.year.div_euclid(10),
        "millennium" => (c.year + 999).div_euclid(1_000),
        "julian" if is_date => days + 2_440_588,
        "julian" => {
            let part = number::arithmetic("/", &c.time.to_string(), &DAY.to_string())?;
            return number::arithmetic("+", &(days + 2_440_588).to_string(), &part).map(Some);
        }
        "epoch" if is_date => micros / SECOND,
        "epoch" => {
            let sign = if micros < 0 { "-" } else { "" };
            return Ok(Some(format!("{sign}{}", seconds(micros.abs()))));
        }
        "hour" => c.time / HOUR,
        "minute" => c.time / (60 * SECOND) % 60,
        "second" => return Ok(Some(seconds(c.time % (60 * SECOND)))),
        "milliseconds" => return Ok(Some(format!("{}.{:03}", c.time % (60 * SECOND) / 1_000, c.time % 1_000))),
        "microseconds" => c.time % (60 * SECOND),
        "timezone" | "timezone_hour" | "timezone_minute" => 0,
        _ => return Err(unit(field, type_name)),
    };
    Ok(Some(whole.to_string()))
}

/// Returns a field of a time of day as the text of a `numeric`.
pub fn extract_time(field: &str, time: i64) -> PgResult<String> {
    const NAME: &str = "time without time zone";
    let seconds = |m: i64| format!("{}.{:06}", m / SECOND, m % SECOND);
    Ok(match name(field).ok_or_else(|| unit(field, NAME))? {
        "hour" => (time / HOUR).to_string(),
        "minute" => (time / (60 * SECOND) % 60).to_string(),
        "second" => seconds(time % (60 * SECOND)),
        "milliseconds" => format!("{}.{:03}", time % (60 * SECOND) / 1_000, time % 1_000),
        "microseconds" => (time % (60 * SECOND)).to_string(),
        "epoch" => seconds(time),
        _ => return Err(unit(field, NAME)),
    })
}

/// `date_trunc` on an instant.
pub fn truncate(field: &str, micros: i64, type_name: &str) -> PgResult<i64> {
    let known = name(field).ok_or_else(|| unit(field, type_name))?;
    if !is_finite(micros) {
        return Ok(micros);
    }
    let c = Civil::from_micros(micros);
    let days = micros.div_euclid(DAY);
    let at = |year: i64, month: i64| days_from_civil(year, month, 1) * DAY;
    let result = match known {
        "microseconds" => micros,
        "milliseconds" => micros - micros.rem_euclid(1_000),
        "second" => micros - micros.rem_euclid(SECOND),
        "minute" => micros - micros.rem_euclid(60 * SECOND),
        "hour" => micros - micros.rem_euclid(HOUR),
        "day" => days * DAY,
        "week" => (days - (days + 3).rem_euclid(7)) * DAY,
        "month" => at(c.year, c.month),
        "quarter" => at(c.year, (c.month - 1) / 3 * 3 + 1),
        "year" => at(c.year, 1),
        "decade" => at(c.year.div_euclid(10) * 10, 1),
        "century" => at((c.year - 1).div_euclid(100) * 100 + 1, 1),
        "millennium" => at((c.year - 1).div_euclid(1_000) * 1_000 + 1, 1),
        _ => return Err(unit(field, type_name)),
    };
    in_range(result, "timestamp")
}
