//! Operators, chosen by the types of their operands.

use super::cast::{common_type, compared_type, is_number, is_text};
use super::comparison::row_items;
use super::pattern::{contains_or_like, padded};
use super::scope::Scope;
use super::{Fault, Resolver, Result};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Expr, Kind};
use sqlparser::ast::{self, BinaryOperator, UnaryOperator};

/// The error for an operator that no pair of types has.
pub(super) fn no_operator(op: &str, left: &PgType, right: &PgType) -> Fault {
    Fault::new("unknown-operator", format!("operator does not exist: {left} {op} {right}"))
        .help("no operator matches the given argument types; you might need to add explicit type casts")
}

pub(super) fn is_time(ty: &PgType) -> bool {
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
}

pub(super) fn strip(expr: &ast::Expr) -> &ast::Expr {
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
pub(super) fn bits(ty: &PgType) -> Option<i64> {
    match ty {
        PgType::Int2 => Some(16),
        PgType::Int4 => Some(32),
        PgType::Int8 => Some(64),
        _ => None,
    }
}

/// Adds to operands that are arrays what their elements are.
pub(super) fn with_kind(mut args: Vec<Expr>) -> Vec<Expr> {
    if let Some(PgType::Array(element)) = args.first().map(|a| a.ty.clone()) {
        args.push(Expr::option(element.internal_name()));
    }
    args
}
