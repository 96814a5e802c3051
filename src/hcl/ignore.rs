//! `.powerpipeignore`: one pattern a line; `*` and `?` stay within a path part, `**` crosses them.

use std::path::Path;

/// The patterns of a mod's ignore file.
#[derive(Debug, Default)]
pub(super) struct Ignore {
    patterns: Vec<String>,
}

impl Ignore {
    /// Reads the file of a mod folder; a missing one ignores nothing.
    pub fn read(root: &Path) -> Self {
        Self::parse(&std::fs::read_to_string(root.join(".powerpipeignore")).unwrap_or_default())
    }

    fn parse(text: &str) -> Self {
        let patterns = text
            .lines()
            .map(str::trim)
            .filter(|l| !l.is_empty() && !l.starts_with('#'))
            .map(|l| l.trim_start_matches("./").trim_start_matches('/').to_owned())
            .collect();
        Self { patterns }
    }

    /// Whether a path relative to the mod's root is passed over.
    pub fn matches(&self, path: &str) -> bool {
        self.patterns.iter().any(|p| glob(p.as_bytes(), path.as_bytes()))
    }
}

/// Matches without going back more than once a star, so that no pattern takes long.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    // `states` holds the places in the pattern that the text read so far may have led to.
    let mut states = vec![false; pattern.len() + 1];
    let open = |states: &mut Vec<bool>, part_begins: bool| {
        for i in 0..pattern.len() {
            if states.get(i) == Some(&true) {
                let next = match pattern.get(i..) {
                    // `**/` ends where a part of the path begins.
                    Some([b'*', b'*', b'/', ..]) => part_begins.then_some(i + 3),
                    Some([b'*', b'*', ..]) => Some(i + 2),
                    Some([b'*', ..]) => Some(i + 1),
                    _ => None,
                };
                if let Some(next) = next.and_then(|n| states.get_mut(n)) {
                    *next = true;
                }
            }
        }
    };
    if let Some(first) = states.first_mut() {
        *first = true;
    }
    open(&mut states, true);
    for c in text {
        let mut after = vec![false; pattern.len() + 1];
        for (i, _) in states.iter().enumerate().filter(|(_, on)| **on) {
            let to: &[usize] = match pattern.get(i..) {
                Some([b'*', b'*', ..]) => &[i],
                Some([b'*', ..]) if *c != b'/' => &[i],
                Some([b'?', ..]) if *c != b'/' => &[i + 1],
                Some([p, ..]) if p == c && *p != b'*' => &[i + 1],
                _ => &[],
            };
            for t in to {
                if let Some(slot) = after.get_mut(*t) {
                    *slot = true;
                }
            }
        }
        states = after;
        open(&mut states, *c == b'/');
    }
    states.last() == Some(&true)
}

#[cfg(test)]
mod tests {
    use super::Ignore;

    #[test]
    fn patterns() {
        for (pattern, path, expected) in [
            ("a.pp", "a.pp", true),
            ("a.pp", "b/a.pp", false),
            ("*.pp", "a.pp", true),
            ("*.pp", "b/a.pp", false),
            ("b/*.pp", "b/a.pp", true),
            ("b/**", "b/c/a.pp", true),
            ("b/**", "c/a.pp", false),
            ("**/x.pp", "x.pp", true),
            ("**/x.pp", "a/b/x.pp", true),
            ("**/x.pp", "a/b/yx.pp", false),
            ("a?.pp", "ab.pp", true),
            ("a?.pp", "a.pp", false),
            ("# a.pp", "# a.pp", false),
            ("./a.pp", "a.pp", true),
            ("a*b*c*d*e*f*g*h*i*j*k*l*m", &"a".repeat(200), false),
        ] {
            assert_eq!(Ignore::parse(pattern).matches(path), expected, "{pattern} {path}");
        }
    }
}
