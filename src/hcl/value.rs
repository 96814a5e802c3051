//! The values of HCL expressions.

use super::fault::{Eval, Fault};
use crate::model::value::Arg;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A value. Collections are shared, so that passing a large local on costs nothing.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Val {
    Null,
    Bool(bool),
    Num(f64),
    Str(Arc<str>),
    List(Arc<Vec<Val>>),
    /// Elements in order, each once.
    Set(Arc<Vec<Val>>),
    /// Keys in order, as HCL iterates.
    Map(Arc<BTreeMap<String, Val>>),
    /// A resource.
    Resource(Arc<ResourceRef>),
    /// A connection: type, name.
    Connection(Arc<(String, String)>),
    /// Something that is known only when a dashboard runs; its source text.
    Runtime(Arc<str>),
}

/// Which resource a reference means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ResourceRef {
    /// Short name of the mod: the loaded one's, or a dependency's alias.
    pub mod_name: String,
    pub kind: &'static str,
    pub name: String,
}

impl ResourceRef {
    /// Returns `kind.name`.
    pub fn unqualified(&self) -> String {
        format!("{}.{}", self.kind, self.name)
    }
}

impl Val {
    /// How many parts a value may have.
    pub const MAX_SIZE: usize = 2 << 20;

    /// Counts the parts of a value, each as often as it is held; more than `most` is a fault.
    pub fn size(&self, most: usize) -> Eval<usize> {
        fn count(value: &Val, left: &mut usize) -> bool {
            let own = match value {
                Val::Str(s) => 1 + s.len() / 16,
                _ => 1,
            };
            if own > *left {
                return false;
            }
            *left -= own;
            match value {
                Val::List(items) | Val::Set(items) => items.iter().all(|i| count(i, left)),
                Val::Map(map) => map.values().all(|i| count(i, left)),
                _ => true,
            }
        }
        let mut left = most;
        if count(self, &mut left) { Ok(most - left) } else { Err(Fault::new("the value is too large").code("limit")) }
    }

    /// Makes a set: its elements in HCL's order, each once.
    pub fn set(mut items: Vec<Self>) -> Self {
        items.sort_by(Self::order);
        items.dedup();
        Self::Set(Arc::new(items))
    }

    /// The order of a set's elements: numbers by size, texts by their bytes, others by their JSON.
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        match (self, other) {
            (Self::Num(a), Self::Num(b)) => a.total_cmp(b),
            (Self::Str(a), Self::Str(b)) => a.cmp(b),
            (a, b) => a.to_json().to_string().cmp(&b.to_json().to_string()),
        }
    }

    /// Returns the elements of a list or a set.
    pub fn items(&self) -> Option<&Arc<Vec<Self>>> {
        match self {
            Self::List(items) | Self::Set(items) => Some(items),
            _ => None,
        }
    }

    pub fn str(text: impl AsRef<str>) -> Self {
        Self::Str(Arc::from(text.as_ref()))
    }

    /// Returns what HCL's messages call the type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Num(_) => "number",
            Self::Str(_) => "string",
            Self::List(_) => "list",
            Self::Set(_) => "set",
            Self::Map(_) => "object",
            Self::Resource(_) => "resource",
            Self::Connection(_) => "connection",
            Self::Runtime(_) => "runtime value",
        }
    }

    /// Converts to text as HCL does in templates and for string attributes.
    pub fn to_text(&self) -> Option<Arc<str>> {
        match self {
            Self::Str(s) => Some(Arc::clone(s)),
            Self::Num(n) => Some(Arc::from(number_text(*n).as_str())),
            Self::Bool(b) => Some(Arc::from(if *b { "true" } else { "false" })),
            _ => None,
        }
    }

    /// Converts to a number: numbers, and strings that spell one whose digits can all be kept.
    pub fn to_number(&self) -> Option<f64> {
        match self {
            Self::Num(n) => Some(*n),
            Self::Str(s) => s.parse().ok().filter(|n| is_exact(s, *n)),
            _ => None,
        }
    }

    /// Converts to a boolean: booleans, and the strings `true` and `false`, `1` and `0`.
    pub fn to_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(b) => Some(*b),
            Self::Str(s) if matches!(&**s, "true" | "1") => Some(true),
            Self::Str(s) if matches!(&**s, "false" | "0") => Some(false),
            _ => None,
        }
    }

    /// Returns the value as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(b) => (*b).into(),
            Self::Num(n) => number_json(*n),
            Self::Str(s) => s.to_string().into(),
            Self::List(items) | Self::Set(items) => items.iter().map(Self::to_json).collect(),
            Self::Map(map) => serde_json::Value::Object(map.iter().map(|(k, v)| (k.clone(), v.to_json())).collect()),
            Self::Resource(r) => format!("{}.{}.{}", r.mod_name, r.kind, r.name).into(),
            Self::Connection(c) => format!("connection.{}.{}", c.0, c.1).into(),
            Self::Runtime(text) => text.to_string().into(),
        }
    }

    /// Reads JSON.
    pub fn from_json(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(b) => Self::Bool(*b),
            serde_json::Value::Number(n) => Self::Num(n.as_f64().unwrap_or(0.0)),
            serde_json::Value::String(s) => Self::str(s),
            serde_json::Value::Array(items) => Self::List(Arc::new(items.iter().map(Self::from_json).collect())),
            serde_json::Value::Object(map) => {
                Self::Map(Arc::new(map.iter().map(|(k, v)| (k.clone(), Self::from_json(v))).collect()))
            }
        }
    }

    /// Returns the value as an argument of a query.
    pub fn to_arg(&self) -> Arg {
        match self {
            Self::Null => Arg::Null,
            Self::Bool(b) => Arg::Bool(*b),
            Self::Num(n) => whole(*n).map_or(Arg::Float(*n), Arg::Int),
            Self::Str(s) => Arg::Text(s.to_string()),
            Self::List(items) | Self::Set(items) => Arg::List(items.iter().map(Self::to_arg).collect()),
            other => match other.to_json() {
                serde_json::Value::String(s) => Arg::Text(s),
                json => Arg::Object(json.to_string()),
            },
        }
    }
}

/// Returns a number that has no fraction as an integer.
pub(super) fn whole(n: f64) -> Option<i64> {
    // 2^53: up to there each integer is exact.
    if n.fract() == 0.0 && n.abs() <= 9_007_199_254_740_992.0 {
        #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
        return Some(n as i64);
    }
    None
}

/// Whether a number is the one that was written.
pub(super) fn is_exact(written: &str, number: f64) -> bool {
    let digits = written.trim_start_matches(['+', '-']).trim_start_matches('0');
    let is_whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    number.is_finite() && (!is_whole || number_text(number.abs()) == digits)
}

/// Returns what decimal arithmetic would have given: `0.1 + 0.2` is `0.3`. Whole numbers are exact as they are, and what
/// has no end, such as a third, keeps all digits that there are.
pub(super) fn decimal(n: f64) -> f64 {
    if n.fract() == 0.0 {
        return n;
    }
    let rounded = format!("{n:.14e}");
    let has_end = rounded.split_once('e').is_some_and(|(digits, _)| digits.ends_with('0'));
    if has_end { rounded.parse().unwrap_or(n) } else { n }
}

/// Returns the text of a number: no exponent, no trailing zeros.
pub(super) fn number_text(n: f64) -> String {
    whole(n).map_or_else(|| format!("{n}"), |i| i.to_string())
}

fn number_json(n: f64) -> serde_json::Value {
    // Without an exponent, as the text of a number is.
    number_text(n).parse().map_or(serde_json::Value::Null, serde_json::Value::Number)
}
