//! Which servers verify requests on a database, and where they remember them: servers of one database that remember
//! them in different places would each accept the same request.

use {
    crate::{
        ports::GuardError,
        store::{Store, StoreError, Watch},
    },
    std::{
        sync::{Mutex, PoisonError},
        time::{Duration, Instant},
    },
};

/// How long servers that have stopped responding keep those with another place from starting.
pub(super) const SHARED: Duration = Duration::from_secs(30);
/// The same for the memory of a server, whose own next process waits for it as well.
pub(super) const ALONE: Duration = Duration::from_secs(15);
/// From when on before the end of the lease nothing is accepted, because another server may soon have it.
const RESERVE: Duration = Duration::from_secs(3);

/// A place in which servers remember requests, held as long as it is prolonged.
#[derive(Debug)]
pub(super) struct Lease {
    store: Store,
    place: String,
    length: Duration,
    /// Until when this process may accept requests, by a clock that is never set.
    until: Mutex<Option<Instant>>,
}

impl Lease {
    pub(super) const fn new(store: Store, place: String, length: Duration) -> Self {
        Self { store, place, length, until: Mutex::new(None) }
    }

    /// Takes or prolongs the lease, and raises the floor of the database where one is given. `None` while servers of another
    /// place have it.
    pub(super) async fn prolong(&self, floor: Option<i64>) -> Result<Option<Watch>, StoreError> {
        // The lease of the database begins later, and so it ends later.
        let until = Instant::now() + self.length - RESERVE;
        let all = self.store.across_tenants();
        let watch = all.hold_replays(&self.place, self.length, floor).await?;
        let mut held = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        *held = watch.map(|_| until);
        Ok(watch)
    }

    /// Refuses when the lease may have ended.
    pub(super) fn check(&self) -> Result<(), GuardError> {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        match until {
            Some(until) if Instant::now() < until => Ok(()),
            _ => Err(GuardError("the place of the guard is not held".into())),
        }
    }

    /// Gives the lease back, with the floor that holds from now on.
    pub(super) async fn leave(&self, floor: i64) -> Result<(), StoreError> {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.store.across_tenants().leave_replays(&self.place, floor).await
    }
}
