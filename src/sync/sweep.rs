//! The end of a read of several pages: every id that the source has is compared with what the run has met, because a list
//! has no snapshot. A record that slipped over the border of two pages, or that lies behind what pages reach, is read by its
//! id. Ids are walked in their order, so that nothing can slip here.

use {
    super::{
        checkpoint::Checkpoint,
        fetch::{SLICE, Slice, by_ids, is_refused, tell_refused},
        kind::Cx,
        stop::Stop,
    },
    crate::{
        domain::id::RecordId,
        ports::{IdPage, ReadQuery},
    },
};

/// Pages of ids that are looked through for one slice.
const PAGES: u32 = 10;

/// Reads the records behind the checkpoint that the pages did not show. The last slice is the one behind which no id comes.
pub(crate) async fn sweep(cx: Cx<'_>, from: &Checkpoint) -> Result<Slice, Stop> {
    let mut checkpoint = from.clone();
    let modified_since = checkpoint.first_since.or(checkpoint.since);
    let query = ReadQuery { modified_since, bulk: false, ..cx.job.query.clone() };
    // What has changed since the start of a read of changes is for the next one.
    let until = checkpoint.as_of.filter(|_| modified_since.is_some());
    let mut found = None;
    for _ in 0..PAGES {
        let after = checkpoint.after.as_ref().map_or("", RecordId::as_str).to_owned();
        let page = match cx.job.source.ids(&query, until, &after).await {
            Err(error) if is_refused(&error) && !checkpoint.beyond => {
                tell_refused(cx, &error);
                IdPage { ids: Vec::new(), last: true }
            }
            page => page?.unwrap_or(IdPage { ids: Vec::new(), last: true }),
        };
        let met = cx.job.met.of(cx.rows(), cx.job.claim.run.id).await?;
        let mut missed: Vec<RecordId> = page
            .ids
            .iter()
            .filter(|id| !(met.contains(id.as_str()) || cx.job.met.is_planned(id.as_str())))
            .take(SLICE + 1)
            .cloned()
            .collect();
        let cut = missed.len() > SLICE;
        missed.truncate(SLICE);
        let place = if cut { missed.last() } else { page.ids.last() };
        checkpoint.after = place.cloned().or(checkpoint.after);
        let last = page.last && !cut;
        if !missed.is_empty() {
            // What is gone meanwhile is not the read's.
            let (read, _) = by_ids(cx, &missed).await?;
            checkpoint.rows +=
                i64::try_from(read.records.len() + read.flawed.len()).unwrap_or_default();
            let latest = read.records.iter().filter_map(|record| record.modified_at).max();
            checkpoint.latest = checkpoint.latest.max(latest);
            found = Some(read);
        }
        if last || found.is_some() {
            return Ok(Slice { last, ..Slice::of(found.unwrap_or_default(), checkpoint) });
        }
    }
    Ok(Slice::empty(checkpoint))
}
