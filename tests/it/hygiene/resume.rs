//! A watcher that says what it has seen last in a way that cannot be read is refused: it would miss events and not know.

use crate::harness::{
    app::App,
    db::{Db, Kind},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_last_event_that_is_not_a_number_is_refused() {
    let db = Db::new(Kind::Sqlite).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    for target in ["/v1/extension/events", "/v1/extension/audit/watch"] {
        for bad in ["é", "abc", "-1", "+1", "", "1.5", "0x1", "1 2", "99999999999999999999"] {
            let mut headers = client.sign("GET", target, b"");
            headers.push(("Last-Event-ID", bad.to_owned()));
            let answer = client.send("GET", target, &headers, "").await;
            assert_eq!(answer.status, 422, "{target} '{bad}': {}", answer.text);
            let fault = &answer.json()["detail"][0];
            assert_eq!(fault["loc"], serde_json::json!(["header", "last-event-id"]), "{bad}");
        }
        let mut headers = client.sign("GET", target, b"");
        headers.extend(["0", "0"].map(|id| ("Last-Event-ID", id.to_owned())));
        assert_eq!(client.send("GET", target, &headers, "").await.status, 422, "{target}: two");
        let mut headers = client.sign("GET", target, b"");
        headers.push(("Last-Event-ID", "0".into()));
        assert_eq!(client.begin("GET", target, &headers, "").await.status(), 200, "{target}");
    }
}
