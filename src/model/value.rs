//! The values of a result set, whichever database answered.

use super::pgtype::PgType;

/// A column of a result set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name the query gave it; names may repeat.
    pub name: String,
    /// Its PostgreSQL type.
    pub pg_type: PgType,
}

/// One value. Texts are PostgreSQL's own output text of the type, in UTC.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// `bool`.
    Bool(bool),
    /// `int2`, `int4`, `int8`, `oid`.
    Int(i64),
    /// `float4`, `float8`.
    Float(f64),
    /// `numeric`: exact decimal text with its scale (`1.50`), or `NaN`, `Infinity`, `-Infinity`.
    Numeric(String),
    /// `text` and its relatives, and every type that is only shown: `uuid`, `money`, `ltree`, `regtype`, `time`.
    Text(String),
    /// `json` as written, `jsonb` in canonical text.
    Json(String),
    /// `timestamptz`, UTC: `2026-03-31 10:30:45.123456`, fraction without trailing zeros and absent when zero.
    Timestamptz(String),
    /// `timestamp`, the same layout.
    Timestamp(String),
    /// `date`: `2026-03-31`.
    Date(String),
    /// `interval` in PostgreSQL's output style: `1 year 2 mons 3 days 04:05:06.7`.
    Interval(String),
    /// `inet` without the mask of a single host, `cidr` with its mask.
    Inet(String),
    /// An array; elements in order.
    Array(Vec<Value>),
}

impl Value {
    /// Whether this is SQL NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Returns the text of a value in a report: NULL is empty, a time is RFC 3339 to the second, a number has no zeros
    /// at its end, an array is joined with commas.
    pub fn display(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(b) => b.to_string(),
            Self::Int(n) => n.to_string(),
            Self::Float(n) => format!("{n}"),
            Self::Timestamptz(t) if t.ends_with(|c: char| c.is_ascii_digit()) => format!("{}Z", to_the_second(t)),
            Self::Timestamptz(t) => t.clone(),
            Self::Timestamp(t) => to_the_second(t),
            Self::Numeric(t) if t.contains('.') => t.trim_end_matches('0').trim_end_matches('.').to_owned(),
            Self::Array(items) => items.iter().map(Self::display).collect::<Vec<_>>().join(","),
            Self::Numeric(t) | Self::Text(t) | Self::Json(t) | Self::Date(t) | Self::Interval(t) | Self::Inet(t) => {
                t.clone()
            }
        }
    }

    /// Returns PostgreSQL's own output text; none for NULL.
    pub fn pg_text(&self, ty: &PgType) -> Option<String> {
        Some(match self {
            Self::Null => return None,
            Self::Bool(b) => if *b { "t" } else { "f" }.to_owned(),
            Self::Timestamptz(t) if t.ends_with(|c: char| c.is_ascii_digit()) => format!("{t}+00"),
            Self::Timestamptz(t) | Self::Timestamp(t) | Self::Numeric(t) => t.clone(),
            Self::Float(n) if *ty == PgType::Float4 => float4_text(*n),
            Self::Float(n) => float_text(*n),
            Self::Array(items) => {
                let element = match ty {
                    PgType::Array(element) => element,
                    other => other,
                };
                let texts: Vec<Option<String>> = items.iter().map(|i| i.pg_text(element)).collect();
                if items.iter().any(|i| matches!(i, Self::Array(_))) {
                    // A further dimension: its braces are not quoted.
                    format!("{{{}}}", texts.into_iter().flatten().collect::<Vec<_>>().join(","))
                } else {
                    array_text(&texts)
                }
            }
            other => other.display(),
        })
    }
}

fn to_the_second(time: &str) -> String {
    time.split('.').next().unwrap_or(time).replacen(' ', "T", 1)
}

/// The rows that a query returned.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ResultSet {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows; each as long as `columns`.
    pub rows: Vec<Vec<Value>>,
    /// Things the user should know of how the answer came about (`3 values could not be read as integer`).
    pub warnings: Vec<String>,
}

/// The value of a query argument, before the query's use of `$n` gives it a PostgreSQL type.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg {
    /// SQL NULL.
    Null,
    /// A string.
    Text(String),
    /// A whole number that fits 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A boolean.
    Bool(bool),
    /// A list; becomes a PostgreSQL array, or a JSON array where the parameter is `json`/`jsonb`.
    List(Vec<Arg>),
    /// An object, as JSON text.
    Object(String),
}

impl Arg {
    /// Returns the argument as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Text(text) => text.as_str().into(),
            Self::Int(number) => (*number).into(),
            Self::Float(number) => (*number).into(),
            Self::Bool(flag) => (*flag).into(),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Object(text) => serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into()),
        }
    }
}

/// Returns the shortest digits that read back as the number; of two that are equally near, the even one.
fn shortest(number: f64) -> String {
    let text = format!("{number:e}");
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    if digits < 16 {
        return text;
    }
    let exact = format!("{number:.40e}");
    let cut = mantissa.len();
    let (Some(lower), Some(rest)) = (exact.get(..cut), exact.get(cut..).and_then(|r| r.split('e').next())) else {
        return text;
    };
    let tie = rest.starts_with('5') && rest.bytes().skip(1).all(|b| b == b'0');
    let even = lower.ends_with(['0', '2', '4', '6', '8']);
    let candidate = format!("{lower}e{exponent}");
    if tie && even && candidate.parse() == Ok(number) { candidate } else { text }
}

/// Returns PostgreSQL's text of a `double precision`: shortest digits that round-trip, exponent from 1e15 up and below
/// 1e-4.
pub fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if number == 0.0 {
        return if number.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    written(&shortest(number), 15)
}

/// Returns PostgreSQL's text of a `real`, which is held as the `double precision` of its value or of its digits.
pub fn float4_text(number: f64) -> String {
    let single = number as f32;
    if single == 0.0 || !single.is_finite() {
        return float_text(f64::from(single));
    }
    written(&format!("{single:e}"), 6)
}

/// Writes digits with an exponent, as `1.5e-7`, the way PostgreSQL does; plain below a power of ten.
fn written(scientific: &str, plain: i32) -> String {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..plain).contains(&exponent) {
        return positional(mantissa, exponent);
    }
    format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

/// Writes a mantissa of the form `-1.25` with its exponent as a plain number.
fn positional(mantissa: &str, exponent: i32) -> String {
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let Ok(before) = usize::try_from(exponent + 1) else {
        let zeros = usize::try_from(-exponent - 1).unwrap_or(0);
        return format!("{sign}0.{}{digits}", "0".repeat(zeros));
    };
    match digits.split_at_checked(before) {
        Some((_, "")) => format!("{sign}{digits}"),
        Some(("", fraction)) => format!("{sign}0.{fraction}"),
        Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{digits:0<before$}"),
    }
}

/// Returns PostgreSQL's text of an array from its elements' texts.
pub fn array_text(items: &[Option<String>]) -> String {
    let mut out = String::from("{");
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        match item {
            None => out.push_str("NULL"),
            Some(text) => {
                let plain = !text.is_empty()
                    && !text.eq_ignore_ascii_case("null")
                    && !text.contains(|c: char| {
                        c.is_ascii_whitespace() || c == '\u{b}' || matches!(c, ',' | '{' | '}' | '"' | '\\')
                    });
                if plain {
                    out.push_str(text);
                } else {
                    out.push('"');
                    for c in text.chars() {
                        if matches!(c, '"' | '\\') {
                            out.push('\\');
                        }
                        out.push(c);
                    }
                    out.push('"');
                }
            }
        }
    }
    out.push('}');
    out
}
