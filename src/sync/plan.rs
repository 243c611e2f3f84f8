//! Planning: the rest of a read is read to its end and decided on without a write, and then all of it is written or none of
//! it. What was read is kept in a file meanwhile, so that a plan costs no second read. A plan that breaks off begins again:
//! nothing of it was written.

use {
    super::{
        ahead::{Own, ReadAhead, joined, read_ahead},
        brake::{count, held, planned_by},
        checkpoint::{Braked, Checkpoint, Stage},
        fetch::Slice,
        kind::Cx,
        progress::{Progress, save},
        slice::{PlannedSlice, plan},
        spool::{Spool, Spooled},
        stop::Stop,
        work::Processed,
    },
    crate::{
        domain::brake::{Change, HeldChanges, PlannedChange},
        ports::Failure,
        store::PlannedRemoval,
    },
    std::{
        collections::HashSet,
        hash::{DefaultHasher, Hash as _, Hasher as _},
        time::{Duration, Instant},
    },
};

/// Wait after a throttled call that named no time.
const THROTTLED: Duration = Duration::from_secs(10);
/// The longest wait for which a plan is kept.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// Pause between two looks at whether to go on waiting.
const LOOK: Duration = Duration::from_secs(1);

/// What came of planning.
pub(crate) enum Planned {
    /// All of it may be written, from the first slice on.
    Passed(Spooled<Slice>),
    /// Its changes must wait for an approval; where the run stands.
    Held(Box<Checkpoint>),
    /// The process is about to stop.
    Drained,
}

/// Plans a slice and all that come behind it; `ahead` is the next one. `from` is where the run stands before the slice.
pub(crate) async fn plan_rest(
    own: &Own,
    progress: &mut Progress,
    from: &Checkpoint,
    first: Slice,
    ahead: Option<ReadAhead>,
) -> Result<Planned, Stop> {
    let cx = Cx { planning: true, ..own.cx() };
    // The first slice was mapped before it was found to be suspect.
    cx.job.findings.forget_records();
    let before = cx.job.brake.braked().tally;
    let mut slices = Spool::new()?;
    let mut plan = Plan {
        braked: cx.job.brake.braked(),
        known: HashSet::new(),
        changes: Spool::new()?,
        removals: Vec::new(),
    };
    let (mut slice, mut ahead) = (first, ahead);
    note(cx).await?;
    loop {
        // Nothing of the plan is stored, where the sweep at the end of a read looks for what the run has met.
        cx.job.met.plan(slice.ids());
        let next = match ahead.take() {
            Some(ahead) => Some(ahead),
            None => (!slice.last).then(|| read_ahead(own, slice.checkpoint.clone())),
        };
        plan.take(cx, &slice).await?;
        slices.push(&slice)?;
        note(cx).await?;
        if cx.lease.draining() {
            return Ok(Planned::Drained);
        }
        let Some(next) = next else { break };
        match patient(own, &slice.checkpoint, next).await? {
            Some(next) => slice = next,
            None => return Ok(Planned::Drained),
        }
    }
    let Plan { mut braked, changes, removals, .. } = plan;
    match held(cx, &mut braked).await? {
        Some(held) => {
            hold(cx, &held, changes.rewind()?).await?;
            let mut at = from.clone();
            at.enter(Stage::Removals);
            at.planned_by = Some(planned_by(cx, cx.job.mapping_version));
            cx.job.brake.set(braked);
            save(cx, progress, &at, Processed { removals, ..Processed::default() }, None).await?;
            Ok(Planned::Held(Box::new(at)))
        }
        None => {
            cx.job.findings.forget_records();
            cx.job.brake.set(Braked { tally: before, passed: true, ..braked });
            Ok(Planned::Passed(slices.rewind()?))
        }
    }
}

/// Waits for the slice behind `from`, which is being read. Where the source asks for patience, such as for a file that it
/// still makes, the wait is here: a plan that is given back begins again, and would ask for another file. Returns `None`
/// when the process is about to stop.
async fn patient(own: &Own, from: &Checkpoint, ahead: ReadAhead) -> Result<Option<Slice>, Stop> {
    let mut read = joined(ahead).await;
    loop {
        let error = match read {
            Err(Stop::Upstream(error)) => error,
            read => return read.map(Some),
        };
        let wait = error.retry_after.unwrap_or(THROTTLED);
        if !matches!(error.failure, Failure::Pending | Failure::Throttled) || wait > PATIENCE {
            return Err(Stop::Upstream(error));
        }
        let end = Instant::now() + wait;
        while Instant::now() < end {
            if own.lease.draining() {
                return Ok(None);
            }
            if own.lease.cancelled() {
                return Err(Stop::Cancelled);
            }
            tokio::time::sleep(LOOK.min(end.saturating_duration_since(Instant::now()))).await;
        }
        read = joined(read_ahead(own, from.clone())).await;
    }
}

/// What is planned so far.
struct Plan {
    /// All of it, counted.
    braked: Braked,
    /// Digests of the records that are counted: a read that began again shows records twice.
    known: HashSet<u64>,
    changes: Spool<Vec<PlannedChange>>,
    removals: Vec<PlannedRemoval>,
}

impl Plan {
    /// Plans one slice. Records that are due because a parent has arrived do not count.
    async fn take(&mut self, cx: Cx<'_>, slice: &Slice) -> Result<(), Stop> {
        self.removals.extend(slice.deleted.iter().cloned());
        if slice.forced {
            return Ok(());
        }
        let PlannedSlice { counted, changes, removals } =
            plan(Cx { back: slice.back.as_ref(), ..cx }, &slice.records).await?;
        self.removals.extend(removals);
        let fresh: HashSet<&str> = slice
            .records
            .iter()
            .map(|record| record.id.as_str())
            .filter(|id| self.known.insert(digest(id)))
            .collect();
        let of = changes.iter().zip(counted);
        let counted = of.filter(|(change, _)| fresh.contains(change.zoho_id.as_str()));
        let counted: Vec<Change> = counted.map(|(_, change)| change).collect();
        count(&mut self.braked, fresh.len(), &counted);
        if !changes.is_empty() {
            self.changes.push(&changes)?;
        }
        Ok(())
    }
}

fn digest(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// Notes that the run plans.
async fn note(cx: Cx<'_>) -> Result<(), Stop> {
    if cx.lease.cancelled() {
        return Err(Stop::Cancelled);
    }
    let (run, epoch) = (cx.lease.run, cx.lease.epoch);
    let noted = cx.rows().note_planning(run, epoch, (cx.job.usage)(), cx.clock.now()).await?;
    match noted {
        None => Err(Stop::Lost),
        Some(true) => Err(Stop::Cancelled),
        Some(false) => Ok(()),
    }
}

/// Stores the list of the changes, and why they must wait.
async fn hold(
    cx: Cx<'_>,
    held: &HeldChanges,
    mut changes: Spooled<Vec<PlannedChange>>,
) -> Result<(), Stop> {
    let (run, epoch) = (cx.lease.run, cx.lease.epoch);
    let ours = |is_ours: bool| if is_ours { Ok(()) } else { Err(Stop::Lost) };
    ours(cx.rows().forget_changes(run, epoch).await?)?;
    while let Some(some) = changes.next()? {
        ours(cx.rows().plan_changes(run, epoch, &some).await?)?;
    }
    ours(cx.rows().hold_changes(run, epoch, held).await?)
}
