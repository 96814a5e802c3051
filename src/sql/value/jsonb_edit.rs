//! `jsonb_set`, `jsonb_insert` and `#-` (`src/backend/utils/adt/jsonfuncs.c`, `setPath`).

use crate::sql::error::{PgError, PgResult};
use serde_json::Value;

/// What happens at the end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// `jsonb_set`, which makes what is missing when `true`.
    Set(bool),
    /// `jsonb_insert`, after the element when `true`.
    Insert(bool),
    /// `#-`.
    Delete,
}

impl Edit {
    fn makes(self) -> bool {
        matches!(self, Self::Set(true) | Self::Insert(_))
    }
}

/// Edits a document at a path.
pub fn edit(document: Value, path: &[Option<String>], new: &Value, edit: Edit) -> PgResult<Value> {
    let empty = match &document {
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ if edit == Edit::Delete => return Err(PgError::new("cannot delete path in scalar")),
        _ => return Err(PgError::new("cannot set path in scalar")),
    };
    if path.is_empty() || (empty && !edit.makes()) {
        return Ok(document);
    }
    let mut document = document;
    walk(&mut document, path, 0, new, edit)?;
    Ok(document)
}

fn walk(document: &mut Value, path: &[Option<String>], level: usize, new: &Value, edit: Edit) -> PgResult<()> {
    let Some(step) = path.get(level) else { return Ok(()) };
    if !document.is_object() && !document.is_array() {
        return Ok(());
    }
    let step = step.as_ref().ok_or_else(|| PgError::new(format!("path element at position {} is null", level + 1)))?;
    let last = level + 1 == path.len();
    match document {
        Value::Object(map) => {
            if !last {
                return map.get_mut(step).map_or(Ok(()), |inner| walk(inner, path, level + 1, new, edit));
            }
            match edit {
                Edit::Delete => {
                    map.shift_remove(step);
                }
                Edit::Insert(_) if map.contains_key(step) => {
                    return Err(PgError::new("cannot replace existing key"));
                }
                edit => {
                    if edit.makes() || map.contains_key(step) {
                        map.insert(step.clone(), new.clone());
                    }
                }
            }
        }
        Value::Array(items) => {
            let index: i32 = step.trim_start().parse().map_err(|_| {
                PgError::new(format!("path element at position {} is not an integer: \"{step}\"", level + 1))
            })?;
            let length = i64::try_from(items.len()).unwrap_or(0);
            let at = if index < 0 { i64::from(index) + length } else { i64::from(index) };
            match usize::try_from(at) {
                Ok(at) if at < items.len() => {
                    if !last {
                        return items.get_mut(at).map_or(Ok(()), |inner| walk(inner, path, level + 1, new, edit));
                    }
                    match edit {
                        Edit::Delete => {
                            items.remove(at);
                        }
                        Edit::Insert(after) => items.insert(at + usize::from(after), new.clone()),
                        Edit::Set(_) => {
                            if let Some(item) = items.get_mut(at) {
                                *item = new.clone();
                            }
                        }
                    }
                }
                Ok(_) if last && edit.makes() => items.push(new.clone()),
                // Before the first element.
                Err(_) if last && edit.makes() => items.insert(0, new.clone()),
                _ => {}
            }
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::value::jsonb;

    #[test]
    fn edits() {
        let run = |document: &str, path: &[&str], how: Edit| {
            let path: Vec<Option<String>> = path.iter().map(|p| Some((*p).to_owned())).collect();
            edit(jsonb::parse(document).unwrap(), &path, &Value::from(9), how).map(|v| jsonb::to_text(&v))
        };
        assert_eq!(run(r#"{"a": [1, 2]}"#, &["a", "-1"], Edit::Set(true)).unwrap(), r#"{"a": [1, 9]}"#);
        assert_eq!(run(r#"{"a": 1}"#, &["b"], Edit::Set(false)).unwrap(), r#"{"a": 1}"#);
        assert_eq!(run("[1, 2]", &["0"], Edit::Insert(true)).unwrap(), "[1, 9, 2]");
        assert_eq!(run("[1, 2]", &["-5"], Edit::Insert(false)).unwrap(), "[9, 1, 2]");
        assert_eq!(run(r#"{"a": {"b": 1}}"#, &["a", "b"], Edit::Delete).unwrap(), r#"{"a": {}}"#);
        assert!(run("[1]", &["x"], Edit::Delete).is_err());
        assert!(run("1", &["x"], Edit::Set(true)).is_err());
        assert!(run(r#"{"a": 1}"#, &["a"], Edit::Insert(false)).is_err());
    }
}
