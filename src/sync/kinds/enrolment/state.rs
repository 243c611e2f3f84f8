//! The state of enrolments: the fields of an enrollment or a registration, and the values written for it, always
//! complete, because Moodle resets values that are not sent.

use {
    crate::{
        domain::{
            code,
            id::{EnrolmentId, ObjectId, PersonId},
            module::ModuleName,
            record::{Canonical, Payload},
        },
        sync::{
            kinds::field::{
                first_second, last_second, need, number, said, sent, status_word, text,
                unknown_status, value,
            },
            shape::{Known, Module, Need, Parents, Shape, Unfit, unfit},
        },
    },
    serde_json::{Value, json},
};

/// Words of a status that end an enrolment; those of the picklists of the known organisations.
const ENDED: [&str; 14] = [
    "suspended",
    "inactive",
    "withdrawn",
    "withdraw",
    "dropped",
    "cancelled",
    "canceled",
    "blocked",
    "freeze",
    "freezed",
    "frozen",
    "expired",
    "deleted",
    "ended",
];

/// Returns whether a status ends an enrolment.
pub(crate) fn is_ended(status: &str) -> bool {
    ENDED.contains(&status_word(status).as_str())
}

fn needs(canonical: &Canonical, other: (ModuleName, &str)) -> Result<Vec<Need>, Unfit> {
    [(ModuleName::Students, "student_zoho_id"), other]
        .into_iter()
        .map(|(module, field)| {
            need(module, canonical, field, true)?.ok_or_else(|| {
                Unfit::of(
                    code::MAPPING_REQUIRED_MISSING,
                    &[("field", &field), ("reason", &"it is empty")],
                )
            })
        })
        .collect()
}

fn shape(fields: Canonical, needs: Vec<Need>) -> Shape {
    let student = needs.iter().find(|need| need.module == ModuleName::Students);
    let person = student.map(|need| PersonId::from(need.id.clone()));
    let status = text(&fields, "enrollment_status");
    let ids = [needs.first(), needs.last()];
    let [student, other] = ids.map(|need| need.map_or("", |need| need.id.as_str()));
    let label = format!("student {student}, {other}");
    Shape {
        ended: is_ended(&status),
        fields,
        needs,
        person,
        label,
        stored: None,
        spelt: None,
        warnings: Vec::new(),
    }
}

pub(crate) fn enrollment(module: Module<'_>, canonical: &Canonical) -> Result<Shape, Unfit> {
    let needs = needs(canonical, (ModuleName::Classes, "class_zoho_id"))?;
    Ok(shape(in_order(sent(module, canonical, [])?, "enrollment_date")?, needs))
}

/// Refuses what ends before it begins: Moodle stores it, and the student cannot enter the course.
fn in_order(fields: Canonical, begin: &str) -> Result<Canonical, Unfit> {
    let (start, end) = (text(&fields, begin), text(&fields, "end_date"));
    if !start.is_empty() && !end.is_empty() && end < start {
        return Err(Unfit::of(code::DATE_ORDER, &[("end", &end), ("start", &start)]));
    }
    Ok(fields)
}

pub(crate) fn registration(module: Module<'_>, canonical: &Canonical) -> Result<Shape, Unfit> {
    let needs = needs(canonical, (ModuleName::Programs, "program_zoho_id"))?;
    // A membership is not written with its status, but ends by it.
    let status = ("enrollment_status", said(canonical, "enrollment_status"));
    Ok(shape(in_order(sent(module, canonical, [status])?, "registration_date")?, needs))
}

/// Returns the user and the other parent.
pub(crate) fn ends<'p>(
    shape: &Shape,
    parents: &'p Parents,
) -> Result<(&'p Known, &'p Known), Unfit> {
    let mut known = shape.needs.iter().filter_map(|need| parents.get(need.module, &need.id));
    match (known.next(), known.next()) {
        (Some(user), Some(other)) => Ok((user, other)),
        _ => Err(unfit(code::PARENT_NOT_SYNCED, "a parent is not in the target")),
    }
}

/// Reads the id of a stored enrolment.
pub(crate) fn enrolment_of(target_id: &ObjectId) -> Result<EnrolmentId, Unfit> {
    EnrolmentId::parse(target_id.as_str())
        .map_err(|bad| unfit(code::MOODLE_REJECTED, bad.to_string()))
}

/// Returns the enrolment in the course for an id that may name a group as well; `None` if the text is not an id.
pub(crate) fn whole(target_id: &ObjectId) -> Option<EnrolmentId> {
    EnrolmentId::parse(target_id.as_str()).ok().map(|id| id.in_course())
}

/// Returns the whole state of an enrolment from its id and the values sent, suspended or not.
pub(crate) fn state_of(
    module: Module<'_>,
    id: &EnrolmentId,
    sent: &Canonical,
    suspended: bool,
) -> Payload {
    state(module, &id.course, &id.user, sent, suspended)
}

/// Returns the whole state of an enrolment: Moodle resets values that are not sent.
pub(crate) fn state(
    module: Module<'_>,
    course: &ObjectId,
    user: &ObjectId,
    fields: &Canonical,
    suspended: bool,
) -> Payload {
    let start = match fields.get("enrollment_date") {
        Some(_) => text(fields, "enrollment_date"),
        None => text(fields, "registration_date"),
    };
    [
        ("courseid", number(course)),
        ("userid", number(user)),
        ("roleid", json!(module.layout().role_id)),
        ("timestart", json!(first_second(module.layouts, &start))),
        ("timeend", json!(last_second(module.layouts, &text(fields, "end_date")))),
        ("suspend", json!(suspended)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// Returns the status, in its stored form, by which a record ends the use of its object, if it does.
pub(crate) fn end_of(canonical: &Canonical) -> Option<(&'static str, Value)> {
    let status = text(canonical, "enrollment_status");
    is_ended(&status).then(|| ("enrollment_status", value(status)))
}

/// Returns the status of a record whose word is not known.
pub(crate) fn unknown_word(canonical: &Canonical) -> Option<(&'static str, String)> {
    unknown_status(canonical, "enrollment_status", is_ended)
}

/// Returns whether the fields that were sent end the use.
pub(crate) fn has_ended(sent: &Canonical) -> bool {
    is_ended(&text(sent, "enrollment_status"))
}
