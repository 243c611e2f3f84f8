//! Storing the ends of runs together: while one transaction is running, the next ends are collected, and the first of
//! them to get its turn stores all of them. A busy worker then needs one transaction instead of many.

use {
    crate::store::{Completion, Store, StoreError},
    std::sync::{Mutex, MutexGuard, PoisonError},
    tokio::sync::oneshot,
};

/// The result of storing the end of a run: whether the run still belonged to this process.
type Told = Result<bool, StoreError>;

/// Ends that wait for their turn, each with the channel for its result.
type Gathered = Vec<(Completion, oneshot::Sender<Told>)>;

/// Stores the ends of this process's runs.
#[derive(Debug)]
pub(super) struct Ends {
    store: Store,
    gathered: Mutex<Gathered>,
    turn: tokio::sync::Mutex<()>,
}

impl Ends {
    pub(super) fn new(store: Store) -> Self {
        Self { store, gathered: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// Stores the end of a run; false if the run no longer belongs to this process.
    pub(super) async fn store(&self, end: Completion) -> Told {
        let (tell, mut told) = oneshot::channel();
        self.gathered().push((end, tell));
        let _turn = self.turn.lock().await;
        // The task that had the turn before may have stored this end too.
        if let Ok(done) = told.try_recv() {
            return done;
        }
        let (ends, tell): (Vec<_>, Vec<_>) =
            std::mem::take(&mut *self.gathered()).into_iter().unzip();
        for (tell, done) in tell.into_iter().zip(self.store_all(&ends).await) {
            // A task that was given up in the meantime does not listen.
            let _unheard = tell.send(done);
        }
        // The task with the turn was aborted: the lease of the run expires.
        told.await.unwrap_or(Ok(false))
    }

    /// Stores all ends at once; if that fails, each by itself, so that a fault of one tenant does not affect others.
    async fn store_all(&self, ends: &[Completion]) -> Vec<Told> {
        match self.store.across_tenants().complete(ends).await {
            Ok(done) => ends.iter().map(|end| Ok(done.contains(&end.run))).collect(),
            Err(error) if ends.len() == 1 => vec![Err(error)],
            Err(_) => {
                let mut each = Vec::with_capacity(ends.len());
                for end in ends {
                    let alone = std::slice::from_ref(end);
                    each.push(
                        self.store
                            .across_tenants()
                            .complete(alone)
                            .await
                            .map(|done| !done.is_empty()),
                    );
                }
                each
            }
        }
    }

    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
