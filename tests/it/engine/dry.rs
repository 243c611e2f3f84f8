//! Dry runs: nothing is written, and the real run does what they say.

use {
    crate::harness::{
        db::kinds,
        foresight::{Outcomes, compare},
        school::{School, told},
    },
    serde_json::json,
    sigma_sync_sandbox::Options,
};

/// Runs everything dry and then really, and compares.
async fn comes_true(school: &School) -> Outcomes {
    let seen = compare(school).await;
    assert_eq!(seen.written, 0);
    for name in &seen.asked {
        let writes = ["create", "update", "add", "delete", "enrol_users", "record"];
        assert!(!writes.iter().any(|verb| name.contains(verb)), "a dry run called {name}");
    }
    let (wrong, records) = (seen.wrong.len(), seen.records);
    assert!(
        wrong * 1_000 <= records,
        "{wrong} of {records} differ, such as {:?}",
        seen.wrong.first()
    );
    let (planned, made) = (seen.planned, seen.made);
    assert!((planned - made).abs() * 20 <= made, "{planned} calls were foreseen, {made} were made");
    seen.done
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dry_run_says_comes_true() {
    for kind in kinds() {
        let options = Options { students: 300, broken_every: 50, ..Options::default() };
        let school = School::with(kind, options, &[]).await;
        school.layout("enrollments", json!({"removal_action": "unenrol"})).await;
        let first = comes_true(&school).await;
        let new = first.values().filter(|(status, _)| status == "NEW").count();
        assert!(new > 1_500, "{new}");

        // Changes of every kind: fields, a move, ends, deletions, a name that is taken, new records.
        for number in 0..40 {
            school
                .change("students", number, json!({"Phone_Number": format!("+999 {number}")}))
                .await;
        }
        school.change("students", 41, json!({"Status": "Suspended"})).await;
        let other = school.id("classes", 2).await;
        school.change("enrollments", 0, json!({"Classes": other})).await;
        school.change("registrations", 3, json!({"Registration_Status": "Withdraw"})).await;
        school.change("programs", 1, json!({"Product_Name": "Another name"})).await;
        school.change("classes", 4, json!({"Class_Short_Name": "SCI-101"})).await;
        school.delete("enrollments", 9, false).await;
        school.delete("enrollments", 11, true).await;
        school.add("students", json!({
            "Academic_Email": "new.one@college.example", "Display_Name": "New One", "Status": "Active",
        })).await;
        let second = comes_true(&school).await;
        let count = |word: &str| second.values().filter(|(status, _)| status == word).count();
        assert!(
            count("UPDATED") >= 45 && count("NEW") == 1,
            "{} {}",
            count("UPDATED"),
            count("NEW")
        );

        // If nothing is to be done, the dry run reports nothing.
        let third = comes_true(&school).await;
        assert_eq!(
            third.values().filter(|(status, _)| status == "NEW" || status == "UPDATED").count(),
            0
        );
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_beside_a_real_one_leaves_no_trace() {
    for kind in kinds() {
        let school = School::new(kind, 200).await;
        let dry = school.start("students", json!({"dry_run": true})).await;
        let real = school.start("students", json!({})).await;
        assert_ne!(dry, real);
        let (dry, real) = (school.ended(&dry).await, school.ended(&real).await);
        assert_eq!(told(&real), ("completed", [200, 0, 0, 0, 0, 200]), "{real}");
        assert_eq!(dry["dry_run"], true);
        assert_eq!(told(&dry).1[5], 200, "{dry}");
        let modules = school.client.get("/v1/extension/modules").await.json();
        assert_eq!(modules[0]["last_run_count"], 200);
        // A planned removal is neither carried out nor held.
        school.layout("students", json!({"removal_action": "suspend"})).await;
        for number in 0..60 {
            school.delete("students", number, true).await;
        }
        school.forget().await;
        let dry = school.run("students", json!({"dry_run": true})).await;
        assert_ne!(dry["status"], "held");
        assert_eq!(dry["removals"]["planned"], 60, "{dry}");
        assert_eq!(school.writes("moodle").await, 0);
        assert_eq!(school.full("students").await["status"], "held");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_comes_true_where_classes_are_groups_and_payments_suspend() {
    for kind in kinds() {
        let school = School::new(kind, 120).await;
        school.layout("classes", json!({"target": "group"})).await;
        school.layout("enrollments", json!({"removal_action": "unenrol"})).await;
        school.map("enrollments", "enrollment_status", "Class_Teacher").await;
        school.map("payments", "payment_status", "Note").await;
        let payments = json!({"suspend_on": {"words": ["Overdue"]}, "removal_action": "unenrol"});
        school.layout("payments", payments).await;
        for number in [5, 20] {
            school
                .change(
                    "payments",
                    number,
                    json!({"Note": "Overdue", "Payment_Date": "2031-01-01"}),
                )
                .await;
        }
        comes_true(&school).await;

        let payments = school.records("payments").await;
        for (number, note) in [(2, "Overdue"), (5, "Confirmed")] {
            school
                .change("payments", number, json!({"Note": note, "Payment_Date": "2032-01-01"}))
                .await;
        }
        let other = payments[40]["Registration_ID"]["id"].clone();
        school
            .change("payments", 9, json!({"Registration_ID": other, "Payment_Date": "2033-01-01"}))
            .await;
        // Payments that leave their student: moved, deleted, and overdue ones.
        let other = payments[50]["Registration_ID"]["id"].clone();
        school.change("payments", 20, json!({"Registration_ID": other})).await;
        school.delete("payments", 30, false).await;
        school.delete("payments", 31, true).await;
        school.change("enrollments", 4, json!({"Class_Teacher": "Withdraw"})).await;
        let class = school.id("classes", 1).await;
        school.change("enrollments", 0, json!({"Classes": class})).await;
        school.change("classes", 0, json!({"Class_Name": "Renamed"})).await;
        school.delete("enrollments", 9, false).await;
        let changed = comes_true(&school).await;
        let count = changed.values().filter(|(status, _)| status == "UPDATED").count();
        assert!(count >= 7, "{count}");
        school.idle().await;
        comes_true(&school).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_comes_true_where_accounts_are_only_linked_and_programs_are_courses() {
    for kind in kinds() {
        let school = School::new(kind, 100).await;
        // Half of the accounts exist already, created by hand.
        for number in 0..50 {
            let email = school.record("students", number).await["Academic_Email"].clone();
            let (email, username) =
                (email.as_str().unwrap().to_lowercase(), format!("old{number}"));
            school
                .call(
                    "core_user_create_users",
                    &[
                        ("users[0][username]", &username),
                        ("users[0][email]", &email),
                        ("users[0][firstname]", "A"),
                        ("users[0][lastname]", "B"),
                        ("users[0][createpassword]", "1"),
                    ],
                )
                .await;
        }
        school
            .layout(
                "students",
                json!({
                    "create_users": false, "match_by": "email", "removal_action": "suspend",
                }),
            )
            .await;
        school.layout("programs", json!({"target": "course"})).await;
        school
            .layout("registrations", json!({"target": "enrolment", "removal_action": "suspend"}))
            .await;
        let first = comes_true(&school).await;
        let linked =
            first.iter().filter(|(key, (status, _))| key.0 == "students" && status == "NEW");
        assert_eq!(linked.count(), 50);
        school.change("students", 3, json!({"Status": "Suspended"})).await;
        school.change("students", 60, json!({"Phone_Number": "+999 5"})).await;
        school.change("registrations", 3, json!({"Registration_Status": "Withdraw"})).await;
        school.delete("registrations", 7, false).await;
        school.delete("students", 8, false).await;
        comes_true(&school).await;
        school.idle().await;
        comes_true(&school).await;
        school.stop().await;
    }
}
