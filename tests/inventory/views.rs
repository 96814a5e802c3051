//! CloudQuery's names over the same rows.
