//! Payments: profile fields of the newest one, suspended enrolments, records of a plug-in.

use {
    super::{complete, looked_up, settled},
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::{Value, json},
    std::collections::BTreeMap,
};

const BASE: [&str; 3] = ["programs", "students", "registrations"];

/// Returns a profile field of a student.
pub(super) async fn profile(school: &School, student: &str, field: &str) -> String {
    let query = [("field", "idnumber"), ("values[0]", student)];
    let users = school.call("core_user_get_users_by_field", &query).await;
    let fields = users[0]["customfields"].as_array().cloned().unwrap_or_default();
    let found = fields.iter().find(|own| own["shortname"] == field);
    found.map_or_else(String::new, |own| own["value"].as_str().unwrap_or_default().to_owned())
}

/// Returns the newest payment of each student.
async fn newest(school: &School) -> BTreeMap<String, Value> {
    let mut newest: BTreeMap<String, Value> = BTreeMap::new();
    for payment in school.records("payments").await {
        let student = looked_up(&payment, "Student_ID");
        let day = |payment: &Value| payment["Payment_Date"].as_str().unwrap().to_owned();
        if newest.get(&student).is_none_or(|known| day(known) <= day(&payment)) {
            newest.insert(student, payment);
        }
    }
    newest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_payment_is_in_the_profile() {
    for kind in kinds() {
        let school = School::new(kind, 40).await;
        complete(&school, &BASE).await;
        // The organisation has no status; its remark is used as one.
        school.map("payments", "payment_status", "Note").await;
        complete(&school, &["payments"]).await;
        for (student, payment) in newest(&school).await {
            let last = format!(
                "{} {}",
                payment["Payment_Date"].as_str().unwrap(),
                payment["Payment_Amount"]
            );
            assert_eq!(profile(&school, &student, "last_payment").await, last);
            assert_eq!(profile(&school, &student, "payment_status").await, "paid");
        }
        settled(&school, &["payments"]).await;

        // An older one changes nothing; a newer one does.
        let registration = school.record("registrations", 6).await;
        let student = looked_up(&registration, "Student_ID");
        let before = profile(&school, &student, "last_payment").await;
        let payment = |day: &str, status: &str| {
            json!({
                "Registration_ID": registration["id"], "Student_ID": student, "Payment_Amount": 77,
                "Payment_Date": day, "Note": status,
            })
        };
        school.add("payments", payment("2020-01-01", "Overdue")).await;
        let run = school.changes("payments").await;
        assert_eq!(told(&run).1[0], 1, "{run}");
        assert_eq!(profile(&school, &student, "last_payment").await, before);
        school.add("payments", payment("2030-01-01", "Pending")).await;
        let run = school.changes("payments").await;
        assert_eq!(told(&run).1[0], 1, "{run}");
        assert_eq!(profile(&school, &student, "last_payment").await, "2030-01-01 77");
        assert_eq!(profile(&school, &student, "payment_status").await, "pending");
        settled(&school, &["payments"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_the_site_lacks_is_not_taken_for_written() {
    for kind in kinds() {
        let school = School::new(kind, 6).await;
        school.options(json!({"profile_fields": ["payment_status"]})).await;
        complete(&school, &BASE).await;
        let run = school.full("payments").await;
        assert_eq!(run["status"], "partial", "{run}");
        let failed = school.items(&run, "items_status=FAILED").await;
        assert_eq!(failed.len(), 6, "one for each student: {failed:?}");
        for item in &failed {
            assert_eq!(item["code"], "MOODLE_VALUE_DROPPED");
            assert!(item["message"].as_str().unwrap().contains("last_payment"), "{item}");
        }
        // With the field the retry succeeds, and nothing is left over.
        school.options(json!({"profile_fields": ["payment_status", "last_payment"]})).await;
        let retry = school.decide(&run, "retry-failed", json!({})).await;
        let retry = school.ended(retry["run_id"].as_str().unwrap()).await;
        assert_eq!(told(&retry), ("completed", [6, 0, 0, 0, 0, 6]), "{retry}");
        for (student, payment) in newest(&school).await {
            let day = payment["Payment_Date"].as_str().unwrap();
            assert!(profile(&school, &student, "last_payment").await.starts_with(day));
        }
        settled(&school, &["payments"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_status_can_suspend_the_enrolments_and_give_them_back() {
    for kind in kinds() {
        let school = School::new(kind, 24).await;
        school.map("payments", "payment_status", "Note").await;
        school.layout("payments", json!({"suspend_on": {"words": ["Overdue"]}})).await;
        complete(
            &school,
            &["programs", "students", "classes", "registrations", "enrollments", "payments"],
        )
        .await;
        let registration = school.record("registrations", 4).await;
        let student = looked_up(&registration, "Student_ID");
        let user = school.one(&format!("users?idnumber={student}")).await["id"].clone();
        let suspended = async |expected: bool| {
            let own = school.moodle(&format!("enrolments?user={user}")).await;
            assert_eq!(own.len(), 2);
            assert!(own.iter().all(|own| own["suspended"] == expected), "{own:?}");
        };
        suspended(false).await;
        let id = school
            .add("payments", json!({
                "Registration_ID": registration["id"], "Student_ID": student, "Payment_Amount": 10,
                "Payment_Date": "2030-01-01", "Note": "Overdue",
            }))
            .await;
        let run = school.changes("payments").await;
        assert_eq!(
            (&run["removals"]["planned"], &run["removals"]["applied"]),
            (&json!(1), &json!(1)),
            "{run}"
        );
        suspended(true).await;
        let others = school.moodle("enrolments").await;
        assert_eq!(others.iter().filter(|own| own["suspended"] == true).count(), 2);
        settled(&school, &["payments", "enrollments"]).await;

        // A change of the enrolment itself does not reactivate it.
        let own = school.records("enrollments").await;
        let own = own.iter().find(|own| looked_up(own, "Enrolled_Students") == student).unwrap();
        school
            .change("enrollments", own["id"].as_str().unwrap(), json!({"End_Date": "2031-01-01"}))
            .await;
        complete(&school, &["enrollments"]).await;
        suspended(true).await;

        // A newer payment that does not suspend reactivates them, and its deletion does not suspend them again.
        let newer = json!({
            "Registration_ID": registration["id"], "Student_ID": student, "Payment_Amount": 10,
            "Payment_Date": "2030-02-01", "Note": "Paid",
        });
        let newer = school.add("payments", newer).await;
        complete(&school, &["payments"]).await;
        suspended(false).await;
        school.change("payments", &newer, json!({"Note": "Overdue"})).await;
        complete(&school, &["payments"]).await;
        suspended(true).await;
        school.change("payments", &newer, json!({"Note": "Paid"})).await;
        complete(&school, &["payments"]).await;
        suspended(false).await;
        // It turns out to be older: the other one, which did not change, counts again.
        school.change("payments", &newer, json!({"Payment_Date": "2029-01-01"})).await;
        complete(&school, &["payments"]).await;
        school.idle().await;
        suspended(true).await;
        assert_eq!(profile(&school, &student, "last_payment").await, "2030-01-01 10");
        assert_eq!(profile(&school, &student, "payment_status").await, "overdue");

        school.change("payments", &id, json!({"Note": "Confirmed"})).await;
        complete(&school, &["payments"]).await;
        suspended(false).await;
        settled(&school, &["payments", "enrollments"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn units_and_payments_can_be_records_of_a_plug_in() {
    for kind in kinds() {
        let school = School::new(kind, 6).await;
        school.options(json!({"plugin": true})).await;
        school.layout("units", json!({"target": "record"})).await;
        complete(&school, &["units"]).await;
        let unit = school.record("units", 0).await;
        let id = unit["id"].as_str().unwrap();
        let definitions = school.moodle("plugin_definitions").await;
        assert_eq!(definitions.len(), 16);
        assert!(
            definitions.iter().any(|row| row["zoho_id"] == id && row["name"] == unit["Name"]),
            "{definitions:?}"
        );
        settled(&school, &["units"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statuses_that_suspend_may_be_named_later_and_taken_back() {
    for kind in kinds() {
        let school = School::new(kind, 24).await;
        school.map("payments", "payment_status", "Note").await;
        let registration = school.record("registrations", 4).await;
        let student = looked_up(&registration, "Student_ID");
        school
            .add("payments", json!({
                "Registration_ID": registration["id"], "Student_ID": student, "Payment_Amount": 10,
                "Payment_Date": "2030-01-01", "Note": "Overdue",
            }))
            .await;
        let modules =
            ["programs", "students", "classes", "registrations", "enrollments", "payments"];
        complete(&school, &modules).await;
        let user = school.one(&format!("users?idnumber={student}")).await["id"].clone();
        let others = school.moodle("enrolments").await.len() - 2;
        for (words, suspended) in [(json!(["Overdue"]), true), (json!([]), false)] {
            school.layout("payments", json!({"suspend_on": {"words": words}})).await;
            complete(&school, &["payments"]).await;
            let own = school.moodle(&format!("enrolments?user={user}")).await;
            assert_eq!(own.len(), 2);
            assert!(own.iter().all(|own| own["suspended"] == suspended), "{words} {own:?}");
            let all = school.moodle("enrolments").await;
            let active = all.iter().filter(|own| own["suspended"] == false).count();
            assert_eq!(active, others + if suspended { 0 } else { 2 }, "nobody else");
            settled(&school, &["enrollments", "payments"]).await;
        }
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_was_booked_on_the_wrong_student_moves() {
    for kind in kinds() {
        let school = School::new(kind, 24).await;
        complete(&school, &BASE).await;
        let (from, to) =
            (school.record("registrations", 3).await, school.record("registrations", 9).await);
        let payment = json!({
            "Registration_ID": from["id"], "Student_ID": looked_up(&from, "Student_ID"), "Payment_Amount": 41,
            "Payment_Date": "2030-01-01",
        });
        let id = school.add("payments", payment).await;
        complete(&school, &["payments"]).await;
        let last = async |registration: &Value| {
            profile(&school, &looked_up(registration, "Student_ID"), "last_payment").await
        };
        assert_eq!(last(&from).await, "2030-01-01 41");
        let moved =
            json!({"Registration_ID": to["id"], "Student_ID": looked_up(&to, "Student_ID")});
        school.change("payments", &id, moved).await;
        let run = school.changes("payments").await;
        assert_eq!(run["status"], "completed", "{run} {:?}", school.items(&run, "").await);
        assert_eq!(last(&to).await, "2030-01-01 41");
        school.idle().await;
        assert_ne!(last(&from).await, "2030-01-01 41", "what was before counts again");
        settled(&school, &["payments"]).await;
        school.stop().await;
    }
}
