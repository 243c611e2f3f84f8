//! Failures: processes that die during a run, and systems that throttle, cut, lie or refuse.

use {
    crate::harness::{
        app::{App, Process, command, connect, counts, ended, sandbox, sync, trigger},
        control::{Controls, written},
        db::{Db, kinds},
        eventually,
    },
    serde_json::{Value, json},
    sigma_sync_sandbox::Sandbox,
    std::{process::Stdio, time::Duration},
};

/// Users in the school's Moodle, and how often one source id was made twice.
async fn users(controls: &Controls, school: &Sandbox) -> (i64, i64) {
    let [created, _, doubled] = written(&controls.ledger(school).await);
    (created, doubled)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_worker_loses_and_doubles_nothing() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let client = app.client();
        let school = sandbox(3_000, 0).await;
        let controls = Controls::new();
        controls
            .ask(
                "PUT",
                format!("{}/_sandbox/options", school.moodle_url()),
                json!({"moodle_latency_ms": 30}),
            )
            .await;
        connect(&client, &school).await;
        let worker =
            || Process(command(&db).arg("worker").stderr(Stdio::null()).spawn().expect("a worker"));
        let run = trigger(&client).await;
        let mut first = worker();
        eventually("a third of the school", async || {
            (users(&controls, &school).await.0 > 1_000).then_some(())
        })
        .await;
        first.kill();
        let made = users(&controls, &school).await.0;
        assert!(made < 3_000, "the run was in its middle");
        // Another worker is already there: it takes over when the lease has expired.
        let _second = worker();
        let end = std::time::Instant::now() + Duration::from_secs(75);
        let run = loop {
            let state = client.get(&format!("/v1/extension/runs/{run}")).await.json();
            if !state["finished_at"].is_null() {
                break state;
            }
            assert!(std::time::Instant::now() < end, "never taken over: {state}");
            tokio::time::sleep(Duration::from_millis(250)).await;
        };
        assert_eq!(
            (run["status"].as_str(), counts(&run)),
            (Some("completed"), [3_000, 0, 0, 0, 0, 3_000]),
            "{kind:?}"
        );
        assert_eq!(run["items_total"], 3_000, "counters are the items");
        assert_eq!(users(&controls, &school).await, (3_000, 0));
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_server_gives_its_run_back() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let mut app = App::start(&db, &[]);
        let school = sandbox(3_000, 0).await;
        let controls = Controls::new();
        controls
            .ask(
                "PUT",
                format!("{}/_sandbox/options", school.moodle_url()),
                json!({"moodle_latency_ms": 30}),
            )
            .await;
        connect(&app.client(), &school).await;
        let run = trigger(&app.client()).await;
        eventually("the first users", async || {
            (users(&controls, &school).await.0 > 400).then_some(())
        })
        .await;
        assert_eq!(app.process.terminate(), Some(0));
        let app = App::start(&db, &[]);
        let run = ended(&app.client(), &run).await;
        assert_eq!(
            (run["status"].as_str(), counts(&run)),
            (Some("completed"), [3_000, 0, 0, 0, 0, 3_000])
        );
        assert_eq!(users(&controls, &school).await, (3_000, 0));
        school.stop().await;
    }
}

/// A fault, and the end of the run: its status and its six counters, or the text of its error.
async fn day(fault: Value) -> (Value, i64, i64) {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &[]);
    let client = app.client();
    let school = sandbox(600, 0).await;
    let controls = Controls::new();
    connect(&client, &school).await;
    controls.fault(&school, fault).await;
    let run = sync(&client).await;
    let (made, doubled) = users(&controls, &school).await;
    school.stop().await;
    (run, made, doubled)
}

const CREATE: &str = "core_user_create_users";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passing_faults_leave_no_trace() {
    let faults = [
        json!({"target": "moodle", "kind": "cut_after_apply", "function": CREATE, "times": 1}),
        json!({"target": "moodle", "kind": "cut", "function": CREATE, "times": 1}),
        json!({"target": "moodle", "kind": "status", "status": 503, "function": CREATE, "times": 1}),
        json!({"target": "moodle", "kind": "html", "function": CREATE, "times": 1}),
        json!({"target": "zoho", "kind": "status", "status": 500, "function": "/crm/v8/BTEC_Students", "times": 2}),
        json!({"target": "zoho", "kind": "expired_token", "times": 1}),
        json!({"target": "zoho", "kind": "cut", "function": "/crm/v8/BTEC_Students", "times": 1}),
        json!({"target": "zoho", "kind": "truncate", "function": "/crm/v8/BTEC_Students", "times": 1}),
    ];
    let days = faults.into_iter().map(async |fault| (fault.clone(), day(fault).await));
    for (fault, (run, made, doubled)) in futures_util::future::join_all(days).await {
        assert_eq!(
            (run["status"].as_str(), counts(&run)),
            (Some("completed"), [600, 0, 0, 0, 0, 600]),
            "{fault}: {run}"
        );
        assert_eq!((made, doubled), (600, 0), "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lasting_faults_end_the_run_with_their_name() {
    let faults = [
        (json!({"target": "zoho", "kind": "revoked_token", "times": 0}), "authoris"),
        (json!({"target": "moodle", "kind": "expired_token", "times": 0}), "Moodle"),
    ];
    for (fault, word) in faults {
        let (run, made, _) = day(fault.clone()).await;
        assert_eq!((run["status"].as_str(), made), (Some("failed"), 0), "{fault}: {run}");
        let summary = run["error_summary"].as_str().unwrap();
        assert!(summary.to_lowercase().contains(&word.to_lowercase()), "{fault}: {summary}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_throttled_run_waits_without_failing() {
    let fault = json!({"target": "zoho", "kind": "status", "status": 429, "function": "/crm/v8/BTEC_Students", "times": 1});
    let (run, made, doubled) = day(fault).await;
    assert_eq!((run["status"].as_str(), made, doubled), (Some("completed"), 600, 0), "{run}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_taken_name_fails_alone() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &[]);
    let client = app.client();
    let school = sandbox(300, 0).await;
    let controls = Controls::new();
    connect(&client, &school).await;
    // Two students with one user name: Moodle refuses the whole batch.
    let other = controls
        .ask("GET", format!("{}/_sandbox/zoho/students/10", school.zoho_url()), json!({}))
        .await;
    let address = other["Academic_Email"].as_str().expect("an address");
    let name = address.split('@').next().unwrap();
    controls.student(&school, 20, json!({"Academic_Email": format!("{name}@other.example")})).await;
    let run = sync(&client).await;
    assert_eq!((run["status"].as_str(), counts(&run)), (Some("partial"), [299, 0, 0, 1, 0, 300]));
    let failed = client
        .get(&format!("/v1/extension/runs/{}?items_status=FAILED", run["run_id"].as_str().unwrap()))
        .await
        .json();
    assert_eq!(failed["items"][0]["code"], "MOODLE_USERNAME_TAKEN", "{failed}");
    school.stop().await;
}
