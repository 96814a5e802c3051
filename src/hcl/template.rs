//! Templates: interpolations, `%{if}`, `%{for}`, strip markers.

use super::eval::{Eval, Evaluator, Fault, MAX_TEXT, pairs};
use super::value::Val;
use hcl_edit::Span as _;
use hcl_edit::template::{Directive, Element, Strip};

fn strips_start(strip: Strip) -> bool {
    matches!(strip, Strip::Start | Strip::Both)
}

fn strips_end(strip: Strip) -> bool {
    matches!(strip, Strip::End | Strip::Both)
}

/// The marker at the start of an element, which acts on the text before it.
fn outer_start(element: &Element) -> bool {
    match element {
        Element::Literal(_) => false,
        Element::Interpolation(i) => strips_start(i.strip),
        Element::Directive(d) => match &**d {
            Directive::If(d) => strips_start(d.if_expr.strip),
            Directive::For(d) => strips_start(d.for_expr.strip),
        },
    }
}

/// The marker at the end of an element, which acts on the text after it.
fn outer_end(element: &Element) -> bool {
    match element {
        Element::Literal(_) => false,
        Element::Interpolation(i) => strips_end(i.strip),
        Element::Directive(d) => match &**d {
            Directive::If(d) => strips_end(d.endif_expr.strip),
            Directive::For(d) => strips_end(d.endfor_expr.strip),
        },
    }
}

/// Strips blanks at the start, up to and including one line end.
fn strip_left(text: &str) -> &str {
    let end = text.find('\n').map_or(text.len(), |i| i + 1);
    let (line, _) = text.split_at(end);
    let kept = line.trim_start().len();
    text.get(line.len() - kept..).unwrap_or_default()
}

/// Strips blanks at the end of the last line, and its line end when nothing follows it.
fn strip_right(text: &str) -> &str {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let start = body.rfind('\n').map_or(0, |i| i + 1);
    let (before, line) = text.split_at(start);
    text.get(..before.len() + line.trim_end().len()).unwrap_or_default()
}

/// The literal pieces of a template after its strip markers have acted.
pub(super) fn stripped<'t>(
    elements: &[&'t Element],
    i: usize,
    literal: &'t str,
    (start, end): (bool, bool),
) -> &'t str {
    let mut text = literal;
    let after = if i == 0 { start } else { elements.get(i - 1).is_some_and(|e| outer_end(e)) };
    if after {
        text = strip_left(text);
    }
    let before = match elements.get(i + 1) {
        Some(next) => outer_start(next),
        None => end,
    };
    if before {
        text = strip_right(text);
    }
    text
}

impl Evaluator<'_> {
    /// A quoted template; one that is a single interpolation keeps the type of its value.
    pub(super) fn template_value(&mut self, elements: &[&Element]) -> Eval<Val> {
        if let [Element::Interpolation(only)] = elements {
            return self.eval(&only.expr);
        }
        self.template(elements).map(Val::str)
    }

    pub(super) fn template(&mut self, elements: &[&Element]) -> Eval<String> {
        let mut out = String::new();
        self.template_into(elements, (false, false), &mut out)?;
        Ok(out)
    }

    /// Appends a template; the flags are the strip markers around it.
    fn template_into(&mut self, elements: &[&Element], around: (bool, bool), out: &mut String) -> Eval<()> {
        for (i, element) in elements.iter().enumerate() {
            match element {
                Element::Literal(literal) => out.push_str(stripped(elements, i, literal, around)),
                other => self.element(other, out)?,
            }
            if out.len() > MAX_TEXT {
                return Err(Fault::new("the template's text is too long").at(element.span()));
            }
        }
        Ok(())
    }

    /// Appends an interpolation or a directive.
    pub(super) fn element(&mut self, element: &Element, out: &mut String) -> Eval<()> {
        match element {
            Element::Literal(literal) => out.push_str(literal),
            Element::Interpolation(interpolation) => {
                let value = self.eval(&interpolation.expr)?;
                if matches!(value, Val::Runtime(_)) {
                    return Err(Fault::new(
                        "a value that is known only when a dashboard runs cannot stand in a template",
                    )
                    .at(interpolation.expr.span()));
                }
                let text = value.to_text().ok_or_else(|| {
                    Fault::new(format!("a template needs a string, a number or a bool, not {}", article(&value)))
                        .at(interpolation.expr.span())
                })?;
                out.push_str(&text);
            }
            Element::Directive(directive) => match &**directive {
                Directive::If(d) => {
                    let condition = self.eval(&d.if_expr.cond_expr)?;
                    let condition = condition
                        .to_bool()
                        .ok_or_else(|| Fault::new("the condition must be a bool").at(d.if_expr.cond_expr.span()))?;
                    let endif = strips_start(d.endif_expr.strip);
                    match (&d.else_expr, condition) {
                        (None, false) => {}
                        (None, true) => self.part(&d.if_expr.template, (strips_end(d.if_expr.strip), endif), out)?,
                        (Some(e), true) => {
                            self.part(&d.if_expr.template, (strips_end(d.if_expr.strip), strips_start(e.strip)), out)?
                        }
                        (Some(e), false) => self.part(&e.template, (strips_end(e.strip), endif), out)?,
                    }
                }
                Directive::For(d) => {
                    let collection = self.eval(&d.for_expr.collection_expr)?;
                    let entries = pairs(&collection).ok_or_else(|| {
                        Fault::new("for needs a list or an object").at(d.for_expr.collection_expr.span())
                    })?;
                    let around = (strips_end(d.for_expr.strip), strips_start(d.endfor_expr.strip));
                    for (key, value) in entries {
                        let mut variables = Vec::new();
                        if let Some(name) = &d.for_expr.key_var {
                            variables.push((name.value().to_string(), key));
                        }
                        variables.push((d.for_expr.value_var.value().to_string(), value));
                        self.with_locals(variables, |e| e.part(&d.for_expr.template, around, out))?;
                    }
                }
            },
        }
        Ok(())
    }

    fn part(&mut self, template: &hcl_edit::template::Template, around: (bool, bool), out: &mut String) -> Eval<()> {
        let elements: Vec<_> = template.iter().collect();
        self.template_into(&elements, around, out)
    }
}

fn article(value: &Val) -> String {
    match value {
        Val::Null => "null".to_owned(),
        Val::Map(_) => "an object".to_owned(),
        other => format!("a {}", other.type_name()),
    }
}
