//! Records that are deleted or edited while a list is read whose pages count positions: what slides over the border of two
//! pages is in neither.

use {
    super::{LIST, everybody_has_an_account, told_once},
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::{Value, json},
};

/// After the first page, records that it showed are changed.
fn behind_the_reader(kind: &str, skip: u32, records: std::ops::Range<u32>) -> Value {
    let records: Vec<u32> = records.collect();
    json!({"target": "zoho", "kind": kind, "function": LIST, "skip": skip, "records": records})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_read_misses_nobody_when_records_are_deleted_meanwhile() {
    for kind in kinds() {
        let school = School::new(kind, 1_000).await;
        school.layout("students", json!({"removal_action": "suspend"})).await;
        school.options(json!({"position_tokens": true})).await;
        school.fault(behind_the_reader("then_delete", 0, 0..41)).await;
        school.fault(behind_the_reader("then_delete", 2, 500..501)).await;
        let run = school.full("students").await;
        // Those that were deleted behind the reader's back were read before.
        assert_eq!(told(&run), ("completed", [1_000, 0, 0, 0, 0, 1_000]), "{run}");
        told_once(&school, &run).await;
        everybody_has_an_account(&school).await;
        assert_eq!(school.duplicates().await, 0);

        // The same again, now that all are known: a record that slides is neither absent nor told twice.
        school.mend().await;
        school.fault(behind_the_reader("then_delete", 0, 41..50)).await;
        let run = school.full("students").await;
        let (status, [new, unchanged, updated, failed, ..]) = told(&run);
        assert_eq!((status, new, failed), ("completed", 0, 0), "{run}");
        // Suspended are the 42 of before, and those of now as far as the list of the deleted shows them already.
        assert!(updated >= 42 && unchanged + updated >= 1_000, "{run}");
        let suspended = school.moodle("users").await;
        let suspended = suspended.iter().filter(|user| user["suspended"] == true).count();
        assert_eq!(i64::try_from(suspended).unwrap(), run["removals"]["applied"].as_i64().unwrap());
        assert!((42..=51).contains(&suspended), "{run}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_of_changes_misses_nobody_when_records_are_edited_or_deleted_meanwhile() {
    for kind in kinds() {
        for meddled in ["then_edit", "then_delete"] {
            let school = School::new(kind, 900).await;
            school.unbraked("students").await;
            school.full("students").await;
            school.options(json!({"position_tokens": true})).await;
            school.later(86_400).await;
            school.touch("students", 0, 850, json!({"Phone_Number": "+999 5"})).await;
            // Longer ago than any overlap, when the edits come. The first call finds its access token expired.
            school.later(7_200).await;
            school.fault(behind_the_reader(meddled, 1, 0..40)).await;
            let run = school.changes("students").await;
            let (status, [new, _, updated, failed, ..]) = told(&run);
            assert_eq!(
                (status, new, updated, failed),
                ("completed", 0, 850, 0),
                "{meddled}: {run}"
            );
            assert_eq!(school.faults().await[0]["fired"], 1);
            school.mend().await;
            let run = school.changes("students").await;
            assert_eq!(told(&run).1[2], 0, "nothing was left for it: {run}");
            let run = school.full("students").await;
            assert_eq!(told(&run).1[2], 0, "nothing was left for it: {run}");
            school.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_that_begins_anew_still_misses_nobody() {
    for kind in kinds() {
        let school = School::new(kind, 1_000).await;
        school.options(json!({"position_tokens": true})).await;
        school.fault(behind_the_reader("then_delete", 0, 0..5)).await;
        let expired =
            json!({"target": "zoho", "kind": "expired_page_token", "function": LIST, "skip": 2});
        school.fault(expired).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [1_000, 0, 0, 0, 0, 1_000]), "{run}");
        told_once(&school, &run).await;
        everybody_has_an_account(&school).await;
        school.stop().await;
    }
}
