//! A site that was restored from an older copy gives the numbers of what it lost to others: no run reaches those, whatever it
//! does with the records, and what was lost is made again.

use {
    super::{ALL, synced},
    crate::harness::{
        db::{Kind, kinds},
        school::{School, told},
    },
    serde_json::{Value, json},
};

/// A school of which the site has lost two students and two classes, whose numbers others have by now.
struct Restored {
    school: School,
    students: Vec<String>,
    classes: Vec<String>,
    /// Enrollments of a lost student in a class that is there, and of a student who is there in a lost class.
    seats: [String; 2],
    registration: String,
    payment: String,
}

/// Copies a record without what a new one must not have.
fn copied(record: &Value, changed: Value) -> Value {
    let mut fields = record.clone();
    let own = fields.as_object_mut().expect("a record");
    own.retain(|name, _| {
        !["id", "Name", "Created_Time", "Modified_Time", "Owner"].contains(&name.as_str())
    });
    for value in own.values_mut() {
        if let Some(id) = value.get("id").cloned() {
            *value = id;
        }
    }
    own.extend(changed.as_object().cloned().expect("fields"));
    fields
}

async fn restored(kind: Kind) -> Restored {
    let school = School::new(kind, 12).await;
    school.map("enrollments", "enrollment_status", "Class_Teacher").await;
    for module in ALL {
        assert_eq!(school.full(module).await["status"], "completed", "{module}");
    }
    school.backup("early").await;
    let (mut students, mut classes) = (Vec::new(), Vec::new());
    for number in 0..2 {
        let email = format!("late.{number}@school.example");
        let student = json!({"Name": format!("L{number}"), "Academic_Email": email, "First_Name": "Late",
            "Display_Name": format!("Late {number}"), "Last_Name": format!("L{number}"), "Status": "Active"});
        students.push(school.add("students", student).await);
        let class = json!({"Name": format!("CLS-L{number}"), "Class_Name": format!("Late {number}"),
            "Class_Short_Name": format!("L-{number}"), "Start_Date": "2026-09-01", "End_Date": "2027-01-31"});
        classes.push(school.add("classes", class).await);
    }
    let there = school.id("classes", 0).await;
    let mut seats = Vec::new();
    for (student, class) in [(&students[1], &there), (&school.id("students", 0).await, &classes[1])]
    {
        let seat =
            json!({"Enrolled_Students": student, "Classes": class, "Start_Date": "2026-09-01"});
        seats.push(school.add("enrollments", seat).await);
    }
    let like = school.active_registration(0).await;
    let like = school.record_of("registrations", &like).await;
    let wish = json!({"Student_ID": students[1], "Registration_Status": "Active"});
    let registration = school.add("registrations", copied(&like, wish)).await;
    let payment = json!({"Registration_ID": registration, "Student_ID": students[1],
        "Payment_Amount": 10, "Payment_Date": "2030-01-01"});
    let payment = school.add("payments", payment).await;
    for module in &ALL[1..] {
        let run = school.full(module).await;
        assert_eq!((&run["status"], told(&run).1[3]), (&json!("completed"), 0), "{module}: {run}");
    }
    let mut numbers = Vec::new();
    for (what, ids) in [("users", &students), ("courses", &classes)] {
        for id in ids {
            numbers.push(school.one(&format!("{what}?idnumber={id}")).await["id"].to_string());
        }
    }
    school.put_back("early").await;
    let mut given = Vec::new();
    for number in 0..2 {
        let wish = json!({"username": format!("other{number}"), "email": format!("other{number}@x.example"),
            "firstname": "Other", "lastname": "Person"});
        given.push(school.account(wish).await);
    }
    for number in 0..2 {
        let course = [
            ("courses[0][fullname]", format!("Other {number}")),
            ("courses[0][shortname]", format!("OTHER-{number}")),
            ("courses[0][categoryid]", "1".to_owned()),
        ];
        let course: Vec<(&str, &str)> =
            course.iter().map(|(name, text)| (*name, &**text)).collect();
        let made = school.call("core_course_create_courses", &course).await;
        given.push(made[0]["id"].to_string());
    }
    assert_eq!(given, numbers, "their numbers were given out again");
    // Others take part in both kinds of courses, by hand.
    let there = school.one(&format!("courses?idnumber={there}")).await["id"].to_string();
    let first = school.id("students", 0).await;
    let first = school.one(&format!("users?idnumber={first}")).await["id"].to_string();
    for (course, user) in [(&there, &given[1]), (&given[3], &first), (&given[3], &given[1])] {
        let form = [
            ("enrolments[0][roleid]", "5"),
            ("enrolments[0][userid]", user.as_str()),
            ("enrolments[0][courseid]", course.as_str()),
        ];
        school.call("enrol_manual_enrol_users", &form).await;
    }
    school.forget().await;
    let seats = seats.try_into().expect("two");
    Restored { school, students, classes, seats, registration, payment }
}

/// What belongs to others, and what they take part in.
async fn others(school: &School) -> Value {
    let named = |own: &&Value, name: &str| {
        own[name].as_str().is_some_and(|name| name.to_lowercase().starts_with("other"))
    };
    let users = school.moodle("users").await;
    let users: Vec<&Value> = users.iter().filter(|user| named(user, "username")).collect();
    let courses = school.moodle("courses").await;
    let courses: Vec<&Value> = courses.iter().filter(|course| named(course, "shortname")).collect();
    let is = |among: &[&Value], id: &Value| among.iter().any(|one| one["id"] == *id);
    let seats = school.moodle("enrolments").await;
    let seats: Vec<&Value> = seats
        .iter()
        .filter(|seat| is(&users, &seat["user"]) || is(&courses, &seat["course"]))
        .collect();
    let cohorts = school.moodle("cohorts").await;
    let members: Vec<&Value> = cohorts
        .iter()
        .filter_map(|cohort| cohort["members"].as_array())
        .flatten()
        .filter(|member| is(&users, member))
        .collect();
    assert_eq!((users.len(), courses.len(), seats.len()), (2, 2, 3), "{seats:?}");
    let mut fields = Vec::new();
    for user in &users {
        fields.push(school.account_of(&user["id"].to_string()).await);
    }
    json!([users, courses, seats, members, fields])
}

/// What is done to a record before the run.
enum Act {
    Edit(Value),
    Delete,
    /// Another record refers to it.
    Refer(Value),
    /// It is named to the run.
    Name,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_that_are_given_out_again_are_reached_by_no_run() {
    use Act::{Delete, Edit, Name, Refer};
    for kind in kinds() {
        for case in 0.. {
            let own = restored(kind).await;
            let school = &own.school;
            let first = school.id("students", 1).await;
            let seat = json!({"Enrolled_Students": first, "Classes": own.classes[1], "Start_Date": "2026-09-01"});
            let ended = json!({"Class_Teacher": "Withdrawn"});
            let (module, id, act) = match case {
                0 => ("students", &own.students[1], Edit(json!({"Phone_Number": "+999 1"}))),
                1 => ("students", &own.students[1], Edit(json!({"Status": "Suspended"}))),
                2 => ("students", &own.students[1], Delete),
                3 => ("students", &own.students[1], Name),
                4 => ("classes", &own.classes[1], Edit(json!({"Class_Name": "Renamed"}))),
                5 => ("classes", &own.classes[1], Delete),
                6 => ("classes", &own.classes[1], Name),
                7 => ("enrollments", &own.seats[0], Edit(json!({"Start_Date": "2026-09-05"}))),
                8 => ("enrollments", &own.seats[0], Edit(ended)),
                9 => ("enrollments", &own.seats[0], Delete),
                10 => ("enrollments", &own.seats[1], Edit(json!({"Start_Date": "2026-09-05"}))),
                11 => ("enrollments", &own.seats[1], Edit(ended)),
                12 => ("enrollments", &own.seats[1], Delete),
                13 => ("enrollments", &own.classes[1], Refer(seat)),
                14 => (
                    "registrations",
                    &own.registration,
                    Edit(json!({"Registration_Status": "Withdraw"})),
                ),
                15 => ("registrations", &own.registration, Delete),
                16 => ("payments", &own.payment, Edit(json!({"Payment_Amount": 20}))),
                17 => ("payments", &own.payment, Delete),
                18 => {
                    let both = json!({"Phone_Number": "+999 1", "Status": "Suspended"});
                    ("students", &own.students[1], Edit(both))
                }
                19 => {
                    let both = json!({"Start_Date": "2026-09-05", "Class_Teacher": "Withdrawn"});
                    ("enrollments", &own.seats[0], Edit(both))
                }
                _ => break,
            };
            let before = others(school).await;
            let mut body = json!({"scope": "changes"});
            match act {
                Edit(fields) => school.change(module, id, fields).await,
                Delete => school.delete(module, id, false).await,
                Refer(record) => drop(school.add(module, record).await),
                Name => body = json!({"ids": [id]}),
            }
            let run = school.run(module, body).await;
            let what = format!("{case} on {kind:?}: {run}");
            assert_ne!(run["status"], "failed", "{what}");
            school.idle().await;
            assert_eq!(others(school).await, before, "{what}");
            // What is still wanted is there again once the modules have run and everything was looked at.
            for scope in ["full", "verify"] {
                for module in ALL {
                    let run = school.run(module, json!({"scope": scope})).await;
                    assert_eq!(
                        (told(&run).0, told(&run).1[3]),
                        ("completed", 0),
                        "{module}: {run} {what}"
                    );
                    school.idle().await;
                }
            }
            assert_eq!((others(school).await, school.duplicates().await), (before, 0), "{what}");
            for (name, what_it_is, ids) in
                [("students", "users", &own.students), ("classes", "courses", &own.classes)]
            {
                for wanted in ids.iter().filter(|wanted| !(name == module && *wanted == id)) {
                    school.one(&format!("{what_it_is}?idnumber={wanted}")).await;
                }
            }
            own.school.stop().await;
        }
    }
}

/// Restores the site, and gives the numbers of what it lost to accounts that others make by hand.
async fn given_away(school: &School, name: &str, count: usize) -> Vec<Value> {
    school.put_back(name).await;
    let mut others = Vec::new();
    for number in 0..count {
        let wish = json!({"username": format!("other{number}"), "email": format!("other{number}@x.example"),
            "firstname": "Other", "lastname": "Person"});
        let id = school.account(wish).await;
        others.push(school.account_of(&id).await);
    }
    others
}

async fn late(school: &School, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..count {
        let email = format!("late.{number}@school.example");
        let fields = json!({"Name": format!("L{number}"), "Academic_Email": email, "First_Name": "Late",
            "Display_Name": format!("Late {number}"), "Last_Name": format!("L{number}"), "Status": "Active"});
        ids.push(school.add("students", fields).await);
    }
    ids
}

async fn untouched(school: &School, others: &[Value], what: &str) {
    for other in others {
        let now = school.account_of(&other["id"].to_string()).await;
        assert_eq!(now, *other, "{what}");
    }
}

/// A run that verifies ends uses before it is approved, and where a record cannot be written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_verifies_closes_no_account_of_others() {
    for kind in kinds() {
        let school = synced(kind, 20, &["students"]).await;
        school.backup("early").await;
        let ids = late(&school, 3).await;
        assert_eq!(told(&school.full("students").await).1[0], 3);
        let others = given_away(&school, "early", 3).await;
        school
            .change("students", &ids[0], json!({"Status": "Suspended", "Academic_Email": "bad"}))
            .await;
        school.change("students", &ids[1], json!({"Status": "Suspended"})).await;
        school.change("students", &ids[2], json!({"Academic_Email": "bad"})).await;
        for scope in ["verify", "full", "verify"] {
            let run = school.run("students", json!({"scope": scope})).await;
            assert_ne!(run["status"], "failed", "{run}");
            school.idle().await;
            untouched(&school, &others, &format!("{scope} on {kind:?}: {run}")).await;
        }
        // Corrected, they get accounts of their own.
        for (number, id) in ids.iter().enumerate() {
            let email = format!("late.{number}@school.example");
            school
                .change("students", id, json!({"Status": "Active", "Academic_Email": email}))
                .await;
        }
        let run = school.changes("students").await;
        assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{run}");
        school.idle().await;
        untouched(&school, &others, &run.to_string()).await;
        for id in &ids {
            school.one(&format!("users?idnumber={id}")).await;
        }
        assert_eq!(school.duplicates().await, 0);
        school.stop().await;
    }
}

/// An account that was closed because its record was deleted is not looked at as long as the record is away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_student_who_comes_back_takes_no_account_of_others() {
    for kind in kinds() {
        for scope in ["changes", "full", "verify"] {
            let school = synced(kind, 20, &["students"]).await;
            school.layout("students", json!({"removal_action": "suspend"})).await;
            school.backup("early").await;
            let ids = late(&school, 1).await;
            school.full("students").await;
            school.delete("students", &ids[0], false).await;
            let run = school.changes("students").await;
            assert_eq!(run["removals"]["applied"], 1, "{run}");
            let others = given_away(&school, "early", 1).await;
            school.restore("students", &ids[0]).await;
            school.change("students", &ids[0], json!({"Phone_Number": "+999 2"})).await;
            let run = school.run("students", json!({"scope": scope})).await;
            assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{run}");
            untouched(&school, &others, &format!("{scope} on {kind:?}: {run}")).await;
            school.idle().await;
            school.one(&format!("users?idnumber={}", ids[0])).await;
            school.stop().await;
        }
    }
}
