//! The transforms for programs and people: the API, the command line and the page in the repository agree.

use {
    crate::harness::{
        app::App,
        cli::{out, sigma},
        db::{Db, kinds},
    },
    serde_json::{Value, json},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_transforms_can_be_learnt() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &[]);
    let client = app.client();
    let answer = client.get("/v1/extension/metadata/transforms").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let transforms = answer.json();
    let transforms = transforms.as_array().expect("a list");
    let truncate = transforms.iter().find(|one| one["name"] == "truncate").expect("a transform");
    assert_eq!(
        truncate["parameters"][0],
        json!({
            "name": "max", "type": "integer", "accepts": "1 to 10000", "words": [], "required": true,
            "meaning": truncate["parameters"][0]["meaning"],
        })
    );
    assert_eq!(truncate["parameters"][1]["default_value"], "false");

    // A validation of a mapping accepts everything that the API lists.
    let rows: Vec<Value> = transforms
        .iter()
        .map(|one| {
            json!({
                "canonical_field": "display_name", "zoho_field_api_name": "Name",
                "transform_rules": one["example"]["transform_rules"],
            })
        })
        .collect();
    assert_eq!(rows.len(), 28);
    for row in rows {
        let answer = client
            .post(
                "/v1/extension/mappings/students/preview",
                &json!({"draft": {"mappings": [row]}, "record": {"id": "1"}}),
            )
            .await;
        assert_eq!(answer.status, 200, "{row}: {}", answer.text);
    }

    // The command line needs no server and says the same.
    let nowhere = "http://127.0.0.1:1";
    let told = out(&sigma(&db, nowhere, &["transforms", "-o", "json"]));
    assert_eq!(&serde_json::from_str::<Vec<Value>>(&told).expect("a list"), transforms);
    let one = out(&sigma(&db, nowhere, &["transforms", "truncate", "-o", "json"]));
    assert_eq!(&serde_json::from_str::<Value>(&one).expect("an object"), truncate);
    let page = out(&sigma(&db, nowhere, &["transforms", "-o", "markdown"]));
    assert_eq!(page, include_str!("../../docs/src/transform-list.md"));
    let list = out(&sigma(&db, nowhere, &["transforms"]));
    assert_eq!(list.lines().count(), 29, "{list}");
    assert!(list.contains("max [ellipsis]"), "{list}");
    let details = out(&sigma(&db, nowhere, &["transforms", "truncate"]));
    for part in ["max: 1 to 10000; required", "false when it is left out", "result: \"abc…\""] {
        assert!(details.contains(part), "{part}: {details}");
    }
    let unknown = sigma(&db, nowhere, &["transforms", "magic"]);
    let errors = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert_eq!(unknown.status.code(), Some(3), "{errors}");
    assert!(errors.contains("there is no transform 'magic'"), "{errors}");
}
