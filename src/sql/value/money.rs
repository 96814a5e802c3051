//! `money`: held as cents; printed as in PostgreSQL's C locale.

use crate::sql::error::{PgError, PgResult};
use crate::sql::value::number;

/// Returns `$1,234.50`.
pub fn to_text(cents: i64) -> String {
    let all = cents.unsigned_abs();
    let whole = (all / 100).to_string();
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{}${grouped}.{:02}", if cents < 0 { "-" } else { "" }, all % 100)
}

/// Reads `$1,234.5`, `-5.01`, `(7.50)`.
pub fn parse(text: &str) -> PgResult<i64> {
    let invalid = || PgError::invalid("money", text);
    let mut rest = text.trim();
    let mut negative = false;
    if let Some(inner) = rest.strip_prefix('(') {
        negative = true;
        rest = inner.trim_end_matches(')');
    }
    loop {
        let before = rest.len();
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix('-') {
            negative = true;
            rest = after;
        }
        rest = rest.strip_prefix('+').unwrap_or(rest);
        rest = rest.strip_prefix('$').unwrap_or(rest);
        if rest.len() == before {
            break;
        }
    }
    if let Some(before) = rest.trim_end().strip_suffix('-') {
        negative = true;
        rest = before;
    }
    let digits: String = rest.trim_end().trim_end_matches('$').chars().filter(|c| *c != ',').collect();
    if !digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') || !digits.bytes().any(|b| b.is_ascii_digit()) {
        return Err(invalid());
    }
    let cents = of_numeric(&number::canonical(&digits).map_err(|_| invalid())?)
        .map_err(|_| PgError::new(format!("value \"{text}\" is out of range for type money")))?;
    Ok(if negative { -cents } else { cents })
}

/// Casts a `numeric`, rounded to cents.
pub fn of_numeric(text: &str) -> PgResult<i64> {
    number::to_int(&number::arithmetic("*", text, "100")?, 64)
}

/// Casts to `numeric`.
pub fn to_numeric(cents: i64) -> String {
    let all = cents.unsigned_abs();
    format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, all / 100, all % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        for (text, expected) in [
            ("12.34", "$12.34"),
            ("$1,234.5", "$1,234.50"),
            ("-5.01", "-$5.01"),
            ("(7.50)", "-$7.50"),
            ("0.005", "$0.01"),
            ("1234567", "$1,234,567.00"),
        ] {
            assert_eq!(to_text(parse(text).unwrap()), expected, "{text}");
        }
        assert!(parse("abc").is_err() && parse("").is_err());
        assert_eq!(to_numeric(-501), "-5.01");
    }
}
