//! Deterministic schools: the same seed gives the same students, whatever their number. A student
//! is made from seed and index alone, so nothing has to be kept in memory. All names, addresses and
//! numbers are invented.

use {
    super::Options,
    serde::{Deserialize, Serialize},
    serde_json::{Value, json},
};

/// Creation time of the first student, in Unix seconds (2024-08-01T06:00:00Z).
const FIRST_CREATED: i64 = 1_722_492_000;
/// Time of the last change of the first student, in Unix seconds (2024-09-01T06:00:00Z).
const FIRST_MODIFIED: i64 = 1_725_170_400;
/// Seconds between a student and the next; rising times keep index, id and time in one order.
const STEP: i64 = 20;

/// Domain of the students' e-mail addresses; reserved, so that no mail can ever leave.
const MAIL_DOMAIN: &str = "college.example";

/// Given names: Latin letters, Arabic letters, gender.
const GIVEN: [(&str, &str, &str); 24] = [
    ("Lina", "لينا", "Female"),
    ("Omar", "عمر", "Male"),
    ("Salma", "سلمى", "Female"),
    ("Yousef", "يوسف", "Male"),
    ("Rana", "رنا", "Female"),
    ("Khaled", "خالد", "Male"),
    ("Huda", "هدى", "Female"),
    ("Tariq", "طارق", "Male"),
    ("Maryam", "مريم", "Female"),
    ("Sami", "سامي", "Male"),
    ("Dina", "دينا", "Female"),
    ("Ziad", "زياد", "Male"),
    ("Nour", "نور", "Female"),
    ("Hasan", "حسن", "Male"),
    ("Zoë", "زوي", "Female"),
    ("Adam", "آدم", "Male"),
    ("Elif", "إليف", "Female"),
    ("Emre", "إمري", "Male"),
    ("Clara", "كلارا", "Female"),
    ("Jonas", "يوناس", "Male"),
    ("Amira", "أميرة", "Female"),
    ("Bilal", "بلال", "Male"),
    ("Sara", "سارة", "Female"),
    ("René", "رينيه", "Male"),
];

/// Family names: Latin letters, Arabic letters, as part of an e-mail address.
const FAMILY: [(&str, &str, &str); 20] = [
    ("Haddad", "حداد", "haddad"),
    ("Al-Najjar", "النجار", "alnajjar"),
    ("Mansour", "منصور", "mansour"),
    ("Khoury", "خوري", "khoury"),
    ("Saleh", "صالح", "saleh"),
    ("O'Brien", "أوبراين", "obrien"),
    ("Yılmaz", "يلماز", "yilmaz"),
    ("Darwish", "درويش", "darwish"),
    ("Qasim", "قاسم", "qasim"),
    ("Abu Zaid", "أبو زيد", "abuzaid"),
    ("Müller", "مولر", "mueller"),
    ("Sabbagh", "صباغ", "sabbagh"),
    ("Halabi", "حلبي", "halabi"),
    ("Kanaan", "كنعان", "kanaan"),
    ("Taylor", "تايلور", "taylor"),
    ("Al-Masri", "المصري", "almasri"),
    ("Nasser", "ناصر", "nasser"),
    ("Barakat", "بركات", "barakat"),
    ("Demir", "دمير", "demir"),
    ("Shaheen", "شاهين", "shaheen"),
];

/// Country as the picklist has it, nationality, a town.
const PLACES: [(&str, &str, &str); 6] = [
    ("Jordan", "Jordanian", "Irbid"),
    ("Turkey", "Turkish", "Bursa"),
    ("Palestine", "Palestinian", "Nablus"),
    ("Syria", "Syrian", "Homs"),
    ("Iraq", "Iraqi", "Mosul"),
    ("Germany", "German", "Kassel"),
];

/// A field of study: academic program, major, part of the major.
const STUDIES: [(&str, &str, &str); 4] = [
    ("BTEC Level 3", "Applied Science", "Biology"),
    ("BTEC Level 5", "IT", "Cyber Security"),
    ("BTEC Level 5", "BUS", "Marketing"),
    ("BTEC Level 5", "AD", "Graphic Design"),
];

/// States of a student that are not `Active`, as stored in the picklist.
const OTHER_STATES: [&str; 8] = [
    "approved",
    "approved-conditional",
    "Registered",
    "Freezed",
    "Withdraw",
    "Graduated",
    "Pending",
    "Welcome Letter Sent",
];

/// Returns the indices of the students of a fresh school that no sync can map, for want of an
/// e-mail address.
pub fn expected_failures(options: &Options) -> Vec<u32> {
    (0..options.students).filter(|index| broken(options.broken_every, *index)).collect()
}

fn broken(every: u32, index: u32) -> bool {
    every > 0 && index % every == every - 1
}

/// Mixes seed and index to a number that looks random (splitmix64).
fn mix(seed: u64, index: u32) -> u64 {
    let mut z = seed
        .wrapping_mul(0x2545_f491_4f6c_dd1d)
        .wrapping_add(u64::from(index).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Returns the item that `number` falls on.
fn pick<T: Copy + Default, const N: usize>(list: &[T; N], number: u64) -> T {
    list.get((number % N.max(1) as u64) as usize).copied().unwrap_or_default()
}

/// A school: what all its students have in common.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct School {
    /// Seed of names and everything else.
    pub(crate) seed: u64,
    /// Every so many-th student lacks an e-mail address; 0 = none.
    pub(crate) broken_every: u32,
}

impl School {
    /// Returns student number `index`.
    pub(crate) fn student(self, index: u32) -> Student {
        Student { school: self, index, dice: mix(self.seed, index) }
    }

    /// Returns the index of the student whose generated e-mail address this is (in any case).
    pub(crate) fn index_of_email(self, email: &str) -> Option<u32> {
        let local = email.split('@').next()?;
        let index = local.rsplit('.').next()?.parse::<u32>().ok()?;
        let own = self.student(index).email()?;
        own.eq_ignore_ascii_case(email).then_some(index)
    }
}

/// One generated student.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Student {
    school: School,
    index: u32,
    dice: u64,
}

impl Student {
    /// Returns when the student was entered, in Unix seconds.
    pub(crate) fn created(self) -> i64 {
        FIRST_CREATED + STEP * i64::from(self.index)
    }

    /// Returns when the student was last changed, in Unix seconds; rises with the index.
    pub(crate) fn modified(self) -> i64 {
        FIRST_MODIFIED + STEP * i64::from(self.index)
    }

    /// Returns the number of the first student that was changed after `since`.
    pub(crate) fn first_after(since: i64) -> u32 {
        let steps = (since - FIRST_MODIFIED).div_euclid(STEP) + 1;
        u32::try_from(steps.max(0)).unwrap_or(u32::MAX)
    }

    fn given(self) -> (&'static str, &'static str, &'static str) {
        pick(&GIVEN, self.dice)
    }

    fn family(self) -> (&'static str, &'static str, &'static str) {
        pick(&FAMILY, self.dice >> 8)
    }

    fn arabic(self) -> bool {
        (self.dice >> 16) % 10 < 4
    }

    /// Returns the academic e-mail address, lower case and unique by the index in it.
    fn email(self) -> Option<String> {
        if broken(self.school.broken_every, self.index) {
            return None;
        }
        let given = match self.given().0 {
            "Zoë" => "zoe".to_owned(),
            "René" => "rene".to_owned(),
            other => other.to_ascii_lowercase(),
        };
        Some(format!("{given}.{}.{:05}@{MAIL_DOMAIN}", self.family().2, self.index))
    }

    fn names(self) -> (&'static str, &'static str) {
        if self.arabic() {
            (self.given().1, self.family().1)
        } else {
            (self.given().0, self.family().0)
        }
    }

    /// Returns the value of a field of BTEC_Students; null for one that is empty in every new
    /// record.
    pub(crate) fn value(self, field: &str) -> Value {
        let place = pick(&PLACES, self.dice >> 24);
        let study = pick(&STUDIES, self.dice >> 32);
        match field {
            "Name" => json!(format!("A{:02}X{:06}Z", self.school.seed % 100, self.index)),
            "First_Name" => json!(self.names().0),
            "Last_Name" => json!(self.names().1),
            "Display_Name" => {
                let (given, family) = self.names();
                json!(format!("{given} {family}"))
            }
            "Academic_Email" => self.email().map_or(Value::Null, Value::from),
            "Email" => json!(format!("home.{:05}@mail.example", self.index)),
            // Country code 999 is not assigned to anybody.
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
            // A picklist that nobody filled in reads "-None-".
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
            "Classes" => json!([]),
            _ => Value::Null,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHOOL: School = School { seed: 7, broken_every: 97 };

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

    #[test]
    fn first_after_is_exclusive() {
        let time = SCHOOL.student(5).modified();
        assert_eq!(Student::first_after(time), 6);
        assert_eq!(Student::first_after(time - 1), 5);
        assert_eq!(Student::first_after(0), 0);
    }
}
