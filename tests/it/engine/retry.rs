//! Retries of exactly the requested records, and triggers during an active run.

use {
    crate::harness::{
        db::kinds,
        eventually,
        school::{School, calls, told},
    },
    serde_json::{Value, json},
    sigma_sync_sandbox::Options,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_attempts_exactly_what_it_names() {
    for kind in kinds() {
        let options = Options { students: 400, broken_every: 40, ..Options::default() };
        let school = School::with(kind, options, &[]).await;
        for number in [5, 105, 205] {
            school.change("students", number, json!({"Academic_Email": "nonsense"})).await;
        }
        let run = school.full("students").await;
        assert_eq!(told(&run), ("partial", [387, 0, 0, 13, 0, 400]), "{run}");
        let bad: Vec<Value> = school.items(&run, "items_code=EMAIL_INVALID").await;
        assert_eq!(bad.len(), 3);
        school.forget().await;

        let retry = school.decide(&run, "retry", json!({"codes": ["EMAIL_INVALID"]})).await;
        assert_eq!(retry["triggered_by"], format!("retry_of_{}", run["run_id"].as_str().unwrap()));
        let retry = school.ended(retry["run_id"].as_str().unwrap()).await;
        assert_eq!(told(&retry), ("failed", [0, 0, 0, 3, 0, 3]), "{retry}");
        // While one is active, the same request returns it; another request is a run of its own, which waits.
        school.options(json!({"zoho_latency_ms": 400})).await;
        let ask = async |codes: &[&str]| {
            let run = school.decide(&run, "retry", json!({"codes": codes})).await;
            run["run_id"].as_str().unwrap().to_owned()
        };
        let one = ask(&["EMAIL_INVALID"]).await;
        assert_eq!(ask(&["EMAIL_INVALID"]).await, one);
        let other = ask(&["MAPPING_REQUIRED_MISSING"]).await;
        assert_ne!(other, one);
        assert_eq!(told(&school.ended(&one).await).1[5], 3);
        assert_eq!(told(&school.ended(&other).await).1[5], 10);
        school.options(json!({"zoho_latency_ms": 0})).await;
        school.forget().await;

        let ids =
            |items: &[Value]| items.iter().map(|item| item["zoho_id"].clone()).collect::<Vec<_>>();
        assert_eq!(ids(&school.items(&retry, "").await), ids(&bad));

        // By record: two of them, one of which is corrected, and one that did not fail.
        let good = school.id("students", 1).await;
        school
            .change("students", 105, json!({"Academic_Email": "mended.one@college.example"}))
            .await;
        let wanted = json!({"ids": [bad[0]["zoho_id"], bad[1]["zoho_id"], good]});
        let retry = school.decide(&run, "retry", wanted).await;
        let retry = school.ended(retry["run_id"].as_str().unwrap()).await;
        assert_eq!(told(&retry), ("partial", [1, 0, 0, 1, 0, 2]), "{retry}");
        let ledger = school.ledger().await;
        assert_eq!(calls(&ledger, "zoho", "GET /crm/v8/BTEC_Students"), 1, "a read by id");
        assert_eq!(ledger["moodle"]["writes"]["users"]["created"], 1);
        let none = json!({"codes": ["NO_SUCH_CODE"]});
        let id = run["run_id"].as_str().unwrap();
        let refused = school.client.post(&format!("/v1/extension/runs/{id}/retry"), &none).await;
        assert_eq!((refused.status, refused.detail().as_str()), (400, "No failed items to retry"));
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn given_records_are_taken_once_and_alone() {
    for kind in kinds() {
        let school = School::new(kind, 50).await;
        let mut ids = Vec::new();
        for number in [4, 9, 4] {
            ids.push(school.id("students", number).await);
        }
        ids.push("4150868000000999999".to_owned());
        let run = school.run("students", json!({"ids": ids})).await;
        assert_eq!(told(&run), ("completed", [2, 0, 0, 0, 1, 3]), "{run}");
        let gone = school.items(&run, "items_status=SKIPPED").await;
        assert_eq!(gone[0]["code"], "SOURCE_GONE");
        assert_eq!(school.counts().await["users"], 2);
        // A read of single records leaves nothing from which a read of changes could continue.
        assert_eq!(told(&school.changes("students").await).1, [48, 2, 0, 0, 0, 50]);
        let both = json!({"ids": ["1"], "scope": "full"});
        let refused = school.client.post("/v1/extension/sync/students/run", &both).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn triggers_during_a_run_become_one_follow_up() {
    for kind in kinds() {
        let school = School::new(kind, 600).await;
        school.full("students").await;
        school.options(json!({"zoho_latency_ms": 200})).await;
        let first = school.start("students", json!({})).await;
        eventually("the run's beginning", async || {
            (school.state(&first).await["phase"] != "queued").then_some(())
        })
        .await;
        for number in [7, 8, 7] {
            let ids = [school.id("students", number).await];
            assert_eq!(school.start("students", json!({"ids": ids})).await, first);
        }
        school.ended(&first).await;
        school.idle().await;
        tokio::time::sleep(std::time::Duration::from_millis(600)).await;
        let runs = school.runs("").await;
        assert_eq!(runs.len(), 3, "one follow-up, not three: {runs:?}");
        assert_eq!(told(&runs[0]), ("completed", [0, 2, 0, 0, 0, 2]), "both records: {}", runs[0]);
        // Together with a request for everything, the follow-up reads everything.
        let second = school.start("students", json!({})).await;
        eventually("the run's beginning", async || {
            (school.state(&second).await["phase"] != "queued").then_some(())
        })
        .await;
        let ids = [school.id("students", 3).await];
        school.start("students", json!({"ids": ids})).await;
        school.start("students", json!({"scope": "changes"})).await;
        school.start("students", json!({})).await;
        school.ended(&second).await;
        school.idle().await;
        let runs = school.runs("").await;
        assert_eq!((runs.len(), told(&runs[0]).1[5]), (5, 600), "{}", runs[0]);
        school.stop().await;
    }
}
