//! What a run found and did not finish: a run that is cancelled, held or overtaken leaves it to the next read of changes.

use {
    crate::harness::{
        db::{Kind, kinds},
        eventually,
        school::School,
    },
    serde_json::{Value, json},
};

/// A school whose students are synced, and whose removals suspend.
async fn school(kind: Kind) -> School {
    let school = School::new(kind, 300).await;
    for number in 0..40 {
        school.change("students", number, json!({"Status": "Active"})).await;
    }
    school.layout("students", json!({"removal_action": "suspend"})).await;
    assert_eq!(school.full("students").await["status"], "completed");
    school
}

/// Whether the account of a student is suspended.
async fn suspended(school: &School, student: &str) -> bool {
    school.one(&format!("users?idnumber={student}")).await["suspended"] == true
}

/// Lets Moodle refuse a function until it is mended.
async fn refuse(school: &School, function: &str) {
    let fault = json!({"target": "moodle", "kind": "status", "status": 500, "times": 0, "function": function});
    school.fault(fault).await;
}

/// Starts a run, cancels it once the faults have applied, and mends them after its end.
async fn cancelled(school: &School, scope: Value) -> Value {
    let run = school.start("students", scope).await;
    eventually("the fault", async || (school.faults().await[0]["fired"] != 0).then_some(())).await;
    let run = school.state(&run).await;
    school.decide(&run, "cancel", json!({})).await;
    let run = school.ended(run["run_id"].as_str().expect("an id")).await;
    assert_eq!(run["status"], "cancelled", "{run}");
    school.mend().await;
    run
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ends_that_a_cancelled_run_found_are_left_to_the_next_one() {
    for kind in kinds() {
        let school = school(kind).await;
        for (number, whole) in [(10, false), (11, true), (12, false), (13, true)] {
            let student = school.id("students", number).await;
            if number < 12 {
                school.delete("students", number, false).await;
            } else {
                school.change("students", number, json!({"Status": "Suspended"})).await;
            }
            // No field that is mapped; longer ago than what a read of changes reads again by itself.
            let other = json!({"Emergency_Phone_Number": format!("+999 {number}")});
            school.later(7_200).await;
            school.change("students", 5, other.clone()).await;
            school.later(7_200).await;
            school.change("students", 6, other.clone()).await;
            refuse(&school, "core_user_update_users").await;
            let scope = if whole { json!({}) } else { json!({"scope": "changes"}) };
            cancelled(&school, scope).await;
            assert!(!suspended(&school, &student).await, "{number}");
            let run = school.changes("students").await;
            assert_eq!(run["removals"]["applied"], 1, "{number}: {run}");
            assert!(suspended(&school, &student).await, "{number}: {run}");
        }
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ends_that_wait_are_part_of_the_hold_that_overtakes_theirs() {
    for kind in kinds() {
        let school = school(kind).await;
        for number in 0..35 {
            school.change("students", number, json!({"Status": "Suspended"})).await;
        }
        let first = school.changes("students").await;
        assert_eq!((&first["status"], &first["removals"]["planned"]), (&json!("held"), &json!(35)));
        school.later(7_200).await;
        for number in 35..40 {
            school.change("students", number, json!({"Status": "Suspended"})).await;
        }
        let second = school.changes("students").await;
        assert_eq!(
            (&second["status"], &second["removals"]["planned"]),
            (&json!("held"), &json!(40))
        );
        school.decide(&second, "approve", json!({"removals": 30})).await;
        let id = second["run_id"].as_str().expect("an id");
        assert_eq!(school.ended(id).await["removals"]["applied"], 30);
        // What was not approved is found again, and so is what was found when nothing else changes.
        school.later(7_200).await;
        let third = school.changes("students").await;
        assert_eq!(third["removals"]["planned"], 10, "{third}");
        school.stop().await;
    }
}
