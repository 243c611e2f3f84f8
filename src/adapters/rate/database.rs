//! Limits that servers share in their database.

use {
    crate::{
        ports::{GuardError, RateShare, Taken},
        store::Store,
    },
    async_trait::async_trait,
    std::{
        sync::atomic::{AtomicU64, Ordering::Relaxed},
        time::Duration,
    },
};

/// Exchanges between two sweeps.
const EVERY: u64 = 120;

/// The database.
#[derive(Debug)]
pub struct DatabaseRates {
    store: Store,
    added: AtomicU64,
}

impl DatabaseRates {
    /// Shares limits in this database.
    pub const fn new(store: Store) -> Self {
        Self { store, added: AtomicU64::new(1) }
    }
}

#[async_trait]
impl RateShare for DatabaseRates {
    async fn add(&self, taken: &[Taken]) -> Result<Vec<Duration>, GuardError> {
        let all = self.store.across_tenants();
        let failed = |error: crate::store::StoreError| GuardError(error.to_string());
        let buckets: Vec<_> = taken
            .iter()
            .map(|taken| (taken.owner.as_str(), taken.bucket.as_str(), taken.micros))
            .collect();
        let full = all.add_to_rates(&buckets).await.map_err(failed)?;
        if self.added.fetch_add(1, Relaxed).is_multiple_of(EVERY) {
            all.sweep_rates().await.map_err(failed)?;
        }
        let micros = |count| Duration::from_micros(u64::try_from(count).unwrap_or_default());
        Ok(full.into_iter().map(micros).collect())
    }
}
