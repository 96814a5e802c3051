//! WITH: common tables, and those that read themselves.

use super::grouping::has_window;
use super::naming::fold;
use super::scope::Scope;
use super::{Ctes, Fault, Resolver, Result};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Body, CteQuery, From, Query};
use sqlparser::ast::{self, Spanned as _};
use std::rc::Rc;

impl Resolver<'_> {
    pub(super) fn common_table(
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
    pub(super) fn recursive(
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
}

/// How often a FROM clause reads a common table, subqueries aside.
fn direct_reads(from: &From, id: crate::sql::ir::Cte) -> usize {
    match from {
        From::Cte(_, cte) => usize::from(*cte == id),
        From::Join { left, right, .. } => direct_reads(left, id) + direct_reads(right, id),
        From::Table(..) | From::Query(..) | From::Elements(..) => 0,
    }
}

/// Types that a recursive table shows before its second part is known.
fn concrete(columns: Vec<(String, PgType)>) -> Vec<(String, PgType)> {
    columns.into_iter().map(|(n, t)| (n, if t == PgType::Unknown { PgType::Text } else { t })).collect()
}
