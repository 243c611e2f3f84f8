//! Where a stored secret belongs: to the scheme, host and port that it was entered for. A caller who may change an
//! address must not learn a secret that the caller cannot read, so a secret does not move to another address.

use {
    super::{
        code,
        egress::{ZOHO_ACCOUNTS, ZOHO_API, parse_url, parse_zoho_url},
        fault::{Fault, FieldFault},
    },
    url::Url,
};

/// Scheme, host and port of an address, however it is spelt: case, a default port, the path and the letters of an
/// international name make no difference. A dot behind the host does, as it does for browsers and certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// Reads the origin of an address; `None` if a connection cannot be made to it.
    fn of(url: Option<Url>) -> Option<Self> {
        let origin = url?.origin();
        origin.is_tuple().then(|| Self(origin.ascii_serialization()))
    }

    /// Returns it as text, such as `https://lms.example:8443`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The addresses that a tenant's secrets are sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origins {
    moodle: Option<Origin>,
    zoho_accounts: Option<Origin>,
    zoho_api: Option<Origin>,
}

impl Origins {
    /// Reads the origins of a tenant's stored addresses. Without an address of Zoho the oldest data centre is called;
    /// without one of Moodle nothing is sent to Moodle.
    pub fn new(moodle: Option<&str>, accounts: Option<&str>, api: Option<&str>) -> Self {
        Self {
            moodle: Origin::of(moodle.and_then(parse_url)),
            zoho_accounts: Origin::of(parse_zoho_url(accounts.unwrap_or(ZOHO_ACCOUNTS))),
            zoho_api: Origin::of(parse_zoho_url(api.unwrap_or(ZOHO_API))),
        }
    }

    /// The same, with another origin for the Moodle token if no address gives one.
    #[must_use]
    pub fn or_token_of(self, site: Option<&str>) -> Self {
        Self { moodle: self.moodle.or_else(|| Origin::of(site.and_then(parse_url))), ..self }
    }

    /// Returns where Moodle's token belongs.
    pub const fn moodle(&self) -> Option<&Origin> {
        self.moodle.as_ref()
    }

    /// Names each secret that would be sent to another address than the one it was entered for. `is_kept` says
    /// whether a secret, by the name of its setting, is stored and not part of the change.
    pub fn strays(&self, after: &Self, is_kept: impl Fn(&str) -> bool) -> Vec<FieldFault> {
        let moodle = after.moodle.is_some() && self.moodle != after.moodle;
        let zoho = if self.zoho_accounts != after.zoho_accounts {
            Some("zoho_accounts_url")
        } else {
            (self.zoho_api != after.zoho_api).then_some("zoho_api_domain")
        };
        [
            ("moodle_api_token", moodle.then_some("moodle_base_url")),
            ("zoho_client_secret", zoho),
            ("zoho_refresh_token", zoho),
        ]
        .into_iter()
        .filter_map(|(secret, address)| Some((secret, address?)))
        .filter(|(secret, _)| is_kept(secret))
        .map(|(secret, address)| {
            let reason = format!(
                "the stored value was given for another address: when scheme, host or port of {address} change, \
                 {secret} must be sent in the same call"
            );
            FieldFault::new(secret, Fault::Coded { code: code::SECRET_NEEDED_ANEW, reason })
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*};

    fn moved(before: Option<&str>, after: Option<&str>) -> bool {
        let [before, after] = [before, after].map(|moodle| Origins::new(moodle, None, None));
        !before.strays(&after, |_| true).is_empty()
    }

    fn zoho_moved(before: [Option<&str>; 2], after: [Option<&str>; 2]) -> usize {
        let [before, after] =
            [before, after].map(|[accounts, api]| Origins::new(None, accounts, api));
        before.strays(&after, |_| true).len()
    }

    #[test]
    fn an_origin_is_the_same_however_it_is_spelt() {
        let at = Some("https://lms.example/m");
        for same in [
            "https://lms.example/m",
            "https://LMS.Example:443/m/",
            " HTTPS://lms.example/other?",
            "https:lms.example",
            "https:\\\\lms.example\\m",
            "https://lms.example/..//evil.example/",
        ] {
            assert!(!moved(at, Some(same)), "{same}");
        }
        let international = Some("https://Bücher.example/");
        assert!(!moved(international, Some("https://xn--bcher-kva.example")));
        assert!(!moved(at, None) && !moved(None, None));
    }

    #[test]
    fn another_scheme_host_or_port_is_another_origin() {
        let at = Some("https://lms.example/m");
        for other in [
            "http://lms.example/m",
            "https://lms.example:8443/m",
            "https://lms.example.evil.test/m",
            "https://lms.example@evil.test/m",
            "https://evil.test/lms.example",
            "https://lms.example./m",
            "https://www.lms.example/m",
            "https://lms.example:80/m",
            "https:/\\evil.test/lms.example",
            "https://lms。example.evil.test",
            "https://lms.exаmple/m",
        ] {
            assert!(moved(at, Some(other)), "{other}");
        }
        // A secret stored without an address was entered for none.
        assert!(moved(None, at));
    }

    #[test]
    fn a_token_without_an_address_is_remembered_for_its_site() {
        let before = Origins::new(None, None, None).or_token_of(Some("https://lms.example"));
        let after = |url| Origins::new(Some(url), None, None);
        assert!(before.strays(&after("https://LMS.example/m"), |_| true).is_empty());
        assert_eq!(before.strays(&after("https://evil.test"), |_| true).len(), 1);
        assert!(before.strays(&after("https://evil.test"), |_| false).is_empty());
    }

    #[test]
    fn another_data_centre_needs_both_secrets() {
        let (com, eu) = ([Some(ZOHO_ACCOUNTS), Some(ZOHO_API)], Some("https://www.zohoapis.eu"));
        assert_eq!(zoho_moved(com, com), 0);
        assert_eq!(zoho_moved([None, None], com), 0);
        assert_eq!(zoho_moved(com, [None, Some("www.ZohoAPIs.com")]), 0);
        assert_eq!(zoho_moved(com, [None, eu]), 2);
        assert_eq!(zoho_moved([None, None], [Some("accounts.zoho.eu"), None]), 2);
        assert_eq!(zoho_moved([None, eu], [None, None]), 2);
    }

    proptest! {
        #[test]
        fn no_spelling_brings_a_secret_to_another_host(
            userinfo in "([a-z.]{0,9}(:[a-z.]{0,5})?@)?",
            host in "(LMS\\.example|[a-zA-Z0-9.-]{1,20})",
            port in "(:[0-9]{1,5})?",
            path in "[/a-z@:#?\\\\.]{0,20}",
        ) {
            let before = Url::parse("https://lms.example/m").expect("an address");
            let address = format!("https://{userinfo}{host}{port}{path}");
            let Ok(after) = Url::parse(&address) else { return Ok(()) };
            let same = after.host() == before.host()
                && after.port_or_known_default() == before.port_or_known_default();
            prop_assert_eq!(moved(Some(before.as_str()), Some(&address)), !same);
        }
    }
}
