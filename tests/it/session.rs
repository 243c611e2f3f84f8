//! Sessions: opened by a key, used on every wire, narrowed, claimed once by a code, and refused wherever they do not hold.

use {
    crate::harness::{
        app::{App, command, listening},
        cli::{out, sigma},
        client::{Answer, Client, Headers, now},
        db::{Db, Kind, kinds},
        eventually,
    },
    serde_json::{Value, json},
    sigma_sync::proto::pb,
};

const SESSIONS: &str = "/v1/extension/sessions";
const CLAIM: &str = "/v1/extension/sessions/claim";
const SETTINGS: &str = "/v1/extension/settings";
const KEYS: &str = "/v1/extension/keys";
const MODULE: &str = "/v1/extension/modules/students";
const TENANTS: &str = "/v1/extension/tenants";

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{name}: {value}")).to_owned()
}

fn ok(answer: Answer) -> Value {
    assert!((200..300).contains(&answer.status), "{}: {}", answer.status, answer.text);
    answer.json()
}

fn word(answer: &Answer) -> &str {
    answer.header("x-sigma-error")
}

/// A caller with the bearer of a session.
struct Page {
    client: Client,
    bearer: String,
}

impl Page {
    fn new(client: &Client, session: &Value) -> Self {
        let bearer = text(session, "token");
        assert!(bearer.starts_with("et_") && bearer.len() == 46, "{session}");
        Self { client: client.clone(), bearer }
    }

    fn headers(&self) -> Headers {
        vec![("Authorization", format!("Bearer {}", self.bearer))]
    }

    async fn send(
        &self,
        verb: &str,
        target: &str,
        more: &[(&'static str, &str)],
        body: &str,
    ) -> Answer {
        let mut headers = self.headers();
        headers.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        self.client.send(verb, target, &headers, body).await
    }

    async fn get(&self, target: &str) -> Answer {
        self.send("GET", target, &[], "").await
    }

    async fn is_refused(&self) {
        let answer = self.get(SETTINGS).await;
        assert_eq!((answer.status, answer.text.as_str()), (401, r#"{"detail":"Invalid session"}"#));
    }
}

async fn opened(by: &Client, body: &Value) -> (Value, Page) {
    let answer = by.post(SESSIONS, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let session = answer.json();
    let page = Page::new(by, &session);
    (session, page)
}

async fn school(platform: &Client, id: &str) -> Client {
    let made = ok(platform.post(TENANTS, &json!({"tenant_id": id, "name": id})).await);
    let (key, secret) = (text(&made, "extension_api_key"), text(&made, "extension_api_secret"));
    Client::new(&platform.url, id, &key, &secret)
}

fn at(client: &Client, url: &str) -> Client {
    let mut client = client.clone();
    client.url = url.into();
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_opened_used_listed_and_ended() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let (app, other) = (App::start(&db, &[]), App::start(&db, &["--worker", "none"]));
        let owner = school(&app.client(), "riyadh").await;
        let (session, page) = opened(&owner, &json!({"role": "operator", "actor": "crm:7"})).await;
        assert_eq!(
            (&session["key_id"], &session["actor"], &session["modules"], &session["reason"]),
            (&json!(owner.key), &json!("crm:7"), &json!([]), &Value::Null),
            "{kind:?}"
        );
        // Each wire, and each process.
        assert_eq!(text(&ok(page.get(SETTINGS).await), "tenant_id"), "riyadh");
        let elsewhere = Page { client: at(&owner, &other.url), bearer: page.bearer.clone() };
        assert_eq!(elsewhere.get(SETTINGS).await.status, 200, "{kind:?}");
        let (method, request) = ("sigma.v1.SettingsService/GetSettings", pb::GetSettingsRequest {});
        let sent = prost::Message::encode_to_vec(&request);
        let answers = owner.grpc_raw(method, sent.into(), &page.headers()).await.expect("gRPC");
        let answer: pb::GetSettingsResponse = prost::Message::decode(answers[0].clone()).unwrap();
        assert_eq!(answer.settings.expect("settings").tenant_id, "riyadh");
        for form in [false, true] {
            let (message, status) =
                owner.grpc_web_with(method, &request, form, page.headers()).await;
            assert!(status == "0" && !message.is_empty(), "{status}");
        }
        // It is an operator, and neither makes keys nor opens sessions.
        let enabled = page.send("PUT", MODULE, &[], r#"{"enabled":true}"#).await;
        assert_eq!(enabled.status, 200, "{}", enabled.text);
        for (verb, target, body) in [
            ("PUT", SETTINGS, "{}"),
            ("GET", KEYS, ""),
            ("GET", SESSIONS, ""),
            ("POST", SESSIONS, r#"{"role":"viewer","actor":"x"}"#),
            ("POST", TENANTS, r#"{"tenant_id":"x","name":"x"}"#),
        ] {
            assert_eq!(page.send(verb, target, &[], body).await.status, 403, "{verb} {target}");
        }
        let (_, whole) = opened(&owner, &json!({"role": "owner", "actor": "crm:8"})).await;
        for (verb, target, body) in [
            ("POST", SESSIONS, r#"{"role":"viewer","actor":"x"}"#),
            ("POST", KEYS, r#"{"name":"x","roles":["viewer"]}"#),
        ] {
            assert_eq!(whole.send(verb, target, &[], body).await.status, 403, "{verb} {target}");
        }
        // The list has no bearer, and the database has none either.
        let list = owner.get(SESSIONS).await;
        assert!(list.json().as_array().unwrap().len() == 2 && !list.text.contains("et_"));
        let id = text(&session, "session_id");
        let ended = ok(owner.post(&format!("{SESSIONS}/{id}/revoke"), &json!({})).await);
        assert_eq!(ended["session_id"], json!(id));
        page.is_refused().await;
        let again = owner.post(&format!("{SESSIONS}/{id}/revoke"), &json!({})).await;
        assert_eq!((again.status, word(&again)), (404, "SESSION_NOT_FOUND"));
        eventually("a refusal elsewhere", async || {
            (elsewhere.get(SETTINGS).await.status == 401).then_some(())
        })
        .await;
        let ended =
            ok(owner.post(&format!("{KEYS}/{}/sessions/revoke", owner.key), &json!({})).await);
        assert_eq!(ended["ended"], json!(1), "{ended}");
        whole.is_refused().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_holds_no_longer_than_what_it_comes_from() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let platform = app.client();
        let owner = school(&platform, "riyadh").await;
        let viewer = json!({"role": "viewer", "actor": "crm:7"});
        // Its own end.
        let body = json!({"role": "viewer", "actor": "crm:7", "ttl_s": 1});
        let (_, short) = opened(&owner, &body).await;
        eventually("the end", async || (short.get(SETTINGS).await.status == 401).then_some(()))
            .await;
        // Its key's.
        let made = ok(owner.post(KEYS, &json!({"name": "x", "roles": ["viewer"]})).await);
        let refused =
            Client::new(&app.url, "riyadh", &text(&made, "key_id"), &text(&made, "secret"));
        assert_eq!(refused.post(SESSIONS, &viewer).await.status, 403, "a viewer lends nothing");
        let made = ok(owner
            .post(KEYS, &json!({"name": "x", "roles": ["owner"], "only_mint": true}))
            .await);
        let key = Client::new(&app.url, "riyadh", &text(&made, "key_id"), &text(&made, "secret"));
        assert_eq!(key.get(SETTINGS).await.status, 403);
        let (_, page) = opened(&key, &viewer).await;
        assert_eq!(page.get(SETTINGS).await.status, 200, "{kind:?}");
        ok(owner.post(&format!("{KEYS}/{}/revoke", key.key), &json!({})).await);
        page.is_refused().await;
        // Its tenant's.
        let (_, page) = opened(&owner, &viewer).await;
        assert_eq!(page.get(SETTINGS).await.status, 200);
        let tenant = format!("{TENANTS}/riyadh");
        ok(platform.put(&tenant, &json!({"status": "suspended"})).await);
        page.is_refused().await;
        ok(platform.put(&tenant, &json!({"status": "active"})).await);
        assert_eq!(page.get(SETTINGS).await.status, 200);
        // A role above the key's, and what is wrong in itself.
        let made = ok(owner.post(KEYS, &json!({"name": "x", "roles": ["operator"]})).await);
        let operator =
            Client::new(&app.url, "riyadh", &text(&made, "key_id"), &text(&made, "secret"));
        assert_eq!(operator.post(SESSIONS, &viewer).await.status, 403, "not of an operator");
        for body in [
            json!({"role": "platform", "actor": "x"}),
            json!({"role": "viewer", "actor": ""}),
            json!({"role": "viewer", "actor": "x", "ttl_s": 1801}),
            json!({"role": "viewer", "actor": "x", "modules": ["nothing"]}),
            json!({"role": "viewer", "actor": "x", "origin": "crm.zoho.com"}),
            json!({"role": "viewer", "actor": "x", "reason": "y"}),
        ] {
            assert_eq!(owner.post(SESSIONS, &body).await.status, 422, "{body}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bearer_stands_alone_and_belongs_to_its_page() {
    let db = Db::new(Kind::Sqlite).await;
    let app = App::start(&db, &["--worker", "none"]);
    let owner = school(&app.client(), "riyadh").await;
    let body = json!({"role": "viewer", "actor": "x", "origin": "https://crm.zoho.com"});
    let (_, page) = opened(&owner, &body).await;
    let with = async |more: &[(&'static str, &str)]| {
        let answer = page.send("GET", SETTINGS, more, "").await;
        (answer.status, answer.text)
    };
    let invalid = (401, r#"{"detail":"Invalid session"}"#.to_owned());
    assert_eq!(with(&[]).await.0, 200);
    assert_eq!(with(&[("Origin", "https://crm.zoho.com"), ("X-Tenant-ID", "riyadh")]).await.0, 200);
    for other in ["https://crm.zoho.eu", "https://crm.zoho.com:8443", "http://crm.zoho.com", "null"]
    {
        assert_eq!(with(&[("Origin", other)]).await, invalid, "{other}");
    }
    assert_eq!(with(&[("X-Tenant-ID", "default")]).await, invalid);
    for signed in [owner.sign("GET", SETTINGS, b""), owner.sign_v2("GET", SETTINGS, b"")] {
        let mut headers = page.headers();
        headers.extend(signed);
        let answer = owner.send("GET", SETTINGS, &headers, "").await;
        assert_eq!((answer.status, answer.detail().as_str()), (401, "More than one credential"));
    }
    let mut twice = page.headers();
    twice.extend(page.headers());
    let answer = owner.send("GET", SETTINGS, &twice, "").await;
    assert_eq!(answer.detail(), "Duplicate header Authorization");
    // Texts that only look like a bearer, and a bearer in the address.
    let bearer = &page.bearer;
    for bad in ["et_", "nothing", &bearer[..45], &format!("{bearer}x"), &bearer.to_uppercase()] {
        let headers = vec![("Authorization", format!("Bearer {bad}"))];
        let answer = owner.send("GET", SETTINGS, &headers, "").await;
        assert_eq!((answer.status, answer.text), invalid, "{bad}");
    }
    let in_address = format!("{SETTINGS}?access_token={bearer}&authorization=Bearer%20{bearer}");
    assert_eq!(owner.send("GET", &in_address, &Vec::new(), "").await.status, 422);
    // Another scheme of the header belongs to a proxy.
    let mut headers = owner.sign("GET", SETTINGS, b"");
    headers.push(("Authorization", "Basic dTpw".into()));
    assert_eq!(owner.send("GET", SETTINGS, &headers, "").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_narrowed_session_sees_its_modules_only() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let owner = school(&app.client(), "riyadh").await;
        for module in ["students", "programs"] {
            let place = format!("/v1/extension/modules/{module}");
            ok(owner.put(&place, &json!({"enabled": true})).await);
        }
        let run = |module: &str| format!("/v1/extension/sync/{module}/run");
        let mine = text(&ok(owner.post(&run("students"), &json!({})).await), "run_id");
        let other = text(&ok(owner.post(&run("programs"), &json!({})).await), "run_id");
        let body = json!({"role": "operator", "actor": "crm:7", "modules": ["students"]});
        let (_, page) = opened(&owner, &body).await;
        let listed = ok(page.get("/v1/extension/modules").await);
        let names: Vec<&Value> =
            listed.as_array().unwrap().iter().map(|module| &module["module_name"]).collect();
        assert_eq!(names, ["students"], "{kind:?}: {listed}");
        let runs = "/v1/extension/runs";
        for (verb, target, status) in [
            ("GET", SETTINGS.to_owned(), 200),
            ("GET", format!("{runs}?module=students"), 200),
            ("GET", "/v1/extension/mappings/students".to_owned(), 200),
            ("GET", format!("{runs}/{mine}"), 200),
            ("PUT", MODULE.to_owned(), 200),
            ("GET", runs.to_owned(), 403),
            ("GET", format!("{runs}?module=programs"), 403),
            ("GET", "/v1/extension/mappings/programs".to_owned(), 403),
            ("PUT", "/v1/extension/modules/programs".to_owned(), 403),
            ("POST", run("programs"), 403),
            ("GET", format!("{runs}/{other}"), 404),
            ("POST", format!("{runs}/{other}/cancel"), 404),
        ] {
            let body = if verb == "GET" { "" } else { "{}" };
            let answer = page.send(verb, &target, &[], body).await;
            assert_eq!(answer.status, status, "{verb} {target}: {}", answer.text);
            if status == 403 {
                assert_eq!(word(&answer), "SESSION_NARROWED");
            }
        }
        let missing = page.get(&format!("{runs}/00000000-0000-4000-8000-000000000000")).await;
        assert_eq!(page.get(&format!("{runs}/{other}")).await.text, missing.text);
        // By gRPC the same: every method that names neither its module nor a run is refused or common.
        let request =
            pb::UpdateModuleRequest { module_name: "programs".into(), ..Default::default() };
        let sent = prost::Message::encode_to_vec(&request);
        let method = "sigma.v1.ModuleService/UpdateModule";
        let told =
            owner.grpc_raw(method, sent.into(), &page.headers()).await.expect_err("narrowed");
        assert_eq!(told.code(), tonic::Code::PermissionDenied);
        let method = "sigma.v1.SyncRunService/WatchRun";
        let sent = prost::Message::encode_to_vec(&pb::WatchRunRequest { run_id: other });
        let told = owner.grpc_raw(method, sent.into(), &page.headers()).await.expect_err("missing");
        assert_eq!(told.code(), tonic::Code::NotFound);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_claimed_once() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let (app, other) = (App::start(&db, &[]), App::start(&db, &["--worker", "none"]));
        let owner = school(&app.client(), "riyadh").await;
        let claim = async |url: &str, code: &str| {
            let body = json!({"code": code}).to_string();
            at(&owner, url).send("POST", CLAIM, &Vec::new(), body).await
        };
        let body = json!({"role": "viewer", "actor": "x", "as_code": true});
        for round in 0..4 {
            let made = ok(owner.post(SESSIONS, &body).await);
            assert_eq!((&made["token"], &made["is_pending"]), (&json!(""), &json!(true)));
            let code = text(&made, "code");
            // The code is not the bearer.
            let early = Page { client: owner.clone(), bearer: format!("et_{code}") };
            early.is_refused().await;
            let urls = [&app.url, &other.url];
            let claims = (0..8).map(|at| claim(urls[at % 2], &code));
            let answers = futures_util::future::join_all(claims).await;
            let won: Vec<&Answer> = answers.iter().filter(|a| a.status == 200).collect();
            assert_eq!(won.len(), 1, "{kind:?} {round}");
            for lost in answers.iter().filter(|answer| answer.status != 200) {
                assert_eq!((lost.status, word(lost)), (404, "CODE_NOT_VALID"), "{}", lost.text);
            }
            let page = Page::new(&owner, &won[0].json());
            assert_eq!(page.get(SETTINGS).await.status, 200);
            assert_eq!(claim(&app.url, &code).await.status, 404, "not twice");
        }
        // A code ends, and an ended session's code opens nothing.
        let made = ok(owner.post(SESSIONS, &body).await);
        db.execute("UPDATE sessions SET expires_at = created_at WHERE bearer_hash IS NULL").await;
        assert_eq!(claim(&app.url, &text(&made, "code")).await.status, 404);
        let made = ok(owner.post(SESSIONS, &body).await);
        let target = format!("{SESSIONS}/{}/revoke", text(&made, "session_id"));
        ok(owner.post(&target, &json!({})).await);
        assert_eq!(claim(&app.url, &text(&made, "code")).await.status, 404);
        for bad in ["{}", "", r#"{"code":""}"#, r#"{"code":7}"#, "["] {
            let status = owner.send("POST", CLAIM, &Vec::new(), bad).await.status;
            assert!([404, 422].contains(&status), "{bad}: {status}");
        }
        let large = format!(r#"{{"code":"{}"}}"#, "x".repeat(100_000));
        assert_eq!(owner.send("POST", CLAIM, &Vec::new(), large).await.status, 413);
        // By gRPC as well.
        let made = ok(owner.post(SESSIONS, &body).await);
        let request = pb::ClaimSessionRequest { code: text(&made, "code") };
        let sent = prost::Message::encode_to_vec(&request);
        let method = "sigma.v1.AccessService/ClaimSession";
        let answers = owner.grpc_raw(method, sent.clone().into(), &Vec::new()).await.expect("gRPC");
        let claimed: pb::ClaimSessionResponse = prost::Message::decode(answers[0].clone()).unwrap();
        assert!(claimed.token.starts_with("et_"));
        let told = owner.grpc_raw(method, sent.into(), &Vec::new()).await.expect_err("not twice");
        assert_eq!(told.code(), tonic::Code::NotFound);
        // The command makes one.
        let printed =
            sigma(&db, &app.url, &["widget", "open", "--role", "operator", "--code-only"]);
        let code = out(&printed).trim().to_owned();
        assert_eq!(code.len(), 22, "{printed:?}");
        let session = ok(claim(&app.url, &code).await);
        assert_eq!(
            (&session["role"], &session["tenant_id"]),
            (&json!("operator"), &json!("default"))
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_has_a_hundred_sessions_at_most() {
    let db = Db::new(Kind::Sqlite).await;
    let app = App::start(&db, &["--worker", "none"]);
    let owner = school(&app.client(), "riyadh").await;
    let body = json!({"role": "viewer", "actor": "x"});
    let (first, _) = opened(&owner, &body).await;
    for _ in 1..100 {
        opened(&owner, &body).await;
    }
    let refused = owner.post(SESSIONS, &body).await;
    assert_eq!((refused.status, word(&refused)), (400, "SESSIONS_FULL"), "{}", refused.text);
    let id = text(&first, "session_id");
    ok(owner.post(&format!("{SESSIONS}/{id}/revoke"), &json!({})).await);
    opened(&owner, &body).await;
    let rows = db.number("SELECT count(*) AS n FROM sessions WHERE tenant_id = 'riyadh'").await;
    assert_eq!(rows, 100, "what has ended is deleted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn support_access_is_told_to_its_tenant() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let platform = app.client();
        let owner = school(&platform, "riyadh").await;
        let body = json!({"tenant_id": "riyadh", "actor": "support:5", "reason": "ticket 5"});
        let (session, page) = opened(&platform, &body).await;
        assert_eq!((&session["role"], &session["reason"]), (&json!("viewer"), &json!("ticket 5")));
        assert_eq!(text(&ok(page.get(SETTINGS).await), "tenant_id"), "riyadh", "{kind:?}");
        assert_eq!(page.send("PUT", MODULE, &[], r#"{"enabled":true}"#).await.status, 403);
        // The tenant sees it and ends it.
        let list = ok(owner.get(SESSIONS).await);
        assert_eq!(
            (&list[0]["actor"], &list[0]["key_id"]),
            (&json!("support:5"), &json!(platform.key))
        );
        let id = text(&session, "session_id");
        ok(owner.post(&format!("{SESSIONS}/{id}/revoke"), &json!({})).await);
        page.is_refused().await;
        for (body, status) in [
            (json!({"tenant_id": "riyadh", "actor": "x"}), 422),
            (json!({"tenant_id": "riyadh", "actor": "x", "reason": ""}), 422),
            (json!({"tenant_id": "riyadh", "actor": "x", "reason": "y", "role": "operator"}), 403),
            (json!({"tenant_id": "nowhere", "actor": "x", "reason": "y"}), 404),
        ] {
            assert_eq!(platform.post(SESSIONS, &body).await.status, status, "{body}");
        }
        // A tenant's key does so for no other tenant.
        let body = json!({"tenant_id": "default", "actor": "x", "reason": "y"});
        assert_eq!(owner.post(SESSIONS, &body).await.status, 404);
    }
}

/// The transcript in deploy/zoho: the function's lines say what is signed, and a server accepts what they sign.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_function_for_zoho_opens_a_session() {
    const FUNCTION: &str = include_str!("../../deploy/zoho/sigma_session.dg");
    const TRANSCRIPT: &str = include_str!("../../deploy/zoho/README.md");
    for line in [
        "path = \"/v1/extension/sessions\";",
        "text = time + \".\" + nonce + \".POST.\" + path + \".\" + zoho.encryption.sha256(body,\"hex\");",
        "signature = zoho.encryption.hmacsha256(secret,text,\"hex\");",
        "body = {\"role\":\"viewer\",\"actor\":\"crm:\" + zoho.loginuserid,\"ttl_s\":900}.toString();",
    ] {
        assert!(FUNCTION.contains(line), "{line}");
    }
    let request = TRANSCRIPT.split("```http\n").nth(1).and_then(|rest| rest.split("\n```").next());
    let (head, body) = request.expect("a request").split_once("\n\n").expect("a body");
    let mut lines = head.lines();
    assert_eq!(lines.next(), Some("POST /v1/extension/sessions HTTP/1.1"));
    let headers: Vec<(&'static str, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name, value.to_owned()))
        .collect();
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    for name in &names {
        assert!(FUNCTION.contains(&format!("\"{name}\":")), "{name}");
    }
    let of = |name: &str| headers.iter().find(|(known, _)| *known == name).expect("it").1.clone();
    let secret = "es_TestVectorSecret_0123456789abcdefghijKLMN";
    let signer = Client::new("http://none", &of("X-Tenant-ID"), &of("X-Ext-Key"), secret);
    let (time, nonce) = (of("X-Ext-Timestamp"), of("X-Ext-Nonce"));
    let signed = |signer: &Client, time: &str| {
        let signed = signer.sign_at(time, &nonce, "POST", SESSIONS, body.as_bytes());
        signed.into_iter().find(|(name, _)| *name == "X-Ext-Signature").expect("it").1
    };
    assert_eq!(of("X-Ext-Signature"), signed(&signer, &time), "the signature of the transcript");

    let db = Db::new(Kind::Sqlite).await;
    let app = App::start(&db, &["--worker", "none"]);
    let made = json!({"name": "Zoho CRM", "roles": ["owner"], "only_mint": true});
    let made = ok(app.client().post(KEYS, &made).await);
    let key = Client::new(&app.url, "default", &text(&made, "key_id"), &text(&made, "secret"));
    let time = now().to_string();
    let sent: Headers = headers
        .iter()
        .map(|(name, value)| {
            let value = match *name {
                "X-Ext-Key" => key.key.clone(),
                "X-Tenant-ID" => key.tenant.clone(),
                "X-Ext-Timestamp" => time.clone(),
                "X-Ext-Signature" => signed(&key, &time),
                _ => value.clone(),
            };
            (*name, value)
        })
        .collect();
    let answer = key.send("POST", SESSIONS, &sent, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let page = Page::new(&key, &answer.json());
    assert_eq!(page.get(SETTINGS).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_developer_is_told_a_code() {
    let db = Db::new(Kind::Sqlite).await;
    let mut serve = command(&db);
    serve.args(["--listen", "127.0.0.1:0", "serve", "--worker", "none"]);
    let (_process, url) = listening(serve);
    let count = "SELECT count(*) AS n FROM sessions WHERE bearer_hash IS NULL";
    eventually("a code", async || (db.number(count).await == 1).then_some(())).await;
    let list = ok(Client::seeded(&url).get(SESSIONS).await);
    assert_eq!((&list[0]["actor"], &list[0]["is_pending"]), (&json!("developer"), &json!(true)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_session_does_is_told_with_its_person() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let key = app.client();
        let enabled = key.put(MODULE, &json!({"enabled": true})).await;
        assert_eq!(enabled.status, 200, "{}", enabled.text);
        let (session, page) = opened(&key, &json!({"role": "operator", "actor": "crm:7"})).await;
        // A page cannot act in another name.
        let started = page
            .send("POST", "/v1/extension/sync/students/run", &[], r#"{"triggered_by": "crm:8"}"#)
            .await;
        let run = text(&ok(started), "run_id");
        let run = ok(page.get(&format!("/v1/extension/runs/{run}")).await);
        assert_eq!(run["triggered_by"], "crm:7", "{run}");

        let rows =
            json!({"mappings": [{"canonical_field": "name", "zoho_field_api_name": "Name"}]});
        let rows = rows.to_string();
        let stored = page.send("PUT", "/v1/extension/mappings/units", &[], &rows).await;
        assert!((200..300).contains(&stored.status), "{}", stored.text);
        let versions = ok(key.get("/v1/extension/mappings/units/versions").await);
        assert_eq!(versions["versions"][0]["author"], "crm:7", "{versions}");

        let entries = ok(key.get("/v1/extension/audit?actor=crm:7").await);
        let entries = entries["entries"].as_array().expect("entries");
        let actions: Vec<&Value> = entries.iter().map(|entry| &entry["action"]).collect();
        assert_eq!(actions, ["mapping.replace", "run.start"], "{kind:?}");
        for entry in entries {
            assert_eq!(entry["session_id"], session["session_id"], "{entry}");
            assert_eq!((&entry["key_id"], &entry["scheme"]), (&json!(key.key), &json!("session")));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_only_opens_sessions_sees_its_own() {
    for kind in kinds() {
        let db = Db::new(kind).await;
        let app = App::start(&db, &["--worker", "none"]);
        let owner = app.client();
        let made = json!({"name": "mint", "roles": ["owner"], "only_mint": true});
        let made = ok(owner.post(KEYS, &made).await);
        let mint = Client::new(&app.url, "default", &text(&made, "key_id"), &text(&made, "secret"));
        let (theirs, page) = opened(&owner, &json!({"role": "viewer", "actor": "crm:1"})).await;
        let (own, lent) = opened(&mint, &json!({"role": "viewer", "actor": "crm:2"})).await;
        let seen = ok(mint.get(SESSIONS).await);
        let ids: Vec<&Value> =
            seen.as_array().expect("a list").iter().map(|one| &one["session_id"]).collect();
        assert_eq!(ids, [&own["session_id"]], "{kind:?}");
        let end = format!("{SESSIONS}/{}/revoke", text(&theirs, "session_id"));
        assert_eq!(mint.post(&end, &json!({})).await.status, 404);
        let all = format!("{KEYS}/{}/sessions/revoke", owner.key);
        assert_eq!(mint.post(&all, &json!({})).await.status, 404);
        assert_eq!(page.get(SETTINGS).await.status, 200);
        // A secret that ends at once takes the sessions with it that it may have opened.
        let rotate = format!("{KEYS}/{}/rotate", mint.key);
        ok(owner.post(&rotate, &json!({"overlap_s": 0})).await);
        lent.is_refused().await;
        assert_eq!(page.get(SETTINGS).await.status, 200);
    }
}
