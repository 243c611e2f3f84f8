//! A run from its claim to its end: reads ahead while it writes, slice by slice, and then carries out removals.
//! `slice.rs` processes the records of a slice, `remove.rs` the removals.

use {
    super::{
        absent::forget_absent,
        again::again,
        ahead::{Own, joined, read_ahead},
        brake::{held, plans_first},
        changes::settle,
        checkpoint::{Checkpoint, Stage},
        fetch::Slice,
        job::{Ended, Job},
        kind::Cx,
        lease::Lease,
        plan::{Planned, plan_rest},
        progress::{Progress, save},
        read,
        remove::removals,
        same_site::check_same_site,
        sample::check_sample,
        slice::process,
        spool::Spooled,
        stop::Stop,
        work::Processed,
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
};

/// Wait after a throttled call that named no time.
const THROTTLED: Duration = Duration::from_secs(10);
/// Wait after a slice that failed for a reason of ours.
const OWN_FAULT: Duration = Duration::from_secs(5);
/// Number of slices after which a run lets waiting ones go first.
const TURN: u32 = 5;
/// The end of work on a run that lets others pass.
const GIVEN_BACK: Ended = Ended::Wait { wait: Duration::ZERO, failed: false, reason: None };

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
        let (store, clock) = (self.store.clone(), self.clock.clone());
        let own = Own { store, clock, job: job.clone(), lease: lease.clone() };
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
            // Only what is read is counted, and that is planned where it is read.
            Err(Stop::Plan) => GIVEN_BACK,
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
    job.brake.set(from.braked.clone());
    job.deferred.set(from.deferred.clone());
    if !from.is_fresh() {
        job.deferred.begin();
    }
    if job.claim.run.changes.held.is_some() {
        return Box::pin(settle(cx, progress, from)).await;
    }
    if from.is_fresh()
        && let Some(failure) = Box::pin(check_sample(cx)).await?
    {
        return Ok(Ended::Finished(RunState::Failed, Some(failure)));
    }
    let end = if from.stage == Stage::Removals {
        from
    } else {
        match Box::pin(slices(own, progress, from)).await? {
            Ok(checkpoint) => checkpoint,
            Err(ended) => return Ok(ended),
        }
    };
    // Boxed, as what is rare should not make every run larger.
    Box::pin(again(cx, progress, &end)).await?;
    Box::pin(forget_absent(cx, &end)).await?;
    if job.claim.run.dry_run
        && let Some(held) = held(cx, &mut job.brake.braked()).await?
    {
        let code = code::CHANGES_WOULD_BE_HELD;
        let summary = code.message(&[("reason", &held.reason())]);
        progress.remark = Some(RunFailure::new(code, summary));
    }
    let end = match removals(cx, progress, end).await? {
        Ok(end) => end,
        Err(ended) => return Ok(ended),
    };
    // Only what is done counts as read: of a run that is cancelled, fails or waits, the next one reads it again.
    if let Some(cursor) = end.pending {
        save(cx, progress, &end, Processed::default(), Some(ReadEnd::Reached(cursor))).await?;
    }
    let failure = nothing_done(&progress.counts).or_else(|| unexpected(cx, &end));
    let failure = failure.or_else(|| end.told());
    let state = final_state(&progress.counts, failure.as_ref());
    Ok(Ended::Finished(state, failure.or(progress.remark.take())))
}

/// Where the slices of a run come from.
enum Feed {
    /// The source.
    Source,
    /// A plan that may be written.
    Plan(Spooled<Slice>),
}

/// Reads and writes slice by slice; returns the position at the end of the read, or how the work ended before.
async fn slices(
    own: &Own,
    progress: &mut Progress,
    from: Checkpoint,
) -> Result<Result<Checkpoint, Ended>, Stop> {
    let cx = own.cx();
    let mut at = from;
    let mut slice = read::next(cx, &at, cx.clock.now()).await?;
    let mut feed = Feed::Source;
    let mut plans = plans_first(cx, &at).await?;
    loop {
        if cx.lease.cancelled() {
            return Err(Stop::Cancelled);
        }
        // The next slice is read while this one is written and stored, on another processor if there is one; a
        // failed read must not undo what was written.
        let reads = !slice.last && !slice.barrier && matches!(feed, Feed::Source);
        let ahead = reads.then(|| read_ahead(own, slice.checkpoint.clone()));
        let processed = if plans { Err(Stop::Plan) } else { process(cx, &slice).await };
        let processed = match processed {
            Err(Stop::Plan) => {
                // Boxed, as what is rare should not make every run larger.
                let planned = Box::pin(plan_rest(own, progress, &at, slice, ahead)).await?;
                let mut planned = match planned {
                    Planned::Passed(slices) => slices,
                    Planned::Held(at) => {
                        return Ok(Err(Box::pin(settle(cx, progress, *at)).await?));
                    }
                    Planned::Drained => return Ok(Err(GIVEN_BACK)),
                };
                plans = false;
                let Some(first) = planned.next()? else { return Ok(Ok(at)) };
                slice = first;
                feed = Feed::Plan(planned);
                continue;
            }
            processed => processed?,
        };
        let mut checkpoint = slice.checkpoint.clone();
        if slice.last {
            checkpoint.stage = Stage::Removals;
            checkpoint.after = None;
        }
        let cancelled = processed.cancelled;
        // A slice that was cut short was not read to its end: what it does not show is not absent.
        let absent = slice.whole && checkpoint.absence_tells() && cx.job.removes();
        let end = (!cancelled && absent).then_some(ReadEnd::PlanAbsent);
        save(cx, progress, &checkpoint, processed, end).await?;
        if cancelled {
            return Err(Stop::Cancelled);
        }
        if slice.last {
            return Ok(Ok(checkpoint));
        }
        // Tenants share the workers in turns of slices.
        if cx.lease.draining() || turn_is_over(cx, progress).await? {
            return Ok(Err(GIVEN_BACK));
        }
        at = checkpoint;
        let next = match (&mut feed, ahead) {
            (Feed::Plan(planned), _) => planned.next()?,
            (Feed::Source, Some(ahead)) => Some(joined(ahead).await?),
            (Feed::Source, None) => Some(read::next(cx, &at, cx.clock.now()).await?),
        };
        match next {
            Some(next) => slice = next,
            None => return Ok(Ok(at)),
        }
    }
}

/// Returns whether a run of another tenant should take this one's place.
async fn turn_is_over(cx: Cx<'_>, progress: &Progress) -> Result<bool, Stop> {
    Ok(progress.slices.is_multiple_of(TURN)
        && cx.store.across_tenants().others_wait(&cx.job.scope).await?)
}

/// An empty whole read, after an earlier one with records, is not a success.
fn unexpected(cx: Cx<'_>, end: &Checkpoint) -> Option<RunFailure> {
    let whole = end.read_ended && end.rows == 0 && cx.job.claim.run.parent.is_none();
    (whole && end.rows_before.is_some_and(|rows| rows > 0))
        .then(|| RunFailure::of(cx.kind.no_records(), &[]))
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
