//! Functions that encode, decode and hash.

use super::Entry;
use super::args::{Args, list_of};
use crate::hcl::fault::Eval;
use crate::hcl::value::Val;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use sha2::{Sha256, Sha512};
use std::sync::Arc;

pub(super) const FUNCTIONS: &[Entry] = &[
    ("base64encode", 1, 1, |a| Ok(Val::str(base64(a.text(0)?.as_bytes())))),
    ("base64decode", 1, 1, |a| {
        let bytes = STANDARD.decode(a.text(0)?.as_bytes()).map_err(|e| a.fault(e))?;
        String::from_utf8(bytes).map(Val::str).map_err(|_| a.fault("the result is not UTF-8"))
    }),
    ("jsonencode", 1, 1, |a| Ok(Val::str(json_text(&a.value(0)?.to_json())))),
    ("jsondecode", 1, 1, |a| {
        let json: serde_json::Value = serde_json::from_str(&a.text(0)?).map_err(|e| a.fault(e))?;
        Ok(Val::from_json(&json))
    }),
    ("yamlencode", 1, 1, |a| {
        // Through text: numbers of arbitrary precision are not numbers to the YAML writer.
        let json = a.value(0)?.to_json().to_string();
        let yaml: serde_yaml_ng::Value = serde_yaml_ng::from_str(&json).map_err(|e| a.fault(e))?;
        serde_yaml_ng::to_string(&yaml).map(Val::str).map_err(|e| a.fault(e))
    }),
    ("yamldecode", 1, 1, |a| {
        let yaml: serde_json::Value = serde_yaml_ng::from_str(&a.text(0)?).map_err(|e| a.fault(e))?;
        Ok(Val::from_json(&yaml))
    }),
    ("csvdecode", 1, 1, csvdecode),
    ("urlencode", 1, 1, |a| Ok(Val::str(urlencode(&a.text(0)?)))),
    ("md5", 1, 1, |a| Ok(Val::str(md5(a.text(0)?.as_bytes())))),
    ("sha256", 1, 1, |a| Ok(Val::str(hex(&sha256(a.text(0)?.as_bytes()))))),
    ("sha512", 1, 1, |a| Ok(Val::str(hex(&sha512(a.text(0)?.as_bytes()))))),
    ("base64sha256", 1, 1, |a| Ok(Val::str(base64(&sha256(a.text(0)?.as_bytes()))))),
    ("base64sha512", 1, 1, |a| Ok(Val::str(base64(&sha512(a.text(0)?.as_bytes()))))),
];

pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

pub(super) fn md5(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

pub(super) fn sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

pub(super) fn sha512(bytes: &[u8]) -> Vec<u8> {
    Sha512::digest(bytes).to_vec()
}

/// JSON as Go writes it: `<`, `>` and `&` escaped.
pub(super) fn json_text(value: &serde_json::Value) -> String {
    let text = value.to_string();
    let text = text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    text.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

fn urlencode(text: &str) -> String {
    let mut out = String::new();
    for b in text.bytes() {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(b)),
            b' ' => out.push('+'),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

fn csvdecode(a: &Args<'_>) -> Eval<Val> {
    let text = a.text(0)?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let heads: Vec<String> = reader.headers().map_err(|e| a.fault(e))?.iter().map(str::to_owned).collect();
    if heads.is_empty() {
        return Err(a.fault("the header line is missing"));
    }
    if let Some(twice) = heads.iter().enumerate().find(|(i, h)| heads.iter().take(*i).any(|o| o == *h)) {
        return Err(a.fault(format_args!("two columns are named \"{}\"", twice.1)));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| a.fault(e))?;
        let row = heads.iter().cloned().zip(record.iter().map(Val::str)).collect();
        rows.push(Val::Map(Arc::new(row)));
    }
    Ok(list_of(rows))
}
