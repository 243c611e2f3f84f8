//! Records whose status ends the use, and of which another field cannot be written: the use ends nevertheless.

use {
    super::{complete, enrolment::enrolment, looked_up, settled},
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::{Value, json},
};

/// Returns the account of a student.
async fn account(school: &School, number: u32) -> Value {
    let id = school.id("students", number).await;
    school.account_with("idnumber", &id).await
}

/// Returns the item of a record.
async fn item(school: &School, run: &Value, id: &str) -> Value {
    let items = school.items(run, "").await;
    let own: Vec<&Value> = items.iter().filter(|item| item["zoho_id"] == id).collect();
    assert_eq!(own.len(), 1, "told once: {own:?}");
    own[0].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_suspended_whatever_else_its_record_says() {
    for kind in kinds() {
        let school = School::new(kind, 60).await;
        school.on_invalid("students", "fail").await;
        complete(&school, &["students"]).await;
        let taken = school.record("students", 50).await["Academic_Email"].clone();
        let faults = [
            (json!({"Phone_Number": "+962 79 123 4567 890 1234"}), "VALUE_TOO_LONG"),
            (json!({"Academic_Email": taken}), "MOODLE_EMAIL_TAKEN"),
            (json!({"Academic_Email": "nobody"}), "EMAIL_INVALID"),
            (json!({"Academic_Email": null}), "MAPPING_REQUIRED_MISSING"),
            (json!({"First_Name": "<b>x</b>"}), "VALUE_HAS_MARKUP"),
        ];
        for scope in ["full", "changes"] {
            for (number, (fault, code)) in (0..).zip(&faults) {
                let number = if scope == "full" { number } else { number + 10 };
                let before = account(&school, number).await;
                let mut change = fault.clone();
                change["Status"] = json!("Suspended");
                school.change("students", number, change).await;
                let run = match scope {
                    "full" => school.full("students").await,
                    _ => school.changes("students").await,
                };
                let id = school.id("students", number).await;
                let told = item(&school, &run, &id).await;
                assert_eq!(
                    (&told["status"], &told["code"], &told["op"]),
                    (&json!("FAILED"), &json!(code), &json!("suspend")),
                    "{told} {run}"
                );
                assert_eq!(run["removals"]["applied"], 1, "{run}");
                let after = account(&school, number).await;
                assert_eq!(after["suspended"], true, "{code}");
                for field in ["email", "username", "firstname", "lastname", "phone1"] {
                    assert_eq!(after[field], before[field], "{code}: {field}");
                }
                // The fault is reported again, and nothing more is written.
                school.forget().await;
                let again = school.full("students").await;
                assert_eq!(item(&school, &again, &id).await["code"], json!(code), "{again}");
                assert_eq!(again["removals"]["applied"].as_i64().unwrap_or(0), 0, "{again}");
                assert_eq!(school.writes("moodle").await, 0, "{}", school.ledger().await);
            }
        }
        // After a correction everything else is written, and the suspension ends.
        let good = json!({"Academic_Email": "right@college.example", "Phone_Number": "+962 6"});
        school.change("students", 1, good).await;
        school.full("students").await;
        let own = account(&school, 1).await;
        assert_eq!(
            (&own["email"], &own["suspended"]),
            (&json!("right@college.example"), &json!(true))
        );
        school.change("students", 1, json!({"Status": "Active"})).await;
        school.full("students").await;
        assert_eq!(account(&school, 1).await["suspended"], false);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_with_other_changes_is_told_once_with_all_of_them() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        complete(&school, &["students"]).await;
        let change = json!({"Status": "Suspended", "Phone_Number": "+962 6 5"});
        school.change("students", 4, change).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 29, 1, 0, 0, 30]), "{run}");
        let id = school.id("students", 4).await;
        let told = item(&school, &run, &id).await;
        assert_eq!(told["op"], "suspend");
        assert_eq!(told["diff"]["status"], json!(["Active", "Suspended"]));
        assert_eq!(told["diff"]["phone"][1], "+962 6 5");
        let own = account(&school, 4).await;
        assert_eq!((&own["suspended"], &own["phone1"]), (&json!(true), &json!("+962 6 5")));
        settled(&school, &["students"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_ends_wait_for_the_brake_whatever_else_is_wrong() {
    for kind in kinds() {
        let school = School::new(kind, 60).await;
        complete(&school, &["students"]).await;
        for number in 0..20 {
            let change = json!({"Status": "Suspended", "Phone_Number": "1".repeat(26)});
            school.change("students", number, change).await;
        }
        school.forget().await;
        let run = school.full("students").await;
        assert_eq!(
            (&run["status"], &run["removals"]["planned"]),
            (&json!("held"), &json!(20)),
            "{run}"
        );
        assert_eq!(school.writes("moodle").await, 0);
        school.decide(&run, "approve", json!({"removals": 20})).await;
        let run = school.ended(run["run_id"].as_str().unwrap()).await;
        assert_eq!(run["removals"]["applied"], 20, "{run}");
        for number in 0..20 {
            assert_eq!(account(&school, number).await["suspended"], true);
        }
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enrolment_is_suspended_whatever_else_its_record_says() {
    for kind in kinds() {
        let school = School::new(kind, 50).await;
        school.map("enrollments", "enrollment_status", "Class_Teacher").await;
        school.on_invalid("enrollments", "fail").await;
        complete(&school, &["programs", "students", "classes"]).await;
        complete(&school, &["enrollments"]).await;
        let gone = "999999999999999999";
        let faults = [
            (json!({"Start_Date": "someday"}), "FAILED"),
            (json!({"Classes": null}), "FAILED"),
            (json!({"Enrolled_Students": null}), "FAILED"),
            (json!({"Classes": gone}), "SKIPPED"),
            (json!({"Enrolled_Students": gone}), "SKIPPED"),
        ];
        for (number, (fault, status)) in (0..).zip(&faults) {
            let before = school.record("enrollments", number).await;
            let was = enrolment(&school, &before).await.expect("enrolled");
            let mut change = fault.clone();
            change["Class_Teacher"] = json!("Withdrawn");
            school.change("enrollments", number, change).await;
            let run = school.full("enrollments").await;
            let own = item(&school, &run, before["id"].as_str().unwrap()).await;
            assert_eq!((&own["status"], &own["op"]), (&json!(status), &json!("suspend")), "{own}");
            let now = enrolment(&school, &before).await.expect("kept");
            assert_eq!(now["suspended"], true, "{fault}");
            assert_eq!((&now["timestart"], &now["timeend"]), (&was["timestart"], &was["timeend"]));
            school.forget().await;
            school.full("enrollments").await;
            assert_eq!(school.writes("moodle").await, 0, "{fault}");
        }
        // Ended and moved in the same edit: the old place ends, and the new one is not opened.
        let before = school.record("enrollments", 20).await;
        let classes = school.records("classes").await;
        let student = looked_up(&before, "Enrolled_Students");
        let all = school.records("enrollments").await;
        let has = |id: &Value| {
            all.iter()
                .any(|one| one["Enrolled_Students"]["id"] == student && one["Classes"]["id"] == *id)
        };
        let other = classes.iter().find(|class| !has(&class["id"])).expect("another class");
        let change = json!({"Classes": other["id"], "Class_Teacher": "Withdrawn"});
        school.change("enrollments", 20, change).await;
        school.full("enrollments").await;
        assert_eq!(enrolment(&school, &before).await.expect("kept")["suspended"], true);
        let after = school.record("enrollments", 20).await;
        assert!(enrolment(&school, &after).await.is_none_or(|own| own["suspended"] == true));
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_membership_ends_whatever_else_its_record_says() {
    for kind in kinds() {
        let school = School::new(kind, 60).await;
        complete(&school, &["programs", "students", "registrations"]).await;
        let members = school.members().await;
        let mut ids = Vec::new();
        for number in 0..3 {
            ids.push(school.active_registration(number).await);
        }
        let faults = [
            json!({"Program": null}),
            json!({"Program": "999999999999999999"}),
            json!({"Registration_Date": "someday"}),
        ];
        for (id, fault) in ids.iter().zip(faults) {
            let mut change = fault;
            change["Registration_Status"] = json!("Withdraw");
            school.change("registrations", id, change).await;
        }
        let run = school.full("registrations").await;
        assert_eq!(run["removals"]["applied"], 3, "{run}");
        assert_eq!(school.members().await, members - 3);
        school.forget().await;
        school.full("registrations").await;
        assert_eq!(school.writes("moodle").await, 0);
        school.stop().await;
    }
}

/// A suspension, and a fault in the rest of the record.
fn faulty() -> [(Value, &'static str); 4] {
    [
        (json!({"Phone_Number": "+962 79 123 4567 890 1234"}), "VALUE_TOO_LONG"),
        (json!({"Academic_Email": "nobody"}), "EMAIL_INVALID"),
        (json!({"Academic_Email": null}), "MAPPING_REQUIRED_MISSING"),
        (json!({"First_Name": "<b>x</b>"}), "VALUE_HAS_MARKUP"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_no_link_leads_to_is_suspended_too() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        complete(&school, &["students"]).await;
        // The database is lost, and with it all links.
        let school = school.anew(kind).await;
        school.on_invalid("students", "fail").await;
        for (number, (fault, _)) in (0..).zip(faulty()) {
            let mut change = fault;
            change["Status"] = json!("Suspended");
            school.change("students", number, change).await;
        }
        let (before, made) = (account(&school, 0).await, school.counts().await);
        // There is no account for it: none is created.
        let nobody = json!({
            "Academic_Email": "new@college.example", "Display_Name": "Some One",
            "Status": "Suspended", "Phone_Number": "1".repeat(30),
        });
        let nobody = school.add("students", nobody).await;
        let dry = school.run("students", json!({"dry_run": true})).await;
        let run = school.full("students").await;
        for (number, (_, code)) in (0..).zip(faulty()) {
            let id = school.id("students", number).await;
            for run in [&dry, &run] {
                let told = item(&school, run, &id).await;
                assert_eq!(
                    (&told["status"], &told["code"], &told["op"]),
                    (&json!("FAILED"), &json!(code), &json!("suspend")),
                    "{told} {run}"
                );
            }
            assert_eq!(account(&school, number).await["suspended"], true, "{code}");
        }
        let told = item(&school, &run, &nobody).await;
        assert_eq!((&told["code"], &told["op"]), (&json!("VALUE_TOO_LONG"), &Value::Null));
        assert_eq!(school.counts().await["users"], made["users"], "{made}");
        let after = account(&school, 0).await;
        for field in ["email", "username", "firstname", "lastname", "phone1"] {
            assert_eq!(after[field], before[field], "{field}");
        }
        // The faults are reported again, and nothing more is written.
        school.forget().await;
        let again = school.full("students").await;
        assert_eq!(again["failed"], run["failed"], "{again}");
        assert_eq!(school.writes("moodle").await, 0, "{}", school.ledger().await);
        // After a correction everything else is written, and the suspension ends.
        school.change("students", 0, json!({"Phone_Number": "+962 6 5"})).await;
        school.full("students").await;
        let own = account(&school, 0).await;
        assert_eq!((&own["phone1"], &own["suspended"]), (&json!("+962 6 5"), &json!(true)));
        school.change("students", 0, json!({"Status": "Active"})).await;
        school.full("students").await;
        assert_eq!(account(&school, 0).await["suspended"], false);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_only_matches_is_suspended_where_the_match_is_proved() {
    for kind in kinds() {
        let school = School::new(kind, 3).await;
        school.on_invalid("students", "fail").await;
        let by_hand = async |name: &str, more: Value| {
            let mut wish = json!({
                "username": name, "email": format!("{name}@college.example"),
                "firstname": "By", "lastname": "Hand",
            });
            wish.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
            school.account(wish).await
        };
        let own = by_hand("a.person", json!({})).await;
        let boss = by_hand("a.manager", json!({"roles": ["manager"]})).await;
        let other = by_hand("an.other", json!({})).await;
        let mut records = Vec::new();
        for (name, username) in [("a.person", ""), ("a.manager", ""), ("elsewhere", "an.other")] {
            let record = json!({
                "Academic_Email": format!("{name}@college.example"), "Display_Name": "Some One",
                "Username": username, "Status": "Suspended", "Phone_Number": "1".repeat(30),
            });
            records.push(school.add("students", record).await);
        }
        let is_open = async |id: &str| school.account_of(id).await["suspended"] == json!(false);
        // Without a matching rule, no account is linked.
        let run = school.full("students").await;
        for id in &records {
            let told = item(&school, &run, id).await;
            assert_eq!((&told["code"], &told["op"]), (&json!("VALUE_TOO_LONG"), &Value::Null));
        }
        assert!(is_open(&own).await && is_open(&boss).await && is_open(&other).await);
        school.layout("students", json!({"match_by": "email"})).await;
        let run = school.full("students").await;
        let codes = ["VALUE_TOO_LONG", "ACCOUNT_PROTECTED", "VALUE_TOO_LONG"];
        for (id, code) in records.iter().zip(codes) {
            assert_eq!(item(&school, &run, id).await["code"], code, "{run}");
        }
        assert_eq!(item(&school, &run, &records[0]).await["op"], "suspend");
        assert!(!is_open(&own).await && is_open(&boss).await && is_open(&other).await);
        let account = school.account_of(&own).await;
        assert_eq!(
            (&account["firstname"], &account["idnumber"]),
            (&json!("By"), &json!(records[0]))
        );
        school.forget().await;
        school.full("students").await;
        assert_eq!(school.writes("moodle").await, 0, "{}", school.ledger().await);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enrolment_that_no_link_leads_to_is_suspended_too() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        school.map("enrollments", "enrollment_status", "Class_Teacher").await;
        complete(&school, &["programs", "students", "classes"]).await;
        complete(&school, &["enrollments"]).await;
        let school = school.anew(kind).await;
        school.map("enrollments", "enrollment_status", "Class_Teacher").await;
        school.on_invalid("enrollments", "fail").await;
        let before = school.record("enrollments", 0).await;
        let fault = json!({"Start_Date": "someday", "Class_Teacher": "Withdrawn"});
        school.change("enrollments", 0, fault).await;
        for module in ["programs", "students", "classes"] {
            school.full(module).await;
        }
        let run = school.full("enrollments").await;
        let told = item(&school, &run, before["id"].as_str().unwrap()).await;
        assert_eq!((&told["status"], &told["op"]), (&json!("FAILED"), &json!("suspend")), "{told}");
        assert_eq!(enrolment(&school, &before).await.expect("kept")["suspended"], true);
        school.forget().await;
        school.full("enrollments").await;
        assert_eq!(school.writes("moodle").await, 0, "{}", school.ledger().await);
        school.change("enrollments", 0, json!({"Start_Date": "2025-09-01"})).await;
        school.full("enrollments").await;
        let after = enrolment(&school, &before).await.expect("kept");
        assert_ne!(after["timestart"], 0, "{after}");
        school.stop().await;
    }
}
