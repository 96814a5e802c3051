//! FROM clauses: tables, views, common tables, subqueries, functions, joins.

use super::clause::Clause;
use super::naming::{fold, last_part};
use super::scope::{Item, Scope};
use super::{Fault, Resolver, Result};
use crate::model::diagnostic::nearest;
use crate::model::pgtype::PgType;
use crate::sql::ir::{Expr, Field, From, Kind, Rel};
use sqlparser::ast::{self, Spanned as _};
use std::collections::HashSet;

/// The name of Steampipe's database, which may stand before a schema.
const DATABASE: &str = "steampipe";

/// How the names of tables begin that other plugins of Steampipe have.
const OTHER_PLUGINS: [&str; 10] = [
    "alicloud_",
    "azure_",
    "azuread_",
    "digitalocean_",
    "gcp_",
    "github_",
    "googleworkspace_",
    "kubernetes_",
    "oci_",
    "okta_",
];

/// Columns in the order of `*`, by item and column.
type Star = Vec<(usize, usize)>;

impl Resolver<'_> {
    /// Resolves one entry of a FROM list with its joins.
    /// Adds its columns to `*`.
    pub(super) fn table_with_joins(&mut self, table: &ast::TableWithJoins, scope: &mut Scope<'_>) -> Result<From> {
        let (from, star) = self.joined(table, scope)?;
        scope.star.extend(star);
        Ok(from)
    }

    fn joined(&mut self, table: &ast::TableWithJoins, scope: &mut Scope<'_>) -> Result<(From, Star)> {
        let first = scope.items.len();
        let (mut from, mut star) = self.placed(&table.relation, scope)?;
        for join in &table.joins {
            from = self.join(from, first, join, scope, &mut star)?;
        }
        Ok((from, star))
    }

    /// Resolves an item together with its columns in the order of `*`.
    fn placed(&mut self, factor: &ast::TableFactor, scope: &mut Scope<'_>) -> Result<(From, Star)> {
        if let ast::TableFactor::NestedJoin { table_with_joins, alias: None } = factor {
            return self.joined(table_with_joins, scope);
        }
        let before = scope.items.len();
        let from = self.factor(factor, scope)?;
        let added = scope.items.iter().enumerate().skip(before);
        Ok((from, added.flat_map(|(i, item)| (0..item.columns.len()).map(move |c| (i, c))).collect()))
    }

    fn join(
        &mut self,
        left: From,
        first: usize,
        join: &ast::Join,
        scope: &mut Scope<'_>,
        star: &mut Star,
    ) -> Result<From> {
        use ast::JoinOperator as J;
        let before = scope.items.len();
        let (right, right_star) = self.placed(&join.relation, scope)?;
        let is_function = matches!(right, From::Elements(..));
        let (kind, constraint) = match &join.join_operator {
            J::Join(c) | J::Inner(c) => (if is_function { "CROSS JOIN" } else { "JOIN" }, c),
            J::Left(c) | J::LeftOuter(c) => ("LEFT JOIN", c),
            J::Right(c) | J::RightOuter(c) => ("RIGHT JOIN", c),
            J::FullOuter(c) => ("FULL JOIN", c),
            J::CrossJoin(c) => ("CROSS JOIN", c),
            _ => return Err(Fault::unsupported("this kind of join").at(join.relation.span())),
        };
        for (i, item) in scope.items.iter_mut().enumerate().skip(first) {
            item.is_optional |= match kind {
                "LEFT JOIN" => i >= before,
                "RIGHT JOIN" => i < before,
                "FULL JOIN" => true,
                _ => false,
            };
        }
        let mut shared: Vec<String> = Vec::new();
        if let (From::Elements(_, set), "RIGHT JOIN" | "FULL JOIN") = (&right, kind) {
            let before = scope.items.get(first..before).unwrap_or_default();
            if rels_of(before).iter().any(|rel| super::lateral::mentions(set, *rel)) {
                let message = "invalid reference to FROM-clause entry on the left of a RIGHT or FULL JOIN";
                return Err(Fault::new("syntax", message)
                    .at(join.relation.span())
                    .help("the combining JOIN type must be INNER or LEFT for a LATERAL reference"));
            }
        }
        let on = match constraint {
            ast::JoinConstraint::On(condition) => {
                // ON sees the items of this join only, and what is outside the SELECT.
                let mut inner = Scope::new(scope.parent, scope.ctes);
                inner.items = scope.items.get(first..).unwrap_or_default().to_vec();
                Some(self.within(Clause::Join, |r| r.leniently(|r| r.boolean(condition, &inner, "JOIN/ON")))?)
            }
            ast::JoinConstraint::Using(names) => {
                let names: Vec<String> = names.iter().map(last_part).collect();
                shared = names;
                Some(self.using(&shared, first, before, kind, scope).map_err(|f| f.at(join.relation.span()))?)
            }
            ast::JoinConstraint::Natural => {
                let names = |items: &[Item]| {
                    items.iter().flat_map(|i| i.columns.iter().map(|(n, _)| n.clone())).collect::<Vec<_>>()
                };
                let left = names(scope.items.get(first..before).unwrap_or_default());
                shared = names(scope.items.get(before..).unwrap_or_default());
                shared.retain(|n| left.contains(n));
                if shared.is_empty() { None } else { Some(self.using(&shared, first, before, kind, scope)?) }
            }
            ast::JoinConstraint::None => None,
        };
        let name_of = |(item, column): &(usize, usize)| {
            scope.items.get(*item).and_then(|i| i.columns.get(*column)).map_or("", |(n, _)| n.as_str())
        };
        // The shared columns come first, in their order, and only once.
        let mut all: Star = shared.iter().filter_map(|n| star.iter().find(|p| name_of(p) == n).copied()).collect();
        let is_shared = |p: &(usize, usize)| shared.iter().any(|n| n == name_of(p));
        all.extend(star.iter().chain(&right_star).filter(|p| !is_shared(p)));
        *star = all;
        let on = on.or_else(|| (!matches!(kind, "CROSS JOIN")).then(|| Expr::boolean(true)));
        // A LEFT JOIN with the sides exchanged finds its rows through an index, which SQLite's RIGHT JOIN does not.
        if kind == "RIGHT JOIN" && !matches!(left, From::Join { .. }) && !matches!(right, From::Join { .. }) {
            return Ok(From::Join { kind: "LEFT JOIN", left: Box::new(right), right: Box::new(left), on });
        }
        Ok(From::Join { kind, left: Box::new(left), right: Box::new(right), on })
    }

    /// Equates the columns of USING; a bare name then means the left one, or the right one after a RIGHT JOIN.
    fn using(
        &mut self,
        names: &[String],
        first: usize,
        before: usize,
        kind: &str,
        scope: &mut Scope<'_>,
    ) -> Result<Expr> {
        let mut conditions = Vec::new();
        for name in names {
            let find = |items: &[Item], offset: usize| {
                items
                    .iter()
                    .position(|i| !i.hidden.contains(name) && i.columns.iter().any(|(n, _)| n == name))
                    .map(|p| p + offset)
            };
            let missing = |side: &str| {
                Fault::new(
                    "unknown-column",
                    format!("column \"{name}\" specified in USING clause does not exist in {side} table"),
                )
            };
            let l = find(scope.items.get(first..before).unwrap_or_default(), first).ok_or_else(|| missing("left"))?;
            let r = find(scope.items.get(before..).unwrap_or_default(), before).ok_or_else(|| missing("right"))?;
            let mut get = |at: usize| -> Option<Expr> {
                let item = scope.items.get(at)?.clone();
                self.read(&item, name);
                item.merged.into_iter().chain(item.columns).find(|(n, _)| n == name).map(|(_, e)| e)
            };
            let (Some(a), Some(b)) = (get(l), get(r)) else { return Err(missing("left")) };
            let merged = match kind {
                "RIGHT JOIN" => Some(b.clone()),
                "FULL JOIN" => Some(Expr::call("coalesce", vec![a.clone(), b.clone()], a.ty.clone())),
                _ => None,
            };
            conditions.push(self.compare("=", a, b)?);
            if let Some(item) = scope.items.get_mut(r) {
                item.hidden.insert(name.clone());
            }
            if let (Some(merged), Some(item)) = (merged, scope.items.get_mut(l)) {
                item.merged.retain(|(n, _)| n != name);
                item.merged.push((name.clone(), merged));
            }
        }
        Ok(Expr::new(Kind::All(conditions), PgType::Bool))
    }

    fn factor(&mut self, factor: &ast::TableFactor, scope: &mut Scope<'_>) -> Result<From> {
        match factor {
            ast::TableFactor::Table { name, alias, args: None, sample, .. } => {
                if sample.is_some() {
                    return Err(Fault::unsupported("TABLESAMPLE").at(factor.span()));
                }
                self.table(name, alias.as_ref(), scope).map_err(|f| f.at(name.span()))
            }
            ast::TableFactor::Table { name, alias, args: Some(args), with_ordinality, .. } => self
                .function_item(name, &args.args, *with_ordinality, alias.as_ref(), scope)
                .map_err(|f| f.at(name.span())),
            ast::TableFactor::Function { name, args, with_ordinality, alias, .. } => {
                self.function_item(name, args, *with_ordinality, alias.as_ref(), scope).map_err(|f| f.at(name.span()))
            }
            ast::TableFactor::UNNEST { alias, array_exprs, with_ordinality, .. } => {
                let mut arrays = self.within(Clause::From, |r| {
                    array_exprs.iter().map(|a| r.expr(a, scope)).collect::<Result<Vec<_>>>()
                })?;
                if arrays.len() != 1 {
                    return self
                        .unnest_several(arrays, *with_ordinality, alias.as_ref(), scope)
                        .map_err(|f| f.at(factor.span()));
                }
                let array = arrays.remove(0);
                let (set, element) = self.unnest(array).map_err(|f| f.at(factor.span()))?;
                self.elements("unnest", set, element, *with_ordinality, alias.as_ref(), None, scope)
            }
            ast::TableFactor::Derived { lateral, subquery, alias, .. } => {
                let query = if *lateral {
                    self.within(Clause::Lateral, |r| r.subquery(subquery, scope))?
                } else {
                    self.query(subquery, scope.parent, scope.ctes)?
                };
                let neighbours = rels_of(&scope.items);
                if *lateral && super::lateral::query_mentions(&query, &neighbours) {
                    let (from, columns, rel) = self.lateral(query);
                    self.item(alias.as_ref(), "", None, columns, Some(element_marker(rel)), scope)?;
                    return Ok(from);
                }
                let rel = self.rel();
                let columns = query
                    .columns
                    .iter()
                    .enumerate()
                    .map(|(i, (n, t))| (n.clone(), Expr::new(Kind::Column(rel, Field::Nth(i)), t.clone())))
                    .collect();
                self.item(alias.as_ref(), "", None, columns, None, scope)?;
                Ok(From::Query(rel, Box::new(query)))
            }
            other => {
                let text = other.to_string();
                let word = text.split(['(', ' ']).find(|w| !w.is_empty()).unwrap_or("this").to_uppercase();
                Err(Fault::unsupported(format!("{word} in FROM")).at(other.span()))
            }
        }
    }

    pub(super) fn table(
        &mut self,
        name: &ast::ObjectName,
        alias: Option<&ast::TableAlias>,
        scope: &mut Scope<'_>,
    ) -> Result<From> {
        let table = last_part(name);
        let rel = self.rel();
        if name.0.len() == 1
            && let Some((_, cte, columns)) = scope.ctes.0.iter().rev().find(|(n, ..)| *n == table)
        {
            let columns = columns
                .iter()
                .enumerate()
                .map(|(i, (n, t))| (n.clone(), Expr::new(Kind::Column(rel, Field::Nth(i)), t.clone())))
                .collect();
            let cte = *cte;
            *self.uses.entry(cte.0).or_default() += 1;
            self.item(alias, &table, None, columns, None, scope)?;
            return Ok(From::Cte(rel, cte));
        }
        self.table_schema(name)?;
        let Some(schema) = self.schema.table(&table) else {
            let written: Vec<String> = name.0.iter().filter_map(|p| p.as_ident()).map(fold).collect();
            let fault = Fault::new("unknown-table", format!("relation \"{}\" does not exist", written.join(".")));
            let mut names = self.schema.table_names();
            names.extend(scope.ctes.0.iter().map(|(n, ..)| n.as_str()));
            return Err(match nearest(&table, names) {
                Some(near) => fault.help(format!("did you mean \"{near}\"?")),
                None if OTHER_PLUGINS.iter().any(|plugin| table.starts_with(plugin)) => {
                    fault.help("the tables here are those of AWS; --database postgres://... asks a server with others")
                }
                None => fault,
            });
        };
        if let Some(view) = schema.view.clone() {
            if self.views.contains(&table) {
                return Err(Fault::new("unknown-table", format!("view \"{table}\" refers to itself")));
            }
            let text = crate::model::source::SqlText::inline(view);
            let parsed = crate::sql::parse::parse(&text)
                .map_err(|d| Fault::new("view", format!("view \"{table}\": {}", d.message)))?;
            self.views.push(table.clone());
            let around = (std::mem::take(&mut self.lenient), std::mem::take(&mut self.outer));
            let query = self.query(&parsed, None, &super::Ctes::default());
            (self.lenient, self.outer) = around;
            self.views.pop();
            let query = query.map_err(|f| Fault::new(f.code, format!("view \"{table}\": {}", f.message)))?;
            let columns = query
                .columns
                .iter()
                .enumerate()
                .map(|(i, (n, t))| (n.clone(), Expr::new(Kind::Column(rel, Field::Nth(i)), t.clone())))
                .collect();
            self.item(alias, &table, None, columns, None, scope)?;
            return Ok(From::Query(rel, Box::new(query)));
        }
        let columns = schema
            .columns
            .iter()
            .map(|(n, t)| (n.clone(), Expr::new(Kind::Column(rel, Field::Named(n.clone())), t.clone())))
            .collect();
        // A schema may answer to a second name; what is read is the table itself.
        let stored = schema.name.clone();
        self.reads.entry(stored.clone()).or_default();
        let marker = Expr::new(Kind::Column(rel, Field::RowId), PgType::Int8);
        self.item(alias, &table, Some(stored.clone()), columns, Some(marker), scope)?;
        Ok(From::Table(rel, stored))
    }

    /// Checks what stands before a table's name: a schema, and the database before it.
    fn table_schema(&self, name: &ast::ObjectName) -> Result<()> {
        let parts: Vec<String> = name.0.iter().filter_map(|p| p.as_ident()).map(fold).collect();
        let written = parts.join(".");
        let schema = match parts.as_slice() {
            [_] => return Ok(()),
            [schema, _] => schema,
            [database, schema, _] if database == DATABASE => schema,
            [_, _, _] => {
                let message = format!("cross-database references are not implemented: \"{written}\"");
                return Err(Fault::new("unknown-table", message));
            }
            _ => {
                let message = format!("improper qualified name (too many dotted names): {written}");
                return Err(Fault::new("syntax", message));
            }
        };
        if self.schema.has_schema(schema) {
            return Ok(());
        }
        let fault = Fault::new("unknown-table", format!("relation \"{written}\" does not exist"));
        let table = last_part(name);
        Err(match self.schema.table(&table) {
            Some(_) => {
                fault.help(format!("write \"{table}\" alone, or in a schema of Steampipe: public, aws, aws_..."))
            }
            None => fault,
        })
    }

    /// Adds an item to the scope, renamed by its alias.
    pub(super) fn item(
        &mut self,
        alias: Option<&ast::TableAlias>,
        name: &str,
        table: Option<String>,
        mut columns: Vec<(String, Expr)>,
        marker: Option<Expr>,
        scope: &mut Scope<'_>,
    ) -> Result<()> {
        let renamed = alias.map(|a| a.columns.as_slice()).unwrap_or_default();
        // A renamed column of a stored table is still read under its own name: note all of them.
        if let (false, Some(table)) = (renamed.is_empty(), &table) {
            self.reads.entry(table.clone()).or_default().extend(columns.iter().map(|(n, _)| n.clone()));
        }
        for (column, new) in columns.iter_mut().zip(renamed) {
            column.0 = fold(&new.name);
        }
        let table = if renamed.is_empty() { table } else { None };
        let place = alias.map(|a| a.name.span);
        let alias = alias.map_or_else(|| name.to_owned(), |a| fold(&a.name));
        let (has, wanted) = (columns.len(), renamed.len());
        let mistake = if wanted > has {
            Some(format!("table \"{alias}\" has {has} columns available but {wanted} columns specified"))
        } else if !alias.is_empty() && scope.items.iter().any(|i| i.alias == alias) {
            Some(format!("table name \"{alias}\" specified more than once"))
        } else {
            None
        };
        if let Some(message) = mistake {
            let fault = Fault::new("syntax", message);
            return Err(match place {
                Some(span) => fault.at(span),
                None => fault,
            });
        }
        scope.items.push(Item {
            alias,
            table,
            columns,
            hidden: HashSet::new(),
            merged: Vec::new(),
            whole: None,
            marker,
            is_optional: false,
        });
        Ok(())
    }

    fn function_item(
        &mut self,
        name: &ast::ObjectName,
        args: &[ast::FunctionArg],
        ordinality: bool,
        alias: Option<&ast::TableAlias>,
        scope: &mut Scope<'_>,
    ) -> Result<From> {
        let function = last_part(name);
        self.function_schema(name)?;
        let mut resolved = Vec::new();
        for arg in args {
            match arg {
                ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(e)) => {
                    resolved.push(self.within(Clause::From, |r| r.expr(e, scope))?);
                }
                other => return Err(Fault::unsupported("this kind of argument").at(other.span())),
            }
        }
        if super::records::is_record_function(&function) {
            return self.record_function(&function, &resolved, ordinality, alias, scope);
        }
        if function == "unnest" && resolved.len() > 1 {
            return self.unnest_several(resolved, ordinality, alias, scope);
        }
        if let Some((set, parts)) = self.each(&function, &resolved)? {
            let rel = self.rel();
            let mut columns: Vec<(String, Expr)> = (parts.into_iter().enumerate())
                .map(|(i, (n, t))| (n, Expr::new(Kind::Column(rel, Field::Part(i)), t)))
                .collect();
            if ordinality {
                columns.push(("ordinality".to_owned(), Expr::new(Kind::Column(rel, Field::Ordinality), PgType::Int8)));
            }
            self.item(alias, &function, None, columns, Some(element_marker(rel)), scope)?;
            return Ok(From::Elements(rel, Box::new(set)));
        }
        if let Some((set, element)) = self.set_function(&function, &resolved)? {
            let own = matches!(
                function.as_str(),
                "jsonb_array_elements"
                    | "json_array_elements"
                    | "jsonb_array_elements_text"
                    | "json_array_elements_text"
            )
            .then_some("value");
            return self.elements(&function, set, element, ordinality, alias, own, scope);
        }
        let value = self.call(&function, &resolved)?;
        let ty = value.ty.clone();
        let set = Expr::call("pg_one", vec![value], PgType::Unknown);
        self.elements(&function, set, ty, ordinality, alias, None, scope)
    }

    /// `unnest` of several arrays, side by side; the shorter ones are filled up with NULL.
    fn unnest_several(
        &mut self,
        arrays: Vec<Expr>,
        ordinality: bool,
        alias: Option<&ast::TableAlias>,
        scope: &mut Scope<'_>,
    ) -> Result<From> {
        let rel = self.rel();
        let (mut sets, mut columns) = (Vec::new(), Vec::new());
        for (i, array) in arrays.into_iter().enumerate() {
            let (set, element) = self.unnest(array)?;
            sets.push(set);
            columns.push(("unnest".to_owned(), Expr::new(Kind::Column(rel, Field::Part(i)), element)));
        }
        if ordinality {
            columns.push(("ordinality".to_owned(), Expr::new(Kind::Column(rel, Field::Ordinality), PgType::Int8)));
        }
        self.item(alias, "unnest", None, columns, Some(element_marker(rel)), scope)?;
        Ok(From::Elements(rel, Box::new(Expr::call("pg_zip", sets, PgType::Unknown))))
    }

    /// Adds the item of a function that returns a set of single values.
    #[expect(clippy::too_many_arguments, reason = "the parts of one FROM item")]
    fn elements(
        &mut self,
        function: &str,
        set: Expr,
        element: PgType,
        ordinality: bool,
        alias: Option<&ast::TableAlias>,
        column: Option<&str>,
        scope: &mut Scope<'_>,
    ) -> Result<From> {
        let rel = self.rel();
        let value = Expr::new(Kind::Column(rel, Field::Element), element);
        // The column is called as the function says, else like the alias, else like the function.
        let name = column.map_or_else(|| alias.map_or_else(|| function.to_owned(), |a| fold(&a.name)), str::to_owned);
        let mut columns = vec![(name, value.clone())];
        if ordinality {
            columns.push(("ordinality".to_owned(), Expr::new(Kind::Column(rel, Field::Ordinality), PgType::Int8)));
        }
        self.item(alias, function, None, columns, Some(element_marker(rel)), scope)?;
        if let (false, Some(item)) = (ordinality, scope.items.last_mut()) {
            item.whole = Some(value);
        }
        Ok(From::Elements(rel, Box::new(set)))
    }
}

/// The relations that FROM items read.
pub(super) fn rels_of(items: &[Item]) -> Vec<Rel> {
    let mut rels = Vec::new();
    for (_, column) in items.iter().flat_map(|i| &i.columns) {
        crate::sql::walk::expr(column, &mut |e| {
            if let Kind::Column(rel, _) = &e.kind {
                rels.push(*rel);
            }
            true
        });
    }
    rels
}

/// Not NULL for each element there is: its place in the list.
pub(super) fn element_marker(rel: Rel) -> Expr {
    Expr::new(Kind::Column(rel, Field::RowId), PgType::Record)
}
