//! Functions on `json` and `jsonb`.

use super::{Registry, rows};
use crate::sql::error::{PgError, PgResult};
use crate::sql::value::{array, jsonb, number};
use rusqlite::Result;
use rusqlite::types::ValueRef;
use serde_json::Value;

pub(super) fn register(r: &Registry<'_>) -> Result<()> {
    r.cast("pg_jsonb_in", 1, |a| jsonb::canonical(a.text(0)?))?;
    r.cast("pg_json_in", 1, |a| jsonb::parse(a.text(0)?).and_then(|_| a.text(0).map(str::to_owned)))?;
    r.cast("pg_j2bool", 1, |a| jsonb::to_bool(&a.json(0)?))?;
    r.cast("pg_j2num", 1, |a| jsonb::to_number(&a.json(0)?, "numeric"))?;
    r.cast("pg_j2float", 1, |a| number::to_float(&jsonb::to_number(&a.json(0)?, "double precision")?))?;
    r.cast("pg_j2int", 2, |a| {
        let bits = a.int(1)?;
        let name = if bits == 64 { "bigint" } else { "integer" };
        number::to_int(&jsonb::to_number(&a.json(0)?, name)?, u32::try_from(bits).unwrap_or(64))
    })?;
    for (name, as_text) in [("pg_jget", false), ("pg_jgett", true)] {
        r.strict(name, 2, move |a| {
            let document = a.json(0)?;
            let found = match a.raw(1) {
                ValueRef::Integer(index) => jsonb::get_index(&document, index),
                _ => jsonb::get_key(&document, a.text(1)?),
            };
            Ok(found.and_then(|v| if as_text { jsonb::as_text(v) } else { Some(jsonb::to_text(v)) }))
        })?;
    }
    for (name, as_text) in [("pg_jpath", false), ("pg_jpatht", true)] {
        r.strict(name, 2, move |a| {
            let document = a.json(0)?;
            let path: Vec<Option<String>> = a.array(1)?.iter().map(array::element_text).collect();
            Ok(jsonb::get_path(&document, &path)
                .and_then(|v| if as_text { jsonb::as_text(v) } else { Some(jsonb::to_text(v)) }))
        })?;
    }
    r.strict("pg_jeq", 2, |a| Ok(a.text(0)? == a.text(1)? || jsonb::equal(&a.json(0)?, &a.json(1)?)))?;
    r.strict("pg_jcmp", 2, |a| Ok(jsonb::compare(&a.json(0)?, &a.json(1)?) as i64))?;
    r.strict("pg_jcontains", 2, |a| Ok(jsonb::contains(&a.json(0)?, &a.json(1)?)))?;
    r.strict("pg_jhas", 2, |a| Ok(jsonb::has(&a.json(0)?, a.text(1)?)))?;
    r.strict("pg_jhasany", 2, |a| {
        let document = a.json(0)?;
        Ok(a.array(1)?.iter().filter_map(array::element_text).any(|k| jsonb::has(&document, &k)))
    })?;
    r.strict("pg_jhasall", 2, |a| {
        let document = a.json(0)?;
        Ok(a.array(1)?.iter().filter_map(array::element_text).all(|k| jsonb::has(&document, &k)))
    })?;
    r.strict("pg_jarrlen", 1, |a| jsonb::array_length(&a.json(0)?))?;
    r.strict("pg_jtypeof", 1, |a| Ok(jsonb::type_of(&a.json(0)?)))?;
    r.strict("pg_jpretty", 1, |a| Ok(jsonb::pretty(&a.json(0)?)))?;
    r.strict("pg_jstrip", 1, |a| Ok(jsonb::to_text(&jsonb::strip_nulls(a.json(0)?))))?;
    r.strict("pg_jminus", 2, |a| {
        let document = a.json(0)?;
        let rest = match a.raw(1) {
            ValueRef::Integer(index) => jsonb::minus_index(document, index)?,
            _ => jsonb::minus_key(document, a.text(1)?)?,
        };
        Ok(jsonb::to_text(&rest))
    })?;
    r.strict("pg_jminusarr", 2, |a| {
        let keys = a.array(1)?;
        if !matches!(a.json(0)?, Value::Array(_) | Value::Object(_)) {
            return Err(PgError::new("cannot delete from scalar"));
        }
        let rest = keys.iter().filter_map(array::element_text).try_fold(a.json(0)?, |d, k| jsonb::minus_key(d, &k))?;
        Ok(jsonb::to_text(&rest))
    })?;
    r.strict("pg_jconcat", 2, |a| Ok(jsonb::to_text(&jsonb::concat(a.json(0)?, a.json(1)?))))?;
    r.strict("pg_jset", 4, |a| {
        let path: Vec<String> = a.array(1)?.iter().map(|s| array::element_text(s).unwrap_or_default()).collect();
        let mut document = a.json(0)?;
        set(&mut document, &path, &a.json(2)?, a.int(3)? != 0);
        Ok(jsonb::to_text(&document))
    })?;

    // Building. Members arrive as JSON text already.
    r.any("pg_jbuild", -1, |a| {
        let mut map = serde_json::Map::new();
        for (key, value) in pairs(a)? {
            map.insert(key, jsonb::parse(&value)?);
        }
        Ok(jsonb::to_text(&Value::Object(map)))
    })?;
    r.any("pg_jsonbuild", -1, |a| {
        let members: Vec<String> = pairs(a)?.into_iter().map(|(k, v)| format!("{} : {v}", jsonb::quoted(&k))).collect();
        Ok(format!("{{{}}}", members.join(", ")))
    })?;
    r.any("pg_rowjson", -1, |a| {
        let members: Vec<String> = pairs(a)?.into_iter().map(|(k, v)| format!("{}:{v}", jsonb::quoted(&k))).collect();
        Ok(format!("{{{}}}", members.join(",")))
    })?;
    r.any("pg_jarr", -1, |a| {
        let items: Vec<String> =
            (0..a.len()).map(|i| Ok(a.opt_text(i)?.unwrap_or("null").to_owned())).collect::<PgResult<_>>()?;
        jsonb::canonical(&format!("[{}]", items.join(",")))
    })?;
    r.any("pg_jsonarr", -1, |a| {
        let items: Vec<String> =
            (0..a.len()).map(|i| Ok(a.opt_text(i)?.unwrap_or("null").to_owned())).collect::<PgResult<_>>()?;
        Ok(format!("[{}]", items.join(", ")))
    })?;
    r.strict("pg_jstr", 1, |a| Ok(jsonb::quoted(a.text(0)?)))?;
    r.strict("pg_ts2json", 2, |a| {
        Ok(jsonb::quoted(&(a.text(0)?.replacen(' ', "T", 1) + if a.int(1)? == 1 { "+00:00" } else { "" })))
    })?;
    r.strict("pg_arr2json", 2, |a| {
        let kind = a.text(1)?.to_owned();
        let items: Vec<String> = a
            .array(0)?
            .iter()
            .map(|item| match (item, kind.as_str()) {
                (Value::Null, _) => "null".to_owned(),
                (Value::String(s), "json" | "number") => s.clone(),
                (Value::String(s), _) => jsonb::quoted(s),
                (Value::Number(n), "bool") => if n.as_str() == "0" { "false" } else { "true" }.to_owned(),
                (other, _) => other.to_string(),
            })
            .collect();
        Ok(format!("[{}]", items.join(",")))
    })?;

    // Sets.
    r.strict("pg_elems", 1, |a| Ok(rows(jsonb::elements(a.json(0)?)?.iter().map(|v| Some(jsonb::to_text(v))))))?;
    r.strict("pg_elems_text", 1, |a| Ok(rows(jsonb::elements(a.json(0)?)?.iter().map(jsonb::as_text))))?;
    r.strict("pg_keys", 1, |a| match a.json(0)? {
        Value::Object(map) => Ok(rows(jsonb::sorted(&map).into_iter().map(|(k, _)| Some(k.clone())))),
        Value::Array(_) => Err(PgError::new("cannot call jsonb_object_keys on an array")),
        _ => Err(PgError::new("cannot call jsonb_object_keys on a scalar")),
    })?;
    for (name, as_text) in [("pg_each", false), ("pg_each_text", true)] {
        r.strict(name, 1, move |a| match a.json(0)? {
            Value::Object(map) => {
                let pair = |(k, v): (&String, &Value)| {
                    let value = if as_text { jsonb::as_text(v) } else { Some(jsonb::to_text(v)) };
                    Value::Array(vec![Value::String(k.clone()), value.map_or(Value::Null, Value::String)])
                };
                Ok(Value::Array(jsonb::sorted(&map).into_iter().map(pair).collect()).to_string())
            }
            _ => Err(PgError::new(format!(
                "cannot call {} on a non-object",
                if as_text { "jsonb_each_text" } else { "jsonb_each" }
            ))),
        })?;
    }
    Ok(())
}

fn pairs(a: &super::Args<'_>) -> PgResult<Vec<(String, String)>> {
    if !a.len().is_multiple_of(2) {
        return Err(PgError::new("argument list must have even number of elements"));
    }
    (0..a.len() / 2)
        .map(|i| {
            let key = a
                .display(2 * i)?
                .ok_or_else(|| PgError::new(format!("argument {}: key must not be null", 2 * i + 1)))?;
            Ok((key, a.opt_text(2 * i + 1)?.unwrap_or("null").to_owned()))
        })
        .collect()
}

fn set(document: &mut Value, path: &[String], new: &Value, create: bool) {
    let Some((step, rest)) = path.split_first() else { return };
    match document {
        Value::Object(map) => {
            if rest.is_empty() {
                if create || map.contains_key(step) {
                    map.insert(step.clone(), new.clone());
                }
            } else if let Some(inner) = map.get_mut(step) {
                set(inner, rest, new, create);
            }
        }
        Value::Array(items) => {
            let Ok(index) = step.parse::<i64>() else { return };
            let length = i64::try_from(items.len()).unwrap_or(0);
            let at = if index < 0 { index + length } else { index };
            match usize::try_from(at).ok().filter(|i| *i < items.len()) {
                Some(i) if rest.is_empty() => {
                    if let Some(item) = items.get_mut(i) {
                        *item = new.clone();
                    }
                }
                Some(i) => {
                    if let Some(inner) = items.get_mut(i) {
                        set(inner, rest, new, create);
                    }
                }
                None if rest.is_empty() && create => {
                    if at < 0 {
                        items.insert(0, new.clone());
                    } else {
                        items.push(new.clone());
                    }
                }
                None => {}
            }
        }
        _ => {}
    }
}
