//! `jsonb_to_recordset` and its like: functions in FROM whose columns the query itself declares.

use super::naming::fold;
use super::scope::Scope;
use super::{Fault, Resolver, Result};
use crate::model::pgtype::PgType;
use crate::sql::ir::{Expr, Field, From, Kind};
use sqlparser::ast;

/// Whether a function's columns are declared where it is called.
pub(super) fn is_record_function(name: &str) -> bool {
    matches!(name, "jsonb_to_record" | "jsonb_to_recordset" | "json_to_record" | "json_to_recordset")
}

impl Resolver<'_> {
    /// Resolves such a function: a set of documents, and each column a member of the document, converted.
    pub(super) fn record_function(
        &mut self,
        name: &str,
        args: &[Expr],
        ordinality: bool,
        alias: Option<&ast::TableAlias>,
        scope: &mut Scope<'_>,
    ) -> Result<From> {
        let declared = alias.map(|a| a.columns.as_slice()).unwrap_or_default();
        if declared.is_empty() || declared.iter().any(|c| c.data_type.is_none()) {
            let message = "a column definition list is required for functions returning \"record\"";
            return Err(Fault::new("syntax", message).help(format!("{name}(...) AS t(name text, size int)")));
        }
        if ordinality {
            return Err(Fault::new("syntax", "WITH ORDINALITY cannot be used with a column definition list"));
        }
        let document = self.document(args.to_vec(), name)?;
        let ty = document.ty.clone();
        let set = Expr::call("pg_records", vec![document, Expr::option(name)], PgType::Unknown);
        let rel = self.rel();
        let mut columns = Vec::new();
        for column in declared {
            let Some(data_type) = &column.data_type else { continue };
            let element = Expr::new(Kind::Column(rel, Field::Element), ty.clone());
            let key = fold(&column.name);
            let value = self.member(element, &key, data_type).map_err(|f| f.at(column.name.span))?;
            columns.push((key, value));
        }
        let bare = alias.map(|a| ast::TableAlias { columns: Vec::new(), ..a.clone() });
        self.item(bare.as_ref(), name, None, columns, Some(super::from::element_marker(rel)), scope)?;
        Ok(From::Elements(rel, Box::new(set)))
    }

    /// A member of a document as a value of a type.
    fn member(&mut self, document: Expr, key: &str, data_type: &ast::DataType) -> Result<Expr> {
        let to = super::cast::pg_type(data_type)?;
        let key = Expr::option(key);
        let text = self.operator("->>", document.clone(), key.clone())?;
        match &to {
            // JSON null is NULL for every type.
            PgType::Json | PgType::Jsonb => {
                let value = self.operator("->", document, key)?;
                let value = self.cast(value, &to)?;
                let missing = Expr::new(Kind::IsNull(Box::new(text), false), PgType::Bool);
                let null = Expr::new(Kind::Null, to.clone());
                Ok(Expr::new(Kind::Case(vec![(missing, null)], Some(Box::new(value))), to))
            }
            PgType::Array(element) => {
                if matches!(**element, PgType::Array(_) | PgType::Json | PgType::Jsonb) {
                    return Err(Fault::unsupported(format!("a member of type {to}")));
                }
                let value = self.operator("->", document, key)?;
                let texts = Expr::call("pg_json_texts", vec![value], PgType::Array(Box::new(PgType::Text)));
                self.cast(texts, &to)
            }
            // A text that is too long fails here, where a cast cuts it off.
            PgType::Varchar | PgType::Bpchar if data_type.to_string().contains('(') => {
                Err(Fault::unsupported(format!("a declared column of type {data_type}")))
            }
            _ => {
                let value = self.cast(text, &to)?;
                self.fitted(value, data_type)
            }
        }
    }
}
