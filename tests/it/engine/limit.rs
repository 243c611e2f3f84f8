//! Limits of the other systems: throttles, the day's credits, slow slices at a stop.

use {
    crate::harness::{
        app::App,
        db::{Db, Kind, kinds},
        eventually,
        school::{School, told},
    },
    serde_json::{Value, json},
    std::time::{Duration, Instant},
};

async fn attempts(school: &School, run: &str) -> i64 {
    let row =
        school.query(&format!("SELECT attempts AS n FROM sync_runs WHERE run_id = '{run}'")).await;
    row.expect("the run")
}

/// Waits until a system holds the tenant's runs back, and returns why.
async fn blocked(school: &School, system: &str) -> String {
    eventually("the throttle", async || {
        let usage = school.client.get("/v1/extension/usage").await.json();
        let used = usage.as_array()?.iter().find(|one| one["provider"] == system)?.clone();
        let until = used["blocked_until"].as_str()?;
        assert!(until.parse::<chrono::DateTime<chrono::Utc>>().is_ok(), "{used}");
        used["blocked_reason"].as_str().map(str::to_owned)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_throttle_puts_the_run_to_sleep_without_a_try() {
    for kind in kinds() {
        for (target, function, reason) in [
            ("zoho", "GET /crm/v8/BTEC_Students", "ZOHO_THROTTLED"),
            ("moodle", "core_user_create_users", "MOODLE_THROTTLED"),
        ] {
            let school = School::new(kind, 900).await;
            let fault = json!({
                "target": target, "kind": "status", "status": 429, "function": function, "skip": 1, "times": 2,
            });
            school.fault(fault).await;
            let run = school.start("students", json!({})).await;
            assert_eq!(blocked(&school, target).await, reason);
            let state = school.state(&run).await;
            assert_eq!(
                (&state["status"], &state["phase"]),
                (&json!("running"), &json!("queued")),
                "{state}"
            );
            assert_eq!(attempts(&school, &run).await, 0);
            // Another run of the tenant is held back as well.
            let other = school.start("programs", json!({})).await;
            assert_eq!(school.state(&other).await["phase"], "queued");
            if target == "moodle" {
                // Its wait is a minute; a cancelled run does not wait for it.
                assert_eq!(school.decide(&state, "cancel", json!({})).await["status"], "cancelled");
            } else {
                let run = school.ended_within(&run, Duration::from_secs(300)).await;
                assert_eq!(told(&run), ("completed", [900, 0, 0, 0, 0, 900]), "{run}");
                assert_eq!(school.ended(&other).await["status"], "completed");
            }
            assert_eq!(school.duplicates().await, 0);
            school.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_s_credits_hold_runs_back() {
    for kind in kinds() {
        let school = School::new(kind, 450).await;
        let limit = json!({"zoho_daily_credits": 4});
        let answer = school.client.put("/v1/extension/settings", &limit).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        // Three pages, and a query for the number of records.
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [450, 0, 0, 0, 0, 450]), "{run}");
        let usage = school.client.get("/v1/extension/usage").await.json();
        let zoho =
            usage.as_array().unwrap().iter().find(|one| one["provider"] == "zoho").unwrap().clone();
        assert!(zoho["credits"].as_i64().unwrap() >= 3, "{zoho}");
        assert_eq!(zoho["credits_limit"], 3);
        let run = school.start("students", json!({})).await;
        assert_eq!(blocked(&school, "zoho").await, "ZOHO_CREDITS_LOW");
        assert_eq!(attempts(&school, &run).await, 0);
        let state = school.state(&run).await;
        assert_eq!(state["phase"], "queued", "{state}");
        let cancelled = school.decide(&state, "cancel", json!({})).await;
        assert_eq!(cancelled["status"], "cancelled");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_use_tells_how_many_calls_may_be_under_way() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let concurrency = async |args: &[&str]| {
            let app = App::start(&db, args);
            let usage = app.client().get("/v1/extension/usage").await.json();
            let told = usage.as_array().expect("systems").iter();
            told.map(|one| one["concurrency"].as_i64().expect("a number")).collect::<Vec<_>>()
        };
        assert_eq!(concurrency(&[]).await, [5, 2]);
        let file = db.folder.join("seven.toml");
        std::fs::write(&file, "[moodle]\nin_flight = 7\n").expect("a file");
        assert_eq!(concurrency(&["--config", file.to_str().expect("a path")]).await, [5, 7]);
    }
}

/// Stops a server while a slice takes longer than the stop may wait.
async fn drain(kind: Kind) {
    let mut school = School::new(kind, 400).await;
    school.fault(json!({"target": "moodle", "kind": "hang", "delay_ms": 50_000, "function": "core_user_create_users"})).await;
    let run = school.start("students", json!({})).await;
    eventually("the call that hangs", async || {
        school.faults().await.first().filter(|fault| fault["fired"] == 1).map(|_| ())
    })
    .await;
    let since = Instant::now();
    assert_eq!(school.app.process.terminate(), Some(0));
    let took = since.elapsed();
    assert!(took < Duration::from_secs(25), "{took:?}");
    assert_eq!(attempts(&school, &run).await, 0, "a drain is no failed try");
    let state = school.query(&format!("SELECT CASE WHEN state = 'queued' THEN 1 ELSE 0 END AS n FROM sync_runs WHERE run_id = '{run}'")).await;
    assert_eq!(state, Some(1), "given back, not left to its lease");
    school.mend().await;
    let since = Instant::now();
    school.restart();
    let run = school.ended(&run).await;
    assert_eq!(told(&run), ("completed", [400, 0, 0, 0, 0, 400]), "{run}");
    // Before its lease would have expired.
    assert!(since.elapsed() < Duration::from_secs(28), "at once: {:?}", since.elapsed());
    assert_eq!(school.duplicates().await, 0);
    school.stop().await;
}

// Two tests, because each takes long.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_waits_25_seconds_at_most_and_counts_no_try() {
    drain(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_waits_25_seconds_at_most_and_counts_no_try_on_postgres() {
    if kinds().contains(&Kind::Postgres) {
        drain(Kind::Postgres).await;
    }
}

/// A run that is to be cancelled while its tenant is throttled ends at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_run_does_not_wait_for_a_throttle() {
    for kind in kinds() {
        let school = School::new(kind, 50).await;
        school.options(json!({"zoho_latency_ms": 700})).await;
        school.fault(json!({"target": "zoho", "kind": "status", "status": 429, "times": 0, "function": "GET /crm/v8/BTEC_Students"})).await;
        let run = school.start("students", json!({})).await;
        eventually("the read", async || {
            (school.state(&run).await["phase"] == "reading").then_some(())
        })
        .await;
        let since = Instant::now();
        let state: Value = school.state(&run).await;
        school.decide(&state, "cancel", json!({})).await;
        let run = school.ended(&run).await;
        assert_eq!(run["status"], "cancelled", "{run}");
        assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_was_given_back_goes_on_with_the_mappings_that_it_began_with() {
    for kind in kinds() {
        let mut school = School::new(kind, 2_500).await;
        school.options(json!({"zoho_latency_ms": 150})).await;
        let run = school.start("students", json!({})).await;
        eventually("the first slice", async || {
            (school.state(&run).await["phase"] == "writing").then_some(())
        })
        .await;
        school.map("students", "phone", "Emergency_Phone_Number").await;
        assert_eq!(school.app.process.terminate(), Some(0));
        let queued = format!(
            "SELECT count(*) AS n FROM sync_runs WHERE run_id = '{run}' AND state = 'queued'"
        );
        assert_eq!(school.query(&queued).await, Some(1), "given back before its end");
        school.restart();
        let run = school.ended(&run).await;
        assert_eq!(told(&run), ("completed", [2_500, 0, 0, 0, 0, 2_500]), "{run}");
        let versions = "SELECT count(DISTINCT mapping_version) AS n FROM sync_run_items";
        assert_eq!(school.query(versions).await, Some(1), "{kind:?}");
        // The next run takes the new ones.
        school.unbraked("students").await;
        let run = school.full("students").await;
        assert_eq!(told(&run).1[2] + told(&run).1[1], 2_500, "{run}");
        assert_eq!(school.query(versions).await, Some(2), "{kind:?}");
        school.stop().await;
    }
}
