//! What records of enrolments leave when they move: groups of the same course, and places that no longer exist.

use {
    crate::{
        domain::{
            id::{EnrolmentId, ObjectId, RecordId},
            record::TargetKind,
        },
        store::LeftPlace,
        sync::{
            draft::Draft,
            kind::Cx,
            kinds::field::PARENT_FIELDS,
            look_up::by_field,
            stop::Stop,
            work::{Remove, Work},
        },
    },
    std::collections::{BTreeSet, HashSet},
};

/// Collects the groups that records leave for others of the same course, except those that another record uses.
pub(crate) async fn leave_groups(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    work: &mut Work,
) -> Result<(), Stop> {
    let left: Vec<ObjectId> = drafts.iter().filter_map(|draft| draft.leaves.clone()).collect();
    if left.is_empty() {
        return Ok(());
    }
    let leaving = drafts.iter().filter(|draft| draft.leaves.is_some());
    let without: Vec<RecordId> = leaving.map(|draft| draft.zoho_id.clone()).collect();
    let kind = cx.kind.target();
    let shared = cx.rows().shared_targets(kind, &left, &without).await?;
    let here: HashSet<ObjectId> =
        drafts.iter().filter_map(|draft| draft.wanted.as_ref()?.id.clone()).collect();
    for (place, draft) in drafts.iter_mut().enumerate() {
        let left = draft.take_left_part();
        if let Some(target_id) = left.filter(|id| !shared.contains(id) && !here.contains(id)) {
            work.removes.push(Remove { place, target_id });
        }
    }
    Ok(())
}

/// Clears the old places of records that have not moved themselves: if the object of a parent was deleted in the
/// target and created again, nothing is left to end.
pub(crate) async fn forget_gone_places(cx: Cx<'_>, drafts: &mut [Draft]) -> Result<(), Stop> {
    let replaced = |draft: &Draft| {
        let left = draft.left.as_ref().filter(|_| draft.was_replaced(&PARENT_FIELDS));
        left.map(enrolment)
    };
    let asked: Vec<EnrolmentId> = drafts.iter().filter_map(replaced).flatten().collect();
    if !drafts.iter().any(|draft| replaced(draft).is_some()) {
        return Ok(());
    }
    let there = async |kind, ids: BTreeSet<String>| -> Result<HashSet<String>, Stop> {
        let ids: Vec<String> = ids.into_iter().collect();
        let found = by_field(cx.job.target.as_ref(), kind, "id", &ids).await?;
        Ok(found.into_keys().collect())
    };
    let courses = there(TargetKind::Course, asked.iter().map(|id| id.course.to_string()).collect());
    let courses = courses.await?;
    let users = there(TargetKind::User, asked.iter().map(|id| id.user.to_string()).collect());
    let users = users.await?;
    for draft in drafts.iter_mut() {
        let Some(left) = replaced(draft) else { continue };
        let stands = left.is_some_and(|id| {
            courses.contains(id.course.as_str()) && users.contains(id.user.as_str())
        });
        if !stands {
            draft.forget_left();
        }
    }
    Ok(())
}

/// Returns the enrolment of a place, if it is one.
fn enrolment(place: &LeftPlace) -> Option<EnrolmentId> {
    let id = (place.kind == TargetKind::Enrolment).then_some(&place.target_id)?;
    EnrolmentId::parse(id.as_str()).ok()
}
