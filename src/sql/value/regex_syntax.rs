//! From PostgreSQL's regular expressions to the syntax of Rust's engines.
//!
//! Classes such as `\w` and matching without case know ASCII only, as in the C locale that Steampipe uses.

use crate::sql::error::{PgError, PgResult};
use std::iter::Peekable;
use std::str::Chars;

/// A pattern for the engines.
#[derive(Debug)]
pub(super) struct Translated {
    /// Its text.
    pub text: String,
    /// Whether it needs look-around or back-references.
    pub fancy: bool,
    /// Whether the longest, the shortest or just any match is wanted.
    pub preference: Preference,
}

/// Which of several matches from the same place counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Preference {
    /// There is only one.
    Any,
    /// The longest: PostgreSQL's rule.
    Longest,
    /// The shortest: the first quantifier is not greedy.
    Shortest,
}

#[derive(Debug, Clone, Copy, Default)]
struct Options {
    insensitive: bool,
    /// `.` and `[^...]` stop at line ends.
    dots_stop: bool,
    /// `^` and `$` stand at line ends.
    anchors_at_lines: bool,
    expanded: bool,
    literal: bool,
}

impl Options {
    fn set(&mut self, flags: &str) -> PgResult<()> {
        for flag in flags.chars() {
            match flag {
                'g' | 'e' => {}
                'b' => return Err(PgError::new("basic regular expressions are not supported")),
                'c' => self.insensitive = false,
                'i' => self.insensitive = true,
                'm' | 'n' => (self.dots_stop, self.anchors_at_lines) = (true, true),
                'p' => (self.dots_stop, self.anchors_at_lines) = (true, false),
                'w' => (self.dots_stop, self.anchors_at_lines) = (false, true),
                's' => (self.dots_stop, self.anchors_at_lines) = (false, false),
                'q' => self.literal = true,
                't' => self.expanded = false,
                'x' => self.expanded = true,
                other => return Err(PgError::new(format!("invalid regular expression option: \"{other}\""))),
            }
        }
        Ok(())
    }
}

fn invalid(why: &str) -> PgError {
    PgError::new(format!("invalid regular expression: {why}"))
}

/// Translates a pattern with flags.
pub(super) fn translate(pattern: &str, flags: &str) -> PgResult<Translated> {
    let mut options = Options::default();
    options.set(flags)?;
    let mut pattern = pattern;
    if let Some(rest) = pattern.strip_prefix("***=") {
        options.literal = true;
        pattern = rest;
    } else if let Some(rest) = pattern.strip_prefix("***:") {
        pattern = rest;
    }
    if !options.literal
        && let Some((letters, rest)) = pattern.strip_prefix("(?").and_then(|rest| rest.split_once(')'))
        && !letters.is_empty()
        && letters.bytes().all(|b| b.is_ascii_lowercase())
    {
        options.set(letters).map_err(|_| invalid("invalid embedded option"))?;
        pattern = rest;
    }
    if options.literal {
        let escaped: String = pattern.chars().map(|c| letter(c, options.insensitive, true)).collect();
        return Ok(Translated { text: escaped, fancy: false, preference: Preference::Any });
    }
    let mut translator = Translator {
        chars: pattern.chars().peekable(),
        options,
        out: String::with_capacity(pattern.len() + 16),
        fancy: false,
        groups: vec![Group::default()],
        operand: false,
        quantified: false,
        quantifiers: 0,
        alternation: false,
        first: None,
    };
    translator.run()?;
    let preference = match (translator.first, translator.alternation || translator.quantifiers > 1) {
        (Some(false), _) => Preference::Shortest,
        (_, true) => Preference::Longest,
        _ => Preference::Any,
    };
    let modes = match (options.dots_stop, options.anchors_at_lines) {
        (false, false) => "(?s)",
        (false, true) => "(?sm)",
        (true, true) => "(?m)",
        (true, false) => "",
    };
    Ok(Translated { text: format!("{modes}{}", translator.out), fancy: translator.fancy, preference })
}

/// A character that stands for itself.
fn letter(c: char, insensitive: bool, plain: bool) -> String {
    if insensitive && c.is_ascii_alphabetic() {
        return format!("[{}{}]", c.to_ascii_lowercase(), c.to_ascii_uppercase());
    }
    if plain { ::regex::escape(&c.to_string()) } else { c.to_string() }
}

#[derive(Debug, Default)]
struct Group {
    /// The greediness of its first quantifier.
    first: Option<bool>,
    alternation: bool,
}

struct Translator<'p> {
    chars: Peekable<Chars<'p>>,
    options: Options,
    out: String,
    fancy: bool,
    groups: Vec<Group>,
    /// Whether something stands before that a quantifier may apply to.
    operand: bool,
    /// Whether a quantifier stands before.
    quantified: bool,
    quantifiers: usize,
    alternation: bool,
    /// The greediness of the whole.
    first: Option<bool>,
}

impl Translator<'_> {
    fn atom(&mut self, text: &str) {
        self.out.push_str(text);
        self.operand = true;
        self.quantified = false;
    }

    fn constraint(&mut self, text: &str) {
        self.out.push_str(text);
        self.operand = false;
        self.quantified = false;
    }

    fn run(&mut self) -> PgResult<()> {
        while let Some(c) = self.chars.next() {
            match c {
                '[' => self.class()?,
                '\\' => self.escape()?,
                '(' => self.open()?,
                ')' => {
                    if self.groups.len() < 2 {
                        return Err(invalid("parentheses () not balanced"));
                    }
                    self.close();
                    self.atom(")");
                }
                '|' => {
                    self.alternation = true;
                    if let Some(group) = self.groups.last_mut() {
                        group.alternation = true;
                    }
                    self.constraint("|");
                }
                '*' | '+' | '?' => self.quantifier(c.to_string())?,
                '{' if matches!(self.chars.peek(), Some(d) if d.is_ascii_digit()) => {
                    let mut bound = String::from("{");
                    loop {
                        match self.chars.next() {
                            Some('}') => break,
                            Some(d) if d.is_ascii_digit() || d == ',' => bound.push(d),
                            _ => return Err(invalid("invalid repetition count(s)")),
                        }
                    }
                    let counts: Vec<u32> = bound.split([',', '{']).filter_map(|n| n.parse().ok()).collect();
                    if counts.iter().any(|n| *n > 255) || matches!(counts.as_slice(), [low, high] if low > high) {
                        return Err(invalid("invalid repetition count(s)"));
                    }
                    bound.push('}');
                    self.quantifier(bound)?;
                }
                // A brace that starts no bound is a plain character.
                '{' => self.atom("\\{"),
                '}' => self.atom("\\}"),
                ']' => self.atom("\\]"),
                '^' => self.constraint("^"),
                // Rust's `$` without lines is the very end, as here.
                '$' => self.constraint("$"),
                '.' => self.atom("."),
                '#' if self.options.expanded => while self.chars.next().is_some_and(|c| c != '\n') {},
                c if self.options.expanded && c.is_ascii_whitespace() => {}
                c => {
                    let text = letter(c, self.options.insensitive, false);
                    let text = if matches!(c, '&' | '~' | '-') { format!("\\{c}") } else { text };
                    self.atom(&text);
                }
            }
        }
        if self.groups.len() > 1 {
            return Err(invalid("parentheses () not balanced"));
        }
        if let Some(group) = self.groups.pop() {
            self.first = if group.alternation { Some(true) } else { group.first };
        }
        Ok(())
    }

    fn open(&mut self) -> PgResult<()> {
        self.groups.push(Group::default());
        let mut opening = String::from("(");
        if self.chars.next_if_eq(&'?').is_some() {
            opening.push('?');
            match self.chars.next() {
                Some('#') => {
                    // A comment.
                    self.groups.pop();
                    while self.chars.next().is_some_and(|c| c != ')') {}
                    return Ok(());
                }
                Some(':') => opening.push(':'),
                Some(c @ ('=' | '!')) => {
                    self.fancy = true;
                    opening.push(c);
                }
                Some('<') => {
                    self.fancy = true;
                    opening.push('<');
                    match self.chars.next() {
                        Some(c @ ('=' | '!')) => opening.push(c),
                        _ => return Err(invalid("quantifier operand invalid")),
                    }
                }
                _ => return Err(invalid("quantifier operand invalid")),
            }
        }
        self.constraint(&opening);
        Ok(())
    }

    fn close(&mut self) {
        let Some(group) = self.groups.pop() else { return };
        let greedy = if group.alternation { Some(true) } else { group.first };
        if let Some(outer) = self.groups.last_mut() {
            outer.first = outer.first.or(greedy);
        }
    }

    fn quantifier(&mut self, mut text: String) -> PgResult<()> {
        if !self.operand || self.quantified {
            return Err(invalid("quantifier operand invalid"));
        }
        let lazy = self.chars.next_if_eq(&'?').is_some();
        let fixed = text.starts_with('{') && !text.contains(',');
        if let Some(group) = self.groups.last_mut()
            && !fixed
        {
            group.first = group.first.or(Some(!lazy));
        }
        if lazy && !fixed {
            text.push('?');
        }
        self.quantifiers += 1;
        self.out.push_str(&text);
        self.quantified = true;
        Ok(())
    }

    fn escape(&mut self) -> PgResult<()> {
        let Some(c) = self.chars.next() else { return Err(invalid("invalid escape \\ sequence")) };
        match c {
            'm' => self.constraint(r"(?-u:\b{start})"),
            'M' => self.constraint(r"(?-u:\b{end})"),
            'y' => self.constraint(r"(?-u:\b)"),
            'Y' => self.constraint(r"\B"),
            'A' => self.constraint(r"\A"),
            'Z' => self.constraint(r"\z"),
            '1'..='9' => {
                self.fancy = true;
                let mut number = String::from(c);
                while let Some(d) = self.chars.next_if(char::is_ascii_digit) {
                    number.push(d);
                }
                self.atom(&format!("(?:\\{number})"));
            }
            _ => {
                let text = match shorthand(c) {
                    Some((inner, false)) => format!("[{inner}]"),
                    Some((inner, true)) => format!("[^{inner}]"),
                    None => {
                        let c = self.character(c)?;
                        letter(c, self.options.insensitive, true)
                    }
                };
                self.atom(&text);
            }
        }
        Ok(())
    }

    /// The character that an escape stands for.
    fn character(&mut self, c: char) -> PgResult<char> {
        let wrong = || invalid("invalid escape \\ sequence");
        Ok(match c {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'B' => '\\',
            'e' => '\u{1b}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '0' => '\0',
            'u' | 'U' | 'x' => {
                let width = match c {
                    'u' => 4,
                    'U' => 8,
                    _ => 255,
                };
                let mut digits = String::new();
                while digits.len() < width
                    && let Some(d) = self.chars.next_if(char::is_ascii_hexdigit)
                {
                    digits.push(d);
                }
                if digits.is_empty() || (c != 'x' && digits.len() < width) {
                    return Err(wrong());
                }
                u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).ok_or_else(wrong)?
            }
            'c' => {
                let next = self.chars.next().ok_or_else(wrong)?;
                char::from_u32(u32::from(next) & 31).ok_or_else(wrong)?
            }
            c if c.is_ascii_alphanumeric() => return Err(wrong()),
            c => c,
        })
    }

    fn class(&mut self) -> PgResult<()> {
        let unbalanced = || invalid("brackets [] not balanced");
        let negated = self.chars.next_if_eq(&'^').is_some();
        let mut body = String::new();
        // The last single character, which may begin a range.
        let mut last: Option<char> = None;
        let mut start = true;
        loop {
            let c = self.chars.next().ok_or_else(unbalanced)?;
            let single = match c {
                ']' if !start => break,
                '[' if matches!(self.chars.peek(), Some(':' | '.' | '=')) => {
                    let mark = self.chars.next().unwrap_or(':');
                    let mut name = String::new();
                    loop {
                        let inner = self.chars.next().ok_or_else(unbalanced)?;
                        if inner == mark && self.chars.next_if_eq(&']').is_some() {
                            break;
                        }
                        name.push(inner);
                    }
                    if mark == ':' {
                        if body.is_empty()
                            && matches!(name.as_str(), "<" | ">")
                            && self.chars.next_if_eq(&']').is_some()
                        {
                            self.constraint(if name == "<" { r"(?-u:\b{start})" } else { r"(?-u:\b{end})" });
                            return Ok(());
                        }
                        body.push_str(&named_class(&name, self.options.insensitive)?);
                        None
                    } else {
                        let mut chars = name.chars();
                        match (chars.next(), chars.next()) {
                            (Some(c), None) => Some(c),
                            _ => return Err(invalid("invalid collating element")),
                        }
                    }
                }
                '\\' => {
                    let c = self.chars.next().ok_or_else(unbalanced)?;
                    match shorthand(c) {
                        Some((inner, false)) => {
                            body.push_str(inner);
                            None
                        }
                        Some((inner, true)) => {
                            body.push_str(&format!("[^{inner}]"));
                            None
                        }
                        None => Some(self.character(c)?),
                    }
                }
                c => Some(c),
            };
            start = false;
            let Some(from) = single else {
                last = None;
                continue;
            };
            let is_range = from == '-' && last.is_some() && !matches!(self.chars.peek(), Some(']') | None);
            if !is_range {
                push_range(&mut body, from, from, self.options.insensitive);
                last = Some(from);
                continue;
            }
            let mut to = self.chars.next().ok_or_else(unbalanced)?;
            if to == '\\' {
                let escaped = self.chars.next().ok_or_else(unbalanced)?;
                to = self.character(escaped)?;
            }
            let from = last.take().unwrap_or(to);
            if from > to {
                return Err(invalid("invalid character range"));
            }
            push_range(&mut body, from, to, self.options.insensitive);
        }
        if negated && self.options.dots_stop {
            body.push_str("\\n");
        }
        let text = format!("[{}{body}]", if negated { "^" } else { "" });
        self.atom(&text);
        Ok(())
    }
}

/// What `\w` and its relatives hold, and whether the rest is meant.
fn shorthand(c: char) -> Option<(&'static str, bool)> {
    Some(match c {
        'd' => ("0-9", false),
        'D' => ("0-9", true),
        'w' => ("0-9A-Za-z_", false),
        'W' => ("0-9A-Za-z_", true),
        's' => (r" \t\n\x0b\x0c\r", false),
        'S' => (r" \t\n\x0b\x0c\r", true),
        _ => return None,
    })
}

fn named_class(name: &str, insensitive: bool) -> PgResult<String> {
    let name = if insensitive && matches!(name, "upper" | "lower") { "alpha" } else { name };
    match name {
        "alnum" | "alpha" | "blank" | "cntrl" | "digit" | "graph" | "lower" | "print" | "punct" | "space" | "upper"
        | "xdigit" | "word" => Ok(format!("[:{name}:]")),
        _ => Err(invalid("invalid character class")),
    }
}

fn push_range(body: &mut String, from: char, to: char, insensitive: bool) {
    let mut push = |a: char, b: char| {
        body.push_str(&format!("\\x{{{:x}}}", u32::from(a)));
        if a != b {
            body.push_str(&format!("-\\x{{{:x}}}", u32::from(b)));
        }
    };
    push(from, to);
    if insensitive {
        let both = |range: std::ops::RangeInclusive<char>, swap: fn(char) -> char| {
            let (low, high) = (from.max(*range.start()), to.min(*range.end()));
            (low <= high).then(|| (swap(low), swap(high)))
        };
        for (a, b) in [both('a'..='z', |c| c.to_ascii_uppercase()), both('A'..='Z', |c| c.to_ascii_lowercase())]
            .into_iter()
            .flatten()
        {
            push(a, b);
        }
    }
}
