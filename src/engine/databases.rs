//! Which database answers a control.

use super::plan::Planned;
use crate::inventory::backend::{Backend, QueryError};
use crate::model::resource::DatabaseSettings;

/// The databases of a run: the default one, and those that resources name.
pub struct Databases<'b> {
    default: &'b dyn Backend,
    others: Vec<(DatabaseSettings, Result<&'b dyn Backend, String>)>,
}

impl<'b> Databases<'b> {
    /// One database for everything that names none.
    pub fn single(default: &'b dyn Backend) -> Self {
        Self { default, others: Vec::new() }
    }

    /// Adds the database that resources with these settings use, or why it cannot be used.
    pub fn add(&mut self, settings: DatabaseSettings, backend: Result<&'b dyn Backend, String>) {
        self.others.push((settings, backend));
    }

    /// Returns a control's database with its number.
    ///
    /// # Errors
    ///
    /// The control names a database that cannot be used; the default one must not answer in its place.
    pub fn of(&self, planned: &Planned) -> Result<(usize, &'b dyn Backend), QueryError> {
        let Some(wanted) = &planned.database else { return Ok((0, self.default)) };
        match self.others.iter().enumerate().find(|(_, (s, _))| s == wanted) {
            Some((i, (_, Ok(backend)))) => Ok((i + 1, *backend)),
            Some((_, (_, Err(why)))) => Err(QueryError::Connect(why.clone())),
            None => Err(QueryError::Connect("the control's database was not opened".to_owned())),
        }
    }
}
