//! Takes long literal text out of a file before it is parsed.
//!
//! The parser tries several rules at each letter of quoted text and heredocs, and the SQL and descriptions of a mod are
//! most of its letters. Nothing needs them in the tree: literals are read from the file, by their places. So each long
//! run becomes [`MARK`], and places in the condensed text are translated back.
//!
//! Heredocs without a line become empty strings: the parser misses their end marker and swallows what follows.

use std::cell::Cell;
use std::ops::Range;

/// Stands for a run of literal text.
pub(super) const MARK: &str = "_";

/// Shorter runs stay. Keys of objects stay whatever their length: the parser compares them.
const LONG: usize = 12;

/// How deep texts and their interpolations may nest; deeper ones are left to the parser, which refuses them.
const DEPTH: usize = 64;

/// A file's text without its long literals.
#[derive(Debug)]
pub(super) struct Condensed<'t> {
    /// The file's text.
    pub source: &'t str,
    /// What is parsed.
    pub text: String,
    /// The first quoted text that runs over the end of its line, up to there.
    pub unclosed: Option<Range<usize>>,
    /// From where on a place in `text` is which place in `source`, in order.
    jumps: Vec<(usize, usize)>,
    /// The jump that was used last: places are asked for mostly in order.
    last: Cell<usize>,
}

impl<'t> Condensed<'t> {
    pub fn new(source: &'t str) -> Self {
        let out = Self {
            source,
            text: String::with_capacity(source.len()),
            unclosed: None,
            jumps: vec![(0, 0)],
            last: Cell::new(0),
        };
        let mut scan = Scan { bytes: source.as_bytes(), at: 0, copied: 0, depth: 0, out };
        scan.code(false);
        scan.copy_to(source.len());
        scan.out
    }

    /// Translates a place in the condensed text into the place in the file.
    pub fn original(&self, at: usize) -> usize {
        let holds = |i: usize| {
            let starts = self.jumps.get(i).is_some_and(|jump| jump.0 <= at);
            starts && self.jumps.get(i + 1).is_none_or(|next| at < next.0)
        };
        let mut i = self.last.get();
        if !holds(i) {
            i = if holds(i + 1) { i + 1 } else { self.jumps.partition_point(|jump| jump.0 <= at).saturating_sub(1) };
            self.last.set(i);
        }
        self.jumps.get(i).map_or(at, |(from, to)| (to + (at - from)).min(self.source.len()))
    }
}

struct Scan<'t> {
    bytes: &'t [u8],
    at: usize,
    /// How much of the source has been copied or cut.
    copied: usize,
    depth: usize,
    out: Condensed<'t>,
}

impl Scan<'_> {
    fn byte(&self, offset: usize) -> u8 {
        self.bytes.get(self.at + offset).copied().unwrap_or(0)
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    fn copy_to(&mut self, end: usize) {
        self.out.text.push_str(self.out.source.get(self.copied..end).unwrap_or_default());
        self.copied = end;
    }

    /// Writes something else in place of a part of the source; places within it count from its start.
    fn replace(&mut self, start: usize, end: usize, with: &str) {
        self.copy_to(start);
        self.out.text.push_str(with);
        self.out.jumps.push((self.out.text.len(), end));
        self.copied = end;
    }

    /// Cuts a run of literal text, if that is worth it.
    fn cut(&mut self, start: usize, end: usize) {
        if end.saturating_sub(start) > LONG {
            self.replace(start, end, MARK);
        }
    }

    /// Passes over code, up to the brace that ends an interpolation or to the end of the file.
    fn code(&mut self, ends_at_brace: bool) {
        let mut braces = 0_usize;
        while !self.is_at_end() {
            match (self.byte(0), self.byte(1)) {
                (b'"', _) => self.quoted(),
                (b'#', _) | (b'/', b'/') => self.skip_to(b"\n"),
                (b'/', b'*') => self.skip_to(b"*/"),
                (b'<', b'<') => self.heredoc(),
                (b'}', _) if ends_at_brace && braces == 0 => {
                    self.at += 1;
                    return;
                }
                (b'{', _) => {
                    braces += 1;
                    self.at += 1;
                }
                (b'}', _) => {
                    braces = braces.saturating_sub(1);
                    self.at += 1;
                }
                _ => self.at += 1,
            }
        }
    }

    fn skip_to(&mut self, end: &[u8]) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at = memchr::memmem::find(rest, end).map_or(self.bytes.len(), |i| self.at + i + end.len());
    }

    /// Passes over an escape or an interpolation of a template, if one begins here.
    fn template(&mut self) -> bool {
        match (self.byte(0), self.byte(1), self.byte(2)) {
            (b'$', b'$', b'{') | (b'%', b'%', b'{') => self.at += 3,
            (b'$' | b'%', b'{', _) if self.depth < DEPTH => {
                self.at += 2;
                self.depth += 1;
                self.code(true);
                self.depth -= 1;
            }
            (b'$' | b'%', b'{', _) => self.at = self.bytes.len(),
            _ => return false,
        }
        true
    }

    fn quoted(&mut self) {
        self.at += 1;
        let start = self.at;
        let mut is_plain = true;
        while !self.is_at_end() {
            match self.byte(0) {
                b'"' => break,
                b'\\' => {
                    is_plain = false;
                    self.at += 2;
                }
                b'$' | b'%' if self.template() => is_plain = false,
                b'\n' => {
                    self.out.unclosed.get_or_insert(start - 1..self.at);
                    self.at += 1;
                }
                _ => self.at += 1,
            }
        }
        let end = self.at.min(self.bytes.len());
        self.at = (end + 1).min(self.bytes.len());
        let after = self.bytes.get(self.at..).unwrap_or_default().iter().find(|b| !matches!(b, b' ' | b'\t'));
        // A key is followed by `=` or `:`, and may be in parentheses.
        let is_value = after.is_some_and(|b| matches!(b, b',' | b'\n' | b'\r' | b']' | b'}'));
        if is_plain && is_value {
            self.cut(start, end);
        }
    }

    fn heredoc(&mut self) {
        let start = self.at;
        let word = start + 2 + usize::from(self.byte(2) == b'-');
        let source = self.out.source;
        let rest = source.get(word..).unwrap_or_default();
        let (marker, after) = rest.split_at(rest.find(|c| !is_word(c)).unwrap_or(rest.len()));
        let newline = if after.starts_with("\r\n") { 2 } else { usize::from(after.starts_with('\n')) };
        if marker.is_empty() || newline == 0 {
            self.at = word;
            return;
        }
        self.at = word + marker.len() + newline;
        let first = source.get(self.at..).unwrap_or_default().split('\n').next().unwrap_or_default();
        if first.trim() == marker {
            self.at += first.trim_end().len();
            self.replace(start, self.at, "\"\" ");
            return;
        }
        let mut run = self.at;
        while !self.is_at_end() {
            match self.byte(0) {
                b'\n' => {
                    let line = source.get(self.at + 1..).unwrap_or_default().trim_start_matches([' ', '\t']);
                    let ends = line.strip_prefix(marker).is_some_and(|rest| !rest.starts_with(is_word));
                    if ends {
                        // The line's end is part of the text and of the marker.
                        let has_return = self.at > run && self.bytes.get(self.at - 1) == Some(&b'\r');
                        self.cut(run, self.at - usize::from(has_return));
                        self.at = self.bytes.len() - line.len() + marker.len();
                        return;
                    }
                    self.at += 1;
                }
                b'$' | b'%' => {
                    let literal = self.at;
                    let is_escape = self.byte(1) == self.byte(0);
                    if is_escape || self.byte(1) != b'{' {
                        self.at += if is_escape && self.byte(2) == b'{' { 3 } else { 1 };
                        continue;
                    }
                    self.cut(run, literal);
                    self.template();
                    run = self.at;
                }
                _ => self.at += 1,
            }
        }
    }
}

/// Whether a letter can stand in a heredoc's marker.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::super::lower::Lower;
    use super::*;
    use crate::hcl::tests::hostile::{BUNDLED, cases, mutated_bundled};
    use hcl_edit::parser::parse_body;
    use proptest::prelude::*;

    /// Keeps everything.
    fn uncondensed(source: &str) -> Condensed<'_> {
        Condensed { source, text: source.to_owned(), unclosed: None, jumps: vec![(0, 0)], last: Cell::new(0) }
    }

    fn tree(text: &Condensed<'_>) -> String {
        let body = parse_body(&text.text).unwrap_or_else(|e| panic!("{e}\n{}", text.text));
        format!("{:#?}", Lower { text }.body(body))
    }

    /// The trees with and without literals taken out are the same, places included.
    fn check(source: &str) {
        assert_eq!(tree(&Condensed::new(source)), tree(&uncondensed(source)), "{source}");
    }

    #[test]
    fn long_literals_are_taken_out() {
        let source = "a = \"a text that is long\"\nb = <<-EOT\n  select a, b, ${local.x}\n  from a table\nEOT\n";
        assert_eq!(Condensed::new(source).text, "a = \"_\"\nb = <<-EOT\n_${local.x}_\nEOT\n");
    }

    #[test]
    fn trees_are_the_same() {
        for source in [
            "block \"a label that is long\" \"another long label\" {\n  x = \"_\"\n}\n",
            "a = { \"a key that is long\" = \"a value that is long\", \"a key that is longer\" : 1, (\"a key in parentheses\") = 2 }\n",
            "a = f(\"an argument that is long\", \"and another one\"...)\n",
            "a = x ? \"a branch that is long\" : \"the other long branch\"\n",
            "a = \"escapes \\\" and \\n lines and \\\\\" # a \"comment\" that is long\nb = \"after the comment\"\n",
            "a = \"long text $${not} and %%{not} either\"\nb = \"with ${upper(\"a text in a text in a text\")} inside\"\n",
            "a = <<EOT\n$${a} $$${b} $ { %{ if true ~}\n yes, it is so\n%{ else }\n no, it is not\n%{ endif }\nEOT\n",
            "a = <<EOT\n  EOTX is no end, and EOT neither\n  ${x}${y}\n  EOT\nb = 1\n",
            "a = <<-EOT\r\n  with returns, a long line\r\n  and ${x} another one\r\n  EOT\r\nb = 2\r\n",
            "a = f(<<A\nfirst text that is long\nA\n, <<B\nsecond text that is long\nB\n)\n",
            "a = \"${<<-EOT\n  a heredoc in a quoted text }\n  EOT\n}\"\nb = [\"a long text \u{e9}\u{1f600} \", \"a text\"]\n",
            "/* a \" in a comment */ a = 1 // <<EOT \"\nb = 1 < 2 ? \"<<EOT is a long text\" : \"no\"\n",
            "a = <<\u{e9}t\u{e9}\n  a long text in summer\n\u{e9}t\u{e9}\n",
        ] {
            check(source);
        }
    }

    #[test]
    fn the_bundled_mod_is_the_same() {
        BUNDLED.iter().filter(|(path, _)| path.ends_with(".pp")).for_each(|(_, text)| check(text));
    }

    proptest! {
        #![proptest_config(cases(100))]
        #[test]
        fn damaged_text_is_the_same((_, text) in mutated_bundled()) {
            let condensed = Condensed::new(&text);
            // Where the parser refuses one it refuses both: nothing is hidden from it.
            prop_assert_eq!(parse_body(&condensed.text).is_ok(), parse_body(&text).is_ok());
            if parse_body(&text).is_ok() {
                prop_assert_eq!(tree(&condensed), tree(&uncondensed(&text)));
            }
        }
    }

    #[test]
    fn broken_text_is_left_to_the_parser() {
        for source in [
            "a = \"",
            "a = \"${",
            "a = <<",
            "a = <<X",
            "a = <<X\n",
            "a = <<X\r",
            "a = \"\\",
            "/*",
            "a = <<X\nb ${",
            "}",
            "a = \"$",
        ] {
            let condensed = Condensed::new(source);
            assert!(parse_body(&condensed.text).is_err(), "{source}");
            assert!(condensed.original(usize::MAX / 2) <= source.len());
        }
    }

    #[test]
    fn heredocs_without_a_line_are_empty() {
        let source = "a = <<-X\n  X\nb = 1\n";
        let condensed = Condensed::new(source);
        assert_eq!(condensed.text, "a = \"\" \nb = 1\n");
        assert_eq!(condensed.original(condensed.text.find('b').unwrap()), source.find('b').unwrap());
    }
}
