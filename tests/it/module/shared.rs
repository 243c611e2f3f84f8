//! Enrolments that several records share: the groups of one course.

use {
    super::{complete, looked_up},
    crate::harness::{db::kinds, school::School},
    serde_json::{Value, json},
};

const MODULES: [&str; 4] = ["units", "students", "classes", "enrollments"];

/// A school whose classes are groups; the first enrollment's student is in two groups of one course. Returns both records.
async fn two_groups(school: &School) -> (Value, Value) {
    school.layout("classes", json!({"target": "group"})).await;
    school.map("enrollments", "enrollment_status", "Class_Teacher").await;
    let first = school.record("enrollments", 0).await;
    let unit = looked_up(&school.record_of("classes", &looked_up(&first, "Classes")).await, "Unit");
    let class = json!({"Class_Name": "Evening", "Class_Short_Name": "EVE", "Unit": unit});
    let class = school.add("classes", class).await;
    let other = json!({
        "Enrolled_Students": looked_up(&first, "Enrolled_Students"), "Classes": class, "Start_Date": "2026-01-01",
    });
    let other = school.add("enrollments", other).await;
    complete(school, &MODULES).await;
    (first, school.record_of("enrollments", &other).await)
}

/// Returns the enrolment of a record and whether its student is in its group.
async fn seen(school: &School, record: &Value) -> (Option<Value>, bool) {
    let class = looked_up(record, "Classes");
    let student = looked_up(record, "Enrolled_Students");
    let group = school.one(&format!("groups?idnumber={class}")).await;
    let user = school.one(&format!("users?idnumber={student}")).await["id"].clone();
    let course = &group["course"];
    let own = school.moodle(&format!("enrolments?course={course}&user={user}")).await.pop();
    (own, group["members"].as_array().is_some_and(|all| all.contains(&user)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_withdraws_from_one_group_keeps_the_course_for_the_other() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        let (first, other) = two_groups(&school).await;
        let id = first["id"].as_str().unwrap();
        school.change("enrollments", id, json!({"Class_Teacher": "Withdraw"})).await;
        complete(&school, &["enrollments"]).await;
        let (own, _) = seen(&school, &other).await;
        assert_eq!(own.unwrap()["suspended"], false, "the other group's");
        // When the other one ends as well, the use of the course ends too; and it comes back.
        let id = other["id"].as_str().unwrap();
        school.change("enrollments", id, json!({"Class_Teacher": "Withdraw"})).await;
        complete(&school, &["enrollments"]).await;
        assert_eq!(seen(&school, &other).await.0.unwrap()["suspended"], true);
        school.change("enrollments", id, json!({"Class_Teacher": "Active"})).await;
        complete(&school, &["enrollments"]).await;
        assert_eq!(seen(&school, &other).await.0.unwrap()["suspended"], false);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_enrollment_takes_only_what_is_its_own() {
    for kind in kinds() {
        for action in ["suspend", "unenrol"] {
            let school = School::new(kind, 30).await;
            let (first, other) = two_groups(&school).await;
            school.layout("enrollments", json!({"removal_action": action})).await;
            school.delete("enrollments", first["id"].as_str().unwrap(), false).await;
            let run = school.changes("enrollments").await;
            assert_eq!(run["removals"]["applied"], 1, "{run}");
            let (own, member) = seen(&school, &other).await;
            assert_eq!(own.expect("the other group's")["suspended"], false, "{action}");
            assert!(member);
            if action == "unenrol" {
                assert!(!seen(&school, &first).await.1, "no member of the group that was left");
            }
            // The enrolment in the course ends with the last group.
            school.delete("enrollments", other["id"].as_str().unwrap(), false).await;
            let run = school.changes("enrollments").await;
            assert_eq!(run["removals"]["applied"], 1, "{run}");
            match (action, seen(&school, &other).await.0) {
                ("suspend", own) => assert_eq!(own.unwrap()["suspended"], true),
                (_, own) => assert_eq!(own, None, "who is in no group is in no course"),
            }
            school.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_course_that_is_left_to_an_ended_record_can_be_used_no_longer() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        let (first, other) = two_groups(&school).await;
        let id = first["id"].as_str().unwrap();
        let student = looked_up(&first, "Enrolled_Students");
        let ended = json!({"Class_Teacher": "Withdraw"});
        school.change("enrollments", other["id"].as_str().unwrap(), ended).await;
        complete(&school, &["enrollments"]).await;
        assert_eq!(seen(&school, &other).await.0.unwrap()["suspended"], false, "by the first");
        // A class of another course in which the student has nothing yet.
        let unit = async |class: &Value| looked_up(class, "Unit");
        let left = unit(&school.record_of("classes", &looked_up(&first, "Classes")).await).await;
        let mut there = vec![left];
        for own in school.records("enrollments").await {
            if looked_up(&own, "Enrolled_Students") == student {
                there.push(
                    unit(&school.record_of("classes", &looked_up(&own, "Classes")).await).await,
                );
            }
        }
        let classes = school.records("classes").await;
        let new = classes.iter().find(|class| !there.contains(&looked_up(class, "Unit")));
        let new = new.expect("a class of another course")["id"].clone();
        school.change("enrollments", id, json!({"Classes": new})).await;
        let run = school.changes("enrollments").await;
        assert_eq!(run["status"], "completed", "{run}");
        let (own, member) = seen(&school, &other).await;
        assert_eq!(own.expect("the ended one's")["suspended"], true, "nobody uses it");
        assert!(member, "of the group of the ended one");
        assert!(!seen(&school, &first).await.1, "no member of the group that was left");
        let (own, member) = seen(&school, &school.record_of("enrollments", id).await).await;
        assert_eq!(own.expect("the new one")["suspended"], false);
        assert!(member);
        // It comes back, and with it the use of the course.
        school.change("enrollments", id, json!({"Classes": looked_up(&first, "Classes")})).await;
        complete(&school, &["enrollments"]).await;
        assert_eq!(seen(&school, &first).await.0.unwrap()["suspended"], false);
        assert!(seen(&school, &first).await.1);
        super::settled(&school, &["enrollments"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_overdue_payment_takes_nobody_out_of_a_group() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        let (first, other) = two_groups(&school).await;
        school.map("payments", "payment_status", "Note").await;
        school.layout("payments", json!({"suspend_on": {"words": ["Overdue"]}})).await;
        complete(&school, &["programs", "registrations", "payments"]).await;
        let student = looked_up(&first, "Enrolled_Students");
        let all = school.records("registrations").await;
        let registration = all.iter().find(|own| looked_up(own, "Student_ID") == student).unwrap();
        for (day, note, suspended) in
            [("2030-01-01", "Overdue", true), ("2030-02-01", "Confirmed", false)]
        {
            let payment = json!({
                "Registration_ID": registration["id"], "Student_ID": student, "Payment_Amount": 10,
                "Payment_Date": day, "Note": note,
            });
            school.add("payments", payment).await;
            complete(&school, &["payments"]).await;
            for record in [&first, &other] {
                let (own, member) = seen(&school, record).await;
                assert_eq!(own.unwrap()["suspended"], suspended, "{note}");
                assert!(member, "{note}: still in the group");
            }
        }
        school.stop().await;
    }
}
