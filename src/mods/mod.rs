//! Installs the mods that a mod requires: `mod init`, `install`, `update`, `uninstall`, `list`.
//!
//! * [`name`]: names of mods and what may follow them; what may be handed to git. [`git`]: the user's git.
//! * [`resolve`]: which version of each mod, from what is required, what is installed and what there is.
//! * [`apply`]: puts it in place, all or nothing. [`edit`]: changes the `require` block of a mod file.
//! * [`summary`]: what is said of it.
//!
//! Everything is fetched into a folder beside the installed mods first. Only when all of it is there and understood is
//! it moved into place, and the lock file, which decides what counts as installed, is replaced last. An installation
//! that fails or is interrupted leaves what was there before.
//!
//! Mods are other people's work. Names, versions and branches are checked before git sees them, so that none of them
//! can be an option or another kind of URL; only `https` and, where that fails, `ssh` are used. A mod that was
//! installed cannot require folders of this machine by `path`.

mod apply;
mod edit;
mod git;
mod name;
mod resolve;
mod summary;

#[cfg(test)]
mod tests;

pub use edit::title_of;
pub use git::{Git, RefKind};
pub use name::Request;
pub use resolve::Strategy;
pub use summary::{Change, Changes, Node};

use crate::hcl::POWERPIPE_VERSION;
use crate::hcl::definition::{self, Definition};
use crate::hcl::lock::Lock;
use crate::model::diagnostic::Diagnostic;
use std::path::Path;

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Options {
    /// What is updated beside what is missing.
    pub strategy: Strategy,
    /// Nothing is changed.
    pub dry_run: bool,
    /// Mods that ask for a newer Powerpipe are installed nevertheless.
    pub force: bool,
    /// What nothing requires any more is removed.
    pub prune: bool,
}

/// Why nothing was installed.
#[derive(Debug)]
pub enum Problem {
    /// The request cannot be understood.
    Request(String),
    /// One or more mods failed, each with the step.
    Failed(Vec<Diagnostic>),
}

impl From<Vec<Diagnostic>> for Problem {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self::Failed(diagnostics)
    }
}

/// What was done.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Whether a mod file was made.
    pub created: bool,
    /// What changed.
    pub changes: Changes,
    /// Whether any mod is installed now.
    pub any: bool,
}

/// The name of the mod that is made where there is none.
const NEW_MOD: &str = "local";

/// Installs what the mod of a folder requires, and what is requested.
///
/// # Errors
///
/// A mod that cannot be installed. Nothing has changed then.
pub fn install(root: &Path, requests: &[String], options: &Options, git: &Git) -> Result<Outcome, Problem> {
    let existing = definition::read(root)?;
    let requests: Vec<Request> =
        requests.iter().map(|r| Request::parse(r, root)).collect::<Result<_, _>>().map_err(Problem::Request)?;
    if existing.is_none() && requests.is_empty() {
        return Ok(Outcome::default());
    }
    let created = existing.is_none();
    let mut definition = match existing {
        Some(definition) => definition,
        None => new_definition(root)?,
    };
    for request in &requests {
        definition = edit::set(&definition, &request.name, &request.constraint)?;
    }
    let targets: Vec<String> = requests.iter().map(|r| r.name.clone()).collect();
    let mut outcome = change(root, &definition, &targets, options, git)?;
    outcome.created = created;
    Ok(outcome)
}

/// Updates mods that are required.
///
/// # Errors
///
/// A name that the mod does not require, or a mod that cannot be installed. Nothing has changed then.
pub fn update(root: &Path, names: &[String], options: &Options, git: &Git) -> Result<Option<Outcome>, Problem> {
    let Some(definition) = definition::read(root)? else { return Ok(None) };
    let mut targets = Vec::new();
    for name in names {
        let plain = name::without_scheme(name);
        if let Some(at) = plain.find(['@', '#']) {
            let what = if plain.get(at..).is_some_and(|t| t.starts_with('#')) { "branch" } else { "version" };
            return Err(Problem::Request(format!("invalid arg '{name}' - cannot specify a {what} when updating")));
        }
        let direct = definition.mods.iter().find(|m| m.name == plain);
        let Some(direct) = direct else {
            let message = format!("cannot update '{name}' as it is not a direct dependency of this workspace");
            return Err(Problem::Request(message));
        };
        if matches!(direct.constraint, crate::model::resource::ModConstraint::Path(_)) {
            return Err(Problem::Request(format!("cannot update '{name}': it is a folder, which is used in place")));
        }
        targets.push(plain.to_owned());
    }
    change(root, &definition, &targets, options, git).map(Some)
}

/// Takes requirements out of the mod file, all without a name, and removes what nothing requires any more.
///
/// # Errors
///
/// A name with a version, or files that cannot be changed. Nothing has changed then.
pub fn uninstall(root: &Path, names: &[String], options: &Options) -> Result<Option<Outcome>, Problem> {
    let Some(mut definition) = definition::read(root)? else { return Ok(None) };
    let all: Vec<String> = definition.mods.iter().map(|m| m.name.clone()).collect();
    for name in if names.is_empty() { &all } else { names } {
        let plain = name::without_scheme(name);
        if names.iter().any(|n| n == name) && plain.contains(['@', '#']) {
            let message = format!("invalid arg '{name}' - cannot specify a version when uninstalling");
            return Err(Problem::Request(message));
        }
        definition = edit::remove(&definition, plain)?;
    }
    let options = Options { strategy: Strategy::Minimal, ..options.clone() };
    // What stays is left as it is, even where it is incomplete: removing must work without a network.
    resolve::kept(root, &definition).and_then(|plan| apply::apply(root, &definition, plan, &options)).map(Some)
}

fn change(
    root: &Path,
    definition: &Definition,
    targets: &[String],
    options: &Options,
    git: &Git,
) -> Result<Outcome, Problem> {
    let plan = resolve::resolve(root, definition, targets, options, git);
    let outcome = plan.and_then(|plan| apply::apply(root, definition, plan, options));
    if outcome.is_err() {
        // The folder goes if it was made for this, that is if nothing is in it.
        let _ = std::fs::remove_dir(root.join(".powerpipe"));
    }
    outcome
}

/// Returns the tree of the mods that are installed; none where there is no mod.
///
/// # Errors
///
/// The mod file or the lock file cannot be understood.
pub fn installed(root: &Path) -> Result<Option<Node>, Problem> {
    let Some(definition) = definition::read(root)? else { return Ok(None) };
    let lock = Lock::read(root).map_err(|e| Problem::Failed(vec![Diagnostic::error(e)]))?;
    Ok(Some(summary::tree(root, &definition.name, &lock)))
}

/// Whether every mod that is required is there, as far as the lock file and the folders tell.
pub fn is_complete(root: &Path) -> bool {
    let Ok(Some(definition)) = definition::read(root) else { return true };
    resolve::is_complete(root, &definition)
}

/// Makes a mod file in a folder. Returns its path; none when there is one already.
///
/// # Errors
///
/// The file cannot be written.
pub fn init(root: &Path) -> Result<Option<std::path::PathBuf>, Problem> {
    if definition::mod_file(root).is_some() {
        return Ok(None);
    }
    let definition = new_definition(root)?;
    apply::write(&definition.file.path, definition.file.text.as_bytes())
        .map_err(|e| Problem::Failed(vec![Diagnostic::error(e)]))?;
    Ok(Some(definition.file.path.clone()))
}

fn new_definition(root: &Path) -> Result<Definition, Problem> {
    let path = root.join("mod.pp");
    let title = edit::quoted(&title_of(root));
    let text = format!("mod \"{NEW_MOD}\" {{\n  title = {title}\n}}\n");
    let shown = path.display().to_string();
    Ok(definition::of_text(path, shown, &text)?)
}

/// Checks that a mod can be used with this program.
fn check_powerpipe(definition: &Definition) -> Result<(), String> {
    let Some(text) = &definition.powerpipe_min_version else { return Ok(()) };
    let parse = crate::hcl::version::parse_version;
    match (parse(text), parse(POWERPIPE_VERSION)) {
        (Some(wanted), Some(ours))
            if (ours.major, ours.minor, ours.patch) < (wanted.major, wanted.minor, wanted.patch) =>
        {
            Err(format!(
                "it requires powerpipe {text} or newer; ironpipe understands the language of {POWERPIPE_VERSION}"
            ))
        }
        _ => Ok(()),
    }
}
