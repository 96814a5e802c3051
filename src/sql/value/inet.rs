//! `inet` and `cidr`: held as canonical text; an `inet` without the mask of a single host.

use crate::sql::error::{PgError, PgResult};
use std::cmp::Ordering;
use std::net::IpAddr;

/// An address with its prefix length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// The address.
    pub address: IpAddr,
    /// Bits of the prefix.
    pub bits: u8,
}

impl Network {
    /// Reads an address with an optional `/bits`.
    pub fn parse(text: &str, type_name: &str) -> PgResult<Self> {
        let invalid = || PgError::invalid(type_name, text);
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let mut octets = 4;
        let address: IpAddr = match address.parse() {
            Ok(address) => address,
            // `cidr` accepts shortened addresses: `10.1/16`, `10`.
            Err(_) if type_name == "cidr" && address.bytes().all(|b| b.is_ascii_digit() || b == b'.') => {
                let mut parts: Vec<&str> = address.split('.').collect();
                if parts.last() == Some(&"") {
                    parts.pop();
                }
                octets = parts.len();
                parts.resize(4, "0");
                parts.join(".").parse().map_err(|_| invalid())?
            }
            Err(_) => return Err(invalid()),
        };
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(b) if b.bytes().all(|c| c.is_ascii_digit()) => {
                b.parse::<u8>().ok().filter(|b| *b <= most).ok_or_else(invalid)?
            }
            Some(_) => return Err(invalid()),
            // As many bits as the old classes of networks and the octets that are written ask for.
            None if octets < 4 => {
                let first = match address {
                    IpAddr::V4(a) => a.octets()[0],
                    IpAddr::V6(_) => 0,
                };
                let class = match first {
                    240.. => 32,
                    224.. => 8,
                    192.. => 24,
                    128.. => 16,
                    _ => 8,
                };
                let written = u8::try_from(octets * 8).unwrap_or(32);
                if class == 8 && first == 224 && written <= 8 { 4 } else { class.max(written) }
            }
            None => most,
        };
        Ok(Self { address, bits })
    }

    fn most(self) -> u8 {
        if self.address.is_ipv4() { 32 } else { 128 }
    }

    fn value(self) -> u128 {
        match self.address {
            IpAddr::V4(a) => u128::from(u32::from(a)),
            IpAddr::V6(a) => u128::from(a),
        }
    }

    fn host_mask(self) -> u128 {
        let host = u32::from(self.most() - self.bits);
        if host == 128 { u128::MAX } else { (1_u128 << host) - 1 }
    }

    fn with_value(self, value: u128) -> Self {
        let address = match self.address {
            IpAddr::V4(_) => IpAddr::from(u32::try_from(value).unwrap_or(u32::MAX).to_be_bytes()),
            IpAddr::V6(_) => IpAddr::from(value.to_be_bytes()),
        };
        Self { address, ..self }
    }

    /// `network`: host bits cleared.
    #[must_use]
    pub fn network(self) -> Self {
        self.with_value(self.value() & !self.host_mask())
    }

    /// `broadcast`: host bits set.
    #[must_use]
    pub fn broadcast(self) -> Self {
        self.with_value(self.value() | self.host_mask())
    }

    /// Whether `other` lies in this network; `strictly` excludes the network itself.
    pub fn contains(self, other: Self, strictly: bool) -> bool {
        self.address.is_ipv4() == other.address.is_ipv4()
            && (if strictly { self.bits < other.bits } else { self.bits <= other.bits })
            && self.value() & !self.host_mask() == other.value() & !self.host_mask()
    }

    /// `netmask`.
    #[must_use]
    pub fn netmask(self) -> Self {
        let all = if self.address.is_ipv4() { u128::from(u32::MAX) } else { u128::MAX };
        Self { bits: self.most(), ..self.with_value(all & !self.host_mask()) }
    }

    /// `hostmask`.
    #[must_use]
    pub fn hostmask(self) -> Self {
        Self { bits: self.most(), ..self.with_value(self.host_mask()) }
    }

    /// `set_masklen`; -1 stands for a single host.
    pub fn with_bits(self, bits: i64) -> PgResult<Self> {
        let most = self.most();
        let bits = if bits == -1 { Some(most) } else { u8::try_from(bits).ok().filter(|b| *b <= most) };
        bits.map(|bits| Self { bits, ..self }).ok_or_else(|| PgError::new("invalid mask length"))
    }

    /// `inet_merge`: the smallest network that holds both.
    pub fn merge(self, other: Self) -> PgResult<Self> {
        if self.address.is_ipv4() != other.address.is_ipv4() {
            return Err(PgError::new("cannot merge addresses from different families"));
        }
        let same = (self.value() ^ other.value()).leading_zeros() - u32::from(128 - self.most());
        let bits = u8::try_from(same).unwrap_or(0).min(self.bits).min(other.bits);
        Ok(Self { bits, ..self }.network())
    }

    /// Orders by family, network, length of the mask, address.
    pub fn compare(self, other: Self) -> Ordering {
        let family = (!self.address.is_ipv4()).cmp(&!other.address.is_ipv4());
        let bits = self.bits.min(other.bits);
        let (x, y) = (Self { bits, ..self }.network().value(), Self { bits, ..other }.network().value());
        family.then(x.cmp(&y)).then(self.bits.cmp(&other.bits)).then(self.value().cmp(&other.value()))
    }

    /// `inet + number`.
    pub fn plus(self, by: i128) -> PgResult<Self> {
        let value = if by < 0 {
            self.value().checked_sub(by.unsigned_abs())
        } else {
            self.value().checked_add(by.unsigned_abs())
        };
        let most = if self.address.is_ipv4() { u128::from(u32::MAX) } else { u128::MAX };
        value.filter(|v| *v <= most).map(|v| self.with_value(v)).ok_or_else(|| PgError::new("result is out of range"))
    }

    /// `inet - inet`.
    pub fn distance(self, other: Self) -> PgResult<i64> {
        if self.address.is_ipv4() != other.address.is_ipv4() {
            return Err(PgError::new("cannot subtract inet values of different sizes"));
        }
        // Addresses go round: one below the first is the last.
        let far = self.value().wrapping_sub(other.value()).cast_signed();
        i64::try_from(far).map_err(|_| PgError::new("result is out of range"))
    }

    /// `~ inet`.
    #[must_use]
    pub fn inverted(self) -> Self {
        let all = if self.address.is_ipv4() { u128::from(u32::MAX) } else { u128::MAX };
        self.with_value(!self.value() & all)
    }

    /// `inet & inet` and `inet | inet`; none for different families.
    pub fn combined(self, other: Self, and: bool) -> Option<Self> {
        let value = if and { self.value() & other.value() } else { self.value() | other.value() };
        (self.address.is_ipv4() == other.address.is_ipv4())
            .then(|| Self { bits: self.bits.max(other.bits), ..self.with_value(value) })
    }

    /// The address alone, in PostgreSQL's spelling: an IPv4 address inside an IPv6 one keeps its dots.
    pub fn host(self) -> String {
        match self.address {
            IpAddr::V6(a) => match a.segments() {
                [0, 0, 0, 0, 0, 0, high, low] if high != 0 => {
                    let [b, c] = high.to_be_bytes();
                    let [d, e] = low.to_be_bytes();
                    format!("::{b}.{c}.{d}.{e}")
                }
                _ => a.to_string(),
            },
            IpAddr::V4(a) => a.to_string(),
        }
    }

    /// `abbrev(cidr)`: a network without the parts that are all host.
    pub fn abbreviated(self) -> String {
        match self.address {
            IpAddr::V4(a) => {
                let octets: Vec<String> = a.octets().iter().map(u8::to_string).collect();
                let keep = usize::from(self.bits.div_ceil(8)).max(1);
                format!("{}/{}", octets.get(..keep).unwrap_or_default().join("."), self.bits)
            }
            IpAddr::V6(a) => {
                let keep = usize::from(self.bits.div_ceil(16));
                match a.segments().get(..keep) {
                    // Without a run of zeros there is nothing to shorten but the end.
                    Some(parts) if (1..8).contains(&keep) && !parts.contains(&0) => {
                        let shown: Vec<String> = parts.iter().map(|p| format!("{p:x}")).collect();
                        format!("{}/{}", shown.join(":"), self.bits)
                    }
                    _ => self.with_mask(),
                }
            }
        }
    }

    /// Text with the mask.
    pub fn with_mask(self) -> String {
        format!("{}/{}", self.host(), self.bits)
    }

    /// Text without the mask of a single host.
    pub fn short(self) -> String {
        if self.bits == self.most() { self.host() } else { self.with_mask() }
    }
}

/// Reads an `inet` and returns its stored text.
pub fn inet(text: &str) -> PgResult<String> {
    Network::parse(text, "inet").map(Network::short)
}

/// Reads a `cidr` and returns its stored text.
pub fn cidr(text: &str) -> PgResult<String> {
    let network = Network::parse(text, "cidr")?;
    if network.network() != network {
        return Err(PgError::new(format!("invalid cidr value: \"{text}\"")));
    }
    Ok(network.with_mask())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        assert_eq!(inet("10.0.0.1/32").unwrap(), "10.0.0.1");
        assert_eq!(inet("10.0.0.1/8").unwrap(), "10.0.0.1/8");
        assert_eq!(cidr("::/0").unwrap(), "::/0");
        assert!(cidr("10.0.0.1/8").is_err());
        assert!(inet("10.0.0").is_err());
        let inside = Network::parse("10.1.0.0/16", "inet").unwrap();
        assert!(Network::parse("10.0.0.0/8", "inet").unwrap().contains(inside, true));
    }
}
