//! `boolean`.

use crate::sql::error::{PgError, PgResult};

/// Reads a boolean: an unambiguous prefix of true, false, yes, no, on, off, or 1, 0; blanks and case do not matter.
pub fn parse(text: &str) -> PgResult<bool> {
    let word = text.trim().to_ascii_lowercase();
    let is = |full: &str, least: usize| word.len() >= least && full.starts_with(&word);
    if is("true", 1) || is("yes", 1) || is("on", 2) || word == "1" {
        Ok(true)
    } else if is("false", 1) || is("no", 1) || is("off", 2) || word == "0" {
        Ok(false)
    } else {
        Err(PgError::invalid("boolean", text))
    }
}
