//! Handling records that are gone from the source, or whose status ends the use: the whole list passes the brake
//! before the first removal, each record is checked again, and no record is added to an approved list.

use {
    super::{
        checkpoint::Checkpoint,
        end_use::{self, end_uses, revoke},
        fetch::by_ids,
        job::Ended,
        kind::Cx,
        progress::{Progress, save},
        slice::records,
        stop::Stop,
        work::{Ending, Fate, Processed, Refusal, Rules, Use, left_place},
    },
    crate::{
        domain::{
            brake::{Allowance, Removal},
            code,
            id::{ObjectId, RecordId},
            item::{ItemOutcome, ItemStatus, Op},
            layout::RemovalAction,
            record::SourceRecord,
            run::RunFailure,
        },
        store::{Evidence, Link, LinkState, PlannedRemoval},
    },
    serde_json::{Map, json},
    std::collections::{BTreeSet, HashMap},
};

/// Removals of a slice: as many as one read by id takes.
const SLICE: usize = 100;

/// Carries out the removals that are due, as far as they are allowed. Returns the position at their end, or how the work
/// ended before.
pub(crate) async fn removals(
    cx: Cx<'_>,
    progress: &mut Progress,
    mut checkpoint: Checkpoint,
) -> Result<Result<Checkpoint, Ended>, Stop> {
    let run = &cx.job.claim.run;
    let approved = run.removals.ceiling;
    if approved.is_none() && checkpoint.after.is_none() {
        match brake(cx, &checkpoint).await? {
            Some(reason) if run.dry_run => {
                let code = code::REMOVALS_WOULD_BE_HELD;
                let summary = code.message(&[("reason", &reason)]);
                // What is told of changes already stays.
                progress.remark.get_or_insert_with(|| RunFailure::new(code, summary));
            }
            Some(reason) => return Ok(Err(Ended::Held(Some(reason)))),
            None => {}
        }
    }
    let mut arrived = None;
    let mut left = approved.map_or(i64::MAX, |ceiling| ceiling - run.removals.applied);
    loop {
        if cx.lease.cancelled() {
            return Err(Stop::Cancelled);
        }
        let after = checkpoint.after.as_ref();
        let due = cx.rows().planned_removals(run.id, after, SLICE as u64).await?;
        let Some(last) = due.last() else { return Ok(Ok(checkpoint)) };
        if arrived.is_none() {
            arrived = Some(cx.kind.arrivals(cx, &checkpoint).await?);
        }
        let kept = arrived.as_deref().unwrap_or_default();
        checkpoint.after = Some(last.zoho_id.clone());
        let most = usize::try_from(left.max(0)).unwrap_or(usize::MAX).min(due.len());
        let (allowed, refused) = due.split_at(most);
        if !refused.is_empty() {
            // The next run finds these again.
            checkpoint.pending = None;
        }
        let mut processed = remove(cx, allowed, kept).await?;
        left = left.saturating_sub(processed.removed);
        processed.items.extend(refused.iter().map(|removal| {
            let code = code::RUN_HELD_REMOVALS;
            ItemOutcome::skipped(removal.zoho_id.clone(), code, code.message(&[]))
        }));
        let cancelled = processed.cancelled;
        save(cx, progress, &checkpoint, processed, None).await?;
        if cancelled {
            return Err(Stop::Cancelled);
        }
        if cx.lease.draining() {
            let ended =
                Ended::Wait { wait: std::time::Duration::ZERO, failed: false, reason: None };
            return Ok(Err(ended));
        }
    }
}

/// Returns why the removals must wait, if that is so.
async fn brake(cx: Cx<'_>, end: &Checkpoint) -> Result<Option<String>, Stop> {
    let run = &cx.job.claim.run;
    let now = cx.clock.now();
    let counts = cx.rows().removal_counts(run.module, run.id, now).await?;
    let restored = cx.rows().restored_at(run.module).await?;
    if counts.absent + counts.explicit == 0 {
        // A whole read that misses nothing has looked at every link.
        if restored.is_some() && end.read_ended && !run.dry_run {
            cx.rows().forget_restored(run.module).await?;
        }
        return Ok(None);
    }
    if let Some(at) = restored {
        let day = at.format("%Y-%m-%d");
        return Ok(Some(format!(
            "the database was restored from an older copy on {day}, and none has been approved since"
        )));
    }
    let layout = cx.job.module().layout();
    let active = cx.rows().count_links(run.module).await?;
    let removal = Removal {
        absent: counts.absent,
        explicit: counts.explicit,
        lately: counts.lately,
        active: i64::try_from(active).unwrap_or(i64::MAX),
        rows: end.read_ended.then_some(end.rows).zip(end.rows_before),
    };
    let allowance = Allowance { percent: layout.brake_percent, least: layout.brake_min };
    Ok(removal.held(allowance))
}

/// Checks removals again and carries them out, except for the objects in `kept`.
async fn remove(cx: Cx<'_>, due: &[PlannedRemoval], kept: &[ObjectId]) -> Result<Processed, Stop> {
    let ids: Vec<RecordId> = due.iter().map(|removal| removal.zoho_id.clone()).collect();
    let (found, gone) = by_ids(cx, &ids).await?;
    let evidence: HashMap<&RecordId, Evidence> =
        due.iter().map(|removal| (&removal.zoho_id, removal.evidence)).collect();
    let of = |record: &SourceRecord| evidence.get(&record.id).copied();
    let (ending, found_again): (Vec<_>, Vec<_>) =
        found.records.into_iter().partition(|record| of(record) == Some(Evidence::Status));
    let (moved, back): (Vec<_>, Vec<_>) =
        found_again.into_iter().partition(|record| of(record) == Some(Evidence::Moved));
    let mut processed = end_by_status(cx, &ending).await?;
    processed.items.extend(back.iter().map(|record| {
        ItemOutcome::skipped(record.id.clone(), code::CAME_BACK, code::CAME_BACK.message(&[]))
    }));
    let failed = found.flawed.iter();
    processed.items.extend(
        failed.map(|flaw| ItemOutcome::failed(flaw.id.clone(), flaw.code, flaw.message.as_ref())),
    );
    if !processed.cancelled {
        end(cx, &gone, kept, &mut processed).await?;
    }
    // Where the changes of the records wait, so do the places that they have left.
    if !processed.cancelled && !cx.planning {
        let there = [ending, moved].concat();
        leave_places(cx, due, &there, kept, &mut processed).await?;
    }
    Ok(processed)
}

/// Ends the uses that the status of records ends, and then writes what else they say, unless that has to wait.
async fn end_by_status(cx: Cx<'_>, ending: &[SourceRecord]) -> Result<Processed, Stop> {
    let mut first = Processed::default();
    let revoked = revoke(cx, ending, &mut first).await?;
    if first.cancelled || cx.planning {
        first.tell_revoked(revoked);
        return Ok(first);
    }
    let failed: BTreeSet<&RecordId> =
        first.items.iter().filter_map(|item| item.zoho_id.as_ref()).collect();
    let rest: Vec<SourceRecord> =
        ending.iter().filter(|record| !failed.contains(&record.id)).cloned().collect();
    let rules = Rules { may_end: true, forced: false, braked: false };
    let mut processed = records(cx, &rest, rules, &revoked).await?;
    processed.tell_revoked(revoked);
    processed.items.extend(first.items);
    Ok(processed)
}

/// Ends the use of places that records have left, including records that are gone.
async fn leave_places(
    cx: Cx<'_>,
    due: &[PlannedRemoval],
    records: &[SourceRecord],
    kept: &[ObjectId],
    processed: &mut Processed,
) -> Result<(), Stop> {
    let ids: Vec<RecordId> = due.iter().map(|removal| removal.zoho_id.clone()).collect();
    let mut links = cx.rows().links(cx.job.module().name, &ids).await?;
    // The results of a moment ago are not stored yet.
    let since = processed.links.iter().map(|link| (link.zoho_id.clone(), link.clone()));
    links.extend(since);
    // A dry run has stored no move: there the link still leads to the place that is left.
    if cx.job.claim.run.dry_run {
        let moved = due.iter().filter(|removal| removal.evidence == Evidence::Moved);
        for removal in moved {
            if let Some(link) = links.get_mut(&removal.zoho_id) {
                link.left.push(left_place(link));
            }
        }
    }
    links.retain(|_, link| !link.left.is_empty());
    let records: Vec<SourceRecord> =
        records.iter().filter(|record| links.contains_key(&record.id)).cloned().collect();
    if links.is_empty() {
        return Ok(());
    }
    end_use::leave_places(cx, &records, links, kept, processed).await
}

/// Ends the use of the objects of records that are gone.
async fn end(
    cx: Cx<'_>,
    gone: &[RecordId],
    kept: &[ObjectId],
    processed: &mut Processed,
) -> Result<(), Stop> {
    let module = cx.job.module();
    let (kind, action) = (cx.kind, module.layout().removal_action);
    let mut links = cx.rows().links(module.name, gone).await?;
    let mut due: Vec<Link> = Vec::new();
    for id in gone {
        match links.remove(id).filter(|link| link.state == LinkState::Active) {
            Some(link) if action != RemovalAction::Keep && kind.makes(link.target_kind) => {
                due.push(link);
            }
            Some(_) => processed.items.push(ItemOutcome::skipped(
                id.clone(),
                code::REMOVAL_KEPT,
                code::REMOVAL_KEPT.message(&[]),
            )),
            None => processed.items.push(ItemOutcome::skipped(
                id.clone(),
                code::SOURCE_GONE,
                "the record is gone and has no counterpart in use",
            )),
        }
    }
    let suspend = action == RemovalAction::Suspend;
    let reopened = kind.reopened(cx, &due.iter().collect::<Vec<_>>()).await?;
    for link in due.iter_mut().filter(|link| reopened.contains(&link.target_id)) {
        link.kept.remove("status");
    }
    let fates = match kind.withdraw(cx, &due, processed).await? {
        Some(fates) => fates,
        None => {
            let uses: Vec<Use> = due.iter().map(Use::from).collect();
            let how = Ending { suspend, groups: !suspend, without: gone, kept };
            end_uses(cx, kind, &uses, how).await?
        }
    };
    let (op, state) = if suspend {
        (Op::Suspend, LinkState::Suspended)
    } else {
        (Op::Unenrol, LinkState::Removed)
    };
    for (link, fate) in due.into_iter().zip(fates) {
        let outcome = match fate {
            None => {
                processed.cancelled = true;
                continue;
            }
            Some(Fate::Refused(Refusal { code, message, exchange })) => ItemOutcome {
                person: link.person.clone(),
                target_id: Some(link.target_id.clone()),
                exchange,
                ..ItemOutcome::failed(link.zoho_id.clone(), code, message)
            },
            Some(_) => {
                processed.removed += 1;
                processed.links.push(Link { state, ..link.clone() });
                let mut diff = Map::new();
                diff.insert("link".to_owned(), json!(["active", state.as_str()]));
                ItemOutcome {
                    op: Some(op),
                    person: link.person.clone(),
                    target_id: Some(link.target_id.clone()),
                    ..ItemOutcome::plain(link.zoho_id.clone(), ItemStatus::Updated, diff)
                }
            }
        };
        processed.items.push(outcome);
    }
    Ok(())
}
