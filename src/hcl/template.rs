//! Templates: interpolations, `%{if}`, `%{for}`, and the text between them.

use super::eval::{Evaluator, pairs};
use super::fault::{Eval, Fault};
use super::literals::{Literals, Run};
use super::syntax::{Directive, Element, Expression, Template};
use super::value::Val;
use crate::model::source::Segment;
use std::ops::Range;
use std::sync::Arc;

/// The longest text that a template may make.
const MAX_TEXT: usize = 32 << 20;

/// Text with the places that it came from.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub text: String,
    /// Filled where places are wanted.
    pub segments: Vec<Segment>,
    places: bool,
}

impl Text {
    /// Makes text that remembers its places.
    pub fn with_places() -> Self {
        Self { places: true, ..Self::default() }
    }

    fn push(&mut self, text: &str, file: Range<usize>, literal: bool) {
        if self.places && !text.is_empty() {
            let at = self.text.len();
            match self.segments.last_mut() {
                // Neighbours in the text that are neighbours in the file are one run.
                Some(last) if literal && last.literal && last.file.end == file.start && last.text.end == at => {
                    last.file.end = file.end;
                    last.text.end = at + text.len();
                }
                _ => self.segments.push(Segment { text: at..at + text.len(), file, literal }),
            }
        }
        self.text.push_str(text);
    }

    /// Appends runs of literal text.
    pub fn push_runs(&mut self, runs: &[Run], source: &str) {
        for run in runs {
            match run {
                Run::Source(range) => self.push(source.get(range.clone()).unwrap_or_default(), range.clone(), true),
                Run::Escape(range, value) => self.push(value, range.clone(), false),
            }
        }
    }
}

impl Evaluator<'_> {
    /// A quoted template; one that is a single interpolation keeps the type of its value.
    pub(super) fn quoted(&mut self, template: &Template) -> Eval<Val> {
        if let [Element::Interpolation { expr, .. }] = template.elements.as_slice() {
            return self.eval(expr);
        }
        let mut out = Text::default();
        self.quoted_into(template, &mut out)?;
        Ok(Val::Str(Arc::from(out.text)))
    }

    /// A heredoc.
    pub(super) fn heredoc(&mut self, expr: &Expression, template: &Template) -> Eval<Val> {
        let mut out = Text::default();
        self.heredoc_into(expr, template, &mut out)?;
        Ok(Val::Str(Arc::from(out.text)))
    }

    /// Appends a quoted template.
    pub(super) fn quoted_into(&mut self, template: &Template, out: &mut Text) -> Eval<()> {
        let literals = Literals::quoted(template, &self.file.text);
        self.elements(template, &literals, out)
    }

    /// Appends a heredoc; the expression is the one that holds it.
    pub(super) fn heredoc_into(&mut self, expr: &Expression, template: &Template, out: &mut Text) -> Eval<()> {
        let source = &self.file.text;
        let dedent = source.get(expr.span()).is_some_and(|opening| opening.starts_with("<<-"));
        let literals = Literals::heredoc(template, source, dedent);
        self.elements(template, &literals, out)
    }

    fn elements(&mut self, template: &Template, literals: &Literals, out: &mut Text) -> Eval<()> {
        for element in &template.elements {
            let before = out.text.len();
            match element {
                Element::Literal(literal) => {
                    out.push_runs(literals.at(literal.range().start), &self.file.text);
                }
                Element::Interpolation { expr, .. } => {
                    let value = self.eval(expr)?;
                    if matches!(value, Val::Runtime(_)) {
                        return Err(Fault::new(
                            "a value that is known only when a dashboard runs cannot stand in a template",
                        )
                        .code("runtime")
                        .at(expr.span()));
                    }
                    let text = value.to_text().ok_or_else(|| {
                        Fault::new(format!(
                            "invalid template interpolation value: a string, a number or a bool is needed, not {}",
                            article(&value)
                        ))
                        .at(expr.span())
                    })?;
                    out.push(&text, element.span(), false);
                }
                Element::Directive { directive, .. } => self.directive(directive, literals, out)?,
            }
            self.names.budget().spend(out.text.len() - before).map_err(|f| f.at(element.span()))?;
            if out.text.len() > MAX_TEXT {
                return Err(Fault::new("the template's text is too long").code("limit").at(element.span()));
            }
        }
        Ok(())
    }

    fn directive(&mut self, directive: &Directive, literals: &Literals, out: &mut Text) -> Eval<()> {
        let part = |e: &mut Self, template: &Template, out: &mut Text| {
            e.names.budget().enter()?;
            let result = e.elements(template, literals, out);
            e.names.budget().leave();
            result
        };
        match directive {
            Directive::If { condition, yes, no, .. } => {
                let holds = self
                    .eval(condition)?
                    .to_bool()
                    .ok_or_else(|| Fault::new("the condition must be a bool").at(condition.span()))?;
                match (no, holds) {
                    (_, true) => part(self, yes, out),
                    (Some((no, _)), false) => part(self, no, out),
                    (None, false) => Ok(()),
                }
            }
            Directive::For { key_name, value_name, collection, template, .. } => {
                let entries = pairs(&self.eval(collection)?)
                    .ok_or_else(|| Fault::new("for needs a list or an object").at(collection.span()))?;
                for (key, value) in entries {
                    let mut variables = Vec::new();
                    if let Some(name) = key_name {
                        variables.push((name.to_string(), key));
                    }
                    variables.push((value_name.to_string(), value));
                    self.with_locals(variables, |e| part(e, template, out))?;
                }
                Ok(())
            }
        }
    }
}

fn article(value: &Val) -> String {
    match value {
        Val::Null => "null".to_owned(),
        Val::Map(_) => "an object".to_owned(),
        other => format!("a {}", other.type_name()),
    }
}
