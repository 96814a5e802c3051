//! Errors of values and functions, with PostgreSQL's messages.

/// What PostgreSQL says when a value cannot be read, converted or computed (`division by zero`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PgError(pub String);

impl PgError {
    /// Makes an error from PostgreSQL's message.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// Makes `invalid input syntax for type T: "text"`.
    pub fn invalid(type_name: &str, text: &str) -> Self {
        Self(format!("invalid input syntax for type {type_name}: \"{text}\""))
    }
}

/// The result of a PostgreSQL operation.
pub type PgResult<T> = Result<T, PgError>;
