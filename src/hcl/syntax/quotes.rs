//! Finds the quote that was never closed.
//!
//! The parser lets quoted text run over line ends, and so complains about the next text, blocks further down.

use std::ops::Range;

/// Returns the first quoted text that does not end on its line: from its quote to the line's end.
pub(super) fn unclosed(text: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let at = |i: usize| bytes.get(i).copied().unwrap_or(b'\n');
    let line_end = |i: usize| text.get(i..).and_then(|t| t.find('\n')).map_or(text.len(), |n| i + n);
    // One entry for each `${` or `%{` that is open in a quoted text: its quote, and how many braces are open in it.
    let mut templates: Vec<(usize, usize)> = Vec::new();
    let mut quote = None;
    let mut i = 0;
    while i < bytes.len() {
        if let Some(start) = quote {
            match at(i) {
                b'\n' => return Some(start..i),
                b'\\' => i += 1,
                b'"' => quote = None,
                c @ (b'$' | b'%') if at(i + 1) == c && at(i + 2) == b'{' => i += 2,
                b'$' | b'%' if at(i + 1) == b'{' => {
                    templates.push((start, 0));
                    quote = None;
                    i += 1;
                }
                _ => {}
            }
        } else {
            match at(i) {
                b'"' => quote = Some(i),
                b'#' => i = line_end(i),
                b'/' if at(i + 1) == b'/' => i = line_end(i),
                b'/' if at(i + 1) == b'*' => i = text.get(i..)?.find("*/").map(|n| i + n + 1)?,
                b'<' if at(i + 1) == b'<' => i = heredoc_end(text, i)?,
                b'{' => {
                    if let Some((_, open)) = templates.last_mut() {
                        *open += 1;
                    }
                }
                b'}' => match templates.last_mut() {
                    Some((start, 0)) => {
                        quote = Some(*start);
                        templates.pop();
                    }
                    Some((_, open)) => *open -= 1,
                    None => {}
                },
                _ => {}
            }
        }
        i += 1;
    }
    quote.map(|start| start..text.len())
}

/// Returns the last byte of the heredoc that begins at an offset, or the offset where there is none; nothing for a
/// heredoc without an end.
fn heredoc_end(text: &str, start: usize) -> Option<usize> {
    let rest = text.get(start + 2..)?;
    let line = rest.lines().next().unwrap_or_default();
    let marker = line.strip_prefix('-').unwrap_or(line).trim_end();
    if marker.is_empty() || !marker.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) {
        return Some(start);
    }
    let mut end = start + 2;
    for (number, line) in rest.split_inclusive('\n').enumerate() {
        end += line.len();
        if number > 0 && line.trim() == marker {
            return Some(end - 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::unclosed;

    #[test]
    fn the_first_text_that_runs_over_its_line() {
        for (text, expected) in [
            ("a = \"x\"\n", None),
            ("a = \"x\nb = \"y\"\n", Some("\"x")),
            ("a = \"x", Some("\"x")),
            ("a = \"\\\"\"\nb = \"y\nc = 1\n", Some("\"y")),
            ("# \"\n// \"\n/* \"\n */ a = 'x\n", None),
            ("a = <<-EOQ\n  \"\n  EOQ\nb = \"z\n", Some("\"z")),
            ("a = \"${f(\"b\", {c = \"d\"})}\"\nb = \"z\n", Some("\"z")),
            ("a = \"${f(\n\"b\")}\"\n", None),
            ("a = \"$${\"\nb = \"%{ if x }y%{ endif }\"\n", None),
            ("a = \"${b}\n", Some("\"${b}")),
            ("a = <<EOQ\n\"\n", None),
            ("a = 1 << 2 \"é\n", Some("\"é")),
        ] {
            assert_eq!(unclosed(text).and_then(|r| text.get(r)), expected, "{text}");
        }
    }
}
