//! Reads a mod folder: parses HCL, evaluates expressions, resolves references, builds the model.
//!
//! * [`files`]: which files belong to a mod, and their text.
//! * [`value`], [`eval`], [`template`], [`functions`]: HCL's expressions.
//! * [`variables`], [`vartype`]: declarations, values and types of variables.
//! * [`decode`]: blocks become resources.
//! * [`load`]: the whole.
//!
//! Every attribute is evaluated at most once, when something needs it; a cycle is found where it closes. Files that
//! `file()` names for documentation are only looked for; they are read when the documentation is shown.

mod decode;
mod eval;
mod files;
mod functions;
mod load;
mod others;
mod schema;
mod template;
mod value;
mod variables;
mod vartype;

pub use files::{EmbeddedMod, ModSource};
pub use load::{LoadOptions, Loaded, load};
pub use variables::VariableSources;
