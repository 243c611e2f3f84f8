//! Limits that hold over several servers. Each decides by what it knows, without asking for each request, and twice a second
//! they tell each other what they took. So what a caller has in the long run is what one server would give, and after a
//! pause it may have its burst once at each of them.

use {
    super::LocalRates,
    crate::ports::{GuardError, RateShare},
    std::{
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering::Relaxed},
        },
        time::Duration,
    },
    tokio_util::sync::CancellationToken,
};

/// Pause between two exchanges.
const PAUSE: Duration = Duration::from_millis(500);
/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Greatest number of buckets in one.
const MOST: usize = 10_000;

/// What counts against limits in this process, and where it is shared.
#[derive(Debug, Default)]
pub struct SharedRates {
    local: LocalRates,
    /// `None` for the only server on its database.
    share: Option<Arc<dyn RateShare>>,
    /// True while the place does not answer.
    is_away: AtomicBool,
}

impl SharedRates {
    /// Limits that are shared in a place.
    pub fn of(share: Arc<dyn RateShare>) -> Self {
        Self { share: Some(share), ..Self::default() }
    }

    /// What this process counts.
    pub const fn local(&self) -> &LocalRates {
        &self.local
    }

    /// Tells what was taken since the last time, and learns what others took. Without a place, and while nothing was taken, it
    /// does nothing.
    ///
    /// # Errors
    /// When the place does not answer. What it was to be told is told the next time.
    pub async fn exchange(&self) -> Result<(), GuardError> {
        let Some(share) = &self.share else { return Ok(()) };
        let mut told = self.local.told(self.local.now(), MOST);
        if told.is_empty() {
            return Ok(());
        }
        // In one order in all processes, so that none of them waits for the other in the database.
        told.sort_by(|a, b| (&a.owner, &a.bucket).cmp(&(&b.owner, &b.bucket)));
        let late = |_| Err(GuardError("the store of the limits does not answer".into()));
        let answer = tokio::time::timeout(PATIENCE, share.add(&told)).await.unwrap_or_else(late);
        match answer {
            Ok(full) => {
                let now = self.local.now();
                for (taken, full_in) in told.iter().zip(full) {
                    self.local.learn(taken, full_in, now);
                }
                Ok(())
            }
            Err(error) => {
                for taken in &told {
                    self.local.untell(taken);
                }
                Err(error)
            }
        }
    }

    /// Exchanges until the token is cancelled. While the place does not answer, each server counts by itself.
    pub async fn run(self: Arc<Self>, token: CancellationToken) {
        if self.share.is_none() {
            return;
        }
        while token.run_until_cancelled(tokio::time::sleep(PAUSE)).await.is_some() {
            match self.exchange().await {
                Ok(()) if self.is_away.swap(false, Relaxed) => {
                    tracing::info!("limits are counted over all servers again");
                }
                Err(error) if !self.is_away.swap(true, Relaxed) => {
                    tracing::warn!(%error, "each server counts limits by itself");
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::{adapters::rate::Take, domain::rate::Rate, ports::Taken},
        std::sync::Mutex,
    };

    /// A place that fails when told to.
    #[derive(Debug, Default)]
    struct Place {
        is_away: AtomicBool,
        told: Mutex<Vec<Taken>>,
    }

    #[async_trait::async_trait]
    impl RateShare for Place {
        async fn add(&self, taken: &[Taken]) -> Result<Vec<Duration>, GuardError> {
            if self.is_away.load(Relaxed) {
                return Err(GuardError("away".into()));
            }
            self.told.lock().expect("no panic").extend_from_slice(taken);
            Ok(taken.iter().map(|_| Duration::ZERO).collect())
        }
    }

    #[tokio::test]
    async fn what_could_not_be_told_is_told_later() {
        let place = Arc::new(Place::default());
        let rates = SharedRates::of(place.clone());
        let rate = Rate::per_minute(10).expect("a rate");
        let take = [Take { bucket: "starts", rate }];
        place.is_away.store(true, Relaxed);
        for _ in 0..3 {
            rates.local().take_now("t", &take);
        }
        rates.local().give_back("t", &take);
        assert!(rates.exchange().await.is_err());
        rates.local().take_now("t", &take);
        place.is_away.store(false, Relaxed);
        rates.exchange().await.expect("an answer");
        let told = std::mem::take(&mut *place.told.lock().expect("no panic"));
        assert_eq!(told.iter().map(|taken| taken.micros).sum::<i64>(), 3 * 6_000_000);
        // The place says that the bucket is full, and nothing was taken since.
        rates.exchange().await.expect("an answer");
        assert_eq!(*place.told.lock().expect("no panic"), []);
    }
}
