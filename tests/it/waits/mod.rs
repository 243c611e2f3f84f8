//! Runs that wait: behind one that was asked to stop, for a system that asked for patience, for a limit; and what they say
//! of it.

mod command;
mod lift;
mod shown;
mod snooze;
mod stop;
mod told;

use {
    crate::harness::{eventually, school::School},
    serde_json::Value,
};

/// Waits until a run waits for this reason, and returns the wait.
async fn waiting(school: &School, run: &str, code: &str) -> Value {
    eventually(code, async || {
        let run = school.state(run).await;
        assert!(run["finished_at"].is_null() || run["status"] == "held", "it ended: {run}");
        Some(run["waiting"].clone()).filter(|waiting| waiting["code"] == code)
    })
    .await
}

/// Reads a number of a run's row.
async fn number(school: &School, column: &str, run: &str) -> i64 {
    let sql = format!("SELECT {column} AS n FROM sync_runs WHERE run_id = '{run}'");
    school.query(&sql).await.expect("the run")
}

/// Lets a run have waited longer than it has, while it waits.
async fn age(school: &School, run: &str, hours: i64) {
    let sql = format!(
        "UPDATE sync_runs SET wait_since_ms = wait_since_ms - {} WHERE run_id = '{run}' AND wait_code IS NOT NULL
         RETURNING 1 AS n",
        hours * 3_600_000
    );
    eventually("the wait", async || school.query(&sql).await).await;
}
