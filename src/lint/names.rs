//! Severities, tags, CIS numbers, things that nothing uses.

use super::Finding;
use super::rules::rule;
use crate::hcl::places;
use crate::model::diagnostic::{Diagnostic, Level, nearest};
use crate::model::resource::{Identity, Meta, Mod};
use crate::model::source::Span;
use std::collections::{BTreeMap, HashSet};

const SEVERITIES: [&str; 5] = ["none", "low", "medium", "high", "critical"];
/// How many times more often a tag is used that another one may be a misspelling of.
const COMMON: usize = 10;

/// Makes a finding of a rule.
pub fn finding(id: &Identity, code: &'static str, at: Span, message: String) -> Finding {
    let level = rule(code).map_or(Level::Warning, |r| r.level);
    let diagnostic = Diagnostic { level, ..Diagnostic::error(message) }.code(code).at_span(at, "");
    Finding { resource: id.unqualified_name(), diagnostic }
}

/// Checks names and texts.
pub fn check(module: &Mod, out: &mut Vec<Finding>) {
    severities(module, out);
    cis_numbers(module, out);
    tags(module, out);
    unused(module, out);
}

fn severities(module: &Mod, out: &mut Vec<Finding>) {
    for control in module.controls.values() {
        let Some(severity) = control.severity.as_deref().filter(|s| !s.is_empty()) else { continue };
        if SEVERITIES.contains(&severity) {
            continue;
        }
        let at = places::attribute(&control.id.span, "severity").unwrap_or_else(|| places::head(&control.id.span));
        let message = format!("\"{severity}\" is no severity");
        let mut found = finding(&control.id, "unknown-severity", at, message);
        found.diagnostic = match nearest(severity, SEVERITIES) {
            Some(near) => found.diagnostic.help(format!("did you mean \"{near}\"?")),
            None => found.diagnostic.help("the severities are none, low, medium, high and critical"),
        };
        out.push(found);
    }
}

/// Returns the number that a title begins with: `1.13` of `1.13 Ensure ...`.
fn number(title: &str) -> Option<&str> {
    let word = title.split_whitespace().next()?;
    let word = word.trim_end_matches(['.', ':']);
    let is_number =
        word.contains('.') && word.split('.').all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    is_number.then_some(word)
}

fn cis_numbers(module: &Mod, out: &mut Vec<Finding>) {
    let controls = module.controls.values().map(|c| (&c.id, &c.meta));
    let benchmarks = module.benchmarks.values().map(|b| (&b.id, &b.meta));
    for (id, meta) in controls.chain(benchmarks) {
        let (Some(title), Some(item)) = (meta.title.as_deref(), meta.tags.get("cis_item_id")) else { continue };
        let Some(in_title) = number(title).filter(|n| n != item) else { continue };
        let at = places::key(&id.span, "tags", "cis_item_id").unwrap_or_else(|| places::head(&id.span));
        let message = format!("cis_item_id is \"{item}\", but the title begins with {in_title}");
        let mut found = finding(id, "cis-item-id", at, message);
        if let Some(title) = places::attribute(&id.span, "title") {
            found.diagnostic = found.diagnostic.at_span(title, "the title");
        }
        out.push(found);
    }
}

fn tags(module: &Mod, out: &mut Vec<Finding>) {
    let mut uses: BTreeMap<&str, (usize, &Identity)> = BTreeMap::new();
    let mut count = |id, meta| {
        let meta: &Meta = meta;
        for key in meta.tags.keys() {
            uses.entry(key).or_insert((0, id)).0 += 1;
        }
    };
    module.queries.values().for_each(|q| count(&q.id, &q.meta));
    module.controls.values().for_each(|c| count(&c.id, &c.meta));
    module.benchmarks.values().for_each(|b| count(&b.id, &b.meta));
    module.others.iter().for_each(|o| count(&o.id, &o.meta));
    for (key, (number, id)) in &uses {
        let common = uses.iter().filter(|(k, (n, _))| *n >= number * COMMON && is_misspelling(key, k));
        let Some((near, (often, _))) = common.max_by_key(|(_, (n, _))| *n) else { continue };
        let at = places::key(&id.span, "tags", key)
            .or_else(|| places::attribute(&id.span, "tags"))
            .unwrap_or_else(|| places::head(&id.span));
        let message = format!("the tag \"{key}\" is used {number} times, \"{near}\" {often} times");
        let mut found = finding(id, "unknown-tag", at, message.replace(" 1 times,", " once,"));
        found.diagnostic = found.diagnostic.help(format!("did you mean {near}?"));
        out.push(found);
    }
}

/// Whether two names differ by one typing error. Names that differ in a number mean different things.
fn is_misspelling(name: &str, other: &str) -> bool {
    let plain = |n: &str| -> String { n.chars().filter(|c| !c.is_ascii_digit()).collect() };
    name.len() >= 4
        && name != other
        && plain(name) != plain(other)
        && (strsim::damerau_levenshtein(name, other) == 1
            || name.replace(['-', '_'], "") == other.replace(['-', '_'], ""))
}

fn unused(module: &Mod, out: &mut Vec<Finding>) {
    let used: HashSet<&str> = module.references.iter().filter(|r| r.from != r.to).map(|r| r.to.as_str()).collect();
    for variable in module.variables.values().filter(|v| !used.contains(v.id.unqualified_name().as_str())) {
        let message = format!("nothing in the mod uses var.{}", variable.id.name);
        out.push(finding(&variable.id, "unused-variable", places::head(&variable.id.span), message));
    }
    // A mod of queries alone is meant to be used by others.
    if module.controls.is_empty() && module.others.is_empty() {
        return;
    }
    let named: HashSet<&str> =
        module.controls.values().filter_map(|c| c.source.query()).map(|q| q.id.name.as_str()).collect();
    for query in module.queries.values() {
        if !used.contains(query.id.unqualified_name().as_str()) && !named.contains(query.id.name.as_str()) {
            let message = format!("nothing in the mod uses query.{}", query.id.name);
            out.push(finding(&query.id, "unused-query", places::head(&query.id.span), message));
        }
    }
}
