//! The slice loop: reads ahead while it writes, stores each slice with its checkpoint, and ends the run. What happens to
//! the records of a slice is in `slice.rs`, what happens to removals in `remove.rs`.

use {
    super::{
        Lease, Stop,
        checkpoint::{Checkpoint, Stage},
        kinds,
        presence::Presence,
        read::{self, Slice},
        same_site::Site,
        sight::Sight,
        slice::Processed,
    },
    crate::{
        domain::{
            layout::Layouts,
            mapping::MappingSet,
            module::ModuleName,
            policy,
            run::{Counts, Phase, RunFailure, RunState, Upstream, final_state},
        },
        ports::{Clock, ConnectorError, Failure, ReadQuery, Source, Target},
        store::{Claim, ReadEnd, Scope, SliceSave, Store},
    },
    std::{
        collections::HashMap,
        fmt,
        sync::{Arc, Mutex, PoisonError},
        time::Duration,
    },
    tokio_util::task::AbortOnDropHandle,
    tracing::Instrument as _,
};

/// Wait after a throttled call that named no time.
const THROTTLED: Duration = Duration::from_secs(10);
/// Slices after which a run lets others go first, where some wait.
const TURN: u32 = 5;

/// A claimed run with everything it needs.
pub struct Job {
    /// Whose rows it may touch.
    pub scope: Scope,
    /// The claim.
    pub claim: Claim,
    /// Where records come from.
    pub source: Arc<dyn Source>,
    /// Where they go; for a dry run something that only notes what would be written.
    pub target: Arc<dyn Target>,
    /// The site that the links must be for.
    pub site: Site,
    /// What is read.
    pub query: ReadQuery,
    /// How it is mapped; `None` where the source's own fields are the canonical ones.
    pub mappings: Option<MappingSet>,
    /// Version of the mappings.
    pub mapping_version: Option<i64>,
    /// What the modules are in the target.
    pub layouts: Layouts,
    /// Returns the calls that were made since it was last asked.
    pub usage: Box<dyn Fn() -> Upstream + Send + Sync>,
    /// Source fields that have come.
    pub presence: Presence,
    /// Cohorts by program, as far as this run has met them.
    pub cohorts: Mutex<HashMap<String, String>>,
    /// What this run has seen of the target's accounts.
    pub sight: Sight,
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("claim", &self.claim).finish_non_exhaustive()
    }
}

impl Job {
    /// Returns the module as the tenant has it.
    pub(crate) fn module(&self) -> kinds::Module<'_> {
        self.module_named(self.claim.run.module)
    }

    pub(crate) fn module_named(&self, name: ModuleName) -> kinds::Module<'_> {
        kinds::Module::new(name, &self.layouts, &self.query.module)
    }

    /// Returns why the tenant's layouts cannot work together for this module, if they cannot.
    pub fn conflict(&self) -> Option<&'static str> {
        self.module().conflict()
    }

    /// True when a bulk read gives the mappings the same values as a list.
    pub(crate) fn bulk_would_do(&self) -> bool {
        self.mappings.as_ref().is_some_and(MappingSet::fits_bulk)
    }

    pub(crate) fn cohort(&self, program: &str) -> Option<String> {
        self.cohorts.lock().unwrap_or_else(PoisonError::into_inner).get(program).cloned()
    }

    pub(crate) fn keep_cohort(&self, program: &str, cohort: &str) {
        let mut cohorts = self.cohorts.lock().unwrap_or_else(PoisonError::into_inner);
        cohorts.insert(program.to_owned(), cohort.to_owned());
    }
}

/// How the work on a claimed run ended.
#[derive(Debug)]
pub enum Ended {
    /// The run is over.
    Finished(RunState, Option<RunFailure>),
    /// Its removals wait for an approval, for this reason.
    Held(String),
    /// Another worker has it; nothing more to do.
    Lost,
    /// To be given back to the queue for a while.
    Wait {
        /// How long.
        wait: Duration,
        /// True when this counts as a failed try.
        failed: bool,
        /// Why; `None` when this process is about to stop, or others are to have their turn.
        reason: Option<ConnectorError>,
    },
}

impl Progress {
    const fn new(counts: Counts) -> Self {
        Self { counts, ordinal: 0, slices: 0, remark: None }
    }
}

/// Drives claimed runs.
#[derive(Debug, Clone)]
pub struct Engine {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Where a run stands in memory.
pub(crate) struct Progress {
    pub(crate) counts: Counts,
    pub(crate) ordinal: i64,
    pub(crate) slices: u32,
    /// Of a dry run: that the real run would wait for an approval.
    pub(crate) remark: Option<RunFailure>,
}

impl Engine {
    /// Makes an engine.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Works on a claimed run until it ends, is lost, or has to wait.
    ///
    /// # Errors
    /// When the database fails; the lease then runs out and another worker goes on from the last stored slice.
    pub async fn drive(
        &self,
        job: &Arc<Job>,
        lease: &Lease,
    ) -> Result<Ended, crate::store::StoreError> {
        let from = Checkpoint::read(job.claim.checkpoint.as_ref());
        let mut progress =
            Progress { ordinal: from.ordinal, ..Progress::new(job.claim.run.counts) };
        let driven = tokio::select! {
            driven = self.run(job, lease, from, &mut progress) => driven,
            () = lease.lost() => Err(Stop::Lost),
        };
        match driven {
            Ok(ended) => Ok(ended),
            Err(Stop::Lost) => Ok(Ended::Lost),
            Err(Stop::Cancelled) => Ok(Ended::Finished(RunState::Cancelled, None)),
            Err(Stop::Store(error)) => Err(error),
            Err(Stop::Upstream(error)) => Ok(give_back(job, &progress, error)),
        }
    }

    async fn run(
        &self,
        job: &Arc<Job>,
        lease: &Lease,
        from: Checkpoint,
        progress: &mut Progress,
    ) -> Result<Ended, Stop> {
        if lease.cancelled() {
            return Err(Stop::Cancelled);
        }
        if job.mappings.is_some() {
            let (module, source) = (job.claim.run.module, &job.query.module);
            job.presence.begin(self.store.seen_fields(&job.scope, module, source).await?);
        }
        if let Some(failure) = self.check_same_site(job).await? {
            return Ok(Ended::Finished(RunState::Failed, Some(failure)));
        }
        let end = if from.stage == Stage::Removals {
            from
        } else {
            match self.slices(job, lease, progress, from).await? {
                Ok(checkpoint) => checkpoint,
                Err(ended) => return Ok(ended),
            }
        };
        if let Some(ended) = self.removals(job, lease, progress, &end).await? {
            return Ok(ended);
        }
        let failure = nothing_done(&progress.counts).or_else(|| unexpected(job, &end));
        let state = final_state(&progress.counts, failure.as_ref());
        Ok(Ended::Finished(state, failure.or(progress.remark.take())))
    }

    /// Reads and writes slice by slice; returns where the read ended, or how the work ended before.
    async fn slices(
        &self,
        job: &Arc<Job>,
        lease: &Lease,
        progress: &mut Progress,
        from: Checkpoint,
    ) -> Result<Result<Checkpoint, Ended>, Stop> {
        let mut slice = read::next(&self.store, job, &from, self.clock.now()).await?;
        loop {
            if lease.cancelled() {
                return Err(Stop::Cancelled);
            }
            // The next slice is read while this one is written and stored, on another processor where there is one; a
            // failed read must not undo what was written.
            let ahead = (!slice.last).then(|| self.read_ahead(job, slice.checkpoint.clone()));
            let processed = self.process(job, lease, &slice).await?;
            let mut checkpoint = slice.checkpoint.clone();
            if slice.last {
                checkpoint.stage = Stage::Removals;
                checkpoint.after = None;
            }
            let cancelled = processed.cancelled;
            // What was cut short has not been read to its end: the next run begins where this one did.
            let end = (!cancelled && (slice.whole || slice.cursor.is_some())).then(|| ReadEnd {
                cursor: slice.cursor,
                plan_absent: slice.whole && !checkpoint.nameless && self.plans_absent(job),
            });
            self.save(job, lease, progress, &checkpoint, processed, end).await?;
            if cancelled {
                return Err(Stop::Cancelled);
            }
            if slice.last {
                return Ok(Ok(checkpoint));
            }
            // Slices are the turns in which tenants share the workers.
            if lease.draining() || self.turn_is_over(job, progress).await? {
                return Ok(Err(Ended::Wait { wait: Duration::ZERO, failed: false, reason: None }));
            }
            match ahead {
                Some(ahead) => slice = joined(ahead).await?,
                None => return Ok(Ok(checkpoint)),
            }
        }
    }

    /// Begins to read the slice behind a checkpoint; dropped, it stops.
    fn read_ahead(&self, job: &Arc<Job>, from: Checkpoint) -> ReadAhead {
        let (store, job, now) = (self.store.clone(), job.clone(), self.clock.now());
        let read = async move { read::next(&store, &job, &from, now).await };
        AbortOnDropHandle::new(tokio::spawn(read.in_current_span()))
    }

    /// Says whether another tenant's run should have this one's place.
    async fn turn_is_over(&self, job: &Job, progress: &Progress) -> Result<bool, Stop> {
        Ok(progress.slices.is_multiple_of(TURN) && self.store.others_wait(&job.scope).await?)
    }

    /// Stores a slice; fails with `Lost` or `Cancelled` where that is what the row says.
    pub(crate) async fn save(
        &self,
        job: &Job,
        lease: &Lease,
        progress: &mut Progress,
        checkpoint: &Checkpoint,
        processed: Processed,
        read_end: Option<ReadEnd>,
    ) -> Result<(), Stop> {
        processed.items.iter().for_each(|item| progress.counts.add(item.status));
        let first_ordinal = progress.ordinal;
        progress.ordinal += i64::try_from(processed.items.len()).unwrap_or(i64::MAX);
        progress.slices += 1;
        let seen = job.presence.fresh();
        let save = SliceSave {
            run: lease.run,
            epoch: lease.epoch,
            module: job.claim.run.module,
            dry_run: job.claim.run.dry_run,
            checkpoint: checkpoint.stored_at(progress.ordinal),
            phase: if processed.links.is_empty() { Phase::Reading } else { Phase::Writing },
            counts: progress.counts,
            expected_total: job.claim.run.expected_total,
            mapping_version: job.mapping_version,
            site: (!processed.links.is_empty() && !job.claim.run.dry_run)
                .then_some(job.site.address.as_str()),
            upstream: (job.usage)(),
            items: &processed.items,
            first_ordinal,
            links: &processed.links,
            waits: &processed.waits,
            settled: &processed.settled,
            lost: &processed.lost,
            removals: &processed.removals,
            removed: processed.removed,
            seen: (&job.query.module, &seen),
            read_end,
            now: self.clock.now(),
        };
        let saved = self.store.save_slice(&job.scope, save).await?;
        job.presence.stored(&seen);
        match saved {
            None => Err(Stop::Lost),
            Some(true) => Err(Stop::Cancelled),
            Some(false) => Ok(()),
        }
    }
}

/// A slice that is being read.
type ReadAhead = AbortOnDropHandle<Result<Slice, Stop>>;

async fn joined(ahead: ReadAhead) -> Result<Slice, Stop> {
    ahead.await.unwrap_or_else(|broken| match broken.try_into_panic() {
        // A panic of the read is one of this run.
        Ok(panic) => std::panic::resume_unwind(panic),
        // The process ends; the run's lease runs out.
        Err(_) => Err(Stop::Lost),
    })
}

/// A whole read of nothing, where there was something, is not a success.
fn unexpected(job: &Job, end: &Checkpoint) -> Option<RunFailure> {
    let whole = end.read_ended && end.rows == 0 && job.claim.run.parent.is_none();
    (whole && end.rows_before.is_some_and(|rows| rows > 0)).then(|| RunFailure {
        code: "SOURCE_EMPTY_UNEXPECTED".to_owned(),
        summary: "the source showed no record where it had some before".to_owned(),
    })
}

/// Says so where no record came through: such a run is red, and its first line must tell why.
fn nothing_done(counts: &Counts) -> Option<RunFailure> {
    (final_state(counts, None) == RunState::Failed).then(|| RunFailure {
        code: "EVERY_RECORD_FAILED".to_owned(),
        summary: format!("all {} records failed; each item says why", counts.failed),
    })
}

/// What a failed call means for the run.
fn give_back(job: &Job, progress: &Progress, error: ConnectorError) -> Ended {
    let failed = |error: &ConnectorError| {
        let failure = RunFailure { code: error.code.to_owned(), summary: error.message.clone() };
        Ended::Finished(final_state(&progress.counts, Some(&failure)), Some(failure))
    };
    match error.failure {
        Failure::Stop | Failure::Rejected => failed(&error),
        Failure::Throttled | Failure::Pending => Ended::Wait {
            wait: error.retry_after.unwrap_or(THROTTLED),
            failed: false,
            reason: Some(error),
        },
        Failure::Unreachable | Failure::Ambiguous | Failure::CursorExpired => {
            // A slice that was saved since the claim has set the count back.
            let before = if progress.slices > 0 { 0 } else { job.claim.attempts };
            let attempt = before + 1;
            if attempt >= job.claim.max_attempts {
                return failed(&error);
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
