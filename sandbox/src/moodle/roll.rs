//! Enrolments: one for each course and user, as in the database.

use {
    super::index::Pairs,
    serde::{Deserialize, Serialize},
    std::collections::BTreeSet,
};

/// Roles of every site: id, short name, name.
pub(super) const ROLES: [(u32, &str, &str); 5] = [
    (1, "manager", "Manager"),
    (2, "coursecreator", "Course creator"),
    (3, "editingteacher", "Teacher"),
    (4, "teacher", "Non-editing teacher"),
    (5, "student", "Student"),
];

/// Role of users who are graded.
pub(super) const STUDENT: u32 = 5;

/// A manual enrolment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Enrolment {
    pub(crate) roles: Vec<u32>,
    /// Unix seconds; 0 = from the beginning.
    #[serde(default)]
    pub(crate) timestart: i64,
    /// Unix seconds; 0 = without end.
    #[serde(default)]
    pub(crate) timeend: i64,
    #[serde(default)]
    pub(crate) suspended: bool,
}

impl Enrolment {
    /// Tells whether the user has access now.
    pub(super) fn is_active(&self, now: i64) -> bool {
        !self.suspended && self.timestart <= now && (self.timeend == 0 || now < self.timeend)
    }
}

/// All enrolments.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Roll {
    by_course: Pairs<Enrolment>,
    #[serde(skip)]
    by_user: BTreeSet<(u32, u32)>,
}

impl Roll {
    /// Builds the index again after a load.
    pub(crate) fn restored(mut self) -> Self {
        self.by_user = self.by_course.iter().map(|(course, user, _)| (user, course)).collect();
        self
    }

    /// Counts the enrolments.
    pub(crate) fn count(&self) -> usize {
        self.by_course.count()
    }

    /// Counts the enrolments of a user that exist twice in a course; the database allows none.
    pub(crate) fn doubles(&self) -> usize {
        self.by_user.len().abs_diff(self.by_course.count())
    }

    /// Returns all enrolments: course, user, enrolment.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, u32, &Enrolment)> {
        self.by_course.iter()
    }

    /// Returns an enrolment.
    pub(crate) fn get(&self, course: u32, user: u32) -> Option<&Enrolment> {
        self.by_course.get(course, user)
    }

    /// Stores an enrolment in place of an earlier one.
    pub(super) fn put(&mut self, course: u32, user: u32, enrolment: Enrolment) {
        self.by_course.put(course, user, enrolment);
        self.by_user.insert((user, course));
    }

    /// Removes an enrolment.
    pub(super) fn remove(&mut self, course: u32, user: u32) -> Option<Enrolment> {
        self.by_user.remove(&(user, course));
        self.by_course.remove(course, user)
    }

    /// Returns the enrolments of a course, by user.
    pub(super) fn course(&self, course: u32) -> impl Iterator<Item = (u32, &Enrolment)> {
        self.by_course.of(course)
    }

    /// Returns the users enrolled in a course.
    pub(super) fn users_of(&self, course: u32) -> Vec<u32> {
        self.course(course).map(|(user, _)| user).collect()
    }

    /// Returns the courses that a user is enrolled in.
    pub(super) fn courses_of(&self, user: u32) -> Vec<u32> {
        self.by_user.range((user, 0)..=(user, u32::MAX)).map(|(_, course)| *course).collect()
    }
}
