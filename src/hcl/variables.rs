//! Values of variables: where they come from, and which one counts.
//!
//! From weak to strong: the default, the requiring mod's `args`, the environment, `powerpipe.ppvars`, `*.auto.ppvars`,
//! `--var-file` in order, `--var` in order, the answer at the prompt.

use super::eval::Evaluator;
use super::value::Val;
use super::vartype::VarType;
use crate::model::diagnostic::{Diagnostic, nearest};
use crate::model::source::SourceFile;
use hcl_edit::structure::Structure;
use hcl_edit::{Span as _, parser};
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
    pub source: String,
    /// Whether the value is text that is still to be read by the variable's type.
    pub is_text: bool,
}

/// Collects the values of a mod's variables, by name; `dep.name` for those of a dependency.
pub(super) fn collect(
    root: &Path,
    mod_name: &str,
    sources: &VariableSources,
    declared: &[String],
    names: &dyn super::eval::Names,
    warnings: &mut Vec<Diagnostic>,
) -> Result<BTreeMap<String, Assigned>, Vec<Diagnostic>> {
    let mut values = BTreeMap::new();
    let mut errors = Vec::new();
    for (key, value) in &sources.environment {
        if let Some(name) = key.strip_prefix("PP_VAR_")
            && declared.iter().any(|d| d == name)
        {
            values.insert(
                name.to_owned(),
                Assigned { value: Val::str(value), source: format!("environment variable {key}"), is_text: true },
            );
        }
    }
    let mut files = Vec::new();
    if !root.as_os_str().is_empty() {
        let default = [root.join("powerpipe.ppvars"), root.join("steampipe.spvars")].into_iter().find(|p| p.is_file());
        files.extend(default);
        let mut auto: Vec<PathBuf> = std::fs::read_dir(root)
            .map(|d| {
                d.flatten()
                    .map(|e| e.path())
                    .filter(|p| {
                        p.to_string_lossy().ends_with(".auto.ppvars") || p.to_string_lossy().ends_with(".auto.spvars")
                    })
                    .collect()
            })
            .unwrap_or_default();
        auto.sort();
        files.extend(auto);
    }
    for file in &sources.files {
        if !file.is_file() {
            errors.push(
                Diagnostic::error(format!("given variables file {} does not exist", file.display())).code("variable"),
            );
        }
        files.push(file.clone());
    }
    for file in files.iter().filter(|f| f.is_file()) {
        read_file(file, mod_name, declared, names, &mut values, warnings, &mut errors);
    }
    for var in &sources.vars {
        let Some((name, value)) = var.split_once('=') else {
            errors.push(
                Diagnostic::error(format!(
                    "--var {var}: a name and a value are needed, with an equals sign between them"
                ))
                .code("variable")
                .help("write --var name=value"),
            );
            continue;
        };
        let name = bare(name, mod_name);
        if !declared.contains(&name) {
            errors.push(undeclared(&name, declared, "--var"));
            continue;
        }
        values.insert(name, Assigned { value: Val::str(value), source: "--var".to_owned(), is_text: true });
    }
    if errors.is_empty() { Ok(values) } else { Err(errors) }
}

/// Takes the workspace mod's own prefix off, and `var.`.
fn bare(name: &str, mod_name: &str) -> String {
    let name = name.strip_prefix("var.").unwrap_or(name);
    let name = name.strip_prefix(&format!("{mod_name}.")).unwrap_or(name);
    name.replace(".var.", ".").strip_prefix("var.").map_or_else(|| name.replace(".var.", "."), str::to_owned)
}

fn undeclared(name: &str, declared: &[String], source: &str) -> Diagnostic {
    let d = Diagnostic::error(format!("value for undeclared variable \"{name}\" ({source})")).code("variable");
    match nearest(name, declared.iter().map(String::as_str)) {
        Some(near) => d.help(format!("did you mean \"{near}\"?")),
        None => d,
    }
}

fn read_file(
    path: &Path,
    mod_name: &str,
    declared: &[String],
    names: &dyn super::eval::Names,
    values: &mut BTreeMap<String, Assigned>,
    warnings: &mut Vec<Diagnostic>,
    errors: &mut Vec<Diagnostic>,
) {
    let shown = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) => {
            errors.push(Diagnostic::error(format!("failed to read {shown}: {e}")).code("variable"));
            return;
        }
    };
    let file = Arc::new(SourceFile { path: path.to_path_buf(), display_path: shown.clone(), text: dotted_keys(&text) });
    let body = match parser::parse_body(&file.text) {
        Ok(body) => body,
        Err(e) => {
            let at = e.location().offset();
            errors.push(Diagnostic::error(e.message()).code("syntax").at(&file, at..at + 1, ""));
            return;
        }
    };
    for structure in body.iter() {
        match structure {
            Structure::Block(block) => {
                let range = block.ident.span().unwrap_or(0..1);
                errors.push(
                    Diagnostic::error(format!("a values file cannot hold a block (\"{}\")", block.ident.as_str()))
                        .code("variable")
                        .at(&file, range, "")
                        .help("declare variables in the mod's .pp files; here write name = value"),
                );
            }
            Structure::Attribute(attribute) => {
                let name = bare(&attribute.key.as_str().replace(DOT, "."), mod_name);
                let range = attribute.key.span().unwrap_or(0..1);
                if !declared.contains(&name) {
                    let mut d = undeclared(&name, declared, &shown).at(&file, range, "");
                    d.level = crate::model::diagnostic::Level::Warning;
                    warnings.push(d);
                    continue;
                }
                match Evaluator::new(names).eval(&attribute.value) {
                    Ok(value) => {
                        values.insert(name, Assigned { value, source: shown.clone(), is_text: false });
                    }
                    Err(f) => errors.push(Diagnostic::error(f.message).code("variable").at(
                        &file,
                        f.range.unwrap_or(range),
                        "",
                    )),
                }
            }
        }
    }
}

/// Stands for the dot in `dependency.name = value`, which HCL does not allow in an attribute's name.
const DOT: &str = "__dot__";

fn dotted_keys(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| match line.split_once('=') {
            Some((key, value))
                if key.contains('.')
                    && key.trim().chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')) =>
            {
                format!("{}={value}", key.replace('.', DOT))
            }
            _ => line.to_owned(),
        })
        .collect()
}

/// Gives a variable its value: reads text by the type, converts, checks the allowed values.
pub(super) fn finish(
    assigned: &Assigned,
    ty: &VarType,
    allowed: &[Val],
    names: &dyn super::eval::Names,
) -> Result<Val, String> {
    let value = match (&assigned.value, assigned.is_text) {
        (Val::Str(text), true) if !ty.is_primitive() => match parser::parse_expr(text) {
            Ok(expr) => match Evaluator::new(names).eval(&expr) {
                Ok(value) => value,
                Err(f) => return Err(f.message),
            },
            Err(_) if matches!(ty, VarType::Connection(_)) => assigned.value.clone(),
            Err(e) => return Err(format!("the value is not a valid expression: {}", e.message())),
        },
        (value, _) => value.clone(),
    };
    let value = ty.convert(&value)?;
    let fits = |v: &Val| allowed.is_empty() || allowed.contains(v);
    let all_fit = match &value {
        Val::List(items) => items.iter().all(fits),
        other => fits(other),
    };
    if !all_fit {
        let list: Vec<String> = allowed.iter().map(|v| v.to_json().to_string()).collect();
        return Err(format!("value {} not in enum: {}", value.to_json(), list.join(", ")));
    }
    Ok(value)
}
