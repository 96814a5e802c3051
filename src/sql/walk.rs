//! Walks through the typed form, subqueries included.
//!
//! The visitor returns whether to go on into what it was shown.

use crate::sql::ir::{Aggregate, Body, Expr, From, Kind, Order, Query, Select};

macro_rules! walkers {
    ($expr:ident, $query:ident, $select:ident, $from:ident, $aggregate:ident, $orders:ident, [$($m:tt)?]) => {
        /// Shows an expression and everything inside it.
        pub fn $expr(expr: &$($m)? Expr, f: &mut dyn FnMut(&$($m)? Expr) -> bool) {
            if !f(expr) {
                return;
            }
            match &$($m)? expr.kind {
                Kind::Column(..) | Kind::Null | Kind::Int(_) | Kind::Real(_) | Kind::Text(_) | Kind::Unknown(_)
                | Kind::Param(_) => {}
                Kind::Call(_, items) | Kind::All(items) | Kind::Any(items) => {
                    for item in items {
                        $expr(item, f);
                    }
                }
                Kind::Aggregate(call) => $aggregate(call, f),
                Kind::Infix(_, a, b) => {
                    $expr(a, f);
                    $expr(b, f);
                }
                Kind::Prefix(_, a) | Kind::IsNull(a, _) | Kind::NativeCast(a, _) => $expr(a, f),
                Kind::Case(branches, otherwise) => {
                    for (when, then) in branches {
                        $expr(when, f);
                        $expr(then, f);
                    }
                    if let Some(otherwise) = otherwise {
                        $expr(otherwise, f);
                    }
                }
                Kind::InList(a, items, _) => {
                    $expr(a, f);
                    for item in items {
                        $expr(item, f);
                    }
                }
                Kind::InQuery(items, query, _) => {
                    for item in items {
                        $expr(item, f);
                    }
                    $query(query, f);
                }
                Kind::Exists(query) | Kind::Scalar(query) | Kind::ArrayOf(query) => $query(query, f),
                Kind::Quantified { source, array, test, .. } => {
                    $from(source, f);
                    if let Some(array) = array {
                        $expr(array, f);
                    }
                    $expr(test, f);
                }
                Kind::Row(columns, marker) => {
                    for (_, column) in columns {
                        $expr(column, f);
                    }
                    if let Some(marker) = marker {
                        $expr(marker, f);
                    }
                }
            }
        }

        fn $aggregate(call: &$($m)? Aggregate, f: &mut dyn FnMut(&$($m)? Expr) -> bool) {
            for arg in &$($m)? call.args {
                $expr(arg, f);
            }
            $orders(&$($m)? call.order, f);
            if let Some(filter) = &$($m)? call.filter {
                $expr(filter, f);
            }
            if let Some(window) = &$($m)? call.over {
                for key in &$($m)? window.partition {
                    $expr(key, f);
                }
                $orders(&$($m)? window.order, f);
            }
        }

        fn $orders(orders: &$($m)? Vec<Order>, f: &mut dyn FnMut(&$($m)? Expr) -> bool) {
            for order in orders {
                $expr(&$($m)? order.expr, f);
            }
        }

        /// Shows every expression of a query.
        pub fn $query(query: &$($m)? Query, f: &mut dyn FnMut(&$($m)? Expr) -> bool) {
            for cte in &$($m)? query.ctes {
                $query(&$($m)? cte.query, f);
            }
            match &$($m)? query.body {
                Body::Select(select) => $select(select, f),
                Body::Values(rows) => {
                    for item in rows.into_iter().flatten() {
                        $expr(item, f);
                    }
                }
                Body::Set { left, right, order, limit, offset, .. } => {
                    for (query, items, _) in [left, right] {
                        $query(query, f);
                        for item in items {
                            $expr(item, f);
                        }
                    }
                    $orders(order, f);
                    for item in [limit, offset].into_iter().flatten() {
                        $expr(item, f);
                    }
                }
            }
        }

        /// Shows every expression of a SELECT.
        pub fn $select(select: &$($m)? Select, f: &mut dyn FnMut(&$($m)? Expr) -> bool) {
            if let Some(from) = &$($m)? select.from {
                $from(from, f);
            }
            for item in (&$($m)? select.items).into_iter().chain(&$($m)? select.distinct_on).chain(&$($m)? select.group) {
                $expr(item, f);
            }
            $orders(&$($m)? select.order, f);
            for item in [&$($m)? select.filter, &$($m)? select.having, &$($m)? select.limit, &$($m)? select.offset].into_iter().flatten() {
                $expr(item, f);
            }
        }

        /// Shows every expression of a FROM item.
        pub fn $from(from: &$($m)? From, f: &mut dyn FnMut(&$($m)? Expr) -> bool) {
            match from {
                From::Table(..) | From::Cte(..) => {}
                From::Query(_, query) => $query(query, f),
                From::Elements(_, set) => $expr(set, f),
                From::Join { left, right, on, .. } => {
                    $from(left, f);
                    $from(right, f);
                    if let Some(on) = on {
                        $expr(on, f);
                    }
                }
            }
        }
    };
}

walkers!(expr, query, select, from, aggregate, orders, []);
walkers!(expr_mut, query_mut, select_mut, from_mut, aggregate_mut, orders_mut, [mut]);
