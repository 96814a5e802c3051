//! Windows, and aggregates over an ordered set.

use super::cast::is_number;
use super::naming::fold;
use super::scope::Scope;
use super::{Fault, Resolver, Result};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Aggregate, Expr, Kind, Window};
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
        let partition =
            if spec.partition_by.is_empty() { base.partition } else { self.exprs(&spec.partition_by, scope)? };
        let order = if spec.order_by.is_empty() {
            base.order
        } else {
            spec.order_by.iter().map(|o| self.aggregate_order(o, scope)).collect::<Result<Vec<_>>>()?
        };
        let frame = match &spec.window_frame {
            None => String::new(),
            Some(frame) => {
                let has_offset = |b: &ast::WindowFrameBound| {
                    matches!(b, ast::WindowFrameBound::Preceding(Some(_)) | ast::WindowFrameBound::Following(Some(_)))
                };
                let offsets = has_offset(&frame.start_bound) || frame.end_bound.as_ref().is_some_and(has_offset);
                if offsets && matches!(frame.units, ast::WindowFrameUnits::Range) {
                    match order.as_slice() {
                        [only]
                            if matches!(only.expr.ty, PgType::Int2 | PgType::Int4 | PgType::Int8 | PgType::Float8) => {}
                        [only] => {
                            return Err(Fault::unsupported(format!(
                                "a RANGE frame with an offset over {}",
                                only.expr.ty
                            )));
                        }
                        _ => {
                            return Err(Fault::new(
                                "syntax",
                                "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column",
                            ));
                        }
                    }
                }
                if matches!(frame.units, ast::WindowFrameUnits::Groups) && order.is_empty() {
                    return Err(Fault::new("syntax", "GROUPS mode requires an ORDER BY clause"));
                }
                match &frame.end_bound {
                    Some(end) => format!("{} BETWEEN {} AND {}", frame.units, bound(&frame.start_bound)?, bound(end)?),
                    None => format!("{} {}", frame.units, bound(&frame.start_bound)?),
                }
            }
        };
        Ok(Window { partition, order, frame })
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
        if name != "percentile_cont" && self.expr(&key.expr, scope)?.ty == PgType::Unknown {
            return Err(super::aggregate::undetermined());
        }
        let mut order = self.aggregate_order(key, scope)?;
        let mut args = match &function.args {
            ast::FunctionArguments::List(list) => list
                .args
                .iter()
                .map(|a| match a {
                    ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(e)) => self.expr(e, scope),
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
                let filter = self.leniently(|r| r.boolean(filter, scope, "FILTER"))?;
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

fn bound(bound: &ast::WindowFrameBound) -> Result<String> {
    let whole = |n: &ast::Expr| n.to_string().bytes().all(|b| b.is_ascii_digit());
    Ok(match bound {
        ast::WindowFrameBound::CurrentRow => "CURRENT ROW".to_owned(),
        ast::WindowFrameBound::Preceding(None) => "UNBOUNDED PRECEDING".to_owned(),
        ast::WindowFrameBound::Following(None) => "UNBOUNDED FOLLOWING".to_owned(),
        ast::WindowFrameBound::Preceding(Some(n)) if whole(n) => format!("{n} PRECEDING"),
        ast::WindowFrameBound::Following(Some(n)) if whole(n) => format!("{n} FOLLOWING"),
        ast::WindowFrameBound::Preceding(Some(n)) | ast::WindowFrameBound::Following(Some(n)) => {
            return Err(Fault::unsupported("a window frame whose offset is not a number").at(n.span()));
        }
    })
}
