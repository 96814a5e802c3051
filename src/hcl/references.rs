//! Who refers to what, as it is written.

use super::loader::{Declarations, block_range};
use super::schema::resource_kind;
use super::syntax::{Attribute, Block, Body, Expression, Kind, Step, Structure};
use crate::model::resource::Reference;
use crate::model::source::Span;
use std::ops::Range;
use std::sync::Arc;

/// Collects the references of a mod, in source order.
pub(super) fn collect(declarations: &Declarations) -> Vec<Reference> {
    let mut out = Vec::new();
    for (file, blocks) in declarations.blocks.iter().enumerate() {
        for block in blocks {
            let word = block.ident.as_str();
            let kind = if word == "variable" { "var" } else { word };
            let label = block.labels.first().map(|l| l.as_str()).unwrap_or_default();
            let from = if label.is_empty() { kind.to_owned() } else { format!("{kind}.{label}") };
            let outer = Outer::of(block);
            let definition = 0..0;
            let attribute = String::new();
            let mut walk = Walk { declarations, file, from, blocks: vec![outer], attribute, definition, out: &mut out };
            walk.body(&block.body);
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
    declarations: &'w Declarations,
    file: usize,
    from: String,
    /// The blocks around.
    blocks: Vec<Outer>,
    attribute: String,
    /// Where the attribute stands.
    definition: Range<usize>,
    out: &'w mut Vec<Reference>,
}

impl Walk<'_> {
    fn body(&mut self, body: &Body) {
        for structure in &body.structures {
            match structure {
                Structure::Attribute(attribute) => self.attribute(attribute),
                Structure::Block(block) => {
                    self.blocks.push(Outer::of(block));
                    self.body(&block.body);
                    self.blocks.pop();
                }
            }
        }
    }

    fn attribute(&mut self, node: &Attribute) {
        // Entries of locals are the ones that refer, not their block.
        let is_local = self.blocks.first().is_some_and(|b| b.word == "locals");
        let name = node.key.as_str();
        let outer = is_local.then(|| std::mem::replace(&mut self.from, format!("local.{name}")));
        self.attribute = name.to_owned();
        self.definition = node.span();
        node.value.walk(&mut |expr| self.reference(expr));
        if let Some(outer) = outer {
            self.from = outer;
        }
    }

    fn reference(&mut self, expr: &Expression) {
        let Kind::Traversal(traversal) = &expr.kind else { return };
        let Kind::Variable(root) = &traversal.root.kind else { return };
        let names = traversal.operators.iter().map_while(|operator| match &operator.step {
            Step::Attribute(name) => Some(&**name),
            _ => None,
        });
        let parts: Vec<&str> = std::iter::once(&**root).chain(names).collect();
        let own = self.declarations.mod_name != "local" && parts.first() == Some(&self.declarations.mod_name.as_str());
        let names = if own { parts.get(1..).unwrap_or_default() } else { &parts };
        let to = match names {
            ["connection", kind, name, ..] => format!("connection.{kind}.{name}"),
            [word, name, ..] if matches!(*word, "local" | "var") || resource_kind(word).is_some() => {
                format!("{word}.{name}")
            }
            ["self", "input", name, ..] => format!("self.input.{name}"),
            [word, name, ..] if matches!(*word, "with" | "param") => format!("{word}.{name}"),
            [alias, word, name, ..] if self.declarations.dependencies.contains_key(*alias) => {
                format!("{alias}.{word}.{name}")
            }
            _ => return,
        };
        let Some(source) = self.declarations.file_of(self.file) else { return };
        self.out.push(Reference {
            from: self.from.clone(),
            to,
            block: self.blocks.last().map(|b| b.word.clone()).unwrap_or_default(),
            attribute: self.attribute.clone(),
            span: Span { file: Arc::clone(source), range: expr.span() },
            label: self.blocks.last().map(|b| b.label.clone()).unwrap_or_default(),
            owner: self.owner(),
            definition: Span { file: Arc::clone(source), range: self.definition.clone() },
        });
    }

    /// Returns where the resource begins whose attribute this is.
    fn owner(&self) -> Option<usize> {
        let is_param = self.blocks.last().is_some_and(|b| b.word == "param");
        let holder = self.blocks.iter().rev().nth(usize::from(is_param))?;
        let is_resource = resource_kind(&holder.word).is_some() || matches!(holder.word.as_str(), "with" | "variable");
        is_resource.then_some(holder.start)
    }
}
