//! The syntax tree: names, literals and expressions, each with its place in the file.

use std::ops::Range;
use std::sync::Arc;

pub(in crate::hcl) use hcl_edit::expr::{BinaryOperator, UnaryOperator};
pub(in crate::hcl) use hcl_edit::template::Strip;

/// The bytes that something covers in its file. Files are smaller than 4 GiB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::hcl) struct Place {
    start: u32,
    end: u32,
}

impl Place {
    pub fn new(range: Range<usize>) -> Self {
        let bounded = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: bounded(range.start), end: bounded(range.end) }
    }

    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A name with its place: an identifier, or the label of a block.
#[derive(Debug)]
pub(in crate::hcl) struct Name {
    pub text: Box<str>,
    pub place: Place,
}

impl Name {
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn span(&self) -> Range<usize> {
        self.place.range()
    }
}

/// What stands in a file or in a block, in order.
#[derive(Debug, Default)]
pub(in crate::hcl) struct Body {
    pub structures: Vec<Structure>,
}

impl Body {
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.structures.iter().filter_map(|s| match s {
            Structure::Attribute(attribute) => Some(attribute),
            Structure::Block(_) => None,
        })
    }

    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.structures.iter().filter_map(|s| match s {
            Structure::Block(block) => Some(block),
            Structure::Attribute(_) => None,
        })
    }
}

/// An attribute or a block.
#[derive(Debug)]
pub(in crate::hcl) enum Structure {
    Attribute(Attribute),
    Block(Block),
}

/// `key = value`
#[derive(Debug)]
pub(in crate::hcl) struct Attribute {
    pub key: Name,
    pub value: Expression,
    pub place: Place,
}

impl Attribute {
    pub fn span(&self) -> Range<usize> {
        self.place.range()
    }
}

/// `ident "label" { ... }`
#[derive(Debug)]
pub(in crate::hcl) struct Block {
    pub ident: Name,
    pub labels: Vec<Name>,
    pub body: Body,
    pub place: Place,
}

impl Block {
    pub fn span(&self) -> Range<usize> {
        self.place.range()
    }
}

/// An expression with its place.
#[derive(Debug)]
pub(in crate::hcl) struct Expression {
    pub kind: Kind,
    pub place: Place,
}

impl Expression {
    pub fn span(&self) -> Range<usize> {
        self.place.range()
    }

    /// Returns the text of a plain string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// Whether the value is written out, so that it depends on nothing else.
    pub fn is_literal(&self) -> bool {
        match &self.kind {
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => true,
            Kind::Quoted(template) | Kind::Heredoc(template) => template.is_literal(),
            _ => false,
        }
    }

    /// Shows an expression and all that it is made of, the parts first, in the order in which they stand.
    pub fn walk<'e>(&'e self, show: &mut dyn FnMut(&'e Expression)) {
        match &self.kind {
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) | Kind::Variable(_) => {}
            Kind::Array(items) => items.iter().for_each(|e| e.walk(show)),
            Kind::Object(items) => {
                for (key, value) in items {
                    if let ObjectKey::Expression(key) = key {
                        key.walk(show);
                    }
                    value.walk(show);
                }
            }
            Kind::Quoted(template) | Kind::Heredoc(template) => template.walk(show),
            Kind::Parenthesis(inner) => inner.walk(show),
            Kind::Conditional(c) => [&c.condition, &c.yes, &c.no].into_iter().for_each(|e| e.walk(show)),
            Kind::Call(call) => call.args.iter().for_each(|e| e.walk(show)),
            Kind::Traversal(traversal) => {
                traversal.root.walk(show);
                for operator in &traversal.operators {
                    if let Step::Index(index) = &operator.step {
                        index.walk(show);
                    }
                }
            }
            Kind::Unary(_, operand) => operand.walk(show),
            Kind::Binary(_, sides) => sides.iter().for_each(|e| e.walk(show)),
            Kind::For(f) => {
                f.collection.walk(show);
                f.key.iter().for_each(|e| e.walk(show));
                f.value.walk(show);
                f.condition.iter().for_each(|e| e.walk(show));
            }
        }
        show(self);
    }
}

/// What an expression is.
#[derive(Debug)]
pub(in crate::hcl) enum Kind {
    Null,
    Bool(bool),
    Number(f64),
    /// Text in quotes without interpolation. Shared with the values that are made of it.
    String(Arc<str>),
    Array(Vec<Expression>),
    Object(Vec<(ObjectKey, Expression)>),
    /// Text in quotes with interpolations or directives.
    Quoted(Box<Template>),
    /// `<<EOT` or `<<-EOT`
    Heredoc(Box<Template>),
    Parenthesis(Box<Expression>),
    Variable(Box<str>),
    Conditional(Box<Conditional>),
    Call(Box<Call>),
    Traversal(Box<Traversal>),
    Unary(UnaryOperator, Box<Expression>),
    /// Left and right side.
    Binary(BinaryOperator, Box<[Expression; 2]>),
    For(Box<For>),
}

/// The key of an object's item.
#[derive(Debug)]
pub(in crate::hcl) enum ObjectKey {
    /// A bare word.
    Ident(Box<str>),
    Expression(Expression),
}

impl ObjectKey {
    /// Returns a key that is known without evaluation.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Ident(word) => Some(word),
            Self::Expression(expr) => expr.as_str(),
        }
    }
}

/// `condition ? yes : no`
#[derive(Debug)]
pub(in crate::hcl) struct Conditional {
    pub condition: Expression,
    pub yes: Expression,
    pub no: Expression,
}

/// `name(args)`
#[derive(Debug)]
pub(in crate::hcl) struct Call {
    pub name: Name,
    /// Whether the name has a `namespace::` before it.
    pub has_namespace: bool,
    pub args: Vec<Expression>,
    /// Whether `...` follows the last argument.
    pub expands: bool,
}

/// A value, and the way from it to one of its parts.
#[derive(Debug)]
pub(in crate::hcl) struct Traversal {
    pub root: Expression,
    pub operators: Vec<Operator>,
}

/// A step of a traversal with its place.
#[derive(Debug)]
pub(in crate::hcl) struct Operator {
    pub step: Step,
    pub place: Place,
}

/// A step of a traversal.
#[derive(Debug)]
pub(in crate::hcl) enum Step {
    /// `.name`
    Attribute(Box<str>),
    /// `[index]`
    Index(Box<Expression>),
    /// `.0`
    LegacyIndex(u64),
    /// `.*`
    AttributeSplat,
    /// `[*]`
    FullSplat,
}

/// `[for key, value in collection : value if condition]`, or with braces and `key => value`.
#[derive(Debug)]
pub(in crate::hcl) struct For {
    pub key_name: Option<Box<str>>,
    pub value_name: Box<str>,
    pub collection: Expression,
    /// Set where the result is an object.
    pub key: Option<Expression>,
    pub value: Expression,
    /// Whether values of one key are grouped (`...`).
    pub groups: bool,
    pub condition: Option<Expression>,
}

/// Text with interpolations and directives.
#[derive(Debug, Default)]
pub(in crate::hcl) struct Template {
    pub elements: Vec<Element>,
}

impl Template {
    fn is_literal(&self) -> bool {
        self.elements.iter().all(|e| matches!(e, Element::Literal(_)))
    }

    fn walk<'e>(&'e self, show: &mut dyn FnMut(&'e Expression)) {
        for element in &self.elements {
            match element {
                Element::Literal(_) => {}
                Element::Interpolation { expr, .. } => expr.walk(show),
                Element::Directive { directive, .. } => match &**directive {
                    Directive::If { condition, yes, no, .. } => {
                        condition.walk(show);
                        yes.walk(show);
                        if let Some((no, _)) = no {
                            no.walk(show);
                        }
                    }
                    Directive::For { collection, template, .. } => {
                        collection.walk(show);
                        template.walk(show);
                    }
                },
            }
        }
    }
}

/// A part of a template.
#[derive(Debug)]
pub(in crate::hcl) enum Element {
    /// Text as it stands at its place.
    Literal(Place),
    /// `${expr}`
    Interpolation { expr: Expression, strip: Strip, place: Place },
    /// `%{if}` or `%{for}`
    Directive { directive: Box<Directive>, place: Place },
}

impl Element {
    pub fn span(&self) -> Range<usize> {
        match self {
            Self::Literal(place) | Self::Interpolation { place, .. } | Self::Directive { place, .. } => place.range(),
        }
    }
}

/// A directive. `strip` says at which ends of a marker `~` stands.
#[derive(Debug)]
pub(in crate::hcl) enum Directive {
    If {
        condition: Expression,
        yes: Template,
        strip: Strip,
        no: Option<(Template, Strip)>,
        end: Strip,
    },
    For {
        key_name: Option<Box<str>>,
        value_name: Box<str>,
        collection: Expression,
        template: Template,
        strip: Strip,
        end: Strip,
    },
}
