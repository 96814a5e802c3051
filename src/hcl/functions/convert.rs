//! Functions that turn one type into another.

use super::Entry;
use super::args::{list_of, unified};
use super::numbers::exact;
use crate::hcl::value::Val;
use std::sync::Arc;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("tostring", 1, 1, |a| match a.value(0)? {
        Val::Null => Ok(Val::Null),
        _ => a.text(0).map(Val::Str),
    }),
    ("tonumber", 1, 1, |a| match a.value(0)? {
        Val::Null => Ok(Val::Null),
        // Of digits that would not all be kept, the text is better left as it is.
        Val::Str(text) if text.parse::<f64>().is_ok_and(f64::is_finite) => {
            exact(text).map(Val::Num).map_err(|why| a.fault(why).argument(0))
        }
        _ => a.number(0).map(Val::Num),
    }),
    ("tobool", 1, 1, |a| match a.value(0)? {
        Val::Null => Ok(Val::Null),
        value => value.to_bool().map(Val::Bool).ok_or_else(|| a.fault("the value is not a bool")),
    }),
    ("tolist", 1, 1, |a| match a.value(0)? {
        Val::Null => Ok(Val::Null),
        _ => unified(a, &a.list(0)?).map(list_of),
    }),
    ("toset", 1, 1, |a| match a.value(0)? {
        Val::Null => Ok(Val::Null),
        _ => unified(a, &a.list(0)?).map(Val::set),
    }),
    ("tomap", 1, 1, |a| match a.value(0)? {
        Val::Null => Ok(Val::Null),
        _ => {
            let map = a.map(0)?;
            let values = unified(a, &map.values().cloned().collect::<Vec<_>>())?;
            Ok(Val::Map(Arc::new(map.keys().cloned().zip(values).collect())))
        }
    }),
    ("sensitive", 1, 1, |a| Ok(a.value(0)?.clone())),
    ("nonsensitive", 1, 1, |a| Ok(a.value(0)?.clone())),
];
