//! PostgreSQL's dialect on SQLite.
//!
//! ```text
//! text ─ parse ─ resolve (names, types) ─ typed form ─ render ─ SQLite text
//! ```
//!
//! * [`dialect`], [`parse`]: PostgreSQL's grammar, with places; [`foreign`]: what only the parser takes; [`types`]: names;
//!   [`tokens`]: what it does not read, in words that it does.
//! * [`schema`]: what is known of the tables; nothing else of a database is needed to check a query.
//! * [`resolve`]: names, scopes and types; everything that is PostgreSQL's own becomes a call of a `pg_*` function.
//! * [`ir`]: the typed form; [`walk`] goes through it. [`render`]: its text for SQLite.
//! * [`prune`]: columns that nothing reads are left out. [`accelerate`]: joins by text get an index.
//! * [`value`]: PostgreSQL's semantics for values. [`functions`]: the same as functions of SQLite.
//! * [`convert`]: arguments in, results out.

pub mod accelerate;
pub mod convert;
pub mod dialect;
pub mod error;
pub mod foreign;
pub mod functions;
pub mod ir;
pub mod parse;
pub mod prune;
pub mod render;
pub mod resolve;
pub mod schema;
pub mod tokens;
pub mod translate;
pub mod types;
pub mod value;
pub mod walk;

pub use translate::{Statement, TableRead, check, translate};
