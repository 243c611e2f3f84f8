//! The two schemes of signing: what each key demands, on every wire, and how a production deployment comes to v2.

use {
    crate::harness::{
        app::{App, BINARY, command, listening},
        cli::{out, sigma},
        client::{Answer, Client},
        db::{Db, Kind, kinds},
        process::{bare, run, with_key},
    },
    serde_json::{Value, json},
    sigma_sync::proto::pb,
    std::process::Command,
};

const KEYS: &str = "/v1/extension/keys";
const SETTINGS: &str = "/v1/extension/settings";
const TENANTS: &str = "/v1/extension/tenants";

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{name}: {value}")).to_owned()
}

fn ok(answer: Answer) -> Value {
    assert!((200..300).contains(&answer.status), "{}: {}", answer.status, answer.text);
    answer.json()
}

/// The client of a new key.
fn client(url: &str, key: &Value) -> Client {
    Client::new(url, &text(key, "tenant_id"), &text(key, "key_id"), &text(key, "secret"))
}

/// Returns whether a key of scheme v2 is served in it and in no other, on every wire.
async fn demands_v2(key: &Client) {
    let told = key.get(SETTINGS).await;
    assert_eq!((told.status, told.detail().as_str()), (401, "Invalid signature"));
    assert_eq!(key.in_v2().get(SETTINGS).await.status, 200);
    let (method, request) = ("sigma.v1.SettingsService/GetSettings", pb::GetSettingsRequest {});
    let told = key.grpc::<pb::GetSettingsResponse>(method, &request).await.expect_err("v1");
    assert_eq!((told.code(), told.message()), (tonic::Code::Unauthenticated, "Invalid signature"));
    let answer: pb::GetSettingsResponse = key.in_v2().grpc(method, &request).await.expect("v2");
    assert_eq!(answer.settings.expect("settings").tenant_id, key.tenant);
    for form in [false, true] {
        assert_eq!(key.grpc_web(method, &request, form).await.1, "16");
        let (message, status) = key.in_v2().grpc_web(method, &request, form).await;
        assert!(status == "0" && !message.is_empty(), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_demands_its_scheme_on_every_wire() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--metrics-listen", "127.0.0.1:0"]);
        let owner = app.client();
        let body = json!({"name": "Old", "roles": ["owner"]});
        let old = ok(owner.post(KEYS, &body).await);
        assert_eq!((&old["min_scheme"], &old["only_mint"]), (&json!("v1"), &json!(false)));
        let old = client(&app.url, &old);
        assert_eq!(old.get(SETTINGS).await.status, 200, "{kind:?}: development mode");
        assert_eq!(old.in_v2().get(SETTINGS).await.status, 200, "{kind:?}: v2 is always good");
        let body = json!({"name": "New", "roles": ["owner"], "min_scheme": "v2"});
        let new = client(&app.url, &ok(owner.post(KEYS, &body).await));
        demands_v2(&new).await;
        // A replayed request is refused in this scheme too, and so is one with other content.
        let headers = new.sign_v2("GET", SETTINGS, b"");
        assert_eq!(new.send("GET", SETTINGS, &headers, "").await.status, 200);
        let again = new.send("GET", SETTINGS, &headers, "").await;
        assert_eq!(again.detail(), "Nonce already used (replay attack detected)");
        let headers = new.sign_v2("PUT", SETTINGS, b"{}");
        let other = new.send("PUT", SETTINGS, &headers, "{ }").await;
        assert_eq!((other.status, other.detail().as_str()), (401, "Invalid signature"));
        let right = new.send("PUT", SETTINGS, &headers, "{}").await;
        assert_eq!(right.status, 200, "a 401 uses up no nonce: {}", right.text);
        // A key is raised to v2 when its clients are ready.
        let place = format!("{KEYS}/{}", old.key);
        ok(owner.put(&place, &json!({"min_scheme": "v2"})).await);
        demands_v2(&old).await;
        let bad = owner.put(&place, &json!({"min_scheme": "session"})).await;
        assert_eq!(bad.status, 422, "{}", bad.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_only_opens_sessions_does_nothing_else() {
    let db = Db::new(Kind::Sqlite).await;
    let app = App::start(&db, &["--worker", "none"]);
    let body = json!({"name": "CRM", "roles": ["owner"], "only_mint": true});
    let key = client(&app.url, &ok(app.client().post(KEYS, &body).await));
    for target in [SETTINGS, KEYS, TENANTS, "/v1/extension/modules", "/v1/extension/runs"] {
        assert_eq!(key.get(target).await.status, 403, "{target}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn production_keys_sign_in_v2() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        if kind == Kind::Postgres {
            assert_eq!(run(bare(&db).arg("migrate")).code, Some(0));
        }
        let bootstrap = |args: &[&str]| {
            let mut command = with_key(&db, &db.master_key());
            command.args(["--mode", "production", "keys", "bootstrap"]).args(args);
            run(&mut command)
        };
        let first = bootstrap(&[]);
        assert!(first.out.ends_with("\nSIGMA_SCHEME=v2\n"), "{first:?}");
        assert_eq!(bootstrap(&["--force", "--allow-v1"]).code, Some(2), "a reason is needed");
        let second = bootstrap(&["--force", "--allow-v1", "--reason", "An old script"]);
        assert_eq!((second.code, second.out.lines().count()), (Some(0), 3), "{second:?}");
        let mut serve = command(&db);
        serve.args(["--mode", "production", "--listen", "127.0.0.1:0", "serve"]);
        serve.args(["--worker", "none", "--metrics-listen", ""]);
        let (_server, url) = listening(serve);
        let of = |lines: &str| {
            let value = |name: &str| {
                let line = lines.lines().find_map(|line| line.strip_prefix(name));
                line.and_then(|rest| rest.strip_prefix('=')).expect("a line").to_owned()
            };
            Client::new(&url, &value("SIGMA_TENANT"), &value("SIGMA_KEY"), &value("SIGMA_SECRET"))
        };
        let (strict, lax) = (of(&first.out), of(&second.out));
        assert_eq!(strict.get(TENANTS).await.status, 401, "{kind:?}");
        assert_eq!(strict.in_v2().get(TENANTS).await.status, 200, "{kind:?}");
        assert_eq!(lax.get(TENANTS).await.status, 200, "{kind:?}");
        let keys = ok(lax.get(KEYS).await);
        let scheme = |at: usize| (keys[at]["min_scheme"].clone(), keys[at]["v1_reason"].clone());
        assert_eq!(scheme(0), (json!("v2"), Value::Null), "{keys}");
        assert_eq!(scheme(1), (json!("v1"), json!("An old script")), "{keys}");

        // The first key of a tenant, and the others.
        let made = ok(lax.post(TENANTS, &json!({"tenant_id": "riyadh", "name": "x"})).await);
        let (key, secret) = (text(&made, "extension_api_key"), text(&made, "extension_api_secret"));
        let school = Client::new(&url, "riyadh", &key, &secret);
        demands_v2(&school).await;
        let body = json!({"tenant_id": "jeddah", "name": "x", "v1_reason": "Deluge"});
        let made = ok(lax.post(TENANTS, &body).await);
        let (key, secret) = (text(&made, "extension_api_key"), text(&made, "extension_api_secret"));
        assert_eq!(Client::new(&url, "jeddah", &key, &secret).get(SETTINGS).await.status, 200);
        let school = school.in_v2();
        let made = ok(school.post(KEYS, &json!({"name": "n", "roles": ["owner"]})).await);
        demands_v2(&client(&url, &made)).await;
        let body = json!({"name": "n", "roles": ["owner"], "min_scheme": "v1"});
        let told = school.post(KEYS, &body).await;
        assert!(told.status == 422 && told.text.contains("v1_reason"), "{}", told.text);
        let body = json!({"name": "n", "roles": ["owner"], "min_scheme": "v1", "v1_reason": "y"});
        let made = ok(school.post(KEYS, &body).await);
        assert_eq!(client(&url, &made).get(SETTINGS).await.status, 200);
    }
}

/// Runs a command of the client with a key.
fn as_caller(client: &Client, secret: &str, args: &[&str]) -> std::process::Output {
    let mut command = Command::new(BINARY);
    command.env("SIGMA_SERVER", &client.url).env("SIGMA_TENANT", &client.tenant);
    command.env("SIGMA_KEY", &client.key).env("SIGMA_SECRET", secret);
    command.args(args).output().expect("the binary")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commands_speak_both() {
    let db = Db::new(Kind::Sqlite).await;
    let app = App::start(&db, &["--worker", "none"]);
    let lines = sigma(&db, &app.url, &["keys", "create", "--name", "v1", "--roles", "viewer"]);
    assert!(!out(&lines).contains("SIGMA_SCHEME"));
    let body = json!({"name": "v2", "roles": ["viewer"], "min_scheme": "v2"});
    let made = ok(app.client().post(KEYS, &body).await);
    let (key, secret) = (client(&app.url, &made), text(&made, "secret"));
    let call = ["call", "SettingsService/GetSettings"];
    let refused = as_caller(&key, &secret, &call);
    assert_eq!(refused.status.code(), Some(64 + 16));
    let answered = as_caller(&key, &secret, &[&call[..], &["--scheme", "v2"]].concat());
    assert!(answered.status.success() && out(&answered).contains("\"tenant_id\""), "{answered:?}");
    let target = "/v1/extension/runs?module=students&limit=1";
    let sign = |format| ["sign", "GET", target, "--scheme", "v2", "--format", format];
    let printed = out(&as_caller(&key, &secret, &sign("curl")));
    let answer = Command::new("sh").args(["-c", &printed]).output().expect("a shell with curl");
    assert_eq!(out(&answer), "[]", "{printed}");
    let sign = ["sign", "SettingsService/GetSettings", "--scheme", "v2", "--format", "grpcurl"];
    let printed = out(&as_caller(&key, &secret, &sign));
    let host = app.url.trim_start_matches("http://");
    assert!(
        printed.starts_with(&format!("-authority '{host}' -rpc-header X-Tenant-ID:default ")),
        "{printed}"
    );
    assert!(printed.contains(" -rpc-header 'Signature-Input:ext=(\"@method\" "), "{printed}");
    // The lines of a key tell the commands how it signs.
    let mut command = Command::new(BINARY);
    command.env("SIGMA_SERVER", &app.url).env("SIGMA_TENANT", &key.tenant);
    command.env("SIGMA_KEY", &key.key).env("SIGMA_SECRET", &secret).env("SIGMA_SCHEME", "v2");
    assert!(command.args(call).output().expect("the binary").status.success());
    command.env("SIGMA_SCHEME", "v3");
    assert_eq!(command.output().expect("the binary").status.code(), Some(1));
}
