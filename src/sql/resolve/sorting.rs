//! The keys of ORDER BY, GROUP BY and DISTINCT ON: numbers, names of output columns, expressions.

use super::clause::Clause;
use super::naming::fold;
use super::scope::Scope;
use super::{Fault, Resolver, Result};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Expr, Order};
use sqlparser::ast::{self, Spanned as _};

impl Resolver<'_> {
    /// A key of GROUP BY: a number, an input column, an output alias, or any expression.
    pub(super) fn group_key(&mut self, key: &ast::Expr, scope: &Scope<'_>, outputs: &[(String, Expr)]) -> Result<Expr> {
        if let Some(number) = constant(key) {
            return by_place(outputs, number, "GROUP BY").map_err(|f| f.at(key.span()));
        }
        if let ast::Expr::Identifier(ident) = key {
            let name = fold(ident);
            if let Some(input) = self.column_in(&name, scope).map_err(|f| f.at(key.span()))? {
                return Ok(input);
            }
            if let Some(output) = by_name(outputs, &name, "GROUP BY").map_err(|f| f.at(key.span()))? {
                return Ok(output);
            }
        }
        self.expr(key, scope)
    }

    /// A key of ORDER BY or DISTINCT ON: a number, an output column, or an expression over input columns.
    pub(super) fn sort_key(
        &mut self,
        key: &ast::Expr,
        scope: &Scope<'_>,
        columns: &[(String, PgType)],
        outputs: Option<&[(String, Expr)]>,
        clause: &str,
    ) -> Result<Expr> {
        let Some(outputs) = outputs else {
            if let Some(number) = constant(key) {
                let item = scope.items.first().map(|i| i.columns.as_slice()).unwrap_or_default();
                return by_place(item, number, clause).map_err(|f| f.at(key.span()));
            }
            return self.expr(key, scope);
        };
        if let Some(number) = constant(key) {
            return by_place(outputs, number, clause).map_err(|f| f.at(key.span()));
        }
        if let ast::Expr::Identifier(ident) = key {
            let name = fold(ident);
            if columns.iter().any(|(n, _)| *n == name)
                && let Some(output) = by_name(outputs, &name, clause).map_err(|f| f.at(key.span()))?
            {
                return Ok(output);
            }
        }
        self.expr(key, scope)
    }

    pub(super) fn order(
        &mut self,
        order: &[ast::OrderByExpr],
        scope: &Scope<'_>,
        columns: &[(String, PgType)],
        outputs: Option<&[(String, Expr)]>,
    ) -> Result<Vec<Order>> {
        order
            .iter()
            .map(|o| {
                let key = |r: &mut Self| r.sort_key(&o.expr, scope, columns, outputs, "ORDER BY");
                let expr = self.within(Clause::Order, key)?;
                if expr.ty == PgType::Json {
                    let message = format!("could not identify an ordering operator for type {}", expr.ty);
                    return Err(Fault::new("type", message).at(o.expr.span()));
                }
                let expr = if expr.ty == PgType::Unknown { self.coerce(expr, &PgType::Text)? } else { expr };
                let descending = match &o.options.sort {
                    None | Some(ast::OrderBySort::Asc) => false,
                    Some(ast::OrderBySort::Desc) => true,
                    Some(_) => return Err(Fault::unsupported("ORDER BY USING").at(o.expr.span())),
                };
                Ok(Order { expr, descending, nulls_first: o.options.nulls_first.unwrap_or(descending) })
            })
            .collect()
    }
}

/// Returns the constant that a key of ORDER BY or GROUP BY is, which has to be the number of a column.
pub(super) fn constant(key: &ast::Expr) -> Option<Option<i64>> {
    match key {
        ast::Expr::Value(v) => match &v.value {
            ast::Value::Number(digits, _) => Some(digits.parse().ok()),
            ast::Value::Placeholder(_) => None,
            _ => Some(None),
        },
        ast::Expr::Nested(inner) => constant(inner),
        ast::Expr::UnaryOp { op: ast::UnaryOperator::Minus, expr } => Some(constant(expr)?.map(|number| -number)),
        _ => None,
    }
}

fn by_place(outputs: &[(String, Expr)], number: Option<i64>, clause: &str) -> Result<Expr> {
    let Some(number) = number else {
        return Err(Fault::new("syntax", format!("non-integer constant in {clause}")));
    };
    usize::try_from(number)
        .ok()
        .and_then(|n| outputs.get(n.checked_sub(1)?))
        .map(|(_, e)| e.clone())
        .ok_or_else(|| Fault::new("syntax", format!("{clause} position {number} is not in select list")))
}

/// The output column of a name; two different ones of a name are an error.
pub(super) fn by_name(outputs: &[(String, Expr)], name: &str, clause: &str) -> Result<Option<Expr>> {
    let mut found = outputs.iter().filter(|(n, _)| n == name).map(|(_, e)| e);
    let Some(first) = found.next() else { return Ok(None) };
    if found.any(|other| other != first) {
        return Err(Fault::new("ambiguous-column", format!("{clause} \"{name}\" is ambiguous")));
    }
    Ok(Some(first.clone()))
}

/// Whether rows that DISTINCT ON takes for one stand together in an order.
pub(super) fn leads(order: &[Order], distinct_on: &[Expr]) -> bool {
    let missing = distinct_on.iter().any(|k| !order.iter().any(|o| o.expr == *k));
    let mut behind = false;
    for key in order {
        if !distinct_on.contains(&key.expr) {
            behind = true;
        } else if behind {
            return false;
        }
    }
    !(missing && behind)
}
