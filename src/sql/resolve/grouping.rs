//! GROUP BY: keys, GROUPING SETS, ROLLUP and CUBE.
//!
//! Several grouping sets are one SELECT for each, combined: a key that is not in a set is NULL there.

use super::scope::Scope;
use super::{Fault, Resolver, Result};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Aggregate, Body, Expr, Field, From, Kind, Query, Rel, Select};
use crate::sql::walk;
use sqlparser::ast::{self, Spanned as _};

/// More sets than this are refused, as PostgreSQL does.
const MAX_SETS: usize = 4_096;

/// What GROUP BY says.
pub(super) struct Grouping {
    /// All keys, each once.
    pub keys: Vec<Expr>,
    /// The sets, by numbers of keys.
    pub sets: Vec<Vec<usize>>,
    /// Whether there is a GROUP BY at all.
    pub explicit: bool,
}

impl Grouping {
    /// Whether it is one set of all keys.
    pub fn is_plain(&self) -> bool {
        match self.sets.as_slice() {
            [only] => only.len() == self.keys.len() && !(self.explicit && only.is_empty()),
            _ => false,
        }
    }
}

/// The place in the SELECT list of an expression that GROUP BY repeats. Resolved again, a subquery in it would be another
/// one, and the output would not be found to be the key.
fn written_output(key: &ast::Expr, select: &ast::Select) -> Option<usize> {
    let is_single = |item: &ast::SelectItem| {
        matches!(item, ast::SelectItem::UnnamedExpr(_) | ast::SelectItem::ExprWithAlias { .. })
    };
    if matches!(key, ast::Expr::Value(_) | ast::Expr::Nested(_)) || !select.projection.iter().all(is_single) {
        return None;
    }
    select.projection.iter().position(|item| match item {
        ast::SelectItem::UnnamedExpr(expr) | ast::SelectItem::ExprWithAlias { expr, .. } => expr == key,
        _ => false,
    })
}

/// The keys of one grouping set, as they were written.
type Keys<'q> = Vec<&'q ast::Expr>;

/// The grouping sets that one entry of GROUP BY stands for. The entries of GROUPING SETS may be such entries again.
fn alternatives(entry: &ast::Expr) -> Result<Vec<Keys<'_>>> {
    Ok(match entry {
        ast::Expr::GroupingSets(sets) => {
            let mut all = Vec::new();
            for entry in sets.iter().flatten() {
                all.extend(alternatives(entry)?);
            }
            all
        }
        ast::Expr::Tuple(items) => vec![items.iter().collect()],
        other => match called(other) {
            Some((name, parts)) if name == "rollup" => rollup(&parts),
            Some((_, parts)) => cube(&parts)?,
            None => vec![vec![other]],
        },
    })
}

/// ROLLUP or CUBE, which the parser takes for a call.
fn called(entry: &ast::Expr) -> Option<(String, Vec<Keys<'_>>)> {
    let ast::Expr::Function(call) = entry else { return None };
    let [ast::ObjectNamePart::Identifier(word)] = call.name.0.as_slice() else { return None };
    let ast::FunctionArguments::List(list) = &call.args else { return None };
    let name = word.value.to_ascii_lowercase();
    if word.quote_style.is_some() || !matches!(name.as_str(), "rollup" | "cube") {
        return None;
    }
    let parts = list.args.iter().map(|arg| match arg {
        ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(part)) => Some(match part {
            ast::Expr::Tuple(items) => items.iter().collect(),
            ast::Expr::Nested(only) => vec![only.as_ref()],
            other => vec![other],
        }),
        _ => None,
    });
    Some((name, parts.collect::<Option<_>>()?))
}

/// All the first ones of some parts, down to none.
fn rollup<'q>(parts: &[Keys<'q>]) -> Vec<Keys<'q>> {
    (0..=parts.len()).rev().map(|n| parts.iter().take(n).flatten().copied().collect()).collect()
}

/// Every choice of some parts.
fn cube<'q>(parts: &[Keys<'q>]) -> Result<Vec<Keys<'q>>> {
    if parts.len() > 12 {
        return Err(Fault::new("syntax", "CUBE is limited to 12 elements"));
    }
    let choice = |bits: usize| {
        let chosen = parts.iter().enumerate().filter(|(i, _)| bits >> (parts.len() - 1 - i) & 1 == 1);
        chosen.flat_map(|(_, part)| part).copied().collect()
    };
    Ok((0..1_usize << parts.len()).rev().map(choice).collect())
}

impl Resolver<'_> {
    /// Resolves a GROUP BY clause.
    pub(super) fn grouping(
        &mut self,
        select: &ast::Select,
        scope: &Scope<'_>,
        outputs: &[(String, Expr)],
    ) -> Result<Grouping> {
        let keys = match &select.group_by {
            ast::GroupByExpr::Expressions(keys, modifiers) if modifiers.is_empty() => keys,
            ast::GroupByExpr::Expressions(..) => {
                return Err(Fault::unsupported("GROUP BY with a modifier").at(select.span()));
            }
            ast::GroupByExpr::All(_) => return Err(Fault::unsupported("GROUP BY ALL").at(select.span())),
        };
        let mut grouping = Grouping { keys: Vec::new(), sets: vec![Vec::new()], explicit: !keys.is_empty() };
        for key in keys {
            let alternatives = alternatives(key).map_err(|f| f.at(key.span()))?;
            let mut numbered = Vec::new();
            for alternative in alternatives {
                let mut set = Vec::new();
                for item in alternative {
                    let resolved = match written_output(item, select).and_then(|at| outputs.get(at)) {
                        Some((_, output)) => output.clone(),
                        None => self.group_key(item, scope, outputs)?,
                    };
                    let number = grouping.keys.iter().position(|k| *k == resolved).unwrap_or(grouping.keys.len());
                    if number == grouping.keys.len() {
                        grouping.keys.push(resolved);
                    }
                    set.push(number);
                }
                numbered.push(set);
            }
            let mut combined = Vec::new();
            for set in &grouping.sets {
                for more in &numbered {
                    let mut both = set.clone();
                    both.extend(more);
                    both.sort_unstable();
                    both.dedup();
                    combined.push(both);
                }
            }
            if combined.len() > MAX_SETS {
                return Err(
                    Fault::new("syntax", format!("too many grouping sets present (maximum {MAX_SETS})")).at(key.span())
                );
            }
            grouping.sets = combined;
        }
        Ok(grouping)
    }

    /// Makes the body of a SELECT with several grouping sets, or with an empty one.
    pub(super) fn grouping_sets(&mut self, mut select: Select, grouping: &Grouping) -> Result<Body> {
        let rel = self.rel();
        let mut order = std::mem::take(&mut select.order);
        let mut distinct_on = std::mem::take(&mut select.distinct_on);
        let mut items = std::mem::take(&mut select.items);
        // What the SELECT list, ORDER BY and DISTINCT ON are made of becomes the columns of the parts; windows reach
        // over the rows of all parts.
        let mut parts = Parts { rel, lifted: Vec::new() };
        for item in items.iter_mut().chain(order.iter_mut().map(|o| &mut o.expr)).chain(&mut distinct_on) {
            parts.lift(item)?;
        }
        select.items = parts.lifted;
        if select.items.is_empty() {
            select.items.push(Expr::int(1));
        }
        let all: Vec<(String, PgType)> =
            select.items.iter().map(|item| ("?column?".to_owned(), item.ty.clone())).collect();
        let (limit, offset, distinct) = (select.limit.take(), select.offset.take(), select.distinct);
        select.distinct = false;
        let mut parts: Option<Query> = None;
        for set in &grouping.sets {
            let mut part = select.clone();
            for item in part.items.iter_mut().chain(&mut part.having) {
                restrict(item, &grouping.keys, set);
            }
            part.group = set.iter().filter_map(|i| grouping.keys.get(*i).cloned()).collect();
            if set.is_empty() {
                one_group(&mut part);
            }
            let query = Query { ctes: Vec::new(), body: Body::Select(Box::new(part)), columns: all.clone() };
            parts = Some(match parts {
                None => query,
                Some(before) => {
                    let (left, right) = (self.rel(), self.rel());
                    let body = Body::Set {
                        op: "UNION ALL",
                        left: (Box::new(before), through(left, &all), left),
                        right: (Box::new(query), through(right, &all), right),
                        rel: self.rel(),
                        order: Vec::new(),
                        limit: None,
                        offset: None,
                    };
                    Query { ctes: Vec::new(), body, columns: all.clone() }
                }
            });
        }
        let from = parts.map(|q| From::Query(rel, Box::new(q)));
        let outer = Select {
            distinct,
            distinct_on,
            items,
            from,
            filter: None,
            group: Vec::new(),
            having: None,
            order,
            limit,
            offset,
            ties: select.ties,
        };
        Ok(Body::Select(Box::new(outer)))
    }
}

/// What the parts of a SELECT with grouping sets compute for the SELECT around them.
struct Parts {
    rel: Rel,
    lifted: Vec<Expr>,
}

impl Parts {
    /// Makes an expression a column of the parts. One with a window function stays, and what it is made of becomes one.
    fn lift(&mut self, expr: &mut Expr) -> Result<()> {
        if !has_window(expr) {
            *expr = self.column(expr);
            return Ok(());
        }
        let mut compared = false;
        walk::expr_mut(expr, &mut |e| {
            if has_window(e) && holds_query(e) {
                compared = true;
                return false;
            }
            if has_window(e) {
                return true;
            }
            if !e.is_constant() {
                *e = self.column(e);
            }
            false
        });
        if compared {
            return Err(Fault::unsupported("a window function compared with a query beside GROUPING SETS"));
        }
        Ok(())
    }

    fn column(&mut self, expr: &Expr) -> Expr {
        let place = self.lifted.iter().position(|l| l == expr).unwrap_or(self.lifted.len());
        if place == self.lifted.len() {
            self.lifted.push(expr.clone());
        }
        Expr::new(Kind::Column(self.rel, Field::Nth(place)), expr.ty.clone())
    }
}

/// Makes the rows of a SELECT without keys one group, also when there are none: SQLite needs an aggregate in the SELECT
/// list to know.
pub(super) fn one_group(select: &mut Select) {
    let rows =
        Aggregate { function: "count", args: Vec::new(), distinct: false, order: Vec::new(), filter: None, over: None };
    let rows = Expr::new(Kind::Aggregate(Box::new(rows)), PgType::Int8);
    let always = Expr::infix(">=", rows, Expr::int(0), PgType::Bool);
    if let Some(first) = select.items.first_mut() {
        let ty = first.ty.clone();
        *first = Expr::new(Kind::Case(vec![(always, first.clone())], None), ty);
    }
}

/// The columns of a relation.
pub(super) fn through(rel: Rel, columns: &[(String, PgType)]) -> Vec<Expr> {
    (0..).zip(columns).map(|(i, (_, t))| Expr::new(Kind::Column(rel, Field::Nth(i)), t.clone())).collect()
}

/// Whether an expression holds a window function, those of its subqueries aside.
pub(super) fn has_window(expr: &Expr) -> bool {
    let mut found = false;
    walk::expr(expr, &mut |e| {
        found |= match &e.kind {
            Kind::Aggregate(call) => call.over.is_some(),
            Kind::InQuery(items, ..) => items.iter().any(has_window),
            Kind::Quantified { array, test, .. } => array.as_deref().is_some_and(has_window) || has_window(test),
            _ => false,
        };
        !found && !holds_query(e)
    });
    found
}

/// Whether an expression is itself a subquery, or compares with one.
pub(super) fn holds_query(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        Kind::Exists(_) | Kind::Scalar(_) | Kind::ArrayOf(_) | Kind::InQuery(..) | Kind::Quantified { .. }
    )
}

/// Replaces the keys that are not in a set by NULL, and GROUPING by its bits.
pub(super) fn restrict(expr: &mut Expr, keys: &[Expr], set: &[usize]) {
    if expr.is_constant()
        && let Some(key) = keys.iter().position(|k| k == expr)
        && !set.contains(&key)
    {
        expr.kind = Kind::Null;
        return;
    }
    walk::expr_mut(expr, &mut |e| {
        if let Some(key) = keys.iter().position(|k| k.is_same_value(e)) {
            if !set.contains(&key) {
                e.kind = Kind::Null;
            }
            return false;
        }
        match &e.kind {
            Kind::Call("grouping", args) => {
                let absent = |arg: &Expr| {
                    keys.iter().position(|k| k == arg || k.is_same_value(arg)).is_none_or(|k| !set.contains(&k))
                };
                let bits = args.iter().fold(0, |bits, arg| bits << 1 | i64::from(absent(arg)));
                e.kind = Kind::Int(bits);
                false
            }
            // Aggregates see the rows themselves.
            Kind::Aggregate(_) => false,
            _ => true,
        }
    });
}
