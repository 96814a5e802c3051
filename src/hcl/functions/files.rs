//! Functions on the files of the mod, on paths, and on the environment.

use super::Entry;
use super::args::Args;
use super::encoding::{base64, hex, md5, sha1, sha256, sha512};
use crate::hcl::fault::{Eval, Fault};
use crate::hcl::value::Val;
use regex::Regex;
use std::path::{Component, Path, PathBuf};

pub(super) const FUNCTIONS: &[Entry] = &[
    ("file", 1, 1, |a| text(a).map(Val::str)),
    ("fileexists", 1, 1, |a| Ok(Val::Bool(a.names.file_exists(&a.text(0)?)))),
    ("fileset", 2, 2, fileset),
    ("env", 1, 1, |a| Ok(Val::str(a.names.env(&a.text(0)?)))),
    ("filebase64", 1, 1, |a| Ok(Val::str(base64(&a.bytes(0)?)))),
    ("filemd5", 1, 1, |a| Ok(Val::str(md5(&a.bytes(0)?)))),
    ("filesha1", 1, 1, |a| Ok(Val::str(hex(&sha1(&a.bytes(0)?))))),
    ("filesha256", 1, 1, |a| Ok(Val::str(hex(&sha256(&a.bytes(0)?))))),
    ("filesha512", 1, 1, |a| Ok(Val::str(hex(&sha512(&a.bytes(0)?))))),
    ("filebase64sha256", 1, 1, |a| Ok(Val::str(base64(&sha256(&a.bytes(0)?))))),
    ("filebase64sha512", 1, 1, |a| Ok(Val::str(base64(&sha512(&a.bytes(0)?))))),
    ("basename", 1, 1, |a| Ok(Val::str(basename(&a.text(0)?)))),
    ("dirname", 1, 1, |a| Ok(Val::str(dirname(&a.text(0)?)))),
    ("abspath", 1, 1, |a| {
        let here = std::env::current_dir().map_err(|e| a.fault(e))?;
        Ok(Val::str(clean(&here.join(&*a.text(0)?)).to_string_lossy()))
    }),
    ("pathexpand", 1, 1, |a| {
        let path = a.text(0)?;
        let Some(rest) = path.strip_prefix('~') else { return Ok(Val::Str(path)) };
        if !rest.is_empty() && !rest.starts_with('/') {
            return Err(a.fault("only the folder of the current user can be meant, as in ~/x").argument(0));
        }
        Ok(Val::str(clean(Path::new(&format!("{}{rest}", a.names.env("HOME")))).to_string_lossy()))
    }),
];

fn text(a: &Args<'_>) -> Eval<String> {
    a.names.file(&a.text(0)?).map_err(|e| a.unreadable(&e))
}

impl Args<'_> {
    /// Reads the file of the mod that an argument names.
    fn bytes(&self, i: usize) -> Eval<Vec<u8>> {
        self.names.bytes(&self.text(i)?).map_err(|e| self.unreadable(&e))
    }

    fn unreadable(&self, why: &str) -> Box<Fault> {
        Fault::new(format!("invalid function argument: {why}")).code("file").argument(0)
    }
}

/// The files below a folder whose paths from there match a pattern.
fn fileset(a: &Args<'_>) -> Eval<Val> {
    let pattern = a.text(1)?;
    let matcher = glob(&pattern).ok_or_else(|| a.fault(format_args!("invalid pattern \"{pattern}\"")).argument(1))?;
    let files = a.names.files(&a.text(0)?).map_err(|e| a.unreadable(&e))?;
    a.names.budget().spend(files.iter().map(String::len).sum())?;
    Ok(Val::set(files.iter().filter(|f| matcher.is_match(f)).map(Val::str).collect()))
}

/// Makes a matcher of a pattern: `*`, `?` and `[a-z]` stay within a part of the path, a part `**` stands for any number of
/// parts, `{a,b}` is a choice, `\` takes the meaning from what follows. None when the pattern has no meaning.
fn glob(pattern: &str) -> Option<Regex> {
    let mut out = String::from("(?s)^");
    let mut rest = pattern.chars().peekable();
    let (mut choices, mut part_begins) = (0_usize, true);
    while let Some(c) = rest.next() {
        let began = std::mem::replace(&mut part_begins, c == '/');
        match c {
            '*' if rest.peek() != Some(&'*') => out.push_str("[^/]*"),
            '*' => {
                while rest.next_if_eq(&'*').is_some() {}
                match rest.peek() {
                    None if began => out.push_str(".*"),
                    Some('/') if began => {
                        rest.next();
                        part_begins = true;
                        out.push_str("(?:[^/]*/)*");
                    }
                    _ => out.push_str("[^/]*"),
                }
            }
            '?' => out.push_str("[^/]"),
            '[' => out.push_str(&class(&mut rest)?),
            '{' => {
                choices += 1;
                out.push_str("(?:");
            }
            '}' if choices > 0 => {
                choices -= 1;
                out.push(')');
            }
            ',' if choices > 0 => out.push('|'),
            // The way to a folder may be written in several ways.
            '.' if began && rest.next_if_eq(&'/').is_some() => part_begins = true,
            '/' if began => {}
            '\\' => out.push_str(&regex::escape(&rest.next()?.to_string())),
            other => out.push_str(&regex::escape(&other.to_string())),
        }
    }
    out.push('$');
    if choices > 0 { None } else { Regex::new(&out).ok() }
}

/// Reads what stands between `[` and `]`.
fn class(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    let mut out = String::from("[");
    if rest.next_if(|c| *c == '^').is_some() {
        out.push_str("^/");
    }
    let start = out.len();
    loop {
        match rest.next()? {
            ']' if out.len() > start => break,
            '-' if out.len() > start => out.push('-'),
            '\\' => out.push_str(&regex::escape(&rest.next()?.to_string())),
            c => out.push_str(&regex::escape(&c.to_string())),
        }
    }
    out.push(']');
    Some(out)
}

/// A path without `.`, `..` and empty parts.
fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// The last part of a path, as Go has it.
fn basename(path: &str) -> String {
    match path.trim_end_matches('/').rsplit('/').next() {
        _ if path.is_empty() => ".".to_owned(),
        None | Some("") => "/".to_owned(),
        Some(last) => last.to_owned(),
    }
}

/// All but the last part of a path, without `.` and empty parts, as Go has it.
fn dirname(path: &str) -> String {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').filter(|p| !p.is_empty() && *p != ".") {
        match parts.last() {
            Some(last) if part == ".." && *last != ".." => {
                parts.pop();
            }
            None if part == ".." && path.starts_with('/') => {}
            _ => parts.push(part),
        }
    }
    match (path.starts_with('/'), parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}
