//! A system that is known to be down, and for how long, costs a run no try: maintenance, `Retry-After`, a site that is left
//! alone after it did not answer. Neither does the service's own database. A run does not wait for ever.

use {
    super::{age, number, waiting},
    crate::harness::{
        db::{Kind, kinds},
        school::{School, told},
    },
    serde_json::{Value, json},
    std::time::Duration,
};

const CREATE: &str = "core_user_create_users";
const LIST: &str = "GET /crm/v8/BTEC_Students";

/// More answers than a run has tries.
const MORE: u32 = 7;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_named_time_is_waited_for_and_no_try_is_counted() {
    for kind in kinds() {
        let faults = [
            ("moodle", CREATE, 503, "MOODLE_MAINTENANCE"),
            ("moodle", CREATE, 502, "UPSTREAM_UNREACHABLE"),
            ("zoho", LIST, 503, "UPSTREAM_UNREACHABLE"),
            ("zoho", "POST /oauth/v2/token", 503, "UPSTREAM_PROTOCOL"),
        ];
        let one = async |(target, function, status, code): (&str, &str, u16, &str)| {
            let school = School::new(kind, 40).await;
            school.fault(json!({"target": target, "kind": "status", "status": status, "retry_after": "1", "function": function, "times": MORE})).await;
            let run = school.start("students", json!({})).await;
            let wait = waiting(&school, &run, code).await;
            let time = |name: &str| {
                let text = wait[name].as_str().unwrap_or_default();
                text.parse::<chrono::DateTime<chrono::Utc>>().expect("a time")
            };
            assert!(time("until") > time("since"), "{wait}");
            assert!(wait["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{wait}");
            // A write with an unknown outcome is looked for before it is tried again, which may find its end.
            let run = school.ended(&run).await;
            assert_eq!(
                told(&run),
                ("completed", [40, 0, 0, 0, 0, 40]),
                "{kind:?} {function}: {run}"
            );
            assert!(run.get("waiting").is_none(), "{run}");
            let id = run["run_id"].as_str().expect("an id");
            assert_eq!(number(&school, "attempts", id).await, 0, "{kind:?} {function}");
            assert_eq!(school.duplicates().await, 0);
            school.stop().await;
        };
        // One after the other: a server that is waited for would hold up the others' talk with the database.
        for fault in faults {
            one(fault).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_in_maintenance_is_asked_now_and_then_until_a_day_is_over() {
    for kind in kinds() {
        for (mode, least) in [("site", 20), ("cli", 280)] {
            let school = School::new(kind, 20).await;
            school.options(json!({"maintenance": mode})).await;
            let run = school.start("students", json!({})).await;
            let wait = waiting(&school, &run, "MOODLE_MAINTENANCE").await;
            let [since, until] = ["since", "until"].map(|name| {
                let text = wait[name].as_str().unwrap_or_default();
                text.parse::<chrono::DateTime<chrono::Utc>>().expect("a time")
            });
            assert!((until - since).num_seconds() >= least, "{mode}: {wait}");
            assert_eq!(number(&school, "attempts", &run).await, 0, "{kind:?} {mode}");
            let calls = school.ledger().await["moodle"]["calls"].clone();
            assert!(calls.as_u64().is_none_or(|calls| calls < 10), "{calls}");
            // A day later it gives up, and says why.
            age(&school, &run, 25).await;
            now(&school, &run).await;
            let run = school.ended(&run).await;
            assert_eq!(run["status"], "failed", "{kind:?}: {run}");
            assert_eq!(school.detail(&run).await.error_code(), "MOODLE_MAINTENANCE");
            school.stop().await;
        }
    }
}

/// Lets a waiting run be due.
async fn now(school: &School, run: &str) {
    let sql =
        format!("UPDATE sync_runs SET available_ms = 0 WHERE run_id = '{run}' RETURNING 1 AS n");
    assert_eq!(school.query(&sql).await, Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_that_does_not_answer_is_left_alone_and_asked_again() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        school.fault(json!({"target": "moodle", "kind": "cut", "times": 0})).await;
        let run = school.start("students", json!({})).await;
        // What opens the circuit costs tries; once it is open, none.
        let open = async || {
            let wait = waiting(&school, &run, "UPSTREAM_UNREACHABLE").await;
            let text = wait["until"].as_str().unwrap_or_default().to_owned();
            text.parse::<chrono::DateTime<chrono::Utc>>().expect("a time").timestamp()
        };
        let mut tries = Vec::new();
        for _ in 0..8 {
            open().await;
            now(&school, &run).await;
            tries.push(number(&school, "attempts", &run).await);
        }
        assert!(tries.iter().all(|tries| *tries < 4), "{kind:?}: {tries:?}");
        let state = school.state(&run).await;
        assert!(state["finished_at"].is_null(), "{kind:?}: {state}");
        school.mend().await;
        let run = school.ended(&run).await;
        assert_eq!(told(&run), ("completed", [20, 0, 0, 0, 0, 20]), "{kind:?}: {run}");
        school.stop().await;
    }
}

/// Lets the database refuse every outcome, or none.
async fn spoil(school: &School, kind: Kind, spoilt: bool) {
    let sql = match (kind, spoilt) {
        (Kind::Sqlite, true) => {
            "CREATE TRIGGER spoilt BEFORE INSERT ON sync_run_items BEGIN SELECT RAISE(ABORT, 'spoilt'); END"
        }
        (Kind::Sqlite, false) => "DROP TRIGGER spoilt",
        (Kind::Postgres, true) => {
            "ALTER TABLE sync_run_items ADD CONSTRAINT spoilt CHECK (zoho_id = '') NOT VALID"
        }
        (Kind::Postgres, false) => "ALTER TABLE sync_run_items DROP CONSTRAINT spoilt",
    };
    assert_eq!(school.query(sql).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_stores_nothing_is_waited_for_but_not_for_ever() {
    for kind in kinds() {
        let school = School::new(kind, 20).await;
        spoil(&school, kind, true).await;
        let run = school.start("students", json!({})).await;
        waiting(&school, &run, "RUN_NOT_STORED").await;
        assert_eq!(number(&school, "attempts", &run).await, 0, "{kind:?}");
        spoil(&school, kind, false).await;
        now(&school, &run).await;
        let run = school.ended(&run).await;
        assert_eq!((&run["status"], told(&run).1[5]), (&json!("completed"), 20), "{kind:?}: {run}");

        // A slice that was stored ends the wait; one that never is ends the run.
        spoil(&school, kind, true).await;
        let run = school.start("students", json!({})).await;
        waiting(&school, &run, "RUN_NOT_STORED").await;
        age(&school, &run, 2).await;
        now(&school, &run).await;
        let run: Value = school.ended_within(&run, Duration::from_secs(60)).await;
        assert_eq!(run["status"], "failed", "{kind:?}: {run}");
        assert_eq!(school.detail(&run).await.error_code(), "RUN_NOT_STORED");
        school.stop().await;
    }
}
