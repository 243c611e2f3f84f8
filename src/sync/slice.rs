//! The processing of one slice: map, load parents, decide, find, write, and collect the results to store. The same
//! code serves real and dry runs: a dry run has a target that only notes the writes.

use {
    super::{
        brake::admit,
        decide::decide,
        draft::Draft,
        exchange::{Contested, exchange},
        fetch::Slice,
        find::{find, take_late},
        kind::Cx,
        kinds::gone::used_by,
        looked::Number,
        map::{ends, shape, traced},
        numbers::forget_stale,
        parents::load_parents,
        recover::{orphans, recover},
        settle::{settle_creates, settle_refused, settle_updates},
        shape::Parents,
        stop::Stop,
        verify::{half_answered, is_looked_at},
        work::{Applied, Processed, Revoked, Rules, Step, Work},
        write::Writer,
    },
    crate::{
        domain::{
            brake::{Change, PlannedChange},
            id::{PersonId, RecordId},
            item::{ItemOutcome, ItemStatus, Op},
            mapping::KnownFields,
            person::Person,
            record::{Canonical, SourceRecord},
        },
        store::{Evidence, Link, PlannedRemoval},
    },
    std::collections::{BTreeSet, HashSet},
};

/// How often records are decided while numbers that they use lead to nothing of theirs.
const TRIES: usize = 3;

/// Processes a slice as it was read.
pub(crate) async fn process(cx: Cx<'_>, slice: &Slice) -> Result<Processed, Stop> {
    let rules = Rules { may_end: false, forced: slice.forced, braked: !slice.forced };
    let known = Revoked::new();
    // Of a run that is a single slice no other one gives anything up.
    let defers = cx.job.deferred.begin() || !slice.last;
    let cx = Cx { back: slice.back.as_ref(), defers, ..cx };
    let mut processed = records(cx, &slice.records, rules, &known).await?;
    let nameless = slice.nameless.then_some(None);
    processed.tell_missing(slice.gone.iter().cloned().map(Some).chain(nameless), &slice.flawed);
    processed.settled.extend(slice.gone.iter().cloned());
    if slice.forced && !slice.gone.is_empty() {
        cx.kind.after_gone(cx, &slice.gone, &mut processed).await?;
    }
    if slice.forced {
        // Its parent exists; it is read again after its next change.
        processed.settled.extend(slice.flawed.iter().filter_map(|flaw| flaw.id.clone()));
    }
    processed.removals.extend(slice.deleted.iter().cloned());
    if slice.checkpoint.again && !slice.forced {
        leave_out_known(cx, &mut processed).await?;
    }
    Ok(processed)
}

/// A record that was processed before and that the read returns again is reported once, unless there was something to
/// write after all.
pub(crate) async fn leave_out_known(cx: Cx<'_>, processed: &mut Processed) -> Result<(), Stop> {
    use ItemStatus::{Failed, Skipped, Unchanged};
    let plain = |item: &ItemOutcome| matches!(item.status, Failed | Skipped | Unchanged);
    let again = processed.items.iter().filter(|item| plain(item));
    // Records without an id have an empty text in its place.
    let text = |item: &ItemOutcome| item.zoho_id.as_ref().map_or("", RecordId::as_str).to_owned();
    let ids: Vec<String> = again.map(text).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let known = cx.rows().known_records(cx.job.claim.run.id, &ids).await?;
    processed.items.retain(|item| !(plain(item) && known.contains(&text(item))));
    Ok(())
}

/// What records need, as far as it can be told without asking the target.
struct Decided {
    drafts: Vec<Draft>,
    parents: Parents,
    work: Work,
    /// Places of those whose objects may be there already.
    seek: Vec<usize>,
    /// Places of those for which there is more to do than to end their use.
    due: Vec<usize>,
    /// What is known of the others.
    processed: Processed,
}

/// What would be written for records.
pub(crate) struct PlannedSlice {
    /// To be counted.
    pub(crate) counted: Vec<Change>,
    /// To be listed.
    pub(crate) changes: Vec<PlannedChange>,
    /// Removals that are due.
    pub(crate) removals: Vec<PlannedRemoval>,
}

/// Plans what would be written for records.
pub(crate) async fn plan(cx: Cx<'_>, records: &[SourceRecord]) -> Result<PlannedSlice, Stop> {
    let rules = Rules { may_end: false, forced: false, braked: true };
    let decided = decide_all(cx, records, rules, &Revoked::new(), &BTreeSet::new()).await?;
    let Decided { drafts, work, seek, processed, .. } = decided;
    let (mut counted, mut changes) = (Vec::new(), Vec::new());
    for (place, change) in changes_of(cx, &drafts, &work, &seek) {
        let Some(draft) = drafts.get(place) else { continue };
        changes.push(draft.planned(&change));
        counted.push(change);
    }
    Ok(PlannedSlice { counted, changes, removals: processed.removals })
}

/// Returns what is to be done to the objects of records, by their places. What is written again without a difference, such
/// as an object that was lost, is not a change.
fn changes_of(cx: Cx<'_>, drafts: &[Draft], work: &Work, seek: &[usize]) -> Vec<(usize, Change)> {
    let creates = work.creates.iter().map(|create| create.place);
    let updates = work.updates.iter().map(|update| update.place);
    let known_by = |fields: &Canonical| cx.kind.known_by(fields);
    let places = creates.chain(updates).chain(seek.iter().copied());
    places.filter_map(|place| Some((place, drafts.get(place)?.change(known_by)?))).collect()
}

/// Processes records; `revoked` are those whose use has ended in the meantime, with their links since.
pub(crate) async fn records(
    cx: Cx<'_>,
    records: &[SourceRecord],
    rules: Rules,
    revoked: &Revoked,
) -> Result<Processed, Stop> {
    if let Some(back) = cx.back.filter(|_| cx.kind.is_exclusive()) {
        cx.job.looked.note(back.there.keys().flat_map(|id| cx.kind.numbers(id)));
        cx.job.looked.doubt(back.doubted.iter().flat_map(|id| cx.kind.numbers(id)));
    }
    let (mut astray, mut forgotten) = (BTreeSet::new(), HashSet::new());
    let mut tries = 0;
    // Without the links that lead astray.
    let decided = loop {
        let decided = decide_all(cx, records, rules, revoked, &astray).await?;
        let due = decided.due.iter().filter_map(|place| decided.drafts.get(*place));
        let used: Vec<_> = due.flat_map(|draft| used_by(cx, draft, &decided.parents)).collect();
        // Boxed, as it should not make every run larger.
        let (stale, links) = Box::pin(forget_stale(cx, used)).await?;
        if stale.is_empty() || cx.job.claim.run.dry_run {
            break decided;
        }
        tries += 1;
        if tries == TRIES {
            return Err(half_answered());
        }
        astray.extend(stale);
        let own = links.into_iter().filter(|(module, _)| *module == cx.job.claim.run.module);
        forgotten.extend(own.map(|(_, id)| id));
    };
    let Decided { mut drafts, mut parents, mut work, seek, mut processed, .. } = decided;
    find(cx, &mut drafts, seek, &mut work).await?;
    cx.kind.before_write(cx, &mut drafts, &parents, &mut work, &mut processed, rules).await?;
    if rules.braked {
        let changes = changes_of(cx, &drafts, &work, &[]).into_iter().map(|(_, change)| change);
        admit(cx, records.len(), &changes.collect::<Vec<_>>()).await?;
    }
    processed.cancelled = carry_out(cx, &mut drafts, work, rules).await?;
    processed.lost.extend(orphans(cx, &mut drafts, &mut parents).await?);
    // What was forgotten and is done again here need not be due.
    let again = drafts.iter().filter(|one| one.is_done() && forgotten.contains(&one.zoho_id));
    processed.settled.extend(again.map(|draft| draft.zoho_id.clone()));
    finish(cx, drafts, &parents, rules, &mut processed);
    Ok(processed)
}

/// Decides what records need; a link to one of the objects that are `astray` is none.
async fn decide_all(
    cx: Cx<'_>,
    records: &[SourceRecord],
    rules: Rules,
    revoked: &Revoked,
    astray: &BTreeSet<Number>,
) -> Result<Decided, Stop> {
    let module = cx.job.module();
    let mut processed = Processed::default();
    let ids: Vec<RecordId> = records.iter().map(|record| record.id.clone()).collect();
    let mut links = cx.rows().links(module.name, &ids).await?;
    let since = revoked.iter().map(|(id, one)| (id.clone(), one.since.clone()));
    links.extend(since);
    links.retain(|_, link| {
        let numbers = cx.object(link.target_kind).numbers(&link.target_id);
        let is_lost = |number| astray.contains(number) && !cx.job.looked.is_doubted(number);
        !numbers.iter().any(is_lost)
    });
    let mut drafts = Vec::with_capacity(records.len());
    // A mapping may hold patterns and expressions that take time; other work of this thread must not wait.
    let seen = cx.job.presence.seen();
    let known = KnownFields::new(&seen);
    let mut shapes: Vec<_> = tokio::task::block_in_place(|| {
        records.iter().map(|record| shape(cx, record, known, links.get(&record.id))).collect()
    });
    cx.kind.complete_shapes(cx, records, &mut shapes, &links).await?;
    for (record, shaped) in records.iter().zip(shapes) {
        match shaped {
            Ok(shape) => drafts.push(Draft::new(record, shape, links.remove(&record.id))),
            Err(failed) => {
                // Ending the use takes no field of the record but the status.
                let link = links.get(&record.id);
                if link.is_some_and(|link| ends(cx, record, link, known).is_some()) {
                    let (zoho_id, evidence) = (record.id.clone(), Evidence::Status);
                    processed.removals.push(PlannedRemoval { zoho_id, evidence, label: None });
                    continue;
                }
                // An object without a link is found by the id that it carries.
                let said = || traced(cx, record, known);
                let ending = || match link {
                    None => cx.kind.ending(module, &record.id, &said()),
                    Some(link) => cx.kind.ending_linked(module, link, &said()),
                };
                if let Some(shape) = tokio::task::block_in_place(ending) {
                    drafts.push(Draft::ending(record, shape, links.remove(&record.id), failed));
                    continue;
                }
                if rules.forced {
                    // Its parent exists; what it lacks now is found after its next change.
                    processed.settled.push(record.id.clone());
                }
                // Its object is gone, and it is taken up once it can be written.
                let is_gone = |link: &Link| {
                    let gone = cx.back.is_some_and(|back| back.gone.contains(&link.target_id));
                    gone && is_looked_at(cx, link)
                };
                if link.is_some_and(is_gone) {
                    processed.lost.push((module.name, record.id.clone()));
                }
                processed.items.push(failed);
            }
        }
    }
    let mut parents = load_parents(cx, &mut drafts).await?;
    parents.drop_those(|known| {
        let numbers = cx.object(known.kind).numbers(&known.target_id);
        numbers.iter().any(|number| cx.job.looked.is_doubted(number))
    });
    let mut work = Work::default();
    let mut seek = Vec::new();
    let mut due = Vec::new();
    for (place, draft) in drafts.iter_mut().enumerate() {
        let step = decide(cx, draft, place, &parents, rules);
        if !matches!(step, Step::Settled | Step::Held(_)) {
            due.push(place);
        }
        match step {
            Step::Settled => {}
            Step::Held(removal) => processed.removals.push(removal),
            Step::Seek => seek.push(place),
            Step::Create(create) => work.creates.push(create),
            Step::Update(update) => work.updates.push(update),
            Step::Link => draft.settle(draft.written()),
        }
    }
    Ok(Decided { drafts, parents, work, seek, due, processed })
}

/// Writes; returns whether a request to cancel cut it short.
async fn carry_out(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    mut work: Work,
    rules: Rules,
) -> Result<bool, Stop> {
    let writer = Writer { to: cx.job.target.as_ref(), kind: cx.kind, lease: cx.lease };
    let mut contested = Contested::of(cx, &work.updates, &work.creates);
    let created = writer.create_all(std::mem::take(&mut work.creates)).await?;
    let mut cancelled = created.cancelled;
    let late = settle_creates(cx, drafts, created, &mut work.updates);
    if cancelled {
        return Ok(true);
    }
    take_late(cx, drafts, late, &mut work).await?;
    let spared = cx.kind.spare(cx, drafts, &mut work.updates).await?;
    settle_refused(drafts, Applied { settled: spared, cancelled });
    // Objects that must not be used are closed before the rest is written, which may be refused.
    let closing = cx.kind.closing(&mut work.updates);
    if !closing.is_empty() {
        let closed = writer.update_all(closing).await?;
        cancelled = closed.cancelled;
        work.updates.retain(|update| !closed.refused(update.place));
        settle_refused(drafts, closed);
    }
    if cancelled {
        return Ok(true);
    }
    contested.follow(cx, &work.updates);
    let updated = writer.update_all(std::mem::take(&mut work.updates)).await?;
    cancelled = updated.cancelled;
    settle_updates(drafts, updated);
    if !cancelled {
        let later;
        (cancelled, later) = Box::pin(exchange(cx, drafts, contested)).await?;
        cx.job.deferred.add(later);
    }
    if !cancelled {
        cancelled = recover(cx, drafts).await?;
    }
    if !cancelled {
        // A record reaches its new place first.
        let goes_on = |draft: &Draft| draft.is_done() || draft.has_ended;
        work.removes.retain(|remove| drafts.get(remove.place).is_some_and(goes_on));
        let removed = writer.remove_all(std::mem::take(&mut work.removes)).await?;
        cancelled = removed.cancelled;
        settle_refused(drafts, removed);
    }
    if !cancelled {
        cancelled = cx.kind.after_write(cx, drafts, &mut work, rules).await?;
    }
    Ok(cancelled)
}

/// Collects the results of the drafts to store.
fn finish(
    cx: Cx<'_>,
    drafts: Vec<Draft>,
    parents: &Parents,
    rules: Rules,
    processed: &mut Processed,
) {
    let module = cx.job.claim.run.module;
    for draft in drafts {
        let waits = draft.waits(parents);
        let Some(mut outcome) = draft.outcome.clone() else { continue };
        outcome.warnings.clone_from(&draft.shape.warnings);
        if !rules.may_end && draft.has_left() {
            processed.removals.push(draft.held(Evidence::Moved));
        }
        if cx.kind.is_person() {
            let account = draft.target_id.clone();
            let id = || PersonId::from(draft.zoho_id.clone());
            let known = match &draft.fault {
                Some(fault) => fault.known_as.as_deref().cloned(),
                None => Some(Person::of(id(), &draft.shape.fields)),
            };
            let known = known.unwrap_or_else(|| Person::nameless(id()));
            outcome.known_as = Some(Box::new(Person { account, ..known }));
        }
        // It was due whatever it contains, and now it is done.
        let was_due = draft.link.as_ref().is_some_and(|link| link.sent_hash.is_none());
        if (draft.is_parked || was_due) && draft.is_done() {
            processed.settled.push(draft.zoho_id.clone());
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
        processed.links.extend(draft.into_link(
            module,
            cx.job.mapping_version,
            cx.kind.is_exclusive(),
        ));
        processed.items.push(outcome);
    }
}
