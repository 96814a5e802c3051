//! Functions that make UUIDs.

use super::Entry;
use super::args::Args;
use super::encoding::sha1;
use crate::hcl::fault::Eval;
use crate::hcl::value::Val;
use uuid::{Builder, Uuid};

pub(super) const FUNCTIONS: &[Entry] = &[
    // Another one in each run, as in Terraform; of one run, an attribute that calls it has one value.
    ("uuid", 0, 0, |_| Ok(Val::str(Uuid::new_v4().to_string()))),
    ("uuidv5", 2, 2, |a| {
        let mut hashed = namespace(a)?.as_bytes().to_vec();
        hashed.extend(a.text(1)?.bytes());
        let hash = sha1(&hashed);
        let first = hash.first_chunk().copied().ok_or_else(|| a.fault("internal: the hash is too short"))?;
        Ok(Val::str(Builder::from_sha1_bytes(first).into_uuid().to_string()))
    }),
];

/// Reads a namespace: one of RFC 4122's by its name, or a UUID.
fn namespace(a: &Args<'_>) -> Eval<Uuid> {
    let text = a.text(0)?;
    match &*text {
        "dns" => Ok(Uuid::NAMESPACE_DNS),
        "url" => Ok(Uuid::NAMESPACE_URL),
        "oid" => Ok(Uuid::NAMESPACE_OID),
        "x500" => Ok(Uuid::NAMESPACE_X500),
        other => Uuid::parse_str(other).map_err(|_| {
            a.fault(format_args!("\"{other}\" is no namespace: dns, url, oid, x500 or a UUID")).argument(0)
        }),
    }
}
