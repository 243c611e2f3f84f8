//! Payments where a site has made the profile fields a check box and a date: they take other forms of the values.

use {
    super::{complete, looked_up, settled},
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::{Value, json},
};

const BASE: [&str; 3] = ["programs", "students", "registrations"];
const TYPED: [&str; 2] = ["payment_status:checkbox", "last_payment:datetime"];
/// The first second of 2030-01-01 in UTC.
const NEW_YEAR: i64 = 1_893_456_000;

/// Returns the profile fields of a student: the text that is stored, by name.
async fn profile(school: &School, student: &str) -> (String, String) {
    let more = school.one(&format!("users?idnumber={student}")).await["more"].clone();
    let of = |name: &str| more[format!("custom:{name}")].as_str().unwrap_or_default().to_owned();
    (of("payment_status"), of("last_payment"))
}

/// A payment of the student of a registration, later than all others.
fn payment(registration: &Value, day: Value, status: &str) -> Value {
    json!({
        "Registration_ID": registration["id"], "Student_ID": looked_up(registration, "Student_ID"),
        "Payment_Amount": 77, "Payment_Date": day, "Note": status,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_box_is_ticked_and_a_date_is_a_day_of_the_sites_clock() {
    for kind in kinds() {
        for offset in [0, 3, -8, 14] {
            let school = School::new(kind, 6).await;
            school.map("payments", "payment_status", "Note").await;
            school.options(json!({"profile_fields": TYPED, "utc_offset_h": offset})).await;
            complete(&school, &BASE).await;
            let run = school.full("payments").await;
            assert_eq!((&run["status"], told(&run).1[3]), (&json!("completed"), 0), "{run}");
            settled(&school, &["payments"]).await;
            let midnight = NEW_YEAR - offset * 3_600;
            let registration = school.record("registrations", 4).await;
            let student = looked_up(&registration, "Student_ID");
            let ids = |run: &Value| (told(run).0.to_owned(), told(run).1[0], told(run).1[3]);
            for (day, status, shown) in
                [(0, "Confirmed", "1"), (1, "Overdue", "0"), (2, "Paid", "1"), (3, "Pending", "0")]
            {
                let date = format!("2030-01-{:02}", day + 1);
                school.add("payments", payment(&registration, json!(date), status)).await;
                let run = school.changes("payments").await;
                assert_eq!(ids(&run), ("completed".to_owned(), 1, 0), "{run}");
                let time = (midnight + day * 86_400).to_string();
                assert_eq!(profile(&school, &student).await, (shown.to_owned(), time), "{run}");
            }
            // Nothing is written again, and a run that looks at everything finds no difference.
            settled(&school, &["payments"]).await;
            school.forget().await;
            let run = school.run("payments", json!({"scope": "verify"})).await;
            assert_eq!((told(&run).0, told(&run).1[2]), ("completed", 0), "{run}");
            assert_eq!(school.writes("moodle").await, 0);
            // What was changed by hand is put right.
            let user = school.one(&format!("users?idnumber={student}")).await["id"].to_string();
            let form = [
                ("users[0][id]", user.as_str()),
                ("users[0][customfields][0][type]", "payment_status"),
                ("users[0][customfields][0][value]", "1"),
                ("users[0][customfields][1][type]", "last_payment"),
                ("users[0][customfields][1][value]", "2031-05-05"),
            ];
            school.call("core_user_update_users", &form).await;
            let run = school.run("payments", json!({"scope": "verify", "dry_run": true})).await;
            assert_eq!((told(&run).0, told(&run).1[2]), ("completed", 1), "{run}");
            school.forget().await;
            let run = school.run("payments", json!({"scope": "verify"})).await;
            assert_eq!((told(&run).0, told(&run).1[2]), ("completed", 1), "{run}");
            let time = (midnight + 3 * 86_400).to_string();
            assert_eq!(profile(&school, &student).await, ("0".to_owned(), time));
            assert_eq!(school.writes("moodle").await, 1, "the forms are known by then");
            school.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_a_field_cannot_hold_costs_only_itself() {
    for kind in kinds() {
        let school = School::new(kind, 6).await;
        school.map("payments", "payment_status", "Note").await;
        school.options(json!({"profile_fields": TYPED})).await;
        complete(&school, &BASE).await;
        complete(&school, &["payments"]).await;
        let registration = school.record("registrations", 4).await;
        let student = looked_up(&registration, "Student_ID");
        let record =
            school.add("payments", payment(&registration, json!("2030-01-01"), "Waived")).await;
        // The row of a status fails its record, unless it says otherwise.
        let run = school.changes("payments").await;
        let failed = school.items(&run, "items_status=FAILED").await;
        assert_eq!(
            (failed.len(), &failed[0]["code"]),
            (1, &json!("MOODLE_VALUE_DROPPED")),
            "{run}"
        );
        assert!(failed[0]["message"].as_str().unwrap().contains("data type"), "{failed:?}");
        school.on_invalid("payments", "drop").await;
        school.change("payments", &record, json!({"Note": "Donated"})).await;
        let run = school.changes("payments").await;
        assert_eq!((told(&run).0, told(&run).1[0], told(&run).1[3]), ("completed", 1, 0), "{run}");
        let warned = school.items(&run, "items_status=WARNED").await;
        let warning =
            json!({"field": "payment_status", "code": "MOODLE_VALUE_DROPPED", "value": "don…"});
        assert_eq!(warned[0]["warnings"], json!([warning]), "{warned:?}");
        let (status, day) = profile(&school, &student).await;
        assert!(
            matches!(status.as_str(), "" | "0") && day == NEW_YEAR.to_string(),
            "{status} {day}"
        );
        settled(&school, &["payments"]).await;

        // Corrected, it is shown.
        school.change("payments", &record, json!({"Note": "Paid"})).await;
        let run = school.changes("payments").await;
        assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{run}");
        assert_eq!(profile(&school, &student).await, ("1".to_owned(), NEW_YEAR.to_string()));
        school.stop().await;
    }
}
