//! What a new school still has to do.

use {
    crate::harness::{
        app::{App, connect, ended, sandbox, sync},
        client::Client,
        db::{Db, kinds},
    },
    serde_json::{Value, json},
};

async fn steps(client: &Client) -> Vec<Value> {
    let answer = client.get("/v1/extension/checklist").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["steps"].as_array().expect("steps").clone()
}

fn states(steps: &[Value]) -> Vec<&str> {
    let names: Vec<&str> = steps.iter().filter_map(|step| step["step"].as_str()).collect();
    let wanted = ["connect_zoho", "connect_moodle", "mappings", "dry_run", "first_run", "schedule"];
    assert_eq!(names, wanted);
    steps.iter().filter_map(|step| step["state"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_school_is_led_from_step_to_step() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &[]);
        let client = app.client();
        let first = steps(&client).await;
        assert_eq!(states(&first), ["to_do", "to_do", "done", "blocked", "blocked", "blocked"]);
        assert_eq!(first[0]["code"], "ZOHO_NOT_CONFIGURED", "{first:#?}");
        assert_eq!(
            (&first[0]["fields"], &first[0]["screen"]),
            (&json!(["zoho_client_id"]), &json!("connections"))
        );
        assert_eq!(first[1]["code"], "MOODLE_NOT_CONFIGURED");
        assert_eq!(first[3]["blocked_by"], json!(["connect_zoho", "connect_moodle"]));
        let school = sandbox(3, 0).await;
        connect(&client, &school).await;
        let (modules, switch) = ("/v1/extension/modules", |on: bool| json!({"enabled": on}));
        for module in ["programs", "classes", "enrollments", "units", "registrations", "payments"] {
            let off = client.put(&format!("{modules}/{module}"), &switch(false)).await;
            assert_eq!(off.status, 200);
        }
        let connected = steps(&client).await;
        assert_eq!(states(&connected), ["done", "done", "done", "to_do", "blocked", "blocked"]);
        let off = json!({"moodle_enabled": false});
        assert_eq!(client.put("/v1/extension/settings", &off).await.status, 200);
        let disabled = steps(&client).await;
        assert_eq!(
            (&disabled[1]["state"], &disabled[1]["code"]),
            (&json!("to_do"), &json!("MOODLE_DISABLED"))
        );
        let on = json!({"moodle_enabled": true});
        assert_eq!(client.put("/v1/extension/settings", &on).await.status, 200);
        let mapping = "/v1/extension/mappings/students";
        let rows = client.get(mapping).await.json();
        let few = json!({"mappings": [{"canonical_field": "city", "zoho_field_api_name": "City"}], "force": true});
        assert_eq!(client.put(mapping, &few).await.status, 200);
        let unmapped = steps(&client).await;
        assert_eq!(unmapped[2]["code"], "MAPPING_REQUIRED_MISSING", "{unmapped:#?}");
        assert!(unmapped[2]["fields"].as_array().unwrap().contains(&json!("students.username")));
        assert_eq!(unmapped[2]["modules"], json!(["students"]));
        assert_eq!(unmapped[3]["blocked_by"], json!(["mappings"]));
        let back = client.put(mapping, &json!({"mappings": rows})).await;
        assert_eq!(back.status, 200, "{}", back.text);
        let dry = client.post("/v1/extension/sync/students/run", &json!({"dry_run": true})).await;
        ended(&client, dry.json()["run_id"].as_str().unwrap()).await;
        let tried = steps(&client).await;
        assert_eq!(states(&tried), ["done", "done", "done", "done", "to_do", "blocked"]);
        assert_eq!(
            (&tried[4]["modules"], &tried[4]["screen"]),
            (&json!(["students"]), &json!("runs"))
        );
        sync(&client).await;
        let run = steps(&client).await;
        assert_eq!(states(&run), ["done", "done", "done", "done", "done", "to_do"], "{kind:?}");
        let cron = json!({"schedule_mode": "cron", "schedule_cron": "0 6 * * *"});
        assert_eq!(client.put(&format!("{modules}/students"), &cron).await.status, 200);
        let scheduled = steps(&client).await;
        assert_eq!(scheduled[5]["modules"], json!(["students"]));
        assert!(scheduled[5]["reason"].as_str().unwrap().contains("no run is started by them yet"));
        let off = client.put(&format!("{modules}/students"), &switch(false)).await;
        assert_eq!(off.status, 200);
        let empty = steps(&client).await;
        assert_eq!(
            (&empty[2]["reason"], &empty[2]["screen"]),
            (&json!("no module is enabled"), &json!("modules"))
        );
        school.stop().await;
        // What a run could not use is told until the settings change.
        assert_eq!(client.put(&format!("{modules}/students"), &switch(true)).await.status, 200);
        db.execute(
            "INSERT INTO connection_states (tenant_id, provider, code, since)
            SELECT tenant_id, 'zoho', 'ZOHO_TOKEN_REVOKED', updated_at FROM integration_settings",
        )
        .await;
        let broken = steps(&client).await;
        assert_eq!(
            (&broken[0]["state"], &broken[0]["code"]),
            (&json!("to_do"), &json!("ZOHO_TOKEN_REVOKED"))
        );
        assert_eq!(
            client.put("/v1/extension/settings", &json!({"keep_days": 30})).await.status,
            200
        );
        assert_eq!(steps(&client).await[0]["state"], "done");
    }
}
