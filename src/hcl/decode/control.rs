//! `control` blocks.

use super::base::{Chain, base_of, inherit_meta};
use super::reader::Reader;
use crate::hcl::declare::Declared;
use crate::hcl::loader::Loader;
use crate::hcl::value::ResourceRef;
use crate::model::resource::{Args, Control, Mod, Query, QuerySource};
use std::sync::Arc;

/// Decodes a control; the queries of its mod are there already.
pub(super) fn control(
    loader: &Loader<'_>,
    module: &Mod,
    declared: &Declared,
    chain: &mut Chain<Control>,
) -> Option<Control> {
    let mut reader = Reader::of(loader, declared)?;
    let control = read(&mut reader, module, declared, chain);
    chain.errors.append(&mut reader.errors);
    control
}

fn read(reader: &mut Reader<'_>, module: &Mod, declared: &Declared, chain: &mut Chain<Control>) -> Option<Control> {
    let (own_sql, own_query) = (reader.is_set("sql"), reader.is_set("query"));
    let name = format!("control.{}", declared.name);
    let base = base_of(
        reader,
        module,
        "control",
        chain,
        |loader, declared, chain| control(loader, module, declared, chain),
        |module, r| module.controls.get(&r.name).cloned(),
    );
    if own_sql && own_query {
        reader.error("sql-and-query", format!("{name} has both 'SQL' and 'query' property set"));
    }
    // Whether nothing says what to run; a faulty query or SQL was reported where it stands.
    let is_missing;
    let source = if own_query {
        let before = reader.errors.len();
        let query = reader.resource("query", "query");
        is_missing = query.is_none() && reader.errors.len() == before;
        query.and_then(|r| find_query(module, &r)).map(QuerySource::Query)
    } else if own_sql {
        let before = reader.errors.len();
        let sql = reader.sql();
        is_missing = sql.is_none() && reader.errors.len() == before;
        sql.map(|sql| {
            // SQL that is the name of a query stands for the query.
            let query = sql.text.trim().strip_prefix("query.").and_then(|n| module.queries.get(n));
            query.map_or_else(|| QuerySource::Sql(sql.clone()), |q| QuerySource::Query(Arc::clone(q)))
        })
    } else {
        is_missing = !reader.is_set("base");
        base.as_ref().map(|b| b.source.clone())
    };
    if is_missing {
        reader.missing_sql(&name);
    }
    let mut params = reader.params();
    if own_query && !params.is_empty() {
        let message = "deprecated usage: params of a control with a query are ignored; the query's own count";
        chain.warnings.push(reader.warning("deprecated", message));
        params.clear();
    }
    let mut meta = reader.meta();
    let mut args = reader.args(false);
    let mut severity = reader.text("severity");
    let mut width = reader.int("width");
    let (mut display_type, mut display) = (reader.text("type"), reader.text("display"));
    if let Some(base) = &base {
        inherit_meta(&mut meta, &base.meta);
        if args == Args::None {
            args = base.args.clone();
        }
        if params.is_empty() && !own_query {
            params.clone_from(&base.params);
        }
        severity = severity.or_else(|| base.severity.clone());
        width = width.or(base.width);
        display_type = display_type.or_else(|| base.display_type.clone());
        display = display.or_else(|| base.display.clone());
    }
    let database = reader.database();
    let id = reader.identity(declared)?;
    Some(Control { id, meta, source: source?, params, args, severity, width, display_type, display, database })
}

/// Returns a query of this mod or of a dependency.
fn find_query(module: &Mod, r: &ResourceRef) -> Option<Arc<Query>> {
    module.find_mod(&r.mod_name)?.queries.get(&r.name).cloned()
}
