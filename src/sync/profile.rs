//! Payments that become profile fields: only the newest of a student counts, what the site did not keep is found by
//! reading back, and a status may suspend the student's enrolments.

use {
    super::{
        Lease, Stop,
        apply::{Fate, Update, Writer},
        engine::{Engine, Job},
        plan::Draft,
        process::{Processed, Work},
        resolve::by_field,
        target,
    },
    crate::{
        domain::{
            item::{ItemStatus, Op},
            module::ModuleName,
            record::{Payload, TargetKind},
        },
        store::{Store, StoreError, Wait},
    },
    serde_json::Value,
    std::collections::{BTreeSet, HashMap, HashSet},
};

impl Engine {
    /// Of a student's payments only the newest writes the profile; the others are linked to it.
    pub(crate) async fn only_newest(
        &self,
        job: &Job,
        drafts: &mut [Draft],
        work: &mut Work,
        processed: &mut Processed,
    ) -> Result<(), Stop> {
        // A payment may have been about another student before.
        let before = |draft: &Draft| draft.link.as_ref().and_then(|link| link.person.clone());
        let people: BTreeSet<String> = drafts
            .iter()
            .flat_map(|draft| [draft.shape.person.clone(), before(draft)])
            .flatten()
            .collect();
        let people: Vec<String> = people.into_iter().collect();
        let known = self.store.links_of_people(&job.scope, job.claim.run.module, &people).await?;
        let mut newest: HashMap<String, (String, usize, String)> = HashMap::new();
        let here: BTreeSet<&String> = drafts.iter().map(|draft| &draft.zoho_id).collect();
        let linked = known.iter().filter(|link| !here.contains(&link.zoho_id)).filter_map(|link| {
            Some((link.person.as_ref()?, target::newest(&link.zoho_id, &link.sent)))
        });
        let own = drafts.iter().filter_map(|draft| {
            Some((
                draft.shape.person.as_ref()?,
                target::newest(&draft.zoho_id, &draft.shape.fields),
            ))
        });
        for (person, place) in linked.chain(own) {
            match newest.get(person) {
                Some(best) if *best >= place => {}
                _ => drop(newest.insert(person.clone(), place)),
            }
        }
        let is_newest = |draft: &Draft| {
            let best = draft.shape.person.as_ref().and_then(|person| newest.get(person));
            best.is_none_or(|(_, _, id)| *id == draft.zoho_id)
        };
        let older: BTreeSet<usize> = drafts
            .iter()
            .enumerate()
            .filter(|(_, draft)| draft.outcome.is_none() && !is_newest(draft))
            .map(|(place, _)| place)
            .collect();
        work.updates.retain(|update| !older.contains(&update.place));
        // Where the newest one so far steps back for one that nothing else makes due, that one follows by itself.
        let mut before: HashMap<&String, (String, usize, String)> = HashMap::new();
        for link in &known {
            let (Some(person), place) = (&link.person, target::newest(&link.zoho_id, &link.sent))
            else {
                continue;
            };
            let best = before.entry(person).or_default();
            if *best < place {
                *best = place;
            }
        }
        for (person, (_, _, was)) in before {
            let Some((_, _, best)) = newest.get(person).filter(|best| best.2 != was) else {
                continue;
            };
            let is_due = |draft: &Draft| draft.zoho_id == *best && draft.outcome.is_none();
            if !drafts.iter().any(is_due) {
                processed.waits.push(Wait {
                    child: best.clone(),
                    parent_module: job.claim.run.module,
                    parent: was,
                });
            }
        }
        for place in older {
            let Some(draft) = drafts.get_mut(place) else { continue };
            processed.removals.retain(|removal| removal.zoho_id != draft.zoho_id);
            draft.op = Some(Op::Link);
            draft.target_id = draft.wanted.as_ref().and_then(|wanted| wanted.id.clone());
            draft.settle(draft.written());
        }
        Ok(())
    }

    /// Suspends or gives back the enrolments of students whose newest payment says so.
    pub(crate) async fn suspend_enrolments(
        &self,
        job: &Job,
        lease: &Lease,
        drafts: &mut [Draft],
        written: &HashMap<usize, Payload>,
        forced: bool,
    ) -> Result<bool, Stop> {
        let module = job.module();
        let concerned = |draft: &Draft| {
            draft.shape.ended || draft.link.as_ref().is_some_and(|link| module.ended(&link.sent))
        };
        let unused = module.layout().suspend_on.is_empty();
        if unused && !written.keys().filter_map(|place| drafts.get(*place)).any(concerned) {
            return Ok(false);
        }
        let paying: BTreeSet<String> =
            written.keys().filter_map(|place| drafts.get(*place)?.shape.person.clone()).collect();
        let paying: Vec<String> = paying.into_iter().collect();
        let barred = suspended(&self.store, job, &paying).await?;
        let mut wanted: HashMap<String, (usize, bool)> = HashMap::new();
        for place in written.keys() {
            let Some(draft) = drafts.get(*place) else { continue };
            let before = draft.shape.person.as_ref().is_some_and(|one| barred.contains(one));
            let done = draft.outcome.as_ref().is_some_and(|item| item.status != ItemStatus::Failed);
            if let Some(person) = draft.shape.person.as_ref().filter(|_| done)
                && (forced || draft.shape.ended != before)
            {
                wanted.insert(person.clone(), (*place, draft.shape.ended));
            }
        }
        let people: Vec<String> = wanted.keys().cloned().collect();
        let module_of = ModuleName::Enrollments;
        let enrolments = self.store.links_of_people(&job.scope, module_of, &people).await?;
        let enrollments = job.module_named(module_of);
        // Of the records of one enrolment it takes only one that is in use.
        let used: HashSet<&str> = enrolments
            .iter()
            .filter(|link| !enrollments.ended(&link.sent))
            .map(|link| target::seat(&link.target_id))
            .collect();
        let updates: Vec<Update> = enrolments
            .iter()
            .filter_map(|link| {
                let (place, suspended) = *wanted.get(link.person.as_ref()?)?;
                let suspended = suspended || !used.contains(target::seat(&link.target_id));
                let payload =
                    target::enrolment_state(enrollments, &link.target_id, &link.sent, suspended);
                // Of the enrolment, not of the membership in a group: that stays.
                let target_id = target::seat(&link.target_id).to_owned();
                Some(Update { place, target_id, payload })
            })
            .collect();
        let writer = Writer { to: job.target.as_ref(), kind: TargetKind::Enrolment, lease };
        let applied = writer.update_all(updates).await?;
        for settled in applied.settled {
            if let (Fate::Refused { code, message }, Some(draft)) =
                (settled.fate, drafts.get_mut(settled.place))
            {
                draft.refuse(code, message);
            }
        }
        Ok(applied.cancelled)
    }
}

/// Returns those of some students whose newest payment so far suspends their enrolments.
pub(crate) async fn barred(
    store: &Store,
    job: &Job,
    people: &[String],
) -> Result<HashSet<String>, StoreError> {
    let module = job.module_named(ModuleName::Payments);
    if module.layout().suspend_on.is_empty() || module.kind() != TargetKind::Profile {
        return Ok(HashSet::new());
    }
    suspended(store, job, people).await
}

/// Returns those of some students whose newest payment that was sent has suspended their enrolments.
async fn suspended(
    store: &Store,
    job: &Job,
    people: &[String],
) -> Result<HashSet<String>, StoreError> {
    let module = job.module_named(ModuleName::Payments);
    let mut newest: HashMap<String, ((String, usize, String), bool)> = HashMap::new();
    for link in store.links_of_people(&job.scope, ModuleName::Payments, people).await? {
        let (place, ended) = (target::newest(&link.zoho_id, &link.sent), module.ended(&link.sent));
        let Some(person) = link.person else { continue };
        match newest.get(&person) {
            Some((best, _)) if *best >= place => {}
            _ => drop(newest.insert(person, (place, ended))),
        }
    }
    Ok(newest.into_iter().filter(|(_, (_, ended))| *ended).map(|(person, _)| person).collect())
}

/// Unknown short names and values outside a menu vanish without an error: reading back is the only way to know.
pub(crate) async fn check_profiles(
    job: &Job,
    drafts: &mut [Draft],
    written: &HashMap<usize, Payload>,
) -> Result<(), Stop> {
    let ids: BTreeSet<String> =
        written.keys().filter_map(|place| drafts.get(*place)?.target_id.clone()).collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let found = by_field(job.target.as_ref(), TargetKind::Profile, "id", &ids).await?;
    for (place, payload) in written {
        let Some(draft) = drafts.get_mut(*place) else { continue };
        let done = draft.outcome.as_ref().is_some_and(|item| item.status != ItemStatus::Failed);
        let Some(id) = draft.target_id.clone().filter(|_| done) else { continue };
        let has = found.get(&id).and_then(|records| records.first());
        let dropped = payload.iter().find(|(name, value)| {
            let has = has.and_then(|record| record.fields.get(*name));
            let shown = |value: &Value| match value {
                Value::String(text) => text.clone(),
                Value::Null => String::new(),
                other => other.to_string(),
            };
            has.map_or_else(String::new, shown) != shown(value)
        });
        if let Some((name, value)) = dropped {
            let message = format!(
                "the site did not keep {value} in the profile field '{name}': there is no such field, or its menu lacks the value"
            );
            draft.refuse(target::DROPPED, message);
        }
    }
    Ok(())
}
