//! Columns of subqueries and common tables that nothing reads are not computed.
//!
//! PostgreSQL leaves them out, and so never fails on a cast in one of them. It computes them all where rows are compared
//! by all their columns (DISTINCT, UNION), and in a common table that is read more than once.

use crate::sql::ir::{Body, Cte, Expr, Field, From, Kind, Query, Rel};
use crate::sql::walk;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Makes such columns NULL; `uses` says how often each common table is read.
pub fn prune(query: &mut Query, uses: &BTreeMap<u32, usize>) {
    let mut pass = Pass { used: HashSet::new(), readers: HashMap::new(), changed: true };
    // What only such a column read is one itself the next time.
    while std::mem::take(&mut pass.changed) {
        pass.used.clear();
        pass.readers.clear();
        walk::query(query, &mut |e| {
            if let Kind::Column(rel, Field::Nth(i) | Field::Part(i)) = e.kind {
                pass.used.insert((rel, i));
            }
            true
        });
        find_readers(query, uses, &mut pass.readers);
        pass.query(query);
    }
}

struct Pass {
    used: HashSet<(Rel, usize)>,
    /// The relation through which a common table is read that is read once.
    readers: HashMap<Cte, Rel>,
    changed: bool,
}

/// Finds the FROM items that read common tables. Those in expressions are not looked for.
fn find_readers(query: &Query, uses: &BTreeMap<u32, usize>, readers: &mut HashMap<Cte, Rel>) {
    for cte in &query.ctes {
        find_readers(&cte.query, uses, readers);
    }
    match &query.body {
        Body::Select(select) => {
            if let Some(from) = &select.from {
                readers_in(from, uses, readers);
            }
        }
        Body::Set { left, right, .. } => {
            find_readers(&left.0, uses, readers);
            find_readers(&right.0, uses, readers);
        }
        Body::Values(_) => {}
    }
}

fn readers_in(from: &From, uses: &BTreeMap<u32, usize>, readers: &mut HashMap<Cte, Rel>) {
    match from {
        From::Cte(rel, cte) if uses.get(&cte.0) == Some(&1) => {
            readers.insert(*cte, *rel);
        }
        From::Query(_, query) => find_readers(query, uses, readers),
        From::Join { left, right, .. } => {
            readers_in(left, uses, readers);
            readers_in(right, uses, readers);
        }
        From::Cte(..) | From::Table(..) | From::Elements(..) => {}
    }
}

impl Pass {
    fn query(&mut self, query: &mut Query) {
        for cte in &mut query.ctes {
            if let (Some(reader), false) = (self.readers.get(&cte.cte).copied(), cte.recursive) {
                self.columns(&mut cte.query, reader);
            }
            self.query(&mut cte.query);
        }
        match &mut query.body {
            Body::Select(select) => {
                if let Some(from) = &mut select.from {
                    self.from(from);
                }
            }
            Body::Set { left, right, .. } => {
                for (side, _, rel) in [left, right] {
                    self.columns(side, *rel);
                    self.query(side);
                }
            }
            Body::Values(_) => {}
        }
    }

    fn from(&mut self, from: &mut From) {
        match from {
            From::Query(rel, query) => {
                self.columns(query, *rel);
                self.query(query);
            }
            From::Join { left, right, .. } => {
                self.from(left);
                self.from(right);
            }
            From::Elements(rel, set) => {
                if let Kind::Scalar(query) = &mut set.kind {
                    self.lateral(*rel, query);
                }
            }
            From::Table(..) | From::Cte(..) => {}
        }
    }

    /// A lateral subquery, whose columns are handed over as the arguments of one aggregate.
    fn lateral(&mut self, rel: Rel, query: &mut Query) {
        let Body::Select(select) = &mut query.body else { return };
        let [Expr { kind: Kind::Aggregate(rows), .. }] = select.items.as_mut_slice() else { return };
        if rows.function == "pg_rows" {
            for (i, column) in rows.args.iter_mut().enumerate() {
                if !self.used.contains(&(rel, i)) {
                    self.omit(column);
                }
            }
            self.query(query);
        }
    }

    /// Makes the columns of a query NULL that are not read through a relation.
    fn columns(&mut self, query: &mut Query, rel: Rel) {
        match &mut query.body {
            Body::Select(select) if !select.distinct && select.distinct_on.is_empty() => {
                // Without keys it is an aggregate that makes one row of all.
                let keyed = !select.group.is_empty();
                for (i, item) in select.items.iter_mut().enumerate() {
                    if !self.used.contains(&(rel, i)) && !has_aggregate(item, keyed) {
                        self.omit(item);
                    }
                }
            }
            Body::Set { op: "UNION ALL", left, right, order, limit: None, offset: None, .. } if order.is_empty() => {
                let items = left.1.iter_mut().zip(&mut right.1);
                for (i, (l, r)) in items.enumerate() {
                    if !self.used.contains(&(rel, i)) {
                        self.omit(l);
                        self.omit(r);
                    }
                }
            }
            _ => {}
        }
    }

    fn omit(&mut self, item: &mut Expr) {
        if !matches!(item.kind, Kind::Null | Kind::Int(_) | Kind::Real(_) | Kind::Text(_)) {
            item.kind = Kind::Null;
            self.changed = true;
        }
    }
}

/// Whether an expression holds an aggregate, or a window function: PostgreSQL sorts for it even if nothing reads it.
fn has_aggregate(expr: &Expr, keyed: bool) -> bool {
    let mut found = false;
    walk::expr(expr, &mut |e| {
        found |= matches!(&e.kind, Kind::Aggregate(call) if !keyed || call.over.is_some());
        !found
    });
    found
}
