//! `aws_region` and `aws_accessanalyzer_analyzer`.

use super::Built;
use super::answers::{Answers, items, text};
use super::row::RowBuilder;
use crate::aws::documents::Operation;
use crate::inventory::Row;
use serde_json::{Value, json};

/// Makes the rows.
pub fn build(answers: &Answers<'_>, built: &mut Built) {
    let has = |operation: Operation| answers.has(operation);
    built.put("aws_region", has(Operation::DescribeRegions).then(|| regions(answers)));
    built.put("aws_accessanalyzer_analyzer", has(Operation::ListAnalyzers).then(|| analyzers(answers)));
}

fn regions(answers: &Answers<'_>) -> Vec<Row> {
    let scope = answers.scope;
    let mut regions = answers.items(Operation::DescribeRegions, "Regions");
    regions.sort_by_key(|region| text(region, "RegionName"));
    let row = |region: &Value| {
        let name = text(region, "RegionName").unwrap_or_default();
        let is_collected = scope.regions.iter().any(|collected| collected == name);
        RowBuilder::new(scope, Some(name))
            .copy(region, &[("name", "RegionName"), ("opt_in_status", "OptInStatus"), ("title", "RegionName")])
            .put("steampipe_available", json!(is_collected))
            .put("steampipe_default", json!(scope.default_region.as_deref() == Some(name)))
            .akas(Some(&format!("arn:{}::{name}:{}", scope.partition, scope.account_id)))
            .done()
    };
    regions.into_iter().map(row).collect()
}

/// The names in this service's answers are in camelCase.
fn analyzers(answers: &Answers<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for document in answers.of(Operation::ListAnalyzers) {
        for analyzer in items(&document.body, "analyzers") {
            let arn = text(analyzer, "arn");
            // An export does not say which region it is of, but ARNs do.
            let region = document.region.as_deref().or_else(|| arn?.split(':').nth(3));
            let row = RowBuilder::new(answers.scope, region)
                .copy(
                    analyzer,
                    &[
                        ("name", "name"),
                        ("arn", "arn"),
                        ("status", "status"),
                        ("type", "type"),
                        ("created_at", "createdAt"),
                        ("last_resource_analyzed", "lastResourceAnalyzed"),
                        ("last_resource_analyzed_at", "lastResourceAnalyzedAt"),
                        ("status_reason", "statusReason.code"),
                        ("tags", "tags"),
                        ("title", "name"),
                    ],
                )
                .akas(arn);
            rows.push(row.done());
        }
    }
    rows
}
