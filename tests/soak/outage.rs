//! The database stops at once (PostgreSQL `-m immediate`) in the middle of a run, several times.

use {
    super::{
        Form, Report,
        fleet::{Fleet, RESUME},
        harness::{app::Process, db::Kind},
    },
    serde_json::json,
    sigma_sync_sandbox::Options,
    std::{
        process::Command,
        time::{Duration, Instant},
    },
};

pub(crate) async fn run(kind: Kind, form: Form) -> Report {
    let mut report = Report::default();
    let Some(folder) = folder().filter(|_| kind == Kind::Postgres) else {
        report.note("stops of a database server", "none to stop", "PostgreSQL only", true);
        return report;
    };
    let stops = form.pick(1, 3);
    let students = form.pick(2_000, 5_000);
    let mut fleet = Fleet::new(kind, Options { students, ..Options::default() }).await;
    fleet.school.options(json!({"moodle_latency_ms": 40})).await;
    fleet.hire();
    fleet.hire();
    let run = fleet.school.start("students", json!({})).await;
    let (mut slowest, mut hit) = (Duration::ZERO, 0);
    for _ in 0..stops {
        let before = fleet.until(&run, "a stored slice", |now| now.done > 0).await;
        let next =
            fleet.until(&run, "the next slice", |now| now.done > before.done || now.ended()).await;
        if next.ended() {
            break;
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/postgres.sh");
        let done = Command::new(script).args(["restart", &folder]).status().expect("the script");
        assert!(done.success(), "the server did not come back");
        let back = Instant::now();
        hit += 1;
        fleet
            .until(&run, "a slice behind the stop", |now| now.done > next.done || now.ended())
            .await;
        slowest = slowest.max(back.elapsed());
    }
    let end = fleet.until(&run, "the end", |now| now.ended()).await;
    let records = i64::from(students);
    report.exactly("stops with -m immediate in one run", hit, stops);
    report.note(
        "the run's end",
        format!("{} {}", end.state, end.done),
        format!("completed {records}"),
        end.state == "completed" && end.done == records,
    );
    let (items, distinct) = fleet.items(&run).await;
    report.exactly("items", items, records);
    report.exactly("records among them", distinct, records);
    let users = fleet.school.counts().await["users"].as_i64().expect("a count");
    report.exactly("users in Moodle", users, records);
    report.exactly("made twice", fleet.school.duplicates().await, 0);
    report.within(
        "longest time from the server's return to the next slice",
        slowest,
        RESUME + Duration::from_secs(5),
    );
    let alive = |worker: &mut Process| matches!(worker.0.try_wait(), Ok(None));
    let living = fleet.workers.iter_mut().filter_map(|worker| alive(worker).then_some(())).count();
    report.exactly("workers that are still alive", living, 2);
    fleet.stop().await;
    report
}

#[expect(clippy::disallowed_methods, reason = "how the test run names its database")]
fn folder() -> Option<String> {
    std::env::var("TEST_POSTGRES_DIR").ok()
}
