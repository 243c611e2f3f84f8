//! What REST takes and refuses at its doors: numbers with an empty fraction, lists with and without their message, and
//! the examples of the API document.

use {
    crate::harness::{
        app::{App, connect, ended, sandbox, trigger},
        db::{Db, kinds},
    },
    serde_json::{Value, json},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_number_may_have_an_empty_fraction() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let client = app.client();
        for (value, status) in [
            (json!(30.0), 200),
            (json!("31.0"), 200),
            (json!(3e1), 200),
            (json!(30.5), 422),
            (json!("30.5"), 422),
        ] {
            let answer = client.put("/v1/extension/settings", &json!({ "keep_days": value })).await;
            assert_eq!(answer.status, status, "{value}: {}", answer.text);
            if status == 422 {
                assert_eq!(answer.json()["detail"][0]["type"], "int_parsing", "{}", answer.text);
            }
        }
        assert_eq!(client.get("/v1/extension/settings").await.json()["keep_days"], 30);
        let path = "/v1/extension/modules/students";
        let changed = client.put(path, &json!({"options": {"brake_percent": 12.0}})).await;
        assert_eq!(changed.json()["options"]["brake_percent"], 12, "{}", changed.text);
        for query in ["limit=2.0", "limit=2"] {
            let listed = client.get(&format!("/v1/extension/runs?{query}")).await;
            assert_eq!(listed.status, 200, "{}", listed.text);
        }
        // In free JSON as well: a parameter of a transform.
        let row = |max: Value| {
            json!({
                "canonical_field": "name", "zoho_field_api_name": "Name",
                "transform_rules": {"type": "truncate", "params": {"max": max}},
            })
        };
        let rows = json!({"mappings": [row(json!(50.0))]});
        let saved = client.put("/v1/extension/mappings/units", &rows).await;
        assert_eq!(saved.status, 200, "{}", saved.text);
        assert_eq!(saved.json()[0]["transform_rules"]["params"]["max"], 50, "{}", saved.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statuses_that_suspend_are_taken_as_they_are_answered() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let client = app.client();
        let path = "/v1/extension/modules/payments";
        let set =
            async |words: Value| client.put(path, &json!({"options": {"suspend_on": words}})).await;
        for (words, stored) in [
            (json!(["overdue"]), json!(["overdue"])),
            (json!({"words": ["unpaid", "late"]}), json!(["unpaid", "late"])),
            (json!(null), json!(["unpaid", "late"])),
            (json!({"words": []}), json!([])),
            (json!(["overdue"]), json!(["overdue"])),
            (json!([]), json!([])),
        ] {
            let answer = set(words.clone()).await;
            assert_eq!(answer.status, 200, "{words}: {}", answer.text);
            assert_eq!(answer.json()["options"]["suspend_on"], stored, "{words}");
        }
        // Options go back as they came.
        let modules = client.get("/v1/extension/modules").await.json();
        let own = modules.as_array().expect("modules").iter();
        let own = own.clone().find(|one| one["module_name"] == "payments").expect("payments");
        let again = set(own["options"]["suspend_on"].clone()).await;
        assert_eq!(again.status, 200, "{}", again.text);
        for (wrong, word, place) in [
            (json!("overdue"), "model_attributes_type", json!(["body", "options", "suspend_on"])),
            (json!([1, []]), "string_type", json!(["body", "options", "suspend_on", 0])),
        ] {
            let answer = set(wrong.clone()).await;
            let fault = answer.json()["detail"][0].clone();
            assert_eq!((answer.status, &fault["type"]), (422, &json!(word)), "{}", answer.text);
            assert_eq!(fault["loc"], place, "{wrong}");
        }
        let many: Vec<String> = (0..101).map(|n| n.to_string()).collect();
        assert_eq!(set(json!(many)).await.status, 422);
        // Other messages are not taken as lists.
        let listed = client.put(path, &json!({"options": []})).await;
        assert_eq!(listed.json()["detail"][0]["type"], "model_attributes_type", "{}", listed.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_examples_of_the_document_are_taken_as_they_stand() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &[]);
    let client = app.client();
    let school = sandbox(20, 0).await;
    connect(&client, &school).await;
    let run = trigger(&client).await;
    ended(&client, &run).await;
    let document = client.send("GET", "/openapi.json", &Vec::new(), "").await.json();
    let mut taken = 0;
    for (path, verbs) in document["paths"].as_object().expect("paths") {
        for (verb, operation) in verbs.as_object().expect("verbs") {
            let example = &operation["requestBody"]["content"]["application/json"]["example"];
            if example.is_null() {
                continue;
            }
            let mut target = path.clone();
            for parameter in operation["parameters"].as_array().expect("parameters") {
                let (name, value) = (parameter["name"].as_str().unwrap(), &parameter["example"]);
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let value = if name == "run_id" { run.clone() } else { value };
                target = target.replace(&format!("{{{name}}}"), &value);
            }
            // The file is about units.
            if example.get("yaml").is_some() {
                target = target.replace("/students/", "/units/");
            }
            let body = example.to_string();
            let answer = client.signed(&verb.to_uppercase(), &target, body.as_bytes()).await;
            // What depends on the state of this school is refused by a word about it, and no field is at fault.
            let word = answer.header("x-sigma-error");
            let of_state = [
                "RUN_NOT_HELD",
                "NOTHING_TO_RETRY",
                "FIELD_INVALID",
                "AUTH_ROLE_REQUIRED",
                "TENANT_IS_OWN",
                "KEY_IS_LAST",
                "RUNS_ACTIVE",
                "SESSION_NOT_FOUND",
                "CODE_NOT_VALID",
            ];
            let good = (200..300).contains(&answer.status) || of_state.contains(&word);
            assert!(good, "{verb} {target} {body}: {} {word} {}", answer.status, answer.text);
            taken += i32::from(answer.status < 300);
        }
    }
    assert!(taken >= 10, "{taken}");
    school.stop().await;
}
