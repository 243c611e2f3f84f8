//! Enrolments that several records share, such as those of two groups of a course: the end of one record must not
//! take the course from the others.

use {
    super::state::{has_ended, state_of, whole},
    crate::{
        domain::{
            id::{EnrolmentId, ObjectId, PersonId, RecordId},
            record::{Canonical, TargetKind},
        },
        sync::{
            draft::Draft,
            kind::Cx,
            shape::Parents,
            stop::Stop,
            work::{Ending, Others, Use, Work},
        },
    },
    serde_json::json,
    std::collections::{BTreeSet, HashMap},
};

/// What the records of some people say about their enrolments.
#[derive(Debug, Default)]
struct SharedEnrolments {
    /// Enrolments in courses whose use a record has ended, with the values sent for it.
    ended: HashMap<EnrolmentId, Canonical>,
    in_use: BTreeSet<EnrolmentId>,
}

impl SharedEnrolments {
    /// Loads the enrolments that people have by records of the run's module, except some records. `kept` are in use
    /// as well.
    async fn load(
        cx: Cx<'_>,
        people: impl Iterator<Item = PersonId>,
        without: &BTreeSet<RecordId>,
        kept: &[ObjectId],
    ) -> Result<Self, Stop> {
        let in_use = kept.iter().filter_map(whole).collect();
        let mut shared = Self { in_use, ..Self::default() };
        let people: BTreeSet<PersonId> = people.collect();
        let people: Vec<PersonId> = people.into_iter().collect();
        if people.is_empty() {
            return Ok(shared);
        }
        let module = cx.job.module();
        for link in cx.rows().links_of_people(module.name, &people).await? {
            if without.contains(&link.zoho_id) || link.target_kind != TargetKind::Enrolment {
                continue;
            }
            let Some(enrolment) = whole(&link.target_id) else { continue };
            if has_ended(&link.sent) {
                shared.ended.insert(enrolment, link.sent);
            } else {
                shared.in_use.insert(enrolment);
            }
        }
        Ok(shared)
    }

    fn is_in_use(&self, target_id: &ObjectId) -> bool {
        whole(target_id).is_some_and(|id| self.in_use.contains(&id))
    }
}

/// Returns what other records say about the enrolments whose uses should end.
pub(crate) async fn others(cx: Cx<'_>, due: &[Use], how: &Ending<'_>) -> Result<Vec<Others>, Stop> {
    let without = how.without.iter().cloned().collect();
    let people = due.iter().filter_map(|one| one.person.clone());
    let shared = SharedEnrolments::load(cx, people, &without, how.kept).await?;
    let of = |one: &Use| match whole(&one.target_id) {
        Some(id) if shared.in_use.contains(&id) => Others::InUse,
        Some(id) => shared.ended.get(&id).map_or(Others::None, |sent| Others::AllEnded {
            target_id: id.to_string().into(),
            suspension: state_of(cx.job.module(), &id, sent, true),
        }),
        None => Others::None,
    };
    Ok(due.iter().map(of).collect())
}

/// Keeps enrolments in use that one record ends and another one needs.
pub(crate) async fn share(
    cx: Cx<'_>,
    drafts: &[Draft],
    parents: &Parents,
    work: &mut Work,
) -> Result<(), Stop> {
    let ended = drafts.iter().filter(|draft| draft.shape.ended);
    let people = ended.filter_map(|draft| draft.shape.person.clone());
    let here = drafts.iter().map(|draft| draft.zoho_id.clone()).collect();
    let mut shared = SharedEnrolments::load(cx, people, &here, &[]).await?;
    for draft in drafts.iter().filter(|draft| !draft.shape.ended) {
        let id = draft.wanted.as_ref().and_then(|wanted| wanted.id.as_ref());
        let known = draft.link.as_ref().map(|link| &link.target_id);
        shared.in_use.extend(id.or(known).and_then(whole));
    }
    let writes = work.creates.iter_mut().map(|create| (create.place, &mut create.payload));
    let writes =
        writes.chain(work.updates.iter_mut().map(|update| (update.place, &mut update.payload)));
    for (place, payload) in writes {
        let Some(draft) = drafts.get(place).filter(|draft| draft.shape.ended) else { continue };
        let id = draft.wanted.as_ref().and_then(|wanted| wanted.id.as_ref());
        if id.is_some_and(|id| shared.is_in_use(id)) {
            let suspended = parents.is_suspended(draft.shape.person.as_ref());
            payload.insert("suspend".to_owned(), json!(suspended));
        }
    }
    Ok(())
}
