//! The position of a run in memory, and how a slice is stored with it.

use {
    super::{brake::basis, checkpoint::Checkpoint, kind::Cx, stop::Stop, work::Processed},
    crate::{
        domain::run::{Counts, Phase, RunFailure},
        store::{ReadEnd, SliceSave},
    },
};

/// The position of a run in memory.
pub(crate) struct Progress {
    pub(crate) counts: Counts,
    pub(crate) ordinal: i64,
    pub(crate) slices: u32,
    /// For a dry run: the notice that the real run would wait for an approval.
    pub(crate) remark: Option<RunFailure>,
}

impl Progress {
    /// Begins with the stored counts and the position of the next item.
    pub(crate) const fn new(counts: Counts, ordinal: i64) -> Self {
        Self { counts, ordinal, slices: 0, remark: None }
    }
}

/// Stores a slice; fails with `Lost` or `Cancelled` if the run's row says so.
pub(crate) async fn save(
    cx: Cx<'_>,
    progress: &mut Progress,
    checkpoint: &Checkpoint,
    processed: Processed,
    read_end: Option<ReadEnd>,
) -> Result<(), Stop> {
    processed.items.iter().for_each(|item| progress.counts.add(item));
    let first_ordinal = progress.ordinal;
    progress.ordinal += i64::try_from(processed.items.len()).unwrap_or(i64::MAX);
    let seen = cx.job.presence.fresh();
    let findings = cx.job.findings.take();
    let basis = read_end.is_some().then(|| basis(cx));
    let save = SliceSave {
        run: cx.lease.run,
        epoch: cx.lease.epoch,
        module: cx.job.claim.run.module,
        dry_run: cx.job.claim.run.dry_run,
        checkpoint: checkpoint.stored_at(
            progress.ordinal,
            cx.job.brake.braked(),
            cx.job.deferred.list(),
        ),
        phase: if processed.links.is_empty() { Phase::Reading } else { Phase::Writing },
        counts: progress.counts,
        expected_total: cx.job.claim.run.expected_total,
        mapping_version: cx.job.mapping_version,
        site: (!processed.links.is_empty() && !cx.job.claim.run.dry_run)
            .then_some(cx.job.site.address.as_str()),
        upstream: (cx.job.usage)(),
        items: &processed.items,
        first_ordinal,
        links: &processed.links,
        waits: &processed.waits,
        settled: &processed.settled,
        lost: &processed.lost,
        removals: &processed.removals,
        removed: processed.removed,
        findings: &findings,
        changed: processed.changed,
        basis: basis.as_deref(),
        seen: (&cx.job.query.module, &seen),
        read_end,
        now: cx.clock.now(),
    };
    let saved = cx.rows().save_slice(save).await?;
    progress.slices += 1;
    cx.job.presence.stored(&seen);
    match saved {
        None => Err(Stop::Lost),
        Some(true) => Err(Stop::Cancelled),
        Some(false) => Ok(()),
    }
}
