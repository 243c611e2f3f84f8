//! Finds the objects of records that have no link yet but may have an object: one that carries the record's id, one
//! that the record itself names because the school linked it before, or, where the tenant allows it, one that is
//! matched by a field. An object that belongs to another record is never linked; the kind decides which others may
//! not be linked either.

use {
    super::{
        decide::adopt,
        draft::Draft,
        kind::{Cx, Unique},
        kinds::field::SOURCE_ID_FIELD,
        look_up::{Found, by_field},
        stop::Stop,
        work::{Create, Match, Work, field_of},
        write::several,
    },
    crate::domain::{
        code,
        id::{ObjectId, RecordId},
        item::Op,
        record::TargetRecord,
    },
    std::collections::{HashMap, HashSet},
};

/// Finds the objects of the records at `places`; for the others one is to be created.
pub(crate) async fn find(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    places: Vec<usize>,
    work: &mut Work,
) -> Result<(), Stop> {
    if places.is_empty() {
        return Ok(());
    }
    let (kind, layout) = (cx.kind, cx.job.module().layout());
    let mut creates: Vec<Create> = Vec::with_capacity(places.len());
    for place in places {
        let Some(draft) = drafts.get(place) else { continue };
        creates.extend(draft.wanted.as_ref().map(|wanted| draft.create(place, wanted)));
    }
    let stored = |drafts: &[Draft], create: &Create| drafts.get(create.place)?.shape.stored.clone();
    let field = kind.match_field(layout);
    let mut ours = kind.find_own(cx, &creates).await?;
    let named: Vec<String> = creates
        .iter()
        .filter(|create| !ours.contains_key(create.zoho_id.as_str()))
        .filter_map(|create| Some(stored(drafts, create)?.into_text()))
        .collect();
    let named = by_field(cx.job.target.as_ref(), kind.target(), "id", &named).await?;
    let mut matches = Found::new();
    if field.is_some() {
        let open: Vec<&Create> = creates
            .iter()
            .filter(|create| !ours.contains_key(create.zoho_id.as_str()))
            .filter(|create| {
                stored(drafts, create).is_none_or(|id| !named.contains_key(id.as_str()))
            })
            .collect();
        matches = kind.find_matches(cx, drafts, &open).await?;
    }
    let taken = linked(cx, [&named, &matches]).await?;
    let mut found: Vec<Match> = Vec::new();
    for create in creates {
        let id = stored(drafts, &create);
        let Some(draft) = drafts.get_mut(create.place) else { continue };
        let mut records = ours.remove(create.zoho_id.as_str()).unwrap_or_default();
        let is_ours = !records.is_empty();
        if !is_ours {
            let by_match = || matches.get(&field_of(&create.payload, field?)?);
            let by_name = id.and_then(|id| named.get(id.as_str()));
            records.extend(by_name.or_else(by_match).into_iter().flatten().cloned());
            if records.iter().any(|one| is_foreign(one, &create.zoho_id, &taken)) {
                refuse_foreign(draft);
                continue;
            }
        }
        match (records.pop(), records.is_empty()) {
            (Some(account), true) => {
                let (place, wanted) = (create.place, create.payload);
                found.push(Match { place, account, ours: is_ours, wanted });
            }
            (Some(_), false) => {
                let (code, message) = several(records.len() + 1);
                draft.refuse(code, message);
            }
            (None, _) if draft.fault.is_some() => draft.give_up(),
            (None, _) if !kind.may_create(layout) => {
                let what = kind.noun();
                let message = format!(
                    "no {what} carries this record's id, and a sync may not create {what}s"
                );
                draft.skip(code::POLICY_LINK_ONLY, &message);
            }
            (None, _) => {
                draft.does(Op::Create);
                work.creates.push(create);
            }
        }
    }
    take(cx, drafts, found, work).await
}

/// Links records to accounts that turned out to have their addresses when they were to be created, if the tenant
/// allows it; the others stay refused.
pub(crate) async fn take_late(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    late: Vec<(usize, TargetRecord)>,
    work: &mut Work,
) -> Result<(), Stop> {
    let field = cx.kind.match_field(cx.job.module().layout());
    let identifies = |unique: &Unique| unique.identifies && Some(unique.field) == field;
    if late.is_empty() || !cx.kind.unique_fields().iter().any(identifies) {
        return Ok(());
    }
    let found: Found =
        late.iter().map(|(_, one)| (one.id.to_string(), vec![one.clone()])).collect();
    let taken = linked(cx, [&found, &Found::new()]).await?;
    let mut matches = Vec::new();
    for (place, account) in late {
        let Some(draft) = drafts.get_mut(place) else { continue };
        let Some(wanted) = draft.wanted.as_ref().map(|wanted| wanted.create.clone()) else {
            continue;
        };
        if is_foreign(&account, &draft.zoho_id, &taken) {
            refuse_foreign(draft);
        } else {
            draft.reconsider();
            matches.push(Match { place, account, ours: false, wanted });
        }
    }
    take(cx, drafts, matches, work).await
}

/// Links records to the objects found for them, if that is allowed.
pub(crate) async fn take(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    found: Vec<Match>,
    work: &mut Work,
) -> Result<(), Stop> {
    let kind = cx.kind;
    let found = kind.takeable(cx, drafts, found).await?;
    let mut taken: HashSet<ObjectId> = HashSet::new();
    for Match { place, account, ours, .. } in found {
        let Some(draft) = drafts.get_mut(place) else { continue };
        if !taken.insert(account.id.clone()) {
            refuse_foreign(draft);
            continue;
        }
        if ours {
            kind.note_seen(cx.job, &draft.zoho_id);
        }
        work.updates.extend(adopt(kind, cx.job.module(), draft, place, &account, ours));
    }
    Ok(())
}

/// Returns those of the found objects that are linked to other records.
async fn linked(cx: Cx<'_>, found: [&Found; 2]) -> Result<HashSet<ObjectId>, Stop> {
    let ids: Vec<ObjectId> =
        found.into_iter().flat_map(HashMap::values).flatten().map(|one| one.id.clone()).collect();
    let kind = cx.kind.target();
    Ok(cx.rows().shared_targets(kind, &ids, &[]).await?.into_iter().collect())
}

/// Returns whether an object belongs to another record.
fn is_foreign(object: &TargetRecord, zoho_id: &RecordId, taken: &HashSet<ObjectId>) -> bool {
    let carries = field_of(&object.fields, SOURCE_ID_FIELD);
    carries.is_some_and(|id| !id.is_empty() && *zoho_id != *id) || taken.contains(&object.id)
}

fn refuse_foreign(draft: &mut Draft) {
    let code = code::MATCH_BELONGS_TO_ANOTHER;
    draft.refuse(code, code.advice(&[]));
}
