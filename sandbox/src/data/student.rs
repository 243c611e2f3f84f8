//! Generated students.

use {
    super::{
        GROUP, Kind, School, broken, mix,
        names::{FAMILY, GIVEN, OTHER_STATES, PLACES, STUDIES},
        pick, program_of,
    },
    serde_json::{Value, json},
};

/// Domain of the college's e-mail addresses; it is reserved, so that no mail can ever be delivered.
pub(super) const MAIL_DOMAIN: &str = "college.example";

impl School {
    /// Returns student number `index`.
    pub(super) fn student(self, index: u32) -> Student {
        Student { school: self, index, dice: mix(self.seed, index) }
    }

    /// Returns the index of the student whose generated e-mail address this is (in any case).
    pub(super) fn index_of_email(self, email: &str) -> Option<u32> {
        let local = email.split('@').next()?;
        let index = local.rsplit('.').next()?.parse::<u32>().ok()?;
        let own = self.student(index).email()?;
        own.eq_ignore_ascii_case(email).then_some(index)
    }
}

/// Writes a given name as a part of an e-mail address.
pub(super) fn plain(given: &str) -> String {
    match given {
        "Zoë" => "zoe".to_owned(),
        "René" => "rene".to_owned(),
        other => other.to_ascii_lowercase(),
    }
}

/// One generated student.
#[derive(Debug, Clone, Copy)]
pub(super) struct Student {
    school: School,
    index: u32,
    dice: u64,
}

impl Student {
    fn given(self) -> (&'static str, &'static str, &'static str) {
        pick(&GIVEN, self.dice)
    }

    fn family(self) -> (&'static str, &'static str, &'static str) {
        pick(&FAMILY, self.dice >> 8)
    }

    fn arabic(self) -> bool {
        (self.dice >> 16) % 10 < 4
    }

    /// Returns the academic e-mail address, in lower case and unique because it contains the index.
    fn email(self) -> Option<String> {
        if broken(self.school.broken_every, self.index) {
            return None;
        }
        let given = plain(self.given().0);
        Some(format!("{given}.{}.{:05}@{MAIL_DOMAIN}", self.family().2, self.index))
    }

    fn names(self) -> (&'static str, &'static str) {
        if self.arabic() {
            (self.given().1, self.family().1)
        } else {
            (self.given().0, self.family().0)
        }
    }

    /// Returns the whole name.
    pub(super) fn full_name(self) -> String {
        let (given, family) = self.names();
        format!("{given} {family}")
    }

    /// Returns the value of a field of BTEC_Students; null for a field that is empty in every new
    /// record.
    pub(super) fn value(self, field: &str) -> Value {
        let place = pick(&PLACES, self.dice >> 24);
        let group = self.index / GROUP;
        let study = pick(&STUDIES, u64::from(program_of(group)));
        match field {
            "Name" => json!(format!("A{:02}X{:06}Z", self.school.seed % 100, self.index)),
            "First_Name" => json!(self.names().0),
            "Last_Name" => json!(self.names().1),
            "Display_Name" => json!(self.full_name()),
            "Academic_Email" => self.email().map_or(Value::Null, Value::from),
            "Email" => json!(format!("home.{:05}@mail.example", self.index)),
            // Country code 999 is not assigned.
            "Phone_Number" => json!(format!("+999 55 {:07}", self.index)),
            "Emergency_Phone_Number" => json!(format!("+999 56 {:07}", self.index)),
            "Emergency_Contact_Name" => json!(format!("Guardian of {:06}", self.index)),
            "Address" => json!(format!("{} Example Street", self.dice % 200 + 1)),
            "City" => json!(place.2),
            "Country" => json!(place.0),
            "Nationality" => json!(place.1),
            "Birth_Date" => {
                let (year, month) = (1996 + self.dice % 12, (self.dice >> 5) % 12 + 1);
                json!(format!("{year}-{month:02}-{:02}", (self.dice >> 11) % 28 + 1))
            }
            // A picklist without a choice reads "-None-".
            "Gender" if (self.dice >> 20).is_multiple_of(25) => json!("-None-"),
            "Gender" => json!(self.given().2),
            "National_Number" => json!(format!("SYN{:09}", self.index)),
            "Status" => match (self.dice >> 40) % 100 {
                0..=7 => json!(pick(&OTHER_STATES, self.dice >> 48)),
                _ => json!("Active"),
            },
            "Academic_Program" => json!(study.0),
            "Major" => json!(study.1),
            "Sub_Major" => json!(study.2),
            "Synced_to_Moodle" => json!(false),
            "Program" => Kind::Program.id(program_of(group)),
            "Classes" if self.index < self.school.students => {
                json!([Kind::Class.id(group * 2), Kind::Class.id(group * 2 + 1)])
            }
            "Classes" => json!([]),
            _ => Value::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHOOL: School = School { seed: 7, broken_every: 97, students: 2_000 };

    #[test]
    fn same_seed_same_school() {
        let one = SCHOOL.student(12).value("Display_Name");
        assert_eq!(one, SCHOOL.student(12).value("Display_Name"));
        let other = School { seed: 8, ..SCHOOL };
        assert!((0..50).any(|i| other.student(i).email() != SCHOOL.student(i).email()));
    }

    #[test]
    fn values_fit_moodle() {
        for index in 0..2_000 {
            let student = SCHOOL.student(index);
            assert_eq!(student.email().is_none(), index % 97 == 96);
            let Some(email) = student.email() else {
                continue;
            };
            assert!(
                email
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".@".contains(&b))
            );
            assert_eq!(SCHOOL.index_of_email(&email), Some(index));
            assert!(student.value("Phone_Number").as_str().is_some_and(|phone| phone.len() <= 20));
        }
    }
}
