//! The kinds of objects in the target, one file or folder each: the objects that records become, the canonical fields
//! that they use and under which names, the parents that they need, and what only such objects require of the engine.
//! No other folder of the engine knows Moodle and Zoho by name.

mod category;
mod cohort;
mod course;
mod enrolment;
pub(crate) mod field;
pub(crate) mod gone;
pub(crate) mod grade;
mod group;
mod payment;
mod record;
#[cfg(test)]
mod tests;
mod user;

use {
    self::{
        category::Category,
        cohort::{Cohort, Membership},
        course::Course,
        enrolment::Enrolment,
        grade::Grade,
        group::Group,
        payment::Profile,
        record::Record,
        user::Account,
    },
    super::{
        job::Job,
        kind::{Kind, Kinds},
    },
    crate::domain::{
        code::{self, Code},
        layout::Form,
        module::ModuleName,
        record::TargetKind,
    },
};

/// The code of a batch that is refused because of a value in it.
pub(crate) const REJECTED: Code = code::MOODLE_REJECTED;

/// The look-up of kinds.
pub(crate) const KINDS: Kinds = Kinds { of, of_object };

/// Returns the kind of a module's objects for a form in the target. A module has only the forms that its options
/// allow.
pub(crate) fn of(module: ModuleName, form: Form) -> &'static dyn Kind {
    match (module, form) {
        (ModuleName::Students, _) => &Account,
        (ModuleName::Programs, Form::Course) => &Course::Program,
        (ModuleName::Programs, _) => &Category,
        (ModuleName::Units, Form::Record) => &Record::Unit,
        (ModuleName::Units, _) => &Course::Unit,
        (ModuleName::Classes, Form::Group) => &Group,
        (ModuleName::Classes, _) => &Course::Class,
        (ModuleName::Enrollments, _) => &Enrolment::InClass,
        (ModuleName::Registrations, Form::Enrolment) => &Enrolment::InProgram,
        (ModuleName::Registrations, _) => &Membership,
        (ModuleName::Payments, Form::Record) => &Record::Payment,
        (ModuleName::Payments, _) => &Profile,
        (ModuleName::Grades, _) => &Grade,
    }
}

/// Returns the kind for a type of object about which nothing else is known.
fn of_object(kind: TargetKind) -> &'static dyn Kind {
    match kind {
        TargetKind::User => &Account,
        TargetKind::Profile => &Profile,
        TargetKind::Category => &Category,
        TargetKind::Course => &Course::Class,
        TargetKind::Group => &Group,
        TargetKind::Enrolment => &Enrolment::InClass,
        TargetKind::Cohort => &Cohort,
        TargetKind::CohortMember => &Membership,
        TargetKind::Record => &Record::Unit,
        TargetKind::Grade => &Grade,
    }
}

/// Returns why the tenant's layouts cannot work together for the module of a run, if that is so.
pub fn conflict(job: &Job) -> Option<&'static str> {
    let module = job.claim.run.module;
    of(module, job.layouts.of(module).form).conflict(&job.layouts)
}
