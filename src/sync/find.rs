//! Finds the objects of records that have no link yet but may have an object: one that carries the record's id, one that
//! the record itself names because the school linked it before, or, where the tenant allows it, the account with the
//! same e-mail address or user name. What belongs to another record is never taken over, and whose account may be is in
//! `kinds/user/identity.rs`.

use {
    super::{
        decide::adopt,
        draft::Draft,
        job::Cx,
        kinds::EMAIL_FIELD,
        kinds::user::identity::{is_foreign, takeable},
        kinds::user::shown::accounts,
        look_up::by_field,
        slice::text,
        stop::Stop,
        work::{Create, Fate, Match, Work},
        write::ambiguous,
    },
    crate::domain::{
        item::Op,
        layout::MatchBy,
        record::{TargetKind, TargetRecord},
    },
    std::collections::{HashMap, HashSet},
};

/// Objects by what they were sought with.
type Found = HashMap<String, Vec<TargetRecord>>;

/// Addresses of a slice that are looked up in any letters, a call each, where no create would find them taken.
const SINGLY: usize = 25;

/// Looks for the objects of the records at `places`; those without one are to be made.
pub(super) async fn find(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    places: Vec<usize>,
    work: &mut Work,
) -> Result<(), Stop> {
    if places.is_empty() {
        return Ok(());
    }
    let (module, target) = (cx.job.module(), cx.job.target.as_ref());
    let (layout, kind) = (module.layout(), module.kind());
    let mut creates: Vec<Create> = Vec::with_capacity(places.len());
    for place in places {
        let Some(draft) = drafts.get(place) else { continue };
        creates.extend(draft.wanted.as_ref().map(|wanted| draft.create(place, wanted)));
    }
    let stored = |drafts: &[Draft], create: &Create| drafts.get(create.place)?.shape.stored.clone();
    let field = match_field(cx);
    // Of the other kinds the target itself makes no second object with the same source id.
    let mut ours = match kind {
        TargetKind::User => accounts(cx, &creates, field == Some(EMAIL_FIELD)).await?,
        _ => Found::new(),
    };
    let named: Vec<String> = creates
        .iter()
        .filter(|create| !ours.contains_key(&create.zoho_id))
        .filter_map(|create| stored(drafts, create))
        .collect();
    let named = by_field(target, kind, "id", &named).await?;
    let mut matches = Found::new();
    if let Some(field) = field {
        let open: Vec<&Create> = creates
            .iter()
            .filter(|create| !ours.contains_key(&create.zoho_id))
            .filter(|create| stored(drafts, create).is_none_or(|id| !named.contains_key(&id)))
            .collect();
        matches = matching(cx, drafts, &open, field).await?;
    }
    let taken = linked(cx, [&named, &matches]).await?;
    let mut found: Vec<Match> = Vec::new();
    for create in creates {
        let id = stored(drafts, &create);
        let Some(draft) = drafts.get_mut(create.place) else { continue };
        let mut records = ours.remove(&create.zoho_id).unwrap_or_default();
        let is_ours = !records.is_empty();
        if !is_ours {
            let by_match = || matches.get(&text(&create.payload, field?)?);
            let by_name = id.and_then(|id| named.get(&id));
            records.extend(by_name.or_else(by_match).into_iter().flatten().cloned());
            if records.iter().any(|one| is_foreign(one, &create.zoho_id, &taken)) {
                draft.refuse("MATCH_AMBIGUOUS", foreign(kind));
                continue;
            }
        }
        match (records.pop(), records.is_empty()) {
            (Some(account), true) => {
                let (place, wanted) = (create.place, create.payload);
                found.push(Match { place, account, ours: is_ours, wanted });
            }
            (Some(_), false) => {
                if let Fate::Refused { code, message } = ambiguous(records.len() + 1, is_ours) {
                    draft.refuse(code, message);
                }
            }
            (None, _) if draft.fault.is_some() => draft.give_up(),
            (None, _) if kind == TargetKind::User && !layout.create_users => {
                draft.skip(
                    "POLICY_LINK_ONLY",
                    "no account carries this record's id, and a sync may not create accounts",
                );
            }
            (None, _) => {
                draft.op = Some(Op::Create);
                work.creates.push(create);
            }
        }
    }
    take(cx, drafts, found, work).await
}

/// Returns accounts by the field that they are matched by.
async fn matching(
    cx: Cx<'_>,
    drafts: &[Draft],
    open: &[&Create],
    field: &str,
) -> Result<Found, Stop> {
    let (target, kind) = (cx.job.target.as_ref(), TargetKind::User);
    let mut values: Vec<String> =
        open.iter().filter_map(|create| text(&create.payload, field)).collect();
    if field != EMAIL_FIELD {
        return by_field(target, kind, field, &values).await;
    }
    let spelt = |create: &&&Create| drafts.get(create.place)?.shape.spelt.clone();
    values.extend(open.iter().filter_map(|create| spelt(&create)));
    let mut found = by_field(target, kind, field, &values).await?;
    if !cx.job.module().layout().create_users {
        // Nothing is made that the target could refuse for an address in other letters.
        let missing: Vec<String> = open
            .iter()
            .filter_map(|create| text(&create.payload, field))
            .filter(|email| !found.contains_key(email))
            .take(SINGLY)
            .collect();
        for email in missing {
            found.extend(by_field(target, kind, field, &[email]).await?);
        }
    }
    Ok(found)
}

/// Links records to the accounts that turned out to have their addresses when they were to be made, where the tenant
/// allows it; the others stay refused.
pub(crate) async fn take_late(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    late: Vec<(usize, TargetRecord)>,
    work: &mut Work,
) -> Result<(), Stop> {
    if match_field(cx) != Some(EMAIL_FIELD) || late.is_empty() {
        return Ok(());
    }
    let found: Found = late.iter().map(|(_, one)| (one.id.clone(), vec![one.clone()])).collect();
    let taken = linked(cx, [&found, &Found::new()]).await?;
    let mut matches = Vec::new();
    for (place, account) in late {
        let Some(draft) = drafts.get_mut(place) else { continue };
        let Some(wanted) = draft.wanted.as_ref().map(|wanted| wanted.create.clone()) else {
            continue;
        };
        if is_foreign(&account, &draft.zoho_id, &taken) {
            draft.refuse("MATCH_AMBIGUOUS", foreign(TargetKind::User));
        } else {
            draft.outcome = None;
            matches.push(Match { place, account, ours: false, wanted });
        }
    }
    take(cx, drafts, matches, work).await
}

/// Links records to what was found for them, as far as they may have it.
pub(crate) async fn take(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    mut found: Vec<Match>,
    work: &mut Work,
) -> Result<(), Stop> {
    let (module, kind) = (cx.job.module(), cx.job.module().kind());
    if kind == TargetKind::User {
        found = takeable(cx, drafts, found).await?;
    }
    let mut taken: HashSet<String> = HashSet::new();
    for Match { place, account, ours, .. } in found {
        let Some(draft) = drafts.get_mut(place) else { continue };
        if !taken.insert(account.id.clone()) {
            draft.refuse("MATCH_AMBIGUOUS", foreign(kind));
            continue;
        }
        if ours && kind == TargetKind::User {
            cx.job.sight.note(&draft.zoho_id);
        }
        work.updates.extend(adopt(draft, place, module, &account, ours));
    }
    Ok(())
}

/// Returns the objects, among those found, that other records have already.
async fn linked(cx: Cx<'_>, found: [&Found; 2]) -> Result<HashSet<String>, Stop> {
    let ids: Vec<String> =
        found.into_iter().flat_map(HashMap::values).flatten().map(|one| one.id.clone()).collect();
    let kind = cx.job.module().kind();
    Ok(cx.store.shared_targets(&cx.job.scope, kind, &ids, &[]).await?.into_iter().collect())
}

/// Returns the target's field by which accounts are matched, where the tenant wants that.
fn match_field(cx: Cx<'_>) -> Option<&'static str> {
    let module = cx.job.module();
    match module.layout().match_by {
        _ if module.kind() != TargetKind::User => None,
        MatchBy::Email => Some(EMAIL_FIELD),
        MatchBy::Username => Some("username"),
        MatchBy::None => None,
    }
}

fn foreign(kind: TargetKind) -> String {
    let what = if kind == TargetKind::User { "account" } else { "object" };
    format!("the {what} that matches belongs to another record")
}
