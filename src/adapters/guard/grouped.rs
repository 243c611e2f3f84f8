//! Requests that arrive together are stored together: a batch starts when the one before has ended, and no request
//! waits while no batch runs (docs/src/signing.md, "Replay").

use {
    crate::{
        domain::id::ReplayId,
        ports::{Arrival, GuardError, Replay},
    },
    std::{collections::HashSet, fmt, sync::Arc},
    tokio::sync::{mpsc, oneshot},
};

/// Requests in one batch.
const BATCH: usize = 1_000;

/// A store that takes many requests at once.
pub(super) trait Batches: Send + Sync + fmt::Debug + 'static {
    /// Stores requests of which no two have a common id; returns a verdict for each, in their order.
    fn store(
        &self,
        batch: &[([ReplayId; 2], i64)],
    ) -> impl Future<Output = Result<Vec<Replay>, GuardError>> + Send;
}

#[derive(Debug)]
struct Waiting {
    ids: [ReplayId; 2],
    signed_at: i64,
    verdict: oneshot::Sender<Result<Replay, GuardError>>,
}

/// The queue of a store. Its writer ends with it.
#[derive(Debug)]
pub(super) struct Grouped {
    queue: mpsc::Sender<Waiting>,
}

impl Grouped {
    /// Starts the writer, on the tokio runtime that must be running.
    pub(super) fn new(store: Arc<impl Batches>) -> Self {
        let (queue, arrivals) = mpsc::channel(BATCH * 4);
        tokio::spawn(write(store, arrivals));
        Self { queue }
    }

    /// Stores a request with others.
    pub(super) async fn accept(&self, arrival: &Arrival) -> Result<Replay, GuardError> {
        let gone = || GuardError("the guard's writer has ended".into());
        let (verdict, answer) = oneshot::channel();
        let Arrival { ids, signed_at, .. } = *arrival;
        self.queue.send(Waiting { ids, signed_at, verdict }).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

/// Takes the requests that have arrived, stores them at once, and gives each its own answer.
async fn write(store: Arc<impl Batches>, mut arrivals: mpsc::Receiver<Waiting>) {
    let mut waiting = Vec::with_capacity(BATCH);
    while arrivals.recv_many(&mut waiting, BATCH).await > 0 {
        let mut seen = HashSet::with_capacity(waiting.len() * 2);
        let (mut batch, mut open) = (Vec::new(), Vec::with_capacity(waiting.len()));
        for one in waiting.drain(..) {
            // A copy within the batch is a replay, whatever the store says.
            if one.ids.iter().any(|id| seen.contains(id)) {
                let _caller_gone = one.verdict.send(Ok(Replay::Seen));
                continue;
            }
            seen.extend(one.ids);
            batch.push((one.ids, one.signed_at));
            open.push(one.verdict);
        }
        match store.store(&batch).await {
            Ok(verdicts) => {
                // A store that answers too little has not accepted the rest.
                let verdicts = verdicts.into_iter().chain(std::iter::repeat(Replay::Seen));
                for (verdict, answer) in open.into_iter().zip(verdicts) {
                    let _caller_gone = verdict.send(Ok(answer));
                }
            }
            Err(GuardError(reason)) => {
                for verdict in open {
                    let _caller_gone = verdict.send(Err(GuardError(reason.clone())));
                }
            }
        }
    }
}
