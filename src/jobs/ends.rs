//! The ends of runs, stored together: while one transaction is under way the next ends gather, and the first of them to
//! get its turn takes all of them along. A busy worker then pays for one transaction where it had many.

use {
    crate::store::{Completion, Store, StoreError},
    std::sync::{Mutex, MutexGuard, PoisonError},
    tokio::sync::oneshot,
};

/// What the end of a run was told: whether the run was still ours.
type Told = Result<bool, StoreError>;

/// Ends that wait for their turn, with where to tell of each.
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

    /// Stores the end of a run; false when the run is no longer ours.
    pub(super) async fn store(&self, end: Completion) -> Told {
        let (tell, mut told) = oneshot::channel();
        self.gathered().push((end, tell));
        let _turn = self.turn.lock().await;
        // Whoever had the turn before may have taken this end along.
        if let Ok(done) = told.try_recv() {
            return done;
        }
        let (ends, tell): (Vec<_>, Vec<_>) =
            std::mem::take(&mut *self.gathered()).into_iter().unzip();
        for (tell, done) in tell.into_iter().zip(self.store_all(&ends).await) {
            // Who was given up in the meantime does not listen.
            let _unheard = tell.send(done);
        }
        // Gone with a task that was broken off in its turn: the run's lease runs out.
        told.await.unwrap_or(Ok(false))
    }

    /// Stores all ends at once; when that fails each alone, so that one tenant's fault stays its own.
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
