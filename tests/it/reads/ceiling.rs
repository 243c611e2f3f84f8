//! Lists that are longer than their pages reach. Zoho's pages end at 100,000 records; here they end earlier, which the
//! connector learns by the answer.

use {
    super::{COQL, LIST, everybody_has_an_account, told_once},
    crate::harness::{
        db::kinds,
        school::{School, calls, told},
    },
    serde_json::json,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_module_that_is_longer_than_its_pages_is_read_whole_and_again() {
    for kind in kinds() {
        let school = School::new(kind, 2_300).await;
        school.layout("students", json!({"removal_action": "suspend"})).await;
        school.options(json!({"page_token_reach": 400})).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [2_300, 0, 0, 0, 0, 2_300]), "{run}");
        assert_eq!(told_once(&school, &run).await.len(), 2_300);
        everybody_has_an_account(&school).await;
        assert_eq!(school.duplicates().await, 0);

        // Removals by absence are found behind the ceiling, too, and no other record is absent.
        school.forget().await;
        for number in [10, 399, 400, 2_299] {
            school.delete("students", number, true).await;
        }
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 2_296, 4, 0, 0, 2_300]), "{run}");
        assert_eq!(run["removals"]["applied"], 4, "{run}");
        // A dry run reads the same.
        let run = school.run("students", json!({"dry_run": true})).await;
        assert_eq!(told(&run), ("completed", [0, 2_296, 0, 0, 0, 2_296]), "{run}");
        let ledger = school.ledger().await;
        assert!(calls(&ledger, "zoho", COQL) > 0, "{ledger}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_transform_keeps_a_module_from_being_read_whole() {
    for kind in kinds() {
        let school = School::new(kind, 450).await;
        school.options(json!({"page_token_reach": 200})).await;
        for module in
            ["programs", "units", "students", "classes", "registrations", "enrollments", "payments"]
        {
            let all = school.records(module).await.len();
            for _ in 0..2 {
                let run = school.full(module).await;
                assert_eq!(run["status"], "completed", "{module}: {run}");
                assert_eq!(told_once(&school, &run).await.len(), all, "{module}: {run}");
            }
        }
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_changes_than_pages_reach_arrive_in_one_run() {
    for kind in kinds() {
        let school = School::new(kind, 1_100).await;
        school.unbraked("students").await;
        school.full("students").await;
        school.options(json!({"page_token_reach": 400})).await;
        // Many moments: each window of pages begins where the one before ended.
        school.later(86_400).await;
        for part in 0..10 {
            school.touch("students", part * 100, 100, json!({"Phone_Number": "+999 5"})).await;
            school.later(2).await;
        }
        school.forget().await;
        let run = school.changes("students").await;
        let (status, [new, unchanged, updated, failed, ..]) = told(&run);
        assert_eq!((status, new, updated, failed), ("completed", 0, 1_000, 0), "{run}");
        assert!(unchanged <= 31, "{run}");
        told_once(&school, &run).await;
        assert!(calls(&school.ledger().await, "zoho", LIST) < 20, "pages, not single records");

        // One moment: no window divides what changed at once.
        school.later(86_400).await;
        school.touch("students", 0, 1_100, json!({"Phone_Number": "+999 6"})).await;
        let run = school.changes("students").await;
        assert_eq!(told(&run), ("completed", [0, 0, 1_100, 0, 0, 1_100]), "{run}");
        told_once(&school, &run).await;
        let run = school.changes("students").await;
        assert_eq!(told(&run).1[2], 0, "{run}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lies_behind_the_ceiling_may_be_deleted_while_it_is_read() {
    for kind in kinds() {
        let school = School::new(kind, 1_000).await;
        school.layout("students", json!({"removal_action": "suspend"})).await;
        school.options(json!({"page_token_reach": 400, "position_tokens": true})).await;
        // The first record behind the ceiling, while the last page before it is read, and one that has been named but not
        // read yet.
        for (skip, record) in [(1, 400), (3, 460)] {
            school
                .fault(json!({
                    "target": "zoho", "kind": "then_delete", "function": LIST, "skip": skip,
                    "records": [record],
                }))
                .await;
        }
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [998, 0, 0, 0, 0, 998]), "{run}");
        assert!(school.faults().await.iter().all(|fault| fault["fired"] == 1));
        everybody_has_an_account(&school).await;
        school.mend().await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [0, 998, 0, 0, 0, 998]), "{run}");
        school.stop().await;
    }
}
