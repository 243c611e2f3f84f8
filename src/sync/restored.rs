//! Records that are there again after their use was ended because they were gone. What is taken out of a recycle bin keeps the
//! time of its last change, so that no read of changes shows it.

use {
    super::{
        fetch::{Slice, by_ids},
        kind::Cx,
        stop::Stop,
    },
    crate::domain::id::RecordId,
    chrono::{DateTime, TimeDelta, Utc},
    std::collections::HashSet,
};

/// How long the source's recycle bin keeps a record.
const BIN: TimeDelta = TimeDelta::days(60);
/// Records that are gone and known as such, at most, and those of them that a read of changes looks for: the ones that went
/// last, and as many of the others, which are others each quarter of an hour.
const GONE: u64 = 2_000;
const LOOKED_FOR: usize = 50;
const TURN_S: i64 = 15 * 60;

/// Adds such records to the last slice of a read of changes. Those that went last are looked for, and of the others some in
/// turn.
pub(crate) async fn restored(
    cx: Cx<'_>,
    slice: &mut Slice,
    now: DateTime<Utc>,
) -> Result<(), Stop> {
    let module = cx.job.claim.run.module;
    let gone = cx.rows().gone_records(module, now - BIN, GONE).await?;
    let (newest, others) = gone.split_at(LOOKED_FOR.min(gone.len()));
    let turns = others.chunks(LOOKED_FOR).len().max(1);
    let turn = usize::try_from(now.timestamp() / TURN_S).unwrap_or_default() % turns;
    let turn = others.chunks(LOOKED_FOR).nth(turn).unwrap_or_default();
    let read: HashSet<&str> = slice.records.iter().map(|record| record.id.as_str()).collect();
    let asked: Vec<RecordId> =
        newest.iter().chain(turn).filter(|id| !read.contains(id.as_str())).cloned().collect();
    let (found, _) = by_ids(cx, &asked).await?;
    // One of them may have been changed as well, and met before.
    slice.checkpoint.again |= !found.records.is_empty();
    slice.records.extend(found.records);
    Ok(())
}
