//! The nouns of ironpipe: what a mod contains, what a query returns, what a run found.
//!
//! Nothing here does I/O and nothing here knows another module of ours.
//!
//! * [`source`]: files, places in them, and SQL text that remembers where it was written.
//! * [`diagnostic`]: an error or warning at a place, with hints.
//! * [`resource`]: [`Mod`](resource::Mod), [`Benchmark`](resource::Benchmark), [`Control`](resource::Control),
//!   [`Query`](resource::Query), [`Variable`](resource::Variable).
//! * [`pgtype`] and [`value`]: PostgreSQL's types and the values of a result set.
//! * [`status`]: result statuses, severities and their sums.
//! * [`run`]: the result of running controls, the one model that every output format is made from.

pub mod diagnostic;
pub mod pgtype;
pub mod resource;
pub mod run;
pub mod source;
pub mod status;
pub mod value;
