//! The names of output columns without an alias.

use sqlparser::ast::{
    AccessExpr, BinaryOperator, Expr, FunctionArguments, Ident, ObjectName, Query, SelectItem, SetExpr,
};

/// Returns an identifier as PostgreSQL reads it: folded to lower case unless quoted.
pub(super) fn fold(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_ascii_lowercase() }
}

/// Returns the last part of a name: the table of `schema.table`, the function of `pg_catalog.lower`.
pub(super) fn last_part(name: &ObjectName) -> String {
    name.0.last().and_then(|p| p.as_ident()).map(fold).unwrap_or_default()
}

/// Returns the name of an output column.
pub(super) fn output_name(expr: &Expr) -> String {
    name_of(expr).map_or_else(|| "?column?".to_owned(), |(name, _)| name)
}

/// Returns a name and whether it is a strong one: a column or function, which a cast around it keeps.
fn name_of(expr: &Expr) -> Option<(String, bool)> {
    let strong = |name: &str| Some((name.to_owned(), true));
    match expr {
        Expr::Identifier(ident) => Some((fold(ident), true)),
        Expr::CompoundIdentifier(parts) => parts.last().map(|p| (fold(p), true)),
        Expr::CompoundFieldAccess { root, access_chain } => access_chain
            .iter()
            .rev()
            .find_map(|a| match a {
                AccessExpr::Dot(field) => name_of(field),
                AccessExpr::Subscript(_) => None,
            })
            .or_else(|| name_of(root)),
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => name_of(inner),
        Expr::Function(function) => match (&function.args, last_part(&function.name)) {
            (FunctionArguments::Subquery(_), name) if name == "array" => strong("array"),
            (_, name) => Some((name, true)),
        },
        Expr::Cast { expr, data_type, .. } => match name_of(expr) {
            Some((name, true)) => Some((name, true)),
            _ => super::cast::pg_type(data_type)
                .ok()
                .map(|t| (t.internal_name().trim_start_matches('_').to_owned(), false)),
        },
        Expr::TypedString(typed) => super::cast::pg_type(&typed.data_type).ok().map(|t| (t.internal_name(), false)),
        Expr::Interval(_) => Some(("interval".to_owned(), false)),
        Expr::Case { else_result, .. } => match else_result.as_deref().and_then(name_of) {
            Some((name, true)) => Some((name, true)),
            _ => Some(("case".to_owned(), false)),
        },
        Expr::BinaryOp { op: BinaryOperator::Overlaps, .. } => strong("overlaps"),
        Expr::Extract { .. } => strong("extract"),
        Expr::Ceil { .. } => strong("ceil"),
        Expr::Floor { .. } => strong("floor"),
        Expr::Position { .. } => strong("position"),
        Expr::Substring { shorthand, .. } => strong(if *shorthand { "substr" } else { "substring" }),
        Expr::Overlay { .. } => strong("overlay"),
        Expr::Trim { trim_where, .. } => strong(match trim_where {
            Some(sqlparser::ast::TrimWhereField::Leading) => "ltrim",
            Some(sqlparser::ast::TrimWhereField::Trailing) => "rtrim",
            _ => "btrim",
        }),
        Expr::AtTimeZone { .. } => strong("timezone"),
        Expr::Array(_) => strong("array"),
        Expr::Tuple(_) => strong("row"),
        Expr::Exists { .. } => strong("exists"),
        Expr::Subquery(query) => first_output(query),
        Expr::Value(v) if matches!(v.value, sqlparser::ast::Value::Boolean(_)) => Some(("bool".to_owned(), false)),
        _ => None,
    }
}

fn first_output(query: &Query) -> Option<(String, bool)> {
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    match select.projection.first()? {
        SelectItem::ExprWithAlias { alias, .. } => Some((fold(alias), true)),
        SelectItem::UnnamedExpr(expr) => name_of(expr),
        _ => None,
    }
}
