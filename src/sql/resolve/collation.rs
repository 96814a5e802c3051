//! COLLATE: of two texts that meet in an operator or a call, both must not have been given different collations.
//!
//! All collations of the inventory sort alike; the rule is PostgreSQL's (manual, chapter 24.2).

use super::{Fault, Resolver, Result};
use crate::model::pgtype::PgType;

/// Whether values of a type have a collation.
pub(super) fn is_collatable(ty: &PgType) -> bool {
    match ty {
        PgType::Array(element) => is_collatable(element),
        PgType::Unknown => true,
        other => super::cast::is_text(other),
    }
}

impl Resolver<'_> {
    /// Notes the collation of a part of the expression around.
    pub(super) fn collated(&mut self, part: Option<String>) -> Result<()> {
        let (Some(part), Some(whole)) = (part, self.collations.last_mut()) else { return Ok(()) };
        match whole {
            Some(other) if *other != part => {
                let message = format!("collation mismatch between explicit collations \"{other}\" and \"{part}\"");
                Err(Fault::new("type", message))
            }
            _ => {
                *whole = Some(part);
                Ok(())
            }
        }
    }

    /// Resolves something whose collations do not meet those of the expression around.
    pub(super) fn alone<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.collations.push(None);
        let result = f(self);
        self.collations.pop();
        result
    }
}
