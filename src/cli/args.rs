//! What can be typed.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  ironpipe control run cis_v200_1_13                 collect what it needs, then run it
  ironpipe benchmark run cis_v200_1 --export html    a report to send to a colleague
  ironpipe benchmark run cis_v200_1 --inventory exports/
                                                     on a folder of AWS CLI outputs, without credentials
  ironpipe query run \"select user_name from aws_iam_credential_report where not mfa_active\"
  ironpipe collect                                   collect now, run later with --offline

Exit codes: 0 nothing is wrong, 1 an alarm, 2 something could not be evaluated; the README lists all.";

/// Runs Powerpipe mods without Powerpipe, Steampipe or PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "ironpipe", version, after_help = EXAMPLES, arg_required_else_help = true, subcommand_required = true, disable_help_subcommand = false, infer_long_args = false)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that mean the same everywhere.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The folder of the mod; without a mod there or above, the bundled one is used.
    #[arg(long, global = true, value_name = "DIR", env = "POWERPIPE_MOD_LOCATION", hide_env = true)]
    pub mod_location: Option<PathBuf>,
    /// Colours: auto, always or never.
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub color: ColorChoice,
    /// Print results and errors only.
    #[arg(long, global = true)]
    pub quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List, show and run controls.
    #[command(subcommand)]
    Control(ResourceCommand<ControlRun>),
    /// List, show and run benchmarks.
    #[command(subcommand)]
    Benchmark(ResourceCommand<BenchmarkRun>),
    /// List, show and run queries, or SQL text.
    #[command(subcommand)]
    Query(ResourceCommand<QueryRun>),
    /// List and show variables.
    #[command(subcommand)]
    Variable(VariableCommand),
    /// Collect AWS data into the inventory.
    Collect(Collect),
    /// Show, import and export the inventory.
    #[command(subcommand)]
    Inventory(InventoryCommand),
    /// Render a snapshot file in another format.
    #[command(subcommand)]
    Snapshot(SnapshotCommand),
    /// Print a completion script for a shell.
    Completion(Completion),
    /// Print the manual page.
    Man,
}

#[derive(Debug, Subcommand)]
pub enum ResourceCommand<R: Args> {
    /// List them.
    List(List),
    /// Show one.
    Show(Show),
    /// Run.
    Run(R),
}

#[derive(Debug, Subcommand)]
pub enum VariableCommand {
    /// List them.
    List(List),
    /// Show one.
    Show(Show),
}

#[derive(Debug, Args)]
pub struct List {
    /// pretty, plain, json or yaml.
    #[arg(long, value_name = "FORMAT", default_value = "pretty", ignore_case = true)]
    pub output: ListOutput,
    #[command(flatten)]
    pub variables: Variables,
}

#[derive(Debug, Args)]
pub struct Show {
    /// Its name: name, type.name or mod.type.name.
    pub name: String,
    /// pretty, plain, json or yaml.
    #[arg(long, value_name = "FORMAT", default_value = "pretty", ignore_case = true)]
    pub output: ListOutput,
    #[command(flatten)]
    pub variables: Variables,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListOutput {
    Pretty,
    Plain,
    Json,
    Yaml,
}

/// Values of variables.
#[derive(Debug, Clone, Default, Args)]
pub struct Variables {
    /// Set a variable: name=value. Repeatable.
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub var: Vec<String>,
    /// Read variables from a file. Repeatable.
    #[arg(long = "var-file", value_name = "FILE")]
    pub var_file: Vec<PathBuf>,
}

/// Which data, and how fresh.
#[derive(Debug, Clone, Args)]
pub struct DataFlags {
    /// The inventory file, or a folder of AWS CLI outputs or <table>.jsonl files.
    #[arg(long, value_name = "FILE|DIR", env = "IRONPIPE_INVENTORY", hide_env = true)]
    pub inventory: Option<PathBuf>,
    /// Never call AWS.
    #[arg(long)]
    pub offline: bool,
    /// Collect again when the data is older than this: 90s, 15m, 4h, 7d.
    #[arg(long, value_name = "AGE", default_value = "4h")]
    pub max_age: String,
    /// The instant that now() has; by default the time the data was collected.
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,
    /// Send the queries to another database: postgres://..., sqlite:FILE.
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// A profile of the AWS configuration; one account each. Repeatable.
    #[arg(long, value_name = "NAME")]
    pub profile: Vec<String>,
    /// A region for regional tables; by default all that the account has enabled. Repeatable.
    #[arg(long, value_name = "NAME")]
    pub region: Vec<String>,
}

/// How results are shown and kept.
#[derive(Debug, Clone, Args)]
pub struct OutputFlags {
    /// text, brief, csv, html, json, md, snapshot, pps or none.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: String,
    /// Write a file too: a format, or a file name whose extension is one. Repeatable.
    #[arg(long, value_name = "FORMAT|FILE", value_delimiter = ',')]
    pub export: Vec<String>,
    /// Column headings in csv.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub header: bool,
    /// What separates the cells of csv.
    #[arg(long, value_name = "CHAR", default_value = ",")]
    pub separator: String,
    /// Tell how long it took.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub timing: bool,
    /// Show progress, and what was exported.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub progress: bool,
    /// Save a snapshot file in the snapshot location.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub snapshot: bool,
    /// The same; ironpipe has no upload service.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub share: bool,
    /// The folder of snapshot files.
    #[arg(long, value_name = "DIR", env = "POWERPIPE_SNAPSHOT_LOCATION", hide_env = true)]
    pub snapshot_location: Option<PathBuf>,
    /// A title for the snapshot.
    #[arg(long, value_name = "TEXT")]
    pub snapshot_title: Option<String>,
    /// A tag of the snapshot: key=value. Repeatable.
    #[arg(long, value_name = "KEY=VALUE")]
    pub snapshot_tag: Vec<String>,
}

/// How queries are run.
#[derive(Debug, Clone, Args)]
pub struct LimitFlags {
    /// Seconds for one query; 0 is no limit.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, env = "POWERPIPE_QUERY_TIMEOUT", hide_env = true)]
    pub query_timeout: u64,
    /// Seconds for the whole run; 0 is no limit.
    #[arg(long, value_name = "SECONDS", default_value_t = 0, env = "POWERPIPE_BENCHMARK_TIMEOUT", hide_env = true)]
    pub benchmark_timeout: u64,
    /// How many queries run at once.
    #[arg(long, value_name = "N", env = "POWERPIPE_MAX_PARALLEL", hide_env = true)]
    pub max_parallel: Option<usize>,
    /// Ask for missing values of variables.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set, hide = true)]
    pub input: bool,
}

#[derive(Debug, Args)]
pub struct ControlRun {
    /// The control: name, control.name or mod.control.name; arguments in parentheses. Several may be given.
    #[arg(required = true, value_name = "CONTROL")]
    pub names: Vec<String>,
    /// An argument of the query: value, or name=value. Repeatable.
    #[arg(long, value_name = "VALUE|NAME=VALUE")]
    pub arg: Vec<String>,
    #[command(flatten)]
    pub variables: Variables,
    #[command(flatten)]
    pub data: DataFlags,
    #[command(flatten)]
    pub output: OutputFlags,
    #[command(flatten)]
    pub limits: LimitFlags,
    /// Show what would run.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dry_run: bool,
}

#[derive(Debug, Args)]
pub struct BenchmarkRun {
    /// The benchmarks, or the word all.
    #[arg(required = true, value_name = "BENCHMARK")]
    pub names: Vec<String>,
    /// Only controls with a tag: key=value, key!=value. Repeatable.
    #[arg(long, value_name = "KEY=VALUE", value_delimiter = ',')]
    pub tag: Vec<String>,
    /// Only controls for which a condition holds: "severity in ('high', 'critical') and tags->>'cis_level' = '1'".
    #[arg(long = "where", value_name = "CONDITION")]
    pub condition: Option<String>,
    #[command(flatten)]
    pub variables: Variables,
    #[command(flatten)]
    pub data: DataFlags,
    #[command(flatten)]
    pub output: OutputFlags,
    #[command(flatten)]
    pub limits: LimitFlags,
    /// Show what would run.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub dry_run: bool,
}

#[derive(Debug, Args)]
pub struct QueryRun {
    /// A query's name, or SQL text.
    #[arg(value_name = "QUERY|SQL")]
    pub query: String,
    /// An argument: value, or name=value. Repeatable.
    #[arg(long, value_name = "VALUE|NAME=VALUE")]
    pub arg: Vec<String>,
    /// table, csv, json, line, snapshot, pps or none; table on a terminal, else snapshot.
    #[arg(long, value_name = "FORMAT")]
    pub output: Option<String>,
    /// Write a file too: a format, or a file name whose extension is one. Repeatable.
    #[arg(long, value_name = "FORMAT|FILE", value_delimiter = ',')]
    pub export: Vec<String>,
    /// Column headings in csv and table.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub header: bool,
    /// What separates the cells of csv.
    #[arg(long, value_name = "CHAR", default_value = ",")]
    pub separator: String,
    /// Tell how long it took, in json.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub timing: bool,
    /// Show progress, and what was exported.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub progress: bool,
    /// A title for the snapshot.
    #[arg(long, value_name = "TEXT")]
    pub snapshot_title: Option<String>,
    /// Print the translated SQL instead of running it.
    #[arg(long)]
    pub explain: bool,
    #[command(flatten)]
    pub variables: Variables,
    #[command(flatten)]
    pub data: DataFlags,
    #[command(flatten)]
    pub limits: LimitFlags,
}

#[derive(Debug, Args)]
pub struct Collect {
    /// Tables, or controls and benchmarks whose tables are wanted; without any, everything that ironpipe can collect.
    #[arg(value_name = "TABLE|CONTROL|BENCHMARK")]
    pub names: Vec<String>,
    /// The inventory file.
    #[arg(long, value_name = "FILE", env = "IRONPIPE_INVENTORY", hide_env = true)]
    pub inventory: Option<PathBuf>,
    /// A profile of the AWS configuration; one account each. Repeatable.
    #[arg(long, value_name = "NAME")]
    pub profile: Vec<String>,
    /// A region for regional tables; by default all that the account has enabled. Repeatable.
    #[arg(long, value_name = "NAME")]
    pub region: Vec<String>,
    /// Ask for the keys, password and MFA devices of every user, instead of those for whom the credential report shows one.
    #[arg(long)]
    pub exact: bool,
    /// Requests a second for each operation; 0 is no limit.
    #[arg(long, value_name = "N")]
    pub api_rate: Option<f64>,
    /// Tell how long it took, and which calls were made.
    #[arg(long)]
    pub timing: bool,
    /// Show progress.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub progress: bool,
    #[command(flatten)]
    pub variables: Variables,
}

#[derive(Debug, Subcommand)]
pub enum InventoryCommand {
    /// Show what the inventory holds, how complete and how old it is.
    Show(InventoryShow),
    /// Read a folder of AWS CLI outputs or <table>.jsonl files into an inventory file.
    Import(InventoryImport),
    /// Write the tables of an inventory as <table>.jsonl files.
    Export(InventoryExport),
}

#[derive(Debug, Args)]
pub struct InventoryShow {
    /// The inventory file, or a folder to import.
    #[arg(long, value_name = "FILE|DIR", env = "IRONPIPE_INVENTORY", hide_env = true)]
    pub inventory: Option<PathBuf>,
    /// pretty, plain, json or yaml.
    #[arg(long, value_name = "FORMAT", default_value = "pretty", ignore_case = true)]
    pub output: ListOutput,
}

#[derive(Debug, Args)]
pub struct InventoryImport {
    /// The folder.
    pub folder: PathBuf,
    /// The inventory file.
    #[arg(long, value_name = "FILE", env = "IRONPIPE_INVENTORY", hide_env = true)]
    pub inventory: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct InventoryExport {
    /// The folder.
    pub folder: PathBuf,
    /// The inventory file.
    #[arg(long, value_name = "FILE", env = "IRONPIPE_INVENTORY", hide_env = true)]
    pub inventory: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum SnapshotCommand {
    /// Print or export a snapshot in any format, exactly as the run did.
    Render(SnapshotRender),
}

#[derive(Debug, Args)]
pub struct SnapshotRender {
    /// The snapshot file.
    pub file: PathBuf,
    #[command(flatten)]
    pub output: OutputFlags,
}

#[derive(Debug, Args)]
pub struct Completion {
    /// The shell.
    pub shell: clap_complete::Shell,
}
