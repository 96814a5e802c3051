//! PostgreSQL's semantics for values, one file for each family of types, without a database.
//!
//! Values have the representation that the inventory stores: `jsonb` in canonical text, timestamps as UTC text,
//! `numeric` as decimal text with its scale, intervals as `months,days,microseconds`, arrays as JSON text.

pub mod array;
pub mod boolean;
pub mod bytea;
pub mod datetime;
pub mod datetime_in;
pub mod field;
pub mod from_char;
pub mod inet;
pub mod interval;
mod interval_in;
pub mod json;
pub mod jsonb;
pub mod jsonb_edit;
pub mod jsonpath;
pub mod like;
pub mod money;
pub mod number;
pub mod number_format;
pub mod number_math;
pub mod regex;
mod regex_syntax;
mod template;
pub mod text;
pub mod to_char;
pub mod zone;
