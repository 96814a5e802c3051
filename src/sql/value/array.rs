//! Arrays: held as JSON arrays of the elements' representations.

use crate::sql::error::{PgError, PgResult};
use serde_json::Value;

/// Reads the stored text of an array.
pub fn stored(text: &str) -> PgResult<Vec<Value>> {
    match serde_json::from_str(text) {
        Ok(Value::Array(items)) => Ok(items),
        _ => Err(PgError::new(format!("malformed array literal: \"{text}\""))),
    }
}

/// Returns the stored text.
pub fn to_stored(items: Vec<Value>) -> String {
    Value::Array(items).to_string()
}

/// Returns an element as text: strings bare, `None` for NULL.
pub fn element_text(item: &Value) -> Option<String> {
    match item {
        Value::Null => None,
        Value::String(s) => Some(s.clone()),
        other => Some(other.to_string()),
    }
}

/// Reads PostgreSQL's literal form `{a,"b c",NULL}` into element texts.
pub fn parse_literal(text: &str) -> PgResult<Vec<Option<String>>> {
    let malformed = || PgError::new(format!("malformed array literal: \"{text}\""));
    let inner = text.trim().strip_prefix('{').and_then(|t| t.strip_suffix('}')).ok_or_else(malformed)?;
    let mut items = Vec::new();
    let mut chars = inner.chars().peekable();
    if inner.trim().is_empty() {
        return Ok(items);
    }
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        let mut word = String::new();
        let mut quoted = false;
        if chars.next_if_eq(&'"').is_some() {
            quoted = true;
            loop {
                match chars.next().ok_or_else(malformed)? {
                    '"' => break,
                    '\\' => word.push(chars.next().ok_or_else(malformed)?),
                    c => word.push(c),
                }
            }
            while chars.next_if(|c| c.is_whitespace()).is_some() {}
        } else {
            while let Some(c) = chars.next_if(|c| *c != ',') {
                match c {
                    '\\' => word.push(chars.next().ok_or_else(malformed)?),
                    '{' | '}' | '"' => return Err(malformed()),
                    c => word.push(c),
                }
            }
            word.truncate(word.trim_end().len());
            if word.is_empty() {
                return Err(malformed());
            }
        }
        items.push(if !quoted && word.eq_ignore_ascii_case("null") { None } else { Some(word) });
        match chars.next() {
            None => return Ok(items),
            Some(',') => {}
            Some(_) => return Err(malformed()),
        }
    }
}

pub use crate::model::value::array_text as to_text;

/// Returns an element's output text: `t` for a boolean, `+00` after a `timestamptz`; none for NULL.
pub fn shown(item: &Value, kind: &str) -> Option<String> {
    match (item, kind) {
        (Value::Null, _) => None,
        (Value::Number(n), "bool") => Some(if n.as_str() == "0" { "f" } else { "t" }.to_owned()),
        (Value::Number(n), "money") => n.as_i64().map(super::money::to_text),
        (Value::Number(n), "float4") => n.as_f64().map(super::number::float4_text),
        (Value::Number(n), "float8") => n.as_f64().map(super::number::float_text),
        (Value::String(s), "timestamptz") if s.ends_with(|c: char| c.is_ascii_digit()) => Some(format!("{s}+00")),
        (Value::String(s), "interval") => {
            Some(super::interval::Interval::stored(s).map_or_else(|_| s.clone(), super::interval::Interval::to_text))
        }
        _ => element_text(item),
    }
}

/// Returns the output text of an array whose elements are of that type.
pub fn output(items: &[Value], kind: &str) -> String {
    if items.iter().any(Value::is_array) {
        let inner: Vec<String> = items
            .iter()
            .map(|i| match i {
                Value::Array(inner) => output(inner, kind),
                other => shown(other, kind).unwrap_or_else(|| "NULL".to_owned()),
            })
            .collect();
        return format!("{{{}}}", inner.join(","));
    }
    to_text(&items.iter().map(|i| shown(i, kind)).collect::<Vec<_>>())
}

/// `string_to_array`: a NULL delimiter splits characters, an empty one keeps the text whole.
pub fn split(text: &str, delimiter: Option<&str>, null_text: Option<&str>) -> Vec<Value> {
    let parts: Vec<String> = match (text, delimiter) {
        ("", _) => Vec::new(),
        (text, None) => text.chars().map(String::from).collect(),
        (text, Some("")) => vec![text.to_owned()],
        (text, Some(d)) => text.split(d).map(str::to_owned).collect(),
    };
    parts.into_iter().map(|p| if null_text == Some(p.as_str()) { Value::Null } else { Value::String(p) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals() {
        let items = parse_literal(r#"{a, "b c" ,NULL,"NULL",""}"#).unwrap();
        assert_eq!(items, [Some("a".into()), Some("b c".into()), None, Some("NULL".into()), Some(String::new())]);
        assert_eq!(to_text(&items), r#"{a,"b c",NULL,"NULL",""}"#);
        for bad in ["a", "{a", "{a,}", "{\"a}", "{a}b"] {
            assert!(parse_literal(bad).is_err(), "{bad}");
        }
    }
}
