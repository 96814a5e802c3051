//! Parses SQL text into the parser's tree, one query and nothing else.

use crate::model::diagnostic::Diagnostic;
use crate::model::source::SqlText;
use crate::sql::dialect::Postgres;
use crate::sql::{foreign, tokens};
use sqlparser::ast::{Query, Statement};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Span, Token, Tokenizer};
use std::ops::Range;

/// How deep expressions may nest.
const DEPTH: usize = 120;

/// How many operators a query may have.
const OPERATORS: usize = 20_000;

/// Parses one query.
///
/// # Errors
///
/// A syntax error, a second statement, or a statement that is not a query, with its place.
pub fn parse(sql: &SqlText) -> Result<Query, Box<Diagnostic>> {
    let fail = |message: String, range: Option<Range<usize>>| {
        Box::new(place(Diagnostic::error(message).code("syntax"), sql, range))
    };
    let tokens = Tokenizer::new(&Postgres, &sql.text)
        .with_unescape(true)
        .tokenize_with_location()
        .map_err(|e| fail(format!("syntax error: {}", e.message), Some(at(&sql.text, e.location))))?;
    let tokens = tokens::rewrite(&tokens).map_err(|(message, span)| fail(message, range(&sql.text, span)))?;
    let hint = "only queries can be run: the data is never changed";
    let mut significant = tokens.iter().filter(|t| !matches!(t.token, Token::Whitespace(_) | Token::EOF));
    if let Some(first) = significant.next()
        && let Token::Word(word) = &first.token
        && STATEMENTS.iter().any(|s| word.quote_style.is_none() && word.value.eq_ignore_ascii_case(s))
    {
        let place = range(&sql.text, first.span);
        return Err(Box::new(fail(format!("{} is not a query", word.value.to_uppercase()), place).help(hint)));
    }
    let mut rest = significant.skip_while(|t| t.token != Token::SemiColon);
    let second = rest.find(|t| t.token != Token::SemiColon).and_then(|t| range(&sql.text, t.span));
    let operators = tokens.iter().filter(|t| is_operator(&t.token)).count();
    if operators > OPERATORS {
        return Err(fail(format!("the query has more than {OPERATORS} operators"), None));
    }
    if let Some((message, span)) = foreign::in_tokens(&tokens) {
        return Err(fail(message, range(&sql.text, span)));
    }
    let mut parser = Parser::new(&Postgres).with_recursion_limit(DEPTH).with_tokens_with_locations(tokens);
    let mut statements = parser.parse_statements().map_err(|e| {
        let (message, location) = match e {
            ParserError::TokenizerError(m) | ParserError::ParserError(m) => split_location(&m),
            ParserError::RecursionLimitExceeded => {
                return fail(format!("the query nests deeper than {DEPTH} levels"), None);
            }
        };
        let place = location.map(|l| at(&sql.text, l));
        // The parser says `Expected: a, found: b`.
        match message.strip_prefix("Expected: ").and_then(|m| m.rsplit_once(", found: ")) {
            Some((expected, "EOF")) => {
                let end = sql.text.trim_end().len();
                let place = place.or(Some(end.saturating_sub(1)..end));
                Box::new(fail("syntax error at end of input".to_owned(), place).help(format!("expected {expected}")))
            }
            Some((expected, found)) => {
                if let Some(construct) = unread(&sql.text, location.map(|l| offset(&sql.text, l))) {
                    let message = format!("{construct} is not supported on the inventory");
                    return Box::new(
                        self::place(Diagnostic::error(message).code("unsupported-sql"), sql, place).help(WAY_OUT),
                    );
                }
                let message = format!("syntax error at or near \"{found}\"");
                Box::new(fail(message, place).help(format!("expected {expected}")))
            }
            None => fail(format!("syntax error: {message}"), place),
        }
    })?;
    match (statements.pop(), statements.is_empty()) {
        (Some(Statement::Query(query)), true) => match foreign::in_query(&query) {
            Some((message, span)) => Err(fail(message, range(&sql.text, span))),
            None => Ok(*query),
        },
        (Some(_), true) => {
            let word = sql.text.split_whitespace().next().unwrap_or_default().to_uppercase();
            Err(Box::new(fail(format!("{word} is not a query"), None).help(hint)))
        }
        (Some(_), false) => Err(fail("cannot run more than one statement".to_owned(), second)),
        (None, _) => Err(fail("the query is empty".to_owned(), None)),
    }
}

/// What to do about SQL that PostgreSQL has and the inventory has not.
pub const WAY_OUT: &str = "run the query on a PostgreSQL or Steampipe database: --database postgres://...";

/// Constructs of PostgreSQL that the parser does not read: how the text goes on where it stops, the words before it.
const UNREAD: [(&str, &str, &str); 10] = [
    ("exclude", "", "EXCLUDE in a window frame"),
    ("from", "rows", "ROWS FROM"),
    ("search", "", "SEARCH"),
    ("cycle", "", "CYCLE"),
    ("distinct", "by", "GROUP BY DISTINCT"),
    ("rollup", "by distinct", "GROUP BY DISTINCT"),
    ("array", "variadic", "VARIADIC"),
    ("(", "fetch first", "a computed number in FETCH ... WITH TIES"),
    ("(", "fetch next", "a computed number in FETCH ... WITH TIES"),
    (".", ")", "selecting a field of a value"),
];

/// Returns the construct that a text goes on with where the parser stopped.
fn unread(text: &str, at: Option<usize>) -> Option<&'static str> {
    let (before, rest) = text.split_at_checked(at?)?;
    let words = |t: &str| t.split_whitespace().map(str::to_ascii_lowercase).collect::<Vec<_>>();
    let before = words(before.get(before.len().saturating_sub(60)..).unwrap_or_default()).join(" ");
    let rest = rest.get(..rest.len().min(20)).unwrap_or(rest).to_ascii_lowercase();
    UNREAD
        .iter()
        .find(|(word, left, _)| {
            let goes_on = rest.strip_prefix(word);
            let whole = |r: &str| {
                !word.ends_with(|c: char| c.is_alphabetic())
                    || !r.starts_with(|c: char| c.is_alphanumeric() || c == '_')
            };
            goes_on.is_some_and(whole) && before.ends_with(left)
        })
        .map(|(.., construct)| *construct)
}

/// Words that begin statements which are no queries.
const STATEMENTS: [&str; 47] = [
    "abort",
    "alter",
    "analyze",
    "begin",
    "call",
    "checkpoint",
    "close",
    "cluster",
    "comment",
    "commit",
    "copy",
    "create",
    "deallocate",
    "declare",
    "delete",
    "discard",
    "do",
    "drop",
    "end",
    "execute",
    "explain",
    "fetch",
    "grant",
    "import",
    "insert",
    "listen",
    "load",
    "lock",
    "merge",
    "move",
    "notify",
    "prepare",
    "reassign",
    "refresh",
    "reindex",
    "release",
    "reset",
    "revoke",
    "rollback",
    "savepoint",
    "security",
    "set",
    "show",
    "start",
    "truncate",
    "update",
    "vacuum",
];

/// Whether a token may join what is before and behind it: a chain of operators nests as deeply as it is long.
fn is_operator(token: &Token) -> bool {
    match token {
        Token::Word(word) => matches!(
            word.keyword,
            Keyword::AND
                | Keyword::OR
                | Keyword::NOT
                | Keyword::IS
                | Keyword::IN
                | Keyword::LIKE
                | Keyword::ILIKE
                | Keyword::BETWEEN
                | Keyword::COLLATE
                | Keyword::UNION
                | Keyword::INTERSECT
                | Keyword::EXCEPT
                | Keyword::JOIN
        ),
        Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::EscapedStringLiteral(_)
        | Token::DollarQuotedString(_)
        | Token::Placeholder(_)
        | Token::Comma
        | Token::LParen
        | Token::RParen
        | Token::Period
        | Token::SemiColon
        | Token::Whitespace(_)
        | Token::EOF => false,
        _ => true,
    }
}

/// Takes ` at Line: 3, Column: 7` off the end of a parser's message.
fn split_location(message: &str) -> (String, Option<Location>) {
    let Some((text, place)) = message.rsplit_once(" at Line: ") else { return (message.to_owned(), None) };
    let mut numbers = place.split(", Column: ").map(|n| n.trim().parse::<u64>().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(line), Some(column)) => (text.to_owned(), Some(Location { line, column })),
        _ => (message.to_owned(), None),
    }
}

fn at(text: &str, location: Location) -> Range<usize> {
    let start = offset(text, location);
    let word = text
        .get(start..)
        .unwrap_or_default()
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .map(char::len_utf8)
        .sum::<usize>();
    start..start + if word == 0 { letter(text, start) } else { word }
}

/// Returns the bytes of the character at a place; one at the end of the text.
fn letter(text: &str, start: usize) -> usize {
    text.get(start..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
}

/// Returns the byte offset of a place.
pub fn offset(text: &str, location: Location) -> usize {
    let line = usize::try_from(location.line).unwrap_or(1).max(1);
    let column = usize::try_from(location.column).unwrap_or(1).max(1);
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    start + rest.chars().take(column - 1).map(char::len_utf8).sum::<usize>()
}

/// Returns the bytes that a span covers; none for an empty span.
pub fn range(text: &str, span: Span) -> Option<Range<usize>> {
    if span.start.line == 0 {
        return None;
    }
    let start = offset(text, span.start);
    let end = offset(text, span.end);
    Some(start..if end > start { end } else { start + letter(text, start) })
}

/// Puts a place in the SQL text onto a diagnostic: in the file the text was written in, or in the text itself.
pub fn place(diagnostic: Diagnostic, sql: &SqlText, range: Option<Range<usize>>) -> Diagnostic {
    let range = range.unwrap_or(0..letter(&sql.text, 0).min(sql.text.len()));
    match sql.locate(range.clone()) {
        Some(span) => diagnostic.at_span(span, ""),
        None => {
            let file = crate::model::source::SourceFile {
                path: std::path::PathBuf::new(),
                display_path: "query".to_owned(),
                text: sql.text.clone(),
            };
            diagnostic.at(&std::sync::Arc::new(file), range, "")
        }
    }
}
