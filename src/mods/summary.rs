//! What is said of installed mods: trees, and what changed.

use crate::hcl::lock::{Lock, LockEntry};
use crate::hcl::version::parse_version;
use std::collections::BTreeSet;
use std::path::Path;

/// A mod in a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// Name with version.
    pub label: String,
    /// What it requires.
    pub children: Vec<Node>,
}

/// One kind of change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// How many mods.
    pub count: usize,
    /// The mods, under those that require them.
    pub tree: Node,
}

/// What an installation changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Mods that were not there.
    pub installed: Change,
    /// Mods that became newer, or moved to another commit.
    pub upgraded: Change,
    /// Mods that became older.
    pub downgraded: Change,
    /// Mods that nothing requires any more.
    pub uninstalled: Change,
}

/// How deep trees go.
const MAX_DEPTH: usize = 32;

impl Node {
    /// Draws the tree.
    pub fn draw(&self) -> String {
        let mut out = format!("{}\n", self.label);
        self.draw_children("", &mut out);
        out
    }

    fn draw_children(&self, indent: &str, out: &mut String) {
        for (i, child) in self.children.iter().enumerate() {
            let is_last = i + 1 == self.children.len();
            let (branch, below) = if is_last { ("└── ", "    ") } else { ("├── ", "│   ") };
            out.push_str(&format!("{indent}{branch}{}\n", child.label));
            child.draw_children(&format!("{indent}{below}"), out);
        }
    }
}

type Key = (String, String);

/// Compares what was installed with what will be.
pub fn changes(root: &str, old: &Lock, new: &Lock) -> Changes {
    let mut sets: [BTreeSet<Key>; 4] = Default::default();
    let [installed, upgraded, downgraded, uninstalled] = &mut sets;
    for (parent, name, entry) in entries(new) {
        let key = (parent.to_owned(), name.to_owned());
        // A mod that requires others may itself have another version now: the same child is no change.
        let before = old.entry(parent, name).or_else(|| {
            let same = |e: &&LockEntry| parent != root && e.dependency_path(name) == entry.dependency_path(name);
            entries(old).filter(|(_, n, _)| *n == name).map(|(.., e)| e).find(same)
        });
        let Some(before) = before else {
            installed.insert(key);
            continue;
        };
        let version = |e: &LockEntry| e.version.as_deref().and_then(parse_version);
        match (version(before), version(entry)) {
            (Some(a), Some(b)) if a.cmp_precedence(&b).is_lt() => upgraded.insert(key),
            (Some(a), Some(b)) if a.cmp_precedence(&b).is_gt() => downgraded.insert(key),
            _ if before.dependency_path(name) != entry.dependency_path(name) || before.commit != entry.commit => {
                upgraded.insert(key)
            }
            _ => false,
        };
    }
    let kept: BTreeSet<&str> = entries(new).map(|(_, name, _)| name).collect();
    for (parent, name, _) in entries(old) {
        // What the mod itself no longer requires is taken from it, even where another mod still needs it.
        let is_kept = if parent == root { new.entry(root, name).is_some() } else { kept.contains(name) };
        if !is_kept {
            uninstalled.insert((parent.to_owned(), name.to_owned()));
        }
    }
    let change = |keys: &BTreeSet<Key>, lock: &Lock| {
        let labels: BTreeSet<String> = keys.iter().filter_map(|(p, n)| Some(label(n, lock.entry(p, n)?))).collect();
        let children = nodes(root, lock, Some(keys), &|_, _| true, 0);
        Change { count: labels.len(), tree: Node { label: root.to_owned(), children } }
    };
    let [installed, upgraded, downgraded, uninstalled] = &sets;
    Changes {
        installed: change(installed, new),
        upgraded: change(upgraded, new),
        downgraded: change(downgraded, new),
        uninstalled: change(uninstalled, old),
    }
}

fn entries(lock: &Lock) -> impl Iterator<Item = (&str, &str, &LockEntry)> {
    lock.parents.iter().flat_map(|(p, all)| all.iter().map(|(n, e)| (p.as_str(), n.as_str(), e)))
}

/// Returns the tree of what is installed.
pub fn tree(root: &Path, name: &str, lock: &Lock) -> Node {
    let is_there = |name: &str, entry: &LockEntry| {
        let folder = entry.path.as_ref().map(std::path::PathBuf::from).or_else(|| entry.folder(root, name));
        folder.is_some_and(|f| crate::hcl::definition::mod_file(&f).is_some())
    };
    Node { label: name.to_owned(), children: nodes(name, lock, None, &is_there, 0) }
}

/// Returns the mods under one, of the wanted ones those and what leads to them.
fn nodes(
    key: &str,
    lock: &Lock,
    wanted: Option<&BTreeSet<Key>>,
    is_there: &dyn Fn(&str, &LockEntry) -> bool,
    depth: usize,
) -> Vec<Node> {
    let Some(entries) = lock.parents.get(key).filter(|_| depth < MAX_DEPTH) else { return Vec::new() };
    let node = |(name, entry): (&String, &LockEntry)| {
        let inner = entry.path.clone().unwrap_or_else(|| entry.dependency_path(name));
        let children = nodes(&inner, lock, wanted, is_there, depth + 1);
        let is_wanted = wanted.is_none_or(|w| w.contains(&(key.to_owned(), name.clone())));
        ((is_wanted && is_there(name, entry)) || !children.is_empty())
            .then(|| Node { label: label(name, entry), children })
    };
    entries.iter().filter_map(node).collect()
}

fn label(name: &str, entry: &LockEntry) -> String {
    entry.path.clone().unwrap_or_else(|| entry.dependency_path(name))
}
