//! LIKE, ILIKE and SIMILAR TO.

use super::cast::is_text;
use super::operator::{no_operator, strip};
use super::scope::Scope;
use super::{Resolver, Result};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Expr, Kind};
use sqlparser::ast::{self, BinaryOperator};

impl Resolver<'_> {
    pub(super) fn like(
        &mut self,
        function: &'static str,
        (negated, any): (bool, bool),
        inner: &ast::Expr,
        pattern: &ast::Expr,
        escape: Option<&ast::Expr>,
        scope: &Scope<'_>,
    ) -> Result<Expr> {
        if any {
            // NOT belongs to the operator: true when one element is not like it.
            let op = match (function == "pg_like", negated) {
                (true, false) => "~~",
                (true, true) => "!~~",
                (false, false) => "~~*",
                (false, true) => "!~~*",
            };
            return self.quantified(inner, &BinaryOperator::Custom(op.to_owned()), strip(pattern), false, scope);
        }
        let (text, pattern) = (self.expr(inner, scope)?, self.expr(pattern, scope)?);
        let (ta, tb) = (text.ty.clone(), pattern.ty.clone());
        if !(is_text(&ta) || ta == PgType::Unknown) || !(is_text(&tb) || tb == PgType::Unknown) {
            let op = match function {
                "pg_like" => "~~",
                "pg_ilike" => "~~*",
                _ => "SIMILAR TO",
            };
            return Err(no_operator(op, &ta, &tb));
        }
        let mut args = vec![self.coerce(padded(text), &PgType::Text)?, self.coerce(pattern, &PgType::Text)?];
        if let Some(escape) = escape {
            let escape = self.expr(escape, scope)?;
            args.push(self.coerce(escape, &PgType::Text)?);
        }
        let found =
            if function == "pg_like" { contains_or_like(args) } else { Expr::call(function, args, PgType::Bool) };
        Ok(if negated { found.negated() } else { found })
    }
}

/// A `character(n)` with its blanks, which patterns see.
pub(super) fn padded(expr: Expr) -> Expr {
    if expr.ty == PgType::Bpchar { Expr::new(expr.kind, PgType::Text) } else { expr }
}

/// A LIKE; one with a pattern `'%' || x || '%'` where `x` is a column becomes a search for `x` when `x` holds nothing
/// that LIKE reads specially, which spares compiling a pattern for each pair of rows.
pub(super) fn contains_or_like(args: Vec<Expr>) -> Expr {
    if let [text, pattern] = args.as_slice()
        && let Kind::Infix("||", head, tail) = &pattern.kind
        && is_percent(tail)
        && let Kind::Infix("||", first, needle) = &head.kind
        && is_percent(first)
        && matches!(needle.kind, Kind::Column(..))
    {
        return Expr::call("pg_like_contains", vec![text.clone(), (**needle).clone()], PgType::Bool);
    }
    Expr::call("pg_like", args, PgType::Bool)
}

fn is_percent(expr: &Expr) -> bool {
    matches!(&expr.kind, Kind::Text(t) if t == "%")
}
