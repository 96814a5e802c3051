//! Output formats, each made from a [`Run`] alone.
//!
//! * [`format`]: names, aliases and file extensions.
//! * [`text`] (also `brief`), [`csv`], [`json`], [`md`], [`html`], and snapshots through [`crate::snapshot`].
//! * [`nunit3`], [`junit`], [`sarif`], [`ocsf`], [`asff`], [`github`]: for other programs.
//! * [`query`]: results of `query run`.

pub mod asff;
pub mod csv;
mod finding;
pub mod format;
pub mod github;
pub mod html;
pub mod json;
pub mod junit;
pub mod md;
pub mod nunit3;
pub mod ocsf;
pub mod query;
pub mod sarif;
pub mod text;

use crate::model::run::Run;
pub use format::Format;
use std::io;
pub(crate) use text::neutral;

/// Colours of terminal output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colours {
    /// None at all.
    #[default]
    Plain,
    /// For a dark background.
    Dark,
    /// For a light background.
    Light,
}

/// How to render.
#[derive(Debug, Clone)]
pub struct RenderOptions {
    /// Columns of text output.
    pub width: usize,
    /// Colours of text output.
    pub colours: Colours,
    /// Whether CSV has a heading line.
    pub header: bool,
    /// What separates the cells of CSV.
    pub separator: u8,
    /// Whether a snapshot is indented, as on a terminal, or on one line, as in a file.
    pub pretty: bool,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self { width: 120, colours: Colours::Plain, header: true, separator: b',', pretty: true }
    }
}

/// Writes a run in a format.
pub fn render(run: &Run, format: Format, options: &RenderOptions, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Text => text::write(run, options, false, out),
        Format::Brief => text::write(run, options, true, out),
        Format::Csv => csv::write(run, options, out),
        Format::Json => json::write(run, out),
        Format::Md => md::write(run, out),
        Format::Html => html::write(run, None, out),
        Format::Snapshot => crate::snapshot::write(run, options.pretty, out),
        Format::Nunit3 => nunit3::write(run, out),
        Format::Junit => junit::write(run, out),
        Format::Sarif => sarif::write(run, out),
        Format::Ocsf => ocsf::write(run, out),
        Format::Asff => asff::write(run, out),
        Format::Github => github::write(run, out),
        Format::None => Ok(()),
    }
}
