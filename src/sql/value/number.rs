//! `numeric`, the integers and the floats.
//!
//! A `numeric` is decimal text with its scale: `1.50` has scale 2. Arithmetic follows PostgreSQL's rules for the scale
//! of results (`src/backend/utils/adt/numeric.c`: `select_div_scale` and its neighbours).

use crate::sql::error::{PgError, PgResult};
use bigdecimal::num_bigint::{BigInt, Sign};
use bigdecimal::{BigDecimal, RoundingMode, Signed, ToPrimitive, Zero};
use std::cmp::Ordering;
use std::str::FromStr;

/// Digits after the point that PostgreSQL keeps at the most.
const MAX_SCALE: i64 = 16_383;

/// Digits before the point that PostgreSQL keeps at the most.
const MAX_WHOLE: usize = 131_072;

/// The longest text of a number: its digits, a sign and a point.
const LONGEST: usize = MAX_WHOLE + 16_383 + 2;

/// Parses a decimal.
pub fn parse(text: &str) -> PgResult<BigDecimal> {
    let trimmed = text.trim();
    let unsigned = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    let ok = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.bytes().any(|b| b.is_ascii_digit())
        && unsigned.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !ok {
        return Err(PgError::invalid("numeric", text));
    }
    if trimmed.len() > LONGEST {
        return Err(overflow());
    }
    if let Some(at) = unsigned.find(['e', 'E']) {
        let exponent: i64 =
            unsigned.get(at + 1..).and_then(|e| e.parse().ok()).ok_or_else(|| PgError::invalid("numeric", text))?;
        if exponent.abs() > MAX_SCALE {
            return Err(overflow());
        }
    }
    let number = BigDecimal::from_str(trimmed).map_err(|_| PgError::invalid("numeric", text))?;
    Ok(if number.fractional_digit_count() < 0 { number.with_scale(0) } else { number })
}

/// Returns PostgreSQL's text: no exponent, scale kept, no `-0`.
pub fn to_text(number: &BigDecimal) -> String {
    let scale = number.fractional_digit_count().max(0);
    let (digits, _) = number.with_scale(scale).into_bigint_and_exponent();
    if digits.is_zero() {
        return if scale == 0 {
            "0".to_owned()
        } else {
            format!("0.{}", "0".repeat(usize::try_from(scale).unwrap_or(0)))
        };
    }
    let sign = if digits.sign() == Sign::Minus { "-" } else { "" };
    let text = digits.abs().to_string();
    let scale = usize::try_from(scale).unwrap_or(0);
    if scale == 0 {
        return format!("{sign}{text}");
    }
    let text = format!("{text:0>width$}", width = scale + 1);
    let (whole, fraction) = text.split_at(text.len() - scale);
    format!("{sign}{whole}.{fraction}")
}

/// Reads a number and returns its text; special values (`NaN`, `Infinity`) keep their names.
pub fn canonical(text: &str) -> PgResult<String> {
    // Plain integers, by far the most, are canonical already.
    let digits = text.strip_prefix('-').unwrap_or(text);
    if (1..=18).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (!digits.starts_with('0') || text == "0")
    {
        return Ok(text.to_owned());
    }
    match special(text) {
        Some(name) => Ok(name.to_owned()),
        None => parse(text).map(|n| to_text(&n)),
    }
}

pub(in crate::sql) fn special(text: &str) -> Option<&'static str> {
    match text.trim().to_ascii_lowercase().as_str() {
        "nan" => Some("NaN"),
        "infinity" | "inf" | "+infinity" | "+inf" => Some("Infinity"),
        "-infinity" | "-inf" => Some("-Infinity"),
        _ => None,
    }
}

/// Compares two numbers by value; NaN is greatest, as PostgreSQL sorts it.
pub fn compare(a: &str, b: &str) -> Ordering {
    let rank = |t: &str| match special(t) {
        Some("-Infinity") => 0,
        Some("Infinity") => 2,
        Some(_) => 3,
        None => 1,
    };
    match (rank(a), rank(b)) {
        (1, 1) => match (parse(a), parse(b)) {
            (Ok(x), Ok(y)) => x.cmp(&y),
            _ => a.cmp(b),
        },
        (x, y) => x.cmp(&y),
    }
}

/// `a op b` for `+ - * / %`.
pub fn arithmetic(op: &str, a: &str, b: &str) -> PgResult<String> {
    if special(a).is_some() || special(b).is_some() {
        let (x, y) = (to_float(a)?, to_float(b)?);
        let result = match op {
            "+" => x + y,
            "-" => x - y,
            "*" => x * y,
            _ if y == 0.0 && !x.is_nan() => return Err(division_by_zero()),
            "%" => x % y,
            _ => x / y,
        };
        return Ok(if result.is_nan() {
            "NaN".to_owned()
        } else if result == 0.0 {
            "0".to_owned()
        } else {
            float_text(result)
        });
    }
    let (x, y) = (parse(a)?, parse(b)?);
    let (p, q) = (x.fractional_digit_count(), y.fractional_digit_count());
    let result = match op {
        // The library drops the scale of a zero.
        "+" => (x + y).with_scale(p.max(q)),
        "-" => (x - y).with_scale(p.max(q)),
        "*" => (x * y).with_scale(p + q),
        "/" => divide(&x, &y)?,
        _ => {
            if y.is_zero() {
                return Err(division_by_zero());
            }
            let scale = x.fractional_digit_count().max(y.fractional_digit_count());
            let quotient = (&x / &y).with_scale_round(0, RoundingMode::Down);
            (&x - quotient * &y).with_scale(scale)
        }
    };
    let text = to_text(&result);
    let whole = text.split('.').next().map_or(0, |whole| whole.trim_start_matches('-').len());
    if whole > MAX_WHOLE { Err(overflow()) } else { Ok(text) }
}

pub(super) fn overflow() -> PgError {
    PgError::new("value overflows numeric format")
}

fn division_by_zero() -> PgError {
    PgError::new("division by zero")
}

/// Returns the first base-10000 digit of a number and its weight, as `numeric` stores it.
pub(super) fn leading_group(number: &BigDecimal) -> (i64, i64) {
    let scale = number.fractional_digit_count();
    let (digits, _) = number.clone().into_bigint_and_exponent();
    let text = digits.abs().to_string();
    if digits.is_zero() {
        return (0, 0);
    }
    // Power of ten of the first digit, then the group of four it falls into.
    let power = i64::try_from(text.len()).unwrap_or(i64::MAX) - 1 - scale;
    let weight = power.div_euclid(4);
    let in_group = usize::try_from(power.rem_euclid(4) + 1).unwrap_or(1);
    let group: String = text.chars().chain(std::iter::repeat('0')).take(in_group).collect();
    (group.parse().unwrap_or(0), weight)
}

/// Division with the scale that PostgreSQL chooses: at least 16 significant digits.
pub fn divide(a: &BigDecimal, b: &BigDecimal) -> PgResult<BigDecimal> {
    if b.is_zero() {
        return Err(division_by_zero());
    }
    let ((first_a, weight_a), (first_b, weight_b)) = (leading_group(a), leading_group(b));
    let mut weight = weight_a - weight_b;
    if first_a <= first_b {
        weight -= 1;
    }
    let scale = (16 - weight * 4).max(a.fractional_digit_count()).max(b.fractional_digit_count()).clamp(0, 1_000);
    Ok(quotient(a, b, scale))
}

/// Exact quotient, rounded half away from zero to a scale.
pub(super) fn quotient(a: &BigDecimal, b: &BigDecimal, scale: i64) -> BigDecimal {
    let (x, scale_a) = a.clone().into_bigint_and_exponent();
    let (y, scale_b) = b.clone().into_bigint_and_exponent();
    let shift = scale + 1 + scale_b - scale_a;
    let ten = |n: i64| BigInt::from(10).pow(u32::try_from(n).unwrap_or(0));
    let (x, y) = if shift >= 0 { (x * ten(shift), y) } else { (x, y * ten(-shift)) };
    BigDecimal::new(x / y, scale + 1).with_scale_round(scale, RoundingMode::HalfUp)
}

/// `round(numeric, scale)`: half away from zero.
pub fn round(text: &str, scale: i64) -> PgResult<String> {
    if special(text).is_some() {
        return Ok(text.to_owned());
    }
    let rounded = parse(text)?.with_scale_round(scale.clamp(-MAX_SCALE, MAX_SCALE), RoundingMode::HalfUp);
    Ok(to_text(&rounded.with_scale(scale.clamp(0, MAX_SCALE))))
}

/// `trunc(numeric, scale)`.
pub fn truncate(text: &str, scale: i64) -> PgResult<String> {
    if special(text).is_some() {
        return Ok(text.to_owned());
    }
    let cut = parse(text)?.with_scale_round(scale.clamp(-MAX_SCALE, MAX_SCALE), RoundingMode::Down);
    Ok(to_text(&cut.with_scale(scale.clamp(0, MAX_SCALE))))
}

/// Returns `1.23e+05` with so many digits after the point. The exponent is that of the number before it is rounded, so
/// that 9.96 is `10.0e+00`.
pub fn scientific(text: &str, digits: usize) -> PgResult<String> {
    let number = parse(text)?;
    let (units, places) = number.clone().into_bigint_and_exponent();
    let digits = i64::try_from(digits).unwrap_or(0);
    if units.is_zero() {
        return Ok(format!("{}e+00", to_text(&BigDecimal::new(units, digits))));
    }
    let exponent = i64::try_from(units.abs().to_string().len()).unwrap_or(0) - 1 - places;
    let shown = BigDecimal::new(units, places + exponent).with_scale_round(digits, RoundingMode::HalfUp);
    let sign = if exponent < 0 { '-' } else { '+' };
    Ok(format!("{}e{sign}{:02}", to_text(&shown), exponent.abs()))
}

/// `floor` and `ceil`.
pub fn whole(text: &str, up: bool) -> PgResult<String> {
    if special(text).is_some() {
        return Ok(text.to_owned());
    }
    let mode = if up { RoundingMode::Ceiling } else { RoundingMode::Floor };
    Ok(to_text(&parse(text)?.with_scale_round(0, mode)))
}

/// `abs`.
pub fn absolute(text: &str) -> PgResult<String> {
    Ok(text.strip_prefix('-').unwrap_or(text).to_owned())
}

/// Casts to an integer of so many bits, half away from zero.
pub fn to_int(text: &str, bits: u32) -> PgResult<i64> {
    if special(text).is_some() {
        return Err(PgError::new(format!("cannot convert {} to {}", text, int_name(bits))));
    }
    let number = parse(text)?.with_scale_round(0, RoundingMode::HalfUp);
    number.to_i64().filter(|n| fits(*n, bits)).ok_or_else(|| out_of_range(bits))
}

/// Casts a float to an integer, half to even.
pub fn float_to_int(number: f64, bits: u32) -> PgResult<i64> {
    let rounded = number.round_ties_even();
    // 2^63 is exact as a float; anything from there on does not fit.
    if !rounded.is_finite() || rounded.abs() >= 9_223_372_036_854_775_808.0 {
        return Err(out_of_range(bits));
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    let integer = rounded as i64;
    if fits(integer, bits) { Ok(integer) } else { Err(out_of_range(bits)) }
}

/// Whether an integer fits so many bits.
pub fn fits(number: i64, bits: u32) -> bool {
    match bits {
        16 => i16::try_from(number).is_ok(),
        32 => i32::try_from(number).is_ok(),
        _ => true,
    }
}

/// `integer out of range` and its relatives.
pub fn out_of_range(bits: u32) -> PgError {
    PgError::new(format!("{} out of range", int_name(bits)))
}

fn int_name(bits: u32) -> &'static str {
    match bits {
        16 => "smallint",
        32 => "integer",
        _ => "bigint",
    }
}

/// Reads an integer: optional sign, digits, blanks around.
pub fn parse_int(text: &str, bits: u32) -> PgResult<i64> {
    let trimmed = text.trim_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}']);
    let digits = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(PgError::invalid(int_name(bits), text));
    }
    match trimmed.parse::<i64>() {
        Ok(number) if fits(number, bits) => Ok(number),
        _ => Err(PgError::new(format!("value \"{text}\" is out of range for type {}", int_name(bits)))),
    }
}

/// Reads a `double precision`.
pub fn to_float(text: &str) -> PgResult<f64> {
    if let Some(name) = special(text) {
        return Ok(match name {
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            _ => f64::NAN,
        });
    }
    let trimmed = text.trim();
    if !trimmed.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-')) {
        return Err(PgError::invalid("double precision", text));
    }
    let number: f64 = trimmed.parse().map_err(|_| PgError::invalid("double precision", text))?;
    if number.is_infinite() || number == 0.0 && !is_zero(trimmed) {
        return Err(PgError::new(format!("\"{trimmed}\" is out of range for type double precision")));
    }
    Ok(number)
}

/// Whether a number is written as zero; others may only be too small.
fn is_zero(number: &str) -> bool {
    let digits = number.split(['e', 'E']).next().unwrap_or(number);
    !digits.bytes().any(|b| matches!(b, b'1'..=b'9'))
}

/// Reads a `real`.
pub fn read_float4(text: &str) -> PgResult<f64> {
    let out_of_range = || PgError::new(format!("\"{}\" is out of range for type real", text.trim()));
    match to_float(text) {
        Ok(number) => to_float4(number).map_err(|_| out_of_range()),
        Err(error) if error.0.contains("out of range") => Err(out_of_range()),
        Err(_) => Err(PgError::invalid("real", text)),
    }
}

pub use crate::model::value::{float_text, float4_text};

/// Rounds to the nearest `real`.
///
/// # Errors
///
/// When it is too large or too small for one.
pub fn to_float4(number: f64) -> PgResult<f64> {
    let single = number as f32;
    if number.is_finite() && (single.is_infinite() || single == 0.0 && number != 0.0) {
        let how = if single.is_infinite() { "overflow" } else { "underflow" };
        return Err(PgError::new(format!("value out of range: {how}")));
    }
    Ok(f64::from(single))
}

/// Casts a `real` to `numeric`: 6 significant digits.
pub fn float4_to_numeric(number: f64) -> PgResult<String> {
    if !number.is_finite() {
        return Ok(float_text(number));
    }
    canonical(&format!("{number:.5e}")).map(|text| trimmed(&text))
}

/// Without zeros behind the decimal point.
fn trimmed(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
}

/// Casts a float to `numeric`: 15 significant digits.
pub fn float_to_numeric(number: f64) -> String {
    if !number.is_finite() {
        return float_text(number);
    }
    let text = format!("{number:.14e}");
    let parsed = BigDecimal::from_str(&text).unwrap_or_default().normalized();
    to_text(&if parsed.fractional_digit_count() < 0 { parsed.with_scale(0) } else { parsed })
}

/// Sum of numbers, keeping the greatest scale.
#[derive(Debug, Default, Clone)]
pub struct Sum {
    total: BigDecimal,
    scale: i64,
    count: i64,
    special: Option<&'static str>,
}

impl Sum {
    /// Adds a number.
    pub fn add(&mut self, text: &str) -> PgResult<()> {
        self.count += 1;
        if let Some(name) = special(text) {
            self.special = match self.special {
                None => Some(name),
                Some(known) if known == name => Some(name),
                Some(_) => Some("NaN"),
            };
            return Ok(());
        }
        let number = parse(text)?;
        self.scale = self.scale.max(number.fractional_digit_count());
        self.total += number;
        Ok(())
    }

    /// Returns the sum; none without numbers.
    pub fn sum(&self) -> Option<String> {
        (self.count > 0).then(|| self.special.map_or_else(|| to_text(&self.total()), str::to_owned))
    }

    /// Returns the average; none without numbers.
    pub fn average(&self) -> PgResult<Option<String>> {
        if self.count == 0 {
            return Ok(None);
        }
        if let Some(name) = self.special {
            return Ok(Some(name.to_owned()));
        }
        divide(&self.total(), &BigDecimal::from(self.count)).map(|n| Some(to_text(&n)))
    }

    fn total(&self) -> BigDecimal {
        self.total.with_scale(self.scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_of_results() {
        for (op, a, b, expected) in [
            ("+", "1.50", "2", "3.50"),
            ("*", "1.5", "1.25", "1.875"),
            ("/", "1", "3", "0.33333333333333333333"),
            ("/", "10", "4", "2.5000000000000000"),
            ("/", "1000000", "3", "333333.333333333333"),
            ("/", "2.5", "3", "0.83333333333333333333"),
            ("%", "7.5", "2", "1.5"),
            ("-", "-0.0", "0", "0.0"),
        ] {
            assert_eq!(arithmetic(op, a, b).unwrap(), expected, "{a} {op} {b}");
        }
        assert!(arithmetic("/", "1", "0").is_err());
    }

    #[test]
    fn float_texts() {
        for (number, expected) in [
            (1e15, "1e+15"),
            (1e14, "100000000000000"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (1.5, "1.5"),
            (3.0, "3"),
            // 83399159099522.625, as near to ...62 as to ...63.
            (667_193_272_796_181.0 / 8.0, "83399159099522.62"),
            (-0.001, "-0.001"),
            (-12.0, "-12"),
            (0.5, "0.5"),
        ] {
            assert_eq!(float_text(number), expected);
        }
        assert_eq!(float_to_numeric(0.1 + 0.2), "0.3");
        assert_eq!(round("2.5", 0).unwrap(), "3");
        assert_eq!(round("-2.345", 2).unwrap(), "-2.35");
        assert_eq!(round("1250", -2).unwrap(), "1300");
    }
}
