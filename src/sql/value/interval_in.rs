//! Reads intervals: PostgreSQL's words, clock times, SQL's `years-months`, ISO 8601's `P...`
//! (`src/backend/utils/adt/datetime.c`: `DecodeInterval`, `DecodeISO8601Interval`).

use crate::sql::error::PgResult;
use crate::sql::value::datetime::{HOUR, SECOND};
use crate::sql::value::datetime_in::{Kind, Wrong, clock, fields};
use crate::sql::value::field;
use crate::sql::value::interval::Interval;
use crate::sql::value::number::float_to_int;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Microsecond,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
    Decade,
    Century,
    Millennium,
}

fn unit(word: &str) -> Option<Unit> {
    Some(match field::name(word)? {
        "microseconds" => Unit::Microsecond,
        "milliseconds" => Unit::Millisecond,
        "second" => Unit::Second,
        "minute" => Unit::Minute,
        "hour" => Unit::Hour,
        "day" => Unit::Day,
        "week" => Unit::Week,
        "month" => Unit::Month,
        "year" => Unit::Year,
        "decade" => Unit::Decade,
        "century" => Unit::Century,
        "millennium" => Unit::Millennium,
        _ => return None,
    })
}

impl Interval {
    /// Reads an interval. `range` is the field of `interval '90' day` or `interval '1-2' year to month`: the last field
    /// is what a bare number counts, and what is smaller is cut off.
    pub fn parse(text: &str, range: Option<&str>) -> PgResult<Self> {
        let range = range.map(str::to_ascii_lowercase);
        let last = range.as_deref().map(|r| r.rsplit(" to ").next().unwrap_or(r).trim().to_owned());
        let read = words(text, last.as_deref().and_then(unit).unwrap_or(Unit::Second))
            .or_else(|wrong| if wrong == Wrong::Format { iso(text) } else { Err(wrong) })
            .map_err(|w| match w {
                Wrong::Range | Wrong::ZoneRange | Wrong::Interval => Wrong::Interval.message(text, "interval"),
                Wrong::Format => Wrong::Format.message(text, "interval"),
            })?;
        let fits = |n: i64| i32::try_from(n).is_ok();
        if !fits(read.months) || !fits(read.days) {
            return Err(Wrong::Interval.message(text, "interval"));
        }
        Ok(match last.as_deref().and_then(unit) {
            Some(Unit::Year) => Self { months: read.months / 12 * 12, days: 0, micros: 0 },
            Some(Unit::Month) => Self { days: 0, micros: 0, ..read },
            Some(Unit::Day) => Self { micros: 0, ..read },
            Some(Unit::Hour) => Self { micros: read.micros / HOUR * HOUR, ..read },
            Some(Unit::Minute) => Self { micros: read.micros / (60 * SECOND) * (60 * SECOND), ..read },
            _ => read,
        })
    }

    fn add_whole(&mut self, to: Unit, count: i64) -> Result<(), Wrong> {
        let add = |slot: &mut i64, each: i64| {
            *slot = count.checked_mul(each).and_then(|n| slot.checked_add(n)).ok_or(Wrong::Interval)?;
            Ok(())
        };
        match to {
            Unit::Microsecond => add(&mut self.micros, 1),
            Unit::Millisecond => add(&mut self.micros, 1_000),
            Unit::Second => add(&mut self.micros, SECOND),
            Unit::Minute => add(&mut self.micros, 60 * SECOND),
            Unit::Hour => add(&mut self.micros, HOUR),
            Unit::Day => add(&mut self.days, 1),
            Unit::Week => add(&mut self.days, 7),
            Unit::Month => add(&mut self.months, 1),
            Unit::Year => add(&mut self.months, 12),
            Unit::Decade => add(&mut self.months, 120),
            Unit::Century => add(&mut self.months, 1_200),
            Unit::Millennium => add(&mut self.months, 12_000),
        }
    }

    fn add_part(&mut self, to: Unit, part: f64) -> Result<(), Wrong> {
        match to {
            Unit::Microsecond => self.add_micros(part, 1.0),
            Unit::Millisecond => self.add_micros(part, 1e3),
            Unit::Second => self.add_micros(part, 1e6),
            Unit::Minute => self.add_micros(part, 60e6),
            Unit::Hour => self.add_micros(part, 3_600e6),
            Unit::Day => self.add_micros(part, 86_400e6),
            Unit::Week => self.add_days(part, 7.0),
            Unit::Month => self.add_days(part, 30.0),
            Unit::Year => self.add_months(part, 12.0),
            Unit::Decade => self.add_months(part, 120.0),
            Unit::Century => self.add_months(part, 1_200.0),
            Unit::Millennium => self.add_months(part, 12_000.0),
        }
    }

    fn add_micros(&mut self, part: f64, each: f64) -> Result<(), Wrong> {
        let all = part * each;
        let whole = int(all.trunc())?;
        let rest = all - all.trunc();
        self.micros = self.micros.checked_add(whole).ok_or(Wrong::Interval)?;
        if rest > 0.5 {
            self.micros += 1;
        } else if rest < -0.5 {
            self.micros -= 1;
        }
        Ok(())
    }

    fn add_days(&mut self, part: f64, each: f64) -> Result<(), Wrong> {
        let all = part * each;
        self.days += int(all.trunc())?;
        self.add_micros(all - all.trunc(), 86_400e6)
    }

    fn add_months(&mut self, part: f64, each: f64) -> Result<(), Wrong> {
        self.months += int((part * each).round_ties_even())?;
        Ok(())
    }
}

fn int(number: f64) -> Result<i64, Wrong> {
    float_to_int(number, 64).map_err(|_| Wrong::Interval)
}

/// Which parts have been given: each may come once.
fn part_of(unit: Unit, has_fraction: bool) -> u32 {
    match unit {
        Unit::Microsecond => 1,
        Unit::Millisecond => 2,
        Unit::Second if has_fraction => 1 | 2 | 4,
        Unit::Second => 4,
        Unit::Minute => 8,
        Unit::Hour => 16,
        Unit::Day => 32,
        Unit::Week => 64,
        Unit::Month => 128,
        Unit::Year => 256,
        Unit::Decade => 512,
        Unit::Century => 1_024,
        Unit::Millennium => 2_048,
    }
}

const CLOCK: u32 = 1 | 2 | 4 | 8 | 16;

/// PostgreSQL's own form, read from the right: units stand behind their numbers.
fn words(text: &str, default_unit: Unit) -> Result<Interval, Wrong> {
    let mut result = Interval::default();
    let mut next: Option<Unit> = None;
    let mut seen = 0;
    let mut ago = false;
    for (kind, word) in fields(text)?.into_iter().rev() {
        let got = match kind {
            Kind::Time => {
                add_clock(&mut result, &word, 1)?;
                next = Some(Unit::Day);
                CLOCK
            }
            Kind::Zone if word.get(1..).is_some_and(|r| r.contains(':')) => {
                let sign = if word.starts_with('-') { -1 } else { 1 };
                match word.get(1..).map(|w| add_clock(&mut result, w, sign)) {
                    Some(Ok(())) => {}
                    Some(Err(wrong)) => return Err(wrong),
                    None => return Err(Wrong::Format),
                }
                next = Some(Unit::Day);
                CLOCK
            }
            Kind::Zone | Kind::Date | Kind::Number => {
                let to = next.unwrap_or(default_unit);
                let got = add_number(&mut result, &word, to)?;
                if got == part_of(Unit::Hour, false) {
                    next = Some(Unit::Day);
                }
                got
            }
            Kind::Word | Kind::Special => {
                if word == "ago" {
                    ago = true;
                } else {
                    next = Some(unit(&word).ok_or(Wrong::Format)?);
                }
                continue;
            }
        };
        if got & seen != 0 {
            return Err(Wrong::Format);
        }
        seen |= got;
    }
    if seen == 0 {
        return Err(Wrong::Format);
    }
    Ok(if ago { result.negated() } else { result })
}

fn add_clock(result: &mut Interval, word: &str, sign: i64) -> Result<(), Wrong> {
    let time = clock(word)?;
    result.micros = result.micros.checked_add(sign * time).ok_or(Wrong::Interval)?;
    Ok(())
}

fn add_number(result: &mut Interval, word: &str, to: Unit) -> Result<u32, Wrong> {
    let negative = word.starts_with('-');
    let sign = if negative { -1 } else { 1 };
    let digits = word.trim_start_matches(['+', '-']);
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let (whole, rest) = digits.split_at(end);
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| Wrong::Interval)? };
    if let Some(months) = rest.strip_prefix('-') {
        let months: i64 = months.parse().map_err(|_| Wrong::Format)?;
        if months >= 12 {
            return Err(Wrong::Interval);
        }
        result.add_whole(Unit::Month, sign * (whole.checked_mul(12).ok_or(Wrong::Interval)? + months))?;
        return Ok(part_of(Unit::Month, false));
    }
    let part = match rest.strip_prefix('.') {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
            format!("0.{digits}0").parse::<f64>().map_err(|_| Wrong::Format)?
        }
        None if rest.is_empty() => 0.0,
        _ => return Err(Wrong::Format),
    };
    result.add_whole(to, sign * whole)?;
    result.add_part(to, if negative { -part } else { part })?;
    Ok(part_of(to, part != 0.0))
}

/// ISO 8601: `P1Y2M3DT4H5M6S`, `P0001-02-03T04:05:06`.
fn iso(text: &str) -> Result<Interval, Wrong> {
    let mut rest = text.strip_prefix('P').filter(|r| !r.is_empty()).ok_or(Wrong::Format)?;
    let mut result = Interval::default();
    let (mut in_date, mut have_field) = (true, false);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('T') {
            (in_date, have_field) = (false, false);
            rest = after;
            continue;
        }
        let start = rest;
        let (whole, part) = iso_number(&mut rest)?;
        let width = start.trim_start_matches('-').bytes().take_while(u8::is_ascii_digit).count();
        let mark = rest.chars().next();
        rest = mark.map_or("", |m| rest.get(m.len_utf8()..).unwrap_or_default());
        let mut both = |to: Unit, whole: i64, part: f64| {
            result.add_whole(to, whole)?;
            result.add_part(to, part)
        };
        let basic = !have_field;
        match (in_date, mark) {
            (true, Some('Y')) => both(Unit::Year, whole, part)?,
            (true, Some('M')) => both(Unit::Month, whole, part)?,
            (true, Some('W')) => both(Unit::Week, whole, part)?,
            (true, Some('D')) => both(Unit::Day, whole, part)?,
            (true, Some('T') | None) if width == 8 && basic => {
                both(Unit::Year, whole / 10_000, 0.0)?;
                both(Unit::Month, whole / 100 % 100, 0.0)?;
                both(Unit::Day, whole % 100, part)?;
                (in_date, have_field) = (false, false);
                continue;
            }
            (true, Some('T' | '-') | None) if basic => {
                both(Unit::Year, whole, part)?;
                if mark == Some('-') {
                    let (months, part) = iso_number(&mut rest)?;
                    both(Unit::Month, months, part)?;
                    if let Some(after) = rest.strip_prefix('-') {
                        rest = after;
                        let (days, part) = iso_number(&mut rest)?;
                        both(Unit::Day, days, part)?;
                    }
                    if !rest.is_empty() {
                        rest = rest.strip_prefix('T').ok_or(Wrong::Format)?;
                    }
                }
                (in_date, have_field) = (false, false);
                continue;
            }
            (false, Some('H')) => both(Unit::Hour, whole, part)?,
            (false, Some('M')) => both(Unit::Minute, whole, part)?,
            (false, Some('S')) => both(Unit::Second, whole, part)?,
            (false, None) if width == 6 && basic => {
                both(Unit::Hour, whole / 10_000, 0.0)?;
                both(Unit::Minute, whole / 100 % 100, 0.0)?;
                both(Unit::Second, whole % 100, part)?;
            }
            (false, Some(':') | None) if basic => {
                both(Unit::Hour, whole, part)?;
                if mark.is_some() {
                    let (minutes, part) = iso_number(&mut rest)?;
                    both(Unit::Minute, minutes, part)?;
                    if let Some(after) = rest.strip_prefix(':') {
                        rest = after;
                        let (seconds, part) = iso_number(&mut rest)?;
                        both(Unit::Second, seconds, part)?;
                    }
                    if !rest.is_empty() {
                        return Err(Wrong::Format);
                    }
                }
            }
            _ => return Err(Wrong::Format),
        }
        have_field = true;
    }
    Ok(result)
}

fn iso_number(rest: &mut &str) -> Result<(i64, f64), Wrong> {
    let body = rest.trim_start_matches(['-', '+']);
    let end = body.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(body.len());
    let text = rest.get(..rest.len() - body.len() + end).unwrap_or_default();
    let value: f64 = text.parse().map_err(|_| Wrong::Format)?;
    *rest = rest.get(text.len()..).unwrap_or_default();
    Ok((int(value.trunc())?, value - value.trunc()))
}
