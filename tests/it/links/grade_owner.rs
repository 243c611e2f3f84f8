//! A restored site gives the numbers of students to others, and grades are found in Zoho by those numbers: a row of one student
//! never gets the grade of another one.

use {
    super::synced,
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::{Value, json},
};

const BASE: [&str; 4] = ["programs", "students", "classes", "enrollments"];

async fn grades_on(school: &School) {
    let settings = json!({"grades_writeback": true});
    assert_eq!(school.client.put("/v1/extension/settings", &settings).await.status, 200);
    let on = json!({"enabled": true});
    assert_eq!(school.client.put("/v1/extension/modules/grades", &on).await.status, 200);
}

async fn student(school: &School, name: &str) -> String {
    let fields = json!({"Name": name, "Academic_Email": format!("{name}@school.example"),
        "Display_Name": format!("{name} Late"), "First_Name": name, "Last_Name": "Late", "Status": "Active"});
    school.add("students", fields).await
}

/// Enrols a student in a class, and grades the student there.
async fn graded(school: &School, student: &str, class: &str, raw: f64) {
    let seat = json!({"Enrolled_Students": student, "Classes": class, "Start_Date": "2026-09-01"});
    school.add("enrollments", seat).await;
    for module in ["students", "classes", "enrollments"] {
        let run = school.run(module, json!({"scope": "verify"})).await;
        assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{module}: {run}");
        school.idle().await;
    }
    regraded(school, student, class, raw).await;
}

async fn regraded(school: &School, student: &str, class: &str, raw: f64) {
    let wish = json!({"course": class, "user": student, "item": "Essay", "raw": raw, "max": 4.0});
    school.grade(wish).await;
}

/// Returns the student, the class, the grade and the key of each row, by student.
async fn rows(school: &School) -> Vec<(String, String, String, String)> {
    let id = |row: &Value, name: &str| row[name]["id"].as_str().unwrap_or_default().to_owned();
    let own = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows = school.records("grades").await;
    let mut rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let key = own(row, "Moodle_Grade_Composite_Key");
            (id(row, "Student"), id(row, "Class"), own(row, "Grade"), key)
        })
        .collect();
    rows.sort();
    rows
}

/// `unlinked`: without the links to the rows, as after a change of the site.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_stays_that_of_its_student_when_another_gets_the_number() {
    for kind in kinds() {
        for unlinked in [false, true] {
            let school = synced(kind, 12, &BASE).await;
            grades_on(&school).await;
            let class = school.id("classes", 0).await;
            school.backup("early").await;
            let first = student(&school, "first").await;
            graded(&school, &first, &class, 3.0).await;
            let run = school.full("grades").await;
            assert_eq!(told(&run).1[0], 1, "{run}");
            let before = rows(&school).await;
            let key = before[0].3.clone();
            let number = school.one(&format!("users?idnumber={first}")).await["id"].clone();

            school.put_back("early").await;
            let second = student(&school, "second").await;
            let wish = json!({"username": "second", "email": "second@school.example",
                "firstname": "Second", "lastname": "Late", "idnumber": second});
            let given = school.account(wish).await;
            assert_eq!(given, number.to_string(), "the number was given out again");
            let mut school = school;
            if unlinked {
                school = school.anew(kind).await;
                grades_on(&school).await;
                for module in BASE {
                    assert_eq!(school.full(module).await["status"], "completed", "{module}");
                }
            }
            graded(&school, &second, &class, 4.0).await;
            let run = school.run("grades", json!({"dry_run": true})).await;
            assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{run}");
            assert_eq!(rows(&school).await, before, "{run}");
            let run = school.full("grades").await;
            assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{run}");
            let mut expected = before.clone();
            let own = |grade: &str| {
                (second.clone(), class.clone(), grade.to_owned(), format!("{key}_{second}"))
            };
            expected.push(own("D"));
            expected.sort();
            assert_eq!(rows(&school).await, expected, "{unlinked}: {run}");

            // The row is found again, with and without a link, and gets the next grade.
            school.forget().await;
            let run = school.full("grades").await;
            assert_eq!((told(&run).1[0], told(&run).1[2]), (0, 0), "{run}");
            assert_eq!(school.writes("zoho").await, 0, "{run}");
            regraded(&school, &second, &class, 2.0).await;
            let run = school.full("grades").await;
            assert_eq!(
                (told(&run).0, told(&run).1[2], told(&run).1[3]),
                ("completed", 1, 0),
                "{run}"
            );
            let now = rows(&school).await;
            assert_eq!((now.len(), now.contains(&own("P"))), (2, true), "{now:?}");
            assert!(now.contains(&before[0]), "{now:?}");
            let school = school.anew(kind).await;
            grades_on(&school).await;
            for module in BASE {
                assert_eq!(school.full(module).await["status"], "completed", "{module}");
            }
            let run = school.full("grades").await;
            assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{run}");
            assert_eq!(rows(&school).await, now, "{run}");
            school.stop().await;
        }
    }
}

/// The same student in another course that got the number.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_stays_that_of_its_class_when_another_course_gets_the_number() {
    for kind in kinds() {
        let school = synced(kind, 12, &BASE).await;
        grades_on(&school).await;
        let own = school.id("students", 0).await;
        school.backup("early").await;
        let class = async |name: &str| {
            let class = json!({"Name": name, "Class_Name": name, "Class_Short_Name": name,
                "Start_Date": "2026-09-01", "End_Date": "2027-01-31"});
            school.add("classes", class).await
        };
        let first = class("First").await;
        graded(&school, &own, &first, 3.0).await;
        assert_eq!(told(&school.full("grades").await).1[0], 1);
        let before = rows(&school).await;
        school.put_back("early").await;
        let second = class("Second").await;
        let course = [
            ("courses[0][fullname]", "Second"),
            ("courses[0][shortname]", "Second"),
            ("courses[0][categoryid]", "1"),
            ("courses[0][idnumber]", second.as_str()),
        ];
        school.call("core_course_create_courses", &course).await;
        graded(&school, &own, &second, 4.0).await;
        let run = school.full("grades").await;
        assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{run}");
        let now = rows(&school).await;
        assert!(now.len() == 2 && now.contains(&before[0]), "{before:?} {now:?}");
        assert!(now.iter().any(|row| row.1 == second && row.2 == "D"), "{now:?}");
        school.stop().await;
    }
}
