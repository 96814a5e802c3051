//! Functions that turn one type into another.

use super::Entry;
use super::args::list_of;
use crate::hcl::fault::Fault;
use crate::hcl::value::Val;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("tostring", 1, 1, |a| match a.value(0)? {
        Val::Null => Ok(Val::Null),
        _ => a.text(0).map(Val::Str),
    }),
    ("tonumber", 1, 1, |a| match a.value(0)? {
        Val::Null => Ok(Val::Null),
        _ => a.number(0).map(Val::Num),
    }),
    ("tobool", 1, 1, |a| match a.value(0)? {
        Val::Null => Ok(Val::Null),
        value => value.to_bool().map(Val::Bool).ok_or_else(|| a.fault("the value is not a bool")),
    }),
    ("tolist", 1, 1, |a| a.list(0).map(Val::List)),
    ("toset", 1, 1, |a| {
        let mut out: Vec<Val> = Vec::new();
        for item in a.list(0)?.iter() {
            if !out.contains(item) {
                out.push(item.clone());
            }
        }
        // A set is walked in the order of its texts.
        if out.iter().all(|v| matches!(v, Val::Str(_))) {
            out.sort_by_key(Val::to_text);
        }
        Ok(list_of(out))
    }),
    ("tomap", 1, 1, |a| a.map(0).map(Val::Map)),
    ("sensitive", 1, 1, |a| Ok(a.value(0)?.clone())),
    ("nonsensitive", 1, 1, |a| Ok(a.value(0)?.clone())),
    ("abspath", 1, 1, |_| Err(outside("abspath"))),
    ("pathexpand", 1, 1, |_| Err(outside("pathexpand"))),
];

/// A mod gives the same result wherever it lies.
fn outside(name: &str) -> Box<Fault> {
    Fault::new(format!("the function {name}() is not supported: a mod must not depend on where its folder lies"))
        .code("unknown-function")
}
