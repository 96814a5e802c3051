//! `snapshot render`.

use super::args::SnapshotCommand;
use super::check;
use super::exit::{Code, Failure};
use super::ui::Ui;

pub fn run(ui: &Ui, command: &SnapshotCommand) -> Result<Code, Failure> {
    let SnapshotCommand::Render(args) = command;
    let bytes = std::fs::read(&args.file)
        .map_err(|e| Failure::new(Code::Unknown, format!("failed to read {}: {e}", args.file.display())))?;
    let run = crate::snapshot::read(&bytes)
        .map_err(|e| Failure::new(Code::Unknown, format!("failed to read {}: {e}", args.file.display())))?;
    check::show_again(ui, &args.output, &run)
}
