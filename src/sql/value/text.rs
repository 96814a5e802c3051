//! Functions on `text`. Letters beyond ASCII have no case, as in the C locale that Steampipe uses.

use crate::sql::error::{PgError, PgResult};

/// The longest text that a function may make.
pub const MAX_LENGTH: usize = 64 << 20;

/// `split_part(text, delimiter, n)`; negative `n` counts from the end.
pub fn split_part(text: &str, delimiter: &str, n: i64) -> PgResult<String> {
    if n == 0 {
        return Err(PgError::new("field position must not be zero"));
    }
    if delimiter.is_empty() {
        return Ok(if n == 1 || n == -1 { text.to_owned() } else { String::new() });
    }
    let index = usize::try_from(n.unsigned_abs() - 1).unwrap_or(usize::MAX);
    let part = if n > 0 { text.split(delimiter).nth(index) } else { text.rsplit(delimiter).nth(index) };
    Ok(part.unwrap_or_default().to_owned())
}

/// `initcap`: a word is a run of ASCII letters and digits.
pub fn initcap(text: &str) -> String {
    let mut in_word = false;
    text.chars()
        .map(|c| {
            let out = if in_word { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
            in_word = c.is_ascii_alphanumeric();
            out
        })
        .collect()
}

/// `left(text, n)`; negative `n` drops from the end.
pub fn left(text: &str, n: i64) -> String {
    let keep = if n >= 0 { n } else { (length(text) + n).max(0) };
    text.chars().take(usize::try_from(keep).unwrap_or(usize::MAX)).collect()
}

/// `right(text, n)`; negative `n` drops from the start.
pub fn right(text: &str, n: i64) -> String {
    let all = length(text);
    let skip = if n >= 0 { (all - n).max(0) } else { (-n).min(all) };
    text.chars().skip(usize::try_from(skip).unwrap_or(0)).collect()
}

/// `length`, in characters.
pub fn length(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap_or(i64::MAX)
}

/// `substring(text from start for count)`.
pub fn substring(text: &str, start: i64, count: Option<i64>) -> PgResult<String> {
    let end = match count {
        Some(n) if n < 0 => return Err(PgError::new("negative substring length not allowed")),
        Some(n) => start.saturating_add(n),
        None => i64::MAX,
    };
    let first = start.max(1);
    let take = end.saturating_sub(first).max(0);
    Ok(text
        .chars()
        .skip(usize::try_from(first - 1).unwrap_or(usize::MAX))
        .take(usize::try_from(take).unwrap_or(usize::MAX))
        .collect())
}

/// `overlay(text placing new from start for count)`; without a count as many characters as the new text has.
pub fn overlay(text: &str, new: &str, start: i64, count: Option<i64>) -> PgResult<String> {
    let count = count.unwrap_or_else(|| length(new));
    if start <= 0 {
        return Err(PgError::new("negative substring length not allowed"));
    }
    let rest = i32::try_from(start.saturating_add(count)).map_err(|_| PgError::new("integer out of range"))?;
    Ok(substring(text, 1, Some(start - 1))? + new + &substring(text, i64::from(rest), None)?)
}

/// `btrim`, `ltrim`, `rtrim`: the set is of characters.
pub fn trim(text: &str, set: &str, start: bool, end: bool) -> String {
    let mut text = text;
    if start {
        text = text.trim_start_matches(|c| set.contains(c));
    }
    if end {
        text = text.trim_end_matches(|c| set.contains(c));
    }
    text.to_owned()
}

/// `lpad` and `rpad`.
pub fn pad(text: &str, width: i64, fill: &str, at_start: bool) -> PgResult<String> {
    let width = usize::try_from(width.max(0)).unwrap_or(usize::MAX);
    if width > MAX_LENGTH {
        return Err(PgError::new("requested length too large"));
    }
    let have = text.chars().count();
    if have >= width {
        return Ok(text.chars().take(width).collect());
    }
    if fill.is_empty() {
        return Ok(text.to_owned());
    }
    let padding: String = fill.chars().cycle().take(width - have).collect();
    Ok(if at_start { padding + text } else { text.to_owned() + &padding })
}

/// `replace`.
pub fn replace(text: &str, from: &str, to: &str) -> PgResult<String> {
    if from.is_empty() {
        return Ok(text.to_owned());
    }
    // Only a replacement that is longer can make the text too long.
    if to.len() > from.len() {
        let more = text.matches(from).count().saturating_mul(to.len() - from.len());
        if more > 0 && text.len().saturating_add(more) > MAX_LENGTH {
            return Err(PgError::new("requested length too large"));
        }
    }
    Ok(text.replace(from, to))
}

/// `repeat`.
pub fn repeat(text: &str, times: i64) -> PgResult<String> {
    let times = usize::try_from(times.max(0)).unwrap_or(usize::MAX);
    if text.len().saturating_mul(times) > MAX_LENGTH {
        return Err(PgError::new("requested length too large"));
    }
    Ok(text.repeat(times))
}

/// `translate(text, from, to)`.
pub fn translate(text: &str, from: &str, to: &str) -> String {
    let to: Vec<char> = to.chars().collect();
    text.chars()
        .filter_map(|c| match from.chars().position(|f| f == c) {
            Some(i) => to.get(i).copied(),
            None => Some(c),
        })
        .collect()
}

/// `position(needle in text)` and `strpos`, from 1; 0 when absent.
pub fn position(text: &str, needle: &str) -> i64 {
    text.find(needle).map_or(0, |at| length(text.get(..at).unwrap_or_default()) + 1)
}

/// `quote_literal`.
pub fn quote_literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if text.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// The keywords that a name must be quoted to have: all but the unreserved ones.
const KEYWORDS: &str = "\
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean \
    both case cast char character check coalesce collate collation column concurrently constraint create \
    cross current_catalog current_date current_role current_schema current_time current_timestamp \
    current_user dec decimal default deferrable desc distinct do else end except exists extract false \
    fetch float for foreign freeze from full grant greatest group grouping having ilike in initially \
    inner inout int integer intersect interval into is isnull join lateral leading least left like limit \
    localtime localtimestamp national natural nchar none normalize not notnull null nullif numeric \
    offset on only or order out outer overlaps overlay placing position precision primary real \
    references returning right row select session_user setof similar smallint some substring symmetric \
    table tablesample then time timestamp to trailing treat trim true union unique user using values \
    varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists \
    xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable";

/// `quote_ident`.
pub fn quote_ident(text: &str) -> String {
    let plain = !KEYWORDS.split(' ').any(|word| word == text)
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

/// `format(template, ...)` with `%s`, `%I`, `%L`, `%%` and positions; NULL is `None`.
pub fn format(template: &str, args: &[Option<String>]) -> PgResult<String> {
    let mut out = String::new();
    let mut chars = template.chars().peekable();
    let mut next = 0;
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut digits = String::new();
        let mut left_align = false;
        let mut width = String::new();
        if chars.peek() == Some(&'%') {
            chars.next();
            out.push('%');
            continue;
        }
        while let Some(d) = chars.peek().copied().filter(char::is_ascii_digit) {
            digits.push(d);
            chars.next();
        }
        let mut position = None;
        if chars.peek() == Some(&'$') {
            chars.next();
            position = digits.parse::<usize>().ok();
        } else {
            width = digits;
        }
        if chars.peek() == Some(&'-') {
            chars.next();
            left_align = true;
        }
        while let Some(d) = chars.peek().copied().filter(char::is_ascii_digit) {
            width.push(d);
            chars.next();
        }
        if width.is_empty() && chars.peek() == Some(&'*') {
            chars.next();
            let value = args.get(next).ok_or_else(|| PgError::new("too few arguments for format()"))?;
            next += 1;
            let wanted = value.as_deref().map_or(Ok(0), |text| super::number::parse_int(text, 32))?;
            left_align |= wanted < 0;
            width = wanted.unsigned_abs().to_string();
        }
        let index = match position {
            Some(0) => return Err(PgError::new("format specifies argument 0, but arguments are numbered from 1")),
            Some(p) => p - 1,
            None => next,
        };
        next = index + 1;
        let kind = chars.next().ok_or_else(|| PgError::new("unterminated format() type specifier"))?;
        if !matches!(kind, 's' | 'I' | 'L') {
            return Err(PgError::new(format!("unrecognized format() type specifier \"{kind}\"")));
        }
        let value = args.get(index).ok_or_else(|| PgError::new("too few arguments for format()"))?;
        let text = match (kind, value) {
            ('s', value) => value.clone().unwrap_or_default(),
            ('L', None) => "NULL".to_owned(),
            ('L', Some(v)) => quote_literal(v),
            (_, None) => return Err(PgError::new("null values cannot be formatted as an SQL identifier")),
            (_, Some(v)) => quote_ident(v),
        };
        let wanted = match width.parse::<u32>() {
            Ok(wanted) if i32::try_from(wanted).is_ok() => wanted as usize,
            Err(_) if width.is_empty() => 0,
            _ => return Err(PgError::new("number is out of range")),
        };
        if wanted.saturating_add(out.len()) > MAX_LENGTH {
            return Err(PgError::new("requested length too large"));
        }
        let missing = wanted.saturating_sub(text.chars().count());
        let padding = " ".repeat(missing);
        out.push_str(&if left_align { text + &padding } else { padding + &text });
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces() {
        assert_eq!(split_part("a:b:c", ":", 2).unwrap(), "b");
        assert_eq!(split_part("a:b:c", ":", -1).unwrap(), "c");
        assert_eq!(split_part("a:b:c", ":", 9).unwrap(), "");
        assert!(split_part("a", ":", 0).is_err());
        assert_eq!(substring("abcdef", -1, Some(4)).unwrap(), "ab");
        assert_eq!(left("abc", -1), "ab");
        assert_eq!(right("abc", -1), "bc");
        assert_eq!(initcap("hELLO wORLD-x"), "Hello World-X");
        assert_eq!(
            format("%s-%1$s-%I-%L", &[Some("a".into()), Some("B".into()), Some("it's".into())]).unwrap_or_default(),
            "a-a-\"B\"-'it''s'"
        );
    }
}
