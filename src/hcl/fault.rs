//! Why an expression has no value, and how much work expressions may make.

use crate::model::diagnostic::{Diagnostic, Label, Level, nearest};
use crate::model::source::{SourceFile, Span};
use std::cell::Cell;
use std::ops::Range;
use std::sync::Arc;

/// Why an expression has no value: message, place, hints.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub code: &'static str,
    pub message: String,
    /// The place, in the file that is being evaluated.
    range: Option<Range<usize>>,
    /// The place, once the file is known.
    span: Option<Span>,
    pub help: Vec<String>,
    /// Which argument of a function call is to blame.
    pub argument: Option<usize>,
}

/// The outcome of an evaluation. Boxed: faults are rare, and values pass through many hands.
pub(super) type Eval<T> = Result<T, Box<Fault>>;

impl Fault {
    pub fn new(message: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            code: "expression",
            message: message.into(),
            range: None,
            span: None,
            help: Vec::new(),
            argument: None,
        })
    }

    pub fn code(mut self: Box<Self>, code: &'static str) -> Box<Self> {
        self.code = code;
        self
    }

    pub fn help(mut self: Box<Self>, help: impl Into<String>) -> Box<Self> {
        self.help.push(help.into());
        self
    }

    /// Adds `did you mean`, if there is something near.
    pub fn suggest(self: Box<Self>, near: Option<&str>, prefix: &str) -> Box<Self> {
        match near {
            Some(near) => self.help(format!("did you mean {prefix}{near}?")),
            None => self,
        }
    }

    /// Blames an argument of a function call.
    pub fn argument(mut self: Box<Self>, index: usize) -> Box<Self> {
        self.argument = Some(index);
        self
    }

    /// Sets the place, unless a more exact one is known.
    pub fn at(mut self: Box<Self>, range: impl Into<Option<Range<usize>>>) -> Box<Self> {
        if self.span.is_none() && self.range.is_none() {
            self.range = range.into();
        }
        self
    }

    /// Ties the place to the file that was evaluated.
    pub fn locate(mut self: Box<Self>, file: &Arc<SourceFile>, fallback: Range<usize>) -> Box<Self> {
        if self.span.is_none() {
            self.span = Some(Span { file: Arc::clone(file), range: self.range.take().unwrap_or(fallback) });
        }
        self
    }

    /// Makes an error of it.
    pub fn into_diagnostic(self, file: &Arc<SourceFile>, fallback: Range<usize>) -> Diagnostic {
        let range = self.range.unwrap_or(fallback);
        let span = self.span.unwrap_or_else(|| Span { file: Arc::clone(file), range });
        let labels = vec![Label { span, text: String::new() }];
        Diagnostic { level: Level::Error, code: self.code, message: self.message, labels, help: self.help }
    }
}

/// What the evaluation of one mod may cost, so that a small hostile file can neither hang the program nor fill the memory.
#[derive(Debug, Default)]
pub(super) struct Budget {
    depth: Cell<usize>,
    work: Cell<u64>,
    suggestions: Cell<usize>,
}

/// How many times a similar name is looked for: in a mod with thousands of unknown names that would take minutes.
const SUGGESTIONS: usize = 50;

/// How deep expressions, templates and the references between them may nest.
const DEPTH: usize = 600;
/// How many steps, elements and bytes of text evaluation may make. The largest known mod needs 4% of it.
const WORK: u64 = 100 << 20;

impl Budget {
    /// Goes one level deeper.
    pub fn enter(&self) -> Eval<()> {
        self.depth.set(self.depth.get() + 1);
        if self.depth.get() > DEPTH {
            self.depth.set(self.depth.get() - 1);
            return Err(Fault::new(format!("expressions and references nest deeper than {DEPTH} levels")).code("limit"));
        }
        self.spend(8)
    }

    /// Comes back from a level.
    pub fn leave(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }

    /// Returns the name most like another one, as long as looking for it is not too dear.
    pub fn nearest<'n>(&self, name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
        self.suggestions.set(self.suggestions.get() + 1);
        if self.suggestions.get() > SUGGESTIONS { None } else { nearest(name, known) }
    }

    /// Uses some of the work up.
    pub fn spend(&self, work: usize) -> Eval<()> {
        let total = self.work.get().saturating_add(work as u64);
        self.work.set(total);
        if total > WORK {
            return Err(Fault::new("the expressions of this mod make too much text or too many values").code("limit"));
        }
        Ok(())
    }
}
