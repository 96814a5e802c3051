//! What the template shows, made from a [`Run`].

use super::baseline::Baseline;
use super::blocks::{Block, blocks};
use super::counts::{Count, counts};
use super::filters::{DimensionFilter, dimension_filters};
use super::overview::{self, Accounts, Changes, Fact, SeverityLine, Unevaluated, Verdict, Worst};
use super::sources::{self, Pair, TableView};
use super::tree::{TreeItem, tree};
use crate::model::run::{Group, Run};
use chrono::Utc;
use serde::Serialize;
use std::collections::BTreeMap;

/// From how many controls on a page is large.
const LARGE: usize = 200;

/// The page.
#[derive(Serialize)]
pub struct View {
    title: String,
    description: String,
    mod_title: String,
    mod_version: String,
    target: String,
    labels: Vec<String>,
    tool_version: String,
    facts: Vec<Fact>,
    verdict: Verdict,
    /// Whether the browser should lay out only what is on the screen.
    large: bool,
    summary: Vec<Count>,
    severities: Vec<SeverityLine>,
    worst: Vec<Worst>,
    accounts: Option<Accounts>,
    changes: Option<Changes>,
    unevaluated: Vec<Unevaluated>,
    tree: Vec<TreeItem>,
    sections: Vec<Section>,
    dimensions: Vec<DimensionFilter>,
    blocks: Vec<Block>,
    tables: Vec<TableView>,
    provenance: Vec<Pair>,
    finished: String,
}

/// A choice of the section filter.
#[derive(Serialize)]
struct Section {
    anchor: String,
    title: String,
}

impl View {
    /// Makes the page of a run.
    pub fn new(run: &Run, baseline: Option<&Baseline>) -> Self {
        let only = only_group(run);
        let top = only.unwrap_or(&run.root);
        let blocks = blocks(run, baseline, top);
        let provenance = &run.provenance;
        let labels = only.map(|g| &g.tags).or_else(|| only_control(run).map(|c| &c.tags));
        Self {
            title: if run.root.title.is_empty() { run.target.clone() } else { run.root.title.clone() },
            description: match only {
                Some(group) => group.description.clone(),
                None => String::new(),
            },
            mod_title: if provenance.mod_title.is_empty() {
                provenance.mod_name.clone()
            } else {
                provenance.mod_title.clone()
            },
            mod_version: provenance.mod_version.clone(),
            target: run.target.clone(),
            labels: labels.into_iter().flat_map(|tags| editions(tags).into_iter().chain(section(tags))).collect(),
            tool_version: crate::report::words::version(run).to_owned(),
            facts: overview::facts(run),
            verdict: overview::verdict(run),
            large: run.controls.len() > LARGE,
            summary: counts(&run.root.summary),
            severities: if run.controls.len() > 1 { overview::severities(&run.root) } else { Vec::new() },
            worst: overview::worst(run),
            accounts: overview::accounts(run),
            changes: baseline.map(|b| overview::changes(b, run)),
            unevaluated: overview::unevaluated(run),
            tree: tree(top, run),
            sections: blocks
                .iter()
                .filter_map(Block::section)
                .map(|(anchor, title)| Section { anchor: anchor.to_owned(), title: title.to_owned() })
                .collect(),
            dimensions: dimension_filters(run),
            blocks,
            tables: sources::tables(run),
            provenance: sources::provenance(run),
            finished: run.finished.with_timezone(&Utc).format("%Y-%m-%d %H:%M:%S UTC").to_string(),
        }
    }
}

/// Returns the editions that tags such as `cis_version` name: `CIS v2.0.0`.
fn editions(tags: &BTreeMap<String, String>) -> Vec<String> {
    let standard = |key: &str| key.strip_suffix("_version").map(|s| s.replace('_', " ").to_uppercase());
    tags.iter().filter_map(|(key, value)| Some(format!("{} {value}", standard(key)?))).collect()
}

/// Returns the section that a tag such as `cis_section_id` names.
fn section(tags: &BTreeMap<String, String>) -> Option<String> {
    tags.iter().find(|(key, _)| key.ends_with("_section_id")).map(|(_, value)| format!("section {value}"))
}

/// Returns the benchmark when the run was of exactly one; its title is the page's, its children are the sections.
fn only_group(run: &Run) -> Option<&Group> {
    run.root.groups().next().filter(|_| run.root.children.len() == 1)
}

fn only_control(run: &Run) -> Option<&crate::model::run::ControlRun> {
    run.controls.values().next().filter(|_| run.controls.len() == 1)
}
