//! Invalid answers: each leads to a clear error of the run or of a record, and the next run continues.

use {
    crate::harness::{
        db::{Kind, kinds},
        school::{School, calls, told},
    },
    serde_json::{Value, json},
    std::time::Duration,
};

/// How long to wait for a run; it goes back to the queue and starts again several times, on a machine that may be
/// busy.
const PATIENCE: Duration = Duration::from_secs(400);
const LIST: &str = "GET /crm/v8/BTEC_Students";

/// One lasting fault: the run ends with `code`; without the fault the next run does the rest, and creates nothing
/// twice.
async fn lasts(kind: Kind, fault: Value, code: &'static str) {
    let mut school = School::new(kind, 900).await;
    school.fault(fault.clone()).await;
    let run = school.start("students", json!({})).await;
    let run = school.ended_within(&run, PATIENCE).await;
    // If the source was not read completely, everything that it returned is done.
    let status = if code == "SOURCE_INCOMPLETE" { "partial" } else { "failed" };
    assert_eq!(run["status"], status, "{fault}: {run}");
    assert_eq!(school.detail(&run).await.error_code(), code, "{fault}: {run}");
    assert!(run["error_summary"].as_str().is_some_and(|text| text.len() > 10), "{run}");
    school.mend().await;
    school.options(json!({"moodle_token": "valid"})).await;
    if code == "ZOHO_TOKEN_REVOKED" {
        // A refusal is remembered for a while, so that calls do not flood the accounts server.
        school.restart();
    }
    let made = school.counts().await["users"].as_i64().unwrap();
    let next = school.start("students", json!({})).await;
    let next = school.ended_within(&next, PATIENCE).await;
    let (status, [new, unchanged, _, failed, ..]) = told(&next);
    assert_eq!((status, failed, new + unchanged), ("completed", 0, 900), "{fault}: {next}");
    assert!(unchanged <= made && made <= 900, "{fault}: {made} {next}");
    assert_eq!(
        (school.counts().await["users"].clone(), school.duplicates().await),
        (json!(900), 0),
        "{fault}"
    );
    school.stop().await;
}

async fn all(faults: Vec<(Value, &'static str)>) {
    for kind in kinds() {
        // Separate tasks: starting a server blocks, and the connection of another one would be closed while it is
        // silent.
        let running: Vec<_> = faults
            .iter()
            .map(|(fault, code)| tokio::spawn(lasts(kind, fault.clone(), code)))
            .collect();
        for one in running {
            one.await.expect("a fault that lasts");
        }
    }
}

fn zoho(kind: &str, skip: u32) -> Value {
    json!({"target": "zoho", "kind": kind, "times": 0, "skip": skip, "function": LIST})
}

fn moodle(kind: &str, skip: u32) -> Value {
    json!({"target": "moodle", "kind": kind, "times": 0, "skip": skip, "function": "core_user_create_users"})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn what_zoho_answers_wrongly_is_named() {
    let token = json!({"target": "zoho", "kind": "revoked_token", "times": 0, "skip": 4});
    all(vec![
        (zoho("html", 2), "UPSTREAM_PROTOCOL"),
        (zoho("invalid_json", 3), "UPSTREAM_PROTOCOL"),
        (zoho("redirect", 2), "UPSTREAM_PROTOCOL"),
        (zoho("endless_pages", 0), "SOURCE_INCOMPLETE"),
        (token, "ZOHO_TOKEN_REVOKED"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn what_moodle_answers_wrongly_is_named() {
    let large = json!({
        "target": "moodle", "kind": "oversized", "bytes": 5_000_000, "times": 0, "skip": 2,
        "function": "core_user_get_users_by_field",
    });
    all(vec![
        (moodle("redirect", 2), "MOODLE_REDIRECTED"),
        (moodle("revoked_token", 3), "MOODLE_TOKEN_INVALID"),
        (moodle("access_denied", 3), "MOODLE_ACCESS_REFUSED"),
        (large, "UPSTREAM_PROTOCOL"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_byte_that_is_no_text_costs_one_record() {
    for kind in kinds() {
        let school = School::new(kind, 900).await;
        school.layout("students", json!({"removal_action": "suspend"})).await;
        let mut fault = zoho("invalid_utf8", 2);
        fault["times"] = json!(1);
        school.fault(fault.clone()).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("partial", [899, 0, 0, 1, 0, 900]), "{run}");
        let item = &school.items(&run, "items_status=FAILED").await[0];
        let code = item["code"].as_str().unwrap();
        assert!(["RECORD_NOT_UTF8", "RECORD_ID_MISSING"].contains(&code), "{item}");
        assert_eq!(told(&school.full("students").await), ("completed", [1, 899, 0, 0, 0, 900]));
        // An unreadable record does not count as deleted.
        school.fault(fault).await;
        let run = school.full("students").await;
        assert_eq!((told(&run).1[3], &run["removals"]), (1, &serde_json::Value::Null), "{run}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_that_answers_with_pages_loses_nobody() {
    for kind in kinds() {
        let school = School::new(kind, 900).await;
        // None of these calls is carried out, but the engine cannot know that.
        school.fault(json!({"target": "moodle", "kind": "html", "times": 6, "function": "core_user_create_users"})).await;
        let run = school.start("students", json!({})).await;
        let run = school.ended_within(&run, PATIENCE).await;
        let [new, .., failed, _, total] = told(&run).1;
        assert_eq!((new + failed, total), (900, 900), "{run}");
        let open = school.items(&run, "items_status=FAILED").await;
        assert!(
            open.iter().all(|item| item["code"] == "OUTCOME_UNKNOWN" && item["class"] == "T"),
            "{open:?}"
        );
        if !open.is_empty() {
            let retry = school.decide(&run, "retry-failed", json!({})).await;
            let retry = school.ended(retry["run_id"].as_str().unwrap()).await;
            assert_eq!(told(&retry).1[0], failed, "{retry}");
        }
        assert_eq!(
            (school.counts().await["users"].clone(), school.duplicates().await),
            (json!(900), 0)
        );
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_records_and_expired_tokens_pass() {
    for kind in kinds() {
        let school = School::new(kind, 450).await;
        // Five megabytes of unrequested remarks in one page.
        for number in 0..10 {
            school.change("students", number, json!({"Address": "x".repeat(500_000)})).await;
        }
        school
            .fault(json!({"target": "zoho", "kind": "expired_token", "times": 2, "every": 3}))
            .await;
        school.fault(json!({"target": "zoho", "kind": "drip", "bytes": 4_096, "delay_ms": 1, "times": 1, "function": LIST})).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("completed", [450, 0, 0, 0, 0, 450]), "{run}");
        let ledger = school.ledger().await;
        assert!(calls(&ledger, "zoho", LIST) >= 3);
        school.stop().await;
    }
}
