//! Loads what the records of a slice refer to: the objects of their parents, and the students of those parents. Each
//! kind loads its other references itself.

use {
    super::{
        draft::Draft,
        kind::Cx,
        shape::{Known, Parents, Shape},
        stop::Stop,
    },
    crate::{
        domain::{
            id::{ObjectId, PersonId, RecordId},
            module::ModuleName,
        },
        store::{Link, LinkState, StoreError},
    },
    serde_json::Value,
    std::collections::{BTreeMap, BTreeSet},
};

/// Loads what the records refer to.
pub(crate) async fn load_parents(cx: Cx<'_>, drafts: &mut [Draft]) -> Result<Parents, Stop> {
    let shapes: Vec<&Shape> = drafts.iter().map(|draft| &draft.shape).collect();
    let mut parents = Parents::default();
    let mut wanted: BTreeMap<ModuleName, BTreeSet<RecordId>> = BTreeMap::new();
    for need in shapes.iter().flat_map(|shape| &shape.needs) {
        wanted.entry(need.module).or_default().insert(need.id.clone());
    }
    for (module, ids) in wanted {
        let ids: Vec<RecordId> = ids.into_iter().collect();
        for (id, known) in look_up(cx, module, &ids).await? {
            parents.insert(module, id, known);
        }
    }
    cx.kind.load_parents(cx, &shapes, &mut parents).await?;
    // A record without a student of its own belongs to the student of a parent, such as a payment to that of its
    // registration.
    for draft in drafts.iter_mut().filter(|draft| draft.shape.person.is_none()) {
        let person = draft.shape.needs.iter().find_map(|need| {
            parents.get(need.module, &need.id).and_then(|known| known.person.clone())
        });
        draft.is_about(person);
    }
    Ok(parents)
}

/// Loads the students of the parents of records, whose own records are those of `module`.
pub(crate) async fn load_people(
    cx: Cx<'_>,
    module: ModuleName,
    shapes: &[&Shape],
    parents: &mut Parents,
) -> Result<(), Stop> {
    let needs = shapes.iter().flat_map(|shape| &shape.needs);
    let known = needs.filter_map(|need| parents.get(need.module, &need.id));
    let people: BTreeSet<&PersonId> = known.filter_map(|known| known.person.as_ref()).collect();
    if people.is_empty() {
        return Ok(());
    }
    let people: Vec<RecordId> = people.into_iter().map(|one| one.record().clone()).collect();
    for (id, known) in look_up(cx, module, &people).await? {
        parents.insert(module, id, known);
    }
    Ok(())
}

async fn look_up(
    cx: Cx<'_>,
    module: ModuleName,
    ids: &[RecordId],
) -> Result<Vec<(RecordId, Known)>, StoreError> {
    let mut links = cx.rows().links(module, ids).await?;
    let mut known = Vec::with_capacity(links.len());
    let mut missing = Vec::new();
    for id in ids {
        match links.remove(id).filter(|link| link.state != LinkState::Removed) {
            Some(link) => known.push((id.clone(), of(link))),
            None => missing.push(id.clone()),
        }
    }
    // Objects that an earlier module of the same dry run would have created count as existing.
    if let (true, Some(chain)) = (cx.job.claim.run.dry_run, cx.job.claim.run.chain) {
        for (id, person) in cx.rows().planned_records(chain, module, &missing).await? {
            let parent = planned(cx, module, &id, person);
            known.push((id, parent));
        }
    }
    Ok(known)
}

fn of(link: Link) -> Known {
    let name = link.sent.get("name").and_then(Value::as_str).map(str::to_owned);
    Known {
        kind: link.target_kind,
        target_id: link.target_id,
        container: link.container,
        person: link.person,
        name,
    }
}

/// Returns an object that a dry run would have created, with an id that no system has.
fn planned(cx: Cx<'_>, module: ModuleName, id: &RecordId, person: Option<PersonId>) -> Known {
    let kind = cx.kind_of(module);
    let target_id = ObjectId::planned(id);
    Known {
        kind: kind.target(),
        container: kind.found_in().map(|_| target_id.clone()),
        target_id,
        person,
        name: None,
    }
}
