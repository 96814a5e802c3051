//! Snapshot files: writing, reading, comparing, redacting.
