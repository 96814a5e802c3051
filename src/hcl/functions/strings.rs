//! Functions on text.

use super::args::{Args, list_of, texts_of};
use super::{Entry, MANY};
use crate::hcl::fault::{Eval, Fault};
use crate::hcl::value::{Val, number_text};
use regex::{Captures, Regex, RegexBuilder};
use std::borrow::Cow;
use std::sync::Arc;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("replace", 3, 3, replace),
    ("chomp", 1, 1, |a| Ok(Val::str(a.text(0)?.trim_end_matches(['\n', '\r'])))),
    ("endswith", 2, 2, |a| Ok(Val::Bool(a.text(0)?.ends_with(&*a.text(1)?)))),
    ("startswith", 2, 2, |a| Ok(Val::Bool(a.text(0)?.starts_with(&*a.text(1)?)))),
    ("strcontains", 2, 2, |a| Ok(Val::Bool(a.text(0)?.contains(&*a.text(1)?)))),
    ("format", 1, MANY, |a| format_text(a, &a.text(0)?, a.from(1)).map(Val::str)),
    ("formatlist", 1, MANY, formatlist),
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
    ("upper", 1, 1, |a| Ok(Val::str(a.text(0)?.to_uppercase()))),
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
            _ if separator.is_empty() => texts_of(subject.chars().map(String::from)),
            text => texts_of(text.split(&*separator)),
        })
    }),
    ("strrev", 1, 1, |a| Ok(Val::str(a.text(0)?.chars().rev().collect::<String>()))),
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

fn title(text: &str) -> String {
    let mut start = true;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if start {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
        start = !c.is_alphanumeric() && c != '_' && c != '\'';
    }
    out
}

fn substr(a: &Args<'_>) -> Eval<Val> {
    let (subject, offset, length) = (a.text(0)?, a.whole(1)?, a.whole(2)?);
    let total = i64::try_from(subject.chars().count()).unwrap_or(i64::MAX);
    let start = if offset < 0 { (total + offset).max(0) } else { offset };
    let size = |n: i64| usize::try_from(n).unwrap_or(usize::MAX);
    Ok(Val::str(subject.chars().skip(size(start)).take(size(length)).collect::<String>()))
}

fn formatlist(a: &Args<'_>) -> Eval<Val> {
    let template = a.text(0)?;
    let mut length = None;
    for (i, value) in a.from(1).iter().enumerate() {
        if let Val::List(items) = value {
            match length {
                Some(l) if l != items.len() => {
                    return Err(a.fault("all lists must have one length").argument(i + 1));
                }
                _ => length = Some(items.len()),
            }
        }
    }
    let mut out = Vec::new();
    for row in 0..length.unwrap_or(1) {
        let values: Vec<Val> = a
            .from(1)
            .iter()
            .map(|v| match v {
                Val::List(items) => items.get(row).cloned().unwrap_or(Val::Null),
                other => other.clone(),
            })
            .collect();
        out.push(Val::str(format_text(a, &template, &values)?));
    }
    Ok(list_of(out))
}

/// `%s`, `%d`, `%f`, `%q`, `%v`, `%t`, `%x`, `%%` with flags, width and precision.
fn format_text(a: &Args<'_>, template: &str, values: &[Val]) -> Eval<String> {
    let mut out = String::new();
    let mut chars = template.chars().peekable();
    let mut next = values.iter();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut flags = String::new();
        while let Some(f) = chars.next_if(|c| "+-0123456789. #".contains(*c)) {
            flags.push(f);
        }
        let verb = chars.next().ok_or_else(|| a.fault("the template ends in a %"))?;
        if verb == '%' {
            out.push('%');
            continue;
        }
        let value = next.next().ok_or_else(|| a.fault(format_args!("there is no value for %{flags}{verb}")))?;
        let (width, precision) =
            flags.split_once('.').map_or((flags.as_str(), None), |(w, p)| (w, p.parse::<usize>().ok()));
        let number = || value.to_number().ok_or_else(|| a.fault(format_args!("%{verb} needs a number")));
        let sign = |n: f64| if width.contains('+') && n >= 0.0 { "+" } else { "" };
        let text = || value.to_text().map_or_else(|| value.to_json().to_string(), |t| t.to_string());
        let shown: Cow<'_, str> = match verb {
            's' | 'v' => match precision {
                Some(p) => text().chars().take(p).collect::<String>().into(),
                None => text().into(),
            },
            'q' => serde_json::Value::from(text()).to_string().into(),
            'd' => format!("{}{}", sign(number()?), number_text(number()?.trunc())).into(),
            'f' => format!("{}{:.*}", sign(number()?), precision.unwrap_or(6).min(40), number()?).into(),
            'x' => match crate::hcl::value::whole(number()?) {
                Some(n) => format!("{n:x}").into(),
                None => return Err(a.fault("%x needs a whole number")),
            },
            't' => value.to_bool().ok_or_else(|| a.fault("%t needs a bool"))?.to_string().into(),
            other => return Err(a.fault(format_args!("the verb %{other} is not supported"))),
        };
        let flag_end = width.find(|c: char| c.is_ascii_digit() && c != '0').unwrap_or(width.len());
        let (marks, digits) = width.split_at(flag_end);
        let size: usize = digits.parse().unwrap_or(0);
        let missing = size.min(1_000).saturating_sub(shown.chars().count());
        let zeros = marks.contains('0') && !marks.contains('-');
        if marks.contains('-') {
            out.push_str(&shown);
            out.extend(std::iter::repeat_n(' ', missing));
        } else if zeros && let Some(rest) = shown.strip_prefix(['-', '+']) {
            out.push_str(shown.get(..1).unwrap_or_default());
            out.extend(std::iter::repeat_n('0', missing));
            out.push_str(rest);
        } else {
            out.extend(std::iter::repeat_n(if zeros { '0' } else { ' ' }, missing));
            out.push_str(&shown);
        }
        if out.len() > 32 << 20 {
            return Err(Fault::new("the text is too long").code("limit"));
        }
    }
    if next.next().is_some() {
        return Err(a.fault("there are more values than verbs"));
    }
    Ok(out)
}
