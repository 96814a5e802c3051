//! What becomes of a run: printed, exported, saved as a snapshot.

use super::exit::{Code, Failure};
use super::export::{self, Target};
use super::flags::{OutputFlags, SnapshotFlags};
use super::ui::Ui;
use crate::model::diagnostic::nearest;
use crate::model::run::Run;
use crate::report::{Format, RenderOptions, render};
use std::path::{Path, PathBuf};

/// The output flags, understood.
pub struct Output<'f> {
    /// What is printed.
    pub format: Format,
    /// What is written to files.
    pub exports: Vec<Target<Format>>,
    flags: &'f OutputFlags,
    separator: u8,
}

impl<'f> Output<'f> {
    /// Reads the flags.
    ///
    /// # Errors
    ///
    /// Unknown formats, and flags that contradict each other.
    pub fn parse(flags: &'f OutputFlags) -> Result<Self, Failure> {
        let format = Format::parse(&flags.output).ok_or_else(|| {
            let failure = Failure::new(
                Code::Unknown,
                format!("invalid value '{}' for --output: one of {}", flags.output, Format::NAMES.join(", ")),
            );
            match nearest(&flags.output, Format::NAMES) {
                Some(near) => failure.help(format!("did you mean {near}?")),
                None => failure,
            }
        })?;
        check_snapshot(&flags.snapshots, Code::Usage)?;
        Ok(Self { format, exports: export::targets(&flags.export)?, flags, separator: separator(&flags.separator)? })
    }

    /// Whether a file with a name of its own is written.
    pub fn has_named_export(&self) -> bool {
        self.exports.iter().any(|t| matches!(t, Target::Named(..)))
    }

    /// Prints a run and writes its exports. Returns whether every export went well.
    ///
    /// # Errors
    ///
    /// The run cannot be printed.
    pub fn emit(&self, ui: &Ui, run: &Run) -> Result<bool, Failure> {
        self.print(ui, run)?;
        Ok(self.export(ui, run))
    }

    /// Prints a run.
    ///
    /// # Errors
    ///
    /// The run cannot be printed.
    pub fn print(&self, ui: &Ui, run: &Run) -> Result<(), Failure> {
        let screen = RenderOptions {
            width: ui.width(),
            colours: ui.colours(),
            header: self.flags.header,
            separator: self.separator,
            pretty: true,
        };
        let mut text = Vec::new();
        render(run, self.format, &screen, &mut text)
            .map_err(|e| Failure::new(Code::Unknown, format!("failed to render the result: {e}")))?;
        ui.data(&text)
    }

    /// Writes the exports of a run. Returns whether every export went well.
    pub fn export(&self, ui: &Ui, run: &Run) -> bool {
        let file = RenderOptions {
            width: ui.width(),
            pretty: false,
            header: self.flags.header,
            separator: self.separator,
            ..RenderOptions::default()
        };
        let mut ok = true;
        for target in &self.exports {
            let (format, path) = match target {
                Target::Unnamed(format) => (*format, export::unnamed(&run.target, format.extension(), run.started)),
                Target::Named(format, path) => (*format, path.clone()),
            };
            ok &= export::save(ui, &path, self.flags.progress, |out| render(run, format, &file, out));
        }
        ok
    }

    /// Saves a snapshot where that is asked for. Returns whether it went well.
    pub fn save_snapshot(&self, ui: &Ui, run: &Run) -> bool {
        let flags = &self.flags.snapshots;
        if !flags.snapshot && !flags.share {
            return true;
        }
        save_snapshot(ui, flags, &run.target, run.started, |out| crate::snapshot::write(run, false, out))
    }
}

/// Saves a snapshot file in the snapshot location. Returns whether it went well.
pub fn save_snapshot(
    ui: &Ui,
    flags: &SnapshotFlags,
    name: &str,
    at: chrono::DateTime<chrono::FixedOffset>,
    write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>,
) -> bool {
    let path = folder(flags).join(export::unnamed(name, ".pps", at));
    match export::write(&path, write) {
        Ok(()) => {
            ui.notice(&format!("\nSnapshot saved to {}", path.display()));
            true
        }
        Err(e) => {
            let message = format!("failed to save snapshot {}: {e}", path.display());
            ui.failure(&Failure::new(Code::Error, message));
            false
        }
    }
}

fn folder(flags: &SnapshotFlags) -> PathBuf {
    match &flags.snapshot_location {
        Some(folder) => super::config::connection::expand(&folder.to_string_lossy()),
        None => Path::new(".").to_path_buf(),
    }
}

/// Checks the flags of snapshots.
///
/// # Errors
///
/// Both kinds at once, a location that is no folder, or tags without one `=`.
pub fn check_snapshot(flags: &SnapshotFlags, code: Code) -> Result<(), Failure> {
    if flags.share && flags.snapshot {
        return Err(Failure::new(code, "only 1 of 'share' and 'snapshot' may be set"));
    }
    if !flags.share && !flags.snapshot {
        return Ok(());
    }
    if let Some(tag) = flags.snapshot_tag.iter().find(|t| t.matches('=').count() != 1) {
        return Err(Failure::new(code, format!("'{tag}': snapshot tags must be specified '--snapshot-tag key=value'")));
    }
    let folder = folder(flags);
    if folder.is_dir() {
        return Ok(());
    }
    let shown = folder.display();
    let failure = Failure::new(code, format!("snapshot location {shown} does not exist"));
    let is_handle = shown.to_string().split('/').filter(|p| !p.is_empty()).count() == 2;
    Err(if is_handle {
        failure.help("ironpipe has no cloud service: it saves snapshots in a folder, which must exist")
    } else {
        failure.help("ironpipe saves snapshots in a folder; create it first")
    })
}

/// Reads `--separator`.
///
/// # Errors
///
/// Anything but one byte.
pub fn separator(text: &str) -> Result<u8, Failure> {
    match text.as_bytes() {
        [one] if !matches!(one, b'"' | b'\r' | b'\n') => Ok(*one),
        [_] => Err(Failure::new(Code::Usage, "--separator cannot be a quote or a line break")),
        [] => Err(Failure::new(Code::Usage, "--separator must be 1 character; it is empty")),
        _ => Err(Failure::new(Code::Usage, format!("--separator '{text}': at most 1 character, in ASCII"))),
    }
}
