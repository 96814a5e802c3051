//! Evaluates expressions.

use super::value::Val;
use hcl_edit::Span as _;
use hcl_edit::expr::{BinaryOperator, Expression, ForExpr, ObjectKey, Traversal, TraversalOperator, UnaryOperator};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// How deep expressions and templates may nest.
const DEPTH: usize = 100;
/// The longest text that a template may make.
pub(super) const MAX_TEXT: usize = 32 << 20;

/// Why an expression has no value: message, place, hint.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub code: &'static str,
    pub message: String,
    pub range: Option<Range<usize>>,
    pub help: Vec<String>,
    /// Another fault, already reported, is the cause: say nothing more.
    pub silent: bool,
}

impl Fault {
    pub fn new(message: impl Into<String>) -> Self {
        Self { code: "expression", message: message.into(), range: None, help: Vec::new(), silent: false }
    }

    pub fn code(mut self, code: &'static str) -> Self {
        self.code = code;
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    pub fn at(mut self, range: Option<Range<usize>>) -> Self {
        self.range = self.range.or(range);
        self
    }
}

pub(super) type Eval<T> = Result<T, Fault>;

/// What names mean. The loader implements it.
pub(super) trait Names {
    /// Resolves a reference: its parts, and how many of them were used.
    fn resolve(&self, parts: &[String]) -> Eval<(Val, usize)>;
    /// Resolves an attribute of a resource.
    fn attribute(&self, resource: &(String, &'static str, String), name: &str) -> Eval<Val>;
    /// Reads a file of the mod.
    fn file(&self, path: &str) -> Result<String, String>;
    /// Whether a file of the mod exists.
    fn file_exists(&self, path: &str) -> bool;
    /// Returns an environment variable; empty when unset.
    fn env(&self, name: &str) -> String;
}

/// Evaluates in a scope of loop variables.
pub(super) struct Evaluator<'a> {
    pub names: &'a dyn Names,
    pub locals: Vec<(String, Val)>,
    pub depth: usize,
}

impl<'a> Evaluator<'a> {
    pub fn new(names: &'a dyn Names) -> Self {
        Self { names, locals: Vec::new(), depth: 0 }
    }

    pub fn eval(&mut self, expr: &Expression) -> Eval<Val> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Fault::new(format!("expressions nest deeper than {DEPTH} levels")).at(expr.span()));
        }
        let result = self.inner(expr).map_err(|f| f.at(expr.span()));
        self.depth -= 1;
        result
    }

    fn inner(&mut self, expr: &Expression) -> Eval<Val> {
        Ok(match expr {
            Expression::Null(_) => Val::Null,
            Expression::Bool(b) => Val::Bool(*b.value()),
            Expression::Number(n) => Val::Num(n.value().as_f64().unwrap_or(0.0)),
            Expression::String(s) => Val::str(s.value()),
            Expression::Array(items) => Val::List(Arc::new(items.iter().map(|e| self.eval(e)).collect::<Eval<_>>()?)),
            Expression::Object(object) => {
                let mut map = BTreeMap::new();
                for (key, value) in object {
                    let key = match key {
                        ObjectKey::Ident(ident) => ident.value().to_string(),
                        ObjectKey::Expression(e) => self
                            .eval(e)?
                            .to_text()
                            .ok_or_else(|| Fault::new("an object's key must be a string").at(e.span()))?
                            .to_string(),
                    };
                    map.insert(key, self.eval(value.expr())?);
                }
                Val::Map(Arc::new(map))
            }
            Expression::StringTemplate(template) => {
                let elements: Vec<_> = template.iter().collect();
                self.template_value(&elements)?
            }
            Expression::HeredocTemplate(heredoc) => {
                let elements: Vec<_> = heredoc.template.iter().collect();
                self.template(&elements).map(Val::str)?
            }
            Expression::Parenthesis(inner) => self.eval(inner.inner())?,
            Expression::Variable(ident) => {
                let name = ident.value().to_string();
                match self.local(&name) {
                    Some(value) => value,
                    None => self.names.resolve(&[name])?.0,
                }
            }
            Expression::Conditional(c) => {
                let condition = self
                    .eval(&c.cond_expr)?
                    .to_bool()
                    .ok_or_else(|| Fault::new("the condition must be a bool").at(c.cond_expr.span()))?;
                // HCL gives both branches one type; of a number and a string that is string.
                let (yes, no) = (self.eval(&c.true_expr)?, self.eval(&c.false_expr)?);
                let textual = matches!(
                    (&yes, &no),
                    (Val::Str(_), Val::Num(_) | Val::Bool(_)) | (Val::Num(_) | Val::Bool(_), Val::Str(_))
                );
                let chosen = if condition { yes } else { no };
                if textual { chosen.to_text().map_or(Val::Null, Val::Str) } else { chosen }
            }
            Expression::FuncCall(call) => {
                let name = call.name.name.value().to_string();
                if name == "try" || name == "can" {
                    return self.attempt(&name, &call.args.iter().collect::<Vec<_>>());
                }
                let mut args = call.args.iter().map(|e| self.eval(e)).collect::<Eval<Vec<_>>>()?;
                if call.args.expand_final()
                    && let Some(Val::List(last)) = args.pop()
                {
                    args.extend(last.iter().cloned());
                }
                super::functions::call(&name, args, self.names)?
            }
            Expression::Traversal(traversal) => self.traversal(traversal)?,
            Expression::UnaryOp(op) => {
                let value = self.eval(&op.expr)?;
                match op.operator.value() {
                    UnaryOperator::Neg => {
                        Val::Num(-value.to_number().ok_or_else(|| Fault::new("a number is required"))?)
                    }
                    UnaryOperator::Not => Val::Bool(!value.to_bool().ok_or_else(|| Fault::new("a bool is required"))?),
                }
            }
            Expression::BinaryOp(op) => {
                let (a, b) = (self.eval(&op.lhs_expr)?, self.eval(&op.rhs_expr)?);
                binary(*op.operator.value(), &a, &b)?
            }
            Expression::ForExpr(f) => self.for_expr(f)?,
        })
    }

    fn attempt(&mut self, name: &str, args: &[&Expression]) -> Eval<Val> {
        let depth = self.depth;
        for arg in args {
            let result = self.eval(arg);
            self.depth = depth;
            match (name, result) {
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

    fn traversal(&mut self, traversal: &Traversal) -> Eval<Val> {
        let mut operators = traversal.operators.as_slice();
        let mut value = match &traversal.expr {
            Expression::Variable(root) => {
                let name = root.value().to_string();
                match self.local(&name) {
                    Some(value) => value,
                    None => {
                        // The longest run of plain attribute names is the reference.
                        let mut parts = vec![name];
                        for operator in operators {
                            match operator.value() {
                                TraversalOperator::GetAttr(ident) => parts.push(ident.value().to_string()),
                                TraversalOperator::Index(Expression::String(s)) => parts.push(s.value().clone()),
                                _ => break,
                            }
                        }
                        let (value, used) = self.names.resolve(&parts)?;
                        operators = operators.get(used - 1..).unwrap_or_default();
                        value
                    }
                }
            }
            other => self.eval(other)?,
        };
        while let Some((operator, rest)) = operators.split_first() {
            operators = rest;
            if matches!(operator.value(), TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_)) {
                let items = match value {
                    Val::List(items) => items.to_vec(),
                    Val::Null => Vec::new(),
                    Val::Runtime(text) => return Ok(Val::Runtime(text)),
                    other => vec![other],
                };
                let mapped = items
                    .into_iter()
                    .map(|item| rest.iter().try_fold(item, |v, op| self.step(v, op.value())))
                    .collect::<Eval<Vec<_>>>()?;
                return Ok(Val::List(Arc::new(mapped)));
            }
            value = self.step(value, operator.value()).map_err(|f| f.at(operator.span()))?;
        }
        Ok(value)
    }

    fn step(&mut self, value: Val, operator: &TraversalOperator) -> Eval<Val> {
        let index = match operator {
            TraversalOperator::GetAttr(ident) => Val::str(ident.value().as_str()),
            TraversalOperator::Index(e) => self.eval(e)?,
            #[expect(clippy::cast_precision_loss, reason = "an index is small")]
            TraversalOperator::LegacyIndex(n) => Val::Num(*n.value() as f64),
            _ => return Err(Fault::new("a splat inside a splat is not supported")),
        };
        match (&value, &index) {
            (Val::Map(map), key) => {
                let key = key.to_text().ok_or_else(|| Fault::new("a string is required"))?;
                map.get(&*key).cloned().ok_or_else(|| {
                    let fault = Fault::new(format!("the object has no attribute \"{key}\""));
                    match crate::model::diagnostic::nearest(&key, map.keys().map(String::as_str)) {
                        Some(near) => fault.help(format!("did you mean \"{near}\"?")),
                        None => fault,
                    }
                })
            }
            (Val::List(items), key) => {
                let i = key
                    .to_number()
                    .and_then(super::value::whole)
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
            (Val::Runtime(text), _) => Ok(Val::Runtime(Arc::clone(text))),
            (other, _) => Err(Fault::new(format!("a {} has no attributes", other.type_name()))),
        }
    }

    fn for_expr(&mut self, f: &ForExpr) -> Eval<Val> {
        let collection = self.eval(&f.intro.collection_expr)?;
        let entries: Vec<(Val, Val)> = pairs(&collection)
            .ok_or_else(|| Fault::new("for needs a list or an object").at(f.intro.collection_expr.span()))?;
        let mut list = Vec::new();
        let mut map: BTreeMap<String, Val> = BTreeMap::new();
        for (key, value) in entries {
            let depth = self.locals.len();
            if let Some(name) = &f.intro.key_var {
                self.locals.push((name.value().to_string(), key));
            }
            self.locals.push((f.intro.value_var.value().to_string(), value));
            let result = (|| -> Eval<()> {
                if let Some(cond) = &f.cond
                    && !self
                        .eval(&cond.expr)?
                        .to_bool()
                        .ok_or_else(|| Fault::new("the condition must be a bool").at(cond.expr.span()))?
                {
                    return Ok(());
                }
                let item = self.eval(&f.value_expr)?;
                match &f.key_expr {
                    None => list.push(item),
                    Some(key) => {
                        let key = self
                            .eval(key)?
                            .to_text()
                            .ok_or_else(|| Fault::new("an object's key must be a string"))?
                            .to_string();
                        if f.grouping {
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
        Ok(if f.key_expr.is_some() { Val::Map(Arc::new(map)) } else { Val::List(Arc::new(list)) })
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
        BinaryOperator::Plus => numbers().map(|(x, y)| Val::Num(x + y))?,
        BinaryOperator::Minus => numbers().map(|(x, y)| Val::Num(x - y))?,
        BinaryOperator::Mul => numbers().map(|(x, y)| Val::Num(x * y))?,
        BinaryOperator::Div | BinaryOperator::Mod => {
            let (x, y) = numbers()?;
            if y == 0.0 {
                return Err(Fault::new("division by zero"));
            }
            Val::Num(if op == BinaryOperator::Div { x / y } else { x % y })
        }
    })
}
