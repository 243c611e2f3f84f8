//! How often a key and a tenant may ask: counted once a request is verified, before anything is stored of it, and told in
//! the headers of each answer.

use {
    super::refusal::Refusal,
    crate::{
        adapters::rate::{SharedRates, Take},
        config,
        crypto::keys::{LiveSession, VerifyingKey},
        domain::{
            access::Principal,
            id::{KeyId, TenantId},
            rate::{Grant, OwnLimits, Rate},
        },
        gateway::Counted,
    },
    http::{HeaderMap, HeaderName, HeaderValue},
    std::{borrow::Cow, sync::Arc, time::Duration},
};

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// The bursts, in times of the limit: seconds for requests and for new sessions.
const REQUEST_BURST: i32 = 2;
const MINT_BURST: i32 = 10;

/// The limits of the deployment, and what counts against them.
#[derive(Debug)]
pub(super) struct Quotas {
    rates: Arc<SharedRates>,
    /// The limits of a key, and those of a tenant, where they have none of their own.
    usual: [OwnLimits; 2],
    /// Tests of a tenant's connections in a minute: each makes some dozens of calls of the other system.
    tests_per_min: i32,
}

/// What is left to the caller of the limit that is nearest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Quota(Option<Left>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Left {
    limit: u32,
    grant: Grant,
}

/// What a request took.
#[derive(Debug)]
pub(super) struct Paid {
    pub(super) quota: Quota,
    tenant: TenantId,
    /// The buckets that it took one from, with their rates.
    taken: Vec<(String, Rate)>,
}

/// A limit of a key or of a tenant.
struct Limit<'a> {
    who: &'static str,
    bucket: Cow<'a, str>,
    rate: Rate,
    number: i32,
    /// What is counted besides requests; `None` for requests.
    counted: Option<Counted>,
}

impl Limit<'_> {
    /// The limit, in words.
    fn text(&self) -> String {
        let Self { who, number, .. } = self;
        match self.counted {
            None => format!("{number} requests in a second of the {who}"),
            Some(Counted::RunStart) => format!("{number} starts of runs in a minute of the {who}"),
            Some(Counted::SessionMint) => format!("{number} new sessions in a second of the {who}"),
            Some(Counted::ConnectionTest) => {
                format!("{number} tests of a connection in a minute of the {who}")
            }
        }
    }
}

/// The key and the tenant against whose limits a request counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owners<'a> {
    pub(super) tenant: &'a TenantId,
    pub(super) key: &'a KeyId,
    /// The limits of the key, and those of the tenant.
    pub(super) limits: &'a [OwnLimits; 2],
}

impl<'a> From<&'a VerifyingKey> for Owners<'a> {
    fn from(key: &'a VerifyingKey) -> Self {
        Self { tenant: &key.tenant, key: &key.key, limits: &key.limits }
    }
}

impl<'a> From<&'a LiveSession> for Owners<'a> {
    fn from(session: &'a LiveSession) -> Self {
        let Principal { tenant, key, .. } = &session.principal;
        Self { tenant, key, limits: &session.limits }
    }
}

/// More than a limit allows.
#[derive(Debug)]
pub(super) struct Over {
    /// The limit, in words.
    pub(super) text: String,
    /// After this time one more is allowed.
    pub(super) wait: Duration,
    pub(super) quota: Quota,
}

impl Quotas {
    pub(super) const fn new(rates: Arc<SharedRates>, limits: &config::Limits) -> Self {
        let key = OwnLimits {
            requests_per_s: Some(limits.key_requests_per_s),
            run_starts_per_min: None,
            session_mints_per_s: Some(limits.session_mints_per_s),
        };
        let tenant = OwnLimits {
            requests_per_s: Some(limits.tenant_requests_per_s),
            run_starts_per_min: Some(limits.run_starts_per_min),
            session_mints_per_s: None,
        };
        Self { rates, usual: [key, tenant], tests_per_min: limits.connection_tests_per_min }
    }

    /// Counts a verified request, or refuses it and counts nothing.
    pub(super) fn take(
        &self,
        owners: Owners<'_>,
        counted: Option<Counted>,
    ) -> Result<Paid, Refusal> {
        let (tenant, limits) = (owners.tenant.clone(), self.limits(owners, counted));
        let grants = self.rates.local().take_now(tenant.as_str(), &takes(&limits));
        let quota = judge(&limits, &grants)?;
        let taken = limits.into_iter().map(|limit| (limit.bucket.into_owned(), limit.rate));
        Ok(Paid { quota, tenant, taken: taken.collect() })
    }

    /// Gives back what a request took that was not accepted: a copy of one that was does not use up what its key has.
    pub(super) fn give_back(&self, paid: &Paid) {
        let taken = paid.taken.iter();
        let takes: Vec<_> = taken.map(|(bucket, rate)| Take { bucket, rate: *rate }).collect();
        self.rates.local().give_back(paid.tenant.as_str(), &takes);
    }

    /// Refuses another request of a key or a tenant whose verified ones have used up a limit, and counts nothing.
    pub(super) fn check(&self, owners: Owners<'_>) -> Result<(), Refusal> {
        let limits = self.limits(owners, None);
        if limits.is_empty() {
            return Ok(());
        }
        judge(&limits, &self.rates.local().look(owners.tenant.as_str(), &takes(&limits))).map(drop)
    }

    /// Returns how many requests of a key are allowed in a second; `None` for any number.
    pub(super) fn requests_of_key(&self, owners: Owners<'_>) -> Option<u32> {
        let ([own, _], [usual, _]) = (owners.limits, &self.usual);
        let limit = own.requests_per_s.or(usual.requests_per_s)?;
        u32::try_from(limit).ok().filter(|limit| *limit > 0)
    }

    /// The limits that a request counts against.
    fn limits<'a>(&self, owners: Owners<'a>, counted: Option<Counted>) -> Vec<Limit<'a>> {
        let mut limits = Vec::with_capacity(3);
        let names = [("key", owners.key.as_str()), ("tenant", "*")];
        for (((who, bucket), own), usual) in names.into_iter().zip(owners.limits).zip(&self.usual) {
            let number = own.requests_per_s.or(usual.requests_per_s).unwrap_or_default();
            limits.extend(
                Rate::per_second(number, times(number, REQUEST_BURST)).map(|rate| Limit {
                    who,
                    bucket: bucket.into(),
                    rate,
                    number,
                    counted: None,
                }),
            );
            let (number, rate) = match counted {
                None => continue,
                Some(Counted::RunStart) => {
                    let starts = own.run_starts_per_min.or(usual.run_starts_per_min);
                    let starts = starts.unwrap_or_default();
                    (starts, Rate::per_minute(starts))
                }
                Some(Counted::SessionMint) => {
                    let mints = own.session_mints_per_s.or(usual.session_mints_per_s);
                    let mints = mints.unwrap_or_default();
                    (mints, Rate::per_second(mints, times(mints, MINT_BURST)))
                }
                // Of the tenant alone, whichever its keys are.
                Some(Counted::ConnectionTest) if who == "key" => continue,
                Some(Counted::ConnectionTest) => {
                    let tests = self.tests_per_min;
                    (tests, Rate::per_minute(tests))
                }
            };
            let limit = |rate| {
                let bucket = format!("{bucket} {counted:?}").into();
                Limit { who, bucket, rate, number, counted }
            };
            limits.extend(rate.map(limit));
        }
        limits
    }
}

fn times(limit: i32, burst: i32) -> u32 {
    u32::try_from(limit.saturating_mul(burst)).unwrap_or_default()
}

fn takes<'a>(limits: &'a [Limit<'_>]) -> Vec<Take<'a>> {
    limits.iter().map(|limit| Take { bucket: &limit.bucket, rate: limit.rate }).collect()
}

/// Returns what is left of the nearest limit, or refuses for the one that takes longest.
fn judge(limits: &[Limit<'_>], grants: &[Grant]) -> Result<Quota, Refusal> {
    let judged = || limits.iter().zip(grants);
    let of_requests = judged().filter(|(limit, _)| limit.counted.is_none());
    let left = of_requests.map(|(limit, grant)| Left { limit: limit.rate.burst, grant: *grant });
    let quota = Quota(left.min_by_key(|left| (left.grant.remaining, left.limit)));
    let over = judged().filter(|(_, grant)| !grant.allowed);
    match over.max_by_key(|(_, grant)| grant.wait) {
        None => Ok(quota),
        Some((limit, grant)) => {
            let (text, wait) = (limit.text(), grant.wait);
            Err(Refusal::Limited(Box::new(Over { text, wait, quota })))
        }
    }
}

impl Quota {
    /// Writes what is left into the headers of an answer.
    pub(super) fn mark(self, headers: &mut HeaderMap) {
        let Some(Left { limit, grant }) = self.0 else { return };
        headers.insert(LIMIT, limit.into());
        headers.insert(REMAINING, grant.remaining.into());
        headers.insert(RESET, seconds(grant.reset));
    }
}

/// Whole seconds, rounded up.
pub(super) fn seconds(time: Duration) -> HeaderValue {
    HeaderValue::from(time.as_secs() + u64::from(time.subsec_nanos() > 0))
}
