//! The calls behind failed records: kept with the outcome, without secrets, and for a time of their own.

use {
    super::{list, number, shown, text},
    crate::{
        harness::{
            cli::{out, sigma},
            db::kinds,
            school::School,
        },
        store::now,
    },
    chrono::TimeDelta,
    serde_json::{Value, json},
    sigma_sync::{adapters::clock::SystemClock, jobs::Retention, store::Store},
    std::sync::Arc,
    tokio_util::sync::CancellationToken,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_record_shows_its_call_and_no_other_does() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        // Another account has the address, and a sync may link no account by it.
        school.layout("students", json!({"match_by": "none"})).await;
        let student = school.record("students", 4).await;
        let email = text(&student, "Academic_Email").to_lowercase();
        let account =
            json!({"username": "taken", "email": email, "firstname": "T", "lastname": "K"});
        school.account(account).await;
        let run = school.full("students").await;
        let id = text(&run, "run_id");
        assert_eq!(number(&run["counts"], "failed"), 1, "{run}");
        let calls = shown(&school, &format!("runs/{id}/exchanges")).await;
        let calls = list(&calls, "exchanges");
        assert_eq!(calls.len(), 1, "{kind:?}: {calls:?}");
        let call = &calls[0];
        assert_eq!(
            (text(call, "zoho_id"), text(call, "provider"), text(call, "method")),
            (text(&student, "id"), "moodle", "core_user_create_users")
        );
        let request: Value = serde_json::from_str(text(call, "request")).expect("JSON");
        assert_eq!(request["[email]"], json!(email), "{request}");
        assert_eq!(number(call, "http_status"), 200);
        assert!(text(call, "answer").contains("exception"), "{call}");
        assert!(number(call, "tries") >= 1 && call["cut"] == false);
        let token = school.sandbox.credentials().moodle_token;
        assert!(
            !call.to_string().contains(token) && !call.to_string().contains("wstoken"),
            "{call}"
        );
        let others = shown(&school, &format!("runs/{id}/exchanges?zoho_id=999")).await;
        assert!(list(&others, "exchanges").is_empty());
        let printed =
            out(&sigma(&school.db, &school.app.url, &["runs", "calls", id, "-o", "table"]));
        assert!(printed.contains("core_user_create_users"), "{printed}");
        let missing = "/v1/extension/runs/0b8f6f0e-6f3a-4d1c-9a54-0c6f4bb0a001/exchanges";
        assert_eq!(school.client.get(missing).await.status, 404);

        // A dry run makes no such call.
        let dry = school.run("students", json!({"dry_run": true})).await;
        let calls = shown(&school, &format!("runs/{}/exchanges", text(&dry, "run_id"))).await;
        assert!(list(&calls, "exchanges").is_empty(), "{calls}");

        // After its time it goes, and the figures of runs after theirs; the run stays.
        let url = school.db.url.clone();
        let kept = Store::connect(&url, 2).await.expect("the database");
        let clock = Arc::new(SystemClock);
        let retention = Retention::new(kept, clock, 90).with_figures_and_calls_days(730, 14);
        let sweep = async |days: i64| {
            let at = now() + TimeDelta::days(days);
            retention.sweep(at, &CancellationToken::new()).await.expect("a sweep")
        };
        assert_eq!(sweep(13).await, 0);
        assert_eq!(sweep(15).await, 1);
        assert_eq!(sweep(728).await, 0);
        assert!(sweep(732).await > 0);
        assert_eq!(school.query("SELECT count(*) AS n FROM stat_hours").await, Some(0));
        let calls = shown(&school, &format!("runs/{id}/exchanges")).await;
        assert!(list(&calls, "exchanges").is_empty());
        school.stop().await;
    }
}
