//! Payments that suspend a student and then go away: booked on another student, or deleted. Their effects are undone,
//! and the newest remaining payment counts.

use {
    super::{complete, looked_up, payment::profile, settled},
    crate::harness::{
        db::{Kind, kinds},
        school::{School, told},
    },
    serde_json::{Value, json},
};

const MODULES: [&str; 6] =
    ["programs", "students", "classes", "registrations", "enrollments", "payments"];

/// A school where an overdue payment suspends; the student of a registration has no payment.
async fn school_with(kind: Kind, registrations: std::ops::Range<u32>) -> (School, Vec<Value>) {
    let school = School::new(kind, 24).await;
    school.map("payments", "payment_status", "Note").await;
    school.map("enrollments", "enrollment_status", "Class_Teacher").await;
    school.layout("payments", json!({"suspend_on": {"words": ["Overdue"]}})).await;
    let mut chosen = Vec::new();
    for number in registrations {
        let registration = school.record("registrations", number).await;
        let student = looked_up(&registration, "Student_ID");
        for payment in school.records("payments").await {
            if looked_up(&payment, "Student_ID") == student {
                school.delete("payments", payment["id"].as_str().unwrap(), true).await;
            }
        }
        chosen.push(registration);
    }
    (school, chosen)
}

/// Books a payment.
async fn pay(school: &School, registration: &Value, day: &str, note: &str) -> String {
    school
        .add("payments", json!({
            "Registration_ID": registration["id"], "Student_ID": looked_up(registration, "Student_ID"),
            "Payment_Amount": 10, "Payment_Date": day, "Note": note,
        }))
        .await
}

/// Returns the two profile fields of the student of a registration, and how many enrolments are suspended.
async fn seen(school: &School, registration: &Value) -> (String, String, usize) {
    let student = looked_up(registration, "Student_ID");
    let user = school.one(&format!("users?idnumber={student}")).await["id"].clone();
    let own = school.moodle(&format!("enrolments?user={user}")).await;
    assert_eq!(own.len(), 2, "{own:?}");
    let suspended = own.iter().filter(|own| own["suspended"] == true).count();
    let status = profile(school, &student, "payment_status").await;
    (status, profile(school, &student, "last_payment").await, suspended)
}

fn state(status: &str, last: &str, suspended: usize) -> (String, String, usize) {
    (status.to_owned(), last.to_owned(), suspended)
}

/// Runs the changed payments, and the runs that follow by themselves; returns the removals of all of them, planned
/// and applied.
async fn changes(school: &School) -> (i64, i64) {
    let before = school.runs("").await.len();
    let run = school.changes("payments").await;
    assert_eq!(run["status"], "completed", "{run} {:?}", school.items(&run, "").await);
    school.idle().await;
    let runs = school.runs("").await;
    let new = runs.get(..runs.len() - before).unwrap();
    let sum = |what: &str| new.iter().filter_map(|run| run["removals"][what].as_i64()).sum();
    (sum("planned"), sum("applied"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_left_by_the_only_payment_is_barred_no_longer() {
    for kind in kinds() {
        let (school, chosen) = school_with(kind, 4..5).await;
        let (from, to) = (&chosen[0], school.record("registrations", 9).await);
        let payment = pay(&school, from, "2030-01-01", "Overdue").await;
        complete(&school, &MODULES).await;
        assert_eq!(seen(&school, from).await, state("overdue", "2030-01-01 10", 2));
        // One of the enrolments ends by itself as well.
        let student = looked_up(from, "Student_ID");
        let own = school.records("enrollments").await;
        let own = own.iter().find(|own| looked_up(own, "Enrolled_Students") == student).unwrap();
        let ended = json!({"Class_Teacher": "Withdraw"});
        school.change("enrollments", own["id"].as_str().unwrap(), ended).await;
        complete(&school, &["enrollments"]).await;

        let moved =
            json!({"Registration_ID": to["id"], "Student_ID": looked_up(&to, "Student_ID")});
        school.change("payments", &payment, moved).await;
        assert_eq!(changes(&school).await, (1, 1), "the other student loses access");
        assert_eq!(seen(&school, &to).await, state("overdue", "2030-01-01 10", 2));
        assert_eq!(seen(&school, from).await, state("", "", 1), "what ended by itself stays so");
        settled(&school, &["enrollments", "payments"]).await;

        // The registration belonged to the first student after all, with all its payments.
        school
            .change("registrations", to["id"].as_str().unwrap(), json!({"Student_ID": student}))
            .await;
        complete(&school, &["registrations", "payments"]).await;
        school.idle().await;
        assert_eq!(seen(&school, from).await, state("overdue", "2030-01-01 10", 2));
        assert_eq!(seen(&school, &to).await, state("", "", 0));
        settled(&school, &["enrollments", "payments"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_payment_that_stays_counts_when_a_newer_one_moves_away() {
    for kind in kinds() {
        for (stays, status, suspended) in [("Overdue", "overdue", 2), ("Paid", "paid", 0)] {
            let (school, chosen) = school_with(kind, 4..6).await;
            let (from, to) = (&chosen[0], &chosen[1]);
            pay(&school, from, "2030-01-01", stays).await;
            let other = if suspended == 0 { "Overdue" } else { "Paid" };
            let newer = pay(&school, from, "2030-02-01", other).await;
            complete(&school, &MODULES).await;
            assert_eq!(seen(&school, from).await.2, 2 - suspended);
            let moved =
                json!({"Registration_ID": to["id"], "Student_ID": looked_up(to, "Student_ID")});
            school.change("payments", &newer, moved).await;
            assert_eq!(changes(&school).await, (1, 1), "one of them loses access");
            assert_eq!(seen(&school, from).await, state(status, "2030-01-01 10", suspended));
            assert_eq!(seen(&school, to).await.2, 2 - suspended);
            settled(&school, &["enrollments", "payments"]).await;
            school.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_is_gone_is_passed_over_when_a_newer_one_moves_away() {
    for kind in kinds() {
        let (school, chosen) = school_with(kind, 4..6).await;
        let (from, to) = (&chosen[0], &chosen[1]);
        let mut older = Vec::new();
        for day in ["2030-01-01", "2030-01-02", "2030-01-03"] {
            older.push(pay(&school, from, day, "Paid").await);
        }
        let newest = pay(&school, from, "2030-02-01", "Overdue").await;
        complete(&school, &MODULES).await;
        // Kept, because no other action is set: only the newest is visible anyway.
        school.delete("payments", &older[2], false).await;
        school.delete("payments", &older[1], false).await;
        assert_eq!(changes(&school).await, (0, 0));
        assert_eq!(seen(&school, from).await, state("overdue", "2030-02-01 10", 2));
        let moved = json!({"Registration_ID": to["id"], "Student_ID": looked_up(to, "Student_ID")});
        school.change("payments", &newest, moved).await;
        assert_eq!(changes(&school).await, (1, 1));
        assert_eq!(seen(&school, from).await, state("paid", "2030-01-01 10", 0));
        // In the end only deleted payments are left.
        school.delete("payments", &older[0], false).await;
        let student = looked_up(to, "Student_ID");
        let last = pay(&school, from, "2030-01-04", "Paid").await;
        assert_eq!(changes(&school).await, (0, 0));
        let moved = json!({"Registration_ID": to["id"], "Student_ID": student});
        school.change("payments", &last, moved).await;
        assert_eq!(changes(&school).await, (0, 0));
        assert_eq!(seen(&school, from).await, state("", "", 0));
        assert_eq!(seen(&school, to).await, state("overdue", "2030-02-01 10", 2));
        settled(&school, &["enrollments", "payments"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_overdue_payments_that_come_together_bar() {
    for kind in kinds() {
        let (school, chosen) = school_with(kind, 4..5).await;
        pay(&school, &chosen[0], "2030-01-01", "Overdue").await;
        pay(&school, &chosen[0], "2030-02-01", "Overdue").await;
        complete(&school, &MODULES).await;
        assert_eq!(seen(&school, &chosen[0]).await, state("overdue", "2030-02-01 10", 2));
        settled(&school, &["enrollments", "payments"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_payment_counts_no_longer_where_the_school_says_so() {
    for kind in kinds() {
        let (school, chosen) = school_with(kind, 4..5).await;
        let own = &chosen[0];
        let paid = pay(&school, own, "2030-01-01", "Paid").await;
        let mistake = pay(&school, own, "2030-02-01", "Overdue").await;
        complete(&school, &MODULES).await;
        let barred = state("overdue", "2030-02-01 10", 2);
        assert_eq!(seen(&school, own).await, barred);

        // The module keeps what its action says.
        school.delete("payments", &mistake, false).await;
        assert_eq!(changes(&school).await, (0, 0));
        complete(&school, &["payments"]).await;
        assert_eq!(seen(&school, own).await, barred);

        // A whole read notices its absence, and the one before counts again.
        school.layout("payments", json!({"removal_action": "unenrol"})).await;
        let run = school.full("payments").await;
        assert_eq!((told(&run).0, &run["removals"]["applied"]), ("completed", &json!(1)), "{run}");
        school.idle().await;
        assert_eq!(seen(&school, own).await, state("paid", "2030-01-01 10", 0));
        settled(&school, &["enrollments", "payments"]).await;

        // The one before was overdue: that takes access away, and is a removal by itself.
        let overdue = pay(&school, own, "2030-03-01", "Overdue").await;
        assert_eq!(changes(&school).await, (1, 1));
        let newer = pay(&school, own, "2030-04-01", "Paid").await;
        assert_eq!(changes(&school).await, (0, 0));
        assert_eq!(seen(&school, own).await, state("paid", "2030-04-01 10", 0));
        school.delete("payments", &newer, false).await;
        assert_eq!(changes(&school).await, (2, 2));
        assert_eq!(seen(&school, own).await, state("overdue", "2030-03-01 10", 2));
        settled(&school, &["enrollments", "payments"]).await;

        // Without any payment there is nothing to show and no student to suspend; an older one goes unnoticed.
        school.delete("payments", &paid, false).await;
        assert_eq!(changes(&school).await, (1, 1));
        assert_eq!(seen(&school, own).await, state("overdue", "2030-03-01 10", 2));
        school.delete("payments", &overdue, false).await;
        assert_eq!(changes(&school).await, (1, 1));
        assert_eq!(seen(&school, own).await, state("", "", 0));
        settled(&school, &["enrollments", "payments"]).await;
        let user = looked_up(own, "Student_ID");
        let user = school.one(&format!("users?idnumber={user}")).await;
        assert_ne!(user["suspended"], true, "the account is nobody's to suspend here");

        // The first payment after that starts again.
        pay(&school, own, "2030-05-01", "Overdue").await;
        assert_eq!(changes(&school).await, (1, 1));
        assert_eq!(seen(&school, own).await, state("overdue", "2030-05-01 10", 2));
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_deleted_payments_wait_for_an_approval_and_so_does_what_follows() {
    for kind in kinds() {
        let (school, chosen) = school_with(kind, 0..12).await;
        let mut newer = Vec::new();
        for own in &chosen {
            pay(&school, own, "2030-01-01", "Overdue").await;
            newer.push(pay(&school, own, "2030-02-01", "Paid").await);
        }
        complete(&school, &MODULES).await;
        school.layout("payments", json!({"removal_action": "unenrol"})).await;
        for payment in &newer {
            school.delete("payments", payment, false).await;
        }
        let barred = async || {
            let all = school.moodle("enrolments").await;
            all.iter().filter(|own| own["suspended"] == true).count()
        };
        let run = school.changes("payments").await;
        assert_eq!((&run["status"], &run["removals"]["planned"]), (&json!("held"), &json!(12)));
        assert_eq!(seen(&school, &chosen[0]).await, state("paid", "2030-02-01 10", 0));
        school.decide(&run, "approve", json!({"removals": 12})).await;
        school.idle().await;
        assert_eq!(barred().await, 0, "that the older ones are overdue waits once more");
        let held = school.runs("status=held").await;
        assert_eq!((held.len(), &held[0]["removals"]["planned"]), (1, &json!(12)), "{held:?}");
        school.decide(&held[0], "approve", json!({"removals": 12})).await;
        school.idle().await;
        assert_eq!(barred().await, 24);
        assert_eq!(seen(&school, &chosen[0]).await, state("overdue", "2030-01-01 10", 2));
        settled(&school, &["enrollments", "payments"]).await;
        school.stop().await;
    }
}
