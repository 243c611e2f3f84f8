//! Known keys. They are trusted for long, but only while this process looks every other second whether keys or tenants were
//! changed by any process; what was changed is forgotten, and nothing else. A look is made by the first request that
//! finds the last one old, so an idle server makes none.
//!
//! Why a change holds within five seconds: a key is returned only if the last look began less than [`FRESH`] ago. A change
//! that was committed before it is among its marks. The key may have been read before the change and kept after the look that
//! told of it: it counts the looks, and is then trusted for a few seconds only, as all keys are while no look succeeds.

use {
    crate::{
        control::recent::Recent,
        crypto::keys::VerifyingKey,
        domain::id::KeyId,
        store::{Horizon, Marks, Store},
    },
    std::{
        collections::HashSet,
        sync::{
            Arc, Mutex as Lock, PoisonError,
            atomic::{AtomicU64, Ordering::SeqCst},
        },
        time::{Duration, Instant},
    },
    tokio::sync::Mutex,
};

/// Greatest number of known keys; those that are used least give way. Only existing keys are kept, so an anonymous caller
/// cannot fill the memory.
const KEPT: usize = 50_000;
/// How long one is kept at most.
const KEPT_FOR: Duration = Duration::from_secs(600);
/// A revoked key or a suspended tenant is refused at most this much later, on every replica (docs/src/security.md,
/// "Keys and roles").
const ALONE: Duration = Duration::from_secs(5);
/// How long after the beginning of a look keys are trusted for it.
const FRESH: Duration = Duration::from_millis(4_500);
/// From when on another look is made.
const LOOK: Duration = Duration::from_secs(2);

/// How long a look may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// A key, and how it was read.
#[derive(Debug, Clone)]
struct Known {
    began: Began,
    /// False if a look ended while it was read, which may have told of a change that it does not show.
    is_covered: bool,
    key: Arc<VerifyingKey>,
}

/// The beginning of a look-up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Began {
    at: Instant,
    looks: u64,
}

/// The keys.
#[derive(Debug)]
pub(super) struct KnownKeys {
    entries: Recent<KeyId, Known>,
    /// Looks that have ended, each counted before what it told of is forgotten.
    looks: AtomicU64,
    /// When the last one that succeeded began.
    fresh: Lock<Option<Instant>>,
    /// Looks that were tried.
    tries: AtomicU64,
    horizon: Mutex<Option<Horizon>>,
}

impl Default for KnownKeys {
    fn default() -> Self {
        Self {
            entries: Recent::new(KEPT, KEPT_FOR),
            looks: AtomicU64::new(0),
            fresh: Lock::default(),
            tries: AtomicU64::new(0),
            horizon: Mutex::default(),
        }
    }
}

impl KnownKeys {
    /// Returns a key that is known to be as it is stored, or was a few seconds ago.
    pub(super) fn get(&self, key: &KeyId) -> Option<Arc<VerifyingKey>> {
        let known = self.entries.get(key)?;
        let trusted =
            (known.is_covered && self.is_looked_at(FRESH)) || known.began.at.elapsed() < ALONE;
        trusted.then_some(known.key)
    }

    /// Notes that a key is about to be read.
    pub(super) fn begin(&self) -> Began {
        Began { at: Instant::now(), looks: self.looks.load(SeqCst) }
    }

    /// Keeps a key that was read.
    pub(super) fn put(&self, began: Began, key: Arc<VerifyingKey>) {
        let id = key.key.clone();
        // Before the first look it is not known since when marks are told.
        let mut known = Known { began, is_covered: began.looks > 0, key };
        self.entries.put(id.clone(), known.clone());
        // A look that is counted later than this forgets it, if need be.
        if self.looks.load(SeqCst) != began.looks {
            known.is_covered = false;
            self.entries.put(id, known);
        }
    }

    /// Forgets a key, so that this process notices a change at once.
    pub(super) fn forget(&self, key: &KeyId) {
        self.entries.forget(key);
    }

    /// Forgets the keys of tenants.
    pub(super) fn forget_tenants(&self, tenants: &[String]) {
        let tenants: HashSet<&str> = tenants.iter().map(String::as_str).collect();
        if !tenants.is_empty() {
            self.entries.retain(|known| !tenants.contains(known.key.tenant.as_str()));
        }
    }

    fn is_looked_at(&self, within: Duration) -> bool {
        let fresh = *self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
        fresh.is_some_and(|began| began.elapsed() < within)
    }

    /// Looks what was changed, if the last look is old. One request does so, and others wait for it only if nothing is trusted
    /// meanwhile. If it fails, keys are read one by one, which tells what is wrong.
    pub(super) async fn freshen(&self, store: &Store) {
        if self.is_looked_at(LOOK) {
            return;
        }
        let tries = self.tries.load(SeqCst);
        let horizon = if self.is_looked_at(FRESH) {
            self.horizon.try_lock().ok()
        } else {
            Some(self.horizon.lock().await)
        };
        let Some(mut horizon) = horizon.filter(|_| self.tries.load(SeqCst) == tries) else {
            return;
        };
        let began = Instant::now();
        let told = tokio::time::timeout(PATIENCE, store.across_tenants().key_marks(*horizon)).await;
        self.tries.fetch_add(1, SeqCst);
        match told {
            Ok(Ok((next, marks))) => {
                self.looks.fetch_add(1, SeqCst);
                self.apply(marks);
                *horizon = Some(next);
                *self.fresh.lock().unwrap_or_else(PoisonError::into_inner) = Some(began);
            }
            Ok(Err(error)) => tracing::warn!(%error, "could not look for changed keys"),
            Err(_) => {
                tracing::warn!("could not look for changed keys: the database does not answer")
            }
        }
    }

    fn apply(&self, marks: Marks) {
        match marks {
            Marks::Any => self.entries.clear(),
            Marks::Of(keys, tenants) => {
                keys.iter().filter_map(|key| KeyId::parse(key)).for_each(|key| self.forget(&key));
                self.forget_tenants(&tenants);
            }
        }
    }
}
