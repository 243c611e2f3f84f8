//! Records that are taken out of the recycle bin, with the time of change that they had before.

use {
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::json,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_student_who_is_restored_is_seen_by_the_next_changes() {
    for kind in kinds() {
        let school = School::new(kind, 300).await;
        school.layout("students", json!({"removal_action": "suspend"})).await;
        school.full("students").await;
        let mut gone = Vec::new();
        for number in [10, 20, 30] {
            gone.push(school.id("students", number).await);
            school.delete("students", number, false).await;
        }
        let run = school.changes("students").await;
        assert_eq!(run["removals"]["applied"], 3, "{run}");
        school.later(86_400).await;
        school.restore("students", &gone[0]).await;
        let run = school.changes("students").await;
        assert_eq!((&run["status"], told(&run).1[2]), (&json!("completed"), 1), "{run}");
        for (id, suspended) in gone.iter().zip([false, true, true]) {
            let account = school.one(&format!("users?idnumber={id}")).await;
            assert_eq!(account["suspended"] == true, suspended, "{account}");
        }
        // It is told once, and those who stay away are not told at all.
        let run = school.changes("students").await;
        assert_eq!(told(&run).1[2], 0, "{run}");
        let items = school.items(&run, "").await;
        assert!(items.iter().all(|item| !gone.contains(&item["zoho_id"].as_str().unwrap().into())));
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enrolment_that_is_restored_is_seen_by_the_next_changes() {
    for kind in kinds() {
        let school = School::new(kind, 60).await;
        for module in ["programs", "units", "students", "classes", "enrollments"] {
            assert_eq!(school.full(module).await["status"], "completed", "{module}");
        }
        school.layout("enrollments", json!({"removal_action": "unenrol"})).await;
        let before = school.counts().await["enrolments"].clone();
        let gone = school.id("enrollments", 5).await;
        school.delete("enrollments", 5, false).await;
        let run = school.changes("enrollments").await;
        assert_eq!(run["removals"]["applied"], 1, "{run}");
        assert_ne!(school.counts().await["enrolments"], before);
        school.later(86_400).await;
        school.restore("enrollments", &gone).await;
        let run = school.changes("enrollments").await;
        assert_eq!(run["status"], "completed", "{run}");
        assert_eq!(school.counts().await["enrolments"], before);
        school.stop().await;
    }
}
