//! A statement is translated once per run, however many connections ask for it.

use crate::both::NOW;
use chrono::{DateTime, Utc};
use ironpipe::inventory::backend::{Backend as _, Limits};
use ironpipe::inventory::{Inventory, InventoryBackend};
use ironpipe::model::source::SqlText;
use std::time::Instant;

/// The best of some runs, in seconds.
fn best(mut run: impl FnMut()) -> f64 {
    let times = (0..5).map(|_| {
        let begun = Instant::now();
        run();
        begun.elapsed().as_secs_f64()
    });
    times.fold(f64::INFINITY, f64::min)
}

#[test]
fn a_statement_is_translated_once_per_run() {
    let stored = Inventory::temporary().unwrap();
    let backend = || InventoryBackend::new(&stored, Some(NOW.parse::<DateTime<Utc>>().unwrap())).unwrap();
    // Translating this takes long; SQLite does not look at what it selects from no rows.
    let tests = vec!["(x like 'a%' and x = 'b' and x ~ 'c')"; 1_500].join(" or ");
    let sql = SqlText::inline(format!("select 1 from (values ('z')) v(x) where false and ({tests})"));
    let shared = backend();
    let ask = |backend: &InventoryBackend| {
        let mut connection = backend.connect().unwrap();
        assert!(connection.query(&sql, &[], &Limits::default()).unwrap().rows.is_empty());
    };
    ask(&shared);
    let first_times = best(|| ask(&backend()));
    let again = best(|| ask(&shared));
    assert!(again < first_times * 0.8, "{again} s again, {first_times} s with a translation");
}
