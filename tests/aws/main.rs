//! The collector against the fake AWS server.
#![cfg(all(feature = "aws-iam", feature = "aws-ec2"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that does not find what it expects fails")]

mod benchmark;
mod economy;
mod exports;
mod fake;
mod faults;
mod rows;
mod tables;

use fake::FakeAws;
use ironpipe::aws::collect::{CollectError, CollectOptions, Collection, Wanted, collect};
use ironpipe::inventory::backend::Cancel;
use ironpipe::inventory::{Row, TableLoad};
use ironpipe::model::run::Completeness;
use serde_json::Value;
use std::collections::BTreeSet;

/// Wants tables with some of their columns, none for all.
fn wanted(tables: &[(&str, &[&str])]) -> Wanted {
    let columns = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect::<BTreeSet<_>>();
    tables.iter().map(|(table, names)| ((*table).to_string(), columns(names))).collect()
}

/// Wants all tables that can be collected, with all columns.
fn everything() -> Wanted {
    ironpipe::aws::collect::plan::tables().into_iter().map(|table| (table.to_string(), BTreeSet::new())).collect()
}

fn run(wanted: &Wanted, options: &CollectOptions) -> Result<Collection, CollectError> {
    collect(wanted, options, &|_| {}, &Cancel::default())
}

/// Everything in the tables that concern IAM and the account.
fn run_in_one_region(server: &FakeAws, profile: &str, wanted: &Wanted) -> Collection {
    let mut options = server.options(profile);
    options.regions = vec!["us-east-1".to_string()];
    run(wanted, &options).unwrap()
}

fn table<'c>(collection: &'c Collection, name: &str) -> &'c TableLoad {
    collection.load.entries.iter().find(|entry| entry.table == name).unwrap_or_else(|| panic!("no {name}"))
}

fn completeness(collection: &Collection, name: &str) -> Completeness {
    table(collection, name).state.completeness
}

fn texts<'r>(rows: &'r [Row], column: &str) -> Vec<&'r str> {
    let mut texts: Vec<&str> = rows.iter().filter_map(|row| row.get(column)?.as_str()).collect();
    texts.sort_unstable();
    texts
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect()
}
