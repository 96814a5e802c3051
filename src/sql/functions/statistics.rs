//! Aggregates of statistics, of bits, and of types whose order SQLite does not know.

use super::aggregates::{fail, text_of};
use super::{Registry, order};
use crate::sql::error::{PgError, PgResult};
use crate::sql::value::interval::Interval;
use crate::sql::value::{number, number_math};
use bigdecimal::{BigDecimal, Signed as _};
use rusqlite::Result;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use std::cmp::Ordering;

pub(super) fn register(r: &Registry<'_>) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    let c = r.connection;
    for (name, root, sample) in [
        ("pg_stddev_samp_num", true, true),
        ("pg_stddev_pop_num", true, false),
        ("pg_var_samp_num", false, true),
        ("pg_var_pop_num", false, false),
    ] {
        c.create_aggregate_function(name, 1, flags, Spread { root, sample })?;
    }
    for (name, root, sample) in [
        ("pg_stddev_samp_f", true, true),
        ("pg_stddev_pop_f", true, false),
        ("pg_var_samp_f", false, true),
        ("pg_var_pop_f", false, false),
    ] {
        c.create_aggregate_function(name, 1, flags, FloatSpread { root, sample })?;
    }
    for (name, what) in [
        ("pg_corr", Pairs::Corr),
        ("pg_covar_pop", Pairs::CovarPop),
        ("pg_covar_samp", Pairs::CovarSamp),
        ("pg_regr_avgx", Pairs::AvgX),
        ("pg_regr_avgy", Pairs::AvgY),
        ("pg_regr_count", Pairs::Count),
        ("pg_regr_intercept", Pairs::Intercept),
        ("pg_regr_r2", Pairs::R2),
        ("pg_regr_slope", Pairs::Slope),
        ("pg_regr_sxx", Pairs::Sxx),
        ("pg_regr_sxy", Pairs::Sxy),
        ("pg_regr_syy", Pairs::Syy),
    ] {
        c.create_aggregate_function(name, 2, flags, what)?;
    }
    for (name, what) in [("pg_bit_and", Bits::And), ("pg_bit_or", Bits::Or), ("pg_bit_xor", Bits::Xor)] {
        c.create_aggregate_function(name, 1, flags, what)?;
    }
    c.create_aggregate_function("pg_min_of", 2, flags, Best(Ordering::Less))?;
    c.create_aggregate_function("pg_max_of", 2, flags, Best(Ordering::Greater))?;
    c.create_aggregate_function("pg_sum_iv", 1, flags, IntervalSum { average: false })?;
    c.create_aggregate_function("pg_avg_iv", 1, flags, IntervalSum { average: true })
}

/// Variance and standard deviation of `numeric` and integers, from exact sums.
struct Spread {
    root: bool,
    sample: bool,
}

#[derive(Default)]
struct Sums {
    count: i64,
    sum: BigDecimal,
    squares: BigDecimal,
    special: bool,
}

impl Spread {
    fn result(&self, sums: &Sums) -> PgResult<Option<String>> {
        if sums.count < if self.sample { 2 } else { 1 } {
            return Ok(None);
        }
        if sums.special {
            return Ok(Some("NaN".to_owned()));
        }
        let count = BigDecimal::from(sums.count);
        let numerator = &count * &sums.squares - &sums.sum * &sums.sum;
        if !numerator.is_positive() {
            return Ok(Some("0".to_owned()));
        }
        let below = if self.sample { &count * BigDecimal::from(sums.count - 1) } else { &count * &count };
        let variance = number::divide(&numerator, &below)?;
        if !self.root {
            return Ok(Some(number::to_text(&variance)));
        }
        let scale = variance.fractional_digit_count();
        Ok(Some(number::to_text(&number_math::sqrt_to(&variance, scale))))
    }
}

impl Aggregate<Sums, Option<String>> for Spread {
    fn init(&self, _: &mut Context<'_>) -> Result<Sums> {
        Ok(Sums::default())
    }

    fn step(&self, context: &mut Context<'_>, sums: &mut Sums) -> Result<()> {
        let Some(text) = text_of(context, 0)? else { return Ok(()) };
        sums.count += 1;
        if number::special(&text).is_some() {
            sums.special = true;
            return Ok(());
        }
        let x = number::parse(&text).map_err(fail)?;
        sums.squares += &x * &x;
        sums.sum += x;
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, sums: Option<Sums>) -> Result<Option<String>> {
        sums.map_or(Ok(None), |sums| self.result(&sums).map_err(fail))
    }
}

/// Variance and standard deviation of `double precision`, by the method of Youngs and Cramer.
struct FloatSpread {
    root: bool,
    sample: bool,
}

impl Aggregate<[f64; 3], Option<f64>> for FloatSpread {
    fn init(&self, _: &mut Context<'_>) -> Result<[f64; 3]> {
        Ok([0.0; 3])
    }

    fn step(&self, context: &mut Context<'_>, state: &mut [f64; 3]) -> Result<()> {
        let Some(x) = context.get::<Option<f64>>(0)? else { return Ok(()) };
        let [count, sum, squares] = state;
        let before = *count;
        *count += 1.0;
        *sum += x;
        if before > 0.0 {
            let part = x * *count - *sum;
            *squares += part * part / (*count * before);
        }
        not_nan(*squares)
    }

    fn finalize(&self, _: &mut Context<'_>, state: Option<[f64; 3]>) -> Result<Option<f64>> {
        let Some([count, _, squares]) = state else { return Ok(None) };
        let below = if self.sample { count - 1.0 } else { count };
        if below <= 0.0 {
            return Ok(None);
        }
        Ok(Some(if self.root { (squares / below).sqrt() } else { squares / below }))
    }
}

fn not_nan(number: f64) -> Result<()> {
    if number.is_nan() {
        return Err(fail(PgError::new("NaN of type double precision is not supported")));
    }
    Ok(())
}

/// Aggregates of pairs: the first argument is `Y`, the second `X`.
#[derive(Clone, Copy)]
enum Pairs {
    Corr,
    CovarPop,
    CovarSamp,
    AvgX,
    AvgY,
    Count,
    Intercept,
    R2,
    Slope,
    Sxx,
    Sxy,
    Syy,
}

#[derive(Default)]
struct Regression {
    n: f64,
    count: i64,
    sx: f64,
    sxx: f64,
    sy: f64,
    syy: f64,
    sxy: f64,
}

impl Aggregate<Regression, Value> for Pairs {
    fn init(&self, _: &mut Context<'_>) -> Result<Regression> {
        Ok(Regression::default())
    }

    fn step(&self, context: &mut Context<'_>, r: &mut Regression) -> Result<()> {
        let (Some(y), Some(x)) = (context.get::<Option<f64>>(0)?, context.get::<Option<f64>>(1)?) else {
            return Ok(());
        };
        let before = r.n;
        r.n += 1.0;
        r.count += 1;
        r.sx += x;
        r.sy += y;
        if before > 0.0 {
            let (part_x, part_y) = (x * r.n - r.sx, y * r.n - r.sy);
            let scale = 1.0 / (r.n * before);
            r.sxx += part_x * part_x * scale;
            r.syy += part_y * part_y * scale;
            r.sxy += part_x * part_y * scale;
        }
        not_nan(r.sxx + r.syy + r.sxy)
    }

    fn finalize(&self, _: &mut Context<'_>, state: Option<Regression>) -> Result<Value> {
        let r = state.unwrap_or_default();
        if let Self::Count = self {
            return Ok(Value::Integer(r.count));
        }
        let least = if matches!(self, Self::CovarSamp) { 2 } else { 1 };
        if r.count < least {
            return Ok(Value::Null);
        }
        let level = |s: f64| s == 0.0;
        let result = match self {
            Self::Corr if level(r.sxx) || level(r.syy) => None,
            Self::Intercept | Self::R2 | Self::Slope if level(r.sxx) => None,
            Self::R2 if level(r.syy) => Some(1.0),
            Self::Corr => Some(r.sxy / (r.sxx * r.syy).sqrt()),
            Self::CovarPop => Some(r.sxy / r.n),
            Self::CovarSamp => Some(r.sxy / (r.n - 1.0)),
            Self::AvgX => Some(r.sx / r.n),
            Self::AvgY => Some(r.sy / r.n),
            Self::Intercept => Some((r.sy - r.sx * r.sxy / r.sxx) / r.n),
            Self::R2 => Some((r.sxy * r.sxy) / (r.sxx * r.syy)),
            Self::Slope => Some(r.sxy / r.sxx),
            Self::Sxx => Some(r.sxx),
            Self::Sxy => Some(r.sxy),
            Self::Syy => Some(r.syy),
            Self::Count => None,
        };
        Ok(result.map_or(Value::Null, Value::Real))
    }
}

/// `bit_and`, `bit_or`, `bit_xor` of integers.
#[derive(Clone, Copy)]
enum Bits {
    And,
    Or,
    Xor,
}

impl Aggregate<Option<i64>, Option<i64>> for Bits {
    fn init(&self, _: &mut Context<'_>) -> Result<Option<i64>> {
        Ok(None)
    }

    fn step(&self, context: &mut Context<'_>, state: &mut Option<i64>) -> Result<()> {
        if let Some(n) = context.get::<Option<i64>>(0)? {
            *state = Some(match (*state, self) {
                (None, _) => n,
                (Some(all), Self::And) => all & n,
                (Some(all), Self::Or) => all | n,
                (Some(all), Self::Xor) => all ^ n,
            });
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, state: Option<Option<i64>>) -> Result<Option<i64>> {
        Ok(state.flatten())
    }
}

/// `min` and `max` in the order of a type, which the second argument names.
struct Best(Ordering);

impl Aggregate<Option<String>, Option<String>> for Best {
    fn init(&self, _: &mut Context<'_>) -> Result<Option<String>> {
        Ok(None)
    }

    fn step(&self, context: &mut Context<'_>, best: &mut Option<String>) -> Result<()> {
        if matches!(context.get_raw(0), ValueRef::Null) {
            return Ok(());
        }
        let (Some(text), Some(kind)) = (text_of(context, 0)?, text_of(context, 1)?) else { return Ok(()) };
        if best.as_ref().is_none_or(|b| order::texts(&kind, &text, b) == self.0) {
            *best = Some(text);
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, best: Option<Option<String>>) -> Result<Option<String>> {
        Ok(best.flatten())
    }
}

/// `sum` and `avg` of intervals.
struct IntervalSum {
    average: bool,
}

impl Aggregate<(Interval, u32), Option<String>> for IntervalSum {
    fn init(&self, _: &mut Context<'_>) -> Result<(Interval, u32)> {
        Ok((Interval::default(), 0))
    }

    fn step(&self, context: &mut Context<'_>, (sum, count): &mut (Interval, u32)) -> Result<()> {
        if let Some(text) = text_of(context, 0)? {
            *sum = Interval::stored(&text).and_then(|i| sum.plus(i)).map_err(fail)?;
            *count += 1;
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, state: Option<(Interval, u32)>) -> Result<Option<String>> {
        let Some((sum, count)) = state.filter(|s| s.1 > 0) else { return Ok(None) };
        let result = if self.average { sum.divided(f64::from(count)).map_err(fail)? } else { sum };
        Ok(Some(result.to_stored()))
    }
}
