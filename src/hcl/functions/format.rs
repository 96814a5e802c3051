//! `format` and `formatlist`: templates with verbs such as `%s`, `%5.2f`, `%[2]d`.

use super::args::{Args, list_of};
use super::{Entry, MANY};
use crate::hcl::fault::{Eval, Fault};
use crate::hcl::value::{Val, number_text, whole};
use std::str::Chars;
use unicode_segmentation::UnicodeSegmentation as _;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("format", 1, MANY, |a| format_text(a, &a.text(0)?, a.from(1)).map(Val::str)),
    ("formatlist", 1, MANY, formatlist),
];

/// The longest text that one call makes.
const MAX_TEXT: usize = 32 << 20;
/// The widest that a value is padded to, and the most digits behind the point.
const WIDEST: usize = 1_000;

/// A verb with what stands between it and its `%`.
#[derive(Debug, Default)]
struct Verb {
    plus: bool,
    minus: bool,
    space: bool,
    zero: bool,
    sharp: bool,
    width: usize,
    precision: Option<usize>,
    /// Which argument it shows, from 1.
    argument: Option<usize>,
    mode: char,
    /// All of it, for messages.
    text: String,
}

impl Verb {
    /// Reads what follows a `%`.
    fn parse(chars: &mut Chars<'_>) -> Option<Self> {
        let start = chars.as_str();
        let mut verb = Self::default();
        let mut rest = chars.clone();
        let mut next = rest.next()?;
        while matches!(next, '+' | '-' | ' ' | '0' | '#') {
            match next {
                '+' => verb.plus = true,
                '-' => verb.minus = true,
                ' ' => verb.space = true,
                '0' => verb.zero = true,
                _ => verb.sharp = true,
            }
            next = rest.next()?;
        }
        let mut number = |next: &mut char| -> Option<usize> {
            let mut digits = String::new();
            while next.is_ascii_digit() {
                digits.push(*next);
                *next = rest.next()?;
            }
            Some(digits.parse().unwrap_or(0))
        };
        if next == '[' {
            next = '0';
            verb.argument = Some(number(&mut next)?);
            if next != ']' {
                return None;
            }
            next = '0';
        }
        verb.width = number(&mut next)?.min(WIDEST);
        if next == '.' {
            next = '0';
            verb.precision = Some(number(&mut next)?.min(WIDEST));
        }
        verb.mode = next;
        let left = rest.as_str().len();
        verb.text = format!("%{}", start.get(..start.len() - left).unwrap_or_default());
        *chars = rest;
        Some(verb)
    }

    /// Writes a value without its padding.
    fn show(&self, a: &Args<'_>, value: &Val) -> Eval<String> {
        let wanted = |what: &str| a.fault(format_args!("\"{}\" needs {what}, not a {}", self.text, value.type_name()));
        let number = || value.to_number().ok_or_else(|| wanted("a number"));
        let integer = || {
            let n = number()?;
            if n.fract() == 0.0 { Ok(n) } else { Err(wanted("a whole number")) }
        };
        let radix = |digits: fn(u64) -> String| -> Eval<String> {
            let n = whole(integer()?).ok_or_else(|| wanted("a smaller number"))?;
            Ok(format!("{}{}", if n < 0 { "-" } else { "" }, digits(n.unsigned_abs())))
        };
        let cut = |text: &str| match self.precision {
            Some(p) => text.graphemes(true).take(p).collect(),
            None => text.to_owned(),
        };
        let shown = match (self.mode, value) {
            ('v', Val::Str(text)) if !self.sharp => return Ok(cut(text)),
            ('v', Val::Num(n)) if !self.sharp => general(*n, self.precision),
            ('v', Val::Bool(b)) if !self.sharp => return Ok(b.to_string()),
            ('v', value) => return Ok(super::encoding::json_text(&value.to_json())),
            ('s', value) => return value.to_text().map(|t| cut(&t)).ok_or_else(|| wanted("a string")),
            ('q', value) => {
                let text = value.to_text().ok_or_else(|| wanted("a string"))?;
                return Ok(serde_json::Value::from(&*text).to_string());
            }
            ('t', value) => return value.to_bool().map(|b| b.to_string()).ok_or_else(|| wanted("a bool")),
            ('d', _) => number_text(integer()?),
            ('b', _) => radix(|n| format!("{n:b}"))?,
            ('o', _) => radix(|n| format!("{n:o}"))?,
            ('x', _) if self.sharp => radix(|n| format!("{n:#x}"))?,
            ('x', _) => radix(|n| format!("{n:x}"))?,
            ('X', _) => radix(|n| format!("{n:X}"))?,
            ('e', _) => exponential(number()?, self.precision.unwrap_or(6)),
            ('E', _) => exponential(number()?, self.precision.unwrap_or(6)).to_uppercase(),
            ('f' | 'F', _) => format!("{:.*}", self.precision.unwrap_or(6), number()?),
            ('g', _) => general(number()?, self.precision),
            ('G', _) => general(number()?, self.precision).to_uppercase(),
            (other, _) => return Err(a.fault(format_args!("the verb %{other} is not supported"))),
        };
        Ok(match (shown.starts_with('-'), self.plus, self.space) {
            (false, true, _) => format!("+{shown}"),
            (false, false, true) => format!(" {shown}"),
            _ => shown,
        })
    }

    /// Adds the padding.
    fn pad(&self, shown: &str, out: &mut String) {
        let missing = self.width.saturating_sub(shown.graphemes(true).count());
        let fill = |out: &mut String, c: char| out.extend(std::iter::repeat_n(c, missing));
        if self.minus {
            out.push_str(shown);
            fill(out, ' ');
        } else if self.zero {
            // Zeros stand behind the sign.
            let digits = shown.strip_prefix(['-', '+', ' ']).unwrap_or(shown);
            out.push_str(shown.strip_suffix(digits).unwrap_or_default());
            fill(out, '0');
            out.push_str(digits);
        } else {
            fill(out, ' ');
            out.push_str(shown);
        }
    }
}

/// Scientific notation as Go writes it: at least two digits of exponent.
fn exponential(n: f64, precision: usize) -> String {
    with_exponent(&format!("{n:.precision$e}"))
}

fn with_exponent(text: &str) -> String {
    let Some((mantissa, exponent)) = text.split_once('e') else { return text.to_owned() };
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// The shorter of plain and scientific notation, as Go decides between them.
fn general(n: f64, precision: Option<usize>) -> String {
    let scientific = match precision {
        Some(p) => format!("{n:.*e}", p.max(1) - 1),
        None => format!("{n:e}"),
    };
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = i32::try_from(mantissa.bytes().filter(u8::is_ascii_digit).count()).unwrap_or(i32::MAX);
    let bare = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    let most = precision.map_or(6, |p| i32::try_from(p.max(1)).unwrap_or(i32::MAX));
    let most = if most > digits && digits > exponent { digits } else { most };
    let most = if precision.is_none() { 6 } else { most };
    if exponent < -4 || exponent >= most {
        return with_exponent(&format!("{}e{exponent}", bare(mantissa)));
    }
    let decimals = usize::try_from((digits - 1 - exponent).max(0)).unwrap_or(0);
    bare(&format!("{n:.decimals$}"))
}

fn formatlist(a: &Args<'_>) -> Eval<Val> {
    let template = a.text(0)?;
    let mut length = None;
    for (i, value) in a.from(1).iter().enumerate() {
        if let Some(items) = value.items() {
            match length {
                Some(l) if l != items.len() => {
                    return Err(a.fault("all lists must have one length").argument(i + 1));
                }
                _ => length = Some(items.len()),
            }
        }
    }
    let mut out = Vec::new();
    for row in 0..length.unwrap_or(1) {
        let values: Vec<Val> = a
            .from(1)
            .iter()
            .map(|v| match v.items() {
                Some(items) => items.get(row).cloned().unwrap_or(Val::Null),
                None => v.clone(),
            })
            .collect();
        out.push(Val::str(format_text(a, &template, &values)?));
    }
    Ok(list_of(out))
}

fn format_text(a: &Args<'_>, template: &str, values: &[Val]) -> Eval<String> {
    let mut out = String::new();
    let mut chars = template.chars();
    let (mut next, mut used) = (0, 0);
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        if let Some(rest) = chars.as_str().strip_prefix('%') {
            out.push('%');
            chars = rest.chars();
            continue;
        }
        let verb = Verb::parse(&mut chars)
            .ok_or_else(|| a.fault(format_args!("what follows a % is no verb: \"%{}\"", chars.as_str())).argument(0))?;
        let i = verb.argument.map_or(Some(next), |n| n.checked_sub(1));
        let value = i.and_then(|i| values.get(i));
        let (Some(i), Some(value)) = (i, value) else {
            return Err(a.fault(format_args!("there is no value for {}", verb.text)));
        };
        next = i + 1;
        used = used.max(next);
        verb.pad(&verb.show(a, value)?, &mut out);
        if out.len() > MAX_TEXT {
            return Err(Fault::new("the text is too long").code("limit"));
        }
    }
    if used < values.len() {
        return Err(a.fault("there are more values than verbs"));
    }
    Ok(out)
}
