//! Functions on `bytea`, which is held as its text `\x...`, and the hashes of texts.

use super::{Args, Registry};
use crate::sql::error::PgResult;
use crate::sql::value::bytea;
use md5::Digest as _;
use rusqlite::Result;

fn bytes(a: &Args<'_>, i: usize) -> PgResult<Vec<u8>> {
    bytea::stored(a.text(i)?)
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

pub(super) fn register(r: &Registry<'_>) -> Result<()> {
    r.cast("pg_t2bytea", 1, |a| bytea::parse(a.text(0)?).map(|b| bytea::to_stored(&b)))?;
    r.strict("pg_bytea_length", 1, |a| bytes(a, 0).map(|b| count(b.len())))?;
    r.strict("pg_bytea_bits", 1, |a| bytes(a, 0).map(|b| count(b.len() * 8)))?;
    r.strict("pg_bytea_concat", 2, |a| {
        let mut all = bytes(a, 0)?;
        all.extend(bytes(a, 1)?);
        Ok(bytea::to_stored(&all))
    })?;
    r.strict("pg_bytea_substr", -1, |a| {
        let length = if a.len() > 2 { Some(a.int(2)?) } else { None };
        bytea::substring(&bytes(a, 0)?, a.int(1)?, length).map(bytea::to_stored)
    })?;
    r.strict("pg_encode", 2, |a| bytea::encode(&bytes(a, 0)?, a.text(1)?))?;
    r.strict("pg_decode", 2, |a| bytea::decode(a.text(0)?, a.text(1)?).map(|b| bytea::to_stored(&b)))?;
    r.strict("pg_convert_to", 2, |a| {
        bytea::check_encoding(a.text(1)?)?;
        Ok(bytea::to_stored(a.text(0)?.as_bytes()))
    })?;
    r.strict("pg_convert_from", 2, |a| {
        bytea::check_encoding(a.text(1)?)?;
        bytea::to_text(bytes(a, 0)?)
    })?;
    r.strict("pg_md5", 1, |a| Ok(bytea::hex(&md5::Md5::digest(a.text(0)?.as_bytes()))))?;
    r.strict("pg_bytea_md5", 1, |a| Ok(bytea::hex(&md5::Md5::digest(bytes(a, 0)?))))?;
    r.strict("pg_sha224", 1, |a| Ok(bytea::to_stored(&sha2::Sha224::digest(bytes(a, 0)?))))?;
    r.strict("pg_sha256", 1, |a| Ok(bytea::to_stored(&sha2::Sha256::digest(bytes(a, 0)?))))?;
    r.strict("pg_sha384", 1, |a| Ok(bytea::to_stored(&sha2::Sha384::digest(bytes(a, 0)?))))?;
    r.strict("pg_sha512", 1, |a| Ok(bytea::to_stored(&sha2::Sha512::digest(bytes(a, 0)?))))
}
