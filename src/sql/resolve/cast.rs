//! Conversions: literals, implicit and explicit casts, the common type of several expressions.

use super::{Fault, Resolver, Result};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Expr, Kind};
use crate::sql::value::{array, boolean, bytea, datetime, datetime_in, inet, interval::Interval, jsonb, money, number};
use crate::sql::walk;
use sqlparser::ast::DataType;

/// Returns the PostgreSQL type that a parsed type names.
pub(super) fn pg_type(data_type: &DataType) -> Result<PgType> {
    let unknown = || {
        let name = data_type.to_string().to_ascii_lowercase();
        let bare = name.split(['(', '[']).next().unwrap_or(&name).trim_matches('"');
        if crate::sql::types::is_unsupported(bare) || bare == "bit varying" {
            return Fault::unsupported(format!("type {bare}"));
        }
        Fault::new("unknown-type", format!("type \"{bare}\" does not exist"))
    };
    match data_type {
        DataType::Array(element) => {
            use sqlparser::ast::ArrayElemTypeDef as A;
            match element {
                A::SquareBracket(inner, _) | A::AngleBracket(inner) | A::Parenthesis(inner) => {
                    // `int[][]` is no other type than `int[]`.
                    let element = pg_type(inner)?;
                    Ok(if matches!(element, PgType::Array(_)) { element } else { PgType::Array(Box::new(element)) })
                }
                _ => Err(unknown()),
            }
        }
        DataType::Interval { .. } => Ok(PgType::Interval),
        DataType::Custom(name, _) if name.to_string() == "\"char\"" => Err(Fault::unsupported("type \"char\"")),
        DataType::Float(sqlparser::ast::ExactNumberInfo::Precision(p)) if (1..=24).contains(p) => Ok(PgType::Float4),
        DataType::Custom(name, _) => PgType::parse(&super::naming::last_part(name)).ok_or_else(unknown),
        other => {
            let text = other.to_string();
            let bare = match (text.find('('), text.rfind(')')) {
                (Some(a), Some(b)) if a < b => {
                    format!("{}{}", text.get(..a).unwrap_or_default(), text.get(b + 1..).unwrap_or_default())
                }
                _ => text,
            };
            PgType::parse(&bare).ok_or_else(unknown)
        }
    }
}

/// The numeric types, from narrow to wide.
fn number_rank(ty: &PgType) -> Option<u8> {
    Some(match ty {
        PgType::Int2 => 0,
        PgType::Int4 => 1,
        PgType::Int8 => 2,
        PgType::Numeric => 3,
        PgType::Float4 => 4,
        PgType::Float8 => 5,
        _ => return None,
    })
}

fn time_rank(ty: &PgType) -> Option<u8> {
    Some(match ty {
        PgType::Date => 0,
        PgType::Timestamp => 1,
        PgType::Timestamptz => 2,
        _ => return None,
    })
}

/// Whether a type is held as plain text.
pub(super) fn is_text(ty: &PgType) -> bool {
    matches!(ty, PgType::Text | PgType::Varchar | PgType::Bpchar | PgType::Name)
}

/// Whether a type is a number.
pub(super) fn is_number(ty: &PgType) -> bool {
    number_rank(ty).is_some()
}

/// Whether a value of one type becomes another without being asked to.
pub(super) fn converts(from: &PgType, to: &PgType) -> bool {
    if from == to || *from == PgType::Unknown {
        return true;
    }
    if let (Some(a), Some(b)) = (number_rank(from), number_rank(to)) {
        return a <= b;
    }
    if let (Some(a), Some(b)) = (time_rank(from), time_rank(to)) {
        return a <= b;
    }
    if let (PgType::Array(a), PgType::Array(b)) = (from, to) {
        return converts(a, b);
    }
    matches!((from, to), (PgType::Cidr, PgType::Inet) | (PgType::Int4, PgType::Oid) | (PgType::Time, PgType::Interval))
        || is_text(from) && is_text(to) && *to != PgType::Name
}

/// Returns the type that several expressions have in common; unknown when all are.
pub(super) fn common_type(types: &[PgType]) -> Option<PgType> {
    let mut known = types.iter().filter(|t| **t != PgType::Unknown);
    let mut common = known.next()?.clone();
    for ty in known {
        if *ty == common {
            continue;
        }
        common = match (converts(&common, ty), converts(ty, &common)) {
            // Of texts among each other the first stays.
            (true, true) => common,
            (true, false) => ty.clone(),
            (false, true) => common,
            (false, false) => return None,
        };
    }
    Some(common)
}

/// Returns the type as which two operands are compared. Arrays are only with others of the same element type.
pub(super) fn compared_type(a: &PgType, b: &PgType) -> Option<PgType> {
    if matches!((a, b), (PgType::Array(x), PgType::Array(y)) if x != y) {
        return None;
    }
    common_type(&[a.clone(), b.clone()])
}

impl Resolver<'_> {
    /// Returns the common type of the branches of a construct, or its error.
    pub(super) fn common_or_text(&self, types: &[PgType], construct: &str) -> Result<PgType> {
        if types.iter().all(|t| *t == PgType::Unknown) {
            return Ok(PgType::Text);
        }
        common_type(types).ok_or_else(|| {
            let mut known = types.iter().filter(|t| **t != PgType::Unknown);
            let first = known.next().map(ToString::to_string).unwrap_or_default();
            let other = known.find(|t| t.to_string() != first).map(ToString::to_string).unwrap_or_default();
            Fault::new("type", format!("{construct} types {first} and {other} cannot be matched"))
        })
    }

    /// Converts without being asked to: literals and parameters take the type, others only where PostgreSQL does so.
    pub(super) fn coerce(&mut self, expr: Expr, to: &PgType) -> Result<Expr> {
        if expr.ty == *to {
            return Ok(expr);
        }
        if expr.ty == PgType::Unknown {
            return self.decide(expr, to);
        }
        if converts(&expr.ty, to) {
            return self.cast(expr, to);
        }
        Err(Fault::new("type", format!("cannot convert type {} to {to}", expr.ty)))
    }

    /// Converts as an assignment does: also to narrower numbers.
    pub(super) fn coerce_or_cast(&mut self, expr: Expr, to: &PgType) -> Result<Expr> {
        if is_number(&expr.ty) && is_number(to) { self.cast(expr, to) } else { self.coerce(expr, to) }
    }

    /// Gives a literal, a parameter or NULL its type.
    fn decide(&mut self, expr: Expr, to: &PgType) -> Result<Expr> {
        match expr.kind {
            Kind::Unknown(text) => literal(&text, to, None),
            Kind::Param(n) => {
                if let Some(slot) = self.params.get_mut(n - 1) {
                    match slot {
                        Some(decided) if decided != to => {
                            let decided = decided.clone();
                            return self.cast(Expr::new(Kind::Param(n), decided), to);
                        }
                        _ => *slot = Some(to.clone()),
                    }
                }
                Ok(Expr::new(Kind::Param(n), to.clone()))
            }
            kind => Ok(Expr::new(kind, to.clone())),
        }
    }

    /// Returns the text of a value, as `::text` and `||` give it.
    pub(super) fn text_of(&mut self, expr: Expr) -> Result<Expr> {
        let text = |kind| Ok(Expr::new(kind, PgType::Text));
        match expr.ty.clone() {
            PgType::Unknown => self.decide(expr, &PgType::Text),
            PgType::Text
            | PgType::Varchar
            | PgType::Name
            | PgType::Json
            | PgType::Jsonb
            | PgType::Numeric
            | PgType::Date
            | PgType::Timestamp
            | PgType::Time
            | PgType::Timetz
            | PgType::Ltree
            | PgType::Uuid
            | PgType::Regtype
            | PgType::Bytea => text(expr.kind),
            PgType::Int2 | PgType::Int4 | PgType::Int8 | PgType::Oid => text(Kind::NativeCast(Box::new(expr), "TEXT")),
            PgType::Float4 => Ok(Expr::call("pg_f42t", vec![expr], PgType::Text)),
            PgType::Float8 => Ok(Expr::call("pg_f2t", vec![expr], PgType::Text)),
            PgType::Bool => Ok(words(&expr, "true", "false")),
            PgType::Timestamptz => Ok(Expr::call("pg_ts2t", vec![expr], PgType::Text)),
            PgType::Interval => Ok(Expr::call("pg_iv2t", vec![expr], PgType::Text)),
            PgType::Inet => Ok(Expr::call("pg_inet_text", vec![expr], PgType::Text)),
            PgType::Bpchar => Ok(Expr::call("pg_rtrim", vec![expr], PgType::Text)),
            PgType::Money => Ok(Expr::call("pg_money2t", vec![expr], PgType::Text)),
            PgType::Cidr => text(expr.kind),
            PgType::Array(element) => {
                Ok(Expr::call("pg_arr2t", vec![expr, Expr::option(element.internal_name())], PgType::Text))
            }
            other @ (PgType::Record | PgType::Void | PgType::Jsonpath) => {
                Err(Fault::unsupported(format!("the text of a value of type {other}")))
            }
        }
    }

    /// Returns the text of a value as `concat` gives it: booleans are `t` and `f`.
    pub(super) fn output_text(&mut self, expr: Expr) -> Result<Expr> {
        if expr.ty == PgType::Bool { Ok(words(&expr, "t", "f")) } else { self.text_of(expr) }
    }

    /// Applies what a type name says beyond the type: `numeric(10,2)`, `varchar(3)`, `timestamp(0)`.
    pub(super) fn fitted(&mut self, expr: Expr, data_type: &DataType) -> Result<Expr> {
        use sqlparser::ast::{CharacterLength, ExactNumberInfo};
        let int = |n: u64| Expr::int(i64::try_from(n).unwrap_or(i64::MAX));
        let length = |l: &CharacterLength| match l {
            CharacterLength::IntegerLength { length, .. } => Some(*length),
            CharacterLength::Max => None,
        };
        let ty = expr.ty.clone();
        let too_short = |n: u64, name: &str| {
            if n == 0 {
                return Err(Fault::new("type", format!("length for type {name} must be at least 1")));
            }
            Ok(())
        };
        Ok(match data_type {
            DataType::Interval { fields: Some(_), .. } => {
                return Err(Fault::unsupported("a cast to an interval of certain fields"));
            }
            DataType::Interval { precision: Some(n), .. } => Expr::call("pg_iv_round", vec![expr, int(*n)], ty),
            DataType::Numeric(info) | DataType::Decimal(info) | DataType::Dec(info) => {
                let (precision, scale) = match info {
                    ExactNumberInfo::None => return Ok(expr),
                    ExactNumberInfo::Precision(p) => (*p, 0),
                    ExactNumberInfo::PrecisionAndScale(p, s) => (*p, *s),
                };
                if !(1..=1_000).contains(&precision) {
                    let message = format!("NUMERIC precision {precision} must be between 1 and 1000");
                    return Err(Fault::new("type", message));
                }
                let function = if self.lenient > 0 { "pg_try_numfit" } else { "pg_numfit" };
                Expr::call(function, vec![expr, int(precision), Expr::int(scale)], ty)
            }
            DataType::Varchar(Some(l)) | DataType::CharVarying(Some(l)) | DataType::CharacterVarying(Some(l)) => {
                match length(l) {
                    Some(n) => {
                        too_short(n, "varchar")?;
                        Expr::call("pg_left", vec![expr, int(n)], ty)
                    }
                    None => expr,
                }
            }
            DataType::Char(l) | DataType::Character(l) => {
                let n = l.as_ref().and_then(length).unwrap_or(1);
                too_short(n, "char")?;
                let cut = Expr::call("pg_left", vec![expr, int(n)], ty.clone());
                Expr::call("pg_rpad", vec![cut, int(n)], ty)
            }
            DataType::Timestamp(Some(n), _) => Expr::call("pg_ts_round", vec![expr, int(*n)], ty),
            DataType::Time(Some(n), _) => Expr::call("pg_time_round", vec![expr, int(*n)], ty),
            _ => expr,
        })
    }

    /// Casts as `::` does.
    pub(super) fn cast(&mut self, expr: Expr, to: &PgType) -> Result<Expr> {
        use PgType as T;
        let from = expr.ty.clone();
        if from == *to {
            return Ok(expr);
        }
        if from == T::Unknown {
            return self.decide(expr, to);
        }
        if *to == T::Float4 && (is_text(&from) || from == T::Numeric) {
            let careful = self.lenient > 0 && varies(&expr);
            return Ok(Expr::call(if careful { "pg_try_t2f4" } else { "pg_t2f4" }, vec![expr], T::Float4));
        }
        if *to == T::Float4 {
            let wide = self.cast(expr, &T::Float8)?;
            let careful = self.lenient > 0 && varies(&wide);
            let function = if careful { "pg_try_f2f4" } else { "pg_f2f4" };
            return Ok(Expr::call(function, vec![wide], T::Float4));
        }
        // What no row changes fails for every row, guarded or not.
        let lenient = self.lenient > 0 && varies(&expr);
        let call = |strict: &'static str, careful: &'static str, mut args: Vec<Expr>, option: Option<i64>| {
            args.extend(option.map(Expr::int));
            Ok(Expr::call(if lenient { careful } else { strict }, args, to.clone()))
        };
        let bits = |ty: &T| match ty {
            T::Int2 => 16,
            T::Int4 | T::Oid => 32,
            _ => 64,
        };
        match (&from, to) {
            (_, T::Text | T::Varchar | T::Bpchar | T::Name) => {
                let text = self.text_of(expr)?;
                Ok(Expr::new(text.kind, to.clone()))
            }
            (a, T::Int2 | T::Int4 | T::Int8 | T::Oid) if is_text(a) => {
                call("pg_t2int", "pg_try_t2int", vec![expr], Some(bits(to)))
            }
            (a, T::Numeric) if is_text(a) => call("pg_t2num", "pg_try_t2num", vec![expr], None),
            (a, T::Float8) if is_text(a) => call("pg_t2f", "pg_try_t2f", vec![expr], None),
            (a, T::Bool) if is_text(a) => call("pg_t2bool", "pg_try_t2bool", vec![expr], None),
            (a, T::Jsonb) if is_text(a) || *a == T::Json => call("pg_jsonb_in", "pg_try_jsonb_in", vec![expr], None),
            (a, T::Json) if is_text(a) => call("pg_json_in", "pg_try_json_in", vec![expr], None),
            (T::Jsonb, T::Json)
            | (T::Timestamp, T::Timestamptz)
            | (T::Timestamptz, T::Timestamp)
            | (T::Float4, T::Float8)
            | (T::Regtype, T::Oid) => Ok(Expr::new(expr.kind, to.clone())),
            (a, T::Timestamptz) if is_text(a) => call("pg_t2ts", "pg_try_t2ts", vec![expr], None),
            (a, T::Timestamp) if is_text(a) => call("pg_t2tsn", "pg_try_t2tsn", vec![expr], None),
            (a, T::Date) if is_text(a) => call("pg_t2date", "pg_try_t2date", vec![expr], None),
            (a, T::Time) if is_text(a) => call("pg_t2time", "pg_try_t2time", vec![expr], None),
            (a, T::Interval) if is_text(a) => call("pg_t2iv", "pg_try_t2iv", vec![expr], None),
            (a, T::Inet) if is_text(a) => call("pg_inet_in", "pg_try_inet_in", vec![expr], None),
            (a, T::Cidr) if is_text(a) => call("pg_cidr_in", "pg_try_cidr_in", vec![expr], None),
            (a, T::Uuid) if is_text(a) => call("pg_t2uuid", "pg_try_t2uuid", vec![expr], None),
            (a, T::Ltree) if is_text(a) => Ok(Expr::new(expr.kind, to.clone())),
            (a, T::Array(element)) if is_text(a) => {
                let args = vec![expr, Expr::option(element.internal_name())];
                Ok(Expr::call(if lenient { "pg_try_t2arr" } else { "pg_t2arr" }, args, to.clone()))
            }
            (T::Jsonb, T::Bool) => call("pg_j2bool", "pg_try_j2bool", vec![expr], None),
            (T::Jsonb, T::Numeric) => call("pg_j2num", "pg_try_j2num", vec![expr], None),
            (T::Jsonb, T::Float8) => call("pg_j2float", "pg_try_j2float", vec![expr], None),
            (T::Jsonb, T::Int2 | T::Int4 | T::Int8) => call("pg_j2int", "pg_try_j2int", vec![expr], Some(bits(to))),
            (T::Int2 | T::Int4 | T::Int8, T::Int2 | T::Int4 | T::Int8 | T::Oid) => {
                if bits(&from) <= bits(to) {
                    Ok(Expr::new(expr.kind, to.clone()))
                } else {
                    call("pg_int2int", "pg_try_int2int", vec![expr], Some(bits(to)))
                }
            }
            (T::Int2 | T::Int4 | T::Int8, T::Float8) => {
                Ok(Expr::new(Kind::NativeCast(Box::new(expr), "REAL"), to.clone()))
            }
            (T::Int2 | T::Int4 | T::Int8, T::Numeric) => {
                Ok(Expr::new(Kind::NativeCast(Box::new(expr), "TEXT"), to.clone()))
            }
            (T::Float4, T::Numeric) => Ok(Expr::call("pg_f42n", vec![expr], to.clone())),
            (T::Float8, T::Numeric) => Ok(Expr::call("pg_f2n", vec![expr], to.clone())),
            (T::Numeric, T::Float8) => Ok(Expr::call("pg_n2f", vec![expr], to.clone())),
            (T::Numeric, T::Int2 | T::Int4 | T::Int8) => call("pg_n2int", "pg_try_n2int", vec![expr], Some(bits(to))),
            (T::Float8 | T::Float4, T::Int2 | T::Int4 | T::Int8) => {
                call("pg_f2int", "pg_try_f2int", vec![expr], Some(bits(to)))
            }
            (T::Bool, T::Int4) => Ok(Expr::new(expr.kind, to.clone())),
            (T::Int4, T::Bool) => Ok(Expr::infix("<>", expr, Expr::int(0), T::Bool)),
            (T::Date, T::Timestamp | T::Timestamptz) => Ok(Expr::call("pg_d2ts", vec![expr], to.clone())),
            (T::Timestamp | T::Timestamptz, T::Date) => Ok(Expr::call("pg_ts2date", vec![expr], T::Date)),
            (T::Cidr, T::Inet) => Ok(Expr::call("pg_cidr2inet", vec![expr], T::Inet)),
            (T::Inet, T::Cidr) => Ok(Expr::call("pg_inet2cidr", vec![expr], T::Cidr)),
            (T::Interval, T::Time) => Ok(Expr::call("pg_iv2time", vec![expr], T::Time)),
            (T::Time, T::Interval) => Ok(Expr::call("pg_time2iv", vec![expr], T::Interval)),
            (a, T::Bytea) if is_text(a) => call("pg_t2bytea", "pg_try_t2bytea", vec![expr], None),
            (T::Timestamp | T::Timestamptz, T::Time) => Ok(Expr::call("pg_ts2time", vec![expr], T::Time)),
            (T::Array(a), T::Array(b)) => {
                // A type says nothing of the number of dimensions, which stays.
                if let (T::Array(_), false) = (a.as_ref(), matches!(b.as_ref(), T::Array(_))) {
                    let (inner, to) = (base(a), nested_like(&from, b));
                    let args = vec![expr, Expr::option(inner.internal_name()), Expr::option(b.internal_name())];
                    return Ok(Expr::call(if lenient { "pg_try_arr_cast" } else { "pg_arr_cast" }, args, to));
                }
                if is_text(b) && is_text(a) {
                    Ok(Expr::new(expr.kind, to.clone()))
                } else {
                    let args = vec![expr, Expr::option(a.internal_name()), Expr::option(b.internal_name())];
                    Ok(Expr::call(if lenient { "pg_try_arr_cast" } else { "pg_arr_cast" }, args, to.clone()))
                }
            }
            (a, T::Money) if is_text(a) => call("pg_t2money", "pg_try_t2money", vec![expr], None),
            (T::Numeric, T::Money) => Ok(Expr::call("pg_n2money", vec![expr], T::Money)),
            (T::Int4 | T::Int8, T::Money) => Ok(Expr::call("pg_i2money", vec![expr], T::Money)),
            (T::Money, T::Numeric) => Ok(Expr::call("pg_money2n", vec![expr], T::Numeric)),
            _ => Err(Fault::new("type", format!("cannot cast type {from} to {to}"))),
        }
    }
}

/// The type of the elements at the bottom of an array.
fn base(ty: &PgType) -> &PgType {
    match ty {
        PgType::Array(inner) => base(inner),
        other => other,
    }
}

/// An array type with as many dimensions as another one.
fn nested_like(ty: &PgType, element: &PgType) -> PgType {
    match ty {
        PgType::Array(inner) => PgType::Array(Box::new(nested_like(inner, element))),
        _ => element.clone(),
    }
}

fn words(expr: &Expr, yes: &str, no: &str) -> Expr {
    let branch = |value: bool, word: &str| {
        (Expr::infix("=", expr.clone(), Expr::boolean(value), PgType::Bool), Expr::option(word))
    };
    Expr::new(Kind::Case(vec![branch(true, yes), branch(false, no)], None), PgType::Text)
}

/// Converts a quoted literal to a type, as PostgreSQL does before anything runs. `unit` is the field of
/// `interval '90' day`.
pub(super) fn literal(text: &str, ty: &PgType, unit: Option<&str>) -> Result<Expr> {
    use PgType as T;
    let stored = |text: String| Kind::Text(text);
    let kind = match ty {
        T::Bool => Kind::Int(i64::from(boolean::parse(text)?)),
        T::Int2 => Kind::Int(number::parse_int(text, 16)?),
        T::Int4 | T::Oid => Kind::Int(number::parse_int(text, 32)?),
        T::Int8 => Kind::Int(number::parse_int(text, 64)?),
        T::Numeric => stored(number::canonical(text)?),
        T::Float4 | T::Float8 => {
            let value = if *ty == T::Float4 { number::read_float4(text)? } else { number::to_float(text)? };
            if value.is_nan() {
                return Err(Fault::unsupported("NaN"));
            }
            Kind::Real(value)
        }
        T::Jsonb => stored(jsonb::input(text)?),
        T::Json => {
            jsonb::parse(text)?;
            stored(text.to_owned())
        }
        // Words that mean the clock are read when the query runs.
        T::Timestamptz | T::Timestamp | T::Date | T::Time if is_clock_word(text) => {
            let function = match ty {
                T::Timestamptz => "pg_t2ts",
                T::Timestamp => "pg_t2tsn",
                T::Time => "pg_t2time",
                _ => "pg_t2date",
            };
            return Ok(Expr::call(function, vec![Expr::option(text)], ty.clone()));
        }
        T::Timestamptz => stored(datetime::timestamp_text(datetime::parse_timestamptz(text, 0)?)),
        T::Timestamp => stored(datetime::timestamp_text(datetime::parse_timestamp(text, 0)?)),
        T::Date => stored(datetime::date_of(datetime::parse_date(text, 0)?)),
        T::Time => stored(datetime::time_text(datetime_in::time_of_day(text, 0)?)),
        T::Money => Kind::Int(money::parse(text)?),
        T::Array(_) if text.trim_start().starts_with("{{") || text.trim_start().starts_with('[') => {
            return Err(Fault::unsupported("an array of several dimensions"));
        }
        T::Bytea => stored(bytea::to_stored(&bytea::parse(text)?)),
        T::Interval => stored(Interval::parse(text, unit)?.to_stored()),
        T::Inet => stored(inet::inet(text)?),
        T::Cidr => stored(inet::cidr(text)?),
        T::Array(element) => {
            let items = array::parse_literal(text)?
                .into_iter()
                .map(|item| match item {
                    None => Ok(serde_json::Value::Null),
                    Some(item) => literal(&item, element, None).and_then(|e| match e.kind {
                        Kind::Int(n) => Ok(n.into()),
                        Kind::Real(n) => Ok(n.into()),
                        Kind::Text(t) => Ok(t.into()),
                        _ => Err(Fault::unsupported("this array literal")),
                    }),
                })
                .collect::<Result<Vec<_>>>()?;
            stored(array::to_stored(items))
        }
        T::Text | T::Varchar | T::Bpchar | T::Name | T::Ltree | T::Jsonpath => stored(text.to_owned()),
        T::Regtype => {
            let named = PgType::parse(text.trim());
            stored(named.ok_or_else(|| Fault::new("type", format!("type \"{text}\" does not exist")))?.sql_name())
        }
        T::Uuid => return Ok(Expr::call("pg_t2uuid", vec![Expr::option(text)], T::Uuid)),
        T::Unknown => Kind::Unknown(text.to_owned()),
        other => return Err(Fault::unsupported(format!("a literal of type {other}"))),
    };
    Ok(Expr::new(kind, ty.clone()))
}

fn is_clock_word(text: &str) -> bool {
    matches!(text.trim().to_ascii_lowercase().as_str(), "now" | "today" | "yesterday" | "tomorrow")
}

/// Says whether an expression can have another value in another row.
pub(super) fn varies(expr: &Expr) -> bool {
    let mut found = false;
    walk::expr(expr, &mut |e| {
        found |= matches!(
            e.kind,
            Kind::Column(..)
                | Kind::Exists(_)
                | Kind::Scalar(_)
                | Kind::ArrayOf(_)
                | Kind::InQuery(..)
                | Kind::Quantified { .. }
        );
        !found
    });
    found
}
