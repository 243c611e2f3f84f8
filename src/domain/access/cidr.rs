//! Networks of addresses from which a key may be used.

use std::{fmt, net::IpAddr, str::FromStr};

/// A network: an address and the number of its leading bits that count. An address that stands alone counts as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    address: IpAddr,
    bits: u8,
}

impl Cidr {
    /// Reads `192.0.2.0/24`, `2001:db8::/32` or an address. Bits behind those that count must be zero, because a
    /// network that is larger than it looks is mostly a mistake.
    ///
    /// # Errors
    /// What is wrong, lower case.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address = IpAddr::from_str(address)
            .map_err(|_| "not an address or a network, such as 192.0.2.0/24")?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let digits = |bits: &str| {
            let plain = bits.len() < 4 && bits.bytes().all(|byte| byte.is_ascii_digit());
            bits.parse::<u8>().ok().filter(|bits| plain && *bits <= all)
        };
        let bits = match bits {
            None => all,
            Some(bits) => digits(bits).ok_or("the length of the network is not valid")?,
        };
        let network = Self { address, bits };
        if network.first() == number(address) {
            Ok(network)
        } else {
            Err("the address has bits behind the length of the network")
        }
    }

    /// Returns whether the network holds an address. An IPv4 address within IPv6 (`::ffff:192.0.2.1`) counts as IPv4.
    pub fn holds(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.address.is_ipv4() == address.is_ipv4()
            && self.first() == Self { address, bits: self.bits }.first()
    }

    /// Returns whether the network holds all addresses of another one.
    pub fn covers(&self, other: &Self) -> bool {
        self.bits <= other.bits && self.holds(other.address)
    }

    /// The number of the first address of the network.
    fn first(&self) -> u128 {
        let all: u32 = if self.address.is_ipv4() { 32 } else { 128 };
        let free = all - u32::from(self.bits);
        number(self.address).checked_shr(free).and_then(|n| n.checked_shl(free)).unwrap_or(0)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(network: &str, address: &str) -> bool {
        Cidr::parse(network).expect(network).holds(address.parse().expect(address))
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_other() {
        for (network, address) in [
            ("192.0.2.0/24", "192.0.2.255"),
            ("192.0.2.0/24", "::ffff:192.0.2.7"),
            ("0.0.0.0/0", "8.8.8.8"),
            ("::/0", "2001:db8::1"),
            ("198.51.100.7", "198.51.100.7"),
            ("2001:db8::/33", "2001:db8:7fff::1"),
        ] {
            assert!(holds(network, address), "{network} {address}");
        }
        for (network, address) in [
            ("192.0.2.0/24", "192.0.3.0"),
            ("0.0.0.0/0", "2001:db8::1"),
            ("::/0", "8.8.8.8"),
            ("::/0", "::ffff:8.8.8.8"),
            ("198.51.100.7", "198.51.100.6"),
            ("2001:db8::/33", "2001:db8:8000::1"),
        ] {
            assert!(!holds(network, address), "{network} {address}");
        }
    }

    #[test]
    fn a_network_covers_smaller_ones() {
        let network = |text: &str| Cidr::parse(text).expect(text);
        for (large, small, covers) in [
            ("10.0.0.0/8", "10.1.0.0/16", true),
            ("10.0.0.0/8", "10.0.0.0/8", true),
            ("10.1.0.0/16", "10.0.0.0/8", false),
            ("10.0.0.0/8", "11.0.0.0/8", false),
            ("::/0", "10.0.0.0/8", false),
            ("0.0.0.0/0", "::/0", false),
        ] {
            assert_eq!(network(large).covers(&network(small)), covers, "{large} {small}");
        }
    }

    #[test]
    fn networks_have_one_form() {
        for (text, shown) in [("10.0.0.0/8", "10.0.0.0/8"), ("10.1.2.3", "10.1.2.3/32")] {
            assert_eq!(Cidr::parse(text).expect(text).to_string(), shown);
            assert_eq!(Cidr::parse(shown).expect(shown).to_string(), shown);
        }
        for bad in [
            "",
            "/8",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "10.0.0.0/",
            "10.0.0.0/0008",
            "10.0.0.1/8",
            "example.org",
            "::1/129",
            "10.0.0.0/8/8",
            " 10.0.0.0/8",
        ] {
            assert!(Cidr::parse(bad).is_err(), "{bad}");
        }
    }
}
