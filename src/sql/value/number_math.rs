//! Functions of `numeric`, with the scale that PostgreSQL gives their results (`src/backend/utils/adt/numeric.c`).

use crate::sql::error::{PgError, PgResult};
use crate::sql::value::number::{self, leading_group, parse, special, to_text};
use bigdecimal::num_bigint::BigInt;
use bigdecimal::num_traits::ToPrimitive as _;
use bigdecimal::{BigDecimal, RoundingMode, Signed as _, Zero as _};

/// Digits that a result has at least.
const MIN_DIGITS: i64 = 16;
/// The largest scale of a result.
const MAX_SCALE: i64 = 1_000;
/// Beyond that many digits before the point a number does not fit.
const MAX_WEIGHT: f64 = 131_072.0;

fn overflow() -> PgError {
    PgError::new("value overflows numeric format")
}

fn ten(power: i64) -> BigInt {
    BigInt::from(10).pow(u32::try_from(power).unwrap_or(0))
}

/// Returns a number as an integer of units of `10^-places`.
fn fixed(number: &BigDecimal, places: i64) -> BigInt {
    number.with_scale_round(places, RoundingMode::Down).into_bigint_and_exponent().0
}

fn rounded(units: BigInt, places: i64, scale: i64) -> BigDecimal {
    BigDecimal::new(units, places).with_scale_round(scale, RoundingMode::HalfUp)
}

fn scale_of(number: &BigDecimal) -> i64 {
    number.fractional_digit_count().max(0)
}

/// `sqrt`.
pub fn sqrt(text: &str) -> PgResult<String> {
    match special(text) {
        Some("-Infinity") => return Err(PgError::new("cannot take square root of a negative number")),
        Some(name) => return Ok(name.to_owned()),
        None => {}
    }
    let x = parse(text)?;
    if x.is_negative() {
        return Err(PgError::new("cannot take square root of a negative number"));
    }
    let (_, weight) = leading_group(&x);
    let scale = (MIN_DIGITS - ((weight + 1) * 2 - 1)).max(scale_of(&x)).clamp(0, MAX_SCALE);
    Ok(to_text(&sqrt_to(&x, scale)))
}

/// The square root of a positive number with so many digits after the point.
pub fn sqrt_to(x: &BigDecimal, scale: i64) -> BigDecimal {
    let places = scale + 2;
    rounded(fixed(x, places * 2).sqrt(), places, scale)
}

/// `e^x` in units of `10^-places`, of an argument in the same units.
fn exp_fixed(x: &BigInt, places: i64) -> BigInt {
    let halvings = u32::try_from(x.bits()).unwrap_or(0).saturating_sub(ten(places).bits() as u32) + 8;
    let guard = places + 10 + i64::from(halvings);
    let one = ten(guard);
    let small: BigInt = (x * ten(guard - places)) >> halvings;
    let (mut sum, mut term) = (one.clone(), one.clone());
    for n in 1_u32.. {
        term = term * &small / &one / n;
        if term.is_zero() {
            break;
        }
        sum += &term;
    }
    for _ in 0..halvings {
        sum = &sum * &sum / &one;
    }
    sum / ten(guard - places)
}

/// `e^x` with so many digits after the point.
fn exp_to(x: &BigDecimal, scale: i64) -> BigDecimal {
    let whole = x.to_f64().unwrap_or(0.0).abs() * std::f64::consts::LOG10_E;
    #[expect(clippy::cast_possible_truncation, reason = "callers bound the argument")]
    let places = scale + 8 + whole as i64;
    rounded(exp_fixed(&fixed(x, places + 5), places + 5), places + 5, scale)
}

/// The natural logarithm of a positive number with so many digits after the point.
fn ln_to(x: &BigDecimal, scale: i64) -> BigDecimal {
    let places = scale + 12;
    // x = m * 10^k with m in [0.3, 3.2]
    let (digits, exponent) = x.clone().into_bigint_and_exponent();
    let mut k = i64::try_from(digits.to_string().len()).unwrap_or(0) - exponent;
    let mut mantissa = BigDecimal::new(digits, exponent + k);
    if mantissa.to_f64().unwrap_or(1.0) < 0.316 {
        mantissa =
            BigDecimal::new(mantissa.clone().into_bigint_and_exponent().0, mantissa.into_bigint_and_exponent().1 - 1);
        k -= 1;
    }
    let part = ln_near_one(&fixed(&mantissa, places), places);
    let whole = if k == 0 { BigInt::from(0) } else { ln_near_one(&(ten(places) * 10), places) * k };
    rounded(part + whole, places, scale)
}

/// `ln` in units of `10^-places` by Newton's iteration on the exponential.
fn ln_near_one(x: &BigInt, places: i64) -> BigInt {
    let as_float = BigDecimal::new(x.clone(), places).to_f64().unwrap_or(1.0).ln();
    #[expect(clippy::cast_possible_truncation, reason = "between -2 and 3")]
    let mut y = BigInt::from((as_float * 1e15) as i64) * ten((places - 15).max(0)) / ten((15 - places).max(0));
    // Each step triples the digits that are right.
    let mut right = 14;
    while right < places + 5 {
        let e = exp_fixed(&y, places);
        y += (x - &e) * 2 * ten(places) / (x + &e);
        right *= 3;
    }
    y
}

/// How many digits before the point `ln(x)` has, as PostgreSQL estimates it.
#[expect(clippy::cast_possible_truncation, reason = "small numbers")]
fn ln_weight(x: &BigDecimal) -> i64 {
    if !x.is_positive() {
        return 0;
    }
    if *x >= BigDecimal::new(9.into(), 1) && *x <= BigDecimal::new(11.into(), 1) {
        let difference = (x - BigDecimal::from(1)).abs();
        if difference.is_zero() {
            return 0;
        }
        let (group, weight) = leading_group(&difference);
        return weight * 4 + i64::from(group.max(1).ilog10());
    }
    // Of the number its first two groups of four digits count.
    let (_, weight) = leading_group(x);
    let places = (weight - 1) * 4;
    let digits = (x * BigDecimal::new(1.into(), places)).with_scale_round(0, RoundingMode::Down);
    let ln = digits.to_f64().unwrap_or(1.0).max(1.0).ln() + places as f64 * std::f64::consts::LN_10;
    ln.abs().log10() as i64
}

fn check_logarithm(x: &BigDecimal) -> PgResult<()> {
    if x.is_zero() {
        return Err(PgError::new("cannot take logarithm of zero"));
    }
    if x.is_negative() {
        return Err(PgError::new("cannot take logarithm of a negative number"));
    }
    Ok(())
}

/// `ln`.
pub fn ln(text: &str) -> PgResult<String> {
    match special(text) {
        Some("-Infinity") => return Err(PgError::new("cannot take logarithm of a negative number")),
        Some(name) => return Ok(name.to_owned()),
        None => {}
    }
    let x = parse(text)?;
    check_logarithm(&x)?;
    let scale = (MIN_DIGITS - ln_weight(&x)).max(scale_of(&x)).clamp(0, MAX_SCALE);
    Ok(to_text(&ln_to(&x, scale)))
}

/// `log(base, x)`.
pub fn log(base: &str, text: &str) -> PgResult<String> {
    if special(base) == Some("NaN") || special(text) == Some("NaN") {
        return Ok("NaN".to_owned());
    }
    for part in [base, text] {
        match special(part) {
            Some("-Infinity") => return Err(PgError::new("cannot take logarithm of a negative number")),
            Some(_) => {}
            None => check_logarithm(&parse(part)?)?,
        }
    }
    match (special(base), special(text)) {
        (Some(_), Some(_)) => return Ok("NaN".to_owned()),
        (Some(_), None) => return Ok("0".to_owned()),
        (None, Some(infinity)) => return Ok(infinity.to_owned()),
        (None, None) => {}
    }
    let (b, x) = (parse(base)?, parse(text)?);
    if b == 1 {
        return Err(PgError::new("division by zero"));
    }
    let (base_weight, weight) = (ln_weight(&b), ln_weight(&x));
    let scale = (MIN_DIGITS - (weight - base_weight)).max(scale_of(&b)).max(scale_of(&x)).clamp(0, MAX_SCALE);
    let inner = scale + 10 + base_weight.abs() + weight.abs();
    let result = number::quotient(&ln_to(&x, inner), &ln_to(&b, inner), scale);
    Ok(to_text(&result))
}

/// `exp`.
pub fn exp(text: &str) -> PgResult<String> {
    match special(text) {
        Some("-Infinity") => return Ok("0".to_owned()),
        Some(name) => return Ok(name.to_owned()),
        None => {}
    }
    let x = parse(text)?;
    let value = x.to_f64().unwrap_or(f64::INFINITY);
    if value > 6_000.0 {
        return Err(overflow());
    }
    #[expect(clippy::cast_possible_truncation, reason = "clamped")]
    let digits = (value * std::f64::consts::LOG10_E).clamp(-2_000.0, 2_000.0) as i64;
    let scale = (MIN_DIGITS - digits).max(scale_of(&x)).clamp(0, MAX_SCALE);
    if value < -6_000.0 {
        return Ok(to_text(&BigDecimal::new(0.into(), scale)));
    }
    Ok(to_text(&exp_to(&x, scale)))
}

/// `power` and `^`.
pub fn power(base: &str, exponent: &str) -> PgResult<String> {
    if special(base).is_some() || special(exponent).is_some() {
        return special_power(base, exponent);
    }
    let (b, e) = (parse(base)?, parse(exponent)?);
    if b.is_zero() && e.is_negative() {
        return Err(PgError::new("zero raised to a negative power is undefined"));
    }
    let whole = e.with_scale_round(0, RoundingMode::Down);
    if whole == e {
        if let Some(n) = whole.to_i64().filter(|n| i32::try_from(*n).is_ok()) {
            return power_int(&b, n).map(|r| to_text(&r));
        }
    } else if b.is_negative() {
        return Err(PgError::new("a negative number raised to a non-integer power yields a complex result"));
    }
    if b.is_zero() {
        return Ok(to_text(&BigDecimal::new(0.into(), MIN_DIGITS)));
    }
    let odd = b.is_negative() && (&whole % BigDecimal::from(2)) != BigDecimal::zero();
    let b = b.abs();
    let rough_scale = (8 - ln_weight(&b)).clamp(0, MAX_SCALE);
    let rough = (ln_to(&b, rough_scale) * &e).with_scale_round(rough_scale, RoundingMode::HalfUp);
    let rough = rough.to_f64().unwrap_or(f64::INFINITY);
    if rough > 6_000.0 {
        return Err(overflow());
    }
    if rough < -6_000.0 {
        return Ok(to_text(&BigDecimal::new(0.into(), MAX_SCALE)));
    }
    #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
    let digits = (rough * std::f64::consts::LOG10_E) as i64;
    let scale = (MIN_DIGITS - digits).max(scale_of(&b)).max(scale_of(&e)).clamp(0, MAX_SCALE);
    let product = ln_to(&b, scale + digits.abs() + 20) * &e;
    let result = exp_to(&product, scale);
    Ok(to_text(&if odd { -result } else { result }))
}

fn special_power(base: &str, exponent: &str) -> PgResult<String> {
    let one = |text: &str| special(text).is_none() && parse(text).is_ok_and(|n| n == 1);
    let zero = |text: &str| special(text).is_none() && parse(text).is_ok_and(|n| n.is_zero());
    if zero(exponent) || one(base) {
        return Ok("1".to_owned());
    }
    if special(base) == Some("NaN") || special(exponent) == Some("NaN") {
        return Ok("NaN".to_owned());
    }
    Err(PgError::new("powers of Infinity are not supported"))
}

fn power_int(base: &BigDecimal, exponent: i64) -> PgResult<BigDecimal> {
    let scale = MIN_DIGITS.max(scale_of(base)).min(MAX_SCALE);
    if base.is_zero() && exponent != 0 {
        return Ok(BigDecimal::new(0.into(), scale));
    }
    let (digits, places) = base.clone().into_bigint_and_exponent();
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let weight = (digits.abs().to_string().len() as f64 - places as f64 - 1.0
        + (base.abs().to_f64().unwrap_or(1.0).log10().rem_euclid(1.0)))
        * exponent as f64;
    if weight > MAX_WEIGHT {
        return Err(overflow());
    }
    if weight + 1.0 < -(scale as f64) || weight + 1.0 < -1_000.0 {
        return Ok(BigDecimal::new(0.into(), scale));
    }
    // Enough digits for the result, with a reserve for the errors of all multiplications.
    #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
    let keep = u64::try_from(scale + weight.abs() as i64 + 40).unwrap_or(1_000);
    let trim = |n: BigDecimal| if n.digits() > keep { n.with_prec(keep) } else { n };
    let (mut result, mut square, mut n) = (BigDecimal::from(1), base.clone(), exponent.unsigned_abs());
    while n > 0 {
        if n & 1 == 1 {
            result = trim(result * &square);
        }
        n >>= 1;
        if n > 0 {
            square = trim(&square * &square);
        }
    }
    Ok(if exponent < 0 {
        number::quotient(&BigDecimal::from(1), &result, scale)
    } else {
        result.with_scale_round(scale, RoundingMode::HalfUp)
    })
}

/// `div(a, b)`: the whole quotient, cut toward zero.
pub fn div(a: &str, b: &str) -> PgResult<String> {
    if special(a).is_some() || special(b).is_some() {
        return number::truncate(&number::arithmetic("/", a, b)?, 0);
    }
    let (x, y) = (parse(a)?, parse(b)?);
    if y.is_zero() {
        return Err(PgError::new("division by zero"));
    }
    let scale = scale_of(&x).max(scale_of(&y));
    Ok((fixed(&x, scale) / fixed(&y, scale)).to_string())
}

/// `gcd` and `lcm`.
pub fn gcd(a: &str, b: &str, lcm: bool) -> PgResult<String> {
    if special(a).is_some() || special(b).is_some() {
        return Ok("NaN".to_owned());
    }
    let (x, y) = (parse(a)?, parse(b)?);
    let scale = scale_of(&x).max(scale_of(&y));
    let (m, n) = (fixed(&x, scale).abs(), fixed(&y, scale).abs());
    let (mut p, mut q) = (m.clone(), n.clone());
    while !q.is_zero() {
        let rest = &p % &q;
        p = std::mem::replace(&mut q, rest);
    }
    let result = match (lcm, p.is_zero()) {
        (false, _) => p,
        (true, true) => p,
        (true, false) => m / p * n,
    };
    Ok(to_text(&BigDecimal::new(result, scale)))
}

/// `factorial`.
pub fn factorial(n: i64) -> PgResult<String> {
    if n < 0 {
        return Err(PgError::new("factorial of a negative number is undefined"));
    }
    if n > 32_177 {
        return Err(overflow());
    }
    Ok((2..=n).fold(BigInt::from(1), |all, k| all * k).to_string())
}

/// `scale`: digits after the point; none for NaN and infinities.
pub fn scale(text: &str) -> PgResult<Option<i64>> {
    if special(text).is_some() { Ok(None) } else { parse(text).map(|n| Some(scale_of(&n))) }
}

/// `trim_scale`: without zeros at the end of the fraction.
pub fn trim_scale(text: &str) -> PgResult<String> {
    if special(text).is_some() || !text.contains('.') {
        return Ok(text.to_owned());
    }
    Ok(text.trim_end_matches('0').trim_end_matches('.').to_owned())
}

/// Fits a number into `numeric(precision, scale)`.
pub fn fit(text: &str, precision: i64, scale: i64) -> PgResult<String> {
    let limit = precision - scale;
    let problem = || PgError::new("numeric field overflow");
    match special(text) {
        Some("NaN") => return Ok("NaN".to_owned()),
        Some(_) => return Err(problem()),
        None => {}
    }
    let number = number::round(text, scale)?;
    let whole = number.trim_start_matches('-').split('.').next().unwrap_or_default().trim_start_matches('0');
    let fits = if limit >= 0 {
        i64::try_from(whole.len()).unwrap_or(i64::MAX) <= limit
    } else {
        parse(&number)?.abs() < BigDecimal::new(1.into(), -limit)
    };
    if fits { Ok(number) } else { Err(problem()) }
}

/// `width_bucket(operand, low, high, count)`.
pub fn width_bucket(operand: &str, low: &str, high: &str, count: i64) -> PgResult<i64> {
    if count <= 0 {
        return Err(PgError::new("count must be greater than zero"));
    }
    if [operand, low, high].iter().any(|t| special(t) == Some("NaN")) {
        return Err(PgError::new("operand, lower bound, and upper bound cannot be NaN"));
    }
    if special(low).is_some() || special(high).is_some() {
        return Err(PgError::new("lower and upper bounds must be finite"));
    }
    let (lo, hi) = (parse(low)?, parse(high)?);
    if lo == hi {
        return Err(PgError::new("lower bound cannot equal upper bound"));
    }
    let rising = lo < hi;
    let (before, after) = match special(operand) {
        Some("-Infinity") => (rising, !rising),
        Some(_) => (!rising, rising),
        None => {
            let x = parse(operand)?;
            if rising { (x < lo, x >= hi) } else { (x > lo, x <= hi) }
        }
    };
    if before || after {
        return Ok(if before { 0 } else { count + 1 });
    }
    let x = parse(operand)?;
    let (part, whole) = if rising { (x - &lo, hi - &lo) } else { (&lo - x, &lo - hi) };
    let scale = scale_of(&part).max(scale_of(&whole));
    let bucket = fixed(&part, scale) * count / fixed(&whole, scale);
    Ok(bucket.to_i64().unwrap_or(count) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_have_postgresqls_scale() {
        assert_eq!(sqrt("2").unwrap(), "1.414213562373095");
        assert_eq!(exp("1").unwrap(), "2.7182818284590452");
        assert_eq!(ln("2.0").unwrap(), "0.6931471805599453");
        assert_eq!(log("2.0", "64.0").unwrap(), "6.0000000000000000");
        assert_eq!(log("10", "100").unwrap(), "2.0000000000000000");
        assert_eq!(power("9", "3").unwrap(), "729.0000000000000000");
        assert_eq!(power("2", "0.5").unwrap(), "1.4142135623730950");
        assert_eq!(power("2", "-1").unwrap(), "0.5000000000000000");
        assert_eq!(div("9.3", "-2").unwrap(), "-4");
        assert_eq!(gcd("1071", "462", false).unwrap(), "21");
        assert_eq!(gcd("1.5", "0.2", true).unwrap(), "3.0");
        assert_eq!(factorial(20).unwrap(), "2432902008176640000");
        assert_eq!(fit("123.456", 5, 1).unwrap(), "123.5");
        assert!(fit("12345.6", 5, 1).is_err());
        assert_eq!(width_bucket("5.35", "0.024", "10.06", 5).unwrap(), 3);
    }
}
