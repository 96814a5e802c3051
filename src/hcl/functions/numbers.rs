//! Functions on numbers.

use super::{Entry, MANY};
use crate::hcl::value::{Val, decimal};

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
        let base = u32::try_from(base).ok().filter(|b| (2..=36).contains(b));
        let base = base.ok_or_else(|| a.fault("the base must lie between 2 and 36"))?;
        #[expect(clippy::cast_precision_loss, reason = "HCL numbers are exact only up to 2^53 here")]
        i64::from_str_radix(&text, base)
            .map(|n| Val::Num(n as f64))
            .map_err(|_| a.fault(format_args!("\"{text}\" is not a number of base {base}")))
    }),
];

fn extreme(a: &super::Args<'_>, pick: fn(f64, f64) -> f64) -> super::Eval<Val> {
    let mut best = a.number(0)?;
    for i in 1..a.values.len() {
        best = pick(best, a.number(i)?);
    }
    Ok(Val::Num(best))
}
