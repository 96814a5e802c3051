//! Functions on lists and maps.

use super::args::{Args, count, list_of, texts_of, unified};
use super::{Entry, MANY};
use crate::hcl::fault::Eval;
use crate::hcl::unify::unify;
use crate::hcl::value::Val;
use std::collections::BTreeMap;
use std::sync::Arc;
use unicode_segmentation::UnicodeSegmentation as _;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("merge", 0, MANY, merge),
    ("contains", 2, 2, |a| Ok(Val::Bool(a.list(0)?.contains(a.value(1)?)))),
    ("alltrue", 1, 1, |a| Ok(Val::Bool(bools(a)?.iter().all(|b| *b)))),
    ("anytrue", 1, 1, |a| Ok(Val::Bool(bools(a)?.iter().any(|b| *b)))),
    ("chunklist", 2, 2, chunklist),
    ("coalesce", 1, MANY, coalesce),
    ("coalescelist", 1, MANY, |a| {
        let found = a.values.iter().find(|v| v.items().is_some_and(|items| !items.is_empty()));
        found.cloned().ok_or_else(|| a.fault("no argument is a list with elements"))
    }),
    ("compact", 1, 1, |a| Ok(texts_of(a.texts_or_null(0)?.into_iter().flatten().filter(|t| !t.is_empty())))),
    ("concat", 1, MANY, |a| {
        let mut out = Vec::new();
        for i in 0..a.values.len() {
            out.extend(a.list(i)?.iter().cloned());
        }
        Ok(list_of(out))
    }),
    ("distinct", 1, 1, |a| Ok(list_of(unique(unified(a, &a.list(0)?)?.into_iter())))),
    ("element", 2, 2, element),
    ("flatten", 1, 1, |a| {
        let mut out = Vec::new();
        flatten(&a.list(0)?, &mut out);
        Ok(list_of(out))
    }),
    ("index", 2, 2, |a| {
        let (items, wanted) = (a.list(0)?, a.value(1)?);
        items.iter().position(|v| v == wanted).map(count).ok_or_else(|| a.fault("the list does not hold the value"))
    }),
    ("keys", 1, 1, |a| Ok(texts_of(a.map(0)?.keys()))),
    ("values", 1, 1, |a| Ok(list_of(a.map(0)?.values().cloned().collect()))),
    ("length", 1, 1, length),
    ("lookup", 2, 3, lookup),
    ("matchkeys", 3, 3, |a| {
        let (values, keys, wanted) = (a.list(0)?, a.list(1)?, a.list(2)?);
        if values.len() != keys.len() {
            return Err(a.fault("the lists of values and keys must have one length"));
        }
        let kept = values.iter().zip(keys.iter()).filter(|(_, k)| wanted.contains(k)).map(|(v, _)| v.clone());
        Ok(list_of(kept.collect()))
    }),
    ("one", 1, 1, |a| match a.list(0)?.as_slice() {
        [] => Ok(Val::Null),
        [only] => Ok(only.clone()),
        more => Err(a.fault(format_args!("the list has {} elements, not one", more.len()))),
    }),
    ("range", 1, 3, range),
    ("reverse", 1, 1, |a| Ok(list_of(a.list(0)?.iter().rev().cloned().collect()))),
    ("setunion", 1, MANY, |a| {
        let mut all = Vec::new();
        for i in 0..a.values.len() {
            all.extend(a.list(i)?.iter().cloned());
        }
        unified(a, &all).map(Val::set)
    }),
    ("setintersection", 1, MANY, |a| {
        let mut kept = unique(a.list(0)?.iter().cloned());
        for i in 1..a.values.len() {
            let other = a.list(i)?;
            kept.retain(|v| other.contains(v));
        }
        Ok(Val::set(kept))
    }),
    ("setsubtract", 2, 2, |a| {
        let other = a.list(1)?;
        Ok(Val::set(a.list(0)?.iter().filter(|v| !other.contains(v)).cloned().collect()))
    }),
    ("setproduct", 2, MANY, setproduct),
    ("slice", 3, 3, |a| {
        let (items, from, to) = (a.list(0)?, a.size(1)?, a.size(2)?);
        let cut = items.get(from..to).ok_or_else(|| a.fault("the list has no such elements"))?;
        Ok(list_of(cut.to_vec()))
    }),
    ("sort", 1, 1, |a| {
        let mut items = a.texts(0)?;
        items.sort();
        Ok(texts_of(items))
    }),
    ("transpose", 1, 1, |a| {
        let mut out: BTreeMap<String, Vec<Val>> = BTreeMap::new();
        for (key, values) in a.map(0)?.iter() {
            let items = values.items().ok_or_else(|| a.fault("a map of lists of strings is needed"))?;
            for item in items.iter() {
                let item = item.to_text().ok_or_else(|| a.fault("a map of lists of strings is needed"))?;
                out.entry(item.to_string()).or_default().push(Val::str(key));
            }
        }
        Ok(Val::Map(Arc::new(out.into_iter().map(|(k, v)| (k, list_of(v))).collect())))
    }),
    ("zipmap", 2, 2, |a| {
        let (keys, values) = (a.texts(0)?, a.list(1)?);
        if keys.len() != values.len() {
            return Err(a.fault("the lists of keys and values must have one length"));
        }
        Ok(Val::Map(Arc::new(keys.iter().map(ToString::to_string).zip(values.iter().cloned()).collect())))
    }),
];

fn merge(a: &Args<'_>) -> Eval<Val> {
    let mut out = BTreeMap::new();
    for (i, value) in a.values.iter().enumerate() {
        if *value != Val::Null {
            out.extend(a.map(i)?.iter().map(|(k, v)| (k.clone(), v.clone())));
        }
    }
    Ok(Val::Map(Arc::new(out)))
}

fn unique(items: impl Iterator<Item = Val>) -> Vec<Val> {
    let mut out: Vec<Val> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for item in items {
        // Texts, the usual case, are looked up; only other values are compared one by one.
        let is_new = match &item {
            Val::Str(s) => seen.insert(Arc::clone(s)),
            other => !out.contains(other),
        };
        if is_new {
            out.push(item);
        }
    }
    out
}

fn flatten(items: &[Val], out: &mut Vec<Val>) {
    for item in items {
        match item {
            Val::List(inner) | Val::Set(inner) => flatten(inner, out),
            other => out.push(other.clone()),
        }
    }
}

fn chunklist(a: &Args<'_>) -> Eval<Val> {
    let (items, size) = (a.list(0)?, a.size(1)?);
    let size = if size == 0 { items.len().max(1) } else { size };
    Ok(list_of(items.chunks(size).map(|c| list_of(c.to_vec())).collect()))
}

fn coalesce(a: &Args<'_>) -> Eval<Val> {
    let values = unify(a.values).ok_or_else(|| a.fault("the arguments have no type in common"))?;
    values
        .into_iter()
        .find(|v| !matches!(v, Val::Null) && !matches!(v, Val::Str(s) if s.is_empty()))
        .ok_or_else(|| a.fault("every argument is null or empty"))
}

/// Bools; null is no true one.
fn bools(a: &Args<'_>) -> Eval<Vec<bool>> {
    let wanted = || a.fault("a list of bools is needed").argument(0);
    a.list(0)?.iter().map(|v| if *v == Val::Null { Ok(false) } else { v.to_bool().ok_or_else(wanted) }).collect()
}

/// Counts on behind the end, and backwards before the beginning.
fn element(a: &Args<'_>) -> Eval<Val> {
    let (items, i) = (a.list(0)?, a.whole(1)?);
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let at = i.checked_rem_euclid(length).and_then(|at| usize::try_from(at).ok());
    let at = at.ok_or_else(|| a.fault("the list is empty"))?;
    Ok(items.get(at).cloned().unwrap_or(Val::Null))
}

fn length(a: &Args<'_>) -> Eval<Val> {
    Ok(count(match a.value(0)? {
        Val::List(l) | Val::Set(l) => l.len(),
        Val::Map(m) => m.len(),
        Val::Str(s) => s.graphemes(true).count(),
        other => return Err(a.fault(format_args!("a list, map or string is needed, not a {}", other.type_name()))),
    }))
}

fn lookup(a: &Args<'_>) -> Eval<Val> {
    let (from, key) = (a.map(0)?, a.text(1)?);
    match (from.get(&*key), a.values.get(2)) {
        (Some(found), _) => Ok(found.clone()),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(a.fault(format_args!("the map has no key \"{key}\""))),
    }
}

fn range(a: &Args<'_>) -> Eval<Val> {
    let (from, to) = if a.values.len() == 1 { (0.0, a.number(0)?) } else { (a.number(0)?, a.number(1)?) };
    let step = match a.values.len() {
        3 => a.number(2)?,
        _ if to < from => -1.0,
        _ => 1.0,
    };
    let upwards = step > 0.0;
    if step == 0.0 || (upwards && to < from) || (!upwards && to > from) {
        return Err(a.fault("the step does not lead from the start to the limit"));
    }
    if ((to - from) / step).abs() > 1_024.0 {
        return Err(a.fault("more than 1024 numbers"));
    }
    let mut out = Vec::new();
    let mut at = from;
    while if upwards { at < to } else { at > to } {
        out.push(Val::Num(at));
        at += step;
    }
    Ok(list_of(out))
}

fn setproduct(a: &Args<'_>) -> Eval<Val> {
    let mut rows: Vec<Vec<Val>> = vec![Vec::new()];
    for i in 0..a.values.len() {
        let items = a.list(i)?;
        if rows.len().saturating_mul(items.len().max(1)) > 100_000 {
            return Err(a.fault("more than 100000 combinations"));
        }
        rows = rows
            .iter()
            .flat_map(|row| items.iter().map(|item| row.iter().cloned().chain([item.clone()]).collect::<Vec<_>>()))
            .collect();
    }
    let rows: Vec<Val> = rows.into_iter().map(list_of).collect();
    // Of sets, every combination is there once.
    Ok(if a.values.iter().all(|v| matches!(v, Val::Set(_))) { Val::set(rows) } else { list_of(rows) })
}

impl Args<'_> {
    /// Returns a list of strings in which some may be null.
    fn texts_or_null(&self, i: usize) -> Eval<Vec<Option<Arc<str>>>> {
        self.list(i)?
            .iter()
            .map(|v| match v {
                Val::Null => Ok(None),
                other => other.to_text().map(Some).ok_or_else(|| self.fault("a list of strings is needed").argument(i)),
            })
            .collect()
    }
}
