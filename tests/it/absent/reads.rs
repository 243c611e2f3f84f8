//! The other reads of a run: retries, records that waited for a parent, and removals that are checked again.

use {
    super::{ABSENT, all_of_moodle, gone, hidden, lacking, stopped},
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::{Value, json},
};

/// Counts suspended accounts.
async fn suspended(school: &School) -> usize {
    school.moodle("users").await.iter().filter(|user| user["suspended"] == true).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_stops_as_well() {
    for kind in kinds() {
        let school = School::new(kind, 40).await;
        for number in [4, 5] {
            school.change("students", number, json!({"Academic_Email": "nonsense"})).await;
        }
        let run = school.full("students").await;
        assert_eq!(told(&run).1, [38, 0, 0, 2, 0, 40]);
        for number in [4, 5] {
            let email = format!("mended.{number}@college.example");
            school.change("students", number, json!({"Academic_Email": email})).await;
        }
        school.forget().await;
        school.leave_out(json!([gone("students", "Status")])).await;
        let retry = school.decide(&run, "retry", json!({})).await;
        let retry = school.ended(retry["run_id"].as_str().unwrap()).await;
        stopped(&school, &retry, &[("Status", "status")]).await;
        assert_eq!(school.writes("moodle").await, 0);
        school.leave_out(json!([])).await;
        let retry = school.decide(&run, "retry", json!({})).await;
        let retry = school.ended(retry["run_id"].as_str().unwrap()).await;
        assert_eq!(told(&retry), ("completed", [2, 0, 0, 0, 0, 2]), "{retry}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_that_waited_for_a_parent_stop_as_well() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        // Without its program a class goes into the default category; its arrival completes it.
        assert_eq!(school.full("classes").await["status"], "completed");
        let before = school.moodle("courses").await;
        let mut out = hidden("classes", "BTEC_Program");
        out["of"] = json!(["ids"]);
        school.leave_out(json!([out])).await;
        assert_eq!(school.full("programs").await["status"], "completed");
        school.idle().await;
        let runs = school.runs("module=classes&trigger_source=dependency").await;
        assert_eq!(runs.len(), 1, "{runs:?}");
        stopped(&school, &runs[0], &[("BTEC_Program", "program_zoho_id")]).await;
        assert_eq!(school.moodle("courses").await, before);
        // They keep waiting, and the next run takes them.
        school.leave_out(json!([])).await;
        let run = school.changes("classes").await;
        assert_eq!(run["status"], "completed", "{run}");
        let moved = school.moodle("courses").await;
        assert!(
            moved
                .iter()
                .filter(|course| course["idnumber"] != "")
                .all(|course| course["category"] != 1),
            "{moved:?}"
        );
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_removes_nobody_whose_status_is_not_said_any_more() {
    for kind in kinds() {
        let school = School::new(kind, 100).await;
        assert_eq!(told(&school.full("students").await).1[0], 100);
        for number in 0..30 {
            school.change("students", number, json!({"Status": "Suspended"})).await;
        }
        let held = async || {
            let run = school.full("students").await;
            assert_eq!(
                (&run["status"], &run["removals"]["planned"]),
                (&json!("held"), &json!(30)),
                "{run}"
            );
            run
        };
        // None of them has it when they are checked again.
        let run = held().await;
        let before = all_of_moodle(&school).await;
        let mut out = hidden("students", "Status");
        out["of"] = json!(["ids"]);
        school.leave_out(json!([out])).await;
        school.decide(&run, "approve", json!({"removals": 30})).await;
        let run = school.ended(run["run_id"].as_str().unwrap()).await;
        assert_eq!(
            (&run["status"], &run["removals"]["applied"]),
            (&json!("failed"), &json!(0)),
            "{run}"
        );
        assert_eq!(school.detail(&run).await.error_code(), ABSENT);
        assert_eq!(all_of_moodle(&school).await, before);

        // Some of them have it: those without it stay, the others go.
        school.leave_out(json!([])).await;
        let run = held().await;
        let ids = [school.id("students", 3).await, school.id("students", 4).await];
        school.leave_out(json!([lacking("students", "Status", &ids)])).await;
        school.decide(&run, "approve", json!({"removals": 30})).await;
        let run = school.ended(run["run_id"].as_str().unwrap()).await;
        assert_eq!(
            (&run["status"], &run["removals"]["applied"]),
            (&json!("partial"), &json!(28)),
            "{run}"
        );
        let failed: Vec<Value> = school.items(&run, "items_status=FAILED").await;
        assert!(
            failed.len() == 2 && failed.iter().all(|item| item["code"] == ABSENT),
            "{failed:?}"
        );
        assert_eq!(suspended(&school).await, 28);
        school.leave_out(json!([])).await;
        // There were many removals that day: the two wait as well.
        let run = school.full("students").await;
        school.decide(&run, "approve", json!({"removals": 2})).await;
        school.ended(run["run_id"].as_str().unwrap()).await;
        assert_eq!(suspended(&school).await, 30);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_without_a_status_field_is_taken_back() {
    for kind in kinds() {
        let school = School::new(kind, 30).await;
        school.layout("students", json!({"removal_action": "suspend"})).await;
        school.leave_out(json!([gone("students", "Status")])).await;
        assert_eq!(told(&school.full("students").await).1[0], 30);
        // The source returns no records for a while, and the removals are approved.
        school.fault(json!({"target": "zoho", "kind": "no_content", "times": 0})).await;
        let run = school.full("students").await;
        assert_eq!(run["status"], "held", "{run}");
        school.decide(&run, "approve", json!({"removals": 30})).await;
        let run = school.ended(run["run_id"].as_str().unwrap()).await;
        assert_eq!(
            (&run["removals"]["applied"], suspended(&school).await),
            (&json!(30), 30),
            "{run}"
        );
        // They are back: that alone reactivates the accounts, no status is needed.
        school.mend().await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 0, 30, 0, 0, 30]), "{run}");
        assert_eq!(suspended(&school).await, 0);
        school.forget().await;
        assert_eq!(told(&school.full("students").await).1, [0, 30, 0, 0, 0, 30]);
        assert_eq!(school.writes("moodle").await, 0);
        school.stop().await;
    }
}
