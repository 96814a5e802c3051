//! PostgreSQL's regular expressions on Rust's engines.
//!
//! `regex` answers what it can, in linear time; look-around and back-references go to `fancy-regex` with a bound on
//! backtracking. Compiled patterns are kept for each thread.

use crate::sql::error::{PgError, PgResult};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

const BACKTRACK_LIMIT: usize = 1_000_000;
const SIZE_LIMIT: usize = 8 << 20;
const CACHE: usize = 256;

/// A compiled pattern.
pub enum Pattern {
    /// Linear time.
    Plain(regex::Regex),
    /// With look-around or back-references.
    Fancy(fancy_regex::Regex),
}

thread_local! {
    static PATTERNS: RefCell<HashMap<(String, String), Rc<Pattern>>> = RefCell::new(HashMap::new());
}

/// Compiles a pattern with PostgreSQL's flags (`i` without case, `n`/`m` lines, `s`, `x`, `g` ignored).
pub fn compile(pattern: &str, flags: &str) -> PgResult<Rc<Pattern>> {
    let key = (pattern.to_owned(), flags.to_owned());
    if let Some(found) = PATTERNS.with_borrow(|p| p.get(&key).cloned()) {
        return Ok(found);
    }
    let mut modes = String::from("s");
    for flag in flags.chars() {
        match flag {
            'g' | 'c' | 's' => {}
            'i' => modes.push('i'),
            'n' | 'm' => {
                modes.retain(|c| c != 's');
                modes.push('m');
            }
            'x' => modes.push('x'),
            other => return Err(PgError::new(format!("invalid regular expression option: \"{other}\""))),
        }
    }
    let translated = format!("(?{modes}){}", translate(pattern));
    let fail = |e: &dyn std::fmt::Display| PgError::new(format!("invalid regular expression: {e}"));
    let needs_fancy = ["(?=", "(?!", "(?<"].iter().any(|p| pattern.contains(p)) || has_back_reference(pattern);
    let compiled = if needs_fancy {
        Pattern::Fancy(
            fancy_regex::RegexBuilder::new(&translated)
                .backtrack_limit(BACKTRACK_LIMIT)
                .build()
                .map_err(|e| fail(&e))?,
        )
    } else {
        Pattern::Plain(
            regex::RegexBuilder::new(&translated).size_limit(SIZE_LIMIT).build().map_err(|e| fail(&first_line(&e)))?,
        )
    };
    let compiled = Rc::new(compiled);
    PATTERNS.with_borrow_mut(|patterns| {
        if patterns.len() >= CACHE {
            patterns.clear();
        }
        patterns.insert(key, Rc::clone(&compiled));
    });
    Ok(compiled)
}

fn first_line(error: &regex::Error) -> String {
    error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

fn has_back_reference(pattern: &str) -> bool {
    let mut escaped = false;
    pattern.chars().any(|c| {
        let found = escaped && c.is_ascii_digit() && c != '0';
        escaped = !escaped && c == '\\';
        found
    })
}

/// Rewrites what the engines read differently: `\m \M \y` word boundaries, and inside brackets `[`, `&&`, `--`, `~~`.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut chars = pattern.chars().peekable();
    let mut depth = 0;
    let mut at_class_start = false;
    while let Some(c) = chars.next() {
        if depth > 0 {
            match c {
                '[' if matches!(chars.peek(), Some(':')) => {
                    out.push('[');
                    for inner in chars.by_ref() {
                        out.push(inner);
                        if inner == ']' {
                            break;
                        }
                    }
                }
                '^' if at_class_start => {
                    out.push('^');
                    continue;
                }
                ']' if !at_class_start => {
                    depth = 0;
                    out.push(']');
                }
                ']' | '[' | '&' | '~' => {
                    out.push('\\');
                    out.push(c);
                }
                '-' if matches!(chars.peek(), Some('-')) => out.push_str("\\-"),
                '\\' => {
                    out.push('\\');
                    if let Some(next) = chars.next() {
                        out.push(next);
                    }
                }
                c => out.push(c),
            }
            at_class_start = false;
            continue;
        }
        match c {
            '[' => {
                depth = 1;
                at_class_start = true;
                out.push('[');
            }
            '\\' => match chars.next() {
                Some('m') => out.push_str(r"\b{start}"),
                Some('M') => out.push_str(r"\b{end}"),
                Some('y') => out.push_str(r"\b"),
                Some('Y') => out.push_str(r"\B"),
                Some('Z') => out.push_str(r"\z"),
                Some(
                    next @ ('<' | '>' | '/' | '"' | '\'' | ' ' | ',' | ':' | ';' | '=' | '@' | '%' | '!' | '`' | '_'
                    | '&' | '#' | '~' | '-'),
                ) => {
                    out.push_str(&::regex::escape(&next.to_string()));
                }
                Some(next) => {
                    out.push('\\');
                    out.push(next);
                }
                None => out.push_str("\\\\"),
            },
            // A brace that starts no bound is a plain character.
            '{' if !matches!(chars.peek(), Some(d) if d.is_ascii_digit()) => out.push_str("\\{"),
            c => out.push(c),
        }
    }
    out
}

/// The places of a match's groups, in bytes; none for a group that took no part.
type Groups = Vec<Option<(usize, usize)>>;

impl Pattern {
    /// Whether the pattern is found in the text.
    pub fn is_match(&self, text: &str) -> PgResult<bool> {
        match self {
            Self::Plain(r) => Ok(r.is_match(text)),
            Self::Fancy(r) => r.is_match(text).map_err(|_| too_complex()),
        }
    }

    /// Returns the groups of the matches: the first only, or all. Group 0 is the whole match.
    pub fn captures(&self, text: &str, all: bool) -> PgResult<Vec<Groups>> {
        let limit = if all { usize::MAX } else { 1 };
        match self {
            Self::Plain(r) => Ok(r
                .captures_iter(text)
                .take(limit)
                .map(|c| c.iter().map(|g| g.map(|m| (m.start(), m.end()))).collect())
                .collect()),
            Self::Fancy(r) => r
                .captures_iter(text)
                .take(limit)
                .map(|c| {
                    c.map(|c| c.iter().map(|g| g.map(|m| (m.start(), m.end()))).collect()).map_err(|_| too_complex())
                })
                .collect(),
        }
    }
}

fn too_complex() -> PgError {
    PgError::new("regular expression is too complex")
}

/// `substring(text from pattern)`: the first group, or the whole match.
pub fn substring(text: &str, pattern: &str) -> PgResult<Option<String>> {
    let found = compile(pattern, "")?.captures(text, false)?;
    let Some(groups) = found.into_iter().next() else { return Ok(None) };
    let range = if groups.len() > 1 { groups.get(1).copied().flatten() } else { groups.first().copied().flatten() };
    Ok(range.and_then(|(a, b)| text.get(a..b)).map(str::to_owned))
}

/// The groups of each match as texts, for `regexp_match(es)`: the groups, or the whole match when there are none.
pub fn matches(text: &str, pattern: &str, flags: &str) -> PgResult<Vec<Vec<Option<String>>>> {
    let found = compile(pattern, flags)?.captures(text, flags.contains('g'))?;
    let cut = |range: Option<(usize, usize)>| range.and_then(|(a, b)| text.get(a..b)).map(str::to_owned);
    // Group 0, the whole match, counts only when there are no others.
    Ok(found
        .into_iter()
        .map(|groups| groups.iter().skip(usize::from(groups.len() > 1)).copied().map(cut).collect())
        .collect())
}

/// `regexp_replace`: `\1` and `\&` in the replacement stand for groups.
pub fn replace(text: &str, pattern: &str, replacement: &str, flags: &str) -> PgResult<String> {
    let found = compile(pattern, flags)?.captures(text, flags.contains('g'))?;
    let mut out = String::with_capacity(text.len());
    let mut last = 0;
    for groups in found {
        let Some(Some((start, end))) = groups.first().copied() else { continue };
        out.push_str(text.get(last..start).unwrap_or_default());
        let mut chars = replacement.chars();
        while let Some(c) = chars.next() {
            if c != '\\' {
                out.push(c);
                continue;
            }
            match chars.next() {
                Some('&') => out.push_str(text.get(start..end).unwrap_or_default()),
                Some(d) if d.is_ascii_digit() => {
                    let group = groups.get(d.to_digit(10).unwrap_or(0) as usize).copied().flatten();
                    out.push_str(group.and_then(|(a, b)| text.get(a..b)).unwrap_or_default());
                }
                Some(other) => out.push(other),
                None => out.push('\\'),
            }
        }
        last = end;
    }
    out.push_str(text.get(last..).unwrap_or_default());
    Ok(out)
}

/// `regexp_split_to_array`.
pub fn split(text: &str, pattern: &str, flags: &str) -> PgResult<Vec<String>> {
    let found = compile(pattern, flags)?.captures(text, true)?;
    let mut out = Vec::new();
    let mut last = 0;
    for groups in found {
        let Some(Some((start, end))) = groups.first().copied() else { continue };
        // An empty match at the start or right after the last one splits nothing off.
        if start == end && (start == 0 || start == text.len() || start < last) {
            continue;
        }
        out.push(text.get(last..start).unwrap_or_default().to_owned());
        last = end;
    }
    out.push(text.get(last..).unwrap_or_default().to_owned());
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_to_the_engine() {
        for (text, pattern, expected) in [
            ("a\nb", "a.b", true),
            ("ab\n", "b$", false),
            ("a]b", "[]]", true),
            ("a[b", "[[]", true),
            ("x1", "^[[:alpha:]][[:digit:]]$", true),
            ("foo bar", r"\mbar\M", true),
            ("foobar", r"\mbar", false),
            ("ab", "(?=.*b)a", true),
            (r"{ $.x = 1 }", r"\s*\$\.x\s*=\s*1", true),
        ] {
            assert_eq!(compile(pattern, "").unwrap().is_match(text).unwrap(), expected, "{text:?} ~ {pattern}");
        }
        assert!(compile("(", "").is_err());
        assert_eq!(replace("abcabc", "b(c)", r"<\1\&>", "g").unwrap(), "a<cbc>a<cbc>");
        assert_eq!(split("a, b,c", r",\s*", "").unwrap(), ["a", "b", "c"]);
    }
}
