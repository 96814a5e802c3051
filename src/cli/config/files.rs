//! Finds and reads `*.ppc` files.

use super::{Config, Connection, Profile};
use crate::hcl::config::{ConfigBlock, read_config};
use crate::model::diagnostic::{Diagnostic, nearest};
use crate::model::source::SourceFile;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The largest configuration file that is read.
const MAX_FILE: u64 = 4 << 20;

/// Reads the configuration of some folders, highest precedence first. Folders that are missing or empty are passed over.
///
/// # Errors
///
/// Every fault in every file.
pub fn load(folders: &[PathBuf], environment: &BTreeMap<String, String>) -> Result<Config, Vec<Diagnostic>> {
    let mut config = Config::default();
    let mut errors = Vec::new();
    let mut seen: Vec<PathBuf> = Vec::new();
    for folder in folders {
        let full = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        if seen.contains(&full) {
            continue;
        }
        seen.push(full);
        let mut in_folder = Config::default();
        for path in files_of(folder) {
            match read(&path, environment) {
                Ok((file, blocks)) => {
                    for block in blocks {
                        add(&mut in_folder, &file, &block, &mut errors);
                    }
                }
                Err(mut faults) => errors.append(&mut faults),
            }
        }
        for (name, profile) in in_folder.profiles {
            config.profiles.entry(name).or_insert(profile);
        }
        for (name, connection) in in_folder.connections {
            config.connections.entry(name).or_insert(connection);
        }
    }
    if errors.is_empty() {
        errors.extend(super::profile::resolve_bases(&mut config.profiles).err());
    }
    if errors.is_empty() { Ok(config) } else { Err(errors) }
}

fn files_of(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    let mut files: Vec<PathBuf> =
        entries.filter(|p| p.extension().is_some_and(|e| e == "ppc") && p.is_file()).collect();
    files.sort();
    files
}

type File = (Arc<SourceFile>, Vec<ConfigBlock>);

fn read(path: &Path, environment: &BTreeMap<String, String>) -> Result<File, Vec<Diagnostic>> {
    let fail = |e: &dyn std::fmt::Display| {
        vec![Diagnostic::error(format!("failed to read the configuration file {}: {e}", path.display()))]
    };
    let size = std::fs::metadata(path).map_err(|e| fail(&e))?.len();
    if size > MAX_FILE {
        return Err(fail(&"it is too large"));
    }
    let bytes = std::fs::read(path).map_err(|e| fail(&e))?;
    let text = String::from_utf8(bytes).map_err(|_| fail(&"it is not UTF-8 text"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
    let file = Arc::new(SourceFile { path: path.to_path_buf(), display_path: path.display().to_string(), text });
    let blocks = read_config(&file, environment)?;
    Ok((file, blocks))
}

fn add(config: &mut Config, file: &Arc<SourceFile>, block: &ConfigBlock, errors: &mut Vec<Diagnostic>) {
    let at = |message: String| Diagnostic::error(message).code("configuration").at(file, block.place.clone(), "");
    match (block.kind.as_str(), block.labels.as_slice()) {
        ("workspace", [name]) => {
            let profile = Profile::read(file, block, errors);
            if config.profiles.contains_key(name) {
                errors.push(at(format!("there are two workspaces \"{name}\" in one folder")));
            }
            config.profiles.insert(name.clone(), profile);
        }
        ("connection", [kind, name]) => {
            let Some(connection) = Connection::read(file, block, kind, errors) else { return };
            let key = (kind.clone(), name.clone());
            if config.connections.contains_key(&key) {
                errors.push(at(format!("there are two connections \"{kind}\" \"{name}\" in one folder")));
            }
            config.connections.insert(key, connection);
        }
        ("workspace", _) => errors.push(at("a workspace has one label, its name: workspace \"name\"".to_owned())),
        ("connection", _) => {
            errors.push(at("a connection has two labels, type and name: connection \"postgres\" \"name\"".to_owned()));
        }
        (kind, _) => {
            let fault = at(format!("unsupported block type \"{kind}\" in a configuration file"));
            errors.push(match nearest(kind, ["workspace", "connection"]) {
                Some(near) => fault.help(format!("did you mean {near}?")),
                None => fault.help("configuration files hold workspace and connection blocks"),
            });
        }
    }
}
