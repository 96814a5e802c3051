//! `inet` and `cidr`: held as canonical text; an `inet` without the mask of a single host.

use crate::sql::error::{PgError, PgResult};
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
        let trimmed = text.trim();
        let (address, bits) = trimmed.split_once('/').map_or((trimmed, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = match address.parse() {
            Ok(address) => address,
            // `cidr` accepts shortened addresses: `10.1/16`, `10`.
            Err(_) if type_name == "cidr" && address.bytes().all(|b| b.is_ascii_digit() || b == b'.') => {
                let mut parts: Vec<&str> = address.split('.').filter(|p| !p.is_empty()).collect();
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

    /// Text with the mask.
    pub fn with_mask(self) -> String {
        format!("{}/{}", self.address, self.bits)
    }

    /// Text without the mask of a single host.
    pub fn short(self) -> String {
        if self.bits == self.most() { self.address.to_string() } else { self.with_mask() }
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
