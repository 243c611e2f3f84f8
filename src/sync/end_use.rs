//! What ends first, and on its own: the use that a record's status ends, whatever else of the record can be written, and
//! the places that records have left. Neither takes more than a link and a status. Which of them are due, and when they
//! must wait, is in `remove.rs`.

use {
    super::{
        draft::Draft,
        job::Cx,
        kinds,
        kinds::enrolment::shared::{Held, seats},
        kinds::user::identity::{above, refusal, reopened},
        look_up::by_field,
        shape::{Module, fingerprint},
        slice::{parents, shape, traced},
        stop::Stop,
        work::{Fate, Processed, Remove, Revoked, Update},
        write::Writer,
    },
    crate::{
        domain::{
            item::{ItemOutcome, Op},
            layout::RemovalAction,
            mapping::KnownFields,
            record::{Canonical, SourceRecord, TargetKind},
        },
        store::{LeftPlace, Link, LinkState},
    },
    serde_json::Value,
    std::collections::{BTreeSet, HashMap, HashSet},
};

/// A use of an object that is to end.
#[derive(Debug)]
pub(crate) struct Use {
    pub(crate) target_id: String,
    pub(crate) sent: Canonical,
    pub(crate) person: Option<String>,
}

impl From<&Link> for Use {
    fn from(link: &Link) -> Self {
        let (target_id, sent) = (link.target_id.clone(), link.sent.clone());
        Self { target_id, sent, person: link.person.clone() }
    }
}

/// How uses end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending<'e> {
    pub(crate) kind: TargetKind,
    /// False: enrolments are ended and not only suspended. A membership knows no other end.
    pub(crate) suspend: bool,
    /// True: students who stay in a course by another record leave the group of this one all the same.
    pub(crate) groups: bool,
    /// The records whose uses end: what they stand for keeps nothing.
    pub(crate) without: &'e [String],
    /// Objects that are in use, whatever the links say.
    pub(crate) kept: &'e [String],
}

impl Ending<'_> {
    /// Returns how the end is told.
    fn op(self) -> Op {
        if self.suspend && self.kind != TargetKind::CohortMember {
            Op::Suspend
        } else {
            Op::Unenrol
        }
    }
}

/// A place that a record has left.
#[derive(Debug)]
struct Leave {
    link: Link,
    place: LeftPlace,
}

/// Ends uses, as far as no other record stands for their objects. Returns what became of each, `None` where a request
/// to cancel came first.
pub(crate) async fn end_uses(
    cx: Cx<'_>,
    due: &[Use],
    how: Ending<'_>,
) -> Result<Vec<Option<Fate>>, Stop> {
    let (module, kind) = (cx.job.module(), how.kind);
    let targets: Vec<String> = due.iter().map(|one| one.target_id.clone()).collect();
    let shared = cx.store.shared_targets(&cx.job.scope, kind, &targets, how.without).await?;
    let without = how.without.iter().cloned().collect();
    let people = due.iter().filter_map(|one| one.person.clone());
    let seats = seats(cx, people, &without, how.kept).await?;
    let rights = above(cx, kind, !due.is_empty()).await?;
    let (mut updates, mut removes, mut spared) = (Vec::new(), Vec::new(), Vec::new());
    for (place, one) in due.iter().enumerate() {
        let id = &one.target_id;
        if let Some(what) = rights.held.get(id) {
            spared.push(refusal(place, what));
            continue;
        }
        let whole = if kind == TargetKind::Enrolment { kinds::seat(id) } else { id };
        match seats.of(id) {
            // Another group of the course keeps the student in it.
            Held::Kept if how.groups && id != whole && !shared.contains(id) => {
                removes.push(Remove { place, target_id: id.clone() });
            }
            Held::Kept => {}
            Held::Ended(other) => {
                let (target_id, payload) = other.suspension(module);
                updates.push(Update { place, target_id, payload });
                if how.groups && id != whole && !shared.contains(id) {
                    removes.push(Remove { place, target_id: id.clone() });
                }
            }
            Held::Free if shared.contains(id) || how.kept.contains(id) => {}
            Held::Free if how.op() == Op::Suspend => {
                let payload = kinds::suspension(module, kind, id, &one.sent);
                updates.push(Update { place, target_id: whole.to_owned(), payload });
            }
            Held::Free => removes.push(Remove { place, target_id: whole.to_owned() }),
        }
    }
    // Where another record stands for the same object, nothing is written.
    let written: BTreeSet<usize> = (updates.iter().map(|update| update.place))
        .chain(removes.iter().map(|remove| remove.place))
        .collect();
    let writer = Writer { to: cx.job.target.as_ref(), kind, lease: cx.lease };
    let mut applied = writer.update_all(updates).await?;
    applied.forgive_gone(|code| kinds::has_ended(kind, code));
    if !applied.cancelled {
        let removed = writer.remove_all(removes).await?;
        applied.settled.extend(removed.settled);
    }
    applied.settled.extend(spared);
    Ok(applied.fates(&written, due.len()))
}

/// Ends the uses that the status of records ends, before anything else of them is written. Records whose use could not
/// be ended get their outcome here.
pub(crate) async fn revoke(
    cx: Cx<'_>,
    records: &[SourceRecord],
    processed: &mut Processed,
) -> Result<Revoked, Stop> {
    let ids: Vec<String> = records.iter().map(|record| record.id.clone()).collect();
    let mut links = cx.store.links(&cx.job.scope, cx.job.module().name, &ids).await?;
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
        since.sent_hash = fingerprint(&since.sent);
        due.push((link, since));
    }
    let reopened = reopened(cx, due.iter().map(|(link, _)| link)).await?;
    for (_, since) in due.iter_mut().filter(|(link, _)| reopened.contains(&link.target_id)) {
        since.kept.remove("status");
    }
    let mut revoked = Revoked::new();
    for kind in kinds::REVOCABLE {
        let (own, others): (Vec<_>, Vec<_>) =
            due.into_iter().partition(|(link, _)| link.target_kind == kind);
        due = others;
        let uses: Vec<Use> = own.iter().map(|(link, _)| Use::from(link)).collect();
        let without: Vec<String> = own.iter().map(|(link, _)| link.zoho_id.clone()).collect();
        let how = Ending { kind, suspend: true, groups: false, without: &without, kept: &[] };
        if uses.is_empty() {
            continue;
        }
        let fates = end_uses(cx, &uses, how).await?;
        for ((link, since), fate) in own.into_iter().zip(fates) {
            match fate {
                None => processed.cancelled = true,
                Some(Fate::Refused { code, message } | Fate::Taken { code, message, .. }) => {
                    processed.items.push(refused(&link, code, message));
                }
                Some(_) => drop(revoked.insert(link.zoho_id.clone(), (link, since))),
            }
        }
    }
    Ok(revoked)
}

/// Ends the use of places that records have left. `gone` are records that are not in the source any more: of them
/// nothing needs to be asked; the others are looked at once more. `links` are those of the records by now; what other
/// records have come to since is `kept`.
pub(crate) async fn leave(
    cx: Cx<'_>,
    records: &[SourceRecord],
    links: HashMap<String, Link>,
    kept: &[String],
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
    let without: Vec<String> = due.iter().map(|one| one.link.zoho_id.clone()).collect();
    for kind in kinds::LEAVABLE {
        let (own, others): (Vec<_>, Vec<_>) =
            due.into_iter().partition(|one| one.place.kind == kind);
        due = others;
        if own.is_empty() {
            continue;
        }
        let suspend = cx.job.module().layout().removal_action != RemovalAction::Unenrol;
        let how = Ending { kind, suspend, groups: true, without: &without, kept: &kept };
        let uses: Vec<Use> = own.iter().map(Leave::as_use).collect();
        let fates = end_uses(cx, &uses, how).await?;
        for (one, fate) in own.into_iter().zip(fates) {
            match fate {
                None => processed.cancelled = true,
                Some(Fate::Refused { code, message } | Fate::Taken { code, message, .. }) => {
                    processed.items.push(refused(&one.link, code, message));
                }
                Some(_) => processed.left(one.link, &one.place),
            }
        }
    }
    Ok(())
}

/// Returns the places that records have by now, or why they cannot be told.
async fn places_now(
    cx: Cx<'_>,
    records: &[SourceRecord],
    links: &HashMap<String, Link>,
) -> Result<HashMap<String, Result<String, ItemOutcome>>, Stop> {
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
    let parents = parents(cx, &mut drafts).await?;
    for draft in drafts {
        let place = match cx.job.module().wanted(&draft.zoho_id, &draft.shape, &parents) {
            Ok(wanted) => Ok(wanted.id.unwrap_or_default()),
            Err(unfit) => Err(ItemOutcome::skipped(&draft.zoho_id, unfit.code, unfit.message)),
        };
        places.insert(draft.zoho_id, place);
    }
    Ok(places)
}

/// Forgets the places of records that have not moved themselves and whose old place is gone: where the object of a
/// parent was deleted in the target and made anew, nothing is left to end.
pub(crate) async fn forget_gone_places(cx: Cx<'_>, drafts: &mut [Draft]) -> Result<(), Stop> {
    let replaced = |draft: &Draft| {
        let left = draft.left.as_ref()?;
        let same = |field: &str| left.sent.get(field) == draft.shape.fields.get(field);
        kinds::PARENT_FIELDS.into_iter().all(same).then(|| ends_of(left))
    };
    let asked: Vec<(String, String)> = drafts.iter().filter_map(replaced).flatten().collect();
    if !drafts.iter().any(|draft| replaced(draft).is_some()) {
        return Ok(());
    }
    let there = async |kind, ids: BTreeSet<String>| -> Result<HashSet<String>, Stop> {
        let ids: Vec<String> = ids.into_iter().collect();
        let found = by_field(cx.job.target.as_ref(), kind, "id", &ids).await?;
        Ok(found.into_keys().collect())
    };
    let courses = there(TargetKind::Course, asked.iter().map(|(id, _)| id.clone()).collect());
    let courses = courses.await?;
    let users = there(TargetKind::User, asked.iter().map(|(_, id)| id.clone()).collect());
    let users = users.await?;
    for draft in drafts.iter_mut() {
        let Some(ends) = replaced(draft) else { continue };
        // A cohort is found by the id of its program: one that is found no longer is gone, or not ours any more.
        let stands =
            ends.is_some_and(|(course, user)| courses.contains(&course) && users.contains(&user));
        if !stands {
            draft.left = None;
        }
    }
    Ok(())
}

impl Leave {
    fn as_use(&self) -> Use {
        let (target_id, sent) = (self.place.target_id.clone(), self.place.sent.clone());
        Use { target_id, sent, person: self.link.person.clone() }
    }
}

/// Returns whether a status can end the use of what a link leads to, and none has so far.
pub(crate) fn can_end(module: Module<'_>, link: &Link) -> bool {
    link.state == LinkState::Active
        && kinds::REVOCABLE.contains(&link.target_kind)
        && !module.ended(&link.sent)
}

/// Returns the field and the value by which a record ends the use of what it is linked to, if it does and had not before.
/// The status alone is asked, so that no fault of another field keeps an account or an enrolment open.
pub(crate) fn ends(
    cx: Cx<'_>,
    record: &SourceRecord,
    link: &Link,
    known: KnownFields<'_>,
) -> Option<(&'static str, Value)> {
    let module = cx.job.module();
    can_end(module, link).then(|| module.end_of(&traced(cx, record, known)))?
}

fn refused(link: &Link, code: &'static str, message: String) -> ItemOutcome {
    ItemOutcome {
        person: link.person.clone(),
        target_id: Some(link.target_id.clone()),
        ..ItemOutcome::failed(&link.zoho_id, code, message)
    }
}

/// Returns the course and the user of an enrolment.
fn ends_of(place: &LeftPlace) -> Option<(String, String)> {
    let mut ids = place.target_id.split(':').map(str::to_owned);
    ids.next().zip(ids.next()).filter(|_| place.kind == TargetKind::Enrolment)
}
