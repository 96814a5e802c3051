//! Ordered-set aggregates on the sorted array of a group's values, and the rows of a lateral subquery.

use super::aggregates::{check_size, text_of};
use super::{Args, Out, Registry};
use crate::sql::error::{PgError, PgResult};
use crate::sql::value::{jsonb, number};
use rusqlite::Result;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use serde_json::Value as Json;

pub(super) fn register(r: &Registry<'_>) -> Result<()> {
    // The first argument is the sorted array without NULLs, the second the fraction.
    r.strict("pg_percentile_disc", 2, |a| {
        let items = a.array(0)?;
        let place = fraction(a)? * count(&items);
        Ok(plain(items.get(whole(place.ceil()).saturating_sub(1))))
    })?;
    r.strict("pg_percentile_cont", 2, |a| {
        let items = a.array(0)?;
        let place = fraction(a)? * (count(&items) - 1.0).max(0.0);
        let at = |p: f64| match items.get(whole(p)) {
            Some(item) => number::to_float(&item.to_string()).map(Some),
            None => Ok(None),
        };
        let (Some(low), Some(high)) = (at(place.floor())?, at(place.ceil())?) else { return Ok(None) };
        Ok(Some(low + (place - place.floor()) * (high - low)))
    })?;
    r.strict("pg_mode", 1, |a| {
        let items = a.array(0)?;
        let mut best: Option<(usize, &Json)> = None;
        for run in items.chunk_by(|x, y| x == y) {
            if let Some(first) = run.first()
                && best.is_none_or(|(length, _)| run.len() > length)
            {
                best = Some((run.len(), first));
            }
        }
        Ok(plain(best.map(|(_, item)| item)))
    })?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    r.connection.create_aggregate_function("pg_rows", -1, flags, Rows)
}

fn fraction(a: &Args<'_>) -> PgResult<f64> {
    let fraction = a.float(1)?;
    if !(0.0..=1.0).contains(&fraction) {
        let shown = number::float_text(fraction);
        return Err(PgError::new(format!("percentile value {shown} is not between 0 and 1")));
    }
    Ok(fraction)
}

#[expect(clippy::cast_precision_loss, reason = "PostgreSQL's own arithmetic")]
fn count(items: &[Json]) -> f64 {
    items.len() as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the place of an item, never negative")]
fn whole(place: f64) -> usize {
    place as usize
}

/// An element of an array as the value it stands for.
fn plain(item: Option<&Json>) -> Out {
    Out(match item {
        None | Some(Json::Null) => Value::Null,
        Some(Json::String(text)) => Value::Text(text.clone()),
        Some(Json::Number(n)) => match n.to_string().parse::<i64>() {
            Ok(n) => Value::Integer(n),
            Err(_) => Value::Real(n.to_string().parse().unwrap_or(f64::NAN)),
        },
        Some(other) => Value::Text(other.to_string()),
    })
}

/// `pg_rows(a, b, ...)`: all rows as a JSON array of arrays. Floats are written as text, which keeps every digit.
struct Rows;

impl Aggregate<String, String> for Rows {
    fn init(&self, _: &mut Context<'_>) -> Result<String> {
        Ok(String::from("["))
    }

    fn step(&self, context: &mut Context<'_>, out: &mut String) -> Result<()> {
        out.push_str(if out.len() > 1 { ",[" } else { "[" });
        for i in 0..context.len() {
            if i > 0 {
                out.push(',');
            }
            match context.get_raw(i) {
                ValueRef::Null => out.push_str("null"),
                ValueRef::Integer(n) => out.push_str(&n.to_string()),
                _ => out.push_str(&jsonb::quoted(&text_of(context, i)?.unwrap_or_default())),
            }
        }
        out.push(']');
        check_size(out.len())
    }

    fn finalize(&self, _: &mut Context<'_>, out: Option<String>) -> Result<String> {
        let mut out = out.unwrap_or_else(|| String::from("["));
        out.push(']');
        Ok(out)
    }
}
