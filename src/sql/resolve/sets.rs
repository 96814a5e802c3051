//! Functions that return sets: in the SELECT list, and what they and those in FROM are made of.

use super::{Fault, Resolver, Result};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Expr, Field, Kind};

/// Set-returning functions that may stand in a SELECT list.
pub(super) const SETS: [&str; 17] = [
    "jsonb_each",
    "json_each",
    "jsonb_each_text",
    "json_each_text",
    "jsonb_array_elements",
    "json_array_elements",
    "jsonb_array_elements_text",
    "json_array_elements_text",
    "jsonb_object_keys",
    "json_object_keys",
    "unnest",
    "generate_series",
    "generate_subscripts",
    "regexp_matches",
    "regexp_split_to_table",
    "jsonb_path_query",
    "string_to_table",
];

/// The document that a function such as `json_each` takes apart, and the names and types of key and value.
type Each = (Expr, [(String, PgType); 2]);

impl Resolver<'_> {
    /// A set-returning function in a SELECT list: a value of the join that is added for it.
    pub(super) fn set_in_list(&mut self, name: &str, args: &[Expr]) -> Result<Expr> {
        self.allow_set()?;
        let each = self.each(name, args)?;
        let (set, element) = match &each {
            Some((set, _)) => (set.clone(), PgType::Record),
            None => self.set_function(name, args)?.ok_or_else(|| self.no_function(name, args))?,
        };
        let Some(sets) = self.sets.last_mut() else {
            return Err(Fault::new("syntax", "set-returning functions are not allowed here"));
        };
        if let Some((_, parts)) = each {
            if sets.zipped {
                return Err(Fault::unsupported(format!("{name} beside another set-returning function")));
            }
            let rel = sets.rel;
            sets.arrays.push(set);
            let columns =
                parts.into_iter().enumerate().map(|(i, (n, t))| (n, Expr::new(Kind::Column(rel, Field::Part(i)), t)));
            return Ok(Expr::new(Kind::Row(columns.collect(), None), element));
        }
        let field = if sets.zipped { Field::Part(sets.arrays.len()) } else { Field::Element };
        let rel = sets.rel;
        sets.arrays.push(set);
        Ok(Expr::new(Kind::Column(rel, field), element))
    }

    /// Returns the JSON array of pairs that `jsonb_each` and its twins give, with the names and types of the two parts.
    pub(super) fn each(&mut self, name: &str, args: &[Expr]) -> Result<Option<Each>> {
        let value = match name {
            "jsonb_each_text" | "json_each_text" => PgType::Text,
            "jsonb_each" => PgType::Jsonb,
            "json_each" => PgType::Json,
            _ => return Ok(None),
        };
        let function = match name {
            "jsonb_each_text" => "pg_each_text",
            "json_each_text" => "pg_jsoneach_text",
            "json_each" => "pg_jsoneach",
            _ => "pg_each",
        };
        let set = Expr::call(function, vec![self.document(args.to_vec(), name)?], PgType::Unknown);
        Ok(Some((set, [("key".to_owned(), PgType::Text), ("value".to_owned(), value)])))
    }

    /// Returns the JSON array that a set-returning function gives, and the type of its elements.
    pub(super) fn set_function(&mut self, name: &str, args: &[Expr]) -> Result<Option<(Expr, PgType)>> {
        use PgType as T;
        let set = |function, args| Expr::call(function, args, T::Unknown);
        Ok(Some(match name {
            "jsonb_array_elements" => (set("pg_elems", vec![self.document(args.to_vec(), name)?]), T::Jsonb),
            "json_array_elements" => (set("pg_jsonelems", vec![self.document(args.to_vec(), name)?]), T::Json),
            "jsonb_array_elements_text" => (set("pg_elems_text", vec![self.document(args.to_vec(), name)?]), T::Text),
            "json_array_elements_text" => {
                (set("pg_jsonelems_text", vec![self.document(args.to_vec(), name)?]), T::Text)
            }
            "jsonb_object_keys" => (set("pg_keys", vec![self.document(args.to_vec(), name)?]), T::Text),
            "json_object_keys" => (set("pg_jsonkeys", vec![self.document(args.to_vec(), name)?]), T::Text),
            "unnest" => {
                let [array] = args else { return Err(Fault::unsupported("unnest of several arrays")) };
                self.unnest(array.clone())?
            }
            "regexp_matches" | "regexp_split_to_table" => {
                let texts = args.iter().map(|a| self.coerce(a.clone(), &T::Text)).collect::<Result<Vec<_>>>()?;
                if name == "regexp_matches" {
                    (set("pg_rematches", texts), T::Array(Box::new(T::Text)))
                } else {
                    (set("pg_resplit_table", texts), T::Text)
                }
            }
            "string_to_table" => {
                let texts = args.iter().map(|a| self.coerce(a.clone(), &T::Text)).collect::<Result<Vec<_>>>()?;
                (set("pg_str2arr", texts), T::Text)
            }
            "generate_series" => self.series(args)?,
            "generate_subscripts" => self.subscripts_of(args)?,
            "jsonb_path_query" => {
                let Some(set) = self.path_call(name, args)? else { return Ok(None) };
                (set, T::Jsonb)
            }
            _ => return Ok(None),
        }))
    }

    fn series(&mut self, args: &[Expr]) -> Result<(Expr, PgType)> {
        use PgType as T;
        let (Some(from), Some(to)) = (args.first(), args.get(1)) else {
            return Err(self.no_function("generate_series", args));
        };
        let types: Vec<T> = vec![from.ty.clone(), to.ty.clone()];
        let ty = super::cast::common_type(&types).unwrap_or(T::Int4);
        match ty {
            T::Int2 | T::Int4 | T::Int8 => {
                let step = args.get(2).cloned().unwrap_or_else(|| Expr::int(1));
                let args = vec![
                    self.coerce(from.clone(), &T::Int8)?,
                    self.coerce(to.clone(), &T::Int8)?,
                    self.coerce(step, &T::Int8)?,
                ];
                let element = if ty == T::Int8 { T::Int8 } else { T::Int4 };
                Ok((Expr::call("pg_series", args, T::Unknown), element))
            }
            T::Date | T::Timestamp | T::Timestamptz => {
                let Some(step) = args.get(2) else { return Err(self.no_function("generate_series", args)) };
                let ty = if ty == T::Date { T::Timestamptz } else { ty };
                let args = vec![
                    self.coerce(from.clone(), &ty)?,
                    self.coerce(to.clone(), &ty)?,
                    self.coerce(step.clone(), &T::Interval)?,
                ];
                Ok((Expr::call("pg_series_ts", args, T::Unknown), ty))
            }
            T::Numeric => {
                let step = args.get(2).cloned().unwrap_or_else(|| Expr::int(1));
                let args = vec![
                    self.coerce(from.clone(), &T::Numeric)?,
                    self.coerce(to.clone(), &T::Numeric)?,
                    self.coerce(step, &T::Numeric)?,
                ];
                Ok((Expr::call("pg_series_num", args, T::Unknown), T::Numeric))
            }
            _ => Err(self.no_function("generate_series", args)),
        }
    }

    /// `generate_subscripts(array, dimension [, reverse])`.
    fn subscripts_of(&mut self, args: &[Expr]) -> Result<(Expr, PgType)> {
        use PgType as T;
        let (Some(array), Some(dimension)) = (args.first(), args.get(1)) else {
            return Err(self.no_function("generate_subscripts", args));
        };
        let length = self.call("array_length", &[array.clone(), dimension.clone()])?;
        let up = vec![Expr::int(1), length.clone(), Expr::int(1)];
        let down = vec![length, Expr::int(1), Expr::int(-1)];
        let series = |args| Expr::call("pg_series", args, T::Unknown);
        let set = match args.get(2) {
            None => series(up),
            Some(reverse) => {
                let reverse = self.coerce(reverse.clone(), &T::Bool)?;
                Expr::new(Kind::Case(vec![(reverse, series(down))], Some(Box::new(series(up)))), T::Unknown)
            }
        };
        Ok((set, T::Int4))
    }

    /// Returns the array of `unnest` and the type of its elements.
    pub(super) fn unnest(&mut self, array: Expr) -> Result<(Expr, PgType)> {
        let array = if array.ty == PgType::Unknown {
            self.coerce(array, &PgType::Array(Box::new(PgType::Text)))?
        } else {
            array
        };
        match array.ty.clone() {
            PgType::Array(element) if matches!(*element, PgType::Array(_)) => {
                Err(Fault::unsupported("unnest of an array of several dimensions"))
            }
            PgType::Array(element) => Ok((array, *element)),
            other => Err(Fault::new("unknown-function", format!("function unnest({other}) does not exist"))),
        }
    }

    /// The only argument of a function on documents.
    pub(super) fn document(&mut self, args: Vec<Expr>, name: &str) -> Result<Expr> {
        let wanted = if name.starts_with("jsonb") { PgType::Jsonb } else { PgType::Json };
        let missing = self.no_function(name, &args);
        let mut args = args.into_iter();
        match (args.next(), args.next()) {
            (Some(document), None) if document.ty == wanted || document.ty == PgType::Unknown => {
                self.coerce(document, &wanted)
            }
            _ => Err(missing),
        }
    }
}
