//! Windows, and aggregates over an ordered set.

use super::cast::is_number;
use super::clause::Clause;
use super::naming::fold;
use super::scope::Scope;
use super::{Fault, Resolver, Result};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Aggregate, Expr, Kind, Order, Window};
use crate::sql::value::datetime::DAY;
use crate::sql::value::interval::Interval;
use sqlparser::ast::{self, Spanned as _};

impl Resolver<'_> {
    /// `OVER (...)`.
    pub(super) fn window(&mut self, spec: &ast::WindowSpec, scope: &Scope<'_>) -> Result<Window> {
        let base = match &spec.window_name {
            Some(name) => {
                let base = self.named_window(name, scope)?;
                if !spec.partition_by.is_empty() {
                    let name = fold(name);
                    return Err(Fault::new(
                        "syntax",
                        format!("cannot override PARTITION BY clause of window \"{name}\""),
                    ));
                }
                if !spec.order_by.is_empty() && !base.order.is_empty() {
                    let name = fold(name);
                    return Err(Fault::new("syntax", format!("cannot override ORDER BY clause of window \"{name}\"")));
                }
                if !base.frame.is_empty() {
                    let name = fold(name);
                    return Err(Fault::new(
                        "syntax",
                        format!("cannot copy window \"{name}\" because it has a frame clause"),
                    ));
                }
                base
            }
            None => Window::default(),
        };
        let partition = if spec.partition_by.is_empty() {
            base.partition
        } else {
            self.within(Clause::Window, |r| r.exprs(&spec.partition_by, scope))?
        };
        let mut order = if spec.order_by.is_empty() {
            base.order
        } else {
            self.within(Clause::Window, |r| {
                spec.order_by.iter().map(|o| r.aggregate_order(o, scope)).collect::<Result<Vec<_>>>()
            })?
        };
        let frame = match &spec.window_frame {
            None => String::new(),
            Some(frame) => self.frame(frame, &mut order, scope)?,
        };
        Ok(Window { partition, order, frame })
    }

    /// A frame as SQLite writes it; a sort key that is an instant becomes a number of microseconds.
    fn frame(&mut self, frame: &ast::WindowFrame, order: &mut [Order], scope: &Scope<'_>) -> Result<String> {
        let current = ast::WindowFrameBound::CurrentRow;
        let end = frame.end_bound.as_ref().unwrap_or(&current);
        if let Some(message) = misplaced(&frame.start_bound, end) {
            return Err(Fault::new("syntax", message));
        }
        if matches!(frame.units, ast::WindowFrameUnits::Groups) && order.is_empty() {
            return Err(Fault::new("syntax", "GROUPS mode requires an ORDER BY clause"));
        }
        let offsets = [&frame.start_bound, end].into_iter().any(|b| matches!(rank(b), 1 | 3));
        let unit = match (offsets, frame.units, &mut *order) {
            (true, ast::WindowFrameUnits::Range, [only]) => match only.expr.ty {
                PgType::Int2 | PgType::Int4 | PgType::Int8 => Unit::Int,
                PgType::Float8 => Unit::Float,
                PgType::Date | PgType::Timestamp | PgType::Timestamptz => {
                    let instant = if only.expr.ty == PgType::Date { PgType::Timestamp } else { only.expr.ty.clone() };
                    let key = self.coerce(only.expr.clone(), &instant)?;
                    only.expr = Expr::call("pg_micros", vec![key], PgType::Int8);
                    Unit::Time
                }
                ref other => {
                    return Err(Fault::unsupported(format!("a RANGE frame with an offset over {other}")));
                }
            },
            (true, ast::WindowFrameUnits::Range, _) => {
                let message = "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column";
                return Err(Fault::new("syntax", message));
            }
            _ => Unit::Rows,
        };
        let start = self.bound(&frame.start_bound, unit, "starting", scope)?;
        Ok(match &frame.end_bound {
            Some(end) => format!("{} BETWEEN {start} AND {}", frame.units, self.bound(end, unit, "ending", scope)?),
            None => format!("{} {start}", frame.units),
        })
    }

    fn bound(&mut self, bound: &ast::WindowFrameBound, unit: Unit, place: &str, scope: &Scope<'_>) -> Result<String> {
        let (offset, direction) = match bound {
            ast::WindowFrameBound::CurrentRow => return Ok("CURRENT ROW".to_owned()),
            ast::WindowFrameBound::Preceding(None) => return Ok("UNBOUNDED PRECEDING".to_owned()),
            ast::WindowFrameBound::Following(None) => return Ok("UNBOUNDED FOLLOWING".to_owned()),
            ast::WindowFrameBound::Preceding(Some(offset)) => (offset, "PRECEDING"),
            ast::WindowFrameBound::Following(Some(offset)) => (offset, "FOLLOWING"),
        };
        let ty = match unit {
            Unit::Rows | Unit::Int => PgType::Int8,
            Unit::Float => PgType::Float8,
            Unit::Time => PgType::Interval,
        };
        // The parser takes a quoted text here for an interval.
        let resolved = match offset.as_ref() {
            ast::Expr::Interval(ast::Interval { value, leading_field: None, .. }) if !matches!(unit, Unit::Time) => {
                self.expr(value, scope)?
            }
            other => self.within(Clause::Window, |r| r.expr(other, scope))?,
        };
        let value = self.coerce(resolved, &ty).map_err(|f| f.at(offset.span()))?;
        let negative = || Fault::new("syntax", format!("frame {place} offset must not be negative")).at(offset.span());
        let size = match (&value.kind, unit) {
            (Kind::Null, _) => {
                return Err(Fault::new("syntax", format!("frame {place} offset must not be null")).at(offset.span()));
            }
            (Kind::Int(n), Unit::Rows | Unit::Int) if *n < 0 => return Err(negative()),
            (Kind::Int(n), _) => n.to_string(),
            (Kind::Real(n), Unit::Float) if *n < 0.0 => return Err(negative()),
            (Kind::Real(n), Unit::Float) if n.is_finite() => format!("{n:?}"),
            (Kind::Text(text), Unit::Time) => match Interval::stored(text)? {
                Interval { months: 0, days, micros } => match days.checked_mul(DAY).and_then(|d| d.checked_add(micros))
                {
                    Some(n) if n >= 0 => n.to_string(),
                    _ => return Err(negative()),
                },
                _ => return Err(Fault::unsupported("a RANGE frame of months").at(offset.span())),
            },
            _ => {
                let inner = match &value.kind {
                    Kind::Call("pg_n2f", args) => args.first().and_then(|a| match &a.kind {
                        Kind::Text(text) => Some(text.clone()),
                        _ => None,
                    }),
                    Kind::NativeCast(inner, _) => match inner.kind {
                        Kind::Int(n) => Some(n.to_string()),
                        _ => None,
                    },
                    _ => None,
                };
                match inner {
                    Some(text) if !text.starts_with('-') => text,
                    Some(_) => return Err(negative()),
                    None => {
                        let construct = "a window frame whose offset is not a constant";
                        return Err(Fault::unsupported(construct).at(offset.span()));
                    }
                }
            }
        };
        Ok(format!("{size} {direction}"))
    }

    /// A window of the WINDOW clause.
    pub(super) fn named_window(&mut self, name: &ast::Ident, scope: &Scope<'_>) -> Result<Window> {
        let wanted = fold(name);
        let found = self.windows.last().and_then(|w| w.iter().find(|(n, _)| *n == wanted)).map(|(_, s)| s.clone());
        let missing = || Fault::new("unknown-window", format!("window \"{wanted}\" does not exist")).at(name.span);
        let spec = found.ok_or_else(missing)?;
        // A window may only build on one that stands before it.
        if let Some(base) = &spec.window_name
            && fold(base) == wanted
        {
            return Err(missing());
        }
        self.window(&spec, scope)
    }

    /// Notes the WINDOW clause of a SELECT.
    pub(super) fn named_windows(&mut self, definitions: &[ast::NamedWindowDefinition]) -> Result<()> {
        let mut windows: Vec<(String, ast::WindowSpec)> = Vec::new();
        for ast::NamedWindowDefinition(name, definition) in definitions {
            let spec = match definition {
                ast::NamedWindowExpr::WindowSpec(spec) => spec.clone(),
                ast::NamedWindowExpr::NamedWindow(other) => {
                    let other = fold(other);
                    let found = windows.iter().find(|(n, _)| *n == other).map(|(_, s)| s.clone());
                    found.ok_or_else(|| {
                        Fault::new("unknown-window", format!("window \"{other}\" does not exist")).at(name.span)
                    })?
                }
            };
            let name_text = fold(name);
            if windows.iter().any(|(n, _)| *n == name_text) {
                return Err(Fault::new("syntax", format!("window \"{name_text}\" is already defined")).at(name.span));
            }
            windows.push((name_text, spec));
        }
        self.windows.push(windows);
        Ok(())
    }

    /// `percentile_cont(0.5) WITHIN GROUP (ORDER BY x)` and its like: a function of the sorted array of the values.
    pub(super) fn ordered_set(&mut self, name: &str, function: &ast::Function, scope: &Scope<'_>) -> Result<Expr> {
        let is_known = matches!(name, "percentile_cont" | "percentile_disc" | "mode");
        if !is_known || function.over.is_some() {
            return Err(Fault::unsupported(format!("{name} WITHIN GROUP")));
        }
        let [key] = function.within_group.as_slice() else {
            return Err(Fault::new("unknown-function", format!("function {name} takes one sorted column")));
        };
        let inside = Clause::Aggregate;
        if name != "percentile_cont" && self.within(inside, |r| r.expr(&key.expr, scope))?.ty == PgType::Unknown {
            return Err(super::aggregate::undetermined());
        }
        let mut order = self.within(inside, |r| r.aggregate_order(key, scope))?;
        let mut args = match &function.args {
            ast::FunctionArguments::List(list) => list
                .args
                .iter()
                .map(|a| match a {
                    ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(e)) => {
                        self.within(inside, |r| r.expr(e, scope))
                    }
                    other => Err(Fault::unsupported("this kind of argument").at(other.span())),
                })
                .collect::<Result<Vec<_>>>()?,
            _ => Vec::new(),
        };
        let wanted = usize::from(name != "mode");
        if args.len() != wanted {
            args.push(order.expr.clone());
            return Err(self.no_function(name, &args));
        }
        if name == "percentile_cont" {
            match &order.expr.ty {
                PgType::Interval => return Err(Fault::unsupported("percentile_cont of intervals")),
                ty if !is_number(ty) => {
                    args.push(order.expr.clone());
                    return Err(self.no_function(name, &args));
                }
                _ => order.expr = self.coerce(order.expr, &PgType::Float8)?,
            }
        }
        let value = order.expr.clone();
        let ty = value.ty.clone();
        if matches!(ty, PgType::Array(_) | PgType::Record) {
            return Err(Fault::unsupported(format!("{name} of {ty}")));
        }
        let present = Expr::new(Kind::IsNull(Box::new(value.clone()), true), PgType::Bool);
        let filter = match &function.filter {
            Some(filter) => {
                let filter = self.within(Clause::Filter, |r| r.leniently(|r| r.boolean(filter, scope, "FILTER")))?;
                Expr::new(Kind::All(vec![filter, present]), PgType::Bool)
            }
            None => present,
        };
        self.aggregates += 1;
        let array = PgType::Array(Box::new(ty.clone()));
        let call = Aggregate {
            function: "pg_array_agg",
            args: vec![value],
            distinct: false,
            order: vec![order],
            filter: Some(filter),
            over: None,
        };
        let sorted = Expr::new(Kind::Aggregate(Box::new(call)), array);
        match name {
            "mode" => Ok(Expr::call("pg_mode", vec![sorted], ty)),
            _ => {
                let fraction = args.remove(0);
                if matches!(fraction.ty, PgType::Array(_)) {
                    return Err(Fault::unsupported(format!("{name} of several fractions")));
                }
                let fraction = self.coerce(fraction, &PgType::Float8)?;
                let pick = if name == "percentile_cont" { "pg_percentile_cont" } else { "pg_percentile_disc" };
                Ok(Expr::call(pick, vec![sorted, fraction], ty))
            }
        }
    }
}

/// The unit of a frame's offsets.
#[derive(Clone, Copy)]
enum Unit {
    /// Rows or groups of rows.
    Rows,
    /// Whole numbers, as the sort key.
    Int,
    /// Floats.
    Float,
    /// Time between instants, in microseconds.
    Time,
}

/// Where a bound of a frame lies among the others.
fn rank(bound: &ast::WindowFrameBound) -> u8 {
    match bound {
        ast::WindowFrameBound::Preceding(None) => 0,
        ast::WindowFrameBound::Preceding(Some(_)) => 1,
        ast::WindowFrameBound::CurrentRow => 2,
        ast::WindowFrameBound::Following(Some(_)) => 3,
        ast::WindowFrameBound::Following(None) => 4,
    }
}

/// PostgreSQL's error for a frame that ends before it starts.
fn misplaced(start: &ast::WindowFrameBound, end: &ast::WindowFrameBound) -> Option<&'static str> {
    match (rank(start), rank(end)) {
        (4, _) => Some("frame start cannot be UNBOUNDED FOLLOWING"),
        (_, 0) => Some("frame end cannot be UNBOUNDED PRECEDING"),
        (2, 1) => Some("frame starting from current row cannot have preceding rows"),
        (3, 1 | 2) => Some("frame starting from following row cannot have preceding rows"),
        _ => None,
    }
}
