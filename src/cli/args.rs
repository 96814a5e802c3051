//! What can be typed.

use super::completion;
use super::flags::{DataFlags, FileFlags, LimitFlags, OutputFlags, Pull, SnapshotFlags, Variables, folder};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
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
#[command(name = "ironpipe", version = concat!("v", env!("CARGO_PKG_VERSION")), disable_version_flag = true, after_help = EXAMPLES, arg_required_else_help = true, subcommand_required = true, args_override_self = true, disable_help_subcommand = false, infer_long_args = false)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    /// Print the version.
    #[arg(long, short = 'v', short_alias = 'V', action = ArgAction::Version)]
    pub version: Option<bool>,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that mean the same everywhere.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Everywhere")]
pub struct Global {
    /// The folder of the mod; without a mod there or above, the bundled one is used.
    #[arg(long, global = true, value_name = "DIR", value_parser = folder())]
    pub mod_location: Option<PathBuf>,
    /// The workspace profile of the configuration files that gives flags their defaults.
    #[arg(long, global = true, value_name = "NAME")]
    pub workspace: Option<String>,
    /// Folders of configuration files (*.ppc), separated by colons, highest precedence first.
    #[arg(long, global = true, value_name = "PATH")]
    pub config_path: Option<String>,
    /// The folder whose config/ holds the user's configuration files; ~/.powerpipe by default.
    #[arg(long, global = true, value_name = "DIR", value_parser = folder())]
    pub install_dir: Option<PathBuf>,
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
    /// Make mods, check them, and install the mods that they require.
    #[command(subcommand)]
    Mod(ModCommand),
    /// Collect AWS data into the inventory.
    Collect(Collect),
    /// Show, import and export the inventory.
    #[command(subcommand)]
    Inventory(InventoryCommand),
    /// Render snapshot files in any format, show and compare them.
    #[command(subcommand)]
    Snapshot(SnapshotCommand),
    /// Print a completion script for a shell.
    Completion(Completion),
    /// Print the manual page.
    Man,
    /// List and show dashboards; ironpipe does not run them.
    #[command(subcommand)]
    Dashboard(ResourceCommand<NotRun>),
    /// List and show detections; ironpipe does not run them.
    #[command(subcommand)]
    Detection(ResourceCommand<NotRun>),
    /// List and show benchmarks of detections; ironpipe does not run them.
    #[command(subcommand, hide = true)]
    Detectionbenchmark(ResourceCommand<NotRun>),
    /// Not there: ironpipe shows results in HTML files.
    Server(Server),
    /// Not there: ironpipe has no cloud service.
    Login(Login),
    /// List and show cards.
    #[command(subcommand, hide = true)]
    Card(PartCommand),
    /// List and show charts.
    #[command(subcommand, hide = true)]
    Chart(PartCommand),
    /// List and show containers.
    #[command(subcommand, hide = true)]
    Container(PartCommand),
    /// List and show flows.
    #[command(subcommand, hide = true)]
    Flow(PartCommand),
    /// List and show graphs.
    #[command(subcommand, hide = true)]
    Graph(PartCommand),
    /// List and show hierarchies.
    #[command(subcommand, hide = true)]
    Hierarchy(PartCommand),
    /// List and show images.
    #[command(subcommand, hide = true)]
    Image(PartCommand),
    /// List and show inputs.
    #[command(subcommand, hide = true)]
    Input(PartCommand),
    /// List and show tables of dashboards.
    #[command(subcommand, hide = true)]
    Table(PartCommand),
    /// List and show texts.
    #[command(subcommand, hide = true)]
    Text(PartCommand),
}

/// Parts of dashboards.
#[derive(Debug, Subcommand)]
pub enum PartCommand {
    /// List them.
    List(List),
    /// Show one.
    Show(Show),
}

/// What Powerpipe runs and ironpipe does not; its flags are taken, so that the answer is the honest one.
#[derive(Debug, Args)]
#[command(mut_args(|a| if a.is_positional() { a } else { a.hide(true) }))]
pub struct NotRun {
    /// Its name.
    #[arg(add = completion::resources())]
    pub name: String,
    /// An input of the dashboard, or an argument of the query.
    #[arg(long, value_name = "VALUE|NAME=VALUE", allow_hyphen_values = true)]
    pub arg: Vec<String>,
    /// Seconds for a dashboard.
    #[arg(long, value_name = "SECONDS")]
    pub dashboard_timeout: Option<u64>,
    /// Seconds for a detection.
    #[arg(long, value_name = "SECONDS")]
    pub detection_timeout: Option<u64>,
    /// The format.
    #[arg(long, value_name = "FORMAT")]
    pub output: Option<String>,
    #[command(flatten)]
    pub files: FileFlags,
    #[command(flatten)]
    pub snapshots: SnapshotFlags,
    #[command(flatten)]
    pub variables: Variables,
    #[command(flatten)]
    pub data: DataFlags,
    #[command(flatten)]
    pub limits: LimitFlags,
}

/// The flags of Powerpipe's server.
#[derive(Debug, Args)]
pub struct Server {
    /// The port.
    #[arg(long, value_name = "PORT", default_value_t = 9033)]
    pub port: u16,
    /// local or network.
    #[arg(long, value_name = "WHERE", default_value = "local")]
    pub listen: String,
    /// Load the mod again when it changes.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", hide_possible_values = true, action = ArgAction::Set)]
    pub watch: bool,
    /// Seconds for a dashboard.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub dashboard_timeout: u32,
    /// The database.
    #[arg(long, value_name = "DATABASE", hide = true)]
    pub database: Option<String>,
    #[command(flatten)]
    pub variables: Variables,
    /// No effect.
    #[arg(long, value_name = "HOST", hide = true)]
    pub pipes_host: Option<String>,
    /// No effect.
    #[arg(long, value_name = "TOKEN", hide = true)]
    pub pipes_token: Option<String>,
}

/// The flags of Powerpipe's login.
#[derive(Debug, Args)]
pub struct Login {
    /// No effect.
    #[arg(long, value_name = "HOST", hide = true)]
    pub pipes_host: Option<String>,
    /// No effect.
    #[arg(long, value_name = "TOKEN", hide = true)]
    pub pipes_token: Option<String>,
}

/// What is done with mods.
#[derive(Debug, Subcommand)]
pub enum ModCommand {
    /// Make a mod definition file (mod.pp) in this folder.
    Init,
    /// Install the mods that mod.pp requires, or add more: host/owner/repo@version, #branch, or a folder.
    Install(ModInstall),
    /// Update required mods to the newest version that their constraint allows.
    Update(ModUpdate),
    /// Take required mods out of mod.pp, and remove what nothing requires any more.
    Uninstall(ModUninstall),
    /// List the installed mods as a tree.
    List(ModList),
    /// Show a mod: the workspace's or a required one.
    Show(Show),
    /// Check a mod: everything resolves, every query fits the tables, nothing looks like a mistake.
    Check(ModCheck),
}

const CHECK_EXAMPLES: &str = "\
Examples:
  ironpipe mod check                                the mod of this folder
  ironpipe mod check --output sarif > check.sarif   for a code scanner
  ironpipe mod check --rules                        what is looked for, and how to silence it

Exit codes: 0 nothing was found, 1 something was (notes do not count), 250 the mod cannot be loaded.";

/// `mod check`.
#[derive(Debug, Args)]
#[command(after_help = CHECK_EXAMPLES)]
pub struct ModCheck {
    /// text, json or sarif.
    #[arg(long, value_name = "FORMAT", default_value = "text", ignore_case = true)]
    pub output: CheckOutput,
    /// Silence a rule. Repeatable.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub allow: Vec<String>,
    /// What makes the exit code 1: error, warning, note or never.
    #[arg(long, value_name = "LEVEL", default_value = "warning", ignore_case = true)]
    pub fail_on: FailOn,
    /// List what is looked for.
    #[arg(long)]
    pub rules: bool,
    #[command(flatten)]
    pub variables: Variables,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckOutput {
    Text,
    Json,
    Sarif,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    Error,
    Warning,
    Note,
    Never,
}

const INSTALL_EXAMPLES: &str = "\
Examples:
  ironpipe mod install                              what mod.pp requires and is not there yet
  ironpipe mod install github.com/turbot/steampipe-mod-aws-compliance
  ironpipe mod install github.com/owner/repo@^1.2   a version that the constraint allows
  ironpipe mod install github.com/owner/repo#main   the head of a branch
  ironpipe mod install ../my-mod                    a folder, used in place

Mods are fetched by your git, with its credentials, proxies and keys. Exit codes: 0 installed or up to date, 62 a mod
could not be installed, and nothing was changed.";

/// `mod install`.
#[derive(Debug, Args)]
#[command(after_help = INSTALL_EXAMPLES)]
pub struct ModInstall {
    /// Mods to add: github.com/owner/repo, with @version, @tag or #branch behind it, or a folder.
    #[arg(value_name = "MOD")]
    pub mods: Vec<String>,
    /// Show what would be installed.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", hide_possible_values = true, action = ArgAction::Set)]
    pub dry_run: bool,
    /// Install mods whose own requirements (versions of Powerpipe and of plugins) are not met.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", hide_possible_values = true, action = ArgAction::Set)]
    pub force: bool,
    /// Remove mods that nothing requires any more.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", hide_possible_values = true, action = ArgAction::Set)]
    pub prune: bool,
    /// What is updated: full, latest, development or minimal; latest when mods are named.
    #[arg(long, value_name = "STRATEGY", ignore_case = true)]
    pub pull: Option<Pull>,
    /// No effect.
    #[arg(long, value_name = "DATABASE", hide = true)]
    pub database: Option<String>,
}

const UPDATE_EXAMPLES: &str = "\
Examples:
  ironpipe mod update --dry-run                     what would change
  ironpipe mod update                               all mods that mod.pp requires
  ironpipe mod update github.com/owner/repo         one of them, with what it requires itself";

/// `mod update`.
#[derive(Debug, Args)]
#[command(after_help = UPDATE_EXAMPLES)]
pub struct ModUpdate {
    /// Mods that mod.pp requires; all without a name.
    #[arg(value_name = "MOD")]
    pub mods: Vec<String>,
    /// Show what would be updated.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", hide_possible_values = true, action = ArgAction::Set)]
    pub dry_run: bool,
    /// Install mods whose own requirements are not met.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", hide_possible_values = true, action = ArgAction::Set)]
    pub force: bool,
    /// Remove mods that nothing requires any more.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", hide_possible_values = true, action = ArgAction::Set)]
    pub prune: bool,
    /// What is updated: full, latest, development or minimal.
    #[arg(long, value_name = "STRATEGY", default_value = "latest", ignore_case = true)]
    pub pull: Pull,
}

const UNINSTALL_EXAMPLES: &str = "\
Examples:
  ironpipe mod uninstall github.com/owner/repo
  ironpipe mod uninstall                            all of them";

/// `mod uninstall`.
#[derive(Debug, Args)]
#[command(after_help = UNINSTALL_EXAMPLES)]
pub struct ModUninstall {
    /// Mods that mod.pp requires.
    #[arg(value_name = "MOD")]
    pub mods: Vec<String>,
    /// Show what would be removed.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", hide_possible_values = true, action = ArgAction::Set)]
    pub dry_run: bool,
    /// Remove mods that nothing requires any more.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", hide_possible_values = true, action = ArgAction::Set)]
    pub prune: bool,
}

/// `mod list`.
#[derive(Debug, Args)]
pub struct ModList {
    /// pretty, plain, json or yaml.
    #[arg(long, value_name = "FORMAT", default_value = "pretty", ignore_case = true)]
    pub output: ListOutput,
}

#[derive(Debug, Subcommand)]
pub enum ResourceCommand<R: Args> {
    /// List them.
    List(List),
    /// Show one with all its attributes.
    Show(Show),
    Run(R),
}

#[derive(Debug, Subcommand)]
pub enum VariableCommand {
    /// List them.
    List(List),
    /// Show one.
    Show(Show),
}

const LIST_EXAMPLES: &str = "\
Examples:
  ironpipe benchmark list
  ironpipe control list --mod-location steampipe-mod-aws-compliance
  ironpipe control list --output json | jq -r '.[] | select(.severity == \"high\") | .qualified_name'
  ironpipe variable list --output json              with their values";

#[derive(Debug, Args)]
#[command(after_help = LIST_EXAMPLES)]
pub struct List {
    /// pretty, plain, json or yaml.
    #[arg(long, value_name = "FORMAT", default_value = "pretty", ignore_case = true)]
    pub output: ListOutput,
    #[command(flatten)]
    pub variables: Variables,
}

const SHOW_EXAMPLES: &str = "\
Examples:
  ironpipe control show cis_v200_1_13
  ironpipe query show aws_compliance.query.iam_user_one_active_key --output json
  ironpipe variable show common_dimensions          its type, its value, and what set it";

#[derive(Debug, Args)]
#[command(after_help = SHOW_EXAMPLES)]
pub struct Show {
    /// Its name: name, type.name or mod.type.name.
    #[arg(add = completion::resources())]
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

const CONTROL_EXAMPLES: &str = "\
Examples:
  ironpipe control run cis_v200_1_13
  ironpipe control run aws_compliance.control.cis_v200_1_13 --output csv > keys.csv
  ironpipe control run cis_v200_1_13 --inventory exports/ --export report.html
  ironpipe control run 'my_control(\"eu-central-1\")'      arguments for the query's parameters

Exit codes: 0 nothing is wrong, 1 an alarm, 2 something could not be evaluated.";

/// Run controls and report what they find.
///
/// Data that is missing or older than --max-age is collected from AWS first, as far as the controls need it. With
/// --offline, or with --inventory naming a folder of exports, AWS is never called.
#[derive(Debug, Args)]
#[command(after_help = CONTROL_EXAMPLES)]
pub struct ControlRun {
    /// The control: name, control.name or mod.control.name; arguments in parentheses. Several may be given.
    #[arg(required = true, value_name = "CONTROL", add = completion::resources_or_all())]
    pub names: Vec<String>,
    /// An argument of the query: value, or name=value. Repeatable.
    #[arg(long, value_name = "VALUE|NAME=VALUE", allow_hyphen_values = true)]
    pub arg: Vec<String>,
    /// Show what would run.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", hide_possible_values = true, action = clap::ArgAction::Set)]
    pub dry_run: bool,
    #[command(flatten)]
    pub variables: Variables,
    #[command(flatten)]
    pub data: DataFlags,
    #[command(flatten)]
    pub output: OutputFlags,
    #[command(flatten)]
    pub limits: LimitFlags,
}

const BENCHMARK_EXAMPLES: &str = "\
Examples:
  ironpipe benchmark run cis_v200_1
  ironpipe benchmark run all --tag cis_level=1 --output brief
  ironpipe benchmark run cis_v200 --where \"severity in ('critical', 'high')\" --export report.html,results.json
  ironpipe benchmark run cis_v200_1 --profile audit --profile production --snapshot --snapshot-location reports/

Exit codes: 0 nothing is wrong, 1 an alarm, 2 something could not be evaluated. Of several benchmarks the worst counts.";

/// Run benchmarks and report what their controls find.
///
/// Data that is missing or older than --max-age is collected from AWS first, as far as the controls need it. With
/// --offline, or with --inventory naming a folder of exports, AWS is never called.
#[derive(Debug, Args)]
#[command(after_help = BENCHMARK_EXAMPLES)]
pub struct BenchmarkRun {
    /// The benchmarks, or the word all.
    #[arg(required = true, value_name = "BENCHMARK", add = completion::resources_or_all())]
    pub names: Vec<String>,
    /// Only controls with a tag: key=value, key!=value. Repeatable; or several with commas, and quotes around one that
    /// holds a comma itself.
    #[arg(long, value_name = "KEY=VALUE")]
    pub tag: Vec<String>,
    /// Only controls for which a condition holds: "severity in ('high', 'critical') and tags->>'cis_level' = '1'".
    #[arg(long = "where", value_name = "CONDITION", allow_hyphen_values = true)]
    pub condition: Option<String>,
    /// Show what would run.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", hide_possible_values = true, action = clap::ArgAction::Set)]
    pub dry_run: bool,
    #[command(flatten)]
    pub variables: Variables,
    #[command(flatten)]
    pub data: DataFlags,
    #[command(flatten)]
    pub output: OutputFlags,
    #[command(flatten)]
    pub limits: LimitFlags,
}

const QUERY_EXAMPLES: &str = "\
Examples:
  ironpipe query run iam_user_one_active_key --output csv
  ironpipe query run \"select user_name from aws_iam_credential_report where not mfa_active\"
  ironpipe query run my_query --arg region=eu-central-1 --export rows.json
  ironpipe query run \"select * from t\" --database sqlite:data.db

Exit codes: 0 the query ran, 21 an argument is missing, 41 the query failed.";

/// Run a query, or SQL text in PostgreSQL's dialect.
#[derive(Debug, Args)]
#[command(after_help = QUERY_EXAMPLES)]
pub struct QueryRun {
    /// A query's name, or SQL text.
    #[arg(value_name = "QUERY|SQL", add = completion::resources())]
    pub query: String,
    /// An argument: value, or name=value. Repeatable.
    #[arg(long, value_name = "VALUE|NAME=VALUE", allow_hyphen_values = true)]
    pub arg: Vec<String>,
    /// table, csv, json, line, snapshot, pps or none; table on a terminal, else snapshot.
    #[arg(long, value_name = "FORMAT")]
    pub output: Option<String>,
    #[command(flatten)]
    pub files: FileFlags,
    /// Tell how long it took, in json.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", hide_possible_values = true, action = clap::ArgAction::Set)]
    pub timing: bool,
    /// Give rows in json as lists of PostgreSQL's own texts, json documents included: for comparisons with psql.
    #[arg(long, env = "IRONPIPE_PG_TEXT", hide_env = true, value_parser = clap::builder::FalseyValueParser::new())]
    pub pg_text: bool,
    /// Print the translated SQL instead of running it.
    #[arg(long)]
    pub explain: bool,
    #[command(flatten)]
    pub snapshots: SnapshotFlags,
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
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true", hide_possible_values = true, action = clap::ArgAction::Set)]
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
    /// Show what a snapshot holds: what was run, when, on which data, and how it went.
    Show(SnapshotShow),
    /// Show what changed between two snapshots: new, fixed, changed and vanished results.
    ///
    /// Results are told apart by control, resource and dimensions; reasons are not compared. The exit code is 0 when
    /// nothing got worse, 1 when something is in alarm or error that was not before, 2 when the snapshots cannot be
    /// compared.
    Diff(SnapshotDiff),
}

#[derive(Debug, Args)]
pub struct SnapshotShow {
    /// The snapshot file.
    pub file: PathBuf,
    /// text or json.
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub output: String,
}

#[derive(Debug, Args)]
pub struct SnapshotDiff {
    /// The snapshot of the earlier run.
    pub old: PathBuf,
    /// The snapshot of the later run.
    pub new: PathBuf,
    /// text, json, md or html.
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = crate::report::changes::ChangesFormat::NAMES)]
    pub output: String,
}

#[derive(Debug, Args)]
pub struct SnapshotRender {
    /// The snapshot file.
    pub file: PathBuf,
    #[command(flatten)]
    pub output: OutputFlags,
}

const COMPLETION_EXAMPLES: &str = "\
Examples:
  source <(ironpipe completion bash)                          in ~/.bashrc
  ironpipe completion zsh > ~/.zfunc/_ironpipe                in a folder of $fpath
  ironpipe completion fish > ~/.config/fish/completions/ironpipe.fish";

#[derive(Debug, Args)]
#[command(after_help = COMPLETION_EXAMPLES)]
pub struct Completion {
    /// The shell.
    pub shell: clap_complete::Shell,
}
