//! The address of the client behind proxies that are trusted.

use {
    crate::domain::access::Cidr,
    http::{HeaderMap, HeaderName},
    std::net::{IpAddr, SocketAddr},
};

/// The header to which each proxy adds the address that it was called from.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Returns the client's address: the other end of the connection, or, where that is a trusted proxy, the right-most
/// address of `X-Forwarded-For` that is not one. What stands left of it comes from the client and proves nothing. `None`
/// if the proxies do not name an address.
pub(super) fn client(proxies: &[Cidr], peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
    let trusted = |address: IpAddr| proxies.iter().any(|proxy| proxy.holds(address));
    let mut address = peer.to_canonical();
    let lines = headers.get_all(FORWARDED_FOR).iter().collect::<Vec<_>>();
    for line in lines.into_iter().rev() {
        if !trusted(address) {
            break;
        }
        for hop in line.to_str().ok()?.split(',').rev() {
            if !trusted(address) {
                break;
            }
            address = parse(hop.trim())?;
        }
    }
    Some(address)
}

/// Reads an address, which some proxies write with the port.
fn parse(hop: &str) -> Option<IpAddr> {
    let plain = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let address =
        plain.parse().or_else(|_| hop.parse().map(|place: SocketAddr| place.ip())).ok()?;
    Some(IpAddr::to_canonical(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, lines: &[&str]) -> Option<String> {
        let proxies = ["10.0.0.0/8", "::1"].map(|text| Cidr::parse(text).expect(text));
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().expect("a value"));
        }
        client(&proxies, peer.parse().expect(peer), &headers).map(|address| address.to_string())
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        for (peer, lines, wanted) in [
            ("192.0.2.1", &["198.51.100.7"][..], Some("192.0.2.1")),
            ("10.0.0.1", &[], Some("10.0.0.1")),
            ("10.0.0.1", &["198.51.100.7"], Some("198.51.100.7")),
            ("::ffff:10.0.0.1", &["198.51.100.7:4711"], Some("198.51.100.7")),
            ("::1", &["203.0.113.9, 198.51.100.7, 10.1.1.1"], Some("198.51.100.7")),
            ("::1", &["203.0.113.9, 198.51.100.7", "10.1.1.1"], Some("198.51.100.7")),
            ("::1", &["[2001:db8::1]:443, 10.1.1.1"], Some("2001:db8::1")),
            ("::1", &["[2001:db8::1]"], Some("2001:db8::1")),
            ("::1", &["10.2.2.2, 10.1.1.1"], Some("10.2.2.2")),
            ("::1", &["198.51.100.7, unknown"], None),
            ("::1", &["nonsense, 198.51.100.7"], Some("198.51.100.7")),
            ("::1", &[""], None),
        ] {
            assert_eq!(seen(peer, lines).as_deref(), wanted, "{peer} {lines:?}");
        }
    }
}
