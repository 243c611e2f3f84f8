//! The guard's store in the database that all servers share. It outlives restarts.

use {
    super::{
        grouped::{Batches, Grouped},
        lease::{Lease, SHARED},
    },
    crate::{
        domain::id::ReplayId,
        ports::{Arrival, Clock, GuardError, Replay, ReplayStore, Tended},
        store::{Store, StoreError},
    },
    async_trait::async_trait,
    std::sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    },
};

/// The place of the lease.
const PLACE: &str = "database";
/// Calls of `tend`, which comes each second, between two looks at the database.
const EVERY: u64 = 4;
/// By how many seconds the clocks of a server and of the database may differ. Requests are remembered by the second at
/// which they were signed, and for longer than this.
const MOST_OFF: i64 = 900;

impl Batches for Store {
    async fn store(&self, batch: &[([ReplayId; 2], i64)]) -> Result<Vec<Replay>, GuardError> {
        let stored = self.across_tenants().insert_replays(batch).await.map_err(failed)?;
        Ok(stored.into_iter().map(verdict).collect())
    }
}

/// The store.
#[derive(Debug)]
pub struct DatabaseGuard {
    grouped: Grouped,
    lease: Lease,
    clock: Arc<dyn Clock>,
    floor: AtomicI64,
    /// Counts the calls of `tend`.
    tended: AtomicU64,
    /// Why nothing is accepted.
    off: Mutex<Option<String>>,
}

impl DatabaseGuard {
    /// Makes the store, which accepts nothing before `tend` was called. It needs a running tokio runtime.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self {
            grouped: Grouped::new(Arc::new(store.clone())),
            lease: Lease::new(store, PLACE.into(), SHARED),
            clock,
            floor: AtomicI64::new(0),
            tended: AtomicU64::new(0),
            off: Mutex::default(),
        }
    }

    fn check(&self) -> Result<(), GuardError> {
        self.lease.check()?;
        let off = self.off.lock().unwrap_or_else(PoisonError::into_inner).clone();
        off.map_or(Ok(()), |why| Err(GuardError(why)))
    }
}

#[async_trait]
impl ReplayStore for DatabaseGuard {
    async fn accept(&self, arrival: Arrival) -> Result<Replay, GuardError> {
        self.check()?;
        let floor = self.floor.load(Relaxed);
        if arrival.signed_at <= floor {
            return Ok(Replay::Forgotten(floor));
        }
        self.grouped.accept(&arrival).await
    }

    async fn tend(&self) -> Result<Tended, GuardError> {
        let turn = self.tended.fetch_add(1, Relaxed);
        if !turn.is_multiple_of(EVERY) && self.check().is_ok() {
            return Ok(Tended::Well);
        }
        let Some(watch) = self.lease.prolong(None).await.map_err(failed)? else {
            return Ok(Tended::Elsewhere);
        };
        self.floor.fetch_max(watch.floor, Relaxed);
        let apart = self.clock.now().timestamp() - watch.now;
        let off = (apart.abs() > MOST_OFF).then(|| {
            format!("the clock of this machine is {apart} s off from that of the database")
        });
        *self.off.lock().unwrap_or_else(PoisonError::into_inner) = off;
        self.check().map(|()| Tended::Well)
    }

    fn floor(&self) -> i64 {
        self.floor.load(Relaxed)
    }

    // Others may share the place, so its lease ends by itself.
    async fn end(&self) {}
}

pub(super) const fn verdict(is_new: bool) -> Replay {
    if is_new { Replay::Fresh } else { Replay::Seen }
}

pub(super) fn failed(error: StoreError) -> GuardError {
    GuardError(error.to_string())
}
