//! Everything that is printed. Standard output is data only; everything else goes to standard error.

use super::args::ColorChoice;
use super::exit::{Code, Failure};
use super::progress::Progress;
use crate::hcl::Prompt;
use crate::model::diagnostic::{Diagnostic, Level};
use crate::model::resource::Variable;
use crate::report::{Colours, Measure};
use annotate_snippets::{AnnotationKind, Group, Level as Shown, Renderer, Snippet};
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Powerpipe's variable for the width of text output.
const DISPLAY_WIDTH: &str = "POWERPIPE_DISPLAY_WIDTH";

/// Reads a number of columns from the environment.
fn columns(name: &str) -> Option<usize> {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).filter(|n| *n > 0)
}

/// The terminal, or what stands in its place.
pub struct Ui {
    colour_out: bool,
    colour_err: bool,
    quiet: bool,
    err_is_terminal: bool,
    light: bool,
}

impl Ui {
    /// Decides about colours from the flag, `NO_COLOR`, `CLICOLOR_FORCE` and what the streams are.
    pub fn new(color: ColorChoice, quiet: bool) -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty() && v != "0");
        let decide = |terminal: bool| match color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => !set("NO_COLOR") && (terminal || set("CLICOLOR_FORCE")),
        };
        // Terminals that tell their background put it behind the last semicolon.
        let background =
            std::env::var("COLORFGBG").ok().and_then(|v| v.rsplit(';').next().and_then(|n| n.parse::<u8>().ok()));
        Self {
            colour_out: decide(io::stdout().is_terminal()),
            colour_err: decide(io::stderr().is_terminal()),
            quiet,
            err_is_terminal: io::stderr().is_terminal(),
            light: background.is_some_and(|b| b == 7 || b == 15),
        }
    }

    /// Returns the colours of reports on standard output.
    pub fn colours(&self) -> Colours {
        match (self.colour_out, self.light) {
            (false, _) => Colours::Plain,
            (true, false) => Colours::Dark,
            (true, true) => Colours::Light,
        }
    }

    /// Returns the width of text output: `POWERPIPE_DISPLAY_WIDTH`, the terminal, `COLUMNS`, 120.
    pub fn width(&self) -> usize {
        let terminal = || terminal_size::terminal_size_of(io::stdout()).map(|(w, _)| usize::from(w.0));
        columns(DISPLAY_WIDTH).or_else(terminal).or_else(|| columns("COLUMNS")).unwrap_or(120)
    }

    /// Returns how text is measured: as Powerpipe does where its own variable sets the width, or else as a terminal
    /// shows it.
    pub fn measure(&self) -> Measure {
        if columns(DISPLAY_WIDTH).is_some() { Measure::CodePoints } else { Measure::Columns }
    }

    /// Whether notices and progress are wanted and somebody is there to read them.
    pub fn is_interactive(&self) -> bool {
        self.err_is_terminal && !self.quiet
    }

    /// Writes data to standard output. A closed pipe ends quietly.
    pub fn data(&self, bytes: &[u8]) -> Result<(), Failure> {
        write_data(bytes).map_err(|e| Failure::new(Code::Unknown, format!("failed to write to standard output: {e}")))
    }

    fn err(&self, text: &str) {
        write_error(text);
    }

    /// Prints something worth knowing; not with `--quiet`.
    pub fn notice(&self, text: &str) {
        if !self.quiet {
            self.err(&format!("{text}\n"));
        }
    }

    /// Prints something worth knowing when somebody is there to read it.
    pub fn aside(&self, text: &str) {
        if self.is_interactive() {
            self.err(&format!("{text}\n"));
        }
    }

    /// Prints a warning.
    pub fn warning(&self, text: &str) {
        self.diagnostic(&Diagnostic::warning(text));
    }

    /// Prints why a command failed.
    pub fn failure(&self, failure: &Failure) {
        self.diagnostics(&failure.diagnostics, 50);
    }

    /// Prints diagnostics, not more than a limit.
    pub fn diagnostics(&self, diagnostics: &[Diagnostic], limit: usize) {
        for diagnostic in diagnostics.iter().take(limit) {
            self.diagnostic(diagnostic);
        }
        let more = diagnostics.len().saturating_sub(limit);
        if more > 0 {
            self.err(&format!("... and {more} more\n"));
        }
    }

    /// Prints a diagnostic with its source line and a caret.
    pub fn diagnostic(&self, diagnostic: &Diagnostic) {
        if self.quiet && diagnostic.level != Level::Error {
            return;
        }
        self.err(&format!("{}\n", drawn(diagnostic, false, self.colour_err)));
    }

    /// Returns a diagnostic as `mod check` prints it on standard output.
    pub fn finding(&self, diagnostic: &Diagnostic) -> String {
        drawn(diagnostic, true, self.colour_out)
    }

    /// Returns what asks for the values of variables; nothing without a terminal to ask on.
    pub fn prompt(&self) -> Option<Prompt> {
        if !self.err_is_terminal || !io::stdin().is_terminal() {
            return None;
        }
        let asked = AtomicBool::new(false);
        Some(Prompt(Arc::new(move |variable: &Variable| {
            let mut err = io::stderr().lock();
            if !asked.swap(true, Ordering::Relaxed) {
                let _ = writeln!(err, "Variables defined with no value set.\n");
            }
            let description = variable.meta.description.as_deref().unwrap_or_default();
            let _ =
                write!(err, "var.{} ({})\n  {description}\n  Enter a value: ", variable.id.name, variable.type_string);
            let _ = err.flush();
            let mut line = String::new();
            match io::stdin().read_line(&mut line) {
                Ok(n) if n > 0 => Some(line.trim_end_matches(['\r', '\n']).to_owned()),
                _ => None,
            }
        })))
    }

    /// Starts a progress line; nothing without a terminal.
    pub fn progress(&self, wanted: bool) -> Progress {
        Progress::start(wanted && self.is_interactive())
    }
}

/// Draws a diagnostic with its source line and a caret; with its code where that is wanted.
fn drawn(diagnostic: &Diagnostic, coded: bool, coloured: bool) -> String {
    let level = match diagnostic.level {
        Level::Error => Shown::ERROR.with_name("Error"),
        Level::Warning => Shown::WARNING.with_name("Warning"),
        Level::Note => Shown::NOTE.with_name("Note"),
    };
    let message = crate::report::neutral(&diagnostic.message);
    let mut title = level.primary_title(message);
    if coded && !diagnostic.code.is_empty() {
        title = title.id(diagnostic.code);
    }
    let mut group = Group::with_title(title);
    for (i, label) in diagnostic.labels.iter().enumerate() {
        let file = &label.span.file;
        let mut range = label.span.range.clone();
        range.end = file.text.ceil_char_boundary(range.end);
        range.start = file.text.floor_char_boundary(range.start.min(range.end));
        // A block or query is shown by its first line.
        if let Some(line) = file.text.get(range.clone()).and_then(|t| t.find('\n')) {
            range.end = range.start + line;
        }
        let kind = if i == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let mut annotation = kind.span(range);
        if !label.text.is_empty() {
            annotation = annotation.label(label.text.clone());
        }
        group = group.element(
            Snippet::source(file.text.as_str()).path(file.display_path.clone()).fold(true).annotation(annotation),
        );
    }
    for help in &diagnostic.help {
        group = group.element(Shown::HELP.message(help.clone()));
    }
    let renderer = if coloured { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

/// Writes data to standard output. A closed pipe ends quietly.
///
/// # Errors
///
/// Anything else that keeps the data from being written, such as a full disk.
pub fn write_data(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(e),
        _ => Ok(()),
    }
}

/// Writes to standard error. There is nowhere to report that it is closed.
pub fn write_error(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
