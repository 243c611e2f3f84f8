//! Enrollments and registrations: manual enrolments and cohort memberships (moodle-web-services.md, sections 6.3, 8.5 and
//! 8.6). An enrolment is always written whole, because Moodle resets what is not sent.

pub(crate) mod arrivals;
pub(crate) mod shared;

use {
    super::{
        Module, Need, Parents, Shape, Unfit, Wanted, course::number, fields, said, text, unfit,
    },
    crate::domain::{
        module::ModuleName,
        record::{Canonical, Payload, TargetKind},
    },
    serde_json::json,
};

/// Longest id, status and date.
const TEXT_MAX: usize = 100;

/// Words of a status that end an enrolment; the picklists of the organisations that are known (domain.md, section 3).
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
pub(super) fn is_ended(status: &str) -> bool {
    ENDED.contains(&status.to_lowercase().as_str())
}

fn needs(canonical: &Canonical, other: (ModuleName, &str)) -> Result<Vec<Need>, Unfit> {
    [(ModuleName::Students, "student_zoho_id"), other]
        .into_iter()
        .map(|(module, field)| {
            let id = text(canonical, field);
            if id.is_empty() {
                let message = format!("{field} is empty; map it or fill the field");
                return Err(unfit("MAPPING_REQUIRED_MISSING", message));
            }
            Ok(Need { module, id, required: true })
        })
        .collect()
}

fn shape(fields: Canonical, needs: Vec<Need>) -> Shape {
    let person = text(&fields, "student_zoho_id");
    let status = text(&fields, "enrollment_status");
    let label = format!("student {person}, {}", needs.last().map_or("", |need| need.id.as_str()));
    Shape {
        ended: is_ended(&status),
        fields,
        needs,
        person: Some(person),
        label,
        stored: None,
        spelt: None,
    }
}

pub(super) fn enrollment(canonical: &Canonical) -> Result<Shape, Unfit> {
    let needs = needs(canonical, (ModuleName::Classes, "class_zoho_id"))?;
    let fields = fields([
        ("student_zoho_id", said(canonical, "student_zoho_id"), TEXT_MAX),
        ("class_zoho_id", said(canonical, "class_zoho_id"), TEXT_MAX),
        ("enrollment_status", said(canonical, "enrollment_status"), TEXT_MAX),
        ("enrollment_date", said(canonical, "enrollment_date"), TEXT_MAX),
        ("end_date", said(canonical, "end_date"), TEXT_MAX),
    ])?;
    Ok(shape(fields, needs))
}

pub(super) fn registration(canonical: &Canonical) -> Result<Shape, Unfit> {
    let needs = needs(canonical, (ModuleName::Programs, "program_zoho_id"))?;
    let fields = fields([
        ("student_zoho_id", said(canonical, "student_zoho_id"), TEXT_MAX),
        ("program_zoho_id", said(canonical, "program_zoho_id"), TEXT_MAX),
        ("enrollment_status", said(canonical, "enrollment_status"), TEXT_MAX),
        ("registration_date", said(canonical, "registration_date"), TEXT_MAX),
    ])?;
    Ok(shape(fields, needs))
}

/// Returns the user and the other parent.
fn ends<'p>(
    shape: &Shape,
    parents: &'p Parents,
) -> Result<(&'p super::Known, &'p super::Known), Unfit> {
    let mut known = shape.needs.iter().filter_map(|need| parents.get(need.module, &need.id));
    match (known.next(), known.next()) {
        (Some(user), Some(other)) => Ok((user, other)),
        _ => Err(unfit("PARENT_NOT_SYNCED", "a parent is not in the target")),
    }
}

/// Returns the enrolment in the course of a class, and the membership in its group where the class is one.
pub(super) fn enrolment(
    module: Module<'_>,
    shape: &Shape,
    parents: &Parents,
) -> Result<Wanted, Unfit> {
    let (user, class) = ends(shape, parents)?;
    let (course, group) = match (&class.container, class.kind) {
        (Some(course), TargetKind::Group) => (course.as_str(), Some(class.target_id.as_str())),
        (_, TargetKind::Course) => (class.target_id.as_str(), None),
        _ => return Err(unfit("LAYOUT_CONFLICT", "the class is neither a course nor a group")),
    };
    let mut wanted = manual(module, shape, &user.target_id, course, group);
    if parents.is_barred(shape.person.as_ref()) {
        wanted.create.insert("suspend".to_owned(), json!(true));
    }
    Ok(wanted)
}

/// Returns the enrolment in the course of a program.
pub(super) fn in_program(
    module: Module<'_>,
    shape: &Shape,
    parents: &Parents,
) -> Result<Wanted, Unfit> {
    let (user, program) = ends(shape, parents)?;
    if program.kind != TargetKind::Course {
        return Err(unfit("LAYOUT_CONFLICT", "the program is no course"));
    }
    Ok(manual(module, shape, &user.target_id, &program.target_id, None))
}

fn manual(
    module: Module<'_>,
    shape: &Shape,
    user: &str,
    course: &str,
    group: Option<&str>,
) -> Wanted {
    let mut create = state(module, course, user, &shape.fields, shape.ended);
    let mut id = format!("{course}:{user}");
    if let Some(group) = group {
        create.insert("groupid".to_owned(), number(group));
        id = format!("{id}:{group}");
    }
    Wanted { kind: TargetKind::Enrolment, id: Some(id), container: Some(course.into()), create }
}

/// Returns the enrolment in the course of an id that may name a group as well.
pub(crate) fn seat(target_id: &str) -> &str {
    match target_id.match_indices(':').nth(1) {
        Some((end, _)) => target_id.get(..end).unwrap_or(target_id),
        None => target_id,
    }
}

/// Returns the whole state of an enrolment that is known by its id and what was sent, suspended or not.
pub(crate) fn suspension(
    module: Module<'_>,
    target_id: &str,
    sent: &Canonical,
    suspended: bool,
) -> Payload {
    let mut ids = target_id.split(':');
    let mut id = || ids.next().unwrap_or_default();
    let (course, user) = (id(), id());
    state(module, course, user, sent, suspended)
}

/// Returns the whole state of an enrolment: what is not sent Moodle sets back.
fn state(
    module: Module<'_>,
    course: &str,
    user: &str,
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
        ("timestart", json!(module.first_second(&start))),
        ("timeend", json!(module.last_second(&text(fields, "end_date")))),
        ("suspend", json!(suspended)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// Returns the membership in the cohort of a program.
pub(super) fn cohort_member(shape: &Shape, parents: &Parents) -> Result<Wanted, Unfit> {
    let (user, _) = ends(shape, parents)?;
    let program = text(&shape.fields, "program_zoho_id");
    let cohort = parents
        .cohort(&program)
        .ok_or_else(|| unfit("PARENT_NOT_SYNCED", "the program's cohort is not in the target"))?;
    let create = Payload::from([
        ("cohortid".to_owned(), number(cohort)),
        ("userid".to_owned(), number(&user.target_id)),
    ]);
    let id = Some(format!("{cohort}:{}", user.target_id));
    Ok(Wanted { kind: TargetKind::CohortMember, id, container: Some(cohort.into()), create })
}

#[cfg(test)]
mod tests {
    use {
        super::{super::Known, *},
        crate::domain::layout::{Layout, Layouts},
        chrono_tz::Tz,
        serde_json::json,
    };

    fn parents(class: Known) -> Parents {
        let mut parents = Parents::default();
        let user = Known {
            kind: TargetKind::User,
            target_id: "12".into(),
            container: None,
            person: None,
            name: None,
        };
        parents.insert(ModuleName::Students, "1".into(), user);
        parents.insert(ModuleName::Classes, "2".into(), class);
        parents
    }

    fn enrollment_of(status: &str) -> Shape {
        let canonical = Canonical::from([
            ("student_zoho_id".to_owned(), json!("1")),
            ("class_zoho_id".to_owned(), json!("2")),
            ("enrollment_status".to_owned(), json!(status)),
            ("enrollment_date".to_owned(), json!("2026-09-01")),
            ("end_date".to_owned(), json!("2026-09-01")),
        ]);
        enrollment(&canonical).expect("fits")
    }

    #[test]
    fn an_enrolment_is_written_whole() {
        let layouts = Layouts::new("Asia/Amman".parse().expect("a zone"), Layout::new);
        let module = Module::new(ModuleName::Enrollments, &layouts, "E");
        let class = Known {
            kind: TargetKind::Course,
            target_id: "30".into(),
            container: None,
            person: None,
            name: None,
        };
        let shape = enrollment_of("Withdraw");
        let wanted = enrolment(module, &shape, &parents(class)).expect("fits");
        assert_eq!(wanted.id.as_deref(), Some("30:12"));
        assert_eq!(
            wanted.create,
            Payload::from(
                [
                    ("courseid", json!(30)),
                    ("userid", json!(12)),
                    ("roleid", json!(5)),
                    ("timestart", json!(1_788_210_000)),
                    ("timeend", json!(1_788_296_399)),
                    ("suspend", json!(true)),
                ]
                .map(|(name, value)| (name.to_owned(), value))
            )
        );
    }

    #[test]
    fn an_id_names_the_enrolment_and_the_group() {
        assert_eq!([seat("30:12:8"), seat("30:12"), seat("30")], ["30:12", "30:12", "30"]);
    }

    #[test]
    fn a_class_that_is_a_group_takes_members() {
        let class = Known {
            kind: TargetKind::Group,
            target_id: "8".into(),
            container: Some("30".into()),
            person: None,
            name: None,
        };
        let layouts = Layouts::new(Tz::UTC, Layout::new);
        let module = Module::new(ModuleName::Enrollments, &layouts, "E");
        let wanted = enrolment(module, &enrollment_of("Active"), &parents(class)).expect("fits");
        assert_eq!(wanted.id.as_deref(), Some("30:12:8"));
        assert_eq!(wanted.create["groupid"], json!(8));
    }
}
