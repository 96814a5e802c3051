//! Workspace profiles: `workspace "name" { ... }`.

use super::settings::{Kind, SETTINGS, Setting};
use crate::hcl::config::{ConfigAttribute, ConfigBlock};
use crate::model::diagnostic::{Diagnostic, nearest};
use crate::model::source::{SourceFile, Span};
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A workspace profile.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Values by the setting's key, as a flag would be given them; lists have several.
    pub values: BTreeMap<&'static str, Vec<String>>,
    /// The profile whose values count where this one has none, and where it is named.
    base: Option<(String, Span)>,
    /// Where the profile stands.
    span: Span,
}

impl Profile {
    /// Reads a block. Faults are added to `errors`.
    pub fn read(file: &Arc<SourceFile>, block: &ConfigBlock, errors: &mut Vec<Diagnostic>) -> Self {
        let span = |range: &std::ops::Range<usize>| Span { file: Arc::clone(file), range: range.clone() };
        let mut profile = Self { values: BTreeMap::new(), base: None, span: span(&block.place) };
        for inner in &block.blocks {
            let message = format!("a workspace cannot hold a block \"{}\"", inner.kind);
            errors.push(Diagnostic::error(message).code("configuration").at_span(span(&inner.place), ""));
        }
        for attribute in &block.attributes {
            if attribute.name == "base" {
                match attribute.value.as_str().and_then(|v| v.strip_prefix("workspace.")) {
                    Some(name) => profile.base = Some((name.to_owned(), span(&attribute.value_place))),
                    None => errors.push(
                        Diagnostic::error("base must be workspace.<name>")
                            .code("configuration")
                            .at_span(span(&attribute.value_place), ""),
                    ),
                }
                continue;
            }
            let Some(setting) = SETTINGS.iter().find(|s| s.attributes.contains(&attribute.name.as_str())) else {
                errors.push(unknown(attribute, span(&attribute.place)));
                continue;
            };
            match value(setting, attribute) {
                Ok(values) => {
                    profile.values.insert(setting.key, values);
                }
                Err(wanted) => errors.push(
                    Diagnostic::error(format!("{} must be {wanted}", attribute.name))
                        .code("configuration")
                        .at_span(span(&attribute.value_place), ""),
                ),
            }
        }
        profile
    }
}

fn unknown(attribute: &ConfigAttribute, span: Span) -> Diagnostic {
    let known = SETTINGS.iter().flat_map(|s| s.attributes.iter().copied()).chain(["base"]);
    let fault = Diagnostic::error(format!("unsupported attribute \"{}\" in a workspace", attribute.name))
        .code("configuration")
        .at_span(span, "");
    match nearest(&attribute.name, known) {
        Some(near) => fault.help(format!("did you mean {near}?")),
        None => fault,
    }
}

/// Returns an attribute's value as a flag would be given it, or what is wanted instead.
fn value(setting: &Setting, attribute: &ConfigAttribute) -> Result<Vec<String>, &'static str> {
    use serde_json::Value;
    let value = &attribute.value;
    match setting.kind {
        Kind::Int => {
            let text = match value {
                Value::Number(n) => n.to_string(),
                Value::String(s) => s.clone(),
                _ => String::new(),
            };
            text.parse::<u32>().map(|n| vec![n.to_string()]).map_err(|_| "a whole number that is not negative")
        }
        Kind::Bool => match value {
            Value::Bool(b) => Ok(vec![b.to_string()]),
            Value::String(s) if s == "true" || s == "false" => Ok(vec![s.clone()]),
            _ => Err("true or false"),
        },
        Kind::Text => value.as_str().map(|s| vec![s.to_owned()]).ok_or("text"),
        Kind::List => texts(value).ok_or("a list of texts, or one text with commas"),
    }
}

/// Reads a list of texts, or one text with commas.
pub fn texts(value: &serde_json::Value) -> Option<Vec<String>> {
    use serde_json::Value;
    match value {
        Value::String(s) => Some(s.split(',').map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect()),
        Value::Array(items) => items.iter().map(|i| i.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// Gives each profile the values of its base.
///
/// # Errors
///
/// A base that is not there, or profiles that are each other's base.
pub fn resolve_bases(profiles: &mut IndexMap<String, Profile>) -> Result<(), Diagnostic> {
    let names: Vec<String> = profiles.keys().cloned().collect();
    for name in &names {
        let mut values = BTreeMap::new();
        let mut chain = vec![name.clone()];
        let mut current = profiles.get(name);
        while let Some(profile) = current {
            for (key, value) in &profile.values {
                values.entry(*key).or_insert_with(|| value.clone());
            }
            current = match &profile.base {
                None => None,
                Some((base, span)) if chain.contains(base) => {
                    let message = format!("workspaces are each other's base: {} -> {base}", chain.join(" -> "));
                    return Err(Diagnostic::error(message).code("configuration").at_span(span.clone(), ""));
                }
                Some((base, span)) => {
                    let Some(next) = profiles.get(base) else {
                        let fault = Diagnostic::error(format!("there is no workspace \"{base}\""))
                            .code("configuration")
                            .at_span(span.clone(), "");
                        return Err(match nearest(base, names.iter().map(String::as_str)) {
                            Some(near) => fault.help(format!("did you mean workspace.{near}?")),
                            None => fault,
                        });
                    };
                    chain.push(base.clone());
                    Some(next)
                }
            };
        }
        if let Some(profile) = profiles.get_mut(name) {
            profile.values = values;
        }
    }
    Ok(())
}

impl Profile {
    /// Where the profile stands.
    pub fn span(&self) -> &Span {
        &self.span
    }
}
