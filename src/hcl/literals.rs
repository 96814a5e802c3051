//! The literal text of a template, exactly as HCL reads it, with the place of every character.
//!
//! HCL cuts a heredoc into one token per line before it strips and dedents, across interpolations and directives alike.
//! The parser's own text has lost that, so the text is taken from the source file again: strip markers first, then the
//! indentation of `<<-`, then the escapes `$${` and `%%{`.

use super::syntax::{Directive, Element, Strip, Template};
use std::ops::Range;

/// A run of literal text.
#[derive(Debug, Clone)]
pub(super) enum Run {
    /// Bytes of the file as they stand there.
    Source(Range<usize>),
    /// An escape sequence and what it means.
    Escape(Range<usize>, String),
}

/// The runs of each literal of a template, by the place where the literal begins.
#[derive(Debug, Default)]
pub(super) struct Literals {
    runs: Vec<(usize, Vec<Run>)>,
}

enum Token {
    Literal { key: usize, runs: Vec<Run> },
    Marker { before: bool, after: bool },
}

impl Literals {
    /// Reads the literals of a heredoc; `dedent` for `<<-`.
    pub fn heredoc(template: &Template, source: &str, dedent: bool) -> Self {
        let mut tokens = Vec::new();
        collect(template, source, true, &mut tokens);
        strip(&mut tokens, source);
        if dedent {
            take_indent(&mut tokens, source);
        }
        Self::of(tokens)
    }

    /// Reads the literals of a quoted template.
    pub fn quoted(template: &Template, source: &str) -> Self {
        let mut tokens = Vec::new();
        collect(template, source, false, &mut tokens);
        strip(&mut tokens, source);
        Self::of(tokens)
    }

    fn of(tokens: Vec<Token>) -> Self {
        let mut all: Vec<(usize, Vec<Run>)> = Vec::new();
        for token in tokens {
            if let Token::Literal { key, runs } = token {
                match all.last_mut() {
                    Some((last, previous)) if *last == key => previous.extend(runs),
                    _ => all.push((key, runs)),
                }
            }
        }
        Self { runs: all }
    }

    /// Returns the runs of the literal that begins at a byte of the file.
    pub fn at(&self, key: usize) -> &[Run] {
        self.runs.binary_search_by_key(&key, |(k, _)| *k).ok().and_then(|i| self.runs.get(i)).map_or(&[], |(_, r)| r)
    }
}

/// Returns the runs of a quoted string's inner text.
pub(super) fn quoted_runs(source: &str, range: Range<usize>) -> Vec<Run> {
    runs(source, range, true)
}

fn marks(strip: Strip) -> (bool, bool) {
    match strip {
        Strip::None => (false, false),
        Strip::Start => (true, false),
        Strip::End => (false, true),
        Strip::Both => (true, true),
    }
}

/// Lists literals and markers in the order of the text.
fn collect(template: &Template, source: &str, by_line: bool, out: &mut Vec<Token>) {
    let marker = |strip: Strip| {
        let (before, after) = marks(strip);
        Token::Marker { before, after }
    };
    for element in &template.elements {
        match element {
            Element::Literal(literal) => {
                let range = literal.range();
                let key = range.start;
                if !by_line {
                    out.push(Token::Literal { key, runs: runs(source, range, true) });
                    continue;
                }
                let mut start = range.start;
                for line in source.get(range).unwrap_or_default().split_inclusive('\n') {
                    let end = start + line.len();
                    out.push(Token::Literal { key, runs: runs(source, start..end, false) });
                    start = end;
                }
            }
            Element::Interpolation { strip, .. } => out.push(marker(*strip)),
            Element::Directive { directive, .. } => match &**directive {
                Directive::If { yes, strip, no, end, .. } => {
                    out.push(marker(*strip));
                    collect(yes, source, by_line, out);
                    if let Some((no, strip)) = no {
                        out.push(marker(*strip));
                        collect(no, source, by_line, out);
                    }
                    out.push(marker(*end));
                }
                Directive::For { template, strip, end, .. } => {
                    out.push(marker(*strip));
                    collect(template, source, by_line, out);
                    out.push(marker(*end));
                }
            },
        }
    }
}

/// Cuts text at its escapes. Backslashes mean something in quoted text only.
fn runs(source: &str, range: Range<usize>, backslashes: bool) -> Vec<Run> {
    let text = source.get(range.clone()).unwrap_or_default();
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let (mut i, mut start) = (0, 0);
    while i < bytes.len() {
        let rest = bytes.get(i..).unwrap_or_default();
        let (length, value) = match rest {
            [b'$', b'$', b'{', ..] => (3, "${".to_owned()),
            [b'%', b'%', b'{', ..] => (3, "%{".to_owned()),
            [b'\\', c, ..] if backslashes => match c {
                b'n' => (2, "\n".to_owned()),
                b'r' => (2, "\r".to_owned()),
                b't' => (2, "\t".to_owned()),
                b'u' | b'U' => {
                    let digits = if *c == b'u' { 4 } else { 8 };
                    let code = text.get(i + 2..i + 2 + digits).and_then(|h| u32::from_str_radix(h, 16).ok());
                    (2 + digits, code.and_then(char::from_u32).map(String::from).unwrap_or_default())
                }
                other => (2, char::from(*other).to_string()),
            },
            _ => {
                i += 1;
                continue;
            }
        };
        if start < i {
            out.push(Run::Source(range.start + start..range.start + i));
        }
        let end = (i + length).min(bytes.len());
        out.push(Run::Escape(range.start + i..range.start + end, value));
        i = end;
        start = i;
    }
    if start < bytes.len() {
        out.push(Run::Source(range.start + start..range.end));
    }
    out
}

/// Lets `~` take the blanks beside it, within the neighbouring token.
fn strip(tokens: &mut [Token], source: &str) {
    for i in 0..tokens.len() {
        let (before, after) = match tokens.get(i) {
            Some(Token::Marker { before, after }) => (*before, *after),
            _ => continue,
        };
        if before && let Some(Token::Literal { runs, .. }) = i.checked_sub(1).and_then(|p| tokens.get_mut(p)) {
            while let Some(last) = runs.pop() {
                match last {
                    Run::Source(range) => {
                        let kept = source.get(range.clone()).unwrap_or_default().trim_end().len();
                        if kept > 0 {
                            runs.push(Run::Source(range.start..range.start + kept));
                            break;
                        }
                    }
                    Run::Escape(_, ref value) if value.trim().is_empty() => {}
                    other => {
                        runs.push(other);
                        break;
                    }
                }
            }
        }
        if after && let Some(Token::Literal { runs, .. }) = tokens.get_mut(i + 1) {
            let blank = runs
                .iter()
                .take_while(|r| match r {
                    Run::Source(range) => source.get(range.clone()).unwrap_or_default().trim().is_empty(),
                    Run::Escape(_, value) => value.trim().is_empty(),
                })
                .count();
            runs.drain(..blank);
            if let Some(Run::Source(range)) = runs.first_mut() {
                let text = source.get(range.clone()).unwrap_or_default();
                range.start += text.len() - text.trim_start().len();
            }
        }
    }
}

/// Removes the smallest indentation of all lines from each of them.
fn take_indent(tokens: &mut [Token], source: &str) {
    let text = |runs: &[Run]| match runs.first() {
        Some(Run::Source(range)) => source.get(range.clone()).unwrap_or_default(),
        _ => "",
    };
    let ends_line = |runs: &[Run]| match runs.last() {
        Some(Run::Source(range)) => source.get(range.clone()).unwrap_or_default().ends_with('\n'),
        _ => false,
    };
    let mut smallest = usize::MAX;
    let mut indented = Vec::new();
    let mut at_start = true;
    for (i, token) in tokens.iter().enumerate() {
        match token {
            Token::Literal { runs, .. } => {
                if at_start {
                    let first = text(runs);
                    let blanks = first.len() - first.trim_start().len();
                    // A line of nothing but blanks neither counts nor changes.
                    let is_blank = runs.len() == 1 && blanks == first.len() && first.ends_with('\n');
                    if !is_blank {
                        smallest = smallest.min(first.get(..blanks).unwrap_or_default().chars().count());
                        indented.push(i);
                    }
                }
                at_start = ends_line(runs);
            }
            // What is inserted at the start of a line has no indentation to take.
            Token::Marker { .. } => {
                if at_start {
                    smallest = 0;
                }
                at_start = false;
            }
        }
    }
    for i in indented {
        if let Some(Token::Literal { runs, .. }) = tokens.get_mut(i)
            && let Some(Run::Source(range)) = runs.first_mut()
        {
            let text = source.get(range.clone()).unwrap_or_default();
            range.start += text.char_indices().nth(smallest).map_or(text.len(), |(at, _)| at);
        }
    }
}
