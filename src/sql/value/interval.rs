//! `interval`: months, days and microseconds, which never merge.

use crate::sql::error::{PgError, PgResult};
use crate::sql::value::datetime::{DAY, HOUR, SECOND, unit};
use crate::sql::value::number;
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

    /// Reads an interval; a bare number counts `unit`s (seconds without one).
    pub fn parse(text: &str, default_unit: Option<&str>) -> PgResult<Self> {
        let invalid = || PgError::invalid("interval", text);
        let mut result = Self::default();
        let mut sign_all = 1.0;
        let spaced = space_out(text);
        let words: Vec<&str> = spaced.split_whitespace().filter(|w| *w != "@").collect();
        if words.is_empty() {
            return Err(invalid());
        }
        let mut i = 0;
        while let Some(word) = words.get(i) {
            if word.eq_ignore_ascii_case("ago") && i + 1 == words.len() && i > 0 {
                sign_all = -1.0;
                i += 1;
                continue;
            }
            if word.contains(':') {
                result.micros += parse_clock(word).ok_or_else(invalid)?;
                i += 1;
                continue;
            }
            let number: f64 = word.parse().map_err(|_| invalid())?;
            let next = words.get(i + 1);
            let (name, used) = match next {
                Some(name)
                    if !name.contains(':') && !name.eq_ignore_ascii_case("ago") && name.parse::<f64>().is_err() =>
                {
                    (*name, 2)
                }
                Some(name) if name.contains(':') => ("day", 1),
                _ => (default_unit.unwrap_or("second"), 1),
            };
            result.add_unit(number, name).ok_or_else(invalid)?;
            i += used;
        }
        if sign_all < 0.0 {
            result = result.negated();
        }
        Ok(result)
    }

    fn add_unit(&mut self, number: f64, name: &str) -> Option<()> {
        let micros = |m: f64| int((m * 1_000_000.0).round());
        let lower = name.to_ascii_lowercase();
        let mut months = |count: f64| -> Option<()> {
            self.months += int(count.trunc())?;
            // Parts of a month are days of a month of thirty, parts of a day are hours.
            let days = (count.fract() * 30.0 * 1e9).round() / 1e9;
            self.days += int(days.trunc())?;
            self.micros += micros((days.fract() * 86_400.0 * 1e6).round() / 1e6)?;
            Some(())
        };
        match lower.as_str() {
            "year" | "years" | "y" | "yr" | "yrs" => {
                // A year's fraction counts in whole months.
                self.months += int((number * 12.0).round())?;
            }
            "decade" | "decades" => self.months += int((number * 120.0).round())?,
            "century" | "centuries" => self.months += int((number * 1_200.0).round())?,
            "month" | "months" | "mon" | "mons" => months(number)?,
            "week" | "weeks" | "w" => {
                let days = number * 7.0;
                self.days += int(days.trunc())?;
                self.micros += micros((days.fract() * 86_400.0 * 1e6).round() / 1e6)?;
            }
            "day" | "days" | "d" => {
                self.days += int(number.trunc())?;
                self.micros += micros((number.fract() * 86_400.0 * 1e6).round() / 1e6)?;
            }
            "hour" | "hours" | "h" | "hr" | "hrs" => self.micros += micros(number * 3_600.0)?,
            "minute" | "minutes" | "m" | "min" | "mins" => self.micros += micros(number * 60.0)?,
            "second" | "seconds" | "s" | "sec" | "secs" => self.micros += micros(number)?,
            "millisecond" | "milliseconds" | "ms" | "msec" | "msecs" => self.micros += micros(number / 1_000.0)?,
            "microsecond" | "microseconds" | "us" | "usec" | "usecs" => self.micros += int(number.round())?,
            _ => return None,
        }
        Some(())
    }

    /// `-interval`.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { months: -self.months, days: -self.days, micros: -self.micros }
    }

    /// `a + b`.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { months: self.months + other.months, days: self.days + other.days, micros: self.micros + other.micros }
    }

    /// `interval * factor`: fractions cascade down, months of 30 days.
    pub fn times(self, factor: f64) -> PgResult<Self> {
        let out = || PgError::new("interval out of range");
        #[expect(clippy::cast_precision_loss, reason = "PostgreSQL calculates in floats here as well")]
        let (months, days, micros) =
            (self.months as f64 * factor, self.days as f64 * factor, self.micros as f64 * factor);
        let month_days = (months.fract() * 30.0 * 1e6).round() / 1e6;
        let all_days = days.trunc() + month_days.trunc();
        let seconds = ((days.fract() + month_days.fract()) * 86_400.0 * 1e6).round();
        let whole_extra = (seconds / 86_400_000_000.0).trunc();
        Ok(Self {
            months: int(months.trunc()).ok_or_else(out)?,
            days: int(all_days + whole_extra).ok_or_else(out)?,
            micros: int((micros + seconds - whole_extra * 86_400_000_000.0).round()).ok_or_else(out)?,
        })
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
    pub fn extract(self, field: &str) -> PgResult<String> {
        let seconds = |m: i64| {
            let sign = if m < 0 { "-" } else { "" };
            format!("{sign}{}.{:06}", m.abs() / SECOND, m.abs() % SECOND)
        };
        let whole = match field {
            "year" | "years" => self.months / 12,
            "month" | "months" => self.months % 12,
            "day" | "days" => self.days,
            "hour" | "hours" => self.micros / HOUR,
            "minute" | "minutes" => self.micros / (60 * SECOND) % 60,
            "second" | "seconds" => return Ok(seconds(self.micros % (60 * SECOND))),
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
            other => return Err(unit(other, "interval")),
        };
        Ok(whole.to_string())
    }

    /// `date_trunc` on an interval.
    pub fn truncate(self, field: &str) -> PgResult<Self> {
        let time = |unit: i64| Self { micros: self.micros / unit * unit, ..self };
        Ok(match field.to_ascii_lowercase().as_str() {
            "year" | "years" => Self { months: self.months / 12 * 12, days: 0, micros: 0 },
            "quarter" => Self { months: self.months / 3 * 3, days: 0, micros: 0 },
            "month" | "months" => Self { months: self.months, days: 0, micros: 0 },
            "day" | "days" => Self { micros: 0, ..self },
            "hour" | "hours" => time(HOUR),
            "minute" | "minutes" => time(60 * SECOND),
            "second" | "seconds" => time(SECOND),
            "milliseconds" => time(1_000),
            "microseconds" => self,
            other => return Err(unit(other, "interval")),
        })
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

/// Puts blanks between numbers and unit names that are written together (`90days`).
fn space_out(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    let mut last: Option<char> = None;
    for c in text.chars() {
        if let Some(before) = last
            && (before.is_ascii_digit() && c.is_alphabetic()
                || before.is_alphabetic() && (c.is_ascii_digit() || c == '-'))
        {
            out.push(' ');
        }
        out.push(c);
        last = Some(c);
    }
    out
}

fn parse_clock(word: &str) -> Option<i64> {
    let (sign, word) = match word.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, word.strip_prefix('+').unwrap_or(word)),
    };
    let parts: Vec<&str> = word.split(':').collect();
    let hours: i64 = parts.first()?.parse().ok()?;
    let minutes: i64 = parts.get(1)?.parse().ok()?;
    let seconds = match parts.get(2) {
        Some(text) => number::to_float(text).ok()?,
        None => 0.0,
    };
    if parts.len() > 3 || !(0..60).contains(&minutes) {
        return None;
    }
    Some(sign * (hours * HOUR + minutes * 60 * SECOND + int((seconds * 1e6).round())?))
}

fn int(number: f64) -> Option<i64> {
    number::float_to_int(number, 64).ok()
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
