//! Aggregates of a query that stand in its subqueries: `having exists (select ... where x < count(outer.y))`.
//!
//! An aggregate belongs to the innermost query whose columns it reads. SQLite knows that in some places only, so such a
//! query becomes two: the inner one groups and has its keys and aggregates as columns, the other one around it has
//! everything that is made of them, subqueries included.

use super::grouping::{holds_query, one_group};
use super::scope::Scope;
use super::{Fault, Resolver, Result, from::rels_of};
use crate::sql::ir::{Body, Expr, Field, From, Kind, Query, Rel, Select};
use crate::sql::walk;
use sqlparser::ast;

/// An aggregate that was met in a subquery.
pub(super) struct OuterAggregate {
    /// How many SELECTs are around the one that it belongs to.
    depth: usize,
    /// What stands in its place: a column of no relation.
    place: Rel,
    call: Expr,
}

impl Resolver<'_> {
    /// Resolves a query in an expression.
    pub(super) fn subquery(&mut self, query: &ast::Query, scope: &Scope<'_>) -> Result<Query> {
        let clause = self.clause;
        let around = self.clauses.len();
        self.clauses.resize(around.max(scope.depth + 1), clause);
        let before = self.clauses.get_mut(scope.depth).map(|at| std::mem::replace(at, clause));
        let result = self.query(query, Some(scope), scope.ctes);
        if let (Some(at), Some(before)) = (self.clauses.get_mut(scope.depth), before) {
            *at = before;
        }
        result
    }

    /// Checks that an aggregate may stand where its query has it, and puts a column in the place of one that belongs to
    /// a query further out.
    pub(super) fn in_its_query(&mut self, call: Expr, scope: &Scope<'_>) -> Result<Expr> {
        let level = if scope.parent.is_some() { self.level(&call, scope)? } else { 0 };
        let Some(depth) = scope.depth.checked_sub(level).filter(|_| level > 0) else {
            self.clause.allows_aggregate(false)?;
            return Ok(call);
        };
        if let Some(clause) = self.clauses.get(depth) {
            clause.allows_aggregate(false)?;
        }
        let place = self.rel();
        let ty = call.ty.clone();
        self.outer.push(OuterAggregate { depth, place, call });
        Ok(Expr::new(Kind::Column(place, Field::Nth(0)), ty))
    }

    /// How many queries further out an aggregate belongs to.
    fn level(&self, call: &Expr, scope: &Scope<'_>) -> Result<usize> {
        let levels: Vec<Vec<Rel>> = scope.chain().map(|s| rels_of(&s.items)).collect();
        let (mut nearest, mut nested): (Option<usize>, Option<usize>) = (None, None);
        walk::expr(call, &mut |e| {
            if let Kind::Column(rel, _) = &e.kind {
                let of_columns = levels.iter().position(|rels| rels.contains(rel));
                nearest = [nearest, of_columns].into_iter().flatten().min();
                let inside = self.outer.iter().find(|a| a.place == *rel).map(|a| scope.depth - a.depth);
                nested = [nested, inside].into_iter().flatten().min();
            }
            true
        });
        if nested.is_some_and(|inside| nearest.is_none_or(|own| inside <= own)) {
            return Err(Fault::new("syntax", "aggregate function calls cannot be nested"));
        }
        Ok(nearest.unwrap_or(0))
    }

    /// Takes the aggregates that subqueries have of a query.
    pub(super) fn outer_aggregates(&mut self, scope: &Scope<'_>) -> Vec<OuterAggregate> {
        let (own, others) = std::mem::take(&mut self.outer).into_iter().partition(|a| a.depth == scope.depth);
        self.outer = others;
        own
    }

    /// Makes a SELECT with such aggregates: it groups, and the SELECT around it does the rest.
    pub(super) fn group_first(&mut self, mut select: Select, outer: Vec<OuterAggregate>) -> Select {
        let inner = self.rel();
        let mut grouped = Grouped { inner, keys: select.group.clone(), outer, columns: Vec::new() };
        let mut around = Select::of(std::mem::take(&mut select.items), None);
        around.distinct = std::mem::take(&mut select.distinct);
        around.distinct_on = std::mem::take(&mut select.distinct_on);
        around.filter = select.having.take();
        around.order = std::mem::take(&mut select.order);
        around.limit = select.limit.take();
        around.offset = select.offset.take();
        around.ties = std::mem::take(&mut select.ties);
        let parts = around.items.iter_mut().chain(&mut around.distinct_on).chain(&mut around.filter);
        for part in parts.chain(around.order.iter_mut().map(|o| &mut o.expr)) {
            grouped.lift(part);
        }
        select.items = grouped.columns;
        if select.group.is_empty() {
            one_group(&mut select);
        }
        let columns = select.items.iter().map(|e| ("?column?".to_owned(), e.ty.clone())).collect();
        let body = Body::Select(Box::new(select));
        around.from = Some(From::Query(inner, Box::new(Query { ctes: Vec::new(), body, columns })));
        around
    }
}

/// Whether an expression compares an aggregate with the elements of a query or a list, which is a query to SQLite, and
/// aggregates there are not those of the query around.
pub(super) fn compares_elements(expr: &Expr) -> Result<bool> {
    let mut found = false;
    let mut windowed = false;
    let mut holds = |e: &Expr| {
        if let Kind::Aggregate(call) = &e.kind {
            found |= call.over.is_none();
            windowed |= call.over.is_some();
        }
        !holds_query(e)
    };
    walk::expr(expr, &mut |e| {
        if let Kind::Quantified { array, test, .. } = &e.kind {
            array.iter().map(AsRef::as_ref).chain([test.as_ref()]).for_each(|operand| walk::expr(operand, &mut holds));
        }
        !holds_query(e)
    });
    if windowed {
        return Err(Fault::unsupported("a window function compared with ANY or ALL"));
    }
    Ok(found)
}

/// The inner one of the two SELECTs.
struct Grouped {
    inner: Rel,
    keys: Vec<Expr>,
    outer: Vec<OuterAggregate>,
    columns: Vec<Expr>,
}

impl Grouped {
    /// Makes keys and aggregates in an expression columns of the inner SELECT.
    fn lift(&mut self, expr: &mut Expr) {
        walk::expr_mut(expr, &mut |e| {
            if self.replace(e) {
                return false;
            }
            match &mut e.kind {
                Kind::Aggregate(call) if call.over.is_none() => {
                    *e = self.column(e.clone());
                    false
                }
                Kind::InQuery(items, query, _) => {
                    items.iter_mut().for_each(|item| self.lift(item));
                    self.lift_within(query);
                    false
                }
                Kind::Quantified { source, array, test, .. } => {
                    match source.as_mut() {
                        From::Query(_, query) => self.lift_within(query),
                        From::Elements(_, set) => self.lift(set),
                        _ => {}
                    }
                    array.iter_mut().for_each(|array| self.lift(array));
                    self.lift(test);
                    false
                }
                Kind::Exists(query) | Kind::Scalar(query) | Kind::ArrayOf(query) => {
                    self.lift_within(query);
                    false
                }
                _ => true,
            }
        });
    }

    /// The same in a subquery, whose own aggregates stay.
    fn lift_within(&mut self, query: &mut Query) {
        walk::query_mut(query, &mut |e| !self.replace(e));
    }

    fn replace(&mut self, expr: &mut Expr) -> bool {
        if self.keys.iter().any(|k| k.is_same_value(expr)) {
            *expr = self.column(expr.clone());
            return true;
        }
        let Kind::Column(rel, _) = expr.kind else { return false };
        let Some(call) = self.outer.iter().find(|a| a.place == rel).map(|a| a.call.clone()) else { return false };
        *expr = self.column(call);
        true
    }

    fn column(&mut self, expr: Expr) -> Expr {
        let place = self.columns.iter().position(|c| *c == expr).unwrap_or(self.columns.len());
        let ty = expr.ty.clone();
        if place == self.columns.len() {
            self.columns.push(expr);
        }
        Expr::new(Kind::Column(self.inner, Field::Nth(place)), ty)
    }
}

/// What a grouped query reads without grouping it.
pub(super) struct Ungrouped {
    column: Expr,
    /// Whether a subquery reads it.
    within: bool,
}

impl Ungrouped {
    /// PostgreSQL's error.
    pub(super) fn fault(&self, scope: &Scope<'_>) -> Fault {
        let holds = |expr: &Expr| {
            let mut found = false;
            walk::expr(expr, &mut |e| {
                found |= *e == self.column;
                !found
            });
            found
        };
        let mut names = scope.items.iter().flat_map(|item| item.columns.iter().map(move |(n, c)| (&item.alias, n, c)));
        let row = scope.items.iter().find(|item| item.marker.as_ref() == Some(&self.column));
        let name = match (names.find(|(.., c)| holds(c)), row) {
            (Some((alias, name, _)), _) if alias.is_empty() => name.clone(),
            (Some((alias, name, _)), _) => format!("{alias}.{name}"),
            (None, Some(item)) => format!("{}.*", item.alias),
            (None, None) => "?column?".to_owned(),
        };
        let message = if self.within {
            format!("subquery uses ungrouped column \"{name}\" from outer query")
        } else {
            format!("column \"{name}\" must appear in the GROUP BY clause or be used in an aggregate function")
        };
        Fault::new("grouping", message)
    }
}

/// Finds columns that are neither grouped nor inside an aggregate.
pub(super) struct GroupedColumns<'g> {
    keys: &'g [Expr],
    /// The keys that are columns: of others a subquery sees nothing.
    columns: Vec<&'g Expr>,
    /// The relations of the query.
    rels: Vec<Rel>,
    /// The relation of the sets in the SELECT list, which come after the grouping.
    sets: Rel,
}

impl<'g> GroupedColumns<'g> {
    pub(super) fn new(keys: &'g [Expr], scope: &Scope<'_>, sets: Rel) -> Self {
        let is_column = |key: &&Expr| {
            scope
                .items
                .iter()
                .any(|item| item.columns.iter().chain(&item.merged).any(|(_, column)| column.is_same_value(key)))
        };
        Self { keys, columns: keys.iter().filter(is_column).collect(), rels: rels_of(&scope.items), sets }
    }

    /// Returns what an expression reads without grouping it.
    pub(super) fn ungrouped(&self, expr: &Expr) -> Option<Ungrouped> {
        let mut found = None;
        walk::expr(expr, &mut |e| {
            if found.is_some() || self.keys.iter().any(|k| k.is_same_value(e)) {
                return false;
            }
            match &e.kind {
                Kind::Column(rel, _) if *rel != self.sets && self.rels.contains(rel) => {
                    found = Some(Ungrouped { column: e.clone(), within: false });
                    false
                }
                Kind::Aggregate(call) => call.over.is_some(),
                Kind::InQuery(items, query, _) => {
                    found = items.iter().find_map(|item| self.ungrouped(item)).or_else(|| self.within(query));
                    false
                }
                Kind::Quantified { source, array, test, .. } => {
                    let operands = array.iter().map(AsRef::as_ref).chain([test.as_ref()]);
                    found = operands.filter_map(|operand| self.ungrouped(operand)).next().or_else(|| {
                        match source.as_ref() {
                            From::Query(_, query) => self.within(query),
                            _ => None,
                        }
                    });
                    false
                }
                Kind::Exists(query) | Kind::Scalar(query) | Kind::ArrayOf(query) => {
                    found = self.within(query);
                    false
                }
                _ => true,
            }
        });
        found
    }

    /// The same for a subquery.
    fn within(&self, query: &Query) -> Option<Ungrouped> {
        let mut found = None;
        walk::query(query, &mut |e| {
            if found.is_some() || self.columns.iter().any(|k| k.is_same_value(e)) {
                return false;
            }
            if let Kind::Column(rel, _) = &e.kind
                && self.rels.contains(rel)
            {
                found = Some(Ungrouped { column: e.clone(), within: true });
            }
            true
        });
        found
    }
}
