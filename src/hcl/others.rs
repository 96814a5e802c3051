//! Resources that are loaded, listed and shown, but not run: dashboards and their parts, detections.

use super::decode::{Reader, check_shape};
use super::eval::Evaluator;
use super::load::{Declared, attributes, block_range};
use crate::model::resource::{Identity, Mod, OtherResource};
use hcl_edit::Span as _;
use hcl_edit::structure::Block;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Decodes one top-level block of such a kind.
pub(super) fn decode(reader: &mut Reader<'_>, declared: &Declared, module: &mut Mod) {
    let meta = reader.meta();
    let mut properties = Map::new();
    collect(reader, reader.block, &mut properties);
    let Some(span) = reader.loader.span(reader.file, block_range(reader.block)) else { return };
    let id =
        Identity { mod_name: reader.loader.mod_name.clone(), kind: declared.kind, name: declared.name.clone(), span };
    module.others.push(Arc::new(OtherResource { id, meta, is_anonymous: false, properties }));
}

/// Evaluates attributes and inner blocks into JSON; what is known only at run time stays as it was written.
fn collect(reader: &mut Reader<'_>, block: &Block, out: &mut Map<String, Value>) {
    for attribute in attributes(block) {
        let name = attribute.key.as_str();
        if matches!(name, "title" | "description" | "documentation" | "tags") {
            continue;
        }
        match Evaluator::new(reader.loader).eval(&attribute.value) {
            Ok(value) => {
                out.insert(name.to_owned(), value.to_json());
            }
            Err(fault) => {
                let range = attribute.value.span().unwrap_or(reader.range.clone());
                // Templates of links hold expressions of the dashboard's own language.
                if name != "href" {
                    reader.errors.extend(reader.loader.fault(reader.file, range, fault));
                }
            }
        }
    }
    for inner in block.body.blocks() {
        let kind = inner.ident.as_str().to_owned();
        check_shape(reader.loader, reader.file, &kind, inner, &mut Vec::new());
        let mut properties = Map::new();
        if let Some(label) = inner.labels.first() {
            properties.insert("name".to_owned(), label.as_str().into());
        }
        collect(reader, inner, &mut properties);
        if let Value::Array(list) = out.entry(kind).or_insert_with(|| Value::Array(Vec::new())) {
            list.push(Value::Object(properties));
        }
    }
}
