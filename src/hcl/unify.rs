//! One type for several values, as HCL gives it to the branches of a condition and to the elements of a list.

use super::value::Val;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Brings values to one type: numbers and booleans beside text become text, in collections element by element. `null`
/// is of every type. Returns nothing when there is no such type.
pub(super) fn unify(values: &[Val]) -> Option<Vec<Val>> {
    let is_open = |v: &Val| matches!(v, Val::Null | Val::Runtime(_));
    let known: Vec<&Val> = values.iter().filter(|v| !is_open(v)).collect();
    let all = |test: fn(&Val) -> bool| known.iter().all(|v| test(v));
    let Some(first) = known.first() else { return Some(values.to_vec()) };
    if all(|v| matches!(v, Val::Bool(_) | Val::Num(_) | Val::Str(_))) {
        if known.iter().all(|v| std::mem::discriminant(*v) == std::mem::discriminant(*first)) {
            return Some(values.to_vec());
        }
        // Text can stand for numbers and booleans, but neither of them for the other.
        let has_text = known.iter().any(|v| matches!(v, Val::Str(_)));
        return has_text.then(|| values.iter().map(|v| v.to_text().map_or_else(|| v.clone(), Val::Str)).collect());
    }
    if all(|v| v.items().is_some()) {
        return lists(values, known.iter().any(|v| matches!(v, Val::Set(_))));
    }
    if all(|v| matches!(v, Val::Map(_))) {
        return maps(values);
    }
    let is_same_kind = all(|v| matches!(v, Val::Resource(_))) || all(|v| matches!(v, Val::Connection(_)));
    is_same_kind.then(|| values.to_vec())
}

/// Lists of one length position by position, like tuples; others with one type for all their elements.
fn lists(values: &[Val], as_sets: bool) -> Option<Vec<Val>> {
    let items: Vec<Option<&Arc<Vec<Val>>>> = values.iter().map(Val::items).collect();
    let mut lengths = items.iter().flatten().map(|i| i.len());
    let length = lengths.next().unwrap_or(0);
    let mut unified = Vec::new();
    if !as_sets && lengths.all(|l| l == length) {
        let mut columns = Vec::new();
        for i in 0..length {
            let column: Vec<Val> = items.iter().flatten().filter_map(|list| list.get(i).cloned()).collect();
            columns.push(unify(&column)?.into_iter());
        }
        for _ in items.iter().flatten() {
            unified.push(columns.iter_mut().filter_map(Iterator::next).collect::<Vec<Val>>());
        }
    } else {
        let all: Vec<Val> = items.iter().flatten().flat_map(|list| list.iter().cloned()).collect();
        let mut rest = unify(&all)?.into_iter();
        for list in items.iter().flatten() {
            unified.push(rest.by_ref().take(list.len()).collect());
        }
    }
    let mut unified = unified.into_iter();
    let rebuilt = values.iter().map(|value| match value.items() {
        None => Some(value.clone()),
        Some(_) => unified.next().map(|list| if as_sets { Val::set(list) } else { Val::List(Arc::new(list)) }),
    });
    rebuilt.collect()
}

/// Objects with the same keys key by key; others with one type for all their values.
fn maps(values: &[Val]) -> Option<Vec<Val>> {
    let members: Vec<&Arc<BTreeMap<String, Val>>> =
        values.iter().filter_map(|v| if let Val::Map(map) = v { Some(map) } else { None }).collect();
    let first = members.first()?;
    let mut unified: Vec<BTreeMap<String, Val>> = vec![BTreeMap::new(); members.len()];
    if members.iter().all(|m| m.keys().eq(first.keys())) {
        for key in first.keys() {
            let column: Vec<Val> = members.iter().filter_map(|m| m.get(key).cloned()).collect();
            for (map, value) in unified.iter_mut().zip(unify(&column)?) {
                map.insert(key.clone(), value);
            }
        }
    } else {
        let all: Vec<Val> = members.iter().flat_map(|m| m.values().cloned()).collect();
        let mut rest = unify(&all)?.into_iter();
        for (map, member) in unified.iter_mut().zip(&members) {
            map.extend(member.keys().cloned().zip(rest.by_ref().take(member.len())));
        }
    }
    let mut unified = unified.into_iter();
    let rebuilt = values.iter().map(|value| match value {
        Val::Map(_) => unified.next().map(|map| Val::Map(Arc::new(map))),
        other => Some(other.clone()),
    });
    rebuilt.collect()
}
