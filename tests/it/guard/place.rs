//! The places that the conformance suite runs over, each with its own database, and a clock that can be set.

use {
    crate::harness::db::{Db, Kind, kinds},
    chrono::{DateTime, TimeDelta, Utc},
    sigma_sync::{
        adapters::{
            clock::SystemClock,
            guard::{DatabaseGuard, MemoryGuard, RedisGuard},
            redis::RedisLink,
        },
        domain::id::{KeyId, ReplayId},
        ports::{Arrival, Clock, ReplayStore, Tended},
        store::Store,
    },
    std::sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering::SeqCst},
    },
    uuid::Uuid,
};

static NUMBER: AtomicU64 = AtomicU64::new(0);

/// The clock of the system, set forward or back.
#[derive(Debug, Default)]
pub(super) struct SetClock(AtomicI64);

impl SetClock {
    pub(super) fn set(&self, seconds: i64) {
        self.0.store(seconds, SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + TimeDelta::seconds(self.0.load(SeqCst))
    }
}

/// Where requests are remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Database,
    Memory,
    Redis,
}

/// Returns the address of the Redis server of this test run.
#[expect(clippy::disallowed_methods, reason = "how the test run names its server")]
pub(super) fn redis() -> Option<String> {
    std::env::var("TEST_REDIS_URL").ok()
}

/// Returns the places that can be tested here.
pub(super) fn places() -> Vec<Place> {
    let places = [Some(Place::Database), Some(Place::Memory), redis().map(|_| Place::Redis)];
    places.into_iter().flatten().collect()
}

/// A database with its handles.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) db: Db,
    pub(super) store: Store,
    pub(super) place: Place,
    pub(super) clock: Arc<SetClock>,
}

impl Ground {
    /// Every place on every database, each on one of its own.
    pub(super) async fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for kind in kinds() {
            for place in places() {
                all.push(Self::new(kind, place).await);
            }
        }
        all
    }

    pub(super) async fn new(kind: Kind, place: Place) -> Self {
        let db = Db::new(kind).await;
        let store = Store::connect(&db.url, 8).await.expect("the database");
        store.across_tenants().migrate().await.expect("the schema");
        Self { db, store, place, clock: Arc::default() }
    }

    /// Makes a handle, as a process would, that nothing has tended.
    pub(super) fn handle(&self, place: Place) -> Arc<dyn ReplayStore> {
        let (store, clock) = (self.store.clone(), self.clock.clone());
        match place {
            Place::Database => Arc::new(DatabaseGuard::new(store, clock)),
            Place::Memory => Arc::new(MemoryGuard::new(store, clock, &Uuid::new_v4().to_string())),
            Place::Redis => {
                let url = redis().expect("TEST_REDIS_URL");
                let link = Arc::new(RedisLink::new(&url).expect("an address"));
                Arc::new(RedisGuard::new(link, store, clock))
            }
        }
    }

    /// Makes a handle that accepts requests of now. What was refused at a start for a moment is over.
    pub(super) async fn open(&self) -> Arc<dyn ReplayStore> {
        let handle = self.handle(self.place);
        assert_eq!(handle.tend().await.expect("a store"), Tended::Well, "{:?}", self.place);
        self.settle(&handle).await;
        handle
    }

    /// Waits until requests of now are accepted.
    pub(super) async fn settle(&self, handle: &Arc<dyn ReplayStore>) {
        crate::harness::eventually("a request of now is accepted", async || {
            let _told = handle.tend().await;
            let verdict = handle.accept(self.request(0)).await.ok()?;
            (verdict == sigma_sync::ports::Replay::Fresh).then_some(())
        })
        .await;
    }

    /// A new request of one key, signed this many seconds from now.
    pub(super) fn request(&self, ahead: i64) -> Arrival {
        request(self.clock.now().timestamp() + ahead)
    }

    /// Lets the lease end, as time would.
    pub(super) async fn end_lease(&self) {
        self.db.execute("UPDATE leases SET until_ms = 0").await;
    }
}

/// A new request, signed at a second.
pub(super) fn request(signed_at: i64) -> Arrival {
    let key = KeyId::parse("ek_conformance").expect("a key");
    Arrival { key, ids: [id(), id()], signed_at }
}

/// A new id.
pub(super) fn id() -> ReplayId {
    let number = u128::from(NUMBER.fetch_add(1, SeqCst)).to_be_bytes();
    let other = Uuid::new_v4().into_bytes();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(number.into_iter().zip(other)).for_each(|(to, (a, b))| *to = a ^ b);
    ReplayId(bytes)
}
