//! Arguments of a query as PostgreSQL reads them: in text, which its own input functions turn into any type.

use crate::model::value::{Arg, array_text};
use bytes::BytesMut;
use std::error::Error;
use tokio_postgres::types::{Format, IsNull, Kind, ToSql, Type, to_sql_checked};

/// An argument that is bound to a parameter.
#[derive(Debug)]
pub(super) struct Param<'a>(pub &'a Arg);

impl ToSql for Param<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        Ok(match text(self.0, ty) {
            None => IsNull::Yes,
            Some(text) => {
                out.extend_from_slice(text.as_bytes());
                IsNull::No
            }
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

/// Returns the text of an argument for a parameter of a type; none for NULL.
fn text(arg: &Arg, ty: &Type) -> Option<String> {
    if matches!(*ty, Type::JSON | Type::JSONB) && !matches!(arg, Arg::Null) {
        // A string that is JSON already is taken as that.
        return Some(match arg {
            Arg::Text(text) | Arg::Object(text) => text.clone(),
            other => other.to_json().to_string(),
        });
    }
    match arg {
        Arg::Null => None,
        Arg::Text(text) | Arg::Object(text) => Some(text.clone()),
        Arg::Int(number) => Some(number.to_string()),
        Arg::Float(number) => Some(number.to_string()),
        Arg::Bool(flag) => Some(flag.to_string()),
        Arg::List(items) => Some(match ty.kind() {
            Kind::Array(element) => array_text(&items.iter().map(|item| text(item, element)).collect::<Vec<_>>()),
            _ => arg.to_json().to_string(),
        }),
    }
}
