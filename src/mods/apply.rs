//! Puts mods into place: all of them, or none.

use super::resolve::Plan;
use super::{Options, Outcome, Problem, summary};
use crate::hcl::definition::Definition;
use crate::hcl::lock::{LOCK_FILE, Lock, MODS_FOLDER};
use crate::model::diagnostic::Diagnostic;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the folders begin with that mods are fetched into.
const STAGING: &str = ".mods.";
/// How old such a folder is that nobody can be working with any more.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// Makes a folder beside the installed mods, so that moving them into place is renaming.
///
/// # Errors
///
/// The folder cannot be made.
pub fn staging(root: &Path) -> Result<tempfile::TempDir, String> {
    let parent = root.join(MODS_FOLDER).parent().map_or_else(|| root.to_path_buf(), Path::to_path_buf);
    let failed = |e: std::io::Error| format!("making a folder in {}: {e}", parent.display());
    fs::create_dir_all(&parent).map_err(failed)?;
    tempfile::Builder::new().prefix(STAGING).tempdir_in(&parent).map_err(failed)
}

/// Puts a plan into effect.
///
/// # Errors
///
/// Something could not be moved or written; everything is as it was.
pub fn apply(root: &Path, definition: &Definition, plan: Plan, options: &Options) -> Result<Outcome, Problem> {
    let changes = summary::changes(&definition.name, &plan.old, &plan.new);
    let outcome = Outcome { created: false, changes, any: !plan.new.parents.is_empty() };
    if options.dry_run {
        drop(plan);
        let _ = fs::remove_dir(root.join(".powerpipe"));
        return Ok(outcome);
    }
    let mut steps = Steps::default();
    let done = move_in(&plan, &mut steps)
        .and_then(|()| steps.write(&definition.file.path, definition.file.text.as_bytes()))
        .and_then(|()| write_lock(root, &plan.new, &mut steps));
    if let Err(message) = done {
        let undone = steps.undo();
        let d = Diagnostic::error(message).code("mod-install");
        return Err(Problem::Failed(vec![undone.into_iter().fold(d, Diagnostic::help)]));
    }
    drop(plan.staging);
    if options.prune {
        prune(root, &plan.new);
    }
    clean(root);
    Ok(outcome)
}

/// What was done, in order, to be undone.
#[derive(Default)]
struct Steps(Vec<Step>);

enum Step {
    Moved { from: PathBuf, to: PathBuf },
    Wrote { path: PathBuf, before: Option<Vec<u8>> },
}

impl Steps {
    fn rename(&mut self, from: &Path, to: &Path) -> Result<(), String> {
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(|e| format!("failed to make {}: {e}", parent.display()))?;
        }
        fs::rename(from, to).map_err(|e| format!("failed to move {} to {}: {e}", from.display(), to.display()))?;
        self.0.push(Step::Moved { from: from.to_path_buf(), to: to.to_path_buf() });
        Ok(())
    }

    /// Writes a file unless it holds the text already.
    fn write(&mut self, path: &Path, bytes: &[u8]) -> Result<(), String> {
        let before = fs::read(path).ok();
        if before.as_deref() == Some(bytes) {
            return Ok(());
        }
        write(path, bytes)?;
        self.0.push(Step::Wrote { path: path.to_path_buf(), before });
        Ok(())
    }

    fn remove(&mut self, path: &Path) -> Result<(), String> {
        let Ok(before) = fs::read(path) else { return Ok(()) };
        fs::remove_file(path).map_err(|e| format!("failed to remove {}: {e}", path.display()))?;
        self.0.push(Step::Wrote { path: path.to_path_buf(), before: Some(before) });
        Ok(())
    }

    /// Returns what could not be undone.
    fn undo(self) -> Vec<String> {
        let mut failures = Vec::new();
        for step in self.0.into_iter().rev() {
            let (done, path) = match step {
                Step::Moved { from, to } => (fs::rename(&to, &from).map_err(|e| e.to_string()), to),
                Step::Wrote { path, before: Some(bytes) } => (write(&path, &bytes), path),
                Step::Wrote { path, before: None } => (fs::remove_file(&path).map_err(|e| e.to_string()), path),
            };
            if let Err(e) = done {
                failures.push(format!("{} could not be put back: {e}", path.display()));
            }
        }
        failures
    }
}

fn move_in(plan: &Plan, steps: &mut Steps) -> Result<(), String> {
    for (number, (from, to)) in plan.moves.iter().enumerate() {
        if fs::symlink_metadata(to).is_ok() {
            // Beside the new one, until everything is in place.
            let aside = from.with_file_name(format!("old-{number}"));
            steps.rename(to, &aside)?;
        }
        steps.rename(from, to)?;
    }
    Ok(())
}

fn write_lock(root: &Path, lock: &Lock, steps: &mut Steps) -> Result<(), String> {
    let path = root.join(LOCK_FILE);
    if lock.parents.is_empty() {
        return steps.remove(&path);
    }
    let mut text = serde_json::to_string_pretty(lock).map_err(|e| e.to_string())?;
    text.push('\n');
    steps.write(&path, text.as_bytes())
}

/// Writes a file as a whole or not at all.
///
/// # Errors
///
/// The file cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let failed = |e: std::io::Error| format!("failed to write {}: {e}", path.display());
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    let mode = fs::metadata(path).map(|m| m.permissions()).ok();
    #[cfg(unix)]
    let mode = mode.or_else(|| Some(std::os::unix::fs::PermissionsExt::from_mode(0o644)));
    if let Some(mode) = mode {
        file.as_file().set_permissions(mode).map_err(failed)?;
    }
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|e| failed(e.error))?;
    Ok(())
}

/// Removes the installed mods that the lock file does not name.
fn prune(root: &Path, lock: &Lock) {
    let wanted: BTreeSet<String> = lock
        .parents
        .values()
        .flatten()
        .filter(|(_, entry)| entry.path.is_none())
        .map(|(name, entry)| entry.dependency_path(name))
        .collect();
    let mods = root.join(MODS_FOLDER);
    prune_folder(&mods, "", &wanted);
    // Empty folders of hosts and owners go with the last mod.
    let _ = fs::remove_dir(&mods);
    let _ = fs::remove_dir(root.join(".powerpipe"));
}

fn prune_folder(folder: &Path, relative: &str, wanted: &BTreeSet<String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let inner = if relative.is_empty() { name } else { format!("{relative}/{name}") };
        let path = entry.path();
        if wanted.contains(&inner) {
            continue;
        }
        let is_folder = entry.file_type().is_ok_and(|t| t.is_dir());
        if is_folder && wanted.iter().any(|w| w.starts_with(&format!("{inner}/"))) {
            prune_folder(&path, &inner, wanted);
        } else if is_folder {
            // What cannot be removed is not installed all the same: the lock file decides.
            let _ = fs::remove_dir_all(&path);
        } else {
            let _ = fs::remove_file(&path);
        }
    }
}

/// Removes what interrupted installations left.
fn clean(root: &Path) {
    let Ok(entries) = fs::read_dir(root.join(".powerpipe")) else { return };
    for entry in entries.flatten() {
        let is_staging = entry.file_name().to_string_lossy().starts_with(STAGING);
        let age = entry.metadata().and_then(|m| m.modified()).ok().and_then(|m| m.elapsed().ok());
        if is_staging && age.is_some_and(|a| a > ABANDONED) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
