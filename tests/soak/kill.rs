//! Workers that are killed at any point of a run: nothing is doubled, nothing is missing, and another worker
//! continues.

use {
    super::{
        Form, Report,
        fleet::{Fleet, LEASE, RESUME},
        harness::db::Kind,
        random,
    },
    serde_json::json,
    sigma_sync_sandbox::Options,
    std::time::{Duration, Instant},
};

/// Kills in a row that may hit a run before it has stored a slice: at five the run would be given up.
const SPARED: u32 = 3;

#[derive(Default)]
struct Tally {
    kills: u32,
    slowest: Duration,
    missing: i64,
    doubled: u64,
    uneven: i64,
    unfinished: u32,
}

pub(crate) async fn run(kind: Kind, form: Form) -> Report {
    let wanted = form.pick(8, 200);
    let mut tally = Tally::default();
    let mut rounds = 0_u32;
    while tally.kills < wanted {
        // Users in one round, enrolments in the next: 5,000 records each.
        if rounds.is_multiple_of(2) {
            round(kind, "students", form.pick(2_000, 5_000), wanted, &mut tally).await;
        } else {
            round(kind, "enrollments", form.pick(1_000, 2_500), wanted, &mut tally).await;
        }
        rounds += 1;
    }
    let mut report = Report::default();
    report.note(
        "kills (SIGKILL) of the worker that had the run",
        tally.kills,
        format!(">= {wanted}"),
        tally.kills >= wanted,
    );
    report.note("runs that were hit, one after the other", rounds, "all of them", true);
    report.exactly("runs that did not complete", tally.unfinished, 0);
    report.exactly("things of Moodle made twice", tally.doubled, 0);
    report.exactly("users or enrolments missing", tally.missing, 0);
    report.exactly("runs whose counters are not their items", tally.uneven, 0);
    report.within("slowest resumption after a kill, lease of 1 s", tally.slowest, LEASE + RESUME);
    report
}

async fn round(kind: Kind, module: &str, students: u32, wanted: u32, tally: &mut Tally) {
    let options = Options { students, ..Options::default() };
    let mut fleet = Fleet::new(kind, options).await;
    fleet.hire();
    let (records, what) = if module == "enrollments" {
        for parent in ["students", "classes"] {
            let run = fleet.school.start(parent, json!({})).await;
            fleet.until(&run, "the parents", |now| now.state == "completed").await;
        }
        (i64::from(students) * 2, "enrolments")
    } else {
        (i64::from(students), "users")
    };
    fleet.school.options(json!({"moodle_latency_ms": 15})).await;
    let run = fleet.school.start(module, json!({})).await;
    let mut now = fleet.until(&run, "the first claim", |now| now.state == "running").await;
    fleet.hire();
    let mut spared = 0;
    while !now.ended() && tally.kills < wanted {
        // Both are alive; the first of them has the run. A slice takes about a third of a second.
        tokio::time::sleep(Duration::from_millis(random(600))).await;
        if spared == SPARED {
            let done = now.done;
            fleet.until(&run, "a stored slice", |now| now.done > done || now.ended()).await;
            spared = 0;
        }
        let before = fleet.standing(&run).await;
        if before.ended() {
            break;
        }
        fleet.workers.remove(0).kill();
        let killed = Instant::now();
        // It may have ended a moment before.
        now = fleet
            .until(&run, "another worker", |now| now.epoch > before.epoch || now.ended())
            .await;
        if now.epoch > before.epoch {
            tally.kills += 1;
            tally.slowest = tally.slowest.max(killed.elapsed());
        }
        spared = if now.done > before.done { 0 } else { spared + 1 };
        fleet.hire();
    }
    let end = fleet.until(&run, "the end", |now| now.ended()).await;
    tally.unfinished += u32::from(end.state != "completed" || end.done != records);
    let (items, distinct) = fleet.items(&run).await;
    tally.uneven += i64::from(items != end.done || distinct != records);
    let made = fleet.school.counts().await[what].as_i64().expect("a count");
    tally.missing += (records - made).abs();
    tally.doubled += fleet.school.duplicates().await;
    if end.state != "completed" {
        println!("       {module} ended as {end:?}");
    }
    fleet.stop().await;
}
