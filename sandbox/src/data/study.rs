//! Generated programs, units, teachers, classes and enrollments.

use {
    super::{
        GROUP, Kind, School, UNITS_EACH, date, mix,
        names::{FAMILY, GIVEN},
        pick, program_of,
        student::{MAIL_DOMAIN, plain},
    },
    serde_json::{Value, json},
};

/// Programs: name, major, sub-major, price in USD, short name.
pub(super) const PROGRAMS: [(&str, &str, &str, u32, &str); 4] = [
    ("BTEC Level 3 Applied Science", "Applied Science", "Biology", 4_500, "SCI"),
    ("BTEC Level 5 Computing", "IT", "Cyber Security", 5_000, "IT"),
    ("BTEC Level 5 Business & Management", "BUS", "Marketing", 5_500, "BUS"),
    ("BTEC Level 5 Art & Design", "AD", "Graphic Design", 6_000, "ART"),
];

/// Units of the programs, one program after the other.
const UNITS: [&str; 16] = [
    "Principles of Biology",
    "Laboratory Techniques",
    "Human Physiology",
    "Chemistry & Materials",
    "Programming",
    "Networking",
    "Database Design & Development",
    "Security",
    "The Business Environment",
    "Marketing Processes",
    "Human Resource Management",
    "Accounting Principles",
    "Contextual Studies",
    "Typography",
    "Digital Design",
    "Professional Practice",
];

/// Beginnings of criteria: pass, merit, distinction.
const CRITERIA: [(&str, &str, u32); 3] = [
    ("P", "Describe the main ideas of", 4),
    ("M", "Compare two approaches to", 3),
    ("D", "Judge critically the limits of", 2),
];

/// States of a class that are not `Active`, as stored in the picklist.
const OTHER_STATES: [&str; 6] = [
    "Pending",
    "Initial Evaluation",
    "Final Evaluation",
    "Waiting Submission",
    "Waiting Resubmission",
    "End",
];

/// Returns the value of a field of Products.
pub(super) fn program(index: u32, field: &str) -> Value {
    let (name, major, sub_major, price, _) = pick(&PROGRAMS, u64::from(index));
    match field {
        "Product_Name" => json!(name),
        "Description" => json!(format!("{name}, full time, two years")),
        // The stored word means nearly the opposite of the displayed one, "Enabled".
        "Status" => json!(if index == 3 { "Sent" } else { "Draft" }),
        "Program_ID" => json!(format!("PRG-{:04}", index + 1)),
        "Program_Price" => json!(price),
        "Program_Type" => json!("BTEC"),
        "Program_Major" => json!(major),
        "Program_Sub_Major" => json!(sub_major),
        _ => Value::Null,
    }
}

fn unit_name(index: u32) -> &'static str {
    pick(&UNITS, u64::from(index))
}

/// Returns the value of a field of BTEC.
pub(super) fn unit(index: u32, field: &str) -> Value {
    let program = index / UNITS_EACH;
    let (_, major, _, _, short) = pick(&PROGRAMS, u64::from(program));
    let name = unit_name(index);
    match field {
        "Name" => json!(name),
        "Unit_Code" => json!(format!("{short}-{:03}", index % UNITS_EACH + 101)),
        "Unit_Number" => json!(format!("U{}", index + 1)),
        "Unit_Credit" => json!(if index % 3 == 2 { "30" } else { "15" }),
        "Unit_Level" => json!(if program == 0 { "Level 3" } else { "Level 5" }),
        "Unit_Major" => json!(if program == 0 { "L3" } else { major }),
        "Service_Type" => json!("BTEC"),
        "Program" => Kind::Program.id(program),
        _ => criterion(index, name, field).map_or(Value::Null, Value::from),
    }
}

/// Returns the text of a criterion, such as `P3_description`; later units have more of them.
fn criterion(unit: u32, name: &str, field: &str) -> Option<String> {
    let key = field.strip_suffix("_description")?;
    let (level, start, count) = CRITERIA.into_iter().find(|(level, ..)| key.starts_with(level))?;
    let number: u32 = key.strip_prefix(level)?.parse().ok()?;
    ((1..=count + unit % 3).contains(&number))
        .then(|| format!("{start} {}, part {number}.", name.to_lowercase()))
}

fn teacher_name(school: School, index: u32) -> (&'static str, &'static str, &'static str) {
    let dice = mix(school.seed ^ 0x7ea0, index);
    let (given, family) = (pick(&GIVEN, dice), pick(&FAMILY, dice >> 8));
    (given.0, family.0, family.2)
}

/// Returns the value of a field of BTEC_Teachers.
pub(super) fn teacher(school: School, index: u32, field: &str) -> Value {
    let (given, family, short) = teacher_name(school, index);
    match field {
        "Name" => json!(format!("{given} {family}")),
        "Email" => json!(format!("staff.{index:03}@mail.example")),
        "Academic_Email" => json!(format!("{}.{short}.t{index:03}@{MAIL_DOMAIN}", plain(given))),
        "Phone_Number" => json!(format!("+999 57 {index:07}")),
        _ => Value::Null,
    }
}

/// The content of a class: its group of students, its program and its unit.
fn class_of(index: u32) -> (u32, u32, u32) {
    let group = index / 2;
    let program = program_of(group);
    let turn = group / super::PROGRAMS * 2 + index % 2;
    (group, program, program * UNITS_EACH + turn % UNITS_EACH)
}

fn class_name(index: u32) -> String {
    let (group, _, unit) = class_of(index);
    format!("{} - Group {:04}", unit_name(unit), group + 1)
}

fn teacher_of(school: School, class: u32) -> u32 {
    class % school.count(Kind::Teacher).max(1)
}

fn start_days(class: u32) -> i64 {
    i64::from(class / 2 % 8) * 7
}

/// Returns the value of a field of BTEC_Classes.
pub(super) fn class(school: School, index: u32, field: &str) -> Value {
    let (group, program, unit) = class_of(index);
    match field {
        "Name" => json!(format!("CLS-{:07}", index)),
        "Class_Name" => json!(class_name(index)),
        "Class_Short_Name" => {
            let (.., short) = pick(&PROGRAMS, u64::from(program));
            json!(format!("{short}{}-{:04}", unit % UNITS_EACH + 101, group + 1))
        }
        "Unit" => Kind::Unit.id(unit),
        "BTEC_Program" => Kind::Program.id(program),
        "Teacher" => Kind::Teacher.id(teacher_of(school, index)),
        "Class_Status" => {
            let dice = mix(school.seed ^ 0xc1a5, index);
            match dice % 100 {
                0..=14 => json!(pick(&OTHER_STATES, dice >> 8)),
                _ => json!("Active"),
            }
        }
        "Start_Date" => date(start_days(index)),
        "End_Date" => date(start_days(index) + 140),
        "Enrolled_Students" => {
            let first = group.saturating_mul(GROUP);
            let last = first.saturating_add(GROUP).min(school.students);
            json!((first..last).map(|student| Kind::Student.id(student)).collect::<Vec<_>>())
        }
        _ => Value::Null,
    }
}

/// Returns the value of a field of BTEC_Enrollments; each student has two, one per class of the
/// group.
pub(super) fn enrollment(school: School, index: u32, field: &str) -> Value {
    let student = index / 2;
    let class = student / GROUP * 2 + index % 2;
    match field {
        "Name" => json!(format!("ENR-{:07}", index)),
        "Enrolled_Students" => Kind::Student.id(student),
        "Classes" => Kind::Class.id(class),
        "Start_Date" => date(start_days(class)),
        "End_Date" => date(start_days(class) + 140),
        "Enrollment_Type" => {
            let types = ["Normal", "Normal", "Normal", "Normal", "Normal", "Recording"];
            json!(pick(&types, mix(school.seed ^ 0xe407, index)))
        }
        "Student_Name" => json!(school.student(student).full_name()),
        "Class_Name" => json!(class_name(class)),
        "Class_Teacher" => {
            let (given, family, _) = teacher_name(school, teacher_of(school, class));
            json!(format!("{given} {family}"))
        }
        "Enrolled_Program" => {
            json!(pick(&PROGRAMS, u64::from(program_of(student / GROUP))).0)
        }
        "Synced_to_Moodle" => json!(false),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_keeps_its_unit_within_its_program() {
        for index in 0..100 {
            let (group, program, unit) = class_of(index);
            assert_eq!(unit / UNITS_EACH, program);
            assert_eq!(program, program_of(group));
            // The two classes of a group differ.
            assert_ne!(class_of(index ^ 1).2, unit);
        }
    }

    #[test]
    fn criteria_run_without_a_gap() {
        for unit_number in 0..16 {
            for level in ["P", "M", "D"] {
                let texts: Vec<bool> = (1..=10)
                    .map(|n| !unit(unit_number, &format!("{level}{n}_description")).is_null())
                    .collect();
                let count = texts.iter().filter(|there| **there).count();
                assert!(count >= 2 && texts.iter().take(count).all(|there| *there));
            }
        }
        assert!(unit(0, "Px_description").is_null() && unit(0, "P0_description").is_null());
    }
}
