//! Changes the `require` block of a mod file, and nothing else in it.

use super::Problem;
use crate::hcl::definition::{Definition, of_text};
use crate::model::diagnostic::Diagnostic;
use crate::model::resource::ModConstraint;
use std::ops::Range;
use std::path::Path;

/// Returns the title of a new mod: the name of its folder.
pub fn title_of(root: &Path) -> String {
    let full = root.canonicalize().unwrap_or_else(|_| root.to_path_buf());
    full.file_name().map_or_else(|| "mod".to_owned(), |n| n.to_string_lossy().into_owned())
}

/// Writes a text in quotes.
pub fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('"');
    out.replace("${", "$${").replace("%{", "%%{")
}

/// Makes a mod require another one; a requirement that is there already changes.
///
/// # Errors
///
/// The text cannot be changed so that it means this.
pub fn set(definition: &Definition, name: &str, constraint: &ModConstraint) -> Result<Definition, Problem> {
    let text = &definition.file.text;
    let (key, value) = match constraint {
        ModConstraint::Version(v) => ("version", v),
        ModConstraint::Tag(v) => ("tag", v),
        ModConstraint::Branch(v) => ("branch", v),
        ModConstraint::Path(v) => ("path", v),
    };
    let attribute = format!("{key} = {}", quoted(value));
    let changed = if let Some(known) = definition.mods.iter().find(|m| m.name == name) {
        if known.constraint == *constraint {
            return Ok(definition.clone());
        }
        replaced(text, known.attribute.clone(), &attribute)
    } else {
        let block = format!("    mod {} {{\n      {attribute}\n    }}\n", quoted(name));
        match &definition.require {
            Some(require) => inserted(text, require, &block, "  "),
            None => inserted(text, &definition.block, &format!("  require {{\n{block}  }}\n"), ""),
        }
    };
    let after = again(definition, &changed)?;
    if after.mods.iter().any(|m| m.name == name && m.constraint == *constraint) {
        Ok(after)
    } else {
        Err(failed(definition, &format!("to require {name}")))
    }
}

/// Makes a mod no longer require another one.
///
/// # Errors
///
/// The text cannot be changed so that it means this.
pub fn remove(definition: &Definition, name: &str) -> Result<Definition, Problem> {
    let Some(known) = definition.mods.iter().find(|m| m.name == name) else { return Ok(definition.clone()) };
    let text = &definition.file.text;
    let after = again(definition, &replaced(text, lines(text, &known.block), ""))?;
    if after.mods.iter().any(|m| m.name == name) {
        return Err(failed(definition, &format!("not to require {name}")));
    }
    // A block without anything in it goes too.
    let Some(require) = after.require.clone() else { return Ok(after) };
    let text = &after.file.text;
    let inner = text.get(require.clone()).and_then(|t| Some(t.split_once('{')?.1.rsplit_once('}')?.0));
    if inner.is_some_and(|i| i.trim().is_empty()) {
        return again(&after, &replaced(text, lines(text, &require), ""));
    }
    Ok(after)
}

fn failed(definition: &Definition, what: &str) -> Problem {
    let message = format!("failed to change {} {what}: change it by hand", definition.file.display_path);
    Problem::Failed(vec![Diagnostic::error(message).code("mod-file")])
}

fn again(definition: &Definition, text: &str) -> Result<Definition, Problem> {
    let (path, shown) = (definition.file.path.clone(), definition.file.display_path.clone());
    of_text(path, shown, text).map_err(|_| failed(definition, ""))
}

fn replaced(text: &str, range: Range<usize>, with: &str) -> String {
    let before = text.get(..range.start).unwrap_or_default();
    let after = text.get(range.end..).unwrap_or_default();
    format!("{before}{with}{after}")
}

/// Adds lines at the end of a block.
fn inserted(text: &str, block: &Range<usize>, lines: &str, indent: &str) -> String {
    let end = text.get(..block.end).and_then(|t| t.rfind('}')).unwrap_or(block.end);
    let before = text.get(..end).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |i| i + 1);
    let is_alone = before.get(line..).is_some_and(|l| l.trim().is_empty());
    if is_alone {
        return replaced(text, line..line, lines);
    }
    // The block ends on the line it begins on, with one attribute at most.
    let open = before.get(block.start..).and_then(|t| t.find('{')).map_or(end, |i| block.start + i + 1);
    let inner = text.get(open..end).unwrap_or_default().trim();
    let inner = if inner.is_empty() { String::new() } else { format!("{indent}  {inner}\n") };
    replaced(text, open..end, &format!("\n{inner}{lines}{indent}"))
}

/// Widens a range to whole lines, as far as nothing else stands on them.
fn lines(text: &str, range: &Range<usize>) -> Range<usize> {
    let line = text.get(..range.start).and_then(|t| t.rfind('\n')).map_or(0, |i| i + 1);
    let start = if text.get(line..range.start).is_some_and(|t| t.trim().is_empty()) { line } else { range.start };
    let rest = text.get(range.end..).unwrap_or_default();
    let newline = rest.find('\n').map_or(rest.len(), |i| i + 1);
    let is_last = rest.get(..newline).is_some_and(|t| t.trim().is_empty());
    start..if is_last && start == line { range.end + newline } else { range.end }
}
