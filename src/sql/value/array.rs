//! Arrays: held as JSON arrays of the elements' representations.

use crate::sql::error::{PgError, PgResult};
use serde_json::Value;
use std::cmp::Ordering;

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

/// `array_to_string`: NULL elements are left out, or written as `null_text`.
pub fn join(items: &[Value], delimiter: &str, null_text: Option<&str>) -> String {
    let texts: Vec<String> =
        items.iter().filter_map(|i| element_text(i).or_else(|| null_text.map(str::to_owned))).collect();
    texts.join(delimiter)
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

/// `a @> b`: every element of `b` stands in `a`; a NULL never does.
pub fn contains(a: &[Value], b: &[Value]) -> bool {
    b.iter().all(|x| !x.is_null() && a.contains(x))
}

/// `a && b`.
pub fn overlap(a: &[Value], b: &[Value]) -> bool {
    b.iter().any(|x| !x.is_null() && a.contains(x))
}

/// Compares element by element, then by length; NULL is greatest.
pub fn compare(a: &[Value], b: &[Value]) -> Ordering {
    let by_element = a.iter().zip(b).map(|(x, y)| compare_elements(x, y)).find(|o| *o != Ordering::Equal);
    by_element.unwrap_or_else(|| a.len().cmp(&b.len()))
}

fn compare_elements(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (Value::Number(x), Value::Number(y)) => super::number::compare(x.as_str(), y.as_str()),
        (Value::String(x), Value::String(y)) => x.as_bytes().cmp(y.as_bytes()),
        _ => a.to_string().cmp(&b.to_string()),
    }
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
