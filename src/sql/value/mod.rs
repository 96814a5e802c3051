//! PostgreSQL's semantics for values, one file for each family of types, without a database.
//!
//! Values have the representation that the inventory stores: `jsonb` in canonical text, timestamps as UTC text,
//! `numeric` as decimal text with its scale, intervals as `months,days,microseconds`, arrays as JSON text.

pub mod array;
pub mod boolean;
pub mod datetime;
pub mod inet;
pub mod interval;
pub mod jsonb;
pub mod like;
pub mod number;
pub mod regex;
pub mod text;
pub mod to_char;
