//! The character sets of `textencodebase64` and `textdecodebase64`: Unicode's, and those that are the beginning of it. Go
//! has tables of many more; no mod is known that wants one.

use super::args::Args;
use crate::hcl::fault::Eval;

/// A character set.
#[derive(Debug, Clone, Copy)]
pub(super) enum Charset {
    Utf8,
    Utf16 {
        is_little: bool,
        has_mark: bool,
    },
    /// The first so many characters of Unicode, a byte each.
    Bytes(u32),
}

impl Charset {
    /// Reads the name of a character set, as IANA has it.
    pub fn read(a: &Args<'_>, i: usize) -> Eval<Self> {
        let name = a.text(i)?;
        Ok(match name.to_ascii_uppercase().as_str() {
            "UTF-8" | "CSUTF8" => Self::Utf8,
            "UTF-16" | "CSUTF16" => Self::Utf16 { is_little: false, has_mark: true },
            "UTF-16BE" | "CSUTF16BE" => Self::Utf16 { is_little: false, has_mark: false },
            "UTF-16LE" | "CSUTF16LE" => Self::Utf16 { is_little: true, has_mark: false },
            "ISO-8859-1" | "ISO_8859-1" | "LATIN1" | "L1" | "CP819" | "IBM819" => Self::Bytes(0x100),
            "US-ASCII" | "US" | "ISO646-US" => Self::Bytes(0x80),
            _ => {
                let known = "UTF-8, UTF-16, UTF-16LE, UTF-16BE, ISO-8859-1 and US-ASCII";
                return Err(a.fault(format_args!("the encoding \"{name}\" is not supported: {known} are")).argument(i));
            }
        })
    }

    /// Returns what messages call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16 { .. } => "UTF-16",
            Self::Bytes(0x80) => "US-ASCII",
            Self::Bytes(_) => "ISO-8859-1",
        }
    }

    /// Returns the bytes of a text; none when a character has none.
    pub fn encode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Utf8 => Some(text.as_bytes().to_vec()),
            Self::Utf16 { is_little, has_mark } => {
                let units = has_mark.then_some(0xFEFF).into_iter().chain(text.encode_utf16());
                let bytes = |unit: u16| if is_little { unit.to_le_bytes() } else { unit.to_be_bytes() };
                Some(units.flat_map(bytes).collect())
            }
            Self::Bytes(end) => text.chars().map(|c| u8::try_from(c).ok().filter(|b| u32::from(*b) < end)).collect(),
        }
    }

    /// Returns the text of bytes; none when they have no meaning.
    pub fn decode(self, bytes: &[u8]) -> Option<String> {
        match self {
            Self::Utf8 => String::from_utf8(bytes.to_vec()).ok(),
            Self::Utf16 { mut is_little, has_mark } => {
                let (mut pairs, rest) = bytes.as_chunks::<2>();
                if let Some((first, after)) = pairs.split_first().filter(|_| has_mark)
                    && matches!(first, [0xFE, 0xFF] | [0xFF, 0xFE])
                {
                    is_little = *first == [0xFF, 0xFE];
                    pairs = after;
                }
                let unit =
                    |pair: &[u8; 2]| if is_little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) };
                let text = char::decode_utf16(pairs.iter().map(unit)).collect::<Result<String, _>>().ok();
                text.filter(|_| rest.is_empty())
            }
            Self::Bytes(end) => bytes.iter().map(|b| Some(char::from(*b)).filter(|_| u32::from(*b) < end)).collect(),
        }
    }
}
