//! Records that have come since a run read its module. A removal may wait for an approval for days; by then another
//! record may use the enrolment that is to be ended, and an ended enrolment loses its grades.

use crate::{
    domain::{
        id::{ObjectId, RecordId},
        layout::RemovalAction,
        mapping::KnownFields,
    },
    ports::{Page, ReadQuery},
    sync::{
        admit::admit,
        checkpoint::Checkpoint,
        draft::Draft,
        kind::Cx,
        map::{shape, traced},
        parents::load_parents,
        read::overlap,
        stop::Stop,
    },
};

/// Returns the enrolments of records that have changed since the run's read, if removals end enrolments.
pub(crate) async fn arrivals(cx: Cx<'_>, end: &Checkpoint) -> Result<Vec<ObjectId>, Stop> {
    let module = cx.job.module();
    if module.layout().removal_action != RemovalAction::Unenrol {
        return Ok(Vec::new());
    }
    let read = end.as_of.unwrap_or(cx.job.claim.run.started_at);
    let query =
        ReadQuery { modified_since: Some(read - overlap()), bulk: false, ..cx.job.query.clone() };
    let (mut places, mut cursor) = (Vec::new(), None);
    loop {
        let page = cx.job.source.page(&query, cursor.as_deref()).await?;
        admit(cx, &page.records).await?;
        places.extend(places_of(cx, &page).await?);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(places);
        }
    }
}

/// Returns the places of the records of a page, except those whose status ends the use.
async fn places_of(cx: Cx<'_>, page: &Page) -> Result<Vec<ObjectId>, Stop> {
    let module = cx.job.module();
    let ids: Vec<RecordId> = page.records.iter().map(|record| record.id.clone()).collect();
    let links = cx.rows().links(module.name, &ids).await?;
    let seen = cx.job.presence.seen();
    let mut drafts: Vec<Draft> = tokio::task::block_in_place(|| {
        let known = KnownFields::new(&seen);
        let draft = |record| {
            // The place of a record depends only on its parents.
            let shaped = shape(cx, record, known, links.get(&record.id)).ok();
            let shaped = shaped
                .or_else(|| cx.kind.shape(module, &record.id, &traced(cx, record, known)).ok())?;
            (!shaped.ended).then(|| Draft::new(record, shaped, None))
        };
        page.records.iter().filter_map(draft).collect()
    });
    let parents = load_parents(cx, &mut drafts).await?;
    let place =
        |draft: &Draft| cx.kind.wanted(module, &draft.zoho_id, &draft.shape, &parents).ok()?.id;
    Ok(drafts.iter().filter_map(place).collect())
}
