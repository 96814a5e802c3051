//! Evaluates expressions.

use super::fault::{Budget, Eval, Fault};
use super::syntax::{
    BinaryOperator, Call, Conditional, Expression, For, Kind, ObjectKey, Operator, Step, Traversal, UnaryOperator,
};
use super::unify::unify;
use super::value::{ResourceRef, Val, decimal, number_text, whole};
use crate::model::diagnostic::nearest;
use crate::model::source::SourceFile;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What names mean. The loader implements it.
pub(super) trait Names {
    /// Resolves a reference: its parts, and how many of them were used.
    fn resolve(&self, parts: &[&str]) -> Eval<(Val, usize)>;
    /// Resolves an attribute of a resource.
    fn attribute(&self, resource: &ResourceRef, name: &str) -> Eval<Val>;
    /// Reads a file of the mod.
    fn file(&self, path: &str) -> Result<String, String>;
    /// Reads a file of the mod that need not be text.
    fn bytes(&self, path: &str) -> Result<Vec<u8>, String>;
    /// Returns the files of the mod below a folder, by their paths from there.
    fn files(&self, folder: &str) -> Result<Vec<String>, String>;
    /// Whether a file of the mod exists.
    fn file_exists(&self, path: &str) -> bool;
    /// Returns an environment variable; empty when unset.
    fn env(&self, name: &str) -> String;
    /// Returns the time of the load.
    fn now(&self) -> DateTime<Utc>;
    /// What may still be spent.
    fn budget(&self) -> &Budget;
}

/// Evaluates in a scope of loop variables.
pub(super) struct Evaluator<'a> {
    pub names: &'a dyn Names,
    /// The file that the expressions stand in.
    pub file: &'a Arc<SourceFile>,
    pub locals: Vec<(String, Val)>,
}

impl<'a> Evaluator<'a> {
    pub fn new(names: &'a dyn Names, file: &'a Arc<SourceFile>) -> Self {
        Self { names, file, locals: Vec::new() }
    }

    pub fn eval(&mut self, expr: &Expression) -> Eval<Val> {
        self.names.budget().enter().map_err(|f| f.at(expr.span()))?;
        let result = self.inner(expr).map_err(|f| f.at(expr.span()));
        self.names.budget().leave();
        result
    }

    fn inner(&mut self, expr: &Expression) -> Eval<Val> {
        Ok(match &expr.kind {
            Kind::Null => Val::Null,
            Kind::Bool(b) => Val::Bool(*b),
            Kind::Number(n) => return self.number(*n, expr),
            Kind::String(text) => Val::Str(Arc::clone(text)),
            Kind::Array(items) => {
                let items = items.iter().map(|e| self.eval(e)).collect::<Eval<Vec<_>>>()?;
                return self.sized(Val::List(Arc::new(items)));
            }
            Kind::Object(items) => return self.object(items),
            Kind::Quoted(template) => return self.quoted(template),
            Kind::Heredoc(template) => return self.heredoc(expr, template),
            Kind::Parenthesis(inner) => return self.eval(inner),
            Kind::Variable(name) => match self.local(name) {
                Some(value) => value,
                None => self.names.resolve(&[&**name])?.0,
            },
            Kind::Conditional(c) => return self.conditional(c),
            Kind::Call(call) => return self.call(call),
            Kind::Traversal(traversal) => return self.traversal(traversal, expr),
            Kind::Unary(operator, operand) => {
                let value = self.eval(operand)?;
                match operator {
                    UnaryOperator::Neg => {
                        Val::Num(-value.to_number().ok_or_else(|| Fault::new("a number is required"))?)
                    }
                    UnaryOperator::Not => Val::Bool(!value.to_bool().ok_or_else(|| Fault::new("a bool is required"))?),
                }
            }
            Kind::Binary(operator, sides) => {
                let [left, right] = &**sides;
                let (a, b) = (self.eval(left)?, self.eval(right)?);
                binary(*operator, &a, &b)?
            }
            Kind::For(f) => {
                let value = self.for_expr(f)?;
                return self.sized(value);
            }
        })
    }

    /// A number as it is written. One that would come out as another is refused.
    fn number(&self, n: f64, expr: &Expression) -> Eval<Val> {
        let text = self.file.text.get(expr.span()).unwrap_or_default();
        let digits = text.trim_start_matches('0');
        if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && number_text(n) != digits {
            return Err(Fault::new(format!("the number {text} has too many digits to be kept exactly"))
                .help("write it in quotes"));
        }
        Ok(Val::Num(n))
    }

    /// Charges a collection: values share their parts, so a few short lines can stand for more than any memory holds.
    fn sized(&self, value: Val) -> Eval<Val> {
        self.names.budget().spend(value.size(Val::MAX_SIZE)? * 16)?;
        Ok(value)
    }

    fn object(&mut self, items: &[(ObjectKey, Expression)]) -> Eval<Val> {
        let mut map = BTreeMap::new();
        for (key, value) in items {
            let key = match key {
                ObjectKey::Ident(word) => word.to_string(),
                ObjectKey::Expression(e) if matches!(e.kind, Kind::Null) => "null".to_owned(),
                ObjectKey::Expression(e) if matches!(e.kind, Kind::Traversal(_)) => {
                    return Err(Fault::new("an object's key cannot be a bare reference")
                        .at(e.span())
                        .help("put the key in quotes, or in parentheses to compute it"));
                }
                ObjectKey::Expression(e) => self
                    .eval(e)?
                    .to_text()
                    .ok_or_else(|| Fault::new("an object's key must be a string").at(e.span()))?
                    .to_string(),
            };
            map.insert(key, self.eval(value)?);
        }
        self.sized(Val::Map(Arc::new(map)))
    }

    fn conditional(&mut self, c: &Conditional) -> Eval<Val> {
        let condition = self
            .eval(&c.condition)?
            .to_bool()
            .ok_or_else(|| Fault::new("the condition must be a bool").at(c.condition.span()))?;
        let (yes, no) = (self.eval(&c.yes), self.eval(&c.no));
        let (chosen, other) = if condition { (yes, no) } else { (no, yes) };
        let chosen = chosen?;
        let other = match other {
            Ok(other) => other,
            // The branch that is not taken may have no value: `length(l) > 0 ? l[0] : null`.
            Err(fault) if matches!(fault.code, "expression" | "file") => return Ok(chosen),
            Err(fault) => return Err(fault),
        };
        let (chosen_type, other_type) = (chosen.type_name(), other.type_name());
        // HCL gives both branches one type; of a number and a string that is string.
        let unified = unify(&[chosen, other]).and_then(|both| both.into_iter().next());
        unified.ok_or_else(|| {
            let (yes, no) = if condition { (chosen_type, other_type) } else { (other_type, chosen_type) };
            Fault::new(format!("both results of a condition must have one type, not {yes} and {no}"))
        })
    }

    fn call(&mut self, call: &Call) -> Eval<Val> {
        let name = call.name.as_str();
        let args = call.args.as_slice();
        if call.has_namespace {
            return Err(Fault::new("functions have no namespaces here").code("unknown-function"));
        }
        if name == "try" || name == "can" {
            return self.attempt(name, args);
        }
        super::functions::known(name).map_err(|f| f.at(call.name.span()))?;
        let mut values = args.iter().map(|e| self.eval(e)).collect::<Eval<Vec<_>>>()?;
        if call.expands
            && let Some(last) = values.pop()
        {
            match last {
                Val::List(items) | Val::Set(items) => values.extend(items.iter().cloned()),
                other => {
                    return Err(Fault::new(format!(
                        "only a list can be expanded with ..., not a {}",
                        other.type_name()
                    ))
                    .at(args.last().map(Expression::span)));
                }
            }
        }
        if values.iter().any(|v| matches!(v, Val::Runtime(_))) {
            return Err(Fault::new("a value that is known only when a dashboard runs cannot be an argument here")
                .code("runtime"));
        }
        let value = super::functions::call(name, &values, self.names).map_err(|fault| {
            let argument = fault.argument.and_then(|i| args.get(i)).map(Expression::span);
            fault.at(argument)
        })?;
        self.sized(value)
    }

    fn attempt(&mut self, name: &str, args: &[Expression]) -> Eval<Val> {
        for arg in args {
            let result = self.eval(arg);
            match (name, result) {
                // What ends the evaluation of a whole mod is not to be caught.
                (_, Err(fault)) if fault.code == "limit" => return Err(fault),
                ("can", result) => return Ok(Val::Bool(result.is_ok())),
                (_, Ok(value)) => return Ok(value),
                _ => {}
            }
        }
        Err(Fault::new("no expression of try() succeeded"))
    }

    fn local(&self, name: &str) -> Option<Val> {
        self.locals.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.clone())
    }

    fn traversal(&mut self, traversal: &Traversal, whole: &Expression) -> Eval<Val> {
        let mut operators = traversal.operators.as_slice();
        let value = match &traversal.root.kind {
            Kind::Variable(name) => match self.local(name) {
                Some(value) => value,
                None => {
                    // The longest run of plain attribute names is the reference.
                    let names = operators.iter().map_while(|operator| match &operator.step {
                        Step::Attribute(name) => Some(&**name),
                        Step::Index(index) => index.as_str(),
                        _ => None,
                    });
                    let parts: Vec<&str> = std::iter::once(&**name).chain(names).collect();
                    let (value, used) = self.names.resolve(&parts).map_err(|f| f.at(whole.span()))?;
                    if matches!(value, Val::Runtime(_)) {
                        let text = self.file.text.get(whole.span()).unwrap_or_default();
                        return Ok(Val::Runtime(Arc::from(text)));
                    }
                    operators = operators.get(used - 1..).unwrap_or_default();
                    value
                }
            },
            _ => self.eval(&traversal.root)?,
        };
        self.follow(value, operators)
    }

    /// Goes on from a value by attributes, indices and splats.
    fn follow(&mut self, mut value: Val, mut operators: &[Operator]) -> Eval<Val> {
        while let Some((operator, rest)) = operators.split_first() {
            // `[*]` acts on all that follows, `.*` on the attribute names that follow.
            let reach = match operator.step {
                Step::FullSplat => rest.len(),
                Step::AttributeSplat => rest.iter().take_while(|o| matches!(o.step, Step::Attribute(_))).count(),
                _ => {
                    value = self.step(&value, operator)?;
                    operators = rest;
                    continue;
                }
            };
            let items = match value {
                Val::List(items) | Val::Set(items) => items.to_vec(),
                Val::Null => Vec::new(),
                other => vec![other],
            };
            let (each, after) = rest.split_at(reach);
            self.names.budget().enter()?;
            let mapped = items.into_iter().map(|item| self.follow(item, each)).collect::<Eval<Vec<_>>>();
            self.names.budget().leave();
            let mapped = mapped?;
            value = self.sized(Val::List(Arc::new(mapped)))?;
            operators = after;
        }
        Ok(value)
    }

    fn step(&mut self, value: &Val, operator: &Operator) -> Eval<Val> {
        let index = match &operator.step {
            Step::Attribute(name) => Val::str(name),
            Step::Index(e) => self.eval(e)?,
            #[expect(clippy::cast_precision_loss, reason = "an index is small")]
            Step::LegacyIndex(n) => Val::Num(*n as f64),
            Step::AttributeSplat | Step::FullSplat => return Err(Fault::new("a splat is not expected here")),
        };
        self.part(value, &index).map_err(|f| f.at(operator.place.range()))
    }

    /// Returns a part of a value: an element of a list, an attribute of an object or a resource.
    fn part(&self, value: &Val, index: &Val) -> Eval<Val> {
        match (value, index) {
            (Val::Map(map), key) => {
                let key = key.to_text().ok_or_else(|| Fault::new("a string is required"))?;
                map.get(&*key).cloned().ok_or_else(|| {
                    let fault = Fault::new(format!("the object has no attribute \"{key}\""));
                    fault.suggest(nearest(&key, map.keys().map(String::as_str)), "")
                })
            }
            (Val::List(items), key) => {
                let i = key
                    .to_number()
                    .and_then(whole)
                    .ok_or_else(|| Fault::new("a list's index must be a whole number"))?;
                usize::try_from(i).ok().and_then(|i| items.get(i).cloned()).ok_or_else(|| {
                    Fault::new(format!("the list has {} elements; there is no element {i}", items.len()))
                })
            }
            (Val::Resource(resource), Val::Str(name)) => self.names.attribute(resource, name),
            (Val::Connection(c), Val::Str(name)) => match &**name {
                "name" | "short_name" => Ok(Val::str(&c.1)),
                "type" => Ok(Val::str(&c.0)),
                other => Err(Fault::new(format!("a connection has no attribute \"{other}\" here"))),
            },
            (Val::Null, _) => Err(Fault::new("the value is null: it has no attributes")),
            (Val::Set(_), _) => {
                Err(Fault::new("a set has no order, and no element of it has an index").help("write tolist(...)[...]"))
            }
            (other, _) => Err(Fault::new(format!("a {} has no attributes", other.type_name()))),
        }
    }

    fn for_expr(&mut self, f: &For) -> Eval<Val> {
        let collection = self.eval(&f.collection)?;
        let entries: Vec<(Val, Val)> =
            pairs(&collection).ok_or_else(|| Fault::new("for needs a list or an object").at(f.collection.span()))?;
        let mut list = Vec::new();
        let mut map: BTreeMap<String, Val> = BTreeMap::new();
        for (key, value) in entries {
            let depth = self.locals.len();
            self.names.budget().spend(16)?;
            if let Some(name) = &f.key_name {
                self.locals.push((name.to_string(), key));
            }
            self.locals.push((f.value_name.to_string(), value));
            let result = (|| -> Eval<()> {
                if let Some(condition) = &f.condition
                    && !self
                        .eval(condition)?
                        .to_bool()
                        .ok_or_else(|| Fault::new("the condition must be a bool").at(condition.span()))?
                {
                    return Ok(());
                }
                let item = self.eval(&f.value)?;
                match &f.key {
                    None => list.push(item),
                    Some(key) => {
                        let key = self
                            .eval(key)?
                            .to_text()
                            .ok_or_else(|| Fault::new("an object's key must be a string"))?
                            .to_string();
                        if f.groups {
                            let group = map.entry(key).or_insert_with(|| Val::List(Arc::default()));
                            if let Val::List(items) = group {
                                Arc::make_mut(items).push(item);
                            }
                        } else if map.insert(key.clone(), item).is_some() {
                            return Err(Fault::new(format!(
                                "two items have the key \"{key}\"; write ... to group them"
                            )));
                        }
                    }
                }
                Ok(())
            })();
            self.locals.truncate(depth);
            result?;
        }
        Ok(if f.key.is_some() { Val::Map(Arc::new(map)) } else { Val::List(Arc::new(list)) })
    }

    /// Runs something with loop variables set.
    pub fn with_locals<T>(&mut self, variables: Vec<(String, Val)>, f: impl FnOnce(&mut Self) -> Eval<T>) -> Eval<T> {
        let depth = self.locals.len();
        self.locals.extend(variables);
        let result = f(self);
        self.locals.truncate(depth);
        result
    }
}

/// Returns keys and values of a collection.
pub(super) fn pairs(collection: &Val) -> Option<Vec<(Val, Val)>> {
    match collection {
        #[expect(clippy::cast_precision_loss, reason = "an index is small")]
        Val::List(items) => Some(items.iter().enumerate().map(|(i, v)| (Val::Num(i as f64), v.clone())).collect()),
        // An element of a set is its own key.
        Val::Set(items) => Some(items.iter().map(|v| (v.clone(), v.clone())).collect()),
        Val::Map(map) => Some(map.iter().map(|(k, v)| (Val::str(k), v.clone())).collect()),
        _ => None,
    }
}

fn binary(op: BinaryOperator, a: &Val, b: &Val) -> Eval<Val> {
    let numbers = || match (a.to_number(), b.to_number()) {
        (Some(x), Some(y)) => Ok((x, y)),
        _ => Err(Fault::new(format!("numbers are required, not {} and {}", a.type_name(), b.type_name()))),
    };
    let booleans = || match (a.to_bool(), b.to_bool()) {
        (Some(x), Some(y)) => Ok((x, y)),
        _ => Err(Fault::new(format!("bools are required, not {} and {}", a.type_name(), b.type_name()))),
    };
    Ok(match op {
        BinaryOperator::Eq => Val::Bool(a == b),
        BinaryOperator::NotEq => Val::Bool(a != b),
        BinaryOperator::And => booleans().map(|(x, y)| Val::Bool(x && y))?,
        BinaryOperator::Or => booleans().map(|(x, y)| Val::Bool(x || y))?,
        BinaryOperator::Less => numbers().map(|(x, y)| Val::Bool(x < y))?,
        BinaryOperator::LessEq => numbers().map(|(x, y)| Val::Bool(x <= y))?,
        BinaryOperator::Greater => numbers().map(|(x, y)| Val::Bool(x > y))?,
        BinaryOperator::GreaterEq => numbers().map(|(x, y)| Val::Bool(x >= y))?,
        _ => numbers().and_then(|(x, y)| arithmetic(op, x, y)).map(Val::Num)?,
    })
}

/// Calculates. A whole number that cannot be kept exactly is refused, as one that is written is.
fn arithmetic(op: BinaryOperator, x: f64, y: f64) -> Eval<f64> {
    if y == 0.0 && matches!(op, BinaryOperator::Div | BinaryOperator::Mod) {
        return Err(Fault::new("division by zero"));
    }
    let both_whole = whole(x).zip(whole(y)).map(|(x, y)| (i128::from(x), i128::from(y)));
    let (result, exact) = match op {
        BinaryOperator::Plus => (x + y, both_whole.map(|(x, y)| x + y)),
        BinaryOperator::Minus => (x - y, both_whole.map(|(x, y)| x - y)),
        BinaryOperator::Mul => (x * y, both_whole.map(|(x, y)| x * y)),
        BinaryOperator::Mod if both_whole.is_none() => (x - decimal(x / y).trunc() * y, None),
        BinaryOperator::Mod => (x % y, None),
        _ => (x / y, None),
    };
    // Below 2^53 every whole number is exact.
    if result.abs() >= 9_007_199_254_740_992.0 && exact.is_some_and(|n| n.to_string() != number_text(result)) {
        return Err(Fault::new("the result has too many digits to be kept exactly"));
    }
    Ok(decimal(result))
}
