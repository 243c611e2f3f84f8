//! What a run owns, so that a task of its own can read the next slice while the one before is worked on.

use {
    super::{
        checkpoint::Checkpoint, fetch::Slice, job::Job, kind::Cx, kinds::KINDS, lease::Lease, read,
        stop::Stop,
    },
    crate::{ports::Clock, store::Store},
    std::sync::Arc,
    tokio_util::task::AbortOnDropHandle,
    tracing::Instrument as _,
};

/// What the steps of a run are given, owned.
#[derive(Clone)]
pub(crate) struct Own {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) job: Arc<Job>,
    pub(crate) lease: Arc<Lease>,
}

impl Own {
    pub(crate) fn cx(&self) -> Cx<'_> {
        let module = self.job.claim.run.module;
        Cx {
            store: &self.store,
            clock: self.clock.as_ref(),
            job: &self.job,
            lease: &self.lease,
            planning: false,
            back: None,
            defers: false,
            kind: (KINDS.of)(module, self.job.layouts.of(module).form),
            kinds: KINDS,
        }
    }
}

/// A slice that is being read.
pub(crate) type ReadAhead = AbortOnDropHandle<Result<Slice, Stop>>;

/// Begins to read the slice behind a checkpoint; dropped, it stops.
pub(crate) fn read_ahead(own: &Own, from: Checkpoint) -> ReadAhead {
    let (own, now) = (own.clone(), own.clock.now());
    let read = async move { read::next(own.cx(), &from, now).await };
    AbortOnDropHandle::new(tokio::spawn(read.in_current_span()))
}

/// Waits for a slice that is being read.
pub(crate) async fn joined(ahead: ReadAhead) -> Result<Slice, Stop> {
    ahead.await.unwrap_or_else(|broken| match broken.try_into_panic() {
        // A panic of the read is one of this run.
        Ok(panic) => std::panic::resume_unwind(panic),
        // The process ends; the run's lease runs out.
        Err(_) => Err(Stop::Lost),
    })
}
