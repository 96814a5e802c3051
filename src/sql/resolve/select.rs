//! Queries: WITH, SELECT, set operations, VALUES, ORDER BY, LIMIT.

use super::clause::Clause;
use super::grouping::{has_window, one_group, restrict, through};
use super::lateral::{mentions, plain};
use super::naming::{fold, output_name};
use super::scope::{Item, Scope, find_item, missing_item};
use super::{Ctes, Fault, Resolver, Result, Sets, outer};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Aggregate, Body, CteQuery, Expr, Field, From, Kind, Order, Query, Select, Window};
use sqlparser::ast::{self, Spanned as _};
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::rc::Rc;

/// Set-returning functions that may stand in a SELECT list.
pub(super) const SETS: [&str; 17] = [
    "jsonb_each",
    "json_each",
    "jsonb_each_text",
    "json_each_text",
    "jsonb_array_elements",
    "json_array_elements",
    "jsonb_array_elements_text",
    "json_array_elements_text",
    "jsonb_object_keys",
    "json_object_keys",
    "unnest",
    "generate_series",
    "generate_subscripts",
    "regexp_matches",
    "regexp_split_to_table",
    "jsonb_path_query",
    "string_to_table",
];

/// How many columns a query can have.
const MAX_COLUMNS: usize = 1_664;

impl Resolver<'_> {
    /// Resolves a query with everything around it.
    pub(super) fn query(&mut self, query: &ast::Query, parent: Option<&Scope<'_>>, ctes: &Ctes) -> Result<Query> {
        self.within(Clause::Select, |r| r.query_inner(query, parent, ctes))
    }

    fn query_inner(&mut self, query: &ast::Query, parent: Option<&Scope<'_>>, ctes: &Ctes) -> Result<Query> {
        for (present, construct) in [
            (!query.locks.is_empty(), "FOR UPDATE"),
            (query.for_clause.is_some(), "FOR"),
            (!query.pipe_operators.is_empty(), "the pipe operator"),
        ] {
            if present {
                return Err(Fault::unsupported(construct).at(query.span()));
            }
        }
        let outermost = std::mem::take(&mut self.outermost);
        let mut visible = ctes.clone();
        let mut queries = Vec::new();
        if let Some(with) = &query.with {
            let mut names = Vec::new();
            for cte in &with.cte_tables {
                queries.push(self.common_table(cte, with.recursive, parent, &mut visible, &mut names)?);
            }
        }
        self.outermost = outermost;
        let one = ast::Expr::value(ast::Value::Number("1".to_owned(), false));
        let Tail { order, limit, offset, ties } = tail(query, &one).map_err(|f| f.at(query.span()))?;
        if ties {
            if order.is_empty() {
                return Err(
                    Fault::new("syntax", "WITH TIES cannot be specified without ORDER BY clause").at(query.span())
                );
            }
            if !matches!(query.body.as_ref(), ast::SetExpr::Select(s) if s.distinct.is_none()) {
                let construct = "FETCH ... WITH TIES of a combined or DISTINCT query";
                return Err(Fault::unsupported(construct).at(query.span()));
            }
        }
        self.ties = ties;
        let (body, columns) = self.body(&query.body, order, limit, offset, parent, &visible)?;
        Ok(Query { ctes: queries, body, columns })
    }

    fn common_table(
        &mut self,
        cte: &ast::Cte,
        recursive: bool,
        parent: Option<&Scope<'_>>,
        visible: &mut Ctes,
        earlier: &mut Vec<String>,
    ) -> Result<CteQuery> {
        let name = fold(&cte.alias.name);
        if earlier.contains(&name) {
            let message = format!("WITH query name \"{name}\" specified more than once");
            return Err(Fault::new("syntax", message).at(cte.alias.name.span));
        }
        earlier.push(name.clone());
        let id = self.cte();
        let renamed: Vec<String> = cte.alias.columns.iter().map(|c| fold(&c.name)).collect();
        let rename = |columns: &[(String, PgType)]| -> Vec<(String, PgType)> {
            columns.iter().enumerate().map(|(i, (n, t))| (renamed.get(i).unwrap_or(n).clone(), t.clone())).collect()
        };
        let mut is_recursive = false;
        let mut query =
            if let (true, ast::SetExpr::SetOperation { left, right, .. }) = (recursive, cte.query.body.as_ref()) {
                // The first part gives the columns that the second, which reads the table itself, sees.
                let (_, first) = self.body(left, &[], None, None, parent, visible)?;
                let first = concrete(first);
                let mut inner = visible.clone();
                inner.0.push((name.clone(), id, Rc::new(rename(&first))));
                let query = self.query(&cte.query, parent, &inner)?;
                let uses = self.uses.get(&id.0).copied().unwrap_or(0);
                is_recursive = uses > 0;
                if is_recursive {
                    super::modifier::check(&name, left, right).map_err(|f| f.at(cte.query.span()))?;
                    self.recursive(query, &name, (id, uses), &first).map_err(|f| f.at(cte.query.span()))?
                } else {
                    query
                }
            } else {
                self.query(&cte.query, parent, visible)?
            };
        if renamed.len() > query.columns.len() {
            let (has, wanted) = (query.columns.len(), renamed.len());
            let message = format!("WITH query \"{name}\" has {has} columns available but {wanted} columns specified");
            return Err(Fault::new("syntax", message).at(cte.alias.name.span));
        }
        query.columns = rename(&query.columns);
        visible.0.push((name, id, Rc::new(query.columns.clone())));
        Ok(CteQuery { cte: id, query, recursive: is_recursive })
    }

    /// Checks a query that reads itself, and makes its second part a SELECT with the types of the first: SQLite wants
    /// the two directly beside each other.
    fn recursive(
        &mut self,
        query: Query,
        name: &str,
        (id, uses): (crate::sql::ir::Cte, usize),
        first: &[(String, PgType)],
    ) -> Result<Query> {
        let Query { ctes, body, columns } = query;
        let Body::Set { op, left, mut right, rel, order, limit, offset } = body else {
            return Err(Fault::new(
                "syntax",
                format!(
                    "recursive query \"{name}\" does not have the form non-recursive-term UNION [ALL] recursive-term"
                ),
            ));
        };
        if !op.starts_with("UNION") || !ctes.is_empty() {
            return Err(Fault::new(
                "syntax",
                format!(
                    "recursive query \"{name}\" does not have the form non-recursive-term UNION [ALL] recursive-term"
                ),
            ));
        }
        for (present, clause) in
            [(!order.is_empty(), "ORDER BY"), (limit.is_some(), "LIMIT"), (offset.is_some(), "OFFSET")]
        {
            if present {
                return Err(Fault::new("syntax", format!("{clause} in a recursive query is not implemented")));
            }
        }
        for (i, ((_, own), (_, overall))) in first.iter().zip(&columns).enumerate() {
            if own != overall {
                let place = i + 1;
                let message = format!(
                    "recursive query \"{name}\" column {place} has type {own} in non-recursive term but type {overall} overall"
                );
                return Err(
                    Fault::new("type", message).help("cast the output of the non-recursive term to the correct type")
                );
            }
        }
        let Body::Select(part) = &mut right.0.body else {
            return Err(Fault::unsupported("a recursive term that is not a plain SELECT"));
        };
        let is_plain = part.distinct_on.is_empty() && part.order.is_empty() && part.limit.is_none();
        if !is_plain || !right.0.ctes.is_empty() {
            return Err(Fault::unsupported("a recursive term with ORDER BY, LIMIT, DISTINCT ON or WITH"));
        }
        if part.items.iter().chain(part.order.iter().map(|o| &o.expr)).any(has_window) {
            return Err(Fault::unsupported("a window function in a recursive term"));
        }
        if !part.group.is_empty() || part.having.is_some() {
            return Err(Fault::unsupported("GROUP BY in a recursive term"));
        }
        let direct = part.from.as_ref().map_or(0, |f| direct_reads(f, id));
        if direct > 1 {
            let message = format!("recursive reference to query \"{name}\" must not appear more than once");
            return Err(Fault::new("syntax", message));
        }
        if direct != uses {
            return Err(Fault::unsupported(format!(
                "a reference to \"{name}\" inside a subquery of its recursive term"
            )));
        }
        for (item, (_, ty)) in part.items.iter_mut().zip(&columns) {
            *item = self.coerce(item.clone(), ty)?;
        }
        right.0.columns.clone_from(&columns);
        let body = Body::Set { op, left, right, rel, order, limit, offset };
        Ok(Query { ctes, body, columns })
    }

    fn body(
        &mut self,
        body: &ast::SetExpr,
        order: &[ast::OrderByExpr],
        limit: Option<&ast::Expr>,
        offset: Option<&ast::Expr>,
        parent: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<(Body, Vec<(String, PgType)>)> {
        match body {
            ast::SetExpr::Select(select) => self.select(select, order, limit, offset, parent, ctes),
            ast::SetExpr::Query(query) => {
                let inner = self.query(query, parent, ctes)?;
                self.wrapped(inner, (order, limit, offset), parent, ctes)
            }
            ast::SetExpr::SetOperation { left, op, set_quantifier, right } => {
                self.set_operation((left, *op, *set_quantifier, right), order, limit, offset, parent, ctes)
            }
            ast::SetExpr::Values(values) => {
                let (body, columns) = self.values(values, parent, ctes)?;
                let inner = Query { ctes: Vec::new(), body, columns };
                self.wrapped(inner, (order, limit, offset), parent, ctes)
            }
            other => {
                let text = format!("{other}");
                let word = text.split_whitespace().next().unwrap_or("this statement").to_uppercase();
                Err(Fault::new("syntax", format!("{word} is not a query"))
                    .help("only queries can be run: the data is never changed")
                    .at(other.span()))
            }
        }
    }

    /// Puts ORDER BY, LIMIT and OFFSET around a query.
    fn wrapped(
        &mut self,
        inner: Query,
        (order, limit, offset): (&[ast::OrderByExpr], Option<&ast::Expr>, Option<&ast::Expr>),
        parent: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<(Body, Vec<(String, PgType)>)> {
        if order.is_empty() && limit.is_none() && offset.is_none() && inner.ctes.is_empty() {
            return Ok((inner.body, inner.columns));
        }
        let columns = inner.columns.clone();
        let rel = self.rel();
        let mut scope = Scope::new(parent, ctes);
        scope.items.push(self.outputs(rel, &columns));
        let order = self.order(order, &scope, &columns, None)?;
        let (limit, offset) = (self.count(limit, &scope, Clause::Limit)?, self.count(offset, &scope, Clause::Offset)?);
        let from = Some(From::Query(rel, Box::new(inner)));
        let select = Select { order, limit, offset, ..plain(through(rel, &columns), from) };
        Ok((Body::Select(Box::new(select)), columns))
    }

    fn values(
        &mut self,
        values: &ast::Values,
        parent: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<(Body, Vec<(String, PgType)>)> {
        let scope = Scope::new(parent, ctes);
        let mut rows = Vec::new();
        for row in &values.rows {
            let items = |r: &mut Self| row.content.iter().map(|e| r.expr(e, &scope)).collect::<Result<Vec<_>>>();
            rows.push(self.within(Clause::Values, items)?);
        }
        let width = rows.first().map_or(0, Vec::len);
        if rows.iter().any(|r| r.len() != width) {
            return Err(Fault::new("syntax", "VALUES lists must all be the same length"));
        }
        let mut columns = Vec::new();
        for i in 0..width {
            let types: Vec<PgType> = rows.iter().filter_map(|r| r.get(i)).map(|e| e.ty.clone()).collect();
            columns.push((format!("column{}", i + 1), self.common_or_text(&types, "VALUES")?));
        }
        let mut converted = Vec::new();
        for row in rows {
            converted
                .push(row.into_iter().zip(&columns).map(|(e, (_, t))| self.coerce(e, t)).collect::<Result<Vec<_>>>()?);
        }
        Ok((Body::Values(converted), columns))
    }

    fn set_operation(
        &mut self,
        (left, op, quantifier, right): (&ast::SetExpr, ast::SetOperator, ast::SetQuantifier, &ast::SetExpr),
        order: &[ast::OrderByExpr],
        limit: Option<&ast::Expr>,
        offset: Option<&ast::Expr>,
        parent: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<(Body, Vec<(String, PgType)>)> {
        let outermost = self.outermost;
        let (mut left_body, mut left_columns) = self.part(left, parent, ctes)?;
        self.outermost = outermost;
        let (mut right_body, mut right_columns) = self.part(right, parent, ctes)?;
        let all = matches!(quantifier, ast::SetQuantifier::All);
        if !matches!(quantifier, ast::SetQuantifier::All | ast::SetQuantifier::None | ast::SetQuantifier::Distinct) {
            return Err(Fault::unsupported(format!("{op} {quantifier}")).at(right.span()));
        }
        let numbered = all && !matches!(op, ast::SetOperator::Union);
        let op = match (op, all) {
            (ast::SetOperator::Union, true) => "UNION ALL",
            (ast::SetOperator::Union, false) => "UNION",
            (ast::SetOperator::Intersect, false) => "INTERSECT",
            (ast::SetOperator::Except, false) => "EXCEPT",
            // Equal rows are numbered on both sides, which makes them different ones.
            (ast::SetOperator::Intersect, true) => "INTERSECT",
            (ast::SetOperator::Except, true) => "EXCEPT",
            (other, _) => return Err(Fault::unsupported(format!("{other}")).at(right.span())),
        };
        if left_columns.len() != right_columns.len() {
            let name = op.split(' ').next().unwrap_or(op);
            return Err(Fault::new("syntax", format!("each {name} query must have the same number of columns"))
                .at(right.span()));
        }
        let mut columns = Vec::new();
        for ((name, l), (_, r)) in left_columns.iter().zip(&right_columns) {
            columns.push((
                name.clone(),
                self.common_or_text(&[l.clone(), r.clone()], "UNION").map_err(|f| f.at(right.span()))?,
            ));
        }
        self.decide_literals(&mut left_body, &mut left_columns, &columns)?;
        self.decide_literals(&mut right_body, &mut right_columns, &columns)?;
        let (left_rel, right_rel, rel) = (self.rel(), self.rel(), self.rel());
        let mut side = |rel, own: &[(String, PgType)]| -> Result<Vec<Expr>> {
            (0..own.len()).zip(&columns).map(|(i, (_, t))| self.coerce(column(rel, i, own), t)).collect()
        };
        let (mut left_items, mut right_items) = (side(left_rel, &left_columns)?, side(right_rel, &right_columns)?);
        if numbered {
            left_items.push(number_of(&left_items));
            right_items.push(number_of(&right_items));
            let query = |body, columns| Box::new(Query { ctes: Vec::new(), body, columns });
            let mut inside = columns.clone();
            inside.push(("number".to_owned(), PgType::Int8));
            let body = Body::Set {
                op,
                left: (query(left_body, left_columns), left_items, left_rel),
                right: (query(right_body, right_columns), right_items, right_rel),
                rel,
                order: Vec::new(),
                limit: None,
                offset: None,
            };
            let rel = self.rel();
            let from = From::Query(rel, query(body, inside));
            let select = Body::Select(Box::new(plain(through(rel, &columns), Some(from))));
            let inner = Query { ctes: Vec::new(), body: select, columns };
            return self.wrapped(inner, (order, limit, offset), parent, ctes);
        }
        if let Some(other) =
            order.iter().find(|o| !matches!(o.expr, ast::Expr::Identifier(_)) && constant(&o.expr).is_none())
        {
            return Err(Fault::new("syntax", "invalid UNION/INTERSECT/EXCEPT ORDER BY clause")
                .at(other.expr.span())
                .help("add the expression to every SELECT, or move the UNION into a FROM clause"));
        }
        if !all && let Some((_, ty)) = columns.iter().find(|(_, t)| *t == PgType::Json) {
            return Err(no_equality(ty).at(right.span()));
        }
        let mut scope = Scope::new(parent, ctes);
        scope.items.push(self.outputs(rel, &columns));
        let order = self.order(order, &scope, &columns, None)?;
        let (limit, offset) = (self.count(limit, &scope, Clause::Limit)?, self.count(offset, &scope, Clause::Offset)?);
        let query = |body, columns| Box::new(Query { ctes: Vec::new(), body, columns });
        let body = Body::Set {
            op,
            left: (query(left_body, left_columns), left_items, left_rel),
            right: (query(right_body, right_columns), right_items, right_rel),
            rel,
            order,
            limit,
            offset,
        };
        Ok((body, columns))
    }

    /// Resolves one side of a set operation; its bare literals keep their unknown type.
    fn part(
        &mut self,
        part: &ast::SetExpr,
        parent: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<(Body, Vec<(String, PgType)>)> {
        self.enter()?;
        self.undecided = matches!(part, ast::SetExpr::Select(_));
        let result = self.body(part, &[], None, None, parent, ctes);
        self.undecided = false;
        self.depth -= 1;
        result
    }

    /// Gives the bare literals of one side the types of the whole.
    fn decide_literals(
        &mut self,
        body: &mut Body,
        own: &mut [(String, PgType)],
        whole: &[(String, PgType)],
    ) -> Result<()> {
        let Body::Select(select) = body else { return Ok(()) };
        for ((item, (_, own)), (_, ty)) in select.items.iter_mut().zip(own).zip(whole) {
            if *own == PgType::Unknown {
                *item = self.coerce(item.clone(), ty)?;
                *own = ty.clone();
            }
        }
        Ok(())
    }

    /// Makes the item through which ORDER BY reads the outputs of a whole query.
    fn outputs(&mut self, rel: crate::sql::ir::Rel, columns: &[(String, PgType)]) -> Item {
        Item {
            alias: String::new(),
            table: None,
            columns: columns.iter().enumerate().map(|(i, (n, _))| (n.clone(), column(rel, i, columns))).collect(),
            hidden: HashSet::new(),
            merged: Vec::new(),
            whole: None,
            marker: None,
            is_optional: false,
        }
    }

    fn select(
        &mut self,
        select: &ast::Select,
        order: &[ast::OrderByExpr],
        limit: Option<&ast::Expr>,
        offset: Option<&ast::Expr>,
        parent: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<(Body, Vec<(String, PgType)>)> {
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
        let filter = match &select.selection {
            // Nothing can guard the casts of the one condition on the one table of the outermost query.
            Some(filter) if outermost && matches!(from, Some(From::Table(..))) && !is_conjunction(filter) => {
                Some(self.within(Clause::Where, |r| r.boolean(filter, &scope, "WHERE"))?)
            }
            Some(filter) => {
                let mut resolved =
                    self.within(Clause::Where, |r| r.leniently(|r| r.boolean(filter, &scope, "WHERE")))?;
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

        if let Some(from) = &from {
            let mut joins = select.from.iter().flat_map(|t| &t.joins);
            let full = joins.rfind(|j| matches!(j.join_operator, ast::JoinOperator::FullOuter(_)));
            let place = full.map_or_else(|| select.span(), |j| j.relation.span());
            super::full_join::check(from, filter.as_ref()).map_err(|f| f.at(place))?;
        }
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
        let set = match self.sets.pop() {
            Some(Sets { arrays, .. }) if arrays.is_empty() => None,
            Some(Sets { arrays, .. }) if zipped => Some(Expr::call("pg_zip", arrays, PgType::Unknown)),
            Some(Sets { mut arrays, .. }) => arrays.pop(),
            None => None,
        };
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
        let (distinct, distinct_on) = match &select.distinct {
            None | Some(ast::Distinct::All) => (false, Vec::new()),
            Some(ast::Distinct::Distinct) => (true, Vec::new()),
            Some(ast::Distinct::On(keys)) => {
                let keys = self.within(Clause::Order, |r| {
                    keys.iter()
                        .map(|k| r.sort_key(k, &scope, &columns, Some(&outputs), "DISTINCT ON"))
                        .collect::<Result<_>>()
                })?;
                (false, keys)
            }
        };
        let written = order;
        let order = self.order(order, &scope, &columns, Some(&outputs))?;
        let grouped = grouping.explicit || having.is_some() || self.aggregates > aggregates_before;
        let outer = self.outer_aggregates(&scope);
        let grouped = grouped || !outer.is_empty();
        if grouped {
            let checked = outer::Grouping::new(&grouping.keys, &scope, rel);
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
        let mut select = Select {
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
        if !outer.is_empty() && (set.is_some() || !grouping.is_plain()) {
            let beside = if set.is_some() { "a set-returning function" } else { "GROUPING SETS" };
            let construct = format!("an aggregate in a subquery of its query beside {beside}");
            return Err(Fault::unsupported(construct).at(place));
        }
        if !grouping.is_plain() {
            if set.is_some() {
                return Err(Fault::unsupported("a set-returning function beside GROUPING SETS").at(place));
            }
            return Ok((self.grouping_sets(select, &grouping).map_err(|f| f.at(place))?, columns));
        }
        if grouping.keys.is_empty() && select.having.is_some() && outer.is_empty() {
            one_group(&mut select);
        }
        select.group = grouping.keys;
        if !outer.is_empty() {
            return Ok((Body::Select(Box::new(self.group_first(select, outer))), columns));
        }
        if let Some(set) = set {
            let windows = select.items.iter().any(has_window);
            // Where a key is such a function's value, the rows are made first.
            let keyed = select.group.iter().any(|k| mentions(k, rel));
            if (grouped && !keyed) || windows {
                select = self.expand_after(select, rel, set);
            } else {
                select.from = Some(cross(select.from, From::Elements(rel, Box::new(set))));
            }
        }
        Ok((Body::Select(Box::new(select)), columns))
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

    /// A key of GROUP BY: a number, an input column, an output alias, or any expression.
    pub(super) fn group_key(&mut self, key: &ast::Expr, scope: &Scope<'_>, outputs: &[(String, Expr)]) -> Result<Expr> {
        if let Some(number) = constant(key) {
            return by_place(outputs, number, "GROUP BY").map_err(|f| f.at(key.span()));
        }
        if let ast::Expr::Identifier(ident) = key {
            let name = fold(ident);
            if let Some(input) = self.column_in(&name, scope).map_err(|f| f.at(key.span()))? {
                return Ok(input);
            }
            if let Some(output) = by_name(outputs, &name, "GROUP BY").map_err(|f| f.at(key.span()))? {
                return Ok(output);
            }
        }
        self.expr(key, scope)
    }

    /// A key of ORDER BY or DISTINCT ON: a number, an output column, or an expression over input columns.
    fn sort_key(
        &mut self,
        key: &ast::Expr,
        scope: &Scope<'_>,
        columns: &[(String, PgType)],
        outputs: Option<&[(String, Expr)]>,
        clause: &str,
    ) -> Result<Expr> {
        let Some(outputs) = outputs else {
            if let Some(number) = constant(key) {
                let item = scope.items.first().map(|i| i.columns.as_slice()).unwrap_or_default();
                return by_place(item, number, clause).map_err(|f| f.at(key.span()));
            }
            return self.expr(key, scope);
        };
        if let Some(number) = constant(key) {
            return by_place(outputs, number, clause).map_err(|f| f.at(key.span()));
        }
        if let ast::Expr::Identifier(ident) = key {
            let name = fold(ident);
            if columns.iter().any(|(n, _)| *n == name)
                && let Some(output) = by_name(outputs, &name, clause).map_err(|f| f.at(key.span()))?
            {
                return Ok(output);
            }
        }
        self.expr(key, scope)
    }

    pub(super) fn order(
        &mut self,
        order: &[ast::OrderByExpr],
        scope: &Scope<'_>,
        columns: &[(String, PgType)],
        outputs: Option<&[(String, Expr)]>,
    ) -> Result<Vec<Order>> {
        order
            .iter()
            .map(|o| {
                let key = |r: &mut Self| r.sort_key(&o.expr, scope, columns, outputs, "ORDER BY");
                let expr = self.within(Clause::Order, key)?;
                if expr.ty == PgType::Json {
                    let message = format!("could not identify an ordering operator for type {}", expr.ty);
                    return Err(Fault::new("type", message).at(o.expr.span()));
                }
                let expr = if expr.ty == PgType::Unknown { self.coerce(expr, &PgType::Text)? } else { expr };
                let descending = match &o.options.sort {
                    None | Some(ast::OrderBySort::Asc) => false,
                    Some(ast::OrderBySort::Desc) => true,
                    Some(_) => return Err(Fault::unsupported("ORDER BY USING").at(o.expr.span())),
                };
                Ok(Order { expr, descending, nulls_first: o.options.nulls_first.unwrap_or(descending) })
            })
            .collect()
    }

    /// LIMIT or OFFSET: a number of rows, which no row of the query itself can decide.
    fn count(&mut self, expr: Option<&ast::Expr>, scope: &Scope<'_>, clause: Clause) -> Result<Option<Expr>> {
        let Some(expr) = expr else { return Ok(None) };
        let resolved = self.within(clause, |r| r.expr(expr, scope))?;
        let name = if clause == Clause::Limit { "LIMIT" } else { "OFFSET" };
        if super::from::rels_of(&scope.items).iter().any(|rel| mentions(&resolved, *rel)) {
            let message = format!("argument of {name} must not contain variables");
            return Err(Fault::new("syntax", message).at(expr.span()));
        }
        if super::expr::reads_columns(&resolved) {
            return Err(Fault::unsupported(format!("{name} by a column of an outer query")).at(expr.span()));
        }
        let rows = self.coerce_or_cast(resolved, &PgType::Int8).map_err(|f| f.at(expr.span()))?;
        Ok(Some(match rows.kind {
            Kind::Int(n) if n >= 0 => rows,
            _ => Expr::call("pg_rows_limit", vec![rows, Expr::option(name)], PgType::Int8),
        }))
    }
}

/// The number of a row among its equals.
fn number_of(items: &[Expr]) -> Expr {
    let call = Aggregate {
        function: "row_number",
        args: Vec::new(),
        distinct: false,
        order: Vec::new(),
        filter: None,
        over: Some(Window { partition: items.to_vec(), ..Window::default() }),
    };
    Expr::new(Kind::Aggregate(Box::new(call)), PgType::Int8)
}

/// How often a FROM clause reads a common table, subqueries aside.
fn direct_reads(from: &From, id: crate::sql::ir::Cte) -> usize {
    match from {
        From::Cte(_, cte) => usize::from(*cte == id),
        From::Join { left, right, .. } => direct_reads(left, id) + direct_reads(right, id),
        From::Table(..) | From::Query(..) | From::Elements(..) => 0,
    }
}

fn has_grouping(expr: &Expr) -> bool {
    let mut found = false;
    crate::sql::walk::expr(expr, &mut |e| {
        found |= matches!(e.kind, Kind::Call("grouping", _));
        !found
    });
    found
}

fn column(rel: crate::sql::ir::Rel, i: usize, columns: &[(String, PgType)]) -> Expr {
    Expr::new(Kind::Column(rel, Field::Nth(i)), columns.get(i).map_or(PgType::Unknown, |(_, t)| t.clone()))
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

/// Types that a recursive table shows before its second part is known.
fn concrete(columns: Vec<(String, PgType)>) -> Vec<(String, PgType)> {
    columns.into_iter().map(|(n, t)| (n, if t == PgType::Unknown { PgType::Text } else { t })).collect()
}

/// Returns the constant that a key of ORDER BY or GROUP BY is, which has to be the number of a column.
fn constant(key: &ast::Expr) -> Option<Option<i64>> {
    match key {
        ast::Expr::Value(v) => match &v.value {
            ast::Value::Number(digits, _) => Some(digits.parse().ok()),
            ast::Value::Placeholder(_) => None,
            _ => Some(None),
        },
        ast::Expr::Nested(inner) => constant(inner),
        ast::Expr::UnaryOp { op: ast::UnaryOperator::Minus, expr } => Some(constant(expr)?.map(|number| -number)),
        _ => None,
    }
}

fn by_place(outputs: &[(String, Expr)], number: Option<i64>, clause: &str) -> Result<Expr> {
    let Some(number) = number else {
        return Err(Fault::new("syntax", format!("non-integer constant in {clause}")));
    };
    usize::try_from(number)
        .ok()
        .and_then(|n| outputs.get(n.checked_sub(1)?))
        .map(|(_, e)| e.clone())
        .ok_or_else(|| Fault::new("syntax", format!("{clause} position {number} is not in select list")))
}

/// The output column of a name; two different ones of a name are an error.
fn by_name(outputs: &[(String, Expr)], name: &str, clause: &str) -> Result<Option<Expr>> {
    let mut found = outputs.iter().filter(|(n, _)| n == name).map(|(_, e)| e);
    let Some(first) = found.next() else { return Ok(None) };
    if found.any(|other| other != first) {
        return Err(Fault::new("ambiguous-column", format!("{clause} \"{name}\" is ambiguous")));
    }
    Ok(Some(first.clone()))
}

/// Whether rows that DISTINCT ON takes for one stand together in an order.
fn leads(order: &[Order], distinct_on: &[Expr]) -> bool {
    let missing = distinct_on.iter().any(|k| !order.iter().any(|o| o.expr == *k));
    let mut behind = false;
    for key in order {
        if !distinct_on.contains(&key.expr) {
            behind = true;
        } else if behind {
            return false;
        }
    }
    !(missing && behind)
}

fn no_equality(ty: &PgType) -> Fault {
    Fault::new("type", format!("could not identify an equality operator for type {ty}"))
}

/// The end of a query.
struct Tail<'q> {
    order: &'q [ast::OrderByExpr],
    limit: Option<&'q ast::Expr>,
    offset: Option<&'q ast::Expr>,
    ties: bool,
}

/// Takes ORDER BY, LIMIT or FETCH, and OFFSET off a query; `one` is what FETCH means without a number.
fn tail<'q>(query: &'q ast::Query, one: &'q ast::Expr) -> Result<Tail<'q>> {
    let order = match query.order_by.as_ref().map(|o| &o.kind) {
        None => &[][..],
        Some(ast::OrderByKind::Expressions(keys)) => keys.as_slice(),
        Some(ast::OrderByKind::All(_)) => return Err(Fault::unsupported("ORDER BY ALL")),
    };
    let (mut limit, offset) = match &query.limit_clause {
        None => (None, None),
        Some(ast::LimitClause::LimitOffset { limit, offset, .. }) => {
            (limit.as_ref(), offset.as_ref().map(|o| &o.value))
        }
        Some(ast::LimitClause::OffsetCommaLimit { .. }) => {
            return Err(
                Fault::new("syntax", "LIMIT #,# syntax is not supported").help("use separate LIMIT and OFFSET clauses")
            );
        }
    };
    let mut ties = false;
    if let Some(fetch) = &query.fetch {
        if fetch.percent {
            return Err(Fault::new("syntax", "syntax error at or near \"PERCENT\""));
        }
        ties = fetch.with_ties;
        limit = Some(fetch.quantity.as_ref().unwrap_or(one));
    }
    Ok(Tail { order, limit, offset, ties })
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
