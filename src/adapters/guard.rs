//! The guard against replayed requests: the limit of what one key may have remembered, before one of the stores.

mod database;
mod grouped;
mod lease;
mod memory;
#[cfg(feature = "redis")]
mod redis;

#[cfg(feature = "redis")]
pub use self::redis::RedisGuard;
pub use {database::DatabaseGuard, memory::MemoryGuard};

use {
    crate::{
        domain::id::KeyId,
        ports::{Arrival, Clock, GuardError, Replay, ReplayStore, Tended},
    },
    std::{
        collections::HashMap,
        sync::{Arc, Mutex, PoisonError},
        time::Duration,
    },
    tokio_util::sync::CancellationToken,
};

/// Seconds of a period in which the requests of a key are counted.
const PERIOD: i64 = 660;
/// Greatest number of remembered requests of a key without a limit of its rate, as this process sees it.
const PER_KEY: u32 = 2_000_000;
/// Least such number: a limit that is lowered does not refuse what was accepted under the one before.
const LEAST_PER_KEY: u32 = 40_000;
/// Pause between two calls of a store's `tend`.
const TEND: Duration = Duration::from_secs(1);
/// How long one of them may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Returns how many requests of a key may be remembered, by its limit of requests in a second; `None` for no limit. With that
/// limit a key cannot have more, so this holds where its requests are counted by each of several processes.
pub const fn most_of(requests_per_s: Option<u32>) -> u32 {
    let Some(rate) = requests_per_s else { return PER_KEY };
    // Twice as many at once may come at the beginning, and a fifth for clocks and periods.
    let most = rate.saturating_mul(PERIOD as u32 / 5 * 6).saturating_add(rate.saturating_mul(2));
    if most < LEAST_PER_KEY { LEAST_PER_KEY } else { most }
}

/// Why nothing is accepted while other servers have another setting.
const ELSEWHERE: &str =
    "another server on this database remembers requests in another place (guard.store)";

/// Requests by key, in this period and in the previous one.
#[derive(Debug, Default)]
struct Counts {
    period: i64,
    now: HashMap<KeyId, u32>,
    before: HashMap<KeyId, u32>,
}

/// The guard.
#[derive(Debug)]
pub struct ReplayGuard {
    store: Arc<dyn ReplayStore>,
    clock: Arc<dyn Clock>,
    counts: Mutex<Counts>,
    /// Why the store needs help; `None` while it works.
    trouble: Mutex<Option<String>>,
}

impl ReplayGuard {
    /// Makes the guard. It accepts nothing before its store was tended.
    pub fn new(store: Arc<dyn ReplayStore>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, counts: Mutex::default(), trouble: Mutex::default() }
    }

    /// Counts a request of a key, and returns whether more than `most` of the last period are remembered. Of the period
    /// before, those count that are still within.
    fn is_full(&self, key: &KeyId, most: u32) -> bool {
        let now = self.clock.now().timestamp();
        let (period, left) = (now.div_euclid(PERIOD), PERIOD - now.rem_euclid(PERIOD));
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.period != period {
            counts.before = if counts.period + 1 == period {
                std::mem::take(&mut counts.now)
            } else {
                HashMap::new()
            };
            counts.now.clear();
            counts.period = period;
        }
        let before = counts.before.get(key).copied().unwrap_or_default();
        let before = i64::from(before) * left / PERIOD;
        let count = match counts.now.get_mut(key) {
            Some(count) => count,
            None => counts.now.entry(key.clone()).or_default(),
        };
        if before + i64::from(*count) >= i64::from(most) {
            return true;
        }
        *count += 1;
        false
    }

    /// Accepts a request exactly once, over all processes that share the store, if fewer than `most` of its key are
    /// remembered. A key that sends more is told to slow down, and other keys are not affected.
    ///
    /// # Errors
    /// When the store cannot be reached, or cannot promise it.
    pub async fn accept(&self, arrival: Arrival, most: u32) -> Result<Replay, GuardError> {
        if self.is_full(&arrival.key, most) {
            return Ok(Replay::Full);
        }
        self.store.accept(arrival).await
    }

    /// Lets the store do what has to be done from time to time.
    ///
    /// # Errors
    /// When the store needs help.
    pub async fn tend(&self) -> Result<Tended, GuardError> {
        let late = |_| Err(GuardError("the store of the guard does not answer".into()));
        let tended = tokio::time::timeout(PATIENCE, self.store.tend()).await.unwrap_or_else(late);
        let now = match &tended {
            Ok(Tended::Well) => None,
            Ok(Tended::Elsewhere) => Some(ELSEWHERE.to_owned()),
            Err(error) => Some(error.0.clone()),
        };
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        match (&*trouble, &now) {
            (Some(_), None) => tracing::info!("the guard against replays works again"),
            (old, Some(why)) if old.as_ref() != Some(why) => {
                tracing::error!(
                    why,
                    "the guard against replays needs help: requests may be refused"
                );
            }
            _ => {}
        }
        *trouble = now;
        tended
    }

    /// Returns whether requests are accepted, as far as is known.
    pub fn is_ready(&self) -> bool {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// Returns the second up to which requests are refused for the time at which they were signed.
    pub fn floor(&self) -> i64 {
        self.store.floor()
    }

    /// Tends the store until the token is cancelled.
    pub async fn run(self: Arc<Self>, token: CancellationToken) {
        while token.run_until_cancelled(tokio::time::sleep(TEND)).await.is_some() {
            let _told = self.tend().await;
        }
    }

    /// Ends the store, after the last request.
    pub async fn end(&self) {
        self.store.end().await;
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        chrono::{DateTime, Utc},
        std::sync::atomic::{AtomicI64, Ordering::SeqCst},
    };

    #[derive(Debug, Default)]
    struct Set(AtomicI64);

    impl Clock for Set {
        fn now(&self) -> DateTime<Utc> {
            DateTime::from_timestamp(self.0.load(SeqCst), 0).unwrap_or_default()
        }
    }

    #[derive(Debug)]
    struct Anything;

    #[async_trait::async_trait]
    impl ReplayStore for Anything {
        async fn accept(&self, _: Arrival) -> Result<Replay, GuardError> {
            Ok(Replay::Fresh)
        }

        async fn tend(&self) -> Result<Tended, GuardError> {
            Ok(Tended::Well)
        }

        fn floor(&self) -> i64 {
            0
        }

        async fn end(&self) {}
    }

    fn arrival(key: &str) -> Arrival {
        let key = KeyId::parse(key).expect("a key");
        Arrival { key, ids: [crate::domain::id::ReplayId([0; 16]); 2], signed_at: 0 }
    }

    #[tokio::test]
    async fn a_key_at_its_rate_is_never_full_and_one_beyond_is_full_alone() {
        for rate in [1, 50, 60, 400] {
            let clock = Arc::new(Set(AtomicI64::new(1_000_000)));
            let guard = ReplayGuard::new(Arc::new(Anything), clock.clone());
            let most = most_of(Some(rate));
            // The burst, and then the rate for more than two periods.
            for second in 0..1_500 {
                for _ in 0..if second == 0 { 3 * rate } else { rate } {
                    let verdict =
                        guard.accept(arrival("ek_steady"), most).await.expect("a verdict");
                    assert_eq!(verdict, Replay::Fresh, "{rate} {second}");
                }
                clock.0.fetch_add(1, SeqCst);
            }
        }
        let clock = Arc::new(Set(AtomicI64::new(1_000_000)));
        let guard = ReplayGuard::new(Arc::new(Anything), clock.clone());
        let mut accepted = 0;
        while guard.accept(arrival("ek_busy"), 40_000).await.expect("a verdict") == Replay::Fresh {
            accepted += 1;
        }
        assert_eq!(accepted, 40_000);
        assert_eq!(
            guard.accept(arrival("ek_calm"), 40_000).await.expect("a verdict"),
            Replay::Fresh
        );
        // Refused ones are not counted, so the key is free again when the accepted ones are old.
        clock.0.fetch_add(2 * PERIOD, SeqCst);
        assert_eq!(
            guard.accept(arrival("ek_busy"), 40_000).await.expect("a verdict"),
            Replay::Fresh
        );
    }
}
