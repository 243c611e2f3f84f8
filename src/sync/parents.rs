//! Loads what the records of a slice refer to: the counterparts of their parents, of the parents' own people, and the
//! cohorts that stand for programs.

use {
    super::{
        job::{Cx, PLANNED},
        kinds::SOURCE_ID_FIELD,
        kinds::payment::effects,
        look_up::by_field,
        shape::{Known, Parents, Shape},
        stop::Stop,
    },
    crate::{
        domain::{
            layout::Form,
            module::ModuleName,
            record::{Payload, TargetKind},
        },
        ports::{Failure, Written},
        store::{Link, LinkState, StoreError},
    },
    serde_json::{Value, json},
    std::collections::{BTreeMap, BTreeSet},
};

/// Returns the parents of records that have a counterpart in use.
pub(crate) async fn load(cx: Cx<'_>, shapes: &[&Shape]) -> Result<Parents, StoreError> {
    let mut parents = Parents::default();
    let mut wanted: BTreeMap<ModuleName, BTreeSet<String>> = BTreeMap::new();
    for need in shapes.iter().flat_map(|shape| &shape.needs) {
        wanted.entry(need.module).or_default().insert(need.id.clone());
    }
    let mut people: BTreeSet<String> = BTreeSet::new();
    for (module, ids) in wanted {
        let ids: Vec<String> = ids.into_iter().collect();
        for link in look_up(cx, module, &ids).await? {
            people.extend(link.1.person.clone().filter(|_| module == ModuleName::Registrations));
            parents.insert(module, link.0, link.1);
        }
    }
    if cx.job.claim.run.module == ModuleName::Enrollments {
        let students: BTreeSet<String> =
            shapes.iter().filter_map(|shape| shape.person.clone()).collect();
        let students: Vec<String> = students.into_iter().collect();
        for student in effects::barred(cx, &students).await? {
            parents.bar(student);
        }
    }
    // A payment knows its registration, which knows the student.
    if !people.is_empty() {
        let people: Vec<String> = people.into_iter().collect();
        for (id, known) in look_up(cx, ModuleName::Students, &people).await? {
            parents.insert(ModuleName::Students, id, known);
        }
    }
    Ok(parents)
}

async fn look_up(
    cx: Cx<'_>,
    module: ModuleName,
    ids: &[String],
) -> Result<Vec<(String, Known)>, StoreError> {
    let mut links = cx.store.links(&cx.job.scope, module, ids).await?;
    let mut known = Vec::with_capacity(links.len());
    let mut missing = Vec::new();
    for id in ids {
        match links.remove(id).filter(|link| link.state != LinkState::Removed) {
            Some(link) => known.push((id.clone(), of(link))),
            None => missing.push(id.clone()),
        }
    }
    // What an earlier module of the same dry run would have made counts as there.
    if let (true, Some(chain)) = (cx.job.claim.run.dry_run, cx.job.claim.run.chain) {
        for (id, person) in cx.store.planned_records(&cx.job.scope, chain, module, &missing).await?
        {
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

/// Returns an object that a dry run would have made, under an id that is none of any system.
fn planned(cx: Cx<'_>, module: ModuleName, id: &str, person: Option<String>) -> Known {
    let kind = cx.job.module_named(module).kind();
    let target_id = format!("{PLANNED}{id}");
    Known {
        kind,
        container: (kind == TargetKind::Group).then(|| target_id.clone()),
        target_id,
        person,
        name: None,
    }
}

/// Sees to it that each program of the records has its cohort.
pub(crate) async fn ensure_cohorts(
    cx: Cx<'_>,
    shapes: &[&Shape],
    parents: &mut Parents,
) -> Result<(), Stop> {
    if cx.job.module().layout().form != Form::Cohort {
        return Ok(());
    }
    let mut programs: BTreeMap<String, String> = BTreeMap::new();
    for need in shapes.iter().flat_map(|shape| &shape.needs) {
        let program = parents.get(need.module, &need.id);
        let Some(program) = program.filter(|_| need.module == ModuleName::Programs) else {
            continue;
        };
        let name = program.name.clone().unwrap_or_else(|| need.id.clone());
        match cx.job.cohort(&need.id) {
            Some(cohort) => parents.insert_cohort(need.id.clone(), cohort),
            None => drop(programs.insert(need.id.clone(), name)),
        }
    }
    if programs.is_empty() {
        return Ok(());
    }
    let target = cx.job.target.as_ref();
    let ids: Vec<String> = programs.keys().cloned().collect();
    let found = by_field(target, TargetKind::Cohort, SOURCE_ID_FIELD, &ids).await?;
    let mut missing: Vec<(&String, Payload)> = Vec::new();
    for (id, name) in &programs {
        match found.get(id).and_then(|records| records.first()) {
            Some(cohort) => cx.job.keep_cohort(id, &cohort.id),
            None => {
                let payload = [
                    ("name", json!(name.chars().take(254).collect::<String>())),
                    ("idnumber", json!(id)),
                    ("description", json!("")),
                ];
                missing.push((id, payload.map(|(name, value)| (name.to_owned(), value)).into()));
            }
        }
    }
    let limit = target.batch_limit(TargetKind::Cohort, 5).max(1);
    for chunk in missing.chunks(limit) {
        let payloads: Vec<Payload> = chunk.iter().map(|(_, payload)| payload.clone()).collect();
        cx.lease.may_write()?;
        match target.create(TargetKind::Cohort, &payloads).await {
            Ok(written) => {
                for ((id, _), written) in chunk.iter().zip(written) {
                    if let Written::Done(cohort) = written {
                        cx.job.keep_cohort(id, &cohort);
                    }
                }
            }
            // Refused as a whole, or unknown: what is there by now is found; what is not leaves its members waiting.
            Err(error) if matches!(error.failure, Failure::Rejected | Failure::Ambiguous) => {
                let ids: Vec<String> = chunk.iter().map(|(id, _)| (*id).clone()).collect();
                let found = by_field(target, TargetKind::Cohort, SOURCE_ID_FIELD, &ids).await?;
                if found.is_empty() {
                    return Err(error.into());
                }
                for (id, records) in found {
                    if let Some(cohort) = records.first() {
                        cx.job.keep_cohort(&id, &cohort.id);
                    }
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    for id in programs.keys() {
        if let Some(cohort) = cx.job.cohort(id) {
            parents.insert_cohort(id.clone(), cohort);
        }
    }
    Ok(())
}
