//! `base`: what a resource takes over from another one, before that is merged.

use super::reader::Reader;
use crate::hcl::declare::Declared;
use crate::hcl::loader::Loader;
use crate::hcl::value::ResourceRef;
use crate::model::diagnostic::Diagnostic;
use crate::model::resource::{Meta, Mod};
use std::collections::HashMap;
use std::sync::Arc;

/// Resources of one kind that are decoded, each after its base, and what was found on the way.
pub(super) struct Chain<T> {
    states: HashMap<String, State<T>>,
    running: Vec<String>,
    pub warnings: Vec<Diagnostic>,
    pub errors: Vec<Diagnostic>,
}

enum State<T> {
    Running,
    Done(Option<Arc<T>>),
}

impl<T> Chain<T> {
    pub fn new() -> Self {
        Self { states: HashMap::new(), running: Vec::new(), warnings: Vec::new(), errors: Vec::new() }
    }

    /// Returns a resource; decodes it first where that has not happened.
    pub fn get(&mut self, name: &str, decode: impl FnOnce(&mut Self) -> Option<T>) -> Result<Option<Arc<T>>, String> {
        match self.states.get(name) {
            Some(State::Done(done)) => return Ok(done.clone()),
            Some(State::Running) => {
                let start = self.running.iter().position(|n| n == name).unwrap_or(0);
                let mut chain: Vec<&str> = self.running.iter().skip(start).map(String::as_str).collect();
                chain.push(name);
                return Err(chain.join(" → "));
            }
            None => {}
        }
        self.states.insert(name.to_owned(), State::Running);
        self.running.push(name.to_owned());
        let decoded = decode(self).map(Arc::new);
        self.running.pop();
        self.states.insert(name.to_owned(), State::Done(decoded.clone()));
        Ok(decoded)
    }
}

/// How long a chain of bases may be.
const MAX_CHAIN: usize = 200;

/// Finds the base of a resource: in this mod through `own`, in a dependency through `other`.
pub(super) fn base_of<T>(
    reader: &mut Reader<'_>,
    module: &Mod,
    kind: &'static str,
    chain: &mut Chain<T>,
    own: impl FnOnce(&Loader<'_>, &Declared, &mut Chain<T>) -> Option<T>,
    other: impl FnOnce(&Mod, &ResourceRef) -> Option<Arc<T>>,
) -> Option<Arc<T>> {
    let base = reader.resource("base", kind)?;
    if base.mod_name != module.name {
        return module.dependencies.get(&base.mod_name).and_then(|m| other(m, &base));
    }
    let loader = reader.loader;
    let declared = loader.names.resource(kind, &base.name).and_then(|i| loader.declared.get(i))?;
    if chain.running.len() > MAX_CHAIN {
        reader.error_at("base", "limit", format!("more than {MAX_CHAIN} resources are each other's base"));
        return None;
    }
    match chain.get(&base.name, |chain| own(loader, declared, chain)) {
        Ok(found) => found,
        Err(cycle) => {
            reader.error_at("base", "cycle", format!("bases form a cycle: {cycle}"));
            None
        }
    }
}

/// Fills title, description and tags from a base. Documentation is not inherited.
pub(super) fn inherit_meta(meta: &mut Meta, base: &Meta) {
    meta.title = meta.title.take().or_else(|| base.title.clone());
    meta.description = meta.description.take().or_else(|| base.description.clone());
    for (key, value) in &base.tags {
        meta.tags.entry(key.clone()).or_insert_with(|| value.clone());
    }
}
