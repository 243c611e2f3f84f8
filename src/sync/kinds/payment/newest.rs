//! Only a student's newest payment counts: which one that is, whether it takes access away, and what follows if it
//! moves to another student or is deleted.

use {
    super::{
        access::Access,
        effects::release,
        order::{Newest, newest, newest_sent, of_draft, of_link},
        profile::shown_status,
    },
    crate::{
        domain::{
            id::{ObjectId, PersonId, RecordId},
            item::{ItemStatus, Op},
            record::TargetKind,
        },
        store::{Evidence, Link, LinkState, WaitingRecord},
        sync::{
            draft::Draft,
            kind::Cx,
            shape::Module,
            stop::Stop,
            work::{Applied, Fate, Processed, Rules, Settled, StudentWithoutPayment, Work},
        },
    },
    std::collections::{BTreeSet, HashMap, HashSet},
};

/// Only a student's newest payment is written to the profile; the others are linked to it. A payment that newly takes
/// access away is a removal, which must pass the brake first. Returns the students who have lost their newest
/// payment.
pub(crate) async fn only_newest(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    work: &mut Work,
    processed: &mut Processed,
    rules: Rules,
) -> Result<Vec<StudentWithoutPayment>, Stop> {
    let module = cx.job.module();
    // A payment may have belonged to another student before.
    let before = |draft: &Draft| draft.link.as_ref().and_then(|link| link.person.clone());
    let people: BTreeSet<PersonId> = drafts
        .iter()
        .flat_map(|draft| [draft.shape.person.clone(), before(draft)])
        .flatten()
        .collect();
    let people: Vec<PersonId> = people.into_iter().collect();
    let known = cx.rows().links_of_people(module.name, &people).await?;
    let before = newest_sent(&known);
    let takes = |draft: &Draft| {
        let person = draft.shape.person.as_ref();
        let was = person.and_then(|person| before.get(person));
        draft.shape.ended && was.is_none_or(|was| !was.ended)
    };
    // A failed or skipped payment keeps its earlier values, and so does one that waits for the brake.
    let counts = |draft: &Draft| {
        let status = draft.outcome.as_ref().map(|outcome| outcome.status);
        status.is_none_or(|status| status == ItemStatus::Unchanged)
    };
    let mut held: BTreeSet<usize> = BTreeSet::new();
    let (older, left) = loop {
        let own: Vec<&Draft> = drafts
            .iter()
            .enumerate()
            .filter(|(place, draft)| counts(draft) && !held.contains(place))
            .map(|(_, draft)| draft)
            .collect();
        let here: HashSet<&RecordId> = own.iter().map(|draft| &draft.zoho_id).collect();
        let linked = known.iter().filter(|link| !here.contains(&link.zoho_id));
        let after = newest(linked.filter_map(of_link).chain(own.into_iter().filter_map(of_draft)));
        let is_newest = |draft: &Draft| {
            let best = draft.shape.person.as_ref().and_then(|person| after.get(person));
            best.is_none_or(|best| *best.id() == draft.zoho_id)
        };
        let due = || {
            let due = drafts.iter().enumerate();
            due.filter(|(place, draft)| draft.outcome.is_none() && !held.contains(place))
        };
        let taking: Vec<usize> = due()
            .filter(|(_, draft)| !rules.may_end && is_newest(draft) && takes(draft))
            .map(|(place, _)| place)
            .collect();
        if taking.is_empty() {
            let older: BTreeSet<usize> =
                due().filter(|(_, draft)| !is_newest(draft)).map(|(place, _)| place).collect();
            let written: HashSet<&RecordId> = due()
                .filter(|(place, _)| !older.contains(place))
                .map(|(_, draft)| &draft.zoho_id)
                .collect();
            let place = |id: &RecordId| drafts.iter().position(|draft| draft.zoho_id == *id);
            break (older, retract(module, &known, &before, &after, &written, place, processed));
        }
        // Without these, the next newest payments are considered.
        held.extend(taking);
    };
    work.updates.retain(|one| !older.contains(&one.place) && !held.contains(&one.place));
    for (place, draft) in drafts.iter_mut().enumerate() {
        if held.contains(&place) {
            processed.removals.push(draft.held(Evidence::Status));
        } else if older.contains(&place) {
            draft.does(Op::Link);
            draft.has(draft.wanted.as_ref().and_then(|wanted| wanted.id.clone()));
            draft.settle(draft.written());
        } else if draft.outcome.is_none() && takes(draft) {
            draft.does(Op::Suspend);
        }
    }
    Ok(left)
}

/// Withdraws payments whose records are gone. Returns the results of those whose absence changes something for their
/// student, with their positions.
pub(crate) async fn withdraw(
    cx: Cx<'_>,
    gone: &[Link],
    processed: &mut Processed,
) -> Result<(BTreeSet<usize>, Applied), Stop> {
    let module = cx.job.module();
    let people: BTreeSet<PersonId> = gone.iter().filter_map(|link| link.person.clone()).collect();
    let people: Vec<PersonId> = people.into_iter().collect();
    let mut known = cx.rows().links_of_people(module.name, &people).await?;
    // The results of other records of the slice are not stored yet.
    known.retain(|link| !processed.links.iter().any(|own| own.zoho_id == link.zoho_id));
    known.extend(processed.links.iter().cloned());
    let place = |id: &RecordId| gone.iter().position(|link| link.zoho_id == *id);
    let before = newest_sent(&known);
    let after = newest_sent(known.iter().filter(|link| place(&link.zoho_id).is_none()));
    let none = HashSet::new();
    let left = retract(module, &known, &before, &after, &none, place, processed);
    let places: BTreeSet<usize> = left.iter().map(|left| left.place).collect();
    let released = release(cx, &left).await?;
    let mut fates: HashMap<usize, Fate> = HashMap::new();
    if !released.cancelled {
        fates.extend(left.iter().map(|left| (left.place, Fate::Done(ObjectId::default()))));
        let refused = released.settled.into_iter();
        fates.extend(refused.map(|settled| (settled.place, settled.fate)));
    }
    let settled = fates.into_iter().map(|(place, fate)| Settled { place, fate }).collect();
    Ok((places, Applied { settled, cancelled: released.cancelled }))
}

/// Skips payments that should have counted next but no longer exist, regardless of `removal_action`: the profile
/// never showed them, so there is nothing to keep.
pub(crate) async fn pass_over(
    cx: Cx<'_>,
    gone: &[RecordId],
    processed: &mut Processed,
) -> Result<(), Stop> {
    let links = cx.rows().links(cx.job.module().name, gone).await?;
    let mut next: Vec<Link> = links.into_values().collect();
    next.retain(|link| link.state == LinkState::Active && is_unsent(link));
    let (_, applied) = withdraw(cx, &next, processed).await?;
    processed.cancelled |= applied.cancelled;
    for Settled { place, fate } in applied.settled {
        let Some(link) = next.get(place) else { continue };
        match fate {
            // The next run skips it.
            Fate::Refused(_) => processed.settled.retain(|id| *id != link.zoho_id),
            _ => processed.links.push(Link { state: LinkState::Removed, ..link.clone() }),
        }
    }
    Ok(())
}

/// Returns whether a payment that was sent was made due again.
fn is_unsent(link: &Link) -> bool {
    link.target_kind == TargetKind::Profile && link.sent_hash.is_none()
}

/// Returns the students who have lost their newest payment. The next newest one, unless it is `written` anyway, is
/// made due and follows in a run of its own: it has not changed, so nothing else would read it.
fn retract(
    module: Module<'_>,
    known: &[Link],
    before: &Newest<'_>,
    after: &Newest<'_>,
    written: &HashSet<&RecordId>,
    place: impl Fn(&RecordId) -> Option<usize>,
    processed: &mut Processed,
) -> Vec<StudentWithoutPayment> {
    let link = |id: &RecordId| known.iter().find(|link| link.zoho_id == *id);
    let mut left = Vec::new();
    for (person, was) in before {
        let next = after.get(person);
        if next.is_some_and(|next| next.id() == was.id() || written.contains(next.id())) {
            continue;
        }
        let (Some(place), Some(went)) = (place(was.id()), link(was.id())) else { continue };
        let profile = went.target_kind == TargetKind::Profile;
        left.push(StudentWithoutPayment {
            place,
            person: (*person).clone(),
            account: (profile && next.is_none())
                .then(|| (went.target_id.clone(), shown_status(&went.sent))),
            freed: was.ended && next.is_none_or(|next| !next.ended),
        });
        let Some(mut next) = next.and_then(|next| link(next.id())).cloned() else { continue };
        processed.waits.push(WaitingRecord::due(module.name, &next.zoho_id));
        next.sent_hash = None;
        if !was.ended {
            // Its effects have not been carried out: a suspension counts as new when it is read.
            Access::Open.keep(&mut next.sent);
        }
        processed.links.retain(|link| link.zoho_id != next.zoho_id);
        processed.links.push(next);
    }
    left
}
