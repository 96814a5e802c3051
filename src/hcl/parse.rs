//! Files become blocks.

use super::quotes;
use crate::model::diagnostic::Diagnostic;
use crate::model::source::SourceFile;
use hcl_edit::parser;
use hcl_edit::structure::{Block, Body, Structure};
use hcl_edit::{Ident, Span as _};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The blocks of one file, and what is wrong beside them.
pub(super) struct Parsed {
    pub blocks: Vec<Block>,
    pub errors: Vec<Diagnostic>,
}

/// Parses files on all cores, the largest first, so that all cores end together.
///
/// # Errors
///
/// One syntax error of each file that has one.
pub(super) fn parse_all(sources: &[Arc<SourceFile>]) -> Result<Vec<Parsed>, Vec<Diagnostic>> {
    let mut order: Vec<usize> = (0..sources.len()).collect();
    order.sort_by_key(|i| Reverse(sources.get(*i).map_or(0, |file| file.text.len())));
    let next = AtomicUsize::new(0);
    let work = || -> Vec<(usize, Result<Parsed, Diagnostic>)> {
        let taken = std::iter::from_fn(|| order.get(next.fetch_add(1, Ordering::Relaxed)).copied());
        taken.filter_map(|i| sources.get(i).map(|file| (i, parse_file(file)))).collect()
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8).min(sources.len());
    let mut parsed: Vec<(usize, Result<Parsed, Diagnostic>)> = std::thread::scope(|scope| {
        // The parser bounds nesting; the stack holds what it allows, in unoptimised builds too.
        let start = |_| std::thread::Builder::new().stack_size(32 << 20).spawn_scoped(scope, work);
        let workers: Vec<_> = (0..threads).map(start).collect();
        workers.into_iter().flat_map(|w| w.ok().and_then(|w| w.join().ok()).unwrap_or_default()).collect()
    });
    parsed.sort_by_key(|(i, _)| *i);
    let mut files = Vec::with_capacity(parsed.len());
    let mut errors = Vec::new();
    for (_, result) in parsed {
        match result {
            Ok(file) => files.push(file),
            Err(e) => errors.push(e),
        }
    }
    if errors.is_empty() && files.len() != sources.len() {
        errors.push(Diagnostic::error("internal: a parser thread ended early").code("syntax"));
    }
    if errors.is_empty() { Ok(files) } else { Err(errors) }
}

fn parse_file(file: &Arc<SourceFile>) -> Result<Parsed, Diagnostic> {
    let body = parse_body(file)?;
    let mut parsed = Parsed { blocks: Vec::new(), errors: Vec::new() };
    for structure in body {
        match structure {
            Structure::Block(block) => parsed.blocks.push(block),
            Structure::Attribute(a) => parsed.errors.push(
                Diagnostic::error(format!(
                    "unsupported argument: an argument named \"{}\" is not expected here",
                    a.key.as_str()
                ))
                .code("unknown-attribute")
                .at(file, a.key.span().unwrap_or(0..1), ""),
            ),
        }
    }
    Ok(parsed)
}

/// Parses one file.
pub(super) fn parse_body(file: &Arc<SourceFile>) -> Result<Body, Diagnostic> {
    let text = without_empty_heredocs(&file.text);
    parser::parse_body(&text).map_err(|e| syntax_error(file, &e))
}

fn syntax_error(file: &Arc<SourceFile>, error: &parser::Error) -> Diagnostic {
    let text = &file.text;
    if let Some(quoted) = quotes::unclosed(text).filter(|q| q.start <= error.location().offset()) {
        return Diagnostic::error("syntax error: the text that begins here has no closing quote on its line")
            .code("syntax")
            .at(file, quoted, "")
            .help("close the quote, or write a text of several lines as a heredoc (<<-EOT ... EOT)");
    }
    let mut at = error.location().offset().min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let found = text.get(at..).and_then(|t| t.chars().next());
    let end = at + found.map_or(0, |c| if c == '\n' { 0 } else { c.len_utf8() });
    let d = Diagnostic::error(format!("syntax error: {}", error.message())).code("syntax").at(file, at..end, "");
    let line_start = text.get(..at).and_then(|t| t.rfind('\n')).map_or(0, |i| i + 1);
    let line = text.get(line_start..).and_then(|t| t.lines().next()).unwrap_or_default();
    match found {
        None => d.help("the file ends here: a brace, a quote or a heredoc's end marker is missing"),
        Some('\'') => d.help("text stands in double quotes"),
        _ if error.message().contains("heredoc end delimiter") => {
            d.help("the heredoc that ends here has no line with its end marker alone")
        }
        _ if line.trim_start().starts_with("}") && line.trim().len() > 1 => {
            d.help("write each block's end on a line of its own")
        }
        _ => d,
    }
}

/// Writes empty heredocs (`<<X` with its end marker on the next line) as empty strings of the same length.
///
/// The parser misses the end marker of such a heredoc and swallows what follows. Every byte offset stays what it was.
fn without_empty_heredocs(text: &str) -> Cow<'_, str> {
    let mut out: Option<Vec<u8>> = None;
    for (at, _) in text.match_indices("<<") {
        let rest = text.get(at + 2..).unwrap_or_default();
        let word = rest.strip_prefix('-').unwrap_or(rest);
        let length = word.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(word.len());
        let (marker, after) = word.split_at(length);
        if marker.is_empty() || Ident::try_new(marker).is_err() {
            continue;
        }
        let after = after.strip_prefix('\r').unwrap_or(after);
        let Some(next) = after.strip_prefix('\n') else { continue };
        let line = next.split('\n').next().unwrap_or_default();
        if line.trim() != marker {
            continue;
        }
        let end = text.len() - next.len() + line.trim_end().len();
        let bytes = out.get_or_insert_with(|| text.as_bytes().to_vec());
        if let Some(slot) = bytes.get_mut(at..end) {
            slot.fill(b' ');
            for b in slot.iter_mut().take(2) {
                *b = b'"';
            }
        }
    }
    out.and_then(|b| String::from_utf8(b).ok()).map_or(Cow::Borrowed(text), Cow::Owned)
}
