//! Names of mods, and what may follow them.

use crate::hcl::version::Constraint;
use crate::model::resource::ModConstraint;
use std::path::Path;

/// A mod as the command line names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `github.com/owner/repo`, or a folder as given.
    pub name: String,
    /// What may be installed of it.
    pub constraint: ModConstraint,
}

impl Request {
    /// Reads `host/owner/repo`, `...@constraint`, `...@tag`, `...#branch`, or a folder.
    ///
    /// # Errors
    ///
    /// Anything else.
    pub fn parse(text: &str, root: &Path) -> Result<Self, String> {
        if is_folder(text) {
            let folder = root.join(text);
            if !folder.is_dir() {
                return Err(format!("{text} is not a folder"));
            }
            if crate::hcl::definition::mod_file(&folder).is_none() {
                return Err(format!("'{text}' has no mod definition file"));
            }
            return Ok(Self { name: text.to_owned(), constraint: ModConstraint::Path(text.to_owned()) });
        }
        let plain = without_scheme(text);
        if let Some((name, branch)) = plain.split_once('#') {
            let name = name.strip_suffix(".git").unwrap_or(name);
            check(name)?;
            check_ref(branch)?;
            return Ok(Self { name: name.to_owned(), constraint: ModConstraint::Branch(branch.to_owned()) });
        }
        let (name, version) = plain.split_once('@').unwrap_or((plain, "*"));
        let name = name.strip_suffix(".git").unwrap_or(name);
        check(name)
            .map_err(|e| if root.join(text).is_dir() { format!("{e}; write ./{text} for the folder") } else { e })?;
        let constraint = match Constraint::parse(version) {
            Some(_) => ModConstraint::Version(if version.is_empty() { "*" } else { version }.to_owned()),
            None => {
                check_ref(version)?;
                ModConstraint::Tag(version.to_owned())
            }
        };
        Ok(Self { name: name.to_owned(), constraint })
    }
}

fn is_folder(text: &str) -> bool {
    text.starts_with(['/', '.', '~']) || Path::new(text).is_absolute()
}

/// Takes `https://` away, and `.git` at the end of the name.
pub fn without_scheme(text: &str) -> &str {
    let text = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    let text = text.strip_suffix('/').unwrap_or(text);
    text.strip_suffix(".git").unwrap_or(text)
}

/// Checks the name of a mod: `host/owner/repository`, or more folders between.
///
/// # Errors
///
/// A name that could be an option, another kind of URL, or lead out of the folder of mods.
pub fn check(name: &str) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("\"{name}\" is not the name of a mod: {why}; write host/owner/repository"));
    let parts: Vec<&str> = name.split('/').collect();
    if parts.len() < 3 {
        return wrong("it has too few parts");
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '~');
    for (i, part) in parts.iter().enumerate() {
        let (host, port) = if i == 0 { part.split_once(':').unwrap_or((part, "0")) } else { (*part, "0") };
        if host.is_empty() || host.starts_with(['-', '.']) || !host.chars().all(is_plain) {
            return wrong("a part has characters that a name cannot have");
        }
        if port.is_empty() || !port.bytes().all(|b| b.is_ascii_digit()) {
            return wrong("the port is not a number");
        }
    }
    Ok(())
}

/// Checks the name of a branch or tag, as git does.
///
/// # Errors
///
/// A name that git does not allow, or that could be an option.
pub fn check_ref(name: &str) -> Result<(), String> {
    let is_bad = name.is_empty()
        || name.starts_with(['-', '/', '.'])
        || name.ends_with(['/', '.'])
        || name.ends_with(".lock")
        || ["..", "//", "@{", "/."].iter().any(|b| name.contains(b))
        || name.chars().any(|c| c.is_whitespace() || c.is_control() || "~^:?*[\\".contains(c));
    if is_bad { Err(format!("\"{name}\" is not the name of a branch or tag")) } else { Ok(()) }
}
