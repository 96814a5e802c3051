//! The canonical form of policy documents: what `policy_std` and its sisters hold.
//!
//! Two documents that mean the same have the same canonical form, as far as letter case, single values instead of
//! lists, and order go. Upstream's form is kept even where it looks odd (all actions in lower case), because the
//! queries of mods are written for it.

use serde_json::{Map, Value};

/// A document that has no canonical form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{element} of the policy cannot be read: {reason}")]
pub struct PolicyError {
    /// The element.
    pub element: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

fn wrong(element: &str, reason: &'static str) -> PolicyError {
    PolicyError { element: element.to_string(), reason }
}

/// Returns the canonical form of a document.
///
/// # Errors
///
/// When an element has a shape that the policy language does not have; AWS does not store such documents.
pub fn canonical(policy: &Value) -> Result<Value, PolicyError> {
    let policy = policy.as_object().ok_or_else(|| wrong("the whole", "it is not an object"))?;
    let mut out = Map::new();
    if let Some(id) = member(policy, "Id").map(|id| scalar_text("Id", id)).transpose()?
        && !id.is_empty()
    {
        out.insert("Id".into(), Value::from(id));
    }
    let statement = match member(policy, "Statement") {
        None => Value::Null,
        Some(Value::Array(list)) => Value::Array(list.iter().map(statement).collect::<Result<_, _>>()?),
        Some(single @ Value::Object(_)) => Value::Array(vec![statement(single)?]),
        Some(_) => return Err(wrong("Statement", "it is neither an object nor a list of objects")),
    };
    out.insert("Statement".into(), statement);
    let version = member(policy, "Version").map(|version| scalar_text("Version", version)).transpose()?;
    out.insert("Version".into(), Value::from(version.unwrap_or_default()));
    Ok(Value::Object(out))
}

/// Finds an element without regard to case, the exact spelling first.
fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

fn scalar_text(element: &str, value: &Value) -> Result<String, PolicyError> {
    value.as_str().map(str::to_string).ok_or_else(|| wrong(element, "it is not a text"))
}

fn statement(statement: &Value) -> Result<Value, PolicyError> {
    let statement = statement.as_object().ok_or_else(|| wrong("Statement", "an item is not an object"))?;
    let mut out = Map::new();
    for name in ["Action", "NotAction"] {
        if let Some(value) = member(statement, name) {
            put_list(&mut out, name, texts(name, value)?.into_iter().map(|text| text.to_lowercase()).collect());
        }
    }
    if let Some(condition) = member(statement, "Condition").filter(|condition| !condition.is_null())
        && let condition = condition_of(condition)?
        && !condition.is_empty()
    {
        out.insert("Condition".into(), Value::Object(condition));
    }
    let effect = member(statement, "Effect").map(|effect| scalar_text("Effect", effect)).transpose()?;
    out.insert("Effect".into(), Value::from(effect.unwrap_or_default()));
    for name in ["NotPrincipal", "Principal"] {
        if let Some(value) = member(statement, name)
            && let principal = principal(name, value)?
            && !principal.is_empty()
        {
            out.insert(name.into(), Value::Object(principal));
        }
    }
    for name in ["NotResource", "Resource"] {
        if let Some(value) = member(statement, name) {
            put_list(&mut out, name, texts(name, value)?);
        }
    }
    if let Some(sid) = member(statement, "Sid").map(|sid| scalar_text("Sid", sid)).transpose()?
        && !sid.is_empty()
    {
        out.insert("Sid".into(), Value::from(sid));
    }
    Ok(Value::Object(out))
}

/// Puts a sorted list without repetitions, unless it is empty.
fn put_list(out: &mut Map<String, Value>, name: &str, list: Vec<String>) {
    if !list.is_empty() {
        out.insert(name.into(), sorted(list));
    }
}

fn sorted(mut list: Vec<String>) -> Value {
    list.sort();
    list.dedup();
    Value::from(list)
}

/// Returns one value or many as texts.
fn texts(element: &str, value: &Value) -> Result<Vec<String>, PolicyError> {
    match value {
        Value::Array(items) => items.iter().map(|item| text(element, item)).collect(),
        single => Ok(vec![text(element, single)?]),
    }
}

fn text(element: &str, value: &Value) -> Result<String, PolicyError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        // Digits in full, without an exponent.
        Value::Number(number) => Ok(number.as_f64().map_or_else(|| number.to_string(), |n| n.to_string())),
        _ => Err(wrong(element, "a value is neither a text nor a number nor a boolean")),
    }
}

fn principal(name: &str, value: &Value) -> Result<Map<String, Value>, PolicyError> {
    match value {
        Value::String(text) => Ok(Map::from_iter([("AWS".to_string(), Value::from(vec![text.clone()]))])),
        Value::Object(kinds) => kinds.iter().map(|(kind, ids)| Ok((kind.clone(), sorted(texts(name, ids)?)))).collect(),
        _ => Err(wrong(name, "it is neither a text nor an object")),
    }
}

fn condition_of(condition: &Value) -> Result<Map<String, Value>, PolicyError> {
    let operators = condition.as_object().ok_or_else(|| wrong("Condition", "it is not an object"))?;
    let mut out = Map::new();
    for (operator, keys) in operators {
        let keys = keys.as_object().ok_or_else(|| wrong("Condition", "an operator has no object of keys"))?;
        let mut canonical = Map::new();
        for (key, values) in keys {
            canonical.insert(key.to_lowercase(), sorted(texts("Condition", values)?));
        }
        out.insert(operator.clone(), Value::Object(canonical));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Documents with the canonical form that upstream gives them.
    const VECTORS: &str = include_str!("../../tests/fixtures/policy_std_vectors.json");

    #[test]
    fn every_document_has_upstreams_form() {
        let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
        assert!(vectors.len() >= 26);
        for vector in &vectors {
            let policy = &vector["policy"];
            match canonical(policy) {
                Ok(form) => {
                    assert_eq!(vector["error"], false, "{policy}: {form}");
                    assert_eq!(form, vector["policy_std"], "{policy}");
                }
                Err(error) => assert_eq!(vector["error"], true, "{policy}: {error}"),
            }
        }
    }
}
