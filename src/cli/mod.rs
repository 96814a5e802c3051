//! The command line: flags, commands, what is printed and how the process ends.
//!
//! * [`args`], [`flags`]: what can be typed. [`exit`]: how the process ends. [`ui`]: everything that is printed.
//! * [`config`], [`context`]: configuration files, profiles, environment variables, and which of them counts.
//! * [`workspace`]: which mod. [`data`]: which databases, and collecting before a run.
//! * [`check`]: `control run`, `benchmark run`. [`mods`], [`mod_check`]: `mod ...`. [`query`], [`listing`],
//!   [`collect`], [`inventory`], [`snapshot`], [`completion`], [`absent`]: the other commands. [`sql`]: SQL on the command
//!   line. [`output`], [`export`]: what becomes of results.

mod absent;
mod args;
mod bundled;
mod check;
mod collect;
mod completion;
mod config;
mod context;
mod data;
mod exit;
mod export;
mod flags;
mod interrupt;
mod inventory;
mod listing;
mod mod_check;
mod mods;
mod output;
mod progress;
mod query;
mod redaction;
mod snapshot;
mod snapshot_location;
mod sql;
mod ui;
mod workspace;

use crate::hcl::Clock;
use args::{Cli, Command, PartCommand, ResourceCommand, VariableCommand};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _};
use context::Context;
use exit::{Code, Failure};
use listing::Kind;
use std::ffi::OsString;
use std::process::ExitCode;
use ui::Ui;

/// Runs the program.
pub fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let program = arguments.first().map(std::path::PathBuf::from);
    let name = program
        .as_deref()
        .and_then(|p| p.file_stem())
        .and_then(|n| n.to_str())
        .filter(|n| *n == "powerpipe")
        .unwrap_or("ironpipe");
    if completion::answer(name) {
        return Code::Ok.into();
    }
    start(name, &sql::guarded(&Cli::command(), arguments)).into()
}

/// Parses the command line, first without the configuration and then with it.
fn start(program: &str, arguments: &[OsString]) -> Code {
    // Powerpipe writes its name with a capital where it tells its version.
    let shown = if program == "powerpipe" { "Powerpipe" } else { program };
    let command =
        flags::with_switches(Cli::command()).name(program.to_owned()).bin_name(program.to_owned()).display_name(shown);
    let (first, _) = match parse(command.clone(), arguments) {
        Ok(parsed) => parsed,
        Err(code) => return code,
    };
    let ui = Ui::new(first.global.color, first.global.quiet);
    let failed = |failure: Failure| {
        ui.failure(&failure);
        failure.code
    };
    let (config, settings) = match context::configure(&first.global) {
        Ok(found) => found,
        Err(failure) => return failed(failure),
    };
    for warning in &settings.warnings {
        ui.diagnostic(warning);
    }
    let (cli, matches) = match parse(settings.with_defaults(command, ""), arguments) {
        Ok(parsed) => parsed,
        Err(code) => return code,
    };
    let leaf = leaf(&matches);
    if is_run(&cli.command) {
        if both_search_paths(leaf) {
            let message = "only one of 'search-path' and 'search-path-prefix' may be set";
            let is_check = matches!(cli.command, Command::Control(_) | Command::Benchmark(_));
            let code = if is_check { Code::Usage } else { Code::Unknown };
            return failed(Failure::new(code, message));
        }
        match context::dump(&ui, &settings, &cli.global, leaf) {
            Ok(true) => return Code::Ok,
            Ok(false) => {}
            Err(failure) => return failed(failure),
        }
    }
    let context = Context { program, global: &cli.global, ui: &ui, config: &config, clock: clock(leaf) };
    dispatch(&cli.command, &context).unwrap_or_else(failed)
}

/// Parses; prints help, version or what is wrong.
fn parse(command: clap::Command, arguments: &[OsString]) -> Result<(Cli, ArgMatches), Code> {
    let described = command.clone();
    let parsed =
        command.try_get_matches_from(arguments).and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (mut cli, matches) = parsed.map_err(|mut error| {
        suggest(&mut error, &described, arguments);
        // A closed pipe is no error.
        if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
            let _ = ui::write_data(error.render().to_string().as_bytes());
            return Code::Ok;
        }
        match in_powerpipes_words(&error, &described, arguments) {
            Some(text) => ui::write_error(&text),
            None => {
                let _ = error.print();
            }
        }
        if error.use_stderr() { Code::Unknown } else { Code::Ok }
    })?;
    for folder in [&mut cli.global.mod_location, &mut cli.global.install_dir] {
        *folder = folder.take().filter(|f| !f.as_os_str().is_empty());
    }
    Ok((cli, matches))
}

/// Returns what is said of wrong commands and flags: of unknown ones in Powerpipe's words, which scripts may look for, then
/// tip and usage.
fn in_powerpipes_words(error: &clap::Error, command: &clap::Command, arguments: &[OsString]) -> Option<String> {
    let word = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.as_str()),
        _ => None,
    };
    let message = match error.kind() {
        ErrorKind::UnknownArgument if word(ContextKind::InvalidArg).is_some_and(|w| w.starts_with('-')) => {
            format!("unknown flag: {}", word(ContextKind::InvalidArg)?)
        }
        ErrorKind::InvalidSubcommand => {
            let parents = path(command, arguments).into_iter().map(clap::Command::get_name).collect::<Vec<_>>();
            format!("unknown command \"{}\" for \"{}\"", word(ContextKind::InvalidSubcommand)?, parents.join(" "))
        }
        _ if error.use_stderr() => {
            let rendered = error.render().to_string();
            return rendered.strip_prefix("error: ").map(|rest| format!("Error: {rest}"));
        }
        _ => return None,
    };
    let rendered = error.render().to_string();
    let (_, rest) = rendered.split_once('\n')?;
    Some(format!("Error: {message}\n\n{}", rest.trim_start()))
}

/// Returns the commands that the arguments name, from the program on.
fn path<'c>(command: &'c clap::Command, arguments: &[OsString]) -> Vec<&'c clap::Command> {
    let mut path = vec![command];
    for argument in arguments.iter().skip(1).filter_map(|a| a.to_str()) {
        path.extend(path.last().and_then(|c| c.find_subcommand(argument)));
    }
    path
}

/// Adds what was probably meant: swapped letters are beyond the parser's own suggestions, and it also suggests commands
/// that it does not show. That an unknown flag could be a value is no help.
fn suggest(error: &mut clap::Error, command: &clap::Command, arguments: &[OsString]) {
    let path = path(command, arguments);
    let (Some(parent), kind) = (path.last(), error.kind()) else { return };
    if kind == ErrorKind::UnknownArgument {
        error.remove(ContextKind::Suggested);
    }
    let word = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(word)) if kind == ErrorKind::InvalidSubcommand => word.clone(),
        _ => return,
    };
    error.remove(ContextKind::SuggestedSubcommand);
    let names = parent.get_subcommands().filter(|c| !c.is_hide_set()).map(clap::Command::get_name);
    if let Some(near) = crate::model::diagnostic::nearest(&word, names) {
        let near = near.to_owned();
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(vec![near]));
    }
}

/// Returns the instant that the flags set; a wrong one is told of where it is used.
fn clock(flags: &ArgMatches) -> Clock {
    let given = flags.try_get_one::<String>("as_of").ok().flatten();
    given.and_then(|text| data::instant(text).ok()).map_or_else(Clock::default, Clock)
}

/// Returns the flags of the innermost command.
fn leaf(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, inner)| leaf(inner))
}

/// Whether both were typed: a profile's value and a flag go together.
fn both_search_paths(flags: &ArgMatches) -> bool {
    let is_typed = |id: &&str| {
        flags.try_contains_id(id).is_ok()
            && flags.value_source(id) == Some(ValueSource::CommandLine)
            && flags.get_raw(id).is_some_and(|mut values| values.any(|v| !v.is_empty()))
    };
    ["search_path", "search_path_prefix"].iter().all(is_typed)
}

fn is_run(command: &Command) -> bool {
    matches!(
        command,
        Command::Control(ResourceCommand::Run(_))
            | Command::Benchmark(ResourceCommand::Run(_))
            | Command::Query(ResourceCommand::Run(_))
            | Command::Dashboard(ResourceCommand::Run(_))
            | Command::Detection(ResourceCommand::Run(_))
            | Command::Detectionbenchmark(ResourceCommand::Run(_))
            | Command::Server(_)
    )
}

fn dispatch(command: &Command, cx: &Context<'_>) -> Result<Code, Failure> {
    match command {
        Command::Control(command) => match command {
            ResourceCommand::List(a) => listing::list(cx, Kind::Control, a),
            ResourceCommand::Show(a) => listing::show(cx, Kind::Control, a),
            ResourceCommand::Run(a) => check::controls(cx, a),
        },
        Command::Benchmark(command) => match command {
            ResourceCommand::List(a) => listing::list(cx, Kind::Benchmark, a),
            ResourceCommand::Show(a) => listing::show(cx, Kind::Benchmark, a),
            ResourceCommand::Run(a) => check::benchmarks(cx, a),
        },
        Command::Query(command) => match command {
            ResourceCommand::List(a) => listing::list(cx, Kind::Query, a),
            ResourceCommand::Show(a) => listing::show(cx, Kind::Query, a),
            ResourceCommand::Run(a) => query::run(cx, a).map_err(outside_of_checks),
        },
        Command::Variable(command) => match command {
            VariableCommand::List(a) => listing::list(cx, Kind::Variable, a),
            VariableCommand::Show(a) => listing::show(cx, Kind::Variable, a),
        },
        Command::Mod(command) => mods::run(cx, command),
        Command::Collect(a) => collect::run(cx, a),
        Command::Inventory(command) => inventory::run(cx, command),
        Command::Snapshot(command) => snapshot::run(cx, command),
        Command::Completion(a) => completion::script(cx, a.shell),
        Command::Man => man(cx),
        Command::Dashboard(command) => match command {
            ResourceCommand::List(a) => listing::list(cx, Kind::Other("dashboard"), a),
            ResourceCommand::Show(a) => listing::show(cx, Kind::Other("dashboard"), a),
            ResourceCommand::Run(a) => absent::dashboard(cx, a),
        },
        Command::Detection(command) => match command {
            ResourceCommand::List(a) => listing::list(cx, Kind::Other("detection"), a),
            ResourceCommand::Show(a) => listing::show(cx, Kind::Other("detection"), a),
            ResourceCommand::Run(a) => absent::detection(cx, a),
        },
        Command::Detectionbenchmark(command) => match command {
            ResourceCommand::List(a) => listing::list(cx, Kind::DetectionBenchmark, a),
            ResourceCommand::Show(a) => listing::show(cx, Kind::DetectionBenchmark, a),
            ResourceCommand::Run(a) => absent::detection_benchmark(cx, a),
        },
        Command::Server(a) => absent::server(a),
        Command::Login(_) => absent::login(),
        Command::Card(c) => part(cx, "card", c),
        Command::Chart(c) => part(cx, "chart", c),
        Command::Container(c) => part(cx, "container", c),
        Command::Flow(c) => part(cx, "flow", c),
        Command::Graph(c) => part(cx, "graph", c),
        Command::Hierarchy(c) => part(cx, "hierarchy", c),
        Command::Image(c) => part(cx, "image", c),
        Command::Input(c) => part(cx, "input", c),
        Command::Table(c) => part(cx, "table", c),
        Command::Text(c) => part(cx, "text", c),
    }
}

/// Powerpipe tells initialisation and wrong flags from other failures in runs of controls and benchmarks only.
fn outside_of_checks(mut failure: Failure) -> Failure {
    if matches!(failure.code, Code::Initialization | Code::Usage) {
        failure.code = Code::Unknown;
    }
    failure
}

fn part(cx: &Context<'_>, kind: &'static str, command: &PartCommand) -> Result<Code, Failure> {
    match command {
        PartCommand::List(a) => listing::list(cx, Kind::Other(kind), a),
        PartCommand::Show(a) => listing::show(cx, Kind::Other(kind), a),
    }
}

/// Prints the manual page: the program, then each command with its flags.
fn man(cx: &Context<'_>) -> Result<Code, Failure> {
    let mut command = Cli::command().name(cx.program.to_owned());
    command.build();
    let page = whole_page(&command, cx.program).map_err(|e| Failure::new(Code::Unknown, e.to_string()))?;
    cx.ui.data(page.replace(".SH EXTRA\n", ".SH EXAMPLES\n").replace(".SS EXTRA\n", ".SS EXAMPLES\n").as_bytes())?;
    Ok(Code::Ok)
}

fn whole_page(command: &clap::Command, program: &str) -> std::io::Result<String> {
    let man = clap_mangen::Man::new(command.clone());
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    man.render_extra_section(&mut page)?;
    command.get_subcommands().try_for_each(|inner| man_of(inner, program, &mut page))?;
    man.render_version_section(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

/// Appends the section of a command, or those of the commands below it.
fn man_of(command: &clap::Command, parents: &str, page: &mut Vec<u8>) -> std::io::Result<()> {
    if command.is_hide_set() || command.get_name() == "help" {
        return Ok(());
    }
    let name = format!("{parents} {}", command.get_name());
    if command.has_subcommands() {
        return command.get_subcommands().try_for_each(|inner| man_of(inner, &name, page));
    }
    let man = clap_mangen::Man::new(command.clone());
    let mut section = Vec::new();
    man.render_synopsis_section(&mut section)?;
    man.render_description_section(&mut section)?;
    man.render_options_section(&mut section)?;
    if command.get_after_help().is_some() {
        man.render_extra_section(&mut section)?;
    }
    // Its sections are parts of this one.
    let section = String::from_utf8_lossy(&section).replace("\n.SH ", "\n.SS ");
    let section = section.strip_prefix(".SH ").map_or_else(|| section.clone(), |rest| format!(".SS {rest}"));
    page.extend(format!(".SH {}\n{section}", name.to_uppercase().replace('-', "\\-")).bytes());
    Ok(())
}
