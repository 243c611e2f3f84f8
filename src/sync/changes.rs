//! A run whose changes had to wait goes on: its removals, which wait apart, and the changes that were approved. Each
//! of them is looked at once more, and no record joins the list.

use {
    super::{
        brake::planned_by,
        checkpoint::{Checkpoint, Stage},
        fetch::by_ids,
        job::Ended,
        kind::Cx,
        progress::{Progress, save},
        remove::removals,
        slice::{plan, records},
        stop::Stop,
        verify::look_back,
        work::{Processed, Revoked, Rules},
    },
    crate::domain::{
        brake::PlannedChange,
        code,
        id::RecordId,
        item::{ItemOutcome, ItemStatus},
        record::SourceRecord,
        run::{RunFailure, RunState, final_state},
    },
    std::{collections::HashSet, time::Duration},
};

/// Changes of a slice: two reads by id.
const SLICE: u64 = 100;

/// Goes on with a run whose changes had to wait, from where it stands to its end or to the next hold.
pub(crate) async fn settle(
    cx: Cx<'_>,
    progress: &mut Progress,
    mut at: Checkpoint,
) -> Result<Ended, Stop> {
    cx.job.findings.pass_over_records();
    let approved = cx.job.claim.run.changes.ceiling;
    if let Some(ceiling) = approved.filter(|_| !at.changes_done) {
        if let Some(ended) = write(cx, progress, &mut at, ceiling).await? {
            return Ok(ended);
        }
        at.changes_done = true;
        at.enter(Stage::Removals);
        save(cx, progress, &at, Processed::default(), None).await?;
    }
    let mut waits = None;
    if !at.removals_done {
        if at.stage != Stage::Removals {
            at.enter(Stage::Removals);
        }
        // What else the records say are changes, which wait.
        let cx = Cx { planning: true, ..cx };
        match removals(cx, progress, at.clone()).await? {
            Ok(_) => {
                at.removals_done = true;
                save(cx, progress, &at, Processed::default(), None).await?;
            }
            Err(Ended::Held(reason)) => waits = reason,
            Err(ended) => return Ok(ended),
        }
    }
    if waits.is_some() || approved.is_none() {
        return Ok(Ended::Held(waits));
    }
    Ok(Ended::Finished(final_state(&progress.counts, None), None))
}

/// Writes the approved changes. Returns how the work ended, or `None` when nothing is left to do.
async fn write(
    cx: Cx<'_>,
    progress: &mut Progress,
    at: &mut Checkpoint,
    ceiling: i64,
) -> Result<Option<Ended>, Stop> {
    let run = &cx.job.claim.run;
    let (version, _) = cx.rows().mapping_set(run.module).await?;
    if at.planned_by.as_ref().is_some_and(|known| *known != planned_by(cx, Some(version))) {
        let reason = "the mapping, the options or a connection was changed after they were planned";
        let failure = RunFailure::new(
            code::CHANGES_DISCARDED,
            code::CHANGES_DISCARDED.message(&[("reason", &reason)]),
        );
        return Ok(Some(Ended::Finished(RunState::Partial, Some(failure))));
    }
    if at.stage != Stage::Changes {
        at.enter(Stage::Changes);
    }
    let mut left = ceiling - run.changes.applied;
    loop {
        if cx.lease.cancelled() {
            return Err(Stop::Cancelled);
        }
        // As many as may still be written: what needs nothing any more leaves its place to the next one.
        let most = u64::try_from(left).ok().filter(|left| *left > 0);
        let limit = most.map_or(SLICE, |left| left.min(SLICE));
        let due = cx.rows().planned_changes(run.id, at.after.as_ref(), limit).await?;
        let Some(last) = due.last() else { return Ok(None) };
        at.after = Some(last.zoho_id.clone());
        let processed = match most {
            Some(_) => write_some(cx, &due).await?,
            None => refuse(due.iter().map(|change| &change.zoho_id)),
        };
        left = left.saturating_sub(tried(&processed));
        let cancelled = processed.cancelled;
        save(cx, progress, at, processed, None).await?;
        if cancelled {
            return Err(Stop::Cancelled);
        }
        if cx.lease.draining() {
            return Ok(Some(Ended::Wait { wait: Duration::ZERO, failed: false, reason: None }));
        }
    }
}

/// Counts what was written, or may have been.
fn tried(processed: &Processed) -> i64 {
    use ItemStatus::{Failed, New, Updated};
    let tried = |item: &&ItemOutcome| matches!(item.status, New | Updated | Failed);
    i64::try_from(processed.items.iter().filter(tried).count()).unwrap_or(i64::MAX)
}

/// Tells that changes were not approved.
fn refuse<'a>(ids: impl Iterator<Item = &'a RecordId>) -> Processed {
    let code = code::RUN_HELD_CHANGES;
    let refused = |id: &RecordId| ItemOutcome::skipped(id.clone(), code, code.message(&[]));
    Processed { items: ids.map(refused).collect(), ..Processed::default() }
}

/// Returns the records that need more by now than was planned, and so approved: another field, or another object.
async fn beyond(
    cx: Cx<'_>,
    due: &[PlannedChange],
    records: &[SourceRecord],
) -> Result<HashSet<RecordId>, Stop> {
    let now = plan(Cx { planning: true, ..cx }, records).await?.changes;
    let approved = |now: &PlannedChange| {
        due.iter().find(|planned| planned.zoho_id == now.zoho_id).is_some_and(|planned| {
            planned.op == now.op && now.fields.iter().all(|field| planned.fields.contains(field))
        })
    };
    Ok(now.into_iter().filter(|now| !approved(now)).map(|now| now.zoho_id).collect())
}

/// Reads records again, decides again, and writes what they still need, as far as it was planned.
async fn write_some(cx: Cx<'_>, due: &[PlannedChange]) -> Result<Processed, Stop> {
    let ids: Vec<RecordId> = due.iter().map(|change| change.zoho_id.clone()).collect();
    let (mut found, gone) = by_ids(cx, &ids).await?;
    let rules = Rules { may_end: false, forced: false, braked: false };
    let back = Box::pin(look_back(cx, &found.records)).await?;
    let cx = Cx { back: back.as_ref(), ..cx };
    let beyond = beyond(cx, due, &found.records).await?;
    found.records.retain(|record| !beyond.contains(&record.id));
    let mut processed = records(cx, &found.records, rules, &Revoked::new()).await?;
    processed.items.extend(refuse(beyond.iter()).items);
    // What ends by now is a removal, which is not approved: the next run finds it.
    let ending = std::mem::take(&mut processed.removals);
    let told = |id: &RecordId| processed.items.iter().any(|item| item.zoho_id.as_ref() == Some(id));
    let untold: Vec<ItemOutcome> = ending
        .into_iter()
        .filter(|removal| !told(&removal.zoho_id))
        .map(|removal| {
            let code = code::RUN_HELD_REMOVALS;
            ItemOutcome::skipped(removal.zoho_id, code, code.message(&[]))
        })
        .collect();
    processed.items.extend(untold);
    processed.tell_missing(gone.into_iter().map(Some), &found.flawed);
    let written =
        |item: &&ItemOutcome| matches!(item.status, ItemStatus::New | ItemStatus::Updated);
    let written = processed.items.iter().filter(written).count();
    processed.changed = i64::try_from(written).unwrap_or(i64::MAX);
    Ok(processed)
}
