//! Reads a path.

use super::{Method, Node, Path, Step, Test};
use crate::sql::error::{PgError, PgResult};
use serde_json::Value;

/// How deep parentheses and filters may nest.
const DEPTH: usize = 64;

pub(super) fn parse(text: &str) -> PgResult<Path> {
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Err(PgError::new(format!("invalid input syntax for type jsonpath: \"{text}\"")));
    }
    let mut parser = Parser { tokens: &tokens, at: 0, depth: 0, filters: 0, subscripts: 0 };
    let strict = parser.word("strict");
    if !strict {
        parser.word("lax");
    }
    let root = parser.whole()?;
    if parser.peek().is_some() {
        return Err(parser.unexpected());
    }
    Ok(Path { strict, root })
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Number(String),
    Variable(String),
    Sign(&'static str),
}

/// Longer signs before their beginnings.
const SIGNS: [&str; 26] = [
    "**", "==", "!=", "<>", "<=", ">=", "&&", "||", "$", "@", ".", "*", "[", "]", "(", ")", "{", "}", "?", ",", "!",
    "<", ">", "+", "-", "/",
];

fn tokens(text: &str) -> PgResult<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text;
    let word = |c: char| c.is_alphanumeric() || c == '_' || !c.is_ascii();
    while let Some(c) = rest.chars().next() {
        if c.is_whitespace() {
            rest = rest.trim_start();
        } else if let Some(comment) = rest.strip_prefix("/*") {
            let (_, after) =
                comment.split_once("*/").ok_or_else(|| PgError::new("unexpected end of comment of jsonpath input"))?;
            rest = after;
        } else if c == '"' {
            let (value, after) = quoted(rest)?;
            found.push(Token::Text(value));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('$') {
            if after.starts_with('"') {
                let (name, after) = quoted(after)?;
                found.push(Token::Variable(name));
                rest = after;
            } else {
                let end = after.find(|c| !word(c)).unwrap_or(after.len());
                let (name, after) = after.split_at(end);
                found.push(if name.is_empty() { Token::Sign("$") } else { Token::Variable(name.to_owned()) });
                rest = after;
            }
        } else if c.is_ascii_digit() || (c == '.' && rest.chars().nth(1).is_some_and(|d| d.is_ascii_digit())) {
            let (number, after) = number(rest)?;
            found.push(Token::Number(number));
            rest = after;
        } else if word(c) {
            let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            found.push(Token::Word(name.to_owned()));
            rest = after;
        } else if let Some(sign) = SIGNS.into_iter().chain(["%"]).find(|s| rest.starts_with(s)) {
            found.push(Token::Sign(sign));
            rest = rest.get(sign.len()..).unwrap_or_default();
        } else {
            return Err(PgError::new(format!("syntax error at or near \"{c}\" of jsonpath input")));
        }
    }
    Ok(found)
}

fn quoted(text: &str) -> PgResult<(String, &str)> {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => {
                let literal = text.get(..=i).unwrap_or_default();
                let value = serde_json::from_str(literal)
                    .map_err(|_| PgError::new(format!("syntax error at or near \"{literal}\" of jsonpath input")))?;
                return Ok((value, text.get(i + 1..).unwrap_or_default()));
            }
            _ => {}
        }
    }
    Err(PgError::new("unterminated quoted string at end of jsonpath input"))
}

fn number(text: &str) -> PgResult<(String, &str)> {
    let digits = |from: usize| text.get(from..).unwrap_or_default().bytes().take_while(u8::is_ascii_digit).count();
    let byte = |at: usize| text.as_bytes().get(at).copied();
    let mut end = digits(0);
    // `1.type()` is a method of a number only in parentheses; a dot before a digit is its fraction.
    if byte(end) == Some(b'.') && (byte(end + 1).is_some_and(|b| b.is_ascii_digit()) || end == 0) {
        end += 1 + digits(end + 1);
    }
    if matches!(byte(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(byte(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    let (number, after) = text.split_at(end);
    if after.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return Err(PgError::new(format!(
            "trailing junk after numeric literal at or near \"{number}\" of jsonpath input"
        )));
    }
    Ok((crate::sql::value::number::canonical(number)?, after))
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    depth: usize,
    filters: usize,
    subscripts: usize,
}

/// What stands in parentheses may be either.
enum Either {
    Node(Node),
    Test(Test),
}

impl Either {
    fn node(self) -> Node {
        match self {
            Self::Node(node) => node,
            Self::Test(test) => Node::Test(Box::new(test)),
        }
    }
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn sign(&mut self, wanted: &'static str) -> bool {
        let found = self.peek() == Some(&Token::Sign(wanted));
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, wanted: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(w)) if w == wanted);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: &'static str) -> PgResult<()> {
        if self.sign(wanted) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> PgError {
        let shown = match self.peek() {
            None => return PgError::new("syntax error at end of jsonpath input"),
            Some(Token::Word(t) | Token::Number(t) | Token::Text(t)) => t.clone(),
            Some(Token::Variable(t)) => format!("${t}"),
            Some(Token::Sign(t)) => (*t).to_owned(),
        };
        PgError::new(format!("syntax error at or near \"{shown}\" of jsonpath input"))
    }

    fn whole(&mut self) -> PgResult<Node> {
        Ok(self.either()?.node())
    }

    fn either(&mut self) -> PgResult<Either> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(PgError::new(format!("the jsonpath nests deeper than {DEPTH} levels")));
        }
        let mut left = self.conjunction()?;
        while self.sign("||") {
            let right = self.conjunction()?;
            left = Either::Test(Test::Or(Box::new(self.test_of(left)?), Box::new(self.test_of(right)?)));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn conjunction(&mut self) -> PgResult<Either> {
        let mut left = self.comparison()?;
        while self.sign("&&") {
            let right = self.comparison()?;
            left = Either::Test(Test::And(Box::new(self.test_of(left)?), Box::new(self.test_of(right)?)));
        }
        Ok(left)
    }

    fn test_of(&self, either: Either) -> PgResult<Test> {
        match either {
            Either::Test(test) => Ok(test),
            Either::Node(_) => Err(self.unexpected()),
        }
    }

    fn comparison(&mut self) -> PgResult<Either> {
        if self.sign("!") {
            let test = if self.word("exists") {
                self.exists()?
            } else {
                self.expect("(")?;
                let inner = self.either()?;
                self.expect(")")?;
                self.test_of(inner)?
            };
            return Ok(Either::Test(Test::Not(Box::new(test))));
        }
        if self.word("exists") {
            return Ok(Either::Test(self.exists()?));
        }
        let left = match self.sum()? {
            Either::Test(test) => {
                if self.word("is") {
                    if !self.word("unknown") {
                        return Err(self.unexpected());
                    }
                    return Ok(Either::Test(Test::IsUnknown(Box::new(test))));
                }
                return Ok(Either::Test(test));
            }
            Either::Node(node) => node,
        };
        for (sign, op) in [("==", "="), ("!=", "<>"), ("<>", "<>"), ("<=", "<="), (">=", ">="), ("<", "<"), (">", ">")]
        {
            if self.sign(sign) {
                let right = self.sum()?.node();
                return Ok(Either::Test(Test::Compare(op, left, right)));
            }
        }
        if self.word("starts") {
            if !self.word("with") {
                return Err(self.unexpected());
            }
            let prefix = match self.peek() {
                Some(Token::Text(text)) => Node::Literal(Value::String(text.clone())),
                Some(Token::Variable(name)) => Node::Variable(name.clone()),
                _ => return Err(self.unexpected()),
            };
            self.at += 1;
            return Ok(Either::Test(Test::StartsWith(left, prefix)));
        }
        if self.word("like_regex") {
            let mut text = || match self.tokens.get(self.at) {
                Some(Token::Text(text)) => {
                    self.at += 1;
                    Some(text.clone())
                }
                _ => None,
            };
            let Some(pattern) = text() else { return Err(self.unexpected()) };
            let mut flags = String::new();
            if self.word("flag") {
                match self.peek() {
                    Some(Token::Text(text)) => flags.clone_from(text),
                    _ => return Err(self.unexpected()),
                }
                self.at += 1;
            }
            return Ok(Either::Test(Test::LikeRegex(left, pattern, flags)));
        }
        Ok(Either::Node(left))
    }

    fn exists(&mut self) -> PgResult<Test> {
        self.expect("(")?;
        let inner = self.whole()?;
        self.expect(")")?;
        Ok(Test::Exists(inner))
    }

    fn sum(&mut self) -> PgResult<Either> {
        self.binary(&["+", "-"], Self::product)
    }

    fn product(&mut self) -> PgResult<Either> {
        self.binary(&["*", "/", "%"], Self::unary)
    }

    fn binary(&mut self, signs: &[&'static str], next: fn(&mut Self) -> PgResult<Either>) -> PgResult<Either> {
        let mut left = next(self)?;
        while let Some(op) = signs.iter().copied().find(|s| self.sign(s)) {
            let right = next(self)?.node();
            left = Either::Node(Node::Arithmetic(op, Box::new(left.node()), Box::new(right)));
        }
        Ok(left)
    }

    fn unary(&mut self) -> PgResult<Either> {
        let Some(sign) = ["+", "-"].into_iter().find(|s| self.sign(s)) else { return self.steps() };
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(PgError::new(format!("the jsonpath nests deeper than {DEPTH} levels")));
        }
        let inner = self.unary()?.node();
        self.depth -= 1;
        Ok(Either::Node(match (sign, inner) {
            ("-", Node::Literal(Value::Number(n))) => {
                Node::Literal(super::run::number(&crate::sql::value::number::arithmetic("-", "0", &n.to_string())?)?)
            }
            (sign, inner) => Node::Sign(sign, Box::new(inner)),
        }))
    }

    fn steps(&mut self) -> PgResult<Either> {
        let mut either = self.primary()?;
        loop {
            let step = if self.sign(".") {
                self.member()?
            } else if self.sign("[") {
                self.subscripts += 1;
                let step = self.elements()?;
                self.subscripts -= 1;
                step
            } else if self.sign("?") {
                self.expect("(")?;
                self.filters += 1;
                let inner = self.either()?;
                self.filters -= 1;
                let test = self.test_of(inner)?;
                self.expect(")")?;
                Step::Filter(Box::new(test))
            } else {
                return Ok(either);
            };
            either = Either::Node(Node::Step(Box::new(either.node()), step));
        }
    }

    fn primary(&mut self) -> PgResult<Either> {
        let Some(token) = self.peek().cloned() else { return Err(self.unexpected()) };
        let node = match token {
            Token::Sign("$") => Node::Root,
            Token::Sign("@") if self.filters > 0 => Node::Current,
            Token::Sign("@") => return Err(PgError::new("@ is not allowed in root expressions")),
            Token::Variable(name) => Node::Variable(name),
            Token::Text(text) => Node::Literal(Value::String(text)),
            Token::Number(number) => Node::Literal(super::run::number(&number)?),
            Token::Word(word) => match word.as_str() {
                "true" => Node::Literal(Value::Bool(true)),
                "false" => Node::Literal(Value::Bool(false)),
                "null" => Node::Literal(Value::Null),
                "last" if self.subscripts > 0 => Node::Last,
                "last" => return Err(PgError::new("LAST is allowed only in array subscripts")),
                _ => return Err(self.unexpected()),
            },
            Token::Sign("(") => {
                self.at += 1;
                let inner = self.either()?;
                self.expect(")")?;
                return Ok(inner);
            }
            Token::Sign(_) => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(Either::Node(node))
    }

    fn member(&mut self) -> PgResult<Step> {
        if self.sign("**") {
            return self.descend();
        }
        if self.sign("*") {
            return Ok(Step::AnyMember);
        }
        let name = match self.peek() {
            Some(Token::Word(name) | Token::Text(name)) => name.clone(),
            _ => return Err(self.unexpected()),
        };
        let is_word = matches!(self.peek(), Some(Token::Word(_)));
        self.at += 1;
        if is_word && self.sign("(") {
            let method = match name.as_str() {
                "type" => Method::Type,
                "size" => Method::Size,
                "double" => Method::Double,
                "ceiling" => Method::Ceiling,
                "floor" => Method::Floor,
                "abs" => Method::Abs,
                "keyvalue" => Method::KeyValue,
                other => {
                    return Err(PgError::new(format!(
                        "jsonpath item method .{other}() is not supported on the inventory"
                    )));
                }
            };
            self.expect(")")?;
            return Ok(Step::Method(method));
        }
        Ok(Step::Member(name))
    }

    fn descend(&mut self) -> PgResult<Step> {
        if !self.sign("{") {
            return Ok(Step::Descend(Some(0), None));
        }
        let mut level = || -> PgResult<Option<u32>> {
            let level = match self.peek() {
                Some(Token::Word(w)) if w == "last" => None,
                Some(Token::Number(n)) => Some(n.parse().map_err(|_| self.unexpected())?),
                _ => return Err(self.unexpected()),
            };
            self.at += 1;
            Ok(level)
        };
        let from = level()?;
        let to = if matches!(self.peek(), Some(Token::Word(w)) if w == "to") {
            self.at += 1;
            let level = match self.peek() {
                Some(Token::Word(w)) if w == "last" => None,
                Some(Token::Number(n)) => Some(n.parse().map_err(|_| self.unexpected())?),
                _ => return Err(self.unexpected()),
            };
            self.at += 1;
            level
        } else {
            from
        };
        self.expect("}")?;
        Ok(Step::Descend(from, to))
    }

    fn elements(&mut self) -> PgResult<Step> {
        if self.sign("*") {
            self.expect("]")?;
            return Ok(Step::AnyElement);
        }
        let mut subscripts = Vec::new();
        loop {
            let from = self.sum()?.node();
            let to = if self.word("to") { Some(self.sum()?.node()) } else { None };
            subscripts.push((from, to));
            if !self.sign(",") {
                break;
            }
        }
        self.expect("]")?;
        Ok(Step::Elements(subscripts))
    }
}
