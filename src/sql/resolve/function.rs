//! Calls: the catalog of functions and the ones that need more than their argument types.

use super::aggregate::is_aggregate;
use super::catalog;
use super::naming::{fold, last_part};
use super::scope::Scope;
use super::sets::SETS;
use super::{Fault, Resolver, Result};
use crate::model::diagnostic::nearest;
use crate::model::pgtype::PgType;
use crate::sql::ir::{Expr, Kind};
use sqlparser::ast;

impl Resolver<'_> {
    /// Resolves a call as it was written.
    pub(super) fn function(&mut self, function: &ast::Function, scope: &Scope<'_>) -> Result<Expr> {
        let name = last_part(&function.name);
        self.function_schema(&function.name)?;
        if let ast::FunctionArguments::Subquery(query) = &function.args {
            if name != "array" {
                return Err(Fault::unsupported(format!("{name}(query)")));
            }
            let query = self.subquery(query, scope)?;
            let element = super::expr::single_column(&query)?;
            return Ok(Expr::new(Kind::ArrayOf(Box::new(query)), PgType::Array(Box::new(element))));
        }
        if is_aggregate(&name) || function.over.is_some() {
            return self.aggregate(&name, function, scope);
        }
        let ordered = matches!(
            &function.args,
            ast::FunctionArguments::List(l) if l.clauses.iter().any(|c| matches!(c, ast::FunctionArgumentClause::OrderBy(_)))
        );
        for (present, clause) in [
            (function.filter.is_some(), "FILTER"),
            (!function.within_group.is_empty(), "WITHIN GROUP"),
            (ordered, "ORDER BY"),
        ] {
            if present {
                let message = format!("{clause} specified, but {name} is not an aggregate function");
                return Err(Fault::new("syntax", message));
            }
        }
        let bars = match name.as_str() {
            "coalesce" => Some("COALESCE"),
            n if SETS.contains(&n) => Some(super::clause::NESTED_SETS),
            _ => None,
        };
        let mut args = Vec::new();
        let mut named = Vec::new();
        if let ast::FunctionArguments::List(list) = &function.args {
            if let Some(other) = list.clauses.first() {
                return Err(Fault::unsupported(format!("{other} in a call")));
            }
            if list.duplicate_treatment.is_some() {
                return Err(Fault::new(
                    "syntax",
                    format!("DISTINCT specified, but {name} is not an aggregate function"),
                ));
            }
            for arg in &list.args {
                match arg {
                    ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(e)) => args.push(match bars {
                        Some(construct) => self.without_sets(construct, |r| r.expr(e, scope))?,
                        None if name == "row" => self.alone(|r| r.expr(e, scope))?,
                        None => self.expr(e, scope)?,
                    }),
                    ast::FunctionArg::Unnamed(ast::FunctionArgExpr::QualifiedWildcard(alias)) => {
                        let alias = last_part(alias);
                        let item = super::scope::find_item(&alias, scope)
                            .ok_or_else(|| super::scope::missing_item(&alias, scope))?
                            .clone();
                        let bare = super::scope::Item { whole: None, ..item };
                        args.push(self.whole_row(&bare));
                    }
                    ast::FunctionArg::Named { name, arg: ast::FunctionArgExpr::Expr(e), .. } => {
                        named.push((fold(name), self.expr(e, scope)?));
                    }
                    ast::FunctionArg::ExprNamed {
                        name: ast::Expr::Identifier(name),
                        arg: ast::FunctionArgExpr::Expr(e),
                        ..
                    } => named.push((fold(name), self.expr(e, scope)?)),
                    _ => return Err(Fault::unsupported("this kind of argument")),
                }
            }
        }
        if name == "grouping" {
            return Ok(Expr::call("grouping", args, PgType::Int4));
        }
        if name == "make_interval" {
            return self.make_interval(args, named);
        }
        if !named.is_empty() {
            return Err(Fault::unsupported("named arguments"));
        }
        if SETS.contains(&name.as_str()) {
            return self.set_in_list(&name, &args);
        }
        self.call(&name, &args)
    }

    /// Checks the schema before a function's name: all functions are PostgreSQL's own.
    pub(super) fn function_schema(&self, name: &ast::ObjectName) -> Result<()> {
        let parts: Vec<String> = name.0.iter().filter_map(|p| p.as_ident()).map(fold).collect();
        let [schema, .., function] = parts.as_slice() else { return Ok(()) };
        if schema == "pg_catalog" && parts.len() == 2 {
            return Ok(());
        }
        let fault = if self.schema.has_schema(schema) {
            Fault::unsupported(format!("the function {schema}.{function} of a schema"))
        } else {
            Fault::new("unknown-function", format!("schema \"{schema}\" does not exist"))
                .help(format!("write {function} without a schema"))
        };
        Err(fault)
    }

    /// The error for a call that no function fits.
    pub(super) fn no_function(&self, name: &str, args: &[Expr]) -> Fault {
        if name.starts_with("jsonb_path_") && name.ends_with("_tz") {
            return Fault::unsupported(name);
        }
        let types: Vec<String> = args.iter().map(|a| a.ty.to_string()).collect();
        let fault = Fault::new("unknown-function", format!("function {name}({}) does not exist", types.join(", ")));
        let known = catalog::names()
            .chain(super::aggregate::AGGREGATES.iter().copied())
            .chain(super::aggregate::WINDOW.iter().copied())
            .chain(SPECIAL.iter().copied())
            .chain(SETS);
        if known.clone().any(|n| n == name) {
            return fault.help(
                "no function matches the given name and argument types; you might need to add explicit type casts",
            );
        }
        if is_postgres_function(name) {
            return Fault::unsupported(format!("function {name}"));
        }
        match nearest(name, known) {
            Some(near) => fault.help(format!("did you mean {near}?")),
            None => fault,
        }
    }

    /// Calls a function by name with resolved arguments.
    pub(super) fn call(&mut self, name: &str, args: &[Expr]) -> Result<Expr> {
        if let Some(result) = self.special(name, args)? {
            return Ok(result);
        }
        if let Some(result) = self.path_call(name, args)? {
            return Ok(result);
        }
        if let Some(call) = self.catalog_call(name, args.to_vec())? {
            return Ok(call);
        }
        // The name of a type is a function that casts.
        match (args, PgType::parse(name)) {
            ([only], Some(ty)) if ty.internal_name() == name && !matches!(ty, PgType::Record | PgType::Void) => {
                self.cast(only.clone(), &ty)
            }
            _ => Err(self.no_function(name, args)),
        }
    }

    /// Functions whose result type or form depends on more than a signature.
    #[expect(clippy::too_many_lines, reason = "one arm for each function")]
    fn special(&mut self, name: &str, args: &[Expr]) -> Result<Option<Expr>> {
        use PgType as T;
        let arg = |i: usize| {
            args.get(i)
                .cloned()
                .ok_or_else(|| Fault::new("unknown-function", format!("function {name}() does not exist")))
        };
        let text_option = |e: &Expr| match &e.kind {
            Kind::Unknown(t) | Kind::Text(t) => Some(t.clone()),
            _ => None,
        };
        Ok(Some(match (name, args.len()) {
            ("now" | "current_timestamp" | "transaction_timestamp" | "statement_timestamp" | "clock_timestamp", 0) => {
                Expr::call("pg_now", vec![], T::Timestamptz)
            }
            ("current_timestamp", 1) => {
                Expr::call("pg_ts_round", vec![Expr::call("pg_now", vec![], T::Timestamptz), arg(0)?], T::Timestamptz)
            }
            ("localtimestamp", 1) => {
                Expr::call("pg_ts_round", vec![Expr::call("pg_now", vec![], T::Timestamp), arg(0)?], T::Timestamp)
            }
            ("localtime", 0) => self.cast(Expr::call("pg_now", vec![], T::Timestamp), &T::Time)?,
            ("current_time" | "current_catalog" | "user", 0) => return Err(Fault::unsupported(name)),
            ("localtimestamp", 0) => Expr::call("pg_now", vec![], T::Timestamp),
            ("current_date", 0) => Expr::call("pg_today", vec![], T::Date),
            ("coalesce", 1..) => {
                let types: Vec<T> = args.iter().map(|a| a.ty.clone()).collect();
                let ty = self.common_or_text(&types, "COALESCE")?;
                let mut args = args.iter().map(|a| self.coerce(a.clone(), &ty)).collect::<Result<Vec<_>>>()?;
                if args.len() == 1 { args.remove(0) } else { Expr::call("coalesce", args, ty) }
            }
            ("nullif", 2) => {
                let (a, b) = (arg(0)?, arg(1)?);
                let a = if a.ty == T::Unknown && b.ty == T::Unknown { self.coerce(a, &T::Text)? } else { a };
                let same = self.compare("=", a.clone(), b.clone())?;
                let wanted = if super::cast::is_text(&b.ty) { T::Text } else { b.ty.clone() };
                let a = if a.ty == T::Unknown { self.coerce(a, &wanted)? } else { a };
                // The comparison is one of texts, and its left side is the result.
                let ty = if a.ty == T::Varchar { T::Text } else { a.ty.clone() };
                Expr::new(Kind::Case(vec![(same, Expr::new(Kind::Null, ty.clone()))], Some(Box::new(a))), ty)
            }
            ("greatest" | "least", 1..) => {
                let types: Vec<T> = args.iter().map(|a| a.ty.clone()).collect();
                let ty = self.common_or_text(&types, &name.to_uppercase())?;
                let mut all = vec![Expr::option(ty.internal_name())];
                for a in args {
                    all.push(self.coerce(a.clone(), &ty)?);
                }
                Expr::call(if name == "greatest" { "pg_greatest" } else { "pg_least" }, all, ty)
            }
            ("concat" | "format", 1..) | ("concat_ws", 2..) => {
                let mut all = Vec::new();
                for a in args {
                    all.push(self.output_text(a.clone())?);
                }
                let function = match name {
                    "concat" => "pg_concat",
                    "concat_ws" => "pg_concat_ws",
                    _ => "pg_format",
                };
                Expr::call(function, all, T::Text)
            }
            ("date_part" | "extract", 2) => {
                let field = text_option(&arg(0)?)
                    .ok_or_else(|| Fault::unsupported("date_part of a field that is not a literal"))?;
                let value = arg(1)?;
                let value =
                    if value.ty == T::Date && name == "date_part" { self.cast(value, &T::Timestamp)? } else { value };
                self.date_field("pg_date_part", &field.to_ascii_lowercase(), value, T::Float8)?
            }
            ("date_trunc", 2) => {
                let field = arg(0)?;
                let field = self.coerce(field, &T::Text)?;
                let value = arg(1)?;
                match value.ty {
                    T::Interval => Expr::call("pg_trunc_iv", vec![field, value], T::Interval),
                    T::Date | T::Timestamptz | T::Unknown => {
                        let value = self.coerce(value, &T::Timestamptz)?;
                        Expr::call(
                            "pg_trunc_ts",
                            vec![field, value, Expr::option("timestamp with time zone")],
                            T::Timestamptz,
                        )
                    }
                    T::Timestamp => Expr::call(
                        "pg_trunc_ts",
                        vec![field, value, Expr::option("timestamp without time zone")],
                        T::Timestamp,
                    ),
                    _ => return Err(self.no_function(name, args)),
                }
            }
            ("date", 1) => {
                let value = arg(0)?;
                match value.ty {
                    T::Date | T::Timestamp | T::Timestamptz | T::Unknown => self.cast(value, &T::Date)?,
                    _ => return Err(self.no_function(name, args)),
                }
            }
            ("age", 1 | 2) => {
                let (later, earlier) = if args.len() == 2 {
                    (arg(0)?, arg(1)?)
                } else {
                    (Expr::call("pg_today", vec![], T::Date), arg(0)?)
                };
                let mut instant = |e: Expr| match e.ty {
                    T::Timestamp => Ok(e),
                    T::Date | T::Timestamptz | T::Unknown => self.coerce(e, &T::Timestamptz),
                    ref other => Err(Fault::new("unknown-function", format!("function age({other}) does not exist"))),
                };
                Expr::call("pg_age", vec![instant(later)?, instant(earlier)?], T::Interval)
            }
            ("date_trunc", 3) => {
                let (field, zone) = (self.coerce(arg(0)?, &T::Text)?, self.coerce(arg(2)?, &T::Text)?);
                let value = self.coerce(arg(1)?, &T::Timestamptz).map_err(|_| self.no_function(name, args))?;
                Expr::call("pg_trunc_ts_zone", vec![field, value, zone], T::Timestamptz)
            }
            ("num_nulls" | "num_nonnulls", 1..) => {
                let count = |e: &Expr| Expr::new(Kind::IsNull(Box::new(e.clone()), name == "num_nonnulls"), T::Int4);
                let mut tests = args.iter().map(count);
                let first = tests.next().unwrap_or_else(|| Expr::int(0));
                tests.fold(first, |sum, test| Expr::infix("+", sum, test, T::Int4))
            }
            ("row", _) => {
                let columns = args.iter().enumerate().map(|(i, a)| (format!("f{}", i + 1), a.clone())).collect();
                Expr::new(Kind::Row(columns, None), T::Record)
            }
            ("array_to_json", 1) if matches!(arg(0)?.ty, T::Array(_)) => {
                let json = self.json_of(arg(0)?)?;
                Expr::new(json.kind, T::Json)
            }
            ("to_jsonb" | "to_json", 1) if arg(0)?.ty == T::Unknown => {
                return Err(super::aggregate::undetermined());
            }
            ("json_extract_path" | "json_extract_path_text", 2..) => {
                let document = self.coerce(arg(0)?, &T::Json)?;
                let steps =
                    args.iter().skip(1).map(|a| self.coerce(a.clone(), &T::Text)).collect::<Result<Vec<_>>>()?;
                let path = Expr::call("json_array", steps, T::Array(Box::new(T::Text)));
                let (function, ty) =
                    if name.ends_with("_text") { ("pg_jsonpatht", T::Text) } else { ("pg_jsonpath", T::Json) };
                Expr::call(function, vec![document, path], ty)
            }
            ("text", 1) => self.cast(arg(0)?, &T::Text)?,
            ("pg_typeof", 1) => Expr::new(Kind::Text(arg(0)?.ty.sql_name()), T::Regtype),
            ("to_jsonb" | "to_json", 1) => {
                let value = arg(0)?;
                let json = self.json_of(value)?;
                if name == "to_jsonb" {
                    Expr::call("pg_jsonb_in", vec![json], T::Jsonb)
                } else {
                    Expr::new(json.kind, T::Json)
                }
            }
            ("row_to_json", 1) if arg(0)?.ty == T::Record => {
                let json = self.json_of(arg(0)?)?;
                Expr::new(json.kind, T::Json)
            }
            ("row_to_json" | "array_to_json", 2) => {
                let plain = self.call(name, &[arg(0)?]).map_err(|_| self.no_function(name, args))?;
                let pretty = self.coerce(arg(1)?, &T::Bool).map_err(|_| self.no_function(name, args))?;
                in_lines(plain, pretty)?
            }
            ("quote_literal" | "quote_nullable", 1)
                if !super::cast::is_text(&arg(0)?.ty) && arg(0)?.ty != T::Unknown =>
            {
                let text = self.text_of(arg(0)?)?;
                self.call(name, &[text])?
            }
            ("jsonb_build_object" | "json_build_object", _) => {
                let mut all = Vec::new();
                for (i, a) in args.iter().enumerate() {
                    if i % 2 == 0 && matches!(a.ty, T::Array(_) | T::Record | T::Json | T::Jsonb) {
                        let message = "key value must be scalar, not array, composite, or json";
                        return Err(Fault::new("type", message));
                    }
                    all.push(if i % 2 == 0 { self.text_of(a.clone())? } else { self.json_or_null(a.clone())? });
                }
                if name.starts_with("jsonb") {
                    Expr::call("pg_jbuild", all, T::Jsonb)
                } else {
                    Expr::call("pg_jsonbuild", all, T::Json)
                }
            }
            ("jsonb_build_array" | "json_build_array", _) => {
                let all = args.iter().map(|a| self.json_or_null(a.clone())).collect::<Result<Vec<_>>>()?;
                if name.starts_with("jsonb") {
                    Expr::call("pg_jarr", all, T::Jsonb)
                } else {
                    Expr::call("pg_jsonarr", all, T::Json)
                }
            }
            ("jsonb_extract_path" | "jsonb_extract_path_text", 2..) => {
                let document = self.coerce(arg(0)?, &T::Jsonb)?;
                let steps =
                    args.iter().skip(1).map(|a| self.coerce(a.clone(), &T::Text)).collect::<Result<Vec<_>>>()?;
                let path = Expr::call("json_array", steps, T::Array(Box::new(T::Text)));
                let (function, ty) =
                    if name.ends_with("_text") { ("pg_jpatht", T::Text) } else { ("pg_jpath", T::Jsonb) };
                Expr::call(function, vec![document, path], ty)
            }
            ("array_cat", 2) => self.operator("||", arg(0)?, arg(1)?)?,
            _ => return Ok(None),
        }))
    }

    fn json_or_null(&mut self, value: Expr) -> Result<Expr> {
        let json = self.json_of(value)?;
        Ok(Expr::call("coalesce", vec![json, Expr::option("null")], PgType::Text))
    }

    /// Returns the JSON text of any value.
    pub(super) fn json_of(&mut self, value: Expr) -> Result<Expr> {
        use PgType as T;
        let value = if value.ty == T::Unknown { self.coerce(value, &T::Text)? } else { value };
        let text = |function, args| Ok(Expr::call(function, args, T::Text));
        match value.ty.clone() {
            T::Json | T::Jsonb => Ok(Expr::new(value.kind, T::Text)),
            T::Int2 | T::Int4 | T::Int8 | T::Bool => self.text_of(value),
            T::Bpchar => text("pg_jstr", vec![Expr::new(value.kind, T::Text)]),
            T::Numeric => text("pg_num2json", vec![value]),
            T::Float4 | T::Float8 => {
                let number = self.text_of(value)?;
                text("pg_num2json", vec![number])
            }
            T::Timestamptz => text("pg_ts2json", vec![value, Expr::int(1)]),
            T::Timestamp => text("pg_ts2json", vec![value, Expr::int(0)]),
            T::Inet => text("pg_jstr", vec![Expr::new(value.kind, T::Text)]),
            T::Array(element) => {
                let kind = element.internal_name();
                text("pg_arr2json", vec![value, Expr::option(kind)])
            }
            T::Record => {
                let Kind::Row(columns, marker) = value.kind else { return Err(Fault::unsupported("this row")) };
                let mut args = Vec::new();
                for (name, column) in columns {
                    args.push(Expr::option(name));
                    args.push(self.json_or_null(column)?);
                }
                let row = Expr::call("pg_rowjson", args, T::Text);
                Ok(match marker {
                    None => row,
                    Some(marker) => {
                        let exists = Expr::new(Kind::IsNull(marker, true), T::Bool);
                        Expr::new(Kind::Case(vec![(exists, row)], None), T::Text)
                    }
                })
            }
            _ => {
                let shown = self.text_of(value)?;
                text("pg_jstr", vec![shown])
            }
        }
    }

    fn make_interval(&mut self, args: Vec<Expr>, named: Vec<(String, Expr)>) -> Result<Expr> {
        const NAMES: [&str; 7] = ["years", "months", "weeks", "days", "hours", "mins", "secs"];
        let mut all: Vec<Expr> = NAMES.iter().map(|_| Expr::int(0)).collect();
        let positional = args.into_iter().enumerate();
        let by_name = named.into_iter().map(|(n, e)| (NAMES.iter().position(|k| *k == n).unwrap_or(NAMES.len()), e));
        for (i, value) in positional.chain(by_name) {
            let ty = if i == 6 { PgType::Float8 } else { PgType::Int4 };
            let value = self.coerce(value, &ty)?;
            *all.get_mut(i).ok_or_else(|| Fault::new("unknown-function", "make_interval has no such argument"))? =
                value;
        }
        Ok(Expr::call("pg_make_interval", all, PgType::Interval))
    }
}

/// `row_to_json(row, pretty)` and its twin for arrays: where asked for, each member begins a line.
fn in_lines(plain: Expr, pretty: Expr) -> Result<Expr> {
    let ty = plain.ty.clone();
    let lines = match &plain.kind {
        Kind::Case(branches, None) => match branches.as_slice() {
            [(exists, row)] => {
                let row = in_lines(row.clone(), pretty)?;
                return Ok(Expr::new(Kind::Case(vec![(exists.clone(), row)], None), ty));
            }
            _ => return Err(Fault::unsupported("the second argument of row_to_json")),
        },
        Kind::Call("pg_rowjson", args) => Expr::call("pg_rowjson_lines", args.clone(), ty.clone()),
        Kind::Call("pg_arr2json", args) => Expr::call("pg_arr2json_lines", args.clone(), ty.clone()),
        _ => return Err(Fault::unsupported("the second argument of row_to_json or array_to_json")),
    };
    let branches = vec![(pretty.clone(), lines), (pretty.negated(), plain)];
    Ok(Expr::new(Kind::Case(branches, None), ty))
}

/// The names that `special` knows, for suggestions.
const SPECIAL: [&str; 27] = [
    "now",
    "current_timestamp",
    "current_date",
    "coalesce",
    "nullif",
    "greatest",
    "least",
    "concat",
    "concat_ws",
    "format",
    "date_part",
    "date_trunc",
    "date",
    "age",
    "text",
    "pg_typeof",
    "to_jsonb",
    "to_json",
    "row_to_json",
    "jsonb_build_object",
    "json_build_object",
    "jsonb_build_array",
    "json_build_array",
    "jsonb_extract_path",
    "jsonb_extract_path_text",
    "array_cat",
    "make_interval",
];

/// Whether PostgreSQL has a function of that name; those that only the server itself calls are among them.
fn is_postgres_function(name: &str) -> bool {
    include_str!("postgres_functions.txt").split_whitespace().any(|n| n == name)
}
