//! The SQL layer against PostgreSQL's answers.

#[cfg(test)]
mod mods;
#[cfg(test)]
#[path = "../support/postgres.rs"]
mod postgres;
#[cfg(test)]
mod vectors;
