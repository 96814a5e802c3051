//! COLLATE: of two texts that meet in an operator or a call, both must not have been given different collations.
//!
//! All collations of the inventory sort alike; the rule is PostgreSQL's (manual, chapter 24.2).

use super::naming::last_part;
use super::{Fault, Resolver, Result};
use crate::model::pgtype::PgType;
use sqlparser::ast::{self, Expr, Spanned as _};

/// Whether values of a type have a collation.
pub(super) fn is_collatable(ty: &PgType) -> bool {
    match ty {
        PgType::Array(element) => is_collatable(element),
        PgType::Unknown => true,
        other => super::cast::is_text(other),
    }
}

fn mismatch(one: &str, other: &str) -> Fault {
    let message = format!("collation mismatch between explicit collations \"{one}\" and \"{other}\"");
    Fault::new("type", message)
}

/// The collation that an expression is given as a whole.
fn written(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Nested(inner) => written(inner),
        Expr::Collate { collation, .. } => Some(last_part(collation)),
        _ => None,
    }
}

/// Checks the rows of VALUES, whose columns are each one text.
pub(super) fn check_rows(rows: &[ast::Parens<Vec<Expr>>]) -> Result<()> {
    let columns = |row: &ast::Parens<Vec<Expr>>| row.content.iter().map(written).collect::<Vec<_>>();
    let Some((first, others)) = rows.split_first() else { return Ok(()) };
    others.iter().try_for_each(|row| check_columns(&columns(first), &columns(row)).map_err(|f| f.at(row.span())))
}

/// Checks the two sides of a set operation.
pub(super) fn check_sides(left: &ast::SetExpr, right: &ast::SetExpr) -> Result<()> {
    let (ast::SetExpr::Select(one), ast::SetExpr::Select(other)) = (left, right) else { return Ok(()) };
    let column = |item: &ast::SelectItem| match item {
        ast::SelectItem::UnnamedExpr(expr) | ast::SelectItem::ExprWithAlias { expr, .. } => Some(written(expr)),
        // How many columns a star has is not known here.
        _ => None,
    };
    let columns = |select: &ast::Select| select.projection.iter().map_while(column).collect::<Vec<_>>();
    check_columns(&columns(one), &columns(other)).map_err(|f| f.at(right.span()))
}

fn check_columns(one: &[Option<String>], other: &[Option<String>]) -> Result<()> {
    let mut pairs = one.iter().zip(other).filter_map(|(a, b)| a.as_ref().zip(b.as_ref()));
    pairs.find(|(a, b)| a != b).map_or(Ok(()), |(a, b)| Err(mismatch(a, b)))
}

impl Resolver<'_> {
    /// Notes the collation of a part of the expression around.
    pub(super) fn collated(&mut self, part: Option<String>) -> Result<()> {
        let (Some(part), Some(whole)) = (part, self.collations.last_mut()) else { return Ok(()) };
        match whole {
            Some(other) if *other != part => Err(mismatch(other, &part)),
            _ => {
                *whole = Some(part);
                Ok(())
            }
        }
    }

    /// Resolves something whose collations do not meet those of the expression around.
    pub(super) fn alone<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.collations.push(None);
        let result = f(self);
        self.collations.pop();
        result
    }
}
