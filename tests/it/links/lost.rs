//! Moodle restored from an older copy under the same address, or emptied: whole runs stop before they write, and a run that
//! looks at everything asks before it makes everything again.

use {
    super::{ALL, settled, synced},
    crate::harness::{db::kinds, school::told},
    serde_json::json,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_site_stops_whole_runs_and_is_rebuilt_on_approval() {
    for kind in kinds() {
        let school = synced(kind, 60, &["programs"]).await;
        school.backup("early").await;
        for module in &ALL[1..] {
            assert_eq!(school.full(module).await["status"], "completed", "{module}");
        }
        let counts = school.counts().await;
        school.put_back("early").await;
        assert_eq!(school.counts().await["users"], 0);
        school.forget().await;

        school.change("students", 1, json!({"Phone_Number": "+999 1"})).await;
        for module in &ALL[1..] {
            for body in [json!({}), json!({"dry_run": true})] {
                let run = school.run(module, body).await;
                assert_eq!(told(&run), ("failed", [0; 6]), "{module}: {run}");
                let detail = school.detail(&run).await;
                assert_eq!(detail.error_code(), "TARGET_LOST", "{module}: {run}");
                assert!(detail.error_summary().contains("--scope verify"), "{detail:?}");
            }
        }
        let run = school.full("programs").await;
        assert_eq!(run["status"], "completed", "what is there goes on: {run}");
        assert_eq!(school.writes("moodle").await, 0, "{}", school.ledger().await);

        // Each module asks, even where the brake on changes is off.
        school.unbraked("students").await;
        for module in &ALL[1..] {
            let run = school.run(module, json!({"scope": "verify"})).await;
            if *module == "payments" {
                assert_ne!(run["status"], "failed", "{module}: {run}");
                continue;
            }
            assert_eq!(run["status"], "held", "{module}: {run}");
            assert_eq!(run["changes"]["kind"], "lost", "{module}: {run}");
            assert_eq!(school.writes("moodle").await, 0, "{module}");
            let planned = run["changes"]["planned"].clone();
            let approved = school.decide(&run, "approve", json!({"changes": planned})).await;
            assert_eq!(approved["changes"]["approved"], planned, "{approved}");
            let run = school.ended(run["run_id"].as_str().unwrap()).await;
            assert_eq!(run["status"], "completed", "{module}: {run}");
            school.idle().await;
            school.forget().await;
        }
        for module in &ALL[1..] {
            let run = school.run(module, json!({"scope": "verify"})).await;
            assert_eq!(run["status"], "completed", "{module}: {run}");
        }
        assert_eq!((school.counts().await, school.duplicates().await), (counts, 0));
        settled(&school, &ALL).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_that_are_given_out_again_lead_to_nobody_else() {
    for kind in kinds() {
        let school = synced(kind, 30, &[]).await;
        school.backup("empty").await;
        assert_eq!(school.full("students").await["status"], "completed");
        school.put_back("empty").await;
        // Others have come, and got the numbers of students.
        for number in 0..30 {
            let wish = json!({"username": format!("other{number}"), "email": format!("other{number}@x.example"),
                "firstname": "Other", "lastname": "Person"});
            school.account(wish).await;
        }
        let before = school.moodle("users").await;
        let run = school.full("students").await;
        assert_eq!(school.detail(&run).await.error_code(), "TARGET_LOST", "{run}");
        let run = school.run("students", json!({"scope": "verify"})).await;
        assert_eq!((&run["status"], &run["changes"]["planned"]), (&json!("held"), &json!(30)));
        school.decide(&run, "approve", json!({"changes": 30})).await;
        let run = school.ended(run["run_id"].as_str().unwrap()).await;
        assert_eq!((&run["status"], told(&run).1[0]), (&json!("completed"), 30), "{run}");
        let after = school.moodle("users").await;
        assert_eq!((after.len(), &after[..30]), (60, &before[..]), "nobody else was touched");
        settled(&school, &["students"]).await;
        school.stop().await;
    }
}

/// What is made again gets numbers that the links of other lost records still have.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_that_shift_among_the_lost_are_no_hindrance() {
    for kind in kinds() {
        let school = synced(kind, 25, &["students"]).await;
        school.backup("early").await;
        for number in 0..8 {
            let fields = json!({"Name": format!("N{number}"), "Academic_Email": format!("new.{number}@school.example"),
                "Display_Name": format!("New {number}"), "First_Name": "New", "Last_Name": format!("N{number}"),
                "Status": "Active"});
            school.add("students", fields).await;
        }
        assert_eq!(told(&school.full("students").await).1[0], 8);
        school.put_back("early").await;
        let wish = json!({"username": "other", "email": "other@x.example", "firstname": "Other",
            "lastname": "Person"});
        school.account(wish).await;
        let run = school.run("students", json!({"scope": "verify"})).await;
        assert_eq!((&run["status"], &run["changes"]["planned"]), (&json!("held"), &json!(8)));
        school.decide(&run, "approve", json!({"changes": 8})).await;
        let run = school.ended(run["run_id"].as_str().unwrap()).await;
        assert_eq!((&run["status"], told(&run).1[0]), (&json!("completed"), 8), "{run}");
        assert_eq!((school.moodle("users").await.len(), school.duplicates().await), (34, 0));
        settled(&school, &["students"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_few_that_are_gone_stop_nothing() {
    for kind in kinds() {
        let school = synced(kind, 40, &["students"]).await;
        for (number, lost) in [
            (0, false),
            (1, false),
            (2, false),
            (3, false),
            (4, false),
            (5, false),
            (6, false),
            (7, false),
            (8, true),
        ] {
            let id = school.id("students", number).await;
            let account = school.one(&format!("users?idnumber={id}")).await["id"].to_string();
            school.take_away(&format!("users/{account}")).await;
            let run = school.full("students").await;
            let told = school.detail(&run).await.error_code().to_owned();
            assert_eq!(told == "TARGET_LOST", lost, "{number}: {run}");
        }
        // Eight of forty are no more than a fifth; a ninth is.
        let run = school.run("students", json!({"scope": "verify"})).await;
        assert_eq!((&run["status"], &run["changes"]["kind"]), (&json!("held"), &json!("lost")));
        school.decide(&run, "discard", json!({})).await;
        let run = school.full("students").await;
        assert_eq!(school.detail(&run).await.error_code(), "TARGET_LOST", "it stays: {run}");
        school.stop().await;
    }
}
