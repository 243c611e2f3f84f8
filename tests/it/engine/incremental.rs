//! Reads of changes: only what changed, an overlap without cost, and deletions.

use {
    crate::harness::{
        db::kinds,
        eventually,
        school::{School, calls, told},
    },
    serde_json::json,
};

const LIST: &str = "GET /crm/v8/BTEC_Students";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_of_changes_reads_what_changed() {
    for kind in kinds() {
        let school = School::new(kind, 1_000).await;
        // Without a whole read before it there is nothing to build on: the first one is whole.
        assert_eq!(told(&school.changes("students").await).1, [1_000, 0, 0, 0, 0, 1_000]);
        school.forget().await;
        for number in [3, 400, 999] {
            school.change("students", number, json!({"Phone_Number": "+999 5"})).await;
        }
        // The school's records are 20 s apart: 29 others lie within ten minutes before the last one, which changed.
        let run = school.changes("students").await;
        assert_eq!(told(&run), ("completed", [0, 29, 3, 0, 0, 32]), "{run}");
        let ledger = school.ledger().await;
        assert_eq!(calls(&ledger, "zoho", LIST), 1, "{ledger}");
        assert_eq!(school.writes("moodle").await, 3);

        // Idle reads see the overlap of the last change and write nothing.
        school.forget().await;
        for _ in 0..3 {
            let run = school.changes("students").await;
            assert_eq!(told(&run), ("completed", [0, 3, 0, 0, 0, 3]), "{run}");
        }
        let ledger = school.ledger().await;
        assert_eq!((calls(&ledger, "zoho", LIST), school.writes("moodle").await), (3, 0));

        // Longer ago than the overlap: only the newest change itself is read again.
        school.later(3_600).await;
        school.change("students", 5, json!({"Phone_Number": "+999 6"})).await;
        let run = school.changes("students").await;
        assert_eq!(told(&run).1, [0, 3, 1, 0, 0, 4], "the watermark is that of the source");
        let run = school.changes("students").await;
        assert_eq!(told(&run).1, [0, 1, 0, 0, 0, 1]);

        // A change without a trace is found by a whole read only.
        let silent = format!("students/{}", 7);
        school.unseen(&silent, json!({"Phone_Number": "+999 7"})).await;
        assert_eq!(told(&school.changes("students").await).1[2], 0);
        assert_eq!(told(&school.full("students").await).1, [0, 999, 1, 0, 0, 1_000]);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_changes_are_read_page_by_page_and_told_once() {
    for kind in kinds() {
        let school = School::new(kind, 900).await;
        school.unbraked("students").await;
        school.full("students").await;
        school.later(86_400).await;
        for number in 0..850 {
            school.change("students", number, json!({"Phone_Number": "+999 5"})).await;
        }
        school.forget().await;
        // The page token expires during the read: the read starts again and reports no record twice.
        let fault =
            json!({"target": "zoho", "kind": "expired_page_token", "function": LIST, "skip": 2});
        school.fault(fault).await;
        let run = school.changes("students").await;
        let (status, [new, unchanged, updated, failed, ..]) = told(&run);
        assert_eq!((status, new, updated, failed), ("completed", 0, 850, 0), "{run}");
        assert!(unchanged <= 30, "{run}");
        let items = school.items(&run, "").await;
        let mut ids: Vec<&str> =
            items.iter().map(|item| item["zoho_id"].as_str().unwrap()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), items.len(), "each record once");
        assert_eq!(school.faults().await[0]["fired"], 1);
        assert_eq!(school.writes("moodle").await, 850);

        // The same for a whole read, which continues after the last stored record.
        school.mend().await;
        school.forget().await;
        let fault =
            json!({"target": "zoho", "kind": "expired_page_token", "function": LIST, "skip": 2});
        school.fault(fault).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 900, 0, 0, 0, 900]), "{run}");
        assert_eq!(school.faults().await[0]["fired"], 1);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deletion_is_not_lost_with_a_read_that_broke_off() {
    for kind in kinds() {
        let school = School::new(kind, 300).await;
        school.layout("students", json!({"removal_action": "suspend"})).await;
        school.full("students").await;
        let gone = school.id("students", 10).await;
        school.delete("students", 10, false).await;
        // The changes were read until long after the deletion; the list of deleted records was not.
        school.later(7_200).await;
        school.change("students", 5, json!({"Phone_Number": "+999 6"})).await;
        let deleted = format!("{LIST}/deleted");
        let fault = json!({
            "target": "zoho", "kind": "status", "status": 500, "times": 0, "function": deleted,
        });
        school.fault(fault).await;
        let run = school.start("students", json!({"scope": "changes"})).await;
        let struck = async || (school.faults().await[0]["fired"] != 0).then_some(());
        eventually("the failed read", struck).await;
        school.decide(&school.state(&run).await, "cancel", json!({})).await;
        assert_eq!(school.ended(&run).await["status"], "cancelled");
        school.mend().await;
        let run = school.changes("students").await;
        assert_eq!(run["removals"]["applied"], 1, "{run}");
        assert_eq!(school.one(&format!("users?idnumber={gone}")).await["suspended"], true);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deletions_come_from_the_list_of_the_deleted_or_from_a_whole_read() {
    for kind in kinds() {
        let school = School::new(kind, 400).await;
        school.layout("students", json!({"removal_action": "suspend"})).await;
        school.full("students").await;
        let (seen, unseen) = (school.id("students", 10).await, school.id("students", 20).await);
        school.delete("students", 10, false).await;
        school.delete("students", 20, true).await;
        let run = school.changes("students").await;
        assert_eq!(
            (&run["removals"]["planned"], &run["removals"]["applied"]),
            (&json!(1), &json!(1)),
            "{run}"
        );
        assert_eq!(school.one(&format!("users?idnumber={seen}")).await["suspended"], true);
        assert_ne!(school.one(&format!("users?idnumber={unseen}")).await["suspended"], true);
        let run = school.full("students").await;
        assert_eq!(
            (&run["status"], &run["removals"]["applied"]),
            (&json!("completed"), &json!(1)),
            "{run}"
        );
        assert_eq!(school.one(&format!("users?idnumber={unseen}")).await["suspended"], true);
        // Once is enough.
        school.forget().await;
        school.changes("students").await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 398, 0, 0, 0, 398]), "{run}");
        assert_eq!(school.writes("moodle").await, 0);
        school.stop().await;
    }
}
