//! Seats: a student's enrolments in courses. Several records may stand for one, such as those of two groups of a course;
//! what ends one of them must not take the course from the others.

use {
    crate::domain::{
        item::ItemOutcome,
        module::ModuleName,
        record::{Canonical, Payload, SourceRecord, TargetKind},
    },
    crate::sync::{
        draft::Draft,
        job::Cx,
        kinds::{self, seat},
        shape::{Module, Parents, Shape},
        stop::Stop,
        work::Work,
    },
    serde_json::{Value, json},
    std::collections::{BTreeSet, HashMap},
};

/// What other records say about a seat.
#[derive(Debug)]
pub(crate) enum Held<'s> {
    /// Nobody else has it.
    Free,
    /// All others have ended the use; one of them.
    Ended(&'s Ended),
    /// Another one is in use.
    Kept,
}

/// A record that has ended the use of a seat.
#[derive(Debug)]
pub(crate) struct Ended {
    target_id: String,
    sent: Canonical,
}

impl Ended {
    /// Returns the enrolment, and the whole state that says that it cannot be used.
    pub(crate) fn suspension(&self, module: Module<'_>) -> (String, Payload) {
        let kind = TargetKind::Enrolment;
        let payload = kinds::suspension(module, kind, &self.target_id, &self.sent);
        (seat(&self.target_id).to_owned(), payload)
    }
}

/// Records by the seats that they have.
#[derive(Debug, Default)]
pub(crate) struct Seats {
    /// The records that have ended the use of a seat.
    ended: HashMap<String, Ended>,
    kept: BTreeSet<String>,
}

impl Seats {
    pub(crate) fn of(&self, target_id: &str) -> Held<'_> {
        let seat = seat(target_id);
        match self.ended.get(seat) {
            _ if self.kept.contains(seat) => Held::Kept,
            Some(ended) => Held::Ended(ended),
            None => Held::Free,
        }
    }
}

/// Loads the seats that people have by records of the run's module, those of some records left out. `kept` are in use
/// besides.
pub(crate) async fn seats(
    cx: Cx<'_>,
    people: impl Iterator<Item = String>,
    without: &BTreeSet<String>,
    kept: &[String],
) -> Result<Seats, Stop> {
    let kept = kept.iter().map(|id| seat(id).to_owned()).collect();
    let mut seats = Seats { kept, ..Seats::default() };
    let people: BTreeSet<String> = people.collect();
    let people: Vec<String> = people.into_iter().collect();
    let module = cx.job.module();
    if module.kind() != TargetKind::Enrolment || people.is_empty() {
        return Ok(seats);
    }
    for link in cx.store.links_of_people(&cx.job.scope, module.name, &people).await? {
        if without.contains(&link.zoho_id) || link.target_kind != TargetKind::Enrolment {
            continue;
        }
        let seat = seat(&link.target_id).to_owned();
        if module.ended(&link.sent) {
            seats.ended.insert(seat, Ended { target_id: link.target_id, sent: link.sent });
        } else {
            seats.kept.insert(seat);
        }
    }
    Ok(seats)
}

/// Names the class of grades where classes are groups: the course is that of the unit, and the student's enrollment
/// tells the class. Nothing is named where there are several.
pub(crate) async fn name_classes(
    cx: Cx<'_>,
    records: &[SourceRecord],
    shapes: &mut [Result<Shape, ItemOutcome>],
) -> Result<(), Stop> {
    let grades = cx.job.module().kind() == TargetKind::Grade;
    if !grades || cx.job.module_named(ModuleName::Classes).kind() != TargetKind::Group {
        return Ok(());
    }
    let people: BTreeSet<String> =
        shapes.iter().flatten().filter_map(|shape| shape.person.clone()).collect();
    let people: Vec<String> = people.into_iter().collect();
    let mut classes: HashMap<String, BTreeSet<String>> = HashMap::new();
    for link in cx.store.links_of_people(&cx.job.scope, ModuleName::Enrollments, &people).await? {
        if let Some(class) = link.sent.get(kinds::CLASS_FIELD).and_then(Value::as_str) {
            let seat = seat(&link.target_id).to_owned();
            classes.entry(seat).or_default().insert(class.to_owned());
        }
    }
    for (record, shape) in records.iter().zip(shapes) {
        let Ok(shape) = shape else { continue };
        let part = |name: &str| record.fields.get(name).and_then(Value::as_str);
        let seat = part("course_id").zip(part("user_id"));
        let seat = seat.map(|(course, user)| format!("{course}:{user}"));
        let own = seat.and_then(|seat| classes.get(&seat)).filter(|own| own.len() == 1);
        let class = own.and_then(BTreeSet::first);
        shape.fields.insert(kinds::CLASS_FIELD.to_owned(), json!(class));
    }
    Ok(())
}

/// Lets seats be used that a record ends and another one keeps.
pub(crate) async fn share(
    cx: Cx<'_>,
    drafts: &[Draft],
    parents: &Parents,
    work: &mut Work,
) -> Result<(), Stop> {
    let ended = drafts.iter().filter(|draft| draft.shape.ended);
    let people = ended.filter_map(|draft| draft.shape.person.clone());
    let here = drafts.iter().map(|draft| draft.zoho_id.clone()).collect();
    let mut seats = seats(cx, people, &here, &[]).await?;
    for draft in drafts.iter().filter(|draft| !draft.shape.ended) {
        let id = draft.wanted.as_ref().and_then(|wanted| wanted.id.as_deref());
        let known = draft.link.as_ref().map(|link| link.target_id.as_str());
        seats.kept.extend(id.or(known).map(|id| seat(id).to_owned()));
    }
    let writes = work.creates.iter_mut().map(|create| (create.place, &mut create.payload));
    let writes =
        writes.chain(work.updates.iter_mut().map(|update| (update.place, &mut update.payload)));
    for (place, payload) in writes {
        let Some(draft) = drafts.get(place).filter(|draft| draft.shape.ended) else { continue };
        let id = draft.wanted.as_ref().and_then(|wanted| wanted.id.as_deref());
        if id.is_some_and(|id| matches!(seats.of(id), Held::Kept)) {
            let barred = parents.is_barred(draft.shape.person.as_ref());
            payload.insert("suspend".to_owned(), json!(barred));
        }
    }
    Ok(())
}
