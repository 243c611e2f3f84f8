//! A run that waits says why, since when and until when: in GetRun, in lists, in watches, for every kind of wait; and which
//! key asked for it.

use {
    super::{number, waiting},
    crate::{
        harness::{db::kinds, school::School},
        store::{complete, end, new_run, store, tenant},
    },
    serde_json::{Value, json},
    sigma_sync::{
        domain::{id::KeyId, module::ModuleName, run::RunState},
        proto::pb,
        store::{Enqueued, NewRun},
    },
    sigma_sync_sandbox::Options,
};

const WATCH: &str = "sigma.v1.SyncRunService/WatchRun";

/// Slows every answer of Zoho down, so that runs last.
async fn slow(school: &School, delay_ms: u32) {
    school.fault(json!({"target": "zoho", "kind": "slow", "delay_ms": delay_ms, "times": 0, "function": "GET /crm"})).await;
}

fn id(run: &Value) -> String {
    run["run_id"].as_str().expect("an id").to_owned()
}

/// Follows a run to its end and returns the reasons that it named, each once, in their order.
async fn reasons(school: &School, run: &str) -> Vec<(String, String)> {
    let request = pb::WatchRunRequest { run_id: run.to_owned() };
    let states: Vec<pb::WatchRunResponse> =
        school.client.grpc_all(WATCH, &request).await.expect("states");
    let mut reasons: Vec<(String, String)> = Vec::new();
    for state in states {
        let Some(wait) = state.run.expect("a run").waiting else { continue };
        assert!(wait.since.is_some(), "{wait:?}");
        let reason = (wait.code, wait.reason);
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_names_the_run_that_goes_first_and_a_watch_hears_of_the_next() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        slow(&school, 1_200).await;
        let answer = school.client.post("/v1/extension/sync/run", &json!({})).await.json();
        let runs = answer["runs"].as_array().expect("runs").clone();
        assert!(runs[0].get("waiting").is_none(), "the first is about to begin: {}", runs[0]);
        for behind in &runs[1..] {
            assert_eq!(behind["waiting"]["code"], "RUN_BEHIND_CHAIN", "{behind}");
            assert!(behind["waiting"]["reason"].as_str().unwrap().contains(&id(&runs[0])));
            assert_eq!(behind["waiting"]["until"], Value::Null, "{behind}");
        }
        let listed = school.runs("status=queued").await;
        assert!(
            listed.iter().any(|run| run["waiting"]["code"] == "RUN_BEHIND_CHAIN"),
            "{listed:?}"
        );
        // The row of the third does not change when the second takes the place of the first.
        let reasons = reasons(&school, &id(&runs[2])).await;
        for first in &runs[..2] {
            let told = |(code, reason): &(String, String)| {
                code == "RUN_BEHIND_CHAIN" && reason.contains(&id(first))
            };
            assert!(reasons.iter().any(told), "{kind:?}: {reasons:?}");
        }
        school.mend().await;
        let last = school.ended(&id(runs.last().unwrap())).await;
        assert!(last.get("waiting").is_none(), "{last}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_third_run_of_a_tenant_waits_for_its_limit_and_a_second_of_a_module_for_the_first() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        slow(&school, 4_000).await;
        let first = school.start("students", json!({})).await;
        let second = school.start("programs", json!({})).await;
        for run in [&first, &second] {
            crate::harness::eventually("two runs at once", async || {
                (number(&school, "CASE WHEN state = 'running' THEN 1 ELSE 0 END", run).await == 1)
                    .then_some(())
            })
            .await;
            assert!(school.state(run).await.get("waiting").is_none());
        }
        let third = school.start("classes", json!({})).await;
        let wait = waiting(&school, &third, "RUN_TENANT_LIMIT").await;
        assert!(wait["reason"].as_str().unwrap().contains("(2)"), "{wait}");
        let state = school.state(&first).await;
        school.decide(&state, "cancel", json!({})).await;
        let behind = school.start("students", json!({})).await;
        let wait = waiting(&school, &behind, "RUN_BEHIND_RUN").await;
        assert!(wait["reason"].as_str().unwrap().contains(&first), "{wait}");
        school.mend().await;
        for run in [&second, &third, &behind] {
            assert_eq!(school.ended(run).await["status"], "completed", "{kind:?}");
        }
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_no_worker_takes_says_so() {
    for kind in kinds() {
        let options = Options { students: 5, ..Options::default() };
        let school = School::with(kind, options, &["--worker", "none"]).await;
        let answer = school.client.post("/v1/extension/sync/students/run", &json!({})).await.json();
        assert!(answer.get("waiting").is_none(), "not in the first seconds: {answer}");
        let wait = waiting(&school, &id(&answer), "RUN_NO_WORKER").await;
        assert!(wait["since"].is_string() && wait["until"].is_null(), "{wait}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_run_says_until_when_a_decision_is_due() {
    for kind in kinds() {
        let school = School::new(kind, 40).await;
        school.layout("students", json!({"removal_action": "suspend"})).await;
        assert_eq!(school.full("students").await["status"], "completed");
        for number in 0..15 {
            school.delete("students", number, true).await;
        }
        let held = school.full("students").await;
        let wait = &held["waiting"];
        assert_eq!(
            (&held["status"], &wait["code"]),
            (&json!("held"), &json!("RUN_NEEDS_APPROVAL"))
        );
        let reason = held["removals"]["held_reason"].as_str().unwrap();
        assert!(wait["reason"].as_str().unwrap().contains(reason), "{wait}");
        let [since, until] = ["since", "until"].map(|name| {
            wait[name].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().expect("a time")
        });
        assert_eq!((until - since).num_days(), 7, "{wait}");
        let ended = school.decide(&held, "discard", json!({})).await;
        assert!(ended.get("waiting").is_none(), "{ended}");
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_names_the_key_that_asked_for_it() {
    for kind in kinds() {
        let school = School::new(kind, 10).await;
        let run = school.run("students", json!({"triggered_by": "the.director"})).await;
        let detail = school.detail(&run).await;
        assert_eq!(
            (detail.triggered_by(), detail.started_key()),
            ("the.director", "ext_key_default")
        );
        assert!(run.get("started_key").is_none(), "REST answers stay as they are: {run}");
        for run in school.all(json!({"triggered_by": "the.director"})).await {
            assert_eq!(school.detail(&run).await.started_key(), "ext_key_default");
        }
        school.stop().await;

        // A follow-up is the wish of the first one who asked for it, whatever run it waited for.
        let (_db, store) = store(kind).await;
        let scope = tenant(&store, "a").await;
        let by = |name: &str| NewRun {
            triggered_by: Some(name.to_owned()),
            started_key: KeyId::parse(&format!("key_{name}")),
            ..new_run(ModuleName::Units)
        };
        let Enqueued::New(_) = store.of(&scope).enqueue(by("one")).await.unwrap() else { panic!() };
        for other in ["two", "three"] {
            assert!(matches!(
                store.of(&scope).enqueue(by(other)).await.unwrap(),
                Enqueued::Active(_)
            ));
        }
        let mut told = Vec::new();
        loop {
            let claims = store.across_tenants().claim("w", 9, 9).await.unwrap();
            let Some(claim) = claims.first() else { break };
            told.push((claim.run.triggered_by.clone(), claim.run.started_key.clone()));
            let done = end(&scope, claim.run.id, claim.epoch, RunState::Completed);
            assert!(complete(&store, done).await.unwrap());
        }
        let expected = ["one", "two"]
            .map(|name| (Some(name.to_owned()), KeyId::parse(&format!("key_{name}"))));
        assert_eq!(told, expected, "{kind:?}");
    }
}
