//! `jsonb`: reading, canonical text, and the operators.
//!
//! Canonical text is what PostgreSQL prints: one blank after `:` and `,`, keys sorted by length in bytes and then by
//! bytes, the last of equal keys, numbers as exact decimals without exponent and with their scale.

use crate::sql::error::{PgError, PgResult};
use crate::sql::value::number;
use serde_json::Value;
use std::cmp::Ordering;

/// Parses JSON text.
pub fn parse(text: &str) -> PgResult<Value> {
    serde_json::from_str(text).map_err(|e| {
        PgError::new(if e.to_string().contains("recursion limit") {
            "a document that nests deeper than 128 levels is not supported"
        } else {
            "invalid input syntax for type json"
        })
    })
}

/// Reads text as `jsonb`: its canonical text.
pub fn canonical(text: &str) -> PgResult<String> {
    Ok(to_text(&parse(text)?))
}

/// Reads text as a query's `jsonb`, in which no string may hold a NUL character.
pub fn input(text: &str) -> PgResult<String> {
    fn has_nul(value: &Value) -> bool {
        match value {
            Value::String(s) => s.contains('\0'),
            Value::Array(items) => items.iter().any(has_nul),
            Value::Object(map) => map.iter().any(|(k, v)| k.contains('\0') || has_nul(v)),
            _ => false,
        }
    }
    /// The first number that is too large.
    fn overflow(value: &Value) -> Option<PgError> {
        match value {
            Value::Number(n) => number::canonical(n.as_str()).err(),
            Value::Array(items) => items.iter().find_map(overflow),
            Value::Object(map) => map.values().find_map(overflow),
            _ => None,
        }
    }
    let value = parse(text)?;
    let is_exponent = |w: &[u8]| matches!(w, [b'0'..=b'9', b'e' | b'E']);
    if text.as_bytes().windows(2).any(is_exponent)
        && let Some(error) = overflow(&value)
    {
        return Err(error);
    }
    if text.contains("\\u0000") && has_nul(&value) {
        return Err(PgError::new("unsupported Unicode escape sequence"));
    }
    Ok(to_text(&value))
}

/// Returns the canonical text of a document.
pub fn to_text(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// Appends the canonical text of a document.
pub fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(n) => out.push_str(&number::canonical(n.as_str()).unwrap_or_else(|_| n.to_string())),
        Value::String(s) => write_string(s, out),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (i, (key, item)) in sorted(map).into_iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_string(key, out);
                out.push_str(": ");
                write(item, out);
            }
            out.push('}');
        }
    }
}

/// Returns the members of an object in canonical order.
pub fn sorted(map: &serde_json::Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut members: Vec<_> = map.iter().collect();
    members.sort_by(|a, b| key_order(a.0, b.0));
    members
}

fn key_order(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.as_bytes().cmp(b.as_bytes()))
}

/// Appends a JSON string with PostgreSQL's escapes.
pub fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Returns text as a JSON string.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    write_string(text, &mut out);
    out
}

/// Returns what `->>` gives for a value: `None` for JSON null, the bare text of a string, otherwise canonical text.
pub fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(s) => Some(s.clone()),
        other => Some(to_text(other)),
    }
}

/// `-> 'key'`.
pub fn get_key<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value.as_object()?.get(key)
}

/// `-> index`; negative counts from the end; a scalar behaves like an array of one.
pub fn get_index(value: &Value, index: i64) -> Option<&Value> {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        Value::Object(_) => return None,
        scalar => std::slice::from_ref(scalar),
    };
    let at = if index < 0 { index + i64::try_from(items.len()).ok()? } else { index };
    items.get(usize::try_from(at).ok()?)
}

/// `#> path`: keys of objects, integer-looking steps index arrays.
pub fn get_path<'a>(value: &'a Value, path: &[Option<String>]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, step| {
        let step = step.as_ref()?;
        match value {
            Value::Object(map) => map.get(step),
            Value::Array(_) => get_index(value, step.trim().parse().ok()?),
            _ => None,
        }
    })
}

/// Whether two documents are equal; numbers by value.
pub fn equal(a: &Value, b: &Value) -> bool {
    compare(a, b) == Ordering::Equal
}

/// PostgreSQL's order: Object > Array > Boolean > Number > String > Null; an empty array is least of all where it is the
/// whole document.
pub fn compare(a: &Value, b: &Value) -> Ordering {
    let is_empty = |v: &Value| v.as_array().is_some_and(Vec::is_empty);
    let is_scalar = |v: &Value| !v.is_array() && !v.is_object();
    if is_empty(a) && is_scalar(b) {
        return Ordering::Less;
    }
    if is_empty(b) && is_scalar(a) {
        return Ordering::Greater;
    }
    compare_parts(a, b)
}

fn compare_parts(a: &Value, b: &Value) -> Ordering {
    let rank = |v: &Value| match v {
        Value::Null => 0,
        Value::String(_) => 1,
        Value::Number(_) => 2,
        Value::Bool(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    };
    match (a, b) {
        (Value::Bool(x), Value::Bool(y)) => x.cmp(y),
        (Value::Number(x), Value::Number(y)) => number::compare(x.as_str(), y.as_str()),
        (Value::String(x), Value::String(y)) => x.as_bytes().cmp(y.as_bytes()),
        (Value::Array(x), Value::Array(y)) => x.len().cmp(&y.len()).then_with(|| {
            x.iter().zip(y).map(|(p, q)| compare_parts(p, q)).find(|o| *o != Ordering::Equal).unwrap_or(Ordering::Equal)
        }),
        (Value::Object(x), Value::Object(y)) => x.len().cmp(&y.len()).then_with(|| {
            sorted(x)
                .into_iter()
                .zip(sorted(y))
                .map(|((k, v), (l, w))| k.as_bytes().cmp(l.as_bytes()).then_with(|| compare_parts(v, w)))
                .find(|o| *o != Ordering::Equal)
                .unwrap_or(Ordering::Equal)
        }),
        _ => rank(a).cmp(&rank(b)),
    }
}

/// `a @> b`.
pub fn contains(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(items), scalar) if !scalar.is_array() && !scalar.is_object() => {
            items.iter().any(|i| equal(i, scalar))
        }
        _ => contains_same_kind(a, b),
    }
}

fn contains_same_kind(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            y.iter().all(|(key, value)| x.get(key).is_some_and(|own| contains_same_kind(own, value)))
        }
        (Value::Array(x), Value::Array(y)) => y.iter().all(|value| x.iter().any(|own| contains_same_kind(own, value))),
        (Value::Object(_) | Value::Array(_), _) | (_, Value::Object(_) | Value::Array(_)) => false,
        _ => equal(a, b),
    }
}

/// `a ? key`: key of an object, string of an array, or the string itself.
pub fn has(value: &Value, key: &str) -> bool {
    match value {
        Value::Object(map) => map.contains_key(key),
        Value::Array(items) => items.iter().any(|i| i.as_str() == Some(key)),
        Value::String(s) => s == key,
        _ => false,
    }
}

/// `jsonb_typeof`.
pub fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// `jsonb_array_length`.
pub fn array_length(value: &Value) -> PgResult<i64> {
    match value {
        Value::Array(items) => Ok(i64::try_from(items.len()).unwrap_or(i64::MAX)),
        Value::Object(_) => Err(PgError::new("cannot get array length of a non-array")),
        _ => Err(PgError::new("cannot get array length of a scalar")),
    }
}

/// Returns the elements of an array for `jsonb_array_elements`.
pub fn elements(value: Value) -> PgResult<Vec<Value>> {
    match value {
        Value::Array(items) => Ok(items),
        Value::Object(_) => Err(PgError::new("cannot extract elements from an object")),
        _ => Err(PgError::new("cannot extract elements from a scalar")),
    }
}

/// `a - key`.
pub fn minus_key(value: Value, key: &str) -> PgResult<Value> {
    match value {
        Value::Object(mut map) => {
            map.shift_remove(key);
            Ok(Value::Object(map))
        }
        Value::Array(items) => Ok(Value::Array(items.into_iter().filter(|i| i.as_str() != Some(key)).collect())),
        _ => Err(PgError::new("cannot delete from scalar")),
    }
}

/// `a - index`.
pub fn minus_index(value: Value, index: i64) -> PgResult<Value> {
    match value {
        Value::Array(mut items) => {
            let at = if index < 0 { index + i64::try_from(items.len()).unwrap_or(0) } else { index };
            if let Ok(at) = usize::try_from(at)
                && at < items.len()
            {
                items.remove(at);
            }
            Ok(Value::Array(items))
        }
        Value::Object(_) => Err(PgError::new("cannot delete from object using integer index")),
        _ => Err(PgError::new("cannot delete from scalar")),
    }
}

/// `a || b`.
pub fn concat(a: Value, b: Value) -> Value {
    match (a, b) {
        (Value::Object(mut x), Value::Object(y)) => {
            x.extend(y);
            Value::Object(x)
        }
        (Value::Array(mut x), Value::Array(y)) => {
            x.extend(y);
            Value::Array(x)
        }
        (Value::Array(mut x), y) => {
            x.push(y);
            Value::Array(x)
        }
        (x, Value::Array(mut y)) => {
            y.insert(0, x);
            Value::Array(y)
        }
        (x, y) => Value::Array(vec![x, y]),
    }
}

/// `jsonb_strip_nulls`: object members that are null are dropped, at every depth.
pub fn strip_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            Value::Object(map.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, strip_nulls(v))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(strip_nulls).collect()),
        other => other,
    }
}

/// `jsonb_pretty`.
pub fn pretty(value: &Value) -> String {
    fn indent(out: &mut String, level: usize) {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', level * 4));
    }
    fn go(value: &Value, level: usize, out: &mut String) {
        match value {
            Value::Array(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    indent(out, level + 1);
                    go(item, level + 1, out);
                }
                indent(out, level);
                out.push(']');
            }
            Value::Object(map) => {
                out.push('{');
                for (i, (key, item)) in sorted(map).into_iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    indent(out, level + 1);
                    write_string(key, out);
                    out.push_str(": ");
                    go(item, level + 1, out);
                }
                indent(out, level);
                out.push('}');
            }
            other => write(other, out),
        }
    }
    let mut out = String::new();
    go(value, 0, &mut out);
    out
}

/// Casts to `boolean`.
pub fn to_bool(value: &Value) -> PgResult<bool> {
    value.as_bool().ok_or_else(|| cannot_cast(value, "boolean"))
}

/// Casts to a number type: the number's canonical text.
pub fn to_number(value: &Value, type_name: &str) -> PgResult<String> {
    match value {
        Value::Number(n) => number::canonical(n.as_str()),
        other => Err(cannot_cast(other, type_name)),
    }
}

fn cannot_cast(value: &Value, to: &str) -> PgError {
    let from = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "numeric",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    PgError::new(format!("cannot cast jsonb {from} to type {to}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_text() {
        for (input, expected) in [
            (r#"{"bb":1,"a":[1.50,1e3,-0],"a":{}}"#, r#"{"a": {}, "bb": 1}"#),
            (r#"[1.50,1e3,-0, 1e-2]"#, "[1.50, 1000, 0, 0.01]"),
            (r#""a\/b\u0001é""#, "\"a/b\\u0001é\""),
            (r#"{"z":1,"aa":2,"b":3}"#, r#"{"b": 3, "z": 1, "aa": 2}"#),
        ] {
            assert_eq!(canonical(input).unwrap(), expected);
        }
        assert!(canonical("{").is_err());
    }

    #[test]
    fn containment() {
        for (a, b, expected) in [
            ("[1, 2]", "[2, 2]", true),
            ("[1, 2]", "2", true),
            ("{\"a\": [1]}", "{\"a\": 1}", false),
            ("{\"a\": 1, \"b\": 2}", "{}", true),
            ("[{\"a\": 1, \"b\": 2}]", "[{\"a\": 1.0}]", true),
            ("2", "[2]", false),
        ] {
            assert_eq!(contains(&parse(a).unwrap(), &parse(b).unwrap()), expected, "{a} @> {b}");
        }
    }
}
