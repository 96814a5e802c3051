//! Between values of the model and values of SQLite.

use crate::model::pgtype::PgType;
use crate::model::value::{Arg, Value};
use crate::sql::error::{PgError, PgResult};
use crate::sql::value::{array, boolean, datetime, inet, interval::Interval, jsonb, money, number};
use rusqlite::types::{Value as Sqlite, ValueRef};

/// Turns an argument into the representation of the type that its use in the query gives it.
pub fn encode(arg: &Arg, to: &PgType, now: i64) -> PgResult<Sqlite> {
    use PgType as T;
    Ok(match (arg, to) {
        (Arg::Null, _) => Sqlite::Null,
        (arg, T::Json | T::Jsonb) => Sqlite::Text(jsonb::canonical(&match arg {
            Arg::Text(text) | Arg::Object(text) => text.clone(),
            other => other.to_json().to_string(),
        })?),
        (Arg::List(items), T::Array(element)) => Sqlite::Text(array::to_stored(
            items
                .iter()
                .map(|i| {
                    Ok(match encode(i, element, now)? {
                        Sqlite::Null => serde_json::Value::Null,
                        Sqlite::Integer(n) => n.into(),
                        Sqlite::Real(n) => n.into(),
                        Sqlite::Text(t) => t.into(),
                        Sqlite::Blob(_) => return Err(PgError::new("cannot pass bytes")),
                    })
                })
                .collect::<PgResult<_>>()?,
        )),
        (Arg::Text(text), T::Array(element)) => {
            let items = array::parse_literal(text)?.into_iter().map(|t| t.map_or(Arg::Null, Arg::Text)).collect();
            return encode(&Arg::List(items), &T::Array(element.clone()), now);
        }
        (Arg::List(_) | Arg::Object(_), T::Text) => Sqlite::Text(arg.to_json().to_string()),
        (Arg::List(_) | Arg::Object(_), other) => {
            return Err(PgError::new(format!("cannot pass a list or an object as {other}")));
        }
        (Arg::Int(n), T::Int2 | T::Int4 | T::Int8 | T::Oid) => Sqlite::Integer(*n),
        (arg, _) => {
            let text = match arg {
                Arg::Text(t) => t.clone(),
                Arg::Int(n) => n.to_string(),
                Arg::Float(n) => number::float_text(*n),
                Arg::Bool(b) => b.to_string(),
                Arg::Null | Arg::List(_) | Arg::Object(_) => String::new(),
            };
            match to {
                T::Bool => Sqlite::Integer(i64::from(boolean::parse(&text)?)),
                T::Int2 => Sqlite::Integer(number::parse_int(&text, 16)?),
                T::Int4 | T::Oid => Sqlite::Integer(number::parse_int(&text, 32)?),
                T::Int8 => Sqlite::Integer(number::parse_int(&text, 64)?),
                T::Numeric => Sqlite::Text(number::canonical(&text)?),
                T::Float4 | T::Float8 => Sqlite::Real(number::to_float(&text)?),
                T::Timestamptz => Sqlite::Text(datetime::timestamp_text(datetime::parse_timestamptz(&text, now)?)),
                T::Timestamp => Sqlite::Text(datetime::timestamp_text(datetime::parse_timestamp(&text, now)?)),
                T::Date => Sqlite::Text(datetime::date_of(datetime::parse_date(&text, now)?)),
                T::Interval => Sqlite::Text(Interval::parse(&text, None)?.to_stored()),
                T::Money => Sqlite::Integer(money::parse(&text)?),
                T::Inet => Sqlite::Text(inet::inet(&text)?),
                T::Cidr => Sqlite::Text(inet::cidr(&text)?),
                _ => Sqlite::Text(text),
            }
        }
    })
}

/// Reads a value of a result by its PostgreSQL type.
pub fn decode(value: ValueRef<'_>, of: &PgType) -> PgResult<Value> {
    use PgType as T;
    let text = |v: ValueRef<'_>| match v {
        ValueRef::Text(bytes) => {
            String::from_utf8(bytes.to_vec()).map_err(|_| PgError::new("invalid byte sequence for encoding \"UTF8\""))
        }
        ValueRef::Integer(n) => Ok(n.to_string()),
        ValueRef::Real(n) => Ok(number::float_text(n)),
        ValueRef::Null | ValueRef::Blob(_) => Err(PgError::new(format!("internal: a value of type {of} is no text"))),
    };
    Ok(match (value, of) {
        (ValueRef::Null, _) => Value::Null,
        (ValueRef::Integer(n), T::Bool) => Value::Bool(n != 0),
        (ValueRef::Integer(n), T::Int2 | T::Int4 | T::Int8 | T::Oid) => {
            let bits = match of {
                T::Int2 => 16,
                T::Int4 => 32,
                _ => 64,
            };
            if !number::fits(n, bits) {
                return Err(number::out_of_range(bits));
            }
            Value::Int(n)
        }
        #[expect(clippy::cast_precision_loss, reason = "PostgreSQL's own conversion to double precision")]
        (ValueRef::Integer(n), T::Float4 | T::Float8) => Value::Float(n as f64),
        // What is shown are the digits of the `real`, not those of the wider number that holds it.
        (ValueRef::Real(n), T::Float4) => Value::Float(number::float4_text(n).parse().unwrap_or(n)),
        (ValueRef::Real(n), T::Float8) => Value::Float(n),
        (ValueRef::Integer(n), T::Money) => Value::Text(money::to_text(n)),
        (v, T::Numeric) => Value::Numeric(text(v)?),
        (v, T::Json | T::Jsonb) => Value::Json(text(v)?),
        (v, T::Timestamptz) => Value::Timestamptz(text(v)?),
        (v, T::Timestamp) => Value::Timestamp(text(v)?),
        (v, T::Date) => Value::Date(text(v)?),
        (v, T::Interval) => Value::Interval(Interval::stored(&text(v)?)?.to_text()),
        (v, T::Inet | T::Cidr) => Value::Inet(text(v)?),
        (v, T::Array(element)) => Value::Array(
            array::stored(&text(v)?)?
                .iter()
                .map(|item| match item {
                    serde_json::Value::Null => Ok(Value::Null),
                    serde_json::Value::String(s) => decode(ValueRef::Text(s.as_bytes()), element),
                    serde_json::Value::Number(n) => match n.as_i64() {
                        Some(n) => decode(ValueRef::Integer(n), element),
                        None => decode(ValueRef::Real(n.as_f64().unwrap_or(0.0)), element),
                    },
                    other => decode(ValueRef::Text(other.to_string().as_bytes()), element),
                })
                .collect::<PgResult<_>>()?,
        ),
        (v, _) => Value::Text(text(v)?),
    })
}
