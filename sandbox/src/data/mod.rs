//! Deterministic schools: the same seed gives the same school, whatever its size. A record is made
//! from seed and number alone, so nothing has to be kept in memory, and look-ups agree across the
//! modules. All names, addresses and numbers are invented.

mod money;
mod names;
mod student;
mod study;

use {
    super::Options,
    serde::{Deserialize, Serialize},
    serde_json::Value,
};

/// First id of the organisation's records.
const ID_BASE: u64 = 4_150_868_000_000_000_000;
/// Number of ids of a module.
pub(crate) const ID_STEP: u64 = 1_000_000_000;
/// Number of students that share their classes.
const GROUP: u32 = 25;
/// Programs of every school.
const PROGRAMS: u32 = 4;
/// Units of a program.
const UNITS_EACH: u32 = 4;

/// Returns the id of a record: modules have separate ranges, and numbers rise with time.
pub(crate) fn record_id(module: u64, number: u64) -> String {
    (ID_BASE + module * ID_STEP + number).to_string()
}

/// Returns the number of the record of a module that has this id.
pub(crate) fn record_number(module: u64, id: &str) -> Option<u64> {
    let offset = id.parse::<u64>().ok()?.checked_sub(ID_BASE + module * ID_STEP)?;
    (offset < ID_STEP).then_some(offset)
}

/// Returns the indices of the students of a fresh school that no sync can map, because they have no
/// e-mail address.
pub fn expected_failures(options: &Options) -> Vec<u32> {
    (0..options.students).filter(|index| broken(options.broken_every, *index)).collect()
}

fn broken(every: u32, index: u32) -> bool {
    every > 0 && index % every == every - 1
}

/// Mixes seed and index to a number that looks random (splitmix64).
pub(crate) fn mix(seed: u64, index: u32) -> u64 {
    let mut z = seed
        .wrapping_mul(0x2545_f491_4f6c_dd1d)
        .wrapping_add(u64::from(index).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Returns the item of the list that `number` selects.
fn pick<T: Copy + Default, const N: usize>(list: &[T; N], number: u64) -> T {
    list.get((number % N.max(1) as u64) as usize).copied().unwrap_or_default()
}

/// The kinds of generated records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Student,
    Program,
    Class,
    Enrollment,
    Unit,
    Registration,
    Payment,
    Teacher,
}

impl Kind {
    /// Returns the kind of a module's records; `None` for a module that starts empty.
    pub(crate) fn of(module: &str) -> Option<Self> {
        Some(match module {
            "BTEC_Students" => Self::Student,
            "Products" => Self::Program,
            "BTEC_Classes" => Self::Class,
            "BTEC_Enrollments" => Self::Enrollment,
            "BTEC" => Self::Unit,
            "BTEC_Registrations" => Self::Registration,
            "BTEC_Payments" => Self::Payment,
            "BTEC_Teachers" => Self::Teacher,
            _ => return None,
        })
    }

    /// Returns the position of the module among the modules.
    pub(crate) fn module(self) -> u64 {
        match self {
            Self::Student => 1,
            Self::Program => 2,
            Self::Class => 3,
            Self::Enrollment => 4,
            Self::Unit => 5,
            Self::Registration => 6,
            Self::Payment => 7,
            Self::Teacher => 9,
        }
    }

    /// Returns when the first record was entered and last changed, in Unix seconds, and the seconds
    /// between a record and the next. Rising times keep index, id and time in one order.
    fn times(self) -> (i64, i64, i64) {
        match self {
            // From 2024-06-01, changed from 2024-06-10.
            Self::Program => (1_717_225_200, 1_718_002_800, 60),
            Self::Unit => (1_717_311_600, 1_718_089_200, 60),
            Self::Teacher => (1_717_398_000, 1_718_175_600, 20),
            // From 2024-08-01, changed from 2024-09-01.
            Self::Student => (1_722_492_000, 1_725_170_400, 20),
            Self::Registration => (1_722_495_600, 1_725_174_000, 20),
            Self::Class => (1_722_499_200, 1_725_177_600, 60),
            Self::Enrollment => (1_722_502_800, 1_725_181_200, 10),
            Self::Payment => (1_722_506_400, 1_725_184_800, 13),
        }
    }

    /// Returns when a record was entered, in Unix seconds.
    pub(crate) fn created(self, index: u32) -> i64 {
        let (created, _, step) = self.times();
        created + step * i64::from(index)
    }

    /// Returns when a record was last changed, in Unix seconds; rises with the index.
    pub(crate) fn modified(self, index: u32) -> i64 {
        let (_, modified, step) = self.times();
        modified + step * i64::from(index)
    }

    /// Returns the number of the first record that was changed after `since`.
    pub(crate) fn first_after(self, since: i64) -> u32 {
        let (_, modified, step) = self.times();
        let steps = since.saturating_sub(modified).div_euclid(step).saturating_add(1);
        u32::try_from(steps.max(0)).unwrap_or(u32::MAX)
    }

    /// Returns the id of a record.
    fn id(self, index: u32) -> Value {
        Value::from(record_id(self.module(), u64::from(index)))
    }
}

/// A school: what all its records have in common.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct School {
    /// Seed of names and everything else.
    pub(crate) seed: u64,
    /// Every Nth student lacks an e-mail address; 0 = none.
    pub(crate) broken_every: u32,
    /// Number of students at the start; the numbers of all other records follow from it.
    pub(crate) students: u32,
}

impl School {
    /// Returns how many records of a kind the school has at the start.
    pub(crate) fn count(self, kind: Kind) -> u32 {
        match kind {
            Kind::Student | Kind::Registration => self.students,
            Kind::Program => PROGRAMS,
            Kind::Unit => PROGRAMS * UNITS_EACH,
            Kind::Teacher => self.count(Kind::Class).div_ceil(10).max(3),
            Kind::Class => self.students.div_ceil(GROUP).saturating_mul(2),
            Kind::Enrollment => self.students.saturating_mul(2),
            Kind::Payment => (self.students / 2).saturating_mul(3) + self.students % 2 * 2,
        }
    }

    /// Returns the value of a field; null for a field that is empty in every new record. A look-up
    /// is the id of its target.
    pub(crate) fn value(self, kind: Kind, index: u32, field: &str) -> Value {
        match kind {
            Kind::Student => self.student(index).value(field),
            Kind::Program => study::program(index, field),
            Kind::Unit => study::unit(index, field),
            Kind::Teacher => study::teacher(self, index, field),
            Kind::Class => study::class(self, index, field),
            Kind::Enrollment => study::enrollment(self, index, field),
            Kind::Registration => money::registration(self, index, field),
            Kind::Payment => money::payment(self, index, field),
        }
    }

    /// Returns a record that may have this value in a key field; the caller checks it.
    pub(crate) fn index_of(self, kind: Kind, field: &str, value: &str) -> Option<u32> {
        match (kind, field) {
            (Kind::Student, "Academic_Email") => self.index_of_email(value),
            (Kind::Student, "Name") => {
                let (_, number) = value.rsplit_once(['x', 'X'])?;
                number.strip_suffix(['z', 'Z'])?.parse().ok()
            }
            (Kind::Class | Kind::Enrollment | Kind::Registration | Kind::Payment, "Name") => {
                value.rsplit_once('-')?.1.parse().ok()
            }
            // There are few enough to look at each.
            (Kind::Program | Kind::Unit | Kind::Teacher, _) => {
                (0..self.count(kind)).find(|index| {
                    let own = self.value(kind, *index, field);
                    own.as_str().is_some_and(|own| own.to_lowercase() == value)
                })
            }
            _ => None,
        }
    }
}

/// Returns the program of a student, and of the classes of the student's group.
fn program_of(group: u32) -> u32 {
    group % PROGRAMS
}

/// Writes days after 2025-09-01 as a date.
fn date(days: i64) -> Value {
    let first = chrono::NaiveDate::from_ymd_opt(2025, 9, 1).unwrap_or_default();
    let day = first.checked_add_signed(chrono::TimeDelta::days(days)).unwrap_or(first);
    Value::from(day.format("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const SCHOOL: School = School { seed: 7, broken_every: 97, students: 1_010 };
    const KINDS: [Kind; 8] = [
        Kind::Student,
        Kind::Program,
        Kind::Class,
        Kind::Enrollment,
        Kind::Unit,
        Kind::Registration,
        Kind::Payment,
        Kind::Teacher,
    ];

    #[test]
    fn first_after_is_exclusive() {
        for kind in KINDS {
            let time = kind.modified(5);
            assert_eq!(kind.first_after(time), 6);
            assert_eq!(kind.first_after(time - 1), 5);
            assert_eq!(kind.first_after(0), 0);
            assert_eq!(kind.first_after(i64::MIN), 0);
            assert!(kind.created(5) <= time);
        }
    }

    #[test]
    fn sizes_follow_from_the_students() {
        assert_eq!(SCHOOL.count(Kind::Class), 82);
        assert_eq!(SCHOOL.count(Kind::Enrollment), 2_020);
        assert_eq!(SCHOOL.count(Kind::Payment), 1_515);
        let one = School { students: 1, ..SCHOOL };
        assert_eq!((one.count(Kind::Class), one.count(Kind::Payment)), (2, 2));
        let none = School { students: 0, ..SCHOOL };
        assert_eq!((none.count(Kind::Class), none.count(Kind::Unit)), (0, 16));
    }

    #[test]
    fn look_ups_point_at_records_that_are_there() {
        let fields = [
            (Kind::Student, "Program", Kind::Program),
            (Kind::Class, "Unit", Kind::Unit),
            (Kind::Class, "BTEC_Program", Kind::Program),
            (Kind::Class, "Teacher", Kind::Teacher),
            (Kind::Unit, "Program", Kind::Program),
            (Kind::Enrollment, "Enrolled_Students", Kind::Student),
            (Kind::Enrollment, "Classes", Kind::Class),
            (Kind::Registration, "Student_ID", Kind::Student),
            (Kind::Registration, "Program", Kind::Program),
            (Kind::Payment, "Registration_ID", Kind::Registration),
            (Kind::Payment, "Student_ID", Kind::Student),
        ];
        for (kind, field, target) in fields {
            for index in 0..SCHOOL.count(kind) {
                let value = SCHOOL.value(kind, index, field);
                let number = value.as_str().and_then(|id| record_number(target.module(), id));
                assert!(
                    number.is_some_and(|number| number < u64::from(SCHOOL.count(target))),
                    "{kind:?} {index} {field} {value}"
                );
            }
        }
    }

    #[test]
    fn keys_are_unique_and_lead_back() {
        let keys = [
            (Kind::Student, "Name"),
            (Kind::Program, "Product_Name"),
            (Kind::Unit, "Name"),
            (Kind::Class, "Name"),
            (Kind::Class, "Class_Name"),
            (Kind::Class, "Class_Short_Name"),
            (Kind::Enrollment, "Name"),
            (Kind::Registration, "Name"),
            (Kind::Payment, "Name"),
            (Kind::Teacher, "Academic_Email"),
        ];
        for (kind, field) in keys {
            let mut seen = HashSet::new();
            for index in 0..SCHOOL.count(kind) {
                let value = SCHOOL.value(kind, index, field);
                let text = value.as_str().unwrap_or_default().to_lowercase();
                assert!(!text.is_empty(), "{kind:?} {index} {field}");
                if !field.starts_with("Class_") {
                    assert_eq!(SCHOOL.index_of(kind, field, &text), Some(index), "{text}");
                }
                assert!(seen.insert(text), "{kind:?} {field} {value}");
            }
        }
    }
}
