//! Which files belong to a mod, and their text.
//!
//! A mod is somebody else's work, so it may read its own folder only: `file()` and links that lead out of the folder of
//! the mod file are refused, whether the mod is the user's own or a dependency.

use super::ignore::Ignore;
use super::parallel;
use crate::model::diagnostic::Diagnostic;
use crate::model::source::SourceFile;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The largest file that is read.
const MAX_FILE: u64 = 16 << 20;
/// How many source files a mod may have.
const MAX_FILES: usize = 20_000;
/// How many bytes all source files together may have.
const MAX_TOTAL: usize = 256 << 20;
/// How many files may be below a folder that `fileset()` names.
const MAX_BELOW: usize = 100_000;
/// How deep folders may nest.
const MAX_DEPTH: usize = 64;

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
    /// Files in memory: paths relative to the mod's root, with `/`, and texts.
    Memory(Arc<Vec<(String, String)>>),
}

/// Where `file()` looks.
enum Place {
    Folder,
    Embedded(&'static EmbeddedMod),
    Memory(Arc<Vec<(String, String)>>),
}

/// The files of a mod.
pub(super) struct Files {
    /// The folder of the mod file; empty for a mod that is not in a folder.
    pub root: PathBuf,
    /// Whether there is a mod file.
    pub has_mod_file: bool,
    /// Source files, by path.
    pub sources: Vec<Arc<SourceFile>>,
    /// Notes on files that were passed over.
    pub warnings: Vec<Diagnostic>,
    /// SHA-256 over paths and texts.
    pub digest: String,
    /// The version that the source states; empty when unknown.
    pub version: String,
    place: Place,
    /// Folders without links: a large mod names a thousand files in a few of them.
    folders: Mutex<HashMap<PathBuf, PathBuf>>,
}

impl Files {
    /// Finds and reads the files of a mod; the mod file of a folder may lie in a folder above.
    pub fn read(source: &ModSource) -> Result<Self, Vec<Diagnostic>> {
        match source {
            ModSource::Embedded(module) => {
                let texts = module.files.iter().map(|(path, text)| (*path, *text));
                Ok(Self::of_texts(texts, module.name, module.version, Place::Embedded(module)))
            }
            ModSource::Memory(files) => {
                let texts = files.iter().map(|(path, text)| (path.as_str(), text.as_str()));
                Ok(Self::of_texts(texts, "", "", Place::Memory(Arc::clone(files))))
            }
            ModSource::Folder(folder) => Self::read_folder(folder, true),
        }
    }

    /// Reads the folder of a dependency: exactly that one, without exclusions of its own.
    pub fn read_dependency(folder: &Path) -> Result<Self, Vec<Diagnostic>> {
        Self::read_folder(folder, false)
    }

    fn of_texts<'t>(texts: impl Iterator<Item = (&'t str, &'t str)>, name: &str, version: &str, place: Place) -> Self {
        let mut has_mod_file = false;
        let mut sources: Vec<_> = texts
            .filter(|(path, _)| is_source(path))
            .map(|(path, text)| {
                has_mod_file |= matches!(path, "mod.pp" | "mod.sp");
                let shown = if name.is_empty() { path.to_owned() } else { format!("{name}/{path}") };
                source_file(PathBuf::from(path), shown, text.to_owned())
            })
            .collect();
        sources.sort_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
        let digest = digest(&sources, Path::new(""));
        Self {
            root: PathBuf::new(),
            has_mod_file,
            sources,
            warnings: Vec::new(),
            digest,
            version: version.to_owned(),
            place,
            folders: Mutex::default(),
        }
    }

    fn read_folder(folder: &Path, is_workspace: bool) -> Result<Self, Vec<Diagnostic>> {
        let fail = |message: String| vec![Diagnostic::error(message).code("mod-folder")];
        let start =
            folder.canonicalize().map_err(|e| fail(format!("failed to open mod folder {}: {e}", folder.display())))?;
        if !start.is_dir() {
            return Err(fail(format!("{} is not a folder", folder.display())));
        }
        let depth = if is_workspace { usize::MAX } else { 1 };
        let found = start.ancestors().take(depth).find(|d| d.join("mod.pp").is_file() || d.join("mod.sp").is_file());
        let root = found.unwrap_or(&start).to_path_buf();
        let mut warnings = Vec::new();
        let ignore = if is_workspace { Ignore::read(&root) } else { Ignore::default() };
        let mut listing = Listing { root: &root, ignore: &ignore, paths: Vec::new(), warnings: &mut warnings };
        listing.walk(&root, 0).map_err(fail)?;
        let mut paths = listing.paths;
        paths.sort_by(|a, b| a.as_os_str().cmp(b.as_os_str()));
        let sources = read_all(&paths)?;
        let total: usize = sources.iter().map(|s| s.text.len()).sum();
        if total > MAX_TOTAL {
            return Err(fail(format!("the mod has {total} bytes of source; at most {MAX_TOTAL} are read")));
        }
        Ok(Self {
            has_mod_file: found.is_some(),
            digest: digest(&sources, &root),
            sources,
            warnings,
            version: String::new(),
            place: Place::Folder,
            folders: Mutex::default(),
            root,
        })
    }

    /// Returns a path without links, `.` and `..`, and whether it is a file's.
    fn real(&self, path: &Path) -> std::io::Result<(PathBuf, bool)> {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            let real = path.canonicalize()?;
            return Ok((real, false));
        };
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = match folders.get(folder) {
            Some(real) => real.clone(),
            None => {
                let real = folder.canonicalize()?;
                folders.insert(folder.to_path_buf(), real.clone());
                real
            }
        };
        let real = folder.join(name);
        let metadata = std::fs::symlink_metadata(&real)?;
        if metadata.is_symlink() {
            let real = real.canonicalize()?;
            let is_file = real.is_file();
            return Ok((real, is_file));
        }
        Ok((real, metadata.is_file()))
    }

    /// Returns the files below a folder of the mod, by their paths from there; none when there is no such folder.
    pub fn below(&self, folder: &str) -> Result<Vec<String>, String> {
        let outside = || format!("{folder} is outside the mod's folder");
        let of_texts = |paths: &mut dyn Iterator<Item = &str>| {
            let inner = normalise(folder).ok_or_else(outside)?;
            let prefix = if inner.is_empty() { inner } else { inner + "/" };
            Ok(paths.filter_map(|p| p.strip_prefix(&prefix)).map(str::to_owned).collect())
        };
        match &self.place {
            _ if folder.starts_with('~') => Err(outside()),
            Place::Embedded(module) => of_texts(&mut module.files.iter().map(|(path, _)| *path)),
            Place::Memory(files) => of_texts(&mut files.iter().map(|(path, _)| path.as_str())),
            Place::Folder => {
                let Ok(real) = self.root.join(folder).canonicalize() else { return Ok(Vec::new()) };
                if !real.starts_with(&self.root) {
                    return Err(outside());
                }
                let mut found = Vec::new();
                if real.is_dir() {
                    collect(&self.root, &real, "", 0, &mut found)?;
                }
                Ok(found)
            }
        }
    }

    /// Returns where a file is that `file()` names; it must exist, inside the mod.
    pub fn locate(&self, path: &str) -> Result<Located, String> {
        let missing = || format!("no file exists at {path}");
        let outside = || format!("{path} is outside the mod's folder");
        if path.starts_with('~') {
            return Err(outside());
        }
        match &self.place {
            Place::Folder => {
                let (real, is_file) = self.real(&self.root.join(path)).map_err(|_| missing())?;
                if !real.starts_with(&self.root) {
                    return Err(outside());
                }
                if is_file { Ok(Located::File(real)) } else { Err(format!("{path} is not a file")) }
            }
            Place::Embedded(module) => {
                let inner = normalise(path).ok_or_else(outside)?;
                let found = module.files.iter().find(|(p, _)| *p == inner);
                found.map(|(_, text)| Located::Embedded(text)).ok_or_else(missing)
            }
            Place::Memory(files) => {
                let inner = normalise(path).ok_or_else(outside)?;
                let found = files.iter().find(|(p, _)| *p == inner);
                found.map(|(_, text)| Located::Memory(text.clone())).ok_or_else(missing)
            }
        }
    }
}

/// Collects the files below a folder; what links lead to counts where it lies inside the mod, and linked folders are not
/// gone into.
fn collect(root: &Path, folder: &Path, shown: &str, depth: usize, found: &mut Vec<String>) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!("folders nest deeper than {MAX_DEPTH} levels at {}", folder.display()));
    }
    let failed = |e: std::io::Error| format!("failed to read folder {}: {e}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = format!("{shown}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type().map_err(failed)?;
        let leads_to_file = || entry.path().canonicalize().is_ok_and(|real| real.starts_with(root) && real.is_file());
        if kind.is_dir() {
            collect(root, &entry.path(), &format!("{name}/"), depth + 1, found)?;
        } else if kind.is_file() || kind.is_symlink() && leads_to_file() {
            found.push(name);
        }
        if found.len() > MAX_BELOW {
            return Err(format!("more than {MAX_BELOW} files are below {}", root.display()));
        }
    }
    Ok(())
}

/// Where a file of a mod is.
pub(super) enum Located {
    File(PathBuf),
    Embedded(&'static str),
    Memory(String),
}

impl Located {
    pub fn read(self) -> Result<String, String> {
        match self {
            Self::Embedded(text) => Ok(text.to_owned()),
            Self::Memory(text) => Ok(text),
            Self::File(path) => read_text(&path).map_err(|e| format!("failed to read {}: {e}", path.display())),
        }
    }

    /// Reads a file that need not be text.
    pub fn bytes(self) -> Result<Vec<u8>, String> {
        match self {
            Self::File(path) => read_bytes(&path).map_err(|e| format!("failed to read {}: {e}", path.display())),
            text => text.read().map(String::into_bytes),
        }
    }
}

/// Resolves `.` and `..`; none for a path that leaves the root.
fn normalise(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for component in Path::new(path).components() {
        match component {
            Component::CurDir => {}
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::ParentDir => {
                parts.pop()?;
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

fn digest(sources: &[Arc<SourceFile>], root: &Path) -> String {
    let mut hash = Sha256::new();
    for file in sources {
        let path = file.path.strip_prefix(root).unwrap_or(&file.path).to_string_lossy().replace('\\', "/");
        hash.update(path.as_bytes());
        hash.update([0]);
        hash.update(file.text.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

/// Reads files on all cores.
fn read_all(paths: &[PathBuf]) -> Result<Vec<Arc<SourceFile>>, Vec<Diagnostic>> {
    let cwd = std::env::current_dir().ok().and_then(|d| d.canonicalize().ok());
    let read = |path: &PathBuf| {
        let shown = cwd.as_ref().and_then(|c| path.strip_prefix(c).ok()).unwrap_or(path).display().to_string();
        match read_text(path) {
            Ok(text) => Ok(source_file(path.clone(), shown, text)),
            Err(e) => Err(Diagnostic::error(format!("failed to read {shown}: {e}")).code("mod-file")),
        }
    };
    let Some(results) = parallel::map(paths, read) else {
        return Err(vec![Diagnostic::error("internal: a reader thread ended early").code("mod-file")]);
    };
    let mut sources = Vec::new();
    let mut errors = Vec::new();
    for result in results {
        match result {
            Ok(source) => sources.push(source),
            Err(e) => errors.push(e),
        }
    }
    if errors.is_empty() { Ok(sources) } else { Err(errors) }
}

/// Reads a text file of bounded size.
pub(super) fn read_text(path: &Path) -> Result<String, String> {
    String::from_utf8(read_bytes(path)?).map_err(|e| {
        let valid = e.utf8_error().valid_up_to();
        let line = e.as_bytes().iter().take(valid).filter(|b| **b == b'\n').count() + 1;
        format!("the file is not UTF-8 (line {line}, byte {valid})")
    })
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, String> {
    let text = |e: std::io::Error| e.to_string();
    let file = std::fs::File::open(path).map_err(text)?;
    let size = file.metadata().map_err(text)?.len();
    if size > MAX_FILE {
        return Err(format!("the file has {size} bytes; at most {MAX_FILE} are read"));
    }
    // One more than the file has: the end is seen without growing.
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    file.take(MAX_FILE).read_to_end(&mut bytes).map_err(text)?;
    Ok(bytes)
}

fn source_file(path: PathBuf, display_path: String, text: String) -> Arc<SourceFile> {
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    Arc::new(SourceFile { path, display_path, text })
}

fn is_source(path: &str) -> bool {
    path.ends_with(".pp") || path.ends_with(".sp")
}

/// Collects the source files under a folder.
struct Listing<'l> {
    root: &'l Path,
    ignore: &'l Ignore,
    paths: Vec<PathBuf>,
    warnings: &'l mut Vec<Diagnostic>,
}

impl Listing<'_> {
    fn walk(&mut self, folder: &Path, depth: usize) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err(format!("folders nest deeper than {MAX_DEPTH} levels at {}", folder.display()));
        }
        let failed = |e: std::io::Error| format!("failed to read folder {}: {e}", folder.display());
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let relative = path.strip_prefix(self.root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            if name.starts_with('.') {
                if depth > 0 && is_source(&name) {
                    self.warn("hidden-file", format!("{relative} is hidden and was not read"));
                }
                continue;
            }
            if self.ignore.matches(&relative) {
                continue;
            }
            let kind = entry.file_type().map_err(|e| format!("failed to read {}: {e}", path.display()))?;
            if kind.is_dir() {
                if path.join("mod.pp").is_file() || path.join("mod.sp").is_file() {
                    self.warn(
                        "nested-mod",
                        format!("{relative} holds a mod file of its own; its files are read as part of this mod"),
                    );
                }
                self.walk(&path, depth + 1)?;
            } else if is_source(&name) && kind.is_file() {
                self.paths.push(path);
            } else if is_source(&name) {
                match path.canonicalize() {
                    Ok(real) if kind.is_symlink() && !real.starts_with(self.root) => {
                        self.warn("link", format!("{relative} is a link out of the mod's folder and was not read"));
                    }
                    Ok(real) if real.is_file() => self.paths.push(path),
                    Ok(_) => self.warn("link", format!("{relative} is not a file and was not read")),
                    Err(e) => return Err(format!("failed to read {}: {e}", path.display())),
                }
            }
            if self.paths.len() > MAX_FILES {
                return Err(format!("the mod has more than {MAX_FILES} files"));
            }
        }
        Ok(())
    }

    fn warn(&mut self, code: &'static str, message: String) {
        self.warnings.push(Diagnostic::warning(message).code(code));
    }
}
