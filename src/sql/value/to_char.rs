//! `to_char` of dates, timestamps and intervals.

use crate::sql::error::{PgError, PgResult};
use crate::sql::value::datetime::{Civil, DAY, HOUR, SECOND, day_of_week, days_from_civil, is_finite, iso_week};
use crate::sql::value::interval::Interval;
use crate::sql::value::template::{self, DATE_FIELDS, DAYS, MONTHS, Part, ROMAN_MONTHS};

/// What is printed: a point in time, or an interval taken apart.
struct Fields {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    micros: i64,
    year_day: i64,
    /// Days since 1970; of no meaning for an interval.
    days: i64,
    interval: bool,
    zoned: bool,
}

/// `to_char(timestamp, template)`; none for infinity.
pub fn timestamp(micros: i64, template: &str, zoned: bool) -> PgResult<Option<String>> {
    if !is_finite(micros) || template.is_empty() {
        return Ok(None);
    }
    let c = Civil::from_micros(micros);
    let days = micros.div_euclid(DAY);
    let fields = Fields {
        year: c.year,
        month: c.month,
        day: c.day,
        hour: c.time / HOUR,
        minute: c.time / (60 * SECOND) % 60,
        second: c.time / SECOND % 60,
        micros: c.time % SECOND,
        year_day: days - days_from_civil(c.year, 1, 1) + 1,
        days,
        interval: false,
        zoned,
    };
    print(&fields, template).map(Some)
}

/// `to_char(interval, template)`.
pub fn interval(value: Interval, template: &str) -> PgResult<Option<String>> {
    if template.is_empty() {
        return Ok(None);
    }
    let (year, month) = (value.months / 12, value.months % 12);
    let fields = Fields {
        year,
        month,
        day: value.days,
        hour: value.micros / HOUR,
        minute: value.micros / (60 * SECOND) % 60,
        second: value.micros / SECOND % 60,
        micros: value.micros % SECOND,
        year_day: (year * 12 + month) * 30 + value.days,
        days: 0,
        interval: true,
        zoned: false,
    };
    print(&fields, template).map(Some)
}

fn print(f: &Fields, template: &str) -> PgResult<String> {
    let mut out = String::new();
    for part in template::parse(template, &DATE_FIELDS, true) {
        match part {
            Part::Space => out.push(' '),
            Part::Separator(c) | Part::Text(c) => out.push(c),
            Part::Field { name, bare, ordinal } => {
                let text = field(f, name, bare)?;
                out.push_str(&text);
                if let Some(upper) = ordinal
                    && text.ends_with(|c: char| c.is_ascii_digit())
                {
                    out.push_str(template::ordinal(&text, upper));
                }
            }
        }
    }
    Ok(out)
}

/// How a name is written: as the template spells its field.
fn cased(text: &str, field: &str) -> String {
    let mut letters = field.chars();
    match (letters.next(), letters.next()) {
        (Some(a), Some(b)) if a.is_ascii_uppercase() && b.is_ascii_lowercase() => text.to_owned(),
        (Some(a), _) if a.is_ascii_uppercase() => text.to_uppercase(),
        _ => text.to_lowercase(),
    }
}

fn named(table: &[&'static str], index: i64) -> &'static str {
    usize::try_from(index).ok().and_then(|i| table.get(i)).copied().unwrap_or_default()
}

fn field(f: &Fields, name: &str, bare: bool) -> PgResult<String> {
    let upper = name.to_ascii_uppercase();
    if f.interval
        && matches!(
            upper.as_str(),
            "MONTH" | "MON" | "DAY" | "DY" | "D" | "ID" | "TZ" | "OF" | "TZH" | "TZM" | "AD" | "BC" | "A.D." | "B.C."
        )
    {
        return Err(PgError::new("invalid format specification for an interval value"));
    }
    // Padded to a width that has room for a sign.
    let padded = |n: i64, width: usize| match (bare, n < 0) {
        (true, _) => n.to_string(),
        (false, true) => format!("{n:0width$}", width = width + 1),
        (false, false) => format!("{n:0width$}"),
    };
    let wide = |text: String| if bare { text } else { format!("{text:<9}") };
    let hour12 = || if f.hour % 12 == 0 { 12 } else { f.hour % 12 };
    let iso_year = || if f.interval { f.year } else { iso_week(f.days).0 };
    let iso_day = || (f.days + 3).rem_euclid(7) + 1;
    let weekday = || day_of_week(f.days);
    Ok(match upper.as_str() {
        "AM" | "PM" => cased(if f.hour % 24 >= 12 { "PM" } else { "AM" }, &name.repeat(2)),
        "A.M." | "P.M." => cased(if f.hour % 24 >= 12 { "P.M." } else { "A.M." }, &format!("{0}{0}", first(name))),
        "AD" | "BC" => cased("AD", &format!("{0}{0}", first(name))),
        "A.D." | "B.C." => cased("A.D.", &format!("{0}{0}", first(name))),
        "HH" | "HH12" => padded(hour12(), 2),
        "HH24" => padded(f.hour, 2),
        "MI" => padded(f.minute, 2),
        "SS" => padded(f.second, 2),
        "FF1" => format!("{:01}", f.micros / 100_000),
        "FF2" => format!("{:02}", f.micros / 10_000),
        "FF3" | "MS" => format!("{:03}", f.micros / 1_000),
        "FF4" => format!("{:04}", f.micros / 100),
        "FF5" => format!("{:05}", f.micros / 10),
        "FF6" | "US" => format!("{:06}", f.micros),
        "SSSS" | "SSSSS" => (f.hour * 3_600 + f.minute * 60 + f.second).to_string(),
        "TZ" => cased(if f.zoned { "UTC" } else { "" }, &name.repeat(2)),
        "OF" => if bare { "+0" } else { "+00" }.to_owned(),
        "TZH" => "+00".to_owned(),
        "TZM" => "00".to_owned(),
        "MONTH" => wide(cased(named(&MONTHS, f.month - 1), name)),
        "MON" => cased(&short(named(&MONTHS, f.month - 1)), name),
        "MM" => padded(f.month, 2),
        "DAY" => wide(cased(named(&DAYS, weekday()), name)),
        "DY" => cased(&short(named(&DAYS, weekday())), name),
        "DDD" => padded_plain(f.year_day, 3, bare),
        "IDDD" => padded_plain(if f.interval { 0 } else { (iso_week(f.days).1 - 1) * 7 + iso_day() }, 3, bare),
        "DD" => padded_plain(f.day, 2, bare),
        "D" => (weekday() + 1).to_string(),
        "ID" => iso_day().to_string(),
        "WW" => padded_plain((f.year_day - 1) / 7 + 1, 2, bare),
        "IW" => padded_plain(if f.interval { 0 } else { iso_week(f.days).1 }, 2, bare),
        "Q" if f.month == 0 => String::new(),
        "Q" => ((f.month - 1) / 3 + 1).to_string(),
        "CC" => {
            let century = if f.interval { f.year / 100 } else { (f.year - 1) / 100 + 1 };
            padded(century, 2)
        }
        "Y,YYY" => format!("{},{:03}", f.year / 1_000, (f.year % 1_000).abs()),
        "YYYY" => padded(f.year, 4),
        "IYYY" => padded(iso_year(), 4),
        "YYY" => padded(f.year % 1_000, 3),
        "IYY" => padded(iso_year() % 1_000, 3),
        "YY" => padded(f.year % 100, 2),
        "IY" => padded(iso_year() % 100, 2),
        "Y" => (f.year % 10).to_string(),
        "I" => (iso_year() % 10).to_string(),
        "RM" if f.month == 0 && f.year == 0 => String::new(),
        "RM" => {
            let month = if f.month == 0 { 12 } else { f.month };
            let text = cased(named(&ROMAN_MONTHS, month - 1), &name.repeat(2));
            if bare { text } else { format!("{text:<4}") }
        }
        "W" => ((f.day - 1) / 7 + 1).to_string(),
        "J" => (f.days + 2_440_588).to_string(),
        _ => String::new(),
    })
}

fn first(name: &str) -> char {
    name.chars().next().unwrap_or('A')
}

fn short(name: &str) -> String {
    name.chars().take(3).collect()
}

fn padded_plain(n: i64, width: usize, bare: bool) -> String {
    if bare { n.to_string() } else { format!("{n:0width$}") }
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
            ("a.m. bc", "p.m. ad"),
            ("FF3 IYYY-IW-ID", "123 2026-10-4"),
        ] {
            assert_eq!(timestamp(at, template, true).unwrap().unwrap(), expected, "{template}");
        }
    }
}
