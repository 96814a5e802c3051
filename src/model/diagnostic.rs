//! An error or warning at a place in a source file, with hints; drawn by `cli::ui`.

use super::source::{SourceFile, Span};
use std::ops::Range;
use std::sync::Arc;

/// How bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Worth knowing; nothing is wrong yet.
    Note,
    /// Probably not what was meant.
    Warning,
    /// What was asked for cannot be done.
    Error,
}

/// A place that a diagnostic speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is to be said of this place; may be empty for the main place.
    pub text: String,
}

/// A message for the user: what is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub level: Level,
    /// A stable short code such as `unknown-column`, for lints, SARIF and silencing; empty where none applies.
    pub code: &'static str,
    /// One sentence, lower case, no full stop.
    pub message: String,
    /// Places: the first is where the fault is, the others explain it (`first defined here`).
    pub labels: Vec<Label>,
    /// What to do about it (`did you mean ...?`).
    pub help: Vec<String>,
}

impl Diagnostic {
    /// Makes an error without a place.
    pub fn error(message: impl Into<String>) -> Self {
        Self { level: Level::Error, code: "", message: message.into(), labels: Vec::new(), help: Vec::new() }
    }

    /// Makes a warning without a place.
    pub fn warning(message: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::error(message) }
    }

    /// Adds the stable code.
    #[must_use]
    pub fn code(mut self, code: &'static str) -> Self {
        self.code = code;
        self
    }

    /// Adds a place; the first one added is the main one.
    #[must_use]
    pub fn at(mut self, file: &Arc<SourceFile>, range: Range<usize>, text: impl Into<String>) -> Self {
        self.labels.push(Label { span: Span { file: Arc::clone(file), range }, text: text.into() });
        self
    }

    /// Adds a place given as a span.
    #[must_use]
    pub fn at_span(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    /// Adds a hint.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}

/// Returns the candidate most like `name`, if any is near enough to be what was meant.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    let limit = 1 + length / 4;
    let letters = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let own = letters(name);
    candidates
        .into_iter()
        // Two texts are at least as far apart as their lengths.
        .filter(|c| c.chars().count().abs_diff(length) <= limit)
        .map(|c| (strsim::damerau_levenshtein(&name.to_lowercase(), &c.to_lowercase()), c))
        .filter(|(distance, _)| *distance <= limit)
        // Of two that are as near, one with the same letters in another order is likelier.
        .min_by_key(|(distance, c)| (*distance, letters(c) != own, *c))
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn what_was_meant() {
        let names = ["cis_v200_1_1", "cis_v200_1_11", "cis_v200_1_13", "cis_v200_1_3"];
        assert_eq!(nearest("cis_v200_1_31", names), Some("cis_v200_1_13"));
        assert_eq!(nearest("CIS_v200_1_1", names), Some("cis_v200_1_1"));
        assert_eq!(nearest("cis_v300", names), None);
    }
}
