//! A PostgreSQL or Steampipe server that answers in the place of the inventory, with the query as it was written.

mod backend;
mod decode;
mod encode;
mod tls;

pub use backend::{PostgresBackend, PostgresOptions};
