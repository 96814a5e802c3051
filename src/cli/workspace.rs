//! Which mod a command works on.

use super::args::{Global, Variables};
use super::bundled::AWS_COMPLIANCE;
use super::exit::{Code, Failure};
use super::ui::Ui;
use crate::hcl::{LoadOptions, ModSource, VariableSources, load};
use crate::model::resource::Mod;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Loads the mod of the given or current folder, or of one above; the bundled one where there is none.
pub fn open(
    global: &Global,
    ui: &Ui,
    variables: &Variables,
    allow_missing_variables: bool,
) -> Result<Arc<Mod>, Failure> {
    let code = if allow_missing_variables { Code::Unknown } else { Code::Initialization };
    let source = match &global.mod_location {
        Some(folder) => ModSource::Folder(folder.clone()),
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
    if matches!(source, ModSource::Embedded(_)) {
        ui.aside("No mod in this folder: using the bundled aws_compliance.");
    }
    let options = LoadOptions {
        variables: VariableSources {
            vars: variables.var.clone(),
            files: variables.var_file.clone(),
            environment: std::env::vars_os()
                .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
                .collect(),
        },
        allow_missing_variables,
        connections: Vec::new(),
        ..LoadOptions::default()
    };
    match load(&source, &options) {
        Ok(loaded) => {
            for warning in &loaded.warnings {
                ui.diagnostic(warning);
            }
            Ok(loaded.module)
        }
        Err(diagnostics) => Err(Failure::from_diagnostics(code, diagnostics)),
    }
}

/// Whether a folder or one above holds a mod file.
pub fn has_mod_file(folder: &Path) -> bool {
    let full = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    full.ancestors().any(|d| d.join("mod.pp").is_file() || d.join("mod.sp").is_file())
}
