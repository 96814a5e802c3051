//! Functions that encode, decode and hash.

use super::args::{Args, list_of};
use super::charset::Charset;
use super::numbers::exact;
use super::{Entry, yaml_read, yaml_write};
use crate::hcl::fault::Eval;
use crate::hcl::value::Val;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use std::io::Write as _;
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
        exact_json(&json).map_err(|e| a.fault(e))?;
        Ok(Val::from_json(&json))
    }),
    ("yamlencode", 1, 1, |a| Ok(Val::str(yaml_write::write(a.value(0)?)))),
    ("yamldecode", 1, 1, |a| yaml_read::read(&a.text(0)?).map_err(|e| a.fault(e))),
    ("csvdecode", 1, 1, csvdecode),
    ("urlencode", 1, 1, |a| Ok(Val::str(urlencode(&a.text(0)?)))),
    ("md5", 1, 1, |a| Ok(Val::str(md5(a.text(0)?.as_bytes())))),
    ("sha1", 1, 1, |a| Ok(Val::str(hex(&sha1(a.text(0)?.as_bytes()))))),
    ("sha256", 1, 1, |a| Ok(Val::str(hex(&sha256(a.text(0)?.as_bytes()))))),
    ("sha512", 1, 1, |a| Ok(Val::str(hex(&sha512(a.text(0)?.as_bytes()))))),
    ("base64gzip", 1, 1, |a| {
        // As Go writes it: no time, and no word on the system.
        let builder = flate2::GzBuilder::new().mtime(0).operating_system(255);
        let mut writer = builder.write(Vec::new(), flate2::Compression::default());
        let written = writer.write_all(a.text(0)?.as_bytes()).and_then(|()| writer.finish());
        written.map(|bytes| Val::str(base64(&bytes))).map_err(|e| a.fault(e))
    }),
    ("textencodebase64", 2, 2, |a| {
        let (text, charset) = (a.text(0)?, Charset::read(a, 1)?);
        let bytes = charset.encode(&text);
        bytes.map(|b| Val::str(base64(&b))).ok_or_else(|| {
            a.fault(format_args!("the text has characters that {} cannot represent", charset.name())).argument(0)
        })
    }),
    ("textdecodebase64", 2, 2, |a| {
        let charset = Charset::read(a, 1)?;
        let bytes = STANDARD.decode(a.text(0)?.as_bytes()).map_err(|e| a.fault(e).argument(0))?;
        charset.decode(&bytes).map(Val::str).ok_or_else(|| {
            a.fault(format_args!("the text has symbols that {} does not define", charset.name())).argument(0)
        })
    }),
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

pub(super) fn sha1(bytes: &[u8]) -> Vec<u8> {
    Sha1::digest(bytes).to_vec()
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

/// Refuses a document with a number that would come out as another one.
fn exact_json(value: &serde_json::Value) -> Result<(), String> {
    match value {
        serde_json::Value::Number(n) => exact(n.as_str()).map(|_| ()),
        serde_json::Value::Array(items) => items.iter().try_for_each(exact_json),
        serde_json::Value::Object(map) => map.values().try_for_each(exact_json),
        _ => Ok(()),
    }
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
