//! What a module means in the target: which object it makes, which canonical fields it uses and under which names, and
//! which parents it needs. The only folder of the engine that knows Moodle and Zoho by name (facts:
//! moodle-web-services.md, sections 7 to 10; domain.md, section 3).

mod course;
pub(crate) mod enrolment;
mod grade;
mod kept;
pub(crate) mod payment;
pub(crate) mod user;

pub(crate) use {
    enrolment::{seat, suspension as enrolment_state},
    payment::{empty_profile, forget_suspension, newest, shown_status},
    user::{IDENTITY_FIELDS, doubt, is_open, kept, suspension as account_suspension},
};

pub(crate) use super::shape::{Known, Module, Need, Parents, Shape, Unfit, Wanted, unfit};

use {
    crate::{
        domain::{
            day,
            layout::Form,
            module::ModuleName,
            record::{Canonical, Payload, TargetKind},
        },
        ports::ConnectorError,
    },
    chrono::{DateTime, NaiveDate},
    chrono_tz::Tz,
    serde_json::Value,
};

/// The target's field that carries the source record's id.
pub(crate) const SOURCE_ID_FIELD: &str = "idnumber";

/// The target's field that holds an e-mail address. Two that differ in nothing but letter case are one.
pub(crate) const EMAIL_FIELD: &str = "email";

/// The canonical field that names a class.
pub(crate) const CLASS_FIELD: &str = "class_zoho_id";

/// The canonical fields that name the parents of an enrolment or a membership.
pub(crate) const PARENT_FIELDS: [&str; 3] = ["student_zoho_id", CLASS_FIELD, "program_zoho_id"];

/// The kinds of object whose use a record's status ends.
pub(crate) const REVOCABLE: [TargetKind; 3] =
    [TargetKind::User, TargetKind::Enrolment, TargetKind::CohortMember];

/// The kinds of object that a record leaves when it moves.
pub(crate) const LEAVABLE: [TargetKind; 2] = [TargetKind::Enrolment, TargetKind::CohortMember];

impl<'a> Module<'a> {
    /// Returns the first second of a day at the school; 0, which Moodle reads as none, for no day.
    fn first_second(self, day: &str) -> i64 {
        self.second(day, day::begin)
    }

    /// Returns the last second of a day at the school, so that what ends on a day lasts as long as the day; 0 for no day.
    fn last_second(self, day: &str) -> i64 {
        self.second(day, day::end)
    }

    fn second(self, day: &str, of: fn(NaiveDate, Tz) -> Option<DateTime<Tz>>) -> i64 {
        let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok();
        day.and_then(|day| of(day, self.layouts.zone())).map_or(0, |time| time.timestamp())
    }

    /// Returns the kind of object that the module makes.
    pub(crate) fn kind(self) -> TargetKind {
        match self.layout().form {
            Form::User => TargetKind::User,
            Form::Category => TargetKind::Category,
            Form::Course => TargetKind::Course,
            Form::Group => TargetKind::Group,
            Form::Enrolment => TargetKind::Enrolment,
            Form::Cohort => TargetKind::CohortMember,
            Form::Profile => TargetKind::Profile,
            Form::Record => TargetKind::Record,
            Form::Grade => TargetKind::Grade,
        }
    }

    /// Returns why the layouts do not go together, if they do not.
    pub(crate) fn conflict(self) -> Option<&'static str> {
        let form = |module| self.layouts.of(module).form;
        match (self.name, self.layout().form) {
            (ModuleName::Registrations, Form::Enrolment)
                if form(ModuleName::Programs) != Form::Course =>
            {
                Some("registrations can be enrolments only where programs are courses")
            }
            (ModuleName::Classes, Form::Group) if form(ModuleName::Units) != Form::Course => {
                Some("classes can be groups only where units are courses")
            }
            _ => None,
        }
    }

    /// Normalises and checks a record for the target.
    pub(crate) fn shape(self, zoho_id: &str, canonical: &Canonical) -> Result<Shape, Unfit> {
        let shape = match self.name {
            ModuleName::Students => user::shape(zoho_id, canonical),
            ModuleName::Programs => course::program(self.layout(), canonical),
            ModuleName::Units => course::unit(self.layout(), canonical),
            ModuleName::Classes => course::class(self.layout(), canonical),
            ModuleName::Enrollments => enrolment::enrollment(canonical),
            ModuleName::Registrations => enrolment::registration(canonical),
            ModuleName::Payments => payment::shape(self.layout(), canonical),
            ModuleName::Grades => grade::shape(self.layout(), canonical),
        }?;
        let spelt = Some(text(canonical, "academic_email")).filter(|email| {
            self.kind() == TargetKind::User && email.bytes().any(|b| b.is_ascii_uppercase())
        });
        Ok(Shape { stored: self.stored(canonical), spelt, ..shape })
    }

    /// Returns the id that the record itself names, of the kind of object that the module has.
    fn stored(self, canonical: &Canonical) -> Option<String> {
        let field = match (self.name, self.kind()) {
            (ModuleName::Students, TargetKind::User) => "moodle_user_id",
            (ModuleName::Programs, TargetKind::Category) => "moodle_category_id",
            (ModuleName::Classes, TargetKind::Course) => "moodle_course_id",
            _ => return None,
        };
        Some(text(canonical, field)).filter(|id| !id.is_empty())
    }

    /// Returns the object that a record should have; its required parents are there.
    pub(crate) fn wanted(
        self,
        zoho_id: &str,
        shape: &Shape,
        parents: &Parents,
    ) -> Result<Wanted, Unfit> {
        let layout = self.layout();
        match self.name {
            ModuleName::Students => Ok(user::wanted(zoho_id, shape)),
            ModuleName::Programs | ModuleName::Units | ModuleName::Classes => {
                course::wanted(self, zoho_id, shape, parents)
            }
            ModuleName::Enrollments => enrolment::enrolment(self, shape, parents),
            ModuleName::Registrations => match layout.form {
                Form::Enrolment => enrolment::in_program(self, shape, parents),
                _ => enrolment::cohort_member(shape, parents),
            },
            ModuleName::Payments => payment::wanted(layout, zoho_id, shape, parents),
            ModuleName::Grades => Ok(grade::wanted(self.source_name, shape)),
        }
    }

    /// Returns what brings an existing object up to date in the canonical fields that `changed` picks. Kinds that are
    /// written whole get all of it.
    pub(crate) fn update(
        self,
        zoho_id: &str,
        shape: &Shape,
        wanted: &Wanted,
        changed: impl Fn(&str) -> bool,
    ) -> Payload {
        // What nobody has said is not written, whatever it is written for.
        let changed = |name: &str| shape.fields.contains_key(name) && changed(name);
        match wanted.kind {
            TargetKind::User => user::update(zoho_id, shape, changed),
            TargetKind::Category | TargetKind::Course | TargetKind::Group => {
                course::update(self, zoho_id, wanted, changed)
            }
            TargetKind::Grade => grade::update(self.source_name, shape, changed),
            _ => wanted.create.clone(),
        }
    }

    /// Returns the status, as it is kept, by which a record ends the use of its object, if it does. It takes no more of the
    /// record than the status.
    pub(crate) fn end_of(self, canonical: &Canonical) -> Option<(&'static str, Value)> {
        let (field, kept) = match self.name {
            ModuleName::Students => ("status", user::SUSPENDED.to_owned()),
            ModuleName::Enrollments | ModuleName::Registrations => {
                ("enrollment_status", text(canonical, "enrollment_status"))
            }
            _ => return None,
        };
        self.ended(canonical).then(|| (field, value(&kept)))
    }

    /// Returns what is left of a record that cannot be written whole: the end of the use of what it stands for, and by what
    /// that is found.
    pub(crate) fn ending(self, zoho_id: &str, canonical: &Canonical) -> Option<Shape> {
        let shape = match self.kind() {
            _ if !self.ended(canonical) => None,
            TargetKind::User => Some(user::ending(zoho_id, canonical)),
            TargetKind::Enrolment => self.shape(zoho_id, canonical).ok(),
            _ => None,
        };
        shape.filter(|shape| shape.ended)
    }

    /// Returns whether fields that were sent mean an object that must not be usable.
    pub(crate) fn ended(self, sent: &Canonical) -> bool {
        match self.name {
            ModuleName::Students => user::is_suspended(&text(sent, "status")),
            ModuleName::Enrollments | ModuleName::Registrations => {
                enrolment::is_ended(&text(sent, "enrollment_status"))
            }
            ModuleName::Payments => payment::has_suspended(sent),
            _ => false,
        }
    }
}

/// Returns what ends the use of the object of a link: its id and the whole state that says so.
pub(crate) fn suspension(
    module: Module<'_>,
    kind: TargetKind,
    target_id: &str,
    sent: &Canonical,
) -> Payload {
    match kind {
        TargetKind::Enrolment => enrolment::suspension(module, target_id, sent, true),
        _ => user::suspension(),
    }
}

/// The word for a batch that is refused because a value is taken.
pub(crate) const REJECTED: &str = "MOODLE_REJECTED";
/// The word for a profile field that was not kept.
pub(crate) const DROPPED: &str = "MOODLE_VALUE_DROPPED";
/// The word for an account that is not there.
pub(crate) const USER_UNKNOWN: &str = "MOODLE_USER_UNKNOWN";
/// The words for other things that are not there.
const COURSE_UNKNOWN: &str = "MOODLE_COURSE_UNKNOWN";
pub(crate) const CATEGORY_UNKNOWN: &str = "MOODLE_CATEGORY_UNKNOWN";
const GROUP_UNKNOWN: &str = "MOODLE_GROUP_UNKNOWN";

/// Says more of a refusal of what is there and was not found: then it is not shown.
pub(crate) fn hidden(kind: TargetKind, mut error: ConnectorError) -> ConnectorError {
    let right = match kind {
        TargetKind::Category => "moodle/category:viewhiddencategories",
        TargetKind::Course => "moodle/course:viewhiddencourses",
        TargetKind::Group => "moodle/site:accessallgroups",
        _ => return error,
    };
    if error.code == "MOODLE_IDNUMBER_TAKEN" {
        let more = "what carries the record's id is not shown to the account of the token; give it";
        error.message = format!("{}; {more} {right}", error.message);
    }
    error
}

/// Tells which fields an account keeps that was there before, if any of them is to be another one by the record.
pub(crate) fn told<'f>(kept: impl Iterator<Item = &'f str>) -> Option<(&'static str, String)> {
    let names: Vec<&str> = kept.collect();
    if names.is_empty() {
        return None;
    }
    let message = format!(
        "the account was there before its record, and these stay as they are there: {}; change them in Moodle if they \
         are to be others",
        names.join(", ")
    );
    Some(("FIELD_KEPT", message))
}

/// Returns whether the refusal of a change may mean that the object itself is gone. Of a group Moodle says no more than
/// that a value is wrong.
pub(crate) fn is_gone(kind: TargetKind, code: &str) -> bool {
    match kind {
        TargetKind::User => code == USER_UNKNOWN,
        TargetKind::Course => code == COURSE_UNKNOWN,
        TargetKind::Category => code == CATEGORY_UNKNOWN,
        TargetKind::Group => matches!(code, GROUP_UNKNOWN | COURSE_UNKNOWN | REJECTED),
        _ => false,
    }
}

/// Returns whether a refusal to end a use says that there is nothing left to be used.
pub(crate) fn has_ended(kind: TargetKind, code: &str) -> bool {
    match kind {
        TargetKind::User => code == USER_UNKNOWN,
        TargetKind::Enrolment => matches!(code, USER_UNKNOWN | COURSE_UNKNOWN | GROUP_UNKNOWN),
        _ => false,
    }
}

/// Returns the modules whose objects a refusal says to be gone.
pub(crate) fn lost_parents(kind: TargetKind, code: &str) -> &'static [ModuleName] {
    use ModuleName::{Classes, Programs, Students, Units};
    match (kind, code) {
        (TargetKind::Enrolment | TargetKind::CohortMember | TargetKind::Profile, USER_UNKNOWN) => {
            &[Students]
        }
        (TargetKind::Enrolment, COURSE_UNKNOWN) => &[Classes, Programs],
        (TargetKind::Enrolment, GROUP_UNKNOWN) => &[Classes],
        (TargetKind::Course, CATEGORY_UNKNOWN) => &[Programs],
        (TargetKind::Group, COURSE_UNKNOWN) => &[Units],
        _ => &[],
    }
}

/// The target's fields that must be unlike those of every other object of a kind: the target's name, the canonical
/// name, and the word for a value that is taken.
pub(crate) const fn unique_fields(
    kind: TargetKind,
) -> &'static [(&'static str, &'static str, &'static str)] {
    match kind {
        TargetKind::User => &[
            ("username", "username", "MOODLE_USERNAME_TAKEN"),
            ("email", "academic_email", "MOODLE_EMAIL_TAKEN"),
        ],
        TargetKind::Course => &[("shortname", "short name", "MOODLE_SHORTNAME_TAKEN")],
        _ => &[],
    }
}

/// Returns whether an object of the kind belongs to one record only; several records may stand for one enrolment.
pub(crate) const fn is_exclusive(kind: TargetKind) -> bool {
    matches!(
        kind,
        TargetKind::User
            | TargetKind::Category
            | TargetKind::Course
            | TargetKind::Group
            | TargetKind::Grade
    )
}

/// Returns a canonical text with its white space in order.
fn text(canonical: &Canonical, name: &str) -> String {
    match canonical.get(name) {
        Some(Value::String(text)) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// Returns a canonical text, where the record or what was sent for it says it.
fn said(canonical: &Canonical, name: &str) -> Option<String> {
    canonical.contains_key(name).then(|| text(canonical, name))
}

/// Returns a text as it is kept: null when it is empty.
fn value(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { Value::String(text.to_owned()) }
}

/// Puts fields together, each within its length; what nobody says is left out.
fn fields<const N: usize>(entries: [(&str, Option<String>, usize); N]) -> Result<Canonical, Unfit> {
    let mut out = Canonical::new();
    for (name, entry, max) in entries {
        let Some(entry) = entry else { continue };
        let length = entry.chars().count();
        if length > max {
            let message = format!("{name} has {length} characters, at most {max} are allowed");
            return Err(unfit("VALUE_TOO_LONG", message));
        }
        if entry.contains(char::is_control) {
            let message = format!("{name} holds a control character; databases refuse it");
            return Err(unfit("VALUE_HAS_CONTROL", message));
        }
        out.insert(name.to_owned(), value(&entry));
    }
    Ok(out)
}

/// Moodle refuses markup in names.
fn has_tag(text: &str) -> bool {
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if c == '<' && characters.peek().is_some_and(|next| !next.is_whitespace()) {
            return true;
        }
    }
    false
}

fn check_name(field: &str, name: &str) -> Result<(), Unfit> {
    if name.is_empty() {
        let message = format!("{field} is empty; map it or fill the field");
        return Err(unfit("MAPPING_REQUIRED_MISSING", message));
    }
    if has_tag(name) {
        let message = format!("{field} holds '<' before a letter; Moodle refuses markup");
        return Err(unfit("VALUE_HAS_MARKUP", message));
    }
    Ok(())
}

/// Cuts a value for a message.
fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}
