//! What records of enrolments leave as they go to others: groups of the same course, and places that are gone already.

use {
    crate::{
        domain::record::TargetKind,
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

/// Collects the groups that records leave for others of the same course, except where another record stands for one.
pub(crate) async fn leave_groups(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    work: &mut Work,
) -> Result<(), Stop> {
    let left: Vec<String> = drafts.iter().filter_map(|draft| draft.leaves.clone()).collect();
    if left.is_empty() {
        return Ok(());
    }
    let leaving = drafts.iter().filter(|draft| draft.leaves.is_some());
    let without: Vec<String> = leaving.map(|draft| draft.zoho_id.clone()).collect();
    let kind = cx.kind.target();
    let shared = cx.rows().shared_targets(kind, &left, &without).await?;
    let here: HashSet<String> =
        drafts.iter().filter_map(|draft| draft.wanted.as_ref()?.id.clone()).collect();
    for (place, draft) in drafts.iter_mut().enumerate() {
        let left = draft.take_left_part();
        if let Some(target_id) = left.filter(|id| !shared.contains(id) && !here.contains(id)) {
            work.removes.push(Remove { place, target_id });
        }
    }
    Ok(())
}

/// Forgets the places of records that have not moved themselves and whose old place is gone: where the object of a
/// parent was deleted in the target and made anew, nothing is left to end.
pub(crate) async fn forget_gone_places(cx: Cx<'_>, drafts: &mut [Draft]) -> Result<(), Stop> {
    let replaced = |draft: &Draft| {
        let left = draft.left.as_ref().filter(|_| draft.was_replaced(&PARENT_FIELDS));
        left.map(ends_of)
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
        let stands =
            ends.is_some_and(|(course, user)| courses.contains(&course) && users.contains(&user));
        if !stands {
            draft.forget_left();
        }
    }
    Ok(())
}

/// Returns the course and the user of an enrolment.
fn ends_of(place: &LeftPlace) -> Option<(String, String)> {
    let mut ids = place.target_id.split(':').map(str::to_owned);
    ids.next().zip(ids.next()).filter(|_| place.kind == TargetKind::Enrolment)
}
