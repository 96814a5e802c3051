//! Values of rows in the representation that queries expect inside SQLite.
//!
//! | type | in SQLite |
//! |---|---|
//! | `text` | TEXT |
//! | `bigint` | INTEGER |
//! | `boolean` | INTEGER 0 or 1 |
//! | `double precision` | REAL |
//! | `timestamp with time zone` | TEXT in UTC, `YYYY-MM-DD HH:MM:SS[.ffffff]` |
//! | `jsonb` | TEXT, canonical as PostgreSQL prints it |
//! | `inet`, `cidr` | TEXT, canonical |

use crate::model::pgtype::PgType;
use crate::sql::value::{datetime, inet, jsonb};
use rusqlite::types::Value as Sqlite;
use serde_json::Value;

/// Turns a value of a row into its stored form.
///
/// # Errors
///
/// Says what the column wants and what it got.
pub(super) fn encode(value: &Value, of: &PgType) -> Result<Sqlite, String> {
    Ok(match (value, of) {
        (value, PgType::Jsonb) => Sqlite::Text(document(value)?),
        (Value::Null, _) => Sqlite::Null,
        (Value::String(text), PgType::Text | PgType::Ltree) => Sqlite::Text(plain(text)?.to_owned()),
        (Value::Bool(flag), PgType::Bool) => Sqlite::Integer(i64::from(*flag)),
        (Value::Number(number), PgType::Int8) => match number.as_i64() {
            Some(number) => Sqlite::Integer(number),
            None => return Err(format!("{number} is no whole number of 64 bits")),
        },
        (Value::Number(number), PgType::Float8) => match number.as_f64() {
            Some(number) if number.is_finite() => Sqlite::Real(number),
            _ => return Err(format!("{number} is out of range")),
        },
        (Value::String(text), PgType::Timestamptz) => Sqlite::Text(instant(text)?),
        (Value::String(text), PgType::Inet) => Sqlite::Text(inet::inet(text).map_err(|e| e.0)?),
        (Value::String(text), PgType::Cidr) => Sqlite::Text(inet::cidr(text).map_err(|e| e.0)?),
        (other, of) => return Err(format!("expected {}, found {}", kind_wanted(of), kind_found(other))),
    })
}

/// Turns a stored value back into a row's: the inverse of [`encode`].
pub(super) fn decode(value: rusqlite::types::ValueRef<'_>, of: &PgType) -> Result<Option<Value>, String> {
    use rusqlite::types::ValueRef as Stored;
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| "the text is not UTF-8".to_owned());
    Ok(Some(match (value, of) {
        (Stored::Null, _) => return Ok(None),
        (Stored::Text(bytes), PgType::Jsonb) => {
            serde_json::from_slice(bytes).map_err(|e| format!("the document cannot be read: {e}"))?
        }
        (Stored::Integer(flag @ (0 | 1)), PgType::Bool) => Value::Bool(flag == 1),
        (Stored::Integer(number), PgType::Int8) => Value::from(number),
        (Stored::Real(number), PgType::Float8) => Value::from(number),
        (Stored::Text(bytes), PgType::Timestamptz) => Value::from(text(bytes)?.replacen(' ', "T", 1) + "Z"),
        (Stored::Text(bytes), PgType::Text | PgType::Ltree | PgType::Inet | PgType::Cidr) => Value::from(text(bytes)?),
        (other, of) => return Err(format!("a stored {} cannot be a {of}", other.data_type())),
    }))
}

/// PostgreSQL has no text with a NUL character, and SQLite's functions end at one.
fn plain(text: &str) -> Result<&str, String> {
    if text.contains('\0') { Err("the text contains a NUL character".to_owned()) } else { Ok(text) }
}

fn document(value: &Value) -> Result<String, String> {
    let text = jsonb::to_text(value);
    // PostgreSQL refuses the escape in jsonb.
    if text.contains("\\u0000") && has_nul(value) {
        return Err("the document contains a NUL character".to_owned());
    }
    Ok(text)
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(members) => members.iter().any(|(key, value)| key.contains('\0') || has_nul(value)),
        _ => false,
    }
}

/// Reads a point in time: a date in digits, with or without a time, in UTC where no offset is given.
fn instant(text: &str) -> Result<String, String> {
    if let Some(stored) = usual_instant(text) {
        return Ok(stored);
    }
    // Words such as `now` and `yesterday`, which PostgreSQL understands, have no place in collected data.
    let looks_right = text.as_bytes().first().is_some_and(u8::is_ascii_digit);
    let micros = looks_right.then(|| datetime::parse_timestamptz(text, 0).ok()).flatten();
    micros.map(datetime::timestamp_text).ok_or_else(|| format!("{text:?} is no point in time (ISO 8601 is expected)"))
}

/// Reads `2026-03-31T10:30:45[.ffffff]Z` without arithmetic: nearly all times in AWS data look so.
fn usual_instant(text: &str) -> Option<String> {
    let (main, fraction) = text.strip_suffix('Z').or_else(|| text.strip_suffix("+00:00"))?.split_at_checked(19)?;
    let shape = main.bytes().enumerate().all(|(i, b)| match i {
        4 | 7 => b == b'-',
        10 => b == b'T',
        13 | 16 => b == b':',
        _ => b.is_ascii_digit(),
    });
    let number = |range: std::ops::Range<usize>| main.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let valid = shape
        && year > 0
        && (1..=12).contains(&month)
        && (1..=datetime::days_in_month(year, month)).contains(&day)
        && number(11..13)? < 24
        && number(14..16)? < 60
        && number(17..19)? < 60;
    let fraction = match fraction.strip_prefix('.') {
        None if fraction.is_empty() => "",
        Some(digits) if (1..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) => {
            let digits = digits.trim_end_matches('0');
            if digits.is_empty() { "" } else { fraction.get(..=digits.len())? }
        }
        _ => return None,
    };
    valid.then(|| format!("{} {}{fraction}", main.get(..10).unwrap_or_default(), main.get(11..).unwrap_or_default()))
}

fn kind_wanted(of: &PgType) -> &'static str {
    match of {
        PgType::Bool => "true or false",
        PgType::Int8 => "a whole number",
        PgType::Float8 => "a number",
        PgType::Timestamptz => "a point in time as text",
        PgType::Inet | PgType::Cidr => "a network address as text",
        _ => "text",
    }
}

fn kind_found(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::types::ValueRef;
    use serde_json::json;

    fn text(value: &str) -> Sqlite {
        Sqlite::Text(value.to_owned())
    }

    #[test]
    fn values_take_the_form_that_queries_expect() {
        let cases = [
            (json!("x"), PgType::Text, text("x")),
            (json!(""), PgType::Text, text("")),
            (json!(null), PgType::Text, Sqlite::Null),
            (json!(null), PgType::Jsonb, text("null")),
            (json!(true), PgType::Bool, Sqlite::Integer(1)),
            (json!(7), PgType::Int8, Sqlite::Integer(7)),
            (json!(7), PgType::Float8, Sqlite::Real(7.0)),
            (json!({"bb": 1, "a": [true, null]}), PgType::Jsonb, text(r#"{"a": [true, null], "bb": 1}"#)),
            (json!("2026-03-31T10:30:45Z"), PgType::Timestamptz, text("2026-03-31 10:30:45")),
            (json!("2026-03-31T10:30:45.120000Z"), PgType::Timestamptz, text("2026-03-31 10:30:45.12")),
            (json!("2026-03-31T10:30:45.000Z"), PgType::Timestamptz, text("2026-03-31 10:30:45")),
            (json!("2026-03-31T10:30:45+00:00"), PgType::Timestamptz, text("2026-03-31 10:30:45")),
            (json!("2026-03-31T12:30:45+02:00"), PgType::Timestamptz, text("2026-03-31 10:30:45")),
            (json!("2026-03-31 10:30:45"), PgType::Timestamptz, text("2026-03-31 10:30:45")),
            (json!("2026-03-31"), PgType::Timestamptz, text("2026-03-31 00:00:00")),
            (json!("10.0.0.1"), PgType::Inet, text("10.0.0.1")),
            (json!("10.0.0.1/32"), PgType::Inet, text("10.0.0.1")),
            (json!("10.0.0.0/8"), PgType::Cidr, text("10.0.0.0/8")),
        ];
        for (value, of, stored) in cases {
            assert_eq!(encode(&value, &of), Ok(stored), "{value} as {of}");
        }
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_refused() {
        let cases = [
            (json!(5), PgType::Text, "expected text, found a number"),
            (json!("a\0b"), PgType::Text, "the text contains a NUL character"),
            (json!(["a\0b"]), PgType::Jsonb, "the document contains a NUL character"),
            (json!("true"), PgType::Bool, "expected true or false, found text"),
            (json!(1.5), PgType::Int8, "1.5 is no whole number of 64 bits"),
            (json!("5"), PgType::Int8, "expected a whole number, found text"),
            (json!("yesterday"), PgType::Timestamptz, r#""yesterday" is no point in time (ISO 8601 is expected)"#),
            (
                json!("2026-02-30T00:00:00Z"),
                PgType::Timestamptz,
                r#""2026-02-30T00:00:00Z" is no point in time (ISO 8601 is expected)"#,
            ),
            (json!("10.0.0.300"), PgType::Inet, r#"invalid input syntax for type inet: "10.0.0.300""#),
        ];
        for (value, of, reason) in cases {
            assert_eq!(encode(&value, &of), Err(reason.to_owned()), "{value} as {of}");
        }
    }

    #[test]
    fn an_escaped_backslash_before_u0000_is_no_nul() {
        assert!(encode(&json!(r"C:\u0000"), &PgType::Jsonb).is_ok());
    }

    #[test]
    fn decoding_is_the_inverse() {
        let cases = [
            (json!({"a": 1.50, "b": [null]}), PgType::Jsonb),
            (json!(null), PgType::Jsonb),
            (json!("2026-03-31T10:30:45.12Z"), PgType::Timestamptz),
            (json!(false), PgType::Bool),
            (json!(-3), PgType::Int8),
            (json!(1.25), PgType::Float8),
            (json!("10.0.0.0/8"), PgType::Cidr),
            (json!(""), PgType::Text),
        ];
        for (value, of) in cases {
            let stored = encode(&value, &of).unwrap();
            assert_eq!(decode(ValueRef::from(&stored), &of), Ok(Some(value)));
        }
        assert_eq!(decode(ValueRef::Null, &PgType::Jsonb), Ok(None));
    }
}
