//! SELECT: its list, WHERE, DISTINCT, and what must be true of them together.

use super::clause::Clause;
use super::grouping::{Grouping, has_window, one_group, restrict};
use super::lateral::mentions;
use super::naming::{fold, output_name};
use super::outer::OuterAggregate;
use super::scope::{Item, Scope, find_item, missing_item};
use super::sets::SETS;
use super::sorting::leads;
use super::{Ctes, Fault, Resolver, Result, Sets, outer};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Body, Expr, From, Kind, Rel, Select};
use sqlparser::ast::{self, Spanned as _};
use std::ops::ControlFlow;

/// What a SELECT has beside its clauses.
struct Parts {
    grouping: Grouping,
    /// The set-returning functions of the SELECT list, and the relation of their values.
    set: Option<Expr>,
    sets: Rel,
    grouped: bool,
    /// The aggregates that subqueries have of it, and whether it has to become two for them or others.
    outer: Vec<OuterAggregate>,
    in_two: bool,
}

/// How many columns a query can have.
const MAX_COLUMNS: usize = 1_664;

impl Resolver<'_> {
    pub(super) fn select(
        &mut self,
        select: &ast::Select,
        order: &[ast::OrderByExpr],
        limit: Option<&ast::Expr>,
        offset: Option<&ast::Expr>,
        parent: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<(Body, Vec<(String, PgType)>)> {
        refuse_clauses(select)?;
        let outermost = std::mem::take(&mut self.outermost);
        let undecided = std::mem::take(&mut self.undecided);
        let ties = std::mem::take(&mut self.ties);
        self.named_windows(&select.named_window)?;
        // Aggregates of a subquery are not those of the query around it.
        let aggregates_outside = self.aggregates;
        let mut scope = Scope::new(parent, ctes);
        let mut from = None;
        for table in &select.from {
            let item = self.table_with_joins(table, &mut scope)?;
            from = Some(cross(from, item));
        }
        let filter = self.filter(select, from.as_ref(), &scope, outermost)?;
        if let (Some(from), Some(filter)) = (&mut from, &filter) {
            super::lateral::filtered_first(from, filter);
        }
        let zipped = count_sets(&select.projection) > 1;
        let rel = self.rel();
        self.sets.push(Sets { rel, zipped, arrays: Vec::new() });
        let aggregates_before = self.aggregates;
        let mut outputs = self.projection(&select.projection, &scope, select)?;
        if !undecided {
            for (_, output) in outputs.iter_mut().filter(|(_, e)| e.ty == PgType::Unknown) {
                *output = self.coerce(output.clone(), &PgType::Text)?;
            }
        }
        let set = self.sets.pop().and_then(together);
        let columns: Vec<(String, PgType)> = outputs.iter().map(|(n, e)| (n.clone(), e.ty.clone())).collect();
        if columns.len() > MAX_COLUMNS {
            let message = format!("target lists can have at most {MAX_COLUMNS} entries");
            return Err(Fault::new("syntax", message).at(select.span()));
        }
        let grouping = self.within(Clause::GroupBy, |r| r.grouping(select, &scope, &outputs))?;
        let having = match &select.having {
            Some(having) => Some(self.within(Clause::Having, |r| r.boolean(having, &scope, "HAVING"))?),
            None => None,
        };
        let (distinct, distinct_on) = self.distinct(select, &scope, &columns, &outputs)?;
        let written = order;
        let order = self.order(order, &scope, &columns, Some(&outputs))?;
        let grouped = grouping.explicit || having.is_some() || self.aggregates > aggregates_before;
        let outer = self.outer_aggregates(&scope);
        let mut in_two = !outer.is_empty();
        let grouped = grouped || in_two;
        for expr in outputs.iter().map(|(_, e)| e).chain(&having).chain(order.iter().map(|o| &o.expr)) {
            in_two |= outer::compares_elements(expr).map_err(|f| f.at(select.span()))?;
        }
        if grouped {
            let checked = outer::GroupedColumns::new(&grouping.keys, &scope, rel);
            let parts = outputs.iter().map(|(_, e)| e).chain(&having).chain(order.iter().map(|o| &o.expr));
            for expr in parts.chain(&distinct_on) {
                if let Some(found) = checked.ungrouped(expr) {
                    return Err(found.fault(&scope).at(select.span()));
                }
            }
        }
        let compared =
            grouping.keys.iter().chain(&distinct_on).chain(outputs.iter().map(|(_, e)| e).filter(|_| distinct));
        if let Some(json) = compared.map(|e| &e.ty).find(|t| **t == PgType::Json) {
            return Err(no_equality(json).at(select.span()));
        }
        if distinct && let Some(place) = order.iter().position(|o| !outputs.iter().any(|(_, e)| *e == o.expr)) {
            let message = "for SELECT DISTINCT, ORDER BY expressions must appear in select list";
            return Err(Fault::new("syntax", message).at(written.get(place).map_or(select.span(), |o| o.expr.span())));
        }
        if !order.is_empty() && !leads(&order, &distinct_on) {
            let message = "SELECT DISTINCT ON expressions must match initial ORDER BY expressions";
            return Err(Fault::new("syntax", message).at(select.span()));
        }
        let (limit, offset) = (self.count(limit, &scope, Clause::Limit)?, self.count(offset, &scope, Clause::Offset)?);
        self.aggregates = aggregates_outside;
        self.windows.pop();
        let mut items: Vec<Expr> = outputs.into_iter().map(|(_, e)| e).collect();
        let (mut having, mut order) = (having, order);
        if grouping.is_plain() {
            let all: Vec<usize> = (0..grouping.keys.len()).collect();
            for item in items.iter_mut().chain(&mut having).chain(order.iter_mut().map(|o| &mut o.expr)) {
                if has_grouping(item) {
                    restrict(item, &grouping.keys, &all);
                }
            }
        }
        let place = select.span();
        let select = Select {
            distinct,
            distinct_on,
            items,
            from,
            filter,
            group: Vec::new(),
            having,
            order,
            limit,
            offset,
            ties,
        };
        let beside = Parts { grouping, set, sets: rel, grouped, outer, in_two };
        let body = self.arranged(select, beside).map_err(|f| f.at(place))?;
        Ok((body, columns))
    }

    /// Resolves WHERE; what FROM and it are together is checked.
    fn filter(
        &mut self,
        select: &ast::Select,
        from: Option<&From>,
        scope: &Scope<'_>,
        outermost: bool,
    ) -> Result<Option<Expr>> {
        let filter = match &select.selection {
            // Nothing can guard the casts of the one condition on the one table of the outermost query.
            Some(filter) if outermost && matches!(from, Some(From::Table(..))) && !is_conjunction(filter) => {
                Some(self.within(Clause::Where, |r| r.boolean(filter, scope, "WHERE"))?)
            }
            Some(filter) => {
                let mut resolved =
                    self.within(Clause::Where, |r| r.leniently(|r| r.boolean(filter, scope, "WHERE")))?;
                let costs = super::cost::of_parts(filter);
                if let Kind::All(parts) = &mut resolved.kind
                    && parts.len() == costs.len()
                {
                    let mut ordered: Vec<(u32, Expr)> = costs.into_iter().zip(std::mem::take(parts)).collect();
                    ordered.sort_by_key(|(cost, _)| *cost);
                    *parts = ordered.into_iter().map(|(_, part)| part).collect();
                }
                Some(resolved)
            }
            None => None,
        };
        if let Some(from) = from {
            let mut joins = select.from.iter().flat_map(|t| &t.joins);
            let full = joins.rfind(|j| matches!(j.join_operator, ast::JoinOperator::FullOuter(_)));
            let place = full.map_or_else(|| select.span(), |j| j.relation.span());
            super::full_join::check(from, filter.as_ref()).map_err(|f| f.at(place))?;
        }
        Ok(filter)
    }

    /// Resolves DISTINCT and DISTINCT ON.
    fn distinct(
        &mut self,
        select: &ast::Select,
        scope: &Scope<'_>,
        columns: &[(String, PgType)],
        outputs: &[(String, Expr)],
    ) -> Result<(bool, Vec<Expr>)> {
        let keys = match &select.distinct {
            None | Some(ast::Distinct::All) => return Ok((false, Vec::new())),
            Some(ast::Distinct::Distinct) => return Ok((true, Vec::new())),
            Some(ast::Distinct::On(keys)) => keys,
        };
        let key = |r: &mut Self, k| r.sort_key(k, scope, columns, Some(outputs), "DISTINCT ON");
        let keys = self.within(Clause::Order, |r| keys.iter().map(|k| key(r, k)).collect::<Result<_>>())?;
        Ok((false, keys))
    }

    /// Puts grouping sets, the sets of the SELECT list and aggregates of subqueries where SQLite can take them.
    fn arranged(&mut self, mut select: Select, parts: Parts) -> Result<Body> {
        let Parts { grouping, set, sets, grouped, outer, in_two } = parts;
        if in_two && (set.is_some() || !grouping.is_plain()) {
            let beside = if set.is_some() { "a set-returning function" } else { "GROUPING SETS" };
            return Err(Fault::unsupported(format!("an aggregate of a query in its subqueries beside {beside}")));
        }
        if !grouping.is_plain() {
            if set.is_some() {
                return Err(Fault::unsupported("a set-returning function beside GROUPING SETS"));
            }
            return self.grouping_sets(select, &grouping);
        }
        if grouping.keys.is_empty() && select.having.is_some() && !in_two {
            one_group(&mut select);
        }
        select.group = grouping.keys;
        if in_two {
            return Ok(Body::Select(Box::new(self.group_first(select, outer))));
        }
        if let Some(set) = set {
            let windows = select.items.iter().any(has_window);
            // Where a key is such a function's value, the rows are made first.
            let keyed = select.group.iter().any(|k| mentions(k, sets));
            if (grouped && !keyed) || windows {
                select = self.expand_after(select, sets, set);
            } else {
                select.from = Some(cross(select.from, From::Elements(sets, Box::new(set))));
            }
        }
        Ok(Body::Select(Box::new(select)))
    }

    fn projection(
        &mut self,
        items: &[ast::SelectItem],
        scope: &Scope<'_>,
        select: &ast::Select,
    ) -> Result<Vec<(String, Expr)>> {
        let mut outputs = Vec::new();
        for item in items {
            match item {
                ast::SelectItem::UnnamedExpr(expr) => outputs.push((output_name(expr), self.output(expr, scope)?)),
                ast::SelectItem::ExprWithAlias { expr, alias } => {
                    outputs.push((fold(alias), self.output(expr, scope)?));
                }
                ast::SelectItem::Wildcard(_) => {
                    if scope.items.is_empty() {
                        return Err(
                            Fault::new("syntax", "SELECT * with no tables specified is not valid").at(select.span())
                        );
                    }
                    for (item, column) in &scope.star {
                        let Some(item) = scope.items.get(*item) else { continue };
                        let Some((name, expr)) = item.columns.get(*column) else { continue };
                        let merged = item.merged.iter().find(|(n, _)| n == name).map(|(_, e)| e);
                        self.read(item, name);
                        outputs.push((name.clone(), merged.unwrap_or(expr).clone()));
                    }
                }
                ast::SelectItem::QualifiedWildcard(kind, _) => {
                    let ast::SelectItemQualifiedWildcardKind::ObjectName(name) = kind else {
                        return Err(Fault::unsupported("(expression).*").at(item.span()));
                    };
                    let alias = super::naming::last_part(name);
                    let found =
                        find_item(&alias, scope).ok_or_else(|| missing_item(&alias, scope).at(item.span()))?.clone();
                    self.star(&found, &mut outputs);
                }
                other @ ast::SelectItem::ExprWithAliases { .. } => {
                    return Err(Fault::unsupported("several aliases").at(other.span()));
                }
            }
        }
        Ok(outputs)
    }

    fn star(&mut self, item: &Item, outputs: &mut Vec<(String, Expr)>) {
        for (name, expr) in &item.columns {
            self.read(item, name);
            outputs.push((name.clone(), expr.clone()));
        }
    }

    /// Resolves an output column.
    fn output(&mut self, expr: &ast::Expr, scope: &Scope<'_>) -> Result<Expr> {
        let resolved = self.expr(expr, scope)?;
        match resolved.ty {
            PgType::Record => Err(Fault::unsupported("a row as an output column").at(expr.span())),
            PgType::Jsonpath => Err(Fault::unsupported("a jsonpath as an output column").at(expr.span())),
            _ => Ok(resolved),
        }
    }
}

/// Clauses of other dialects, and what would write.
fn refuse_clauses(select: &ast::Select) -> Result<()> {
    for (present, construct) in [
        (select.into.is_some(), "SELECT INTO"),
        (select.qualify.is_some(), "QUALIFY"),
        (!select.lateral_views.is_empty(), "LATERAL VIEW"),
        (select.top.is_some(), "TOP"),
        (!select.connect_by.is_empty(), "CONNECT BY"),
    ] {
        if present {
            return Err(Fault::unsupported(construct).at(select.span()));
        }
    }
    Ok(())
}

/// The set-returning functions of a SELECT list as one set.
fn together(sets: Sets) -> Option<Expr> {
    let Sets { zipped, mut arrays, .. } = sets;
    if arrays.is_empty() {
        return None;
    }
    if zipped { Some(Expr::call("pg_zip", arrays, PgType::Unknown)) } else { arrays.pop() }
}

fn has_grouping(expr: &Expr) -> bool {
    let mut found = false;
    crate::sql::walk::expr(expr, &mut |e| {
        found |= matches!(e.kind, Kind::Call("grouping", _));
        !found
    });
    found
}

/// Puts a comma item behind the others. An item that is itself a join is taken apart from the left, which gives the
/// same rows for inner and left joins: inside parentheses SQLite's functions would not see the items before them.
pub(super) fn cross(left: Option<From>, right: From) -> From {
    match (left, right) {
        (None, right) => right,
        (Some(outer), From::Join { kind, left, right, on }) if !matches!(kind, "RIGHT JOIN" | "FULL JOIN") => {
            From::Join { kind, left: Box::new(cross(Some(outer), *left)), right, on }
        }
        (Some(left), right) => {
            From::Join { kind: "CROSS JOIN", left: Box::new(left), right: Box::new(right), on: None }
        }
    }
}

pub(super) fn no_equality(ty: &PgType) -> Fault {
    Fault::new("type", format!("could not identify an equality operator for type {ty}"))
}

/// Counts the calls of set-returning functions in a SELECT list.
fn count_sets(items: &[ast::SelectItem]) -> usize {
    struct Count(usize);
    impl ast::Visitor for Count {
        type Break = ();
        fn pre_visit_expr(&mut self, expr: &ast::Expr) -> ControlFlow<()> {
            if let ast::Expr::Function(f) = expr
                && SETS.contains(&super::naming::last_part(&f.name).as_str())
            {
                self.0 += 1;
            }
            ControlFlow::Continue(())
        }
    }
    let mut count = Count(0);
    for item in items {
        let _ = ast::Visit::visit(item, &mut count);
    }
    count.0
}

fn is_conjunction(condition: &ast::Expr) -> bool {
    match condition {
        ast::Expr::Nested(inner) => is_conjunction(inner),
        ast::Expr::BinaryOp { op, .. } => matches!(op, ast::BinaryOperator::And),
        _ => false,
    }
}
