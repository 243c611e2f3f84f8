//! Objects that an administrator deletes in Moodle by hand: they are created again or left alone, and nothing fails
//! for ever because of it.

use {
    super::{complete, enrolment::enrolment, looked_up, settled},
    crate::harness::{
        db::kinds,
        school::{School, calls, told},
    },
    serde_json::{Value, json},
};

const BASE: [&str; 3] = ["programs", "students", "classes"];

/// Returns the number of an object of Moodle by its record's id.
async fn number(school: &School, what: &str, id: &str) -> String {
    school.one(&format!("{what}?idnumber={id}")).await["id"].to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_account_is_made_anew_with_everything() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        complete(&school, &BASE).await;
        complete(&school, &["registrations", "enrollments", "payments"]).await;
        let record = school.record("enrollments", 0).await;
        let student = looked_up(&record, "Enrolled_Students");
        let before = (school.members().await, school.counts().await["enrolments"].clone());
        for purge in ["", "?purge=1"] {
            let old = number(&school, "users", &student).await;
            school.take_away(&format!("users/{old}{purge}")).await;
            school.change("students", &student, json!({"Phone_Number": format!("1{purge}")})).await;
            let run = school.full("students").await;
            assert_eq!(told(&run), ("completed", [1, 19, 0, 0, 0, 20]), "{run}");
            assert_ne!(number(&school, "users", &student).await, old);
            for module in ["registrations", "enrollments", "payments"] {
                let run = school.full(module).await;
                assert_eq!(
                    (run["status"].as_str(), told(&run).1[3]),
                    (Some("completed"), 0),
                    "{module} {run}"
                );
            }
            assert!(enrolment(&school, &record).await.is_some());
            assert_eq!(
                (school.members().await, school.counts().await["enrolments"].clone()),
                before
            );
            assert_eq!(
                (school.counts().await["users"].as_u64(), school.duplicates().await),
                (Some(20), 0)
            );
            settled(&school, &["students", "registrations", "enrollments", "payments"]).await;
        }

        // It was created again by hand: that account is used.
        let old = number(&school, "users", &student).await;
        school.take_away(&format!("users/{old}")).await;
        let again = json!({
            "username": "again", "email": "again@college.example", "firstname": "A", "lastname": "B",
            "idnumber": student,
        });
        let again = school.account(again).await;
        school.change("students", &student, json!({"Phone_Number": "3"})).await;
        let run = school.full("students").await;
        let items = school.items(&run, "").await;
        let item = items.iter().find(|item| item["zoho_id"] == student.as_str()).expect("it");
        assert_eq!((&item["op"], &item["target_id"]), (&json!("link"), &json!(again)), "{item}");
        assert_eq!(school.counts().await["users"], 20);

        // If a sync creates no accounts, a person has to decide.
        school.layout("students", json!({"create_users": false})).await;
        school.take_away(&format!("users/{again}")).await;
        school.change("students", &student, json!({"Phone_Number": "4"})).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 19, 0, 0, 1, 20]), "{run}");
        assert_eq!(school.items(&run, "items_status=SKIPPED").await[0]["code"], "POLICY_LINK_ONLY");
        assert_eq!(school.counts().await["users"], 19);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_account_is_noticed_by_what_belongs_to_it() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        complete(&school, &BASE).await;
        complete(&school, &["enrollments"]).await;
        let record = school.record("enrollments", 0).await;
        let student = looked_up(&record, "Enrolled_Students");
        let old = number(&school, "users", &student).await;
        school.take_away(&format!("users/{old}")).await;
        // The student does not change, only the enrolment does.
        school.change("enrollments", 0, json!({"End_Date": "2030-01-31"})).await;
        let run = school.full("enrollments").await;
        assert_eq!((run["status"].as_str(), told(&run).1[3]), (Some("completed"), 0), "{run}");
        let skipped = school.items(&run, "items_status=SKIPPED").await;
        assert!(
            !skipped.is_empty() && skipped.iter().all(|item| item["code"] == "PARENT_NOT_SYNCED")
        );
        school.idle().await;
        assert_ne!(number(&school, "users", &student).await, old);
        assert!(enrolment(&school, &record).await.is_some(), "followed by itself");
        complete(&school, &["enrollments"]).await;
        settled(&school, &["students", "enrollments"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleted_courses_and_categories_are_made_anew() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        complete(&school, &["programs", "units", "students", "classes", "enrollments"]).await;
        let enrolments = school.counts().await["enrolments"].clone();
        let class = school.id("classes", 1).await;
        let old = number(&school, "courses", &class).await;
        school.take_away(&format!("courses/{old}")).await;
        school.change("classes", &class, json!({"Class_Name": "Another name"})).await;
        let run = school.full("classes").await;
        let (status, [new, _, _, failed, _, total]) = told(&run);
        assert_eq!((status, new, failed), ("completed", 1, 0), "{run}");
        assert!(total > 1);
        assert_ne!(number(&school, "courses", &class).await, old);
        let run = school.full("enrollments").await;
        assert_eq!((run["status"].as_str(), told(&run).1[3]), (Some("completed"), 0), "{run}");
        assert_eq!(school.counts().await["enrolments"], enrolments);

        // A deleted category, with a course that should move into it.
        let program = school.id("programs", 0).await;
        let old = number(&school, "categories", &program).await;
        school.take_away(&format!("categories/{old}")).await;
        school.change("programs", &program, json!({"Product_Name": "Another program"})).await;
        let run = school.full("programs").await;
        assert_eq!(told(&run), ("completed", [1, 3, 0, 0, 0, 4]), "{run}");
        assert_eq!(school.duplicates().await, 0);
        settled(&school, &["programs", "units", "classes", "enrollments"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_course_is_noticed_by_a_new_enrolment() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        complete(&school, &BASE).await;
        let class = looked_up(&school.record("enrollments", 0).await, "Classes");
        let old = number(&school, "courses", &class).await;
        school.take_away(&format!("courses/{old}")).await;
        school.forget().await;
        let run = school.full("enrollments").await;
        assert_eq!((run["status"].as_str(), told(&run).1[3]), (Some("completed"), 0), "{run}");
        let asked = calls(&school.ledger().await, "moodle", "enrol_manual_enrol_users");
        assert!(asked <= 4, "{asked} calls");
        school.idle().await;
        assert_ne!(number(&school, "courses", &class).await, old);
        let run = school.full("enrollments").await;
        assert_eq!(told(&run).1[4], 0, "nothing waits any more: {run}");
        assert_eq!(school.counts().await["enrolments"], told(&run).1[5]);
        settled(&school, &["classes", "enrollments"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleted_groups_and_their_courses_are_made_anew() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        school.layout("classes", json!({"target": "group"})).await;
        complete(&school, &["units", "students", "classes", "enrollments"]).await;
        let before = school.counts().await;
        let class = school.id("classes", 0).await;
        let old = number(&school, "groups", &class).await;
        school.take_away(&format!("groups/{old}")).await;
        school.change("classes", &class, json!({"Class_Name": "Another name"})).await;
        let run = school.full("classes").await;
        assert_eq!(
            (run["status"].as_str(), told(&run).1[0], told(&run).1[3]),
            (Some("completed"), 1, 0),
            "{run}"
        );
        complete(&school, &["enrollments"]).await;
        assert_eq!(school.counts().await["group_members"], before["group_members"]);

        // The class does not change: an enrolment that is due notices it.
        let record = school.record("enrollments", 0).await;
        let group = number(&school, "groups", &looked_up(&record, "Classes")).await;
        school.take_away(&format!("groups/{group}")).await;
        school.change("enrollments", 0, json!({"End_Date": "2030-01-31"})).await;
        let run = school.full("enrollments").await;
        assert_eq!(told(&run).1[3], 0, "{run}");
        school.idle().await;
        assert_ne!(number(&school, "groups", &looked_up(&record, "Classes")).await, group);
        complete(&school, &["enrollments"]).await;
        assert_eq!(school.counts().await["group_members"], before["group_members"]);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_of_a_deleted_cohort_join_the_new_one_with_few_calls() {
    for kind in kinds() {
        let school = School::new(kind, 60).await;
        complete(&school, &["programs", "students", "registrations"]).await;
        let members = school.members().await;
        assert!(members > 40);
        let cohorts = school.moodle("cohorts").await;
        for cohort in &cohorts {
            school.take_away(&format!("cohorts/{}", cohort["id"])).await;
        }
        school.forget().await;
        let run = school.full("registrations").await;
        assert_eq!((run["status"].as_str(), told(&run).1[3]), (Some("completed"), 0), "{run}");
        assert_eq!(school.members().await, members);
        let ledger = school.ledger().await;
        let asked = ledger["moodle"]["calls"].as_u64().expect("a count");
        assert!(asked <= 30, "{asked} calls: {ledger}");
        settled(&school, &["registrations"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_what_is_gone_is_done() {
    for kind in kinds() {
        for action in ["suspend", "unenrol"] {
            let school = School::new(kind, 30).await;
            complete(&school, &BASE).await;
            complete(&school, &["enrollments"]).await;
            let brake = json!({"removal_action": action, "brake_percent": 100});
            school.layout("enrollments", brake).await;
            let record = school.record("enrollments", 0).await;
            let student = number(&school, "users", &looked_up(&record, "Enrolled_Students")).await;
            school.take_away(&format!("users/{student}")).await;
            let other = school.record("enrollments", 9).await;
            let course = number(&school, "courses", &looked_up(&other, "Classes")).await;
            school.take_away(&format!("courses/{course}")).await;
            for number in [0, 9] {
                school.delete("enrollments", number, false).await;
            }
            let run = school.changes("enrollments").await;
            assert_eq!(
                (run["status"].as_str(), told(&run).1[3]),
                (Some("completed"), 0),
                "{action} {run}"
            );
            assert_eq!(run["removals"]["applied"], 2, "{run}");
            school.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_word_of_absence_takes_no_link_and_makes_nothing() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        complete(&school, &BASE).await;
        let links = async |school: &School| {
            school.query("SELECT count(*) AS n FROM record_links").await.expect("a count")
        };
        let before = (links(&school).await, school.counts().await);
        for code in ["invaliduser", "userdeleted", "invalidparameter"] {
            school
                .fault(json!({
                    "target": "moodle", "kind": "status", "status": 200, "code": code,
                    "function": "enrol_manual_enrol_users", "times": 0,
                }))
                .await;
            let run = school.full("enrollments").await;
            assert_eq!(run["status"], "failed", "{run}");
            school.idle().await;
            assert_eq!((links(&school).await, school.counts().await), before, "{code}");
            school.mend().await;
        }
        complete(&school, &["enrollments"]).await;
        let users: Vec<Value> = school.moodle("users").await;
        assert_eq!((users.len(), school.duplicates().await), (20, 0));
        school.stop().await;
    }
}
