//! Functions on numbers, and the casts among them.

use super::{Out, Registry, order};
use crate::sql::error::{PgError, PgResult};
use crate::sql::value::{money, number, number_math as math};
use rusqlite::Result;
use rusqlite::types::{Value, ValueRef};
use std::cmp::Ordering;

pub(super) fn register(r: &Registry<'_>) -> Result<()> {
    casts(r)?;
    integers(r)?;
    decimals(r)?;
    floats(r)?;
    moneys(r)?;
    extremes(r)
}

fn bits(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(64)
}

fn casts(r: &Registry<'_>) -> Result<()> {
    r.cast("pg_t2int", 2, |a| number::parse_int(a.text(0)?, bits(a.int(1)?)))?;
    r.cast("pg_t2num", 1, |a| number::canonical(a.text(0)?))?;
    r.cast("pg_t2f", 1, |a| number::to_float(a.text(0)?))?;
    r.cast("pg_n2int", 2, |a| number::to_int(a.text(0)?, bits(a.int(1)?)))?;
    r.cast("pg_f2int", 2, |a| number::float_to_int(a.float(0)?, bits(a.int(1)?)))?;
    r.cast("pg_int2int", 2, |a| {
        let bits = bits(a.int(1)?);
        if number::fits(a.int(0)?, bits) { a.int(0) } else { Err(number::out_of_range(bits)) }
    })?;
    r.strict("pg_f2n", 1, |a| Ok(number::float_to_numeric(a.float(0)?)))?;
    r.strict("pg_f42n", 1, |a| number::float4_to_numeric(a.float(0)?))?;
    r.strict("pg_f42t", 1, |a| Ok(number::float4_text(a.float(0)?)))?;
    r.cast("pg_t2f4", 1, |a| number::read_float4(a.text(0)?))?;
    r.cast("pg_f2f4", 1, |a| number::to_float4(a.float(0)?))?;
    r.strict("pg_n2f", 1, |a| number::to_float(a.text(0)?))?;
    r.strict("pg_f2t", 1, |a| Ok(number::float_text(a.float(0)?)))?;
    r.cast("pg_numfit", 3, |a| math::fit(a.text(0)?, a.int(1)?, a.int(2)?))
}

/// A number of bytes for people, each unit up to 10,239 of it; half a unit rounds away from zero.
fn size_pretty(bytes: i64) -> String {
    let (mut size, mut unit) = (bytes, "bytes");
    // All but the first step keep one more bit, for rounding.
    for (next, shift) in [("kB", 9), ("MB", 10), ("GB", 10), ("TB", 10), ("PB", 10)] {
        let limit = if unit == "bytes" { 10 * 1_024 } else { 20 * 1_024 - 1 };
        if size.unsigned_abs() < limit {
            break;
        }
        size /= 1 << shift;
        unit = next;
    }
    if unit != "bytes" {
        size = (if size < 0 { size - 1 } else { size + 1 }) / 2;
    }
    format!("{size} {unit}")
}

fn above_zero(number: i64, function: &str) -> PgResult<i64> {
    if number > 0 {
        return Ok(number);
    }
    Err(PgError::new(format!("argument of {function} must be greater than zero")))
}

fn integers(r: &Registry<'_>) -> Result<()> {
    r.strict("pg_size_pretty", 1, |a| Ok(size_pretty(a.int(0)?)))?;
    // The value of LIMIT or OFFSET, and which of them it is.
    r.strict("pg_rows_limit", 2, |a| match a.int(0)? {
        n if n < 0 => Err(PgError::new(format!("{} must not be negative", a.text(1)?))),
        n => Ok(n),
    })?;
    // A number of rows, and the window function that wants it.
    r.strict("pg_above_zero", 2, |a| above_zero(a.int(0)?, a.text(1)?))?;
    r.any("pg_ntile_of", 1, |a| {
        if a.is_null(0) {
            let way_out = crate::sql::parse::WAY_OUT;
            return Err(PgError::new(format!(
                "ntile of a NULL in a column is not supported on the inventory: {way_out}"
            )));
        }
        above_zero(a.int(0)?, "ntile")
    })?;
    r.strict("pg_idiv", 2, |a| match a.int(1)? {
        0 => Err(PgError::new("division by zero")),
        by => a.int(0)?.checked_div(by).ok_or_else(|| number::out_of_range(64)),
    })?;
    r.strict("pg_imod", 2, |a| match a.int(1)? {
        0 => Err(PgError::new("division by zero")),
        by => Ok(a.int(0)?.checked_rem(by).unwrap_or(0)),
    })?;
    // Integer arithmetic with the range of the type: bits, operator, operands.
    r.strict("pg_iop", 4, |a| {
        let (x, y) = (a.int(2)?, a.int(3)?);
        let result = match a.text(1)? {
            "+" => x.checked_add(y),
            "-" => x.checked_sub(y),
            "*" => x.checked_mul(y),
            "/" if y == 0 => return Err(PgError::new("division by zero")),
            "/" => x.checked_div(y),
            "&" => Some(x & y),
            "|" => Some(x | y),
            "#" => Some(x ^ y),
            other => return Err(PgError::new(format!("internal: no operator {other}"))),
        };
        let bits = bits(a.int(0)?);
        result.filter(|n| number::fits(*n, bits)).ok_or_else(|| number::out_of_range(bits))
    })?;
    // Bits, direction, value, distance; the distance counts modulo the width.
    r.strict("pg_ishift", 4, |a| {
        let (width, left, x) = (bits(a.int(0)?), a.text(1)? == "<<", a.int(2)?);
        let by = u32::try_from(a.int(3)?.rem_euclid(if width == 64 { 64 } else { 32 })).unwrap_or(0);
        Ok(match (left, width) {
            (false, _) => x >> by,
            (true, 64) => x << by,
            #[expect(clippy::cast_possible_truncation, reason = "bits beyond the width fall off")]
            (true, 16) => i64::from((x << by) as i16),
            #[expect(clippy::cast_possible_truncation, reason = "bits beyond the width fall off")]
            (true, _) => i64::from((x << by) as i32),
        })
    })?;
    r.strict("pg_inot", 1, |a| Ok(!a.int(0)?))?;
    for (name, width) in [("pg_abs16", 16), ("pg_abs32", 32), ("pg_abs64", 64)] {
        r.strict(name, 1, move |a| {
            a.int(0)?.checked_abs().filter(|n| number::fits(*n, width)).ok_or_else(|| number::out_of_range(width))
        })?;
    }
    for (name, width) in [("32", 32), ("64", 64)] {
        r.strict(&format!("pg_gcd{name}"), 2, move |a| {
            i64::try_from(gcd(a.int(0)?.unsigned_abs(), a.int(1)?.unsigned_abs()))
                .ok()
                .filter(|n| number::fits(*n, width))
                .ok_or_else(|| number::out_of_range(width))
        })?;
        r.strict(&format!("pg_lcm{name}"), 2, move |a| {
            let (x, y) = (a.int(0)?.unsigned_abs(), a.int(1)?.unsigned_abs());
            if x == 0 || y == 0 {
                return Ok(0);
            }
            (x / gcd(x, y))
                .checked_mul(y)
                .and_then(|n| i64::try_from(n).ok())
                .filter(|n| number::fits(*n, width))
                .ok_or_else(|| number::out_of_range(width))
        })?;
    }
    r.strict("pg_to_hex32", 1, |a| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the bits are what is shown")]
        let bits = a.int(0)? as u32;
        Ok(format!("{bits:x}"))
    })?;
    r.strict("pg_to_hex64", 1, |a| Ok(format!("{:x}", a.int(0)?)))?;
    r.strict("pg_factorial", 1, |a| math::factorial(a.int(0)?))
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn decimals(r: &Registry<'_>) -> Result<()> {
    r.strict("pg_numop", 3, |a| number::arithmetic(a.text(0)?, a.text(1)?, a.text(2)?))?;
    r.strict("pg_numcmp", 2, |a| Ok(number::compare(a.text(0)?, a.text(1)?) as i64))?;
    r.strict("pg_round", -1, |a| number::round(a.text(0)?, if a.len() > 1 { a.int(1)? } else { 0 }))?;
    r.strict("pg_trunc_num", -1, |a| number::truncate(a.text(0)?, if a.len() > 1 { a.int(1)? } else { 0 }))?;
    r.strict("pg_floor_num", 1, |a| number::whole(a.text(0)?, false))?;
    r.strict("pg_ceil_num", 1, |a| number::whole(a.text(0)?, true))?;
    r.strict("pg_abs_num", 1, |a| number::absolute(a.text(0)?))?;
    r.strict("pg_sign_num", 1, |a| {
        Ok(if a.text(0)? == "NaN" { "NaN".to_owned() } else { (number::compare(a.text(0)?, "0") as i64).to_string() })
    })?;
    r.strict("pg_mod_num", 2, |a| number::arithmetic("%", a.text(0)?, a.text(1)?))?;
    r.strict("pg_div_num", 2, |a| math::div(a.text(0)?, a.text(1)?))?;
    r.strict("pg_gcd_num", 2, |a| math::gcd(a.text(0)?, a.text(1)?, false))?;
    r.strict("pg_lcm_num", 2, |a| math::gcd(a.text(0)?, a.text(1)?, true))?;
    r.strict("pg_sqrt_num", 1, |a| math::sqrt(a.text(0)?))?;
    r.strict("pg_exp_num", 1, |a| math::exp(a.text(0)?))?;
    r.strict("pg_ln_num", 1, |a| math::ln(a.text(0)?))?;
    r.strict("pg_log10_num", 1, |a| math::log("10", a.text(0)?))?;
    r.strict("pg_log_num", 2, |a| math::log(a.text(0)?, a.text(1)?))?;
    r.strict("pg_power_num", 2, |a| math::power(a.text(0)?, a.text(1)?))?;
    r.strict("pg_scale", 1, |a| math::scale(a.text(0)?))?;
    r.strict("pg_min_scale", 1, |a| math::scale(&math::trim_scale(a.text(0)?)?))?;
    r.strict("pg_trim_scale", 1, |a| math::trim_scale(a.text(0)?))?;
    r.strict("pg_width_bucket_num", 4, |a| math::width_bucket(a.text(0)?, a.text(1)?, a.text(2)?, a.int(3)?))
}

/// The result of a float operation, or PostgreSQL's error when it left the range.
fn checked(result: f64, finite: bool, may_be_zero: bool) -> PgResult<f64> {
    if result.is_infinite() && finite {
        return Err(PgError::new("value out of range: overflow"));
    }
    if result == 0.0 && !may_be_zero {
        return Err(PgError::new("value out of range: underflow"));
    }
    Ok(result)
}

fn floats(r: &Registry<'_>) -> Result<()> {
    r.strict("pg_fop", 3, |a| {
        let (x, y) = (a.float(1)?, a.float(2)?);
        let finite = x.is_finite() && y.is_finite();
        match a.text(0)? {
            "+" => checked(x + y, finite, true),
            "-" => checked(x - y, finite, true),
            "*" => checked(x * y, finite, x == 0.0 || y == 0.0),
            _ if y == 0.0 => Err(PgError::new("division by zero")),
            _ => checked(x / y, x.is_finite(), x == 0.0 || y.is_infinite()),
        }
    })?;
    r.strict("pg_abs_f", 1, |a| Ok(a.float(0)?.abs()))?;
    r.strict("pg_fneg", 1, |a| Ok(-a.float(0)?))?;
    r.strict("pg_round_f", 1, |a| Ok(a.float(0)?.round_ties_even()))?;
    r.strict("pg_floor_f", 1, |a| Ok(a.float(0)?.floor()))?;
    r.strict("pg_ceil_f", 1, |a| Ok(a.float(0)?.ceil()))?;
    r.strict("pg_trunc_f", 1, |a| Ok(a.float(0)?.trunc()))?;
    r.strict("pg_sign_f", 1, |a| {
        let x = a.float(0)?;
        Ok(if x == 0.0 { 0.0 } else { x.signum() })
    })?;
    r.strict("pg_sqrt", 1, |a| {
        if a.float(0)? < 0.0 {
            Err(PgError::new("cannot take square root of a negative number"))
        } else {
            Ok(a.float(0)?.sqrt())
        }
    })?;
    r.strict("pg_cbrt", 1, |a| Ok(a.float(0)?.cbrt()))?;
    r.strict("pg_exp", 1, |a| {
        let x = a.float(0)?;
        checked(x.exp(), x.is_finite(), x == f64::NEG_INFINITY)
    })?;
    for (name, ten) in [("pg_ln", false), ("pg_log10", true)] {
        r.strict(name, 1, move |a| {
            let x = a.float(0)?;
            if x == 0.0 {
                return Err(PgError::new("cannot take logarithm of zero"));
            }
            if x < 0.0 {
                return Err(PgError::new("cannot take logarithm of a negative number"));
            }
            Ok(if ten { x.log10() } else { x.ln() })
        })?;
    }
    r.strict("pg_power", 2, |a| power(a.float(0)?, a.float(1)?))?;
    r.strict("pg_pi", 0, |_| Ok(std::f64::consts::PI))?;
    r.strict("pg_degrees", 1, |a| {
        let x = a.float(0)?;
        checked(x / (std::f64::consts::PI / 180.0), x.is_finite(), x == 0.0)
    })?;
    r.strict("pg_radians", 1, |a| {
        let x = a.float(0)?;
        checked(x * (std::f64::consts::PI / 180.0), x.is_finite(), x == 0.0)
    })?;
    let range = || PgError::new("input is out of range");
    for (name, function) in [("pg_asin", f64::asin as fn(f64) -> f64), ("pg_acos", f64::acos)] {
        r.strict(name, 1, move |a| {
            let x = a.float(0)?;
            if (-1.0..=1.0).contains(&x) { Ok(function(x)) } else { Err(range()) }
        })?;
    }
    for (name, function) in [("pg_sin", f64::sin as fn(f64) -> f64), ("pg_cos", f64::cos), ("pg_tan", f64::tan)] {
        r.strict(name, 1, move |a| {
            let x = a.float(0)?;
            if x.is_infinite() { Err(range()) } else { Ok(function(x)) }
        })?;
    }
    r.strict("pg_cot", 1, move |a| {
        let x = a.float(0)?;
        if x.is_infinite() { Err(range()) } else { Ok(1.0 / x.tan()) }
    })?;
    r.strict("pg_atan", 1, |a| Ok(a.float(0)?.atan()))?;
    r.strict("pg_atan2", 2, |a| Ok(a.float(0)?.atan2(a.float(1)?)))?;
    r.strict("pg_sinh", 1, |a| Ok(a.float(0)?.sinh()))?;
    r.strict("pg_cosh", 1, |a| Ok(a.float(0)?.cosh()))?;
    r.strict("pg_tanh", 1, |a| Ok(a.float(0)?.tanh()))?;
    r.strict("pg_width_bucket_f", 4, |a| {
        let (x, low, high, count) = (a.float(0)?, a.float(1)?, a.float(2)?, a.int(3)?);
        if count <= 0 {
            return Err(PgError::new("count must be greater than zero"));
        }
        if !low.is_finite() || !high.is_finite() {
            return Err(PgError::new("lower and upper bounds must be finite"));
        }
        #[expect(clippy::float_cmp, reason = "PostgreSQL's own test")]
        if low == high {
            return Err(PgError::new("lower bound cannot equal upper bound"));
        }
        let (before, after) = if low < high { (x < low, x >= high) } else { (x > low, x <= high) };
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "PostgreSQL's own formula")]
        let bucket = (count as f64 * ((x - low) / (high - low))) as i64;
        Ok(match (before, after) {
            (true, _) => 0,
            (_, true) => count + 1,
            // Rounding may lead to the end of the range, which lies outside.
            _ => bucket.min(count - 1) + 1,
        })
    })
}

fn moneys(r: &Registry<'_>) -> Result<()> {
    let out = || PgError::new("money out of range");
    r.cast("pg_t2money", 1, |a| money::parse(a.text(0)?))?;
    r.strict("pg_money2t", 1, |a| Ok(money::to_text(a.int(0)?)))?;
    r.strict("pg_n2money", 1, |a| money::of_numeric(a.text(0)?))?;
    r.strict("pg_i2money", 1, move |a| a.int(0)?.checked_mul(100).ok_or_else(|| number::out_of_range(64)))?;
    r.strict("pg_money2n", 1, |a| Ok(money::to_numeric(a.int(0)?)))?;
    r.strict("pg_moneymul", 2, move |a| {
        number::float_to_int(number_of(a.int(0)?) * a.float(1)?, 64).map_err(|_| out())
    })?;
    r.strict("pg_moneydiv", 2, move |a| {
        let by = a.float(1)?;
        if by == 0.0 {
            return Err(PgError::new("division by zero"));
        }
        number::float_to_int(number_of(a.int(0)?) / by, 64).map_err(|_| out())
    })?;
    r.strict("pg_moneyratio", 2, |a| {
        if a.int(1)? == 0 {
            return Err(PgError::new("division by zero"));
        }
        Ok(number_of(a.int(0)?) / number_of(a.int(1)?))
    })
}

#[expect(clippy::cast_precision_loss, reason = "PostgreSQL calculates with floats here as well")]
fn number_of(cents: i64) -> f64 {
    cents as f64
}

fn power(x: f64, y: f64) -> PgResult<f64> {
    if x == 0.0 && y < 0.0 {
        return Err(PgError::new("zero raised to a negative power is undefined"));
    }
    #[expect(clippy::float_cmp, reason = "whether a number is whole")]
    if x < 0.0 && y.floor() != y {
        return Err(PgError::new("a negative number raised to a non-integer power yields a complex result"));
    }
    checked(x.powf(y), x.is_finite() && y.is_finite(), x == 0.0 || !x.is_finite() || !y.is_finite())
}

fn extremes(r: &Registry<'_>) -> Result<()> {
    for (name, wanted) in [("pg_greatest", Ordering::Greater), ("pg_least", Ordering::Less)] {
        // The first argument names the order, see `order`.
        r.any(name, -1, move |a| {
            let kind = a.text(0)?;
            let mut best: Option<usize> = None;
            for i in (1..a.len()).filter(|i| !a.is_null(*i)) {
                if best.is_none_or(|b| order::compare(kind, a.raw(i), a.raw(b)) == wanted) {
                    best = Some(i);
                }
            }
            Ok(Out(best.map_or(Value::Null, |i| match a.raw(i) {
                ValueRef::Integer(n) => Value::Integer(n),
                ValueRef::Real(n) => Value::Real(n),
                ValueRef::Text(t) => Value::Text(String::from_utf8_lossy(t).into_owned()),
                ValueRef::Null | ValueRef::Blob(_) => Value::Null,
            })))
        })?;
    }
    Ok(())
}
