//! Dependency mods: where they are installed, whether they are what was asked for, and what they contain.

use super::declare_variables::Values;
use super::files::Files;
use super::load::{ForDependencies, LoadOptions, Role, load_files};
use super::loader::Declarations;
use super::lock::Lock;
use super::syntax::parse_body;
use super::value::Val;
use super::variables::{Assigned, undeclared};
use super::version::{Constraint, parse_version};
use crate::model::diagnostic::{Diagnostic, Level};
use crate::model::resource::{Mod, ModConstraint, RequiredMod};
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How deep dependencies may nest.
const MAX_DEPTH: usize = 32;

/// The mod that the user works on, as its dependencies see it.
pub(super) struct Workspace<'w> {
    pub options: &'w LoadOptions,
    root: PathBuf,
    lock: Result<Lock, String>,
}

impl<'w> Workspace<'w> {
    pub fn new(options: &'w LoadOptions, files: &Files) -> Self {
        let root = files.root.clone();
        let lock = if root.as_os_str().is_empty() { Ok(Lock::default()) } else { Lock::read(&root) };
        Self { options, root, lock }
    }
}

/// What a dependency is given by the mod that requires it.
pub(super) struct Given {
    pub values: Values,
    /// Whether the workspace mod itself requires it.
    pub is_direct: bool,
    /// Short name of the requiring mod.
    pub parent: String,
    /// The key of its own entries in the lock file.
    lock_key: String,
    /// Whether every mod from the workspace down to this one is a local folder.
    is_local: bool,
    depth: usize,
}

/// A dependency that was found.
struct Found {
    folder: PathBuf,
    lock_key: String,
    version: String,
    is_local: bool,
}

/// Loads the mods that a mod requires, by alias.
pub(super) fn load_all(
    declarations: &Declarations,
    module: &Mod,
    role: &Role,
    workspace: &Workspace<'_>,
    mut for_dependencies: ForDependencies,
    warnings: &mut Vec<Diagnostic>,
) -> Result<IndexMap<String, Arc<Mod>>, Vec<Diagnostic>> {
    let mut loaded: IndexMap<String, Arc<Mod>> = IndexMap::new();
    let mut errors = Vec::new();
    let (lock_key, is_direct, is_local, depth) = match role {
        Role::Workspace => (declarations.mod_name.clone(), true, true, 0),
        Role::Dependency(given) => (given.lock_key.clone(), false, given.is_local, given.depth + 1),
    };
    if depth > MAX_DEPTH {
        let message = format!("dependencies nest deeper than {MAX_DEPTH} mods, or require each other");
        return Err(vec![at(Diagnostic::error(message).code("missing-dependency"), module.require.mods.first())]);
    }
    let mut found = Vec::new();
    for required in &module.require.mods {
        match find(required, declarations, workspace, &lock_key, is_local) {
            Ok(place) => found.push((required, place)),
            Err(message) => errors.push(at(message, Some(required))),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    for (required, place) in found {
        let files = match Files::read_dependency(&place.folder) {
            Ok(files) => files,
            Err(mut e) => {
                errors.append(&mut e);
                continue;
            }
        };
        // The alias is the mod's own name, known once its files are read; values are chosen by it.
        let alias = alias_of(&files);
        let mut values: Values = required
            .args
            .iter()
            .map(|(name, value)| {
                let source = format!("args of mod {}", required.name);
                (name.clone(), Assigned::given(Val::from_json(value), source, Some(required.span.clone())))
            })
            .collect();
        for_dependencies.retain(|(for_alias, name), assigned| {
            let is_ours = *for_alias == alias;
            if is_ours {
                values.insert(name.clone(), assigned.clone());
            }
            !is_ours
        });
        let given = Given {
            values,
            is_direct,
            parent: declarations.mod_name.clone(),
            lock_key: place.lock_key,
            is_local: place.is_local,
            depth,
        };
        match load_files(files, &Role::Dependency(given), workspace, warnings) {
            Ok(mut dependency) => {
                dependency.version = place.version;
                dependency.required_as.clone_from(&required.name);
                if dependency.name == declarations.mod_name || loaded.contains_key(&dependency.name) {
                    let message =
                        format!("two mods are named \"{}\"; references cannot tell them apart", dependency.name);
                    errors.push(at(Diagnostic::error(message).code("duplicate"), Some(required)));
                    continue;
                }
                loaded.insert(dependency.name.clone(), Arc::new(dependency));
            }
            Err(mut e) => errors.append(&mut e),
        }
    }
    // What is left is for mods that are not there; what the environment holds may be meant for another program.
    let known: Vec<String> =
        loaded.values().flat_map(|m| m.variables.keys().map(|v| format!("{}.{v}", m.name))).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    for ((alias, name), assigned) in for_dependencies {
        let mut d = undeclared(&format!("{alias}.{name}"), &known, &assigned.source, assigned.undeclared);
        if let Some(span) = assigned.span {
            d = d.at_span(span, "");
        }
        match assigned.undeclared {
            Level::Error => errors.push(d),
            Level::Warning => warnings.push(d),
            Level::Note => {}
        }
    }
    if errors.is_empty() { Ok(loaded) } else { Err(errors) }
}

fn at(d: Diagnostic, required: Option<&RequiredMod>) -> Diagnostic {
    match required {
        Some(required) => d.at_span(required.span.clone(), ""),
        None => d,
    }
}

/// Finds the folder of a required mod.
fn find(
    required: &RequiredMod,
    declarations: &Declarations,
    workspace: &Workspace<'_>,
    lock_key: &str,
    is_local: bool,
) -> Result<Found, Diagnostic> {
    let name = &required.name;
    let fail = |message: String| Diagnostic::error(message).code("missing-dependency");
    if declarations.files.root.as_os_str().is_empty() {
        return Err(fail(format!("mod {name} cannot be required here: the requiring mod is not in a folder")));
    }
    if let ModConstraint::Path(path) = &required.constraint {
        // A mod from elsewhere must not make this program read other folders of the machine.
        if !is_local {
            return Err(fail(format!("mod {name} is required by path, which an installed mod may not do")));
        }
        let folder = declarations.files.root.join(path);
        if !has_mod_file(&folder) {
            return Err(fail(format!("mod {name} is not installed: there is no mod in {}", folder.display())));
        }
        let lock_key = folder.canonicalize().unwrap_or(folder.clone()).display().to_string();
        return Ok(Found { folder, lock_key, version: String::new(), is_local: true });
    }
    let lock = workspace.lock.as_ref().map_err(|e| fail(e.clone()))?;
    let missing =
        || fail(format!("not all dependencies are installed: {name} is missing")).help("run ironpipe mod install");
    let entry = lock.entry(lock_key, name).ok_or_else(missing)?;
    check_constraint(required, entry.version.as_deref(), entry.tag.as_deref(), entry.branch.as_deref())
        .map_err(|m| fail(m).help("run ironpipe mod install"))?;
    let folder = entry
        .folder(&workspace.root, name)
        .ok_or_else(|| fail(format!("\"{name}\" is not the name of a mod, such as github.com/owner/repository")))?;
    if !has_mod_file(&folder) {
        return Err(missing());
    }
    let version = entry.version.clone().or_else(|| entry.tag.clone()).or_else(|| entry.branch.clone());
    Ok(Found { folder, lock_key: entry.dependency_path(name), version: version.unwrap_or_default(), is_local: false })
}

fn has_mod_file(folder: &Path) -> bool {
    folder.join("mod.pp").is_file() || folder.join("mod.sp").is_file()
}

/// Checks that what is installed is what is asked for.
fn check_constraint(
    required: &RequiredMod,
    version: Option<&str>,
    tag: Option<&str>,
    branch: Option<&str>,
) -> Result<(), String> {
    let name = &required.name;
    let installed = || {
        let parts: BTreeMap<&str, Option<&str>> = [("version", version), ("tag", tag), ("branch", branch)].into();
        let shown: Vec<String> = parts.iter().filter_map(|(k, v)| v.map(|v| format!("{k} {v}"))).collect();
        if shown.is_empty() { "a folder".to_owned() } else { shown.join(", ") }
    };
    let (fits, wanted) = match &required.constraint {
        ModConstraint::Version(text) => {
            let fits = match Constraint::parse(text) {
                Some(constraint) => version.and_then(parse_version).is_some_and(|v| constraint.allows(&v)),
                // Text that is no constraint names a tag.
                None => tag == Some(text) || version == Some(text),
            };
            (fits, format!("version {text}"))
        }
        ModConstraint::Tag(text) => (tag == Some(text), format!("tag {text}")),
        ModConstraint::Branch(text) => (branch == Some(text), format!("branch {text}")),
        ModConstraint::Path(path) => (true, format!("path {path}")),
    };
    if fits { Ok(()) } else { Err(format!("mod {name}: {wanted} is required, {} is installed", installed())) }
}

/// Returns the short name of the mod that some files hold.
fn alias_of(files: &Files) -> String {
    let block = ["mod.pp", "mod.sp"].iter().find_map(|name| {
        let path = files.root.join(name);
        let file = files.sources.iter().find(|f| f.path == path)?;
        let body = parse_body(file).ok()?;
        body.blocks().find(|b| b.ident.as_str() == "mod").and_then(|b| b.labels.first().map(|l| l.as_str().to_owned()))
    });
    block.unwrap_or_default()
}
