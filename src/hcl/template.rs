//! Templates: interpolations, `%{if}`, `%{for}`, and the text between them.

use super::eval::{Evaluator, pairs};
use super::fault::{Eval, Fault};
use super::literals::{Literals, Run};
use super::value::Val;
use crate::model::source::Segment;
use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::template::{Directive, Element, HeredocTemplate, StringTemplate, Template};
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
    pub(super) fn string_template(&mut self, template: &StringTemplate) -> Eval<Val> {
        let mut elements = template.iter();
        if let (Some(Element::Interpolation(only)), None) = (elements.next(), elements.next()) {
            return self.eval(&only.expr);
        }
        let mut out = Text::default();
        self.quoted_into(template, &mut out)?;
        Ok(Val::Str(Arc::from(out.text)))
    }

    /// A heredoc.
    pub(super) fn heredoc(&mut self, expr: &Expression, heredoc: &HeredocTemplate) -> Eval<Val> {
        let mut out = Text::default();
        self.heredoc_into(expr, heredoc, &mut out)?;
        Ok(Val::Str(Arc::from(out.text)))
    }

    /// Appends a quoted template.
    pub(super) fn quoted_into(&mut self, template: &StringTemplate, out: &mut Text) -> Eval<()> {
        let literals = Literals::quoted(template.iter(), &self.file.text);
        self.elements(template.iter(), &literals, out)
    }

    /// Appends a heredoc; the expression is the one that holds it.
    pub(super) fn heredoc_into(&mut self, expr: &Expression, heredoc: &HeredocTemplate, out: &mut Text) -> Eval<()> {
        let source = &self.file.text;
        let opening = expr.span().and_then(|r| source.get(r)).unwrap_or_default();
        let dedent = opening.starts_with("<<-");
        let literals = Literals::heredoc(&heredoc.template, source, dedent);
        self.elements(heredoc.template.iter(), &literals, out)
    }

    fn elements<'t>(
        &mut self,
        elements: impl Iterator<Item = &'t Element>,
        literals: &Literals,
        out: &mut Text,
    ) -> Eval<()> {
        for element in elements {
            let before = out.text.len();
            match element {
                Element::Literal(literal) => {
                    let runs = literal.span().map_or(&[] as &[Run], |s| literals.at(s.start));
                    out.push_runs(runs, &self.file.text);
                }
                Element::Interpolation(interpolation) => {
                    let value = self.eval(&interpolation.expr)?;
                    if matches!(value, Val::Runtime(_)) {
                        return Err(Fault::new(
                            "a value that is known only when a dashboard runs cannot stand in a template",
                        )
                        .code("runtime")
                        .at(interpolation.expr.span()));
                    }
                    let text = value.to_text().ok_or_else(|| {
                        Fault::new(format!(
                            "invalid template interpolation value: a string, a number or a bool is needed, not {}",
                            article(&value)
                        ))
                        .at(interpolation.expr.span())
                    })?;
                    out.push(&text, element.span().unwrap_or(0..0), false);
                }
                Element::Directive(directive) => self.directive(directive, literals, out)?,
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
            let result = e.elements(template.iter(), literals, out);
            e.names.budget().leave();
            result
        };
        match directive {
            Directive::If(d) => {
                let condition = self.eval(&d.if_expr.cond_expr)?;
                let condition = condition
                    .to_bool()
                    .ok_or_else(|| Fault::new("the condition must be a bool").at(d.if_expr.cond_expr.span()))?;
                match (&d.else_expr, condition) {
                    (_, true) => part(self, &d.if_expr.template, out),
                    (Some(e), false) => part(self, &e.template, out),
                    (None, false) => Ok(()),
                }
            }
            Directive::For(d) => {
                let collection = self.eval(&d.for_expr.collection_expr)?;
                let entries = pairs(&collection)
                    .ok_or_else(|| Fault::new("for needs a list or an object").at(d.for_expr.collection_expr.span()))?;
                for (key, value) in entries {
                    let mut variables = Vec::new();
                    if let Some(name) = &d.for_expr.key_var {
                        variables.push((name.value().to_string(), key));
                    }
                    variables.push((d.for_expr.value_var.value().to_string(), value));
                    self.with_locals(variables, |e| part(e, &d.for_expr.template, out))?;
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
