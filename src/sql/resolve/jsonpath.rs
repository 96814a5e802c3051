//! Calls and operators of the SQL/JSON path language.

use super::{Resolver, Result};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Expr, Kind};
use crate::sql::value::jsonpath::Path;

/// Returns the function that does it here and what it returns.
fn function(name: &str) -> Option<(&'static str, PgType)> {
    Some(match name {
        "jsonb_path_query" => ("pg_jpath_query", PgType::Unknown),
        "jsonb_path_query_array" => ("pg_jpath_query_array", PgType::Jsonb),
        "jsonb_path_query_first" => ("pg_jpath_query_first", PgType::Jsonb),
        "jsonb_path_exists" | "@?" => ("pg_jpath_exists", PgType::Bool),
        "jsonb_path_match" | "@@" => ("pg_jpath_match", PgType::Bool),
        _ => return None,
    })
}

impl Resolver<'_> {
    /// Resolves a call of `jsonb_path_...`; none for another function.
    pub(super) fn path_call(&mut self, name: &str, args: &[Expr]) -> Result<Option<Expr>> {
        use PgType as T;
        let Some((function, ty)) = function(name) else { return Ok(None) };
        let is = |i: usize, ty: &T| args.get(i).is_none_or(|a| a.ty == *ty || a.ty == T::Unknown);
        let fits = (2..=4).contains(&args.len())
            && is(0, &T::Jsonb)
            && is(1, &T::Jsonpath)
            && is(2, &T::Jsonb)
            && is(3, &T::Bool);
        if !fits {
            return Err(self.no_function(name, args));
        }
        let mut all = Vec::new();
        for (arg, ty) in args.iter().zip([T::Jsonb, T::Jsonpath, T::Jsonb, T::Bool]) {
            let arg = self.coerce(arg.clone(), &ty)?;
            if let (T::Jsonpath, Kind::Text(text)) = (&ty, &arg.kind) {
                Path::parse(text)?;
            }
            all.push(arg);
        }
        if all.len() < 3 {
            all.push(Expr::new(Kind::Text("{}".to_owned()), T::Jsonb));
        }
        if all.len() < 4 {
            all.push(Expr::boolean(false));
        }
        Ok(Some(Expr::call(function, all, ty)))
    }

    /// `document @? path` and `document @@ path`, which are silent about errors.
    pub(super) fn path_operator(&mut self, op: &str, document: Expr, path: Expr) -> Result<Option<Expr>> {
        let fits = |e: &Expr, ty: &PgType| e.ty == *ty || e.ty == PgType::Unknown;
        if !fits(&document, &PgType::Jsonb) || !fits(&path, &PgType::Jsonpath) {
            return Ok(None);
        }
        let variables = Expr::new(Kind::Text("{}".to_owned()), PgType::Jsonb);
        self.path_call(op, &[document, path, variables, Expr::boolean(true)])
    }
}
