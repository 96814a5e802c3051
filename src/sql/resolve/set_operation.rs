//! UNION, INTERSECT and EXCEPT.

use super::clause::Clause;
use super::grouping::through;
use super::scope::{Item, Scope};
use super::select::no_equality;
use super::sorting::constant;
use super::{Ctes, Fault, Resolver, Result};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Aggregate, Body, Expr, Field, From, Kind, Query, Rel, Select, Window};
use sqlparser::ast::{self, Spanned as _};
use std::collections::HashSet;

impl Resolver<'_> {
    pub(super) fn set_operation(
        &mut self,
        (left, op, quantifier, right): (&ast::SetExpr, ast::SetOperator, ast::SetQuantifier, &ast::SetExpr),
        order: &[ast::OrderByExpr],
        limit: Option<&ast::Expr>,
        offset: Option<&ast::Expr>,
        parent: Option<&Scope<'_>>,
        ctes: &Ctes,
    ) -> Result<(Body, Vec<(String, PgType)>)> {
        super::collation::check_sides(left, right)?;
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
            let select = Body::Select(Box::new(Select::of(through(rel, &columns), Some(from))));
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
    pub(super) fn part(
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
    pub(super) fn outputs(&mut self, rel: Rel, columns: &[(String, PgType)]) -> Item {
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

pub(super) fn column(rel: Rel, i: usize, columns: &[(String, PgType)]) -> Expr {
    Expr::new(Kind::Column(rel, Field::Nth(i)), columns.get(i).map_or(PgType::Unknown, |(_, t)| t.clone()))
}
