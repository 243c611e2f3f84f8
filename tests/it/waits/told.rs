//! A run that waits tells so once, and a system that does not answer counts as a broken connection until a run gets
//! through. A wait for a limit breaks nothing.

use {
    super::waiting,
    crate::harness::{db::kinds, eventually, school::School},
    serde_json::json,
};

const LIST: &str = "GET /crm/v8/BTEC_Students";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_is_told_once_and_breaks_the_connection_that_it_is_for() {
    for kind in kinds() {
        let faults = [
            ("moodle", "core_user_create_users", 503, "MOODLE_MAINTENANCE", true),
            ("zoho", LIST, 502, "UPSTREAM_UNREACHABLE", true),
            ("zoho", LIST, 429, "ZOHO_THROTTLED", false),
        ];
        for (target, function, status, code, breaks) in faults {
            let school = School::new(kind, 10).await;
            let count = async |what: &str| {
                let sql = format!("SELECT COUNT(*) AS n FROM outbox WHERE {what}");
                school.query(&sql).await.unwrap_or_default()
            };
            let connection = |kind: &str| format!("kind = '{kind}' AND subject = '{target}'");
            let (broken, mended) =
                (connection("connection.broken"), connection("connection.mended"));
            school.fault(json!({"target": target, "kind": "status", "status": status, "retry_after": "1", "function": function, "times": 3})).await;
            let run = school.start("students", json!({})).await;
            waiting(&school, &run, code).await;
            if breaks {
                eventually("the break", async || (count(&broken).await == 1).then_some(())).await;
            }
            let run = school.ended(&run).await;
            assert_eq!(run["status"], "completed", "{kind:?} {code}: {run}");
            let id = run["run_id"].as_str().expect("an id");
            let waits = format!("kind = 'run.waiting' AND subject = '{id}'");
            assert_eq!(count(&waits).await, 1, "{kind:?} {code}");
            if breaks {
                eventually("the mend", async || (count(&mended).await == 1).then_some(())).await;
            } else {
                let heard = format!(
                    "kind = 'run.ended' AND subject = '{id}' AND sequence <= (SELECT min(sequence) FROM outbox_listeners)"
                );
                eventually("all is heard", async || (count(&heard).await == 1).then_some(())).await;
            }
            let expected = i64::from(breaks);
            assert_eq!(
                (count(&broken).await, count(&mended).await),
                (expected, expected),
                "{code}"
            );
            school.stop().await;
        }
    }
}
