//! `--tag` and `--where`: which controls of a benchmark run.

use super::params;
use crate::model::resource::{Args, Control, Database, Identity, Mod, QuerySource};
use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use std::collections::BTreeMap;

/// A filter on controls.
#[derive(Debug, Default)]
pub struct Filter {
    equal: BTreeMap<String, Vec<String>>,
    unequal: Vec<(String, String)>,
    condition: Option<Expr>,
}

/// Fields of a control that `--where` knows.
const FIELDS: [&str; 17] = [
    "name",
    "resource_name",
    "qualified_name",
    "mod",
    "title",
    "description",
    "documentation",
    "tags",
    "severity",
    "database",
    "sql",
    "query",
    "args",
    "params",
    "width",
    "type",
    "display",
];

impl Filter {
    /// Reads the flags.
    ///
    /// # Errors
    ///
    /// A tag without `=`, or a condition that cannot be read or names an unknown field.
    pub fn parse(tags: &[String], condition: Option<&str>) -> Result<Self, String> {
        let mut filter = Self::default();
        for tag in tags {
            if let Some((key, value)) = tag.split_once("!=") {
                filter.unequal.push((key.to_owned(), value.to_owned()));
            } else if let Some((key, value)) = tag.split_once('=') {
                filter.equal.entry(key.to_owned()).or_default().push(value.to_owned());
            } else {
                return Err(format!("--tag {tag}: write key=value or key!=value"));
            }
        }
        if let Some(text) = condition {
            let parsed = Parser::new(&PostgreSqlDialect {}).try_with_sql(text).and_then(|mut p| {
                let expr = p.parse_expr()?;
                p.expect_token(&sqlparser::tokenizer::Token::EOF)?;
                Ok(expr)
            });
            let expr = parsed.map_err(|e| format!("--where: {e}"))?;
            check(&expr)?;
            filter.condition = Some(expr);
        }
        Ok(filter)
    }

    /// Whether there is anything to filter.
    pub fn is_empty(&self) -> bool {
        self.equal.is_empty() && self.unequal.is_empty() && self.condition.is_none()
    }

    /// Whether a control passes.
    pub fn accepts(&self, module: &Mod, control: &Control) -> bool {
        let tag = |key: &str| control.meta.tags.get(key);
        self.equal.iter().all(|(k, values)| tag(k).is_some_and(|t| values.contains(t)))
            && self.unequal.iter().all(|(k, v)| tag(k) != Some(v))
            && self.condition.as_ref().is_none_or(|e| truth(e, module, control))
    }
}

fn field_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(ident) => Some(ident.value.to_lowercase()),
        Expr::Nested(inner) => field_name(inner),
        _ => None,
    }
}

/// Refuses what the evaluation does not know, before anything runs.
fn check(expr: &Expr) -> Result<(), String> {
    let operand = |e: &Expr| -> Result<(), String> {
        match e {
            Expr::Value(_) => Ok(()),
            Expr::BinaryOp { left, op: BinaryOperator::Arrow | BinaryOperator::LongArrow, right }
                if matches!(**right, Expr::Value(_)) && field_name(left).as_deref() == Some("tags") =>
            {
                Ok(())
            }
            other => match field_name(other) {
                Some(name) if FIELDS.contains(&name.as_str()) => Ok(()),
                Some(name) => {
                    let hint = crate::model::diagnostic::nearest(&name, FIELDS)
                        .map(|n| format!("; did you mean {n}?"))
                        .unwrap_or_default();
                    Err(format!("--where: controls have no field \"{name}\"{hint}"))
                }
                None => Err(format!("--where: `{other}` is not supported")),
            },
        }
    };
    match expr {
        Expr::Nested(inner) | Expr::UnaryOp { op: UnaryOperator::Not, expr: inner } => check(inner),
        Expr::BinaryOp { left, op: BinaryOperator::And | BinaryOperator::Or, right } => {
            check(left).and_then(|()| check(right))
        }
        Expr::BinaryOp { left, op, right } => match op {
            BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq
            | BinaryOperator::PGLikeMatch
            | BinaryOperator::PGNotLikeMatch
            | BinaryOperator::PGILikeMatch
            | BinaryOperator::PGNotILikeMatch => operand(left).and_then(|()| operand(right)),
            other => Err(format!("--where: the operator {other} is not supported")),
        },
        Expr::Like { expr, pattern, .. } | Expr::ILike { expr, pattern, .. } => {
            operand(expr).and_then(|()| operand(pattern))
        }
        Expr::InList { expr, list, .. } => list.iter().chain([&**expr]).try_for_each(operand),
        Expr::IsNull(inner) | Expr::IsNotNull(inner) => operand(inner),
        other => Err(format!("--where: `{other}` is not a condition")),
    }
}

/// Whether a condition holds. What a control does not have is compared as empty text, so that `severity != 'high'` keeps
/// the controls without a severity, as `--tag key!=value` does.
fn truth(expr: &Expr, module: &Mod, control: &Control) -> bool {
    let value = |e: &Expr| operand(e, module, control);
    let inner = |e: &Expr| truth(e, module, control);
    // A field that is known by several names is like a pattern when one of them is.
    let like = |a: &Expr, b: &Expr, fold: bool| -> bool {
        let matches = if fold { crate::sql::value::like::ilike } else { crate::sql::value::like::like };
        let (a, patterns) = (value(a), value(b));
        let patterns = patterns.or_empty();
        a.or_empty().iter().any(|a| patterns.iter().any(|b| matches(a, b, Some('\\')).unwrap_or(false)))
    };
    match expr {
        Expr::Nested(nested) => inner(nested),
        Expr::UnaryOp { expr: negated, .. } => !inner(negated),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => inner(left) && inner(right),
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => inner(left) || inner(right),
        Expr::BinaryOp { left, op, right } => match op {
            BinaryOperator::PGLikeMatch => like(left, right, false),
            BinaryOperator::PGNotLikeMatch => !like(left, right, false),
            BinaryOperator::PGILikeMatch => like(left, right, true),
            BinaryOperator::PGNotILikeMatch => !like(left, right, true),
            BinaryOperator::NotEq => !value(left).equals(&value(right)),
            BinaryOperator::Eq => value(left).equals(&value(right)),
            _ => value(left).order(&value(right)).is_some_and(|order| match op {
                BinaryOperator::Lt => order.is_lt(),
                BinaryOperator::LtEq => order.is_le(),
                BinaryOperator::Gt => order.is_gt(),
                _ => order.is_ge(),
            }),
        },
        Expr::Like { negated, expr, pattern, .. } => like(expr, pattern, false) != *negated,
        Expr::ILike { negated, expr, pattern, .. } => like(expr, pattern, true) != *negated,
        Expr::InList { expr, list, negated } => {
            let wanted = value(expr);
            list.iter().any(|item| value(item).equals(&wanted)) != *negated
        }
        Expr::IsNull(operand) => value(operand).0.is_empty(),
        Expr::IsNotNull(operand) => !value(operand).0.is_empty(),
        _ => false,
    }
}

/// What an operand is: a text, several where a field is known by several names, none where the control has none.
struct Operand(Vec<String>);

impl Operand {
    fn or_empty(&self) -> Vec<&str> {
        if self.0.is_empty() { vec![""] } else { self.0.iter().map(String::as_str).collect() }
    }

    fn equals(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.or_empty(), other.or_empty());
        ours.iter().any(|a| theirs.contains(a))
    }

    /// Compares numbers as numbers, and everything else as text; nothing with a field that is not there.
    fn order(&self, other: &Self) -> Option<std::cmp::Ordering> {
        let (a, b) = (self.0.first()?, other.0.first()?);
        match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(a), Ok(b)) => a.partial_cmp(&b),
            _ => Some(a.cmp(b)),
        }
    }
}

impl From<Option<String>> for Operand {
    fn from(text: Option<String>) -> Self {
        Self(text.into_iter().collect())
    }
}

fn operand(expr: &Expr, module: &Mod, control: &Control) -> Operand {
    match expr {
        Expr::Value(v) => match &v.value {
            Value::SingleQuotedString(s) | Value::EscapedStringLiteral(s) => Some(s.clone()).into(),
            Value::Number(n, _) => Some(n.clone()).into(),
            Value::Boolean(b) => Some(b.to_string()).into(),
            _ => None.into(),
        },
        Expr::Nested(inner) => operand(inner, module, control),
        Expr::BinaryOp { right, .. } => {
            let key = operand(right, module, control);
            key.0.first().and_then(|key| control.meta.tags.get(key).cloned()).into()
        }
        other => field_name(other).map_or(Operand(Vec::new()), |name| field(&name, module, control)),
    }
}

fn field(name: &str, module: &Mod, control: &Control) -> Operand {
    let meta = &control.meta;
    let names = |id: &Identity| {
        let own = (id.mod_name == module.name).then(|| [id.name.clone(), id.unqualified_name()]);
        Operand(own.into_iter().flatten().chain([id.full_name()]).collect())
    };
    match name {
        "name" => names(&control.id),
        "qualified_name" => Some(control.id.full_name()).into(),
        "resource_name" => Some(control.id.name.clone()).into(),
        "mod" => Some(control.id.mod_name.clone()).into(),
        "title" => meta.title.clone().into(),
        "description" => meta.description.clone().into(),
        "documentation" => meta.documentation.read().ok().flatten().into(),
        "tags" => serde_json::to_string(&meta.tags).ok().filter(|_| !meta.tags.is_empty()).into(),
        "severity" => control.severity.clone().into(),
        "database" => control
            .database
            .database
            .as_ref()
            .map(|d| match d {
                Database::Connection { kind, name } => format!("connection.{kind}.{name}"),
                Database::ConnectionString(text) => text.clone(),
            })
            .into(),
        "width" => control.width.map(|w| w.to_string()).into(),
        "type" => control.display_type.clone().into(),
        "display" => control.display.clone().into(),
        "args" => match &control.args {
            Args::None => None,
            Args::Named(named) => {
                let members = named.iter().map(|(k, v)| (k.clone(), params::to_json(v)));
                Some(serde_json::Value::Object(members.collect()).to_string())
            }
            Args::Positional(values) => {
                Some(values.iter().map(params::to_json).collect::<serde_json::Value>().to_string())
            }
        }
        .into(),
        "params" => {
            let names: Vec<&str> = control.params.iter().map(|p| p.name.as_str()).collect();
            Some(names.join(",")).filter(|names| !names.is_empty()).into()
        }
        "query" => match &control.source {
            QuerySource::Query(q) => names(&q.id),
            QuerySource::Sql(_) => None.into(),
        },
        "sql" => Some(match &control.source {
            QuerySource::Query(q) => q.sql.text.clone(),
            QuerySource::Sql(sql) => sql.text.clone(),
        })
        .into(),
        _ => None.into(),
    }
}
