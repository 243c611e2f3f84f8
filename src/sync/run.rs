//! A run from its claim to its end: reads ahead while it writes, slice by slice, and then carries out removals.
//! `slice.rs` processes the records of a slice, `remove.rs` the removals.

use {
    super::{
        checkpoint::{Checkpoint, Stage},
        fetch::Slice,
        job::{Ended, Job},
        kind::Cx,
        kinds::KINDS,
        lease::Lease,
        progress::{Progress, save},
        read,
        remove::{plans_absent, removals},
        same_site::check_same_site,
        slice::process,
        stop::Stop,
    },
    crate::{
        domain::{
            code::{self, Effect},
            policy,
            run::{Counts, RunFailure, RunState, final_state},
        },
        ports::{Clock, ConnectorError, Failure},
        store::{ReadEnd, Store, StoreError},
    },
    chrono::{DateTime, Utc},
    std::{sync::Arc, time::Duration},
    tokio_util::task::AbortOnDropHandle,
    tracing::Instrument as _,
};

/// Wait after a throttled call that named no time.
const THROTTLED: Duration = Duration::from_secs(10);
/// Wait after a slice that failed for a reason of ours.
const OWN_FAULT: Duration = Duration::from_secs(5);
/// Number of slices after which a run lets waiting ones go first.
const TURN: u32 = 5;

/// Drives claimed runs.
#[derive(Debug, Clone)]
pub struct Engine {
    store: Store,
    clock: Arc<dyn Clock>,
}

impl Engine {
    /// Makes an engine.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Works on a claimed run until it ends, is lost, or has to wait.
    pub async fn drive(&self, job: &Arc<Job>, lease: &Arc<Lease>) -> Ended {
        let from = Checkpoint::read(job.claim.checkpoint.as_ref());
        let mut progress = Progress::new(job.claim.run.counts, from.ordinal);
        let own = Own { engine: self.clone(), job: job.clone(), lease: lease.clone() };
        let driven = tokio::select! {
            driven = run(&own, from, &mut progress) => driven,
            () = lease.lost() => Err(Stop::Lost),
        };
        // A slice that was saved has ended the waits before it.
        let since = job.claim.waits_since.filter(|_| progress.slices == 0);
        let waited = waited(since, self.clock.now());
        match driven {
            Ok(ended) => ended,
            Err(Stop::Lost) => Ended::Lost,
            Err(Stop::Cancelled) => Ended::Finished(RunState::Cancelled, None),
            Err(Stop::Store(error)) => not_stored(&error, waited),
            Err(Stop::Upstream(error)) => give_back(job, &progress, error, waited),
        }
    }
}

/// Returns how long a run has waited that has done so since a time.
pub fn waited(since: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Duration {
    since.and_then(|since| (now - since).to_std().ok()).unwrap_or_default()
}

/// What it means for a run that its work could not be stored. It costs no try: what is stored stands, and a database that
/// is down for a while, or a full disk, is not a fault of the run. One that can never be stored ends after a while.
pub fn not_stored(error: &StoreError, waited: Duration) -> Ended {
    tracing::warn!(%error, "the run's slice was not stored");
    let reason = ConnectorError::of(Failure::Unreachable, code::RUN_NOT_STORED, &[]);
    if waited >= policy::OWN_PATIENCE {
        return Ended::Finished(RunState::Failed, Some(RunFailure::from(reason)));
    }
    let wait = policy::snooze(OWN_FAULT, waited);
    Ended::Wait { wait, failed: false, reason: Some(reason) }
}

/// The context of the steps, owned: the read-ahead is a task of its own.
#[derive(Clone)]
struct Own {
    engine: Engine,
    job: Arc<Job>,
    lease: Arc<Lease>,
}

impl Own {
    fn cx(&self) -> Cx<'_> {
        let module = self.job.claim.run.module;
        Cx {
            store: &self.engine.store,
            clock: self.engine.clock.as_ref(),
            job: &self.job,
            lease: &self.lease,
            kind: (KINDS.of)(module, self.job.layouts.of(module).form),
            kinds: KINDS,
        }
    }
}

async fn run(own: &Own, from: Checkpoint, progress: &mut Progress) -> Result<Ended, Stop> {
    let cx = own.cx();
    let job = cx.job;
    if cx.lease.cancelled() {
        return Err(Stop::Cancelled);
    }
    if job.mappings.incoming().is_some() {
        let (module, source) = (job.claim.run.module, &job.query.module);
        job.presence.begin(cx.rows().seen_fields(module, source).await?);
    }
    if let Some(failure) = check_same_site(cx).await? {
        return Ok(Ended::Finished(RunState::Failed, Some(failure)));
    }
    let end = if from.stage == Stage::Removals {
        from
    } else {
        match slices(own, progress, from).await? {
            Ok(checkpoint) => checkpoint,
            Err(ended) => return Ok(ended),
        }
    };
    if let Some(ended) = removals(cx, progress, &end).await? {
        return Ok(ended);
    }
    let failure = nothing_done(&progress.counts).or_else(|| unexpected(job, &end));
    let failure = failure.or_else(|| end.told(true));
    let state = final_state(&progress.counts, failure.as_ref());
    let told = failure.or(progress.remark.take()).or_else(|| end.told(false));
    Ok(Ended::Finished(state, told))
}

/// Reads and writes slice by slice; returns the position at the end of the read, or how the work ended before.
async fn slices(
    own: &Own,
    progress: &mut Progress,
    from: Checkpoint,
) -> Result<Result<Checkpoint, Ended>, Stop> {
    let cx = own.cx();
    let mut slice = read::next(cx, &from, cx.clock.now()).await?;
    loop {
        if cx.lease.cancelled() {
            return Err(Stop::Cancelled);
        }
        // The next slice is read while this one is written and stored, on another processor if there is one; a failed
        // read must not undo what was written.
        let may_run_ahead = !slice.last && !slice.barrier;
        let ahead = may_run_ahead.then(|| read_ahead(own, slice.checkpoint.clone()));
        let processed = process(cx, &slice).await?;
        let mut checkpoint = slice.checkpoint.clone();
        if slice.last {
            checkpoint.stage = Stage::Removals;
            checkpoint.after = None;
        }
        let cancelled = processed.cancelled;
        // A slice that was cut short was not read to its end: the next run begins where this one did.
        let end = (!cancelled && (slice.whole || slice.cursor.is_some())).then(|| ReadEnd {
            cursor: slice.cursor,
            plan_absent: slice.whole && checkpoint.absence_tells() && plans_absent(cx),
        });
        save(cx, progress, &checkpoint, processed, end).await?;
        if cancelled {
            return Err(Stop::Cancelled);
        }
        if slice.last {
            return Ok(Ok(checkpoint));
        }
        // Tenants share the workers in turns of slices.
        if cx.lease.draining() || turn_is_over(cx, progress).await? {
            return Ok(Err(Ended::Wait { wait: Duration::ZERO, failed: false, reason: None }));
        }
        slice = match ahead {
            Some(ahead) => joined(ahead).await?,
            None => read::next(cx, &checkpoint, cx.clock.now()).await?,
        };
    }
}

/// Begins to read the slice after a checkpoint; stops when it is dropped.
fn read_ahead(own: &Own, from: Checkpoint) -> ReadAhead {
    let (own, now) = (own.clone(), own.engine.clock.now());
    let read = async move { read::next(own.cx(), &from, now).await };
    AbortOnDropHandle::new(tokio::spawn(read.in_current_span()))
}

/// Returns whether a run of another tenant should take this one's place.
async fn turn_is_over(cx: Cx<'_>, progress: &Progress) -> Result<bool, Stop> {
    Ok(progress.slices.is_multiple_of(TURN)
        && cx.store.across_tenants().others_wait(&cx.job.scope).await?)
}

/// A slice that is being read.
type ReadAhead = AbortOnDropHandle<Result<Slice, Stop>>;

async fn joined(ahead: ReadAhead) -> Result<Slice, Stop> {
    ahead.await.unwrap_or_else(|broken| match broken.try_into_panic() {
        // A panic of the read is a panic of this run.
        Ok(panic) => std::panic::resume_unwind(panic),
        // The process is ending; the lease of the run expires.
        Err(_) => Err(Stop::Lost),
    })
}

/// An empty whole read, after an earlier one with records, is not a success.
fn unexpected(job: &Job, end: &Checkpoint) -> Option<RunFailure> {
    let whole = end.read_ended && end.rows == 0 && job.claim.run.parent.is_none();
    (whole && end.rows_before.is_some_and(|rows| rows > 0))
        .then(|| RunFailure::of(code::SOURCE_EMPTY_UNEXPECTED, &[]))
}

/// Returns the failure of a run in which no record succeeded: such a run is red, and its first line must say why.
fn nothing_done(counts: &Counts) -> Option<RunFailure> {
    (final_state(counts, None) == RunState::Failed)
        .then(|| RunFailure::of(code::EVERY_RECORD_FAILED, &[("count", &counts.failed)]))
}

/// Returns the effect of a failed call on the run.
fn give_back(job: &Job, progress: &Progress, error: ConnectorError, waited: Duration) -> Ended {
    let failed = |error: ConnectorError| {
        let failure = RunFailure::from(error);
        Ended::Finished(final_state(&progress.counts, Some(&failure)), Some(failure))
    };
    match error.failure {
        Failure::Stop | Failure::Rejected | Failure::TooLong => failed(error),
        // Another try before the cause is removed would be another write.
        Failure::Ambiguous if error.code.row().effect == Effect::Failed => failed(error),
        Failure::Throttled | Failure::Pending => Ended::Wait {
            wait: error.retry_after.unwrap_or(THROTTLED),
            failed: false,
            reason: Some(error),
        },
        // It is known to be down, and for how long: the run is not at fault, so that no try is counted.
        Failure::Unreachable | Failure::Ambiguous
            if error.retry_after.is_some() && waited < policy::PATIENCE =>
        {
            let wait = policy::snooze(error.retry_after.unwrap_or_default(), waited);
            Ended::Wait { wait, failed: false, reason: Some(error) }
        }
        Failure::Unreachable | Failure::Ambiguous if error.retry_after.is_some() => failed(error),
        Failure::Unreachable | Failure::Ambiguous | Failure::CursorExpired => {
            // A slice that was saved since the claim has reset the count.
            let before = if progress.slices > 0 { 0 } else { job.claim.attempts };
            let attempt = before + 1;
            if attempt >= job.claim.max_attempts {
                return failed(error);
            }
            let attempt = u32::try_from(attempt).unwrap_or(1);
            // Spread by the run's own id: no random source is needed to keep runs from waking together.
            let random = u32::try_from(job.claim.run.id.uuid().as_u128() & u128::from(u32::MAX))
                .unwrap_or(u32::MAX);
            Ended::Wait {
                wait: policy::back_off(attempt, random),
                failed: true,
                reason: Some(error),
            }
        }
    }
}
