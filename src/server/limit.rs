//! Limits of verified work in progress: in the whole server, and for one tenant. A request waits for its tenant's turn
//! without a place in the server.

use {
    super::refusal::Refusal,
    crate::{
        budget::{Fair, Place, Sharing, Turned},
        domain::id::TenantId,
    },
    std::time::Duration,
};

/// Greatest number of verified requests in progress in the whole server.
const IN_ALL: usize = 512;
/// Greatest number of requests of one tenant in progress.
const PER_TENANT: usize = 32;
/// Greatest number of requests of one tenant that wait for their turn; more are refused at once.
const QUEUE: usize = 512;

/// How long a request waits for its turn at most.
const PATIENCE: Duration = Duration::from_secs(10);

/// The limits.
#[derive(Debug)]
pub(super) struct Limits(Fair);

impl Limits {
    /// While a tenant's requests come faster than they are answered, each of them waits for at most this long.
    pub(super) fn new(overloaded: Duration) -> Self {
        let (all, each, queue, patience) = (IN_ALL, PER_TENANT, QUEUE, PATIENCE);
        Self(Fair::new(Sharing { all, each, queue, patience, overloaded }))
    }

    /// True if no request is in progress.
    pub(super) fn is_idle(&self) -> bool {
        self.0.is_idle()
    }

    /// Refuses a tenant of which no more requests may wait now. Only verified ones wait.
    pub(super) fn check(&self, tenant: &TenantId) -> Result<(), Refusal> {
        self.0.check(tenant.as_str()).map_err(refusal)
    }

    /// Takes a place, waiting for the tenant's turn if necessary.
    pub(super) async fn enter(&self, tenant: &TenantId) -> Result<Place, Refusal> {
        self.0.enter(tenant.as_str()).await.map_err(refusal)
    }
}

const fn refusal(turned: Turned) -> Refusal {
    match turned {
        Turned::OwnLimit => Refusal::Crowded,
        Turned::Busy => Refusal::Busy,
    }
}
