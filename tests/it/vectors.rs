//! The signing vectors that every client and verifier must pass: each scheme v1 vector gets its verdict and text from the
//! real layers, with a clock that stands at the vectors' time.

use {
    crate::harness::db::{Db, Kind},
    chrono::{DateTime, Utc},
    serde_json::Value,
    sigma_sync::{
        adapters::guard::ReplayGuard,
        crypto::{
            keys::{Finding, Keys, VerifyingKey, VerifyingSecret},
            signature::SigningKey,
        },
        domain::{
            access::Role,
            id::{KeyId, TenantId},
        },
        gateway::Gateway,
        ports::Clock,
        server::{Parts, Server, health::Ready},
        store::Store,
        telemetry::Metrics,
    },
    std::sync::Arc,
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

    fn used(&self, _: &KeyId, _: i32) {}
}

/// Starts the layers over services without methods: a request that passes the check is UNIMPLEMENTED or not found.
async fn start(file: &Value, store: Store) -> String {
    let text = |name: &str| file[name].as_str().expect("a text").to_owned();
    let clock = Arc::new(Standing(file["clock"].as_i64().expect("a time")));
    let key = VerifyingKey {
        tenant: TenantId::parse(&text("tenant")).expect("a tenant"),
        key: KeyId::parse(&text("key_id")).expect("a key"),
        roles: vec![Role::Owner],
        expires_at: None,
        allow_cidrs: Vec::new(),
        secrets: vec![VerifyingSecret {
            id: 1,
            signing: SigningKey::new(&text("secret")),
            retires_at: None,
            loopback_only: false,
        }],
    };
    let routes = Routes::from(axum::Router::new());
    let parts = Parts {
        routes: routes.clone().prepare(),
        gateway: Gateway::new(routes).expect("the gateway"),
        keys: Arc::new(One(Arc::new(key))),
        guard: Arc::new(ReplayGuard::new(store, clock.clone())),
        clock,
        trusted_proxies: Vec::new(),
        cors_origins: Vec::new(),
        metrics: Metrics::default(),
        ready: Ready(Arc::new(|| Box::pin(async { true }))),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(Server::new(parts).serve(listener, std::future::pending()));
    format!("http://{address}")
}

fn text(vector: &Value, name: &str) -> String {
    vector[name].as_str().unwrap_or_default().to_owned()
}

#[expect(clippy::disallowed_methods, reason = "a test's own client")]
async fn send(url: &str, file: &Value, vector: &Value) -> (u16, Option<i64>, String) {
    let _second_call = rustls::crypto::ring::default_provider().install_default();
    let wire = text(vector, "wire");
    let grpc = wire.starts_with("grpc");
    let builder = reqwest::Client::builder().no_proxy();
    let client = if wire == "grpc" { builder.http2_prior_knowledge() } else { builder }
        .build()
        .expect("a client");
    let tenant = vector["tenant_header"].as_str().or(file["tenant"].as_str()).expect("a tenant");
    // A vector that is refused for the form of its signature has that one in place of the right one.
    let signature = vector["signature_hex"]
        .as_str()
        .or(vector["signature_base64"].as_str())
        .expect("a signature");
    let mut request = client
        .request(
            text(vector, "method").parse().expect("a verb"),
            format!("{url}{}", text(vector, "target")),
        )
        .header("X-Ext-Key", file["key_id"].as_str().expect("a key"))
        .header("X-Tenant-ID", tenant)
        .header("X-Ext-Timestamp", text(vector, "timestamp"))
        .header("X-Ext-Nonce", text(vector, "nonce"))
        .header("X-Ext-Signature", signature)
        .body(hex::decode(text(vector, "content_hex")).expect("hex"));
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

#[tokio::test]
async fn every_vector_gets_its_verdict() {
    let file: Value =
        serde_json::from_str(include_str!("../vectors/signing.json")).expect("the vectors");
    let vectors = file["vectors"].as_array().expect("a list");
    let mut judged = 0;
    for vector in vectors.iter().filter(|vector| vector["scheme"] == "v1" && vector["id"] != "S1") {
        let db = Db::new(Kind::Sqlite).await;
        let store = Store::connect(&db.url, 4).await.expect("a store");
        store.across_tenants().migrate().await.expect("the schema");
        let url = start(&file, store).await;
        if let Some(first) = vector["after"].as_str() {
            let first =
                vectors.iter().find(|vector| vector["id"] == first).expect("the vector before");
            assert_ne!(send(&url, &file, first).await.0, 401);
        }
        let (code, status, body) = send(&url, &file, vector).await;
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
        judged += 1;
    }
    assert_eq!(judged, 27, "all v1 vectors");
}
