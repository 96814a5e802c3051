//! The SQL layer against PostgreSQL's answers.

#[cfg(test)]
mod both;
#[cfg(test)]
mod conditions;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod mods;
#[cfg(test)]
mod mutants;
#[cfg(test)]
mod once;
#[cfg(test)]
#[path = "../support/postgres.rs"]
mod postgres;
#[cfg(test)]
mod queries;
#[cfg(test)]
mod vectors;
