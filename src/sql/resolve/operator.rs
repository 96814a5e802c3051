//! Operators, chosen by the types of their operands.

use super::cast::{common_type, compared_type, is_number, is_text};
use super::scope::Scope;
use super::{Fault, Resolver, Result};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Expr, Field, From, Kind};
use sqlparser::ast::{self, BinaryOperator, Spanned as _, UnaryOperator};

/// The error for an operator that no pair of types has.
pub(super) fn no_operator(op: &str, left: &PgType, right: &PgType) -> Fault {
    Fault::new("unknown-operator", format!("operator does not exist: {left} {op} {right}"))
        .help("no operator matches the given argument types; you might need to add explicit type casts")
}

fn is_time(ty: &PgType) -> bool {
    matches!(ty, PgType::Date | PgType::Timestamp | PgType::Timestamptz)
}

impl Resolver<'_> {
    pub(super) fn binary(
        &mut self,
        left: &ast::Expr,
        op: &BinaryOperator,
        right: &ast::Expr,
        scope: &Scope<'_>,
    ) -> Result<Expr> {
        match op {
            BinaryOperator::And | BinaryOperator::Or => {
                let word = if *op == BinaryOperator::And { "AND" } else { "OR" };
                let mut items = Vec::new();
                // A chain of the same word is one list, however long.
                let (mut sides, mut first) = (vec![right], left);
                while let ast::Expr::BinaryOp { left, op: inner, right } = first
                    && inner == op
                {
                    sides.push(right);
                    first = left;
                }
                sides.push(first);
                for side in sides.into_iter().rev() {
                    let side = self.boolean(side, scope, word)?;
                    match side.kind {
                        Kind::All(inner) if *op == BinaryOperator::And && !inner.is_empty() => items.extend(inner),
                        Kind::Any(inner) if *op == BinaryOperator::Or && !inner.is_empty() => items.extend(inner),
                        kind => items.push(Expr::new(kind, PgType::Bool)),
                    }
                }
                return Ok(Expr::new(
                    if *op == BinaryOperator::And { Kind::All(items) } else { Kind::Any(items) },
                    PgType::Bool,
                ));
            }
            _ => {}
        }
        if let (Some(l), Some(r)) = (row_items(left), row_items(right)) {
            return match op {
                BinaryOperator::Eq => self.row_equals(&l, &r, scope),
                BinaryOperator::NotEq => Ok(self.row_equals(&l, &r, scope)?.negated()),
                BinaryOperator::Overlaps => self.overlaps(&l, &r, scope),
                other => self.row_order(&other.to_string(), &l, &r, scope),
            };
        }
        let (a, b) = (self.expr(left, scope)?, self.expr(right, scope)?);
        self.operator(op.to_string().as_str(), a, b)
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

    /// `(start, end) OVERLAPS (start, end)`, each end a time or a length.
    fn overlaps(&mut self, left: &[ast::Expr], right: &[ast::Expr], scope: &Scope<'_>) -> Result<Expr> {
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

    pub(super) fn unary(&mut self, op: UnaryOperator, inner: &ast::Expr, scope: &Scope<'_>) -> Result<Expr> {
        if op == UnaryOperator::Not {
            return Ok(self.boolean(inner, scope, "NOT")?.negated());
        }
        // A sign binds tighter than `^` in PostgreSQL: `-2 ^ 2` is 4.
        if let (
            UnaryOperator::Minus | UnaryOperator::Plus,
            ast::Expr::BinaryOp { left, op: BinaryOperator::PGExp, right },
        ) = (op, inner)
        {
            let base = self.unary(op, left, scope)?;
            let exponent = self.expr(right, scope)?;
            return self.operator("^", base, exponent);
        }
        if op == UnaryOperator::Minus
            && let Some(digits) = written_number(inner)
        {
            return super::expr::constant(
                &digits.strip_prefix('-').map_or_else(|| format!("-{digits}"), str::to_owned),
            );
        }
        let value = self.expr(inner, scope)?;
        let ty = value.ty.clone();
        let int_bits = bits(&ty);
        match op.to_string().as_str() {
            "~" if int_bits.is_some() => return Ok(Expr::call("pg_inot", vec![value], ty)),
            "~" if matches!(ty, PgType::Inet | PgType::Cidr) => {
                let value = self.coerce(value, &PgType::Inet)?;
                return Ok(Expr::call("pg_inet_not", vec![value], PgType::Inet));
            }
            "@" => return self.call("abs", &[value]),
            "|/" => {
                let value = self.coerce(value, &PgType::Float8)?;
                return self.call("sqrt", &[value]);
            }
            "||/" => {
                let value = self.coerce(value, &PgType::Float8)?;
                return self.call("cbrt", &[value]);
            }
            _ => {}
        }
        match (op, &ty) {
            (UnaryOperator::Plus, t) if is_number(t) => Ok(value),
            (UnaryOperator::Minus, PgType::Numeric) => match value.kind {
                Kind::Text(text) => {
                    Ok(Expr::new(Kind::Text(crate::sql::value::number::arithmetic("-", "0", &text)?), ty))
                }
                kind => Ok(Expr::call(
                    "pg_numop",
                    vec![
                        Expr::option("-"),
                        Expr::new(Kind::Text("0".to_owned()), PgType::Numeric),
                        Expr::new(kind, PgType::Numeric),
                    ],
                    ty,
                )),
            },
            (UnaryOperator::Minus, PgType::Interval) => Ok(Expr::call("pg_ivneg", vec![value], ty)),
            (UnaryOperator::Minus, PgType::Money) => Ok(Expr::new(Kind::Prefix("- ", Box::new(value)), ty)),
            (UnaryOperator::Minus, t) if is_number(t) => Ok(match (value.kind, int_bits) {
                (kind, Some(bits)) => {
                    let args = vec![Expr::int(bits), Expr::option("-"), Expr::int(0), Expr::new(kind, ty.clone())];
                    Expr::call("pg_iop", args, ty)
                }
                (kind, None) => Expr::call("pg_fneg", vec![Expr::new(kind, ty.clone())], ty),
            }),
            (UnaryOperator::Minus, PgType::Unknown) => {
                let number = self.coerce(value, &PgType::Float8)?;
                Ok(Expr::call("pg_fneg", vec![number], PgType::Float8))
            }
            _ => Err(Fault::new("unknown-operator", format!("operator does not exist: {op} {ty}"))),
        }
    }

    /// Applies an operator to resolved operands.
    #[expect(clippy::too_many_lines, reason = "one arm for each family of operators")]
    pub(super) fn operator(&mut self, op: &str, a: Expr, b: Expr) -> Result<Expr> {
        use PgType as T;
        let (ta, tb) = (a.ty.clone(), b.ty.clone());
        let missing = || no_operator(op, &ta, &tb);
        match op {
            "=" => self.compare("=", a, b),
            "<>" | "!=" => self.compare("<>", a, b),
            "<" => self.compare("<", a, b),
            "<=" => self.compare("<=", a, b),
            ">" => self.compare(">", a, b),
            ">=" => self.compare(">=", a, b),
            "~~" | "!~~" | "~~*" | "!~~*" | "~" | "!~" | "~*" | "!~*" => {
                let function = match op.trim_start_matches('!') {
                    "~~" => "pg_like",
                    "~~*" => "pg_ilike",
                    "~" => "pg_re",
                    _ => "pg_rei",
                };
                if !(is_text(&ta) || ta == T::Unknown) || !(is_text(&tb) || tb == T::Unknown) {
                    return Err(missing());
                }
                let args = vec![self.coerce(padded(a), &T::Text)?, self.coerce(b, &T::Text)?];
                let found =
                    if function == "pg_like" { contains_or_like(args) } else { Expr::call(function, args, T::Bool) };
                Ok(if op.starts_with('!') { found.negated() } else { found })
            }
            "^@" => {
                let args = vec![self.coerce(a, &T::Text)?, self.coerce(b, &T::Text)?];
                Ok(Expr::call("pg_starts_with", args, T::Bool))
            }
            "->" | "->>" => {
                if !matches!(ta, T::Jsonb | T::Json) {
                    return Err(missing());
                }
                let key = match tb {
                    T::Unknown => self.coerce(b, &T::Text)?,
                    T::Int2 | T::Int4 => b,
                    ref t if is_text(t) => b,
                    _ => return Err(missing()),
                };
                let (function, ty) = match (op, ta) {
                    ("->", T::Json) => ("pg_jsonget", T::Json),
                    ("->", other) => ("pg_jget", other),
                    (_, T::Json) => ("pg_jsongett", T::Text),
                    _ => ("pg_jgett", T::Text),
                };
                Ok(Expr::call(function, vec![a, key], ty))
            }
            "#>" | "#>>" => {
                if !matches!(ta, T::Jsonb | T::Json) {
                    return Err(missing());
                }
                let path = self.coerce(b, &T::Array(Box::new(T::Text))).map_err(|_| missing())?;
                let (function, ty) = match (op, ta.clone()) {
                    ("#>", T::Json) => ("pg_jsonpath", T::Json),
                    ("#>", other) => ("pg_jpath", other),
                    (_, T::Json) => ("pg_jsonpatht", T::Text),
                    _ => ("pg_jpatht", T::Text),
                };
                Ok(Expr::call(function, vec![a, path], ty))
            }
            "@>" | "<@" => {
                let (outer, inner) = if op == "@>" { (a, b) } else { (b, a) };
                match (&outer.ty, &inner.ty) {
                    (T::Array(_), T::Array(_) | T::Unknown) | (T::Unknown, T::Array(_)) => {
                        let ty = if matches!(outer.ty, T::Array(_)) { outer.ty.clone() } else { inner.ty.clone() };
                        compared_type(&ta, &tb).ok_or_else(missing)?;
                        let args = vec![
                            self.coerce(outer, &ty).map_err(|_| missing())?,
                            self.coerce(inner, &ty).map_err(|_| missing())?,
                        ];
                        Ok(Expr::call("pg_arr_contains", with_kind(args), T::Bool))
                    }
                    (T::Jsonb, T::Jsonb | T::Unknown) | (T::Unknown, T::Jsonb) => {
                        let args = vec![self.coerce(outer, &T::Jsonb)?, self.coerce(inner, &T::Jsonb)?];
                        Ok(Expr::call("pg_jcontains", args, T::Bool))
                    }
                    _ => Err(missing()),
                }
            }
            "?" | "?|" | "?&" => {
                if ta != T::Jsonb {
                    return Err(missing());
                }
                let (function, ty) = match op {
                    "?" => ("pg_jhas", T::Text),
                    "?|" => ("pg_jhasany", T::Array(Box::new(T::Text))),
                    _ => ("pg_jhasall", T::Array(Box::new(T::Text))),
                };
                let key = self.coerce(b, &ty).map_err(|_| missing())?;
                Ok(Expr::call(function, vec![a, key], T::Bool))
            }
            "&&" => match (&ta, &tb) {
                (T::Array(_), _) | (_, T::Array(_)) => {
                    let ty = compared_type(&ta, &tb).ok_or_else(missing)?;
                    let args = vec![self.coerce(a, &ty)?, self.coerce(b, &ty)?];
                    Ok(Expr::call("pg_arr_overlap", with_kind(args), T::Bool))
                }
                (T::Inet | T::Cidr, _) => {
                    let args = vec![self.coerce(a, &T::Inet)?, self.coerce(b, &T::Inet)?];
                    Ok(Expr::call("pg_inet_overlap", args, T::Bool))
                }
                _ => Err(missing()),
            },
            "<<" | ">>" if bits(&ta).is_some() => {
                let by = self.coerce(b, &T::Int4).map_err(|_| missing())?;
                let args = vec![Expr::int(bits(&ta).unwrap_or(64)), Expr::option(op), a, by];
                Ok(Expr::call("pg_ishift", args, ta.clone()))
            }
            "&" | "|" | "#" => {
                let ty = common_type(&[ta.clone(), tb.clone()]).ok_or_else(missing)?;
                match (bits(&ty), op) {
                    (Some(width), _) => {
                        let args = vec![Expr::int(width), Expr::option(op), self.coerce(a, &ty)?, self.coerce(b, &ty)?];
                        Ok(Expr::call("pg_iop", args, ty))
                    }
                    (None, "&" | "|") if matches!(ty, T::Inet | T::Cidr) => {
                        let args = vec![Expr::option(op), self.coerce(a, &T::Inet)?, self.coerce(b, &T::Inet)?];
                        Ok(Expr::call("pg_inet_bits", args, T::Inet))
                    }
                    _ => Err(missing()),
                }
            }
            "#-" => {
                if ta != T::Jsonb {
                    return Err(missing());
                }
                let path = self.coerce(b, &T::Array(Box::new(T::Text))).map_err(|_| missing())?;
                Ok(Expr::call("pg_jdelpath", vec![a, path], T::Jsonb))
            }
            "+" | "-" if matches!(ta, T::Inet | T::Cidr) || (matches!(tb, T::Inet | T::Cidr) && op == "+") => {
                self.inet_arithmetic(op, a, b)
            }
            "+" | "-" | "*" | "/" if ta == T::Money || tb == T::Money => self.money_arithmetic(op, a, b),
            "<<" | "<<=" | ">>" | ">>=" => {
                if !matches!((&ta, &tb), (T::Inet | T::Cidr, _) | (_, T::Inet | T::Cidr)) {
                    return Err(missing());
                }
                let (a, b) = (self.coerce(a, &T::Inet)?, self.coerce(b, &T::Inet)?);
                let args = if op.starts_with('<') { vec![a, b] } else { vec![b, a] };
                Ok(Expr::call(if op.ends_with('=') { "pg_inet_in_or_eq" } else { "pg_inet_within" }, args, T::Bool))
            }
            "@?" | "@@" => self.path_operator(op, a, b)?.ok_or_else(missing),
            "||" => self.concatenate(a, b),
            "-" if ta == T::Jsonb => match tb {
                T::Array(_) => Ok(Expr::call("pg_jminusarr", vec![a, b], T::Jsonb)),
                T::Int2 | T::Int4 => Ok(Expr::call("pg_jminus", vec![a, b], T::Jsonb)),
                _ => {
                    let key = self.coerce(b, &T::Text).map_err(|_| missing())?;
                    Ok(Expr::call("pg_jminus", vec![a, key], T::Jsonb))
                }
            },
            "+" | "-" | "*" | "/" if [&ta, &tb].iter().any(|t| is_time(t) || matches!(t, T::Interval | T::Time)) => {
                self.date_arithmetic(op, a, b)
            }
            "+" | "-" | "*" | "/" | "%" => self.arithmetic(op, a, b),
            "^" => {
                let numeric = matches!((&ta, &tb), (T::Numeric, _) | (_, T::Numeric));
                let float = matches!((&ta, &tb), (T::Float4 | T::Float8, _) | (_, T::Float4 | T::Float8));
                if numeric && !float {
                    let args = vec![
                        self.coerce(a, &T::Numeric).map_err(|_| missing())?,
                        self.coerce(b, &T::Numeric).map_err(|_| missing())?,
                    ];
                    return Ok(Expr::call("pg_power_num", args, T::Numeric));
                }
                let args = vec![
                    self.coerce(a, &T::Float8).map_err(|_| missing())?,
                    self.coerce(b, &T::Float8).map_err(|_| missing())?,
                ];
                Ok(Expr::call("pg_power", args, T::Float8))
            }
            other => Err(Fault::unsupported(format!("the operator {other}"))),
        }
    }

    fn inet_arithmetic(&mut self, op: &str, a: Expr, b: Expr) -> Result<Expr> {
        use PgType as T;
        let missing = no_operator(op, &a.ty, &b.ty);
        let is_net = |t: &T| matches!(t, T::Inet | T::Cidr);
        match (a.ty.clone(), op, b.ty.clone()) {
            (x, "-", y) if is_net(&x) && (is_net(&y) || y == T::Unknown) => {
                let args = vec![self.coerce(a, &T::Inet)?, self.coerce(b, &T::Inet)?];
                Ok(Expr::call("pg_inet_minus", args, T::Int8))
            }
            (x, _, y) if is_net(&x) && bits(&y).is_some() => {
                let (base, by) = (self.coerce(a, &T::Inet)?, self.coerce(b, &T::Int8)?);
                let by = if op == "-" { Expr::new(Kind::Prefix("- ", Box::new(by)), T::Int8) } else { by };
                Ok(Expr::call("pg_inet_add", vec![base, by], T::Inet))
            }
            (x, "+", y) if bits(&x).is_some() && is_net(&y) => {
                let args = vec![self.coerce(b, &T::Inet)?, self.coerce(a, &T::Int8)?];
                Ok(Expr::call("pg_inet_add", args, T::Inet))
            }
            _ => Err(missing),
        }
    }

    fn money_arithmetic(&mut self, op: &str, a: Expr, b: Expr) -> Result<Expr> {
        use PgType as T;
        let missing = no_operator(op, &a.ty, &b.ty);
        let sum = |op: &str, a: Expr, b: Expr| {
            Ok(Expr::call("pg_iop", vec![Expr::int(64), Expr::option(op), a, b], T::Money))
        };
        match (a.ty.clone(), op, b.ty.clone()) {
            (T::Money, "+" | "-", T::Money | T::Unknown) | (T::Unknown, "+" | "-", T::Money) => {
                let (a, b) = (self.coerce(a, &T::Money)?, self.coerce(b, &T::Money)?);
                sum(op, a, b)
            }
            (T::Money, "/", T::Money) => Ok(Expr::call("pg_moneyratio", vec![a, b], T::Float8)),
            (T::Money, "*" | "/", y) if bits(&y).is_some() => sum(op, a, b),
            (x, "*", T::Money) if bits(&x).is_some() => sum(op, b, a),
            (T::Money, "*", y) if is_number(&y) => {
                let by = self.coerce(b, &T::Float8)?;
                Ok(Expr::call("pg_moneymul", vec![a, by], T::Money))
            }
            (x, "*", T::Money) if is_number(&x) => {
                let by = self.coerce(a, &T::Float8)?;
                Ok(Expr::call("pg_moneymul", vec![b, by], T::Money))
            }
            (T::Money, "/", y) if is_number(&y) => {
                let by = self.coerce(b, &T::Float8)?;
                Ok(Expr::call("pg_moneydiv", vec![a, by], T::Money))
            }
            _ => Err(missing),
        }
    }

    fn concatenate(&mut self, a: Expr, b: Expr) -> Result<Expr> {
        use PgType as T;
        match (a.ty.clone(), b.ty.clone()) {
            (T::Bytea, T::Bytea | T::Unknown) | (T::Unknown, T::Bytea) => {
                let args = vec![self.coerce(a, &T::Bytea)?, self.coerce(b, &T::Bytea)?];
                Ok(Expr::call("pg_bytea_concat", args, T::Bytea))
            }
            (T::Jsonb, T::Jsonb | T::Unknown) | (T::Unknown, T::Jsonb) => {
                let args = vec![self.coerce(a, &T::Jsonb)?, self.coerce(b, &T::Jsonb)?];
                Ok(Expr::call("pg_jconcat", args, T::Jsonb))
            }
            // An array of a dimension less is one element.
            (T::Array(x), y @ T::Array(_)) if *x == y => {
                let b = super::expr::array_of(vec![b], y);
                let ty = b.ty.clone();
                Ok(Expr::call("pg_arr_append", vec![a, b], ty))
            }
            (x @ T::Array(_), T::Array(y)) if *y == x => {
                let a = super::expr::array_of(vec![a], x);
                let ty = a.ty.clone();
                Ok(Expr::call("pg_arr_append", vec![a, b], ty))
            }
            (T::Array(element), other) | (other, T::Array(element)) => {
                let ty = match &other {
                    T::Array(e) => common_type(&[*element.clone(), *e.clone()]),
                    T::Unknown => Some(*element.clone()),
                    // Of texts the type of the left side stays.
                    e if e == &a.ty => common_type(&[e.clone(), *element.clone()]),
                    e => common_type(&[*element.clone(), e.clone()]),
                }
                .ok_or_else(|| no_operator("||", &a.ty, &b.ty))?;
                let array = T::Array(Box::new(ty.clone()));
                let mut side = |e: Expr| match &e.ty {
                    T::Array(_) => self.cast(e, &array),
                    T::Unknown if matches!(e.kind, Kind::Unknown(_) | Kind::Null) => self.coerce(e, &array),
                    _ => Ok(Expr::call("json_array", vec![self.coerce(e, &ty)?], array.clone())),
                };
                let args = vec![side(a)?, side(b)?];
                Ok(Expr::call("pg_arr_append", args, array))
            }
            (ta, tb) => {
                if !(is_text(&ta) || is_text(&tb) || ta == T::Unknown || tb == T::Unknown) {
                    return Err(no_operator("||", &ta, &tb));
                }
                let (a, b) = (self.text_of(a)?, self.text_of(b)?);
                Ok(Expr::infix("||", a, b, T::Text))
            }
        }
    }

    fn arithmetic(&mut self, op: &str, a: Expr, b: Expr) -> Result<Expr> {
        use PgType as T;
        let missing = no_operator(op, &a.ty, &b.ty);
        let both_unknown = a.ty == T::Unknown && b.ty == T::Unknown;
        let Some(ty) = common_type(&[a.ty.clone(), b.ty.clone()]).filter(is_number) else {
            return Err(if both_unknown {
                Fault::new("unknown-operator", format!("operator is not unique: unknown {op} unknown"))
            } else {
                missing
            });
        };
        // Only two `real` stay one.
        if ty == T::Float4 && matches!((&a.ty, &b.ty), (T::Float4 | T::Unknown, T::Float4 | T::Unknown)) && op != "%" {
            let (a, b) = (self.coerce(a, &ty)?, self.coerce(b, &ty)?);
            let exact = Expr::call("pg_fop", vec![Expr::option(op), a, b], T::Float8);
            return self.cast(exact, &T::Float4);
        }
        let ty = if ty == T::Float4 { T::Float8 } else { ty };
        let (a, b) = (
            self.coerce(a, &ty)
                .map_err(|f| if f.code == "type" { no_operator(op, &T::Unknown, &T::Unknown) } else { f })?,
            self.coerce(b, &ty)?,
        );
        match (&ty, op) {
            (T::Numeric, _) => Ok(Expr::call("pg_numop", vec![Expr::option(op), a, b], ty)),
            (T::Float8, "%") => Err(missing),
            (T::Float8, _) => Ok(Expr::call("pg_fop", vec![Expr::option(op), a, b], ty)),
            (_, "%") => Ok(Expr::call("pg_imod", vec![a, b], ty)),
            (_, _) => {
                let bits = match ty {
                    T::Int2 => 16,
                    T::Int4 => 32,
                    _ => 64,
                };
                Ok(Expr::call("pg_iop", vec![Expr::int(bits), Expr::option(op), a, b], ty))
            }
        }
    }

    fn date_arithmetic(&mut self, op: &str, a: Expr, b: Expr) -> Result<Expr> {
        use PgType as T;
        let missing = no_operator(op, &a.ty, &b.ty);
        if op == "+" && matches!((&a.ty, &b.ty), (T::Date, T::Unknown) | (T::Unknown, T::Date)) {
            return Err(Fault::new("unknown-operator", format!("operator is not unique: {} + {}", a.ty, b.ty))
                .help("could not choose a best candidate operator; you might need to add explicit type casts"));
        }
        // An unknown literal takes the type of the other side; beside a time plus it is an interval.
        let guess = |other: &T| if op == "+" && is_time(other) { T::Interval } else { other.clone() };
        let (ta, tb) = (a.ty.clone(), b.ty.clone());
        let a = if ta == T::Unknown { self.coerce(a, &guess(&tb))? } else { a };
        let b = if tb == T::Unknown { self.coerce(b, &guess(&ta))? } else { b };
        let sign = if op == "-" { -1 } else { 1 };
        let instant = |t: &T| if *t == T::Date { T::Timestamp } else { t.clone() };
        match (a.ty.clone(), op, b.ty.clone()) {
            (T::Date, "+", T::Time) => Ok(Expr::call("pg_datetime", vec![a, b], T::Timestamp)),
            (T::Time, "+", T::Date) => Ok(Expr::call("pg_datetime", vec![b, a], T::Timestamp)),
            (T::Time, "-", T::Time) => Ok(Expr::call("pg_timesub", vec![a, b], T::Interval)),
            (T::Time, "+", T::Time) => {
                Err(Fault::new("unknown-operator", format!("operator is not unique: {0} + {0}", T::Time)))
            }
            (T::Time, "+" | "-", T::Interval) => Ok(Expr::call("pg_timeadd", vec![a, b, Expr::int(sign)], T::Time)),
            (T::Interval, "+", T::Time) => Ok(Expr::call("pg_timeadd", vec![b, a, Expr::int(1)], T::Time)),
            (_, "+" | "-", T::Time) => {
                let b = self.cast(b, &T::Interval)?;
                self.date_arithmetic(op, a, b)
            }
            (T::Time, ..) => {
                let a = self.cast(a, &T::Interval)?;
                self.date_arithmetic(op, a, b)
            }
            (T::Date, "-", T::Date) => Ok(Expr::call("pg_datesub", vec![a, b], T::Int4)),
            (T::Date, "+" | "-", T::Int2 | T::Int4) => {
                let days = if sign < 0 { Expr::new(Kind::Prefix("- ", Box::new(b)), T::Int4) } else { b };
                Ok(Expr::call("pg_dateadd", vec![a, days], T::Date))
            }
            (T::Int2 | T::Int4, "+", T::Date) => Ok(Expr::call("pg_dateadd", vec![b, a], T::Date)),
            (x, "-", y) if is_time(&x) && is_time(&y) => {
                let ty = common_type(&[x, y]).ok_or(missing)?;
                let args = vec![self.coerce(a, &ty)?, self.coerce(b, &ty)?];
                Ok(Expr::call("pg_tssub", args, T::Interval))
            }
            (x, "+" | "-", T::Interval) if is_time(&x) => {
                let ty = instant(&x);
                let base = self.coerce(a, &ty)?;
                Ok(Expr::call("pg_tsadd", vec![base, b, Expr::int(sign)], ty))
            }
            (T::Interval, "+", y) if is_time(&y) => {
                let ty = instant(&y);
                let base = self.coerce(b, &ty)?;
                Ok(Expr::call("pg_tsadd", vec![base, a, Expr::int(1)], ty))
            }
            (T::Interval, "+" | "-", T::Interval) => {
                Ok(Expr::call("pg_ivadd", vec![a, b, Expr::int(sign)], T::Interval))
            }
            (T::Interval, "*", y) if is_number(&y) => {
                let factor = self.coerce(b, &T::Float8)?;
                Ok(Expr::call("pg_ivmul", vec![a, factor], T::Interval))
            }
            (x, "*", T::Interval) if is_number(&x) => {
                let factor = self.coerce(a, &T::Float8)?;
                Ok(Expr::call("pg_ivmul", vec![b, factor], T::Interval))
            }
            (T::Interval, "/", y) if is_number(&y) => {
                let by = self.coerce(b, &T::Float8)?;
                Ok(Expr::call("pg_ivdiv", vec![a, by], T::Interval))
            }
            _ => Err(missing),
        }
    }

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

    pub(super) fn like(
        &mut self,
        function: &'static str,
        (negated, any): (bool, bool),
        inner: &ast::Expr,
        pattern: &ast::Expr,
        escape: Option<&ast::Expr>,
        scope: &Scope<'_>,
    ) -> Result<Expr> {
        if any {
            // NOT belongs to the operator: true when one element is not like it.
            let op = match (function == "pg_like", negated) {
                (true, false) => "~~",
                (true, true) => "!~~",
                (false, false) => "~~*",
                (false, true) => "!~~*",
            };
            return self.quantified(inner, &BinaryOperator::Custom(op.to_owned()), strip(pattern), false, scope);
        }
        let (text, pattern) = (self.expr(inner, scope)?, self.expr(pattern, scope)?);
        let (ta, tb) = (text.ty.clone(), pattern.ty.clone());
        if !(is_text(&ta) || ta == PgType::Unknown) || !(is_text(&tb) || tb == PgType::Unknown) {
            let op = match function {
                "pg_like" => "~~",
                "pg_ilike" => "~~*",
                _ => "SIMILAR TO",
            };
            return Err(no_operator(op, &ta, &tb));
        }
        let mut args = vec![self.coerce(padded(text), &PgType::Text)?, self.coerce(pattern, &PgType::Text)?];
        if let Some(escape) = escape {
            let escape = self.expr(escape, scope)?;
            args.push(self.coerce(escape, &PgType::Text)?);
        }
        let found =
            if function == "pg_like" { contains_or_like(args) } else { Expr::call(function, args, PgType::Bool) };
        Ok(if negated { found.negated() } else { found })
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

fn strip(expr: &ast::Expr) -> &ast::Expr {
    match expr {
        ast::Expr::Nested(inner) => strip(inner),
        other => other,
    }
}

/// The digits of a number with the signs before it, which PostgreSQL's grammar takes together.
fn written_number(expr: &ast::Expr) -> Option<String> {
    match expr {
        ast::Expr::Value(v) => match &v.value {
            ast::Value::Number(digits, _) => Some(digits.clone()),
            _ => None,
        },
        ast::Expr::UnaryOp { op: UnaryOperator::Minus, expr } => {
            let digits = written_number(expr)?;
            Some(digits.strip_prefix('-').map_or_else(|| format!("-{digits}"), str::to_owned))
        }
        ast::Expr::Nested(inner) => match inner.as_ref() {
            ast::Expr::UnaryOp { .. } | ast::Expr::Value(_) => written_number(inner),
            _ => None,
        },
        _ => None,
    }
}

/// The width of an integer type.
fn bits(ty: &PgType) -> Option<i64> {
    match ty {
        PgType::Int2 => Some(16),
        PgType::Int4 => Some(32),
        PgType::Int8 => Some(64),
        _ => None,
    }
}

/// A `character(n)` with its blanks, which patterns see.
fn padded(expr: Expr) -> Expr {
    if expr.ty == PgType::Bpchar { Expr::new(expr.kind, PgType::Text) } else { expr }
}

/// A `character(n)` without the blanks at its end, which do not count in comparisons.
fn unpadded(expr: Expr) -> Expr {
    if expr.ty == PgType::Bpchar { Expr::call("pg_rtrim", vec![expr], PgType::Text) } else { expr }
}

/// Adds to operands that are arrays what their elements are.
fn with_kind(mut args: Vec<Expr>) -> Vec<Expr> {
    if let Some(PgType::Array(element)) = args.first().map(|a| a.ty.clone()) {
        args.push(Expr::option(element.internal_name()));
    }
    args
}

/// A LIKE; one with a pattern `'%' || x || '%'` where `x` is a column becomes a search for `x` when `x` holds nothing
/// that LIKE reads specially, which spares compiling a pattern for each pair of rows.
fn contains_or_like(args: Vec<Expr>) -> Expr {
    if let [text, pattern] = args.as_slice()
        && let Kind::Infix("||", head, tail) = &pattern.kind
        && is_percent(tail)
        && let Kind::Infix("||", first, needle) = &head.kind
        && is_percent(first)
        && matches!(needle.kind, Kind::Column(..))
    {
        return Expr::call("pg_like_contains", vec![text.clone(), (**needle).clone()], PgType::Bool);
    }
    Expr::call("pg_like", args, PgType::Bool)
}

fn is_percent(expr: &Expr) -> bool {
    matches!(&expr.kind, Kind::Text(t) if t == "%")
}
