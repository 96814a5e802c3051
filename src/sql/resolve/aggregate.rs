//! Aggregates and window functions.

use super::cast::is_number;
use super::clause::Clause;
use super::scope::Scope;
use super::{Fault, Resolver, Result};
use crate::model::pgtype::PgType;
use crate::sql::functions::over_window;
use crate::sql::ir::{Aggregate, Expr, Kind, Order};
use sqlparser::ast;

/// The aggregates.
pub(super) const AGGREGATES: [&str; 38] = [
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "bool_and",
    "bool_or",
    "every",
    "string_agg",
    "array_agg",
    "jsonb_agg",
    "json_agg",
    "json_object_agg",
    "jsonb_object_agg",
    "percentile_cont",
    "percentile_disc",
    "mode",
    "stddev",
    "stddev_samp",
    "stddev_pop",
    "variance",
    "var_samp",
    "var_pop",
    "corr",
    "covar_pop",
    "covar_samp",
    "regr_avgx",
    "regr_avgy",
    "regr_count",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
    "bit_and",
    "bit_or",
    "bit_xor",
];

/// Functions that need OVER.
pub(super) const WINDOW: [&str; 11] = [
    "row_number",
    "rank",
    "dense_rank",
    "percent_rank",
    "cume_dist",
    "ntile",
    "lag",
    "lead",
    "first_value",
    "last_value",
    "nth_value",
];

/// The error for a literal where any type is possible.
pub(super) fn undetermined() -> Fault {
    Fault::new("type", "could not determine polymorphic type because input has type unknown")
        .help("add an explicit type cast")
}

pub(super) fn is_aggregate(name: &str) -> bool {
    AGGREGATES.contains(&name) || WINDOW.contains(&name)
}

/// How many arguments an aggregate or a window function takes.
fn takes(name: &str) -> std::ops::RangeInclusive<usize> {
    match name {
        "row_number" | "rank" | "dense_rank" | "percent_rank" | "cume_dist" => 0..=0,
        "lag" | "lead" => 1..=3,
        "string_agg" | "jsonb_object_agg" | "json_object_agg" | "nth_value" | "corr" | "covar_pop" | "covar_samp" => {
            2..=2
        }
        _ if name.starts_with("regr_") => 2..=2,
        // Ordered sets are told apart further on.
        "percentile_cont" | "percentile_disc" | "mode" => 0..=usize::MAX,
        _ if is_aggregate(name) => 1..=1,
        _ => 0..=usize::MAX,
    }
}

impl Resolver<'_> {
    /// Resolves a call of an aggregate or a window function, which stands where one may.
    pub(super) fn aggregate(&mut self, name: &str, function: &ast::Function, scope: &Scope<'_>) -> Result<Expr> {
        if function.over.is_some() {
            self.clause.allows_aggregate(true)?;
            return self.aggregate_call(name, function, scope);
        }
        let before = self.aggregates;
        let call = self.aggregate_call(name, function, scope)?;
        let call = self.in_its_query(call, scope)?;
        if let Kind::Column(..) = call.kind {
            self.aggregates = before;
        }
        Ok(call)
    }

    fn aggregate_call(&mut self, name: &str, function: &ast::Function, scope: &Scope<'_>) -> Result<Expr> {
        use PgType as T;
        if !function.within_group.is_empty() {
            return self.ordered_set(name, function, scope);
        }
        let inside = if function.over.is_some() { Clause::WindowCall } else { Clause::Aggregate };
        let mut args = Vec::new();
        let mut distinct = false;
        let mut order_by: &[ast::OrderByExpr] = &[];
        let mut star = false;
        if let ast::FunctionArguments::List(list) = &function.args {
            distinct = matches!(list.duplicate_treatment, Some(ast::DuplicateTreatment::Distinct));
            for arg in &list.args {
                match arg {
                    ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(e)) => {
                        args.push(self.within(inside, |r| r.expr(e, scope))?);
                    }
                    ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Wildcard) => star = true,
                    ast::FunctionArg::Unnamed(ast::FunctionArgExpr::QualifiedWildcard(alias)) => {
                        let alias = super::naming::last_part(alias);
                        args.push(self.row_marker(&alias, scope)?);
                    }
                    _ => return Err(Fault::unsupported("this kind of argument")),
                }
            }
            for clause in &list.clauses {
                match clause {
                    ast::FunctionArgumentClause::OrderBy(keys) => order_by = keys,
                    other => return Err(Fault::unsupported(format!("{other} in a call"))),
                }
            }
        }
        if name == "count"
            && let Some(Expr { kind: Kind::Row(..), .. }) = args.first()
        {
            let alias = match &function.args {
                ast::FunctionArguments::List(l) => l.args.first().map(ToString::to_string).unwrap_or_default(),
                _ => String::new(),
            };
            args = vec![self.row_marker(&alias.to_ascii_lowercase(), scope)?];
        }
        let order = order_by
            .iter()
            .map(|o| self.within(inside, |r| r.aggregate_order(o, scope)))
            .collect::<Result<Vec<_>>>()?;
        let filter = match &function.filter {
            Some(filter) => Some(self.within(Clause::Filter, |r| r.leniently(|r| r.boolean(filter, scope, "FILTER")))?),
            None => None,
        };
        let over = match &function.over {
            None => None,
            Some(ast::WindowType::WindowSpec(spec)) => Some(self.window(spec, scope)?),
            Some(ast::WindowType::NamedWindow(name)) => Some(self.named_window(name, scope)?),
        };
        if over.is_none() {
            if WINDOW.contains(&name) {
                return Err(Fault::new("syntax", format!("window function {name} requires an OVER clause")));
            }
            self.aggregates += 1;
        }
        // DISTINCT sorts its rows, which shows where their order counts.
        let order = match args.first() {
            Some(x) if distinct && order.is_empty() && keeps_order(name, &x.ty) => {
                vec![Order { expr: x.clone(), descending: false, nulls_first: false }]
            }
            _ => order,
        };
        let missing = self.no_function(name, &args);
        if star && (!args.is_empty() || distinct) || !takes(name).contains(&args.len()) && !star {
            return Err(missing);
        }
        if distinct && order.iter().any(|o| !args.contains(&o.expr)) {
            let message = "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list";
            return Err(Fault::new("syntax", message));
        }
        let windowed = over.is_some();
        for (present, clause) in [(distinct, "DISTINCT"), (!order.is_empty(), "aggregate ORDER BY")] {
            if windowed && present {
                return Err(Fault::new("syntax", format!("{clause} is not implemented for window functions")));
            }
        }
        if WINDOW.contains(&name) && filter.is_some() {
            return Err(Fault::new("syntax", "FILTER is not implemented for non-aggregate window functions"));
        }
        let make = |function: &'static str, args: Vec<Expr>, ty: T| {
            let call = Aggregate {
                function: if over.is_some() { over_window(function) } else { function },
                args,
                distinct,
                order: order.clone(),
                filter: filter.clone(),
                over: over.clone(),
            };
            Ok(Expr::new(Kind::Aggregate(Box::new(call)), ty))
        };
        if star {
            return if name == "count" { make("count", Vec::new(), T::Int8) } else { Err(missing) };
        }
        let first = args.first().cloned();
        let Some(x) = first else {
            return match name {
                "row_number" => make("row_number", args, T::Int8),
                "rank" => make("rank", args, T::Int8),
                "dense_rank" => make("dense_rank", args, T::Int8),
                "percent_rank" => make("percent_rank", args, T::Float8),
                "cume_dist" => make("cume_dist", args, T::Float8),
                _ => Err(missing),
            };
        };
        match name {
            "count" => make("count", vec![x], T::Int8),
            "sum" => match x.ty.clone() {
                T::Int2 | T::Int4 => make("sum", vec![x], T::Int8),
                T::Int8 | T::Numeric => make("pg_sum_num", vec![x], T::Numeric),
                T::Float8 => make("pg_sum_float", vec![x], T::Float8),
                T::Float4 if over.is_none() => make("pg_sum_float4", vec![x], T::Float4),
                T::Float4 => Err(Fault::unsupported("sum of real over a window")),
                T::Money => make("sum", vec![x], T::Money),
                T::Interval if over.is_none() => make("pg_sum_iv", vec![x], T::Interval),
                T::Interval => Err(Fault::unsupported("sum of interval over a window")),
                _ => Err(missing),
            },
            "avg" => match x.ty.clone() {
                T::Float4 | T::Float8 => make("pg_avg_float", vec![x], T::Float8),
                ref t if is_number(t) => make("pg_avg_num", vec![x], T::Numeric),
                T::Interval if over.is_none() => make("pg_avg_iv", vec![x], T::Interval),
                T::Interval => Err(Fault::unsupported("avg of interval over a window")),
                _ => Err(missing),
            },
            "min" | "max" => {
                let x = if x.ty == T::Unknown { self.coerce(x, &T::Text)? } else { x };
                let ty = x.ty.clone();
                match ty {
                    T::Numeric => make(if name == "min" { "pg_min_num" } else { "pg_max_num" }, vec![x], ty),
                    T::Bool | T::Json | T::Jsonb | T::Record => Err(missing),
                    T::Uuid | T::Bytea => Err(missing),
                    T::Interval | T::Inet | T::Cidr | T::Array(_) if over.is_none() => {
                        let kind = Expr::option(ty.internal_name());
                        let function = if name == "min" { "pg_min_of" } else { "pg_max_of" };
                        // DISTINCT does not matter here, and SQLite has it for one argument only.
                        let call = Aggregate { function, args: vec![x, kind], distinct: false, order, filter, over };
                        let ty = if ty == T::Cidr { T::Inet } else { ty };
                        Ok(Expr::new(Kind::Aggregate(Box::new(call)), ty))
                    }
                    T::Interval | T::Inet | T::Cidr | T::Array(_) => {
                        Err(Fault::unsupported(format!("{name} of {ty} over a window")))
                    }
                    _ => make(if name == "min" { "min" } else { "max" }, vec![x], ty),
                }
            }
            "bool_and" | "bool_or" | "every" if !super::cast::converts(&x.ty, &T::Bool) => Err(missing),
            "string_agg" if !args.iter().all(|a| a.ty == T::Unknown || super::cast::is_text(&a.ty)) => Err(missing),
            "array_agg" | "lag" | "lead" | "first_value" | "last_value" | "nth_value" if x.ty == T::Record => {
                Err(Fault::unsupported(format!("{name} of rows")))
            }
            "bool_and" | "every" => make("min", vec![self.coerce(x, &T::Bool)?], T::Bool),
            "bool_or" => make("max", vec![self.coerce(x, &T::Bool)?], T::Bool),
            "string_agg" => {
                let delimiter = args.get(1).cloned().ok_or(missing)?;
                let (x, delimiter) = (self.coerce(x, &T::Text)?, self.coerce(delimiter, &T::Text)?);
                if distinct {
                    // SQLite allows DISTINCT with one argument only: collect first, join then.
                    let present = Expr::new(Kind::IsNull(Box::new(x.clone()), true), T::Bool);
                    let filter = Some(match filter {
                        Some(filter) => Expr::new(Kind::All(vec![filter, present]), T::Bool),
                        None => present,
                    });
                    let call = Aggregate { function: "pg_array_agg", args: vec![x], distinct, order, filter, over };
                    let array = Expr::new(Kind::Aggregate(Box::new(call)), T::Array(Box::new(T::Text)));
                    return Ok(Expr::call("pg_arr2str", vec![array, delimiter, Expr::option("text")], T::Text));
                }
                make("pg_string_agg", vec![x, delimiter], T::Text)
            }
            "array_agg" if x.ty == T::Unknown => {
                Err(Fault::new("unknown-function", "function array_agg(unknown) is not unique")
                    .help("could not choose a best candidate function; you might need to add explicit type casts"))
            }
            "jsonb_agg" | "json_agg" | "lag" | "lead" | "first_value" | "last_value" | "nth_value"
                if x.ty == T::Unknown =>
            {
                Err(undetermined())
            }
            "array_agg" => {
                let ty = x.ty.clone();
                if matches!(ty, T::Array(_)) && over.is_some() {
                    return Err(Fault::unsupported("array_agg of arrays over a window"));
                }
                let function = if matches!(ty, T::Array(_)) { "pg_arrays_agg" } else { "pg_array_agg" };
                make(function, vec![x], T::Array(Box::new(ty)))
            }
            "jsonb_agg" | "json_agg" => {
                let (ty, function) =
                    if name == "jsonb_agg" { (T::Jsonb, "pg_jsonb_agg") } else { (T::Json, "pg_json_agg") };
                let is_structured = matches!(x.ty, T::Array(_) | T::Record);
                let value = x.clone();
                let json = self.json_of(x)?;
                if distinct && order.is_empty() {
                    // PostgreSQL finds equal values by sorting.
                    if matches!(value.ty, T::Record | T::Json) {
                        return Err(Fault::unsupported(format!("{name} of DISTINCT values of type {}", value.ty)));
                    }
                    let order = vec![Order { expr: value, descending: false, nulls_first: false }];
                    let call = Aggregate { function, args: vec![json], distinct, order, filter, over };
                    return Ok(Expr::new(Kind::Aggregate(Box::new(call)), ty));
                }
                // `json_agg` begins a line for each array or row.
                if name == "json_agg" && is_structured {
                    return make("pg_json_agg_lines", vec![json], ty);
                }
                make(function, vec![json], ty)
            }
            "jsonb_object_agg" | "json_object_agg" => {
                let value = args.get(1).cloned().ok_or(missing)?;
                let all = vec![self.text_of(x)?, self.json_of(value)?];
                if name == "jsonb_object_agg" {
                    make("pg_jsonb_object_agg", all, T::Jsonb)
                } else {
                    make("pg_json_object_agg", all, T::Json)
                }
            }
            "lag" | "lead" => {
                let types: Vec<T> = [Some(&x), args.get(2)].into_iter().flatten().map(|a| a.ty.clone()).collect();
                let ty = super::cast::common_type(&types).ok_or(missing)?;
                let mut all = vec![self.coerce(x, &ty)?];
                let offset = match args.get(1) {
                    Some(offset) => Some(self.row_count(name, offset, &args)?),
                    None => None,
                };
                all.extend(offset.clone());
                if let Some(default) = args.get(2) {
                    all.push(self.coerce(default.clone(), &ty)?);
                }
                let call = make(if name == "lag" { "lag" } else { "lead" }, all, ty)?;
                Ok(unless_null(offset.as_ref(), call))
            }
            "first_value" | "last_value" => {
                let ty = x.ty.clone();
                make(if name == "first_value" { "first_value" } else { "last_value" }, vec![x], ty)
            }
            "nth_value" => {
                let place = self.row_count(name, args.get(1).ok_or(missing)?, &args)?;
                let ty = x.ty.clone();
                let call = make("nth_value", vec![x, above_zero(name, &place)], ty)?;
                Ok(unless_null(Some(&place), call))
            }
            "ntile" => {
                let parts = self.row_count(name, &x, &args)?;
                if super::cast::varies(&parts) {
                    // PostgreSQL takes the number from the first row of a partition that has one; SQLite from the first.
                    let parts = Expr::call("pg_ntile_of", vec![parts], T::Int4);
                    return make("ntile", vec![parts], T::Int4);
                }
                let call = make("ntile", vec![above_zero(name, &parts)], T::Int4)?;
                Ok(unless_null(Some(&parts), call))
            }
            "stddev" | "stddev_samp" | "stddev_pop" | "variance" | "var_samp" | "var_pop" | "bit_and" | "bit_or"
            | "bit_xor"
                if over.is_some() =>
            {
                Err(Fault::unsupported(format!("{name} over a window")))
            }
            "stddev" | "stddev_samp" | "stddev_pop" | "variance" | "var_samp" | "var_pop" => {
                let float = matches!(x.ty, T::Float4 | T::Float8);
                if !is_number(&x.ty) {
                    return Err(missing);
                }
                let function = match (name, float) {
                    ("stddev" | "stddev_samp", false) => "pg_stddev_samp_num",
                    ("stddev" | "stddev_samp", true) => "pg_stddev_samp_f",
                    ("stddev_pop", false) => "pg_stddev_pop_num",
                    ("stddev_pop", true) => "pg_stddev_pop_f",
                    ("var_pop", false) => "pg_var_pop_num",
                    ("var_pop", true) => "pg_var_pop_f",
                    (_, false) => "pg_var_samp_num",
                    (_, true) => "pg_var_samp_f",
                };
                make(function, vec![x], if float { T::Float8 } else { T::Numeric })
            }
            "bit_and" | "bit_or" | "bit_xor" => {
                let ty = x.ty.clone();
                if !matches!(ty, T::Int2 | T::Int4 | T::Int8) {
                    return Err(missing);
                }
                let function = match name {
                    "bit_and" => "pg_bit_and",
                    "bit_or" => "pg_bit_or",
                    _ => "pg_bit_xor",
                };
                make(function, vec![x], ty)
            }
            "corr" | "covar_pop" | "covar_samp" | "regr_avgx" | "regr_avgy" | "regr_count" | "regr_intercept"
            | "regr_r2" | "regr_slope" | "regr_sxx" | "regr_sxy" | "regr_syy" => {
                if over.is_some() || distinct {
                    return Err(Fault::unsupported(format!("{name} with OVER or DISTINCT")));
                }
                let [y, x] = args.as_slice() else { return Err(missing) };
                let pair = vec![self.coerce(y.clone(), &T::Float8)?, self.coerce(x.clone(), &T::Float8)?];
                let function = match name {
                    "corr" => "pg_corr",
                    "covar_pop" => "pg_covar_pop",
                    "covar_samp" => "pg_covar_samp",
                    "regr_avgx" => "pg_regr_avgx",
                    "regr_avgy" => "pg_regr_avgy",
                    "regr_count" => "pg_regr_count",
                    "regr_intercept" => "pg_regr_intercept",
                    "regr_r2" => "pg_regr_r2",
                    "regr_slope" => "pg_regr_slope",
                    "regr_sxx" => "pg_regr_sxx",
                    "regr_sxy" => "pg_regr_sxy",
                    _ => "pg_regr_syy",
                };
                make(function, pair, if name == "regr_count" { T::Int8 } else { T::Float8 })
            }
            "percentile_cont" | "percentile_disc" | "mode" => {
                Err(Fault::new("syntax", format!("WITHIN GROUP is required for ordered-set aggregate {name}")))
            }
            _ => Err(Fault::unsupported(name)),
        }
    }

    /// An argument of a window function that counts rows.
    fn row_count(&mut self, name: &str, count: &Expr, args: &[Expr]) -> Result<Expr> {
        if !super::cast::converts(&count.ty, &PgType::Int4) {
            return Err(self.no_function(name, args));
        }
        self.coerce(count.clone(), &PgType::Int4)
    }

    /// Something that is not NULL in each row of an item that exists.
    fn row_marker(&mut self, alias: &str, scope: &Scope<'_>) -> Result<Expr> {
        let alias = alias.trim_end_matches(".*");
        let item =
            super::scope::find_item(alias, scope).ok_or_else(|| super::scope::missing_item(alias, scope))?.clone();
        Ok(super::scope::marker_of(&item))
    }

    pub(super) fn aggregate_order(&mut self, o: &ast::OrderByExpr, scope: &Scope<'_>) -> Result<Order> {
        let expr = self.expr(&o.expr, scope)?;
        let expr = if expr.ty == PgType::Unknown { self.coerce(expr, &PgType::Text)? } else { expr };
        let descending = matches!(o.options.sort, Some(ast::OrderBySort::Desc));
        Ok(Order { expr, descending, nulls_first: o.options.nulls_first.unwrap_or(descending) })
    }
}

/// A call of a window function, which is NULL where its number of rows is: SQLite refuses that, or takes it for a row
/// that is not there.
fn unless_null(count: Option<&Expr>, call: Expr) -> Expr {
    let ty = call.ty.clone();
    match count.map(|c| &c.kind) {
        None | Some(Kind::Int(_)) => call,
        Some(Kind::Null) => Expr::new(Kind::Null, ty),
        Some(_) => {
            let missing = count.map(|c| Expr::new(Kind::IsNull(Box::new(c.clone()), false), PgType::Bool));
            let null = Expr::new(Kind::Null, ty.clone());
            Expr::new(Kind::Case(missing.map(|m| (m, null)).into_iter().collect(), Some(Box::new(call))), ty)
        }
    }
}

/// A number of rows that has to be above zero. NULL, for which the call does not count, becomes one.
fn above_zero(name: &str, count: &Expr) -> Expr {
    if matches!(count.kind, Kind::Int(1..)) {
        return count.clone();
    }
    let checked = Expr::call("pg_above_zero", vec![count.clone(), Expr::option(name)], PgType::Int4);
    Expr::call("coalesce", vec![checked, Expr::int(1)], PgType::Int4)
}

/// Whether the result of an aggregate depends on the order of its rows.
fn keeps_order(name: &str, ty: &PgType) -> bool {
    match name {
        "array_agg" | "string_agg" | "jsonb_agg" | "json_agg" => true,
        "sum" | "avg" => matches!(ty, PgType::Float4 | PgType::Float8),
        _ => false,
    }
}
