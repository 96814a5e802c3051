//! What the page's form offers to choose from.

use crate::model::run::Run;
use indexmap::IndexMap;
use serde::Serialize;
use std::collections::BTreeSet;

/// A dimension is offered as a list when it has at most this many values; the search box finds the others.
const MOST_VALUES: usize = 60;
/// How many dimensions are offered, those that most results have first.
const MOST_LISTS: usize = 6;

/// A list with the values of one dimension.
#[derive(Serialize)]
pub struct DimensionFilter {
    name: String,
    options: Vec<FilterOption>,
}

#[derive(Serialize)]
struct FilterOption {
    value: String,
    label: String,
}

/// Returns the dimensions with few values: account, region and the like.
pub fn dimension_filters(run: &Run) -> Vec<DimensionFilter> {
    let mut found: IndexMap<&str, (usize, BTreeSet<&str>)> = IndexMap::new();
    for control in run.controls.values() {
        for (at, column) in control.dimension_columns.iter().enumerate() {
            let (results, values) = found.entry(&column.name).or_default();
            *results += control.results.len();
            for row in &control.results {
                if values.len() > MOST_VALUES {
                    break;
                }
                values.extend(row.dimensions.get(at).map(String::as_str).filter(|v| !v.is_empty()));
            }
        }
    }
    found.retain(|_, (_, values)| (2..=MOST_VALUES).contains(&values.len()));
    found.sort_by(|_, (a, _), _, (b, _)| b.cmp(a));
    found
        .into_iter()
        .take(MOST_LISTS)
        .map(|(name, (_, values))| DimensionFilter {
            name: name.to_owned(),
            options: values
                .into_iter()
                .map(|value| {
                    let alias = run.provenance.accounts.iter().find(|a| a.id == value && !a.alias.is_empty());
                    let label = alias.map_or_else(|| value.to_owned(), |a| format!("{value} ({})", a.alias));
                    FilterOption { value: value.to_owned(), label }
                })
                .collect(),
        })
        .collect()
}
