//! What the parser reads and PostgreSQL's grammar does not have: other dialects' clauses, which would be passed over in
//! silence further on.

use sqlparser::ast::{self, Expr, Spanned as _, TableFactor, Visit as _};
use sqlparser::tokenizer::{Span, Token, TokenWithSpan};
use std::ops::ControlFlow;

/// A message with its place.
pub type Found = (String, Span);

/// Finds a foreign construct among the tokens.
pub fn in_tokens(tokens: &[TokenWithSpan]) -> Option<Found> {
    let mut before: Option<&TokenWithSpan> = None;
    if let Some(span) = precise_interval(tokens) {
        let message = "interval(n) 'text' is not supported on the inventory: write 'text'::interval(n)";
        return Some((message.to_owned(), span));
    }
    for token in tokens {
        let is_junk = |number: &TokenWithSpan| {
            number.span.end == token.span.start
                && matches!(number.token, Token::Number(..))
                && matches!(token.token, Token::Word(_) | Token::Number(..))
        };
        match (&token.token, before) {
            (Token::DoubleEq, _) => return Some(("operator does not exist: ==".to_owned(), token.span)),
            (_, Some(number)) if is_junk(number) => {
                let message = format!("trailing junk after numeric literal at or near \"{}\"", number.token);
                return Some((message, number.span));
            }
            (Token::SingleQuotedString(_), Some(text))
                if matches!(text.token, Token::SingleQuotedString(_))
                    && text.span.end.line == token.span.start.line =>
            {
                return Some((format!("syntax error at or near \"{}\"", token.token), token.span));
            }
            _ => {}
        }
        if !matches!(token.token, Token::Whitespace(_)) || before.is_some_and(|b| is_number(&b.token)) {
            before = Some(token);
        }
    }
    None
}

/// The place of `interval(2) '...'`, of which the parser drops the precision.
fn precise_interval(tokens: &[TokenWithSpan]) -> Option<Span> {
    let significant: Vec<&TokenWithSpan> = tokens.iter().filter(|t| !matches!(t.token, Token::Whitespace(_))).collect();
    significant.windows(5).find_map(|w| match w {
        [word, open, number, close, text] => {
            let is_interval =
                matches!(&word.token, Token::Word(w) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case("interval"));
            let is_precise = is_interval
                && open.token == Token::LParen
                && is_number(&number.token)
                && close.token == Token::RParen
                && matches!(text.token, Token::SingleQuotedString(_));
            is_precise.then_some(word.span)
        }
        _ => None,
    })
}

fn is_number(token: &Token) -> bool {
    matches!(token, Token::Number(..))
}

/// Finds a foreign construct in a query.
pub fn in_query(query: &ast::Query) -> Option<Found> {
    let mut search = Search { inside_array: 0 };
    match query.visit(&mut search) {
        ControlFlow::Break(found) => Some(found),
        ControlFlow::Continue(()) => None,
    }
}

struct Search {
    inside_array: usize,
}

fn found(construct: &str, span: Span) -> ControlFlow<Found> {
    ControlFlow::Break((format!("syntax error: PostgreSQL has no {construct}"), span))
}

impl ast::Visitor for Search {
    type Break = Found;

    fn pre_visit_query(&mut self, query: &ast::Query) -> ControlFlow<Found> {
        let limit_by = matches!(
            &query.limit_clause, Some(ast::LimitClause::LimitOffset { limit_by, .. }) if !limit_by.is_empty()
        );
        let filled = query.order_by.as_ref().is_some_and(|o| {
            o.interpolate.is_some()
                || matches!(&o.kind, ast::OrderByKind::Expressions(keys) if keys.iter().any(|k| k.with_fill.is_some()))
        });
        for (present, construct) in [
            (query.settings.is_some(), "SETTINGS"),
            (query.format_clause.is_some(), "FORMAT"),
            (limit_by, "LIMIT BY"),
            (filled, "WITH FILL"),
        ] {
            if present {
                return found(construct, query.span());
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &ast::Select) -> ControlFlow<Found> {
        let empty_on = matches!(&select.distinct, Some(ast::Distinct::On(keys)) if keys.is_empty());
        for (present, construct) in [
            (select.exclude.is_some(), "EXCLUDE"),
            (select.select_modifiers.is_some(), "modifier of SELECT like this one"),
            (select.prewhere.is_some(), "PREWHERE"),
            (!select.cluster_by.is_empty(), "CLUSTER BY"),
            (!select.distribute_by.is_empty(), "DISTRIBUTE BY"),
            (!select.sort_by.is_empty(), "SORT BY"),
            (select.value_table_mode.is_some(), "SELECT AS"),
            (select.flavor != ast::SelectFlavor::Standard, "SELECT that begins with FROM"),
            (empty_on, "DISTINCT ON ()"),
        ] {
            if present {
                return found(construct, select.span());
            }
        }
        for item in &select.projection {
            match item {
                ast::SelectItem::Wildcard(options) | ast::SelectItem::QualifiedWildcard(_, options) => {
                    for (present, construct) in [
                        (options.opt_ilike.is_some(), "* ILIKE"),
                        (options.opt_exclude.is_some(), "* EXCLUDE"),
                        (options.opt_except.is_some(), "* EXCEPT"),
                        (options.opt_replace.is_some(), "* REPLACE"),
                        (options.opt_rename.is_some(), "* RENAME"),
                        (options.opt_alias.is_some(), "alias of *"),
                    ] {
                        if present {
                            return found(construct, item.span());
                        }
                    }
                }
                ast::SelectItem::ExprWithAlias { alias, .. } if alias.quote_style == Some('\'') => {
                    return ControlFlow::Break((format!("syntax error at or near \"{alias}\""), alias.span));
                }
                _ => {}
            }
        }
        for join in select.from.iter().flat_map(|t| &t.joins) {
            use ast::JoinOperator as J;
            if let J::Join(c)
            | J::Inner(c)
            | J::Left(c)
            | J::LeftOuter(c)
            | J::Right(c)
            | J::RightOuter(c)
            | J::FullOuter(c) = &join.join_operator
                && *c == ast::JoinConstraint::None
            {
                return ControlFlow::Break(("syntax error: JOIN needs ON or USING".to_owned(), join.relation.span()));
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Found> {
        if let TableFactor::Table { name, with_hints, version, partitions, json_path, index_hints, .. } = factor {
            for (present, construct) in [
                (!with_hints.is_empty() || !index_hints.is_empty(), "hints of tables"),
                (version.is_some(), "versions of tables"),
                (!partitions.is_empty(), "PARTITION of a table"),
                (json_path.is_some(), "paths of tables"),
            ] {
                if present {
                    return found(construct, name.span());
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Found> {
        match expr {
            Expr::Array(array) => {
                if !array.named && self.inside_array == 0 {
                    return ControlFlow::Break(("syntax error at or near \"[\"".to_owned(), expr.span()));
                }
                self.inside_array += 1;
            }
            Expr::Function(function) => {
                let list = match &function.args {
                    ast::FunctionArguments::List(list) => list.clauses.as_slice(),
                    _ => &[],
                };
                let nulls =
                    |c: &ast::FunctionArgumentClause| matches!(c, ast::FunctionArgumentClause::IgnoreOrRespectNulls(_));
                if function.null_treatment.is_some() || list.iter().any(nulls) {
                    return found("IGNORE NULLS or RESPECT NULLS", function.name.span());
                }
                if function.uses_odbc_syntax || function.parameters != ast::FunctionArguments::None {
                    return found("call like this one", function.name.span());
                }
            }
            // Tests do not follow one another: `a IS DISTINCT FROM b IS TRUE`.
            Expr::IsNull(inner)
            | Expr::IsNotNull(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotUnknown(inner)
            | Expr::IsDistinctFrom(inner, _)
            | Expr::IsNotDistinctFrom(inner, _)
                if matches!(**inner, Expr::IsDistinctFrom(..) | Expr::IsNotDistinctFrom(..)) =>
            {
                return ControlFlow::Break(("syntax error at or near \"is\"".to_owned(), expr.span()));
            }
            Expr::TypedString(typed) if typed.uses_odbc_syntax => {
                return ControlFlow::Break(("syntax error at or near \"{\"".to_owned(), expr.span()));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Found> {
        if matches!(expr, Expr::Array(_)) {
            self.inside_array -= 1;
        }
        ControlFlow::Continue(())
    }
}
