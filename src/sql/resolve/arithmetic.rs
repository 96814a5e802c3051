//! `+ - * / %`: numbers, times, money, network addresses.

use super::cast::{common_type, is_number};
use super::operator::{bits, is_time, no_operator};
use super::{Fault, Resolver, Result};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Expr, Kind};

impl Resolver<'_> {
    pub(super) fn inet_arithmetic(&mut self, op: &str, a: Expr, b: Expr) -> Result<Expr> {
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

    pub(super) fn money_arithmetic(&mut self, op: &str, a: Expr, b: Expr) -> Result<Expr> {
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

    pub(super) fn arithmetic(&mut self, op: &str, a: Expr, b: Expr) -> Result<Expr> {
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

    pub(super) fn date_arithmetic(&mut self, op: &str, a: Expr, b: Expr) -> Result<Expr> {
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
}
