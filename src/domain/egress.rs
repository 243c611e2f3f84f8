//! Where calls may go: the addresses and hosts that are allowed. This is checked when a setting is saved, when a
//! connection is made, and by the connectors for every address that a name resolves to; nothing in this file resolves
//! a name.

use {
    std::borrow::Cow,
    std::net::{IpAddr, Ipv4Addr, Ipv6Addr},
    url::{Host, Url},
};

/// Longest address that is checked, in bytes.
const URL_MAX: usize = 2_000;

/// Zoho's data centres, by the ending of their API hosts (docs/src/zoho.md, "Data centres").
const ZOHO_API_DOMAINS: [&str; 10] = [
    "zohoapis.com",
    "zohoapis.eu",
    "zohoapis.in",
    "zohoapis.com.au",
    "zohoapis.jp",
    "zohoapis.com.cn",
    "zohoapis.ca",
    "zohoapis.sa",
    "zohoapis.uk",
    "zohoapis.ae",
];

/// Zoho's accounts servers (docs/src/zoho.md, "Data centres").
const ZOHO_ACCOUNTS_HOSTS: [&str; 10] = [
    "accounts.zoho.com",
    "accounts.zoho.eu",
    "accounts.zoho.in",
    "accounts.zoho.com.au",
    "accounts.zoho.jp",
    "accounts.zoho.com.cn",
    "accounts.zohocloud.ca",
    "accounts.zoho.sa",
    "accounts.zoho.uk",
    "accounts.zoho.ae",
];

/// Accounts server and API domain of Zoho's oldest data centre, for tenants that set none.
pub const ZOHO_ACCOUNTS: &str = "https://accounts.zoho.com";
/// See [`ZOHO_ACCOUNTS`].
pub const ZOHO_API: &str = "https://www.zohoapis.com";

/// The hosts that a deployment allows the connectors to call. Tenants cannot widen it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EgressPolicy {
    /// Allows calls to loopback addresses, for emulators in dev mode.
    pub allow_loopback: bool,
    /// Hosts that may be called although they are not public, do not belong to Zoho or use an unusual port: names or
    /// addresses, without a port.
    pub allow_hosts: Vec<String>,
}

impl EgressPolicy {
    /// Returns whether the deployment lists the host. `host` is a name or an address, with or
    /// without brackets.
    pub fn lists(&self, host: &str) -> bool {
        let host = bare(host);
        self.allow_hosts.iter().any(|listed| bare(listed).eq_ignore_ascii_case(host))
    }

    /// Returns whether a connection to the address may be made for a host that is not listed.
    pub fn allows(&self, address: IpAddr) -> bool {
        is_public(address) || (self.allow_loopback && address.to_canonical().is_loopback())
    }

    /// Returns whether the host is a loopback address, or the name of one, and those are allowed.
    fn is_allowed_loopback(&self, host: &Host<&str>) -> bool {
        let loopback = match host {
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.to_canonical().is_loopback(),
            Host::Domain(name) => is_local_name(name),
        };
        self.allow_loopback && loopback
    }
}

/// Returns whether a name stands for this machine (RFC 6761, section 6.3).
fn is_local_name(name: &str) -> bool {
    let name = bare(name);
    name == "localhost" || name.ends_with(".localhost")
}

fn bare(host: &str) -> &str {
    let host = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    host.strip_suffix('.').unwrap_or(host)
}

/// Parses an address the way a call does, without checking it.
pub fn parse_url(text: &str) -> Option<Url> {
    Url::parse(text.trim()).ok()
}

/// Like [`parse_url`], for Zoho's servers, where a bare name means https.
pub fn parse_zoho_url(text: &str) -> Option<Url> {
    parse_url(&with_scheme(text))
}

fn with_scheme(text: &str) -> Cow<'_, str> {
    if text.contains("://") { text.into() } else { format!("https://{text}").into() }
}

/// Reads the base address of a system and checks everything that can be known before a look-up:
/// scheme http or https, no user, query or fragment, port 80, 443 or 8000 to 9000, and no forbidden
/// address in any spelling. Loopback (where allowed) and listed hosts may use any port.
///
/// # Errors
/// What is wrong, lower case, without the address itself: it may hold a password.
pub fn check_url(policy: &EgressPolicy, text: &str) -> Result<Url, &'static str> {
    if text.len() > URL_MAX {
        return Err("the address is longer than 2000 bytes");
    }
    if text.contains(char::is_control) {
        return Err("the address must not hold control characters, such as the end of a line");
    }
    let url = parse_url(text).ok_or("the address is not a URL such as https://host")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("the address must begin with https:// or http://");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the address must not hold a user or password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("the address must not have a query or fragment");
    }
    check_host(policy, &url)?;
    Ok(url)
}

/// Checks host and port of an address just before the call. An address in place of a name skips the resolver, so this
/// is its only check.
pub fn check_host(policy: &EgressPolicy, url: &Url) -> Result<(), &'static str> {
    let host = url.host().ok_or("the address has no host")?;
    if url.host_str().is_some_and(|host| policy.lists(host)) || policy.is_allowed_loopback(&host) {
        return Ok(());
    }
    let address = match host {
        Host::Domain(name) if is_local_name(name) => {
            return Err("the host is not a public address");
        }
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some(IpAddr::V4(address)),
        Host::Ipv6(address) => Some(IpAddr::V6(address)),
    };
    if address.is_some_and(|address| !policy.allows(address)) {
        return Err("the host is not a public address");
    }
    match url.port_or_known_default() {
        Some(80 | 443 | 8_000..=9_000) => Ok(()),
        _ => Err("the port must be 80, 443 or 8000 to 9000"),
    }
}

/// Like [`check_url`], for Zoho's API and accounts servers: only hosts of Zoho's data centres, by
/// https; loopback (where allowed) and listed hosts besides. A bare host name, as Zoho's documents
/// write it, is called by https.
///
/// # Errors
/// What is wrong, lower case.
pub fn check_zoho_url(policy: &EgressPolicy, text: &str) -> Result<Url, &'static str> {
    let url = check_url(policy, &with_scheme(text))?;
    let host = url.host_str().unwrap_or_default();
    let exempt =
        policy.lists(host) || url.host().is_some_and(|host| policy.is_allowed_loopback(&host));
    if exempt || (is_zoho_host(host) && url.scheme() == "https") {
        Ok(url)
    } else {
        Err("the host is not one of Zoho's data centres by https, such as https://www.zohoapis.com")
    }
}

/// Returns whether the host belongs to Zoho: an accounts server, or an API host of a data centre
/// (production, sandbox or developer).
pub fn is_zoho_host(host: &str) -> bool {
    let api = |host: &str| {
        let (kind, domain) = host.split_once('.')?;
        Some(matches!(kind, "www" | "sandbox" | "developer") && ZOHO_API_DOMAINS.contains(&domain))
    };
    ZOHO_ACCOUNTS_HOSTS.contains(&host) || api(host).unwrap_or(false)
}

/// Returns whether an address is on the public internet (IANA special-purpose registries). IPv6 addresses that
/// contain an IPv4 address (mapped, NAT64, 6to4, Teredo) never count as public.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        [0 | 10 | 127 | 224..=255, ..] => true,
        [100, second, ..] => (64..=127).contains(&second),
        [169, 254, ..] | [192, 168, ..] | [198, 18 | 19, ..] => true,
        [172, second, ..] => (16..=31).contains(&second),
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 51, 100, _] | [203, 0, 113, _] => true,
        _ => false,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // Only 2000::/3 is assigned as global unicast; the rest needs no list.
    match address.segments() {
        [0x2001, 0x0000..=0x01ff | 0x0db8, ..] | [0x2002, ..] => false,
        [0x3fff, second, ..] => second > 0x0fff,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
#[path = "../../tests/fuzz/egress.rs"]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    const DEV: EgressPolicy = EgressPolicy { allow_loopback: true, allow_hosts: Vec::new() };
    const PRODUCTION: EgressPolicy =
        EgressPolicy { allow_loopback: false, allow_hosts: Vec::new() };

    #[test]
    fn forbidden_addresses_in_every_spelling() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "017700000001",
            "１２７.0.0.1",
            "127.0.0.1.",
            "0",
            "0.0.0.0",
            "10.0.0.1",
            "10.1",
            "167772161",
            "0xa.1",
            "100.64.0.1",
            "100.127.255.255",
            "169.254.169.254",
            "2852039166",
            "0xa9fea9fe",
            "0251.0376.0251.0376",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::127.0.0.1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::ffff:8.8.8.8]",
            "[64:ff9b::8.8.8.8]",
            "[64:ff9b:1::1]",
            "[100::1]",
            "[2001::1]",
            "[2001:1ff::1]",
            "[2001:db8::1]",
            "[2002:7f00:1::1]",
            "[3fff::1]",
            "[3fff:fff::1]",
            "[5f00::1]",
            "[fc00::1]",
            "[fd12:3456::1]",
            "[fe80::1]",
            "[fec0::1]",
            "[ff02::1]",
        ] {
            let text = format!("http://{host}/");
            assert!(check_url(&PRODUCTION, &text).is_err(), "{host} was let through");
        }
    }

    #[test]
    fn public_addresses_pass() {
        for host in [
            "8.8.8.8",
            "100.63.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "[2606:4700::1111]",
            "[2001:4860::8888]",
            "[3fff:1000::1]",
        ] {
            assert!(check_url(&PRODUCTION, &format!("https://{host}")).is_ok(), "{host}");
        }
        assert!(check_url(&PRODUCTION, "https://moodle.school.example/sub/").is_ok());
        assert!(check_url(&PRODUCTION, "https://moodle.school.example:8443").is_ok());
    }

    #[test]
    fn loopback_is_for_dev_only_and_nothing_else_comes_with_it() {
        for host in
            ["127.0.0.1:39999", "127.8.8.8", "[::1]:1", "localhost:39999", "[::ffff:127.0.0.1]"]
        {
            let text = format!("http://{host}");
            assert!(check_url(&DEV, &text).is_ok(), "{host}");
            assert!(check_zoho_url(&DEV, &text).is_ok(), "{host}");
        }
        for host in ["localhost", "LOCALHOST", "localhost.", "a.localhost:8443", "localhost:39999"]
        {
            assert!(check_url(&PRODUCTION, &format!("https://{host}")).is_err(), "{host}");
        }
        assert!(check_url(&PRODUCTION, "https://localhost.example").is_ok());
        assert!(check_url(&DEV, "http://10.0.0.1").is_err());
        assert!(check_url(&DEV, "http://[fe80::1]").is_err());
        assert!(
            DEV.allows("127.0.0.1".parse().unwrap())
                && !PRODUCTION.allows("127.0.0.1".parse().unwrap())
        );
    }

    #[test]
    fn listed_hosts_pass_in_any_spelling_of_case_and_on_any_port() {
        let hosts = vec!["Moodle.Intranet".to_owned(), "10.0.0.5".to_owned(), "fd00::7".to_owned()];
        let policy = EgressPolicy { allow_loopback: false, allow_hosts: hosts };
        for host in
            ["moodle.intranet:12345", "MOODLE.intranet.", "10.0.0.5", "167772165", "[fd00::7]:81"]
        {
            assert!(check_url(&policy, &format!("http://{host}")).is_ok(), "{host}");
        }
        assert!(check_zoho_url(&policy, "http://moodle.intranet").is_ok());
        assert!(check_url(&policy, "http://10.0.0.6").is_err());
        assert!(check_url(&policy, "https://evil-moodle.intranet:12345").is_err());
    }

    #[test]
    fn odd_addresses_are_refused() {
        for text in [
            "",
            "moodle.example",
            "ftp://moodle.example",
            "file:///etc/passwd",
            "gopher://moodle.example",
            "https://user@moodle.example",
            "https://:pw@moodle.example",
            "https://moodle.example/#x",
            "https://moodle.example/?a=b",
            "https://moodle.example:22",
            "https://moodle.example:9001",
            "https://",
            "https://moodle.example/\r\nX: y",
            "https://moodle.example\n",
            "\thttps://moodle.example",
            "https://mood\nle.example",
            "data:text/plain,x",
        ] {
            assert!(check_url(&DEV, text).is_err(), "{text} was let through");
        }
    }

    #[test]
    fn an_address_has_a_greatest_length() {
        let of = |length: usize| {
            let begin = "https://moodle.example/";
            format!("{begin}{}", "x".repeat(length - begin.len()))
        };
        assert!(check_url(&PRODUCTION, &of(URL_MAX)).is_ok());
        let told = check_url(&PRODUCTION, &of(URL_MAX + 1)).expect_err("too long");
        assert!(told.contains("longer than"), "{told}");
    }

    #[test]
    fn a_bare_host_of_zoho_is_called_by_https() {
        for text in ["www.zohoapis.com", "https://www.zohoapis.com", " https://www.zohoapis.com "] {
            let url = parse_zoho_url(text).expect(text);
            assert_eq!((url.scheme(), url.host_str()), ("https", Some("www.zohoapis.com")));
        }
        assert_eq!(
            parse_zoho_url("http://127.0.0.1:7000").map(|url| url.port()),
            Some(Some(7_000))
        );
        assert_eq!(parse_zoho_url("https://"), None);
    }

    #[test]
    fn zoho_hosts_are_a_closed_list() {
        for host in [
            "www.zohoapis.com",
            "sandbox.zohoapis.eu",
            "developer.zohoapis.com.au",
            "accounts.zohocloud.ca",
        ] {
            assert!(check_zoho_url(&PRODUCTION, &format!("https://{host}")).is_ok(), "{host}");
        }
        for text in [
            "http://www.zohoapis.com",
            "https://zohoapis.com",
            "https://evil.zohoapis.com",
            "https://www.zohoapis.com.evil.example",
            "https://www.zohoapis.evil",
            "https://accounts.zoho.com@evil.example",
            "https://accounts-zoho.com",
            "https://8.8.8.8",
        ] {
            assert!(check_zoho_url(&DEV, text).is_err(), "{text} was let through");
        }
    }
}
