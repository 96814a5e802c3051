//! The SQLite file that holds what was collected, and the other databases that can answer in its place.

pub mod backend;
mod load;

pub use load::{AccountFacts, Load, Row, TableLoad};
