//! Aggregate functions.

use super::arrays::dimensions;
use crate::sql::error::PgError;
use crate::sql::value::number::{self, Sum};
use crate::sql::value::{array, jsonb};
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Error, Result};
use std::cmp::Ordering;

pub(super) fn register(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_aggregate_function("pg_single", 1, flags, Single)?;
    connection.create_aggregate_function("pg_array_agg", 1, flags, ArrayAgg)?;
    connection.create_aggregate_function("pg_arrays_agg", 1, flags, ArraysAgg)?;
    connection.create_aggregate_function("pg_string_agg", 2, flags, StringAgg)?;
    connection.create_aggregate_function("pg_jsonb_agg", 1, flags, JsonAgg { canonical: true, between: ", " })?;
    connection.create_aggregate_function("pg_json_agg", 1, flags, JsonAgg { canonical: false, between: ", " })?;
    let lines = JsonAgg { canonical: false, between: ", \n " };
    connection.create_aggregate_function("pg_json_agg_lines", 1, flags, lines)?;
    connection.create_aggregate_function("pg_jsonb_object_agg", 2, flags, ObjectAgg { canonical: true })?;
    connection.create_aggregate_function("pg_json_object_agg", 2, flags, ObjectAgg { canonical: false })?;
    connection.create_aggregate_function("pg_sum_num", 1, flags, NumericSum { average: false })?;
    connection.create_aggregate_function("pg_avg_num", 1, flags, NumericSum { average: true })?;
    connection.create_aggregate_function("pg_sum_float", 1, flags, FloatSum { average: false })?;
    connection.create_aggregate_function("pg_sum_float4", 1, flags, FloatSum4)?;
    connection.create_aggregate_function("pg_avg_float", 1, flags, FloatSum { average: true })?;
    connection.create_aggregate_function("pg_min_num", 1, flags, NumericBest(Ordering::Less))?;
    connection.create_aggregate_function("pg_max_num", 1, flags, NumericBest(Ordering::Greater))
}

pub(super) fn fail(error: PgError) -> Error {
    Error::UserFunctionError(Box::new(error))
}

pub(super) fn text_of(context: &Context<'_>, i: usize) -> Result<Option<String>> {
    match context.get_raw(i) {
        ValueRef::Null => Ok(None),
        ValueRef::Integer(n) => Ok(Some(n.to_string())),
        ValueRef::Real(n) => Ok(Some(number::float_text(n))),
        ValueRef::Text(bytes) => {
            std::str::from_utf8(bytes).map(|t| Some(t.to_owned())).map_err(|e| Error::UserFunctionError(Box::new(e)))
        }
        ValueRef::Blob(_) => Err(fail(PgError::new("internal: a blob where text is expected"))),
    }
}

/// The most bytes that one group may collect: longer texts and documents could not be handed back anyway.
const GROUP_LIMIT: usize = 128 << 20;

pub(super) fn check_size(bytes: usize) -> Result<()> {
    if bytes > GROUP_LIMIT {
        let mega = GROUP_LIMIT >> 20;
        return Err(fail(PgError::new(format!("a group of the query needs more than {mega} MB of memory"))));
    }
    Ok(())
}

/// What a group has collected.
struct Collected<T> {
    items: Vec<T>,
    bytes: usize,
}

impl<T> Collected<T> {
    fn new() -> Self {
        Self { items: Vec::new(), bytes: 0 }
    }

    /// Adds a value; `bytes` is what it holds outside of itself.
    fn push(&mut self, item: T, bytes: usize) -> Result<()> {
        self.bytes += size_of::<T>() + bytes;
        self.items.push(item);
        check_size(self.bytes)
    }

    /// Returns the values, if there are any.
    fn into_items(this: Option<Self>) -> Option<Vec<T>> {
        this.map(|collected| collected.items).filter(|items| !items.is_empty())
    }
}

/// The only value of a scalar subquery; a second row is an error.
struct Single;

impl Aggregate<Option<Value>, Value> for Single {
    fn init(&self, _: &mut Context<'_>) -> Result<Option<Value>> {
        Ok(None)
    }

    fn step(&self, context: &mut Context<'_>, found: &mut Option<Value>) -> Result<()> {
        if found.is_some() {
            return Err(fail(PgError::new("more than one row returned by a subquery used as an expression")));
        }
        *found = Some(context.get::<Value>(0)?);
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, found: Option<Option<Value>>) -> Result<Value> {
        Ok(found.flatten().unwrap_or(Value::Null))
    }
}

/// `array_agg`: NULLs are kept; no rows give NULL.
struct ArrayAgg;

impl Aggregate<Collected<serde_json::Value>, Option<String>> for ArrayAgg {
    fn init(&self, _: &mut Context<'_>) -> Result<Collected<serde_json::Value>> {
        Ok(Collected::new())
    }

    fn step(&self, context: &mut Context<'_>, items: &mut Collected<serde_json::Value>) -> Result<()> {
        let item = match context.get_raw(0) {
            ValueRef::Integer(n) => n.into(),
            ValueRef::Real(n) => {
                serde_json::Number::from_f64(n).map_or(serde_json::Value::Null, serde_json::Value::Number)
            }
            _ => text_of(context, 0)?.map_or(serde_json::Value::Null, serde_json::Value::String),
        };
        let bytes = item.as_str().map_or(0, str::len);
        items.push(item, bytes)
    }

    fn finalize(&self, _: &mut Context<'_>, items: Option<Collected<serde_json::Value>>) -> Result<Option<String>> {
        Ok(Collected::into_items(items).map(array::to_stored))
    }
}

/// `array_agg` of arrays, which become one of a further dimension.
struct ArraysAgg;

impl Aggregate<Collected<serde_json::Value>, Option<String>> for ArraysAgg {
    fn init(&self, _: &mut Context<'_>) -> Result<Collected<serde_json::Value>> {
        Ok(Collected::new())
    }

    fn step(&self, context: &mut Context<'_>, arrays: &mut Collected<serde_json::Value>) -> Result<()> {
        let Some(text) = text_of(context, 0)? else {
            return Err(fail(PgError::new("cannot accumulate null arrays")));
        };
        let items = array::stored(&text).map_err(fail)?;
        if items.is_empty() {
            return Err(fail(PgError::new("cannot accumulate empty arrays")));
        }
        if let Some(serde_json::Value::Array(first)) = arrays.items.first()
            && dimensions(first) != dimensions(&items)
        {
            return Err(fail(PgError::new("cannot accumulate arrays of different dimensionality")));
        }
        arrays.push(serde_json::Value::Array(items), text.len())
    }

    fn finalize(&self, _: &mut Context<'_>, arrays: Option<Collected<serde_json::Value>>) -> Result<Option<String>> {
        Ok(Collected::into_items(arrays).map(array::to_stored))
    }
}

/// `string_agg`: NULLs are left out; each value but the first brings its own delimiter.
struct StringAgg;

impl Aggregate<Option<String>, Option<String>> for StringAgg {
    fn init(&self, _: &mut Context<'_>) -> Result<Option<String>> {
        Ok(None)
    }

    fn step(&self, context: &mut Context<'_>, joined: &mut Option<String>) -> Result<()> {
        if let Some(text) = text_of(context, 0)? {
            match joined {
                None => *joined = Some(text),
                Some(all) => {
                    all.push_str(&text_of(context, 1)?.unwrap_or_default());
                    all.push_str(&text);
                    check_size(all.len())?;
                }
            }
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, joined: Option<Option<String>>) -> Result<Option<String>> {
        Ok(joined.flatten())
    }
}

/// `jsonb_agg`, `json_agg`: values arrive as JSON text; NULL is JSON null.
struct JsonAgg {
    canonical: bool,
    between: &'static str,
}

impl Aggregate<Collected<String>, Option<String>> for JsonAgg {
    fn init(&self, _: &mut Context<'_>) -> Result<Collected<String>> {
        Ok(Collected::new())
    }

    fn step(&self, context: &mut Context<'_>, items: &mut Collected<String>) -> Result<()> {
        let item = text_of(context, 0)?.unwrap_or_else(|| "null".to_owned());
        let bytes = item.len();
        items.push(item, bytes)
    }

    fn finalize(&self, _: &mut Context<'_>, items: Option<Collected<String>>) -> Result<Option<String>> {
        let Some(items) = Collected::into_items(items) else { return Ok(None) };
        let text = format!("[{}]", items.join(self.between));
        if self.canonical { jsonb::canonical(&text).map(Some).map_err(fail) } else { Ok(Some(text)) }
    }
}

/// `jsonb_object_agg`, `json_object_agg`.
struct ObjectAgg {
    canonical: bool,
}

impl Aggregate<Collected<String>, Option<String>> for ObjectAgg {
    fn init(&self, _: &mut Context<'_>) -> Result<Collected<String>> {
        Ok(Collected::new())
    }

    fn step(&self, context: &mut Context<'_>, members: &mut Collected<String>) -> Result<()> {
        let key = text_of(context, 0)?.ok_or_else(|| fail(PgError::new("field name must not be null")))?;
        let value = text_of(context, 1)?.unwrap_or_else(|| "null".to_owned());
        let member = format!("{} : {value}", jsonb::quoted(&key));
        let bytes = member.len();
        members.push(member, bytes)
    }

    fn finalize(&self, _: &mut Context<'_>, members: Option<Collected<String>>) -> Result<Option<String>> {
        let Some(members) = Collected::into_items(members) else { return Ok(None) };
        let text = format!("{{ {} }}", members.join(", "));
        if self.canonical { jsonb::canonical(&text).map(Some).map_err(fail) } else { Ok(Some(text)) }
    }
}

/// `sum` and `avg` of `numeric` and integers.
struct NumericSum {
    average: bool,
}

impl Aggregate<Sum, Option<String>> for NumericSum {
    fn init(&self, _: &mut Context<'_>) -> Result<Sum> {
        Ok(Sum::default())
    }

    fn step(&self, context: &mut Context<'_>, sum: &mut Sum) -> Result<()> {
        match text_of(context, 0)? {
            Some(text) => sum.add(&text).map_err(fail),
            None => Ok(()),
        }
    }

    fn finalize(&self, _: &mut Context<'_>, sum: Option<Sum>) -> Result<Option<String>> {
        let Some(sum) = sum else { return Ok(None) };
        if self.average { sum.average().map_err(fail) } else { Ok(sum.sum()) }
    }
}

/// `sum` and `avg` of `double precision`: plain addition from left to right.
struct FloatSum {
    average: bool,
}

impl Aggregate<(f64, u32), Option<f64>> for FloatSum {
    fn init(&self, _: &mut Context<'_>) -> Result<(f64, u32)> {
        Ok((0.0, 0))
    }

    fn step(&self, context: &mut Context<'_>, state: &mut (f64, u32)) -> Result<()> {
        if let Some(n) = context.get::<Option<f64>>(0)? {
            state.0 += n;
            state.1 += 1;
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, state: Option<(f64, u32)>) -> Result<Option<f64>> {
        Ok(state.filter(|s| s.1 > 0).map(|(sum, count)| if self.average { sum / f64::from(count) } else { sum }))
    }
}

/// `sum` of `real`, rounded at each step.
struct FloatSum4;

impl Aggregate<Option<f64>, Option<f64>> for FloatSum4 {
    fn init(&self, _: &mut Context<'_>) -> Result<Option<f64>> {
        Ok(None)
    }

    fn step(&self, context: &mut Context<'_>, sum: &mut Option<f64>) -> Result<()> {
        if let Some(n) = context.get::<Option<f64>>(0)? {
            *sum = Some(number::to_float4(sum.unwrap_or(0.0) + n).map_err(fail)?);
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, sum: Option<Option<f64>>) -> Result<Option<f64>> {
        Ok(sum.flatten())
    }
}

/// `min` and `max` of `numeric`.
struct NumericBest(Ordering);

impl Aggregate<Option<String>, Option<String>> for NumericBest {
    fn init(&self, _: &mut Context<'_>) -> Result<Option<String>> {
        Ok(None)
    }

    fn step(&self, context: &mut Context<'_>, best: &mut Option<String>) -> Result<()> {
        if let Some(text) = text_of(context, 0)?
            && best.as_ref().is_none_or(|b| number::compare(&text, b) == self.0)
        {
            *best = Some(text);
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, best: Option<Option<String>>) -> Result<Option<String>> {
        Ok(best.flatten())
    }
}
