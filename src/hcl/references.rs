//! Who refers to what, as it is written.

use super::load::{Loader, block_range};
use super::schema::resource_kind;
use crate::model::resource::Reference;
use crate::model::source::Span;
use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use hcl_edit::structure::{Attribute, Block};
use hcl_edit::template::ForTemplateExpr;
use hcl_edit::visit::{Visit, visit_attr, visit_block, visit_for_template_expr, visit_traversal};
use std::ops::Range;
use std::sync::Arc;

/// Collects the references of a mod, in source order.
pub(super) fn collect(loader: &Loader) -> Vec<Reference> {
    let mut out = Vec::new();
    for (file, blocks) in loader.blocks.iter().enumerate() {
        for block in blocks {
            let word = block.ident.as_str();
            let kind = if word == "variable" { "var" } else { word };
            let label = block.labels.first().map(|l| l.as_str()).unwrap_or_default();
            let from = if label.is_empty() { kind.to_owned() } else { format!("{kind}.{label}") };
            let outer = Outer::of(block);
            let definition = 0..0;
            let attribute = String::new();
            let mut walk = Walk { loader, file, from, blocks: vec![outer], attribute, definition, out: &mut out };
            walk.visit_body(&block.body);
        }
    }
    out
}

/// A block around a reference.
struct Outer {
    word: String,
    label: String,
    start: usize,
}

impl Outer {
    fn of(block: &Block) -> Self {
        Self {
            word: block.ident.as_str().to_owned(),
            label: block.labels.first().map(|l| l.as_str().to_owned()).unwrap_or_default(),
            start: block_range(block).start,
        }
    }
}

struct Walk<'w> {
    loader: &'w Loader,
    file: usize,
    from: String,
    /// The blocks around.
    blocks: Vec<Outer>,
    attribute: String,
    /// Where the attribute stands.
    definition: Range<usize>,
    out: &'w mut Vec<Reference>,
}

impl Visit for Walk<'_> {
    fn visit_block(&mut self, node: &Block) {
        self.blocks.push(Outer::of(node));
        visit_block(self, node);
        self.blocks.pop();
    }

    fn visit_attr(&mut self, node: &Attribute) {
        // Entries of locals are the ones that refer, not their block.
        let is_local = self.blocks.first().is_some_and(|b| b.word == "locals");
        let name = node.key.as_str();
        let outer = is_local.then(|| std::mem::replace(&mut self.from, format!("local.{name}")));
        self.attribute = name.to_owned();
        self.definition = node.span().unwrap_or(0..0);
        visit_attr(self, node);
        if let Some(outer) = outer {
            self.from = outer;
        }
    }

    fn visit_for_template_expr(&mut self, node: &ForTemplateExpr) {
        // The default leaves out what the loop goes over.
        self.visit_expr(&node.collection_expr);
        visit_for_template_expr(self, node);
    }

    fn visit_traversal(&mut self, node: &Traversal) {
        visit_traversal(self, node);
        let Expression::Variable(root) = &node.expr else { return };
        let mut parts = vec![root.value().as_str()];
        for operator in &node.operators {
            match operator.value() {
                TraversalOperator::GetAttr(ident) => parts.push(ident.value().as_str()),
                _ => break,
            }
        }
        let own = self.loader.mod_name != "local" && parts.first() == Some(&self.loader.mod_name.as_str());
        let names = if own { parts.get(1..).unwrap_or_default() } else { &parts };
        let to = match names {
            ["connection", kind, name, ..] => format!("connection.{kind}.{name}"),
            [word, name, ..] if matches!(*word, "local" | "var") || resource_kind(word).is_some() => {
                format!("{word}.{name}")
            }
            ["self", "input", name, ..] => format!("self.input.{name}"),
            [word, name, ..] if matches!(*word, "with" | "param") => format!("{word}.{name}"),
            [alias, word, name, ..] if self.loader.dependencies.contains_key(*alias) => {
                format!("{alias}.{word}.{name}")
            }
            _ => return,
        };
        let Some(source) = self.loader.file_of(self.file) else { return };
        let Some(range) = root.span().map(|s| s.start..node.span().map_or(s.end, |n| n.end.max(s.end))) else { return };
        self.out.push(Reference {
            from: self.from.clone(),
            to,
            block: self.blocks.last().map(|b| b.word.clone()).unwrap_or_default(),
            attribute: self.attribute.clone(),
            span: Span { file: Arc::clone(source), range },
            label: self.blocks.last().map(|b| b.label.clone()).unwrap_or_default(),
            owner: self.owner(),
            definition: Span { file: Arc::clone(source), range: self.definition.clone() },
        });
    }
}

impl Walk<'_> {
    /// Returns where the resource begins whose attribute this is.
    fn owner(&self) -> Option<usize> {
        let is_param = self.blocks.last().is_some_and(|b| b.word == "param");
        let holder = self.blocks.iter().rev().nth(usize::from(is_param))?;
        let is_resource = resource_kind(&holder.word).is_some() || matches!(holder.word.as_str(), "with" | "variable");
        is_resource.then_some(holder.start)
    }
}
