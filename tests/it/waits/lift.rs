//! New settings of a system end the waits for it.

use {
    super::waiting,
    crate::harness::{
        db::kinds,
        school::{School, told},
    },
    serde_json::{Value, json},
    std::time::{Duration, Instant},
};

/// Runs of a throttled tenant wait for about ten minutes; far less is at once.
const AT_ONCE: Duration = Duration::from_secs(120);

async fn set(school: &School, settings: Value) {
    let answer = school.client.put("/v1/extension/settings", &settings).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// What runs wait for of a system, as the use tells.
async fn blocked(school: &School, system: &str) -> Value {
    let usage = school.client.get("/v1/extension/usage").await.json();
    let systems = usage.as_array().expect("systems").iter();
    let own = systems.clone().find(|one| one["provider"] == system).expect("the system");
    own["blocked_reason"].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn corrected_credentials_end_the_wait_for_the_token_server() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        school.fault(json!({"target": "zoho", "kind": "access_denied", "times": 0})).await;
        let run = school.start("students", json!({})).await;
        let wait = waiting(&school, &run, "ZOHO_TOKEN_THROTTLED").await;
        let [since, until] = ["since", "until"].map(|name| {
            let text = wait[name].as_str().unwrap_or_default();
            text.parse::<chrono::DateTime<chrono::Utc>>().expect("a time")
        });
        assert!((until - since).num_seconds() > 500, "{wait}");
        // A run that comes meanwhile waits for the same, and says so.
        let other = school.start("programs", json!({})).await;
        let same = waiting(&school, &other, "ZOHO_TOKEN_THROTTLED").await;
        assert!(same["reason"].as_str().is_some_and(|reason| reason.len() > 20), "{same}");
        school.mend().await;

        // Moodle's token has nothing to do with it.
        set(&school, json!({"moodle_api_token": school.sandbox.credentials().moodle_token})).await;
        waiting(&school, &run, "ZOHO_TOKEN_THROTTLED").await;
        assert_eq!(blocked(&school, "zoho").await, "ZOHO_TOKEN_THROTTLED");

        let since = Instant::now();
        let secret = school.sandbox.credentials().zoho_client_secret;
        set(&school, json!({"zoho_client_secret": secret})).await;
        let run = school.ended(&run).await;
        assert_eq!(told(&run), ("completed", [20, 0, 0, 0, 0, 20]), "{kind:?}: {run}");
        assert_eq!(school.ended(&other).await["status"], "completed");
        assert!(since.elapsed() < AT_ONCE, "{kind:?}: {:?}", since.elapsed());
        assert_eq!(blocked(&school, "zoho").await, Value::Null, "{kind:?}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_credits_for_the_day_end_the_wait_for_them() {
    for kind in kinds() {
        let school = School::new(kind, 450).await;
        set(&school, json!({"zoho_daily_credits": 4})).await;
        assert_eq!(school.full("students").await["status"], "completed");
        let run = school.start("students", json!({})).await;
        waiting(&school, &run, "ZOHO_CREDITS_LOW").await;
        let since = Instant::now();
        set(&school, json!({"zoho_daily_credits": 4_000})).await;
        assert_eq!(school.ended(&run).await["status"], "completed", "{kind:?}");
        assert!(since.elapsed() < AT_ONCE, "{kind:?}: {:?}", since.elapsed());
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_address_ends_the_wait_for_a_site_that_does_not_answer() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        let (address, token) =
            (school.sandbox.moodle_url(), school.sandbox.credentials().moodle_token);
        // Nothing listens on the port of the discard service.
        set(&school, json!({"moodle_base_url": "http://127.0.0.1:9", "moodle_api_token": token}))
            .await;
        let run = school.start("students", json!({})).await;
        waiting(&school, &run, "UPSTREAM_UNREACHABLE").await;
        set(&school, json!({"moodle_base_url": address, "moodle_api_token": token})).await;
        let run = school.ended(&run).await;
        assert_eq!(told(&run), ("completed", [20, 0, 0, 0, 0, 20]), "{kind:?}: {run}");
        school.stop().await;
    }
}
