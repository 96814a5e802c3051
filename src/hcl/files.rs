//! Which files belong to a mod, and their text.

use crate::model::diagnostic::Diagnostic;
use crate::model::source::SourceFile;
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The largest source file that is read.
const MAX_FILE: u64 = 16 << 20;
/// How many source files a mod may have.
const MAX_FILES: usize = 20_000;

/// A mod that is compiled into the program: paths relative to its root, with `/`, and texts.
#[derive(Debug)]
pub struct EmbeddedMod {
    /// Its name, for messages.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Its files.
    pub files: &'static [(&'static str, &'static str)],
}

/// Where a mod comes from.
#[derive(Debug, Clone)]
pub enum ModSource {
    /// A folder; the mod file is looked for there and in the folders above.
    Folder(PathBuf),
    /// A mod that is compiled in.
    Embedded(&'static EmbeddedMod),
}

/// The files of a mod.
pub(super) struct Files {
    /// The folder of the mod file; empty for an embedded mod.
    pub root: PathBuf,
    /// Whether there is a mod file.
    pub has_mod_file: bool,
    /// Source files, by path.
    pub sources: Vec<Arc<SourceFile>>,
    /// Notes on files that were passed over.
    pub warnings: Vec<Diagnostic>,
    /// SHA-256 over paths and texts.
    pub digest: String,
    pub embedded: Option<&'static EmbeddedMod>,
}

impl Files {
    /// Finds and reads the files of a mod.
    pub fn read(source: &ModSource) -> Result<Self, Vec<Diagnostic>> {
        let mut files = match source {
            ModSource::Embedded(module) => Self {
                root: PathBuf::new(),
                has_mod_file: true,
                sources: module
                    .files
                    .iter()
                    .filter(|(path, _)| is_source(path))
                    .map(|(path, text)| source_file(PathBuf::from(path), format!("{}/{path}", module.name), text))
                    .collect(),
                warnings: Vec::new(),
                digest: String::new(),
                embedded: Some(module),
            },
            ModSource::Folder(folder) => Self::read_folder(folder)?,
        };
        let mut hash = Sha256::new();
        for file in &files.sources {
            let path = file.path.strip_prefix(&files.root).unwrap_or(&file.path).to_string_lossy().replace('\\', "/");
            hash.update(path.as_bytes());
            hash.update([0]);
            hash.update(file.text.as_bytes());
            hash.update([0]);
        }
        files.digest = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
        Ok(files)
    }

    fn read_folder(folder: &Path) -> Result<Self, Vec<Diagnostic>> {
        let fail = |message: String| vec![Diagnostic::error(message).code("mod-folder")];
        let start =
            folder.canonicalize().map_err(|e| fail(format!("failed to open mod folder {}: {e}", folder.display())))?;
        if !start.is_dir() {
            return Err(fail(format!("{} is not a folder", folder.display())));
        }
        let found = start.ancestors().find(|d| d.join("mod.pp").is_file() || d.join("mod.sp").is_file());
        let root = found.unwrap_or(&start).to_path_buf();
        let mut files = Self {
            has_mod_file: found.is_some(),
            sources: Vec::new(),
            warnings: Vec::new(),
            digest: String::new(),
            embedded: None,
            root: root.clone(),
        };
        let ignore = ignore_patterns(&root);
        let mut paths = Vec::new();
        list(&root, &root, &ignore, &mut paths, &mut files.warnings).map_err(fail)?;
        paths.sort();
        let cwd = std::env::current_dir().ok().and_then(|d| d.canonicalize().ok());
        let mut errors = Vec::new();
        for path in paths {
            let shown = cwd.as_ref().and_then(|c| path.strip_prefix(c).ok()).unwrap_or(&path).display().to_string();
            match read_text(&path) {
                Ok(text) => files.sources.push(source_file(path, shown, &text)),
                Err(e) => errors.push(Diagnostic::error(format!("failed to read {shown}: {e}")).code("mod-file")),
            }
        }
        if errors.is_empty() { Ok(files) } else { Err(errors) }
    }

    /// Returns whether a path that `file()` names exists inside the mod, as documentation that is read later.
    pub fn locate(&self, path: &str) -> Result<Located, String> {
        let relative = path.trim_start_matches("./");
        if let Some(module) = self.embedded {
            return match module.files.iter().find(|(p, _)| *p == relative) {
                Some((_, text)) => Ok(Located::Embedded(text)),
                None => Err(format!("no file exists at {path}")),
            };
        }
        let full = self.root.join(path);
        let real = full.canonicalize().map_err(|_| format!("no file exists at {path}"))?;
        // A mod that somebody else wrote must not carry files of this machine into a report.
        if !real.starts_with(&self.root) {
            return Err(format!("{path} is outside the mod's folder"));
        }
        if real.is_file() { Ok(Located::File(real)) } else { Err(format!("{path} is not a file")) }
    }
}

/// Where a file of a mod is.
pub(super) enum Located {
    File(PathBuf),
    Embedded(&'static str),
}

impl Located {
    pub fn read(&self) -> Result<String, String> {
        match self {
            Self::Embedded(text) => Ok((*text).to_owned()),
            Self::File(path) => read_text(path).map_err(|e| format!("failed to read {}: {e}", path.display())),
        }
    }
}

fn read_text(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|e| e.to_string())?.len();
    if size > MAX_FILE {
        return Err(format!("the file has {size} bytes; at most {MAX_FILE} are read"));
    }
    let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
    String::from_utf8(bytes).map_err(|e| format!("the file is not UTF-8 at byte {}", e.utf8_error().valid_up_to()))
}

fn source_file(path: PathBuf, display_path: String, text: &str) -> Arc<SourceFile> {
    Arc::new(SourceFile { path, display_path, text: text.strip_prefix('\u{feff}').unwrap_or(text).to_owned() })
}

fn is_source(path: &str) -> bool {
    path.ends_with(".pp") || path.ends_with(".sp")
}

fn list(
    root: &Path,
    folder: &Path,
    ignore: &[String],
    out: &mut Vec<PathBuf>,
    warnings: &mut Vec<Diagnostic>,
) -> Result<(), String> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("failed to read folder {}: {e}", folder.display()))?;
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        if ignore.iter().any(|p| glob(p.as_bytes(), relative.as_bytes())) {
            continue;
        }
        let kind = entry.file_type().map_err(|e| format!("failed to read {}: {e}", path.display()))?;
        if kind.is_dir() {
            if path.join("mod.pp").is_file() || path.join("mod.sp").is_file() {
                warnings.push(
                    Diagnostic::warning(format!(
                        "{relative} holds a mod file of its own; its files are read as part of this mod"
                    ))
                    .code("nested-mod"),
                );
            }
            list(root, &path, ignore, out, warnings)?;
        } else if is_source(&name) && path.is_file() {
            out.push(path);
        }
        if out.len() > MAX_FILES {
            return Err(format!("the mod has more than {MAX_FILES} files"));
        }
    }
    Ok(())
}

fn ignore_patterns(root: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(root.join(".powerpipeignore")).unwrap_or_default();
    text.lines()
        .map(str::trim)
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
        .map(|l| l.trim_start_matches("./").to_owned())
        .collect()
}

/// `*` and `?` within a path part, `**` across parts.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', b'*', b'/', rest @ ..] => {
            glob(rest, text)
                || (0..text.len())
                    .any(|i| text.get(i) == Some(&b'/') && glob(rest, text.get(i + 1..).unwrap_or_default()))
        }
        [b'*', b'*', rest @ ..] => (0..=text.len()).any(|i| glob(rest, text.get(i..).unwrap_or_default())),
        [b'*', rest @ ..] => {
            let end = text.iter().position(|b| *b == b'/').unwrap_or(text.len());
            (0..=end).any(|i| glob(rest, text.get(i..).unwrap_or_default()))
        }
        [b'?', rest @ ..] => text.split_first().is_some_and(|(c, after)| *c != b'/' && glob(rest, after)),
        [c, rest @ ..] => text.split_first().is_some_and(|(d, after)| c == d && glob(rest, after)),
    }
}
