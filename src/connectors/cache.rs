//! A bounded store of shared handles, found by the values that they were made from. Secrets among
//! the values are kept as a hash only.

use {
    sha2::{Digest as _, Sha256},
    std::{
        collections::HashMap,
        fmt,
        sync::{Arc, Mutex, PoisonError},
    },
};

/// Greatest number of handles kept.
const CAPACITY: usize = 1_000;

/// The handles of one kind.
pub(super) struct Cache<T>(Mutex<Entries<T>>);

struct Entries<T> {
    by_hash: HashMap<[u8; 32], Entry<T>>,
    uses: u64,
}

struct Entry<T> {
    handle: Arc<T>,
    last_use: u64,
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self(Mutex::new(Entries { by_hash: HashMap::new(), uses: 0 }))
    }
}

impl<T> fmt::Debug for Cache<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}

impl<T> Cache<T> {
    /// Returns the handle for the values, made by `make` if there is none. A failure is not kept.
    /// If the cache is full, the handle that has been unused for longest is dropped, and handles in
    /// use last.
    pub(super) fn get_or_make<E>(
        &self,
        values: &[&str],
        make: impl FnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E> {
        let hash = hash(values);
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.uses += 1;
        let last_use = entries.uses;
        if let Some(entry) = entries.by_hash.get_mut(&hash) {
            entry.last_use = last_use;
            return Ok(entry.handle.clone());
        }
        let handle = Arc::new(make()?);
        if entries.by_hash.len() >= CAPACITY {
            let rank = |entry: &Entry<T>| (Arc::strong_count(&entry.handle) > 1, entry.last_use);
            let oldest =
                entries.by_hash.iter().min_by_key(|(_, entry)| rank(entry)).map(|(hash, _)| *hash);
            oldest.and_then(|hash| entries.by_hash.remove(&hash));
        }
        entries.by_hash.insert(hash, Entry { handle: handle.clone(), last_use });
        Ok(handle)
    }
}

/// Returns a name for the values that reveals none of them.
pub(super) fn name(values: &[&str]) -> String {
    hex::encode(hash(values))
}

fn hash(values: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for value in values {
        hash.update((value.len() as u64).to_be_bytes());
        hash.update(value);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use {super::*, std::convert::Infallible};

    fn get(cache: &Cache<u32>, values: &[&str], value: u32) -> Arc<u32> {
        cache.get_or_make(values, || Ok::<_, Infallible>(value)).unwrap()
    }

    #[test]
    fn equal_values_share_a_handle() {
        let cache = Cache::default();
        assert_eq!(*get(&cache, &["a", "b"], 1), 1);
        assert_eq!(*get(&cache, &["a", "b"], 2), 1);
        assert_eq!(*get(&cache, &["ab", ""], 3), 3);
        let failed: Result<_, &str> = cache.get_or_make(&["x"], || Err("no"));
        assert_eq!(failed, Err("no"));
        assert_eq!(*get(&cache, &["x"], 4), 4);
    }

    #[test]
    fn the_longest_unused_handle_goes_first_and_those_in_use_last() {
        let cache = Cache::default();
        let held = get(&cache, &["held"], 1);
        get(&cache, &["idle"], 1);
        for number in 0..CAPACITY {
            get(&cache, &["other", &number.to_string()], 1);
        }
        assert!(Arc::ptr_eq(&held, &get(&cache, &["held"], 2)));
        assert_eq!(*get(&cache, &["idle"], 2), 2);
        assert_eq!(cache.0.lock().unwrap().by_hash.len(), CAPACITY);
    }
}
