//! Values as PostgreSQL sends them: its binary formats (`src/backend/utils/adt/*.c`, the functions named `*_send`).

use crate::model::pgtype::PgType;
use crate::model::value::Value;
use crate::sql::value::datetime::{date_text, fraction, timestamp_text};
use crate::sql::value::interval::Interval;
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use tokio_postgres::types::{FromSql, Kind, Type};

/// The bytes of a value; none for NULL.
#[derive(Debug)]
pub(super) struct Raw<'a>(pub Option<&'a [u8]>);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(Some(raw)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Returns the type of a column. Types that the inventory does not know are text.
pub(super) fn type_of(ty: &Type) -> PgType {
    match ty.kind() {
        Kind::Domain(inner) => type_of(inner),
        Kind::Array(element) => PgType::Array(Box::new(type_of(element))),
        _ => PgType::parse(ty.name()).unwrap_or(PgType::Text),
    }
}

/// Microseconds from 1970 to 2000, where PostgreSQL's times begin.
const EPOCH_MICROS: i64 = 946_684_800_000_000;
const EPOCH_DAYS: i64 = 10_957;

/// Reads a value.
///
/// # Errors
///
/// A type whose binary format is not known here, or bytes that are none of the type.
pub(super) fn value(raw: Option<&[u8]>, ty: &Type) -> Result<Value, String> {
    let Some(bytes) = raw else { return Ok(Value::Null) };
    match ty.kind() {
        Kind::Domain(inner) => return value(raw, inner),
        Kind::Enum(_) => return text(bytes).map(Value::Text),
        Kind::Array(element) => return array(bytes, element),
        _ => {}
    }
    let mut bytes = Bytes(bytes);
    let value = match ty.name() {
        "bool" => Value::Bool(bytes.take::<1>()? != [0]),
        "int2" => Value::Int(i16::from_be_bytes(bytes.take()?).into()),
        "int4" => Value::Int(i32::from_be_bytes(bytes.take()?).into()),
        "int8" => Value::Int(i64::from_be_bytes(bytes.take()?)),
        "oid" => Value::Int(u32::from_be_bytes(bytes.take()?).into()),
        // The digits that PostgreSQL shows are those that tell the number from its neighbours of 32 bits.
        "float4" => Value::Float(f32::from_be_bytes(bytes.take()?).to_string().parse().map_err(|_| broken())?),
        "float8" => Value::Float(f64::from_be_bytes(bytes.take()?)),
        "numeric" => Value::Numeric(numeric(&mut bytes)?),
        "text" | "varchar" | "bpchar" | "name" | "char" | "unknown" | "citext" | "xml" => Value::Text(text(bytes.0)?),
        "void" => Value::Text(String::new()),
        "json" => Value::Json(text(bytes.0)?),
        "jsonb" => Value::Json(versioned(&mut bytes)?),
        "jsonpath" | "ltree" | "lquery" => Value::Text(versioned(&mut bytes)?),
        "timestamptz" => Value::Timestamptz(instant(&mut bytes)?),
        "timestamp" => Value::Timestamp(instant(&mut bytes)?),
        "date" => Value::Date(match i32::from_be_bytes(bytes.take()?) {
            i32::MAX => "infinity".to_owned(),
            i32::MIN => "-infinity".to_owned(),
            days => date_text(i64::from(days) + EPOCH_DAYS),
        }),
        "time" => Value::Text(clock(i64::from_be_bytes(bytes.take()?))),
        "timetz" => {
            let time = clock(i64::from_be_bytes(bytes.take()?));
            Value::Text(format!("{time}{}", zone(-i64::from(i32::from_be_bytes(bytes.take()?)))))
        }
        "interval" => {
            let micros = i64::from_be_bytes(bytes.take()?);
            let days = i64::from(i32::from_be_bytes(bytes.take()?));
            let months = i64::from(i32::from_be_bytes(bytes.take()?));
            Value::Interval(Interval { months, days, micros }.to_text())
        }
        "inet" | "cidr" => Value::Inet(address(&mut bytes)?),
        "uuid" => {
            let hex: String = bytes.take::<16>()?.iter().map(|b| format!("{b:02x}")).collect();
            let parts =
                [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| hex.get(range).unwrap_or_default().to_owned());
            Value::Text(parts.join("-"))
        }
        "bytea" => Value::Text(format!("\\x{}", bytes.0.iter().map(|b| format!("{b:02x}")).collect::<String>())),
        other => return Err(format!("values of the type {other} cannot be read")),
    };
    Ok(value)
}

fn broken() -> String {
    "the server sent bytes that are no value of the column's type".to_owned()
}

/// Bytes that are read from the front.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (first, rest) = self.0.split_first_chunk::<N>().ok_or_else(broken)?;
        self.0 = rest;
        Ok(*first)
    }

    fn slice(&mut self, length: usize) -> Result<&'a [u8], String> {
        let (first, rest) = self.0.split_at_checked(length).ok_or_else(broken)?;
        self.0 = rest;
        Ok(first)
    }
}

fn text(bytes: &[u8]) -> Result<String, String> {
    String::from_utf8(bytes.to_vec()).map_err(|_| broken())
}

/// Reads a text behind its format's version, which is 1.
fn versioned(bytes: &mut Bytes<'_>) -> Result<String, String> {
    if bytes.take::<1>()? == [1] { text(bytes.0) } else { Err(broken()) }
}

fn instant(bytes: &mut Bytes<'_>) -> Result<String, String> {
    Ok(match i64::from_be_bytes(bytes.take()?) {
        i64::MAX => "infinity".to_owned(),
        i64::MIN => "-infinity".to_owned(),
        micros => timestamp_text(micros.checked_add(EPOCH_MICROS).ok_or_else(broken)?),
    })
}

fn clock(micros: i64) -> String {
    let seconds = micros.div_euclid(1_000_000);
    let (h, m, s) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{h:02}:{m:02}:{s:02}{}", fraction(micros.rem_euclid(1_000_000)))
}

fn zone(east: i64) -> String {
    let sign = if east < 0 { '-' } else { '+' };
    let (h, m, s) = (east.abs() / 3_600, east.abs() / 60 % 60, east.abs() % 60);
    match (m, s) {
        (0, 0) => format!("{sign}{h:02}"),
        (_, 0) => format!("{sign}{h:02}:{m:02}"),
        _ => format!("{sign}{h:02}:{m:02}:{s:02}"),
    }
}

/// Reads a `numeric`: digits of base 10,000, the power of the first, the sign, how many decimal places are shown.
fn numeric(bytes: &mut Bytes<'_>) -> Result<String, String> {
    let count = u16::from_be_bytes(bytes.take()?);
    let weight = i32::from(i16::from_be_bytes(bytes.take()?));
    let sign = u16::from_be_bytes(bytes.take()?);
    let scale = usize::from(u16::from_be_bytes(bytes.take()?));
    let negative = match sign {
        0 => false,
        0x4000 => true,
        0xc000 => return Ok("NaN".to_owned()),
        0xd000 => return Ok("Infinity".to_owned()),
        0xf000 => return Ok("-Infinity".to_owned()),
        _ => return Err(broken()),
    };
    let digits = (0..count).map(|_| bytes.take().map(u16::from_be_bytes)).collect::<Result<Vec<u16>, String>>()?;
    let digit = |power: i32| {
        let index = usize::try_from(weight - power).ok();
        index.and_then(|i| digits.get(i)).copied().unwrap_or(0)
    };
    let mut whole: String = (0..=weight.max(0)).rev().map(|power| format!("{:04}", digit(power))).collect();
    whole = whole.trim_start_matches('0').to_owned();
    if whole.is_empty() {
        whole.push('0');
    }
    let places = i32::try_from(scale.div_ceil(4)).map_err(|_| broken())?;
    let mut part: String = (1..=places).map(|place| format!("{:04}", digit(-place))).collect();
    part.truncate(scale);
    let sign = if negative { "-" } else { "" };
    Ok(if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") })
}

/// Reads an `inet` or a `cidr`; a mask of one host is not shown for `inet`.
fn address(bytes: &mut Bytes<'_>) -> Result<String, String> {
    let [family, bits, is_cidr, length] = bytes.take()?;
    let (address, whole) = match (family, length) {
        (2, 4) => (IpAddr::V4(Ipv4Addr::from(bytes.take::<4>()?)), 32),
        (3, 16) => (IpAddr::V6(Ipv6Addr::from(bytes.take::<16>()?)), 128),
        _ => return Err(broken()),
    };
    Ok(if bits == whole && is_cidr == 0 { address.to_string() } else { format!("{address}/{bits}") })
}

/// Reads an array of any number of dimensions.
fn array(bytes: &[u8], element: &Type) -> Result<Value, String> {
    let mut bytes = Bytes(bytes);
    let dimensions = i32::from_be_bytes(bytes.take()?);
    bytes.take::<8>()?;
    let mut lengths = Vec::new();
    for _ in 0..dimensions {
        lengths.push(usize::try_from(i32::from_be_bytes(bytes.take()?)).map_err(|_| broken())?);
        bytes.take::<4>()?;
    }
    if lengths.is_empty() {
        return Ok(Value::Array(Vec::new()));
    }
    items(&mut bytes, &lengths, element)
}

fn items(bytes: &mut Bytes<'_>, lengths: &[usize], element: &Type) -> Result<Value, String> {
    let Some((length, inner)) = lengths.split_first() else {
        return match i32::from_be_bytes(bytes.take()?) {
            -1 => Ok(Value::Null),
            size => value(Some(bytes.slice(usize::try_from(size).map_err(|_| broken())?)?), element),
        };
    };
    (0..*length).map(|_| items(bytes, inner, element)).collect::<Result<_, _>>().map(Value::Array)
}
