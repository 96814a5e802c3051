//! SQL text on the command line.
//!
//! Text that begins with a comment looks like a flag to the parser of the command line. So it gets a blank in front, which
//! [`text`] takes away.

use clap::Command;
use std::ffi::{OsStr, OsString};

/// Puts a blank in front of SQL text that begins with a comment.
pub fn guarded(command: &Command, mut arguments: Vec<OsString>) -> Vec<OsString> {
    let path = super::path(command, &arguments);
    let names: Vec<&str> = path.iter().map(|c| c.get_name()).collect();
    let Some(run) = path.last().filter(|_| names.ends_with(&["query", "run"])) else { return arguments };
    let is_value: Vec<bool> =
        std::iter::once(false).chain(arguments.iter().map(|before| takes_value(run, before))).collect();
    for (argument, is_value) in arguments.iter_mut().zip(is_value) {
        if !is_value && is_comment(argument) {
            let mut text = OsString::from(" ");
            text.push(&*argument);
            *argument = text;
        }
    }
    arguments
}

/// Returns SQL text as it was typed.
pub fn text(argument: &str) -> &str {
    argument.strip_prefix(' ').filter(|t| t.starts_with("--")).unwrap_or(argument)
}

/// Whether text is a comment and not a flag: no name of a flag has blanks.
fn is_comment(argument: &OsStr) -> bool {
    let Some(rest) = argument.to_str().and_then(|t| t.strip_prefix("--")) else { return false };
    rest.split('=').next().is_some_and(|name| name.contains(char::is_whitespace))
}

/// Whether what follows a flag is its value.
fn takes_value(command: &Command, flag: &OsStr) -> bool {
    let name = flag.to_str().and_then(|t| t.strip_prefix("--"));
    name.and_then(|name| command.get_arguments().find(|a| a.get_long() == Some(name)))
        .is_some_and(|a| a.get_action().takes_values() && a.get_num_args().is_none_or(|count| count.min_values() > 0))
}
