//! The end of a run for records that were put off until then: all of them are read and written together once more.

use super::{
    checkpoint::Checkpoint,
    fetch::by_ids,
    kind::Cx,
    progress::{Progress, save},
    slice::{leave_out_known, records},
    stop::Stop,
    verify::look_back,
    work::{Revoked, Rules},
};

/// Records of one read by id.
const READ: usize = 100;

/// Tries the records again, all of them together, and stores what came of it.
pub(crate) async fn again(
    cx: Cx<'_>,
    progress: &mut Progress,
    at: &Checkpoint,
) -> Result<(), Stop> {
    let ids = cx.job.deferred.list();
    if ids.is_empty() {
        return Ok(());
    }
    let (mut found, mut flawed, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    for some in ids.chunks(READ) {
        let (read, missing) = by_ids(cx, some).await?;
        found.extend(read.records);
        flawed.extend(read.flawed);
        gone.extend(missing);
    }
    let back = look_back(cx, &found).await?;
    let cx = Cx { back: back.as_ref(), defers: false, ..cx };
    let rules = Rules { may_end: false, forced: false, braked: false };
    let mut processed = records(cx, &found, rules, &Revoked::new()).await?;
    processed.tell_missing(gone.into_iter().map(Some), &flawed);
    // Some may have been met again, and been told, meanwhile.
    leave_out_known(cx, &mut processed).await?;
    let cancelled = processed.cancelled;
    if !cancelled {
        cx.job.deferred.set(Vec::new());
    }
    save(cx, progress, at, processed, None).await?;
    if cancelled { Err(Stop::Cancelled) } else { Ok(()) }
}
