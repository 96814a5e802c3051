//! `LIKE`, `ILIKE` and `SIMILAR TO`.

use crate::sql::error::{PgError, PgResult};

/// Whether text matches a pattern: `%` any run, `_` one character, backslash escapes.
pub fn like(text: &str, pattern: &str, escape: Option<char>) -> PgResult<bool> {
    if let Some(found) = simple(text, pattern, escape) {
        return Ok(found);
    }
    matches(&text.chars().collect::<Vec<_>>(), &tokens(pattern, escape)?)
}

/// The same without regard to the case of ASCII letters.
pub fn ilike(text: &str, pattern: &str, escape: Option<char>) -> PgResult<bool> {
    like(&text.to_ascii_lowercase(), &pattern.to_ascii_lowercase(), escape.map(|c| c.to_ascii_lowercase()))
}

/// Patterns of the form `text`, `text%`, `%text`, `%text%`, which need no machine.
fn simple(text: &str, pattern: &str, escape: Option<char>) -> Option<bool> {
    let inner = pattern.strip_prefix('%').unwrap_or(pattern);
    let core = inner.strip_suffix('%').unwrap_or(inner);
    if core.contains(['%', '_']) || escape.is_some_and(|e| core.contains(e)) || pattern == "%" {
        return (pattern == "%").then_some(true);
    }
    let (open_start, open_end) = (inner.len() < pattern.len(), core.len() < inner.len());
    Some(match (open_start, open_end) {
        (false, false) => text == core,
        (false, true) => text.starts_with(core),
        (true, false) => text.ends_with(core),
        (true, true) => memchr::memmem::find(text.as_bytes(), core.as_bytes()).is_some(),
    })
}

enum Token {
    Any,
    One,
    Char(char),
}

fn tokens(pattern: &str, escape: Option<char>) -> PgResult<Vec<Token>> {
    let mut out = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if Some(c) == escape {
            let next = chars.next().ok_or_else(|| PgError::new("LIKE pattern must not end with escape character"))?;
            out.push(Token::Char(next));
        } else {
            match c {
                '%' => {
                    if !matches!(out.last(), Some(Token::Any)) {
                        out.push(Token::Any);
                    }
                }
                '_' => out.push(Token::One),
                c => out.push(Token::Char(c)),
            }
        }
    }
    Ok(out)
}

/// Greedy matching with one point to fall back to: linear for each `%`.
fn matches(text: &[char], pattern: &[Token]) -> PgResult<bool> {
    let (mut t, mut p) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(p), text.get(t)) {
            (Some(Token::Any), _) => {
                back = Some((p + 1, t));
                p += 1;
            }
            (Some(Token::One), Some(_)) => {
                p += 1;
                t += 1;
            }
            (Some(Token::Char(c)), Some(x)) if c == x => {
                p += 1;
                t += 1;
            }
            (None, None) => return Ok(true),
            _ => match back {
                Some((after, start)) if start < text.len() => {
                    back = Some((after, start + 1));
                    p = after;
                    t = start + 1;
                }
                _ => return Ok(false),
            },
        }
    }
}

/// Turns a `SIMILAR TO` pattern into a regular expression for the whole text.
pub fn similar_to_regex(pattern: &str, escape: Option<char>) -> PgResult<String> {
    let mut out = String::from("^(?:");
    let mut chars = pattern.chars();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        if Some(c) == escape {
            match chars.next() {
                Some(next) => {
                    if !next.is_alphanumeric() {
                        out.push('\\');
                    }
                    out.push(next);
                }
                None => return Err(PgError::new("invalid escape string")),
            }
            continue;
        }
        match c {
            '[' => {
                in_class = true;
                out.push('[');
            }
            ']' => {
                in_class = false;
                out.push(']');
            }
            _ if in_class => {
                if c == '\\' {
                    out.push('\\');
                }
                out.push(c);
            }
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            '(' => out.push_str("(?:"),
            '.' | '^' | '$' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.push_str(")$");
    Ok(out)
}

/// `substring(text similar pattern escape e)`: the pattern has three parts, separated by the escape and a quote; what
/// the middle one matches is the result.
pub fn similar_substring(text: &str, pattern: &str, escape: &str) -> PgResult<Option<String>> {
    let escape_char = escape.chars().next();
    if escape.chars().count() > 1 {
        return Err(PgError::new("invalid escape string"));
    }
    let parts: Vec<&str> = match escape_char {
        Some(e) => pattern.split(&format!("{e}\"")).collect(),
        None => vec![pattern],
    };
    let (before, middle, after) = match parts.as_slice() {
        [all] => ("", *all, ""),
        [before, middle] => (*before, *middle, ""),
        [before, middle, after] => (*before, *middle, *after),
        _ => {
            return Err(PgError::new(
                "SQL regular expression may not contain more than two escape-double-quote separators",
            ));
        }
    };
    let whole = |part: &str| super::regex::compile(&similar_to_regex(part, escape_char)?, "");
    let (before, middle, after) = (whole(before)?, whole(middle)?, whole(after)?);
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    if places.len() > 5_000 {
        return Err(PgError::new("the text is too long for substring with SIMILAR"));
    }
    let cut = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    // The first part takes as little, the middle one as much as it can.
    for start in &places {
        if !before.is_match(cut(0, *start))? {
            continue;
        }
        for end in places.iter().rev().take_while(|end| *end >= start) {
            if middle.is_match(cut(*start, *end))? && after.is_match(cut(*end, text.len()))? {
                return Ok(Some(cut(*start, *end).to_owned()));
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (text, pattern, expected) in [
            ("abc", "a%", true),
            ("abc", "%b%", true),
            ("abc", "a_c", true),
            ("a\nc", "a%c", true),
            ("ABC", "abc", false),
            ("a%c", "a\\%c", true),
            ("abc", "a\\%c", false),
            ("aXbXc", "a%X%c", true),
            ("", "%", true),
            ("é", "_", true),
            ("%", "%", true),
        ] {
            assert_eq!(like(text, pattern, Some('\\')).unwrap(), expected, "{text} like {pattern}");
        }
        assert!(like("a_", "_x\\", Some('\\')).is_err());
    }
}
