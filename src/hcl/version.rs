//! Versions and version constraints of mods, as Masterminds' semver reads them.

use semver::Version;

/// Reads a version; `v` in front and missing parts are tolerated.
pub fn parse_version(text: &str) -> Option<Version> {
    let text = text.trim();
    let text = text.strip_prefix('v').unwrap_or(text);
    let core_end = text.find(['-', '+']).unwrap_or(text.len());
    let (core, rest) = text.split_at(core_end);
    let parts: Vec<&str> = core.split('.').collect();
    if parts.len() > 3 || parts.iter().any(|p| p.is_empty() || !p.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    let mut full: Vec<String> =
        parts.iter().map(|p| p.parse::<u64>().map(|n| n.to_string())).collect::<Result<_, _>>().ok()?;
    full.resize(3, "0".to_owned());
    Version::parse(&format!("{}{rest}", full.join("."))).ok()
}

/// A version constraint: alternatives, each of comparisons that must all hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    alternatives: Vec<Vec<Comparison>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Comparison {
    operator: Operator,
    version: Version,
    /// How many parts were written before a wildcard or the end: 0 for `*`, 2 for `1.2`.
    parts: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    Tilde,
    Caret,
}

impl Constraint {
    /// Reads a constraint such as `^1.2`, `>=1.0, <2.0`, `1.x || 3.0.0`, `1.0 - 2.0`, `*`, `latest`; none for text
    /// that is no constraint (Powerpipe takes such text for a git tag).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = if text.is_empty() || text == "latest" { "*" } else { text };
        let alternatives = text.split("||").map(alternative).collect::<Option<Vec<_>>>()?;
        Some(Self { alternatives })
    }

    /// Whether a version satisfies it.
    pub fn allows(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|all| all.iter().all(|c| c.allows(version)))
    }
}

fn alternative(text: &str) -> Option<Vec<Comparison>> {
    let text = text.trim();
    if let Some((from, to)) = text.split_once(" - ") {
        let (mut low, mut high) = (comparison(from)?, comparison(to)?);
        low.operator = Operator::GreaterEqual;
        high.operator = Operator::LessEqual;
        return Some(vec![low, high]);
    }
    // Blanks separate comparisons, but may also follow an operator.
    let mut pieces: Vec<String> = Vec::new();
    for word in text.split([',', ' ']).map(str::trim).filter(|w| !w.is_empty()) {
        match pieces.last_mut() {
            Some(last) if last.bytes().all(|b| b"<>=!~^".contains(&b)) => last.push_str(word),
            _ => pieces.push(word.to_owned()),
        }
    }
    if pieces.is_empty() {
        return None;
    }
    pieces.iter().map(|p| comparison(p)).collect()
}

fn comparison(text: &str) -> Option<Comparison> {
    let text = text.trim();
    let start = text.find(|c: char| !"<>=!~^".contains(c)).unwrap_or(text.len());
    let (operator, version) = text.split_at(start);
    let operator = match operator {
        "" | "=" => Operator::Equal,
        "!=" => Operator::NotEqual,
        ">" => Operator::Greater,
        ">=" | "=>" => Operator::GreaterEqual,
        "<" => Operator::Less,
        "<=" | "=<" => Operator::LessEqual,
        "~" | "~>" => Operator::Tilde,
        "^" => Operator::Caret,
        _ => return None,
    };
    let version = version.trim();
    let version = version.strip_prefix('v').unwrap_or(version);
    let core_end = version.find(['-', '+']).unwrap_or(version.len());
    let (core, rest) = version.split_at(core_end);
    let written: Vec<&str> = core.split('.').collect();
    let parts = written.iter().take_while(|p| !matches!(**p, "x" | "X" | "*")).count();
    if written.len() > 3 || (parts == 3 && written.len() != 3) {
        return None;
    }
    let known: Vec<&str> = written.iter().take(parts).copied().collect();
    let version =
        if known.is_empty() { Version::new(0, 0, 0) } else { parse_version(&format!("{}{rest}", known.join(".")))? };
    Some(Comparison { operator, version, parts })
}

impl Comparison {
    fn allows(&self, v: &Version) -> bool {
        // A pre-release is wanted only by who names one.
        if !v.pre.is_empty() && self.version.pre.is_empty() {
            return false;
        }
        let w = &self.version;
        let same = |parts: usize| {
            (parts < 1 || v.major == w.major) && (parts < 2 || v.minor == w.minor) && (parts < 3 || v.patch == w.patch)
        };
        match self.operator {
            Operator::Equal if self.parts < 3 => same(self.parts),
            Operator::Equal => v.cmp_precedence(w).is_eq(),
            Operator::NotEqual if self.parts < 3 => !same(self.parts),
            Operator::NotEqual => v.cmp_precedence(w).is_ne(),
            Operator::GreaterEqual => v.cmp_precedence(w).is_ge(),
            Operator::Greater if self.parts < 3 => v.cmp_precedence(w).is_gt() && !same(self.parts),
            Operator::Greater => v.cmp_precedence(w).is_gt(),
            Operator::Less => v.cmp_precedence(w).is_lt(),
            Operator::LessEqual if self.parts < 3 => v.cmp_precedence(w).is_lt() || same(self.parts),
            Operator::LessEqual => v.cmp_precedence(w).is_le(),
            // The last written part but one stays, the rest may grow.
            Operator::Tilde => v.cmp_precedence(w).is_ge() && same(self.parts.min(2)),
            Operator::Caret => {
                let kept = if w.major > 0 || self.parts < 2 {
                    self.parts.min(1)
                } else if w.minor > 0 || self.parts < 3 {
                    2
                } else {
                    3
                };
                v.cmp_precedence(w).is_ge() && same(kept)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Constraint, parse_version};

    #[test]
    fn versions() {
        for (text, expected) in [
            ("1.2.3", Some("1.2.3")),
            ("v1.2", Some("1.2.0")),
            ("1", Some("1.0.0")),
            ("1.2.3-rc.1+b5", Some("1.2.3-rc.1+b5")),
            ("1.2.3.4", None),
            ("main", None),
            ("", None),
            ("1..2", None),
        ] {
            assert_eq!(parse_version(text).map(|v| v.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn constraints() {
        for (constraint, version, expected) in [
            ("*", "3.1.4", true),
            ("", "3.1.4", true),
            ("latest", "0.0.1", true),
            ("*", "1.0.0-rc.1", false),
            ("^0.10", "0.10.7", true),
            ("^0.10", "0.11.0", false),
            ("^0.0.3", "0.0.4", false),
            ("^0", "0.9.0", true),
            ("^1.2.3", "1.9.0", true),
            ("^1.2.3", "1.2.2", false),
            ("^1.2.3", "2.0.0", false),
            (">=0.76.0", "1.13.0", true),
            (">= 0.76.0", "0.75.9", false),
            ("~1.0.0", "1.0.9", true),
            ("~1.0.0", "1.1.0", false),
            ("~1", "1.9.0", true),
            ("~>1.2", "1.2.9", true),
            ("1.2.3", "1.2.3", true),
            ("v1.2.3", "1.2.4", false),
            ("1.x", "1.7.0", true),
            ("1.x", "2.0.0", false),
            ("1.2", "1.2.8", true),
            (">=1, <2", "1.5.0", true),
            (">=1, <2", "2.0.0", false),
            (">1.2", "1.2.5", false),
            (">1.2", "1.3.0", true),
            ("<=1.2", "1.2.5", true),
            ("!=1.2.3", "1.2.3", false),
            ("1.0.0 || 3.x", "3.4.0", true),
            ("1.0.0 || 3.x", "2.0.0", false),
            ("1.0 - 2.0.0", "1.5.0", true),
            ("1.0 - 2.0.0", "2.0.1", false),
            ("1.0.0-rc.1", "1.0.0-rc.1", true),
        ] {
            let parsed = Constraint::parse(constraint).unwrap();
            assert_eq!(parsed.allows(&parse_version(version).unwrap()), expected, "{constraint} {version}");
        }
    }

    #[test]
    fn what_is_no_constraint_is_a_tag() {
        for text in ["release-5", "v1.2.3.4", "><1", "1.x.3.4"] {
            assert_eq!(Constraint::parse(text), None, "{text}");
        }
    }
}
