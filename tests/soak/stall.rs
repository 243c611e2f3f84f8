//! A worker that is stopped for longer than its lease and continues: whatever it still writes is refused.

use {
    super::{
        Form, Report,
        fleet::{Fleet, LEASE, RESUME, signal},
        harness::db::Kind,
        random,
    },
    serde_json::json,
    sigma_sync_sandbox::Options,
    std::time::{Duration, Instant},
};

/// Stops the first worker and returns when. SQLite's file has one lock, and a process stopped in the middle of a
/// transaction keeps it for as long: no process can write then, and there is nothing to fence. In that case it
/// continues and is stopped at another moment.
async fn stop(fleet: &Fleet) -> Instant {
    loop {
        signal(&fleet.workers[0], "-STOP");
        let stopped = Instant::now();
        if fleet.is_writable().await {
            return stopped;
        }
        signal(&fleet.workers[0], "-CONT");
        tokio::time::sleep(Duration::from_millis(random(50))).await;
    }
}

pub(crate) async fn run(kind: Kind, form: Form) -> Report {
    let rounds = form.pick(1, 6);
    let (mut doubled, mut uneven, mut unfinished, mut ended_twice) = (0, 0, 0, 0);
    let mut slowest = Duration::ZERO;
    let students = form.pick(1_500, 3_000);
    for _ in 0..rounds {
        let mut fleet = Fleet::new(kind, Options { students, ..Options::default() }).await;
        fleet.school.options(json!({"moodle_latency_ms": 20})).await;
        fleet.hire();
        let run = fleet.school.start("students", json!({})).await;
        let first = fleet.until(&run, "the first slice", |now| now.done > 0).await;
        tokio::time::sleep(Duration::from_millis(random(200))).await;
        fleet.hire();
        let stopped = stop(&fleet).await;
        let second =
            fleet.until(&run, "another worker", |now| now.epoch > first.epoch || now.ended()).await;
        slowest = slowest.max(stopped.elapsed());
        // Three leases, then it continues where it stopped.
        tokio::time::sleep((LEASE * 3).saturating_sub(stopped.elapsed())).await;
        signal(&fleet.workers[0], "-CONT");
        let end = fleet.until(&run, "the end", |now| now.ended()).await;
        // Time for late writes of the stopped worker.
        tokio::time::sleep(LEASE).await;
        let after = fleet.standing(&run).await;
        ended_twice += i64::from(after != end);
        unfinished += i64::from(
            end.state != "completed" || end.done != i64::from(students) || second.ended(),
        );
        uneven += i64::from(fleet.items(&run).await != (i64::from(students), i64::from(students)));
        doubled += fleet.school.duplicates().await;
        let users = fleet.school.counts().await["users"].as_i64().expect("a count");
        doubled += u64::from(users != i64::from(students));
        fleet.stop().await;
    }
    let mut report = Report::default();
    report.note("workers stopped for three leases and woken up", rounds, "each fenced off", true);
    report.exactly("runs that did not complete in another worker", unfinished, 0);
    report.exactly("runs that changed after their end", ended_twice, 0);
    report.exactly("runs with items of the old epoch", uneven, 0);
    report.exactly("users doubled or missing", doubled, 0);
    report.within("slowest resumption", slowest, LEASE + RESUME);
    report
}
