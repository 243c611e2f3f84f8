//! Whether an empty look-up of accounts means that there is no account. A target that may not show accounts answers
//! as if there were none, and an account that is taken to be absent is created a second time. So an empty result is
//! trusted only while an account is visible that must exist.

use {
    crate::{
        domain::record::TargetKind,
        sync::{
            kind::Cx,
            kinds::field::{EMAIL_FIELD, SOURCE_ID_FIELD},
            look_up::{Found, by_field},
            stop::Stop,
            work::Create,
        },
    },
    std::collections::BTreeSet,
};

/// Returns the accounts that carry the ids of records. If one is not found, others that must exist are looked up; the
/// run stops if they are hidden as well.
pub(crate) async fn accounts(
    cx: Cx<'_>,
    records: &[Create],
    by_address: bool,
) -> Result<Found, Stop> {
    let (target, kind) = (cx.job.target.as_ref(), TargetKind::User);
    let witness = cx.job.sight.witness();
    let witness = witness.filter(|id| !records.iter().any(|record| record.zoho_id == *id));
    let mut ids: Vec<String> = records.iter().map(|one| one.zoho_id.as_str().to_owned()).collect();
    ids.extend(witness.as_ref().map(ToString::to_string));
    let mut found = by_field(target, kind, SOURCE_ID_FIELD, &ids).await?;
    let seen = witness.and_then(|id| found.remove(id.as_str())).is_some_and(|accounts| {
        !by_address || accounts.iter().all(|one| one.fields.contains_key(EMAIL_FIELD))
    });
    if records.iter().all(|record| found.contains_key(record.zoho_id.as_str())) {
        return Ok(found);
    }
    // If nothing is created for absent accounts, having seen others once is enough.
    let harmless = cx.job.claim.run.dry_run || !cx.job.module().layout().create_users;
    if !(seen || harmless && cx.job.sight.is_proven()) {
        prove_sight(cx, if by_address { EMAIL_FIELD } else { SOURCE_ID_FIELD }).await?;
    }
    Ok(found)
}

/// Makes sure that accounts are visible by a field.
pub(crate) async fn prove_sight(cx: Cx<'_>, field: &str) -> Result<(), Stop> {
    // Several, because any of them may have been deleted there.
    let known = match field == SOURCE_ID_FIELD && !cx.job.sight.is_proven() {
        true => cx.rows().some_accounts(cx.job.claim.run.id).await?,
        false => BTreeSet::new(),
    };
    let known: Vec<(&str, &str)> =
        known.iter().map(|(id, zoho_id)| (id.as_str(), zoho_id.as_str())).collect();
    cx.job.target.sees_accounts(field, &known).await?;
    cx.job.sight.prove();
    Ok(())
}
