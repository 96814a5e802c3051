//! Our aggregates over a window that moves: `pgw_*` beside the `pg_*` of whole groups.
//!
//! A row that leaves the frame cannot be taken out of every result exactly, so the rows of the frame are kept, and a
//! frame that lost one is computed again. A frame that only grows, the usual one, never is.

use super::aggregates::{check_size, fail, text_of};
use crate::sql::error::PgResult;
use crate::sql::value::number::{self, Sum};
use crate::sql::value::{array, jsonb};
use rusqlite::functions::{Aggregate, Context, FunctionFlags, WindowAggregate};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result};
use std::cmp::Ordering;
use std::collections::VecDeque;

pub(super) fn register(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    for (name, arguments, kind) in [
        ("pgw_sum_num", 1, Kind::SumNumeric),
        ("pgw_avg_num", 1, Kind::AverageNumeric),
        ("pgw_sum_float", 1, Kind::SumFloat),
        ("pgw_avg_float", 1, Kind::AverageFloat),
        ("pgw_min_num", 1, Kind::Best(Ordering::Less)),
        ("pgw_max_num", 1, Kind::Best(Ordering::Greater)),
        ("pgw_array_agg", 1, Kind::Array),
        ("pgw_string_agg", 2, Kind::Joined),
        ("pgw_jsonb_agg", 1, Kind::JsonArray { canonical: true, between: ", " }),
        ("pgw_json_agg", 1, Kind::JsonArray { canonical: false, between: ", " }),
        ("pgw_json_agg_lines", 1, Kind::JsonArray { canonical: false, between: ", \n " }),
        ("pgw_jsonb_object_agg", 2, Kind::JsonObject { canonical: true }),
        ("pgw_json_object_agg", 2, Kind::JsonObject { canonical: false }),
    ] {
        connection.create_window_function(name, arguments, flags, Sliding(kind))?;
    }
    Ok(())
}

/// Returns the window version of an aggregate.
pub(in crate::sql) fn over_window(function: &'static str) -> &'static str {
    match function {
        "pg_sum_num" => "pgw_sum_num",
        "pg_avg_num" => "pgw_avg_num",
        "pg_sum_float" => "pgw_sum_float",
        "pg_avg_float" => "pgw_avg_float",
        "pg_min_num" => "pgw_min_num",
        "pg_max_num" => "pgw_max_num",
        "pg_array_agg" => "pgw_array_agg",
        "pg_string_agg" => "pgw_string_agg",
        "pg_jsonb_agg" => "pgw_jsonb_agg",
        "pg_json_agg" => "pgw_json_agg",
        "pg_json_agg_lines" => "pgw_json_agg_lines",
        "pg_jsonb_object_agg" => "pgw_jsonb_object_agg",
        "pg_json_object_agg" => "pgw_json_object_agg",
        other => other,
    }
}

#[derive(Clone, Copy)]
enum Kind {
    SumNumeric,
    AverageNumeric,
    SumFloat,
    AverageFloat,
    Best(Ordering),
    Array,
    Joined,
    JsonArray { canonical: bool, between: &'static str },
    JsonObject { canonical: bool },
}

struct Sliding(Kind);

/// One row's arguments, as text; a float keeps its value.
struct Row {
    first: Option<String>,
    second: Option<String>,
    float: Option<f64>,
    is_text: bool,
}

/// The rows of the frame and what they come to.
#[derive(Default)]
struct Frame {
    rows: VecDeque<Row>,
    bytes: usize,
    state: State,
    stale: bool,
}

#[derive(Default)]
struct State {
    sum: Sum,
    float: f64,
    count: u32,
    best: Option<String>,
    parts: Vec<String>,
    joined: Option<String>,
}

impl State {
    fn add(&mut self, kind: Kind, row: &Row) -> PgResult<()> {
        match (kind, &row.first) {
            (Kind::SumNumeric | Kind::AverageNumeric, Some(text)) => self.sum.add(text)?,
            (Kind::SumFloat | Kind::AverageFloat, _) => {
                if let Some(n) = row.float {
                    self.float += n;
                    self.count += 1;
                }
            }
            (Kind::Best(wanted), Some(text)) => {
                if self.best.as_ref().is_none_or(|b| number::compare(text, b) == wanted) {
                    self.best = Some(text.clone());
                }
            }
            (Kind::Joined, Some(text)) => match &mut self.joined {
                Some(all) => {
                    all.push_str(row.second.as_deref().unwrap_or_default());
                    all.push_str(text);
                }
                none => *none = Some(text.clone()),
            },
            (Kind::Array, first) => {
                let item = match first {
                    None => "null".to_owned(),
                    Some(text) if row.is_text => jsonb::quoted(text),
                    Some(number) => number.clone(),
                };
                self.parts.push(item);
            }
            (Kind::JsonArray { .. }, first) => self.parts.push(first.clone().unwrap_or_else(|| "null".to_owned())),
            (Kind::JsonObject { .. }, key) => {
                let key =
                    key.as_deref().ok_or_else(|| crate::sql::error::PgError::new("field name must not be null"))?;
                self.parts.push(format!("{} : {}", jsonb::quoted(key), row.second.as_deref().unwrap_or("null")));
            }
            (_, None) => {}
        }
        Ok(())
    }

    fn value(&self, kind: Kind) -> PgResult<Value> {
        let text = |t: Option<String>| t.map_or(Value::Null, Value::Text);
        let document = |open: &str, close: &str, between: &str, canonical: bool| {
            if self.parts.is_empty() {
                return Ok(Value::Null);
            }
            let document = format!("{open}{}{close}", self.parts.join(between));
            Ok(Value::Text(if canonical { jsonb::canonical(&document)? } else { document }))
        };
        match kind {
            Kind::SumNumeric => Ok(text(self.sum.sum())),
            Kind::AverageNumeric => Ok(text(self.sum.average()?)),
            Kind::SumFloat | Kind::AverageFloat if self.count == 0 => Ok(Value::Null),
            Kind::SumFloat => Ok(Value::Real(self.float)),
            Kind::AverageFloat => Ok(Value::Real(self.float / f64::from(self.count))),
            Kind::Best(_) => Ok(text(self.best.clone())),
            Kind::Joined => Ok(text(self.joined.clone())),
            Kind::Array if self.parts.is_empty() => Ok(Value::Null),
            Kind::Array => {
                let items = array::stored(&format!("[{}]", self.parts.join(",")))?;
                Ok(Value::Text(array::to_stored(items)))
            }
            Kind::JsonArray { canonical, between } => document("[", "]", between, canonical),
            Kind::JsonObject { canonical } => document("{ ", " }", ", ", canonical),
        }
    }
}

impl Frame {
    fn value(&mut self, kind: Kind) -> Result<Value> {
        if self.stale {
            self.state = State::default();
            for row in &self.rows {
                self.state.add(kind, row).map_err(fail)?;
            }
            self.stale = false;
        }
        self.state.value(kind).map_err(fail)
    }
}

impl Aggregate<Frame, Value> for Sliding {
    fn init(&self, _: &mut Context<'_>) -> Result<Frame> {
        Ok(Frame::default())
    }

    fn step(&self, context: &mut Context<'_>, frame: &mut Frame) -> Result<()> {
        let row = Row {
            first: text_of(context, 0)?,
            second: if context.len() > 1 { text_of(context, 1)? } else { None },
            float: match (self.0, context.get_raw(0)) {
                (Kind::SumFloat | Kind::AverageFloat, _) => context.get::<Option<f64>>(0)?,
                _ => None,
            },
            is_text: matches!(context.get_raw(0), ValueRef::Text(_)),
        };
        let length = |t: &Option<String>| t.as_ref().map_or(0, String::len);
        frame.bytes += size_of::<Row>() + 2 * (length(&row.first) + length(&row.second));
        check_size(frame.bytes)?;
        if !frame.stale {
            frame.state.add(self.0, &row).map_err(fail)?;
        }
        frame.rows.push_back(row);
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, frame: Option<Frame>) -> Result<Value> {
        frame.map_or(Ok(Value::Null), |mut f| f.value(self.0))
    }
}

impl WindowAggregate<Frame, Value> for Sliding {
    fn value(&self, frame: Option<&mut Frame>) -> Result<Value> {
        frame.map_or(Ok(Value::Null), |f| f.value(self.0))
    }

    fn inverse(&self, _: &mut Context<'_>, frame: &mut Frame) -> Result<()> {
        if let Some(gone) = frame.rows.pop_front() {
            let length = |t: &Option<String>| t.as_ref().map_or(0, String::len);
            let bytes = size_of::<Row>() + 2 * (length(&gone.first) + length(&gone.second));
            frame.bytes = frame.bytes.saturating_sub(bytes);
        }
        frame.stale = true;
        Ok(())
    }
}
