//! `bytea`: held as the text that PostgreSQL prints, `\x` and two digits a byte.

use crate::sql::error::{PgError, PgResult};
use base64::Engine as _;

/// Returns two lower-case digits for each byte.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Returns the stored text.
pub fn to_stored(bytes: &[u8]) -> String {
    format!("\\x{}", hex(bytes))
}

/// Reads the stored text.
pub fn stored(text: &str) -> PgResult<Vec<u8>> {
    unhex(text.strip_prefix("\\x").unwrap_or(text))
}

fn unhex(text: &str) -> PgResult<Vec<u8>> {
    let digits: Vec<char> = text.chars().filter(|c| !matches!(c, ' ' | '\n' | '\t' | '\r')).collect();
    let digit = |c: char| {
        c.to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
            .ok_or_else(|| PgError::new(format!("invalid hexadecimal digit: \"{c}\"")))
    };
    digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Ok(digit(*high)? * 16 + digit(*low)?),
            [odd, ..] => {
                digit(*odd)?;
                Err(PgError::new("invalid hexadecimal data: odd number of digits"))
            }
            [] => Ok(0),
        })
        .collect()
}

/// Reads a literal: `\x...`, or text in which `\\` and `\ooo` are escapes.
pub fn parse(text: &str) -> PgResult<Vec<u8>> {
    match text.strip_prefix("\\x") {
        Some(digits) => unhex(digits),
        None => unescape(text),
    }
}

fn unescape(text: &str) -> PgResult<Vec<u8>> {
    let bytes = text.as_bytes();
    let at = |i: usize| bytes.get(i).copied().unwrap_or(0);
    let octal = |b: u8| (b'0'..=b'7').contains(&b);
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        if at(i) != b'\\' {
            out.push(at(i));
            i += 1;
        } else if at(i + 1) == b'\\' {
            out.push(b'\\');
            i += 2;
        } else if (b'0'..=b'3').contains(&at(i + 1)) && octal(at(i + 2)) && octal(at(i + 3)) {
            out.push((at(i + 1) - b'0') * 64 + (at(i + 2) - b'0') * 8 + (at(i + 3) - b'0'));
            i += 4;
        } else {
            return Err(PgError::new("invalid input syntax for type bytea"));
        }
    }
    Ok(out)
}

fn escape(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|b| match b {
            b'\\' => "\\\\".to_owned(),
            0 | 128.. => format!("\\{b:03o}"),
            b => char::from(*b).to_string(),
        })
        .collect()
}

fn unknown_encoding(name: &str) -> PgError {
    PgError::new(format!("unrecognized encoding: \"{name}\""))
}

/// `encode(bytes, 'hex' | 'base64' | 'escape')`.
pub fn encode(bytes: &[u8], encoding: &str) -> PgResult<String> {
    match encoding.to_ascii_lowercase().as_str() {
        "hex" => Ok(hex(bytes)),
        "escape" => Ok(escape(bytes)),
        "base64" => {
            // Lines of 76 characters.
            let all = base64::engine::general_purpose::STANDARD.encode(bytes);
            let lines: Vec<&str> =
                (0..all.len()).step_by(76).map(|i| all.get(i..(i + 76).min(all.len())).unwrap_or_default()).collect();
            Ok(lines.join("\n"))
        }
        _ => Err(unknown_encoding(encoding)),
    }
}

/// `decode(text, 'hex' | 'base64' | 'escape')`.
pub fn decode(text: &str, encoding: &str) -> PgResult<Vec<u8>> {
    match encoding.to_ascii_lowercase().as_str() {
        "hex" => unhex(text),
        "escape" => unescape(text),
        "base64" => {
            let clean: String = text.chars().filter(|c| !matches!(c, ' ' | '\n' | '\t' | '\r')).collect();
            if let Some(bad) = clean.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '='))) {
                return Err(PgError::new(format!("invalid symbol \"{bad}\" found while decoding base64 sequence")));
            }
            base64::engine::general_purpose::STANDARD
                .decode(clean)
                .map_err(|_| PgError::new("invalid base64 end sequence"))
        }
        _ => Err(unknown_encoding(encoding)),
    }
}

/// Whether an encoding is UTF-8, the only one that texts have here.
pub fn check_encoding(name: &str) -> PgResult<()> {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    match plain.as_str() {
        "utf8" | "unicode" => Ok(()),
        _ => Err(PgError::new(format!("encoding \"{name}\" is not supported here, only UTF8"))),
    }
}

/// Reads bytes as text.
pub fn to_text(bytes: Vec<u8>) -> PgResult<String> {
    let bad = |tail: &[u8]| {
        let shown: Vec<String> = tail.iter().take(4).map(|b| format!("0x{b:02x}")).collect();
        PgError::new(format!("invalid byte sequence for encoding \"UTF8\": {}", shown.join(" ")))
    };
    if bytes.contains(&0) {
        return Err(bad(&[0]));
    }
    String::from_utf8(bytes).map_err(|e| {
        let from = e.utf8_error().valid_up_to();
        let tail = e.as_bytes().get(from..).unwrap_or_default();
        let length = match tail.first() {
            Some(0xc0..=0xdf) => 2,
            Some(0xe0..=0xef) => 3,
            Some(0xf0..=0xf7) => 4,
            _ => 1,
        };
        bad(tail.get(..length.min(tail.len())).unwrap_or_default())
    })
}

/// `substring(bytes from start for length)`.
pub fn substring(bytes: &[u8], start: i64, length: Option<i64>) -> PgResult<&[u8]> {
    let end = match length {
        Some(n) if n < 0 => return Err(PgError::new("negative substring length not allowed")),
        Some(n) => start.saturating_add(n),
        None => i64::MAX,
    };
    let clamp = |n: i64| usize::try_from(n.max(1) - 1).unwrap_or(usize::MAX).min(bytes.len());
    Ok(bytes.get(clamp(start)..clamp(end).max(clamp(start))).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        assert_eq!(parse("\\xDEad").unwrap(), [0xde, 0xad]);
        assert_eq!(parse("a\\\\b\\001").unwrap(), b"a\\b\x01");
        assert!(parse("\\x1").is_err() && parse("\\9").is_err());
        assert_eq!(encode(b"a\\\0", "escape").unwrap(), "a\\\\\\000");
        assert_eq!(encode(&[0; 60], "base64").unwrap().lines().next().unwrap().len(), 76);
        assert_eq!(decode("YWJj", "base64").unwrap(), b"abc");
        assert_eq!(substring(b"abcdef", 0, Some(3)).unwrap(), b"ab");
    }
}
