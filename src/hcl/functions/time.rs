//! Functions on points in time, written as RFC 3339.

use super::Entry;
use super::args::Args;
use crate::hcl::fault::Eval;
use crate::hcl::value::Val;
use chrono::{DateTime, Datelike as _, Duration, FixedOffset, SecondsFormat, Timelike as _};
use std::fmt::Write as _;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("formatdate", 2, 2, formatdate),
    ("timestamp", 0, 0, |a| Ok(Val::str(a.names.now().to_rfc3339_opts(SecondsFormat::Secs, true)))),
    ("timeadd", 2, 2, |a| {
        let sum = time(a, 0)?.checked_add_signed(duration(a, 1)?);
        let sum = sum.ok_or_else(|| a.fault("the time is out of range"))?;
        Ok(Val::str(sum.to_rfc3339_opts(SecondsFormat::AutoSi, true)))
    }),
    ("timecmp", 2, 2, |a| Ok(Val::Num(f64::from(time(a, 0)?.cmp(&time(a, 1)?) as i8)))),
];

fn time(a: &Args<'_>, i: usize) -> Eval<DateTime<FixedOffset>> {
    let text = a.text(i)?;
    DateTime::parse_from_rfc3339(&text)
        .map_err(|_| a.fault(format_args!("\"{text}\" is not a time such as 2024-05-01T12:00:00Z")).argument(i))
}

/// Reads `1h30m`, `-10s`, `1.5h`, `300ms`.
fn duration(a: &Args<'_>, i: usize) -> Eval<Duration> {
    let text = a.text(i)?;
    let bad = || a.fault(format_args!("\"{text}\" is not a duration such as 1h30m")).argument(i);
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    if rest.is_empty() {
        return Err(bad());
    }
    let mut nanoseconds = 0.0_f64;
    while !rest.is_empty() && rest != "0" {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(bad)?;
        let (number, after) = rest.split_at(digits);
        let unit_end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let factor = match unit {
            "h" => 3.6e12,
            "m" => 6e10,
            "s" => 1e9,
            "ms" => 1e6,
            "us" | "µs" => 1e3,
            "ns" => 1.0,
            _ => return Err(bad()),
        };
        nanoseconds += number.parse::<f64>().map_err(|_| bad())? * factor;
        rest = after;
    }
    if nanoseconds.abs() > 9e18 {
        return Err(bad());
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    let total = Duration::nanoseconds(nanoseconds as i64);
    Ok(if negative { -total } else { total })
}

/// Passes over text in quotes, in which two quotes are one; returns what follows.
fn quoted<'l>(layout: &'l str, out: &mut String) -> Option<&'l str> {
    let mut rest = layout.strip_prefix('\'')?;
    if let Some(after) = rest.strip_prefix('\'') {
        out.push('\'');
        return Some(after);
    }
    loop {
        let (text, after) = rest.split_once('\'')?;
        out.push_str(text);
        let Some(more) = after.strip_prefix('\'') else { return Some(after) };
        out.push('\'');
        rest = more;
    }
}

fn formatdate(a: &Args<'_>) -> Eval<Val> {
    let (layout, time) = (a.text(0)?, time(a, 1)?);
    let mut out = String::new();
    let mut rest = &*layout;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            rest = quoted(rest, &mut out).ok_or_else(|| a.fault("a quote is not closed").argument(0))?;
            continue;
        }
        if !first.is_ascii_alphabetic() {
            out.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            continue;
        }
        let length = rest.chars().take_while(|c| *c == first).count();
        let (word, after) = rest.split_at(length);
        rest = after;
        let hour12 = (time.hour() + 11) % 12 + 1;
        let offset = |colon: &str| {
            let minutes = time.offset().local_minus_utc() / 60;
            let sign = if minutes < 0 { '-' } else { '+' };
            format!("{sign}{:02}{colon}{:02}", minutes.abs() / 60, minutes.abs() % 60)
        };
        let utc = |shown: String| if time.offset().local_minus_utc() == 0 { "Z".to_owned() } else { shown };
        let _ = match word {
            "YYYY" => write!(out, "{:04}", time.year()),
            "YY" => write!(out, "{:02}", time.year().rem_euclid(100)),
            "MMMM" => write!(out, "{}", time.format("%B")),
            "MMM" => write!(out, "{}", time.format("%b")),
            "MM" => write!(out, "{:02}", time.month()),
            "M" => write!(out, "{}", time.month()),
            "DD" => write!(out, "{:02}", time.day()),
            "D" => write!(out, "{}", time.day()),
            "EEEE" => write!(out, "{}", time.format("%A")),
            "EEE" => write!(out, "{}", time.format("%a")),
            "hh" => write!(out, "{:02}", time.hour()),
            "h" => write!(out, "{}", time.hour()),
            "HH" => write!(out, "{hour12:02}"),
            "H" => write!(out, "{hour12}"),
            "AA" => write!(out, "{}", if time.hour() < 12 { "AM" } else { "PM" }),
            "aa" => write!(out, "{}", if time.hour() < 12 { "am" } else { "pm" }),
            "mm" => write!(out, "{:02}", time.minute()),
            "m" => write!(out, "{}", time.minute()),
            "ss" => write!(out, "{:02}", time.second()),
            "s" => write!(out, "{}", time.second()),
            "ZZZZZ" => write!(out, "{}", offset(":")),
            "ZZZZ" => write!(out, "{}", offset("")),
            "ZZZ" if time.offset().local_minus_utc() == 0 => write!(out, "UTC"),
            "ZZZ" => write!(out, "{}", offset("")),
            "Z" => write!(out, "{}", utc(offset(":"))),
            other => return Err(a.fault(format_args!("there is no format word \"{other}\"")).argument(0)),
        };
    }
    Ok(Val::str(out))
}
