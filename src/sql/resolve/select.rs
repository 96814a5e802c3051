//! Queries: WITH, SELECT, set operations, VALUES, ORDER BY, LIMIT.

use super::naming::{fold, output_name};
use super::scope::{Item, Scope, find_item, missing_item};
use super::{Ctes, Fault, Resolver, Result, Sets};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Body, CteQuery, Expr, Field, From, Kind, Order, Query, Select};
use sqlparser::ast::{self, Spanned as _};
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::rc::Rc;

/// Set-returning functions that may stand in a SELECT list.
pub(super) const SETS: [&str; 16] = [
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
    "regexp_matches",
    "regexp_split_to_table",
    "jsonb_path_query",
    "string_to_table",
];

impl Resolver<'_> {
    /// Resolves a query with everything around it.
    pub(super) fn query(&mut self, query: &ast::Query, parent: Option<&Scope<'_>>, ctes: &Ctes) -> Result<Query> {
        for (present, construct) in [
            (!query.locks.is_empty(), "FOR UPDATE"),
            (query.for_clause.is_some(), "FOR"),
            (!query.pipe_operators.is_empty(), "the pipe operator"),
        ] {
            if present {
                return Err(Fault::unsupported(construct));
            }
        }
        let mut visible = ctes.clone();
        let mut queries = Vec::new();
        if let Some(with) = &query.with {
            for cte in &with.cte_tables {
                queries.push(self.common_table(cte, with.recursive, parent, &mut visible)?);
            }
        }
        let (order, limit, offset) = tail(query)?;
        let (body, columns) = self.body(&query.body, order, limit, offset, parent, &visible)?;
        Ok(Query { ctes: queries, body, columns })
    }

    fn common_table(
        &mut self,
        cte: &ast::Cte,
        recursive: bool,
        parent: Option<&Scope<'_>>,
        visible: &mut Ctes,
    ) -> Result<CteQuery> {
        let name = fold(&cte.alias.name);
        let id = self.cte();
        let renamed: Vec<String> = cte.alias.columns.iter().map(|c| fold(&c.name)).collect();
        let rename = |columns: &[(String, PgType)]| -> Vec<(String, PgType)> {
            columns.iter().enumerate().map(|(i, (n, t))| (renamed.get(i).unwrap_or(n).clone(), t.clone())).collect()
        };
        let mut is_recursive = false;
        let mut query = if let (true, ast::SetExpr::SetOperation { left, .. }) = (recursive, cte.query.body.as_ref()) {
            // The first part gives the columns that the second, which reads the table itself, sees.
            let (_, first) = self.body(left, &[], None, None, parent, visible)?;
            let mut inner = visible.clone();
            inner.0.push((name.clone(), id, Rc::new(rename(&concrete(first)))));
            is_recursive = true;
            self.query(&cte.query, parent, &inner)?
        } else {
            self.query(&cte.query, parent, visible)?
        };
        query.columns = rename(&query.columns);
        visible.0.push((name, id, Rc::new(query.columns.clone())));
        Ok(CteQuery { cte: id, query, recursive: is_recursive })
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
                if order.is_empty() && limit.is_none() && offset.is_none() && inner.ctes.is_empty() {
                    return Ok((inner.body, inner.columns));
                }
                let columns = inner.columns.clone();
                let rel = self.rel();
                let items = (0..columns.len()).map(|i| column(rel, i, &columns)).collect();
                let mut scope = Scope::new(parent, ctes);
                scope.items.push(self.outputs(rel, &columns));
                let order = self.order(order, &scope, &columns, None)?;
                let (limit, offset) = (self.count(limit, &scope)?, self.count(offset, &scope)?);
                let from = Some(From::Query(rel, Box::new(inner)));
                Ok((Body::Select(Box::new(Select { order, limit, offset, ..plain(items, from) })), columns))
            }
            ast::SetExpr::SetOperation { left, op, set_quantifier, right } => {
                self.set_operation((left, *op, *set_quantifier, right), order, limit, offset, parent, ctes)
            }
            ast::SetExpr::Values(values) => self.values(values, parent, ctes),
            other => Err(Fault::unsupported(
                format!("{other}").split_whitespace().next().unwrap_or("this statement").to_uppercase(),
            )
            .at(other.span())),
        }
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
            rows.push(row.content.iter().map(|e| self.expr(e, &scope)).collect::<Result<Vec<_>>>()?);
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
        let (mut left_body, mut left_columns) = self.part(left, parent, ctes)?;
        let (mut right_body, mut right_columns) = self.part(right, parent, ctes)?;
        let all = matches!(quantifier, ast::SetQuantifier::All);
        let op = match (op, all) {
            (ast::SetOperator::Union, true) => "UNION ALL",
            (ast::SetOperator::Union, false) => "UNION",
            (ast::SetOperator::Intersect, false) => "INTERSECT",
            (ast::SetOperator::Except, false) => "EXCEPT",
            (other, _) => return Err(Fault::unsupported(format!("{other} ALL")).at(right.span())),
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
        let (left_items, right_items) = (side(left_rel, &left_columns)?, side(right_rel, &right_columns)?);
        let mut scope = Scope::new(parent, ctes);
        scope.items.push(self.outputs(rel, &columns));
        let order = self.order(order, &scope, &columns, None)?;
        let (limit, offset) = (self.count(limit, &scope)?, self.count(offset, &scope)?);
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
        self.undecided = matches!(part, ast::SetExpr::Select(_));
        let result = self.body(part, &[], None, None, parent, ctes);
        self.undecided = false;
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
            whole: None,
            marker: None,
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
        let undecided = std::mem::take(&mut self.undecided);
        // Aggregates of a subquery are not those of the query around it.
        let aggregates_outside = self.aggregates;
        let mut scope = Scope::new(parent, ctes);
        let mut from = None;
        for table in &select.from {
            let item = self.table_with_joins(table, &mut scope)?;
            from = Some(cross(from, item));
        }
        let filter = match &select.selection {
            Some(filter) => Some(self.leniently(|r| r.boolean(filter, &scope, "WHERE"))?),
            None => None,
        };

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
        let sets = self.sets.pop();
        if let Some(Sets { rel, arrays, .. }) = sets
            && !arrays.is_empty()
        {
            let set = if zipped {
                Expr::call("pg_zip", arrays, PgType::Unknown)
            } else {
                arrays.into_iter().next().unwrap_or(Expr::new(Kind::Null, PgType::Unknown))
            };
            from = Some(cross(from, From::Elements(rel, Box::new(set))));
        }
        let columns: Vec<(String, PgType)> = outputs.iter().map(|(n, e)| (n.clone(), e.ty.clone())).collect();

        let mut group = Vec::new();
        match &select.group_by {
            ast::GroupByExpr::Expressions(keys, modifiers) => {
                if !modifiers.is_empty() {
                    return Err(Fault::unsupported("GROUP BY with a modifier").at(select.span()));
                }
                for key in keys {
                    group.push(self.group_key(key, &scope, &outputs)?);
                }
            }
            ast::GroupByExpr::All(_) => return Err(Fault::unsupported("GROUP BY ALL").at(select.span())),
        }
        let having = match &select.having {
            Some(having) => Some(self.boolean(having, &scope, "HAVING")?),
            None => None,
        };
        let grouped = !group.is_empty() || having.is_some() || self.aggregates > aggregates_before;
        if grouped {
            for (name, expr) in &outputs {
                ungrouped(expr, &group).map_or(Ok(()), |column| {
                    let shown = if column.is_empty() { name.clone() } else { column };
                    Err(Fault::new(
                        "grouping",
                        format!(
                            "column \"{shown}\" must appear in the GROUP BY clause or be used in an aggregate function"
                        ),
                    )
                    .at(select.span()))
                })?;
            }
        }
        let (distinct, distinct_on) = match &select.distinct {
            None | Some(ast::Distinct::All) => (false, Vec::new()),
            Some(ast::Distinct::Distinct) => (true, Vec::new()),
            Some(ast::Distinct::On(keys)) => {
                (false, keys.iter().map(|k| self.sort_key(k, &scope, &columns, Some(&outputs))).collect::<Result<_>>()?)
            }
        };
        let order = self.order(order, &scope, &columns, Some(&outputs))?;
        let (limit, offset) = (self.count(limit, &scope)?, self.count(offset, &scope)?);
        self.aggregates = aggregates_outside;
        let items = outputs.into_iter().map(|(_, e)| e).collect();
        let select = Select { distinct, distinct_on, items, from, filter, group, having, order, limit, offset };
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
                    for item in &scope.items {
                        self.star(item, true, &mut outputs);
                    }
                }
                ast::SelectItem::QualifiedWildcard(kind, _) => {
                    let ast::SelectItemQualifiedWildcardKind::ObjectName(name) = kind else {
                        return Err(Fault::unsupported("(expression).*").at(item.span()));
                    };
                    let alias = super::naming::last_part(name);
                    let found =
                        find_item(&alias, scope).ok_or_else(|| missing_item(&alias, scope).at(item.span()))?.clone();
                    self.star(&found, false, &mut outputs);
                }
                other @ ast::SelectItem::ExprWithAliases { .. } => {
                    return Err(Fault::unsupported("several aliases").at(other.span()));
                }
            }
        }
        Ok(outputs)
    }

    fn star(&mut self, item: &Item, bare: bool, outputs: &mut Vec<(String, Expr)>) {
        for (name, expr) in &item.columns {
            if !(bare && item.hidden.contains(name)) {
                self.read(item, name);
                outputs.push((name.clone(), expr.clone()));
            }
        }
    }

    /// Resolves an output column.
    fn output(&mut self, expr: &ast::Expr, scope: &Scope<'_>) -> Result<Expr> {
        let resolved = self.expr(expr, scope)?;
        match resolved.ty {
            PgType::Record => Err(Fault::unsupported("a row as an output column").at(expr.span())),
            _ => Ok(resolved),
        }
    }

    /// A key of GROUP BY: a number, an input column, an output alias, or any expression.
    fn group_key(&mut self, key: &ast::Expr, scope: &Scope<'_>, outputs: &[(String, Expr)]) -> Result<Expr> {
        if matches!(key, ast::Expr::GroupingSets(_) | ast::Expr::Cube(_) | ast::Expr::Rollup(_)) {
            return Err(Fault::unsupported("GROUPING SETS").at(key.span()));
        }
        if let Some(place) = ordinal(key) {
            return by_place(outputs, place, "GROUP BY").map_err(|f| f.at(key.span()));
        }
        if let ast::Expr::Identifier(ident) = key {
            let name = fold(ident);
            if let Some(input) = self.column_in(&name, scope).map_err(|f| f.at(key.span()))? {
                return Ok(input);
            }
            if let Some((_, output)) = outputs.iter().find(|(n, _)| *n == name) {
                return Ok(output.clone());
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
    ) -> Result<Expr> {
        let Some(outputs) = outputs else {
            if let Some(place) = ordinal(key) {
                let item = scope.items.first().map(|i| i.columns.as_slice()).unwrap_or_default();
                return by_place(item, place, "ORDER BY").map_err(|f| f.at(key.span()));
            }
            return self.expr(key, scope);
        };
        if let Some(place) = ordinal(key) {
            return by_place(outputs, place, "ORDER BY").map_err(|f| f.at(key.span()));
        }
        if let ast::Expr::Identifier(ident) = key {
            let name = fold(ident);
            if columns.iter().any(|(n, _)| *n == name)
                && let Some((_, output)) = outputs.iter().find(|(n, _)| *n == name)
            {
                return Ok(output.clone());
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
                let expr = self.sort_key(&o.expr, scope, columns, outputs)?;
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

    fn count(&mut self, expr: Option<&ast::Expr>, scope: &Scope<'_>) -> Result<Option<Expr>> {
        let Some(expr) = expr else { return Ok(None) };
        let resolved = self.expr(expr, scope)?;
        self.coerce_or_cast(resolved, &PgType::Int8).map(Some).map_err(|f| f.at(expr.span()))
    }
}

fn plain(items: Vec<Expr>, from: Option<From>) -> Select {
    Select {
        distinct: false,
        distinct_on: Vec::new(),
        items,
        from,
        filter: None,
        group: Vec::new(),
        having: None,
        order: Vec::new(),
        limit: None,
        offset: None,
    }
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

/// Returns the number that a key of ORDER BY or GROUP BY is.
fn ordinal(key: &ast::Expr) -> Option<usize> {
    match key {
        ast::Expr::Value(v) => match &v.value {
            ast::Value::Number(digits, _) => digits.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

fn by_place(outputs: &[(String, Expr)], place: usize, clause: &str) -> Result<Expr> {
    place
        .checked_sub(1)
        .and_then(|i| outputs.get(i))
        .map(|(_, e)| e.clone())
        .ok_or_else(|| Fault::new("syntax", format!("{clause} position {place} is not in select list")))
}

type Tail<'q> = (&'q [ast::OrderByExpr], Option<&'q ast::Expr>, Option<&'q ast::Expr>);

/// Takes ORDER BY, LIMIT or FETCH, and OFFSET off a query.
fn tail(query: &ast::Query) -> Result<Tail<'_>> {
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
        Some(ast::LimitClause::OffsetCommaLimit { offset, limit }) => (Some(limit), Some(offset)),
    };
    if let Some(fetch) = &query.fetch {
        if fetch.with_ties || fetch.percent {
            return Err(Fault::unsupported("FETCH ... WITH TIES"));
        }
        limit = fetch.quantity.as_ref();
        if limit.is_none() {
            return Err(Fault::unsupported("FETCH without a number of rows"));
        }
    }
    Ok((order, limit, offset))
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

/// Returns the name of a column that is neither grouped nor inside an aggregate.
fn ungrouped(expr: &Expr, group: &[Expr]) -> Option<String> {
    if group.contains(expr) {
        return None;
    }
    let any = |items: &[Expr]| items.iter().find_map(|e| ungrouped(e, group));
    match &expr.kind {
        Kind::Column(_, Field::Named(name)) => Some(name.clone()),
        Kind::Column(..) => Some(String::new()),
        Kind::Call(_, args) | Kind::All(args) | Kind::Any(args) => any(args),
        Kind::Infix(_, a, b) => ungrouped(a, group).or_else(|| ungrouped(b, group)),
        Kind::Prefix(_, a) | Kind::IsNull(a, _) | Kind::NativeCast(a, _) => ungrouped(a, group),
        Kind::Case(branches, otherwise) => branches
            .iter()
            .find_map(|(w, t)| ungrouped(w, group).or_else(|| ungrouped(t, group)))
            .or_else(|| otherwise.as_deref().and_then(|o| ungrouped(o, group))),
        Kind::InList(a, items, _) => ungrouped(a, group).or_else(|| any(items)),
        Kind::InQuery(items, ..) => any(items),
        // Aggregates take their columns in; subqueries were checked by themselves.
        _ => None,
    }
}
