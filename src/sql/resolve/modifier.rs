//! What types say beyond their names, `varchar(3)` and `numeric(5,2)`, where PostgreSQL compares that: between the two
//! parts of a recursive table.
//!
//! Only casts that are written in the two SELECT lists are looked at; a column that comes from elsewhere is not.

use super::naming::last_part;
use super::{Fault, Result};
use sqlparser::ast::{self, CharacterLength, DataType, ExactNumberInfo, Expr, TimezoneInfo};

/// Checks that the second part of a recursive table gives the columns of the first their lengths and precisions.
pub(super) fn check(name: &str, first: &ast::SetExpr, second: &ast::SetExpr) -> Result<()> {
    let (ast::SetExpr::Select(first), ast::SetExpr::Select(second)) = (first, second) else { return Ok(()) };
    for (i, (own, other)) in first.projection.iter().zip(&second.projection).enumerate() {
        let (Some(own), Some(other)) = (expression(own), expression(other)) else { return Ok(()) };
        let Some((ty, (modified, plain))) = cast_to(own).and_then(|ty| Some((ty, modified(ty)?))) else { continue };
        if loses(other, ty) {
            let place = i + 1;
            let message = format!(
                "recursive query \"{name}\" column {place} has type {modified} in non-recursive term but type {plain} overall"
            );
            return Err(
                Fault::new("type", message).help("cast the output of the non-recursive term to the correct type")
            );
        }
    }
    Ok(())
}

fn expression(item: &ast::SelectItem) -> Option<&Expr> {
    match item {
        ast::SelectItem::UnnamedExpr(expr) | ast::SelectItem::ExprWithAlias { expr, .. } => Some(expr),
        _ => None,
    }
}

fn cast_to(expr: &Expr) -> Option<&DataType> {
    match expr {
        Expr::Nested(inner) => cast_to(inner),
        Expr::Cast { data_type, .. } => Some(data_type),
        _ => None,
    }
}

/// Whether an expression is of a type with another modifier, or without one.
fn loses(expr: &Expr, ty: &DataType) -> bool {
    match expr {
        Expr::Nested(inner) => loses(inner, ty),
        Expr::Cast { data_type, .. } => data_type != ty,
        Expr::BinaryOp { .. } | Expr::Value(_) => true,
        // These give what they were given.
        Expr::Function(call) => {
            !matches!(last_part(&call.name).as_str(), "coalesce" | "nullif" | "greatest" | "least" | "min" | "max")
        }
        _ => false,
    }
}

/// The name of a type with its modifier, and without it; none for a type that has none.
fn modified(ty: &DataType) -> Option<(String, String)> {
    let length = |l: &CharacterLength| match l {
        CharacterLength::IntegerLength { length, .. } => Some(*length),
        CharacterLength::Max => None,
    };
    let pair = |modified: String, plain: &str| Some((modified, plain.to_owned()));
    match ty {
        DataType::Varchar(Some(l)) | DataType::CharVarying(Some(l)) | DataType::CharacterVarying(Some(l)) => {
            pair(format!("character varying({})", length(l)?), "character varying")
        }
        DataType::Char(l) | DataType::Character(l) => {
            let n = match l {
                Some(l) => length(l)?,
                None => 1,
            };
            pair(format!("character({n})"), "bpchar")
        }
        DataType::Numeric(info) | DataType::Decimal(info) | DataType::Dec(info) => match info {
            ExactNumberInfo::None => None,
            ExactNumberInfo::Precision(p) => pair(format!("numeric({p},0)"), "numeric"),
            ExactNumberInfo::PrecisionAndScale(p, s) => pair(format!("numeric({p},{s})"), "numeric"),
        },
        DataType::Timestamp(Some(n), zone) => {
            let with =
                if matches!(zone, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) { "without" } else { "with" };
            pair(format!("timestamp({n}) {with} time zone"), &format!("timestamp {with} time zone"))
        }
        _ => None,
    }
}
