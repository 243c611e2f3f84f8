//! Which accounts a record may link and change. A match is proved by an e-mail address that it does not overwrite, or
//! by the record's id on the account. Values that the account had before stay if they are managed elsewhere. An
//! account with rights of its own is never linked, renamed or closed by a record.

use {
    super::account::{IDENTITY_FIELDS, doubt, is_open},
    crate::{
        domain::{code, id::ObjectId, record::TargetKind},
        ports::Rights,
        store::Link,
        sync::{
            draft::Draft,
            kind::Cx,
            look_up::by_field,
            stop::Stop,
            work::{Match, Settled, Update, protected, spared},
        },
    },
    std::collections::HashSet,
};

/// Returns those accounts that records may be linked to; the records of the others are refused.
pub(crate) async fn takeable(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    matches: Vec<Match>,
) -> Result<Vec<Match>, Stop> {
    let mut proved: Vec<Match> = Vec::with_capacity(matches.len());
    for one in matches {
        let doubt = (!one.ours).then(|| doubt(&one.account.fields, &one.wanted)).flatten();
        match (doubt, drafts.get_mut(one.place)) {
            (Some(doubt), Some(draft)) => draft.refuse(doubt.code, doubt.message),
            _ => proved.push(one),
        }
    }
    if proved.is_empty() {
        return Ok(proved);
    }
    // For accounts with our id, only new rights matter; for others, all rights.
    let others: Vec<String> =
        proved.iter().filter(|one| !one.ours).map(|one| one.account.id.to_string()).collect();
    let rights = known_rights(cx, &others).await?;
    let mut taken = Vec::with_capacity(proved.len());
    for one in proved {
        let Some(draft) = drafts.get_mut(one.place) else { continue };
        match (rights.held.get(one.account.id.as_str()), &rights.unknown) {
            (Some(what), _) => draft.refuse(code::ACCOUNT_PROTECTED, protected(what)),
            (None, Some(why)) if !one.ours => {
                let message = code::ACCOUNT_RIGHTS_UNKNOWN.message(&[("reason", why)]);
                draft.refuse(code::ACCOUNT_RIGHTS_UNKNOWN, message);
            }
            _ => taken.push(one),
        }
    }
    Ok(taken)
}

/// Removes the changes that would rename or close an account which has got rights of its own since it was linked, and
/// returns them as refused.
pub(crate) async fn spare(
    cx: Cx<'_>,
    drafts: &[Draft],
    updates: &mut Vec<Update>,
) -> Result<Vec<Settled>, Stop> {
    let of_link = |update: &Update| {
        drafts.get(update.place).is_some_and(|draft| {
            draft.link.as_ref().is_some_and(|link| link.target_id == update.target_id)
        })
    };
    let touches =
        |update: &Update| IDENTITY_FIELDS.iter().any(|field| update.payload.contains_key(*field));
    if !updates.iter().any(|update| of_link(update) && touches(update)) {
        return Ok(Vec::new());
    }
    let rights = known_rights(cx, &[]).await?;
    let mut refused = Vec::new();
    updates.retain(|update| {
        let held = rights.held.get(update.target_id.as_str()).filter(|_| touches(update));
        refused.extend(held.map(|what| spared(update.place, what)));
        held.is_none()
    });
    Ok(refused)
}

/// Returns the accounts of links that keep a suspension which was set by hand and no longer exists: from now on a
/// suspension is ours.
pub(crate) async fn reopened(cx: Cx<'_>, links: &[&Link]) -> Result<HashSet<ObjectId>, Stop> {
    let kept: Vec<String> = links
        .iter()
        .filter(|link| link.target_kind == TargetKind::User && link.kept.contains("status"))
        .map(|link| link.target_id.to_string())
        .collect();
    let found = by_field(cx.job.target.as_ref(), TargetKind::User, "id", &kept).await?;
    let open = found.into_values().flatten().filter(|one| is_open(&one.fields));
    Ok(open.map(|account| account.id).collect())
}

/// Returns which accounts have rights of their own: on the whole site and, for `accounts`, in their courses.
pub(crate) async fn known_rights(cx: Cx<'_>, accounts: &[String]) -> Result<Rights, Stop> {
    let mut known = cx.job.sight.rights().await;
    cx.job.target.rights(accounts, &mut known).await?;
    Ok(known.clone())
}
