//! Reads configuration files (`*.ppc`): blocks whose attributes are known without any mod.
//!
//! Functions can be used, but not `file()`; the only references are those that settings consist of
//! (`workspace.name`, `connection.type.name`), and their value is their own text.

use super::eval::{Evaluator, Names};
use super::fault::{Budget, Eval, Fault};
use super::syntax::{Block, Body, Structure, parse_body, parse_expression};
use super::value::{ResourceRef, Val};
use crate::model::diagnostic::Diagnostic;
use crate::model::source::SourceFile;
use crate::model::value::Arg;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// A block of a configuration file.
#[derive(Debug, Clone)]
pub struct ConfigBlock {
    /// Its word.
    pub kind: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// Where its word stands.
    pub place: Range<usize>,
    /// Its attributes, in order.
    pub attributes: Vec<ConfigAttribute>,
    /// The blocks in it.
    pub blocks: Vec<ConfigBlock>,
}

/// An attribute with its value.
#[derive(Debug, Clone)]
pub struct ConfigAttribute {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub place: Range<usize>,
    /// The value.
    pub value: serde_json::Value,
    /// Where the value stands.
    pub value_place: Range<usize>,
}

/// Reads a configuration file.
///
/// # Errors
///
/// Everything that is no block, and every value that cannot be evaluated.
pub fn read_config(
    file: &Arc<SourceFile>,
    environment: &BTreeMap<String, String>,
) -> Result<Vec<ConfigBlock>, Vec<Diagnostic>> {
    let body = parse_body(file).map_err(|d| vec![d])?;
    let names = Nothing { environment, takes_settings: true, budget: Budget::default() };
    let mut reader = Reader { file, names: &names, errors: Vec::new() };
    let (blocks, attributes) = reader.body(&body, 0);
    for attribute in attributes {
        let message = format!("\"{}\" cannot stand outside a block", attribute.name);
        reader.errors.push(Diagnostic::error(message).code("unknown-attribute").at(file, attribute.place, ""));
    }
    if reader.errors.is_empty() { Ok(blocks) } else { Err(reader.errors) }
}

/// Evaluates an expression that refers to nothing, such as an argument on the command line.
///
/// # Errors
///
/// Why it has no value.
pub fn read_literal(text: &str) -> Result<Arg, String> {
    let (expr, file) = parse_expression(text)?;
    let environment = BTreeMap::new();
    let names = Nothing { environment: &environment, takes_settings: false, budget: Budget::default() };
    Evaluator::new(&names, &file).eval(&expr).map(|value| value.to_arg()).map_err(|fault| fault.message.clone())
}

/// Names of a text that stands alone.
struct Nothing<'e> {
    environment: &'e BTreeMap<String, String>,
    /// Whether it may name workspaces and connections.
    takes_settings: bool,
    budget: Budget,
}

impl Names for Nothing<'_> {
    fn resolve(&self, parts: &[&str]) -> Eval<(Val, usize)> {
        match parts {
            _ if !self.takes_settings => {
                Err(Fault::new(format!("\"{}\" means nothing here", parts.join("."))).code("unknown-reference"))
            }
            ["workspace", name, ..] => Ok((Val::str(format!("workspace.{name}")), 2)),
            ["connection", kind, name, ..] => Ok((Val::str(format!("connection.{kind}.{name}")), 3)),
            _ => Err(Fault::new(format!("\"{}\" means nothing in a configuration file", parts.join(".")))
                .code("unknown-reference")
                .help("workspace.<name> and connection.<type>.<name> can stand here; text needs quotes")),
        }
    }

    fn attribute(&self, _: &ResourceRef, _: &str) -> Eval<Val> {
        Err(Fault::new("configuration files have no resources"))
    }

    fn file(&self, _: &str) -> Result<String, String> {
        Err("configuration files cannot read other files".to_owned())
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, String> {
        self.file(path).map(String::into_bytes)
    }

    fn files(&self, folder: &str) -> Result<Vec<String>, String> {
        self.file(folder).map(|_| Vec::new())
    }

    fn file_exists(&self, _: &str) -> bool {
        false
    }

    fn env(&self, name: &str) -> String {
        self.environment.get(name).cloned().unwrap_or_default()
    }

    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn budget(&self) -> &Budget {
        &self.budget
    }
}

struct Reader<'r> {
    file: &'r Arc<SourceFile>,
    names: &'r Nothing<'r>,
    errors: Vec<Diagnostic>,
}

/// How deep blocks may nest.
const DEPTH: usize = 16;

impl Reader<'_> {
    fn body(&mut self, body: &Body, depth: usize) -> (Vec<ConfigBlock>, Vec<ConfigAttribute>) {
        let (mut blocks, mut attributes) = (Vec::new(), Vec::new());
        for structure in &body.structures {
            match structure {
                Structure::Attribute(a) => {
                    let place = a.key.span();
                    let value_place = a.value.span();
                    match Evaluator::new(self.names, self.file).eval(&a.value) {
                        Ok(value) => attributes.push(ConfigAttribute {
                            name: a.key.as_str().to_owned(),
                            place,
                            value: value.to_json(),
                            value_place,
                        }),
                        Err(fault) => self.errors.push(fault.into_diagnostic(self.file, value_place)),
                    }
                }
                Structure::Block(block) if depth < DEPTH => blocks.push(self.block(block, depth)),
                Structure::Block(block) => {
                    let place = block.ident.span();
                    let message = format!("blocks nest deeper than {DEPTH} levels");
                    self.errors.push(Diagnostic::error(message).code("limit").at(self.file, place, ""));
                }
            }
        }
        (blocks, attributes)
    }

    fn block(&mut self, block: &Block, depth: usize) -> ConfigBlock {
        let (blocks, attributes) = self.body(&block.body, depth + 1);
        ConfigBlock {
            kind: block.ident.as_str().to_owned(),
            labels: block.labels.iter().map(|l| l.as_str().to_owned()).collect(),
            place: block.ident.span(),
            attributes,
            blocks,
        }
    }
}
