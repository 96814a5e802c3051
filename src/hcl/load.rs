//! Loads a mod: files, names, variables, dependencies, resources.

use super::declare::{Declared, Names as NameTable};
use super::eval::Evaluator;
use super::fault::{Budget, Eval, Fault};
use super::files::{Files, ModSource};
use super::syntax::{Attribute, Block, Parsed, parse_all};
use super::value::Val;
use super::variables::{Assigned, VariableSources};
use super::{declare, decode, dependencies, require};
use crate::model::diagnostic::{Diagnostic, Level};
use crate::model::resource::{Mod, Variable};
use crate::model::source::{SourceFile, Span};
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
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
    /// Asks for the value of a required variable that nothing else sets.
    pub prompt: Option<Prompt>,
    /// Whether a documentation file that is missing is a warning.
    pub allow_missing_documentation: bool,
    /// Whether [`Mod::references`] is wanted.
    pub references: bool,
    /// The instant that `timestamp()` has.
    pub clock: Clock,
}

/// An instant; by default the present one.
#[derive(Debug, Clone, Copy)]
pub struct Clock(pub DateTime<Utc>);

impl Default for Clock {
    fn default() -> Self {
        Self(Utc::now())
    }
}

/// Asks the user for the value of a variable; none when there is no answer.
#[derive(Clone)]
pub struct Prompt(pub Arc<Ask>);

/// A question for the value of a variable.
type Ask = dyn Fn(&Variable) -> Option<String> + Send + Sync;

impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prompt")
    }
}

/// A loaded mod.
#[derive(Debug)]
pub struct Loaded {
    /// The mod.
    pub module: Arc<Mod>,
    /// What its author should know.
    pub warnings: Vec<Diagnostic>,
}

/// Stack for the evaluation: [`Budget`] bounds nesting, this holds what it allows in unoptimised builds too.
const STACK: usize = 128 << 20;

/// Loads a mod.
///
/// # Errors
///
/// Every error that can be told apart in one pass, each with its place.
pub fn load(source: &ModSource, options: &LoadOptions) -> Result<Loaded, Vec<Diagnostic>> {
    let result = std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("load".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, || {
                let files = Files::read(source)?;
                let mut warnings = Vec::new();
                let workspace = dependencies::Workspace::new(options, &files);
                let module = load_files(files, &Role::Workspace, &workspace, &mut warnings)?;
                Ok(Loaded { module: Arc::new(module), warnings: once(warnings) })
            })
            .ok()
            .and_then(|thread| thread.join().ok())
    });
    result.unwrap_or_else(|| Err(vec![Diagnostic::error("internal: the loader ended early")]))
}

/// Whose mod is loaded.
pub(super) enum Role {
    /// The user's own.
    Workspace,
    /// Another mod's dependency.
    Dependency(dependencies::Given),
}

/// Everything that evaluation looks up.
pub(super) struct Loader {
    pub files: Files,
    pub blocks: Vec<Vec<Block>>,
    pub mod_name: String,
    pub declared: Vec<Declared>,
    pub names: NameTable,
    /// Values of attributes, by file and place of the key.
    values: RefCell<HashMap<(usize, usize), State>>,
    /// What is being evaluated: file and place of the key, name.
    running: RefCell<Vec<((usize, usize), String)>>,
    pub variables: RefCell<BTreeMap<String, Val>>,
    /// Whether variables have their values.
    pub has_variables: Cell<bool>,
    pub connections: Vec<(String, String)>,
    pub environment: BTreeMap<String, String>,
    pub clock: DateTime<Utc>,
    pub dependencies: IndexMap<String, Arc<Mod>>,
    pub budget: Budget,
}

enum State {
    Running,
    Done(Eval<Val>),
}

/// Loads the mod that some files hold.
pub(super) fn load_files(
    files: Files,
    role: &Role,
    workspace: &dependencies::Workspace<'_>,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Mod, Vec<Diagnostic>> {
    let mut errors = Vec::new();
    let parsed = parse_all(&files.sources)?;
    let mut blocks = Vec::with_capacity(parsed.len());
    for Parsed { blocks: found, errors: beside } in parsed {
        blocks.push(found);
        errors.extend(beside);
    }
    warnings.extend(files.warnings.iter().cloned());
    let mut loader = Loader {
        files,
        blocks,
        mod_name: "local".to_owned(),
        declared: Vec::new(),
        names: NameTable::default(),
        values: RefCell::default(),
        running: RefCell::default(),
        variables: RefCell::default(),
        has_variables: Cell::new(false),
        connections: workspace.options.connections.clone(),
        environment: workspace.options.variables.environment.clone(),
        clock: workspace.options.clock.0,
        dependencies: IndexMap::new(),
        budget: Budget::default(),
    };
    declare::declare(&mut loader, &mut errors);
    let mut module = Mod {
        name: loader.mod_name.clone(),
        root: loader.files.root.clone(),
        has_mod_file: loader.files.has_mod_file,
        digest: loader.files.digest.clone(),
        version: loader.files.version.clone(),
        ..Mod::default()
    };
    let for_dependencies = loader.load_variables(&mut module, role, workspace.options, warnings, &mut errors);
    loader.has_variables.set(true);
    require::decode(&loader, &mut module, warnings, &mut errors);
    if !errors.is_empty() {
        return Err(once(errors));
    }
    loader.dependencies =
        dependencies::load_all(&loader, &module, role, workspace, for_dependencies, warnings).map_err(once)?;
    module.dependencies = loader.dependencies.clone();
    decode::decode(&loader, &mut module, warnings, &mut errors);
    if workspace.options.allow_missing_documentation {
        let (missing, others) = errors.into_iter().partition(|d: &Diagnostic| d.code == "missing-documentation");
        errors = others;
        let missing: Vec<Diagnostic> = missing;
        warnings.extend(missing.into_iter().map(|d| Diagnostic { level: Level::Warning, ..d }));
    }
    if !errors.is_empty() {
        return Err(once(errors));
    }
    if workspace.options.references {
        module.references = super::references::collect(&loader);
    }
    discard(loader);
    Ok(module)
}

/// How many bytes of source a mod has whose syntax trees are worth a thread of their own to be given back.
const LARGE: usize = 256 << 10;

/// Gives the syntax trees back. Those of a large mod are millions of pieces: nobody waits for that.
fn discard(loader: Loader) {
    let size: usize = loader.files.sources.iter().map(|s| s.text.len()).sum();
    if size > LARGE {
        // Without a thread they go here and now.
        let _ = std::thread::Builder::new().name("discard".to_owned()).spawn(move || drop(loader));
    }
}

/// Keeps the first of equal diagnostics: one fault in a local shows in everything that uses it.
pub(super) fn once(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut seen = HashSet::new();
    let key = |d: &Diagnostic| {
        let place = d.labels.first().map(|l| (l.span.file.path.clone(), l.span.range.clone()));
        (d.message.clone(), place)
    };
    diagnostics.into_iter().filter(|d| seen.insert(key(d))).collect()
}

/// Values for the variables of dependencies: alias, name, value.
pub(super) type ForDependencies = BTreeMap<(String, String), Assigned>;

/// Returns the bytes that a block covers in its file.
pub(super) fn block_range(block: &Block) -> Range<usize> {
    block.span()
}

/// Returns the place of a block's word and label.
pub(super) fn head_range(block: &Block) -> Range<usize> {
    let word = block.ident.span();
    block.labels.last().map_or(word.clone(), |label| word.start..label.span().end)
}

/// Returns the attributes of a block.
pub(super) fn attributes(block: &Block) -> impl Iterator<Item = &Attribute> {
    block.body.attributes()
}

impl Loader {
    pub fn block(&self, declared: &Declared) -> Option<&Block> {
        self.blocks.get(declared.file)?.get(declared.block)
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

    /// Makes a diagnostic of a fault.
    pub fn fault(&self, file: usize, fallback: Range<usize>, fault: Fault) -> Diagnostic {
        match self.file_of(file) {
            Some(f) => fault.into_diagnostic(f, fallback),
            None => Diagnostic::error(fault.message.clone()).code(fault.code),
        }
    }

    /// Evaluates an attribute of a block, once; `name` says what it is when it takes part in a cycle.
    pub fn value(&self, file: usize, attribute: &Attribute, name: impl FnOnce() -> String) -> Eval<Val> {
        let key = (file, attribute.key.span().start);
        match self.values.borrow().get(&key) {
            Some(State::Running) => return Err(self.cycle(key)),
            Some(State::Done(result)) => return result.clone(),
            None => {}
        }
        let Some(source) = self.file_of(file) else { return Err(Fault::new("internal: a file vanished")) };
        self.values.borrow_mut().insert(key, State::Running);
        self.running.borrow_mut().push((key, name()));
        let result =
            Evaluator::new(self, source).eval(&attribute.value).map_err(|f| f.locate(source, attribute.value.span()));
        self.running.borrow_mut().pop();
        self.values.borrow_mut().insert(key, State::Done(result.clone()));
        result
    }

    fn cycle(&self, key: (usize, usize)) -> Box<Fault> {
        let running = self.running.borrow();
        let mut chain: Vec<&str> =
            running.iter().skip_while(|(k, _)| *k != key).map(|(_, name)| name.as_str()).collect();
        let first = chain.first().copied().unwrap_or_default();
        chain.push(first);
        Fault::new(format!("references form a cycle: {}", chain.join(" → "))).code("cycle")
    }

    /// Names of a kind, for suggestions.
    pub fn names_of(&self, kind: &str) -> impl Iterator<Item = &str> {
        self.declared.iter().filter(move |d| d.kind == kind).map(|d| d.name.as_str())
    }
}
