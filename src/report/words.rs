//! Numbers, ages and durations as people read them.

use crate::model::run::Run;
use chrono::{DateTime, Utc};

/// Returns the version of the program that makes the report: the one that ran, or this one for a run of another program.
pub fn version(run: &Run) -> &str {
    let version = run.provenance.tool_version.as_str();
    if version.is_empty() { env!("CARGO_PKG_VERSION") } else { version }
}

/// Writes an instant to the minute.
pub fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// Returns how long before the run something was.
pub fn age(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let minutes = to.signed_duration_since(from).num_minutes();
    let (number, unit) = match minutes {
        i64::MIN..=1 => return "at the time of the run".to_owned(),
        2..=119 => (minutes, "minutes"),
        120..=2_879 => (minutes / 60, "hours"),
        _ => (minutes / 1_440, "days"),
    };
    format!("{number} {unit} before the run")
}

/// Returns a duration of milliseconds; empty when it was not measured.
pub fn duration(milliseconds: f64) -> String {
    match milliseconds {
        m if m <= 0.0 => String::new(),
        m if m < 1.0 => "less than 1 ms".to_owned(),
        m if m < 1_000.0 => format!("{m:.0} ms"),
        m => format!("{:.1} s", m / 1_000.0),
    }
}

/// Chooses between singular and plural.
pub fn plural<'a>(count: usize, one: &'a str, many: &'a str) -> &'a str {
    if count == 1 { one } else { many }
}

/// Writes a number with a comma before each group of three digits.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
