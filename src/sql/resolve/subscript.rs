//! Subscripts and fields: `array[1]`, `document['key']`, `row.column`.

use super::naming::fold;
use super::scope::Scope;
use super::{Fault, Resolver, Result};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Expr, Kind};
use sqlparser::ast::{self, Spanned as _};

impl Resolver<'_> {
    pub(super) fn access(&mut self, root: &ast::Expr, chain: &[ast::AccessExpr], scope: &Scope<'_>) -> Result<Expr> {
        let is_value = matches!(
            root,
            ast::Expr::Identifier(_) | ast::Expr::CompoundIdentifier(_) | ast::Expr::Nested(_) | ast::Expr::Subquery(_)
        );
        let is_parameter = matches!(root, ast::Expr::Value(v) if matches!(v.value, ast::Value::Placeholder(_)));
        if !is_value && !is_parameter && chain.iter().any(|a| matches!(a, ast::AccessExpr::Subscript(_))) {
            return Err(Fault::new("syntax", "syntax error at or near \"[\"")
                .at(root.span())
                .help("put the value before the subscript in parentheses"));
        }
        // `alias.column['key']` arrives as the alias with a chain of accesses.
        let mut chain = chain;
        let mut value = match (root, chain.first()) {
            (ast::Expr::Identifier(alias), Some(ast::AccessExpr::Dot(ast::Expr::Identifier(column))))
                if super::scope::find_item(&fold(alias), scope).is_some() =>
            {
                chain = chain.get(1..).unwrap_or_default();
                self.qualified(&fold(alias), &fold(column), scope)?
            }
            _ => self.expr(root, scope)?,
        };
        let mut rest = chain;
        while let Some((access, after)) = rest.split_first() {
            rest = after;
            value = match access {
                ast::AccessExpr::Dot(ast::Expr::Identifier(field)) => match value.kind {
                    Kind::Row(columns, _) => {
                        let name = fold(field);
                        columns.into_iter().find(|(n, _)| *n == name).map(|(_, e)| e).ok_or_else(|| {
                            Fault::new("unknown-column", format!("column \"{name}\" not found in row"))
                        })?
                    }
                    _ => return Err(Fault::unsupported("selecting a field of a value")),
                },
                ast::AccessExpr::Subscript(_) if matches!(value.ty, PgType::Array(_)) => {
                    let more = after.iter().take_while(|a| matches!(a, ast::AccessExpr::Subscript(_))).count();
                    let subscripts = chain.len() - after.len() - 1;
                    rest = after.get(more..).unwrap_or_default();
                    self.subscripts(value, chain.get(subscripts..=subscripts + more).unwrap_or_default(), scope)?
                }
                ast::AccessExpr::Subscript(ast::Subscript::Index { index }) => {
                    let index = self.expr(index, scope)?;
                    if value.ty != PgType::Jsonb {
                        let message =
                            format!("cannot subscript type {} because it does not support subscripting", value.ty);
                        return Err(Fault::new("type", message));
                    }
                    let key = if index.ty == PgType::Unknown { self.coerce(index, &PgType::Text)? } else { index };
                    Expr::call("pg_jget", vec![value, key], PgType::Jsonb)
                }
                _ => return Err(Fault::unsupported("this subscript")),
            };
        }
        Ok(value)
    }

    /// The subscripts of an array: one for each dimension, or NULL; with a slice among them all are slices.
    fn subscripts(&mut self, array: Expr, subscripts: &[ast::AccessExpr], scope: &Scope<'_>) -> Result<Expr> {
        let (mut dimensions, mut element) = (0, array.ty.clone());
        while let PgType::Array(inner) = element {
            dimensions += 1;
            element = *inner;
        }
        let mut slices = false;
        let mut bounds = Vec::new();
        for subscript in subscripts {
            let mut bound = |b: Option<&ast::Expr>, default: i64| match b {
                Some(b) => {
                    let b = self.expr(b, scope)?;
                    self.coerce_or_cast(b, &PgType::Int4)
                }
                None => Ok(Expr::int(default)),
            };
            match subscript {
                ast::AccessExpr::Subscript(ast::Subscript::Index { index }) => {
                    bounds.push((Expr::int(1), bound(Some(index), 0)?));
                }
                ast::AccessExpr::Subscript(ast::Subscript::Slice { lower_bound, upper_bound, stride: None }) => {
                    slices = true;
                    let lower = bound(lower_bound.as_ref(), 1)?;
                    bounds.push((lower, bound(upper_bound.as_ref(), i64::from(i32::MAX))?));
                }
                _ => return Err(Fault::unsupported("this subscript")),
            }
        }
        if slices {
            let ty = array.ty.clone();
            return match bounds.pop() {
                Some((from, to)) if dimensions == 1 && bounds.is_empty() => {
                    Ok(Expr::call("pg_arrslice", vec![array, from, to], ty))
                }
                _ => Err(Fault::unsupported("a slice of an array of several dimensions")),
            };
        }
        if bounds.len() != dimensions {
            return Ok(Expr::new(Kind::Null, element));
        }
        let mut value = array;
        for (_, index) in bounds {
            let ty = match &value.ty {
                PgType::Array(inner) => (**inner).clone(),
                other => other.clone(),
            };
            value = Expr::call("pg_arridx", vec![value, index], ty);
        }
        Ok(value)
    }
}
