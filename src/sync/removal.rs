//! What becomes of records that are gone from the source, or whose status ends the use: the brake sees the whole list
//! before the first one, each record is looked at once more, and nobody joins a list that somebody approved
//! (engine.md, section 3.8).

use {
    super::{
        Lease, Stop,
        apply::{Applied, Fate, Remove, Update, Writer},
        checkpoint::Checkpoint,
        engine::{Ended, Engine, Job, Progress},
        extract::by_ids,
        plan::Rules,
        process::Processed,
        seat::Held,
        target::{self, seat},
    },
    crate::{
        domain::{
            brake::{Allowance, Removal},
            item::{ItemOutcome, ItemStatus, Op},
            layout::RemovalAction,
            record::TargetKind,
            run::RunFailure,
        },
        store::{Evidence, Link, LinkState, PlannedRemoval},
    },
    serde_json::{Map, json},
    std::collections::{BTreeSet, HashMap},
};

/// Removals of a slice: as many as one read by id takes.
const SLICE: usize = 100;

impl Engine {
    /// True when absence from a whole read is a removal that is due.
    pub(crate) fn plans_absent(&self, job: &Job) -> bool {
        job.module().layout().removal_action != RemovalAction::Keep
    }

    /// Carries out the removals that are due, as far as they are allowed. Returns how the work ended, or `None` when
    /// nothing is left to do.
    pub(crate) async fn removals(
        &self,
        job: &Job,
        lease: &Lease,
        progress: &mut Progress,
        end: &Checkpoint,
    ) -> Result<Option<Ended>, Stop> {
        let run = &job.claim.run;
        let approved = run.removals.ceiling;
        if approved.is_none() && end.after.is_none() {
            match self.brake(job, end).await? {
                Some(reason) if run.dry_run => {
                    let summary = format!("the real run would wait for an approval: {reason}");
                    let code = "REMOVALS_WOULD_BE_HELD".to_owned();
                    progress.remark = Some(RunFailure { code, summary });
                }
                Some(reason) => return Ok(Some(Ended::Held(reason))),
                None => {}
            }
        }
        let mut checkpoint = end.clone();
        let mut left = approved.map_or(i64::MAX, |ceiling| ceiling - run.removals.applied);
        loop {
            if lease.cancelled() {
                return Err(Stop::Cancelled);
            }
            let after = checkpoint.after.clone().unwrap_or_default();
            let due = self.store.planned_removals(&job.scope, run.id, &after, SLICE as u64).await?;
            let Some(last) = due.last() else { return Ok(None) };
            checkpoint.after = Some(last.zoho_id.clone());
            let most = usize::try_from(left.max(0)).unwrap_or(usize::MAX).min(due.len());
            let (allowed, refused) = due.split_at(most);
            let mut processed = self.remove(job, lease, allowed).await?;
            left = left.saturating_sub(processed.removed);
            processed.items.extend(refused.iter().map(|removal| {
                let message = "more removals were found than were approved";
                ItemOutcome::skipped(&removal.zoho_id, "RUN_HELD_REMOVALS", message)
            }));
            let cancelled = processed.cancelled;
            self.save(job, lease, progress, &checkpoint, processed, None).await?;
            if cancelled {
                return Err(Stop::Cancelled);
            }
            if lease.draining() {
                let ended =
                    Ended::Wait { wait: std::time::Duration::ZERO, failed: false, reason: None };
                return Ok(Some(ended));
            }
        }
    }

    /// Returns why the removals must wait, if they must.
    async fn brake(&self, job: &Job, end: &Checkpoint) -> Result<Option<String>, Stop> {
        let (scope, run) = (&job.scope, &job.claim.run);
        let now = self.clock.now();
        let counts = self.store.removal_counts(scope, run.module, run.id, now).await?;
        if counts.absent + counts.explicit == 0 {
            return Ok(None);
        }
        let layout = job.module().layout();
        let active = self.store.count_links(scope, run.module).await?;
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

    /// Looks at removals once more and carries them out.
    async fn remove(
        &self,
        job: &Job,
        lease: &Lease,
        due: &[PlannedRemoval],
    ) -> Result<Processed, Stop> {
        let ids: Vec<String> = due.iter().map(|removal| removal.zoho_id.clone()).collect();
        let (found, gone) = by_ids(job, &ids).await?;
        let by_status: BTreeSet<&String> = due
            .iter()
            .filter(|removal| removal.evidence == Evidence::Status)
            .map(|removal| &removal.zoho_id)
            .collect();
        let (ending, back): (Vec<_>, Vec<_>) =
            found.records.into_iter().partition(|record| by_status.contains(&record.id));
        let rules = Rules { may_end: true, forced: false };
        let mut processed = self.records(job, lease, &ending, rules).await?;
        processed.items.extend(back.iter().map(|record| {
            ItemOutcome::skipped(&record.id, "CAME_BACK", "the source shows the record again")
        }));
        let failed = found.flawed.iter();
        processed
            .items
            .extend(failed.map(|flaw| ItemOutcome::failed(&flaw.id, flaw.code, flaw.message)));
        if !processed.cancelled {
            self.end(job, lease, &gone, &mut processed).await?;
        }
        Ok(processed)
    }

    /// Returns what else the students of links have of the module, so that nobody loses a course by leaving a group.
    pub(crate) async fn others(&self, job: &Job, leaving: &[Link]) -> Result<Vec<String>, Stop> {
        let people: BTreeSet<String> =
            leaving.iter().filter_map(|link| link.person.clone()).collect();
        let people: Vec<String> = people.into_iter().collect();
        let module = job.claim.run.module;
        let all = self.store.links_of_people(&job.scope, module, &people).await?;
        let goes = |link: &Link| leaving.iter().any(|one| one.zoho_id == link.zoho_id);
        Ok(all.into_iter().filter(|link| !goes(link)).map(|link| link.target_id).collect())
    }

    /// Ends the use of the counterparts of records that are gone.
    async fn end(
        &self,
        job: &Job,
        lease: &Lease,
        gone: &[String],
        processed: &mut Processed,
    ) -> Result<(), Stop> {
        let module = job.module();
        let (kind, action) = (module.kind(), module.layout().removal_action);
        let mut links = self.store.links(&job.scope, module.name, gone).await?;
        let mut due: Vec<Link> = Vec::new();
        for id in gone {
            match links.remove(id).filter(|link| link.state == LinkState::Active) {
                Some(link) if action != RemovalAction::Keep && link.target_kind == kind => {
                    due.push(link);
                }
                Some(_) => processed.items.push(ItemOutcome::skipped(
                    id,
                    "REMOVAL_KEPT",
                    "the record is gone, and the module keeps what it made",
                )),
                None => processed.items.push(ItemOutcome::skipped(
                    id,
                    "SOURCE_GONE",
                    "the record is gone and has no counterpart in use",
                )),
            }
        }
        let (written, applied) = if kind == TargetKind::Profile {
            self.withdraw(job, lease, &due, processed).await?
        } else {
            self.end_use(job, lease, &due, gone).await?
        };
        processed.cancelled |= applied.cancelled;
        let mut fates: HashMap<usize, Fate> =
            applied.settled.into_iter().map(|settled| (settled.place, settled.fate)).collect();
        let (op, state) = if action == RemovalAction::Suspend {
            (Op::Suspend, LinkState::Suspended)
        } else {
            (Op::Unenrol, LinkState::Removed)
        };
        for (place, link) in due.into_iter().enumerate() {
            let fate = match fates.remove(&place) {
                None if !written.contains(&place) => Fate::Done(link.target_id.clone()),
                None => continue,
                Some(fate) => fate,
            };
            let outcome = match fate {
                Fate::Refused { code, message } => ItemOutcome {
                    person: link.person.clone(),
                    target_id: Some(link.target_id.clone()),
                    ..ItemOutcome::failed(&link.zoho_id, code, message)
                },
                _ => {
                    processed.removed += 1;
                    processed.links.push(Link { state, ..link.clone() });
                    let mut diff = Map::new();
                    diff.insert("link".to_owned(), json!(["active", state.as_str()]));
                    ItemOutcome {
                        op: Some(op),
                        person: link.person.clone(),
                        target_id: Some(link.target_id.clone()),
                        ..ItemOutcome::plain(&link.zoho_id, ItemStatus::Updated, diff)
                    }
                }
            };
            processed.items.push(outcome);
        }
        Ok(())
    }

    /// Ends the use of the objects of links, as far as no other record stands for them. Returns which it wrote.
    async fn end_use(
        &self,
        job: &Job,
        lease: &Lease,
        due: &[Link],
        gone: &[String],
    ) -> Result<(BTreeSet<usize>, Applied), Stop> {
        let module = job.module();
        let (kind, action) = (module.kind(), module.layout().removal_action);
        let targets: Vec<String> = due.iter().map(|link| link.target_id.clone()).collect();
        let shared = self.store.shared_targets(&job.scope, kind, &targets, gone).await?;
        let without = gone.iter().cloned().collect();
        let people = due.iter().filter_map(|link| link.person.clone());
        let seats = self.seats(job, people, &without).await?;
        let writer = Writer { to: job.target.as_ref(), kind, lease };
        let (mut updates, mut removes) = (Vec::new(), Vec::new());
        for (place, link) in due.iter().enumerate() {
            let id = &link.target_id;
            match seats.of(id) {
                // Another group of the course keeps the student in it.
                Held::Kept
                    if action == RemovalAction::Unenrol
                        && id != seat(id)
                        && !shared.contains(id) =>
                {
                    removes.push(Remove { place, target_id: id.clone() });
                }
                Held::Kept => {}
                Held::Ended(other) => {
                    let (target_id, payload) = other.suspension(module);
                    updates.push(Update { place, target_id, payload });
                }
                Held::Free if shared.contains(id) => {}
                Held::Free if action == RemovalAction::Suspend => {
                    let payload = target::suspension(module, kind, id, &link.sent);
                    let target_id = if kind == TargetKind::Enrolment { seat(id) } else { id };
                    updates.push(Update { place, target_id: target_id.to_owned(), payload });
                }
                Held::Free => {
                    let target_id = if kind == TargetKind::Enrolment { seat(id) } else { id };
                    removes.push(Remove { place, target_id: target_id.to_owned() });
                }
            }
        }
        // Another record stands for the same object: only the link ends.
        let writes = updates.iter().map(|update| update.place);
        let written: BTreeSet<usize> =
            writes.chain(removes.iter().map(|remove| remove.place)).collect();
        let mut applied = writer.update_all(updates).await?;
        if !applied.cancelled {
            let removed = writer.remove_all(removes).await?;
            applied.settled.extend(removed.settled);
            applied.cancelled = removed.cancelled;
        }
        Ok((written, applied))
    }
}
