//! `mod check`: what is wrong or suspicious in a mod that loads, found without a database.
//!
//! * [`rules`]: what is looked for, each with a name and an explanation.
//! * [`sql`]: queries against the schemas of the tables; [`joins`]: joins by text containment.
//! * [`names`]: severities, tags, CIS numbers, things that nothing uses.
//! * [`silence`]: comments that silence a rule.
//! * [`output`]: findings as JSON and as SARIF.

mod joins;
mod names;
mod output;
mod rules;
mod silence;
mod sql;

#[cfg(test)]
mod tests;

pub use output::{json, rules as rules_text, sarif};
pub use rules::{RULES, Rule, rule};

use crate::model::diagnostic::{Diagnostic, Level};
use crate::model::resource::Mod;
use crate::sql::schema::Schema;
use std::collections::HashSet;

/// Something that a mod's author should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The resource, as `control.x`; empty where it is about none.
    pub resource: String,
    /// What it is, and where. The code is the rule's name.
    pub diagnostic: Diagnostic,
}

/// What was checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The findings, by place.
    pub findings: Vec<Finding>,
    /// How many queries were checked against the schemas.
    pub checked: usize,
    /// How many could only be parsed, because they read tables that are not known here.
    pub unchecked: usize,
    /// How many findings a comment silences.
    pub silenced: usize,
}

impl Report {
    /// Makes a report of what loading said.
    pub fn of_diagnostics(diagnostics: impl IntoIterator<Item = Diagnostic>) -> Self {
        let findings = diagnostics.into_iter().map(|diagnostic| Finding { resource: String::new(), diagnostic });
        Self { findings: findings.collect(), ..Self::default() }
    }

    /// Returns how many findings are of a level.
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|f| f.diagnostic.level == level).count()
    }
}

/// Checks a mod that was loaded with its references; `warnings` are what loading said.
///
/// Dependencies are not checked: their authors do that.
pub fn check(
    module: &Mod,
    schema: &dyn Schema,
    warnings: impl IntoIterator<Item = Diagnostic>,
    allowed: &[String],
) -> Report {
    let mut report = Report::of_diagnostics(warnings);
    sql::check(module, schema, &mut report);
    names::check(module, &mut report.findings);
    let all = std::mem::take(&mut report.findings);
    let mut seen = HashSet::new();
    let mut comments = silence::Comments::default();
    for finding in all {
        let d = &finding.diagnostic;
        let place = d.labels.first().map(|l| (l.span.file.path.clone(), l.span.range.clone()));
        // Text that several queries share is faulty once.
        if !seen.insert((d.code, d.message.clone(), place)) {
            continue;
        }
        let by_comment = d.labels.first().is_some_and(|l| comments.silence(&l.span, d.code));
        if by_comment || allowed.iter().any(|a| a == d.code) {
            report.silenced += 1;
        } else {
            report.findings.push(finding);
        }
    }
    for unknown in comments.unknown(module) {
        report.findings.push(Finding { resource: String::new(), diagnostic: unknown });
    }
    report.findings.sort_by_cached_key(|f| {
        let place = f.diagnostic.labels.first();
        place.map(|l| (l.span.file.display_path.clone(), l.span.range.start))
    });
    report
}
