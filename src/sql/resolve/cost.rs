//! The order in which PostgreSQL tests the conditions of a row: the cheap ones first, and among equals as written.
//!
//! It shows where a condition fails for rows that another one leaves out: `jsonb_array_length(j) = 0 and name = 'x'`.
//! Costs are numbers of operators and functions, in halves.

use sqlparser::ast::{self, BinaryOperator, DataType, Expr, UnaryOperator};

/// What a subquery costs, which is more than any operator.
const QUERY: u32 = 10_000;

/// Splits a condition at its ANDs and returns the cost of each part, in the order of the text.
pub(super) fn of_parts(condition: &Expr) -> Vec<u32> {
    let mut costs = Vec::new();
    parts(condition, &mut costs);
    costs
}

fn parts(condition: &Expr, costs: &mut Vec<u32>) {
    match condition {
        Expr::Nested(inner) => parts(inner, costs),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            parts(left, costs);
            parts(right, costs);
        }
        Expr::Between { expr, negated: false, low, high } => {
            costs.extend([cost(expr) + cost(low) + 2, cost(expr) + cost(high) + 2]);
        }
        other => costs.push(cost(other)),
    }
}

fn all<'a>(parts: impl IntoIterator<Item = &'a Expr>) -> u32 {
    parts.into_iter().map(cost).fold(0, u32::saturating_add)
}

fn cost(expr: &Expr) -> u32 {
    match expr {
        Expr::Nested(e)
        | Expr::IsNull(e)
        | Expr::IsNotNull(e)
        | Expr::IsTrue(e)
        | Expr::IsNotTrue(e)
        | Expr::IsFalse(e)
        | Expr::IsNotFalse(e) => cost(e),
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => cost(expr),
        Expr::UnaryOp { expr, .. } => step(cost(expr), 2, expr),
        Expr::BinaryOp { left, op: BinaryOperator::And | BinaryOperator::Or, right } => {
            cost(left).saturating_add(cost(right))
        }
        Expr::BinaryOp { left, right, .. } if constant(left) && constant(right) => 0,
        Expr::BinaryOp { left, right, .. }
        | Expr::IsDistinctFrom(left, right)
        | Expr::IsNotDistinctFrom(left, right) => all([left.as_ref(), right]).saturating_add(2),
        Expr::Like { expr, pattern, .. } | Expr::ILike { expr, pattern, .. } => {
            all([expr.as_ref(), pattern]).saturating_add(2)
        }
        Expr::Between { expr, low, high, .. } => all([expr.as_ref(), expr, low, high]).saturating_add(4),
        Expr::InList { expr, list, .. } => {
            let each = if list.len() == 1 { 2 } else { u32::try_from(list.len()).unwrap_or(QUERY) };
            cost(expr).saturating_add(all(list)).saturating_add(each)
        }
        Expr::AnyOp { left, right, .. } | Expr::AllOp { left, right, .. } => match right.as_ref() {
            Expr::Array(array) => cost(left).saturating_add(u32::try_from(array.elem.len()).unwrap_or(QUERY)),
            Expr::Value(_) => cost(left).saturating_add(2),
            other => cost(left).saturating_add(cost(other)).saturating_add(10),
        },
        Expr::Cast { expr, data_type, .. } if is_function(data_type) => step(cost(expr), 2, expr),
        // An output and an input function.
        Expr::Cast { expr, .. } => step(cost(expr), 4, expr),
        Expr::Case { operand, conditions, else_result, .. } => {
            let branches = conditions.iter().flat_map(|c| [&c.condition, &c.result]);
            all(branches.chain(operand.as_deref()).chain(else_result.as_deref()))
        }
        Expr::Function(function) => {
            let args = match &function.args {
                ast::FunctionArguments::List(list) => list.args.iter().map(argument).fold(0, u32::saturating_add),
                ast::FunctionArguments::None => 0,
                ast::FunctionArguments::Subquery(_) => QUERY,
            };
            let name = function.name.to_string().to_lowercase();
            args.saturating_add(if matches!(name.as_str(), "coalesce" | "nullif") { 0 } else { 2 })
        }
        Expr::Exists { .. } | Expr::Subquery(_) | Expr::InSubquery { .. } => QUERY,
        Expr::Extract { expr, .. } => cost(expr).saturating_add(2),
        _ => 0,
    }
}

/// Nothing for a constant, which PostgreSQL computes once.
fn step(inner: u32, more: u32, of: &Expr) -> u32 {
    if constant(of) { 0 } else { inner.saturating_add(more) }
}

fn constant(expr: &Expr) -> bool {
    match expr {
        Expr::Value(_) | Expr::Interval(_) | Expr::TypedString { .. } => true,
        Expr::Nested(e) | Expr::Cast { expr: e, .. } | Expr::UnaryOp { expr: e, .. } => constant(e),
        Expr::BinaryOp { left, right, .. } => constant(left) && constant(right),
        _ => false,
    }
}

fn argument(argument: &ast::FunctionArg) -> u32 {
    match argument {
        ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(e))
        | ast::FunctionArg::Named { arg: ast::FunctionArgExpr::Expr(e), .. } => cost(e),
        _ => 0,
    }
}

/// Whether a cast to a type is one function; others go through a text.
fn is_function(ty: &DataType) -> bool {
    matches!(ty, DataType::Date | DataType::Boolean | DataType::Bool | DataType::Numeric(_))
}
