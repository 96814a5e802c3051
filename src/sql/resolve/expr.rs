//! Expressions that are neither operators nor calls.

use super::cast::{literal, pg_type};
use super::comparison::row_items;
use super::naming::fold;
use super::scope::Scope;
use super::{Fault, Resolver, Result};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Body, Expr, Field, From, Kind, Query, Select};
use crate::sql::value::number;
use sqlparser::ast::{self, Spanned as _};

impl Resolver<'_> {
    /// Resolves an expression; an error names the innermost expression that is at fault.
    pub(super) fn expr(&mut self, expr: &ast::Expr, scope: &Scope<'_>) -> Result<Expr> {
        self.enter().map_err(|f| f.at(expr.span()))?;
        self.collations.push(None);
        let result = self.expr_inner(expr, scope);
        let collation = self.collations.pop().flatten();
        self.depth -= 1;
        let result = result.and_then(|resolved| {
            if super::collation::is_collatable(&resolved.ty) {
                self.collated(collation)?;
            }
            Ok(resolved)
        });
        result.map_err(|f| if f.span.is_some() { f } else { f.at(expr.span()) })
    }

    pub(super) fn exprs(&mut self, list: &[ast::Expr], scope: &Scope<'_>) -> Result<Vec<Expr>> {
        list.iter().map(|e| self.expr(e, scope)).collect()
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind of expression")]
    fn expr_inner(&mut self, expr: &ast::Expr, scope: &Scope<'_>) -> Result<Expr> {
        use ast::Expr as E;
        let is = |inner: Expr, op: &'static str, value: Option<bool>| {
            Expr::infix(op, inner, value.map_or(Expr::new(Kind::Null, PgType::Bool), Expr::boolean), PgType::Bool)
        };
        match expr {
            E::Identifier(ident) => self.name(&fold(ident), scope),
            E::CompoundIdentifier(parts) => match parts.as_slice() {
                [alias, column] => self.qualified(&fold(alias), &fold(column), scope),
                [schema, alias, column] => {
                    self.item_schema(&fold(schema), &fold(alias), scope)?;
                    self.qualified(&fold(alias), &fold(column), scope)
                }
                _ => Err(Fault::unsupported("a name of this many parts")),
            },
            E::Nested(inner) => self.expr(inner, scope),
            E::Value(value) => self.value(&value.value),
            E::TypedString(typed) => {
                let ty = pg_type(&typed.data_type)?;
                match &typed.value.value {
                    ast::Value::SingleQuotedString(text) | ast::Value::EscapedStringLiteral(text) => {
                        let value = literal(text, &ty, None)?;
                        self.fitted(value, &typed.data_type)
                    }
                    _ => Err(Fault::unsupported("this literal")),
                }
            }
            E::Interval(interval) => {
                let field = |f: &ast::DateTimeField| f.to_string().to_ascii_lowercase();
                let unit = interval.leading_field.as_ref().map(|first| match &interval.last_field {
                    Some(last) => format!("{} to {}", field(first), field(last)),
                    None => field(first),
                });
                match interval.value.as_ref() {
                    E::Value(v) => match &v.value {
                        ast::Value::SingleQuotedString(text) | ast::Value::EscapedStringLiteral(text) => {
                            let value = literal(text, &PgType::Interval, unit.as_deref())?;
                            match interval.fractional_seconds_precision.or(interval.leading_precision) {
                                Some(digits) => {
                                    let digits = Expr::int(i64::try_from(digits).unwrap_or(6));
                                    Ok(Expr::call("pg_iv_round", vec![value, digits], PgType::Interval))
                                }
                                None => Ok(value),
                            }
                        }
                        _ => Err(Fault::new("syntax", "an interval's value must be a quoted literal")),
                    },
                    _ => Err(Fault::new("syntax", "an interval's value must be a quoted literal")),
                }
            }
            E::Cast { expr: inner, data_type, kind, .. } => {
                if matches!(kind, ast::CastKind::TryCast | ast::CastKind::SafeCast) {
                    return Err(Fault::unsupported("TRY_CAST"));
                }
                let ty = pg_type(data_type)?;
                // Elements of an array under a cast take the cast's element type.
                if let (PgType::Array(element), E::Array(array)) = (&ty, inner.as_ref()) {
                    let items = self.exprs(&array.elem, scope)?;
                    let element = match items.first().map(|i| &i.ty) {
                        Some(PgType::Array(_)) => ty.clone(),
                        _ => (**element).clone(),
                    };
                    let items = items.into_iter().map(|i| self.cast(i, &element)).collect::<Result<Vec<_>>>()?;
                    let element = items.first().map_or(element, |i| i.ty.clone());
                    return Ok(array_of(items, element));
                }
                let resolved = self.expr(inner, scope)?;
                if let (ast::DataType::Interval { fields: Some(fields), precision: None }, Kind::Unknown(text)) =
                    (data_type, &resolved.kind)
                {
                    return literal(text, &ty, Some(&fields.to_string().to_ascii_lowercase()));
                }
                let cast = self.cast(resolved, &ty)?;
                self.fitted(cast, data_type)
            }
            E::IsNull(inner) | E::IsNotNull(inner) => {
                let negated = matches!(expr, E::IsNotNull(_));
                let resolved = self.expr(inner, scope)?;
                if let Kind::Row(columns, _) = resolved.kind {
                    let tests = columns
                        .into_iter()
                        .map(|(_, e)| Expr::new(Kind::IsNull(Box::new(e), negated), PgType::Bool))
                        .collect();
                    return Ok(Expr::new(Kind::All(tests), PgType::Bool));
                }
                Ok(Expr::new(Kind::IsNull(Box::new(resolved), negated), PgType::Bool))
            }
            E::IsTrue(inner) => Ok(is(self.boolean(inner, scope, "IS TRUE")?, "IS", Some(true))),
            E::IsNotTrue(inner) => Ok(is(self.boolean(inner, scope, "IS NOT TRUE")?, "IS NOT", Some(true))),
            E::IsFalse(inner) => Ok(is(self.boolean(inner, scope, "IS FALSE")?, "IS", Some(false))),
            E::IsNotFalse(inner) => Ok(is(self.boolean(inner, scope, "IS NOT FALSE")?, "IS NOT", Some(false))),
            E::IsUnknown(inner) => Ok(is(self.boolean(inner, scope, "IS UNKNOWN")?, "IS", None)),
            E::IsNotUnknown(inner) => Ok(is(self.boolean(inner, scope, "IS NOT UNKNOWN")?, "IS NOT", None)),
            E::IsDistinctFrom(a, b) | E::IsNotDistinctFrom(a, b) => {
                let distinct = matches!(expr, E::IsDistinctFrom(..));
                if let (Some(left), Some(right)) = (row_items(a), row_items(b)) {
                    if left.len() != right.len() {
                        return Err(Fault::new("syntax", "unequal number of entries in row expressions"));
                    }
                    let mut pairs = Vec::new();
                    for (l, r) in left.iter().zip(right.iter()) {
                        let (l, r) = (Box::new(l.clone()), Box::new(r.clone()));
                        pairs.push(self.expr(&E::IsDistinctFrom(l, r), scope)?);
                    }
                    let any = Expr::new(Kind::Any(pairs), PgType::Bool);
                    return Ok(if distinct { any } else { any.negated() });
                }
                let (a, b) = (self.expr(a, scope)?, self.expr(b, scope)?);
                if a.ty != b.ty && [&a, &b].iter().all(|e| matches!(e.ty, PgType::Array(_))) {
                    return Err(super::operator::no_operator("=", &a.ty, &b.ty));
                }
                let ty = self.common_or_text(&[a.ty.clone(), b.ty.clone()], "IS DISTINCT FROM")?;
                let (a, b) = (self.coerce(a, &ty)?, self.coerce(b, &ty)?);
                if !matches!(ty, PgType::Numeric | PgType::Jsonb | PgType::Interval | PgType::Array(_) | PgType::Bpchar)
                {
                    return Ok(Expr::infix(if distinct { "IS NOT" } else { "IS" }, a, b, PgType::Bool));
                }
                // Equal values may be held as different texts: `1.0` and `1.00`.
                let null = |e: &Expr| Expr::new(Kind::IsNull(Box::new(e.clone()), false), PgType::Bool);
                let both_null = Expr::new(Kind::All(vec![null(&a), null(&b)]), PgType::Bool);
                let equal = self.compare("=", a, b)?;
                let same = Expr::call("coalesce", vec![equal, both_null], PgType::Bool);
                Ok(if distinct { same.negated() } else { same })
            }
            E::InList { expr: inner, list, negated } => self.in_list(inner, list, *negated, scope),
            E::InSubquery { expr: inner, subquery, negated } => self.in_query(inner, subquery, *negated, scope),
            E::Between { expr: inner, negated, low, high } => {
                if let (Some(x), Some(low), Some(high)) = (row_items(inner), row_items(low), row_items(high)) {
                    let both = vec![self.row_order(">=", &x, &low, scope)?, self.row_order("<=", &x, &high, scope)?];
                    let between = Expr::new(Kind::All(both), PgType::Bool);
                    return Ok(if *negated { between.negated() } else { between });
                }
                let (x, low, high) = (self.expr(inner, scope)?, self.expr(low, scope)?, self.expr(high, scope)?);
                let both = vec![self.compare(">=", x.clone(), low)?, self.compare("<=", x, high)?];
                let between = Expr::new(Kind::All(both), PgType::Bool);
                Ok(if *negated { between.negated() } else { between })
            }
            E::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref(), scope)
            }
            E::Exists { subquery, negated } => {
                let query = self.subquery(subquery, scope)?;
                let exists = Expr::new(Kind::Exists(Box::new(query)), PgType::Bool);
                Ok(if *negated { exists.negated() } else { exists })
            }
            E::Subquery(query) => {
                let query = self.subquery(query, scope)?;
                let ty = single_column(&query)?;
                Ok(Expr::new(Kind::Scalar(Box::new(query)), ty))
            }
            E::Array(array) => {
                let items = self.exprs(&array.elem, scope)?;
                if items.is_empty() && array.named {
                    return Err(Fault::new("type", "cannot determine type of empty array")
                        .help("explicitly cast to the desired type, for example ARRAY[]::integer[]"));
                }
                let types: Vec<PgType> = items.iter().map(|i| i.ty.clone()).collect();
                let element = self.common_or_text(&types, "ARRAY")?;
                if element == PgType::Record {
                    return Err(Fault::unsupported("an array of rows"));
                }
                let length = |e: &Expr| match &e.kind {
                    Kind::Call("json_array" | "pg_arr_nest", items) => Some(items.len()),
                    _ => None,
                };
                if items.iter().filter_map(length).any(|n| Some(n) != items.first().and_then(length)) {
                    let message = "multidimensional arrays must have array expressions with matching dimensions";
                    return Err(Fault::new("type", message));
                }
                let items = items.into_iter().map(|i| self.coerce(i, &element)).collect::<Result<Vec<_>>>()?;
                Ok(array_of(items, element))
            }
            E::CompoundFieldAccess { root, access_chain } => self.access(root, access_chain, scope),
            E::Collate { expr: inner, collation } => {
                let resolved = self.expr(inner, scope)?;
                let name = super::naming::last_part(collation);
                // Databases of Steampipe are in the C locale.
                if !matches!(name.as_str(), "C" | "POSIX" | "default" | "ucs_basic" | "C.UTF-8" | "C.utf8") {
                    return Err(Fault::unsupported(format!("the collation \"{name}\"")));
                }
                let is_text = resolved.ty == PgType::Unknown || super::cast::is_text(&resolved.ty);
                if let (true, Some(own)) = (is_text, self.collations.last_mut()) {
                    *own = Some(name);
                }
                match resolved.ty {
                    PgType::Unknown => self.coerce(resolved, &PgType::Text),
                    ref ty if super::cast::is_text(ty) => Ok(resolved),
                    other => Err(Fault::new("type", format!("collations are not supported by type {other}"))),
                }
            }
            E::AtTimeZone { timestamp, time_zone } => {
                let (value, zone) = (self.expr(timestamp, scope)?, self.expr(time_zone, scope)?);
                let value = match value.ty {
                    PgType::Unknown | PgType::Date => self.coerce(value, &PgType::Timestamptz)?,
                    PgType::Time | PgType::Timetz => return Err(Fault::unsupported("a time of day in a time zone")),
                    _ => value,
                };
                match &zone.kind {
                    Kind::Unknown(z) | Kind::Text(z)
                        if matches!(z.to_ascii_lowercase().as_str(), "utc" | "gmt" | "etc/utc")
                            && matches!(value.ty, PgType::Timestamp | PgType::Timestamptz) =>
                    {
                        let to = if value.ty == PgType::Timestamptz { PgType::Timestamp } else { PgType::Timestamptz };
                        self.cast(value, &to)
                    }
                    _ => self.call("timezone", &[zone, value]),
                }
            }
            E::Overlay { expr: inner, overlay_what, overlay_from, overlay_for } => {
                let mut args =
                    vec![self.expr(inner, scope)?, self.expr(overlay_what, scope)?, self.expr(overlay_from, scope)?];
                if let Some(length) = overlay_for {
                    args.push(self.expr(length, scope)?);
                }
                self.call("overlay", &args)
            }
            E::Extract { field, expr: inner, .. } => {
                let value = self.expr(inner, scope)?;
                self.date_field(
                    "pg_extract",
                    &field.to_string().trim_matches('\'').to_ascii_lowercase(),
                    value,
                    PgType::Numeric,
                )
            }
            E::Ceil { expr: inner, field } | E::Floor { expr: inner, field } => {
                let value = self.expr(inner, scope)?;
                if !matches!(field, ast::CeilFloorKind::DateTimeField(ast::DateTimeField::NoDateTime)) {
                    return Err(Fault::unsupported("ceil and floor with a field"));
                }
                self.call(if matches!(expr, E::Ceil { .. }) { "ceil" } else { "floor" }, &[value])
            }
            E::Position { expr: needle, r#in } => {
                let (needle, text) = (self.expr(needle, scope)?, self.expr(r#in, scope)?);
                self.call("strpos", &[text, needle])
            }
            E::Substring { expr: inner, substring_from, substring_for, .. } => {
                let mut args = vec![self.expr(inner, scope)?];
                match (substring_from, substring_for) {
                    (Some(from), length) => {
                        args.push(self.expr(from, scope)?);
                        if let Some(length) = length {
                            args.push(self.expr(length, scope)?);
                        }
                    }
                    (None, Some(length)) => {
                        args.push(Expr::int(1));
                        args.push(self.expr(length, scope)?);
                    }
                    (None, None) => {}
                }
                self.call("substring", &args)
            }
            E::Trim { expr: inner, trim_where, trim_what, trim_characters } => {
                let name = match trim_where {
                    Some(ast::TrimWhereField::Leading) => "ltrim",
                    Some(ast::TrimWhereField::Trailing) => "rtrim",
                    _ => "btrim",
                };
                let mut args = vec![self.expr(inner, scope)?];
                if let Some(what) = trim_what.as_deref().or_else(|| trim_characters.as_ref().and_then(|c| c.first())) {
                    args.push(self.expr(what, scope)?);
                }
                self.call(name, &args)
            }
            E::Function(function) => self.function(function, scope),
            E::Tuple(items) if items.is_empty() => Err(Fault::new("syntax", "syntax error at or near \")\"")),
            E::Tuple(_) => Err(Fault::unsupported("a row as a value")),
            E::BinaryOp { left, op, right } => self.binary(left, op, right, scope),
            E::UnaryOp { op, expr: inner } => self.unary(*op, inner, scope),
            E::Like { negated, any, expr: inner, pattern, escape_char } => {
                self.like("pg_like", (*negated, *any), inner, pattern, escape_char.as_deref(), scope)
            }
            E::ILike { negated, any, expr: inner, pattern, escape_char } => {
                self.like("pg_ilike", (*negated, *any), inner, pattern, escape_char.as_deref(), scope)
            }
            E::SimilarTo { negated, expr: inner, pattern, escape_char } => {
                self.like("pg_similar", (*negated, false), inner, pattern, escape_char.as_deref(), scope)
            }
            E::AnyOp { left, compare_op, right, .. } => self.quantified(left, compare_op, right, false, scope),
            E::AllOp { left, compare_op, right } => self.quantified(left, compare_op, right, true, scope),
            other => {
                let text = other.to_string();
                let shown: String = text.chars().take(40).collect();
                Err(Fault::unsupported(format!("`{shown}`")))
            }
        }
    }

    fn value(&mut self, value: &ast::Value) -> Result<Expr> {
        use ast::Value as V;
        match value {
            V::Number(digits, _) => constant(digits),
            V::SingleQuotedString(text) | V::EscapedStringLiteral(text) | V::UnicodeStringLiteral(text) => {
                Ok(Expr::new(Kind::Unknown(text.clone()), PgType::Unknown))
            }
            V::DollarQuotedString(quoted) => Ok(Expr::new(Kind::Unknown(quoted.value.clone()), PgType::Unknown)),
            V::Boolean(b) => Ok(Expr::boolean(*b)),
            V::Null => Ok(Expr::new(Kind::Null, PgType::Unknown)),
            V::Placeholder(name) => {
                let n: usize = name
                    .trim_start_matches('$')
                    .parse()
                    .ok()
                    .filter(|n| (1..=999).contains(n))
                    .ok_or_else(|| Fault::new("syntax", format!("there is no parameter {name}")))?;
                if self.params.len() < n {
                    self.params.resize(n, None);
                }
                let ty = self.params.get(n - 1).cloned().flatten().unwrap_or(PgType::Unknown);
                Ok(Expr::new(Kind::Param(n), ty))
            }
            other => Err(Fault::unsupported(format!("the literal {other}"))),
        }
    }

    fn in_list(&mut self, inner: &ast::Expr, list: &[ast::Expr], negated: bool, scope: &Scope<'_>) -> Result<Expr> {
        if let Some(left) = row_items(inner) {
            let mut rows = Vec::new();
            for row in list {
                let Some(right) = row_items(row) else {
                    return Err(Fault::unsupported("comparing a row with a value").at(row.span()));
                };
                rows.push(self.row_equals(&left, &right, scope)?);
            }
            let any = Expr::new(Kind::Any(rows), PgType::Bool);
            return Ok(if negated { any.negated() } else { any });
        }
        let x = self.expr(inner, scope)?;
        let items = self.exprs(list, scope)?;
        let mut types = vec![x.ty.clone()];
        types.extend(items.iter().map(|i| i.ty.clone()));
        if let Some(other) =
            items.iter().find(|i| x.ty != PgType::Unknown && super::cast::compared_type(&x.ty, &i.ty).is_none())
        {
            return Err(super::operator::no_operator("=", &x.ty, &other.ty));
        }
        let ty = self.common_or_text(&types, "IN")?;
        if matches!(ty, PgType::Numeric | PgType::Jsonb | PgType::Interval | PgType::Array(_)) {
            let tests = items.into_iter().map(|i| self.compare("=", x.clone(), i)).collect::<Result<Vec<_>>>()?;
            let any = Expr::new(Kind::Any(tests), PgType::Bool);
            return Ok(if negated { any.negated() } else { any });
        }
        let x = self.coerce(x, &ty)?;
        let items = items.into_iter().map(|i| self.coerce(i, &ty)).collect::<Result<Vec<_>>>()?;
        Ok(Expr::new(Kind::InList(Box::new(x), items, negated), PgType::Bool))
    }

    fn in_query(&mut self, inner: &ast::Expr, subquery: &ast::Query, negated: bool, scope: &Scope<'_>) -> Result<Expr> {
        let left = match row_items(inner) {
            Some(items) => self.exprs(&items, scope)?,
            None => vec![self.expr(inner, scope)?],
        };
        let query = self.subquery(subquery, scope)?;
        if query.columns.len() != left.len() {
            return Err(Fault::new(
                "syntax",
                if query.columns.len() > left.len() {
                    "subquery has too many columns"
                } else {
                    "subquery has too few columns"
                },
            ));
        }
        let mut types = Vec::new();
        for (l, (_, r)) in left.iter().zip(&query.columns) {
            types
                .push(super::cast::compared_type(&l.ty, r).ok_or_else(|| super::operator::no_operator("=", &l.ty, r))?);
        }
        let left = left.into_iter().zip(&types).map(|(l, t)| self.coerce(l, t)).collect::<Result<Vec<_>>>()?;
        let query = self.converted(query, &types)?;
        Ok(Expr::new(Kind::InQuery(left, Box::new(query), negated), PgType::Bool))
    }

    /// Wraps a query so that its columns have other types.
    fn converted(&mut self, query: Query, types: &[PgType]) -> Result<Query> {
        if query.columns.iter().map(|(_, t)| t).eq(types) {
            return Ok(query);
        }
        let rel = self.rel();
        let mut items = Vec::new();
        for (i, ((_, own), to)) in query.columns.iter().zip(types).enumerate() {
            items.push(self.coerce(Expr::new(Kind::Column(rel, Field::Nth(i)), own.clone()), to)?);
        }
        let columns = query.columns.iter().zip(types).map(|((n, _), t)| (n.clone(), t.clone())).collect();
        let select = Select::of(items, Some(From::Query(rel, Box::new(query))));
        Ok(Query { ctes: Vec::new(), body: Body::Select(Box::new(select)), columns })
    }

    fn case(
        &mut self,
        operand: Option<&ast::Expr>,
        conditions: &[ast::CaseWhen],
        otherwise: Option<&ast::Expr>,
        scope: &Scope<'_>,
    ) -> Result<Expr> {
        let operand = operand.map(|o| self.expr(o, scope)).transpose()?;
        // Branches are evaluated in order in both engines: casts in them stay strict.
        let lenient = std::mem::take(&mut self.lenient);
        let resolved = self.without_sets("CASE", |r| r.branches(operand.as_ref(), conditions, otherwise, scope));
        self.lenient = lenient;
        let (branches, otherwise) = resolved?;
        // What ELSE gives comes first where the order counts: of texts the first one's type stays.
        let results = otherwise.iter().chain(branches.iter().map(|(_, result)| result));
        let types: Vec<PgType> = results.map(|r| r.ty.clone()).collect();
        let ty = self.common_or_text(&types, "CASE")?;
        let mut converted = Vec::new();
        for (condition, result) in branches {
            converted.push((condition, self.coerce(result, &ty)?));
        }
        let otherwise = otherwise.map(|o| self.coerce(o, &ty)).transpose()?.map(Box::new);
        Ok(Expr::new(Kind::Case(converted, otherwise), ty))
    }

    #[expect(clippy::type_complexity, reason = "conditions with results, and what ELSE gives")]
    fn branches(
        &mut self,
        operand: Option<&Expr>,
        conditions: &[ast::CaseWhen],
        otherwise: Option<&ast::Expr>,
        scope: &Scope<'_>,
    ) -> Result<(Vec<(Expr, Expr)>, Option<Expr>)> {
        let mut branches = Vec::new();
        for when in conditions {
            let condition = match operand {
                Some(operand) => {
                    let value = self.expr(&when.condition, scope)?;
                    self.compare("=", operand.clone(), value).map_err(|f| f.at(when.condition.span()))?
                }
                None => self.boolean(&when.condition, scope, "CASE/WHEN")?,
            };
            branches.push((condition, self.expr(&when.result, scope)?));
        }
        let otherwise = otherwise.map(|o| self.expr(o, scope)).transpose()?;
        Ok((branches, otherwise))
    }

    /// `extract` and `date_part`.
    pub(super) fn date_field(&mut self, function: &'static str, field: &str, value: Expr, ty: PgType) -> Result<Expr> {
        let kind = match value.ty {
            PgType::Interval => "interval",
            PgType::Time => "time",
            PgType::Date => "date",
            PgType::Timestamp => "timestamp",
            PgType::Timestamptz => "timestamptz",
            _ => {
                return Err(Fault::new(
                    "unknown-function",
                    format!("function pg_catalog.extract(unknown, {}) does not exist", value.ty),
                ));
            }
        };
        Ok(Expr::call(function, vec![Expr::option(field), value, Expr::option(kind)], ty))
    }
}

/// An array of elements; of arrays, which have to be as long as each other, one of several dimensions.
pub(super) fn array_of(items: Vec<Expr>, element: PgType) -> Expr {
    let function = if matches!(element, PgType::Array(_)) { "pg_arr_nest" } else { "json_array" };
    Expr::call(function, items, PgType::Array(Box::new(element)))
}

/// A number as it was written; a sign before it belongs to it.
pub(super) fn constant(digits: &str) -> Result<Expr> {
    let digits = digits.replace('_', "");
    match digits.parse::<i64>() {
        Ok(n) if i32::try_from(n).is_ok() => Ok(Expr::int(n)),
        Ok(n) => Ok(Expr::new(Kind::Int(n), PgType::Int8)),
        Err(_) => Ok(Expr::new(Kind::Text(number::canonical(&digits)?), PgType::Numeric)),
    }
}

/// Whether an expression reads columns, those inside of its subqueries aside.
pub(super) fn reads_columns(expr: &Expr) -> bool {
    match &expr.kind {
        Kind::Column(..) => true,
        Kind::Call(_, args) | Kind::All(args) | Kind::Any(args) => args.iter().any(reads_columns),
        Kind::Infix(_, a, b) => reads_columns(a) || reads_columns(b),
        Kind::Prefix(_, a) | Kind::IsNull(a, _) | Kind::NativeCast(a, _) => reads_columns(a),
        Kind::Case(branches, otherwise) => {
            branches.iter().any(|(w, t)| reads_columns(w) || reads_columns(t))
                || otherwise.as_deref().is_some_and(reads_columns)
        }
        _ => false,
    }
}

/// Returns the type of the only column of a query.
pub(super) fn single_column(query: &Query) -> Result<PgType> {
    match query.columns.as_slice() {
        [(_, ty)] => Ok(ty.clone()),
        _ => Err(Fault::new("syntax", "subquery must return only one column")),
    }
}
