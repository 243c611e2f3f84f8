//! Carries the records of one slice through map, resolve, diff and apply, and settles each of them. The same code for
//! real and dry runs: a dry run has a target that only notes what would be written.

use {
    super::{
        decide::{adopt, decide},
        draft::Draft,
        end_use::{ends, forget_gone_places},
        find::{find, take_late},
        job::Cx,
        kinds,
        kinds::enrolment::shared::{name_classes, share},
        kinds::payment::effects,
        kinds::payment::effects::{release_left, suspend_enrolments},
        kinds::payment::newest::{only_newest, pass_over},
        kinds::user::identity::spare,
        kinds::user::shown::prove_sight,
        parents,
        read::Slice,
        recover::{orphans, recover},
        shape::{Parents, Shape},
        stop::Stop,
        work::{Applied, Fate, Processed, Remove, Revoked, Rules, Step, Update, Work},
        write::Writer,
    },
    crate::{
        domain::{
            item::{ItemOutcome, ItemStatus, Op},
            mapping::{KnownFields, Mapped},
            module::ModuleName,
            person::Person,
            record::{Canonical, Payload, SourceRecord, TargetKind, TargetRecord},
        },
        ports::FlawedRecord,
        store::{Evidence, ItemFilter, Link, PlannedRemoval},
    },
    std::{
        collections::{HashMap, HashSet},
        panic::{AssertUnwindSafe, catch_unwind},
    },
};

/// Processes a slice as it was read.
pub(crate) async fn process(cx: Cx<'_>, slice: &Slice) -> Result<Processed, Stop> {
    let rules = Rules { may_end: false, forced: slice.forced };
    let known = Revoked::new();
    let mut processed = records(cx, &slice.records, rules, &known).await?;
    let gone = |id: &String| {
        ItemOutcome::skipped(id, "SOURCE_GONE", "the record is no longer in the source")
    };
    processed.items.extend(slice.gone.iter().map(gone));
    processed.settled.extend(slice.gone.iter().cloned());
    if slice.forced && !slice.gone.is_empty() && cx.job.module().kind() == TargetKind::Profile {
        pass_over(cx, &slice.gone, &mut processed).await?;
    }
    let failed = |flaw: &FlawedRecord| ItemOutcome::failed(&flaw.id, flaw.code, flaw.message);
    processed.items.extend(slice.flawed.iter().map(failed));
    if slice.forced {
        // Its parent is there; it is read again by its next change.
        processed.settled.extend(slice.flawed.iter().map(|flaw| flaw.id.clone()));
    }
    processed.removals.extend(slice.deleted.iter().cloned());
    if slice.checkpoint.again && !slice.forced {
        leave_out_known(cx, &mut processed).await?;
    }
    Ok(processed)
}

/// A record that was taken before and that the read shows again is told once, unless there was something to write
/// after all.
async fn leave_out_known(cx: Cx<'_>, processed: &mut Processed) -> Result<(), Stop> {
    use ItemStatus::{Failed, Skipped, Unchanged};
    let plain = |item: &ItemOutcome| matches!(item.status, Failed | Skipped | Unchanged);
    let again = processed.items.iter().filter(|item| plain(item));
    let ids: Vec<String> = again.map(|item| item.zoho_id.clone()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let limit = 2 * ids.len() as u64;
    let filter = ItemFilter { ids, after: -1, limit, ..ItemFilter::default() };
    let known = cx.store.items(&cx.job.scope, cx.job.claim.run.id, &filter).await?;
    let known: HashSet<String> = known.into_iter().map(|item| item.zoho_id).collect();
    processed.items.retain(|item| !(plain(item) && known.contains(&item.zoho_id)));
    Ok(())
}

/// Processes records; `revoked` are those whose use has ended meanwhile, with their links since.
pub(crate) async fn records(
    cx: Cx<'_>,
    records: &[SourceRecord],
    rules: Rules,
    revoked: &Revoked,
) -> Result<Processed, Stop> {
    let module = cx.job.module();
    let mut processed = Processed::default();
    let ids: Vec<String> = records.iter().map(|record| record.id.clone()).collect();
    let mut links = cx.store.links(&cx.job.scope, module.name, &ids).await?;
    let since = revoked.iter().map(|(id, (_, since))| (id.clone(), since.clone()));
    links.extend(since);
    let mut drafts = Vec::with_capacity(records.len());
    // A mapping may hold patterns and expressions that take their time; other work of this thread must not wait.
    let seen = cx.job.presence.seen();
    let known = KnownFields::new(&seen);
    let mut shapes: Vec<_> = tokio::task::block_in_place(|| {
        records.iter().map(|record| shape(cx, record, known, links.get(&record.id))).collect()
    });
    name_classes(cx, records, &mut shapes).await?;
    for (record, shaped) in records.iter().zip(shapes) {
        match shaped {
            Ok(shape) => drafts.push(Draft::new(record, shape, links.remove(&record.id))),
            Err(failed) => {
                // The status takes nothing else of the record to end its use.
                let link = links.get(&record.id);
                if link.is_some_and(|link| ends(cx, record, link, known).is_some()) {
                    let (zoho_id, evidence) = (record.id.clone(), Evidence::Status);
                    processed.removals.push(PlannedRemoval { zoho_id, evidence, label: None });
                    continue;
                }
                // What no link leads to is found by what it carries.
                let ending = || cx.job.module().ending(&record.id, &traced(cx, record, known));
                if let (None, Some(shape)) = (link, tokio::task::block_in_place(ending)) {
                    drafts.push(Draft::ending(record, shape, failed));
                    continue;
                }
                if rules.forced {
                    // Its parent is there; what it lacks now is found by its next change.
                    processed.settled.push(failed.zoho_id.clone());
                }
                processed.items.push(failed);
            }
        }
    }
    let mut parents = parents(cx, &mut drafts).await?;
    let mut work = Work::default();
    let mut seek = Vec::new();
    for (place, draft) in drafts.iter_mut().enumerate() {
        match decide(draft, place, module, &parents, rules) {
            Step::Settled => {}
            Step::Held(removal) => processed.removals.push(removal),
            Step::Seek => seek.push(place),
            Step::Create(create) => work.creates.push(create),
            Step::Update(update) => work.updates.push(update),
            Step::Link => draft.settle(draft.written()),
        }
    }
    if module.kind() == TargetKind::Profile {
        work.left = only_newest(cx, &mut drafts, &mut work, &mut processed, rules).await?;
    }
    find(cx, &mut drafts, seek, &mut work).await?;
    if module.kind() == TargetKind::Enrolment {
        share(cx, &drafts, &parents, &mut work).await?;
    }
    leave_groups(cx, &mut drafts, &mut work).await?;
    forget_gone_places(cx, &mut drafts).await?;
    processed.cancelled = carry_out(cx, &mut drafts, work, rules).await?;
    processed.lost = orphans(cx, &mut drafts, &mut parents).await?;
    finish(cx, drafts, &parents, rules, &mut processed);
    Ok(processed)
}

/// Collects the groups that records leave for others of the same course, except where another record stands for one.
async fn leave_groups(cx: Cx<'_>, drafts: &mut [Draft], work: &mut Work) -> Result<(), Stop> {
    let left: Vec<String> = drafts.iter().filter_map(|draft| draft.leaves.clone()).collect();
    if left.is_empty() {
        return Ok(());
    }
    let leaving = drafts.iter().filter(|draft| draft.leaves.is_some());
    let without: Vec<String> = leaving.map(|draft| draft.zoho_id.clone()).collect();
    let kind = cx.job.module().kind();
    let shared = cx.store.shared_targets(&cx.job.scope, kind, &left, &without).await?;
    let here: HashSet<String> =
        drafts.iter().filter_map(|draft| draft.wanted.as_ref()?.id.clone()).collect();
    for (place, draft) in drafts.iter_mut().enumerate() {
        let left = draft.leaves.take();
        if let Some(target_id) = left.filter(|id| !shared.contains(id) && !here.contains(id)) {
            work.removes.push(Remove { place, target_id });
        }
    }
    Ok(())
}

/// Loads what the records refer to.
pub(crate) async fn parents(cx: Cx<'_>, drafts: &mut [Draft]) -> Result<Parents, Stop> {
    let shapes: Vec<&Shape> = drafts.iter().map(|draft| &draft.shape).collect();
    let mut parents = parents::load(cx, &shapes).await?;
    parents::ensure_cohorts(cx, &shapes, &mut parents).await?;
    // A payment is about the student of its registration.
    for draft in drafts.iter_mut().filter(|draft| draft.shape.person.is_none()) {
        let person = draft.shape.needs.iter().find_map(|need| {
            parents.get(need.module, &need.id).and_then(|known| known.person.clone())
        });
        draft.shape.person = person;
    }
    Ok(parents)
}

/// Writes; returns whether it was cut short by a request to cancel.
async fn carry_out(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    mut work: Work,
    rules: Rules,
) -> Result<bool, Stop> {
    let module = cx.job.module();
    let writer = Writer { to: cx.job.target.as_ref(), kind: module.kind(), lease: cx.lease };
    let created = writer.create_all(std::mem::take(&mut work.creates)).await?;
    let mut cancelled = created.cancelled;
    let late = settle_creates(cx, drafts, created, &mut work.updates);
    if cancelled {
        return Ok(true);
    }
    take_late(cx, drafts, late, &mut work).await?;
    let spared = spare(cx, drafts, &mut work.updates).await?;
    settle_refused(drafts, Applied { settled: spared, cancelled });
    let payloads: HashMap<usize, Payload> = if module.kind() == TargetKind::Profile {
        work.updates.iter().map(|update| (update.place, update.payload.clone())).collect()
    } else {
        HashMap::new()
    };
    // An account that must not be used is closed before anything else of it is written, which may be refused.
    let closing = closing(&mut work.updates);
    if !closing.is_empty() {
        let closed = writer.update_all(closing).await?;
        cancelled = closed.cancelled;
        work.updates.retain(|update| !closed.refused(update.place));
        settle_refused(drafts, closed);
    }
    if cancelled {
        return Ok(true);
    }
    let updated = writer.update_all(work.updates).await?;
    cancelled = updated.cancelled;
    settle_updates(drafts, updated);
    if !cancelled {
        cancelled = recover(cx, drafts).await?;
    }
    if !cancelled {
        // In its new group a student is first.
        work.removes.retain(|remove| drafts.get(remove.place).is_some_and(Draft::is_done));
        let removed = writer.remove_all(work.removes).await?;
        cancelled = removed.cancelled;
        settle_refused(drafts, removed);
    }
    if !payloads.is_empty() && !cancelled {
        if effects::check_profiles(cx, drafts, &payloads).await? {
            prove_sight(cx, "id").await?;
        }
        cancelled = suspend_enrolments(cx, drafts, &payloads, rules.forced).await?;
    }
    if !work.left.is_empty() && !cancelled {
        cancelled = release_left(cx, drafts, work.left).await?;
    }
    Ok(cancelled)
}

/// Takes out of updates of accounts what ends their use, where there is more in them.
fn closing(updates: &mut [Update]) -> Vec<Update> {
    let suspension = kinds::account_suspension();
    let closes = |update: &&mut Update| {
        let fields = update.payload.keys().filter(|field| *field != kinds::SOURCE_ID_FIELD);
        fields.count() > 1 && suspension.iter().all(|own| update.payload.get(own.0) == Some(own.1))
    };
    let take = |update: &mut Update| {
        update.payload.retain(|field, _| !suspension.contains_key(field));
        Update { payload: suspension.clone(), ..update.clone() }
    };
    updates.iter_mut().filter(closes).map(take).collect()
}

/// Maps one record and brings it into the form of the target. A panic in a mapping ends that record only.
pub(crate) fn shape(
    cx: Cx<'_>,
    record: &SourceRecord,
    known: KnownFields<'_>,
    link: Option<&Link>,
) -> Result<Shape, ItemOutcome> {
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let mapped = match &cx.job.mappings {
            Some(mappings) => mappings
                .map(record, known)
                .map_err(|fault| ItemOutcome::failed(&record.id, fault.code, fault.message))?,
            None => Mapped::plain(&record.fields),
        };
        let canonical = cx.job.module().completed(mapped, link.map(|link| &link.sent));
        cx.job.module().shape(&record.id, &canonical).map_err(|unfit| match unfit.code {
            "PARENT_NOT_SYNCED" | "GRADE_EMPTY" => {
                ItemOutcome::skipped(&record.id, unfit.code, unfit.message)
            }
            code => ItemOutcome::failed(&record.id, code, unfit.message),
        })
    }));
    let mut outcome = attempt.unwrap_or_else(|_| {
        Err(ItemOutcome::failed(&record.id, "RECORD_POISON", "the record could not be processed"))
    });
    if let Err(failed) = &mut outcome
        && cx.job.claim.run.module == ModuleName::Students
    {
        failed.person = Some(record.id.clone());
        failed.known_as = Some(Box::new(known_as(cx, record, known)));
    }
    outcome
}

/// Returns what a student who failed is found by: the fields that can be mapped, whatever the others do.
fn known_as(cx: Cx<'_>, record: &SourceRecord, known: KnownFields<'_>) -> Person {
    Person::of(&record.id, &traced(cx, record, known), None)
}

/// Returns those fields of a record that can be mapped, whatever the others do.
pub(crate) fn traced(cx: Cx<'_>, record: &SourceRecord, known: KnownFields<'_>) -> Canonical {
    let values = catch_unwind(AssertUnwindSafe(|| {
        cx.job.mappings.as_ref().map(|mappings| mappings.values(record, known))
    }));
    values.ok().flatten().unwrap_or_default()
}

pub(super) fn text(payload: &Payload, field: &str) -> Option<String> {
    payload.get(field).and_then(|value| value.as_str().map(str::to_owned))
}

/// What was refused of a record ends it, whatever else was done.
fn settle_refused(drafts: &mut [Draft], applied: Applied) {
    for settled in applied.settled {
        if let (Some(draft), Fate::Refused { code, message }) =
            (drafts.get_mut(settled.place), settled.fate)
        {
            draft.refuse(code, message);
        }
    }
}

/// Settles what was made. Returns those whose address an account has that is there, by their place.
pub(crate) fn settle_creates(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    applied: Applied,
    updates: &mut Vec<Update>,
) -> Vec<(usize, TargetRecord)> {
    let mut late = Vec::new();
    for settled in applied.settled {
        let Some(draft) = drafts.get_mut(settled.place) else { continue };
        match settled.fate {
            Fate::Done(id) => {
                draft.target_id = Some(id.clone());
                let user = draft.wanted.as_ref().is_some_and(|w| w.kind == TargetKind::User);
                if user && !cx.job.claim.run.dry_run {
                    cx.job.sight.note(&draft.zoho_id);
                }
                if user && draft.shape.ended {
                    // The create call has no such field; the record is settled by the update that follows.
                    let payload = kinds::account_suspension();
                    updates.push(Update { place: settled.place, target_id: id, payload });
                } else {
                    draft.settle(draft.written());
                }
            }
            Fate::AlreadyExists(known) => {
                updates.extend(adopt(draft, settled.place, cx.job.module(), &known, true));
            }
            Fate::Taken { by, code, message } => {
                draft.refuse(code, message);
                late.push((settled.place, by));
            }
            Fate::Refused { code, message } => draft.refuse(code, message),
        }
    }
    late
}

pub(crate) fn settle_updates(drafts: &mut [Draft], applied: Applied) {
    for settled in applied.settled {
        let Some(draft) = drafts.get_mut(settled.place) else { continue };
        match settled.fate {
            Fate::Refused { code, message } => draft.refuse(code, message),
            // A record that moved ends the use of what it left besides: that does not make up for a refusal.
            _ if draft.has_failed() => {}
            _ => draft.settle(draft.written()),
        }
    }
}

/// Collects what is stored of the drafts.
fn finish(
    cx: Cx<'_>,
    drafts: Vec<Draft>,
    parents: &Parents,
    rules: Rules,
    processed: &mut Processed,
) {
    for draft in drafts {
        let waits = draft.waits(parents);
        let Some(mut outcome) = draft.outcome.clone() else { continue };
        if !rules.may_end && draft.has_left() {
            processed.removals.push(draft.held(Evidence::Moved));
        }
        if cx.job.claim.run.module == ModuleName::Students {
            let account = draft.target_id.clone();
            let known = match &draft.fault {
                Some(fault) => fault.known_as.as_deref().cloned().unwrap_or_default(),
                None => Person::of(&draft.zoho_id, &draft.shape.fields, None),
            };
            outcome.known_as = Some(Box::new(Person { account, ..known }));
        }
        if outcome.op.is_some_and(Op::removes) {
            processed.removed += 1;
        }
        if outcome.status != ItemStatus::Unchanged {
            let waited = !draft.shape.needs.is_empty() && outcome.status != ItemStatus::Skipped;
            if waited || rules.forced {
                processed.settled.push(draft.zoho_id.clone());
            }
            processed.waits.extend(waits);
        }
        processed.links.extend(draft.into_link(cx.job.module(), cx.job.mapping_version));
        processed.items.push(outcome);
    }
}
