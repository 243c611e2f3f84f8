//! Addresses that a tenant may give: the guard against a slow reference, which takes the number that an address was
//! spelled from and the networks of the IANA registries, bit by bit.

use {
    super::{EgressPolicy, URL_MAX, check_url, check_zoho_url, is_public},
    crate::fuzz::{Dice, made, texts},
    std::{
        net::{IpAddr, Ipv4Addr, Ipv6Addr},
        sync::LazyLock,
    },
    url::Host,
};

const PRODUCTION: EgressPolicy = EgressPolicy { allow_loopback: false, allow_hosts: Vec::new() };

/// The networks of the IPv4 special-purpose registry, multicast and the reserved rest.
const SPECIAL_V4: [&str; 16] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "255.255.255.255/32",
];
/// Of IPv6, only 2000::/3 is global unicast; these networks in it are special.
const SPECIAL_V6: [&str; 4] = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

fn bits(address: IpAddr) -> Vec<bool> {
    let octets = match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    octets.iter().flat_map(|octet| (0..8).rev().map(move |at| octet >> at & 1 == 1)).collect()
}

fn network(text: &str) -> (IpAddr, usize) {
    let (address, length) = text.split_once('/').expect("a network");
    (address.parse().expect("an address"), length.parse().expect("a length"))
}

/// The bits with which all addresses of a network begin.
fn beginning(text: &str) -> Vec<bool> {
    let (first, length) = network(text);
    bits(first)[..length].to_vec()
}

fn reference(address: IpAddr) -> bool {
    static V4: LazyLock<Vec<Vec<bool>>> =
        LazyLock::new(|| SPECIAL_V4.into_iter().map(beginning).collect());
    static V6: LazyLock<Vec<Vec<bool>>> =
        LazyLock::new(|| SPECIAL_V6.into_iter().map(beginning).collect());
    let bits = bits(address);
    let within = |networks: &[Vec<bool>]| networks.iter().any(|begin| bits.starts_with(begin));
    match address {
        IpAddr::V4(_) => !within(&V4),
        // 2000::/3
        IpAddr::V6(_) => bits.starts_with(&[false, false, true]) && !within(&V6),
    }
}

/// An address near the border of a network, in one, or anywhere.
fn address(dice: &mut Dice) -> IpAddr {
    let all =
        [&SPECIAL_V4[..], &SPECIAL_V6[..], &["2000::/3", "::ffff:0:0/96", "fe80::/10"]].concat();
    let (first, length) = network(dice.pick(&all));
    let any = u128::from(dice.number()) << 64 | u128::from(dice.number());
    let choice = dice.below(6);
    let near = |first: u128, rest: u128| match choice {
        0 => first,
        1 => first.wrapping_sub(1),
        2 => first | rest,
        3 => (first | rest).wrapping_add(1),
        4 => first | any & rest,
        _ => any,
    };
    match first {
        IpAddr::V4(first) => {
            let rest = u32::MAX.checked_shr(length as u32).unwrap_or_default();
            let number = near(u128::from(u32::from(first)), u128::from(rest));
            Ipv4Addr::from(number as u32).into()
        }
        IpAddr::V6(first) => {
            let rest = u128::MAX.checked_shr(length as u32).unwrap_or_default();
            Ipv6Addr::from(near(u128::from(first), rest)).into()
        }
    }
}

/// One of the spellings that URLs have for an address.
fn spelled(address: IpAddr, dice: &mut Dice) -> String {
    let number = match address {
        IpAddr::V6(address) => {
            let groups = address.segments();
            let long = groups.map(|group| format!("{group:04x}")).join(":");
            let [.., high, low] = groups;
            let [a, b, c, d] = [high >> 8, high & 255, low >> 8, low & 255];
            let dotted = groups[..6].iter().map(|group| format!("{group:X}:")).collect::<String>();
            return match dice.below(3) {
                0 => format!("[{address}]"),
                1 => format!("[{long}]"),
                _ => format!("[{dotted}{a}.{b}.{c}.{d}]"),
            };
        }
        IpAddr::V4(address) => u32::from(address),
    };
    // The last part takes all that is left.
    let count = dice.below(4);
    let octets = number.to_be_bytes();
    let last = octets[count..].iter().fold(0_u64, |sum, octet| sum << 8 | u64::from(*octet));
    let mut parts: Vec<u64> = octets[..count].iter().map(|octet| u64::from(*octet)).collect();
    parts.push(last);
    let mut part = |part: u64| match dice.below(5) {
        0 => format!("0x{part:x}"),
        1 => format!("0X{part:08X}"),
        2 => format!("0{part:o}"),
        _ => part.to_string(),
    };
    let mut text = parts.into_iter().map(&mut part).collect::<Vec<_>>().join(".");
    if dice.one_in(4) {
        let wide = |c: char| match c {
            '0'..='9' => char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c),
            '.' => '。',
            other => other,
        };
        text = text.chars().map(wide).collect();
    } else if dice.one_in(4) {
        text = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
    }
    if dice.one_in(6) {
        text.push('.');
    }
    text
}

#[test]
fn no_spelling_of_an_address_passes_the_guard() {
    let make = |dice: &mut Dice| {
        let address = address(dice);
        let ports = ["", ":80", ":443", ":8000", ":9000", ":22", ":9001", ":7999", ":0"];
        let port = dice.pick(&ports);
        let text = format!("https://{}{port}/x", spelled(address, dice));
        (address, port, text)
    };
    let mut passed = 0;
    made("address", 20_000, make, |(address, port, text)| {
        assert_eq!(is_public(*address), reference(*address), "{address}");
        let open = ["", ":80", ":443", ":8000", ":9000"].contains(port);
        let wanted = reference(*address) && open;
        assert_eq!(check_url(&PRODUCTION, text).is_ok(), wanted, "{address}");
        passed += usize::from(wanted);
    });
    assert!(passed > 0, "no address was public");
}

#[test]
fn what_passes_the_guard_is_public() {
    const WORDS: [&str; 22] = [
        "http://",
        "https://",
        "@",
        ":",
        "/",
        "\\",
        "?",
        "#",
        "%2f",
        "%00",
        "\t",
        "\n",
        "[",
        "]",
        "::ffff:",
        "127.0.0.1",
        "0x7f",
        "localhost",
        ".",
        "。",
        "www.zohoapis.com",
        "accounts.zoho.eu",
    ];
    texts("egress", 10_000, &WORDS, |text| {
        if let Ok(url) = check_url(&PRODUCTION, text) {
            let host = url.host().expect("a host").to_owned();
            match host {
                Host::Ipv4(address) => assert!(reference(address.into())),
                Host::Ipv6(address) => assert!(reference(address.into())),
                Host::Domain(ref name) => assert!(!name.is_empty()),
            }
            assert!(matches!(url.scheme(), "http" | "https") && url.username().is_empty());
            assert!(url.password().is_none() && url.query().is_none() && url.fragment().is_none());
            let port = url.port_or_known_default().expect("a port");
            assert!(port == 80 || port == 443 || (8_000..=9_000).contains(&port));
            // What was read means the same when it is read again; the text of an address may be longer than what was given.
            if url.as_str().len() <= URL_MAX {
                let again = check_url(&PRODUCTION, url.as_str()).expect("the same address");
                assert_eq!(again.host().map(|host| host.to_owned()), Some(host));
            }
        }
        if let Ok(url) = check_zoho_url(&PRODUCTION, text) {
            let host = url.host_str().expect("a host");
            let is_api =
                host.split_once('.').is_some_and(|(_, rest)| rest.starts_with("zohoapis."));
            assert!(url.scheme() == "https" && (is_api || host.starts_with("accounts.zoho")));
        }
    });
}
