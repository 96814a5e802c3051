//! The tree beside the results: sections with their scores and, where there are not too many, controls.

use super::counts::{Count, Score, counts, overall, score};
use super::rows::control_anchor;
use crate::model::run::{Group, Node, Run};
use serde::Serialize;

/// Up to how many controls a run may have for the tree to name them.
const NAMED_CONTROLS: usize = 120;

/// A line of the tree.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum TreeItem {
    /// A benchmark below the target.
    Section {
        /// The section's element.
        anchor: String,
        /// Its title.
        title: String,
        /// How many of its controls fail.
        score: Score,
        /// Its results.
        summary: Vec<Count>,
        /// What it holds.
        children: Vec<TreeItem>,
    },
    /// A control.
    Control {
        /// The control's element.
        anchor: String,
        /// Its title.
        title: String,
        /// Its worst status.
        status: &'static str,
        /// The word for it.
        word: &'static str,
    },
}

/// Returns the tree below the group that the page is about.
pub fn tree(group: &Group, run: &Run) -> Vec<TreeItem> {
    items(group, run, run.controls.len() <= NAMED_CONTROLS)
}

fn items(group: &Group, run: &Run, with_controls: bool) -> Vec<TreeItem> {
    group
        .children
        .iter()
        .filter_map(|child| match child {
            Node::Group(group) => Some(TreeItem::Section {
                anchor: control_anchor(&group.id),
                title: if group.title.is_empty() { group.id.clone() } else { group.title.clone() },
                score: score(group, run),
                summary: counts(&group.summary),
                children: items(group, run, with_controls),
            }),
            Node::Control(name) if with_controls => run.controls.get(name).map(|control| {
                let (status, word) = overall(control);
                let title = if control.title.is_empty() { control.name.clone() } else { control.title.clone() };
                TreeItem::Control { anchor: control_anchor(name), title, status, word }
            }),
            Node::Control(_) => None,
        })
        .collect()
}
