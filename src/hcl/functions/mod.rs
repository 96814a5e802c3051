//! HCL's functions, with Terraform's names and rules.

mod args;
mod collections;
mod convert;
mod encoding;
mod format;
mod network;
mod numbers;
mod strings;
mod time;

use self::args::Args;
use super::eval::Names;
use super::fault::{Eval, Fault};
use super::value::Val;
use crate::model::diagnostic::nearest;

/// A function: takes its arguments, gives its value.
type Function = fn(&Args<'_>) -> Eval<Val>;

/// Name, fewest arguments, most arguments, what it does.
type Entry = (&'static str, usize, usize, Function);

/// No limit to the number of arguments.
const MANY: usize = usize::MAX;

/// Every group of functions.
const GROUPS: [&[Entry]; 9] = [
    collections::FUNCTIONS,
    strings::FUNCTIONS,
    format::FUNCTIONS,
    numbers::FUNCTIONS,
    convert::FUNCTIONS,
    encoding::FUNCTIONS,
    network::FUNCTIONS,
    time::FUNCTIONS,
    FILES,
];

/// Functions that Powerpipe has and this program has not.
const UNSUPPORTED: [&str; 14] = [
    "base64gzip",
    "bcrypt",
    "error_message",
    "fileset",
    "filesha1",
    "is_error",
    "rsadecrypt",
    "sha1",
    "templatefile",
    "textdecodebase64",
    "textencodebase64",
    "timestamp",
    "uuid",
    "uuidv5",
];

/// Functions on the files of the mod, and on the environment.
const FILES: &[Entry] = &[
    ("file", 1, 1, |a| a.read(0).map(Val::str)),
    ("fileexists", 1, 1, |a| Ok(Val::Bool(a.names.file_exists(&a.text(0)?)))),
    ("env", 1, 1, |a| Ok(Val::str(a.names.env(&a.text(0)?)))),
    ("filebase64", 1, 1, |a| Ok(Val::str(encoding::base64(a.read(0)?.as_bytes())))),
    ("filemd5", 1, 1, |a| Ok(Val::str(encoding::md5(a.read(0)?.as_bytes())))),
    ("filesha256", 1, 1, |a| Ok(Val::str(encoding::hex(&encoding::sha256(a.read(0)?.as_bytes()))))),
    ("filesha512", 1, 1, |a| Ok(Val::str(encoding::hex(&encoding::sha512(a.read(0)?.as_bytes()))))),
    ("filebase64sha256", 1, 1, |a| Ok(Val::str(encoding::base64(&encoding::sha256(a.read(0)?.as_bytes()))))),
    ("filebase64sha512", 1, 1, |a| Ok(Val::str(encoding::base64(&encoding::sha512(a.read(0)?.as_bytes()))))),
    ("basename", 1, 1, |a| Ok(Val::str(basename(&a.text(0)?)))),
    ("dirname", 1, 1, |a| Ok(Val::str(dirname(&a.text(0)?)))),
];

fn find(name: &str) -> Option<&'static Entry> {
    GROUPS.iter().flat_map(|g| g.iter()).find(|(n, ..)| *n == name)
}

/// Whether there is a function of that name.
pub(super) fn known(name: &str) -> Eval<()> {
    if find(name).is_some() {
        return Ok(());
    }
    if matches!(name, "list" | "map") {
        return Err(Fault::new(format!("the function {name}() no longer exists"))
            .code("unknown-function")
            .help(format!("write to{name}(...), or the literal")));
    }
    if UNSUPPORTED.contains(&name) {
        return Err(Fault::new(format!("the function {name}() is not supported by ironpipe")).code("unknown-function"));
    }
    let names = GROUPS.iter().flat_map(|g| g.iter()).map(|(n, ..)| *n).chain(["try", "can"]);
    Err(Fault::new(format!("call to unknown function: there is no function named \"{name}\""))
        .code("unknown-function")
        .suggest(nearest(name, names), ""))
}

/// Calls a function.
pub(super) fn call(name: &str, values: &[Val], names: &dyn Names) -> Eval<Val> {
    let Some((_, least, most, function)) = find(name) else { return known(name).map(|()| Val::Null) };
    if values.len() < *least {
        return Err(Fault::new(format!("{name}() needs at least {least} arguments, not {}", values.len())));
    }
    if values.len() > *most {
        return Err(
            Fault::new(format!("{name}() takes at most {most} arguments, not {}", values.len())).argument(*most)
        );
    }
    function(&Args { name, values, names })
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
