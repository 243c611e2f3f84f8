//! Manual enrolments: for an enrollment in the course of its class, with the membership in a group if the class is a
//! group; for a registration in the course of its program.

pub(crate) mod arrivals;
mod back;
mod moved;
mod shared;
pub(crate) mod state;

use {
    self::{
        arrivals::arrivals,
        back::{differs, look_back},
        moved::{forget_gone_places, leave_groups},
        shared::{others, share},
        state::{
            end_of, ends, enrollment, enrolment_of, has_ended, registration, state, state_of,
            unknown_word, whole,
        },
    },
    crate::{
        domain::{
            code::{self, Code},
            id::{EnrolmentId, ObjectId, PersonId, RecordId},
            layout::{Form, Layouts, RemovalAction},
            module::ModuleName,
            record::{Canonical, Payload, TargetKind},
        },
        store::Link,
        sync::{
            checkpoint::Checkpoint,
            draft::Draft,
            kind::{Cx, Kind},
            kinds::{field::number, payment::effects::suspended_students},
            looked::Number,
            looked_back::LookedBack,
            shape::{Module, Parents, Shape, Unfit, Wanted},
            stop::Stop,
            work::{Departure, Ending, Others, Processed, Rules, Use, Work},
        },
    },
    async_trait::async_trait,
    serde_json::{Value, json},
    std::collections::BTreeSet,
};

/// Enrolments by the module of their records.
pub(crate) enum Enrolment {
    /// In the course of a class.
    InClass,
    /// In the course of a program.
    InProgram,
}

#[async_trait]
impl Kind for Enrolment {
    fn target(&self) -> TargetKind {
        TargetKind::Enrolment
    }

    fn numbers(&self, target_id: &ObjectId) -> Vec<Number> {
        let Ok(id) = enrolment_of(target_id) else { return Vec::new() };
        let group = id.group.map(|group| (TargetKind::Group, group));
        let own = [(TargetKind::Course, id.course), (TargetKind::User, id.user)];
        own.into_iter().chain(group).collect()
    }

    fn conflict(&self, layouts: &Layouts) -> Option<&'static str> {
        let programs = layouts.of(ModuleName::Programs).form;
        (matches!(self, Self::InProgram) && programs != Form::Course)
            .then_some("registrations can be enrolments only where programs are courses")
    }

    fn shape(
        &self,
        module: Module<'_>,
        _: &RecordId,
        canonical: &Canonical,
    ) -> Result<Shape, Unfit> {
        match self {
            Self::InClass => enrollment(module, canonical),
            Self::InProgram => registration(module, canonical),
        }
    }

    fn ending(
        &self,
        module: Module<'_>,
        zoho_id: &RecordId,
        canonical: &Canonical,
    ) -> Option<Shape> {
        self.shape(module, zoho_id, canonical).ok().filter(|shape| shape.ended)
    }

    fn wanted(
        &self,
        module: Module<'_>,
        _: &RecordId,
        shape: &Shape,
        parents: &Parents,
    ) -> Result<Wanted, Unfit> {
        match self {
            Self::InClass => in_class(module, shape, parents),
            Self::InProgram => in_program(module, shape, parents),
        }
    }

    fn is_ended(&self, sent: &Canonical) -> bool {
        has_ended(sent)
    }

    fn unknown_word(&self, canonical: &Canonical) -> Option<(&'static str, String)> {
        unknown_word(canonical)
    }

    fn end_of(&self, canonical: &Canonical) -> Option<(&'static str, Value)> {
        end_of(canonical)
    }

    async fn load_parents(
        &self,
        cx: Cx<'_>,
        shapes: &[&Shape],
        parents: &mut Parents,
    ) -> Result<(), Stop> {
        if matches!(self, Self::InProgram) {
            return Ok(());
        }
        let students: BTreeSet<PersonId> =
            shapes.iter().filter_map(|shape| shape.person.clone()).collect();
        let students: Vec<PersonId> = students.into_iter().collect();
        for student in suspended_students(cx, &students).await? {
            parents.suspend(student);
        }
        Ok(())
    }

    async fn look_back(
        &self,
        cx: Cx<'_>,
        links: &[&Link],
        whole: bool,
    ) -> Result<Option<LookedBack>, Stop> {
        look_back(cx, links, whole).await.map(Some)
    }

    fn different(
        &self,
        cx: Cx<'_>,
        _: &Draft,
        wanted: &Wanted,
        has: &Payload,
        _: &BTreeSet<String>,
    ) -> Option<Vec<String>> {
        let other = differs(cx, &wanted.create, has);
        Some(other.then(|| "enrollment_status".to_owned()).into_iter().collect())
    }

    fn place_of(&self, link: &Link) -> Option<String> {
        enrolment_of(&link.target_id).ok().map(|id| id.place())
    }

    fn departure(
        &self,
        link: &Link,
        to: &ObjectId,
        ended_before: bool,
        action: RemovalAction,
    ) -> Departure {
        if let (Ok(from), Some(to)) = (enrolment_of(&link.target_id), whole(to))
            && from.in_course() == to
        {
            return match from.group {
                None => Departure::Nothing,
                Some(_) => Departure::Part(link.target_id.clone()),
            };
        }
        // An enrolment that is already suspended is only ended if the school wants that.
        if !ended_before || action == RemovalAction::Unenrol {
            Departure::Place
        } else {
            Departure::Nothing
        }
    }

    async fn before_write(
        &self,
        cx: Cx<'_>,
        drafts: &mut [Draft],
        parents: &Parents,
        work: &mut Work,
        _: &mut Processed,
        _: Rules,
    ) -> Result<(), Stop> {
        share(cx, drafts, parents, work).await?;
        leave_groups(cx, drafts, work).await?;
        forget_gone_places(cx, drafts).await
    }

    fn lost_parents(&self, code: Code) -> &'static [ModuleName] {
        match code {
            code::MOODLE_USER_UNKNOWN => &[ModuleName::Students],
            code::MOODLE_COURSE_UNKNOWN => &[ModuleName::Classes, ModuleName::Programs],
            code::MOODLE_GROUP_UNKNOWN => &[ModuleName::Classes],
            _ => &[],
        }
    }

    fn has_ended(&self, code: Code) -> bool {
        matches!(
            code,
            code::MOODLE_USER_UNKNOWN | code::MOODLE_COURSE_UNKNOWN | code::MOODLE_GROUP_UNKNOWN
        )
    }

    fn is_revocable(&self) -> bool {
        true
    }

    fn is_leavable(&self) -> bool {
        true
    }

    fn suspension(
        &self,
        module: Module<'_>,
        target_id: &ObjectId,
        sent: &Canonical,
    ) -> Result<Payload, Unfit> {
        Ok(state_of(module, &enrolment_of(target_id)?, sent, true))
    }

    fn whole(&self, target_id: &ObjectId) -> Result<ObjectId, Unfit> {
        Ok(enrolment_of(target_id)?.in_course().to_string().into())
    }

    async fn others(&self, cx: Cx<'_>, due: &[Use], how: &Ending<'_>) -> Result<Vec<Others>, Stop> {
        others(cx, due, how).await
    }

    async fn arrivals(&self, cx: Cx<'_>, end: &Checkpoint) -> Result<Vec<ObjectId>, Stop> {
        arrivals(cx, end).await
    }
}

/// Returns the enrolment in the course of a class, and the membership in a group if the class is a group.
fn in_class(module: Module<'_>, shape: &Shape, parents: &Parents) -> Result<Wanted, Unfit> {
    let (user, class) = ends(shape, parents)?;
    let (course, group) = match (&class.container, class.kind) {
        (Some(course), TargetKind::Group) => (course, Some(&class.target_id)),
        (_, TargetKind::Course) => (&class.target_id, None),
        _ => {
            return Err(Unfit::of(
                code::LAYOUT_CONFLICT,
                &[("reason", &"the class is neither a course nor a group")],
            ));
        }
    };
    let mut wanted = manual(module, shape, &user.target_id, course, group);
    if parents.is_suspended(shape.person.as_ref()) {
        wanted.create.insert("suspend".to_owned(), json!(true));
    }
    Ok(wanted)
}

/// Returns the enrolment in the course of a program.
fn in_program(module: Module<'_>, shape: &Shape, parents: &Parents) -> Result<Wanted, Unfit> {
    let (user, program) = ends(shape, parents)?;
    if program.kind != TargetKind::Course {
        return Err(Unfit::of(
            code::LAYOUT_CONFLICT,
            &[("reason", &"the program is not a course")],
        ));
    }
    Ok(manual(module, shape, &user.target_id, &program.target_id, None))
}

fn manual(
    module: Module<'_>,
    shape: &Shape,
    user: &ObjectId,
    course: &ObjectId,
    group: Option<&ObjectId>,
) -> Wanted {
    let mut create = state(module, course, user, &shape.fields, shape.ended);
    if let Some(group) = group {
        create.insert("groupid".to_owned(), number(group));
    }
    let id = EnrolmentId { course: course.clone(), user: user.clone(), group: group.cloned() };
    let id = Some(id.to_string().into());
    Wanted { kind: TargetKind::Enrolment, id, container: Some(course.clone()), create }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::{
            domain::layout::{Layout, Layouts},
            sync::shape::Known,
        },
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

    fn enrollment_of(module: Module<'_>, status: &str) -> Shape {
        let canonical = Canonical::from([
            ("student_zoho_id".to_owned(), json!("1")),
            ("class_zoho_id".to_owned(), json!("2")),
            ("enrollment_status".to_owned(), json!(status)),
            ("enrollment_date".to_owned(), json!("2026-09-01")),
            ("end_date".to_owned(), json!("2026-09-01")),
        ]);
        enrollment(module, &canonical).expect("fits")
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
        let shape = enrollment_of(module, "Withdraw");
        let wanted = in_class(module, &shape, &parents(class)).expect("fits");
        assert_eq!(wanted.id.as_ref().map(ObjectId::as_str), Some("30:12"));
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
        let wanted =
            in_class(module, &enrollment_of(module, "Active"), &parents(class)).expect("fits");
        assert_eq!(wanted.id.as_ref().map(ObjectId::as_str), Some("30:12:8"));
        assert_eq!(wanted.create["groupid"], json!(8));
    }
}
