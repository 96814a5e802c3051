//! What PostgreSQL writes in a way that the parser does not read, put into words that it does, token by token.
//!
//! * `U&'d\0061ta'` and `U&"d!0061ta" UESCAPE '!'`: texts and names with numbered characters.
//! * `TABLE t` is `SELECT * FROM t`.
//! * `FETCH FIRST (1 + 1) ROWS ONLY`, whose number the parser wants plain, is `LIMIT (1 + 1)`.

use sqlparser::tokenizer::{Span, Token, TokenWithSpan};

/// Rewrites the tokens of a query.
///
/// # Errors
///
/// PostgreSQL's message for an escape that names no character, with its place.
pub fn rewrite(tokens: &[TokenWithSpan]) -> Result<Vec<TokenWithSpan>, (String, Span)> {
    Ok(without_computed_fetch(without_table(with_characters(tokens)?)))
}

fn is_word(token: Option<&TokenWithSpan>, words: &[&str]) -> bool {
    let Some(TokenWithSpan { token: Token::Word(word), .. }) = token else { return false };
    word.quote_style.is_none() && words.iter().any(|w| word.value.eq_ignore_ascii_case(w))
}

/// The places of the tokens that are not blank.
fn significant(tokens: &[TokenWithSpan]) -> Vec<usize> {
    let places = tokens.iter().enumerate().filter(|(_, t)| !matches!(t.token, Token::Whitespace(_)));
    places.map(|(i, _)| i).collect()
}

/// Reads `U&'...'` and `U&"..."`, each with the UESCAPE behind it.
fn with_characters(tokens: &[TokenWithSpan]) -> Result<Vec<TokenWithSpan>, (String, Span)> {
    let mut out = Vec::with_capacity(tokens.len());
    let mut rest = tokens;
    while let Some((token, after)) = rest.split_first() {
        let [and, quoted, ..] = after else {
            out.extend_from_slice(rest);
            break;
        };
        let together = token.span.end == and.span.start && and.span.end == quoted.span.start;
        if !together || and.token != Token::Ampersand || !is_word(Some(token), &["u"]) {
            out.push(token.clone());
            rest = after;
            continue;
        }
        let span = Span { start: token.span.start, end: quoted.span.end };
        let (escape, behind) = escape_character(after.get(2..).unwrap_or_default())?;
        let place = |message: &str| (message.to_owned(), span);
        let read = match &quoted.token {
            Token::SingleQuotedString(text) => Token::UnicodeStringLiteral(decode(text, escape).map_err(place)?),
            Token::Word(name) if name.quote_style == Some('"') => {
                Token::make_word(&decode(&name.value, escape).map_err(place)?, Some('"'))
            }
            _ => {
                out.push(token.clone());
                rest = after;
                continue;
            }
        };
        out.push(TokenWithSpan { token: read, span });
        rest = behind;
    }
    Ok(out)
}

/// Returns the character that `UESCAPE 'c'` names, a backslash without it, and the tokens behind it.
fn escape_character(tokens: &[TokenWithSpan]) -> Result<(char, &[TokenWithSpan]), (String, Span)> {
    let [word, text, ..] = *significant(tokens).as_slice() else { return Ok(('\\', tokens)) };
    let Some(TokenWithSpan { token: Token::SingleQuotedString(escape), span }) = tokens.get(text) else {
        return Ok(('\\', tokens));
    };
    if !is_word(tokens.get(word), &["uescape"]) {
        return Ok(('\\', tokens));
    }
    let mut characters = escape.chars();
    match (characters.next(), characters.next()) {
        (Some(c), None) if !c.is_ascii_hexdigit() && !c.is_ascii_whitespace() && !matches!(c, '+' | '\'' | '"') => {
            Ok((c, tokens.get(text + 1..).unwrap_or_default()))
        }
        _ => Err((format!("invalid Unicode escape character at or near \"'{escape}'\""), *span)),
    }
}

/// Puts characters in the places of their numbers: `\XXXX`, `\+XXXXXX`; two escapes are one itself.
fn decode(text: &str, escape: char) -> Result<String, &'static str> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    let mut first_half: Option<u32> = None;
    while let Some(c) = rest.next() {
        let number = match c {
            c if c != escape => None,
            _ if rest.as_str().starts_with(escape) => {
                rest.next();
                None
            }
            _ => Some(number(&mut rest)?),
        };
        let character = match (first_half.take(), number) {
            (None, None) => c,
            (None, Some(half @ 0xd800..=0xdbff)) => {
                first_half = Some(half);
                continue;
            }
            (Some(high), Some(low @ 0xdc00..=0xdfff)) => {
                char::from_u32(0x1_0000 + ((high & 0x3ff) << 10) + (low & 0x3ff)).ok_or(VALUE)?
            }
            (Some(_), _) | (None, Some(0xdc00..=0xdfff)) => return Err("invalid Unicode surrogate pair"),
            (None, Some(number)) => char::from_u32(number).filter(|c| *c != '\0').ok_or(VALUE)?,
        };
        out.push(character);
    }
    if first_half.is_some() { Err("invalid Unicode surrogate pair") } else { Ok(out) }
}

const VALUE: &str = "invalid Unicode escape value";

/// The number behind an escape.
fn number(rest: &mut std::str::Chars<'_>) -> Result<u32, &'static str> {
    let digits = if rest.as_str().starts_with('+') {
        rest.next();
        6
    } else {
        4
    };
    let mut number = 0;
    for _ in 0..digits {
        let digit = rest.next().and_then(|c| c.to_digit(16)).ok_or("invalid Unicode escape")?;
        number = number << 4 | digit;
    }
    Ok(number)
}

/// Writes `TABLE t`, where a query may begin, as `SELECT * FROM t`.
fn without_table(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let places = significant(&tokens);
    let at = |i: usize| places.get(i).and_then(|p| tokens.get(*p));
    let begins = |i: usize| match i.checked_sub(1).and_then(at) {
        None => true,
        Some(before) => {
            matches!(before.token, Token::LParen | Token::RParen)
                || is_word(Some(before), &["union", "intersect", "except", "all", "distinct"])
        }
    };
    let is_name = |i: usize| matches!(at(i), Some(TokenWithSpan { token: Token::Word(_), .. }));
    let tables: Vec<usize> = (0..places.len())
        .filter(|i| is_word(at(*i), &["table"]) && begins(*i) && is_name(i + 1))
        .filter_map(|i| places.get(i).copied())
        .collect();
    if tables.is_empty() {
        return tokens;
    }
    let mut out = Vec::with_capacity(tokens.len() + 2 * tables.len());
    for (place, token) in tokens.into_iter().enumerate() {
        if tables.contains(&place) {
            let words = [Token::make_keyword("SELECT"), Token::Mul, Token::make_keyword("FROM")];
            out.extend(words.map(|word| TokenWithSpan { token: word, span: token.span }));
        } else {
            out.push(token);
        }
    }
    out
}

/// Writes `FETCH FIRST (...) ROWS ONLY` as `LIMIT (...)`.
fn without_computed_fetch(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let places = significant(&tokens);
    let at = |i: usize| places.get(i).and_then(|p| tokens.get(*p));
    let mut gone: Vec<usize> = Vec::new();
    let mut limits: Vec<usize> = Vec::new();
    for i in 0..places.len() {
        if !is_word(at(i), &["fetch"]) || !is_word(at(i + 1), &["first", "next"]) {
            continue;
        }
        let Some(last) = end_of_number(i + 2, at) else { continue };
        if is_word(at(last + 1), &["row", "rows"]) && is_word(at(last + 2), &["only"]) {
            limits.extend(places.get(i));
            gone.extend([i + 1, last + 1, last + 2].into_iter().filter_map(|n| places.get(n)));
        }
    }
    for place in limits {
        if let Some(token) = tokens.get_mut(place) {
            token.token = Token::make_keyword("LIMIT");
        }
    }
    let mut place = 0;
    tokens.retain(|_| {
        place += 1;
        !gone.contains(&(place - 1))
    });
    tokens
}

/// Where a number ends that is in parentheses or has a sign; none for a plain one.
fn end_of_number<'t>(first: usize, at: impl Fn(usize) -> Option<&'t TokenWithSpan>) -> Option<usize> {
    match &at(first)?.token {
        Token::Plus | Token::Minus if matches!(at(first + 1)?.token, Token::Number(..)) => Some(first + 1),
        Token::LParen => {
            let mut open = 0_usize;
            for i in first.. {
                match &at(i)?.token {
                    Token::LParen => open += 1,
                    Token::RParen => open -= 1,
                    _ => {}
                }
                if open == 0 {
                    return Some(i);
                }
            }
            None
        }
        _ => None,
    }
}
