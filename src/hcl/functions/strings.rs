//! Functions on text.

use super::args::{Args, list_of, texts_of};
use super::{Entry, MANY};
use crate::hcl::fault::Eval;
use crate::hcl::value::Val;
use regex::{Captures, Regex, RegexBuilder};
use std::sync::Arc;
use unicode_segmentation::UnicodeSegmentation as _;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("replace", 3, 3, replace),
    ("chomp", 1, 1, |a| Ok(Val::str(a.text(0)?.trim_end_matches(['\n', '\r'])))),
    ("endswith", 2, 2, |a| Ok(Val::Bool(a.text(0)?.ends_with(&*a.text(1)?)))),
    ("startswith", 2, 2, |a| Ok(Val::Bool(a.text(0)?.starts_with(&*a.text(1)?)))),
    ("strcontains", 2, 2, |a| Ok(Val::Bool(a.text(0)?.contains(&*a.text(1)?)))),
    ("indent", 2, 2, |a| {
        let pad = " ".repeat(a.size(0)?.min(1_000));
        Ok(Val::str(a.text(1)?.replace('\n', &format!("\n{pad}"))))
    }),
    ("join", 2, MANY, |a| {
        let mut parts = Vec::new();
        for i in 1..a.values.len() {
            parts.extend(a.texts(i)?);
        }
        Ok(Val::str(parts.join(&*a.text(0)?)))
    }),
    ("lower", 1, 1, |a| Ok(Val::str(a.text(0)?.to_lowercase()))),
    ("upper", 1, 1, |a| Ok(Val::str(a.text(0)?.chars().map(upper).collect::<String>()))),
    ("title", 1, 1, |a| Ok(Val::str(title(&a.text(0)?)))),
    ("regex", 2, 2, |a| {
        let (pattern, subject) = (pattern(a, &a.text(0)?)?, a.text(1)?);
        let found = pattern.captures(&subject).map(|c| groups(&pattern, &c));
        found.ok_or_else(|| a.fault("the pattern does not match"))
    }),
    ("regexall", 2, 2, |a| {
        let (pattern, subject) = (pattern(a, &a.text(0)?)?, a.text(1)?);
        Ok(list_of(pattern.captures_iter(&subject).map(|c| groups(&pattern, &c)).collect()))
    }),
    ("split", 2, 2, |a| {
        let (separator, subject) = (a.text(0)?, a.text(1)?);
        Ok(match &*subject {
            "" => texts_of([""]),
            _ if separator.is_empty() => texts_of(subject.graphemes(true)),
            text => texts_of(text.split(&*separator)),
        })
    }),
    ("strrev", 1, 1, |a| Ok(Val::str(a.text(0)?.graphemes(true).rev().collect::<String>()))),
    ("substr", 3, 3, substr),
    ("trim", 2, 2, |a| {
        let set = a.text(1)?;
        Ok(Val::str(a.text(0)?.trim_matches(|c| set.contains(c))))
    }),
    ("trimspace", 1, 1, |a| Ok(Val::str(a.text(0)?.trim()))),
    ("trimprefix", 2, 2, |a| {
        let text = a.text(0)?;
        Ok(Val::str(text.strip_prefix(&*a.text(1)?).unwrap_or(&text)))
    }),
    ("trimsuffix", 2, 2, |a| {
        let text = a.text(0)?;
        Ok(Val::str(text.strip_suffix(&*a.text(1)?).unwrap_or(&text)))
    }),
];

fn replace(a: &Args<'_>) -> Eval<Val> {
    let (subject, search, with) = (a.text(0)?, a.text(1)?, a.text(2)?);
    // Text between slashes is a pattern.
    if search.len() > 1
        && let Some(inner) = search.strip_prefix('/').and_then(|s| s.strip_suffix('/'))
    {
        return Ok(Val::str(pattern(a, inner)?.replace_all(&subject, &*with)));
    }
    let grown = subject.matches(&*search).count().saturating_mul(with.len()).saturating_add(subject.len());
    a.names.budget().spend(grown)?;
    Ok(Val::str(subject.replace(&*search, &with)))
}

fn pattern(a: &Args<'_>, pattern: &str) -> Eval<Regex> {
    RegexBuilder::new(pattern)
        .size_limit(1 << 20)
        .build()
        .map_err(|e| a.fault(format_args!("invalid pattern: {}", e.to_string().lines().last().unwrap_or_default())))
}

/// The match, or its groups: by name where they have names.
fn groups(pattern: &Regex, found: &Captures<'_>) -> Val {
    let text = |m: Option<regex::Match<'_>>| m.map_or(Val::Null, |m| Val::str(m.as_str()));
    if found.len() == 1 {
        return text(found.get(0));
    }
    let names: Vec<&str> = pattern.capture_names().flatten().collect();
    if names.is_empty() {
        return list_of((1..found.len()).map(|i| text(found.get(i))).collect());
    }
    Val::Map(Arc::new(names.into_iter().map(|n| (n.to_owned(), text(found.name(n)))).collect()))
}

/// One character's one capital letter; what would become several stays.
fn upper(c: char) -> char {
    let mut capital = c.to_uppercase();
    match (capital.next(), capital.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn title(text: &str) -> String {
    let mut start = true;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if start {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
        start = if c.is_ascii() { !c.is_ascii_alphanumeric() && c != '_' } else { c.is_whitespace() };
    }
    out
}

fn substr(a: &Args<'_>) -> Eval<Val> {
    let (subject, offset, length) = (a.text(0)?, a.whole(1)?, a.whole(2)?);
    let total = i64::try_from(subject.graphemes(true).count()).unwrap_or(i64::MAX);
    let start = if offset < 0 { (total + offset).max(0) } else { offset };
    let size = |n: i64| usize::try_from(n).unwrap_or(usize::MAX);
    Ok(Val::str(subject.graphemes(true).skip(size(start)).take(size(length)).collect::<String>()))
}
