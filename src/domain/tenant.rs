//! Tenants and their connection settings: the fields, and the checks of a change.

use {
    super::{
        egress::{EgressPolicy, check_url, check_zoho_url},
        fault::{Fault, FieldFault},
        id::TenantId,
        rate::OwnLimits,
    },
    chrono::{DateTime, Utc},
    chrono_tz::Tz,
    std::fmt,
    url::Url,
};

/// Longest tenant name, in characters.
const NAME_MAX: usize = 255;

/// Whether a tenant may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantStatus {
    /// Yes.
    Active,
    /// No, until it is made active again.
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
    /// The limits of its own.
    pub limits: OwnLimits,
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

/// Returns whether two addresses of a site mean the same site, however they are spelt: the case of the host, a
/// default port and a slash at the end do not matter.
pub fn same_site(one: &str, other: &str) -> bool {
    let plain = |text: &str| {
        let address = Url::parse(text).map_or_else(|_| text.to_owned(), String::from);
        address.trim_end_matches('/').to_owned()
    };
    plain(one) == plain(other)
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
    /// Whether grades flow back to Zoho.
    pub grades_writeback: bool,
    /// Zoho's API credits of a day, as the edition grants them; `None` if they are not set.
    pub zoho_daily_credits: Option<i64>,
    /// Days for which ended runs are kept; `None` for the setting of the deployment.
    pub keep_days: Option<i32>,
    /// Name of the school's time zone; `None` for UTC.
    pub time_zone: Option<String>,
}

/// Unchecked changes to connection settings: an absent field keeps its value, an empty text clears it.
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
    /// Whether grades flow back to Zoho.
    pub grades_writeback: Option<bool>,
    /// Zoho's credits of a day; 0 clears.
    pub zoho_daily_credits: Option<i64>,
    /// Days that ended runs are kept; 0 clears.
    pub keep_days: Option<i32>,
    /// Name of the school's time zone.
    pub time_zone: Option<String>,
}

/// Greatest number of credits of a day in any edition.
const CREDITS_MAX: i64 = 1_000_000_000;
/// Longest time that runs are kept, in days: ten years.
const KEEP_MAX: i32 = 3_650;

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

impl SettingsPatch {
    /// Drops a token that consists of mask characters only: a form sent back the masked value that it displayed.
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
    pub fn check(&self, policy: &EgressPolicy) -> Vec<FieldFault> {
        let fields = [
            ("moodle_base_url", &self.moodle_base_url, 500),
            ("moodle_api_token", &self.moodle_api_token, 500),
            ("zoho_api_domain", &self.zoho_api_domain, 255),
            ("zoho_org_id", &self.zoho_org_id, 100),
            ("zoho_accounts_url", &self.zoho_accounts_url, 255),
            ("zoho_client_id", &self.zoho_client_id, 255),
            ("zoho_client_secret", &self.zoho_client_secret, 500),
            ("zoho_refresh_token", &self.zoho_refresh_token, 500),
            ("time_zone", &self.time_zone, 64),
        ];
        let mut faults = Vec::new();
        for (name, value, max) in fields {
            let Some(text) = value.as_deref().filter(|text| !text.is_empty()) else { continue };
            let checked = if text.chars().count() > max {
                Err(Fault::TooLong { max })
            } else {
                match name {
                    "moodle_base_url" => refused(check_url(policy, text)),
                    "zoho_api_domain" | "zoho_accounts_url" => {
                        refused(check_zoho_url(policy, text))
                    }
                    "time_zone" if text.parse::<Tz>().is_err() => {
                        Err(Fault::Value("must be an IANA time zone such as Asia/Amman".to_owned()))
                    }
                    _ => Ok(()),
                }
            };
            faults.extend(checked.err().map(|fault| FieldFault::new(name, fault)));
        }
        let numbers = [
            ("zoho_daily_credits", self.zoho_daily_credits, CREDITS_MAX),
            ("keep_days", self.keep_days.map(i64::from), i64::from(KEEP_MAX)),
        ];
        for (name, value, max) in numbers {
            let fault = match value {
                Some(number) if number < 0 => Fault::Below { min: 0 },
                Some(number) if number > max => Fault::Above { max },
                _ => continue,
            };
            faults.push(FieldFault::new(name, fault));
        }
        faults
    }
}

fn refused(checked: Result<Url, &'static str>) -> Result<(), Fault> {
    checked.map(drop).map_err(|what| Fault::Value(what.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(field: impl Fn(&mut SettingsPatch), allow_loopback: bool) -> bool {
        let mut patch = SettingsPatch::default();
        field(&mut patch);
        patch
            .check(&EgressPolicy { allow_loopback, allow_hosts: vec!["moodle.internal".into()] })
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
    fn a_site_is_the_same_however_it_is_spelt() {
        for same in
            ["https://lms.example/m", "https://LMS.example:443/m/", "https://lms.example/m//"]
        {
            assert!(same_site("https://lms.example/m", same), "{same}");
        }
        for other in ["http://lms.example/m", "https://lms.example/M", "https://lms.example", ""] {
            assert!(!same_site("https://lms.example/m", other), "{other}");
        }
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
