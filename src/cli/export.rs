//! Files that are written beside the output: whole or not at all, readable by their owner only.

use super::exit::{Code, Failure};
use super::ui::Ui;
use crate::report::Format;
use crate::report::query::QueryFormat;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// What one `--export` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target<F> {
    /// A format; the file gets its name from us.
    Unnamed(F),
    /// A file.
    Named(F, PathBuf),
}

/// Reads `--export` values.
pub fn targets(values: &[String]) -> Result<Vec<Target<Format>>, Failure> {
    let files = ".html, .json, .csv, .md, .txt, .pps, .xml, .junit.xml, .sarif, .ocsf.jsonl or .asff.json";
    parse(values, Format::parse, Format::of_file, |f| *f == Format::None, files)
}

/// Reads `--export` values of `query run`.
pub fn query_targets(values: &[String]) -> Result<Vec<Target<QueryFormat>>, Failure> {
    parse(values, QueryFormat::parse, QueryFormat::of_file, |f| *f == QueryFormat::None, ".csv, .json or .pps")
}

fn parse<F: Copy + PartialEq>(
    values: &[String],
    by_name: fn(&str) -> Option<F>,
    by_file: fn(&str) -> Option<F>,
    is_none: fn(&F) -> bool,
    files: &str,
) -> Result<Vec<Target<F>>, Failure> {
    let mut targets = Vec::new();
    for value in values.iter().map(|v| v.trim()).filter(|v| !v.is_empty()) {
        let target = match by_name(value).filter(|f| !is_none(f)) {
            Some(format) => Target::Unnamed(format),
            None => match by_file(value) {
                Some(format) => Target::Named(format, PathBuf::from(value)),
                None => {
                    return Err(Failure::new(Code::Initialization, format!("invalid export format: '{value}'"))
                        .help(format!("give a format, or a file name that ends in {files}")));
                }
            },
        };
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    Ok(targets)
}

/// Returns the name of a file without a name of its own: `<what>.<YYYYMMDDTHHMMSS><extension>`.
pub fn unnamed(what: &str, extension: &str, at: chrono::DateTime<chrono::FixedOffset>) -> PathBuf {
    PathBuf::from(format!("{what}.{}{extension}", at.format("%Y%m%dT%H%M%S")))
}

/// Writes a file beside its final place, syncs it, and moves it there.
pub fn write(path: &Path, render: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    if !folder.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no folder {}", folder.display())));
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ironpipe-");
    let file = builder.tempfile_in(folder)?;
    {
        let mut out = BufWriter::new(file.as_file());
        render(&mut out)?;
        out.flush()?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    Ok(())
}

/// Writes one export and tells about it. Returns whether it went well.
pub fn save(ui: &Ui, path: &Path, tell: bool, render: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> bool {
    match write(path, render) {
        Ok(()) => {
            if tell {
                let full = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
                ui.aside(&format!("File exported to {}", full.display()));
            }
            true
        }
        Err(e) => {
            ui.failure(&Failure::new(Code::Error, format!("failed to export {}: {e}", path.display())));
            false
        }
    }
}
