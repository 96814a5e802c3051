//! Loads a mod: files, names, variables, resources.

use super::decode;
use super::eval::{Eval, Evaluator, Fault, Names};
use super::files::{Files, Located, ModSource};
use super::schema::TOP;
use super::value::Val;
use super::variables::{self, Assigned, VariableSources};
use super::vartype::VarType;
use crate::model::diagnostic::{Diagnostic, nearest};
use crate::model::resource::{Identity, Meta, Mod, Variable};
use crate::model::source::{SourceFile, Span};
use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::parser;
use hcl_edit::structure::{Attribute, Block, Body};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

/// How to load.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// Where values of variables come from.
    pub variables: VariableSources,
    /// Whether a required variable without a value is tolerated, as `list` and `show` do.
    pub allow_missing_variables: bool,
    /// Connections of configuration files: type and name.
    pub connections: Vec<(String, String)>,
}

/// A loaded mod.
#[derive(Debug)]
pub struct Loaded {
    /// The mod.
    pub module: Arc<Mod>,
    /// What its author should know.
    pub warnings: Vec<Diagnostic>,
}

/// A block of the mod's files.
pub(super) struct Declared {
    pub kind: &'static str,
    pub name: String,
    pub file: usize,
    pub block: usize,
}

/// Everything that evaluation looks up.
pub(super) struct Loader {
    pub files: Files,
    pub bodies: Vec<Vec<Block>>,
    pub mod_name: String,
    pub declared: Vec<Declared>,
    /// Kind and name to a place in `declared`.
    pub by_name: HashMap<(&'static str, String), usize>,
    /// Locals by name: file, block, attribute.
    locals: HashMap<String, (usize, usize, usize)>,
    values: RefCell<HashMap<String, State>>,
    variables: RefCell<BTreeMap<String, Val>>,
    connections: Vec<(String, String)>,
    environment: BTreeMap<String, String>,
}

enum State {
    Running,
    Done(Eval<Val>),
}

/// Loads a mod.
///
/// # Errors
///
/// Every error that can be told apart in one pass, each with its place.
pub fn load(source: &ModSource, options: &LoadOptions) -> Result<Loaded, Vec<Diagnostic>> {
    let files = Files::read(source)?;
    let mut errors = Vec::new();
    let bodies = parse_all(&files.sources, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut warnings = files.warnings.clone();
    let mut loader = Loader {
        files,
        bodies,
        mod_name: "local".to_owned(),
        declared: Vec::new(),
        by_name: HashMap::new(),
        locals: HashMap::new(),
        values: RefCell::new(HashMap::new()),
        variables: RefCell::new(BTreeMap::new()),
        connections: options.connections.clone(),
        environment: options.variables.environment.clone(),
    };
    loader.declare(&mut errors);
    let mut module = Mod {
        name: loader.mod_name.clone(),
        root: loader.files.root.clone(),
        has_mod_file: loader.files.has_mod_file,
        digest: loader.files.digest.clone(),
        ..Mod::default()
    };
    if let Some(embedded) = loader.files.embedded {
        module.version = embedded.version.to_owned();
    }
    loader.load_variables(&mut module, options, &mut warnings, &mut errors);
    if !errors.is_empty() {
        return Err(errors);
    }
    decode::decode(&loader, &mut module, &mut warnings, &mut errors);
    if errors.is_empty() { Ok(Loaded { module: Arc::new(module), warnings }) } else { Err(errors) }
}

/// Parses the files on all cores.
fn parse_all(sources: &[Arc<SourceFile>], errors: &mut Vec<Diagnostic>) -> Vec<Vec<Block>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let chunk = sources.len().div_ceil(threads).max(1);
    let parsed: Vec<Vec<Result<Vec<Block>, Vec<Diagnostic>>>> = std::thread::scope(|scope| {
        let workers: Vec<_> = sources
            .chunks(chunk)
            .map(|files| {
                // Deeply nested input must not end the process: the parser bounds depth, on a stack that holds it.
                std::thread::Builder::new()
                    .stack_size(16 << 20)
                    .spawn_scoped(scope, move || files.iter().map(parse_file).collect::<Vec<_>>())
            })
            .collect();
        workers.into_iter().map(|w| w.ok().and_then(|w| w.join().ok()).unwrap_or_default()).collect()
    });
    let mut bodies = Vec::new();
    for result in parsed.into_iter().flatten() {
        match result {
            Ok(blocks) => bodies.push(blocks),
            Err(found) => errors.extend(found),
        }
    }
    if errors.is_empty() && bodies.len() != sources.len() {
        errors.push(Diagnostic::error("internal: a parser thread ended early").code("syntax"));
    }
    bodies
}

fn parse_file(file: &Arc<SourceFile>) -> Result<Vec<Block>, Vec<Diagnostic>> {
    let body: Body = parser::parse_body(&file.text).map_err(|e| {
        let at = e.location().offset().min(file.text.len());
        vec![Diagnostic::error(format!("syntax error: {}", e.message())).code("syntax").at(file, at..at + 1, "")]
    })?;
    let mut errors = Vec::new();
    let mut blocks = Vec::new();
    for structure in body {
        match structure {
            hcl_edit::structure::Structure::Block(block) => blocks.push(block),
            hcl_edit::structure::Structure::Attribute(a) => errors.push(
                Diagnostic::error(format!(
                    "unsupported argument: an argument named \"{}\" is not expected here",
                    a.key.as_str()
                ))
                .code("unknown-attribute")
                .at(file, a.key.span().unwrap_or(0..1), ""),
            ),
        }
    }
    if errors.is_empty() { Ok(blocks) } else { Err(errors) }
}

/// Returns the bytes that a block covers in its file.
pub(super) fn block_range(block: &Block) -> Range<usize> {
    block.span().or_else(|| block.ident.span()).unwrap_or(0..1)
}

impl Loader {
    pub fn block(&self, declared: &Declared) -> Option<&Block> {
        self.bodies.get(declared.file)?.get(declared.block)
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

    /// Makes a diagnostic of a fault; none when its cause was reported already.
    pub fn fault(&self, file: usize, fallback: Range<usize>, fault: Fault) -> Option<Diagnostic> {
        if fault.silent {
            return None;
        }
        let mut d = self.error(file, fault.range.unwrap_or(fallback), fault.code, fault.message);
        d.help = fault.help;
        Some(d)
    }

    /// Enters every block into the tables of names.
    fn declare(&mut self, errors: &mut Vec<Diagnostic>) {
        let mut mod_file: Option<(bool, usize, usize)> = None;
        for (file, blocks) in self.bodies.iter().enumerate() {
            for (index, block) in blocks.iter().enumerate() {
                if block.ident.as_str() == "mod" {
                    let path = self.files.sources.get(file).map(|f| f.path.clone()).unwrap_or_default();
                    let is_root = path.parent().is_none_or(|p| p == self.files.root || p.as_os_str().is_empty())
                        && path.file_stem().is_some_and(|s| s == "mod");
                    if is_root
                        && mod_file.is_none_or(|(_, f, _)| f != file && path.extension().is_some_and(|e| e == "pp"))
                    {
                        mod_file = Some((true, file, index));
                    }
                }
            }
        }
        if let Some((_, file, index)) = mod_file
            && let Some(block) = self.bodies.get(file).and_then(|b| b.get(index))
        {
            if let Some(label) = block.labels.first() {
                self.mod_name = label.as_str().to_owned();
            }
            self.declared.push(Declared { kind: "mod", name: self.mod_name.clone(), file, block: index });
        }
        let mut found = Vec::new();
        for (file, blocks) in self.bodies.iter().enumerate() {
            for (index, block) in blocks.iter().enumerate() {
                let word = block.ident.as_str();
                let at = block.ident.span().unwrap_or(0..1);
                let Some(kind) = TOP.iter().copied().chain(["category"]).find(|k| *k == word) else {
                    let d = self.error(
                        file,
                        at,
                        "unknown-block",
                        format!("unsupported block type: blocks of type \"{word}\" are not expected here"),
                    );
                    errors.push(match nearest(word, TOP) {
                        Some(near) => d.help(format!("did you mean \"{near}\"?")),
                        None => d,
                    });
                    continue;
                };
                if kind == "mod" {
                    continue;
                }
                if kind == "locals" {
                    for (a, attribute) in attributes(block).enumerate() {
                        let name = attribute.key.as_str().to_owned();
                        if let Some((f, b, first)) = self.locals.insert(name.clone(), (file, index, a)) {
                            let mut d = self.error(
                                file,
                                attribute.key.span().unwrap_or(0..1),
                                "duplicate",
                                format!("local \"{name}\" is defined more than once"),
                            );
                            if let Some((span, source)) = self
                                .bodies
                                .get(f)
                                .and_then(|x| x.get(b))
                                .and_then(|x| attributes(x).nth(first))
                                .and_then(|x| x.key.span())
                                .zip(self.file_of(f))
                            {
                                d = d.at(source, span, "first defined here");
                            }
                            errors.push(d);
                        }
                    }
                    continue;
                }
                let [label] = block.labels.as_slice() else {
                    let message = if block.labels.is_empty() {
                        format!("missing name for {kind}")
                    } else {
                        format!("extraneous label for {kind}: one name is expected")
                    };
                    errors.push(self.error(file, at, "label", message));
                    continue;
                };
                let name = label.as_str().to_owned();
                let valid = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
                    && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
                if !valid {
                    errors.push(self.error(file, label.span().unwrap_or(at), "label", format!("invalid name \"{name}\": a name starts with a letter or underscore and holds letters, digits, underscores and dashes")));
                    continue;
                }
                found.push((Declared { kind, name, file, block: index }, label.span().unwrap_or(at)));
            }
        }
        for (declared, at) in found {
            let key = (declared.kind, declared.name.clone());
            if let Some(first) = self.by_name.get(&key).and_then(|i| self.declared.get(*i)) {
                let message = format!(
                    "mod {} defines more than one resource named {}.{}",
                    self.mod_name, declared.kind, declared.name
                );
                let mut d = self.error(declared.file, at, "duplicate", message);
                if let Some((block, source)) = self.block(first).zip(self.file_of(first.file)) {
                    d = d.at(
                        source,
                        block.labels.first().and_then(|l| l.span()).unwrap_or_else(|| block_range(block)),
                        "first defined here",
                    );
                }
                errors.push(d);
                continue;
            }
            self.by_name.insert(key, self.declared.len());
            self.declared.push(declared);
        }
    }

    fn load_variables(
        &self,
        module: &mut Mod,
        options: &LoadOptions,
        warnings: &mut Vec<Diagnostic>,
        errors: &mut Vec<Diagnostic>,
    ) {
        let declared: Vec<&Declared> = self.declared.iter().filter(|d| d.kind == "variable").collect();
        let names: Vec<String> = declared.iter().map(|d| d.name.clone()).collect();
        let values =
            match variables::collect(&self.files.root, &self.mod_name, &options.variables, &names, self, warnings) {
                Ok(values) => values,
                Err(found) => {
                    errors.extend(found);
                    return;
                }
            };
        let mut missing = Vec::new();
        for d in declared {
            match self.variable(d, values.get(&d.name)) {
                Ok(variable) => {
                    if let Some(value) = &variable.1 {
                        self.variables.borrow_mut().insert(d.name.clone(), value.clone());
                    } else if options.allow_missing_variables {
                        self.variables.borrow_mut().insert(d.name.clone(), Val::Null);
                    } else {
                        missing.push(Arc::clone(&variable.0));
                    }
                    module.variables.insert(d.name.clone(), variable.0);
                }
                Err(found) => errors.extend(found),
            }
        }
        for variable in missing {
            let name = &variable.id.name;
            let about = variable.meta.description.as_deref().map(|d| format!(": {d}")).unwrap_or_default();
            errors.push(
                Diagnostic::error(format!("variable \"{name}\" ({}) has no value{about}", variable.type_string))
                    .code("missing-variable")
                    .at_span(variable.id.span.clone(), "")
                    .help(format!("set it with --var {name}=..., the environment variable PP_VAR_{name}, or a line `{name} = ...` in powerpipe.ppvars")),
            );
        }
    }

    fn variable(
        &self,
        d: &Declared,
        assigned: Option<&Assigned>,
    ) -> Result<(Arc<Variable>, Option<Val>), Vec<Diagnostic>> {
        let Some(block) = self.block(d) else { return Err(Vec::new()) };
        let mut errors = Vec::new();
        decode::check_shape(self, d.file, "variable", block, &mut errors);
        let range = block.ident.span().unwrap_or(0..1);
        let attribute = |name: &str| attributes(block).find(|a| a.key.as_str() == name);
        let eval = |name: &str, errors: &mut Vec<Diagnostic>| {
            attribute(name).and_then(|a| match Evaluator::new(self).eval(&a.value) {
                Ok(value) => Some(value),
                Err(f) => {
                    errors.extend(self.fault(d.file, range.clone(), f));
                    None
                }
            })
        };
        let declared_type = attribute("type").map(|a| {
            VarType::parse(&a.value).map_err(|m| self.error(d.file, a.value.span().unwrap_or(range.clone()), "type", m))
        });
        let default = eval("default", &mut errors);
        let ty = match declared_type {
            Some(Ok(ty)) => ty,
            Some(Err(e)) => {
                errors.push(e);
                VarType::Any
            }
            None => default.as_ref().map_or(VarType::Any, VarType::of),
        };
        if let (Some(default), Some(a)) = (&default, attribute("default")) {
            let fits =
                ty.convert(default).is_ok() && !matches!((&ty, default), (VarType::String, Val::Num(_) | Val::Bool(_)));
            if !fits {
                let message = format!("default value type mismatched: expected {ty}, got {}", default.type_name());
                errors.push(self.error(d.file, a.value.span().unwrap_or(range.clone()), "type", message));
            }
        }
        let allowed: Vec<Val> = match eval("enum", &mut errors) {
            Some(Val::List(items)) => items.to_vec(),
            _ => Vec::new(),
        };
        let text = |name: &str, errors: &mut Vec<Diagnostic>| {
            eval(name, errors).and_then(|v| v.to_text()).map(|t| t.to_string())
        };
        let meta = Meta {
            title: text("title", &mut errors),
            description: text("description", &mut errors),
            documentation: crate::model::resource::Documentation::None,
            tags: match eval("tags", &mut errors) {
                Some(Val::Map(map)) => {
                    map.iter().filter_map(|(k, v)| v.to_text().map(|t| (k.clone(), t.to_string()))).collect()
                }
                _ => BTreeMap::new(),
            },
        };
        let format = text("format", &mut errors);
        let from_default =
            default.clone().map(|value| Assigned { value, source: "default".to_owned(), is_text: false });
        let chosen = assigned.cloned().or(from_default);
        let mut value = None;
        if let Some(assigned) = &chosen
            && errors.is_empty()
        {
            match variables::finish(assigned, &ty, &allowed, self) {
                Ok(v) => value = Some(v),
                Err(message) => errors.push(self.error(
                    d.file,
                    range.clone(),
                    "variable",
                    format!("invalid value for input variable \"{}\" ({}): {message}", d.name, assigned.source),
                )),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let Some(span) = self.span(d.file, block_range(block)) else { return Err(errors) };
        let variable = Variable {
            id: Identity { mod_name: self.mod_name.clone(), kind: "var", name: d.name.clone(), span },
            meta,
            type_string: ty.to_string(),
            default: default.map(|v| v.to_json()),
            value: value.as_ref().map(Val::to_json),
            value_source: chosen.map(|c| c.source).unwrap_or_default(),
            allowed: allowed.iter().map(Val::to_json).collect(),
            format,
        };
        Ok((Arc::new(variable), value))
    }

    /// Evaluates an attribute of a block once.
    fn memo(&self, key: String, file: usize, expr: &Expression) -> Eval<Val> {
        match self.values.borrow().get(&key) {
            Some(State::Running) => {
                return Err(Fault::new(format!("{key} refers to itself")).code("cycle"));
            }
            Some(State::Done(result)) => return result.clone(),
            None => {}
        }
        self.values.borrow_mut().insert(key.clone(), State::Running);
        let result = Evaluator::new(self).eval(expr).map_err(|mut f| {
            // The place belongs to another file than the reference's: keep the message, and show where it comes from.
            if let (Some(range), Some(source)) = (f.range.take(), self.file_of(file)) {
                let (line, column) = source.line_column(range.start);
                f.message = if f.message.contains(" (in ") {
                    f.message
                } else {
                    format!("{} (in {key}, {}:{line}:{column})", f.message, source.display_path)
                };
            }
            f
        });
        self.values.borrow_mut().insert(key, State::Done(result.clone()));
        result
    }

    pub fn resource_kind(word: &str) -> Option<&'static str> {
        TOP.iter().copied().chain(["category"]).find(|k| *k == word && !matches!(*k, "mod" | "locals" | "variable"))
    }

    /// Names of a kind, for suggestions.
    pub fn names_of(&self, kind: &str) -> impl Iterator<Item = &str> {
        self.declared.iter().filter(move |d| d.kind == kind).map(|d| d.name.as_str())
    }
}

/// Returns the attributes of a block.
pub(super) fn attributes(block: &Block) -> impl Iterator<Item = &Attribute> {
    block.body.attributes()
}

impl Names for Loader {
    fn resolve(&self, parts: &[String]) -> Eval<(Val, usize)> {
        let part = |i: usize| parts.get(i).map(String::as_str);
        let suggest = |fault: Fault, name: &str, known: Vec<&str>, prefix: &str| match nearest(name, known) {
            Some(near) => fault.help(format!("did you mean {prefix}{near}?")),
            None => fault,
        };
        match (part(0), part(1), part(2)) {
            (Some("local"), Some(name), _) => {
                let Some((file, block, index)) = self.locals.get(name).copied() else {
                    let fault = Fault::new(format!("there is no local \"{name}\"")).code("unknown-reference");
                    return Err(suggest(fault, name, self.locals.keys().map(String::as_str).collect(), "local."));
                };
                let Some(attribute) =
                    self.bodies.get(file).and_then(|b| b.get(block)).and_then(|b| attributes(b).nth(index))
                else {
                    return Err(Fault::new("internal: the local vanished"));
                };
                self.memo(format!("local.{name}"), file, &attribute.value).map(|v| (v, 2))
            }
            (Some("var"), Some(name), _) => match self.variables.borrow().get(name) {
                Some(value) => Ok((value.clone(), 2)),
                None => {
                    let known: Vec<&str> = self.names_of("variable").collect();
                    if known.contains(&name) {
                        return Err(Fault::new(format!(
                            "variable \"{name}\" has no value yet: a variable cannot refer to another one"
                        ))
                        .code("unknown-reference"));
                    }
                    let fault = Fault::new(format!("there is no variable \"{name}\"")).code("unknown-reference");
                    Err(suggest(fault, name, known, "var."))
                }
            },
            (Some("connection"), Some(kind), Some(name)) => {
                let known = name == "default" || self.connections.iter().any(|(k, n)| k == kind && n == name);
                if known {
                    Ok((Val::Connection(Arc::new((kind.to_owned(), name.to_owned()))), 3))
                } else {
                    Err(Fault::new(format!("there is no connection \"{kind}.{name}\"")).code("unknown-reference"))
                }
            }
            (Some(root @ ("self" | "with" | "param" | "input")), ..) => {
                Ok((Val::Runtime(Arc::from(parts.join(".").as_str())), parts.len().max(1))).map(|(v, n)| {
                    let _ = root;
                    (v, n)
                })
            }
            (Some(word), Some(name), _) if Self::resource_kind(word).is_some() => {
                let kind = Self::resource_kind(word).unwrap_or_default();
                if self.by_name.contains_key(&(kind, name.to_owned())) {
                    return Ok((Val::Resource(Arc::new((self.mod_name.clone(), kind, name.to_owned()))), 2));
                }
                let fault = Fault::new(format!("there is no {kind} \"{name}\"")).code("unknown-reference");
                Err(suggest(fault, name, self.names_of(kind).collect(), &format!("{kind}.")))
            }
            (Some(own), Some(word), Some(name)) if own == self.mod_name && Self::resource_kind(word).is_some() => {
                self.resolve(&[word.to_owned(), name.to_owned()]).map(|(v, n)| (v, n + 1))
            }
            (Some(alias), Some(word), Some(_)) if word == "var" || Self::resource_kind(word).is_some() => {
                Err(Fault::new(format!("mod \"{alias}\" is not installed"))
                    .code("missing-dependency")
                    .help("not all dependencies are installed: run ironpipe mod install"))
            }
            (Some(word), None, _) => Err(Fault::new(format!("there is no variable named \"{word}\" here"))
                .code("unknown-reference")
                .help("write var.name, local.name or type.name; text needs quotes")),
            _ => Err(Fault::new(format!("\"{}\" refers to nothing", parts.join("."))).code("unknown-reference")),
        }
    }

    fn attribute(&self, resource: &(String, &'static str, String), name: &str) -> Eval<Val> {
        let (mod_name, kind, short) = resource;
        match name {
            "name" => return Ok(Val::str(format!("{mod_name}.{kind}.{short}"))),
            "short_name" => return Ok(Val::str(short)),
            "unqualified_name" => return Ok(Val::str(format!("{kind}.{short}"))),
            "mod" => return Ok(Val::str(mod_name)),
            "url_path" if *kind == "dashboard" => return Ok(Val::str(format!("/{mod_name}.dashboard.{short}"))),
            _ => {}
        }
        let declared = self.by_name.get(&(*kind, short.clone())).and_then(|i| self.declared.get(*i));
        let Some((declared, block)) = declared.and_then(|d| self.block(d).map(|b| (d, b))) else {
            return Err(Fault::new("internal: the resource vanished"));
        };
        if let Some(attribute) = attributes(block).find(|a| a.key.as_str() == name) {
            return self.memo(format!("{kind}.{short}.{name}"), declared.file, &attribute.value);
        }
        if super::schema::allows_attribute(kind, name) {
            return Ok(Val::Null);
        }
        let fault = Fault::new(format!("a {kind} has no attribute \"{name}\"")).code("unknown-reference");
        Err(match nearest(name, super::schema::attributes(kind)) {
            Some(near) => fault.help(format!("did you mean {near}?")),
            None => fault,
        })
    }

    fn file(&self, path: &str) -> Result<String, String> {
        self.files.locate(path).and_then(|l: Located| l.read())
    }

    fn file_exists(&self, path: &str) -> bool {
        self.files.locate(path).is_ok()
    }

    fn env(&self, name: &str) -> String {
        self.environment.get(name).cloned().unwrap_or_default()
    }
}
