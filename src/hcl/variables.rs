//! Values of variables: where they come from, and which one counts.
//!
//! From weak to strong: the default, the requiring mod's `args`, the environment, `powerpipe.ppvars`, `*.auto.ppvars`,
//! `--var-file` in order, `--var` in order, the answer at the prompt.

use super::eval::Evaluator;
use super::loader::Loader;
use super::syntax::{Structure, parse_body, parse_expression};
use super::value::Val;
use super::vartype::VarType;
use crate::model::diagnostic::{Diagnostic, Level, nearest};
use crate::model::source::{SourceFile, Span};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the command line and the environment say of variables.
#[derive(Debug, Clone, Default)]
pub struct VariableSources {
    /// `--var name=value`, in order.
    pub vars: Vec<String>,
    /// `--var-file`, in order.
    pub files: Vec<PathBuf>,
    /// The environment: `PP_VAR_name` and what `env()` asks for.
    pub environment: BTreeMap<String, String>,
}

/// A value with its origin.
#[derive(Debug, Clone)]
pub(super) struct Assigned {
    pub value: Val,
    /// `default`, `--var`, a file's name ...
    pub source: String,
    /// Whether the value is text that is still to be read by the variable's type.
    pub is_text: bool,
    /// Where it was written, when that is a file.
    pub span: Option<Span>,
    /// How bad it is when there is no such variable.
    pub undeclared: Level,
}

/// What the sources give: values for this mod's variables and, under `alias.name`, for those of its dependencies.
#[derive(Default)]
pub(super) struct Collected {
    pub values: BTreeMap<String, Assigned>,
    pub errors: Vec<Diagnostic>,
    pub warnings: Vec<Diagnostic>,
    /// Names of files that no variable has.
    undeclared: Vec<Diagnostic>,
}

/// Collects the values that the sources give.
pub(super) fn collect(loader: &Loader<'_>, sources: &VariableSources) -> Collected {
    let mut out = Collected::default();
    let declared: Vec<&str> = loader.names_of("variable").collect();
    for (key, value) in &sources.environment {
        let Some(name) = key.strip_prefix("PP_VAR_") else { continue };
        // A shell cannot set a name with a dot: two underscores stand for the one of `dependency.name`.
        let name = if declared.contains(&name) { name.to_owned() } else { name.replacen("__", ".", 1) };
        if declared.contains(&name.as_str()) || name.contains('.') {
            let source = format!("environment variable {key}");
            out.put(name, Assigned::text(value, source, Level::Note));
        }
    }
    let mut files = files_of_folder(&loader.files.root);
    for file in &sources.files {
        if file.is_file() {
            files.push(file.clone());
        } else {
            let message = format!("Given variables file {} does not exist", file.display());
            out.errors.push(Diagnostic::error(message).code("variable"));
        }
    }
    for file in &files {
        read_file(loader, file, &declared, &mut out);
    }
    for var in &sources.vars {
        let Some((name, value)) = var.split_once('=') else {
            let message = format!("--var {var}: a name and a value are needed, with an equals sign between them");
            out.errors.push(Diagnostic::error(message).code("variable").help("write --var name=value"));
            continue;
        };
        let name = bare(name.trim(), &loader.mod_name);
        if declared.contains(&name.as_str()) || name.contains('.') {
            out.put(name, Assigned::text(value, "--var".to_owned(), Level::Error));
        } else {
            out.errors.push(undeclared(&name, &declared, "--var", Level::Error));
        }
    }
    out.warn_of_undeclared();
    out
}

impl Assigned {
    fn text(value: &str, source: String, undeclared: Level) -> Self {
        Self { value: Val::str(value), source, is_text: true, span: None, undeclared }
    }

    /// A value that a requiring mod gives.
    pub fn given(value: Val, source: String, span: Option<Span>) -> Self {
        Self { value, source, is_text: false, span, undeclared: Level::Error }
    }
}

impl Collected {
    fn put(&mut self, name: String, value: Assigned) {
        self.values.insert(name, value);
    }

    /// Two unknown names are shown, the others counted.
    fn warn_of_undeclared(&mut self) {
        let more = self.undeclared.len().saturating_sub(2);
        self.warnings.extend(std::mem::take(&mut self.undeclared).into_iter().take(2));
        if more > 0 {
            let message = format!("{more} more values in variable files are for undeclared variables");
            self.warnings.push(Diagnostic::warning(message).code("variable"));
        }
    }
}

/// Returns the variable files that are read without being named.
fn files_of_folder(root: &Path) -> Vec<PathBuf> {
    if root.as_os_str().is_empty() {
        return Vec::new();
    }
    let default = [root.join("powerpipe.ppvars"), root.join("steampipe.spvars")].into_iter().find(|p| p.is_file());
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten().map(|e| e.path());
    let is_auto = |p: &PathBuf| {
        let name = p.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (name.ends_with(".auto.ppvars") || name.ends_with(".auto.spvars")) && p.is_file()
    };
    let mut auto: Vec<PathBuf> = entries.filter(is_auto).collect();
    auto.sort();
    default.into_iter().chain(auto).collect()
}

/// Takes the workspace mod's own prefix off, and `var.`.
fn bare(name: &str, mod_name: &str) -> String {
    let name = name.replace(".var.", ".");
    let name = name.strip_prefix("var.").unwrap_or(&name);
    name.strip_prefix(mod_name).and_then(|n| n.strip_prefix('.')).unwrap_or(name).to_owned()
}

/// Makes the message for a value that no variable takes.
pub(super) fn undeclared(name: &str, declared: &[&str], source: &str, level: Level) -> Diagnostic {
    let mut d = Diagnostic::error(format!("Value for undeclared variable \"{name}\" ({source})")).code("variable");
    d.level = level;
    match nearest(name, declared.iter().copied()) {
        Some(near) => d.help(format!("did you mean \"{near}\"?")),
        None => d,
    }
}

fn read_file(loader: &Loader<'_>, path: &Path, declared: &[&str], out: &mut Collected) {
    let shown = path.display().to_string();
    let text = match super::files::read_text(path) {
        Ok(text) => text,
        Err(e) => {
            out.errors.push(Diagnostic::error(format!("failed to read {shown}: {e}")).code("variable"));
            return;
        }
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let make = |text: String| Arc::new(SourceFile { path: path.to_path_buf(), display_path: shown.clone(), text });
    let file = make(text.to_owned());
    // The parser reads the rewritten text, of the same length; messages show the file as it is.
    let body = match parse_body(&make(join_dotted_keys(text))) {
        Ok(body) => body,
        Err(mut e) => {
            for label in &mut e.labels {
                label.span.file = Arc::clone(&file);
            }
            out.errors.push(e);
            return;
        }
    };
    for structure in &body.structures {
        match structure {
            Structure::Block(block) => {
                let range = block.ident.span();
                let message = format!("a values file cannot hold a block (\"{}\")", block.ident.as_str());
                out.errors.push(
                    Diagnostic::error(message)
                        .code("variable")
                        .at(&file, range, "")
                        .help("declare variables in the mod's .pp files; here write name = value"),
                );
            }
            Structure::Attribute(attribute) => {
                let range = attribute.key.span();
                let written = file.text.get(range.clone()).unwrap_or_default();
                let name = bare(written, &loader.mod_name);
                if !declared.contains(&name.as_str()) && !name.contains('.') {
                    out.undeclared.push(undeclared(&name, declared, &shown, Level::Warning).at(&file, range, ""));
                    continue;
                }
                match Evaluator::new(loader, &file).eval(&attribute.value) {
                    Ok(value) => {
                        let span = Span { file: Arc::clone(&file), range };
                        let source = shown.clone();
                        let undeclared = Level::Warning;
                        out.put(name, Assigned { value, source, is_text: false, span: Some(span), undeclared });
                    }
                    Err(f) => out.errors.push(f.into_diagnostic(&file, range)),
                }
            }
        }
    }
}

/// Writes the dots of `dependency.name = value` as underscores, which HCL allows in the name of an attribute.
fn join_dotted_keys(text: &str) -> String {
    let is_key = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.split_inclusive('\n')
        .map(|line| match line.split_once('=') {
            Some((key, value)) if key.contains('.') && key.trim().chars().all(is_key) => {
                format!("{}={value}", key.replace('.', "_"))
            }
            _ => line.to_owned(),
        })
        .collect()
}

/// Gives a variable its value: reads text by the type, converts, checks the allowed values.
///
/// `takes_text` is set for a variable without type and default, which takes text as it is.
pub(super) fn finish(
    loader: &Loader<'_>,
    assigned: &Assigned,
    ty: &VarType,
    takes_text: bool,
    allowed: &[Val],
) -> Result<Val, String> {
    let value = match &assigned.value {
        Val::Str(text) if assigned.is_text && !ty.is_primitive() && !takes_text => read_text(loader, text, ty)?,
        value => value.clone(),
    };
    let value = ty.convert(&value)?;
    let fits = |v: &Val| *v == Val::Null || allowed.is_empty() || allowed.contains(v);
    let all_fit = match &value {
        Val::List(items) | Val::Set(items) => items.iter().all(fits),
        other => fits(other),
    };
    if !all_fit {
        let list: Vec<String> = allowed.iter().map(|v| v.to_json().to_string()).collect();
        return Err(format!("value {} not in enum: {}", value.to_json(), list.join(", ")));
    }
    Ok(value)
}

/// Reads an expression from the command line or the environment.
fn read_text(loader: &Loader<'_>, text: &str, ty: &VarType) -> Result<Val, String> {
    // Text that is no expression can still be a connection string, or the value of a variable of any type.
    let takes_text = matches!(ty, VarType::Connection(_) | VarType::Any);
    let looks_like_hcl = ["connection.", "[", "{", "\"", "<<"].iter().any(|start| text.trim_start().starts_with(start));
    let value = match parse_expression(text) {
        Ok((expr, file)) => Evaluator::new(loader, &file).eval(&expr).map_err(|f| f.message.clone()),
        Err(e) => Err(format!("the value is not a valid expression: {e}")),
    };
    match value {
        Err(_) if takes_text && !looks_like_hcl => Ok(Val::str(text)),
        value => value,
    }
}
