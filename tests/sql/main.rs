//! The SQL layer against PostgreSQL's answers.

mod mods;
#[path = "../support/postgres.rs"]
mod postgres;
mod vectors;
