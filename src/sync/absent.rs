//! Links of records that a whole read no longer shows, in a run that looks at everything. Where the objects are gone as well,
//! nothing is left to be done: the links are forgotten, so that they do not count as lost.

use {
    super::{
        checkpoint::Checkpoint,
        kind::Cx,
        kinds::gone::gone_in_both,
        stop::Stop,
        verify::{is_looked_at, of_links},
    },
    crate::{domain::selection::RunSelection, store::Link},
};

/// Links that are looked at together.
const LINKS: u64 = 100;

/// Forgets those links of records that are gone from the source whose objects are gone, too.
pub(crate) async fn forget_absent(cx: Cx<'_>, end: &Checkpoint) -> Result<(), Stop> {
    let run = &cx.job.claim.run;
    let verifies = run.selection == RunSelection::Verify && !run.dry_run;
    if !(verifies && end.read_ended && end.absence_tells()) {
        return Ok(());
    }
    let mut after = None;
    loop {
        if cx.lease.cancelled() {
            return Err(Stop::Cancelled);
        }
        let links = cx.rows().absent_links(run.module, run.id, after.as_ref(), LINKS).await?;
        let Some(last) = links.last() else { return Ok(()) };
        after = Some(last.zoho_id.clone());
        let mut links: Vec<&Link> = links.iter().filter(|link| is_looked_at(cx, link)).collect();
        links.sort_by(|a, b| a.target_id.cmp(&b.target_id));
        let back = of_links(cx, &links, false).await?;
        links.retain(|link| back.gone.contains(&link.target_id));
        let gone = gone_in_both(cx, &links).await?;
        links.retain(|link| gone.contains(&(link.module, link.zoho_id.clone())));
        if !links.is_empty() {
            cx.lease.may_write()?;
            cx.rows().forget_gone(run.id, &links, cx.clock.now()).await?;
        }
    }
}
