//! What the translator needs to know of the tables. Free of any database.

use crate::model::pgtype::PgType;

/// A table or view with its columns in `SELECT *` order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSchema {
    /// The name.
    pub name: String,
    /// Column names and types.
    pub columns: Vec<(String, PgType)>,
    /// For a view: the PostgreSQL query that it stands for.
    pub view: Option<String>,
}

/// A set of tables.
pub trait Schema: Send + Sync {
    /// Returns a table.
    fn table(&self, name: &str) -> Option<&TableSchema>;
    /// Returns the names of all tables, for suggestions.
    fn table_names(&self) -> Vec<&str>;

    /// Whether tables may be named in a schema: `public`, or a connection of Steampipe, which is a schema there.
    ///
    /// One inventory holds the rows of all connections, whatever they are called; those of AWS are called `aws` or
    /// `aws_...` (`aws_all`, `aws_prod`) by the plugin's convention.
    fn has_schema(&self, name: &str) -> bool {
        name == "public" || name == "aws" || name.strip_prefix("aws_").is_some_and(|rest| !rest.is_empty())
    }
}
