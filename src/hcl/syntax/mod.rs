//! The syntax of HCL: text becomes a tree.
//!
//! * [`condense`]: takes long literal text out of a file, which the parser would read letter by letter.
//! * [`parse`]: the parser, hcl-edit, on all cores, and its errors; [`quotes`]: the quote that was never closed.
//! * [`lower`]: the parser's tree becomes ours, [`tree`], file by file. The parser's keeps every blank and comment for
//!   editors, and takes 25 times the memory of the text.

mod condense;
mod lower;
mod parse;
mod quotes;
mod tree;

pub(super) use parse::{Parsed, parse_all, parse_body, parse_expression};
pub(super) use tree::{
    Attribute, BinaryOperator, Block, Body, Call, Conditional, Directive, Element, Expression, For, Kind, Name,
    ObjectKey, Operator, Step, Strip, Structure, Template, Traversal, UnaryOperator,
};
