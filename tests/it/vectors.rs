//! The signing vectors that every client and verifier must pass: each vector of both schemes gets its verdict and text from the
//! real layers, with a clock that stands at the vectors' time.

use {
    crate::harness::db::{Db, Kind},
    chrono::{DateTime, Utc},
    serde_json::Value,
    sigma_sync::{
        adapters::{
            guard::{MemoryGuard, ReplayGuard},
            rate::SharedRates,
        },
        config::Limits,
        crypto::{
            keys::{Finding, FindingSession, Keys, Missing, VerifyingKey, VerifyingSecret},
            signature::SigningKey,
        },
        domain::{
            access::{Role, Scheme},
            id::{KeyId, TenantId},
        },
        gateway::Gateway,
        ports::Clock,
        server::{Documents, Frames, Origins, Parts, Server, health::Ready},
        store::Store,
        telemetry::Metrics,
    },
    std::{collections::HashMap, net::SocketAddr, sync::Arc},
    tokio::net::TcpListener,
    tonic::service::Routes,
};

#[derive(Debug)]
struct Standing(i64);

impl Clock for Standing {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0, 0).expect("a time")
    }
}

#[derive(Debug)]
struct One(Arc<VerifyingKey>);

impl Keys for One {
    fn find<'a>(&'a self, tenant: &'a str, key: &'a KeyId) -> Finding<'a> {
        let found =
            (self.0.tenant.as_str() == tenant && self.0.key == *key).then(|| self.0.clone());
        Box::pin(async move { Ok(found) })
    }

    fn miss<'a>(&'a self, _: &'a KeyId) -> Missing<'a> {
        Box::pin(async { Ok(()) })
    }

    fn session<'a>(&'a self, _: &'a [u8; 32]) -> FindingSession<'a> {
        Box::pin(async { Ok(None) })
    }

    fn used(&self, _: &KeyId, _: i32) {}
}

/// Starts the layers over services without methods: a request that passes the check is UNIMPLEMENTED or not found.
async fn start(file: &Value, store: Store, authorities: &[&str]) -> String {
    let text = |name: &str| file[name].as_str().expect("a text").to_owned();
    let clock = Arc::new(Standing(file["clock"].as_i64().expect("a time")));
    let key = VerifyingKey {
        tenant: TenantId::parse(&text("tenant")).expect("a tenant"),
        key: KeyId::parse(&text("key_id")).expect("a key"),
        roles: vec![Role::Owner],
        expires_at: None,
        allow_cidrs: Vec::new(),
        min_scheme: Scheme::V1,
        only_mint: false,
        limits: Default::default(),
        secrets: vec![VerifyingSecret {
            id: 1,
            signing: SigningKey::new(&text("secret")),
            retires_at: None,
            loopback_only: false,
        }],
    };
    let routes = Routes::from(axum::Router::new());
    // The time of the vectors is not that of a database.
    let memory = MemoryGuard::new(store, clock.clone(), "vectors");
    let guard = ReplayGuard::new(Arc::new(memory), clock.clone());
    guard.tend().await.expect("a guard");
    let parts = Parts {
        routes: routes.clone().prepare(),
        gateway: Gateway::new(routes).expect("the gateway"),
        keys: Arc::new(One(Arc::new(key))),
        guard: Arc::new(guard),
        clock,
        trusted_proxies: Vec::new(),
        public_authorities: authorities.iter().map(ToString::to_string).collect(),
        cors_origins: Origins::default(),
        frames: Frames::default(),
        documents: Documents::Open,
        metrics: Metrics::default(),
        ready: Ready(Arc::new(|| Box::pin(async { true }))),
        limits: Limits {
            key_requests_per_s: 0,
            tenant_requests_per_s: 0,
            run_starts_per_min: 0,
            connection_tests_per_min: 0,
            session_mints_per_s: 0,
            failed_sign_ins_per_s: 0,
            streams: 0,
            overload_wait_ms: 10_000,
        },
        rates: Arc::new(SharedRates::default()),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(Server::new(parts).serve(listener, std::future::pending()));
    format!("http://{address}")
}

fn text(vector: &Value, name: &str) -> String {
    vector[name].as_str().unwrap_or_default().to_owned()
}

/// The headers that a vector is sent with.
fn headers(file: &Value, vector: &Value) -> Vec<(String, String)> {
    let tenant = vector["tenant_header"].as_str().or(file["tenant"].as_str()).expect("a tenant");
    let mut headers = vec![("X-Tenant-ID", tenant.to_owned())];
    if vector["scheme"] == "v2" {
        headers.push(("Content-Digest", text(vector, "content_digest")));
        headers.push(("Signature-Input", text(vector, "signature_input")));
        headers.push(("Signature", text(vector, "signature")));
    } else {
        // A vector that is refused for the form of its signature has that one in place of the right one.
        let signature = vector["signature_hex"].as_str().or(vector["signature_base64"].as_str());
        headers.push(("X-Ext-Key", text(file, "key_id")));
        headers.push(("X-Ext-Timestamp", text(vector, "timestamp")));
        headers.push(("X-Ext-Nonce", text(vector, "nonce")));
        headers.push(("X-Ext-Signature", signature.expect("a signature").to_owned()));
    }
    let mut headers: Vec<(String, String)> =
        headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    for (name, value) in vector["headers"].as_object().into_iter().flatten() {
        headers.push((name.clone(), value.as_str().expect("a text").to_owned()));
    }
    headers
}

#[expect(clippy::disallowed_methods, reason = "a test's own client")]
async fn send(
    url: &str,
    vector: &Value,
    headers: &[(String, String)],
) -> (u16, Option<i64>, String) {
    let _second_call = rustls::crypto::ring::default_provider().install_default();
    let wire = text(vector, "wire");
    let grpc = wire.starts_with("grpc");
    let builder = reqwest::Client::builder().no_proxy();
    let address: SocketAddr = url.trim_start_matches("http://").parse().expect("an address");
    // A name and no port, so that the server is called by the authority of the vector.
    let authority = vector["authority"].as_str();
    let builder = builder.resolve(authority.unwrap_or("no.example.test"), address);
    let url = authority.map_or_else(|| url.to_owned(), |name| format!("http://{name}"));
    let client = if wire == "grpc" { builder.http2_prior_knowledge() } else { builder }
        .build()
        .expect("a client");
    let mut request = client
        .request(
            text(vector, "method").parse().expect("a verb"),
            format!("{url}{}", text(vector, "target")),
        )
        .body(hex::decode(text(vector, "content_hex")).expect("hex"));
    for (name, value) in headers {
        request = request.header(name, value);
    }
    if grpc {
        let kind = if wire == "grpc" {
            "application/grpc".to_owned()
        } else {
            format!("application/{wire}+proto")
        };
        request = request.header("content-type", kind).header("te", "trailers");
    }
    let response = request.send().await.expect("an answer");
    let status =
        response.headers().get("grpc-status").and_then(|status| status.to_str().ok()?.parse().ok());
    let code = response.status().as_u16();
    (code, status, response.text().await.expect("a body"))
}

async fn fresh(file: &Value, authorities: &[&str]) -> String {
    let db = Db::new(Kind::Sqlite).await;
    let store = Store::connect(&db.url, 4).await.expect("a store");
    store.across_tenants().migrate().await.expect("the schema");
    start(file, store, authorities).await
}

fn file() -> Value {
    serde_json::from_str(include_str!("../vectors/signing.json")).expect("the vectors")
}

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    let file = file();
    let vectors = file["vectors"].as_array().expect("a list");
    let mut judged = HashMap::<&str, usize>::new();
    for vector in vectors.iter().filter(|vector| vector["id"] != "S1") {
        let url = fresh(&file, &[]).await;
        if let Some(first) = vector["after"].as_str() {
            let first =
                vectors.iter().find(|vector| vector["id"] == first).expect("the vector before");
            assert_ne!(send(&url, first, &headers(&file, first)).await.0, 401);
        }
        let (code, status, body) = send(&url, vector, &headers(&file, vector)).await;
        let id = text(vector, "id");
        if vector["verdict"] == "accept" {
            assert!(code != 401 && status != Some(16), "{id}: {code} {status:?} {body}");
        } else {
            let refusal = &vector["refusal"];
            assert_eq!(
                u64::from(code),
                refusal["http_status"].as_u64().expect("a status"),
                "{id}: {body}"
            );
            assert_eq!(status, refusal["grpc_status"].as_i64(), "{id}");
            if let Some(detail) = refusal["detail"].as_str() {
                let answer: Value = serde_json::from_str(&body).expect("JSON");
                assert_eq!(answer["detail"], detail, "{id}");
            }
        }
        *judged.entry(vector["scheme"].as_str().expect("a scheme")).or_default() += 1;
    }
    assert_eq!((judged["v1"], judged["v2"]), (27, 10), "all vectors");
}

/// The text of a refusal by REST.
fn detail((code, _, body): (u16, Option<i64>, String)) -> String {
    assert_eq!(code, 401, "{body}");
    let answer: Value = serde_json::from_str(&body).expect("JSON");
    answer["detail"].as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn a_request_has_one_credential_in_one_form() {
    let file = file();
    let vectors = file["vectors"].as_array().expect("a list");
    let of = |id: &str| vectors.iter().find(|vector| vector["id"] == id).expect("the vector");
    let (v1, v2) = (headers(&file, of("R1")), headers(&file, of("V2-R1")));
    let url = fresh(&file, &[]).await;
    let refused =
        async |headers: &[(String, String)]| detail(send(&url, of("V2-R1"), headers).await);
    let both: Vec<_> = v2.iter().chain(&v1[1..]).cloned().collect();
    assert_eq!(refused(&both).await, "More than one credential");
    let one: Vec<_> = v2.iter().chain(&v1[1..2]).cloned().collect();
    assert_eq!(refused(&one).await, "More than one credential");
    for at in 0..v2.len() {
        let mut twice = v2.clone();
        twice.push(v2[at].clone());
        assert_eq!(refused(&twice).await, format!("Duplicate header {}", v2[at].0));
    }
    let with = |name: &str, old: &str, new: &str| {
        let mut changed = v2.clone();
        let (_, value) = changed.iter_mut().find(|(known, _)| known == name).expect("a header");
        assert!(value.contains(old), "{value}");
        *value = value.replacen(old, new, 1);
        changed
    };
    for (name, old, new, told) in [
        ("Signature-Input", "ext=", "sig=", "Invalid signature input"),
        ("Signature-Input", "hmac-sha256", "ed25519", "Invalid signature input"),
        ("Signature-Input", "1764000000", "1764000000.5", "Invalid timestamp format: 1764000000.5"),
        (
            "Signature-Input",
            "1764000000",
            "1764000301",
            "Request timestamp outside acceptable window (5 minutes)",
        ),
        ("Signature-Input", "b3BzLW5vbmNlLTAwMDE", "short", "Invalid nonce"),
        ("Signature-Input", "ek_test_vector_1", "ek_unknown", "Invalid API key or tenant"),
        ("Signature", "ext=:", "ext=:AAAA", "Invalid signature"),
        ("Content-Digest", "sha-256", "sha-512", "Invalid content digest"),
    ] {
        assert_eq!(refused(&with(name, old, new)).await, told, "{name} {new}");
    }
    // None of these has used the nonce up, and the right request does, once.
    assert_ne!(send(&url, of("V2-R1"), &v2).await.0, 401);
    assert_eq!(refused(&v2).await, "Nonce already used (replay attack detected)");
    let missing = send(&url, of("V2-R1"), &v2[2..]).await;
    assert_eq!(missing.0, 422);
    assert!(missing.2.contains("X-Tenant-ID") && missing.2.contains("Content-Digest"));
}

#[tokio::test]
async fn a_request_for_another_host_is_refused() {
    let file = file();
    let vectors = file["vectors"].as_array().expect("a list");
    for (authorities, told) in [
        (["API.example.test", "other.example.test"], None),
        (["api.example.test:443", "other.example.test"], Some("The request is for another host")),
    ] {
        let url = fresh(&file, &authorities).await;
        for id in ["R1", "V2-R1"] {
            let vector = vectors.iter().find(|vector| vector["id"] == id).expect("the vector");
            let answer = send(&url, vector, &headers(&file, vector)).await;
            match told.filter(|_| id == "V2-R1") {
                Some(told) => assert_eq!(detail(answer), told),
                None => assert_ne!(answer.0, 401, "{id}: {}", answer.2),
            }
        }
    }
}
