//! Calls that PHP cuts, answers with text beside them, and what a site allows.

use {
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::json,
};

/// A site whose `max_input_vars` is below what a call may hold drops the end of a call without a word.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_php_cuts_loses_nothing() {
    for kind in kinds() {
        let school = School::new(kind, 130).await;
        school.options(json!({"max_input_vars": 150})).await;
        for module in ["programs", "students", "classes", "enrollments", "registrations"] {
            let run = school.full(module).await;
            let (status, [new, _, _, failed, ..]) = told(&run);
            assert_eq!((status, failed), ("completed", 0), "{module}: {run}");
            assert!(new > 0, "{module}: {run}");
        }
        let ledger = school.ledger().await;
        assert!(ledger["moodle"]["forms_cut"].as_u64().unwrap() > 0, "{}", ledger["moodle"]);

        // All of them are changed, and once the limit is known no call is cut any more.
        school.forget().await;
        let students = school.records("students").await;
        for own in &students {
            let fields = json!({"Address": "Another street 5", "City": "Amman"});
            school.change("students", own["id"].as_str().unwrap(), fields).await;
        }
        let run = school.full("students").await;
        assert_eq!((told(&run).0, told(&run).1[3]), ("completed", 0), "{run}");
        let ledger = school.ledger().await;
        assert_eq!(ledger["moodle"]["forms_cut"], 0, "{}", ledger["moodle"]);
        school.forget().await;
        let run = school.full("students").await;
        assert_eq!((told(&run).0, told(&run).1[2]), ("completed", 0), "{run}");
        assert_eq!(school.writes("moodle").await, 0);

        // A token that is not known is that, however long the call was.
        school.options(json!({"moodle_token": "unknown"})).await;
        for own in &students {
            let fields = json!({"First_Name": "Another"});
            school.change("students", own["id"].as_str().unwrap(), fields).await;
        }
        let run = school.full("students").await;
        assert_eq!(
            (&run["status"], school.detail(&run).await.error_code()),
            (&json!("failed"), "MOODLE_TOKEN_INVALID")
        );
        school.stop().await;
    }
}
