//! Comparisons: of values, of rows, with each element of a list or query (`ANY`, `ALL`), of spans of time (`OVERLAPS`).

use super::cast::{common_type, compared_type};
use super::operator::{is_time, no_operator, strip, with_kind};
use super::scope::Scope;
use super::{Fault, Resolver, Result};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Expr, Field, From, Kind};
use sqlparser::ast::{self, BinaryOperator, Spanned as _};

impl Resolver<'_> {
    /// `= <> < <= > >=` by the common type.
    pub(super) fn compare(&mut self, op: &'static str, a: Expr, b: Expr) -> Result<Expr> {
        use PgType as T;
        if a.ty == T::Record || b.ty == T::Record {
            return Err(Fault::unsupported("comparing rows"));
        }
        let (a, b) = (unpadded(a), unpadded(b));
        let ty = match compared_type(&a.ty, &b.ty) {
            // A `real` beside another number is compared as `double precision`.
            Some(T::Float4) if [&a.ty, &b.ty].iter().any(|t| !matches!(t, T::Float4 | T::Unknown)) => T::Float8,
            Some(ty) => ty,
            None if a.ty == T::Unknown && b.ty == T::Unknown => T::Text,
            None => return Err(no_operator(op, &a.ty, &b.ty)),
        };
        if ty == T::Json || ty == T::Jsonpath {
            return Err(no_operator(op, &a.ty, &b.ty));
        }
        // PostgreSQL compares types by their numbers, and takes a literal for one.
        if ty == T::Regtype
            && let Some(text) = [&a, &b].into_iter().find_map(|e| match &e.kind {
                Kind::Unknown(text) => Some(text.clone()),
                _ => None,
            })
        {
            return Err(Fault::new("type", format!("invalid input syntax for type oid: \"{text}\"")));
        }
        let (a, b) = (self.coerce(a, &ty)?, self.coerce(b, &ty)?);
        let by = |function: &'static str, a: Expr, b: Expr| {
            Ok(Expr::infix(op, Expr::call(function, vec![a, b], T::Int4), Expr::int(0), T::Bool))
        };
        match ty {
            T::Numeric => by("pg_numcmp", a, b),
            T::Interval => by("pg_ivcmp", a, b),
            T::Array(_) => {
                let call = Expr::call("pg_arrcmp", with_kind(vec![a, b]), T::Int4);
                Ok(Expr::infix(op, call, Expr::int(0), T::Bool))
            }
            T::Jsonb => match op {
                "=" => Ok(Expr::call("pg_jeq", vec![a, b], T::Bool)),
                "<>" => Ok(Expr::call("pg_jeq", vec![a, b], T::Bool).negated()),
                _ => by("pg_jcmp", a, b),
            },
            T::Inet | T::Cidr if !matches!(op, "=" | "<>") => by("pg_inetcmp", a, b),
            _ => Ok(Expr::infix(op, a, b, T::Bool)),
        }
    }

    /// `(a, b) < (c, d)`: the first pair that differs decides.
    pub(super) fn row_order(
        &mut self,
        op: &str,
        left: &[ast::Expr],
        right: &[ast::Expr],
        scope: &Scope<'_>,
    ) -> Result<Expr> {
        let (strict, last) = match op {
            "<" => ("<", "<"),
            "<=" => ("<", "<="),
            ">" => (">", ">"),
            ">=" => (">", ">="),
            other => return Err(Fault::unsupported(format!("rows with {other}"))),
        };
        if left.len() != right.len() {
            return Err(Fault::new("syntax", "unequal number of entries in row expressions"));
        }
        let pairs = left
            .iter()
            .zip(right)
            .map(|(l, r)| self.alone(|own| Ok((own.expr(l, scope)?, own.expr(r, scope)?))))
            .collect::<Result<Vec<_>>>()?;
        let mut result: Option<Expr> = None;
        for (l, r) in pairs.into_iter().rev() {
            result = Some(match result {
                None => self.compare(last, l, r)?,
                Some(rest) => {
                    let equal = self.compare("=", l.clone(), r.clone())?;
                    let then = Expr::new(Kind::All(vec![equal, rest]), PgType::Bool);
                    Expr::new(Kind::Any(vec![self.compare(strict, l, r)?, then]), PgType::Bool)
                }
            });
        }
        result.ok_or_else(|| Fault::new("syntax", "an empty row cannot be compared"))
    }

    pub(super) fn row_equals(&mut self, left: &[ast::Expr], right: &[ast::Expr], scope: &Scope<'_>) -> Result<Expr> {
        if left.len() != right.len() {
            return Err(Fault::new("syntax", "unequal number of entries in row expressions"));
        }
        let mut tests = Vec::new();
        for (l, r) in left.iter().zip(right) {
            let (l, r) = self.alone(|own| Ok((own.expr(l, scope)?, own.expr(r, scope)?)))?;
            tests.push(self.compare("=", l, r)?);
        }
        Ok(Expr::new(Kind::All(tests), PgType::Bool))
    }

    /// `x op ANY|ALL (array or query)`.
    pub(super) fn quantified(
        &mut self,
        left: &ast::Expr,
        op: &BinaryOperator,
        right: &ast::Expr,
        all: bool,
        scope: &Scope<'_>,
    ) -> Result<Expr> {
        let op = match op.to_string().as_str() {
            "LIKE" => "~~".to_owned(),
            "ILIKE" => "~~*".to_owned(),
            other => other.to_owned(),
        };
        let x = self.expr(left, scope)?;
        if let ast::Expr::Subquery(query) = strip(right) {
            let query = self.subquery(query, scope)?;
            let ty = super::expr::single_column(&query)?;
            let rel = self.rel();
            let element = Expr::new(Kind::Column(rel, Field::Nth(0)), ty);
            let test = self.operator(&op, x, element)?;
            return Ok(Expr::new(
                Kind::Quantified {
                    source: Box::new(From::Query(rel, Box::new(query))),
                    array: None,
                    test: Box::new(test),
                    all,
                },
                PgType::Bool,
            ));
        }
        // A list that is written out becomes a chain of tests.
        let (items, cast) = match strip(right) {
            ast::Expr::Array(array) => (Some(&array.elem), None),
            ast::Expr::Cast { expr, data_type, .. } => match strip(expr) {
                ast::Expr::Array(array) => (Some(&array.elem), Some(super::cast::pg_type(data_type)?)),
                _ => (None, None),
            },
            _ => (None, None),
        };
        if let Some(items) = items {
            let items = self.exprs(items, scope)?;
            let element = match cast {
                Some(PgType::Array(element)) => *element,
                Some(other) => {
                    return Err(Fault::new(
                        "type",
                        format!("op ANY/ALL (array) requires array on right side, not {other}"),
                    )
                    .at(right.span()));
                }
                None => {
                    let types: Vec<PgType> = items.iter().map(|i| i.ty.clone()).collect();
                    if types.iter().all(|t| *t == PgType::Unknown)
                        && !matches!(x.ty, PgType::Unknown)
                        && !op.contains('~')
                        && !op.contains('@')
                    {
                        x.ty.clone()
                    } else {
                        self.common_or_text(&types, "ARRAY")?
                    }
                }
            };
            if matches!(element, PgType::Array(_)) {
                return Err(Fault::unsupported("ANY of an array of several dimensions").at(right.span()));
            }
            let mut tests = Vec::new();
            for item in items {
                let item = self.cast(item, &element)?;
                tests.push(self.operator(&op, x.clone(), item)?);
            }
            return Ok(Expr::new(if all { Kind::All(tests) } else { Kind::Any(tests) }, PgType::Bool));
        }
        let array = self.expr(right, scope)?;
        let array = match &array.ty {
            PgType::Array(_) => array,
            PgType::Unknown => {
                let element = if x.ty == PgType::Unknown { PgType::Text } else { x.ty.clone() };
                self.coerce(array, &PgType::Array(Box::new(element)))?
            }
            other => {
                return Err(Fault::new(
                    "type",
                    format!("op ANY/ALL (array) requires array on right side, not {other}"),
                )
                .at(right.span()));
            }
        };
        let PgType::Array(element) = array.ty.clone() else { return Err(Fault::unsupported("this use of ANY")) };
        if matches!(*element, PgType::Array(_)) {
            return Err(Fault::unsupported("ANY of an array of several dimensions").at(right.span()));
        }
        let rel = self.rel();
        let test = self.operator(&op, x, Expr::new(Kind::Column(rel, Field::Element), *element))?;
        let source = Box::new(From::Elements(rel, Box::new(array.clone())));
        Ok(Expr::new(
            Kind::Quantified { source, array: Some(Box::new(array)), test: Box::new(test), all },
            PgType::Bool,
        ))
    }

    /// `(start, end) OVERLAPS (start, end)`, each end a time or a length.
    pub(super) fn overlaps(&mut self, left: &[ast::Expr], right: &[ast::Expr], scope: &Scope<'_>) -> Result<Expr> {
        use PgType as T;
        let mut args = Vec::new();
        for side in [left, right] {
            if side.len() != 2 {
                return Err(Fault::new("syntax", "wrong number of parameters on a side of OVERLAPS expression"));
            }
            args.extend(self.exprs(side, scope)?);
        }
        let types: Vec<T> = args.iter().map(|a| a.ty.clone()).collect();
        let shown: Vec<String> = types.iter().map(ToString::to_string).collect();
        let fault = |what: &str| {
            let message = format!("function pg_catalog.overlaps({}) {what}", shown.join(", "));
            Fault::new("unknown-function", message)
        };
        let unclear = || {
            fault("is not unique")
                .help("could not choose a best candidate function; you might need to add explicit type casts")
        };
        let of_times = types.contains(&T::Time);
        if of_times {
            // An end that is a bare literal may be a time or a length.
            let known = |i: usize, other: &T| types.get(i).is_some_and(|t| *t == T::Time || t == other);
            let is_end = |i: usize| known(i, &T::Interval);
            let is_start = |i: usize| known(i, &T::Unknown);
            if [1, 3].into_iter().any(|i| types.get(i) == Some(&T::Unknown)) {
                return Err(unclear());
            }
            if !(is_start(0) && is_end(1) && is_start(2) && is_end(3)) {
                return Err(fault("does not exist"));
            }
        } else if types.iter().all(|t| *t == T::Unknown) {
            return Err(unclear());
        }
        let mut ends = args.into_iter();
        let mut instants = Vec::new();
        while let (Some(start), Some(end)) = (ends.next(), ends.next()) {
            let default = if of_times { T::Time } else { T::Timestamptz };
            let start = if start.ty == T::Unknown { self.coerce(start, &default)? } else { start };
            let end = match end.ty {
                T::Interval => self.operator("+", start.clone(), end)?,
                T::Unknown => self.coerce(end, &start.ty)?,
                _ => end,
            };
            instants.extend([start, end]);
        }
        if of_times {
            let day = Expr::new(Kind::Text("2000-01-01".to_owned()), T::Date);
            let of_day = |time| Expr::call("pg_datetime", vec![day.clone(), time], T::Timestamp);
            return Ok(Expr::call("pg_overlaps", instants.into_iter().map(of_day).collect(), T::Bool));
        }
        let types: Vec<T> = instants.iter().map(|a| a.ty.clone()).collect();
        let ty = common_type(&types).filter(is_time).ok_or_else(|| fault("does not exist"))?;
        let ty = if ty == T::Date { T::Timestamp } else { ty };
        let args = instants.into_iter().map(|a| self.coerce(a, &ty)).collect::<Result<Vec<_>>>()?;
        Ok(Expr::call("pg_overlaps", args, T::Bool))
    }
}

/// The items of a row that is written out: `(a, b)` or `ROW(a, b)`.
pub(super) fn row_items(expr: &ast::Expr) -> Option<std::borrow::Cow<'_, [ast::Expr]>> {
    match strip(expr) {
        ast::Expr::Tuple(items) => Some(items.into()),
        ast::Expr::Function(function) if super::naming::last_part(&function.name) == "row" => match &function.args {
            ast::FunctionArguments::List(list) => list
                .args
                .iter()
                .map(|a| match a {
                    ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(e)) => Some(e.clone()),
                    _ => None,
                })
                .collect::<Option<Vec<_>>>()
                .map(Into::into),
            _ => None,
        },
        _ => None,
    }
}

/// A `character(n)` without the blanks at its end, which do not count in comparisons.
fn unpadded(expr: Expr) -> Expr {
    if expr.ty == PgType::Bpchar { Expr::call("pg_rtrim", vec![expr], PgType::Text) } else { expr }
}
