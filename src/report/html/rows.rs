//! The compressed block with every row, and the digests that make links to results stable.

use super::baseline::Baseline;
use crate::model::run::{ControlRun, Run};
use crate::model::status::Status;
use crate::snapshot::Kind;
use flate2::Compression;
use flate2::write::GzEncoder;
use indexmap::IndexSet;
use serde::Serialize;
use std::collections::HashMap;
use std::io;

/// The whole block. `strings` holds what `resource` and `values` refer to by number: the same few thousand ARNs and
/// account ids come back in every control, mostly in the same order. So each number is the difference to the one
/// before, which is nearly always the same and takes no room when compressed.
#[derive(Serialize)]
struct Block<'a> {
    strings: &'a IndexSet<&'a str>,
    controls: Vec<ControlRows<'a>>,
}

#[derive(Serialize)]
struct ControlRows<'a> {
    id: &'a str,
    anchor: String,
    title: &'a str,
    dims: Vec<&'a str>,
    /// One digit for each row: its place in [`Status::ALL`].
    status: String,
    reason: Vec<&'a str>,
    resource: Vec<i64>,
    /// One list for each dimension.
    values: Vec<Vec<i64>>,
    /// One digit for each row: what became of it since the baseline, see [`change_digit`].
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seen: Option<Vec<&'a str>>,
}

/// Returns the block as gzip of JSON, in the order of [`Run::controls`].
pub fn compressed(run: &Run, baseline: Option<&Baseline>) -> io::Result<Vec<u8>> {
    let mut strings: IndexSet<&str> = IndexSet::new();
    let mut controls = Vec::with_capacity(run.controls.len());
    for control in run.controls.values() {
        let columns = control.dimension_columns.len();
        let resource = differences(control.results.iter().map(|row| strings.insert_full(row.resource.as_str()).0));
        let values = (0..columns)
            .map(|i| {
                let cells = control.results.iter().map(|row| row.dimensions.get(i).map_or("", String::as_str));
                differences(cells.map(|value| strings.insert_full(value).0))
            })
            .collect();
        let change = baseline.map(|b| control.results.iter().map(|row| change_digit(b.change(control, row))).collect());
        let seen = baseline.map(|b| control.results.iter().map(|row| b.first_seen(control, row)).collect());
        controls.push(ControlRows {
            id: &control.control_id,
            anchor: control_anchor(&control.name),
            title: if control.title.is_empty() { &control.name } else { &control.title },
            dims: control.dimension_columns.iter().map(|c| c.name.as_str()).collect(),
            status: control.results.iter().map(|row| digit(row.status)).collect(),
            reason: control.results.iter().map(|row| row.reason.as_str()).collect(),
            resource,
            values,
            change,
            seen,
        });
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    serde_json::to_writer(&mut encoder, &Block { strings: &strings, controls })?;
    encoder.finish()
}

fn differences(numbers: impl Iterator<Item = usize>) -> Vec<i64> {
    let mut before = 0;
    numbers
        .map(|number| {
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            let difference = number - before;
            before = number;
            difference
        })
        .collect()
}

fn digit(status: Status) -> char {
    match status {
        Status::Error => '0',
        Status::Alarm => '1',
        Status::Info => '2',
        Status::Ok => '3',
        Status::Skip => '4',
    }
}

fn change_digit(change: Option<Kind>) -> char {
    match change {
        None | Some(Kind::Vanished) => '0',
        Some(Kind::New) => '1',
        Some(Kind::Fixed) => '2',
        Some(Kind::Changed) => '3',
        Some(Kind::Appeared) => '4',
    }
}

/// Returns the id of a control's element. Names of resources hold only letters, digits, `_`, `-` and `.`.
pub fn control_anchor(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' }).collect()
}

/// Returns the ids of a control's rows: a digest of resource and dimensions, so that a link survives a new run in
/// which the reason or the order has changed. A second row with the same key gets `-2`.
pub fn row_ids(control: &ControlRun) -> impl Iterator<Item = String> {
    let mut times: HashMap<String, usize> = HashMap::new();
    control.results.iter().map(move |row| {
        let mut key = row.resource.clone();
        for (i, column) in control.dimension_columns.iter().enumerate() {
            key.push('\u{1}');
            key.push_str(&column.name);
            key.push('\u{1}');
            key.push_str(row.dimensions.get(i).map_or("", String::as_str));
        }
        let id = digest(&key);
        let count = times.entry(id.clone()).or_insert(0);
        *count += 1;
        if *count == 1 { id } else { format!("{id}-{count}") }
    })
}

/// Returns cyrb53 over UTF-16 units in base 36; the page's script computes the same.
fn digest(text: &str) -> String {
    let (mut a, mut b) = (0xdead_beef_u32, 0x41c6_ce57_u32);
    for unit in text.encode_utf16() {
        a = (a ^ u32::from(unit)).wrapping_mul(2_654_435_761);
        b = (b ^ u32::from(unit)).wrapping_mul(1_597_334_677);
    }
    a = (a ^ (a >> 16)).wrapping_mul(2_246_822_507) ^ (b ^ (b >> 13)).wrapping_mul(3_266_489_909);
    b = (b ^ (b >> 16)).wrapping_mul(2_246_822_507) ^ (a ^ (a >> 13)).wrapping_mul(3_266_489_909);
    base36(u64::from(b & 0x1f_ffff) << 32 | u64::from(a))
}

fn base36(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        let digit = u32::try_from(number % 36).unwrap_or_default();
        digits.push(char::from_digit(digit, 36).unwrap_or('0'));
        number /= 36;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::digest;

    /// Values of the page's own function, printed by Node.
    #[test]
    fn digest_equals_the_script() {
        for (text, expected) in [
            ("", "wvjl67o803"),
            ("a", "262p94epp1d"),
            ("arn:aws:iam::111122223333:user/bob\u{1}account_id\u{1}111122223333", "12wgmryf2pq"),
            ("é😀", "3yjaate3wu"),
        ] {
            assert_eq!(digest(text), expected, "{text:?}");
        }
    }
}
