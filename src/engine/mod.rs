//! Runs controls. Knows no output format and no command line.
//!
//! * [`plan`]: which controls run, and in which tree they are shown.
//! * [`filter`]: `--tag` and `--where`.
//! * [`params`]: which value each `$n` has.
//! * [`outcome`]: what a row of a query means for its control.
//! * [`databases`]: which database answers a control.
//! * [`run`]: runs each query once, on several threads, and builds the result tree.
//! * [`events`]: what happens meanwhile, for progress displays.

pub mod databases;
pub mod events;
pub mod filter;
pub mod outcome;
pub mod params;
pub mod plan;
pub mod run;
#[cfg(test)]
mod tests;
