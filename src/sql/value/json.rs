//! `json`, which keeps the text that was written: spacing, the order of keys and keys that come twice.

use crate::sql::error::{PgError, PgResult};
use crate::sql::value::jsonb;
use serde_json::Value;

/// Checks a text.
pub fn check(text: &str) -> PgResult<()> {
    jsonb::parse(text).map(drop)
}

/// What a text holds at its top, as texts of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parts<'t> {
    /// The members of an object.
    Object(Vec<(String, &'t str)>),
    /// The elements of an array.
    Array(Vec<&'t str>),
    /// Anything else.
    Scalar(&'t str),
}

/// Takes a text apart; the text has been checked before.
pub fn parts(text: &str) -> PgResult<Parts<'_>> {
    let text = text.trim_matches([' ', '\t', '\n', '\r']);
    let broken = || PgError::invalid("json", text);
    let inner = || text.get(1..text.len() - 1).ok_or_else(broken);
    match text.as_bytes().first() {
        Some(b'[') => Ok(Parts::Array(split(inner()?, b','))),
        Some(b'{') => split(inner()?, b',')
            .into_iter()
            .map(|member| match split(member, b':').as_slice() {
                [key, value] => Ok((serde_json::from_str::<String>(key).map_err(|_| broken())?, *value)),
                _ => Err(broken()),
            })
            .collect::<PgResult<Vec<_>>>()
            .map(Parts::Object),
        _ => Ok(Parts::Scalar(text)),
    }
}

/// Splits at a mark that stands in no string and in no bracket.
fn split(text: &str, mark: u8) -> Vec<&str> {
    let bytes = text.as_bytes();
    let (mut depth, mut from, mut in_string, mut escaped) = (0_usize, 0, false, false);
    let mut out = Vec::new();
    let mut push = |from: usize, to: usize| {
        out.push(text.get(from..to).unwrap_or_default().trim_matches([' ', '\t', '\n', '\r']));
    };
    for (i, byte) in bytes.iter().enumerate() {
        if in_string {
            in_string = escaped || *byte != b'"';
            escaped = !escaped && *byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            byte if *byte == mark && depth == 0 => {
                push(from, i);
                from = i + 1;
            }
            _ => {}
        }
    }
    push(from, bytes.len());
    if out == [""] {
        out.clear();
    }
    out
}

/// Returns a value as text: a string without its quotes; none for null.
pub fn as_text(value: &str) -> PgResult<Option<String>> {
    match value.as_bytes().first() {
        Some(b'"') => serde_json::from_str(value).map(Some).map_err(|_| PgError::invalid("json", value)),
        Some(b'n') => Ok(None),
        _ => Ok(Some(value.to_owned())),
    }
}

/// `json -> key`; of keys that come twice the last counts.
pub fn get_key<'t>(text: &'t str, key: &str) -> PgResult<Option<&'t str>> {
    Ok(match parts(text)? {
        Parts::Object(members) => members.into_iter().rev().find(|(k, _)| k == key).map(|(_, v)| v),
        _ => None,
    })
}

/// `json -> index`; a negative index counts from the end.
pub fn get_index(text: &str, index: i64) -> PgResult<Option<&str>> {
    Ok(match parts(text)? {
        Parts::Array(items) => {
            let at = if index < 0 { index + i64::try_from(items.len()).unwrap_or(0) } else { index };
            usize::try_from(at).ok().and_then(|i| items.get(i).copied())
        }
        _ => None,
    })
}

/// `json #> path`.
pub fn get_path<'t>(text: &'t str, path: &[Option<String>]) -> PgResult<Option<&'t str>> {
    let mut at = text;
    for step in path {
        let Some(step) = step else { return Ok(None) };
        let next = match step.parse::<i64>() {
            Ok(index) if at.trim_start().starts_with('[') => get_index(at, index)?,
            _ => get_key(at, step)?,
        };
        match next {
            Some(inner) => at = inner,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

/// `json_strip_nulls`: written anew without blanks.
pub fn strip_nulls(text: &str) -> PgResult<String> {
    Ok(match parts(text)? {
        Parts::Object(members) => {
            let kept: Vec<String> = members
                .into_iter()
                .filter(|(_, v)| *v != "null")
                .map(|(k, v)| Ok(format!("{}:{}", jsonb::quoted(&k), strip_nulls(v)?)))
                .collect::<PgResult<_>>()?;
            format!("{{{}}}", kept.join(","))
        }
        Parts::Array(items) => {
            format!("[{}]", items.into_iter().map(strip_nulls).collect::<PgResult<Vec<_>>>()?.join(","))
        }
        Parts::Scalar(text) if text.starts_with('"') => match serde_json::from_str::<Value>(text) {
            Ok(Value::String(s)) => jsonb::quoted(&s),
            _ => text.to_owned(),
        },
        Parts::Scalar(text) => text.to_owned(),
    })
}

/// `json_array_length`.
pub fn array_length(text: &str) -> PgResult<i64> {
    match parts(text)? {
        Parts::Array(items) => Ok(i64::try_from(items.len()).unwrap_or(i64::MAX)),
        Parts::Object(_) => Err(PgError::new("cannot get array length of a non-array")),
        Parts::Scalar(_) => Err(PgError::new("cannot get array length of a scalar")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_as_they_were_written() {
        let text = r#"{"b":1, "a": [1,2 ,{"x" : "],}"}], "a":null}"#;
        assert_eq!(get_key(text, "b").unwrap(), Some("1"));
        assert_eq!(get_key(text, "a").unwrap(), Some("null"));
        assert_eq!(
            get_path(r#"{"a": [1,2 ,{"x" : "],}"}]}"#, &[Some("a".into())]).unwrap(),
            Some(r#"[1,2 ,{"x" : "],}"}]"#)
        );
        assert_eq!(parts("[ ]").unwrap(), Parts::Array(vec![]));
        assert_eq!(strip_nulls(r#"{"a": null, "b": [null, "x"]}"#).unwrap(), r#"{"b":[null,"x"]}"#);
        assert_eq!(as_text(r#""é\n""#).unwrap().as_deref(), Some("é\n"));
    }
}
