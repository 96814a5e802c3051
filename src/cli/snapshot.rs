//! `snapshot render`.

use super::args::SnapshotCommand;
use super::context::Context;
use super::exit::{Code, Failure};
use super::output::Output;

pub fn run(cx: &Context<'_>, command: &SnapshotCommand) -> Result<Code, Failure> {
    let SnapshotCommand::Render(args) = command;
    let bytes = std::fs::read(&args.file)
        .map_err(|e| Failure::new(Code::Unknown, format!("failed to read {}: {e}", args.file.display())))?;
    let run = crate::snapshot::read(&bytes)
        .map_err(|e| Failure::new(Code::Unknown, format!("failed to read {}: {e}", args.file.display())))?;
    let ok = Output::parse(&args.output)?.emit(cx.ui, &run)?;
    Ok(if ok { Code::Ok } else { Code::Error })
}
