//! How the process ends.

use crate::model::diagnostic::Diagnostic;
use std::process::ExitCode;

/// The exit codes. A test keeps the README's table equal to this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// Nothing is wrong.
    Ok,
    /// A control is in alarm, or `mod check` found something.
    Alarm,
    /// A control could not be evaluated, or an export failed.
    Error,
    /// The arguments of a query could not be resolved, or a snapshot could not be made.
    SnapshotCreation,
    /// A snapshot could not be published.
    SnapshotUpload,
    /// A query failed.
    Query,
    /// There is nothing to log in to.
    Login,
    /// A mod file could not be made.
    ModInit,
    /// A mod could not be installed, updated or removed.
    ModInstall,
    /// Loading the mod, finding the target or opening the data failed.
    Initialization,
    /// The mod that a command needs is not there.
    NoModFile,
    /// A flag's value or a combination of flags is wrong.
    Usage,
    /// Anything else, unknown commands and flags included.
    Unknown,
    /// Stopped by a second Ctrl-C.
    Interrupted,
}

impl Code {
    /// All codes with their meaning, for the README.
    pub const ALL: [(Self, &'static str); 14] = [
        (Self::Ok, "nothing is wrong"),
        (Self::Alarm, "a control is in alarm, or `mod check` found something"),
        (Self::Error, "a control could not be evaluated, or an export failed"),
        (Self::SnapshotCreation, "the arguments of a query could not be resolved"),
        (Self::SnapshotUpload, "a snapshot could not be published"),
        (Self::Query, "a query failed"),
        (Self::Login, "there is nothing to log in to"),
        (Self::ModInit, "a mod file could not be made"),
        (Self::ModInstall, "a mod could not be installed, updated or removed"),
        (Self::Interrupted, "stopped by a second Ctrl-C"),
        (Self::Initialization, "the mod, the target or the data could not be loaded"),
        (Self::NoModFile, "a mod is needed and there is none"),
        (Self::Usage, "a flag's value or a combination of flags is wrong"),
        (Self::Unknown, "anything else, unknown commands and flags included"),
    ];

    /// Returns the number.
    pub fn number(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Alarm => 1,
            Self::Error => 2,
            Self::SnapshotCreation => 21,
            Self::SnapshotUpload => 22,
            Self::Query => 41,
            Self::Login => 51,
            Self::ModInit => 61,
            Self::ModInstall => 62,
            Self::Interrupted => 130,
            Self::Initialization => 250,
            Self::NoModFile => 252,
            Self::Usage => 254,
            Self::Unknown => 255,
        }
    }
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code.number())
    }
}

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub struct Failure {
    /// How the process ends.
    pub code: Code,
    /// What went wrong; several when they are independent.
    pub diagnostics: Vec<Diagnostic>,
}

impl Failure {
    /// Makes a failure from a message.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, diagnostics: vec![Diagnostic::error(message)] }
    }

    /// Makes a failure from diagnostics.
    pub fn from_diagnostics(code: Code, diagnostics: Vec<Diagnostic>) -> Self {
        Self { code, diagnostics }
    }

    /// Adds a hint to the last message.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        if let Some(last) = self.diagnostics.last_mut() {
            last.help.push(help.into());
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn the_readme_lists_the_codes() {
        let readme = include_str!("../../README.md");
        let section = readme.split("## Exit codes").nth(1).unwrap().split("\n## ").next().unwrap();
        let listed: Vec<&str> = section.lines().filter(|l| l.starts_with("| ") && !l.starts_with("| code")).collect();
        let mut codes = Code::ALL;
        codes.sort_by_key(|(code, _)| code.number());
        let wanted = codes.map(|(code, meaning)| format!("| {} | {meaning} |", code.number()));
        assert_eq!(listed, wanted);
    }
}
