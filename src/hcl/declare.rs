//! The names that a mod declares.

use super::loader::{Declarations, attributes, block_range};
use super::schema::{self, WORDS};
use super::syntax::{Block, Name};
use crate::model::diagnostic::{Diagnostic, nearest};
use std::collections::HashMap;

/// A block of the mod's files.
pub(super) struct Declared {
    pub kind: &'static str,
    pub name: String,
    pub file: usize,
    pub block: usize,
}

/// Where names are declared.
#[derive(Default)]
pub(super) struct Names {
    /// Kind and name to a place in [`Declarations::declared`].
    resources: HashMap<&'static str, HashMap<String, usize>>,
    /// Locals by name: file, block, attribute.
    pub locals: HashMap<String, (usize, usize, usize)>,
}

impl Names {
    /// Returns the place of a resource in [`Declarations::declared`].
    pub fn resource(&self, kind: &str, name: &str) -> Option<usize> {
        self.resources.get(kind)?.get(name).copied()
    }
}

/// Blocks of Powerpipe's sister program, which its mods may hold but not run.
const FLOWPIPE: [&str; 3] = ["pipeline", "trigger", "integration"];

/// Enters every block into the tables of names.
pub(super) fn declare(declarations: &mut Declarations, errors: &mut Vec<Diagnostic>) {
    declare_mod(declarations, errors);
    let mut names = Names::default();
    let mut found: Vec<Declared> = Vec::new();
    for (file, blocks) in declarations.blocks.iter().enumerate() {
        for (index, block) in blocks.iter().enumerate() {
            let word = block.ident.as_str();
            let Some(kind) = schema::top().find(|k| *k == word) else {
                errors.push(unknown(declarations, file, block));
                continue;
            };
            match kind {
                "mod" => {}
                "locals" => locals(declarations, &mut names, file, index, block, errors),
                _ => {
                    let Some(name) = label(declarations, file, kind, block, errors) else { continue };
                    let place = declarations.declared.len() + found.len();
                    let first = names.resource(kind, &name);
                    match first.and_then(|i| found.get(i.saturating_sub(declarations.declared.len()))) {
                        Some(first) => errors.push(duplicate(declarations, kind, &name, (file, block), first)),
                        None => {
                            names.resources.entry(kind).or_default().insert(name.clone(), place);
                            found.push(Declared { kind, name, file, block: index });
                        }
                    }
                }
            }
        }
    }
    declarations.declared.extend(found);
    declarations.names = names;
}

/// Finds the `mod` block: the one of `mod.pp`, else of `mod.sp`, in the root folder. Others mean nothing.
fn declare_mod(declarations: &mut Declarations, errors: &mut Vec<Diagnostic>) {
    let in_root = |name: &str| {
        let path = declarations.files.root.join(name);
        declarations.files.sources.iter().position(|f| f.path == path)
    };
    let place = ["mod.pp", "mod.sp"].iter().find_map(|name| {
        let file = in_root(name)?;
        let block = declarations.blocks.get(file)?.iter().position(|b| b.ident.as_str() == "mod")?;
        Some((file, block))
    });
    let Some((file, index)) = place else { return };
    let Some(block) = declarations.blocks.get(file).and_then(|b| b.get(index)) else { return };
    let Some(name) = label(declarations, file, "mod", block, errors) else { return };
    // A mod that `mod init` makes is named local; what it declares needs no prefix.
    if name != "local" && (WORDS.contains(&name.as_str()) || schema::top().any(|word| word == name)) {
        let range = block.labels.first().map_or_else(|| block_range(block), Name::span);
        let message = format!("a mod cannot be named \"{name}\": the word has a meaning in references");
        errors.push(declarations.error(file, range, "label", message));
    }
    declarations.mod_name.clone_from(&name);
    declarations.declared.push(Declared { kind: "mod", name, file, block: index });
}

fn unknown(declarations: &Declarations, file: usize, block: &Block) -> Diagnostic {
    let word = block.ident.as_str();
    let at = block.ident.span();
    let message = format!("unsupported block type: blocks of type \"{word}\" are not expected here");
    let d = declarations.error(file, at, "unknown-block", message);
    if FLOWPIPE.contains(&word) {
        return d.help("pipelines, triggers and integrations belong to Flowpipe; move them into a mod of their own");
    }
    if matches!(word, "connection" | "workspace") {
        return d.help("connections and workspaces are declared in *.ppc files of the configuration folder");
    }
    match nearest(word, schema::top()) {
        Some(near) => d.help(format!("did you mean \"{near}\"?")),
        None => d,
    }
}

fn locals(
    declarations: &Declarations,
    names: &mut Names,
    file: usize,
    index: usize,
    block: &Block,
    errors: &mut Vec<Diagnostic>,
) {
    if let Some(label) = block.labels.first() {
        errors.push(declarations.error(file, label.span(), "label", "extraneous label for locals"));
    }
    for inner in block.body.blocks() {
        let message =
            format!("unsupported block type: blocks of type \"{}\" are not expected here", inner.ident.as_str());
        let d = declarations.error(file, inner.ident.span(), "unknown-block", message);
        errors.push(d.help("a local is written name = value"));
    }
    for (place, attribute) in attributes(block).enumerate() {
        let name = attribute.key.as_str();
        let at = attribute.key.span();
        let Some((f, b, a)) = names.locals.get(name).copied() else {
            names.locals.insert(name.to_owned(), (file, index, place));
            continue;
        };
        let mut d = declarations.error(file, at, "duplicate", format!("local \"{name}\" is defined more than once"));
        let first = declarations.blocks.get(f).and_then(|x| x.get(b)).and_then(|x| attributes(x).nth(a));
        if let Some((span, source)) = first.map(|x| x.key.span()).zip(declarations.file_of(f)) {
            d = d.at(source, span, "first defined here");
        }
        errors.push(d);
    }
}

/// Returns the one label that a block must have.
fn label(
    declarations: &Declarations,
    file: usize,
    kind: &str,
    block: &Block,
    errors: &mut Vec<Diagnostic>,
) -> Option<String> {
    let at = block.ident.span();
    match block.labels.as_slice() {
        [] => {
            let d = declarations.error(file, at, "label", format!("missing name for {kind}"));
            errors.push(d.help(format!("write {kind} \"name\" {{")));
            None
        }
        [label] => {
            let name = label.as_str();
            if is_name(name) {
                return Some(name.to_owned());
            }
            let d = declarations.error(file, label.span(), "label", format!("invalid name \"{name}\""));
            errors.push(
                d.help("a name starts with a letter or underscore and holds letters, digits, underscores and dashes"),
            );
            None
        }
        [_, extra, ..] => {
            let message = format!("extraneous label for {kind}: one name is expected");
            errors.push(declarations.error(file, extra.span(), "label", message));
            None
        }
    }
}

/// Whether text can be the name of a resource.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

fn duplicate(
    declarations: &Declarations,
    kind: &str,
    name: &str,
    (file, block): (usize, &Block),
    first: &Declared,
) -> Diagnostic {
    let label = |b: &Block| b.labels.first().map_or_else(|| block_range(b), Name::span);
    let word = if kind == "variable" { "var" } else { kind };
    let message = format!("mod {} defines more than one resource named {word}.{name}", declarations.mod_name);
    let d = declarations.error(file, label(block), "duplicate", message);
    match declarations.block(first).zip(declarations.file_of(first.file)) {
        Some((b, source)) => d.at(source, label(b), "first defined here"),
        None => d,
    }
}
