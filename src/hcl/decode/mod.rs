//! Blocks become resources.

mod base;
mod benchmark;
mod control;
mod dashboards;
mod reader;

pub(super) use reader::{Reader, check_shape};

use super::declare::Declared;
use super::load::Loader;
use crate::model::diagnostic::Diagnostic;
use crate::model::resource::{Mod, Query};
use std::sync::Arc;

/// Decodes every resource of the mod.
pub(super) fn decode(loader: &Loader, module: &mut Mod, warnings: &mut Vec<Diagnostic>, errors: &mut Vec<Diagnostic>) {
    locals(loader, errors);
    for declared in loader.declared.iter().filter(|d| d.kind == "query") {
        let Some(mut reader) = Reader::of(loader, declared) else { continue };
        if let Some(query) = query(&mut reader, declared) {
            module.queries.insert(declared.name.clone(), Arc::new(query));
        }
        errors.append(&mut reader.errors);
    }
    control::decode_all(loader, module, warnings, errors);
    benchmark::decode_all(loader, module, errors);
    dashboards::decode_all(loader, module, warnings, errors);
    benchmark::check_tree(module, errors);
}

/// Evaluates every local, so that a fault shows in one that nothing uses, too.
fn locals(loader: &Loader, errors: &mut Vec<Diagnostic>) {
    for (file, blocks) in loader.blocks.iter().enumerate() {
        for block in blocks.iter().filter(|b| b.ident.as_str() == "locals") {
            for attribute in super::load::attributes(block) {
                if let Err(fault) = loader.value(file, attribute) {
                    errors.push(loader.fault(file, super::load::block_range(block), *fault));
                }
            }
        }
    }
}

fn query(reader: &mut Reader<'_>, declared: &Declared) -> Option<Query> {
    let sql = reader.sql();
    if sql.is_none() && reader.errors.is_empty() {
        reader.missing_sql(&format!("query.{}", declared.name));
    }
    let (meta, params, database) = (reader.meta(), reader.params(), reader.database());
    Some(Query { id: reader.identity(declared)?, meta, sql: sql?, params, database })
}
