//! Ending uses, first and independently of everything else: the use that a record's status ends, whatever else of the
//! record can be written, and the places that records have left. Both take only a link and a status. `remove.rs`
//! decides which of them are due, and when they must wait.

use {
    super::{
        draft::Draft,
        kind::{Cx, Kind},
        map::{ends, shape},
        numbers::astray,
        parents::load_parents,
        shape::{Unfit, fingerprint},
        stop::Stop,
        work::{
            self, Ending, Fate, Others, Processed, Refusal, Remove, Revocation, Revoked, Settled,
            Update, Use,
        },
        write::Writer,
    },
    crate::{
        domain::{
            id::{ObjectId, RecordId},
            item::{ItemOutcome, Op},
            layout::RemovalAction,
            mapping::KnownFields,
            record::{SourceRecord, TargetKind},
        },
        store::{LeftPlace, Link},
    },
    std::collections::{BTreeMap, BTreeSet, HashMap},
};

/// A place that a record has left.
#[derive(Debug)]
struct Leave {
    link: Link,
    place: LeftPlace,
}

/// Ends uses, unless another record uses the same object. Returns the result of each, `None` if a request to cancel
/// came first.
pub(crate) async fn end_uses(
    cx: Cx<'_>,
    kind: &dyn Kind,
    due: &[Use],
    how: Ending<'_>,
) -> Result<Vec<Option<Fate>>, Stop> {
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let module = cx.job.module();
    let numbers = due.iter().flat_map(|one| kind.numbers(&one.target_id));
    let astray = Box::pin(astray(cx, numbers)).await?;
    let targets: Vec<ObjectId> = due.iter().map(|one| one.target_id.clone()).collect();
    let shared = cx.rows().shared_targets(kind.target(), &targets, how.without).await?;
    let others = cx.kind.others(cx, due, &how).await?;
    let rights = kind.above(cx).await?;
    let suspend = how.suspend && kind.can_suspend();
    let (mut updates, mut removes, mut spared) = (Vec::new(), Vec::new(), Vec::new());
    for (place, (one, others)) in due.iter().zip(others).enumerate() {
        let id = &one.target_id;
        // What is gone has nothing left to end, and another's object is not ours to close.
        if kind.numbers(id).iter().any(|number| astray.contains(number)) {
            continue;
        }
        if let Some(what) = rights.held.get(id.as_str()) {
            spared.push(work::spared(place, what));
            continue;
        }
        let ending = kind.whole(id).and_then(|whole| {
            Ok((whole, suspend.then(|| kind.suspension(module, id, &one.sent)).transpose()?))
        });
        let (whole, suspension) = match ending {
            Ok(ending) => ending,
            Err(Unfit { code, message, .. }) => {
                spared.push(Settled { place, fate: Fate::refused(code, message) });
                continue;
            }
        };
        let leaves_part = how.groups && *id != whole && !shared.contains(id);
        match others {
            // Another group of the course keeps the student in it.
            Others::InUse if leaves_part => {
                removes.push(Remove { place, target_id: id.clone() });
            }
            Others::InUse => {}
            Others::AllEnded { target_id, suspension } => {
                updates.push(Update { place, target_id, payload: suspension });
                if leaves_part {
                    removes.push(Remove { place, target_id: id.clone() });
                }
            }
            Others::None if shared.contains(id) || how.kept.contains(id) => {}
            Others::None => match suspension {
                Some(payload) => updates.push(Update { place, target_id: whole, payload }),
                None => removes.push(Remove { place, target_id: whole }),
            },
        }
    }
    // If another record uses the same object, nothing is written.
    let written: BTreeSet<usize> = (updates.iter().map(|update| update.place))
        .chain(removes.iter().map(|remove| remove.place))
        .collect();
    let writer = Writer { to: cx.job.target.as_ref(), kind, lease: cx.lease };
    let mut applied = writer.update_all(updates).await?;
    applied.forgive_gone(|code| kind.has_ended(code));
    if !applied.cancelled {
        let removed = writer.remove_all(removes).await?;
        applied.settled.extend(removed.settled);
    }
    applied.settled.extend(spared);
    Ok(applied.fates(&written, due.len()))
}

/// Ends the uses that the status of records ends, before anything else of them is written. Records whose use could
/// not be ended get their outcome here.
pub(crate) async fn revoke(
    cx: Cx<'_>,
    records: &[SourceRecord],
    processed: &mut Processed,
) -> Result<Revoked, Stop> {
    let ids: Vec<RecordId> = records.iter().map(|record| record.id.clone()).collect();
    let mut links = cx.rows().links(cx.job.module().name, &ids).await?;
    let mut due: Vec<(Link, Link)> = Vec::new();
    let seen = cx.job.presence.seen();
    let known = KnownFields::new(&seen);
    for record in records {
        let Some(link) = links.remove(&record.id) else { continue };
        let Some((field, status)) = tokio::task::block_in_place(|| ends(cx, record, &link, known))
        else {
            continue;
        };
        let mut since = link.clone();
        since.sent.insert(field.to_owned(), status);
        since.sent_hash = Some(fingerprint(&since.sent));
        due.push((link, since));
    }
    let links: Vec<&Link> = due.iter().map(|(link, _)| link).collect();
    let reopened = cx.kind.reopened(cx, &links).await?;
    for (_, since) in due.iter_mut().filter(|(link, _)| reopened.contains(&link.target_id)) {
        since.kept.remove("status");
    }
    let mut revoked = Revoked::new();
    let mut by_kind: BTreeMap<TargetKind, Vec<(Link, Link)>> = BTreeMap::new();
    for (link, since) in due {
        by_kind.entry(link.target_kind).or_default().push((link, since));
    }
    for (kind, own) in by_kind {
        let kind = cx.object(kind);
        let uses: Vec<Use> = own.iter().map(|(link, _)| Use::from(link)).collect();
        let without: Vec<RecordId> = own.iter().map(|(link, _)| link.zoho_id.clone()).collect();
        let how = Ending { suspend: true, groups: false, without: &without, kept: &[] };
        let op = if kind.can_suspend() { Op::Suspend } else { Op::Unenrol };
        let fates = end_uses(cx, kind, &uses, how).await?;
        for ((link, since), fate) in own.into_iter().zip(fates) {
            match fate {
                None => processed.cancelled = true,
                Some(Fate::Refused(refusal) | Fate::Taken { refusal, .. }) => {
                    processed.items.push(refused(&link, refusal));
                }
                Some(_) => {
                    let revocation = Revocation { before: link, since, op };
                    revoked.insert(revocation.since.zoho_id.clone(), revocation);
                }
            }
        }
    }
    Ok(revoked)
}

/// Ends the use of places that records have left. `gone` are records that no longer exist in the source, for which
/// nothing needs to be read; the others are checked again. `links` are the current links of the records; `kept` are
/// places to which other records have come since.
pub(crate) async fn leave_places(
    cx: Cx<'_>,
    records: &[SourceRecord],
    links: HashMap<RecordId, Link>,
    kept: &[ObjectId],
    processed: &mut Processed,
) -> Result<(), Stop> {
    let now = places_now(cx, records, &links).await?;
    let mut due: Vec<Leave> = Vec::new();
    let mut kept = kept.to_vec();
    for link in links.into_values() {
        let mut left = link.left.clone();
        match now.get(&link.zoho_id) {
            Some(Err(unclear)) => {
                processed.items.push(unclear.clone());
                continue;
            }
            Some(Ok(place)) => {
                left.retain(|one| one.target_id != *place);
                kept.push(place.clone());
            }
            None => {}
        }
        due.extend(left.into_iter().map(|place| Leave { link: link.clone(), place }));
    }
    due.sort_by(|one, other| one.link.zoho_id.cmp(&other.link.zoho_id));
    let without: Vec<RecordId> = due.iter().map(|one| one.link.zoho_id.clone()).collect();
    let mut by_kind: BTreeMap<TargetKind, Vec<Leave>> = BTreeMap::new();
    for one in due {
        by_kind.entry(one.place.kind).or_default().push(one);
    }
    by_kind.retain(|kind, _| cx.object(*kind).is_leavable());
    for (kind, own) in by_kind {
        let kind = cx.object(kind);
        let suspend = cx.job.module().layout().removal_action != RemovalAction::Unenrol;
        let how = Ending { suspend, groups: true, without: &without, kept: &kept };
        let uses: Vec<Use> = own.iter().map(Leave::as_use).collect();
        let fates = end_uses(cx, kind, &uses, how).await?;
        for (one, fate) in own.into_iter().zip(fates) {
            match fate {
                None => processed.cancelled = true,
                Some(Fate::Refused(refusal) | Fate::Taken { refusal, .. }) => {
                    processed.items.push(refused(&one.link, refusal));
                }
                Some(_) => processed.left(one.link, &one.place),
            }
        }
    }
    Ok(())
}

/// Returns the current places of the records, or why they cannot be determined.
async fn places_now(
    cx: Cx<'_>,
    records: &[SourceRecord],
    links: &HashMap<RecordId, Link>,
) -> Result<HashMap<RecordId, Result<ObjectId, ItemOutcome>>, Stop> {
    let seen = cx.job.presence.seen();
    let shapes: Vec<_> = tokio::task::block_in_place(|| {
        let known = KnownFields::new(&seen);
        let shape = |record: &SourceRecord| shape(cx, record, known, links.get(&record.id));
        records.iter().map(shape).collect()
    });
    let mut places = HashMap::new();
    let mut drafts = Vec::new();
    for (record, shaped) in records.iter().zip(shapes) {
        match shaped {
            Ok(shape) => {
                drafts.push(Draft::new(record, shape, links.get(&record.id).cloned()));
            }
            Err(failed) => drop(places.insert(record.id.clone(), Err(failed))),
        }
    }
    let parents = load_parents(cx, &mut drafts).await?;
    let module = cx.job.module();
    for draft in drafts {
        let place = match cx.kind.wanted(module, &draft.zoho_id, &draft.shape, &parents) {
            Ok(wanted) => Ok(wanted.id.unwrap_or_default()),
            Err(unfit) => {
                Err(ItemOutcome::skipped(draft.zoho_id.clone(), unfit.code, unfit.message))
            }
        };
        places.insert(draft.zoho_id, place);
    }
    Ok(places)
}

impl Leave {
    fn as_use(&self) -> Use {
        let (target_id, sent) = (self.place.target_id.clone(), self.place.sent.clone());
        Use { target_id, sent, person: self.link.person.clone() }
    }
}

fn refused(link: &Link, refusal: Refusal) -> ItemOutcome {
    ItemOutcome {
        person: link.person.clone(),
        target_id: Some(link.target_id.clone()),
        exchange: refusal.exchange,
        ..ItemOutcome::failed(link.zoho_id.clone(), refusal.code, refusal.message)
    }
}
