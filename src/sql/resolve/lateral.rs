//! Relations that depend on their neighbours: lateral subqueries, and set-returning functions behind a grouping.

use super::Resolver;
use super::grouping::through;
use crate::model::pgtype::PgType;
use crate::sql::ir::{Aggregate, Body, Expr, Field, From, Kind, Query, Rel, Select};
use crate::sql::walk;

impl Resolver<'_> {
    /// Makes a subquery that reads columns of its neighbours into a set: SQLite has no lateral subqueries, but a
    /// function's argument may hold a correlated one, whose rows it then hands over as an array of arrays.
    pub(super) fn lateral(&mut self, query: Query) -> (From, Vec<(String, Expr)>, Rel) {
        let (inner, rel) = (self.rel(), self.rel());
        let columns: Vec<(String, Expr)> = (0..)
            .zip(&query.columns)
            .map(|(i, (name, ty))| {
                let part = Expr::new(Kind::Column(rel, Field::Part(i)), ty.clone());
                let is_float = matches!(ty, PgType::Float4 | PgType::Float8);
                (name.clone(), if is_float { Expr::call("pg_t2f", vec![part], ty.clone()) } else { part })
            })
            .collect();
        let rows = Aggregate {
            function: "pg_rows",
            args: through(inner, &query.columns),
            distinct: false,
            order: Vec::new(),
            filter: None,
            over: None,
        };
        let rows = Expr::new(Kind::Aggregate(Box::new(rows)), PgType::Unknown);
        let select = Select::of(vec![rows], Some(From::Query(inner, Box::new(query))));
        let columns_of = vec![("rows".to_owned(), PgType::Unknown)];
        let set = Query { ctes: Vec::new(), body: Body::Select(Box::new(select)), columns: columns_of };
        let set = Expr::new(Kind::Scalar(Box::new(set)), PgType::Unknown);
        (From::Elements(rel, Box::new(set)), columns, rel)
    }

    /// Expands the set-returning functions of a SELECT list after grouping and windows, as PostgreSQL does: the SELECT
    /// without them becomes a subquery.
    pub(super) fn expand_after(&mut self, mut select: Select, sets: Rel, set: Expr) -> Select {
        let inner = self.rel();
        let mut lifted: Vec<Expr> = Vec::new();
        let mut lift = |e: &mut Expr| {
            walk::expr_mut(e, &mut |e| {
                if matches!(e.kind, Kind::Int(_) | Kind::Real(_) | Kind::Text(_) | Kind::Unknown(_) | Kind::Null) {
                    return false;
                }
                if mentions(e, sets) {
                    return true;
                }
                let place = lifted.iter().position(|l| l == e).unwrap_or(lifted.len());
                if place == lifted.len() {
                    lifted.push(e.clone());
                }
                *e = Expr::new(Kind::Column(inner, Field::Nth(place)), e.ty.clone());
                false
            });
        };
        let mut set = set;
        lift(&mut set);
        let mut outer = Select::of(std::mem::take(&mut select.items), None);
        outer.distinct = std::mem::take(&mut select.distinct);
        outer.distinct_on = std::mem::take(&mut select.distinct_on);
        outer.order = std::mem::take(&mut select.order);
        outer.limit = select.limit.take();
        outer.offset = select.offset.take();
        outer.ties = std::mem::take(&mut select.ties);
        outer.items.iter_mut().chain(&mut outer.distinct_on).for_each(&mut lift);
        outer.order.iter_mut().for_each(|o| lift(&mut o.expr));
        let columns = lifted.iter().map(|e| ("?column?".to_owned(), e.ty.clone())).collect();
        select.items = lifted;
        let query = Query { ctes: Vec::new(), body: Body::Select(Box::new(select)), columns };
        let from = From::Query(inner, Box::new(query));
        outer.from = Some(super::select::cross(Some(from), From::Elements(sets, Box::new(set))));
        outer
    }
}

/// Whether an expression reads a relation.
pub(super) fn mentions(expr: &Expr, rel: Rel) -> bool {
    let mut found = false;
    walk::expr(expr, &mut |e| {
        found |= matches!(&e.kind, Kind::Column(r, _) if *r == rel);
        !found
    });
    found
}

/// Whether a query reads one of some relations.
pub(super) fn query_mentions(query: &Query, rels: &[Rel]) -> bool {
    let mut found = false;
    walk::query(query, &mut |e| {
        found |= matches!(&e.kind, Kind::Column(r, _) if rels.contains(r));
        !found
    });
    found
}

/// Puts a set whose elements are filtered before a set beside it whose elements are not, where neither needs the other.
/// PostgreSQL does so because fewer rows come out, and then never looks at what the other one cannot take apart.
pub(super) fn filtered_first(from: &mut From, filter: &Expr) {
    let From::Join { kind: "CROSS JOIN", left, right, on: None } = from else {
        if let From::Join { left, .. } = from {
            filtered_first(left, filter);
        }
        return;
    };
    filtered_first(left, filter);
    let From::Elements(rel, set) = right.as_mut() else { return };
    let From::Join { kind: "CROSS JOIN", right: before, on: None, .. } = left.as_mut() else { return };
    let From::Elements(rel_before, set_before) = before.as_mut() else { return };
    let reads_rows = |set: &Expr| {
        let mut found = false;
        walk::expr(set, &mut |e| {
            found |= matches!(e.kind, Kind::Column(..));
            !found
        });
        found
    };
    let may_swap = reads_rows(set) && reads_rows(set_before) && !mentions(set, *rel_before);
    if may_swap && is_filtered(*rel, filter) && !is_filtered(*rel_before, filter) {
        std::mem::swap(before, right);
        // It may go before further ones.
        filtered_first(left, filter);
    }
}

/// Whether a part of a condition reads one relation alone.
fn is_filtered(rel: Rel, filter: &Expr) -> bool {
    let parts = match &filter.kind {
        Kind::All(parts) => parts.as_slice(),
        _ => std::slice::from_ref(filter),
    };
    parts.iter().any(|part| {
        let (mut own, mut other) = (false, false);
        walk::expr(part, &mut |e| {
            if let Kind::Column(r, _) = e.kind {
                own |= r == rel;
                other |= r != rel;
            }
            true
        });
        own && !other
    })
}
