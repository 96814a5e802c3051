//! Which version of each mod is to be installed.

use super::git::{Git, RefKind, Refs};
use super::{Options, Problem, check_powerpipe, name};
use crate::hcl::definition::{self, Definition, Requirement};
use crate::hcl::lock::{Lock, LockEntry, STRUCT_VERSION};
use crate::hcl::version::{Constraint, parse_version};
use crate::model::diagnostic::Diagnostic;
use crate::model::resource::ModConstraint;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// How deep mods may require each other.
const MAX_DEPTH: usize = 32;

/// What is updated beside what is missing or no longer fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// Newer versions, and branches and tags that moved.
    Full,
    /// Newer versions, and branches that moved.
    Latest,
    /// Branches that moved.
    Development,
    /// Nothing.
    Minimal,
}

/// What is to be done.
#[derive(Debug, Default)]
pub struct Plan {
    /// What is installed now, without what is not really there.
    pub old: Lock,
    /// What will be.
    pub new: Lock,
    /// Folders to be moved into place: from, to.
    pub moves: Vec<(PathBuf, PathBuf)>,
    /// Where the folders are until then.
    pub staging: Option<tempfile::TempDir>,
}

/// Decides what is to be installed, and fetches it into a folder of its own.
///
/// # Errors
///
/// Every mod that cannot be installed, with the step that failed.
pub fn resolve(
    root: &Path,
    definition: &Definition,
    targets: &[String],
    options: &Options,
    git: &Git,
) -> Result<Plan, Problem> {
    let mut resolver = Resolver {
        root,
        options,
        git,
        plan: Plan { old: read_lock(root)?, ..Plan::default() },
        refs: HashMap::new(),
        folders: HashMap::new(),
        done: HashSet::new(),
        errors: Vec::new(),
    };
    let targets = |name: &str| targets.is_empty() || targets.iter().any(|t| t == name);
    resolver.mods(&definition.name, root, definition, true, &targets, 0);
    let Resolver { plan, errors, .. } = resolver;
    if errors.is_empty() { Ok(plan) } else { Err(Problem::Failed(errors)) }
}

/// Keeps what is installed and still required.
///
/// # Errors
///
/// The lock file cannot be read.
pub fn kept(root: &Path, definition: &Definition) -> Result<Plan, Problem> {
    let old = read_lock(root)?;
    let mut new = Lock::default();
    let mut keys = vec![definition.name.clone()];
    let wanted: HashSet<&str> = definition.mods.iter().map(|m| m.name.as_str()).collect();
    while let Some(key) = keys.pop() {
        if new.parents.contains_key(&key) {
            continue;
        }
        for (name, entry) in old.parents.get(&key).into_iter().flatten() {
            if key == definition.name && !wanted.contains(name.as_str()) {
                continue;
            }
            new.parents.entry(key.clone()).or_default().insert(name.clone(), entry.clone());
            keys.push(entry.path.clone().unwrap_or_else(|| entry.dependency_path(name)));
        }
    }
    Ok(Plan { old, new, ..Plan::default() })
}

/// Whether everything that is required is there.
pub fn is_complete(root: &Path, definition: &Definition) -> bool {
    fn mods(root: &Path, lock: &Lock, key: &str, folder: &Path, definition: &Definition, depth: usize) -> bool {
        depth <= MAX_DEPTH && definition.mods.iter().all(|required| {
            let (folder, key) = match (&required.constraint, lock.entry(key, &required.name)) {
                (ModConstraint::Path(path), _) => {
                    let Ok(folder) = folder.join(path).canonicalize() else { return false };
                    let key = folder.display().to_string();
                    (folder, key)
                }
                (constraint, Some(entry)) if fits(constraint, entry) => {
                    let Some(folder) = entry.folder(root, &required.name) else { return false };
                    (folder, entry.dependency_path(&required.name))
                }
                _ => return false,
            };
            matches!(definition::read(&folder), Ok(Some(inner)) if mods(root, lock, &key, &folder, &inner, depth + 1))
        })
    }
    read_lock(root).is_ok_and(|lock| mods(root, &lock, &definition.name, root, definition, 0))
}

/// Reads the lock file; an entry whose folder is gone does not count.
fn read_lock(root: &Path) -> Result<Lock, Problem> {
    let mut lock = Lock::read(root).map_err(|e| Problem::Failed(vec![Diagnostic::error(e).code("lock-file")]))?;
    for entries in lock.parents.values_mut() {
        entries.retain(|name, entry| {
            let folder = match &entry.path {
                Some(path) => Some(PathBuf::from(path)),
                None => entry.folder(root, name),
            };
            folder.is_some_and(|f| definition::mod_file(&f).is_some())
        });
    }
    lock.parents.retain(|_, entries| !entries.is_empty());
    Ok(lock)
}

/// Whether what is installed is what is asked for.
fn fits(constraint: &ModConstraint, entry: &LockEntry) -> bool {
    match constraint {
        ModConstraint::Version(text) => match Constraint::parse(text) {
            Some(c) => entry.version.as_deref().and_then(parse_version).is_some_and(|v| c.allows(&v)),
            None => entry.tag.as_deref() == Some(text),
        },
        ModConstraint::Tag(tag) => entry.tag.as_deref() == Some(tag),
        ModConstraint::Branch(branch) => entry.branch.as_deref() == Some(branch),
        ModConstraint::Path(_) => false,
    }
}

/// What a server has that a constraint allows.
struct Choice {
    entry: LockEntry,
    /// The tag or branch to fetch.
    reference: String,
    url: String,
}

struct Resolver<'r> {
    root: &'r Path,
    options: &'r Options,
    git: &'r Git,
    plan: Plan,
    refs: HashMap<String, Result<Refs, String>>,
    /// Where each mod is now, by its path.
    folders: HashMap<String, PathBuf>,
    done: HashSet<String>,
    errors: Vec<Diagnostic>,
}

impl Resolver<'_> {
    /// Decides about the mods that a mod requires.
    fn mods(
        &mut self,
        key: &str,
        folder: &Path,
        definition: &Definition,
        is_local: bool,
        is_target: &dyn Fn(&str) -> bool,
        depth: usize,
    ) {
        if !self.done.insert(key.to_owned()) {
            return;
        }
        for required in &definition.mods {
            if let Err(message) = self.one(key, folder, required, is_local, is_target, depth) {
                let message = format!("failed to install {}: {message}", required.name);
                let d = Diagnostic::error(message).code("mod-install");
                self.errors.push(d.at_span(required.span(definition), ""));
            }
        }
    }

    fn one(
        &mut self,
        key: &str,
        folder: &Path,
        required: &Requirement,
        is_local: bool,
        is_target: &dyn Fn(&str) -> bool,
        depth: usize,
    ) -> Result<(), String> {
        let wanted = &required.name;
        if depth >= MAX_DEPTH {
            return Err(format!("mods require each other more than {MAX_DEPTH} levels deep"));
        }
        let targeted = is_target(wanted);
        let below = move |_: &str| targeted;
        if let ModConstraint::Path(path) = &required.constraint {
            if !is_local {
                return Err("it is required by path, which an installed mod may not do".to_owned());
            }
            let place = folder.join(path);
            let place = place.canonicalize().map_err(|e| format!("finding the folder {}: {e}", place.display()))?;
            let inner = read(&place, &place)?;
            let shown = place.display().to_string();
            let entry = LockEntry {
                path: Some(shown.clone()),
                name: shown.clone(),
                alias: inner.name.clone(),
                struct_version: STRUCT_VERSION,
                ..LockEntry::default()
            };
            self.record(key, wanted, entry);
            self.mods(&shown, &place, &inner, true, &below, depth + 1);
            return Ok(());
        }
        name::check(wanted)?;
        let installed = self.plan.old.entry(key, wanted).filter(|e| fits(&required.constraint, e)).cloned();
        let mut entry = match self.choose(required, installed.as_ref(), targeted)? {
            None => installed.unwrap_or_default(),
            Some(choice) => self.fetch(wanted, choice)?,
        };
        let path = entry.dependency_path(wanted);
        let place = match self.folders.get(&path) {
            Some(place) => place.clone(),
            None => entry.folder(self.root, wanted).ok_or("its name leads out of the folder of mods")?,
        };
        let inner = read(&place, Path::new(&path))?;
        if !self.options.force {
            check_powerpipe(&inner).map_err(|e| format!("{e}; --force installs it nevertheless"))?;
        }
        entry.alias.clone_from(&inner.name);
        self.record(key, wanted, entry);
        self.mods(&path, &place, &inner, false, &below, depth + 1);
        Ok(())
    }

    fn record(&mut self, key: &str, name: &str, entry: LockEntry) {
        self.plan.new.parents.entry(key.to_owned()).or_default().insert(name.to_owned(), entry);
    }

    /// Decides what to fetch; none when what is installed stays.
    fn choose(
        &mut self,
        required: &Requirement,
        installed: Option<&LockEntry>,
        targeted: bool,
    ) -> Result<Option<Choice>, String> {
        use Strategy::{Development, Full, Latest};
        let strategy = self.options.strategy;
        let name = &required.name;
        let constraint = match &required.constraint {
            // Text that is no constraint names a tag.
            ModConstraint::Version(text) if Constraint::parse(text).is_none() => ModConstraint::Tag(text.clone()),
            other => other.clone(),
        };
        let follows = match constraint {
            ModConstraint::Version(_) => matches!(strategy, Full | Latest),
            ModConstraint::Tag(_) => strategy == Full,
            ModConstraint::Branch(_) => matches!(strategy, Full | Latest | Development),
            ModConstraint::Path(_) => false,
        };
        if installed.is_some() && !(targeted && follows) {
            return Ok(None);
        }
        let refs = self.refs(name)?;
        let base = LockEntry { name: name.clone(), struct_version: STRUCT_VERSION, ..LockEntry::default() };
        let choice = match &constraint {
            ModConstraint::Version(text) => {
                let parsed = Constraint::parse(text);
                let tags = refs.commits.iter().filter(|((kind, _), _)| *kind == RefKind::Tag);
                let best = tags
                    .filter_map(|((_, tag), commit)| Some((parse_version(tag)?, tag, commit)))
                    .filter(|(version, ..)| parsed.as_ref().is_some_and(|c| c.allows(version)))
                    .max_by(|a, b| a.0.cmp_precedence(&b.0).then_with(|| a.1.cmp(b.1)));
                let Some((version, tag, commit)) = best else {
                    return Err(format!("no version of {name} found satisfying version constraint: {text}"));
                };
                let git_ref = format!("refs/tags/{tag}");
                let entry = LockEntry { version: Some(version.to_string()), commit: commit.clone(), git_ref, ..base };
                Choice { entry, reference: tag.clone(), url: refs.url.clone() }
            }
            ModConstraint::Tag(tag) => {
                let commit = refs.commits.get(&(RefKind::Tag, tag.clone()));
                let commit = commit.ok_or_else(|| format!("tag {tag} not found for mod {name}"))?.clone();
                let git_ref = format!("refs/tags/{tag}");
                let entry = LockEntry { tag: Some(tag.clone()), commit, git_ref, ..base };
                Choice { entry, reference: tag.clone(), url: refs.url.clone() }
            }
            ModConstraint::Branch(branch) => {
                let commit = refs.commits.get(&(RefKind::Branch, branch.clone()));
                let commit = commit.ok_or_else(|| format!("branch {branch} not found for mod {name}"))?.clone();
                let git_ref = format!("refs/heads/{branch}");
                let entry = LockEntry { branch: Some(branch.clone()), commit, git_ref, ..base };
                Choice { entry, reference: branch.clone(), url: refs.url.clone() }
            }
            ModConstraint::Path(_) => return Ok(None),
        };
        let Some(installed) = installed else { return Ok(Some(choice)) };
        let is_same = installed.version == choice.entry.version
            && installed.tag == choice.entry.tag
            && installed.branch == choice.entry.branch;
        let has_moved = installed.commit != choice.entry.commit;
        let matters = strategy == Full || matches!(constraint, ModConstraint::Branch(_));
        Ok(if is_same && !(has_moved && matters) { None } else { Some(choice) })
    }

    fn refs(&mut self, name: &str) -> Result<Refs, String> {
        if let Some(known) = self.refs.get(name) {
            return known.clone();
        }
        let refs = self.git.refs(name);
        self.refs.insert(name.to_owned(), refs.clone());
        refs
    }

    /// Fetches a mod beside the installed ones.
    fn fetch(&mut self, name: &str, choice: Choice) -> Result<LockEntry, String> {
        let Choice { mut entry, reference, url } = choice;
        let path = entry.dependency_path(name);
        let target = entry.folder(self.root, name).ok_or("its name leads out of the folder of mods")?;
        if self.folders.contains_key(&path) {
            return Ok(entry);
        }
        let staging = match &self.plan.staging {
            Some(staging) => staging.path().to_path_buf(),
            None => {
                let staging = super::apply::staging(self.root)?;
                let place = staging.path().to_path_buf();
                self.plan.staging = Some(staging);
                place
            }
        };
        let place = staging.join(format!("new-{}", self.plan.moves.len()));
        let failed = |e: String| format!("fetching {reference}: {e}");
        entry.commit = self.git.fetch(name, &url, &reference, &place).map_err(failed)?;
        std::fs::remove_dir_all(place.join(".git")).map_err(|e| failed(e.to_string()))?;
        if definition::mod_file(&place).is_none() {
            return Err(format!("'{name}' has no mod definition file"));
        }
        self.plan.moves.push((place.clone(), target));
        self.folders.insert(path, place);
        Ok(entry)
    }
}

fn read(folder: &Path, shown: &Path) -> Result<Definition, String> {
    match definition::read_as(folder, shown) {
        Ok(Some(definition)) => Ok(definition),
        Ok(None) => Err(format!("there is no mod definition file in {}", folder.display())),
        Err(diagnostics) => {
            let first = diagnostics.first().map(|d| d.message.clone()).unwrap_or_default();
            Err(format!("reading its mod file: {first}"))
        }
    }
}
