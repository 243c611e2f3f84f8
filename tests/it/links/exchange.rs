//! Unique values that change hands: right in one run, whatever the order of the ids is, and no value in between is left behind.

use {
    super::{settled, synced},
    crate::harness::{
        db::kinds,
        eventually,
        school::{School, calls, told},
    },
    serde_json::json,
};

/// Returns the addresses of students in Moodle by their numbers.
async fn addresses(school: &School, numbers: &[u32]) -> Vec<String> {
    let mut found = Vec::new();
    for number in numbers {
        let id = school.id("students", *number).await;
        let user = school.one(&format!("users?idnumber={id}")).await;
        found.push(user["email"].as_str().expect("an address").to_owned());
    }
    found
}

/// Gives the students the addresses of others: the first gets that of the second, and so on around.
async fn pass_on(school: &School, numbers: &[u32]) -> Vec<String> {
    let mut own = Vec::new();
    for number in numbers {
        own.push(school.record("students", *number).await["Academic_Email"].clone());
    }
    own.rotate_left(1);
    for (number, address) in numbers.iter().zip(&own) {
        school.change("students", *number, json!({"Academic_Email": address})).await;
    }
    own.iter().map(|address| address.as_str().expect("one").to_ascii_lowercase()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn students_exchange_and_pass_on_their_addresses_in_any_order() {
    for kind in kinds() {
        let school = synced(kind, 40, &["students"]).await;
        school.unbraked("students").await;
        school.full("students").await;
        for numbers in
            [[1, 2].as_slice(), &[2, 1], &[3, 4, 5], &[5, 4, 3], &[7, 6, 8], &[10, 14, 11, 13, 12]]
        {
            let wanted = pass_on(&school, numbers).await;
            let run = school.changes("students").await;
            assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{numbers:?}: {run}");
            assert_eq!(addresses(&school, numbers).await, wanted, "{numbers:?}");
        }
        // A chain: the last one takes an address that is free.
        for numbers in [[20, 21, 22], [25, 24, 23]] {
            let mut wanted = pass_on(&school, &numbers).await;
            let fresh = format!("fresh{}@college.example", numbers[0]);
            school.change("students", numbers[2], json!({"Academic_Email": fresh})).await;
            wanted[2] = fresh;
            let run = school.changes("students").await;
            assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{numbers:?}: {run}");
            assert_eq!(addresses(&school, &numbers).await, wanted, "{numbers:?}");
        }
        nothing_in_between(&school).await;
        settled(&school, &["students"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_keeps_a_value_is_left_alone() {
    for kind in kinds() {
        let school = synced(kind, 20, &["students"]).await;
        // Another account has the address, and a student who does not change.
        let wish = json!({"username": "hand", "email": "hand@college.example", "firstname": "A",
            "lastname": "B"});
        school.account(wish).await;
        let kept = school.record("students", 9).await["Academic_Email"].clone();
        school.change("students", 1, json!({"Academic_Email": "hand@college.example"})).await;
        school.change("students", 2, json!({"Academic_Email": kept})).await;
        let before = addresses(&school, &[1, 2, 9]).await;
        school.forget().await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("partial", [0, 18, 0, 2, 0, 20]), "{run}");
        for item in school.items(&run, "items_status=FAILED").await {
            assert_eq!(item["code"], "MOODLE_EMAIL_TAKEN", "{item}");
        }
        assert_eq!(addresses(&school, &[1, 2, 9]).await, before);
        let asked = calls(&school.ledger().await, "moodle", "core_user_update_users");
        assert!(asked <= 2, "{asked} calls");
        nothing_in_between(&school).await;
        school.stop().await;
    }
}

/// No account or course has a value that was only given in between.
async fn nothing_in_between(school: &School) {
    for (what, field) in [("users", "email"), ("users", "username"), ("courses", "shortname")] {
        for object in school.moodle(what).await {
            let value = object[field].as_str().unwrap_or_default().to_owned();
            assert!(!value.starts_with("sigma-sync-"), "{object}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_slices_as_well() {
    for kind in kinds() {
        // Slices of a list hold 600 records.
        let school = synced(kind, 1_300, &["students"]).await;
        school.unbraked("students").await;
        let pairs: [&[u32]; 4] = [&[1, 1_250], &[1_251, 2], &[3, 700, 1_252], &[1_253, 4, 701]];
        let mut wanted = Vec::new();
        for numbers in pairs {
            wanted.push(pass_on(&school, numbers).await);
        }
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 1_290, 10, 0, 0, 1_300]), "{run}");
        for (numbers, wanted) in pairs.iter().zip(wanted) {
            assert_eq!(addresses(&school, numbers).await, wanted, "{numbers:?}");
        }
        nothing_in_between(&school).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn user_names_and_short_names_too() {
    for kind in kinds() {
        let school = synced(kind, 20, &["programs", "students", "classes"]).await;
        for module in ["students", "classes"] {
            school.unbraked(module).await;
        }
        school.layout("students", json!({"rename_users": true})).await;
        for module in ["students", "classes"] {
            school.full(module).await;
        }
        let mut more = Vec::new();
        pass_on(&school, &[1, 2]).await;
        let run = school.full("students").await;
        assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{run}");
        for number in [1, 2] {
            let id = school.id("students", number).await;
            let user = school.one(&format!("users?idnumber={id}")).await;
            let mail = user["email"].as_str().unwrap();
            let name = user["username"].as_str().unwrap();
            assert!(mail.starts_with(name.split('@').next().unwrap()), "{user}");
        }
        // A new student takes the address that another one gives up.
        let given = school.record("students", 10).await["Academic_Email"].clone();
        let mut new = school.record("students", 11).await;
        new.as_object_mut().expect("fields").retain(|name, _| {
            ["First_Name", "Last_Name", "Display_Name", "Status"].contains(&name.as_str())
        });
        new["Academic_Email"] = given.clone();
        let new = school.add("students", new).await;
        school.change("students", 10, json!({"Academic_Email": "moved10@college.example"})).await;
        let run = school.changes("students").await;
        assert_eq!(
            (told(&run).0, told(&run).1[3]),
            ("completed", 0),
            "{run} {:?}",
            school.items(&run, "items_status=FAILED").await
        );
        let made = school.one(&format!("users?idnumber={new}")).await;
        assert_eq!(made["email"], given.as_str().unwrap().to_ascii_lowercase());
        for number in 0..3 {
            let class = json!({"Name": format!("CLS-X{number}"), "Class_Name": format!("Class {number}"),
                "Class_Short_Name": format!("X-{number}"), "Start_Date": "2026-09-01", "End_Date": "2027-01-31"});
            more.push(school.add("classes", class).await);
        }
        school.full("classes").await;
        let names = ["X-1", "X-2", "X-0"];
        for (id, name) in more.iter().zip(names) {
            school.change("classes", id, json!({"Class_Short_Name": name})).await;
        }
        let run = school.full("classes").await;
        assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{run}");
        for (id, name) in more.iter().zip(names) {
            let course = school.one(&format!("courses?idnumber={id}")).await;
            assert_eq!(course["shortname"], name, "{course}");
        }
        nothing_in_between(&school).await;
        settled(&school, &["students", "classes"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_killed_leaves_nothing_behind() {
    for kind in kinds() {
        for back in [false, true] {
            let mut school = synced(kind, 20, &["students"]).await;
            let before = addresses(&school, &[1, 2]).await;
            let mut wanted = pass_on(&school, &[1, 2]).await;
            school.options(json!({"moodle_latency_ms": 400})).await;
            let run = school.start("students", json!({})).await;
            eventually("a value in between", async || {
                let users = school.moodle("users").await;
                users
                    .iter()
                    .any(|user| user["email"].to_string().contains("sigma-sync-"))
                    .then_some(())
            })
            .await;
            school.app.process.kill();
            school.options(json!({"moodle_latency_ms": 0})).await;
            if back {
                // The exchange is taken back meanwhile, and the run is not taken up again.
                for (number, address) in [1, 2].into_iter().zip(&before) {
                    school.change("students", number, json!({"Academic_Email": address})).await;
                }
                wanted.clone_from(&before);
                let end = "UPDATE sync_runs SET state = 'failed', finished_at = started_at, lease_ms = 0 WHERE state = 'running' RETURNING 1 AS n";
                assert_eq!(school.query(end).await, Some(1));
            }
            school.restart();
            if back {
                let waits = school.run("students", json!({"scope": "changes"})).await;
                assert_eq!(waits["status"], "completed", "{waits}");
            } else {
                let run = school.ended_within(&run, std::time::Duration::from_secs(120)).await;
                assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{run}");
            }
            assert_eq!(addresses(&school, &[1, 2]).await, wanted, "taken back: {back}");
            nothing_in_between(&school).await;
            settled(&school, &["students"]).await;
            school.stop().await;
        }
    }
}
