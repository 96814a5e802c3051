//! The `mod` block with its requirements.

use super::decode::{Reader, check_shape};
use super::loader::{Loader, block_range};
use super::syntax::Block;
use super::value::Val;
use super::version::parse_version;
use crate::model::diagnostic::{Diagnostic, Level};
use crate::model::resource::{Mod, ModConstraint, RequiredMod, RequiredPlugin};
use std::collections::BTreeMap;

/// The release of Powerpipe whose language is understood.
pub const POWERPIPE_VERSION: &str = "1.5.2";

/// Decodes the `mod` block.
pub(super) fn decode(
    loader: &Loader<'_>,
    module: &mut Mod,
    warnings: &mut Vec<Diagnostic>,
    errors: &mut Vec<Diagnostic>,
) {
    let Some(declared) = loader.declared.iter().find(|d| d.kind == "mod") else { return };
    let Some(block) = loader.block(declared) else { return };
    let mut reader = Reader::new(loader, declared.file, block, format!("mod.{}", declared.name));
    check_shape(loader, declared.file, "mod", block, &mut reader.errors);
    module.meta = reader.meta();
    module.settings = reader.database();
    module.database.clone_from(&module.settings.database);
    module.categories = reader.texts("categories").unwrap_or_default();
    module.color = reader.text("color");
    module.icon = reader.text("icon");
    let mut first: Option<&Block> = None;
    for inner in block.body.blocks() {
        match inner.ident.as_str() {
            "opengraph" => check_shape(loader, declared.file, "opengraph", inner, &mut reader.errors),
            "require" | "requires" => {
                if first.is_some_and(|f| f.ident.as_str() != inner.ident.as_str()) {
                    let range = inner.ident.span();
                    let message = "a mod has either require or requires, not both";
                    reader.errors.push(loader.error(declared.file, range, "require", message));
                }
                first = first.or(Some(inner));
                requirements(&mut reader, inner, module, warnings);
            }
            _ => {}
        }
    }
    errors.append(&mut reader.errors);
}

fn requirements(reader: &mut Reader<'_>, require: &Block, module: &mut Mod, warnings: &mut Vec<Diagnostic>) {
    let (loader, file) = (reader.loader, reader.file);
    check_shape(loader, file, "require", require, &mut reader.errors);
    if let Some(old) = super::loader::attributes(require).find(|a| a.key.as_str() == "steampipe") {
        let mut d = loader.error(file, old.key.span(), "deprecated", "deprecated usage: steampipe = ...");
        d.level = Level::Warning;
        warnings.push(d.help("it has no effect; write powerpipe { min_version = \"...\" }"));
    }
    for block in require.body.blocks() {
        let word = block.ident.as_str();
        let label = block.labels.first().map(|l| l.as_str().to_owned());
        let mut inner = Reader::new(loader, file, block, format!("require.{word}"));
        check_shape(loader, file, &format!("require {word}"), block, &mut inner.errors);
        if matches!(word, "plugin" | "mod") && label.is_none() {
            let message = format!("missing name for {word}");
            inner.errors.push(loader.error(file, inner.range.clone(), "label", message));
        }
        let label = label.unwrap_or_default();
        match word {
            "powerpipe" => {
                module.require.powerpipe_min_version = inner.text("min_version");
                powerpipe(&mut inner, module.require.powerpipe_min_version.as_deref(), warnings);
            }
            "plugin" => {
                let min_version = inner.text("min_version").unwrap_or_default();
                if parse_version(&min_version).is_none() {
                    let message = format!("plugin \"{label}\" needs a min_version such as \"1.2.0\"");
                    if inner.attribute("min_version").is_some() {
                        inner.error_at("min_version", "require", message);
                    } else {
                        inner.errors.push(loader.error(file, inner.range.clone(), "require", message));
                    }
                }
                module.require.plugins.push(RequiredPlugin { name: label, min_version });
            }
            "mod" => {
                if let Some(required) = required_mod(&mut inner, label, block) {
                    module.require.mods.push(required);
                }
            }
            _ => {}
        }
        reader.errors.append(&mut inner.errors);
    }
}

fn powerpipe(inner: &mut Reader<'_>, min_version: Option<&str>, warnings: &mut Vec<Diagnostic>) {
    let Some(text) = min_version else { return };
    let Some(wanted) = parse_version(text) else {
        inner.error_at("min_version", "require", format!("\"{text}\" is not a version such as \"1.2.0\""));
        return;
    };
    let ours = parse_version(POWERPIPE_VERSION);
    // A pre-release of the wanted version will do.
    let is_older = ours.is_some_and(|o| (o.major, o.minor, o.patch) < (wanted.major, wanted.minor, wanted.patch));
    if is_older {
        let range = inner.place("min_version");
        let message = format!(
            "the mod asks for powerpipe {text} or newer; ironpipe understands the language of {POWERPIPE_VERSION}"
        );
        let mut d = inner.loader.error(inner.file, range, "require", message);
        d.level = Level::Warning;
        warnings.push(d);
    }
}

fn required_mod(inner: &mut Reader<'_>, name: String, block: &Block) -> Option<RequiredMod> {
    let (loader, file) = (inner.loader, inner.file);
    let mut constraints = Vec::new();
    for (attribute, make) in [
        ("version", ModConstraint::Version as fn(String) -> ModConstraint),
        ("tag", ModConstraint::Tag),
        ("branch", ModConstraint::Branch),
        ("path", ModConstraint::Path),
    ] {
        if inner.attribute(attribute).is_some() {
            constraints.extend(inner.text(attribute).map(make));
        }
    }
    let args = match inner.value("args") {
        None | Some(Val::Null) => BTreeMap::new(),
        Some(Val::Map(map)) => map.iter().map(|(k, v)| (k.clone(), v.to_json())).collect(),
        Some(other) => {
            inner.wrong_type("args", "map", &other);
            BTreeMap::new()
        }
    };
    let span = loader.span(file, block_range(block))?;
    let database = inner.database();
    let Ok([constraint]) = <[ModConstraint; 1]>::try_from(constraints) else {
        if inner.errors.is_empty() {
            let message = format!("mod \"{name}\" needs exactly one of version, tag, branch and path");
            inner.errors.push(loader.error(file, inner.range.clone(), "require", message));
        }
        return None;
    };
    Some(RequiredMod { name, constraint, args, database, span })
}
