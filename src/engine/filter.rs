//! `--tag` and `--where`: which controls of a benchmark run.

use crate::model::resource::{Control, Mod};
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
const FIELDS: [&str; 13] = [
    "name",
    "resource_name",
    "qualified_name",
    "mod",
    "title",
    "description",
    "documentation",
    "tags",
    "severity",
    "sql",
    "query",
    "width",
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
            && self.condition.as_ref().is_none_or(|e| truth(e, module, control) == Some(true))
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

fn truth(expr: &Expr, module: &Mod, control: &Control) -> Option<bool> {
    let value = |e: &Expr| operand(e, module, control);
    let like = |a: &Expr, b: &Expr, fold: bool| -> Option<bool> {
        let (a, b) = (value(a)?, value(b)?);
        let found = if fold {
            crate::sql::value::like::ilike(&a, &b, Some('\\'))
        } else {
            crate::sql::value::like::like(&a, &b, Some('\\'))
        };
        found.ok()
    };
    match expr {
        Expr::Nested(inner) => truth(inner, module, control),
        Expr::UnaryOp { expr: inner, .. } => truth(inner, module, control).map(|b| !b),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            match (truth(left, module, control), truth(right, module, control)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            }
        }
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => {
            match (truth(left, module, control), truth(right, module, control)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            }
        }
        Expr::BinaryOp { left, op, right } => match op {
            BinaryOperator::PGLikeMatch => like(left, right, false),
            BinaryOperator::PGNotLikeMatch => like(left, right, false).map(|b| !b),
            BinaryOperator::PGILikeMatch => like(left, right, true),
            BinaryOperator::PGNotILikeMatch => like(left, right, true).map(|b| !b),
            _ => {
                let (a, b) = (value(left)?, value(right)?);
                Some(match op {
                    BinaryOperator::Eq => a == b,
                    BinaryOperator::NotEq => a != b,
                    BinaryOperator::Lt => a < b,
                    BinaryOperator::LtEq => a <= b,
                    BinaryOperator::Gt => a > b,
                    _ => a >= b,
                })
            }
        },
        Expr::Like { negated, expr, pattern, .. } => like(expr, pattern, false).map(|b| b != *negated),
        Expr::ILike { negated, expr, pattern, .. } => like(expr, pattern, true).map(|b| b != *negated),
        Expr::InList { expr, list, negated } => {
            let x = value(expr)?;
            Some(list.iter().any(|i| value(i).as_ref() == Some(&x)) != *negated)
        }
        Expr::IsNull(inner) => Some(value(inner).is_none()),
        Expr::IsNotNull(inner) => Some(value(inner).is_some()),
        _ => None,
    }
}

fn operand(expr: &Expr, module: &Mod, control: &Control) -> Option<String> {
    match expr {
        Expr::Value(v) => match &v.value {
            Value::SingleQuotedString(s) | Value::EscapedStringLiteral(s) => Some(s.clone()),
            Value::Number(n, _) => Some(n.clone()),
            Value::Boolean(b) => Some(b.to_string()),
            _ => None,
        },
        Expr::Nested(inner) => operand(inner, module, control),
        Expr::BinaryOp { right, .. } => control.meta.tags.get(&operand(right, module, control)?).cloned(),
        other => {
            let meta = &control.meta;
            match field_name(other)?.as_str() {
                "name" if control.id.mod_name == module.name => Some(control.id.name.clone()),
                "name" | "qualified_name" => Some(control.id.full_name()),
                "resource_name" => Some(control.id.name.clone()),
                "mod" => Some(control.id.mod_name.clone()),
                "title" => meta.title.clone(),
                "description" => meta.description.clone(),
                "documentation" => meta.documentation.read().ok().flatten(),
                "tags" => serde_json::to_string(&meta.tags).ok(),
                "severity" => control.severity.clone(),
                "width" => control.width.map(|w| w.to_string()),
                "display" => control.display.clone(),
                "query" => match &control.source {
                    crate::model::resource::QuerySource::Query(q) => Some(q.id.full_name()),
                    crate::model::resource::QuerySource::Sql(_) => None,
                },
                "sql" => Some(match &control.source {
                    crate::model::resource::QuerySource::Query(q) => q.sql.text.clone(),
                    crate::model::resource::QuerySource::Sql(sql) => sql.text.clone(),
                }),
                _ => None,
            }
        }
    }
}
