//! Looks at the database that several watchers share: however many watch the same thing, it is looked at once.

use {
    std::{
        collections::HashMap,
        fmt,
        hash::Hash,
        sync::{Arc, Mutex, MutexGuard, PoisonError},
        time::Duration,
    },
    tokio::sync::watch,
};

/// Pause between two looks: at most two messages a second.
pub(super) const LOOK: Duration = Duration::from_millis(500);

/// The things that are looked at, each with what was seen last; `None` before the first look.
pub(super) struct Polls<K, V> {
    open: Arc<Open<K, V>>,
}

type Open<K, V> = Mutex<HashMap<K, watch::Sender<Option<V>>>>;

impl<K, V> Default for Polls<K, V> {
    fn default() -> Self {
        Self { open: Arc::default() }
    }
}

impl<K, V> fmt::Debug for Polls<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Polls").finish_non_exhaustive()
    }
}

impl<K, V> Polls<K, V>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: Send + Sync + 'static,
{
    /// Joins those that watch a thing; the first one starts the looks, which end after the last one has gone. What is the
    /// same as before is not told again.
    pub(super) fn join<F: Future<Output = V> + Send + 'static>(
        &self,
        thing: K,
        look: impl Fn() -> F + Send + Sync + 'static,
        is_same: fn(&V, &V) -> bool,
    ) -> watch::Receiver<Option<V>> {
        let mut open = lock(&self.open);
        if let Some(sender) = open.get(&thing) {
            // What was seen before the newcomer came may be older than what it knows; it is told the next change.
            return sender.subscribe();
        }
        let (sender, seen) = watch::channel(None);
        open.insert(thing.clone(), sender);
        tokio::spawn(follow(self.open.clone(), thing, look, is_same));
        seen
    }
}

async fn follow<K: Eq + Hash, V, F: Future<Output = V>>(
    open: Arc<Open<K, V>>,
    thing: K,
    look: impl Fn() -> F,
    is_same: fn(&V, &V) -> bool,
) {
    loop {
        tokio::time::sleep(LOOK).await;
        {
            // Under the lock, so that no watcher joins a look that has ended.
            let mut open = lock(&open);
            if open.get(&thing).is_none_or(|sender| sender.receiver_count() == 0) {
                open.remove(&thing);
                return;
            }
        }
        let new = look().await;
        let open = lock(&open);
        let Some(sender) = open.get(&thing) else { return };
        sender.send_if_modified(|seen| {
            let changed = !seen.as_ref().is_some_and(|old| is_same(old, &new));
            *seen = Some(new);
            changed
        });
    }
}

fn lock<K, V>(open: &Open<K, V>) -> MutexGuard<'_, HashMap<K, watch::Sender<Option<V>>>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        std::{
            sync::atomic::{AtomicU32, Ordering::SeqCst},
            time::Instant,
        },
    };

    #[tokio::test]
    async fn many_watchers_look_once() {
        let (polls, looks) = (Polls::<&str, u32>::default(), Arc::<AtomicU32>::default());
        let join = |thing| {
            let looks = looks.clone();
            let look = move || {
                let looks = looks.clone();
                async move { looks.fetch_add(1, SeqCst) + 1 }
            };
            polls.join(thing, look, |old, new| old == new)
        };
        let begun = Instant::now();
        let mut watchers: Vec<_> = (0..50).map(|_| join("run")).collect();
        for watcher in &mut watchers {
            watcher.changed().await.expect("a look");
            assert!(watcher.borrow_and_update().is_some());
        }
        tokio::time::sleep(LOOK * 3).await;
        let most = begun.elapsed().as_millis() / LOOK.as_millis();
        assert!((1..=most).contains(&u128::from(looks.load(SeqCst))));
        let mut other = join("other");
        other.changed().await.expect("a look");
        drop((watchers, other));
        while !lock(&polls.open).is_empty() {
            tokio::time::sleep(LOOK).await;
        }
        let seen = looks.load(SeqCst);
        tokio::time::sleep(LOOK * 2).await;
        assert_eq!(looks.load(SeqCst), seen);
    }
}
