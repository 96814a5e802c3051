//! A hash of contents that does not depend on the order of rows or on the layout of the file.

use super::schema::schema;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// Collects the hashes of a table's rows.
#[derive(Debug, Default)]
pub(super) struct TableDigest {
    rows: Vec<[u8; 32]>,
    buffer: Vec<u8>,
}

impl TableDigest {
    /// Adds a row: its column names with their values. NULLs do not count, so a column that is added later and is
    /// empty changes nothing.
    pub fn add<'v>(&mut self, values: impl Iterator<Item = (&'v str, ValueRef<'v>)>) {
        self.buffer.clear();
        for (name, value) in values {
            let (tag, bytes): (u8, &[u8]) = match &value {
                ValueRef::Null => continue,
                ValueRef::Integer(number) => (b'i', &number.to_be_bytes()),
                ValueRef::Real(number) => (b'r', &number.to_bits().to_be_bytes()),
                ValueRef::Text(text) => (b't', text),
                ValueRef::Blob(blob) => (b'b', blob),
            };
            for part in [name.as_bytes(), &[tag], bytes] {
                self.buffer.extend((part.len() as u64).to_be_bytes());
                self.buffer.extend(part);
            }
        }
        self.rows.push(Sha256::digest(&self.buffer).into());
    }

    /// Returns how many rows were added.
    pub fn len(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Returns the hash of all rows in hexadecimal.
    pub fn finish(mut self) -> String {
        self.rows.sort_unstable();
        let mut hasher = Sha256::new();
        for row in &self.rows {
            hasher.update(row);
        }
        hex(&hasher.finalize())
    }
}

/// Reads the rows that an entry of the manifest speaks of. An empty account means all rows but those of `others`.
pub(super) fn stored_rows(
    connection: &Connection,
    table: &str,
    account: &str,
    others: &[String],
) -> rusqlite::Result<TableDigest> {
    let mut digest = TableDigest::default();
    let Some(definition) = schema().definition(table) else { return Ok(digest) };
    let mut statement = connection.prepare(&format!("SELECT * FROM \"{table}\""))?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    // The hash is over the columns in the order of the table's definition, which the file's may differ from.
    let order: Vec<(&str, usize)> = definition
        .stored_columns()
        .filter_map(|(name, _)| Some((name.as_str(), names.iter().position(|n| n == name)?)))
        .collect();
    let account_at = order.iter().find(|(name, _)| *name == "account_id").map(|(_, i)| *i);
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(at) = account_at {
            let own = row.get::<_, Option<String>>(at)?.unwrap_or_default();
            let counts = if account.is_empty() { !others.contains(&own) } else { own == account };
            if !counts {
                continue;
            }
        }
        let values: Vec<_> =
            order.iter().map(|(name, i)| Ok((*name, row.get_ref(*i)?))).collect::<rusqlite::Result<_>>()?;
        digest.add(values.into_iter());
    }
    Ok(digest)
}

/// Hashes a list of texts so that no two lists have the same hash by being cut differently.
pub(super) fn of_texts<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text);
    }
    hex(&hasher.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(rows: &[&[(&'static str, ValueRef<'static>)]]) -> String {
        let mut digest = TableDigest::default();
        for row in rows {
            digest.add(row.iter().copied());
        }
        digest.finish()
    }

    #[test]
    fn order_of_rows_and_empty_columns_do_not_count_but_everything_else_does() {
        let a: &[(&str, ValueRef<'_>)] = &[("name", ValueRef::Text(b"a")), ("n", ValueRef::Integer(1))];
        let b: &[(&str, ValueRef<'_>)] = &[("name", ValueRef::Text(b"b")), ("new", ValueRef::Null)];
        let b_without: &[(&str, ValueRef<'_>)] = &[("name", ValueRef::Text(b"b"))];
        assert_eq!(digest(&[a, b]), digest(&[b_without, a]));
        assert_ne!(digest(&[a, b]), digest(&[a, b, b]));
        assert_ne!(digest(&[&[("x", ValueRef::Text(b"1"))]]), digest(&[&[("x", ValueRef::Integer(1))]]));
        assert_ne!(digest(&[&[("x", ValueRef::Text(b""))]]), digest(&[&[("x", ValueRef::Null)]]));
    }
}
