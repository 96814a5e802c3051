//! FULL JOIN: PostgreSQL can do it by merging or hashing only, so its condition has to equate the two sides.
//!
//! `a.x = b.y AND ...` is one that does, `a.x < b.y` and `a.x = b.y OR ...` are not. A WHERE that leaves out the rows of
//! one side makes another join of it first; where there is a WHERE on its columns, nothing is said here.

use super::lateral::mentions;
use super::{Fault, Result};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Expr, From, Kind, Rel};
use crate::sql::walk;

/// Checks the conditions of the FULL JOINs in a FROM clause.
pub(super) fn check(from: &From, filter: Option<&Expr>) -> Result<()> {
    let From::Join { kind, left, right, on } = from else { return Ok(()) };
    match *kind {
        "FULL JOIN" => {
            let (mut before, mut behind) = (Vec::new(), Vec::new());
            rels(left, &mut before);
            rels(right, &mut behind);
            let is_filtered = filter.is_some_and(|f| before.iter().chain(&behind).any(|rel| mentions(f, *rel)));
            let sides = Sides { left: before, right: behind };
            if !is_filtered && on.as_ref().is_some_and(|on| !sides.can_join(on)) {
                let message = "FULL JOIN is only supported with merge-joinable or hash-joinable join conditions";
                return Err(Fault::new("syntax", message)
                    .help("equate columns of the two sides: FULL JOIN ... ON a.x = b.y AND ..."));
            }
            check(left, filter)?;
            check(right, filter)
        }
        // The rows of these sides stay, whatever the condition says.
        "LEFT JOIN" => check(left, filter),
        "RIGHT JOIN" => check(right, filter),
        "CROSS JOIN" => check(left, filter).and_then(|()| check(right, filter)),
        _ => Ok(()),
    }
}

fn rels(from: &From, out: &mut Vec<Rel>) {
    match from {
        From::Table(rel, _) | From::Cte(rel, _) | From::Query(rel, _) | From::Elements(rel, _) => out.push(*rel),
        From::Join { left, right, .. } => {
            rels(left, out);
            rels(right, out);
        }
    }
}

/// The relations of the two sides of a join.
struct Sides {
    left: Vec<Rel>,
    right: Vec<Rel>,
}

impl Sides {
    fn can_join(&self, on: &Expr) -> bool {
        let parts = match &on.kind {
            Kind::All(parts) => parts.as_slice(),
            _ => std::slice::from_ref(on),
        };
        parts.iter().all(is_constant) || parts.iter().any(|part| self.equates(part))
    }

    /// Whether a condition says that something of one side is something of the other.
    fn equates(&self, condition: &Expr) -> bool {
        match &condition.kind {
            Kind::All(parts) => parts.iter().any(|part| self.equates(part)),
            Kind::Any(parts) => {
                let mut rest = parts.iter().filter(|part| !matches!(part.kind, Kind::Int(0)));
                matches!((rest.next(), rest.next()), (Some(only), None) if self.equates(only))
            }
            Kind::Infix("=", a, b) if b.ty == PgType::Bool && b.kind == Kind::Int(1) => self.equates(a),
            Kind::Infix("=", a, b) => self.compares(a, b),
            Kind::Call("pg_jeq", operands) => matches!(operands.as_slice(), [a, b] if self.are_apart(a, b)),
            Kind::InList(a, items, false) => matches!(items.as_slice(), [b] if self.are_apart(a, b)),
            Kind::Prefix("NOT ", inner) => match &inner.kind {
                Kind::Infix("<>", a, b) => self.compares(a, b),
                Kind::Prefix("NOT ", inner) => self.equates(inner),
                _ => false,
            },
            _ => false,
        }
    }

    /// The operands of a comparison, which may be those of a function whose result is compared with 0.
    fn compares(&self, a: &Expr, b: &Expr) -> bool {
        match (&a.kind, &b.kind) {
            (Kind::Call("pg_numcmp" | "pg_ivcmp" | "pg_arrcmp" | "pg_inetcmp", operands), Kind::Int(0)) => {
                matches!(operands.as_slice(), [x, y, ..] if self.are_apart(x, y))
            }
            _ => self.are_apart(a, b),
        }
    }

    /// Whether one expression reads one side alone, and another one the other side.
    fn are_apart(&self, a: &Expr, b: &Expr) -> bool {
        let side = |expr: &Expr| (reads(expr, &self.left), reads(expr, &self.right));
        matches!((side(a), side(b)), ((true, false), (false, true)) | ((false, true), (true, false)))
    }
}

fn reads(expr: &Expr, rels: &[Rel]) -> bool {
    let mut found = false;
    walk::expr(expr, &mut |e| {
        found |= matches!(&e.kind, Kind::Column(rel, _) if rels.contains(rel));
        !found
    });
    found
}

/// Whether a condition is the same for all rows.
fn is_constant(expr: &Expr) -> bool {
    !super::cast::varies(expr)
}
