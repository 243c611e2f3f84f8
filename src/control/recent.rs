//! What was looked up a short while ago: up to a number of entries, of which those that are used least give way, each for a
//! time.

use {
    quick_cache::sync::Cache,
    std::{
        fmt,
        hash::Hash,
        time::{Duration, Instant},
    },
};

/// Values by their keys, each with when it was looked up.
pub(crate) struct Recent<K, V> {
    entries: Cache<K, (Instant, V)>,
    kept_for: Duration,
}

impl<K, V> fmt::Debug for Recent<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recent").finish_non_exhaustive()
    }
}

impl<K: Eq + Hash, V: Clone> Recent<K, V> {
    /// Keeps this many entries, each for this long.
    pub(crate) fn new(most: usize, kept_for: Duration) -> Self {
        Self { entries: Cache::new(most), kept_for }
    }

    /// Returns a value whose time is not over.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        let (since, value) = self.entries.get(key)?;
        (since.elapsed() < self.kept_for).then_some(value)
    }

    /// Keeps a value from now on.
    pub(crate) fn put(&self, key: K, value: V) {
        self.entries.insert(key, (Instant::now(), value));
    }

    /// Forgets one.
    pub(crate) fn forget(&self, key: &K) {
        self.entries.remove(key);
    }

    /// Forgets the values for which this is not true.
    pub(crate) fn retain(&self, keep: impl Fn(&V) -> bool) {
        self.entries.retain(|_, (_, value)| keep(value));
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        self.entries.clear();
    }
}
