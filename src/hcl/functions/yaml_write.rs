//! Writes YAML as Go's library for HCL does: text in double quotes, text of several lines as a block, lines of at most 80
//! columns where that is possible.

use crate::hcl::value::{Val, number_text};

/// The column behind which text in quotes goes on in a new line.
const WIDTH: usize = 80;
/// The longest key that stands on one line with its value.
const KEY: usize = 128;
/// How far one level is to the right of the other.
const STEP: usize = 2;

/// Writes a document.
pub fn write(value: &Val) -> String {
    let mut writer = Writer { out: String::new(), column: 0, is_blank: true, is_indented: true, is_open: false };
    writer.value(value, None, false);
    if writer.column > 0 {
        writer.break_line();
    }
    // What may go on has an end mark.
    if writer.is_open {
        writer.out.push_str("...\n");
    }
    writer.out
}

struct Writer {
    out: String,
    column: usize,
    /// Whether blanks, or nothing, precede on the line.
    is_blank: bool,
    /// Whether only marks such as `-` precede on the line.
    is_indented: bool,
    is_open: bool,
}

impl Writer {
    fn push(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn break_line(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    /// Goes to the column where a level begins.
    fn indent(&mut self, level: usize) {
        if !self.is_indented || self.column > level || (self.column == level && !self.is_blank) {
            self.break_line();
        }
        while self.column < level {
            self.push(' ');
        }
        self.is_blank = true;
        self.is_indented = true;
    }

    /// Writes a mark such as `-` or `:`.
    fn mark(&mut self, mark: &str, needs_blank: bool, indents: bool) {
        if needs_blank && !self.is_blank {
            self.push(' ');
        }
        mark.chars().for_each(|c| self.push(c));
        self.is_blank = false;
        self.is_indented &= indents;
        self.is_open = false;
    }

    /// Writes a value; `level` is that of the collection it is in.
    fn value(&mut self, value: &Val, level: Option<usize>, in_mapping: bool) {
        let inner = level.map_or(0, |l| l + STEP);
        match value {
            Val::List(items) | Val::Set(items) if items.is_empty() => self.mark("[]", true, false),
            Val::Map(map) if map.is_empty() => self.mark("{}", true, false),
            Val::List(items) | Val::Set(items) => {
                // A list under a key begins where the key does.
                let own = if in_mapping && !self.is_indented { level.unwrap_or(0) } else { inner };
                for item in items.iter() {
                    self.indent(own);
                    self.mark("-", true, true);
                    self.value(item, Some(own), false);
                }
            }
            Val::Map(map) => {
                for (key, value) in map.iter() {
                    self.indent(inner);
                    if key.len() <= KEY && !key.contains('\n') {
                        self.quoted(key, None);
                        self.mark(":", false, false);
                    } else {
                        self.mark("?", true, true);
                        self.text(key, inner + STEP);
                        self.indent(inner);
                        self.mark(":", true, true);
                    }
                    self.value(value, Some(inner), true);
                }
            }
            Val::Num(n) => self.word(&number_text(*n), level),
            Val::Bool(b) => self.word(if *b { "true" } else { "false" }, level),
            Val::Null => self.word("null", level),
            other => {
                let text = other.to_json();
                self.text(text.as_str().unwrap_or_default(), level.map_or(STEP, |l| l + STEP));
            }
        }
    }

    fn word(&mut self, word: &str, level: Option<usize>) {
        self.mark(word, true, false);
        self.is_open = level.is_none();
    }

    fn text(&mut self, text: &str, level: usize) {
        if text.contains('\n') && can_be_block(text) { self.block(text, level) } else { self.quoted(text, Some(level)) }
    }

    /// Writes text in double quotes; with a level it may go on in further lines.
    fn quoted(&mut self, text: &str, level: Option<usize>) {
        self.mark("\"", true, false);
        let mut after_break = false;
        let last = text.chars().count().saturating_sub(1);
        let mut chars = text.chars().enumerate().peekable();
        while let Some((i, c)) = chars.next() {
            if !is_printable(c) || matches!(c, '"' | '\\' | '\u{feff}' | '\u{2028}' | '\u{2029}' | '\n') {
                escape(c).chars().for_each(|c| self.push(c));
                after_break = false;
            } else if c == ' ' {
                match level.filter(|_| !after_break && self.column > WIDTH && i > 0 && i < last) {
                    Some(level) => {
                        self.indent(level);
                        if chars.peek().is_some_and(|(_, next)| *next == ' ') {
                            self.push('\\');
                        }
                    }
                    None => self.push(' '),
                }
                after_break = true;
            } else {
                self.push(c);
                after_break = false;
            }
        }
        self.is_indented = false;
        self.mark("\"", false, false);
    }

    /// Writes text of several lines as it is.
    fn block(&mut self, text: &str, level: usize) {
        let mut mark = String::from("|");
        if text.starts_with([' ', '\n']) {
            mark += &STEP.to_string();
        }
        let keeps = text == "\n" || text.ends_with("\n\n");
        if keeps {
            mark.push('+');
        } else if !text.ends_with('\n') {
            mark.push('-');
        }
        self.mark(&mark, true, false);
        self.break_line();
        (self.is_indented, self.is_blank) = (true, true);
        let mut line_begins = true;
        for c in text.chars() {
            if c == '\n' {
                self.break_line();
                self.is_indented = true;
                line_begins = true;
            } else {
                if std::mem::take(&mut line_begins) {
                    self.indent(level);
                }
                self.push(c);
                self.is_indented = false;
            }
        }
    }
}

/// Whether text keeps its meaning without quotes and escapes.
fn can_be_block(text: &str) -> bool {
    !text.ends_with(' ') && !text.contains(" \n") && text.chars().all(is_printable)
}

fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

fn escape(c: char) -> String {
    let short = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        other => {
            return match u32::from(other) {
                n @ ..=0xFF => format!("\\x{n:02X}"),
                n @ ..=0xFFFF => format!("\\u{n:04X}"),
                n => format!("\\U{n:08X}"),
            };
        }
    };
    format!("\\{short}")
}
