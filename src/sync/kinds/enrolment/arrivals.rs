//! Records that have come since a run read its module. A removal may wait for an approval for days; by then another
//! record may use the enrolment that is to be ended, and an ended enrolment loses its grades.

use crate::{
    domain::{
        id::{ObjectId, RecordId},
        layout::RemovalAction,
        mapping::KnownFields,
        record::SourceRecord,
    },
    ports::ReadQuery,
    sync::{
        admit::admit,
        checkpoint::Checkpoint,
        draft::Draft,
        fetch::{SLICE, by_ids, is_refused, overlap},
        kind::Cx,
        map::{shape, traced},
        parents::load_parents,
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
    let page = cx.job.source.page(&query, None).await?;
    admit(cx, &page.records, &page.withheld).await?;
    let mut places = places_of(cx, &page.records).await?;
    let Some(mut cursor) = page.next else { return Ok(places) };
    // Of several pages one may be missed that moved meanwhile; by the ids none is.
    let mut after = String::new();
    loop {
        let ids = match cx.job.source.ids(&query, None, &after).await {
            Err(error) if is_refused(&error) => break,
            ids => ids?,
        };
        let Some(ids) = ids else { break };
        for part in ids.ids.chunks(SLICE) {
            let (found, _) = by_ids(cx, part).await?;
            places.extend(places_of(cx, &found.records).await?);
        }
        match ids.ids.last() {
            Some(last) if !ids.last => last.as_str().clone_into(&mut after),
            _ => return Ok(places),
        }
    }
    loop {
        let page = cx.job.source.page(&query, Some(&cursor)).await?;
        admit(cx, &page.records, &page.withheld).await?;
        places.extend(places_of(cx, &page.records).await?);
        match page.next {
            Some(next) => cursor = next,
            None => return Ok(places),
        }
    }
}

/// Returns the places that records have, but for those whose status ends the use.
async fn places_of(cx: Cx<'_>, records: &[SourceRecord]) -> Result<Vec<ObjectId>, Stop> {
    let module = cx.job.module();
    let ids: Vec<RecordId> = records.iter().map(|record| record.id.clone()).collect();
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
        records.iter().filter_map(draft).collect()
    });
    let parents = load_parents(cx, &mut drafts).await?;
    let place =
        |draft: &Draft| cx.kind.wanted(module, &draft.zoho_id, &draft.shape, &parents).ok()?.id;
    Ok(drafts.iter().filter_map(place).collect())
}
