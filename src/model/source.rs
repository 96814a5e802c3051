//! Source files, places in them, and SQL text that remembers where it was written.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// One source file, kept for error messages and for `show`.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The path on disk.
    pub path: PathBuf,
    /// The path as messages show it: relative to the current folder where that is shorter.
    pub display_path: String,
    /// The whole text, UTF-8, without a byte-order mark.
    pub text: String,
}

impl SourceFile {
    /// Returns the 1-based line and the 1-based column (in characters) of a byte offset.
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = self.text.get(..offset).unwrap_or_default();
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}

/// A range of bytes in a source file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The file.
    pub file: Arc<SourceFile>,
    /// Byte offsets into [`SourceFile::text`].
    pub range: Range<usize>,
}

impl Span {
    /// Returns the 1-based line and column where the span starts.
    pub fn start(&self) -> (usize, usize) {
        self.file.line_column(self.range.start)
    }

    /// Returns the 1-based line and column just behind the span's last character.
    pub fn end(&self) -> (usize, usize) {
        self.file.line_column(self.range.end)
    }

    /// Returns the source text that the span covers.
    pub fn text(&self) -> &str {
        self.file.text.get(self.range.clone()).unwrap_or_default()
    }
}

/// One run of SQL text and the place in a file that it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Byte offsets into [`SqlText::text`].
    pub text: Range<usize>,
    /// Byte offsets into the file: the same characters where `literal`, otherwise the whole expression
    /// (an interpolation, a call of `replace`) whose value the text is.
    pub file: Range<usize>,
    /// Whether the text stands in the file character by character.
    pub literal: bool,
}

/// SQL text with a map back to the HCL file it was written in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SqlText {
    /// The SQL as it is sent to the database.
    pub text: String,
    /// Where the pieces were written, sorted by `text`; empty for SQL from the command line.
    pub segments: Vec<Segment>,
    /// The file that `segments` point into; none for SQL from the command line.
    pub file: Option<Arc<SourceFile>>,
}

impl SqlText {
    /// Makes SQL text that was not written in a file.
    pub fn inline(text: impl Into<String>) -> Self {
        Self { text: text.into(), segments: Vec::new(), file: None }
    }

    /// Returns the place in the HCL file where a range of the SQL text was written.
    ///
    /// A range inside literal text maps to exactly those characters; one that starts in interpolated text maps to
    /// the interpolation. `None` for SQL that was not written in a file.
    pub fn locate(&self, range: Range<usize>) -> Option<Span> {
        let file = self.file.as_ref()?;
        let index = self.segments.partition_point(|s| s.text.end <= range.start);
        let segment = self.segments.get(index).or_else(|| self.segments.last())?;
        if !segment.literal {
            return Some(Span { file: Arc::clone(file), range: segment.file.clone() });
        }
        let start = (segment.file.start + range.start.saturating_sub(segment.text.start)).min(segment.file.end);
        let length = range.end.min(segment.text.end).saturating_sub(range.start.max(segment.text.start));
        Some(Span { file: Arc::clone(file), range: start..(start + length).min(segment.file.end) })
    }
}
