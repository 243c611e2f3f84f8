//! Checks whether the target is the site that the tenant's links were made for. A link leads to an object by its
//! number, and behind another address the same number may be another object; if no object carries its record's id,
//! nothing is written.

use {
    super::{kind::Cx, kinds::field::SOURCE_ID_FIELD, stop::Stop},
    crate::{
        domain::{code, record::TargetRecord, run::RunFailure},
        store::Witness,
    },
    serde_json::Value,
};

/// Returns why the run must not begin, if the links belong to another site. An address that is only a new name of the
/// same site is noted without a question.
pub(crate) async fn check_same_site(cx: Cx<'_>) -> Result<Option<RunFailure>, Stop> {
    let is_renamed = match other_site(cx).await? {
        Ok(is_renamed) => is_renamed,
        Err(failure) => return Ok(Some(failure)),
    };
    if is_renamed {
        cx.rows().note_site(&cx.job.site.address).await?;
    }
    Ok(None)
}

/// Returns whether the address is only a new name of the site of the links, or why the run must not begin.
pub(crate) async fn other_site(cx: Cx<'_>) -> Result<Result<bool, RunFailure>, Stop> {
    let site = &cx.job.site;
    if site.known {
        return Ok(Ok(false));
    }
    let witnesses = cx.rows().witnesses(cx.job.claim.run.id, &site.address).await?;
    let Some(first) = witnesses.first() else { return Ok(Ok(false)) };
    let (kind, object) = (first.kind, cx.object(first.kind));
    let ids: Vec<String> = witnesses.iter().map(|one| one.target_id.to_string()).collect();
    let found = site.target.look_up(kind, "id", &ids).await?;
    let mut same = witnesses.iter().any(|one| found.iter().any(|object| carries(object, one)));
    let hidden = !found.is_empty() && found.iter().all(|object| carried(object).is_none());
    if !same && hidden && object.may_be_hidden() {
        // No account has an id, or the ids are hidden: the look-up by id finds out, and says what to do.
        let records: Vec<String> =
            witnesses.iter().map(|one| one.zoho_id.as_str().to_owned()).collect();
        let found = site.target.look_up(kind, SOURCE_ID_FIELD, &records).await?;
        same = witnesses.iter().any(|one| found.iter().any(|object| carries(object, one)));
    }
    if !same && found.is_empty() {
        // No object exists, or all are hidden.
        object.prove_shown(cx, SOURCE_ID_FIELD).await?;
    }
    if same {
        return Ok(Ok(true));
    }
    Ok(Err(RunFailure::of(code::TARGET_CHANGED, &[("count", &witnesses.len())])))
}

fn carried(object: &TargetRecord) -> Option<&str> {
    object.fields.get(SOURCE_ID_FIELD).and_then(Value::as_str).filter(|id| !id.is_empty())
}

fn carries(object: &TargetRecord, witness: &Witness) -> bool {
    object.id == witness.target_id && carried(object) == Some(witness.zoho_id.as_str())
}
