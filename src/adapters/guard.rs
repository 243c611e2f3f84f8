//! The guard against replayed requests, in the database that all processes share. Requests that arrive together share
//! a commit (docs/src/signing.md, "Replay"): a batch starts when the one before has ended, and no request waits while
//! no batch runs.

use {
    crate::{
        domain::id::{KeyId, ReplayId},
        ports::{Clock, GuardError},
        store::Store,
    },
    std::{
        collections::{HashMap, HashSet},
        sync::{Arc, Mutex, PoisonError},
    },
    tokio::sync::{mpsc, oneshot},
};

/// How long an id is kept, in seconds: a timestamp may be 300 s ahead and stays valid for 300 s after; one more
/// minute covers clocks that disagree.
const KEPT: i64 = 660;
/// Requests in one batch.
const BATCH: usize = 1_000;
/// Greatest number of remembered requests of one key, as this process sees it. A key that sends more is told to slow
/// down, and other keys are not affected.
const PER_KEY: u32 = 2_000_000;

#[derive(Debug)]
struct Waiting {
    ids: [ReplayId; 2],
    verdict: oneshot::Sender<Result<Replay, GuardError>>,
}

/// Requests by key, in this period and in the previous one.
#[derive(Debug, Default)]
struct Counts {
    period: i64,
    now: HashMap<KeyId, u32>,
    before: HashMap<KeyId, u32>,
}

/// The guard's answer about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// Not seen before: accepted, and remembered.
    Fresh,
    /// Seen before.
    Seen,
    /// Too many valid requests of the key are remembered.
    Full,
}

/// Remembers accepted requests for as long as their timestamps are valid. It needs a running tokio runtime when it is made.
#[derive(Debug)]
pub struct ReplayGuard {
    queue: mpsc::Sender<Waiting>,
    clock: Arc<dyn Clock>,
    counts: Mutex<Counts>,
}

impl ReplayGuard {
    /// Makes the guard and starts its writer, which ends with it.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        let (queue, arrivals) = mpsc::channel(BATCH * 4);
        tokio::spawn(write(store, clock.clone(), arrivals));
        Self { queue, clock, counts: Mutex::default() }
    }

    fn is_full(&self, key: &KeyId) -> bool {
        let period = self.clock.now().timestamp() / KEPT;
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.period != period {
            counts.before = if counts.period + 1 == period {
                std::mem::take(&mut counts.now)
            } else {
                HashMap::new()
            };
            counts.now.clear();
            counts.period = period;
        }
        let before = counts.before.get(key).copied().unwrap_or_default();
        match counts.now.get_mut(key) {
            Some(count) => {
                *count = count.saturating_add(1);
                count.saturating_add(before) > PER_KEY
            }
            None => {
                counts.now.insert(key.clone(), 1);
                before >= PER_KEY
            }
        }
    }
}

impl ReplayGuard {
    /// Accepts a request exactly once: of any number of concurrent calls with a common id, over all processes that
    /// share the database, one is `Fresh`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accept(&self, key: &KeyId, ids: [ReplayId; 2]) -> Result<Replay, GuardError> {
        if self.is_full(key) {
            return Ok(Replay::Full);
        }
        let gone = || GuardError("the guard's writer has ended".into());
        let (verdict, answer) = oneshot::channel();
        self.queue.send(Waiting { ids, verdict }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// Takes the requests that have arrived, stores them in one statement, and gives each its own answer.
async fn write(store: Store, clock: Arc<dyn Clock>, mut arrivals: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::with_capacity(BATCH);
    while arrivals.recv_many(&mut batch, BATCH).await > 0 {
        let expires_at = clock.now().timestamp() + KEPT;
        let mut seen = HashSet::with_capacity(batch.len() * 2);
        let mut rows = Vec::with_capacity(batch.len() * 2);
        let mut open = Vec::with_capacity(batch.len());
        for waiting in batch.drain(..) {
            // A copy within the batch is a replay, whatever the database says.
            if waiting.ids.iter().any(|id| seen.contains(id)) {
                let _caller_gone = waiting.verdict.send(Ok(Replay::Seen));
                continue;
            }
            seen.extend(waiting.ids);
            rows.extend(waiting.ids.map(|id| (id, expires_at)));
            open.push(waiting);
        }
        let stored = store.across_tenants().insert_replays(&rows).await;
        let fresh: Result<HashSet<ReplayId>, String> =
            stored.map(|ids| ids.into_iter().collect()).map_err(|error| error.to_string());
        for waiting in open {
            let verdict = match &fresh {
                Ok(fresh) if waiting.ids.iter().all(|id| fresh.contains(id)) => Ok(Replay::Fresh),
                Ok(_) => Ok(Replay::Seen),
                Err(reason) => Err(GuardError(reason.clone())),
            };
            let _caller_gone = waiting.verdict.send(verdict);
        }
    }
}
