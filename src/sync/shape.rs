//! A record in the form in which it is compared and sent: what it needs, what it should be in the target, and what is
//! known of its parents there.

use {
    crate::domain::{
        code::{Code, Gaps},
        id::ObjectId,
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
    /// In words.
    pub(crate) message: String,
}

impl Unfit {
    /// Makes a reason that says what the row of its code says, with the gaps filled.
    pub(crate) fn of(code: Code, gaps: Gaps<'_>) -> Self {
        Self { code, message: code.advice(gaps) }
    }
}

impl From<MapFailure> for Unfit {
    fn from(failure: MapFailure) -> Self {
        Self { code: failure.code, message: failure.message }
    }
}

/// Makes a reason.
pub(crate) fn unfit(code: Code, message: impl Into<String>) -> Unfit {
    Unfit { code, message: message.into() }
}

/// A parent that a record refers to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Need {
    /// The parent's module.
    pub(crate) module: ModuleName,
    /// Its id in the source.
    pub(crate) id: String,
    /// False: the record goes on without it.
    pub(crate) required: bool,
    /// Why the record waits where the parent is not there.
    pub(crate) reason: &'static str,
}

/// A record in the form in which it is compared and sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    /// The canonical fields that the target uses, normalised: what is compared and shown.
    pub(crate) fields: Canonical,
    /// The parents that it refers to.
    pub(crate) needs: Vec<Need>,
    /// The student whom it is about.
    pub(crate) person: Option<String>,
    /// What people call it.
    pub(crate) label: String,
    /// True when the account or enrolment must not be usable.
    pub(crate) ended: bool,
    /// Id of the object that the record itself names, because the school linked it before. It is no field that is
    /// compared: once there is a link, the link leads.
    pub(crate) stored: Option<ObjectId>,
    /// The e-mail address in the letters in which the record has it, where these are not all small: an account that is
    /// there may be spelt likewise.
    pub(crate) spelt: Option<String>,
}

/// A parent's counterpart in the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    /// Its kind.
    pub(crate) kind: TargetKind,
    /// Its id.
    pub(crate) target_id: ObjectId,
    /// The object that holds it: the course of a group.
    pub(crate) container: Option<ObjectId>,
    /// The student whom it is about.
    pub(crate) person: Option<String>,
    /// Its name, where it has one.
    pub(crate) name: Option<String>,
}

/// The parents of a slice's records, and what stands beside them in the target.
#[derive(Debug, Default)]
pub(crate) struct Parents {
    by_record: HashMap<(ModuleName, String), Known>,
    /// Cohorts by the program's id in the source.
    cohorts: HashMap<String, ObjectId>,
    /// Students whose newest payment suspends their enrolments.
    suspended: HashSet<String>,
}

impl Parents {
    pub(crate) fn insert(&mut self, module: ModuleName, id: String, known: Known) {
        self.by_record.insert((module, id), known);
    }

    pub(crate) fn insert_cohort(&mut self, program: String, cohort: ObjectId) {
        self.cohorts.insert(program, cohort);
    }

    pub(crate) fn get(&self, module: ModuleName, id: &str) -> Option<&Known> {
        self.by_record.get(&(module, id.to_owned()))
    }

    /// Forgets a parent whose object is gone.
    pub(crate) fn forget(&mut self, module: ModuleName, id: &str) {
        self.by_record.remove(&(module, id.to_owned()));
    }

    /// Notes a student whose enrolments are suspended whatever their own status is.
    pub(crate) fn suspend(&mut self, student: String) {
        self.suspended.insert(student);
    }

    /// Says whether a student's enrolments are suspended whatever their own status is.
    pub(crate) fn is_suspended(&self, student: Option<&String>) -> bool {
        student.is_some_and(|student| self.suspended.contains(student))
    }

    pub(crate) fn cohort(&self, program: &str) -> Option<&ObjectId> {
        self.cohorts.get(program)
    }

    /// Returns the first required parent that is not there.
    pub(crate) fn missing<'n>(&self, needs: &'n [Need]) -> Option<&'n Need> {
        needs.iter().find(|need| need.required && self.get(need.module, &need.id).is_none())
    }
}

/// An object as the target should have it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wanted {
    /// Its kind.
    pub(crate) kind: TargetKind,
    /// Its id, where the kind's id follows from what it joins.
    pub(crate) id: Option<ObjectId>,
    /// The object that holds it.
    pub(crate) container: Option<ObjectId>,
    /// What makes it.
    pub(crate) create: Payload,
}

/// A module as a tenant has it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Module<'a> {
    /// Which one.
    pub(crate) name: ModuleName,
    /// The layouts of all modules.
    pub(crate) layouts: &'a Layouts,
    /// The name that the CRM has for the module.
    pub(crate) source_name: &'a str,
    /// Where its fields go, for a module that is written to the CRM.
    pub(crate) outgoing: Option<&'a Outgoing>,
}

impl<'a> Module<'a> {
    pub(crate) const fn new(name: ModuleName, layouts: &'a Layouts, source_name: &'a str) -> Self {
        Self { name, layouts, source_name, outgoing: None }
    }

    pub(crate) fn layout(self) -> &'a Layout {
        self.layouts.of(self.name)
    }
}
