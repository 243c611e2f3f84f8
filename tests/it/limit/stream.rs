//! Open streams of a tenant: how many there may be, and when they end.

use {
    super::{KEYS, SETTINGS, number, ok, school, text},
    crate::harness::{
        app::App,
        client::{Client, Headers},
        db::{Db, kinds},
        eventually,
    },
    serde_json::json,
};

const EVENTS: &str = "/v1/extension/events";
const SESSIONS: &str = "/v1/extension/sessions";

/// Opens a stream, and reads its first message.
async fn open(client: &Client, headers: &Headers) -> Result<reqwest::Response, (u16, String)> {
    let mut answer = client.begin("GET", EVENTS, headers, b"").await;
    let status = answer.status().as_u16();
    if status != 200 {
        return Err((status, answer.text().await.expect("a body")));
    }
    answer.chunk().await.expect("a part").expect("a first message");
    Ok(answer)
}

async fn signed(client: &Client) -> Result<reqwest::Response, (u16, String)> {
    open(client, &client.sign("GET", EVENTS, b"")).await
}

/// Reads a stream to its end.
async fn end(mut stream: reqwest::Response) -> String {
    let mut told = String::new();
    while let Some(part) = stream.chunk().await.expect("a part") {
        told.push_str(&String::from_utf8_lossy(&part));
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_has_so_many_open_streams() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let limits = [("streams", 3)];
        let app = App::limited(&db, &limits, &["--worker", "none"]);
        let platform = app.client();
        let owner = school(&platform, "riyadh").await;
        let mut open = Vec::new();
        for _ in 0..3 {
            open.push(signed(&owner).await.expect("a stream"));
        }
        let answer = owner.get(EVENTS).await;
        assert_eq!((answer.status, answer.header("x-sigma-error")), (429, "STREAMS_FULL"));
        assert!(number(&answer, "retry-after") >= 1 && answer.detail().contains('3'));
        // Exports and the audit log count as well, requests do not, and others have theirs.
        for target in ["/v1/extension/audit/watch", "/v1/extension/audit/export"] {
            let answer = owner.get(target).await;
            assert_eq!(answer.status, 429, "{target}: {}", answer.text);
        }
        assert_eq!(owner.get(SETTINGS).await.status, 200);
        drop(signed(&platform).await.expect("a stream"));
        open.pop();
        let again = eventually("a free place", async || signed(&owner).await.ok()).await;
        drop((again, open));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_of_a_session_end_with_it() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let owner = school(&app.client(), "riyadh").await;
        let session = async |ttl_s: u32| {
            let body = json!({"role": "viewer", "actor": "crm:7", "ttl_s": ttl_s});
            let minted = ok(owner.post(SESSIONS, &body).await);
            let bearer = vec![("Authorization", format!("Bearer {}", text(&minted, "token")))];
            (text(&minted, "session_id"), bearer)
        };
        let (revoked, bearer) = session(900).await;
        let (short, kept) = (session(2).await.1, session(900).await.1);
        let ended = open(&owner, &bearer).await.expect("a stream");
        let expired = open(&owner, &short).await.expect("a stream");
        let goes_on = open(&owner, &kept).await.expect("a stream");
        let of_key = {
            let made = ok(owner.post(KEYS, &json!({"name": "x", "roles": ["viewer"]})).await);
            let (id, secret) = (text(&made, "key_id"), text(&made, "secret"));
            let stream = signed(&Client::new(&app.url, "riyadh", &id, &secret)).await;
            ok(owner.post(&format!("{KEYS}/{id}/revoke"), &json!({})).await);
            stream.expect("a stream")
        };
        ok(owner.post(&format!("{SESSIONS}/{revoked}/revoke"), &json!({})).await);
        let (one, two, three) = tokio::join!(end(ended), end(expired), end(of_key));
        assert!(one.contains("Invalid session"), "{kind:?}: {one}");
        assert!(two.contains("Invalid session"), "{kind:?}: {two}");
        assert!(three.contains("Invalid API key"), "{kind:?}: {three}");
        // The other one is open: an event comes.
        let change = json!({"name": "y", "roles": ["viewer"]});
        ok(owner.post(KEYS, &change).await);
        let mut goes_on = goes_on;
        let mut told = String::new();
        while !told.contains("key.changed") {
            let part = goes_on.chunk().await.expect("a part").expect("more");
            told.push_str(&String::from_utf8_lossy(&part));
        }
    }
}
