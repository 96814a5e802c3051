//! `completion`: scripts that let a shell complete commands, flags, and the names of the mod.
//!
//! The scripts ask the program itself, with [`VARIABLE`] set. Nothing but candidates is printed then: what fails gives
//! none, as nobody wants to read errors in the middle of a line.

use super::args::Cli;
use super::context::Context;
use super::exit::{Code, Failure};
use super::{ui, workspace};
use crate::hcl::{LoadOptions, load};
use crate::model::resource::{Identity, Meta, Mod};
use clap::{Command, CommandFactory as _};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::Shells;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::Arc;

/// Set to the name of a shell while that asks for candidates.
const VARIABLE: &str = "IRONPIPE_COMPLETE";

/// Prints the script of a shell.
pub fn script(cx: &Context<'_>, shell: clap_complete::Shell) -> Result<Code, Failure> {
    let shells = Shells::builtins();
    let mut script = Vec::new();
    if let Some(completer) = shells.completer(&shell.to_string()) {
        completer
            .write_registration(VARIABLE, cx.program, cx.program, cx.program, &mut script)
            .map_err(|e| Failure::new(Code::Unknown, e.to_string()))?;
    }
    cx.ui.data(&script)?;
    Ok(Code::Ok)
}

/// Answers a shell that asks for candidates; returns whether one did.
pub fn answer(program: &str) -> bool {
    let Some(shell) = std::env::var(VARIABLE).ok().filter(|v| !v.is_empty()) else { return false };
    let shells = Shells::builtins();
    let line = line();
    let Some(completer) = shells.completer(&shell).filter(|_| !line.is_empty()) else { return false };
    let at = std::env::var("_CLAP_COMPLETE_INDEX").ok().and_then(|i| i.parse().ok()).unwrap_or(line.len() - 1);
    let mut command = Cli::command().name(program.to_owned()).bin_name(program.to_owned());
    command.build();
    // Flags are offered to those who have begun to write one, and where there is nothing else.
    if line.get(at).is_some_and(|word| word.is_empty()) {
        command = without_flags(command);
    }
    let mut out = Vec::new();
    let here = std::env::current_dir().ok();
    if completer.write_complete(&mut command, line, here.as_deref(), &mut out).is_ok() {
        let _ = ui::write_data(&out);
    }
    true
}

/// Hides the flags of a command and of those below it.
fn without_flags(command: Command) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    let command = command.mut_args(|a| if a.is_positional() { a } else { a.hide(true) });
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, without_flags))
}

/// Completes names of what the command before `show` or `run` is about.
pub fn resources() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let words = line();
        let verb = words.iter().position(|w| w == "show" || w == "run");
        let kind = verb.and_then(|i| words.get(i.checked_sub(1)?)).and_then(|w| w.to_str()).unwrap_or_default();
        match kind {
            "control" => names(kind, current, |m| m.controls.values().map(|c| (&c.id, &c.meta)).collect()),
            "benchmark" => names(kind, current, |m| m.benchmarks.values().map(|b| (&b.id, &b.meta)).collect()),
            "query" => names(kind, current, |m| m.queries.values().map(|q| (&q.id, &q.meta)).collect()),
            "variable" => names("var", current, |m| m.variables.values().map(|v| (&v.id, &v.meta)).collect()),
            "detectionbenchmark" => names("benchmark", current, |m| {
                let of_detections = m.benchmarks.values().filter(|b| b.display_type.as_deref() == Some("detection"));
                of_detections.map(|b| (&b.id, &b.meta)).collect()
            }),
            "mod" => Vec::new(),
            _ => names(kind, current, |m| {
                m.others.iter().filter(|o| o.id.kind == kind).map(|o| (&o.id, &o.meta)).collect()
            }),
        }
    })
}

/// The same, and `all`.
pub fn resources_or_all() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let mut found = resources().complete(current);
        found.extend(starting_with(std::iter::once(CompletionCandidate::new("all")), &current.to_string_lossy()));
        found
    })
}

/// Completes `name=` for `--var`.
pub fn variables() -> ArgValueCompleter {
    ArgValueCompleter::new(|current: &OsStr| {
        let given = current.to_str().unwrap_or_default();
        let Some(module) = module().filter(|_| !given.contains('=')) else { return Vec::new() };
        let all = module.variables.values().map(|v| candidate(format!("{}=", v.id.name), v.meta.description.as_ref()));
        starting_with(all, given)
    })
}

/// Resources: what they are called, what is said of them.
type Listed<'m> = Vec<(&'m Identity, &'m Meta)>;

fn names(kind: &str, current: &OsStr, list: impl for<'m> Fn(&'m Mod) -> Listed<'m>) -> Vec<CompletionCandidate> {
    let given = current.to_str().unwrap_or_default();
    let Some(module) = module() else { return Vec::new() };
    let mut all: Vec<CompletionCandidate> = Vec::new();
    for home in std::iter::once(&module).chain(module.dependencies.values()) {
        let is_own = Arc::ptr_eq(home, &module);
        for (id, meta) in list(home) {
            // The longer forms are for those who have begun to write one.
            let short = Some(id.name.clone()).filter(|_| is_own && !given.contains('.'));
            let typed = Some(format!("{kind}.{}", id.name)).filter(|_| is_own && given.contains('.'));
            let full = Some(format!("{}.{kind}.{}", home.name, id.name)).filter(|_| given.contains('.') || !is_own);
            all.extend(short.into_iter().chain(typed).chain(full).map(|name| candidate(name, meta.title.as_ref())));
        }
    }
    starting_with(all.into_iter(), given)
}

fn candidate(name: String, title: Option<&String>) -> CompletionCandidate {
    CompletionCandidate::new(name).help(title.map(|t| t.trim().to_owned().into()))
}

fn starting_with(all: impl Iterator<Item = CompletionCandidate>, given: &str) -> Vec<CompletionCandidate> {
    all.filter(|c| c.get_value().to_str().is_some_and(|v| v.starts_with(given))).collect()
}

/// The words of the line that is completed.
fn line() -> Vec<OsString> {
    std::env::args_os().skip_while(|a| a != "--").skip(1).collect()
}

/// Loads the mod that the line is about.
fn module() -> Option<Arc<Mod>> {
    let words = line();
    let behind = words.iter().zip(words.iter().skip(1)).find(|(flag, _)| *flag == "--mod-location").map(|(_, dir)| dir);
    let joined = words.iter().find_map(|w| w.to_str()?.strip_prefix("--mod-location="));
    let location = behind
        .map(PathBuf::from)
        .or_else(|| joined.map(PathBuf::from))
        .or_else(|| std::env::var_os("POWERPIPE_MOD_LOCATION").map(PathBuf::from))
        .filter(|dir| !dir.as_os_str().is_empty());
    let source = workspace::source_at(location.as_deref()).ok()?;
    let options =
        LoadOptions { allow_missing_variables: true, allow_missing_documentation: true, ..LoadOptions::default() };
    let loaded = load(&source, &options).ok()?;
    // The process ends with it.
    std::mem::forget(Arc::clone(&loaded.module));
    Some(loaded.module)
}
