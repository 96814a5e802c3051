//! Runs controls: resolves arguments, runs each query once, builds the result tree. Knows no output format.

pub mod events;
