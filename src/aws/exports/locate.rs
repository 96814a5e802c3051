//! Where a value stands in JSON text: the parser tells the line of what is no JSON, but not of a value that is wrong.

/// One step on the way to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// The member of an object.
    Member(&'a str),
    /// The item of a list.
    Item(usize),
}

/// Returns the 1-based line of a value, or of the last thing on the way to it that is there.
///
/// The JSON that begins at `start` is valid, so that this need not check anything.
pub fn line_of(text: &str, start: usize, path: &[Step<'_>]) -> u64 {
    let mut scan = Scan { text, at: start };
    for step in path {
        scan.space();
        let here = scan.at;
        let found = match step {
            Step::Member(name) => scan.member(name),
            Step::Item(index) => scan.item(*index),
        };
        if found.is_none() {
            scan.at = here;
            break;
        }
    }
    scan.space();
    let before = text.get(..scan.at).unwrap_or(text);
    1 + before.bytes().filter(|byte| *byte == b'\n').count() as u64
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scan<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Passes a character, with the space before it.
    fn pass(&mut self, wanted: u8) -> Option<()> {
        self.space();
        (self.peek() == Some(wanted)).then(|| self.at += 1)
    }

    /// Passes a text and returns it with its quotes.
    fn quoted(&mut self) -> Option<&'t str> {
        self.space();
        let start = self.at;
        self.pass(b'"')?;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        self.text.get(start..self.at)
    }

    /// Passes a value.
    fn value(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            self.space();
            match self.peek()? {
                b'"' => {
                    self.quoted()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' => {
                    self.at += 1;
                    continue;
                }
                _ => {
                    while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) {
                        self.at += 1;
                    }
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// Goes to the value of a member.
    fn member(&mut self, name: &str) -> Option<()> {
        self.pass(b'{')?;
        loop {
            let key: String = serde_json::from_str(self.quoted()?).ok()?;
            self.pass(b':')?;
            if key == name {
                return Some(());
            }
            self.value()?;
            self.pass(b',')?;
        }
    }

    /// Goes to an item.
    fn item(&mut self, index: usize) -> Option<()> {
        self.pass(b'[')?;
        for _ in 0..index {
            self.value()?;
            self.pass(b',')?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Step::{Item, Member};

    #[test]
    fn values_are_found() {
        let text = "{\"x\": 1}\n\n{\n  \"a\\\"[\": [\"}\", {\"b\": -1.5e3}],\n  \"Users\": [\n    {\"n\": [\n      true]},\n    {\n      \"n\": null\n    }\n  ]\n}";
        let start = text.find("\n\n").unwrap();
        let cases: &[(&[Step<'_>], u64)] = &[
            (&[], 3),
            (&[Member("a\"[")], 4),
            (&[Member("a\"["), Item(1), Member("b")], 4),
            (&[Member("Users")], 5),
            (&[Member("Users"), Item(0), Member("n"), Item(0)], 7),
            (&[Member("Users"), Item(1)], 8),
            (&[Member("Users"), Item(1), Member("n")], 9),
            (&[Member("Users"), Item(1), Member("absent")], 8),
            (&[Member("Users"), Item(7)], 5),
        ];
        for (path, line) in cases {
            assert_eq!(line_of(text, start, path), *line, "{path:?}");
        }
    }
}
