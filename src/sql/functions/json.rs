//! Functions on `json` and `jsonb`.

use super::{Args, Registry, rows};
use crate::sql::error::{PgError, PgResult};
use crate::sql::value::jsonb_edit::{Edit, edit};
use crate::sql::value::{array, json, jsonb, number};
use rusqlite::Result;
use rusqlite::types::ValueRef;
use serde_json::Value;

/// The documents of `jsonb_to_record`, `jsonb_to_recordset` and their twins, by the name of the function.
fn records(a: &Args<'_>) -> PgResult<String> {
    let name = a.text(1)?;
    let several = name.ends_with("set");
    if a.is_null(0) {
        return Ok(rows(if several { vec![] } else { vec![None] }));
    }
    let text = a.text(0)?;
    let items = match (json::parts(text)?, several) {
        (json::Parts::Array(items), true) => items,
        (json::Parts::Object(_), false) => return Ok(rows([Some(text.to_owned())])),
        (json::Parts::Object(_), true) if name.starts_with("json_") => {
            return Err(PgError::new(format!("cannot call {name} on an object")));
        }
        (json::Parts::Scalar(_), true) if name.starts_with("json_") => {
            return Err(PgError::new(format!("cannot call {name} on a scalar")));
        }
        (_, true) => return Err(PgError::new(format!("cannot call {name} on a non-array"))),
        (json::Parts::Array(_), false) => return Err(PgError::new("cannot call populate_composite on an array")),
        (json::Parts::Scalar(_), false) => return Err(PgError::new("cannot call populate_composite on a scalar")),
    };
    if items.iter().any(|i| !i.trim_start().starts_with('{')) {
        return Err(PgError::new(format!("argument of {name} must be an array of objects")));
    }
    Ok(rows(items.into_iter().map(|i| Some(i.to_owned()))))
}

pub(super) fn register(r: &Registry<'_>) -> Result<()> {
    r.cast("pg_jsonb_in", 1, |a| jsonb::input(a.text(0)?))?;
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
    editing(r)?;
    texts(r)?;
    building(r)?;
    sets(r)
}

fn editing(r: &Registry<'_>) -> Result<()> {
    fn path(a: &Args<'_>) -> PgResult<Vec<Option<String>>> {
        Ok(a.array(1)?.iter().map(array::element_text).collect())
    }
    r.strict("pg_jset", -1, |a| {
        let create = a.len() < 4 || a.int(3)? != 0;
        edit(a.json(0)?, &path(a)?, &a.json(2)?, Edit::Set(create)).map(|v| jsonb::to_text(&v))
    })?;
    r.strict("pg_jinsert", -1, |a| {
        let after = a.len() > 3 && a.int(3)? != 0;
        edit(a.json(0)?, &path(a)?, &a.json(2)?, Edit::Insert(after)).map(|v| jsonb::to_text(&v))
    })?;
    r.strict("pg_jdelpath", 2, |a| edit(a.json(0)?, &path(a)?, &Value::Null, Edit::Delete).map(|v| jsonb::to_text(&v)))
}

/// The functions of `json`, which keep texts as they were written.
fn texts(r: &Registry<'_>) -> Result<()> {
    let shown = |value: Option<&str>, as_text: bool| match value {
        Some(value) if as_text => json::as_text(value),
        value => Ok(value.map(str::to_owned)),
    };
    for (name, as_text) in [("pg_jsonget", false), ("pg_jsongett", true)] {
        r.strict(name, 2, move |a| {
            let found = match a.raw(1) {
                ValueRef::Integer(index) => json::get_index(a.text(0)?, index)?,
                _ => json::get_key(a.text(0)?, a.text(1)?)?,
            };
            shown(found, as_text)
        })?;
    }
    for (name, as_text) in [("pg_jsonpath", false), ("pg_jsonpatht", true)] {
        r.strict(name, 2, move |a| {
            let path: Vec<Option<String>> = a.array(1)?.iter().map(array::element_text).collect();
            shown(json::get_path(a.text(0)?, &path)?, as_text)
        })?;
    }
    r.strict("pg_jsonarrlen", 1, |a| json::array_length(a.text(0)?))?;
    r.strict("pg_jsonstrip", 1, |a| json::strip_nulls(a.text(0)?))?;
    for (name, as_text) in [("pg_jsonelems", false), ("pg_jsonelems_text", true)] {
        r.strict(name, 1, move |a| match json::parts(a.text(0)?)? {
            json::Parts::Array(items) => {
                Ok(rows(items.into_iter().map(|i| shown(Some(i), as_text)).collect::<PgResult<Vec<_>>>()?))
            }
            json::Parts::Object(_) => Err(PgError::new("cannot call json_array_elements on a non-array")),
            json::Parts::Scalar(_) => Err(PgError::new("cannot call json_array_elements on a scalar")),
        })?;
    }
    r.strict("pg_jsonkeys", 1, |a| match json::parts(a.text(0)?)? {
        json::Parts::Object(members) => Ok(rows(members.into_iter().map(|(k, _)| Some(k)))),
        json::Parts::Array(_) => Err(PgError::new("cannot call json_object_keys on an array")),
        json::Parts::Scalar(_) => Err(PgError::new("cannot call json_object_keys on a scalar")),
    })?;
    for (name, as_text) in [("pg_jsoneach", false), ("pg_jsoneach_text", true)] {
        r.strict(name, 1, move |a| match json::parts(a.text(0)?)? {
            json::Parts::Object(members) => {
                let pairs = members
                    .into_iter()
                    .map(|(k, v)| {
                        let value = shown(Some(v), as_text)?.map_or(Value::Null, Value::String);
                        Ok(Value::Array(vec![Value::String(k), value]))
                    })
                    .collect::<PgResult<Vec<_>>>()?;
                Ok(Value::Array(pairs).to_string())
            }
            json::Parts::Array(_) => Err(PgError::new("cannot deconstruct an array as an object")),
            json::Parts::Scalar(_) => Err(PgError::new("cannot deconstruct a scalar")),
        })?;
    }
    Ok(())
}

/// Keys and values of `json_object` and `jsonb_object`: from one array of both, or from one of each.
fn text_pairs(a: &Args<'_>) -> PgResult<Vec<(String, Option<String>)>> {
    let texts = |i: usize| -> PgResult<Vec<Option<String>>> {
        let items = a.array(i)?;
        let nested = items.iter().any(Value::is_array);
        if nested {
            return Err(PgError::new("wrong number of array subscripts"));
        }
        Ok(items.iter().map(array::element_text).collect())
    };
    let (keys, values) = if a.len() > 1 {
        let (keys, values) = (texts(0)?, texts(1)?);
        if keys.len() != values.len() {
            return Err(PgError::new("mismatched array dimensions"));
        }
        (keys, values)
    } else {
        let all = texts(0)?;
        if !all.len().is_multiple_of(2) {
            return Err(PgError::new("array must have even number of elements"));
        }
        all.chunks(2).map(|pair| (pair.first().cloned().flatten(), pair.get(1).cloned().flatten())).unzip()
    };
    keys.into_iter()
        .zip(values)
        .map(|(k, v)| k.map(|k| (k, v)).ok_or_else(|| PgError::new("null value not allowed for object key")))
        .collect()
}

fn building(r: &Registry<'_>) -> Result<()> {
    r.strict("pg_jsonb_object", -1, |a| {
        let map = text_pairs(a)?.into_iter().map(|(k, v)| (k, v.map_or(Value::Null, Value::String))).collect();
        Ok(jsonb::to_text(&Value::Object(map)))
    })?;
    r.strict("pg_json_object", -1, |a| {
        let members: Vec<String> = text_pairs(a)?
            .into_iter()
            .map(|(k, v)| {
                format!("{} : {}", jsonb::quoted(&k), v.map_or_else(|| "null".to_owned(), |v| jsonb::quoted(&v)))
            })
            .collect();
        Ok(format!("{{{}}}", members.join(", ")))
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
    for (name, between) in [("pg_rowjson", ","), ("pg_rowjson_lines", ",\n ")] {
        r.any(name, -1, move |a| {
            let members: Vec<String> =
                pairs(a)?.into_iter().map(|(k, v)| format!("{}:{v}", jsonb::quoted(&k))).collect();
            Ok(format!("{{{}}}", members.join(between)))
        })?;
    }
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
    // NaN and the infinities are strings.
    r.strict("pg_num2json", 1, |a| {
        let text = a.text(0)?;
        Ok(if text.ends_with(|c: char| c.is_ascii_digit()) { text.to_owned() } else { jsonb::quoted(text) })
    })?;
    r.strict("pg_jstr", 1, |a| Ok(jsonb::quoted(a.text(0)?)))?;
    r.strict("pg_ts2json", 2, |a| {
        Ok(jsonb::quoted(&(a.text(0)?.replacen(' ', "T", 1) + if a.int(1)? == 1 { "+00:00" } else { "" })))
    })?;
    r.strict("pg_arr2json", 2, |a| Ok(array_json(&a.array(0)?, a.text(1)?, ",")))?;
    r.strict("pg_arr2json_lines", 2, |a| Ok(array_json(&a.array(0)?, a.text(1)?, ",\n ")))?;

    Ok(())
}

fn sets(r: &Registry<'_>) -> Result<()> {
    r.any("pg_records", 2, records)?;
    r.strict("pg_json_texts", 1, |a| match a.json(0)? {
        Value::Array(items) if items.iter().any(Value::is_array) => {
            Err(PgError::new("an array of several dimensions is not supported"))
        }
        Value::Array(items) => Ok(Some(rows(items.iter().map(jsonb::as_text)))),
        Value::String(text) => Ok(Some(rows(array::parse_literal(&text)?))),
        Value::Null => Ok(None),
        _ => Err(PgError::new("expected JSON array")),
    })?;
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

/// Returns the JSON text of an array whose elements are of that type, with a text between the elements.
fn array_json(items: &[Value], kind: &str, between: &str) -> String {
    let texts: Vec<String> = items
        .iter()
        .map(|item| match (item, kind) {
            (Value::Null, _) => "null".to_owned(),
            (Value::Array(inner), _) => array_json(inner, kind, ","),
            (Value::String(s), "json" | "jsonb") => s.clone(),
            (Value::String(s), "numeric") if s.ends_with(|c: char| c.is_ascii_digit()) => s.clone(),
            (Value::String(s), "timestamp") => jsonb::quoted(&s.replacen(' ', "T", 1)),
            (Value::String(s), "timestamptz") if s.ends_with(|c: char| c.is_ascii_digit()) => {
                jsonb::quoted(&format!("{}+00:00", s.replacen(' ', "T", 1)))
            }
            (Value::Number(n), "bool") => if n.as_str() == "0" { "false" } else { "true" }.to_owned(),
            (Value::Number(_), "money") | (Value::String(_), _) => {
                jsonb::quoted(&array::shown(item, kind).unwrap_or_default())
            }
            (item, _) => array::shown(item, kind).unwrap_or_default(),
        })
        .collect();
    format!("[{}]", texts.join(between))
}

fn pairs(a: &Args<'_>) -> PgResult<Vec<(String, String)>> {
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
