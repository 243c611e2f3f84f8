//! A first load above ten thousand records goes through Zoho's bulk interface.

use {
    crate::harness::{
        db::kinds,
        eventually,
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bulk_read_that_takes_its_time_holds_no_other_run_back() {
    for kind in kinds() {
        let school = School::new(kind, 10_100).await;
        // Zoho never finishes the job.
        school.options(json!({"bulk_polls": 1_000_000})).await;
        let run = school.start("students", json!({})).await;
        eventually("the run that is given back", async || {
            let given_back = format!(
                "SELECT count(*) AS n FROM sync_runs WHERE run_id = '{run}' AND state = 'queued' AND epoch > 0"
            );
            school.query(&given_back).await.filter(|count| *count == 1)
        })
        .await;
        assert!(calls(&school.ledger().await, "zoho", "POST /crm/bulk/v8/read") >= 1);

        let other = school.full("programs").await;
        assert_eq!(other["status"], "completed", "{other}");
        // Only the run itself has to wait.
        assert_eq!(school.query("SELECT count(*) AS n FROM throttles").await, Some(0));
        let usage = school.client.get("/v1/extension/usage").await.json();
        for system in usage.as_array().expect("systems") {
            assert!(
                system["blocked_until"].is_null() && system["blocked_reason"].is_null(),
                "{usage}"
            );
        }
        let waits = school.state(&run).await;
        assert!(waits["finished_at"].is_null(), "{waits}");
        assert_eq!(waits["waiting"]["code"], "ZOHO_BULK_PENDING", "{waits}");
        school.decide(&waits, "cancel", json!({})).await;
        assert_eq!(school.ended(&run).await["status"], "cancelled");
        school.stop().await;
    }
}
