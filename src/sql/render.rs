//! Prints the typed form as SQLite's SQL.
//!
//! Every column of every SELECT is named `c1`, `c2` ..., every FROM item has an alias of its own, every reference is
//! qualified: names of the user never meet SQLite's own rules for names.

use crate::model::pgtype::PgType;
use crate::sql::ir::{Body, Cte, Expr, Field, From, Kind, Order, Query, Rel, Select};
use crate::sql::walk;
use std::fmt::Write as _;

/// Returns the SQL of a query.
pub fn render(query: &Query) -> String {
    let mut printer = Printer { out: String::with_capacity(1024), aliases: 0, without_queries: false };
    printer.query(query);
    printer.out
}

struct Printer {
    out: String,
    /// Aliases made up for helper subqueries.
    aliases: u32,
    /// Whether what is being printed is known to hold no subquery.
    without_queries: bool,
}

impl Printer {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn helper(&mut self) -> String {
        self.aliases += 1;
        format!("h{}", self.aliases)
    }

    fn list<T>(&mut self, items: &[T], mut each: impl FnMut(&mut Self, &T)) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.push(", ");
            }
            each(self, item);
        }
    }

    fn query(&mut self, query: &Query) {
        if !query.ctes.is_empty() {
            self.push(if query.ctes.iter().any(|c| c.recursive) { "WITH RECURSIVE " } else { "WITH " });
            self.list(&query.ctes, |p, c| {
                let columns: Vec<String> = (1..=c.query.columns.len()).map(|i| format!("c{i}")).collect();
                let _ = write!(p.out, "{}({}) AS (", cte(c.cte), columns.join(", "));
                match (&c.query.body, c.recursive) {
                    (Body::Set { op, left, right, .. }, true) => p.recursive(op, left, &right.0),
                    _ => p.query(&c.query),
                }
                p.push(")");
            });
            self.push(" ");
        }
        match &query.body {
            Body::Select(select) => self.select(select, query.columns.len()),
            // A VALUES list of SQLite does not see the columns around it.
            Body::Values(rows) if rows.iter().flatten().any(reads_column) => {
                for (i, row) in rows.iter().enumerate() {
                    self.push(if i > 0 { " UNION ALL SELECT " } else { "SELECT " });
                    self.items(row);
                }
            }
            Body::Values(rows) => {
                self.push("SELECT ");
                for i in 1..=query.columns.len() {
                    let _ = write!(self.out, "{}column{i} AS c{i}", if i > 1 { ", " } else { "" });
                }
                self.push(" FROM (VALUES ");
                self.list(rows, |p, row| {
                    p.push("(");
                    p.list(row, Self::expr);
                    p.push(")");
                });
                self.push(")");
            }
            Body::Set { op, left, right, rel, order, limit, offset } => {
                let wrapped = !order.is_empty() || limit.is_some() || offset.is_some();
                if wrapped {
                    self.push("SELECT * FROM (");
                }
                for (i, (side, items, through)) in [left, right].into_iter().enumerate() {
                    if i > 0 {
                        let _ = write!(self.out, " {op} ");
                    }
                    self.push("SELECT ");
                    self.compared(items, *op != "UNION ALL");
                    self.push(" FROM (");
                    self.query(side);
                    let _ = write!(self.out, ") AS {}", alias(*through));
                }
                if wrapped {
                    let _ = write!(self.out, ") AS {}", alias(*rel));
                    self.tail(order, limit.as_ref(), offset.as_ref());
                }
            }
        }
    }

    /// The two parts of a recursive table: the second must read it directly, not in a subquery.
    fn recursive(&mut self, op: &str, left: &(Box<Query>, Vec<Expr>, Rel), right: &Query) {
        let (first, items, through) = left;
        self.push("SELECT ");
        self.items(items);
        self.push(" FROM (");
        self.query(first);
        let _ = write!(self.out, ") AS {} {op} ", alias(*through));
        self.query(right);
    }

    fn items(&mut self, items: &[Expr]) {
        self.compared(items, false);
    }

    /// Prints output columns; those that DISTINCT or a set operation compares by value, with their collation.
    fn compared(&mut self, items: &[Expr], by_value: bool) {
        if items.is_empty() {
            self.push("1");
        }
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.push(", ");
            }
            self.expr(item);
            if by_value {
                self.collation(&item.ty);
            }
            let _ = write!(self.out, " AS c{}", i + 1);
        }
    }

    fn select(&mut self, select: &Select, columns: usize) {
        if select.ties {
            self.with_ties(select, columns);
            return;
        }
        let outer = (!select.distinct_on.is_empty()).then(|| self.helper());
        if let Some(name) = &outer {
            let kept: Vec<String> = (1..=columns).map(|i| format!("{name}.c{i}")).collect();
            let _ = write!(self.out, "SELECT {} FROM (", kept.join(", "));
        }
        self.push(if select.distinct { "SELECT DISTINCT " } else { "SELECT " });
        self.compared(&select.items, select.distinct);
        if outer.is_some() {
            self.push(", row_number() OVER (PARTITION BY ");
            self.list(&select.distinct_on, Self::key);
            self.order(&select.order);
            self.push(") AS chosen, row_number() OVER (");
            let keys = std::mem::take(&mut self.out);
            self.order(&select.order);
            let order = std::mem::replace(&mut self.out, keys);
            self.push(order.trim_start());
            self.push(") AS place");
        }
        self.rest(select);
        if let Some(name) = &outer {
            let _ = write!(self.out, ") AS {name} WHERE {name}.chosen = 1 ORDER BY {name}.place");
            self.limit(select.limit.as_ref(), select.offset.as_ref());
        } else {
            self.tail(&select.order, select.limit.as_ref(), select.offset.as_ref());
        }
    }

    /// FETCH ... WITH TIES: the rows up to the limit, and those that sort like the last of them.
    fn with_ties(&mut self, select: &Select, columns: usize) {
        let name = self.helper();
        let kept: Vec<String> = (1..=columns).map(|i| format!("{name}.c{i}")).collect();
        let _ = write!(self.out, "SELECT {} FROM (SELECT ", kept.join(", "));
        self.items(&select.items);
        for (function, column) in [("rank", "tied"), ("row_number", "place")] {
            let _ = write!(self.out, ", {function}() OVER (");
            self.order(&select.order);
            let _ = write!(self.out, ") AS {column}");
        }
        self.rest(select);
        let _ = write!(self.out, ") AS {name} WHERE {name}.tied <= ");
        match &select.limit {
            Some(limit) => {
                self.push("coalesce(");
                self.expr(limit);
                self.push(", 9223372036854775807)");
            }
            None => self.push("9223372036854775807"),
        }
        if let Some(offset) = &select.offset {
            self.push(" + coalesce(");
            self.expr(offset);
            let _ = write!(self.out, ", 0) AND {name}.place > coalesce(");
            self.expr(offset);
            self.push(", 0)");
        }
        let _ = write!(self.out, " ORDER BY {name}.place");
    }

    /// FROM, WHERE, GROUP BY and HAVING.
    fn rest(&mut self, select: &Select) {
        if let Some(from) = &select.from {
            self.push(" FROM ");
            self.from(from);
        }
        if let Some(filter) = &select.filter {
            self.push(" WHERE ");
            self.expr(filter);
        }
        if !select.group.is_empty() {
            self.push(" GROUP BY ");
            self.list(&select.group, Self::key);
        }
        if let Some(having) = &select.having {
            self.push(" HAVING ");
            self.expr(having);
        }
    }

    fn tail(&mut self, order: &[Order], limit: Option<&Expr>, offset: Option<&Expr>) {
        self.order(order);
        self.limit(limit, offset);
    }

    fn limit(&mut self, limit: Option<&Expr>, offset: Option<&Expr>) {
        if limit.is_some() || offset.is_some() {
            self.push(" LIMIT ");
            match limit {
                // A NULL limit is no limit.
                Some(limit) => {
                    self.push("coalesce(");
                    self.expr(limit);
                    self.push(", -1)");
                }
                None => self.push("-1"),
            }
        }
        if let Some(offset) = offset {
            self.push(" OFFSET coalesce(");
            self.expr(offset);
            self.push(", 0)");
        }
    }

    fn order(&mut self, order: &[Order]) {
        if order.is_empty() {
            return;
        }
        self.push(" ORDER BY ");
        self.list(order, |p, o| {
            p.key(&o.expr);
            p.push(if o.descending { " DESC" } else { "" });
            p.push(if o.nulls_first { " NULLS FIRST" } else { " NULLS LAST" });
        });
    }

    /// Prints a key of GROUP BY, ORDER BY or PARTITION BY, with the order of its type. A bare integer would be taken
    /// for the number of a column.
    fn key(&mut self, expr: &Expr) {
        match &expr.kind {
            // Alone, even with a sign, it would be the number of a column.
            Kind::Int(n) => {
                let _ = write!(self.out, "({n} + 0)");
                return;
            }
            Kind::Null | Kind::Text(_) => self.push("+"),
            // SQLite makes a number of a test on a constant first.
            Kind::IsNull(..) | Kind::Prefix(..) if matches!(expr.ty, PgType::Bool) => {
                self.push("(");
                self.expr(expr);
                self.push(" + 0)");
                return;
            }
            _ => {}
        }
        self.expr(expr);
        self.collation(&expr.ty);
    }

    /// Prints the collation by which values of a type are equal and sorted, where that is not the text itself.
    fn collation(&mut self, ty: &PgType) {
        self.push(match ty {
            PgType::Numeric => " COLLATE pg_numeric",
            PgType::Interval => " COLLATE pg_interval",
            PgType::Jsonb => " COLLATE pg_jsonb",
            PgType::Inet | PgType::Cidr => " COLLATE pg_inet",
            PgType::Array(element) => match **element {
                PgType::Numeric => " COLLATE pg__numeric",
                PgType::Interval => " COLLATE pg__interval",
                PgType::Jsonb => " COLLATE pg__jsonb",
                PgType::Inet | PgType::Cidr => " COLLATE pg__inet",
                _ => " COLLATE pg__text",
            },
            _ => "",
        });
    }

    fn from(&mut self, from: &From) {
        match from {
            From::Table(rel, name) => {
                let _ = write!(self.out, "\"{}\" AS {}", name.replace('"', "\"\""), alias(*rel));
            }
            From::Cte(rel, id) => {
                let _ = write!(self.out, "{} AS {}", cte(*id), alias(*rel));
            }
            From::Query(rel, query) => {
                self.push("(");
                self.query(query);
                let _ = write!(self.out, ") AS {}", alias(*rel));
            }
            From::Elements(rel, set) => {
                self.push("json_each(");
                self.expr(set);
                let _ = write!(self.out, ") AS {}", alias(*rel));
            }
            From::Join { kind, left, right, on } => {
                self.from(left);
                let _ = write!(self.out, " {kind} ");
                let nested = matches!(**right, From::Join { .. });
                if nested {
                    self.push("(");
                }
                self.from(right);
                if nested {
                    self.push(")");
                }
                if let Some(on) = on {
                    self.push(" ON ");
                    self.expr(on);
                }
            }
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            Kind::Column(rel, field) => self.column(*rel, field, &expr.ty),
            Kind::Null => self.push("NULL"),
            Kind::Int(n) => {
                let _ = write!(self.out, "{n}");
            }
            Kind::Real(n) => self.real(*n),
            Kind::Text(text) | Kind::Unknown(text) => self.text(text),
            Kind::Param(n) => {
                let _ = write!(self.out, "?{n}");
            }
            Kind::Call(name, args) => {
                self.push(name);
                self.push("(");
                self.list(args, Self::expr);
                self.push(")");
            }
            Kind::Aggregate(call) => self.aggregate(call),
            Kind::Infix("||", left, right) if !self.without_queries => self.concatenation(left, right),
            Kind::Infix(op, left, right) => self.infix(op, left, right),
            Kind::Prefix(op, inner) => {
                self.push("(");
                self.push(op);
                self.expr(inner);
                self.push(")");
            }
            Kind::IsNull(inner, negated) => {
                self.push("(");
                self.expr(inner);
                self.push(if *negated { " IS NOT NULL)" } else { " IS NULL)" });
            }
            Kind::All(items) => self.chain(items, " AND ", "1"),
            Kind::Any(items) => self.chain(items, " OR ", "0"),
            Kind::Case(branches, otherwise) => {
                self.push("CASE");
                for (when, then) in branches {
                    self.push(" WHEN ");
                    self.expr(when);
                    self.push(" THEN ");
                    self.expr(then);
                }
                if let Some(otherwise) = otherwise {
                    self.push(" ELSE ");
                    self.expr(otherwise);
                }
                self.push(" END");
            }
            Kind::InList(inner, items, negated) => {
                self.push("(");
                self.expr(inner);
                self.collation(&inner.ty);
                self.push(if *negated { " NOT IN (" } else { " IN (" });
                self.list(items, Self::expr);
                self.push("))");
            }
            Kind::InQuery(left, query, negated) => {
                self.push("((");
                self.list(left, |p, e| {
                    p.expr(e);
                    p.collation(&e.ty);
                });
                self.push(if *negated { ") NOT IN (" } else { ") IN (" });
                self.query(query);
                self.push("))");
            }
            Kind::Exists(query) => {
                self.push("EXISTS (");
                self.query(query);
                self.push(")");
            }
            Kind::Scalar(query) => {
                let name = self.helper();
                let _ = write!(self.out, "(SELECT pg_single({name}.c1) FROM (");
                self.query(query);
                let _ = write!(self.out, ") AS {name})");
            }
            Kind::ArrayOf(query) => {
                let name = self.helper();
                let nested = matches!(&expr.ty, PgType::Array(element) if matches!(**element, PgType::Array(_)));
                let function = if nested { "pg_arrays_agg" } else { "pg_array_agg" };
                let _ = write!(self.out, "coalesce((SELECT {function}({name}.c1) FROM (");
                self.query(query);
                let _ = write!(self.out, ") AS {name}), '[]')");
            }
            Kind::Quantified { source, array, test, all } => {
                // True if one is true, else NULL if one is NULL, else false; ALL is the mirror image.
                let (best, found, none) = if *all { ("min", 0, 1) } else { ("max", 1, 0) };
                if let Some(array) = array {
                    self.push("CASE WHEN ");
                    self.expr(array);
                    self.push(" IS NOT NULL THEN ");
                }
                let _ = write!(self.out, "(SELECT CASE WHEN {best}(");
                self.expr(test);
                let _ = write!(self.out, ") = {found} THEN {found} WHEN count(*) > count(");
                self.expr(test);
                let _ = write!(self.out, ") THEN NULL ELSE {none} END FROM ");
                self.from(source);
                self.push(")");
                if array.is_some() {
                    self.push(" END");
                }
            }
            Kind::NativeCast(inner, to) => {
                self.push("CAST(");
                self.expr(inner);
                let _ = write!(self.out, " AS {to})");
            }
            // A row has no value of its own; what uses rows takes them apart.
            Kind::Row(..) => self.push("NULL"),
        }
    }

    fn infix(&mut self, op: &str, left: &Expr, right: &Expr) {
        self.push("(");
        self.expr(left);
        let _ = write!(self.out, " {op} ");
        self.expr(right);
        self.push(")");
    }

    /// Prints `left || right`. SQLite leaves out a subquery beside a NULL, and with it the error that the subquery gives;
    /// the arguments of a function are always computed, as in PostgreSQL.
    fn concatenation(&mut self, left: &Expr, right: &Expr) {
        if holds_query(left) || holds_query(right) {
            self.push("pg_textcat(");
            self.expr(left);
            self.push(", ");
            self.expr(right);
            self.push(")");
        } else {
            self.without_queries = true;
            self.infix("||", left, right);
            self.without_queries = false;
        }
    }

    /// Prints items with a word between them; many are printed as a tree, for SQLite nests a chain as deep as it is long.
    fn chain(&mut self, items: &[Expr], between: &str, none: &str) {
        self.push("(");
        if items.is_empty() {
            self.push(none);
        }
        if items.len() > 64 {
            let (first, second) = items.split_at(items.len() / 2);
            self.chain(first, between, none);
            self.push(between);
            self.chain(second, between, none);
        } else {
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    self.push(between);
                }
                self.expr(item);
            }
        }
        self.push(")");
    }

    fn aggregate(&mut self, call: &crate::sql::ir::Aggregate) {
        self.push(call.function);
        self.push("(");
        if call.distinct {
            self.push("DISTINCT ");
            if let [only] = call.args.as_slice() {
                self.expr(only);
                self.collation(&only.ty);
                self.order(&call.order);
                self.push(")");
                self.clauses(call);
                return;
            }
        }
        if call.args.is_empty() && call.function == "count" {
            self.push("*");
        }
        self.list(&call.args, Self::expr);
        self.order(&call.order);
        self.push(")");
        self.clauses(call);
    }

    /// FILTER and OVER.
    fn clauses(&mut self, call: &crate::sql::ir::Aggregate) {
        if let Some(filter) = &call.filter {
            self.push(" FILTER (WHERE ");
            self.expr(filter);
            self.push(")");
        }
        if let Some(window) = &call.over {
            self.push(" OVER (");
            if !window.partition.is_empty() {
                self.push("PARTITION BY ");
                self.list(&window.partition, Self::key);
            }
            self.order(&window.order);
            if !window.frame.is_empty() {
                let _ = write!(self.out, " {}", window.frame);
            }
            self.push(")");
        }
    }

    fn column(&mut self, rel: Rel, field: &Field, ty: &PgType) {
        let name = alias(rel);
        let _ = match field {
            Field::Named(column) => write!(self.out, "{name}.\"{}\"", column.replace('"', "\"\"")),
            Field::Nth(i) => write!(self.out, "{name}.c{}", i + 1),
            Field::Element => write!(self.out, "{name}.value"),
            Field::Ordinality => write!(self.out, "({name}.key + 1)"),
            Field::Part(i) => write!(self.out, "json_extract({name}.value, '$[{i}]')"),
            Field::RowId if *ty == PgType::Record => write!(self.out, "{name}.key"),
            Field::RowId => write!(self.out, "{name}.rowid"),
        };
    }

    fn real(&mut self, number: f64) {
        if number.is_infinite() {
            self.push(if number > 0.0 { "9e999" } else { "-9e999" });
        } else {
            let _ = write!(self.out, "{number:e}");
        }
    }

    fn text(&mut self, text: &str) {
        if text.contains('\0') {
            // SQLite's parser ends at a NUL character.
            let hex: String = text.bytes().map(|b| format!("{b:02x}")).collect();
            let _ = write!(self.out, "CAST(x'{hex}' AS TEXT)");
        } else {
            let _ = write!(self.out, "'{}'", text.replace('\'', "''"));
        }
    }
}

fn holds_query(expr: &Expr) -> bool {
    let mut found = false;
    walk::expr(expr, &mut |e| {
        found |= matches!(
            e.kind,
            Kind::Exists(_) | Kind::Scalar(_) | Kind::ArrayOf(_) | Kind::InQuery(..) | Kind::Quantified { .. }
        );
        !found
    });
    found
}

fn reads_column(expr: &Expr) -> bool {
    let mut found = false;
    walk::expr(expr, &mut |e| {
        found |= matches!(e.kind, Kind::Column(..));
        !found
    });
    found
}

fn alias(rel: Rel) -> String {
    format!("r{}", rel.0)
}

fn cte(id: Cte) -> String {
    format!("w{}", id.0)
}
