//! The brake on changes while a run reads: counts what it would write, stops it before it writes what is suspect, and says
//! whether the run should plan first because it differs from the last completed read. The limits are in
//! `domain/brake/change.rs`, what follows is in `plan.rs`.

use {
    super::{
        checkpoint::{Braked, Checkpoint, Stage},
        kind::Cx,
        stop::Stop,
    },
    crate::domain::{
        brake::{Change, HeldChanges, Limits},
        selection::RunSelection,
    },
    serde_json::json,
    sha2::{Digest as _, Sha256},
    std::collections::BTreeSet,
};

/// Counts what a slice would do to its records, before anything of it is written.
///
/// # Errors
/// `Stop::Plan` where it is suspect; then nothing is counted.
pub(crate) async fn admit(cx: Cx<'_>, met: usize, changes: &[Change]) -> Result<(), Stop> {
    let mut next = cx.job.brake.braked();
    count(&mut next, met, changes);
    if !next.tally.is_small() && !next.passed {
        let before = cx.job.brake.braked().tally.creates;
        let limits = limits(cx, &next).await?;
        if !limits.are_off() && !cx.job.claim.run.dry_run {
            let base = base(cx, &mut next, before).await?;
            if next.tally.is_suspect(limits, base) {
                return Err(Stop::Plan);
            }
        }
    }
    cx.job.brake.set(next);
    Ok(())
}

/// Counts what would be done to records.
pub(crate) fn count(braked: &mut Braked, met: usize, changes: &[Change]) {
    braked.tally.met += i64::try_from(met).unwrap_or_default();
    changes.iter().for_each(|change| braked.tally.add(change));
}

/// Returns why what is counted must wait, if it must.
pub(crate) async fn held(cx: Cx<'_>, braked: &mut Braked) -> Result<Option<HeldChanges>, Stop> {
    let limits = limits(cx, braked).await?;
    // What is gone is never made again without a question, whatever the limits of changes are.
    if braked.tally.is_small() || (limits.are_off() && braked.tally.lost == 0) {
        return Ok(None);
    }
    let base = base(cx, braked, 0).await?;
    Ok(braked.tally.held(limits, base))
}

/// Returns the links of the module at the start of the run. They are counted when they begin to matter; what the run made
/// before then is left out.
async fn base(cx: Cx<'_>, braked: &mut Braked, made: i64) -> Result<i64, Stop> {
    if let Some(base) = braked.base {
        return Ok(base);
    }
    let links = cx.rows().count_links(cx.job.claim.run.module).await?;
    let base = i64::try_from(links).unwrap_or(i64::MAX).saturating_sub(made).max(0);
    braked.base = Some(base);
    Ok(base)
}

/// Returns what the tenant allows.
async fn limits(cx: Cx<'_>, braked: &Braked) -> Result<Limits, Stop> {
    let layout = cx.job.module().layout();
    let judged = braked.tally.makes_many() && layout.brake_create_factor > 0;
    Ok(Limits {
        update_percent: layout.brake_update_percent,
        field_percent: layout.brake_field_percent,
        identity_percent: layout.brake_identity_percent,
        create_factor: layout.brake_create_factor,
        least: layout.brake_min,
        most_made: if judged { most_made(cx).await? } else { None },
    })
}

/// Returns the most objects that a run of the module made lately; `None` as long as the module was never read whole: then
/// this is still its first sync.
async fn most_made(cx: Cx<'_>) -> Result<Option<i64>, Stop> {
    if let Some(known) = cx.job.brake.most_made() {
        return Ok(known);
    }
    let run = &cx.job.claim.run;
    let read = cx.rows().cursor(run.module).await?.full_scan_at.is_some();
    let most = match read {
        true => Some(cx.rows().most_made(run.module, run.id, cx.clock.now()).await?),
        false => None,
    };
    cx.job.brake.note_most_made(most);
    Ok(most)
}

/// Returns whether the run should plan all that it would write before it writes any of it: it is based on something else
/// than the last completed read of the module.
pub(crate) async fn plans_first(cx: Cx<'_>, from: &Checkpoint) -> Result<bool, Stop> {
    let run = &cx.job.claim.run;
    let reads = matches!(from.stage, Stage::Waits | Stage::Read);
    let (passed, first) = (from.braked.passed, from.braked.base == Some(0));
    let verifies = run.selection == RunSelection::Verify;
    if run.dry_run || !reads || passed || first {
        return Ok(false);
    }
    if !verifies && limits(cx, &from.braked).await?.are_off() {
        return Ok(false);
    }
    if !verifies && cx.rows().basis(run.module).await?.is_some_and(|known| known == basis(cx)) {
        return Ok(false);
    }
    Ok(cx.rows().count_links(run.module).await? > 0)
}

/// Returns a digest of what a read of the module is based on: the mapping, the options, both connections and the source
/// fields that are known to be there.
pub(crate) fn basis(cx: Cx<'_>) -> String {
    digest(cx, cx.job.mapping_version, &cx.job.presence.seen())
}

/// Returns a digest of what changes are planned by: the same without the fields that have come. `version` is that of the
/// mapping.
pub(crate) fn planned_by(cx: Cx<'_>, version: Option<i64>) -> String {
    digest(cx, version, &BTreeSet::new())
}

fn digest(cx: Cx<'_>, version: Option<i64>, seen: &BTreeSet<String>) -> String {
    let job = cx.job;
    let parts = json!([
        version,
        job.module().layout().unbraked(),
        job.layouts.forms(),
        job.layouts.zone().name(),
        job.connection,
        job.query.module,
        job.site.address,
        seen,
    ]);
    let digest = Sha256::digest(parts.to_string());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
