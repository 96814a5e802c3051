//! The functions of the SQL/JSON path language: document, path, variables, whether to be silent.

use super::{Args, Registry, rows};
use crate::sql::error::PgResult;
use crate::sql::value::jsonb;
use crate::sql::value::jsonpath::Path;
use rusqlite::Result;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

thread_local! {
    /// Paths are nearly always constants of the query.
    static PATHS: RefCell<HashMap<String, Rc<Path>>> = RefCell::default();
}

const MAX_PATHS: usize = 200;

fn path(text: &str) -> PgResult<Rc<Path>> {
    if let Some(found) = PATHS.with_borrow(|p| p.get(text).cloned()) {
        return Ok(found);
    }
    let parsed = Rc::new(Path::parse(text)?);
    PATHS.with_borrow_mut(|p| {
        if p.len() >= MAX_PATHS {
            p.clear();
        }
        p.insert(text.to_owned(), Rc::clone(&parsed));
    });
    Ok(parsed)
}

struct Call {
    path: Rc<Path>,
    document: Value,
    variables: Value,
    silent: bool,
}

fn call(a: &Args<'_>) -> PgResult<Call> {
    Ok(Call { document: a.json(0)?, path: path(a.text(1)?)?, variables: a.json(2)?, silent: a.int(3)? != 0 })
}

fn items(a: &Args<'_>) -> PgResult<Vec<Value>> {
    let c = call(a)?;
    c.path.query(&c.document, &c.variables, c.silent)
}

pub(super) fn register(r: &Registry<'_>) -> Result<()> {
    r.strict("pg_jpath_query", 4, |a| Ok(rows(items(a)?.iter().map(|i| Some(jsonb::to_text(i))))))?;
    r.strict("pg_jpath_query_array", 4, |a| Ok(jsonb::to_text(&Value::Array(items(a)?))))?;
    r.strict("pg_jpath_query_first", 4, |a| Ok(items(a)?.first().map(jsonb::to_text)))?;
    r.strict("pg_jpath_exists", 4, |a| {
        let c = call(a)?;
        c.path.exists(&c.document, &c.variables, c.silent)
    })?;
    r.strict("pg_jpath_match", 4, |a| {
        let c = call(a)?;
        c.path.matches(&c.document, &c.variables, c.silent)
    })
}
