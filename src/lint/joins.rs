//! Joins by text containment: `a.arn like '%' || b.name || '%'`.
//!
//! Such a join finds every row whose text happens to hold another one's, `web-2` for `web`.

use crate::sql::parse;
use sqlparser::ast::{BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Query, Spanned as _};
use sqlparser::ast::{Value, visit_expressions};
use std::collections::BTreeSet;
use std::ops::{ControlFlow, Range};

/// Returns where rows of two tables are compared by containment: place, containing table, contained table.
pub fn find(text: &str, query: &Query) -> Vec<(Option<Range<usize>>, String, String)> {
    let mut out = Vec::new();
    let _: ControlFlow<()> = visit_expressions(query, |expr| {
        if let Some((whole, part)) = containment(expr) {
            let (whole, part) = (tables(whole), tables(part));
            if let (Some(a), Some(b)) = (whole.first(), part.first())
                && whole.is_disjoint(&part)
            {
                out.push((parse::range(text, expr.span()), a.clone(), b.clone()));
            }
        }
        ControlFlow::Continue(())
    });
    out
}

/// Returns the containing and the contained side.
fn containment(expr: &Expr) -> Option<(&Expr, &Expr)> {
    match expr {
        Expr::Like { negated: false, any: false, expr, pattern, .. }
        | Expr::ILike { negated: false, any: false, expr, pattern, .. } => {
            let mut literals = Vec::new();
            pieces(pattern, &mut literals);
            let open = |p: Option<&&Expr>| p.and_then(|e| literal(e)).is_some_and(|t| t.contains('%'));
            (literals.len() > 2 && open(literals.first()) && open(literals.last())).then_some((&**expr, &**pattern))
        }
        Expr::Position { expr, r#in } => Some((&**r#in, &**expr)),
        Expr::BinaryOp { left, op: BinaryOperator::PGRegexMatch | BinaryOperator::PGRegexIMatch, right } => {
            Some((&**left, &**right))
        }
        Expr::Function(call) if call.name.to_string().eq_ignore_ascii_case("strpos") => {
            let FunctionArguments::List(list) = &call.args else { return None };
            match list.args.as_slice() {
                [
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(whole)),
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(part)),
                ] => Some((whole, part)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Splits `a || b || c` and `concat(a, b, c)`.
fn pieces<'e>(expr: &'e Expr, out: &mut Vec<&'e Expr>) {
    match expr {
        Expr::Nested(inner) => pieces(inner, out),
        Expr::BinaryOp { left, op: BinaryOperator::StringConcat, right } => {
            pieces(left, out);
            pieces(right, out);
        }
        Expr::Function(call) if call.name.to_string().eq_ignore_ascii_case("concat") => {
            if let FunctionArguments::List(list) = &call.args {
                for arg in &list.args {
                    if let FunctionArg::Unnamed(FunctionArgExpr::Expr(e)) = arg {
                        pieces(e, out);
                    }
                }
            }
        }
        other => out.push(other),
    }
}

fn literal(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(v) => match &v.value {
            Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the tables whose columns an expression names with a qualifier.
fn tables(expr: &Expr) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let _: ControlFlow<()> = visit_expressions(expr, |e| {
        if let Expr::CompoundIdentifier(parts) = e
            && let [.., table, _] = parts.as_slice()
        {
            out.insert(table.value.to_lowercase());
        }
        ControlFlow::Continue(())
    });
    out
}
