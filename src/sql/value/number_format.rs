//! `to_char` of numbers and `to_number` (`src/backend/utils/adt/formatting.c`, `NUM_processor`).

use crate::sql::error::{PgError, PgResult};
use crate::sql::value::template::{self, Part};
use crate::sql::value::{number, number_math};

const FIELDS: [&str; 35] = [
    ",", ".", "0", "9", "B", "D", "EEEE", "FM", "G", "L", "MI", "PL", "PR", "RN", "SG", "SP", "S", "TH", "V", "b", "d",
    "eeee", "fm", "g", "l", "mi", "pl", "pr", "rn", "sg", "sp", "s", "th", "v", "C",
];

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum LocaleSign {
    #[default]
    None,
    Before,
    After,
}

#[derive(Default)]
struct Format {
    pre: usize,
    post: usize,
    multiplier: usize,
    zero_start: usize,
    zero_end: usize,
    lsign: LocaleSign,
    pre_lsign: usize,
    fill_mode: bool,
    zero: bool,
    decimal: bool,
    locale_sign: bool,
    bracket: bool,
    minus: bool,
    plus: bool,
    roman: bool,
    multi: bool,
    scientific: bool,
    parts: Vec<Part>,
}

fn misused(message: &str) -> PgError {
    PgError::new(message.to_owned())
}

fn prepare(mask: &str) -> PgResult<Format> {
    let mut f = Format { parts: template::parse(mask, &FIELDS, false), ..Format::default() };
    for part in f.parts.clone() {
        let Part::Field { name, .. } = part else { continue };
        let upper = name.to_ascii_uppercase();
        if f.scientific && upper != "EEEE" {
            return Err(misused("\"EEEE\" must be the last pattern used"));
        }
        match upper.as_str() {
            "9" | "0" if f.bracket => return Err(PgError::new(format!("\"{name}\" must be ahead of \"PR\""))),
            "9" if f.multi => f.multiplier += 1,
            "9" if f.decimal => f.post += 1,
            "9" => f.pre += 1,
            "0" => {
                if !f.zero && !f.decimal {
                    f.zero = true;
                    f.zero_start = f.pre + 1;
                }
                if f.decimal {
                    f.post += 1;
                } else {
                    f.pre += 1;
                }
                f.zero_end = f.pre + f.post;
            }
            "D" | "." => {
                if f.decimal {
                    return Err(misused("multiple decimal points"));
                }
                if f.multi {
                    return Err(misused("cannot use \"V\" and decimal point together"));
                }
                f.decimal = true;
            }
            "FM" => f.fill_mode = true,
            "S" => {
                if f.locale_sign {
                    return Err(misused("cannot use \"S\" twice"));
                }
                if f.plus || f.minus || f.bracket {
                    return Err(misused("cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together"));
                }
                f.locale_sign = true;
                if f.decimal {
                    f.lsign = LocaleSign::After;
                } else {
                    f.lsign = LocaleSign::Before;
                    f.pre_lsign = f.pre;
                }
            }
            "MI" | "PL" | "SG" if f.locale_sign => {
                return Err(PgError::new(format!("cannot use \"S\" and \"{upper}\" together")));
            }
            "MI" => f.minus = true,
            "PL" => f.plus = true,
            "SG" => {
                f.minus = true;
                f.plus = true;
            }
            "PR" if f.locale_sign || f.plus || f.minus => {
                return Err(misused("cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together"));
            }
            "PR" => f.bracket = true,
            "RN" => f.roman = true,
            "V" if f.decimal => return Err(misused("cannot use \"V\" and decimal point together")),
            "V" => f.multi = true,
            "EEEE" => {
                if f.scientific {
                    return Err(misused("cannot use \"EEEE\" twice"));
                }
                if f.fill_mode || f.locale_sign || f.bracket || f.minus || f.plus || f.roman || f.multi {
                    return Err(misused("\"EEEE\" is incompatible with other formats"));
                }
                f.scientific = true;
            }
            _ => {}
        }
    }
    Ok(f)
}

/// `to_char(numeric, template)`.
pub fn numeric(text: &str, mask: &str) -> PgResult<String> {
    let mut f = prepare(mask)?;
    if f.roman {
        return Ok(print(&mut f, &roman(number::to_int(text, 32)?), 0, '+'));
    }
    let special = !text.ends_with(|c: char| c.is_ascii_digit());
    if f.scientific {
        if special {
            return Ok(hashes_scientific(&f));
        }
        return Ok(scientific(&number::scientific(text, f.post)?));
    }
    if special {
        f.pre += f.multiplier;
        return finish(&mut f, text);
    }
    let scaled = if f.multi {
        let factor = format!("1{}", "0".repeat(f.multiplier));
        f.pre += f.multiplier;
        number::arithmetic("*", text, &factor)?
    } else {
        text.to_owned()
    };
    let rounded = number::round(&scaled, i64::try_from(f.post).unwrap_or(0))?;
    finish(&mut f, &rounded)
}

fn hashes_scientific(f: &Format) -> String {
    let mut text = "#".repeat(f.pre + f.post + 5);
    text.replace_range(1..2, ".");
    format!(" {text}")
}

fn scientific(text: &str) -> String {
    if text.starts_with('-') { text.to_owned() } else { format!(" {text}") }
}

fn finish(f: &mut Format, text: &str) -> PgResult<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ('-', digits.to_owned()),
        None => ('+', text.to_owned()),
    };
    let before_point = digits.find('.').unwrap_or(digits.len());
    if before_point > f.pre {
        let hashes: String = (0..=f.pre + f.post).map(|i| if i == f.pre { '.' } else { '#' }).collect();
        return Ok(print(f, &hashes, 0, sign));
    }
    let is_ordinal = |p: &Part| matches!(p, Part::Field { name: "TH" | "th", .. });
    if !digits.ends_with(|c: char| c.is_ascii_digit()) && sign == '+' && !f.decimal && f.parts.iter().any(is_ordinal) {
        return Err(PgError::new(format!("\"{digits}\" is not a number")));
    }
    let spaces = f.pre - before_point;
    Ok(print(f, &digits, spaces, sign))
}

/// `to_char(integer, template)` for the narrow integers, of which the scientific form is that of a float.
pub fn narrow_integer(value: i32, mask: &str) -> PgResult<String> {
    let f = prepare(mask)?;
    if f.scientific {
        return float(f64::from(value), mask, 15);
    }
    // The product goes round where it does not fit, as PostgreSQL's does.
    let factor = if f.multi { 10_i32.wrapping_pow(u32::try_from(f.multiplier).unwrap_or(0)) } else { 1 };
    whole(f, &value.wrapping_mul(factor).to_string())
}

/// `to_char(bigint, template)`.
pub fn integer(value: i64, mask: &str) -> PgResult<String> {
    let f = prepare(mask)?;
    if f.scientific {
        return numeric(&value.to_string(), mask);
    }
    let factor = u32::try_from(f.multiplier).ok().and_then(|power| 10_i64.checked_pow(power));
    let product = if f.multi { factor.and_then(|factor| value.checked_mul(factor)) } else { Some(value) };
    whole(f, &product.ok_or_else(|| PgError::new("bigint out of range"))?.to_string())
}

/// Writes an integer that was multiplied where the template says so.
fn whole(mut f: Format, value: &str) -> PgResult<String> {
    if f.roman {
        return Ok(print(&mut f, &roman(number::to_int(value, 32)?), 0, '+'));
    }
    let mut text = value.to_owned();
    if f.multi {
        f.pre += f.multiplier;
    }
    if f.post > 0 {
        text.push('.');
        text.push_str(&"0".repeat(f.post));
    }
    finish(&mut f, &text)
}

/// `to_char(double precision, template)`, with as many digits as the type has.
pub fn float(value: f64, mask: &str, digits: usize) -> PgResult<String> {
    let mut f = prepare(mask)?;
    if f.roman {
        // What is no integer has no roman digits either.
        return Ok(print(&mut f, &roman(number::float_to_int(value, 32).unwrap_or(0)), 0, '+'));
    }
    if f.scientific {
        if !value.is_finite() {
            return Ok(hashes_scientific(&f));
        }
        let text = format!("{value:.*e}", f.post);
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        let sign = if exponent < 0 { '-' } else { '+' };
        return Ok(scientific(&format!("{mantissa}e{sign}{:02}", exponent.abs())));
    }
    if !value.is_finite() {
        f.pre += f.multiplier;
        let hashes: String = (0..=f.pre + f.post).map(|i| if i == f.pre { '.' } else { '#' }).collect();
        return Ok(print(&mut f, &hashes, 0, if value < 0.0 { '-' } else { '+' }));
    }
    let value = if f.multi {
        f.pre += f.multiplier;
        value * 10_f64.powi(i32::try_from(f.multiplier).unwrap_or(0))
    } else {
        value
    };
    let whole = format!("{:.0}", value.abs()).len();
    if whole >= digits {
        f.post = 0;
    } else if whole + f.post > digits {
        f.post = digits - whole;
    }
    let text = format!("{value:.*}", f.post);
    finish(&mut f, &text)
}

fn roman(number: i64) -> String {
    const DIGITS: [(i64, &str); 13] = [
        (1_000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    if !(1..=3_999).contains(&number) {
        return "#".repeat(15);
    }
    let mut rest = number;
    let mut out = String::new();
    for (value, digit) in DIGITS {
        while rest >= value {
            out.push_str(digit);
            rest -= value;
        }
    }
    out
}

/// The state of printing a number.
struct Printer<'n> {
    digits: &'n [u8],
    at: usize,
    current: usize,
    spaces: usize,
    sign: char,
    sign_written: bool,
    inside: bool,
    /// The last digit after the point that is no trailing zero, or the point.
    last_relevant: Option<usize>,
    count: usize,
    zero_start: usize,
    /// Where the text ends, if the template asked for more than there is.
    end: Option<usize>,
    out: String,
}

fn print(f: &mut Format, digits: &str, spaces: usize, sign: char) -> String {
    let bytes = digits.as_bytes();
    let mut p = Printer {
        digits: bytes,
        at: 0,
        current: 0,
        spaces,
        sign,
        sign_written: false,
        inside: false,
        last_relevant: None,
        count: 0,
        end: None,
        zero_start: f.zero_start.saturating_sub(1),
        out: String::new(),
    };
    if f.roman {
        f.lsign = LocaleSign::None;
        f.post = 0;
        f.pre = 0;
    } else if f.plus || f.minus {
        p.sign_written = !f.plus || f.minus;
    } else {
        if sign != '-' && f.fill_mode {
            f.bracket = false;
        }
        p.sign_written = sign == '+' && f.fill_mode && !f.locale_sign;
        if f.lsign == LocaleSign::Before && f.pre == f.pre_lsign {
            f.lsign = LocaleSign::After;
        }
    }
    p.count = (f.post + f.pre).saturating_sub(1);
    if f.fill_mode && f.decimal {
        p.last_relevant = bytes
            .iter()
            .position(|b| *b == b'.')
            .map(|point| bytes.iter().rposition(|b| *b != b'0').filter(|i| *i > point).unwrap_or(point));
        if let Some(last) = p.last_relevant
            && f.zero_end > spaces
        {
            let zero = (f.zero_end - spaces).min(bytes.len().saturating_sub(1));
            p.last_relevant = Some(last.max(zero));
        }
    }
    if !p.sign_written && spaces == 0 {
        p.count += 1;
    }
    for part in f.parts.clone() {
        let name = match part {
            Part::Field { name, .. } => name,
            Part::Space => {
                p.out.push(' ');
                continue;
            }
            Part::Separator(c) | Part::Text(c) => {
                p.out.push(c);
                continue;
            }
        };
        match name {
            "9" | "0" | "." | "D" | "d" if !f.roman => digit(&mut p, f, name == "0"),
            "," | "G" | "g" if p.inside => p.out.push(','),
            "," | "G" | "g" if !f.fill_mode => p.out.push(' '),
            "L" | "l" => p.out.push(' '),
            "RN" | "rn" => {
                let text = if name == "rn" { digits.to_lowercase() } else { digits.to_owned() };
                p.out.push_str(&if f.fill_mode { text } else { format!("{text:>15}") });
            }
            "TH" | "th" if !f.roman && !digits.starts_with('#') && sign != '-' && !f.decimal => {
                p.out.push_str(template::ordinal(digits, name == "TH"));
            }
            "MI" | "mi" if sign == '-' => p.out.push('-'),
            "PL" | "pl" if sign == '+' => p.out.push('+'),
            "MI" | "mi" | "PL" | "pl" if !f.fill_mode => p.out.push(' '),
            "SG" | "sg" => p.out.push(sign),
            _ => {}
        }
    }
    p.out.truncate(p.end.unwrap_or(p.out.len()));
    p.out
}

fn digit(p: &mut Printer<'_>, f: &Format, is_zero: bool) {
    p.inside = false;
    let byte = |i: usize| p.digits.get(i).copied();
    let point_is_last = p.last_relevant.is_some_and(|l| byte(l) == Some(b'.'));
    let before_point = !f.zero && p.at == 0 && byte(0) == Some(b'0') && f.post != 0;
    if !p.sign_written
        && (p.current >= p.spaces || (f.zero && p.zero_start == p.current))
        && (!before_point || point_is_last)
    {
        if f.locale_sign {
            if f.lsign == LocaleSign::Before {
                p.out.push(p.sign);
                p.sign_written = true;
            }
        } else if f.bracket {
            p.out.push(if p.sign == '+' { ' ' } else { '<' });
            p.sign_written = true;
        } else {
            if p.sign == '-' {
                p.out.push('-');
            } else if !f.fill_mode {
                p.out.push(' ');
            }
            p.sign_written = true;
        }
    }
    if p.current < p.spaces && (p.zero_start > p.current || !f.zero) {
        if !f.fill_mode {
            p.out.push(' ');
        }
    } else if f.zero && p.current < p.spaces && p.zero_start <= p.current {
        p.out.push('0');
        p.inside = true;
    } else {
        match byte(p.at) {
            Some(b'.') => {
                if !point_is_last || f.fill_mode {
                    p.out.push('.');
                }
            }
            other => {
                if p.last_relevant.is_some_and(|l| p.at > l) && !is_zero {
                    // A trailing zero that FM leaves out.
                } else if before_point {
                    if !f.fill_mode {
                        p.out.push(' ');
                    } else if point_is_last {
                        p.out.push('0');
                    }
                } else {
                    match other {
                        Some(d) => p.out.push(char::from(d)),
                        // PostgreSQL writes the end of the text there.
                        None => p.end = p.end.or(Some(p.out.len())),
                    }
                    p.inside = true;
                }
            }
        }
        if p.at < p.digits.len() {
            p.at += 1;
        }
    }
    let mut end = p.count + usize::from(p.spaces > 0) + usize::from(f.decimal);
    if p.last_relevant == Some(p.at) {
        end = p.current;
    }
    if p.current + 1 == end {
        if p.sign_written && f.bracket {
            p.out.push(if p.sign == '+' { ' ' } else { '>' });
        } else if f.locale_sign && f.lsign == LocaleSign::After {
            p.out.push(p.sign);
        }
    }
    p.current += 1;
}

/// `to_number(text, template)`.
pub fn to_number(text: &str, mask: &str) -> PgResult<Option<String>> {
    if mask.is_empty() {
        return Ok(None);
    }
    let f = prepare(mask)?;
    if f.roman {
        return Err(PgError::new("\"RN\" not supported for input"));
    }
    if f.scientific {
        return Err(PgError::new("\"EEEE\" not supported for input"));
    }
    let mut r = Scanner {
        chars: text.chars().collect(),
        at: 0,
        sign: ' ',
        digits: String::new(),
        pre: 0,
        post: 0,
        point: false,
    };
    for part in &f.parts {
        if r.at >= r.chars.len() {
            break;
        }
        let Part::Field { name, .. } = part else {
            r.at += 1;
            continue;
        };
        match *name {
            "9" | "0" | "." | "D" | "d" => {
                r.part(&f, matches!(*name, "9" | "0"));
                r.at += 1;
            }
            "," | "G" | "g" if !(r.pre + r.post == 0 && f.fill_mode) && r.peek() == Some(',') => r.at += 1,
            "L" | "l" => r.eat(1),
            "TH" | "th" => r.eat(2),
            "MI" | "mi" | "PL" | "pl" | "SG" | "sg" => {
                let wanted: &[char] = match name.to_ascii_uppercase().as_str() {
                    "MI" => &['-'],
                    "PL" => &['+'],
                    _ => &['-', '+'],
                };
                match r.peek() {
                    Some(c) if wanted.contains(&c) => {
                        r.sign = c;
                        r.at += 1;
                    }
                    _ => r.eat(1),
                }
            }
            _ => {}
        }
    }
    let digits = r.digits.strip_suffix('.').unwrap_or(&r.digits);
    let number = format!("{}{digits}", r.sign);
    let value = number::canonical(&number).map_err(|_| PgError::invalid("numeric", &number))?;
    let size = |n: usize| i64::try_from(n).unwrap_or(0);
    number_math::fit(&value, size(f.pre + f.multiplier + f.post), size(f.post))?;
    if !f.multi {
        return Ok(Some(value));
    }
    let factor = number_math::power("10", &format!("-{}", f.multiplier))?;
    number::arithmetic("*", &value, &factor).map(Some)
}

struct Scanner {
    chars: Vec<char>,
    at: usize,
    sign: char,
    digits: String,
    pre: usize,
    post: usize,
    point: bool,
}

impl Scanner {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    /// Passes over characters that are no part of a number.
    fn eat(&mut self, most: usize) {
        for _ in 0..most {
            match self.peek() {
                Some(c) if !"0123456789.,+-".contains(c) => self.at += 1,
                _ => break,
            }
        }
    }

    fn part(&mut self, f: &Format, is_digit: bool) {
        if self.peek() == Some(' ') {
            self.at += 1;
        }
        if self.sign == ' ' && is_digit && self.pre + self.post == 0 {
            let locale = f.locale_sign && f.lsign == LocaleSign::Before;
            match self.peek() {
                Some(c @ ('-' | '+')) if locale || !f.locale_sign || f.lsign != LocaleSign::Before => {
                    self.sign = c;
                    self.at += 1;
                }
                Some('<') if f.bracket => {
                    self.sign = '-';
                    self.at += 1;
                }
                _ => {}
            }
        }
        let mut read = false;
        match self.peek() {
            None => return,
            Some(c) if c.is_ascii_digit() => {
                if self.point && self.post == f.post {
                    return;
                }
                self.digits.push(c);
                if self.point {
                    self.post += 1;
                } else {
                    self.pre += 1;
                }
                read = true;
            }
            Some('.') if f.decimal && !self.point => {
                self.digits.push('.');
                self.point = true;
                read = true;
            }
            _ => {}
        }
        if self.sign == ' ' && self.pre + self.post > 0 {
            let next = self.chars.get(self.at + 1).copied();
            if f.locale_sign && read && next.is_some_and(|c| !c.is_ascii_digit()) {
                if let Some(c @ ('-' | '+')) = next {
                    self.sign = c;
                    self.at += 1;
                }
            } else if !read
                && !f.locale_sign
                && !f.plus
                && !f.minus
                && let Some(c @ ('-' | '+')) = self.peek()
            {
                self.sign = c;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (value, mask, expected) in [
            ("42", "fm00000", "00042"),
            ("123456", "fm00000", "#####"),
            ("1234.5", "FM9,999.00", "1,234.50"),
            ("-1", "999", "  -1"),
            ("0.1", "9.9", "  .1"),
            ("0", "FM9.9", "0."),
            ("-12", "999PR", " <12>"),
            ("485", "L999", "  485"),
            ("482", "999th", " 482nd"),
            ("12", "99V999", " 12000"),
            ("0.0004859", "9.99EEEE", " 4.86e-04"),
            ("485", "RN", "        CDLXXXV"),
            ("-485", "999S", "485-"),
            ("485", "SG999", "+485"),
            ("148.5", "FM999.990", "148.500"),
        ] {
            assert_eq!(numeric(value, mask).unwrap(), expected, "{value} {mask}");
        }
        assert_eq!(to_number("12,454.8-", "99G999D9S").unwrap().unwrap(), "-12454.8");
    }
}
