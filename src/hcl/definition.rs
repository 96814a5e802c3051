//! What a mod file says of its mod, without the rest of the mod: its name and what it requires, with their places.
//!
//! Installing mods works with this, before the mods that others refer to are there.

use super::files::read_text;
use super::syntax::{Attribute, Block, parse_body};
use crate::model::diagnostic::Diagnostic;
use crate::model::resource::ModConstraint;
use crate::model::source::{SourceFile, Span};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The definition of a mod.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Short name.
    pub name: String,
    /// The mod file.
    pub file: Arc<SourceFile>,
    /// The `mod` block.
    pub block: Range<usize>,
    /// The `require` block.
    pub require: Option<Range<usize>>,
    /// The mods that it requires.
    pub mods: Vec<Requirement>,
    /// `powerpipe { min_version }`
    pub powerpipe_min_version: Option<String>,
}

/// A `mod` block of the `require` block.
#[derive(Debug, Clone)]
pub struct Requirement {
    /// `github.com/owner/repo`
    pub name: String,
    /// Which version, tag, branch or folder.
    pub constraint: ModConstraint,
    /// The block.
    pub block: Range<usize>,
    /// The attribute of the constraint, with its name.
    pub attribute: Range<usize>,
}

impl Requirement {
    /// Returns the place of the requirement.
    pub fn span(&self, definition: &Definition) -> Span {
        Span { file: Arc::clone(&definition.file), range: self.block.clone() }
    }
}

/// Returns the path of the mod file of a folder.
pub fn mod_file(folder: &Path) -> Option<PathBuf> {
    ["mod.pp", "mod.sp"].iter().map(|n| folder.join(n)).find(|p| p.is_file())
}

/// Reads the mod file of a folder; none when there is no mod file.
///
/// # Errors
///
/// The file cannot be read or parsed, or says nothing that can be understood.
pub fn read(folder: &Path) -> Result<Option<Definition>, Vec<Diagnostic>> {
    read_as(folder, folder)
}

/// Reads the mod file of a folder, which messages name differently.
///
/// # Errors
///
/// As [`read`].
pub fn read_as(folder: &Path, shown: &Path) -> Result<Option<Definition>, Vec<Diagnostic>> {
    let Some(path) = mod_file(folder) else { return Ok(None) };
    let shown = shown.join(path.file_name().unwrap_or_default());
    let shown = shown.strip_prefix(".").unwrap_or(&shown).display().to_string();
    let text = read_text(&path)
        .map_err(|e| vec![Diagnostic::error(format!("failed to read {shown}: {e}")).code("mod-file")])?;
    of_text(path, shown, &text).map(Some)
}

/// Reads the text of a mod file.
///
/// # Errors
///
/// As [`read`].
pub fn of_text(path: PathBuf, display_path: String, text: &str) -> Result<Definition, Vec<Diagnostic>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    let file = Arc::new(SourceFile { path, display_path, text });
    let body = parse_body(&file).map_err(|d| vec![d])?;
    let fail = |range: Range<usize>, message: String| Diagnostic::error(message).code("require").at(&file, range, "");
    let Some(block) = body.blocks().find(|b| b.ident.as_str() == "mod") else {
        return Err(vec![fail(0..file.text.len().min(1), "the mod file has no mod block".to_owned())]);
    };
    let range = block.span();
    let Some(name) = block.labels.first().map(|l| l.as_str().to_owned()) else {
        return Err(vec![fail(range, "missing name for mod".to_owned())]);
    };
    let mut definition = Definition {
        name,
        file: Arc::clone(&file),
        block: range,
        require: None,
        mods: Vec::new(),
        powerpipe_min_version: None,
    };
    let mut errors = Vec::new();
    for require in block.body.blocks().filter(|b| matches!(b.ident.as_str(), "require" | "requires")) {
        definition.require = definition.require.or_else(|| Some(require.span()));
        for inner in require.body.blocks() {
            match inner.ident.as_str() {
                "powerpipe" => {
                    let version = inner.body.attributes().find(|a| a.key.as_str() == "min_version");
                    definition.powerpipe_min_version = version.and_then(|a| a.value.as_str()).map(str::to_owned);
                }
                "mod" => match requirement(inner) {
                    Ok(requirement) => definition.mods.push(requirement),
                    Err(message) => errors.push(fail(inner.ident.span(), message)),
                },
                _ => {}
            }
        }
    }
    if errors.is_empty() { Ok(definition) } else { Err(errors) }
}

/// Makes a constraint of the text that an attribute has.
type Make = fn(String) -> ModConstraint;

fn requirement(block: &Block) -> Result<Requirement, String> {
    let name = block.labels.first().map(|l| l.as_str().to_owned()).ok_or("missing name for mod")?;
    let kinds: [(&str, Make); 4] = [
        ("version", ModConstraint::Version),
        ("tag", ModConstraint::Tag),
        ("branch", ModConstraint::Branch),
        ("path", ModConstraint::Path),
    ];
    let mut found: Vec<(&Attribute, Make)> = Vec::new();
    for attribute in block.body.attributes() {
        if let Some((_, make)) = kinds.iter().find(|(k, _)| *k == attribute.key.as_str()) {
            found.push((attribute, *make));
        }
    }
    let [(attribute, make)] = found.as_slice() else {
        return Err(format!("mod \"{name}\" needs exactly one of version, tag, branch and path"));
    };
    let key = attribute.key.as_str();
    let value = attribute.value.as_str().ok_or(format!("mod \"{name}\": {key} must be text in quotes"))?;
    Ok(Requirement {
        constraint: make(value.to_owned()),
        block: block.span(),
        attribute: attribute.key.span().start..attribute.value.span().end,
        name,
    })
}
