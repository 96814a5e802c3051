//! Comments that silence a rule.
//!
//! `# ironpipe: allow text-join` holds for the block that it stands in or directly above, `# ironpipe: allow-file
//! text-join` for its file. Several rules are separated by commas; `//`, `/*` and SQL's `--` do as well as `#`.

use super::rules::{RULES, rule};
use crate::hcl::places;
use crate::model::diagnostic::{Diagnostic, nearest};
use crate::model::resource::Mod;
use crate::model::source::{SourceFile, Span};
use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

const MARK: &str = "ironpipe: allow";

/// One rule that a comment names.
struct Allowed {
    rule: Range<usize>,
    /// Where it holds.
    covers: Range<usize>,
}

/// The comments of the files that were asked for.
#[derive(Default)]
pub struct Comments {
    files: HashMap<PathBuf, Vec<Allowed>>,
}

impl Comments {
    /// Whether a comment silences a rule at a place.
    pub fn silence(&mut self, at: &Span, name: &str) -> bool {
        let text = &at.file.text;
        let allowed = self.files.entry(at.file.path.clone()).or_insert_with(|| read(&at.file));
        allowed.iter().any(|a| text.get(a.rule.clone()) == Some(name) && a.covers.contains(&at.range.start))
    }

    /// Returns what names no rule, in all files that hold a resource of the mod.
    pub fn unknown(&self, module: &Mod) -> Vec<Diagnostic> {
        let ids = module.controls.values().map(|c| &c.id);
        let ids = ids.chain(module.queries.values().map(|q| &q.id)).chain(module.benchmarks.values().map(|b| &b.id));
        let ids = ids.chain(module.variables.values().map(|v| &v.id)).chain(module.others.iter().map(|o| &o.id));
        let mut files: Vec<&Arc<SourceFile>> = ids.map(|id| &id.span.file).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
        let mut out = Vec::new();
        for file in files.into_iter().filter(|f| f.text.contains(MARK)) {
            for allowed in read(file) {
                let name = file.text.get(allowed.rule.clone()).unwrap_or_default();
                if rule(name).is_none() {
                    let d = Diagnostic::warning(format!("there is no rule \"{name}\"")).code("unknown-rule");
                    let d = d.at(file, allowed.rule, "");
                    out.push(match nearest(name, RULES.iter().map(|r| r.name)) {
                        Some(near) => d.help(format!("did you mean {near}?")),
                        None => d.help("ironpipe mod check --rules lists them"),
                    });
                }
            }
        }
        out
    }
}

/// Finds the comments of a file.
fn read(file: &Arc<SourceFile>) -> Vec<Allowed> {
    let text = &file.text;
    let mut out = Vec::new();
    let mut blocks = None;
    for (at, _) in text.match_indices(MARK) {
        let line = text.get(..at).and_then(|t| t.rfind('\n')).map_or(0, |i| i + 1);
        let before = text.get(line..at).unwrap_or_default();
        if !["#", "//", "/*", "--"].iter().any(|m| before.contains(m)) {
            continue;
        }
        let start = at + MARK.len();
        let rest = text.get(start..).unwrap_or_default();
        let rest = rest.split(['\n', '\r']).next().unwrap_or_default();
        let (whole_file, names) = match rest.strip_prefix("-file") {
            Some(names) => (true, names),
            None => (false, rest),
        };
        let names = names.split("*/").next().unwrap_or_default();
        let covers = if whole_file {
            0..text.len() + 1
        } else {
            let blocks: &Vec<Range<usize>> = blocks.get_or_insert_with(|| places::blocks(file));
            covered(text, blocks, at)
        };
        let mut from = start + rest.len() - if whole_file { rest.len() - "-file".len() } else { rest.len() };
        for piece in names.split(',') {
            let name = piece.trim();
            let lead = piece.len() - piece.trim_start().len();
            if !name.is_empty() {
                out.push(Allowed { rule: from + lead..from + lead + name.len(), covers: covers.clone() });
            }
            from += piece.len() + 1;
        }
    }
    out
}

/// Returns the block that a comment stands in, or else directly above.
fn covered(text: &str, blocks: &[Range<usize>], at: usize) -> Range<usize> {
    if let Some(block) = blocks.iter().find(|b| b.contains(&at)) {
        return block.clone();
    }
    let next = blocks.iter().find(|b| b.start > at);
    let is_above = |b: &&Range<usize>| {
        let between = text.get(at..b.start).unwrap_or_default();
        // Only further comments may stand between.
        between.lines().skip(1).all(|l| {
            let line = l.trim();
            ["#", "//", "/*", "*"].iter().any(|m| line.starts_with(m))
        })
    };
    next.filter(is_above).cloned().unwrap_or(at..at)
}
