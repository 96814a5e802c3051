//! What a mod declares, and the evaluation of its attributes.

use super::declare::{Declared, Names};
use super::eval::Evaluator;
use super::fault::{Budget, Eval, Fault};
use super::files::Files;
use super::syntax::{Attribute, Block};
use super::value::Val;
use crate::model::diagnostic::Diagnostic;
use crate::model::resource::Mod;
use crate::model::source::{SourceFile, Span};
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::ops::{Deref, Range};
use std::sync::Arc;

/// Everything that evaluation looks up.
pub(super) struct Declarations {
    pub files: Files,
    pub blocks: Vec<Vec<Block>>,
    /// Short name of the mod.
    pub mod_name: String,
    pub declared: Vec<Declared>,
    pub names: Names,
    /// Values of the variables; none before they are known.
    pub variables: Option<BTreeMap<String, Val>>,
    pub connections: Vec<(String, String)>,
    pub environment: BTreeMap<String, String>,
    /// What `timestamp()` returns.
    pub clock: DateTime<Utc>,
    pub dependencies: IndexMap<String, Arc<Mod>>,
}

/// Evaluates the attributes of a mod. Each thread has its own.
pub(super) struct Loader<'d> {
    declarations: &'d Declarations,
    /// Values of attributes that were evaluated before.
    known: Option<&'d Known>,
    /// Values of attributes.
    values: RefCell<HashMap<AttributeKey, State>>,
    /// What is being evaluated.
    running: RefCell<Vec<AttributeKey>>,
    pub budget: Budget,
}

/// An attribute: its file, and where its key begins.
type AttributeKey = (usize, usize);

/// Values of attributes that loaders share.
pub(super) struct Known(HashMap<AttributeKey, State>);

enum State {
    Running,
    Done(Eval<Val>),
}

/// Returns the bytes that a block covers in its file.
pub(super) fn block_range(block: &Block) -> Range<usize> {
    block.span()
}

/// Returns the place of a block's word and label.
pub(super) fn head_range(block: &Block) -> Range<usize> {
    let word = block.ident.span();
    block.labels.last().map_or(word.clone(), |label| word.start..label.span().end)
}

/// Returns the attributes of a block.
pub(super) fn attributes(block: &Block) -> impl Iterator<Item = &Attribute> {
    block.body.attributes()
}

impl Declarations {
    pub fn block(&self, declared: &Declared) -> Option<&Block> {
        self.blocks.get(declared.file)?.get(declared.block)
    }

    pub fn file_of(&self, index: usize) -> Option<&Arc<SourceFile>> {
        self.files.sources.get(index)
    }

    pub fn span(&self, file: usize, range: Range<usize>) -> Option<Span> {
        self.file_of(file).map(|f| Span { file: Arc::clone(f), range })
    }

    /// Makes a diagnostic at a place of a file.
    pub fn error(
        &self,
        file: usize,
        range: Range<usize>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Diagnostic {
        let d = Diagnostic::error(message).code(code);
        match self.file_of(file) {
            Some(f) => d.at(f, range, ""),
            None => d,
        }
    }

    /// Makes a diagnostic of a fault.
    pub fn fault(&self, file: usize, fallback: Range<usize>, fault: Fault) -> Diagnostic {
        match self.file_of(file) {
            Some(f) => fault.into_diagnostic(f, fallback),
            None => Diagnostic::error(fault.message.clone()).code(fault.code),
        }
    }

    /// Returns the full name of an attribute: `local.x`, `control.y.title`.
    fn name_of(&self, file: usize, start: usize) -> Option<String> {
        let block = self.blocks.get(file)?.iter().find(|b| b.span().contains(&start))?;
        let attribute = attributes(block).find(|a| a.key.span().start == start)?;
        let key = attribute.key.as_str();
        Some(match block.labels.first() {
            Some(label) => format!("{}.{}.{key}", block.ident.as_str(), label.as_str()),
            None => format!("local.{key}"),
        })
    }

    /// Names of a kind, for suggestions.
    pub fn names_of(&self, kind: &str) -> impl Iterator<Item = &str> {
        self.declared.iter().filter(move |d| d.kind == kind).map(|d| d.name.as_str())
    }
}

impl Deref for Loader<'_> {
    type Target = Declarations;

    fn deref(&self) -> &Declarations {
        self.declarations
    }
}

impl<'d> Loader<'d> {
    pub fn new(declarations: &'d Declarations) -> Self {
        Self {
            declarations,
            known: None,
            values: RefCell::default(),
            running: RefCell::default(),
            budget: Budget::default(),
        }
    }

    /// Makes a loader that takes over what another one has evaluated.
    pub fn knowing(declarations: &'d Declarations, known: &'d Known) -> Self {
        Self { known: Some(known), ..Self::new(declarations) }
    }

    /// Gives away what was evaluated.
    pub fn into_known(self) -> Known {
        Known(self.values.into_inner())
    }

    /// Evaluates an attribute of a block, once.
    pub fn value(&self, file: usize, attribute: &Attribute) -> Eval<Val> {
        let Some(source) = self.file_of(file) else { return Err(Fault::new("internal: a file vanished")) };
        let eval = || {
            let result = Evaluator::new(self, source).eval(&attribute.value);
            result.map_err(|fault| fault.locate(source, attribute.value.span()))
        };
        // Most attributes are texts: those are quicker made than looked up.
        if attribute.value.is_literal() {
            return eval();
        }
        let key = (file, attribute.key.span().start);
        if let Some(State::Done(result)) = self.known.and_then(|known| known.0.get(&key)) {
            return result.clone();
        }
        match self.values.borrow().get(&key) {
            Some(State::Running) => return Err(self.cycle(key)),
            Some(State::Done(result)) => return result.clone(),
            None => {}
        }
        self.values.borrow_mut().insert(key, State::Running);
        self.running.borrow_mut().push(key);
        let result = eval();
        self.running.borrow_mut().pop();
        self.values.borrow_mut().insert(key, State::Done(result.clone()));
        result
    }

    fn cycle(&self, key: AttributeKey) -> Box<Fault> {
        let running = self.running.borrow();
        let chain = running.iter().skip_while(|k| **k != key).chain([&key]);
        let names: Vec<String> = chain.map(|(file, start)| self.name_of(*file, *start).unwrap_or_default()).collect();
        Fault::new(format!("references form a cycle: {}", names.join(" → "))).code("cycle")
    }
}
