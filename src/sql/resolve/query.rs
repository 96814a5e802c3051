//! Queries: WITH in front, what they consist of, LIMIT behind.

use super::clause::Clause;
use super::grouping::through;
use super::lateral::mentions;
use super::scope::Scope;
use super::{Ctes, Fault, Resolver, Result};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Body, Expr, From, Kind, Query, Select};
use sqlparser::ast::{self, Spanned as _};

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

    pub(super) fn body(
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
    pub(super) fn wrapped(
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
        let select = Select { order, limit, offset, ..Select::of(through(rel, &columns), from) };
        Ok((Body::Select(Box::new(select)), columns))
    }

    pub(super) fn values(
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
        super::collation::check_rows(&values.rows)?;
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

    /// LIMIT or OFFSET: a number of rows, which no row of the query itself can decide.
    pub(super) fn count(
        &mut self,
        expr: Option<&ast::Expr>,
        scope: &Scope<'_>,
        clause: Clause,
    ) -> Result<Option<Expr>> {
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
