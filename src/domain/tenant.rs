//! Tenants and their connection settings: what they hold, and what is refused on change.

use {
    super::{
        fault::{Fault, FieldFault},
        id::TenantId,
    },
    chrono::{DateTime, Utc},
    std::{fmt, net::IpAddr},
};

/// Longest tenant name, in characters.
const NAME_MAX: usize = 255;
/// Zoho's data centres: the ends of their accounts and API hosts (zoho-crm-v8.md, section 2.1).
const ZOHO_HOSTS: [&str; 18] = [
    "accounts.zoho.com",
    "accounts.zoho.eu",
    "accounts.zoho.in",
    "accounts.zoho.com.au",
    "accounts.zoho.jp",
    "accounts.zoho.com.cn",
    "accounts.zohocloud.ca",
    "accounts.zoho.sa",
    "accounts.zoho.uk",
    "zohoapis.com",
    "zohoapis.eu",
    "zohoapis.in",
    "zohoapis.com.au",
    "zohoapis.jp",
    "zohoapis.com.cn",
    "zohoapis.ca",
    "zohoapis.sa",
    "zohoapis.uk",
];
/// In front of an API host's end.
const ZOHO_PREFIXES: [&str; 3] = ["www.", "sandbox.", "developer."];

/// Whether a tenant may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantStatus {
    /// Yes.
    Active,
    /// Not for now.
    Suspended,
    /// Not any more.
    Inactive,
}

impl TenantStatus {
    /// The words of the wire.
    pub const WORDS: [&'static str; 3] = ["active", "suspended", "inactive"];

    /// The word of the wire and the tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Inactive => "inactive",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Active, Self::Suspended, Self::Inactive]
            .into_iter()
            .find(|status| status.as_str() == word)
    }
}

/// A school with its own connections, mappings and runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// Whether it may be used.
    pub status: TenantStatus,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// Checks a tenant's name: 1 to 255 characters.
pub fn check_name(name: &str) -> Result<(), Fault> {
    match name.chars().count() {
        0 => Err(Fault::TooShort { min: 1 }),
        1..=NAME_MAX => Ok(()),
        _ => Err(Fault::TooLong { max: NAME_MAX }),
    }
}

/// Connection settings without their secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whether runs write to Moodle.
    pub moodle_enabled: bool,
    /// The Moodle site's own address.
    pub moodle_base_url: Option<String>,
    /// Whether runs read from Zoho.
    pub zoho_enabled: bool,
    /// Zoho's API domain.
    pub zoho_api_domain: Option<String>,
    /// Zoho's organisation id.
    pub zoho_org_id: Option<String>,
    /// Zoho's accounts server.
    pub zoho_accounts_url: Option<String>,
    /// OAuth client id.
    pub zoho_client_id: Option<String>,
    /// Public id of the tenant's key.
    pub extension_api_key: String,
    /// True when a Moodle token is stored.
    pub moodle_api_token_set: bool,
    /// True when an OAuth client secret is stored.
    pub zoho_client_secret_set: bool,
    /// True when an OAuth refresh token is stored.
    pub zoho_refresh_token_set: bool,
}

/// Changes to connection settings, unchecked: absent keeps, "" clears.
#[derive(Clone, Default)]
pub struct SettingsPatch {
    /// See `Settings`, also for the others.
    pub moodle_enabled: Option<bool>,
    /// Moodle's address.
    pub moodle_base_url: Option<String>,
    /// Moodle's token.
    pub moodle_api_token: Option<String>,
    /// Whether runs read from Zoho.
    pub zoho_enabled: Option<bool>,
    /// Zoho's API domain.
    pub zoho_api_domain: Option<String>,
    /// Zoho's organisation id.
    pub zoho_org_id: Option<String>,
    /// Zoho's accounts server.
    pub zoho_accounts_url: Option<String>,
    /// OAuth client id.
    pub zoho_client_id: Option<String>,
    /// OAuth client secret.
    pub zoho_client_secret: Option<String>,
    /// OAuth refresh token.
    pub zoho_refresh_token: Option<String>,
}

impl fmt::Debug for SettingsPatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SettingsPatch")
            .field("moodle_enabled", &self.moodle_enabled)
            .field("moodle_base_url", &self.moodle_base_url)
            .field("zoho_enabled", &self.zoho_enabled)
            .field("zoho_api_domain", &self.zoho_api_domain)
            .finish_non_exhaustive()
    }
}

/// Which addresses a deployment accepts as targets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UrlPolicy {
    /// Loopback is fine: a developer's machine.
    pub allow_loopback: bool,
    /// Further hosts that are accepted, also as Zoho's.
    pub extra_hosts: Vec<String>,
}

impl SettingsPatch {
    /// Leaves out a token that consists of mask characters only: a form sent back what it showed.
    pub fn drop_masks(&mut self) {
        let masked = |text: &String| !text.is_empty() && text.chars().all(|c| "*•●·".contains(c));
        for secret in
            [&mut self.moodle_api_token, &mut self.zoho_client_secret, &mut self.zoho_refresh_token]
        {
            if secret.as_ref().is_some_and(masked) {
                *secret = None;
            }
        }
    }

    /// Checks the changes and names every fault, in the order of the fields.
    pub fn check(&self, policy: &UrlPolicy) -> Vec<FieldFault> {
        let fields = [
            ("moodle_base_url", &self.moodle_base_url, 500),
            ("moodle_api_token", &self.moodle_api_token, 500),
            ("zoho_api_domain", &self.zoho_api_domain, 255),
            ("zoho_org_id", &self.zoho_org_id, 100),
            ("zoho_accounts_url", &self.zoho_accounts_url, 255),
            ("zoho_client_id", &self.zoho_client_id, 255),
            ("zoho_client_secret", &self.zoho_client_secret, 500),
            ("zoho_refresh_token", &self.zoho_refresh_token, 500),
        ];
        let mut faults = Vec::new();
        for (name, value, max) in fields {
            let Some(text) = value.as_deref().filter(|text| !text.is_empty()) else { continue };
            let checked = if text.chars().count() > max {
                Err(Fault::TooLong { max })
            } else {
                match name {
                    "moodle_base_url" => check_target(text, policy).map_err(Fault::Value),
                    "zoho_api_domain" | "zoho_accounts_url" => {
                        check_zoho(text, policy).map_err(Fault::Value)
                    }
                    _ => Ok(()),
                }
            };
            faults.extend(checked.err().map(|fault| FieldFault::new(name, fault)));
        }
        faults
    }
}

/// A parsed `http(s)://host[:port][/path]`.
#[derive(Debug, PartialEq, Eq)]
struct HttpUrl {
    secure: bool,
    host: String,
}

/// Reads an absolute http or https URL; stricter than a browser, because people type it once and it is called often.
fn parse_http_url(text: &str) -> Result<HttpUrl, String> {
    let (secure, rest) = if let Some(rest) = text.strip_prefix("https://") {
        (true, rest)
    } else if let Some(rest) = text.strip_prefix("http://") {
        (false, rest)
    } else {
        return Err("an absolute http or https URL is needed".into());
    };
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) || text.contains(['#', '\\']) {
        return Err("a URL holds no white space, backslash or fragment".into());
    }
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("a URL with credentials is not accepted".into());
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(v6) => {
            let (host, port) = v6.split_once(']').ok_or("the address in brackets does not end")?;
            (host, port.strip_prefix(':'))
        }
        None => match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    if port.is_some_and(|port| port.parse::<u16>().map_or(true, |port| port == 0)) {
        return Err("the port is no number of 1 to 65535".into());
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b':' | b'_');
    if host.is_empty() || !host.bytes().all(plain) {
        return Err("the host name is missing or holds characters that are not allowed".into());
    }
    Ok(HttpUrl { secure, host: host.to_ascii_lowercase() })
}

/// True for an address of this machine.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Where the host is written as an address, only public ones pass; names are judged when they are resolved.
fn check_target(text: &str, policy: &UrlPolicy) -> Result<(), String> {
    let url = parse_http_url(text)?;
    if policy.extra_hosts.contains(&url.host) || (policy.allow_loopback && is_loopback(&url.host)) {
        return Ok(());
    }
    let numeric =
        url.host.bytes().all(|b| b.is_ascii_digit() || b == b'.') || url.host.starts_with("0x");
    let refused = match url.host.parse::<IpAddr>() {
        Ok(address) => !is_public(address),
        // Old spellings of addresses (127.1, 0x7f000001) mean an address to some resolvers.
        Err(_) => numeric || is_loopback(&url.host) || url.host.ends_with(".localhost"),
    };
    if refused { Err("an address that is not public is not accepted".into()) } else { Ok(()) }
}

fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_documentation()
                || v4.is_multicast()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0)
                || (a == 198 && (18..20).contains(&b)))
        }
        IpAddr::V6(v6) => {
            let first = v6.segments().first().copied().unwrap_or_default();
            // Global unicast only, without documentation and the forms that wrap an IPv4 address.
            (0x2000..0x4000).contains(&first)
                && first != 0x2002
                && !(first == 0x2001
                    && v6.segments().get(1).is_some_and(|s| *s == 0x0db8 || *s == 0))
        }
    }
}

/// A URL, or a bare host name as Zoho's own documents write it.
fn check_zoho(text: &str, policy: &UrlPolicy) -> Result<(), String> {
    let with_scheme =
        if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let url = parse_http_url(&with_scheme)?;
    if policy.extra_hosts.contains(&url.host) || (policy.allow_loopback && is_loopback(&url.host)) {
        return Ok(());
    }
    if !url.secure || !is_zoho_host(&url.host) {
        return Err(
            "a host of Zoho's data centres over https is needed, such as https://www.zohoapis.com"
                .into(),
        );
    }
    Ok(())
}

/// True for a host of one of Zoho's data centres.
pub fn is_zoho_host(host: &str) -> bool {
    ZOHO_HOSTS.iter().any(|known| match known.strip_prefix("accounts.") {
        Some(_) => host == *known,
        None => ZOHO_PREFIXES.iter().any(|prefix| host.strip_prefix(prefix) == Some(known)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(field: impl Fn(&mut SettingsPatch), allow_loopback: bool) -> bool {
        let mut patch = SettingsPatch::default();
        field(&mut patch);
        patch
            .check(&UrlPolicy { allow_loopback, extra_hosts: vec!["moodle.internal".into()] })
            .is_empty()
    }

    #[test]
    fn targets_are_public_addresses() {
        let moodle = |url: &str, dev| check(|patch| patch.moodle_base_url = Some(url.into()), dev);
        for good in
            ["https://moodle.school.example", "http://8.8.8.8/moodle", "http://moodle.internal", ""]
        {
            assert!(moodle(good, false), "{good}");
        }
        for bad in [
            "moodle.school.example",
            "ftp://x.example",
            "http://user:pw@x.example",
            "http://x.example/#a",
            "http://",
            "http://x y",
            "http://127.0.0.1",
            "http://localhost:81",
            "http://10.0.0.1",
            "http://169.254.169.254/latest",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]",
            "http://[fd00::1]",
            "http://127.1",
            "http://2130706433",
            "http://0x7f000001",
            "http://x.example:0",
            "http://x.example:99999",
        ] {
            assert!(!moodle(bad, false), "{bad}");
        }
        assert!(moodle("http://127.0.0.1:8102", true) && moodle("http://localhost:1", true));
        assert!(!moodle("http://10.0.0.1", true));
    }

    #[test]
    fn zoho_is_where_zoho_is() {
        let zoho = |url: &str| check(|patch| patch.zoho_api_domain = Some(url.into()), false);
        assert!(
            zoho("https://www.zohoapis.com")
                && zoho("www.zohoapis.eu")
                && zoho("https://sandbox.zohoapis.com")
        );
        assert!(!zoho("https://zohoapis.com.evil.example") && !zoho("http://www.zohoapis.com"));
        assert!(!zoho("https://evil.example"));
    }

    #[test]
    fn masks_are_ignored() {
        let mut patch = SettingsPatch {
            moodle_api_token: Some("••••".into()),
            ..SettingsPatch::default()
        };
        patch.drop_masks();
        assert_eq!(patch.moodle_api_token, None);
        let mut patch =
            SettingsPatch { moodle_api_token: Some(String::new()), ..SettingsPatch::default() };
        patch.drop_masks();
        assert_eq!(patch.moodle_api_token.as_deref(), Some(""));
    }
}
