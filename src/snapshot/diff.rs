//! What changed between two runs: result by result, told apart by control, resource and dimensions.
//!
//! The reason of a result is not compared: it often holds a number of days, which changes by itself.

use crate::model::run::{ControlRun, Group, Provenance, Run};
use crate::model::status::Status;
use chrono::{DateTime, FixedOffset};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The differences between two runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Diff {
    /// What was run first.
    pub old: Side,
    /// What was run later.
    pub new: Side,
    /// Every result that is not the same in both, in the order of the newer run's controls, then of the older's.
    pub changes: Vec<Change>,
    /// How many results have the same status in both.
    pub unchanged: usize,
    /// What else differs, and limits what the comparison says: controls, accounts, variables, mods.
    pub notes: Vec<String>,
}

/// One of the two runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// What was run.
    pub target: String,
    /// Its title.
    pub title: String,
    /// When.
    pub started: DateTime<FixedOffset>,
    /// On which accounts.
    pub accounts: Vec<String>,
}

/// A result that is in one run only, or has another status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Full name of the control.
    pub control: String,
    /// Its title, or its name.
    pub title: String,
    /// Its severity; empty when unset.
    pub severity: String,
    /// The resource; empty where a control failed as a whole.
    pub resource: String,
    /// The dimensions that have a value, by name.
    pub dimensions: BTreeMap<String, String>,
    /// What the older run says; none where it has no such result.
    pub before: Option<Verdict>,
    /// What the newer run says; none where it has no such result.
    pub after: Option<Verdict>,
}

/// Status and reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The status.
    pub status: Status,
    /// The reason.
    pub reason: String,
}

/// What kind of change it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// In alarm or error now, and not before.
    New,
    /// In alarm or error before, and not any more.
    Fixed,
    /// Another status, but as bad or as good as before.
    Changed,
    /// Not there any more.
    Vanished,
    /// Not there before, and not failing.
    Appeared,
}

impl Kind {
    /// All kinds, the most important first.
    pub const ALL: [Self; 5] = [Self::New, Self::Fixed, Self::Changed, Self::Vanished, Self::Appeared];

    /// Returns the word that reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Fixed => "fixed",
            Self::Changed => "changed",
            Self::Vanished => "vanished",
            Self::Appeared => "appeared",
        }
    }
}

fn fails(verdict: &Verdict) -> bool {
    matches!(verdict.status, Status::Alarm | Status::Error)
}

impl Change {
    /// Returns the kind of the change.
    pub fn kind(&self) -> Kind {
        match (&self.before, &self.after) {
            (None, Some(after)) if !fails(after) => Kind::Appeared,
            (None, _) => Kind::New,
            (Some(_), None) => Kind::Vanished,
            (Some(before), Some(after)) => match (fails(before), fails(after)) {
                (false, true) => Kind::New,
                (true, false) => Kind::Fixed,
                _ => Kind::Changed,
            },
        }
    }
}

impl Diff {
    /// Compares two runs.
    ///
    /// # Errors
    ///
    /// The runs have nothing in common that could be compared: one executed nothing, no control is in both, or they
    /// are of different accounts.
    pub fn between(old: &Run, new: &Run) -> Result<Self, String> {
        for (run, which) in [(old, "older"), (new, "newer")] {
            if run.dry_run {
                return Err(format!("the {which} run executed nothing (--dry-run)"));
            }
        }
        let in_old = |name: &str| old.controls.contains_key(name);
        if !new.controls.keys().any(|name| in_old(name)) {
            return Err(format!("no control is in both runs: {} and {}", old.target, new.target));
        }
        let (before, after) = (accounts(old), accounts(new));
        if !before.is_empty() && !after.is_empty() && before.is_disjoint(&after) {
            return Err(format!("the runs are of different accounts: {} and {}", join(&before), join(&after)));
        }
        let mut diff =
            Self { old: side(old), new: side(new), changes: Vec::new(), unchanged: 0, notes: notes(old, new) };
        for (name, control) in &new.controls {
            diff.control(old.controls.get(name), Some(control));
        }
        for (_, control) in old.controls.iter().filter(|(name, _)| !new.controls.contains_key(*name)) {
            diff.control(Some(control), None);
        }
        Ok(diff)
    }

    fn control(&mut self, old: Option<&ControlRun>, new: Option<&ControlRun>) {
        let Some(shown) = new.or(old) else { return };
        let mut before: HashMap<Key<'_>, Verdict> = old.map(results).unwrap_or_default().into_iter().collect();
        let change = |key: &Key<'_>, before, after| Change {
            control: shown.name.clone(),
            title: if shown.title.is_empty() { shown.short_name.clone() } else { shown.title.clone() },
            severity: shown.severity.clone(),
            resource: key.resource.to_owned(),
            dimensions: key.dimensions.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            before,
            after,
        };
        for (key, verdict) in new.map(results).unwrap_or_default() {
            match before.remove(&key) {
                Some(was) if was.status == verdict.status => self.unchanged += 1,
                was => self.changes.push(change(&key, was, Some(verdict))),
            }
        }
        // What is left is in the older run only; in its order.
        for (key, _) in old.map(results).unwrap_or_default() {
            if let Some(was) = before.remove(&key) {
                self.changes.push(change(&key, Some(was), None));
            }
        }
    }

    /// Returns the changes of a kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |c| c.kind() == kind)
    }

    /// Returns how many changes there are of a kind.
    pub fn count(&self, kind: Kind) -> usize {
        self.of(kind).count()
    }

    /// Whether something is in alarm or error that was not before.
    pub fn is_worse(&self) -> bool {
        self.of(Kind::New).next().is_some()
    }
}

/// What makes two results the same one. Rows that have all in common are told apart by their order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key<'r> {
    resource: &'r str,
    dimensions: Vec<(&'r str, &'r str)>,
    is_fault: bool,
    occurrence: usize,
}

fn results(control: &ControlRun) -> Vec<(Key<'_>, Verdict)> {
    if !control.error.is_empty() {
        let key = Key { resource: "", dimensions: Vec::new(), is_fault: true, occurrence: 0 };
        return vec![(key, Verdict { status: Status::Error, reason: control.error.clone() })];
    }
    let mut seen: HashMap<Key<'_>, usize> = HashMap::new();
    let names = || control.dimension_columns.iter().map(|c| c.name.as_str());
    control
        .results
        .iter()
        .map(|row| {
            let values = row.dimensions.iter().map(String::as_str);
            let mut dimensions: Vec<(&str, &str)> = names().zip(values).filter(|(_, v)| !v.is_empty()).collect();
            dimensions.sort_unstable();
            let mut key = Key { resource: &row.resource, dimensions, is_fault: false, occurrence: 0 };
            let count = seen.entry(key.clone()).or_insert(0);
            key.occurrence = *count;
            *count += 1;
            (key, Verdict { status: row.status, reason: row.reason.clone() })
        })
        .collect()
}

fn accounts(run: &Run) -> BTreeSet<&str> {
    run.provenance.accounts.iter().map(|a| a.id.as_str()).collect()
}

fn join(names: &BTreeSet<&str>) -> String {
    names.iter().copied().collect::<Vec<_>>().join(", ")
}

fn side(run: &Run) -> Side {
    let top: Option<&Group> = run.root.groups().next();
    let title = top.map(|g| g.title.as_str()).filter(|t| !t.is_empty()).unwrap_or(&run.root.title);
    Side {
        target: run.target.clone(),
        title: title.to_owned(),
        started: run.started,
        accounts: run.provenance.accounts.iter().map(|a| a.id.clone()).collect(),
    }
}

/// Says what differs besides the results.
fn notes(old: &Run, new: &Run) -> Vec<String> {
    let mut notes = Vec::new();
    let only = |a: &Run, b: &Run| a.controls.keys().filter(|name| !b.controls.contains_key(*name)).count();
    for (count, which) in [(only(old, new), "older"), (only(new, old), "newer")] {
        match count {
            0 => {}
            1 => notes.push(format!("1 control is in the {which} run only")),
            n => notes.push(format!("{n} controls are in the {which} run only")),
        }
    }
    let (before, after) = (accounts(old), accounts(new));
    for (missing, which) in [(&before - &after, "older"), (&after - &before, "newer")] {
        if !missing.is_empty() && !before.is_empty() && !after.is_empty() {
            notes.push(format!("accounts in the {which} run only: {}", join(&missing)));
        }
    }
    let (p, q) = (&old.provenance, &new.provenance);
    if p.mod_name != q.mod_name {
        notes.push(format!("the mods differ: {} and {}", p.mod_name, q.mod_name));
    } else if p.mod_digest != q.mod_digest && !p.mod_digest.is_empty() && !q.mod_digest.is_empty() {
        notes.push(format!("the mod {} has changed", q.mod_name));
    }
    for (provenance, which) in [(p, "older"), (q, "newer")] {
        if provenance.tool_version.is_empty() {
            notes.push(format!(
                "the {which} run is a snapshot of Powerpipe, which does not say how old or how complete its data is"
            ));
        }
    }
    let names: BTreeSet<&String> = p.variables.keys().chain(q.variables.keys()).collect();
    let differing: BTreeSet<&str> =
        names.into_iter().filter(|n| shown(p, n) != shown(q, n)).map(String::as_str).collect();
    if !differing.is_empty() {
        notes.push(format!("variables differ: {}", join(&differing)));
    }
    notes
}

/// A variable's value as text: Powerpipe writes all of them as text.
fn shown(provenance: &Provenance, variable: &str) -> Option<String> {
    let value = provenance.variables.get(variable)?;
    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::run::{Account, DimensionColumn, Node, ResultRow};
    use indexmap::IndexMap;
    use proptest::prelude::*;

    /// A run of controls named by a letter, each with rows of resource, dimension and status; `None` is a control that
    /// failed as a whole.
    type Plan = Vec<(char, Option<Vec<(u8, u8, Status)>>)>;

    fn run(plan: &Plan) -> Run {
        let mut controls = IndexMap::new();
        for (letter, rows) in plan {
            let name = format!("m.control.{letter}");
            let control = ControlRun {
                name: name.clone(),
                short_name: letter.to_string(),
                error: if rows.is_none() { "denied".to_owned() } else { String::new() },
                dimension_columns: vec![DimensionColumn { name: "region".to_owned(), data_type: "TEXT".to_owned() }],
                results: rows
                    .iter()
                    .flatten()
                    .map(|(resource, region, status)| ResultRow {
                        status: *status,
                        reason: format!("is {status}"),
                        resource: resource.to_string(),
                        dimensions: vec![region.to_string()],
                    })
                    .collect(),
                ..ControlRun::default()
            };
            controls.insert(name, control);
        }
        let root = Group { children: controls.keys().map(|n| Node::Control(n.clone())).collect(), ..Group::default() };
        let started = DateTime::parse_from_rfc3339("2026-03-31T12:00:00Z").unwrap();
        Run {
            target: "m.benchmark.b".to_owned(),
            root,
            controls,
            started,
            finished: started,
            dry_run: false,
            provenance: Provenance { tool_version: "1".to_owned(), ..Provenance::default() },
        }
    }

    fn kinds(old: &Plan, new: &Plan) -> Vec<(Kind, String)> {
        let diff = Diff::between(&run(old), &run(new)).unwrap();
        diff.changes.iter().map(|c| (c.kind(), format!("{}{}", c.title, c.resource))).collect()
    }

    #[test]
    fn each_kind() {
        use Status::{Alarm, Error, Ok, Skip};
        let old =
            vec![('a', Some(vec![(1, 0, Ok), (2, 0, Alarm), (3, 0, Alarm), (4, 0, Ok), (5, 0, Ok)])), ('b', None)];
        let new = vec![
            ('a', Some(vec![(1, 0, Alarm), (2, 0, Ok), (3, 0, Error), (4, 0, Skip), (6, 0, Alarm), (7, 0, Ok)])),
            ('b', Some(vec![(1, 0, Ok)])),
        ];
        let wanted = [
            (Kind::New, "a1"),
            (Kind::Fixed, "a2"),
            (Kind::Changed, "a3"),
            (Kind::Changed, "a4"),
            (Kind::New, "a6"),
            (Kind::Appeared, "a7"),
            (Kind::Vanished, "a5"),
            (Kind::Appeared, "b1"),
            (Kind::Vanished, "b"),
        ];
        assert_eq!(kinds(&old, &new), wanted.map(|(k, t)| (k, t.to_owned())));
        // Another dimension is another result; a twin is told apart by its order.
        let (a, b) = (vec![('a', Some(vec![(1, 0, Ok)]))], vec![('a', Some(vec![(1, 1, Ok), (1, 1, Ok)]))]);
        assert_eq!(
            kinds(&a, &b).iter().map(|k| k.0).collect::<Vec<_>>(),
            [Kind::Appeared, Kind::Appeared, Kind::Vanished]
        );
    }

    #[test]
    fn what_cannot_be_compared() {
        let one = run(&vec![('a', Some(Vec::new()))]);
        let other = run(&vec![('b', Some(Vec::new()))]);
        assert!(Diff::between(&one, &other).unwrap_err().contains("no control is in both"));
        let mut dry = one.clone();
        dry.dry_run = true;
        assert!(Diff::between(&one, &dry).unwrap_err().contains("executed nothing"));
        let of = |id: &str| {
            let mut run = one.clone();
            run.provenance.accounts = vec![Account { id: id.to_owned(), alias: String::new() }];
            run
        };
        assert!(Diff::between(&of("1"), &of("2")).unwrap_err().contains("different accounts: 1 and 2"));
        assert!(Diff::between(&of("1"), &one).is_ok());
    }

    fn plans() -> impl Strategy<Value = Plan> {
        let row = (0..4_u8, 0..2_u8, prop::sample::select(Status::ALL.to_vec()));
        let rows = prop::option::weighted(0.9, prop::collection::vec(row, 0..6));
        prop::collection::vec(rows, 1..4).prop_map(|list| ('a'..).zip(list).collect())
    }

    /// A change as its mirror sees it, without what only the newer run's control says.
    fn mirrored(diff: &Diff, swap: bool) -> Vec<String> {
        let mut all: Vec<String> = diff
            .changes
            .iter()
            .map(|c| {
                let (before, after) = if swap { (&c.after, &c.before) } else { (&c.before, &c.after) };
                let status = |v: &Option<Verdict>| v.as_ref().map(|v| v.status);
                format!("{} {} {:?} {:?} {:?}", c.control, c.resource, c.dimensions, status(before), status(after))
            })
            .collect();
        all.sort();
        all
    }

    proptest! {
        #[test]
        fn a_run_does_not_differ_from_itself(plan in plans()) {
            let run = run(&plan);
            let diff = Diff::between(&run, &run).unwrap();
            prop_assert!(diff.changes.is_empty() && diff.notes.is_empty());
        }

        #[test]
        fn the_way_back_is_the_mirror(a in plans(), b in plans()) {
            let (a, b) = (run(&a), run(&b));
            let (there, back) = (Diff::between(&a, &b).unwrap(), Diff::between(&b, &a).unwrap());
            prop_assert_eq!(mirrored(&there, false), mirrored(&back, true));
            prop_assert_eq!(there.unchanged, back.unchanged);
            prop_assert_eq!(there.count(Kind::Changed), back.count(Kind::Changed));
        }
    }
}
