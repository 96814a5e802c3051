//! Reads a mod folder: parses HCL, evaluates expressions, resolves references, builds the model.
//!
//! * [`files`], [`ignore`], [`syntax`]: which files belong to a mod, their text, their syntax trees; [`parallel`]: on all
//!   cores.
//! * [`declare`], [`names`]: the names that a mod declares, and what references mean.
//! * [`value`], [`eval`], [`template`], [`literals`], [`functions`]: HCL's expressions; [`fault`]: why one has no value,
//!   and what one may cost.
//! * [`variables`], [`vartype`], [`declare_variables`]: declarations, values and types of variables.
//! * [`require`], [`dependencies`], [`lock`], [`version`], [`definition`]: other mods.
//! * [`decode`]: blocks become resources; [`references`]: who refers to what.
//! * [`config`]: configuration files, which stand alone. [`places`]: where parts of resources stand.
//! * [`load`]: the whole.
//!
//! Every attribute is evaluated at most once, when something needs it; a cycle is found where it closes. Files that
//! `file()` names for documentation are only looked for; they are read when the documentation is shown.

pub mod config;
mod declare;
mod declare_variables;
mod decode;
pub mod definition;
mod dependencies;
mod eval;
mod fault;
mod files;
mod functions;
mod ignore;
mod literals;
mod load;
mod loader;
pub mod lock;
mod names;
mod parallel;
pub mod places;
mod references;
mod require;
mod schema;
mod syntax;
mod template;
mod unify;
mod value;
mod variables;
mod vartype;
pub mod version;

#[cfg(test)]
mod tests;

pub use files::{EmbeddedMod, ModSource};
pub use load::{Clock, LoadOptions, Loaded, Prompt, load};
pub use require::POWERPIPE_VERSION;
pub use schema::resource_kind;
pub use variables::VariableSources;
