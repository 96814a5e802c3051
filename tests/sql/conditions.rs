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

#[test]
fn cheap_conditions_come_first() {
    let stored = numbers();
    let backend = InventoryBackend::new(&stored, Some(NOW.parse::<DateTime<Utc>>().unwrap())).unwrap();
    let mut connection = backend.connect().unwrap();
    let mut run = |sql: &str| connection.query(&SqlText::inline(sql), &[], &Limits::default());
    // PostgreSQL answers the first two, and fails where the conditions cost the same and the bad one is written first.
    let length = "jsonb_array_length(to_jsonb(string_to_array(name, ',')) -> (case when name = 'many' then 0 end))";
    for (sql, rows) in [
        (format!("select name from aws_s3_bucket where {length} = 0 and region = 'us-east-1'"), Some(0)),
        (format!("select name from aws_s3_bucket where region = 'us-east-1' and {length} = 0"), Some(0)),
        (
            "select name from aws_s3_bucket where 1 / (length(name) - 4) > 0 and length(name) - 4 < 0".to_owned(),
            Some(0),
        ),
        ("select name from aws_s3_bucket where 1 / (length(name) - 4) > 0 and region = 'global'".to_owned(), None),
    ] {
        assert_eq!(run(&sql).ok().map(|set| set.rows.len()), rows, "{sql}");
    }
}

#[test]
fn sets_that_are_filtered_are_taken_apart_first() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "{\"name\": \"a\", \"acl\": null, \"tags_src\": [\"x\"]}\n{\"name\": \"b\", \"acl\": [1, 2], \"tags_src\": [\"y\"]}\n";
    std::fs::write(folder.path().join("aws_s3_bucket.jsonl"), rows).unwrap();
    let mut stored = Inventory::temporary().unwrap();
    import_dir(folder.path(), &mut stored).unwrap();
    let backend = InventoryBackend::new(&stored, Some(NOW.parse::<DateTime<Utc>>().unwrap())).unwrap();
    let mut connection = backend.connect().unwrap();
    let mut run = |filter: &str| {
        let sql = format!(
            "select name, a from aws_s3_bucket, jsonb_array_elements(acl) as a, jsonb_array_elements_text(tags_src) as t where {filter}"
        );
        connection.query(&SqlText::inline(&sql), &[], &Limits::default()).map(|set| set.rows.len()).ok()
    };
    // PostgreSQL 15 answers the first, and cannot extract elements from a scalar in the others.
    assert_eq!(run("t = 'y'"), Some(2));
    assert_eq!(run("a::text <> t"), None);
    assert_eq!(run("a::text = '1' and t = 'y'"), None);
}
