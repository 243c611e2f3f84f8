//! The guard's store in the memory of the one server that verifies requests on its database (docs/src/signing.md, "Replay").
//! Nothing is written for a request.
//!
//! What was accepted is lost when the process ends, so the next one must refuse whatever may have been. For that, the
//! database has a floor, a second up to which requests are refused. It is raised in advance, once a second, to a moment
//! from now. A request that was signed later than that, by a clock that is ahead, is stored in the database as well,
//! where the next process finds it.

use {
    super::{
        database::{failed, verdict},
        grouped::{Batches, Grouped},
        lease::{ALONE, Lease},
    },
    crate::{
        domain::id::{KeyId, ReplayId},
        ports::{Arrival, Clock, GuardError, Replay, ReplayStore, Tended},
        store::Store,
    },
    async_trait::async_trait,
    std::{
        collections::HashSet,
        hash::{BuildHasher as _, RandomState},
        sync::{
            Arc, Mutex, PoisonError, RwLock,
            atomic::{AtomicI64, Ordering::SeqCst},
        },
    },
};

/// By how many seconds the floor in the database is ahead of the clock: longer than it takes to raise it, and as short
/// as the clients of a server that was killed are to be refused.
const AHEAD: i64 = 3;
/// Seconds for which a request is known after it was signed: it is valid for 300.
const KEPT: i64 = 330;
/// Parts with a lock of their own. The ids of a key are in one of them.
const PARTS: usize = 16;

/// Ids of a time.
#[derive(Debug, Default)]
struct Generation {
    ids: HashSet<ReplayId>,
    /// The latest second at which one of its requests was signed.
    signed_until: i64,
    /// From when on it takes no more.
    full_at: i64,
}

impl Generation {
    /// Returns whether all of its requests are too old to be valid.
    const fn is_over(&self, now: i64) -> bool {
        self.signed_until.saturating_add(KEPT) < now
    }
}

/// Two generations of ids: one that takes new ones, and the one before. It is dropped as a whole, so no request pays for
/// the end of others.
#[derive(Debug, Default)]
struct Part {
    now: Generation,
    before: Generation,
    /// Requests that were signed up to this second may have been dropped.
    floor: i64,
}

impl Part {
    /// Remembers the ids of a request, if none of them is known.
    fn insert(&mut self, now: i64, ids: [ReplayId; 2], signed_at: i64) -> Replay {
        // Only if a clock is set back is what is dropped here still valid, and then the floor refuses it.
        if now >= self.now.full_at && self.before.is_over(now) {
            let full = std::mem::take(&mut self.now);
            self.floor = self.floor.max(self.before.signed_until);
            self.before = full;
            self.now.full_at = now.saturating_add(KEPT);
        }
        if signed_at <= self.floor {
            return Replay::Forgotten(self.floor);
        }
        if ids.iter().any(|id| self.now.ids.contains(id) || self.before.ids.contains(id)) {
            return Replay::Seen;
        }
        self.now.ids.extend(ids);
        self.now.signed_until = self.now.signed_until.max(signed_at);
        Replay::Fresh
    }
}

/// The database, for requests that the next process is not to refuse for their time alone.
#[derive(Debug)]
struct Beyond(Store);

impl Batches for Beyond {
    async fn store(&self, batch: &[([ReplayId; 2], i64)]) -> Result<Vec<Replay>, GuardError> {
        let stored = self.0.across_tenants().keep_replays(batch).await.map_err(failed)?;
        Ok(stored.into_iter().map(verdict).collect())
    }
}

/// The store.
#[derive(Debug)]
pub struct MemoryGuard {
    parts: Vec<Mutex<Part>>,
    hasher: RandomState,
    /// What the process before has stored.
    stored: RwLock<Generation>,
    /// For requests that are signed later than the floor that the next process will find.
    beyond: Grouped,
    store: Store,
    lease: Lease,
    clock: Arc<dyn Clock>,
    /// What the process before may have accepted is refused, and everything before this one has begun.
    floor: AtomicI64,
    /// The floor for the process after this one.
    next_floor: AtomicI64,
    /// The latest second at which a request was signed that only the memory knows.
    signed_until: AtomicI64,
}

impl MemoryGuard {
    /// Makes the store of a process, which is told apart from others by its name. It accepts nothing before `tend` was
    /// called, and needs a running tokio runtime.
    pub fn new(store: Store, clock: Arc<dyn Clock>, process: &str) -> Self {
        Self {
            parts: std::iter::repeat_with(Mutex::default).take(PARTS).collect(),
            hasher: RandomState::new(),
            stored: RwLock::default(),
            beyond: Grouped::new(Arc::new(Beyond(store.clone()))),
            lease: Lease::new(store.clone(), format!("memory of {process}"), ALONE),
            store,
            clock,
            floor: AtomicI64::new(i64::MAX),
            next_floor: AtomicI64::new(0),
            signed_until: AtomicI64::new(0),
        }
    }

    /// Takes over from the process before, which may have been this one: what it has stored is remembered, and what it
    /// may have accepted without that is refused.
    async fn begin(&self) -> Result<Tended, GuardError> {
        self.floor.store(i64::MAX, SeqCst);
        let Some(watch) = self.lease.prolong(None).await.map_err(failed)? else {
            return Ok(Tended::Elsewhere);
        };
        let (mut generation, mut after) = (Generation::default(), None);
        loop {
            let all = self.store.across_tenants();
            let page = all.known_replays(watch.floor, after.as_ref()).await.map_err(failed)?;
            generation.ids.extend(page.replays.iter().map(|one| one.id));
            let latest = page.replays.iter().map(|one| one.signed_at);
            generation.signed_until = latest.fold(generation.signed_until, i64::max);
            after = page.next;
            if after.is_none() {
                break;
            }
            // Long before it is read, the lease may end.
            self.lease.prolong(None).await.map_err(failed)?;
        }
        *self.stored.write().unwrap_or_else(PoisonError::into_inner) = generation;
        self.next_floor.store(watch.floor, SeqCst);
        self.signed_until.store(watch.floor, SeqCst);
        let raised = self.raise().await?;
        if raised == Tended::Well {
            self.floor.store(watch.floor, SeqCst);
        }
        Ok(raised)
    }

    /// Prolongs the lease and raises the floor for the next process.
    async fn raise(&self) -> Result<Tended, GuardError> {
        let next = self.clock.now().timestamp().saturating_add(AHEAD);
        let held = self.lease.prolong(Some(next)).await.map_err(failed)?;
        Ok(held.map_or(Tended::Elsewhere, |watch| {
            self.next_floor.fetch_max(watch.floor, SeqCst);
            Tended::Well
        }))
    }

    /// Looks among what the process before has stored.
    fn is_stored(&self, ids: &[ReplayId; 2]) -> bool {
        let stored = self.stored.read().unwrap_or_else(PoisonError::into_inner);
        ids.iter().any(|id| stored.ids.contains(id))
    }

    /// Forgets what the process before has stored, once it is too old to be valid.
    fn forget_stored(&self) {
        let now = self.clock.now().timestamp();
        let mut stored = self.stored.write().unwrap_or_else(PoisonError::into_inner);
        if !stored.ids.is_empty() && stored.is_over(now) {
            self.floor.fetch_max(stored.signed_until, SeqCst);
            *stored = Generation::default();
        }
    }

    fn part(&self, key: &KeyId) -> Result<&Mutex<Part>, GuardError> {
        let place = self.hasher.hash_one(key.as_str()) % PARTS as u64;
        let part = usize::try_from(place).ok().and_then(|place| self.parts.get(place));
        part.ok_or_else(|| GuardError("the guard has no memory".into()))
    }
}

#[async_trait]
impl ReplayStore for MemoryGuard {
    async fn accept(&self, arrival: Arrival) -> Result<Replay, GuardError> {
        self.lease.check()?;
        let floor = self.floor.load(SeqCst);
        if floor == i64::MAX {
            return Err(GuardError("the guard has not begun".into()));
        }
        if arrival.signed_at <= floor {
            return Ok(Replay::Forgotten(floor));
        }
        if self.is_stored(&arrival.ids) {
            return Ok(Replay::Seen);
        }
        let now = self.clock.now().timestamp();
        let part = self.part(&arrival.key)?;
        let verdict = part.lock().unwrap_or_else(PoisonError::into_inner).insert(
            now,
            arrival.ids,
            arrival.signed_at,
        );
        if verdict != Replay::Fresh {
            return Ok(verdict);
        }
        if arrival.signed_at > self.next_floor.load(SeqCst) {
            return self.beyond.accept(&arrival).await;
        }
        self.signed_until.fetch_max(arrival.signed_at, SeqCst);
        Ok(Replay::Fresh)
    }

    async fn tend(&self) -> Result<Tended, GuardError> {
        let begun = self.floor.load(SeqCst) != i64::MAX;
        if !begun || self.lease.check().is_err() {
            return self.begin().await;
        }
        self.forget_stored();
        self.raise().await
    }

    fn floor(&self) -> i64 {
        self.floor.load(SeqCst)
    }

    async fn end(&self) {
        let floor = self.signed_until.load(SeqCst);
        self.floor.store(i64::MAX, SeqCst);
        if let Err(error) = self.lease.leave(floor).await {
            tracing::warn!(%error, "the guard could not be ended: the next start waits for its lease");
        }
    }
}
