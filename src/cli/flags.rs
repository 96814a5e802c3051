//! Flags that several commands share.

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, Command};
use std::any::TypeId;
use std::path::{Path, PathBuf};

/// Reads a folder; empty text, which scripts pass for a folder that is not set, is taken.
pub fn folder() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// Lets the switches of a command, and of those below it, take every spelling that Powerpipe takes: `--x=FALSE`, `--x=0`.
pub fn with_switches(command: Command) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    let command = command.mut_args(|a| {
        let is_switch = a.get_value_parser().type_id() == TypeId::of::<bool>() && a.get_action().takes_values();
        if is_switch { a.value_parser(switch) } else { a }
    });
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, with_switches))
}

/// Reads the value of a switch.
pub fn switch(text: &str) -> Result<bool, &'static str> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err("true or false is needed"),
    }
}

/// Reads a limit in seconds. Powerpipe's meaning of a limit below zero is that of no other program, so it has none here.
fn seconds(text: &str) -> Result<u64, &'static str> {
    text.parse().map_err(|_| "a whole number of seconds is needed, or 0 for no limit")
}

/// Returns the values of a flag that takes lists: separated by commas, in quotes where one holds a comma itself.
pub fn listed(values: &[String]) -> Vec<String> {
    let mut out = Vec::new();
    for value in values {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(value.as_bytes());
        for record in reader.records().flatten() {
            out.extend(record.iter().map(str::to_owned));
        }
    }
    out
}

/// Values of variables.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Variables")]
pub struct Variables {
    /// Set a variable: name=value. Repeatable.
    #[arg(long = "var", value_name = "NAME=VALUE", add = super::completion::variables())]
    pub var: Vec<String>,
    /// Read variables from a file. Repeatable.
    #[arg(long = "var-file", value_name = "FILE")]
    pub var_file: Vec<PathBuf>,
}

/// Which data, and how fresh.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Data")]
pub struct DataFlags {
    /// The inventory file, or a folder of AWS CLI outputs or <table>.jsonl files.
    #[arg(long, value_name = "FILE|DIR", env = "IRONPIPE_INVENTORY", hide_env = true)]
    pub inventory: Option<PathBuf>,
    /// Never call AWS.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", hide_possible_values = true, action = clap::ArgAction::Set)]
    pub offline: bool,
    /// Collect again when the data is older than this: 90s, 15m, 4h, 7d.
    #[arg(long, value_name = "AGE", default_value = "4h")]
    pub max_age: String,
    /// The instant that now() has; by default the time the data was collected.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Send the queries to another database: postgres://..., sqlite:FILE, connection.<type>.<name>.
    #[arg(long, value_name = "DATABASE")]
    pub database: Option<String>,
    /// The schemas that a PostgreSQL server looks for tables in.
    #[arg(long, value_name = "SCHEMA", value_delimiter = ',')]
    pub search_path: Vec<String>,
    /// Schemas that come before the server's own search path.
    #[arg(long, value_name = "SCHEMA", value_delimiter = ',')]
    pub search_path_prefix: Vec<String>,
    /// A profile of the AWS configuration; one account each. Repeatable.
    #[arg(long, value_name = "NAME")]
    pub profile: Vec<String>,
    /// A region for regional tables; by default all that the account has enabled. Repeatable.
    #[arg(long, value_name = "NAME")]
    pub region: Vec<String>,
}

/// What every command that shows results has.
#[derive(Debug, Clone, Args)]
pub struct FileFlags {
    /// Write a file too: a format, or a file name whose extension is one. Repeatable.
    #[arg(long, value_name = "FORMAT|FILE", value_delimiter = ',')]
    pub export: Vec<String>,
    /// Column headings in csv and tables.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", hide_possible_values = true, action = clap::ArgAction::Set)]
    pub header: bool,
    /// What separates the cells of csv.
    #[arg(long, value_name = "CHAR", default_value = ",", allow_hyphen_values = true)]
    pub separator: String,
    /// Show progress, and what was exported.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", hide_possible_values = true, action = clap::ArgAction::Set)]
    pub progress: bool,
}

/// How results are shown and kept.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputFlags {
    /// text, brief, csv, html, json, md, snapshot, pps, nunit3, junit, sarif, ocsf, asff, github or none.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: String,
    #[command(flatten)]
    pub files: FileFlags,
    /// Tell how long it took.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", hide_possible_values = true, action = clap::ArgAction::Set)]
    pub timing: bool,
    /// A snapshot of an earlier run: reports tell what changed since.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// What makes the exit code other than 0: alarm, error, new (alarms and errors that the baseline has not), critical,
    /// high, medium or low (alarms of this severity or a higher one), never. Repeatable.
    #[arg(long, value_name = "CONDITION", value_delimiter = ',', default_values_t = ["alarm".to_owned(), "error".to_owned()], value_parser = CONDITIONS)]
    pub fail_on: Vec<String>,
    /// Replace account ids, ARNs and names by tokens, everywhere. The tokens are those of this machine's key, or of
    /// IRONPIPE_REDACT_KEY.
    #[arg(long)]
    pub redact: bool,
    #[command(flatten)]
    pub snapshots: SnapshotFlags,
}

/// What `--fail-on` takes.
pub const CONDITIONS: [&str; 8] = ["alarm", "error", "new", "critical", "high", "medium", "low", "never"];

/// Snapshot files.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Snapshots")]
pub struct SnapshotFlags {
    /// Save a snapshot file in the snapshot location.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", hide_possible_values = true, action = clap::ArgAction::Set)]
    pub snapshot: bool,
    /// The same; ironpipe has no upload service.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", hide_possible_values = true, action = clap::ArgAction::Set)]
    pub share: bool,
    /// The folder of snapshot files.
    #[arg(long, value_name = "DIR", value_parser = folder())]
    pub snapshot_location: Option<PathBuf>,
    /// A title for the snapshot.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub snapshot_title: Option<String>,
    /// A tag of the snapshot: key=value. Repeatable.
    #[arg(long, value_name = "KEY=VALUE")]
    pub snapshot_tag: Vec<String>,
}

impl SnapshotFlags {
    /// Returns the folder of snapshot files, where one is named.
    pub fn location(&self) -> Option<&Path> {
        self.snapshot_location.as_deref().filter(|f| !f.as_os_str().is_empty())
    }
}

/// How queries are run.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitFlags {
    /// Seconds for one query; 0 is no limit.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, allow_negative_numbers = true, value_parser = seconds)]
    pub query_timeout: u64,
    /// Seconds for the whole run; 0 is no limit.
    #[arg(long, value_name = "SECONDS", default_value_t = 0, allow_negative_numbers = true, value_parser = seconds)]
    pub benchmark_timeout: u64,
    /// How many queries run at once.
    #[arg(long, value_name = "N")]
    pub max_parallel: Option<usize>,
    /// Ask for missing values of variables, when there is a terminal.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", hide_possible_values = true, action = clap::ArgAction::Set)]
    pub input: bool,
    #[command(flatten)]
    pub upstream: Upstream,
}

/// Flags of Powerpipe that scripts may give.
#[derive(Debug, Clone, Args)]
pub struct Upstream {
    /// Install missing dependencies before the run.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", hide_possible_values = true, action = clap::ArgAction::Set, hide = true)]
    pub mod_install: bool,
    /// What the installation before a run may update.
    #[arg(long, value_name = "STRATEGY", default_value = "minimal", ignore_case = true, hide = true)]
    pub pull: Pull,
    /// No effect: there is no upload.
    #[arg(long, value_name = "HOST", hide = true)]
    pub pipes_host: Option<String>,
    /// No effect: there is no upload.
    #[arg(long, value_name = "TOKEN", hide = true)]
    pub pipes_token: Option<String>,
}

/// What an installation updates besides what is missing or no longer fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Pull {
    /// Newer versions, and moved branches and tags.
    Full,
    /// Newer versions, and moved branches.
    Latest,
    /// Moved branches.
    Development,
    /// Nothing.
    Minimal,
}
