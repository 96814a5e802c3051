//! HCL's functions, with Terraform's names and rules.

mod args;
mod charset;
mod collections;
mod convert;
mod encoding;
mod files;
mod format;
mod ids;
mod network;
mod numbers;
mod strings;
mod time;
pub(super) mod yaml_read;
pub(super) mod yaml_write;

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
const GROUPS: [&[Entry]; 10] = [
    collections::FUNCTIONS,
    strings::FUNCTIONS,
    format::FUNCTIONS,
    numbers::FUNCTIONS,
    convert::FUNCTIONS,
    encoding::FUNCTIONS,
    network::FUNCTIONS,
    time::FUNCTIONS,
    files::FUNCTIONS,
    ids::FUNCTIONS,
];

/// Functions that Powerpipe has and this program has not, and why.
const UNSUPPORTED: [(&str, &str); 4] = [
    ("bcrypt", "its result is another one each time"),
    ("error_message", "it is for the steps of pipelines, which mods of benchmarks do not have"),
    ("is_error", "it is for the steps of pipelines, which mods of benchmarks do not have"),
    ("rsadecrypt", "a private key has no place in a mod"),
];

/// Functions that Terraform has and Powerpipe has not.
const TERRAFORMS: [&str; 2] = ["templatefile", "type"];

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
    if let Some((_, why)) = UNSUPPORTED.iter().find(|(n, _)| *n == name) {
        let message = format!("the function {name}() is not supported by ironpipe: {why}");
        return Err(Fault::new(message).code("unknown-function"));
    }
    let fault =
        Fault::new(format!("call to unknown function: there is no function named \"{name}\"")).code("unknown-function");
    if TERRAFORMS.contains(&name) {
        return Err(fault.help("Terraform has it, Powerpipe has not"));
    }
    let names = GROUPS.iter().flat_map(|g| g.iter()).map(|(n, ..)| *n).chain(["try", "can"]);
    Err(fault.suggest(nearest(name, names), ""))
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
