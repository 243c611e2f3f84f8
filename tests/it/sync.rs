//! Students from the emulated Zoho CRM to the emulated Moodle: first sync, second sync, changes, failures, retry, cancel.

use {
    crate::harness::{
        app::{App, connect, counts, ended, sandbox, sync, trigger},
        client::Client,
        control::{Controls, written},
        db::{Db, kinds},
        eventually,
    },
    serde_json::json,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn students_arrive_and_stay_as_they_are() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        let school = sandbox(1_000, 0).await;
        let controls = Controls::new();
        connect(&client, &school).await;

        let first = sync(&client).await;
        assert_eq!(
            (first["status"].as_str(), counts(&first)),
            (Some("completed"), [1_000, 0, 0, 0, 0, 1_000]),
            "{first}"
        );
        assert_eq!(first["items"][0]["diff"]["status"], json!([null, "Active"]));
        let ledger = controls.ledger(&school).await;
        assert_eq!(written(&ledger), [1_000, 0, 0], "{ledger}");
        assert_eq!(
            ledger["zoho"]["operations"]["GET /crm/v8/BTEC_Students"], 5,
            "1,000 records are 5 pages of 200"
        );

        let second = sync(&client).await;
        assert_eq!(counts(&second), [0, 1_000, 0, 0, 0, 1_000]);
        assert_eq!(
            written(&controls.ledger(&school).await),
            [1_000, 0, 0],
            "a second run writes nothing"
        );

        controls.student(&school, 7, json!({"Phone_Number": "+999 1"})).await;
        controls.student(&school, 8, json!({"Status": "Suspended"})).await;
        let third = sync(&client).await;
        assert_eq!(counts(&third), [0, 998, 2, 0, 0, 1_000]);
        let updated = client
            .get(&format!(
                "/v1/extension/runs/{}?items_status=UPDATED",
                third["run_id"].as_str().unwrap()
            ))
            .await
            .json();
        assert_eq!(updated["items_total"], 2);
        assert_eq!(updated["items"][0]["diff"]["phone"][1], "+999 1");
        assert_eq!(updated["items"][1]["diff"]["status"], json!(["Active", "Suspended"]));
        assert_eq!(written(&controls.ledger(&school).await), [1_000, 2, 0]);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_failed_is_retried_and_nothing_else() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        let school = sandbox(400, 100).await;
        let controls = Controls::new();
        connect(&client, &school).await;
        let first = sync(&client).await;
        assert_eq!(
            (first["status"].as_str(), counts(&first)),
            (Some("partial"), [396, 0, 0, 4, 0, 400]),
            "{kind:?}"
        );
        let id = first["run_id"].as_str().unwrap();
        let failed =
            client.get(&format!("/v1/extension/runs/{id}?items_status=FAILED")).await.json();
        assert_eq!(failed["items"][0]["code"], "MAPPING_REQUIRED_MISSING");
        let modules = client.get("/v1/extension/modules").await.json();
        assert_eq!(modules[0]["last_run_status"], "partial");

        // Two of the four are corrected in the source.
        for number in [99, 199] {
            let address = format!("mended.{number}@college.example");
            controls.student(&school, number, json!({"Academic_Email": address})).await;
        }
        let retry = client
            .signed("POST", &format!("/v1/extension/runs/{id}/retry-failed"), b"")
            .await
            .json();
        assert_eq!(
            (retry["trigger_source"].as_str(), retry["triggered_by"].as_str()),
            (Some("retry"), Some(format!("retry_of_{id}").as_str()))
        );
        let retried = ended(&client, retry["run_id"].as_str().unwrap()).await;
        assert_eq!(
            (retried["status"].as_str(), counts(&retried)),
            (Some("partial"), [2, 0, 0, 2, 0, 4])
        );
        assert_eq!(written(&controls.ledger(&school).await), [398, 0, 0]);

        let clean = client
            .signed(
                "POST",
                &format!("/v1/extension/runs/{}/retry-failed", retried["run_id"].as_str().unwrap()),
                b"",
            )
            .await;
        assert_eq!(clean.status, 200, "two are still failed");
        ended(&client, clean.json()["run_id"].as_str().unwrap()).await;
        let done = sync(&client).await;
        let again = client.signed("POST", "/v1/extension/runs/x/retry-failed", b"").await;
        assert_eq!(again.status, 404);
        assert_eq!(counts(&done), [0, 398, 0, 2, 0, 400]);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_to_retry_is_refused() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &[]);
    let client = app.client();
    let school = sandbox(2, 0).await;
    connect(&client, &school).await;
    let run = sync(&client).await;
    let refused = client
        .signed(
            "POST",
            &format!("/v1/extension/runs/{}/retry-failed", run["run_id"].as_str().unwrap()),
            b"",
        )
        .await;
    assert_eq!((refused.status, refused.detail().as_str()), (400, "No failed items to retry"));
    school.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trigger_while_active_makes_one_follow_up() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        let school = sandbox(1_500, 0).await;
        connect(&client, &school).await;
        let first = trigger(&client).await;
        for _ in 0..5 {
            assert_eq!(trigger(&client).await, first);
        }
        ended(&client, &first).await;
        let runs = eventually("the follow-up", async || {
            let runs = client.get("/v1/extension/runs").await.json();
            let runs = runs.as_array().unwrap().clone();
            (runs.len() == 2 && runs.iter().all(|run| !run["finished_at"].is_null()))
                .then_some(runs)
        })
        .await;
        assert_eq!(counts(&runs[0]), [0, 1_500, 0, 0, 0, 1_500]);
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        assert_eq!(
            client.get("/v1/extension/runs").await.json().as_array().unwrap().len(),
            2,
            "one, not five"
        );
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_can_be_cancelled() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        let school = sandbox(4_000, 0).await;
        let controls = Controls::new();
        controls
            .ask(
                "PUT",
                format!("{}/_sandbox/options", school.moodle_url()),
                json!({"moodle_latency_ms": 100}),
            )
            .await;
        connect(&client, &school).await;
        let run = trigger(&client).await;
        eventually("the first records", async || {
            let ledger = controls.ledger(&school).await;
            (written(&ledger)[0] > 0).then_some(())
        })
        .await;
        let cancel = client.signed("POST", &format!("/v1/extension/runs/{run}/cancel"), b"").await;
        assert_eq!(cancel.status, 200, "{}", cancel.text);
        let run = ended(&client, &run).await;
        assert_eq!(run["status"], "cancelled");
        let [new, .., total] = counts(&run);
        assert!(new < 4_000 && total < 4_000);
        let refused = client
            .signed(
                "POST",
                &format!("/v1/extension/runs/{}/cancel", run["run_id"].as_str().unwrap()),
                b"",
            )
            .await;
        assert_eq!(
            (refused.status, refused.detail().as_str()),
            (400, "Run has ended as cancelled")
        );
        // Completed work stays: the next run does the rest, and creates nothing twice.
        let next = sync(&client).await;
        assert_eq!(next["status"], "completed");
        assert_eq!(written(&controls.ledger(&school).await)[0], 4_000);
        assert_eq!(written(&controls.ledger(&school).await)[2], 0);
        school.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_not_there_ends_the_run() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &[]);
    let client = app.client();
    let summary = async |client: &Client| {
        let run = sync(client).await;
        assert_eq!(run["status"], "failed");
        run["error_summary"].as_str().unwrap().to_owned()
    };
    assert!(summary(&client).await.contains("Moodle connection is switched off"));
    client.put("/v1/extension/settings", &json!({"moodle_enabled": true})).await;
    assert!(
        summary(&client)
            .await
            .contains("the setting zoho_client_id of the Zoho connection is not set")
    );
    let run = client.post("/v1/extension/sync/units/run", &json!({})).await.json();
    let run = ended(&client, run["run_id"].as_str().unwrap()).await;
    assert!(
        run["error_summary"]
            .as_str()
            .unwrap()
            .contains("the setting zoho_client_id of the Zoho connection is not set")
    );
}
