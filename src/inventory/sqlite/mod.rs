//! Backends on SQLite: the inventory with PostgreSQL's dialect, and any SQLite file with its own.

mod completeness;
mod file_backend;
pub(super) mod guard;
mod inventory_backend;

pub use file_backend::FileBackend;
pub use inventory_backend::InventoryBackend;
