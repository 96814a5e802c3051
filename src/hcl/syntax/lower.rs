//! The parser's tree becomes ours.

use super::condense::{Condensed, MARK};
use super::tree::{
    Attribute, Block, Body, Call, Conditional, Directive, Element, Expression, For, Kind, Name, ObjectKey, Operator,
    Place, Step, Structure, Template, Traversal,
};
use hcl_edit::structure::BlockLabel;
use hcl_edit::{Decorated, Ident, Span, expr, structure, template};
use std::sync::Arc;

/// Lowers what the parser made of a condensed text.
pub(super) struct Lower<'t> {
    pub text: &'t Condensed<'t>,
}

impl Lower<'_> {
    pub fn body(&self, body: structure::Body) -> Body {
        let structures = body.into_iter().map(|structure| {
            let place = self.place(&structure);
            match structure {
                structure::Structure::Attribute(attribute) => Structure::Attribute(Attribute {
                    key: self.name(&attribute.key),
                    value: self.expression(attribute.value),
                    place,
                }),
                structure::Structure::Block(block) => Structure::Block(Block {
                    ident: self.name(&block.ident),
                    labels: block.labels.iter().map(|label| self.label(label)).collect(),
                    body: self.body(block.body),
                    place,
                }),
            }
        });
        Body { structures: structures.collect() }
    }

    pub fn expression(&self, expr: expr::Expression) -> Expression {
        let place = self.place(&expr);
        let kind = match expr {
            expr::Expression::Null(_) => Kind::Null,
            expr::Expression::Bool(b) => Kind::Bool(b.into_value()),
            expr::Expression::Number(n) => Kind::Number(n.value().as_f64().unwrap_or(0.0)),
            expr::Expression::String(s) => Kind::String(Arc::from(self.string(&s, place))),
            expr::Expression::Array(items) => Kind::Array(items.into_iter().map(|e| self.expression(e)).collect()),
            expr::Expression::Object(items) => {
                Kind::Object(items.into_iter().map(|(k, v)| (self.key(k), self.expression(v.into_expr()))).collect())
            }
            expr::Expression::StringTemplate(t) => Kind::Quoted(Box::new(self.elements(t))),
            expr::Expression::HeredocTemplate(h) => Kind::Heredoc(Box::new(self.elements(h.template))),
            expr::Expression::Parenthesis(inner) => Kind::Parenthesis(Box::new(self.expression(inner.into_inner()))),
            expr::Expression::Variable(ident) => Kind::Variable(word(&ident)),
            expr::Expression::Conditional(c) => Kind::Conditional(Box::new(Conditional {
                condition: self.expression(c.cond_expr),
                yes: self.expression(c.true_expr),
                no: self.expression(c.false_expr),
            })),
            expr::Expression::FuncCall(call) => Kind::Call(Box::new(Call {
                name: self.name(&call.name.name),
                has_namespace: !call.name.namespace.is_empty(),
                expands: call.args.expand_final(),
                args: call.args.into_iter().map(|e| self.expression(e)).collect(),
            })),
            expr::Expression::Traversal(t) => Kind::Traversal(Box::new(Traversal {
                root: self.expression(t.expr),
                operators: t.operators.into_iter().map(|o| self.operator(o)).collect(),
            })),
            expr::Expression::UnaryOp(op) => Kind::Unary(op.operator.into_value(), Box::new(self.expression(op.expr))),
            expr::Expression::BinaryOp(op) => {
                let sides = [self.expression(op.lhs_expr), self.expression(op.rhs_expr)];
                Kind::Binary(op.operator.into_value(), Box::new(sides))
            }
            expr::Expression::ForExpr(f) => Kind::For(Box::new(For {
                key_name: f.intro.key_var.as_ref().map(word),
                value_name: word(&f.intro.value_var),
                collection: self.expression(f.intro.collection_expr),
                key: f.key_expr.map(|e| self.expression(e)),
                value: self.expression(f.value_expr),
                groups: f.grouping,
                condition: f.cond.map(|c| self.expression(c.expr)),
            })),
        };
        Expression { kind, place }
    }

    fn key(&self, key: expr::ObjectKey) -> ObjectKey {
        match key {
            expr::ObjectKey::Ident(ident) => ObjectKey::Ident(word(&ident)),
            expr::ObjectKey::Expression(e) => ObjectKey::Expression(self.expression(e)),
        }
    }

    fn operator(&self, operator: Decorated<expr::TraversalOperator>) -> Operator {
        let place = self.place(&operator);
        let step = match operator.into_value() {
            expr::TraversalOperator::GetAttr(ident) => Step::Attribute(word(&ident)),
            expr::TraversalOperator::Index(e) => Step::Index(Box::new(self.expression(e))),
            expr::TraversalOperator::LegacyIndex(n) => Step::LegacyIndex(n.into_value()),
            expr::TraversalOperator::AttrSplat(_) => Step::AttributeSplat,
            expr::TraversalOperator::FullSplat(_) => Step::FullSplat,
        };
        Operator { step, place }
    }

    fn elements(&self, elements: impl IntoIterator<Item = template::Element>) -> Template {
        let elements = elements.into_iter().map(|element| {
            let place = self.place(&element);
            match element {
                template::Element::Literal(_) => Element::Literal(place),
                template::Element::Interpolation(i) => {
                    Element::Interpolation { strip: i.strip, expr: self.expression(i.expr), place }
                }
                template::Element::Directive(d) => {
                    Element::Directive { directive: Box::new(self.directive(*d)), place }
                }
            }
        });
        Template { elements: elements.collect() }
    }

    fn directive(&self, directive: template::Directive) -> Directive {
        match directive {
            template::Directive::If(d) => Directive::If {
                condition: self.expression(d.if_expr.cond_expr),
                yes: self.elements(d.if_expr.template),
                strip: d.if_expr.strip,
                no: d.else_expr.map(|e| (self.elements(e.template), e.strip)),
                end: d.endif_expr.strip,
            },
            template::Directive::For(d) => Directive::For {
                key_name: d.for_expr.key_var.as_ref().map(word),
                value_name: word(&d.for_expr.value_var),
                collection: self.expression(d.for_expr.collection_expr),
                template: self.elements(d.for_expr.template),
                strip: d.for_expr.strip,
                end: d.endfor_expr.strip,
            },
        }
    }

    fn label(&self, label: &BlockLabel) -> Name {
        let place = self.place(label);
        Name { text: Box::from(self.string(label.as_str(), place)), place }
    }

    fn name(&self, ident: &Decorated<Ident>) -> Name {
        Name { text: word(ident), place: self.place(ident) }
    }

    /// Returns the text of a string, which may have been taken out of the condensed text.
    fn string<'s>(&'s self, parsed: &'s str, place: Place) -> &'s str {
        if parsed != MARK {
            return parsed;
        }
        let written = self.text.source.get(place.range()).unwrap_or_default();
        written.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(parsed)
    }

    fn place(&self, node: &impl Span) -> Place {
        Place::new(node.span().map_or(0..1, |range| self.text.original(range.start)..self.text.original(range.end)))
    }
}

fn word(ident: &Decorated<Ident>) -> Box<str> {
    Box::from(ident.value().as_str())
}
