//! Reads YAML as Go's library for HCL does: YAML 1.2 with the words of 1.1 (`yes`, `on`), one document, keys that are
//! strings, times as RFC 3339.

use super::numbers::exact;
use crate::hcl::value::Val;
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, SecondsFormat};
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How deep collections may nest.
const DEPTH: usize = 100;

/// Reads a document.
///
/// # Errors
///
/// Text that is no YAML, or what HCL has no value for.
pub fn read(text: &str) -> Result<Val, String> {
    let mut reader = Reader { parser: Parser::new_from_str(text), anchors: HashMap::new(), parts: 0 };
    loop {
        match reader.next()? {
            Event::StreamStart | Event::DocumentStart(_) => {}
            Event::StreamEnd => return Err("there is no document".to_owned()),
            first => {
                let value = reader.value(first, 0)?;
                loop {
                    match reader.next()? {
                        Event::DocumentEnd => {}
                        Event::StreamEnd => return Ok(value),
                        _ => return Err("there is more than one document".to_owned()),
                    }
                }
            }
        }
    }
}

struct Reader<'t> {
    parser: Parser<'t, saphyr_parser::StrInput<'t>>,
    /// Values that have a name, by its number.
    anchors: HashMap<usize, Val>,
    /// How many parts the values have that names were written for.
    parts: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<Event<'t>, String> {
        match self.parser.next_event() {
            Some(Ok((event, _))) => Ok(event),
            Some(Err(e)) => Err(e.to_string()),
            None => Ok(Event::StreamEnd),
        }
    }

    /// Reads the value that an event begins.
    fn value(&mut self, event: Event<'t>, depth: usize) -> Result<Val, String> {
        if depth > DEPTH {
            return Err(format!("it nests deeper than {DEPTH} levels"));
        }
        let (anchor, value) = match event {
            Event::Alias(anchor) => return self.alias(anchor),
            Event::Scalar(text, style, anchor, tag) => (anchor, scalar(&text, style, tag.as_deref())?),
            Event::SequenceStart(anchor, tag) => {
                expect(tag, "seq")?;
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        Event::SequenceEnd => break,
                        event => items.push(self.value(event, depth + 1)?),
                    }
                }
                (anchor, Val::List(Arc::new(items)))
            }
            Event::MappingStart(anchor, tag) => {
                expect(tag, "map")?;
                (anchor, Val::Map(Arc::new(self.mapping(depth)?)))
            }
            _ => return Err("a value is missing".to_owned()),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    /// Returns the value of a name. What names stand for is counted: a few of them make a document of any size.
    fn alias(&mut self, anchor: usize) -> Result<Val, String> {
        let value = self.anchors.get(&anchor).cloned().ok_or("a value cannot be a part of itself")?;
        let left = Val::MAX_SIZE.saturating_sub(self.parts);
        self.parts += value.size(left).map_err(|fault| fault.message.clone())?;
        Ok(value)
    }

    fn mapping(&mut self, depth: usize) -> Result<BTreeMap<String, Val>, String> {
        let mut map = BTreeMap::new();
        loop {
            let (text, style, anchor, tag) = match self.next()? {
                Event::MappingEnd => return Ok(map),
                Event::Scalar(text, style, anchor, tag) => (text, style, anchor, tag),
                _ => return Err("a key must be a string".to_owned()),
            };
            let event = self.next()?;
            if tag.is_none() && text == "<<" || tag.as_ref().is_some_and(|t| is_core(t, "merge")) {
                let value = self.value(event, depth + 1)?;
                merge(&mut map, &value)?;
                continue;
            }
            let key = scalar(&text, style, tag.as_deref())?;
            if anchor > 0 {
                self.anchors.insert(anchor, key.clone());
            }
            let key = key.to_text().ok_or("a key cannot be null")?.to_string();
            let value = self.value(event, depth + 1)?;
            map.insert(key, value);
        }
    }
}

fn merge(map: &mut BTreeMap<String, Val>, value: &Val) -> Result<(), String> {
    let all = match value {
        Val::List(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    for part in all {
        let Val::Map(part) = part else { return Err(format!("a {} cannot be merged", part.type_name())) };
        map.extend(part.iter().map(|(k, v)| (k.clone(), v.clone())));
    }
    Ok(())
}

/// Whether a tag is one of YAML's own.
fn is_core(tag: &Tag, name: &str) -> bool {
    tag.handle == "tag:yaml.org,2002:" && tag.suffix == name
}

fn expect(tag: Option<Cow<'_, Tag>>, name: &str) -> Result<(), String> {
    match tag {
        Some(tag) if !is_core(&tag, name) => Err(format!("unsupported tag {}{}", tag.handle, tag.suffix)),
        _ => Ok(()),
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Val, String> {
    let cannot = |what: &str| format!("\"{text}\" is no {what}");
    match tag {
        None if style != ScalarStyle::Plain => Ok(Val::str(text)),
        None => plain(text),
        Some(tag) if style != ScalarStyle::Plain && is_core(tag, "int") | is_core(tag, "float") => Ok(Val::str(text)),
        Some(tag) if is_core(tag, "str") || is_core(tag, "binary") => Ok(Val::str(text)),
        Some(tag) if is_core(tag, "null") => Ok(Val::Null),
        Some(tag) if is_core(tag, "bool") => match plain(text)? {
            Val::Bool(b) => Ok(Val::Bool(b)),
            _ => Err(cannot("bool")),
        },
        Some(tag) if is_core(tag, "int") || is_core(tag, "float") => match plain(text)? {
            Val::Num(n) => Ok(Val::Num(n)),
            _ => Err(cannot("number")),
        },
        Some(tag) if is_core(tag, "timestamp") => time(text).map(Val::str).ok_or_else(|| cannot("time")),
        Some(tag) => Err(format!("unsupported tag {}{}", tag.handle, tag.suffix)),
    }
}

/// The value of a word without quotes.
fn plain(text: &str) -> Result<Val, String> {
    Ok(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Val::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Val::Bool(false),
        "" | "~" | "null" | "Null" | "NULL" => Val::Null,
        _ => match (time(text), number(text)) {
            (Some(time), _) => Val::str(time),
            (None, Some(n)) => Val::Num(n?),
            (None, None) => Val::str(text),
        },
    })
}

/// Reads a number; none when the text looks like none.
fn number(text: &str) -> Option<Result<f64, String>> {
    let radix = |digits: &str, radix| i64::from_str_radix(digits, radix).ok().map(|n| exact(&n.to_string()));
    if let Some(digits) = text.strip_prefix("0x").filter(|d| d.starts_with(|c: char| c.is_ascii_hexdigit())) {
        return radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o").filter(|d| d.starts_with(|c: char| c.is_ascii_digit())) {
        return radix(digits, 8);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let has_digit = unsigned.starts_with(|c: char| c.is_ascii_digit())
        || unsigned.strip_prefix('.').is_some_and(|t| t.starts_with(|c: char| c.is_ascii_digit()));
    let is_infinite = matches!(unsigned, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN");
    if is_infinite {
        return Some(Err(format!("{text} has no value in HCL")));
    }
    let reads = has_digit && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    (reads && text.parse::<f64>().is_ok()).then(|| exact(text))
}

/// Reads a date or a time; none when the text looks like none.
fn time(text: &str) -> Option<String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits != 4 || text.as_bytes().get(4) != Some(&b'-') {
        return None;
    }
    let utc = |time: NaiveDateTime| time.and_utc().fixed_offset();
    let zoned = |layout| DateTime::<FixedOffset>::parse_from_str(text, layout).ok();
    let time = zoned("%Y-%m-%dT%H:%M:%S%.f%#z")
        .or_else(|| zoned("%Y-%m-%dt%H:%M:%S%.f%#z"))
        .or_else(|| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok().map(utc))
        .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0).map(utc))?;
    Some(time.to_rfc3339_opts(SecondsFormat::Secs, true))
}
