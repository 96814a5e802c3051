//! Functions on text and patterns.

use super::arrays::MAX_ELEMENTS;
use super::{Args, Registry, rows};
use crate::sql::error::{PgError, PgResult};
use crate::sql::value::{array, boolean, like, regex, text};
use rusqlite::Result;

pub(super) fn register(r: &Registry<'_>) -> Result<()> {
    strings(r)?;
    patterns(r)
}

fn strings(r: &Registry<'_>) -> Result<()> {
    r.strict("pg_lower", 1, |a| Ok(a.text(0)?.to_ascii_lowercase()))?;
    r.strict("pg_upper", 1, |a| Ok(a.text(0)?.to_ascii_uppercase()))?;
    r.strict("pg_initcap", 1, |a| Ok(text::initcap(a.text(0)?)))?;
    r.strict("pg_length", 1, |a| Ok(text::length(a.text(0)?)))?;
    r.strict("pg_bit_length", 1, |a| Ok(i64::try_from(a.text(0)?.len() * 8).unwrap_or(i64::MAX)))?;
    r.strict("pg_octet_length", 1, |a| Ok(i64::try_from(a.text(0)?.len()).unwrap_or(i64::MAX)))?;
    r.strict("pg_reverse", 1, |a| Ok(a.text(0)?.chars().rev().collect::<String>()))?;
    r.strict("pg_split_part", 3, |a| text::split_part(a.text(0)?, a.text(1)?, a.int(2)?))?;
    r.strict("pg_left", 2, |a| Ok(text::left(a.text(0)?, a.int(1)?)))?;
    r.strict("pg_right", 2, |a| Ok(text::right(a.text(0)?, a.int(1)?)))?;
    r.strict("pg_substr", -1, |a| {
        let count = if a.len() > 2 { Some(a.int(2)?) } else { None };
        text::substring(a.text(0)?, a.int(1)?, count)
    })?;
    r.strict("pg_replace", 3, |a| text::replace(a.text(0)?, a.text(1)?, a.text(2)?))?;
    for (name, start, end) in [("pg_btrim", true, true), ("pg_ltrim", true, false), ("pg_rtrim", false, true)] {
        r.strict(name, -1, move |a| {
            Ok(text::trim(a.text(0)?, if a.len() > 1 { a.text(1)? } else { " " }, start, end))
        })?;
    }
    for (name, start) in [("pg_lpad", true), ("pg_rpad", false)] {
        r.strict(name, -1, move |a| {
            text::pad(a.text(0)?, a.int(1)?, if a.len() > 2 { a.text(2)? } else { " " }, start)
        })?;
    }
    r.strict("pg_repeat", 2, |a| text::repeat(a.text(0)?, a.int(1)?))?;
    r.strict("pg_translate", 3, |a| Ok(text::translate(a.text(0)?, a.text(1)?, a.text(2)?)))?;
    r.strict("pg_overlay", -1, |a| {
        let count = if a.len() > 3 { Some(a.int(3)?) } else { None };
        text::overlay(a.text(0)?, a.text(1)?, a.int(2)?, count)
    })?;
    r.strict("pg_position", 2, |a| Ok(text::position(a.text(0)?, a.text(1)?)))?;
    r.strict("pg_starts_with", 2, |a| Ok(a.text(0)?.starts_with(a.text(1)?)))?;
    r.strict("pg_ascii", 1, |a| Ok(a.text(0)?.chars().next().map_or(0, |c| i64::from(u32::from(c)))))?;
    r.strict("pg_chr", 1, |a| {
        let code = a.int(0)?;
        let wrong = |problem: &str| PgError::new(format!("requested character {problem}"));
        if code == 0 {
            return Err(PgError::new("null character not permitted"));
        }
        if code < 0 {
            return Err(PgError::new("character number must be positive"));
        }
        let code = u32::try_from(code)
            .ok()
            .filter(|c| *c <= 0x10_ffff)
            .ok_or_else(|| wrong(&format!("too large for encoding: {code}")))?;
        char::from_u32(code).map(String::from).ok_or_else(|| wrong(&format!("not valid for encoding: {code}")))
    })?;
    r.strict("pg_quote_literal", 1, |a| Ok(text::quote_literal(a.text(0)?)))?;
    r.strict("pg_quote_ident", 1, |a| Ok(text::quote_ident(a.text(0)?)))?;
    r.any("pg_quote_nullable", 1, |a| Ok(a.opt_text(0)?.map_or_else(|| "NULL".to_owned(), text::quote_literal)))?;
    r.strict("pg_glob", 1, |a| Ok(a.text(0)?.replace('*', "%").replace('?', "_")))?;
    r.strict("pg_textcat", 2, |a| Ok(format!("{}{}", a.text(0)?, a.text(1)?)))?;
    r.any("pg_concat", -1, |a| {
        let mut out = String::new();
        for i in 0..a.len() {
            out.push_str(&a.display(i)?.unwrap_or_default());
        }
        Ok(out)
    })?;
    r.any("pg_concat_ws", -1, |a| {
        let Some(separator) = a.opt_text(0)? else { return Ok(None) };
        let parts = (1..a.len()).filter_map(|i| a.display(i).transpose()).collect::<PgResult<Vec<_>>>()?;
        Ok(Some(parts.join(separator)))
    })?;
    r.any("pg_format", -1, |a| {
        let Some(template) = a.opt_text(0)? else { return Ok(None) };
        let args = (1..a.len()).map(|i| a.display(i)).collect::<PgResult<Vec<_>>>()?;
        text::format(template, &args).map(Some)
    })?;
    r.cast("pg_t2bool", 1, |a| boolean::parse(a.text(0)?))?;
    r.cast("pg_t2uuid", 1, |a| {
        let digits: String =
            a.text(0)?.chars().filter(|c| !matches!(c, '-' | '{' | '}')).collect::<String>().to_ascii_lowercase();
        if digits.len() != 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(PgError::invalid("uuid", a.text(0)?));
        }
        let cut = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
        Ok(format!("{}-{}-{}-{}-{}", cut(0, 8), cut(8, 12), cut(12, 16), cut(16, 20), cut(20, 32)))
    })
}

/// Fails for more parts than a function may take a text apart into.
fn bounded(function: &str, parts: usize) -> PgResult<()> {
    if parts > MAX_ELEMENTS {
        return Err(PgError::new(format!("{function}: more than {MAX_ELEMENTS} elements")));
    }
    Ok(())
}

fn patterns(r: &Registry<'_>) -> Result<()> {
    // The third argument is the escape character; empty means that there is none.
    fn escape(a: &Args<'_>) -> PgResult<Option<char>> {
        if a.len() > 2 && a.text(2)?.chars().nth(1).is_some() {
            return Err(PgError::new("invalid escape string"));
        }
        if a.len() > 2 { Ok(a.text(2)?.chars().next()) } else { Ok(Some('\\')) }
    }
    r.strict("pg_like", -1, |a| like::like(a.text(0)?, a.text(1)?, escape(a)?))?;
    r.strict("pg_ilike", -1, |a| like::ilike(a.text(0)?, a.text(1)?, escape(a)?))?;
    r.strict("pg_similar", -1, |a| {
        regex::compile(&like::similar_to_regex(a.text(1)?, escape(a)?)?, "")?.is_match(a.text(0)?)
    })?;
    // LIKE with the pattern '%' || needle || '%': a plain search where the needle has nothing special in it.
    r.strict("pg_like_contains", 2, |a| {
        let needle = a.text(1)?;
        if memchr::memchr3(b'%', b'_', b'\\', needle.as_bytes()).is_none() {
            return Ok(memchr::memmem::find(a.text(0)?.as_bytes(), needle.as_bytes()).is_some());
        }
        like::like(a.text(0)?, &format!("%{needle}%"), Some('\\'))
    })?;
    r.strict("pg_re", 2, |a| regex::compile(a.text(1)?, "")?.is_match(a.text(0)?))?;
    r.strict("pg_rei", 2, |a| regex::compile(a.text(1)?, "i")?.is_match(a.text(0)?))?;
    r.strict("pg_subre", 2, |a| regex::substring(a.text(0)?, a.text(1)?))?;
    r.strict("pg_subsimilar", 3, |a| like::similar_substring(a.text(0)?, a.text(1)?, a.text(2)?))?;
    regular_expressions(r)
}

/// The flags among the arguments of a function; `g` has no meaning for most.
fn flags<'a>(a: &'a Args<'_>, i: usize, function: &str) -> PgResult<&'a str> {
    let flags = if a.len() > i { a.text(i)? } else { "" };
    if flags.contains('g') && !function.is_empty() {
        return Err(PgError::new(format!("{function}() does not support the \"global\" option")));
    }
    Ok(flags)
}

/// An optional number among the arguments that must not be less than `least`.
fn count(a: &Args<'_>, i: usize, default: i64, name: &str, least: i64) -> PgResult<usize> {
    let value = if a.len() > i { a.int(i)? } else { default };
    if value < least {
        return Err(PgError::new(format!("invalid value for parameter \"{name}\": {value}")));
    }
    Ok(usize::try_from(value).unwrap_or(usize::MAX))
}

fn regular_expressions(r: &Registry<'_>) -> Result<()> {
    r.strict("pg_regexp_like", -1, |a| regex::compile(a.text(1)?, flags(a, 2, "regexp_like")?)?.is_match(a.text(0)?))?;
    r.strict("pg_regexp_count", -1, |a| {
        let start = count(a, 2, 1, "start", 1)?;
        let found = regex::find(a.text(0)?, a.text(1)?, flags(a, 3, "regexp_count")?, start, true)?;
        Ok(i64::try_from(found.len()).unwrap_or(i64::MAX))
    })?;
    // Text, pattern, start, nth match, 0 for its beginning or 1 for its end, flags, group.
    r.strict("pg_regexp_instr", -1, |a| {
        let (start, nth) = (count(a, 2, 1, "start", 1)?, count(a, 3, 1, "n", 1)?);
        let end = if a.len() > 4 { a.int(4)? } else { 0 };
        if !(0..=1).contains(&end) {
            return Err(PgError::new(format!("invalid value for parameter \"endoption\": {end}")));
        }
        let group = count(a, 6, 0, "subexpr", 0)?;
        let found = regex::find(a.text(0)?, a.text(1)?, flags(a, 5, "regexp_instr")?, start, nth > 1)?;
        let range = found.get(nth - 1).and_then(|groups| groups.get(group).copied().flatten());
        Ok(range.map_or(0, |(from, to)| {
            text::length(a.text(0).unwrap_or_default().get(..if end == 1 { to } else { from }).unwrap_or_default()) + 1
        }))
    })?;
    // Text, pattern, start, nth match, flags, group.
    r.strict("pg_regexp_substr", -1, |a| {
        let (start, nth) = (count(a, 2, 1, "start", 1)?, count(a, 3, 1, "n", 1)?);
        let group = count(a, 5, 0, "subexpr", 0)?;
        let found = regex::find(a.text(0)?, a.text(1)?, flags(a, 4, "regexp_substr")?, start, nth > 1)?;
        let range = found.get(nth - 1).and_then(|groups| groups.get(group).copied().flatten());
        Ok(range.and_then(|(from, to)| a.text(0).ok()?.get(from..to)).map(str::to_owned))
    })?;
    r.strict("pg_regexp_replace", -1, |a| {
        let flags = flags(a, 3, "")?;
        if let Some(digit) = flags.chars().next().filter(char::is_ascii_digit) {
            return Err(PgError::new(format!("invalid regular expression option: \"{digit}\"")));
        }
        regex::replace(a.text(0)?, a.text(1)?, a.text(2)?, flags, 1, usize::from(!flags.contains('g')))
    })?;
    // Text, pattern, replacement, start, nth match (0 for all), flags.
    r.strict("pg_regexp_replace_at", -1, |a| {
        let start = count(a, 3, 1, "start", 1)?;
        let flags = flags(a, 5, "")?;
        let nth = count(a, 4, i64::from(!flags.contains('g')), "n", 0)?;
        regex::replace(a.text(0)?, a.text(1)?, a.text(2)?, flags, start, nth)
    })?;
    r.strict("pg_resplit", -1, |a| {
        let parts = regex::split(a.text(0)?, a.text(1)?, flags(a, 2, "regexp_split_to_array")?)?;
        bounded("regexp_split_to_array", parts.len())?;
        Ok(rows(parts.into_iter().map(Some)))
    })?;
    r.strict("pg_resplit_table", -1, |a| {
        let parts = regex::split(a.text(0)?, a.text(1)?, flags(a, 2, "regexp_split_to_table")?)?;
        bounded("regexp_split_to_table", parts.len())?;
        Ok(rows(parts.into_iter().map(Some)))
    })?;
    let groups = |found: Vec<Option<String>>| {
        array::to_stored(
            found.into_iter().map(|g| g.map_or(serde_json::Value::Null, serde_json::Value::String)).collect(),
        )
    };
    r.strict("pg_rematch", -1, move |a| {
        let flags = flags(a, 2, "regexp_match")?;
        Ok(regex::matches(a.text(0)?, a.text(1)?, flags)?.into_iter().next().map(groups))
    })?;
    r.strict("pg_rematches", -1, move |a| {
        let flags = flags(a, 2, "")?;
        Ok(format!(
            "[{}]",
            regex::matches(a.text(0)?, a.text(1)?, flags)?.into_iter().map(groups).collect::<Vec<_>>().join(",")
        ))
    })
}
