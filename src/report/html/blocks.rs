//! The main part of the page: sections, controls and their failing rows, in document order.

use super::baseline::Baseline;
use super::counts::{Count, Score, counts, overall, score};
use super::markdown::{self, render_documentation};
use super::rows::{control_anchor, row_ids};
use super::sources::{Pair, TableView, tables_of};
use crate::model::run::{ControlRun, Group, Node, Run};
use crate::model::status::Status;
use crate::report::words::{duration, thousands};
use crate::snapshot::Kind;
use minijinja::Value;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// How many failing rows the static page holds in all, and for one control. The rest is in the compressed block.
const STATIC_ROWS: usize = 800;
const STATIC_ROWS_OF_CONTROL: usize = 200;
/// A control with at most this many rows has all of them in the static page.
const FEW_ROWS: usize = 10;
/// How many tags the page shows of a control.
const TAGS: usize = 10;

/// A piece of the page's main part, in document order.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Block {
    /// The head of a benchmark below the target.
    Section(SectionBlock),
    /// A control with its rows.
    Control(Box<ControlBlock>),
    /// A control that stands above already.
    Reference(ReferenceBlock),
}

impl Block {
    /// Returns anchor and title of a section.
    pub fn section(&self) -> Option<(&str, &str)> {
        match self {
            Self::Section(section) => Some((&section.anchor, &section.title)),
            Self::Control(_) | Self::Reference(_) => None,
        }
    }
}

/// The head of a section.
#[derive(Serialize)]
pub struct SectionBlock {
    anchor: String,
    /// The number by which controls say that they stand in it.
    number: usize,
    title: String,
    level: usize,
    heading: usize,
    score: Score,
    summary: Vec<Count>,
    description: String,
    documentation: Value,
}

/// Where a control stands that is shown elsewhere.
#[derive(Serialize)]
pub struct ReferenceBlock {
    anchor: String,
    title: String,
    status: &'static str,
    word: &'static str,
}

/// A control.
#[derive(Serialize)]
pub struct ControlBlock {
    anchor: String,
    /// The numbers of the sections around it, and of those where it stands again.
    path: Vec<usize>,
    also: Vec<usize>,
    index: usize,
    control_id: String,
    title: String,
    heading: usize,
    status: &'static str,
    word: &'static str,
    severity: String,
    severity_class: String,
    open: bool,
    /// What became of a control that failed as a whole since the baseline; empty when nothing did.
    change: &'static str,
    summary: Vec<Count>,
    description: String,
    remediation: Value,
    documentation: Value,
    error: String,
    warnings: Vec<String>,
    tags: Vec<Pair>,
    dimensions: Vec<String>,
    rows: Vec<RowView>,
    /// How many rows the static page leaves out, and how many the control has; empty for none.
    hidden_rows: String,
    total: String,
    tables: Vec<TableView>,
    sql: String,
    query_name: String,
    args: String,
    duration: String,
}

#[derive(Serialize)]
struct RowView {
    anchor: String,
    status: &'static str,
    reason: String,
    resource: String,
    dimensions: Vec<String>,
    /// What became of it since the baseline; empty when nothing did.
    change: &'static str,
    first_seen: String,
}

/// Returns what stands below a group.
pub fn blocks(run: &Run, baseline: Option<&Baseline>, group: &Group) -> Vec<Block> {
    let mut page = Builder {
        run,
        baseline,
        blocks: Vec::new(),
        seen: HashMap::new(),
        sections: HashMap::new(),
        room: STATIC_ROWS,
        common_tags: common_tags(run),
    };
    page.children(group, &[], 0);
    page.blocks
}

struct Builder<'a> {
    run: &'a Run,
    baseline: Option<&'a Baseline>,
    blocks: Vec<Block>,
    /// Controls that are on the page already, with their places in `blocks`.
    seen: HashMap<&'a str, usize>,
    /// How often a section stands on the page.
    sections: HashMap<&'a str, usize>,
    /// How many more failing rows the static page may hold.
    room: usize,
    /// Tags that tell nothing, because every control has them.
    common_tags: BTreeMap<&'a str, &'a str>,
}

impl<'a> Builder<'a> {
    fn children(&mut self, group: &'a Group, path: &[usize], level: usize) {
        for child in &group.children {
            match child {
                Node::Control(name) => self.control(name, path, level),
                Node::Group(group) => {
                    let times = self.sections.entry(&group.id).or_default();
                    *times += 1;
                    let mut anchor = control_anchor(&group.id);
                    if *times > 1 {
                        anchor = format!("{anchor}--{times}");
                    }
                    let number = self.sections.values().sum();
                    let mut inner = path.to_vec();
                    inner.push(number);
                    self.blocks.push(Block::Section(SectionBlock {
                        anchor,
                        number,
                        title: if group.title.is_empty() { group.id.clone() } else { group.title.clone() },
                        level,
                        heading: (2 + level).min(6),
                        score: score(group, self.run),
                        summary: counts(&group.summary),
                        description: group.description.clone(),
                        documentation: safe(markdown::render(&group.documentation, (2 + level).min(6))),
                    }));
                    self.children(group, &inner, level + 1);
                }
            }
        }
    }

    fn control(&mut self, name: &'a str, path: &[usize], level: usize) {
        let Some((index, _, control)) = self.run.controls.get_full(name) else { return };
        let anchor = control_anchor(name);
        let title = if control.title.is_empty() { control.name.clone() } else { control.title.clone() };
        let (status, word) = overall(control);
        if let Some(at) = self.seen.get(name) {
            if let Some(Block::Control(block)) = self.blocks.get_mut(*at) {
                block.also.extend(path);
            }
            self.blocks.push(Block::Reference(ReferenceBlock { anchor, title, status, word }));
            return;
        }
        self.seen.insert(name, self.blocks.len());
        let rows = self.static_rows(control, &anchor);
        let documentation = render_documentation(&control.documentation, (2 + level).min(6));
        let hidden_rows = control.results.len() - rows.len();
        self.blocks.push(Block::Control(Box::new(ControlBlock {
            anchor,
            path: path.to_vec(),
            also: Vec::new(),
            index,
            control_id: control.control_id.clone(),
            title,
            heading: (2 + level).min(6),
            status,
            word,
            severity_class: control.severity.to_ascii_lowercase(),
            severity: control.severity.clone(),
            open: self.run.controls.len() == 1,
            change: self.baseline.and_then(|b| b.change_of_failure(control)).map_or("", Kind::as_str),
            summary: counts(&control.summary),
            description: control.description.clone(),
            remediation: safe(documentation.remediation),
            documentation: safe(documentation.about),
            error: control.error.clone(),
            warnings: control.warnings.clone(),
            tags: control
                .tags
                .iter()
                .filter(|(key, value)| self.common_tags.get(key.as_str()) != Some(&value.as_str()))
                .take(TAGS)
                .map(|(key, value)| Pair { key: key.clone(), value: value.clone() })
                .collect(),
            dimensions: control.dimension_columns.iter().map(|c| c.name.clone()).collect(),
            hidden_rows: count_text(hidden_rows),
            total: count_text(control.results.len()),
            rows,
            tables: tables_of(self.run, control),
            sql: control.sql.trim().to_owned(),
            query_name: control.query_name.clone(),
            args: control
                .args
                .iter()
                .enumerate()
                .map(|(i, a)| format!("${} = {a}", i + 1))
                .collect::<Vec<_>>()
                .join(", "),
            duration: duration(control.duration_ms),
        })));
    }

    /// Returns the failing rows that the static page shows, or all rows of a control that has few.
    fn static_rows(&mut self, control: &ControlRun, anchor: &str) -> Vec<RowView> {
        let few = control.results.len() <= FEW_ROWS;
        let limit = STATIC_ROWS_OF_CONTROL.min(self.room);
        let rows: Vec<RowView> = control
            .results
            .iter()
            .zip(row_ids(control))
            .filter(|(row, _)| few || matches!(row.status, Status::Alarm | Status::Error))
            .take(limit)
            .map(|(row, id)| RowView {
                anchor: format!("{anchor}--{id}"),
                status: row.status.as_str(),
                reason: row.reason.clone(),
                resource: row.resource.clone(),
                dimensions: (0..control.dimension_columns.len())
                    .map(|i| row.dimensions.get(i).cloned().unwrap_or_default())
                    .collect(),
                change: self.baseline.and_then(|b| b.change(control, row)).map_or("", Kind::as_str),
                first_seen: self.baseline.map(|b| b.first_seen(control, row).to_owned()).unwrap_or_default(),
            })
            .collect();
        self.room -= rows.len();
        rows
    }
}

fn count_text(count: usize) -> String {
    if count == 0 { String::new() } else { thousands(count as u64) }
}

/// Returns the tags that all of several controls have with the same value.
fn common_tags(run: &Run) -> BTreeMap<&str, &str> {
    let mut controls = run.controls.values();
    let Some(first) = controls.next().filter(|_| run.controls.len() > 1) else { return BTreeMap::new() };
    let mut common: BTreeMap<&str, &str> = first.tags.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    for control in controls {
        common.retain(|key, value| control.tags.get(*key).is_some_and(|v| v == value));
    }
    common
}

/// Marks HTML that [`markdown`] made as safe; empty stays empty, so that the template can leave its box out.
fn safe(html: String) -> Value {
    if html.is_empty() { Value::from("") } else { Value::from_safe_string(html) }
}
