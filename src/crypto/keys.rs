//! The data of a key for the signature check, and the interface that looks it up.

use {
    super::signature::SigningKey,
    crate::{
        domain::{
            access::{Cidr, Principal, Role, Scheme},
            id::{KeyId, TenantId},
            rate::OwnLimits,
        },
        error::Result,
    },
    chrono::{DateTime, Utc},
    std::{fmt, net::IpAddr, pin::Pin, sync::Arc},
};

/// A valid key.
#[derive(Debug)]
pub struct VerifyingKey {
    /// Its tenant.
    pub tenant: TenantId,
    /// Its public id.
    pub key: KeyId,
    /// What it may be used for.
    pub roles: Vec<Role>,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// The networks from which it may be used; empty for all.
    pub allow_cidrs: Vec<Cidr>,
    /// The scheme that it must sign in at least.
    pub min_scheme: Scheme,
    /// True if it opens sessions and does nothing else.
    pub only_mint: bool,
    /// The limits of the key, and those of its tenant.
    pub limits: [OwnLimits; 2],
    /// Its secrets, the newest first; two while one replaces the other.
    pub secrets: Vec<VerifyingSecret>,
}

/// A secret of a valid key.
#[derive(Debug)]
pub struct VerifyingSecret {
    /// Its number.
    pub id: i32,
    /// What it signs with.
    pub signing: SigningKey,
    /// From when on it is refused.
    pub retires_at: Option<DateTime<Utc>>,
    /// True for a secret that is public knowledge: it is accepted only from this machine, without a proxy in between.
    pub loopback_only: bool,
}

/// A session whose key and tenants are active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveSession {
    /// The caller that it makes.
    pub principal: Principal,
    /// The origin of the only page that may use it; `None` for any.
    pub origin: Option<String>,
    /// From when on it is refused: its own end, or that of its key.
    pub expires_at: DateTime<Utc>,
    /// The limits of its key, and those of its tenant.
    pub limits: [OwnLimits; 2],
}

/// The origin of a request, as far as keys are concerned.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    /// When it came.
    pub now: DateTime<Utc>,
    /// Its address; `None` if it is not known.
    pub address: Option<IpAddr>,
    /// True if it came from this machine, without a proxy in between.
    pub direct: bool,
}

impl VerifyingKey {
    /// Returns the secrets that a caller may have signed with; none, if the key is not for the caller.
    pub fn open_to(&self, caller: Caller) -> impl Iterator<Item = &VerifyingSecret> {
        let Caller { now, address, direct } = caller;
        let admitted = self.expires_at.is_none_or(|end| now < end)
            && (self.allow_cidrs.is_empty()
                || address
                    .is_some_and(|from| self.allow_cidrs.iter().any(|cidr| cidr.holds(from))));
        self.secrets.iter().filter(move |secret| {
            admitted
                && secret.retires_at.is_none_or(|end| now < end)
                && (direct || !secret.loopback_only)
        })
    }
}

/// The future result of a look-up.
pub type Finding<'a> = Pin<Box<dyn Future<Output = Result<Option<Arc<VerifyingKey>>>> + Send + 'a>>;

/// The future result of looking a session up.
pub type FindingSession<'a> =
    Pin<Box<dyn Future<Output = Result<Option<Arc<LiveSession>>>> + Send + 'a>>;

/// The future end of a look-up without a result.
pub type Missing<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// Looks up keys for the signature check, and sessions.
pub trait Keys: Send + Sync + fmt::Debug {
    /// Returns a key of an active tenant; `None` alike for unknown, revoked, expired, foreign and suspended.
    fn find<'a>(&'a self, tenant: &'a str, key: &'a KeyId) -> Finding<'a>;

    /// Takes the time of a look-up that finds nothing, for a key that was found and is not for the caller.
    fn miss<'a>(&'a self, key: &'a KeyId) -> Missing<'a>;

    /// Returns the session of a bearer with this SHA-256; `None` alike for unknown and ended ones, and for those whose key
    /// or tenant is not active.
    fn session<'a>(&'a self, bearer: &'a [u8; 32]) -> FindingSession<'a>;

    /// Notes that a request was accepted with a secret of a key.
    fn used(&self, key: &KeyId, secret: i32);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).expect("a time")
    }

    #[test]
    fn a_secret_is_open_until_its_end_from_where_it_may_be_used() {
        let secret = |id, retires_at: Option<i64>, loopback_only| VerifyingSecret {
            id,
            signing: SigningKey::new("s"),
            retires_at: retires_at.map(at),
            loopback_only,
        };
        let key = |expires_at: Option<i64>, networks: &[&str]| VerifyingKey {
            tenant: TenantId::parse("acme").expect("an id"),
            key: KeyId::parse("k").expect("an id"),
            roles: Vec::new(),
            expires_at: expires_at.map(at),
            allow_cidrs: networks.iter().map(|text| Cidr::parse(text).expect(text)).collect(),
            min_scheme: Scheme::V1,
            only_mint: false,
            limits: [OwnLimits::default(); 2],
            secrets: vec![
                secret(3, None, false),
                secret(2, Some(100), false),
                secret(1, None, true),
            ],
        };
        let open = |key: &VerifyingKey, now, address: Option<&str>, direct| {
            let address = address.map(|text| text.parse().expect(text));
            let caller = Caller { now: at(now), address, direct };
            key.open_to(caller).map(|secret| secret.id).collect::<Vec<_>>()
        };
        let any = key(None, &[]);
        assert_eq!(open(&any, 99, None, false), [3, 2]);
        assert_eq!(open(&any, 100, None, false), [3]);
        assert_eq!(open(&any, 101, None, true), [3, 1]);
        let ending = key(Some(50), &[]);
        assert_eq!(open(&ending, 49, None, true), [3, 2, 1]);
        assert!(
            open(&ending, 50, None, true).is_empty() && open(&ending, 51, None, true).is_empty()
        );
        let bound = key(None, &["10.0.0.0/8", "192.0.2.7"]);
        assert_eq!(open(&bound, 0, Some("192.0.2.7"), false), [3, 2]);
        for elsewhere in [None, Some("192.0.2.8")] {
            assert!(open(&bound, 0, elsewhere, true).is_empty(), "{elsewhere:?}");
        }
        let both = key(Some(50), &["10.0.0.0/8"]);
        assert!(open(&both, 50, Some("10.1.1.1"), true).is_empty());
        assert!(open(&both, 49, Some("11.1.1.1"), true).is_empty());
    }
}
