//! The inventory file, imports and the backends that answer queries.

mod backend;
mod files;
mod imports;
mod support;
