//! What becomes of a run: printed, exported, saved as a snapshot.

use super::exit::{Code, Failure};
use super::export::{self, Target};
use super::flags::OutputFlags;
use super::redaction;
use super::snapshot_location::{self, Location};
use super::ui::Ui;
use crate::model::diagnostic::nearest;
use crate::model::run::Run;
use crate::model::status::{Severity, Status};
use crate::report::{Format, RenderOptions, render};
use crate::snapshot::{Diff, Kind};
use std::path::Path;
use std::sync::Arc;

/// The output flags, understood.
pub struct Output<'f> {
    /// What is printed.
    pub format: Format,
    /// What is written to files.
    pub exports: Vec<Target<Format>>,
    flags: &'f OutputFlags,
    separator: u8,
    baseline: Option<Run>,
    key: Option<Vec<u8>>,
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
        snapshot_location::check(&flags.snapshots, Code::Usage)?;
        let key = flags.redact.then(redaction::key).transpose()?;
        let mut baseline = flags.baseline.as_deref().map(read_snapshot).transpose()?;
        if let (Some(key), Some(run)) = (&key, &mut baseline) {
            redaction::apply(run, key)?;
        }
        if baseline.is_none() && flags.fail_on.iter().any(|c| c == "new") {
            return Err(Failure::new(Code::Usage, "--fail-on new: give the earlier run with --baseline FILE"));
        }
        let separator = separator(&flags.files.separator)?;
        Ok(Self { format, exports: export::targets(&flags.files.export)?, flags, separator, baseline, key })
    }

    /// Takes the names out of a run, where that is asked for.
    ///
    /// # Errors
    ///
    /// As [`redaction::apply`].
    pub fn redact(&self, run: &mut Run) -> Result<(), Failure> {
        match &self.key {
            Some(key) => redaction::apply(run, key),
            None => Ok(()),
        }
    }

    /// Compares a run with the baseline.
    ///
    /// # Errors
    ///
    /// The two cannot be compared.
    pub fn changes(&self, run: &Run) -> Result<Option<Arc<Diff>>, Failure> {
        let Some(baseline) = self.baseline.as_ref().filter(|_| !run.dry_run) else { return Ok(None) };
        let diff = Diff::between(baseline, run)
            .map_err(|e| Failure::new(Code::Error, format!("cannot compare with the baseline: {e}")))?;
        Ok(Some(Arc::new(diff)))
    }

    /// Returns the exit code of a run.
    pub fn verdict(&self, run: &Run, changes: Option<&Diff>) -> Code {
        let mut worst = Code::Ok;
        for condition in &self.flags.fail_on {
            let s = run.root.summary;
            let code = match condition.as_str() {
                "alarm" if s.alarm > 0 => Code::Alarm,
                "error" if s.error > 0 => Code::Error,
                "new" => changes
                    .into_iter()
                    .flat_map(|d| d.of(Kind::New))
                    .filter_map(|c| c.after.as_ref())
                    .fold(Code::Ok, |code, after| {
                        code.max(if after.status == Status::Error { Code::Error } else { Code::Alarm })
                    }),
                severity @ ("critical" | "high" | "medium" | "low") if has_alarm_of(run, severity) => Code::Alarm,
                _ => Code::Ok,
            };
            worst = worst.max(code);
        }
        worst
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
    pub fn emit(&self, ui: &Ui, run: &Run, changes: Option<&Arc<Diff>>) -> Result<bool, Failure> {
        self.print(ui, run, changes)?;
        Ok(self.export(ui, run, &run.target, changes))
    }

    /// Prints a run.
    ///
    /// # Errors
    ///
    /// The run cannot be printed.
    pub fn print(&self, ui: &Ui, run: &Run, changes: Option<&Arc<Diff>>) -> Result<(), Failure> {
        let screen = RenderOptions {
            width: ui.width(),
            measure: ui.measure(),
            colours: ui.colours(),
            header: self.flags.files.header,
            separator: self.separator,
            pretty: true,
            changes: changes.cloned(),
        };
        let mut text = Vec::new();
        render(run, self.format, &screen, &mut text)
            .map_err(|e| Failure::new(Code::Unknown, format!("failed to render the result: {e}")))?;
        ui.data(&text)
    }

    /// Writes the exports of a run. Returns whether every export went well.
    pub fn export(&self, ui: &Ui, run: &Run, name: &str, changes: Option<&Arc<Diff>>) -> bool {
        let file = RenderOptions {
            width: ui.width(),
            measure: ui.measure(),
            pretty: false,
            header: self.flags.files.header,
            separator: self.separator,
            changes: changes.cloned(),
            ..RenderOptions::default()
        };
        let mut ok = true;
        for target in &self.exports {
            let (format, path) = match target {
                Target::Unnamed(format) => (*format, export::unnamed(name, format.extension(), run.started)),
                Target::Named(format, path) => (*format, path.clone()),
            };
            ok &= export::save(ui, &path, self.flags.files.progress, |out| render(run, format, &file, out));
        }
        ok
    }

    /// Saves a snapshot where that is asked for. Returns whether it went well.
    pub fn save_snapshot(&self, ui: &Ui, run: &Run, name: &str) -> bool {
        let flags = &self.flags.snapshots;
        if !flags.snapshot && !flags.share {
            return true;
        }
        let location = Location::of(flags);
        location.save(ui, name, run.started, |out| crate::snapshot::write(run, false, out))
            && (flags.location().is_none() || location.list(ui))
    }
}

/// Whether a control of a severity, or of a higher one, is in alarm.
fn has_alarm_of(run: &Run, least: &str) -> bool {
    let is_as_bad = |severity: &str| Severity::parse(severity).is_some_and(|s| Some(s) <= Severity::parse(least));
    run.controls.values().any(|c| c.summary.alarm > 0 && is_as_bad(&c.severity))
}

/// Reads a snapshot file.
///
/// # Errors
///
/// The file cannot be read, or is no snapshot.
pub fn read_snapshot(path: &Path) -> Result<Run, Failure> {
    let failed = |e: String| Failure::new(Code::Unknown, format!("failed to read {}: {e}", path.display()));
    let bytes = std::fs::read(path).map_err(|e| failed(e.to_string()))?;
    crate::snapshot::read(&bytes).map_err(|e| failed(e.to_string()))
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
