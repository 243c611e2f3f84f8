//! Saved views: seen by everybody at a school, written by those who may start runs, at most fifty.

use {
    super::{list, text},
    crate::harness::{
        app::App,
        cli::{out, sigma},
        client::Client,
        db::{Db, kinds},
    },
    serde_json::{Value, json},
};

const VIEWS: &str = "/v1/extension/views";

fn view(name: &str, query: &str) -> Value {
    json!({"name": name, "screen": "runs", "query": query})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn views_are_saved_listed_and_deleted() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let owner = app.client();
        let made = owner.post(VIEWS, &view("فشل اليوم", "status=FAILED&module=students")).await;
        assert_eq!(made.status, 200, "{}", made.text);
        let made = made.json();
        // Again under its name: it takes the place of the first one.
        let again = owner.post(VIEWS, &view("فشل اليوم", "status=FAILED")).await.json();
        assert_eq!(again["view_id"], made["view_id"]);
        let listed = owner.get(VIEWS).await.json();
        assert_eq!(list(&listed, "views"), std::slice::from_ref(&again), "{kind:?}");
        let other = owner.get(&format!("{VIEWS}?screen=people")).await.json();
        assert!(list(&other, "views").is_empty());

        let body = json!({"name": "viewer", "roles": ["viewer"]});
        let key = owner.post("/v1/extension/keys", &body).await.json();
        let viewer =
            Client::new(&owner.url, &owner.tenant, text(&key, "key_id"), text(&key, "secret"));
        assert_eq!(list(&viewer.get(VIEWS).await.json(), "views").len(), 1);
        assert_eq!(viewer.post(VIEWS, &view("x", "")).await.status, 403);
        let gone = format!("{VIEWS}/{}/delete", text(&made, "view_id"));
        assert_eq!(viewer.post(&gone, &json!({})).await.status, 403);

        for number in 1..50 {
            assert_eq!(owner.post(VIEWS, &view(&format!("v{number}"), "")).await.status, 200);
        }
        let full = owner.post(VIEWS, &view("one more", "")).await;
        assert_eq!(
            (full.status, full.header("x-sigma-error")),
            (400, "VIEWS_FULL"),
            "{}",
            full.text
        );
        assert_eq!(owner.post(VIEWS, &view("v7", "status=held")).await.status, 200);
        let deleted = owner.post(&gone, &json!({})).await;
        assert_eq!((deleted.status, deleted.json()["name"].clone()), (200, again["name"].clone()));
        assert_eq!(owner.post(&gone, &json!({})).await.status, 404);
        assert_eq!(owner.post(&format!("{VIEWS}/x/delete"), &json!({})).await.status, 404);
        for bad in [
            json!({"name": "", "screen": "runs"}),
            json!({"name": "x", "screen": "Runs?"}),
            json!({"name": "x", "screen": "runs", "query": "a\u{202e}"}),
        ] {
            assert_eq!(owner.post(VIEWS, &bad).await.status, 422, "{bad}");
        }
        let saved = out(&sigma(&db, &app.url, &["views", "save", "people", "mine", "query=sara"]));
        let listed = ["views", "list", "--screen", "people", "-o", "table"];
        assert!(out(&sigma(&db, &app.url, &listed)).contains("query=sara"));
        let deleted = out(&sigma(&db, &app.url, &["views", "delete", saved.trim()]));
        assert!(deleted.contains("mine"), "{deleted}");
    }
}
