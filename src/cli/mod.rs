//! The command line: flags, commands, what is printed and how the process ends.
//!
//! * [`args`]: what can be typed. [`exit`]: how the process ends. [`ui`]: everything that is printed.
//! * [`workspace`]: which mod. [`data`]: which database, and collecting before a run.
//! * [`check`]: `control run`, `benchmark run`. [`query`], [`listing`], [`collect`], [`inventory`], [`snapshot`]: the
//!   other commands.

mod args;
mod bundled;
mod check;
mod collect;
mod data;
mod exit;
mod export;
mod inventory;
mod listing;
mod query;
mod snapshot;
mod ui;
mod workspace;

use args::{Cli, Command, ResourceCommand};
use clap::{CommandFactory as _, FromArgMatches as _};
use exit::{Code, Failure};
use std::process::ExitCode;
use ui::Ui;

/// Runs the program.
pub fn main() -> ExitCode {
    let program = std::env::args_os().next().map(std::path::PathBuf::from);
    let name = program
        .as_deref()
        .and_then(|p| p.file_stem())
        .and_then(|n| n.to_str())
        .filter(|n| *n == "powerpipe")
        .unwrap_or("ironpipe");
    let command = Cli::command().name(name.to_owned()).bin_name(name.to_owned());
    let parsed = command.try_get_matches().and_then(|m| Cli::from_arg_matches(&m));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            let is_help = !error.use_stderr();
            // A closed pipe is no error.
            let _ = error.print();
            return if is_help { Code::Ok.into() } else { Code::Unknown.into() };
        }
    };
    let ui = Ui::new(cli.global.color, cli.global.quiet);
    match dispatch(&cli, &ui) {
        Ok(code) => code.into(),
        Err(failure) => {
            ui.failure(&failure);
            failure.code.into()
        }
    }
}

fn dispatch(cli: &Cli, ui: &Ui) -> Result<Code, Failure> {
    let global = &cli.global;
    match &cli.command {
        Command::Control(command) => match command {
            ResourceCommand::List(a) => listing::list(global, ui, listing::Kind::Control, a),
            ResourceCommand::Show(a) => listing::show(global, ui, listing::Kind::Control, a),
            ResourceCommand::Run(a) => check::controls(global, ui, a),
        },
        Command::Benchmark(command) => match command {
            ResourceCommand::List(a) => listing::list(global, ui, listing::Kind::Benchmark, a),
            ResourceCommand::Show(a) => listing::show(global, ui, listing::Kind::Benchmark, a),
            ResourceCommand::Run(a) => check::benchmarks(global, ui, a),
        },
        Command::Query(command) => match command {
            ResourceCommand::List(a) => listing::list(global, ui, listing::Kind::Query, a),
            ResourceCommand::Show(a) => listing::show(global, ui, listing::Kind::Query, a),
            ResourceCommand::Run(a) => query::run(global, ui, a),
        },
        Command::Variable(command) => match command {
            args::VariableCommand::List(a) => listing::list(global, ui, listing::Kind::Variable, a),
            args::VariableCommand::Show(a) => listing::show(global, ui, listing::Kind::Variable, a),
        },
        Command::Collect(a) => collect::run(global, ui, a),
        Command::Inventory(command) => inventory::run(global, ui, command),
        Command::Snapshot(command) => snapshot::run(ui, command),
        Command::Completion(a) => {
            let mut command = Cli::command();
            let mut script = Vec::new();
            clap_complete::generate(a.shell, &mut command, "ironpipe", &mut script);
            ui.data(&script)?;
            Ok(Code::Ok)
        }
        Command::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Cli::command())
                .render(&mut page)
                .map_err(|e| Failure::new(Code::Unknown, e.to_string()))?;
            ui.data(&page)?;
            Ok(Code::Ok)
        }
    }
}
