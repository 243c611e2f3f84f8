//! What is answered to a decision about a run that comes without a number, too late, or together with others.

use {
    crate::harness::{
        cli::{out, sigma},
        db::kinds,
        school::School,
    },
    serde_json::{Value, json},
};

/// A school with a run that is held with removals and with changes.
async fn held(kind: crate::harness::db::Kind) -> (School, Value) {
    let school = School::new(kind, 100).await;
    for number in 0..40 {
        school.change("students", number, json!({"Status": "Active"})).await;
    }
    assert_eq!(school.full("students").await["status"], "completed");
    school.map("students", "phone", "Emergency_Phone_Number").await;
    for number in 10..40 {
        school.change("students", number, json!({"Status": "Suspended"})).await;
    }
    let run = school.full("students").await;
    assert_eq!(run["status"], "held", "{run}");
    for what in ["removals", "changes"] {
        assert!(run[what]["held_reason"].is_string(), "{what}: {run}");
    }
    (school, run)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_without_a_number_is_told_what_waits() {
    for kind in kinds() {
        let (school, run) = held(kind).await;
        let id = run["run_id"].as_str().expect("an id");
        let planned = |what: &str| run[what]["planned"].as_i64().expect("a count");
        let told = |what: &str| {
            let most = planned(what);
            format!("{most} {what}: sigma-sync runs approve {id} --{what} {most}")
        };
        let approve = |args: &[&str]| {
            let output =
                sigma(&school.db, &school.app.url, &[&["runs", "approve", id], args].concat());
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            (output.status.code(), said, out(&output))
        };
        let (code, said, shown) = approve(&[]);
        assert_eq!((code, shown.as_str()), (Some(2), ""), "{said}");
        assert!(said.contains(&told("removals")) && said.contains(&told("changes")), "{said}");

        let most = planned("removals").to_string();
        assert_eq!(approve(&["--removals", &most]).0, Some(0));
        assert_eq!(school.ended(id).await["status"], "held");
        let (code, said, _) = approve(&[]);
        assert_eq!(code, Some(2), "{said}");
        assert!(!said.contains("removals:") && said.contains(&told("changes")), "{said}");
        let (code, said, _) = approve(&["--removals", &most]);
        assert_eq!(code, Some(5), "{said}");
        assert!(said.contains(&format!("at most {most} removals were approved")), "{said}");
        assert!(said.contains("RUN_DECIDED"), "{said}");

        assert_eq!(approve(&["--changes", &planned("changes").to_string()]).0, Some(0));
        assert_eq!(school.ended(id).await["status"], "completed");
        let (code, said, _) = approve(&[]);
        assert_eq!(code, Some(5), "{said}");
        assert!(said.contains("RUN_NOT_HELD") && said.contains("completed"), "{said}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_decisions_at_one_moment_the_others_are_told_of_the_first() {
    for kind in kinds() {
        let (school, run) = held(kind).await;
        let id = run["run_id"].as_str().expect("an id");
        let path = |verb: &str| format!("/v1/extension/runs/{id}/{verb}");
        let decide = async |verb: &str, body: Value| {
            let path = path(verb);
            let posts = (0..8).map(|_| school.client.post(&path, &body));
            futures_util::future::join_all(posts).await
        };
        let told = |answers: &[crate::harness::client::Answer], decision: &str| {
            let first = answers.iter().filter(|answer| answer.status == 200).count();
            assert_eq!(first, 1);
            for late in answers.iter().filter(|answer| answer.status != 200) {
                assert_eq!(late.status, 400, "{}", late.text);
                assert_eq!(late.header("x-sigma-error"), "RUN_DECIDED", "{}", late.text);
                assert!(late.detail().contains(decision), "{}", late.text);
            }
        };
        let answers = decide("approve", json!({"removals": 7})).await;
        told(&answers, "at most 7 removals were approved by the key");
        assert_eq!(school.ended(id).await["status"], "held");
        let answers = decide("discard", json!({})).await;
        told(&answers, "they were discarded by the key");
        // A run of which nothing ever waited has its state told.
        let plain = school.full("programs").await;
        let id = plain["run_id"].as_str().expect("an id");
        let path = format!("/v1/extension/runs/{id}/approve");
        let refused = school.client.post(&path, &json!({"removals": 1})).await;
        assert_eq!(refused.header("x-sigma-error"), "RUN_NOT_HELD", "{}", refused.text);
        assert!(refused.detail().contains("completed"), "{}", refused.text);
        school.stop().await;
    }
}
