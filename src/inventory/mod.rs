//! The SQLite file that holds what was collected, and the other databases that can answer in its place.

pub mod backend;
mod load;
mod schema;

pub use load::{AccountFacts, Load, Row, TableLoad};
pub use schema::{EmbeddedSchema, HIDDEN_PREFIX, Scope, TableDefinition, schema};
