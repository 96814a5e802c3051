//! Loads a mod: files, names, variables, dependencies, resources.

use super::declare::Names as NameTable;
use super::files::{Files, ModSource};
use super::loader::{Declarations, Loader};
use super::syntax::{Parsed, parse_all};
use super::variables::{Assigned, VariableSources};
use super::{declare, decode, dependencies, parallel, require};
use crate::model::diagnostic::{Diagnostic, Level};
use crate::model::resource::{Mod, Variable};
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
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

/// Loads a mod.
///
/// # Errors
///
/// Every error that can be told apart in one pass, each with its place.
pub fn load(source: &ModSource, options: &LoadOptions) -> Result<Loaded, Vec<Diagnostic>> {
    let result = std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("load".to_owned())
            .stack_size(parallel::STACK)
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
    let mut declarations = Declarations {
        files,
        blocks,
        mod_name: "local".to_owned(),
        declared: Vec::new(),
        names: NameTable::default(),
        variables: None,
        connections: workspace.options.connections.clone(),
        environment: workspace.options.variables.environment.clone(),
        clock: workspace.options.clock.0,
        dependencies: IndexMap::new(),
    };
    declare::declare(&mut declarations, &mut errors);
    let mut module = Mod {
        name: declarations.mod_name.clone(),
        root: declarations.files.root.clone(),
        has_mod_file: declarations.files.has_mod_file,
        digest: declarations.files.digest.clone(),
        version: declarations.files.version.clone(),
        ..Mod::default()
    };
    let (variables, for_dependencies) =
        Loader::new(&declarations).load_variables(&mut module, role, workspace.options, warnings, &mut errors);
    declarations.variables = Some(variables);
    require::decode(&Loader::new(&declarations), &mut module, warnings, &mut errors);
    if !errors.is_empty() {
        return Err(once(errors));
    }
    declarations.dependencies =
        dependencies::load_all(&declarations, &module, role, workspace, for_dependencies, warnings).map_err(once)?;
    module.dependencies = declarations.dependencies.clone();
    decode::decode(&declarations, &mut module, warnings, &mut errors);
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
        module.references = super::references::collect(&declarations);
    }
    discard(declarations);
    Ok(module)
}

/// How many bytes of source a mod has whose syntax trees are worth a thread of their own to be given back.
const LARGE: usize = 256 << 10;

/// Gives the syntax trees back. Those of a large mod are millions of pieces: nobody waits for that.
fn discard(declarations: Declarations) {
    let size: usize = declarations.files.sources.iter().map(|s| s.text.len()).sum();
    if size > LARGE {
        // Without a thread they go here and now.
        let _ = std::thread::Builder::new().name("discard".to_owned()).spawn(move || drop(declarations));
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
