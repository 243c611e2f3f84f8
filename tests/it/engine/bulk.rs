//! A first load above ten thousand records goes through Zoho's bulk interface.

use {
    crate::harness::{
        db::kinds,
        school::{School, calls, told},
    },
    serde_json::json,
    std::time::Duration,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_school_of_twelve_thousand_is_read_in_bulk() {
    for kind in kinds() {
        let school = School::new(kind, 12_000).await;
        let run = school.start("students", json!({})).await;
        let run = school.ended_within(&run, Duration::from_secs(400)).await;
        assert_eq!(told(&run), ("completed", [12_000, 0, 0, 0, 0, 12_000]), "{run}");
        let ledger = school.ledger().await;
        assert_eq!(calls(&ledger, "zoho", "GET /crm/v8/BTEC_Students"), 0, "{}", ledger["zoho"]);
        assert!(calls(&ledger, "zoho", "POST /crm/bulk/v8/read") >= 1, "{}", ledger["zoho"]);
        assert_eq!(
            (school.counts().await["users"].clone(), school.duplicates().await),
            (json!(12_000), 0)
        );
        // The values of a file are those of a list: the next whole read, by pages, finds nothing to write.
        school.forget().await;
        let run = school.start("students", json!({})).await;
        let run = school.ended_within(&run, Duration::from_secs(400)).await;
        assert_eq!(told(&run), ("completed", [0, 12_000, 0, 0, 0, 12_000]), "{run}");
        let ledger = school.ledger().await;
        assert_eq!(calls(&ledger, "zoho", "GET /crm/v8/BTEC_Students"), 60);
        assert_eq!(school.writes("moodle").await, 0);
        school.stop().await;
    }
}
