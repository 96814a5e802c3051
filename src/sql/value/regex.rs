//! PostgreSQL's regular expressions on Rust's engines.
//!
//! `regex` answers what it can, in linear time; look-around and back-references go to `fancy-regex` with a bound on
//! backtracking. Where several matches begin at the same place PostgreSQL takes the longest (or the shortest), Rust's
//! engines the first: a simulation of the automaton finds PostgreSQL's. Compiled patterns are kept for each thread.

use crate::sql::error::{PgError, PgResult};
use crate::sql::value::regex_syntax::{self, Preference};
use regex_automata::nfa::thompson;
use regex_automata::nfa::thompson::pikevm::{self, PikeVM};
use regex_automata::{Anchored, Input, MatchKind};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

const BACKTRACK_LIMIT: usize = 1_000_000;
const SIZE_LIMIT: usize = 8 << 20;
const CACHE: usize = 256;

/// A compiled pattern.
pub struct Pattern {
    engine: Engine,
    /// Finds the end that PostgreSQL prefers.
    exact: Option<Exact>,
}

enum Engine {
    /// Linear time.
    Plain(regex::Regex),
    /// With look-around or back-references.
    Fancy(fancy_regex::Regex),
}

struct Exact {
    machine: PikeVM,
    cache: RefCell<pikevm::Cache>,
    shortest: bool,
}

thread_local! {
    static PATTERNS: RefCell<HashMap<(String, String), Rc<Pattern>>> = RefCell::new(HashMap::new());
}

/// Compiles a pattern with PostgreSQL's flags (`i` without case, `n` lines, `x` expanded, `q` literal ...).
pub fn compile(pattern: &str, flags: &str) -> PgResult<Rc<Pattern>> {
    let key = (pattern.to_owned(), flags.to_owned());
    if let Some(found) = PATTERNS.with_borrow(|p| p.get(&key).cloned()) {
        return Ok(found);
    }
    let compiled = Rc::new(build(pattern, flags)?);
    PATTERNS.with_borrow_mut(|patterns| {
        if patterns.len() >= CACHE {
            patterns.clear();
        }
        patterns.insert(key, Rc::clone(&compiled));
    });
    Ok(compiled)
}

fn build(pattern: &str, flags: &str) -> PgResult<Pattern> {
    let translated = regex_syntax::translate(pattern, flags)?;
    let fail = |e: &dyn std::fmt::Display| PgError::new(format!("invalid regular expression: {e}"));
    if translated.fancy {
        let engine = fancy_regex::RegexBuilder::new(&translated.text)
            .backtrack_limit(BACKTRACK_LIMIT)
            .build()
            .map_err(|e| fail(&e))?;
        return Ok(Pattern { engine: Engine::Fancy(engine), exact: None });
    }
    let engine =
        regex::RegexBuilder::new(&translated.text).size_limit(SIZE_LIMIT).build().map_err(|e| fail(&last_line(&e)))?;
    let exact = if translated.preference == Preference::Any {
        None
    } else {
        let machine = PikeVM::builder()
            .configure(PikeVM::config().match_kind(MatchKind::All))
            .thompson(thompson::Config::new().nfa_size_limit(Some(SIZE_LIMIT)))
            .build(&translated.text)
            .map_err(|e| fail(&e))?;
        let cache = RefCell::new(machine.create_cache());
        Some(Exact { machine, cache, shortest: translated.preference == Preference::Shortest })
    };
    Ok(Pattern { engine: Engine::Plain(engine), exact })
}

fn last_line(error: &regex::Error) -> String {
    error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// The places of a match's groups, in bytes; none for a group that took no part.
type Groups = Vec<Option<(usize, usize)>>;

impl Pattern {
    /// Whether the pattern is found in the text.
    pub fn is_match(&self, text: &str) -> PgResult<bool> {
        match &self.engine {
            Engine::Plain(r) => Ok(r.is_match(text)),
            Engine::Fancy(r) => r.is_match(text).map_err(|_| too_complex()),
        }
    }

    /// Returns the groups of the first match from a place on. Group 0 is the whole match.
    fn first(&self, text: &str, from: usize) -> PgResult<Option<Groups>> {
        match (&self.engine, &self.exact) {
            (Engine::Plain(r), Some(exact)) => Ok(r.find_at(text, from).map(|found| exact.groups(text, found.start()))),
            (Engine::Plain(r), None) => {
                Ok(r.captures_at(text, from).map(|c| c.iter().map(|g| g.map(|m| (m.start(), m.end()))).collect()))
            }
            (Engine::Fancy(r), _) => Ok(r
                .captures_from_pos(text, from)
                .map_err(|_| too_complex())?
                .map(|c| c.iter().map(|g| g.map(|m| (m.start(), m.end()))).collect())),
        }
    }

    /// Returns the groups of the matches from a place on: the first only, or all.
    fn captures(&self, text: &str, from: usize, all: bool) -> PgResult<Vec<Groups>> {
        let mut found = Vec::new();
        let mut at = from;
        while at <= text.len() {
            let Some(groups) = self.first(text, at)? else { break };
            let Some((start, end)) = groups.first().copied().flatten() else { break };
            found.push(groups);
            if !all {
                break;
            }
            at = if start == end { next_character(text, end) } else { end };
        }
        Ok(found)
    }
}

impl Exact {
    fn groups(&self, text: &str, start: usize) -> Groups {
        let mut captures = self.machine.create_captures();
        let input = Input::new(text).span(start..text.len()).anchored(Anchored::Yes).earliest(self.shortest);
        self.machine.search(&mut self.cache.borrow_mut(), &input, &mut captures);
        (0..captures.group_len()).map(|i| captures.get_group(i).map(|s| (s.start, s.end))).collect()
    }
}

fn next_character(text: &str, at: usize) -> usize {
    at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
}

fn too_complex() -> PgError {
    PgError::new("regular expression is too complex")
}

/// Returns the groups of the matches from a character on, counted from 1.
pub fn find(text: &str, pattern: &str, flags: &str, start: usize, all: bool) -> PgResult<Vec<Groups>> {
    let pattern = compile(pattern, flags)?;
    match text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(start - 1) {
        Some(from) => pattern.captures(text, from, all),
        None => Ok(Vec::new()),
    }
}

/// `substring(text from pattern)`: the first group, or the whole match.
pub fn substring(text: &str, pattern: &str) -> PgResult<Option<String>> {
    let Some(groups) = compile(pattern, "")?.first(text, 0)? else { return Ok(None) };
    let range = if groups.len() > 1 { groups.get(1).copied().flatten() } else { groups.first().copied().flatten() };
    Ok(range.and_then(|(a, b)| text.get(a..b)).map(str::to_owned))
}

/// The groups of each match as texts, for `regexp_match(es)`: the groups, or the whole match when there are none.
pub fn matches(text: &str, pattern: &str, flags: &str) -> PgResult<Vec<Vec<Option<String>>>> {
    let found = compile(pattern, flags)?.captures(text, 0, flags.contains('g'))?;
    let cut = |range: Option<(usize, usize)>| range.and_then(|(a, b)| text.get(a..b)).map(str::to_owned);
    // Group 0, the whole match, counts only when there are no others.
    Ok(found
        .into_iter()
        .map(|groups| groups.iter().skip(usize::from(groups.len() > 1)).copied().map(cut).collect())
        .collect())
}

/// `regexp_replace` of the `nth` match from a character on, all with 0: `\1` and `\&` in the replacement stand for
/// groups.
pub fn replace(
    text: &str,
    pattern: &str,
    replacement: &str,
    flags: &str,
    start: usize,
    nth: usize,
) -> PgResult<String> {
    let found = find(text, pattern, flags, start, nth != 1)?;
    let mut out = String::with_capacity(text.len());
    let mut last = 0;
    for (i, groups) in found.into_iter().enumerate() {
        let Some(Some((start, end))) = groups.first().copied() else { continue };
        if nth != 0 && i + 1 != nth {
            continue;
        }
        out.push_str(text.get(last..start).unwrap_or_default());
        if out.len() > super::text::MAX_LENGTH {
            return Err(PgError::new("requested length too large"));
        }
        let mut chars = replacement.chars().peekable();
        while let Some(c) = chars.next() {
            if c != '\\' {
                out.push(c);
                continue;
            }
            match chars.peek().copied() {
                Some('&') => out.push_str(text.get(start..end).unwrap_or_default()),
                Some(d @ '1'..='9') => {
                    let group = groups.get(d.to_digit(10).unwrap_or(0) as usize).copied().flatten();
                    out.push_str(group.and_then(|(a, b)| text.get(a..b)).unwrap_or_default());
                }
                Some('\\') => out.push('\\'),
                // Any other backslash stays.
                _ => {
                    out.push('\\');
                    continue;
                }
            }
            chars.next();
        }
        last = end;
    }
    out.push_str(text.get(last..).unwrap_or_default());
    Ok(out)
}

/// `regexp_split_to_array`.
pub fn split(text: &str, pattern: &str, flags: &str) -> PgResult<Vec<String>> {
    let found = compile(pattern, flags)?.captures(text, 0, true)?;
    let mut out = Vec::new();
    let mut last = 0;
    for groups in found {
        let Some(Some((start, end))) = groups.first().copied() else { continue };
        // An empty match at the start, at the end or right after the last one splits nothing off.
        if start >= text.len() || end <= last {
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
            ("é", r"^\w$", false),
            ("Hello", "(?i)hELLO", true),
            ("É", "(?i)é", false),
            ("a{,2}", "^a{,2}$", true),
        ] {
            assert_eq!(compile(pattern, "").unwrap().is_match(text).unwrap(), expected, "{text:?} ~ {pattern}");
        }
        for bad in ["(", "[a", "*a", "a**", "a{2,1}", r"\q", ")"] {
            assert!(compile(bad, "").is_err(), "{bad}");
        }
        assert_eq!(replace("abcabc", "b(c)", r"<\1\&>", "g", 1, 0).unwrap(), "a<cbc>a<cbc>");
        assert_eq!(split("a, b,c", r",\s*", "").unwrap(), ["a", "b", "c"]);
    }

    #[test]
    fn the_longest_match_counts() {
        for (text, pattern, expected) in
            [("abcd", "(?:a|ab)(?:c|bcd)?", "abcd"), ("ab", "a?(?:ab)?", "ab"), ("aabbb", ".*?b+", "aab")]
        {
            assert_eq!(substring(text, pattern).unwrap().as_deref(), Some(expected), "{pattern}");
        }
    }
}
