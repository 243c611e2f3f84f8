//! A record in the form in which it is compared and sent: its needs, its wanted object in the target, and what is
//! known of its parents there.

use {
    crate::domain::{
        code::{Code, Gaps},
        id::{ObjectId, PersonId, RecordId},
        item::Warning,
        layout::{Layout, Layouts},
        mapping::{MapFailure, Outgoing},
        module::ModuleName,
        record::{self, Canonical, Payload, TargetKind},
    },
    sha2::{Digest as _, Sha256},
    std::collections::{HashMap, HashSet},
};

/// Returns the fingerprint of canonical fields.
pub(crate) fn fingerprint(fields: &Canonical) -> Vec<u8> {
    Sha256::digest(record::encode(fields)).to_vec()
}

/// Why a record cannot be written as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unfit {
    /// Stable word.
    pub(crate) code: Code,
    /// The reason, in words.
    pub(crate) message: String,
    /// The canonical field whose value alone is at fault, if it is one: the record may go on without that value.
    pub(crate) field: Option<&'static str>,
}

impl Unfit {
    /// Makes a reason with the message and remedy of the code's row, the gaps filled.
    pub(crate) fn of(code: Code, gaps: Gaps<'_>) -> Self {
        unfit(code, code.advice(gaps))
    }

    /// Blames the value of one canonical field.
    pub(crate) fn in_field(self, field: &'static str) -> Self {
        Self { field: Some(field), ..self }
    }
}

impl From<MapFailure> for Unfit {
    fn from(failure: MapFailure) -> Self {
        unfit(failure.code, failure.message)
    }
}

/// Makes a reason.
pub(crate) fn unfit(code: Code, message: impl Into<String>) -> Unfit {
    Unfit { code, message: message.into(), field: None }
}

/// A parent that a record refers to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Need {
    /// The parent's module.
    pub(crate) module: ModuleName,
    /// Its id in the source.
    pub(crate) id: RecordId,
    /// False: the record continues without it.
    pub(crate) required: bool,
    /// Why the record waits if the parent does not exist yet.
    pub(crate) reason: &'static str,
}

/// A record in the form in which it is compared and sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    /// The canonical fields that the target uses, normalised: they are compared and shown.
    pub(crate) fields: Canonical,
    /// The parents that it refers to.
    pub(crate) needs: Vec<Need>,
    /// The student whom it is about.
    pub(crate) person: Option<PersonId>,
    /// Its name for people.
    pub(crate) label: String,
    /// True if the account or enrolment must not be usable.
    pub(crate) ended: bool,
    /// Id of the object that the record itself names, because the school linked it before. It is not compared: once
    /// there is a link, the link counts.
    pub(crate) stored: Option<ObjectId>,
    /// The e-mail address as the record spells it, if it is not all in lower case: an existing account may be spelt
    /// likewise.
    pub(crate) spelt: Option<String>,
    /// Values of the record that were left out.
    pub(crate) warnings: Vec<Warning>,
}

/// The object of a parent in the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    /// Its kind.
    pub(crate) kind: TargetKind,
    /// Its id.
    pub(crate) target_id: ObjectId,
    /// The object that contains it: the course of a group.
    pub(crate) container: Option<ObjectId>,
    /// The student whom it is about.
    pub(crate) person: Option<PersonId>,
    /// Its name, if it has one.
    pub(crate) name: Option<String>,
}

/// The parents of a slice's records, with related facts of the target.
#[derive(Debug, Default)]
pub(crate) struct Parents {
    by_record: HashMap<(ModuleName, RecordId), Known>,
    /// Those whose objects must not be used. To wait for them is of no use, because they have links.
    unfit: HashSet<(ModuleName, RecordId)>,
    /// Cohorts by the program's id in the source.
    cohorts: HashMap<RecordId, ObjectId>,
    /// Students whose newest payment suspends their enrolments.
    suspended: HashSet<PersonId>,
}

impl Parents {
    pub(crate) fn insert(&mut self, module: ModuleName, id: RecordId, known: Known) {
        self.by_record.insert((module, id), known);
    }

    pub(crate) fn insert_cohort(&mut self, program: RecordId, cohort: ObjectId) {
        self.cohorts.insert(program, cohort);
    }

    pub(crate) fn get(&self, module: ModuleName, id: &RecordId) -> Option<&Known> {
        self.by_record.get(&(module, id.clone()))
    }

    /// Drops the parents whose objects must not be used.
    pub(crate) fn drop_those(&mut self, unfit: impl Fn(&Known) -> bool) {
        let dropped = self.by_record.extract_if(|_, known| unfit(known));
        self.unfit.extend(dropped.map(|(parent, _)| parent));
    }

    /// Returns whether there is a parent that records can wait for.
    pub(crate) fn can_come(&self, module: ModuleName, id: &RecordId) -> bool {
        !self.unfit.contains(&(module, id.clone()))
    }

    /// Forgets a parent whose object is gone.
    pub(crate) fn forget(&mut self, module: ModuleName, id: &RecordId) {
        self.by_record.remove(&(module, id.clone()));
    }

    /// Notes a student whose enrolments are suspended, whatever their own status is.
    pub(crate) fn suspend(&mut self, student: PersonId) {
        self.suspended.insert(student);
    }

    /// Returns whether a student's enrolments are suspended, whatever their own status is.
    pub(crate) fn is_suspended(&self, student: Option<&PersonId>) -> bool {
        student.is_some_and(|student| self.suspended.contains(student))
    }

    pub(crate) fn cohort(&self, program: &RecordId) -> Option<&ObjectId> {
        self.cohorts.get(program)
    }

    /// Returns the first required parent that does not exist.
    pub(crate) fn missing<'n>(&self, needs: &'n [Need]) -> Option<&'n Need> {
        needs.iter().find(|need| need.required && self.get(need.module, &need.id).is_none())
    }
}

/// An object as the target should have it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wanted {
    /// Its kind.
    pub(crate) kind: TargetKind,
    /// Its id, if the kind's id follows from the joined objects.
    pub(crate) id: Option<ObjectId>,
    /// The object that contains it.
    pub(crate) container: Option<ObjectId>,
    /// The payload that creates it.
    pub(crate) create: Payload,
}

/// A module with the settings of a tenant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Module<'a> {
    /// Which one.
    pub(crate) name: ModuleName,
    /// The layouts of all modules.
    pub(crate) layouts: &'a Layouts,
    /// The CRM's name for the module.
    pub(crate) source_name: &'a str,
    /// Where its fields go, for a module that is written to the CRM.
    pub(crate) outgoing: Option<&'a Outgoing>,
    /// True: the target takes user names with any characters that are not in upper case.
    pub(crate) any_names: bool,
}

impl<'a> Module<'a> {
    pub(crate) const fn new(name: ModuleName, layouts: &'a Layouts, source_name: &'a str) -> Self {
        Self { name, layouts, source_name, outgoing: None, any_names: false }
    }

    pub(crate) fn layout(self) -> &'a Layout {
        self.layouts.of(self.name)
    }
}
