//! The order of modules: parents first, chains, and records that wait for a parent.

use {
    super::{complete, settled},
    crate::harness::{
        db::kinds,
        eventually,
        school::{School, told},
    },
    serde_json::{Value, json},
};

const ORDER: [&str; 7] =
    ["programs", "units", "students", "classes", "registrations", "enrollments", "payments"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_goes_in_order_and_a_second_one_writes_nothing() {
    for kind in kinds() {
        let school = School::new(kind, 60).await;
        let runs = school.all(json!({})).await;
        let names: Vec<&str> =
            runs.iter().map(|run| run["module_name"].as_str().unwrap()).collect();
        assert_eq!(names, ORDER);
        let mut before = String::new();
        for run in &runs {
            let (status, [new, .., skipped, total]) = told(run);
            assert_eq!((status, new, skipped), ("completed", total, 0), "{run}");
            assert_eq!(run["chain_id"], runs[0]["run_id"]);
            let end = run["finished_at"].as_str().unwrap().to_owned();
            assert!(before <= end, "one after the other");
            before = end;
        }
        school.forget().await;
        for run in school.all(json!({})).await {
            let (status, [_, unchanged, .., total]) = told(&run);
            assert_eq!((status, unchanged), ("completed", total), "{run}");
        }
        assert_eq!(school.writes("moodle").await, 0);
        assert_eq!(school.duplicates().await, 0);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_wishes_for_everything_become_one_chain_behind_the_active_one() {
    for kind in kinds() {
        let school = School::new(kind, 12).await;
        school.options(json!({"zoho_latency_ms": 150})).await;
        let ask = async |body: Value| {
            let answer = school.client.post("/v1/extension/sync/run", &body).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
            let started = answer.json();
            assert_eq!(started["runs"].as_array().unwrap().len(), 7);
            started["chain_id"].as_str().unwrap().to_owned()
        };
        let first = ask(json!({})).await;
        eventually("its beginning", async || {
            (school.state(&first).await["phase"] != "queued").then_some(())
        })
        .await;
        let second = ask(json!({"scope": "changes"})).await;
        assert_ne!(first, second);
        for body in [json!({"scope": "changes"}), json!({})] {
            assert_eq!(ask(body).await, second);
        }
        school.idle().await;
        let runs = school.runs("").await;
        assert_eq!(runs.len(), 14, "{runs:?}");
        let again: Vec<&Value> =
            runs.iter().filter(|run| run["chain_id"] == second.as_str()).collect();
        assert_eq!(again.len(), 7);
        // One of the requests was for everything.
        for run in again {
            let (status, [new, unchanged, .., total]) = told(run);
            assert_eq!((status, new, unchanged), ("completed", 0, total), "{run}");
        }
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_goes_on_behind_a_run_that_failed_or_was_cancelled() {
    for kind in kinds() {
        let school = School::new(kind, 12).await;
        // Units have no module with this name in Zoho, so their run fails as a whole.
        let body = json!({"zoho_module": "Nothing_Here"});
        let answer = school.client.put("/v1/extension/modules/units", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        school.options(json!({"zoho_latency_ms": 150})).await;
        let started = school.client.post("/v1/extension/sync/run", &json!({})).await.json();
        let runs = started["runs"].as_array().unwrap().clone();
        // The run of the classes has not begun: it is cancelled at once.
        let cancelled = school.decide(&runs[3], "cancel", json!({})).await;
        assert_eq!(cancelled["status"], "cancelled");
        let mut ends = Vec::new();
        for run in &runs {
            ends.push(school.ended(run["run_id"].as_str().unwrap()).await);
        }
        let states: Vec<&str> = ends.iter().map(|run| run["status"].as_str().unwrap()).collect();
        assert_eq!(
            states,
            [
                "completed",
                "failed",
                "completed",
                "cancelled",
                "completed",
                "completed",
                "completed"
            ]
        );
        assert_eq!(school.detail(&ends[1]).await.error_code(), "ZOHO_MODULE_UNKNOWN");
        // Without classes every enrollment waits.
        assert_eq!(told(&ends[5]).1, [0, 0, 0, 0, 24, 24], "{}", ends[5]);
        let waiting = school.items(&ends[5], "").await;
        assert!(waiting.iter().all(|item| item["code"] == "PARENT_NOT_SYNCED"), "{waiting:?}");
        assert!(
            waiting.iter().all(|item| item["message"] == "class_not_synced_yet"),
            "{waiting:?}"
        );
        // They are processed by themselves when the classes arrive.
        complete(&school, &["classes"]).await;
        school.idle().await;
        let runs = school.runs("module=enrollments&trigger_source=dependency").await;
        let new: i64 = runs.iter().map(|run| told(run).1[0]).sum();
        assert_eq!(new, 24, "{runs:?}");
        assert_eq!(school.counts().await["enrolments"], 24);
        settled(&school, &["classes", "enrollments"]).await;
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_parent_is_named_and_its_arrival_is_enough() {
    for kind in kinds() {
        let school = School::new(kind, 12).await;
        let reasons = async |module: &str, reason: &str, count: i64| {
            let run = school.full(module).await;
            let (status, [new, .., skipped, total]) = told(&run);
            assert_eq!((status, new, skipped), ("completed", total - count, count), "{run}");
            let items = school.items(&run, "items_code=PARENT_NOT_SYNCED").await;
            assert_eq!(items.len(), usize::try_from(count).unwrap());
            assert!(items.iter().all(|item| item["message"] == reason), "{items:?}");
        };
        reasons("payments", "registration_not_synced_yet", 18).await;
        reasons("registrations", "student_not_synced_yet", 12).await;
        reasons("enrollments", "student_not_synced_yet", 24).await;
        // Students alone are not enough: now the program and the class are missing.
        complete(&school, &["students"]).await;
        school.idle().await;
        assert_eq!(school.counts().await["enrolments"], 0);
        reasons("registrations", "program_not_synced_yet", 12).await;
        reasons("enrollments", "class_not_synced_yet", 24).await;
        complete(&school, &["programs", "classes"]).await;
        // Registrations follow programs, payments follow registrations, enrollments follow classes, without a
        // request.
        eventually("the last payment", async || {
            let items: i64 = sum(&school, "payments").await;
            (items == 18).then_some(())
        })
        .await;
        school.idle().await;
        assert_eq!(sum(&school, "registrations").await, 12);
        assert_eq!(sum(&school, "enrollments").await, 24);
        assert_eq!(school.counts().await["enrolments"], 24);
        settled(&school, &["students", "registrations", "enrollments", "payments"]).await;
        assert_eq!(school.duplicates().await, 0);
        school.stop().await;
    }
}

/// Counts the objects created by runs that started because a parent arrived.
async fn sum(school: &School, module: &str) -> i64 {
    let runs = school.runs(&format!("module={module}&trigger_source=dependency")).await;
    runs.iter().filter(|run| !run["finished_at"].is_null()).map(|run: &Value| told(run).1[0]).sum()
}
