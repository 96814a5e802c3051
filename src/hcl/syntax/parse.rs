//! Files become blocks.

use super::condense::Condensed;
use super::lower::Lower;
use super::quotes;
use super::tree::{Block, Body, Expression, Structure};
use crate::hcl::parallel;
use crate::model::diagnostic::Diagnostic;
use crate::model::source::SourceFile;
use hcl_edit::parser;
use std::cmp::Reverse;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// The blocks of one file, and what is wrong beside them.
pub(in crate::hcl) struct Parsed {
    pub blocks: Vec<Block>,
    pub errors: Vec<Diagnostic>,
}

/// Parses files on all cores, the largest first, so that all cores end together.
///
/// # Errors
///
/// One syntax error of each file that has one.
pub(in crate::hcl) fn parse_all(sources: &[Arc<SourceFile>]) -> Result<Vec<Parsed>, Vec<Diagnostic>> {
    let mut order: Vec<(usize, &Arc<SourceFile>)> = sources.iter().enumerate().collect();
    order.sort_by_key(|(_, file)| Reverse(file.text.len()));
    let Some(mut parsed) = parallel::map(&order, |(i, file)| (*i, parse_file(file))) else {
        return Err(vec![Diagnostic::error("internal: a parser thread ended early").code("syntax")]);
    };
    parsed.sort_by_key(|(i, _)| *i);
    let mut files = Vec::with_capacity(parsed.len());
    let mut errors = Vec::new();
    for (_, result) in parsed {
        match result {
            Ok(file) => files.push(file),
            Err(e) => errors.push(e),
        }
    }
    if errors.is_empty() { Ok(files) } else { Err(errors) }
}

fn parse_file(file: &Arc<SourceFile>) -> Result<Parsed, Diagnostic> {
    let body = parse_body(file)?;
    let mut parsed = Parsed { blocks: Vec::new(), errors: Vec::new() };
    for structure in body.structures {
        match structure {
            Structure::Block(block) => parsed.blocks.push(block),
            Structure::Attribute(a) => parsed.errors.push(
                Diagnostic::error(format!(
                    "unsupported argument: an argument named \"{}\" is not expected here",
                    a.key.as_str()
                ))
                .code("unknown-attribute")
                .at(file, a.key.span(), ""),
            ),
        }
    }
    Ok(parsed)
}

/// Parses one file.
pub(in crate::hcl) fn parse_body(file: &Arc<SourceFile>) -> Result<Body, Diagnostic> {
    let text = Condensed::new(&file.text);
    match parser::parse_body(&text.text) {
        Ok(body) => match &text.unclosed {
            // The parser lets quoted text run over line ends; HCL does not.
            Some(quoted) => Err(unclosed(file, quoted.clone())),
            None => Ok(Lower { text: &text }.body(body)),
        },
        Err(e) => Err(syntax_error(file, text.original(e.location().offset()), &e)),
    }
}

/// Parses an expression that stands alone, as on the command line; with it comes the file that its places are in.
///
/// # Errors
///
/// The parser's message.
pub(in crate::hcl) fn parse_expression(text: &str) -> Result<(Expression, Arc<SourceFile>), String> {
    let text = text.trim().to_owned();
    let file = Arc::new(SourceFile { path: PathBuf::new(), display_path: "value".to_owned(), text });
    let condensed = Condensed::new(&file.text);
    let expr = parser::parse_expr(&condensed.text).map_err(|e| e.message().to_owned())?;
    let expr = Lower { text: &condensed }.expression(expr);
    Ok((expr, file))
}

fn unclosed(file: &Arc<SourceFile>, quoted: Range<usize>) -> Diagnostic {
    Diagnostic::error("syntax error: the text that begins here has no closing quote on its line")
        .code("syntax")
        .at(file, quoted, "")
        .help("close the quote, or write a text of several lines as a heredoc (<<-EOT ... EOT)")
}

fn syntax_error(file: &Arc<SourceFile>, at: usize, error: &parser::Error) -> Diagnostic {
    let text = &file.text;
    if let Some(quoted) = quotes::unclosed(text).filter(|q| q.start <= at) {
        return unclosed(file, quoted);
    }
    let mut at = at.min(text.len());
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
        _ if error.message().contains("redefined object key") => {
            d.help("of two items with one key only the last would count; leave the other one out")
        }
        _ if error.message().contains("heredoc end delimiter") => {
            d.help("the heredoc that ends here has no line with its end marker alone")
        }
        _ if line.trim_start().starts_with("}") && line.trim().len() > 1 => {
            d.help("write each block's end on a line of its own")
        }
        _ => d,
    }
}
