//! Enrollments and registrations: manual enrolments and cohorts.

use {
    super::{complete, last_second, looked_up, seconds, settled},
    crate::harness::{
        db::kinds,
        school::{School, calls, told},
    },
    serde_json::{Value, json},
};

const BASE: [&str; 3] = ["programs", "students", "classes"];

/// Returns the enrolment of a record of Zoho, if there is one.
pub(super) async fn enrolment(school: &School, record: &Value) -> Option<Value> {
    let class = looked_up(record, "Classes");
    let student = looked_up(record, "Enrolled_Students");
    let course = school.one(&format!("courses?idnumber={class}")).await["id"].clone();
    let user = school.one(&format!("users?idnumber={student}")).await["id"].clone();
    school.moodle(&format!("enrolments?course={course}&user={user}")).await.pop()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn enrolments_carry_dates_and_status() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        // The organisation has no status of an enrollment; another text is used as one.
        school.map("enrollments", "enrollment_status", "Class_Teacher").await;
        for number in 0..60 {
            school.change("enrollments", number, json!({"Class_Teacher": "Active"})).await;
        }
        complete(&school, &BASE).await;
        complete(&school, &["enrollments"]).await;
        for record in school.records("enrollments").await {
            let own = enrolment(&school, &record).await.expect("an enrolment");
            assert_eq!(own["roles"], json!([5]));
            assert_eq!(own["timestart"], seconds(&record["Start_Date"]));
            assert_eq!(own["timeend"], last_second(&record["End_Date"]));
            assert_eq!(own["suspended"], false);
        }
        settled(&school, &["enrollments"]).await;

        // A new date keeps everything else; the end of the use comes from the status, and is undone with it.
        school.change("enrollments", 4, json!({"End_Date": "2027-12-31"})).await;
        school.change("enrollments", 7, json!({"Class_Teacher": "Withdraw"})).await;
        let run = school.full("enrollments").await;
        assert_eq!(told(&run), ("completed", [0, 58, 2, 0, 0, 60]), "{run}");
        let ops: Vec<Value> = school
            .items(&run, "items_status=UPDATED")
            .await
            .iter()
            .map(|i| i["op"].clone())
            .collect();
        assert_eq!(ops, ["update", "suspend"]);
        assert_eq!(
            (&run["removals"]["planned"], &run["removals"]["applied"]),
            (&json!(1), &json!(1))
        );
        let record = school.record("enrollments", 4).await;
        let own = enrolment(&school, &record).await.unwrap();
        assert_eq!(own["timeend"], last_second(&json!("2027-12-31")));
        assert_eq!(own["timestart"], seconds(&record["Start_Date"]));
        assert_eq!(own["suspended"], false);
        let record = school.record("enrollments", 7).await;
        let own = enrolment(&school, &record).await.unwrap();
        assert_eq!(own["suspended"], true);
        assert_eq!(own["timeend"], last_second(&record["End_Date"]));
        settled(&school, &["enrollments"]).await;

        school.change("enrollments", 7, json!({"Class_Teacher": "Active"})).await;
        let run = school.full("enrollments").await;
        let item = &school.items(&run, "items_status=UPDATED").await[0];
        assert_eq!(item["op"], "reactivate", "{item}");
        let own = enrolment(&school, &record).await.unwrap();
        assert_eq!(own["suspended"], false);
        settled(&school, &["enrollments"]).await;
        assert_eq!(school.duplicates().await, 0);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deleted_enrollments_follow_the_module_s_action() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        complete(&school, &BASE).await;
        complete(&school, &["enrollments"]).await;
        for (number, action, op) in [(3, "suspend", "suspend"), (5, "unenrol", "unenrol")] {
            school.layout("enrollments", json!({"removal_action": action})).await;
            let record = school.record("enrollments", number).await;
            school.delete("enrollments", number, false).await;
            let run = school.changes("enrollments").await;
            let items = school.items(&run, "items_status=UPDATED").await;
            assert_eq!(items.len(), 1, "{run} {items:?}");
            assert_eq!((&items[0]["op"], &items[0]["zoho_id"]), (&json!(op), &record["id"]));
            let left = enrolment(&school, &record).await;
            match action {
                "suspend" => assert_eq!(left.expect("kept")["suspended"], true),
                _ => assert!(left.is_none()),
            }
            // Once, and not again.
            school.forget().await;
            let again = school.changes("enrollments").await;
            assert_eq!(told(&again).1[2], 0, "{again}");
            assert_eq!(school.writes("moodle").await, 0);
        }
        // By default existing objects are kept.
        school.layout("enrollments", json!({"removal_action": "keep"})).await;
        let record = school.record("enrollments", 8).await;
        school.delete("enrollments", 8, false).await;
        school.forget().await;
        school.changes("enrollments").await;
        school.full("enrollments").await;
        assert!(enrolment(&school, &record).await.is_some());
        assert_eq!(school.writes("moodle").await, 0);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registrations_become_members_of_their_program_s_cohort() {
    for kind in kinds() {
        let school = School::new(kind, 100).await;
        let modules = ["programs", "students", "registrations"];
        complete(&school, &modules).await;
        let ended = |status: &Value| ["Freeze", "Withdraw"].contains(&status.as_str().unwrap());
        let (mut members, mut left) = (0, Vec::new());
        for record in school.records("registrations").await {
            let program = looked_up(&record, "Program");
            let student = looked_up(&record, "Student_ID");
            let cohort = school.one(&format!("cohorts?idnumber={program}")).await;
            let user = school.one(&format!("users?idnumber={student}")).await["id"].clone();
            let is_member = cohort["members"].as_array().unwrap().contains(&user);
            assert_eq!(is_member, !ended(&record["Registration_Status"]), "{record}");
            members += usize::from(is_member);
            if is_member {
                left.push(record);
            }
        }
        assert_eq!(school.counts().await["cohort_members"], json!(members));
        assert!(members < 100, "some have left");
        settled(&school, &modules).await;

        // One student leaves and comes back.
        let record = left.remove(0);
        let id = record["id"].as_str().unwrap();
        for (status, op, count) in
            [("Withdraw", "unenrol", members - 1), ("Active", "update", members)]
        {
            school.change("registrations", id, json!({"Registration_Status": status})).await;
            let run = school.full("registrations").await;
            let items = school.items(&run, "items_status=UPDATED").await;
            assert_eq!((items.len(), &items[0]["zoho_id"]), (1, &json!(id)), "{run}");
            if op == "unenrol" {
                assert_eq!(items[0]["op"], op);
            }
            assert_eq!(school.counts().await["cohort_members"], json!(count), "{status}");
            settled(&school, &modules).await;
        }
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn registrations_can_be_enrolments_where_programs_are_courses() {
    for kind in kinds() {
        let school = School::new(kind, 50).await;
        school.layout("registrations", json!({"target": "enrolment"})).await;
        complete(&school, &["programs", "students"]).await;
        let run = school.full("registrations").await;
        assert_eq!(run["status"], "failed");
        assert_eq!(school.detail(&run).await.error_code(), "LAYOUT_CONFLICT");

        school.layout("programs", json!({"target": "course"})).await;
        let modules = ["programs", "registrations"];
        complete(&school, &modules).await;
        for record in school.records("registrations").await {
            let program = looked_up(&record, "Program");
            let student = looked_up(&record, "Student_ID");
            let course = school.one(&format!("courses?idnumber={program}")).await["id"].clone();
            let user = school.one(&format!("users?idnumber={student}")).await["id"].clone();
            let own = school.one(&format!("enrolments?course={course}&user={user}")).await;
            let status = record["Registration_Status"].as_str().unwrap();
            assert_eq!(own["suspended"], ["Freeze", "Withdraw"].contains(&status), "{record}");
        }
        settled(&school, &modules).await;
        let ledger = school.ledger().await;
        assert_eq!(calls(&ledger, "moodle", "core_cohort_create_cohorts"), 0);
        school.stop().await;
    }
}
