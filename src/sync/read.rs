//! Reads a slice of records, stage by stage: those that waited for a parent, then those that the run selects, then
//! the source's list of deleted ones. The position of the read is a checkpoint that is stored with every slice.

use {
    super::{
        admit::admit,
        border,
        checkpoint::{Checkpoint, Stage},
        fetch::{SLICE, Slice, by_ids, is_refused, overlap, tell_refused},
        kind::Cx,
        restored::restored,
        stop::Stop,
        sweep::sweep,
        verify::look_back,
    },
    crate::{
        domain::{
            code,
            id::{RecordId, RunId},
            record::SourceRecord,
            selection::{RetryFilter, RunSelection},
        },
        ports::{ConnectorError, Failure, ReadQuery},
        store::{Cursor, Evidence, ItemFilter, LinkState, PlannedRemoval},
    },
    chrono::{DateTime, Utc},
    std::collections::{HashMap, HashSet},
};

/// Records of a slice that is read by ids: as many as one such read takes.
const BY_IDS: u64 = 100;
/// A first read of more records than this goes through the source's bulk interface.
const BULK_ABOVE: u32 = 10_000;
/// After a whole read of so many records the next one goes that way, too: lists do not reach much further.
const BULK_ALWAYS: i64 = 90_000;

/// Reads the slice after `from`, and what the target has of its records where the run verifies that.
pub(crate) async fn next(cx: Cx<'_>, from: &Checkpoint, now: DateTime<Utc>) -> Result<Slice, Stop> {
    let mut slice = after(cx, from, now).await?;
    slice.back = Box::pin(look_back(cx, &slice.records)).await?;
    if let Some(reason) = slice.back.as_ref().and_then(|back| back.blind.clone()) {
        cx.job.findings.of_field(code::NOT_VERIFIED, "", &[("reason", &reason)]);
    }
    Ok(slice)
}

async fn after(cx: Cx<'_>, from: &Checkpoint, now: DateTime<Utc>) -> Result<Slice, Stop> {
    let mut from = from.clone();
    if from.stage == Stage::Waits {
        if let Some(slice) = waits(cx, &from).await? {
            return Ok(slice);
        }
        from.enter(Stage::Read);
    }
    match (from.stage, &cx.job.claim.run.selection, cx.job.claim.run.parent) {
        (Stage::Read, RunSelection::Retry { filter }, Some(parent)) => {
            retry(cx, parent, filter, &from).await
        }
        // A retry from before selections were stored.
        (Stage::Read, _, Some(parent)) => retry(cx, parent, &RetryFilter::default(), &from).await,
        (Stage::Read, RunSelection::Ids { ids }, _) => Ok(given(cx, ids, &from).await?),
        (Stage::Read, RunSelection::Waits, _) => Ok(Slice { last: true, ..Slice::empty(from) }),
        (Stage::Read, selection, _) => list(cx, selection.is_whole(), &from, now).await,
        (Stage::Sweep, ..) => {
            let slice = sweep(cx, &from).await?;
            if slice.last { close(cx, slice, now).await } else { Ok(slice) }
        }
        _ => Ok(deleted(cx, &from).await?),
    }
}

async fn waits(cx: Cx<'_>, from: &Checkpoint) -> Result<Option<Slice>, Stop> {
    let run = &cx.job.claim.run;
    if run.dry_run || run.parent.is_some() || matches!(run.selection, RunSelection::Ids { .. }) {
        return Ok(None);
    }
    let after = from.after.as_ref();
    let ids = cx.rows().ready_waits(run.module, after, BY_IDS).await?;
    let Some(end) = ids.last().cloned() else { return Ok(None) };
    let (found, gone) = by_ids(cx, &ids).await?;
    let mut checkpoint = from.clone();
    checkpoint.after = Some(end);
    checkpoint.again = true;
    Ok(Some(Slice { gone, forced: true, ..Slice::of(found, checkpoint) }))
}

async fn given(cx: Cx<'_>, ids: &[RecordId], from: &Checkpoint) -> Result<Slice, ConnectorError> {
    let ids = distinct(ids.iter().cloned());
    let last = from.taken.and_then(|last| usize::try_from(last).ok());
    let taken = last.map_or(0, |last| last.saturating_add(1));
    let rest = ids.get(taken..).unwrap_or_default();
    let chunk = rest.get(..BY_IDS as usize).unwrap_or(rest);
    let (found, gone) = by_ids(cx, chunk).await?;
    let mut checkpoint = from.clone();
    let end = taken.saturating_add(chunk.len()).checked_sub(1);
    checkpoint.taken = end.and_then(|end| i64::try_from(end).ok());
    let last = chunk.len() == rest.len();
    Ok(Slice { gone, last, ..Slice::of(found, checkpoint) })
}

async fn retry(
    cx: Cx<'_>,
    parent: RunId,
    wanted: &RetryFilter,
    from: &Checkpoint,
) -> Result<Slice, Stop> {
    let filter = ItemFilter { after: from.taken, limit: BY_IDS, ..ItemFilter::due(wanted) };
    let items = cx.rows().items(parent, &filter).await?;
    let mut checkpoint = from.clone();
    let Some(end) = items.last() else {
        return Ok(Slice { last: true, ..Slice::empty(checkpoint) });
    };
    checkpoint.taken = Some(end.ordinal);
    let last = (items.len() as u64) < BY_IDS;
    let nameless = items.iter().any(|item| item.zoho_id.is_none());
    let ids = distinct(items.into_iter().filter_map(|item| item.zoho_id));
    let (found, gone) = by_ids(cx, &ids).await?;
    Ok(Slice { gone, nameless, last, ..Slice::of(found, checkpoint) })
}

/// Returns each id once, in the order of first occurrence: a record requested twice would look gone the second time.
fn distinct(ids: impl Iterator<Item = RecordId>) -> Vec<RecordId> {
    let mut seen = HashSet::new();
    ids.filter(|id| seen.insert(id.clone())).collect()
}

/// Reads pages of the module's list, whole or as far as it changed.
async fn list(
    cx: Cx<'_>,
    full: bool,
    from: &Checkpoint,
    now: DateTime<Utc>,
) -> Result<Slice, Stop> {
    let module = cx.job.claim.run.module;
    let known = cx.rows().cursor(module).await?;
    let mut from = from.clone();
    // Without an earlier whole read there is nothing to build on.
    let full = full || known.watermark.is_none();
    if from.bulk.is_none() {
        from.rows_before = known.full_scan_rows;
        from.since = known.watermark.filter(|_| !full).map(|mark| mark - overlap());
        from.first_since = from.since;
        from.bulk = Some(full && cx.job.bulk_would_do() && fits_bulk(cx, &known).await?);
    }
    let mut query = ReadQuery {
        modified_since: from.since,
        bulk: from.bulk.unwrap_or_default(),
        ..cx.job.query.clone()
    };
    let slice = match pages(cx, &query, &from, None).await {
        Err(error) if error.failure == Failure::CursorExpired && from.cursor.is_some() => {
            let mut start = from.clone();
            let ordered = query.modified_since.is_none() && !query.bulk && query.within.is_empty();
            if !start.restart(ordered) {
                return Err(error.into());
            }
            query.modified_since = start.since;
            let after = from.after.clone().filter(|_| ordered);
            pages(cx, &query, &start, after.as_ref()).await
        }
        Err(error) if error.failure == Failure::TooLong && from.cursor.is_some() => {
            let mut start = from.clone();
            // What no new window divides, and a whole read, goes on by the ids.
            if start.since.is_none() || !start.restart(false) {
                let mut checkpoint = from;
                checkpoint.enter(Stage::Sweep);
                checkpoint.beyond = true;
                return Ok(Slice { barrier: true, ..Slice::empty(checkpoint) });
            }
            query.modified_since = start.since;
            pages(cx, &query, &start, None).await
        }
        // What a file lacks its lists would hide as well.
        Err(error)
            if query.bulk && is_refused(&error) && error.code != code::MAPPED_FIELD_ABSENT =>
        {
            let mut start = from.clone();
            tell_refused(cx, &error);
            start.cursor = None;
            start.bulk = Some(false);
            (start.again, start.rows) = (true, 0);
            query.bulk = false;
            pages(cx, &query, &start, None).await
        }
        other => other,
    };
    let mut slice = slice?;
    border::look_between(cx, &query, &mut slice).await?;
    if !slice.last {
        return Ok(slice);
    }
    if slice.checkpoint.wants_sweep() && cx.job.query.within.is_empty() {
        slice.last = false;
        slice.barrier = true;
        slice.checkpoint.enter(Stage::Sweep);
        return Ok(slice);
    }
    close(cx, slice, now).await
}

/// Says whether a whole read goes through the source's bulk interface: a first one of many records, and every one of more
/// than pages reach.
async fn fits_bulk(cx: Cx<'_>, known: &Cursor) -> Result<bool, ConnectorError> {
    if known.full_scan_at.is_some() {
        return Ok(known.full_scan_rows.is_some_and(|rows| rows > BULK_ALWAYS));
    }
    match cx.job.source.holds_more_than(&cx.job.query.module, BULK_ABOVE).await {
        Err(error) if is_refused(&error) => {
            tell_refused(cx, &error);
            Ok(false)
        }
        answer => answer,
    }
}

/// Ends the read of the list with the slice that reaches its end.
async fn close(cx: Cx<'_>, mut slice: Slice, now: DateTime<Utc>) -> Result<Slice, Stop> {
    let known = cx.rows().cursor(cx.job.claim.run.module).await?;
    let whole = slice.checkpoint.since.is_none();
    if slice.checkpoint.rows == 0 && whole {
        confirm_empty(cx, &mut slice.checkpoint).await?;
    }
    if !whole && cx.job.removes() {
        restored(cx, &mut slice, now).await?;
    }
    slice.last = true;
    slice.whole = whole;
    slice.checkpoint.pending = Some(slice.checkpoint.end(known, whole, now));
    slice.checkpoint.read_ended = whole;
    // The list of deleted records is evidence that absence alone is not. Until it is read the module counts as read
    // as far as before: what was deleted would be lost to the next run.
    if cx.job.removes() && known.watermark.is_some() {
        slice.last = false;
        slice.checkpoint.enter(Stage::Deleted);
        slice.checkpoint.since = known.watermark.map(|mark| mark - overlap());
    }
    Ok(slice)
}

/// An empty list is believed only when a read of another kind says the same; where that is refused, it says nothing of who
/// is gone.
async fn confirm_empty(cx: Cx<'_>, checkpoint: &mut Checkpoint) -> Result<(), ConnectorError> {
    match cx.job.source.holds_more_than(&cx.job.query.module, 0).await {
        Ok(false) => Ok(()),
        Ok(true) => {
            let reason = "it answered with an empty list, but it holds records";
            let code = code::SOURCE_INCOMPLETE;
            Err(ConnectorError::of(Failure::Unreachable, code, &[("reason", &reason)]))
        }
        Err(error) if is_refused(&error) => {
            checkpoint.unproven = true;
            tell_refused(cx, &error);
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Reads some pages; records up to the one in `after` are left out.
async fn pages(
    cx: Cx<'_>,
    query: &ReadQuery,
    from: &Checkpoint,
    after: Option<&RecordId>,
) -> Result<Slice, ConnectorError> {
    let mut checkpoint = from.clone();
    let (mut records, mut flawed) = (Vec::new(), Vec::new());
    loop {
        let page = match cx.job.source.page(query, checkpoint.cursor.as_deref()).await {
            // The records read so far are processed first; the next slice begins with this page and fails by itself.
            Err(_) if !records.is_empty() => break,
            page => page?,
        };
        // If a page lacks a field as a whole, the records read so far are not processed either: they may lack it too.
        admit(cx, &page.records, &page.withheld).await?;
        checkpoint.as_of = checkpoint.as_of.or(page.as_of);
        if query.modified_since.is_none() && query.within.is_empty() {
            border::note(&mut checkpoint, &page);
        }
        checkpoint.cursor = page.next;
        checkpoint.paged |= checkpoint.cursor.is_some();
        if page.hides && cx.job.removes() {
            checkpoint.unproven = true;
            let reason = "it refuses to show those that wait for an approval or were converted";
            cx.job.findings.of_field(code::ABSENCE_UNPROVEN, "", &[("reason", &reason)]);
        }
        let latest = page.records.iter().filter_map(|record| record.modified_at).max();
        checkpoint.latest = checkpoint.latest.max(latest);
        flawed.extend(page.flawed);
        records.extend(page.records.into_iter().filter(|record| {
            let begun = checkpoint.as_of.filter(|_| query.modified_since.is_some());
            // A record that changes during a read of changes would come again at its end: the next run reads it.
            is_behind(&record.id, after)
                && begun.is_none_or(|begun| record.modified_at.is_none_or(|time| time <= begun))
        }));
        if checkpoint.cursor.is_none() || records.len() >= SLICE {
            break;
        }
    }
    let records = each_once(records);
    checkpoint.rows += i64::try_from(records.len() + flawed.len()).unwrap_or_default();
    checkpoint.nameless |= flawed.iter().any(|flaw| flaw.id.is_none());
    if let Some(record) = records.last() {
        checkpoint.after = Some(record.id.clone());
    }
    let last = checkpoint.cursor.is_none();
    Ok(Slice { records, flawed, last, ..Slice::empty(checkpoint) })
}

/// Reads the source's list of deleted records, as far as they have an object in use.
async fn deleted(cx: Cx<'_>, from: &Checkpoint) -> Result<Slice, Stop> {
    let module = cx.job.claim.run.module;
    let cursor = from.cursor.as_deref();
    let mut checkpoint = from.clone();
    let page = match cx.job.source.deleted(&cx.job.query.module, from.since, cursor).await {
        Err(error) if is_refused(&error) || error.failure == Failure::TooLong => {
            checkpoint.remark(code::DELETED_LIST_REFUSED, &error.message);
            // Who is gone is absent from a whole read. After a read of changes the module counts as read as far as before,
            // so that the next run asks for the same deletions.
            let found_by_absence = checkpoint.read_ended && checkpoint.absence_tells();
            checkpoint.pending = checkpoint.pending.filter(|_| found_by_absence);
            return Ok(Slice { last: true, ..Slice::empty(checkpoint) });
        }
        page => page?,
    };
    checkpoint.cursor = page.next;
    let ids: Vec<RecordId> = page.records.into_iter().map(|record| record.id).collect();
    let links = cx.rows().links(module, &ids).await?;
    let deleted = ids
        .into_iter()
        .filter(|id| links.get(id).is_some_and(|link| link.state == LinkState::Active))
        .map(|zoho_id| PlannedRemoval { zoho_id, evidence: Evidence::Deleted, label: None })
        .collect();
    let last = checkpoint.cursor.is_none();
    Ok(Slice { deleted, last, ..Slice::empty(checkpoint) })
}

/// Ids are decimal texts, read in ascending order.
fn is_behind(id: &RecordId, after: Option<&RecordId>) -> bool {
    let place = |id: &RecordId| id.as_str().len();
    after.is_none_or(|after| (place(id), id) > (place(after), after))
}

/// A list read has no snapshot: a record that moved may come twice. The newest version wins.
fn each_once(records: Vec<SourceRecord>) -> Vec<SourceRecord> {
    let mut place: HashMap<RecordId, usize> = HashMap::with_capacity(records.len());
    let mut out: Vec<SourceRecord> = Vec::with_capacity(records.len());
    for record in records {
        match place.get(&record.id).and_then(|place| out.get_mut(*place)) {
            Some(known) if known.modified_at <= record.modified_at => *known = record,
            Some(_) => {}
            None => {
                place.insert(record.id.clone(), out.len());
                out.push(record);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> RecordId {
        RecordId::parse(text).expect("an id")
    }

    #[test]
    fn a_record_that_is_named_twice_is_taken_once() {
        let ids = ["2", "1", "2", "1"].map(id);
        assert_eq!(distinct(ids.into_iter()), ["2", "1"]);
    }

    #[test]
    fn ids_compare_as_numbers() {
        assert!(is_behind(&id("10"), Some(&id("9"))));
        assert!(!is_behind(&id("9"), Some(&id("10"))));
        assert!(!is_behind(&id("10"), Some(&id("10"))));
        assert!(is_behind(&id("1"), None));
    }
}
