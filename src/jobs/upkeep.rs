//! Upkeep of the shared tables: runs of lost workers go back to the queue, statistics of grown tables are refreshed,
//! and expired rows are deleted.

use {
    crate::{
        ports::Clock,
        store::{Store, StoreError},
    },
    chrono::{DateTime, Utc},
    std::{sync::Arc, time::Duration},
    tokio_util::sync::CancellationToken,
};

/// Longest pause between two looks for lost workers; a run is resumed at most this long after its lease ended.
const REAP: Duration = Duration::from_secs(3);
/// Number of looks between two sweeps of request ids.
const SWEEP_EVERY: u32 = 10;

/// Rows that one statement deletes.
const SLICE: u64 = 500;
/// Slices of a table in one sweep. The next one goes on.
const SLICES: usize = 1_000;
/// Pause between two slices.
const BREATH: Duration = Duration::from_millis(10);

/// Deletes slice by slice, until one is not full.
async fn in_slices<F: Future<Output = Result<u64, StoreError>>>(
    token: &CancellationToken,
    slice: impl Fn() -> F,
) -> Result<(), StoreError> {
    for _ in 0..SLICES {
        if slice().await? < SLICE || token.is_cancelled() {
            break;
        }
        tokio::time::sleep(BREATH).await;
    }
    Ok(())
}

/// The loop.
#[derive(Debug, Clone)]
pub struct Upkeep {
    store: Store,
    clock: Arc<dyn Clock>,
}

impl Upkeep {
    /// Makes the loop.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Deletes expired rows, in slices with a breath in between: other writers must not wait for all of them.
    async fn sweep(&self, now: DateTime<Utc>, token: &CancellationToken) -> Result<(), StoreError> {
        let all = self.store.across_tenants();
        in_slices(token, || all.sweep_replays(now.timestamp(), SLICE)).await?;
        in_slices(token, || all.sweep_waits(now, SLICE)).await?;
        in_slices(token, || all.sweep_usage(now, SLICE)).await?;
        all.sweep_key_marks().await?;
        let expired = self.store.across_tenants().expire_held(now).await?;
        if expired > 0 {
            tracing::warn!(expired, "discarded held removals after seven days without a decision");
        }
        Ok(())
    }

    /// Runs until the token is cancelled.
    pub async fn run(self, token: CancellationToken) {
        let mut looks = 0_u32;
        loop {
            tokio::select! {
                () = token.cancelled() => return,
                () = tokio::time::sleep(REAP.min(self.store.lease() / 2)) => {}
            }
            let now = self.clock.now();
            match self.store.across_tenants().reap(now).await {
                Ok(0) => {}
                Ok(count) => tracing::warn!(count, "took runs from workers that stopped answering"),
                Err(error) => tracing::warn!(%error, "could not look for lost workers"),
            }
            match self.store.across_tenants().start_overlooked().await {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "started overlooked waiting runs"),
                // Another process may have started one of them in the meantime; the next look takes the others.
                Err(error) => {
                    tracing::warn!(%error, "could not check for overlooked waiting runs")
                }
            }
            if let Err(error) = self.store.across_tenants().analyze_grown().await {
                tracing::warn!(%error, "could not refresh table statistics");
            }
            if looks.is_multiple_of(SWEEP_EVERY)
                && let Err(error) = self.sweep(now, &token).await
            {
                tracing::warn!(%error, "could not clear up");
            }
            looks = looks.wrapping_add(1);
        }
    }
}
