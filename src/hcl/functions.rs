//! HCL's functions, with Terraform's names and rules.

use super::eval::{Eval, Fault, Names};
use super::value::{Val, number_text, whole};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const NAMES: [&str; 59] = [
    "abs",
    "ceil",
    "coalesce",
    "compact",
    "concat",
    "contains",
    "distinct",
    "element",
    "endswith",
    "env",
    "file",
    "fileexists",
    "flatten",
    "floor",
    "format",
    "indent",
    "join",
    "jsondecode",
    "jsonencode",
    "keys",
    "length",
    "lookup",
    "lower",
    "max",
    "merge",
    "min",
    "range",
    "regex",
    "regexall",
    "replace",
    "reverse",
    "setunion",
    "slice",
    "sort",
    "split",
    "startswith",
    "strcontains",
    "strrev",
    "substr",
    "sum",
    "title",
    "tobool",
    "tolist",
    "tomap",
    "tonumber",
    "toset",
    "tostring",
    "trim",
    "trimprefix",
    "trimspace",
    "trimsuffix",
    "upper",
    "values",
    "zipmap",
    "chomp",
    "can",
    "try",
    "alltrue",
    "anytrue",
];

fn text(args: &[Val], i: usize) -> Eval<Arc<str>> {
    let value = args.get(i).ok_or_else(|| Fault::new("too few arguments"))?;
    value
        .to_text()
        .ok_or_else(|| Fault::new(format!("argument {} must be a string, not a {}", i + 1, value.type_name())))
}

fn number(args: &[Val], i: usize) -> Eval<f64> {
    let value = args.get(i).ok_or_else(|| Fault::new("too few arguments"))?;
    value
        .to_number()
        .ok_or_else(|| Fault::new(format!("argument {} must be a number, not a {}", i + 1, value.type_name())))
}

fn index(args: &[Val], i: usize) -> Eval<i64> {
    whole(number(args, i)?).ok_or_else(|| Fault::new(format!("argument {} must be a whole number", i + 1)))
}

fn list(args: &[Val], i: usize) -> Eval<Arc<Vec<Val>>> {
    match args.get(i) {
        Some(Val::List(items)) => Ok(Arc::clone(items)),
        Some(other) => Err(Fault::new(format!("argument {} must be a list, not a {}", i + 1, other.type_name()))),
        None => Err(Fault::new("too few arguments")),
    }
}

fn map(args: &[Val], i: usize) -> Eval<Arc<BTreeMap<String, Val>>> {
    match args.get(i) {
        Some(Val::Map(map)) => Ok(Arc::clone(map)),
        Some(other) => Err(Fault::new(format!("argument {} must be a map, not a {}", i + 1, other.type_name()))),
        None => Err(Fault::new("too few arguments")),
    }
}

fn strings(items: impl IntoIterator<Item = String>) -> Val {
    Val::List(Arc::new(items.into_iter().map(Val::str).collect()))
}

fn of(items: Vec<Val>) -> Val {
    Val::List(Arc::new(items))
}

/// Calls a function.
#[expect(clippy::too_many_lines, reason = "one arm for each function")]
pub(super) fn call(name: &str, args: Vec<Val>, names: &dyn Names) -> Eval<Val> {
    let args = args.as_slice();
    Ok(match name {
        "merge" => {
            let mut out = BTreeMap::new();
            for (i, arg) in args.iter().enumerate() {
                match arg {
                    Val::Null => {}
                    Val::Map(_) => out.extend(map(args, i)?.iter().map(|(k, v)| (k.clone(), v.clone()))),
                    other => {
                        return Err(Fault::new(format!(
                            "merge: argument {} must be a map, not a {}",
                            i + 1,
                            other.type_name()
                        )));
                    }
                }
            }
            Val::Map(Arc::new(out))
        }
        "file" => names.file(&text(args, 0)?).map(Val::str).map_err(|e| Fault::new(e).code("file"))?,
        "fileexists" => Val::Bool(names.file_exists(&text(args, 0)?)),
        "env" => Val::str(names.env(&text(args, 0)?)),
        "replace" => {
            let (subject, search, with) = (text(args, 0)?, text(args, 1)?, text(args, 2)?);
            match search.strip_prefix('/').and_then(|s| s.strip_suffix('/')) {
                Some(pattern) if search.len() > 1 => {
                    Val::str(pattern_of(pattern)?.replace_all(&subject, &*go_replacement(&with)))
                }
                _ => Val::str(subject.replace(&*search, &with)),
            }
        }
        "contains" => Val::Bool(list(args, 0)?.contains(args.get(1).ok_or_else(|| Fault::new("too few arguments"))?)),
        "join" => {
            let mut parts = Vec::new();
            for i in 1..args.len() {
                for item in list(args, i)?.iter() {
                    parts.push(item.to_text().ok_or_else(|| Fault::new("join needs a list of strings"))?.to_string());
                }
            }
            Val::str(parts.join(&text(args, 0)?))
        }
        "split" => {
            let (separator, subject) = (text(args, 0)?, text(args, 1)?);
            if separator.is_empty() {
                strings(subject.chars().map(String::from))
            } else {
                strings(subject.split(&*separator).map(str::to_owned))
            }
        }
        "format" => Val::str(format_text(&text(args, 0)?, args.get(1..).unwrap_or_default())?),
        "lower" => Val::str(text(args, 0)?.to_lowercase()),
        "upper" => Val::str(text(args, 0)?.to_uppercase()),
        "title" => {
            let mut start = true;
            Val::str(
                text(args, 0)?
                    .chars()
                    .map(|c| {
                        let out = if start { c.to_uppercase().to_string() } else { c.to_string() };
                        start = !c.is_alphanumeric() && c != '_' && c != '\'';
                        out
                    })
                    .collect::<String>(),
            )
        }
        "trim" => {
            let set = text(args, 1)?;
            Val::str(text(args, 0)?.trim_matches(|c| set.contains(c)))
        }
        "trimspace" => Val::str(text(args, 0)?.trim()),
        "trimprefix" => {
            let subject = text(args, 0)?;
            Val::str(subject.strip_prefix(&*text(args, 1)?).unwrap_or(&subject))
        }
        "trimsuffix" => {
            let subject = text(args, 0)?;
            Val::str(subject.strip_suffix(&*text(args, 1)?).unwrap_or(&subject))
        }
        "chomp" => Val::str(text(args, 0)?.trim_end_matches(['\n', '\r'])),
        "startswith" => Val::Bool(text(args, 0)?.starts_with(&*text(args, 1)?)),
        "endswith" => Val::Bool(text(args, 0)?.ends_with(&*text(args, 1)?)),
        "strcontains" => Val::Bool(text(args, 0)?.contains(&*text(args, 1)?)),
        "strrev" => Val::str(text(args, 0)?.chars().rev().collect::<String>()),
        "substr" => {
            let (subject, offset, length) = (text(args, 0)?, index(args, 1)?, index(args, 2)?);
            let count = i64::try_from(subject.chars().count()).unwrap_or(i64::MAX);
            let start = if offset < 0 { (count + offset).max(0) } else { offset };
            let take = if length < 0 { i64::MAX } else { length };
            let size = |n: i64| usize::try_from(n).unwrap_or(usize::MAX);
            Val::str(subject.chars().skip(size(start)).take(size(take)).collect::<String>())
        }
        "indent" => {
            let pad = " ".repeat(usize::try_from(index(args, 0)?.clamp(0, 1_000)).unwrap_or(0));
            Val::str(text(args, 1)?.replace('\n', &format!("\n{pad}")))
        }
        "regex" | "regexall" => {
            let (pattern, subject) = (pattern_of(&text(args, 0)?)?, text(args, 1)?);
            let groups = |c: &regex::Captures<'_>| {
                if c.len() == 1 {
                    return Val::str(c.get(0).map_or("", |m| m.as_str()));
                }
                let named: Vec<_> = pattern.capture_names().flatten().collect();
                if named.is_empty() {
                    return of((1..c.len()).map(|i| c.get(i).map_or(Val::Null, |m| Val::str(m.as_str()))).collect());
                }
                Val::Map(Arc::new(
                    named
                        .into_iter()
                        .map(|n| (n.to_owned(), c.name(n).map_or(Val::Null, |m| Val::str(m.as_str()))))
                        .collect(),
                ))
            };
            if name == "regexall" {
                of(pattern.captures_iter(&subject).map(|c| groups(&c)).collect())
            } else {
                pattern
                    .captures(&subject)
                    .map(|c| groups(&c))
                    .ok_or_else(|| Fault::new("the pattern does not match"))?
            }
        }
        "concat" => {
            let mut out = Vec::new();
            for i in 0..args.len() {
                out.extend(list(args, i)?.iter().cloned());
            }
            of(out)
        }
        "distinct" | "toset" => {
            let mut out: Vec<Val> = Vec::new();
            for item in list(args, 0)?.iter() {
                if !out.contains(item) {
                    out.push(item.clone());
                }
            }
            of(out)
        }
        "setunion" => {
            let mut out: Vec<Val> = Vec::new();
            for i in 0..args.len() {
                for item in list(args, i)?.iter() {
                    if !out.contains(item) {
                        out.push(item.clone());
                    }
                }
            }
            of(out)
        }
        "flatten" => {
            fn go(items: &[Val], out: &mut Vec<Val>) {
                for item in items {
                    match item {
                        Val::List(inner) => go(inner, out),
                        other => out.push(other.clone()),
                    }
                }
            }
            let mut out = Vec::new();
            go(&list(args, 0)?, &mut out);
            of(out)
        }
        "compact" => of(list(args, 0)?
            .iter()
            .filter(|v| !matches!(v, Val::Null) && v.to_text().is_none_or(|t| !t.is_empty()))
            .cloned()
            .collect()),
        "reverse" => of(list(args, 0)?.iter().rev().cloned().collect()),
        "sort" => {
            let sorted: BTreeSet<(String, usize)> = list(args, 0)?
                .iter()
                .enumerate()
                .map(|(i, v)| {
                    v.to_text().map(|t| (t.to_string(), i)).ok_or_else(|| Fault::new("sort needs a list of strings"))
                })
                .collect::<Eval<_>>()?;
            strings(sorted.into_iter().map(|(t, _)| t))
        }
        "element" => {
            let (items, i) = (list(args, 0)?, index(args, 1)?);
            let length = i64::try_from(items.len()).unwrap_or(0);
            if length == 0 || i < 0 {
                return Err(Fault::new("element: the list has no such element"));
            }
            items.get(usize::try_from(i % length).unwrap_or(0)).cloned().unwrap_or(Val::Null)
        }
        "slice" => {
            let (items, from, to) = (list(args, 0)?, index(args, 1)?, index(args, 2)?);
            let range = usize::try_from(from).ok().zip(usize::try_from(to).ok());
            let cut = range
                .and_then(|(a, b)| items.get(a..b))
                .ok_or_else(|| Fault::new("slice: the list has no such elements"))?;
            of(cut.to_vec())
        }
        "range" => {
            let (from, to) =
                if args.len() == 1 { (0.0, number(args, 0)?) } else { (number(args, 0)?, number(args, 1)?) };
            let step = if args.len() > 2 {
                number(args, 2)?
            } else if to < from {
                -1.0
            } else {
                1.0
            };
            if step == 0.0 || ((to - from) / step).abs() > 1_024.0 {
                return Err(Fault::new("range: more than 1024 numbers, or a step of zero"));
            }
            let mut out = Vec::new();
            let mut at = from;
            while if step > 0.0 { at < to } else { at > to } {
                out.push(Val::Num(at));
                at += step;
            }
            of(out)
        }
        "keys" => strings(map(args, 0)?.keys().cloned()),
        "values" => of(map(args, 0)?.values().cloned().collect()),
        "lookup" => {
            let (from, key) = (map(args, 0)?, text(args, 1)?);
            match (from.get(&*key), args.get(2)) {
                (Some(found), _) => found.clone(),
                (None, Some(default)) => default.clone(),
                (None, None) => return Err(Fault::new(format!("lookup: the map has no key \"{key}\""))),
            }
        }
        "zipmap" => {
            let (keys, values) = (list(args, 0)?, list(args, 1)?);
            let mut out = BTreeMap::new();
            for (k, v) in keys.iter().zip(values.iter()) {
                out.insert(
                    k.to_text().ok_or_else(|| Fault::new("zipmap: keys must be strings"))?.to_string(),
                    v.clone(),
                );
            }
            Val::Map(Arc::new(out))
        }
        "length" => {
            let n = match args.first() {
                Some(Val::List(l)) => l.len(),
                Some(Val::Map(m)) => m.len(),
                Some(Val::Str(s)) => s.chars().count(),
                _ => return Err(Fault::new("length needs a list, a map or a string")),
            };
            #[expect(clippy::cast_precision_loss, reason = "a length is small")]
            Val::Num(n as f64)
        }
        "coalesce" => args
            .iter()
            .find(|v| !matches!(v, Val::Null) && !matches!(v, Val::Str(s) if s.is_empty()))
            .cloned()
            .ok_or_else(|| Fault::new("coalesce: every argument is null or empty"))?,
        "alltrue" => Val::Bool(list(args, 0)?.iter().all(|v| v.to_bool() == Some(true))),
        "anytrue" => Val::Bool(list(args, 0)?.iter().any(|v| v.to_bool() == Some(true))),
        "abs" => Val::Num(number(args, 0)?.abs()),
        "ceil" => Val::Num(number(args, 0)?.ceil()),
        "floor" => Val::Num(number(args, 0)?.floor()),
        "max" | "min" => {
            let numbers = (0..args.len()).map(|i| number(args, i)).collect::<Eval<Vec<_>>>()?;
            let best = numbers.into_iter().reduce(if name == "max" { f64::max } else { f64::min });
            Val::Num(best.ok_or_else(|| Fault::new("too few arguments"))?)
        }
        "sum" => {
            let items = list(args, 0)?;
            Val::Num(
                items
                    .iter()
                    .map(|v| v.to_number().ok_or_else(|| Fault::new("sum needs a list of numbers")))
                    .sum::<Eval<f64>>()?,
            )
        }
        "jsonencode" => Val::str(args.first().ok_or_else(|| Fault::new("too few arguments"))?.to_json().to_string()),
        "jsondecode" => {
            let parsed = serde_json::from_str(&text(args, 0)?).map_err(|e| Fault::new(format!("jsondecode: {e}")))?;
            Val::from_json(&parsed)
        }
        "tostring" => match args.first() {
            Some(Val::Null) => Val::Null,
            _ => Val::Str(text(args, 0)?),
        },
        "tonumber" => match args.first() {
            Some(Val::Null) => Val::Null,
            _ => Val::Num(number(args, 0)?),
        },
        "tobool" => {
            let value = args.first().ok_or_else(|| Fault::new("too few arguments"))?;
            if *value == Val::Null {
                Val::Null
            } else {
                Val::Bool(value.to_bool().ok_or_else(|| Fault::new("tobool: not a bool"))?)
            }
        }
        "tolist" => Val::List(list(args, 0)?),
        "tomap" => Val::Map(map(args, 0)?),
        "list" | "map" => {
            return Err(Fault::new(format!("the function {name}() no longer exists"))
                .help(format!("write to{name}(...), or the literal")));
        }
        other => {
            let fault = Fault::new(format!("there is no function \"{other}\"")).code("unknown-function");
            return Err(match crate::model::diagnostic::nearest(other, NAMES) {
                Some(near) => fault.help(format!("did you mean {near}?")),
                None => {
                    fault.help("ironpipe has the functions that mods use; tell us if a mod of yours needs this one")
                }
            });
        }
    })
}

fn pattern_of(pattern: &str) -> Eval<regex::Regex> {
    regex::RegexBuilder::new(pattern)
        .size_limit(1 << 20)
        .build()
        .map_err(|e| Fault::new(format!("invalid pattern: {e}")))
}

/// `$1` in Go's replacements takes the longest name; `${1}` is exact in both.
fn go_replacement(text: &str) -> String {
    text.to_owned()
}

/// `%s`, `%d`, `%f`, `%q`, `%v`, `%%` with width and precision.
fn format_text(template: &str, args: &[Val]) -> Eval<String> {
    let mut out = String::new();
    let mut chars = template.chars().peekable();
    let mut next = args.iter();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut flags = String::new();
        while let Some(f) = chars.next_if(|c| "+-0123456789. #".contains(*c)) {
            flags.push(f);
        }
        let verb = chars.next().ok_or_else(|| Fault::new("format: the template ends in a %"))?;
        if verb == '%' {
            out.push('%');
            continue;
        }
        let value = next.next().ok_or_else(|| Fault::new("format: too few arguments"))?;
        let (width, precision) =
            flags.split_once('.').map_or((flags.as_str(), None), |(w, p)| (w, p.parse::<usize>().ok()));
        let shown = match verb {
            's' | 'v' => value.to_text().map_or_else(|| value.to_json().to_string(), |t| t.to_string()),
            'q' => serde_json::Value::from(value.to_text().unwrap_or_default().to_string()).to_string(),
            'd' => number_text(value.to_number().ok_or_else(|| Fault::new("format: %d needs a number"))?.trunc()),
            'f' => format!(
                "{:.*}",
                precision.unwrap_or(6).min(40),
                value.to_number().ok_or_else(|| Fault::new("format: %f needs a number"))?
            ),
            't' => value.to_bool().ok_or_else(|| Fault::new("format: %t needs a bool"))?.to_string(),
            other => return Err(Fault::new(format!("format: the verb %{other} is not supported"))),
        };
        let size: usize = width.trim_start_matches(['-', '+', '0', ' ', '#']).parse().unwrap_or(0);
        let missing = size.min(1_000).saturating_sub(shown.chars().count());
        if width.starts_with('-') {
            out.push_str(&shown);
            out.extend(std::iter::repeat_n(' ', missing));
        } else {
            out.extend(std::iter::repeat_n(if width.starts_with('0') { '0' } else { ' ' }, missing));
            out.push_str(&shown);
        }
    }
    Ok(out)
}
