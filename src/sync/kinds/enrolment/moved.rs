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
            kinds::field::{PARENT_FIELDS, SOURCE_ID_FIELD, text},
            look_up::by_field,
            stop::Stop,
            work::{Remove, Work, field_of},
        },
    },
    std::collections::{BTreeSet, HashMap, HashSet},
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

/// Clears the old places of records that have not moved themselves: if the object of a parent is gone and was made again,
/// nothing is left to end. Its number may be another object's by now.
pub(crate) async fn forget_gone_places(cx: Cx<'_>, drafts: &mut [Draft]) -> Result<(), Stop> {
    let replaced =
        |draft: &Draft| draft.left.clone().filter(|_| draft.was_replaced(&PARENT_FIELDS));
    let places: Vec<LeftPlace> = drafts.iter().filter_map(replaced).collect();
    if places.is_empty() {
        return Ok(());
    }
    let asked: Vec<EnrolmentId> = places.iter().filter_map(enrolment).collect();
    let there = async |kind,
                       ids: BTreeSet<String>|
           -> Result<HashMap<String, Option<String>>, Stop> {
        let ids: Vec<String> = ids.into_iter().collect();
        let found = by_field(cx.job.target.as_ref(), kind, "id", &ids).await?;
        let found =
            found.into_iter().filter_map(|(id, objects)| Some((id, objects.into_iter().next()?)));
        Ok(found.map(|(id, object)| (id, field_of(&object.fields, SOURCE_ID_FIELD))).collect())
    };
    let courses = there(TargetKind::Course, asked.iter().map(|id| id.course.to_string()).collect());
    let courses = courses.await?;
    let users = there(TargetKind::User, asked.iter().map(|id| id.user.to_string()).collect());
    let users = users.await?;
    for draft in drafts.iter_mut() {
        let Some(left) = replaced(draft) else { continue };
        // The parents' ids, of which the objects carry one.
        let named = |carried: &Option<String>| {
            let id = carried.as_deref().unwrap_or_default();
            !id.is_empty() && PARENT_FIELDS.iter().any(|field| text(&left.sent, field) == id)
        };
        let stands = enrolment(&left).is_some_and(|id| {
            // The course of a group is that of the class's unit.
            let course = courses.get(id.course.as_str());
            course.is_some_and(|carried| id.group.is_some() || named(carried))
                && users.get(id.user.as_str()).is_some_and(named)
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
