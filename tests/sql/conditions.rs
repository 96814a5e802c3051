//! Casts in conditions.

use crate::both::NOW;
use chrono::{DateTime, Utc};
use ironpipe::inventory::backend::{Backend as _, Limits};
use ironpipe::inventory::{Inventory, InventoryBackend, import_dir};
use ironpipe::model::source::SqlText;

/// Rows of a table with one good and one bad number.
fn numbers() -> Inventory {
    let folder = tempfile::tempdir().unwrap();
    let rows = "{\"name\": \"12\", \"region\": \"us-east-1\"}\n{\"name\": \"many\", \"region\": \"global\"}\n";
    std::fs::write(folder.path().join("aws_s3_bucket.jsonl"), rows).unwrap();
    let mut stored = Inventory::temporary().unwrap();
    import_dir(folder.path(), &mut stored).unwrap();
    stored
}

#[test]
fn a_cast_in_a_condition_fails_unless_another_condition_may_guard_it() {
    let stored = numbers();
    let backend = InventoryBackend::new(&stored, Some(NOW.parse::<DateTime<Utc>>().unwrap())).unwrap();
    let mut connection = backend.connect().unwrap();
    let mut run = |sql: &str| connection.query(&SqlText::inline(sql), &[], &Limits::default());
    for bare in [
        "select name from aws_s3_bucket where name::int > 5",
        "select name from aws_s3_bucket where (not (name::int > 5))",
        "select name from aws_s3_bucket where region = 'x' or name::int > 5",
        "select '1' as name union all select name from aws_s3_bucket where name::int > 5",
    ] {
        let error = run(bare).expect_err(bare).to_string();
        assert!(error.contains("invalid input syntax for type integer: \"many\""), "{bare}: {error}");
    }
    for guarded in [
        "select name from aws_s3_bucket where name::int > 5 and region = 'us-east-1'",
        "select name from (select * from aws_s3_bucket where name::int > 5) b where region = 'us-east-1'",
    ] {
        let set = run(guarded).unwrap();
        assert_eq!(set.rows.len(), 1, "{guarded}");
    }
}
