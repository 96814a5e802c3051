//! The SQL layer against PostgreSQL's answers.

mod vectors;
