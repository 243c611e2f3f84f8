//! Removals and the brake: a source that is down, short or empty costs no user the account, and no record is added to
//! a list that was approved.

use {
    crate::harness::{
        db::{Kind, kinds},
        school::{School, told},
    },
    serde_json::{Value, json},
};

const LIST: &str = "GET /crm/v8/BTEC_Students";

/// A school whose students are synced, and whose removals suspend.
async fn school(kind: Kind, students: u32) -> School {
    let school = School::new(kind, students).await;
    school.layout("students", json!({"removal_action": "suspend"})).await;
    assert_eq!(school.full("students").await["status"], "completed");
    school.forget().await;
    school
}

/// Counts suspended accounts.
async fn suspended(school: &School) -> usize {
    school.moodle("users").await.iter().filter(|user| user["suspended"] == true).count()
}

/// Starts a whole run and returns its state once the faults have applied, cancelling it if it waits for another try.
async fn attempt(school: &School) -> Value {
    let run = school.start("students", json!({})).await;
    for _ in 0..200 {
        let now = school.state(&run).await;
        if !now["finished_at"].is_null() {
            return now;
        }
        if now["phase"] == "queued" && school.faults().await.iter().any(|fault| fault["fired"] != 0)
        {
            return school.decide(&now, "cancel", json!({})).await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    }
    panic!("the run neither ended nor waited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_bad_sources_remove_nobody() {
    for kind in kinds() {
        let school = school(kind, 420).await;
        let mut tried = 0;
        let mut held = 0;
        let all = |kind: &str, times: u32| json!({"target": "zoho", "kind": kind, "times": times});
        let list = |kind: &str, times: u32, skip: u32| json!({"target": "zoho", "kind": kind, "times": times, "skip": skip, "function": LIST});
        // Empty: in one list, or in every answer; truncated: in the body, or by a page that claims to be the last.
        let faults = [
            list("empty_list", 1, 0),
            list("no_content", 1, 0),
            list("no_content", 0, 0),
            all("no_content", 0),
            list("empty_list", 1, 1),
            list("early_end", 1, 0),
            list("early_end", 1, 1),
            list("short_page", 1, 0),
            list("truncate", 1, 1),
            list("cut_body", 1, 0),
            list("invalid_json", 1, 2),
            json!({"target": "zoho", "kind": "status", "status": 500, "times": 0, "skip": 1, "function": LIST}),
            json!({"target": "zoho", "kind": "status", "status": 503, "times": 1, "skip": 2, "function": LIST}),
            list("html", 1, 0),
            list("cut", 1, 1),
        ];
        for fault in faults.iter().cycle().take(75) {
            school.fault(fault.clone()).await;
            let run = attempt(&school).await;
            tried += 1;
            held += usize::from(run["status"] == "held");
            let applied = run["removals"]["applied"].as_i64().unwrap_or(0);
            assert_eq!(applied, 0, "{fault}: {run}");
            school.mend().await;
            assert_eq!(school.writes("moodle").await, 0, "{fault}: {run}");
        }
        // 30 % too few, in every read.
        for number in 0..126 {
            school.delete("students", number, true).await;
        }
        for _ in 0..25 {
            let run = school.full("students").await;
            tried += 1;
            assert_eq!(
                (&run["status"], &run["removals"]["planned"]),
                (&json!("held"), &json!(126)),
                "{run}"
            );
        }
        assert_eq!((school.writes("moodle").await, suspended(&school).await), (0, 0));
        assert_eq!(tried, 100);
        assert!(held > 0, "some were held");
        // Of all held runs only the newest is still held.
        assert_eq!(school.runs("status=held").await.len(), 1);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_is_a_ceiling() {
    for kind in kinds() {
        let school = school(kind, 100).await;
        for number in 0..30 {
            school.delete("students", number, true).await;
        }
        school.change("students", 50, json!({"Phone_Number": "+999 1"})).await;
        let run = school.full("students").await;
        assert_eq!(told(&run), ("held", [0, 69, 1, 0, 0, 70]), "changes are applied: {run}");
        assert!(run["removals"]["held_reason"].as_str().unwrap().contains("70 records"), "{run}");
        let id = run["run_id"].as_str().unwrap();
        let list =
            school.client.get(&format!("/v1/extension/runs/{id}/removals?limit=20")).await.json();
        assert_eq!(list["removals"].as_array().unwrap().len(), 20);
        let evidence = list["removals"][0]["evidence"].clone();
        assert_eq!((evidence, suspended(&school).await), (json!("absent"), 0));
        let token = list["next_page_token"].as_str().unwrap();
        let rest = format!("/v1/extension/runs/{id}/removals?limit=20&page_token={token}");
        assert_eq!(school.client.get(&rest).await.json()["removals"].as_array().unwrap().len(), 10);

        let approve = format!("/v1/extension/runs/{id}/approve");
        for bad in [0, 31, -1] {
            let refused = school.client.post(&approve, &json!({"removals": bad})).await;
            assert!([400, 422].contains(&refused.status), "{} {}", refused.status, refused.text);
        }
        // More records are gone since then: they are not added.
        for number in 60..70 {
            school.delete("students", number, true).await;
        }
        let approved = school.client.post(&approve, &json!({"removals": 12})).await;
        assert_eq!(approved.status, 200, "{}", approved.text);
        let run = school.ended(id).await;
        assert_eq!(run["removals"]["applied"], 12, "{run}");
        assert_eq!(suspended(&school).await, 12);
        assert_eq!(told(&run).1, [0, 69, 13, 0, 18, 100], "{run}");
        let left = school.items(&run, "items_code=RUN_HELD_REMOVALS").await;
        assert_eq!(left.len(), 18);
        let again = school.client.post(&approve, &json!({"removals": 12})).await;
        assert_eq!(again.status, 400, "{}", again.text);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_came_back_stays_and_a_plan_can_be_discarded() {
    for kind in kinds() {
        let school = school(kind, 100).await;
        // The source returns no records at all: a list of a hundred. It is approved when they are back.
        school.fault(json!({"target": "zoho", "kind": "no_content", "times": 0})).await;
        let run = school.full("students").await;
        assert_eq!(
            (&run["status"], &run["removals"]["planned"]),
            (&json!("held"), &json!(100)),
            "{run}"
        );
        school.mend().await;
        for number in 0..3 {
            school.delete("students", number, true).await;
        }
        school.decide(&run, "approve", json!({"removals": 100})).await;
        let run = school.ended(run["run_id"].as_str().unwrap()).await;
        assert_eq!(
            (&run["status"], &run["removals"]["applied"]),
            (&json!("partial"), &json!(3)),
            "{run}"
        );
        assert_eq!(school.items(&run, "items_code=CAME_BACK").await.len(), 97);
        assert_eq!(suspended(&school).await, 3);

        // Discarded: partial, links kept; the next whole read finds them due again.
        for number in 60..90 {
            school.delete("students", number, true).await;
        }
        let held = school.full("students").await;
        assert_eq!(held["status"], "held", "{held}");
        let discarded = school.decide(&held, "discard", json!({})).await;
        assert_eq!(
            (&discarded["status"], told(&discarded).1[4]),
            (&json!("partial"), 30),
            "{discarded}"
        );
        assert_eq!(school.detail(&discarded).await.error_code(), "REMOVALS_DISCARDED");
        let gone = school
            .client
            .post(
                &format!("/v1/extension/runs/{}/discard", held["run_id"].as_str().unwrap()),
                &json!({}),
            )
            .await;
        assert_eq!(gone.status, 400);
        assert_eq!(suspended(&school).await, 3);
        let next = school.full("students").await;
        assert_eq!(
            (&next["status"], &next["removals"]["planned"]),
            (&json!("held"), &json!(30)),
            "{next}"
        );
        // A newer plan replaces an older one.
        let newest = school.full("students").await;
        let older = school.state(next["run_id"].as_str().unwrap()).await;
        assert_eq!((&newest["status"], &older["status"]), (&json!("held"), &json!("partial")));
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_few_deletions_pass_and_many_wait() {
    for kind in kinds() {
        let school = school(kind, 300).await;
        for number in 0..30 {
            school.delete("students", number, false).await;
        }
        // Thirty of 300 are a tenth, the most that needs no approval. One more on the same day is too many.
        let run = school.changes("students").await;
        assert_eq!(
            (&run["status"], &run["removals"]["applied"]),
            (&json!("completed"), &json!(30)),
            "{run}"
        );
        school.delete("students", 40, false).await;
        let run = school.changes("students").await;
        assert_eq!(
            (&run["status"], &run["removals"]["planned"]),
            (&json!("held"), &json!(1)),
            "{run}"
        );
        assert_eq!(suspended(&school).await, 30);
        // The source fails when they are checked again: none is removed.
        school.fault(json!({"target": "zoho", "kind": "status", "status": 500, "times": 0, "function": LIST})).await;
        let approved = school.decide(&run, "approve", json!({"removals": 1})).await;
        tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
        assert_eq!(suspended(&school).await, 30);
        school.mend().await;
        let run = school.ended(approved["run_id"].as_str().unwrap()).await;
        assert_eq!((&run["status"], suspended(&school).await), (&json!("completed"), 31), "{run}");
        school.stop().await;
    }
}
