//! What payments that become profile fields do besides: a status may suspend the student's enrolments, and a student
//! without a payment gets an empty profile. `newest.rs` decides which payment counts.

use {
    super::{
        access::Access,
        order::newest_sent,
        profile::{STATUS_FIELD, empty_profile},
    },
    crate::{
        domain::{
            code,
            id::{EnrolmentId, ObjectId, PersonId},
            item::ItemStatus,
            module::ModuleName,
            record::{Payload, TargetKind},
        },
        store::StoreError,
        sync::{
            draft::Draft,
            kind::Cx,
            kinds::{
                enrolment::state::{enrolment_of, has_ended, state_of, whole},
                gone::led_to,
            },
            look_up::by_field,
            numbers::astray,
            settle::settle_refused,
            shape::Unfit,
            stop::Stop,
            work::{Applied, Fate, Settled, StudentWithoutPayment, Update},
            write::Writer,
        },
    },
    std::collections::{BTreeSet, HashMap, HashSet},
};

/// Suspends or reactivates the enrolments of students according to their newest payment.
pub(crate) async fn suspend_enrolments(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    written: &HashMap<usize, Payload>,
    forced: bool,
) -> Result<bool, Stop> {
    let module = cx.job.module();
    let concerned = |draft: &Draft| {
        let before = draft.link.as_ref().map(|link| Access::after(&link.sent));
        draft.shape.ended || before == Some(Access::Suspended)
    };
    let unused = module.layout().suspend_on.is_empty();
    if unused && !written.keys().filter_map(|place| drafts.get(*place)).any(concerned) {
        return Ok(false);
    }
    let paying: BTreeSet<PersonId> =
        written.keys().filter_map(|place| drafts.get(*place)?.shape.person.clone()).collect();
    let paying: Vec<PersonId> = paying.into_iter().collect();
    let suspended = suspended(cx, &paying).await?;
    let mut wanted: HashMap<PersonId, (usize, bool)> = HashMap::new();
    for place in written.keys() {
        let Some(draft) = drafts.get(*place) else { continue };
        let before = draft.shape.person.as_ref().is_some_and(|one| suspended.contains(one));
        let done = draft.has_ended
            || draft.outcome.as_ref().is_some_and(|item| item.status != ItemStatus::Failed);
        if let Some(person) = draft.shape.person.as_ref().filter(|_| done)
            && (forced || draft.shape.ended != before)
        {
            wanted.insert(person.clone(), (*place, draft.shape.ended));
        }
    }
    let applied = set_enrolments(cx, &wanted).await?;
    let cancelled = applied.cancelled;
    settle_refused(drafts, applied);
    Ok(cancelled)
}

/// Brings students who have lost their newest payment into the state of students without one, unless the write of the
/// payment failed: then the payment has not left.
pub(crate) async fn release_left(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    mut left: Vec<StudentWithoutPayment>,
) -> Result<bool, Stop> {
    left.retain(|left| drafts.get(left.place).is_some_and(|draft| !draft.has_failed()));
    let applied = release(cx, &left).await?;
    let cancelled = applied.cancelled;
    settle_refused(drafts, applied);
    Ok(cancelled)
}

/// Clears the profiles of students without a payment, and reactivates the enrolments. Returns the refusals.
pub(crate) async fn release(cx: Cx<'_>, left: &[StudentWithoutPayment]) -> Result<Applied, Stop> {
    let updates: Vec<Update> = left
        .iter()
        .filter_map(|left| {
            let (place, (target_id, shown)) = (left.place, left.account.clone()?);
            Some(Update { place, target_id, payload: empty_profile(&shown) })
        })
        .collect();
    let writer = Writer { to: cx.job.target.as_ref(), kind: cx.kind, lease: cx.lease };
    let mut applied = writer.update_all(updates).await?;
    if !applied.cancelled {
        let freed = left.iter().filter(|left| left.freed);
        let freed = freed.map(|left| (left.person.clone(), (left.place, false))).collect();
        let given_back = set_enrolments(cx, &freed).await?;
        applied.settled.extend(given_back.settled);
        applied.cancelled = given_back.cancelled;
    }
    // An account that no longer exists has no fields to clear.
    let refused = |fate: &Fate| matches!(fate, Fate::Refused(refusal) if refusal.code != code::MOODLE_USER_UNKNOWN);
    applied.settled.retain(|settled| refused(&settled.fate));
    if !applied.cancelled {
        applied.settled.extend(still_shown(cx, left).await?);
    }
    Ok(applied)
}

/// Suspends or reactivates the enrolments of students, each for the payment at a position. An enrolment that its own
/// status has ended stays suspended.
async fn set_enrolments(
    cx: Cx<'_>,
    wanted: &HashMap<PersonId, (usize, bool)>,
) -> Result<Applied, Stop> {
    let people: Vec<PersonId> = wanted.keys().cloned().collect();
    let module_of = ModuleName::Enrollments;
    let enrolments = cx.rows().links_of_people(module_of, &people).await?;
    let enrollments = cx.job.module_named(module_of);
    // One active record of an enrolment is enough.
    let used: HashSet<EnrolmentId> = enrolments
        .iter()
        .filter(|link| !has_ended(&link.sent))
        .filter_map(|link| whole(&link.target_id))
        .collect();
    // Enrolments in what is gone by now are not ours to change.
    let numbers = enrolments.iter().flat_map(|link| led_to(cx, link));
    let astray = Box::pin(astray(cx, numbers)).await?;
    let strays = |target_id: &ObjectId| {
        let numbers = cx.object(TargetKind::Enrolment).numbers(target_id);
        numbers.iter().any(|number| astray.contains(number))
    };
    let mut unreadable = Vec::new();
    // For the enrolment, not for the membership in a group: that stays.
    let mut in_course = |place, target_id: &ObjectId| match enrolment_of(target_id) {
        Ok(_) if strays(target_id) => None,
        Ok(id) => Some(id.in_course()),
        Err(Unfit { code, message, .. }) => {
            unreadable.push(Settled { place, fate: Fate::refused(code, message) });
            None
        }
    };
    let mut updates = Vec::new();
    for link in &enrolments {
        let Some(person) = link.person.as_ref() else { continue };
        let Some((place, suspended)) = wanted.get(person).copied() else { continue };
        if let Some(id) = in_course(place, &link.target_id) {
            let suspended = suspended || !used.contains(&id);
            let payload = state_of(enrollments, &id, &link.sent, suspended);
            updates.push(Update { place, target_id: id.to_string().into(), payload });
        }
    }
    // A place that a record has left and that has not ended yet is in use as well; it is not reactivated.
    for link in &enrolments {
        let Some(person) = link.person.as_ref() else { continue };
        let Some((place, true)) = wanted.get(person).copied() else { continue };
        for left in link.left.iter().filter(|left| left.kind == TargetKind::Enrolment) {
            if let Some(id) = in_course(place, &left.target_id) {
                let payload = state_of(enrollments, &id, &left.sent, true);
                updates.push(Update { place, target_id: id.to_string().into(), payload });
            }
        }
    }
    let kind = cx.object(TargetKind::Enrolment);
    let mut applied =
        Writer { to: cx.job.target.as_ref(), kind, lease: cx.lease }.update_all(updates).await?;
    applied.forgive_gone(|code| kind.has_ended(code));
    applied.settled.extend(unreadable);
    Ok(applied)
}

/// Returns those students whose newest payment so far suspends their enrolments.
pub(crate) async fn suspended_students(
    cx: Cx<'_>,
    people: &[PersonId],
) -> Result<HashSet<PersonId>, StoreError> {
    let module = cx.job.module_named(ModuleName::Payments);
    if module.layout().suspend_on.is_empty()
        || cx.kind_of(ModuleName::Payments).target() != TargetKind::Profile
    {
        return Ok(HashSet::new());
    }
    suspended(cx, people).await
}

/// Returns those students whose newest payment, as sent, has suspended their enrolments.
async fn suspended(cx: Cx<'_>, people: &[PersonId]) -> Result<HashSet<PersonId>, StoreError> {
    let links = cx.rows().links_of_people(ModuleName::Payments, people).await?;
    let newest = newest_sent(&links);
    let ended = newest.into_iter().filter(|(_, payment)| payment.ended);
    Ok(ended.map(|(person, _)| person.clone()).collect())
}

/// A menu without an empty choice silently keeps its value.
async fn still_shown(cx: Cx<'_>, left: &[StudentWithoutPayment]) -> Result<Vec<Settled>, Stop> {
    let accounts = left.iter().filter_map(|left| Some((left.place, left.account.as_ref()?)));
    let ids: Vec<String> = accounts.clone().map(|(_, (id, _))| id.to_string()).collect();
    let found = by_field(cx.job.target.as_ref(), TargetKind::Profile, "id", &ids).await?;
    let still = accounts.filter(|(_, (id, status))| {
        let has = found.get(id.as_str()).and_then(|records| records.first());
        let has = has.and_then(|record| record.fields.get(STATUS_FIELD)?.as_str());
        has.is_some_and(|has| !has.is_empty() && has == status)
    });
    let refused = still.map(|(place, (_, status))| {
        let message = format!(
            "the student has no payment any more, and the profile field '{STATUS_FIELD}' still says {status}: its menu lacks an empty choice"
        );
        Settled { place, fate: Fate::refused(code::MOODLE_VALUE_DROPPED, message) }
    });
    Ok(refused.collect())
}
