//! Which value each `$n` of a query has.
//!
//! Arguments of the command line come first, then those of the control, then the defaults of the query's parameters,
//! each parameter by itself.

use crate::hcl::config::read_literal;
use crate::model::resource::{Args, Param};
use crate::model::value::Arg;
use indexmap::IndexMap;

/// Returns the values in `$n` order.
///
/// # Errors
///
/// A parameter without a value, too many arguments, or an argument that no parameter has.
pub fn resolve(name: &str, params: &[Param], own: &Args, given: &Args) -> Result<Vec<Arg>, String> {
    if params.is_empty() {
        return match (given, own) {
            (Args::Positional(values), _) | (Args::None, Args::Positional(values)) => Ok(values.clone()),
            (Args::Named(named), _) | (Args::None, Args::Named(named)) => match named.keys().next() {
                Some(first) => Err(format!("failed to resolve args for {name}: it has no param \"{first}\"")),
                None => Ok(Vec::new()),
            },
            (Args::None, Args::None) => Ok(Vec::new()),
        };
    }
    let own = by_name(name, params, own)?;
    let given = by_name(name, params, given)?;
    let mut values = Vec::new();
    let mut missing = Vec::new();
    for param in params {
        match given.get(&param.name).or_else(|| own.get(&param.name)).cloned().or_else(|| param.default.clone()) {
            Some(value) => values.push(value),
            None => missing.push(param.name.as_str()),
        }
    }
    if missing.is_empty() {
        Ok(values)
    } else {
        Err(format!("failed to resolve args for {name}: {}", missing.join(",")))
    }
}

fn by_name(name: &str, params: &[Param], args: &Args) -> Result<IndexMap<String, Arg>, String> {
    match args {
        Args::None => Ok(IndexMap::new()),
        Args::Named(named) => {
            if let Some(unknown) = named.keys().find(|k| !params.iter().any(|p| p.name == **k)) {
                let hint = crate::model::diagnostic::nearest(unknown, params.iter().map(|p| p.name.as_str()));
                let hint = hint.map(|h| format!("; did you mean \"{h}\"?")).unwrap_or_default();
                return Err(format!("failed to resolve args for {name}: it has no param \"{unknown}\"{hint}"));
            }
            Ok(named.clone())
        }
        Args::Positional(values) => {
            if values.len() > params.len() {
                return Err(format!(
                    "failed to resolve args for {name}: {} args were given, it has {} params",
                    values.len(),
                    params.len()
                ));
            }
            Ok(params.iter().zip(values).map(|(p, v)| (p.name.clone(), v.clone())).collect())
        }
    }
}

/// Reads `--arg` values and call syntax (`name("a", 2)`, `name(p => "a")`).
///
/// # Errors
///
/// Positional and named arguments mixed, or text that cannot be read.
pub fn parse_arguments(flags: &[String], call: Option<&str>) -> Result<Args, String> {
    if let Some(call) = call {
        if !flags.is_empty() {
            return Err("both command line args and query invocation args are set".to_owned());
        }
        return parse_call(call);
    }
    let mut named = IndexMap::new();
    let mut positional = Vec::new();
    for flag in flags {
        match flag.split_once('=') {
            Some((key, value))
                if !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') =>
            {
                named.insert(key.to_owned(), Arg::Text(value.to_owned()));
            }
            _ => positional.push(Arg::Text(flag.clone())),
        }
    }
    match (named.is_empty(), positional.is_empty()) {
        (true, true) => Ok(Args::None),
        (false, true) => Ok(Args::Named(named)),
        (true, false) => Ok(Args::Positional(positional)),
        (false, false) => Err("cannot mix positional and named args".to_owned()),
    }
}

fn parse_call(text: &str) -> Result<Args, String> {
    let mut named = IndexMap::new();
    let mut positional = Vec::new();
    for part in split(text) {
        let part = part.trim();
        if part.is_empty() {
            continue;
        }
        let is_name = |key: &str| !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
        match part.split_once("=>").map(|(key, value)| (key.trim(), value)).filter(|(key, _)| is_name(key)) {
            Some((key, value)) => {
                if named.insert(key.to_owned(), literal(value)?).is_some() {
                    return Err(format!("the arg {key} is given twice"));
                }
            }
            None => positional.push(literal(part)?),
        }
    }
    match (named.is_empty(), positional.is_empty()) {
        (true, true) => Ok(Args::None),
        (false, true) => Ok(Args::Named(named)),
        (true, false) => Ok(Args::Positional(positional)),
        (false, false) => Err("cannot mix positional and named args".to_owned()),
    }
}

/// Splits at commas outside quotes and brackets.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut depth, mut quoted, mut escaped) = (0_i32, false, false);
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' | '{' | '(' if !quoted => depth += 1,
            ']' | '}' | ')' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts
}

/// Reads a value as HCL writes it.
fn literal(text: &str) -> Result<Arg, String> {
    let text = text.trim();
    read_literal(text).map_err(|why| {
        format!("bad arg syntax: {text} is not a quoted string, a number, true, false, a list or an object: {why}")
    })
}

/// Returns an argument as JSON, for records of a run.
pub fn to_json(arg: &Arg) -> serde_json::Value {
    match arg {
        Arg::Null => serde_json::Value::Null,
        Arg::Text(t) => t.clone().into(),
        Arg::Int(n) => (*n).into(),
        Arg::Float(n) => (*n).into(),
        Arg::Bool(b) => (*b).into(),
        Arg::List(items) => items.iter().map(to_json).collect(),
        Arg::Object(text) => serde_json::from_str(text).unwrap_or_else(|_| text.clone().into()),
    }
}
