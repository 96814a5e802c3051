//! Reads the attributes of one block.

use crate::hcl::declare::Declared;
use crate::hcl::eval::Evaluator;
use crate::hcl::fault::{Eval, Fault};
use crate::hcl::files::Located;
use crate::hcl::literals::quoted_runs;
use crate::hcl::loader::{Loader, attributes, block_range, head_range};
use crate::hcl::schema::{allows_attribute, attributes as known_attributes, shape};
use crate::hcl::syntax::{Attribute, Block, Kind};
use crate::hcl::template::Text;
use crate::hcl::value::{ResourceRef, Val, whole};
use crate::model::diagnostic::{Diagnostic, Level, nearest};
use crate::model::resource::{Args, Database, DatabaseSettings, Documentation, Identity, Meta, Param};
use crate::model::source::{Segment, SqlText};
use crate::model::value::Arg;
use indexmap::IndexMap;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

/// Reports labels, attributes and blocks that a kind does not have, and attributes that are set twice.
pub(in crate::hcl) fn check_shape(
    loader: &Loader<'_>,
    file: usize,
    kind: &str,
    block: &Block,
    errors: &mut Vec<Diagnostic>,
) {
    let mut seen: HashMap<&str, Range<usize>> = HashMap::new();
    for attribute in attributes(block) {
        let name = attribute.key.as_str();
        let at = attribute.key.span();
        if !allows_attribute(kind, name) {
            let message = format!("unsupported argument: an argument named \"{name}\" is not expected here");
            let d = loader.error(file, at.clone(), "unknown-attribute", message);
            errors.push(match nearest(name, known_attributes(kind)) {
                Some(near) => d.help(format!("did you mean \"{near}\"?")),
                None if shape(kind).blocks.contains(&name) => d.help(format!("{name} is a block: write {name} {{")),
                None => d,
            });
        }
        if let Some(first) = seen.insert(name, at.clone()) {
            let d = loader.error(file, at, "duplicate", format!("attribute redefined: \"{name}\" is set twice"));
            errors.push(match loader.file_of(file) {
                Some(source) => d.at(source, first, "first set here"),
                None => d,
            });
        }
    }
    let blocks = shape(kind).blocks;
    for inner in block.body.blocks() {
        let word = inner.ident.as_str();
        if blocks.contains(&word) {
            continue;
        }
        let at = inner.ident.span();
        let message = format!("unsupported block type: blocks of type \"{word}\" are not expected here");
        let d = loader.error(file, at, "unknown-block", message);
        errors.push(match nearest(word, blocks.iter().copied()) {
            Some(near) => d.help(format!("did you mean \"{near}\"?")),
            None if allows_attribute(kind, word) => d.help(format!("{word} is an argument: write {word} = ...")),
            None => d,
        });
    }
}

/// Reads the attributes of one block.
pub(in crate::hcl) struct Reader<'l> {
    pub loader: &'l Loader<'l>,
    pub file: usize,
    pub block: &'l Block,
    /// The block's word and label, where faults of the whole block are shown.
    pub range: Range<usize>,
    pub errors: Vec<Diagnostic>,
    /// `control.x`
    name: String,
}

impl<'l> Reader<'l> {
    pub fn new(loader: &'l Loader<'l>, file: usize, block: &'l Block, name: String) -> Self {
        Self { loader, file, block, range: head_range(block), errors: Vec::new(), name }
    }

    /// Makes a reader of a declared block, and checks the block's shape.
    pub fn of(loader: &'l Loader<'l>, declared: &Declared) -> Option<Self> {
        let block = loader.block(declared)?;
        let mut reader = Self::new(loader, declared.file, block, format!("{}.{}", declared.kind, declared.name));
        check_shape(loader, declared.file, declared.kind, block, &mut reader.errors);
        Some(reader)
    }

    pub fn attribute(&self, name: &str) -> Option<&'l Attribute> {
        attributes(self.block).find(|a| a.key.as_str() == name)
    }

    /// Whether an attribute is set: it is there, and not null.
    pub fn is_set(&self, name: &str) -> bool {
        self.attribute(name).is_some_and(|a| match &a.value.kind {
            Kind::Null => false,
            Kind::Heredoc(_) => true,
            _ if a.value.is_literal() => true,
            _ => !matches!(self.loader.value(self.file, a), Ok(Val::Null)),
        })
    }

    /// Returns the place of an attribute's value, or of the block's head.
    pub fn place(&self, name: &str) -> Range<usize> {
        self.attribute(name).map_or_else(|| self.range.clone(), |a| a.value.span())
    }

    /// Reports something at an attribute's value.
    pub fn error_at(&mut self, name: &str, code: &'static str, message: impl Into<String>) {
        self.errors.push(self.loader.error(self.file, self.place(name), code, message));
    }

    /// Reports something at the block's head.
    pub fn error(&mut self, code: &'static str, message: impl Into<String>) {
        self.errors.push(self.loader.error(self.file, self.range.clone(), code, message));
    }

    /// Makes a warning at the block's head.
    pub fn warning(&self, code: &'static str, message: impl Into<String>) -> Diagnostic {
        let mut d = self.loader.error(self.file, self.range.clone(), code, message);
        d.level = Level::Warning;
        d
    }

    #[expect(clippy::boxed_local, reason = "that is how faults arrive")]
    pub fn push(&mut self, fault: Box<Fault>, range: Range<usize>) {
        self.errors.push(self.loader.fault(self.file, range, *fault));
    }

    /// Evaluates an attribute; what only a running dashboard knows is allowed.
    pub fn runtime_value(&mut self, name: &str) -> Option<Val> {
        let attribute = self.attribute(name)?;
        let result = self.loader.value(self.file, attribute);
        match result {
            Ok(value) => Some(value),
            Err(fault) => {
                let range = self.place(name);
                self.push(fault, range);
                None
            }
        }
    }

    /// Evaluates an attribute; null counts.
    pub fn value(&mut self, name: &str) -> Option<Val> {
        let value = self.runtime_value(name)?;
        if has_runtime(&value) {
            let message = "a value that is known only when a dashboard runs cannot stand here";
            self.error_at(name, "runtime", message);
            return None;
        }
        Some(value)
    }

    /// Evaluates an attribute; null is as good as absent.
    pub fn eval(&mut self, name: &str) -> Option<Val> {
        self.value(name).filter(|v| *v != Val::Null)
    }

    pub fn wrong_type(&mut self, name: &str, wanted: &str, value: &Val) {
        let message = format!("unsuitable value type: {wanted} required, not {}", value.type_name());
        self.error_at(name, "type", message);
    }

    pub fn text(&mut self, name: &str) -> Option<String> {
        let value = self.eval(name)?;
        let text = value.to_text().map(|t| t.to_string());
        if text.is_none() {
            self.wrong_type(name, "string", &value);
        }
        text
    }

    pub fn int(&mut self, name: &str) -> Option<i64> {
        let value = self.eval(name)?;
        let number = value.to_number().and_then(whole);
        if number.is_none() {
            self.wrong_type(name, "whole number", &value);
        }
        number
    }

    pub fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let value = self.eval(name)?;
        let items = match &value {
            Val::List(items) | Val::Set(items) => {
                items.iter().map(|i| i.to_text().map(|t| t.to_string())).collect::<Option<Vec<_>>>()
            }
            _ => None,
        };
        if items.is_none() {
            self.wrong_type(name, "list of strings", &value);
        }
        items
    }

    pub fn tags(&mut self) -> BTreeMap<String, String> {
        let Some(value) = self.eval("tags") else { return BTreeMap::new() };
        let tags = match &value {
            Val::Map(map) => {
                map.iter().map(|(k, v)| v.to_text().map(|t| (k.clone(), t.to_string()))).collect::<Option<_>>()
            }
            _ => None,
        };
        tags.unwrap_or_else(|| {
            self.wrong_type("tags", "map of strings", &value);
            BTreeMap::new()
        })
    }

    /// Documentation; a plain `file("...")` is only looked for.
    fn documentation(&mut self) -> Documentation {
        let Some(attribute) = self.attribute("documentation") else { return Documentation::None };
        if let Kind::Call(call) = &attribute.value.kind
            && call.name.as_str() == "file"
            && let [argument] = call.args.as_slice()
            && let Some(path) = argument.as_str()
        {
            return match self.loader.files.locate(path) {
                Ok(Located::File(path)) => Documentation::File(path),
                Ok(Located::Embedded(text)) => Documentation::Embedded(text),
                Ok(Located::Memory(text)) => Documentation::Text(text),
                Err(message) => {
                    let message = format!("invalid function argument: {message}");
                    self.errors.push(self.loader.error(self.file, argument.span(), "missing-documentation", message));
                    Documentation::None
                }
            };
        }
        self.text("documentation").map_or(Documentation::None, Documentation::Text)
    }

    pub fn meta(&mut self) -> Meta {
        Meta {
            title: self.text("title"),
            description: self.text("description"),
            documentation: self.documentation(),
            tags: self.tags(),
        }
    }

    pub fn database(&mut self) -> DatabaseSettings {
        let database = match self.eval("database") {
            None => None,
            Some(Val::Connection(c)) => Some(Database::Connection { kind: c.0.clone(), name: c.1.clone() }),
            Some(Val::Str(s)) => Some(Database::ConnectionString(s.to_string())),
            Some(other) => {
                self.wrong_type("database", "connection or string", &other);
                None
            }
        };
        DatabaseSettings {
            database,
            search_path: self.texts("search_path"),
            search_path_prefix: self.texts("search_path_prefix"),
        }
    }

    /// Returns the resource that an attribute refers to, which must be of one kind.
    pub fn resource(&mut self, name: &str, kind: &str) -> Option<Arc<ResourceRef>> {
        match self.eval(name)? {
            Val::Resource(r) if r.kind == kind => Some(r),
            Val::Resource(r) => {
                let message = format!("unsuitable value type: a {kind} is required, not {}", r.unqualified());
                self.error_at(name, "type", message);
                None
            }
            other => {
                self.wrong_type(name, &format!("a reference such as {kind}.name"), &other);
                None
            }
        }
    }

    pub fn identity(&self, declared: &Declared) -> Option<Identity> {
        Some(Identity {
            mod_name: self.loader.mod_name.clone(),
            kind: declared.kind,
            name: declared.name.clone(),
            span: self.loader.span(self.file, block_range(self.block))?,
        })
    }

    pub fn missing_sql(&mut self, name: &str) {
        self.error("missing-sql", format!("{name} does not define a query or SQL"));
    }

    /// SQL with the places where its pieces were written.
    pub fn sql(&mut self) -> Option<SqlText> {
        let attribute = self.attribute("sql")?;
        let file = Arc::clone(self.loader.file_of(self.file)?);
        match self.text_with_places(attribute) {
            Ok(None) => None,
            Ok(Some((text, segments))) => Some(SqlText { text, segments, file: Some(file) }),
            Err(fault) => {
                let whole = self.place("sql");
                self.push(fault, whole);
                None
            }
        }
    }

    fn text_with_places(&self, attribute: &Attribute) -> Eval<Option<(String, Vec<Segment>)>> {
        let Some(file) = self.loader.file_of(self.file) else { return Ok(None) };
        let expr = &attribute.value;
        let whole = expr.span();
        let mut evaluator = Evaluator::new(self.loader, file);
        let mut out = Text::with_places();
        match &expr.kind {
            Kind::Heredoc(template) => evaluator.heredoc_into(expr, template, &mut out)?,
            Kind::Quoted(template) if template.elements.len() > 1 => evaluator.quoted_into(template, &mut out)?,
            Kind::String(_) if whole.len() >= 2 => {
                // The quotes are not text.
                out.push_runs(&quoted_runs(&file.text, whole.start + 1..whole.end - 1), &file.text);
            }
            _ => match evaluator.eval(expr)? {
                Val::Null => return Ok(None),
                value => {
                    let text = value.to_text().ok_or_else(|| {
                        Fault::new(format!("unsuitable value type: string required, not {}", value.type_name()))
                            .code("type")
                    })?;
                    let segments = vec![Segment { text: 0..text.len(), file: whole, literal: false }];
                    return Ok(Some((text.to_string(), segments)));
                }
            },
        }
        Ok(Some((out.text, out.segments)))
    }

    pub fn params(&mut self) -> Vec<Param> {
        let mut params: Vec<Param> = Vec::new();
        for block in self.block.body.blocks().filter(|b| b.ident.as_str() == "param") {
            check_shape(self.loader, self.file, "param", block, &mut self.errors);
            let [label] = block.labels.as_slice() else {
                let message =
                    if block.labels.is_empty() { "missing name for param" } else { "extraneous label for param" };
                let range = head_range(block);
                self.errors.push(self.loader.error(self.file, range, "label", message));
                continue;
            };
            let name = label.as_str().to_owned();
            if let Some(first) = params.iter().find(|p| p.name == name) {
                let range = label.span();
                let message = format!("param \"{name}\" is defined twice");
                let d = self.loader.error(self.file, range, "duplicate", message);
                self.errors.push(d.at_span(first.span.clone(), "first defined here"));
                continue;
            }
            let mut inner = Reader::new(self.loader, self.file, block, format!("{}.param.{name}", self.name));
            let default = inner.runtime_value("default").filter(|v| *v != Val::Null).map(|v| v.to_arg());
            let description = inner.text("description");
            self.errors.append(&mut inner.errors);
            if let Some(span) = self.loader.span(self.file, block_range(block)) {
                params.push(Param { name, description, default, span });
            }
        }
        params
    }

    /// Reads `args`; `runtime` where a dashboard may fill them in.
    pub fn args(&mut self, runtime: bool) -> Args {
        let Some(attribute) = self.attribute("args") else { return Args::None };
        let value = if runtime { self.runtime_value("args") } else { self.value("args") };
        if runtime && let Some(value) = &value {
            self.check_runtime_args(value);
        }
        match value {
            None | Some(Val::Null) => Args::None,
            Some(Val::Map(map)) => {
                // The order in which they were written, not the order of the keys.
                let mut named = IndexMap::new();
                if let Kind::Object(items) = &attribute.value.kind {
                    for key in items.iter().filter_map(|(key, _)| key.as_str()) {
                        if let Some(value) = map.get(key) {
                            named.insert(key.to_owned(), value.to_arg());
                        }
                    }
                }
                for (key, value) in map.iter() {
                    named.entry(key.clone()).or_insert_with(|| value.to_arg());
                }
                Args::Named(named)
            }
            Some(Val::List(items) | Val::Set(items)) => {
                Args::Positional(items.iter().map(Val::to_arg).collect::<Vec<Arg>>())
            }
            Some(other) => {
                let message = format!(
                    "{} has invalid parameter config: args must be a map or a list, not {}",
                    self.name,
                    other.type_name()
                );
                self.error_at("args", "type", message);
                Args::None
            }
        }
    }

    /// What a dashboard fills in stands alone, or as the one element of a list.
    fn check_runtime_args(&mut self, args: &Val) {
        let is_plain = |v: &Val| match v {
            Val::Runtime(_) => true,
            Val::List(items) | Val::Set(items) => match items.as_slice() {
                [Val::Runtime(_)] => true,
                items => !items.iter().any(has_runtime),
            },
            other => !has_runtime(other),
        };
        let all = match args {
            Val::Map(map) => map.values().all(is_plain),
            Val::List(items) | Val::Set(items) => items.iter().all(is_plain),
            _ => true,
        };
        if !all {
            let message = "unexpected runtime dependency expression: such a reference stands alone, or alone in a list";
            self.error_at("args", "runtime", message);
        }
    }
}

/// Whether a value holds something that only a running dashboard knows.
fn has_runtime(value: &Val) -> bool {
    match value {
        Val::Runtime(_) => true,
        Val::List(items) | Val::Set(items) => items.iter().any(has_runtime),
        Val::Map(map) => map.values().any(has_runtime),
        _ => false,
    }
}
