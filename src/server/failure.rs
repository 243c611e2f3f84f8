//! Requests without a valid credential, counted by address. Only failures count, and success takes none of them back. From
//! an address with too many of them no key and no session is looked up any more, except those that were valid a short while
//! ago: an address may be that of many callers, good and bad.

use {
    super::{line::Origin, refusal::Refusal},
    crate::{
        adapters::rate::{LocalRates, Take},
        control::recent::Recent,
        domain::rate::Rate,
    },
    std::{
        collections::hash_map::RandomState,
        hash::{BuildHasher as _, Hash},
        net::IpAddr,
        sync::atomic::{AtomicBool, Ordering::Relaxed},
        time::Duration,
    },
};

/// The burst, in seconds of the limit.
const BURST: i32 = 5;
/// How long a credential is known after it was valid.
const KNOWN_FOR: Duration = Duration::from_secs(60 * 60);
/// Greatest number of known credentials.
const KNOWN: usize = 50_000;

/// What failed, and what is known.
#[derive(Debug)]
pub(super) struct Failures {
    /// `None` if failures have no limit.
    rate: Option<Rate>,
    counted: LocalRates,
    /// True once anything was counted.
    any: AtomicBool,
    /// Hashes of credentials.
    known: Recent<u64, ()>,
    hasher: RandomState,
}

impl Failures {
    /// Makes the limit: the number of failures that an address may have in a second, or 0 for any number.
    pub(super) fn new(per_second: i32) -> Self {
        let burst = u32::try_from(per_second.saturating_mul(BURST)).unwrap_or_default();
        Self {
            rate: Rate::per_second(per_second, burst),
            counted: LocalRates::default(),
            any: AtomicBool::new(false),
            known: Recent::new(KNOWN, KNOWN_FOR),
            hasher: RandomState::new(),
        }
    }

    /// Refuses an address with too many failures.
    pub(super) fn admit(&self, address: IpAddr) -> Result<(), Refusal> {
        let Some(rate) = self.rate.filter(|_| self.any.load(Relaxed)) else { return Ok(()) };
        let take = [Take { bucket: "", rate }];
        let grants = self.counted.look(&Origin::of(address).text(), &take);
        match grants.first() {
            Some(grant) if !grant.allowed => Err(Refusal::SignIns(grant.wait)),
            _ => Ok(()),
        }
    }

    /// Refuses to look a credential up for an address with too many failures, unless it is known.
    pub(super) fn admit_look_up(
        &self,
        address: IpAddr,
        credential: impl Hash,
    ) -> Result<(), Refusal> {
        let refused = |refusal| self.known.get(&self.hasher.hash_one(credential)).ok_or(refusal);
        self.admit(address).or_else(refused)
    }

    /// Notes that a credential was valid.
    pub(super) fn know(&self, credential: impl Hash) {
        if self.rate.is_some() {
            self.known.put(self.hasher.hash_one(credential), ());
        }
    }

    /// Counts a failure of an address, and returns how it is answered.
    pub(super) fn count(&self, address: IpAddr, refusal: Refusal) -> Refusal {
        let Some(rate) = self.rate else { return refusal };
        self.any.store(true, Relaxed);
        let take = [Take { bucket: "", rate }];
        let grants = self.counted.take_now(&Origin::of(address).text(), &take);
        match grants.first() {
            Some(grant) if !grant.allowed => Refusal::SignIns(grant.wait),
            _ => refusal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(failures: &Failures, address: &str) -> bool {
        let address = address.parse().expect("an address");
        matches!(failures.count(address, Refusal::Internal), Refusal::Internal)
    }

    #[test]
    fn failures_count_by_address_and_known_credentials_go_on() {
        let failures = Failures::new(1);
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        failures.know("good");
        for _ in 0..BURST {
            assert!(failed(&failures, "2001:db8::1"));
        }
        // The network has used them up, whatever its addresses are.
        assert!(!failed(&failures, "2001:db8::2"));
        assert!(failures.admit(address("2001:db8::3")).is_err());
        assert!(failures.admit_look_up(address("2001:db8::3"), "other").is_err());
        assert!(failures.admit_look_up(address("2001:db8::3"), "good").is_ok());
        assert!(failures.admit(address("2001:db8:0:1::1")).is_ok());
        assert!(failed(&failures, "192.0.2.1"));
    }

    #[test]
    fn no_limit_counts_nothing() {
        let failures = Failures::new(0);
        assert!((0..1_000).all(|_| failed(&failures, "192.0.2.1")));
    }
}
