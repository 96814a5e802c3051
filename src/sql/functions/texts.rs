//! Functions on text, patterns, numbers, arrays, booleans and network addresses, and the casts among them.

use super::{Args, Out, Registry, rows};
use crate::sql::error::{PgError, PgResult};
use crate::sql::value::inet::Network;
use crate::sql::value::{array, boolean, inet, like, number, regex, text, to_char};
use base64::Engine as _;
use md5::Digest as _;
use rusqlite::Result;
use rusqlite::types::{Value, ValueRef};
use std::cmp::Ordering;

pub(super) fn register(r: &Registry<'_>) -> Result<()> {
    strings(r)?;
    patterns(r)?;
    numbers(r)?;
    arrays(r)?;
    networks(r)
}

fn strings(r: &Registry<'_>) -> Result<()> {
    r.strict("pg_lower", 1, |a| Ok(a.text(0)?.to_ascii_lowercase()))?;
    r.strict("pg_upper", 1, |a| Ok(a.text(0)?.to_ascii_uppercase()))?;
    r.strict("pg_initcap", 1, |a| Ok(text::initcap(a.text(0)?)))?;
    r.strict("pg_length", 1, |a| Ok(text::length(a.text(0)?)))?;
    r.strict("pg_octet_length", 1, |a| Ok(i64::try_from(a.text(0)?.len()).unwrap_or(i64::MAX)))?;
    r.strict("pg_reverse", 1, |a| Ok(a.text(0)?.chars().rev().collect::<String>()))?;
    r.strict("pg_split_part", 3, |a| text::split_part(a.text(0)?, a.text(1)?, a.int(2)?))?;
    r.strict("pg_left", 2, |a| Ok(text::left(a.text(0)?, a.int(1)?)))?;
    r.strict("pg_right", 2, |a| Ok(text::right(a.text(0)?, a.int(1)?)))?;
    r.strict("pg_substr", -1, |a| {
        let count = if a.len() > 2 { Some(a.int(2)?) } else { None };
        text::substring(a.text(0)?, a.int(1)?, count)
    })?;
    r.strict("pg_replace", 3, |a| {
        Ok(if a.text(1)?.is_empty() { a.text(0)?.to_owned() } else { a.text(0)?.replace(a.text(1)?, a.text(2)?) })
    })?;
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
    r.strict("pg_position", 2, |a| Ok(text::position(a.text(0)?, a.text(1)?)))?;
    r.strict("pg_starts_with", 2, |a| Ok(a.text(0)?.starts_with(a.text(1)?)))?;
    r.strict("pg_ascii", 1, |a| Ok(a.text(0)?.chars().next().map_or(0, |c| i64::from(u32::from(c)))))?;
    r.strict("pg_chr", 1, |a| {
        let code = u32::try_from(a.int(0)?).ok().filter(|c| *c > 0).and_then(char::from_u32);
        code.map(String::from).ok_or_else(|| PgError::new("requested character too large for encoding"))
    })?;
    r.strict("pg_quote_literal", 1, |a| Ok(text::quote_literal(a.text(0)?)))?;
    r.strict("pg_quote_ident", 1, |a| Ok(text::quote_ident(a.text(0)?)))?;
    r.strict("pg_glob", 1, |a| Ok(a.text(0)?.replace('*', "%").replace('?', "_")))?;
    r.strict("pg_md5", 1, |a| Ok(hex(&md5::Md5::digest(a.text(0)?.as_bytes()))))?;
    r.strict("pg_sha256_hex", 1, |a| Ok(hex(&sha2::Sha256::digest(a.text(0)?.as_bytes()))))?;
    r.strict("pg_encode", 2, |a| match a.text(1)?.to_ascii_lowercase().as_str() {
        "hex" => Ok(hex(a.text(0)?.as_bytes())),
        "base64" => Ok(base64::engine::general_purpose::STANDARD.encode(a.text(0)?)),
        other => Err(PgError::new(format!("unrecognized encoding: \"{other}\""))),
    })?;
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
    r.cast("pg_t2int", 2, |a| number::parse_int(a.text(0)?, u32::try_from(a.int(1)?).unwrap_or(64)))?;
    r.cast("pg_t2num", 1, |a| number::canonical(a.text(0)?))?;
    r.cast("pg_t2f", 1, |a| number::to_float(a.text(0)?))?;
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn patterns(r: &Registry<'_>) -> Result<()> {
    // The third argument is the escape character; empty means that there is none.
    fn escape(a: &Args<'_>) -> PgResult<Option<char>> {
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
    r.strict("pg_regexp_replace", -1, |a| {
        regex::replace(a.text(0)?, a.text(1)?, a.text(2)?, if a.len() > 3 { a.text(3)? } else { "" })
    })?;
    r.strict("pg_resplit", -1, |a| {
        let parts = regex::split(a.text(0)?, a.text(1)?, if a.len() > 2 { a.text(2)? } else { "" })?;
        Ok(rows(parts.into_iter().map(Some)))
    })?;
    let groups = |found: Vec<Option<String>>| {
        array::to_stored(
            found.into_iter().map(|g| g.map_or(serde_json::Value::Null, serde_json::Value::String)).collect(),
        )
    };
    r.strict("pg_rematch", -1, move |a| {
        let flags = if a.len() > 2 { a.text(2)? } else { "" };
        Ok(regex::matches(a.text(0)?, a.text(1)?, flags)?.into_iter().next().map(groups))
    })?;
    r.strict("pg_rematches", -1, move |a| {
        let flags = if a.len() > 2 { a.text(2)? } else { "" };
        Ok(format!(
            "[{}]",
            regex::matches(a.text(0)?, a.text(1)?, flags)?.into_iter().map(groups).collect::<Vec<_>>().join(",")
        ))
    })
}

fn numbers(r: &Registry<'_>) -> Result<()> {
    r.strict("pg_numop", 3, |a| number::arithmetic(a.text(0)?, a.text(1)?, a.text(2)?))?;
    r.strict("pg_numcmp", 2, |a| Ok(number::compare(a.text(0)?, a.text(1)?) as i64))?;
    r.strict("pg_idiv", 2, |a| match a.int(1)? {
        0 => Err(PgError::new("division by zero")),
        by => a.int(0)?.checked_div(by).ok_or_else(|| number::out_of_range(64)),
    })?;
    r.strict("pg_imod", 2, |a| match a.int(1)? {
        0 => Err(PgError::new("division by zero")),
        by => Ok(a.int(0)?.checked_rem(by).unwrap_or(0)),
    })?;
    // Integer arithmetic with the range of the type: bits, operator, operands.
    r.strict("pg_iop", 4, |a| {
        let (x, y) = (a.int(2)?, a.int(3)?);
        let result = match a.text(1)? {
            "+" => x.checked_add(y),
            "-" => x.checked_sub(y),
            _ => x.checked_mul(y),
        };
        let bits = u32::try_from(a.int(0)?).unwrap_or(64);
        result.filter(|n| number::fits(*n, bits)).ok_or_else(|| number::out_of_range(bits))
    })?;
    r.strict("pg_fdiv", 2, |a| {
        if a.float(1)? == 0.0 { Err(PgError::new("division by zero")) } else { Ok(a.float(0)? / a.float(1)?) }
    })?;
    r.cast("pg_n2int", 2, |a| number::to_int(a.text(0)?, u32::try_from(a.int(1)?).unwrap_or(64)))?;
    r.cast("pg_f2int", 2, |a| number::float_to_int(a.float(0)?, u32::try_from(a.int(1)?).unwrap_or(64)))?;
    r.cast("pg_int2int", 2, |a| {
        let bits = u32::try_from(a.int(1)?).unwrap_or(64);
        if number::fits(a.int(0)?, bits) { a.int(0) } else { Err(number::out_of_range(bits)) }
    })?;
    r.strict("pg_f2n", 1, |a| Ok(number::float_to_numeric(a.float(0)?)))?;
    r.strict("pg_n2f", 1, |a| number::to_float(a.text(0)?))?;
    r.strict("pg_f2t", 1, |a| Ok(number::float_text(a.float(0)?)))?;
    r.strict("pg_round", -1, |a| number::round(a.text(0)?, if a.len() > 1 { a.int(1)? } else { 0 }))?;
    r.strict("pg_trunc_num", -1, |a| number::truncate(a.text(0)?, if a.len() > 1 { a.int(1)? } else { 0 }))?;
    r.strict("pg_floor_num", 1, |a| number::whole(a.text(0)?, false))?;
    r.strict("pg_ceil_num", 1, |a| number::whole(a.text(0)?, true))?;
    r.strict("pg_abs_num", 1, |a| number::absolute(a.text(0)?))?;
    r.strict("pg_round_f", 1, |a| Ok(a.float(0)?.round_ties_even()))?;
    r.strict("pg_floor_f", 1, |a| Ok(a.float(0)?.floor()))?;
    r.strict("pg_ceil_f", 1, |a| Ok(a.float(0)?.ceil()))?;
    r.strict("pg_trunc_f", 1, |a| Ok(a.float(0)?.trunc()))?;
    r.strict("pg_sqrt", 1, |a| {
        if a.float(0)? < 0.0 {
            Err(PgError::new("cannot take square root of a negative number"))
        } else {
            Ok(a.float(0)?.sqrt())
        }
    })?;
    r.strict("pg_power", 2, |a| Ok(a.float(0)?.powf(a.float(1)?)))?;
    r.strict("pg_sign_num", 1, |a| Ok(number::compare(a.text(0)?, "0") as i64).map(|s| s.to_string()))?;
    r.strict("pg_to_char_num", 2, |a| to_char::numeric(&a.display(0)?.unwrap_or_default(), a.text(1)?))?;
    for (name, wanted) in [("pg_greatest", Ordering::Greater), ("pg_least", Ordering::Less)] {
        // The first argument names the order: `num`, `json`, or anything for SQLite's own.
        r.any(name, -1, move |a| {
            let kind = a.text(0)?;
            let mut best: Option<usize> = None;
            for i in (1..a.len()).filter(|i| !a.is_null(*i)) {
                if best.is_none_or(|b| order(kind, a.raw(i), a.raw(b)) == wanted) {
                    best = Some(i);
                }
            }
            Ok(Out(best.map_or(Value::Null, |i| match a.raw(i) {
                ValueRef::Integer(n) => Value::Integer(n),
                ValueRef::Real(n) => Value::Real(n),
                ValueRef::Text(t) => Value::Text(String::from_utf8_lossy(t).into_owned()),
                ValueRef::Null | ValueRef::Blob(_) => Value::Null,
            })))
        })?;
    }
    Ok(())
}

fn order(kind: &str, a: ValueRef<'_>, b: ValueRef<'_>) -> Ordering {
    match (a, b) {
        (ValueRef::Integer(x), ValueRef::Integer(y)) => x.cmp(&y),
        (ValueRef::Real(x), ValueRef::Real(y)) => x.total_cmp(&y),
        (ValueRef::Text(x), ValueRef::Text(y)) => match (kind, std::str::from_utf8(x), std::str::from_utf8(y)) {
            ("num", Ok(x), Ok(y)) => number::compare(x, y),
            _ => x.cmp(y),
        },
        _ => Ordering::Equal,
    }
}

fn arrays(r: &Registry<'_>) -> Result<()> {
    r.any("pg_arr2str", -1, |a| {
        let (Some(_), Some(delimiter)) = (a.opt_text(0)?, a.opt_text(1)?) else { return Ok(None) };
        Ok(Some(array::join(&a.array(0)?, delimiter, a.opt_text(2)?)))
    })?;
    r.any("pg_str2arr", -1, |a| {
        let Some(text) = a.opt_text(0)? else { return Ok(None) };
        Ok(Some(array::to_stored(array::split(text, a.opt_text(1)?, a.opt_text(2)?))))
    })?;
    r.strict("pg_arrlen", 1, |a| Ok(i64::try_from(a.array(0)?.len()).unwrap_or(i64::MAX)))?;
    r.strict("pg_array_length", 2, |a| {
        let length = i64::try_from(a.array(0)?.len()).unwrap_or(i64::MAX);
        Ok(if a.int(1)? == 1 && length > 0 { Some(length) } else { None })
    })?;
    r.strict("pg_arridx", 2, |a| {
        let items = a.array(0)?;
        let item = usize::try_from(a.int(1)? - 1).ok().and_then(|i| items.get(i).cloned());
        Ok(Out(match item {
            Some(serde_json::Value::String(s)) => Value::Text(s),
            Some(serde_json::Value::Number(n)) => {
                n.as_i64().map_or_else(|| Value::Real(n.as_f64().unwrap_or(0.0)), Value::Integer)
            }
            Some(serde_json::Value::Bool(b)) => Value::Integer(i64::from(b)),
            _ => Value::Null,
        }))
    })?;
    r.strict("pg_arrslice", 3, |a| {
        let items = a.array(0)?;
        let from = usize::try_from(a.int(1)?.max(1) - 1).unwrap_or(usize::MAX);
        let to = usize::try_from(a.int(2)?.max(0)).unwrap_or(usize::MAX).min(items.len());
        Ok(array::to_stored(items.get(from..to).unwrap_or_default().to_vec()))
    })?;
    r.any("pg_arr_append", 2, |a| {
        if a.is_null(0) && a.is_null(1) {
            return Ok(None);
        }
        let mut items = if a.is_null(0) { Vec::new() } else { a.array(0)? };
        if !a.is_null(1) {
            items.extend(a.array(1)?);
        }
        Ok(Some(array::to_stored(items)))
    })?;
    r.strict("pg_arr_contains", 2, |a| Ok(array::contains(&a.array(0)?, &a.array(1)?)))?;
    r.strict("pg_arr_overlap", 2, |a| Ok(array::overlap(&a.array(0)?, &a.array(1)?)))?;
    r.strict("pg_arrcmp", 2, |a| Ok(array::compare(&a.array(0)?, &a.array(1)?) as i64))?;
    r.strict("pg_arr_remove", 2, |a| {
        let needle = a.display(1)?;
        Ok(array::to_stored(a.array(0)?.into_iter().filter(|i| array::element_text(i) != needle).collect()))
    })?;
    r.strict("pg_arr_position", 2, |a| {
        let needle = a.display(1)?;
        let at = a.array(0)?.iter().position(|i| array::element_text(i) == needle);
        Ok(at.and_then(|i| i64::try_from(i + 1).ok()))
    })?;
    // Text of an array: the second argument says what the elements are.
    r.strict("pg_arr2t", 2, |a| {
        let kind = a.text(1)?;
        let texts: Vec<Option<String>> = a
            .array(0)?
            .iter()
            .map(|i| match (i, kind) {
                (serde_json::Value::Number(n), "bool") => Some(if n.as_str() == "0" { "f" } else { "t" }.to_owned()),
                (serde_json::Value::String(s), "timestamptz") => Some(format!("{s}+00")),
                _ => array::element_text(i),
            })
            .collect();
        Ok(array::to_text(&texts))
    })?;
    r.cast("pg_t2arr", 2, |a| {
        let kind = a.text(1)?;
        let items =
            array::parse_literal(a.text(0)?)?.into_iter().map(|t| element(t, kind)).collect::<PgResult<Vec<_>>>()?;
        Ok(array::to_stored(items))
    })?;
    r.cast("pg_arr_cast", 2, |a| {
        let kind = a.text(1)?;
        let items = a.array(0)?.iter().map(|i| element(array::element_text(i), kind)).collect::<PgResult<Vec<_>>>()?;
        Ok(array::to_stored(items))
    })?;
    r.any("pg_zip", -1, |a| {
        let columns = (0..a.len())
            .map(|i| if a.is_null(i) { Ok(Vec::new()) } else { a.array(i) })
            .collect::<PgResult<Vec<_>>>()?;
        let longest = columns.iter().map(Vec::len).max().unwrap_or(0);
        let zipped = (0..longest)
            .map(|i| columns.iter().map(|c| c.get(i).cloned().unwrap_or(serde_json::Value::Null)).collect())
            .map(serde_json::Value::Array);
        Ok(array::to_stored(zipped.collect()))
    })?;
    r.any("pg_one", 1, |a| {
        let item = match a.raw(0) {
            ValueRef::Null => serde_json::Value::Null,
            ValueRef::Integer(n) => n.into(),
            ValueRef::Real(n) => {
                serde_json::Number::from_f64(n).map_or(serde_json::Value::Null, serde_json::Value::Number)
            }
            _ => serde_json::Value::String(a.text(0)?.to_owned()),
        };
        Ok(array::to_stored(vec![item]))
    })?;
    r.any("pg_series", 3, |a| {
        if a.is_null(0) || a.is_null(1) || a.is_null(2) {
            return Ok("[]".to_owned());
        }
        let (from, to, step) = (a.int(0)?, a.int(1)?, a.int(2)?);
        if step == 0 {
            return Err(PgError::new("step size cannot equal zero"));
        }
        let mut items = Vec::new();
        let mut at = from;
        while if step > 0 { at <= to } else { at >= to } {
            super::dates::bounded(items.len())?;
            items.push(serde_json::Value::from(at));
            match at.checked_add(step) {
                Some(next) => at = next,
                None => break,
            }
        }
        Ok(array::to_stored(items))
    })
}

/// Reads an element text as a type.
fn element(text: Option<String>, kind: &str) -> PgResult<serde_json::Value> {
    let Some(text) = text else { return Ok(serde_json::Value::Null) };
    Ok(match kind {
        "int2" | "int4" | "int8" => number::parse_int(
            &text,
            match kind {
                "int2" => 16,
                "int4" => 32,
                _ => 64,
            },
        )?
        .into(),
        "bool" => i64::from(boolean::parse(&text)?).into(),
        "float8" => serde_json::Number::from_f64(number::to_float(&text)?)
            .map_or(serde_json::Value::Null, serde_json::Value::Number),
        "numeric" => number::canonical(&text)?.into(),
        "jsonb" => crate::sql::value::jsonb::canonical(&text)?.into(),
        "inet" => inet::inet(&text)?.into(),
        "cidr" => inet::cidr(&text)?.into(),
        _ => text.into(),
    })
}

fn networks(r: &Registry<'_>) -> Result<()> {
    fn network(a: &Args<'_>, i: usize) -> PgResult<Network> {
        Network::parse(a.text(i)?, "inet")
    }
    r.cast("pg_inet_in", 1, |a| inet::inet(a.text(0)?))?;
    r.cast("pg_cidr_in", 1, |a| inet::cidr(a.text(0)?))?;
    r.strict("pg_inet_text", 1, |a| Ok(network(a, 0)?.with_mask()))?;
    r.strict("pg_host", 1, |a| Ok(network(a, 0)?.address.to_string()))?;
    r.strict("pg_masklen", 1, |a| Ok(i64::from(network(a, 0)?.bits)))?;
    r.strict("pg_family", 1, |a| Ok(if network(a, 0)?.address.is_ipv4() { 4_i64 } else { 6 }))?;
    r.strict("pg_network", 1, |a| Ok(network(a, 0)?.network().with_mask()))?;
    r.strict("pg_broadcast", 1, |a| Ok(network(a, 0)?.broadcast().short()))?;
    r.strict("pg_inet_in_or_eq", 2, |a| Ok(network(a, 1)?.contains(network(a, 0)?, false)))?;
    r.strict("pg_inet_within", 2, |a| Ok(network(a, 1)?.contains(network(a, 0)?, true)))?;
    r.strict("pg_inet_overlap", 2, |a| {
        let (x, y) = (network(a, 0)?, network(a, 1)?);
        Ok(x.contains(y, false) || y.contains(x, false))
    })
}
