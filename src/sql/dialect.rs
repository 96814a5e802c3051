//! PostgreSQL's dialect for the parser, with what the stock one cannot read.
//!
//! `BETWEEN SYMMETRIC` becomes two comparisons, `(VALUES ...)` is a query wherever `(SELECT ...)` is one, any operator may stand before `ANY (...)` and `ALL (...)`, literals may
//! have a type that SQL does not know (`inet '10.0.0.1'`), `ISNULL` is a test, and `TRIM` needs no characters. The sets of
//! GROUPING SETS, ROLLUP and CUBE may be any expressions.

use crate::sql::types::is_type_name;
use sqlparser::ast::{BinaryOperator, DataType, Expr, Ident, ObjectName, TypedString, ValueWithSpan};
use sqlparser::dialect::{Dialect, PostgreSqlDialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;
use std::any::TypeId;

/// The dialect.
#[derive(Debug)]
pub struct Postgres;

const STOCK: PostgreSqlDialect = PostgreSqlDialect {};

macro_rules! delegate {
    ($($name:ident),* $(,)?) => {
        $(fn $name(&self) -> bool { STOCK.$name() })*
    };
}

impl Dialect for Postgres {
    // The parser asks for the type of the dialect in places; to it this is the stock one.
    fn dialect(&self) -> TypeId {
        TypeId::of::<PostgreSqlDialect>()
    }

    fn identifier_quote_style(&self, identifier: &str) -> Option<char> {
        STOCK.identifier_quote_style(identifier)
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        STOCK.is_delimited_identifier_start(ch)
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        STOCK.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        STOCK.is_identifier_part(ch)
    }

    fn is_reserved_for_identifier(&self, keyword: Keyword) -> bool {
        STOCK.is_reserved_for_identifier(keyword)
    }

    fn is_table_alias(&self, keyword: &Keyword, parser: &mut Parser) -> bool {
        STOCK.is_table_alias(keyword, parser)
    }

    fn is_custom_operator_part(&self, ch: char) -> bool {
        STOCK.is_custom_operator_part(ch)
    }

    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        if is_word(&parser.peek_token_ref().token, "isnull") {
            return Some(Ok(self.prec_value(Precedence::Is)));
        }
        STOCK.get_next_precedence(parser)
    }

    fn prec_value(&self, precedence: Precedence) -> u8 {
        STOCK.prec_value(precedence)
    }

    delegate!(
        supports_filter_during_aggregation,
        allow_extract_custom,
        allow_extract_single_quotes,
        supports_factorial_operator,
        supports_bitwise_shift_operators,
        supports_named_fn_args_with_colon_operator,
        supports_named_fn_args_with_expr_name,
        supports_empty_projections,
        supports_nested_comments,
        supports_string_escape_constant,
        supports_numeric_literal_underscores,
        supports_array_typedef_with_brackets,
        supports_geometric_types,
        supports_order_by_using_operator,
        supports_left_associative_joins_without_parens,
        supports_notnull_operator,
        supports_interval_options,
        supports_select_wildcard_with_alias,
        supports_comma_separated_trim,
        supports_aliased_function_args,
    );

    fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
        let [first, second, third, fourth] = parser.peek_tokens_ref::<4>();
        match (&first.token, &second.token) {
            (Token::Word(word), Token::SingleQuotedString(_) | Token::EscapedStringLiteral(_))
                if word.quote_style.is_none() && is_type_name(&word.value) =>
            {
                let name = Ident::with_span(first.span, word.value.clone());
                let data_type = DataType::Custom(ObjectName::from(name), Vec::new());
                parser.next_token();
                Some(parser.parse_value().map(|value: ValueWithSpan| {
                    Expr::TypedString(TypedString { data_type, value, uses_odbc_syntax: false })
                }))
            }
            (trim, Token::LParen) if is_word(trim, "trim") => {
                let side = ["leading", "trailing", "both"].iter().any(|w| is_word(&third.token, w));
                if !is_word(if side { &fourth.token } else { &third.token }, "from") {
                    return None;
                }
                Some(trim_without_characters(parser, side))
            }
            (Token::LParen, _) if is_query(&second.token, &third.token) => {
                parser.next_token();
                let query = parser.parse_query();
                Some(query.and_then(|q| parser.expect_token(&Token::RParen).map(|_| Expr::Subquery(q))))
            }
            // GROUP BY () has no keys.
            (Token::LParen, Token::RParen) => {
                parser.next_token();
                parser.next_token();
                Some(Ok(Expr::Tuple(Vec::new())))
            }
            (word, _)
                if is_word(word, "grouping") && is_word(&second.token, "sets") && third.token == Token::LParen =>
            {
                Some(grouping_sets(parser))
            }
            _ => None,
        }
    }

    fn parse_infix(&self, parser: &mut Parser, left: &Expr, precedence: u8) -> Option<Result<Expr, ParserError>> {
        let [first, second, third] = parser.peek_tokens_ref::<3>().map(|t| t.token.clone());
        if is_word(&first, "isnull") {
            parser.next_token();
            return Some(Ok(Expr::IsNull(Box::new(left.clone()))));
        }
        let negated = is_word(&first, "not") && is_word(&second, "between") && is_word(&third, "symmetric");
        if negated || is_word(&first, "between") && is_word(&second, "symmetric") {
            for _ in 0..if negated { 3 } else { 2 } {
                parser.next_token();
            }
            return Some(between_symmetric(self, parser, left, negated));
        }
        // `[NOT] LIKE ANY|ALL (...)`: NOT belongs to the operator.
        let like = |word: &Token, negated: bool| match (is_word(word, "like"), is_word(word, "ilike")) {
            (true, _) => Some(BinaryOperator::Custom(if negated { "!~~" } else { "~~" }.to_owned())),
            (_, true) => Some(BinaryOperator::Custom(if negated { "!~~*" } else { "~~*" }.to_owned())),
            _ => None,
        };
        let negated = is_word(&first, "not");
        let (operator, words, after) = match if negated { like(&second, true) } else { like(&first, false) } {
            Some(operator) if negated => (operator, 3, &third),
            Some(operator) => (operator, 2, &second),
            None => {
                let [_, _, _, fourth, fifth] = parser.peek_tokens_ref::<5>().map(|t| &t.token);
                let stock = if is_query(fourth, fifth) { comparison(&first) } else { None };
                (any_operator(&first).or(stock)?, 2, &second)
            }
        };
        let quantifier = ["any", "all", "some"].into_iter().find(|w| is_word(after, w))?;
        if parser.peek_nth_token_ref(words).token != Token::LParen {
            return None;
        }
        for _ in 0..words {
            parser.next_token();
        }
        Some(quantified(parser, left, operator, quantifier, precedence))
    }
}

/// Whether two tokens begin a query that the stock parser does not expect within an expression.
fn is_query(first: &Token, second: &Token) -> bool {
    is_word(first, "values") && *second == Token::LParen
}

/// GROUPING SETS, of which each may be any entry of GROUP BY. ROLLUP and CUBE are read as calls.
fn grouping_sets(parser: &mut Parser) -> Result<Expr, ParserError> {
    for _ in 0..3 {
        parser.next_token();
    }
    let sets = parser.parse_comma_separated(|p| p.parse_expr().map(|entry| vec![entry]))?;
    parser.expect_token(&Token::RParen)?;
    Ok(Expr::GroupingSets(sets))
}

fn is_word(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(w) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case(word))
}

/// `trim([side] FROM text)`.
fn trim_without_characters(parser: &mut Parser, side: bool) -> Result<Expr, ParserError> {
    for _ in 0..2 {
        parser.next_token();
    }
    let trim_where = side.then(|| parser.parse_trim_where()).transpose()?;
    parser.next_token();
    let expr = Box::new(parser.parse_expr()?);
    parser.expect_token(&Token::RParen)?;
    Ok(Expr::Trim { expr, trim_where, trim_what: None, trim_characters: None })
}

fn between_symmetric(dialect: &Postgres, parser: &mut Parser, left: &Expr, negated: bool) -> Result<Expr, ParserError> {
    let precedence = dialect.prec_value(Precedence::Between);
    let low = parser.parse_subexpr(precedence)?;
    if !parser.parse_keyword(Keyword::AND) {
        return parser.expected_ref("AND of BETWEEN SYMMETRIC", parser.peek_token_ref());
    }
    let high = parser.parse_subexpr(precedence)?;
    let between = |low: &Expr, high: &Expr| Expr::Between {
        expr: Box::new(left.clone()),
        negated: false,
        low: Box::new(low.clone()),
        high: Box::new(high.clone()),
    };
    let either = Expr::Nested(Box::new(Expr::BinaryOp {
        left: Box::new(between(&low, &high)),
        op: BinaryOperator::Or,
        right: Box::new(between(&high, &low)),
    }));
    Ok(if negated { Expr::UnaryOp { op: sqlparser::ast::UnaryOperator::Not, expr: Box::new(either) } } else { either })
}

/// The operators that the stock parser refuses before `ANY`.
fn any_operator(token: &Token) -> Option<BinaryOperator> {
    Some(match token {
        Token::AtArrow => BinaryOperator::AtArrow,
        Token::ArrowAt => BinaryOperator::ArrowAt,
        Token::Question => BinaryOperator::Question,
        Token::Overlap => BinaryOperator::PGOverlap,
        Token::CustomBinaryOperator(text) => BinaryOperator::Custom(text.clone()),
        _ => return None,
    })
}

fn comparison(token: &Token) -> Option<BinaryOperator> {
    Some(match token {
        Token::Eq => BinaryOperator::Eq,
        Token::Neq => BinaryOperator::NotEq,
        Token::Lt => BinaryOperator::Lt,
        Token::LtEq => BinaryOperator::LtEq,
        Token::Gt => BinaryOperator::Gt,
        Token::GtEq => BinaryOperator::GtEq,
        _ => return None,
    })
}

fn quantified(
    parser: &mut Parser,
    left: &Expr,
    op: BinaryOperator,
    quantifier: &str,
    _: u8,
) -> Result<Expr, ParserError> {
    parser.expect_token(&Token::LParen)?;
    let [first, second] = parser.peek_tokens_ref::<2>();
    let is_query = is_query(&first.token, &second.token)
        || matches!(&first.token, Token::Word(w) if matches!(w.keyword, Keyword::SELECT | Keyword::WITH));
    let right = if is_query { Expr::Subquery(parser.parse_query()?) } else { parser.parse_expr()? };
    parser.expect_token(&Token::RParen)?;
    let (left, right) = (Box::new(left.clone()), Box::new(right));
    Ok(if quantifier == "all" {
        Expr::AllOp { left, compare_op: op, right }
    } else {
        Expr::AnyOp { left, compare_op: op, right, is_some: quantifier == "some" }
    })
}
