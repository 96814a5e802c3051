//! The lock file `.mod.cache.json`: which version of each dependency is installed.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The name of the lock file in the workspace mod's folder.
pub const LOCK_FILE: &str = ".mod.cache.json";
/// The version of the entries that are written.
pub const STRUCT_VERSION: u64 = 20_240_429;
/// The folder under the workspace mod's that dependencies are installed in.
pub const MODS_FOLDER: &str = ".powerpipe/mods";

/// The lock file: parent (the workspace mod's short name, or a dependency's path) to dependency name to entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lock {
    /// The entries.
    pub parents: BTreeMap<String, BTreeMap<String, LockEntry>>,
}

/// What is installed of one dependency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockEntry {
    /// The version, for a dependency with a version constraint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The branch, for a dependency on a branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The tag, for a dependency on a tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The folder, for a dependency on a folder.
    #[serde(default, alias = "file_path", skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The full name: `github.com/owner/repo`.
    #[serde(default)]
    pub name: String,
    /// The commit that is installed.
    #[serde(default)]
    pub commit: String,
    /// The git reference that was installed.
    #[serde(default)]
    pub git_ref: String,
    /// The version of this structure.
    #[serde(default)]
    pub struct_version: u64,
    /// The dependency mod's short name.
    #[serde(default)]
    pub alias: String,
}

impl Lock {
    /// Reads the lock file of a workspace; a missing one is empty.
    ///
    /// # Errors
    ///
    /// A message when the file cannot be read or is not a lock file.
    pub fn read(root: &Path) -> Result<Self, String> {
        let path = root.join(LOCK_FILE);
        match std::fs::read(&path) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map_err(|e| format!("{} is not a lock file: {e}", path.display()))
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(e) => Err(format!("failed to read {}: {e}", path.display())),
        }
    }

    /// Returns the entry of a dependency.
    pub fn entry(&self, parent: &str, name: &str) -> Option<&LockEntry> {
        self.parents.get(parent)?.get(name)
    }
}

impl LockEntry {
    /// Returns the dependency's path: its name with its version, which names its folder and its own entries.
    pub fn dependency_path(&self, name: &str) -> String {
        match (&self.version, &self.tag, &self.branch) {
            (Some(version), ..) => format!("{name}@v{}", version.trim_start_matches('v')),
            (None, Some(tag), _) => format!("{name}@{tag}"),
            (None, None, Some(branch)) => format!("{name}#{branch}"),
            (None, None, None) => name.to_owned(),
        }
    }

    /// Returns the folder that the dependency is installed in; none for a name that would leave the folder of mods.
    pub fn folder(&self, workspace_root: &Path, name: &str) -> Option<PathBuf> {
        let path = self.dependency_path(name);
        let is_plain = path.split('/').all(|p| !p.is_empty() && p != "." && p != ".." && !p.contains('\\'));
        is_plain.then(|| workspace_root.join(MODS_FOLDER).join(path))
    }
}

#[cfg(test)]
mod tests {
    use super::{Lock, LockEntry};
    use std::path::Path;

    #[test]
    fn reads_what_powerpipe_writes() {
        let text = r#"{"m": {"github.com/o/r": {"version": "1.2.3", "name": "github.com/o/r", "commit": "abc",
            "git_ref": "refs/tags/v1.2.3", "struct_version": 20240429, "alias": "r"}}}"#;
        let lock: Lock = serde_json::from_str(text).unwrap();
        let entry = lock.entry("m", "github.com/o/r").unwrap();
        assert_eq!(entry.alias, "r");
        let folder = entry.folder(Path::new("/w"), "github.com/o/r").unwrap();
        assert_eq!(folder, Path::new("/w/.powerpipe/mods/github.com/o/r@v1.2.3"));
    }

    #[test]
    fn a_name_cannot_leave_the_folder_of_mods() {
        let entry = LockEntry { version: Some("1.0.0".to_owned()), ..LockEntry::default() };
        for name in ["../x", "/etc", "a/../../b", "a\\..\\b", ""] {
            let folder = entry.folder(Path::new("/w"), name);
            assert!(name.is_empty() || folder.is_none(), "{name}: {folder:?}");
        }
        let branch = LockEntry { branch: Some("../../x".to_owned()), ..LockEntry::default() };
        assert_eq!(branch.folder(Path::new("/w"), "github.com/o/r"), None);
    }
}
