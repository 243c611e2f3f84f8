//! Records that move: leaving the old place is a removal like any other, and no grade is lost.

use {
    super::{complete, enrolment::enrolment, looked_up, settled},
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::{Value, json},
};

const BASE: [&str; 3] = ["programs", "students", "classes"];

/// A school whose students are enrolled.
async fn enrolled(kind: crate::harness::db::Kind, students: u32, action: &str) -> School {
    let school = School::new(kind, students).await;
    school.layout("enrollments", json!({"removal_action": action})).await;
    complete(&school, &BASE).await;
    complete(&school, &["enrollments"]).await;
    school
}

/// Returns the id of a class in which the student of a record has no record yet.
async fn other_class(school: &School, record: &Value) -> String {
    let student = looked_up(record, "Enrolled_Students");
    let all = school.records("enrollments").await;
    let own = all.iter().filter(|one| looked_up(one, "Enrolled_Students") == student);
    let own: Vec<String> = own.map(|one| looked_up(one, "Classes")).collect();
    let classes = school.records("classes").await;
    let ids = classes.iter().map(|class| class["id"].as_str().unwrap().to_owned());
    ids.into_iter().find(|id| !own.contains(id)).expect("another class")
}

/// Grades a student in the class of a record.
async fn graded(school: &School, record: &Value) {
    let course =
        school.one(&format!("courses?idnumber={}", looked_up(record, "Classes"))).await["id"]
            .clone();
    let user = looked_up(record, "Enrolled_Students");
    let user = school.one(&format!("users?idnumber={user}")).await["id"].clone();
    school
        .grade(json!({"course": course, "user": user, "module": "assign", "item": "Work", "raw": 3.0, "max": 4.0}))
        .await;
}

async fn grades(school: &School) -> i64 {
    school.counts().await["grades"].as_i64().expect("a count")
}

/// Lists the evidence of a run's removals.
async fn evidence(school: &School, run: &Value) -> Vec<String> {
    let id = run["run_id"].as_str().unwrap();
    let list =
        school.client.get(&format!("/v1/extension/runs/{id}/removals?limit=200")).await.json();
    let list = list["removals"].as_array().expect("removals").clone();
    list.iter().map(|one| one["evidence"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_enrolment_leaves_is_suspended_and_keeps_its_grades() {
    for kind in kinds() {
        for action in ["keep", "suspend"] {
            let school = enrolled(kind, 50, action).await;
            let before = school.record("enrollments", 0).await;
            graded(&school, &before).await;
            let count = grades(&school).await;
            let other = other_class(&school, &before).await;
            school.change("enrollments", 0, json!({"Classes": other})).await;
            let run = school.full("enrollments").await;
            assert_eq!(told(&run), ("completed", [0, 99, 1, 0, 0, 100]), "{run}");
            let item = &school.items(&run, "items_status=UPDATED").await[0];
            assert_eq!(item["diff"]["class_zoho_id"][1], other);
            assert_eq!(
                (&run["removals"]["planned"], &run["removals"]["applied"]),
                (&json!(1), &json!(1)),
                "{run}"
            );
            assert_eq!(evidence(&school, &run).await, ["moved"]);
            let left = enrolment(&school, &before).await.expect("kept");
            assert_eq!(left["suspended"], true, "{action}");
            assert_eq!(grades(&school).await, count, "{action}");
            let after = school.record("enrollments", 0).await;
            assert_eq!(enrolment(&school, &after).await.expect("made here")["suspended"], false);
            settled(&school, &["enrollments"]).await;

            // It moves back: the old enrolment can be used again, with its grades.
            school
                .change("enrollments", 0, json!({"Classes": looked_up(&before, "Classes")}))
                .await;
            complete(&school, &["enrollments"]).await;
            assert_eq!(enrolment(&school, &before).await.expect("back")["suspended"], false);
            assert_eq!(enrolment(&school, &after).await.expect("left")["suspended"], true);
            assert_eq!(grades(&school).await, count, "{action}");
            settled(&school, &["enrollments"]).await;
            school.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_enrolment_leaves_is_ended_only_where_the_school_says_so() {
    for kind in kinds() {
        let school = enrolled(kind, 50, "unenrol").await;
        let before = school.record("enrollments", 0).await;
        let other = other_class(&school, &before).await;
        school.change("enrollments", 0, json!({"Classes": other})).await;
        school.forget().await;
        let run = school.full("enrollments").await;
        assert_eq!(told(&run), ("completed", [0, 99, 1, 0, 0, 100]), "{run}");
        assert_eq!(run["removals"]["applied"], 1, "{run}");
        assert!(enrolment(&school, &before).await.is_none(), "left there");
        let after = school.record("enrollments", 0).await;
        assert!(enrolment(&school, &after).await.is_some(), "made here");
        assert_eq!(school.writes("moodle").await, 2);
        settled(&school, &["enrollments"]).await;

        // A second record of the same enrolment keeps it in use when the first one moves away.
        let twin = json!({
            "Enrolled_Students": looked_up(&after, "Enrolled_Students"),
            "Classes": other, "Start_Date": "2026-01-01",
        });
        school.add("enrollments", twin).await;
        complete(&school, &["enrollments"]).await;
        school.change("enrollments", 0, json!({"Classes": looked_up(&before, "Classes")})).await;
        complete(&school, &["enrollments"]).await;
        assert!(enrolment(&school, &before).await.is_some());
        let twin = enrolment(&school, &after).await.expect("the twin's");
        assert_eq!(twin["suspended"], false);
        settled(&school, &["enrollments"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_moves_wait_with_their_list_and_nobody_waits_for_the_new_class() {
    for kind in kinds() {
        for action in ["keep", "unenrol"] {
            let school = enrolled(kind, 50, action).await;
            let mut before = Vec::new();
            // One record of each student.
            for number in (0..40).step_by(2) {
                let record = school.record("enrollments", number).await;
                graded(&school, &record).await;
                let other = other_class(&school, &record).await;
                school.change("enrollments", number, json!({"Classes": other})).await;
                before.push(record);
            }
            let count = grades(&school).await;
            let run = school.full("enrollments").await;
            assert_eq!(told(&run), ("held", [0, 80, 20, 0, 0, 100]), "{run}");
            assert_eq!(run["removals"]["planned"], 20, "{run}");
            assert_eq!(evidence(&school, &run).await, vec!["moved"; 20]);
            for (number, record) in (0..).step_by(2).zip(&before) {
                let left = enrolment(&school, record).await.expect("not left yet");
                assert_eq!(left["suspended"], false);
                let new = school.record("enrollments", number).await;
                assert_eq!(enrolment(&school, &new).await.expect("there")["suspended"], false);
            }

            // After a discard, the next run finds the same removals. A record that moved back in the meantime is left
            // out, and so is one that moved a second time after the list was made.
            school.decide(&run, "discard", json!({})).await;
            let run = school.full("enrollments").await;
            assert_eq!((&run["status"], told(&run).1[1]), (&json!("held"), 100), "{run}");
            assert_eq!(run["removals"]["planned"], 20, "{run}");
            let back = looked_up(&before[3], "Classes");
            school.change("enrollments", 6, json!({"Classes": back})).await;
            let run = school.decide(&run, "approve", json!({"removals": 20})).await;
            let run = school.ended(run["run_id"].as_str().unwrap()).await;
            assert_eq!(run["removals"]["applied"], 19, "{run}");
            for (number, record) in before.iter().enumerate() {
                let left = enrolment(&school, record).await;
                match (action, number) {
                    (_, 3) => assert_eq!(left.expect("back")["suspended"], false),
                    ("keep", _) => assert_eq!(left.expect("kept")["suspended"], true),
                    _ => assert!(left.is_none(), "{number}"),
                }
            }
            if action == "keep" {
                assert_eq!(grades(&school).await, count);
            }
            // There were enough removals that day: the one that moved back leaves its other class when it may.
            school.layout("enrollments", json!({"brake_percent": 100})).await;
            complete(&school, &["enrollments"]).await;
            settled(&school, &["enrollments"]).await;
            school.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_record_has_left_ends_also_when_the_record_is_gone() {
    for kind in kinds() {
        let school = enrolled(kind, 50, "keep").await;
        school.layout("enrollments", json!({"brake_min": 0})).await;
        // A tenth of a hundred pass nevertheless: more than that wait.
        let mut before = Vec::new();
        for number in (0..24).step_by(2) {
            let record = school.record("enrollments", number).await;
            let other = other_class(&school, &record).await;
            school.change("enrollments", number, json!({"Classes": other})).await;
            before.push(record);
        }
        let run = school.full("enrollments").await;
        assert_eq!(run["status"], "held", "{run}");
        school.delete("enrollments", 0, false).await;
        school.decide(&run, "approve", json!({"removals": 12})).await;
        let run = school.ended(run["run_id"].as_str().unwrap()).await;
        assert_eq!(run["removals"]["applied"], 12, "{run}");
        for record in &before {
            assert_eq!(enrolment(&school, record).await.expect("kept")["suspended"], true);
        }
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leave_that_fails_is_told_and_tried_again_and_takes_nothing_back() {
    for kind in kinds() {
        let school = enrolled(kind, 30, "unenrol").await;
        let before = school.record("enrollments", 0).await;
        let other = other_class(&school, &before).await;
        school.change("enrollments", 0, json!({"Classes": other})).await;
        school
            .fault(json!({
                "target": "moodle", "kind": "access_denied", "times": 0,
                "function": "enrol_manual_unenrol_users",
            }))
            .await;
        let run = school.full("enrollments").await;
        assert_ne!(run["status"], "completed", "{run}");
        let after = school.record("enrollments", 0).await;
        assert!(enrolment(&school, &after).await.is_some(), "made here");
        assert!(enrolment(&school, &before).await.is_some(), "not left yet");
        school.mend().await;
        let run = school.full("enrollments").await;
        assert_eq!(
            (&run["status"], &run["removals"]["applied"]),
            (&json!("completed"), &json!(1)),
            "{run}"
        );
        assert!(enrolment(&school, &before).await.is_none(), "left there");
        settled(&school, &["enrollments"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registrations_that_move_leave_their_program_in_the_same_way() {
    for kind in kinds() {
        let school = School::new(kind, 100).await;
        school.layout("programs", json!({"target": "course"})).await;
        school.layout("registrations", json!({"target": "enrolment"})).await;
        complete(&school, &["programs", "students", "registrations"]).await;
        let programs = school.records("programs").await;
        let all = school.records("registrations").await;
        let active: Vec<&Value> =
            all.iter().filter(|own| own["Registration_Status"] == "Active").take(15).collect();
        for record in &active {
            let other = programs.iter().find(|one| one["id"] != record["Program"]["id"]).unwrap();
            school
                .change(
                    "registrations",
                    record["id"].as_str().unwrap(),
                    json!({"Program": other["id"]}),
                )
                .await;
        }
        let run = school.full("registrations").await;
        assert_eq!(
            (&run["status"], &run["removals"]["planned"], told(&run).1[2]),
            (&json!("held"), &json!(15), 15),
            "{run}"
        );
        let seat = async |record: &Value| {
            let (program, student) =
                (looked_up(record, "Program"), looked_up(record, "Student_ID"));
            let course = school.one(&format!("courses?idnumber={program}")).await["id"].clone();
            let user = school.one(&format!("users?idnumber={student}")).await["id"].clone();
            school.one(&format!("enrolments?course={course}&user={user}")).await["suspended"]
                .clone()
        };
        for record in &active {
            assert_eq!(seat(record).await, false);
        }
        school.decide(&run, "approve", json!({"removals": 15})).await;
        let run = school.ended(run["run_id"].as_str().unwrap()).await;
        assert_eq!(run["removals"]["applied"], 15, "{run}");
        for record in &active {
            assert_eq!(seat(record).await, true, "suspended, not ended");
            let now = school.record_of("registrations", record["id"].as_str().unwrap()).await;
            assert_eq!(seat(&now).await, false);
        }
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memberships_that_move_are_counted_too() {
    for kind in kinds() {
        let school = School::new(kind, 100).await;
        complete(&school, &["programs", "students", "registrations"]).await;
        let programs = school.records("programs").await;
        let all = school.records("registrations").await;
        let active: Vec<&Value> =
            all.iter().filter(|own| own["Registration_Status"] == "Active").take(15).collect();
        let members = school.members().await;
        for record in &active {
            let other = programs.iter().find(|one| one["id"] != record["Program"]["id"]).unwrap();
            school
                .change(
                    "registrations",
                    record["id"].as_str().unwrap(),
                    json!({"Program": other["id"]}),
                )
                .await;
        }
        let run = school.full("registrations").await;
        assert_eq!(
            (&run["status"], &run["removals"]["planned"], school.members().await),
            (&json!("held"), &json!(15), members + 15),
            "{run}"
        );
        school.decide(&run, "approve", json!({"removals": 15})).await;
        let run = school.ended(run["run_id"].as_str().unwrap()).await;
        assert_eq!(
            (&run["removals"]["applied"], school.members().await),
            (&json!(15), members),
            "{run}"
        );
        settled(&school, &["registrations"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_record_has_come_to_while_the_list_waited_is_not_ended() {
    for kind in kinds() {
        for evidence in ["moved", "deleted"] {
            let school = enrolled(kind, 50, "unenrol").await;
            let mut before = Vec::new();
            for number in (0..40).step_by(2) {
                let record = school.record("enrollments", number).await;
                graded(&school, &record).await;
                let other = other_class(&school, &record).await;
                before.push((record, other));
            }
            let count = grades(&school).await;
            for (number, (_, other)) in (0..40).step_by(2).zip(&before).rev() {
                match evidence {
                    "moved" => {
                        school.change("enrollments", number, json!({"Classes": other})).await;
                    }
                    _ => school.delete("enrollments", number, false).await,
                }
            }
            let run = school.full("enrollments").await;
            assert_eq!((&run["status"], &run["removals"]["planned"]), (&json!("held"), &json!(20)));
            // Days later, before an approval: a new record, one that cannot be written, and one that has ended.
            school.later(3 * 86_400).await;
            let twin = |number: usize| {
                let (record, _) = &before[number];
                json!({
                    "Enrolled_Students": looked_up(record, "Enrolled_Students"),
                    "Classes": looked_up(record, "Classes"), "Start_Date": "2026-01-01",
                })
            };
            school.add("enrollments", twin(0)).await;
            let mut faulty = twin(1);
            faulty["Start_Date"] = json!("someday");
            school.add("enrollments", faulty).await;
            school.decide(&run, "approve", json!({"removals": 20})).await;
            let run = school.ended(run["run_id"].as_str().unwrap()).await;
            assert_eq!(run["status"], "completed", "{run}");
            for (number, (record, _)) in before.iter().enumerate() {
                let left = enrolment(&school, record).await;
                assert_eq!(left.is_some(), number < 2, "{evidence} {number}: {run}");
            }
            assert_eq!(grades(&school).await, count - 18, "{evidence}");
            school.full("enrollments").await;
            let own = enrolment(&school, &before[0].0).await.expect("the twin's");
            assert_eq!(own["suspended"], false);
            school.stop().await;
        }
    }
}
