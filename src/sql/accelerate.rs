//! Conditions that join tables by a text, with an index that the statement makes for itself.
//!
//! SQLite tests such a condition on every pair of rows. Where one side depends on one stored table and the other on
//! items before it, the rows that can match are found through an index instead: for each row of the outer items only
//! those of the inner table are read. The condition itself stays and decides.
//!
//! | condition | index over the inner table |
//! |---|---|
//! | `inner LIKE outer`, `strpos(inner, outer) > 0` | runs of characters of the texts |
//! | `outer LIKE inner` | rarest runs of characters of the patterns |
//! | `f(inner) = outer` | the values of `f(inner)`; a bare column gets SQLite's own index |

use crate::model::pgtype::PgType;
use crate::sql::ir::{Aggregate, Body, Expr, Field, From, Kind, Query, Rel, Select};
use crate::sql::walk;

/// Adds the conditions that find rows by an index, in the whole query.
pub fn accelerate(query: &mut Query, next_rel: &mut u32) {
    let mut pass = Pass { next: next_rel };
    pass.query(query);
}

struct Pass<'n> {
    next: &'n mut u32,
}

/// A FROM item in the order in which SQLite must read them.
struct Place {
    rel: Rel,
    table: Option<String>,
}

impl Pass<'_> {
    fn query(&mut self, query: &mut Query) {
        for cte in &mut query.ctes {
            self.query(&mut cte.query);
        }
        match &mut query.body {
            Body::Select(select) => self.select(select),
            Body::Set { left, right, .. } => {
                self.query(&mut left.0);
                self.query(&mut right.0);
            }
            Body::Values(_) => {}
        }
    }

    fn select(&mut self, select: &mut Select) {
        let mut inside = |e: &mut Expr| {
            match &mut e.kind {
                Kind::Exists(q) | Kind::Scalar(q) | Kind::ArrayOf(q) | Kind::InQuery(_, q, _) => self.query(q),
                _ => return true,
            }
            false
        };
        for item in select.items.iter_mut().chain(&mut select.filter) {
            walk::expr_mut(item, &mut inside);
        }
        let mut places = Vec::new();
        if let Some(from) = &mut select.from {
            self.subqueries(from);
            collect(from, &mut places);
        }
        if places.len() < 2 {
            return;
        }
        if let Some(from) = &mut select.from {
            self.joins(from, &places);
        }
        if let Some(filter) = select.filter.take() {
            select.filter = Some(self.condition(filter, &places));
        }
    }

    fn subqueries(&mut self, from: &mut From) {
        match from {
            From::Query(_, query) => self.query(query),
            From::Join { left, right, .. } => {
                self.subqueries(left);
                self.subqueries(right);
            }
            From::Table(..) | From::Cte(..) | From::Elements(..) => {}
        }
    }

    fn joins(&mut self, from: &mut From, places: &[Place]) {
        if let From::Join { kind, left, right, on } = from {
            self.joins(left, places);
            self.joins(right, places);
            // Where rows of both sides are kept, SQLite does not choose the order of reading.
            if !matches!(*kind, "FULL JOIN" | "RIGHT JOIN")
                && let Some(condition) = on.take()
            {
                *on = Some(self.condition(condition, places));
            }
        }
    }

    fn condition(&mut self, condition: Expr, places: &[Place]) -> Expr {
        let mut terms = match condition.kind {
            Kind::All(terms) if !terms.is_empty() => terms,
            kind => vec![Expr::new(kind, condition.ty)],
        };
        let found: Vec<Expr> = terms.iter().filter_map(|t| self.lookup(t, places)).collect();
        terms.splice(0..0, found);
        match (terms.len(), terms.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                terms.extend(last);
                Expr::new(Kind::All(terms), PgType::Bool)
            }
        }
    }

    /// Returns the condition that finds the rows for which a term can be true.
    fn lookup(&mut self, term: &Expr, places: &[Place]) -> Option<Expr> {
        let pair = |args: &[Expr]| match args {
            [text, pattern] => Some((text.clone(), pattern.clone())),
            _ => None,
        };
        match &term.kind {
            Kind::Call("pg_like" | "pg_like_contains", args) => {
                let (text, pattern) = pair(args)?;
                self.find("pg_haystacks", "pg_find_like", &text, &pattern, places)
                    .or_else(|| self.find("pg_needles", "pg_find_needles", &pattern, &text, places))
            }
            Kind::Call("pg_ilike", args) => {
                let lower = |e: Expr| Expr::call("pg_lower", vec![e], PgType::Text);
                let (text, pattern) = pair(args).map(|(t, p)| (lower(t), lower(p)))?;
                self.find("pg_haystacks", "pg_find_like", &text, &pattern, places)
                    .or_else(|| self.find("pg_needles", "pg_find_needles", &pattern, &text, places))
            }
            Kind::Infix(">", position, zero) => match (&position.kind, &zero.kind) {
                (Kind::Call("pg_position", args), Kind::Int(0)) => {
                    let (text, needle) = pair(args)?;
                    self.find("pg_haystacks", "pg_find_text", &text, &needle, places)
                }
                _ => None,
            },
            Kind::Infix("=", a, b) if a.ty == PgType::Text && b.ty == PgType::Text => {
                let computed = |e: &Expr| !matches!(e.kind, Kind::Column(..));
                let try_side = |pass: &mut Self, inner: &Expr, outer: &Expr| {
                    if computed(inner) { pass.find("pg_values", "pg_find_value", inner, outer, places) } else { None }
                };
                // One bare column is enough for SQLite's own index, if it is the inner one.
                try_side(self, a, b).or_else(|| try_side(self, b, a))
            }
            _ => None,
        }
    }

    fn find(
        &mut self,
        index: &'static str,
        find: &'static str,
        inner: &Expr,
        outer: &Expr,
        places: &[Place],
    ) -> Option<Expr> {
        let mut inner_rels = rels(inner)?;
        let outer_rels = rels(outer)?;
        inner_rels.dedup();
        let [rel] = inner_rels.as_slice() else { return None };
        let at = places.iter().position(|p| p.rel == *rel)?;
        let table = places.get(at)?.table.clone()?;
        // The outer side must be known when the inner table is read, and it must not be a constant.
        let known = |r: &Rel| places.iter().position(|p| p.rel == *r).is_none_or(|p| p < at);
        if outer_rels.is_empty() || !outer_rels.iter().all(known) {
            return None;
        }
        let (own, element) = (self.rel(), self.rel());
        let mut text = inner.clone();
        walk::expr_mut(&mut text, &mut |e| {
            if let Kind::Column(r, _) = &mut e.kind {
                *r = own;
            }
            true
        });
        let row = |rel| Expr::new(Kind::Column(rel, Field::RowId), PgType::Int8);
        let collect = Aggregate {
            function: index,
            args: vec![row(own), text],
            distinct: false,
            order: Vec::new(),
            filter: None,
            over: None,
        };
        let collect = Expr::new(Kind::Aggregate(Box::new(collect)), PgType::Int8);
        let built = Expr::new(Kind::Scalar(Box::new(simple(collect, From::Table(own, table)))), PgType::Int8);
        let found = Expr::call(find, vec![built, outer.clone()], PgType::Unknown);
        let value = Expr::new(Kind::Column(element, Field::Element), PgType::Int8);
        let rows = simple(value, From::Elements(element, Box::new(found)));
        Some(Expr::new(Kind::InQuery(vec![row(*rel)], Box::new(rows), false), PgType::Bool))
    }

    fn rel(&mut self) -> Rel {
        *self.next += 1;
        Rel(*self.next)
    }
}

fn simple(item: Expr, from: From) -> Query {
    let columns = vec![("value".to_owned(), item.ty.clone())];
    let select = Select::of(vec![item], Some(from));
    Query { ctes: Vec::new(), body: Body::Select(Box::new(select)), columns }
}

fn collect(from: &From, places: &mut Vec<Place>) {
    match from {
        From::Table(rel, table) => places.push(Place { rel: *rel, table: Some(table.clone()) }),
        From::Cte(rel, _) | From::Query(rel, _) | From::Elements(rel, _) => {
            places.push(Place { rel: *rel, table: None });
        }
        From::Join { left, right, .. } => {
            collect(left, places);
            collect(right, places);
        }
    }
}

/// Returns the relations that an expression reads; none when it holds a query or an aggregate.
fn rels(expr: &Expr) -> Option<Vec<Rel>> {
    let (mut found, mut plain) = (Vec::new(), true);
    walk::expr(expr, &mut |e| {
        match &e.kind {
            Kind::Column(rel, _) => found.push(*rel),
            Kind::Aggregate(_)
            | Kind::InQuery(..)
            | Kind::Exists(_)
            | Kind::Scalar(_)
            | Kind::ArrayOf(_)
            | Kind::Quantified { .. } => plain = false,
            _ => {}
        }
        plain
    });
    found.sort_by_key(|r| r.0);
    plain.then_some(found)
}
