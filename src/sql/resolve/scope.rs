//! What a name can mean in a place.

use super::{Ctes, Fault, Resolver, Result};
use crate::model::diagnostic::nearest;
use crate::model::pgtype::PgType;
use crate::sql::ir::{Expr, Kind};
use std::collections::HashSet;

/// An item of a FROM clause, as names see it.
#[derive(Clone)]
pub(super) struct Item {
    /// The alias, or the table's name.
    pub alias: String,
    /// The stored table it is, whose columns count as read when they are named.
    pub table: Option<String>,
    /// Its columns.
    pub columns: Vec<(String, Expr)>,
    /// Columns that a bare name does not see: the right side of USING.
    pub hidden: HashSet<String>,
    /// What a bare name means where it is not this item's column alone: the merged column of USING.
    pub merged: Vec<(String, Expr)>,
    /// The value that the alias itself stands for, for a function of one column.
    pub whole: Option<Expr>,
    /// Not NULL in each row that exists.
    pub marker: Option<Expr>,
    /// Whether an outer join may make up a row of it.
    pub is_optional: bool,
}

/// The FROM items of a SELECT, inside those of the SELECTs around it.
pub(super) struct Scope<'p> {
    pub items: Vec<Item>,
    /// The columns of `*` in order, by item and column: those of USING come first.
    pub star: Vec<(usize, usize)>,
    pub parent: Option<&'p Scope<'p>>,
    pub ctes: &'p Ctes,
    /// How many SELECTs are around this one.
    pub depth: usize,
}

impl<'p> Scope<'p> {
    pub fn new(parent: Option<&'p Self>, ctes: &'p Ctes) -> Self {
        let depth = parent.map_or(0, |p| p.depth + 1);
        Self { items: Vec::new(), star: Vec::new(), parent, ctes, depth }
    }

    pub fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |s| s.parent)
    }
}

impl Resolver<'_> {
    /// Resolves a bare name: a column, then an item's alias, then the same one SELECT further out.
    pub(super) fn name(&mut self, name: &str, scope: &Scope<'_>) -> Result<Expr> {
        for level in scope.chain() {
            if let Some(found) = self.column_in(name, level)? {
                return Ok(found);
            }
            if let Some(item) = level.items.iter().find(|i| i.alias == name) {
                return Ok(self.whole_row(item));
            }
        }
        let names: Vec<&str> =
            scope.chain().flat_map(|s| &s.items).flat_map(|i| &i.columns).map(|(n, _)| n.as_str()).collect();
        let fault = Fault::new("unknown-column", format!("column \"{name}\" does not exist"));
        Err(match nearest(name, names) {
            Some(near) => fault.help(format!("did you mean \"{near}\"?")),
            None => fault,
        })
    }

    /// Looks a bare name up among the columns of one SELECT.
    pub(super) fn column_in(&mut self, name: &str, level: &Scope<'_>) -> Result<Option<Expr>> {
        let mut found: Option<(&Item, &Expr)> = None;
        for item in level.items.iter().filter(|i| !i.hidden.contains(name)) {
            for (_, expr) in item.columns.iter().filter(|(n, _)| n == name) {
                if found.is_some() {
                    return Err(Fault::new("ambiguous-column", format!("column reference \"{name}\" is ambiguous")));
                }
                found = Some((item, expr));
            }
        }
        let Some((item, expr)) = found else { return Ok(None) };
        let merged = item.merged.iter().find(|(n, _)| n == name).map(|(_, e)| e);
        let expr = merged.unwrap_or(expr).clone();
        self.read(item, name);
        Ok(Some(expr))
    }

    /// Resolves `alias.column`.
    pub(super) fn qualified(&mut self, alias: &str, name: &str, scope: &Scope<'_>) -> Result<Expr> {
        let Some(item) = find_item(alias, scope) else { return Err(missing_item(alias, scope)) };
        match item.columns.iter().find(|(n, _)| n == name) {
            Some((_, expr)) => {
                let expr = expr.clone();
                self.read(item, name);
                Ok(expr)
            }
            None => {
                let fault = Fault::new("unknown-column", format!("column {alias}.{name} does not exist"));
                Err(match nearest(name, item.columns.iter().map(|(n, _)| n.as_str())) {
                    Some(near) => fault.help(format!("did you mean \"{near}\"?")),
                    None => fault,
                })
            }
        }
    }

    /// Checks the schema before `table.column`.
    pub(super) fn item_schema(&self, schema: &str, table: &str, scope: &Scope<'_>) -> Result<()> {
        if find_item(table, scope).is_none() {
            return Err(missing_item(table, scope));
        }
        if self.schema.has_schema(schema) {
            return Ok(());
        }
        let message = format!("invalid reference to FROM-clause entry for table \"{table}\"");
        Err(Fault::new("unknown-table", message).help(format!("write {table} without a schema")))
    }

    /// Returns what an item's alias stands for when it is used as a value.
    pub(super) fn whole_row(&mut self, item: &Item) -> Expr {
        if let Some(whole) = &item.whole {
            return whole.clone();
        }
        for (name, _) in &item.columns {
            self.read(item, name);
        }
        let marker = item.is_optional.then(|| Box::new(marker_of(item)));
        Expr::new(Kind::Row(item.columns.clone(), marker), PgType::Record)
    }

    /// Notes that a column of a stored table is used.
    pub(super) fn read(&mut self, item: &Item, column: &str) {
        if let Some(table) = &item.table {
            self.reads.entry(table.clone()).or_default().insert(column.to_owned());
        }
    }
}

/// Something that is not NULL in each row of an item that exists.
pub(super) fn marker_of(item: &Item) -> Expr {
    if let Some(marker) = &item.marker {
        return marker.clone();
    }
    if !item.is_optional {
        return Expr::int(1);
    }
    // A subquery's row exists when one of its columns is not NULL.
    let present = |e: &Expr| Expr::new(Kind::IsNull(Box::new(e.clone()), true), PgType::Bool);
    let exists = Expr::new(Kind::Any(item.columns.iter().map(|(_, e)| present(e)).collect()), PgType::Bool);
    Expr::new(Kind::Case(vec![(exists, Expr::int(1))], None), PgType::Int4)
}

/// Finds a FROM item by alias.
pub(super) fn find_item<'s>(alias: &str, scope: &'s Scope<'_>) -> Option<&'s Item> {
    scope.chain().find_map(|s| s.items.iter().find(|i| i.alias == alias))
}

pub(super) fn missing_item(alias: &str, scope: &Scope<'_>) -> Fault {
    let fault = Fault::new("unknown-table", format!("missing FROM-clause entry for table \"{alias}\""));
    match nearest(alias, scope.chain().flat_map(|s| &s.items).map(|i| i.alias.as_str())) {
        Some(near) => fault.help(format!("did you mean \"{near}\"?")),
        None => fault,
    }
}
