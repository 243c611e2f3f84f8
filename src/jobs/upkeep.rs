//! Upkeep of the shared tables: runs of lost workers go back to the queue, expired request ids are forgotten.

use {
    crate::{ports::Clock, store::Store},
    std::{sync::Arc, time::Duration},
    tokio_util::sync::CancellationToken,
};

/// Pause between two looks for lost workers; a run is resumed at most this long after its lease ended.
const REAP: Duration = Duration::from_secs(3);
/// So many looks lie between two sweeps of request ids.
const SWEEP_EVERY: u32 = 10;

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

    /// Runs until the token is cancelled.
    pub async fn run(self, token: CancellationToken) {
        let mut looks = 0_u32;
        loop {
            tokio::select! {
                () = token.cancelled() => return,
                () = tokio::time::sleep(REAP) => {}
            }
            let now = self.clock.now();
            match self.store.reap(now).await {
                Ok(0) => {}
                Ok(count) => tracing::warn!(count, "took runs from workers that stopped answering"),
                Err(error) => tracing::warn!(%error, "could not look for lost workers"),
            }
            if looks.is_multiple_of(SWEEP_EVERY)
                && let Err(error) = self.store.sweep_replays(now.timestamp()).await
            {
                tracing::warn!(%error, "could not sweep expired request ids");
            }
            looks = looks.wrapping_add(1);
        }
    }
}
