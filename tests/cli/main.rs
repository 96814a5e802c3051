//! The command line, on the real binary.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod config;
#[cfg(test)]
mod export;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod list_show;
#[cfg(test)]
mod mod_check;
#[cfg(test)]
mod mods;
#[cfg(test)]
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(test)]
mod query;
#[cfg(test)]
mod run;
#[cfg(test)]
#[cfg(feature = "postgres")]
#[path = "../support/postgres.rs"]
mod server;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod variables;
