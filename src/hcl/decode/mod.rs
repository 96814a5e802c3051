//! Blocks become resources.

mod base;
mod benchmark;
mod control;
mod dashboards;
mod reader;

pub(super) use reader::{Reader, check_shape};

use super::declare::Declared;
use super::loader::{Declarations, Known, Loader};
use super::parallel;
use crate::model::diagnostic::Diagnostic;
use crate::model::resource::{Mod, Query};
use base::Chain;
use std::sync::Arc;

/// Decodes every resource of the mod.
pub(super) fn decode(
    declarations: &Declarations,
    module: &mut Mod,
    warnings: &mut Vec<Diagnostic>,
    errors: &mut Vec<Diagnostic>,
) {
    // Locals once for all threads: one of them may be `uuid()`.
    let first = Loader::new(declarations);
    locals(&first, errors);
    let known = &first.into_known();
    let all = All { declarations, known };
    let queries = all.of_kind("query", warnings, errors, query);
    module.queries.extend(queries);
    let controls = all.of_kind("control", warnings, errors, |l, d, chain| control::control(l, module, d, chain));
    let benchmarks =
        all.of_kind("benchmark", warnings, errors, |l, d, chain| benchmark::benchmark(l, module, d, chain));
    module.controls.extend(controls);
    module.benchmarks.extend(benchmarks);
    dashboards::decode_all(&all.loader(), module, warnings, errors);
    benchmark::check_tree(module, errors);
}

/// Evaluates every local, so that a fault shows in one that nothing uses, too.
fn locals(loader: &Loader<'_>, errors: &mut Vec<Diagnostic>) {
    for (file, blocks) in loader.blocks.iter().enumerate() {
        for block in blocks.iter().filter(|b| b.ident.as_str() == "locals") {
            for attribute in super::loader::attributes(block) {
                if let Err(fault) = loader.value(file, attribute) {
                    errors.push(loader.fault(file, super::loader::block_range(block), *fault));
                }
            }
        }
    }
}

/// Everything that is declared, and the values of locals.
struct All<'d> {
    declarations: &'d Declarations,
    known: &'d Known,
}

impl All<'_> {
    fn loader(&self) -> Loader<'_> {
        Loader::knowing(self.declarations, self.known)
    }

    /// Decodes the resources of one kind, on all cores.
    ///
    /// Where there is an error it is done again on one core: how many similar names are looked for is limited, and a faulty
    /// mod should give the same text each time.
    fn of_kind<T: Send + Sync>(
        &self,
        kind: &str,
        warnings: &mut Vec<Diagnostic>,
        errors: &mut Vec<Diagnostic>,
        decode: impl Fn(&Loader<'_>, &Declared, &mut Chain<T>) -> Option<T> + Sync,
    ) -> Vec<(String, Arc<T>)> {
        let declared: Vec<&Declared> = self.declarations.declared.iter().filter(|d| d.kind == kind).collect();
        let run = |threads: usize| {
            let start = || (self.loader(), Chain::new());
            parallel::map_with(&declared, threads, start, |(loader, chain), d| {
                let found = chain.get(&d.name, |chain| decode(loader, d, chain)).ok().flatten();
                (found, std::mem::take(&mut chain.warnings), std::mem::take(&mut chain.errors))
            })
        };
        let at_once = run(parallel::ALL).filter(|all| all.iter().all(|(_, _, errors)| errors.is_empty()));
        let mut out = Vec::with_capacity(declared.len());
        let before = warnings.len();
        for (d, (found, w, e)) in declared.iter().zip(at_once.or_else(|| run(1)).unwrap_or_default()) {
            warnings.extend(w);
            errors.extend(e);
            out.extend(found.map(|found| (d.name.clone(), found)));
        }
        // A base is decoded by whoever comes to it first.
        if let Some(new) = warnings.get_mut(before..) {
            new.sort_by_cached_key(|d| d.labels.first().map(|l| (l.span.file.path.clone(), l.span.range.start)));
        }
        out
    }
}

fn query(loader: &Loader<'_>, declared: &Declared, chain: &mut Chain<Query>) -> Option<Query> {
    let mut reader = Reader::of(loader, declared)?;
    let sql = reader.sql();
    if sql.is_none() && reader.errors.is_empty() {
        reader.missing_sql(&format!("query.{}", declared.name));
    }
    let (meta, params, database) = (reader.meta(), reader.params(), reader.database());
    chain.errors.append(&mut reader.errors);
    Some(Query { id: reader.identity(declared)?, meta, sql: sql?, params, database })
}
