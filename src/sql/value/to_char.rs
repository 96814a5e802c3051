//! `to_char`, `to_timestamp` and `to_date`: templates.

use crate::sql::error::{PgError, PgResult};
use crate::sql::value::datetime::{Civil, DAY, HOUR, SECOND, day_of_week, days_from_civil, iso_week};
use crate::sql::value::number;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Template fields, longest first where one begins another.
const FIELDS: [&str; 52] = [
    "HH24", "HH12", "SSSSS", "SSSS", "MONTH", "Month", "month", "IYYY", "YYYY", "Y,YYY", "A.M.", "P.M.", "a.m.",
    "p.m.", "IDDD", "DAY", "Day", "day", "DDD", "MON", "Mon", "mon", "YYY", "IYY", "TZH", "TZM", "HH", "MI", "MM",
    "MS", "US", "SS", "AM", "PM", "am", "pm", "YY", "IY", "DY", "Dy", "dy", "DD", "ID", "IW", "WW", "CC", "OF", "TZ",
    "tz", "RM", "Q", "J",
];
const SHORT: [&str; 4] = ["Y", "D", "W", "I"];

enum Piece {
    Field { name: &'static str, fill: bool, ordinal: Option<bool> },
    Literal(String),
}

fn pieces(template: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut rest = template;
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('"') {
            let end = quoted.find('"').unwrap_or(quoted.len());
            out.push(Piece::Literal(quoted.get(..end).unwrap_or_default().to_owned()));
            rest = quoted.get(end + 1..).unwrap_or_default();
            continue;
        }
        let (fill, after) = match rest.get(..2) {
            Some("FM" | "fm") => (false, rest.get(2..).unwrap_or_default()),
            _ => (true, rest),
        };
        let lower_ok = |name: &&&str| {
            after.starts_with(**name)
                || (name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == ',')
                    && !matches!(**name, "MONTH" | "MON" | "DAY" | "DY" | "AM" | "PM" | "TZ")
                    && after.get(..name.len()).is_some_and(|a| a.eq_ignore_ascii_case(name)))
        };
        let found = FIELDS.iter().find(lower_ok).or_else(|| SHORT.iter().find(lower_ok)).copied();
        if let Some(name) = found {
            rest = after.get(name.len()..).unwrap_or_default();
            let ordinal = match rest.get(..2) {
                Some("TH") => Some(true),
                Some("th") => Some(false),
                _ => None,
            };
            if ordinal.is_some() {
                rest = rest.get(2..).unwrap_or_default();
            }
            out.push(Piece::Field { name, fill, ordinal });
            continue;
        }
        let mut chars = rest.chars();
        if let Some(c) = chars.next() {
            out.push(Piece::Literal(c.to_string()));
        }
        rest = chars.as_str();
    }
    out
}

/// `to_char(timestamp, template)`.
pub fn timestamp(micros: i64, template: &str, with_zone: bool) -> String {
    let c = Civil::from_micros(micros);
    let days = micros.div_euclid(DAY);
    let (hour, minute, second) = (c.time / HOUR, c.time / (60 * SECOND) % 60, c.time / SECOND % 60);
    let hour12 = if hour % 12 == 0 { 12 } else { hour % 12 };
    let name = |table: &[&str], index: i64| {
        table.get(usize::try_from(index).unwrap_or(0)).copied().unwrap_or_default().to_owned()
    };
    let mut out = String::new();
    for piece in pieces(template) {
        let (field, fill, ordinal) = match piece {
            Piece::Literal(text) => {
                out.push_str(&text);
                continue;
            }
            Piece::Field { name, fill, ordinal } => (name, fill, ordinal),
        };
        let padded = |n: i64, width: usize| if fill { format!("{n:0width$}") } else { n.to_string() };
        let blank = |s: String| if fill { format!("{s:<9}") } else { s };
        let day_of_year = days - days_from_civil(c.year, 1, 1) + 1;
        let text = match field {
            "YYYY" => padded(c.year, 4),
            "Y,YYY" => format!("{},{:03}", c.year / 1_000, c.year % 1_000),
            "YYY" => padded(c.year % 1_000, 3),
            "YY" => padded(c.year % 100, 2),
            "Y" => (c.year % 10).to_string(),
            "IYYY" => padded(iso_week(days).0, 4),
            "IYY" => padded(iso_week(days).0 % 1_000, 3),
            "IY" => padded(iso_week(days).0 % 100, 2),
            "I" => (iso_week(days).0 % 10).to_string(),
            "MM" => padded(c.month, 2),
            "MONTH" => blank(name(&MONTHS, c.month - 1).to_uppercase()),
            "Month" => blank(name(&MONTHS, c.month - 1)),
            "month" => blank(name(&MONTHS, c.month - 1).to_lowercase()),
            "MON" => name(&MONTHS, c.month - 1).chars().take(3).collect::<String>().to_uppercase(),
            "Mon" => name(&MONTHS, c.month - 1).chars().take(3).collect(),
            "mon" => name(&MONTHS, c.month - 1).chars().take(3).collect::<String>().to_lowercase(),
            "DD" => padded(c.day, 2),
            "DDD" => padded(day_of_year, 3),
            "IDDD" => padded((iso_week(days).1 - 1) * 7 + (days + 3).rem_euclid(7) + 1, 3),
            "DAY" => blank(name(&DAYS, day_of_week(days)).to_uppercase()),
            "Day" => blank(name(&DAYS, day_of_week(days))),
            "day" => blank(name(&DAYS, day_of_week(days)).to_lowercase()),
            "DY" => name(&DAYS, day_of_week(days)).chars().take(3).collect::<String>().to_uppercase(),
            "Dy" => name(&DAYS, day_of_week(days)).chars().take(3).collect(),
            "dy" => name(&DAYS, day_of_week(days)).chars().take(3).collect::<String>().to_lowercase(),
            "D" => (day_of_week(days) + 1).to_string(),
            "ID" => ((days + 3).rem_euclid(7) + 1).to_string(),
            "IW" => padded(iso_week(days).1, 2),
            "WW" => padded((day_of_year - 1) / 7 + 1, 2),
            "W" => ((c.day - 1) / 7 + 1).to_string(),
            "CC" => padded((c.year + 99) / 100, 2),
            "Q" => ((c.month - 1) / 3 + 1).to_string(),
            "J" => (days + 2_440_588).to_string(),
            "RM" => {
                let roman =
                    name(&["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"], c.month - 1);
                if fill { format!("{roman:<4}") } else { roman }
            }
            "HH24" => padded(hour, 2),
            "HH12" | "HH" => padded(hour12, 2),
            "MI" => padded(minute, 2),
            "SS" => padded(second, 2),
            "SSSSS" | "SSSS" => (c.time / SECOND).to_string(),
            "MS" => padded(c.time % SECOND / 1_000, 3),
            "US" => padded(c.time % SECOND, 6),
            "AM" | "PM" => if hour < 12 { "AM" } else { "PM" }.to_owned(),
            "am" | "pm" => if hour < 12 { "am" } else { "pm" }.to_owned(),
            "A.M." | "P.M." => if hour < 12 { "A.M." } else { "P.M." }.to_owned(),
            "a.m." | "p.m." => if hour < 12 { "a.m." } else { "p.m." }.to_owned(),
            "TZ" => if with_zone { "UTC" } else { "" }.to_owned(),
            "tz" => if with_zone { "utc" } else { "" }.to_owned(),
            "OF" | "TZH" => "+00".to_owned(),
            "TZM" => "00".to_owned(),
            _ => String::new(),
        };
        out.push_str(&text);
        if let Some(upper) = ordinal
            && let Ok(n) = text.trim().parse::<i64>()
        {
            let suffix = match (n % 100, n % 10) {
                (11..=13, _) => "th",
                (_, 1) => "st",
                (_, 2) => "nd",
                (_, 3) => "rd",
                _ => "th",
            };
            out.push_str(&if upper { suffix.to_uppercase() } else { suffix.to_owned() });
        }
    }
    out
}

/// `to_timestamp(text, template)`: microseconds since 1970.
pub fn parse_timestamp(text: &str, template: &str) -> PgResult<i64> {
    let mut c = Civil { year: 1, month: 1, day: 1, time: 0 };
    let (mut hour, mut minute, mut second, mut micros) = (0, 0, 0, 0);
    let (mut afternoon, mut twelve, mut day_of_year) = (None, false, None);
    let mut rest = text.trim_start();
    for piece in pieces(template) {
        let (name, ordinal) = match piece {
            Piece::Literal(literal) => {
                for _ in literal.chars() {
                    let mut chars = rest.chars();
                    if chars
                        .next()
                        .is_some_and(|c| !c.is_ascii_digit() || literal.chars().all(|l| l.is_ascii_alphanumeric()))
                    {
                        rest = chars.as_str();
                    }
                }
                continue;
            }
            Piece::Field { name, ordinal, .. } => (name, ordinal),
        };
        rest = rest.trim_start();
        let digits_ahead = rest.chars().take_while(char::is_ascii_digit).count();
        let mut number = |width: usize| -> PgResult<i64> {
            let digits: String = rest.chars().take(width).take_while(char::is_ascii_digit).collect();
            let value = digits.parse().map_err(|_| {
                PgError::new(format!(
                    "invalid value \"{}\" for \"{name}\"",
                    rest.chars().take(width).collect::<String>()
                ))
            })?;
            rest = rest.get(digits.len()..).unwrap_or_default();
            Ok(value)
        };
        match name {
            "YYYY" | "IYYY" => c.year = number(4)?,
            "YY" => {
                let two = number(2)?;
                c.year = if two < 70 { 2_000 + two } else { 1_900 + two };
            }
            "MM" => c.month = number(2)?,
            "DD" => c.day = number(2)?,
            "DDD" => day_of_year = Some(number(3)?),
            "HH24" => hour = number(2)?,
            "HH12" | "HH" => {
                hour = number(2)?;
                twelve = true;
            }
            "MI" => minute = number(2)?,
            "SS" => second = number(2)?,
            "MS" | "US" => {
                let width = if name == "MS" { 3 } else { 6 };
                let digits = digits_ahead.min(width);
                let value = number(width)?;
                micros = value * 10_i64.pow(u32::try_from(6 - digits.min(6)).unwrap_or(0));
            }
            "AM" | "PM" | "am" | "pm" => {
                let word: String = rest.chars().take(2).collect();
                afternoon = Some(word.eq_ignore_ascii_case("pm"));
                rest = rest.get(word.len()..).unwrap_or_default();
            }
            "MON" | "Mon" | "mon" | "MONTH" | "Month" | "month" => {
                let full = name.len() > 3;
                let at = MONTHS.iter().position(|m| {
                    let m = if full { *m } else { m.get(..3).unwrap_or(m) };
                    rest.get(..m.len()).is_some_and(|r| r.eq_ignore_ascii_case(m))
                });
                let at = at.ok_or_else(|| {
                    PgError::new(format!(
                        "invalid value \"{}\" for \"{name}\"",
                        rest.chars().take(3).collect::<String>()
                    ))
                })?;
                c.month = i64::try_from(at).unwrap_or(0) + 1;
                let length = if full { MONTHS.get(at).map_or(3, |m| m.len()) } else { 3 };
                rest = rest.get(length..).unwrap_or_default();
            }
            "DAY" | "Day" | "day" | "DY" | "Dy" | "dy" => {
                rest = rest.trim_start_matches(|c: char| c.is_ascii_alphabetic());
            }
            _ => return Err(PgError::new(format!("formatting field \"{name}\" is only supported in to_char"))),
        }
        // An ordinal suffix swallows two characters.
        if ordinal.is_some() {
            let mut chars = rest.chars();
            chars.next();
            chars.next();
            rest = chars.as_str();
        }
    }
    if twelve {
        match afternoon {
            Some(true) if hour < 12 => hour += 12,
            Some(false) if hour == 12 => hour = 0,
            _ => {}
        }
    }
    if let Some(day) = day_of_year {
        let (_, month, in_month) = super::datetime::civil_from_days(days_from_civil(c.year, 1, 1) + day - 1);
        c.month = month;
        c.day = in_month;
    }
    let in_range = (1..=12).contains(&c.month)
        && (1..=super::datetime::days_in_month(c.year, c.month.clamp(1, 12))).contains(&c.day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..60).contains(&second);
    if !in_range {
        return Err(PgError::new(format!("date/time field value out of range: \"{text}\"")));
    }
    c.time = hour * HOUR + minute * 60 * SECOND + second * SECOND + micros;
    Ok(c.to_micros())
}

/// `to_char(numeric, template)`: `9`, `0`, `.`, `,`, `FM`, `D`, `G`, `S`, `MI`, `L`.
pub fn numeric(text: &str, template: &str) -> PgResult<String> {
    let mut fill = true;
    let mut mask = template;
    if mask.get(..2).is_some_and(|p| p.eq_ignore_ascii_case("fm")) {
        fill = false;
        mask = mask.get(2..).unwrap_or_default();
    }
    if let Some(c) = mask.chars().find(|c| !"90.,DGSLMI -$/".contains(c.to_ascii_uppercase())) {
        return Err(PgError::new(format!("to_char: the pattern character \"{c}\" is not supported")));
    }
    let (whole_mask, fraction_mask) = mask.split_once(['.', 'D', 'd']).map_or((mask, None), |(w, f)| (w, Some(f)));
    let decimals = fraction_mask.map_or(0, |f| f.chars().filter(|c| matches!(c, '9' | '0')).count());
    let rounded = number::round(text, i64::try_from(decimals).unwrap_or(0))?;
    let negative = rounded.starts_with('-') && rounded.bytes().any(|b| (b'1'..=b'9').contains(&b));
    let unsigned = rounded.trim_start_matches('-');
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let slots = whole_mask.chars().filter(|c| matches!(c, '9' | '0')).count();
    let whole = if whole == "0" && slots > 0 && !whole_mask.contains('0') && decimals > 0 { "" } else { whole };
    let overflow = whole.len() > slots;
    let mut digits: Vec<char> = whole.chars().collect();
    let mut out: Vec<char> = Vec::new();
    let first_zero = whole_mask.chars().position(|c| c == '0');
    for (i, c) in whole_mask.char_indices().collect::<Vec<_>>().into_iter().rev() {
        match c {
            '9' | '0' if overflow => out.push('#'),
            '9' | '0' => match digits.pop() {
                Some(d) => out.push(d),
                None if first_zero.is_some_and(|z| i >= z) => out.push('0'),
                None => out.push(' '),
            },
            ',' | 'G' | 'g' => {
                out.push(if digits.is_empty() && first_zero.is_none_or(|z| i <= z) { ' ' } else { ',' });
            }
            _ => {}
        }
    }
    out.reverse();
    let body: String = out.into_iter().collect();
    let blanks = body.len() - body.trim_start().len();
    let mut result = format!("{}{}{}", " ".repeat(blanks), if negative { "-" } else { " " }, body.trim_start());
    if let Some(mask) = fraction_mask {
        result.push('.');
        let mut digits = fraction.chars();
        let shown: String = mask
            .chars()
            .filter(|c| matches!(c, '9' | '0'))
            .map(|_| if overflow { '#' } else { digits.next().unwrap_or('0') })
            .collect();
        if fill {
            result.push_str(&shown);
        } else {
            let least =
                mask.chars().filter(|c| matches!(c, '9' | '0')).collect::<String>().rfind('0').map_or(0, |i| i + 1);
            let trimmed = shown.trim_end_matches('0').len().max(least);
            result.push_str(shown.get(..trimmed).unwrap_or(&shown));
        }
    }
    Ok(if fill { result } else { result.trim_start().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::value::datetime::parse_timestamptz;

    #[test]
    fn templates() {
        let at = parse_timestamptz("2026-03-05 14:07:09.123456", 0).unwrap();
        for (template, expected) in [
            ("DD-Mon-YYYY", "05-Mar-2026"),
            ("YYYY-MM", "2026-03"),
            ("Month", "March    "),
            ("FMMonth FMDDth", "March 5th"),
            ("YYYY-MM-DD HH24:MI:SS", "2026-03-05 14:07:09"),
            ("HH12:MI AM", "02:07 PM"),
            ("\"on\" Day", "on Thursday "),
            ("yyyy-mm-dd", "2026-03-05"),
        ] {
            assert_eq!(timestamp(at, template, true), expected, "{template}");
        }
        assert_eq!(numeric("42", "fm00000").unwrap(), "00042");
        assert_eq!(numeric("123456", "fm00000").unwrap(), "#####");
        assert_eq!(numeric("1234.5", "FM9,999.00").unwrap(), "1,234.50");
        assert_eq!(numeric("-1", "999").unwrap(), "  -1");
    }
}
