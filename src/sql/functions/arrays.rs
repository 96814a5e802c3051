//! Functions on arrays.

use super::{Args, Out, Registry, order};
use crate::sql::error::{PgError, PgResult};
use crate::sql::value::{array, boolean, bytea, datetime, datetime_in, inet, interval::Interval, jsonb, number};
use rusqlite::Result;
use rusqlite::types::Value;
use serde_json::Value as Item;
use std::cmp::Ordering;

fn length(items: usize) -> i64 {
    i64::try_from(items).unwrap_or(i64::MAX)
}

/// The last argument: the internal name of the element type.
fn kind<'a>(a: &'a Args<'_>) -> PgResult<&'a str> {
    a.text(a.len() - 1)
}

fn same(kind: &str, x: &Item, y: &Item) -> bool {
    order::elements(kind, x, y) == Ordering::Equal
}

/// The lengths of an array's dimensions.
pub(super) fn dimensions(items: &[Item]) -> Vec<usize> {
    let mut out = Vec::new();
    let mut at = items;
    while let Some(first) = at.first() {
        out.push(at.len());
        match first {
            Item::Array(inner) => at = inner,
            _ => break,
        }
    }
    out
}

fn dimension(a: &Args<'_>) -> PgResult<Option<usize>> {
    let all = dimensions(&a.array(0)?);
    Ok(usize::try_from(a.int(1)? - 1).ok().and_then(|n| all.get(n).copied()))
}

/// How many elements a function may take a text apart into.
pub(super) const MAX_ELEMENTS: usize = 1_000_000;

pub(super) fn register(r: &Registry<'_>) -> Result<()> {
    reading(r)?;
    searching(r)?;
    making(r)?;
    casts(r)?;
    sets(r)
}

fn reading(r: &Registry<'_>) -> Result<()> {
    r.strict("pg_arrlen", 1, |a| {
        let all = dimensions(&a.array(0)?);
        Ok(if all.is_empty() { 0 } else { length(all.iter().product()) })
    })?;
    r.strict("pg_array_length", 2, |a| Ok(dimension(a)?.map(length)))?;
    r.strict("pg_array_lower", 2, |a| Ok(dimension(a)?.map(|_| 1_i64)))?;
    r.strict("pg_array_ndims", 1, |a| {
        let all = dimensions(&a.array(0)?);
        Ok((!all.is_empty()).then(|| length(all.len())))
    })?;
    r.strict("pg_array_dims", 1, |a| {
        let all = dimensions(&a.array(0)?);
        Ok((!all.is_empty()).then(|| all.iter().map(|n| format!("[1:{n}]")).collect::<String>()))
    })?;
    r.strict("pg_arridx", 2, |a| {
        let items = a.array(0)?;
        let item = usize::try_from(a.int(1)? - 1).ok().and_then(|i| items.get(i).cloned());
        Ok(Out(match item {
            Some(Item::String(s)) => Value::Text(s),
            Some(Item::Number(n)) => n.as_i64().map_or_else(|| Value::Real(n.as_f64().unwrap_or(0.0)), Value::Integer),
            Some(Item::Bool(b)) => Value::Integer(i64::from(b)),
            // A further dimension, for the subscript that follows.
            Some(Item::Array(inner)) => Value::Text(array::to_stored(inner)),
            _ => Value::Null,
        }))
    })?;
    r.strict("pg_arrslice", 3, |a| {
        let items = a.array(0)?;
        let from = usize::try_from(a.int(1)?.max(1) - 1).unwrap_or(usize::MAX);
        let to = usize::try_from(a.int(2)?.max(0)).unwrap_or(usize::MAX).min(items.len());
        Ok(array::to_stored(items.get(from..to).unwrap_or_default().to_vec()))
    })?;
    // Array, delimiter, the text for NULL if there is one, kind.
    r.any("pg_arr2str", -1, |a| {
        let (Some(_), Some(delimiter)) = (a.opt_text(0)?, a.opt_text(1)?) else { return Ok(None) };
        let nulls = if a.len() > 3 { a.opt_text(2)? } else { None };
        let kind = kind(a)?;
        let mut texts = Vec::new();
        leaves(&a.array(0)?, &mut |item| {
            texts.extend(array::shown(item, kind).or_else(|| nulls.map(str::to_owned)));
        });
        Ok(Some(texts.join(delimiter)))
    })
}

fn leaves(items: &[Item], visit: &mut dyn FnMut(&Item)) {
    for item in items {
        match item {
            Item::Array(inner) => leaves(inner, visit),
            other => visit(other),
        }
    }
}

fn searching(r: &Registry<'_>) -> Result<()> {
    r.strict("pg_arr_contains", 3, |a| {
        let (x, y, kind) = (a.array(0)?, a.array(1)?, kind(a)?);
        Ok(y.iter().all(|item| !item.is_null() && x.iter().any(|other| same(kind, item, other))))
    })?;
    r.strict("pg_arr_overlap", 3, |a| {
        let (x, y, kind) = (a.array(0)?, a.array(1)?, kind(a)?);
        Ok(y.iter().any(|item| !item.is_null() && x.iter().any(|other| same(kind, item, other))))
    })?;
    r.strict("pg_arrcmp", 3, |a| Ok(order::array_order(kind(a)?, &a.array(0)?, &a.array(1)?) as i64))?;
    r.strict("pg_width_bucket_of", 3, bucket)?;
    r.any("pg_arr_position", 3, |a| position(a, 1))?;
    r.any("pg_arr_position_from", 4, |a| {
        if a.is_null(2) {
            return Err(PgError::new("initial position must not be null"));
        }
        position(a, a.int(2)?)
    })?;
    r.any("pg_arr_positions", 3, |a| {
        if a.is_null(0) {
            return Ok(None);
        }
        let (needle, kind) = (a.item(1)?, kind(a)?);
        let items = a.array(0)?;
        let found = items.iter().enumerate().filter(|(_, item)| same(kind, item, &needle));
        Ok(Some(array::to_stored(found.map(|(i, _)| length(i + 1).into()).collect())))
    })
}

/// `width_bucket(operand, thresholds)`: how many thresholds are not above the operand. They are taken to be sorted, and
/// searched as PostgreSQL does, which shows where they are not.
fn bucket(a: &Args<'_>) -> PgResult<i64> {
    let (operand, thresholds, kind) = (a.item(0)?, a.array(1)?, kind(a)?);
    if thresholds.iter().any(Item::is_array) {
        return Err(PgError::new("thresholds must be one-dimensional array"));
    }
    if thresholds.iter().any(Item::is_null) {
        return Err(PgError::new("thresholds array must not contain NULLs"));
    }
    let below = thresholds.partition_point(|t| order::elements(kind, &operand, t) != Ordering::Less);
    Ok(length(below))
}

fn position(a: &Args<'_>, from: i64) -> PgResult<Option<i64>> {
    if a.is_null(0) {
        return Ok(None);
    }
    let (needle, kind) = (a.item(1)?, kind(a)?);
    let skip = usize::try_from(from.max(1) - 1).unwrap_or(usize::MAX);
    let at = a.array(0)?.iter().enumerate().skip(skip).find(|(_, item)| same(kind, item, &needle)).map(|(i, _)| i);
    Ok(at.map(|i| length(i + 1)))
}

fn making(r: &Registry<'_>) -> Result<()> {
    r.any("pg_arr_append", 2, |a| {
        if a.is_null(0) && a.is_null(1) {
            return Ok(None);
        }
        let mut items = if a.is_null(0) { Vec::new() } else { a.array(0)? };
        if !a.is_null(1) {
            items.extend(a.array(1)?);
        }
        let size = |item: &Item| item.as_array().map(|inner| dimensions(inner));
        if let Some(Item::Array(first)) = items.first()
            && items.iter().any(|item| size(item).as_ref() != Some(&dimensions(first)))
        {
            return Err(PgError::new("cannot concatenate incompatible arrays"));
        }
        Ok(Some(array::to_stored(items)))
    })?;
    r.any("pg_arr_nest", -1, nest)?;
    r.any("pg_arr_push", 2, |a| {
        let mut items = if a.is_null(0) { Vec::new() } else { a.array(0)? };
        items.push(a.item(1)?);
        Ok(array::to_stored(items))
    })?;
    r.any("pg_arr_unshift", 2, |a| {
        let mut items = vec![a.item(0)?];
        if !a.is_null(1) {
            items.extend(a.array(1)?);
        }
        Ok(array::to_stored(items))
    })?;
    r.any("pg_arr_remove", 3, |a| {
        if a.is_null(0) {
            return Ok(None);
        }
        let (needle, kind) = (a.item(1)?, kind(a)?);
        let kept = a.array(0)?.into_iter().filter(|item| !same(kind, item, &needle)).collect();
        Ok(Some(array::to_stored(kept)))
    })?;
    r.any("pg_arr_replace", 4, |a| {
        if a.is_null(0) {
            return Ok(None);
        }
        let (needle, other, kind) = (a.item(1)?, a.item(2)?, kind(a)?);
        let replaced =
            a.array(0)?.into_iter().map(|item| if same(kind, &item, &needle) { other.clone() } else { item }).collect();
        Ok(Some(array::to_stored(replaced)))
    })?;
    r.strict("pg_arr_trim", 2, |a| {
        let mut items = a.array(0)?;
        let cut = usize::try_from(a.int(1)?)
            .ok()
            .filter(|n| *n <= items.len())
            .ok_or_else(|| PgError::new(format!("number of elements to trim must be between 0 and {}", items.len())))?;
        items.truncate(items.len() - cut);
        Ok(array::to_stored(items))
    })?;
    r.any("pg_str2arr", -1, |a| {
        let Some(text) = a.opt_text(0)? else { return Ok(None) };
        let delimiter = a.opt_text(1)?;
        let parts = match delimiter {
            None => text.chars().count(),
            Some("") => 1,
            Some(delimiter) => text.matches(delimiter).count() + 1,
        };
        if parts > MAX_ELEMENTS {
            return Err(PgError::new(format!("string_to_array: more than {MAX_ELEMENTS} elements")));
        }
        Ok(Some(array::to_stored(array::split(text, delimiter, a.opt_text(2)?))))
    })
}

/// An array of arrays. Those that are NULL or empty count for nothing when all are.
fn nest(a: &Args<'_>) -> PgResult<String> {
    let items =
        (0..a.len()).map(|i| if a.is_null(i) { Ok(Vec::new()) } else { a.array(i) }).collect::<PgResult<Vec<_>>>()?;
    let size = items.first().map(|first| dimensions(first)).unwrap_or_default();
    if items.iter().any(|item| dimensions(item) != size) {
        let message = "multidimensional arrays must have array expressions with matching dimensions";
        return Err(PgError::new(message));
    }
    let items = if size.is_empty() { Vec::new() } else { items };
    Ok(array::to_stored(items.into_iter().map(Item::Array).collect()))
}

fn casts(r: &Registry<'_>) -> Result<()> {
    let now = r.session.now();
    // Text of an array: the second argument says what the elements are.
    r.strict("pg_arr2t", 2, |a| Ok(array::output(&a.array(0)?, kind(a)?)))?;
    r.cast("pg_t2arr", 2, move |a| {
        let kind = kind(a)?;
        let items =
            array::parse_literal(a.text(0)?)?.into_iter().map(|t| element(t, kind, now)).collect::<PgResult<_>>()?;
        Ok(array::to_stored(items))
    })?;
    // Array, type of its elements, type wanted.
    r.cast("pg_arr_cast", 3, move |a| {
        let (from, to) = (a.text(1)?, a.text(2)?);
        let items = a.array(0)?.iter().map(|i| converted(i, from, to, now)).collect::<PgResult<_>>()?;
        Ok(array::to_stored(items))
    })
}

/// Casts an element; numbers among each other as numbers, everything else through its text.
fn converted(item: &Item, from: &str, to: &str, now: i64) -> PgResult<Item> {
    let bits = match to {
        "int2" => Some(16),
        "int4" => Some(32),
        "int8" => Some(64),
        _ => None,
    };
    Ok(match (item, from, bits) {
        (Item::Array(inner), ..) => {
            Item::Array(inner.iter().map(|i| converted(i, from, to, now)).collect::<PgResult<_>>()?)
        }
        (Item::String(text), "numeric", Some(bits)) => number::to_int(text, bits)?.into(),
        (Item::Number(n), "float8" | "float4", Some(bits)) => {
            number::float_to_int(n.as_f64().unwrap_or(f64::NAN), bits)?.into()
        }
        (Item::Number(n), "float8" | "float4", None) if to == "numeric" => {
            number::float_to_numeric(n.as_f64().unwrap_or(f64::NAN)).into()
        }
        (item, _, _) if from == "bool" && matches!(to, "text" | "varchar" | "bpchar") => {
            array::shown(item, from).map_or(Item::Null, |t| if t == "t" { "true" } else { "false" }.into())
        }
        (item, ..) => element(array::shown(item, from), to, now)?,
    })
}

/// Reads an element's text as a type.
fn element(text: Option<String>, kind: &str, now: i64) -> PgResult<Item> {
    let Some(text) = text else { return Ok(Item::Null) };
    Ok(match kind {
        "int2" => number::parse_int(&text, 16)?.into(),
        "int4" | "oid" => number::parse_int(&text, 32)?.into(),
        "int8" => number::parse_int(&text, 64)?.into(),
        "bool" => i64::from(boolean::parse(&text)?).into(),
        "float8" | "float4" => {
            let value = number::to_float(&text)?;
            serde_json::Number::from_f64(value)
                .map(Item::Number)
                .ok_or_else(|| PgError::new("NaN and Infinity in arrays are not supported"))?
        }
        "numeric" => number::canonical(&text)?.into(),
        "jsonb" => jsonb::canonical(&text)?.into(),
        "json" => jsonb::parse(&text).map(|_| text.into())?,
        "inet" => inet::inet(&text)?.into(),
        "cidr" => inet::cidr(&text)?.into(),
        "date" => datetime::date_of(datetime::parse_date(&text, now)?).into(),
        "timestamp" => datetime::timestamp_text(datetime::parse_timestamp(&text, now)?).into(),
        "timestamptz" => datetime::timestamp_text(datetime::parse_timestamptz(&text, now)?).into(),
        "time" => datetime::time_text(datetime_in::time_of_day(&text, now)?).into(),
        "interval" => Interval::parse(&text, None)?.to_stored().into(),
        "bytea" => bytea::to_stored(&bytea::parse(&text)?).into(),
        _ => text.into(),
    })
}

fn sets(r: &Registry<'_>) -> Result<()> {
    r.any("pg_zip", -1, |a| {
        let columns = (0..a.len())
            .map(|i| if a.is_null(i) { Ok(Vec::new()) } else { a.array(i) })
            .collect::<PgResult<Vec<_>>>()?;
        let longest = columns.iter().map(Vec::len).max().unwrap_or(0);
        let zipped = (0..longest)
            .map(|i| columns.iter().map(|c| c.get(i).cloned().unwrap_or(Item::Null)).collect())
            .map(Item::Array);
        Ok(array::to_stored(zipped.collect()))
    })?;
    r.any("pg_one", 1, |a| Ok(array::to_stored(vec![a.item(0)?])))?;
    r.any("pg_series_num", 3, |a| {
        if a.is_null(0) || a.is_null(1) || a.is_null(2) {
            return Ok("[]".to_owned());
        }
        let (mut at, to, step) = (a.text(0)?.to_owned(), a.text(1)?, a.text(2)?);
        let ahead = match number::compare(step, "0") {
            std::cmp::Ordering::Equal => return Err(PgError::new("step size cannot equal zero")),
            direction => direction,
        };
        let mut items = Vec::new();
        while number::compare(&at, to) != ahead {
            super::dates::bounded(items.len())?;
            let next = number::arithmetic("+", &at, step)?;
            items.push(Item::from(std::mem::replace(&mut at, next)));
        }
        Ok(array::to_stored(items))
    })?;
    r.any("pg_series", 3, |a| {
        if a.is_null(0) || a.is_null(1) || a.is_null(2) {
            return Ok("[]".to_owned());
        }
        let (from, to, step) = (a.int(0)?, a.int(1)?, a.int(2)?);
        if step == 0 {
            return Err(PgError::new("step size cannot equal zero"));
        }
        let mut items = Vec::new();
        let mut at = from;
        while if step > 0 { at <= to } else { at >= to } {
            super::dates::bounded(items.len())?;
            items.push(Item::from(at));
            match at.checked_add(step) {
                Some(next) => at = next,
                None => break,
            }
        }
        Ok(array::to_stored(items))
    })
}
