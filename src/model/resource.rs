//! What a mod contains, fully evaluated: references resolved, templates expanded.

use super::source::{Span, SqlText};
use super::value::Arg;
use indexmap::IndexMap;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A loaded mod with its direct dependencies.
#[derive(Debug, Default)]
pub struct Mod {
    /// Short name, the label of the `mod` block; `local` when the folder has no mod file.
    pub name: String,
    /// The folder that holds the mod file. Empty for a bundled mod.
    pub root: PathBuf,
    /// Whether a mod file was found; without one only SQL text can be run.
    pub has_mod_file: bool,
    /// Metadata of the `mod` block.
    pub meta: Meta,
    /// Version of an installed or bundled mod; empty when unknown.
    pub version: String,
    /// The name under which the workspace mod requires it: `github.com/owner/repo`; empty for the workspace mod itself.
    pub required_as: String,
    /// SHA-256 over the mod's source files, hexadecimal.
    pub digest: String,
    /// The mod's `database` setting, evaluated.
    pub database: Option<Database>,
    /// The mod's `database`, `search_path` and `search_path_prefix`.
    pub settings: DatabaseSettings,
    /// Hub metadata: `categories`.
    pub categories: Vec<String>,
    /// Hub metadata: `color`.
    pub color: Option<String>,
    /// Hub metadata: `icon`.
    pub icon: Option<String>,
    /// The `require` block.
    pub require: Require,
    /// Queries by short name, in source order (files by path, blocks by place).
    pub queries: IndexMap<String, Arc<Query>>,
    /// Controls by short name, in source order.
    pub controls: IndexMap<String, Arc<Control>>,
    /// Benchmarks by short name, in source order.
    pub benchmarks: IndexMap<String, Arc<Benchmark>>,
    /// Variables by short name, in source order, with their final values.
    pub variables: IndexMap<String, Arc<Variable>>,
    /// Dashboards, detections and the other kinds that are loaded and shown but not run.
    pub others: Vec<Arc<OtherResource>>,
    /// What stands inside of `others`: named and anonymous parts of dashboards, in the order of the source.
    pub parts: Vec<Arc<OtherResource>>,
    /// Direct dependencies by alias (their short name).
    pub dependencies: IndexMap<String, Arc<Mod>>,
    /// Who refers to what, in source order; collected where it is asked for.
    pub references: Vec<Reference>,
}

/// A reference as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// What refers: `control.x`, `local.y`, `variable`'s `var.z`, `mod.m`.
    pub from: String,
    /// What is referred to: `query.x`, `local.y`, `var.z`, with the alias in front for another mod's.
    pub to: String,
    /// Word of the innermost block that holds the reference.
    pub block: String,
    /// The attribute that holds it.
    pub attribute: String,
    /// The place.
    pub span: Span,
    /// Label of the innermost block; empty where it has none.
    pub label: String,
    /// Where the block of the resource begins whose own attribute it is, or an attribute of one of its params.
    pub owner: Option<usize>,
    /// The whole attribute.
    pub definition: Span,
}

/// What every resource has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Meta {
    /// `title`
    pub title: Option<String>,
    /// `description`
    pub description: Option<String>,
    /// `documentation`: text, or a file that is read only when it is needed.
    pub documentation: Documentation,
    /// `tags`
    pub tags: BTreeMap<String, String>,
}

/// Documentation text, read only when it is used: real mods hold megabytes of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Documentation {
    /// Not set.
    #[default]
    None,
    /// Given as text.
    Text(String),
    /// `file("...")`: checked to exist at load time, read by [`Documentation::read`].
    File(PathBuf),
    /// A file of a bundled mod.
    Embedded(&'static str),
}

impl Documentation {
    /// Returns the text; an unreadable file is an error.
    pub fn read(&self) -> std::io::Result<Option<String>> {
        match self {
            Self::None => Ok(None),
            Self::Text(text) => Ok(Some(text.clone())),
            Self::File(path) => std::fs::read_to_string(path).map(Some),
            Self::Embedded(text) => Ok(Some((*text).to_owned())),
        }
    }
}

/// Names and place of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Short name of the mod that declares it.
    pub mod_name: String,
    /// Block word as it is used in references: `control`, `benchmark`, `query`, `var`, `dashboard` ...
    pub kind: &'static str,
    /// Short name: the block's label.
    pub name: String,
    /// The whole block in its file.
    pub span: Span,
}

impl Identity {
    /// Returns `mod.kind.name`.
    pub fn full_name(&self) -> String {
        format!("{}.{}.{}", self.mod_name, self.kind, self.name)
    }

    /// Returns `kind.name`.
    pub fn unqualified_name(&self) -> String {
        format!("{}.{}", self.kind, self.name)
    }
}

/// A `query` block.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Names and place.
    pub id: Identity,
    /// Title, description, documentation, tags.
    pub meta: Meta,
    /// The SQL.
    pub sql: SqlText,
    /// Parameters in `$1`, `$2` ... order.
    pub params: Vec<Param>,
    /// `database`, `search_path`, `search_path_prefix`.
    pub database: DatabaseSettings,
}

/// A `control` block.
#[derive(Debug, Clone, PartialEq)]
pub struct Control {
    /// Names and place.
    pub id: Identity,
    /// Title, description, documentation, tags.
    pub meta: Meta,
    /// Own SQL or a reference to a query.
    pub source: QuerySource,
    /// Own parameters; only with own SQL.
    pub params: Vec<Param>,
    /// `args`.
    pub args: Args,
    /// `severity`, as written; empty is none.
    pub severity: Option<String>,
    /// `width`
    pub width: Option<i64>,
    /// `type`
    pub display_type: Option<String>,
    /// `display`
    pub display: Option<String>,
    /// `database`, `search_path`, `search_path_prefix`.
    pub database: DatabaseSettings,
}

/// Where a control's SQL comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum QuerySource {
    /// `sql = ...`
    Sql(SqlText),
    /// `query = query.x`
    Query(Arc<Query>),
}

impl QuerySource {
    /// Returns the query that is referred to.
    pub fn query(&self) -> Option<&Arc<Query>> {
        match self {
            Self::Query(query) => Some(query),
            Self::Sql(_) => None,
        }
    }
}

/// A `benchmark` block of controls.
#[derive(Debug, Clone, PartialEq)]
pub struct Benchmark {
    /// Names and place.
    pub id: Identity,
    /// Title, description, documentation, tags.
    pub meta: Meta,
    /// Children in declared order, by kind and name.
    pub children: Vec<ChildRef>,
    /// `width`
    pub width: Option<i64>,
    /// `type`; `detection` makes it a benchmark of detections, which cannot be run here.
    pub display_type: Option<String>,
    /// `display`
    pub display: Option<String>,
}

/// A reference to a child of a benchmark. Look it up with [`Mod::control`] or [`Mod::benchmark`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChildRef {
    /// Mod short name (the workspace mod's or a direct dependency's alias).
    pub mod_name: String,
    /// `control`, `benchmark` or `detection`.
    pub kind: &'static str,
    /// Short name.
    pub name: String,
}

/// A `param` block.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// The label.
    pub name: String,
    /// `description`
    pub description: Option<String>,
    /// `default`; `null` counts as none.
    pub default: Option<Arg>,
    /// The block.
    pub span: Span,
}

/// `args` of a control, or of the command line.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Args {
    /// Not given.
    #[default]
    None,
    /// By parameter name.
    Named(IndexMap<String, Arg>),
    /// By position.
    Positional(Vec<Arg>),
}

/// A database as `database =` and `--database` name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// `connection.<type>.<name>`
    Connection {
        /// `steampipe`, `postgres`, `sqlite` ...
        kind: String,
        /// The connection's name; `default` for the implicit one.
        name: String,
    },
    /// `postgres://...`, `sqlite:...`
    ConnectionString(String),
}

/// `database`, `search_path` and `search_path_prefix` of a resource; none are inherited here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DatabaseSettings {
    /// `database`
    pub database: Option<Database>,
    /// `search_path`
    pub search_path: Option<Vec<String>>,
    /// `search_path_prefix`
    pub search_path_prefix: Option<Vec<String>>,
}

/// A `variable` block with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Names and place; `kind` is `var`.
    pub id: Identity,
    /// Title, description, tags.
    pub meta: Meta,
    /// The declared type as written without blanks (`list(string)`), or the type of the default; `any` when neither is there.
    pub type_string: String,
    /// `default` as JSON; absent when the variable is required.
    pub default: Option<serde_json::Value>,
    /// The final value as JSON; absent when a required variable was not set (`list` and `show` tolerate that).
    pub value: Option<serde_json::Value>,
    /// Where the value came from, for messages: `default`, `environment variable PP_VAR_x`, `--var`, a file name.
    pub value_source: String,
    /// `enum`
    pub allowed: Vec<serde_json::Value>,
    /// `format`
    pub format: Option<String>,
}

/// The `require` block of a mod.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Require {
    /// `powerpipe { min_version }`
    pub powerpipe_min_version: Option<String>,
    /// `plugin "name" { min_version }`
    pub plugins: Vec<RequiredPlugin>,
    /// `mod "name" { ... }`
    pub mods: Vec<RequiredMod>,
}

/// A `plugin` requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequiredPlugin {
    /// As written: `aws`, `turbot/aws`.
    pub name: String,
    /// `min_version`
    pub min_version: String,
}

/// A `mod` requirement.
#[derive(Debug, Clone, PartialEq)]
pub struct RequiredMod {
    /// `github.com/owner/repo`
    pub name: String,
    /// Which version, tag, branch or folder.
    pub constraint: ModConstraint,
    /// Variables of the dependency, as JSON.
    pub args: BTreeMap<String, serde_json::Value>,
    /// Database of the dependency's resources.
    pub database: DatabaseSettings,
    /// The block.
    pub span: Span,
}

/// Which version of a dependency is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModConstraint {
    /// `version = ">=1, <2"`
    Version(String),
    /// `tag = "v1.2.3"`
    Tag(String),
    /// `branch = "main"`
    Branch(String),
    /// `path = "../other"`
    Path(String),
}

/// A resource that is loaded, listed and shown, but not run: dashboards and their parts, detections.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherResource {
    /// Names and place.
    pub id: Identity,
    /// Title, description, documentation, tags.
    pub meta: Meta,
    /// Whether the block has no label and got a generated name.
    pub is_anonymous: bool,
    /// Its remaining attributes and blocks as JSON, as `show --output json` prints them.
    pub properties: serde_json::Map<String, serde_json::Value>,
    /// Full names of the resources that it stands in, the outermost first; empty at the top of a file.
    pub within: Vec<String>,
}

/// How many ways to one resource are listed.
pub const MAX_PATHS: usize = 1_000;

impl Mod {
    /// Returns the mod of that short name: itself or a direct dependency.
    pub fn find_mod(&self, name: &str) -> Option<&Self> {
        if name == self.name { Some(self) } else { self.dependencies.get(name).map(AsRef::as_ref) }
    }

    /// Returns every way from the mod down to a resource, as full names: one for each chain of benchmarks that holds it.
    ///
    /// In the order in which the parents are declared; at most [`MAX_PATHS`].
    pub fn paths(&self, id: &Identity) -> Vec<Vec<String>> {
        let mut out = Vec::new();
        self.add_paths(id, &mut vec![id.full_name()], &mut out);
        out
    }

    fn add_paths(&self, id: &Identity, below: &mut Vec<String>, out: &mut Vec<Vec<String>>) {
        let is_child = |c: &ChildRef| c.mod_name == id.mod_name && c.kind == id.kind && c.name == id.name;
        let mut has_parent = false;
        for parent in self.benchmarks.values().filter(|b| b.children.iter().any(is_child)) {
            has_parent = true;
            if out.len() >= MAX_PATHS {
                return;
            }
            below.push(parent.id.full_name());
            self.add_paths(&parent.id, below, out);
            below.pop();
        }
        if !has_parent {
            let top = format!("mod.{}", self.name);
            out.push(std::iter::once(top).chain(below.iter().rev().cloned()).collect());
        }
    }

    /// Returns the control that a child reference names.
    pub fn control(&self, child: &ChildRef) -> Option<&Arc<Control>> {
        self.find_mod(&child.mod_name)?.controls.get(&child.name)
    }

    /// Returns the benchmark that a child reference names.
    pub fn benchmark(&self, child: &ChildRef) -> Option<&Arc<Benchmark>> {
        self.find_mod(&child.mod_name)?.benchmarks.get(&child.name)
    }
}
