//! Mapping one record: mapped, completed and brought into the form of the target, or only as far as its status.

use {
    super::{
        kind::Cx,
        shape::{Shape, Unfit},
    },
    crate::{
        domain::{
            code::{self, Gaps},
            id::{PersonId, RecordId},
            invisible::shown,
            item::{ItemOutcome, Warning},
            mapping::{Dropped, KnownFields, Mapped, Mappings},
            person::Person,
            record::{Canonical, SourceRecord},
        },
        store::{Link, LinkState},
    },
    serde_json::Value,
    std::panic::{AssertUnwindSafe, catch_unwind},
};

/// Maps one record and brings it into the form of the target. A panic in a mapping ends that record only.
pub(crate) fn shape(
    cx: Cx<'_>,
    record: &SourceRecord,
    known: KnownFields<'_>,
    link: Option<&Link>,
) -> Result<Shape, ItemOutcome> {
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let module = cx.job.module();
        let refused = |unfit: Unfit| match unfit.code {
            code::PARENT_NOT_SYNCED | code::GRADE_EMPTY => {
                ItemOutcome::skipped(record.id.clone(), unfit.code, unfit.message)
            }
            code => ItemOutcome::failed(record.id.clone(), code, unfit.message),
        };
        let mut mapped = match &cx.job.mappings {
            Mappings::Incoming(set) => {
                set.map(record, known).map_err(|fault| refused(fault.into()))?
            }
            Mappings::Outgoing(rows) => cx.kind.outgoing(module, rows, record).map_err(refused)?,
        };
        tell(cx, record, link.is_some(), &mut mapped);
        let sent = link.map(|link| &link.sent);
        let stays = link.and_then(|link| cx.kind.unchanging(module, &mapped.fields, link));
        if let Some(field) = stays {
            // Of an object from before, that was told when it was linked.
            if link.is_some_and(|link| !link.kept.contains(field)) {
                let gaps: Gaps<'_> = &[("field", &field)];
                cx.job.findings.in_record(code::USERNAME_KEPT, (field, ""), &record.id, gaps);
            }
            mapped.fields.remove(field);
        }
        let warnings = without_dropped(&mut mapped, sent).map_err(refused)?;
        let canonical = cx.kind.complete(module, mapped, sent);
        fitting(cx, &record.id, canonical, sent, warnings).map_err(refused)
    }));
    let mut outcome = attempt.unwrap_or_else(|_| {
        let (id, code) = (record.id.clone(), code::RECORD_POISON);
        Err(ItemOutcome::failed(id, code, code.message(&[])))
    });
    if let Err(failed) = &mut outcome
        && cx.kind.is_person()
    {
        failed.person = Some(PersonId::from(record.id.clone()));
        failed.known_as = Some(Box::new(known_as(cx, record, known)));
    }
    outcome
}

/// Returns the warnings about values that mapping has dropped. What was sent stands for them; an object that has nothing of a
/// required field cannot be made.
fn without_dropped(mapped: &mut Mapped, sent: Option<&Canonical>) -> Result<Vec<Warning>, Unfit> {
    let mut warnings = Vec::new();
    for Dropped { field, value, required, failure } in std::mem::take(&mut mapped.dropped) {
        if required && sent.is_none_or(|sent| !sent.contains_key(field)) {
            return Err(failure.into());
        }
        warnings.push(Warning::new(field, failure.code, &value));
        mapped.kept.insert(field);
    }
    Ok(warnings)
}

/// Brings a record into the form of the target. A value at fault whose row drops it gives way to the one sent before, or is
/// left out.
fn fitting(
    cx: Cx<'_>,
    zoho_id: &RecordId,
    mut canonical: Canonical,
    sent: Option<&Canonical>,
    mut warnings: Vec<Warning>,
) -> Result<Shape, Unfit> {
    let set = cx.job.mappings.incoming();
    let mut faults: Vec<Unfit> = Vec::new();
    loop {
        let unfit = match cx.kind.shape(cx.job.module(), zoho_id, &canonical) {
            Ok(shape) => return Ok(Shape { warnings, ..shape }),
            Err(unfit) => unfit,
        };
        let is_new = |field: &&str| !warnings.iter().any(|known| known.field == *field);
        let dropped = unfit.field.filter(|field| set.is_some_and(|set| set.drops(field)));
        let value =
            dropped.filter(is_new).and_then(|field| Some((field, canonical.remove(field)?)));
        let Some((field, value)) = value else {
            // What is missing now is missing because of what was dropped.
            let is_missing = unfit.code == code::MAPPING_REQUIRED_MISSING;
            let dropped = faults.into_iter().find(|one| is_missing || one.field == unfit.field);
            return Err(dropped.unwrap_or(unfit));
        };
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        warnings.push(Warning::new(field, unfit.code, &value));
        let standing = sent.and_then(|sent| sent.get_key_value(field));
        canonical.extend(standing.map(|(field, value)| (field.clone(), value.clone())));
        faults.push(unfit);
    }
}

/// Tells what a record leaves out, and a status whose word is not known: it says neither that something is to be used nor
/// that it is not, so that the object of a linked record stays as it is.
fn tell(cx: Cx<'_>, record: &SourceRecord, linked: bool, mapped: &mut Mapped) {
    let findings = &cx.job.findings;
    for field in &mapped.kept {
        let gaps: Gaps<'_> = &[("field", field)];
        findings.in_record(code::FIELD_LEFT_OUT, (field, ""), &record.id, gaps);
    }
    if let Some((field, word)) = cx.kind.unknown_word(&mapped.fields) {
        let gaps: Gaps<'_> = &[("field", &field), ("value", &shown(&word))];
        findings.in_record(code::STATUS_UNKNOWN, (field, &word), &record.id, gaps);
        if linked {
            mapped.fields.remove(field);
        }
    }
}

/// Returns the data by which a person is found whose record failed: the fields that can be mapped, whatever the
/// others do.
fn known_as(cx: Cx<'_>, record: &SourceRecord, known: KnownFields<'_>) -> Person {
    Person::of(PersonId::from(record.id.clone()), &traced(cx, record, known))
}

/// Returns the fields of a record that can be mapped, whatever the others do.
pub(crate) fn traced(cx: Cx<'_>, record: &SourceRecord, known: KnownFields<'_>) -> Canonical {
    let values = catch_unwind(AssertUnwindSafe(|| {
        cx.job.mappings.incoming().map(|mappings| mappings.values(record, known))
    }));
    values.ok().flatten().unwrap_or_default()
}

/// Returns whether a status can end the use of a link's object, and none has so far.
pub(crate) fn can_end(cx: Cx<'_>, link: &Link) -> bool {
    link.state == LinkState::Active
        && cx.object(link.target_kind).is_revocable()
        && !cx.kind.is_ended(&link.sent)
}

/// Returns the field and the value by which a record newly ends the use of its object, if it does. Only the status is
/// read, so that no fault of another field keeps an account or an enrolment open.
pub(crate) fn ends(
    cx: Cx<'_>,
    record: &SourceRecord,
    link: &Link,
    known: KnownFields<'_>,
) -> Option<(&'static str, Value)> {
    can_end(cx, link).then(|| cx.kind.end_of(&traced(cx, record, known)))?
}
