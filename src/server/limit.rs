//! Limits of verified work in progress: in the whole server, and for one tenant.

use {
    super::refusal::Refusal,
    crate::domain::id::TenantId,
    std::{
        collections::HashMap,
        sync::{Arc, Mutex, PoisonError},
        time::Duration,
    },
    tokio::sync::{OwnedSemaphorePermit, Semaphore},
};

/// Greatest number of verified requests in progress in the whole server; more are refused at once.
const IN_ALL: usize = 2_048;
/// Greatest number of requests of one tenant in progress; more wait their turn.
const PER_TENANT: usize = 256;
/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// Greatest number of tenants whose counts are kept without a request in progress.
const KEPT: usize = 4_096;

/// The limits.
#[derive(Debug)]
pub(super) struct Limits {
    all: Arc<Semaphore>,
    tenants: Mutex<HashMap<TenantId, Arc<Semaphore>>>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(IN_ALL)), tenants: Mutex::default() }
    }
}

impl Limits {
    /// Takes a place in the server.
    pub(super) fn enter(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        self.all.clone().try_acquire_owned().map_err(|_| Refusal::Busy)
    }

    /// True if no request is in progress.
    pub(super) fn is_idle(&self) -> bool {
        self.all.available_permits() == IN_ALL
    }

    /// Takes a place among a verified tenant's requests, waiting for one if necessary.
    pub(super) async fn enter_tenant(
        &self,
        tenant: &TenantId,
    ) -> Result<OwnedSemaphorePermit, Refusal> {
        let places = self.places(tenant);
        match tokio::time::timeout(PATIENCE, places.acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(Refusal::Crowded),
        }
    }

    fn places(&self, tenant: &TenantId) -> Arc<Semaphore> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = tenants.get(tenant) {
            return places.clone();
        }
        if tenants.len() >= KEPT {
            tenants.retain(|_, places| places.available_permits() < PER_TENANT);
        }
        tenants
            .entry(tenant.clone())
            .or_insert_with(|| Arc::new(Semaphore::new(PER_TENANT)))
            .clone()
    }
}
