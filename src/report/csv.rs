//! Comma-separated values: one line for each result, in tree order, once for each place of its control.
//!
//! Cells are quoted as Powerpipe quotes them, which is what RFC 4180 asks for, and cells that begin with a blank.

use super::RenderOptions;
use crate::model::run::{ControlRun, Group, Node, Run};
use std::collections::BTreeSet;
use std::io;

const COLUMNS: [&str; 10] = [
    "group_id",
    "title",
    "description",
    "control_id",
    "control_title",
    "control_description",
    "reason",
    "resource",
    "status",
    "severity",
];

/// Writes the report.
pub fn write(run: &Run, options: &RenderOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let dimensions: BTreeSet<&str> =
        run.controls.values().flat_map(|c| &c.dimension_columns).map(|c| c.name.as_str()).collect();
    let mut tags: BTreeSet<&str> = run.controls.values().flat_map(|c| c.tags.keys()).map(String::as_str).collect();
    group_tags(&run.root, &mut tags);
    let mut writer = Writer { separator: options.separator, line: Vec::new(), out };
    if options.header {
        writer.record(COLUMNS.iter().copied().chain(dimensions.iter().copied()).chain(tags.iter().copied()))?;
    }
    let mut table = Table { run, dimensions, tags, writer };
    table.group(&run.root)
}

/// Writes records.
pub(super) struct Writer<'o> {
    pub separator: u8,
    pub line: Vec<u8>,
    pub out: &'o mut dyn io::Write,
}

impl Writer<'_> {
    /// Writes one record.
    pub fn record<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) -> io::Result<()> {
        self.line.clear();
        let mut columns = 0;
        for cell in cells {
            if columns > 0 {
                self.line.push(self.separator);
            }
            columns += 1;
            self.cell(cell);
        }
        if columns == 1 && self.line.is_empty() {
            // An empty line would be no record.
            self.line.extend_from_slice(b"\"\"");
        }
        self.line.push(b'\n');
        self.out.write_all(&self.line)
    }

    fn cell(&mut self, cell: &str) {
        let is_special = |b: u8| b == self.separator || matches!(b, b'"' | b'\r' | b'\n');
        if cell != "\\." && !cell.starts_with(char::is_whitespace) && !cell.bytes().any(is_special) {
            self.line.extend_from_slice(cell.as_bytes());
            return;
        }
        self.line.push(b'"');
        for byte in cell.bytes() {
            self.line.push(byte);
            if byte == b'"' {
                self.line.push(b'"');
            }
        }
        self.line.push(b'"');
    }
}

fn group_tags<'r>(group: &'r Group, tags: &mut BTreeSet<&'r str>) {
    tags.extend(group.tags.keys().map(String::as_str));
    for inner in group.groups() {
        group_tags(inner, tags);
    }
}

struct Table<'r, 'o> {
    run: &'r Run,
    dimensions: BTreeSet<&'r str>,
    tags: BTreeSet<&'r str>,
    writer: Writer<'o>,
}

impl Table<'_, '_> {
    fn group(&mut self, group: &Group) -> io::Result<()> {
        for name in group.controls() {
            if let Some(control) = self.run.controls.get(name) {
                self.control(group, control)?;
            }
        }
        for child in &group.children {
            if let Node::Group(inner) = child {
                self.group(inner)?;
            }
        }
        Ok(())
    }

    fn control(&mut self, group: &Group, control: &ControlRun) -> io::Result<()> {
        if !control.error.is_empty() {
            return self.record(group, control, &control.error, "", "error", &[]);
        }
        for row in &control.results {
            self.record(group, control, &row.reason, &row.resource, row.status.as_str(), &row.dimensions)?;
        }
        Ok(())
    }

    fn record(
        &mut self,
        group: &Group,
        control: &ControlRun,
        reason: &str,
        resource: &str,
        status: &str,
        values: &[String],
    ) -> io::Result<()> {
        let fixed = [
            group.id.as_str(),
            &group.title,
            &group.description,
            &control.control_id,
            &control.title,
            &control.description,
            reason,
            resource,
            status,
            &control.severity,
        ];
        let value = |name: &str| {
            control
                .dimension_columns
                .iter()
                .position(|c| c.name == name)
                .and_then(|i| values.get(i))
                .map_or("", String::as_str)
        };
        let dimensions: Vec<&str> = self.dimensions.iter().map(|n| value(n)).collect();
        let tags = self.tags.iter().map(|t| control.tags.get(*t).map_or("", String::as_str));
        self.writer.record(fixed.into_iter().chain(dimensions).chain(tags))
    }
}
