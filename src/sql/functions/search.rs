//! Indexes that a statement makes for itself while it runs: which rows of a table have a text that contains another.
//!
//! `pg_haystacks(rowid, text)` collects the texts of a table and returns a number; `pg_find_like(number, pattern)`
//! returns the rows whose text may match a LIKE pattern, as a JSON array. `pg_needles(rowid, pattern)` and
//! `pg_find_needles(number, text)` are the other way round: the rows whose pattern may match a text.
//! `pg_values(rowid, text)` and `pg_find_value(number, text)` find equal texts. The rows found are a superset: the
//! condition itself is tested on each of them.

use super::{Args, Registry, Session};
use crate::sql::error::{PgError, PgResult};
use memchr::memmem;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};
use std::collections::HashMap;
use std::sync::Arc;

/// Bytes of a gram: the piece of text that is looked up.
const GRAM: usize = 8;
/// Places that are remembered at most; of longer texts only every second, third ... gram is.
const MAX_GRAMS: usize = 4 << 20;

/// An index of a running statement.
#[derive(Debug)]
pub(super) enum Index {
    Haystacks(Haystacks),
    Needles(Needles),
    Values(HashMap<String, Vec<i64>>),
}

/// Texts that are searched for patterns.
#[derive(Debug, Default)]
pub(super) struct Haystacks {
    rows: Vec<i64>,
    /// Where each text begins; the last entry is the end of all.
    starts: Vec<usize>,
    texts: Vec<u8>,
    /// Only grams at multiples of this place within their text are indexed.
    stride: usize,
    /// The grams' hashes select a bucket; its texts, by number, are `entries[buckets[b]..buckets[b + 1]]`.
    buckets: Vec<u32>,
    entries: Vec<u32>,
}

fn bucket(gram: &[u8], buckets: usize) -> usize {
    let mut bytes = [0; GRAM];
    bytes.iter_mut().zip(gram).for_each(|(to, from)| *to = *from);
    let mixed = u64::from_le_bytes(bytes).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 40).unwrap_or(0) % buckets.max(1)
}

impl Haystacks {
    fn push(&mut self, row: i64, text: &[u8]) {
        self.rows.push(row);
        self.starts.push(self.texts.len());
        self.texts.extend_from_slice(text);
    }

    fn text(&self, i: usize) -> &[u8] {
        let start = self.starts.get(i).copied().unwrap_or(0);
        let end = self.starts.get(i + 1).copied().unwrap_or(self.texts.len());
        self.texts.get(start..end).unwrap_or_default()
    }

    fn grams(&self, mut each: impl FnMut(usize, usize)) {
        let buckets = self.buckets.len().saturating_sub(1);
        for i in 0..self.rows.len() {
            for gram in self.text(i).windows(GRAM).step_by(self.stride) {
                each(bucket(gram, buckets), i);
            }
        }
    }

    fn build(&mut self) {
        self.stride = self.texts.len() / MAX_GRAMS + 1;
        let buckets = (self.texts.len() / self.stride).next_power_of_two().clamp(1 << 10, 1 << 22);
        self.buckets = vec![0; buckets + 1];
        let mut counts = vec![0_u32; buckets + 1];
        self.grams(|b, _| counts.iter_mut().skip(b + 1).take(1).for_each(|c| *c += 1));
        for i in 1..counts.len() {
            let before = counts.get(i - 1).copied().unwrap_or(0);
            counts.iter_mut().skip(i).take(1).for_each(|c| *c += before);
        }
        let mut entries = vec![0_u32; counts.last().map_or(0, |n| *n as usize)];
        let mut next = counts.clone();
        self.grams(|b, i| {
            if let Some(place) = next.get_mut(b) {
                if let Some(entry) = entries.get_mut(*place as usize) {
                    *entry = u32::try_from(i).unwrap_or(u32::MAX);
                }
                *place += 1;
            }
        });
        self.buckets = counts;
        self.entries = entries;
    }

    fn range(&self, gram: &[u8]) -> &[u32] {
        let b = bucket(gram, self.buckets.len().saturating_sub(1));
        match (self.buckets.get(b), self.buckets.get(b + 1)) {
            (Some(from), Some(to)) => self.entries.get(*from as usize..*to as usize).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Returns the rows whose text contains all pieces, one behind the other.
    fn find(&self, pieces: &[&[u8]]) -> Vec<i64> {
        // Of as many neighbouring grams as there are alignments one is indexed: take the rarest group of all pieces.
        let groups = pieces.iter().flat_map(|piece| {
            let places = (piece.len() + 1).saturating_sub(GRAM + self.stride - 1);
            (0..places).filter_map(|start| piece.get(start..start + self.stride + GRAM - 1))
        });
        let ranges = |group: &'_ [u8]| group.windows(GRAM).map(|g| self.range(g)).collect::<Vec<_>>();
        let rarest = groups.min_by_key(|group| group.windows(GRAM).map(|g| self.range(g).len()).sum::<usize>());
        let mut found: Vec<usize> = match rarest {
            Some(group) => {
                let mut candidates: Vec<usize> = ranges(group).into_iter().flatten().map(|i| *i as usize).collect();
                candidates.sort_unstable();
                candidates.dedup();
                candidates
            }
            None => (0..self.rows.len()).collect(),
        };
        found.retain(|i| contains_all(self.text(*i), pieces));
        found.into_iter().filter_map(|i| self.rows.get(i).copied()).collect()
    }
}

/// Whether a text contains pieces, one behind the other.
fn contains_all(text: &[u8], pieces: &[&[u8]]) -> bool {
    let mut rest = text;
    pieces.iter().all(|piece| match memmem::find(rest, piece) {
        Some(at) => {
            rest = rest.get(at + piece.len()..).unwrap_or_default();
            true
        }
        None => false,
    })
}

/// Patterns that are searched for in texts.
#[derive(Debug, Default)]
pub(super) struct Needles {
    rows: Vec<i64>,
    patterns: Vec<Vec<u8>>,
    /// Needles by their rarest gram.
    grams: HashMap<[u8; GRAM], Vec<u32>>,
    /// Needles that are too short to have one.
    short: Vec<u32>,
}

fn grams_of(text: &[u8]) -> impl Iterator<Item = [u8; GRAM]> + '_ {
    text.windows(GRAM).filter_map(|w| w.try_into().ok())
}

impl Needles {
    fn build(&mut self) {
        let mut counts: HashMap<[u8; GRAM], u32> = HashMap::new();
        for pattern in &self.patterns {
            for gram in pieces(pattern).into_iter().flat_map(grams_of) {
                *counts.entry(gram).or_default() += 1;
            }
        }
        for (i, pattern) in self.patterns.iter().enumerate() {
            let i = u32::try_from(i).unwrap_or(u32::MAX);
            let grams = pieces(pattern).into_iter().flat_map(grams_of);
            match grams.min_by_key(|g| counts.get(g).copied().unwrap_or(0)) {
                Some(gram) => self.grams.entry(gram).or_default().push(i),
                None => self.short.push(i),
            }
        }
    }

    /// Returns the rows whose pattern may match a text.
    fn find(&self, text: &[u8]) -> Vec<i64> {
        let mut candidates: Vec<u32> = self.short.clone();
        for gram in grams_of(text) {
            candidates.extend(self.grams.get(&gram).into_iter().flatten());
        }
        candidates.sort_unstable();
        candidates.dedup();
        let matches = |i: &usize| self.patterns.get(*i).is_some_and(|p| contains_all(text, &pieces(p)));
        candidates.into_iter().map(|i| i as usize).filter(matches).filter_map(|i| self.rows.get(i).copied()).collect()
    }
}

/// Returns the runs of characters that a LIKE pattern takes as they are. Every text that matches contains them all.
fn pieces(pattern: &[u8]) -> Vec<&[u8]> {
    pattern.split(|b| matches!(b, b'%' | b'_' | b'\\')).filter(|p| !p.is_empty()).collect()
}

fn list(rows: &[i64]) -> String {
    let mut out = String::with_capacity(rows.len() * 6 + 2);
    out.push('[');
    for (i, row) in rows.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str(&row.to_string());
    }
    out.push(']');
    out
}

pub(super) fn register(r: &Registry<'_>) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    aggregate(r.connection, flags, "pg_haystacks", Collect { session: Arc::clone(r.session), what: What::Haystacks })?;
    aggregate(r.connection, flags, "pg_needles", Collect { session: Arc::clone(r.session), what: What::Needles })?;
    aggregate(r.connection, flags, "pg_values", Collect { session: Arc::clone(r.session), what: What::Values })?;
    for name in ["pg_find_like", "pg_find_text", "pg_find_needles", "pg_find_value"] {
        let session = Arc::clone(r.session);
        let literal = name == "pg_find_text";
        r.strict(name, 2, move |a: &Args<'_>| {
            let index = session.index(a.int(0)?)?;
            let text = a.text(1)?;
            Ok(match index.as_ref() {
                Index::Haystacks(h) => {
                    list(&if literal { h.find(&[text.as_bytes()]) } else { h.find(&pieces(text.as_bytes())) })
                }
                Index::Needles(n) => list(&n.find(text.as_bytes())),
                Index::Values(v) => list(v.get(text).map(Vec::as_slice).unwrap_or_default()),
            })
        })?;
    }
    Ok(())
}

fn aggregate(connection: &Connection, flags: FunctionFlags, name: &str, collect: Collect) -> Result<()> {
    connection.create_aggregate_function(name, 2, flags, collect)
}

#[derive(Clone, Copy)]
enum What {
    Haystacks,
    Needles,
    Values,
}

struct Collect {
    session: Arc<Session>,
    what: What,
}

impl Aggregate<Index, i64> for Collect {
    fn init(&self, _: &mut Context<'_>) -> Result<Index> {
        Ok(match self.what {
            What::Haystacks => Index::Haystacks(Haystacks::default()),
            What::Needles => Index::Needles(Needles::default()),
            What::Values => Index::Values(HashMap::new()),
        })
    }

    fn step(&self, context: &mut Context<'_>, index: &mut Index) -> Result<()> {
        let (ValueRef::Integer(row), ValueRef::Text(text)) = (context.get_raw(0), context.get_raw(1)) else {
            // NULL is neither equal to nor like anything.
            return Ok(());
        };
        match index {
            Index::Haystacks(h) => h.push(row, text),
            Index::Needles(n) => {
                n.rows.push(row);
                n.patterns.push(text.to_vec());
            }
            Index::Values(v) => {
                let text = std::str::from_utf8(text).map_err(|e| Error::UserFunctionError(Box::new(e)))?;
                v.entry(text.to_owned()).or_default().push(row);
            }
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, index: Option<Index>) -> Result<i64> {
        let mut index = index.unwrap_or_else(|| Index::Values(HashMap::new()));
        match &mut index {
            Index::Haystacks(h) => h.build(),
            Index::Needles(n) => n.build(),
            Index::Values(_) => {}
        }
        Ok(self.session.keep_index(index))
    }
}

impl Session {
    fn keep_index(&self, index: Index) -> i64 {
        let mut indexes = self.indexes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        indexes.push(Arc::new(index));
        i64::try_from(indexes.len()).unwrap_or(i64::MAX)
    }

    fn index(&self, number: i64) -> PgResult<Arc<Index>> {
        let indexes = self.indexes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let found = usize::try_from(number - 1).ok().and_then(|i| indexes.get(i)).cloned();
        found.ok_or_else(|| PgError::new("internal: no such index"))
    }

    /// Drops the indexes of the last statement.
    pub fn drop_indexes(&self) {
        self.indexes.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::{Haystacks, Needles, pieces};

    fn haystacks(texts: &[&str], stride: usize) -> Haystacks {
        let mut index = Haystacks::default();
        texts.iter().enumerate().for_each(|(i, t)| index.push(i64::try_from(i).unwrap(), t.as_bytes()));
        index.build();
        if stride > 1 {
            // As it is for texts that are too long to index every gram.
            index.stride = stride;
            let mut entries: Vec<Vec<u32>> = vec![Vec::new(); index.buckets.len() - 1];
            index.grams(|b, i| entries[b].push(u32::try_from(i).unwrap()));
            let mut starts = vec![0];
            entries.iter().for_each(|e| starts.push(starts[starts.len() - 1] + u32::try_from(e.len()).unwrap()));
            index.buckets = starts;
            index.entries = entries.concat();
        }
        index
    }

    #[test]
    fn finds_what_contains_a_piece_and_nothing_else() {
        let texts: Vec<String> =
            (0..500).map(|i| format!("arn:aws:iam::123456789012:user/user-{i:03}/accesskey/AKIA{i}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).chain(["", "short", "ünïcödé text"]).collect();
        for stride in [1, 2, 3, 7] {
            let index = haystacks(&texts, stride);
            for piece in [
                "user-042",
                "user-042/accesskey",
                "arn:aws",
                "AKIA49",
                "no such text here",
                "",
                "o",
                "ïcödé te",
                "short",
                "y/AKIA123",
            ] {
                let want: Vec<i64> = (0..).zip(&texts).filter(|(_, t)| t.contains(piece)).map(|(i, _)| i).collect();
                assert_eq!(index.find(&[piece.as_bytes()]), want, "{piece} with stride {stride}");
            }
        }
    }

    #[test]
    fn finds_the_needles_of_a_text() {
        let needles = ["user-042", "arn:aws:iam", "x", "a long needle that is nowhere", ""];
        let mut index = Needles::default();
        for (i, piece) in needles.iter().enumerate() {
            index.rows.push(i64::try_from(i).unwrap());
            index.patterns.push(piece.as_bytes().to_vec());
        }
        index.build();
        assert_eq!(index.find(b"arn:aws:iam::1:user/user-042"), [0, 1, 4]);
        assert_eq!(index.find(b"x"), [2, 4]);
        assert_eq!(index.find(b""), [4]);
    }

    #[test]
    fn every_piece_of_a_pattern_counts() {
        let index = haystacks(&["team/svc_user-00001/key", "team/svc_user-00002/key", "user-00002 team/svc"], 1);
        assert_eq!(index.find(&pieces(b"%team/svc_user-00002%")), [1]);
        let parts: Vec<&[u8]> = vec![b"a", b"b", b"c", b"d"];
        assert_eq!(pieces(br"%a_b%%c\%d"), parts);
        assert!(pieces(b"%_").is_empty());
    }
}
