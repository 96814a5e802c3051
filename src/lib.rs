//! ironpipe runs Powerpipe mods without Powerpipe, Steampipe or PostgreSQL.
//!
//! ```text
//!  mod folder ──► hcl ──► model ─────────────────────────────┐
//!  flags, environment, *.ppvars, *.ppc ──► cli ──► options ──┤
//!                                                            ▼
//!  AWS APIs ──► aws ──┐                          engine: plan, run, events
//!  exports, *.jsonl ──┴► inventory (SQLite) ◄── sql ◄────────┤
//!                        postgres://, sqlite: ◄── untouched ─┤
//!                                                            ▼
//!                                              model::run ──► report, snapshot
//! ```
//!
//! Dependencies point one way: `cli → engine, report, snapshot → sql, inventory, aws → hcl, model`.

pub mod aws;
pub mod cli;
pub mod engine;
pub mod hcl;
pub mod inventory;
pub mod lint;
pub mod model;
pub mod mods;
pub mod report;
pub mod snapshot;
pub mod sql;
