//! The tables that an inventory can hold, and the views over them.
//!
//! The definitions are embedded as text and read table by table when they are needed, so that a run which touches three
//! tables does not pay for six hundred.

mod embedded;

pub use embedded::{EmbeddedSchema, HIDDEN_PREFIX, Scope, TableDefinition, schema};
