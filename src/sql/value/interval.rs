//! `interval`: months, days and microseconds, which never merge. Read by `interval_in`.

use crate::sql::error::{PgError, PgResult};
use crate::sql::value::datetime::{DAY, HOUR, SECOND};
use crate::sql::value::{field, number};
use std::cmp::Ordering;

/// An interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Interval {
    /// Months; a year is twelve.
    pub months: i64,
    /// Days.
    pub days: i64,
    /// Microseconds.
    pub micros: i64,
}

impl Interval {
    /// Reads the stored text `months,days,microseconds`.
    pub fn stored(text: &str) -> PgResult<Self> {
        let mut parts = text.split(',').map(|p| p.parse::<i64>().ok());
        match (parts.next().flatten(), parts.next().flatten(), parts.next().flatten()) {
            (Some(months), Some(days), Some(micros)) => Ok(Self { months, days, micros }),
            _ => Err(PgError::invalid("interval", text)),
        }
    }

    /// Returns the stored text.
    pub fn to_stored(self) -> String {
        format!("{},{},{}", self.months, self.days, self.micros)
    }

    /// `-interval`.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { months: -self.months, days: -self.days, micros: -self.micros }
    }

    /// `a + b`.
    pub fn plus(self, other: Self) -> PgResult<Self> {
        let sum = Self {
            months: self.months + other.months,
            days: self.days + other.days,
            micros: self.micros.checked_add(other.micros).ok_or_else(out_of_range)?,
        };
        sum.checked()
    }

    fn checked(self) -> PgResult<Self> {
        let fits = |n: i64| i32::try_from(n).is_ok();
        if fits(self.months) && fits(self.days) { Ok(self) } else { Err(out_of_range()) }
    }

    /// `interval * factor`: fractions cascade down, months of 30 days.
    pub fn times(self, factor: f64) -> PgResult<Self> {
        self.scaled(|n| n * factor)
    }

    /// `interval / divisor`.
    pub fn divided(self, by: f64) -> PgResult<Self> {
        if by == 0.0 { Err(PgError::new("division by zero")) } else { self.scaled(|n| n / by) }
    }

    #[expect(clippy::cast_precision_loss, reason = "PostgreSQL calculates in floats here as well")]
    fn scaled(self, scale: impl Fn(f64) -> f64) -> PgResult<Self> {
        let (months, days, micros) = (scale(self.months as f64), scale(self.days as f64), scale(self.micros as f64));
        let (whole_months, whole_days) = (months.trunc(), days.trunc());
        let round = |n: f64| (n * 1e6).round_ties_even() / 1e6;
        let month_days = round((months - whole_months) * 30.0);
        let mut seconds = round((days - whole_days + month_days - month_days.trunc()) * 86_400.0);
        let mut all_days = whole_days;
        if seconds.abs() >= 86_400.0 {
            all_days += (seconds / 86_400.0).trunc();
            seconds -= (seconds / 86_400.0).trunc() * 86_400.0;
        }
        all_days += month_days.trunc();
        let int = |n: f64| number::float_to_int(n, 64).map_err(|_| out_of_range());
        let result = Self { months: int(whole_months)?, days: int(all_days)?, micros: int(micros + seconds * 1e6)? };
        result.checked()
    }

    /// Returns PostgreSQL's output: `1 year 2 mons -3 days +04:05:06.7`.
    pub fn to_text(self) -> String {
        let mut parts: Vec<String> = Vec::new();
        let mut negative_before = false;
        for (count, one, many) in
            [(self.months / 12, "year", "years"), (self.months % 12, "mon", "mons"), (self.days, "day", "days")]
        {
            if count != 0 {
                let plus = if negative_before && count > 0 { "+" } else { "" };
                parts.push(format!("{plus}{count} {}", if count == 1 { one } else { many }));
                negative_before = count < 0;
            }
        }
        if self.micros != 0 || parts.is_empty() {
            let sign = if self.micros < 0 {
                "-"
            } else if negative_before {
                "+"
            } else {
                ""
            };
            let m = self.micros.abs();
            let seconds = m / SECOND;
            parts.push(format!(
                "{sign}{:02}:{:02}:{:02}{}",
                seconds / 3_600,
                seconds / 60 % 60,
                seconds % 60,
                super::datetime::fraction(m % SECOND)
            ));
        }
        parts.join(" ")
    }

    /// Compares as PostgreSQL: months of 30 days, days of 24 hours.
    pub fn compare(self, other: Self) -> Ordering {
        self.span().cmp(&other.span())
    }

    fn span(self) -> i128 {
        (i128::from(self.months) * 30 + i128::from(self.days)) * i128::from(DAY) + i128::from(self.micros)
    }

    /// A field for `extract` (a `numeric`).
    pub fn extract(self, text: &str) -> PgResult<String> {
        let seconds = |m: i64| {
            let sign = if m < 0 { "-" } else { "" };
            format!("{sign}{}.{:06}", m.abs() / SECOND, m.abs() % SECOND)
        };
        let whole = match field::name(text).ok_or_else(|| field::unit(text, "interval"))? {
            "year" => self.months / 12,
            "month" => self.months % 12,
            "day" => self.days,
            "hour" => self.micros / HOUR,
            "minute" => self.micros / (60 * SECOND) % 60,
            "second" => return Ok(seconds(self.micros % (60 * SECOND))),
            "milliseconds" => {
                let m = self.micros % (60 * SECOND);
                let sign = if m < 0 { "-" } else { "" };
                return Ok(format!("{sign}{}.{:03}", m.abs() / 1_000, m.abs() % 1_000));
            }
            "microseconds" => self.micros % (60 * SECOND),
            "quarter" => self.months % 12 / 3 + 1,
            "decade" => self.months / 120,
            "century" => self.months / 1_200,
            "millennium" => self.months / 12_000,
            "epoch" => {
                // A year counts 365.25 days, a month 30.
                let years = i128::from(self.months / 12) * 31_557_600;
                let rest = i128::from(self.months % 12) * 2_592_000 + i128::from(self.days) * 86_400;
                let total = (years + rest) * i128::from(SECOND) + i128::from(self.micros);
                let sign = if total < 0 { "-" } else { "" };
                let total = total.abs();
                return Ok(format!("{sign}{}.{:06}", total / i128::from(SECOND), total % i128::from(SECOND)));
            }
            _ => return Err(field::unit(text, "interval")),
        };
        Ok(whole.to_string())
    }

    /// `date_part('epoch', interval)`, calculated as PostgreSQL does.
    #[expect(clippy::cast_precision_loss, reason = "PostgreSQL's own formula")]
    pub fn epoch(self) -> f64 {
        let mut seconds = self.micros as f64 / 1_000_000.0;
        seconds += 365.25 * 86_400.0 * (self.months / 12) as f64;
        seconds += 30.0 * 86_400.0 * (self.months % 12) as f64;
        seconds + 86_400.0 * self.days as f64
    }

    /// `date_trunc` on an interval.
    pub fn truncate(self, text: &str) -> PgResult<Self> {
        let time = |unit: i64| Self { micros: self.micros / unit * unit, ..self };
        let months = |unit: i64| Self { months: self.months / unit * unit, days: 0, micros: 0 };
        Ok(match field::name(text).ok_or_else(|| field::unit(text, "interval"))? {
            "millennium" => months(12_000),
            "century" => months(1_200),
            "decade" => months(120),
            "year" => months(12),
            "quarter" => months(3),
            "month" => months(1),
            "day" => Self { micros: 0, ..self },
            "hour" => time(HOUR),
            "minute" => time(60 * SECOND),
            "second" => time(SECOND),
            "milliseconds" => time(1_000),
            "microseconds" => self,
            _ => return Err(field::unit(text, "interval")),
        })
    }

    /// `justify_interval`: both, with all parts of the same sign.
    #[must_use]
    pub fn justify_interval(self) -> Self {
        let mut r = Self { days: self.days + self.micros / DAY, micros: self.micros % DAY, ..self };
        r.months += r.days / 30;
        r.days %= 30;
        if r.months > 0 && (r.days < 0 || (r.days == 0 && r.micros < 0)) {
            r.days += 30;
            r.months -= 1;
        } else if r.months < 0 && (r.days > 0 || (r.days == 0 && r.micros > 0)) {
            r.days -= 30;
            r.months += 1;
        }
        if r.days > 0 && r.micros < 0 {
            r.micros += DAY;
            r.days -= 1;
        } else if r.days < 0 && r.micros > 0 {
            r.micros -= DAY;
            r.days += 1;
        }
        r
    }

    /// `justify_hours`: 24 hours become a day.
    #[must_use]
    pub fn justify_hours(self) -> Self {
        let mut r = Self { days: self.days + self.micros / DAY, micros: self.micros % DAY, ..self };
        if r.days > 0 && r.micros < 0 {
            r.days -= 1;
            r.micros += DAY;
        } else if r.days < 0 && r.micros > 0 {
            r.days += 1;
            r.micros -= DAY;
        }
        r
    }

    /// `justify_days`: 30 days become a month.
    #[must_use]
    pub fn justify_days(self) -> Self {
        let mut r = Self { months: self.months + self.days / 30, days: self.days % 30, ..self };
        if r.months > 0 && r.days < 0 {
            r.months -= 1;
            r.days += 30;
        } else if r.months < 0 && r.days > 0 {
            r.months += 1;
            r.days -= 30;
        }
        r
    }
}

fn out_of_range() -> PgError {
    PgError::new("interval out of range")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_and_print() {
        for (text, expected) in [
            ("90 days", "90 days"),
            ("1 year 2 mons 3 days 04:05:06.7", "1 year 2 mons 3 days 04:05:06.7"),
            ("2 hours", "02:00:00"),
            ("1 mon", "1 mon"),
            ("-1 day +2 hours", "-1 days +02:00:00"),
            ("0", "00:00:00"),
            ("1 week ago", "-7 days"),
            ("1.5 days", "1 day 12:00:00"),
        ] {
            assert_eq!(Interval::parse(text, None).unwrap().to_text(), expected, "{text}");
        }
        assert_eq!(Interval::parse("90", Some("day")).unwrap().to_text(), "90 days");
        assert!(Interval::parse("soon", None).is_err());
    }
}
