//! The SQLite file that holds what was collected, and the other databases that can answer in its place.
//!
//! * [`Inventory`]: the file; [`Load`]: what is put into it; [`Manifest`]: what it knows of its own completeness.
//! * [`schema`]: the tables and views that queries may name.
//! * [`backend`]: the interface between the engine and whatever answers queries.

pub mod backend;
mod digest;
#[cfg(feature = "duckdb")]
mod duckdb;
mod encode;
mod error;
mod export;
mod file;
mod import;
mod load;
mod manifest;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
mod schema;
mod show;
mod sqlite;
#[cfg(any(feature = "mysql", feature = "duckdb", test))]
mod stop;
mod write;

#[cfg(feature = "duckdb")]
pub use duckdb::DuckdbBackend;
pub use error::{InventoryError, RowError};
pub use export::ExportReport;
pub use file::{Inventory, Mode, SCHEMA_VERSION};
pub use import::{ImportError, ImportReport, import_dir};
pub use load::{AccountFacts, Load, Row, TableLoad};
pub use manifest::{Entry, Manifest};
#[cfg(feature = "mysql")]
pub use mysql::MysqlBackend;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresBackend, PostgresOptions};
pub use schema::{EmbeddedSchema, HIDDEN_PREFIX, Scope, TableDefinition, schema};
pub use show::Overview;
pub use sqlite::{FileBackend, InventoryBackend};
