//! Objects that were deleted in the target by hand. A write that finds its object gone is evidence: the object that
//! carries the record's id is linked, or another one is created if that is allowed. Records that depend on a missing
//! object wait for the record that creates it, and that record is made due.

use {
    super::{
        draft::Draft,
        find::take,
        kind::{Cx, Kind},
        look_up::by_field,
        settle::{settle_creates, settle_updates},
        shape::Parents,
        stop::Stop,
        work::{Create, Match, Work},
        write::Writer,
    },
    crate::{
        domain::{
            code::{self, Code},
            id::{ObjectId, RecordId},
            item::{ItemStatus, Op},
            module::ModuleName,
            record::TargetKind,
        },
        ports::Failure,
    },
    std::collections::{BTreeMap, BTreeSet, HashSet},
};

/// Handles objects that turned out to be gone when they were to be changed. Returns whether a request to cancel came.
pub(crate) async fn recover(cx: Cx<'_>, drafts: &mut [Draft]) -> Result<bool, Stop> {
    let (kind, layout) = (cx.kind, cx.job.module().layout());
    let mut gone: Vec<Create> = Vec::new();
    for (place, draft) in drafts.iter().enumerate() {
        let is_gone = code(draft).is_some_and(|code| kind.is_gone(code));
        if let Some(wanted) = draft.wanted.as_ref().filter(|_| is_gone && draft.link.is_some()) {
            gone.push(draft.create(place, wanted));
        }
    }
    if gone.is_empty() {
        return Ok(false);
    }
    let there = still_there(cx, drafts, &gone).await?;
    gone.retain(|create| {
        let id = drafts.get(create.place).and_then(|draft| draft.target_id.as_ref());
        !id.is_some_and(|id| there.contains(id))
    });
    if gone.is_empty() {
        return Ok(false);
    }
    let mut carrying = kind.find_carrying(cx, &gone).await?;
    let (mut work, mut found) = (Work::default(), Vec::new());
    for create in gone {
        let Some(draft) = drafts.get_mut(create.place) else { continue };
        let mut records = carrying.remove(create.zoho_id.as_str()).unwrap_or_default();
        match (records.pop(), records.is_empty()) {
            (Some(account), true) => {
                draft.forget();
                let (place, wanted) = (create.place, create.payload);
                found.push(Match { place, account, ours: true, wanted });
            }
            // Several objects carry its id: a person must decide, and the refusal stands.
            (Some(_), false) => {}
            (None, _) if !kind.may_create(layout) => {
                let what = kind.noun();
                let message =
                    format!("the {what} of the record is gone, and a sync may not create {what}s");
                draft.skip(code::POLICY_LINK_ONLY, &message);
            }
            (None, _) => {
                draft.forget();
                draft.does(Op::Create);
                work.creates.push(create);
            }
        }
    }
    take(cx, drafts, found, &mut work).await?;
    let writer = Writer { to: cx.job.target.as_ref(), kind, lease: cx.lease };
    let created = writer.create_all(work.creates).await?;
    let mut cancelled = created.cancelled;
    settle_creates(cx, drafts, created, &mut work.updates);
    if !cancelled {
        let updated = writer.update_all(work.updates).await?;
        cancelled = updated.cancelled;
        settle_updates(drafts, updated);
    }
    Ok(cancelled)
}

/// Returns those of the objects that exist after all, by their ids: in that case something else was refused. A
/// refusal that an account is gone is certain.
async fn still_there(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    gone: &[Create],
) -> Result<HashSet<ObjectId>, Stop> {
    if cx.kind.is_gone_for_sure() {
        return Ok(HashSet::new());
    }
    let objects = gone.iter().filter_map(|one| {
        let id = drafts.get(one.place)?.target_id.clone()?;
        Some((id, one.container.clone()))
    });
    let there = still_exist(cx, cx.kind, objects.collect()).await?;
    cx.kind.blame_others(cx, drafts, gone, &there).await?;
    Ok(there)
}

/// Returns those of some objects that exist, by their ids; a group is found in its course. Accounts that are not
/// found count as gone only if others are visible.
pub(crate) async fn still_exist(
    cx: Cx<'_>,
    kind: &dyn Kind,
    objects: BTreeSet<(ObjectId, Option<ObjectId>)>,
) -> Result<HashSet<ObjectId>, Stop> {
    let (key, asked): (_, BTreeSet<ObjectId>) = match kind.found_in() {
        Some(key) => (key, objects.iter().filter_map(|(_, container)| container.clone()).collect()),
        None => ("id", objects.iter().map(|(id, _)| id.clone()).collect()),
    };
    let asked: Vec<String> = asked.into_iter().map(ObjectId::into_text).collect();
    let found = match by_field(cx.job.target.as_ref(), kind.target(), key, &asked).await {
        // An account that may not ask cannot know that anything is gone.
        Err(Stop::Upstream(error)) if error.failure == Failure::Stop => {
            return Ok(objects.into_iter().map(|(id, _)| id).collect());
        }
        found => found?,
    };
    let found: HashSet<ObjectId> = found.into_values().flatten().map(|object| object.id).collect();
    if asked.iter().any(|id| !found.contains(id.as_str())) {
        kind.prove_shown(cx, key).await?;
    }
    Ok(found)
}

/// Makes records wait whose refusal says that the object of a parent is gone, if it is, and returns these parents.
pub(crate) async fn orphans(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    parents: &mut Parents,
) -> Result<Vec<(ModuleName, RecordId)>, Stop> {
    let mut blamed: Vec<(usize, (ModuleName, RecordId))> = Vec::new();
    let mut asked: BTreeMap<TargetKind, BTreeSet<(ObjectId, Option<ObjectId>)>> = BTreeMap::new();
    for (place, draft) in drafts.iter().enumerate() {
        let of = code(draft).map(|code| cx.kind.lost_parents(code));
        for parent in cx.kind.parents_of(&draft.shape) {
            let known = parents.get(parent.0, &parent.1);
            if let Some(known) = known.filter(|_| of.is_some_and(|of| of.contains(&parent.0))) {
                let object = (known.target_id.clone(), known.container.clone());
                asked.entry(known.kind).or_default().insert(object);
                blamed.push((place, parent));
            }
        }
    }
    let mut there: HashSet<(TargetKind, ObjectId)> = HashSet::new();
    for (kind, objects) in asked {
        there.extend(
            still_exist(cx, cx.object(kind), objects).await?.into_iter().map(|id| (kind, id)),
        );
    }
    blamed.retain(|(_, (module, id))| {
        let known = parents.get(*module, id);
        known.is_some_and(|known| !there.contains(&(known.kind, known.target_id.clone())))
    });
    let mut lost: BTreeSet<(ModuleName, RecordId)> = BTreeSet::new();
    for (place, parent) in blamed {
        if let Some(draft) = drafts.get_mut(place) {
            let message =
                "the object of a parent was deleted in the target and is created again first";
            draft.skip(code::PARENT_NOT_SYNCED, message);
        }
        lost.insert(parent);
    }
    for (module, id) in &lost {
        parents.forget(*module, id);
    }
    Ok(lost.into_iter().collect())
}

/// Returns the code of a record that was refused.
fn code(draft: &Draft) -> Option<Code> {
    draft.outcome.as_ref().filter(|item| item.status == ItemStatus::Failed)?.code
}
