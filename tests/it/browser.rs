//! What browsers are told about answers: that they are data, which no page may frame, guess or keep.

use {
    crate::harness::{
        app::App,
        client::Client,
        db::{Db, Kind},
    },
    serde_json::json,
};

const HEADERS: [(&str, &str); 5] = [
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
    ("cross-origin-resource-policy", "same-origin"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_says_that_it_is_data() {
    let db = Db::new(Kind::Sqlite).await;
    let app = App::start(&db, &["--worker", "none"]);
    let client = app.client();
    let stranger = Client::new(&app.url, "default", "ek_unknown", &"x".repeat(46));
    let answers = [
        client.get("/v1/extension/settings").await,
        client.put("/v1/extension/settings", &json!({"keep_days": 0})).await,
        client.get("/v1/extension/nowhere").await,
        client.send("DELETE", "/v1/extension/settings", &Vec::new(), b"").await,
        stranger.get("/v1/extension/settings").await,
        client.send("GET", "/openapi.json", &Vec::new(), b"").await,
        client.send("GET", "/health", &Vec::new(), b"").await,
        client.send("GET", "/livez", &Vec::new(), b"").await,
        client.send("GET", "/nowhere", &Vec::new(), b"").await,
    ];
    for answer in &answers {
        for (name, value) in HEADERS {
            assert_eq!(answer.header(name), value, "{name}: {} {}", answer.status, answer.text);
        }
    }
    // A page has its own policy, and is not framed either.
    let page = client.send("GET", "/docs", &Vec::new(), b"").await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self'") && policy.contains("frame-ancestors 'none'"));
    assert_eq!(page.header("x-content-type-options"), "nosniff");
}
