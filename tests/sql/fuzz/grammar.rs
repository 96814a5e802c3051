//! A grammar of random texts, and random numbers that can be repeated.

use std::collections::HashMap;

/// Random numbers (xorshift64*), the same for the same seed on every machine.
pub struct Random(u64);

impl Random {
    /// Starts a sequence.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Returns a number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound as u64).unwrap()
    }

    /// Says yes so many times out of a hundred.
    pub fn percent(&mut self, yes: usize) -> bool {
        self.below(100) < yes
    }

    /// Picks one, as a copy.
    pub fn choose<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// Picks one.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// Rules by name: those that end the recursion, and the others.
#[derive(Clone)]
pub struct Grammar {
    rules: HashMap<String, (Vec<String>, Vec<String>)>,
}

impl Grammar {
    /// Reads the grammar of expressions.
    pub fn expressions() -> Self {
        let mut rules: HashMap<String, (Vec<String>, Vec<String>)> = HashMap::new();
        let mut name = String::new();
        for line in include_str!("expressions.txt").lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty()) {
            match line.strip_prefix("  ") {
                None => line.clone_into(&mut name),
                Some(rule) => {
                    let entry = rules.entry(name.clone()).or_default();
                    if references(rule) { entry.1.push(rule.to_owned()) } else { entry.0.push(rule.to_owned()) }
                }
            }
        }
        Self { rules }
    }

    /// Adds texts that may stand for a name, several times over to be chosen often.
    pub fn add(&mut self, name: &str, texts: &[String]) {
        let entry = self.rules.entry(name.to_owned()).or_default();
        for _ in 0..4 {
            entry.0.extend(texts.iter().cloned());
        }
    }

    /// Adds a rule with references.
    pub fn add_rule(&mut self, name: &str, rule: &str) {
        let entry = self.rules.entry(name.to_owned()).or_default();
        if references(rule) { entry.1.push(rule.to_owned()) } else { entry.0.push(rule.to_owned()) }
    }

    /// Returns a random text for a name.
    pub fn expand(&self, name: &str, random: &mut Random, depth: usize) -> String {
        let (ends, inner) = self.rules.get(name).unwrap_or_else(|| panic!("the grammar has no {name}"));
        let end = inner.is_empty() || (!ends.is_empty() && (depth == 0 || random.percent(35)));
        let rule = random.pick(if end { ends } else { inner });
        let mut out = String::new();
        let mut rest = rule.as_str();
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                out.push('$');
                rest = after;
                continue;
            }
            if !rest.starts_with(|c: char| c.is_ascii_lowercase()) {
                out.push('$');
                continue;
            }
            let end = rest.find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit()).unwrap_or(rest.len());
            let part = self.expand(&rest[..end], random, depth.saturating_sub(1));
            // A cast binds tighter than a sign.
            let signed = part.starts_with('-') || part.contains(' ');
            let bare = signed && rest[end..].starts_with("::") && !part.starts_with('\'') && !part.starts_with('(');
            if bare || (part.starts_with('\'') && part.contains(" || ")) {
                out.push_str(&format!("({part})"));
            } else {
                out.push_str(&part);
            }
            rest = &rest[end..];
        }
        out + rest
    }
}

fn references(rule: &str) -> bool {
    let rule = rule.replace("$$", "");
    rule.match_indices('$').any(|(at, _)| rule[at + 1..].starts_with(|c: char| c.is_ascii_lowercase()))
}
