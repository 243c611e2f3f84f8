//! Records that Zoho leaves out of its lists unless it is asked for them: those that wait for an approval, and converted ones.

use {
    super::found,
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::{Value, json},
};

async fn suspended(school: &School) -> usize {
    let users = school.moodle("users").await;
    users.iter().filter(|user| user["suspended"] == true).count()
}

async fn hide_some(school: &School) {
    for number in 0..10 {
        let why = if number < 5 { "waiting" } else { "converted" };
        school.hide("students", number, why).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_for_an_approval_or_was_converted_keeps_the_account() {
    for kind in kinds() {
        let school = School::new(kind, 450).await;
        school.layout("students", json!({"removal_action": "suspend"})).await;
        school.full("students").await;
        hide_some(&school).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 450, 0, 0, 0, 450]), "{run}");
        assert!(run["removals"].is_null(), "{run}");
        assert_eq!(suspended(&school).await, 0);
        // By their ids, singly and as changes they are read as well.
        let ids = [school.id("students", 1).await, school.id("students", 7).await];
        let run = school.run("students", json!({ "ids": ids })).await;
        assert_eq!(told(&run), ("completed", [0, 2, 0, 0, 0, 2]), "{run}");
        school.later(7_200).await;
        school.change("students", 1, json!({"Phone_Number": "+999 5"})).await;
        assert_eq!(told(&school.changes("students").await).1[2], 1);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_zoho_refuses_to_show_them_absence_removes_nobody() {
    for kind in kinds() {
        let school = School::new(kind, 450).await;
        school.layout("students", json!({"removal_action": "suspend"})).await;
        school.full("students").await;
        school.options(json!({"filters": "refused"})).await;
        hide_some(&school).await;
        let listed = school.id("students", 20).await;
        school.delete("students", 20, false).await;
        school.delete("students", 21, true).await;
        let run = school.full("students").await;
        let (status, [new, unchanged, updated, failed, ..]) = told(&run);
        assert_eq!((status, new, unchanged, updated, failed), ("completed", 0, 438, 1, 0), "{run}");
        // What Zoho says was deleted is removed nevertheless.
        assert_eq!(run["removals"]["applied"], 1, "{run}");
        assert_eq!(suspended(&school).await, 1);
        assert_eq!(school.one(&format!("users?idnumber={listed}")).await["suspended"], true);
        assert!(!found(&run, "ABSENCE_UNPROVEN").is_empty());
        assert_eq!(run["error_summary"], Value::Null, "{run}");

        // Where it shows them again, absence tells.
        school.options(json!({"filters": "honoured"})).await;
        let run = school.full("students").await;
        assert_eq!((&run["status"], &run["removals"]["applied"]), (&json!("completed"), &json!(1)));
        assert_eq!(run["error_summary"], Value::Null, "{run}");
        assert_eq!(suspended(&school).await, 2);
        school.stop().await;
    }
}
