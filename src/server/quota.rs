//! How often a key and a tenant may ask: counted once a request is verified, before anything is stored of it, and told in
//! the headers of each answer.

use {
    super::{auth::Claim, refusal::Refusal},
    crate::{
        adapters::rate::{SharedRates, Take},
        config,
        domain::{
            id::TenantId,
            rate::{Grant, OwnLimits, Rate},
        },
        gateway::Counted,
    },
    http::{HeaderMap, HeaderName, HeaderValue},
    std::{sync::Arc, time::Duration},
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
    limits: Vec<Limit>,
}

/// A limit of a key or of a tenant.
#[derive(Debug)]
struct Limit {
    bucket: String,
    rate: Rate,
    text: String,
    is_of_requests: bool,
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
        Self { rates, usual: [key, tenant] }
    }

    /// Counts a verified request, or refuses it and counts nothing.
    pub(super) fn take(&self, claim: &Claim, counted: Option<Counted>) -> Result<Paid, Refusal> {
        let (tenant, limits) = (claim.tenant().clone(), self.limits(claim, counted));
        let grants = self.rates.local().take_now(tenant.as_str(), &takes(&limits));
        let judged = || limits.iter().zip(&grants);
        let of_requests = judged().filter(|(limit, _)| limit.is_of_requests);
        let left =
            of_requests.map(|(limit, grant)| Left { limit: limit.rate.burst, grant: *grant });
        let quota = Quota(left.min_by_key(|left| (left.grant.remaining, left.limit)));
        let over = judged().filter(|(_, grant)| !grant.allowed);
        match over.max_by_key(|(_, grant)| grant.wait) {
            None => Ok(Paid { quota, tenant, limits }),
            Some((limit, grant)) => {
                let (text, wait) = (limit.text.clone(), grant.wait);
                Err(Refusal::Limited(Box::new(Over { text, wait, quota })))
            }
        }
    }

    /// Gives back what a request took that was not accepted: a copy of one that was does not use up what its key has.
    pub(super) fn give_back(&self, paid: &Paid) {
        self.rates.local().give_back(paid.tenant.as_str(), &takes(&paid.limits));
    }

    /// Returns how many requests of a key are allowed in a second; `None` for any number.
    pub(super) fn requests_of_key(&self, claim: &Claim) -> Option<u32> {
        let ([own, _], [usual, _]) = (claim.limits(), &self.usual);
        let limit = own.requests_per_s.or(usual.requests_per_s)?;
        u32::try_from(limit).ok().filter(|limit| *limit > 0)
    }

    /// The limits that a request counts against.
    fn limits(&self, claim: &Claim, counted: Option<Counted>) -> Vec<Limit> {
        let mut limits = Vec::with_capacity(3);
        let owners = [("key", claim.key().as_str()), ("tenant", "*")];
        for (((who, bucket), own), usual) in owners.into_iter().zip(claim.limits()).zip(&self.usual)
        {
            let requests = own.requests_per_s.or(usual.requests_per_s).unwrap_or_default();
            let burst = u32::try_from(requests.saturating_mul(REQUEST_BURST)).unwrap_or_default();
            limits.extend(Rate::per_second(requests, burst).map(|rate| Limit {
                bucket: bucket.to_owned(),
                rate,
                text: format!("{requests} requests in a second of the {who}"),
                is_of_requests: true,
            }));
            let (rate, text) = match counted {
                None => continue,
                Some(Counted::RunStart) => {
                    let starts = own.run_starts_per_min.or(usual.run_starts_per_min);
                    let starts = starts.unwrap_or_default();
                    let text = format!("{starts} starts of runs in a minute of the {who}");
                    (Rate::per_minute(starts), text)
                }
                Some(Counted::SessionMint) => {
                    let mints = own.session_mints_per_s.or(usual.session_mints_per_s);
                    let mints = mints.unwrap_or_default();
                    let burst = u32::try_from(mints.saturating_mul(MINT_BURST)).unwrap_or_default();
                    let text = format!("{mints} new sessions in a second of the {who}");
                    (Rate::per_second(mints, burst), text)
                }
            };
            let bucket = format!("{bucket} {counted:?}");
            limits.extend(rate.map(|rate| Limit { bucket, rate, text, is_of_requests: false }));
        }
        limits
    }
}

fn takes(limits: &[Limit]) -> Vec<Take<'_>> {
    limits.iter().map(|limit| Take { bucket: &limit.bucket, rate: limit.rate }).collect()
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
