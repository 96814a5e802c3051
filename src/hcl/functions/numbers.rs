//! Functions on numbers.

use super::{Entry, MANY};
use crate::hcl::value::{Val, decimal, is_exact};

pub(super) const FUNCTIONS: &[Entry] = &[
    ("abs", 1, 1, |a| Ok(Val::Num(a.number(0)?.abs()))),
    ("ceil", 1, 1, |a| Ok(Val::Num(a.number(0)?.ceil()))),
    ("floor", 1, 1, |a| Ok(Val::Num(a.number(0)?.floor()))),
    ("log", 2, 2, |a| {
        let value = a.number(0)?.log(a.number(1)?);
        if value.is_finite() { Ok(Val::Num(value)) } else { Err(a.fault("there is no such logarithm")) }
    }),
    ("pow", 2, 2, |a| {
        let value = a.number(0)?.powf(a.number(1)?);
        if value.is_finite() { Ok(Val::Num(value)) } else { Err(a.fault("the number is too large")) }
    }),
    ("signum", 1, 1, |a| {
        let n = a.number(0)?;
        Ok(Val::Num(if n == 0.0 { 0.0 } else { n.signum() }))
    }),
    ("max", 1, MANY, |a| extreme(a, f64::max)),
    ("min", 1, MANY, |a| extreme(a, f64::min)),
    ("sum", 1, 1, |a| {
        let numbers = a.numbers(0)?;
        if numbers.is_empty() { Err(a.fault("the list is empty")) } else { Ok(Val::Num(decimal(numbers.iter().sum()))) }
    }),
    ("parseint", 2, 2, |a| {
        let (text, base) = (a.text(0)?, a.whole(1)?);
        let base = u32::try_from(base).ok().filter(|b| (2..=62).contains(b));
        let base = base.ok_or_else(|| a.fault("the base must lie between 2 and 62"))?;
        let number = read_digits(&text, base);
        let number = number.ok_or_else(|| a.fault(format_args!("\"{text}\" is not a number of base {base}")))?;
        exact(&number.to_string()).map(Val::Num).map_err(|e| a.fault(e))
    }),
];

/// Reads digits of a base. Up to 36 capital letters mean what small ones mean; beyond that they are digits of their own.
fn read_digits(text: &str, base: u32) -> Option<i128> {
    if base <= 36 {
        return i128::from_str_radix(text, base).ok();
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let number = digits.bytes().try_fold(0_i128, |number, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'z' => digit - b'a' + 10,
            b'A'..=b'Z' => digit - b'A' + 36,
            _ => return None,
        };
        let value = i128::from(value);
        (value < i128::from(base)).then_some(())?;
        number.checked_mul(i128::from(base))?.checked_add(value)
    })?;
    (!digits.is_empty()).then_some(if text.starts_with('-') { -number } else { number })
}

/// Reads a number in decimal digits.
///
/// # Errors
///
/// It would come out as another one.
pub(super) fn exact(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| format!("\"{text}\" is no number"))?;
    if !is_exact(text, number) {
        return Err(format!("the number {text} has too many digits to be kept exactly"));
    }
    Ok(number)
}

fn extreme(a: &super::Args<'_>, pick: fn(f64, f64) -> f64) -> super::Eval<Val> {
    let mut best = a.number(0)?;
    for i in 1..a.values.len() {
        best = pick(best, a.number(i)?);
    }
    Ok(Val::Num(best))
}
