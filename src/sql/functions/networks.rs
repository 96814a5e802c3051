//! Functions on `inet` and `cidr`.

use super::{Args, Registry};
use crate::sql::error::{PgError, PgResult};
use crate::sql::value::inet::{self, Network};
use rusqlite::Result;

fn network(a: &Args<'_>, i: usize) -> PgResult<Network> {
    Network::parse(a.text(i)?, "inet")
}

pub(super) fn register(r: &Registry<'_>) -> Result<()> {
    r.cast("pg_inet_in", 1, |a| inet::inet(a.text(0)?))?;
    r.cast("pg_cidr_in", 1, |a| inet::cidr(a.text(0)?))?;
    r.strict("pg_inet2cidr", 1, |a| Ok(network(a, 0)?.network().with_mask()))?;
    r.strict("pg_cidr2inet", 1, |a| Ok(network(a, 0)?.short()))?;
    r.strict("pg_inet_text", 1, |a| Ok(network(a, 0)?.with_mask()))?;
    r.strict("pg_host", 1, |a| Ok(network(a, 0)?.host()))?;
    r.strict("pg_masklen", 1, |a| Ok(i64::from(network(a, 0)?.bits)))?;
    r.strict("pg_family", 1, |a| Ok(if network(a, 0)?.address.is_ipv4() { 4 } else { 6 }))?;
    r.strict("pg_network", 1, |a| Ok(network(a, 0)?.network().with_mask()))?;
    r.strict("pg_broadcast", 1, |a| Ok(network(a, 0)?.broadcast().short()))?;
    r.strict("pg_netmask", 1, |a| Ok(network(a, 0)?.netmask().short()))?;
    r.strict("pg_hostmask", 1, |a| Ok(network(a, 0)?.hostmask().short()))?;
    r.strict("pg_inet_abbrev", 1, |a| Ok(network(a, 0)?.short()))?;
    r.strict("pg_cidr_abbrev", 1, |a| Ok(network(a, 0)?.abbreviated()))?;
    r.strict("pg_inet_merge", 2, |a| network(a, 0)?.merge(network(a, 1)?).map(Network::with_mask))?;
    r.strict("pg_inet_same_family", 2, |a| Ok(network(a, 0)?.address.is_ipv4() == network(a, 1)?.address.is_ipv4()))?;
    r.strict("pg_set_masklen", 2, |a| network(a, 0)?.with_bits(a.int(1)?).map(Network::short))?;
    r.strict("pg_set_masklen_cidr", 2, |a| network(a, 0)?.with_bits(a.int(1)?).map(|n| n.network().with_mask()))?;
    r.strict("pg_inet_within", 2, |a| Ok(network(a, 1)?.contains(network(a, 0)?, true)))?;
    r.strict("pg_inet_in_or_eq", 2, |a| Ok(network(a, 1)?.contains(network(a, 0)?, false)))?;
    r.strict("pg_inet_overlap", 2, |a| {
        let (x, y) = (network(a, 0)?, network(a, 1)?);
        Ok(x.contains(y, false) || y.contains(x, false))
    })?;
    r.strict("pg_inetcmp", 2, |a| Ok(network(a, 0)?.compare(network(a, 1)?) as i64))?;
    r.strict("pg_inet_add", 2, |a| network(a, 0)?.plus(i128::from(a.int(1)?)).map(Network::short))?;
    r.strict("pg_inet_minus", 2, |a| network(a, 0)?.distance(network(a, 1)?))?;
    r.strict("pg_inet_not", 1, |a| Ok(network(a, 0)?.inverted().short()))?;
    r.strict("pg_inet_bits", 3, |a| {
        let (x, y) = (network(a, 1)?, network(a, 2)?);
        let and = a.text(0)? == "&";
        x.combined(y, and).map(Network::short).ok_or_else(|| {
            PgError::new(format!("cannot {} inet values of different sizes", if and { "AND" } else { "OR" }))
        })
    })
}
