//! Which controls run, and in which tree they are shown.

use super::filter::Filter;
use super::params;
use crate::model::diagnostic::nearest;
use crate::model::resource::{Args, Benchmark, Control, DatabaseSettings, Identity, Mod, Param, QuerySource};
use crate::model::run::{Group, Node, ROOT_GROUP_ID};
use crate::model::source::SqlText;
use crate::model::value::Arg;
use indexmap::IndexMap;
use std::sync::Arc;

/// What one run does.
#[derive(Debug)]
pub struct Plan {
    /// The mod.
    pub module: Arc<Mod>,
    /// Full name of the target.
    pub target: String,
    /// The tree, without results.
    pub root: Group,
    /// The controls that run, by full name, in tree order.
    pub controls: IndexMap<String, Planned>,
}

/// A control that will run.
#[derive(Debug)]
pub struct Planned {
    /// What tells it from the others: its full name, with a version where two versions of a mod have one.
    pub name: String,
    /// The control.
    pub control: Arc<Control>,
    /// Its SQL.
    pub sql: SqlText,
    /// Full name of its query; empty for SQL of its own.
    pub query_name: String,
    /// The arguments, or why they cannot be resolved.
    pub args: Result<Vec<Arg>, String>,
    /// The database that the control itself, its query or its mod names; none for the default one.
    pub database: Option<DatabaseSettings>,
}

/// Why a target cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// No such resource; with the nearest name.
    #[error("'{name}' not found in mod.{module}{}{}", .folder.as_deref().map(|f| format!(" ({f})")).unwrap_or_default(), .hint.as_deref().map(|h| format!("; did you mean {h}?")).unwrap_or_default())]
    NotFound {
        /// As it was looked for.
        name: String,
        /// The mod.
        module: String,
        /// Its folder, where it has one.
        folder: Option<String>,
        /// A name that is like it.
        hint: Option<String>,
    },
    /// Another kind of resource.
    #[error("target '{name}' is not of the expected type '{expected}'")]
    WrongType {
        /// As it was given.
        name: String,
        /// What the command runs.
        expected: &'static str,
    },
    /// Anything else that is wrong with the request.
    #[error("{0}")]
    Usage(String),
}

/// A name as it is typed: `name`, `type.name`, `mod.type.name`, with the arguments of a call behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The mod, when it was named.
    pub mod_name: Option<String>,
    /// The type, when it was named.
    pub kind: Option<String>,
    /// The short name.
    pub name: String,
    /// What stands between the parentheses of a call.
    pub call: Option<String>,
}

impl Target {
    /// Reads a name; `None` when it has another form.
    pub fn parse(text: &str) -> Option<Self> {
        let (path, call) = match text.split_once('(') {
            Some((path, rest)) => (path, Some(rest.trim_end().strip_suffix(')')?.to_owned())),
            None => (text, None),
        };
        let valid = |p: &str| !p.is_empty() && p.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
        let parts: Vec<&str> = path.trim().split('.').collect();
        if !parts.iter().all(|p| valid(p)) {
            return None;
        }
        let (mod_name, kind, name) = match parts.as_slice() {
            [name] => (None, None, *name),
            [kind, name] => (None, Some(*kind), *name),
            [module, kind, name] => (Some(*module), Some(*kind), *name),
            _ => return None,
        };
        Some(Self { mod_name: mod_name.map(str::to_owned), kind: kind.map(str::to_owned), name: name.to_owned(), call })
    }
}

/// Finds the resource that a name means in a mod or its direct dependencies.
///
/// # Errors
///
/// Unknown names, with the nearest one, and names of another type.
pub fn find<'m, T: 'm>(
    module: &'m Mod,
    text: &str,
    kind: &'static str,
    expected: &'static str,
    table: impl Fn(&'m Mod) -> &'m IndexMap<String, Arc<T>>,
) -> Result<(Target, Arc<T>), PlanError> {
    let not_found = |hint: Option<String>| PlanError::NotFound {
        name: if text.contains('.') { text.to_owned() } else { format!("{kind}.{text}") },
        module: module.name.clone(),
        folder: Some(module.root.display().to_string()).filter(|f| !f.is_empty()),
        hint,
    };
    let target = Target::parse(text).ok_or_else(|| not_found(None))?;
    if target.kind.as_deref().is_some_and(|k| k != kind) {
        return Err(PlanError::WrongType { name: text.to_owned(), expected });
    }
    let home = match &target.mod_name {
        Some(name) => module.find_mod(name).ok_or_else(|| {
            not_found(nearest(name, [module.name.as_str()]).map(|m| format!("{m}.{kind}.{}", target.name)))
        })?,
        None => module,
    };
    if let Some(found) = table(home).get(&target.name) {
        return Ok((target, Arc::clone(found)));
    }
    if target.mod_name.is_none() {
        let mut elsewhere = module.dependencies.values().filter_map(|d| table(d).get(&target.name));
        if let (Some(found), None) = (elsewhere.next(), elsewhere.next()) {
            return Ok((target, Arc::clone(found)));
        }
    }
    Err(not_found(nearest(&target.name, table(home).keys().map(String::as_str)).map(|n| format!("{kind}.{n}"))))
}

impl Plan {
    /// Plans one control.
    ///
    /// # Errors
    ///
    /// The name means nothing, or the arguments cannot be read.
    pub fn control(module: &Arc<Mod>, name: &str, arguments: &[String]) -> Result<Self, PlanError> {
        let (target, control) = find(module, name, "control", "Control", |m| &m.controls)?;
        let given = params::parse_arguments(arguments, target.call.as_deref()).map_err(PlanError::Usage)?;
        let full = control.id.full_name();
        let root = Group {
            id: ROOT_GROUP_ID.to_owned(),
            title: control.meta.title.clone().unwrap_or_default(),
            children: vec![Node::Control(full.clone())],
            ..Group::default()
        };
        let controls = IndexMap::from([(
            full.clone(),
            Planned::new(module, home_of(module, &control.id), &control, full.clone(), &given),
        )]);
        Ok(Self { module: Arc::clone(module), target: full, root, controls })
    }

    /// Plans a benchmark.
    ///
    /// # Errors
    ///
    /// The name means nothing.
    pub fn benchmark(module: &Arc<Mod>, name: &str, filter: &Filter) -> Result<Self, PlanError> {
        let (target, benchmark) = find(module, name, "benchmark", "Benchmark", |m| &m.benchmarks)?;
        if target.call.is_some() {
            return Err(PlanError::Usage("benchmarks do not support query args".to_owned()));
        }
        if benchmark.display_type.as_deref() == Some("detection") {
            return Err(PlanError::Usage(format!(
                "{} is a benchmark of detections, which ironpipe does not run",
                benchmark.id.full_name()
            )));
        }
        let mut plan = Self {
            module: Arc::clone(module),
            target: benchmark.id.full_name(),
            root: Group {
                id: ROOT_GROUP_ID.to_owned(),
                title: benchmark.meta.title.clone().unwrap_or_default(),
                ..Group::default()
            },
            controls: IndexMap::new(),
        };
        let group = plan.group(home_of(module, &benchmark.id), &benchmark, filter);
        plan.root.children.push(Node::Group(group));
        Ok(plan)
    }

    /// Plans several benchmarks as one tree; without names, every benchmark that no other one holds, and the controls
    /// that no benchmark holds.
    ///
    /// # Errors
    ///
    /// A name means nothing.
    pub fn merged(module: &Arc<Mod>, names: &[String], filter: &Filter) -> Result<Self, PlanError> {
        let mut plan = Self {
            module: Arc::clone(module),
            target: format!("{}.benchmark.root", module.name),
            root: Group { id: ROOT_GROUP_ID.to_owned(), ..Group::default() },
            controls: IndexMap::new(),
        };
        let mut benchmarks = Vec::new();
        let mut loose = Vec::new();
        if names.is_empty() {
            let held: std::collections::HashSet<(&str, &str)> =
                module.benchmarks.values().flat_map(|b| &b.children).map(|c| (c.kind, c.name.as_str())).collect();
            benchmarks.extend(
                module
                    .benchmarks
                    .values()
                    .filter(|b| {
                        !held.contains(&("benchmark", b.id.name.as_str()))
                            && b.display_type.as_deref() != Some("detection")
                    })
                    .cloned(),
            );
            loose
                .extend(module.controls.values().filter(|c| !held.contains(&("control", c.id.name.as_str()))).cloned());
        }
        for name in names {
            benchmarks.push(find(module, name, "benchmark", "Benchmark", |m| &m.benchmarks)?.1);
        }
        for benchmark in &benchmarks {
            let group = plan.group(home_of(module, &benchmark.id), benchmark, filter);
            if !group.children.is_empty() || !names.is_empty() {
                plan.root.children.push(Node::Group(group));
            }
        }
        for control in loose.iter().filter(|c| filter.accepts(module, c)) {
            let name = plan.add(module, control);
            plan.root.children.push(Node::Control(name));
        }
        Ok(plan)
    }

    /// Plans several controls as one tree; without names, every control of the mod.
    ///
    /// # Errors
    ///
    /// A name means nothing, or the arguments cannot be read.
    pub fn controls(module: &Arc<Mod>, names: &[String], arguments: &[String]) -> Result<Self, PlanError> {
        let mut plan = Self {
            module: Arc::clone(module),
            target: format!("{}.benchmark.root", module.name),
            root: Group { id: ROOT_GROUP_ID.to_owned(), ..Group::default() },
            controls: IndexMap::new(),
        };
        let mut asked: Vec<(String, String, Args)> = Vec::new();
        let mut add = |control: &Arc<Control>, call: Option<&str>, given: Args| {
            let full = control.id.full_name();
            let before = asked.iter().find(|(control, _, args)| *control == full && *args == given);
            let name = match before {
                Some((_, name, _)) => name.clone(),
                // With other arguments it is another one: the call tells them apart.
                None if plan.controls.contains_key(&full) => format!("{full}({})", call.unwrap_or_default()),
                None => full.clone(),
            };
            if before.is_none() {
                let home = home_of(module, &control.id);
                plan.controls.insert(name.clone(), Planned::new(module, home, control, name.clone(), &given));
                asked.push((full, name.clone(), given));
            }
            plan.root.children.push(Node::Control(name));
        };
        if names.is_empty() {
            let given = params::parse_arguments(arguments, None).map_err(PlanError::Usage)?;
            module.controls.values().for_each(|control| add(control, None, given.clone()));
        }
        for name in names {
            let (target, control) = find(module, name, "control", "Control", |m| &m.controls)?;
            let call = target.call.as_deref();
            add(&control, call, params::parse_arguments(arguments, call).map_err(PlanError::Usage)?);
        }
        Ok(plan)
    }

    /// Adds a control that `home` declares. Returns the name that it has in the plan.
    fn add(&mut self, home: &Mod, control: &Arc<Control>) -> String {
        // Two versions of a mod can be there, each required by another mod: their controls have the same full names.
        let with_version = || format!("{}@v{}.{}", home.name, home.version, control.id.unqualified_name());
        let with_folder = || format!("{}@{}.{}", home.name, home.root.display(), control.id.unqualified_name());
        let mut name = control.id.full_name();
        for other in [&with_version as &dyn Fn() -> String, &with_folder] {
            match self.controls.get(&name) {
                Some(planned) if is_same(&planned.control, control) => return name,
                Some(_) => name = other(),
                None => break,
            }
        }
        if !self.controls.contains_key(&name) {
            let planned = Planned::new(&self.module, home, control, name.clone(), &Args::None);
            self.controls.insert(name.clone(), planned);
        }
        name
    }

    /// Makes the group of a benchmark that `home` declares; what it holds is looked for there, and in what that requires.
    fn group(&mut self, home: &Mod, benchmark: &Benchmark, filter: &Filter) -> Group {
        let module = Arc::clone(&self.module);
        let meta = &benchmark.meta;
        let mut group = Group {
            id: benchmark.id.full_name(),
            title: meta.title.clone().unwrap_or_default(),
            description: meta.description.clone().unwrap_or_default(),
            documentation: meta.documentation.read().ok().flatten().unwrap_or_default(),
            display: benchmark.display.clone().unwrap_or_default(),
            display_type: benchmark.display_type.clone().unwrap_or_default(),
            width: benchmark.width,
            tags: meta.tags.clone(),
            ..Group::default()
        };
        let mut last_kept = true;
        for child in &benchmark.children {
            last_kept = false;
            let Some(owner) = home.find_mod(&child.mod_name) else { continue };
            match child.kind {
                "control" => {
                    if let Some(control) = owner.control(child)
                        && filter.accepts(&module, control)
                    {
                        let name = self.add(owner, control);
                        group.children.push(Node::Control(name));
                        last_kept = true;
                    }
                }
                _ => {
                    if let Some(inner) = owner.benchmark(child) {
                        let inner = self.group(owner, inner, filter);
                        if !inner.children.is_empty() {
                            group.children.push(Node::Group(inner));
                            last_kept = true;
                        }
                    }
                }
            }
        }
        group.last_child_filtered = !last_kept;
        group
    }
}

/// Returns the mod that declares a resource which a command named: the workspace's, or one that it requires.
fn home_of<'m>(workspace: &'m Mod, id: &Identity) -> &'m Mod {
    workspace.find_mod(&id.mod_name).unwrap_or(workspace)
}

/// Whether two records are of one control, which may have been loaded for several mods.
fn is_same(a: &Arc<Control>, b: &Arc<Control>) -> bool {
    let (one, other) = (&a.id.span, &b.id.span);
    Arc::ptr_eq(a, b) || (one.range.start == other.range.start && one.file.path == other.file.path)
}

impl Planned {
    fn new(workspace: &Mod, home: &Mod, control: &Arc<Control>, name: String, given: &Args) -> Self {
        let (sql, query_name, query_params): (_, _, &[Param]) = match &control.source {
            QuerySource::Sql(sql) => (sql.clone(), String::new(), &control.params),
            QuerySource::Query(query) => (query.sql.clone(), query.id.full_name(), &query.params),
        };
        let args = params::resolve(&control.id.name, query_params, &control.args, given);
        let query_settings = match &control.source {
            QuerySource::Sql(_) => None,
            QuerySource::Query(query) => Some(&query.database),
        };
        let settings = [Some(&control.database), query_settings];
        let database = database_of(workspace, home, settings.into_iter().flatten());
        Self { name, control: Arc::clone(control), sql, query_name, args, database }
    }
}

/// Returns the database settings of a resource that differ from the default: the first of its own (from near to far),
/// then those of the dependency that declares it, then those that the workspace mod gives to this dependency.
pub fn database_of<'s>(
    workspace: &'s Mod,
    home: &'s Mod,
    own: impl Iterator<Item = &'s DatabaseSettings>,
) -> Option<DatabaseSettings> {
    let dependency = Some(home).filter(|home| !std::ptr::eq(*home, workspace));
    let required = workspace.require.mods.iter().find(|r| dependency.is_some_and(|d| d.required_as == r.name));
    let levels: Vec<&DatabaseSettings> =
        own.chain(dependency.map(|d| &d.settings)).chain(required.map(|r| &r.database)).collect();
    let settings = DatabaseSettings {
        database: levels.iter().find_map(|s| s.database.clone()),
        search_path: levels.iter().find_map(|s| s.search_path.clone()),
        search_path_prefix: levels.iter().find_map(|s| s.search_path_prefix.clone()),
    };
    (settings != DatabaseSettings::default()).then_some(settings)
}
