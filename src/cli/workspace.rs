//! Which mod a command works on.

use super::bundled::AWS_COMPLIANCE;
use super::context::{Context, environment};
use super::exit::{Code, Failure};
use super::flags::{LimitFlags, Variables};
use crate::hcl::{LoadOptions, ModSource, VariableSources, load};
use crate::model::diagnostic::Diagnostic;
use crate::model::resource::Mod;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What happens when a required variable has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It is shown without one.
    Tolerate,
    /// The user is asked, on a terminal.
    Ask,
    /// It is an error.
    Refuse,
}

impl Missing {
    /// Reads `--input`.
    pub fn of(limits: &LimitFlags) -> Self {
        if limits.input { Self::Ask } else { Self::Refuse }
    }
}

/// Loads the mod of the given or current folder, or of one above; the bundled one where there is none.
pub fn open(cx: &Context<'_>, variables: &Variables, missing: Missing) -> Result<Arc<Mod>, Failure> {
    open_with(cx, variables, missing, false)
}

/// Loads the mod; with `references` it knows who refers to what.
///
/// # Errors
///
/// There is no mod where one was named, or it has faults.
pub fn open_with(
    cx: &Context<'_>,
    variables: &Variables,
    missing: Missing,
    references: bool,
) -> Result<Arc<Mod>, Failure> {
    read(cx, variables, missing, references, &source(cx)?)
}

/// Loads the mod for SQL text, which needs none: a folder that is named may hold queries only, or nothing.
///
/// # Errors
///
/// What is there has faults.
pub fn open_for_sql(cx: &Context<'_>, variables: &Variables, missing: Missing) -> Result<Arc<Mod>, Failure> {
    let source = match &cx.global.mod_location {
        Some(folder) => ModSource::Folder(folder.clone()),
        None => source(cx)?,
    };
    read(cx, variables, missing, false, &source)
}

fn read(
    cx: &Context<'_>,
    variables: &Variables,
    missing: Missing,
    references: bool,
    source: &ModSource,
) -> Result<Arc<Mod>, Failure> {
    let ui = cx.ui;
    let code = if missing == Missing::Tolerate { Code::Unknown } else { Code::Initialization };
    if matches!(source, ModSource::Embedded(_)) {
        ui.aside("No mod in this folder: using the bundled aws_compliance.");
    }
    let options = LoadOptions {
        allow_missing_variables: missing == Missing::Tolerate,
        prompt: (missing == Missing::Ask).then(|| ui.prompt()).flatten(),
        references,
        ..options(cx, variables)
    };
    match load(source, &options) {
        Ok(loaded) => {
            for warning in &loaded.warnings {
                ui.diagnostic(warning);
            }
            // The process ends with the mod: nobody waits for its many pieces to be given back.
            std::mem::forget(Arc::clone(&loaded.module));
            Ok(loaded.module)
        }
        Err(mut diagnostics) => {
            count_missing(&mut diagnostics);
            if let Some(first) = diagnostics.first_mut().filter(|_| missing != Missing::Tolerate) {
                first.message = format!("failed to load workspace: {}", first.message);
            }
            Err(Failure::from_diagnostics(code, diagnostics))
        }
    }
}

/// Says in front of the first missing variable how many there are, as Powerpipe does.
fn count_missing(diagnostics: &mut [Diagnostic]) {
    let mut missing: Vec<&mut Diagnostic> = diagnostics.iter_mut().filter(|d| d.code == "missing-variable").collect();
    let count = missing.len();
    if let Some(first) = missing.first_mut() {
        let plural = if count == 1 { "" } else { "s" };
        first.message = format!("missing {count} variable value{plural}: {}", first.message);
    }
}

/// Returns how mods are loaded, with the values of variables.
pub fn options(cx: &Context<'_>, variables: &Variables) -> LoadOptions {
    LoadOptions {
        variables: VariableSources {
            vars: variables.var.clone(),
            files: variables.var_file.iter().flat_map(|f| var_files(f)).collect(),
            environment: environment(),
        },
        connections: cx.config.connections.keys().cloned().collect(),
        clock: cx.clock,
        ..LoadOptions::default()
    }
}

/// Returns where the mod is: in the given or current folder, or in one above; the bundled one where there is none.
///
/// # Errors
///
/// There is no mod where one was named.
pub fn source(cx: &Context<'_>) -> Result<ModSource, Failure> {
    source_at(cx.global.mod_location.as_deref())
}

/// Returns where the mod of a folder is; of the current folder where none is given.
///
/// # Errors
///
/// There is no mod where one was named.
pub fn source_at(location: Option<&Path>) -> Result<ModSource, Failure> {
    let source = match location {
        Some(folder) => ModSource::Folder(folder.to_path_buf()),
        None => {
            let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
            if has_mod_file(&here) { ModSource::Folder(here) } else { ModSource::Embedded(&AWS_COMPLIANCE) }
        }
    };
    if let ModSource::Folder(folder) = &source
        && folder.is_dir()
        && !has_mod_file(folder)
    {
        let message = format!("there is no mod definition in {} or a folder above it", folder.display());
        return Err(Failure::new(Code::NoModFile, message)
            .help("give the folder of mod.pp with --mod-location, or leave the flag out to use the bundled mod"));
    }
    Ok(source)
}

/// Returns what messages call a mod: its name, and its folder where it has one.
pub fn shown(module: &Mod) -> String {
    let folder = module.root.display().to_string();
    if folder.is_empty() { format!("mod.{}", module.name) } else { format!("mod.{} ({folder})", module.name) }
}

/// Whether a folder or one above holds a mod file.
pub fn has_mod_file(folder: &Path) -> bool {
    let full = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    full.ancestors().any(|d| d.join("mod.pp").is_file() || d.join("mod.sp").is_file())
}

/// Returns the files that a value of `--var-file` names: one, or several with commas.
fn var_files(value: &Path) -> Vec<PathBuf> {
    match value.to_str() {
        Some(text) if !value.exists() && text.contains(',') => {
            text.split(',').map(|f| PathBuf::from(f.trim())).filter(|f| !f.as_os_str().is_empty()).collect()
        }
        _ => vec![value.to_path_buf()],
    }
}
