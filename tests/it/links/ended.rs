//! Uses that end by the status alone: memberships that no link leads to, and payments that cannot be read whole.

use {
    super::synced,
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::{Value, json},
};

fn looked_up(record: &Value, field: &str) -> String {
    record[field]["id"].as_str().unwrap_or_else(|| panic!("{field}: {record}")).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_membership_that_no_link_leads_to_is_ended() {
    for kind in kinds() {
        let school = synced(kind, 60, &["programs", "students", "registrations"]).await;
        let members = school.members().await;
        // The database is lost, and with it all links.
        let school = school.anew(kind).await;
        for module in ["programs", "students"] {
            assert_eq!(school.full(module).await["status"], "completed", "{module}");
        }
        let mut ids = Vec::new();
        for number in 0..3 {
            ids.push(school.active_registration(number).await);
        }
        let date = school.record_of("registrations", &ids[1]).await["Registration_Date"].clone();
        for (id, fault) in ids.iter().zip([
            json!({}),
            json!({"Registration_Date": "someday"}),
            json!({"Study_Mode": "x".repeat(300)}),
        ]) {
            let mut change = fault;
            change["Registration_Status"] = json!("Withdraw");
            school.change("registrations", id, change).await;
        }
        school.on_invalid("registrations", "fail").await;
        let run = school.full("registrations").await;
        assert_ne!(run["status"], "failed", "{run}");
        assert_eq!(school.members().await, members - 3, "{run}");
        school.forget().await;
        school.full("registrations").await;
        assert_eq!(school.members().await, members - 3);
        // One that comes back is a member again.
        let back = json!({"Registration_Status": "Active", "Registration_Date": date});
        school.change("registrations", &ids[1], back).await;
        school.full("registrations").await;
        assert_eq!(school.members().await, members - 2);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_suspends_whatever_else_of_it_can_be_read() {
    for kind in kinds() {
        for linked in [true, false] {
            let school = School::new(kind, 24).await;
            school.map("payments", "payment_status", "Note").await;
            school.on_invalid("payments", "fail").await;
            school.layout("payments", json!({"suspend_on": {"words": ["Overdue"]}})).await;
            for module in
                ["programs", "students", "classes", "registrations", "enrollments", "payments"]
            {
                assert_eq!(school.full(module).await["status"], "completed", "{module}");
            }
            let registration = school.record("registrations", 4).await;
            let student = looked_up(&registration, "Student_ID");
            let user = school.one(&format!("users?idnumber={student}")).await["id"].clone();
            let suspended = async |expected: bool| {
                let own = school.moodle(&format!("enrolments?user={user}")).await;
                assert_eq!(own.len(), 2);
                assert!(own.iter().all(|own| own["suspended"] == expected), "{own:?}");
            };
            let good = json!({"Registration_ID": registration["id"], "Student_ID": student,
                "Payment_Amount": 10, "Payment_Date": "2030-01-01", "Note": "Paid"});
            let bad = json!({"Payment_Amount": "ten", "Note": "Overdue"});
            let id = if linked {
                let id = school.add("payments", good.clone()).await;
                assert_eq!(school.changes("payments").await["status"], "completed");
                school.change("payments", &id, bad).await;
                id
            } else {
                let mut own = good.clone();
                own.as_object_mut().unwrap().extend(bad.as_object().cloned().unwrap());
                school.add("payments", own).await
            };
            suspended(false).await;
            let dry = school.run("payments", json!({"scope": "changes", "dry_run": true})).await;
            suspended(false).await;
            let run = school.changes("payments").await;
            suspended(true).await;
            for run in [&dry, &run] {
                let items = school.items(run, "").await;
                let own: Vec<&Value> =
                    items.iter().filter(|item| item["zoho_id"] == id.as_str()).collect();
                assert_eq!(own.len(), 1, "{own:?}");
                assert_eq!(
                    (&own[0]["status"], &own[0]["op"]),
                    (&json!("FAILED"), &json!("suspend")),
                    "{own:?}"
                );
            }
            assert_eq!(run["removals"]["applied"], 1, "{run}");
            let shown = school.account_of(&user.to_string()).await["customfields"].to_string();
            assert!(shown.contains("overdue") && !shown.contains("ten"), "{shown}");
            // It is told again, and nothing more is written.
            school.forget().await;
            let again = school.full("payments").await;
            assert_eq!(told(&again).1[3], 1, "{again}");
            assert_eq!(school.writes("moodle").await, 0, "{}", school.ledger().await);
            suspended(true).await;
            // Corrected and paid, everything is written.
            school.change("payments", &id, good).await;
            assert_eq!(school.changes("payments").await["status"], "completed");
            suspended(false).await;
            school.stop().await;
        }
    }
}
