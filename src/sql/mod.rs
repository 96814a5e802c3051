//! PostgreSQL's dialect on SQLite: parse, resolve and type, rewrite, registered functions.
