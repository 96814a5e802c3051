//! Output formats, each made from a [`Run`] alone.
//!
//! * [`format`]: names, aliases and file extensions.
//! * [`text`] (also `brief`), [`csv`], [`json`], [`md`], [`html`], and snapshots through [`crate::snapshot`].
//! * [`nunit3`], [`junit`], [`sarif`], [`ocsf`], [`asff`], [`github`]: for other programs.
//! * [`changes`]: what is different from an earlier run.
//! * [`index`]: the list of a folder's snapshots.
//! * [`query`]: results of `query run`.

pub mod asff;
pub mod changes;
pub mod csv;
mod duration;
mod finding;
pub mod format;
pub mod github;
pub mod html;
pub mod index;
pub mod json;
pub mod junit;
pub mod md;
mod measure;
pub mod nunit3;
pub mod ocsf;
pub mod query;
pub mod sarif;
pub mod text;
mod words;
mod xml;

use crate::model::run::Run;
use crate::snapshot::Diff;
pub use duration::duration;
pub use format::Format;
pub use measure::Measure;
use std::io;
use std::sync::Arc;
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
    /// How the width of texts is counted in text output.
    pub measure: Measure,
    /// Colours of text output.
    pub colours: Colours,
    /// Whether CSV has a heading line.
    pub header: bool,
    /// What separates the cells of CSV.
    pub separator: u8,
    /// Whether a snapshot is indented, as on a terminal, or on one line, as in a file.
    pub pretty: bool,
    /// What changed since an earlier run, where one was given; text, Markdown, JSON and HTML tell it.
    pub changes: Option<Arc<Diff>>,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            width: 120,
            measure: Measure::default(),
            colours: Colours::Plain,
            header: true,
            separator: b',',
            pretty: true,
            changes: None,
        }
    }
}

/// Writes a run in a format.
pub fn render(run: &Run, format: Format, options: &RenderOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let changes = options.changes.as_deref();
    match format {
        Format::Text | Format::Brief => {
            text::write(run, options, format == Format::Brief, out)?;
            match changes {
                Some(diff) => write!(out, "\n{}", changes::section(diff)),
                None => Ok(()),
            }
        }
        Format::Csv => csv::write(run, options, out),
        Format::Json => json::write(run, changes.map(changes::json), out),
        Format::Md => {
            md::write(run, out)?;
            match changes {
                Some(diff) => write!(out, "\n{}", changes::markdown(diff)),
                None => Ok(()),
            }
        }
        Format::Html => html::write(run, changes.map(|diff| html::Baseline::new(diff, run)).as_ref(), out),
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
