//! Requests that another implementation of RFC 9421 signed, in scheme v2: accepted as they are, and refused with any
//! covered part changed. It is installed by `scripts/python.sh signing`; without it the test fails.

use {
    crate::harness::{
        app::App,
        client::Client,
        db::{Db, kinds},
    },
    futures_util::{StreamExt as _, stream},
    serde_json::{Value, json},
    std::{collections::BTreeMap, path::Path, process::Command},
};

const RIGHT: usize = 1_000;
const CHANGED: usize = 10_000;

/// Returns what the other implementation signed.
fn requests(caller: &Client, secret: &str) -> Vec<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let installed = root.join("tools/signing/python");
    assert!(installed.is_dir(), "another signer is missing; run scripts/python.sh signing");
    let host = caller.url.strip_prefix("http://").expect("a plain address");
    let output = Command::new("python3")
        .env("PYTHONPATH", installed)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("SIGMA_SECRET", secret)
        .arg(root.join("tests/it/signed/sign.py"))
        .args([host, &caller.tenant, &caller.key, &RIGHT.to_string(), &CHANGED.to_string()])
        .output()
        .expect("python3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("text");
    lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The clients of both versions of HTTP.
struct Clients {
    rest: reqwest::Client,
    grpc: reqwest::Client,
}

impl Clients {
    #[expect(clippy::disallowed_methods, reason = "a test's own client")]
    fn new() -> Self {
        let _second_call = rustls::crypto::ring::default_provider().install_default();
        let client = || reqwest::Client::builder().no_proxy();
        let grpc = client().http2_prior_knowledge().build().expect("a client");
        Self { rest: client().build().expect("a client"), grpc }
    }

    /// Sends a request; returns whether it was taken for its caller's, and what was answered.
    async fn accepts(&self, url: &str, request: &Value) -> (bool, String) {
        let text = |name: &str| request[name].as_str().expect("a text");
        let is_grpc = text("wire") == "grpc";
        let client = if is_grpc { &self.grpc } else { &self.rest };
        let verb = text("method").parse().expect("a verb");
        let mut sent = client
            .request(verb, format!("{url}{}", text("target")))
            .body(hex::decode(text("content")).expect("hex"));
        if is_grpc {
            sent = sent.header("content-type", "application/grpc").header("te", "trailers");
        }
        for (name, value) in request["headers"].as_object().expect("headers") {
            sent = sent.header(name, value.as_str().expect("a text"));
        }
        let answer = sent.send().await.expect("an answer");
        let status = answer.headers().get("grpc-status").cloned();
        let (code, body) = (answer.status().as_u16(), answer.text().await.expect("a body"));
        let refused = code == 401 || status.as_ref().is_some_and(|status| status == "16");
        // Nothing else than a refusal of the credential is taken for one.
        let known = refused || (code == 200 && status.is_none_or(|status| status == "0"));
        assert!(known, "{code} {body}: {request}");
        (!refused, format!("{code} {body}"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_implementation_signs_what_is_accepted() {
    let db = Db::new(kinds()[0]).await;
    let app = App::start(&db, &[]);
    let body = json!({"tenant_id": "riyadh", "name": "Riyadh"});
    let made = app.client().post("/v1/extension/tenants", &body).await.json();
    let of = |name: &str| made[name].as_str().expect("a text").to_owned();
    let secret = of("extension_api_secret");
    let caller = Client::new(&app.url, "riyadh", &of("extension_api_key"), &secret);
    let signed = requests(&caller, &secret);
    let clients = Clients::new();
    let (clients, url) = (&clients, &app.url);
    let answers = stream::iter(&signed)
        .map(|request| async move { (request, clients.accepts(url, request).await) })
        .buffer_unordered(16);
    let mut accepted = BTreeMap::<Option<&str>, [usize; 2]>::new();
    let mut wrong = None;
    for (request, (taken, answer)) in answers.collect::<Vec<_>>().await {
        let change = request["change"].as_str();
        accepted.entry(change).or_default()[usize::from(taken)] += 1;
        if taken == change.is_some() {
            wrong = Some(format!("{request} was answered with {answer}"));
        }
    }
    assert_eq!(wrong, None, "{accepted:?}");
    assert_eq!(accepted.remove(&None), Some([0, RIGHT]));
    assert_eq!(accepted.values().map(|[refused, _]| refused).sum::<usize>(), CHANGED);
    for part in [
        "@method",
        "@authority",
        "@path",
        "@query",
        "content",
        "content-digest",
        "x-tenant-id",
        "idempotency-key",
        "created",
        "keyid",
        "nonce",
        "list",
        "signature",
    ] {
        assert!(accepted.get(&Some(part)).is_some_and(|[refused, _]| *refused > 100), "{part}");
    }
}
