//! Functions on IP prefixes.

use super::args::{Args, texts_of};
use super::{Entry, MANY};
use crate::hcl::fault::Eval;
use crate::hcl::value::Val;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(super) const FUNCTIONS: &[Entry] = &[
    ("cidrhost", 2, 2, |a| {
        let prefix = Prefix::read(a, 0)?;
        let (number, free) = (a.whole(1)?, prefix.bits() - prefix.length);
        let count = if free >= 127 { u128::MAX } else { 1 << free };
        let host = if number < 0 {
            count.checked_sub(u128::from(number.unsigned_abs()))
        } else {
            Some(u128::from(number.unsigned_abs())).filter(|n| *n < count)
        };
        let host = host.ok_or_else(|| a.fault("the prefix has no such host"))?;
        Ok(Val::str(prefix.address(prefix.network | host).to_string()))
    }),
    ("cidrnetmask", 1, 1, |a| {
        let prefix = Prefix::read(a, 0)?;
        if prefix.is_v6 {
            return Err(a.fault("IPv6 has no netmasks"));
        }
        Ok(Val::str(prefix.address(prefix.mask()).to_string()))
    }),
    ("cidrsubnet", 3, 3, |a| {
        let prefix = Prefix::read(a, 0)?;
        let bits = u32::try_from(a.size(1)?).unwrap_or(u32::MAX);
        prefix.subnet(a, bits, a.size(2)? as u128).map(|p| Val::str(p.to_string()))
    }),
    ("cidrsubnets", 1, MANY, |a| {
        let prefix = Prefix::read(a, 0)?;
        let mut next = prefix.network;
        let mut out = Vec::new();
        for i in 1..a.values.len() {
            let length = prefix.length.saturating_add(u32::try_from(a.size(i)?).unwrap_or(u32::MAX));
            if length > prefix.bits() {
                return Err(a.fault("the prefix has too few bits").argument(i));
            }
            let size = if prefix.bits() - length >= 128 { 0 } else { 1_u128 << (prefix.bits() - length) };
            let start = if size == 0 { next } else { next.div_ceil(size).saturating_mul(size) };
            let subnet = Prefix { network: start, length, ..prefix };
            if start & prefix.mask() != prefix.network {
                return Err(a.fault("the prefix has no room for all subnets").argument(i));
            }
            out.push(subnet.to_string());
            next = start.saturating_add(size);
        }
        Ok(texts_of(out))
    }),
];

/// A network and the length of its prefix.
#[derive(Clone, Copy)]
struct Prefix {
    network: u128,
    length: u32,
    is_v6: bool,
}

impl Prefix {
    fn read(a: &Args<'_>, i: usize) -> Eval<Self> {
        let text = a.text(i)?;
        let bad = || a.fault(format_args!("\"{text}\" is not a prefix such as 10.0.0.0/8")).argument(i);
        let (address, length) = text.split_once('/').ok_or_else(bad)?;
        let length: u32 = length.parse().map_err(|_| bad())?;
        let (network, is_v6) = match address.parse().map_err(|_| bad())? {
            IpAddr::V4(v4) => (u128::from(u32::from(v4)), false),
            IpAddr::V6(v6) => (u128::from(v6), true),
        };
        let prefix = Self { network, length, is_v6 };
        if length > prefix.bits() {
            return Err(bad());
        }
        Ok(Self { network: network & prefix.mask(), ..prefix })
    }

    fn bits(self) -> u32 {
        if self.is_v6 { 128 } else { 32 }
    }

    fn mask(self) -> u128 {
        let all = if self.is_v6 { u128::MAX } else { u128::from(u32::MAX) };
        let free = self.bits() - self.length;
        if free >= 128 { 0 } else { (all >> free) << free }
    }

    fn address(self, number: u128) -> IpAddr {
        if self.is_v6 {
            IpAddr::V6(Ipv6Addr::from(number))
        } else {
            IpAddr::V4(Ipv4Addr::from(u32::try_from(number & u128::from(u32::MAX)).unwrap_or(0)))
        }
    }

    fn subnet(self, a: &Args<'_>, bits: u32, number: u128) -> Eval<Self> {
        let length = self.length.saturating_add(bits);
        if length > self.bits() {
            return Err(a.fault("the prefix has too few bits").argument(1));
        }
        if bits < 128 && number >= 1 << bits {
            return Err(a.fault("there is no such subnet").argument(2));
        }
        let shift = self.bits() - length;
        let offset = if shift >= 128 { 0 } else { number << shift };
        Ok(Self { network: self.network | offset, length, ..self })
    }
}

impl std::fmt::Display for Prefix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address(self.network), self.length)
    }
}
