//! Where the parts of a resource stand in its file, for those who speak of them after loading.

use super::syntax::{Block, Body, parse_body};
use crate::model::source::{SourceFile, Span};
use std::ops::Range;
use std::sync::Arc;

/// Returns the place of an attribute's value in a resource's block; none when the block has no such attribute.
pub fn attribute(block: &Span, name: &str) -> Option<Span> {
    let body = body(block)?;
    let attribute = body.blocks().next()?.body.attributes().find(|a| a.key.as_str() == name)?;
    within(block, attribute.value.span())
}

/// Returns the place of a key of an object in a resource's block: `cis_level` in `tags = { cis_level = "1" }`.
pub fn key(block: &Span, attribute_name: &str, key: &str) -> Option<Span> {
    let whole = attribute(block, attribute_name)?;
    let at = whole.text().match_indices(key).map(|(at, _)| at).find(|at| {
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let text = whole.text();
        let before = text.get(..*at).and_then(|t| t.chars().next_back());
        let after = text.get(at + key.len()..).and_then(|t| t.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })?;
    let start = whole.range.start + at;
    Some(Span { file: Arc::clone(&whole.file), range: start..start + key.len() })
}

/// Returns the place of a block's first line: its word and its label.
pub fn head(block: &Span) -> Span {
    let text = block.text();
    let end = text.find(['{', '\n']).unwrap_or(text.len());
    let length = text.get(..end).unwrap_or_default().trim_end().len().max(1);
    Span { file: Arc::clone(&block.file), range: block.range.start..block.range.start + length }
}

/// Returns the places of the blocks of a file that are not inside others; none for a file that cannot be parsed.
pub fn blocks(file: &Arc<SourceFile>) -> Vec<Range<usize>> {
    let Ok(body) = parse_body(file) else { return Vec::new() };
    body.blocks().map(Block::span).collect()
}

fn body(block: &Span) -> Option<Body> {
    let file = SourceFile {
        path: block.file.path.clone(),
        display_path: block.file.display_path.clone(),
        text: block.text().to_owned(),
    };
    parse_body(&Arc::new(file)).ok()
}

fn within(block: &Span, range: Range<usize>) -> Option<Span> {
    let range = block.range.start + range.start..block.range.start + range.end;
    block.file.text.get(range.clone())?;
    Some(Span { file: Arc::clone(&block.file), range })
}
