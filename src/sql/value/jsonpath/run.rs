//! Runs a path on a document.

use super::{Method, Node, Path, Step, Test};
use crate::sql::error::{PgError, PgResult};
use crate::sql::value::{number, regex};
use serde_json::{Value, json};
use std::cmp::Ordering;

/// What may be found in all, on the way and at the end.
const MAX_ITEMS: usize = 200_000;

/// Returns what a path finds, and the error that ended it.
pub(super) fn run(path: &Path, document: &Value, variables: &Value) -> (Vec<Value>, Option<PgError>) {
    let runner = Runner { lax: !path.strict, root: document, variables };
    runner.found(&path.root, &Place { current: document, last: None })
}

/// Makes a JSON number of a number's text.
pub(super) fn number(text: &str) -> PgResult<Value> {
    serde_json::from_str(text).map_err(|_| PgError::invalid("jsonpath", text))
}

struct Runner<'d> {
    lax: bool,
    root: &'d Value,
    variables: &'d Value,
}

/// Where a node is evaluated: `@`, and what `last` is.
struct Place<'p> {
    current: &'p Value,
    last: Option<usize>,
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

impl Runner<'_> {
    fn items(&self, node: &Node, place: &Place<'_>) -> PgResult<Vec<Value>> {
        match node {
            Node::Root => Ok(vec![self.root.clone()]),
            Node::Current => Ok(vec![place.current.clone()]),
            Node::Last => {
                let last = place.last.map_or(json!(-1), |n| json!(i64::try_from(n).unwrap_or(i64::MAX) - 1));
                Ok(vec![last])
            }
            Node::Variable(name) => match self.variables.get(name) {
                Some(value) => Ok(vec![value.clone()]),
                None => Err(PgError::new(format!("could not find jsonpath variable \"{name}\""))),
            },
            Node::Literal(value) => Ok(vec![value.clone()]),
            Node::Step(..) => match self.found(node, place) {
                (items, None) => Ok(items),
                (_, Some(error)) => Err(error),
            },
            Node::Arithmetic(op, left, right) => {
                let side = |node: &Node, name: &str| {
                    let message = || {
                        PgError::new(format!("{name} operand of jsonpath operator {op} is not a single numeric value"))
                    };
                    match self.unwrapped(node, place)?.as_slice() {
                        [Value::Number(n)] => Ok(n.to_string()),
                        _ => Err(message()),
                    }
                };
                let (left, right) = (side(left, "left")?, side(right, "right")?);
                Ok(vec![number(&number::arithmetic(op, &left, &right)?)?])
            }
            Node::Sign(sign, inner) => {
                let negate = |item: Value| match item {
                    Value::Number(n) if *sign == "-" => number(&number::arithmetic("-", "0", &n.to_string())?),
                    Value::Number(n) => Ok(Value::Number(n)),
                    _ => Err(PgError::new(format!("operand of unary jsonpath operator {sign} is not a numeric value"))),
                };
                self.unwrapped(inner, place)?.into_iter().map(negate).collect()
            }
            Node::Test(test) => Ok(vec![self.test(test, place)?.map_or(Value::Null, Value::Bool)]),
        }
    }

    /// The items of a node up to the first that cannot be had, one step after the other for each item.
    fn found(&self, node: &Node, place: &Place<'_>) -> (Vec<Value>, Option<PgError>) {
        let Node::Step(inner, step) = node else {
            return match self.items(node, place) {
                Ok(items) => (items, None),
                Err(error) => (Vec::new(), Some(error)),
            };
        };
        let mut found = Vec::new();
        let (items, end) = self.found(inner, place);
        for item in items {
            if let Err(error) = self.step(&item, step, place, &mut found, self.lax) {
                return (found, Some(error));
            }
            if found.len() > MAX_ITEMS {
                return (found, Some(PgError::new("the jsonpath finds too many items")));
            }
        }
        (found, end)
    }

    /// The items of a node; in lax mode the elements of arrays in their place.
    fn unwrapped(&self, node: &Node, place: &Place<'_>) -> PgResult<Vec<Value>> {
        let items = self.items(node, place)?;
        if !self.lax {
            return Ok(items);
        }
        Ok(items.into_iter().flat_map(|i| if let Value::Array(all) = i { all } else { vec![i] }).collect())
    }

    fn step(&self, item: &Value, step: &Step, place: &Place<'_>, found: &mut Vec<Value>, unwrap: bool) -> PgResult<()> {
        // In lax mode members, filters and most methods look into an array by themselves, one level deep.
        let looks_inside = match step {
            Step::Member(_) | Step::AnyMember | Step::Filter(_) => true,
            Step::Method(method) => !matches!(method, Method::Type | Method::Size),
            Step::Elements(_) | Step::AnyElement | Step::Descend(..) => false,
        };
        if let (true, true, Value::Array(items)) = (unwrap, looks_inside, item) {
            return items.iter().try_for_each(|i| self.step(i, step, place, found, false));
        }
        let strictly = |message: &str| if self.lax { Ok(()) } else { Err(PgError::new(message)) };
        match (step, item) {
            (Step::Member(name), Value::Object(members)) => match members.get(name) {
                Some(value) => found.push(value.clone()),
                None => {
                    let name = serde_json::Value::String(name.clone());
                    return strictly(&format!("JSON object does not contain key {name}"));
                }
            },
            (Step::Member(_), _) => return strictly("jsonpath member accessor can only be applied to an object"),
            (Step::AnyMember, Value::Object(members)) => found.extend(in_order(members).map(|(_, v)| v.clone())),
            (Step::AnyMember, _) => {
                return strictly("jsonpath wildcard member accessor can only be applied to an object");
            }
            (Step::AnyElement, Value::Array(items)) => found.extend(items.iter().cloned()),
            (Step::AnyElement, other) if self.lax => found.push(other.clone()),
            (Step::AnyElement, _) => {
                return strictly("jsonpath wildcard array accessor can only be applied to an array");
            }
            (Step::Elements(subscripts), item) => self.elements(item, subscripts, place, found)?,
            (Step::Descend(from, to), item) => descend(item, 0, *from, *to, found),
            (Step::Filter(test), item) => {
                if self.test(test, &Place { current: item, last: place.last })? == Some(true) {
                    found.push(item.clone());
                }
            }
            (Step::Method(method), item) => self.method(item, *method, found)?,
        }
        Ok(())
    }

    fn elements(
        &self,
        item: &Value,
        subscripts: &[(Node, Option<Node>)],
        place: &Place<'_>,
        found: &mut Vec<Value>,
    ) -> PgResult<()> {
        let items = match item {
            Value::Array(items) => items.as_slice(),
            other if self.lax => std::slice::from_ref(other),
            _ => return Err(PgError::new("jsonpath array accessor can only be applied to an array")),
        };
        let inside = Place { current: place.current, last: Some(items.len()) };
        let index = |node: &Node| -> PgResult<i64> {
            match self.items(node, &inside)?.as_slice() {
                [Value::Number(n)] => {
                    let text = n.to_string();
                    let whole = text.split(['.', 'e', 'E']).next().unwrap_or_default();
                    whole.parse().map_err(|_| PgError::new("jsonpath array subscript is out of integer range"))
                }
                _ => Err(PgError::new("jsonpath array subscript is not a single numeric value")),
            }
        };
        let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
        for (from, to) in subscripts {
            let from = index(from)?;
            let to = to.as_ref().map_or(Ok(from), index)?;
            if !self.lax && (from < 0 || from > to || to >= count) {
                return Err(PgError::new("jsonpath array subscript is out of bounds"));
            }
            for i in from.max(0)..=to.min(count - 1) {
                found.extend(usize::try_from(i).ok().and_then(|i| items.get(i)).cloned());
            }
        }
        Ok(())
    }

    fn method(&self, item: &Value, method: Method, found: &mut Vec<Value>) -> PgResult<()> {
        let numeric = |name: &str| match item {
            Value::Number(n) => Ok(n.to_string()),
            _ => Err(PgError::new(format!("jsonpath item method .{name}() can only be applied to a numeric value"))),
        };
        match method {
            Method::Type => found.push(json!(kind(item))),
            Method::Size => match item {
                Value::Array(items) => found.push(json!(items.len())),
                _ if self.lax => found.push(json!(1)),
                _ => return Err(PgError::new("jsonpath item method .size() can only be applied to an array")),
            },
            Method::Double => {
                let text = match item {
                    Value::Number(n) => n.to_string(),
                    Value::String(text) => text.clone(),
                    _ => {
                        return Err(PgError::new(
                            "jsonpath item method .double() can only be applied to a string or numeric value",
                        ));
                    }
                };
                let wrong = || {
                    PgError::new(match item {
                        Value::String(_) => {
                            "string argument of jsonpath item method .double() is not a valid representation of a double precision number"
                        }
                        _ => {
                            "numeric argument of jsonpath item method .double() is out of range for type double precision"
                        }
                    })
                };
                let value = number::to_float(&text).map_err(|_| wrong())?;
                if !value.is_finite() {
                    return Err(PgError::new("NaN or Infinity is not allowed for jsonpath item method .double()"));
                }
                found.push(number(&number::float_to_numeric(value))?);
            }
            Method::Ceiling => found.push(number(&number::whole(&numeric("ceiling")?, true)?)?),
            Method::Floor => found.push(number(&number::whole(&numeric("floor")?, false)?)?),
            Method::Abs => {
                let text = numeric("abs")?;
                found.push(number(text.strip_prefix('-').unwrap_or(&text))?);
            }
            Method::KeyValue => match item {
                Value::Object(members) => {
                    found.extend(in_order(members).map(|(k, v)| json!({ "id": 0, "key": k, "value": v })));
                }
                _ => return Err(PgError::new("jsonpath item method .keyvalue() can only be applied to an object")),
            },
        }
        Ok(())
    }

    /// A predicate: true, false, or unknown.
    fn test(&self, test: &Test, place: &Place<'_>) -> PgResult<Option<bool>> {
        Ok(match test {
            Test::And(a, b) => match self.test(a, place)? {
                Some(false) => Some(false),
                first => match (first, self.test(b, place)?) {
                    (_, Some(false)) => Some(false),
                    (Some(true), second) => second,
                    _ => None,
                },
            },
            Test::Or(a, b) => match self.test(a, place)? {
                Some(true) => Some(true),
                first => match (first, self.test(b, place)?) {
                    (_, Some(true)) => Some(true),
                    (Some(false), second) => second,
                    _ => None,
                },
            },
            Test::Not(inner) => self.test(inner, place)?.map(|b| !b),
            Test::IsUnknown(inner) => Some(self.test(inner, place)?.is_none()),
            Test::Exists(node) => match self.items(node, place) {
                Ok(items) => Some(!items.is_empty()),
                Err(_) => None,
            },
            Test::Compare(op, left, right) => self.pairs(left, Some(right), place, |a, b| compare(op, a, b?)),
            Test::StartsWith(text, prefix) => self.pairs(text, Some(prefix), place, |a, b| match (a, b?) {
                (Value::String(text), Value::String(prefix)) => Some(text.starts_with(prefix.as_str())),
                _ => None,
            }),
            Test::LikeRegex(text, pattern, flags) => {
                let compiled = like_regex(pattern, flags)?;
                self.pairs(text, None, place, |a, _| match a {
                    Value::String(text) => compiled.is_match(text).ok(),
                    _ => None,
                })
            }
        })
    }

    /// Whether a test holds for a pair of items. An error on the way makes it unknown; so does, in strict mode, a pair
    /// that cannot be tested.
    fn pairs(
        &self,
        left: &Node,
        right: Option<&Node>,
        place: &Place<'_>,
        holds: impl Fn(&Value, Option<&Value>) -> Option<bool>,
    ) -> Option<bool> {
        let left = self.unwrapped(left, place).ok()?;
        let right = match right {
            Some(right) => self.unwrapped(right, place).ok()?.into_iter().map(Some).collect(),
            None => vec![None],
        };
        let (mut found, mut unknown) = (false, false);
        for a in &left {
            for b in &right {
                match holds(a, b.as_ref()) {
                    Some(true) if self.lax => return Some(true),
                    Some(true) => found = true,
                    Some(false) => {}
                    None if self.lax => unknown = true,
                    None => return None,
                }
            }
        }
        if found {
            Some(true)
        } else if unknown {
            None
        } else {
            Some(false)
        }
    }
}

/// Members in the order of `jsonb`: by the length of the key, then by its bytes.
fn in_order(members: &serde_json::Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    let mut all: Vec<_> = members.iter().collect();
    all.sort_by_key(|(k, _)| (k.len(), k.as_bytes()));
    all.into_iter()
}

fn descend(item: &Value, level: u32, from: Option<u32>, to: Option<u32>, found: &mut Vec<Value>) {
    let children: Vec<&Value> = match item {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) => in_order(members).map(|(_, v)| v).collect(),
        _ => Vec::new(),
    };
    // `last` stands for the leaves.
    let wanted = match (from, to) {
        (None, _) => children.is_empty(),
        (Some(from), to) => level >= from && to.is_none_or(|to| level <= to),
    };
    if wanted {
        found.push(item.clone());
    }
    if found.len() <= MAX_ITEMS && to.is_none_or(|to| level < to) || from.is_none() {
        children.into_iter().for_each(|c| descend(c, level + 1, from, to, found));
    }
}

fn compare(op: &str, a: &Value, b: &Value) -> Option<bool> {
    let order = match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        // null is unequal to everything else.
        (Value::Null, _) | (_, Value::Null) => return Some(op == "<>"),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => number::compare(&a.to_string(), &b.to_string()),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        _ => return None,
    };
    Some(match op {
        "=" => order == Ordering::Equal,
        "<>" => order != Ordering::Equal,
        "<" => order == Ordering::Less,
        "<=" => order != Ordering::Greater,
        ">" => order == Ordering::Greater,
        _ => order != Ordering::Less,
    })
}

/// Compiles the pattern of `like_regex`, whose flags are XQuery's.
fn like_regex(pattern: &str, flags: &str) -> PgResult<std::rc::Rc<regex::Pattern>> {
    let (mut options, mut quote, mut dot_all, mut lines) = (String::new(), false, false, false);
    for flag in flags.chars() {
        match flag {
            'i' => options.push('i'),
            's' => dot_all = true,
            'm' => lines = true,
            'q' => quote = true,
            'x' => return Err(PgError::new("XQuery \"x\" flag (expanded regular expressions) is not implemented")),
            other => {
                return Err(PgError::new(format!("unrecognized flag character \"{other}\" in LIKE_REGEX predicate")));
            }
        }
    }
    if quote {
        let literal: String =
            pattern.chars().flat_map(|c| if c.is_alphanumeric() { vec![c] } else { vec!['\\', c] }).collect();
        return regex::compile(&literal, &options);
    }
    // A dot takes a line's end only with `s`; `n` is that together with `^` and `$` at every line.
    match (dot_all, lines) {
        (true, false) => regex::compile(pattern, &options),
        (false, true) => regex::compile(pattern, &format!("n{options}")),
        (false, false) if !pattern.contains('.') => regex::compile(pattern, &options),
        (true, true) if !pattern.contains('.') => regex::compile(pattern, &format!("n{options}")),
        _ => {
            let dots = if dot_all { "(?:.|\\n)" } else { "[^\\n]" };
            let mut rewritten = String::new();
            let (mut escaped, mut class) = (false, false);
            for c in pattern.chars() {
                match c {
                    _ if escaped => {
                        escaped = false;
                        rewritten.push(c);
                        continue;
                    }
                    '\\' => escaped = true,
                    '[' => class = true,
                    ']' => class = false,
                    '.' if !class => {
                        rewritten.push_str(dots);
                        continue;
                    }
                    _ => {}
                }
                rewritten.push(c);
            }
            regex::compile(&rewritten, &if lines { format!("n{options}") } else { options })
        }
    }
}
